//! What the refunds of a process do next: which is sent, asked after, written and shown, in which order.
//!
//! Pure, as [`drive`](crate::till::drive) is: whoever runs a [`Queue`] asks for its next action, does that with a book,
//! a gateway and a clock, and tells what came of it. How fast refunds may go out is decided by the book, which knows
//! the sends of all processes.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::time::Duration;

use crate::ledger::{LedgerError, Line, LineKind, RefundChange, RefundRow, Replied, Standing, Turns};
use crate::number::OutRefundNo;
use crate::payment::refund::{self, Command, Event, Refund, RefundView, Wants};
use crate::payment::{RefundAnswer, RefundQueryAnswer, RefundRequest, Reply};
use crate::timestamp::Timestamp;

use super::super::book;
use super::words;

/// How far turns lie apart on the whole, so that a window that opens doesn't go out at once: 200 a second at most.
const TURN: Duration = Duration::from_millis(5);
/// The least between two askings.
const TURNS_GAP: Duration = Duration::from_millis(20);
/// How many turns are asked for at once, where a slow disk or a busy machine lets it ask more rarely.
const TURNS_AT_ONCE: usize = 20;
/// How many sends may lack a reply. While replies come within two seconds, the gateway's limit lets no more be on their
/// way for long, so this costs nothing; and if the process dies, those of which it isn't known whether and when they
/// arrive leave the others' room in the window to whoever goes on: see [`SendLimits`](crate::ledger::SendLimits).
const UNANSWERED_AT_ONCE: usize = 100;
/// How many questions are on their way at once. A till that starts asks after all that is on its way to the customers,
/// and must not drown its own sends with that.
const QUESTIONS_AT_ONCE: usize = 8;
/// How many refunds one transaction writes.
const WRITTEN_AT_ONCE: usize = 200;
/// A reply that isn't there after this counts as failing.
const LATE: Duration = Duration::from_secs(2);
/// Between two sends while replies are late.
const LATE_GAP: Duration = Duration::from_millis(175);
/// How long a book that can't be written is left alone before the next try.
const BOOK_PAUSE: Duration = Duration::from_secs(1);

/// What is to be done now. After a write its result is told, before the next action is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Ask the book which of these may be sent; then [`Queue::granted`].
    TakeTurns(Vec<RefundChange>),
    /// Write what has become of these; then [`Queue::changed`].
    Change { changes: Vec<RefundChange>, durable: bool },
    /// Send the request; [`Queue::answered`] is told the reply.
    Send(Box<RefundRequest>),
    /// Ask after the refund; [`Queue::queried`] is told the reply.
    Query(Box<RefundRequest>),
    /// Tell the screens.
    Show(Box<RefundView>),
    /// Leave the book alone for so long.
    Pause(Duration),
    /// Wait for an answer, for a wish, or until this moment.
    Wait(Option<Timestamp>),
}

/// The refunds that this process drives.
#[derive(Debug, Default)]
pub struct Queue {
    refunds: HashMap<OutRefundNo, Entry>,
    /// Those that wait for a turn, each by when it is due; those that wait to be asked whether they were taken; and
    /// those that were, and are asked after until the money is back.
    turns: BTreeSet<Place>,
    doubts: BTreeSet<Place>,
    accepted: BTreeSet<Place>,
    arrivals: u64,
    /// Sends that have no reply yet.
    sent: BTreeMap<OutRefundNo, Timestamp>,
    /// What is to be asked as soon as fewer questions are on their way: doubts first, then by arrival.
    to_ask: BTreeSet<(bool, u64, OutRefundNo)>,
    asking: usize,
    /// What waits to be written, oldest first.
    dirty: VecDeque<OutRefundNo>,
    /// What the write that is under way covers, each with its refund as it will then stand.
    writing: Vec<(OutRefundNo, Refund)>,
    ready: VecDeque<Action>,
    /// The window is full until then.
    full_until: Timestamp,
    last_turn: Timestamp,
    last_asked: Timestamp,
    paused: bool,
    awaited: usize,
}

