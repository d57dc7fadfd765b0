//! A list of orders that are refunded whole, one refund an order: what is looked up, written down and stopped next.
//!
//! Pure, as [`queue`](super::queue) is. Each order's refund is the one that staff could have asked for by hand; the list
//! decides only which is begun when. It is not kept: what it began stands in the book, and the same list again begins
//! nothing twice, for of an order in progress nothing is left.
//!
//! | an order is | event | next |
//! |---|---|---|
//! | New | its turn to be looked up | Looking |
//! | Looking | something is left, at most the owner's limit | Ready |
//! | Looking | it is in the list already, under its other number | Twice |
//! | Looking | nothing is left, not paid, not known, above the limit | LeftOut |
//! | Ready | approved, and its turn | Asked: written down as a refund by hand is |
//! | Asked | in the book | Made; stopped at once if the list was stopped meanwhile |
//! | Asked | refused | LeftOut: the others go on |
//! | Made | news of its refund | Made |
//!
//! | the list is | event | next |
//! |---|---|---|
//! | Looking | every order was looked up | Ready |
//! | Ready | approved, and something to refund | Going |
//! | Looking, Ready | stop | Over: nothing was begun |
//! | Going | stop | Stopping: nothing more is begun, and what was not taken is stopped |
//! | Going, Stopping | every refund that was begun is taken or has ended | Over |
//! | Over | news of a refund | Over: what arrives is still counted |

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use crate::audit::Approval;
use crate::money::Fen;
use crate::number::{OutRefundNo, OutTradeNo};
use crate::payment::NoRefund;
use crate::payment::refund::{RefundStatus, RefundTrouble, RefundView};
use crate::timestamp::Timestamp;

use super::{RefundAsk, RefundRefused, Refundable};

/// How many orders are looked up, or written down, at the same time.
const AT_ONCE: usize = 8;
/// Screens are told no more often than this.
const SHOWN_EVERY: Duration = Duration::from_millis(100);

/// Which list it is, within its till.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BulkId(pub(in crate::till) u64);

impl BulkId {
    pub const fn new(id: u64) -> Self {
        Self(id)
    }
}

/// A list as it stands; complete in itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BulkView {
    pub id: BulkId,
    pub phase: BulkPhase,
    pub counts: BulkCounts,
    /// What the orders that can be refunded come to, and the largest of them.
    pub sum: Fen,
    pub largest: Fen,
    /// What the gateway has taken of it.
    pub taken: Fen,
    /// Why refunds that were begun have to wait; a short balance before anything else.
    pub trouble: Option<RefundTrouble>,
    /// What a person must see to, in the list's order.
    pub left_out: Vec<LeftOut>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BulkPhase {
    /// The orders are looked up; nothing goes back yet.
    Looking,
    /// Waits for leave.
    Ready,
    Going,
    /// A person stopped it; what was on its way is waited for.
    Stopping,
    /// All that was begun is taken or has ended.
    Over {
        stopped: bool,
    },
}

/// How many orders of a list stand how; each is counted once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BulkCounts {
    /// Not looked up yet.
    pub new: usize,
    /// All of it went back before, or is about to.
    pub already: usize,
    /// Can be refunded, and is not begun.
    pub waiting: usize,
    /// Written down, not known to be taken.
    pub queued: usize,
    /// The same, and the merchant's balance is short.
    pub short: usize,
    /// Taken by the gateway.
    pub taken: usize,
    pub arrived: usize,
    /// Not refunded, and why is said in [`BulkView::left_out`]; or bounced.
    pub left_out: usize,
    /// A person stopped it before it was taken.
    pub stopped: usize,
}

impl BulkCounts {
    pub fn all(&self) -> usize {
        self.new + self.already + self.refunds() + self.left_out
    }

    /// What is refunded, or was to be.
    pub fn refunds(&self) -> usize {
        self.waiting + self.queued + self.short + self.taken + self.arrived + self.stopped
    }

    fn count(&mut self, state: &State) {
        let counted = match state {
            State::New | State::Looking => &mut self.new,
            State::Twice => return,
            State::Ready(_) => &mut self.waiting,
            State::LeftOut(Why::Refused(NoRefund::NothingLeft)) => &mut self.already,
            State::LeftOut(_) => &mut self.left_out,
            State::Asked => &mut self.queued,
            State::Made(view) => match &view.status {
                RefundStatus::Queued { trouble: Some(RefundTrouble::NotEnough), .. } => &mut self.short,
                RefundStatus::Queued { .. } | RefundStatus::Sending | RefundStatus::Checking { .. } => &mut self.queued,
                RefundStatus::Accepted(_) => &mut self.taken,
                RefundStatus::Arrived(_) => &mut self.arrived,
                RefundStatus::Bounced(_) | RefundStatus::Refused(_) | RefundStatus::Closed(_) => &mut self.left_out,
                RefundStatus::Stopped => &mut self.stopped,
            },
        };
        *counted += 1;
    }
}

