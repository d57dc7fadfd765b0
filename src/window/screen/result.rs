//! How a sale ended, each end with a shape, an icon and a word of its own.

use iced::widget::{Space, column, container, row};
use iced::{Center, Fill};

use crate::lang::{Advice, Lang, yuan};
use crate::money::Fen;
use crate::payment::{NotSent, Notice, Receipt, Refusal};
use crate::window::ui::token::{inset, radius, size, space};
use crate::window::ui::{self, Banner, Button, Element, Icon, Role, Tone};

use super::sale::{Message, Sale};

/// The whole screen green: the money is in the book.
pub fn paid<'a>(sale: &'a Sale, receipt: &Receipt, lang: Lang, practice: bool) -> Element<'a, Message> {
    let words = lang.words();
    let mut content = column![
        ui::ring(Icon::Tick, Tone::OnPaid, size::ICON_FULL),
        Space::new().height(space::M),
        ui::text(Role::Title, Tone::OnPaid, words.paid),
        ui::text(Role::Full, Tone::OnPaid, yuan(sale.amount)),
        ui::text(Role::Action, Tone::OnPaidMuted, lang.paid_line(sale.tail(), receipt)),
        Space::new().height(space::XS),
        ui::text(Role::Body, Tone::OnPaidMuted, words.next_any_digit),
    ]
    .spacing(space::XS)
    .align_x(Center);
    if practice {
        content = content.push(Space::new().height(space::XS)).push(ui::pill(words.practice_no_money, Tone::OnPaid));
    }
    ui::paid_screen(content, Message::Done)
}

/// A final no: red, the reason, what to do; the gateway's own words one click away.
pub fn declined<'a>(sale: &'a Sale, refusal: &'a Refusal, lang: Lang) -> Element<'a, Message> {
    let words = lang.words();
    let advice = lang.refusal(refusal);
    let head = ui::block(Banner::Failed, Icon::Cross, words.declined, words.no_money_moved, yuan(sale.amount));
    let toggle = if sale.details { words.hide_details } else { words.details };
    let buttons = row![
        Button::primary(words.next_code, "Enter", Message::Again).view(),
        Button::secondary(words.key_next_customer, "Esc", Message::Done).view(),
        Space::new().width(Fill),
        Button::plain(toggle, Message::Details).view(),
    ]
    .spacing(space::M)
    .align_y(Center);
    let details = sale.details.then(|| {
        facts(vec![
            (words.gateway_code, refusal.code.clone()),
            (words.gateway_text, refusal.text.clone()),
            (words.order_number, number(sale)),
        ])
    });
    ended(head, &advice, details, buttons.into())
}

/// Undone: grey.
pub fn reversed(sale: &Sale, lang: Lang) -> Element<'_, Message> {
    let words = lang.words();
    calm(sale, lang, Icon::Back, words.reversed, words.reversed_lead)
}

/// The QR's time was over: grey.
pub fn closed(sale: &Sale, lang: Lang) -> Element<'_, Message> {
    let words = lang.words();
    calm(sale, lang, Icon::Clock, words.closed, words.closed_lead)
}

fn calm<'a>(
    sale: &'a Sale,
    lang: Lang,
    picture: Icon,
    title: &'static str,
    lead: &'static str,
) -> Element<'a, Message> {
    let words = lang.words();
    let head = ui::block(Banner::Calm, picture, title, lead, yuan(sale.amount));
    let facts = facts(vec![(words.order_number, number(sale))]);
    let buttons = row![
        Button::primary(words.charge_again, "Enter", Message::Again).view(),
        Button::secondary(words.key_next_customer, "Esc", Message::Done).view(),
    ]
    .spacing(space::M);
    let content = column![head, facts, Space::new().height(Fill), buttons].spacing(space::L);
    ui::card(content, inset::STAGE)
}

/// Nothing was sent: a grey banner, and the amount stays.
pub fn not_sent<'a>(amount: Fen, why: &NotSent, lang: Lang) -> Element<'a, Message> {
    let words = lang.words();
    let advice = lang.not_sent(why);
    let head = ui::banner(Banner::Calm, Icon::Plug, advice.title, advice.what_happened, yuan(amount));
    let buttons = row![
        Button::primary(words.retry, "Enter", Message::Again).view(),
        Button::secondary(words.back, "Esc", Message::Done).view(),
    ]
    .spacing(space::M);
    told(head, advice.what_to_do, words.not_sent_kept, buttons.into())
}

