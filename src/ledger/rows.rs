//! What goes into the book and comes out of it. The words are neutral: a state is a name, the rules are a text.

use super::refund::NewRefund;
use crate::money::Fen;
use crate::number::{OutTradeNo, SaleId, TransactionId};
use crate::timestamp::Timestamp;

/// How an attempt or a sale ended, if it did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Not decided yet.
    Open,
    Paid,
    /// Paid although it had ended otherwise.
    PaidLate,
    /// A final no.
    NotPaid,
    /// Nothing ever left this machine.
    NotSent,
    /// Undone: nothing was taken, or it went back whole.
    Reversed,
    /// Closed unpaid.
    Closed,
    PartlyRefunded,
    Refunded,
}

impl Outcome {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Open,
        Self::Paid,
        Self::PaidLate,
        Self::NotPaid,
        Self::NotSent,
        Self::Reversed,
        Self::Closed,
        Self::PartlyRefunded,
        Self::Refunded,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Paid => "paid",
            Self::PaidLate => "paid_late",
            Self::NotPaid => "not_paid",
            Self::NotSent => "not_sent",
            Self::Reversed => "reversed",
            Self::Closed => "closed",
            Self::PartlyRefunded => "partly_refunded",
            Self::Refunded => "refunded",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.as_str() == text)
    }

    /// Whether money came in.
    pub const fn is_paid(self) -> bool {
        match self {
            Self::Paid | Self::PaidLate | Self::PartlyRefunded | Self::Refunded => true,
            Self::Open | Self::NotPaid | Self::NotSent | Self::Reversed | Self::Closed => false,
        }
    }
}

/// How the customer pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// The customer scans our QR code.
    Native,
    /// We scan the customer's code.
    Micropay,
}

impl Method {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::Micropay => "micropay",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Native, Self::Micropay].into_iter().find(|method| method.as_str() == text)
    }
}

/// What a sale is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SaleKind {
    Sale,
    /// A trial of the settings, not a customer's purchase.
    Check,
}

impl SaleKind {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sale => "sale",
            Self::Check => "check",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Sale, Self::Check].into_iter().find(|kind| kind.as_str() == text)
    }
}

/// A sale to be written down. The caller makes the id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSale {
    pub id: SaleId,
    pub created_at: Timestamp,
    pub amount: Fen,
    pub note: String,
    pub till: u32,
    pub kind: SaleKind,
}

/// The payment code of an attempt, as far as it may be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeTrace {
    pub last4: String,
    /// A keyed hash, so that the book alone doesn't give the code away.
    pub hash: String,
    /// [`LedgerError::CodeUsed`](super::LedgerError::CodeUsed) if the code served an attempt since then.
    pub fresh_since: Timestamp,
}

/// An attempt to be written down before anything of it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAttempt {
    pub out_trade_no: OutTradeNo,
    pub sale: SaleId,
    pub method: Method,
    pub total_fee: Fen,
    pub created_at: Timestamp,
    /// The rules' name for where it stands.
    pub state: String,
    /// The rules' machine as JSON: enough to finish after a power cut.
    pub rules: String,
    /// All that makes the order's request, as JSON.
    pub order: String,
    pub code: Option<CodeTrace>,
    /// The process that drives it, an [`Owner`](super::Owner)'s id.
    pub owner: Option<String>,
}

/// What has become of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptChange {
    pub out_trade_no: OutTradeNo,
    /// The version this change was made from; 1 after [`begin`](super::Ledger::begin).
    pub version: i64,
    pub state: String,
    pub outcome: Outcome,
    pub rules: String,
    /// Kept as it was where `None`, as the two below. Paid needs it and `paid_at`.
    pub transaction_id: Option<TransactionId>,
    pub paid_at: Option<Timestamp>,
    pub cash_fee: Option<Fen>,
    /// Whether anything of it is left to do; a final attempt may still have a late question to ask.
    pub pending: bool,
    pub at: Timestamp,
}

/// What has become of a sale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaleChange {
    pub id: SaleId,
    pub outcome: Outcome,
    /// The attempt that paid it; once set it stays.
    pub winner: Option<OutTradeNo>,
    pub at: Timestamp,
    /// What goes back by itself: queued with this change, once, and as far as anything is left of the order.
    pub give_back: Vec<NewRefund>,
}

/// What a line of the journal is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LineKind {
    /// Something is about to be sent.
    Intent,
    /// Something was answered, or wasn't.
    Answer,
    /// Something the cashier did.
    Cashier,
    /// Something the rules decided.
    State,
}

impl LineKind {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Intent => "intent",
            Self::Answer => "answer",
            Self::Cashier => "cashier",
            Self::State => "state",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Intent, Self::Answer, Self::Cashier, Self::State].into_iter().find(|kind| kind.as_str() == text)
    }
}

/// One line of the journal; it must hold no secret and no payment code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub at: Timestamp,
    pub sale: Option<SaleId>,
    pub out_trade_no: Option<OutTradeNo>,
    pub kind: LineKind,
    pub what: String,
    pub detail: String,
}

/// A sale as it stands in the book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaleRow {
    pub id: SaleId,
    pub created_at: Timestamp,
    pub amount: Fen,
    pub note: String,
    pub till: u32,
    pub kind: SaleKind,
    pub outcome: Outcome,
    pub winner: Option<OutTradeNo>,
    /// The winner, or else the latest attempt.
    pub out_trade_no: Option<OutTradeNo>,
    pub updated_at: Timestamp,
}

/// An attempt as it stands in the book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptRow {
    pub out_trade_no: OutTradeNo,
    pub sale: SaleId,
    pub method: Method,
    pub total_fee: Fen,
    pub created_at: Timestamp,
    pub state: String,
    pub outcome: Outcome,
    pub transaction_id: Option<TransactionId>,
    pub paid_at: Option<Timestamp>,
    pub cash_fee: Option<Fen>,
    pub code_last4: Option<String>,
    pub rules: String,
    pub order: String,
    pub owner: Option<String>,
    pub version: i64,
    pub updated_at: Timestamp,
    /// The sale's note.
    pub note: String,
    /// What the gateway has taken back for the customer, here and elsewhere.
    pub refunded: Fen,
    /// What the sale is for.
    pub kind: SaleKind,
}

/// Sums over the book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// What customers paid, refunds not taken off.
    pub paid: Fen,
    pub paid_count: u32,
}
