//! The amount: typed, quick, added up; then a QR code or a scan.

use iced::widget::{Space, column, container, responsive, row};
use iced::{Center, Fill};

use crate::lang::{Lang, Words, yuan};
use crate::money::{AmountError, Fen};
use crate::window::Shop;
use crate::window::entry::Entry;
use crate::window::ui::token::{size, space};
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
        let left = responsive(move |room| self.amount_card(words, shop, room.width < 620.0));
        let right = container(keypad(words)).width(size::QR_COLUMN).height(Fill);
        row![left, right].spacing(space::L).into()
    }

    fn amount_card<'a>(&'a self, words: &'static Words, shop: &'a Shop, narrow: bool) -> Element<'a, Message> {
        let ready = self.entry.charge().is_ok();
        let mut quick = column![].spacing(space::S);
        for line in shop.quick_amounts.chunks(if narrow { 3 } else { 6 }) {
            let keys = line.iter().map(|&amount| ui::quick(short(amount), Message::Quick(amount)));
            quick = quick.push(row(keys).spacing(space::S));
        }
        let show = Button::primary(words.show_qr, "Enter", Message::ShowQr).enabled(ready).fill().tall();
        let by_hand = Button::secondary(words.type_code, "F4", Message::TypeCode).enabled(ready).fill().tall();
        let content = column![
            heading(words, self.note),
            Space::new().height(Fill),
            sum(&self.entry),
            Space::new().height(Fill),
            quick,
            row![show.view(), by_hand.view()].spacing(space::S),
        ]
        .spacing(space::M);
        ui::card(content, if narrow { 28.0 } else { 36.0 })
    }
}

/// `¥5` rather than `¥5.00` where there is nothing behind the point.
fn short(amount: Fen) -> String {
    if amount.cents() == 0 { yuan(amount).replace(".00", "") } else { yuan(amount) }
}

fn heading(words: &'static Words, note: Option<usize>) -> Element<'static, Message> {
    let chips =
        words.notes.iter().enumerate().map(|(place, label)| ui::chip(label, note == Some(place), Message::Note(place)));
    row![ui::text(Role::Body, Tone::Muted, words.amount), Space::new().width(Fill), row(chips).spacing(space::XS)]
        .align_y(Center)
        .into()
}

/// The amount, large, with its addends under it.
pub fn sum<'a, M: 'a>(entry: &Entry) -> Element<'a, M> {
    let addition = entry.addition().unwrap_or_default();
    column![
        ui::amount(entry.figure()),
        container(ui::text(Role::Lead, Tone::Muted, addition)).align_right(Fill).height(30.0),
    ]
    .spacing(space::XS)
    .into()
}

fn keypad(words: &'static Words) -> Element<'static, Message> {
    let digit = |digit: char| match digit {
        '7' => "7",
        '8' => "8",
        '9' => "9",
        '4' => "4",
        '5' => "5",
        '6' => "6",
        '1' => "1",
        '2' => "2",
        '3' => "3",
        _ => "0",
    };
    let mut keys = column![].spacing(space::S).height(Fill);
    for (digits, side) in [
        (['7', '8', '9'], (Err(Icon::Backspace), Message::Backspace)),
        (['4', '5', '6'], (Ok("C"), Message::Clear)),
        (['1', '2', '3'], (Ok("+"), Message::Plus)),
    ] {
        let line = digits.into_iter().map(|key| ui::key(Ok(digit(key)), Message::Digit(key)));
        keys = keys.push(row(line).push(ui::key(side.0, side.1)).spacing(space::S).height(Fill));
    }
    let last = row![
        ui::key(Ok("0"), Message::Digit('0')),
        ui::key(Ok("00"), Message::DoubleZero),
        ui::key(Ok("."), Message::Point),
        ui::key(Err(Icon::Arrow), Message::ShowQr),
    ];
    let hint = container(ui::text(Role::Body, Tone::Ink, words.scan_instead)).center_x(Fill);
    ui::card(column![keys.push(last.spacing(space::S).height(Fill)), hint].spacing(space::L), space::L)
}
