//! The simulated customer and the panel.

use super::*;

fn press(till: &mut Till, button: Button) {
    till.books.press(button, till.now);
}

fn screen(till: &mut Till) -> PhoneScreen {
    till.books.advance(till.now);
    till.books.phone_view(till.now).screen
}

#[test]
fn pays_scans_after_two_seconds() {
    let mut till = Till::new(Customer::Pays);
    till.order("A00001");
    till.wait(1);
    assert_eq!(till.trade_state("A00001"), "NOTPAY");
    till.wait(1);
    assert_eq!(till.trade_state("A00001"), "SUCCESS");
}

#[test]
fn a_new_picture_does_not_put_the_customer_off() {
    let mut till = Till::new(Customer::Pays);
    till.order("A00001");
    till.wait(1);
    till.order("A00001");
    till.wait(1);
    assert_eq!(till.trade_state("A00001"), "SUCCESS");
}

#[test]
fn a_picture_that_the_shop_took_away_is_not_scanned() {
    let mut till = Till::new(Customer::Pays);
    till.order("A00001");
    till.wait(1);
    assert_eq!(code(&till.close("A00001")), "INVALID_REQUEST");
    till.wait(60);
    assert_eq!(till.trade_state("A00001"), "NOTPAY");
    till.order("A00001");
    till.wait(2);
    assert_eq!(till.trade_state("A00001"), "SUCCESS", "a new picture is");
}

#[test]
fn password_types_it_after_four_seconds() {
    let mut till = Till::new(Customer::Password);
    till.order("A00001");
    assert_eq!(code(&till.charge("B00001", CODE, "1250")), "USERPAYING");
    till.wait(3);
    assert_eq!((till.trade_state("A00001"), till.trade_state("B00001")), ("NOTPAY".into(), "USERPAYING".into()));
    till.wait(1);
    assert_eq!(till.trade_state("B00001"), "SUCCESS");
    till.wait(2);
    assert_eq!(till.trade_state("A00001"), "SUCCESS");
}

#[test]
fn declines_cancels_a_picture_and_lacks_money_for_a_code() {
    let mut till = Till::new(Customer::Declines);
    till.order("A00001");
    assert_eq!(code(&till.charge("B00001", CODE, "1250")), "NOTENOUGH");
    till.wait(3600);
    assert_eq!(till.trade_state("A00001"), "NOTPAY");
}

#[test]
fn leaves_never_pays_a_picture() {
    let mut till = Till::new(Customer::Leaves);
    till.order("A00001");
    till.wait(3600);
    assert_eq!(till.trade_state("A00001"), "NOTPAY");
}

#[test]
fn panel_waits_for_a_button() {
    let mut till = Till::new(Customer::Panel);
    till.order("A00001");
    till.wait(600);
    assert!(matches!(screen(&mut till), PhoneScreen::QrCode(order) if order.out_trade_no == "A00001"));
    press(&mut till, Button::Pay);
    assert_eq!(till.trade_state("A00001"), "SUCCESS");
    assert!(matches!(screen(&mut till), PhoneScreen::Paid(order) if order.total_fee.as_i64() == 1250));
}

#[test]
fn panel_goes_through_the_password_box_of_a_picture() {
    let mut till = Till::new(Customer::Panel);
    till.order("A00001");
    press(&mut till, Button::AskPassword);
    assert!(matches!(screen(&mut till), PhoneScreen::Password(_)));
    press(&mut till, Button::WrongPassword);
    assert!(matches!(screen(&mut till), PhoneScreen::Password(_)));
    press(&mut till, Button::NotEnough);
    assert!(matches!(screen(&mut till), PhoneScreen::QrCode(_)), "the same customer may scan again");
    press(&mut till, Button::AskPassword);
    press(&mut till, Button::Pay);
    assert_eq!(till.trade_state("A00001"), "SUCCESS");
}

#[test]
fn buttons_are_armed_for_the_next_code() {
    let mut till = Till::new(Customer::Panel);
    for (n, (button, answer)) in [
        (Button::Pay, "SUCCESS"),
        (Button::AskPassword, "USERPAYING"),
        (Button::WrongPassword, "USERPAYING"),
        (Button::NotEnough, "NOTENOUGH"),
        (Button::Cancel, "USERPAYING"),
        (Button::Dead, "USERPAYING"),
    ]
    .into_iter()
    .enumerate()
    {
        till.wait(60);
        press(&mut till, button);
        assert_eq!(till.books.phone_view(till.now).armed, Some(button));
        let code_of_row = code_of(1, u32::try_from(n).unwrap());
        assert_eq!(code(&till.charge(&format!("A0000{n}"), &code_of_row, "100")), answer, "{button:?}");
        assert_eq!(till.books.phone_view(till.now).armed, None, "once");
    }
}

#[test]
fn a_second_press_disarms() {
    let mut till = Till::new(Customer::Panel);
    press(&mut till, Button::NotEnough);
    press(&mut till, Button::NotEnough);
    assert_eq!(code(&till.charge("A00001", CODE, "100")), "SUCCESS");
}

#[test]
fn the_panel_acts_on_a_charge_that_waits_for_the_password() {
    let states = [
        (Button::Pay, "SUCCESS", "SUCCESS"),
        (Button::WrongPassword, "USERPAYING", "REVOKED"),
        (Button::NotEnough, "PAYERROR", "PAYERROR"),
        (Button::Cancel, "USERPAYING", "REVOKED"),
        (Button::Dead, "USERPAYING", "REVOKED"),
    ];
    for (button, soon, late) in states {
        let mut till = Till::new(Customer::Panel);
        press(&mut till, Button::AskPassword);
        till.charge("A00001", CODE, "100");
        till.wait(10);
        press(&mut till, button);
        assert_eq!(till.trade_state("A00001"), soon, "{button:?}");
        till.wait(35);
        assert_eq!(till.trade_state("A00001"), late, "{button:?}");
    }
}

