use std::time::Duration;

use super::*;
use crate::number::AuthCode;
use crate::practice::books::Request;
use crate::practice::{API_KEY, APPID, Button, Customer, MCH_ID, PhoneScreen};
use crate::timestamp::Timestamp;
use crate::wechat::sign::{ApiKey, SignType, sign};
use crate::wechat::xml::Fields;

/// Books that version 0.1.0 stored: a paid and an unpaid QR code, a paid and a waiting charge, one
/// that failed, and a code that was shown.
const FIRST: &[u8] = include_bytes!("books-1.json");

/// Those with a refund that is done and one on its way, as the next form has them.
const SECOND: &[u8] = include_bytes!("books-2.json");

fn start() -> Timestamp {
    Timestamp::from_wire("20261122182405").unwrap()
}

fn call(books: &mut Books, path: &str, params: &[(&str, &str)], now: Timestamp) -> Fields {
    let mut fields = Fields::new().with("appid", APPID).with("mch_id", MCH_ID).with("nonce_str", "1");
    for (name, value) in params {
        fields.push(name, *value);
    }
    let signature = sign(&fields, &ApiKey::new(API_KEY), SignType::Md5);
    let body = fields.with("sign", signature).to_xml();
    let plain = Request::post(path, body.as_bytes());
    let reply = books.handle(&Request { has_client_certificate: true, ..plain }, now);
    Fields::parse(&reply.body).unwrap()
}

fn charge(books: &mut Books, number: &str, code: &str, now: Timestamp) -> Fields {
    let params = [
        ("body", "小张南山店-超市"),
        ("out_trade_no", number),
        ("total_fee", "3"),
        ("spbill_create_ip", "127.0.0.1"),
        ("auth_code", code),
    ];
    call(books, "/pay/micropay", &params, now)
}

fn order(books: &mut Books, number: &str, now: Timestamp) -> Fields {
    order_told(books, number, "https://till.invalid/", now)
}

fn order_told(books: &mut Books, number: &str, notify_url: &str, now: Timestamp) -> Fields {
    let params = [
        ("body", "小张南山店-超市"),
        ("out_trade_no", number),
        ("total_fee", "1250"),
        ("spbill_create_ip", "127.0.0.1"),
        ("notify_url", notify_url),
        ("trade_type", "NATIVE"),
        ("product_id", number),
    ];
    call(books, "/pay/unifiedorder", &params, now)
}

fn state(books: &mut Books, number: &str, now: Timestamp) -> String {
    let reply = call(books, "/pay/orderquery", &[("out_trade_no", number)], now);
    reply.get("trade_state").or(reply.get("err_code")).unwrap().to_owned()
}

/// What [`FIRST`] tells.
fn play_the_first(books: &mut Books) {
    let now = start();
    books.set_customer(Customer::Pays, now);
    order(books, "PAID01", now);
    let now = now.plus(Duration::from_secs(2));
    charge(books, "PAID02", "134567890123456789", now);
    books.set_customer(Customer::Declines, now);
    charge(books, "FAILED", "134567890123456780", now);
    books.set_customer(Customer::Panel, now);
    order(books, "OPEN01", now);
    books.press(Button::AskPassword, now);
    books.press(Button::Cancel, now);
    books.set_customer(Customer::Leaves, now);
    charge(books, "OPEN02", "134567890123456781", now);
    books.code_shown(&AuthCode::parse("138800010000000001").unwrap(), now);
}

fn refund(books: &mut Books, order: &str, number: &str, now: Timestamp) -> Fields {
    let params = [("out_trade_no", order), ("out_refund_no", number), ("total_fee", "1250"), ("refund_fee", "50")];
    call(books, "/secapi/pay/refund", &params, now)
}

fn refund_state(books: &mut Books, number: &str, now: Timestamp) -> String {
    let reply = call(books, "/pay/refundquery", &[("out_refund_no", number)], now);
    reply.get("refund_status_0").or(reply.get("err_code")).unwrap().to_owned()
}

/// What [`SECOND`] tells, beyond [`FIRST`].
fn play_the_second(books: &mut Books) {
    let now = start().plus(Duration::from_secs(4));
    refund(books, "PAID01", "DONE", now);
    let now = now.plus(Duration::from_secs(60));
    refund(books, "PAID01", "ONWAY", now);
    books.set_customer(Customer::Panel, now);
    order_told(books, "TOLD01", "http://127.0.0.1:9/told", now);
    books.press(Button::Pay, now);
    assert_eq!(books.take_notices(now).len(), 1);
}

#[test]
fn what_the_second_version_stored_still_opens() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("books.json"), SECOND).unwrap();
    let mut store = Store::open(dir.path(), 1).unwrap();
    let now = start().plus(Duration::from_secs(65));
    store
        .transact(|books| {
            assert_eq!(state(books, "PAID01", now), "REFUND");
            assert_eq!(refund_state(books, "DONE", now), "SUCCESS");
            let told: Vec<_> = books.take_notices(now.plus(Duration::from_secs(15)));
            assert_eq!(told.iter().map(|notice| notice.url.as_str()).collect::<Vec<_>>(), ["http://127.0.0.1:9/told"]);
            assert_eq!(refund_state(books, "ONWAY", now), "PROCESSING");
            assert_eq!(refund_state(books, "ONWAY", now.plus(Duration::from_secs(60))), "SUCCESS");
        })
        .unwrap();
}

