//! Refunds: the till's own queue and rules over a real book, against practice's gateway, in virtual time; on a line that
//! loses and delays, with tills that die. At every send and at the end it must hold what is promised of refunds.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::Duration;

use guitai::audit::Approval;
use guitai::ledger::{Book, LedgerError, NewRefund, Owner, RefundedOrder, SendLimits, Standing, Turns};
use guitai::money::Fen;
use guitai::number::{AuthCode, OutRefundNo, OutTradeNo};
use guitai::payment::refund::Refund;
use guitai::payment::{Answer, Call, ChargeAnswer, NotSent, Order, Receipt, RefundQueryAnswer, RefundRequest};
use guitai::practice::{self, Books, Customer};
use guitai::till::refund::LIMITS;
use guitai::till::refund::queue::{Action, Queue};
use guitai::timestamp::Timestamp;
use guitai::wechat::sign::{ApiKey, SignType};
use guitai::wechat::{Codec, Failure};

use super::dice::Dice;
use super::run::on_all_cores;

const SEEDS: u64 = 400;
const BEGAN: i64 = 1_795_341_600_000;
/// The client's own limit.
const LIMIT: Millis = 10_000;
/// Nothing may be undecided so long after faults have stopped: an order's refunds go one a minute, and it has twelve.
const DECIDED: Millis = 15 * 60_000;
/// The connection is up by then or never, so the client sends nothing that arrives later.
const ARRIVES_WITHIN: Millis = 5_000;
type Millis = u64;

/// Mistakes that must be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bug {
    /// A refund whose result is unclear is made again under a new number.
    NewNumberAfterUnclear,
    /// Only what the gateway has taken counts against an order.
    SumWithoutPending,
    /// A till that starts knows of no earlier sends.
    RateForgottenAtStart,
    /// The window has requests by when they were sent, not by when they may arrive.
    RateBySendTime,
    /// A till that starts waits until nothing that a dead one sent can arrive any more.
    WaitsForTheDead,
    /// What a dead till left is not taken up.
    NeverTakesUp,
    /// A repeat asks for less.
    RepeatsWithAnotherAmount,
    /// The book is not asked before a refund of the same order.
    OrderNeverRests,
}

const BUGS: [Bug; 8] = [
    Bug::NewNumberAfterUnclear,
    Bug::SumWithoutPending,
    Bug::RateForgottenAtStart,
    Bug::RateBySendTime,
    Bug::WaitsForTheDead,
    Bug::NeverTakesUp,
    Bug::RepeatsWithAnotherAmount,
    Bug::OrderNeverRests,
];

#[derive(Debug, Clone)]
enum Happening {
    Ask { till: usize, order: usize, fee: i64 },
    Wake { till: usize, start: u32, turn: u32 },
    Leaves { call: u64 },
    Arrives { call: u64 },
    Reply { call: u64, body: Option<Vec<u8>> },
    Kill { till: usize },
    Boot { till: usize },
    FaultsStop,
    Ends,
}

struct Till {
    queue: Queue,
    book: Book,
    /// `None` while it is dead.
    owner: Option<Owner>,
    start: u32,
    began: Millis,
    turn: u32,
    paused_until: Millis,
}

/// A call on its way.
#[derive(Clone)]
struct Flight {
    till: usize,
    start: u32,
    request: RefundRequest,
    is_query: bool,
    left: Millis,
    arrived: bool,
    done: bool,
}

struct World {
    dice: Dice,
    bug: Option<Bug>,
    now: Millis,
    rate: u64,
    heap: BinaryHeap<Reverse<(Millis, u64)>>,
    happenings: BTreeMap<u64, Happening>,
    queued: u64,
    books: Books,
    codec: Codec,
    folder: PathBuf,
    tills: Vec<Till>,
    orders: Vec<(Order, Receipt)>,
    flights: BTreeMap<u64, Flight>,
    /// Every number that was ever sent, with its order and amount, and when it was sent last.
    sent: BTreeMap<OutRefundNo, (OutTradeNo, Fen, Millis)>,
    sends: Vec<Millis>,
    /// When requests reached the gateway, but for those that were later than a client can make them.
    arrivals: Vec<Millis>,
    /// Connections come up slowly at first: no request arrives before.
    slow_until: Millis,
    /// One till and no faults but a kill, after which it must soon send again: when it was killed, and by when.
    is_restart: bool,
    killed: Option<Millis>,
    sends_by: Option<Millis>,
    violation: Option<String>,
    counts: BTreeMap<&'static str, u64>,
}

