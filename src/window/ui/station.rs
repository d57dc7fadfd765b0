//! Where a longer way has come: its stations, what is dropped there, and what is said there.

use iced::widget::canvas::{self, Canvas, Frame, LineDash, Path, Stroke};
use iced::widget::{Space, column, container, row, stack};
use iced::{Background, Border, Center, Fill, Point, Rectangle, Renderer, Size, mouse};

use super::Element;
use super::banner::Banner;
use super::button::link;
use super::card::hairline;
use super::icon::{Icon, icon, ring};
use super::steps::Done;
use super::text::text;
use super::theme::{Theme, Tone};
use super::token::{Role, radius, size, space};

/// The stations of a way, numbered, with hairlines between.
pub fn stations<'a, M: 'a>(list: impl IntoIterator<Item = (Done, &'a str)>) -> Element<'a, M> {
    let mut lines = column![].width(Fill);
    for (place, (done, word)) in list.into_iter().enumerate() {
        let (mark, role, tone): (Element<'a, M>, _, _) = match done {
            Done::Yes => (ring(Icon::Tick, Tone::Ok, 28.0), Role::Body, Tone::Ink),
            Done::Now => (number(place + 1, Tone::Waiting), Role::BodyStrong, Tone::Ink),
            Done::Later => (number(place + 1, Tone::Muted), Role::Body, Tone::Muted),
        };
        let line = row![mark, text(role, tone, word)].spacing(space::M).align_y(Center);
        lines = lines.push(hairline()).push(container(line).padding([space::S, 0.0]));
    }
    lines.into()
}

fn number<'a, M: 'a>(place: usize, tone: Tone) -> Element<'a, M> {
    container(text(Role::Hint, tone, place.to_string()))
        .center(28.0)
        .style(move |theme: &Theme| {
            let palette = theme.palette();
            let color = if tone == Tone::Muted { palette.line } else { tone.color(*theme) };
            container::Style {
                border: Border { color, width: 2.0, radius: 14.0.into() },
                ..container::Style::default()
            }
        })
        .into()
}

/// A large choice: an icon, a title, a line under it, and the key that takes it. The first one stands out.
pub fn choice<'a, M: Clone + 'a>(
    picture: Icon,
    title: &'a str,
    lead: &'a str,
    key: &'a str,
    first: bool,
    press: M,
) -> Element<'a, M> {
    let words = column![text(Role::Action, Tone::Ink, title), text(Role::Label, Tone::Muted, lead)]
        .spacing(space::XXS)
        .width(Fill);
    let line = row![ring(picture, Tone::Accent, 48.0), words, cap(key)].spacing(space::L).align_y(Center);
    iced::widget::button(container(line).center_y(Fill))
        .width(Fill)
        .height(size::CHOICE)
        .padding([0.0, space::L])
        .on_press(press)
        .style(move |theme: &Theme, status| {
            use iced::widget::button::Status;
            let palette = theme.palette();
            let fill = match status {
                Status::Pressed => palette.raised_pressed,
                Status::Active | Status::Hovered | Status::Disabled if first => palette.accent_tint,
                Status::Hovered => palette.raised_hover,
                Status::Active | Status::Disabled => palette.raised,
            };
            let (color, width) = if first { (palette.accent, 2.0) } else { (palette.line, 1.0) };
            iced::widget::button::Style {
                background: Some(Background::Color(fill)),
                text_color: palette.ink,
                border: Border { color, width, radius: radius::CARD.into() },
                ..iced::widget::button::Style::default()
            }
        })
        .into()
}

fn cap<'a, M: 'a>(key: &'a str) -> Element<'a, M> {
    container(text(Role::Hint, Tone::Muted, key))
        .padding([1.0, space::XS])
        .style(|theme: &Theme| container::Style {
            border: Border { color: theme.palette().muted, width: 1.0, radius: radius::HINT.into() },
            ..container::Style::default()
        })
        .into()
}

/// How the place to drop files at looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drop {
    Empty,
    /// Files are held over it.
    Over,
    Good,
    Bad,
}

