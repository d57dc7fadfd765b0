//! What the gateway reports by itself, for the shops that can receive it. The till is right without it: a report is
//! only a reason to ask sooner.

use thiserror::Error;

use crate::ledger::{AttemptRow, LedgerError, Line, LineKind};
use crate::money::Fen;
use crate::number::{OutRefundNo, OutTradeNo};
use crate::payment::sale::Sale;
use crate::payment::{Doubt, Notification};
use crate::timestamp::Timestamp;

use super::drive::{Versions, Wish};
use super::shared::Shared;
use super::{refund, reopened};

/// A report that was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// Written down now.
    New,
    /// It had been written down before; nothing changed.
    Again,
}

/// Why a report was not taken; nothing was written.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotTaken {
    /// Not from the gateway, or not to this merchant.
    #[error("not a report of the gateway to this merchant: {0:?}")]
    Doubtful(Doubt),
    #[error("the book has no order {0}")]
    UnknownOrder(OutTradeNo),
    #[error("order {out_trade_no} is of another amount")]
    OtherAmount { out_trade_no: OutTradeNo },
    #[error(transparent)]
    Book(#[from] LedgerError),
}

/// How often a report is held against a row that another process changes at that moment.
const TRIES: u32 = 5;

pub(super) async fn take(
    shared: &Shared,
    body: &[u8],
    now: Timestamp,
    begin: impl FnMut(Sale, Versions),
) -> Result<Heard, NotTaken> {
    let report = shared.gateway().notification(body).map_err(NotTaken::Doubtful)?;
    let mut tries = 1;
    loop {
        let row = held_against_the_book(shared, &report).await?;
        let ours = own_refund(shared, &report).await?;
        let paid = matches!(report, Notification::Paid(_));
        let again = if paid { reopened::asked_again(&row, now) } else { None };
        let reopens = again.is_some();
        match shared.ledger().report(line(&row, &report, now), again).await {
            Ok(None) => return Ok(Heard::Again),
            Ok(Some(version)) => {
                match ours {
                    Some(number) => shared.tell_refunds(refund::Heard::Query(number)),
                    None if paid => ask(shared, &row, version, reopens, now, begin).await?,
                    None => {}
                }
                return Ok(Heard::New);
            }
            Err(LedgerError::Stale { .. }) if tries < TRIES => tries += 1,
            Err(error) => return Err(error.into()),
        }
    }
}

/// The order that a report is about, if it is the one that the book has.
async fn held_against_the_book(shared: &Shared, report: &Notification) -> Result<AttemptRow, NotTaken> {
    let (number, total_fee) = about(report);
    let row = shared.ledger().attempt(number.clone()).await?;
    let row = row.ok_or_else(|| NotTaken::UnknownOrder(number.clone()))?;
    if row.total_fee == total_fee { Ok(row) } else { Err(NotTaken::OtherAmount { out_trade_no: row.out_trade_no }) }
}

/// Has a sale asked about. One that another process drives asks by its own rhythm.
async fn ask(
    shared: &Shared,
    row: &AttemptRow,
    version: i64,
    reopens: bool,
    now: Timestamp,
    begin: impl FnMut(Sale, Versions),
) -> Result<(), LedgerError> {
    if shared.is_running(row.sale) {
        shared.wish(row.sale, Wish::Reported(row.out_trade_no.clone(), version));
    } else if reopens {
        reopened::take_up(shared, row, now, begin).await?;
    }
    Ok(())
}

/// The refund of this book that a report is about; one made on the merchant platform is in no book.
async fn own_refund(shared: &Shared, report: &Notification) -> Result<Option<OutRefundNo>, NotTaken> {
    let Notification::Refunded { out_trade_no, out_refund_no, refund_fee, .. } = report else { return Ok(None) };
    match shared.ledger().refund(out_refund_no.clone()).await? {
        Some(row) if row.out_trade_no != *out_trade_no || row.refund_fee != *refund_fee => {
            Err(NotTaken::OtherAmount { out_trade_no: out_trade_no.clone() })
        }
        Some(row) => Ok(Some(row.out_refund_no)),
        None => Ok(None),
    }
}

fn about(report: &Notification) -> (&OutTradeNo, Fen) {
    match report {
        Notification::Paid(paid) => (&paid.out_trade_no, paid.receipt.total_fee),
        Notification::Refunded { out_trade_no, total_fee, .. } => (out_trade_no, *total_fee),
    }
}

/// The journal's line, the same for every repeat of a report.
fn line(row: &AttemptRow, report: &Notification, now: Timestamp) -> Line {
    let detail = match report {
        Notification::Paid(paid) => serde_json::json!({
            "reported": "paid",
            "transaction_id": paid.receipt.transaction_id.as_str(),
            "total_fee": paid.receipt.total_fee.as_i64(),
        }),
        Notification::Refunded { out_refund_no, refund_fee, status, .. } => serde_json::json!({
            "reported": "refund",
            "out_refund_no": out_refund_no.as_str(),
            "refund_fee": refund_fee.as_i64(),
            "refund_status": status,
        }),
    };
    Line {
        at: now,
        sale: Some(row.sale),
        out_trade_no: Some(row.out_trade_no.clone()),
        kind: LineKind::Answer,
        what: "notification".to_owned(),
        detail: detail.to_string(),
    }
}
