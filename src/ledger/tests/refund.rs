//! Refunds in the book: never more than was paid, whoever promises it, and never faster than the gateway's limits.

use super::*;
use crate::audit::{Approval, Means};
use crate::number::{OutRefundNo, RefundId};

const LIMITS: SendLimits = SendLimits {
    most: 150,
    most_failing: 6,
    span: Duration::from_secs(1),
    arrives_within: Duration::from_secs(10),
    order_gap: Duration::from_secs(60),
};

const DAY: i64 = 24 * 60 * 60;

pub(super) fn refund_number(n: u32) -> OutRefundNo {
    OutRefundNo::make(noon(), 1, u64::from(n))
}

/// An order that the book knows; nobody asked the gateway.
fn order(n: u32) -> RefundedOrder {
    RefundedOrder { out_trade_no: number(n), total_fee: fen(1250), proof: None, elsewhere: None }
}

/// The gateway has just said that it was paid.
pub(super) fn proven(n: u32) -> RefundedOrder {
    RefundedOrder { proof: Some((transaction(n), at(i64::from(n) + 4))), elsewhere: Some((Fen::ZERO, 0)), ..order(n) }
}

fn refund(n: u32, order: RefundedOrder, fee: i64) -> NewRefund {
    NewRefund {
        out_refund_no: refund_number(n),
        order,
        refund_fee: fen(fee),
        reason: "多收".to_owned(),
        created_at: at(100),
        state: "queued".to_owned(),
        rules: "{}".to_owned(),
        owner: "a1".to_owned(),
        approval: Approval { by: "老板".to_owned(), means: Means::Pin, up_to: fen(fee), day_cap: None },
    }
}

pub(super) fn refund_change(n: u32, version: i64, standing: Standing) -> RefundChange {
    RefundChange {
        out_refund_no: refund_number(n),
        version,
        state: standing.as_str().to_owned(),
        standing,
        rules: "{\"v\":2}".to_owned(),
        refund_id: None,
        pending: matches!(standing, Standing::Open | Standing::Accepted),
        replied: None,
        at: at(200),
        lines: vec![],
    }
}

pub(super) fn queue(book: &mut Book, n: u32, order: RefundedOrder, fee: i64) -> Result<i64, NotQueued> {
    book.queue_refund(&refund(n, order, fee), &[]).unwrap()
}

/// `count` orders of others, each with a refund that waits.
fn waiting(book: &mut Book, count: u32) -> Vec<RefundChange> {
    (0..count)
        .map(|n| {
            queue(book, n, proven(n), 100).unwrap();
            refund_change(n, 1, Standing::Open)
        })
        .collect()
}

#[test]
fn the_sum_counts_all_that_is_not_known_to_have_failed() {
    let mut shop = Shop::open();
    let book = &mut shop.book;
    pay(book, 1);
    assert_eq!(queue(book, 1, order(1), 500), Ok(1));
    assert_eq!(queue(book, 2, order(1), 751), Err(NotQueued::TooMuch { left: fen(750) }));
    book.change_refunds(&[refund_change(1, 1, Standing::Accepted)], true).unwrap();
    assert_eq!(queue(book, 2, order(1), 751), Err(NotQueued::TooMuch { left: fen(750) }), "accepted counts");
    assert_eq!(queue(book, 3, order(1), 750), Ok(1));
    assert_eq!(queue(book, 4, order(1), 1), Err(NotQueued::TooMuch { left: Fen::ZERO }));
    book.change_refunds(&[refund_change(3, 1, Standing::Void)], true).unwrap();
    assert_eq!(queue(book, 5, order(1), 751), Err(NotQueued::TooMuch { left: fen(750) }));
    assert_eq!(queue(book, 5, order(1), 750), Ok(1), "what ended without effect is free again");
    let promised = book.promised(&number(1)).unwrap();
    assert_eq!(promised, Promised { fee: fen(1250), count: 2, taken: fen(500), elsewhere: Fen::ZERO });
    assert_eq!(book.attempt(&number(1)).unwrap().unwrap().refunded, fen(500));
}

#[test]
fn what_others_refunded_counts() {
    let mut shop = Shop::open();
    let book = &mut shop.book;
    pay(book, 1);
    let seen = RefundedOrder { elsewhere: Some((fen(1000), 49)), ..proven(1) };
    assert_eq!(queue(book, 1, seen.clone(), 251), Err(NotQueued::TooMuch { left: fen(250) }));
    assert_eq!(queue(book, 1, order(1), 251), Err(NotQueued::TooMuch { left: fen(250) }), "offline as well");
    assert_eq!(queue(book, 1, order(1), 100), Ok(1));
    assert_eq!(queue(book, 2, order(1), 100), Err(NotQueued::TooMany));
}

