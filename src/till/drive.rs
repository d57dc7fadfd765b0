//! What a running sale does next: what is written, sent and shown, in which order, and when it ends.
//!
//! Pure, as the rules are: whoever runs a [`Drive`] asks for its next action, does that with a book, a
//! gateway and a clock, and tells what came of it. The till does so on disk and network, the simulator in
//! memory; the decisions are the same code.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use crate::ledger::{AttemptChange, LedgerError, Line, LineKind, NewAttempt, NewSale, SaleChange, SaleKind};
use crate::money::Fen;
use crate::number::{AuthCode, OutRefundNo, OutTradeNo, SaleId};
use crate::payment::sale::{Event, Sale, Step};
use crate::payment::{Call, Command, Order, Reason, Refusal, Reply, SaleView, Status};
use crate::timestamp::Timestamp;

use super::{Shop, book};

/// How long a book that can't be written is left alone before the next try.
const BOOK_PAUSE: Duration = Duration::from_secs(1);

/// The version of an attempt that was just begun.
const FIRST_VERSION: i64 = 1;

/// The attempts of a sale that stand in the book, each with its version there.
pub type Versions = HashMap<OutTradeNo, i64>;

/// What of a till goes into its orders and rows.
#[derive(Clone)]
#[expect(missing_debug_implementations, reason = "it holds the code key")]
pub struct Desk {
    pub shop: Shop,
    /// The id under which this process drives its attempts.
    pub owner: String,
    /// Keys the hash under which a payment code is remembered.
    pub code_key: [u8; 32],
    /// No order number bears an earlier time: a restored book doesn't know which numbers of the time before it were
    /// taken.
    pub numbers_from: Timestamp,
}

impl Desk {
    /// A fresh order of this shop; `entropy` makes its number new.
    pub fn order(&self, now: Timestamp, amount: Fen, note: &str, entropy: u32) -> Order {
        Order {
            out_trade_no: OutTradeNo::make(now.max(self.numbers_from), self.shop.till_number, entropy),
            total_fee: amount,
            body: self.shop.body.clone(),
            attach: note.to_owned(),
            device_info: self.shop.till_number.to_string(),
            spbill_create_ip: "127.0.0.1".to_owned(),
            notify_url: self.shop.notify_url.clone(),
            created_at: now,
        }
    }

    /// A fresh refund number of this shop; `entropy` makes it new.
    pub fn refund_number(&self, now: Timestamp, entropy: u64) -> OutRefundNo {
        OutRefundNo::make(now.max(self.numbers_from), self.shop.till_number, entropy)
    }

    /// A keyed hash of a code: enough to see that it comes again, not to learn it.
    pub(super) fn code_hash(&self, code: &AuthCode) -> String {
        use hmac::{Hmac, KeyInit, Mac};
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&self.code_key).expect("HMAC takes keys of any length");
        mac.update(code.expose().as_bytes());
        mac.finalize().into_bytes().iter().fold(String::with_capacity(64), |hex, byte| hex + &format!("{byte:02x}"))
    }
}

/// What reaches a running sale from the cashier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    Scan(AuthCode),
    Renew,
    Query,
    Cancel,
    Leave,
    /// Nobody's wish: the gateway reported this order as paid, so it is asked. With the version that the book has of it
    /// now that the report is written.
    Reported(OutTradeNo, i64),
}

/// What is to be done now. After a write its result is told, before the next action is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Write an attempt's first line, durably; then [`Drive::began`].
    Begin { sale: Option<NewSale>, attempt: Box<NewAttempt>, lines: Vec<Line> },
    /// Write what has become of an attempt, durably; then [`Drive::committed`].
    Commit { attempt: Box<AttemptChange>, sale: SaleChange, lines: Vec<Line> },
    /// Write what is not urgent; then [`Drive::noted`].
    Note { lines: Vec<Line> },
    /// Send one call; [`Drive::answered`] is told the reply when it comes.
    Send { order: Box<Order>, call: Call },
    /// Tell the screens.
    Show(SaleView),
    /// Leave the book alone for so long.
    Pause(Duration),
    /// Wait for an answer, for a wish, or until this moment.
    Wait(Option<Timestamp>),
    /// Nothing of this sale is left to do in this process.
    End,
}

/// Whether the sale can go on in this process.
enum Stopped {
    No,
    Silently,
    AfterShowing(Box<SaleView>),
}

