use std::collections::HashSet;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use rusqlite::Connection;
use tempfile::TempDir;

use super::*;
mod audit;
mod copy;
mod refund;

use crate::money::Fen;
use crate::number::{OutTradeNo, SaleId, TransactionId};
use crate::timestamp::Timestamp;

const FIXTURE: &str = include_str!("../../tests/fixtures/book-v1.sql");

struct Shop {
    folder: TempDir,
    book: Book,
}

impl Shop {
    fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let book = Book::open(&folder.path().join("book.db")).unwrap();
        Self { folder, book }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("book.db")
    }
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(noon().as_millis() + seconds * 1_000)
}

fn noon() -> Timestamp {
    Timestamp::from_wire("20261122120000").unwrap()
}

fn number(n: u32) -> OutTradeNo {
    OutTradeNo::make(noon(), 1, n)
}

fn transaction(n: u32) -> TransactionId {
    TransactionId::parse(&format!("42000012342026112212345{n:05}")).unwrap()
}

fn fen(fen: i64) -> Fen {
    Fen::new(fen).unwrap()
}

fn sale(n: u32) -> NewSale {
    NewSale {
        id: SaleId::new(i64::from(n)),
        created_at: at(i64::from(n)),
        amount: fen(1250),
        note: String::new(),
        till: 1,
        kind: SaleKind::Sale,
    }
}

fn attempt(n: u32) -> NewAttempt {
    NewAttempt {
        out_trade_no: number(n),
        sale: SaleId::new(i64::from(n)),
        method: Method::Native,
        total_fee: fen(1250),
        created_at: at(i64::from(n)),
        state: "creating".to_owned(),
        rules: "{}".to_owned(),
        order: r#"{"body":"shop"}"#.to_owned(),
        code: None,
        owner: None,
    }
}

fn line(n: u32, kind: LineKind, what: &str) -> Line {
    Line {
        at: at(i64::from(n)),
        sale: Some(SaleId::new(i64::from(n))),
        out_trade_no: Some(number(n)),
        kind,
        what: what.to_owned(),
        detail: String::new(),
    }
}

