//! The checks that move no money, one by one: what each found, what to do about it, and what support wants to know.

use iced::widget::{Space, column, container, responsive, row};
use iced::{Center, Fill, Size};

use crate::account::check::{Item, Outcome, Report};
use crate::account::{Left, PlainFile};
use crate::lang::{Lang, WalkWords, Words};
use crate::window::ui::token::{inset, size, space};
use crate::window::ui::{self, Banner, Button, Element, Icon, KeyHint, Role, Tone};
use crate::window::walk::Key;

use super::setup::{self, Step};

/// A run of the checks, and what it has found so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checks {
    /// Which run it is: what an earlier one finds is none of its own.
    run: u32,
    lines: Vec<(Item, Option<Outcome>)>,
    /// Once it has ended.
    report: Option<Report>,
    details: bool,
    copied: bool,
    files: Files,
}

/// The files from which the secrets came, and which lie about in the clear.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Files {
    None,
    Kept(Vec<PlainFile>),
    Gone,
    Left(Vec<Left>),
}

/// What a run of the checks tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// What will be looked at, in this order.
    Items(Vec<Item>),
    Found(Item, Outcome),
    Ended(Report),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Message {
    Again,
    /// To the counter.
    Start,
    /// Back to the step where what failed can be mended.
    Mend(Step),
    Details,
    Copy,
    Forget,
}

/// What the walk does about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    None,
    Check,
    Start,
    Mend(Step),
    Copy(Report),
    Forget(Vec<PlainFile>),
}

/// How the run stands as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Running,
    Well,
    /// Something could not be known.
    Unknown,
    Failed,
}

impl Checks {
    /// A first run; these files have served.
    pub fn new(files: Vec<PlainFile>) -> Self {
        let files = if files.is_empty() { Files::None } else { Files::Kept(files) };
        Self { run: 0, lines: Vec::new(), report: None, details: false, copied: false, files }
    }

    pub fn run(&self) -> u32 {
        self.run
    }

    pub fn is_running(&self) -> bool {
        self.report.is_none()
    }

    pub fn update(&mut self, message: Message) -> Action {
        match message {
            Message::Again if self.is_running() => Action::None,
            Message::Again => {
                self.run += 1;
                self.report = None;
                self.copied = false;
                self.details = false;
                self.lines.clear();
                Action::Check
            }
            // The till is still being opened.
            Message::Start if self.lines.is_empty() => Action::None,
            Message::Start => Action::Start,
            Message::Mend(step) => Action::Mend(step),
            Message::Details => {
                self.details = !self.details;
                Action::None
            }
            Message::Copy => {
                let Some(report) = self.report.clone() else { return Action::None };
                self.copied = true;
                Action::Copy(report)
            }
            Message::Forget => match &self.files {
                Files::Kept(files) => Action::Forget(files.clone()),
                Files::None | Files::Gone | Files::Left(_) => Action::None,
            },
        }
    }

    /// What run `run` tells.
    pub fn hear(&mut self, run: u32, told: Told) {
        if run != self.run {
            return;
        }
        match told {
            Told::Items(items) => self.lines = items.into_iter().map(|item| (item, None)).collect(),
            Told::Found(item, outcome) => {
                if let Some(line) = self.lines.iter_mut().find(|line| line.0 == item) {
                    line.1 = Some(outcome);
                }
            }
            Told::Ended(report) => self.report = Some(report),
        }
    }

    /// The plain files were deleted, but those.
    pub fn forgotten(&mut self, left: Vec<Left>) {
        self.files = if left.is_empty() { Files::Gone } else { Files::Left(left) };
    }

    fn state(&self) -> State {
        let any = |kind: fn(&Outcome) -> bool| self.lines.iter().filter_map(|line| line.1.as_ref()).any(kind);
        if self.is_running() {
            State::Running
        } else if any(|outcome| matches!(outcome, Outcome::Failed(_))) {
            State::Failed
        } else if any(|outcome| matches!(outcome, Outcome::Unknown(_))) {
            State::Unknown
        } else {
            State::Well
        }
    }

