//! Finds orders: in the book first; a whole number that the book lacks also at the gateway.

use thiserror::Error;

use crate::ledger::{AttemptRow, LedgerError, Line, LineKind, Outcome};
use crate::money::Fen;
use crate::number::{OutTradeNo, SaleId, TransactionId};
use crate::payment::sale::Sale;
use crate::payment::{Found, QueryAnswer};
use crate::timestamp::Timestamp;

use super::drive::{Versions, Wish};
use super::shared::Shared;
use super::{refund, reopened};

pub use crate::ledger::Place;

/// Orders on one page of a search.
const PAGE: usize = 20;

/// An order as `find` shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderView {
    pub out_trade_no: OutTradeNo,
    pub transaction_id: Option<TransactionId>,
    pub total_fee: Fen,
    /// What the gateway has taken back for the customer.
    pub refunded_fee: Fen,
    pub state: OrderState,
    /// When it was made; the gateway doesn't tell that of orders that the book lacks.
    pub created_at: Option<Timestamp>,
    pub note: String,
    /// The sale in the book that it belongs to; `None` for an order that the book lacks.
    pub sale: Option<SaleId>,
}

/// What became of an order, as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OrderState {
    Paid,
    NotPaid,
    Reversed,
    Closed,
    /// Neither yes nor no.
    Unknown,
    PartlyRefunded,
    Refunded,
}

impl OrderState {
    /// The word of the command line's `outcome`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Paid => "paid",
            Self::NotPaid => "not_paid",
            Self::Reversed => "reversed",
            Self::Closed => "closed",
            Self::Unknown => "unknown",
            Self::PartlyRefunded => "partly_refunded",
            Self::Refunded => "refunded",
        }
    }
}

/// One page of what was found, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderPage {
    pub orders: Vec<OrderView>,
    /// Where the next page goes on; `None` at the end.
    pub next: Option<Place>,
    /// The book lacks the number, so the gateway was asked.
    pub asked: bool,
}

/// What a number from the customer's bill proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// It is the order of this sale, which is asked about now: its own query books what is true.
    OfSale(SaleId, OutTradeNo),
    /// It is another order.
    Other(Box<OrderView>),
    /// The gateway knows no such order of this merchant.
    Nothing,
}

/// Why nothing can be said.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum FindError {
    #[error(transparent)]
    Book(#[from] LedgerError),
    #[error("the gateway gave no certain answer")]
    Unknown(QueryAnswer),
}

pub(super) async fn find(shared: &Shared, text: &str, now: Timestamp) -> Result<Vec<OrderView>, FindError> {
    let rows = shared.ledger().find(text.to_owned(), now).await?;
    if !rows.is_empty() || !is_whole(text) {
        return Ok(rows.into_iter().map(from_book).collect());
    }
    Ok(look_up(shared, text).await?.into_iter().collect())
}

pub(super) async fn page(
    shared: &Shared,
    text: &str,
    after: Option<Place>,
    now: Timestamp,
) -> Result<OrderPage, FindError> {
    let first = after.is_none();
    let page = shared.ledger().page(text.to_owned(), now, after, PAGE).await?;
    if first && page.rows.is_empty() && is_whole(text) {
        let orders = look_up(shared, text).await?.into_iter().collect();
        return Ok(OrderPage { orders, next: None, asked: true });
    }
    let orders = page.rows.into_iter().map(from_book).collect();
    Ok(OrderPage { orders, next: page.next, asked: false })
}

