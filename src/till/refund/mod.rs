//! Refunds: an order is looked up, a refund of it is written down, and a queue sends it within the gateway's limits
//! and follows it to its end.

pub mod bulk;
mod bulk_runner;
pub mod numbers;
pub mod queue;
mod runner;
mod words;

use thiserror::Error;

use crate::audit::Approval;
use crate::ledger::{AttemptRow, LedgerError, NewRefund, NotQueued, Outcome, Promised, RefundRow, RefundedOrder};
use crate::money::Fen;
use crate::number::{OutRefundNo, OutTradeNo, TransactionId};
use crate::payment::refund::{Refund, RefundView};
use crate::payment::{Found, NoRefund, QueryAnswer, Receipt, RefundQueryAnswer, RefundRequest};
use crate::timestamp::Timestamp;

use super::book;
use super::drive::Desk;
use super::shared::{Shared, random};

pub(super) use bulk_runner::{Wish as BulkWish, run as run_bulk};
pub use runner::LIMITS;
pub(super) use runner::{Heard, Progress, Runner};

/// How often another number is made if one is taken.
const TRIES: u32 = 5;
/// How many refunds of the dead are read at once.
const PORTION: u32 = 500;

/// What staff ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundAsk {
    /// The order's whole number: ours or the gateway's.
    pub number: String,
    /// More than zero; `None` is all that is left.
    pub amount: Option<Fen>,
    /// What the customer reads on the phone; may be empty.
    pub reason: String,
    /// Who lets it be made, and up to what.
    pub approval: Approval,
}

/// An order as the refund screen shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refundable {
    pub out_trade_no: OutTradeNo,
    pub transaction_id: Option<TransactionId>,
    pub total_fee: Fen,
    /// What went back or is promised to, here and elsewhere.
    pub promised: Fen,
    pub left: Fen,
    /// The gateway has just said so; without it the book's word stands, and the refund is queued.
    pub confirmed: bool,
}

/// Why nothing is refunded. No money moves.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum RefundRefused {
    #[error(transparent)]
    Book(#[from] LedgerError),
    #[error("no refund: {0:?}")]
    No(NoRefund),
}

impl From<NoRefund> for RefundRefused {
    fn from(why: NoRefund) -> Self {
        Self::No(why)
    }
}

/// What is known of an order before it is refunded.
struct Known {
    order: RefundedOrder,
    transaction_id: Option<TransactionId>,
    promised: Promised,
}

impl Known {
    /// All that counts against the order, by what the gateway has just said of others' refunds, if it did.
    fn promised(&self) -> Fen {
        let inside = self.promised.fee.checked_sub(self.promised.elsewhere).unwrap_or(Fen::ZERO);
        let outside = self.order.elsewhere.map_or(self.promised.elsewhere, |(fee, _)| fee);
        inside.checked_add(outside).unwrap_or(self.order.total_fee)
    }

    fn left(&self) -> Fen {
        self.order.total_fee.checked_sub(self.promised()).unwrap_or(Fen::ZERO)
    }

    fn refundable(self) -> Refundable {
        Refundable {
            promised: self.promised(),
            left: self.left(),
            confirmed: self.order.proof.is_some(),
            out_trade_no: self.order.out_trade_no,
            transaction_id: self.transaction_id,
            total_fee: self.order.total_fee,
        }
    }
}

/// What there is to refund of an order; asks the gateway. Without a certificate that is nothing, and it is said before
/// anybody has typed an amount.
pub(super) async fn refundable(shared: &Shared, number: &str) -> Result<Refundable, RefundRefused> {
    if !shared.gateway().has_certificate() {
        return Err(NoRefund::NoCertificate.into());
    }
    Ok(look_up(shared, number).await?.refundable())
}

/// What a list is shown to come to: by the book, for an order that it has as paid. The refund itself asks the gateway.
async fn expected(shared: &Shared, number: &str) -> Result<Refundable, RefundRefused> {
    if !shared.gateway().has_certificate() {
        return Err(NoRefund::NoCertificate.into());
    }
    let row = in_the_book(shared, &crate::scan::normalise(number)).await?;
    match row.filter(|row| row.outcome.is_paid()) {
        Some(row) => Ok(from_the_book(shared, row).await?.refundable()),
        None => refundable(shared, number).await,
    }
}

