//! A sale on its way: QR up, charge out, password awaited, not known, being undone.

use iced::widget::{Space, column, container, responsive, row};
use iced::{Center, Fill};

use crate::lang::{Lang, yuan};
use crate::money::Fen;
use crate::number::SaleId;
use crate::payment::{Doubt, SaleView, Status, Waiting};
use crate::qr::Qr;
use crate::timestamp::Timestamp;
use crate::window::entry::{Entry, Figure};
use crate::window::ui::token::{inset, radius, size, space};
use crate::window::ui::{self, Banner, Button, Done, Element, Icon, Role, Step, Tone};

use super::charge;

/// How the customer was asked for the money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Means {
    Qr,
    Code,
}

/// The sale in the foreground, as far as it is known here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sale {
    pub id: SaleId,
    pub amount: Fen,
    pub means: Means,
    pub begun_at: Timestamp,
    /// When its status last became another one, for what goes away by itself.
    pub changed_at: Timestamp,
    /// What the till said last; `None` until it has spoken.
    pub view: Option<SaleView>,
    /// The picture of `code_url`, made once.
    qr: Option<Qr>,
    /// Whether the gateway's own words are shown.
    pub details: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Message {
    Renew,
    SaveQr,
    TypeCode,
    /// Close the QR order and go back to the amount.
    Leave,
    Query,
    Cancel,
    /// Serve the next customer; the till goes on asking.
    SetAside,
    /// After an end without payment: once more, with the same amount.
    Again,
    /// After an end: the next sale.
    Done,
    Details,
}

impl Sale {
    pub fn new(id: SaleId, amount: Fen, means: Means, now: Timestamp) -> Self {
        Self { id, amount, means, begun_at: now, changed_at: now, view: None, qr: None, details: false }
    }

    /// Takes what the till says of this sale.
    pub fn hear(&mut self, view: SaleView, now: Timestamp) {
        let old = self.view.as_ref().map(|view| &view.status);
        if old.map(std::mem::discriminant) != Some(std::mem::discriminant(&view.status)) {
            self.changed_at = now;
            self.details = false;
        }
        if let Status::Showing { code_url, .. } = &view.status {
            let same = matches!(old, Some(Status::Showing { code_url: shown, .. }) if shown == code_url);
            if !same || self.qr.is_none() {
                self.qr = Qr::new(code_url);
            }
        } else {
            self.qr = None;
        }
        self.view = Some(view);
    }

    pub fn status(&self) -> Option<&Status> {
        self.view.as_ref().map(|view| &view.status)
    }

    pub fn qr(&self) -> Option<&Qr> {
        self.qr.as_ref()
    }

    /// The four digits by which people call the order; empty until it has a number.
    pub fn tail(&self) -> &str {
        self.view.as_ref().map_or("", |view| view.out_trade_no.tail())
    }

    /// Whether a QR code is up or about to be.
    pub fn is_at_qr(&self) -> bool {
        match self.status() {
            None => self.means == Means::Qr,
            Some(status) => matches!(status, Status::Preparing { .. } | Status::Showing { .. }),
        }
    }

    /// Whether nothing more happens to it that a cashier waits for.
    pub fn is_final(&self) -> bool {
        self.status().is_some_and(Status::is_final)
    }
}

/// What a view of a sale is drawn from.
#[derive(Debug, Clone, Copy)]
pub struct Scene<'a> {
    pub sale: &'a Sale,
    pub entry: &'a Entry,
    pub lang: Lang,
    pub now: Timestamp,
}

