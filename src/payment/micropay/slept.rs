//! A machine that sleeps: its timers ring late, and what was answered before a sleep says nothing of now.

use std::time::Duration;

use super::super::Next;
use super::{Event, Micropay, State};
use crate::timestamp::Timestamp;

/// No call lasts longer, and no timer rings later, unless the machine slept.
const LONGEST: Duration = Duration::from_secs(60);

impl Micropay {
    /// Whether the answer to the last question is older than any call lasts.
    pub(super) fn is_overtaken(&self, now: Timestamp) -> bool {
        self.asked_at.is_some_and(|asked| now.since(asked) > LONGEST)
    }

    /// Nobody tried meanwhile, so a reversal goes on as quickly as it began.
    pub(super) fn note_a_sleep(&mut self, event: &Event, now: Timestamp) {
        let slept = match self.next {
            Next::At(due) => *event == Event::Wakeup && now.since(due) > LONGEST,
            Next::Answer | Next::Never => false,
        };
        if let State::Reversing { tries, .. } = &mut self.state
            && slept
        {
            *tries = 0;
            self.reverse_from = now;
        }
    }
}
