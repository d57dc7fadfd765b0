//! A refund: money that goes back to the customer, once, under one number.
//!
//! | state | event | next | what is done |
//! |---|---|---|---|
//! | (new) | asked for | Queued | number and amount are in the book before anything is sent |
//! | Queued, Repeating | its turn | Sending | commit, then refund |
//! | Sending | SUCCESS | Accepted | commit, show; ask in 1 min |
//! | Sending | SYSTEMERROR, BIZERR_NEED_RETRY, unlisted code, no answer, not understood | Repeating | the same number and parameters in 1, 2, 4, … 60 s |
//! | Sending | no byte left this machine | Queued, or Repeating after an unclear send | the same, slower and slower |
//! | Sending | NOTENOUGH | Repeating | say so; the same in 1, 2, 4 min: top up, or wait for today's takings |
//! | Sending | FREQUENCY_LIMITED, INVALID_REQ_TOO_MUCH | Repeating | the same in a minute |
//! | Sending | a signed no | Confirming | ask: an earlier send of the number may have been taken |
//! | Confirming | REFUNDNOTEXIST, and no send is under way that may still arrive | Failed | commit, show: the amount is free again |
//! | Confirming | no answer | Confirming | ask again, slower and slower |
//! | Repeating | taken up after a restart, or asked to look first | Asking | ask what became of it |
//! | Queued | asked to look first (a restored book) | Asking | ask: another may have sent it |
//! | Asking | REFUNDNOTEXIST | Repeating | the same again, at its turn |
//! | Asking | no answer | Asking | ask again, slower and slower |
//! | Asking, Confirming, Accepted | PROCESSING | Accepted | ask in 1, 2, 4 min, … 6 h |
//! | Asking, Confirming, Accepted | SUCCESS | Arrived | commit, show |
//! | Asking, Confirming, Accepted | CHANGE | Bounced | commit, show: a person sends it from the merchant platform |
//! | Asking, Confirming, Accepted | REFUNDCLOSE | Closed | commit, show: the amount is free again, under a new number |
//! | Accepted | REFUNDNOTEXIST, no answer | Accepted | it was accepted: ask again |
//! | Queued | a person stops it | Stopped | commit, show: nothing was sent |
//! | Repeating, Asking | a person stops it | Confirming | ask; stopped only if nothing was taken |
//! | Arrived, Bounced, Closed, Failed, Stopped | anything | the same | state moves forward only |
//!
//! Sources: WeChat Pay manual, refund and refundquery; reference 3.3.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Next;
use super::words::{Doubt, NotSent, RefundAnswer, RefundQueryAnswer, RefundReceipt, RefundRefusal, RefundRequest};
use crate::number::RefundId;
use crate::timestamp::Timestamp;

/// Between two tries of one refund there is at most this, whatever is wrong.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// How long the gateway is left alone after "too many calls" (manual, refund error codes).
const TOO_OFTEN_PAUSE: Duration = Duration::from_secs(60);
/// A short balance is looked at again after this, and twice as late each time up to four minutes.
const NOT_ENOUGH_PAUSE: Duration = Duration::from_secs(60);
/// The first question after an accepted refund; then twice as late each time.
const FIRST_QUERY: Duration = Duration::from_secs(60);
/// Banks take days; nobody is asked more often than this in the end.
const LAST_QUERY: Duration = Duration::from_secs(6 * 60 * 60);
/// A request that had no answer in this time won't arrive any more.
const ARRIVES_WITHIN: Duration = Duration::from_secs(60);

/// One refund under one number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    request: RefundRequest,
    asked_at: Timestamp,
    state: State,
    /// When the last send went out that had no clear answer.
    unclear: Option<Timestamp>,
    /// A person wants it stopped, and an answer is awaited.
    stop: bool,
    /// Tries in a row that came to nothing.
    tries: u32,
    trouble: Option<RefundTrouble>,
    next: Next,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Queued,
    Sending,
    Repeating,
    Asking,
    /// `None`: a person wants it stopped.
    Confirming(Option<RefundRefusal>),
    Accepted(RefundId),
    Arrived(RefundReceipt),
    Bounced(RefundId),
    Closed(RefundId),
    Failed(RefundRefusal),
    Stopped,
}

