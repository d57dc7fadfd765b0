//! The driver with a scripted gateway, a real book and a clock that jumps to the next deadline.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use futures::StreamExt;
use tempfile::TempDir;

use super::*;
use crate::ledger::LineKind;
use crate::number::{OutTradeNo, TransactionId};
use crate::payment::{
    Answer, Call, ChargeAnswer, CloseAnswer, CreateAnswer, Doubt, Found, NotSent, Notice, Notification, Order,
    PaidOrder, Pending, QueryAnswer, Reason, Receipt, Refusal, Reply, ReverseAnswer, Status,
};

/// Answers what the script says, in its order; a call that it doesn't foresee fails the test.
#[derive(Default)]
struct Script {
    answers: Mutex<VecDeque<Answer>>,
    calls: Mutex<Vec<(String, String)>>,
    /// Whose order a number of the gateway's is.
    looked_up: Mutex<Option<OutTradeNo>>,
}

impl Script {
    fn new(answers: impl IntoIterator<Item = Answer>) -> Arc<Self> {
        Arc::new(Self { answers: Mutex::new(answers.into_iter().collect()), ..Self::default() })
    }

    fn calls(&self) -> Vec<String> {
        self.calls.lock().unwrap().iter().map(|(call, _)| call.clone()).collect()
    }

    /// Every distinct order number that was called about, in their order.
    fn numbers(&self) -> Vec<String> {
        let mut numbers: Vec<String> = self.calls.lock().unwrap().iter().map(|(_, number)| number.clone()).collect();
        numbers.dedup();
        numbers
    }
}

impl Gateway for Script {
    fn send<'a>(&'a self, order: &'a Order, call: Call) -> Pending<'a, Reply> {
        let name = match &call {
            Call::Create => "create",
            Call::Charge(_) => "charge",
            Call::Query => "query",
            Call::Close => "close",
            Call::Reverse => "reverse",
        };
        self.calls.lock().unwrap().push((name.to_owned(), order.out_trade_no.to_string()));
        let next = self.answers.lock().unwrap().pop_front();
        Box::pin(async move {
            // A gateway that is never heard again keeps the sale waiting, as a real one would.
            let Some(answer) = next else { return std::future::pending().await };
            Reply { answer, raw: Some("<xml>…</xml>".to_owned()) }
        })
    }

    /// Understands "NUMBER FEN".
    fn notification(&self, body: &[u8]) -> Result<Notification, Doubt> {
        let (number, fen) =
            str::from_utf8(body).ok().and_then(|text| text.split_once(' ')).ok_or(Doubt::NotUnderstood)?;
        let out_trade_no = OutTradeNo::parse(number).ok_or(Doubt::NotUnderstood)?;
        let total_fee = Fen::new(fen.parse().unwrap()).unwrap();
        Ok(Notification::Paid(PaidOrder { out_trade_no, receipt: Receipt { total_fee, ..receipt() } }))
    }

    fn look_up<'a>(&'a self, number: &'a str) -> Pending<'a, Result<Option<Found>, QueryAnswer>> {
        let known = self.looked_up.lock().unwrap().clone();
        let ours = OutTradeNo::ours(number).or(known).unwrap_or_else(|| OutTradeNo::make(Timestamp::default(), 1, 1));
        Box::pin(async move {
            let state = QueryAnswer::Paid(receipt());
            Ok(Some(Found { out_trade_no: ours, total_fee: amount(), state }))
        })
    }
}

struct Shop1 {
    till: Till,
    ledger: Ledger,
    folder: TempDir,
}

fn shop(gateway: Arc<Script>) -> Shop1 {
    let folder = tempfile::tempdir().unwrap();
    let ledger = Ledger::open(&folder.path().join("book.db")).unwrap();
    Shop1 { till: till(gateway, ledger.clone(), folder.path()), ledger, folder }
}

fn till(gateway: Arc<dyn Gateway>, ledger: Ledger, folder: &std::path::Path) -> Till {
    let parts = Parts {
        gateway,
        ledger,
        shop: Shop {
            body: "王记便利店-超市".to_owned(),
            till_number: 1,
            notify_url: "https://guitai.invalid/notify".to_owned(),
        },
        owner: Owner::new(&folder.join("owners")).unwrap(),
        code_key: [7; 32],
    };
    Till::new(parts, Handle::current())
}

fn amount() -> Fen {
    Fen::new(1250).unwrap()
}

fn receipt() -> Receipt {
    Receipt {
        transaction_id: TransactionId::parse("4200000000202611220000000001").unwrap(),
        total_fee: amount(),
        cash_fee: amount(),
        paid_at: Timestamp::from_wire("20261122182207").unwrap(),
        bank_type: "OTHERS".to_owned(),
    }
}

fn code() -> AuthCode {
    AuthCode::parse("134567890123456789").unwrap()
}

fn picture(name: &str) -> Answer {
    Answer::Created(CreateAnswer::Picture(format!("weixin://wxpay/bizpayurl?pr={name}")))
}

fn query(answer: QueryAnswer) -> Answer {
    Answer::Queried(answer)
}

fn charge(answer: ChargeAnswer) -> Answer {
    Answer::Charged(answer)
}

/// The views of a sale up to and with the first that `done` says.
async fn watch(updates: impl Stream<Item = Update>, id: SaleId, done: impl Fn(&SaleView) -> bool) -> Vec<SaleView> {
    let mut updates = std::pin::pin!(updates);
    let mut views = Vec::new();
    loop {
        match updates.next().await {
            Some(Update::Sale(view)) if view.id == id => {
                let last = done(&view);
                views.push(view);
                if last {
                    return views;
                }
            }
            Some(Update::Sale(_) | Update::Refund(_) | Update::Bulk(_) | Update::Book | Update::Held(_)) => {}
            None => panic!("the till went away; seen: {views:#?}"),
        }
    }
}

