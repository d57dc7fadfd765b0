//! The frame that never moves: header, the last results, the keys that do something now.

use iced::widget::{Space, container, row};
use iced::{Background, Border, Center, Fill};

use super::Element;
use super::button::link;
use super::card::{hairline, pill, rail};
use super::icon::{Icon, icon};
use super::text::text;
use super::theme::{Theme, Tone};
use super::token::{Role, size, space};

/// A small light with a word: how a link does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dot {
    pub tone: Tone,
    pub word: String,
}

/// What the header holds.
#[derive(Debug, Clone)]
pub struct Header<'a> {
    pub shop: &'a str,
    pub till: String,
    /// That this is practice, and what leads out of it.
    pub practice: Option<(&'a str, &'a str)>,
    pub dots: Vec<Dot>,
    pub today: &'a str,
    pub takings: String,
    pub sales: String,
    pub other_language: &'a str,
    pub dark: bool,
}

/// The header; `go_live` is sent by the way out of practice, `language` and `theme` by its two toggles.
pub fn header<'a, M: Clone + 'a>(content: Header<'a>, go_live: M, language: M, theme: M) -> Element<'a, M> {
    let mut line = row![
        text(Role::LabelStrong, Tone::Ink, content.shop),
        text(Role::Label, Tone::Muted, content.till),
        Space::new().width(Fill),
    ]
    .spacing(20.0)
    .align_y(Center);
    if let Some((practice, out)) = content.practice {
        let way_out = link(text(Role::Label, Tone::Accent, out), go_live);
        line = line.push(row![pill(practice, Tone::Waiting), way_out].spacing(space::XXS).align_y(Center));
    }
    for dot in content.dots {
        let word = row![light(dot.tone), text(Role::Label, Tone::Ink, dot.word)].spacing(space::XS).align_y(Center);
        line = line.push(word);
    }
    let today = row![
        text(Role::Label, Tone::Muted, content.today),
        text(Role::LabelStrong, Tone::Ink, content.takings),
        text(Role::Label, Tone::Muted, content.sales),
    ]
    .spacing(space::M)
    .align_y(Center);
    let toggles = toggles(content.other_language, content.dark, language, theme);
    let line = line.push(today).push(toggles);
    iced::widget::column![rail(line, size::HEADER - 1.0, true), hairline()].into()
}

/// The header where no till is open: the program's name and the two toggles.
pub fn bare_header<'a, M: Clone + 'a>(
    program: &'a str,
    other_language: &'a str,
    dark: bool,
    language: M,
    theme: M,
) -> Element<'a, M> {
    let line = row![
        text(Role::LabelStrong, Tone::Ink, program),
        Space::new().width(Fill),
        toggles(other_language, dark, language, theme)
    ]
    .align_y(Center);
    iced::widget::column![rail(line, size::HEADER - 1.0, true), hairline()].into()
}

fn toggles<'a, M: Clone + 'a>(other_language: &'a str, dark: bool, language: M, theme: M) -> Element<'a, M> {
    let picture = if dark { Icon::Sun } else { Icon::Moon };
    row![
        link(text(Role::Hint, Tone::Muted, other_language), language),
        link(container(icon(picture, Tone::Muted, 16.0)).padding([2.0, 0.0]), theme),
    ]
    .spacing(space::XXS)
    .align_y(Center)
    .into()
}

fn light<'a, M: 'a>(tone: Tone) -> Element<'a, M> {
    container(Space::new().width(9.0).height(9.0))
        .style(move |theme: &Theme| container::Style {
            background: Some(Background::Color(tone.color(*theme))),
            border: Border { radius: 5.0.into(), ..Border::default() },
            ..container::Style::default()
        })
        .into()
}

/// One of the last results.
#[derive(Debug, Clone)]
pub struct Line {
    pub picture: Icon,
    pub tone: Tone,
    pub amount: String,
    pub detail: String,
}

/// The last results at the left, what is open at the right, to be pressed; `empty` is said when there is nothing.
pub fn recent_strip<'a, M: Clone + 'a>(
    lines: Vec<Line>,
    open: Option<Line>,
    empty: &'a str,
    press: M,
) -> Element<'a, M> {
    let mut strip = row![].spacing(space::XL).align_y(Center);
    if lines.is_empty() {
        strip = strip.push(text(Role::Label, Tone::Muted, empty));
    }
    for line in lines {
        strip = strip.push(result(line, Tone::Ink));
    }
    strip = strip.push(Space::new().width(Fill));
    if let Some(line) = open {
        let tone = line.tone;
        strip = strip.push(link(result(line, tone), press));
    }
    iced::widget::column![hairline(), rail(strip, size::RECENT - 1.0, true)].into()
}

fn result<'a, M: 'a>(line: Line, amount: Tone) -> Element<'a, M> {
    row![
        icon(line.picture, line.tone, 15.0),
        text(Role::BodyStrong, amount, line.amount),
        text(Role::Label, Tone::Muted, line.detail)
    ]
    .spacing(10.0)
    .align_y(Center)
    .into()
}

/// A key and what it does now.
pub type KeyHint<'a> = (&'a str, &'a str);

/// The keys that do something in the state at hand.
pub fn key_strip<'a, M: 'a>(keys: Vec<KeyHint<'a>>) -> Element<'a, M> {
    let mut strip = row![].spacing(26.0).align_y(Center);
    for (key, what) in keys {
        let hint = row![text(Role::HintStrong, Tone::Ink, key), text(Role::Hint, Tone::Muted, what)]
            .spacing(6.0)
            .align_y(Center);
        strip = strip.push(hint);
    }
    iced::widget::column![hairline(), rail(strip, size::KEYS - 1.0, false)].into()
}
