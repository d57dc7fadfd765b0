//! Two palettes, and how they reach iced's widgets.

use iced::theme::{Base, Mode, Style as BaseStyle};
use iced::widget::{button, container, text};
use iced::{Color, theme};

/// Light for a shop by day, dark for a bar by night.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Theme {
    #[default]
    Light,
    Dark,
}

/// What a colour is for. Views never name a colour.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Palette {
    pub background: Color,
    pub surface: Color,
    pub raised: Color,
    pub raised_hover: Color,
    pub raised_pressed: Color,
    pub line: Color,
    pub ink: Color,
    pub muted: Color,
    pub faint: Color,
    /// The one next step.
    pub accent: Color,
    pub accent_hover: Color,
    pub accent_pressed: Color,
    pub accent_ink: Color,
    pub accent_tint: Color,
    /// Confirmed money, and nothing else.
    pub paid: Color,
    pub paid_pressed: Color,
    pub paid_ink: Color,
    pub paid_muted: Color,
    /// Not final.
    pub waiting: Color,
    pub waiting_tint: Color,
    /// A final no.
    pub failed: Color,
    pub failed_tint: Color,
    pub failed_ink: Color,
    /// Undone, or never sent.
    pub calm: Color,
    pub calm_tint: Color,
    pub calm_ink: Color,
    pub ok: Color,
    /// The dark of the hazard band.
    pub hazard: Color,
    pub phone: Color,
}

/// QR codes are black on white in both themes: scanners and cameras want it so.
pub(super) const QR_DARK: Color = Color::BLACK;
pub(super) const QR_LIGHT: Color = Color::WHITE;

const fn hex(rgb: u32) -> Color {
    let [_, red, green, blue] = rgb.to_be_bytes();
    Color::from_rgb8(red, green, blue)
}

const LIGHT: Palette = Palette {
    background: hex(0xF4_F2EC),
    surface: hex(0xFF_FFFF),
    raised: hex(0xFB_FAF6),
    raised_hover: hex(0xF3_F0E7),
    raised_pressed: hex(0xE9_E5D8),
    line: hex(0xE0_DCD2),
    ink: hex(0x1B_1E22),
    muted: hex(0x6B_6F76),
    faint: hex(0xA6_A49D),
    accent: hex(0x2B_4C9B),
    accent_hover: hex(0x35_59AF),
    accent_pressed: hex(0x21_3D80),
    accent_ink: hex(0xFF_FFFF),
    accent_tint: hex(0xEA_EEF9),
    paid: hex(0x07_A35A),
    paid_pressed: hex(0x06_884B),
    paid_ink: hex(0xFF_FFFF),
    paid_muted: hex(0xE4_F7EC),
    waiting: hex(0xB2_6A00),
    waiting_tint: hex(0xFF_F3DC),
    failed: hex(0xB3_261E),
    failed_tint: hex(0xFB_E9E7),
    failed_ink: hex(0xFF_FFFF),
    calm: hex(0x5A_606A),
    calm_tint: hex(0xEC_EBE6),
    calm_ink: hex(0xFF_FFFF),
    ok: hex(0x1E_8E5A),
    hazard: hex(0x1B_1E22),
    phone: hex(0x1B_1E22),
};

const DARK: Palette = Palette {
    background: hex(0x15_171A),
    surface: hex(0x1D_2024),
    raised: hex(0x24_282D),
    raised_hover: hex(0x2C_3137),
    raised_pressed: hex(0x36_3C44),
    line: hex(0x34_3940),
    ink: hex(0xF1_EFE9),
    muted: hex(0x9B_A0A8),
    faint: hex(0x62_676F),
    accent: hex(0x8F_B0FF),
    accent_hover: hex(0xA6_C0FF),
    accent_pressed: hex(0x79_9BEC),
    accent_ink: hex(0x10_131A),
    accent_tint: hex(0x22_2B40),
    paid: hex(0x0B_8F53),
    paid_pressed: hex(0x09_7846),
    paid_ink: hex(0xFF_FFFF),
    paid_muted: hex(0xD2_F0DF),
    waiting: hex(0xF0_B24A),
    waiting_tint: hex(0x33_290F),
    failed: hex(0xFF_8A7A),
    failed_tint: hex(0x3A_1D1A),
    failed_ink: hex(0x2A_0B08),
    calm: hex(0xA9_AFB8),
    calm_tint: hex(0x2A_2E34),
    calm_ink: hex(0x15_171A),
    ok: hex(0x4C_C38A),
    hazard: hex(0x4A_3610),
    phone: hex(0x0B_0C0E),
};

