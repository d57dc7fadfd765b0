//! Seeded random walks over a [`Sale`]: one against a gateway that says anything, one against a gateway
//! that tells the truth over a bad line, with a customer, a cashier and restarts from what was committed.

use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::time::Duration;

use super::fixtures::*;
use super::sale::{Attempt, Event, Sale, Step};
use super::*;
use crate::number::{OutTradeNo, SaleId};

const WALKS: u64 = 2_500;
const QR: u32 = 1;
const CODE: u32 = 2;
const STRANGER: u32 = 9;

/// Numerical Recipes' 64-bit generator, so that a failing seed fails again.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    /// True once in `times`.
    fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        let index = self.below(from.len() as u64);
        from[usize::try_from(index).unwrap()].clone()
    }
}

/// The numbers of the orders that the walks know; made once, because they are asked for all the time.
fn number(entropy: u32) -> OutTradeNo {
    static NUMBERS: LazyLock<BTreeMap<u32, OutTradeNo>> =
        LazyLock::new(|| [QR, CODE, STRANGER].map(|entropy| (entropy, order(entropy).out_trade_no)).into());
    NUMBERS[&entropy].clone()
}

fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

/// What everybody can see of a sale's steps and answers, and what must hold of them.
struct Watch {
    sale: Sale,
    now: Timestamp,
    on_the_way: Vec<(OutTradeNo, Call)>,
    charged_at: Option<Timestamp>,
    /// The cashier has left the sale.
    left: bool,
    /// The newest picture of the QR order, whether anybody saw it, and whether a query after it said unpaid.
    picture: Option<String>,
    seen: bool,
    unpaid_since: bool,
    outcomes: BTreeMap<OutTradeNo, Outcome>,
    /// What paid the sale as a whole, once something did.
    paid: Option<(OutTradeNo, Outcome)>,
    /// What is durable: the attempts as of their last commit.
    book: BTreeMap<OutTradeNo, String>,
}

impl Watch {
    fn begin(dice: &mut Dice) -> Self {
        let (sale, steps) = if dice.once_in(3) {
            Sale::by_code(SaleId::new(1), String::new(), order(CODE), code(), at(0))
        } else {
            Sale::by_qr(SaleId::new(1), String::new(), order(QR), dice.pick(&[1, 2, 100]))
        };
        let mut watch = Self {
            sale,
            now: at(0),
            on_the_way: Vec::new(),
            charged_at: None,
            left: false,
            picture: None,
            seen: false,
            unpaid_since: false,
            outcomes: BTreeMap::new(),
            paid: None,
            book: BTreeMap::new(),
        };
        watch.perform(&steps, &Event::Wakeup);
        watch
    }

    fn handle(&mut self, event: &Event) {
        if let Event::Answered(about, answer) = event {
            self.learn(about, answer);
        }
        self.left |= *event == Event::Leave;
        let steps = self.sale.handle(event.clone(), self.now);
        self.perform(&steps, event);
    }

    /// Hands in the answer to a call that is on its way.
    fn answer(&mut self, about: &OutTradeNo, answer: Answer) {
        self.on_the_way.retain(|(number, _)| number != about);
        self.handle(&Event::Answered(about.clone(), answer));
    }

    fn learn(&mut self, about: &OutTradeNo, answer: &Answer) {
        match answer {
            Answer::Created(CreateAnswer::Picture(code_url)) => {
                self.picture = Some(code_url.clone());
                (self.seen, self.unpaid_since) = (false, false);
            }
            Answer::Queried(answer) if *about == number(QR) => self.unpaid_since = *answer == QueryAnswer::Unpaid,
            _ => {}
        }
    }

    fn perform(&mut self, steps: &[Step], event: &Event) {
        for (index, (about, command)) in steps.iter().enumerate() {
            match command {
                Command::Commit => {
                    let attempt = self.sale.attempt(about).expect("a commit is about an attempt of the sale");
                    self.book.insert(about.clone(), serde_json::to_string(&attempt).unwrap());
                }
                Command::Send(call) => self.send(about, call, &steps[..index], event),
                Command::Show => {}
            }
        }
        self.check_the_view();
        self.check_the_outcomes(event);
        self.check_the_winner();
        self.check_that_it_goes_on();
    }

