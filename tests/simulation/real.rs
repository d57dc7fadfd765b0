//! The same promises on the real runner, over a real book on disk: tokio's clock stands while anything is left to do, and
//! a runtime that is dropped takes all its tasks with it, as a process that dies.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use guitai::ledger::{Ledger, Owner};
use guitai::money::Fen;
use guitai::number::{AuthCode, OutTradeNo, SaleId};
use guitai::payment::{Call, Found, Gateway, NotSent, Order, Pending, QueryAnswer, Reply};
use guitai::practice::{self, Books, Button, Customer};
use guitai::till::{Parts, Shop, Till};
use guitai::timestamp::Timestamp;
use guitai::wechat::sign::{ApiKey, SignType};
use guitai::wechat::{Codec, Failure};
use rusqlite::Connection;
use tokio::time::{Instant, sleep, timeout};

use super::dice::Dice;

const SEEDS: u64 = 200;
/// All must be final so long after faults have stopped.
const LIVENESS: Duration = Duration::from_secs(5 * 60 + 15);
/// How far the clock goes on at once.
const STEP: Duration = Duration::from_millis(200);
/// The phone that scans.
const WALLET: &str = "880001";
/// The client's own limit for any call.
const LIMIT: Duration = Duration::from_secs(10);

/// The line and the gateway of one seed; they outlive the tills that die.
struct Line {
    codec: Codec,
    /// The gateway's clock when the seed began, and how much of it earlier lives of the till have used.
    began: Timestamp,
    state: Mutex<State>,
}

struct State {
    books: Books,
    dice: Dice,
    /// Chances in a thousand; none once faults have stopped.
    rate: u64,
    used: Duration,
    life: Option<Instant>,
    sales: Vec<SaleId>,
    /// Who will scan which picture when.
    scans: Vec<(Timestamp, OutTradeNo, String)>,
    /// Reads the book beside the till.
    book: Option<Connection>,
    wrong: Option<String>,
    counts: BTreeMap<&'static str, u64>,
}

/// What the line does to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Fine,
    Offline,
    RequestLost,
    ReplyLost,
    Html,
    WrongSign,
}

