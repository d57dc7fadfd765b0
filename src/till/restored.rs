//! A book that was put back from a backup may be older than the truth.

use crate::ledger::{Book, LedgerError, Line, LineKind};
use crate::payment::sale::Attempt;
use crate::timestamp::Timestamp;

use super::{book, clock};

/// Marks every attempt in a restored book that isn't over: the till that made the backup may have ended it since, so
/// the rules believe nothing but what the gateway says of it now. New numbers will bear a time after this one, so none is
/// used twice that the book doesn't know of. `made_at` is when the backup was made. Returns how
/// many there are.
pub fn mark_restored(book: &mut Book, made_at: Timestamp) -> Result<usize, LedgerError> {
    // Not before the backup was made, whatever this machine's clock says.
    let now = clock::wall().max(made_at);
    let pending = book.pending_attempts()?;
    for row in &pending {
        // One that this program can't read is left as it is, as it is everywhere.
        let Ok(mut attempt) = serde_json::from_str::<Attempt>(&row.rules) else { continue };
        attempt.restored();
        let line = Line {
            at: now,
            sale: Some(row.sale),
            out_trade_no: Some(row.out_trade_no.clone()),
            kind: LineKind::State,
            what: "restored".to_owned(),
            detail: String::new(),
        };
        book.commit(&book::attempt_change(&attempt, row.version, now), None, &[line])?;
    }
    book.was_restored(now)?;
    Ok(pending.len())
}
