//! What a sale looks like from outside: the one thing that screens and commands show.

use crate::money::Fen;
use crate::number::{OutTradeNo, SaleId};
use crate::timestamp::Timestamp;

use super::words::{Doubt, NotSent, Receipt, Refusal};

/// A sale as it stands: complete in itself, so that the latest one is always enough.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaleView {
    pub id: SaleId,
    pub amount: Fen,
    pub note: String,
    pub started_at: Timestamp,
    /// The number of the attempt that `status` speaks of.
    pub out_trade_no: OutTradeNo,
    pub status: Status,
    /// Something the cashier must be told beside the status.
    pub notice: Option<Notice>,
}

/// What a cashier must know beside where the sale stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// A code was scanned while the QR was up, and the QR order could not be put out of the way for
    /// certain: the code was not charged. Scan again, or let the customer pay the QR.
    ScanNotTaken,
    /// The sale was paid a second time, most often its QR order after the sale had gone to a scanned code:
    /// this second payment goes back by itself.
    AlsoPaid { out_trade_no: OutTradeNo, receipt: Receipt },
    /// It was paid although a person had ended it, and goes back by itself.
    GoesBack,
}

/// Where a sale stands, in the words of the counter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// The order is being made; there is no picture yet. `doubt` is set once a try went unanswered.
    Preparing { since: Timestamp, doubt: Option<Doubt> },
    /// A QR code is up; it is renewed, for the same order, at `renew_at`.
    Showing { code_url: String, shown_at: Timestamp, renew_at: Timestamp },
    /// A code was scanned while the QR was up: its order is being closed before the charge goes out.
    GivingWay { since: Timestamp },
    /// The charge is on its way.
    Sending { since: Timestamp },
    /// The customer is at the password box.
    Password(Waiting),
    /// Neither yes nor no; the till goes on asking by itself.
    Unknown(Waiting, Doubt),
    /// The charge is being undone; not certain yet. `since` is when the charge was sent.
    Reversing { since: Timestamp, tries: u32, next_at: Option<Timestamp> },
    /// Paid, verified, and on disk.
    Paid(Receipt),
    /// A final no. No money moved.
    Declined(Refusal),
    /// Undone: nothing was taken, or it goes back whole.
    Reversed,
    /// The cashier left the sale, or its time was over; its order is being closed.
    Closing { since: Timestamp },
    /// The sale's order is closed, unpaid.
    Closed,
    /// Paid although the sale had ended otherwise: give the goods or give the money back.
    PaidLate(Receipt),
    /// No connection; nothing was sent and no money moved.
    NotSent(NotSent),
    /// The book on disk can't be written, so no money is taken.
    NotRecorded,
}

/// How a wait for a customer or an answer goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// When the charge was sent.
    pub since: Timestamp,
    /// How often the gateway was asked.
    pub queries: u32,
    /// When it is asked again; `None` while a question is under way.
    pub next_query_at: Option<Timestamp>,
    /// From when the cashier may cancel and refund (15 s after the charge).
    pub cancel_from: Timestamp,
    /// When the till reverses by itself (45 s after the charge).
    pub until: Timestamp,
}

impl Status {
    /// Whether nothing more will happen to the sale that a cashier waits for.
    pub fn is_final(&self) -> bool {
        match self {
            Self::Paid(_)
            | Self::Declined(_)
            | Self::Reversed
            | Self::Closed
            | Self::PaidLate(_)
            | Self::NotSent(_)
            | Self::NotRecorded => true,
            Self::Preparing { .. }
            | Self::Showing { .. }
            | Self::GivingWay { .. }
            | Self::Sending { .. }
            | Self::Password(_)
            | Self::Unknown(..)
            | Self::Reversing { .. }
            | Self::Closing { .. } => false,
        }
    }
}