impl Line {
    fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let state = State {
            books: Books::new(seed),
            rate: dice.pick(&[0, 40, 150, 300]),
            dice,
            used: Duration::ZERO,
            life: None,
            sales: Vec::new(),
            scans: Vec::new(),
            book: None,
            wrong: None,
            counts: BTreeMap::new(),
        };
        let (appid, mch_id) = (practice::APPID.to_owned(), practice::MCH_ID.to_owned());
        let codec = Codec::new(appid, mch_id, ApiKey::new(practice::API_KEY), SignType::HmacSha256);
        Self { codec, began: guitai::till::now(), state: Mutex::new(state) }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no task panics with it")
    }

    fn now(&self, state: &State) -> Timestamp {
        self.began.plus(state.used + state.life.map_or(Duration::ZERO, |began| began.elapsed()))
    }

    /// What comes of a call on the line, and at the gateway.
    fn handle(&self, order: &Order, call: &Call, fate: Fate) -> Result<Vec<u8>, Failure> {
        let mut state = self.lock();
        let now = self.now(&state);
        *state.counts.entry("calls").or_default() += 1;
        if fate != Fate::Fine {
            *state.counts.entry("faults").or_default() += 1;
        }
        match fate {
            Fate::Offline => return Err(Failure::NotSent(NotSent::Offline)),
            Fate::RequestLost => return Err(Failure::NoAnswer),
            Fate::Fine | Fate::ReplyLost | Fate::Html | Fate::WrongSign => {}
        }
        state.check_intent(order);
        state.customers(now);
        if let Call::Charge(_) = call {
            let kinds = [Customer::Pays, Customer::Pays, Customer::Password, Customer::Declines, Customer::Leaves];
            let customer = state.dice.pick(&kinds);
            state.books.set_customer(customer, now);
        }
        let nonce = format!("{:032x}", state.dice.draw());
        let encoded = self.codec.encode(order, call, nonce);
        let request = practice::Request {
            has_client_certificate: true,
            ..practice::Request::post(encoded.path, encoded.document.as_bytes())
        };
        let reply = state.books.handle(&request, now);
        let text = String::from_utf8(reply.body).expect("the gateway writes UTF-8");
        if let Some(picture) = text.split("<code_url><![CDATA[").nth(1).and_then(|rest| rest.split("]]>").next())
            && state.rate > 0
            && state.dice.below(2) == 0
        {
            let after = Duration::from_secs(state.dice.between(1, 60));
            state.scans.push((now.plus(after), order.out_trade_no.clone(), picture.to_owned()));
        }
        match fate {
            Fate::ReplyLost => Err(Failure::NoAnswer),
            Fate::Html => Ok(b"<html><body>Welcome to our Wi-Fi</body></html>".to_vec()),
            Fate::WrongSign => Ok(text.replace("<sign><![CDATA[", "<sign><![CDATA[0").into_bytes()),
            Fate::Fine | Fate::Offline | Fate::RequestLost => Ok(text.into_bytes()),
        }
    }

    fn fate(&self) -> (Fate, Duration) {
        let mut state = self.lock();
        let latency = Duration::from_millis(state.dice.between(10, 150));
        let rate = state.rate;
        if !state.dice.permille(rate) {
            return (Fate::Fine, latency);
        }
        let fates = [Fate::Offline, Fate::RequestLost, Fate::ReplyLost, Fate::ReplyLost, Fate::Html, Fate::WrongSign];
        (state.dice.pick(&fates), latency)
    }

    /// What the gateway has of an order now.
    fn truth(&self, order: &Order) -> QueryAnswer {
        let mut state = self.lock();
        let now = self.now(&state);
        let encoded = self.codec.encode(order, &Call::Query, "truth".to_owned());
        let reply = state.books.handle(&practice::Request::post(encoded.path, encoded.document.as_bytes()), now);
        match self.codec.read(order, &Call::Query, Ok(reply.body)) {
            guitai::payment::Answer::Queried(answer) => answer,
            other => unreachable!("a query is answered as one: {other:?}"),
        }
    }
}

impl State {
    /// The first byte of a call is about to leave: its intent is in the book.
    fn check_intent(&mut self, order: &Order) {
        let number = order.out_trade_no.as_str();
        let book = self.book.as_ref().expect("a till runs");
        let found = book.query_row("SELECT 1 FROM attempts WHERE out_trade_no = $1", [number], |_| Ok(()));
        if let Err(error) = found {
            self.wrong.get_or_insert(format!("{number} is sent and not in the book: {error}"));
        }
    }

    fn customers(&mut self, now: Timestamp) {
        let (due, later) = std::mem::take(&mut self.scans).into_iter().partition(|(at, ..)| *at <= now);
        self.scans = later;
        let due: Vec<(Timestamp, OutTradeNo, String)> = due;
        for (_, number, picture) in due {
            if self.books.scan(&picture, WALLET, now).is_ok() {
                self.books.look_at(Some(number.as_str()));
                self.books.press(Button::Pay, now);
                self.books.look_at(None);
                *self.counts.entry("scans").or_default() += 1;
            }
        }
    }
}

impl Gateway for Line {
    fn send<'a>(&'a self, order: &'a Order, call: Call) -> Pending<'a, Reply> {
        Box::pin(async move {
            let (fate, latency) = self.fate();
            sleep(latency).await;
            let received = self.handle(order, &call, fate);
            let waits = if received == Err(Failure::NoAnswer) { LIMIT } else { latency };
            sleep(waits).await;
            self.codec.decode(order, &call, received)
        })
    }

    fn look_up<'a>(&'a self, _number: &'a str) -> Pending<'a, Result<Option<Found>, QueryAnswer>> {
        unreachable!("no till looks anything up here")
    }

    fn has_certificate(&self) -> bool {
        true
    }
}

/// One seed: some lives of a till, each cut off at some moment but the last.
struct Seed {
    line: Arc<Line>,
    folder: PathBuf,
}

