//! What is neither yes nor no: each order with what is known of it, what to do with the goods, and its story; and
//! below, the refunds that came back from the customer's bank and that a person has to send. There is no "done" to
//! press here: only an answer of the gateway ends one.

use iced::widget::{Space, column, container, responsive, row};
use iced::{Center, Fill};

use crate::lang::{Lang, yuan};
use crate::number::{OutRefundNo, OutTradeNo, SaleId};
use crate::payment::refund::RefundView;
use crate::till::{StoryKind, StoryLine, Unresolved as Open};
use crate::timestamp::Timestamp;
use crate::window::ui::token::{inset, size, space};
use crate::window::ui::{self, Banner, Button, Element, Icon, OrderLine, Role, Told, Tone};

use super::orders::{LINES, moment};

/// Lines of a story that stand beside the list.
const STORY: usize = 5;

/// The list, as far as it is this screen's: the orders themselves are the counter's.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Unresolved {
    /// What was chosen; the first one else.
    chosen: Option<Chosen>,
    /// The journal of a sale; `None` while it is being read.
    story: Option<(SaleId, Vec<StoryLine>)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Chosen {
    Order(OutTradeNo),
    Refund(OutRefundNo),
}

/// What is on the list, in its order.
#[derive(Debug, Clone, Copy)]
pub struct List<'a> {
    pub open: &'a [Open],
    pub bounced: &'a [RefundView],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Message {
    Choose(usize),
    Next,
    Previous,
    Query,
    Back,
}

/// What the counter does about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    None,
    /// Read the sale's journal.
    Tell(SaleId),
    /// Ask the gateway now.
    Query(SaleId),
    /// Somebody else asks about it.
    NotHere,
    Leave,
}

impl List<'_> {
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    fn len(self) -> usize {
        self.open.len() + self.bounced.len()
    }

    fn at(self, place: usize) -> Option<Chosen> {
        let refund =
            |place: usize| self.bounced.get(place).map(|view| Chosen::Refund(view.request.out_refund_no.clone()));
        match self.open.get(place) {
            Some(order) => Some(Chosen::Order(order.out_trade_no.clone())),
            None => place.checked_sub(self.open.len()).and_then(refund),
        }
    }
}

impl Unresolved {
    pub fn open(orders: List<'_>) -> (Self, Action) {
        let mut list = Self::default();
        let action = list.choose(0, orders);
        (list, action)
    }

    /// Opens with one order chosen.
    pub fn open_at(number: &OutTradeNo, orders: List<'_>) -> (Self, Action) {
        let mut list = Self { chosen: Some(Chosen::Order(number.clone())), story: None };
        let action = list.choose(list.place(orders), orders);
        (list, action)
    }

    pub fn update(&mut self, message: Message, orders: List<'_>) -> Action {
        let place = self.place(orders);
        match message {
            Message::Choose(place) => self.choose(place, orders),
            Message::Next => self.choose(if place + 1 < orders.len() { place + 1 } else { 0 }, orders),
            Message::Previous => self.choose(place.saturating_sub(1), orders),
            Message::Query => match orders.open.get(place) {
                Some(order) if order.here => Action::Query(order.sale),
                Some(_) => Action::NotHere,
                None => Action::None,
            },
            Message::Back => Action::Leave,
        }
    }

    /// The journal has been read.
    pub fn heard(&mut self, sale: SaleId, story: Vec<StoryLine>, orders: List<'_>) {
        if orders.open.get(self.place(orders)).is_some_and(|order| order.sale == sale) {
            self.story = Some((sale, story));
        }
    }

    /// Something has changed: the story of what is chosen is read again.
    pub fn refresh(&self, orders: List<'_>) -> Action {
        orders.open.get(self.place(orders)).map_or(Action::None, |order| Action::Tell(order.sale))
    }

    fn place(&self, orders: List<'_>) -> usize {
        (0..orders.len()).find(|&place| orders.at(place) == self.chosen).unwrap_or(0)
    }

