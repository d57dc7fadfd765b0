//! The walk to an open till: the first choice, going live, a backup, and what keeps a till from opening. Like the counter it knows
//! no till and no clock; of the disk it knows only the files that are dropped on it.

mod listen;

use std::path::PathBuf;
use std::time::Duration;

use iced::Fill;
use iced::widget::{column, container};

use crate::account::check::Report;
use crate::account::{Draft, Keep, Left, PlainFile, SaveError};
use crate::backup::{Passphrase, RestoreError, Restored};
use crate::lang::Lang;
use crate::timestamp::Timestamp;
use crate::vault::VaultError;

use super::screen::checks::{self, Checks};
use super::screen::restore::{self, Restore};
use super::screen::setup::{self, Setup, Step};
use super::screen::{trouble, welcome};
use super::ui::token::space;
use super::ui::{self, Element, KeyHint, Theme};
use super::{Choice, Trouble};

pub use listen::{Key, entrance, listen};

/// What is in front of its owner.
enum Page {
    Welcome,
    /// The till is being opened.
    Opening,
    /// It could not be.
    Trouble(Trouble),
    Setup(Setup),
    /// The keyring did not take the set-up's secrets.
    NotKept(Setup, VaultError),
    /// What was set up is looked at.
    Checks(Checks),
    Restore(Restore),
}

#[derive(Debug, Clone)]
pub enum Message {
    Did(Did),
    Pressed(Key),
    /// To the next field, or the one before.
    Tab {
        back: bool,
    },
    /// Files are held over the window, or no more.
    Hovered(bool),
    Dropped(PathBuf),
    /// A text was to be pasted, and no field took it.
    Paste,
    Clipboard(setup::Typed),
    /// A file was chosen in the system's dialog.
    Chosen(PathBuf),
    /// The till that was to be opened could not be.
    NotOpened(Trouble),
    /// Whether the set-up was kept; if so, which plain files have served.
    Saved(Result<Vec<PlainFile>, SaveError>),
    /// The till that was set up is open.
    Opened,
    /// What that run of the checks tells.
    Check(u32, checks::Told),
    /// The plain files were deleted, but those.
    Forgotten(Vec<Left>),
    Restored(Result<Restored, RestoreError>),
    Tick,
}

/// What its owner did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Did {
    Welcome(welcome::Message),
    Trouble(trouble::Message),
    Setup(setup::Message),
    Checks(checks::Message),
    Restore(restore::Message),
    Language,
    Theme,
}

/// What is to be done about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Open the data folder's till.
    Open,
    /// Begin to fill in the account, with what is set already: [`Walk::fill_in`].
    FillIn(Keep),
    /// Fill in anew what a check found wrong: [`Walk::mend`].
    Mend(Step),
    /// Keep what was filled in: [`Walk::draft`].
    Save(Keep),
    /// Give the keys to a field.
    Focus(&'static str),
    /// Give them to the next one, or to the one before.
    FocusNext {
        back: bool,
    },
    ReadClipboard,
    ChooseFile,
    /// Check what is set up, as that run.
    Check(u32),
    Copy(Report),
    Forget(Vec<PlainFile>),
    /// Restore what was chosen: [`Walk::backup`].
    Restore,
    Keep(Choice),
    FullScreen(bool),
    /// Back to the counter, if a till is open.
    Return,
    /// There, to the owner's page of who may refund.
    Rules,
    /// Close the window.
    Exit,
}

/// The state of the walk.
#[expect(missing_debug_implementations, reason = "a set-up holds secrets")]
pub struct Walk {
    page: Page,
    lang: Lang,
    theme: Theme,
    full_screen: bool,
    /// It began at the counter of a till that is open.
    from_counter: bool,
    /// Counts while something turns.
    turns: u32,
    /// Counts the times that another picture came up.
    scenes: u32,
}

impl Walk {
    /// Nothing was chosen in this data folder yet.
    pub fn welcome(lang: Lang, theme: Theme) -> Self {
        Self { page: Page::Welcome, lang, theme, full_screen: false, from_counter: false, turns: 0, scenes: 0 }
    }

