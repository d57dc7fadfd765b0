//! Runs the refunds of a process: does what its [`Queue`] says with the book, the gateway and the clock, and decides
//! nothing.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{broadcast, mpsc, watch};
use tokio::time::Instant;

use crate::ledger::{Ledger, RefundChange, RefundRow, SendLimits, Turns};
use crate::number::OutRefundNo;
use crate::payment::refund::{Refund, RefundView};
use crate::payment::{Gateway, RefundAnswer, RefundQueryAnswer, RefundRequest, Reply};
use crate::timestamp::Timestamp;

use super::super::Update;
use super::super::clock::{self, Clock};
use super::queue::{Action, Queue};

/// WeChat takes 150 refunds a second, and 6 while they fail (reference 1.5). A turn is one request, whose connection has
/// four seconds to come up, so five seconds after its turn it has arrived or never will; and the client gives up before
/// the window forgets a request. What follows from that, and what it costs, is written in `ledger/turns.rs`. Two refunds
/// of one order lie a second more than the minute apart, because the second may be faster on its way: one that arrives
/// too early costs another minute.
pub const LIMITS: SendLimits = SendLimits {
    most: 150,
    most_failing: 6,
    span: Duration::from_millis(1_005),
    arrives_within: Duration::from_secs(5),
    order_gap: Duration::from_secs(61),
};

/// What reaches the queue from the till.
#[derive(Debug)]
pub(in crate::till) enum Heard {
    /// A refund is in the book, in its first version.
    Queued(Box<Refund>),
    TakenUp(Vec<RefundRow>),
    Query(OutRefundNo),
    Stop(Vec<OutRefundNo>),
}

/// How far the queue is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::till) struct Progress {
    /// How many messages it has heard.
    pub(in crate::till) heard: u64,
    /// How many of its refunds wait for an answer.
    pub(in crate::till) awaited: usize,
    /// When the first of the others that are not known to be taken is next to be sent or asked after.
    pub(in crate::till) next_try: Option<Instant>,
}

enum Answered {
    Sent(OutRefundNo, Reply<RefundAnswer>),
    Asked(OutRefundNo, Reply<RefundQueryAnswer>),
}

pub(in crate::till) struct Runner {
    queue: Queue,
    heard: u64,
    clock: Clock,
    ledger: Ledger,
    gateway: Arc<dyn Gateway>,
    updates: broadcast::Sender<Update>,
    progress: watch::Sender<Progress>,
    answers: (mpsc::UnboundedSender<Answered>, mpsc::UnboundedReceiver<Answered>),
}

impl Runner {
    pub(in crate::till) fn new(
        ledger: Ledger,
        gateway: Arc<dyn Gateway>,
        updates: broadcast::Sender<Update>,
        progress: watch::Sender<Progress>,
    ) -> Self {
        let (clock, queue) = (Clock::start(), Queue::default());
        Self { queue, heard: 0, clock, ledger, gateway, updates, progress, answers: mpsc::unbounded_channel() }
    }

    /// Runs until the till is gone from memory and no call is on its way.
    pub(in crate::till) async fn run(mut self, mut heard: mpsc::UnboundedReceiver<Heard>) {
        let mut listening = true;
        while listening || self.queue.is_busy() {
            match self.queue.next(self.clock.now()) {
                Action::TakeTurns(turns) => self.take_turns(turns).await,
                Action::Change { mut changes, durable } => {
                    for change in &mut changes {
                        change.at = clock::wall();
                    }
                    let result = self.ledger.change_refunds(changes, durable).await;
                    self.queue.changed(&result);
                }
                Action::Send(request) => self.send(*request),
                Action::Query(request) => self.ask(*request),
                Action::Show(view) => self.show(*view),
                Action::Pause(pause) => tokio::time::sleep(pause).await,
                Action::Wait(until) => {
                    self.tell_progress();
                    let deadline = until.map(|at| self.clock.instant(at));
                    tokio::select! {
                        Some(answered) = self.answers.1.recv() => self.answered(answered),
                        message = heard.recv(), if listening => match message {
                            Some(message) => self.hear(message),
                            // The book has the rest.
                            None => listening = false,
                        },
                        () = super::super::runner::sleep_until(deadline) => {}
                    }
                    // All that has come goes into one write.
                    while let Ok(answered) = self.answers.1.try_recv() {
                        self.answered(answered);
                    }
                    while let Ok(message) = heard.try_recv() {
                        self.hear(message);
                    }
                }
            }
        }
    }

    /// The window is kept by the wall's clock, which all processes share; the queue waits by a steady one.
    async fn take_turns(&mut self, mut turns: Vec<RefundChange>) {
        let wall = clock::wall();
        for turn in &mut turns {
            turn.at = wall;
        }
        let result = self.ledger.take_turns(turns, LIMITS, wall).await;
        let now = self.clock.now();
        let passed = clock::wall().since(wall);
        let steady = |at: Timestamp| now.plus(at.since(wall).saturating_sub(passed));
        let result = result.map(|turns| Turns {
            granted: turns.granted,
            too_soon: turns.too_soon.into_iter().map(|(number, at)| (number, steady(at))).collect(),
            stale: turns.stale,
            again_at: turns.again_at.map(steady),
        });
        self.queue.granted(result, now);
    }

    fn hear(&mut self, message: Heard) {
        let now = self.clock.now();
        match message {
            Heard::Queued(refund) => self.queue.add(*refund, 1),
            Heard::TakenUp(rows) => rows.iter().for_each(|row| self.queue.take_up(row, now)),
            Heard::Query(number) => self.queue.query(&number, now),
            Heard::Stop(numbers) => numbers.iter().for_each(|number| self.queue.stop(number, now)),
        }
        self.heard += 1;
    }

    /// Told when all that is known is written and shown.
    fn tell_progress(&self) {
        let next_try = self.queue.next_try().map(|at| self.clock.instant(at));
        self.progress.send_replace(Progress { heard: self.heard, awaited: self.queue.awaited(), next_try });
    }

    fn answered(&mut self, answered: Answered) {
        let now = self.clock.now();
        match answered {
            Answered::Sent(number, reply) => self.queue.answered(&number, &reply, now),
            Answered::Asked(number, reply) => self.queue.queried(&number, &reply, now),
        }
    }

    fn send(&self, request: RefundRequest) {
        let (gateway, answers) = (Arc::clone(&self.gateway), self.answers.0.clone());
        // A task of its own: whatever becomes of the runner, a call that was begun is brought to its end.
        let _detached = tokio::spawn(async move {
            let reply = gateway.refund(&request).await;
            // The runner ends only when no answer is awaited, so somebody listens.
            let _ = answers.send(Answered::Sent(request.out_refund_no, reply));
        });
    }

    fn ask(&self, request: RefundRequest) {
        let (gateway, answers) = (Arc::clone(&self.gateway), self.answers.0.clone());
        let _detached = tokio::spawn(async move {
            let reply = gateway.refund_query(&request).await;
            let _ = answers.send(Answered::Asked(request.out_refund_no, reply));
        });
    }

    fn show(&self, view: RefundView) {
        let ended = view.status.is_final();
        // Nobody listening is no fault: the book has it.
        let _ = self.updates.send(Update::Refund(view));
        if ended {
            let _ = self.updates.send(Update::Book);
        }
    }
}
