//! Who may refund: the owner's rules, who approves by name, and the PIN. Where there is a PIN the page opens to it
//! alone. No field has the focus here: keys come through the window's own listener, so that a scan is told from typing
//! and lands in no field.

use crate::approval::{NotApproved, NotChanged, Pin};
use crate::money::{AmountError, Fen};
use crate::settings::{BadName, Contradiction, RefundRules};
use crate::window::entry::Entry;

use super::secret::Secret;

mod view;

/// The characters of the merchant's API key.
const API_KEY: usize = 32;
/// The line of the names, below the three amounts.
const NAMES: usize = 3;
const LINES: usize = NAMES + 1;

/// The page.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rules {
    /// Which opening of the page it is: what was asked at another one is answered to nobody.
    page: u32,
    stage: Stage,
    /// The settings' rules; `None` until the page was opened.
    kept: Option<RefundRules>,
    may_have_pin: bool,
    has_pin: bool,
    /// The one that has opened the page.
    pin: Option<Pin>,
    /// Free up to, never above, the day's cap.
    amounts: [Entry; NAMES],
    names: Vec<String>,
    /// One more name, as it is typed.
    name: String,
    line: usize,
    /// The settings or the keyring are being asked.
    busy: bool,
    said: Option<Said>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
enum Stage {
    /// The settings and the keyring are being read.
    #[default]
    Reading,
    /// The page can't be opened.
    Closed(NotChanged),
    /// The PIN is wanted.
    Locked(Secret),
    /// The merchant's API key is wanted, for the PIN is forgotten.
    Forgotten(Secret),
    Form,
    /// Another PIN, typed twice: with the first one once that is there.
    NewPin(Secret, Option<Pin>),
    /// Whether the PIN is to be taken away.
    NoPin,
}

/// What was said last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Said {
    Saved,
    PinIs(bool),
    PinForm,
    PinDiffers,
    PinEasy,
    Amount(AmountError),
    Name(BadName),
    Contradiction(Contradiction),
    NotChanged(NotChanged),
    /// Something was changed and is not saved.
    Unsaved,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Message {
    Type(char),
    Backspace,
    Clear,
    /// To a line, by place.
    Line(usize),
    Next,
    Previous,
    /// Somebody approves no more, by place.
    Unname(usize),
    /// Enter: the next step.
    Enter,
    NewPin,
    NoPin,
    Forgot,
    Back,
}

/// What the counter does about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    None,
    Wish(Wish),
    Leave,
}

/// What is asked of the place where refunds are approved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    Read,
    Unlock(Pin),
    /// With the PIN that has opened the page.
    Save(Option<Pin>, RefundRules),
    /// From the one to the other.
    SetPin(Option<Pin>, Option<Pin>),
    /// The merchant's API key.
    Forget(Secret),
}

/// What the page begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub rules: RefundRules,
    pub may_have_pin: bool,
    pub has_pin: bool,
}

/// What came of a wish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    Read(Result<Found, NotChanged>),
    Unlocked(Pin, Result<(), NotChanged>),
    Saved(RefundRules, Result<(), NotChanged>),
    PinSet(Option<Pin>, Result<(), NotChanged>),
    Forgotten(Result<(), NotChanged>),
}

impl Rules {
    /// The page as it opens for the `page`th time.
    pub fn new(page: u32) -> Self {
        Self { page, ..Self::default() }
    }

    /// Which opening of the page it is.
    pub const fn page(&self) -> u32 {
        self.page
    }

