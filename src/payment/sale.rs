//! A sale: one thing to be paid, with one winner.
//!
//! A sale has a QR order, or a scanned charge, or first the one and then the other. The charge goes out
//! only when the QR order can't be paid from its picture any more ([`native::GaveWay`]); the QR order
//! is watched to its end all the same, and a second payment is told, never dropped.

use serde::{Deserialize, Serialize};

use super::native::GaveWay;
use super::words::{Answer, Order};
use super::{Command, Notice, Outcome, SaleView, Status, micropay, native};
use crate::money::Fen;
use crate::number::{AuthCode, OutRefundNo, OutTradeNo, SaleId};
use crate::timestamp::Timestamp;

/// One sale with its attempts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sale {
    id: SaleId,
    amount: Fen,
    note: String,
    started_at: Timestamp,
    native: Option<native::Native>,
    micropay: Option<micropay::Micropay>,
    /// A scanned code that waits for the QR order to give way. Never stored.
    held: Option<(AuthCode, Order)>,
    /// The last scan while the QR was up came to nothing.
    scan_not_taken: bool,
    /// Taken up again after a restart: nobody stands at the counter for it.
    resumed: bool,
    /// What paid the sale first; a later payment of it changes nothing.
    winner: Option<Winner>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Winner {
    Native,
    Micropay,
}

/// One of a sale's attempts, as the book keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attempt {
    Native(native::Native),
    Micropay(micropay::Micropay),
}

/// What can happen to a sale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    Answered(OutTradeNo, Answer),
    /// [`Sale::next_wakeup`] has come.
    Wakeup,
    /// A payment code was scanned while the QR is up; `Order` is what it would be charged for.
    Scan(AuthCode, Order),
    /// F5
    Renew,
    /// F6
    Query,
    /// F7
    Cancel,
    /// Esc
    Leave,
    /// The gateway reports this order as paid.
    Reported(OutTradeNo),
    /// Taken up again after a restart.
    Resume,
}

/// A command, and the attempt it is about.
pub type Step = (OutTradeNo, Command);

impl Sale {
    /// Begins a sale by QR code, with at most `pictures` pictures of five minutes each.
    pub fn by_qr(id: SaleId, note: String, order: Order, pictures: u32) -> (Self, Vec<Step>) {
        let mut sale = Self::new(id, note, &order);
        let number = order.out_trade_no.clone();
        let (native, commands) = native::Native::start(order, pictures);
        sale.native = Some(native);
        (sale, about(&number, commands))
    }

    /// Begins a sale by a scanned code.
    pub fn by_code(id: SaleId, note: String, order: Order, code: AuthCode, now: Timestamp) -> (Self, Vec<Step>) {
        let mut sale = Self::new(id, note, &order);
        let steps = sale.charge(order, code, now);
        (sale, steps)
    }

    /// A sale as the book remembers it; [`Event::Resume`] takes it up again.
    pub fn restore(id: SaleId, note: String, attempts: Vec<Attempt>) -> Option<Self> {
        let mut sale = Self::new(id, note, attempts.first()?.order());
        for attempt in attempts {
            match attempt {
                Attempt::Native(native) => sale.native = Some(native),
                Attempt::Micropay(micropay) => sale.micropay = Some(micropay),
            }
        }
        sale.winner = sale.find_winner();
        Some(sale)
    }

    fn new(id: SaleId, note: String, order: &Order) -> Self {
        Self {
            id,
            amount: order.total_fee,
            note,
            started_at: order.created_at,
            native: None,
            micropay: None,
            held: None,
            scan_not_taken: false,
            resumed: false,
            winner: None,
        }
    }

    pub fn handle(&mut self, event: Event, now: Timestamp) -> Vec<Step> {
        let steps = self.happened(event, now);
        self.winner = self.winner.or_else(|| self.find_winner());
        steps
    }

    fn happened(&mut self, event: Event, now: Timestamp) -> Vec<Step> {
        match event {
            Event::Answered(number, answer) => self.answered(&number, answer, now),
            Event::Wakeup => self.wake(now),
            Event::Scan(code, order) => self.scan(code, order, now),
            Event::Renew => self.tell_native(native::Event::Renew, now),
            Event::Query if self.micropay.is_some() => self.tell_micropay(micropay::Event::Query, now),
            Event::Query => self.tell_native(native::Event::Query, now),
            Event::Cancel => self.tell_micropay(micropay::Event::Cancel, now),
            Event::Leave => {
                self.held = None;
                self.tell_native(native::Event::Leave, now)
            }
            Event::Reported(number) if self.is_native(&number) => self.tell_native(native::Event::Reported, now),
            Event::Reported(number) if self.is_micropay(&number) => self.tell_micropay(micropay::Event::Reported, now),
            Event::Reported(_) => Vec::new(),
            Event::Resume => {
                self.resumed = true;
                let mut steps = self.tell_native(native::Event::Resume, now);
                steps.extend(self.tell_micropay(micropay::Event::Resume, now));
                steps
            }
        }
    }

