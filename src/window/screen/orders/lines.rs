//! How one order is told: in a line, and beside the list.

use iced::Center;
use iced::widget::{column, row};

use crate::lang::{Lang, yuan};
use crate::number::OutTradeNo;
use crate::till::{OrderState, OrderView};
use crate::timestamp::Timestamp;
use crate::window::ui::token::{size, space};
use crate::window::ui::{self, Banner, Element, Icon, OrderLine, Role, Tone};

/// What is known of an order.
pub(super) fn facts<'a, M: 'a>(order: &OrderView, asked: bool, lang: Lang) -> Element<'a, M> {
    let (words, all) = (lang.order_words(), lang.words());
    let mut list = Vec::new();
    if let Some(at) = order.created_at {
        list.push((words.made_at, at.to_string()));
    }
    list.push((all.order_number, order.out_trade_no.to_string()));
    if let Some(number) = &order.transaction_id {
        list.push((words.wechat_number, number.to_string()));
    }
    if !order.note.is_empty() {
        list.push((all.note, order.note.clone()));
    }
    if asked {
        list.push((words.copy_of_wechat, words.from_wechat.to_owned()));
    }
    column![ui::hairline(), ui::facts(list)].spacing(space::M).into()
}

pub(super) fn line(order: &OrderView, lang: Lang, now: Timestamp) -> OrderLine {
    let (picture, tone, state) = mark(order.state, lang);
    let state = match order.state {
        OrderState::PartlyRefunded => lang.refunded_of(order.refunded_fee),
        OrderState::Paid
        | OrderState::NotPaid
        | OrderState::Reversed
        | OrderState::Closed
        | OrderState::Unknown
        | OrderState::Refunded => state.to_owned(),
    };
    let at = order.created_at.map_or_else(String::new, |at| moment(at, now));
    OrderLine {
        at,
        amount: yuan(order.total_fee),
        picture,
        tone,
        state,
        number: in_groups(order.out_trade_no.as_str()),
        note: order.note.clone(),
        tail: order.out_trade_no.tail().to_owned(),
    }
}

/// A time of today, else the day with it.
pub fn moment(at: Timestamp, now: Timestamp) -> String {
    let minutes = at.clock()[..5].to_owned();
    if at.start_of_day() == now.start_of_day() { minutes } else { format!("{} {minutes}", &at.date()[5..]) }
}

/// A number of ours as people read it: day, minute, second and till, and the digits that make it its own.
pub(super) fn in_groups(number: &str) -> String {
    if number.len() != OutTradeNo::LENGTH || !number.is_ascii() {
        return number.to_owned();
    }
    [&number[..8], &number[8..12], &number[12..14], &number[14..18], &number[18..]].join(" ")
}

/// Each state's own shape, colour and word.
pub fn mark(state: OrderState, lang: Lang) -> (Icon, Tone, &'static str) {
    let words = lang.order_words();
    match state {
        OrderState::Paid => (Icon::Tick, Tone::Ok, words.state_paid),
        OrderState::NotPaid => (Icon::Cross, Tone::Failed, words.state_not_paid),
        OrderState::Reversed => (Icon::Back, Tone::Calm, words.state_reversed),
        OrderState::Closed => (Icon::Clock, Tone::Calm, words.state_closed),
        OrderState::Unknown => (Icon::Question, Tone::Waiting, words.state_unknown),
        OrderState::PartlyRefunded => (Icon::Back, Tone::Waiting, words.state_partly_refunded),
        OrderState::Refunded => (Icon::Back, Tone::Calm, words.state_refunded),
    }
}

pub(super) fn state_banner<'a, M: 'a>(state: OrderState, lang: Lang) -> Element<'a, M> {
    let (picture, tone, word) = mark(state, lang);
    let kind = match state {
        OrderState::Paid => Banner::Good,
        OrderState::NotPaid => Banner::Failed,
        OrderState::Reversed | OrderState::Closed | OrderState::Refunded => Banner::Calm,
        OrderState::Unknown | OrderState::PartlyRefunded => Banner::Waiting,
    };
    let line = row![ui::icon(picture, tone, size::ICON_LINE), ui::text(Role::BodyStrong, tone, word)]
        .spacing(space::M)
        .align_y(Center);
    ui::tinted(kind, line)
}