impl World {
    fn new(seed: u64, bug: Option<Bug>, folder: &Path) -> Self {
        let mut dice = Dice::new(seed);
        let (appid, mch_id) = (practice::APPID.to_owned(), practice::MCH_ID.to_owned());
        let mut world = Self {
            rate: dice.pick(&[0, 50, 150, 300]),
            bug,
            now: 0,
            heap: BinaryHeap::new(),
            happenings: BTreeMap::new(),
            queued: 0,
            books: Books::new(seed),
            codec: Codec::new(appid, mch_id, ApiKey::new(practice::API_KEY), SignType::HmacSha256),
            folder: folder.to_owned(),
            tills: Vec::new(),
            orders: Vec::new(),
            flights: BTreeMap::new(),
            sent: BTreeMap::new(),
            sends: Vec::new(),
            arrivals: Vec::new(),
            slow_until: 0,
            is_restart: false,
            killed: None,
            sends_by: None,
            violation: None,
            counts: BTreeMap::new(),
            dice,
        };
        for _ in 0..world.dice.between(1, 3) {
            let till = world.a_till();
            world.tills.push(till);
        }
        world.plan();
        world
    }

    fn plan(&mut self) {
        // Some seeds are a rush of many orders, most are few orders with many refunds each.
        let kind = self.dice.below(12);
        self.is_restart = kind == 1;
        let is_rush = kind < 2;
        let (orders, asks) = if is_rush { (260, 260) } else { (self.dice.between(1, 4), self.dice.between(2, 12)) };
        if is_rush {
            self.slow_until = self.dice.pick(&[0, 900, 1_500, 1_900]);
        }
        for n in 0..orders {
            self.pay(n);
        }
        for n in 0..asks {
            let till = if self.is_restart { 0 } else { self.any_till() };
            let order = usize::try_from(if is_rush { n } else { self.dice.below(orders) }).expect("few");
            let fee = self.dice.pick(&[1, 400, 500, 1000]);
            let within = if is_rush { 300 } else { self.dice.pick(&[100, 5_000, 150_000]) };
            let at = self.dice.below(within);
            self.at(at, Happening::Ask { till, order, fee });
        }
        let kills = if self.is_restart { 1 } else { self.dice.below(4) };
        if self.is_restart {
            self.rate = 0;
            self.tills.truncate(1);
        }
        for _ in 0..kills {
            let till = self.any_till();
            let at = self.dice.below(if is_rush { 2_000 } else { 120_000 });
            self.at(at, Happening::Kill { till });
        }
        self.at(180_000, Happening::FaultsStop);
        self.at(180_000 + DECIDED, Happening::Ends);
    }

    fn any_till(&mut self) -> usize {
        usize::try_from(self.dice.below(self.tills.len() as u64)).expect("few")
    }