    /// Takes what was told to the `page`th opening of the page, unless this is another one.
    pub fn hear(&mut self, page: u32, told: Told) {
        if page != self.page {
            return;
        }
        self.busy = false;
        match told {
            Told::Read(Ok(found)) => self.begin(found),
            Told::Read(Err(why)) => self.stage = Stage::Closed(why),
            Told::Unlocked(pin, Ok(())) => {
                self.pin = Some(pin);
                self.stage = Stage::Form;
                self.said = None;
            }
            Told::Saved(rules, Ok(())) => {
                self.kept = Some(rules);
                self.said = Some(Said::Saved);
            }
            Told::PinSet(pin, Ok(())) => self.pin_is(pin),
            Told::Forgotten(Ok(())) => self.pin_is(None),
            Told::Forgotten(Err(why)) => {
                self.stage = Stage::Forgotten(Secret::default());
                self.said = Some(Said::NotChanged(why));
            }
            // Whatever kept the PIN from being looked at, the page opens to it alone.
            Told::Unlocked(_, Err(why)) => {
                self.pin = None;
                self.stage = Stage::Locked(Secret::default());
                self.said = Some(Said::NotChanged(why));
            }
            Told::Saved(_, Err(why)) | Told::PinSet(_, Err(why)) => self.refused(why),
        }
    }

    fn begin(&mut self, found: Found) {
        let Found { rules, may_have_pin, has_pin } = found;
        self.may_have_pin = may_have_pin;
        self.has_pin = has_pin;
        self.amounts = [rules.free_below, rules.never_above, rules.day_cap].map(entry);
        self.names.clone_from(&rules.approvers);
        self.kept = Some(rules);
        self.stage = if has_pin { Stage::Locked(Secret::default()) } else { Stage::Form };
    }

    fn pin_is(&mut self, pin: Option<Pin>) {
        self.has_pin = pin.is_some();
        self.said = Some(Said::PinIs(self.has_pin));
        self.pin = pin;
        self.stage = Stage::Form;
    }

    /// Where the PIN is another one by now it is asked for again; what was filled in stays.
    fn refused(&mut self, why: NotChanged) {
        let wants_pin = matches!(
            why,
            NotChanged::NotApproved(NotApproved::PinNeeded | NotApproved::PinWrong { .. } | NotApproved::Locked { .. })
        );
        if wants_pin {
            self.has_pin = true;
            self.pin = None;
        }
        self.stage = if wants_pin { Stage::Locked(Secret::default()) } else { Stage::Form };
        self.said = Some(Said::NotChanged(why));
    }

    pub fn update(&mut self, message: Message) -> Action {
        if self.busy {
            // What was asked is done all the same; nobody is kept here by a keyring that doesn't answer.
            return if message == Message::Back { Action::Leave } else { Action::None };
        }
        match std::mem::take(&mut self.stage) {
            Stage::Reading => self.waiting(Stage::Reading, message),
            Stage::Closed(why) => self.waiting(Stage::Closed(why), message),
            Stage::Locked(typed) => self.on_locked(message, typed),
            Stage::Forgotten(typed) => self.on_forgotten(message, typed),
            Stage::NewPin(typed, first) => self.on_new_pin(message, typed, first),
            Stage::NoPin => self.on_no_pin(message),
            Stage::Form => {
                self.stage = Stage::Form;
                self.on_form(message)
            }
        }
    }

    /// Nobody was here for a while: the PIN is asked for again, and what was filled in stays.
    pub fn lock(&mut self) {
        let is_open = match self.stage {
            Stage::Form | Stage::NewPin(..) | Stage::NoPin => self.has_pin && !self.busy,
            Stage::Reading | Stage::Closed(_) | Stage::Locked(_) | Stage::Forgotten(_) => false,
        };
        if is_open {
            self.pin = None;
            self.said = None;
            self.stage = Stage::Locked(Secret::default());
        }
    }

    fn waiting(&mut self, stage: Stage, message: Message) -> Action {
        self.stage = stage;
        if matches!(message, Message::Back | Message::Enter) { Action::Leave } else { Action::None }
    }

    fn wish(&mut self, wish: Wish) -> Action {
        self.busy = true;
        self.said = None;
        Action::Wish(wish)
    }