/// Waits until no sale of the till is running.
async fn all_over(till: &Till) {
    let mut updates = std::pin::pin!(till.updates());
    while till.shared.open_sales() > 0 {
        updates.next().await.unwrap();
    }
}

async fn to_the_end(till: &Till, start: impl FnOnce(&Till) -> SaleId) -> SaleView {
    let updates = till.updates();
    let id = start(till);
    watch(updates, id, |view| view.status.is_final()).await.pop().unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_qr_sale_is_written_shown_polled_and_paid() {
    let gateway = Script::new([picture("a"), query(QueryAnswer::Unpaid), query(QueryAnswer::Paid(receipt()))]);
    let shop = shop(Arc::clone(&gateway));
    let updates = shop.till.updates();
    let id = shop.till.charge_qr(amount(), "外带".to_owned());
    let views = watch(updates, id, |view| view.status.is_final()).await;
    assert!(matches!(views[0].status, Status::Preparing { .. }));
    assert!(views.iter().any(|view| matches!(view.status, Status::Showing { .. })));
    assert_eq!(views.last().unwrap().status, Status::Paid(receipt()));
    assert_eq!(gateway.calls(), ["create", "query", "query"]);

    let row = shop.ledger.attempt(views[0].out_trade_no.clone()).await.unwrap().unwrap();
    assert_eq!((row.state.as_str(), row.outcome), ("paid", crate::ledger::Outcome::Paid));
    assert_eq!(row.transaction_id, Some(receipt().transaction_id));
    let journal = shop.ledger.journal_of(id).await.unwrap();
    let kinds: Vec<_> = journal.iter().map(|line| (line.kind, line.what.as_str())).collect();
    assert_eq!(kinds[0], (LineKind::Intent, "create"), "the intent stands before every answer");
    assert_eq!(kinds[1], (LineKind::Answer, "create"));
    assert_eq!(shop.ledger.commits().await.unwrap().durable, 2, "one flush for the intent, one for the result");
}

#[tokio::test(start_paused = true)]
async fn a_scanned_sale_costs_two_flushes_and_never_stores_the_code() {
    let gateway = Script::new([charge(ChargeAnswer::Paid(receipt()))]);
    let shop = shop(Arc::clone(&gateway));
    let view = to_the_end(&shop.till, |till| till.charge_code(amount(), String::new(), code())).await;
    assert_eq!(view.status, Status::Paid(receipt()));
    assert_eq!(shop.ledger.commits().await.unwrap().durable, 2);
    let row = shop.ledger.attempt(view.out_trade_no).await.unwrap().unwrap();
    assert_eq!(row.code_last4.as_deref(), Some("6789"));
    for entry in std::fs::read_dir(shop.folder.path()).unwrap().flatten() {
        let bytes = std::fs::read(entry.path()).unwrap_or_default();
        let found = bytes.windows(18).any(|window| window == code().expose().as_bytes());
        assert!(!found, "the code stands in {}", entry.path().display());
    }
}

#[tokio::test(start_paused = true)]
async fn the_same_code_within_a_minute_is_refused_here_and_nothing_is_sent() {
    let gateway = Script::new([charge(ChargeAnswer::Paid(receipt()))]);
    let shop = shop(Arc::clone(&gateway));
    to_the_end(&shop.till, |till| till.charge_code(amount(), String::new(), code())).await;
    let view = to_the_end(&shop.till, |till| till.charge_code(amount(), String::new(), code())).await;
    assert!(matches!(view.status, Status::Declined(Refusal { reason: Reason::CodeUsedHere, .. })));
    assert_eq!(gateway.calls(), ["charge"]);
}

#[tokio::test(start_paused = true)]
async fn a_scan_while_the_qr_is_up_kills_the_picture_before_it_charges() {
    let gateway = Script::new([
        picture("a"),
        query(QueryAnswer::Unpaid),
        Answer::Closed(CloseAnswer::TooEarly),
        picture("b"),
        query(QueryAnswer::Unpaid),
        charge(ChargeAnswer::Paid(receipt())),
    ]);
    let shop = shop(Arc::clone(&gateway));
    let updates = shop.till.updates();
    let id = shop.till.charge_qr(amount(), String::new());
    watch(updates, id, |view| matches!(view.status, Status::Showing { .. })).await;
    let updates = shop.till.updates();
    shop.till.scan(id, code());
    let views = watch(updates, id, |view| view.status.is_final()).await;
    assert_eq!(views.last().unwrap().status, Status::Paid(receipt()));
    assert_eq!(gateway.calls()[..6], ["create", "query", "close", "create", "query", "charge"]);
    assert_eq!(gateway.numbers().len(), 2, "the charge has a number of its own");
    assert!(views.iter().all(|view| !matches!(view.status, Status::Showing { .. })), "the dead picture is hidden");
}

#[tokio::test(start_paused = true)]
async fn a_qr_order_that_is_paid_after_its_sale_went_to_a_scan_is_told() {
    let gateway = Script::new([
        picture("a"),
        query(QueryAnswer::Unpaid),
        Answer::Closed(CloseAnswer::TooEarly),
        picture("b"),
        query(QueryAnswer::Unpaid),
        charge(ChargeAnswer::Paid(receipt())),
        query(QueryAnswer::Paid(Receipt {
            transaction_id: TransactionId::parse("4200000000202611220000000002").unwrap(),
            ..receipt()
        })),
    ]);
    let shop = shop(gateway);
    let updates = shop.till.updates();
    let id = shop.till.charge_qr(amount(), String::new());
    watch(updates, id, |view| matches!(view.status, Status::Showing { .. })).await;
    let updates = shop.till.updates();
    shop.till.scan(id, code());
    let views = watch(updates, id, |view| view.notice.is_some()).await;
    let last = views.last().unwrap();
    let Some(Notice::AlsoPaid { out_trade_no, .. }) = &last.notice else { panic!("{:?}", last.notice) };
    assert_eq!(last.status, Status::Paid(receipt()));
    let refunds = shop.ledger.refunds_of(out_trade_no.clone()).await.unwrap();
    let expected = (OutRefundNo::of_order(out_trade_no), amount());
    assert_eq!(refunds.len(), 1, "written with the payment that it gives back");
    assert_eq!((refunds[0].out_refund_no.clone(), refunds[0].refund_fee), expected);
}

#[tokio::test(start_paused = true)]
async fn a_customer_who_leaves_is_reversed_by_the_gateway_at_45_seconds() {
    let mut script = vec![charge(ChargeAnswer::Paying)];
    script.extend(std::iter::repeat_n(query(QueryAnswer::Paying), 9));
    script.push(Answer::Reversed(ReverseAnswer::NotSent(NotSent::NoCertificate)));
    script.push(query(QueryAnswer::Revoked));
    let gateway = Script::new(script);
    let shop = shop(Arc::clone(&gateway));
    let began = Instant::now();
    let view = to_the_end(&shop.till, |till| till.charge_code(amount(), String::new(), code())).await;
    assert_eq!(view.status, Status::Reversed);
    assert!((45..=50).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn an_unclear_answer_is_unknown_and_then_what_the_query_says() {
    let gateway = Script::new([
        charge(ChargeAnswer::Unknown(Doubt::NotUnderstood)),
        query(QueryAnswer::NotExist),
        query(QueryAnswer::Paid(receipt())),
    ]);
    let shop = shop(gateway);
    let updates = shop.till.updates();
    let id = shop.till.charge_code(amount(), String::new(), code());
    let views = watch(updates, id, |view| view.status.is_final()).await;
    assert!(views.iter().any(|view| matches!(view.status, Status::Unknown(_, Doubt::NotUnderstood))));
    assert_eq!(views.last().unwrap().status, Status::Paid(receipt()));
}

#[tokio::test(start_paused = true)]
async fn a_sale_goes_on_when_every_handle_is_gone() {
    let gateway = Script::new([charge(ChargeAnswer::Paying), query(QueryAnswer::Paid(receipt()))]);
    let Shop1 { till, ledger, folder } = shop(gateway);
    let updates = till.updates();
    let id = till.charge_code(amount(), String::new(), code());
    let view = watch(updates, id, |view| matches!(view.status, Status::Password(_))).await.pop().unwrap();
    drop(till);
    // Waiting for the book's thread lets the paused clock jump to the query at 5 s.
    for _ in 0..10_000 {
        let row = ledger.attempt(view.out_trade_no.clone()).await.unwrap().unwrap();
        if row.outcome == crate::ledger::Outcome::Paid {
            return drop(folder);
        }
    }
    panic!("nobody asked after 5 s");
}

#[tokio::test(start_paused = true)]
async fn a_book_that_cannot_be_written_takes_no_money() {
    let gateway = Script::new([charge(ChargeAnswer::Paid(receipt()))]);
    let shop = shop(Arc::clone(&gateway));
    let other = rusqlite::Connection::open(shop.folder.path().join("book.db")).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let view = to_the_end(&shop.till, |till| till.charge_code(amount(), String::new(), code())).await;
    assert_eq!(view.status, Status::NotRecorded);
    assert_eq!(gateway.calls(), Vec::<String>::new());
}

/// A book that refuses every change of an order until it is let go.
fn jam(shop: &Shop1, jammed: bool) {
    let other = rusqlite::Connection::open(shop.folder.path().join("book.db")).unwrap();
    let trigger = "CREATE TRIGGER IF NOT EXISTS jam BEFORE UPDATE ON attempts BEGIN SELECT RAISE(ABORT, 'jammed'); END";
    other.execute_batch(if jammed { trigger } else { "DROP TRIGGER jam" }).unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_book_that_cannot_be_written_while_a_sale_goes_on_is_told_until_it_can() {
    let gateway = Script::new([charge(ChargeAnswer::Paying), query(QueryAnswer::Paid(receipt()))]);
    let shop = shop(gateway);
    let mut updates = std::pin::pin!(shop.till.updates());
    let id = shop.till.charge_code(amount(), String::new(), code());
    let mut heard = Vec::new();
    loop {
        match updates.next().await.unwrap() {
            Update::Sale(view) if heard.is_empty() && matches!(view.status, Status::Password(_)) => jam(&shop, true),
            Update::Held(held) => {
                heard.push(held);
                if !held {
                    break;
                }
                jam(&shop, false);
            }
            Update::Sale(view) => assert!(!view.status.is_final() || heard == [true, false], "{:?}", view.status),
            Update::Refund(_) | Update::Bulk(_) | Update::Book => {}
        }
    }
    let row = shop.till.find("12.5").await.unwrap().pop().unwrap();
    assert_eq!((heard, row.state, row.sale), (vec![true, false], OrderState::Paid, Some(id)));
}

/// In real time: while the book is read, a clock that jumps would go on to the next query.
#[tokio::test]
async fn what_is_in_doubt_is_listed_with_its_story_and_proved_by_the_customers_bill() {
    let gateway = Script::new([charge(ChargeAnswer::Unknown(Doubt::NoAnswer)), query(QueryAnswer::Paying)]);
    let shop = shop(Arc::clone(&gateway));
    let updates = shop.till.updates();
    let id = shop.till.charge_code(amount(), "外带".to_owned(), code());
    watch(updates, id, |view| matches!(view.status, Status::Password(_))).await;
    let [open] = &shop.till.summary().await.unwrap().unresolved[..] else { panic!("it is in doubt") };
    assert_eq!((open.sale, open.amount, open.note.as_str(), open.here), (id, amount(), "外带", true));
    assert!(matches!(open.status, Some(Status::Password(_))), "as it stands now, not as it was written last");

    let story = shop.till.story(id).await.unwrap();
    let told: Vec<_> = story.iter().map(|line| (line.kind, line.what.as_str(), line.read.as_str())).collect();
    assert_eq!(told[..2], [(StoryKind::Sent, "charge", ""), (StoryKind::Answered, "charge", "no answer")]);

    // The gateway says that the number on the bill is this order's.
    *gateway.looked_up.lock().unwrap() = Some(open.out_trade_no.clone());
    gateway.answers.lock().unwrap().push_back(query(QueryAnswer::Paid(receipt())));
    let updates = shop.till.updates();
    let proof = shop.till.prove(&receipt().transaction_id).await.unwrap();
    assert_eq!(proof, Proof::OfSale(id, open.out_trade_no.clone()));
    let last = watch(updates, id, |view| view.status.is_final()).await.pop().unwrap();
    assert_eq!(last.status, Status::Paid(receipt()), "booked by the order's own query");

    let proof = shop.till.prove(&receipt().transaction_id).await.unwrap();
    assert!(matches!(proof, Proof::Other(order) if order.state == OrderState::Paid && order.sale == Some(id)));
    assert_eq!(shop.till.summary().await.unwrap().unresolved, []);
}

#[tokio::test(start_paused = true)]
async fn what_another_process_drives_is_listed_and_not_asked_about_here() {
    let shop = shop(Script::new([charge(ChargeAnswer::Paying)]));
    let updates = shop.till.updates();
    let id = shop.till.charge_code(amount(), String::new(), code());
    watch(updates, id, |view| matches!(view.status, Status::Password(_))).await;
    let other = till(Script::new([]), shop.ledger.clone(), shop.folder.path());
    let [open] = &other.summary().await.unwrap().unresolved[..] else { panic!("it is in doubt") };
    assert_eq!((open.sale, open.here), (id, false));
}

#[tokio::test(start_paused = true)]
async fn what_a_dead_process_left_open_is_taken_up() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = Ledger::open(&folder.path().join("book.db")).unwrap();
    let dying = tokio::spawn({
        let (ledger, folder) = (ledger.clone(), folder.path().to_owned());
        async move {
            let till = till(Script::new([charge(ChargeAnswer::Paying)]), ledger, &folder);
            let updates = till.updates();
            let id = till.charge_code(amount(), String::new(), code());
            watch(updates, id, |view| matches!(view.status, Status::Password(_))).await.pop().unwrap().out_trade_no
        }
    });
    let number = dying.await.unwrap();
    // The operating system frees a dead process's lock; here its file goes.
    for lock in std::fs::read_dir(folder.path().join("owners")).unwrap().flatten() {
        std::fs::remove_file(lock.path()).unwrap();
    }
    let gateway = Script::new([query(QueryAnswer::Paid(receipt()))]);
    let next = till(gateway.clone(), ledger.clone(), folder.path());
    let updates = next.updates();
    assert_eq!(next.take_up().await, Ok(1));
    let mut updates = std::pin::pin!(updates);
    loop {
        if let Some(Update::Sale(view)) = updates.next().await
            && view.status.is_final()
        {
            assert_eq!((view.out_trade_no, view.status), (number.clone(), Status::Paid(receipt())));
            break;
        }
    }
    assert_eq!(gateway.calls(), ["query"]);
    let row = ledger.attempt(number).await.unwrap().unwrap();
    assert_eq!(row.outcome, crate::ledger::Outcome::Paid);
}

/// What a till does until `done`, then dies: its runtime ends with everything on it.
fn until_killed(
    folder: &std::path::Path,
    gateway: Arc<Script>,
    scan: bool,
    done: impl Fn(&SaleView) -> bool,
) -> SaleView {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let ledger = Ledger::open(&folder.join("book.db")).unwrap();
        let till = till(gateway, ledger, folder);
        let updates = till.updates();
        let id = if scan {
            till.charge_qr(amount(), String::new())
        } else {
            till.charge_code(amount(), String::new(), code())
        };
        if scan {
            watch(till.updates(), id, |view| matches!(view.status, Status::Showing { .. })).await;
            till.scan(id, code());
        }
        watch(updates, id, done).await.pop().unwrap()
    })
}

/// An unclear charge: asked at once, in 3 s, then every 5 s to 45 s; reversed; not there.
fn never_arrived() -> Vec<Answer> {
    let mut script = vec![charge(ChargeAnswer::Unknown(Doubt::NoAnswer))];
    script.extend(std::iter::repeat_n(query(QueryAnswer::NotExist), 11));
    script.extend([Answer::Reversed(ReverseAnswer::Done), query(QueryAnswer::NotExist)]);
    script
}

#[tokio::test(start_paused = true)]
async fn a_lost_charge_that_arrives_after_its_reverse_is_reversed_again() {
    let mut script = never_arrived();
    script.extend([
        query(QueryAnswer::Paid(receipt())),
        Answer::Reversed(ReverseAnswer::Done),
        query(QueryAnswer::Revoked),
    ]);
    let gateway = Script::new(script);
    let shop = shop(Arc::clone(&gateway));
    let updates = shop.till.updates();
    let id = shop.till.charge_code(amount(), String::new(), code());
    let again = std::cell::Cell::new(0);
    let views = watch(updates, id, |view| {
        again.set(again.get() + u32::from(view.status == Status::Reversed));
        again.get() == 2
    })
    .await;
    assert_eq!(gateway.calls().iter().filter(|call| *call == "reverse").count(), 2);
    let row = shop.ledger.attempt(views[0].out_trade_no.clone()).await.unwrap().unwrap();
    assert_eq!(row.outcome, crate::ledger::Outcome::Reversed);
}

#[test]
fn late_questions_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let view = until_killed(folder.path(), Script::new(never_arrived()), false, |view| view.status == Status::Reversed);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    let gateway = Arc::new(LateCharge::default());
    let row = runtime.block_on(async {
        let ledger = Ledger::open(&folder.path().join("book.db")).unwrap();
        let next = till(gateway.clone(), ledger.clone(), folder.path());
        let mut updates = std::pin::pin!(next.updates());
        assert_eq!(next.take_up().await, Ok(1));
        for reversing in [true, false] {
            let is_so = |status: &Status| matches!(status, Status::Reversing { .. }) == reversing;
            while !matches!(updates.next().await.unwrap(), Update::Sale(seen) if is_so(&seen.status)) {}
        }
        ledger.attempt(view.out_trade_no).await.unwrap().unwrap()
    });
    assert_eq!(row.outcome, crate::ledger::Outcome::Reversed);
    assert_eq!(gateway.reverses.load(Ordering::Relaxed), 1);
}

