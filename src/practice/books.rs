//! The books of the simulated gateway, pure: a request and the time go in, a reply comes out.
//!
//! What happens by itself as time passes (a customer who pays after two seconds, the reverse after 45)
//! stands in an agenda, and [`Books::advance`] brings it up to date before anything else is done.

mod call;
mod closeorder;
mod customer;
mod inbound;
mod micropay;
mod notify;
mod order;
mod orderquery;
mod outbound;
mod refund;
mod refundquery;
mod reverse;
mod sends;
mod steer;
#[cfg(test)]
mod tests;
mod trace;
mod unifiedorder;

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::timestamp::Timestamp;

use call::{Call, Route};
use customer::{Appointment, Due};
use inbound::{Inbound, Keys};
use micropay::AUTO_REVERSE;
use notify::{Address, Notice};
use order::{Coupon, Kind, Order, Payment, Stage, State};
use outbound::{Envelope, Outcome, Refusal};
use sends::Window;

use super::phone::{Button, Customer, ShownCode};
use super::{MCH_ID, SANDBOX_KEY};

pub use customer::ScanRefused;
pub use inbound::Request;
pub use notify::Outgoing;
pub use outbound::Reply;
pub use sends::RefundSend;
pub use trace::Line;

/// `time_expire` must lie so far ahead (text of the live gateway: code pay 1 minute, others 5).
const MIN_EXPIRY_MICROPAY: Duration = Duration::from_secs(60);
const MIN_EXPIRY_NATIVE: Duration = Duration::from_secs(5 * 60);
/// An unpaid order closes by itself after so long.
const AUTO_CLOSE: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// How long a payment code lives after the phone showed it.
const CODE_LIFE: Duration = Duration::from_secs(60);
/// Finished orders beyond this many, and codes, are forgotten, the oldest first. Books in a folder keep fewer:
/// they are written whole with every change.
const KEPT_ORDERS: usize = 50_000;
pub(super) const KEPT_ORDERS_IN_FOLDER: usize = 2_000;
const KEPT_CODES: usize = 4_000;
/// The version of the stored form.
pub(super) const FORMAT: u32 = 2;

/// Rules of the gateway that a test may turn off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// closeorder is refused in an order's first five minutes.
    pub five_minutes_before_close: bool,
    /// How long a refund is `PROCESSING`.
    pub refund_takes: Duration,
    /// What was paid until then went to the merchant's bank: refunds come out of what was paid since, and are
    /// `NOTENOUGH` beyond that. `None`: the merchant's account is never short.
    pub settled_at: Option<Timestamp>,
}

impl Default for Rules {
    fn default() -> Self {
        Self { five_minutes_before_close: true, refund_takes: Duration::from_secs(10), settled_at: None }
    }
}

/// What all who share the books see; this is what is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Shared {
    format: u32,
    seed: u64,
    drawn: u64,
    next_serial: u64,
    orders: BTreeMap<u64, Order>,
    agenda: BTreeSet<Appointment>,
    /// Payment codes by their digest: the codes themselves are as good as money, and aren't stored.
    codes: BTreeMap<String, Code>,
    /// The Beijing day of `password_free`.
    day: Timestamp,
    /// Password-free payments of that day by payer.
    password_free: BTreeMap<String, u32>,
    #[serde(default, skip_serializing_if = "Window::is_empty")]
    refund_window: Window,
    /// Notifications that nobody took yet, and the number of the next.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    notices: BTreeMap<u64, Notice>,
    #[serde(default)]
    next_notice: u64,
    trace: VecDeque<Line>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Code {
    since: Timestamp,
    used: bool,
}

/// What belongs to one process alone: its customer.
#[derive(Debug, Clone, Default)]
struct Local {
    customer: Customer,
    /// What the customer does with the next code that is charged.
    armed: Option<Button>,
    /// The order that the phone last saw.
    focus: Option<u64>,
    /// The payment code that the phone last showed.
    code: Option<ShownCode>,
    rules: Rules,
    nonces: u64,
    /// Trace lines written by this process, the forgotten ones included.
    lines: u64,
    /// The refund requests that came to this process.
    refund_sends: VecDeque<RefundSend>,
}

