//! What the keyboard and the input method send, read by physical key where that is what people press.

use std::time::Instant;

use iced::keyboard::key::{Code, Named, Physical};
use iced::keyboard::{self, Modifiers};
use iced::{Event, event, window};

use super::counter::Message;

/// A key as the counter knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// A character; Enter is `'\n'` and Tab `'\t'`, for scanners end with them.
    Char(char),
    Backspace,
    Delete,
    Escape,
    Up,
    Down,
    /// Marks a line of a list: the slash of the numeric pad.
    Mark,
    /// F1 to F12.
    Function(u8),
}

/// What was pressed or committed, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pressed {
    Key(Key, Instant),
    /// Text that an input method committed at once.
    Committed(String, Instant),
}

/// For [`iced::event::listen_with`]: everything pressed in the window, whether a widget took it or not.
pub fn listen(event: Event, _status: event::Status, _window: window::Id) -> Option<Pressed> {
    read(event, Instant::now())
}

/// For [`iced::event::listen_with`]: what the clipboard and the file manager bring to the counter.
pub(super) fn bring(event: Event, _status: event::Status, _window: window::Id) -> Option<Message> {
    match event {
        Event::Keyboard(keyboard::Event::KeyPressed { key, modifiers, physical_key, repeat: false, .. }) => {
            (modifiers.command() && key.to_latin(physical_key) == Some('v')).then_some(Message::Paste)
        }
        Event::Window(window::Event::FileHovered(_)) => Some(Message::Hovered(true)),
        Event::Window(window::Event::FilesHoveredLeft) => Some(Message::Hovered(false)),
        Event::Window(window::Event::FileDropped(path)) => Some(Message::Dropped(path)),
        _ => None,
    }
}

fn read(event: Event, at: Instant) -> Option<Pressed> {
    match event {
        Event::Keyboard(keyboard::Event::KeyPressed { key, physical_key, modifiers, text, repeat, .. }) => {
            let key = named(&key, physical_key)
                .or_else(|| character(physical_key, modifiers, text.as_deref()).map(Key::Char))?;
            // Only a held Backspace or arrow goes on by itself; a held digit must not fill the amount.
            (!repeat || matches!(key, Key::Backspace | Key::Up | Key::Down)).then_some(Pressed::Key(key, at))
        }
        Event::InputMethod(iced::advanced::input_method::Event::Commit(text)) => Some(Pressed::Committed(text, at)),
        _ => None,
    }
}

fn named(key: &keyboard::Key, physical: Physical) -> Option<Key> {
    // The numeric pad alone is enough for a day's work: its minus and star stand in for keys it lacks.
    match physical {
        Physical::Code(Code::NumpadSubtract) => return Some(Key::Backspace),
        Physical::Code(Code::NumpadMultiply) => return Some(Key::Escape),
        Physical::Code(Code::NumpadDivide) => return Some(Key::Mark),
        Physical::Code(code) if numpad(code).is_some() => return None,
        _ => {}
    }
    let keyboard::Key::Named(named) = key else { return None };
    Some(match named {
        Named::Enter => Key::Char('\n'),
        Named::Tab => Key::Char('\t'),
        Named::Backspace => Key::Backspace,
        Named::Delete => Key::Delete,
        Named::Escape => Key::Escape,
        Named::ArrowUp => Key::Up,
        Named::ArrowDown => Key::Down,
        Named::F1 => Key::Function(1),
        Named::F2 => Key::Function(2),
        Named::F3 => Key::Function(3),
        Named::F4 => Key::Function(4),
        Named::F5 => Key::Function(5),
        Named::F6 => Key::Function(6),
        Named::F7 => Key::Function(7),
        Named::F8 => Key::Function(8),
        Named::F11 => Key::Function(11),
        _ => return None,
    })
}

/// The numeric pad by its keys, so that `NumLock` off changes nothing.
fn numpad(code: Code) -> Option<char> {
    Some(match code {
        Code::Numpad0 => '0',
        Code::Numpad1 => '1',
        Code::Numpad2 => '2',
        Code::Numpad3 => '3',
        Code::Numpad4 => '4',
        Code::Numpad5 => '5',
        Code::Numpad6 => '6',
        Code::Numpad7 => '7',
        Code::Numpad8 => '8',
        Code::Numpad9 => '9',
        Code::NumpadDecimal | Code::NumpadComma => '.',
        Code::NumpadAdd => '+',
        Code::NumpadEnter => '\n',
        _ => return None,
    })
}

