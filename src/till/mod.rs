//! The driver: runs the rules of money against a gateway, the book and a clock.
//!
//! Each sale has a task of its own, which nothing aborts: closing a window or dropping a handle leaves it
//! to its end; [`drive`] decides what it does. What the rules command is executed in their order, so that no call
//! overtakes the commit that covers it, and nothing is shown as paid before the book says so.

mod book;
pub mod clock;
pub mod drive;
mod find;
pub mod notified;
pub mod refund;
pub mod reopened;
pub mod restored;
mod runner;
mod shared;
pub mod take_up;
mod unresolved;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use futures::Stream;
use tokio::runtime::Handle;
use tokio::sync::{broadcast, mpsc};
use tokio::time::Instant;

use crate::audit::Approval;
use crate::ledger::{Ledger, LedgerError, Owner, RefundCounts};
use crate::money::Fen;
use crate::number::{AuthCode, OutRefundNo, SaleId, TransactionId};
use crate::payment::refund::RefundView;
use crate::payment::sale::{Sale, Step};
use crate::payment::{Gateway, SaleView};
use crate::timestamp::Timestamp;

use clock::Clock;
use drive::{Drive, Versions, Wish};
use refund::BulkWish;
use refund::bulk::Bulk;
use runner::Runner;
use shared::Shared;
pub(crate) use shared::random;

pub use find::{FindError, OrderPage, OrderState, OrderView, Place, Proof};
pub use notified::{Heard, NotTaken};
pub use refund::bulk::{BulkCounts, BulkId, BulkPhase, BulkView, LeftOut, Why};
pub use refund::numbers::{self, Fault, LineFault, MOST_BYTES, MOST_ORDERS, NoList, Numbers};
pub use refund::{RefundAsk, RefundRefused, Refundable};
pub use restored::mark_restored;
pub use unresolved::{StoryKind, StoryLine, Unresolved};

/// What the machine's clock says now.
pub fn now() -> Timestamp {
    clock::wall()
}

/// A window renews its picture as long as the code can live at WeChat: two hours.
const WINDOW_PICTURES: u32 = 24;

/// A cheap handle; clones speak to the same till. Calls return at once, and nothing is undone by
/// dropping anything.
#[derive(Clone)]
pub struct Till {
    shared: Arc<Shared>,
    runtime: Handle,
}

/// What of the shop goes into every order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shop {
    /// "shop - category", as the customer's phone shows it.
    pub body: String,
    pub till_number: u32,
    pub notify_url: String,
}

/// What a till is made of.
#[expect(missing_debug_implementations, reason = "it holds the code key and is taken apart at once")]
pub struct Parts {
    pub gateway: Arc<dyn Gateway>,
    pub ledger: Ledger,
    pub shop: Shop,
    /// Tells other processes that this one drives its attempts, until it ends.
    pub owner: Owner,
    /// Keys the hash under which a payment code is remembered.
    pub code_key: [u8; 32],
}

/// What happened; complete in itself, so that missing one and seeing the next loses nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Update {
    Sale(SaleView),
    /// A refund has come further.
    Refund(RefundView),
    /// A list of refunds has come further.
    Bulk(Arc<BulkView>),
    /// A sale has a final result in the book: totals and the recent strip may have changed.
    Book,
    /// The book can't be written, and a sale that is under way waits for it; or it goes on again.
    Held(bool),
}

/// One line of the recent strip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recent {
    pub id: SaleId,
    pub at: Timestamp,
    pub amount: Fen,
    /// The order number's last four.
    pub tail: String,
    pub mark: Mark,
}

/// How a line of the recent strip ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    Paid,
    NotPaid,
    Reversed,
    Open,
}

/// The day so far and what is still open.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Summary {
    pub paid_today: Fen,
    pub sales_today: u32,
    /// Charges that are neither yes nor no, oldest first; a QR order that is only being closed is none.
    pub unresolved: Vec<Unresolved>,
    /// Refunds of the last weeks that came back from the customer's bank, newest first: a person has to send them.
    pub bounced: Vec<RefundView>,
    /// The last three sales that ended, newest first.
    pub recent: Vec<Recent>,
}

