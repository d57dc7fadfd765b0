//! `/secapi/pay/refund`: takes a refund of a paid order; [`Books::advance`] brings the money back.
//!
//! The rules (manual, refund and "rules of refunding"), the first that fits answers:
//!
//! | request | answer |
//! |---|---|
//! | within a minute of the seventh failing one in a second | `INVALID_REQ_TOO_MUCH` |
//! | more than 150 in a second | `FREQUENCY_LIMITED` |
//! | a number that was taken, with the same parameters | the same answer; nothing is refunded twice |
//! | a number that was taken, with others | `INVALID_REQUEST` |
//! | an order unknown, unpaid, closed or failed | `ORDERNOTEXIST` |
//! | a reversed order | `INVALID_REQUEST` |
//! | another `total_fee` than the order's | `PARAM_ERROR` |
//! | paid more than a year ago | `TRADE_OVERDUE` |
//! | nothing left to refund, or the 51st of the order | `INVALID_REQUEST` |
//! | more than is left | `PARAM_ERROR` |
//! | within a minute of the order's last refund | `FREQUENCY_LIMITED` |
//! | more than lies in the merchant's account | `NOTENOUGH` |
//! | else | accepted, `PROCESSING` |

use std::time::Duration;

use crate::money::Fen;
use crate::number::TransactionId;
use crate::timestamp::Timestamp;
use crate::wechat::xml::Fields;

use super::Books;
use super::customer::Due;
use super::inbound::Inbound;
use super::notify::Address;
use super::order::{Coupon, Order, Payment, Refund, RefundStatus, State, fen, sum};
use super::outbound::{Outcome, Refusal};
use super::steer::{HIDDEN, RefundEnd, Refunding};

const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);
/// Refunds of one order are so far apart.
const APART: Duration = Duration::from_secs(60);
const MOST_OF_AN_ORDER: usize = 50;

pub(super) fn answer(books: &mut Books, inbound: &Inbound, now: Timestamp) -> Outcome {
    let number = inbound.text("out_refund_no");
    let known = books.find_refund(number).is_some();
    let too_often = books.refund_rate_refusal(now);
    let counts = too_often.is_none();
    let outcome = too_often.map_or_else(|| take(books, inbound, now), Outcome::from);
    let took_effect = !known && books.find_refund(number).is_some();
    let code = outcome.answer.as_ref().map_or_else(|refusal| refusal.code, |_| "SUCCESS");
    if counts {
        books.count_refund_send(code, now);
    }
    books.log_refund_send(number, inbound.refund_fee(), code, took_effect, now);
    outcome
}

fn take(books: &mut Books, inbound: &Inbound, now: Timestamp) -> Outcome {
    let terms = super::digest(inbound.terms());
    if let Some((order, refund)) = books.find_refund(inbound.text("out_refund_no")) {
        return again(order, refund, &terms).into();
    }
    let serial = match find(books, inbound).and_then(|order| check(order, inbound, now)) {
        Ok(serial) => serial,
        Err(refusal) => return refusal.into(),
    };
    let Refunding { refusal, first, after_takings, end, hidden, delay, damage } =
        Refunding::of(books.order(serial).total_fee);
    if let Some(refusal) = refusal {
        return refusal.into();
    }
    let first = first.filter(|_| books.order(serial).refund_tries == 0);
    books.change(serial, |order| order.refund_tries = order.refund_tries.saturating_add(1));
    if let Some((refusal, false)) = first {
        return refusal.into();
    }
    if let Err(refusal) = books.check_funds(serial, inbound.refund_fee(), after_takings) {
        return refusal.into();
    }
    books.accept_refund(serial, inbound, terms, end, now);
    if hidden {
        books.change(serial, |order| order.refunds_hidden_until = Some(now.plus(HIDDEN)));
    }
    if let Some((refusal, true)) = first {
        return refusal.into();
    }
    let order = books.order(serial);
    let refund = order.refunds.last().expect("it was accepted above");
    Outcome { answer: Ok(fields(order, refund)), delay, damage }
}

/// A number that was taken before.
fn again(order: &Order, refund: &Refund, terms: &str) -> Result<Fields, Refusal> {
    if refund.terms != terms {
        return Err(Refusal::new("INVALID_REQUEST", "订单金额或退款金额与之前请求不一致，请核实后再试"));
    }
    Ok(fields(order, refund))
}

