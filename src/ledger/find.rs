//! Reading the book.

use std::collections::BTreeMap;
use std::time::Duration;

use rusqlite::types::Type;
use rusqlite::{OptionalExtension, Params, Row, params};

use super::book::{Book, reversed};
use super::error::LedgerError;
use super::rows::{AttemptRow, Line, LineKind, Method, Outcome, SaleKind, SaleRow, Totals};
use super::sql;
use crate::money::Fen;
use crate::number::{OutTradeNo, SaleId, TransactionId};
use crate::scan::normalise;
use crate::timestamp::Timestamp;

/// The most orders that a search returns.
pub const FOUND_AT_MOST: usize = 50;
/// How many different notes that begin alike a search takes in.
const NOTES_AT_MOST: usize = 20;
/// How many days a search by the time of day goes back, today included.
const DAYS_BACK: u32 = 31;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Where a page of orders ended: the next one goes on below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub created_at: Timestamp,
    pub out_trade_no: OutTradeNo,
}

/// Orders, newest first, and where to go on if there are more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    pub rows: Vec<AttemptRow>,
    pub next: Option<Place>,
}

/// What of the book a page is cut from.
#[derive(Clone, Copy)]
struct Cut<'a> {
    at: i64,
    number: &'a str,
    count: usize,
}

impl Book {
    pub fn attempt(&self, number: &OutTradeNo) -> Result<Option<AttemptRow>, LedgerError> {
        Ok(self.attempts(sql::ATTEMPT, params![number.as_str()])?.pop())
    }

    /// The attempt that WeChat knows by this number.
    pub fn by_transaction(&self, number: &TransactionId) -> Result<Option<AttemptRow>, LedgerError> {
        Ok(self.attempts(sql::BY_TRANSACTION, params![number.as_str()])?.pop())
    }

    /// All attempts of a sale, oldest first.
    pub fn attempts_of(&self, sale: SaleId) -> Result<Vec<AttemptRow>, LedgerError> {
        self.attempts(sql::ATTEMPTS_OF_SALE, params![sale.as_i64()])
    }

    /// All attempts that have not ended, oldest first.
    pub fn pending_attempts(&self) -> Result<Vec<AttemptRow>, LedgerError> {
        self.attempts(sql::PENDING_ATTEMPTS, params![i64::MIN])
    }

    pub fn sale(&self, id: SaleId) -> Result<Option<SaleRow>, LedgerError> {
        Ok(self.conn.prepare_cached(sql::SALE)?.query_row(params![id.as_i64()], sale_row).optional()?)
    }

    /// The last `count` sales that ended, newest first.
    pub fn recent(&self, count: u32) -> Result<Vec<SaleRow>, LedgerError> {
        self.rows(sql::RECENT, params![i64::MAX, count], sale_row)
    }

    /// What was paid from `from` on, by the customer's clock at WeChat.
    pub fn totals(&self, from: Timestamp) -> Result<Totals, LedgerError> {
        let totals = |row: &Row<'_>| Ok(Totals { paid_count: row.get(0)?, paid: fen(row, 1)? });
        Ok(self.conn.prepare_cached(sql::PAID_SINCE)?.query_row(params![from.as_millis()], totals)?)
    }

    /// Whether an attempt that was made at `since` or later used the code; one that was never sent doesn't count.
    pub fn code_used_since(&self, code_hash: &str, since: Timestamp) -> Result<bool, LedgerError> {
        Ok(self.conn.prepare_cached(sql::CODE_USED)?.exists(params![code_hash, since.as_millis()])?)
    }

    /// A sale's journal, oldest line first.
    pub fn journal_of(&self, sale: SaleId) -> Result<Vec<Line>, LedgerError> {
        self.rows(sql::JOURNAL_OF_SALE, params![sale.as_i64()], line_row)
    }

    /// Finds orders by a whole number (ours or WeChat's), the last four or more digits of one, an amount (`12.5`), a time
    /// of day of the last month (`18:2` is 18:20 to 18:29) or the beginning of a note; newest first,
    /// at most [`FOUND_AT_MOST`].
    pub fn find(&self, text: &str, now: Timestamp) -> Result<Vec<AttemptRow>, LedgerError> {
        if text.trim().is_empty() {
            return Ok(Vec::new());
        }
        Ok(self.page(text, now, None, FOUND_AT_MOST)?.rows)
    }

