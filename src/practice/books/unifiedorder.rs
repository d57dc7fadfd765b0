//! `/pay/unifiedorder`: makes a native order, or a new picture of one.

use crate::timestamp::Timestamp;
use crate::wechat::xml::Fields;

use super::inbound::Inbound;
use super::order::{Kind, State};
use super::outbound::{Outcome, Refusal};
use super::steer::{self, LATE};
use super::{Books, MIN_EXPIRY_NATIVE};

/// Every `code_url` begins with this.
pub(super) const CODE_URL: &str = "weixin://wxpay/bizpayurl?pr=";

pub(super) fn answer(books: &mut Books, inbound: &Inbound, now: Timestamp) -> Outcome {
    let row = steer::row(inbound.total_fee());
    let refused = check(inbound, now).err().or_else(|| row.and_then(steer::order_refusal));
    if let Some(refusal) = refused {
        return refusal.into();
    }
    let serial = match reenter(books, inbound, now) {
        Ok(Some(serial)) => serial,
        Ok(None) => {
            let serial = create(books, inbound, now);
            if matches!(row, Some(1 | 2)) {
                return Refusal::new("SYSTEMERROR", "系统超时，请用相同参数重新调用").into();
            }
            serial
        }
        Err(refusal) => return refusal.into(),
    };
    Outcome {
        answer: Ok(fields(books, serial, now)),
        delay: (row == Some(30)).then_some(LATE),
        damage: row.and_then(steer::damage),
    }
}

/// The rules between parameters (manual, unifiedorder).
fn check(inbound: &Inbound, now: Timestamp) -> Result<(), Refusal> {
    if inbound.text("trade_type") != "NATIVE" {
        return Err(Refusal::new("NOAUTH", "此商家未开通该交易类型权限（练习环境只有NATIVE）"));
    }
    if inbound.get("product_id").is_none() {
        return Err(Refusal::new("LACK_PARAMS", "trade_type为NATIVE时缺少参数product_id"));
    }
    super::check_expiry(inbound.time("time_expire"), MIN_EXPIRY_NATIVE, now)
}

/// The same number again: the serial of the order that gets a new picture, or why it doesn't.
fn reenter(books: &mut Books, inbound: &Inbound, now: Timestamp) -> Result<Option<u64>, Refusal> {
    let terms = super::digest(inbound.terms());
    let Some(order) = books.find(inbound.text("out_trade_no")) else { return Ok(None) };
    if order.is_micropay() {
        return Err(Refusal::new("OUT_TRADE_NO_USED", "商户订单号重复"));
    }
    match order.state {
        State::Success(_) => return Err(Refusal::new("ORDERPAID", "该订单已支付")),
        State::Closed | State::Revoked | State::PayError => {
            return Err(Refusal::new("ORDERCLOSED", "该订单已关闭"));
        }
        State::NotPay | State::UserPaying => {}
    }
    if order.terms != terms {
        return Err(Refusal::new("INVALID_REQUEST", "商户订单号重复，订单参数与首次下单不一致"));
    }
    let serial = order.serial;
    let picture = books.new_picture();
    books.change(serial, |order| order.kind = Kind::Native { picture, made_at: now });
    books.note(now, serial, "new QR code; the old one is dead");
    books.show_to_customer(serial, now);
    Ok(Some(serial))
}

fn create(books: &mut Books, inbound: &Inbound, now: Timestamp) -> u64 {
    let kind = Kind::Native { picture: books.new_picture(), made_at: now };
    let serial = books.add_order(inbound, kind, now);
    books.note(now, serial, "QR code made");
    books.show_to_customer(serial, now);
    serial
}

fn fields(books: &mut Books, serial: u64, now: Timestamp) -> Fields {
    let prepay_id = format!("wx{}{:016x}{:04x}", now.wire(), books.draw(), books.draw() & 0xffff);
    let order = books.order(serial);
    let Kind::Native { picture, .. } = &order.kind else {
        unreachable!("unifiedorder makes and re-enters native orders only")
    };
    Fields::new()
        .with("device_info", order.device_info.as_str())
        .with("trade_type", "NATIVE")
        .with("prepay_id", prepay_id)
        .with("code_url", format!("{CODE_URL}{picture}"))
}
