//! The counter: all that the window knows and decides, without a till, a clock or a disk. Time comes in
//! with each message, and what is to be done goes out as [`Effect`]s, so that tests and pictures need
//! nothing else.

mod hear;
mod input;
mod message;

use std::collections::VecDeque;
use std::mem::Discriminant;
use std::time::{Duration, Instant};

use crate::lang::Lang;
use crate::money::{AmountError, Fen};
use crate::number::{AuthCode, SaleId};
use crate::payment::{SaleView, Status};
use crate::scan::Wedge;
use crate::till::Summary;
use crate::timestamp::Timestamp;

use super::screen::charge::{self, Charge};
use super::screen::code::{self, Code};
use super::screen::sale::{self, Sale};
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
    pub(super) theme: Theme,
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
    /// Sales that were paid after their end, to be put before the cashier one by one.
    late: Vec<SaleView>,
    /// Sales whose end was told, newest last; the till may repeat itself.
    told: VecDeque<SaleId>,
    pub(super) summary: Summary,
    pub(super) answer: Option<Answer>,
    pub(super) help: bool,
    pub(super) full_screen: bool,
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
    sale: Option<(SaleId, Option<Discriminant<Status>>, bool)>,
    lang: Lang,
    theme: Theme,
    help: bool,
    answer: Option<Answer>,
    full_screen: bool,
}

/// How long an answer stays.
const ANSWER_STAYS: Duration = Duration::from_secs(5);
/// How many ends are remembered as told.
const TOLD_MOST: usize = 64;
/// How long the green screen stays if nobody presses anything.
const PAID_STAYS: Duration = Duration::from_secs(3);

impl Counter {
    pub fn new(shop: Shop, lang: Lang, theme: Theme, has_phone: bool, now: Timestamp, epoch: Instant) -> Self {
        Self {
            lang,
            theme,
            shop,
            has_phone,
            armed: None,
            screen: Screen::Charge,
            charge: Charge::default(),
            sale: None,
            kept: Vec::new(),
            late: Vec::new(),
            told: VecDeque::new(),
            summary: Summary::default(),
            answer: None,
            help: false,
            full_screen: false,
            link: Link::Unseen,
            scanner: Link::Unseen,
            now,
            epoch,
            wedge: Wedge::default(),
            scenes: 0,
        }
    }

