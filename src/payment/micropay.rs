//! Micropay: the till charges the code on the customer's phone.
//!
//! | state | event | next | what is done |
//! |---|---|---|---|
//! | (new) | scan | Paying | commit, then charge |
//! | Paying | SUCCESS, signed | Paid | commit, show |
//! | Paying | a confirmed-fail code, signed | Confirming | ask once |
//! | Paying | USERPAYING | Waiting | ask in 5 s |
//! | Paying | SYSTEMERROR, BANKERROR, unlisted code, time-out, 5xx, not XML, bad sign, unsigned FAIL | Waiting | ask at once, then in 3 s |
//! | Paying | ORDERPAID, OUT_TRADE_NO_USED, BUYER_MISMATCH, INVALID_REQUEST | Waiting | an earlier send arrived: ask at once |
//! | Paying | no byte left this machine | NotSent | commit, show: no money moved |
//! | Confirming | SUCCESS | Paid | |
//! | Confirming | USERPAYING, ACCEPT | Waiting | |
//! | Confirming | anything else, no answer included | Declined | commit, show: no reverse |
//! | Waiting | SUCCESS | Paid | commit, show |
//! | Waiting | USERPAYING, ACCEPT, NOTPAY, ORDERNOTEXIST, no answer | Waiting | ask every 5 s until 45 s after the charge |
//! | Waiting | PAYERROR | Reversing | it failed: reverse makes that final (not before 15 s) |
//! | Waiting | REVOKED, CLOSED, REFUND | Reversed | the gateway undid it by itself (its 45 s rule) |
//! | Waiting | 45 s are over, or the cashier cancels from 15 s on | Reversing | one last query, then reverse at once |
//! | Waiting | the answer before the reverse is older than a minute: the machine slept | Waiting | ask again at once |
//! | Reversing | SUCCESS, recall=N | Reversing | one query to verify |
//! | Reversing | verified: REVOKED, CLOSED, PAYERROR, ORDERNOTEXIST | Reversed | commit, show; asked again after 1, 5 and 30 min |
//! | Reversing | recall=Y, no answer, SYSTEMERROR | Reversing | pause 1, 2, 4 s, …; query; reverse again |
//! | Reversing | USERPAYING | Reversing | pause 5 s; query; reverse again |
//! | Reversing | SUCCESS, recall=N, and the query says SUCCESS, USERPAYING, NOTPAY | Reversing | pause, 5 s at most; query; reverse again |
//! | Reversing | its time came more than a minute ago: the machine slept | Reversing | query; pause 1, 2, 4 s, … as at first |
//! | Reversing | a signed no (permission, too frequent) | Reversing | pause 15 s; query; reverse again |
//! | Reversing | REVERSE_EXPIRE, or no certificate to reverse with | Reversing | ask, slower and slower; no more reverse |
//! | Reversing | the same, and the query says SUCCESS | PaidLate | a refund has to give it back |
//! | Reversing | the same, and the query says ORDERNOTEXIST within 45 s of the charge | Reversing | not seen yet: ask, slower and slower |
//! | Reversing | the same, and the query says PAYERROR, or ORDERNOTEXIST later | Reversed | asked again after 1, 5 and 30 min |
//! | Reversed | a later query says SUCCESS | Reversing | a lost charge arrived after all: reverse again |
//! | Declined, NotSent, Reversed | the gateway reports it paid | the same | commit, ask |
//! | Declined, NotSent | asked after a report: SUCCESS | PaidLate | "not paid" was shown: a refund has to give it back |
//! | Declined, NotSent | asked after a report: USERPAYING, no answer | the same | ask again in a minute |
//! | Confirming, Waiting, of a restored book | no answer | Waiting | no reverse, no "declined": another till may have shown it paid; ask in 15 s |
//! | Paid, Declined, PaidLate, NotSent | anything else | the same | state moves forward only |
//!
//! Sources: WeChat Pay manual, micropay and reverse; merchant pages 4011937125, 4011937361.

