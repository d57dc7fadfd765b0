//! What the keyboard, the clipboard and the file manager bring to the walk. Its fields take their characters
//! themselves.

use iced::keyboard::key::Named;
use iced::{Event, event, keyboard, window};

use super::Message;

/// A key as the walk knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    Enter,
    Escape,
    /// A character that no field took.
    Char(char),
    /// F1 to F12.
    Function(u8),
}

/// For [`iced::event::listen_with`].
pub fn listen(event: Event, status: event::Status, _window: window::Id) -> Option<Message> {
    match event {
        Event::Keyboard(keyboard::Event::KeyPressed { repeat: true, .. }) => None,
        Event::Keyboard(keyboard::Event::KeyPressed { key, modifiers, text, physical_key, .. }) => {
            let taken = status == event::Status::Captured;
            match key {
                keyboard::Key::Named(Named::Tab) => Some(Message::Tab { back: modifiers.shift() }),
                keyboard::Key::Named(named) => named_key(named).map(Message::Pressed),
                _ if modifiers.command() => {
                    (!taken && key.to_latin(physical_key) == Some('v')).then_some(Message::Paste)
                }
                _ if taken => None,
                _ => text.and_then(|text| text.chars().next()).map(|typed| Message::Pressed(Key::Char(typed))),
            }
        }
        Event::Window(window::Event::FileHovered(_)) => Some(Message::Hovered(true)),
        Event::Window(window::Event::FilesHoveredLeft) => Some(Message::Hovered(false)),
        Event::Window(window::Event::FileDropped(path)) => Some(Message::Dropped(path)),
        _ => None,
    }
}

/// The key that leads from the counter to what is set: as in most programs, Ctrl and a comma.
pub fn entrance(event: Event, _status: event::Status, _window: window::Id) -> Option<()> {
    let Event::Keyboard(keyboard::Event::KeyPressed { key, modifiers, physical_key, repeat: false, .. }) = event else {
        return None;
    };
    (modifiers.command() && key.to_latin(physical_key) == Some(',')).then_some(())
}

fn named_key(named: Named) -> Option<Key> {
    Some(match named {
        Named::Enter => Key::Enter,
        Named::Escape => Key::Escape,
        Named::F2 => Key::Function(2),
        Named::F3 => Key::Function(3),
        Named::F4 => Key::Function(4),
        Named::F6 => Key::Function(6),
        Named::F7 => Key::Function(7),
        Named::F8 => Key::Function(8),
        Named::F11 => Key::Function(11),
        _ => return None,
    })
}