/// A gateway where a lost charge has arrived after all: paid until it is reversed.
#[derive(Default)]
struct LateCharge {
    reverses: AtomicU32,
}

impl Gateway for LateCharge {
    fn send<'a>(&'a self, _order: &'a Order, call: Call) -> Pending<'a, Reply> {
        let answer = match call {
            Call::Reverse => {
                self.reverses.fetch_add(1, Ordering::Relaxed);
                Answer::Reversed(ReverseAnswer::Done)
            }
            _ if self.reverses.load(Ordering::Relaxed) > 0 => query(QueryAnswer::Revoked),
            _ => query(QueryAnswer::Paid(receipt())),
        };
        Box::pin(async move { Reply { answer, raw: None } })
    }

    fn look_up<'a>(&'a self, _number: &'a str) -> Pending<'a, Result<Option<Found>, QueryAnswer>> {
        Box::pin(async { Ok(None) })
    }
}

#[test]
fn a_sale_is_taken_up_whole_so_that_its_winner_stays() {
    let folder = tempfile::tempdir().unwrap();
    let script = Script::new([
        picture("a"),
        query(QueryAnswer::Unpaid),
        Answer::Closed(CloseAnswer::TooEarly),
        picture("b"),
        query(QueryAnswer::Unpaid),
        charge(ChargeAnswer::Paid(receipt())),
    ]);
    let paid = until_killed(folder.path(), script, true, |view| matches!(view.status, Status::Paid(_)));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    let gateway = Script::new([query(QueryAnswer::Unpaid), Answer::Closed(CloseAnswer::Closed)]);
    runtime.block_on(async {
        let ledger = Ledger::open(&folder.path().join("book.db")).unwrap();
        let next = till(gateway.clone(), ledger.clone(), folder.path());
        assert_eq!(next.take_up().await, Ok(1));
        all_over(&next).await;
        let sale = ledger.sale(paid.id).await.unwrap().unwrap();
        assert_eq!((sale.outcome, sale.winner), (crate::ledger::Outcome::Paid, Some(paid.out_trade_no)));
        assert!(ledger.pending_attempts().await.unwrap().is_empty(), "the QR order is closed");
    });
    assert_eq!(gateway.calls(), ["query", "close"]);
}