    fn send(&mut self, about: &OutTradeNo, call: &Call, before: &[Step], event: &Event) {
        assert!(self.on_the_way.iter().all(|(number, _)| number != about), "two calls on their way");
        if matches!(call, Call::Charge(_)) {
            assert_eq!(self.charged_at, None, "charged twice");
            assert!(!self.left, "charged after the cashier left");
            assert_eq!(*about, number(CODE));
            let own = before.iter().filter(|(number, _)| number == about);
            assert_eq!(own.map(|(_, command)| command.clone()).next(), Some(Command::Commit), "charged before commit");
            self.check_that_the_qr_is_dead();
            self.charged_at = Some(self.now);
        }
        if *call == Call::Reverse {
            let since = self.now.since(self.charged_at.expect("only a charge is reversed"));
            assert!(since >= seconds(15), "reversed after {since:?}");
            assert!(!matches!(self.outcomes.get(about), Some(Outcome::Paid(_) | Outcome::PaidLate(_))), "{event:?}");
        }
        self.on_the_way.push((about.clone(), call.clone()));
    }

    fn check_that_the_qr_is_dead(&self) {
        let Some(native) = self.sale.attempt(&number(QR)) else { return };
        let killed = self.picture.is_some() && !self.seen && self.unpaid_since;
        assert!(native.outcome() == Outcome::Closed || killed, "charged beside a living QR order");
    }

    fn check_the_view(&mut self) {
        let view = self.sale.view();
        if let Status::Showing { code_url, .. } = &view.status {
            assert_eq!(Some(code_url), self.picture.as_ref(), "an old picture is shown");
            assert_eq!(self.charged_at, None, "a picture is shown beside a charge");
            self.seen = true;
        }
    }

    /// Outcomes move forward; only a reversal may open again, by an answer that says paid or paying.
    fn check_the_outcomes(&mut self, event: &Event) {
        for attempt in [QR, CODE].iter().filter_map(|n| self.sale.attempt(&number(*n))) {
            let about = attempt.order().out_trade_no.clone();
            let after = attempt.outcome();
            let before = self.outcomes.insert(about.clone(), after.clone()).unwrap_or(Outcome::Open);
            if before == Outcome::Open || before == after {
                continue;
            }
            let alive = |answer: &QueryAnswer| matches!(answer, QueryAnswer::Paid(_) | QueryAnswer::Paying);
            let lost_charge = matches!(event, Event::Answered(number, Answer::Queried(answer))
                if *number == about && alive(answer));
            let again = before == Outcome::Reversed && after == Outcome::Open && lost_charge;
            assert!(again, "{before:?} became {after:?} by {event:?}");
        }
    }

    /// The book takes one winner a sale, and never a paid sale back.
    fn check_the_winner(&mut self) {
        let outcome = self.sale.outcome();
        let paid = matches!(outcome, Outcome::Paid(_) | Outcome::PaidLate(_));
        let stands = paid.then(|| (self.sale.view().out_trade_no, outcome));
        assert!(self.paid.is_none() || self.paid == stands, "{:?} became {stands:?}", self.paid);
        self.paid = stands;
    }

    fn check_that_it_goes_on(&self) {
        for attempt in [QR, CODE].iter().filter_map(|n| self.sale.attempt(&number(*n))) {
            let asked = self.on_the_way.iter().any(|(number, _)| *number == attempt.order().out_trade_no);
            let wakes = match &attempt {
                Attempt::Native(native) => native.next_wakeup(),
                Attempt::Micropay(micropay) => micropay.next_wakeup(),
            };
            assert!(asked != wakes.is_some() || (!asked && attempt.outcome() != Outcome::Open), "stuck: {attempt:?}");
        }
        if self.sale.is_over() {
            assert_eq!((self.on_the_way.len(), self.sale.next_wakeup()), (0, None), "over too early");
            assert_ne!(self.sale.outcome(), Outcome::Open);
        }
    }

    fn wake(&mut self) {
        if let Some(due) = self.sale.next_wakeup() {
            self.now = self.now.max(due);
            self.handle(&Event::Wakeup);
        }
    }

    /// What a cashier does, at any time.
    fn cashier(&mut self, dice: &mut Dice) {
        let event = match dice.below(10) {
            0..4 => Event::Scan(code(), order(CODE)),
            4 => Event::Leave,
            5 | 6 => Event::Cancel,
            7 => Event::Query,
            _ => Event::Renew,
        };
        self.handle(&event);
    }

