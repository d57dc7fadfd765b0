//! Native pay: the till shows a QR code, the customer scans it.
//!
//! | state | event | next | what is done |
//! |---|---|---|---|
//! | (new) | amount, Enter | Creating | commit, then create |
//! | Creating | SUCCESS + code_url | Shown | draw the QR, five-minute countdown, ask every 2 s |
//! | Creating | time-out, SYSTEMERROR | Creating | the same parameters again |
//! | Creating | ORDERPAID | Checking | ask for the receipt |
//! | Creating | a signed no | Failed | show the reason |
//! | Creating | no byte left this machine | NotSent | no money can move |
//! | Shown | SUCCESS | Paid | commit, show |
//! | Shown | NOTPAY, USERPAYING, ORDERNOTEXIST, no answer | Shown | ask again in 2 s; in 5 s after a minute |
//! | Shown | CLOSED, REVOKED, PAYERROR | Closed | somebody else ended it |
//! | Shown | REFUND | Reversed | the money went back |
//! | Shown | five minutes are over, or F5 | Renewing | ask; unpaid: create again, same order, new picture |
//! | Shown | the last picture's time is over, or the cashier leaves | Closing | one last query, then close at once |
//! | Renewing | a signed no | Closing | the order and its picture live on: ask, close |
//! | Renewing | too many calls | Renewing | the same again in a minute |
//! | Renewing | no clear answer | Renewing | no picture; ask and create again, slower and slower |
//! | Shown | a payment code is scanned | GivingWay | ask, close; only a dead order lets the scan through |
//! | GivingWay | closed | Closed | the scan may be charged |
//! | GivingWay | close refused (first five minutes) | GivingWay | create again, show it to nobody: the picture is dead; ask once more |
//! | GivingWay | picture dead, NOTPAY | Closing | the scan may be charged; closed later |
//! | GivingWay | ORDERPAID | Checking | the scan is not charged |
//! | GivingWay | picture dead, USERPAYING or ORDERNOTEXIST | Renewing | somebody may be paying: the scan is not taken; a new picture |
//! | GivingWay | no certain answer | Renewing | the scan is not taken; a new picture |
//! | Closing | SUCCESS, ORDERCLOSED, ORDERNOTEXIST | Closed | the number is burnt |
//! | Closing | ORDERPAID | Checking | ask for the receipt |
//! | Closing | refused because of the first five minutes | Closing | again when they are over, or five minutes after a restart |
//! | Closing | no answer | Closing | again, slower and slower |
//! | Closing, Checking | SUCCESS | Paid, or PaidLate if a person had ended the sale | |
//! | Closed, Reversed, Failed, NotSent | the gateway reports it paid | the same | commit, ask |
//! | Closed, Reversed, Failed, NotSent | asked after a report: SUCCESS | PaidLate | |
//! | Closed, Reversed, Failed, NotSent | asked after a report: no answer | the same | ask again, slower and slower |
//! | Paid, PaidLate, Closed, Reversed, Failed, NotSent | anything else | the same | state moves forward only |
//!
//! Sources: WeChat Pay manual, unifiedorder (NATIVE) and closeorder; merchant page 4011941162.

mod reported;
mod seen;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::words::{Call, CloseAnswer, CreateAnswer, Doubt, NotSent, Order, QueryAnswer, Reason, Receipt, Refusal};
use super::{Command, Next};
use crate::number::OutRefundNo;
use crate::timestamp::Timestamp;

/// How long a picture is shown before it is renewed.
pub const PICTURE_LIFE: Duration = Duration::from_secs(300);
/// WeChat closes no order before this age; a second more, because its clock is not ours.
const CLOSE_FROM: Duration = Duration::from_secs(301);
const POLL_FAST: Duration = Duration::from_secs(2);
const POLL_SLOW: Duration = Duration::from_secs(5);
/// How long a new picture is asked for at the fast rhythm.
const FAST_FOR: Duration = Duration::from_secs(60);
/// How long the gateway is left alone after it said "too many calls" (manual, general error codes).
const TOO_OFTEN_PAUSE: Duration = Duration::from_secs(60);

