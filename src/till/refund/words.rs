//! Between the rules' words of refunds and the book's.

use crate::ledger::{Line, LineKind, NewRefund};
use crate::payment::{RefundAnswer, RefundQueryAnswer, RefundRequest};
use crate::timestamp::Timestamp;

use super::super::book;

/// A journal line about a refund; the book finds the sale by the order's number.
pub(super) fn line(request: &RefundRequest, kind: LineKind, what: &str, detail: String, at: Timestamp) -> Line {
    let out_trade_no = Some(request.out_trade_no.clone());
    Line { at, sale: None, out_trade_no, kind, what: what.to_owned(), detail }
}

/// What is about to be sent, as JSON.
pub(super) fn intent(request: &RefundRequest) -> String {
    serde_json::json!({
        "out_refund_no": request.out_refund_no.as_str(),
        "refund_fee": request.refund_fee.as_i64(),
    })
    .to_string()
}

/// What came, for support: our reading of it and the redacted original, as JSON.
pub(super) fn detail(request: &RefundRequest, reading: &str, raw: Option<&str>) -> String {
    let mut detail = serde_json::json!({ "out_refund_no": request.out_refund_no.as_str(), "read": reading });
    if let Some(raw) = raw {
        detail["raw"] = raw.into();
    }
    detail.to_string()
}

pub(super) fn reading(answer: &RefundAnswer) -> String {
    match answer {
        RefundAnswer::Accepted(id) => format!("accepted: {id}"),
        RefundAnswer::NotEnough => "not enough balance".to_owned(),
        RefundAnswer::TooOften { code } => format!("too often: {code}"),
        RefundAnswer::Refused(refusal) => format!("refused: {}", refusal.code),
        RefundAnswer::Unknown(doubt) => book::unknown(doubt),
        RefundAnswer::NotSent(why) => book::not_sent(why),
    }
}

pub(super) fn query_reading(answer: &RefundQueryAnswer) -> String {
    match answer {
        RefundQueryAnswer::Processing(id) => format!("processing: {id}"),
        RefundQueryAnswer::Arrived(receipt) => format!("arrived: {}", receipt.refund_id),
        RefundQueryAnswer::Bounced(id) => format!("bounced: {id}"),
        RefundQueryAnswer::Closed(id) => format!("closed: {id}"),
        RefundQueryAnswer::NotExist => "no such refund".to_owned(),
        RefundQueryAnswer::Unknown(doubt) => book::unknown(doubt),
        RefundQueryAnswer::NotSent(why) => book::not_sent(why),
    }
}

/// What staff asked for, and who approved it.
pub(super) fn asked(refund: &NewRefund) -> Line {
    let detail = serde_json::json!({
        "out_refund_no": refund.out_refund_no.as_str(),
        "refund_fee": refund.refund_fee.as_i64(),
        "reason": refund.reason,
        "approver": refund.approval.by,
    });
    Line {
        at: refund.created_at,
        sale: None,
        out_trade_no: Some(refund.order.out_trade_no.clone()),
        kind: LineKind::Cashier,
        what: "refund".to_owned(),
        detail: detail.to_string(),
    }
}
