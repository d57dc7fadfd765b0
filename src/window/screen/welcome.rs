//! The first choice in a data folder that was never used: practice, going live, or a backup.

use iced::widget::{Space, column, container};
use iced::{Center, Fill};

use crate::lang::Words;
use crate::window::ui::token::{inset, size, space};
use crate::window::ui::{self, Element, Icon, KeyHint, Role, Tone};
use crate::window::walk::Key;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Message {
    Practice,
    GoLive,
    Restore,
}

/// What a key does here.
pub fn key(key: Key) -> Option<Message> {
    match key {
        Key::Enter | Key::Char('1') => Some(Message::Practice),
        Key::Char('2') => Some(Message::GoLive),
        Key::Char('3') => Some(Message::Restore),
        Key::Char(_) | Key::Escape | Key::Function(_) => None,
    }
}

/// The keys that do something here.
pub fn keys(words: &'static Words) -> Vec<KeyHint<'static>> {
    vec![("Enter", words.walk.practice), ("2", words.walk.go_live), ("3", words.walk.restore)]
}

pub fn view(words: &'static Words) -> Element<'static, Message> {
    let walk = &words.walk;
    let choices = column![
        ui::choice(Icon::Play, walk.practice, walk.practice_lead, "Enter", true, Message::Practice),
        ui::choice(Icon::Tick, walk.go_live, walk.go_live_lead, "2", false, Message::GoLive),
        ui::choice(Icon::Restore, walk.restore, walk.restore_lead, "3", false, Message::Restore),
    ]
    .spacing(space::M)
    .max_width(size::CHOICES);
    let content = column![
        ui::text(Role::Title, Tone::Ink, walk.welcome),
        ui::text(Role::Lead, Tone::Muted, walk.welcome_lead),
        Space::new().height(space::M),
        choices,
    ]
    .spacing(space::XS)
    .align_x(Center);
    ui::card(container(content).center(Fill), inset::STAGE)
}