/// Why a refund has to be sent again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundTrouble {
    /// Whether it was taken is not known.
    Doubt(Doubt),
    /// The merchant's balance is short.
    NotEnough,
    /// The gateway asks to slow down.
    TooOften,
    /// It never left this machine.
    NotSent(NotSent),
}

/// What can happen to a refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The limits let it be sent now.
    Turn,
    Answered(RefundAnswer),
    Queried(RefundQueryAnswer),
    /// [`Refund::next_wakeup`] has come and [`Refund::wants`] a question.
    Wakeup,
    /// A person asks now.
    Query,
    /// A person wants it stopped; heard unless it was taken.
    Stop,
    /// Taken up by a process that did not send it: what was on its way is not known.
    Resume,
    /// Out of a restored book, which may be older than the truth.
    LookFirst,
}

/// What a refund asks of its driver. Commands are done in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Make it durable as it stands before anything after this happens.
    Commit,
    /// Send the request; the answer comes back as [`Event::Answered`].
    Send,
    /// Ask after it; the answer comes back as [`Event::Queried`].
    Query,
    /// Tell the screens.
    Show,
}

/// What a refund does when [`Refund::next_wakeup`] has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wants {
    /// To be sent, as soon as the limits let it.
    Turn,
    Query,
    Nothing,
}

/// How a refund stands, as the book keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Standing {
    /// Not known to be taken; it counts against what is left of the order.
    Open,
    /// Taken by the gateway, on its way.
    Accepted,
    /// The money is back.
    Arrived,
    /// It bounced: a person has to send it.
    Bounced,
    /// Ended without effect: the amount is free again.
    Void,
}

/// A refund as it stands: complete in itself, so that the latest one is always enough.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundView {
    pub request: RefundRequest,
    pub asked_at: Timestamp,
    pub status: RefundStatus,
}

/// Where a refund stands, in the words of the counter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefundStatus {
    /// In the queue; `trouble` says why, if it was tried before. `next_at` is when it may be tried next.
    Queued { trouble: Option<RefundTrouble>, next_at: Option<Timestamp> },
    /// On its way to the gateway.
    Sending,
    /// Whether it was taken is being asked.
    Checking { trouble: Option<RefundTrouble> },
    /// Taken: minutes to the customer's balance, one to three working days to a bank card.
    Accepted(RefundId),
    /// The money is back.
    Arrived(RefundReceipt),
    /// It came back from the customer's bank: a person has to send it from the merchant platform.
    Bounced(RefundId),
    /// A final no; nothing went back.
    Refused(RefundRefusal),
    /// The gateway ended it without effect; a new refund may be asked for.
    Closed(RefundId),
    /// A person stopped it; nothing went back.
    Stopped,
}

impl Refund {
    /// A refund that is to be made; it must be durable before its first turn.
    pub fn new(request: RefundRequest, now: Timestamp) -> Self {
        Self {
            request,
            asked_at: now,
            state: State::Queued,
            unclear: None,
            stop: false,
            tries: 0,
            trouble: None,
            next: Next::At(now),
        }
    }