    /// [`Book::find`] page by page, `count` orders each from below `after` on; an empty text is all orders.
    ///
    /// It costs the same however large the book is: each statement follows an index to its first row and reads no
    /// more than a page. Only the last digits of a number can fit more, one order in ten thousand for four of them.
    pub fn page(&self, text: &str, now: Timestamp, after: Option<&Place>, count: usize) -> Result<Page, LedgerError> {
        let cut = Cut {
            at: after.map_or(i64::MAX, |place| place.created_at.as_millis()),
            number: after.map_or("", |place| place.out_trade_no.as_str()),
            // One more shows that there is a next page.
            count: count + 1,
        };
        let found =
            if text.trim().is_empty() { self.by_time(i64::MIN, i64::MAX, cut)? } else { self.all_of(text, now, cut)? };
        let mut newest: BTreeMap<_, _> =
            found.into_iter().map(|row| ((row.created_at, row.out_trade_no.clone()), row)).collect();
        let mut rows = Vec::new();
        while rows.len() < count
            && let Some((_, row)) = newest.pop_last()
        {
            rows.push(row);
        }
        let end = rows.last().filter(|_| !newest.is_empty());
        let next = end.map(|row| Place { created_at: row.created_at, out_trade_no: row.out_trade_no.clone() });
        Ok(Page { rows, next })
    }

    fn all_of(&self, text: &str, now: Timestamp, cut: Cut<'_>) -> Result<Vec<AttemptRow>, LedgerError> {
        let plain = normalise(text);
        let mut found = self.by_number(&plain, cut)?;
        if let Ok(amount) = Fen::parse_charge(&plain) {
            let bounds = params![amount.as_i64(), cut.at, cut.number, cut.limit()];
            found.extend(self.attempts(sql::BY_FEE, bounds)?);
        }
        if let Some((from, to)) = time_of_day(&plain) {
            found.extend(self.by_time_of_day(from, to, now, cut)?);
        }
        found.extend(self.by_note(text.trim(), cut)?);
        Ok(found)
    }

    fn by_number(&self, text: &str, cut: Cut<'_>) -> Result<Vec<AttemptRow>, LedgerError> {
        let mut found = Vec::new();
        if let Some(number) = OutTradeNo::parse(text) {
            found.extend(self.attempt(&number)?);
        }
        if let Some(number) = TransactionId::parse(text) {
            found.extend(self.by_transaction(&number)?);
        }
        found.retain(|row| cut.holds(row));
        // Fewer than four digits fit too many orders to be of use.
        if (4..=32).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit()) {
            let tail = reversed(text);
            let bounds = params![tail, after(&tail), cut.at, cut.number, cut.limit()];
            found.extend(self.attempts(sql::BY_TAIL, bounds)?);
            found.extend(self.attempts(sql::BY_TRANSACTION_TAIL, bounds)?);
        }
        Ok(found)
    }

    /// Day by day, so that the index on the moment serves.
    fn by_time_of_day(
        &self,
        from: Duration,
        to: Duration,
        now: Timestamp,
        cut: Cut<'_>,
    ) -> Result<Vec<AttemptRow>, LedgerError> {
        let mut found = Vec::new();
        let today = now.start_of_day().as_millis();
        for back in 0..DAYS_BACK {
            let ago = i64::try_from((DAY * back).as_millis()).unwrap_or(i64::MAX);
            let day = Timestamp::from_millis(today.saturating_sub(ago));
            let rest = Cut { count: cut.count.saturating_sub(found.len()), ..cut };
            found.extend(self.by_time(day.plus(from).as_millis(), day.plus(to).as_millis(), rest)?);
            if found.len() >= cut.count {
                break;
            }
        }
        Ok(found)
    }

    fn by_time(&self, from: i64, to: i64, cut: Cut<'_>) -> Result<Vec<AttemptRow>, LedgerError> {
        // One upper bound alone: of two the index might be given the wrong one.
        let (at, number) = if to <= cut.at { (to, "") } else { (cut.at, cut.number) };
        self.attempts(sql::BY_TIME, params![from, at, number, cut.limit()])
    }

    /// Note by note, so that the index on a note's sales serves.
    fn by_note(&self, begin: &str, cut: Cut<'_>) -> Result<Vec<AttemptRow>, LedgerError> {
        let (mut found, end) = (Vec::new(), after(begin));
        let mut note = Some(begin.to_owned());
        let mut next = self.conn.prepare_cached(sql::NEXT_NOTE)?;
        for _ in 0..NOTES_AT_MOST {
            let Some(this) = note else { break };
            found.extend(self.attempts(sql::BY_NOTE, params![this, cut.at, cut.number, cut.limit()])?);
            note = next.query_row(params![this, end], |row| row.get(0))?;
        }
        Ok(found)
    }

    fn attempts(&self, sql: &str, params: impl Params) -> Result<Vec<AttemptRow>, LedgerError> {
        self.rows(sql, params, attempt_row)
    }

    fn rows<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: fn(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, LedgerError> {
        let mut statement = self.conn.prepare_cached(sql)?;
        let rows = statement.query_map(params, read)?.collect::<rusqlite::Result<_>>()?;
        Ok(rows)
    }
}

impl Cut<'_> {
    fn limit(&self) -> i64 {
        i64::try_from(self.count).unwrap_or(i64::MAX)
    }

    /// Whether the row is below the last page's end.
    fn holds(&self, row: &AttemptRow) -> bool {
        (row.created_at.as_millis(), row.out_trade_no.as_str()) < (self.at, self.number)
    }
}