    fn choose(&mut self, place: usize, orders: List<'_>) -> Action {
        self.chosen = orders.at(place).or(self.chosen.take());
        orders.open.get(place).map_or(Action::None, |order| Action::Tell(order.sale))
    }
}

impl Unresolved {
    pub fn view<'a>(&'a self, orders: List<'a>, lang: Lang, now: Timestamp) -> Element<'a, Message> {
        let words = lang.order_words();
        if orders.is_empty() {
            let back = row![Button::primary(lang.words().back, "Esc", Message::Back).view()];
            let none = ui::empty(Icon::Tick, words.none_unresolved, words.none_unresolved_lead);
            return ui::card(column![none, back], inset::NARROW);
        }
        let place = self.place(orders);
        let details = match (orders.open.get(place), orders.bounced.get(place.saturating_sub(orders.open.len()))) {
            (Some(order), _) => self.details(order, lang),
            (None, Some(refund)) => bounced(refund, lang),
            (None, None) => Space::new().into(),
        };
        let title = column![
            ui::text(Role::Heading, Tone::Waiting, words.unresolved),
            ui::text(Role::Label, Tone::Muted, words.unresolved_lead),
        ]
        .spacing(space::XXS);
        let bill = row![
            ui::icon(Icon::Lens, Tone::Accent, size::ICON_LINE),
            ui::text(Role::Label, Tone::Ink, words.scan_bill).width(Fill)
        ]
        .spacing(space::M)
        .align_y(Center);
        let lines = responsive(move |room| self.lines(orders, lang, now, room.width));
        let left = column![
            container(title).padding([space::L, space::L]),
            ui::hairline(),
            lines,
            ui::hairline(),
            container(bill).padding([space::M, space::L]),
        ];
        let right = container(ui::card(details, inset::NARROW)).width(size::QR_COLUMN).height(Fill);
        row![ui::card(left, inset::UNDER_TITLE), right].spacing(space::L).into()
    }

    fn lines<'a>(&self, orders: List<'a>, lang: Lang, now: Timestamp, room: f32) -> Element<'a, Message> {
        let chosen = self.place(orders);
        let first = chosen / LINES * LINES;
        let mut lines = column![].width(Fill).height(Fill);
        let open = orders.open.iter().map(|order| open_line(order, lang, now));
        let back = orders.bounced.iter().map(|refund| bounced_line(refund, lang, now));
        for (place, line) in open.chain(back).enumerate().skip(first).take(LINES) {
            lines = lines.push(ui::order_line(line, place == chosen, room, Message::Choose(place)));
        }
        lines.into()
    }

    fn details<'a>(&'a self, order: &'a Open, lang: Lang) -> Element<'a, Message> {
        let words = lang.order_words();
        let known = lang.known(order.status.as_ref());
        let head = row![
            ui::text(Role::Heading, Tone::Ink, lang.tail(order.out_trade_no.tail())).width(Fill),
            ui::text(Role::Heading, Tone::Ink, yuan(order.amount)),
        ]
        .align_y(Center);
        let banner = ui::tinted(
            Banner::Waiting,
            column![
                ui::text(Role::BodyStrong, Tone::Ink, known.what_happened.to_string()),
                ui::text(Role::Body, Tone::Ink, known.what_to_do.to_string()),
            ]
            .spacing(space::XXS),
        );
        let mut content = column![head, banner].spacing(space::M);
        if let Some((_, story)) = self.story.as_ref().filter(|(sale, _)| *sale == order.sale) {
            content = content.push(ui::text(Role::LabelStrong, Tone::Muted, words.story)).push(told(story, lang));
        }
        content = content.push(Space::new().height(Fill));
        if !order.here {
            content = content.push(ui::text(Role::Label, Tone::Muted, words.not_here));
        }
        let buttons = row![
            Button::primary(lang.words().query_again, "F6", Message::Query).enabled(order.here).fill().view(),
            Button::secondary(lang.words().back, "Esc", Message::Back).fill().view(),
        ]
        .spacing(space::S);
        content.push(buttons).into()
    }
}

