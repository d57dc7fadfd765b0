//! A charge of a book that was put back from a backup: the gateway has gone on, and so may have another till.

use super::super::words::Doubt;
use super::super::{Command, Next};
use super::{Micropay, REFUSED_PAUSE, State};
use crate::timestamp::Timestamp;

impl Micropay {
    /// Read back from a backup: the till that made it may have gone on.
    pub fn restored(&mut self) {
        self.restored = true;
    }

    /// Another till may have shown this charge as paid, so silence is no reason to reverse it.
    pub(super) fn ask_restored_again(&mut self, now: Timestamp) -> Vec<Command> {
        self.state = State::Waiting { paying: false };
        self.doubt = Some(Doubt::NoAnswer);
        self.next = Next::At(now.plus(REFUSED_PAUSE));
        vec![Command::Show]
    }
}
