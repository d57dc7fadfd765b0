//! A backup becomes this computer's till: its file, its pass phrase, and what came of it.

use std::path::{Path, PathBuf};

use iced::widget::{Space, column, container, row};
use iced::{Center, Fill};
use zeroize::Zeroizing;

use crate::backup::{Passphrase, RestoreError, Restored};
use crate::lang::{Lang, Words};
use crate::window::ui::token::{inset, size, space};
use crate::window::ui::{self, Banner, Button, Drop, Element, KeyHint, Mark, Role, Tone};
use crate::window::walk::Key;

use super::setup::{Typed, plain_path};

const FILE: &str = "backup-file";
const PASSPHRASE: &str = "passphrase";

/// A restore that is being filled in, or under way.
#[derive(Clone)]
#[expect(missing_debug_implementations, reason = "it holds the pass phrase")]
pub struct Restore {
    file: String,
    passphrase: Zeroizing<String>,
    /// Files are held over the window.
    hovered: bool,
    state: State,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    FillingIn,
    Running,
    Refused(RestoreError),
    Done(Restored),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    File(String),
    Chosen(PathBuf),
    Choose,
    Passphrase(Typed),
    /// Files are held over the window, or no more.
    Hovered(bool),
    Next,
    Back,
}

/// What the walk does about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    None,
    Focus(&'static str),
    ChooseFile,
    Restore,
    /// It is done: open the till.
    Open,
    Leave,
}

impl Restore {
    /// Nothing is filled in yet.
    pub fn empty() -> Self {
        Self { file: String::new(), passphrase: Zeroizing::default(), hovered: false, state: State::FillingIn }
    }