impl Theme {
    pub const fn palette(self) -> &'static Palette {
        match self {
            Self::Light => &LIGHT,
            Self::Dark => &DARK,
        }
    }

    pub const fn other(self) -> Self {
        match self {
            Self::Light => Self::Dark,
            Self::Dark => Self::Light,
        }
    }
}

/// What a text or an icon means; the palette gives its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    Ink,
    Muted,
    Faint,
    Accent,
    OnAccent,
    Waiting,
    Failed,
    OnFailed,
    Calm,
    OnCalm,
    Ok,
    Line,
    OnPaid,
    OnPaidMuted,
}

impl Tone {
    pub fn color(self, theme: Theme) -> Color {
        let palette = theme.palette();
        match self {
            Self::Ink => palette.ink,
            Self::Muted => palette.muted,
            Self::Faint => palette.faint,
            Self::Accent => palette.accent,
            Self::OnAccent => palette.accent_ink,
            Self::Waiting => palette.waiting,
            Self::Failed => palette.failed,
            Self::OnFailed => palette.failed_ink,
            Self::Calm => palette.calm,
            Self::OnCalm => palette.calm_ink,
            Self::Ok => palette.ok,
            Self::Line => palette.line,
            Self::OnPaid => palette.paid_ink,
            Self::OnPaidMuted => palette.paid_muted,
        }
    }
}

/// The base style of the `scene`th picture.
///
/// iced's software renderer draws only what it finds changed, and it misses the edges of strokes and of aligned
/// text when one picture gives way to another. It draws all if the colour behind everything is another one, so
/// that colour, which the page covers, differs a little from scene to scene.
pub fn base(theme: Theme, scene: u32) -> BaseStyle {
    let mut style = Base::base(&theme);
    if !scene.is_multiple_of(2) {
        style.background_color.b = (style.background_color.b - 0.001).max(0.0);
    }
    style
}

impl Base for Theme {
    fn default(preference: Mode) -> Self {
        match preference {
            Mode::None | Mode::Light => Self::Light,
            Mode::Dark => Self::Dark,
        }
    }

    fn mode(&self) -> Mode {
        match self {
            Self::Light => Mode::Light,
            Self::Dark => Mode::Dark,
        }
    }

    fn base(&self) -> BaseStyle {
        let palette = Self::palette(*self);
        BaseStyle { background_color: palette.background, text_color: palette.ink }
    }

    fn palette(&self) -> Option<theme::Palette> {
        let ours = Self::palette(*self);
        Some(theme::Palette {
            background: ours.background,
            text: ours.ink,
            primary: ours.accent,
            success: ours.paid,
            warning: ours.waiting,
            danger: ours.failed,
        })
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Light => "guitai light",
            Self::Dark => "guitai dark",
        }
    }
}

impl container::Catalog for Theme {
    type Class<'a> = container::StyleFn<'a, Self>;

    fn default<'a>() -> Self::Class<'a> {
        Box::new(|_| container::Style::default())
    }

    fn style(&self, class: &Self::Class<'_>) -> container::Style {
        class(self)
    }
}

impl button::Catalog for Theme {
    type Class<'a> = button::StyleFn<'a, Self>;

    fn default<'a>() -> Self::Class<'a> {
        Box::new(|theme, _| button::Style { text_color: Self::palette(*theme).ink, ..button::Style::default() })
    }

    fn style(&self, class: &Self::Class<'_>, status: button::Status) -> button::Style {
        class(self, status)
    }
}

impl text::Catalog for Theme {
    type Class<'a> = text::StyleFn<'a, Self>;

    fn default<'a>() -> Self::Class<'a> {
        Box::new(|_| text::Style::default())
    }

    fn style(&self, class: &Self::Class<'_>) -> text::Style {
        class(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// WCAG contrast: what is read at arm's length across a counter.
    fn assert_readable(front: Color, back: Color, least: f32, what: &str) {
        let contrast = front.relative_contrast(back);
        assert!(contrast >= least, "{what}: {contrast}");
    }

    #[test]
    fn texts_are_readable_in_both_themes() {
        for theme in [Theme::Light, Theme::Dark] {
            let p = theme.palette();
            assert_readable(p.ink, p.surface, 7.0, "ink");
            assert_readable(p.muted, p.surface, 4.5, "muted");
            assert_readable(p.muted, p.background, 4.4, "muted on the key strip");
            assert_readable(p.accent_ink, p.accent, 4.5, "next step");
            assert_readable(p.failed_ink, p.failed, 4.5, "declined");
            assert_readable(p.calm_ink, p.calm, 4.5, "undone");
            assert_readable(p.failed, p.failed_tint, 4.5, "failed");
            assert_readable(p.waiting, p.surface, 3.9, "waiting");
            // Large bold type only: 3 to 1.
            assert_readable(p.paid_ink, p.paid, 3.0, "paid");
        }
    }
}
