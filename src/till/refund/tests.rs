//! Refunds from the ask to the end: the till against a gateway that keeps the truth, on a real book.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::StreamExt;
use tempfile::TempDir;
use tokio::runtime::Handle;

use crate::audit::{Approval, Means};
use crate::ledger::{
    AttemptChange, Ledger, LineKind, Method, NewAttempt, NewSale, Outcome, Owner, SaleChange, SaleKind,
};
use crate::money::Fen;
use crate::number::{OutRefundNo, OutTradeNo, RefundId, SaleId, TransactionId};
use crate::payment::refund::{RefundStatus, RefundTrouble};
use crate::payment::{
    Call, Doubt, Found, Gateway, NoRefund, NotSent, Notification, Order, Pending, QueryAnswer, Receipt, RefundAnswer,
    RefundQueryAnswer, RefundReceipt, RefundRequest, Refunded, Reply,
};
use crate::till::{Heard, NotTaken, OrderState, Parts, RefundAsk, RefundRefused, Shop, Till, Update};
use crate::timestamp::Timestamp;

#[path = "list_tests.rs"]
mod list_tests;

/// What the next refund request is answered with.
#[derive(Debug, Clone)]
enum Next {
    /// Nothing goes wrong.
    Takes,
    /// Refunds, and says that it doesn't know.
    TakesUnsaid,
    Says(RefundAnswer),
    /// Refunds, and is never heard again.
    TakesSilently,
}

#[derive(Default)]
struct Truth {
    /// Paid orders with what the gateway has refunded of each, by refund number.
    orders: BTreeMap<String, BTreeMap<String, Fen>>,
    states: BTreeMap<String, QueryAnswer>,
    script: VecDeque<Next>,
    requests: Vec<RefundRequest>,
    queries: u32,
    offline: bool,
    no_certificate: bool,
}

/// A gateway that keeps the truth about orders and refunds.
#[derive(Default)]
struct Bank(Mutex<Truth>);

impl Bank {
    fn truth(&self) -> std::sync::MutexGuard<'_, Truth> {
        self.0.lock().unwrap()
    }

    fn script(&self, next: impl IntoIterator<Item = Next>) {
        self.truth().script.extend(next);
    }

    fn refunded(&self, order: &OutTradeNo) -> i64 {
        self.truth().orders.get(order.as_str()).into_iter().flatten().map(|(_, fee)| fee.as_i64()).sum()
    }
}

fn id() -> RefundId {
    RefundId::parse("50000000000000000000000000001").unwrap()
}

impl Gateway for Bank {
    fn send<'a>(&'a self, _order: &'a Order, _call: Call) -> Pending<'a, Reply> {
        Box::pin(std::future::pending())
    }

    fn look_up<'a>(&'a self, number: &'a str) -> Pending<'a, Result<Option<Found>, QueryAnswer>> {
        Box::pin(async move {
            let truth = self.truth();
            if truth.offline {
                return Err(QueryAnswer::NotSent(NotSent::Offline));
            }
            let out_trade_no = OutTradeNo::parse(number).unwrap();
            if let Some(state) = truth.states.get(number) {
                return Ok(Some(Found { out_trade_no, total_fee: amount(), state: state.clone() }));
            }
            let Some(refunds) = truth.orders.get(number) else { return Ok(None) };
            let receipt = receipt(number);
            let state = if refunds.is_empty() { QueryAnswer::Paid(receipt) } else { QueryAnswer::Refunded(receipt) };
            Ok(Some(Found { out_trade_no, total_fee: amount(), state }))
        })
    }

    fn refund<'a>(&'a self, request: &'a RefundRequest) -> Pending<'a, Reply<RefundAnswer>> {
        Box::pin(async move {
            let next = {
                let mut truth = self.truth();
                truth.requests.push(request.clone());
                if truth.offline {
                    return Reply { answer: RefundAnswer::NotSent(NotSent::Offline), raw: None };
                }
                let next = truth.script.pop_front().unwrap_or(Next::Takes);
                if !matches!(next, Next::Says(_)) {
                    let refunds = truth.orders.get_mut(request.out_trade_no.as_str()).expect("a paid order");
                    refunds.insert(request.out_refund_no.to_string(), request.refund_fee);
                }
                next
            };
            let answer = match next {
                Next::Takes => RefundAnswer::Accepted(id()),
                Next::TakesUnsaid => RefundAnswer::Unknown(Doubt::Gateway { code: "SYSTEMERROR".to_owned() }),
                Next::Says(answer) => answer,
                Next::TakesSilently => return std::future::pending().await,
            };
            Reply { answer, raw: Some("<xml/>".to_owned()) }
        })
    }

