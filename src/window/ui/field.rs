//! A line to type in, with its name, where to find what belongs there, and whether it is right.

use iced::widget::text::Wrapping;
use iced::widget::text_input::{self, Status, TextInput};
use iced::widget::{Space, column, container, row};
use iced::{Background, Border, Center, Fill, Padding};

use super::Element;
use super::icon::{Icon, icon};
use super::text::text;
use super::theme::{Theme, Tone};
use super::token::{Role, radius, size, space};

/// Whether what stands in a field is right, as far as its form tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mark {
    /// Nobody has come to it yet.
    None,
    Good,
    /// What is wrong.
    Bad(String),
}

/// One line to type in.
#[derive(Debug, Clone)]
pub struct Field<'a> {
    /// By which it gets the keys.
    pub id: &'static str,
    pub name: String,
    /// Where its owner finds what belongs here.
    pub hint: &'a str,
    /// The hint stands in the field while it is empty, and not under it: for what need not be filled in.
    pub optional: bool,
    pub value: &'a str,
    pub mark: Mark,
    /// Shown as dots.
    pub secret: bool,
}

impl<'a> Field<'a> {
    /// `typed` and `pasted` are given the whole text of the field.
    pub fn view<M: Clone + 'a>(
        self,
        typed: impl Fn(String) -> M + 'a,
        pasted: impl Fn(String) -> M + 'a,
    ) -> Element<'a, M> {
        let bad = matches!(self.mark, Mark::Bad(_));
        let input = TextInput::new(if self.optional { self.hint } else { "" }, self.value)
            .id(self.id)
            .secure(self.secret)
            .on_input(typed)
            .on_paste(pasted)
            .font(Role::Body.font())
            .size(Role::Body.size())
            .padding([space::S, space::M])
            .style(move |theme: &Theme, status| style(*theme, status, bad));
        let mark: Element<'a, M> = match &self.mark {
            Mark::None => Space::new().width(size::ICON_LINE).into(),
            Mark::Good => icon(Icon::Tick, Tone::Ok, size::ICON_LINE),
            Mark::Bad(_) => icon(Icon::Cross, Tone::Failed, size::ICON_LINE),
        };
        let below = match self.mark {
            Mark::Bad(flaw) => Some(text(Role::Hint, Tone::Failed, flaw)),
            Mark::None | Mark::Good => (!self.optional).then(|| text(Role::Hint, Tone::Muted, self.hint)),
        };
        let line =
            row![text(Role::BodyStrong, Tone::Ink, self.name).width(size::NAMES), container(input).width(Fill), mark]
                .spacing(space::M)
                .align_y(Center);
        let indent = Padding::ZERO.left(size::NAMES + space::M + 2.0).right(size::ICON_LINE + space::M);
        let below = below.map(|below| container(below.wrapping(Wrapping::Word)).padding(indent));
        column![line].push(below).spacing(space::XXS).into()
    }
}

impl text_input::Catalog for Theme {
    type Class<'a> = text_input::StyleFn<'a, Self>;

    fn default<'a>() -> Self::Class<'a> {
        Box::new(|theme, status| style(*theme, status, false))
    }

    fn style(&self, class: &Self::Class<'_>, status: Status) -> text_input::Style {
        class(self, status)
    }
}

fn style(theme: Theme, status: Status, bad: bool) -> text_input::Style {
    let palette = theme.palette();
    let (edge, width) = match status {
        Status::Focused { .. } => (palette.accent, 2.0),
        Status::Active | Status::Hovered | Status::Disabled if bad => (palette.failed, 1.0),
        Status::Hovered => (palette.faint, 1.0),
        Status::Active | Status::Disabled => (palette.line, 1.0),
    };
    text_input::Style {
        background: Background::Color(palette.raised),
        border: Border { color: edge, width, radius: radius::BUTTON.into() },
        icon: palette.muted,
        placeholder: palette.faint,
        value: palette.ink,
        selection: palette.accent.scale_alpha(0.25),
    }
}