/// The digit row by its keys, so that a French layout, whose row gives letters, still gives digits.
fn digit_row(code: Code) -> Option<char> {
    Some(match code {
        Code::Digit0 => '0',
        Code::Digit1 => '1',
        Code::Digit2 => '2',
        Code::Digit3 => '3',
        Code::Digit4 => '4',
        Code::Digit5 => '5',
        Code::Digit6 => '6',
        Code::Digit7 => '7',
        Code::Digit8 => '8',
        Code::Digit9 => '9',
        _ => return None,
    })
}

fn character(physical: Physical, modifiers: Modifiers, text: Option<&str>) -> Option<char> {
    if modifiers.control() || modifiers.alt() || modifiers.logo() {
        return None;
    }
    if let Physical::Code(code) = physical {
        if let Some(key) = numpad(code) {
            return Some(key);
        }
        if let Some(digit) = digit_row(code).filter(|_| !modifiers.shift()) {
            return Some(digit);
        }
    }
    let mut chars = text?.chars();
    match (chars.next(), chars.next()) {
        // Some systems send a scanner's end as text alone.
        (Some('\r' | '\n'), None) => Some('\n'),
        (Some('\t'), None) => Some('\t'),
        (Some(only), None) if !only.is_control() => Some(only),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use iced::advanced::input_method;
    use iced::keyboard::Location;

    fn press(key: keyboard::Key, physical: Physical, modifiers: Modifiers, text: Option<&str>) -> Event {
        Event::Keyboard(keyboard::Event::KeyPressed {
            modified_key: key.clone(),
            key,
            physical_key: physical,
            location: Location::Standard,
            modifiers,
            text: text.map(Into::into),
            repeat: false,
        })
    }

    fn key_of(event: Event) -> Option<Key> {
        match read(event, Instant::now()) {
            Some(Pressed::Key(key, _)) => Some(key),
            _ => None,
        }
    }

    #[test]
    fn digits_are_read_by_physical_key() {
        let french =
            press(keyboard::Key::Character("&".into()), Physical::Code(Code::Digit1), Modifiers::empty(), Some("&"));
        assert_eq!(key_of(french), Some(Key::Char('1')));
        let no_num_lock =
            press(keyboard::Key::Named(Named::End), Physical::Code(Code::Numpad1), Modifiers::empty(), None);
        assert_eq!(key_of(no_num_lock), Some(Key::Char('1')));
        let plus =
            press(keyboard::Key::Character("+".into()), Physical::Code(Code::Equal), Modifiers::SHIFT, Some("+"));
        assert_eq!(key_of(plus), Some(Key::Char('+')));
        let star =
            press(keyboard::Key::Character("*".into()), Physical::Code(Code::Digit8), Modifiers::SHIFT, Some("*"));
        assert_eq!(key_of(star), Some(Key::Char('*')));
    }

    #[test]
    fn the_numeric_pad_has_all_that_a_day_needs() {
        for (code, key) in [
            (Code::NumpadEnter, Key::Char('\n')),
            (Code::NumpadAdd, Key::Char('+')),
            (Code::NumpadDecimal, Key::Char('.')),
            (Code::NumpadSubtract, Key::Backspace),
            (Code::NumpadMultiply, Key::Escape),
            (Code::NumpadDivide, Key::Mark),
        ] {
            let event = press(keyboard::Key::Unidentified, Physical::Code(code), Modifiers::empty(), None);
            assert_eq!(key_of(event), Some(key), "{code:?}");
        }
    }

    #[test]
    fn shortcuts_of_the_system_are_not_digits() {
        let copy =
            press(keyboard::Key::Character("1".into()), Physical::Code(Code::Digit1), Modifiers::CTRL, Some("1"));
        assert_eq!(key_of(copy), None);
    }

    #[test]
    fn a_held_digit_counts_once() {
        let mut held =
            press(keyboard::Key::Character("5".into()), Physical::Code(Code::Digit5), Modifiers::empty(), Some("5"));
        if let Event::Keyboard(keyboard::Event::KeyPressed { repeat, .. }) = &mut held {
            *repeat = true;
        }
        assert_eq!(key_of(held), None);
    }

    #[test]
    fn a_line_feed_without_a_name_ends_a_scan_too() {
        let code = Physical::Unidentified(keyboard::key::NativeCode::Unidentified);
        let feed = press(keyboard::Key::Unidentified, code, Modifiers::empty(), Some("\n"));
        assert_eq!(key_of(feed), Some(Key::Char('\n')));
        let enter = press(keyboard::Key::Named(Named::Enter), code, Modifiers::empty(), Some("\r"));
        assert_eq!(key_of(enter), Some(Key::Char('\n')));
    }

    #[test]
    fn what_an_input_method_commits_is_read_whole() {
        let at = Instant::now();
        let event = Event::InputMethod(input_method::Event::Commit("１２".to_owned()));
        assert_eq!(read(event, at), Some(Pressed::Committed("１２".to_owned(), at)));
    }
}
