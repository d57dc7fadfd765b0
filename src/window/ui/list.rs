//! A list of orders, the box that searches it, and names with their values.

use iced::widget::text::Wrapping;
use iced::widget::{Space, column, container, responsive, row};
use iced::{Background, Border, Center, Color, Fill, Right};

use super::Element;
use super::card::hairline;
use super::caret::caret;
use super::icon::{Icon, icon};
use super::text::text;
use super::theme::{Theme, Tone};
use super::token::{Role, radius, size, space};

/// One order in a list.
#[derive(Debug, Clone)]
pub struct OrderLine {
    pub at: String,
    pub amount: String,
    pub picture: Icon,
    pub tone: Tone,
    pub state: String,
    /// The whole number, left out where there is little room.
    pub number: String,
    pub note: String,
    /// The last digits, where the number is left out.
    pub tail: String,
}

/// A line of a list, in a room of the given width; `press` chooses it.
pub fn order_line<'a, M: Clone + 'a>(line: OrderLine, chosen: bool, room: f32, press: M) -> Element<'a, M> {
    whole_line(line, chosen, room, press, None)
}

/// A line with a box before it that marks it: whether it is marked, and what marks it; none where it can't be.
pub fn marked_line<'a, M: Clone + 'a>(
    line: OrderLine,
    chosen: bool,
    room: f32,
    press: M,
    mark: Option<(bool, M)>,
) -> Element<'a, M> {
    let mark = match mark {
        Some((on, mark)) => mark_box(on, mark_room(room), mark),
        None => Space::new().width(mark_room(room)).into(),
    };
    whole_line(line, chosen, room, press, Some(mark))
}

/// What the box that marks a line has.
fn mark_room(room: f32) -> f32 {
    if room < size::NARROW { 34.0 } else { 44.0 }
}

fn mark_box<'a, M: Clone + 'a>(on: bool, width: f32, press: M) -> Element<'a, M> {
    let tick: Element<'a, M> = if on { icon(Icon::Tick, Tone::OnAccent, size::ICON_NOTE) } else { Space::new().into() };
    let square = container(tick).center(size::MARK_BOX).style(move |theme: &Theme| {
        let palette = theme.palette();
        let (fill, edge) = if on { (palette.accent, palette.accent) } else { (palette.surface, palette.faint) };
        container::Style {
            background: Some(Background::Color(fill)),
            border: Border { color: edge, width: 2.0, radius: radius::HINT.into() },
            ..container::Style::default()
        }
    });
    // All of the line's height can be pressed.
    iced::widget::button(container(square).center(Fill))
        .width(width)
        .height(Fill)
        .padding(0)
        .on_press(press)
        .style(|theme: &Theme, status| {
            use iced::widget::button::{Status, Style};
            let palette = theme.palette();
            let fill = match status {
                Status::Pressed => palette.raised_pressed,
                Status::Hovered => palette.raised_hover,
                Status::Active | Status::Disabled => Color::TRANSPARENT,
            };
            Style { background: Some(Background::Color(fill)), ..Style::default() }
        })
        .into()
}