/// When it is due, and in which order it came.
type Place = (Timestamp, u64, OutRefundNo);

#[derive(Debug)]
struct Entry {
    refund: Refund,
    version: i64,
    arrival: u64,
    /// Another refund of its order was sent a moment ago.
    not_before: Timestamp,
    /// In which of the lines it stands, and by when.
    place: Option<(Waits, Timestamp)>,
    lines: Vec<Line>,
    /// It stands in `dirty`.
    unwritten: Option<Unwritten>,
    show: bool,
    /// Whether it is one of [`Queue::awaited`].
    awaited: bool,
}

/// What a refund waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Waits {
    Turn,
    /// To be asked whether it was taken.
    Doubt,
    /// To be asked whether the money is back.
    Accepted,
}

/// How a change is to be written.
#[derive(Debug, Default)]
struct Unwritten {
    durable: bool,
    /// What reply came to the last send.
    replied: Option<Replied>,
}

impl Queue {
    /// A refund that was just queued in the book, with its version there.
    pub fn add(&mut self, refund: Refund, version: i64) {
        let number = refund.request().out_refund_no.clone();
        if self.refunds.contains_key(&number) {
            return;
        }
        self.arrivals += 1;
        let entry = Entry {
            refund,
            version,
            arrival: self.arrivals,
            not_before: Timestamp::default(),
            place: None,
            lines: Vec::new(),
            unwritten: None,
            show: false,
            awaited: false,
        };
        let view = Action::Show(Box::new(entry.refund.view()));
        self.refunds.insert(number.clone(), entry);
        self.ready.push_back(view);
        self.put(&number);
    }

    /// A refund that a dead process left, and that is this one's now. One that this program can't read stays in the
    /// book as it is.
    pub fn take_up(&mut self, row: &RefundRow, now: Timestamp) {
        let Ok(refund) = serde_json::from_str::<Refund>(&row.rules) else { return };
        self.add(refund, row.version);
        let event = if row.look_first { Event::LookFirst } else { Event::Resume };
        self.handle(&row.out_refund_no, event, now);
    }

    /// A person asks after it, or wants a waiting one tried now.
    pub fn query(&mut self, number: &OutRefundNo, now: Timestamp) {
        self.handle(number, Event::Query, now);
    }

    /// A person wants it stopped, which is heard unless it was taken.
    pub fn stop(&mut self, number: &OutRefundNo, now: Timestamp) {
        self.handle(number, Event::Stop, now);
    }

    /// The latest view of every refund here.
    pub fn views(&self) -> impl Iterator<Item = RefundView> {
        self.refunds.values().map(|entry| entry.refund.view())
    }

    /// How many refunds wait for an answer that is on its way, or is to be asked for at once.
    pub fn awaited(&self) -> usize {
        self.awaited
    }

    /// When the first of the refunds that are not known to be taken is next to be sent or asked after, as far as it is
    /// not [awaited](Self::awaited); the moment has passed if it waits for its turn.
    pub fn next_try(&self) -> Option<Timestamp> {
        self.turns.first().into_iter().chain(self.doubts.first()).map(|(at, ..)| *at).min()
    }

    /// Whether a call is on its way or something waits to be written.
    pub fn is_busy(&self) -> bool {
        !self.sent.is_empty() || self.asking > 0 || !self.dirty.is_empty() || !self.ready.is_empty()
    }

    /// What is to be done now.
    pub fn next(&mut self, now: Timestamp) -> Action {
        if std::mem::take(&mut self.paused) {
            return Action::Pause(BOOK_PAUSE);
        }
        loop {
            if let Some(action) = self.ready.pop_front() {
                return action;
            }
            if !self.dirty.is_empty() {
                return self.write(now);
            }
            if let Some(turns) = self.due_turns(now) {
                return Action::TakeTurns(turns);
            }
            if let Some(number) = self.due_question(now) {
                self.handle(&number, Event::Wakeup, now);
            } else if let Some(request) = self.question() {
                return Action::Query(request);
            } else {
                return Action::Wait(self.next_wakeup(now));
            }
        }
    }

