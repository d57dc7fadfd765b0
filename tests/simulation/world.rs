//! One seed: some tills on one book, a gateway, people, and a virtual clock.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use guitai::number::{AuthCode, OutTradeNo, SaleId};
use guitai::payment::{Order, SaleView};
use guitai::practice::{self, Books};
use guitai::till::Shop;
use guitai::till::drive::{Desk, Drive, Wish};
use guitai::timestamp::Timestamp;
use guitai::wechat::Codec;
use guitai::wechat::sign::{ApiKey, SignType};

use super::bug::Bug;
use super::crash::Script;
use super::dice::Dice;
use super::fault::{Fault, Rates};
use super::gateway::{Flight, Received};
use super::model::Model;
use super::people::{CashierAct, CustomerAct};
use super::report::Counts;

/// Milliseconds of the steady clock, from the seed's beginning.
pub(crate) type Millis = u64;

pub(crate) const SECOND: Millis = 1000;
pub(crate) const MINUTE: Millis = 60 * SECOND;
/// All must be final so long after faults have stopped; the last seconds are for calls that had begun.
const LIVENESS: Millis = 5 * MINUTE + 15 * SECOND;
/// Reversed charges are asked for again up to half an hour later.
const FOLLOW_UPS: Millis = 36 * MINUTE;
/// More actions in a row than any sale has reason for.
const ACTIONS_IN_A_ROW: u32 = 200;

/// What is wrong, in words.
pub(crate) type Violation = String;

#[derive(Debug, Clone)]
pub(crate) enum Happening {
    /// The request of a call reaches the gateway; `copy` if it is not the first time.
    Arrive {
        call: u64,
        copy: bool,
    },
    Reply {
        call: u64,
        received: Received,
    },
    TimeOut {
        call: u64,
    },
    /// A sale's deadline, valid while nothing else has happened to it.
    Wake {
        till: usize,
        start: u32,
        sale: SaleId,
        turn: u32,
    },
    /// The book has been left alone for long enough.
    PauseOver {
        till: usize,
        start: u32,
        sale: SaleId,
    },
    Cashier {
        till: usize,
        start: u32,
        act: CashierAct,
    },
    Customer(CustomerAct),
    Boot {
        till: usize,
    },
    TakeUp {
        till: usize,
        start: u32,
    },
    Kill {
        till: usize,
    },
    PowerCut,
    /// The machine goes to sleep for so long, with every till.
    Sleep {
        time: Millis,
    },
    Outage {
        time: Millis,
    },
    /// The machine is gone, and a backup is put back.
    Restore,
    /// Something is told to a till about an order; `notice` if practice's gateway sent it and waits for an answer.
    Reported {
        till: usize,
        body: Vec<u8>,
        notice: Option<u64>,
    },
    /// The gateway has something to report again.
    ReportsDue,
    /// A wish that reaches the sale's task after it was sent.
    Told {
        till: usize,
        start: u32,
        sale: SaleId,
        wish: Wish,
    },
    SetClock {
        till: usize,
        to: i64,
    },
    FaultsStop,
    LivenessEnds,
}

pub(crate) struct Queued {
    pub(crate) at: Millis,
    order: u64,
    pub(crate) what: Happening,
}

impl PartialEq for Queued {
    fn eq(&self, other: &Self) -> bool {
        (self.at, self.order) == (other.at, other.order)
    }
}

impl Eq for Queued {}

impl PartialOrd for Queued {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Queued {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.order).cmp(&(other.at, other.order))
    }
}

/// One process, from its start to its death.
pub(crate) struct Till {
    pub(crate) number: u32,
    /// How often it was started; what belongs to an earlier start is dead.
    pub(crate) start: u32,
    pub(crate) alive: bool,
    /// The book's handle takes no more writes.
    pub(crate) disk_failed: bool,
    pub(crate) desk: Arc<Desk>,
    /// What the wall clock shows more than the steady one, in milliseconds.
    pub(crate) wall: i64,
    pub(crate) sales: BTreeMap<SaleId, Running>,
    pub(crate) sales_left: u64,
    pub(crate) booted_at: Millis,
    /// It can't start before.
    pub(crate) dark_until: Millis,
    listens: bool,
}