    pub fn theme(&self) -> Theme {
        self.theme
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

    /// Sales of this amount that were set aside and are not resolved.
    pub(super) fn kept_of(&self, amount: Fen) -> impl Iterator<Item = &SaleView> {
        self.kept.iter().filter(move |kept| kept.amount == amount)
    }

    /// How often [`Message::Tick`] is wanted; `None` while nothing counts.
    pub fn tick(&self) -> Option<Duration> {
        let status = match &self.sale {
            Some(sale) => sale.status(),
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
            Message::Summary(Some(summary)) => {
                self.summary = summary;
                Vec::new()
            }
            Message::Summary(None) => {
                let words = self.lang.words();
                vec![self.warn(words.book_unreadable, words.book_unreadable_do)]
            }
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
            sale: sale.map(|sale| (sale.id, sale.status().map(std::mem::discriminant), sale.details)),
            lang: self.lang,
            theme: self.theme,
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

    fn since_epoch(&self, at: Instant) -> Duration {
        at.saturating_duration_since(self.epoch)
    }

    fn let_time_pass(&mut self) {
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

    /// What the cashier did with the pointer, or with a key that does the same.
    fn did(&mut self, did: Did) -> Vec<Effect> {
        let effect = match did {
            Did::Charge(message) => self.on_charge(message),
            Did::Code(message) => self.on_code(message),
            Did::Sale(message) => self.on_sale(message),
            Did::Confirm => self.confirm(),
            Did::Refrain => {
                self.screen = Screen::Charge;
                Effect::Nothing
            }
            Did::Language => {
                self.lang = self.lang.other();
                self.answer = None;
                Effect::Nothing
            }
            Did::Theme => {
                self.theme = self.theme.other();
                Effect::Nothing
            }
            Did::Help => {
                self.help = !self.help;
                Effect::Nothing
            }
            Did::Phone(button) => {
                // With nothing on the phone's screen the button is kept for the next code.
                self.armed = Some(button).filter(|_| self.sale.as_ref().is_none_or(Sale::is_final));
                Effect::Press(button)
            }
            Did::ShowCode => Effect::ShowCode,
        };
        vec![effect]
    }

    fn on_charge(&mut self, message: charge::Message) -> Effect {
        match self.charge.update(message) {
            charge::Action::None => {
                self.answer = None;
                Effect::Nothing
            }
            charge::Action::Refuse(error) => self.refuse(error),
            charge::Action::ChargeQr(amount) => self.charge_or_ask(Charging { amount, code: None }),
            charge::Action::TypeCode => self.type_code(),
        }
    }

    fn type_code(&mut self) -> Effect {
        self.screen = Screen::Code(Code::default());
        self.answer = None;
        Effect::Nothing
    }

    fn on_code(&mut self, message: code::Message) -> Effect {
        let Screen::Code(code) = &mut self.screen else { return Effect::Nothing };
        match code.update(message) {
            code::Action::None => Effect::Nothing,
            code::Action::Back => {
                self.screen = Screen::Charge;
                Effect::Nothing
            }
            code::Action::Scanned(scanned) => self.scanned(scanned),
        }
    }

    fn on_sale(&mut self, message: sale::Message) -> Effect {
        let Some(sale) = &mut self.sale else { return Effect::Nothing };
        let id = sale.id;
        match message {
            sale::Message::Renew => Effect::Renew(id),
            sale::Message::Query => Effect::Query(id),
            sale::Message::Cancel => Effect::Cancel(id),
            sale::Message::TypeCode => self.type_code(),
            sale::Message::SaveQr => self.save_qr(),
            sale::Message::Details => {
                sale.details = !sale.details;
                Effect::Nothing
            }
            sale::Message::Leave => self.leave(),
            sale::Message::SetAside => self.set_aside(),
            sale::Message::Again => self.again(),
            sale::Message::Done => {
                self.next_sale();
                Effect::Nothing
            }
        }
    }

    fn dismiss(&mut self) {
        if let Some(sale) = self.sale.take()
            && sale.is_final()
        {
            self.remember_told(sale.id);
        }
    }

    fn remember_told(&mut self, id: SaleId) {
        self.told.push_back(id);
        if self.told.len() > TOLD_MOST {
            self.told.pop_front();
        }
    }

    /// The amount is cleared for the next customer.
    fn next_sale(&mut self) {
        self.dismiss();
        self.charge = Charge::default();
        self.screen = Screen::Charge;
    }

    /// The amount stays; the next digit begins a new one.
    fn keep_amount(&mut self) {
        self.dismiss();
        self.charge.entry.keep();
        self.screen = Screen::Charge;
    }

    fn leave(&mut self) -> Effect {
        let Some(id) = self.sale.as_ref().filter(|sale| sale.is_at_qr()).map(|sale| sale.id) else {
            return Effect::Nothing;
        };
        self.keep_amount();
        Effect::Leave(id)
    }

    fn set_aside(&mut self) -> Effect {
        if let Some(sale) = self.sale.take()
            && let Some(view) = sale.view
        {
            self.kept.push(view);
        }
        self.next_sale();
        Effect::LookAgain
    }

    /// Once more after an end without payment. A code serves one payment, so after a scan the next step is
    /// another scan.
    fn again(&mut self) -> Effect {
        let Some(sale) = self.sale.as_ref().filter(|sale| sale.is_final()) else { return Effect::Nothing };
        let (means, amount) = (sale.means, sale.amount);
        let retry = means == Means::Qr && matches!(sale.status(), Some(Status::NotSent(_) | Status::NotRecorded));
        self.keep_amount();
        if retry {
            return self.charge_or_ask(Charging { amount, code: None });
        }
        if means == Means::Code {
            let words = self.lang.words();
            self.say(Toast::Note, words.scan_code_again, words.scan_code_again_do);
        }
        Effect::Nothing
    }

    fn save_qr(&mut self) -> Effect {
        /// Pixels a module: sharp on a printed page.
        const SCALE: u32 = 12;
        let Some((qr, view)) = self.sale.as_ref().and_then(|sale| Some((sale.qr()?, sale.view.as_ref()?))) else {
            return Effect::Nothing;
        };
        Effect::SavePicture { png: qr.to_png(SCALE), name: format!("{}.png", view.out_trade_no) }
    }

    /// The rule against charging one customer twice: a sale of the same amount that is not resolved is asked
    /// about, once.
    fn charge_or_ask(&mut self, charging: Charging) -> Effect {
        if self.kept_of(charging.amount).next().is_some() {
            self.screen = Screen::SameAmount(charging);
            self.answer = None;
            return Effect::Nothing;
        }
        self.charge_now(charging)
    }

    fn confirm(&mut self) -> Effect {
        match std::mem::replace(&mut self.screen, Screen::Charge) {
            Screen::SameAmount(charging) => self.charge_now(charging),
            other => {
                self.screen = other;
                Effect::Nothing
            }
        }
    }

    fn charge_now(&self, charging: Charging) -> Effect {
        Effect::Charge { charging, note: self.charge.note(self.lang.words()) }
    }

    /// A sale that was paid after its end comes before the cashier as soon as the counter is free.
    fn show_late(&mut self) {
        if self.late.is_empty() || !self.charge.entry.is_empty() || self.screen != Screen::Charge {
            return;
        }
        let view = self.late.remove(0);
        let mut sale = Sale::new(view.id, view.amount, Means::Code, view.started_at);
        sale.hear(view, self.now);
        self.sale = Some(sale);
    }
}

#[cfg(test)]
mod tests;