    fn answered(&mut self, number: &OutTradeNo, answer: Answer, now: Timestamp) -> Vec<Step> {
        let is_native = self.is_native(number);
        if !is_native && !self.is_micropay(number) {
            return Vec::new();
        }
        match (is_native, answer) {
            (true, Answer::Created(answer)) => self.tell_native(native::Event::Created(answer), now),
            (true, Answer::Queried(answer)) => self.tell_native(native::Event::Queried(answer), now),
            (true, Answer::Closed(answer)) => self.tell_native(native::Event::Closed(answer), now),
            (false, Answer::Charged(answer)) => self.tell_micropay(micropay::Event::Charged(answer), now),
            (false, Answer::Queried(answer)) => self.tell_micropay(micropay::Event::Queried(answer), now),
            (false, Answer::Reversed(answer)) => self.tell_micropay(micropay::Event::Reversed(answer), now),
            // A native order is never charged or reversed, a charge never created or closed.
            (true, Answer::Charged(_) | Answer::Reversed(_)) | (false, Answer::Created(_) | Answer::Closed(_)) => {
                Vec::new()
            }
        }
    }

    fn is_native(&self, number: &OutTradeNo) -> bool {
        self.native.as_ref().is_some_and(|native| native.order().out_trade_no == *number)
    }

    fn is_micropay(&self, number: &OutTradeNo) -> bool {
        self.micropay.as_ref().is_some_and(|micropay| micropay.order().out_trade_no == *number)
    }

    fn wake(&mut self, now: Timestamp) -> Vec<Step> {
        let due = |at: Option<Timestamp>| at.is_some_and(|at| at <= now);
        let mut steps = Vec::new();
        if due(self.native.as_ref().and_then(native::Native::next_wakeup)) {
            steps.extend(self.tell_native(native::Event::Wakeup, now));
        }
        if due(self.micropay.as_ref().and_then(micropay::Micropay::next_wakeup)) {
            steps.extend(self.tell_micropay(micropay::Event::Wakeup, now));
        }
        steps
    }

    /// A scan is taken only while the QR order is the sale's one attempt, nobody has left or paid it,
    /// nothing is held yet, and the sale is this process's own.
    fn scan(&mut self, code: AuthCode, order: Order, now: Timestamp) -> Vec<Step> {
        let open = self.native.as_ref().is_some_and(native::Native::takes_a_scan);
        if self.micropay.is_some() || self.held.is_some() || self.resumed || !open {
            return Vec::new();
        }
        self.scan_not_taken = false;
        self.held = Some((code, order));
        self.tell_native(native::Event::GiveWay, now)
    }

    fn tell_native(&mut self, event: native::Event, now: Timestamp) -> Vec<Step> {
        let Some(native) = &mut self.native else { return Vec::new() };
        let number = native.order().out_trade_no.clone();
        let mut steps = about(&number, native.handle(event, now));
        let gave_way = native.gave_way();
        steps.extend(self.let_the_scan_through(gave_way, now));
        steps
    }

    fn let_the_scan_through(&mut self, gave_way: GaveWay, now: Timestamp) -> Vec<Step> {
        match (gave_way, self.held.take()) {
            (GaveWay::Yes, Some((code, order))) => self.charge(order, code, now),
            (GaveWay::NotYet, held) => {
                self.held = held;
                Vec::new()
            }
            (GaveWay::No, Some(_)) => {
                self.scan_not_taken = true;
                Vec::new()
            }
            (GaveWay::Yes | GaveWay::No, None) => Vec::new(),
        }
    }

    fn tell_micropay(&mut self, event: micropay::Event, now: Timestamp) -> Vec<Step> {
        let Some(micropay) = &mut self.micropay else { return Vec::new() };
        let commands = micropay.handle(event, now);
        about(&micropay.order().out_trade_no, commands)
    }

    fn charge(&mut self, order: Order, code: AuthCode, now: Timestamp) -> Vec<Step> {
        let number = order.out_trade_no.clone();
        // The order was made when the code was scanned; the charge counts from now.
        let (micropay, commands) = micropay::Micropay::start(order, code, now);
        self.micropay = Some(micropay);
        about(&number, commands)
    }

