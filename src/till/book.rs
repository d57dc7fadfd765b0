//! Between the rules' words and the book's rows.

use std::time::Duration;

use crate::audit::Approval;
use crate::ledger::{
    AttemptChange, AttemptRow, CodeTrace, LedgerError, Method, NewAttempt, NewRefund, NewSale, Outcome as Written,
    RefundedOrder, SaleChange, SaleKind,
};
use crate::number::{AuthCode, OutRefundNo};
use crate::payment::sale::{Attempt, Sale};
use crate::payment::{
    Answer, ChargeAnswer, CloseAnswer, CreateAnswer, Doubt, NotSent, Order, Outcome, QueryAnswer, Reply, ReverseAnswer,
};
use crate::timestamp::Timestamp;

use super::drive::{Desk, Versions};
use super::shared::Shared;
use super::take_up::{Adoption, TakeUp};
use super::{Mark, Recent, Summary, refund, unresolved};

/// A code serves one payment; one that comes again within this time is refused here.
const CODE_SERVED_FOR: Duration = Duration::from_secs(60);
/// Refunds that came back are listed for so long, and so many of them.
const BOUNCED_FOR: Duration = Duration::from_secs(30 * 24 * 60 * 60);
const BOUNCED: u32 = 50;
/// Lines of the recent strip.
const RECENT: u32 = 3;

pub(super) fn new_sale(desk: &Desk, sale: &Sale, kind: SaleKind) -> NewSale {
    let view = sale.view();
    NewSale {
        id: view.id,
        created_at: view.started_at,
        amount: view.amount,
        note: view.note,
        till: desk.shop.till_number,
        kind,
    }
}

pub(super) fn new_attempt(desk: &Desk, sale: &Sale, attempt: &Attempt, code: Option<&AuthCode>) -> NewAttempt {
    let order = attempt.order();
    let served_since = order.created_at.as_millis() - millis(CODE_SERVED_FOR);
    NewAttempt {
        out_trade_no: order.out_trade_no.clone(),
        sale: sale.id(),
        method: method(attempt),
        total_fee: order.total_fee,
        created_at: order.created_at,
        state: attempt.state_name().to_owned(),
        rules: json(attempt),
        order: json(order),
        code: code.map(|code| CodeTrace {
            last4: code.last4().to_owned(),
            hash: desk.code_hash(code),
            fresh_since: Timestamp::from_millis(served_since),
        }),
        owner: Some(desk.owner.clone()),
    }
}

pub(super) fn attempt_change(attempt: &Attempt, version: i64, at: Timestamp) -> AttemptChange {
    let outcome = attempt.outcome();
    let receipt = match &outcome {
        Outcome::Paid(receipt) | Outcome::PaidLate(receipt) => Some(receipt.clone()),
        Outcome::Open | Outcome::NotPaid | Outcome::Reversed | Outcome::Closed => None,
    };
    AttemptChange {
        out_trade_no: attempt.order().out_trade_no.clone(),
        version,
        state: attempt.state_name().to_owned(),
        outcome: written(&outcome),
        rules: json(attempt),
        transaction_id: receipt.as_ref().map(|receipt| receipt.transaction_id.clone()),
        paid_at: receipt.as_ref().map(|receipt| receipt.paid_at),
        cash_fee: receipt.as_ref().map(|receipt| receipt.cash_fee),
        pending: !attempt.is_over(),
        at,
    }
}

pub(super) fn sale_change(desk: &Desk, sale: &Sale, at: Timestamp) -> SaleChange {
    let outcome = sale.outcome();
    let winner = matches!(outcome, Outcome::Paid(_) | Outcome::PaidLate(_)).then(|| sale.view().out_trade_no);
    let give_back = sale.gives_back().into_iter().map(|(number, order)| give_back(desk, number, order, at)).collect();
    SaleChange { id: sale.id(), outcome: written(&outcome), winner, at, give_back }
}

/// What goes back by itself says nothing on the customer's phone, where the shop's reason would stand.
fn give_back(desk: &Desk, number: OutRefundNo, order: &Order, at: Timestamp) -> NewRefund {
    let refunded = RefundedOrder {
        out_trade_no: order.out_trade_no.clone(),
        total_fee: order.total_fee,
        proof: None,
        elsewhere: None,
    };
    refund::new_refund(desk, number, refunded, order.total_fee, "", Approval::by_the_till(order.total_fee), at)
}