fn change(n: u32, version: i64, outcome: Outcome) -> AttemptChange {
    AttemptChange {
        out_trade_no: number(n),
        version,
        state: outcome.as_str().to_owned(),
        outcome,
        rules: format!(r#"{{"v":{version}}}"#),
        transaction_id: None,
        paid_at: None,
        cash_fee: None,
        pending: outcome == Outcome::Open,
        at: at(i64::from(n) + 5),
    }
}

fn paid(n: u32, version: i64) -> AttemptChange {
    AttemptChange {
        transaction_id: Some(transaction(n)),
        paid_at: Some(at(i64::from(n) + 4)),
        cash_fee: Some(fen(1000)),
        ..change(n, version, Outcome::Paid)
    }
}

fn sale_paid(n: u32) -> SaleChange {
    SaleChange {
        id: SaleId::new(i64::from(n)),
        outcome: Outcome::Paid,
        winner: Some(number(n)),
        at: at(i64::from(n) + 5),
        give_back: vec![],
    }
}

fn begin(book: &mut Book, n: u32) {
    book.begin(Some(&sale(n)), &attempt(n), &[line(n, LineKind::Intent, "unifiedorder")]).unwrap();
}

fn pay(book: &mut Book, n: u32) {
    begin(book, n);
    book.commit(&paid(n, 1), Some(&sale_paid(n)), &[line(n, LineKind::Answer, "orderquery")]).unwrap();
}

#[test]
fn what_was_written_is_read_after_reopening() {
    let mut shop = Shop::open();
    let mut new = attempt(7);
    new.method = Method::Micropay;
    new.owner = Some("a1".to_owned());
    new.code = Some(CodeTrace { last4: "6789".to_owned(), hash: "h".to_owned(), fresh_since: at(0) });
    let lines = [line(7, LineKind::Intent, "micropay")];
    shop.book.begin(Some(&NewSale { note: "外带".to_owned(), ..sale(7) }), &new, &lines).unwrap();
    let version = shop.book.commit(&paid(7, 1), Some(&sale_paid(7)), &[line(7, LineKind::State, "paid")]).unwrap();
    assert_eq!(version, 2);
    let path = shop.path();
    drop(shop.book);

    let book = Book::open(&path).unwrap();
    let row = book.attempt(&number(7)).unwrap().unwrap();
    let expected = AttemptRow {
        out_trade_no: number(7),
        sale: SaleId::new(7),
        method: Method::Micropay,
        total_fee: fen(1250),
        created_at: at(7),
        state: "paid".to_owned(),
        outcome: Outcome::Paid,
        transaction_id: Some(transaction(7)),
        paid_at: Some(at(11)),
        cash_fee: Some(fen(1000)),
        code_last4: Some("6789".to_owned()),
        rules: r#"{"v":1}"#.to_owned(),
        order: r#"{"body":"shop"}"#.to_owned(),
        owner: Some("a1".to_owned()),
        version: 2,
        updated_at: at(12),
        note: "外带".to_owned(),
        refunded: Fen::ZERO,
        kind: SaleKind::Sale,
    };
    assert_eq!(row, expected);
    assert_eq!(book.by_transaction(&transaction(7)).unwrap(), Some(expected));
    let sale = book.sale(SaleId::new(7)).unwrap().unwrap();
    assert_eq!((sale.outcome, sale.winner, sale.updated_at), (Outcome::Paid, Some(number(7)), at(12)));
    let whats: Vec<String> = book.journal_of(SaleId::new(7)).unwrap().into_iter().map(|line| line.what).collect();
    assert_eq!(whats, ["micropay", "paid"]);
    assert_eq!(book.attempt(&number(8)), Ok(None));
    assert_eq!(book.sale(SaleId::new(8)), Ok(None));
}

#[test]
fn a_taken_number_is_refused_and_leaves_nothing() {
    let mut shop = Shop::open();
    begin(&mut shop.book, 1);
    let mut again = attempt(1);
    again.sale = SaleId::new(2);
    let lines = [line(1, LineKind::Intent, "again")];
    assert_eq!(shop.book.begin(Some(&sale(2)), &again, &lines), Err(LedgerError::NumberTaken));
    assert_eq!(shop.book.sale(SaleId::new(2)), Ok(None), "the transaction was undone");
    assert_eq!(shop.book.journal_of(SaleId::new(1)).unwrap().len(), 1);
    assert_eq!(shop.book.begin(Some(&sale(1)), &attempt(3), &[]), Err(LedgerError::SaleTaken));
    assert_eq!(shop.book.begin(None, &attempt(9), &[]), Err(LedgerError::NotFound));
}

#[test]
fn paid_never_becomes_anything_but_refunded() {
    let mut shop = Shop::open();
    pay(&mut shop.book, 1);
    let all = Outcome::ALL;
    for outcome in all.into_iter().filter(|o| !matches!(o, Outcome::Paid | Outcome::PartlyRefunded | Outcome::Refunded))
    {
        let back = change(1, 2, outcome);
        assert_eq!(shop.book.commit(&back, None, &[]), Err(LedgerError::Backward), "{outcome:?}");
        assert_eq!(shop.book.note(&[], Some(&back)), Err(LedgerError::Backward), "{outcome:?}");
        let back = SaleChange { outcome, winner: None, ..sale_paid(1) };
        let same = change(1, 2, Outcome::Paid);
        assert_eq!(shop.book.commit(&same, Some(&back), &[]), Err(LedgerError::Backward), "{outcome:?}");
    }
    let other = AttemptChange { transaction_id: Some(transaction(9)), ..paid(1, 2) };
    assert_eq!(shop.book.commit(&other, None, &[]), Err(LedgerError::Backward), "another transaction id");
    let mut second = attempt(2);
    second.sale = SaleId::new(1);
    assert_eq!(shop.book.begin(None, &second, &[]), Err(LedgerError::Backward), "a paid sale isn't charged again");

    assert_eq!(shop.book.commit(&change(1, 2, Outcome::PartlyRefunded), None, &[]), Ok(3));
    assert_eq!(shop.book.commit(&change(1, 3, Outcome::Refunded), None, &[]), Ok(4));
    assert_eq!(shop.book.commit(&change(1, 4, Outcome::PartlyRefunded), None, &[]), Err(LedgerError::Backward));
    assert_eq!(shop.book.attempt(&number(1)).unwrap().unwrap().transaction_id, Some(transaction(1)));
}

#[test]
fn a_final_no_moves_only_to_paid() {
    let mut shop = Shop::open();
    let ends = [Outcome::NotPaid, Outcome::NotSent, Outcome::Reversed, Outcome::Closed];
    for (n, end) in (1..).zip(ends) {
        begin(&mut shop.book, n);
        assert_eq!(shop.book.commit(&change(n, 1, end), None, &[]), Ok(2));
        let mut others = ends.to_vec();
        if end != Outcome::Reversed {
            others.push(Outcome::Open);
        }
        for other in others.into_iter().filter(|other| *other != end) {
            assert_eq!(shop.book.commit(&change(n, 2, other), None, &[]), Err(LedgerError::Backward), "{end:?}");
        }
        let late = AttemptChange { outcome: Outcome::PaidLate, ..paid(n, 2) };
        assert_eq!(shop.book.commit(&late, None, &[]), Ok(3), "{end:?}");
    }
}

#[test]
fn a_lost_charge_that_arrives_after_its_reverse_is_open_again() {
    let mut shop = Shop::open();
    begin(&mut shop.book, 1);
    let reversed = AttemptChange { pending: true, ..change(1, 1, Outcome::Reversed) };
    assert_eq!(shop.book.commit(&reversed, None, &[]), Ok(2));
    assert_eq!(shop.book.pending_attempts().unwrap().len(), 1, "a late question is left to ask");
    assert_eq!(shop.book.commit(&change(1, 2, Outcome::Open), None, &[]), Ok(3));
    assert_eq!(shop.book.commit(&change(1, 3, Outcome::Reversed), None, &[]), Ok(4));
    assert_eq!(shop.book.pending_attempts().unwrap().len(), 0);
}

#[test]
fn a_sale_that_ended_unpaid_can_be_tried_again() {
    let mut shop = Shop::open();
    begin(&mut shop.book, 1);
    let ended = SaleChange { outcome: Outcome::NotPaid, winner: None, ..sale_paid(1) };
    shop.book.commit(&change(1, 1, Outcome::NotPaid), Some(&ended), &[]).unwrap();
    assert_eq!(shop.book.recent(3).unwrap().len(), 1);
    let mut second = attempt(2);
    second.sale = SaleId::new(1);
    shop.book.begin(None, &second, &[]).unwrap();
    let row = shop.book.sale(SaleId::new(1)).unwrap().unwrap();
    assert_eq!((row.outcome, row.out_trade_no), (Outcome::Open, Some(number(2))));
    let numbers: Vec<_> =
        shop.book.attempts_of(SaleId::new(1)).unwrap().into_iter().map(|row| row.out_trade_no).collect();
    assert_eq!(numbers, [number(1), number(2)]);
}

#[test]
fn a_change_from_an_old_version_is_refused_whole() {
    let mut shop = Shop::open();
    begin(&mut shop.book, 1);
    assert_eq!(shop.book.note(&[], Some(&change(1, 1, Outcome::Open))), Ok(Some(2)));
    let lines = [line(1, LineKind::State, "late")];
    let stale = Err(LedgerError::Stale { version: 2 });
    assert_eq!(shop.book.commit(&paid(1, 1), Some(&sale_paid(1)), &lines), stale);
    assert_eq!(shop.book.sale(SaleId::new(1)).unwrap().unwrap().outcome, Outcome::Open);
    assert_eq!(shop.book.journal_of(SaleId::new(1)).unwrap().len(), 1);
    assert_eq!(shop.book.commit(&change(2, 1, Outcome::Open), None, &[]), Err(LedgerError::NotFound));
    let unknown = SaleChange { id: SaleId::new(5), ..sale_paid(1) };
    assert_eq!(shop.book.commit(&paid(1, 2), Some(&unknown), &[]), Err(LedgerError::NotFound));
}

#[test]
fn paid_needs_its_proof_and_a_transaction_pays_one_order() {
    let mut shop = Shop::open();
    pay(&mut shop.book, 1);
    begin(&mut shop.book, 2);
    assert_eq!(shop.book.commit(&change(2, 1, Outcome::Paid), None, &[]), Err(LedgerError::Forbidden));
    let same = AttemptChange { transaction_id: Some(transaction(1)), ..paid(2, 1) };
    assert_eq!(shop.book.commit(&same, None, &[]), Err(LedgerError::Forbidden));
    let free = NewSale { amount: Fen::ZERO, ..sale(3) };
    assert_eq!(shop.book.begin(Some(&free), &attempt(3), &[]), Err(LedgerError::Forbidden));
}

#[test]
fn the_winner_of_a_sale_stays() {
    let mut shop = Shop::open();
    pay(&mut shop.book, 1);
    pay(&mut shop.book, 2);
    let other = SaleChange { winner: Some(number(2)), ..sale_paid(1) };
    assert_eq!(shop.book.commit(&change(1, 2, Outcome::Paid), Some(&other), &[]), Err(LedgerError::Backward));
    let unknown = SaleChange { winner: Some(number(77)), id: SaleId::new(3), ..sale_paid(3) };
    begin(&mut shop.book, 3);
    assert_eq!(shop.book.commit(&paid(3, 1), Some(&unknown), &[]), Err(LedgerError::Forbidden));
}

#[test]
fn the_journal_and_what_was_asked_never_change() {
    let mut shop = Shop::open();
    pay(&mut shop.book, 1);
    for sql in [
        "UPDATE journal SET what = 'x'",
        "DELETE FROM journal",
        "DELETE FROM attempts",
        "DELETE FROM sales",
        "UPDATE attempts SET total_fee = 1",
        "UPDATE attempts SET order_json = '{}'",
        "UPDATE attempts SET sale_id = 2",
        "UPDATE sales SET amount = 1",
        "UPDATE attempts SET outcome = 'open'",
        "UPDATE sales SET outcome = 'closed'",
    ] {
        let error = LedgerError::from(shop.book.conn.execute(sql, []).unwrap_err());
        assert_eq!(error, LedgerError::Forbidden, "{sql}");
    }
    assert_eq!(shop.book.journal_of(SaleId::new(1)).unwrap().len(), 2);
}

#[test]
fn a_code_serves_once() {
    let mut shop = Shop::open();
    let trace = |since| Some(CodeTrace { last4: "6789".to_owned(), hash: "h".to_owned(), fresh_since: at(since) });
    shop.book.begin(Some(&sale(1)), &NewAttempt { code: trace(-60), ..attempt(1) }, &[]).unwrap();
    assert_eq!(shop.book.code_used_since("h", at(0)), Ok(true));
    assert_eq!(shop.book.code_used_since("h", at(2)), Ok(false));
    assert_eq!(shop.book.code_used_since("other", at(0)), Ok(false));
    let second = NewAttempt { code: trace(-50), ..attempt(2) };
    assert_eq!(shop.book.begin(Some(&sale(2)), &second, &[]), Err(LedgerError::CodeUsed));
    assert_eq!(shop.book.sale(SaleId::new(2)), Ok(None));
    shop.book.commit(&change(1, 1, Outcome::NotSent), None, &[]).unwrap();
    assert_eq!(shop.book.begin(Some(&sale(2)), &second, &[]), Ok(()), "the first never left the machine");
}

#[test]
fn orders_are_found_by_what_people_have() {
    let mut shop = Shop::open();
    pay(&mut shop.book, 4417);
    let cheap = NewAttempt { total_fee: fen(800), ..attempt(20_000) };
    let noted = NewSale { note: "外带 no.7".to_owned(), amount: fen(800), ..sale(20_000) };
    shop.book.begin(Some(&noted), &cheap, &[]).unwrap();
    let now = at(40_000);
    let found = |text: &str| -> Vec<u32> {
        let rows = shop.book.find(text, now).unwrap();
        rows.into_iter().map(|row| u32::try_from(row.sale.as_i64()).unwrap()).collect()
    };
    for text in [
        number(4417).as_str(),
        transaction(4417).as_str(),
        "4417",
        "04417",
        "504417",
        "12.5",
        "12.50",
        "１２。５",
        "¥12.5",
        "13:13",
        "13:1",
        "13:13:37",
        "13:13:3",
    ] {
        assert_eq!(found(text), [4417], "{text}");
    }
    for text in ["8", "8.00", "17:33", "17：33", "外带", "外带 no", "外带 no.7", "20000"] {
        assert_eq!(found(text), [20_000], "{text}");
    }
    for text in ["", " ", "9999", "441", "13:12", "13:14", "25:00", "1:61", "no.7", "12.51", "%", "'"] {
        assert_eq!(found(text), [0; 0], "{text}");
    }
    assert_eq!(found("1"), [0; 0]);
    begin(&mut shop.book, 4418);
    let now = |days: i64| at(40_000 + days * 86_400);
    assert_eq!(shop.book.find("13:13", now(30)).unwrap().len(), 2);
    assert_eq!(shop.book.find("13:13", now(31)).unwrap().len(), 0, "further back than a month");
}

#[test]
fn a_search_returns_the_newest_fifty() {
    let mut shop = Shop::open();
    for n in 0..60 {
        begin(&mut shop.book, n);
    }
    for text in ["12.50", "12:0", "12:"] {
        let rows = shop.book.find(text, at(100)).unwrap();
        assert_eq!(rows.len(), FOUND_AT_MOST, "{text}");
        assert_eq!(rows[0].created_at, at(59));
        assert!(rows.is_sorted_by(|a, b| a.created_at > b.created_at));
    }
}

#[test]
fn pages_go_on_where_the_last_one_ended_and_miss_nothing() {
    let mut shop = Shop::open();
    for n in 0..50 {
        // Two orders are made in each moment.
        let made = at(i64::from(n / 2));
        let noted = NewSale { note: format!("外带 {}", n % 3), created_at: made, ..sale(n) };
        let attempt = NewAttempt { created_at: made, ..attempt(n) };
        shop.book.begin(Some(&noted), &attempt, &[]).unwrap();
    }
    for (text, all) in [("", 50), ("12.50", 50), ("12:00", 50), ("外带", 50), ("外带 1", 17), ("00007", 1), ("9999", 0)]
    {
        let mut found: Vec<AttemptRow> = Vec::new();
        let mut after = None;
        loop {
            let page = shop.book.page(text, at(100), after.as_ref(), 7).unwrap();
            assert!(page.rows.len() <= 7, "{text}");
            found.extend(page.rows);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(found.len(), all, "{text}");
        assert!(found.is_sorted_by_key(|row| std::cmp::Reverse((row.created_at, row.out_trade_no.clone()))), "{text}");
    }
    assert_eq!(shop.book.find("", at(100)).unwrap(), [], "the command line asks for something");
}

/// Orders of a shop: few amounts and notes, all in the last thirty days.
fn fill(book: &Book, orders: i64) {
    const MONTH: i64 = 30 * 86_400;
    book.conn.execute_batch("BEGIN").unwrap();
    for n in 0..orders {
        let made = noon().as_millis() - MONTH * 1_000 + n * MONTH * 1_000 / orders;
        let number = format!("{:022}", 10_000_000 + n * 7_919);
        let tail: String = number.chars().rev().collect();
        let note = ["堂食", "外带", "外卖", ""][usize::try_from(n % 4).unwrap()];
        let sale = "INSERT INTO sales (id, created_at, amount, note, till, kind, outcome, updated_at) \
                    VALUES ($1, $2, $3, $4, 1, 'sale', 'not_paid', $2)";
        let fee = 500 + n % 5 * 250;
        book.conn.prepare_cached(sale).unwrap().execute(rusqlite::params![n, made, fee, note]).unwrap();
        let attempt = "INSERT INTO attempts (out_trade_no, out_trade_no_reversed, sale_id, method, total_fee, created_at, \
                       state, outcome, rules, order_json, pending, version, updated_at) \
                       VALUES ($1, $2, $3, 'native', $4, $5, 'closed', 'not_paid', '{}', '{}', 0, 1, $5)";
        let values = rusqlite::params![number, tail, n, fee, made];
        book.conn.prepare_cached(attempt).unwrap().execute(values).unwrap();
    }
    book.conn.execute_batch("COMMIT").unwrap();
}

/// Steps of SQLite's machine that the searches' statements took since this was asked last.
fn steps_of_searches(book: &Book) -> i32 {
    let searches = [
        sql::ATTEMPT,
        sql::BY_TRANSACTION,
        sql::BY_TAIL,
        sql::BY_TRANSACTION_TAIL,
        sql::BY_FEE,
        sql::BY_TIME,
        sql::BY_NOTE,
        sql::NEXT_NOTE,
    ];
    let steps = |sql: &&str| book.conn.prepare_cached(sql).unwrap().reset_status(rusqlite::StatementStatus::VmStep);
    searches.iter().map(steps).sum()
}

/// What a search costs, counted in steps of SQLite's machine: independent of the computer it runs on.
#[test]
fn a_search_costs_the_same_in_a_large_book() {
    let cost = |orders: i64| {
        let shop = Shop::open();
        fill(&shop.book, orders);
        ["", "12.50", "18:2", "外带", "外", "10007919", "0000000000000010007919"].map(|text| {
            let page = shop.book.page(text, noon(), None, 20).unwrap();
            assert!(!page.rows.is_empty(), "{text} in {orders}");
            let middle = page.next.map(|mut place| {
                place.created_at = Timestamp::from_millis(noon().as_millis() - 15 * 86_400_000);
                place
            });
            shop.book.page(text, noon(), middle.as_ref(), 20).unwrap();
            (text, steps_of_searches(&shop.book))
        })
    };
    let (small, large) = (cost(2_000), cost(40_000));
    for ((text, small), (_, large)) in small.into_iter().zip(large) {
        assert!(large <= small * 2 + 500, "{text}: {small} steps in a small book, {large} in a large one");
    }
}

#[test]
fn the_day_and_the_recent_strip_add_up() {
    let mut shop = Shop::open();
    assert_eq!(shop.book.totals(noon()), Ok(Totals::default()));
    for n in 1..=5 {
        pay(&mut shop.book, n);
    }
    begin(&mut shop.book, 6);
    begin(&mut shop.book, 7);
    shop.book
        .commit(
            &change(7, 1, Outcome::Closed),
            Some(&SaleChange { outcome: Outcome::Closed, winner: None, ..sale_paid(7) }),
            &[],
        )
        .unwrap();
    let expected = Totals { paid: fen(5 * 1250), paid_count: 5 };
    assert_eq!(shop.book.totals(noon()), Ok(expected));
    let later = Totals { paid: fen(1250), paid_count: 1 };
    assert_eq!(shop.book.totals(at(9)), Ok(later), "only the fifth was paid at 9 s or later");
    let recent: Vec<_> =
        shop.book.recent(3).unwrap().into_iter().map(|sale| (sale.id.as_i64(), sale.out_trade_no)).collect();
    assert_eq!(recent, [(7, Some(number(7))), (5, Some(number(5))), (4, Some(number(4)))]);
    let pending = shop.book.pending_attempts().unwrap().into_iter();
    let open: Vec<_> = pending.map(|row| (row.out_trade_no, row.outcome, row.total_fee)).collect();
    assert_eq!(open, [(number(6), Outcome::Open, fen(1250))]);
}

#[test]
fn a_new_years_takings_begin_at_beijing_midnight() {
    let mut shop = Shop::open();
    let midnight = Timestamp::from_wire("20270101000000").unwrap();
    let moments = [-1_000, -1, 0, 1].map(|ms| Timestamp::from_millis(midnight.as_millis() + ms));
    for (n, paid_at) in (1..).zip(moments) {
        begin(&mut shop.book, n);
        let paid = AttemptChange { paid_at: Some(paid_at), ..paid(n, 1) };
        shop.book.commit(&paid, Some(&sale_paid(n)), &[]).unwrap();
    }
    let of_day = |at: Timestamp| shop.book.totals(at.start_of_day()).unwrap().paid_count;
    assert_eq!(moments.map(of_day), [4, 4, 2, 2], "the old year's day, then the new year's");
}

#[test]
fn a_sale_costs_two_flushes_however_long_it_is_polled() {
    let mut shop = Shop::open();
    let flushes = |book: &Book| -> i64 { book.conn.pragma_query_value(None, "synchronous", |row| row.get(0)).unwrap() };
    begin(&mut shop.book, 1);
    for version in 1..=20 {
        let polled = [line(1, LineKind::Answer, "orderquery")];
        shop.book.note(&polled, Some(&change(1, version, Outcome::Open))).unwrap();
        assert_eq!(flushes(&shop.book), 1, "NORMAL");
    }
    shop.book.commit(&paid(1, 21), Some(&sale_paid(1)), &[]).unwrap();
    assert_eq!(flushes(&shop.book), 2, "FULL");
    assert_eq!(shop.book.commits(), Commits { durable: 2, light: 20 });
    begin(&mut shop.book, 2);
    shop.book.note(&[], Some(&change(2, 1, Outcome::NotPaid))).unwrap();
    assert_eq!(shop.book.commits().durable, 4, "an end is flushed, however it is written");
}

#[test]
fn every_statement_uses_an_index() {
    let shop = Shop::open();
    for sql in sql::ALL {
        let mut plan = shop.book.conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let values = vec![rusqlite::types::Null; plan.parameter_count()];
        let steps: Vec<String> = plan
            .query_map(rusqlite::params_from_iter(values), |row| row.get(3))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        let scans = steps.iter().any(|step| step.starts_with("SCAN") && !step.contains("versions"));
        assert!(!scans, "{sql}\n{steps:?}");
    }
}

#[test]
fn every_statement_is_in_the_shared_dialect() {
    for sql in sql::ALL {
        let upper = sql.to_uppercase();
        for foreign in ["?", "IFNULL", "ROWID", "OR IGNORE", "OR REPLACE", "GLOB", "STRFTIME", "DATETIME", " IS $"] {
            assert!(!upper.contains(foreign), "{foreign} in {sql}");
        }
        // SQLite numbers `$n` by where it first stands.
        let mut highest = 0;
        for (place, _) in sql.match_indices('$') {
            let digits: String = sql[place + 1..].chars().take_while(char::is_ascii_digit).collect();
            let index: u32 = digits.parse().unwrap();
            assert!(index <= highest + 1, "${index} comes too early in {sql}");
            highest = highest.max(index);
        }
    }
}

#[test]
fn the_book_of_version_1_still_opens() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("book.db");
    Connection::open(&path).unwrap().execute_batch(FIXTURE).unwrap();
    let mut book = Book::open(&path).unwrap();
    let row = book.find("4417", noon()).unwrap().remove(0);
    assert_eq!((row.outcome, row.total_fee, row.note.as_str()), (Outcome::Paid, fen(1250), "外带"));
    assert_eq!(book.pending_attempts().unwrap().len(), 1);
    assert_eq!(book.journal_of(row.sale).unwrap().len(), 2);
    begin(&mut book, 5);
}

#[test]
fn the_fixtures_are_what_the_migrations_make() {
    let schema = |conn: &Connection| -> Vec<(String, String)> {
        let sql =
            "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY name";
        let mut statement = conn.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    };
    let new = Connection::open_in_memory().unwrap();
    for (fixture, migration) in [
        (FIXTURE, include_str!("migrations/0001.sql")),
        (include_str!("../../tests/fixtures/book-v2.sql"), include_str!("migrations/0002.sql")),
        (include_str!("../../tests/fixtures/book-v3.sql"), include_str!("migrations/0003.sql")),
    ] {
        let old = Connection::open_in_memory().unwrap();
        old.execute_batch(fixture).unwrap();
        new.execute_batch(migration).unwrap();
        assert_eq!(schema(&old), schema(&new), "a released migration is never edited");
    }
}

#[test]
fn a_newer_book_is_refused_and_left_alone() {
    let shop = Shop::open();
    shop.book.conn.execute("INSERT INTO versions (version) VALUES (77)", []).unwrap();
    let path = shop.path();
    drop(shop.book);
    let before = std::fs::read(&path).unwrap();
    assert_eq!(Book::open(&path).unwrap_err(), LedgerError::Newer { found: 77, known: open::KNOWN });
    assert_eq!(Ledger::open(&path).unwrap_err(), LedgerError::Newer { found: 77, known: open::KNOWN });
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn a_damaged_book_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("book.db");
    let foreign = folder.path().join("foreign.db");
    Connection::open(&foreign).unwrap().execute_batch("CREATE TABLE other (x)").unwrap();
    let header_only = [b"SQLite format 3\0".to_vec(), vec![0xff; 4_000]].concat();
    for garbage in [b"garbage".repeat(1_000), header_only, vec![b'\n'; 17], std::fs::read(foreign).unwrap()] {
        std::fs::write(&path, &garbage).unwrap();
        assert_eq!(Book::open(&path).unwrap_err(), LedgerError::Damaged);
        assert_eq!(std::fs::read(&path).unwrap(), garbage);
    }
}

#[test]
fn a_book_with_spoilt_pages_is_damaged() {
    let mut shop = Shop::open();
    for n in 0..200 {
        pay(&mut shop.book, n);
    }
    let path = shop.path();
    drop(shop.book);
    let mut bytes = std::fs::read(&path).unwrap();
    // All but the first page, which has the schema's root.
    bytes[4096..].fill(0xaa);
    std::fs::write(&path, &bytes).unwrap();
    let read = Book::open(&path).and_then(|book| book.attempt(&number(7)));
    assert_eq!(read, Err(LedgerError::Damaged));
    assert_eq!(std::fs::read(&path).unwrap(), bytes);
}

#[test]
fn odd_values_are_damage_not_panics() {
    let mut shop = Shop::open();
    begin(&mut shop.book, 1);
    shop.book.conn.execute("UPDATE attempts SET outcome = 'won', version = 5", []).unwrap();
    assert_eq!(shop.book.attempt(&number(1)), Err(LedgerError::Damaged));
}

#[test]
fn a_book_that_cannot_be_opened_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let below_a_file = LedgerError::NotOpened { kind: io::ErrorKind::NotADirectory };
    assert_eq!(Book::open(&file.join("book.db")).unwrap_err(), below_a_file);
    assert_eq!(Owner::new(&file.join("owners")).unwrap_err(), below_a_file);
    let missing = folder.path().join("missing/book.db");
    assert_eq!(Book::open(&missing).unwrap_err(), LedgerError::NotOpened { kind: io::ErrorKind::NotFound });
    assert!(!missing.exists());
    let is_folder = LedgerError::NotOpened { kind: io::ErrorKind::IsADirectory };
    assert_eq!(Book::open(folder.path()).unwrap_err(), is_folder);
}