impl Summary {
    /// What of the day may still come in.
    pub fn open_amount(&self) -> Fen {
        self.unresolved.iter().fold(Fen::ZERO, |sum, one| sum.checked_add(one.amount).unwrap_or(sum))
    }
}

impl std::fmt::Debug for Till {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Till").field("open_sales", &self.shared.open_sales()).finish_non_exhaustive()
    }
}

impl Till {
    /// Puts a till together; its sales run on `runtime`.
    pub fn new(parts: Parts, runtime: Handle) -> Self {
        let (shared, refunds) = Shared::new(parts);
        let _detached = runtime.spawn(refunds);
        Self { shared: Arc::new(shared), runtime }
    }

    /// What the machine's clock says now.
    pub fn now(&self) -> Timestamp {
        clock::wall()
    }

    /// A sale is about to begin: its first call shall not wait for a connection. Nothing is asked or moved.
    pub fn warm_up(&self) {
        let gateway = self.shared.gateway();
        let _detached = self.runtime.spawn(async move { gateway.warm_up().await });
    }

    /// Makes a QR order that is renewed as long as somebody looks at it; progress comes through
    /// [`Till::updates`] under the id returned.
    pub fn charge_qr(&self, amount: Fen, note: String) -> SaleId {
        self.charge_qr_for(amount, note, WINDOW_PICTURES)
    }

    /// Makes a QR order that is shown as at most `pictures` pictures of five minutes, then closed.
    pub fn charge_qr_for(&self, amount: Fen, note: String, pictures: u32) -> SaleId {
        let id = shared::new_sale_id();
        let clock = Clock::start();
        let order = self.shared.order(clock.now(), amount, &note);
        let (sale, steps) = Sale::by_qr(id, note, order, pictures);
        self.begin(clock, sale, None, steps);
        id
    }

    /// Makes a QR order of one fen that is shown to nobody, to learn whether the gateway takes orders; whoever listens
    /// leaves it ([`Till::leave`]) once its picture has come, and it is closed when the gateway lets it be.
    pub fn try_order(&self) -> SaleId {
        const ONE_FEN: Fen = Fen::new(1).expect("one fen is an amount");
        let id = shared::new_sale_id();
        let clock = Clock::start();
        let order = self.shared.order(clock.now(), ONE_FEN, "");
        let (sale, steps) = Sale::by_qr(id, String::new(), order, 1);
        let drive = Drive::new(self.shared.desk(), sale, Versions::new(), None, steps, clock.now());
        self.start(clock, drive.as_check());
        id
    }

    /// Charges a scanned code. One that served a payment within the last minute is declined here.
    pub fn charge_code(&self, amount: Fen, note: String, code: AuthCode) -> SaleId {
        let id = shared::new_sale_id();
        let clock = Clock::start();
        let now = clock.now();
        let order = self.shared.order(now, amount, &note);
        let (sale, steps) = Sale::by_code(id, note, order, code.clone(), now);
        self.begin(clock, sale, Some(code), steps);
        id
    }

    /// A code was scanned while the sale's QR is up: its order is put out of the way, then the code is
    /// charged.
    pub fn scan(&self, sale: SaleId, code: AuthCode) {
        let _ended_meanwhile = self.shared.wish(sale, Wish::Scan(code));
    }

    /// F5: a new picture of the same order.
    pub fn renew(&self, sale: SaleId) {
        let _ended_meanwhile = self.shared.wish(sale, Wish::Renew);
    }

    /// F6: asks the gateway now.
    pub fn query(&self, sale: SaleId) {
        let _ended_meanwhile = self.shared.wish(sale, Wish::Query);
    }

    /// F7, heard from 15 s on: cancels a scanned payment and gives the money back.
    pub fn cancel(&self, sale: SaleId) {
        let _ended_meanwhile = self.shared.wish(sale, Wish::Cancel);
    }