fn written(outcome: &Outcome) -> Written {
    match outcome {
        Outcome::Open => Written::Open,
        Outcome::Paid(_) => Written::Paid,
        Outcome::PaidLate(_) => Written::PaidLate,
        Outcome::NotPaid => Written::NotPaid,
        Outcome::Reversed => Written::Reversed,
        Outcome::Closed => Written::Closed,
    }
}

fn method(attempt: &Attempt) -> Method {
    match attempt {
        Attempt::Native(_) => Method::Native,
        Attempt::Micropay(_) => Method::Micropay,
    }
}

/// The rules as the book keeps them.
pub(super) fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("the rules' types have string keys and no failing parts")
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// The journal's word for an answer.
pub(super) fn answer_name(answer: &Answer) -> &'static str {
    match answer {
        Answer::Created(_) => "create",
        Answer::Charged(_) => "charge",
        Answer::Queried(_) => "query",
        Answer::Closed(_) => "close",
        Answer::Reversed(_) => "reverse",
    }
}

/// What came, for support: our reading of it and the redacted original, as JSON.
pub(super) fn answer_detail(reply: &Reply) -> String {
    let mut detail = serde_json::json!({ "read": reading(&reply.answer) });
    if let Some(raw) = &reply.raw {
        detail["raw"] = raw.as_str().into();
    }
    detail.to_string()
}

fn reading(answer: &Answer) -> String {
    match answer {
        Answer::Created(CreateAnswer::Picture(_)) => "picture".to_owned(),
        Answer::Created(CreateAnswer::AlreadyPaid) | Answer::Closed(CloseAnswer::AlreadyPaid) => {
            "already paid".to_owned()
        }
        Answer::Created(CreateAnswer::Refused(refusal))
        | Answer::Charged(ChargeAnswer::Refused(refusal) | ChargeAnswer::Earlier(refusal))
        | Answer::Reversed(ReverseAnswer::Refused(refusal)) => format!("refused: {}", refusal.code),
        Answer::Created(CreateAnswer::Unknown(doubt))
        | Answer::Charged(ChargeAnswer::Unknown(doubt))
        | Answer::Queried(QueryAnswer::Unknown(doubt))
        | Answer::Closed(CloseAnswer::Unknown(doubt))
        | Answer::Reversed(ReverseAnswer::Unknown(doubt)) => unknown(doubt),
        Answer::Created(CreateAnswer::NotSent(why))
        | Answer::Charged(ChargeAnswer::NotSent(why))
        | Answer::Queried(QueryAnswer::NotSent(why))
        | Answer::Closed(CloseAnswer::NotSent(why))
        | Answer::Reversed(ReverseAnswer::NotSent(why)) => not_sent(why),
        Answer::Charged(ChargeAnswer::Paid(_)) | Answer::Queried(QueryAnswer::Paid(_)) => "paid".to_owned(),
        Answer::Charged(ChargeAnswer::Paying)
        | Answer::Queried(QueryAnswer::Paying)
        | Answer::Reversed(ReverseAnswer::Paying) => "customer is paying".to_owned(),
        Answer::Queried(QueryAnswer::Unpaid) => "unpaid".to_owned(),
        Answer::Queried(QueryAnswer::Closed) | Answer::Closed(CloseAnswer::Closed) => "closed".to_owned(),
        Answer::Queried(QueryAnswer::Revoked) => "revoked".to_owned(),
        Answer::Queried(QueryAnswer::PayError) => "payment failed".to_owned(),
        Answer::Queried(QueryAnswer::Refunded(_)) => "refunded".to_owned(),
        Answer::Queried(QueryAnswer::NotExist) => "no such order".to_owned(),
        Answer::Closed(CloseAnswer::TooEarly) => "too early to close".to_owned(),
        Answer::Reversed(ReverseAnswer::Done) => "reversed".to_owned(),
        Answer::Reversed(ReverseAnswer::Again) => "again".to_owned(),
        Answer::Reversed(ReverseAnswer::Expired) => "too old to reverse".to_owned(),
    }
}

