//! What is refused before any order is looked at.

use super::*;

const CALLS: [&str; 4] = ["/pay/unifiedorder", "/pay/micropay", "/pay/orderquery", "/pay/closeorder"];

#[test]
fn unknown_paths_are_an_html_page() {
    let mut till = Till::new(Customer::Pays);
    for path in ["/", "/pay", "/pay/nothing", "/xdc/apiv2sandbox/pay/unifiedorder", "/pay/micropay/"] {
        let reply = till.send(path, b"<xml></xml>");
        assert_eq!((reply.status, reply.content_type), (404, "text/html; charset=utf-8"), "{path}");
        assert!(reply.body.starts_with(b"<html>"), "{path}");
    }
}

#[test]
fn only_post_is_taken() {
    let mut till = Till::new(Customer::Pays);
    for path in CALLS {
        let request = Request { is_post: false, ..Request::post(path, b"") };
        let reply = till.books.handle(&request, till.now);
        assert!(unsigned(&reply).starts_with("REQUIRE_POST_METHOD"), "{path}");
    }
}

#[test]
fn bodies_that_are_no_xml_are_named() {
    let mut till = Till::new(Customer::Pays);
    for (body, code) in [
        (&b""[..], "POST_DATA_EMPTY"),
        (b"<xml><a>\xff</a></xml>", "NOT_UTF8"),
        (b"appid=1&mch_id=2", "XML_FORMAT_ERROR"),
        (b"<xml><a>1</a>", "XML_FORMAT_ERROR"),
        (b"<!DOCTYPE x><xml><a>1</a></xml>", "XML_FORMAT_ERROR"),
    ] {
        let reply = till.send("/pay/orderquery", body);
        assert!(unsigned(&reply).starts_with(code), "{code}");
    }
}

#[test]
fn a_wrong_signature_is_an_unsigned_fail() {
    let mut till = Till::new(Customer::Pays);
    let good = till.body(&[("out_trade_no", "A00001")]).to_xml();
    let bad = good.replace("A00001", "A00002");
    let missing = Fields::new().with("appid", APPID).with("mch_id", MCH_ID).to_xml();
    for body in [&bad, &missing] {
        for path in CALLS {
            let reply = till.send(path, body.as_bytes());
            assert_eq!((reply.status, unsigned(&reply)), (200, "签名错误".to_owned()), "{path}");
        }
    }
    till.key = ApiKey::new("00000000000000000000000000000000");
    let other_key = till.body(&[("out_trade_no", "A00001")]).to_xml();
    assert_eq!(unsigned(&till.send("/pay/orderquery", other_key.as_bytes())), "签名错误");
}

#[test]
fn the_request_names_the_algorithm() {
    let mut till = Till::new(Customer::Pays);
    assert_eq!(till.query("A00001").get("sign").map(str::len), Some(32));
    till.sign_type = SignType::HmacSha256;
    assert_eq!(till.query("A00001").get("sign").map(str::len), Some(64));

    // An HMAC without saying so is checked as MD5, and so is wrong.
    let body = till.body(&[("out_trade_no", "A00001"), ("sign_type", "")]).to_xml();
    assert_eq!(unsigned(&till.send("/pay/orderquery", body.as_bytes())), "签名错误");
    let body = till.body(&[("out_trade_no", "A00001"), ("sign_type", "SHA1")]).to_xml();
    assert!(unsigned(&till.send("/pay/orderquery", body.as_bytes())).contains("sign_type"));
}

#[test]
fn who_asks_is_checked() {
    let mut till = Till::new(Customer::Pays);
    for (changes, expected) in [
        ([("mch_id", "1900000002")], "MCHID_NOT_EXIST"),
        ([("appid", "wx0000000000000000")], "APPID_NOT_EXIST"),
        ([("appid", UNBOUND_APPID)], "APPID_MCHID_NOT_MATCH"),
    ] {
        let reply = till.order_with("A00001", &changes);
        assert_eq!(code(&reply), expected);
    }
}

#[test]
fn every_required_parameter_is_missed_by_name() {
    let mut till = Till::new(Customer::Pays);
    let common = ["appid", "mch_id", "nonce_str"];
    let order = ["body", "out_trade_no", "total_fee", "spbill_create_ip", "notify_url", "trade_type", "product_id"];
    for name in common.iter().chain(&order) {
        let reply = till.order_with("A00001", &[(name, "")]);
        assert_eq!(code(&reply), "LACK_PARAMS", "{name}");
        assert!(reply.get("err_code_des").unwrap().contains(name), "{name}");
    }
    let charge = ["body", "out_trade_no", "total_fee", "spbill_create_ip", "auth_code"];
    for name in common.iter().chain(&charge) {
        assert_eq!(code(&till.charge_with("A00001", CODE, &[(name, "")])), "LACK_PARAMS", "{name}");
    }
    assert_eq!(code(&till.close("")), "LACK_PARAMS");
    assert_eq!(code(&till.query("")), "LACK_PARAMS");
    assert_eq!(till.trade_state("A00001"), "ORDERNOTEXIST", "nothing was made on the way");
}

