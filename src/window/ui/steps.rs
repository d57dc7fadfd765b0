//! The steps of a payment, made visible: done, under way, to come.

use iced::widget::{Space, column, container, row};
use iced::{Background, Border, Center, Fill};

use super::Element;
use super::card::hairline;
use super::icon::{Icon, ring};
use super::text::text;
use super::theme::{Theme, Tone};
use super::token::{Role, space};

/// How far a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    Yes,
    Now,
    Later,
}

/// One line of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub done: Done,
    pub what: String,
    /// At the right: a time, a count.
    pub detail: String,
}

/// The list, with hairlines between.
pub fn steps<'a, M: 'a>(list: Vec<Step>) -> Element<'a, M> {
    let mut lines = column![].width(Fill);
    for (place, step) in list.into_iter().enumerate() {
        let tone = if step.done == Done::Later { Tone::Muted } else { Tone::Ink };
        let mark: Element<'a, M> = match step.done {
            Done::Yes => ring(Icon::Tick, Tone::Ok, 28.0),
            Done::Now => ring(Icon::Dots, Tone::Waiting, 28.0),
            Done::Later => number(place + 1),
        };
        let line = row![
            mark,
            text(Role::Body, tone, step.what).width(Fill),
            Space::new().width(space::M),
            text(Role::Body, Tone::Muted, step.detail)
        ]
        .spacing(space::M)
        .align_y(Center);
        lines = lines.push(hairline()).push(container(line).padding([space::S, 0.0]));
    }
    lines.into()
}

fn number<'a, M: 'a>(place: usize) -> Element<'a, M> {
    container(text(Role::Hint, Tone::Muted, place.to_string()))
        .center(28.0)
        .style(|theme: &Theme| {
            let palette = theme.palette();
            container::Style {
                background: Some(Background::Color(palette.surface)),
                border: Border { color: palette.line, width: 2.0, radius: 14.0.into() },
                ..container::Style::default()
            }
        })
        .into()
}
