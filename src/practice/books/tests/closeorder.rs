use super::*;

#[test]
fn an_order_is_not_closed_in_its_first_five_minutes() {
    let mut till = Till::new(Customer::Panel);
    till.order("A00001");
    till.wait(299);
    let reply = till.close("A00001");
    assert_eq!(code(&reply), "INVALID_REQUEST");
    assert!(reply.get("err_code_des").unwrap().contains("5分钟"));
    assert_eq!(till.trade_state("A00001"), "NOTPAY");
    till.order("A00001");
    till.wait(1);
    assert_eq!(code(&till.close("A00001")), "SUCCESS", "a new picture doesn't begin the time anew");
    assert_eq!(till.trade_state("A00001"), "CLOSED");
}

#[test]
fn the_five_minutes_can_be_turned_off() {
    let mut till = Till::new(Customer::Panel);
    till.books.set_rules(Rules { five_minutes_before_close: false, ..Rules::default() });
    till.order("A00001");
    let reply = till.close("A00001");
    assert_eq!((code(&reply), reply.get("result_msg")), ("SUCCESS", Some("OK")));
}

#[test]
fn a_closed_order_cannot_be_paid() {
    let mut till = Till::new(Customer::Panel);
    let url = till.order("A00001");
    till.wait(300);
    till.close("A00001");
    assert_eq!(till.books.scan(&url, "111111", till.now), Err(ScanRefused::OrderEnded));
    assert_eq!(code(&till.close("A00001")), "ORDERCLOSED");
}

#[test]
fn a_paid_order_cannot_be_closed() {
    let mut till = Till::new(Customer::Pays);
    till.order("A00001");
    till.wait(2);
    assert_eq!(code(&till.close("A00001")), "ORDERPAID", "even before five minutes are over");
}

#[test]
fn micropay_orders_cannot_be_closed() {
    let mut till = Till::new(Customer::Leaves);
    till.charge("A00001", CODE, "1250");
    till.wait(600);
    assert_eq!(code(&till.close("A00001")), "INVALID_REQUEST");
}

#[test]
fn unknown_orders_cannot_be_closed() {
    let mut till = Till::new(Customer::Panel);
    assert_eq!(code(&till.close("A00001")), "ORDERNOTEXIST");
}

#[test]
fn an_amount_can_do_without_the_five_minutes() {
    let mut till = Till::new(Customer::Panel);
    till.order_with("A00001", &[("total_fee", "9040438")]);
    assert_eq!(code(&till.close("A00001")), "SUCCESS");
}
