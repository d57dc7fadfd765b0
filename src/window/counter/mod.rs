//! The counter: all that the window knows and decides, without a till, a clock or a disk. Time comes in
//! with each message, and what is to be done goes out as [`Effect`]s, so that tests and pictures need
//! nothing else.

mod did;
mod hear;
mod input;
mod lists;
pub(super) mod look_up;
mod message;
mod rules;

use std::collections::VecDeque;
use std::mem::Discriminant;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::account::check::Outcome;
use crate::lang::Lang;
use crate::money::{AmountError, Fen};
use crate::number::{AuthCode, OutTradeNo, SaleId};
use crate::payment::{SaleView, Status};
use crate::scan::Wedge;
use crate::settings::Problem;
use crate::till::{BulkPhase, BulkView, Summary};
use crate::timestamp::Timestamp;

use super::screen::bulk::{Bulk, Listing};
use super::screen::charge::Charge;
use super::screen::code::Code;
use super::screen::orders::Orders;
use super::screen::rules::Rules;
use super::screen::sale::Sale;
use super::screen::unresolved::Unresolved;
use super::ui::{Theme, Toast};
use super::{Button, Shop};

pub use super::screen::sale::Means;
pub use message::{Did, Effect, Message};

/// What is in front of the cashier, besides the sale in progress.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Screen {
    /// The amount, or the sale that came of it.
    Charge,
    /// A payment code is typed by hand.
    Code(Code),
    /// Asked once: a sale of the same amount is not resolved.
    SameAmount(Charging),
    /// Orders are looked up.
    Orders(Box<Orders>),
    /// What is neither yes nor no.
    Unresolved(Unresolved),
    /// The owner says who may refund.
    Rules(Box<Rules>),
    /// A list of orders is refunded.
    Bulk(Box<Bulk>),
}

/// A charge that is about to go out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charging {
    pub amount: Fen,
    /// `None` asks for a QR code.
    pub code: Option<AuthCode>,
}

/// A short answer over the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub kind: Toast,
    pub title: String,
    pub lead: String,
    pub until: Timestamp,
}

/// How a link does, as far as it was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Link {
    Unseen,
    Good,
    Bad,
}

/// What a run of keys may have changed before it proves to be a scan.
#[derive(Debug, Clone)]
struct Before {
    charge: Charge,
    screen: Screen,
    sale: Option<Sale>,
    answer: Option<Answer>,
}

/// The state of the window.
#[derive(Debug)]
pub struct Counter {
    pub(super) lang: Lang,
    /// The theme to begin with, or the system's.
    theme: Theme,
    /// The cashier's, before which the other gives way.
    chosen_theme: Option<Theme>,
    pub(super) shop: Shop,
    pub(super) has_phone: bool,
    /// What the simulated customer will do with the next code that is charged.
    pub(super) armed: Option<Button>,
    pub(super) screen: Screen,
    pub(super) charge: Charge,
    /// The sale in the foreground. It lives here, so that no screen can lose it.
    pub(super) sale: Option<Sale>,
    /// Sales set aside while they were not resolved.
    kept: Vec<SaleView>,
    /// Payments that came after their end or twice, to be put before the cashier one by one.
    late: VecDeque<SaleView>,
    /// The orders of such payments, newest last: each is put before the cashier once.
    late_told: VecDeque<OutTradeNo>,
    /// Sales whose end was told, newest last; the till may repeat itself.
    told: VecDeque<SaleId>,
    /// How often the page of the owner's rules was opened.
    rules_opened: u32,
    /// When it was last touched.
    at_rules_since: Timestamp,
    pub(super) summary: Summary,
    /// The list of refunds that was begun last. It lives here, so that no screen can lose it.
    pub(super) list: Option<Listing>,
    /// What the till told of a list that is not known to be begun.
    early_list: Option<Arc<BulkView>>,
    /// When the first summary came.
    summed_up_at: Option<Timestamp>,
    /// Since when the book can't be written and a sale waits for it.
    pub(super) held_since: Option<Timestamp>,
    pub(super) answer: Option<Answer>,
    pub(super) help: bool,
    pub(super) full_screen: bool,
    /// That the merchant's certificate ends soon, or has.
    pub(super) expiry: Option<Outcome>,
    pub(super) link: Link,
    pub(super) scanner: Link,
    pub(super) now: Timestamp,
    /// Where the decoder's time begins.
    epoch: Instant,
    wedge: Wedge<Before>,
    /// Counts the times that another picture came up.
    scenes: u32,
}

