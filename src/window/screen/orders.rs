//! Orders looked up: one box for whatever number, amount, time or note is at hand, what was found, and the chosen
//! order beside it. Keys come through the window's own listener, so a scan is told from typing here too, and never
//! stays in the box.

use iced::widget::{Space, column, container, responsive, row};
use iced::{Center, Fill};

use crate::lang::{Lang, yuan};
use crate::number::OutTradeNo;
use crate::payment::refund::RefundView;
use crate::scan::{Scanned, classify};
use crate::till::{FindError, OrderPage, OrderState, OrderView, Place, RefundRefused, Refundable};
use crate::timestamp::Timestamp;
use crate::window::ui::token::{inset, size, space};
use crate::window::ui::{self, Button, Element, Icon, Role, Tone};

use super::refund::{self, NotMade, Refund};

mod lines;
mod marks;

use lines::{facts, line, state_banner};
pub use lines::{mark, moment};
use marks::Marks;

/// Lines that stand in the list at once.
pub const LINES: usize = 7;
/// The most that the box takes.
const LONGEST: usize = 64;

/// The search and what it found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Orders {
    text: String,
    /// The question that is on its way; one at a time, so that fast typing asks no more than the book answers.
    asking: Option<Question>,
    shown: Shown,
    chosen: usize,
    /// The refund of the chosen order, once it was asked for: keys go to it.
    refund: Option<Refund>,
    marks: Marks,
    /// A file is held over the window.
    hovered: bool,
}

/// What is asked of the till.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    pub text: String,
    /// The page before ended here.
    pub after: Option<Place>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
enum Shown {
    #[default]
    Nothing,
    Found(Found),
    Trouble(Trouble),
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Found {
    text: String,
    orders: Vec<OrderView>,
    next: Option<Place>,
    /// The gateway was asked, for the book lacks it.
    asked: bool,
}

/// Why nothing can be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trouble {
    Book,
    Gateway,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Message {
    Type(char),
    Backspace,
    Clear,
    Choose(usize),
    /// The next line; behind the last comes the first.
    Next,
    /// The line before.
    Previous,
    Earlier,
    Later,
    Query,
    /// Enter: refund the chosen order, or what is marked.
    Open,
    /// Mark the chosen order, or take its mark away, and go on to the next.
    Mark,
    /// The same with the pointer.
    MarkAt(usize),
    Unmark,
    /// Choose a file with a list.
    ChooseFile,
    /// Look at the list that was begun last.
    OpenList,
    Refund(refund::Message),
    /// Back one level.
    Back,
}

/// What the counter does about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    None,
    Ask(Question),
    /// Look at what has no result yet.
    Unresolved,
    /// Ask what there is to refund of an order.
    Refundable(OutTradeNo),
    /// What the refund's panel wants.
    Refund(refund::Action),
    /// Refund these together.
    List(Vec<String>),
    /// Nothing of the order can be refunded.
    NoMark,
    ChooseFile,
    OpenList,
    Leave,
}

impl Orders {
    /// The newest orders, to begin with.
    pub fn open() -> (Self, Action) {
        let mut orders = Self::default();
        let action = orders.ask();
        (orders, action)
    }

    /// A scanned number takes the place of what was typed.
    pub fn search(&mut self, number: &str) -> Action {
        number.clone_into(&mut self.text);
        self.asking = None;
        self.refund = None;
        self.ask()
    }

    pub fn update(&mut self, message: Message, lang: Lang) -> Action {
        match message {
            Message::Open if self.marks.count() > 0 => Action::List(self.marks.numbers()),
            Message::Open => self.open_refund(),
            Message::Mark => self.mark_chosen(),
            Message::MarkAt(place) => self.mark(place),
            Message::Unmark => self.unmark(),
            Message::ChooseFile => Action::ChooseFile,
            Message::OpenList => Action::OpenList,
            Message::Refund(message) => self.on_refund(message, lang),
            Message::Type(character) => {
                self.refund = None;
                if self.text.chars().count() >= LONGEST || (character == ' ' && self.text.is_empty()) {
                    return Action::None;
                }
                self.text.push(character);
                self.ask()
            }
            Message::Backspace => {
                if self.text.pop().is_none() {
                    return Action::None;
                }
                self.ask()
            }
            Message::Clear => self.clear(),
            Message::Choose(place) => self.choose(place),
            Message::Next => self.choose(if self.chosen + 1 < self.count() { self.chosen + 1 } else { 0 }),
            Message::Previous => self.choose(self.chosen.saturating_sub(1)),
            Message::Earlier => self.choose((self.chosen / LINES + 1) * LINES),
            Message::Later => self.choose((self.chosen / LINES).saturating_sub(1) * LINES),
            Message::Query => match self.chosen().map(|order| order.state) {
                Some(OrderState::Unknown) => Action::Unresolved,
                _ => Action::None,
            },
            Message::Back if !self.text.is_empty() => self.clear(),
            Message::Back if self.marks.count() > 0 => self.unmark(),
            Message::Back => Action::Leave,
        }
    }

