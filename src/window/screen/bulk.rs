//! A list of orders that are refunded whole: what it comes to, why, the owner's PIN; then how far it is. The till runs
//! the list and tells how it stands; here is only what a person is about to say. A scan never lands here; it searches.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use crate::approval::{NotApproved, Pin};
use crate::lang::{Advice, Lang, NoListWhy};
use crate::money::Fen;
use crate::payment::refund::RefundView;
use crate::till::{BulkId, BulkPhase, BulkView, Fault, MOST_BYTES, MOST_ORDERS, NoList, Numbers};
use crate::timestamp::Timestamp;

use super::approver::Approver;
use super::orders::Orders;
use super::secret::Secret;

mod view;

/// How long what a list comes to is on the screen before Enter is taken for an answer to it: the second one of two
/// quick ones, or of a double click, was not meant for it.
const READ: Duration = Duration::from_secs(1);

/// The list that was begun last, as the till told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    pub id: BulkId,
    /// `None` until the till has said anything.
    pub view: Option<Arc<BulkView>>,
    /// Lines of its file that name no order.
    pub faults: Arc<[Fault]>,
    /// Lines that name an order once more.
    pub again: usize,
    /// The orders that it names.
    orders: HashSet<String>,
    /// When the owner's leave was asked for, unless it was refused.
    asked_at: Option<Timestamp>,
}

/// The page of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bulk {
    /// The orders that it was opened from, to go back to.
    orders: Orders,
    seen: Seen,
    stage: Stage,
    reason: usize,
    approver: Approver,
    /// Which lines of what a person must see to are shown.
    page: usize,
}

/// Whether what the list comes to can have been read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seen {
    NotYet,
    Since(Timestamp),
    LongEnough,
}

/// What is asked before anything goes back.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Stage {
    Reason,
    /// Who approves it is to be chosen.
    By,
    /// The owner's PIN is wanted, and perhaps one was wrong.
    Pin(Secret, NotApproved),
    /// Leave is asked for.
    Told,
}

/// What is to go back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    pub id: BulkId,
    pub sum: Fen,
    pub largest: Fen,
    /// What each customer reads on the phone.
    pub reason: String,
    /// Who approves it; empty in a shop of one person.
    pub by: String,
    /// The owner's, where the rules want it.
    pub pin: Option<Pin>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Message {
    Digit(char),
    Backspace,
    Clear,
    Reason(usize),
    /// Who approves it, by place.
    Approver(usize),
    /// Somebody else approves it.
    OtherApprover,
    /// Enter: the next step.
    Next,
    /// More of what a person must see to.
    More,
    Stop,
    /// Back one level.
    Back,
}

/// What the counter does about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    None,
    /// Nobody is chosen who approves it.
    WhoFirst,
    Refund(Wish),
    Stop(BulkId),
    /// Back to the orders; the list goes on, or is over.
    Close,
    /// Back to the orders; of the list nothing was begun.
    PutAway(BulkId),
}

impl Listing {
    pub fn new(id: BulkId, numbers: &Numbers) -> Self {
        let (faults, again) = (numbers.faults.as_slice().into(), numbers.again);
        Self { id, view: None, faults, again, orders: numbers.orders.iter().cloned().collect(), asked_at: None }
    }

    /// The owner's leave is asked for.
    pub fn ask(&mut self, now: Timestamp) {
        self.asked_at = Some(now);
    }

    /// It was refused.
    pub fn refused(&mut self) {
        self.asked_at = None;
    }

    /// Whether a refund is one of the list's own. Of an order that the list names by WeChat's number this can't be told
    /// here; then it is taken for another.
    pub fn has(&self, refund: &RefundView) -> bool {
        self.asked_at.is_some_and(|asked| refund.asked_at >= asked)
            && self.orders.contains(refund.request.out_trade_no.as_str())
    }

    pub fn phase(&self) -> BulkPhase {
        self.view.as_ref().map_or(BulkPhase::Looking, |view| view.phase)
    }

    /// Whether it is begun and not over.
    pub fn is_going(&self) -> bool {
        matches!(self.phase(), BulkPhase::Going | BulkPhase::Stopping)
    }

    /// Whether it goes on, or is about to: the owner's leave is on its way.
    pub fn is_under_way(&self) -> bool {
        self.is_going() || (self.phase() == BulkPhase::Ready && self.asked_at.is_some())
    }

