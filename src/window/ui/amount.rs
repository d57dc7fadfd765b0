//! The amount: whole yuan large, decimals smaller, the sign muted; it shrinks rather than overflow.

use iced::widget::text::LineHeight;
use iced::widget::{Space, container, responsive, row};
use iced::{Bottom, Fill, Font, Right};

use crate::window::entry::Figure;

use super::Element;
use super::theme::{Theme, Tone};
use super::token::{BOLD, REGULAR, amount as measure};

/// The hero of the charge screen, at the right of its box.
pub fn amount<'a, M: 'a>(figure: Figure) -> Element<'a, M> {
    let tone = if figure.empty { Tone::Faint } else { Tone::Ink };
    responsive(move |size| {
        let cents = format!("{}{}", figure.cents, figure.ghost);
        let natural = width_of(&figure.whole, measure::YUAN) + width_of(&cents, measure::CENTS) + sign_width();
        let scale = (size.width / natural).min(1.0);
        let part = |content: &str, points: f32, font: Font, tone: Tone| {
            iced::widget::text(content.to_owned())
                .size((points * scale).floor())
                .font(font)
                .line_height(LineHeight::Relative(measure::LEADING))
                .wrapping(iced::widget::text::Wrapping::None)
                .style(move |theme: &Theme| iced::widget::text::Style { color: Some(tone.color(*theme)) })
        };
        let line = row![
            part("¥", measure::SIGN, REGULAR, Tone::Muted),
            Space::new().width(GAP * scale),
            part(&figure.whole, measure::YUAN, BOLD, tone),
            part(&figure.cents, measure::CENTS, BOLD, tone),
            part(figure.ghost, measure::CENTS, BOLD, Tone::Line),
        ]
        .align_y(Bottom);
        container(line).width(Fill).height(Fill).align_x(Right).align_y(Bottom).into()
    })
    .width(Fill)
    .height(measure::YUAN)
    .into()
}

/// Between the sign and the figure, at full size.
const GAP: f32 = 20.0;

fn sign_width() -> f32 {
    measure::SIGN * measure::SIGN_ADVANCE + GAP
}

/// Rounding of each part and a hair of air are in the last summand.
fn width_of(text: &str, points: f32) -> f32 {
    let advance = |c: char| if c.is_ascii_digit() { measure::DIGIT } else { measure::POINT };
    text.chars().map(advance).sum::<f32>() * points + 2.0
}
