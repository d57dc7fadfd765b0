//! Refunds in the book: what is promised to customers never exceeds what they paid, whoever promises.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::audit;
use super::book::{Book, insert_lines, reversed};
use super::error::LedgerError;
use super::find::{fen, read, read_option};
use super::owner::Owner;
use super::rows::{Line, Outcome};
use super::sql;
use super::turns::{SendLimits, Turns};
use crate::audit::{Approval, ChainKey};
use crate::money::Fen;
use crate::number::{OutRefundNo, OutTradeNo, RefundId, TransactionId};
use crate::timestamp::Timestamp;

/// An order is refunded at most this often (manual, refund).
const REFUNDS_AN_ORDER: u32 = 50;
/// An order is refunded at most so many days after it was paid (manual, refund).
const DAYS: u64 = 365;
/// Sends are of no use to the window for longer than this.
const SENDS_KEPT: std::time::Duration = std::time::Duration::from_secs(60);

/// How a refund stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Standing {
    /// Not known to be taken.
    Open,
    /// Taken by the gateway.
    Accepted,
    /// The money is back.
    Arrived,
    /// It came back from the customer's bank.
    Bounced,
    /// Ended without effect: what it promised is free again.
    Void,
}

impl Standing {
    pub const ALL: [Self; 5] = [Self::Open, Self::Accepted, Self::Arrived, Self::Bounced, Self::Void];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Accepted => "accepted",
            Self::Arrived => "arrived",
            Self::Bounced => "bounced",
            Self::Void => "void",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|standing| standing.as_str() == text)
    }
}

/// An order that is to be refunded, as the gateway told of it, or as the book knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundedOrder {
    pub out_trade_no: OutTradeNo,
    pub total_fee: Fen,
    /// Who paid it and when, as the gateway says it just now; without it only an order that the book knows as paid is
    /// refunded.
    pub proof: Option<(TransactionId, Timestamp)>,
    /// Sum and number of its refunds that are not in this book; `None` if the gateway was not asked.
    pub elsewhere: Option<(Fen, u32)>,
}

/// A refund that is about to be queued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRefund {
    pub out_refund_no: OutRefundNo,
    pub order: RefundedOrder,
    pub refund_fee: Fen,
    pub reason: String,
    pub created_at: Timestamp,
    pub state: String,
    pub rules: String,
    /// The process that drives it, an [`Owner`]'s id.
    pub owner: String,
    /// Who lets it be made.
    pub approval: Approval,
}

/// Why the book queues no refund. Nothing was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotQueued {
    #[error("the order is not paid ({})", .outcome.map_or("unknown", Outcome::as_str))]
    NotPaid { outcome: Option<Outcome> },
    /// What became of the order is not certain, or something of it is left to do.
    #[error("the order is still open")]
    StillOpen,
    #[error("more than is left of the order ({} fen)", .left.as_i64())]
    TooMuch { left: Fen },
    #[error("the order was refunded fifty times")]
    TooMany,
    #[error("the order was paid more than a year ago")]
    TooOld,
    /// The owner's cap for a day.
    #[error("more than may be refunded today ({} fen left)", .left.as_i64())]
    AboveDayCap { left: Fen },
}

/// What kind of reply came to a send, as far as the gateway's limits are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replied {
    Taken,
    Failing,
}

/// What has become of a refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundChange {
    pub out_refund_no: OutRefundNo,
    /// The version this change was made from; 1 after it was queued.
    pub version: i64,
    pub state: String,
    pub standing: Standing,
    pub rules: String,
    /// Kept as it was where `None`.
    pub refund_id: Option<RefundId>,
    /// Whether anything of it is left to do.
    pub pending: bool,
    /// The reply to its last send has just come.
    pub replied: Option<Replied>,
    pub at: Timestamp,
    /// Journal lines that go with it.
    pub lines: Vec<Line>,
}

/// A refund as it stands in the book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundRow {
    pub out_refund_no: OutRefundNo,
    pub out_trade_no: OutTradeNo,
    pub refund_fee: Fen,
    pub reason: String,
    pub created_at: Timestamp,
    pub state: String,
    pub standing: Standing,
    pub rules: String,
    pub refund_id: Option<RefundId>,
    pub look_first: bool,
    pub owner: String,
    pub version: i64,
}