mod reported;
mod restored;
mod seen;
mod slept;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::words::{Call, ChargeAnswer, Doubt, NotSent, Order, QueryAnswer, Receipt, Refusal, ReverseAnswer};
use super::{Command, Next};
use crate::number::AuthCode;
use crate::timestamp::Timestamp;

/// A customer who types a password is asked after this often.
const QUERY_EVERY: Duration = Duration::from_secs(5);
/// The second question after an answer that said nothing.
const QUERY_SOON: Duration = Duration::from_secs(3);
/// The gateway takes no reverse earlier than this after the charge.
pub const REVERSE_FROM: Duration = Duration::from_secs(15);
/// The till waits no longer than this for a customer.
pub const REVERSE_AT: Duration = Duration::from_secs(45);
/// "Too frequent" and "no permission" are asked again this slowly.
const REFUSED_PAUSE: Duration = Duration::from_secs(15);
/// A charge that has ended is asked about again after silence.
const LATE_PAUSE: Duration = Duration::from_secs(60);
/// A reversed charge is asked for again after these times: a lost original may still arrive.
const FOLLOW_UPS: [Duration; 3] = [Duration::from_secs(60), Duration::from_secs(300), Duration::from_secs(1800)];

/// One charge of one code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Micropay {
    order: Order,
    state: State,
    /// When the charge was sent.
    sent_at: Timestamp,
    /// When waiting ends: 45 s after the charge, or when the cashier cancelled.
    until: Timestamp,
    /// No reverse goes out earlier.
    reverse_from: Timestamp,
    queries: u32,
    /// When the last of them was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    asked_at: Option<Timestamp>,
    doubt: Option<Doubt>,
    next: Next,
    /// From a backup, and the gateway has said nothing of it since.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    restored: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum State {
    Paying,
    Confirming(Refusal),
    Waiting {
        paying: bool,
    },
    /// `signed`: the last reverse was answered with a signed yes. `impossible`: no reverse can be made.
    Reversing {
        step: Step,
        tries: u32,
        signed: bool,
        impossible: bool,
    },
    /// `at`: when it was reversed, or taken up again since.
    Reversed {
        at: Timestamp,
        follow_up: usize,
    },
    Paid(Receipt),
    Declined(Refusal),
    PaidLate(Receipt),
    NotSent(NotSent),
}

/// What a reversal waits for: the answer to a reverse, or to the query before or after one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Step {
    Query,
    Reverse,
}

/// What can happen to a charge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    Charged(ChargeAnswer),
    Queried(QueryAnswer),
    Reversed(ReverseAnswer),
    /// [`Micropay::next_wakeup`] has come.
    Wakeup,
    /// The cashier asks now.
    Query,
    /// The cashier cancels; heard from 15 s on.
    Cancel,
    /// The gateway reports it as paid.
    Reported,
    /// Taken up again by a process that did not send it: what was on its way is not known.
    Resume,
}

impl Micropay {
    /// Begins a charge. The code is in the commands only: it is never stored.
    pub fn start(order: Order, code: AuthCode, now: Timestamp) -> (Self, Vec<Command>) {
        let charge = Self {
            order,
            state: State::Paying,
            sent_at: now,
            until: now.plus(REVERSE_AT),
            reverse_from: now.plus(REVERSE_FROM),
            queries: 0,
            asked_at: None,
            doubt: None,
            next: Next::Answer,
            restored: false,
        };
        (charge, vec![Command::Commit, Command::Show, Command::Send(Call::Charge(code))])
    }

    pub fn handle(&mut self, event: Event, now: Timestamp) -> Vec<Command> {
        self.note_a_sleep(&event, now);
        let commands = self.happened(event, now);
        if commands.contains(&Command::Send(Call::Query)) {
            self.asked_at = Some(now);
        }
        commands
    }