#[tokio::test(start_paused = true)]
async fn a_used_code_that_is_scanned_over_a_qr_is_not_charged_and_the_order_is_watched() {
    let gateway = Script::new([
        charge(ChargeAnswer::Paid(receipt())),
        picture("a"),
        query(QueryAnswer::Unpaid),
        Answer::Closed(CloseAnswer::TooEarly),
        picture("b"),
        query(QueryAnswer::Unpaid),
        query(QueryAnswer::Unpaid),
        Answer::Closed(CloseAnswer::Closed),
    ]);
    let shop = shop(Arc::clone(&gateway));
    to_the_end(&shop.till, |till| till.charge_code(amount(), String::new(), code())).await;
    let updates = shop.till.updates();
    let id = shop.till.charge_qr(amount(), String::new());
    watch(updates, id, |view| matches!(view.status, Status::Showing { .. })).await;
    let updates = shop.till.updates();
    shop.till.scan(id, code());
    let views = watch(updates, id, |view| view.status.is_final()).await;
    let refused = Reason::CodeUsedHere;
    assert!(matches!(&views.last().unwrap().status, Status::Declined(refusal) if refusal.reason == refused));
    all_over(&shop.till).await;
    assert_eq!(gateway.calls().iter().filter(|call| *call == "charge").count(), 1);
    assert_eq!(gateway.calls().last().unwrap(), "close", "the QR order is watched to its end");
}