    /// The first line with something to be done, the worst first.
    fn worst(&self) -> Option<(Item, &Outcome)> {
        let first = |kind: fn(&Outcome) -> bool| {
            let found = self.lines.iter().find(|line| line.1.as_ref().is_some_and(kind))?;
            Some((found.0, found.1.as_ref()?))
        };
        first(|outcome| matches!(outcome, Outcome::Failed(_)))
            .or_else(|| first(|outcome| matches!(outcome, Outcome::Unknown(_))))
            .or_else(|| first(|outcome| matches!(outcome, Outcome::Warned(_))))
    }

    /// Where what failed was filled in, if it was.
    fn mends(&self) -> Option<Step> {
        match self.worst()? {
            (Item::ApiKey, Outcome::Failed(_)) => Some(Step::Key),
            (Item::Order | Item::Certificate | Item::Expiry | Item::Tls, Outcome::Failed(_)) => Some(Step::Merchant),
            (
                Item::Network
                | Item::Tls
                | Item::Clock
                | Item::Backup
                | Item::ApiKey
                | Item::Order
                | Item::NotifyUrl
                | Item::Certificate
                | Item::Expiry
                | Item::Audit,
                _,
            ) => None,
        }
    }

    /// What a key does here.
    pub fn key(&self, key: Key) -> Option<Message> {
        match key {
            Key::Enter => match (self.state(), self.mends()) {
                (State::Running, _) => None,
                (State::Well, _) => Some(Message::Start),
                (State::Failed, Some(step)) => Some(Message::Mend(step)),
                (State::Failed | State::Unknown, _) => Some(Message::Again),
            },
            Key::Escape => Some(Message::Start),
            Key::Function(6) => Some(Message::Again),
            Key::Function(2) => Some(Message::Details),
            Key::Function(4) => Some(Message::Copy),
            Key::Function(8) => Some(Message::Forget),
            Key::Char(_) | Key::Function(_) => None,
        }
    }

    /// The keys that do something here.
    pub fn keys(&self, words: &'static Words) -> Vec<KeyHint<'static>> {
        let walk = &words.walk;
        if self.is_running() {
            return vec![("Esc", walk.start_anyway)];
        }
        let mut keys = match (self.state(), self.mends()) {
            (State::Running, _) => Vec::new(),
            (State::Well, _) => vec![("Enter", walk.start)],
            (State::Failed, Some(step)) => vec![("Enter", mend_word(step, walk)), ("Esc", walk.start_anyway)],
            (State::Failed | State::Unknown, _) => vec![("Esc", walk.start_anyway)],
        };
        keys.extend([("F6", walk.check_again), ("F2", words.details), ("F4", walk.copy_report)]);
        if matches!(self.files, Files::Kept(_)) {
            keys.push(("F8", walk.forget));
        }
        keys
    }

    pub fn view(&self, lang: Lang, turns: u32) -> Element<'_, Message> {
        let words = lang.words();
        let page = responsive(move |room| self.page(lang, turns, room));
        row![setup::stations(Step::Checks, words), ui::card(page, inset::FORM)].spacing(space::L).into()
    }