/// What the book promises and knows of one order's refunds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Promised {
    /// All that counts against the order: in this book and elsewhere, taken or not known not to be.
    pub fee: Fen,
    pub count: u32,
    /// What the gateway has taken of it.
    pub taken: Fen,
    /// The part of all this that others refunded.
    pub elsewhere: Fen,
}

/// How many refunds wait for what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RefundCounts {
    /// Not known to be taken.
    pub waiting: u32,
    /// Taken, on their way.
    pub accepted: u32,
}

impl Book {
    /// Writes down a refund before anything of it is sent: durable. Checks in the same transaction, over all
    /// processes, that the order is paid, how much of it is left, and the gateway's limits of number and age.
    pub fn queue_refund(&mut self, refund: &NewRefund, lines: &[Line]) -> Result<Result<i64, NotQueued>, LedgerError> {
        let seal = self.seal.clone();
        self.write(true, |conn| {
            if let Err(why) = allowed(conn, refund)? {
                return Ok(Err(why));
            }
            if let Some(left) = audit::above_day_cap(conn, refund)? {
                return Ok(Err(NotQueued::AboveDayCap { left }));
            }
            insert_refund(conn, refund)?;
            audit::record(conn, &seal, refund)?;
            insert_lines(conn, lines)?;
            Ok(Ok(1))
        })
    }

    /// Writes down what has become of refunds, all in one transaction: durable if asked for. Returns each one's new
    /// version, or `None` where another process has taken it further; its lines are written all the same.
    pub fn change_refunds(&mut self, changes: &[RefundChange], durable: bool) -> Result<Vec<Option<i64>>, LedgerError> {
        self.write(durable, |conn| {
            let change = |change: &RefundChange| {
                insert_lines(conn, &change.lines)?;
                change_refund(conn, change)
            };
            changes.iter().map(change).collect()
        })
    }

    /// Gives turns, in their order, as far as `limits` let; each change is written as its refund is sent. Not flushed:
    /// after a power cut the window has passed, and the refund, which is in the book, is sent again under its number.
    pub fn take_turns(
        &mut self,
        turns: &[RefundChange],
        limits: &SendLimits,
        now: Timestamp,
    ) -> Result<Turns, LedgerError> {
        self.write(false, |conn| {
            let (mut arriving, failed) = window(conn, limits, now)?;
            let mut result = Turns::default();
            for turn in turns {
                let at = limits.next_turn(&arriving, failed, now);
                if at > now {
                    result.again_at = Some(at);
                    break;
                }
                if let Some(after) = order_is_resting(conn, turn, limits, now)? {
                    result.too_soon.push((turn.out_refund_no.clone(), after));
                    continue;
                }
                let Some(version) = change_refund(conn, turn)? else {
                    result.stale.push(turn.out_refund_no.clone());
                    continue;
                };
                let number = turn.out_refund_no.as_str();
                let arrives = now.plus(limits.arrives_within);
                conn.prepare_cached(sql::SENT_REFUND)?.execute(params![now.as_millis(), number])?;
                conn.prepare_cached(sql::INSERT_SEND)?.execute(params![arrives.as_millis(), number])?;
                insert_lines(conn, &turn.lines)?;
                arriving.push(arrives);
                result.granted.push((turn.out_refund_no.clone(), version));
            }
            Ok(result)
        })
    }

