//! Runs one sale from its first commit to its end: executes what the rules command, in their order,
//! and brings answers, deadlines and the cashier's wishes back to them.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use crate::ledger::{LedgerError, Line, LineKind};
use crate::number::{AuthCode, OutTradeNo};
use crate::payment::sale::{Event, Sale, Step};
use crate::payment::{Answer, Call, Command, Reason, Refusal, SaleView, Status};

use super::book;
use super::clock::Clock;
use super::shared::Shared;

/// How long a book that can't be written is left alone before the next try.
const BOOK_PAUSE: Duration = Duration::from_secs(1);

/// The version of an attempt that was just begun.
const FIRST_VERSION: i64 = 1;

/// What reaches a running sale from outside.
#[derive(Debug)]
pub(super) enum Wish {
    Scan(AuthCode),
    Renew,
    Query,
    Cancel,
    Leave,
}

/// An answer on its way back to the rules.
struct Answered {
    number: OutTradeNo,
    answer: Answer,
    detail: String,
}

/// Why a sale can't go on in this process.
enum Stop {
    /// The book refused the attempt's first line, so nothing of it was sent.
    NotRecorded,
    /// The code served another payment within the last minute; nothing was sent.
    CodeUsed,
    /// As the two above, for a charge after a QR order: the sale goes on without it.
    NotBegun,
    /// Another process has taken the attempt further.
    Overtaken,
}

pub(super) struct Runner {
    shared: Arc<Shared>,
    clock: Clock,
    sale: Sale,
    /// The attempts that stand in the book, each with its version there.
    versions: HashMap<OutTradeNo, i64>,
    /// Journal lines that wait for the next write.
    lines: Vec<Line>,
    /// Each charge's scanned code, until what may be kept of it stands in the book.
    codes: HashMap<OutTradeNo, AuthCode>,
    shown: Option<SaleView>,
    answers: (mpsc::UnboundedSender<Answered>, mpsc::UnboundedReceiver<Answered>),
}

impl Runner {
    pub(super) fn new(
        shared: Arc<Shared>,
        clock: Clock,
        sale: Sale,
        versions: HashMap<OutTradeNo, i64>,
        code: Option<AuthCode>,
    ) -> Self {
        let answers = mpsc::unbounded_channel();
        let codes = code.map(|code| (sale.view().out_trade_no, code)).into_iter().collect();
        Self { shared, clock, sale, versions, lines: Vec::new(), codes, shown: None, answers }
    }

    /// Runs the sale to its end. `steps` are its first commands.
    pub(super) async fn run(mut self, steps: Vec<Step>, mut wishes: mpsc::UnboundedReceiver<Wish>) {
        if let Err(stop) = self.drive(steps, &mut wishes).await {
            self.stopped(&stop);
        }
        self.shared.finished(self.sale.id());
    }

    async fn drive(&mut self, steps: Vec<Step>, wishes: &mut mpsc::UnboundedReceiver<Wish>) -> Result<(), Stop> {
        self.execute(steps).await?;
        let mut listening = true;
        while !self.sale.is_over() {
            let deadline = self.sale.next_wakeup().map(|at| self.clock.instant(at));
            let event = tokio::select! {
                Some(answered) = self.answers.1.recv() => {
                    let what = book::answer_name(&answered.answer);
                    self.journal(&answered.number, LineKind::Answer, what, answered.detail);
                    Event::Answered(answered.number, answered.answer)
                }
                wish = wishes.recv(), if listening => {
                    let Some(wish) = wish else {
                        // The till is gone from memory; the sale still goes to its end.
                        listening = false;
                        continue;
                    };
                    self.wished(wish)
                }
                () = sleep_until(deadline) => Event::Wakeup,
            };
            let now = self.clock.now();
            let steps = self.sale.handle(event, now);
            self.execute(steps).await?;
        }
        Ok(())
    }

    fn wished(&mut self, wish: Wish) -> Event {
        let (what, event) = match wish {
            Wish::Scan(code) => {
                let order = self.shared.order(self.clock.now(), self.sale.view().amount, self.sale.note());
                self.codes.insert(order.out_trade_no.clone(), code.clone());
                ("scan", Event::Scan(code, order))
            }
            Wish::Renew => ("renew", Event::Renew),
            Wish::Query => ("query", Event::Query),
            Wish::Cancel => ("cancel", Event::Cancel),
            Wish::Leave => ("leave", Event::Leave),
        };
        let number = self.sale.view().out_trade_no;
        self.journal(&number, LineKind::Cashier, what, String::new());
        event
    }

    fn journal(&mut self, number: &OutTradeNo, kind: LineKind, what: &str, detail: String) {
        self.lines.push(Line {
            at: self.clock.now(),
            sale: Some(self.sale.id()),
            out_trade_no: Some(number.clone()),
            kind,
            what: what.to_owned(),
            detail,
        });
    }

