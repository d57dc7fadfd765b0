//! Buttons, each state designed: at rest, hovered, pressed, disabled.

use iced::widget::button::{Status, Style};
use iced::widget::{column, container, row};
use iced::{Background, Border, Center, Color, Fill, Length, Shadow};

use super::Element;
use super::icon::{Icon, icon};
use super::text::plain;
use super::theme::{Palette, Theme, Tone};
use super::token::{Role, radius, size, space};

/// How much a button asks for attention.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Weight {
    /// The one next step.
    Primary,
    Secondary,
    /// On a full screen of one colour.
    Pay,
}

/// A button with a word and the key that does the same.
#[derive(Debug, Clone)]
pub struct Button<'a, M> {
    label: String,
    hint: Option<&'a str>,
    weight: Weight,
    press: Option<M>,
    width: Length,
    height: f32,
    narrow: bool,
    armed: bool,
}

impl<'a, M: Clone + 'a> Button<'a, M> {
    /// The one next step.
    pub fn primary(label: impl Into<String>, hint: &'a str, press: M) -> Self {
        Self::new(label, Some(hint), Weight::Primary, Some(press))
    }

    pub fn secondary(label: impl Into<String>, hint: &'a str, press: M) -> Self {
        Self::new(label, Some(hint), Weight::Secondary, Some(press))
    }

    /// The customer's green button on the practice phone.
    pub fn pay(label: impl Into<String>, press: M) -> Self {
        Self::new(label, None, Weight::Pay, Some(press))
    }

    /// A quiet button without a key.
    pub fn plain(label: impl Into<String>, press: M) -> Self {
        Self::new(label, None, Weight::Secondary, Some(press))
    }

    fn new(label: impl Into<String>, hint: Option<&'a str>, weight: Weight, press: Option<M>) -> Self {
        Self {
            label: label.into(),
            hint,
            weight,
            press,
            width: Length::Shrink,
            height: size::BUTTON,
            narrow: false,
            armed: false,
        }
    }

    /// Shown, but not to be pressed, unless `enabled`.
    pub fn enabled(mut self, enabled: bool) -> Self {
        if !enabled {
            self.press = None;
        }
        self
    }

    /// As wide as there is room.
    pub fn fill(mut self) -> Self {
        self.width = Fill;
        self
    }

    /// As high as the next step of the amount screen.
    pub fn tall(mut self) -> Self {
        self.height = size::PRIMARY;
        self
    }

    /// Outlined, for it is still to act.
    pub fn armed(mut self, armed: bool) -> Self {
        self.armed = armed;
        self
    }

    /// As high as a button on the phone.
    pub fn low(mut self, tight: bool) -> Self {
        self.height = if tight { 42.0 } else { 48.0 };
        self
    }

    /// With smaller words where there is little room.
    pub fn narrow(mut self, narrow: bool) -> Self {
        self.narrow = narrow;
        self
    }

    pub fn view(self) -> Element<'a, M> {
        let Self { label, hint, weight, press, width, height, narrow, armed } = self;
        let enabled = press.is_some();
        let role = match (weight, height > size::BUTTON, narrow) {
            (Weight::Primary, true, false) => Role::Heading,
            (Weight::Primary | Weight::Pay, _, _) => Role::BodyStrong,
            (Weight::Secondary, true, false) => Role::Action,
            (Weight::Secondary, _, _) => Role::Body,
        };
        let mut content = row![plain(role, label)].spacing(if narrow { space::XS } else { space::M }).align_y(Center);
        if let Some(hint) = hint {
            content = content.push(key_cap(hint, weight, enabled));
        }
        let side = if width == Fill { space::XS } else { space::L };
        let inner = container(content).center_y(Fill);
        let inner = if width == Fill { inner.center_x(Fill) } else { inner };
        iced::widget::button(inner)
            .width(width)
            .height(height)
            .padding([0.0, side])
            .on_press_maybe(press)
            .style(move |theme: &Theme, status| {
                let palette = theme.palette();
                let mut style = style(palette, weight, status);
                if armed {
                    style.border.color = palette.waiting;
                    style.border.width = 2.0;
                }
                style
            })
            .into()
    }
}

/// The small box with a key's name.
fn key_cap<'a, M: 'a>(hint: &'a str, weight: Weight, enabled: bool) -> Element<'a, M> {
    container(plain(Role::Hint, hint))
        .padding([1.0, space::XS])
        .style(move |theme: &Theme| {
            let palette = theme.palette();
            let color = match (weight, enabled) {
                (Weight::Primary | Weight::Pay, true) => palette.accent_ink.scale_alpha(0.6),
                (Weight::Secondary, true) => palette.muted,
                (_, false) => palette.line,
            };
            container::Style {
                border: Border { color, width: 1.0, radius: radius::HINT.into() },
                ..container::Style::default()
            }
        })
        .into()
}

fn style(palette: &Palette, weight: Weight, status: Status) -> Style {
    let (rest, hover, pressed, ink) = match weight {
        Weight::Primary => (palette.accent, palette.accent_hover, palette.accent_pressed, palette.accent_ink),
        Weight::Secondary => (palette.raised, palette.raised_hover, palette.raised_pressed, palette.ink),
        Weight::Pay => (palette.paid, palette.paid, palette.paid_pressed, palette.paid_ink),
    };
    let edge = if weight == Weight::Secondary { palette.line } else { Color::TRANSPARENT };
    let (fill, ink, edge) = match status {
        Status::Active => (rest, ink, edge),
        Status::Hovered => (hover, ink, if weight == Weight::Secondary { palette.faint } else { edge }),
        Status::Pressed => (pressed, ink, edge),
        Status::Disabled => (palette.raised, palette.faint, palette.line),
    };
    filled(fill, ink, edge)
}

fn filled(fill: Color, ink: Color, edge: Color) -> Style {
    Style {
        background: Some(Background::Color(fill)),
        text_color: ink,
        border: Border { color: edge, width: 1.0, radius: radius::BUTTON.into() },
        shadow: Shadow::default(),
        snap: true,
    }
}

/// A quick amount.
pub fn quick<'a, M: Clone + 'a>(label: String, tight: bool, press: M) -> Element<'a, M> {
    let height = if tight { size::BUTTON } else { size::QUICK };
    big_key(plain(Role::Action, label).into(), height.into(), press)
}