    /// The process dies and another takes the sale up from the book.
    fn restart(&mut self) {
        let attempts: Vec<Attempt> = self.book.values().map(|json| serde_json::from_str(json).unwrap()).collect();
        self.sale = Sale::restore(SaleId::new(1), String::new(), attempts).expect("the first step is a commit");
        self.on_the_way.clear();
        self.outcomes.clear();
        self.paid = None;
        self.handle(&Event::Resume);
    }
}

// A gateway that says anything -------------------------------------------------------------------

fn any_query_answer(dice: &mut Dice) -> QueryAnswer {
    let answers = [
        QueryAnswer::Unpaid,
        QueryAnswer::Unpaid,
        QueryAnswer::Unpaid,
        QueryAnswer::Paying,
        QueryAnswer::NotExist,
        QueryAnswer::Unknown(busy()),
        QueryAnswer::NotSent(NotSent::Offline),
        QueryAnswer::Paid(receipt()),
        QueryAnswer::Closed,
        QueryAnswer::Revoked,
        QueryAnswer::PayError,
        QueryAnswer::Refunded(receipt()),
    ];
    dice.pick(&answers)
}

fn any_answer(dice: &mut Dice, call: &Call) -> Answer {
    let no = || refusal(Reason::BadRequest);
    match call {
        Call::Create => Answer::Created(match dice.below(12) {
            0 => CreateAnswer::AlreadyPaid,
            1 => CreateAnswer::Refused(dice.pick(&[no(), refusal(Reason::TooOften)])),
            2 => CreateAnswer::Unknown(busy()),
            3 => CreateAnswer::NotSent(NotSent::Offline),
            _ => CreateAnswer::Picture(format!("weixin://wxpay/bizpayurl?pr={}", dice.below(1 << 30))),
        }),
        Call::Charge(_) => Answer::Charged(dice.pick(&[
            ChargeAnswer::Paid(receipt()),
            ChargeAnswer::Paying,
            ChargeAnswer::Refused(no()),
            ChargeAnswer::Earlier(no()),
            ChargeAnswer::Unknown(busy()),
            ChargeAnswer::NotSent(NotSent::Offline),
        ])),
        Call::Query => Answer::Queried(any_query_answer(dice)),
        Call::Close => Answer::Closed(dice.pick(&[
            CloseAnswer::Closed,
            CloseAnswer::AlreadyPaid,
            CloseAnswer::TooEarly,
            CloseAnswer::TooEarly,
            CloseAnswer::Unknown(busy()),
            CloseAnswer::NotSent(NotSent::Offline),
        ])),
        Call::Reverse => Answer::Reversed(dice.pick(&[
            ReverseAnswer::Done,
            ReverseAnswer::Again,
            ReverseAnswer::Paying,
            ReverseAnswer::Expired,
            ReverseAnswer::Refused(no()),
            ReverseAnswer::Unknown(busy()),
            ReverseAnswer::NotSent(NotSent::Offline),
            ReverseAnswer::NotSent(NotSent::NoCertificate),
        ])),
    }
}

/// An answer that nobody asked for: of a kind or a number that is not on its way.
fn stray_answer(watch: &mut Watch, dice: &mut Dice) {
    let about = dice.pick(&[number(QR), number(CODE), number(STRANGER)]);
    let call = dice.pick(&[Call::Create, Call::Charge(code()), Call::Query, Call::Close, Call::Reverse]);
    if watch.on_the_way.contains(&(about.clone(), call.clone())) {
        return;
    }
    let before = watch.sale.clone();
    let answer = any_answer(dice, &call);
    let steps = watch.sale.handle(Event::Answered(about, answer.clone()), watch.now);
    assert_eq!((steps, &watch.sale), (Vec::new(), &before), "{answer:?}");
}

fn walk_with_a_liar(seed: u64) {
    let mut dice = Dice(seed);
    let mut watch = Watch::begin(&mut dice);
    for _ in 0..60 {
        watch.now = watch.now.plus(Duration::from_millis(dice.below(4_000)));
        match dice.below(10) {
            0..6 if !watch.on_the_way.is_empty() => {
                let (about, call) = dice.pick(&watch.on_the_way);
                let answer = any_answer(&mut dice, &call);
                watch.answer(&about, answer);
            }
            0..8 => watch.wake(),
            8 => watch.cashier(&mut dice),
            _ if dice.once_in(10) => watch.restart(),
            _ => stray_answer(&mut watch, &mut dice),
        }
    }
}

#[test]
fn whatever_a_gateway_says_the_rules_of_one_sale_hold() {
    for seed in 0..WALKS {
        walk_with_a_liar(seed);
    }
}