#[test]
fn a_full_disk_takes_no_money_and_keeps_the_book() {
    let mut shop = Shop::open();
    pay(&mut shop.book, 1);
    let pages: i64 = shop.book.conn.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
    shop.book.conn.pragma_update(None, "max_page_count", pages).unwrap();
    let big = NewAttempt { rules: "x".repeat(20_000), ..attempt(2) };
    assert_eq!(shop.book.begin(Some(&sale(2)), &big, &[]), Err(LedgerError::Full));
    assert_eq!(shop.book.sale(SaleId::new(2)), Ok(None));
    assert_eq!(shop.book.attempt(&number(1)).unwrap().unwrap().outcome, Outcome::Paid);
    shop.book.conn.pragma_update(None, "max_page_count", 1_000_000).unwrap();
    assert_eq!(shop.book.begin(Some(&sale(2)), &big, &[]), Ok(()), "and goes on once there is room");
}

#[test]
fn a_read_only_book_takes_no_money() {
    let mut shop = Shop::open();
    shop.book.conn.pragma_update(None, "query_only", true).unwrap();
    assert_eq!(shop.book.begin(Some(&sale(1)), &attempt(1), &[]), Err(LedgerError::ReadOnly));
}

#[test]
fn after_a_disk_failure_nothing_is_written_until_reopened() {
    let disk = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_IOERR_FSYNC);
    let failed = LedgerError::Disk { code: rusqlite::ffi::SQLITE_IOERR_FSYNC };
    let mut shop = Shop::open();
    let result = shop.book.write(true, |_| -> Result<(), _> { Err(rusqlite::Error::SqliteFailure(disk, None).into()) });
    assert_eq!(result, Err(failed.clone()));
    assert_eq!(shop.book.begin(Some(&sale(1)), &attempt(1), &[]), Err(failed));
    let mut again = Book::open(&shop.path()).unwrap();
    begin(&mut again, 1);
}

