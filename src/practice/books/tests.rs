//! Each call and rule, on the pure books, with explicit times.

use std::time::Duration;

use super::*;
use crate::number::AuthCode;
use crate::practice::phone::PhoneScreen;
use crate::practice::{API_KEY, APPID, UNBOUND_APPID};
use crate::wechat::sign::{ApiKey, SignType, sign, verify};
use crate::wechat::xml::Fields;

mod closeorder;
mod customer;
mod micropay;
mod notify;
mod orderquery;
mod refund;
mod requests;
mod reverse;
mod steering;
mod unifiedorder;

const CODE: &str = "134567890123456789";

/// A till's side of the wire, with a clock of its own.
struct Till {
    books: Books,
    now: Timestamp,
    sign_type: SignType,
    key: ApiKey,
    nonces: u32,
    header: Option<&'static str>,
    delay: Option<Duration>,
}

/// A request's parameters: later ones stand in place of earlier ones, an empty one takes it away.
type Params<'a> = &'a [(&'a str, &'a str)];

impl Till {
    fn new(customer: Customer) -> Self {
        let mut books = Books::new(7);
        let now = Timestamp::from_wire("20261122182405").unwrap();
        books.set_customer(customer, now);
        let key = ApiKey::new(API_KEY);
        Self { books, now, sign_type: SignType::Md5, key, nonces: 0, header: None, delay: None }
    }

    fn wait(&mut self, seconds: u64) {
        self.now = self.now.plus(Duration::from_secs(seconds));
    }

    fn body(&mut self, params: Params<'_>) -> Fields {
        self.nonces += 1;
        let nonce = format!("nonce{}", self.nonces);
        let common = [("appid", APPID), ("mch_id", MCH_ID), ("nonce_str", nonce.as_str())];
        let sign_type = [("sign_type", self.sign_type.name())];
        let sign_type = if self.sign_type == SignType::Md5 { &[][..] } else { &sign_type[..] };
        let all: Vec<_> = common.iter().chain(sign_type).chain(params).copied().collect();
        let last = |name: &str| all.iter().rev().find(|(n, _)| *n == name).unwrap().1;
        let mut fields = Fields::new();
        for (name, _) in &all {
            if !fields.has_element(name) {
                fields.push(name, last(name));
            }
        }
        let signature = sign(&fields, &self.key, self.sign_type);
        fields.with("sign", signature)
    }

    fn send(&mut self, path: &str, body: &[u8]) -> Reply {
        let request = Request { negative_test: self.header, ..Request::post(path, body) };
        let reply = self.books.handle(&request, self.now);
        self.delay = reply.delay;
        reply
    }

    /// A call whose reply must be signed rightly.
    fn call(&mut self, path: &str, params: Params<'_>) -> Fields {
        let body = self.body(params).to_xml();
        let reply = self.send(path, body.as_bytes());
        let fields = Fields::parse(&reply.body).unwrap();
        assert_eq!(fields.get("return_code"), Some("SUCCESS"), "{fields:?}");
        verify(fields, &self.key, self.sign_type).unwrap().fields().clone()
    }

    /// Makes a native order with changes to the usual parameters.
    fn order_with(&mut self, number: &str, changes: Params<'_>) -> Fields {
        let usual = [
            ("body", "小张南山店-超市"),
            ("out_trade_no", number),
            ("total_fee", "1250"),
            ("spbill_create_ip", "127.0.0.1"),
            ("notify_url", "https://till.invalid/notify"),
            ("trade_type", "NATIVE"),
            ("product_id", number),
        ];
        let params: Vec<_> = usual.iter().chain(changes).copied().collect();
        self.call("/pay/unifiedorder", &params)
    }

    fn order(&mut self, number: &str) -> String {
        let reply = self.order_with(number, &[]);
        assert_eq!(reply.get("result_code"), Some("SUCCESS"), "{reply:?}");
        reply.get("code_url").unwrap().to_owned()
    }

    /// Charges a code with changes to the usual parameters.
    fn charge_with(&mut self, number: &str, code: &str, changes: Params<'_>) -> Fields {
        let usual = [
            ("body", "小张南山店-超市"),
            ("out_trade_no", number),
            ("total_fee", "1250"),
            ("spbill_create_ip", "127.0.0.1"),
            ("auth_code", code),
            ("device_info", "till-1"),
            ("attach", "备注"),
        ];
        let params: Vec<_> = usual.iter().chain(changes).copied().collect();
        self.call("/pay/micropay", &params)
    }

    fn charge(&mut self, number: &str, code: &str, fee: &str) -> Fields {
        self.charge_with(number, code, &[("total_fee", fee)])
    }

    fn query(&mut self, number: &str) -> Fields {
        self.call("/pay/orderquery", &[("out_trade_no", number)])
    }

    fn trade_state(&mut self, number: &str) -> String {
        let reply = self.query(number);
        reply.get("trade_state").or(reply.get("err_code")).unwrap().to_owned()
    }

    fn close(&mut self, number: &str) -> Fields {
        self.call("/pay/closeorder", &[("out_trade_no", number)])
    }
}

/// The `err_code`, or `SUCCESS`.
fn code(reply: &Fields) -> &str {
    match reply.get("result_code") {
        Some("FAIL") => reply.get("err_code").unwrap(),
        other => other.unwrap(),
    }
}

/// A fresh code of the payer with these six digits.
fn code_of(payer: u32, n: u32) -> String {
    format!("13{payer:06}{n:010}")
}

/// The `return_msg` of an unsigned FAIL; anything else is a failure of the test.
fn unsigned(reply: &Reply) -> String {
    let fields = Fields::parse(&reply.body).unwrap();
    assert_eq!(fields.get("return_code"), Some("FAIL"));
    assert_eq!((fields.get("sign"), fields.get("result_code")), (None, None));
    fields.get("return_msg").unwrap().to_owned()
}
