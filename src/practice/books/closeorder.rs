//! `/pay/closeorder`: closes an unpaid native order.

use std::time::Duration;

use crate::timestamp::Timestamp;
use crate::wechat::xml::Fields;

use super::inbound::Inbound;
use super::order::State;
use super::outbound::{Outcome, Refusal};
use super::{Books, steer};

/// An order can't be closed sooner after it was made (manual, closeorder).
const EARLIEST: Duration = Duration::from_secs(5 * 60);

pub(super) fn answer(books: &mut Books, inbound: &Inbound, now: Timestamp) -> Outcome {
    match close(books, inbound.text("out_trade_no"), now) {
        Ok(()) => Ok(Fields::new().with("result_msg", "OK")).into(),
        Err(refusal) => refusal.into(),
    }
}

fn close(books: &mut Books, number: &str, now: Timestamp) -> Result<(), Refusal> {
    let refuse = |code, text| Err(Refusal::new(code, text));
    let Some(order) = books.find(number) else { return refuse("ORDERNOTEXIST", "订单不存在") };
    if order.is_micropay() {
        return refuse("INVALID_REQUEST", "付款码支付的订单不能关单，请调用撤销接口");
    }
    match order.state {
        State::Success(_) => return refuse("ORDERPAID", "订单已支付，不能发起关单"),
        State::Closed | State::Revoked | State::PayError => return refuse("ORDERCLOSED", "订单已关闭"),
        State::NotPay | State::UserPaying => {}
    }
    let ruled = books.rules().five_minutes_before_close && !steer::closes_at_once(order.total_fee);
    let serial = order.serial;
    if ruled && now < order.created_at.plus(EARLIEST) {
        // The shop has taken the picture away: who has not scanned it yet can't any more.
        books.put_off(serial);
        return refuse("INVALID_REQUEST", "订单生成后不能马上关单，最短调用时间间隔为5分钟");
    }
    books.close(serial, "closed by the shop", now);
    Ok(())
}