    /// Esc, new amount: the cashier leaves a sale whose QR is up; its order is closed.
    pub fn leave(&self, sale: SaleId) {
        let _ended_meanwhile = self.shared.wish(sale, Wish::Leave);
    }

    /// Every update from now on. A listener that falls behind gets the latest view of each sale.
    pub fn updates(&self) -> impl Stream<Item = Update> + Send + use<> {
        let shared = Arc::clone(&self.shared);
        let listening = (shared.listen(), shared, VecDeque::new());
        futures::stream::unfold(listening, |(mut receiver, shared, mut caught_up)| async move {
            loop {
                if let Some(update) = caught_up.pop_front() {
                    return Some((update, (receiver, shared, caught_up)));
                }
                match receiver.recv().await {
                    Ok(update) => return Some((update, (receiver, shared, caught_up))),
                    Err(broadcast::error::RecvError::Lagged(_)) => {
                        caught_up.extend(shared.views().into_iter().map(Update::Sale));
                        caught_up.push_back(Update::Held(shared.is_held()));
                        caught_up.extend(shared.bulk_view().map(Update::Bulk));
                        // What became of refunds meanwhile stands in the book.
                        caught_up.push_back(Update::Book);
                    }
                    Err(broadcast::error::RecvError::Closed) => return None,
                }
            }
        })
    }

    /// Today's takings, the last three results, and what is not certain yet.
    pub async fn summary(&self) -> Result<Summary, LedgerError> {
        book::summary(&self.shared, self.now()).await
    }

    /// Finds orders by any of their numbers: in the book, and a whole number also at the gateway.
    pub async fn find(&self, text: &str) -> Result<Vec<OrderView>, FindError> {
        find::find(&self.shared, text, self.now()).await
    }

    /// The gateway reported something by itself: it is read, held against the book, written down once and durably, and
    /// whoever drives the sale asks at once. What is told here is never itself the proof of a payment.
    pub async fn notified(&self, body: &[u8]) -> Result<Heard, NotTaken> {
        notified::take(&self.shared, body, self.now(), |sale, versions| self.resume(sale, versions)).await
    }

    /// One page of the orders that fit, newest first: all of them if the text is empty. A whole number that the book
    /// lacks is asked of the gateway.
    pub async fn orders(&self, text: &str, after: Option<Place>) -> Result<OrderPage, FindError> {
        find::page(&self.shared, text, after, self.now()).await
    }

    /// The customer's bill was scanned: whose order is it? One in doubt is asked about at once.
    pub async fn prove(&self, number: &TransactionId) -> Result<Proof, FindError> {
        let begin = |sale, versions| self.resume(sale, versions);
        let proof = find::prove(&self.shared, number, self.now(), begin).await?;
        if let Proof::OfSale(sale, _) = &proof {
            self.query(*sale);
        }
        Ok(proof)
    }

    /// What was asked, answered and done in a sale, oldest first.
    pub async fn story(&self, sale: SaleId) -> Result<Vec<StoryLine>, LedgerError> {
        unresolved::story(&self.shared, sale).await
    }

    /// What there is to refund of an order, by its whole number: ours or the gateway's, which is asked.
    pub async fn refundable(&self, number: &str) -> Result<Refundable, RefundRefused> {
        refund::refundable(&self.shared, number).await
    }

    /// Refunds an order, whole or in part. When this returns, the refund is in the book and waits for its turn; progress
    /// comes through [`Till::updates`] under its number.
    pub async fn refund(&self, ask: &RefundAsk) -> Result<RefundView, RefundRefused> {
        refund::refund(&self.shared, ask, self.now()).await
    }

    /// Asks after a refund now; one that waits, for a balance for instance, is tried now.
    pub fn query_refund(&self, number: OutRefundNo) {
        self.shared.tell_refunds(refund::Heard::Query(number));
    }

    /// Stops refunds that were not taken yet; the others go on to their end.
    pub fn stop_refunds(&self, numbers: Vec<OutRefundNo>) {
        self.shared.tell_refunds(refund::Heard::Stop(numbers));
    }

