//! The audit of refunds, as somebody with a hand on the file would change it, and the count of PIN tries.

use super::*;
use crate::audit::{Approval, ChainKey, Fault, Head, Means, Sound};
use crate::number::OutRefundNo;

fn key() -> ChainKey {
    ChainKey::new([7; 32])
}

fn refund_number(n: u32) -> OutRefundNo {
    OutRefundNo::make(noon(), 1, u64::from(n))
}

fn approved(fee: i64) -> Approval {
    Approval { by: "老板".to_owned(), means: Means::Pin, up_to: fen(fee), day_cap: None }
}

fn refund(n: u32, approval: Approval, fee: i64) -> NewRefund {
    NewRefund {
        out_refund_no: refund_number(n),
        order: RefundedOrder {
            out_trade_no: number(n),
            total_fee: fen(1250),
            proof: Some((transaction(n), at(4))),
            elsewhere: None,
        },
        refund_fee: fen(fee),
        reason: "多收".to_owned(),
        created_at: at(100 + i64::from(n)),
        state: "queued".to_owned(),
        rules: "{}".to_owned(),
        owner: "a1".to_owned(),
        approval,
    }
}

/// A book with three refunds, chained by [`key`].
fn three() -> Shop {
    let mut shop = Shop::open();
    shop.book.seal_with(key());
    for n in 1..=3 {
        shop.book.queue_refund(&refund(n, approved(100), 100), &[]).unwrap().unwrap();
    }
    shop
}

fn verified(shop: &Shop, remembered: Option<&Head>) -> Result<Sound, Fault> {
    shop.book.verify_audit(remembered.cloned()).unwrap()
}

/// Somebody writes to the file, past every trigger.
fn meddle(shop: &Shop, sql: &str) {
    let conn = Connection::open(shop.path()).unwrap();
    let triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger'";
    let names: Vec<String> =
        conn.prepare(triggers).unwrap().query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
    for name in names {
        conn.execute_batch(&format!("DROP TRIGGER {name}")).unwrap();
    }
    conn.execute_batch(sql).unwrap();
}

#[test]
fn every_refund_is_a_line_of_the_chain() {
    let shop = three();
    let head = shop.book.audit_head().unwrap();
    assert_eq!(head.as_ref().map(|head| head.n), Some(3));
    let sound = verified(&shop, head.as_ref()).unwrap();
    assert_eq!(sound, Sound { lines: 3, other_key: 0, head });
    let conn = Connection::open(shop.path()).unwrap();
    let told = conn.query_row("SELECT approved_by, means, refund_fee, reason FROM audit WHERE n = 2", [], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, i64>(2)?, row.get::<_, String>(3)?))
    });
    assert_eq!(told.unwrap(), ("老板".to_owned(), "pin".to_owned(), 100, "多收".to_owned()));
}

#[test]
fn a_line_that_is_deleted_altered_cut_off_or_put_in_is_found() {
    let copied =
        "SELECT 4, at, approved_by, means, 'forged', out_trade_no, refund_fee, reason, key_id, hash FROM audit";
    for (sql, fault) in [
        ("DELETE FROM audit WHERE n = 2", Fault::Gone { n: 2 }),
        ("DELETE FROM audit WHERE n = 1; UPDATE audit SET n = n - 1", Fault::Altered { n: 1 }),
        ("UPDATE audit SET approved_by = '店员' WHERE n = 2", Fault::Altered { n: 2 }),
        ("UPDATE audit SET refund_fee = 1 WHERE n = 3", Fault::Altered { n: 3 }),
        ("DELETE FROM audit WHERE n = 3; DELETE FROM refunds", Fault::Cut { remembered: 3, found: 2 }),
        ("DELETE FROM audit; DELETE FROM refunds", Fault::Cut { remembered: 3, found: 0 }),
        (&format!("INSERT INTO audit {copied} WHERE n = 3"), Fault::Altered { n: 4 }),
    ] {
        let shop = three();
        let head = shop.book.audit_head().unwrap();
        meddle(&shop, sql);
        let found = verified(&shop, head.as_ref());
        // The refunds themselves are gone with the tail: that is told as it is met.
        let differs = Fault::Differs { number: refund_number(1) };
        let expected = if sql.contains("n = 3; DELETE FROM refunds") { differs } else { fault };
        assert_eq!(found, Err(expected), "{sql}");
    }
}

#[test]
fn a_tail_is_missed_by_what_is_remembered_alone() {
    let shop = three();
    let head = shop.book.audit_head().unwrap();
    meddle(
        &shop,
        "DELETE FROM audit WHERE n = 3; DELETE FROM refunds WHERE created_at = (SELECT MAX(created_at) FROM refunds)",
    );
    assert_eq!(verified(&shop, head.as_ref()), Err(Fault::Cut { remembered: 3, found: 2 }));
    assert_eq!(verified(&shop, None).map(|sound| sound.lines), Ok(2), "nothing else can tell");
}

