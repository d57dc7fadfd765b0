//! Text by role and meaning.

use iced::widget::text::{IntoFragment, Text};

use super::theme::{Theme, Tone};
use super::token::Role;

/// A text of the given role, coloured by what it means.
pub fn text<'a>(role: Role, tone: Tone, content: impl IntoFragment<'a>) -> Text<'a, Theme> {
    plain(role, content).style(move |theme: &Theme| iced::widget::text::Style { color: Some(tone.color(*theme)) })
}

/// A text of the given role in the colour of what it stands in, as on a button.
pub fn plain<'a>(role: Role, content: impl IntoFragment<'a>) -> Text<'a, Theme> {
    iced::widget::text(content).size(role.size()).font(role.font()).line_height(role.line_height())
}