/// A sale in a living process.
pub(crate) struct Running {
    pub(crate) drive: Drive,
    began: Millis,
    began_wall: i64,
    /// How long the machine had slept before.
    asleep_before: Millis,
    pub(crate) turn: u32,
    pub(crate) paused: bool,
    pub(crate) inbox: Vec<Input>,
    /// Writes that a planted bug holds back.
    pub(crate) held: Vec<super::till::Held>,
    pub(crate) view: Option<SaleView>,
    /// When the rules decided to charge: a book that is busy may hold the charge back after that.
    pub(crate) intended_at: Option<Millis>,
    /// When the rules decided to reverse, likewise.
    pub(crate) gave_up_at: Option<Millis>,
    /// The states of the QR order and the charge.
    pub(crate) states: (Option<&'static str>, Option<&'static str>),
}

/// What waits for a running sale.
#[derive(Debug, Clone)]
pub(crate) enum Input {
    Answer(OutTradeNo, guitai::payment::Reply),
    Wish(Wish),
}

impl Running {
    pub(crate) fn new(drive: Drive, now: Millis, wall: i64, asleep: Millis) -> Self {
        Self {
            drive,
            began: now,
            began_wall: wall,
            asleep_before: asleep,
            turn: 0,
            paused: false,
            inbox: Vec::new(),
            held: Vec::new(),
            view: None,
            intended_at: None,
            gave_up_at: None,
            states: (None, None),
        }
    }

    /// The sale's own clock, as the till's own code reads it: the wall's time at its beginning, and steady from then
    /// on. Of `asleep`, how long the machine has slept, it knows on Linux only.
    pub(crate) fn clock(&self, now: Millis, asleep: Millis, is_linux: bool) -> Timestamp {
        let slept = asleep - self.asleep_before;
        let awake = Duration::from_millis(now - self.began - slept);
        let known = if is_linux { Duration::from_millis(slept) } else { Duration::ZERO };
        guitai::till::clock::reading(Timestamp::from_millis(self.began_wall), awake, known)
    }
}

/// What is known from outside of an order: what was asked, and what became of its pictures and code.
#[expect(clippy::struct_excessive_bools, reason = "facts that have nothing to do with each other")]
pub(crate) struct Known {
    pub(crate) order: Order,
    pub(crate) sale: SaleId,
    pub(crate) native: bool,
    /// The newest picture at the gateway, and those that a till has shown.
    pub(crate) picture: Option<String>,
    pub(crate) shown: BTreeSet<String>,
    pub(crate) charged_at: Option<Millis>,
    pub(crate) not_exist_until: Millis,
    /// How long a query says NOTPAY of it though it is paid.
    pub(crate) unpaid_for: Millis,
    /// Some till has shown it as paid.
    pub(crate) shown_paid: bool,
    /// A reverse of it was sent.
    pub(crate) reversed: bool,
    /// It is in no book any more: the machine was lost, and the backup was older.
    pub(crate) lost: bool,
    /// A report of it had it taken over from a living process, which may be asking still.
    pub(crate) taken_over: bool,
    /// The charge reached the gateway when the till had reversed it already: what was shown was right then, and
    /// one of the late questions has to find it.
    pub(crate) arrived_late: bool,
}

