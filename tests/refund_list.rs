//! A list of refunds over a real book and the practice gateway: orders that can't be refunded among the others, a stop in
//! the middle, a till that goes in the middle, and the same list again. The gateway's own log says how often each took
//! effect.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures::{Stream, StreamExt};
use guitai::approval::Desk;
use guitai::ledger::{
    AttemptChange, Ledger, LineKind, Method, NewAttempt, NewSale, Outcome, Owner, SaleChange, SaleKind, Standing,
};
use guitai::money::Fen;
use guitai::number::{AuthCode, OutTradeNo, SaleId};
use guitai::payment::{Answer, Call, ChargeAnswer, Gateway, NoRefund, Order};
use guitai::practice::Practice;
use guitai::till::{BulkId, BulkPhase, BulkView, Parts, RefundAsk, Shop, Till, Update, Why};
use guitai::vault::Vault;
use guitai::wechat::sign::{ApiKey, SignType};
use guitai::wechat::{Client, ClientCertificate, Config};
use tempfile::TempDir;
use tokio::runtime::Runtime;

const ORDERS: u32 = 200;
/// Long after it should have come.
const LIMIT: Duration = Duration::from_secs(60);

fn amount() -> Fen {
    Fen::new(1250).expect("an amount")
}

struct World {
    gateway: Practice,
    client: Client,
    ledger: Ledger,
    desk: Desk,
    folder: TempDir,
}

/// A till with all its tasks.
struct Program {
    till: Till,
    runtime: Runtime,
}

impl Program {
    /// Nothing of it goes on, wherever it was.
    async fn kill(self) {
        let Self { till, runtime } = self;
        drop(till);
        // Until its last task is gone its owner's lock is held.
        let gone = tokio::task::spawn_blocking(move || runtime.shutdown_timeout(LIMIT));
        gone.await.expect("it ends");
    }
}

fn client(gateway: &Practice) -> Client {
    Client::new(Config {
        appid: gateway.appid().to_owned(),
        mch_id: gateway.mch_id().to_owned(),
        sub: None,
        api_key: ApiKey::new(gateway.api_key().to_owned()),
        other_api_key: None,
        sign_type: SignType::HmacSha256,
        gateway: gateway.url(),
        ca_pem: Some(gateway.ca_pem().to_owned()),
        certificate: Some(ClientCertificate::from_pem(gateway.client_pem(), gateway.client_key_pem())),
    })
    .expect("a client")
}

type Updates = Pin<Box<dyn Stream<Item = Update> + Send>>;