    /// Takes over at most `most` pending refunds of processes that are gone: first those that are not known to be taken,
    /// and of each kind the oldest first; `owners` is the folder of [`Owner::new`]. Not flushed, as [`Book::adopt`].
    pub fn adopt_refunds(
        &mut self,
        owners: &std::path::Path,
        new_owner: &str,
        most: u32,
        at: Timestamp,
    ) -> Result<Vec<RefundRow>, LedgerError> {
        self.write(false, |conn| {
            let mut dead = Vec::new();
            let mut last = String::new();
            // From owner to owner, not from row to row.
            while let Some(owner) = conn
                .prepare_cached(sql::NEXT_REFUND_OWNER)?
                .query_row(params![last], |row| row.get::<_, Option<String>>(0))?
            {
                if owner != new_owner && !Owner::is_alive(owners, &owner) {
                    dead.push(owner.clone());
                }
                last = owner;
            }
            let mut rows = Vec::new();
            for kind in [sql::OPEN_REFUNDS_OF_OWNER, sql::TAKEN_REFUNDS_OF_OWNER] {
                for owner in &dead {
                    let left = most.saturating_sub(u32::try_from(rows.len()).unwrap_or(most));
                    let found = refund_rows(conn, kind, params![owner, left])?;
                    rows.extend(found);
                }
            }
            for row in &mut rows {
                let number = row.out_refund_no.as_str();
                conn.prepare_cached(sql::ADOPT_REFUND)?.execute(params![new_owner, at.as_millis(), number])?;
                new_owner.clone_into(&mut row.owner);
                row.version += 1;
            }
            Ok(rows)
        })
    }

    pub fn refund(&self, number: &OutRefundNo) -> Result<Option<RefundRow>, LedgerError> {
        Ok(refund_rows(&self.conn, sql::REFUND, params![number.as_str()])?.pop())
    }

    /// All refunds of an order in this book, oldest first.
    pub fn refunds_of(&self, order: &OutTradeNo) -> Result<Vec<RefundRow>, LedgerError> {
        refund_rows(&self.conn, sql::REFUNDS_OF_ORDER, params![order.as_str()])
    }

    /// The refunds asked for last, newest first.
    pub fn recent_refunds(&self, count: u32) -> Result<Vec<RefundRow>, LedgerError> {
        refund_rows(&self.conn, sql::RECENT_REFUNDS, params![i64::MAX, count])
    }

    /// Refunds that came back from the customer's bank, newest first: a person has to send them.
    pub fn bounced_refunds(&self, count: u32) -> Result<Vec<RefundRow>, LedgerError> {
        refund_rows(&self.conn, sql::BOUNCED_REFUNDS, params![i64::MAX, count])
    }

    pub fn promised(&self, order: &OutTradeNo) -> Result<Promised, LedgerError> {
        promised(&self.conn, order)
    }

    /// How many refunds are not at their end, whoever drives them.
    pub fn refund_counts(&self) -> Result<RefundCounts, LedgerError> {
        let counts = |row: &Row<'_>| Ok(RefundCounts { waiting: row.get(0)?, accepted: row.get(1)? });
        Ok(self.conn.prepare_cached(sql::COUNT_REFUNDS)?.query_row(params![""], counts)?)
    }
}

/// Writes a refund that is made by itself, unless it is there or nothing is left of the order.
pub(super) fn give_back(conn: &Connection, seal: &ChainKey, refund: &NewRefund) -> Result<(), LedgerError> {
    let there = conn.prepare_cached(sql::REFUND_EXISTS)?.exists(params![refund.out_refund_no.as_str()])?;
    if !there && allowed(conn, refund)?.is_ok() {
        insert_refund(conn, refund)?;
        audit::record(conn, seal, refund)?;
    }
    Ok(())
}

fn allowed(conn: &Connection, refund: &NewRefund) -> Result<Result<(), NotQueued>, LedgerError> {
    let order = &refund.order;
    let attempt = conn
        .prepare_cached(sql::PAYMENT_OF)?
        .query_row(params![order.out_trade_no.as_str()], |row| {
            Ok((read(row, 0, Outcome::parse)?, row.get::<_, Option<i64>>(1)?, row.get::<_, bool>(2)?, fen(row, 3)?))
        })
        .optional()?;
    let proven = order.proof.as_ref().map(|(_, paid_at)| *paid_at);
    let (paid_at, total_fee) = match attempt {
        Some((outcome, Some(paid_at), _, total)) if outcome.is_paid() => (Timestamp::from_millis(paid_at), total),
        Some((Outcome::Open, ..) | (_, _, true, _)) => return Ok(Err(NotQueued::StillOpen)),
        Some((outcome, _, false, total)) => match proven {
            Some(paid_at) => (paid_at, total),
            None => return Ok(Err(NotQueued::NotPaid { outcome: Some(outcome) })),
        },
        None => match proven.or(known_payment(conn, order)?) {
            Some(paid_at) => (paid_at, order.total_fee),
            None => return Ok(Err(NotQueued::NotPaid { outcome: None })),
        },
    };
    if total_fee != order.total_fee {
        return Err(LedgerError::Forbidden);
    }
    if refund.created_at.since(paid_at) > std::time::Duration::from_secs(DAYS * 24 * 60 * 60) {
        return Ok(Err(NotQueued::TooOld));
    }
    note_order(conn, order, paid_at)?;
    let promised = promised(conn, &order.out_trade_no)?;
    let left = order.total_fee.checked_sub(promised.fee).unwrap_or(Fen::ZERO);
    if refund.refund_fee > left {
        return Ok(Err(NotQueued::TooMuch { left }));
    }
    if promised.count >= REFUNDS_AN_ORDER {
        return Ok(Err(NotQueued::TooMany));
    }
    Ok(Ok(()))
}