/// The place to drop files at: an icon, a title and a line under it within a dashed frame.
pub fn drop_zone<'a, M: 'a>(state: Drop, title: String, lead: String) -> Element<'a, M> {
    let (picture, tone) = match state {
        Drop::Empty | Drop::Over => (Icon::Down, Tone::Accent),
        Drop::Good => (Icon::Tick, Tone::Ok),
        Drop::Bad => (Icon::Cross, Tone::Failed),
    };
    let title_tone = if state == Drop::Bad { Tone::Failed } else { Tone::Ink };
    let words = column![text(Role::BodyStrong, title_tone, title), text(Role::Hint, Tone::Muted, lead)]
        .spacing(space::XXS)
        .width(Fill);
    let line = row![icon(picture, tone, 32.0), words].spacing(space::L).align_y(Center);
    let filled = container(line).width(Fill).height(Fill).padding([space::XS, space::L]).align_y(Center).style(
        move |theme: &Theme| {
            let palette = theme.palette();
            let fill = if state == Drop::Over { palette.accent_tint } else { palette.raised };
            container::Style {
                background: Some(Background::Color(fill)),
                border: Border { radius: radius::BUTTON.into(), ..Border::default() },
                ..container::Style::default()
            }
        },
    );
    let dashes = Canvas::new(Dashes { tone: if state == Drop::Empty { Tone::Faint } else { tone } });
    container(stack![filled, dashes.width(Fill).height(Fill)]).height(size::DROP_ZONE).into()
}

struct Dashes {
    tone: Tone,
}

impl<M> canvas::Program<M, Theme> for Dashes {
    type State = ();

    fn draw(
        &self,
        _state: &(),
        renderer: &Renderer,
        theme: &Theme,
        bounds: Rectangle,
        _cursor: mouse::Cursor,
    ) -> Vec<canvas::Geometry> {
        let mut frame = Frame::new(renderer, bounds.size());
        let inner = Size::new(bounds.width - 2.0, bounds.height - 2.0);
        let edge = Path::rounded_rectangle(Point::new(1.0, 1.0), inner, radius::BUTTON.into());
        let line_dash = LineDash { segments: &[6.0, 5.0], offset: 0 };
        let stroke = Stroke { line_dash, ..Stroke::default().with_color(self.tone.color(*theme)).with_width(1.5) };
        frame.stroke(&edge, stroke);
        vec![frame.into_geometry()]
    }
}

/// A tinted note: what it is about in its colour, the rest in ink, and at its right words that can be pressed.
pub fn note<'a, M: Clone + 'a>(
    kind: Banner,
    title: String,
    lead: String,
    links: impl IntoIterator<Item = (&'a str, M)>,
) -> Element<'a, M> {
    let links = links.into_iter().map(|(word, press)| link(text(Role::Label, Tone::Muted, word), press));
    let head = row![text(Role::BodyStrong, kind.tone(), title).width(Fill), row(links).spacing(space::XS)];
    let mut words = column![head.spacing(space::M).align_y(Center)].spacing(space::XXS);
    if !lead.is_empty() {
        words = words.push(text(Role::Label, Tone::Ink, lead));
    }
    container(words)
        .width(Fill)
        .padding([space::S, space::L])
        .style(move |theme: &Theme| container::Style {
            background: Some(Background::Color(kind.tint(theme.palette()))),
            border: Border { radius: radius::BUTTON.into(), ..Border::default() },
            ..container::Style::default()
        })
        .into()
}

/// A line of a list of checks, so high: its mark, what is looked at, and what was found.
pub fn finding<'a, M: 'a>(
    mark: Option<(Icon, Tone)>,
    what: &'a str,
    found: String,
    tone: Tone,
    height: f32,
) -> Element<'a, M> {
    let mark: Element<'a, M> = match mark {
        Some((picture, tone)) => icon(picture, tone, 20.0),
        None => Space::new().width(20.0).into(),
    };
    let name_tone = if tone == Tone::Faint { Tone::Muted } else { Tone::Ink };
    let line = row![
        mark,
        text(Role::BodyStrong, name_tone, what).width(size::FINDING_NAMES),
        text(Role::Label, tone, found).width(Fill)
    ]
    .spacing(space::L)
    .align_y(Center);
    column![container(line).height(height - 1.0).align_y(Center), hairline()].into()
}
