//! The rules of money, pure: no clock, no disk, no network. Time is an argument.
//!
//! Each machine takes an event and the time, and answers with commands that a driver executes in
//! their order. [`native`], [`micropay`] and [`refund`] open with their transition tables; [`sale`] keeps "one
//! sale, one winner" over the two.

pub mod gateway;
pub mod micropay;
pub mod native;
pub mod refund;
pub mod sale;
mod status;
mod words;

use serde::{Deserialize, Serialize};

use crate::timestamp::Timestamp;

pub use gateway::{Found, Gateway, Notification, PaidOrder, Pending, Reply};
pub use status::{Notice, SaleView, Status, Waiting};
pub use words::{
    Answer, Call, ChargeAnswer, CloseAnswer, CreateAnswer, Doubt, NoRefund, NotSent, Order, QueryAnswer, Reason,
    Receipt, RefundAnswer, RefundFault, RefundQueryAnswer, RefundReceipt, RefundRefusal, RefundRequest, Refunded,
    Refusal, ReverseAnswer,
};

/// What a machine asks of its driver. Commands are executed in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Make the attempt as it stands durable before anything after this happens.
    Commit,
    /// Send one call; its answer comes back as an event. One call is on its way at a time.
    Send(Call),
    /// Tell the screens.
    Show,
}

/// What a machine waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Next {
    /// The answer to the call that is on its way.
    Answer,
    At(Timestamp),
    Never,
}

impl Next {
    pub(crate) fn wakeup(self) -> Option<Timestamp> {
        match self {
            Self::At(at) => Some(at),
            Self::Answer | Self::Never => None,
        }
    }
}

/// How an attempt ended, as the book keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Open,
    Paid(Receipt),
    /// Paid although it had ended otherwise: has to go back, or be accepted by a person.
    PaidLate(Receipt),
    NotPaid,
    Reversed,
    Closed,
}

#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod walk_tests;