    fn happened(&mut self, event: Event, now: Timestamp) -> Vec<Command> {
        if event == Event::Resume && self.next != Next::Never {
            self.set_clocks(now);
        }
        match (&self.state, event) {
            // Nobody asked.
            (_, Event::Charged(_) | Event::Queried(_) | Event::Reversed(_)) if self.next != Next::Answer => Vec::new(),
            (State::Paying, Event::Charged(answer)) => self.charged(answer, now),
            (State::Paying, Event::Resume) => self.wait(false, now, Some(Doubt::NoAnswer)),
            (State::Confirming(refusal), Event::Queried(answer)) => {
                let refusal = refusal.clone();
                self.confirmed(refusal, answer, now)
            }
            (State::Waiting { .. }, Event::Queried(answer)) => self.asked(answer, now),
            (State::Waiting { .. }, Event::Cancel) => self.cancel(now),
            (State::Confirming(_) | State::Waiting { .. }, Event::Resume) => self.ask(),
            (State::Waiting { .. }, Event::Wakeup | Event::Query | Event::Reported) => self.ask_unless_asked(),
            (State::Reversing { step: Step::Reverse, .. }, Event::Reversed(answer)) => self.reversed(&answer, now),
            (State::Reversing { step: Step::Query, .. }, Event::Queried(answer)) => self.verify(answer, now),
            (State::Reversing { .. }, Event::Wakeup | Event::Query | Event::Reported) => self.ask_unless_asked(),
            (State::Reversing { .. }, Event::Resume) => self.ask(),
            (State::Reversed { .. }, Event::Wakeup) => self.ask_unless_asked(),
            (State::Reversed { .. }, Event::Resume) if self.next == Next::Never => Vec::new(),
            (State::Reversed { .. }, Event::Resume) => self.ask(),
            (State::Reversed { .. } | State::Declined(_) | State::NotSent(_), Event::Reported) => self.ask_reported(),
            (State::Declined(_) | State::NotSent(_), Event::Wakeup | Event::Resume) => self.go_on_asking(),
            (State::Reversed { .. }, Event::Queried(answer)) => self.followed_up(&answer, now),
            (State::Declined(_) | State::NotSent(_), Event::Queried(answer)) => self.asked_after_the_end(answer, now),
            // The answer is on its way, and it decides.
            (State::Paying | State::Confirming(_), Event::Wakeup | Event::Query | Event::Cancel | Event::Reported)
            | (State::Reversing { .. } | State::Reversed { .. }, Event::Cancel)
            | (State::Reversed { .. }, Event::Query) => Vec::new(),
            // One call is on its way at a time, so these are answers to nobody's question.
            (State::Paying, Event::Queried(_) | Event::Reversed(_))
            | (State::Confirming(_) | State::Waiting { .. }, Event::Charged(_) | Event::Reversed(_))
            | (State::Reversing { step: Step::Reverse, .. }, Event::Charged(_) | Event::Queried(_))
            | (State::Reversing { step: Step::Query, .. }, Event::Charged(_) | Event::Reversed(_))
            | (
                State::Reversed { .. } | State::Declined(_) | State::NotSent(_),
                Event::Charged(_) | Event::Reversed(_),
            ) => Vec::new(),
            // State moves forward only.
            (State::Declined(_) | State::NotSent(_), Event::Query | Event::Cancel)
            | (
                State::Paid(_) | State::PaidLate(_),
                Event::Charged(_)
                | Event::Queried(_)
                | Event::Reversed(_)
                | Event::Wakeup
                | Event::Query
                | Event::Cancel
                | Event::Reported
                | Event::Resume,
            ) => Vec::new(),
        }
    }

    /// Another process's clock, or a clock that was set since, tells nothing of how long ago the charge was: a
    /// reverse waits its whole 15 s again, late questions count from now, and nothing waits for a moment of the other
    /// clock's future.
    fn set_clocks(&mut self, now: Timestamp) {
        self.sent_at = self.sent_at.min(now);
        self.reverse_from = now.plus(REVERSE_FROM);
        self.until = self.until.min(now.plus(REVERSE_AT));
        if let State::Reversed { at, .. } = &mut self.state {
            *at = now;
        }
    }