    /// How many of its refunds are taken or at an end, and of how many.
    pub fn done_of(&self) -> (usize, usize) {
        let Some(view) = &self.view else { return (0, 0) };
        let counts = view.counts;
        // What went back before is no work of this list.
        let all = counts.all() - counts.already;
        (all - counts.new - counts.waiting - counts.queued - counts.short, all)
    }

    /// What makes its page another picture, and not the same with other figures.
    pub fn picture(&self) -> (BulkPhase, usize) {
        (self.phase(), self.for_people())
    }

    /// How many orders of it can be refunded and are not begun.
    pub fn waiting(&self) -> usize {
        self.view.as_ref().map_or(0, |view| view.counts.waiting)
    }

    /// Whether what a person must see to has another page.
    pub fn has_more(&self) -> bool {
        self.for_people() > view::LINES
    }

    /// How many lines there are that a person must see to.
    fn for_people(&self) -> usize {
        self.faults.len() + self.view.as_ref().map_or(0, |view| view.left_out.len())
    }
}

impl Bulk {
    pub fn new(orders: Orders) -> Self {
        let approver = Approver::default();
        Self { orders, seen: Seen::NotYet, stage: Stage::Reason, reason: 0, approver, page: 0 }
    }

    /// What the list comes to is on the screen.
    pub fn see(&mut self, now: Timestamp) {
        self.seen = match self.seen {
            Seen::NotYet => Seen::Since(now),
            Seen::Since(since) if now.since(since) >= READ => Seen::LongEnough,
            // A clock that was set back makes nobody wait for it.
            Seen::Since(since) => Seen::Since(since.min(now)),
            Seen::LongEnough => Seen::LongEnough,
        };
    }

    /// Whether Enter is for what the list comes to.
    pub fn can_be_read(&self) -> bool {
        self.seen == Seen::LongEnough
    }

    pub fn update(&mut self, message: Message, list: &Listing, lang: Lang) -> Action {
        if message == Message::More && !self.is_at_approver() && !self.is_at_pin() {
            let pages = list.for_people().div_ceil(view::LINES);
            self.page = if self.page + 1 < pages { self.page + 1 } else { 0 };
            return Action::None;
        }
        match list.phase() {
            BulkPhase::Looking => match message {
                Message::Back => Action::PutAway(list.id),
                _ => Action::None,
            },
            BulkPhase::Ready => self.before(message, list, lang),
            BulkPhase::Going => match message {
                Message::Stop => Action::Stop(list.id),
                Message::Next | Message::Back => Action::Close,
                _ => Action::None,
            },
            BulkPhase::Stopping | BulkPhase::Over { .. } => match message {
                Message::Next | Message::Back => Action::Close,
                _ => Action::None,
            },
        }
    }

    fn before(&mut self, message: Message, list: &Listing, lang: Lang) -> Action {
        let Some(view) = list.view.as_deref() else { return Action::None };
        match self.stage.clone() {
            Stage::Reason => self.on_reason(message, view, lang),
            Stage::By => self.on_approver(message, view, lang),
            Stage::Pin(typed, _) => self.on_pin(message, typed, view, lang),
            // If leave was given, the till goes on whatever is shown here.
            Stage::Told if message == Message::Back => {
                self.stage = Stage::Reason;
                Action::None
            }
            Stage::Told => Action::None,
        }
    }

    fn on_reason(&mut self, message: Message, view: &BulkView, lang: Lang) -> Action {
        let reasons = lang.refund_words().reasons.len();
        match message {
            Message::Digit(digit) => {
                self.reason = place_of(digit).filter(|&place| place < reasons).unwrap_or(self.reason);
                Action::None
            }
            Message::Reason(place) => {
                self.reason = place;
                Action::None
            }
            Message::Next if !self.can_be_read() => Action::None,
            Message::Next if view.counts.waiting > 0 && self.approver.is_a_choice() => {
                self.stage = Stage::By;
                Action::None
            }
            Message::Next if view.counts.waiting > 0 => self.ask(view, None, lang),
            Message::Next | Message::Back => Action::PutAway(view.id),
            Message::Backspace
            | Message::Clear
            | Message::Approver(_)
            | Message::OtherApprover
            | Message::More
            | Message::Stop => Action::None,
        }
    }

