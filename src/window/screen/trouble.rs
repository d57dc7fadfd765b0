//! A till that is being opened, and what kept it from opening.

use iced::widget::{Space, column, container, row};
use iced::{Center, Fill};

use crate::lang::{Lang, WalkWords, Words};
use crate::vault::VaultError;
use crate::window::ui::token::{inset, size, space};
use crate::window::ui::{self, Banner, Button, Element, Icon, KeyHint, Role, Tone};
use crate::window::{Key, Trouble};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Message {
    Retry,
    Close,
}

/// What a key does here.
pub fn key(key: Key) -> Option<Message> {
    match key {
        Key::Char('\n') | Key::Function(6) => Some(Message::Retry),
        Key::Char(_) | Key::Backspace | Key::Delete | Key::Escape | Key::Up | Key::Down | Key::Function(_) => None,
    }
}

/// The keys that do something here.
pub fn keys(words: &'static Words) -> Vec<KeyHint<'static>> {
    vec![("Enter", words.walk.try_again)]
}

/// While the keyring and the book are asked.
pub fn opening<'a, M: 'a>(words: &'static Words, turns: u32) -> Element<'a, M> {
    let content = column![
        ui::icon(ui::turning(turns), Tone::Accent, size::ICON_TITLE),
        Space::new().height(space::M),
        ui::text(Role::Heading, Tone::Ink, words.walk.opening),
        ui::text(Role::Body, Tone::Muted, words.walk.opening_lead),
    ]
    .spacing(space::XS)
    .align_x(Center);
    ui::card(container(content).center(Fill), inset::STAGE)
}

/// What happened, that no money moved, and what to do.
pub fn view(trouble: &Trouble, lang: Lang) -> Element<'_, Message> {
    let words = &lang.words().walk;
    let (kind, picture, title, to_do) = match trouble {
        Trouble::Keyring(error) => {
            let (title, to_do) = of_keyring(*error, lang, words);
            (Banner::Waiting, Icon::Keyhole, title, to_do)
        }
        Trouble::Other(told) => (Banner::Calm, Icon::Exclamation, words.no_till, told.words(lang).to_owned()),
    };
    let head = ui::banner(kind, picture, title, words.nothing_sent, String::new());
    let mut content = column![
        head,
        row![ui::icon(Icon::Arrow, Tone::Accent, size::ICON_LINE), ui::text(Role::Lead, Tone::Ink, to_do)]
            .spacing(space::M)
            .align_y(Center),
    ]
    .spacing(space::L);
    if matches!(trouble, Trouble::Keyring(_)) {
        content = content.push(ui::text(Role::Body, Tone::Muted, words.never_in_a_file));
    }
    let buttons = row![
        Button::primary(words.try_again, "Enter", Message::Retry).view(),
        Button::plain(words.close_window, Message::Close).view(),
    ]
    .spacing(space::M);
    ui::card(content.push(Space::new().height(Fill)).push(buttons), inset::STAGE)
}

fn of_keyring(error: VaultError, lang: Lang, words: &'static WalkWords) -> (&'static str, String) {
    match error {
        VaultError::NoKeyring => (words.no_keyring, words.no_keyring_do.to_owned()),
        VaultError::Locked => (words.locked, words.locked_do.to_owned()),
        VaultError::Denied => (words.denied, words.denied_do.to_owned()),
        VaultError::TimedOut => (words.timed_out, words.timed_out_do.to_owned()),
        VaultError::Missing(_) | VaultError::TooLarge(_) | VaultError::Damaged(_) => {
            (words.no_till, lang.vault_error(&error))
        }
    }
}