    fn write(&mut self, now: Timestamp) -> Action {
        let count = self.dirty.len().min(WRITTEN_AT_ONCE);
        let mut durable = false;
        let mut changes = Vec::with_capacity(count);
        for number in self.dirty.drain(..count) {
            let Some(entry) = self.refunds.get(&number) else { continue };
            let replied = entry.unwritten.as_ref().and_then(|unwritten| unwritten.replied);
            durable |= entry.unwritten.as_ref().is_some_and(|unwritten| unwritten.durable);
            changes.push(change(&entry.refund, entry.version, replied, entry.lines.clone(), now));
            self.writing.push((number, entry.refund.clone()));
        }
        Action::Change { changes, durable }
    }

    /// What came of [`Action::Change`]: new versions, in its order.
    pub fn changed(&mut self, result: &Result<Vec<Option<i64>>, LedgerError>) {
        let writing = std::mem::take(&mut self.writing);
        let Ok(versions) = result else {
            // Nothing that isn't on the disk is shown; it is written as soon as it can be.
            for (number, _) in writing.into_iter().rev() {
                self.dirty.push_front(number);
            }
            self.paused = true;
            return;
        };
        for ((number, written), version) in writing.into_iter().zip(versions) {
            let Some(entry) = self.refunds.get_mut(&number) else { continue };
            let Some(version) = version else {
                // Another process has taken it further; it shows it, and so does the book.
                self.forget(&number);
                continue;
            };
            entry.version = *version;
            entry.lines.clear();
            entry.unwritten = None;
            if std::mem::take(&mut entry.show) {
                self.ready.push_back(Action::Show(Box::new(written.view())));
            }
            if written.is_over() {
                self.forget(&number);
            }
        }
    }

    /// The refunds that are due for a turn, as they will stand once they have it.
    fn due_turns(&mut self, now: Timestamp) -> Option<Vec<RefundChange>> {
        let (most, from) = self.turns_from(now);
        if from > now || most == 0 {
            return None;
        }
        let due = self.turns.iter().take_while(|(at, ..)| *at <= now).take(most);
        let numbers: Vec<_> = due.map(|(_, _, number)| number.clone()).collect();
        let mut turns = Vec::with_capacity(numbers.len());
        for number in numbers {
            let entry = self.refunds.get(&number)?;
            let mut sent = entry.refund.clone();
            sent.handle(Event::Turn, now);
            let line = words::line(sent.request(), LineKind::Intent, "refund", words::intent(sent.request()), now);
            turns.push(change(&sent, entry.version, None, vec![line], now));
            self.writing.push((number, sent));
        }
        (!turns.is_empty()).then_some(turns)
    }

    /// What came of [`Action::TakeTurns`].
    pub fn granted(&mut self, result: Result<Turns, LedgerError>, now: Timestamp) {
        let asked: HashMap<_, _> = std::mem::take(&mut self.writing).into_iter().collect();
        let Ok(turns) = result else {
            self.paused = true;
            return;
        };
        for (number, version) in turns.granted {
            let (Some(sent), Some(entry)) = (asked.get(&number), self.refunds.get_mut(&number)) else { continue };
            entry.refund = sent.clone();
            entry.version = version;
            let request = Box::new(sent.request().clone());
            self.ready.push_back(Action::Send(request));
            self.ready.push_back(Action::Show(Box::new(sent.view())));
            self.sent.insert(number.clone(), now);
            self.last_turn = now;
            self.put(&number);
        }
        for (number, after) in turns.too_soon {
            if let Some(entry) = self.refunds.get_mut(&number) {
                entry.not_before = after;
                self.put(&number);
            }
        }
        for number in turns.stale {
            self.forget(&number);
        }
        self.last_asked = now;
        self.full_until = turns.again_at.unwrap_or_default();
    }

