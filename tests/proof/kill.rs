//! `kill -9` at any moment: no fen is lost or doubled, and what a killed till said is true.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::process::Child;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use guitai::payment::QueryAnswer;
use guitai::practice::Customer;

use super::keyring::Keyring;
use super::shop::{Shop, last_said};
use super::{below, from_environment};

/// Kills in a run of the tests.
const KILLS: u64 = 200;
/// Tills at work at a time, each with a book, a gateway and a customer of its own.
const TILLS: usize = 16;
/// After the gateway is back all must be final within this, by `guitai settle`.
const SETTLED_WITHIN: Duration = Duration::from_secs(60);

#[derive(Debug, Default)]
struct Tally {
    kills: u64,
    kills_of_settle: u64,
    ended_before: u64,
    outages: u64,
    attempts: usize,
    paid: usize,
    fen: i64,
    outcomes: BTreeMap<String, u64>,
    slowest: Duration,
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.kills += other.kills;
        self.kills_of_settle += other.kills_of_settle;
        self.ended_before += other.ended_before;
        self.outages += other.outages;
        self.attempts += other.attempts;
        self.paid += other.paid;
        self.fen += other.fen;
        for (outcome, times) in other.outcomes {
            *self.outcomes.entry(outcome).or_default() += times;
        }
        self.slowest = self.slowest.max(other.slowest);
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kills, kills_of_settle, ended_before, outages, attempts, paid, fen, outcomes, slowest } = self;
        writeln!(f, "{kills} kills ({kills_of_settle} of settle), {ended_before} more came too late")?;
        writeln!(f, "{outages} times the gateway was gone meanwhile")?;
        writeln!(f, "{attempts} attempts in the books, {outcomes:?}; {paid} charges of {fen} fen at the gateways")?;
        write!(f, "0 fen lost, 0 doubled; all final within {:.1} s", slowest.as_secs_f64())
    }
}

#[test]
fn kill_at_any_moment_loses_and_doubles_nothing() {
    let kills = from_environment("KILLS", KILLS);
    let keyring = Arc::new(Keyring::start());
    let done = AtomicU64::new(0);
    let mut sum = Tally::default();
    thread::scope(|scope| {
        let tills: Vec<_> = (0..TILLS)
            .map(|_| {
                let worker = || {
                    let mut till = Till::open(Arc::clone(&keyring));
                    while done.load(Ordering::Relaxed) < kills {
                        done.fetch_add(till.round(), Ordering::Relaxed);
                    }
                    till.settle_and_compare()
                };
                scope.spawn(worker)
            })
            .collect();
        for till in tills {
            sum.add(till.join().expect("a till's findings stand above"));
        }
    });
    println!("{sum}");
    assert!(sum.kills >= kills, "{sum}");
    assert!(sum.attempts > 0 && sum.paid > 0 && sum.kills_of_settle > 0, "it never came to anything: {sum}");
}

struct Till {
    shop: Shop,
    tally: Tally,
    /// What each killed charge had said, and an undisturbed one took.
    said: Vec<PathBuf>,
    takes: Duration,
}

impl Till {
    fn open(keyring: Arc<Keyring>) -> Self {
        let shop = Shop::open(keyring);
        let mut till = Self { shop, tally: Tally::default(), said: Vec::new(), takes: Duration::ZERO };
        let began = Instant::now();
        let (mut child, said) = till.charge(false);
        let status = child.wait().expect("it ends");
        assert!(status.success(), "an undisturbed charge: {:?}", last_said(&said));
        till.takes = began.elapsed();
        till.said.push(said);
        till
    }

    fn charge(&mut self, qr: bool) -> (Child, PathBuf) {
        let code = format!("13{:08}{:08}", below(100_000_000), below(100_000_000));
        let amount = format!("{}.{:02}", 1 + below(900), below(100));
        if qr {
            self.shop.start(&["charge", &amount, "--qr"])
        } else {
            self.shop.start(&["charge", &amount, "--code", &code])
        }
    }

