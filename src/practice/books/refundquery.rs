//! `/pay/refundquery`: where refunds stand.

use crate::timestamp::Timestamp;
use crate::wechat::xml::Fields;

use super::Books;
use super::inbound::Inbound;
use super::order::{Order, Refund, RefundStatus, fen, sum};
use super::outbound::{Outcome, Refusal};
use super::refund;
use super::steer::Refunding;

/// Rows of one reply (manual, refundquery).
const PAGE: usize = 10;

pub(super) fn answer(books: &Books, inbound: &Inbound, now: Timestamp) -> Outcome {
    let (order, refunds) = match find(books, inbound) {
        Ok(found) => found,
        Err(refusal) => return refusal.into(),
    };
    if order.refunds_hidden_until.is_some_and(|until| now < until) {
        return match Refunding::hides_as(order.total_fee) {
            "SYSTEMERROR" => Refusal::new("SYSTEMERROR", "系统超时").into(),
            _ => not_exist().into(),
        };
    }
    let from = inbound.get("offset").and_then(|offset| offset.parse().ok()).unwrap_or(0);
    if from >= refunds.len() {
        return Refusal::new("PARAM_ERROR", "参数offset超过退款总笔数").into();
    }
    let page = &refunds[from..refunds.len().min(from + PAGE)];
    let mut fields = order.name_in(Fields::new().with("total_refund_count", refunds.len().to_string()));
    fields.push("refund_count", page.len().to_string());
    for (n, refund) in page.iter().enumerate() {
        fields = row(order, refund, &format!("_{n}"), fields);
    }
    Ok(fields).into()
}

/// By the first of `refund_id`, `out_refund_no`, `transaction_id`, `out_trade_no`, in that order.
fn find<'a>(books: &'a Books, inbound: &Inbound) -> Result<(&'a Order, Vec<&'a Refund>), Refusal> {
    let by_number = |number: Option<&str>| {
        let (order, refund) = books.find_refund(number?)?;
        Some((order, vec![refund]))
    };
    let by_order = |order: Option<&'a Order>| {
        let order = order.filter(|order| !order.refunds.is_empty())?;
        Some((order, order.refunds.iter().collect()))
    };
    let found = if let Some(id) = inbound.get("refund_id") {
        by_number(books.refund_ids.get(id).map(String::as_str))
    } else if let Some(number) = inbound.get("out_refund_no") {
        by_number(Some(number))
    } else if let Some(id) = inbound.get("transaction_id") {
        by_order(books.find_transaction(id))
    } else if let Some(number) = inbound.get("out_trade_no") {
        by_order(books.find(number))
    } else {
        let text = "缺少参数refund_id、out_refund_no、transaction_id或out_trade_no";
        return Err(Refusal::new("LACK_PARAMS", text));
    };
    found.ok_or_else(not_exist)
}

fn not_exist() -> Refusal {
    Refusal::new("REFUNDNOTEXIST", "不存在退款单")
}

fn row(order: &Order, refund: &Refund, suffix: &str, mut fields: Fields) -> Fields {
    let status = match refund.status {
        RefundStatus::Processing => "PROCESSING",
        RefundStatus::Success(_) => "SUCCESS",
        RefundStatus::Change => "CHANGE",
        RefundStatus::Closed => "REFUNDCLOSE",
    };
    let mut push = |name: &str, value: String| fields.push(&format!("{name}{suffix}"), value);
    push("out_refund_no", refund.out_refund_no.clone());
    push("refund_id", refund.id.clone());
    push("refund_channel", "ORIGINAL".to_owned());
    push("refund_fee", fen(refund.fee));
    push("settlement_refund_fee", fen(refund::settlement(order, refund)));
    push("coupon_refund_fee", fen(sum(&refund.coupon_fees)));
    push("refund_status", status.to_owned());
    push("refund_account", refund.account.clone());
    push("refund_recv_accout", refund.receiver().to_owned());
    if let RefundStatus::Success(at) = refund.status {
        push("refund_success_time", at.to_string());
    }
    refund::coupons(order, refund, suffix, fields)
}