/// One order that is shown as a QR code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Native {
    order: Order,
    state: State,
    picture: Option<Picture>,
    /// How many more pictures may be asked for.
    pictures_left: u32,
    /// Unanswered tries in a row.
    tries: u32,
    /// Whether a create may have reached the gateway.
    sent: bool,
    /// What the cashier wanted while an answer was awaited.
    wish: Option<Wish>,
    /// A person or a scan ended the sale's interest in this order: if it is paid now, it is too late.
    unwanted: bool,
    /// How it goes back if it is paid after all; written before anything takes its place.
    #[serde(default)]
    way_back: Option<WayBack>,
    /// The picture that was shown is dead: another took its place, and nobody has seen that one.
    picture_dead: bool,
    /// When it is old enough to be closed, where the order's own time may be of another clock.
    #[serde(default)]
    close_from: Option<Timestamp>,
    doubt: Option<Doubt>,
    next: Next,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum State {
    Creating,
    Shown,
    Renewing(Step),
    GivingWay(Step),
    Closing(Step),
    Checking,
    Paid(Receipt),
    PaidLate(Receipt),
    Closed,
    Reversed,
    Failed(Refusal),
    NotSent(NotSent),
}

/// The steps of renewing, giving way and closing, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Step {
    Ask,
    Create,
    Close,
    /// The old picture was replaced by one that nobody sees.
    AskAgain,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Picture {
    code_url: String,
    shown_at: Timestamp,
    renew_at: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Wish {
    Query,
    Renew,
    GiveWay,
    Leave,
}

/// How an order goes back that is paid although the sale's interest in it has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct WayBack {
    number: OutRefundNo,
    /// A person left the sale; after a scan only what is paid beside the charge goes back.
    in_any_case: bool,
}

/// What can happen to a native order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    Created(CreateAnswer),
    Queried(QueryAnswer),
    Closed(CloseAnswer),
    /// [`Native::next_wakeup`] has come.
    Wakeup,
    /// The cashier asks now.
    Query,
    /// The cashier wants a new picture.
    Renew,
    /// A payment code was scanned.
    GiveWay,
    /// The cashier leaves the sale.
    Leave,
    /// The gateway reports it as paid.
    Reported,
    /// Taken up again by a process that did not make it; nobody sees its picture any more.
    Resume,
}

/// How far a [`Event::GiveWay`] has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GaveWay {
    NotYet,
    /// The order can't be paid from its picture any more: the scan may be charged.
    Yes,
    /// It was paid, or nothing certain could be learnt: the scan may not be charged.
    No,
}

impl Native {
    /// Begins an order that may be shown as `pictures` pictures, five minutes each.
    pub fn start(order: Order, pictures: u32) -> (Self, Vec<Command>) {
        let native = Self {
            order,
            state: State::Creating,
            picture: None,
            pictures_left: pictures.saturating_sub(1),
            tries: 0,
            sent: false,
            wish: None,
            unwanted: false,
            way_back: None,
            picture_dead: false,
            close_from: None,
            doubt: None,
            next: Next::Answer,
        };
        (native, vec![Command::Commit, Command::Show, Command::Send(Call::Create)])
    }

    pub fn handle(&mut self, event: Event, now: Timestamp) -> Vec<Command> {
        match event {
            // Nobody asked.
            Event::Created(_) | Event::Queried(_) | Event::Closed(_) if self.next != Next::Answer => Vec::new(),
            Event::Created(answer) => self.created(answer, now),
            Event::Queried(answer) => self.queried(answer, now),
            Event::Closed(answer) => self.closed(&answer, now),
            Event::Wakeup => self.woken(now),
            Event::Query => self.wish(Wish::Query, now),
            Event::Renew => self.wish(Wish::Renew, now),
            Event::GiveWay => self.wish(Wish::GiveWay, now),
            Event::Leave => {
                self.unwanted |= !self.is_over();
                // A payment that the gateway told of before is the sale's own: nobody meant to undo that.
                if !self.is_over() && self.state != State::Checking {
                    self.way_back = Some(WayBack { number: self.refund_number(), in_any_case: true });
                }
                self.wish(Wish::Leave, now)
            }
            Event::Reported if self.has_ended_unpaid() => self.ask_reported(),
            Event::Reported => self.wish(Wish::Query, now),
            Event::Resume => self.resume(now),
        }
    }