#[test]
fn only_paid_orders_of_the_last_year_are_refunded() {
    let mut shop = Shop::open();
    let book = &mut shop.book;
    begin(book, 1);
    assert_eq!(queue(book, 1, proven(1), 100), Err(NotQueued::StillOpen), "its sale decides first");
    assert_eq!(queue(book, 1, order(2), 100), Err(NotQueued::NotPaid { outcome: None }));
    pay(book, 3);
    let late = NewRefund { created_at: at(3 + 4 + 365 * DAY + 1), ..refund(1, order(3), 100) };
    assert_eq!(book.queue_refund(&late, &[]), Ok(Err(NotQueued::TooOld)));
    let in_time = NewRefund { created_at: at(3 + 4 + 365 * DAY), ..late };
    assert_eq!(book.queue_refund(&in_time, &[]), Ok(Ok(1)));
    let other_amount = RefundedOrder { total_fee: fen(1251), ..order(3) };
    assert_eq!(book.queue_refund(&refund(9, other_amount, 1), &[]), Err(LedgerError::Forbidden));
}

#[test]
fn an_order_of_another_till_is_refunded_once_the_gateway_says_it_is_paid() {
    let mut shop = Shop::open();
    let book = &mut shop.book;
    assert_eq!(queue(book, 1, proven(4), 1000), Ok(1));
    assert_eq!(queue(book, 2, order(4), 250), Ok(1), "later also offline");
    assert_eq!(queue(book, 3, order(4), 1), Err(NotQueued::TooMuch { left: Fen::ZERO }));
    assert_eq!(book.refunds_of(&number(4)).unwrap().len(), 2);
}

#[test]
fn a_payment_after_the_end_is_booked_when_it_is_refunded() {
    let mut shop = Shop::open();
    let book = &mut shop.book;
    begin(book, 1);
    let closed = AttemptChange { pending: true, ..change(1, 1, Outcome::Closed) };
    let ended = SaleChange { outcome: Outcome::Closed, winner: None, ..sale_paid(1) };
    book.commit(&closed, Some(&ended), &[]).unwrap();
    assert_eq!(queue(book, 1, proven(1), 100), Err(NotQueued::StillOpen), "it is still watched");
    book.note(&[], Some(&change(1, 2, Outcome::Closed))).unwrap();
    assert_eq!(queue(book, 1, order(1), 100), Err(NotQueued::NotPaid { outcome: Some(Outcome::Closed) }));
    assert_eq!(queue(book, 1, proven(1), 100), Ok(1));
    let row = book.attempt(&number(1)).unwrap().unwrap();
    assert_eq!((row.outcome, row.transaction_id), (Outcome::PaidLate, Some(transaction(1))));
    assert_eq!(book.sale(SaleId::new(1)).unwrap().unwrap().outcome, Outcome::PaidLate);
}

#[test]
fn an_order_is_refunded_fifty_times_at_most() {
    let mut shop = Shop::open();
    pay(&mut shop.book, 1);
    for n in 0..50 {
        assert_eq!(queue(&mut shop.book, n, order(1), 1), Ok(1));
    }
    assert_eq!(queue(&mut shop.book, 50, order(1), 1), Err(NotQueued::TooMany));
}

#[test]
fn of_many_who_refund_at_once_one_wins() {
    let shop = Shop::open();
    let path = shop.path();
    let mut book = shop.book;
    pay(&mut book, 1);
    let threads: Vec<_> = (0..16)
        .map(|n| {
            let path = path.clone();
            thread::spawn(move || queue(&mut Book::open(&path).unwrap(), n, order(1), 1250))
        })
        .collect();
    let results: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    let told = Err(NotQueued::TooMuch { left: Fen::ZERO });
    assert_eq!(results.iter().filter(|result| **result == told).count(), 15);
}

#[test]
fn the_order_and_its_sale_say_what_went_back() {
    let mut shop = Shop::open();
    let book = &mut shop.book;
    pay(book, 1);
    queue(book, 1, order(1), 500).unwrap();
    queue(book, 2, order(1), 750).unwrap();
    let outcomes = |book: &Book| {
        let attempt = book.attempt(&number(1)).unwrap().unwrap().outcome;
        (attempt, book.sale(SaleId::new(1)).unwrap().unwrap().outcome)
    };
    book.change_refunds(&[refund_change(1, 1, Standing::Accepted)], true).unwrap();
    assert_eq!(outcomes(book), (Outcome::Paid, Outcome::Paid), "accepted may still be closed");
    book.change_refunds(&[refund_change(1, 2, Standing::Arrived)], true).unwrap();
    assert_eq!(outcomes(book), (Outcome::PartlyRefunded, Outcome::PartlyRefunded));
    book.change_refunds(&[refund_change(2, 1, Standing::Bounced)], true).unwrap();
    assert_eq!(outcomes(book), (Outcome::Refunded, Outcome::Refunded));
    assert_eq!(book.bounced_refunds(9).unwrap().len(), 1);
}