    fn on_locked(&mut self, message: Message, mut typed: Secret) -> Action {
        match message {
            Message::Back => return Action::Leave,
            Message::Forgot => {
                self.said = None;
                self.stage = Stage::Forgotten(Secret::default());
                return Action::None;
            }
            Message::Enter => {
                let pin = Pin::parse(typed.text());
                self.stage = Stage::Locked(typed);
                let Some(pin) = pin else { return self.say(Said::PinForm) };
                return self.wish(Wish::Unlock(pin));
            }
            other => type_secret(&mut typed, other, Pin::LONGEST, |typed| typed.is_ascii_digit()),
        }
        self.stage = Stage::Locked(typed);
        Action::None
    }

    fn on_forgotten(&mut self, message: Message, mut typed: Secret) -> Action {
        match message {
            Message::Back => {
                self.said = None;
                self.stage = Stage::Locked(Secret::default());
                return Action::None;
            }
            Message::Enter if typed.len() == API_KEY => {
                self.stage = Stage::Forgotten(Secret::default());
                return self.wish(Wish::Forget(typed));
            }
            other => type_secret(&mut typed, other, API_KEY, |typed| typed.is_ascii_alphanumeric()),
        }
        self.stage = Stage::Forgotten(typed);
        Action::None
    }

    fn on_new_pin(&mut self, message: Message, mut typed: Secret, first: Option<Pin>) -> Action {
        match message {
            Message::Back => {
                self.said = None;
                self.stage = Stage::Form;
                return Action::None;
            }
            Message::Enter => return self.take_pin(&typed, first),
            other => type_secret(&mut typed, other, Pin::LONGEST, |typed| typed.is_ascii_digit()),
        }
        self.stage = Stage::NewPin(typed, first);
        Action::None
    }

    /// Typed twice, so that nobody locks themselves out by a slip.
    fn take_pin(&mut self, typed: &Secret, first: Option<Pin>) -> Action {
        let Some(pin) = Pin::parse(typed.text()) else {
            self.stage = Stage::NewPin(Secret::default(), first);
            return self.say(Said::PinForm);
        };
        match first {
            None => {
                self.said = pin.is_easy().then_some(Said::PinEasy);
                self.stage = Stage::NewPin(Secret::default(), Some(pin));
                Action::None
            }
            Some(first) if first == pin => {
                self.stage = Stage::Form;
                self.wish(Wish::SetPin(self.pin.clone(), Some(pin)))
            }
            Some(_) => {
                self.stage = Stage::NewPin(Secret::default(), None);
                self.say(Said::PinDiffers)
            }
        }
    }

    fn on_no_pin(&mut self, message: Message) -> Action {
        match message {
            Message::Enter => {
                self.stage = Stage::Form;
                self.wish(Wish::SetPin(self.pin.clone(), None))
            }
            Message::Back => {
                self.stage = Stage::Form;
                Action::None
            }
            _ => {
                self.stage = Stage::NoPin;
                Action::None
            }
        }
    }

    fn on_form(&mut self, message: Message) -> Action {
        let unsaved = self.said == Some(Said::Unsaved);
        self.said = None;
        match message {
            Message::Type(typed) => return self.type_in(typed),
            Message::Backspace => self.backspace(),
            Message::Clear => match self.amounts.get_mut(self.line) {
                Some(amount) => *amount = Entry::default(),
                None => self.name.clear(),
            },
            Message::Line(line) => self.line = line.min(NAMES),
            Message::Next => self.line = (self.line + 1) % LINES,
            Message::Previous => self.line = (self.line + LINES - 1) % LINES,
            Message::Unname(place) => {
                if place < self.names.len() {
                    self.names.remove(place);
                }
            }
            Message::Enter if self.line == NAMES && !self.name.trim().is_empty() => return self.add_name(),
            Message::Enter => return self.save(),
            Message::NewPin if self.may_have_pin => self.stage = Stage::NewPin(Secret::default(), None),
            Message::NoPin if self.has_pin => self.stage = Stage::NoPin,
            Message::NewPin | Message::NoPin | Message::Forgot => {}
            Message::Back if self.is_changed() && !unsaved => return self.say(Said::Unsaved),
            Message::Back => return Action::Leave,
        }
        Action::None
    }

