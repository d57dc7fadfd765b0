use super::*;

/// A reverse by a merchant who shows a certificate.
fn reverse(till: &mut Till, params: Params<'_>) -> Fields {
    let body = till.body(params).to_xml();
    let plain = Request::post("/secapi/pay/reverse", body.as_bytes());
    let reply = till.books.handle(&Request { has_client_certificate: true, ..plain }, till.now);
    verify(Fields::parse(&reply.body).unwrap(), &till.key, till.sign_type).unwrap().fields().clone()
}

fn undo(till: &mut Till, number: &str) -> Fields {
    reverse(till, &[("out_trade_no", number)])
}

fn recall(reply: &Fields) -> (&str, Option<&str>) {
    (code(reply), reply.get("recall"))
}

const DONE: (&str, Option<&str>) = ("SUCCESS", Some("N"));

#[test]
fn without_a_certificate_it_is_no_call() {
    let mut till = Till::new(Customer::Leaves);
    till.charge("A00001", CODE, "1250");
    till.wait(15);
    let body = till.body(&[("out_trade_no", "A00001")]).to_xml();
    let reply = till.send("/secapi/pay/reverse", body.as_bytes());
    assert_eq!((reply.status, reply.content_type), (400, "text/html; charset=utf-8"));
    assert_eq!(till.trade_state("A00001"), "USERPAYING");
}

#[test]
fn not_before_fifteen_seconds() {
    let mut till = Till::new(Customer::Leaves);
    till.charge("A00001", CODE, "1250");
    till.wait(14);
    assert_eq!(recall(&undo(&mut till, "A00001")), ("INVALID_REQUEST", None));
    assert_eq!(till.trade_state("A00001"), "USERPAYING");
    till.wait(1);
    assert_eq!(recall(&undo(&mut till, "A00001")), DONE);
    assert_eq!(till.trade_state("A00001"), "REVOKED");
    assert_eq!(recall(&undo(&mut till, "A00001")), DONE, "once more is a success again");
}

#[test]
fn what_was_paid_goes_back() {
    let mut till = Till::new(Customer::Pays);
    let transaction = till.charge("A00001", CODE, "1250").get("transaction_id").unwrap().to_owned();
    till.wait(20);
    assert_eq!(recall(&reverse(&mut till, &[("transaction_id", &transaction)])), DONE);
    assert_eq!(till.trade_state("A00001"), "REVOKED");
    let line = till.books.trace().last().unwrap().to_string();
    assert!(line.ends_with("the money goes back"), "{line}");
    let again = reverse(&mut till, &[("transaction_id", &transaction)]);
    assert_eq!(recall(&again), DONE);
    assert_eq!(code(&till.charge("A00001", CODE, "1250")), "ORDERREVERSED");
}

#[test]
fn a_number_that_nobody_knows_is_a_success() {
    let mut till = Till::new(Customer::Pays);
    assert_eq!(recall(&undo(&mut till, "A00001")), DONE);
    assert_eq!(till.trade_state("A00001"), "ORDERNOTEXIST");
    assert_eq!(code(&reverse(&mut till, &[])), "LACK_PARAMS");
}

#[test]
fn native_orders_are_not_reversed() {
    let mut till = Till::new(Customer::Pays);
    till.order("A00001");
    till.wait(20);
    assert_eq!(recall(&undo(&mut till, "A00001")), ("INVALID_REQUEST", None));
    assert_eq!(till.trade_state("A00001"), "SUCCESS");
}

#[test]
fn after_seven_days_it_is_a_refund() {
    let mut till = Till::new(Customer::Pays);
    till.charge("A00001", CODE, "1250");
    till.wait(7 * 86_400 + 1);
    assert_eq!(recall(&undo(&mut till, "A00001")), ("REVERSE_EXPIRE", None));
    assert_eq!(till.trade_state("A00001"), "SUCCESS");
}

#[test]
fn amounts_steer_the_reverse() {
    let mut till = Till::new(Customer::Pays);
    till.charge("A00001", CODE, "9040439");
    till.wait(15);
    assert_eq!(recall(&undo(&mut till, "A00001")), ("SUCCESS", Some("Y")));
    assert_eq!(till.trade_state("A00001"), "USERPAYING");
    assert_eq!(recall(&undo(&mut till, "A00001")), DONE);
    assert_eq!(till.trade_state("A00001"), "REVOKED");

    till.charge("A00002", &code_of(2, 2), "9040441");
    till.wait(15);
    assert_eq!(recall(&undo(&mut till, "A00002")), ("SYSTEMERROR", None));
    assert_eq!(till.trade_state("A00002"), "REVOKED");
    assert_eq!(recall(&undo(&mut till, "A00002")), DONE);

    till.charge("A00003", &code_of(3, 3), "9040440");
    till.wait(54);
    assert_eq!(recall(&undo(&mut till, "A00003")), ("USERPAYING", None));
    till.wait(1);
    assert_eq!(till.trade_state("A00003"), "SUCCESS");
    assert_eq!(recall(&undo(&mut till, "A00003")), DONE);
    assert_eq!(till.trade_state("A00003"), "REVOKED");
}
