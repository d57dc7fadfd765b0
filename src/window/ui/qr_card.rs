//! The QR code as the customer's camera wants it: black on white in both themes, whole pixels a
//! module, four light modules round it.

use iced::widget::canvas::{self, Canvas, Frame};
use iced::widget::{container, responsive};
use iced::{Background, Border, Center, Fill, Point, Rectangle, Renderer, Size, mouse};

use crate::qr::{QUIET_ZONE, Qr};

use super::Element;
use super::text::text;
use super::theme::{QR_DARK, QR_LIGHT, Theme, Tone};
use super::token::{Role, radius};

/// The code as large as the room allows, in whole logical pixels a module.
pub fn qr_card<'a, M: 'a>(qr: &'a Qr) -> Element<'a, M> {
    responsive(move |room| {
        let modules = qr.width() + 2 * QUIET_ZONE;
        let cell = cell_size(room, modules);
        let side = cell * f32::from(u16::try_from(modules).unwrap_or(u16::MAX));
        let code = Canvas::new(Drawing { qr, cell }).width(side).height(side);
        container(white(code)).center_x(Fill).center_y(Fill).into()
    })
    .into()
}

fn cell_size(room: Size, modules: usize) -> f32 {
    let modules = f32::from(u16::try_from(modules).unwrap_or(u16::MAX));
    // Two pixels of the room are the hairline's.
    ((room.width.min(room.height) - 2.0) / modules).floor().max(1.0)
}

fn white<'a, M: 'a>(content: impl Into<Element<'a, M>>) -> iced::widget::Container<'a, M, Theme> {
    container(content).padding(1.0).style(|theme: &Theme| container::Style {
        background: Some(Background::Color(QR_LIGHT)),
        border: Border { color: theme.palette().line, width: 1.0, radius: radius::BUTTON.into() },
        ..container::Style::default()
    })
}

/// The room of a code that is not there yet, with the reason.
pub fn placeholder<'a, M: 'a>(words: impl Into<String>) -> Element<'a, M> {
    let words = words.into();
    responsive(move |room| {
        let side = room.width.min(room.height);
        let inner = container(text(Role::Body, Tone::Muted, words.clone()).align_x(Center))
            .center(side)
            .padding(24.0)
            .style(|theme: &Theme| {
                let palette = theme.palette();
                container::Style {
                    background: Some(Background::Color(palette.raised)),
                    border: Border { color: palette.line, width: 1.0, radius: radius::BUTTON.into() },
                    ..container::Style::default()
                }
            });
        container(inner).center_x(Fill).center_y(Fill).into()
    })
    .into()
}

struct Drawing<'a> {
    qr: &'a Qr,
    cell: f32,
}

impl<M> canvas::Program<M, Theme> for Drawing<'_> {
    type State = ();

    fn draw(
        &self,
        _state: &(),
        renderer: &Renderer,
        _theme: &Theme,
        bounds: Rectangle,
        _cursor: mouse::Cursor,
    ) -> Vec<canvas::Geometry> {
        let mut frame = Frame::new(renderer, bounds.size());
        let place = |modules: usize| f32::from(u16::try_from(modules + QUIET_ZONE).unwrap_or(u16::MAX)) * self.cell;
        for (y, row) in self.qr.modules().enumerate() {
            let mut x = 0;
            while x < row.len() {
                let run = row[x..].iter().take_while(|&&dark| dark).count();
                if run > 0 {
                    // A run is drawn as one, so that no seam shows between its modules.
                    let size = Size::new(place(x + run) - place(x), self.cell);
                    frame.fill_rectangle(Point::new(place(x), place(y)), size, QR_DARK);
                }
                x += run.max(1);
            }
        }
        vec![frame.into_geometry()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_whole_and_the_code_is_large_enough() {
        let modules = 29 + 2 * QUIET_ZONE;
        for (room, least) in [(Size::new(408.0, 420.0), 320.0), (Size::new(408.0, 372.0), 320.0)] {
            let cell = cell_size(room, modules);
            assert!(cell.fract().abs() < f32::EPSILON);
            assert!(cell * 37.0 >= least && cell * 37.0 <= room.width.min(room.height));
        }
    }
}