    /// An order of ten yuan that was paid a moment ago; some amounts make the gateway answer oddly.
    fn pay(&mut self, n: u64) {
        let amounts = [1000, 1000, 1000, 9_040_452, 9_040_462, 9_040_463, 9_040_464, 9_040_460, 9_040_473];
        let total_fee = Fen::new(self.dice.pick(&amounts)).expect("an amount");
        let created_at = Timestamp::from_millis(BEGAN - 60_000);
        let order = Order {
            out_trade_no: OutTradeNo::make(created_at, 1, u32::try_from(n).expect("few")),
            total_fee,
            body: "王记便利店-超市".to_owned(),
            attach: String::new(),
            device_info: "1".to_owned(),
            spbill_create_ip: "127.0.0.1".to_owned(),
            notify_url: "https://guitai.invalid/notify".to_owned(),
            created_at,
        };
        let code = AuthCode::parse(&format!("13{n:016}")).expect("18 digits from 13");
        self.books.set_customer(Customer::Pays, created_at);
        let encoded = self.codec.encode(&order, &Call::Charge(code), format!("{n:032}"));
        let _ = self.books.handle(&practice::Request::post(encoded.path, encoded.document.as_bytes()), created_at);
        let asked = self.codec.encode(&order, &Call::Query, format!("q{n:031}"));
        // Above a thousand yuan the password was typed meanwhile.
        let later = created_at.plus(Duration::from_secs(30));
        let reply = self.books.handle(&practice::Request::post(asked.path, asked.document.as_bytes()), later);
        match self.codec.read(&order, &Call::Query, Ok(reply.body)) {
            Answer::Queried(guitai::payment::QueryAnswer::Paid(receipt)) => self.orders.push((order, receipt)),
            Answer::Charged(ChargeAnswer::Paid(_)) | Answer::Queried(_) => self.pay(n + 1_000),
            other => unreachable!("a query is answered as one: {other:?}"),
        }
    }

    fn a_till(&self) -> Till {
        let book = Book::open(&self.folder.join("book.db")).expect("the book opens");
        let owner = Some(Owner::new(&self.folder.join("owners")).expect("an owner"));
        Till { queue: Queue::default(), book, owner, start: 1, began: 0, turn: 0, paused_until: 0 }
    }

    fn clock(&self) -> Timestamp {
        Timestamp::from_millis(BEGAN).plus(Duration::from_millis(self.now))
    }

    fn at(&mut self, at: Millis, what: Happening) {
        self.queued += 1;
        self.heap.push(Reverse((at.max(self.now), self.queued)));
        self.happenings.insert(self.queued, what);
    }

    fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    fn strikes(&mut self, what: &'static str) -> bool {
        let strikes = self.dice.permille(self.rate);
        if strikes {
            self.count(what);
        }
        strikes
    }

    fn violated(&mut self, what: String) {
        self.violation.get_or_insert(what);
    }

    fn run(&mut self) {
        while self.violation.is_none() {
            let Some(Reverse((at, id))) = self.heap.pop() else { break };
            self.now = at;
            match self.happenings.remove(&id).expect("each is queued once") {
                Happening::Ask { till, order, fee } => self.ask(till, order, fee),
                Happening::Wake { till, start, turn } => {
                    if self.tills[till].start == start && self.tills[till].turn == turn {
                        self.go_on(till);
                    }
                }
                Happening::Leaves { call } => self.leaves(call),
                Happening::Arrives { call } => self.arrives(call),
                Happening::Reply { call, body } => self.reply(call, body),
                Happening::Kill { till } => self.kill(till),
                Happening::Boot { till } => self.boot(till),
                Happening::FaultsStop => {
                    self.rate = 0;
                    for till in 0..self.tills.len() {
                        self.boot(till);
                    }
                }
                Happening::Ends => {
                    self.check_the_end();
                    break;
                }
            }
        }
    }

    // Tills --------------------------------------------------------------------------------------

    /// Staff ask for a refund, as `till::refund` writes it down.
    fn ask(&mut self, till: usize, order: usize, fee: i64) {
        let now = self.clock();
        let (order, receipt) = self.orders[order].clone();
        let Some(owner) = self.tills[till].owner.as_ref().map(|owner| owner.id().to_owned()) else { return };
        let refund_fee = Fen::new(fee.min(order.total_fee.as_i64())).expect("an amount");
        let request = RefundRequest {
            out_refund_no: OutRefundNo::make(now, u32::try_from(till).expect("few"), self.dice.draw()),
            out_trade_no: order.out_trade_no.clone(),
            total_fee: order.total_fee,
            refund_fee,
            reason: String::new(),
        };
        let refund = Refund::new(request.clone(), now);
        let new = NewRefund {
            out_refund_no: request.out_refund_no.clone(),
            order: RefundedOrder {
                out_trade_no: order.out_trade_no,
                total_fee: order.total_fee,
                proof: Some((receipt.transaction_id, receipt.paid_at)),
                elsewhere: None,
            },
            refund_fee,
            reason: String::new(),
            created_at: now,
            state: refund.state_name().to_owned(),
            rules: serde_json::to_string(&refund).expect("it has string keys"),
            owner,
            approval: Approval::by_the_till(order.total_fee),
        };
        let book = &mut self.tills[till].book;
        let queued = book.queue_refund(&new, &[]).expect("the disk is well");
        self.count(if queued.is_ok() { "queued" } else { "more than is left" });
        if queued.is_err() {
            if self.bug == Some(Bug::SumWithoutPending) {
                self.put_on_the_line(till, request, false, self.now);
            }
            return;
        }
        if self.strikes("killed after it was queued") {
            return self.kill(till);
        }
        self.tills[till].queue.add(refund, 1);
        self.go_on(till);
    }

