//! The book on a thread of its own, behind a handle for async code.

use std::fmt;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::mpsc;
use std::task::{Context, Poll, ready};
use std::thread;

use tokio::sync::oneshot;

use super::audit::PinTry;
use super::book::{Book, Commits};
use super::error::LedgerError;
use super::find::{Page, Place};
use super::refund::{NewRefund, NotQueued, Promised, RefundChange, RefundCounts, RefundRow};
use super::rows::{AttemptChange, AttemptRow, Line, NewAttempt, NewSale, SaleChange, SaleRow, Totals};
use super::turns::{SendLimits, Turns};
use crate::audit::{ChainKey, Fault, Head, Sound};
use crate::number::{OutRefundNo, OutTradeNo, SaleId, TransactionId};
use crate::timestamp::Timestamp;

type Job = Box<dyn FnOnce(&mut Book) + Send>;

/// A handle to an open book; clones speak to the same one.
///
/// A call is on its way as soon as it is made, calls are done in the order they were made, and the future returned is
/// ready once the book has written. Dropping the future undoes nothing.
#[derive(Clone)]
pub struct Ledger {
    jobs: mpsc::Sender<Job>,
    restored_at: Option<Timestamp>,
}

/// The book's answer to a call that is already on its way.
#[must_use = "what the book answers may be an error"]
#[derive(Debug)]
pub struct Booked<T>(pub(super) oneshot::Receiver<Result<T, LedgerError>>);

impl<T> Booked<T> {
    /// Waits for the answer by blocking the thread; not for async code.
    pub fn wait(self) -> Result<T, LedgerError> {
        self.0.blocking_recv().unwrap_or(Err(LedgerError::Closed))
    }
}

impl<T> Future for Booked<T> {
    type Output = Result<T, LedgerError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let answer = ready!(Pin::new(&mut self.0).poll(context));
        Poll::Ready(answer.unwrap_or(Err(LedgerError::Closed)))
    }
}

impl Ledger {
    /// Opens the book at `path` on a thread of its own and blocks until it is open; see [`Book::open`].
    pub fn open(path: &Path) -> Result<Self, LedgerError> {
        let (jobs, queue) = mpsc::channel::<Job>();
        let (opened, told) = mpsc::channel();
        let path = path.to_owned();
        let spawned = thread::Builder::new().name("ledger".to_owned()).spawn(move || {
            let open = || {
                let book = Book::open(&path)?;
                let restored_at = book.restored_at()?;
                Ok((book, restored_at))
            };
            let mut book = match open() {
                Ok((book, restored_at)) => {
                    let _ = opened.send(Ok(restored_at));
                    book
                }
                Err(error) => {
                    let _ = opened.send(Err(error));
                    return;
                }
            };
            // Ends when the last handle is gone, after all that was asked is done.
            for job in queue {
                job(&mut book);
            }
        });
        spawned.map_err(|error| LedgerError::NotOpened { kind: error.kind() })?;
        let restored_at = told.recv().unwrap_or(Err(LedgerError::Closed))?;
        Ok(Self { jobs, restored_at })
    }

    /// [`Book::restored_at`], as it was when the book was opened.
    pub fn restored_at(&self) -> Option<Timestamp> {
        self.restored_at
    }

    /// [`Book::checkpoint`], after all calls made before.
    pub fn checkpoint(&self) -> Booked<()> {
        self.call(|book| book.checkpoint())
    }

    /// [`Book::begin`]
    pub fn begin(&self, sale: Option<NewSale>, attempt: NewAttempt, lines: Vec<Line>) -> Booked<()> {
        self.call(move |book| book.begin(sale.as_ref(), &attempt, &lines))
    }

    /// [`Book::commit`]
    pub fn commit(&self, attempt: AttemptChange, sale: Option<SaleChange>, lines: Vec<Line>) -> Booked<i64> {
        self.call(move |book| book.commit(&attempt, sale.as_ref(), &lines))
    }

    /// [`Book::note`]
    pub fn note(&self, lines: Vec<Line>, attempt: Option<AttemptChange>) -> Booked<Option<i64>> {
        self.call(move |book| book.note(&lines, attempt.as_ref()))
    }

    /// [`Book::report`]
    pub fn report(&self, line: Line, version: i64, attempt: Option<AttemptChange>) -> Booked<Option<i64>> {
        self.call(move |book| book.report(&line, version, attempt.as_ref()))
    }

    /// [`Book::adopt`]
    pub fn adopt(
        &self,
        out_trade_no: OutTradeNo,
        old_owner: Option<String>,
        new_owner: String,
        at: Timestamp,
    ) -> Booked<i64> {
        self.call(move |book| book.adopt(&out_trade_no, old_owner.as_deref(), &new_owner, at))
    }

    /// [`Book::orphans`]
    pub fn orphans(&self, owners: PathBuf) -> Booked<Vec<AttemptRow>> {
        self.call(move |book| book.orphans(&owners))
    }

    /// [`Book::pending_attempts`]
    pub fn pending_attempts(&self) -> Booked<Vec<AttemptRow>> {
        self.call(|book| book.pending_attempts())
    }

    /// [`Book::attempt`]
    pub fn attempt(&self, number: OutTradeNo) -> Booked<Option<AttemptRow>> {
        self.call(move |book| book.attempt(&number))
    }

    /// [`Book::by_transaction`]
    pub fn by_transaction(&self, number: TransactionId) -> Booked<Option<AttemptRow>> {
        self.call(move |book| book.by_transaction(&number))
    }