/// The simulated WeChat Pay without clock, disk or network.
#[derive(Debug, Clone)]
pub struct Books {
    shared: Shared,
    local: Local,
    numbers: HashMap<String, u64>,
    transactions: HashMap<String, u64>,
    /// The order of each `out_refund_no`.
    refunds: HashMap<String, u64>,
    /// The `out_refund_no` of each `refund_id`.
    refund_ids: HashMap<String, String>,
    revision: u64,
    kept_orders: usize,
    keys: Keys,
}

impl Books {
    /// Empty books; all numbers they make follow from `seed`.
    pub fn new(seed: u64) -> Self {
        Self::over(Shared {
            format: FORMAT,
            seed,
            drawn: 0,
            next_serial: 1,
            orders: BTreeMap::new(),
            agenda: BTreeSet::new(),
            codes: BTreeMap::new(),
            day: Timestamp::default(),
            password_free: BTreeMap::new(),
            refund_window: Window::default(),
            notices: BTreeMap::new(),
            next_notice: 0,
            trace: VecDeque::new(),
        })
    }

    fn over(shared: Shared) -> Self {
        let mut books = Self {
            shared,
            local: Local::default(),
            numbers: HashMap::new(),
            transactions: HashMap::new(),
            refunds: HashMap::new(),
            refund_ids: HashMap::new(),
            revision: 0,
            kept_orders: KEPT_ORDERS,
            keys: Keys::default(),
        };
        books.index();
        books
    }

    /// What is to be stored.
    pub(super) fn shared(&self) -> &Shared {
        &self.shared
    }

    /// Forgets finished orders beyond so many.
    pub(super) fn keep_orders(&mut self, most: usize) {
        self.kept_orders = most;
    }

    /// Takes over what another process stored; the customer stays this process's own.
    pub(super) fn replace(&mut self, shared: Shared) {
        self.shared = Shared { format: FORMAT, ..shared };
        self.index();
    }

    fn index(&mut self) {
        let orders = || self.shared.orders.values();
        self.numbers = orders().map(|order| (order.out_trade_no.clone(), order.serial)).collect();
        self.transactions = orders()
            .filter_map(|order| {
                let paid = order.payment().or(order.returned.as_ref())?;
                Some((paid.transaction_id.clone(), order.serial))
            })
            .collect();
        let refunds = || orders().flat_map(|order| order.refunds.iter().map(|refund| (refund, order.serial)));
        self.refunds = refunds().map(|(refund, serial)| (refund.out_refund_no.clone(), serial)).collect();
        self.refund_ids = refunds().map(|(refund, _)| (refund.id.clone(), refund.out_refund_no.clone())).collect();
    }

    /// Grows with every change of what is stored.
    pub(super) fn revision(&self) -> u64 {
        self.revision
    }

    pub fn rules(&self) -> Rules {
        self.local.rules
    }

    pub fn set_rules(&mut self, rules: Rules) {
        self.local.rules = rules;
    }

    /// Answers one request at `now`.
    pub fn handle(&mut self, request: &Request<'_>, now: Timestamp) -> Reply {
        self.advance(now);
        let Some(route) = Route::find(request.path) else {
            return Reply::html(404, "Not Found");
        };
        if route.call.needs_certificate() && !request.has_client_certificate {
            self.note_request(now, request.path, "not accepted: no client certificate");
            return Reply::html(400, "No required SSL certificate was sent");
        }
        let inbound = match Inbound::read(request, route, &self.keys) {
            Ok(inbound) => inbound,
            Err(reply) => {
                self.note_request(now, request.path, "not accepted, return_code=FAIL");
                return reply;
            }
        };
        let outcome = match inbound.check() {
            Ok(()) if route.call == Call::GetSignKey => return Reply::sandbox_key(MCH_ID, SANDBOX_KEY),
            Ok(()) => self.answer(&inbound, now),
            Err(refusal) => refusal.into(),
        };
        if let Err(refusal) = &outcome.answer {
            self.note_refusal(now, &inbound, refusal);
        }
        let nonce_str = self.nonce();
        let envelope = Envelope {
            appid: inbound.get("appid"),
            mch_id: inbound.text("mch_id"),
            key: self.keys.of(route),
            sign_type: inbound.sign_type,
            nonce_str,
        };
        envelope.seal(outcome)
    }