impl Seed {
    fn book(&self) -> PathBuf {
        self.folder.join("book.db")
    }

    /// Runs `day` with a fresh till, and ends the till wherever it stands then.
    fn live<D: Future>(&self, day: impl FnOnce(Till, Arc<Line>) -> D) -> D::Output {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
        let runtime = runtime.expect("a runtime");
        let ledger = Ledger::open(&self.book()).expect("the book opens");
        let book = ledger.clone();
        let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
        let parts = Parts {
            gateway: Arc::clone(&self.line) as Arc<dyn Gateway>,
            ledger,
            shop: Shop {
                body: "王记便利店-超市".to_owned(),
                till_number: 1,
                notify_url: "https://guitai.invalid/notify".to_owned(),
            },
            owner: Owner::new(&self.folder.join("owners")).expect("an owner"),
            code_key: [7; 32],
        };
        let done = runtime.block_on(async {
            {
                let mut state = self.line.lock();
                state.life = Some(Instant::now());
                state.book = Some(Connection::open_with_flags(self.book(), flags).expect("the book opens"));
            }
            let done = paced(&book, day(Till::new(parts, runtime.handle().clone()), Arc::clone(&self.line))).await;
            let mut state = self.line.lock();
            let lived = state.life.take().map_or(Duration::ZERO, |began| began.elapsed());
            state.used += lived;
            state.book = None;
            done
        });
        drop(runtime);
        done
    }

    fn run(&self) -> Result<u64, String> {
        let lives = self.line.lock().dice.below(3);
        for _ in 0..lives {
            let cut_off = Duration::from_millis(self.line.lock().dice.between(1, 90_000));
            // A till that is cut off has no last word.
            let _ = self.live(|till, line| timeout(cut_off, a_day(till, line)));
        }
        self.live(|till, line| async move {
            let _ = timeout(Duration::from_secs(60), a_day(till.clone(), Arc::clone(&line))).await;
            let sales = {
                let mut state = line.lock();
                state.rate = 0;
                std::mem::take(&mut state.sales)
            };
            // Nobody looks at a QR code any more.
            for sale in sales {
                till.leave(sale);
            }
            settled(&till).await
        })?;
        self.compare()?;
        Ok(lives)
    }

    /// Both books agree, order by order.
    fn compare(&self) -> Result<(), String> {
        if let Some(wrong) = self.line.lock().wrong.take() {
            return Err(wrong);
        }
        let book = Connection::open(self.book()).expect("the book opens");
        let select = "SELECT order_json, outcome, transaction_id, sale_id FROM attempts";
        let mut statement = book.prepare(select).expect("the table is there");
        let rows = statement.query_map([], |row| {
            Ok((
                row.get::<_, String>(0)?,
                row.get::<_, String>(1)?,
                row.get::<_, Option<String>>(2)?,
                row.get::<_, i64>(3)?,
            ))
        });
        let mut kept = BTreeMap::new();
        for row in rows.expect("they can be read") {
            let (order, outcome, transaction, sale) = row.expect("it can be read");
            let order: Order = serde_json::from_str(&order).expect("an order");
            let is_paid = matches!(outcome.as_str(), "paid" | "paid_late");
            match self.line.truth(&order) {
                QueryAnswer::Paid(receipt) => {
                    if !is_paid || transaction.as_deref() != Some(receipt.transaction_id.as_str()) {
                        return Err(format!("{} took money, the book says {outcome}", order.out_trade_no));
                    }
                    if outcome == "paid" && kept.insert(sale, order.out_trade_no.clone()).is_some() {
                        return Err(format!("sale {sale} was paid twice and neither is told as late"));
                    }
                    *self.line.lock().counts.entry("paid").or_default() += 1;
                }
                other if is_paid => {
                    return Err(format!("the book says {} is paid; the gateway {other:?}", order.out_trade_no));
                }
                _ => {}
            }
            *self.line.lock().counts.entry("attempts").or_default() += 1;
        }
        Ok(())
    }
}