    /// The reply to a send.
    pub fn answered(&mut self, number: &OutRefundNo, reply: &Reply<RefundAnswer>, now: Timestamp) {
        self.sent.remove(number);
        let Some(entry) = self.refunds.get_mut(number) else { return };
        let detail = words::detail(entry.refund.request(), &words::reading(&reply.answer), reply.raw.as_deref());
        entry.lines.push(words::line(entry.refund.request(), LineKind::Answer, "refund", detail, now));
        let failing = !matches!(reply.answer, RefundAnswer::Accepted(_));
        self.mark(number, false, Some(if failing { Replied::Failing } else { Replied::Taken }));
        // Where it stands in the window is known now, so there may be room earlier.
        self.full_until = Timestamp::default();
        self.handle(number, Event::Answered(reply.answer.clone()), now);
    }

    /// The reply to a question.
    pub fn queried(&mut self, number: &OutRefundNo, reply: &Reply<RefundQueryAnswer>, now: Timestamp) {
        self.asking = self.asking.saturating_sub(1);
        let Some(entry) = self.refunds.get_mut(number) else { return };
        let detail = words::detail(entry.refund.request(), &words::query_reading(&reply.answer), reply.raw.as_deref());
        entry.lines.push(words::line(entry.refund.request(), LineKind::Answer, "refund_query", detail, now));
        self.handle(number, Event::Queried(reply.answer.clone()), now);
    }

    fn handle(&mut self, number: &OutRefundNo, event: Event, now: Timestamp) {
        let Some(entry) = self.refunds.get_mut(number) else { return };
        let before = entry.refund.state_name();
        let commands = entry.refund.handle(event, now);
        let (mut asks, mut durable) = (false, false);
        for command in commands {
            match command {
                Command::Commit => durable = true,
                Command::Query => asks = true,
                Command::Show => entry.show = true,
                // A turn is taken in the book, which sends.
                Command::Send => {}
            }
        }
        if asks {
            let is_taken = entry.refund.standing() != refund::Standing::Open;
            self.to_ask.insert((is_taken, entry.arrival, number.clone()));
        }
        let news = durable || !entry.lines.is_empty() || entry.refund.state_name() != before;
        if news || entry.unwritten.is_some() {
            self.mark(number, durable, None);
        } else if std::mem::take(&mut entry.show) {
            self.ready.push_back(Action::Show(Box::new(entry.refund.view())));
        }
        self.put(number);
    }

    /// Has a refund written.
    fn mark(&mut self, number: &OutRefundNo, durable: bool, replied: Option<Replied>) {
        let Some(entry) = self.refunds.get_mut(number) else { return };
        if entry.unwritten.is_none() {
            self.dirty.push_back(number.clone());
        }
        let unwritten = entry.unwritten.get_or_insert_default();
        unwritten.durable |= durable;
        unwritten.replied = replied.or(unwritten.replied);
    }

    /// Puts a refund where it waits for what it wants.
    fn put(&mut self, number: &OutRefundNo) {
        self.lift(number);
        let Some(entry) = self.refunds.get_mut(number) else { return };
        entry.awaited = !entry.refund.is_over() && entry.refund.wants() == Wants::Nothing;
        self.awaited += usize::from(entry.awaited);
        let Some(due) = entry.refund.next_wakeup() else { return };
        let is_taken = entry.refund.standing() != refund::Standing::Open;
        let (waits, at) = match entry.refund.wants() {
            Wants::Turn => (Waits::Turn, due.max(entry.not_before)),
            Wants::Query if is_taken => (Waits::Accepted, due),
            Wants::Query => (Waits::Doubt, due),
            Wants::Nothing => return,
        };
        entry.place = Some((waits, at));
        let place = (at, entry.arrival, number.clone());
        self.line(waits).insert(place);
    }