    /// Runs a till's queue until it waits, or dies.
    fn go_on(&mut self, till: usize) {
        for _ in 0..5_000 {
            if self.tills[till].owner.is_none() || self.violation.is_some() {
                return;
            }
            if self.dice.below(40) == 0 && self.strikes("killed between two steps") {
                return self.kill(till);
            }
            if self.now < self.tills[till].paused_until {
                return self.wake_at(till, self.tills[till].paused_until);
            }
            let now = self.clock();
            match self.tills[till].queue.next(now) {
                Action::TakeTurns(turns) => {
                    let limits = self.limits_of(till);
                    let result = match self.held_back(till) {
                        Some(again_at) => Ok(Turns { again_at: Some(again_at), ..Turns::default() }),
                        None => self.disk(till, |book| book.take_turns(&turns, &limits, now)),
                    };
                    self.tills[till].queue.granted(result, now);
                }
                Action::Change { changes, durable } => {
                    let result = self.disk(till, |book| book.change_refunds(&changes, durable));
                    self.tills[till].queue.changed(&result);
                }
                Action::Send(request) => self.put_on_the_line(till, *request, false, self.now),
                Action::Query(request) => self.put_on_the_line(till, *request, true, self.now),
                Action::Show(_) => {}
                Action::Pause(pause) => {
                    self.tills[till].paused_until = self.now + u64::try_from(pause.as_millis()).expect("short");
                }
                Action::Wait(until) => {
                    if let Some(until) = until {
                        let at = u64::try_from(until.as_millis() - BEGAN).unwrap_or_default();
                        self.wake_at(till, at.max(self.now + 1));
                    }
                    return;
                }
            }
        }
        self.violated("a queue goes on and on without waiting".to_owned());
    }

    fn wake_at(&mut self, till: usize, at: Millis) {
        self.tills[till].turn += 1;
        let (start, turn) = (self.tills[till].start, self.tills[till].turn);
        self.at(at, Happening::Wake { till, start, turn });
    }

    fn limits_of(&self, till: usize) -> SendLimits {
        match self.bug {
            Some(Bug::RateForgottenAtStart) if self.tills[till].start > 1 => {
                SendLimits { most: 100_000, most_failing: 100_000, ..LIMITS }
            }
            Some(Bug::RateBySendTime) => SendLimits { arrives_within: Duration::ZERO, ..LIMITS },
            Some(Bug::OrderNeverRests) => SendLimits { order_gap: Duration::ZERO, ..LIMITS },
            _ => LIMITS,
        }
    }

    fn held_back(&self, till: usize) -> Option<Timestamp> {
        let Till { start, began, .. } = self.tills[till];
        let until = began + ARRIVES_WITHIN + 1_005;
        let waits = self.bug == Some(Bug::WaitsForTheDead) && start > 1 && self.now < until;
        waits.then(|| Timestamp::from_millis(BEGAN).plus(Duration::from_millis(until)))
    }

    fn disk<T>(
        &mut self,
        till: usize,
        work: impl FnOnce(&mut Book) -> Result<T, LedgerError>,
    ) -> Result<T, LedgerError> {
        if self.strikes("the book was busy") {
            return Err(LedgerError::Busy);
        }
        work(&mut self.tills[till].book)
    }

