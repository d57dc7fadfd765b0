//! What others see of a charge.

use super::super::status::{Status, Waiting};
use super::super::words::{Doubt, Order};
use super::super::{Next, Outcome};
use super::{Micropay, REVERSE_AT, State};
use crate::timestamp::Timestamp;

impl Micropay {
    /// Whether the charge is being undone.
    pub(in crate::payment) fn is_reversing(&self) -> bool {
        matches!(self.state, State::Reversing { .. })
    }

    /// Whether a call is on its way.
    pub(in crate::payment) fn awaits_an_answer(&self) -> bool {
        self.next == Next::Answer
    }

    /// Whether no call is on its way and none will be sent.
    pub(in crate::payment) fn has_nothing_to_do(&self) -> bool {
        self.next == Next::Never
    }

    pub fn order(&self) -> &Order {
        &self.order
    }

    /// When [`Event::Wakeup`](super::Event::Wakeup) is due; `None` while an answer is awaited or nothing more will happen.
    pub fn next_wakeup(&self) -> Option<Timestamp> {
        self.next.wakeup()
    }

    /// The state's name, as the book keeps it.
    pub fn state_name(&self) -> &'static str {
        match self.state {
            State::Paying => "paying",
            State::Confirming(_) => "confirming",
            State::Waiting { .. } => "waiting",
            State::Reversing { .. } => "reversing",
            State::Reversed { .. } => "reversed",
            State::Paid(_) => "paid",
            State::Declined(_) => "declined",
            State::PaidLate(_) => "paid_late",
            State::NotSent(_) => "not_sent",
        }
    }

    pub fn outcome(&self) -> Outcome {
        match &self.state {
            State::Paying | State::Confirming(_) | State::Waiting { .. } | State::Reversing { .. } => Outcome::Open,
            State::Reversed { .. } => Outcome::Reversed,
            State::Paid(receipt) => Outcome::Paid(receipt.clone()),
            State::PaidLate(receipt) => Outcome::PaidLate(receipt.clone()),
            State::Declined(_) | State::NotSent(_) => Outcome::NotPaid,
        }
    }

    pub fn status(&self) -> Status {
        match &self.state {
            State::Paying | State::Confirming(_) => Status::Sending { since: self.sent_at },
            State::Waiting { paying: true } => Status::Password(self.waiting()),
            State::Waiting { paying: false } => {
                Status::Unknown(self.waiting(), self.doubt.clone().unwrap_or(Doubt::NoAnswer))
            }
            State::Reversing { tries, .. } => {
                Status::Reversing { since: self.sent_at, tries: *tries, next_at: self.next_wakeup() }
            }
            State::Reversed { .. } => Status::Reversed,
            State::Paid(receipt) => Status::Paid(receipt.clone()),
            State::Declined(refusal) => Status::Declined(refusal.clone()),
            State::PaidLate(receipt) => Status::PaidLate(receipt.clone()),
            State::NotSent(why) => Status::NotSent(why.clone()),
        }
    }

    fn waiting(&self) -> Waiting {
        Waiting {
            since: self.sent_at,
            queries: self.queries,
            next_query_at: self.next_wakeup(),
            cancel_from: self.reverse_from,
            until: self.sent_at.plus(REVERSE_AT),
        }
    }
}
