//! Finds orders: in the book first; a whole number that the book lacks also at the gateway.

use thiserror::Error;

use crate::ledger::{AttemptRow, LedgerError};
use crate::money::Fen;
use crate::number::{OutTradeNo, TransactionId};
use crate::payment::{Found, QueryAnswer};
use crate::timestamp::Timestamp;

use super::shared::Shared;

/// An order as `find` shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderView {
    pub out_trade_no: OutTradeNo,
    pub transaction_id: Option<TransactionId>,
    pub total_fee: Fen,
    /// `paid`, `not_paid`, `reversed`, `closed`, `unknown`, `partly_refunded`, `refunded`.
    pub outcome: &'static str,
    /// When it was made; the gateway doesn't tell that of orders that the book lacks.
    pub created_at: Option<Timestamp>,
    pub note: String,
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
    let text = crate::scan::normalise(text);
    let rows = shared.ledger().find(text.clone(), now).await?;
    let whole = OutTradeNo::ours(&text).is_some() || TransactionId::looks_like(&text);
    if !rows.is_empty() || !whole {
        return Ok(rows.into_iter().map(from_book).collect());
    }
    match shared.gateway().look_up(&text).await {
        Ok(found) => Ok(found.map(from_gateway).into_iter().collect()),
        Err(answer) => Err(FindError::Unknown(answer)),
    }
}

fn from_book(row: AttemptRow) -> OrderView {
    use crate::ledger::Outcome;
    OrderView {
        outcome: match row.outcome {
            Outcome::Open => "unknown",
            Outcome::Paid | Outcome::PaidLate => "paid",
            Outcome::NotPaid | Outcome::NotSent => "not_paid",
            Outcome::Reversed => "reversed",
            Outcome::Closed => "closed",
            Outcome::PartlyRefunded => "partly_refunded",
            Outcome::Refunded => "refunded",
        },
        out_trade_no: row.out_trade_no,
        transaction_id: row.transaction_id,
        total_fee: row.total_fee,
        created_at: Some(row.created_at),
        note: row.note,
    }
}

fn from_gateway(found: Found) -> OrderView {
    let (outcome, receipt) = match found.state {
        QueryAnswer::Paid(receipt) => ("paid", Some(receipt)),
        QueryAnswer::Refunded(receipt) => ("refunded", Some(receipt)),
        QueryAnswer::Closed => ("closed", None),
        QueryAnswer::Revoked => ("reversed", None),
        QueryAnswer::PayError | QueryAnswer::NotExist => ("not_paid", None),
        QueryAnswer::Unpaid | QueryAnswer::Paying | QueryAnswer::Unknown(_) | QueryAnswer::NotSent(_) => {
            ("unknown", None)
        }
    };
    OrderView {
        out_trade_no: found.out_trade_no,
        transaction_id: receipt.map(|receipt| receipt.transaction_id),
        total_fee: found.total_fee,
        outcome,
        created_at: None,
        note: String::new(),
    }
}