    fn refund_query<'a>(&'a self, request: &'a RefundRequest) -> Pending<'a, Reply<RefundQueryAnswer>> {
        let mut truth = self.truth();
        truth.queries += 1;
        let taken = truth
            .orders
            .get(request.out_trade_no.as_str())
            .and_then(|order| order.get(request.out_refund_no.as_str()).copied());
        let answer = match taken {
            _ if truth.offline => RefundQueryAnswer::NotSent(NotSent::Offline),
            None => RefundQueryAnswer::NotExist,
            Some(_) if truth.queries == 1 => RefundQueryAnswer::Processing(id()),
            Some(_) => RefundQueryAnswer::Arrived(RefundReceipt {
                refund_id: id(),
                account: "支付用户零钱".to_owned(),
                arrived_at: None,
            }),
        };
        Box::pin(std::future::ready(Reply { answer, raw: None }))
    }

    fn refunds_of<'a>(&'a self, order: &'a Found) -> Pending<'a, Result<Vec<Refunded>, RefundQueryAnswer>> {
        let truth = self.truth();
        let refunds = truth.orders.get(order.out_trade_no.as_str()).into_iter().flatten();
        let refunds = refunds.map(|(number, fee)| Refunded {
            out_refund_no: OutRefundNo::parse(number).unwrap(),
            refund_fee: *fee,
            state: RefundQueryAnswer::Processing(id()),
        });
        Box::pin(std::future::ready(Ok(refunds.collect())))
    }

    /// Understands "ORDER REFUND FEN".
    fn notification(&self, body: &[u8]) -> Result<Notification, Doubt> {
        let words: Vec<_> = str::from_utf8(body).unwrap().split(' ').collect();
        Ok(Notification::Refunded {
            out_trade_no: OutTradeNo::parse(words[0]).unwrap(),
            out_refund_no: OutRefundNo::parse(words[1]).unwrap(),
            total_fee: amount(),
            refund_fee: fen(words[2].parse().unwrap()),
            status: "SUCCESS".to_owned(),
        })
    }

    fn has_certificate(&self) -> bool {
        !self.truth().no_certificate
    }
}

fn amount() -> Fen {
    Fen::new(1250).unwrap()
}

fn fen(fen: i64) -> Fen {
    Fen::new(fen).unwrap()
}

fn receipt(number: &str) -> Receipt {
    Receipt {
        transaction_id: TransactionId::parse(&format!("420000{number}")).unwrap(),
        total_fee: amount(),
        cash_fee: amount(),
        paid_at: crate::till::now(),
        bank_type: "OTHERS".to_owned(),
    }
}

struct Counter {
    bank: Arc<Bank>,
    ledger: Ledger,
    till: Till,
    folder: TempDir,
}

impl Counter {
    fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ledger = Ledger::open(&folder.path().join("book.db")).unwrap();
        let bank = Arc::new(Bank::default());
        let till = till(&bank, &ledger, &folder);
        Self { bank, ledger, till, folder }
    }

    /// An order that was paid at the gateway, and is in the book if it is this till's own.
    async fn paid(&self, n: u32, ours: bool) -> OutTradeNo {
        let now = crate::till::now();
        let number = OutTradeNo::make(now, 1, n);
        self.bank.truth().orders.insert(number.to_string(), BTreeMap::new());
        if ours {
            self.write(&number, n, Outcome::Paid).await;
        }
        number
    }

    async fn write(&self, number: &OutTradeNo, n: u32, outcome: Outcome) {
        let (now, id) = (crate::till::now(), SaleId::new(i64::from(n)));
        let sale =
            NewSale { id, created_at: now, amount: amount(), note: String::new(), till: 1, kind: SaleKind::Sale };
        let attempt = NewAttempt {
            out_trade_no: number.clone(),
            sale: id,
            method: Method::Micropay,
            total_fee: amount(),
            created_at: now,
            state: "paid".to_owned(),
            rules: "{}".to_owned(),
            order: "{}".to_owned(),
            code: None,
            owner: None,
        };
        self.ledger.begin(Some(sale), attempt, vec![]).await.unwrap();
        let receipt = receipt(number.as_str());
        let is_paid = outcome == Outcome::Paid;
        let change = AttemptChange {
            out_trade_no: number.clone(),
            version: 1,
            state: "paid".to_owned(),
            outcome,
            rules: "{}".to_owned(),
            transaction_id: is_paid.then_some(receipt.transaction_id),
            paid_at: is_paid.then_some(receipt.paid_at),
            cash_fee: None,
            pending: false,
            at: now,
        };
        let winner = is_paid.then(|| number.clone());
        let sale = SaleChange { id, outcome, winner, at: now, give_back: vec![] };
        self.ledger.commit(change, Some(sale), vec![]).await.unwrap();
    }

    async fn refund(&self, number: &OutTradeNo, amount: Option<i64>) -> Result<OutRefundNo, RefundRefused> {
        let ask = RefundAsk {
            number: number.to_string(),
            amount: amount.map(fen),
            reason: "多收".to_owned(),
            approval: Approval { by: "店长".to_owned(), means: Means::Pin, up_to: fen(1250), day_cap: None },
        };
        self.till.refund(&ask).await.map(|view| view.request.out_refund_no)
    }
}

