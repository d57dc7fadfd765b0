//! An order that has ended unpaid in the book, and that the gateway says was paid: it is taken up again and asked about.
//!
//! That it was said is written with the row, so that whoever reads it after a crash asks as well.

use crate::ledger::{AttemptChange, AttemptRow, LedgerError, Outcome};
use crate::number::OutTradeNo;
use crate::payment::sale::{Attempt, Sale};
use crate::timestamp::Timestamp;

use super::book;
use super::drive::Versions;
use super::shared::Shared;

/// The order's row as one that is asked about again; `None` if it hasn't ended unpaid, or this program can't read it.
pub(super) fn asked_again(row: &AttemptRow, now: Timestamp) -> Option<AttemptChange> {
    match row.outcome {
        Outcome::NotPaid | Outcome::NotSent | Outcome::Reversed | Outcome::Closed => {}
        Outcome::Open | Outcome::Paid | Outcome::PaidLate | Outcome::PartlyRefunded | Outcome::Refunded => return None,
    }
    let mut attempt: Attempt = serde_json::from_str(&row.rules).ok()?;
    attempt.reported(now);
    Some(book::attempt_change(&attempt, row.version, now))
}

/// Takes up the sale of an order whose row was written as [`asked_again`] says. If another process drives the sale's
/// other attempt, it is left for whoever takes up that.
pub(super) async fn take_up(
    shared: &Shared,
    number: OutTradeNo,
    now: Timestamp,
    begin: impl FnMut(Sale, Versions),
) -> Result<(), LedgerError> {
    let Some(row) = shared.ledger().attempt(number).await? else { return Ok(()) };
    book::adopt(shared, vec![row], now, begin).await.map(|_taken| ())
}