#[test]
fn a_refund_beside_the_chain_is_found() {
    let shop = three();
    meddle(&shop, "DELETE FROM audit WHERE n = 3");
    assert_eq!(verified(&shop, None), Err(Fault::Unrecorded { number: refund_number(3) }));
    let shop = three();
    meddle(&shop, "UPDATE refunds SET refund_fee = 900");
    assert_eq!(verified(&shop, None), Err(Fault::Differs { number: refund_number(1) }));
}

#[test]
fn another_key_proves_nothing() {
    let mut shop = three();
    shop.book.seal_with(ChainKey::new([8; 32]));
    assert_eq!(verified(&shop, None).map(|sound| (sound.lines, sound.other_key)), Ok((3, 3)));
}

#[test]
fn what_is_not_queued_leaves_no_line() {
    let mut shop = three();
    let head = shop.book.audit_head().unwrap();
    let again = refund(1, approved(9_999), 1_151);
    assert_eq!(shop.book.queue_refund(&again, &[]).unwrap(), Err(NotQueued::TooMuch { left: fen(1_150) }));
    let unapproved = NewRefund { out_refund_no: refund_number(9), ..refund(1, approved(99), 100) };
    assert_eq!(shop.book.queue_refund(&unapproved, &[]), Err(LedgerError::Forbidden));
    assert_eq!(shop.book.audit_head().unwrap(), head);
    assert!(verified(&shop, head.as_ref()).is_ok());
    assert_eq!(shop.book.refund(&refund_number(9)).unwrap(), None);
}

#[test]
fn the_days_cap_holds_over_all_that_people_refund_in_a_beijing_day() {
    let mut shop = Shop::open();
    let book = &mut shop.book;
    let capped = |fee| Approval { day_cap: Some(fen(1_000)), ..approved(fee) };
    let mut queue = |n, approval, fee, created_at| {
        let refund = NewRefund { created_at, ..refund(n, approval, fee) };
        book.queue_refund(&refund, &[]).unwrap()
    };
    assert_eq!(queue(1, capped(600), 600, at(100)), Ok(1));
    assert_eq!(queue(2, Approval::by_the_till(fen(1_250)), 1_250, at(100)), Ok(1), "the till's own don't count");
    assert_eq!(queue(3, capped(401), 401, at(100)), Err(NotQueued::AboveDayCap { left: fen(400) }));
    assert_eq!(queue(3, capped(400), 400, at(100)), Ok(1));
    let midnight = Timestamp::from_wire("20261123000000").unwrap();
    let before = Timestamp::from_millis(midnight.as_millis() - 1);
    assert_eq!(queue(4, capped(1), 1, before), Err(NotQueued::AboveDayCap { left: Fen::ZERO }));
    assert_eq!(queue(4, capped(1_000), 1_000, midnight), Ok(1));
    assert_eq!(queue(5, approved(1_000), 1_000, midnight), Ok(1), "an approval without a cap");
}

#[test]
fn five_wrong_pins_then_a_minute_then_twice_as_long() {
    let mut shop = Shop::open();
    let book = &mut shop.book;
    for left in (0..5).rev() {
        assert_eq!(book.try_pin(at(0)).unwrap(), PinTry::Granted { left });
    }
    let mut now = at(0);
    for wait in [60, 120, 240, 480, 960, 1_920, 3_600, 3_600] {
        let until = now.plus(Duration::from_secs(wait));
        let just_before = Timestamp::from_millis(until.as_millis() - 1);
        assert_eq!(book.try_pin(just_before).unwrap(), PinTry::Locked { until });
        assert_eq!(book.try_pin(until).unwrap(), PinTry::Granted { left: 0 });
        now = until;
    }
    assert_eq!(
        book.try_pin(at(-9_999_999)).unwrap(),
        PinTry::Locked { until: at(-9_999_999 + 3_600) },
        "a clock set back"
    );
    book.pin_was_right().unwrap();
    assert_eq!(book.try_pin(now).unwrap(), PinTry::Granted { left: 4 });
}

#[test]
fn tries_are_on_the_disk_before_the_pin_is_looked_at() {
    let mut shop = Shop::open();
    let before = shop.book.commits().durable;
    shop.book.try_pin(at(0)).unwrap();
    assert_eq!(shop.book.commits().durable, before + 1);
    let path = shop.path();
    drop(shop.book);
    let mut again = Book::open(&path).unwrap();
    assert_eq!(again.try_pin(at(0)).unwrap(), PinTry::Granted { left: 3 });
}

#[test]
fn the_book_of_version_3_still_opens() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("book.db");
    Connection::open(&path).unwrap().execute_batch(include_str!("../../../tests/fixtures/book-v3.sql")).unwrap();
    let mut book = Book::open(&path).unwrap();
    assert_eq!(book.verify_audit(None).unwrap().map(|sound| (sound.lines, sound.other_key)), Ok((2, 0)));
    assert_eq!(book.try_pin(noon()).unwrap(), PinTry::Granted { left: 2 });
}
