//! Surfaces: the page, cards, hairlines, pills, bars.

use iced::widget::{Space, container, row};
use iced::{Background, Border, Fill, FillPortion, Length};

use super::Element;
use super::text::text;
use super::theme::{Palette, Theme, Tone};
use super::token::{Role, radius, size, space};

/// What everything stands on.
pub fn page<'a, M: 'a>(content: impl Into<Element<'a, M>>) -> Element<'a, M> {
    container(content).width(Fill).height(Fill).style(|theme: &Theme| flat(theme.palette().background)).into()
}

fn flat(color: iced::Color) -> container::Style {
    container::Style { background: Some(Background::Color(color)), ..container::Style::default() }
}

/// A white surface with a hairline round it, as large as there is room.
pub fn card<'a, M: 'a>(content: impl Into<Element<'a, M>>, padding: impl Into<iced::Padding>) -> Element<'a, M> {
    container(content)
        .width(Fill)
        .height(Fill)
        .padding(padding)
        .style(|theme: &Theme| {
            let palette = theme.palette();
            container::Style {
                background: Some(Background::Color(palette.surface)),
                border: Border { color: palette.line, width: 1.0, radius: radius::CARD.into() },
                ..container::Style::default()
            }
        })
        .into()
}

/// A strip over the whole width, of the given height.
pub fn rail<'a, M: 'a>(content: impl Into<Element<'a, M>>, height: f32, surface: bool) -> Element<'a, M> {
    container(content)
        .width(Fill)
        .height(height)
        .padding([0.0, space::L])
        .align_y(iced::Center)
        .style(move |theme: &Theme| {
            let palette = theme.palette();
            flat(if surface { palette.surface } else { palette.background })
        })
        .into()
}

/// One logical pixel across.
pub fn hairline<'a, M: 'a>() -> Element<'a, M> {
    container(Space::new().width(Fill).height(1.0)).style(|theme: &Theme| flat(theme.palette().line)).into()
}

/// A word in an outlined pill.
pub fn pill<'a, M: 'a>(label: &'a str, tone: Tone) -> Element<'a, M> {
    container(text(Role::Hint, tone, label))
        .padding([3.0, space::S])
        .style(move |theme: &Theme| container::Style {
            border: Border { color: tone.color(*theme), width: 1.0, radius: radius::PILL.into() },
            ..container::Style::default()
        })
        .into()
}

/// One of eighteen digits of a payment code in a room of the given width: on one line where they fit, else on
/// two; `next` is where the next one goes.
pub fn digit_cell<'a, M: 'a>(digit: Option<char>, next: bool, room: f32) -> Element<'a, M> {
    let one_line = ((room - 13.0 * space::XXS - 4.0 * space::S) / 18.0).floor();
    let two_lines = ((room - 9.0 * space::XXS - 2.0 * space::S) / 12.0).floor();
    let width = if one_line >= 32.0 { one_line.min(44.0) } else { two_lines.min(44.0) };
    container(text(Role::Code, Tone::Ink, digit.map_or_else(String::new, String::from)))
        .center_x(width)
        .center_y(60.0)
        .style(move |theme: &Theme| {
            let palette = theme.palette();
            let (color, width) = if next { (palette.accent, 2.0) } else { (palette.line, 1.0) };
            container::Style {
                background: Some(Background::Color(palette.raised)),
                border: Border { color, width, radius: radius::BUTTON.into() },
                ..container::Style::default()
            }
        })
        .into()
}

/// Confirmed money: everything green. A press anywhere goes on.
pub fn paid_screen<'a, M: Clone + 'a>(content: impl Into<Element<'a, M>>, press: M) -> Element<'a, M> {
    iced::widget::button(container(content).center(Fill))
        .width(Fill)
        .height(Fill)
        .padding(0)
        .on_press(press)
        .style(|theme: &Theme, _| iced::widget::button::Style {
            background: Some(Background::Color(theme.palette().paid)),
            text_color: theme.palette().paid_ink,
            border: Border::default(),
            ..iced::widget::button::Style::default()
        })
        .into()
}

/// Something over the page, in the middle of the upper edge, where it hides no button.
pub fn floating<'a, M: 'a>(content: impl Into<Element<'a, M>>) -> Element<'a, M> {
    container(content)
        .width(Fill)
        .height(Fill)
        .align_x(iced::Center)
        .align_y(iced::Top)
        .padding(iced::Padding::ZERO.top(size::HEADER + space::XS))
        .into()
}

/// A sheet in the middle of a page that is dimmed meanwhile; nothing under it can be pressed.
pub fn sheet<'a, M: Clone + 'a>(content: impl Into<Element<'a, M>>) -> Element<'a, M> {
    let inner = container(content).width(720.0).padding(space::XL).style(|theme: &Theme| {
        let palette = theme.palette();
        container::Style {
            background: Some(Background::Color(palette.surface)),
            border: Border { color: palette.line, width: 1.0, radius: radius::CARD.into() },
            ..container::Style::default()
        }
    });
    let dimmed = container(inner).center(Fill).style(|_: &Theme| flat(iced::Color::BLACK.scale_alpha(0.5)));
    iced::widget::opaque(dimmed)
}

/// A bar that has run down to `left` of `whole`.
pub fn bar<'a, M: 'a>(left: u64, whole: u64) -> Element<'a, M> {
    let whole = whole.max(1);
    let portion = u16::try_from(left.min(whole) * 1000 / whole).unwrap_or(1000);
    let run = |portion: u16, pick: fn(&Palette) -> iced::Color| {
        let width: Length = if portion == 0 { 0.0.into() } else { FillPortion(portion) };
        container(Space::new().width(Fill).height(size::BAR)).width(width).style(move |theme: &Theme| {
            container::Style {
                background: Some(Background::Color(pick(theme.palette()))),
                border: Border { radius: (size::BAR / 2.0).into(), ..Border::default() },
                ..container::Style::default()
            }
        })
    };
    row![run(portion, |palette| palette.accent), run(1000 - portion, |palette| palette.line)].width(Fill).into()
}
