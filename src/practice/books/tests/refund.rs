use super::*;

/// A call by a merchant who shows a certificate.
fn refund_with(till: &mut Till, params: Params<'_>) -> Fields {
    let reply = refund_reply(till, params);
    verify(Fields::parse(&reply.body).unwrap(), &till.key, till.sign_type).unwrap().fields().clone()
}

fn refund_reply(till: &mut Till, params: Params<'_>) -> Reply {
    let body = till.body(params).to_xml();
    let plain = Request::post("/secapi/pay/refund", body.as_bytes());
    till.books.handle(&Request { has_client_certificate: true, ..plain }, till.now)
}

fn refund(till: &mut Till, order: &str, number: &str, total: &str, fee: &str) -> Fields {
    let params = [("out_trade_no", order), ("out_refund_no", number), ("total_fee", total), ("refund_fee", fee)];
    refund_with(till, &params)
}

fn query(till: &mut Till, number: &str) -> Fields {
    till.call("/pay/refundquery", &[("out_refund_no", number)])
}

fn status(till: &mut Till, number: &str) -> String {
    let reply = query(till, number);
    reply.get("refund_status_0").or(reply.get("err_code")).unwrap().to_owned()
}

/// A till with the order `A00001` of that amount, paid.
fn paid(fee: &str) -> Till {
    let mut till = Till::new(Customer::Pays);
    till.order_with("A00001", &[("total_fee", fee)]);
    till.wait(2);
    assert_eq!(till.trade_state("A00001"), "SUCCESS");
    till
}

#[test]
fn without_a_certificate_it_is_no_call() {
    let mut till = paid("1250");
    let params = [("out_trade_no", "A00001"), ("out_refund_no", "R1"), ("total_fee", "1250"), ("refund_fee", "1")];
    let body = till.body(&params).to_xml();
    assert_eq!(till.send("/secapi/pay/refund", body.as_bytes()).status, 400);
    assert_eq!(till.trade_state("A00001"), "SUCCESS");
}

#[test]
fn a_refund_is_accepted_then_processed_then_back() {
    let mut till = paid("1250");
    let reply = refund(&mut till, "A00001", "R1", "1250", "450");
    assert_eq!(code(&reply), "SUCCESS");
    for (name, value) in [
        ("out_trade_no", "A00001"),
        ("out_refund_no", "R1"),
        ("refund_fee", "450"),
        ("total_fee", "1250"),
        ("cash_fee", "1250"),
        ("cash_refund_fee", "450"),
        ("settlement_refund_fee", "450"),
    ] {
        assert_eq!(reply.get(name), Some(value), "{name}");
    }
    let refund_id = reply.get("refund_id").unwrap().to_owned();
    assert!(refund_id.starts_with('5') && refund_id.len() == 28, "{refund_id}");
    assert_eq!(till.trade_state("A00001"), "REFUND");
    assert_eq!(till.query("A00001").get("transaction_id"), reply.get("transaction_id"));

    till.wait(9);
    assert_eq!(status(&mut till, "R1"), "PROCESSING");
    till.wait(1);
    let row = query(&mut till, "R1");
    for (name, value) in [
        ("refund_count", "1"),
        ("out_refund_no_0", "R1"),
        ("refund_id_0", refund_id.as_str()),
        ("refund_fee_0", "450"),
        ("refund_status_0", "SUCCESS"),
        ("refund_channel_0", "ORIGINAL"),
        ("refund_recv_accout_0", "支付用户零钱"),
        ("refund_success_time_0", "2026-11-22 18:24:17"),
    ] {
        assert_eq!(row.get(name), Some(value), "{name}");
    }
    let lines: Vec<_> = till.books.trace().map(ToString::to_string).collect();
    assert!(lines.iter().any(|line| line.ends_with("refund …R1 of ¥4.50 accepted; ¥8.00 left to refund")), "{lines:?}");
    assert!(lines.last().unwrap().ends_with("refund …R1: ¥4.50 is back with the customer"), "{lines:?}");
}

