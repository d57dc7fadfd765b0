//! The table of amounts in the module `practice`, and the test header.

use super::*;

#[test]
fn small_amounts_bring_coupons() {
    let mut till = Till::new(Customer::Pays);
    let plain = till.charge("A00001", &code_of(1, 1), "1");
    assert_eq!((plain.get("cash_fee"), plain.get("coupon_fee")), (Some("1"), None));

    let one = till.charge("A00002", &code_of(1, 2), "2");
    assert_eq!((one.get("cash_fee"), one.get("coupon_fee")), (Some("1"), Some("1")));
    assert_eq!(one.get("settlement_total_fee"), None);

    let two = till.charge("A00003", &code_of(1, 3), "3");
    assert_eq!((two.get("cash_fee"), two.get("coupon_fee")), (Some("0"), Some("3")));
    assert_eq!(two.get("settlement_total_fee"), Some("1"));
    let queried = till.query("A00003");
    for (name, value) in [
        ("coupon_count", "2"),
        ("coupon_type_0", "CASH"),
        ("coupon_fee_0", "1"),
        ("coupon_type_1", "NO_CASH"),
        ("coupon_fee_1", "2"),
    ] {
        assert_eq!(queried.get(name), Some(value), "{name}");
    }
}

#[test]
fn each_row_answers_and_books_as_the_table_says() {
    let rows = [
        ("9040401", "SYSTEMERROR", "NOTPAY"),
        ("9040402", "SYSTEMERROR", "SUCCESS"),
        ("9040403", "BANKERROR", "PAYERROR"),
        ("9040404", "BANKERROR", "SUCCESS"),
        ("9040405", "USERPAYING", "USERPAYING"),
        ("9040406", "USERPAYING", "USERPAYING"),
        ("9040407", "USERPAYING", "USERPAYING"),
        ("9040408", "AUTHCODEEXPIRE", "ORDERNOTEXIST"),
        ("9040409", "AUTH_CODE_ERROR", "ORDERNOTEXIST"),
        ("9040410", "AUTH_CODE_INVALID", "ORDERNOTEXIST"),
        ("9040411", "NOTENOUGH", "PAYERROR"),
        ("9040412", "NOTSUPORTCARD", "PAYERROR"),
        ("9040413", "TRADE_ERROR", "PAYERROR"),
        ("9040414", "NOAUTH", "ORDERNOTEXIST"),
        ("9040415", "BUYER_MISMATCH", "ORDERNOTEXIST"),
        ("9040416", "INVALID_REQUEST", "ORDERNOTEXIST"),
        ("9040417", "ORDERCLOSED", "ORDERNOTEXIST"),
        ("9040418", "ORDERREVERSED", "ORDERNOTEXIST"),
        ("9040419", "OUT_TRADE_NO_USED", "ORDERNOTEXIST"),
        ("9040420", "ORDERPAID", "SUCCESS"),
        ("9040421", "PARAM_ERROR", "ORDERNOTEXIST"),
        ("9040422", "FREQUENCY_LIMITED", "ORDERNOTEXIST"),
        ("9040423", "NEVER_DOCUMENTED", "SUCCESS"),
        ("9040430", "SUCCESS", "SUCCESS"),
        ("9040437", "SYSTEMERROR", "ORDERNOTEXIST"),
    ];
    // Whatever the customer would do, the amount decides.
    for customer in [Customer::Pays, Customer::Declines] {
        let mut till = Till::new(customer);
        for (fee, answer, state) in rows {
            let number = format!("A{fee}");
            let code_of_row = code_of(1, fee.parse().unwrap());
            assert_eq!(code(&till.charge(&number, &code_of_row, fee)), answer, "{fee}");
            assert_eq!(till.trade_state(&number), state, "{fee}");
        }
    }
}

#[test]
fn forced_waits_end_as_the_table_says() {
    let mut till = Till::new(Customer::Pays);
    for fee in ["9040401", "9040405", "9040406", "9040407", "9040437"] {
        till.charge(&format!("A{fee}"), &code_of(1, fee.parse().unwrap()), fee);
    }
    till.wait(7);
    assert_eq!(till.trade_state("A9040405"), "SUCCESS");
    assert_eq!(till.trade_state("A9040407"), "PAYERROR");
    assert_eq!(till.trade_state("A9040437"), "ORDERNOTEXIST");
    till.wait(3);
    assert_eq!(till.trade_state("A9040437"), "SUCCESS");
    till.wait(34);
    assert_eq!((till.trade_state("A9040401"), till.trade_state("A9040406")), ("NOTPAY".into(), "USERPAYING".into()));
    till.wait(1);
    assert_eq!((till.trade_state("A9040401"), till.trade_state("A9040406")), ("REVOKED".into(), "REVOKED".into()));
}

