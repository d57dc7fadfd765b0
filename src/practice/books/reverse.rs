//! `/secapi/pay/reverse`: undoes a micropay, unpaid or paid.

use std::time::Duration;

use crate::timestamp::Timestamp;
use crate::wechat::xml::Fields;

use super::Books;
use super::inbound::Inbound;
use super::order::{Order, State};
use super::outbound::{Outcome, Refusal};
use super::steer::Reversal;

/// No reverse sooner after the charge (manual, reverse).
const EARLIEST: Duration = Duration::from_secs(15);
/// And none later; a refund then.
const LATEST: Duration = Duration::from_secs(7 * 24 * 60 * 60);

pub(super) fn answer(books: &mut Books, inbound: &Inbound, now: Timestamp) -> Outcome {
    let done = |recall| Ok(Fields::new().with("recall", recall)).into();
    let serial = match find(books, inbound) {
        Ok(Some(order)) => order.serial,
        // A number that nobody knows is a success too (manual, reverse).
        Ok(None) => return done("N"),
        Err(refusal) => return refusal.into(),
    };
    if let Err(refusal) = check(books.order(serial), now) {
        return refusal.into();
    }
    let first = books.order(serial).reverses == 0;
    books.change(serial, |order| order.reverses = order.reverses.saturating_add(1));
    match Reversal::of(books.order(serial).total_fee) {
        Reversal::Recall if first => return done("Y"),
        Reversal::DoneUnsaid if first => {
            books.reverse(serial, now);
            return Refusal::new("SYSTEMERROR", "系统超时").into();
        }
        Reversal::Plain | Reversal::Recall | Reversal::AfterPassword | Reversal::DoneUnsaid => {}
    }
    books.reverse(serial, now);
    done("N")
}

/// By `transaction_id` first, as the manual prefers.
fn find<'a>(books: &'a Books, inbound: &Inbound) -> Result<Option<&'a Order>, Refusal> {
    match (inbound.get("transaction_id"), inbound.get("out_trade_no")) {
        (Some(id), _) => Ok(books.find_transaction(id)),
        (None, Some(number)) => Ok(books.find(number)),
        (None, None) => Err(Refusal::new("LACK_PARAMS", "缺少参数transaction_id或out_trade_no")),
    }
}

fn check(order: &Order, now: Timestamp) -> Result<(), Refusal> {
    let refuse = |code, text| Err(Refusal::new(code, text));
    if !order.is_micropay() {
        return refuse("INVALID_REQUEST", "此接口仅支持撤销付款码支付的订单");
    }
    if order.state == State::Revoked {
        return Ok(());
    }
    if !order.refunds.is_empty() {
        return refuse("INVALID_REQUEST", "订单已发起退款，不能撤销");
    }
    if now < order.created_at.plus(EARLIEST) {
        return refuse("INVALID_REQUEST", "支付后不能马上撤销，最短调用时间间隔为15秒");
    }
    if now > order.created_at.plus(LATEST) {
        return refuse("REVERSE_EXPIRE", "订单超过七天，不能撤销，请调用申请退款");
    }
    if order.state == State::UserPaying && Reversal::of(order.total_fee) == Reversal::AfterPassword {
        return refuse("USERPAYING", "用户支付中，需要输入密码");
    }
    Ok(())
}

impl Books {
    /// Whatever was paid goes back whole; a reversed order stays as it is.
    fn reverse(&mut self, serial: u64, now: Timestamp) {
        let order = self.order(serial);
        if matches!(order.state, State::Revoked) {
            return;
        }
        let paid = order.payment().cloned();
        let why = if paid.is_some() { "reversed by the shop; the money goes back" } else { "reversed by the shop" };
        self.change(serial, |order| order.returned = paid);
        self.finish(serial, State::Revoked, why, now);
    }
}
