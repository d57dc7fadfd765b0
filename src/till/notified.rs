//! What the gateway reports by itself, for the shops that can receive it. The till is right without it: a report is
//! only a reason to ask sooner.

use thiserror::Error;

use crate::ledger::{AttemptChange, AttemptRow, LedgerError, Line, LineKind, RefundRow};
use crate::number::{OutRefundNo, OutTradeNo, SaleId};
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

/// Why a report was not taken, so that the gateway says it again.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotTaken {
    /// Not from the gateway, or not to this merchant.
    #[error("not a report of the gateway to this merchant: {0:?}")]
    Doubtful(Doubt),
    #[error("the book has no order {0}")]
    UnknownOrder(OutTradeNo),
    #[error("order {out_trade_no} is of another amount")]
    OtherAmount { out_trade_no: OutTradeNo },
    /// The order is to be asked about, and another process that drives its sale has to end first; the report stands in
    /// the book.
    #[error("another process drives the order's sale")]
    DrivenElsewhere,
    #[error(transparent)]
    Book(#[from] LedgerError),
}

/// How often a report is held against a row that another process changes at that moment.
const TRIES: u32 = 5;

/// What a report comes to, held against what the book has of its order and its refund. Pure, as
/// [`drive`](super::drive) is: whoever has one writes it, and tells what came of that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    sale: SaleId,
    out_trade_no: OutTradeNo,
    /// The order was paid, says the report.
    paid: bool,
    /// The refund of this book that it is about.
    refund: Option<OutRefundNo>,
    /// What is written, durably and once.
    pub line: Line,
    /// The order's version in the book that it was held against.
    pub version: i64,
    /// What it makes of an order that had ended unpaid.
    pub again: Option<AttemptChange>,
    /// The order has ended and is to be asked about already.
    asks: bool,
}

/// What is done once a report is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Then {
    /// It had been written before, or whoever has the order or refund asks by their own rhythm.
    Nothing(Heard),
    /// The sale runs in this process: it asks.
    Wish(SaleId, Wish),
    /// Nobody here drives the order, and it had ended unpaid: it is taken up.
    TakeUp(OutTradeNo, Heard),
    AskAfter(OutRefundNo),
    /// Another process changed the row meanwhile: the report is held against it once more.
    Again,
    Failed(NotTaken),
}

/// The order and the refund that the book has to be asked for.
pub fn about(report: &Notification) -> (&OutTradeNo, Option<&OutRefundNo>) {
    match report {
        Notification::Paid(paid) => (&paid.out_trade_no, None),
        Notification::Refunded { out_trade_no, out_refund_no, .. } => (out_trade_no, Some(out_refund_no)),
    }
}

impl Held {
    /// Holds a report against the order's row and, where it is about one, the refund's; a refund made on the merchant
    /// platform is in no book.
    pub fn against(
        report: &Notification,
        row: Option<AttemptRow>,
        refund: Option<&RefundRow>,
        now: Timestamp,
    ) -> Result<Self, NotTaken> {
        let row = row.ok_or_else(|| NotTaken::UnknownOrder(about(report).0.clone()))?;
        let other_amount = || NotTaken::OtherAmount { out_trade_no: row.out_trade_no.clone() };
        let (total_fee, refund_fee) = match report {
            Notification::Paid(paid) => (paid.receipt.total_fee, None),
            Notification::Refunded { total_fee, refund_fee, .. } => (*total_fee, Some(*refund_fee)),
        };
        if row.total_fee != total_fee {
            return Err(other_amount());
        }
        let is_other =
            |refund: &RefundRow| refund.out_trade_no != row.out_trade_no || Some(refund.refund_fee) != refund_fee;
        if refund.is_some_and(is_other) {
            return Err(other_amount());
        }
        let paid = matches!(report, Notification::Paid(_));
        let again = if paid { reopened::asked_again(&row, now) } else { None };
        Ok(Self {
            line: line(&row, report, now),
            version: row.version,
            asks: paid && reopened::has_a_question(&row),
            sale: row.sale,
            out_trade_no: row.out_trade_no,
            paid,
            refund: refund.map(|refund| refund.out_refund_no.clone()),
            again,
        })
    }

    pub fn sale(&self) -> SaleId {
        self.sale
    }

    /// What is done after the write: with the order's version as it came of that, in a process that drives the sale or
    /// doesn't, at the `tries`-th try.
    pub fn written(self, result: Result<Option<i64>, LedgerError>, is_running: bool, tries: u32) -> Then {
        match (result, self.refund) {
            // Whoever was to ask may have died since, or was kept from it.
            (Ok(None), None) if self.asks && !is_running => Then::TakeUp(self.out_trade_no, Heard::Again),
            (Ok(None), _) => Then::Nothing(Heard::Again),
            (Ok(Some(_)), Some(number)) => Then::AskAfter(number),
            (Ok(Some(version)), None) if self.paid && is_running => {
                Then::Wish(self.sale, Wish::Reported(self.out_trade_no, version))
            }
            (Ok(Some(_)), None) if self.again.is_some() => Then::TakeUp(self.out_trade_no, Heard::New),
            (Ok(Some(_)), None) => Then::Nothing(Heard::New),
            (Err(LedgerError::Stale { .. }), _) if tries < TRIES => Then::Again,
            (Err(error), _) => Then::Failed(error.into()),
        }
    }
}

pub(super) async fn take(
    shared: &Shared,
    body: &[u8],
    now: Timestamp,
    begin: impl FnMut(Sale, Versions),
) -> Result<Heard, NotTaken> {
    let report = shared.gateway().notification(body).map_err(NotTaken::Doubtful)?;
    let (number, refund) = about(&report);
    let mut tries = 1;
    loop {
        let row = shared.ledger().attempt(number.clone()).await?;
        let refund = match refund {
            Some(refund) => shared.ledger().refund(refund.clone()).await?,
            None => None,
        };
        let held = Held::against(&report, row, refund.as_ref(), now)?;
        let result = shared.ledger().report(held.line.clone(), held.version, held.again.clone()).await;
        let is_running = shared.is_running(held.sale());
        match held.written(result, is_running, tries) {
            Then::Nothing(heard) => return Ok(heard),
            Then::Wish(sale, wish) => {
                // One that ended this very moment hears nothing any more.
                let is_told = shared.wish(sale, wish);
                return if is_told {
                    Ok(Heard::New)
                } else {
                    taken_up(shared, number.clone(), Heard::New, now, begin).await
                };
            }
            Then::TakeUp(number, heard) => return taken_up(shared, number, heard, now, begin).await,
            Then::AskAfter(refund) => {
                shared.tell_refunds(refund::Heard::Query(refund));
                return Ok(Heard::New);
            }
            Then::Again => tries += 1,
            Then::Failed(why) => return Err(why),
        }
    }
}

async fn taken_up(
    shared: &Shared,
    number: OutTradeNo,
    heard: Heard,
    now: Timestamp,
    begin: impl FnMut(Sale, Versions),
) -> Result<Heard, NotTaken> {
    let has_ended = shared.ledger().attempt(number.clone()).await?.is_some_and(|row| reopened::has_a_question(&row));
    if !has_ended || reopened::take_up(shared, number, now, begin).await? {
        Ok(heard)
    } else {
        Err(NotTaken::DrivenElsewhere)
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