    pub fn handle(&mut self, event: Event, now: Timestamp) -> Vec<Command> {
        match (&self.state, event) {
            // Nobody asked.
            (_, Event::Answered(_) | Event::Queried(_)) if self.next != Next::Answer => Vec::new(),
            (State::Queued | State::Repeating, Event::Turn) => self.send(),
            (State::Sending, Event::Answered(answer)) => self.answered(answer, now),
            (State::Sending, Event::Stop) => {
                self.stop = true;
                Vec::new()
            }
            (State::Sending, Event::Resume) => {
                self.unclear = Some(now);
                self.look(State::Asking)
            }
            (State::Repeating, Event::Resume | Event::LookFirst)
            | (State::Queued | State::Sending, Event::LookFirst) => {
                self.unclear = Some(now);
                self.look(State::Asking)
            }
            (State::Queued, Event::Resume) | (State::Queued | State::Repeating, Event::Query) => {
                self.next = Next::At(now);
                vec![Command::Show]
            }
            (State::Queued, Event::Stop) => self.end(State::Stopped),
            (State::Repeating, Event::Stop) => self.look(State::Confirming(None)),
            (State::Asking | State::Confirming(_) | State::Accepted(_), Event::Queried(answer)) => {
                self.queried(answer, now)
            }
            (State::Asking | State::Confirming(_) | State::Accepted(_), Event::Wakeup | Event::Query) => {
                self.ask_unless_asked()
            }
            (State::Asking | State::Confirming(_) | State::Accepted(_), Event::Resume | Event::LookFirst) => {
                self.unclear = self.unclear.map(|_| now);
                self.ask()
            }
            (State::Asking, Event::Stop) => {
                self.state = State::Confirming(None);
                self.ask_unless_asked()
            }
            // It was taken, or a no is being confirmed.
            (State::Confirming(_) | State::Accepted(_), Event::Stop) => Vec::new(),
            // Sent only at its turn; the answer to a send decides.
            (State::Queued | State::Repeating, Event::Wakeup) | (State::Sending, Event::Wakeup | Event::Query) => {
                Vec::new()
            }
            // One call is on its way at a time, so these are answers to nobody's question.
            (State::Queued | State::Repeating, Event::Answered(_) | Event::Queried(_))
            | (State::Sending, Event::Queried(_) | Event::Turn)
            | (State::Asking | State::Confirming(_) | State::Accepted(_), Event::Answered(_) | Event::Turn) => {
                Vec::new()
            }
            // State moves forward only.
            (
                State::Arrived(_) | State::Bounced(_) | State::Closed(_) | State::Failed(_) | State::Stopped,
                Event::Turn
                | Event::Answered(_)
                | Event::Queried(_)
                | Event::Wakeup
                | Event::Query
                | Event::Stop
                | Event::Resume
                | Event::LookFirst,
            ) => Vec::new(),
        }
    }

    fn send(&mut self) -> Vec<Command> {
        self.state = State::Sending;
        self.next = Next::Answer;
        vec![Command::Commit, Command::Send, Command::Show]
    }

    fn answered(&mut self, answer: RefundAnswer, now: Timestamp) -> Vec<Command> {
        match answer {
            RefundAnswer::Accepted(id) => self.accept(id, now),
            RefundAnswer::Refused(refusal) => self.look(State::Confirming(Some(refusal))),
            RefundAnswer::NotEnough => {
                let pause = doubled(NOT_ENOUGH_PAUSE, self.tries, NOT_ENOUGH_PAUSE * 4);
                self.again(State::Repeating, RefundTrouble::NotEnough, pause, now)
            }
            RefundAnswer::TooOften { .. } => {
                self.again(State::Repeating, RefundTrouble::TooOften, TOO_OFTEN_PAUSE, now)
            }
            RefundAnswer::Unknown(doubt) => {
                self.unclear = Some(now);
                self.again(State::Repeating, RefundTrouble::Doubt(doubt), self.pause(), now)
            }
            RefundAnswer::NotSent(why) => {
                // Only what may have arrived keeps a person from stopping it at once.
                let before = if self.unclear.is_some() { State::Repeating } else { State::Queued };
                self.again(before, RefundTrouble::NotSent(why), self.pause(), now)
            }
        }
    }

    /// The same again, at a later turn; or, if a person wants it stopped, a question whether it can be.
    fn again(&mut self, state: State, trouble: RefundTrouble, pause: Duration, now: Timestamp) -> Vec<Command> {
        self.tries = self.tries.saturating_add(1);
        self.trouble = Some(trouble);
        if std::mem::take(&mut self.stop) {
            return if state == State::Queued { self.end(State::Stopped) } else { self.look(State::Confirming(None)) };
        }
        self.state = state;
        self.next = Next::At(now.plus(pause));
        vec![Command::Show]
    }