    fn kill(&mut self, till: usize) {
        if self.tills[till].owner.take().is_some() {
            self.count("kills");
            self.tills[till].queue = Queue::default();
            self.tills[till].start += 1;
            self.killed = Some(self.now);
            let after = if self.is_restart { 50 } else { self.dice.pick(&[50, 3_000, 70_000]) };
            self.at(self.now + after, Happening::Boot { till });
        }
    }

    /// Starts it if it is dead, and lets it take up what the dead left.
    fn boot(&mut self, till: usize) {
        let now = self.clock();
        let to = &mut self.tills[till];
        if to.owner.is_none() {
            to.owner = Some(Owner::new(&self.folder.join("owners")).expect("an owner"));
            to.paused_until = 0;
            to.began = self.now;
        }
        if self.bug != Some(Bug::NeverTakesUp) {
            let id = to.owner.as_ref().expect("it lives").id().to_owned();
            let rows = to.book.adopt_refunds(&self.folder.join("owners"), &id, 500, now).expect("the disk is well");
            for row in &rows {
                to.queue.take_up(row, now);
            }
            if let Some(killed) = self.killed.take().filter(|_| self.is_restart)
                && rows.iter().any(|row| row.state == "queued")
            {
                self.count("restarts that have something to send");
                // A queue looks every twenty milliseconds.
                self.sends_by = Some(self.now.max(killed + 1_005) + 25);
            }
        }
        self.go_on(till);
    }

    // The line and the gateway -------------------------------------------------------------------

    fn put_on_the_line(&mut self, till: usize, request: RefundRequest, is_query: bool, at: Millis) {
        let call = self.queued + 1;
        let flight =
            Flight { till, start: self.tills[till].start, request, is_query, left: at, arrived: false, done: false };
        self.flights.insert(call, flight);
        self.at(at, Happening::Leaves { call });
    }

    /// The moment of a send has come, if its process lives to see it.
    fn leaves(&mut self, call: u64) {
        let Flight { till, start, mut request, is_query, .. } = self.flights[&call].clone();
        if self.tills[till].start != start || self.tills[till].owner.is_none() {
            return;
        }
        if !is_query {
            if self.bug == Some(Bug::RepeatsWithAnotherAmount) && self.sent.contains_key(&request.out_refund_no) {
                request.refund_fee = Fen::new(1).expect("an amount");
                self.flights.get_mut(&call).expect("it was put there").request = request.clone();
            }
            self.check_send(&request);
        }
        self.at(self.now + LIMIT, Happening::Reply { call, body: None });
        if self.strikes("request lost") {
            return;
        }
        let late = self.strikes("request late");
        let after = if late { self.dice.between(1_000, 25_000) } else { self.dice.between(10, 30) }
            + self.slow_until.saturating_sub(self.now);
        self.at(self.now + after, Happening::Arrives { call });
        if self.strikes("request twice") {
            let again = self.dice.between(1, 20_000);
            self.at(self.now + after + again, Happening::Arrives { call });
        }
    }

    fn arrives(&mut self, call: u64) {
        let flight = self.flights.get_mut(&call).expect("it was put there");
        let again = std::mem::replace(&mut flight.arrived, true);
        let Flight { till, start, request, is_query, left, .. } = flight.clone();
        if !is_query && !again && self.now <= left + ARRIVES_WITHIN {
            self.check_arrival();
            if self.tills[till].start != start {
                self.count("arrived after its till had died");
            }
        }
        let now = self.clock();
        let nonce = format!("{:032x}", self.dice.draw());
        let encoded = if is_query {
            self.codec.encode_refund_query(&request, nonce)
        } else {
            self.codec.encode_refund(&request, nonce)
        };
        let wire = practice::Request {
            has_client_certificate: true,
            ..practice::Request::post(encoded.path, encoded.document.as_bytes())
        };
        let reply = self.books.handle(&wire, now);
        if self.strikes("reply lost") {
            return;
        }
        let spoilt = self.strikes("reply spoilt");
        let after = if self.strikes("reply late") { 30_000 } else { self.dice.between(10, 100) };
        let body = if spoilt { b"<html>502 Bad Gateway</html>".to_vec() } else { reply.body };
        self.at(self.now + after, Happening::Reply { call, body: Some(body) });
    }