/// An order that a person must see to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// As it stands in the list.
    pub number: String,
    /// What was to go back, if that is known.
    pub amount: Option<Fen>,
    pub why: Why,
}

/// Why an order is not refunded, or not yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    Refused(NoRefund),
    Book,
    /// More than the owner lets anybody refund.
    AboveLimit {
        limit: Fen,
    },
    /// It was sent, and came to no good end.
    Ended(RefundStatus),
}

/// What is to be done now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Look up what is left of the order; then [`Bulk::looked`].
    LookUp(usize, String),
    /// Write its refund down; then [`Bulk::asked`].
    Refund(usize, Box<RefundAsk>),
    /// Stop these, unless they were taken.
    Stop(Vec<OutRefundNo>),
    Show(Arc<BulkView>),
    /// Wait for an answer, for news, for a wish, or until this moment.
    Wait(Option<Timestamp>),
    /// Nothing can come any more.
    End,
}

#[derive(Debug)]
struct Item {
    number: String,
    order: Option<OutTradeNo>,
    left: Option<Fen>,
    state: State,
}

#[derive(Debug)]
enum State {
    New,
    Looking,
    Ready(Fen),
    Twice,
    LeftOut(Why),
    Asked,
    Made(Box<RefundView>),
}

/// A list of orders and how far it is.
#[derive(Debug)]
pub struct Bulk {
    id: BulkId,
    /// The most that one refund may be.
    limit: Option<Fen>,
    phase: BulkPhase,
    items: Vec<Item>,
    /// The place of each order that was looked up.
    orders: HashMap<OutTradeNo, usize>,
    /// News of refunds whose own answer is still on its way.
    early: HashMap<OutRefundNo, RefundView>,
    ask: Option<(Approval, String)>,
    /// Items before this one were looked up, or begun.
    next: usize,
    on_their_way: usize,
    stops: VecDeque<OutRefundNo>,
    changed: bool,
    show_from: Timestamp,
}

impl Bulk {
    /// A list of orders' numbers, each once; no refund of it may be above the limit.
    pub fn new(id: BulkId, numbers: Vec<String>, limit: Option<Fen>) -> Self {
        let mut known = HashSet::new();
        let numbers = numbers.into_iter().filter(|number| known.insert(number.clone()));
        Self {
            id,
            limit,
            phase: BulkPhase::Looking,
            items: numbers.map(|number| Item { number, order: None, left: None, state: State::New }).collect(),
            orders: HashMap::new(),
            early: HashMap::new(),
            ask: None,
            next: 0,
            on_their_way: 0,
            stops: VecDeque::new(),
            changed: true,
            show_from: Timestamp::default(),
        }
    }

    /// What is to be done now.
    pub fn next(&mut self, now: Timestamp) -> Action {
        self.go_on();
        if !self.stops.is_empty() {
            return Action::Stop(self.stops.drain(..).collect());
        }
        if let Some(action) = self.begin() {
            return action;
        }
        if self.changed && now >= self.show_from {
            self.changed = false;
            self.show_from = now.plus(SHOWN_EVERY);
            return Action::Show(Arc::new(self.view()));
        }
        if self.changed {
            return Action::Wait(Some(self.show_from));
        }
        let is_over = matches!(self.phase, BulkPhase::Over { .. }) && self.on_their_way == 0;
        if is_over && self.made().all(|view| view.status.is_final()) { Action::End } else { Action::Wait(None) }
    }

    /// An order was looked up.
    pub fn looked(&mut self, place: usize, answer: Result<Refundable, RefundRefused>) {
        self.on_their_way = self.on_their_way.saturating_sub(1);
        let Some(item) = self.items.get_mut(place).filter(|item| matches!(item.state, State::Looking)) else { return };
        self.changed = true;
        item.state = match answer {
            Err(why) => State::LeftOut(refused(&why)),
            Ok(found) => {
                let left = found.left;
                item.order = Some(found.out_trade_no.clone());
                item.left = Some(left).filter(|left| !left.is_zero());
                if *self.orders.entry(found.out_trade_no).or_insert(place) != place {
                    State::Twice
                } else if left.is_zero() {
                    State::LeftOut(Why::Refused(NoRefund::NothingLeft))
                } else if let Some(limit) = self.limit.filter(|limit| left > *limit) {
                    State::LeftOut(Why::AboveLimit { limit })
                } else {
                    State::Ready(left)
                }
            }
        };
    }