#[tokio::test(start_paused = true)]
async fn find_reads_the_book_first_and_asks_the_gateway_for_whole_numbers_only() {
    let gateway = Script::new([charge(ChargeAnswer::Paid(receipt()))]);
    let shop = shop(gateway);
    let view = to_the_end(&shop.till, |till| till.charge_code(amount(), "外带".to_owned(), code())).await;
    let tail = view.out_trade_no.tail().to_owned();
    for text in [view.out_trade_no.as_str(), receipt().transaction_id.as_str(), &tail, "12.5", "外带"] {
        let found = shop.till.find(text).await.unwrap();
        assert_eq!(found.len(), 1, "{text}");
        assert_eq!((found[0].state, found[0].created_at.is_some()), (OrderState::Paid, true));
    }
    let unknown = OutTradeNo::make(Timestamp::from_wire("20260101000000").unwrap(), 9, 1);
    let found = shop.till.find(unknown.as_str()).await.unwrap();
    assert_eq!((found.len(), found[0].state, found[0].created_at), (1, OrderState::Paid, None));
    assert_eq!(shop.till.find("0000").await, Ok(Vec::new()));
}

#[tokio::test(start_paused = true)]
async fn the_summary_counts_the_day() {
    let gateway = Script::new([
        charge(ChargeAnswer::Paid(Receipt { paid_at: clock::wall(), ..receipt() })),
        charge(ChargeAnswer::NotSent(NotSent::Offline)),
    ]);
    let shop = shop(gateway);
    to_the_end(&shop.till, |till| till.charge_code(amount(), String::new(), code())).await;
    let other = AuthCode::parse("134567890123456780").unwrap();
    to_the_end(&shop.till, |till| till.charge_code(amount(), String::new(), other)).await;
    let summary = shop.till.summary().await.unwrap();
    assert_eq!((summary.paid_today, summary.sales_today, summary.unresolved.len()), (amount(), 1, 0));
    let marks: Vec<_> = summary.recent.iter().map(|recent| recent.mark).collect();
    assert_eq!(marks, [Mark::NotPaid, Mark::Paid], "newest first");
}