impl World {
    fn begin() -> Self {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let gateway =
            Practice::start(None, SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 0)).expect("a practice gateway");
        let client = client(&gateway);
        let ledger = Ledger::open(&folder.path().join("book.db")).expect("a book");
        let desk = Desk::new(Some(Vault::this_run()), ledger.clone(), folder.path().to_owned());
        Self { gateway, client, ledger, desk, folder }
    }

    /// A till over the book, as a program that was begun anew has it.
    async fn program(&self) -> Program {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let runtime = runtime.expect("a runtime");
        let parts = Parts {
            gateway: Arc::new(client(&self.gateway)),
            ledger: self.ledger.clone(),
            shop: Shop { body: String::new(), till_number: 1, notify_url: String::new() },
            owner: Owner::new(&self.folder.path().join("owners")).expect("an owner"),
            code_key: [7; 32],
        };
        let till = Till::new(parts, runtime.handle().clone());
        till.take_up().await.expect("a book");
        Program { till, runtime }
    }

    /// Orders at the gateway, in the book as well but for every fifth; the last is paid by nobody.
    async fn orders(&self) -> Vec<OutTradeNo> {
        let orders: Vec<_> = (0..ORDERS).map(order).collect();
        let paid = futures::stream::iter(orders.iter().zip(0..).take(orders.len() - 1));
        paid.for_each_concurrent(16, |(order, n)| self.pay(order, n)).await;
        let unpaid = self.client.send(&orders[orders.len() - 1], Call::Create).await;
        assert!(matches!(unpaid.answer, Answer::Created(_)), "{:?}", unpaid.answer);
        orders.into_iter().map(|order| order.out_trade_no).collect()
    }

    async fn pay(&self, order: &Order, n: u32) {
        let code = AuthCode::parse(&format!("13{n:06}{:010}", 7)).expect("a payment code");
        let reply = self.client.send(order, Call::Charge(code)).await;
        let Answer::Charged(ChargeAnswer::Paid(receipt)) = reply.answer else { panic!("not paid: {:?}", reply.answer) };
        if n.is_multiple_of(5) {
            return;
        }
        let (at, id, number) = (order.created_at, SaleId::new(i64::from(n)), order.out_trade_no.clone());
        let sale = NewSale { id, created_at: at, amount: amount(), note: String::new(), till: 1, kind: SaleKind::Sale };
        let attempt = NewAttempt {
            out_trade_no: number.clone(),
            sale: id,
            method: Method::Micropay,
            total_fee: amount(),
            created_at: at,
            state: "paid".to_owned(),
            rules: "{}".to_owned(),
            order: "{}".to_owned(),
            code: None,
            owner: None,
        };
        self.ledger.begin(Some(sale), attempt, vec![]).await.expect("a book");
        let change = AttemptChange {
            out_trade_no: number.clone(),
            version: 1,
            state: "paid".to_owned(),
            outcome: Outcome::Paid,
            rules: "{}".to_owned(),
            transaction_id: Some(receipt.transaction_id),
            paid_at: Some(receipt.paid_at),
            cash_fee: None,
            pending: false,
            at,
        };
        let sale = SaleChange { id, outcome: Outcome::Paid, winner: Some(number), at, give_back: vec![] };
        self.ledger.commit(change, Some(sale), vec![]).await.expect("a book");
    }

    /// Has a list looked up and refunds it, as the window does.
    async fn refund(&self, till: &Till, orders: &[OutTradeNo]) -> (BulkId, Updates) {
        let mut updates: Updates = Box::pin(till.updates());
        let numbers = orders.iter().map(OutTradeNo::to_string).collect();
        let limit = self.desk.limit().await.expect("the owner's rules");
        let id = till.begin_list(numbers, limit).expect("no other list goes on");
        let ready = wait(&mut updates, |view| view.phase == BulkPhase::Ready).await;
        let by =
            self.desk.approve_list(ready.sum, ready.largest, "店长", None, till.now()).await.expect("no PIN is set");
        till.refund_list(id, by, "多收".to_owned());
        (id, updates)
    }

    /// How often each order took effect at the gateway.
    fn effects(&self) -> HashMap<String, u32> {
        let mut effects = HashMap::new();
        for send in self.gateway.refund_sends().into_iter().filter(|send| send.took_effect) {
            *effects.entry(send.out_refund_no).or_default() += 1;
        }
        effects
    }

    /// Who approved what the list refunded, one for each.
    async fn approvers(&self) -> Vec<String> {
        let mut all = Vec::new();
        for sale in (0..ORDERS - 1).filter(|n| !n.is_multiple_of(5) && *n != 7) {
            let journal = self.ledger.journal_of(SaleId::new(i64::from(sale))).await.expect("a book");
            let asked = journal.iter().filter(|line| line.kind == LineKind::Cashier && line.what == "refund");
            let detail = asked.map(|line| serde_json::from_str::<serde_json::Value>(&line.detail).expect("JSON"));
            all.extend(detail.map(|detail| detail["approver"].as_str().unwrap_or_default().to_owned()));
        }
        all
    }

    /// What the book promised of each order that was not void in the end.
    async fn promised(&self, order: &OutTradeNo) -> i64 {
        let rows = self.ledger.refunds_of(order.clone()).await.expect("a book");
        rows.iter().filter(|row| row.standing != Standing::Void).map(|row| row.refund_fee.as_i64()).sum()
    }
}

