//! Runs one sale from its first commit to its end: does what its [`Drive`] says with the book, the gateway
//! and the clock, and decides nothing.

use std::sync::Arc;

use tokio::sync::mpsc;

use crate::number::OutTradeNo;
use crate::payment::{Call, Order, Reply};

use super::clock::Clock;
use super::drive::{Action, Drive, Wish};
use super::shared::{Shared, random};

/// A reply on its way back to the rules.
type Answered = (OutTradeNo, Reply);

pub(super) struct Runner {
    shared: Arc<Shared>,
    clock: Clock,
    drive: Drive,
    answers: (mpsc::UnboundedSender<Answered>, mpsc::UnboundedReceiver<Answered>),
}

impl Runner {
    pub(super) fn new(shared: Arc<Shared>, clock: Clock, drive: Drive) -> Self {
        Self { shared, clock, drive, answers: mpsc::unbounded_channel() }
    }

    /// Runs the sale to its end.
    pub(super) async fn run(mut self, mut wishes: mpsc::UnboundedReceiver<Wish>) {
        let mut listening = true;
        loop {
            let ledger = self.shared.ledger();
            match self.drive.next(self.clock.now()) {
                Action::Begin { sale, attempt, lines } => {
                    let result = ledger.begin(sale, *attempt, lines).await;
                    self.drive.began(&result);
                }
                Action::Commit { attempt, sale, lines } => {
                    let given_back = sale.give_back.clone();
                    let result = ledger.commit(*attempt, Some(sale), lines).await;
                    if result.is_ok() {
                        for refund in &given_back {
                            self.shared.refund_queued(refund);
                        }
                    }
                    self.drive.committed(&result);
                    self.shared.hold(self.drive.id(), self.drive.is_held());
                }
                Action::Note { lines } => {
                    let result = ledger.note(lines, None).await;
                    self.drive.noted(&result);
                }
                Action::Send { order, call } => self.send(*order, call),
                Action::Show(view) => self.shared.show(view),
                Action::Pause(pause) => tokio::time::sleep(pause).await,
                Action::Wait(until) => {
                    let deadline = until.map(|at| self.clock.instant(at));
                    let rests = self.drive.sale().rests_until().map(|at| self.clock.instant(at));
                    self.shared.rests(self.drive.id(), rests);
                    tokio::select! {
                        Some((number, reply)) = self.answers.1.recv() => {
                            self.drive.answered(number, reply, self.clock.now());
                        }
                        wish = wishes.recv(), if listening => match wish {
                            Some(wish) => self.drive.wished(wish, random(), self.clock.now()),
                            // The till is gone from memory; the sale still goes to its end.
                            None => listening = false,
                        },
                        () = sleep_until(deadline) => self.drive.woken(self.clock.now()),
                    }
                }
                Action::End => {
                    // What was told to a sale that ends is heard; whoever tells it more is told that it has ended.
                    wishes.close();
                    match wishes.try_recv() {
                        Ok(wish) => self.drive.wished(wish, random(), self.clock.now()),
                        Err(_) => break,
                    }
                }
            }
        }
        self.shared.finished(self.drive.id());
    }

    fn send(&self, order: Order, call: Call) {
        let gateway = self.shared.gateway();
        let answers = self.answers.0.clone();
        // A task of its own: whatever becomes of the runner, a call that was begun is brought to its end.
        let _detached = tokio::spawn(async move {
            let reply = gateway.send(&order, call).await;
            // The runner ends only when no answer is awaited, so somebody listens.
            let _ = answers.send((order.out_trade_no, reply));
        });
    }
}

pub(super) async fn sleep_until(deadline: Option<tokio::time::Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}
