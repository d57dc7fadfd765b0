//! A text as a QR code: for the screen, for a picture file, for a terminal. It knows nothing of payments.

use qrcode::{Color, EcLevel, QrCode};

/// Light modules that the standard asks for on every side.
pub const QUIET_ZONE: usize = 4;

/// A QR code of error correction level M.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Qr {
    width: usize,
    dark: Vec<bool>,
}

impl Qr {
    /// `None` if the text is too long for any QR code.
    pub fn new(text: &str) -> Option<Self> {
        let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
        let width = code.width();
        let dark = code.into_colors().into_iter().map(|color| color == Color::Dark).collect();
        Some(Self { width, dark })
    }

    /// Modules on one side, without the quiet zone.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The rows from the top, each from the left; `true` is dark.
    pub fn modules(&self) -> impl Iterator<Item = &[bool]> {
        self.dark.chunks(self.width)
    }

    /// Whether the module is dark, counted from the quiet zone's corner; outside of it all is light.
    fn is_dark(&self, x: usize, y: usize) -> bool {
        match (x.checked_sub(QUIET_ZONE), y.checked_sub(QUIET_ZONE)) {
            (Some(x), Some(y)) if x < self.width && y < self.width => self.dark[y * self.width + x],
            _ => false,
        }
    }

    /// A black and white PNG with the quiet zone, `scale` pixels a module (at least one).
    pub fn to_png(&self, scale: u32) -> Vec<u8> {
        let scale = scale.clamp(1, 64);
        let side =
            u32::try_from(self.width + 2 * QUIET_ZONE).expect("a QR code has at most 177 modules a side") * scale;
        let mut pixels = Vec::with_capacity((side * side) as usize);
        for y in 0..side {
            for x in 0..side {
                let dark = self.is_dark((x / scale) as usize, (y / scale) as usize);
                pixels.push(if dark { 0 } else { 255 });
            }
        }
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, side, side);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = encoder.write_header().expect("a header written to memory can't fail");
        writer.write_image_data(&pixels).expect("there is one byte a pixel, written to memory");
        writer.finish().expect("an end written to memory can't fail");
        bytes
    }

    /// Lines of half blocks, two modules a character, with the quiet zone; light modules are drawn, so
    /// that it scans on a dark terminal.
    pub fn to_terminal(&self) -> String {
        let side = self.width + 2 * QUIET_ZONE;
        let mut text = String::new();
        for y in (0..side).step_by(2) {
            for x in 0..side {
                let above = self.is_dark(x, y);
                let below = self.is_dark(x, y + 1) || y + 1 >= side;
                text.push(match (above, below) {
                    (false, false) => '█',
                    (false, true) => '▀',
                    (true, false) => '▄',
                    (true, true) => ' ',
                });
            }
            text.push('\n');
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "weixin://wxpay/bizpayurl?pr=Hx8yQmZ";

    #[test]
    fn a_payment_url_is_a_small_code() {
        let qr = Qr::new(URL).unwrap();
        assert_eq!(qr.width(), 29);
        assert_eq!(qr.modules().count(), 29);
        assert!(qr.modules().all(|row| row.len() == 29));
        // The finder pattern's corner and its light ring.
        let rows: Vec<&[bool]> = qr.modules().collect();
        assert!(rows[0][0] && rows[6][6] && !rows[7][7] && !rows[1][1]);
    }

    #[test]
    fn what_no_code_can_hold_is_refused() {
        assert_eq!(Qr::new(&"x".repeat(3000)), None);
    }

    #[test]
    fn the_picture_has_its_quiet_zone() {
        let qr = Qr::new(URL).unwrap();
        let bytes = qr.to_png(8);
        let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        assert_eq!((info.width, info.height), (37 * 8, 37 * 8));
        let at = |x: usize, y: usize| pixels[y * 37 * 8 + x];
        assert_eq!(at(31, 31), 255);
        assert_eq!(at(32, 32), 0);
        assert_eq!(at(37 * 8 - 33, 32), 0);
        assert_eq!(at(37 * 8 - 32, 32), 255);
    }

    #[test]
    fn the_terminal_holds_every_module() {
        let qr = Qr::new(URL).unwrap();
        let text = qr.to_terminal();
        let lines: Vec<Vec<char>> = text.lines().map(|line| line.chars().collect()).collect();
        assert_eq!(lines.len(), 19);
        for (y, row) in qr.modules().enumerate() {
            for (x, &dark) in row.iter().enumerate() {
                let cell = lines[y / 2 + QUIET_ZONE / 2][x + QUIET_ZONE];
                let above = matches!(cell, '▄' | ' ');
                let below = matches!(cell, '▀' | ' ');
                assert_eq!(dark, if y.is_multiple_of(2) { above } else { below });
            }
        }
    }
}