/// What makes the picture another one, and not the same with another figure in it.
#[derive(Debug, PartialEq, Eq)]
struct Scene {
    screen: Discriminant<Screen>,
    /// The lists, which change as a whole.
    list: Option<Screen>,
    /// The phase of the list of refunds, and how many lines it tells.
    progress: Option<(BulkPhase, usize)>,
    held: bool,
    sale: Option<(SaleId, Option<Discriminant<Status>>, bool)>,
    lang: Lang,
    theme: Theme,
    help: bool,
    answer: Option<Answer>,
    full_screen: bool,
}

/// How long an answer stays.
const ANSWER_STAYS: Duration = Duration::from_secs(5);
/// How long it stays that the settings have a problem, for whoever opens the shop.
const PROBLEM_STAYS: Duration = Duration::from_secs(60);
/// How many ends are remembered as told.
const TOLD_MOST: usize = 64;
/// How long the green screen stays if nobody presses anything.
const PAID_STAYS: Duration = Duration::from_secs(3);

impl Counter {
    pub fn new(shop: Shop, lang: Lang, theme: Theme, has_phone: bool, now: Timestamp, epoch: Instant) -> Self {
        let wedge = Wedge::new(shop.scan_gap);
        Self {
            lang,
            theme,
            chosen_theme: None,
            shop,
            has_phone,
            armed: None,
            screen: Screen::Charge,
            charge: Charge::default(),
            sale: None,
            kept: Vec::new(),
            late: VecDeque::new(),
            late_told: VecDeque::new(),
            told: VecDeque::new(),
            rules_opened: 0,
            at_rules_since: now,
            summary: Summary::default(),
            list: None,
            early_list: None,
            summed_up_at: None,
            held_since: None,
            answer: None,
            help: false,
            full_screen: false,
            expiry: None,
            link: Link::Unseen,
            scanner: Link::Unseen,
            now,
            epoch,
            wedge,
            scenes: 0,
        }
    }

    pub fn theme(&self) -> Theme {
        self.chosen_theme.unwrap_or(self.theme)
    }

    /// Takes the language and the theme that were chosen while another screen was in front.
    pub fn look_like(&mut self, lang: Lang, theme: Theme) {
        self.lang = lang;
        self.theme = theme;
        self.chosen_theme = self.chosen_theme.map(|_| theme);
    }

    pub fn lang(&self) -> Lang {
        self.lang
    }

    pub fn sale(&self) -> Option<&Sale> {
        self.sale.as_ref()
    }

    /// The amount as it is typed, and its note.
    pub fn charge(&self) -> &Charge {
        &self.charge
    }

    pub fn screen(&self) -> &Screen {
        &self.screen
    }

    pub fn answer(&self) -> Option<&Answer> {
        self.answer.as_ref()
    }

    /// Sales of this amount that are not resolved, set aside here or left by a crash: each with the last digits of
    /// its order, and when it began.
    pub(super) fn open_of(&self, amount: Fen) -> impl Iterator<Item = (&str, Timestamp)> {
        let kept = self.kept.iter().filter(move |kept| kept.amount == amount);
        let is_kept = |sale| self.kept.iter().any(|kept| kept.id == sale);
        let others = self.summary.unresolved.iter().filter(move |open| open.amount == amount && !is_kept(open.sale));
        let kept = kept.map(|kept| (kept.out_trade_no.tail(), kept.started_at));
        kept.chain(others.map(|open| (open.out_trade_no.tail(), open.begun_at)))
    }