    fn answer(&mut self, inbound: &Inbound, now: Timestamp) -> Outcome {
        match inbound.route.call {
            Call::UnifiedOrder => unifiedorder::answer(self, inbound, now),
            Call::Micropay => micropay::answer(self, inbound, now),
            Call::OrderQuery => orderquery::answer(self, inbound, now),
            Call::CloseOrder => closeorder::answer(self, inbound, now),
            Call::Reverse => reverse::answer(self, inbound, now),
            Call::Refund => refund::answer(self, inbound, now),
            Call::RefundQuery => refundquery::answer(self, inbound, now),
            Call::GetSignKey => Ok(crate::wechat::xml::Fields::new()).into(),
        }
    }

    /// A number that follows from the seed and how many were drawn.
    fn draw(&mut self) -> u64 {
        self.revision += 1;
        self.shared.drawn += 1;
        mix(self.shared.seed.wrapping_add(self.shared.drawn.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
    }

    /// A nonce for a reply; drawing one is no change of the books.
    fn nonce(&mut self) -> String {
        self.local.nonces += 1;
        let high = mix(!self.shared.seed ^ self.local.nonces);
        format!("{high:016x}{:016x}", mix(high))
    }

    /// The end of a new `code_url`.
    fn new_picture(&mut self) -> String {
        const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        let mut number = self.draw();
        let mut letter = || {
            let index = usize::try_from(number % 62).expect("less than 62");
            number /= 62;
            char::from(LETTERS[index])
        };
        (0..7).map(|_| letter()).collect()
    }

    fn find(&self, out_trade_no: &str) -> Option<&Order> {
        self.numbers.get(out_trade_no).and_then(|serial| self.shared.orders.get(serial))
    }

    fn find_transaction(&self, transaction_id: &str) -> Option<&Order> {
        self.transactions.get(transaction_id).and_then(|serial| self.shared.orders.get(serial))
    }

    /// An order that is known to be there: a serial is only kept while its order is open, and only
    /// finished orders are forgotten.
    fn order(&self, serial: u64) -> &Order {
        &self.shared.orders[&serial]
    }

    fn change(&mut self, serial: u64, change: impl FnOnce(&mut Order)) {
        self.revision += 1;
        if let Some(order) = self.shared.orders.get_mut(&serial) {
            change(order);
        }
    }

    fn add_order(&mut self, inbound: &Inbound, kind: Kind, now: Timestamp) -> u64 {
        self.forget_old_orders();
        self.revision += 1;
        let serial = self.shared.next_serial;
        self.shared.next_serial += 1;
        // A charged code is not notified (manual, payment result notify).
        let notify = if kind == Kind::Micropay { None } else { Address::of(inbound) };
        let order = Order {
            serial,
            out_trade_no: inbound.text("out_trade_no").to_owned(),
            total_fee: inbound.total_fee(),
            body: inbound.text("body").to_owned(),
            attach: inbound.text("attach").to_owned(),
            device_info: inbound.text("device_info").to_owned(),
            created_at: now,
            expires_at: inbound.time("time_expire"),
            terms: digest(inbound.terms()),
            kind,
            payer: None,
            state: State::NotPay,
            stage: Stage::Untouched,
            hidden_until: None,
            returned: None,
            reverses: 0,
            queries_fail: false,
            notify,
            refunds: Vec::new(),
            refund_tries: 0,
            refunds_hidden_until: None,
        };
        if !order.is_micropay() {
            self.plan(now.plus(AUTO_CLOSE), serial, Due::AutoClose);
        }
        self.numbers.insert(order.out_trade_no.clone(), serial);
        self.shared.orders.insert(serial, order);
        serial
    }

    fn forget_old_orders(&mut self) {
        // Some slack, so that the search isn't made for every order.
        if self.shared.orders.len() < self.kept_orders + self.kept_orders / 10 {
            return;
        }
        let excess = self.shared.orders.len() - self.kept_orders;
        let orders = self.shared.orders.values();
        let old: Vec<u64> = orders.filter(|order| order.is_finished()).map(|order| order.serial).take(excess).collect();
        for serial in old {
            self.shared.orders.remove(&serial);
            self.local.focus = self.local.focus.filter(|focus| *focus != serial);
        }
        self.index();
    }

    /// Takes the code for a charge; a code serves one, and lives a minute.
    fn take_code(&mut self, code: &str, now: Timestamp) -> Result<(), Refusal> {
        let known = self.shared.codes.get(&digest([("auth_code", code)])).copied();
        match known {
            Some(Code { used: true, .. }) => {
                Err(Refusal::new("AUTH_CODE_ERROR", "授权码参数错误，每个二维码仅限使用一次，请刷新再试"))
            }
            Some(Code { since, .. }) if now > since.plus(CODE_LIFE) => {
                Err(Refusal::new("AUTHCODEEXPIRE", "二维码已过期，请用户在微信上刷新后再试"))
            }
            Some(_) | None => {
                self.remember_code(code, Code { since: now, used: true });
                Ok(())
            }
        }
    }

    fn remember_code(&mut self, code: &str, entry: Code) {
        self.revision += 1;
        if self.shared.codes.len() >= KEPT_CODES + KEPT_CODES / 10 {
            let mut ages: Vec<Timestamp> = self.shared.codes.values().map(|code| code.since).collect();
            ages.sort_unstable();
            let limit = ages[ages.len() - KEPT_CODES];
            self.shared.codes.retain(|_, code| code.since >= limit);
        }
        self.shared.codes.insert(digest([("auth_code", code)]), entry);
    }

    fn pay(&mut self, serial: u64, now: Timestamp) {
        let transaction_id = self.transaction_id(now);
        let coupons = coupons(self.order(serial).total_fee.as_i64());
        self.transactions.insert(transaction_id.clone(), serial);
        let payment = Payment { transaction_id, paid_at: now, coupons };
        self.finish(serial, State::Success(payment), "paid", now);
        self.notify_paid(serial, now);
    }

    fn fail(&mut self, serial: u64, why: &'static str, now: Timestamp) {
        self.finish(serial, State::PayError, why, now);
    }

    fn close(&mut self, serial: u64, why: &'static str, now: Timestamp) {
        self.finish(serial, State::Closed, why, now);
    }

    fn finish(&mut self, serial: u64, state: State, why: &'static str, now: Timestamp) {
        let created_at = self.order(serial).created_at;
        self.change(serial, |order| {
            order.state = state;
            order.stage = Stage::Left;
        });
        // The two that lie far ahead; anything nearer finds the order finished and does nothing.
        for (after, due) in [(AUTO_CLOSE, Due::AutoClose), (AUTO_REVERSE, Due::AutoReverse)] {
            self.shared.agenda.remove(&Appointment { at: created_at.plus(after), serial, due });
        }
        self.note(now, serial, why);
    }

    /// 28 digits: 4200, six digits, the day, ten digits.
    fn transaction_id(&mut self, now: Timestamp) -> String {
        let (head, tail) = (self.draw() % 1_000_000, self.draw() % 10_000_000_000);
        format!("4200{head:06}{}{tail:010}", &now.wire()[..8])
    }
}

/// What the amount brings (official sandbox: 2 a coupon of 1 fen, 3 another of 2 fen, no-recharge).
fn coupons(total_fee: i64) -> Vec<Coupon> {
    let coupon = |id: &str, fee, cash| {
        let fee = crate::money::Fen::new(fee).expect("a coupon is worth something");
        Coupon { id: id.to_owned(), fee, cash }
    };
    match total_fee {
        2 => vec![coupon("10000001", 1, true)],
        3 => vec![coupon("10000001", 1, true), coupon("10000002", 2, false)],
        _ => Vec::new(),
    }
}

fn check_expiry(expires_at: Option<Timestamp>, least: Duration, now: Timestamp) -> Result<(), Refusal> {
    if expires_at.is_some_and(|at| at < now.plus(least)) {
        return Err(Refusal::new("PARAM_ERROR", "time_expire时间过短，付款码支付至少1分钟，其他至少5分钟"));
    }
    Ok(())
}

/// SplitMix64's finaliser: cheap, and every bit of the input moves every bit of the output.
pub(super) fn mix(seed: u64) -> u64 {
    let a = (seed ^ (seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let b = (a ^ (a >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    b ^ (b >> 31)
}

/// 32 hex digits that tell one set of fields from another, in whatever order they came.
fn digest<'a>(fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut fields: Vec<_> = fields.into_iter().collect();
    fields.sort_unstable();
    let mut hash = Sha256::new();
    for (name, value) in fields {
        hash.update(name);
        hash.update([0]);
        hash.update(value);
        hash.update([0]);
    }
    let half = hash.finalize().first_chunk().copied().map_or(0, u128::from_be_bytes);
    format!("{half:032x}")
}