    fn charged(&mut self, answer: ChargeAnswer, now: Timestamp) -> Vec<Command> {
        match answer {
            ChargeAnswer::Paid(receipt) => self.end(State::Paid(receipt)),
            ChargeAnswer::Refused(refusal) => {
                self.state = State::Confirming(refusal);
                self.ask()
            }
            ChargeAnswer::Paying => {
                self.state = State::Waiting { paying: true };
                self.next = Next::At(now.plus(QUERY_EVERY));
                vec![Command::Show]
            }
            ChargeAnswer::Earlier(refusal) => self.wait(false, now, Some(Doubt::Gateway { code: refusal.code })),
            ChargeAnswer::Unknown(doubt) => self.wait(false, now, Some(doubt)),
            ChargeAnswer::NotSent(why) => self.end(State::NotSent(why)),
        }
    }

    /// A signed no is believed after one question, whatever does not contradict it.
    fn confirmed(&mut self, refusal: Refusal, answer: QueryAnswer, now: Timestamp) -> Vec<Command> {
        match answer {
            QueryAnswer::Paid(receipt) => self.end(State::Paid(receipt)),
            QueryAnswer::Paying => {
                self.state = State::Waiting { paying: true };
                self.next = Next::At(now.plus(QUERY_EVERY));
                vec![Command::Show]
            }
            QueryAnswer::Unknown(_) | QueryAnswer::NotSent(_) if self.restored => self.ask_restored_again(now),
            QueryAnswer::Unpaid
            | QueryAnswer::Closed
            | QueryAnswer::Revoked
            | QueryAnswer::PayError
            | QueryAnswer::Refunded(_)
            | QueryAnswer::NotExist
            | QueryAnswer::Unknown(_)
            | QueryAnswer::NotSent(_) => self.end(State::Declined(refusal)),
        }
    }

    /// Nothing is known: ask at once.
    fn wait(&mut self, paying: bool, _now: Timestamp, doubt: Option<Doubt>) -> Vec<Command> {
        self.state = State::Waiting { paying };
        self.doubt = doubt;
        self.ask()
    }

    fn asked(&mut self, answer: QueryAnswer, now: Timestamp) -> Vec<Command> {
        if self.restored && matches!(answer, QueryAnswer::Unknown(_) | QueryAnswer::NotSent(_)) {
            return self.ask_restored_again(now);
        }
        self.restored = false;
        match answer {
            QueryAnswer::Paid(receipt) => self.end(State::Paid(receipt)),
            QueryAnswer::Closed | QueryAnswer::Revoked | QueryAnswer::Refunded(_) => self.undone(now),
            QueryAnswer::PayError => {
                self.until = now;
                self.reverse_or_ask_again(now)
            }
            QueryAnswer::Paying => {
                self.state = State::Waiting { paying: true };
                self.reverse_or_ask_again(now)
            }
            QueryAnswer::Unpaid | QueryAnswer::NotExist => self.reverse_or_ask_again(now),
            QueryAnswer::Unknown(doubt) => {
                self.doubt = Some(doubt);
                self.reverse_or_ask_again(now)
            }
            QueryAnswer::NotSent(_) => {
                self.doubt = Some(Doubt::NoAnswer);
                self.reverse_or_ask_again(now)
            }
        }
    }

    /// The line that decides "reverse": the wait is over and the last query did not say paid.
    fn reverse_or_ask_again(&mut self, now: Timestamp) -> Vec<Command> {
        if now >= self.until && now >= self.reverse_from {
            return if self.is_overtaken(now) { self.ask() } else { self.begin_to_reverse(now) };
        }
        let pause = if self.queries == 1 && self.doubt.is_some() { QUERY_SOON } else { QUERY_EVERY };
        let latest = self.until.max(self.reverse_from);
        self.next = Next::At(now.plus(pause).min(latest));
        vec![Command::Show]
    }