#[test]
fn the_same_number_refunds_once_and_never_another_amount() {
    let mut till = paid("1250");
    let first = refund(&mut till, "A00001", "R1", "1250", "450");
    till.wait(1);
    let again = refund(&mut till, "A00001", "R1", "1250", "450");
    assert_eq!(first.get("refund_id"), again.get("refund_id"));
    assert_eq!(code(&refund(&mut till, "A00001", "R1", "1250", "451")), "INVALID_REQUEST");
    till.order("A00002");
    till.wait(2);
    assert_eq!(code(&refund(&mut till, "A00002", "R1", "1250", "450")), "INVALID_REQUEST", "unique for the merchant");
    till.wait(60);
    assert_eq!(code(&refund(&mut till, "A00001", "R2", "1250", "801")), "PARAM_ERROR", "4.50 is gone");
    assert_eq!(code(&refund(&mut till, "A00001", "R2", "1250", "800")), "SUCCESS");
    till.wait(60);
    assert_eq!(code(&refund(&mut till, "A00001", "R3", "1250", "1")), "INVALID_REQUEST", "all is gone");
    let effects: Vec<_> =
        till.books.refund_sends().filter(|send| send.took_effect).map(|send| send.refund_fee.as_i64()).collect();
    assert_eq!(effects, [450, 800]);
    assert_eq!(till.books.refund_sends().count(), 7);
}

#[test]
fn only_a_paid_order_is_refunded() {
    let mut till = Till::new(Customer::Panel);
    let whole = |till: &mut Till, order| code(&refund(till, order, "R1", "1250", "1250")).to_owned();
    assert_eq!(whole(&mut till, "A00001"), "ORDERNOTEXIST", "nobody knows it");
    till.order("A00001");
    assert_eq!(whole(&mut till, "A00001"), "ORDERNOTEXIST", "unpaid");
    till.wait(300);
    till.close("A00001");
    assert_eq!(whole(&mut till, "A00001"), "ORDERNOTEXIST", "closed");
    till.charge("A00002", CODE, "1250");
    till.wait(15);
    till.books.change(2, |order| order.state = State::Revoked);
    assert_eq!(whole(&mut till, "A00002"), "INVALID_REQUEST", "reversed");
    assert_eq!(status(&mut till, "R1"), "REFUNDNOTEXIST");
}

#[test]
fn what_is_asked_must_fit_the_order() {
    let mut till = paid("1250");
    assert_eq!(code(&refund(&mut till, "A00001", "R1", "1251", "1")), "PARAM_ERROR", "another total");
    assert_eq!(code(&refund(&mut till, "A00001", "R1", "1250", "1251")), "PARAM_ERROR", "more than was paid");
    assert_eq!(code(&refund(&mut till, "A00001", "R1", "1250", "0")), "PARAM_ERROR");
    assert_eq!(code(&refund(&mut till, "A00001", "R 1", "1250", "1")), "PARAM_ERROR");
    till.wait(1);
    let amounts = [("out_refund_no", "R1"), ("total_fee", "1250"), ("refund_fee", "1250")];
    assert_eq!(code(&refund_with(&mut till, &amounts)), "LACK_PARAMS");
    let odd = [("transaction_id", "4200"), amounts[0], amounts[1], amounts[2]];
    assert_eq!(code(&refund_with(&mut till, &odd)), "INVALID_TRANSACTIONID");
    let transaction = till.query("A00001").get("transaction_id").unwrap().to_owned();
    let right = [("transaction_id", transaction.as_str()), amounts[0], amounts[1], amounts[2]];
    assert_eq!(code(&refund_with(&mut till, &right)), "SUCCESS");
}