/// Does `work` while the clock goes on, in steps, whenever nothing is left to do: left to itself tokio's clock would run
/// ahead while the book's thread writes.
async fn paced<T>(book: &Ledger, work: impl Future<Output = T>) -> T {
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    // As long as this blocks, the clock stands still by itself.
    let standing = tokio::task::spawn_blocking(move || stopped.recv().is_err());
    let mut work = std::pin::pin!(work);
    let done = loop {
        tokio::select! {
            biased;
            done = &mut work => break done,
            () = pace(book) => {}
        }
    };
    drop(stop);
    standing.await.expect("it only waits");
    done
}

/// Lets everything happen that can happen now, then lets the clock go on.
async fn pace(book: &Ledger) {
    for _ in 0..3 {
        // Answered after all that was asked before.
        book.commits().await.expect("the book is open");
        for _ in 0..8 {
            tokio::task::yield_now().await;
        }
    }
    tokio::time::advance(STEP).await;
}

/// A shop's day: what a crash left is taken up, customers come, the cashier presses keys.
async fn a_day(till: Till, line: Arc<Line>) {
    // A book that is busy is asked again by the next life.
    let _ = till.take_up().await;
    let sales = line.lock().dice.between(1, 3);
    for _ in 0..sales {
        let (qr, fen, code, wait, key) = {
            let dice = &mut line.lock().dice;
            let code = format!("13{:08}{:08}", dice.below(100_000_000), dice.below(100_000_000));
            let fen = dice.pick(&[1, 2, 3, 1250, 200_000, 9_040_402, 9_040_405, 9_040_423]);
            (dice.below(2) == 0, fen, code, Duration::from_millis(dice.below(30_000)), dice.below(8))
        };
        let amount = Fen::new(fen).expect("an amount");
        let code = AuthCode::parse(&code).expect("18 digits from 13");
        let sale = if qr {
            till.charge_qr_for(amount, String::new(), 2)
        } else {
            till.charge_code(amount, String::new(), code.clone())
        };
        line.lock().sales.push(sale);
        sleep(wait).await;
        match key {
            0 => till.scan(sale, code),
            1 => till.renew(sale),
            2 => till.cancel(sale),
            3 | 4 => till.leave(sale),
            _ => till.query(sale),
        }
    }
    std::future::pending::<()>().await;
}

/// Waits until nothing is open any more.
async fn settled(till: &Till) -> Result<(), String> {
    let began = Instant::now();
    loop {
        let open = till.open_attempts().await.map_err(|error| error.to_string())?;
        if open == 0 {
            return Ok(());
        }
        if began.elapsed() > LIVENESS {
            return Err(format!("{open} are still open"));
        }
        sleep(Duration::from_secs(1)).await;
    }
}

fn scratch() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a scratch folder")
}

fn seed(number: u64) -> (Result<u64, String>, BTreeMap<&'static str, u64>) {
    let folder = scratch();
    let seed = Seed { line: Arc::new(Line::new(number)), folder: Path::to_owned(folder.path()) };
    let done = seed.run();
    let counts = seed.line.lock().counts.clone();
    (done, counts)
}

#[test]
fn the_real_runner_on_a_real_book() {
    let mut counts: BTreeMap<&'static str, u64> = BTreeMap::new();
    let mut crashes = 0;
    let parts = super::run::on_all_cores(|next| {
        std::iter::from_fn(|| Some(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed)))
            .take_while(|number| *number < SEEDS)
            .map(|number| (number, seed(number)))
            .collect::<Vec<_>>()
    });
    for (number, (done, more)) in parts.into_iter().flatten() {
        crashes += done.unwrap_or_else(|wrong| panic!("seed {number}: {wrong}"));
        for (what, times) in more {
            *counts.entry(what).or_default() += times;
        }
    }
    println!("{SEEDS} seeds on the real runner and a real book, {crashes} crashes, {counts:?}: 0 violations");
    for what in ["attempts", "calls", "faults", "paid", "scans"] {
        assert!(counts.get(what).is_some_and(|times| *times > 10), "{what}: {counts:?}");
    }
}