    /// One charge, killed at some moment; a settle that is killed too may follow at once. Says how many kills hit.
    fn round(&mut self) -> u64 {
        let before = self.tally.kills;
        let (customer, more) = match below(12) {
            0..=5 => (Customer::Pays, 0),
            6..=8 => (Customer::Password, 3_000),
            9 | 10 => (Customer::Declines, 0),
            _ => (Customer::Leaves, 3_000),
        };
        let outage = below(6) == 0;
        if self.shop.is_up() {
            self.shop.gateway().phone().set_customer(customer);
        } else if below(2) == 0 {
            self.shop.gateway_up();
        }
        let qr = below(3) == 0;
        let (child, said) = self.charge(qr);
        if outage && self.shop.is_up() {
            wait(self.takes.mul_f64(0.5) + Duration::from_millis(below(1_000)));
            self.shop.gateway_down();
            self.tally.outages += 1;
        }
        let more = if qr { more + 1_500 } else { more };
        self.kill(child, self.takes + Duration::from_millis(more));
        self.said.push(said);
        if below(4) == 0 {
            let (child, _) = self.shop.start(&["settle"]);
            self.tally.kills_of_settle += u64::from(self.kill(child, self.takes));
        }
        self.tally.kills - before
    }

    /// Kills it within that time; `false` if it had ended before.
    fn kill(&mut self, mut child: Child, within: Duration) -> bool {
        let within = u64::try_from(within.as_millis()).expect("short");
        wait(Duration::from_millis(below(within)));
        let is_alive = child.try_wait().expect("our own child").is_none();
        // SIGKILL; one that has ended already is waited for all the same.
        let _ = child.kill();
        child.wait().expect("our own child");
        if is_alive {
            self.tally.kills += 1;
        } else {
            self.tally.ended_before += 1;
        }
        is_alive
    }

    /// The gateway is back and nobody disturbs any more: all is final in time, and both books agree.
    fn settle_and_compare(mut self) -> Tally {
        if !self.shop.is_up() {
            self.shop.gateway_up();
        }
        let began = Instant::now();
        let (mut settle, _) = self.shop.start(&["settle"]);
        while self.shop.open_attempts() > 0 {
            self.tally.slowest = began.elapsed();
            assert!(self.tally.slowest < SETTLED_WITHIN, "{} are still open", self.shop.open_attempts());
            if settle.try_wait().expect("our own child").is_some() {
                (settle, _) = self.shop.start(&["settle"]);
            }
            wait(Duration::from_millis(100));
        }
        // It would go on to ask again about what was reversed.
        let _ = settle.kill();
        settle.wait().expect("our own child");
        self.compare();
        self.tally
    }

    fn compare(&mut self) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let rows = self.shop.rows();
        let mut paid_sales = BTreeMap::new();
        let mut truths = BTreeMap::new();
        for row in &rows {
            let truth = self.shop.truth(&runtime, &row.order);
            let paid_here = matches!(row.outcome.as_str(), "paid" | "paid_late");
            *self.tally.outcomes.entry(row.outcome.clone()).or_default() += 1;
            match &truth {
                QueryAnswer::Paid(receipt) => {
                    let number = receipt.transaction_id.as_str();
                    assert!(paid_here, "{} took money, the book says {}", row.number, row.outcome);
                    assert_eq!(row.transaction.as_deref(), Some(number), "{}", row.number);
                    assert_eq!(row.total_fee, receipt.total_fee.as_i64(), "{}", row.number);
                    *paid_sales.entry(row.sale).or_insert(0) += 1;
                    self.tally.paid += 1;
                    self.tally.fen += row.total_fee;
                }
                other => assert!(!paid_here, "the book says {} is paid; the gateway {other:?}", row.number),
            }
            assert_ne!(row.outcome, "open", "{}", row.number);
            truths.insert(row.number.clone(), paid_here);
        }
        assert!(paid_sales.values().all(|times| *times == 1), "a sale was charged twice: {paid_sales:?}");
        for order in self.shop.orders() {
            assert!(truths.contains_key(order.as_str()), "the gateway has {order}, the book doesn't");
        }
        for said in &self.said {
            let Some(said) = last_said(said) else { continue };
            let Some(number) = said["out_trade_no"].as_str() else { continue };
            match said["outcome"].as_str() {
                Some("paid") => assert!(truths[number], "{number} was told as paid"),
                Some("not_paid" | "reversed" | "closed") => assert!(!truths[number], "{number} was told as not paid"),
                _ => {}
            }
        }
        self.tally.attempts = rows.len();
    }
}

/// Real time is what this is about.
fn wait(time: Duration) {
    thread::sleep(time);
}