    /// Cancel is "the wait is over now": one last query, then reverse.
    fn cancel(&mut self, now: Timestamp) -> Vec<Command> {
        if now < self.reverse_from {
            return Vec::new();
        }
        self.until = self.until.min(now);
        self.ask_unless_asked()
    }

    fn reversed(&mut self, answer: &ReverseAnswer, now: Timestamp) -> Vec<Command> {
        let pause = self.reverse_pause(now);
        match answer {
            ReverseAnswer::Done => {
                self.reversal(|_, signed, _| *signed = true);
                self.ask()
            }
            ReverseAnswer::Expired | ReverseAnswer::NotSent(NotSent::NoCertificate) => {
                self.reversal(|_, _, impossible| *impossible = true);
                self.ask()
            }
            ReverseAnswer::Again | ReverseAnswer::Unknown(_) | ReverseAnswer::NotSent(_) => self.pause(pause, now),
            ReverseAnswer::Paying => self.pause(pause.max(QUERY_EVERY), now),
            ReverseAnswer::Refused(_) => self.pause(pause.max(REFUSED_PAUSE), now),
        }
    }

    /// An answer to the query before or after a reverse. Once a reverse was sent, "paid" is a reverse
    /// that is still on its way.
    fn verify(&mut self, answer: QueryAnswer, now: Timestamp) -> Vec<Command> {
        let State::Reversing { signed, impossible, .. } = self.state else { return Vec::new() };
        match answer {
            QueryAnswer::Closed | QueryAnswer::Revoked | QueryAnswer::Refunded(_) => self.undone(now),
            // No yes of the gateway's stands behind it, and a payment may be there before a query can see it.
            QueryAnswer::NotExist if impossible && !signed && now.since(self.sent_at) < REVERSE_AT => {
                self.pause(self.reverse_pause(now), now)
            }
            QueryAnswer::PayError | QueryAnswer::NotExist if signed || impossible => self.undone(now),
            QueryAnswer::Paid(receipt) if impossible => self.end(State::PaidLate(receipt)),
            QueryAnswer::Paid(_) | QueryAnswer::Paying | QueryAnswer::Unpaid if signed || impossible => {
                self.reversal(|_, signed, _| *signed = false);
                // The gateway answers, so a reverse that it has still to make is worth no longer pause.
                let longest = if impossible { Duration::MAX } else { QUERY_EVERY };
                self.pause(self.reverse_pause(now).min(longest), now)
            }
            QueryAnswer::Unknown(_) | QueryAnswer::NotSent(_) => self.pause(self.reverse_pause(now), now),
            QueryAnswer::Paid(_)
            | QueryAnswer::Paying
            | QueryAnswer::Unpaid
            | QueryAnswer::PayError
            | QueryAnswer::NotExist
                if now < self.reverse_from =>
            {
                self.next = Next::At(self.reverse_from);
                vec![Command::Show]
            }
            QueryAnswer::Paid(_)
            | QueryAnswer::Paying
            | QueryAnswer::Unpaid
            | QueryAnswer::PayError
            | QueryAnswer::NotExist => {
                self.reversal(|step, _, _| *step = Step::Reverse);
                self.next = Next::Answer;
                vec![Command::Send(Call::Reverse), Command::Show]
            }
        }
    }