    fn page(&self, lang: Lang, turns: u32, room: Size) -> Element<'_, Message> {
        let words = lang.words();
        let title = lang.checks_title(self.lines.len());
        // What the title, the notes and the buttons leave.
        let count = self.lines.len().clamp(1, Item::ALL.len());
        let count = f32::from(u8::try_from(count).unwrap_or(u8::MAX));
        let height = ((room.height - size::AROUND_FINDINGS) / count).clamp(size::FINDING_LEAST, size::FINDING);
        let mut lines = column![ui::hairline()];
        let mut running = self.is_running();
        for (item, outcome) in &self.lines {
            lines = lines.push(line(*item, outcome.as_ref(), &mut running, lang, turns, height));
        }
        column![ui::text(Role::Heading, Tone::Ink, title), lines, Space::new().height(Fill),]
            .push(self.files(lang).or_else(|| self.note(lang)))
            .push(self.buttons(words, turns))
            .spacing(space::S)
            .into()
    }

    /// What is to be done about the worst, with what support wants to know.
    fn note(&self, lang: Lang) -> Option<Element<'_, Message>> {
        let words = lang.words();
        let walk = &words.walk;
        if self.is_running() {
            return None;
        }
        let details = if self.details { words.hide_details } else { words.details };
        let copy = if self.copied { walk.report_copied } else { walk.copy_report };
        let links = [(details, Message::Details), (copy, Message::Copy)];
        let Some((item, outcome)) = self.worst() else {
            let lead = if self.files == Files::Gone { walk.files_gone } else { walk.all_well_lead };
            return Some(ui::note(Banner::Going, walk.all_well.to_owned(), lead.to_owned(), links));
        };
        let kind = if matches!(outcome, Outcome::Failed(_)) { Banner::Failed } else { Banner::Waiting };
        let found = lang.check_outcome(item, outcome);
        let mut lead = found.to_do.unwrap_or_default().to_owned();
        if self.details {
            lead = format!("{lead}\n[{}] {}", item.as_str(), outcome.raw().unwrap_or(found.what));
        }
        Some(ui::note(kind, lang.check_item(item).to_owned(), lead, links))
    }

    /// The files that still lie about, once nothing else is to be done.
    fn files(&self, lang: Lang) -> Option<Element<'_, Message>> {
        let walk = &lang.words().walk;
        if self.state() != State::Well {
            return None;
        }
        let note = match &self.files {
            Files::None | Files::Gone => return None,
            Files::Kept(files) => {
                let paths: Vec<_> = files.iter().map(|file| file.path().display().to_string()).collect();
                let links = [(walk.forget, Message::Forget)];
                ui::note(Banner::Waiting, walk.plain_files.to_owned(), paths.join("\n"), links)
            }
            Files::Left(left) => {
                let paths: Vec<_> =
                    left.iter().map(|left| format!("{}: {}", left.path.display(), lang.io(left.kind))).collect();
                ui::note(Banner::Failed, walk.files_left.to_owned(), paths.join("\n"), [])
            }
        };
        Some(note)
    }

    fn buttons(&self, words: &'static Words, turns: u32) -> Element<'_, Message> {
        let walk = &words.walk;
        let again = || Button::secondary(walk.check_again, "F6", Message::Again).view();
        let anyway = || Button::secondary(walk.start_anyway, "Esc", Message::Start).view();
        let buttons = match (self.state(), self.mends()) {
            (State::Running, _) => row![
                ui::icon(ui::turning(turns), Tone::Accent, size::ICON_LINE),
                ui::text(Role::Body, Tone::Ink, walk.checking),
                Space::new().width(Fill),
                anyway()
            ],
            (State::Well, _) => row![Button::primary(walk.start, "Enter", Message::Start).view(), again()],
            (State::Failed, Some(step)) => {
                row![Button::primary(mend_word(step, walk), "Enter", Message::Mend(step)).view(), again(), anyway()]
            }
            (State::Failed | State::Unknown, _) => {
                row![Button::primary(walk.check_again, "F6", Message::Again).view(), anyway()]
            }
        };
        container(buttons.spacing(space::M).align_y(Center)).height(size::BUTTON).align_y(Center).into()
    }
}

fn mend_word(step: Step, walk: &'static WalkWords) -> &'static str {
    match step {
        Step::Shop | Step::Checks => walk.mend,
        Step::Merchant => walk.mend_merchant,
        Step::Key => walk.mend_key,
    }
}

fn line<'a>(
    item: Item,
    outcome: Option<&Outcome>,
    running: &mut bool,
    lang: Lang,
    turns: u32,
    height: f32,
) -> Element<'a, Message> {
    let Some(outcome) = outcome else {
        // The first that is open is being looked at.
        let mark = running.then(|| (ui::turning(turns), Tone::Accent));
        *running = false;
        return ui::finding(mark, lang.check_item(item), String::new(), Tone::Faint, height);
    };
    let (mark, tone) = match outcome {
        Outcome::Passed(_) => ((Icon::Tick, Tone::Ok), Tone::Muted),
        Outcome::Warned(_) => ((Icon::Exclamation, Tone::Waiting), Tone::Waiting),
        Outcome::Failed(_) => ((Icon::Cross, Tone::Failed), Tone::Failed),
        Outcome::Unknown(_) => ((Icon::Question, Tone::Waiting), Tone::Waiting),
    };
    ui::finding(Some(mark), lang.check_item(item), lang.check_outcome(item, outcome).what, tone, height)
}