    pub fn id(&self) -> SaleId {
        self.id
    }

    pub fn note(&self) -> &str {
        &self.note
    }

    pub fn attempt(&self, number: &OutTradeNo) -> Option<Attempt> {
        let native = self.native.clone().map(Attempt::Native);
        let micropay = self.micropay.clone().map(Attempt::Micropay);
        native.into_iter().chain(micropay).find(|attempt| attempt.order().out_trade_no == *number)
    }

    /// The states of the QR order and of the charge, as the book names them.
    pub fn state_names(&self) -> (Option<&'static str>, Option<&'static str>) {
        (
            self.native.as_ref().map(native::Native::state_name),
            self.micropay.as_ref().map(micropay::Micropay::state_name),
        )
    }

    /// When [`Event::Wakeup`] is due.
    pub fn next_wakeup(&self) -> Option<Timestamp> {
        let native = self.native.as_ref().and_then(native::Native::next_wakeup);
        let micropay = self.micropay.as_ref().and_then(micropay::Micropay::next_wakeup);
        native.into_iter().chain(micropay).min()
    }

    /// Until when nothing happens by itself, if no answer is awaited.
    pub fn rests_until(&self) -> Option<Timestamp> {
        let asking = self.native.as_ref().is_some_and(native::Native::awaits_an_answer)
            || self.micropay.as_ref().is_some_and(micropay::Micropay::awaits_an_answer);
        if asking { None } else { self.next_wakeup() }
    }

    /// Whether no attempt of the sale has anything left to do.
    pub fn is_over(&self) -> bool {
        // A wake-up alone would not tell: while the answer to a late question is awaited there is none.
        self.native.as_ref().is_none_or(native::Native::has_nothing_to_do)
            && self.micropay.as_ref().is_none_or(micropay::Micropay::has_nothing_to_do)
    }

    /// How the sale as a whole stands: what paid it first, else the charge once there is one.
    pub fn outcome(&self) -> Outcome {
        let native = self.native.as_ref().map(native::Native::outcome);
        let micropay = self.micropay.as_ref().map(micropay::Micropay::outcome);
        match self.winner {
            Some(Winner::Native) => native,
            Some(Winner::Micropay) => micropay,
            None => micropay.or(native),
        }
        .unwrap_or(Outcome::NotPaid)
    }

    /// Which attempt has paid the sale. A charge that is being undone has lost against a paid QR order; one
    /// that is open may still win.
    fn find_winner(&self) -> Option<Winner> {
        let native = self.native.as_ref().map(native::Native::outcome);
        let undoing = self.micropay.as_ref().is_some_and(micropay::Micropay::is_reversing);
        let qr_paid = matches!(native, Some(Outcome::Paid(_) | Outcome::PaidLate(_)));
        match self.micropay.as_ref().map(micropay::Micropay::outcome) {
            Some(Outcome::Paid(_) | Outcome::PaidLate(_)) => Some(Winner::Micropay),
            Some(Outcome::Open) if !undoing => None,
            Some(Outcome::Open | Outcome::NotPaid | Outcome::Reversed | Outcome::Closed) | None => {
                qr_paid.then_some(Winner::Native)
            }
        }
    }

    /// The orders whose payment goes back by itself, each with the number of its one refund: what was paid beside
    /// another payment of the sale, what was paid after a person had left it, and a charge that was to be undone.
    pub fn gives_back(&self) -> Vec<(OutRefundNo, &Order)> {
        let native = self.native.as_ref().filter(|native| match self.winner {
            Some(Winner::Micropay) => matches!(native.outcome(), Outcome::Paid(_) | Outcome::PaidLate(_)),
            Some(Winner::Native) | None => native.was_paid_after_leaving(),
        });
        let micropay = self.micropay.as_ref().filter(|micropay| match micropay.outcome() {
            Outcome::Paid(_) => self.winner == Some(Winner::Native),
            // It could not be reversed, or it was told as not paid.
            Outcome::PaidLate(_) => true,
            Outcome::Open | Outcome::NotPaid | Outcome::Reversed | Outcome::Closed => false,
        });
        let native = native.map(|native| (native.goes_back_as(), native.order()));
        let micropay = micropay.map(|micropay| {
            let order = micropay.order();
            (OutRefundNo::of_order(&order.out_trade_no), order)
        });
        native.into_iter().chain(micropay).collect()
    }