#[test]
fn a_refunded_sale_whose_other_attempt_is_watched_takes_its_end() {
    let mut shop = Shop::open();
    let book = &mut shop.book;
    pay(book, 1);
    // The sale's QR order, which is closed only after the charge was refunded.
    let conn = Connection::open(shop.folder.path().join("book.db")).unwrap();
    conn.execute_batch("UPDATE sales SET outcome = 'refunded' WHERE id = 1").unwrap();
    begin(book, 2);
    let ended = change(2, 1, Outcome::Closed);
    assert_eq!(book.commit(&ended, Some(&sale_paid(1)), &[]), Ok(2));
    assert_eq!(book.sale(SaleId::new(1)).unwrap().unwrap().outcome, Outcome::Refunded);
}

#[test]
fn what_was_asked_stays_and_an_end_stays() {
    let mut shop = Shop::open();
    let book = &mut shop.book;
    pay(book, 1);
    queue(book, 1, order(1), 500).unwrap();
    assert_eq!(book.queue_refund(&refund(1, order(1), 100), &[]), Err(LedgerError::NumberTaken));
    for end in [Standing::Arrived, Standing::Bounced, Standing::Void] {
        let n = 10 + end as u32;
        queue(book, n, order(1), 1).unwrap();
        book.change_refunds(&[refund_change(n, 1, end)], true).unwrap();
        for other in Standing::ALL.into_iter().filter(|other| *other != end) {
            assert_eq!(book.change_refunds(&[refund_change(n, 2, other)], true), Ok(vec![None]), "{end:?} {other:?}");
        }
    }
    for sql in [
        "UPDATE refunds SET refund_fee = 1",
        "UPDATE refunds SET out_refund_no = 'x'",
        "UPDATE refunds SET standing = 'open' WHERE standing = 'arrived'",
        "DELETE FROM refunds",
        "DELETE FROM refunded_orders",
        "UPDATE refunded_orders SET total_fee = 9999",
        "INSERT INTO refunds SELECT 'x', out_trade_no, 1000, reason, created_at, state, standing, rules, refund_id, \
         sent_at, look_first, owner, pending, version, updated_at FROM refunds WHERE standing = 'open'",
    ] {
        assert!(book.conn.execute_batch(sql).is_err(), "{sql}");
    }
}

#[test]
fn another_process_with_an_old_version_changes_nothing() {
    let mut shop = Shop::open();
    let book = &mut shop.book;
    let changes = waiting(book, 2);
    book.change_refunds(&changes[..1], false).unwrap();
    assert_eq!(book.change_refunds(&changes, false), Ok(vec![None, Some(2)]));
    let turns = book.take_turns(&changes, &LIMITS, at(300)).unwrap();
    assert_eq!(turns.stale.len(), 2);
    assert_eq!(book.change_refunds(&[refund_change(9, 1, Standing::Open)], false), Ok(vec![None]));
}

/// The reply to a send has come.
fn replied(change: &RefundChange, version: i64, replied: Replied, at: Timestamp) -> RefundChange {
    RefundChange { version, replied: Some(replied), at, ..change.clone() }
}

/// Two processes take turns; each request is answered after a while, and arrived somewhen before that.
#[test]
fn two_processes_together_keep_the_window() {
    let shop = Shop::open();
    let mut books = [Book::open(&shop.path()).unwrap(), Book::open(&shop.path()).unwrap()];
    let mut waiting = waiting(&mut books[0], 400);
    let mut on_the_way: Vec<(Timestamp, RefundChange, i64)> = Vec::new();
    let mut spans = Vec::new();
    let mut now = at(300);
    while !waiting.is_empty() {
        for book in &mut books {
            let turns = book.take_turns(&waiting[..waiting.len().min(8)], &LIMITS, now).unwrap();
            for (number, version) in turns.granted {
                let place = waiting.iter().position(|change| change.out_refund_no == number).unwrap();
                on_the_way.push((now, waiting.remove(place), version));
            }
            now = now.plus(Duration::from_millis(3));
            let (answered, rest) = on_the_way.into_iter().partition(|(sent, ..)| now.since(*sent).as_millis() > 20);
            on_the_way = rest;
            for (sent, change, version) in answered {
                book.change_refunds(&[replied(&change, version, Replied::Taken, now)], false).unwrap();
                spans.push((sent, now));
            }
        }
    }
    let second = Duration::from_secs(1);
    let may_arrive = |from: Timestamp| {
        spans.iter().filter(|(sent, answered)| *sent < from.plus(second) && *answered >= from).count()
    };
    let most = spans.iter().map(|(sent, _)| may_arrive(*sent)).max().unwrap();
    assert!(most <= 150, "{most}");
    assert!(now.since(at(300)) < Duration::from_millis(2_300), "{:?} for 400", now.since(at(300)));
}