/// The book can't be written: no money is taken.
pub fn not_recorded<'a>(amount: Fen, lang: Lang) -> Element<'a, Message> {
    let words = lang.words();
    let head = ui::block(Banner::Failed, Icon::Book, words.not_recorded, words.not_recorded_lead, yuan(amount));
    let buttons = row![
        Button::primary(words.retry, "Enter", Message::Again).view(),
        Button::secondary(words.back, "Esc", Message::Done).view(),
    ]
    .spacing(space::M);
    told(head, words.not_recorded_do, "", buttons.into())
}

/// Paid after its end, or twice: amber, until somebody has read it.
pub fn paid_late<'a>(sale: &'a Sale, receipt: &Receipt, lang: Lang) -> Element<'a, Message> {
    let words = lang.words();
    let (title, lead, to_do) = match sale.view.as_ref().and_then(|view| view.notice.as_ref()) {
        Some(Notice::AlsoPaid { .. }) => (words.also_paid, words.also_paid_lead, words.also_paid_do),
        Some(Notice::GoesBack) => (words.paid_late, words.goes_back_lead, words.goes_back_do),
        Some(Notice::ScanNotTaken) | None => (words.paid_late, words.paid_late_lead, words.paid_late_do),
    };
    let head = ui::block(Banner::Waiting, Icon::Exclamation, title, lead, yuan(sale.amount));
    let buttons = row![Button::primary(words.understood, "Enter", Message::Done).view()];
    let line = ui::text(Role::Body, Tone::Muted, lang.paid_line(sale.tail(), receipt));
    let content = column![
        head,
        ui::text(Role::Heading, Tone::Ink, to_do),
        line,
        facts(vec![(words.order_number, number(sale))]),
        Space::new().height(Fill),
        buttons
    ]
    .spacing(space::L);
    let banded = column![ui::hazard(size::HAZARD, radius::CARD), container(content).padding([space::XL, space::XXL])];
    ui::card(banded, inset::NONE)
}

fn number(sale: &Sale) -> String {
    sale.view.as_ref().map_or_else(String::new, |view| view.out_trade_no.to_string())
}

fn ended<'a>(
    head: Element<'a, Message>,
    advice: &Advice,
    details: Option<Element<'a, Message>>,
    buttons: Element<'a, Message>,
) -> Element<'a, Message> {
    let mut content = column![
        head,
        column![
            ui::text(Role::Heading, Tone::Ink, advice.title.to_string()),
            ui::text(Role::Body, Tone::Muted, advice.what_happened.to_string()),
        ]
        .spacing(space::XXS),
        to_do(advice.what_to_do.to_string()),
    ]
    .spacing(space::M);
    if let Some(details) = details {
        content = content.push(details);
    }
    ui::card(content.push(Space::new().height(Fill)).push(buttons), inset::STAGE)
}

fn told<'a>(
    head: Element<'a, Message>,
    to_be_done: impl Into<String>,
    kept: &'static str,
    buttons: Element<'a, Message>,
) -> Element<'a, Message> {
    let content = column![
        head,
        to_do(to_be_done.into()),
        ui::text(Role::Body, Tone::Muted, kept),
        Space::new().height(Fill),
        buttons
    ]
    .spacing(space::L);
    ui::card(content, inset::STAGE)
}

fn to_do<'a>(sentence: String) -> Element<'a, Message> {
    row![ui::icon(Icon::Arrow, Tone::Accent, size::ICON_LINE), ui::text(Role::Lead, Tone::Ink, sentence)]
        .spacing(space::M)
        .align_y(Center)
        .into()
}

/// Names and values, for support.
fn facts<'a>(list: Vec<(&'static str, String)>) -> Element<'a, Message> {
    let mut lines = column![].spacing(space::XS);
    for (name, value) in list {
        let name = ui::text(Role::Label, Tone::Muted, name).width(size::NAMES);
        lines = lines.push(row![name, ui::text(Role::Label, Tone::Ink, value)].spacing(space::M));
    }
    column![ui::hairline(), lines].spacing(space::M).into()
}