    /// How often [`Message::Tick`] is wanted; `None` while nothing counts.
    pub fn tick(&self) -> Option<Duration> {
        let status = match &self.sale {
            Some(sale) => sale.status(),
            None if self.is_list_new() => return Some(Duration::from_millis(200)),
            None if self.is_at_rules() => return Some(Duration::from_millis(500)),
            None => return self.answer.as_ref().map(|_| Duration::from_millis(500)),
        };
        match status {
            None
            | Some(
                Status::Preparing { .. }
                | Status::GivingWay { .. }
                | Status::Sending { .. }
                | Status::Closing { .. }
                | Status::Paid(_),
            ) => Some(Duration::from_millis(200)),
            Some(Status::Showing { .. } | Status::Password(_) | Status::Unknown(..) | Status::Reversing { .. }) => {
                Some(Duration::from_millis(500))
            }
            Some(
                Status::Declined(_)
                | Status::Reversed
                | Status::Closed
                | Status::PaidLate(_)
                | Status::NotSent(_)
                | Status::NotRecorded,
            ) => self.answer.as_ref().map(|_| Duration::from_millis(500)),
        }
    }

    /// How long from `at` until [`Message::Quiet`] is wanted, for a scanner that sends no Enter.
    pub fn quiet_in(&self, at: Instant) -> Option<Duration> {
        let deadline = self.wedge.next_deadline()?;
        Some(deadline.saturating_sub(self.since_epoch(at)))
    }

    /// What happened, at `now`; what is to be done about it, in order.
    pub fn update(&mut self, message: Message, now: Timestamp) -> Vec<Effect> {
        self.now = now;
        let before = self.scene();
        let mut effects = match message {
            Message::Pressed(pressed) => self.pressed(pressed),
            Message::Quiet(at) => self.quiet(at),
            Message::Did(did) => self.did(did),
            Message::Till(update) => self.hear(update),
            Message::Summary(Some(summary)) => self.summed_up(summary),
            Message::Found(question, answer) => self.found(&question, answer),
            Message::Refundable(number, answer) => self.refundable(&number, answer),
            Message::Approvers(names) => self.name_approvers(&names),
            Message::Rules(page, told) => self.heard_rules(page, told),
            Message::Queued(number, answer) => self.refund_queued(&number, answer),
            Message::ListBegun(id, numbers) => self.list_begun(id, &numbers),
            Message::ListApproved(id, answer) => self.list_approved(id, answer),
            Message::ListRead(read) => self.list_read(read),
            Message::Hovered(hovered) => self.hovered(hovered),
            Message::Dropped(file) => self.dropped(file),
            Message::Paste if self.takes_lists() => vec![Effect::Paste],
            Message::Paste => Vec::new(),
            Message::Pasted(text) => self.pasted(&text),
            Message::Proved(number, proof) => self.proved(&number, proof),
            Message::Story(sale, story) => self.told_story(sale, story),
            Message::Summary(None) => {
                let words = self.lang.words();
                vec![self.warn(words.book_unreadable, words.book_unreadable_do)]
            }
            Message::SystemTheme(theme) => {
                self.theme = theme;
                Vec::new()
            }
            Message::Kept(kept) => self.kept(kept),
            Message::Saved(saved) => self.saved(saved.as_deref()),
            Message::PhoneShows(code) => vec![self.scanned(crate::scan::Scanned::Payment(code))],
            // Leaving a sale closes its order, and leaving the program does too.
            Message::CloseRequested => vec![self.leave(), Effect::Exit],
            Message::Tick => Vec::new(),
        };
        self.let_time_pass();
        if self.sale.is_none() {
            self.show_late();
        }
        effects.retain(|effect| *effect != Effect::Nothing);
        if self.scene() != before {
            self.scenes = self.scenes.wrapping_add(1);
        }
        effects
    }