#[expect(clippy::struct_excessive_bools, reason = "facts that have nothing to do with each other")]
pub(crate) struct World {
    pub(crate) dice: Dice,
    pub(crate) rates: Rates,
    /// What is done and what fails by the book, in place of chance.
    pub(crate) script: Option<Script>,
    pub(crate) bug: Option<Bug>,
    pub(crate) now: Millis,
    pub(crate) faults: bool,
    /// The shop has the merchant's certificate, so that it can reverse.
    pub(crate) has_certificate: bool,
    pub(crate) queue: BinaryHeap<Reverse<Queued>>,
    queued: u64,
    pub(crate) books: Books,
    /// The gateway's clock at the beginning.
    pub(crate) gateway_began: i64,
    pub(crate) codec: Codec,
    pub(crate) ledger: Model,
    pub(crate) tills: Vec<Till>,
    pub(crate) flights: BTreeMap<u64, Flight>,
    pub(crate) next_call: u64,
    pub(crate) next_sale: i64,
    pub(crate) known: BTreeMap<OutTradeNo, Known>,
    /// The tills' machine runs Linux, whose clocks tell how long it slept.
    pub(crate) is_linux: bool,
    /// How long the machine has slept altogether.
    pub(crate) asleep: Millis,
    pub(crate) asleep_until: Millis,
    /// When the last sleep began that is told from a slow answer.
    pub(crate) slept_from: Millis,
    /// What was asked about since the machine woke, if it ever slept.
    pub(crate) asked_since: Option<BTreeSet<OutTradeNo>>,
    /// No call gets through before.
    pub(crate) down_until: Millis,
    /// A reply that waits for one to be swapped with.
    pub(crate) swapped: Option<(u64, Received, &'static str)>,
    pub(crate) backup: Option<super::backup::Backup>,
    /// When a backup was put back, by the wall clock of the machine.
    pub(crate) restored_at: Option<Timestamp>,
    /// The tills hear what the gateway reports.
    pub(crate) listens: bool,
    pub(crate) reports: super::reported::Reports,
    /// What the gateway has reversed.
    pub(crate) undone: BTreeSet<OutTradeNo>,
    /// What was reversed, for the planted bug that does so once.
    pub(crate) reversed: BTreeSet<OutTradeNo>,
    /// The codes that have been scanned, the latest last.
    pub(crate) codes: Vec<AuthCode>,
    pub(crate) counts: Counts,
    pub(crate) violation: Option<Violation>,
    pub(crate) trace: Trace,
}

/// The lines of one run: always hashed, kept when somebody wants to read them.
pub(crate) struct Trace {
    pub(crate) hash: u64,
    pub(crate) lines: Option<Vec<String>>,
    buffer: String,
}

impl Trace {
    fn new(keep: bool) -> Self {
        Self { hash: 0xcbf2_9ce4_8422_2325, lines: keep.then(Vec::new), buffer: String::new() }
    }

    fn add(&mut self, now: Millis, text: fmt::Arguments<'_>) {
        use fmt::Write as _;
        self.buffer.clear();
        write!(self.buffer, "{:>5}.{:03} ", now / SECOND, now % SECOND).expect("a String takes all");
        self.buffer.write_fmt(text).expect("a String takes all");
        let text = std::mem::take(&mut self.buffer);
        self.hash(text.as_bytes());
        if let Some(lines) = &mut self.lines {
            lines.push(text.clone());
        }
        self.buffer = text;
    }

    /// Adds bytes to the hash that no line holds.
    pub(crate) fn hash(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.hash = (self.hash ^ u64::from_le_bytes(word)).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(23);
        }
    }
}

/// 2026-11-22 18:00 in Beijing, near enough to New Year for a clock that is set a month ahead.
const BEGAN: i64 = 1_795_341_600_000;

