//! The amount: typed, quick, added up; then a QR code or a scan.

use iced::widget::{Space, column, container, responsive, row};
use iced::{Center, Fill, Size};

use crate::lang::{Lang, Words, yuan};
use crate::money::{AmountError, Fen};
use crate::window::Shop;
use crate::window::entry::{Entry, Figure};
use crate::window::ui::token::{inset, size, space};
use crate::window::ui::{self, Button, Element, Icon, Role, Tone};

/// The amount and the note of the next sale.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Charge {
    pub entry: Entry,
    /// Which of the language's note chips is on.
    pub note: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Message {
    Digit(char),
    /// Two zeros: a key of the on-screen keypad.
    DoubleZero,
    Point,
    Plus,
    Backspace,
    Clear,
    Quick(Fen),
    /// Turns a chip on or off.
    Note(usize),
    /// The next chip, for the keyboard.
    NextNote,
    ShowQr,
    TypeCode,
}

/// What the counter does about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    None,
    /// The key was not taken.
    Refuse(AmountError),
    ChargeQr(Fen),
    /// Open the entry of a payment code by hand.
    TypeCode,
}

impl Charge {
    pub fn update(&mut self, message: Message) -> Action {
        let taken = match message {
            Message::Digit(digit) => self.entry.digit(digit),
            Message::DoubleZero => self.entry.digit('0').and_then(|()| self.entry.digit('0')),
            Message::Point => self.entry.point(),
            Message::Quick(amount) => self.entry.quick(amount),
            Message::Plus => {
                self.entry.plus();
                Ok(())
            }
            Message::Backspace => {
                self.entry.backspace();
                Ok(())
            }
            Message::Clear => {
                *self = Self::default();
                Ok(())
            }
            Message::Note(place) => {
                self.note = if self.note == Some(place) { None } else { Some(place) };
                Ok(())
            }
            Message::NextNote => {
                self.note = match self.note {
                    None => Some(0),
                    Some(place) => Some(place + 1).filter(|&next| next < Lang::default().words().notes.len()),
                };
                Ok(())
            }
            Message::ShowQr => return self.entry.charge().map_or_else(Action::Refuse, Action::ChargeQr),
            Message::TypeCode => return self.entry.charge().map_or_else(Action::Refuse, |_| Action::TypeCode),
        };
        taken.map_or_else(Action::Refuse, |()| Action::None)
    }

    /// The note as the order carries it.
    pub fn note(&self, words: &Words) -> String {
        self.note.and_then(|place| words.notes.get(place)).map_or_else(String::new, |&note| note.to_owned())
    }

    pub fn view<'a>(&'a self, words: &'static Words, shop: &'a Shop) -> Element<'a, Message> {
        let left = responsive(move |room| self.amount_card(words, shop, room));
        let right = container(keypad(words)).width(size::QR_COLUMN).height(Fill);
        row![left, right].spacing(space::L).into()
    }

    fn amount_card<'a>(&'a self, words: &'static Words, shop: &'a Shop, room: Size) -> Element<'a, Message> {
        let ready = self.entry.charge().is_ok();
        let below = if self.entry.is_empty() { Some(words.type_amount.to_owned()) } else { self.entry.addition() };
        let (narrow, tight) = (room.width < size::NARROW, room.height < size::TIGHT);
        let mut quick = column![].spacing(space::S);
        for line in shop.quick_amounts.chunks(if narrow { 3 } else { 6 }) {
            let keys = line.iter().map(|&amount| ui::quick(short(amount), tight, Message::Quick(amount)));
            quick = quick.push(row(keys).spacing(space::S));
        }
        let make_qr =
            Button::primary(words.show_qr, "Enter", Message::ShowQr).enabled(ready).fill().tall().narrow(narrow);
        let by_hand =
            Button::secondary(words.type_code, "F4", Message::TypeCode).enabled(ready).fill().tall().narrow(narrow);
        let content = column![
            heading(words, self.note, narrow),
            Space::new().height(Fill),
            sum(self.entry.figure(), below),
            Space::new().height(Fill),
            quick,
            row![make_qr.view(), by_hand.view()].spacing(space::S),
        ]
        .spacing(if tight { space::S } else { space::M });
        ui::card(content, if narrow { inset::NARROW } else { inset::WIDE })
    }
}

/// `¥5` rather than `¥5.00` where there is nothing behind the point.
fn short(amount: Fen) -> String {
    if amount.cents() == 0 { yuan(amount).replace(".00", "") } else { yuan(amount) }
}

fn heading(words: &'static Words, note: Option<usize>, narrow: bool) -> Element<'static, Message> {
    let chips = words
        .notes
        .iter()
        .enumerate()
        .map(|(place, label)| ui::chip(label, note == Some(place), narrow, Message::Note(place)));
    row![ui::text(Role::Body, Tone::Muted, words.amount), Space::new().width(Fill), row(chips).spacing(space::XS)]
        .align_y(Center)
        .into()
}

/// The amount, large, and a line under it.
pub fn sum<'a, M: 'a>(figure: Figure, below: Option<String>) -> Element<'a, M> {
    column![
        ui::amount(figure),
        container(ui::text(Role::Lead, Tone::Muted, below.unwrap_or_default()))
            .align_right(Fill)
            .height(size::UNDER_AMOUNT),
    ]
    .spacing(space::XS)
    .into()
}

fn keypad(words: &'static Words) -> Element<'static, Message> {
    let last = [(Ok("00"), Message::DoubleZero), (Ok("."), Message::Point), (Err(Icon::Arrow), Message::ShowQr)];
    let side = [(Err(Icon::Backspace), Message::Backspace), (Ok("C"), Message::Clear), (Ok("+"), Message::Plus)];
    let hint = container(ui::text(Role::Body, Tone::Ink, words.scan_instead).align_x(Center)).center_x(Fill);
    ui::card(column![ui::keypad(Message::Digit, side, last), hint].spacing(space::L), space::L)
}