    // Answers ------------------------------------------------------------------------------------

    fn created(&mut self, answer: CreateAnswer, now: Timestamp) -> Vec<Command> {
        match self.state {
            State::Creating | State::Renewing(Step::Create) => self.picture_came(answer, now),
            State::GivingWay(Step::Create) => match answer {
                CreateAnswer::Picture(_) => self.ask_in(State::GivingWay(Step::AskAgain)),
                CreateAnswer::AlreadyPaid => self.check(),
                CreateAnswer::Refused(_) | CreateAnswer::Unknown(_) | CreateAnswer::NotSent(_) => self.stay(),
            },
            // Nobody asked: no other state has a create on its way.
            State::Shown
            | State::Renewing(Step::Ask | Step::Close | Step::AskAgain)
            | State::GivingWay(Step::Ask | Step::Close | Step::AskAgain)
            | State::Closing(_)
            | State::Checking
            | State::Paid(_)
            | State::PaidLate(_)
            | State::Closed
            | State::Reversed
            | State::Failed(_)
            | State::NotSent(_) => Vec::new(),
        }
    }

    fn picture_came(&mut self, answer: CreateAnswer, now: Timestamp) -> Vec<Command> {
        match answer {
            CreateAnswer::Picture(code_url) => {
                self.picture = Some(Picture { code_url, shown_at: now, renew_at: now.plus(PICTURE_LIFE) });
                self.doubt = None;
                self.tries = 0;
                self.sent = true;
                self.show(now)
            }
            CreateAnswer::AlreadyPaid => self.check(),
            CreateAnswer::Refused(refusal) if matches!(self.state, State::Renewing(_)) => {
                self.not_renewed(refusal, now)
            }
            CreateAnswer::Refused(refusal) => self.end(State::Failed(refusal)),
            CreateAnswer::NotSent(why) if !self.sent => match self.wish.take() {
                Some(Wish::Leave | Wish::GiveWay) => self.end(State::Closed),
                Some(Wish::Query | Wish::Renew) | None => self.end(State::NotSent(why)),
            },
            CreateAnswer::NotSent(_) => self.try_later(Doubt::NoAnswer, now),
            CreateAnswer::Unknown(doubt) => {
                self.sent = true;
                self.try_later(doubt, now)
            }
        }
    }

    /// A signed no to a new picture ends nothing: the order exists, and its last picture can be paid for
    /// two hours.
    fn not_renewed(&mut self, refusal: Refusal, now: Timestamp) -> Vec<Command> {
        if refusal.reason == Reason::TooOften {
            return self.try_after(TOO_OFTEN_PAUSE, Doubt::Gateway { code: refusal.code }, now);
        }
        self.begin_closing()
    }

    fn queried(&mut self, answer: QueryAnswer, now: Timestamp) -> Vec<Command> {
        if !self.is_asking() {
            return Vec::new();
        }
        if self.has_ended_unpaid() {
            return self.asked_after_the_end(answer, now);
        }
        let plainly_unpaid = answer == QueryAnswer::Unpaid;
        let certain = match answer {
            QueryAnswer::Paid(receipt) => return self.paid(receipt),
            QueryAnswer::Refunded(_) => return self.end(State::Reversed),
            QueryAnswer::Closed | QueryAnswer::Revoked | QueryAnswer::PayError => return self.end(State::Closed),
            QueryAnswer::Unpaid | QueryAnswer::Paying | QueryAnswer::NotExist => true,
            QueryAnswer::Unknown(_) | QueryAnswer::NotSent(_) => false,
        };
        if self.state == State::GivingWay(Step::AskAgain) {
            return if plainly_unpaid { self.let_through(now) } else { self.stay() };
        }
        self.not_paid_yet(certain, now)
    }