#[test]
fn what_the_first_version_stored_still_opens() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("books.json"), FIRST).unwrap();
    let mut store = Store::open(dir.path(), 1).unwrap();
    let now = start().plus(Duration::from_secs(10));
    store
        .transact(|books| {
            for (number, expected) in [
                ("PAID01", "SUCCESS"),
                ("PAID02", "SUCCESS"),
                ("FAILED", "PAYERROR"),
                ("OPEN01", "NOTPAY"),
                ("OPEN02", "USERPAYING"),
            ] {
                assert_eq!(state(books, number, now), expected, "{number}");
            }
            let again = charge(books, "AGAIN1", "134567890123456789", now);
            assert_eq!(again.get("err_code"), Some("AUTH_CODE_ERROR"));
            let late = now.plus(Duration::from_secs(60));
            let stale = charge(books, "AGAIN2", "138800010000000001", late);
            assert_eq!(stale.get("err_code"), Some("AUTHCODEEXPIRE"));
            assert_eq!(state(books, "OPEN02", late), "REVOKED");
            assert_eq!(books.trace().next().unwrap().to_string(), "18:24:05 ¥12.50 order …ID01: QR code made");
        })
        .unwrap();
}

#[test]
fn this_version_stores_what_the_fixture_holds() {
    let mut books = Books::new(1);
    play_the_first(&mut books);
    play_the_second(&mut books);
    let stored = serde_json::to_value(books.shared()).unwrap();
    let fixture: serde_json::Value = serde_json::from_slice(SECOND).unwrap();
    assert_eq!(stored, fixture, "{stored}");
}

#[test]
fn newer_books_are_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("books.json");
    fs::write(&path, b"{\"format\":3,\"orders\":[]}").unwrap();
    assert_eq!(Store::open(dir.path(), 1).unwrap_err(), StoreError::Newer { path: path.clone() });
    assert_eq!(fs::read(&path).unwrap(), b"{\"format\":3,\"orders\":[]}");
}

#[test]
fn a_folder_that_is_none_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let missing = dir.path().join("missing");
    let expected = StoreError::Io { path: missing.join("books.lock"), kind: io::ErrorKind::NotFound };
    assert_eq!(Store::open(&missing, 1).unwrap_err(), expected);
}

#[test]
fn one_process_alone_never_reads_again() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path(), 1).unwrap();
    store.transact(|books| charge(books, "PAID01", "134567890123456789", start())).unwrap();
    // If it read the file now, it would find it damaged.
    fs::write(dir.path().join("books.json"), b"not read").unwrap();
    let found = store.transact(|books| state(books, "PAID01", start())).unwrap();
    assert_eq!(found, "SUCCESS");
}

#[test]
fn asking_writes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path(), 1).unwrap();
    store.transact(|books| charge(books, "PAID01", "134567890123456789", start())).unwrap();
    fs::remove_file(dir.path().join("books.json")).unwrap();
    store.transact(|books| state(books, "PAID01", start())).unwrap();
    assert!(!dir.path().join("books.json").exists());
}

#[test]
fn each_sees_what_the_other_did_in_turn() {
    let dir = tempfile::tempdir().unwrap();
    let mut stores = [Store::open(dir.path(), 1).unwrap(), Store::open(dir.path(), 2).unwrap()];
    for n in 0..6 {
        let (number, code) = (format!("PAID0{n}"), format!("13456789000000000{n}"));
        let paid = stores[n % 2].transact(|books| charge(books, &number, &code, start())).unwrap();
        let id = paid.get("transaction_id").map(str::to_owned);
        assert!(n >= 5 || id.is_some(), "the sixth needs the password: they count together");
        let seen = stores[(n + 1) % 2].transact(|books| state(books, &number, start())).unwrap();
        assert_eq!(seen, if n < 5 { "SUCCESS" } else { "USERPAYING" });
    }
}

#[test]
fn what_could_not_be_saved_did_not_happen() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path(), 1).unwrap();
    store.transact(|books| charge(books, "PAID01", "134567890123456789", start())).unwrap();
    // A folder in the temporary file's place: it can't be opened for writing.
    let in_the_way = dir.path().join("books.tmp");
    fs::create_dir(&in_the_way).unwrap();
    let failed = store.transact(|books| charge(books, "PAID02", "134567890123456780", start()));
    assert!(matches!(failed, Err(StoreError::Io { .. })));
    fs::remove_dir(&in_the_way).unwrap();
    let (first, second) =
        store.transact(|books| (state(books, "PAID01", start()), state(books, "PAID02", start()))).unwrap();
    assert_eq!((first.as_str(), second.as_str()), ("SUCCESS", "ORDERNOTEXIST"));
}

#[test]
fn the_customer_stays_ones_own_when_the_books_are_read_again() {
    let dir = tempfile::tempdir().unwrap();
    let mut one = Store::open(dir.path(), 1).unwrap();
    let mut two = Store::open(dir.path(), 2).unwrap();
    one.transact(|books| {
        books.set_customer(Customer::Panel, start());
        order(books, "OPEN01", start());
    })
    .unwrap();
    two.transact(|books| charge(books, "PAID01", "134567890123456789", start())).unwrap();
    let view = one.transact(|books| books.phone_view(start())).unwrap();
    assert_eq!(view.customer, Customer::Panel);
    assert!(matches!(view.screen, PhoneScreen::QrCode(order) if order.out_trade_no == "OPEN01"));
    let view = two.transact(|books| books.phone_view(start())).unwrap();
    assert!(matches!(view.screen, PhoneScreen::Paid(order) if order.out_trade_no == "PAID01"));
}
