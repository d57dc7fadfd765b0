//! A charge that has ended unpaid, and that the gateway reports as paid all the same.
//!
//! The report is a reason to ask, never the proof; until the answer the charge stays as it ended.

use super::super::words::{Call, QueryAnswer};
use super::super::{Command, Next};
use super::{LATE_PAUSE, Micropay, State};
use crate::timestamp::Timestamp;

impl Micropay {
    /// Nobody drives it: whoever takes up one that has ended unpaid asks.
    pub fn reported(&mut self, now: Timestamp) {
        if matches!(self.state, State::Reversed { .. } | State::Declined(_) | State::NotSent(_)) {
            self.next = Next::At(now);
        }
    }

    pub(super) fn ask_reported(&mut self) -> Vec<Command> {
        match self.next {
            Next::Answer => Vec::new(),
            Next::At(_) | Next::Never => vec![Command::Commit, self.question()],
        }
    }

    /// Woken or taken up again: most have nothing left to ask.
    pub(super) fn go_on_asking(&mut self) -> Vec<Command> {
        match self.next {
            Next::Never => Vec::new(),
            Next::Answer | Next::At(_) => vec![self.question()],
        }
    }

    pub(super) fn asked_after_the_end(&mut self, answer: QueryAnswer, now: Timestamp) -> Vec<Command> {
        match answer {
            QueryAnswer::Paid(receipt) => self.end(State::PaidLate(receipt)),
            QueryAnswer::Paying | QueryAnswer::Unknown(_) | QueryAnswer::NotSent(_) => {
                self.next = Next::At(now.plus(LATE_PAUSE));
                Vec::new()
            }
            QueryAnswer::Unpaid
            | QueryAnswer::Closed
            | QueryAnswer::Revoked
            | QueryAnswer::PayError
            | QueryAnswer::Refunded(_)
            | QueryAnswer::NotExist => {
                self.next = Next::Never;
                vec![Command::Commit]
            }
        }
    }

    fn question(&mut self) -> Command {
        self.queries += 1;
        self.next = Next::Answer;
        Command::Send(Call::Query)
    }
}