    fn mark_chosen(&mut self) -> Action {
        let action = self.mark(self.chosen);
        if action == Action::None && self.chosen + 1 < self.count() {
            return self.choose(self.chosen + 1);
        }
        action
    }

    fn mark(&mut self, place: usize) -> Action {
        let Shown::Found(found) = &self.shown else { return Action::None };
        let Some(order) = found.orders.get(place) else { return Action::None };
        if self.marks.toggle(order) { Action::None } else { Action::NoMark }
    }

    /// Takes all marks away: of those that are about to go back, too.
    pub fn unmark(&mut self) -> Action {
        self.marks.clear();
        Action::None
    }

    /// How many orders are marked.
    pub fn marked(&self) -> usize {
        self.marks.count()
    }

    /// A file is held over the window, or no more.
    pub fn hover(&mut self, hovered: bool) {
        self.hovered = hovered;
    }

    /// In front again: what went back meanwhile is another sum now.
    pub fn again(&mut self) -> Action {
        self.asking = None;
        self.ask()
    }

    /// What the till found. An answer to a question that nobody waits for any more changes nothing.
    pub fn heard(&mut self, question: &Question, answer: Result<OrderPage, FindError>) -> Action {
        if self.asking.as_ref() != Some(question) {
            return Action::None;
        }
        self.asking = None;
        match (answer, &mut self.shown) {
            (Ok(page), Shown::Found(found)) if question.after.is_some() => {
                found.orders.extend(page.orders);
                found.next = page.next;
            }
            (Ok(page), shown) => {
                let text = question.text.clone();
                *shown = Shown::Found(Found { text, orders: page.orders, next: page.next, asked: page.asked });
                self.chosen = 0;
            }
            (Err(FindError::Book(_)), shown) => *shown = Shown::Trouble(Trouble::Book),
            (Err(FindError::Unknown(_)), shown) => *shown = Shown::Trouble(Trouble::Gateway),
        }
        if self.text == question.text { Action::None } else { self.ask() }
    }

    /// The refund of the chosen order.
    pub fn refund(&self) -> Option<&Refund> {
        self.refund.as_ref()
    }

    /// What there is to refund of an order. An answer about another order than the one in front changes nothing.
    pub fn heard_refundable(&mut self, number: &OutTradeNo, answer: Result<Refundable, RefundRefused>) {
        if let Some(refund) = self.refund.as_mut().filter(|refund| refund.number() == number) {
            refund.heard(answer);
        }
    }

    /// Who may approve refunds.
    pub fn name_approvers(&mut self, names: &[String]) {
        if let Some(refund) = &mut self.refund {
            refund.name_approvers(names);
        }
    }

    /// Whether a refund was written down.
    pub fn heard_queued(&mut self, number: &OutTradeNo, answer: Result<RefundView, NotMade>) {
        if let Some(refund) = self.refund.as_mut().filter(|refund| refund.number() == number) {
            refund.queued(answer);
        }
    }

    /// A refund has come further; says whether it is the one in front.
    pub fn follow_refund(&mut self, view: &RefundView) -> bool {
        self.refund.as_mut().is_some_and(|refund| refund.follow(view))
    }

    fn open_refund(&mut self) -> Action {
        let Some(order) = self.chosen() else { return Action::None };
        match order.state {
            OrderState::Paid | OrderState::PartlyRefunded | OrderState::Refunded => {
                let number = order.out_trade_no.clone();
                self.refund = Some(Refund::new(number.clone()));
                Action::Refundable(number)
            }
            OrderState::Unknown => Action::Unresolved,
            OrderState::NotPaid | OrderState::Reversed | OrderState::Closed => Action::None,
        }
    }