#[test]
fn eight_threads_share_a_handle() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = Ledger::open(&folder.path().join("book.db")).unwrap();
    let threads: Vec<_> = (0..8)
        .map(|thread| {
            let ledger = ledger.clone();
            thread::spawn(move || {
                (0..25)
                    .filter(|n| {
                        // Each number is wanted by two threads; one gets it.
                        let n = (thread / 2) * 100 + n;
                        ledger.begin(Some(sale(n)), attempt(n), vec![]).wait().is_ok()
                    })
                    .count()
            })
        })
        .collect();
    let won: usize = threads.into_iter().map(|thread| thread.join().unwrap()).sum();
    assert_eq!(won, 100, "each number once");
    assert_eq!(ledger.pending_attempts().wait().unwrap().len(), 100);
}

#[test]
fn two_handles_see_one_book() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("book.db");
    let (one, two) = (Ledger::open(&path).unwrap(), Ledger::open(&path).unwrap());
    one.begin(Some(sale(1)), attempt(1), vec![]).wait().unwrap();
    assert_eq!(two.begin(Some(sale(1)), attempt(1), vec![]).wait(), Err(LedgerError::SaleTaken));
    two.commit(paid(1, 1), Some(sale_paid(1)), vec![]).wait().unwrap();
    let stale = one.commit(change(1, 1, Outcome::Closed), None, vec![]).wait();
    assert_eq!(stale, Err(LedgerError::Stale { version: 2 }));
    assert_eq!(one.totals(noon()).wait().unwrap().paid_count, 1);
}