impl World {
    pub(crate) fn new(seed: u64, bug: Option<Bug>, keep_trace: bool) -> Self {
        let mut dice = Dice::new(seed);
        let rates = Rates::new(&mut dice);
        let mut counts = Counts::default();
        let gateway_off = if dice.permille(rates.of(Fault::GatewayClock)) {
            counts.fault(Fault::GatewayClock);
            i64::try_from(dice.below(1_200_000)).expect("small") - 600_000
        } else {
            0
        };
        let tills = dice.pick(&[1, 1, 1, 2, 2, 3, 4]);
        let sales = dice.pick(&[1, 1, 1, 2, 3]);
        let listens = dice.below(3) == 0;
        let tills = (1..=tills).map(|number| Till::new(number, sales, listens)).collect();
        let mut world = Self::with(dice, rates, tills, Trace::new(keep_trace));
        world.bug = bug;
        world.counts = counts;
        world.gateway_began += gateway_off;
        world.has_certificate = world.dice.below(4) > 0;
        world.is_linux = world.dice.below(3) > 0;
        world.listens = listens;
        world.plan();
        world
    }

    /// One till and one sale, as it is written.
    pub(crate) fn scripted(script: Script, keep_trace: bool) -> Self {
        let mut world = Self::with(
            Dice::new(1),
            Rates::none(),
            vec![Till::new(1, 1, script.scenario.listens)],
            Trace::new(keep_trace),
        );
        world.has_certificate = script.scenario.has_certificate;
        world.listens = script.scenario.listens;
        let end = script.scenario.ends_at * SECOND;
        world.script = Some(script);
        world.later(0, Happening::Cashier { till: 0, start: 1, act: CashierAct::NextSale });
        world.later(end, Happening::FaultsStop);
        world
    }

    fn with(mut dice: Dice, rates: Rates, tills: Vec<Till>, trace: Trace) -> Self {
        Self {
            books: Books::new(dice.draw()),
            gateway_began: BEGAN,
            codec: Codec::new(
                practice::APPID.to_owned(),
                practice::MCH_ID.to_owned(),
                ApiKey::new(practice::API_KEY),
                SignType::HmacSha256,
            ),
            ledger: Model::default(),
            tills,
            dice,
            rates,
            script: None,
            bug: None,
            now: 0,
            faults: true,
            has_certificate: true,
            queue: BinaryHeap::new(),
            queued: 0,
            flights: BTreeMap::new(),
            next_call: 0,
            next_sale: 1,
            known: BTreeMap::new(),
            is_linux: true,
            asleep: 0,
            asleep_until: 0,
            slept_from: 0,
            asked_since: None,
            down_until: 0,
            swapped: None,
            backup: None,
            restored_at: None,
            listens: false,
            reports: super::reported::Reports::default(),
            undone: BTreeSet::new(),
            reversed: BTreeSet::new(),
            codes: Vec::new(),
            counts: Counts::default(),
            violation: None,
            trace,
        }
    }

    fn plan(&mut self) {
        for till in 0..self.tills.len() {
            let at = self.dice.below(3 * SECOND);
            let start = self.tills[till].start;
            self.later(at, Happening::Cashier { till, start, act: CashierAct::NextSale });
        }
        let end = self.dice.pick(&[60, 120, 240, 900]) * SECOND;
        for (fault, happening) in [
            (Fault::PowerCut, Happening::PowerCut),
            (Fault::Crash, Happening::Kill { till: 0 }),
            (Fault::WallClock, Happening::SetClock { till: 0, to: 0 }),
            (Fault::Sleep, Happening::Sleep { time: 0 }),
            (Fault::Outage, Happening::Outage { time: 0 }),
        ] {
            // Besides those between two steps.
            let times = self.dice.below(3);
            for _ in 0..times {
                let at = self.dice.below(end);
                let till = usize::try_from(self.dice.below(self.tills.len() as u64)).expect("few");
                let happening = match &happening {
                    Happening::Kill { .. } => Happening::Kill { till },
                    Happening::SetClock { .. } => Happening::SetClock { till, to: self.a_wrong_clock() },
                    Happening::Sleep { .. } => Happening::Sleep { time: self.a_sleep() },
                    Happening::Outage { .. } => Happening::Outage { time: self.dice.between(5, 200) * SECOND },
                    other => other.clone(),
                };
                if self.dice.permille(self.rates.of(fault) * 5) {
                    self.later(at, happening);
                }
            }
        }
        self.later(end, Happening::FaultsStop);
    }