#[test]
fn a_failing_reply_narrows_the_window_for_everybody() {
    let shop = Shop::open();
    let mut books = [Book::open(&shop.path()).unwrap(), Book::open(&shop.path()).unwrap()];
    let waiting = waiting(&mut books[0], 40);
    let first = books[0].take_turns(&waiting[..1], &LIMITS, at(300)).unwrap();
    let failed = replied(&waiting[0], first.granted[0].1, Replied::Failing, at(300));
    books[0].change_refunds(&[failed], false).unwrap();
    let turns = books[1].take_turns(&waiting[1..], &LIMITS, at(300)).unwrap();
    assert_eq!(turns.granted.len(), 5, "six with the first");
    assert_eq!(turns.again_at, Some(at(301)));
    let later = books[1].take_turns(&waiting[6..], &LIMITS, at(302)).unwrap();
    assert_eq!(later.granted.len(), 34, "wide again, though five have no reply yet");
}

#[test]
fn refunds_of_one_order_are_a_minute_apart() {
    let mut shop = Shop::open();
    let book = &mut shop.book;
    queue(book, 1, proven(1), 100).unwrap();
    queue(book, 2, proven(1), 100).unwrap();
    let (one, two) = (refund_change(1, 1, Standing::Open), refund_change(2, 1, Standing::Open));
    let turns = book.take_turns(&[one, two.clone()], &LIMITS, at(300)).unwrap();
    assert_eq!(turns.granted.len(), 1);
    assert_eq!(turns.too_soon, [(refund_number(2), at(360))]);
    let again = book.take_turns(&[refund_change(1, 2, Standing::Open)], &LIMITS, at(301)).unwrap();
    assert_eq!(again.granted.len(), 1, "the same refund may be repeated");
    let turns = book.take_turns(std::slice::from_ref(&two), &LIMITS, at(360)).unwrap();
    assert_eq!(turns.too_soon, [(refund_number(2), at(361))]);
    assert_eq!(book.take_turns(&[two], &LIMITS, at(361)).unwrap().granted.len(), 1);
}

#[test]
fn a_request_without_a_reply_fills_the_window_until_it_can_not_arrive_any_more() {
    let mut shop = Shop::open();
    let book = &mut shop.book;
    let waiting = waiting(book, 151);
    let turns = book.take_turns(&waiting, &LIMITS, at(300)).unwrap();
    assert_eq!((turns.granted.len(), turns.again_at), (150, Some(at(311))));
    assert_eq!(book.take_turns(&waiting[150..], &LIMITS, at(310)).unwrap().granted.len(), 0);
    assert_eq!(book.take_turns(&waiting[150..], &LIMITS, at(311)).unwrap().granted.len(), 1);
}

#[test]
fn a_clock_that_was_set_back_stops_refunds_for_a_second_only() {
    let mut shop = Shop::open();
    let book = &mut shop.book;
    let waiting = waiting(book, 151);
    assert_eq!(book.take_turns(&waiting, &LIMITS, at(9000)).unwrap().granted.len(), 150);
    let turns = book.take_turns(&waiting[150..], &LIMITS, at(300)).unwrap();
    assert_eq!((turns.granted.len(), turns.again_at), (0, Some(at(301))));
    assert_eq!(book.take_turns(&waiting[150..], &LIMITS, at(301)).unwrap().granted.len(), 1);
}

