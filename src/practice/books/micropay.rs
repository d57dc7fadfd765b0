//! `/pay/micropay`: charges the code on the customer's phone.

use std::time::Duration;

use crate::number::AuthCode;
use crate::timestamp::Timestamp;
use crate::wechat::xml::Fields;

use super::customer::Due;
use super::inbound::Inbound;
use super::order::{Kind, Order, Stage, State};
use super::outbound::{Outcome, Refusal};
use super::steer::{Act, Forced, HIDDEN, Reversal, Steering, Then, Truth};
use super::{Books, MIN_EXPIRY_MICROPAY};

/// A micropay that is still unpaid then is reversed by the gateway itself (reasonable query
/// mechanism).
pub(super) const AUTO_REVERSE: Duration = Duration::from_secs(45);

pub(super) fn answer(books: &mut Books, inbound: &Inbound, now: Timestamp) -> Outcome {
    let Steering { forced, delay, damage, hidden, queries_fail } = Steering::of(inbound);
    let begun = begin(books, inbound, forced.as_ref(), now);
    let serial = match begun {
        Ok(Begun::New(serial)) => serial,
        Ok(Begun::Again(answer)) => return Outcome { answer, delay, damage },
        Err(refusal) => return Outcome { answer: Err(refusal), delay, damage: None },
    };
    let act = match forced {
        Some(Forced::Act(act)) => act,
        Some(Forced::Refuse(_)) | None => books.customer_meets_charge(serial, now),
    };
    books.change(serial, |order| {
        order.queries_fail = queries_fail;
        order.hidden_until = hidden.then(|| now.plus(HIDDEN));
    });
    Outcome { answer: perform(books, serial, act, now), delay, damage }
}

enum Begun {
    New(u64),
    /// The number was sent before, with the same parameters.
    Again(Result<Fields, Refusal>),
}

/// Checks number and code; then the order is in the books, unpaid.
fn begin(books: &mut Books, inbound: &Inbound, forced: Option<&Forced>, now: Timestamp) -> Result<Begun, Refusal> {
    check(inbound, now)?;
    let payer = payer_of(inbound)?;
    if let Some(order) = books.find(inbound.text("out_trade_no")) {
        return again(order, &payer, &super::digest(inbound.terms())).map(Begun::Again);
    }
    if let Some(Forced::Refuse(refusal)) = forced {
        return Err(refusal.clone());
    }
    books.take_code(inbound.text("auth_code"), now)?;
    let serial = books.add_order(inbound, Kind::Micropay, now);
    books.change(serial, |order| order.payer = Some(payer));
    Ok(Begun::New(serial))
}

fn check(inbound: &Inbound, now: Timestamp) -> Result<(), Refusal> {
    if inbound.get("deposit") == Some("Y") {
        return Err(Refusal::new("NOAUTH", "商户未开通押金支付权限"));
    }
    super::check_expiry(inbound.time("time_expire"), MIN_EXPIRY_MICROPAY, now)
}

fn payer_of(inbound: &Inbound) -> Result<String, Refusal> {
    let code = AuthCode::parse(inbound.text("auth_code"))
        .ok_or_else(|| Refusal::new("AUTH_CODE_INVALID", "请扫描微信支付被扫条码/二维码"))?;
    Ok(super::customer::openid(&code))
}

/// The same number again (manual, micropay): nothing is charged twice.
fn again(order: &Order, payer: &str, terms: &str) -> Result<Result<Fields, Refusal>, Refusal> {
    let refuse = |code, text| Err(Refusal::new(code, text));
    if !order.is_micropay() {
        return refuse("OUT_TRADE_NO_USED", "商户订单号重复");
    }
    match order.state {
        State::Success(_) => return refuse("ORDERPAID", "该订单已支付"),
        State::Revoked => return refuse("ORDERREVERSED", "订单已撤销"),
        State::Closed => return refuse("ORDERCLOSED", "订单已关闭"),
        State::NotPay | State::UserPaying | State::PayError => {}
    }
    if order.payer.as_deref() != Some(payer) {
        return refuse("BUYER_MISMATCH", "支付帐号错误，暂不支持同一笔订单更换支付方");
    }
    if order.state == State::PayError {
        return refuse("OUT_TRADE_NO_USED", "商户订单号重复");
    }
    if order.terms != terms {
        return refuse("INVALID_REQUEST", "商户订单号重复，订单参数与首次支付不一致");
    }
    Ok(Err(user_paying()))
}

fn perform(books: &mut Books, serial: u64, act: Act, now: Timestamp) -> Result<Fields, Refusal> {
    match act {
        Act::Pay => {
            books.pay(serial, now);
            let order = books.order(serial);
            let payment = order.payment().expect("it was paid on the line above");
            Ok(order.tell_paid(payment, Fields::new().with("device_info", order.device_info.as_str())))
        }
        Act::Ask(then) => {
            books.ask_password(serial, then, now);
            Err(user_paying())
        }
        Act::Fail(refusal) => {
            books.fail(serial, "the payment failed", now);
            Err(refusal)
        }
        Act::Unclear(code, truth) => {
            match truth {
                Truth::Paid => books.pay(serial, now),
                Truth::PayError => books.fail(serial, "the bank refused", now),
                Truth::Unpaid => books.leave_unpaid(serial, now),
            }
            let known = code == "ORDERPAID";
            let text = if known {
                "该订单已支付"
            } else {
                "系统错误，请立即调用查询接口确认支付结果"
            };
            Err(Refusal::new(code, text))
        }
    }
}

fn user_paying() -> Refusal {
    Refusal::new("USERPAYING", "需要用户输入支付密码")
}

impl Books {
    fn ask_password(&mut self, serial: u64, then: Then, now: Timestamp) {
        let left = then == Then::Leaves;
        self.change(serial, |order| {
            order.state = State::UserPaying;
            order.stage = if left { Stage::Left } else { Stage::PasswordBox };
        });
        self.note(
            now,
            serial,
            if left { "asked for the password; customer walks away" } else { "customer asked for the password" },
        );
        match then {
            Then::Types(after) => self.plan(now.plus(after), serial, Due::TypesPassword),
            Then::Fails(after) => self.plan(now.plus(after), serial, Due::Fails),
            Then::Waits | Then::Leaves => {}
        }
        if Reversal::of(self.order(serial).total_fee) != Reversal::AfterPassword {
            self.plan(now.plus(AUTO_REVERSE), serial, Due::AutoReverse);
        }
    }

    fn leave_unpaid(&mut self, serial: u64, now: Timestamp) {
        self.note(now, serial, "not charged, and the answer doesn't say so");
        self.plan(now.plus(AUTO_REVERSE), serial, Due::AutoReverse);
    }
}