    fn a_wrong_clock(&mut self) -> i64 {
        let days = self.dice.pick(&[-40, -1, 0, 1, 39]);
        let seconds = i64::try_from(self.dice.below(7200)).expect("small") - 3600;
        BEGAN + days * 86_400_000 + seconds * 1000
    }

    pub(crate) fn later(&mut self, after: Millis, what: Happening) {
        self.at(self.now + after, what);
    }

    pub(crate) fn at(&mut self, at: Millis, what: Happening) {
        self.queued += 1;
        self.queue.push(Reverse(Queued { at: at.max(self.now), order: self.queued, what }));
    }

    /// Runs the seed to its end.
    pub(crate) fn run(&mut self) {
        let mut last = None;
        while self.violation.is_none() {
            let Some(Reverse(next)) = self.queue.pop() else { break };
            if last.is_some_and(|last: Millis| next.at > last + FOLLOW_UPS) {
                break;
            }
            self.now = next.at;
            self.counts.events += 1;
            self.happen(next.what);
            if !self.faults && last.is_none() {
                last = Some(self.now);
            }
        }
        if self.violation.is_none() {
            self.check_the_end();
        }
    }

    fn happen(&mut self, what: Happening) {
        match what {
            Happening::Arrive { call, copy } => self.arrive(call, copy),
            Happening::Reply { call, received } => self.reply(call, received),
            Happening::TimeOut { call } => self.timed_out(call),
            Happening::Wake { till, start, sale, turn } => self.wake(till, start, sale, turn),
            Happening::PauseOver { till, start, sale } => {
                if self.lives(till, start)
                    && let Some(running) = self.tills[till].sales.get_mut(&sale)
                {
                    running.paused = false;
                    self.go_on(till, sale);
                }
            }
            Happening::Cashier { till, start, act } if self.lives(till, start) => self.cashier(till, act),
            Happening::Cashier { .. } => {}
            Happening::Customer(act) => self.customer(act),
            Happening::Boot { till } => self.boot(till),
            Happening::TakeUp { till, start } if self.lives(till, start) => self.take_up(till),
            Happening::TakeUp { .. } => {}
            Happening::Kill { till } if self.faults && self.tills[till].alive => {
                self.counts.fault(Fault::Crash);
                self.kill(till, "killed");
            }
            Happening::Kill { .. } => {}
            Happening::PowerCut if self.faults => self.power_cut(),
            Happening::PowerCut => {}
            Happening::Sleep { time } if self.faults => self.sleep(time),
            Happening::Sleep { .. } => {}
            Happening::Outage { time } if self.faults => self.goes_down(time),
            Happening::Outage { .. } => {}
            Happening::Restore => self.restore(),
            Happening::Reported { till, body, notice } => self.reported(till, &body, notice),
            Happening::ReportsDue => self.post_reports(),
            Happening::Told { till, start, sale, wish } if self.lives(till, start) => self.wish(till, sale, wish),
            Happening::Told { .. } => {}
            Happening::SetClock { till, to } if self.faults => {
                self.counts.fault(Fault::WallClock);
                self.tills[till].wall = to - i64::try_from(self.now).expect("small");
                self.tell(format_args!("till {} wall clock set to {}", till + 1, Timestamp::from_millis(to)));
            }
            Happening::SetClock { .. } => {}
            Happening::FaultsStop => self.faults_stop(),
            Happening::LivenessEnds => self.check_liveness(),
        }
    }

    pub(crate) fn lives(&self, till: usize, start: u32) -> bool {
        self.tills[till].alive && self.tills[till].start == start
    }