fn whole_line<'a, M: Clone + 'a>(
    line: OrderLine,
    chosen: bool,
    room: f32,
    press: M,
    boxed: Option<Element<'a, M>>,
) -> Element<'a, M> {
    let narrow = room < size::NARROW;
    let cell = |role: Role, tone: Tone, content: String| text(role, tone, content).wrapping(Wrapping::None);
    let (role, strong) = if narrow { (Role::Label, Role::LabelStrong) } else { (Role::Body, Role::BodyStrong) };
    let (at, amount) = if narrow { (92.0, 116.0) } else { (120.0, 124.0) };
    let state = container(cell(role, line.tone, line.state)).clip(true);
    let mut cells = row![
        cell(role, Tone::Ink, line.at).width(at),
        container(cell(strong, Tone::Ink, line.amount)).width(amount).align_x(Right),
        Space::new().width(if narrow { space::XS } else { space::L }),
        icon(line.picture, line.tone, 15.0),
        Space::new().width(space::XS),
    ]
    .align_y(Center);
    if narrow {
        cells = cells.push(state.width(Fill)).push(cell(role, Tone::Muted, line.tail));
    } else {
        let note = container(cell(role, Tone::Muted, line.note)).width(Fill).padding([0.0, space::M]).clip(true);
        cells = cells.push(state.width(132.0)).push(cell(Role::Label, Tone::Muted, line.number)).push(note);
    }
    let mark = container(Space::new().width(MARK).height(Fill)).style(move |theme: &Theme| container::Style {
        background: chosen.then(|| Background::Color(theme.palette().accent)),
        ..container::Style::default()
    });
    let left = if boxed.is_some() { space::XXS } else { space::M };
    let cells = container(cells).padding(iced::Padding::from([0.0, space::M]).left(left)).center_y(Fill).width(Fill);
    let content = row![mark].extend(boxed).push(cells);
    let button =
        iced::widget::button(content).width(Fill).height(size::ORDER_LINE - 1.0).padding(0).on_press(press).style(
            move |theme: &Theme, status| {
                use iced::widget::button::{Status, Style};
                let palette = theme.palette();
                let fill = match status {
                    Status::Pressed => palette.raised_pressed,
                    Status::Hovered => palette.raised_hover,
                    Status::Active | Status::Disabled if chosen => palette.raised,
                    Status::Active | Status::Disabled => Color::TRANSPARENT,
                };
                Style { background: Some(Background::Color(fill)), text_color: palette.ink, ..Style::default() }
            },
        );
    column![button, hairline()].into()
}

/// The bar before the chosen line.
const MARK: f32 = 4.0;

/// The box that is searched with. It has the caret, and the input method with it, while it is `active`; the longer
/// hint stands in it where it fits.
pub fn search_box<'a, M: Clone + 'a>(typed: &'a str, hints: [&'a str; 2], active: bool, press: M) -> Element<'a, M> {
    let content = move |room: iced::Size| {
        let hint = if room.width < size::NARROW { hints[0] } else { hints[1] };
        boxed(typed_line(typed, hint, active), active, press.clone())
    };
    responsive(content).height(size::QUICK).into()
}

fn typed_line<'a, M: 'a>(typed: &'a str, hint: &'a str, active: bool) -> Element<'a, M> {
    let mut line =
        row![icon(Icon::Lens, if active { Tone::Accent } else { Tone::Muted }, 22.0), Space::new().width(space::M)]
            .align_y(Center);
    if !typed.is_empty() {
        line = line.push(text(Role::Lead, Tone::Ink, typed).wrapping(Wrapping::None));
    }
    if active {
        line = line.push(caret(true));
    }
    line = line.push(Space::new().width(Fill));
    if typed.is_empty() {
        line = line.push(text(Role::Label, Tone::Muted, hint).wrapping(Wrapping::None));
    }
    line.into()
}

/// A box for a secret: so many dots, and never what was typed.
pub fn secret_box<'a, M: Clone + 'a>(typed: usize, active: bool, press: M) -> Element<'a, M> {
    // A long one is shown whole too.
    let (dot, between) = if typed > size::LARGE_DOTS { (8.0, space::XS) } else { (16.0, space::M) };
    let dots = (0..typed).map(|_| icon(Icon::Dot, Tone::Ink, dot));
    let mut line = row(dots).spacing(between).align_y(Center);
    if active {
        line = line.push(caret(false));
    }
    boxed(line.into(), active, press)
}

/// A line of a form that is filled in by the window's own keys: it has no focus, and a scan doesn't land in it.
#[derive(Debug, Clone)]
pub struct FormLine<'a, M> {
    pub name: &'a str,
    pub value: String,
    /// Stands in it while it is empty.
    pub hint: &'a str,
    /// The keys are its.
    pub active: bool,
    /// Text may be composed in it.
    pub text: bool,
    pub press: M,
}