    /// The owner's leave has come; each refund is approved up to what was shown of its order.
    pub fn approved(&mut self, approval: Approval, reason: String) {
        if self.phase == BulkPhase::Ready && self.items.iter().any(|item| matches!(item.state, State::Ready(_))) {
            self.ask = Some((approval, reason));
            self.enter(BulkPhase::Going);
        }
    }

    /// A refund is in the book, or it is not.
    pub fn asked(&mut self, place: usize, answer: Result<RefundView, RefundRefused>) {
        self.on_their_way = self.on_their_way.saturating_sub(1);
        let Some(item) = self.items.get_mut(place).filter(|item| matches!(item.state, State::Asked)) else { return };
        self.changed = true;
        let view = match answer {
            Ok(view) => view,
            Err(why) => {
                item.state = State::LeftOut(refused(&why));
                return;
            }
        };
        let number = view.request.out_refund_no.clone();
        let latest = self.early.remove(&number).unwrap_or(view);
        if self.phase == BulkPhase::Stopping && !is_settled(&latest.status) {
            self.stops.push_back(number);
        }
        item.state = State::Made(Box::new(latest));
    }

    /// A refund has come further, whoever asked for it.
    pub fn heard(&mut self, news: &RefundView) {
        let Some(&place) = self.orders.get(&news.request.out_trade_no) else { return };
        let Some(item) = self.items.get_mut(place) else { return };
        match &mut item.state {
            State::Made(view) if view.request.out_refund_no == news.request.out_refund_no => {
                **view = news.clone();
                self.changed = true;
            }
            State::Asked => {
                self.early.insert(news.request.out_refund_no.clone(), news.clone());
            }
            State::New | State::Looking | State::Ready(_) | State::Twice | State::LeftOut(_) | State::Made(_) => {}
        }
    }

    /// A person stops it: nothing more is begun.
    pub fn stop(&mut self) {
        match self.phase {
            BulkPhase::Looking | BulkPhase::Ready => self.enter(BulkPhase::Over { stopped: true }),
            BulkPhase::Going => {
                self.enter(BulkPhase::Stopping);
                let open = self.made().filter(|view| !is_settled(&view.status));
                self.stops = open.map(|view| view.request.out_refund_no.clone()).collect();
            }
            BulkPhase::Stopping | BulkPhase::Over { .. } => {}
        }
    }

    /// Refunds of the list that are not at their end.
    pub fn open(&self) -> Vec<OutRefundNo> {
        let open = self.made().filter(|view| !view.status.is_final());
        open.map(|view| view.request.out_refund_no.clone()).collect()
    }

    /// Whether anything of it is to be begun or stopped, or not known to be taken.
    pub fn is_going(&self) -> bool {
        matches!(self.phase, BulkPhase::Going | BulkPhase::Stopping)
    }

    /// The list as it stands.
    pub fn view(&self) -> BulkView {
        let mut view = BulkView {
            id: self.id,
            phase: self.phase,
            counts: BulkCounts::default(),
            sum: Fen::ZERO,
            largest: Fen::ZERO,
            taken: Fen::ZERO,
            trouble: None,
            left_out: Vec::new(),
        };
        for item in &self.items {
            view.counts.count(&item.state);
            view.add(item);
        }
        view
    }

    fn go_on(&mut self) {
        let idle = self.on_their_way == 0;
        match self.phase {
            BulkPhase::Looking if idle && self.next == self.items.len() => {
                self.next = 0;
                self.enter(BulkPhase::Ready);
            }
            BulkPhase::Going | BulkPhase::Stopping => {
                let stopped = self.phase == BulkPhase::Stopping;
                let begun = stopped || self.next == self.items.len();
                if begun && idle && self.made().all(|view| is_settled(&view.status)) {
                    self.enter(BulkPhase::Over { stopped });
                }
            }
            BulkPhase::Looking | BulkPhase::Ready | BulkPhase::Over { .. } => {}
        }
    }

