//! A book that was put back from a backup may be older than the truth.

use std::time::Duration;

use crate::ledger::{AttemptChange, AttemptRow, Book, LedgerError, Line, LineKind};
use crate::payment::sale::Attempt;
use crate::timestamp::Timestamp;

use super::{book, clock};

/// Marks every attempt in a restored book that isn't over: the till that made the backup may have ended it since, so
/// the rules believe nothing but what the gateway says of it now. New numbers will bear a time after this one, so none is
/// used twice that the book doesn't know of. `made_at` is when the backup was made. Returns how
/// many there are.
pub fn mark_restored(book: &mut Book, made_at: Timestamp) -> Result<usize, LedgerError> {
    let now = put_back_at(clock::wall(), made_at);
    let pending = book.pending_attempts()?;
    for (change, line) in pending.iter().filter_map(|row| marked(row, now)) {
        book.commit(&change, None, &[line])?;
    }
    book.was_restored(now)?;
    Ok(pending.len())
}

/// The time of a restore: not before the backup was made, whatever this machine's clock says.
pub fn put_back_at(wall: Timestamp, made_at: Timestamp) -> Timestamp {
    wall.max(made_at)
}

/// A pending attempt as one that may be older than the truth. One that this program can't read is left as it is, as it is
/// everywhere.
pub fn marked(row: &AttemptRow, now: Timestamp) -> Option<(AttemptChange, Line)> {
    let mut attempt: Attempt = serde_json::from_str(&row.rules).ok()?;
    attempt.restored();
    let line = Line {
        at: now,
        sale: Some(row.sale),
        out_trade_no: Some(row.out_trade_no.clone()),
        kind: LineKind::State,
        what: "restored".to_owned(),
        detail: String::new(),
    };
    Some((book::attempt_change(&attempt, row.version, now), line))
}

/// The earliest time that a new number may bear in a book that was put back then, if it was.
pub fn numbers_from(put_back_at: Option<Timestamp>) -> Timestamp {
    put_back_at.map_or_else(Timestamp::default, |at| at.plus(Duration::from_secs(1)))
}
