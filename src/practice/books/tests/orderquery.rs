use super::*;

#[test]
fn an_unpaid_order_tells_only_what_is_guaranteed() {
    let mut till = Till::new(Customer::Panel);
    till.order_with("A00001", &[("attach", "备注"), ("device_info", "till-1")]);
    let reply = till.query("A00001");
    let names: Vec<&str> = reply.iter().map(|(name, _)| name).collect();
    let expected = [
        "return_code",
        "return_msg",
        "appid",
        "mch_id",
        "nonce_str",
        "result_code",
        "device_info",
        "trade_state",
        "trade_state_desc",
        "total_fee",
        "out_trade_no",
        "attach",
        "sign",
    ];
    assert_eq!(names, expected);
    assert_eq!((reply.get("trade_state"), reply.get("trade_state_desc")), (Some("NOTPAY"), Some("订单未支付")));
}

#[test]
fn a_paid_order_is_found_by_both_numbers() {
    let mut till = Till::new(Customer::Pays);
    till.order("A00001");
    till.wait(2);
    let by_number = till.query("A00001");
    for (name, value) in [
        ("trade_state", "SUCCESS"),
        ("trade_type", "NATIVE"),
        ("total_fee", "1250"),
        ("cash_fee", "1250"),
        ("time_end", "20261122182407"),
    ] {
        assert_eq!(by_number.get(name), Some(value), "{name}");
    }
    let id = by_number.get("transaction_id").unwrap();
    let by_id = till.call("/pay/orderquery", &[("transaction_id", id)]);
    assert_eq!(by_id.get("out_trade_no"), Some("A00001"));
    let both =
        till.call("/pay/orderquery", &[("transaction_id", "4200000000202611220000000000"), ("out_trade_no", "A00001")]);
    assert_eq!(code(&both), "ORDERNOTEXIST", "transaction_id goes first");
}

#[test]
fn unknown_numbers_do_not_exist() {
    let mut till = Till::new(Customer::Pays);
    assert_eq!(code(&till.query("A00001")), "ORDERNOTEXIST");
}

#[test]
fn an_empty_transaction_id_is_an_error() {
    let mut till = Till::new(Customer::Pays);
    let body = till.body(&[("out_trade_no", "A00001")]).to_xml();
    let body = body.replace("</xml>", "<transaction_id></transaction_id></xml>");
    let reply = till.send("/pay/orderquery", body.as_bytes());
    let fields = Fields::parse(&reply.body).unwrap();
    assert_eq!(fields.get("err_code"), Some("PARAM_ERROR"));
}

#[test]
fn the_time_of_payment_is_when_it_happened() {
    let mut till = Till::new(Customer::Pays);
    till.order("A00001");
    till.wait(3600);
    assert_eq!(till.query("A00001").get("time_end"), Some("20261122182407"));
}