    /// Counts the times that another picture came up, so that the window draws all of it anew.
    pub fn scenes(&self) -> u32 {
        self.scenes
    }

    fn scene(&self) -> Scene {
        let sale = self.sale.as_ref();
        Scene {
            screen: std::mem::discriminant(&self.screen),
            list: match &self.screen {
                Screen::Orders(_) | Screen::Unresolved(_) | Screen::Rules(_) | Screen::Bulk(_) => {
                    Some(self.screen.clone())
                }
                Screen::Charge | Screen::Code(_) | Screen::SameAmount(_) => None,
            },
            progress: self.list.as_ref().map(Listing::picture),
            held: self.held_since.is_some(),
            sale: sale.map(|sale| (sale.id, sale.status().map(std::mem::discriminant), sale.details)),
            lang: self.lang,
            theme: self.theme(),
            help: self.help,
            answer: self.answer.clone(),
            full_screen: self.full_screen,
        }
    }

    /// The till has begun the sale that an effect asked for.
    pub fn begun(&mut self, id: SaleId, charging: &Charging) {
        let means = if charging.code.is_some() { Means::Code } else { Means::Qr };
        if means == Means::Code {
            self.armed = None;
        }
        self.screen = Screen::Charge;
        self.answer = None;
        self.sale = Some(Sale::new(id, charging.amount, means, self.now));
        self.scenes = self.scenes.wrapping_add(1);
    }

    /// Says at the start what of the settings could not be used.
    pub fn tell_problems(&mut self, problems: &[Problem]) {
        if problems.is_empty() {
            return;
        }
        let places: Vec<&str> = problems.iter().map(Problem::place).collect();
        let advice = self.lang.settings_problems(&places);
        self.say(Toast::Warning, advice.title, format!("{} {}", advice.what_happened, advice.what_to_do));
        if let Some(answer) = &mut self.answer {
            answer.until = self.now.plus(PROBLEM_STAYS);
        }
    }

    /// Says as long as it stands that the merchant's certificate ends soon, or has.
    pub fn tell_expiry(&mut self, expiry: Option<Outcome>) {
        self.expiry = expiry;
    }

    fn since_epoch(&self, at: Instant) -> Duration {
        at.saturating_duration_since(self.epoch)
    }

    fn let_time_pass(&mut self) {
        self.lock_rules();
        self.see_list();
        if self.answer.as_ref().is_some_and(|answer| self.now >= answer.until) {
            self.answer = None;
        }
        if let Some(sale) = &self.sale
            && matches!(sale.status(), Some(Status::Paid(_)))
            && self.now.since(sale.changed_at) >= PAID_STAYS
        {
            self.next_sale();
        }
    }

    fn say(&mut self, kind: Toast, title: impl Into<String>, lead: impl Into<String>) {
        let until = self.now.plus(ANSWER_STAYS);
        self.answer = Some(Answer { kind, title: title.into(), lead: lead.into(), until });
    }

    fn warn(&mut self, title: impl Into<String>, lead: impl Into<String>) -> Effect {
        self.say(Toast::Warning, title, lead);
        Effect::Nothing
    }

    fn refuse(&mut self, error: AmountError) -> Effect {
        let words = self.lang.words();
        if matches!(error, AmountError::Empty | AmountError::Zero) {
            return self.warn(words.type_amount, words.scan_instead);
        }
        let advice = self.lang.amount_error(error);
        self.warn(advice.title, advice.what_to_do)
    }

    /// A payment that came late or twice comes before the cashier as soon as the counter is free.
    fn show_late(&mut self) {
        if !self.charge.entry.is_empty() || self.screen != Screen::Charge {
            return;
        }
        let Some(view) = self.late.pop_front() else { return };
        let mut sale = Sale::new(view.id, view.amount, Means::Code, view.started_at);
        sale.hear(view, self.now);
        self.sale = Some(sale);
    }
}

#[cfg(test)]
mod tests;
