//! A payment code typed by hand, for shops without a scanner: eighteen digits in groups. No text field
//! is involved, so that no input method can eat a digit.

use iced::widget::{Space, column, container, responsive, row};
use iced::{Center, Fill};

use crate::lang::{Lang, yuan};
use crate::money::Fen;
use crate::number::AuthCode;
use crate::scan::{Scanned, classify};
use crate::window::ui::token::{inset, size, space};
use crate::window::ui::{self, Button, Element, Icon, Role, Tone};

/// The digits typed so far.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Code {
    digits: zeroize::Zeroizing<String>,
}

/// A payment code is as good as money: only how much of it is there is shown.
impl std::fmt::Debug for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Code({} digits)", self.digits.len())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Message {
    Digit(char),
    Backspace,
    Clear,
    Submit,
    Back,
}

/// What the counter does about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    None,
    /// Treat it as if it had been scanned.
    Scanned(Scanned),
    Back,
}

/// Digits as they are printed under a payment code's bars.
const GROUPS: [usize; 5] = [4, 4, 4, 4, 2];

impl Code {
    pub fn update(&mut self, message: Message) -> Action {
        match message {
            Message::Digit(digit) => {
                if self.digits.len() < AuthCode::LENGTH {
                    self.digits.push(digit);
                }
                Action::None
            }
            Message::Backspace => {
                self.digits.pop();
                Action::None
            }
            Message::Clear => {
                *self = Self::default();
                Action::None
            }
            Message::Submit if self.digits.is_empty() => Action::None,
            Message::Submit => Action::Scanned(classify(&self.digits)),
            Message::Back => Action::Back,
        }
    }

    fn is_whole(&self) -> bool {
        self.digits.len() == AuthCode::LENGTH
    }

    pub fn view(&self, lang: Lang, amount: Fen) -> Element<'_, Message> {
        let words = lang.words();
        let head = row![
            ui::text(Role::Heading, Tone::Ink, words.code_title).width(Fill),
            ui::text(Role::Heading, Tone::Ink, yuan(amount))
        ]
        .align_y(Center);
        let buttons = row![
            Button::primary(words.charge, "Enter", Message::Submit).enabled(self.is_whole()).fill().tall().view(),
            Button::secondary(words.back, "Esc", Message::Back).fill().tall().view(),
        ]
        .spacing(space::S);
        let count = lang.code_digits(self.digits.len(), AuthCode::LENGTH);
        let content = column![
            head,
            ui::text(Role::Body, Tone::Muted, words.code_where),
            Space::new().height(Fill),
            self.boxes(),
            ui::text(Role::Label, Tone::Muted, count),
            Space::new().height(Fill),
            ui::text(Role::Body, Tone::Muted, words.code_password_note),
            buttons,
        ]
        .spacing(space::M);
        let side =
            [(Err(Icon::Backspace), Message::Backspace), (Ok("C"), Message::Clear), (Err(Icon::Cross), Message::Back)];
        let keys = ui::card(ui::keypad(Message::Digit, side, [(Err(Icon::Arrow), Message::Submit)]), space::L);
        row![ui::card(content, inset::NARROW), container(keys).width(size::QR_COLUMN)].spacing(space::L).into()
    }

    fn boxes(&self) -> Element<'_, Message> {
        let cells = responsive(|room| {
            let mut digits = self.digits.chars();
            let mut typed = 0;
            let groups = GROUPS.iter().map(|&length| {
                let cells = (0..length).map(|_| {
                    let digit = digits.next();
                    typed += 1;
                    ui::digit_cell(digit, typed == self.digits.len() + 1, room.width)
                });
                row(cells.collect::<Vec<_>>()).spacing(space::XXS).into()
            });
            row(groups.collect::<Vec<_>>()).spacing(space::S).wrap().vertical_spacing(space::S).into()
        });
        cells.height(iced::Shrink).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(digits: &str) -> Code {
        let mut code = Code::default();
        for digit in digits.chars() {
            assert_eq!(code.update(Message::Digit(digit)), Action::None);
        }
        code
    }

    #[test]
    fn eighteen_digits_are_a_scan() {
        let whole = "134567890123456789";
        let mut code = typed(&format!("{whole}99"));
        let expected = AuthCode::parse(whole).unwrap();
        assert_eq!(code.update(Message::Submit), Action::Scanned(Scanned::Payment(expected)));
    }

    #[test]
    fn fewer_digits_are_named_as_such() {
        let mut code = typed("1345678");
        assert_eq!(code.update(Message::Submit), Action::Scanned(Scanned::Partial { digits: 7 }));
        assert_eq!(code.update(Message::Backspace), Action::None);
        assert_eq!(code.update(Message::Submit), Action::Scanned(Scanned::Partial { digits: 6 }));
        assert_eq!(Code::default().update(Message::Submit), Action::None);
    }

    #[test]
    fn the_digits_do_not_show_in_logs() {
        assert_eq!(format!("{:?}", typed("134567")), "Code(6 digits)");
    }
}