    fn notice(&self) -> Option<Notice> {
        self.second_payment().or_else(|| {
            let shown = &self.view_number();
            self.gives_back().iter().any(|(_, order)| order.out_trade_no == *shown).then_some(Notice::GoesBack)
        })
    }

    fn second_payment(&self) -> Option<Notice> {
        let native = self.native.as_ref()?;
        let Some(micropay) = &self.micropay else {
            return (self.scan_not_taken && !native.was_paid()).then_some(Notice::ScanNotTaken);
        };
        let (order, outcome) = match self.winner {
            Some(Winner::Native) => (micropay.order(), micropay.outcome()),
            Some(Winner::Micropay) | None => (native.order(), native.outcome()),
        };
        match outcome {
            Outcome::Paid(receipt) | Outcome::PaidLate(receipt) => {
                Some(Notice::AlsoPaid { out_trade_no: order.out_trade_no.clone(), receipt })
            }
            Outcome::Open | Outcome::NotPaid | Outcome::Reversed | Outcome::Closed => None,
        }
    }

    /// The number of the attempt that the view speaks of.
    fn view_number(&self) -> OutTradeNo {
        self.shown().0
    }

    pub fn view(&self) -> SaleView {
        let (number, status) = self.shown();
        SaleView {
            id: self.id,
            amount: self.amount,
            note: self.note.clone(),
            started_at: self.started_at,
            out_trade_no: number,
            status,
            notice: self.notice(),
        }
    }

    fn shown(&self) -> (OutTradeNo, Status) {
        match (&self.micropay, &self.native) {
            (Some(_), Some(native)) if self.winner == Some(Winner::Native) => {
                (native.order().out_trade_no.clone(), native.status())
            }
            (Some(micropay), _) => (micropay.order().out_trade_no.clone(), micropay.status()),
            (None, Some(native)) => {
                let status = match native.status() {
                    // While a scan waits, the picture must not be scanned any more.
                    Status::Showing { .. } if self.held.is_some() => Status::GivingWay { since: self.started_at },
                    status => status,
                };
                (native.order().out_trade_no.clone(), status)
            }
            (None, None) => unreachable!("a sale is begun with an attempt"),
        }
    }
}

impl Attempt {
    pub fn order(&self) -> &Order {
        match self {
            Self::Native(native) => native.order(),
            Self::Micropay(micropay) => micropay.order(),
        }
    }

    pub fn outcome(&self) -> Outcome {
        match self {
            Self::Native(native) => native.outcome(),
            Self::Micropay(micropay) => micropay.outcome(),
        }
    }

    /// Read back from a backup, so that it may be older than the truth.
    pub fn restored(&mut self) {
        match self {
            // It asks before it does anything else, and does nothing that can't be taken back without an answer.
            Self::Native(_) => {}
            Self::Micropay(micropay) => micropay.restored(),
        }
    }

    /// The gateway reports it as paid, and nobody drives it.
    pub fn reported(&mut self, now: Timestamp) {
        match self {
            Self::Native(native) => native.reported(now),
            Self::Micropay(micropay) => micropay.reported(now),
        }
    }

    /// The state's name, as the book keeps it.
    pub fn state_name(&self) -> &'static str {
        match self {
            Self::Native(native) => native.state_name(),
            Self::Micropay(micropay) => micropay.state_name(),
        }
    }

    pub fn status(&self) -> Status {
        match self {
            Self::Native(native) => native.status(),
            Self::Micropay(micropay) => micropay.status(),
        }
    }

    /// Whether it is neither yes nor no although the customer may have been charged. A QR order that is
    /// shown or being closed is not: nobody has been asked to pay it for certain.
    pub fn is_in_doubt(&self) -> bool {
        match self {
            Self::Native(native) => native.outcome() == Outcome::Open && native.was_paid(),
            Self::Micropay(micropay) => micropay.outcome() == Outcome::Open,
        }
    }

    /// Whether nothing of it is left to do; a final attempt may still have a late question to ask.
    pub fn is_over(&self) -> bool {
        match self {
            Self::Native(native) => native.has_nothing_to_do(),
            Self::Micropay(micropay) => micropay.has_nothing_to_do(),
        }
    }

    pub fn method(&self) -> &'static str {
        match self {
            Self::Native(_) => "native",
            Self::Micropay(_) => "micropay",
        }
    }
}

fn about(number: &OutTradeNo, commands: Vec<Command>) -> Vec<Step> {
    commands.into_iter().map(|command| (number.clone(), command)).collect()
}

#[cfg(test)]
#[path = "sale_tests.rs"]
mod tests;