    fn accept(&mut self, id: RefundId, now: Timestamp) -> Vec<Command> {
        let again = matches!(&self.state, State::Accepted(_));
        self.tries = if again { self.tries.saturating_add(1) } else { 0 };
        self.stop = false;
        self.trouble = None;
        self.state = State::Accepted(id);
        self.next = Next::At(now.plus(doubled(FIRST_QUERY, self.tries, LAST_QUERY)));
        if again { vec![Command::Show] } else { vec![Command::Commit, Command::Show] }
    }

    fn queried(&mut self, answer: RefundQueryAnswer, now: Timestamp) -> Vec<Command> {
        match answer {
            RefundQueryAnswer::Processing(id) => self.accept(id, now),
            RefundQueryAnswer::Arrived(receipt) => self.end(State::Arrived(receipt)),
            RefundQueryAnswer::Bounced(id) => self.end(State::Bounced(id)),
            RefundQueryAnswer::Closed(id) => self.end(State::Closed(id)),
            RefundQueryAnswer::NotExist => self.not_there(now),
            RefundQueryAnswer::Unknown(doubt) => self.ask_later(RefundTrouble::Doubt(doubt), now),
            RefundQueryAnswer::NotSent(why) => self.ask_later(RefundTrouble::NotSent(why), now),
        }
    }

    fn not_there(&mut self, now: Timestamp) -> Vec<Command> {
        let settled_at = self.unclear.map_or(now, |sent| sent.plus(ARRIVES_WITHIN));
        match &self.state {
            State::Asking => {
                self.state = State::Repeating;
                self.next = Next::At(now);
                vec![Command::Show]
            }
            // A send that had no answer may still arrive: only then its absence means something.
            State::Confirming(_) if now < settled_at => {
                self.next = Next::At(settled_at);
                vec![Command::Show]
            }
            State::Confirming(Some(refusal)) => {
                let failed = State::Failed(refusal.clone());
                self.end(failed)
            }
            State::Confirming(None) => self.end(State::Stopped),
            State::Queued
            | State::Sending
            | State::Repeating
            | State::Accepted(_)
            | State::Arrived(_)
            | State::Bounced(_)
            | State::Closed(_)
            | State::Failed(_)
            | State::Stopped => self.ask_later(RefundTrouble::Doubt(Doubt::NotUnderstood), now),
        }
    }

    fn ask_later(&mut self, trouble: RefundTrouble, now: Timestamp) -> Vec<Command> {
        self.tries = self.tries.saturating_add(1);
        let accepted = matches!(self.state, State::Accepted(_));
        let pause = if accepted { doubled(FIRST_QUERY, self.tries, LAST_QUERY) } else { self.pause() };
        self.trouble = Some(trouble);
        self.next = Next::At(now.plus(pause));
        vec![Command::Show]
    }

    /// Goes to a state that asks, and asks.
    fn look(&mut self, state: State) -> Vec<Command> {
        self.state = state;
        self.stop = false;
        self.ask()
    }

    fn ask(&mut self) -> Vec<Command> {
        self.next = Next::Answer;
        vec![Command::Query, Command::Show]
    }

    fn ask_unless_asked(&mut self) -> Vec<Command> {
        match self.next {
            Next::At(_) => self.ask(),
            Next::Answer | Next::Never => Vec::new(),
        }
    }

    fn end(&mut self, state: State) -> Vec<Command> {
        self.state = state;
        self.next = Next::Never;
        self.stop = false;
        self.trouble = None;
        vec![Command::Commit, Command::Show]
    }

    /// 1, 2, 4, … 60 s after tries that came to nothing.
    fn pause(&self) -> Duration {
        doubled(Duration::from_secs(1), self.tries, LONGEST_PAUSE)
    }

    pub fn request(&self) -> &RefundRequest {
        &self.request
    }