    /// Begins a list of orders that are refunded whole: they are looked up, and nothing goes back before
    /// [`Till::refund_list`]. No refund of it may be above `limit`. `None` while another list goes on; progress comes
    /// through [`Till::updates`].
    pub fn begin_list(&self, numbers: Vec<String>, limit: Option<Fen>) -> Option<BulkId> {
        let (id, wishes) = self.shared.begin_bulk()?;
        let bulk = Bulk::new(id, numbers, limit);
        let _detached = self.runtime.spawn(refund::run_bulk(Arc::clone(&self.shared), bulk, wishes));
        Some(id)
    }

    /// The owner's leave for a list that was looked up: each of its refunds is approved up to what was shown of it.
    pub fn refund_list(&self, id: BulkId, approval: Approval, reason: String) {
        self.shared.wish_of_bulk(id, BulkWish::Begin(approval, reason));
    }

    /// Begins nothing more of a list, and stops what was not taken yet.
    pub fn stop_list(&self, id: BulkId) {
        self.shared.wish_of_bulk(id, BulkWish::Stop);
    }

    /// How many refunds in the book are not at their end, whoever drives them.
    pub async fn refund_counts(&self) -> Result<RefundCounts, LedgerError> {
        self.shared.ledger().refund_counts().await
    }

    /// The refunds asked for last, newest first, at most `count`.
    pub async fn recent_refunds(&self, count: u32) -> Result<Vec<RefundView>, LedgerError> {
        let rows = self.shared.ledger().recent_refunds(count).await?;
        Ok(rows.iter().filter_map(refund::view_of).collect())
    }

    /// Refunds that came back from the customer's bank, newest first: a person has to send them.
    pub async fn bounced_refunds(&self, count: u32) -> Result<Vec<RefundView>, LedgerError> {
        let rows = self.shared.ledger().bounced_refunds(count).await?;
        Ok(rows.iter().filter_map(refund::view_of).collect())
    }

    /// Takes up every attempt and refund that isn't final and whose process is gone; says how many sales and refunds
    /// that are.
    pub async fn take_up(&self) -> Result<usize, LedgerError> {
        let begin = |sale, versions| self.resume(sale, versions);
        let sales = book::take_up(&self.shared, self.now(), begin).await?;
        Ok(sales + refund::take_up(&self.shared, self.now()).await?)
    }

    /// How many attempts in the book have no final result yet, whoever drives them.
    pub async fn open_attempts(&self) -> Result<usize, LedgerError> {
        book::open_attempts(&self.shared).await
    }

    /// Waits until no running sale, and no refund that isn't known to be taken, has anything to do within `limit`, at
    /// most that long: a process that ends lets what can be said be said. The book has the rest, and its file is whole by
    /// itself, for whoever copies it.
    pub async fn goodbye(&self, limit: Duration) {
        let deadline = Instant::now() + limit;
        let calm = async {
            self.shared.calm(deadline).await;
            self.shared.refunds_calm(deadline).await;
        };
        // Either way the caller goes on.
        let _ = tokio::time::timeout_at(deadline, calm).await;
        // A book that can't be tidied up is whole all the same, with its log beside it.
        let _ = self.shared.ledger().checkpoint().await;
    }

    fn begin(&self, clock: Clock, sale: Sale, code: Option<AuthCode>, steps: Vec<Step>) {
        let drive = Drive::new(self.shared.desk(), sale, Versions::new(), code, steps, clock.now());
        self.start(clock, drive);
    }

    fn resume(&self, sale: Sale, versions: Versions) {
        let clock = Clock::start();
        self.start(clock, Drive::resume(self.shared.desk(), sale, versions, clock.now()));
    }

    fn start(&self, clock: Clock, drive: Drive) {
        let (wishes, heard) = mpsc::unbounded_channel();
        self.shared.started(drive.id(), wishes);
        let runner = Runner::new(Arc::clone(&self.shared), clock, drive);
        let _detached = self.runtime.spawn(runner.run(heard));
    }
}

#[cfg(test)]
mod tests;