    fn reply(&mut self, call: u64, body: Option<Vec<u8>>) {
        let now = self.clock();
        let flight = self.flights.get_mut(&call).expect("it was put there");
        if std::mem::replace(&mut flight.done, true) {
            return;
        }
        let Flight { till, start, request, is_query, .. } = flight.clone();
        if self.tills[till].start != start || self.tills[till].owner.is_none() {
            return;
        }
        let received = body.ok_or(Failure::NoAnswer);
        let unclear = received.is_err();
        let number = request.out_refund_no.clone();
        if is_query {
            let reply = self.codec.decode_refund_query(&request, received);
            self.tills[till].queue.queried(&number, &reply, now);
        } else {
            let received = if self.strikes("offline") { Err(Failure::NotSent(NotSent::Offline)) } else { received };
            let reply = self.codec.decode_refund(&request, received);
            self.tills[till].queue.answered(&number, &reply, now);
            if self.bug == Some(Bug::NewNumberAfterUnclear) && unclear {
                let out_refund_no = OutRefundNo::make(now, 9, self.dice.draw());
                self.put_on_the_line(till, RefundRequest { out_refund_no, ..request }, false, self.now);
            }
        }
        self.go_on(till);
    }

    // What must hold -----------------------------------------------------------------------------

    /// A refund is about to leave: it is in the book as it is sent, all that was ever sent of its order fits into it,
    /// and the gateway's limits are kept, whichever till sent what.
    fn check_send(&mut self, request: &RefundRequest) {
        let number = &request.out_refund_no;
        self.count("sends");
        if let Some(by) = self.sends_by.take().filter(|by| self.now > *by) {
            return self.violated(format!("the first was sent {} ms too late after a kill", self.now - by));
        }
        self.sends.push(self.now);
        let recent = self.sends.iter().rev().take_while(|at| **at + 1_000 > self.now).count();
        if recent > LIMITS.most {
            return self.violated(format!("{recent} refunds were sent within a second"));
        }
        if let Some((_, fee, _)) = self.sent.get(number).filter(|(_, fee, _)| *fee != request.refund_fee) {
            return self.violated(format!("{number} was sent with {fee} and with {}", request.refund_fee));
        }
        let of_order = |(other, (order, ..)): &(&OutRefundNo, &(OutTradeNo, Fen, Millis))| {
            *order == request.out_trade_no && *other != number
        };
        let others: Vec<_> =
            self.sent.iter().filter(of_order).map(|(no, (_, fee, at))| (no.clone(), *fee, *at)).collect();
        let book = &self.tills[0].book;
        let mut sum = request.refund_fee.as_i64();
        for (other, fee, _) in &others {
            let row = book.refund(other).expect("the disk is well");
            let is_void = row.is_some_and(|row| row.standing == Standing::Void);
            sum += if is_void { 0 } else { fee.as_i64() };
        }
        if sum > request.total_fee.as_i64() {
            return self.violated(format!("{sum} fen were sent as refunds of {}", request.out_trade_no));
        }
        let row = book.refund(number).expect("the disk is well");
        if row.is_none_or(|row| row.refund_fee != request.refund_fee) {
            return self.violated(format!("{number} is sent and not so in the book"));
        }
        if let Some((other, ..)) = others.iter().find(|(.., at)| at + 60_000 > self.now) {
            return self.violated(format!("{number} was sent within a minute of {other}, of the same order"));
        }
        let known = (request.out_trade_no.clone(), request.refund_fee, self.now);
        self.sent.insert(number.clone(), known);
    }

    /// The gateway's limit holds where it is counted, however long each request was on its way.
    fn check_arrival(&mut self) {
        self.arrivals.push(self.now);
        let recent = self.arrivals.iter().rev().take_while(|at| **at + 1_000 > self.now).count();
        if recent > LIMITS.most {
            self.violated(format!("{recent} refunds arrived within a second"));
        }
    }