/// When an order of another till was paid, as the gateway told before.
fn known_payment(conn: &Connection, order: &RefundedOrder) -> Result<Option<Timestamp>, LedgerError> {
    let paid_at: Option<i64> = conn
        .prepare_cached(sql::ORDER_PAID_AT)?
        .query_row(params![order.out_trade_no.as_str()], |row| row.get(0))
        .optional()?;
    Ok(paid_at.map(Timestamp::from_millis))
}

/// Writes down what was learnt of the order: a payment that came after the attempt had ended, and what others
/// refunded of it. Both are true whether a refund is queued or not.
fn note_order(conn: &Connection, order: &RefundedOrder, paid_at: Timestamp) -> Result<(), LedgerError> {
    let number = order.out_trade_no.as_str();
    if let Some((transaction, at)) = &order.proof {
        let id = transaction.as_str();
        let late = params![id, reversed(id), at.as_millis(), number];
        if conn.prepare_cached(sql::PAID_AFTER_ALL)?.execute(late)? == 1 {
            conn.prepare_cached(sql::SALE_PAID_AFTER_ALL)?.execute(params![number, at.as_millis(), number])?;
        }
    }
    let (elsewhere, count) = order.elsewhere.unwrap_or((Fen::ZERO, 0));
    let seen = params![number, order.total_fee.as_i64(), paid_at.as_millis(), elsewhere.as_i64(), count];
    conn.prepare_cached(sql::INSERT_ORDER)?.execute(seen)?;
    if order.elsewhere.is_some() {
        conn.prepare_cached(sql::UPDATE_ORDER)?.execute(params![elsewhere.as_i64(), count, number])?;
    }
    Ok(())
}

fn promised(conn: &Connection, order: &OutTradeNo) -> Result<Promised, LedgerError> {
    let promised = |row: &Row<'_>| {
        Ok(Promised { fee: fen(row, 0)?, count: row.get(1)?, taken: fen(row, 2)?, elsewhere: Fen::ZERO })
    };
    let number = order.as_str();
    let inside = conn.prepare_cached(sql::PROMISED)?.query_row(params![number], promised)?;
    let outside = conn.prepare_cached(sql::ELSEWHERE)?.query_row(params![number], promised).optional()?;
    let outside = outside.unwrap_or_default();
    let sum = |a: Fen, b: Fen| a.checked_add(b).ok_or(LedgerError::Damaged);
    Ok(Promised {
        fee: sum(inside.fee, outside.fee)?,
        count: inside.count.saturating_add(outside.count),
        taken: sum(inside.taken, outside.taken)?,
        elsewhere: outside.fee,
    })
}

fn insert_refund(conn: &Connection, refund: &NewRefund) -> Result<(), LedgerError> {
    let written = conn.prepare_cached(sql::INSERT_REFUND)?.execute(params![
        refund.out_refund_no.as_str(),
        refund.order.out_trade_no.as_str(),
        refund.refund_fee.as_i64(),
        refund.reason,
        refund.created_at.as_millis(),
        refund.state,
        refund.rules,
        refund.owner,
        refund.created_at.as_millis(),
    ])?;
    if written == 1 { Ok(()) } else { Err(LedgerError::NumberTaken) }
}