    /// The line that lets a scan through: the shown picture is dead and nobody paid it.
    fn let_through(&mut self, now: Timestamp) -> Vec<Command> {
        self.unwanted = true;
        self.way_back.get_or_insert(WayBack { number: self.refund_number(), in_any_case: false });
        self.picture_dead = true;
        self.state = State::Closing(Step::Ask);
        self.close_later(now)
    }

    /// The order is not paid (`certain`), or nobody knows.
    fn not_paid_yet(&mut self, certain: bool, now: Timestamp) -> Vec<Command> {
        if self.wish == Some(Wish::Leave) && matches!(self.state, State::Shown | State::Renewing(_)) {
            self.wish = None;
            return self.begin_closing();
        }
        match self.state {
            State::Shown => self.show(now),
            State::Renewing(Step::Ask) => self.step(State::Renewing(Step::Create), Call::Create),
            State::GivingWay(Step::Ask) if certain => self.step(State::GivingWay(Step::Close), Call::Close),
            State::GivingWay(Step::Ask) => self.stay(),
            State::Closing(Step::Ask) => self.step(State::Closing(Step::Close), Call::Close),
            State::Checking => {
                self.wish = None;
                self.tries += 1;
                self.next = Next::At(now.plus(pause(self.tries)));
                vec![Command::Show]
            }
            // A create or a close is on its way in these, or nothing is; the second question of giving way
            // was answered before.
            State::Creating
            | State::Renewing(Step::Create | Step::Close | Step::AskAgain)
            | State::GivingWay(Step::Create | Step::Close | Step::AskAgain)
            | State::Closing(Step::Create | Step::Close | Step::AskAgain)
            | State::Paid(_)
            | State::PaidLate(_)
            | State::Closed
            | State::Reversed
            | State::Failed(_)
            | State::NotSent(_) => Vec::new(),
        }
    }

    fn closed(&mut self, answer: &CloseAnswer, now: Timestamp) -> Vec<Command> {
        let giving_way = match self.state {
            State::GivingWay(Step::Close) => true,
            State::Closing(Step::Close) => false,
            // Nobody asked: no other state has a close on its way.
            State::Creating
            | State::Shown
            | State::Renewing(_)
            | State::GivingWay(Step::Ask | Step::Create | Step::AskAgain)
            | State::Closing(Step::Ask | Step::Create | Step::AskAgain)
            | State::Checking
            | State::Paid(_)
            | State::PaidLate(_)
            | State::Closed
            | State::Reversed
            | State::Failed(_)
            | State::NotSent(_) => return Vec::new(),
        };
        match answer {
            CloseAnswer::Closed => self.end(State::Closed),
            CloseAnswer::AlreadyPaid => self.check(),
            CloseAnswer::TooEarly if giving_way => {
                // V2 closes nothing in the first five minutes. Asking again for the same order kills the
                // picture that the customer may be looking at; the new one is shown to nobody.
                self.step(State::GivingWay(Step::Create), Call::Create)
            }
            CloseAnswer::Unknown(_) | CloseAnswer::NotSent(_) if giving_way => self.stay(),
            CloseAnswer::TooEarly => {
                self.state = State::Closing(Step::Ask);
                self.close_later(now)
            }
            CloseAnswer::Unknown(_) | CloseAnswer::NotSent(_) => {
                self.wish = None;
                self.tries += 1;
                self.state = State::Closing(Step::Ask);
                self.next = Next::At(now.plus(pause(self.tries)));
                vec![Command::Show]
            }
        }
    }

    // Time and the cashier -----------------------------------------------------------------------