#[test]
fn refunds_of_an_order_are_a_minute_apart_fifty_at_most_and_within_a_year() {
    let mut till = paid("1250");
    for n in 0..50 {
        let number = format!("R{n}");
        assert_eq!(code(&refund(&mut till, "A00001", &number, "1250", "1")), "SUCCESS", "{n}");
        till.wait(59);
        let early = refund(&mut till, "A00001", "early", "1250", "1");
        assert_eq!(code(&early), if n == 49 { "INVALID_REQUEST" } else { "FREQUENCY_LIMITED" });
        till.wait(1);
    }
    assert_eq!(code(&refund(&mut till, "A00001", "R50", "1250", "1")), "INVALID_REQUEST");
    till.order("A00002");
    till.wait(2 + 365 * 86_400);
    assert_eq!(code(&refund(&mut till, "A00002", "S1", "1250", "1")), "SUCCESS", "to the last second");
    till.wait(61);
    assert_eq!(code(&refund(&mut till, "A00002", "S2", "1250", "1")), "TRADE_OVERDUE");
}

#[test]
fn refunds_are_found_by_every_number_in_pages_of_ten() {
    let mut till = paid("1250");
    for n in 0..12 {
        refund(&mut till, "A00001", &format!("R{n}"), "1250", "1");
        till.wait(60);
    }
    let page = till.call("/pay/refundquery", &[("out_trade_no", "A00001")]);
    assert_eq!((page.get("total_refund_count"), page.get("refund_count")), (Some("12"), Some("10")));
    assert_eq!((page.get("out_refund_no_9"), page.get("out_refund_no_10")), (Some("R9"), None));
    let page = till.call("/pay/refundquery", &[("out_trade_no", "A00001"), ("offset", "10")]);
    assert_eq!((page.get("refund_count"), page.get("out_refund_no_1")), (Some("2"), Some("R11")));
    assert_eq!(code(&till.call("/pay/refundquery", &[("out_trade_no", "A00001"), ("offset", "12")])), "PARAM_ERROR");
    let by_transaction = page.get("transaction_id").unwrap().to_owned();
    let by_refund = page.get("refund_id_1").unwrap().to_owned();
    let all = till.call("/pay/refundquery", &[("transaction_id", &by_transaction)]);
    assert_eq!(all.get("total_refund_count"), Some("12"));
    // The refund's own number speaks first.
    let params = [("out_trade_no", "A00001"), ("transaction_id", &by_transaction), ("refund_id", &by_refund)];
    assert_eq!(till.call("/pay/refundquery", &params).get("out_refund_no_0"), Some("R11"));
    assert_eq!(code(&till.call("/pay/refundquery", &[("out_trade_no", "A00009")])), "REFUNDNOTEXIST");
    assert_eq!(code(&till.call("/pay/refundquery", &[])), "LACK_PARAMS");
}

#[test]
fn coupons_go_back_in_proportion_and_come_out_even() {
    let mut till = Till::new(Customer::Pays);
    till.order_with("A00001", &[("total_fee", "3")]);
    till.wait(2);
    let mut back = Vec::new();
    for number in ["R1", "R2", "R3"] {
        let reply = refund(&mut till, "A00001", number, "3", "1");
        let fen = |name: &str| reply.get(name).unwrap().parse::<i64>().unwrap();
        assert_eq!(fen("cash_refund_fee") + fen("coupon_refund_fee"), 1);
        back.push((fen("coupon_refund_fee"), fen("settlement_refund_fee")));
        till.wait(60);
    }
    assert_eq!(back.iter().map(|(coupon, _)| coupon).sum::<i64>(), 3);
    assert_eq!(back.iter().map(|(_, settled)| settled).sum::<i64>(), 1, "2 fen were never settled");
    let row = query(&mut till, "R3");
    assert_eq!((row.get("coupon_refund_count_0"), row.get("coupon_type_0_0")), (Some("1"), Some("CASH")));
    assert_eq!((row.get("coupon_refund_id_0_0"), row.get("coupon_refund_fee_0_0")), (Some("10000001"), Some("1")));
}