    fn on_refund(&mut self, message: refund::Message, lang: Lang) -> Action {
        let Some(refund) = &mut self.refund else { return Action::None };
        match refund.update(message, lang) {
            refund::Action::None => Action::None,
            refund::Action::Close => {
                self.refund = None;
                // What went back of it is another sum now.
                self.ask()
            }
            action => Action::Refund(action),
        }
    }

    /// The order that is chosen.
    pub fn chosen(&self) -> Option<&OrderView> {
        match &self.shown {
            Shown::Found(found) => found.orders.get(self.chosen),
            Shown::Nothing | Shown::Trouble(_) => None,
        }
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    fn clear(&mut self) -> Action {
        self.refund = None;
        self.text.clear();
        self.ask()
    }

    fn ask(&mut self) -> Action {
        self.ask_for(None)
    }

    fn ask_for(&mut self, after: Option<Place>) -> Action {
        if self.asking.is_some() {
            return Action::None;
        }
        let question = Question { text: self.text.clone(), after };
        self.asking = Some(question.clone());
        Action::Ask(question)
    }

    fn count(&self) -> usize {
        match &self.shown {
            Shown::Found(found) => found.orders.len(),
            Shown::Nothing | Shown::Trouble(_) => 0,
        }
    }

    /// Chooses a line; near the last one the next page is asked for.
    fn choose(&mut self, place: usize) -> Action {
        self.refund = None;
        self.chosen = place.min(self.count().saturating_sub(1));
        let end = (self.chosen / LINES + 2) * LINES;
        match &self.shown {
            Shown::Found(Found { next: Some(next), orders, text, .. }) if orders.len() < end && *text == self.text => {
                let next = next.clone();
                self.ask_for(Some(next))
            }
            Shown::Nothing | Shown::Found(_) | Shown::Trouble(_) => Action::None,
        }
    }
}

impl Orders {
    /// `list` is how far the list of refunds is that was begun last.
    pub fn view(&self, list: Option<(usize, usize)>, lang: Lang, now: Timestamp) -> Element<'_, Message> {
        let words = lang.order_words();
        let left = column![
            ui::search_box(
                &self.text,
                [words.search_hint_short, words.search_hint],
                self.refund.is_none(),
                Message::Clear
            ),
            responsive(move |room| ui::card(self.list(list, lang, now, room.width), inset::LIST)),
        ]
        .spacing(space::GUTTER);
        let right = container(ui::card(self.beside(lang), inset::NARROW)).width(size::QR_COLUMN).height(Fill);
        row![left, right].spacing(space::L).into()
    }