pub(super) fn unknown(doubt: &Doubt) -> String {
    match doubt {
        Doubt::NoAnswer => "no answer".to_owned(),
        Doubt::Gateway { code } => format!("not known: {code}"),
        Doubt::Unsigned { .. } => "unsigned failure".to_owned(),
        Doubt::NotUnderstood => "not understood".to_owned(),
        Doubt::NotOurs { field } => format!("not ours: {field}"),
    }
}

pub(super) fn not_sent(why: &NotSent) -> String {
    match why {
        NotSent::Offline => "not sent: offline",
        NotSent::Untrusted => "not sent: untrusted",
        NotSent::NoCertificate => "not sent: no certificate",
        NotSent::CertificateRefused => "not sent: certificate refused",
    }
    .to_owned()
}

/// Today's takings, the last results, and what is open.
pub(super) async fn summary(shared: &Shared, now: Timestamp) -> Result<Summary, LedgerError> {
    let totals = shared.ledger().totals(now.start_of_day()).await?;
    let recent = shared.ledger().recent(RECENT).await?;
    let unresolved = unresolved::list(shared).await?;
    let bounced = shared.ledger().bounced_refunds(BOUNCED).await?;
    // The gateway doesn't tell when a person has sent one; who looks for an old one finds it by its order.
    let bounced = bounced.iter().filter_map(refund::view_of).filter(|view| now.since(view.asked_at) < BOUNCED_FOR);
    let bounced = bounced.collect();
    let recent = recent.into_iter().map(|sale| Recent {
        id: sale.id,
        at: sale.updated_at,
        amount: sale.amount,
        tail: sale.out_trade_no.as_ref().map_or_else(String::new, |number| number.tail().to_owned()),
        mark: mark(sale.outcome),
    });
    Ok(Summary {
        paid_today: totals.paid,
        sales_today: totals.paid_count,
        unresolved,
        bounced,
        recent: recent.collect(),
    })
}

/// Attempts without a final result. A trial of the settings is none: its order was shown to nobody, and closes by itself.
pub(super) async fn open_attempts(shared: &Shared) -> Result<usize, LedgerError> {
    let pending = shared.ledger().pending_attempts().await?;
    Ok(pending.iter().filter(|row| row.outcome == Written::Open && row.kind == SaleKind::Sale).count())
}

fn mark(outcome: Written) -> Mark {
    match outcome {
        Written::Open => Mark::Open,
        Written::Paid | Written::PaidLate => Mark::Paid,
        Written::NotPaid | Written::NotSent | Written::Closed => Mark::NotPaid,
        Written::Reversed | Written::PartlyRefunded | Written::Refunded => Mark::Reversed,
    }
}

/// Takes up what dead processes left; `begin` runs each sale that is this process's now. What could be
/// adopted is driven also when the rest could not be.
pub(super) async fn take_up(
    shared: &Shared,
    now: Timestamp,
    begin: impl FnMut(Sale, Versions),
) -> Result<usize, LedgerError> {
    let orphans = shared.ledger().orphans(shared.owner().dir().to_owned()).await?;
    adopt(shared, orphans, now, begin).await
}

/// Takes over these pending attempts, each sale whole.
pub(super) async fn adopt(
    shared: &Shared,
    pending: Vec<AttemptRow>,
    now: Timestamp,
    mut begin: impl FnMut(Sale, Versions),
) -> Result<usize, LedgerError> {
    let (ledger, owner) = (shared.ledger(), shared.owner());
    let mut taking = TakeUp::new(pending);
    loop {
        match taking.step() {
            Adoption::Read(sale) => taking.read(ledger.attempts_of(sale).await),
            Adoption::Adopt(row) => {
                let adopted = ledger.adopt(row.out_trade_no, row.owner, owner.id().to_owned(), now);
                taking.adopted(adopted.await);
            }
            Adoption::Done => break,
        }
    }
    let (sales, error) = taking.finish();
    let count = sales.len();
    for (sale, versions) in sales {
        begin(sale, versions);
    }
    error.map_or(Ok(count), Err)
}
