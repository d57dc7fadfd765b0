//! The book itself, without threads: what the book's thread, tests and simulations call.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use super::error::LedgerError;
use super::rows::{AttemptChange, Line, NewAttempt, NewSale, Outcome, SaleChange};
use super::{open, refund, sql};
use crate::audit::ChainKey;
use crate::number::OutTradeNo;
use crate::timestamp::Timestamp;

/// An open book. Every call blocks until it is done.
#[derive(Debug)]
pub struct Book {
    pub(super) conn: Connection,
    /// What `synchronous` is set to: FULL if true, NORMAL if not.
    flushing: bool,
    /// SQLite's code of the disk failure after which nothing may be written any more.
    failed: Option<i32>,
    commits: Commits,
    /// What the audit of refunds is chained by.
    pub(super) seal: ChainKey,
}

/// How many transactions were written since the book was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Commits {
    /// Flushed to the disk, each by one fsync of the write-ahead log.
    pub durable: u64,
    /// Written, and flushed by the next durable one.
    pub light: u64,
}

impl Book {
    /// Opens the book at `path` and makes it if there is none; its folder must exist. Blocks for at most about five
    /// seconds, if another process holds the file.
    pub fn open(path: &Path) -> Result<Self, LedgerError> {
        Ok(Self {
            conn: open::open(path)?,
            flushing: true,
            failed: None,
            commits: Commits::default(),
            seal: ChainKey::default(),
        })
    }

    pub fn commits(&self) -> Commits {
        self.commits
    }

    /// Writes down an attempt before anything of it is sent, and its sale if that is new: durable.
    ///
    /// A sale that ended unpaid is open again; for a paid one the answer is [`LedgerError::Backward`].
    pub fn begin(&mut self, sale: Option<&NewSale>, attempt: &NewAttempt, lines: &[Line]) -> Result<(), LedgerError> {
        self.write(true, |conn| {
            match sale {
                Some(sale) => insert_sale(conn, sale)?,
                None => reopen_sale(conn, attempt)?,
            }
            insert_attempt(conn, attempt)?;
            insert_lines(conn, lines)
        })
    }

    /// Writes down what has become of an attempt, and of its sale: durable. Returns the attempt's new version.
    pub fn commit(
        &mut self,
        attempt: &AttemptChange,
        sale: Option<&SaleChange>,
        lines: &[Line],
    ) -> Result<i64, LedgerError> {
        let seal = self.seal.clone();
        self.write(true, |conn| {
            let version = change_attempt(conn, attempt)?;
            if let Some(sale) = sale {
                change_sale(conn, sale)?;
                sale.give_back.iter().try_for_each(|refund| refund::give_back(conn, &seal, refund))?;
            }
            insert_lines(conn, lines)?;
            Ok(version)
        })
    }

    /// Writes down what may be lost in a power cut because it can be learnt again: answers while an order is polled.
    /// Returns the attempt's new version, if it changes.
    ///
    /// This doesn't flush: WAL with `synchronous=NORMAL` writes to the log and leaves it to the operating system.
    /// The log is one file, so the next durable commit's fsync carries it too, and no order of writes can be
    /// upset. A change that isn't [`Outcome::Open`] is durable all the same.
    pub fn note(&mut self, lines: &[Line], attempt: Option<&AttemptChange>) -> Result<Option<i64>, LedgerError> {
        let durable = attempt.is_some_and(|change| change.outcome != Outcome::Open);
        self.write(durable, |conn| {
            let version = attempt.map(|change| change_attempt(conn, change)).transpose()?;
            insert_lines(conn, lines)?;
            Ok(version)
        })
    }

    /// Writes down what the gateway reported by itself, and what that makes of its order, durably and once. Returns the
    /// order's version; `None`, and nothing is written, if the same stands there for the same sale already;
    /// [`LedgerError::Stale`] if the order is not any more at the version that the report was held against.
    pub fn report(
        &mut self,
        line: &Line,
        version: i64,
        attempt: Option<&AttemptChange>,
    ) -> Result<Option<i64>, LedgerError> {
        self.write(true, |conn| {
            let number = line.out_trade_no.as_ref().ok_or(LedgerError::NotFound)?;
            let known = conn.prepare_cached(sql::LINE_EXISTS)?.exists(params![
                line.sale.map(crate::number::SaleId::as_i64),
                number.as_str(),
                line.kind.as_str(),
                line.what,
                line.detail,
            ])?;
            if known {
                return Ok(None);
            }
            let stands = version_of(conn, number)?;
            if stands != version {
                return Err(LedgerError::Stale { version: stands });
            }
            insert_lines(conn, std::slice::from_ref(line))?;
            Ok(Some(attempt.map_or(Ok(version), |change| change_attempt(conn, change))?))
        })
    }

    /// Takes over a pending attempt from a process that is gone, or from nobody. Returns its new version;
    /// [`LedgerError::Stale`] if another process was quicker or nothing of it is left to do.
    pub fn adopt(
        &mut self,
        out_trade_no: &OutTradeNo,
        old_owner: Option<&str>,
        new_owner: &str,
        at: Timestamp,
    ) -> Result<i64, LedgerError> {
        // Not flushed: after a power cut no owner is alive, so all is orphaned again.
        self.write(false, |conn| {
            let changed = conn.prepare_cached(sql::ADOPT)?.execute(params![
                new_owner,
                at.as_millis(),
                out_trade_no.as_str(),
                old_owner
            ])?;
            let version = version_of(conn, out_trade_no)?;
            if changed == 1 { Ok(version) } else { Err(LedgerError::Stale { version }) }
        })
    }