    fn line(&mut self, waits: Waits) -> &mut BTreeSet<Place> {
        match waits {
            Waits::Turn => &mut self.turns,
            Waits::Doubt => &mut self.doubts,
            Waits::Accepted => &mut self.accepted,
        }
    }

    fn lift(&mut self, number: &OutRefundNo) {
        let Some(entry) = self.refunds.get_mut(number) else { return };
        self.awaited -= usize::from(std::mem::take(&mut entry.awaited));
        let Some((waits, at)) = entry.place.take() else { return };
        let place = (at, entry.arrival, number.clone());
        self.line(waits).remove(&place);
    }

    fn forget(&mut self, number: &OutRefundNo) {
        self.lift(number);
        self.refunds.remove(number);
        self.dirty.retain(|dirty| dirty != number);
    }

    fn may_ask(&self) -> bool {
        self.asking < QUESTIONS_AT_ONCE
    }

    fn due_question(&self, now: Timestamp) -> Option<OutRefundNo> {
        let due =
            |line: &BTreeSet<Place>| line.first().filter(|(at, ..)| *at <= now).map(|(.., number)| number.clone());
        due(&self.doubts).or_else(|| due(&self.accepted)).filter(|_| self.may_ask())
    }

    /// The next question that may go out now.
    fn question(&mut self) -> Option<Box<RefundRequest>> {
        while self.may_ask() {
            let (_, _, number) = self.to_ask.pop_first()?;
            // One that another process has taken further is not asked after here.
            let Some(entry) = self.refunds.get(&number) else { continue };
            self.asking += 1;
            return Some(Box::new(entry.refund.request().clone()));
        }
        None
    }

    /// How many turns may be taken at once, and from when. While replies are late, turns are taken slowly.
    fn turns_from(&self, now: Timestamp) -> (usize, Timestamp) {
        let late = self.sent.values().any(|at| now.since(*at) > LATE);
        let due = now.since(self.last_asked).as_millis() / TURN.as_millis();
        let most = if late { 1 } else { usize::try_from(due).map_or(TURNS_AT_ONCE, |due| due.clamp(1, TURNS_AT_ONCE)) };
        let from = self.full_until.max(self.last_asked.plus(TURNS_GAP));
        let from = if late { from.max(self.last_turn.plus(LATE_GAP)) } else { from };
        (most.min(UNANSWERED_AT_ONCE.saturating_sub(self.sent.len())), from)
    }

    /// What waits for an answer needs no moment: the answer wakes it.
    fn next_wakeup(&self, now: Timestamp) -> Option<Timestamp> {
        let (most, from) = self.turns_from(now);
        let turn = self.turns.first().map(|(at, ..)| from.max(*at)).filter(|_| most > 0);
        let questions = [&self.doubts, &self.accepted].into_iter().filter_map(|line| line.first().map(|(at, ..)| *at));
        turn.into_iter().chain(questions.filter(|_| self.may_ask())).min()
    }
}

fn change(refund: &Refund, version: i64, replied: Option<Replied>, lines: Vec<Line>, at: Timestamp) -> RefundChange {
    RefundChange {
        out_refund_no: refund.request().out_refund_no.clone(),
        version,
        state: refund.state_name().to_owned(),
        standing: standing(refund.standing()),
        rules: book::json(refund),
        refund_id: refund.refund_id().cloned(),
        pending: !refund.is_over(),
        replied,
        at,
        lines,
    }
}

fn standing(standing: refund::Standing) -> Standing {
    match standing {
        refund::Standing::Open => Standing::Open,
        refund::Standing::Accepted => Standing::Accepted,
        refund::Standing::Arrived => Standing::Arrived,
        refund::Standing::Bounced => Standing::Bounced,
        refund::Standing::Void => Standing::Void,
    }
}

#[cfg(test)]
#[path = "queue_tests.rs"]
mod tests;
