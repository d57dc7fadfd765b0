//! What a state says in one glance: a tinted banner while it goes on, a solid block when it has ended.

use iced::widget::{column, container, row};
use iced::{Background, Border, Center, Fill};

use super::Element;
use super::icon::{Icon, disc, icon, ring};
use super::text::text;
use super::theme::{Palette, Theme, Tone};
use super::token::{Role, radius, space};

/// What a banner or a block means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Banner {
    /// On its way, nobody needs to act.
    Going,
    /// Not final; somebody acts or waits.
    Waiting,
    /// A final no.
    Failed,
    /// Undone, or never sent.
    Calm,
    /// Paid, where it is said beside other things.
    Good,
}

impl Banner {
    pub fn tone(self) -> Tone {
        match self {
            Self::Going => Tone::Accent,
            Self::Waiting => Tone::Waiting,
            Self::Failed => Tone::Failed,
            Self::Calm => Tone::Calm,
            Self::Good => Tone::Ok,
        }
    }

    pub(super) fn tint(self, palette: &Palette) -> iced::Color {
        match self {
            Self::Going => palette.accent_tint,
            Self::Waiting => palette.waiting_tint,
            Self::Failed => palette.failed_tint,
            Self::Calm => palette.calm_tint,
            Self::Good => palette.raised,
        }
    }
}

/// A tinted banner with an icon, a title, a line under it, and the amount at the right.
pub fn banner<'a, M: 'a>(
    kind: Banner,
    picture: Icon,
    title: impl Into<String>,
    lead: impl Into<String>,
    amount: String,
) -> Element<'a, M> {
    let words = column![text(Role::Heading, kind.tone(), title.into()), text(Role::Body, Tone::Ink, lead.into())]
        .spacing(space::XXS)
        .width(Fill);
    let line = row![icon(picture, kind.tone(), 44.0), words, text(Role::Title, Tone::Ink, amount)]
        .spacing(space::L)
        .align_y(Center);
    in_tint(kind, line, [space::L, space::XL])
}

/// Anything on a small tinted ground.
pub fn tinted<'a, M: 'a>(kind: Banner, content: impl Into<Element<'a, M>>) -> Element<'a, M> {
    in_tint(kind, content, [space::S, space::M])
}

fn in_tint<'a, M: 'a>(kind: Banner, content: impl Into<Element<'a, M>>, padding: [f32; 2]) -> Element<'a, M> {
    container(content)
        .width(Fill)
        .padding(padding)
        .style(move |theme: &Theme| {
            let palette = theme.palette();
            container::Style {
                background: Some(Background::Color(kind.tint(palette))),
                border: Border { color: kind.tone().color(*theme), width: 1.0, radius: radius::CARD.into() },
                ..container::Style::default()
            }
        })
        .into()
}

/// The solid head of an ended state: an icon on a disc, a large title, what happened, the amount.
pub fn block<'a, M: 'a>(
    kind: Banner,
    picture: Icon,
    title: impl Into<String>,
    lead: impl Into<String>,
    amount: String,
) -> Element<'a, M> {
    let on = match kind {
        Banner::Failed => Tone::OnFailed,
        Banner::Going | Banner::Waiting | Banner::Calm | Banner::Good => Tone::OnCalm,
    };
    let fill = kind.tone();
    let words = column![text(Role::Title, on, title.into()), text(Role::Lead, on, lead.into())].width(Fill);
    let line =
        row![disc(picture, fill, on, 88.0), words, text(Role::Title, on, amount)].spacing(space::L).align_y(Center);
    container(line)
        .width(Fill)
        .padding([space::L, space::XL])
        .style(move |theme: &Theme| container::Style {
            background: Some(Background::Color(fill.color(*theme))),
            border: Border { radius: radius::CARD.into(), ..Border::default() },
            ..container::Style::default()
        })
        .into()
}

/// A short answer that goes away by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Toast {
    /// Something the cashier should do otherwise.
    Warning,
    /// Something that went well.
    Good,
    Note,
}

/// The toast, floating over the page.
pub fn toast<'a, M: 'a>(kind: Toast, title: String, lead: String) -> Element<'a, M> {
    let (tone, picture) = match kind {
        Toast::Warning => (Tone::Waiting, Icon::Exclamation),
        Toast::Good => (Tone::Ok, Icon::Tick),
        Toast::Note => (Tone::Accent, Icon::Dots),
    };
    let mut words = column![text(Role::BodyStrong, tone, title)];
    if !lead.is_empty() {
        words = words.push(text(Role::Label, Tone::Ink, lead));
    }
    let line = row![ring(picture, tone, 36.0), words].spacing(space::M).align_y(Center);
    container(line)
        .padding([space::S, space::L])
        .max_width(720)
        .style(move |theme: &Theme| {
            let palette = theme.palette();
            let fill = if kind == Toast::Warning { palette.waiting_tint } else { palette.surface };
            container::Style {
                background: Some(Background::Color(fill)),
                border: Border { color: tone.color(*theme), width: 2.0, radius: radius::CARD.into() },
                ..container::Style::default()
            }
        })
        .into()
}