    /// Runs `work` in one transaction that is written if it returns `Ok`.
    pub(super) fn write<T>(
        &mut self,
        durable: bool,
        work: impl FnOnce(&Connection) -> Result<T, LedgerError>,
    ) -> Result<T, LedgerError> {
        if let Some(code) = self.failed {
            return Err(LedgerError::Disk { code });
        }
        let result = self.transact(durable, work);
        match &result {
            Ok(_) if durable => self.commits.durable += 1,
            Ok(_) => self.commits.light += 1,
            Err(LedgerError::Disk { code }) => self.failed = Some(*code),
            Err(_) => {}
        }
        result
    }

    fn transact<T>(
        &mut self,
        durable: bool,
        work: impl FnOnce(&Connection) -> Result<T, LedgerError>,
    ) -> Result<T, LedgerError> {
        // Can't change inside a transaction, and is kept between them to spare the statement.
        if self.flushing != durable {
            self.conn.pragma_update(None, "synchronous", if durable { "FULL" } else { "NORMAL" })?;
            self.flushing = durable;
        }
        // Immediate: two processes that read and then write would else fail instead of waiting.
        let tx = self.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let result = work(&tx)?;
        tx.commit()?;
        Ok(result)
    }
}

fn insert_sale(conn: &Connection, sale: &NewSale) -> Result<(), LedgerError> {
    let written = conn.prepare_cached(sql::INSERT_SALE)?.execute(params![
        sale.id.as_i64(),
        sale.created_at.as_millis(),
        sale.amount.as_i64(),
        sale.note,
        sale.till,
        sale.kind.as_str(),
        sale.created_at.as_millis(),
    ])?;
    if written == 1 { Ok(()) } else { Err(LedgerError::SaleTaken) }
}

fn reopen_sale(conn: &Connection, attempt: &NewAttempt) -> Result<(), LedgerError> {
    let changed = conn
        .prepare_cached(sql::REOPEN_SALE)?
        .execute(params![attempt.created_at.as_millis(), attempt.sale.as_i64()])?;
    if changed == 1 {
        return Ok(());
    }
    let sale: Option<i64> = conn
        .prepare_cached(sql::SALE_EXISTS)?
        .query_row(params![attempt.sale.as_i64()], |row| row.get(0))
        .optional()?;
    Err(if sale.is_some() { LedgerError::Backward } else { LedgerError::NotFound })
}

fn insert_attempt(conn: &Connection, attempt: &NewAttempt) -> Result<(), LedgerError> {
    if let Some(code) = &attempt.code
        && conn.prepare_cached(sql::CODE_USED)?.exists(params![code.hash, code.fresh_since.as_millis()])?
    {
        return Err(LedgerError::CodeUsed);
    }
    let number = attempt.out_trade_no.as_str();
    let written = conn.prepare_cached(sql::INSERT_ATTEMPT)?.execute(params![
        number,
        reversed(number),
        attempt.sale.as_i64(),
        attempt.method.as_str(),
        attempt.total_fee.as_i64(),
        attempt.created_at.as_millis(),
        attempt.state,
        attempt.code.as_ref().map(|code| &code.last4),
        attempt.code.as_ref().map(|code| &code.hash),
        attempt.rules,
        attempt.order,
        attempt.owner,
        attempt.created_at.as_millis(),
    ])?;
    if written == 1 { Ok(()) } else { Err(LedgerError::NumberTaken) }
}

pub(super) fn insert_lines(conn: &Connection, lines: &[Line]) -> Result<(), LedgerError> {
    let mut insert = conn.prepare_cached(sql::INSERT_LINE)?;
    for line in lines {
        insert.execute(params![
            line.at.as_millis(),
            line.sale.map(crate::number::SaleId::as_i64),
            line.out_trade_no.as_ref().map(OutTradeNo::as_str),
            line.kind.as_str(),
            line.what,
            line.detail,
        ])?;
    }
    Ok(())
}

fn change_attempt(conn: &Connection, change: &AttemptChange) -> Result<i64, LedgerError> {
    let transaction = change.transaction_id.as_ref().map(crate::number::TransactionId::as_str);
    let changed = conn.prepare_cached(sql::UPDATE_ATTEMPT)?.execute(params![
        change.state,
        change.outcome.as_str(),
        change.rules,
        transaction,
        transaction.map(reversed),
        change.paid_at.map(Timestamp::as_millis),
        change.cash_fee.map(crate::money::Fen::as_i64),
        i64::from(change.pending),
        change.at.as_millis(),
        change.out_trade_no.as_str(),
        change.version,
    ])?;
    if changed == 1 {
        return Ok(change.version + 1);
    }
    let version = version_of(conn, &change.out_trade_no)?;
    Err(if version == change.version { LedgerError::Backward } else { LedgerError::Stale { version } })
}

fn version_of(conn: &Connection, out_trade_no: &OutTradeNo) -> Result<i64, LedgerError> {
    conn.prepare_cached(sql::VERSION_OF)?
        .query_row(params![out_trade_no.as_str()], |row| row.get(0))
        .optional()?
        .ok_or(LedgerError::NotFound)
}

fn change_sale(conn: &Connection, change: &SaleChange) -> Result<(), LedgerError> {
    let changed = conn.prepare_cached(sql::UPDATE_SALE)?.execute(params![
        change.outcome.as_str(),
        change.winner.as_ref().map(OutTradeNo::as_str),
        change.at.as_millis(),
        change.id.as_i64(),
    ])?;
    if changed == 1 {
        return Ok(());
    }
    let exists = conn.prepare_cached(sql::SALE_EXISTS)?.exists(params![change.id.as_i64()])?;
    Err(if exists { LedgerError::Backward } else { LedgerError::NotFound })
}

/// Last character first, for the index that finds an order by its last digits.
pub(super) fn reversed(number: &str) -> String {
    number.chars().rev().collect()
}