    /// A phase is shown at once.
    fn enter(&mut self, phase: BulkPhase) {
        self.phase = phase;
        self.changed = true;
        self.show_from = Timestamp::default();
    }

    fn begin(&mut self) -> Option<Action> {
        while self.on_their_way < AT_ONCE && self.next < self.items.len() {
            let (place, item) = (self.next, &mut self.items[self.next]);
            match (self.phase, &item.state, &self.ask) {
                (BulkPhase::Looking, State::New, _) => {
                    item.state = State::Looking;
                    let number = item.number.clone();
                    (self.next, self.on_their_way) = (place + 1, self.on_their_way + 1);
                    return Some(Action::LookUp(place, number));
                }
                (BulkPhase::Going, State::Ready(left), Some((approval, reason))) => {
                    let number = item.order.as_ref().map_or_else(|| item.number.clone(), OutTradeNo::to_string);
                    // All that is left of it then, and never more than was shown and approved.
                    let approval = Approval { up_to: *left, ..approval.clone() };
                    let ask = RefundAsk { number, amount: None, reason: reason.clone(), approval };
                    item.state = State::Asked;
                    (self.next, self.on_their_way) = (place + 1, self.on_their_way + 1);
                    self.changed = true;
                    return Some(Action::Refund(place, Box::new(ask)));
                }
                (BulkPhase::Going, ..) => self.next += 1,
                (BulkPhase::Looking | BulkPhase::Ready | BulkPhase::Stopping | BulkPhase::Over { .. }, ..) => {
                    return None;
                }
            }
        }
        None
    }

    fn made(&self) -> impl Iterator<Item = &RefundView> {
        self.items.iter().filter_map(|item| match &item.state {
            State::Made(view) => Some(&**view),
            State::New | State::Looking | State::Ready(_) | State::Twice | State::LeftOut(_) | State::Asked => None,
        })
    }
}

impl BulkView {
    fn add(&mut self, item: &Item) {
        let amount = match &item.state {
            State::Made(view) => Some(view.request.refund_fee),
            State::New | State::Looking | State::Ready(_) | State::Twice | State::LeftOut(_) | State::Asked => {
                item.left
            }
        };
        let left_out = |why| LeftOut { number: item.number.clone(), amount, why };
        match &item.state {
            State::New | State::Looking | State::Twice | State::LeftOut(Why::Refused(NoRefund::NothingLeft)) => return,
            State::LeftOut(why) => {
                self.left_out.push(left_out(why.clone()));
                return;
            }
            State::Ready(_) | State::Asked => {}
            State::Made(view) => match &view.status {
                RefundStatus::Queued { trouble: Some(trouble), .. } => {
                    if self.trouble.is_none() || *trouble == RefundTrouble::NotEnough {
                        self.trouble = Some(trouble.clone());
                    }
                }
                RefundStatus::Accepted(_) | RefundStatus::Arrived(_) => {
                    self.taken = sum(self.taken, view.request.refund_fee);
                }
                status @ (RefundStatus::Bounced(_) | RefundStatus::Refused(_) | RefundStatus::Closed(_)) => {
                    self.left_out.push(left_out(Why::Ended(status.clone())));
                }
                RefundStatus::Queued { trouble: None, .. }
                | RefundStatus::Sending
                | RefundStatus::Checking { .. }
                | RefundStatus::Stopped => {}
            },
        }
        let amount = amount.unwrap_or_default();
        (self.sum, self.largest) = (sum(self.sum, amount), self.largest.max(amount));
    }
}

/// A list's sum is far from what an `i64` holds: ten thousand orders of a million yuan.
fn sum(one: Fen, other: Fen) -> Fen {
    one.checked_add(other).unwrap_or(one)
}

fn refused(why: &RefundRefused) -> Why {
    match why {
        RefundRefused::No(why) => Why::Refused(*why),
        RefundRefused::Book(_) => Why::Book,
    }
}

/// Whether the list has nothing more to wait for: taken, or at an end.
fn is_settled(status: &RefundStatus) -> bool {
    match status {
        RefundStatus::Queued { .. } | RefundStatus::Sending | RefundStatus::Checking { .. } => false,
        RefundStatus::Accepted(_)
        | RefundStatus::Arrived(_)
        | RefundStatus::Bounced(_)
        | RefundStatus::Refused(_)
        | RefundStatus::Closed(_)
        | RefundStatus::Stopped => true,
    }
}

#[cfg(test)]
#[path = "bulk_tests.rs"]
mod tests;