/// Looks the order up, writes the refund into the book and hands it to the queue. It is on disk when this returns.
pub(super) async fn refund(shared: &Shared, ask: &RefundAsk, now: Timestamp) -> Result<RefundView, RefundRefused> {
    if !shared.gateway().has_certificate() {
        return Err(NoRefund::NoCertificate.into());
    }
    let known = look_up(shared, &ask.number).await?;
    let left = known.left();
    if left.is_zero() {
        return Err(NoRefund::NothingLeft.into());
    }
    let amount = ask.amount.unwrap_or(left);
    if amount > left {
        return Err(NoRefund::TooMuch { left }.into());
    }
    if amount > ask.approval.up_to {
        return Err(NoRefund::NotApproved { up_to: ask.approval.up_to }.into());
    }
    for _ in 0..TRIES {
        let entropy = u64::from(random()) << 32 | u64::from(random());
        let out_refund_no = shared.desk().refund_number(now, entropy);
        let new = new_refund(
            &shared.desk(),
            out_refund_no,
            known.order.clone(),
            amount,
            &ask.reason,
            ask.approval.clone(),
            now,
        );
        let lines = vec![words::asked(&new)];
        match shared.ledger().queue_refund(new.clone(), lines).await {
            Ok(Ok(_)) => return Ok(shared.refund_queued(&new)),
            Ok(Err(why)) => return Err(not_queued(&why).into()),
            Err(LedgerError::NumberTaken) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(LedgerError::NumberTaken.into())
}

/// A refund of the book as screens show it; `None` if this program can't read it.
pub(super) fn view_of(row: &RefundRow) -> Option<RefundView> {
    serde_json::from_str::<Refund>(&row.rules).ok().map(|refund| refund.view())
}

/// Takes over what dead processes left; says how many refunds that are. They come in portions, so that the first is
/// sent before the last is read.
pub(super) async fn take_up(shared: &Shared, now: Timestamp) -> Result<usize, LedgerError> {
    let owner = shared.owner();
    let mut count = 0;
    loop {
        let rows = shared.ledger().adopt_refunds(owner.dir().to_owned(), owner.id().to_owned(), PORTION, now).await?;
        if rows.is_empty() {
            return Ok(count);
        }
        count += rows.len();
        shared.tell_refunds(Heard::TakenUp(rows));
    }
}

/// The book's row of a refund that is to be made; its rules carry the number and the amount from the first.
pub(super) fn new_refund(
    desk: &Desk,
    out_refund_no: OutRefundNo,
    order: RefundedOrder,
    refund_fee: Fen,
    reason: &str,
    approval: Approval,
    now: Timestamp,
) -> NewRefund {
    let request = RefundRequest {
        out_refund_no: out_refund_no.clone(),
        out_trade_no: order.out_trade_no.clone(),
        total_fee: order.total_fee,
        refund_fee,
        reason: reason.to_owned(),
    };
    let refund = Refund::new(request, now);
    NewRefund {
        out_refund_no,
        order,
        refund_fee,
        reason: reason.to_owned(),
        created_at: now,
        state: refund.state_name().to_owned(),
        rules: book::json(&refund),
        owner: desk.owner.clone(),
        approval,
    }
}

fn not_queued(why: &NotQueued) -> NoRefund {
    match *why {
        NotQueued::StillOpen => NoRefund::StillOpen,
        NotQueued::TooMuch { left } if left.is_zero() => NoRefund::NothingLeft,
        NotQueued::TooMuch { left } => NoRefund::TooMuch { left },
        NotQueued::TooMany => NoRefund::TooMany,
        NotQueued::AboveDayCap { left } => NoRefund::AboveDayCap { left },
        NotQueued::TooOld => NoRefund::TooOld,
        NotQueued::NotPaid { outcome } => match outcome {
            None => NoRefund::NotKnown,
            Some(Outcome::Closed) => NoRefund::OrderClosed,
            Some(Outcome::Reversed) => NoRefund::OrderReversed,
            Some(
                Outcome::Open
                | Outcome::Paid
                | Outcome::PaidLate
                | Outcome::NotPaid
                | Outcome::NotSent
                | Outcome::PartlyRefunded
                | Outcome::Refunded,
            ) => NoRefund::NotPaid,
        },
    }
}

/// The gateway is asked first; where it doesn't answer, an order that the book knows as paid is enough.
async fn look_up(shared: &Shared, text: &str) -> Result<Known, RefundRefused> {
    let text = crate::scan::normalise(text);
    let row = in_the_book(shared, &text).await?;
    let number = row.as_ref().map_or_else(|| text.clone(), |row| row.out_trade_no.to_string());
    match shared.gateway().look_up(&number).await {
        Ok(Some(found)) => told(shared, found).await,
        Ok(None) => Err(NoRefund::NoSuchOrder.into()),
        Err(_) => match row {
            Some(row) if row.outcome.is_paid() => from_the_book(shared, row).await,
            _ => Err(NoRefund::NotKnown.into()),
        },
    }
}

async fn in_the_book(shared: &Shared, text: &str) -> Result<Option<AttemptRow>, LedgerError> {
    if let Some(number) = OutTradeNo::parse(text)
        && let Some(row) = shared.ledger().attempt(number).await?
    {
        return Ok(Some(row));
    }
    match TransactionId::parse(text) {
        Some(number) => shared.ledger().by_transaction(number).await,
        None => Ok(None),
    }
}

async fn from_the_book(shared: &Shared, row: AttemptRow) -> Result<Known, RefundRefused> {
    let promised = shared.ledger().promised(row.out_trade_no.clone()).await?;
    let order =
        RefundedOrder { out_trade_no: row.out_trade_no, total_fee: row.total_fee, proof: None, elsewhere: None };
    Ok(Known { order, transaction_id: row.transaction_id, promised })
}

/// What the gateway said of an order.
async fn told(shared: &Shared, found: Found) -> Result<Known, RefundRefused> {
    let (receipt, was_refunded) = match &found.state {
        QueryAnswer::Paid(receipt) => (receipt.clone(), false),
        QueryAnswer::Refunded(receipt) => (receipt.clone(), true),
        QueryAnswer::Closed => return Err(NoRefund::OrderClosed.into()),
        QueryAnswer::Revoked => return Err(NoRefund::OrderReversed.into()),
        QueryAnswer::Unpaid | QueryAnswer::PayError => return Err(NoRefund::NotPaid.into()),
        QueryAnswer::Paying => return Err(NoRefund::StillOpen.into()),
        QueryAnswer::NotExist => return Err(NoRefund::NoSuchOrder.into()),
        QueryAnswer::Unknown(_) | QueryAnswer::NotSent(_) => return Err(NoRefund::NotKnown.into()),
    };
    let elsewhere = if was_refunded { elsewhere(shared, &found).await? } else { Some((Fen::ZERO, 0)) };
    let promised = shared.ledger().promised(found.out_trade_no.clone()).await?;
    let Receipt { transaction_id, paid_at, .. } = receipt;
    let order = RefundedOrder {
        out_trade_no: found.out_trade_no,
        total_fee: found.total_fee,
        proof: Some((transaction_id.clone(), paid_at)),
        elsewhere,
    };
    Ok(Known { order, transaction_id: Some(transaction_id), promised })
}

/// What went back of an order that the book may lack, as far as anybody says.
pub(super) async fn refunded(shared: &Shared, found: &Found) -> Result<Fen, LedgerError> {
    let known = shared.ledger().promised(found.out_trade_no.clone()).await?.taken;
    if !matches!(found.state, QueryAnswer::Refunded(_)) {
        return Ok(known);
    }
    let Ok(refunds) = shared.gateway().refunds_of(found).await else { return Ok(known) };
    let taken = refunds.iter().filter(|refund| !matches!(refund.state, RefundQueryAnswer::Closed(_)));
    Ok(taken.fold(Fen::ZERO, |sum, refund| sum.checked_add(refund.refund_fee).unwrap_or(sum)).max(known))
}

/// What others refunded of an order. Without an answer, what is known of an order in the book has to do; the gateway
/// keeps the sum as well.
async fn elsewhere(shared: &Shared, found: &Found) -> Result<Option<(Fen, u32)>, RefundRefused> {
    let Ok(refunds) = shared.gateway().refunds_of(found).await else {
        let known = shared.ledger().attempt(found.out_trade_no.clone()).await?;
        return if known.is_some() { Ok(None) } else { Err(NoRefund::NotKnown.into()) };
    };
    // Read after the gateway's answer: whatever it lists of ours was in the book before it was sent.
    let ours = shared.ledger().refunds_of(found.out_trade_no.clone()).await?;
    let theirs = refunds.iter().filter(|refund| {
        let is_ours = ours.iter().any(|row| row.out_refund_no == refund.out_refund_no);
        !is_ours && !matches!(refund.state, RefundQueryAnswer::Closed(_))
    });
    let sum = |(fee, count): (Fen, u32), fee_of: Fen| Some((fee.checked_add(fee_of)?, count + 1));
    let total = theirs.map(|refund| refund.refund_fee).try_fold((Fen::ZERO, 0), sum);
    Ok(Some(total.ok_or(LedgerError::Damaged)?))
}

#[cfg(test)]
mod tests;