#[tokio::test(start_paused = true)]
async fn a_result_counts_at_once_and_a_qr_order_that_is_being_closed_is_not_in_doubt() {
    let gateway = Script::new([
        picture("a"),
        query(QueryAnswer::Unpaid),
        Answer::Closed(CloseAnswer::TooEarly),
        picture("b"),
        query(QueryAnswer::Unpaid),
        charge(ChargeAnswer::Paid(Receipt { paid_at: clock::wall(), ..receipt() })),
    ]);
    let shop = shop(gateway);
    let updates = shop.till.updates();
    let id = shop.till.charge_qr(amount(), String::new());
    watch(updates, id, |view| matches!(view.status, Status::Showing { .. })).await;
    let mut updates = std::pin::pin!(shop.till.updates());
    shop.till.scan(id, code());
    while !matches!(updates.next().await.unwrap(), Update::Book) {}
    assert_eq!(shop.till.shared.open_sales(), 1, "the QR order is still to be closed");
    let summary = shop.till.summary().await.unwrap();
    assert_eq!((summary.paid_today, summary.unresolved.len(), summary.recent.len()), (amount(), 0, 1));
}

#[tokio::test(start_paused = true)]
async fn a_charge_that_waits_is_in_doubt() {
    let shop = shop(Script::new([charge(ChargeAnswer::Paying)]));
    let updates = shop.till.updates();
    let id = shop.till.charge_code(amount(), String::new(), code());
    watch(updates, id, |view| matches!(view.status, Status::Password(_))).await;
    let summary = shop.till.summary().await.unwrap();
    assert_eq!((summary.unresolved.len(), summary.open_amount()), (1, amount()));
}