    /// Executes commands in their order: no call overtakes the commit that stands before it.
    async fn execute(&mut self, steps: Vec<Step>) -> Result<(), Stop> {
        for (number, command) in &steps {
            if let Some(intent) = intent(command) {
                self.journal(number, LineKind::Intent, intent, String::new());
            }
        }
        let mut steps = VecDeque::from(steps);
        while let Some((number, command)) = steps.pop_front() {
            match command {
                Command::Commit => match self.commit(&number).await {
                    Err(Stop::NotBegun) => {
                        self.sale.not_begun();
                        self.show();
                        break;
                    }
                    committed => committed?,
                },
                Command::Send(call) => self.send(number, call),
                Command::Show => self.show(),
            }
        }
        self.note().await;
        Ok(())
    }

    /// Writes the attempt durably. A book that can't be written holds the sale here: what the commit
    /// covers is neither sent nor shown until it is on disk.
    async fn commit(&mut self, number: &OutTradeNo) -> Result<(), Stop> {
        let Some(attempt) = self.sale.attempt(number) else { return Ok(()) };
        let ledger = self.shared.ledger();
        let lines = std::mem::take(&mut self.lines);
        let Some(version) = self.versions.get(number).copied() else {
            let code = self.codes.remove(number);
            let new_sale = self.versions.is_empty().then(|| book::new_sale(&self.shared, &self.sale));
            let new_attempt = book::new_attempt(&self.shared, &self.sale, &attempt, code.as_ref());
            return match ledger.begin(new_sale, new_attempt, lines).await {
                Ok(()) => {
                    self.versions.insert(number.clone(), FIRST_VERSION);
                    Ok(())
                }
                // The sale's QR order is in the book, and is watched to its end.
                Err(_) if !self.versions.is_empty() => Err(Stop::NotBegun),
                Err(LedgerError::CodeUsed) => Err(Stop::CodeUsed),
                Err(_) => Err(Stop::NotRecorded),
            };
        };
        let change = book::attempt_change(&attempt, version, self.clock.now());
        let sale = book::sale_change(&self.sale, self.clock.now());
        loop {
            match ledger.commit(change.clone(), Some(sale.clone()), lines.clone()).await {
                Ok(version) => {
                    self.versions.insert(number.clone(), version);
                    return Ok(());
                }
                Err(LedgerError::Backward | LedgerError::Stale { .. }) => return Err(Stop::Overtaken),
                Err(_) => tokio::time::sleep(BOOK_PAUSE).await,
            }
        }
    }

    /// Writes what is not urgent; the next commit's disk flush carries it. What can't be written now
    /// goes with the next write.
    async fn note(&mut self) {
        if self.lines.is_empty() {
            return;
        }
        if self.shared.ledger().note(self.lines.clone(), None).await.is_ok() {
            self.lines.clear();
        }
    }

    fn send(&self, number: OutTradeNo, call: Call) {
        let Some(attempt) = self.sale.attempt(&number) else { return };
        let order = attempt.order().clone();
        let gateway = self.shared.gateway();
        let answers = self.answers.0.clone();
        // A task of its own: whatever becomes of the runner, a call that was begun is brought to its end.
        let _detached = tokio::spawn(async move {
            let reply = gateway.send(&order, call).await;
            let detail = book::answer_detail(&reply);
            // The runner ends only when no answer is awaited, so somebody listens.
            let _ = answers.send(Answered { number, answer: reply.answer, detail });
        });
    }

    fn show(&mut self) {
        let view = self.sale.view();
        if self.shown.as_ref() != Some(&view) {
            self.shown = Some(view.clone());
            self.shared.show(view);
        }
    }

    fn stopped(&self, stop: &Stop) {
        let status = match stop {
            Stop::NotRecorded => Status::NotRecorded,
            Stop::CodeUsed => {
                Status::Declined(Refusal { reason: Reason::CodeUsedHere, code: String::new(), text: String::new() })
            }
            // The process that took it further shows it, and so does the book.
            Stop::Overtaken | Stop::NotBegun => return,
        };
        self.shared.show(SaleView { status, ..self.sale.view() });
    }
}

async fn sleep_until(deadline: Option<tokio::time::Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

/// The journal's word for a call that moves something; questions stand with their answers.
fn intent(command: &Command) -> Option<&'static str> {
    match command {
        Command::Commit | Command::Show | Command::Send(Call::Query) => None,
        Command::Send(Call::Create) => Some("create"),
        Command::Send(Call::Charge(_)) => Some("charge"),
        Command::Send(Call::Close) => Some("close"),
        Command::Send(Call::Reverse) => Some("reverse"),
    }
}