/// Whose order the number on a customer's bill is. The book first, then the gateway: an order in doubt has no such
/// number in the book yet.
pub(super) async fn prove(
    shared: &Shared,
    number: &TransactionId,
    now: Timestamp,
    begin: impl FnMut(Sale, Versions),
) -> Result<Proof, FindError> {
    if let Some(row) = shared.ledger().by_transaction(number.clone()).await? {
        return Ok(Proof::Other(Box::new(from_book(row))));
    }
    let Some(found) = look_up(shared, number.as_str()).await? else { return Ok(Proof::Nothing) };
    let Some(row) = shared.ledger().attempt(found.out_trade_no.clone()).await? else {
        return Ok(Proof::Other(Box::new(found)));
    };
    if row.outcome == Outcome::Open {
        return Ok(Proof::OfSale(row.sale, row.out_trade_no));
    }
    let again = reopened::asked_again(&row, now);
    if found.state != OrderState::Paid || (again.is_none() && !reopened::has_a_question(&row)) {
        return Ok(Proof::Other(Box::new(from_book(row))));
    }
    let version = shared.ledger().note(vec![bill_line(&row, number, now)], again).await?.unwrap_or(row.version);
    if !shared.wish(row.sale, Wish::Reported(row.out_trade_no.clone(), version)) {
        reopened::take_up(shared, row.out_trade_no.clone(), now, begin).await?;
    }
    Ok(Proof::OfSale(row.sale, row.out_trade_no))
}

/// The customer's bill says what the book doesn't know.
fn bill_line(row: &AttemptRow, number: &TransactionId, now: Timestamp) -> Line {
    Line {
        at: now,
        sale: Some(row.sale),
        out_trade_no: Some(row.out_trade_no.clone()),
        kind: LineKind::Cashier,
        what: "bill".to_owned(),
        detail: serde_json::json!({ "transaction_id": number.as_str() }).to_string(),
    }
}

/// Whether the text is a whole number that the gateway could know.
fn is_whole(text: &str) -> bool {
    let text = crate::scan::normalise(text);
    OutTradeNo::ours(&text).is_some() || TransactionId::looks_like(&text)
}

async fn look_up(shared: &Shared, text: &str) -> Result<Option<OrderView>, FindError> {
    let found = shared.gateway().look_up(&crate::scan::normalise(text)).await.map_err(FindError::Unknown)?;
    let Some(found) = found else { return Ok(None) };
    let refunded = refund::refunded(shared, &found).await?;
    Ok(Some(from_gateway(found, refunded)))
}

fn from_book(row: AttemptRow) -> OrderView {
    OrderView {
        state: match row.outcome {
            Outcome::Open => OrderState::Unknown,
            // Accepted refunds are not in the outcome yet: the gateway may still close them.
            Outcome::Paid | Outcome::PaidLate | Outcome::PartlyRefunded | Outcome::Refunded => {
                paid(row.total_fee, row.refunded)
            }
            Outcome::NotPaid | Outcome::NotSent => OrderState::NotPaid,
            Outcome::Reversed => OrderState::Reversed,
            Outcome::Closed => OrderState::Closed,
        },
        refunded_fee: row.refunded,
        out_trade_no: row.out_trade_no,
        transaction_id: row.transaction_id,
        total_fee: row.total_fee,
        created_at: Some(row.created_at),
        note: row.note,
        sale: Some(row.sale),
    }
}

fn paid(total: Fen, refunded: Fen) -> OrderState {
    if refunded.is_zero() {
        OrderState::Paid
    } else if refunded < total {
        OrderState::PartlyRefunded
    } else {
        OrderState::Refunded
    }
}

fn from_gateway(found: Found, refunded_fee: Fen) -> OrderView {
    let (state, receipt) = match found.state {
        QueryAnswer::Paid(receipt) => (OrderState::Paid, Some(receipt)),
        QueryAnswer::Refunded(receipt) => (paid(found.total_fee, refunded_fee), Some(receipt)),
        QueryAnswer::Closed => (OrderState::Closed, None),
        QueryAnswer::Revoked => (OrderState::Reversed, None),
        QueryAnswer::PayError | QueryAnswer::NotExist => (OrderState::NotPaid, None),
        QueryAnswer::Unpaid | QueryAnswer::Paying | QueryAnswer::Unknown(_) | QueryAnswer::NotSent(_) => {
            (OrderState::Unknown, None)
        }
    };
    OrderView {
        out_trade_no: found.out_trade_no,
        transaction_id: receipt.map(|receipt| receipt.transaction_id),
        total_fee: found.total_fee,
        refunded_fee,
        state,
        created_at: None,
        note: String::new(),
        sale: None,
    }
}