fn till(bank: &Arc<Bank>, ledger: &Ledger, folder: &TempDir) -> Till {
    let parts = Parts {
        gateway: Arc::clone(bank) as Arc<dyn Gateway>,
        ledger: ledger.clone(),
        shop: Shop { body: String::new(), till_number: 1, notify_url: String::new() },
        owner: Owner::new(&folder.path().join("owners")).unwrap(),
        code_key: [7; 32],
    };
    Till::new(parts, Handle::current())
}

/// The statuses of a refund up to and with the first that `done` says.
async fn watch(till: &Till, number: &OutRefundNo, done: impl Fn(&RefundStatus) -> bool) -> Vec<RefundStatus> {
    let mut updates = std::pin::pin!(till.updates());
    let mut seen = Vec::new();
    loop {
        if let Update::Refund(view) = updates.next().await.unwrap()
            && view.request.out_refund_no == *number
        {
            let last = done(&view.status);
            seen.push(view.status);
            if last {
                return seen;
            }
        }
    }
}

fn no(why: NoRefund) -> Result<OutRefundNo, RefundRefused> {
    Err(RefundRefused::No(why))
}

#[tokio::test(start_paused = true)]
async fn a_refund_is_written_sent_asked_after_and_arrives() {
    let counter = Counter::open();
    let order = counter.paid(1, true).await;
    let before = counter.ledger.commits().await.unwrap().durable;
    let number = counter.refund(&order, None).await.unwrap();
    watch(&counter.till, &number, |status| matches!(status, RefundStatus::Accepted(_))).await;
    assert_eq!(counter.ledger.commits().await.unwrap().durable, before + 2, "one flush to ask, one for the answer");
    let found = counter.till.find(order.as_str()).await.unwrap().remove(0);
    assert_eq!((found.state, found.refunded_fee), (OrderState::Refunded, amount()));
    watch(&counter.till, &number, |status| matches!(status, RefundStatus::Arrived(_))).await;
    let row = counter.ledger.attempt(order.clone()).await.unwrap().unwrap();
    assert_eq!(row.outcome, Outcome::Refunded);
    assert_eq!(counter.bank.refunded(&order), 1250);
    let journal = counter.ledger.journal_of(SaleId::new(1)).await.unwrap();
    let kinds: Vec<_> = journal.iter().map(|line| (line.kind, line.what.as_str())).collect();
    assert_eq!(kinds[..3], [(LineKind::Cashier, "refund"), (LineKind::Intent, "refund"), (LineKind::Answer, "refund")]);
    assert!(journal[0].detail.contains("店长"), "who approved it: {}", journal[0].detail);
    assert_eq!(counter.refund(&order, None).await, no(NoRefund::NothingLeft));
    assert_eq!(counter.till.refund_counts().await.unwrap(), crate::ledger::RefundCounts::default());
}

#[tokio::test(start_paused = true)]
async fn a_gateway_that_says_systemerror_though_it_refunded_refunds_once() {
    let counter = Counter::open();
    counter.bank.script([Next::TakesUnsaid, Next::TakesUnsaid, Next::TakesUnsaid]);
    let order = counter.paid(1, true).await;
    let number = counter.refund(&order, Some(500)).await.unwrap();
    let seen = watch(&counter.till, &number, |status| matches!(status, RefundStatus::Accepted(_))).await;
    assert!(
        seen.iter().any(|status| matches!(status, RefundStatus::Queued { trouble: Some(RefundTrouble::Doubt(_)), .. }))
    );
    let requests = counter.bank.truth().requests.clone();
    assert_eq!(requests.len(), 4);
    assert!(requests.iter().all(|request| *request == requests[0]), "the same number, the same parameters");
    assert_eq!(counter.bank.refunded(&order), 500);
    assert_eq!(counter.refund(&order, Some(751)).await, no(NoRefund::TooMuch { left: fen(750) }));
}

