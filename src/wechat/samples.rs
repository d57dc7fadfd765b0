//! What the tests of this room share.

use crate::money::Fen;
use crate::number::{AuthCode, OutRefundNo, OutTradeNo};
use crate::payment::{Order, RefundRequest};
use crate::timestamp::Timestamp;

use super::request::Merchant;
use super::sign::{self, ApiKey, SignType};
use super::xml::Fields;

pub(super) const TRANSACTION: &str = "4200000015202611221234567890";

pub(super) fn merchant() -> Merchant {
    Merchant {
        appid: "wx0000000000000001".to_owned(),
        mch_id: "1900000001".to_owned(),
        sub: None,
        api_key: ApiKey::new("0123456789abcdef0123456789ABCDEF"),
        other_api_key: None,
        sign_type: SignType::HmacSha256,
    }
}

pub(super) fn order() -> Order {
    let created_at = Timestamp::from_wire("20261122120000").unwrap();
    Order {
        out_trade_no: OutTradeNo::make(created_at, 1, 12_345),
        total_fee: Fen::new(1288).unwrap(),
        body: "小张南山店-超市".to_owned(),
        attach: "two <bags> & a box".to_owned(),
        device_info: "till 1".to_owned(),
        spbill_create_ip: "127.0.0.1".to_owned(),
        notify_url: "https://shop.example/notify".to_owned(),
        created_at,
    }
}

pub(super) fn code() -> AuthCode {
    AuthCode::parse("134567890123456789").unwrap()
}

/// The fields that every signed reply to `merchant` begins with.
pub(super) fn reply(result_code: &str) -> Fields {
    let merchant = merchant();
    Fields::new()
        .with("return_code", "SUCCESS")
        .with("return_msg", "OK")
        .with("appid", merchant.appid)
        .with("mch_id", merchant.mch_id)
        .with("nonce_str", "5K8264ILTKCH16CQ2502SI8ZNMTM67VS")
        .with("result_code", result_code)
}

/// A signed business failure.
pub(super) fn failure(err_code: &str) -> Fields {
    reply("FAIL").with("err_code", err_code).with("err_code_des", "说明")
}

/// What micropay answers, and orderquery with a `trade_state` added, when `order` was paid.
pub(super) fn paid(order: &Order) -> Fields {
    reply("SUCCESS")
        .with("openid", "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o")
        .with("is_subscribe", "N")
        .with("trade_type", "MICROPAY")
        .with("bank_type", "CMC_DEBIT")
        .with("fee_type", "CNY")
        .with("total_fee", order.total_fee.as_i64().to_string())
        .with("cash_fee", "1188")
        .with("coupon_fee", "100")
        .with("transaction_id", TRANSACTION)
        .with("out_trade_no", order.out_trade_no.as_str())
        .with("time_end", "20261122120105")
}

/// A part of `order`'s money goes back.
pub(super) fn refund_request() -> RefundRequest {
    let order = order();
    RefundRequest {
        out_refund_no: OutRefundNo::make(order.created_at, 1, 123_456_789),
        out_trade_no: order.out_trade_no,
        total_fee: order.total_fee,
        refund_fee: Fen::new(288).unwrap(),
        reason: "商品退回".to_owned(),
    }
}

/// A refund as refundquery lists it, its fields without their `_n`.
pub(super) fn refund_row(number: &str, fee: &str, status: &str) -> Vec<(&'static str, String)> {
    [
        ("out_refund_no", number),
        ("refund_id", "50000404922017112502468056157"),
        ("refund_channel", "ORIGINAL"),
        ("refund_fee", fee),
        ("refund_status", status),
        ("refund_recv_accout", "支付用户零钱"),
        ("refund_success_time", "2026-11-22 12:15:30"),
    ]
    .map(|(name, value)| (name, value.to_owned()))
    .to_vec()
}

/// What refundquery answers about `order`'s refunds.
pub(super) fn refunded(rows: &[Vec<(&'static str, String)>]) -> Fields {
    let order = order();
    let fields = reply("SUCCESS")
        .with("transaction_id", TRANSACTION)
        .with("out_trade_no", order.out_trade_no.as_str())
        .with("total_fee", order.total_fee.as_i64().to_string())
        .with("refund_count", if rows.is_empty() { String::new() } else { rows.len().to_string() });
    rows.iter().enumerate().fold(fields, |fields, (at, row)| {
        row.iter().fold(fields, |fields, (name, value)| fields.with(&format!("{name}_{at}"), value))
    })
}

/// `fields` without `name`.
pub(super) fn without(fields: &Fields, name: &str) -> Fields {
    fields.iter().filter(|(n, _)| *n != name).fold(Fields::new(), |all, (n, v)| all.with(n, v))
}

/// `fields` with another value for `name`.
pub(super) fn changed(fields: &Fields, name: &str, value: &str) -> Fields {
    fields.iter().fold(Fields::new(), |all, (n, v)| all.with(n, if n == name { value } else { v }))
}

/// The body of a reply, signed as the merchant expects it.
pub(super) fn body(fields: &Fields) -> String {
    let merchant = merchant();
    let sign = sign::sign(fields, &merchant.api_key, merchant.sign_type);
    fields.clone().with("sign", sign).to_xml()
}
