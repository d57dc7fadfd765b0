//! The audit of refunds in the book, and the count of PIN tries.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::book::Book;
use super::error::LedgerError;
use super::find::{fen, read};
use super::refund::NewRefund;
use super::sql;
use crate::audit::{Approval, ChainKey, Entry, Fault, Follower, Head, Means, Sound};
use crate::money::Fen;
use crate::number::{OutRefundNo, OutTradeNo};
use crate::timestamp::Timestamp;

/// Lines that are read at once while the chain is followed.
const PAGE: u32 = 1_000;
/// So many wrong PINs in a row are free; then each costs a wait, twice as long each time.
const FREE_TRIES: u32 = 5;
const FIRST_WAIT: Duration = Duration::from_secs(60);
const LONGEST_WAIT: Duration = Duration::from_secs(60 * 60);

/// Whether a PIN may be looked at now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PinTry {
    /// It may, and is counted as wrong until [`Book::pin_was_right`]. So many more may be wrong before the next wait.
    Granted {
        left: u32,
    },
    Locked {
        until: Timestamp,
    },
}

impl Book {
    /// From now on refunds are chained by this key.
    pub fn seal_with(&mut self, key: ChainKey) {
        self.seal = key;
    }

    /// The last line of the audit.
    pub fn audit_head(&self) -> Result<Option<Head>, LedgerError> {
        head(&self.conn, i64::MAX)
    }

    /// The line of this number, or the last before it.
    pub fn audit_line(&self, n: i64) -> Result<Option<Head>, LedgerError> {
        head(&self.conn, n)
    }

    /// Follows the audit from its first line to its last, and holds against it every refund that was asked for since the
    /// first. Reads all of it.
    pub fn verify_audit(&self, remembered: Option<Head>) -> Result<Result<Sound, Fault>, LedgerError> {
        let mut follower = Follower::new(&self.seal, remembered);
        let mut last = 0;
        loop {
            let mut statement = self.conn.prepare_cached(sql::AUDIT)?;
            let lines: Vec<_> = statement.query_map(params![last, PAGE], line)?.collect::<Result<_, _>>()?;
            for (entry, hash, as_approved) in &lines {
                if let Err(fault) = follower.next(entry, hash) {
                    return Ok(Err(fault));
                }
                if !as_approved {
                    return Ok(Err(Fault::Differs { number: entry.out_refund_no.clone() }));
                }
                last = entry.n;
            }
            if lines.is_empty() {
                break;
            }
        }
        let unrecorded = self
            .conn
            .prepare_cached(sql::UNRECORDED_REFUND)?
            .query_row(params![""], |row| read(row, 0, OutRefundNo::parse))
            .optional()?;
        Ok(match unrecorded {
            Some(number) => Err(Fault::Unrecorded { number }),
            None => follower.end(),
        })
    }

    /// Somebody gives a PIN: counts the try before it is looked at, durable.
    pub fn try_pin(&mut self, now: Timestamp) -> Result<PinTry, LedgerError> {
        self.write(true, |conn| {
            let tries = |row: &Row<'_>| Ok((row.get::<_, u32>(0)?, row.get::<_, Option<i64>>(1)?));
            let (failed, until) = conn.prepare_cached(sql::PIN_TRIES)?.query_row(params![1], tries)?;
            // A clock that was set back locks nobody out for longer than the longest wait.
            let until = until.map(|until| Timestamp::from_millis(until).min(now.plus(LONGEST_WAIT)));
            if let Some(until) = until.filter(|until| now < *until) {
                return Ok(PinTry::Locked { until });
            }
            let wait = wait_after(failed.saturating_add(1)).map(|wait| now.plus(wait).as_millis());
            conn.prepare_cached(sql::COUNT_PIN_TRY)?.execute(params![wait])?;
            Ok(PinTry::Granted { left: FREE_TRIES.saturating_sub(failed + 1) })
        })
    }

    /// The PIN that was just tried is right: all is forgiven, durable.
    pub fn pin_was_right(&mut self) -> Result<(), LedgerError> {
        self.write(true, |conn| {
            conn.prepare_cached(sql::FORGIVE_PIN_TRIES)?.execute([])?;
            Ok(())
        })
    }
}

/// How long nobody may try again after so many wrong ones in a row.
fn wait_after(failed: u32) -> Option<Duration> {
    let beyond = failed.checked_sub(FREE_TRIES)?;
    Some(FIRST_WAIT.saturating_mul(1 << beyond.min(10)).min(LONGEST_WAIT))
}

/// What of the day's cap is left, if the refund is above it.
pub(super) fn above_day_cap(conn: &Connection, refund: &NewRefund) -> Result<Option<Fen>, LedgerError> {
    let Some(cap) = refund.approval.day_cap else { return Ok(None) };
    let midnight = refund.created_at.start_of_day();
    let today =
        conn.prepare_cached(sql::REFUNDED_SINCE)?.query_row(params![midnight.as_millis()], |row| fen(row, 0))?;
    let left = cap.checked_sub(today).unwrap_or(Fen::ZERO);
    Ok((refund.refund_fee > left).then_some(left))
}

/// Writes the refund's line, in the transaction that queues it.
pub(super) fn record(conn: &Connection, key: &ChainKey, refund: &NewRefund) -> Result<(), LedgerError> {
    let Approval { by, means, up_to, day_cap: _ } = &refund.approval;
    if refund.refund_fee > *up_to {
        return Err(LedgerError::Forbidden);
    }
    let before = head(conn, i64::MAX)?;
    let entry = Entry {
        n: before.as_ref().map_or(1, |head| head.n + 1),
        at: refund.created_at,
        by: by.clone(),
        means: *means,
        out_refund_no: refund.out_refund_no.clone(),
        out_trade_no: refund.order.out_trade_no.clone(),
        refund_fee: refund.refund_fee,
        reason: refund.reason.clone(),
        key_id: key.id(),
    };
    let hash = entry.hash(key, before.as_ref().map_or("", |head| head.hash.as_str()));
    conn.prepare_cached(sql::INSERT_AUDIT)?.execute(params![
        entry.n,
        entry.at.as_millis(),
        entry.by,
        entry.means.as_str(),
        entry.out_refund_no.as_str(),
        entry.out_trade_no.as_str(),
        entry.refund_fee.as_i64(),
        entry.reason,
        entry.key_id,
        hash,
    ])?;
    Ok(())
}

fn head(conn: &Connection, most: i64) -> Result<Option<Head>, LedgerError> {
    let head = |row: &Row<'_>| Ok(Head { n: row.get(0)?, hash: row.get(1)? });
    Ok(conn.prepare_cached(sql::AUDIT_HEAD)?.query_row(params![most], head).optional()?)
}

/// A line, its hash, and whether the refund that it tells of stands in the book as it says.
fn line(row: &Row<'_>) -> rusqlite::Result<(Entry, String, bool)> {
    let entry = Entry {
        n: row.get(0)?,
        at: Timestamp::from_millis(row.get(1)?),
        by: row.get(2)?,
        means: read(row, 3, Means::parse)?,
        out_refund_no: read(row, 4, OutRefundNo::parse)?,
        out_trade_no: read(row, 5, OutTradeNo::parse)?,
        refund_fee: fen(row, 6)?,
        reason: row.get(7)?,
        key_id: row.get(8)?,
    };
    Ok((entry, row.get(9)?, row.get(10)?))
}