#[test]
fn values_that_break_a_rule_are_named() {
    let mut till = Till::new(Customer::Pays);
    let long = "长".repeat(43);
    for (name, value) in [
        ("total_fee", "0"),
        ("total_fee", "-1"),
        ("total_fee", "+1"),
        ("total_fee", "1.00"),
        ("total_fee", "01"),
        ("total_fee", "99999999999"),
        ("out_trade_no", "12345"),
        ("out_trade_no", "has space"),
        ("out_trade_no", "123456789012345678901234567890123"),
        ("body", long.as_str()),
        ("attach", long.as_str()),
        ("fee_type", "USD"),
        ("spbill_create_ip", "till"),
        ("notify_url", "till.invalid/notify"),
        ("notify_url", "https://till.invalid/notify?a=1"),
        ("trade_type", "MICROPAY"),
        ("time_start", "20261122"),
        ("limit_pay", "no_debit"),
        ("auth_code", CODE),
        ("nonce_str", "123456789012345678901234567890123"),
    ] {
        let reply = till.order_with("A00001", &[(name, value)]);
        assert_eq!(code(&reply), "PARAM_ERROR", "{name}={value}");
        assert!(reply.get("err_code_des").unwrap().contains(name), "{name}={value}");
    }
    let fits = "长".repeat(42);
    assert_eq!(code(&till.order_with("A00001", &[("body", &fits), ("spbill_create_ip", "::1")])), "SUCCESS");
}

#[test]
fn lengths_are_counted_in_bytes() {
    let mut till = Till::new(Customer::Pays);
    let reply = till.charge_with("A00001", CODE, &[("body", &"长".repeat(43))]);
    assert_eq!(code(&reply), "PARAM_ERROR");
    assert_eq!(reply.get("err_code_des"), Some("参数body长度为129字节，最多127字节"));
}

#[test]
fn an_expiry_must_lie_ahead() {
    let mut till = Till::new(Customer::Pays);
    let soon = till.now.plus(Duration::from_secs(90)).wire();
    assert_eq!(code(&till.order_with("A00001", &[("time_expire", &soon)])), "PARAM_ERROR");
    assert_eq!(code(&till.charge_with("A00002", CODE, &[("time_expire", &soon)])), "SUCCESS");
    let past = till.now.plus(Duration::from_secs(30)).wire();
    assert_eq!(code(&till.charge_with("A00003", &code_of(1, 1), &[("time_expire", &past)])), "PARAM_ERROR");
}

#[test]
fn replies_have_fresh_nonces() {
    let mut till = Till::new(Customer::Pays);
    let first = till.query("A00001").get("nonce_str").unwrap().to_owned();
    let second = till.query("A00001").get("nonce_str").unwrap().to_owned();
    assert_eq!(first.len(), 32);
    assert_ne!(first, second);
}

#[test]
fn the_sandbox_has_a_key_of_its_own() {
    let mut till = Till::new(Customer::Pays);
    let body = till.body(&[("appid", "")]).to_xml();
    let reply = till.send("/xdc/apiv2getsignkey/sign/getsignkey", body.as_bytes());
    let key = Fields::parse(&reply.body).unwrap();
    assert_eq!((key.get("return_code"), key.get("sign")), (Some("SUCCESS"), None));

    till.key = ApiKey::new(key.get("sandbox_signkey").unwrap());
    let params = [
        ("appid", "wxanything"),
        ("body", "test"),
        ("out_trade_no", "S00001"),
        ("total_fee", "1"),
        ("spbill_create_ip", "127.0.0.1"),
        ("auth_code", CODE),
    ];
    assert_eq!(code(&till.call("/xdc/apiv2sandbox/pay/micropay", &params)), "SUCCESS");
    let queried = till.call("/xdc/apiv2sandbox/pay/orderquery", &[("out_trade_no", "S00001")]);
    assert_eq!(queried.get("trade_state"), Some("SUCCESS"));
    let id = queried.get("transaction_id").unwrap();
    let by_id = till.call("/xdc/apiv2sandbox/pay/orderquery", &[("transaction_id", id)]);
    assert_eq!(code(&by_id), "LACK_PARAMS", "the sandbox knows out_trade_no only");

    // The real paths don't take the sandbox's key.
    let body = till.body(&[("out_trade_no", "S00001")]).to_xml();
    assert_eq!(unsigned(&till.send("/pay/orderquery", body.as_bytes())), "签名错误");
}

#[test]
fn the_same_seed_gives_the_same_replies() {
    let play = || {
        let mut till = Till::new(Customer::Pays);
        let mut replies = vec![till.order_with("A00001", &[]), till.charge("B00001", CODE, "500")];
        till.wait(2);
        replies.push(till.query("A00001"));
        replies
    };
    assert_eq!(play(), play());
}

#[test]
fn no_wrong_byte_gets_through() {
    let mut till = Till::new(Customer::Pays);
    let number = "A00001";
    let good = till.body(&[
        ("body", "小张南山店-超市"),
        ("out_trade_no", number),
        ("total_fee", "1250"),
        ("spbill_create_ip", "127.0.0.1"),
        ("auth_code", CODE),
        ("sign_type", "MD5"),
    ]);
    let good = good.to_xml().into_bytes();
    for place in 0..good.len() {
        for wrong in [b'7', b'<', b'\xff'] {
            let mut body = good.clone();
            body[place] = wrong;
            if body != good {
                unsigned(&till.send("/pay/micropay", &body));
            }
        }
        unsigned(&till.send("/pay/micropay", &good[..place]));
    }
    assert_eq!(till.trade_state(number), "ORDERNOTEXIST");
    till.send("/pay/micropay", &good);
    assert_eq!(till.trade_state(number), "SUCCESS");
}