    fn on_approver(&mut self, message: Message, view: &BulkView, lang: Lang) -> Action {
        match message {
            Message::Digit(digit) => {
                if let Some(place) = place_of(digit) {
                    self.approver.choose(place);
                }
            }
            Message::Approver(place) => {
                self.approver.choose(place);
            }
            Message::More | Message::OtherApprover => {
                self.approver.choose_next();
            }
            Message::Next if self.approver.is_wanting() => return Action::WhoFirst,
            Message::Next => return self.ask(view, None, lang),
            Message::Back => self.stage = Stage::Reason,
            Message::Backspace | Message::Clear | Message::Reason(_) | Message::Stop => {}
        }
        Action::None
    }

    /// Who may approve it. Where one was chosen who is no more named, the PIN is theirs no more either.
    pub fn name_approvers(&mut self, names: &[String]) {
        let before = self.approver.by().to_owned();
        self.approver.name(names);
        if let Stage::Pin(typed, _) = &mut self.stage
            && before != self.approver.by()
        {
            *typed = Secret::default();
        }
    }

    fn on_pin(&mut self, message: Message, mut typed: Secret, view: &BulkView, lang: Lang) -> Action {
        match message {
            Message::Digit(digit) => typed.push(digit, Pin::LONGEST),
            Message::Backspace => typed.pop(),
            Message::Clear => typed = Secret::default(),
            // Whatever changes now, the PIN is typed anew.
            Message::Back => {
                self.stage = Stage::Reason;
                return Action::None;
            }
            // Somebody else's PIN is another one.
            Message::More | Message::OtherApprover if self.approver.is_a_choice() => {
                self.stage = Stage::By;
                return Action::None;
            }
            Message::Next => {
                let Some(pin) = Pin::parse(typed.text()) else { return Action::None };
                return self.ask(view, Some(pin), lang);
            }
            Message::Reason(_) | Message::Approver(_) | Message::OtherApprover | Message::More | Message::Stop => {}
        }
        if let Stage::Pin(shown, _) = &mut self.stage {
            *shown = typed;
        }
        Action::None
    }

    fn ask(&mut self, view: &BulkView, pin: Option<Pin>, lang: Lang) -> Action {
        let reasons = lang.refund_words().reasons;
        let reason = reasons.get(self.reason).map_or_else(String::new, |&reason| reason.to_owned());
        self.stage = Stage::Told;
        Action::Refund(Wish {
            id: view.id,
            sum: view.sum,
            largest: view.largest,
            reason,
            by: self.approver.by().to_owned(),
            pin,
        })
    }

    /// Leave was given, or it was not; then why, unless the PIN is asked for here.
    pub fn heard(&mut self, answer: Result<(), NotApproved>) -> Option<NotApproved> {
        if self.stage != Stage::Told {
            return None;
        }
        match answer {
            Ok(()) => None,
            Err(why @ (NotApproved::PinNeeded | NotApproved::PinWrong { .. } | NotApproved::Locked { .. })) => {
                self.stage = Stage::Pin(Secret::default(), why);
                None
            }
            Err(NotApproved::NotNamed) => {
                self.stage = Stage::By;
                None
            }
            Err(
                why @ (NotApproved::AboveLimit { .. }
                | NotApproved::Rules
                | NotApproved::Vault(_)
                | NotApproved::Book
                | NotApproved::System),
            ) => {
                self.stage = Stage::Reason;
                Some(why)
            }
        }
    }

    pub fn orders_mut(&mut self) -> &mut Orders {
        &mut self.orders
    }

    /// The orders behind it.
    pub fn into_orders(self) -> Orders {
        self.orders
    }

    pub fn is_at_approver(&self) -> bool {
        self.stage == Stage::By
    }

    pub fn is_at_pin(&self) -> bool {
        matches!(self.stage, Stage::Pin(..))
    }
}

/// The place that a digit stands for: 1 is the first.
fn place_of(digit: char) -> Option<usize> {
    usize::try_from(digit.to_digit(10)?).ok()?.checked_sub(1)
}

/// Why a text is no list, and what to do.
pub fn no_list(why: NoList, lang: Lang) -> Advice {
    lang.no_list(match why {
        NoList::TooLarge => NoListWhy::TooLarge { megabytes: MOST_BYTES / (1024 * 1024) },
        NoList::TooMany => NoListWhy::TooMany { most: MOST_ORDERS },
        NoList::Empty => NoListWhy::Empty,
        NoList::Unreadable => NoListWhy::Unreadable,
    })
}