fn order(n: u32) -> Order {
    let now = guitai::till::now();
    Order {
        out_trade_no: OutTradeNo::make(now, 1, n),
        total_fee: amount(),
        body: "王记便利店-超市".to_owned(),
        attach: String::new(),
        device_info: "1".to_owned(),
        spbill_create_ip: "127.0.0.1".to_owned(),
        notify_url: "https://guitai.invalid/notify".to_owned(),
        created_at: now,
    }
}

/// The first view of a list that is so.
async fn wait(updates: &mut Updates, so: impl Fn(&BulkView) -> bool) -> Arc<BulkView> {
    let look = async {
        loop {
            match updates.next().await.expect("a till that goes on") {
                Update::Bulk(view) if so(&view) => return view,
                Update::Bulk(_) | Update::Sale(_) | Update::Refund(_) | Update::Book | Update::Held(_) => {}
            }
        }
    };
    tokio::time::timeout(LIMIT, look).await.expect("the list goes on")
}

fn is_over(view: &BulkView) -> bool {
    matches!(view.phase, BulkPhase::Over { .. })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_stopped_killed_and_done_again_refunds_each_order_once() {
    let world = World::begin();
    let orders = world.orders().await;
    let (last, all) = (&orders[orders.len() - 1], orders.len());
    let program = world.program().await;
    let till = &program.till;
    // One went back before.
    let approval = world.desk.approve(amount(), "", None, till.now()).await.expect("no PIN is set");
    let ask = RefundAsk { number: orders[7].to_string(), amount: None, reason: String::new(), approval };
    till.refund(&ask).await.expect("refunded by hand");

    // A stop in the middle.
    let (id, mut updates) = world.refund(till, &orders).await;
    let going = wait(&mut updates, |view| view.counts.taken >= 30).await;
    let counts = going.counts;
    assert_eq!((counts.already, counts.left_out, counts.all()), (1, 1, all), "{counts:?}");
    let unpaid = &going.left_out[0];
    assert_eq!((unpaid.number.as_str(), &unpaid.why), (last.as_str(), &Why::Refused(NoRefund::NotPaid)));
    assert!(till.begin_list(vec![last.to_string()], None).is_none(), "one list at a time");
    till.stop_list(id);
    let stopped = wait(&mut updates, is_over).await;
    let counts = stopped.counts;
    assert_eq!(stopped.phase, BulkPhase::Over { stopped: true });
    assert!(counts.taken + counts.arrived >= 30 && counts.waiting > 0, "{counts:?}");
    assert_eq!((counts.queued, counts.short), (0, 0));
    let taken = world.effects().len();
    assert_eq!(taken, counts.taken + counts.arrived + 1, "what is said to be taken is, and nothing else");

    drop(updates);

    // The same list again, and the program is killed in the middle.
    let (_, mut updates) = world.refund(till, &orders).await;
    let going = wait(&mut updates, |view| view.counts.taken >= 20).await;
    assert_eq!(going.counts.already, taken, "what went back is not begun again");
    drop(updates);
    program.kill().await;
    assert!(world.effects().len() < all - 1, "it was in the middle");

    // And once more to the end.
    let program = world.program().await;
    let (_, mut updates) = world.refund(&program.till, &orders).await;
    let over = wait(&mut updates, is_over).await;
    let counts = over.counts;
    assert_eq!((over.phase, counts.left_out), (BulkPhase::Over { stopped: false }, 1));
    assert_eq!(counts.already + counts.taken + counts.arrived, all - 1, "{counts:?}");
    program.till.goodbye(LIMIT).await;
    let effects = world.effects();
    assert_eq!(effects.len(), all - 1);
    assert!(effects.values().all(|times| *times == 1), "each took effect exactly once");
    for order in &orders {
        assert_eq!(world.promised(order).await, if order == last { 0 } else { 1250 }, "{order}");
    }
    assert!(world.desk.audit().await.expect("a book").is_ok(), "each is approved, and the chain holds");
    let approved = world.approvers().await;
    assert!(!approved.is_empty() && approved.iter().all(|by| by == "店长"), "{approved:?}");
    program.kill().await;
}