    /// Faults stopped long ago: every refund is decided, and the gateway's books hold the same of it.
    fn check_the_end(&mut self) {
        if self.sends_by.is_some() {
            return self.violated("nothing was sent after a kill".to_owned());
        }
        let effects: Vec<_> =
            self.books.refund_sends().filter(|send| send.took_effect).map(|send| send.out_refund_no.clone()).collect();
        if effects.iter().collect::<BTreeSet<_>>().len() != effects.len() {
            return self.violated("a number took effect twice".to_owned());
        }
        let rows = self.tills[0].book.recent_refunds(10_000).expect("the disk is well");
        for effect in &effects {
            if !rows.iter().any(|row| row.out_refund_no.as_str() == effect) {
                return self.violated(format!("{effect} took effect and is not in the book"));
            }
        }
        for row in rows {
            let number = &row.out_refund_no;
            let request = serde_json::from_str::<Refund>(&row.rules).expect("our own").request().clone();
            let truth = self.truth(&request);
            let took = effects.iter().any(|effect| effect == number.as_str());
            let agrees = match row.standing {
                Standing::Open => return self.violated(format!("{number} is still undecided ({})", row.state)),
                // Asked again more and more rarely, so the money may be there before the book knows.
                Standing::Accepted => took,
                Standing::Arrived => matches!(truth, RefundQueryAnswer::Arrived(_)),
                Standing::Bounced => matches!(truth, RefundQueryAnswer::Bounced(_)),
                Standing::Void => !took || matches!(truth, RefundQueryAnswer::Closed(_)),
            };
            if !agrees {
                return self
                    .violated(format!("{number} is {:?} in the book; at the gateway it is {truth:?}", row.standing));
            }
            self.count(match row.standing {
                Standing::Open | Standing::Accepted => "accepted",
                Standing::Arrived => "arrived",
                Standing::Bounced => "bounced",
                Standing::Void => "void",
            });
        }
    }

    fn truth(&mut self, request: &RefundRequest) -> RefundQueryAnswer {
        let now = self.clock();
        let encoded = self.codec.encode_refund_query(request, "truth".to_owned());
        let reply = self.books.handle(&practice::Request::post(encoded.path, encoded.document.as_bytes()), now);
        self.codec.decode_refund_query(request, Ok(reply.body)).answer
    }
}

fn run(seed: u64, bug: Option<Bug>) -> (Option<String>, BTreeMap<&'static str, u64>) {
    let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a scratch folder");
    let mut world = World::new(seed, bug, folder.path());
    world.run();
    (world.violation, world.counts)
}

#[test]
fn refunds_by_chance() {
    let parts = on_all_cores(|next| {
        std::iter::from_fn(|| Some(next.fetch_add(1, Ordering::Relaxed)))
            .take_while(|seed| *seed < SEEDS)
            .map(|seed| (seed, run(seed, None)))
            .collect::<Vec<_>>()
    });
    let mut counts: BTreeMap<&'static str, u64> = BTreeMap::new();
    for (seed, (violation, more)) in parts.into_iter().flatten() {
        assert_eq!(violation, None, "seed {seed}");
        for (what, times) in more {
            *counts.entry(what).or_default() += times;
        }
    }
    println!("{SEEDS} seeds of refunds, 0 violations: {counts:#?}");
    for what in [
        "queued",
        "more than is left",
        "arrived",
        "void",
        "kills",
        "killed after it was queued",
        "arrived after its till had died",
        "restarts that have something to send",
    ] {
        assert!(counts.get(what).is_some_and(|times| *times > 10), "{what}: {counts:?}");
    }
}

#[test]
fn planted_bugs_of_refunds_are_found() {
    let found = on_all_cores(|next| {
        std::iter::from_fn(|| BUGS.get(usize::try_from(next.fetch_add(1, Ordering::Relaxed)).ok()?))
            .map(|bug| (bug, (0..SEEDS).find_map(|seed| Some((seed, run(seed, Some(*bug)).0?)))))
            .collect::<Vec<_>>()
    });
    for (bug, found) in found.into_iter().flatten() {
        let (seed, violation) = found.unwrap_or_else(|| panic!("{bug:?} is not found"));
        assert_eq!(run(seed, None).0, None, "seed {seed} fails without {bug:?} as well");
        println!("seed {seed:>4} finds {bug:?}: {violation}");
    }
}