#[test]
fn a_wrong_password_can_be_followed_by_the_right_one() {
    let mut till = Till::new(Customer::Panel);
    press(&mut till, Button::WrongPassword);
    till.charge("A00001", CODE, "100");
    press(&mut till, Button::WrongPassword);
    assert_eq!(till.trade_state("A00001"), "USERPAYING");
    press(&mut till, Button::Pay);
    assert_eq!(till.trade_state("A00001"), "SUCCESS");
}

#[test]
fn a_button_too_late_pays_nothing() {
    let mut till = Till::new(Customer::Panel);
    press(&mut till, Button::AskPassword);
    till.charge("A00001", CODE, "100");
    till.wait(45);
    press(&mut till, Button::Pay);
    assert_eq!(till.trade_state("A00001"), "REVOKED");
}

#[test]
fn the_panel_types_the_password_of_a_large_amount() {
    let mut till = Till::new(Customer::Panel);
    assert_eq!(code(&till.charge("A00001", CODE, "100001")), "USERPAYING");
    till.wait(20);
    assert_eq!(till.trade_state("A00001"), "USERPAYING");
    press(&mut till, Button::Pay);
    assert_eq!(till.trade_state("A00001"), "SUCCESS");
}

#[test]
fn changing_the_customer_changes_who_looks_at_the_picture() {
    let mut till = Till::new(Customer::Pays);
    till.order("A00001");
    till.wait(1);
    till.books.set_customer(Customer::Panel, till.now);
    till.wait(60);
    assert_eq!(till.trade_state("A00001"), "NOTPAY");
    till.books.set_customer(Customer::Pays, till.now);
    till.wait(2);
    assert_eq!(till.trade_state("A00001"), "SUCCESS");
}

#[test]
fn the_phone_shows_a_code_while_it_is_good() {
    let mut till = Till::new(Customer::Panel);
    let shown = AuthCode::parse(CODE).unwrap();
    till.books.code_shown(&shown, till.now);
    let seen = till.books.phone_view(till.now).code.unwrap();
    assert_eq!((seen.code, seen.until), (shown.clone(), till.now.plus(Duration::from_secs(60))));
    till.charge("A00001", CODE, "100");
    assert_eq!(till.books.phone_view(till.now).code, None, "it was charged");

    till.books.code_shown(&AuthCode::parse(&code_of(1, 1)).unwrap(), till.now);
    till.wait(61);
    assert_eq!(till.books.phone_view(till.now).code, None, "it is old");
}

#[test]
fn the_buttons_fit_the_screen() {
    let mut till = Till::new(Customer::Panel);
    assert!(till.books.phone_view(till.now).buttons.contains(&Button::WrongPassword));
    till.order("A00001");
    assert!(!till.books.phone_view(till.now).buttons.contains(&Button::WrongPassword));
    press(&mut till, Button::AskPassword);
    assert!(!till.books.phone_view(till.now).buttons.contains(&Button::AskPassword));
}

#[test]
fn the_trace_tells_the_story() {
    let mut till = Till::new(Customer::Password);
    till.charge("A00004418", CODE, "1250");
    till.wait(5);
    till.query("A00004418");
    till.charge("A00004419", CODE, "1250");
    let lines: Vec<String> = till.books.trace().map(Line::to_string).collect();
    assert_eq!(
        lines,
        [
            "18:24:05 ¥12.50 order …4418: customer asked for the password",
            "18:24:09 ¥12.50 order …4418: password typed",
            "18:24:09 ¥12.50 order …4418: paid",
            "18:24:10 ¥12.50 order …4419: AUTH_CODE_ERROR (授权码参数错误，每个二维码仅限使用一次，请刷新再试)",
        ]
    );
}

#[test]
fn payment_codes_are_nowhere_in_what_is_stored() {
    let mut till = Till::new(Customer::Pays);
    till.books.code_shown(&AuthCode::parse(CODE).unwrap(), till.now);
    till.charge("A00001", CODE, "1250");
    till.charge("A00002", CODE, "1250");
    let stored = serde_json::to_string(till.books.shared()).unwrap();
    assert!(stored.contains("A00001") && !stored.contains(CODE));
    assert!(!format!("{:?}", till.books).contains(CODE));
}

#[test]
fn old_finished_orders_are_forgotten_and_open_ones_kept() {
    let mut till = Till::new(Customer::Panel);
    till.books.keep_orders(KEPT_ORDERS_IN_FOLDER);
    till.order("OPEN01");
    for n in 0..u32::try_from(KEPT_ORDERS_IN_FOLDER + KEPT_ORDERS_IN_FOLDER / 10).unwrap() {
        till.wait(60);
        till.charge(&format!("A{n:06}"), &code_of(n, n), "100");
    }
    assert!(till.books.shared.orders.len() <= KEPT_ORDERS_IN_FOLDER + 1);
    assert_eq!(till.trade_state("OPEN01"), "NOTPAY");
    assert_eq!(till.trade_state("A000000"), "ORDERNOTEXIST");
    assert_eq!(till.trade_state("A002199"), "SUCCESS");
}
