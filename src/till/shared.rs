//! What all sales of one till share: the gateway, the book, the shop, and who is told.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, broadcast, mpsc, watch};
use tokio::time::Instant;

use crate::ledger::{Ledger, NewRefund, Owner};
use crate::money::Fen;
use crate::number::SaleId;
use crate::payment::refund::{Refund, RefundView};
use crate::payment::{Gateway, Order, SaleView};
use crate::timestamp::Timestamp;

use super::drive::{Desk, Wish};
use super::refund::bulk::{BulkId, BulkPhase, BulkView};
use super::refund::{self, BulkWish, Heard, Progress};
use super::{Parts, Update, restored};

/// Views that a slow listener may fall behind; then it gets the latest of each sale.
const UPDATES_KEPT: usize = 256;

pub(super) struct Shared {
    gateway: Arc<dyn Gateway>,
    ledger: Ledger,
    owner: Owner,
    desk: Arc<Desk>,
    updates: broadcast::Sender<Update>,
    running: Mutex<HashMap<SaleId, Running>>,
    /// A sale has ended or rests.
    calmer: Notify,
    /// Sales that wait for a book which can't be written.
    held: Mutex<HashSet<SaleId>>,
    refunds: mpsc::UnboundedSender<Heard>,
    /// How many messages the refunds' queue was sent, and how far it is.
    told: AtomicU64,
    progress: watch::Receiver<Progress>,
    bulk: Mutex<Option<RunningBulk>>,
}

/// The list of refunds that was begun last.
struct RunningBulk {
    id: BulkId,
    wishes: mpsc::UnboundedSender<BulkWish>,
    view: Option<Arc<BulkView>>,
    /// It was given leave.
    begun: bool,
}

/// A sale that has a task of its own.
struct Running {
    wishes: mpsc::UnboundedSender<Wish>,
    view: Option<SaleView>,
    /// Nothing happens by itself before this moment.
    rests_until: Option<Instant>,
}

impl Shared {
    /// What the sales share, and the refunds' queue, which begins as soon as it is run.
    pub(super) fn new(parts: Parts) -> (Self, impl Future<Output = ()> + Send + 'static) {
        let Parts { gateway, ledger, shop, owner, code_key } = parts;
        let (updates, _) = broadcast::channel(UPDATES_KEPT);
        let numbers_from = restored::numbers_from(ledger.restored_at());
        let desk = Arc::new(Desk { shop, owner: owner.id().to_owned(), code_key, numbers_from });
        let (refunds, heard) = mpsc::unbounded_channel();
        let (told, progress) = watch::channel(Progress::default());
        let queue = refund::Runner::new(ledger.clone(), Arc::clone(&gateway), updates.clone(), told);
        let shared = Self {
            gateway,
            ledger,
            owner,
            desk,
            updates,
            running: Mutex::default(),
            held: Mutex::default(),
            calmer: Notify::new(),
            refunds,
            told: AtomicU64::new(0),
            progress,
            bulk: Mutex::default(),
        };
        (shared, queue.run(heard))
    }

    pub(super) fn gateway(&self) -> Arc<dyn Gateway> {
        Arc::clone(&self.gateway)
    }

    pub(super) fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    pub(super) fn owner(&self) -> &Owner {
        &self.owner
    }

    pub(super) fn desk(&self) -> Arc<Desk> {
        Arc::clone(&self.desk)
    }

    /// A fresh order of this shop; its number is new.
    pub(super) fn order(&self, now: Timestamp, amount: Fen, note: &str) -> Order {
        self.desk.order(now, amount, note, random())
    }

    pub(super) fn listen(&self) -> broadcast::Receiver<Update> {
        self.updates.subscribe()
    }

    pub(super) fn show(&self, view: SaleView) {
        if let Some(running) = self.running().get_mut(&view.id) {
            running.view = Some(view.clone());
        }
        let final_now = view.status.is_final();
        // Nobody listening is no fault: the book has it.
        let _ = self.updates.send(Update::Sale(view));
        if final_now {
            // A sale's other attempt may go on for minutes; its result counts at once.
            let _ = self.updates.send(Update::Book);
        }
    }

    /// Whether the sale runs in this process.
    pub(super) fn is_running(&self, sale: SaleId) -> bool {
        self.running().contains_key(&sale)
    }

    /// What a sale that runs in this process showed last.
    pub(super) fn view(&self, sale: SaleId) -> Option<SaleView> {
        self.running().get(&sale).and_then(|running| running.view.clone())
    }