// A gateway that tells the truth over a bad line ---------------------------------------------------

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Truth {
    Nothing,
    Unpaid,
    /// At the password box since.
    Paying(Timestamp),
    Paid,
    /// Closed or reversed.
    Ended,
}

/// The gateway's own books, and the customer's phone.
struct World {
    qr: Truth,
    created_at: Timestamp,
    pictures: u64,
    /// The customer opened the payment page from a living picture.
    page_open: bool,
    charge: Truth,
    certificate: bool,
    /// Requests that the line still holds; they arrive later, or never.
    late: Vec<(OutTradeNo, Call)>,
    /// How bad the line is: three faults in so many calls; none if it is zero.
    line: u64,
}

impl World {
    fn new(dice: &mut Dice) -> Self {
        Self {
            qr: Truth::Nothing,
            created_at: at(0),
            pictures: 0,
            page_open: false,
            charge: Truth::Nothing,
            certificate: !dice.once_in(4),
            late: Vec::new(),
            line: dice.pick(&[12, 100]),
        }
    }

    fn code_url(&self) -> String {
        format!("weixin://wxpay/bizpayurl?pr={}", self.pictures)
    }

    /// Executes a call, and says what a perfect line would bring back.
    fn execute(&mut self, about: &OutTradeNo, call: &Call, now: Timestamp, dice: &mut Dice) -> Answer {
        match call {
            Call::Create => Answer::Created(self.create(now)),
            Call::Charge(_) => Answer::Charged(self.charge(now, dice)),
            Call::Query if *about == number(QR) => Answer::Queried(self.query_qr(dice)),
            Call::Query => Answer::Queried(self.query_charge(now)),
            Call::Close => Answer::Closed(self.close(now)),
            Call::Reverse => Answer::Reversed(self.reverse(now, dice)),
        }
    }

    fn create(&mut self, now: Timestamp) -> CreateAnswer {
        match self.qr {
            Truth::Paid => return CreateAnswer::AlreadyPaid,
            Truth::Ended => return CreateAnswer::Refused(refusal(Reason::OrderEnded)),
            Truth::Nothing => self.created_at = now,
            Truth::Unpaid | Truth::Paying(_) => {}
        }
        self.qr = Truth::Unpaid;
        self.pictures += 1;
        CreateAnswer::Picture(self.code_url())
    }

    fn close(&mut self, now: Timestamp) -> CloseAnswer {
        match self.qr {
            Truth::Paid => CloseAnswer::AlreadyPaid,
            Truth::Unpaid | Truth::Paying(_) if now.since(self.created_at) < seconds(300) => CloseAnswer::TooEarly,
            Truth::Unpaid | Truth::Paying(_) => {
                self.qr = Truth::Ended;
                CloseAnswer::Closed
            }
            Truth::Nothing | Truth::Ended => CloseAnswer::Closed,
        }
    }

    fn query_qr(&self, dice: &mut Dice) -> QueryAnswer {
        match self.qr {
            Truth::Nothing => QueryAnswer::NotExist,
            Truth::Unpaid | Truth::Paying(_) if self.page_open && dice.once_in(2) => QueryAnswer::Paying,
            Truth::Unpaid | Truth::Paying(_) => QueryAnswer::Unpaid,
            Truth::Paid => QueryAnswer::Paid(receipt()),
            Truth::Ended => QueryAnswer::Closed,
        }
    }

    fn charge(&mut self, now: Timestamp, dice: &mut Dice) -> ChargeAnswer {
        if self.charge != Truth::Nothing {
            return ChargeAnswer::Earlier(refusal(Reason::NumberUsed));
        }
        match dice.below(4) {
            0 => ChargeAnswer::Refused(refusal(Reason::NotEnough)),
            1 | 2 => {
                self.charge = Truth::Paying(now);
                ChargeAnswer::Paying
            }
            _ => {
                self.charge = Truth::Paid;
                ChargeAnswer::Paid(receipt())
            }
        }
    }

    fn query_charge(&mut self, now: Timestamp) -> QueryAnswer {
        self.give_up_waiting(now);
        match self.charge {
            Truth::Nothing => QueryAnswer::NotExist,
            Truth::Unpaid => QueryAnswer::Unpaid,
            Truth::Paying(_) => QueryAnswer::Paying,
            Truth::Paid => QueryAnswer::Paid(receipt()),
            Truth::Ended => QueryAnswer::Revoked,
        }
    }