#[test]
fn a_settled_account_is_short_until_takings_suffice() {
    let mut till = paid("1250");
    till.books.set_rules(Rules { settled_at: Some(till.now), ..Rules::default() });
    assert_eq!(code(&refund(&mut till, "A00001", "R1", "1250", "1000")), "NOTENOUGH");
    till.order_with("A00002", &[("total_fee", "999")]);
    till.wait(2);
    assert_eq!(code(&refund(&mut till, "A00001", "R1", "1250", "1000")), "NOTENOUGH");
    till.order_with("A00003", &[("total_fee", "1")]);
    till.wait(2);
    assert_eq!(code(&refund(&mut till, "A00001", "R1", "1250", "1000")), "SUCCESS", "the same number");
    till.wait(60);
    assert_eq!(code(&refund(&mut till, "A00001", "R2", "1250", "1")), "NOTENOUGH", "what went back is gone");
}

#[test]
fn at_most_150_a_second() {
    let mut till = Till::new(Customer::Pays);
    for n in 0..151 {
        till.order(&format!("A{n:05}"));
    }
    till.wait(2);
    let send =
        |till: &mut Till, n: u32| code(&refund(till, &format!("A{n:05}"), &format!("R{n}"), "1250", "1250")).to_owned();
    for n in 0..150 {
        till.now = till.now.plus(Duration::from_millis(6));
        assert_eq!(send(&mut till, n), "SUCCESS", "{n}");
    }
    assert_eq!(send(&mut till, 150), "FREQUENCY_LIMITED");
    // The first of the 150 was sent 894 ms ago.
    till.now = till.now.plus(Duration::from_millis(105));
    assert_eq!(send(&mut till, 150), "FREQUENCY_LIMITED");
    till.now = till.now.plus(Duration::from_millis(1));
    assert_eq!(send(&mut till, 150), "SUCCESS");
}

#[test]
fn the_seventh_failing_one_in_a_second_closes_the_door_for_a_minute() {
    let mut till = paid("1250");
    let send = |till: &mut Till, order| code(&refund(till, order, "R1", "1250", "1250")).to_owned();
    for _ in 0..6 {
        assert_eq!(send(&mut till, "A00009"), "ORDERNOTEXIST");
    }
    till.wait(1);
    for _ in 0..7 {
        assert_eq!(send(&mut till, "A00009"), "ORDERNOTEXIST");
    }
    assert_eq!(send(&mut till, "A00001"), "INVALID_REQ_TOO_MUCH");
    till.wait(59);
    assert_eq!(send(&mut till, "A00001"), "INVALID_REQ_TOO_MUCH");
    till.wait(1);
    assert_eq!(send(&mut till, "A00001"), "SUCCESS");
}

#[test]
fn an_order_with_a_refund_is_reversed_no_more() {
    let mut till = Till::new(Customer::Pays);
    till.charge("A00001", CODE, "1250");
    till.wait(20);
    refund(&mut till, "A00001", "R1", "1250", "1");
    let body = till.body(&[("out_trade_no", "A00001")]).to_xml();
    let plain = Request::post("/secapi/pay/reverse", body.as_bytes());
    let reply = till.books.handle(&Request { has_client_certificate: true, ..plain }, till.now);
    assert_eq!(code(&Fields::parse(&reply.body).unwrap()), "INVALID_REQUEST");
    assert_eq!(till.trade_state("A00001"), "REFUND");
}

