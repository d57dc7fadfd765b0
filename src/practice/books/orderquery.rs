//! `/pay/orderquery`: what became of an order.

use crate::timestamp::Timestamp;
use crate::wechat::xml::Fields;

use super::Books;
use super::inbound::Inbound;
use super::order::{Coupon, Order, Payment, State, fen};
use super::outbound::{Outcome, Refusal};
use super::steer::LATE;

pub(super) fn answer(books: &Books, inbound: &Inbound, now: Timestamp) -> Outcome {
    let order = match find(books, inbound) {
        Ok(order) => order,
        Err(refusal) => return refusal.into(),
    };
    let header = inbound.negative_test.as_deref() == Some("MICROPAY_PAY_QUERY_TIMEOUT");
    if header || order.queries_fail {
        let answer = Err(Refusal::new("SYSTEMERROR", "系统超时"));
        return Outcome { answer, delay: Some(LATE), damage: None };
    }
    if order.hidden_until.is_some_and(|until| now < until) {
        return not_exist().into();
    }
    Ok(fields(order)).into()
}

/// By `transaction_id` first; the sandbox knows `out_trade_no` only.
fn find<'a>(books: &'a Books, inbound: &Inbound) -> Result<&'a Order, Refusal> {
    // An empty element is no number (manual, orderquery).
    if inbound.is_empty_element("transaction_id") {
        return Err(Refusal::new("PARAM_ERROR", "参数transaction_id为空"));
    }
    let by_transaction = inbound.get("transaction_id").filter(|_| !inbound.route.sandbox);
    match (by_transaction, inbound.get("out_trade_no")) {
        (Some(id), _) => books.find_transaction(id),
        (None, Some(number)) => books.find(number),
        (None, None) => {
            return Err(Refusal::new("LACK_PARAMS", "缺少参数transaction_id或out_trade_no"));
        }
    }
    .ok_or_else(not_exist)
}

fn not_exist() -> Refusal {
    Refusal::new("ORDERNOTEXIST", "此交易订单号不存在")
}

fn fields(order: &Order) -> Fields {
    let (state, text) = match &order.state {
        State::NotPay => ("NOTPAY", "订单未支付"),
        State::UserPaying => ("USERPAYING", "需要用户输入支付密码"),
        State::Success(_) if !order.refunds.is_empty() => ("REFUND", "订单发生过退款，退款详情请查询退款订单"),
        State::Success(_) => ("SUCCESS", "支付成功"),
        State::Closed => ("CLOSED", "订单已关闭"),
        State::Revoked => ("REVOKED", "订单已撤销"),
        State::PayError => ("PAYERROR", "支付失败，请重新下单支付"),
    };
    let opening = Fields::new()
        .with("device_info", order.device_info.as_str())
        .with("trade_state", state)
        .with("trade_state_desc", text);
    match order.payment() {
        Some(payment) => coupons(payment, order.tell_paid(payment, opening)),
        // While unpaid these are all that is guaranteed (manual, orderquery).
        None => opening
            .with("total_fee", fen(order.total_fee))
            .with("out_trade_no", order.out_trade_no.as_str())
            .with("attach", order.attach.as_str()),
    }
}

pub(super) fn coupons(payment: &Payment, mut fields: Fields) -> Fields {
    if payment.coupons.is_empty() {
        return fields;
    }
    fields.push("coupon_count", payment.coupons.len().to_string());
    for (n, Coupon { id, fee, cash }) in payment.coupons.iter().enumerate() {
        fields.push(&format!("coupon_type_{n}"), if *cash { "CASH" } else { "NO_CASH" });
        fields.push(&format!("coupon_id_{n}"), id.as_str());
        fields.push(&format!("coupon_fee_{n}"), fen(*fee));
    }
    fields
}