    fn woken(&mut self, now: Timestamp) -> Vec<Command> {
        if !matches!(self.next, Next::At(_)) {
            return Vec::new();
        }
        match self.state {
            State::Creating => self.step(State::Creating, Call::Create),
            State::Shown if self.picture_is_over(now) && self.pictures_left == 0 => self.begin_closing(),
            State::Shown if self.picture_is_over(now) => self.begin_renewing(),
            State::Shown => self.ask_in(State::Shown),
            State::Renewing(_) => self.ask_in(State::Renewing(Step::Ask)),
            State::Closing(_) => self.ask_in(State::Closing(Step::Ask)),
            State::Checking => self.ask_in(State::Checking),
            State::Closed | State::Reversed | State::Failed(_) | State::NotSent(_) => self.ask_after_the_end(),
            State::GivingWay(_) | State::Paid(_) | State::PaidLate(_) => Vec::new(),
        }
    }

    /// Does what the cashier wants now, or when the answer that is on its way has come.
    fn wish(&mut self, wish: Wish, now: Timestamp) -> Vec<Command> {
        if self.is_over() {
            return Vec::new();
        }
        let later = match (self.wish, wish) {
            // Leaving stands above all, a scan above a look.
            (Some(Wish::Leave), _) => Wish::Leave,
            (Some(Wish::GiveWay), Wish::Query | Wish::Renew) => Wish::GiveWay,
            (_, new) => new,
        };
        if self.next == Next::Answer {
            let coming = matches!(self.state, State::Creating | State::Renewing(_));
            if coming && matches!(wish, Wish::Query | Wish::Renew) {
                // A new picture is on its way: asking for it twice must not make two.
                return Vec::new();
            }
            self.wish = Some(later);
            return match later {
                Wish::Query => Vec::new(),
                // Whoever pays from now on pays late, after a restart as well.
                Wish::Leave => vec![Command::Commit, Command::Show],
                Wish::Renew | Wish::GiveWay => vec![Command::Show],
            };
        }
        match (&self.state, later) {
            (State::Shown, Wish::Query) => self.ask_in(State::Shown),
            (State::Shown, Wish::Renew) => self.begin_renewing(),
            (State::Shown, Wish::GiveWay) => self.ask_in(State::GivingWay(Step::Ask)),
            (State::Shown | State::Creating | State::Renewing(_), Wish::Leave) => self.begin_closing(),
            (State::Creating | State::Renewing(_), Wish::GiveWay) => self.ask_in(State::GivingWay(Step::Ask)),
            (State::Creating | State::Renewing(_) | State::Closing(_) | State::Checking, Wish::Query | Wish::Renew) => {
                self.woken(now)
            }
            (State::Closing(_) | State::Checking, Wish::GiveWay | Wish::Leave) => Vec::new(),
            (
                State::GivingWay(_)
                | State::Paid(_)
                | State::PaidLate(_)
                | State::Closed
                | State::Reversed
                | State::Failed(_)
                | State::NotSent(_),
                Wish::Query | Wish::Renew | Wish::GiveWay | Wish::Leave,
            ) => Vec::new(),
        }
    }

    fn resume(&mut self, now: Timestamp) -> Vec<Command> {
        self.wish = None;
        // It is as old as it says, unless the clock was set back since.
        let close_from = Some(self.close_from().min(now.plus(CLOSE_FROM)));
        match self.state {
            State::Creating | State::Shown | State::Renewing(_) | State::GivingWay(_) => {
                (self.sent, self.close_from) = (true, close_from);
                self.begin_closing()
            }
            State::Closing(_) => {
                self.close_from = close_from;
                self.ask_in(State::Closing(Step::Ask))
            }
            State::Checking => self.ask_in(State::Checking),
            State::Closed | State::Reversed | State::Failed(_) | State::NotSent(_) => self.go_on_asking(),
            State::Paid(_) | State::PaidLate(_) => Vec::new(),
        }
    }

    // Steps --------------------------------------------------------------------------------------