fn open_line(order: &Open, lang: Lang, now: Timestamp) -> OrderLine {
    OrderLine {
        at: moment(order.begun_at, now),
        amount: yuan(order.amount),
        picture: Icon::Clock,
        tone: Tone::Waiting,
        state: lang.known(order.status.as_ref()).title.to_string(),
        number: lang.tail(order.out_trade_no.tail()),
        note: order.note.clone(),
        tail: order.out_trade_no.tail().to_owned(),
    }
}

fn bounced_line(refund: &RefundView, lang: Lang, now: Timestamp) -> OrderLine {
    let number = &refund.request.out_trade_no;
    OrderLine {
        at: moment(refund.asked_at, now),
        amount: yuan(refund.request.refund_fee),
        picture: Icon::Exclamation,
        tone: Tone::Waiting,
        state: lang.refund_words().bounced.to_owned(),
        number: lang.tail(number.tail()),
        note: refund.request.reason.clone(),
        tail: number.tail().to_owned(),
    }
}

/// A refund that came back, with the steps for a person.
fn bounced(refund: &RefundView, lang: Lang) -> Element<'_, Message> {
    let (words, all) = (lang.refund_words(), lang.words());
    let advice = lang.refund_status(&refund.status);
    let request = &refund.request;
    let head = row![
        ui::text(Role::Heading, Tone::Ink, lang.tail(request.out_trade_no.tail())).width(Fill),
        ui::text(Role::Heading, Tone::Ink, yuan(request.refund_fee)),
    ]
    .align_y(Center);
    let banner = ui::tinted(
        Banner::Waiting,
        column![
            ui::text(Role::BodyStrong, Tone::Ink, advice.title.to_string()),
            ui::text(Role::Body, Tone::Ink, advice.what_happened.to_string()),
            ui::text(Role::Body, Tone::Ink, advice.what_to_do.to_string()),
        ]
        .spacing(space::XXS),
    );
    let facts = ui::facts(vec![
        (words.refund_number, request.out_refund_no.to_string()),
        (all.order_number, request.out_trade_no.to_string()),
    ]);
    let back = Button::secondary(all.back, "Esc", Message::Back).fill().view();
    column![head, banner, ui::hairline(), facts, Space::new().height(Fill), back].spacing(space::M).into()
}

/// The last lines of a story; the same line again and again counts as one.
fn told<'a>(story: &[StoryLine], lang: Lang) -> Element<'a, Message> {
    let mut lines: Vec<(String, usize, &StoryLine)> = Vec::new();
    for line in story {
        let said = say(line, lang);
        match lines.last_mut() {
            Some((last, count, at)) if *last == said => {
                *count += 1;
                *at = line;
            }
            _ => lines.push((said, 1, line)),
        }
    }
    let hidden = lines.len().saturating_sub(STORY);
    let told = lines.into_iter().skip(hidden).map(|(said, count, line)| Told {
        at: line.at.clock(),
        said: lang.times(&said, count),
        answer: line.kind == StoryKind::Answered,
    });
    let mut list = column![].spacing(space::XS);
    if hidden > 0 {
        list = list.push(ui::text(Role::Label, Tone::Muted, lang.earlier_lines(hidden)));
    }
    list.push(ui::story(told.collect())).into()
}

fn say(line: &StoryLine, lang: Lang) -> String {
    match line.kind {
        StoryKind::Sent | StoryKind::Decided => lang.told_sent(&line.what).to_owned(),
        StoryKind::Answered => lang.told_answer(&line.read),
        StoryKind::Cashier => lang.told_cashier(&line.what).to_owned(),
    }
}

#[cfg(test)]
#[path = "unresolved_tests.rs"]
mod tests;