    /// The gateway reverses by itself what nobody paid for 45 s.
    fn give_up_waiting(&mut self, now: Timestamp) {
        if matches!(self.charge, Truth::Paying(since) if now.since(since) >= seconds(45)) {
            self.charge = Truth::Ended;
        }
    }

    fn reverse(&mut self, now: Timestamp, dice: &mut Dice) -> ReverseAnswer {
        self.give_up_waiting(now);
        match self.charge {
            Truth::Paying(_) if dice.once_in(2) => return ReverseAnswer::Paying,
            Truth::Paid if dice.once_in(4) => return ReverseAnswer::Again,
            // An order that never arrived is "reversed" as well, and may still arrive.
            Truth::Nothing => {}
            Truth::Unpaid | Truth::Paying(_) | Truth::Paid | Truth::Ended => self.charge = Truth::Ended,
        }
        ReverseAnswer::Done
    }

    /// The customer's phone does something.
    fn customer(&mut self, screen: &Status, dice: &mut Dice) {
        let living = matches!(screen, Status::Showing { code_url, .. } if *code_url == self.code_url());
        match dice.below(3) {
            0 => self.page_open |= living && self.qr == Truth::Unpaid,
            1 if self.page_open && self.qr == Truth::Unpaid => self.qr = Truth::Paid,
            2 if matches!(self.charge, Truth::Paying(_)) => self.charge = Truth::Paid,
            _ => {}
        }
    }
}

fn no_answer(call: &Call, not_sent: bool) -> Answer {
    let (doubt, why) = (Doubt::NoAnswer, NotSent::Offline);
    match call {
        Call::Create if not_sent => Answer::Created(CreateAnswer::NotSent(why)),
        Call::Create => Answer::Created(CreateAnswer::Unknown(doubt)),
        Call::Charge(_) if not_sent => Answer::Charged(ChargeAnswer::NotSent(why)),
        Call::Charge(_) => Answer::Charged(ChargeAnswer::Unknown(doubt)),
        Call::Query if not_sent => Answer::Queried(QueryAnswer::NotSent(why)),
        Call::Query => Answer::Queried(QueryAnswer::Unknown(doubt)),
        Call::Close if not_sent => Answer::Closed(CloseAnswer::NotSent(why)),
        Call::Close => Answer::Closed(CloseAnswer::Unknown(doubt)),
        Call::Reverse if not_sent => Answer::Reversed(ReverseAnswer::NotSent(why)),
        Call::Reverse => Answer::Reversed(ReverseAnswer::Unknown(doubt)),
    }
}

const NO_FAULT: u64 = u64::MAX;

/// Brings one call over the line, which may lose the request, the reply, or keep the request for later.
fn deliver(watch: &mut Watch, world: &mut World, dice: &mut Dice) {
    let (about, call) = dice.pick(&watch.on_the_way);
    if call == Call::Reverse && !world.certificate {
        return watch.answer(&about, Answer::Reversed(ReverseAnswer::NotSent(NotSent::NoCertificate)));
    }
    let fault = if world.line > 0 { dice.below(world.line) } else { NO_FAULT };
    if fault == 0 {
        return watch.answer(&about, no_answer(&call, true));
    }
    watch.now = watch.now.plus(Duration::from_millis(if fault <= 3 { 10_000 } else { dice.below(3_000) }));
    match fault {
        1 => watch.answer(&about, no_answer(&call, false)),
        2 => {
            world.late.push((about.clone(), call.clone()));
            watch.answer(&about, no_answer(&call, false));
        }
        4 if call == Call::Create => {
            let no = refusal(dice.pick(&[Reason::TooOften, Reason::Settings]));
            watch.answer(&about, Answer::Created(CreateAnswer::Refused(no)));
        }
        _ => {
            let answer = world.execute(&about, &call, watch.now, dice);
            watch.answer(&about, if fault == 3 { no_answer(&call, false) } else { answer });
        }
    }
}

fn arrive_late(watch: &Watch, world: &mut World, dice: &mut Dice) {
    if world.late.is_empty() {
        return;
    }
    let index = usize::try_from(dice.below(world.late.len() as u64)).unwrap();
    let (about, call) = world.late.swap_remove(index);
    // A code is dead after a minute, so a charge that comes later is refused.
    let dead = matches!(call, Call::Charge(_)) && watch.charged_at.is_some_and(|at| watch.now.since(at) > seconds(60));
    if !dead {
        world.execute(&about, &call, watch.now, dice);
    }
}