    /// A picture is up (again): act on what the cashier wished meanwhile, or wait for the next question.
    fn show(&mut self, now: Timestamp) -> Vec<Command> {
        self.state = State::Shown;
        let Some(picture) = &self.picture else { return self.begin_renewing() };
        let pause = if now.since(picture.shown_at) < FAST_FOR { POLL_FAST } else { POLL_SLOW };
        self.next = Next::At(now.plus(pause).min(picture.renew_at));
        match self.wish.take() {
            Some(wish) => self.wish(wish, now),
            None => vec![Command::Show],
        }
    }

    fn picture_is_over(&self, now: Timestamp) -> bool {
        self.picture.as_ref().is_none_or(|picture| now >= picture.renew_at)
    }

    fn begin_renewing(&mut self) -> Vec<Command> {
        self.pictures_left = self.pictures_left.saturating_sub(1);
        self.ask_in(State::Renewing(Step::Ask))
    }

    fn begin_closing(&mut self) -> Vec<Command> {
        self.state = State::Closing(Step::Ask);
        self.tries = 0;
        self.next = Next::Answer;
        vec![Command::Commit, Command::Show, Command::Send(Call::Query)]
    }

    /// Closes when WeChat will: not in the order's first five minutes.
    fn close_later(&mut self, now: Timestamp) -> Vec<Command> {
        self.wish = None;
        self.next = Next::At(self.close_from().max(now.plus(POLL_SLOW)));
        vec![Command::Commit, Command::Show]
    }

    fn close_from(&self) -> Timestamp {
        self.close_from.unwrap_or(self.order.created_at.plus(CLOSE_FROM))
    }

    /// The scan can't be let through for certain: the sale goes on with a new picture.
    fn stay(&mut self) -> Vec<Command> {
        match self.wish.take() {
            Some(Wish::Leave) => self.begin_closing(),
            Some(Wish::Query | Wish::Renew | Wish::GiveWay) | None => {
                self.picture = None;
                self.ask_in(State::Renewing(Step::Ask))
            }
        }
    }

    fn try_later(&mut self, doubt: Doubt, now: Timestamp) -> Vec<Command> {
        self.tries += 1;
        self.try_after(pause(self.tries), doubt, now)
    }

    fn try_after(&mut self, pause: Duration, doubt: Doubt, now: Timestamp) -> Vec<Command> {
        self.doubt = Some(doubt);
        self.next = Next::At(now.plus(pause));
        if matches!(self.state, State::Renewing(_)) {
            // The old picture may be dead already: better none than a dead one.
            self.picture = None;
        }
        match self.wish.take() {
            Some(wish) => self.wish(wish, now),
            None => vec![Command::Show],
        }
    }

    /// `ORDERPAID`: paid for certain; the receipt is asked for until it comes.
    fn check(&mut self) -> Vec<Command> {
        self.tries = 0;
        self.wish = None;
        self.state = State::Checking;
        self.next = Next::Answer;
        vec![Command::Commit, Command::Show, Command::Send(Call::Query)]
    }

    fn paid(&mut self, receipt: Receipt) -> Vec<Command> {
        self.end(if self.unwanted { State::PaidLate(receipt) } else { State::Paid(receipt) })
    }

    fn ask_in(&mut self, state: State) -> Vec<Command> {
        self.step(state, Call::Query)
    }

    fn step(&mut self, state: State, call: Call) -> Vec<Command> {
        self.state = state;
        self.next = Next::Answer;
        vec![Command::Send(call), Command::Show]
    }

    fn end(&mut self, state: State) -> Vec<Command> {
        self.state = state;
        self.next = Next::Never;
        self.wish = None;
        vec![Command::Commit, Command::Show]
    }
}

/// 1, 2, 4, 8, … 60 s after the n-th unanswered try.
fn pause(tries: u32) -> Duration {
    Duration::from_secs((1 << tries.saturating_sub(1).min(6)).min(60))
}

#[cfg(test)]
#[path = "native_tests.rs"]
mod tests;