/// By `transaction_id` first, as the manual prefers.
fn find<'a>(books: &'a Books, inbound: &Inbound) -> Result<&'a Order, Refusal> {
    let order = match (inbound.get("transaction_id"), inbound.get("out_trade_no")) {
        (Some(id), _) if !TransactionId::looks_like(id) => {
            return Err(Refusal::new("INVALID_TRANSACTIONID", "无效transaction_id"));
        }
        (Some(id), _) => books.find_transaction(id),
        (None, Some(number)) => books.find(number),
        (None, None) => return Err(Refusal::new("LACK_PARAMS", "缺少参数transaction_id或out_trade_no")),
    };
    order.ok_or_else(not_exist)
}

fn not_exist() -> Refusal {
    Refusal::new("ORDERNOTEXIST", "订单不存在，或者未支付，未支付的订单不能发起退款")
}

fn check(order: &Order, inbound: &Inbound, now: Timestamp) -> Result<u64, Refusal> {
    let refuse = |code, text| Err(Refusal::new(code, text));
    let payment = match &order.state {
        State::Success(payment) => payment,
        State::Revoked => return refuse("INVALID_REQUEST", "订单已撤销，不能发起退款"),
        State::NotPay | State::UserPaying | State::Closed | State::PayError => return Err(not_exist()),
    };
    if inbound.total_fee() != order.total_fee {
        return refuse("PARAM_ERROR", "订单总金额total_fee与原订单金额不一致");
    }
    if now > payment.paid_at.plus(YEAR) {
        return refuse("TRADE_OVERDUE", "订单已经超过退款期限：支付后一年");
    }
    let left = order.refundable();
    if left.is_zero() {
        return refuse("INVALID_REQUEST", "订单已全额退款");
    }
    if order.refunds.len() >= MOST_OF_AN_ORDER {
        return refuse("INVALID_REQUEST", "一笔订单最多支持50次部分退款");
    }
    if inbound.refund_fee() > left {
        return refuse("PARAM_ERROR", "申请退款金额大于订单剩余可退金额");
    }
    if order.refunds.last().is_some_and(|last| now < last.asked_at.plus(APART)) {
        return refuse("FREQUENCY_LIMITED", "同一笔订单的两次退款请间隔1分钟以上");
    }
    Ok(order.serial)
}

fn fields(order: &Order, refund: &Refund) -> Fields {
    let fields = order.name_in(Fields::new()).with("out_refund_no", refund.out_refund_no.as_str());
    let coupon = sum(&refund.coupon_fees);
    let fields = fields
        .with("refund_id", refund.id.as_str())
        .with("refund_channel", "")
        .with("refund_fee", fen(refund.fee))
        .with("settlement_refund_fee", fen(settlement(order, refund)))
        .with("coupon_refund_fee", fen(coupon))
        .with("cash_refund_fee", fen(refund.fee.checked_sub(coupon).unwrap_or_default()));
    coupons(order, refund, "", fields)
}

/// What the refund costs the merchant: without the coupons that were never settled to him.
pub(super) fn settlement(order: &Order, refund: &Refund) -> Fen {
    let free = sum(parts(order, refund).filter(|(coupon, _)| !coupon.cash).map(|(_, fee)| fee));
    refund.fee.checked_sub(free).unwrap_or_default()
}

/// The coupons that go back, whose names end in `suffix` and their own count.
pub(super) fn coupons(order: &Order, refund: &Refund, suffix: &str, mut fields: Fields) -> Fields {
    let back: Vec<_> = parts(order, refund).filter(|(_, fee)| !fee.is_zero()).collect();
    if back.is_empty() {
        return fields;
    }
    fields.push(&format!("coupon_refund_count{suffix}"), back.len().to_string());
    for (n, (Coupon { id, cash, .. }, fee)) in back.into_iter().enumerate() {
        fields.push(&format!("coupon_type{suffix}_{n}"), if *cash { "CASH" } else { "NO_CASH" });
        fields.push(&format!("coupon_refund_id{suffix}_{n}"), id.as_str());
        fields.push(&format!("coupon_refund_fee{suffix}_{n}"), fen(*fee));
    }
    fields
}

fn parts<'a>(order: &'a Order, refund: &'a Refund) -> impl Iterator<Item = (&'a Coupon, &'a Fen)> {
    order.payment().into_iter().flat_map(|payment| &payment.coupons).zip(&refund.coupon_fees)
}

impl Books {
    pub(super) fn find_refund(&self, out_refund_no: &str) -> Option<(&Order, &Refund)> {
        let order = self.shared.orders.get(self.refunds.get(out_refund_no)?)?;
        let refund = order.refunds.iter().find(|refund| refund.out_refund_no == out_refund_no)?;
        Some((order, refund))
    }