    /// [`Book::attempts_of`]
    pub fn attempts_of(&self, sale: SaleId) -> Booked<Vec<AttemptRow>> {
        self.call(move |book| book.attempts_of(sale))
    }

    /// [`Book::sale`]
    pub fn sale(&self, id: SaleId) -> Booked<Option<SaleRow>> {
        self.call(move |book| book.sale(id))
    }

    /// [`Book::find`]
    pub fn find(&self, text: String, now: Timestamp) -> Booked<Vec<AttemptRow>> {
        self.call(move |book| book.find(&text, now))
    }

    /// [`Book::page`]
    pub fn page(&self, text: String, now: Timestamp, after: Option<Place>, count: usize) -> Booked<Page> {
        self.call(move |book| book.page(&text, now, after.as_ref(), count))
    }

    /// [`Book::recent`]
    pub fn recent(&self, count: u32) -> Booked<Vec<SaleRow>> {
        self.call(move |book| book.recent(count))
    }

    /// [`Book::totals`]
    pub fn totals(&self, from: Timestamp) -> Booked<Totals> {
        self.call(move |book| book.totals(from))
    }

    /// [`Book::code_used_since`]
    pub fn code_used_since(&self, code_hash: String, since: Timestamp) -> Booked<bool> {
        self.call(move |book| book.code_used_since(&code_hash, since))
    }

    /// [`Book::journal_of`]
    pub fn journal_of(&self, sale: SaleId) -> Booked<Vec<Line>> {
        self.call(move |book| book.journal_of(sale))
    }

    /// [`Book::queue_refund`]
    pub fn queue_refund(&self, refund: NewRefund, lines: Vec<Line>) -> Booked<Result<i64, NotQueued>> {
        self.call(move |book| book.queue_refund(&refund, &lines))
    }

    /// [`Book::change_refunds`]
    pub fn change_refunds(&self, changes: Vec<RefundChange>, durable: bool) -> Booked<Vec<Option<i64>>> {
        self.call(move |book| book.change_refunds(&changes, durable))
    }

    /// [`Book::take_turns`]
    pub fn take_turns(&self, turns: Vec<RefundChange>, limits: SendLimits, now: Timestamp) -> Booked<Turns> {
        self.call(move |book| book.take_turns(&turns, &limits, now))
    }

    /// [`Book::adopt_refunds`]
    pub fn adopt_refunds(
        &self,
        owners: PathBuf,
        new_owner: String,
        most: u32,
        at: Timestamp,
    ) -> Booked<Vec<RefundRow>> {
        self.call(move |book| book.adopt_refunds(&owners, &new_owner, most, at))
    }

    /// [`Book::refund`]
    pub fn refund(&self, number: OutRefundNo) -> Booked<Option<RefundRow>> {
        self.call(move |book| book.refund(&number))
    }

    /// [`Book::refunds_of`]
    pub fn refunds_of(&self, order: OutTradeNo) -> Booked<Vec<RefundRow>> {
        self.call(move |book| book.refunds_of(&order))
    }

    /// [`Book::recent_refunds`]
    pub fn recent_refunds(&self, count: u32) -> Booked<Vec<RefundRow>> {
        self.call(move |book| book.recent_refunds(count))
    }

    /// [`Book::bounced_refunds`]
    pub fn bounced_refunds(&self, count: u32) -> Booked<Vec<RefundRow>> {
        self.call(move |book| book.bounced_refunds(count))
    }

    /// [`Book::promised`]
    pub fn promised(&self, order: OutTradeNo) -> Booked<Promised> {
        self.call(move |book| book.promised(&order))
    }

    /// [`Book::seal_with`]
    pub fn seal_with(&self, key: ChainKey) -> Booked<()> {
        self.call(move |book| {
            book.seal_with(key);
            Ok(())
        })
    }

    /// [`Book::audit_head`]
    pub fn audit_head(&self) -> Booked<Option<Head>> {
        self.call(|book| book.audit_head())
    }

    /// [`Book::audit_line`]
    pub fn audit_line(&self, n: i64) -> Booked<Option<Head>> {
        self.call(move |book| book.audit_line(n))
    }

    /// [`Book::verify_audit`]
    pub fn verify_audit(&self, remembered: Option<Head>) -> Booked<Result<Sound, Fault>> {
        self.call(move |book| book.verify_audit(remembered))
    }

    /// [`Book::try_pin`]
    pub fn try_pin(&self, now: Timestamp) -> Booked<PinTry> {
        self.call(move |book| book.try_pin(now))
    }

    /// [`Book::pin_was_right`]
    pub fn pin_was_right(&self) -> Booked<()> {
        self.call(Book::pin_was_right)
    }

    /// [`Book::refund_counts`]
    pub fn refund_counts(&self) -> Booked<RefundCounts> {
        self.call(|book| book.refund_counts())
    }

    /// [`Book::commits`]; answered after all calls made before, so it also waits for them.
    pub fn commits(&self) -> Booked<Commits> {
        self.call(|book| Ok(book.commits()))
    }

    fn call<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Book) -> Result<T, LedgerError> + Send + 'static,
    ) -> Booked<T> {
        let (answer, answered) = oneshot::channel();
        // A thread that is gone drops the job and with it `answer`, which reads as Closed.
        let _ = self.jobs.send(Box::new(move |book| {
            // Nobody may be waiting any more; the work counts all the same.
            let _ = answer.send(work(book));
        }));
        Booked(answered)
    }
}

impl fmt::Debug for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ledger").finish_non_exhaustive()
    }
}