impl<'a> Scene<'a> {
    /// A sale that is not final, and not at its QR.
    pub fn view(self) -> Element<'a, Message> {
        match self.sale.status() {
            Some(Status::GivingWay { since }) => self.giving_way(*since),
            Some(Status::Password(waiting)) => self.password(*waiting),
            Some(Status::Unknown(waiting, doubt)) => self.unknown(*waiting, doubt),
            Some(Status::Reversing { since, tries, next_at }) => self.reversing(*since, *tries, *next_at),
            Some(Status::Sending { since }) => self.sending(*since),
            Some(Status::Closing { since }) => self.closing(*since),
            _ => self.sending(self.sale.begun_at),
        }
    }

    /// The amount at the left, the code at the right.
    pub fn at_qr(self) -> Element<'a, Message> {
        let left = responsive(move |room| self.amount_card(room.width < size::NARROW));
        let right = container(self.code_card()).width(size::QR_COLUMN).height(Fill);
        row![left, right].spacing(space::L).into()
    }

    fn amount_card(self, narrow: bool) -> Element<'a, Message> {
        let words = self.lang.words();
        let shown = self.sale.qr.is_some();
        let button = |label, key, press| Button::secondary(label, key, press).fill().narrow(narrow);
        let renew = button(words.new_code, "F5", Message::Renew).enabled(shown).tall();
        let save = button(words.save_qr, "F3", Message::SaveQr).enabled(shown);
        let code = button(words.type_code, "F4", Message::TypeCode);
        let leave = button(words.cancel_sale, "Esc", Message::Leave).tall();
        let mut heading = row![ui::text(Role::Body, Tone::Muted, words.amount), Space::new().width(Fill)]
            .spacing(space::M)
            .align_y(Center);
        if let Some(view) = &self.sale.view {
            if !view.note.is_empty() {
                heading = heading.push(ui::pill(&view.note, Tone::Accent));
            }
            heading = heading.push(ui::text(Role::Body, Tone::Muted, self.lang.tail(self.sale.tail())));
        }
        let content = column![
            heading,
            Space::new().height(Fill),
            charge::sum(Figure::whole(self.sale.amount), self.entry.addition()),
            Space::new().height(Fill),
            row![save.view(), code.view()].spacing(space::S),
            row![renew.view(), leave.view()].spacing(space::S),
        ]
        .spacing(space::S);
        ui::card(content, if narrow { inset::NARROW } else { inset::WIDE })
    }

    fn code_card(self) -> Element<'a, Message> {
        let words = self.lang.words();
        let (code, below): (Element<'a, Message>, Element<'a, Message>) = match (self.sale.status(), &self.sale.qr) {
            (Some(Status::Showing { shown_at, renew_at, .. }), Some(qr)) => {
                (ui::qr_card(qr), self.countdown(*shown_at, *renew_at))
            }
            (Some(Status::Showing { .. }), None) => (ui::placeholder(words.qr_not_drawn), Space::new().into()),
            (Some(Status::Preparing { doubt: Some(doubt), .. }), _) => {
                let advice = self.lang.doubt(doubt);
                (ui::placeholder(format!("{}\n{}", words.preparing_qr, advice.what_happened)), Space::new().into())
            }
            _ => (ui::placeholder(words.preparing_qr), Space::new().into()),
        };
        let hint = container(ui::text(Role::Body, Tone::Ink, words.or_scan)).center_x(Fill);
        let content =
            column![container(code).height(Fill), container(below).height(size::COUNTDOWN_AND_BAR).width(Fill), hint]
                .spacing(space::M)
                .align_x(Center);
        ui::card(content, inset::QR)
    }

    fn countdown(self, shown_at: Timestamp, renew_at: Timestamp) -> Element<'a, Message> {
        let words = self.lang.words();
        let left = renew_at.since(self.now);
        let seconds = left.as_secs() + u64::from(left.subsec_millis() > 0);
        let line: Element<'a, Message> = if seconds == 0 {
            ui::text(Role::Label, Tone::Muted, words.code_being_renewed).into()
        } else {
            let figure = format!("{}:{:02}", seconds / 60, seconds % 60);
            row![ui::text(Role::Figure, Tone::Ink, figure), ui::text(Role::Label, Tone::Muted, words.then_new_code)]
                .spacing(space::S)
                .align_y(Center)
                .into()
        };
        let whole = renew_at.since(shown_at);
        let bar = ui::bar(seconds.min(whole.as_secs()), whole.as_secs());
        column![container(line).height(size::COUNTDOWN).align_y(Center), bar].spacing(size::BAR).into()
    }

    fn giving_way(self, since: Timestamp) -> Element<'a, Message> {
        let words = self.lang.words();
        let steps = vec![
            step(Done::Now, words.step_qr_closing, self.lang.sent_for(self.now.since(since))),
            step(Done::Later, words.step_then_charge, String::new()),
            step(Done::Later, words.step_verify, String::new()),
        ];
        let buttons = row![Button::secondary(words.serve_next, "Esc", Message::SetAside).view()];
        self.going(words.giving_way, words.giving_way_lead.to_owned(), steps, buttons.into())
    }

    fn closing(self, since: Timestamp) -> Element<'a, Message> {
        let words = self.lang.words();
        let amount = yuan(self.sale.amount);
        let banner = ui::banner(Banner::Calm, Icon::Clock, words.closing, words.closing_lead, amount);
        let steps = vec![
            step(Done::Yes, words.step_qr_dead, since.clock()),
            step(Done::Now, words.step_closing, self.lang.sent_for(self.now.since(since))),
        ];
        let buttons = row![Button::secondary(words.serve_next, "Esc", Message::SetAside).view()];
        staged(banner, ui::steps(steps), None, buttons.into())
    }

    fn sending(self, since: Timestamp) -> Element<'a, Message> {
        let words = self.lang.words();
        let steps = vec![
            step(Done::Yes, self.lang.order_sent(self.sale.tail()), since.clock()),
            step(Done::Now, words.step_charging, String::new()),
            step(Done::Later, words.step_verify, String::new()),
        ];
        let lead = self.lang.sent_for(self.now.since(since));
        self.going(words.sending, lead, steps, Space::new().height(size::BUTTON).into())
    }

    fn going(
        self,
        title: &'static str,
        lead: String,
        steps: Vec<Step>,
        buttons: Element<'a, Message>,
    ) -> Element<'a, Message> {
        let banner = ui::banner(Banner::Going, Icon::Arrow, title, lead, yuan(self.sale.amount));
        staged(banner, ui::steps(steps), None, buttons)
    }

    fn password(self, waiting: Waiting) -> Element<'a, Message> {
        let words = self.lang.words();
        let waited = self.now.since(waiting.since);
        let lead = self.lang.waited(waited, waiting.until.since(waiting.since));
        let banner = ui::banner(Banner::Waiting, Icon::Clock, words.password, lead, yuan(self.sale.amount));
        let steps = vec![
            step(Done::Yes, self.lang.order_sent(self.sale.tail()), waiting.since.clock()),
            step(Done::Now, words.step_customer_password, self.queries(waiting)),
            step(Done::Later, words.step_reverse_at_45, String::new()),
        ];
        let buttons = row![self.query_button(), self.cancel_button(waiting)].spacing(space::M);
        staged(banner, ui::steps(steps), None, buttons.into())
    }

    fn unknown(self, waiting: Waiting, doubt: &Doubt) -> Element<'a, Message> {
        let words = self.lang.words();
        let advice = self.lang.doubt(doubt);
        let title = column![
            ui::text(Role::Title, Tone::Ink, words.unknown),
            ui::text(Role::Body, Tone::Muted, self.lang.unknown_lead(self.sale.amount, self.sale.tail())),
        ];
        let head =
            row![ui::icon(Icon::Question, Tone::Waiting, size::ICON_TITLE), title].spacing(space::L).align_y(Center);
        let steps = vec![
            step(Done::Yes, words.step_maybe_arrived, waiting.since.clock()),
            step(Done::Now, advice.what_happened, self.queries(waiting)),
            step(Done::Later, words.step_asking, String::new()),
        ];
        let mut buttons = row![self.query_button()].spacing(space::M);
        if self.sale.means == Means::Code {
            buttons = buttons.push(self.cancel_button(waiting));
        }
        let buttons = buttons.push(Button::secondary(words.serve_next, "Esc", Message::SetAside).view());
        let body = column![
            head,
            ui::steps(steps),
            ui::text(Role::Body, Tone::Muted, words.customer_paid_already),
            Space::new().height(Fill),
            buttons.wrap().vertical_spacing(space::S),
        ]
        .spacing(space::M);
        let banded =
            column![ui::hazard(size::HAZARD, radius::CARD), container(body).padding(inset::STAGE).height(Fill)];
        ui::card(banded, inset::NONE)
    }

    fn reversing(self, since: Timestamp, tries: u32, next_at: Option<Timestamp>) -> Element<'a, Message> {
        let words = self.lang.words();
        let amount = yuan(self.sale.amount);
        let banner = ui::banner(Banner::Waiting, Icon::Back, words.reversing, words.reversing_lead, amount);
        let again = next_at.map(|next| next.since(self.now));
        let steps = vec![
            step(Done::Yes, self.lang.order_sent(self.sale.tail()), since.clock()),
            step(Done::Now, words.step_reverse_sent, self.lang.reverse_tries(tries, again)),
            step(Done::Later, words.step_reverse_certain, String::new()),
        ];
        let aside = Button::secondary(words.serve_next, "Esc", Message::SetAside).view();
        let buttons = row![self.query_button(), aside].spacing(space::M);
        staged(banner, ui::steps(steps), Some(words.customer_paid_already), buttons.into())
    }

    fn queries(self, waiting: Waiting) -> String {
        let next = waiting.next_query_at.map(|next| next.since(self.now));
        self.lang.queries(waiting.queries, next)
    }

    fn query_button(self) -> Element<'a, Message> {
        Button::primary(self.lang.words().query_again, "F6", Message::Query).view()
    }

    /// Not before its time: WeChat wants fifteen seconds between a charge and its reverse.
    fn cancel_button(self, waiting: Waiting) -> Element<'a, Message> {
        let left = waiting.cancel_from.since(self.now);
        let label =
            if left.is_zero() { self.lang.words().cancel_and_refund.to_owned() } else { self.lang.cancel_in(left) };
        Button::secondary(label, "F7", Message::Cancel).enabled(left.is_zero()).view()
    }
}

fn step(done: Done, what: impl Into<String>, detail: String) -> Step {
    Step { done, what: what.into(), detail }
}

/// A banner, the steps, a line of help, and the buttons at the bottom.
fn staged<'a>(
    banner: Element<'a, Message>,
    steps: Element<'a, Message>,
    help: Option<&'static str>,
    buttons: Element<'a, Message>,
) -> Element<'a, Message> {
    let help = ui::text(Role::Body, Tone::Muted, help.unwrap_or_default());
    let content = column![banner, steps, help, Space::new().height(Fill), buttons].spacing(space::L);
    ui::card(content, inset::STAGE)
}