    /// The merchant's account holds what was taken since it was last emptied, less what went back.
    fn check_funds(&self, serial: u64, fee: Fen, after_takings: bool) -> Result<(), Refusal> {
        let paid_at = |order: &Order| order.payment().map(|payment| payment.paid_at);
        let since = self.local.rules.settled_at.max(paid_at(self.order(serial)).filter(|_| after_takings));
        let Some(since) = since else { return Ok(()) };
        let orders = || self.shared.orders.values();
        let taken = orders().filter(|order| paid_at(order) > Some(since)).map(|order| &order.total_fee);
        let refunds = orders().flat_map(|order| &order.refunds);
        let back = refunds.filter(|refund| refund.asked_at > since && refund.counts()).map(|refund| &refund.fee);
        if sum(taken).checked_sub(sum(back)).is_none_or(|funds| funds < fee) {
            return Err(Refusal::new("NOTENOUGH", "基本账户余额不足，请充值后重新发起"));
        }
        Ok(())
    }

    fn accept_refund(&mut self, serial: u64, inbound: &Inbound, terms: String, end: RefundEnd, now: Timestamp) {
        let id = self.refund_id(now);
        let order = self.order(serial);
        let fee = inbound.refund_fee();
        let refund = Refund {
            out_refund_no: inbound.text("out_refund_no").to_owned(),
            id,
            fee,
            coupon_fees: order.payment().map(|payment| split(payment, order, fee)).unwrap_or_default(),
            terms,
            asked_at: now,
            account: inbound.get("refund_account").unwrap_or("REFUND_SOURCE_UNSETTLED_FUNDS").to_owned(),
            notify: Address::of(inbound),
            status: RefundStatus::Processing,
        };
        let place = order.refunds.len();
        let left = order.refundable().checked_sub(fee).unwrap_or_default();
        let what = format!("refund …{} of ¥{fee} accepted; ¥{left} left to refund", refund.tail());
        self.refunds.insert(refund.out_refund_no.clone(), serial);
        self.refund_ids.insert(refund.id.clone(), refund.out_refund_no.clone());
        self.change(serial, |order| order.refunds.push(refund));
        self.note(now, serial, what);
        if end != RefundEnd::Never {
            self.plan(now.plus(self.local.rules.refund_takes), serial, Due::RefundEnds(place, end));
        }
    }

    /// The bank has spoken.
    pub(super) fn end_refund(&mut self, serial: u64, place: usize, end: RefundEnd, now: Timestamp) {
        let status = match end {
            RefundEnd::Success => RefundStatus::Success(now),
            RefundEnd::Change => RefundStatus::Change,
            RefundEnd::Closed => RefundStatus::Closed,
            RefundEnd::Never => return,
        };
        let what = match end {
            RefundEnd::Success | RefundEnd::Never => "is back with the customer",
            RefundEnd::Change => "came back from the bank: the merchant must send it by hand (CHANGE)",
            RefundEnd::Closed => "was closed and stays with the merchant (REFUNDCLOSE)",
        };
        let refund = self.shared.orders.get_mut(&serial).and_then(|order| order.refunds.get_mut(place));
        let Some(refund) = refund else { return };
        refund.status = status;
        let line = format!("refund …{}: ¥{} {what}", refund.tail(), refund.fee);
        self.revision += 1;
        self.note(now, serial, line);
        self.notify_refunded(serial, place, now);
    }

    /// 28 digits: 503, the day, seventeen digits.
    fn refund_id(&mut self, now: Timestamp) -> String {
        let tail = self.draw() % 100_000_000_000_000_000;
        format!("503{}{tail:017}", &now.wire()[..8])
    }
}

/// What of each coupon goes back with `fee`. The coupons lie before the customer's own money, one after the
/// other, and of each stretch of that line goes back what has its proportion of all: so it comes out even at the end,
/// and no refund gives back more coupon than it is.
fn split(payment: &Payment, order: &Order, fee: Fen) -> Vec<Fen> {
    let before = order.refunded().as_i64();
    let total = order.total_fee.as_i64();
    let back = |until: i64| until * (before + fee.as_i64()) / total - until * before / total;
    let mut until = 0;
    let share = |coupon: &Coupon| {
        let from = until;
        until += coupon.fee.as_i64();
        Fen::new(back(until) - back(from)).unwrap_or_default()
    };
    payment.coupons.iter().map(share).collect()
}