    /// The field that the keys go to first.
    pub const fn first_field() -> &'static str {
        FILE
    }

    /// What is to be restored, and what opens it.
    pub fn wanted(&self) -> (PathBuf, Passphrase) {
        (plain_path(self.file.trim()), Passphrase::new(self.passphrase.clone()))
    }

    pub fn is_running(&self) -> bool {
        self.state == State::Running
    }

    pub fn update(&mut self, message: Message) -> Action {
        match (&self.state, message) {
            (State::Running, _) => return Action::None,
            (State::Done(_), Message::Next) => return Action::Open,
            (State::Done(_), _) => return Action::None,
            (State::FillingIn | State::Refused(_), message) => match message {
                Message::File(text) => self.file = text,
                Message::Chosen(path) => {
                    self.hovered = false;
                    self.file = path.display().to_string();
                    return Action::Focus(PASSPHRASE);
                }
                Message::Choose => return Action::ChooseFile,
                Message::Passphrase(text) => self.passphrase = Zeroizing::new(text.text().to_owned()),
                Message::Hovered(hovered) => self.hovered = hovered,
                Message::Next => return self.next(),
                Message::Back => return Action::Leave,
            },
        }
        self.state = State::FillingIn;
        Action::None
    }

    fn next(&mut self) -> Action {
        if self.file.trim().is_empty() {
            return Action::Focus(FILE);
        }
        if self.passphrase.is_empty() {
            return Action::Focus(PASSPHRASE);
        }
        self.state = State::Running;
        Action::Restore
    }

    /// What came of it. A pass phrase that opened nothing is typed anew.
    pub fn ended(&mut self, result: Result<Restored, RestoreError>) -> Action {
        match result {
            Ok(restored) => {
                self.passphrase = Zeroizing::default();
                self.state = State::Done(restored);
                Action::None
            }
            Err(error) => {
                let wrong = error == RestoreError::WrongPassphrase;
                self.state = State::Refused(error);
                if wrong {
                    self.passphrase = Zeroizing::default();
                }
                Action::Focus(if wrong { PASSPHRASE } else { FILE })
            }
        }
    }

    pub fn keys(&self, words: &'static Words) -> Vec<KeyHint<'static>> {
        let walk = &words.walk;
        match self.state {
            State::Running => Vec::new(),
            State::Done(_) => vec![("Enter", walk.open_till)],
            State::FillingIn | State::Refused(_) => vec![
                ("Enter", walk.restore_now),
                ("Tab", walk.key_next_field),
                ("F3", walk.choose_file),
                ("Esc", words.back),
            ],
        }
    }

    pub fn view(&self, lang: Lang, turns: u32) -> Element<'_, Message> {
        let words = lang.words();
        let walk = &words.walk;
        let mut page = column![ui::text(Role::Heading, Tone::Ink, walk.restore), ui::hairline()].spacing(space::M);
        page = if matches!(self.state, State::Done(_)) {
            page.push(self.said(lang)).push(Space::new().height(Fill))
        } else {
            page.push(self.drop_zone(lang))
                .push(self.fields(lang))
                .push(Space::new().height(Fill))
                .push(self.said(lang))
        };
        let page = page.push(self.buttons(words, turns));
        let card = container(ui::card(page, inset::FORM)).max_width(size::CHOICES + 2.0 * space::XXL);
        container(card).center_x(Fill).height(Fill).into()
    }

    fn drop_zone(&self, lang: Lang) -> Element<'_, Message> {
        let walk = &lang.words().walk;
        let name = Path::new(self.file.trim()).file_name();
        let (state, title) = match name {
            _ if self.hovered => (Drop::Over, walk.drop_backup.to_owned()),
            Some(name) => (Drop::Good, name.display().to_string()),
            None => (Drop::Empty, walk.drop_backup.to_owned()),
        };
        ui::drop_zone(state, title, walk.restore_lead.to_owned())
    }

    fn fields(&self, lang: Lang) -> Element<'_, Message> {
        let walk = &lang.words().walk;
        let file = ui::Field {
            id: FILE,
            name: walk.backup_file.to_owned(),
            hint: walk.backup_file_hint,
            optional: true,
            value: &self.file,
            mark: Mark::None,
            secret: false,
        };
        let passphrase = ui::Field {
            id: PASSPHRASE,
            name: walk.passphrase.to_owned(),
            hint: walk.passphrase_hint,
            optional: false,
            value: &self.passphrase,
            mark: Mark::None,
            secret: true,
        };
        let typed = |text| Message::Passphrase(Typed::new(text));
        column![file.view(Message::File, Message::File), passphrase.view(typed, typed)].spacing(space::M).into()
    }

    /// What came of it.
    fn said(&self, lang: Lang) -> Option<Element<'_, Message>> {
        let walk = &lang.words().walk;
        match &self.state {
            State::FillingIn | State::Running => None,
            State::Refused(error) => {
                let why = lang.restore_error(error);
                Some(ui::note(Banner::Failed, walk.not_restored.to_owned(), why, []))
            }
            State::Done(done) => {
                let what = lang.restored(done.made_at, done.live, done.secrets, done.open);
                Some(ui::note(Banner::Going, walk.is_restored.to_owned(), what, []))
            }
        }
    }

    fn buttons(&self, words: &'static Words, turns: u32) -> Element<'_, Message> {
        let walk = &words.walk;
        let buttons = match self.state {
            State::Running => row![
                ui::icon(ui::turning(turns), Tone::Accent, size::ICON_LINE),
                ui::text(Role::Body, Tone::Ink, walk.restoring)
            ],
            State::Done(_) => row![Button::primary(walk.open_till, "Enter", Message::Next).view()],
            State::FillingIn | State::Refused(_) => row![
                Button::primary(walk.restore_now, "Enter", Message::Next).view(),
                Button::secondary(words.back, "Esc", Message::Back).view(),
                Space::new().width(Fill),
                Button::secondary(walk.choose_file, "F3", Message::Choose).view(),
            ],
        };
        container(buttons.spacing(space::M).align_y(Center)).height(size::BUTTON).align_y(Center).into()
    }
}

/// What a key does here.
pub fn key(key: Key) -> Option<Message> {
    match key {
        Key::Enter => Some(Message::Next),
        Key::Escape => Some(Message::Back),
        Key::Function(3) => Some(Message::Choose),
        Key::Char(_) | Key::Function(_) => None,
    }
}
