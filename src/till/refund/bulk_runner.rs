//! Runs a list of refunds: does what its [`Bulk`] says with the till, and decides nothing.

use std::sync::{Arc, Weak};

use tokio::sync::{broadcast, mpsc};

use crate::audit::Approval;
use crate::payment::refund::RefundView;

use super::super::Update;
use super::super::clock::{self, Clock};
use super::super::runner::sleep_until;
use super::super::shared::Shared;
use super::bulk::{Action, Bulk};
use super::{Heard, RefundRefused, Refundable};

/// What a person wants of a list.
#[derive(Debug)]
pub(in crate::till) enum Wish {
    Begin(Approval, String),
    Stop,
}

enum Answer {
    Looked(usize, Result<Refundable, RefundRefused>),
    Asked(usize, Result<RefundView, RefundRefused>),
}

/// A list's task.
struct Runner {
    bulk: Bulk,
    clock: Clock,
    /// The till lives at least until all that the list began is taken or has ended.
    holds: Option<Arc<Shared>>,
    till: Weak<Shared>,
    updates: broadcast::Receiver<Update>,
    answers: (mpsc::UnboundedSender<Answer>, mpsc::UnboundedReceiver<Answer>),
}

/// Runs the list until nothing of it can change any more, or the till is gone from memory.
pub(in crate::till) async fn run(shared: Arc<Shared>, bulk: Bulk, mut wishes: mpsc::UnboundedReceiver<Wish>) {
    let mut runner = Runner {
        bulk,
        clock: Clock::start(),
        updates: shared.listen(),
        till: Arc::downgrade(&shared),
        holds: None,
        answers: mpsc::unbounded_channel(),
    };
    loop {
        let Some(shared) = runner.till.upgrade() else { return };
        match runner.bulk.next(runner.clock.now()) {
            Action::LookUp(place, number) => runner.look_up(shared, place, number),
            Action::Refund(place, ask) => runner.refund(shared, place, *ask),
            Action::Stop(numbers) => shared.tell_refunds(Heard::Stop(numbers)),
            Action::Show(view) => shared.show_bulk(view),
            Action::End => return,
            Action::Wait(until) => {
                runner.holds = runner.bulk.is_going().then_some(shared);
                let deadline = until.map(|at| runner.clock.instant(at));
                tokio::select! {
                    Some(answer) = runner.answers.1.recv() => runner.answered(answer),
                    wish = wishes.recv() => match wish {
                        Some(Wish::Begin(approval, reason)) => runner.bulk.approved(approval, reason),
                        Some(Wish::Stop) => runner.bulk.stop(),
                        // Another list took its place, for this one is not begun or is over; or the till is gone.
                        None => return,
                    },
                    news = runner.updates.recv() => match news {
                        Ok(news) => runner.heard(&news),
                        Err(broadcast::error::RecvError::Lagged(_)) => runner.catch_up().await,
                        Err(broadcast::error::RecvError::Closed) => return,
                    },
                    () = sleep_until(deadline) => {}
                }
            }
        }
    }
}

impl Runner {
    fn look_up(&self, shared: Arc<Shared>, place: usize, number: String) {
        let answers = self.answers.0.clone();
        let _detached = tokio::spawn(async move {
            let answer = super::expected(&shared, &number).await;
            let _ = answers.send(Answer::Looked(place, answer));
        });
    }

    /// A task of its own: whatever becomes of the list, a refund that was begun is written down whole.
    fn refund(&self, shared: Arc<Shared>, place: usize, ask: super::RefundAsk) {
        let answers = self.answers.0.clone();
        let _detached = tokio::spawn(async move {
            let answer = super::refund(&shared, &ask, clock::wall()).await;
            let _ = answers.send(Answer::Asked(place, answer));
        });
    }

    fn answered(&mut self, answer: Answer) {
        match answer {
            Answer::Looked(place, answer) => self.bulk.looked(place, answer),
            Answer::Asked(place, answer) => self.bulk.asked(place, answer),
        }
    }

    fn heard(&mut self, news: &Update) {
        match news {
            Update::Refund(view) => self.bulk.heard(view),
            Update::Sale(_) | Update::Bulk(_) | Update::Book | Update::Held(_) => {}
        }
    }

    /// News came faster than they were read: the book knows what became of the list's refunds.
    async fn catch_up(&mut self) {
        let Some(shared) = self.till.upgrade() else { return };
        // Those whose news was lost before their own answer was read are looked up too.
        while let Ok(answer) = self.answers.1.try_recv() {
            self.answered(answer);
        }
        for number in self.bulk.open() {
            // One that can't be read now is told of with its next news.
            if let Ok(Some(row)) = shared.ledger().refund(number).await
                && let Some(view) = super::view_of(&row)
            {
                self.bulk.heard(&view);
            }
        }
    }
}