#[tokio::test(start_paused = true)]
async fn a_listener_that_fell_behind_gets_the_latest() {
    let gateway = Script::new([picture("a")]);
    let shop = shop(gateway);
    let slow = shop.till.updates();
    let updates = shop.till.updates();
    let id = shop.till.charge_qr(amount(), String::new());
    watch(updates, id, |view| matches!(view.status, Status::Showing { .. })).await;
    for _ in 0..1_000 {
        shop.till.shared.finished(SaleId::new(-1));
    }
    let views = watch(slow, id, |view| matches!(view.status, Status::Showing { .. })).await;
    assert_eq!(views.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_restored_till_makes_no_number_of_the_time_that_its_book_does_not_cover() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("book.db");
    let made_at = Timestamp::from_wire("20991231235959").unwrap();
    mark_restored(&mut crate::ledger::Book::open(&path).unwrap(), made_at).unwrap();
    let gateway = Script::new([picture("1")]);
    let till = till(gateway.clone(), Ledger::open(&path).unwrap(), folder.path());
    let mut updates = std::pin::pin!(till.updates());
    let id = till.charge_qr(amount(), String::new());
    loop {
        if let Some(Update::Sale(view)) = updates.next().await
            && view.id == id
        {
            assert!(view.out_trade_no.as_str() > "20991231235959", "{}", view.out_trade_no);
            assert!(view.started_at < made_at, "only the number");
            break;
        }
    }
}

/// How many notifications stand in the journal of a sale.
async fn reports(ledger: &Ledger, sale: SaleId) -> usize {
    let lines = ledger.journal_of(sale).await.unwrap();
    lines.iter().filter(|line| line.kind == LineKind::Answer && line.what == "notification").count()
}

/// In real time: a paused clock jumps on while the book's thread works.
#[tokio::test]
async fn a_report_makes_the_sale_ask_at_once() {
    let gateway = Script::new([picture("a"), query(QueryAnswer::Paid(receipt()))]);
    let shop = shop(Arc::clone(&gateway));
    let updates = shop.till.updates();
    let mut updates = std::pin::pin!(updates);
    let id = shop.till.charge_qr(amount(), String::new());
    let shown = watch(&mut updates, id, |view| matches!(view.status, Status::Showing { .. })).await;
    let number = shown.last().unwrap().out_trade_no.clone();
    let asked = std::time::Instant::now();
    let report = format!("{number} 1250");
    assert_eq!(shop.till.notified(report.as_bytes()).await, Ok(Heard::New));
    watch(&mut updates, id, |view| matches!(view.status, Status::Paid(_))).await;
    assert!(asked.elapsed() < Duration::from_millis(1500), "by itself it would ask after two seconds");
    assert_eq!(gateway.calls(), ["create", "query"], "a report is not itself the proof");
    assert_eq!(shop.till.notified(report.as_bytes()).await, Ok(Heard::Again));
    assert_eq!(reports(&shop.ledger, id).await, 1);
}

#[tokio::test(start_paused = true)]
async fn a_report_is_held_against_the_book() {
    let gateway = Script::new([charge(ChargeAnswer::Paid(receipt()))]);
    let shop = shop(Arc::clone(&gateway));
    let updates = shop.till.updates();
    let id = shop.till.charge_code(amount(), String::new(), code());
    let number = watch(updates, id, |view| matches!(view.status, Status::Paid(_))).await.pop().unwrap().out_trade_no;
    let other = OutTradeNo::make(Timestamp::default(), 1, 1);
    let taken = async |report: String| shop.till.notified(report.as_bytes()).await;
    assert_eq!(taken("nonsense".to_owned()).await, Err(NotTaken::Doubtful(Doubt::NotUnderstood)));
    assert_eq!(taken(format!("{other} 1250")).await, Err(NotTaken::UnknownOrder(other)));
    let wrong = NotTaken::OtherAmount { out_trade_no: number.clone() };
    assert_eq!(taken(format!("{number} 1")).await, Err(wrong));
    assert_eq!(reports(&shop.ledger, id).await, 0);
    assert_eq!(taken(format!("{number} 1250")).await, Ok(Heard::New), "a sale that is over needs no asking");
    assert_eq!(reports(&shop.ledger, id).await, 1);
    assert_eq!(gateway.calls(), ["charge"]);
}

/// A charge that the gateway refused, and that it doesn't know when it is asked.
fn declined() -> [Answer; 2] {
    let refusal = Refusal { reason: Reason::NotEnough, code: "NOTENOUGH".to_owned(), text: String::new() };
    [charge(ChargeAnswer::Refused(refusal)), query(QueryAnswer::NotExist)]
}

/// Charges a code, which is declined; its sale is over when this returns.
async fn decline(shop: &Shop1) -> SaleView {
    let view = to_the_end(&shop.till, |till| till.charge_code(amount(), String::new(), code())).await;
    assert!(matches!(view.status, Status::Declined(_)), "{view:?}");
    all_over(&shop.till).await;
    view
}

/// The order is booked as paid after all, and goes back under its one number.
async fn goes_back(shop: &Shop1, updates: impl Stream<Item = Update>, view: &SaleView) {
    let last = watch(updates, view.id, |view| view.status.is_final()).await.pop().unwrap();
    assert_eq!(last.status, Status::PaidLate(receipt()));
    let row = shop.ledger.attempt(view.out_trade_no.clone()).await.unwrap().unwrap();
    assert_eq!(row.outcome, crate::ledger::Outcome::PaidLate);
    let refunds = shop.ledger.refunds_of(view.out_trade_no.clone()).await.unwrap();
    assert_eq!(refunds.iter().map(|refund| refund.refund_fee).collect::<Vec<_>>(), [amount()]);
}

#[tokio::test]
async fn a_report_of_a_payment_that_was_declined_is_asked_about_and_goes_back() {
    let gateway = Script::new(declined());
    let shop = shop(Arc::clone(&gateway));
    let view = decline(&shop).await;
    gateway.answers.lock().unwrap().push_back(query(QueryAnswer::Paid(receipt())));
    let updates = shop.till.updates();
    let report = format!("{} 1250", view.out_trade_no);
    assert_eq!(shop.till.notified(report.as_bytes()).await, Ok(Heard::New));
    goes_back(&shop, updates, &view).await;
    assert_eq!(gateway.calls(), ["charge", "query", "query"], "a report is not itself the proof");
    assert_eq!(shop.till.notified(report.as_bytes()).await, Ok(Heard::Again));
    assert_eq!(gateway.calls().len(), 3);
}

#[tokio::test]
async fn a_report_that_a_crash_cut_short_is_asked_about_by_the_next_till() {
    let gateway = Script::new(declined());
    let shop = shop(Arc::clone(&gateway));
    let view = decline(&shop).await;
    // The gateway answers nothing any more, and the process dies.
    let report = format!("{} 1250", view.out_trade_no);
    assert_eq!(shop.till.notified(report.as_bytes()).await, Ok(Heard::New));
    for lock in std::fs::read_dir(shop.folder.path().join("owners")).unwrap().flatten() {
        std::fs::remove_file(lock.path()).unwrap();
    }
    let next = Script::new([query(QueryAnswer::Paid(receipt()))]);
    let next = till(next, shop.ledger.clone(), shop.folder.path());
    let updates = next.updates();
    assert_eq!(next.take_up().await, Ok(1));
    goes_back(&shop, updates, &view).await;
}

/// An order that was declined and reported as paid, by a till that died before it was answered.
async fn reported_and_left() -> (Shop1, SaleView, String) {
    let shop = shop(Script::new(declined()));
    let view = decline(&shop).await;
    let report = format!("{} 1250", view.out_trade_no);
    assert_eq!(shop.till.notified(report.as_bytes()).await, Ok(Heard::New));
    (shop, view, report)
}

#[tokio::test]
async fn a_repeat_of_a_report_that_nobody_asks_about_is_asked_about() {
    let (shop, view, report) = reported_and_left().await;
    let gateway = Script::new([query(QueryAnswer::Paid(receipt()))]);
    let next = till(gateway.clone(), shop.ledger.clone(), shop.folder.path());
    let updates = next.updates();
    assert_eq!(next.notified(report.as_bytes()).await, Ok(Heard::Again));
    goes_back(&shop, updates, &view).await;
    assert_eq!(reports(&shop.ledger, view.id).await, 1);
    assert_eq!(next.notified(report.as_bytes()).await, Ok(Heard::Again));
    assert_eq!(gateway.calls(), ["query"]);
}

#[tokio::test]
async fn a_bill_of_an_order_that_nobody_asks_about_has_it_asked_about() {
    let (shop, view, _) = reported_and_left().await;
    let gateway = Script::new([query(QueryAnswer::Paid(receipt()))]);
    *gateway.looked_up.lock().unwrap() = Some(view.out_trade_no.clone());
    let next = till(gateway, shop.ledger.clone(), shop.folder.path());
    let updates = next.updates();
    let proof = next.prove(&receipt().transaction_id).await.unwrap();
    assert_eq!(proof, Proof::OfSale(view.id, view.out_trade_no.clone()));
    goes_back(&shop, updates, &view).await;
}

#[tokio::test]
async fn a_report_about_a_sale_that_another_process_drives_is_taken_when_that_has_ended() {
    let closed = Answer::Closed(CloseAnswer::Closed);
    let gateway = Script::new([picture("a"), query(QueryAnswer::Unpaid), closed, charge(ChargeAnswer::Paying)]);
    let shop = shop(Arc::clone(&gateway));
    let id = shop.till.charge_qr(amount(), String::new());
    let shown = watch(shop.till.updates(), id, |view| matches!(view.status, Status::Showing { .. })).await;
    let number = shown.last().unwrap().out_trade_no.clone();
    let updates = shop.till.updates();
    shop.till.scan(id, code());
    watch(updates, id, |view| matches!(view.status, Status::Password(_))).await;

    let other = Script::new([query(QueryAnswer::Paid(receipt()))]);
    let other = till(other, shop.ledger.clone(), shop.folder.path());
    let report = format!("{number} 1250");
    assert_eq!(other.notified(report.as_bytes()).await, Err(NotTaken::DrivenElsewhere));
    gateway.answers.lock().unwrap().push_back(query(QueryAnswer::Revoked));
    shop.till.query(id);
    all_over(&shop.till).await;
    let updates = other.updates();
    assert_eq!(other.notified(report.as_bytes()).await, Ok(Heard::Again));
    let last = watch(updates, id, |view| matches!(view.status, Status::PaidLate(_))).await.pop().unwrap();
    assert_eq!(last.out_trade_no, number);
}

#[tokio::test]
async fn a_bill_of_an_order_that_was_declined_has_it_asked_about() {
    let gateway = Script::new(declined());
    let shop = shop(Arc::clone(&gateway));
    let view = decline(&shop).await;
    *gateway.looked_up.lock().unwrap() = Some(view.out_trade_no.clone());
    gateway.answers.lock().unwrap().push_back(query(QueryAnswer::Paid(receipt())));
    let updates = shop.till.updates();
    let proof = shop.till.prove(&receipt().transaction_id).await.unwrap();
    assert_eq!(proof, Proof::OfSale(view.id, view.out_trade_no.clone()));
    goes_back(&shop, updates, &view).await;
    let story = shop.till.story(view.id).await.unwrap();
    assert!(story.iter().any(|line| (line.kind, line.what.as_str()) == (StoryKind::Cashier, "bill")));
}

/// A gateway at which nobody pays, and which closes no order in its first five minutes.
#[derive(Default)]
struct NobodyPays {
    pictures: AtomicU32,
    created: Mutex<Option<Instant>>,
}

impl Gateway for NobodyPays {
    fn send<'a>(&'a self, _order: &'a Order, call: Call) -> Pending<'a, Reply> {
        let created = *self.created.lock().unwrap().get_or_insert_with(Instant::now);
        let answer = match call {
            Call::Create => picture(&self.pictures.fetch_add(1, Ordering::SeqCst).to_string()),
            Call::Query => query(QueryAnswer::Unpaid),
            Call::Close if created.elapsed() < Duration::from_secs(300) => Answer::Closed(CloseAnswer::TooEarly),
            Call::Close => Answer::Closed(CloseAnswer::Closed),
            Call::Charge(_) | Call::Reverse => panic!("nobody scanned a code"),
        };
        Box::pin(async move { Reply { answer, raw: None } })
    }

    fn look_up<'a>(&'a self, _number: &'a str) -> Pending<'a, Result<Option<Found>, QueryAnswer>> {
        Box::pin(async { Ok(None) })
    }
}

#[tokio::test(start_paused = true)]
async fn a_terminals_qr_that_nobody_pays_is_two_pictures_and_then_closed() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = Ledger::open(&folder.path().join("book.db")).unwrap();
    let till = till(Arc::new(NobodyPays::default()), ledger, folder.path());
    let began = Instant::now();
    let updates = till.updates();
    let id = till.charge_qr_for(amount(), String::new(), 2);
    let views = watch(updates, id, |view| view.status.is_final()).await;
    assert_eq!(views.last().unwrap().status, Status::Closed);
    let mut pictures: Vec<_> = views
        .iter()
        .filter_map(|view| match &view.status {
            Status::Showing { code_url, .. } => Some(code_url.clone()),
            _ => None,
        })
        .collect();
    pictures.dedup();
    assert_eq!(pictures.len(), 2, "{pictures:?}");
    let took = began.elapsed().as_secs();
    assert!((600..660).contains(&took), "ten minutes, then a last question and the close: {took} s");
}
