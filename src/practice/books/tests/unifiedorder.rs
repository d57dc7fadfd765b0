use super::*;

#[test]
fn a_native_order_has_a_picture() {
    let mut till = Till::new(Customer::Panel);
    let reply = till.order_with("A00001", &[("device_info", "till-1")]);
    assert_eq!((reply.get("trade_type"), reply.get("device_info")), (Some("NATIVE"), Some("till-1")));
    let url = reply.get("code_url").unwrap();
    assert!(url.starts_with("weixin://wxpay/bizpayurl?pr="), "{url}");
    assert_eq!(url.len(), 35);
    assert_eq!(reply.get("prepay_id").map(str::len), Some(36));
    assert_eq!(till.trade_state("A00001"), "NOTPAY");
}

#[test]
fn the_same_request_again_gives_a_new_picture_and_kills_the_old() {
    let mut till = Till::new(Customer::Panel);
    let old = till.order("A00001");
    let new = till.order("A00001");
    assert_ne!(old, new);
    assert_eq!(till.books.scan(&old, "111111", till.now), Err(ScanRefused::DeadCode));
    assert_eq!(till.books.scan(&new, "111111", till.now), Ok(()));
}

#[test]
fn the_order_of_the_parameters_is_no_change() {
    let mut till = Till::new(Customer::Panel);
    till.order_with("A00001", &[("attach", "1"), ("device_info", "2")]);
    assert_eq!(code(&till.order_with("A00001", &[("device_info", "2"), ("attach", "1")])), "SUCCESS");
}

#[test]
fn changed_parameters_are_refused() {
    let mut till = Till::new(Customer::Panel);
    let url = till.order("A00001");
    for change in [("total_fee", "1251"), ("body", "另一家店"), ("attach", "new"), ("spbill_create_ip", "127.0.0.2")]
    {
        assert_eq!(code(&till.order_with("A00001", &[change])), "INVALID_REQUEST", "{change:?}");
    }
    assert_eq!(till.books.scan(&url, "111111", till.now), Ok(()), "the picture lives on");
}

#[test]
fn a_paid_order_stays_paid() {
    let mut till = Till::new(Customer::Pays);
    till.order("A00001");
    till.wait(2);
    assert_eq!(code(&till.order_with("A00001", &[])), "ORDERPAID");
}

#[test]
fn a_closed_number_is_burnt() {
    let mut till = Till::new(Customer::Panel);
    till.order("A00001");
    till.wait(300);
    till.close("A00001");
    assert_eq!(code(&till.order_with("A00001", &[])), "ORDERCLOSED");
}

#[test]
fn a_micropay_number_is_used() {
    let mut till = Till::new(Customer::Pays);
    till.charge("A00001", CODE, "1250");
    assert_eq!(code(&till.order_with("A00001", &[])), "OUT_TRADE_NO_USED");
}

#[test]
fn other_trade_types_are_not_for_this_merchant() {
    let mut till = Till::new(Customer::Panel);
    for kind in ["JSAPI", "APP", "MWEB"] {
        assert_eq!(code(&till.order_with("A00001", &[("trade_type", kind)])), "NOAUTH", "{kind}");
    }
}

#[test]
fn the_first_scanner_binds_the_order() {
    let mut till = Till::new(Customer::Panel);
    let url = till.order("A00001");
    assert_eq!(till.books.scan(&url, "111111", till.now), Ok(()));
    assert_eq!(till.books.scan(&url, "222222", till.now), Err(ScanRefused::OtherPayer));
    assert_eq!(till.books.scan(&url, "111111", till.now), Ok(()));
}

#[test]
fn a_picture_dies_after_two_hours() {
    let mut till = Till::new(Customer::Panel);
    let url = till.order("A00001");
    till.wait(7199);
    assert_eq!(till.books.scan(&url, "111111", till.now), Ok(()));
    till.wait(1);
    assert_eq!(till.books.scan(&url, "111111", till.now), Err(ScanRefused::DeadCode));
    assert_eq!(till.trade_state("A00001"), "NOTPAY");
}

#[test]
fn no_payment_begins_after_time_expire() {
    let mut till = Till::new(Customer::Panel);
    let expire = till.now.plus(Duration::from_secs(600)).wire();
    let reply = till.order_with("A00001", &[("time_expire", &expire)]);
    let url = reply.get("code_url").unwrap();
    till.wait(599);
    assert_eq!(till.books.scan(url, "111111", till.now), Ok(()));
    till.wait(1);
    assert_eq!(till.books.scan(url, "111111", till.now), Err(ScanRefused::OrderEnded));
    assert_eq!(till.trade_state("A00001"), "NOTPAY", "the order itself doesn't flip");
}

#[test]
fn an_unpaid_order_closes_after_a_week() {
    let mut till = Till::new(Customer::Panel);
    till.order("A00001");
    till.wait(7 * 86_400 - 1);
    assert_eq!(till.trade_state("A00001"), "NOTPAY");
    till.wait(1);
    assert_eq!(till.trade_state("A00001"), "CLOSED");
}