#[tokio::test]
async fn a_dropped_future_undoes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = Ledger::open(&folder.path().join("book.db")).unwrap();
    drop(ledger.begin(Some(sale(1)), attempt(1), vec![]));
    drop(ledger.commit(paid(1, 1), Some(sale_paid(1)), vec![]));
    let row = ledger.attempt(number(1)).await.unwrap().unwrap();
    assert_eq!(row.outcome, Outcome::Paid);
    assert_eq!(ledger.commits().await.unwrap().durable, 2);
}

#[test]
fn the_last_handle_goes_after_the_last_write() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("book.db");
    let ledger = Ledger::open(&path).unwrap();
    let last = ledger.begin(Some(sale(1)), attempt(1), vec![]);
    drop(ledger);
    last.wait().unwrap();
    assert_eq!(Book::open(&path).unwrap().pending_attempts().unwrap().len(), 1);
}

#[test]
fn a_busy_book_is_waited_for() {
    let shop = Shop::open();
    let other = Connection::open(shop.path()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let ledger = Ledger::open(&shop.path()).unwrap();
    let mut begun = ledger.begin(Some(sale(1)), attempt(1), vec![]);
    assert!(begun.0.try_recv().is_err(), "not before the other is done");
    other.execute_batch("COMMIT").unwrap();
    begun.wait().unwrap();
}

/// Runs this very test again as a process of its own, with `GUITAI_TEST_FOLDER` set.
fn child(test: &str, folder: &Path) -> std::process::Child {
    Command::new(std::env::current_exe().unwrap())
        .args([&format!("ledger::tests::{test}"), "--exact", "--nocapture", "--test-threads=1"])
        .env("GUITAI_TEST_FOLDER", folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

fn in_child() -> Option<PathBuf> {
    std::env::var_os("GUITAI_TEST_FOLDER").map(PathBuf::from)
}

#[test]
fn two_processes_share_a_book() {
    const EACH: u32 = 40;
    if let Some(folder) = in_child() {
        // Both open, and migrate, the same new file at once.
        let mut book = Book::open(&folder.join("book.db")).unwrap();
        let own = std::process::id() % 1_000;
        for n in 0..EACH {
            let n = own * 100 + n;
            begin(&mut book, n);
            book.note(&[], Some(&change(n, 1, Outcome::Open))).unwrap();
            book.commit(&paid(n, 2), Some(&sale_paid(n)), &[]).unwrap();
        }
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let children = [0, 1].map(|_| child("two_processes_share_a_book", folder.path()));
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
    let book = Book::open(&folder.path().join("book.db")).unwrap();
    assert_eq!(book.totals(noon()).unwrap().paid_count, 2 * EACH);
    let check: String = book.conn.pragma_query_value(None, "integrity_check", |row| row.get(0)).unwrap();
    assert_eq!(check, "ok");
}

#[test]
fn a_killed_process_leaves_its_attempts_to_others() {
    if let Some(folder) = in_child() {
        let owner = Owner::new(&folder.join("owners")).unwrap();
        let mut book = Book::open(&folder.join("book.db")).unwrap();
        let new = NewAttempt { owner: Some(owner.id().to_owned()), ..attempt(1) };
        book.begin(Some(&sale(1)), &new, &[]).unwrap();
        println!("\nowner {}", owner.id());
        io::stdout().flush().unwrap();
        // Lives until it is killed; ends by itself only if the parent is gone.
        let _ = io::stdin().read_line(&mut String::new());
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let owners = folder.path().join("owners");
    let mut child = child("a_killed_process_leaves_its_attempts_to_others", folder.path());
    let mut told = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let id = told.find_map(|line| line.strip_prefix("owner ").map(str::to_owned)).unwrap();
    let us = Owner::new(&owners).unwrap();
    let mut book = Book::open(&folder.path().join("book.db")).unwrap();
    assert!(Owner::is_alive(&owners, &id));
    assert_eq!(book.orphans(&owners).unwrap(), []);

    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!Owner::is_alive(&owners, &id));
    let orphans = book.orphans(&owners).unwrap();
    assert_eq!(orphans.len(), 1);
    assert_eq!(orphans[0].owner.as_deref(), Some(id.as_str()));
    let version = book.adopt(&number(1), Some(&id), us.id(), at(9)).unwrap();
    assert_eq!(version, orphans[0].version + 1);
    assert_eq!(book.orphans(&owners).unwrap(), []);
    let late = book.adopt(&number(1), Some(&id), "beef", at(9));
    assert_eq!(late, Err(LedgerError::Stale { version }), "only one adopts it");
    assert_eq!(book.note(&[], Some(&change(1, 1, Outcome::Open))), Err(LedgerError::Stale { version }));
}

#[test]
fn owners_live_as_long_as_their_lock() {
    let folder = tempfile::tempdir().unwrap();
    let owners = folder.path().join("owners");
    let (one, two) = (Owner::new(&owners).unwrap(), Owner::new(&owners).unwrap());
    assert_ne!(one.id(), two.id());
    assert!(Owner::is_alive(&owners, one.id()) && Owner::is_alive(&owners, two.id()));
    let id = one.id().to_owned();
    drop(one);
    assert!(!Owner::is_alive(&owners, &id));
    assert!(!Owner::is_alive(&owners, "../owners/x"));
    std::fs::write(owners.join("00ff.lock"), "").unwrap();
    let three = Owner::new(&owners).unwrap();
    let left: HashSet<String> = std::fs::read_dir(three.dir())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let expected = HashSet::from([format!("{}.lock", two.id()), format!("{}.lock", three.id())]);
    assert_eq!(left, expected, "the dead are swept, the living stay");
}

#[test]
fn an_attempt_without_an_owner_is_an_orphan() {
    let mut shop = Shop::open();
    let owners = shop.folder.path().join("owners");
    begin(&mut shop.book, 1);
    assert_eq!(shop.book.orphans(&owners).unwrap().len(), 1);
    assert_eq!(shop.book.adopt(&number(1), None, "aa", at(1)), Ok(2));
    assert_eq!(shop.book.adopt(&number(2), None, "aa", at(1)), Err(LedgerError::NotFound));
    assert_eq!(shop.book.orphans(&owners).unwrap().len(), 1, "its owner never lived");
}

#[cfg(unix)]
#[test]
fn the_book_is_for_its_owners_eyes() {
    use std::os::unix::fs::PermissionsExt;
    let shop = Shop::open();
    assert_eq!(std::fs::metadata(shop.path()).unwrap().permissions().mode() & 0o777, 0o600);
}

/// The busy time limit is part of what `Book::open` documents.
#[test]
fn the_time_limit_is_five_seconds() {
    let shop = Shop::open();
    let limit: i64 = shop.book.conn.pragma_query_value(None, "busy_timeout", |row| row.get(0)).unwrap();
    assert_eq!(Duration::from_millis(u64::try_from(limit).unwrap()), Duration::from_secs(5));
}