    /// A till is being opened.
    pub fn opening(lang: Lang, theme: Theme) -> Self {
        Self { page: Page::Opening, ..Self::welcome(lang, theme) }
    }

    /// It leads from the counter of an open till, and back there.
    pub fn from_counter(self) -> Self {
        Self { from_counter: true, ..self }
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

    /// What was filled in so far.
    pub fn draft(&self) -> Option<&Draft> {
        match &self.page {
            Page::Setup(setup) | Page::NotKept(setup, _) => Some(setup.draft()),
            Page::Welcome | Page::Opening | Page::Trouble(_) | Page::Checks(_) | Page::Restore(_) => None,
        }
    }

    /// The backup that is to be restored, and what opens it.
    pub fn backup(&self) -> Option<(PathBuf, Passphrase)> {
        match &self.page {
            Page::Restore(restore) => Some(restore.wanted()),
            _ => None,
        }
    }

    /// Whether the till that is being opened is to be checked before anybody stands at it.
    pub fn checks_first(&self) -> bool {
        matches!(self.page, Page::Checks(_))
    }

    /// How often [`Message::Tick`] is wanted; `None` while nothing turns.
    pub fn tick(&self) -> Option<Duration> {
        let turns = match &self.page {
            Page::Opening => true,
            Page::Setup(setup) => setup.is_saving(),
            Page::Checks(checks) => checks.is_running(),
            Page::Restore(restore) => restore.is_running(),
            Page::Welcome | Page::Trouble(_) | Page::NotKept(..) => false,
        };
        turns.then_some(Duration::from_millis(100))
    }

    /// What happened, at `now`; what is to be done about it.
    pub fn update(&mut self, message: Message, now: Timestamp) -> Option<Effect> {
        if let Message::Tick = message {
            self.turns = self.turns.wrapping_add(1);
            return None;
        }
        self.scenes = self.scenes.wrapping_add(1);
        match message {
            Message::Tick => None,
            Message::Did(did) => self.did(did, now),
            Message::Pressed(key) => self.key(key, now),
            Message::Tab { back } => Some(Effect::FocusNext { back }),
            Message::Hovered(hovered) => match &self.page {
                Page::Restore(_) => self.restore(restore::Message::Hovered(hovered)),
                _ => self.set_up(setup::Message::Hovered(hovered), now),
            },
            Message::Dropped(path) | Message::Chosen(path) => match &self.page {
                Page::Restore(_) => self.restore(restore::Message::Chosen(path)),
                _ => self.set_up(setup::Message::Chosen(path), now),
            },
            Message::Paste => matches!(self.page, Page::Setup(_)).then_some(Effect::ReadClipboard),
            Message::Clipboard(text) => self.set_up(setup::Message::Clipboard(text), now),
            Message::NotOpened(trouble) => {
                self.page = Page::Trouble(trouble);
                None
            }
            Message::Saved(saved) => self.saved(saved),
            Message::Opened => match &self.page {
                Page::Checks(checks) => Some(Effect::Check(checks.run())),
                _ => None,
            },
            Message::Check(run, told) => {
                if let Page::Checks(checks) = &mut self.page {
                    checks.hear(run, told);
                }
                None
            }
            Message::Forgotten(left) => {
                if let Page::Checks(checks) = &mut self.page {
                    checks.forgotten(left);
                }
                None
            }
            Message::Restored(result) => {
                let Page::Restore(restore) = &mut self.page else { return None };
                let action = restore.ended(result);
                self.follow_restore(action)
            }
        }
    }

    /// Begins to fill in the account; for this run alone only the key is wanted.
    pub fn fill_in(&mut self, draft: Draft, keep: Keep) -> Option<Effect> {
        let step = match keep {
            Keep::Keyring => Step::Shop,
            Keep::ThisRun => Step::Key,
        };
        self.fill_in_from(draft, keep, step)
    }

    /// Fills in anew what a check found wrong; what was right is there already, but for the key.
    pub fn mend(&mut self, draft: Draft, step: Step) -> Option<Effect> {
        self.from_counter = true;
        self.fill_in_from(draft, Keep::Keyring, step)
    }

    fn fill_in_from(&mut self, draft: Draft, keep: Keep, step: Step) -> Option<Effect> {
        let setup = Setup::new(draft, step, keep).before_open_till(self.from_counter);
        let focus = setup.focus();
        self.page = Page::Setup(setup);
        self.follow(focus, keep)
    }

    fn did(&mut self, did: Did, now: Timestamp) -> Option<Effect> {
        match did {
            Did::Welcome(welcome::Message::Practice) => Some(self.open()),
            Did::Welcome(welcome::Message::GoLive) => Some(Effect::FillIn(Keep::Keyring)),
            Did::Welcome(welcome::Message::Restore) => {
                self.page = Page::Restore(Restore::empty());
                Some(Effect::Focus(Restore::first_field()))
            }
            Did::Checks(message) => self.check(message),
            Did::Restore(message) => self.restore(message),
            Did::Trouble(message) => self.at_trouble(message),
            Did::Setup(message) => self.set_up(message, now),
            Did::Language => {
                self.lang = self.lang.other();
                Some(Effect::Keep(Choice::Language(self.lang)))
            }
            Did::Theme => {
                self.theme = self.theme.other();
                Some(Effect::Keep(Choice::Theme(self.theme)))
            }
        }
    }

    fn open(&mut self) -> Effect {
        self.page = Page::Opening;
        Effect::Open
    }

    fn at_trouble(&mut self, message: trouble::Message) -> Option<Effect> {
        if !matches!(self.page, Page::NotKept(..)) {
            return match message {
                trouble::Message::Retry => Some(self.open()),
                trouble::Message::ThisRun => Some(Effect::FillIn(Keep::ThisRun)),
                trouble::Message::SetUp => Some(Effect::FillIn(Keep::Keyring)),
                trouble::Message::Leave => Some(Effect::Exit),
            };
        }
        let Page::NotKept(mut setup, _) = std::mem::replace(&mut self.page, Page::Opening) else { return None };
        let action = match message {
            trouble::Message::Retry => setup.save(Keep::Keyring),
            trouble::Message::ThisRun => setup.save(Keep::ThisRun),
            trouble::Message::SetUp | trouble::Message::Leave => setup.focus(),
        };
        let effect = self.follow(action, setup.keep());
        self.page = Page::Setup(setup);
        effect
    }

    fn set_up(&mut self, message: setup::Message, now: Timestamp) -> Option<Effect> {
        let Page::Setup(setup) = &mut self.page else { return None };
        let action = setup.update(message, now);
        let keep = setup.keep();
        self.follow(action, keep)
    }

    fn follow(&mut self, action: setup::Action, keep: Keep) -> Option<Effect> {
        match action {
            setup::Action::Save => Some(Effect::Save(keep)),
            setup::Action::Rules => Some(Effect::Rules),
            setup::Action::Leave if self.from_counter => Some(Effect::Return),
            setup::Action::Leave => {
                self.page = Page::Welcome;
                None
            }
            setup::Action::None => None,
            setup::Action::Focus(field) => Some(Effect::Focus(field)),
            setup::Action::ReadClipboard => Some(Effect::ReadClipboard),
            setup::Action::ChooseFile => Some(Effect::ChooseFile),
        }
    }

    fn check(&mut self, message: checks::Message) -> Option<Effect> {
        let Page::Checks(checks) = &mut self.page else { return None };
        match checks.update(message) {
            checks::Action::None => None,
            checks::Action::Check => Some(Effect::Check(checks.run())),
            checks::Action::Start => Some(Effect::Return),
            checks::Action::Mend(step) => Some(Effect::Mend(step)),
            checks::Action::Copy(report) => Some(Effect::Copy(report)),
            checks::Action::Forget(files) => Some(Effect::Forget(files)),
        }
    }

    fn restore(&mut self, message: restore::Message) -> Option<Effect> {
        let Page::Restore(restore) = &mut self.page else { return None };
        let action = restore.update(message);
        self.follow_restore(action)
    }

    fn follow_restore(&mut self, action: restore::Action) -> Option<Effect> {
        match action {
            restore::Action::None => None,
            restore::Action::Focus(field) => Some(Effect::Focus(field)),
            restore::Action::ChooseFile => Some(Effect::ChooseFile),
            restore::Action::Restore => Some(Effect::Restore),
            restore::Action::Open => Some(self.open()),
            restore::Action::Leave => {
                self.page = Page::Welcome;
                None
            }
        }
    }

    fn saved(&mut self, saved: Result<Vec<PlainFile>, SaveError>) -> Option<Effect> {
        let Page::Setup(setup) = &mut self.page else { return None };
        let why = match saved {
            Ok(files) => {
                // The key stays nowhere but in the vault.
                self.page = Page::Checks(Checks::new(files));
                return Some(Effect::Open);
            }
            Err(why) => why,
        };
        let keep = setup.keep();
        let action = setup.not_saved(why.clone());
        if let SaveError::Vault(
            error @ (VaultError::NoKeyring | VaultError::Locked | VaultError::Denied | VaultError::TimedOut),
        ) = why
        {
            self.page = Page::NotKept(setup.clone(), error);
            return None;
        }
        self.follow(action, keep)
    }

    fn key(&mut self, key: Key, now: Timestamp) -> Option<Effect> {
        if key == Key::Function(11) {
            self.full_screen = !self.full_screen;
            return Some(Effect::FullScreen(self.full_screen));
        }
        let did = match &self.page {
            Page::Welcome => welcome::key(key).map(Did::Welcome),
            Page::Trouble(trouble) => trouble::key(key, trouble::Offer::of(trouble)).map(Did::Trouble),
            Page::NotKept(..) => trouble::key(key, trouble::Offer::NotKept).map(Did::Trouble),
            Page::Setup(_) => setup::key(key).map(Did::Setup),
            Page::Checks(checks) => checks.key(key).map(Did::Checks),
            Page::Restore(_) => restore::key(key).map(Did::Restore),
            Page::Opening => None,
        };
        did.and_then(|did| self.did(did, now))
    }

    pub fn view(&self) -> Element<'_, Message> {
        let (lang, words) = (self.lang, self.lang.words());
        let dark = self.theme == Theme::Dark;
        let header = ui::bare_header(words.program, words.other_language, dark, Did::Language, Did::Theme);
        let page = match &self.page {
            Page::Welcome => welcome::view(words).map(Did::Welcome),
            Page::Opening => trouble::opening(words, self.turns),
            Page::Trouble(trouble) => trouble::view(trouble, lang).map(Did::Trouble),
            Page::NotKept(_, error) => trouble::not_kept(*error, lang).map(Did::Trouble),
            Page::Setup(setup) => setup.view(lang, self.turns).map(Did::Setup),
            Page::Checks(checks) => checks.view(lang, self.turns).map(Did::Checks),
            Page::Restore(restore) => restore.view(lang, self.turns).map(Did::Restore),
        };
        let middle = container(page).padding(space::L).width(Fill).height(Fill);
        let whole: Element<'_, Did> = column![header, middle, ui::key_strip(self.keys())].into();
        ui::page(whole.map(Message::Did))
    }

    fn keys(&self) -> Vec<KeyHint<'_>> {
        let words = self.lang.words();
        let mut keys = match &self.page {
            Page::Welcome => welcome::keys(words),
            Page::Trouble(trouble) => trouble::keys(words, trouble::Offer::of(trouble)),
            Page::NotKept(..) => trouble::keys(words, trouble::Offer::NotKept),
            Page::Setup(setup) => setup.keys(words),
            Page::Checks(checks) => checks.keys(words),
            Page::Restore(restore) => restore.keys(words),
            Page::Opening => Vec::new(),
        };
        keys.push(("F11", words.key_full_screen));
        keys
    }
}

#[cfg(test)]
mod tests;