#[test]
fn amounts_steer_the_first_answer() {
    // The order's amount, the first two answers, and where the refund stands after the first.
    for (fee, first, second, between) in [
        ("9040451", "SYSTEMERROR", "SUCCESS", "REFUNDNOTEXIST"),
        ("9040452", "SYSTEMERROR", "SUCCESS", "PROCESSING"),
        ("9040453", "BIZERR_NEED_RETRY", "SUCCESS", "REFUNDNOTEXIST"),
        ("9040454", "TRADE_OVERDUE", "TRADE_OVERDUE", "REFUNDNOTEXIST"),
        ("9040455", "USER_ACCOUNT_ABNORMAL", "USER_ACCOUNT_ABNORMAL", "REFUNDNOTEXIST"),
        ("9040456", "ERROR", "ERROR", "REFUNDNOTEXIST"),
        ("9040457", "FREQUENCY_LIMITED", "SUCCESS", "REFUNDNOTEXIST"),
        ("9040458", "INVALID_REQ_TOO_MUCH", "SUCCESS", "REFUNDNOTEXIST"),
        ("9040462", "SYSTEMERROR", "SUCCESS", "REFUNDNOTEXIST"),
        ("9040463", "SUCCESS", "SUCCESS", "SYSTEMERROR"),
        ("9040464", "NEVER_DOCUMENTED", "SUCCESS", "PROCESSING"),
    ] {
        let mut till = paid(fee);
        assert_eq!(code(&refund(&mut till, "A00001", "R1", fee, fee)), first, "{fee}");
        assert_eq!(status(&mut till, "R1"), between, "{fee}");
        assert_eq!(code(&refund(&mut till, "A00001", "R1", fee, fee)), second, "{fee}");
        till.wait(10);
        let end = if second == "SUCCESS" { "SUCCESS" } else { "REFUNDNOTEXIST" };
        assert_eq!(status(&mut till, "R1"), end, "{fee}");
        let effects = till.books.refund_sends().filter(|send| send.took_effect).count();
        assert_eq!(effects, usize::from(second == "SUCCESS"), "{fee}");
    }
}

#[test]
fn amounts_steer_the_end() {
    for (fee, end) in [("9040459", "CHANGE"), ("9040460", "REFUNDCLOSE"), ("9040461", "PROCESSING")] {
        let mut till = paid(fee);
        assert_eq!(code(&refund(&mut till, "A00001", "R1", fee, fee)), "SUCCESS");
        till.wait(60);
        assert_eq!(status(&mut till, "R1"), end);
        let again = refund(&mut till, "A00001", "R2", fee, fee);
        assert_eq!(code(&again), if end == "REFUNDCLOSE" { "SUCCESS" } else { "INVALID_REQUEST" }, "{fee}");
    }
}

#[test]
fn an_amount_steers_the_account() {
    let mut till = paid("9040450");
    assert_eq!(code(&refund(&mut till, "A00001", "R1", "9040450", "1250")), "NOTENOUGH");
    till.order("A00002");
    till.wait(2);
    assert_eq!(code(&refund(&mut till, "A00001", "R1", "9040450", "1250")), "SUCCESS");
}

#[test]
fn amounts_spoil_the_reply_and_the_refund_is_made() {
    for fee in 9_040_470..=9_040_476 {
        let fee = fee.to_string();
        let mut till = paid(&fee);
        let params = [("out_trade_no", "A00001"), ("out_refund_no", "R1"), ("total_fee", &fee), ("refund_fee", &fee)];
        let reply = refund_reply(&mut till, &params);
        let text = String::from_utf8_lossy(&reply.body).into_owned();
        let verified = Fields::parse(&reply.body).is_ok_and(|fields| verify(fields, &till.key, SignType::Md5).is_ok());
        match fee.as_str() {
            "9040470" => assert_eq!(reply.delay, Some(Duration::from_secs(15))),
            "9040471" => assert_eq!(reply.status, 502),
            "9040475" => assert!(verified && text.contains("9040474"), "{text}"),
            "9040476" => assert!(verified && text.contains("<out_refund_no><![CDATA[RX]]>"), "{text}"),
            _ => assert!(!verified, "{text}"),
        }
        till.wait(10);
        assert_eq!(status(&mut till, "R1"), "SUCCESS", "{fee}");
    }
}
