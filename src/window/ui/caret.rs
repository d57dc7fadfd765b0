//! The caret of a box that takes text: it stands where the next character goes, and tells the system's input method
//! so. Committed text comes through the window's own listener, like every key; only the text that is being composed
//! is handled here, for the system draws it at the caret.

use iced::advanced::input_method::{self, InputMethod, Preedit, Purpose};
use iced::advanced::layout::{self, Layout};
use iced::advanced::widget::{Tree, tree};
use iced::advanced::{Clipboard, Shell, Widget, mouse, renderer};
use iced::{Event, Length, Rectangle, Size, window};

use super::Element;
use super::theme::Theme;
use super::token::Role;

const WIDTH: f32 = 2.0;
const HEIGHT: f32 = 28.0;

/// A caret; with `input_method` text may be composed at it.
pub(super) fn caret<'a, M: 'a>(input_method: bool) -> Element<'a, M> {
    Element::new(Caret { input_method })
}

struct Caret {
    input_method: bool,
}

/// What is being composed.
type Composing = Option<Preedit>;

impl<M, R: renderer::Renderer> Widget<M, Theme, R> for Caret {
    fn tag(&self) -> tree::Tag {
        tree::Tag::of::<Composing>()
    }

    fn state(&self) -> tree::State {
        tree::State::new(Composing::None)
    }

    fn size(&self) -> Size<Length> {
        Size::new(Length::Fixed(WIDTH), Length::Fixed(HEIGHT))
    }

    fn layout(&mut self, _tree: &mut Tree, _renderer: &R, limits: &layout::Limits) -> layout::Node {
        layout::atomic(limits, WIDTH, HEIGHT)
    }

    fn update(
        &mut self,
        tree: &mut Tree,
        event: &Event,
        layout: Layout<'_>,
        _cursor: mouse::Cursor,
        _renderer: &R,
        _clipboard: &mut dyn Clipboard,
        shell: &mut Shell<'_, M>,
        _viewport: &Rectangle,
    ) {
        if !self.input_method {
            return;
        }
        let composing = tree.state.downcast_mut::<Composing>();
        match event {
            Event::InputMethod(input_method::Event::Opened | input_method::Event::Closed) => {
                *composing = None;
                shell.request_redraw();
            }
            Event::InputMethod(input_method::Event::Preedit(content, selection)) => {
                let text_size = Some(Role::Lead.size().into());
                *composing = Some(Preedit { content: content.clone(), selection: selection.clone(), text_size });
                shell.request_redraw();
            }
            Event::InputMethod(input_method::Event::Commit(_)) => {
                *composing = None;
                shell.request_redraw();
            }
            Event::Window(window::Event::RedrawRequested(_)) => shell.request_input_method(&InputMethod::Enabled {
                cursor: layout.bounds(),
                purpose: Purpose::Normal,
                preedit: composing.as_ref().map(Preedit::as_ref),
            }),
            _ => {}
        }
    }

    fn draw(
        &self,
        _tree: &Tree,
        renderer: &mut R,
        theme: &Theme,
        _style: &renderer::Style,
        layout: Layout<'_>,
        _cursor: mouse::Cursor,
        _viewport: &Rectangle,
    ) {
        let quad = renderer::Quad { bounds: layout.bounds(), ..renderer::Quad::default() };
        renderer.fill_quad(quad, theme.palette().accent);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use iced::Point;
    use iced::advanced::clipboard;

    /// What the caret at this place asks of the input method after the events.
    fn asked(mut caret: Caret, at: Point, events: &[Event]) -> InputMethod {
        let redraw = Event::Window(window::Event::RedrawRequested(iced::time::Instant::now()));
        let state = <Caret as Widget<(), Theme, ()>>::state(&caret);
        let tag = <Caret as Widget<(), Theme, ()>>::tag(&caret);
        let mut tree = Tree { tag, state, children: Vec::new() };
        let node = layout::Node::new(Size::new(WIDTH, HEIGHT)).move_to(at);
        let (layout, everywhere) = (Layout::new(&node), Rectangle::with_size(Size::INFINITE));
        let mut messages: Vec<()> = Vec::new();
        let mut shell = Shell::new(&mut messages);
        for event in events.iter().chain([&redraw]) {
            let (cursor, clipboard) = (mouse::Cursor::Unavailable, &mut clipboard::Null);
            Widget::<(), Theme, ()>::update(
                &mut caret,
                &mut tree,
                event,
                layout,
                cursor,
                &(),
                clipboard,
                &mut shell,
                &everywhere,
            );
        }
        shell.input_method().clone()
    }

    #[test]
    fn only_a_caret_that_takes_words_opens_the_input_method() {
        let at = Point::new(40.0, 90.0);
        assert_eq!(asked(Caret { input_method: false }, at, &[]), InputMethod::Disabled);
        let InputMethod::Enabled { cursor, purpose, preedit } = asked(Caret { input_method: true }, at, &[]) else {
            panic!("it is not opened");
        };
        assert_eq!((cursor.position(), purpose, preedit), (at, Purpose::Normal, None));
    }

    #[test]
    fn what_is_being_composed_stands_at_the_caret_until_it_is_committed() {
        let preedit = |events: &[input_method::Event]| {
            let events: Vec<_> = events.iter().cloned().map(Event::InputMethod).collect();
            match asked(Caret { input_method: true }, Point::ORIGIN, &events) {
                InputMethod::Enabled { preedit, .. } => preedit.map(|preedit| preedit.content),
                InputMethod::Disabled => panic!("it is not opened"),
            }
        };
        let composed = input_method::Event::Preedit("wai dai".to_owned(), None);
        assert_eq!(preedit(std::slice::from_ref(&composed)), Some("wai dai".to_owned()));
        assert_eq!(preedit(&[composed, input_method::Event::Commit("外带".to_owned())]), None);
    }
}
