//! The amount: whole yuan large, decimals smaller, the sign muted; it shrinks rather than overflow.

use iced::widget::text::LineHeight;
use iced::widget::{Space, container, responsive, row};
use iced::{Bottom, Fill, Right};

use super::Element;
use super::text::{plain, text};
use super::theme::{Theme, Tone};
use super::token::{BOLD, REGULAR, Role, amount as measure};

/// The hero of the charge screen, at the right, in a box of `height` logical pixels. `whole` is grouped
/// yuan, `cents` the point and the decimals (or nothing yet).
pub fn amount<'a, M: 'a>(whole: String, cents: String, empty: bool, height: f32) -> Element<'a, M> {
    let tone = if empty { Tone::Faint } else { Tone::Ink };
    responsive(move |size| {
        let natural = width_of(&whole, measure::YUAN) + width_of(&cents, measure::CENTS) + sign_width();
        let scale = (size.width / natural).min(1.0);
        let part = |content: String, points: f32, font, tone: Tone| {
            iced::widget::text(content)
                .size((points * scale).floor())
                .font(font)
                .line_height(LineHeight::Relative(measure::LEADING))
                .wrapping(iced::widget::text::Wrapping::None)
                .style(move |theme: &Theme| iced::widget::text::Style { color: Some(tone.color(*theme)) })
        };
        let line = row![
            part("¥".to_owned(), measure::SIGN, REGULAR, Tone::Muted),
            Space::new().width(GAP * scale),
            part(whole.clone(), measure::YUAN, BOLD, tone),
            part(cents.clone(), measure::CENTS, BOLD, tone),
        ]
        .align_y(Bottom);
        container(line).width(Fill).height(Fill).align_x(Right).align_y(Bottom).into()
    })
    .width(Fill)
    .height(height)
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

/// An amount as one line of a given role.
pub fn amount_line<'a, M: 'a>(role: Role, tone: Option<Tone>, text_of_amount: String) -> Element<'a, M> {
    match tone {
        Some(tone) => text(role, tone, text_of_amount).into(),
        None => plain(role, text_of_amount).into(),
    }
}