    fn say(&mut self, said: Said) -> Action {
        self.said = Some(said);
        Action::None
    }

    fn type_in(&mut self, typed: char) -> Action {
        let Some(amount) = self.amounts.get_mut(self.line) else {
            if self.name.chars().count() < RefundRules::LONGEST_NAME && !typed.is_control() {
                self.name.push(typed);
                return Action::None;
            }
            return self.say(Said::Name(if typed.is_control() { BadName::Control } else { BadName::TooLong }));
        };
        let taken = match typed {
            '.' => amount.point(),
            '-' => Err(AmountError::Negative),
            digit if digit.is_ascii_digit() => amount.digit(digit),
            _ => Err(AmountError::NotANumber),
        };
        self.said = taken.err().map(Said::Amount);
        Action::None
    }

    /// The last character, and where there is none the last name.
    fn backspace(&mut self) {
        match self.amounts.get_mut(self.line) {
            Some(amount) => amount.backspace(),
            None if self.name.pop().is_none() => {
                self.names.pop();
            }
            None => {}
        }
    }

    fn add_name(&mut self) -> Action {
        let mut rules = RefundRules { approvers: std::mem::take(&mut self.names), ..RefundRules::default() };
        let added = rules.name(&self.name);
        self.names = rules.approvers;
        match added {
            Ok(()) => {
                self.name.clear();
                Action::None
            }
            Err(why) => self.say(Said::Name(why)),
        }
    }

    fn save(&mut self) -> Action {
        if !self.name.trim().is_empty() {
            self.line = NAMES;
            self.add_name();
            if self.said.is_some() {
                return Action::None;
            }
        }
        let rules = match self.filled_in() {
            Ok(rules) => rules,
            Err((line, error)) => {
                self.line = line;
                return self.say(Said::Amount(error));
            }
        };
        match rules.contradiction() {
            Some(why) => self.say(Said::Contradiction(why)),
            None => self.wish(Wish::Save(self.pin.clone(), rules)),
        }
    }

    /// What was filled in; an empty amount is no limit. Or the line that is wrong, and why.
    fn filled_in(&self) -> Result<RefundRules, (usize, AmountError)> {
        let amount = |line: usize| match self.amounts.get(line).map(Entry::charge) {
            None | Some(Err(AmountError::Empty)) => Ok(None),
            Some(Ok(amount)) => Ok(Some(amount)),
            Some(Err(error)) => Err((line, error)),
        };
        let approvers = self.names.clone();
        Ok(RefundRules { free_below: amount(0)?, never_above: amount(1)?, day_cap: amount(2)?, approvers })
    }

    fn is_changed(&self) -> bool {
        !self.name.trim().is_empty() || self.filled_in().ok() != self.kept
    }
}

/// A digit typed on an amount that stands begins another one.
fn entry(amount: Option<Fen>) -> Entry {
    let mut entry = Entry::default();
    if let Some(amount) = amount
        && entry.quick(amount).is_ok()
    {
        entry.keep();
    }
    entry
}

fn type_secret(secret: &mut Secret, message: Message, most: usize, takes: fn(char) -> bool) {
    match message {
        Message::Type(typed) if takes(typed) => secret.push(typed, most),
        Message::Backspace => secret.pop(),
        Message::Clear => *secret = Secret::default(),
        Message::Type(_)
        | Message::Line(_)
        | Message::Next
        | Message::Previous
        | Message::Unname(_)
        | Message::Enter
        | Message::NewPin
        | Message::NoPin
        | Message::Forgot
        | Message::Back => {}
    }
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
