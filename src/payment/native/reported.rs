//! An order that has ended unpaid, and that the gateway reports as paid all the same.
//!
//! The report is a reason to ask, never the proof; until the answer the order stays as it ended.

use super::super::words::{Call, QueryAnswer};
use super::super::{Command, Next};
use super::{Native, State, pause};
use crate::timestamp::Timestamp;

impl Native {
    /// Nobody drives it: whoever takes up one that has ended unpaid asks.
    pub fn reported(&mut self, now: Timestamp) {
        if self.has_ended_unpaid() {
            self.next = Next::At(now);
        }
    }

    pub(super) fn ask_reported(&mut self) -> Vec<Command> {
        if self.next == Next::Answer {
            return Vec::new();
        }
        self.tries = 0;
        let mut commands = vec![Command::Commit];
        commands.extend(self.ask_after_the_end());
        commands
    }

    /// Taken up again: most have nothing left to ask.
    pub(super) fn go_on_asking(&mut self) -> Vec<Command> {
        if self.next == Next::Never { Vec::new() } else { self.ask_after_the_end() }
    }

    pub(super) fn ask_after_the_end(&mut self) -> Vec<Command> {
        self.next = Next::Answer;
        vec![Command::Send(Call::Query)]
    }

    pub(super) fn asked_after_the_end(&mut self, answer: QueryAnswer, now: Timestamp) -> Vec<Command> {
        match answer {
            QueryAnswer::Paid(receipt) => self.end(State::PaidLate(receipt)),
            QueryAnswer::Paying | QueryAnswer::Unknown(_) | QueryAnswer::NotSent(_) => {
                self.tries += 1;
                self.next = Next::At(now.plus(pause(self.tries)));
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
}