/// One running sale.
#[expect(missing_debug_implementations, reason = "it holds the code key")]
pub struct Drive {
    desk: Arc<Desk>,
    sale: Sale,
    kind: SaleKind,
    versions: Versions,
    /// Journal lines that wait for the next write.
    lines: Vec<Line>,
    /// Each charge's scanned code, until what may be kept of it stands in the book.
    codes: HashMap<OutTradeNo, AuthCode>,
    /// What the rules have commanded and is not done yet. A write stands here until it is done.
    steps: VecDeque<Step>,
    /// Lines may be written that no commit has carried.
    note_due: bool,
    /// The last write failed.
    paused: bool,
    shown: Option<SaleView>,
    /// Why a scanned code was not charged, once its first line could not be written.
    refused: Option<Status>,
    stopped: Stopped,
}

impl Drive {
    /// A sale that begins with `steps`, or goes on with them after [`Event::Resume`].
    pub fn new(
        desk: Arc<Desk>,
        sale: Sale,
        versions: Versions,
        code: Option<AuthCode>,
        steps: Vec<Step>,
        now: Timestamp,
    ) -> Self {
        let codes = code.map(|code| (sale.view().out_trade_no, code)).into_iter().collect();
        let mut drive = Self {
            desk,
            sale,
            kind: SaleKind::Sale,
            versions,
            lines: Vec::new(),
            codes,
            steps: VecDeque::new(),
            note_due: false,
            paused: false,
            shown: None,
            refused: None,
            stopped: Stopped::No,
        };
        drive.queue(steps, now);
        drive
    }

    /// The same as a trial of the settings: the book keeps it, and shows it to nobody.
    pub fn as_check(self) -> Self {
        Self { kind: SaleKind::Check, ..self }
    }

    /// Takes up a sale that a dead process left.
    pub fn resume(desk: Arc<Desk>, mut sale: Sale, versions: Versions, now: Timestamp) -> Self {
        let steps = sale.handle(Event::Resume, now);
        Self::new(desk, sale, versions, None, steps, now)
    }

    pub fn id(&self) -> SaleId {
        self.sale.id()
    }

    /// The rules' side of the sale.
    pub fn sale(&self) -> &Sale {
        &self.sale
    }

    /// What is to be done now; commands are done in their order, so that no call overtakes the commit that
    /// covers it.
    pub fn next(&mut self, now: Timestamp) -> Action {
        if std::mem::take(&mut self.paused) {
            return Action::Pause(BOOK_PAUSE);
        }
        match std::mem::replace(&mut self.stopped, Stopped::Silently) {
            Stopped::No => self.stopped = Stopped::No,
            Stopped::Silently => return Action::End,
            Stopped::AfterShowing(view) => return Action::Show(*view),
        }
        while let Some((number, command)) = self.steps.pop_front() {
            match command {
                Command::Commit => {
                    if let Some(write) = self.write(&number, now) {
                        self.steps.push_front((number, Command::Commit));
                        return write;
                    }
                }
                Command::Send(call) => {
                    if let Some(attempt) = self.sale.attempt(&number) {
                        return Action::Send { order: Box::new(attempt.order().clone()), call };
                    }
                }
                Command::Show => {
                    if let Some(view) = self.news() {
                        return Action::Show(view);
                    }
                }
            }
        }
        if std::mem::take(&mut self.note_due) && !self.lines.is_empty() {
            return Action::Note { lines: self.lines.clone() };
        }
        if self.sale.is_over() { Action::End } else { Action::Wait(self.sale.next_wakeup()) }
    }

    /// The write that makes the attempt durable as it stands.
    fn write(&mut self, number: &OutTradeNo, now: Timestamp) -> Option<Action> {
        let attempt = self.sale.attempt(number)?;
        let lines = self.lines.clone();
        let Some(version) = self.versions.get(number).copied() else {
            let code = self.codes.remove(number);
            let sale = self.versions.is_empty().then(|| book::new_sale(&self.desk, &self.sale, self.kind));
            let attempt = Box::new(book::new_attempt(&self.desk, &self.sale, &attempt, code.as_ref()));
            return Some(Action::Begin { sale, attempt, lines });
        };
        let attempt = Box::new(book::attempt_change(&attempt, version, now));
        // An attempt that is not in the book yet may never come there: the sale's row must not wait for it.
        let sale = self.as_written().map_or_else(
            || book::sale_change(&self.desk, &self.sale, now),
            |written| book::sale_change(&self.desk, &written, now),
        );
        Some(Action::Commit { attempt, sale, lines })
    }

    /// The sale without what is not in the book, if there is such an attempt besides others.
    fn as_written(&self) -> Option<Sale> {
        let (native, micropay) = self.sale.state_names();
        if self.versions.len() >= [native, micropay].into_iter().flatten().count() {
            return None;
        }
        let written = self.versions.keys().filter_map(|number| self.sale.attempt(number)).collect();
        Sale::restore(self.sale.id(), self.sale.note().to_owned(), written)
    }