/// The process dies; the requests on their way arrive, or not, or later.
fn die(watch: &mut Watch, world: &mut World, dice: &mut Dice) {
    for (about, call) in watch.on_the_way.clone() {
        match dice.below(3) {
            0 => drop(world.execute(&about, &call, watch.now, dice)),
            1 => world.late.push((about, call)),
            _ => {}
        }
    }
    watch.now = watch.now.plus(seconds(dice.pick(&[1, 30, 4_000])));
    watch.restart();
}

/// Never "nothing was taken" for money that the gateway keeps; `Reversed` is asked again for that.
fn check_the_words(watch: &Watch, world: &World) {
    let status = watch.sale.view().status;
    let taken = world.qr == Truth::Paid || world.charge == Truth::Paid;
    let denied = matches!(status, Status::Closed | Status::Declined(_) | Status::NotSent(_));
    // While the QR order is watched to its end, the charge's own "not paid" is true.
    assert!(!(taken && denied && watch.sale.is_over()), "{status:?}, but QR {:?}, charge {:?}", world.qr, world.charge);
    if matches!(status, Status::Paid(_) | Status::PaidLate(_)) {
        assert!(taken, "{status:?} without money");
    }
}

fn check_the_end(watch: &Watch, world: &World) {
    assert!(watch.sale.is_over());
    for (entropy, truth) in [(QR, world.qr), (CODE, world.charge)] {
        let outcome = watch.sale.attempt(&number(entropy)).map(|attempt| attempt.outcome());
        let said = matches!(outcome, Some(Outcome::Paid(_) | Outcome::PaidLate(_)));
        assert_eq!(said, truth == Truth::Paid, "{outcome:?}, but {truth:?}");
    }
    let (qr, charge) = (world.qr == Truth::Paid, world.charge == Truth::Paid);
    let said = matches!(watch.sale.outcome(), Outcome::Paid(_) | Outcome::PaidLate(_));
    assert_eq!(said, qr || charge, "{:?}", watch.sale.outcome());
    let also = matches!(watch.sale.view().notice, Some(Notice::AlsoPaid { .. }));
    assert_eq!(also, qr && charge);
    assert!(!(qr && charge) || world.page_open, "two charges kept");
}

/// How a walk ended, so that the walks can be seen to go everywhere.
fn walk_with_the_truth(seed: u64) -> &'static str {
    let mut dice = Dice(seed);
    let mut world = World::new(&mut dice);
    let mut watch = Watch::begin(&mut dice);
    for _ in 0..dice.below(100) {
        match dice.below(20) {
            0..9 if !watch.on_the_way.is_empty() => deliver(&mut watch, &mut world, &mut dice),
            0..13 => watch.wake(),
            13 => watch.cashier(&mut dice),
            14..18 => {
                let screen = watch.sale.view().status;
                world.customer(&screen, &mut dice);
            }
            18 => arrive_late(&watch, &mut world, &mut dice),
            _ if dice.once_in(4) => die(&mut watch, &mut world, &mut dice),
            _ => watch.now = watch.now.plus(seconds(dice.below(30))),
        }
        check_the_words(&watch, &world);
    }
    settle(&mut watch, &mut world, &mut dice);
    check_the_end(&watch, &world);
    match (world.qr == Truth::Paid, world.charge == Truth::Paid) {
        (true, true) => "both",
        (true, false) => "qr",
        (false, true) => "charge",
        (false, false) => "nothing",
    }
}

/// The line is good again and everybody leaves: the sale must come to its end by itself.
fn settle(watch: &mut Watch, world: &mut World, dice: &mut Dice) {
    world.line = 0;
    while !world.late.is_empty() {
        arrive_late(watch, world, dice);
    }
    watch.handle(&Event::Leave);
    for _ in 0..200 {
        if !watch.on_the_way.is_empty() {
            deliver(watch, world, dice);
        } else if watch.sale.next_wakeup().is_some() {
            watch.wake();
        } else {
            return;
        }
        check_the_words(watch, world);
    }
    panic!("no end: {:?}", watch.sale);
}

#[test]
fn with_a_truthful_gateway_no_money_is_denied_or_taken_twice() {
    let mut ends = BTreeMap::new();
    for seed in 0..WALKS {
        *ends.entry(walk_with_the_truth(seed)).or_insert(0_u64) += 1;
    }
    for end in ["both", "charge", "nothing", "qr"] {
        assert!(ends.get(end).is_some_and(|count| *count >= 3), "the walks don't go everywhere: {ends:?}");
    }
}