#[tokio::test(start_paused = true)]
async fn offline_a_book_paid_order_is_queued_and_another_is_not() {
    let counter = Counter::open();
    let (ours, theirs) = (counter.paid(1, true).await, counter.paid(2, false).await);
    counter.bank.truth().offline = true;
    assert_eq!(counter.refund(&theirs, None).await, no(NoRefund::NotKnown));
    let number = counter.refund(&ours, None).await.unwrap();
    let waits = |status: &RefundStatus| {
        matches!(status, RefundStatus::Queued { trouble: Some(RefundTrouble::NotSent(NotSent::Offline)), .. })
    };
    watch(&counter.till, &number, waits).await;
    counter.bank.truth().offline = false;
    watch(&counter.till, &number, |status| matches!(status, RefundStatus::Accepted(_))).await;
    assert_eq!(counter.bank.refunded(&ours), 1250);
}

#[tokio::test(start_paused = true)]
async fn an_order_of_another_till_is_refunded_up_to_what_is_left_of_it() {
    let counter = Counter::open();
    let order = counter.paid(1, false).await;
    counter.bank.truth().orders.get_mut(order.as_str()).unwrap().insert("by-hand-1".to_owned(), fen(1000));
    let left = counter.till.refundable(order.as_str()).await.unwrap();
    assert_eq!((left.promised, left.left, left.confirmed), (fen(1000), fen(250), true));
    assert_eq!(counter.refund(&order, Some(251)).await, no(NoRefund::TooMuch { left: fen(250) }));
    let number = counter.refund(&order, None).await.unwrap();
    watch(&counter.till, &number, |status| matches!(status, RefundStatus::Accepted(_))).await;
    assert_eq!(counter.bank.refunded(&order), 1250);
    assert_eq!(counter.refund(&order, None).await, no(NoRefund::NothingLeft));
    assert_eq!(counter.till.find(order.as_str()).await.unwrap()[0].refunded_fee, amount());
}

#[tokio::test(start_paused = true)]
async fn what_is_not_paid_is_not_refunded() {
    let counter = Counter::open();
    let number = |n| OutTradeNo::make(crate::till::now(), 1, n);
    for (n, state, why) in [
        (1, QueryAnswer::Unpaid, NoRefund::NotPaid),
        (2, QueryAnswer::PayError, NoRefund::NotPaid),
        (3, QueryAnswer::Closed, NoRefund::OrderClosed),
        (4, QueryAnswer::Revoked, NoRefund::OrderReversed),
        (5, QueryAnswer::Paying, NoRefund::StillOpen),
    ] {
        let number = number(n);
        counter.bank.truth().states.insert(number.to_string(), state);
        assert_eq!(counter.refund(&number, None).await, no(why));
    }
    assert_eq!(counter.refund(&number(6), None).await, no(NoRefund::NoSuchOrder));
    let old = number(7);
    let long_ago = Timestamp::from_millis(crate::till::now().as_millis() - 366 * 24 * 3600 * 1000);
    let receipt = Receipt { paid_at: long_ago, ..receipt(old.as_str()) };
    counter.bank.truth().states.insert(old.to_string(), QueryAnswer::Paid(receipt));
    assert_eq!(counter.refund(&old, None).await, no(NoRefund::TooOld));
    assert!(counter.bank.truth().requests.is_empty());
}

#[tokio::test(start_paused = true)]
async fn without_a_certificate_nothing_is_queued_nor_sent() {
    let counter = Counter::open();
    let order = counter.paid(1, true).await;
    counter.bank.truth().no_certificate = true;
    assert_eq!(counter.refund(&order, None).await, no(NoRefund::NoCertificate));
    let refundable = counter.till.refundable(order.as_str()).await.map(|ready| ready.left);
    let refused = Err(RefundRefused::No(NoRefund::NoCertificate));
    assert_eq!(refundable, refused, "said before an amount is typed");
    counter.till.goodbye(Duration::from_secs(60)).await;
    assert!(counter.bank.truth().requests.is_empty());
    assert_eq!(counter.ledger.refund_counts().await.unwrap().waiting, 0);
    counter.bank.truth().no_certificate = false;
    assert_eq!(counter.till.refundable(order.as_str()).await.unwrap().left, amount(), "nothing was promised");
}