/// The end of the range of all texts that begin with `prefix`: no text that people write goes beyond this character.
fn after(prefix: &str) -> String {
    format!("{prefix}{}", char::MAX)
}

/// The span that a begun time of day stands for: `18:`, `18:2`, `18:22`, `18:22:0`, `18:22:07`.
fn time_of_day(text: &str) -> Option<(Duration, Duration)> {
    let text = text.replace('：', ":");
    let (hours, rest) = text.split_once(':')?;
    let (minutes, seconds) = rest.split_once(':').unwrap_or((rest, ""));
    let (hour, whole_hour) = begun(hours, 24)?;
    let (minute, span) = begun(minutes, 60)?;
    let (second, fine) = begun(seconds, 60)?;
    if hours.is_empty() || (!seconds.is_empty() && minutes.len() != 2) {
        return None;
    }
    // An hour of one digit is an hour, not ten of them.
    let hour = if whole_hour == 10 { hour / 10 } else { hour };
    let from = Duration::from_secs((hour * 60 + minute) * 60 + second);
    let length = if rest.contains(':') { fine } else { span * 60 };
    Some((from, from + Duration::from_secs(length)))
}

/// The first value that begun digits below `limit` stand for, and how many they do.
fn begun(digits: &str, limit: u64) -> Option<(u64, u64)> {
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let value = || digits.parse::<u64>().ok();
    match digits.len() {
        0 => Some((0, limit)),
        1 => Some((value()? * 10, 10)),
        2 => value().filter(|value| *value < limit).map(|value| (value, 1)),
        _ => None,
    }
}

fn attempt_row(row: &Row<'_>) -> rusqlite::Result<AttemptRow> {
    Ok(AttemptRow {
        out_trade_no: read(row, 0, OutTradeNo::parse)?,
        sale: SaleId::new(row.get(1)?),
        method: read(row, 2, Method::parse)?,
        total_fee: fen(row, 3)?,
        created_at: Timestamp::from_millis(row.get(4)?),
        state: row.get(5)?,
        outcome: read(row, 6, Outcome::parse)?,
        transaction_id: read_option(row, 7, TransactionId::parse)?,
        paid_at: row.get::<_, Option<i64>>(8)?.map(Timestamp::from_millis),
        cash_fee: row.get::<_, Option<i64>>(9)?.map(|_| fen(row, 9)).transpose()?,
        code_last4: row.get(10)?,
        rules: row.get(11)?,
        order: row.get(12)?,
        owner: row.get(13)?,
        version: row.get(14)?,
        updated_at: Timestamp::from_millis(row.get(15)?),
        note: row.get(16)?,
        refunded: fen(row, 17)?,
        kind: read(row, 18, SaleKind::parse)?,
    })
}

fn sale_row(row: &Row<'_>) -> rusqlite::Result<SaleRow> {
    Ok(SaleRow {
        id: SaleId::new(row.get(0)?),
        created_at: Timestamp::from_millis(row.get(1)?),
        amount: fen(row, 2)?,
        note: row.get(3)?,
        till: row.get(4)?,
        kind: read(row, 5, SaleKind::parse)?,
        outcome: read(row, 6, Outcome::parse)?,
        winner: read_option(row, 7, OutTradeNo::parse)?,
        updated_at: Timestamp::from_millis(row.get(8)?),
        out_trade_no: read_option(row, 9, OutTradeNo::parse)?,
    })
}

fn line_row(row: &Row<'_>) -> rusqlite::Result<Line> {
    Ok(Line {
        at: Timestamp::from_millis(row.get(0)?),
        sale: row.get::<_, Option<i64>>(1)?.map(SaleId::new),
        out_trade_no: read_option(row, 2, OutTradeNo::parse)?,
        kind: read(row, 3, LineKind::parse)?,
        what: row.get(4)?,
        detail: row.get(5)?,
    })
}

pub(super) fn fen(row: &Row<'_>, column: usize) -> rusqlite::Result<Fen> {
    Fen::new(row.get(column)?).ok_or_else(|| odd(column, Type::Integer))
}

pub(super) fn read<T>(row: &Row<'_>, column: usize, parse: fn(&str) -> Option<T>) -> rusqlite::Result<T> {
    read_option(row, column, parse)?.ok_or_else(|| odd(column, Type::Null))
}

pub(super) fn read_option<T>(
    row: &Row<'_>,
    column: usize,
    parse: fn(&str) -> Option<T>,
) -> rusqlite::Result<Option<T>> {
    let text = row.get_ref(column)?.as_str_or_null()?;
    text.map(|text| parse(text).ok_or_else(|| odd(column, Type::Text))).transpose()
}

/// A value that this program never wrote: the book is damaged.
fn odd(column: usize, found: Type) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, found, Box::new(LedgerError::Damaged))
}
