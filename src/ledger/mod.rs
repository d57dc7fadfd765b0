//! The book: what was intended, sent and answered, written down before it is acted on.
//!
//! One SQLite file that several processes may share. [`Book`] is the book itself and blocks;
//! [`Ledger`] is a cheap handle to a book on a thread of its own. The rows are neutral: the
//! rules of money are a text to the book, and what it knows by itself is only that paid stays paid and that the
//! journal is append-only.

mod audit;
mod book;
mod copy;
mod error;
mod find;
mod handle;
mod open;
mod owner;
mod refund;
mod rows;
mod sql;
mod turns;

#[cfg(test)]
mod tests;

pub use audit::PinTry;
pub use book::{Book, Commits};
pub use error::LedgerError;
pub use find::{FOUND_AT_MOST, Page, Place};
pub use handle::{Booked, Ledger};
pub use owner::Owner;
pub use refund::{
    NewRefund, NotQueued, Promised, RefundChange, RefundCounts, RefundRow, RefundedOrder, Replied, Standing,
};
pub use rows::{
    AttemptChange, AttemptRow, CodeTrace, Line, LineKind, Method, NewAttempt, NewSale, Outcome, SaleChange, SaleKind,
    SaleRow, Totals,
};
pub use turns::{SendLimits, Turns};