    fn list(&self, list: Option<(usize, usize)>, lang: Lang, now: Timestamp, room: f32) -> Element<'_, Message> {
        let words = lang.order_words();
        let found = match &self.shown {
            _ if self.hovered => {
                let words = lang.bulk_words();
                return ui::empty(Icon::Down, words.drop_here, words.drop_here_do);
            }
            _ if self.is_asking_for_a_number() => return ui::empty(Icon::Lens, words.asking_wechat, ""),
            Shown::Nothing => return ui::empty(Icon::Lens, words.searching, ""),
            Shown::Trouble(Trouble::Book) => {
                return ui::empty(Icon::Book, lang.words().book_unreadable, lang.words().book_unreadable_do);
            }
            Shown::Trouble(Trouble::Gateway) => {
                return ui::empty(Icon::Question, words.proof_unknown, words.proof_unknown_do);
            }
            Shown::Found(found) => found,
        };
        if found.orders.is_empty() {
            return if found.text.is_empty() {
                ui::empty(Icon::Dots, words.no_orders, words.no_orders_do)
            } else {
                ui::empty(Icon::Lens, words.nothing_found, words.nothing_found_do)
            };
        }
        let first = self.chosen / LINES * LINES;
        let mut lines = column![].width(Fill).height(Fill);
        for (place, order) in found.orders.iter().enumerate().skip(first).take(LINES) {
            let mark = Marks::may_mark(order).then(|| (self.marks.has(&order.out_trade_no), Message::MarkAt(place)));
            let press = Message::Choose(place);
            lines = lines.push(ui::marked_line(line(order, lang, now), place == self.chosen, room, press, mark));
        }
        column![lines, foot(found, first, list, lang)].into()
    }

    /// The chosen order.
    fn beside(&self, lang: Lang) -> Element<'_, Message> {
        let words = lang.order_words();
        if let Some(refund) = &self.refund {
            return refund.view(lang).map(Message::Refund);
        }
        let Some(order) = self.chosen().filter(|_| !self.is_asking_for_a_number()) else {
            let none = ui::empty(Icon::Lens, words.choose_an_order, "");
            return if self.marks.count() > 0 { column![none, self.marked_ones(lang)].into() } else { none };
        };
        let head = row![
            ui::text(Role::Heading, Tone::Ink, lang.tail(order.out_trade_no.tail())).width(Fill),
            ui::text(Role::Heading, Tone::Ink, yuan(order.total_fee)),
        ]
        .align_y(Center);
        let mut content = column![head, state_banner(order.state, lang)].spacing(space::M);
        let note = match order.state {
            OrderState::Unknown => Some(words.is_unresolved),
            OrderState::NotPaid | OrderState::Reversed | OrderState::Closed => Some(words.not_a_payment),
            OrderState::Paid | OrderState::PartlyRefunded | OrderState::Refunded => None,
        };
        if let Some(note) = note {
            content = content.push(ui::text(Role::Body, Tone::Muted, note));
        }
        content = content.push(facts(order, self.was_asked(), lang)).push(Space::new().height(Fill));
        if order.state == OrderState::Unknown {
            content = content.push(Button::primary(words.unresolved, "F6", Message::Query).fill().tall().view());
        }
        if self.marks.count() > 0 {
            content = content.push(self.marked_ones(lang));
        } else if matches!(order.state, OrderState::Paid | OrderState::PartlyRefunded) {
            let refund = lang.refund_words().key_refund;
            content = content.push(Button::primary(refund, "Enter", Message::Open).fill().tall().view());
        }
        content.into()
    }

    /// What is marked, and the button that begins with it.
    fn marked_ones(&self, lang: Lang) -> Element<'_, Message> {
        let words = lang.bulk_words();
        let (count, sum) = (self.marks.count(), self.marks.sum());
        let line = row![
            ui::text(Role::LabelStrong, Tone::Accent, lang.marked(count, sum)).width(Fill),
            ui::link(ui::text(Role::Label, Tone::Accent, words.unmark), Message::Unmark),
        ]
        .align_y(Center);
        let button = Button::primary(lang.refund_marked(count), "Enter", Message::Open).fill().tall().view();
        column![line, button].spacing(space::S).into()
    }

    /// A whole number may have to be asked of the gateway, and that takes a while.
    fn is_asking_for_a_number(&self) -> bool {
        let asked = self.asking.as_ref().filter(|question| question.after.is_none());
        asked.is_some_and(|question| matches!(classify(&question.text), Scanned::WechatOrder(_) | Scanned::OurOrder(_)))
    }

    fn was_asked(&self) -> bool {
        matches!(&self.shown, Shown::Found(found) if found.asked)
    }
}

/// How many there are, the other pages, and refunds by a list.
fn foot<'a>(found: &Found, first: usize, list: Option<(usize, usize)>, lang: Lang) -> Element<'a, Message> {
    let words = lang.order_words();
    let all = found.orders.len();
    let title = if found.text.is_empty() { words.newest.to_owned() } else { lang.found(all, found.next.is_some()) };
    let mut line = row![ui::text(Role::Label, Tone::Muted, title), Space::new().width(Fill)]
        .spacing(space::S)
        .align_y(Center)
        .height(size::BUTTON - space::XS);
    if first > 0 {
        line = line.push(ui::link(ui::text(Role::Label, Tone::Accent, words.later), Message::Later));
    }
    if first + LINES < all {
        line = line.push(ui::link(ui::text(Role::Label, Tone::Accent, words.earlier), Message::Earlier));
    }
    let words = lang.bulk_words();
    line = match list {
        Some((done, all)) => {
            line.push(ui::link(ui::text(Role::Label, Tone::Accent, lang.list_link(done, all)), Message::OpenList))
        }
        None => line.push(ui::link(ui::text(Role::Label, Tone::Muted, words.key_file), Message::ChooseFile)),
    };
    container(line).padding([space::XXS, space::L]).into()
}

#[cfg(test)]
#[path = "orders_tests.rs"]
mod tests;
