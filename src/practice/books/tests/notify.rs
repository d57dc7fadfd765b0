use aes::Aes256;
use aes::cipher::{Array, BlockCipherDecrypt, KeyInit};
use base64ct::{Base64, Encoding};
use md5::{Digest, Md5};

use super::*;

const URL: &str = "http://127.0.0.1:9/told";

/// A till with the order `A00001`, told at [`URL`], paid just now.
fn paid(sign_type: SignType) -> Till {
    let mut till = Till::new(Customer::Panel);
    till.sign_type = sign_type;
    till.order_with("A00001", &[("notify_url", URL)]);
    assert!(till.books.take_notices(till.now).is_empty(), "nothing is paid");
    till.books.press(Button::Pay, till.now);
    till
}

fn only(notices: Vec<Outgoing>) -> Outgoing {
    assert_eq!(notices.len(), 1, "{notices:?}");
    notices.into_iter().next().unwrap()
}

#[test]
fn a_payment_is_told_as_the_query_tells_it() {
    for sign_type in [SignType::Md5, SignType::HmacSha256] {
        let mut till = paid(sign_type);
        let notice = only(till.books.take_notices(till.now));
        assert_eq!(notice.url, URL);
        let told = verify(Fields::parse(notice.body.as_bytes()).unwrap(), &till.key, sign_type).unwrap();
        assert_eq!((told.get("return_code"), told.get("result_code")), (Some("SUCCESS"), Some("SUCCESS")));
        assert_eq!((told.get("appid"), told.get("mch_id")), (Some(APPID), Some(MCH_ID)));
        let named = (sign_type == SignType::HmacSha256).then_some("HMAC-SHA256");
        assert_eq!(told.get("sign_type"), named);
        let found = till.query("A00001");
        for name in ["out_trade_no", "transaction_id", "total_fee", "cash_fee", "time_end", "openid", "trade_type"] {
            assert_eq!(told.get(name), found.get(name), "{name}");
        }
    }
}

#[test]
fn it_comes_again_in_wechats_rhythm_and_then_no_more() {
    let mut till = paid(SignType::Md5);
    let begun = till.now;
    let mut at = Vec::new();
    while let Some(next) = till.books.next_due().filter(|due| *due < begun.plus(Duration::from_secs(2 * 86_400))) {
        let notice = only(till.books.take_notices(next));
        assert!(till.books.take_notices(next).is_empty(), "no other process sends it too");
        till.books.notice_answered(notice.id, false, next);
        at.push(next.since(begun).as_secs());
    }
    let all = [0, 15, 30, 60, 240, 840, 2040, 3840, 5640, 7440, 11040, 21840, 32640, 43440, 65040, 86640];
    assert_eq!(at, all, "24 h 4 min in all");
}

#[test]
fn what_is_taken_is_told_once() {
    let mut till = paid(SignType::Md5);
    let notice = only(till.books.take_notices(till.now));
    till.books.notice_answered(notice.id, true, till.now);
    till.wait(86_400);
    assert!(till.books.take_notices(till.now).is_empty());
    let line = till.books.trace().last().unwrap().to_string();
    assert!(line.ends_with("the client took the notification"), "{line}");
}

#[test]
fn nobody_elsewhere_is_told_and_no_charge_is() {
    let mut till = Till::new(Customer::Pays);
    till.order_with("A00001", &[("notify_url", "https://shop.example.cn/told")]);
    till.charge_with("A00002", CODE, &[("notify_url", URL)]);
    till.wait(2);
    assert_eq!(till.trade_state("A00001"), "SUCCESS");
    assert_eq!(till.trade_state("A00002"), "SUCCESS");
    assert!(till.books.take_notices(till.now).is_empty());
}

/// The inside of `req_info`, as a client opens it.
fn opened(req_info: &str) -> Fields {
    let key = md5_hex(API_KEY);
    let mut bytes = Base64::decode_vec(req_info).unwrap();
    let cipher = Aes256::new(&Array(key));
    for block in bytes.chunks_exact_mut(16) {
        cipher.decrypt_block(block.try_into().unwrap());
    }
    let padding = usize::from(*bytes.last().unwrap());
    bytes.truncate(bytes.len() - padding);
    Fields::parse_root(&bytes, "root").unwrap()
}

fn md5_hex(text: &str) -> [u8; 32] {
    let hex: Vec<String> = Md5::digest(text).iter().map(|byte| format!("{byte:02x}")).collect();
    hex.concat().as_bytes().try_into().unwrap()
}

#[test]
fn a_refund_is_told_when_it_ended_sealed_with_the_key() {
    for (fee, status) in [("1250", "SUCCESS"), ("9040459", "CHANGE"), ("9040460", "REFUNDCLOSE")] {
        let mut till = Till::new(Customer::Pays);
        till.order_with("A00001", &[("total_fee", fee)]);
        till.wait(2);
        let params = [
            ("out_trade_no", "A00001"),
            ("out_refund_no", "R1"),
            ("total_fee", fee),
            ("refund_fee", "1200"),
            ("notify_url", URL),
        ];
        let body = till.body(&params).to_xml();
        let plain = Request::post("/secapi/pay/refund", body.as_bytes());
        till.books.handle(&Request { has_client_certificate: true, ..plain }, till.now);
        assert!(till.books.take_notices(till.now).is_empty(), "it is on its way");
        till.wait(10);
        till.books.advance(till.now);
        let notice = only(till.books.take_notices(till.now));
        let outer = Fields::parse(notice.body.as_bytes()).unwrap();
        assert_eq!((outer.get("mch_id"), outer.get("sign")), (Some(MCH_ID), None));
        let inner = opened(outer.get("req_info").unwrap());
        let time = (status == "SUCCESS").then_some("2026-11-22 18:24:17");
        for (name, value) in [
            ("out_trade_no", Some("A00001")),
            ("out_refund_no", Some("R1")),
            ("total_fee", Some(fee)),
            ("refund_fee", Some("1200")),
            ("refund_status", Some(status)),
            ("success_time", time),
            ("refund_request_source", Some("API")),
        ] {
            assert_eq!(inner.get(name), value, "{name}");
        }
    }
}