#[tokio::test(start_paused = true)]
async fn what_a_dead_till_sent_is_finished_under_its_number() {
    let counter = Counter::open();
    counter.bank.script([Next::TakesSilently]);
    let (one, two) = (counter.paid(1, true).await, counter.paid(2, true).await);
    let sent = counter.refund(&one, None).await.unwrap();
    watch(&counter.till, &sent, |status| *status == RefundStatus::Sending).await;
    counter.bank.truth().offline = true;
    let queued = counter.refund(&two, None).await.unwrap();
    // Its owner's lock goes; what it may still do comes too late for the book.
    let Counter { bank, ledger, till: dead, folder } = counter;
    drop(dead);
    bank.truth().offline = false;
    let heir = till(&bank, &ledger, &folder);
    assert_eq!(heir.take_up().await, Ok(2));
    heir.shared.refunds_calm(tokio::time::Instant::now() + Duration::from_secs(24 * 3600)).await;
    for (number, order) in [(&sent, &one), (&queued, &two)] {
        assert_eq!(bank.refunded(order), 1250);
        assert!(ledger.refund(number.clone()).await.unwrap().unwrap().refund_id.is_some());
        assert!(bank.truth().orders[order.as_str()].contains_key(number.as_str()));
    }
    assert_eq!(ledger.refund_counts().await.unwrap().waiting, 0);
}

#[tokio::test(start_paused = true)]
async fn a_short_balance_waits_and_a_person_may_stop_it_for_cash() {
    let counter = Counter::open();
    counter.bank.script([Next::Says(RefundAnswer::NotEnough)]);
    let order = counter.paid(1, true).await;
    let number = counter.refund(&order, None).await.unwrap();
    let short =
        |status: &RefundStatus| matches!(status, RefundStatus::Queued { trouble: Some(RefundTrouble::NotEnough), .. });
    watch(&counter.till, &number, short).await;
    counter.till.stop_refunds(vec![number.clone()]);
    watch(&counter.till, &number, |status| *status == RefundStatus::Stopped).await;
    assert_eq!(counter.bank.refunded(&order), 0);
    assert_eq!(counter.till.refundable(order.as_str()).await.unwrap().left, amount(), "it can be refunded anew");
}

#[tokio::test(start_paused = true)]
async fn a_person_tries_a_waiting_refund_at_once() {
    let counter = Counter::open();
    counter.bank.script([Next::Says(RefundAnswer::NotEnough)]);
    let order = counter.paid(1, true).await;
    let number = counter.refund(&order, None).await.unwrap();
    watch(&counter.till, &number, |status| matches!(status, RefundStatus::Queued { trouble: Some(_), .. })).await;
    let began = tokio::time::Instant::now();
    counter.till.query_refund(number.clone());
    watch(&counter.till, &number, |status| matches!(status, RefundStatus::Accepted(_))).await;
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}

/// In real time: by itself the till would ask after a minute.
#[tokio::test]
async fn a_report_makes_the_till_ask_after_its_refund_at_once() {
    let counter = Counter::open();
    let order = counter.paid(1, true).await;
    counter.bank.truth().queries = 1; // no longer on its way when it is asked after
    let number = counter.refund(&order, Some(500)).await.unwrap();
    watch(&counter.till, &number, |status| matches!(status, RefundStatus::Accepted(_))).await;
    let report = async |fee: u32| counter.till.notified(format!("{order} {number} {fee}").as_bytes()).await;
    assert_eq!(report(499).await, Err(NotTaken::OtherAmount { out_trade_no: order.clone() }));
    assert_eq!(counter.bank.truth().queries, 1);
    let arrived = watch(&counter.till, &number, |status| matches!(status, RefundStatus::Arrived(_)));
    let told = async { assert_eq!(report(500).await, Ok(Heard::New)) };
    let both = futures::future::join(arrived, told);
    tokio::time::timeout(Duration::from_secs(10), both).await.expect("it is asked at once");
    assert_eq!(report(500).await, Ok(Heard::Again));
    let made_elsewhere = format!("{order} elsewhere 100");
    assert_eq!(counter.till.notified(made_elsewhere.as_bytes()).await, Ok(Heard::New), "it is written down");
}

#[test]
fn a_request_stays_in_the_window_for_as_long_as_the_client_waits() {
    let client = crate::wechat::Limits::default();
    assert!(client.connect < super::LIMITS.arrives_within);
    assert!(client.other < super::LIMITS.arrives_within + super::LIMITS.span);
}