    /// When something is next to be done; `None` while an answer is awaited or nothing more will happen.
    pub fn next_wakeup(&self) -> Option<Timestamp> {
        self.next.wakeup()
    }

    /// What is done when [`Refund::next_wakeup`] has come.
    pub fn wants(&self) -> Wants {
        match (&self.state, self.next) {
            (_, Next::Answer | Next::Never) => Wants::Nothing,
            (State::Queued | State::Repeating, Next::At(_)) => Wants::Turn,
            (State::Asking | State::Confirming(_) | State::Accepted(_), Next::At(_)) => Wants::Query,
            (
                State::Sending
                | State::Arrived(_)
                | State::Bounced(_)
                | State::Closed(_)
                | State::Failed(_)
                | State::Stopped,
                Next::At(_),
            ) => Wants::Nothing,
        }
    }

    /// Whether nothing of it is left to do.
    pub fn is_over(&self) -> bool {
        self.next == Next::Never
    }

    /// The state's name, as the book keeps it.
    pub fn state_name(&self) -> &'static str {
        match self.state {
            State::Queued => "queued",
            State::Sending => "sending",
            State::Repeating => "repeating",
            State::Asking => "asking",
            State::Confirming(_) => "confirming",
            State::Accepted(_) => "accepted",
            State::Arrived(_) => "arrived",
            State::Bounced(_) => "bounced",
            State::Closed(_) => "closed",
            State::Failed(_) => "failed",
            State::Stopped => "stopped",
        }
    }

    pub fn standing(&self) -> Standing {
        match self.state {
            State::Queued | State::Sending | State::Repeating | State::Asking | State::Confirming(_) => Standing::Open,
            State::Accepted(_) => Standing::Accepted,
            State::Arrived(_) => Standing::Arrived,
            State::Bounced(_) => Standing::Bounced,
            State::Closed(_) | State::Failed(_) | State::Stopped => Standing::Void,
        }
    }

    /// The gateway's number of it, once it was taken.
    pub fn refund_id(&self) -> Option<&RefundId> {
        match &self.state {
            State::Accepted(id) | State::Bounced(id) | State::Closed(id) => Some(id),
            State::Arrived(receipt) => Some(&receipt.refund_id),
            State::Queued
            | State::Sending
            | State::Repeating
            | State::Asking
            | State::Confirming(_)
            | State::Failed(_)
            | State::Stopped => None,
        }
    }

    pub fn view(&self) -> RefundView {
        let trouble = self.trouble.clone();
        let status = match &self.state {
            State::Queued | State::Repeating => RefundStatus::Queued { trouble, next_at: self.next_wakeup() },
            State::Sending => RefundStatus::Sending,
            State::Asking | State::Confirming(_) => RefundStatus::Checking { trouble },
            State::Accepted(id) => RefundStatus::Accepted(id.clone()),
            State::Arrived(receipt) => RefundStatus::Arrived(receipt.clone()),
            State::Bounced(id) => RefundStatus::Bounced(id.clone()),
            State::Failed(refusal) => RefundStatus::Refused(refusal.clone()),
            State::Closed(id) => RefundStatus::Closed(id.clone()),
            State::Stopped => RefundStatus::Stopped,
        };
        RefundView { request: self.request.clone(), asked_at: self.asked_at, status }
    }
}

impl RefundStatus {
    /// Whether nothing more will happen to the refund.
    pub fn is_final(&self) -> bool {
        match self {
            Self::Arrived(_) | Self::Bounced(_) | Self::Refused(_) | Self::Closed(_) | Self::Stopped => true,
            Self::Queued { .. } | Self::Sending | Self::Checking { .. } | Self::Accepted(_) => false,
        }
    }
}

/// `first`, doubled `times` times, at most `longest`.
fn doubled(first: Duration, times: u32, longest: Duration) -> Duration {
    first.saturating_mul(1_u32.checked_shl(times).unwrap_or(u32::MAX)).min(longest)
}

#[cfg(test)]
#[path = "refund_tests.rs"]
mod tests;