    fn followed_up(&mut self, answer: &QueryAnswer, now: Timestamp) -> Vec<Command> {
        let State::Reversed { at, follow_up: asked } = self.state else { return Vec::new() };
        match answer {
            QueryAnswer::Paid(_) | QueryAnswer::Paying => self.begin_to_reverse(now),
            QueryAnswer::Unknown(_) | QueryAnswer::NotSent(_) => {
                self.next = Next::At(now.plus(LATE_PAUSE));
                Vec::new()
            }
            QueryAnswer::Unpaid
            | QueryAnswer::Closed
            | QueryAnswer::Revoked
            | QueryAnswer::PayError
            | QueryAnswer::Refunded(_)
            | QueryAnswer::NotExist => {
                // By the clock, not by counting: a restart asks early, and takes no later question away.
                let follow_up = FOLLOW_UPS.iter().filter(|pause| at.plus(**pause) <= now).count().max(asked);
                self.state = State::Reversed { at, follow_up };
                self.next = follow_up_at(at, follow_up);
                vec![Command::Commit]
            }
        }
    }

    /// Begins to reverse, now or as soon as the gateway takes it; a question comes before a later one.
    fn begin_to_reverse(&mut self, now: Timestamp) -> Vec<Command> {
        let early = now < self.reverse_from;
        let step = if early { Step::Query } else { Step::Reverse };
        self.state = State::Reversing { step, tries: 0, signed: false, impossible: false };
        self.next = if early { Next::At(self.reverse_from) } else { Next::Answer };
        let begin = [Command::Commit, Command::Show];
        begin.into_iter().chain((!early).then_some(Command::Send(Call::Reverse))).collect()
    }

    /// The gateway says that nothing is taken, or that it went back.
    fn undone(&mut self, now: Timestamp) -> Vec<Command> {
        // After a reverse of ours a lost original may still arrive; what the gateway ended by itself can't.
        let ours = matches!(self.state, State::Reversing { .. });
        let follow_up = if ours { 0 } else { FOLLOW_UPS.len() };
        self.state = State::Reversed { at: now, follow_up };
        self.next = follow_up_at(now, follow_up);
        vec![Command::Commit, Command::Show]
    }

    fn end(&mut self, state: State) -> Vec<Command> {
        self.state = state;
        self.next = Next::Never;
        vec![Command::Commit, Command::Show]
    }

    fn ask(&mut self) -> Vec<Command> {
        if matches!(self.state, State::Reversing { .. }) {
            self.reversal(|step, _, _| *step = Step::Query);
        }
        self.queries += 1;
        self.next = Next::Answer;
        vec![Command::Send(Call::Query), Command::Show]
    }

    fn ask_unless_asked(&mut self) -> Vec<Command> {
        match self.next {
            Next::At(_) => self.ask(),
            Next::Answer | Next::Never => Vec::new(),
        }
    }

    fn pause(&mut self, pause: Duration, now: Timestamp) -> Vec<Command> {
        if let State::Reversing { step, tries, .. } = &mut self.state {
            *step = Step::Query;
            *tries += 1;
        }
        self.next = Next::At(now.plus(pause));
        vec![Command::Show]
    }

    /// 1, 2, 4 s; then 5 s while somebody waits at the counter; then 30 s for ten minutes; then 5 min.
    fn reverse_pause(&self, now: Timestamp) -> Duration {
        let tries = match self.state {
            State::Reversing { tries, .. } => tries,
            _ => 0,
        };
        // From when this process could have reversed, not from `sent_at`, which may be of another clock.
        let waited = REVERSE_FROM + now.since(self.reverse_from);
        let seconds = if waited > Duration::from_secs(690) {
            300
        } else if waited > Duration::from_secs(90) {
            30
        } else {
            [1, 2, 4].get(tries as usize).copied().unwrap_or(5)
        };
        Duration::from_secs(seconds)
    }

    fn reversal(&mut self, change: impl FnOnce(&mut Step, &mut bool, &mut bool)) {
        if let State::Reversing { step, signed, impossible, .. } = &mut self.state {
            change(step, signed, impossible);
        }
    }
}

fn follow_up_at(reversed_at: Timestamp, follow_up: usize) -> Next {
    FOLLOW_UPS.get(follow_up).map_or(Next::Never, |pause| Next::At(reversed_at.plus(*pause)))
}

#[cfg(test)]
#[path = "micropay_tests.rs"]
mod tests;