    /// From now on nothing fails, nobody begins anything, and the cashier leaves what the QR still shows.
    fn faults_stop(&mut self) {
        if let Some(dark) = self.tills.iter().map(|till| till.dark_until).max().filter(|dark| *dark > self.now) {
            // A machine that is being put back is no till that could settle anything.
            return self.at(dark, Happening::FaultsStop);
        }
        self.tell(format_args!("-- faults stop --"));
        self.faults = false;
        for till in 0..self.tills.len() {
            if self.tills[till].disk_failed {
                self.kill(till, "restarted for its disk");
            }
            if !self.tills[till].alive {
                self.boot(till);
            }
            let start = self.tills[till].start;
            self.later(SECOND, Happening::TakeUp { till, start });
            let sales: Vec<SaleId> = self.tills[till].sales.keys().copied().collect();
            for sale in sales {
                self.wish(till, sale, Wish::Leave);
            }
        }
        self.later(LIVENESS, Happening::LivenessEnds);
    }

    /// Counts a fault if it happens now.
    pub(crate) fn strikes(&mut self, fault: Fault) -> bool {
        let strikes = self.may_strike(fault);
        if strikes {
            self.counts.fault(fault);
        }
        strikes
    }

    /// As [`World::strikes`], for what may turn out not to be possible, and is not counted yet.
    pub(crate) fn may_strike(&mut self, fault: Fault) -> bool {
        self.faults
            && match &mut self.script {
                Some(script) => script.strikes(fault),
                None => self.dice.permille(self.rates.of(fault)),
            }
    }

    /// A fault that chance lets happen once in so many times that its rate would.
    pub(crate) fn strikes_rarely(&mut self, one_in: u64, fault: Fault) -> bool {
        (self.script.is_some() || self.dice.below(one_in) == 0) && self.strikes(fault)
    }

    pub(crate) fn tell(&mut self, text: fmt::Arguments<'_>) {
        self.trace.add(self.now, text);
    }

    pub(crate) fn violated(&mut self, what: String) {
        self.tell(format_args!("VIOLATION: {what}"));
        self.violation.get_or_insert(what);
    }

    /// The gateway's clock.
    pub(crate) fn gateway_now(&self) -> Timestamp {
        Timestamp::from_millis(self.gateway_began).plus(Duration::from_millis(self.now))
    }

    pub(crate) fn spins(&mut self, actions: u32, sale: SaleId) -> bool {
        let spins = actions > ACTIONS_IN_A_ROW;
        if spins {
            self.violated(format!("sale {} goes on and on without waiting", sale.as_i64()));
        }
        spins
    }
}

impl Till {
    fn new(number: u32, sales: u64, listens: bool) -> Self {
        Self {
            number,
            start: 1,
            alive: true,
            disk_failed: false,
            desk: desk(number, 1, Timestamp::default(), listens),
            dark_until: 0,
            listens,
            wall: BEGAN,
            sales: BTreeMap::new(),
            sales_left: sales,
            booted_at: 0,
        }
    }

    /// What the wall clock shows, in milliseconds since 1970.
    pub(crate) fn wall(&self, now: Millis) -> i64 {
        self.wall + i64::try_from(now).expect("small")
    }

    /// Starts the process again.
    pub(crate) fn restart(&mut self, now: Millis, numbers_from: Timestamp) {
        self.start += 1;
        self.alive = true;
        self.disk_failed = false;
        self.booted_at = now;
        self.desk = desk(self.number, self.start, numbers_from, self.listens);
    }
}

fn desk(number: u32, start: u32, numbers_from: Timestamp, listens: bool) -> Arc<Desk> {
    let notify_url = if listens { "http://127.0.0.1:8700/" } else { "https://guitai.invalid/notify" };
    let shop =
        Shop { body: "王记便利店-超市".to_owned(), till_number: number, notify_url: notify_url.to_owned() };
    Arc::new(Desk { shop, owner: format!("{number:x}{start:04x}"), code_key: [7; 32], numbers_from })
}