fn change_refund(conn: &Connection, change: &RefundChange) -> Result<Option<i64>, LedgerError> {
    let number = change.out_refund_no.as_str();
    if let Some(replied) = change.replied {
        let failed_at = (replied == Replied::Failing).then_some(change.at.as_millis());
        conn.prepare_cached(sql::SEND_ANSWERED)?.execute(params![change.at.as_millis(), failed_at, number])?;
    }
    let changed = conn.prepare_cached(sql::UPDATE_REFUND)?.execute(params![
        change.state,
        change.standing.as_str(),
        change.rules,
        change.refund_id.as_ref().map(RefundId::as_str),
        change.pending,
        change.at.as_millis(),
        number,
        change.version,
    ])?;
    if changed == 0 {
        return Ok(None);
    }
    if matches!(change.standing, Standing::Arrived | Standing::Bounced) {
        conn.prepare_cached(sql::REFUNDED_ATTEMPT)?.execute(params![change.at.as_millis(), number])?;
        conn.prepare_cached(sql::REFUNDED_SALE)?.execute(params![change.at.as_millis(), number])?;
    }
    Ok(Some(change.version + 1))
}

/// Until when each of the latest sends may reach the gateway, earliest first, and when the last failing reply has come,
/// if that was within the span.
fn window(
    conn: &Connection,
    limits: &SendLimits,
    now: Timestamp,
) -> Result<(Vec<Timestamp>, Option<Timestamp>), LedgerError> {
    let since = |span: std::time::Duration| now.as_millis() - i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
    conn.prepare_cached(sql::FORGET_SENDS)?.execute(params![since(SENDS_KEPT)])?;
    // The clock was set back: when those sends were is not known, so they count as just made.
    let ahead = now.plus(limits.arrives_within * 2).as_millis();
    conn.prepare_cached(sql::SENDS_OF_THE_FUTURE)?.execute(params![now.as_millis(), ahead])?;
    let mut statement = conn.prepare_cached(sql::SENDS)?;
    let rows = statement.query_map(params![since(limits.span)], |row| row.get(0).map(Timestamp::from_millis))?;
    let sent = rows.collect::<rusqlite::Result<_>>()?;
    let failed: Option<i64> =
        conn.prepare_cached(sql::FAILED)?.query_row(params![since(limits.span)], |row| row.get(0))?;
    Ok((sent, failed.map(Timestamp::from_millis)))
}

/// From when this refund may be sent, if another refund of its order was sent a moment before `at`.
fn order_is_resting(
    conn: &Connection,
    turn: &RefundChange,
    limits: &SendLimits,
    at: Timestamp,
) -> Result<Option<Timestamp>, LedgerError> {
    let number = turn.out_refund_no.as_str();
    let soon = at.plus(limits.order_gap).as_millis();
    let last: Option<i64> =
        conn.prepare_cached(sql::LAST_SEND_OF_ORDER)?.query_row(params![number, soon], |row| row.get(0))?;
    let after = last.map(|last| Timestamp::from_millis(last).plus(limits.order_gap));
    Ok(after.filter(|after| *after > at))
}

fn refund_rows(conn: &Connection, sql: &str, params: impl rusqlite::Params) -> Result<Vec<RefundRow>, LedgerError> {
    let mut statement = conn.prepare_cached(sql)?;
    Ok(statement.query_map(params, refund_row)?.collect::<rusqlite::Result<_>>()?)
}

fn refund_row(row: &Row<'_>) -> rusqlite::Result<RefundRow> {
    Ok(RefundRow {
        out_refund_no: read(row, 0, OutRefundNo::parse)?,
        out_trade_no: read(row, 1, OutTradeNo::parse)?,
        refund_fee: fen(row, 2)?,
        reason: row.get(3)?,
        created_at: Timestamp::from_millis(row.get(4)?),
        state: row.get(5)?,
        standing: read(row, 6, Standing::parse)?,
        rules: row.get(7)?,
        refund_id: read_option(row, 8, RefundId::parse)?,
        look_first: row.get(9)?,
        owner: row.get(10)?,
        version: row.get(11)?,
    })
}
