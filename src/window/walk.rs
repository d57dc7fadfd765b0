//! The walk to an open till: what it waits for, and what keeps it from opening. Like the counter it knows no till,
//! no clock and no disk: what is to be done goes out as [`Effect`]s.

use std::time::Duration;

use iced::Fill;
use iced::widget::{column, container};

use crate::lang::Lang;

use super::key::{Key, Pressed};
use super::screen::trouble;
use super::ui::token::space;
use super::ui::{self, Element, KeyHint, Theme};
use super::{Choice, Trouble};

/// What is in front of its owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Page {
    /// The till is being opened.
    Opening,
    /// It could not be.
    Trouble(Trouble),
}

#[derive(Debug, Clone)]
pub enum Message {
    Did(Did),
    Pressed(Pressed),
    /// The till that was to be opened could not be.
    NotOpened(Trouble),
    Tick,
}

/// What its owner did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Did {
    Trouble(trouble::Message),
    Language,
    Theme,
}

/// What is to be done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Open the data folder's till.
    Open,
    Keep(Choice),
    FullScreen(bool),
    /// Close the window.
    Exit,
}

/// The state of the walk.
#[derive(Debug)]
pub struct Walk {
    page: Page,
    lang: Lang,
    theme: Theme,
    full_screen: bool,
    /// Counts while something turns.
    turns: u32,
    /// Counts the times that another picture came up.
    scenes: u32,
}

impl Walk {
    pub fn new(page: Page, lang: Lang, theme: Theme) -> Self {
        Self { page, lang, theme, full_screen: false, turns: 0, scenes: 0 }
    }

    pub fn lang(&self) -> Lang {
        self.lang
    }

    pub fn theme(&self) -> Theme {
        self.theme
    }

    /// Takes the theme that the system prefers.
    pub fn set_theme(&mut self, theme: Theme) {
        self.theme = theme;
        self.scenes = self.scenes.wrapping_add(1);
    }

    /// Counts the times that another picture came up, so that the window draws all of it anew.
    pub fn scenes(&self) -> u32 {
        self.scenes
    }

    /// How often [`Message::Tick`] is wanted; `None` while nothing turns.
    pub fn tick(&self) -> Option<Duration> {
        match self.page {
            Page::Opening => Some(Duration::from_millis(100)),
            Page::Trouble(_) => None,
        }
    }

    /// What happened; what is to be done about it, in order.
    pub fn update(&mut self, message: Message) -> Vec<Effect> {
        let effects = match message {
            Message::Tick => {
                self.turns = self.turns.wrapping_add(1);
                return Vec::new();
            }
            Message::Did(did) => self.did(did),
            Message::Pressed(Pressed::Key(key, _)) => self.key(key),
            Message::Pressed(Pressed::Committed(..)) => Vec::new(),
            Message::NotOpened(trouble) => {
                self.page = Page::Trouble(trouble);
                Vec::new()
            }
        };
        self.scenes = self.scenes.wrapping_add(1);
        effects
    }

    fn did(&mut self, did: Did) -> Vec<Effect> {
        match did {
            Did::Trouble(trouble::Message::Retry) => {
                self.page = Page::Opening;
                vec![Effect::Open]
            }
            Did::Trouble(trouble::Message::Close) => vec![Effect::Exit],
            Did::Language => {
                self.lang = self.lang.other();
                vec![Effect::Keep(Choice::Language(self.lang))]
            }
            Did::Theme => {
                self.theme = self.theme.other();
                vec![Effect::Keep(Choice::Theme(self.theme))]
            }
        }
    }

    fn key(&mut self, key: Key) -> Vec<Effect> {
        if key == Key::Function(11) {
            self.full_screen = !self.full_screen;
            return vec![Effect::FullScreen(self.full_screen)];
        }
        let did = match &self.page {
            Page::Trouble(_) => trouble::key(key).map(Did::Trouble),
            Page::Opening => None,
        };
        did.map_or_else(Vec::new, |did| self.did(did))
    }

    pub fn view(&self) -> Element<'_, Message> {
        let words = self.lang.words();
        let dark = self.theme == Theme::Dark;
        let header = ui::bare_header(words.program, words.other_language, dark, Did::Language, Did::Theme);
        let page = match &self.page {
            Page::Opening => trouble::opening(words, self.turns),
            Page::Trouble(trouble) => trouble::view(trouble, self.lang).map(Did::Trouble),
        };
        let middle = container(page).padding(space::L).width(Fill).height(Fill);
        let whole: Element<'_, Did> = column![header, middle, ui::key_strip(self.keys())].into();
        ui::page(whole.map(Message::Did))
    }

    fn keys(&self) -> Vec<KeyHint<'_>> {
        let words = self.lang.words();
        let mut keys = match &self.page {
            Page::Trouble(_) => trouble::keys(words),
            Page::Opening => Vec::new(),
        };
        keys.push(("F11", words.key_full_screen));
        keys
    }
}

#[cfg(test)]
mod tests;