/// A forced charge, as it arrives.
fn raw(till: &mut Till, fee: &str) -> Reply {
    let body = till.body(&[
        ("body", "test"),
        ("out_trade_no", &format!("A{fee}")),
        ("total_fee", fee),
        ("spbill_create_ip", "127.0.0.1"),
        ("auth_code", &code_of(1, fee.parse().unwrap())),
    ]);
    till.send("/pay/micropay", body.to_xml().as_bytes())
}

#[test]
fn damaged_replies_hide_a_payment_that_was_made() {
    let mut till = Till::new(Customer::Pays);
    let page = raw(&mut till, "9040431");
    assert_eq!((page.status, page.content_type), (502, "text/html; charset=utf-8"));

    assert!(Fields::parse(&raw(&mut till, "9040432").body).is_err());

    let wrong = Fields::parse(&raw(&mut till, "9040433").body).unwrap();
    assert_eq!(wrong.get("sign").map(str::len), Some(32));
    assert!(verify(wrong, &till.key, SignType::Md5).is_err());

    assert_eq!(Fields::parse(&raw(&mut till, "9040434").body).unwrap().get("sign"), None);

    let less = Fields::parse(&raw(&mut till, "9040435").body).unwrap();
    let less = verify(less, &till.key, SignType::Md5).unwrap();
    assert_eq!(less.get("total_fee"), Some("9040434"));

    let other = Fields::parse(&raw(&mut till, "9040436").body).unwrap();
    let other = verify(other, &till.key, SignType::Md5).unwrap();
    assert_eq!(other.get("out_trade_no"), Some("A904043X"));

    for fee in ["9040431", "9040432", "9040433", "9040434", "9040435", "9040436"] {
        assert_eq!(till.trade_state(&format!("A{fee}")), "SUCCESS", "{fee}");
    }
}

#[test]
fn unifiedorder_has_rows_too() {
    let mut till = Till::new(Customer::Panel);
    let fee = [("total_fee", "9040401")];
    assert_eq!(code(&till.order_with("A00001", &fee)), "SYSTEMERROR");
    assert_eq!(code(&till.order_with("A00001", &fee)), "SUCCESS", "the same request again");
    assert_eq!(code(&till.order_with("A00002", &[("total_fee", "9040414")])), "NOAUTH");
    assert_eq!(till.trade_state("A00002"), "ORDERNOTEXIST");
    till.order_with("A00003", &[("total_fee", "9040430")]);
    assert_eq!(till.delay, Some(Duration::from_secs(15)));
}

#[test]
fn the_header_forces_a_wait_for_the_password() {
    let mut till = Till::new(Customer::Declines);
    till.header = Some("MICROPAY_USERPAYING");
    assert_eq!(code(&till.charge("A00001", CODE, "1250")), "USERPAYING");
    till.header = None;
    assert_eq!(till.trade_state("A00001"), "USERPAYING");
    till.wait(7);
    assert_eq!(till.trade_state("A00001"), "SUCCESS");
}

#[test]
fn the_header_forces_late_replies() {
    for (header, state) in [
        ("MICROPAY_TIMEOUT", "SUCCESS"),
        ("MICROPAY_PAYERROR", "PAYERROR"),
        ("MICROPAY_PAY_QUERY_TIMEOUT", "SYSTEMERROR"),
    ] {
        let mut till = Till::new(Customer::Pays);
        till.header = Some(header);
        till.charge("A00001", CODE, "1250");
        assert_eq!(till.delay, Some(Duration::from_secs(15)), "{header}");
        till.header = None;
        assert_eq!(till.trade_state("A00001"), state, "{header}");
        let late = (state == "SYSTEMERROR").then_some(Duration::from_secs(15));
        assert_eq!(till.delay, late, "{header}");
    }
}

#[test]
fn other_headers_mean_nothing() {
    let mut till = Till::new(Customer::Pays);
    till.header = Some("SOMETHING");
    assert_eq!(code(&till.charge("A00001", CODE, "1250")), "SUCCESS");
}