    /// What came of [`Action::Begin`].
    pub fn began(&mut self, result: &Result<(), LedgerError>) {
        match result {
            Ok(()) => self.written(FIRST_VERSION),
            Err(LedgerError::CodeUsed) => {
                let refusal = Refusal { reason: Reason::CodeUsedHere, code: String::new(), text: String::new() };
                self.not_begun(Status::Declined(refusal));
            }
            Err(_) => self.not_begun(Status::NotRecorded),
        }
    }

    /// What came of [`Action::Commit`]: the attempt's new version. A book that can't be written holds the
    /// sale here: what the commit covers is neither sent nor shown until it is on disk.
    pub fn committed(&mut self, result: &Result<i64, LedgerError>) {
        match result {
            Ok(version) => self.written(*version),
            // Another process has taken the attempt further; it shows it, and so does the book.
            Err(LedgerError::Backward | LedgerError::Stale { .. }) => self.stopped = Stopped::Silently,
            Err(_) => self.paused = true,
        }
    }

    /// Whether the last write failed, so that all of the sale waits for the book.
    pub fn is_held(&self) -> bool {
        self.paused
    }

    /// What came of [`Action::Note`]. What can't be written now goes with the next write.
    pub fn noted<T>(&mut self, result: &Result<T, LedgerError>) {
        if result.is_ok() {
            self.lines.clear();
        }
    }

    fn written(&mut self, version: i64) {
        self.lines.clear();
        if let Some((number, _)) = self.steps.pop_front() {
            self.versions.insert(number, version);
        }
    }

    /// The book did not take an attempt's first line, so nothing of it is sent. What the sale has besides
    /// goes on to its end.
    fn not_begun(&mut self, status: Status) {
        self.lines.clear();
        let Some((refused, _)) = self.steps.pop_front() else { return };
        self.steps.retain(|(number, _)| *number != refused);
        match self.as_written() {
            Some(sale) => {
                self.sale = sale;
                self.refused = Some(status);
                let number = self.sale.view().out_trade_no;
                self.steps.push_back((number, Command::Show));
            }
            None => self.stopped = Stopped::AfterShowing(Box::new(SaleView { status, ..self.sale.view() })),
        }
    }

    /// The view, if it is another than the one shown last.
    fn news(&mut self) -> Option<SaleView> {
        let mut view = self.sale.view();
        if let (Some(status), Status::Closing { .. } | Status::Closed) = (&self.refused, &view.status) {
            view.status = status.clone();
        }
        (self.shown.as_ref() != Some(&view)).then(|| {
            self.shown = Some(view.clone());
            view
        })
    }

    /// The reply to a call that was sent. One call is on its way at a time for an attempt.
    pub fn answered(&mut self, number: OutTradeNo, reply: Reply, now: Timestamp) {
        let what = book::answer_name(&reply.answer);
        self.journal(&number, LineKind::Answer, what, book::answer_detail(&reply), now);
        self.handle(Event::Answered(number, reply.answer), now);
    }

    /// The cashier wants something; `entropy` makes a new order's number.
    pub fn wished(&mut self, wish: Wish, entropy: u32, now: Timestamp) {
        let (what, event) = match wish {
            Wish::Scan(code) => {
                let order = self.desk.order(now, self.sale.view().amount, self.sale.note(), entropy);
                self.codes.insert(order.out_trade_no.clone(), code.clone());
                ("scan", Event::Scan(code, order))
            }
            Wish::Renew => ("renew", Event::Renew),
            Wish::Query => ("query", Event::Query),
            Wish::Cancel => ("cancel", Event::Cancel),
            Wish::Leave => ("leave", Event::Leave),
            // The report has its own line.
            Wish::Reported(number, version) => {
                if let Some(known) = self.versions.get_mut(&number) {
                    *known = version.max(*known);
                }
                return self.handle(Event::Reported(number), now);
            }
        };
        let number = self.sale.view().out_trade_no;
        self.journal(&number, LineKind::Cashier, what, String::new(), now);
        self.handle(event, now);
    }

    /// The moment of [`Action::Wait`] has come.
    pub fn woken(&mut self, now: Timestamp) {
        self.handle(Event::Wakeup, now);
    }

    fn handle(&mut self, event: Event, now: Timestamp) {
        let steps = self.sale.handle(event, now);
        self.queue(steps, now);
    }

    fn queue(&mut self, steps: Vec<Step>, now: Timestamp) {
        for (number, command) in &steps {
            if let Some(intent) = intent(command) {
                self.journal(number, LineKind::Intent, intent, String::new(), now);
            }
        }
        self.steps.extend(steps);
        self.note_due = true;
    }

    fn journal(&mut self, number: &OutTradeNo, kind: LineKind, what: &str, detail: String, at: Timestamp) {
        self.lines.push(Line {
            at,
            sale: Some(self.sale.id()),
            out_trade_no: Some(number.clone()),
            kind,
            what: what.to_owned(),
            detail,
        });
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