/// What stands on a key: a character, or an icon.
pub type Label = Result<&'static str, Icon>;

fn key<'a, M: Clone + 'a>((label, press): (Label, M)) -> Element<'a, M> {
    let content = match label {
        Ok(label) => plain(Role::Heading, label).into(),
        Err(picture) => icon(picture, Tone::Ink, 28.0),
    };
    big_key(content, Fill, press)
}

/// The on-screen keypad: digits as on a till, `side` beside the upper three rows, `last` beside the zero.
pub fn keypad<'a, M: Clone + 'a>(
    digit: fn(char) -> M,
    side: [(Label, M); 3],
    last: impl IntoIterator<Item = (Label, M)>,
) -> Element<'a, M> {
    let rows = [
        [("7", '7'), ("8", '8'), ("9", '9')],
        [("4", '4'), ("5", '5'), ("6", '6')],
        [("1", '1'), ("2", '2'), ("3", '3')],
    ];
    let mut keys = column![].spacing(space::S).height(Fill);
    for (digits, side) in rows.into_iter().zip(side) {
        let line = digits.into_iter().map(|(label, typed)| key((Ok(label), digit(typed))));
        keys = keys.push(row(line).push(key(side)).spacing(space::S).height(Fill));
    }
    let zero = row![key((Ok("0"), digit('0')))].extend(last.into_iter().map(key));
    keys.push(zero.spacing(space::S).height(Fill)).into()
}

fn big_key<'a, M: Clone + 'a>(content: Element<'a, M>, height: Length, press: M) -> Element<'a, M> {
    iced::widget::button(container(content).center(Fill))
        .width(Fill)
        .height(height)
        .padding(0)
        .on_press(press)
        .style(|theme: &Theme, status| style(theme.palette(), Weight::Secondary, status))
        .into()
}

/// A choice that is on or off.
pub fn chip<'a, M: Clone + 'a>(label: &'a str, on: bool, narrow: bool, press: M) -> Element<'a, M> {
    let (role, side) = if narrow { (Role::Hint, 10.0) } else { (Role::Label, space::M) };
    iced::widget::button(plain(role, label).wrapping(iced::widget::text::Wrapping::None))
        .padding([5.0, side])
        .on_press(press)
        .style(move |theme: &Theme, status| {
            let palette = theme.palette();
            let (fill, ink, edge) = match (on, status) {
                (true, _) => (palette.accent_tint, palette.accent, palette.accent),
                (false, Status::Hovered) => (palette.raised_hover, palette.ink, palette.faint),
                (false, Status::Pressed) => (palette.raised_pressed, palette.ink, palette.line),
                (false, _) => (palette.raised, palette.muted, palette.line),
            };
            let mut style = filled(fill, ink, edge);
            style.border.radius = radius::PILL.into();
            style
        })
        .into()
}

/// One of a few ways to go on; the chosen one is filled with a tint.
pub fn pick<'a, M: Clone + 'a>(label: String, on: bool, press: M) -> Element<'a, M> {
    let role = if on { Role::LabelStrong } else { Role::Label };
    iced::widget::button(plain(role, label).wrapping(iced::widget::text::Wrapping::None))
        .padding([space::XS, space::M])
        .on_press(press)
        .style(move |theme: &Theme, status| {
            let palette = theme.palette();
            let (fill, ink, edge) = match (on, status) {
                (true, _) => (palette.accent_tint, palette.accent, palette.accent),
                (false, Status::Hovered) => (palette.raised_hover, palette.ink, palette.faint),
                (false, Status::Pressed) => (palette.raised_pressed, palette.ink, palette.line),
                (false, _) => (palette.raised, palette.ink, palette.line),
            };
            let mut style = filled(fill, ink, edge);
            style.border.radius = radius::PILL.into();
            style
        })
        .into()
}

/// A word or an icon that can be pressed, without a box until the pointer is on it.
pub fn link<'a, M: Clone + 'a>(content: impl Into<Element<'a, M>>, press: M) -> Element<'a, M> {
    iced::widget::button(content)
        .padding([space::XXS, space::XS])
        .on_press(press)
        .style(|theme: &Theme, status| {
            let palette = theme.palette();
            let fill = match status {
                Status::Hovered => palette.raised_hover,
                Status::Pressed => palette.raised_pressed,
                Status::Active | Status::Disabled => Color::TRANSPARENT,
            };
            filled(fill, palette.muted, Color::TRANSPARENT)
        })
        .into()
}