#[test]
fn refunds_of_the_dead_are_taken_over_the_untaken_first_and_of_each_kind_the_oldest() {
    let mut shop = Shop::open();
    let owners = shop.folder.path().join("owners");
    let (alive, us) = (Owner::new(&owners).unwrap(), Owner::new(&owners).unwrap());
    let book = &mut shop.book;
    for n in 0..6 {
        let created_at = at(100 - i64::from(n));
        let theirs = NewRefund { created_at, ..refund(n, proven(n), 100) };
        book.queue_refund(&theirs, &[]).unwrap().unwrap();
    }
    let living = NewRefund { owner: alive.id().to_owned(), ..refund(8, proven(8), 100) };
    book.queue_refund(&living, &[]).unwrap().unwrap();
    book.change_refunds(&[refund_change(4, 1, Standing::Void)], false).unwrap();
    book.change_refunds(&[refund_change(5, 1, Standing::Accepted)], false).unwrap();
    let first = book.adopt_refunds(&owners, us.id(), 3, at(500)).unwrap();
    let numbers: Vec<_> = first.iter().map(|row| row.out_refund_no.clone()).collect();
    assert_eq!(numbers, [refund_number(3), refund_number(2), refund_number(1)]);
    assert!(first.iter().all(|row| row.version == 2 && row.owner == us.id()));
    let rest = book.adopt_refunds(&owners, us.id(), 3, at(500)).unwrap();
    let numbers: Vec<_> = rest.iter().map(|row| row.out_refund_no.clone()).collect();
    assert_eq!(numbers, [refund_number(0), refund_number(5)], "the oldest of all is on its way already");
    assert_eq!(book.adopt_refunds(&owners, us.id(), 3, at(500)).unwrap(), []);
    assert_eq!(book.refund(&refund_number(3)).unwrap().unwrap().version, 2);
    assert_eq!(book.refund_counts().unwrap(), RefundCounts { waiting: 5, accepted: 1 });
}

#[test]
fn a_sale_gives_back_by_itself_once_and_with_the_change_that_decides_it() {
    let mut shop = Shop::open();
    let book = &mut shop.book;
    begin(book, 1);
    let back = NewRefund { out_refund_no: OutRefundNo::of_order(&number(1)), ..refund(1, order(1), 1250) };
    let decided = SaleChange { give_back: vec![back.clone()], ..sale_paid(1) };
    let before = book.commits().durable;
    book.commit(&paid(1, 1), Some(&decided), &[]).unwrap();
    assert_eq!(book.commits().durable, before + 1, "one flush for both");
    assert_eq!(book.refunds_of(&number(1)).unwrap().len(), 1);
    book.commit(&paid(1, 2), Some(&decided), &[]).unwrap();
    assert_eq!(book.refunds_of(&number(1)).unwrap().len(), 1);
    pay(book, 2);
    queue(book, 5, order(2), 1).unwrap();
    let other = NewRefund { out_refund_no: refund_number(6), order: order(2), ..back };
    let decided = SaleChange { give_back: vec![other], ..sale_paid(2) };
    book.commit(&paid(2, 2), Some(&decided), &[]).unwrap();
    assert_eq!(book.refunds_of(&number(2)).unwrap().len(), 1, "never more than was paid");
}

#[test]
fn a_refund_costs_two_flushes() {
    let mut shop = Shop::open();
    let book = &mut shop.book;
    pay(book, 1);
    let before = book.commits().durable;
    queue(book, 1, order(1), 1250).unwrap();
    let lines = vec![line(1, LineKind::Intent, "refund")];
    let turn = RefundChange { lines, ..refund_change(1, 1, Standing::Open) };
    assert_eq!(book.take_turns(&[turn], &LIMITS, at(300)).unwrap().granted.len(), 1);
    let id = RefundId::parse("5000000000");
    let accepted = RefundChange { refund_id: id.clone(), ..refund_change(1, 2, Standing::Accepted) };
    book.change_refunds(&[accepted], true).unwrap();
    assert_eq!(book.commits().durable, before + 2);
    let row = book.refund(&refund_number(1)).unwrap().unwrap();
    assert_eq!((row.refund_id, row.standing, row.version), (id, Standing::Accepted, 3));
    assert_eq!(book.recent_refunds(5).unwrap().len(), 1);
    assert_eq!(book.journal_of(SaleId::new(1)).unwrap().last().unwrap().what, "refund");
}

#[test]
fn the_book_of_version_2_still_opens() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("book.db");
    Connection::open(&path).unwrap().execute_batch(include_str!("../../../tests/fixtures/book-v2.sql")).unwrap();
    let mut book = Book::open(&path).unwrap();
    let row = book.find("4417", noon()).unwrap().remove(0);
    assert_eq!((row.outcome, row.refunded), (Outcome::PartlyRefunded, fen(250)));
    let refunds = book.refunds_of(&row.out_trade_no).unwrap();
    let standings: Vec<_> = refunds.iter().map(|refund| refund.standing).collect();
    assert_eq!(standings, [Standing::Arrived, Standing::Open]);
    let own = Owner::new(&folder.path().join("owners")).unwrap();
    assert_eq!(book.adopt_refunds(own.dir(), own.id(), 10, noon()).unwrap().len(), 1);
}