pub fn form_line<'a, M: Clone + 'a>(line: FormLine<'a, M>) -> Element<'a, M> {
    let FormLine { name, value, hint, active, text: takes_text, press } = line;
    let mut content = row![].align_y(Center);
    let hint = value.is_empty().then(|| text(Role::Label, Tone::Muted, hint).wrapping(Wrapping::None));
    if !value.is_empty() {
        content = content.push(text(Role::Lead, Tone::Ink, value).wrapping(Wrapping::None));
    }
    if active {
        content = content.push(caret(takes_text));
    }
    content = content.push(Space::new().width(Fill)).push(hint);
    let tone = if active { Tone::Accent } else { Tone::Ink };
    column![text(Role::LabelStrong, tone, name), boxed_so_high(content.into(), active, size::FORM_LINE, press)]
        .spacing(space::XXS)
        .into()
}

fn boxed<'a, M: Clone + 'a>(content: Element<'a, M>, active: bool, press: M) -> Element<'a, M> {
    boxed_so_high(content, active, size::QUICK, press)
}

fn boxed_so_high<'a, M: Clone + 'a>(content: Element<'a, M>, active: bool, height: f32, press: M) -> Element<'a, M> {
    iced::widget::button(container(content).center_y(Fill).width(Fill).clip(true))
        .width(Fill)
        .height(height)
        .padding([0.0, space::L])
        .on_press(press)
        .style(move |theme: &Theme, _| {
            let palette = theme.palette();
            let (color, width) = if active { (palette.accent, 2.0) } else { (palette.line, 1.0) };
            iced::widget::button::Style {
                background: Some(Background::Color(palette.surface)),
                text_color: palette.ink,
                border: Border { color, width, radius: radius::BUTTON.into() },
                ..iced::widget::button::Style::default()
            }
        })
        .into()
}

/// Names and values, one below the other.
pub fn facts<'a, M: 'a>(list: Vec<(&'a str, String)>) -> Element<'a, M> {
    let mut lines = column![].spacing(space::XS);
    for (name, value) in list {
        let name = text(Role::Label, Tone::Muted, name).width(size::FACT_NAMES);
        lines = lines.push(row![name, text(Role::Label, Tone::Ink, value)].spacing(space::XS));
    }
    lines.into()
}

/// A line of an order's story.
#[derive(Debug, Clone)]
pub struct Told {
    pub at: String,
    pub said: String,
    /// Somebody else said it: the gateway.
    pub answer: bool,
}

/// A story, oldest line first, what was answered set off from what was done.
pub fn story<'a, M: 'a>(lines: Vec<Told>) -> Element<'a, M> {
    let mut list = column![].spacing(space::XS);
    for Told { at, said, answer } in lines {
        let (picture, tone) = if answer { (Icon::Back, Tone::Calm) } else { (Icon::Arrow, Tone::Accent) };
        let line = row![
            text(Role::Hint, Tone::Muted, at),
            icon(picture, tone, 14.0),
            text(Role::Label, Tone::Ink, said).width(Fill)
        ]
        .spacing(space::S)
        .align_y(Center);
        list = list.push(line);
    }
    list.into()
}

/// What stands where a list would be: an icon, a word, what to do.
pub fn empty<'a, M: 'a>(picture: Icon, title: impl Into<String>, lead: impl Into<String>) -> Element<'a, M> {
    let words = column![
        icon(picture, Tone::Faint, 56.0),
        Space::new().height(space::XS),
        text(Role::Lead, Tone::Ink, title.into()),
        text(Role::Label, Tone::Muted, lead.into()).align_x(Center),
    ]
    .spacing(space::XS)
    .align_x(Center)
    .max_width(460);
    container(words).center(Fill).padding(space::L).into()
}

/// A strip over the whole width for what must be known until it is over.
pub fn alert<'a, M: 'a>(title: &'a str, lead: &'a str) -> Element<'a, M> {
    let line = row![
        icon(Icon::Exclamation, Tone::Waiting, 22.0),
        text(Role::BodyStrong, Tone::Waiting, title),
        text(Role::Label, Tone::Ink, lead).width(Fill),
    ]
    .spacing(space::M)
    .align_y(Center);
    let strip = container(line).width(Fill).padding([space::XS, space::L]).style(|theme: &Theme| container::Style {
        background: Some(Background::Color(theme.palette().waiting_tint)),
        ..container::Style::default()
    });
    column![strip, hairline()].into()
}
