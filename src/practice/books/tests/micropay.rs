use super::*;

#[test]
fn a_charge_without_password_is_paid_at_once() {
    let mut till = Till::new(Customer::Pays);
    let reply = till.charge("A00001", CODE, "1250");
    for (name, value) in [
        ("result_code", "SUCCESS"),
        ("device_info", "till-1"),
        ("is_subscribe", "N"),
        ("trade_type", "MICROPAY"),
        ("bank_type", "OTHERS"),
        ("fee_type", "CNY"),
        ("total_fee", "1250"),
        ("cash_fee", "1250"),
        ("out_trade_no", "A00001"),
        ("attach", "备注"),
        ("time_end", "20261122182405"),
    ] {
        assert_eq!(reply.get(name), Some(value), "{name}");
    }
    let id = reply.get("transaction_id").unwrap();
    assert!(crate::number::TransactionId::looks_like(id) && id.starts_with("4200"), "{id}");
    assert_eq!(reply.get("openid").map(str::len), Some(28));
}

#[test]
fn a_code_serves_one_payment() {
    let mut till = Till::new(Customer::Pays);
    assert_eq!(code(&till.charge("A00001", CODE, "1250")), "SUCCESS");
    assert_eq!(code(&till.charge("A00002", CODE, "1250")), "AUTH_CODE_ERROR");
    assert_eq!(till.trade_state("A00002"), "ORDERNOTEXIST");
}

#[test]
fn a_shown_code_expires_after_a_minute() {
    let mut till = Till::new(Customer::Pays);
    let (fresh, stale) = (code_of(880_001, 1), code_of(880_001, 2));
    for code in [&fresh, &stale] {
        till.books.code_shown(&AuthCode::parse(code).unwrap(), till.now);
    }
    till.wait(60);
    assert_eq!(code(&till.charge("A00001", &fresh, "1250")), "SUCCESS");
    till.now = till.now.plus(Duration::from_millis(1));
    assert_eq!(code(&till.charge("A00002", &stale, "1250")), "AUTHCODEEXPIRE");
    assert_eq!(till.trade_state("A00002"), "ORDERNOTEXIST");
}

#[test]
fn other_codes_are_not_wechats() {
    let mut till = Till::new(Customer::Pays);
    for other in ["284567890123456789", "6212345678901234567", "13456789012345678", "abcdefghijklmnopqr"] {
        assert_eq!(code(&till.charge("A00001", other, "1250")), "AUTH_CODE_INVALID", "{other}");
    }
}

#[test]
fn the_password_is_asked_above_a_thousand_yuan() {
    let mut till = Till::new(Customer::Pays);
    assert_eq!(code(&till.charge("A00001", &code_of(1, 1), "100000")), "SUCCESS");
    let reply = till.charge("A00002", &code_of(1, 2), "100001");
    assert_eq!(code(&reply), "USERPAYING");
    assert_eq!((reply.get("transaction_id"), reply.get("out_trade_no")), (None, None));
    assert_eq!(till.trade_state("A00002"), "USERPAYING");
    till.wait(4);
    assert_eq!(till.trade_state("A00002"), "SUCCESS");
}

#[test]
fn the_password_is_asked_after_the_fifth_payment_of_a_day() {
    let mut till = Till::new(Customer::Pays);
    for n in 0..5 {
        assert_eq!(code(&till.charge(&format!("A0000{n}"), &code_of(1, n), "100")), "SUCCESS");
    }
    assert_eq!(code(&till.charge("A00005", &code_of(1, 5), "100")), "USERPAYING");
    assert_eq!(code(&till.charge("A00006", &code_of(2, 6), "100")), "SUCCESS", "another payer");
    till.now = Timestamp::from_wire("20261122235959").unwrap();
    assert_eq!(code(&till.charge("A00007", &code_of(1, 7), "100")), "USERPAYING");
    till.wait(1);
    assert_eq!(code(&till.charge("A00008", &code_of(1, 8), "100")), "SUCCESS", "a new Beijing day");
}

#[test]
fn a_charge_that_stays_unpaid_is_reversed_after_45_seconds() {
    let mut till = Till::new(Customer::Leaves);
    assert_eq!(code(&till.charge("A00001", CODE, "1250")), "USERPAYING");
    till.wait(44);
    assert_eq!(till.trade_state("A00001"), "USERPAYING");
    till.wait(1);
    assert_eq!(till.trade_state("A00001"), "REVOKED");
    assert_eq!(code(&till.charge("A00001", CODE, "1250")), "ORDERREVERSED");
}

#[test]
fn sending_the_same_charge_again_never_pays_twice() {
    let mut till = Till::new(Customer::Leaves);
    till.charge("A00001", CODE, "1250");
    assert_eq!(code(&till.charge("A00001", CODE, "1250")), "USERPAYING");
    assert_eq!(code(&till.charge("A00001", CODE, "1300")), "INVALID_REQUEST");
    assert_eq!(code(&till.charge("A00001", &code_of(1, 1), "1250")), "BUYER_MISMATCH");

    till.books.set_customer(Customer::Pays, till.now);
    till.charge("A00002", &code_of(2, 1), "1250");
    assert_eq!(code(&till.charge("A00002", &code_of(2, 1), "1250")), "ORDERPAID");
}

#[test]
fn a_native_number_is_used() {
    let mut till = Till::new(Customer::Panel);
    till.order("A00001");
    assert_eq!(code(&till.charge("A00001", CODE, "1250")), "OUT_TRADE_NO_USED");
}

#[test]
fn a_failed_number_takes_no_other_code() {
    let mut till = Till::new(Customer::Declines);
    assert_eq!(code(&till.charge("A00001", &code_of(1, 1), "1250")), "NOTENOUGH");
    assert_eq!(till.trade_state("A00001"), "PAYERROR");
    assert_eq!(code(&till.charge("A00001", &code_of(1, 2), "1250")), "OUT_TRADE_NO_USED");
    assert_eq!(code(&till.charge("A00001", &code_of(2, 2), "1250")), "BUYER_MISMATCH");
    assert_eq!(code(&till.charge("A00002", &code_of(1, 1), "1250")), "AUTH_CODE_ERROR", "the code is used");
}

#[test]
fn deposits_are_not_for_this_merchant() {
    let mut till = Till::new(Customer::Pays);
    assert_eq!(code(&till.charge_with("A00001", CODE, &[("deposit", "Y")])), "NOAUTH");
}

#[test]
fn a_payer_is_told_by_digits_3_to_8() {
    let mut till = Till::new(Customer::Pays);
    let mut payer = |number: &str, code: &str| till.charge(number, code, "100").get("openid").unwrap().to_owned();
    let first = payer("A00001", "134567890000000001");
    assert_eq!(payer("A00002", "104567890000000002"), first);
    assert_ne!(payer("A00003", "134567880000000003"), first);
}