    /// Whether the sale waits for a book that can't be written; the screens are told of the first and the last.
    pub(super) fn hold(&self, sale: SaleId, waits: bool) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let before = !held.is_empty();
        if waits {
            held.insert(sale);
        } else {
            held.remove(&sale);
        }
        let now = !held.is_empty();
        drop(held);
        if now != before {
            let _ = self.updates.send(Update::Held(now));
        }
    }

    pub(super) fn is_held(&self) -> bool {
        !self.held.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// The latest view of every sale that is running.
    pub(super) fn views(&self) -> Vec<SaleView> {
        self.running().values().filter_map(|running| running.view.clone()).collect()
    }

    pub(super) fn started(&self, sale: SaleId, wishes: mpsc::UnboundedSender<Wish>) {
        self.running().insert(sale, Running { wishes, view: None, rests_until: None });
    }

    pub(super) fn finished(&self, sale: SaleId) {
        self.running().remove(&sale);
        self.calmer.notify_waiters();
        self.hold(sale, false);
        let _ = self.updates.send(Update::Book);
    }

    /// Tells a sale what somebody wants of it; `false` if it doesn't run here, or has ended this very moment.
    pub(super) fn wish(&self, sale: SaleId, wish: Wish) -> bool {
        self.running().get(&sale).is_some_and(|running| running.wishes.send(wish).is_ok())
    }

    /// A running sale has nothing to do by itself before this moment.
    pub(super) fn rests(&self, sale: SaleId, until: Option<Instant>) {
        if let Some(running) = self.running().get_mut(&sale) {
            running.rests_until = until;
        }
        self.calmer.notify_waiters();
    }

    /// Waits until no running sale will do anything before `deadline`.
    pub(super) async fn calm(&self, deadline: Instant) {
        loop {
            // Made before looking, so that no word between the two is missed.
            let calmer = self.calmer.notified();
            if self.running().values().all(|running| running.rests_until.is_some_and(|until| until > deadline)) {
                return;
            }
            calmer.await;
        }
    }

    pub(super) fn tell_refunds(&self, message: Heard) {
        self.told.fetch_add(1, Ordering::SeqCst);
        // The queue ends only after this does.
        let _ = self.refunds.send(message);
    }

    /// A refund is in the book: it is sent as soon as its turn comes.
    pub(super) fn refund_queued(&self, new: &NewRefund) -> RefundView {
        let refund: Refund = serde_json::from_str(&new.rules).expect("the rules were written by this very program");
        let view = refund.view();
        self.tell_refunds(Heard::Queued(Box::new(refund)));
        view
    }

    /// Waits until no answer about a refund is awaited, and none that isn't known to be taken will be sent or asked after
    /// before `deadline`: one that waits for a balance is not waited for, one that waits for its turn is.
    pub(super) async fn refunds_calm(&self, deadline: Instant) {
        let told = self.told.load(Ordering::SeqCst);
        let mut progress = self.progress.clone();
        let is_calm = |progress: &Progress| {
            progress.heard >= told && progress.awaited == 0 && progress.next_try.is_none_or(|at| at > deadline)
        };
        // The queue is gone only when the whole runtime is.
        let _ = progress.wait_for(is_calm).await;
    }

    /// Another list takes the place of the last one, unless that goes on: then there is none. Of one that waits for
    /// leave nothing was begun.
    pub(super) fn begin_bulk(&self) -> Option<(BulkId, mpsc::UnboundedReceiver<BulkWish>)> {
        let mut last = self.bulk();
        let is_over = |view: &BulkView| matches!(view.phase, BulkPhase::Over { .. });
        if last.as_ref().is_some_and(|last| last.begun && !last.view.as_deref().is_some_and(is_over)) {
            return None;
        }
        let id = BulkId(last.as_ref().map_or(0, |last| last.id.0 + 1));
        let (wishes, heard) = mpsc::unbounded_channel();
        *last = Some(RunningBulk { id, wishes, view: None, begun: false });
        Some((id, heard))
    }

    pub(super) fn wish_of_bulk(&self, id: BulkId, wish: BulkWish) {
        if let Some(running) = self.bulk().as_mut().filter(|running| running.id == id) {
            let can_begin = |view: &BulkView| view.phase == BulkPhase::Ready && view.counts.waiting > 0;
            if matches!(wish, BulkWish::Begin(..)) {
                running.begun |= running.view.as_deref().is_some_and(can_begin);
            }
            // A list that is over needs no wish any more.
            let _ = running.wishes.send(wish);
        }
    }

    /// What a list that another has replaced may still say is no news.
    pub(super) fn show_bulk(&self, view: Arc<BulkView>) {
        if let Some(running) = self.bulk().as_mut().filter(|running| running.id == view.id) {
            running.view = Some(Arc::clone(&view));
            let _ = self.updates.send(Update::Bulk(view));
        }
    }

    pub(super) fn bulk_view(&self) -> Option<Arc<BulkView>> {
        self.bulk().as_ref().and_then(|running| running.view.clone())
    }

    fn bulk(&self) -> MutexGuard<'_, Option<RunningBulk>> {
        self.bulk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn open_sales(&self) -> usize {
        self.running().len()
    }

    fn running(&self) -> MutexGuard<'_, HashMap<SaleId, Running>> {
        // The map is whole between any two statements, also after a panic elsewhere.
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A random number from the operating system.
pub(crate) fn random() -> u32 {
    getrandom::u32().expect("the operating system gives random numbers")
}

/// A new sale's id: 63 random bits, so that tills which share a book don't meet.
pub(super) fn new_sale_id() -> SaleId {
    let bits = getrandom::u64().expect("the operating system gives random numbers");
    SaleId::new(i64::try_from(bits >> 1).expect("63 bits fit"))
}
