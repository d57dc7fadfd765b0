//! Keys and scans. Each key echoes at once; when a run of them proves to be a scan, what they changed is
//! put back.

use std::time::Instant;

use crate::number::AuthCode;
use crate::payment::Status;
use crate::scan::{Scanned, Step};
use crate::window::key::{Key, Pressed};
use crate::window::screen::{bulk, charge, code, orders, refund, rules, sale, unresolved};

use super::{Before, Charging, Counter, Effect, Link, Screen};

impl Counter {
    pub(super) fn pressed(&mut self, pressed: Pressed) -> Vec<Effect> {
        match pressed {
            Pressed::Key(Key::Char(character), at) => {
                let mut effects = self.quiet(at);
                let steps = self.wedge.push(character, self.since_epoch(at), self.before());
                effects.extend(self.follow(steps));
                effects
            }
            Pressed::Key(key, at) => {
                let steps = self.wedge.finish(self.since_epoch(at));
                let mut effects = self.follow(steps);
                effects.push(self.key(key));
                effects
            }
            Pressed::Committed(text, at) => {
                let mut effects = self.quiet(at);
                let steps = self.wedge.committed(&text, self.since_epoch(at), &self.before());
                effects.extend(self.follow(steps));
                effects
            }
        }
    }

    pub(super) fn quiet(&mut self, at: Instant) -> Vec<Effect> {
        let steps = self.wedge.end(self.since_epoch(at));
        self.follow(steps)
    }

    fn before(&self) -> Before {
        Before {
            charge: self.charge.clone(),
            screen: self.screen.clone(),
            sale: self.sale.clone(),
            answer: self.answer.clone(),
        }
    }

    fn follow(&mut self, steps: Vec<Step<Before>>) -> Vec<Effect> {
        let mut effects = Vec::new();
        for step in steps {
            match step {
                Step::Type(character) => effects.push(self.typed(character)),
                Step::Restore(before) => self.restore(before),
                Step::Scan(scanned) => {
                    self.scanner = Link::Good;
                    effects.push(self.scanned(scanned));
                }
            }
        }
        effects
    }

    /// Puts back what a scanner's first keys changed. Of the sale only an end can have been dismissed by
    /// them; one that goes on, or that began meanwhile, is the till's to tell.
    fn restore(&mut self, before: Before) {
        if self.sale.is_none() {
            self.charge = before.charge;
            self.screen = before.screen;
            self.sale = before.sale.filter(super::Sale::is_final);
        } else if matches!((&self.screen, &before.screen), (Screen::Code(_), Screen::Code(_))) {
            self.screen = before.screen;
        }
        self.answer = before.answer;
    }

    fn typed(&mut self, character: char) -> Effect {
        match self.screen {
            Screen::Orders(_) if !self.help => return self.typed_on_orders(character),
            Screen::Unresolved(_) if !self.help => return self.typed_on_unresolved(character),
            Screen::Rules(_) if !self.help => return self.typed_on_rules(character),
            Screen::Bulk(_) if !self.help => return self.typed_on_bulk(character),
            Screen::Orders(_)
            | Screen::Unresolved(_)
            | Screen::Bulk(_)
            | Screen::Charge
            | Screen::Code(_)
            | Screen::SameAmount(_)
            | Screen::Rules(_) => {}
        }
        match crate::money::plain_digit(character) {
            '\n' | '\r' => self.enter(),
            '+' => self.type_amount(charge::Message::Plus),
            '.' => self.type_amount(charge::Message::Point),
            digit if digit.is_ascii_digit() => self.digit(digit),
            _ => Effect::Nothing,
        }
    }

    /// The box takes every character; `+` goes to the next line, so that the numeric pad alone is enough.
    fn typed_on_orders(&mut self, character: char) -> Effect {
        if self.refund_is_open() {
            return match crate::money::plain_digit(character) {
                '\n' | '\r' => self.on_refund(refund::Message::Next),
                '.' => self.on_refund(refund::Message::Point),
                '+' => self.on_refund(refund::Message::OtherApprover),
                digit if digit.is_ascii_digit() => self.on_refund(refund::Message::Digit(digit)),
                _ => Effect::Nothing,
            };
        }
        match character {
            '\n' | '\r' => self.on_orders(orders::Message::Open),
            '\t' | '+' => self.on_orders(orders::Message::Next),
            typed => self.on_orders(orders::Message::Type(crate::money::plain_digit(typed))),
        }
    }

    /// Whether keys are for the refund of the chosen order.
    fn refund_is_open(&self) -> bool {
        matches!(&self.screen, Screen::Orders(orders) if orders.refund().is_some())
    }

    fn on_refund(&mut self, message: refund::Message) -> Effect {
        self.on_orders(orders::Message::Refund(message))
    }

    fn typed_on_unresolved(&mut self, character: char) -> Effect {
        match character {
            '\n' | '\r' => self.on_unresolved(unresolved::Message::Query),
            '\t' | '+' => self.on_unresolved(unresolved::Message::Next),
            _ => Effect::Nothing,
        }
    }

    fn typed_on_bulk(&mut self, character: char) -> Effect {
        match crate::money::plain_digit(character) {
            '\n' | '\r' => self.on_bulk(bulk::Message::Next),
            '\t' | '+' => self.on_bulk(bulk::Message::More),
            digit if digit.is_ascii_digit() => self.on_bulk(bulk::Message::Digit(digit)),
            _ => Effect::Nothing,
        }
    }

    fn digit(&mut self, digit: char) -> Effect {
        if let Screen::Code(_) = self.screen {
            return self.on_code(code::Message::Digit(digit));
        }
        let Some(sale) = &self.sale else { return self.type_amount(charge::Message::Digit(digit)) };
        if sale.is_at_qr() {
            let words = self.lang.words();
            return self.warn(words.cancel_first, words.cancel_first_do);
        }
        if sale.is_final() && !matches!(sale.status(), Some(Status::PaidLate(_))) {
            self.next_sale();
            return self.type_amount(charge::Message::Digit(digit));
        }
        Effect::Nothing
    }

    /// For the amount, if that is what is in front.
    fn type_amount(&mut self, message: charge::Message) -> Effect {
        if self.help || self.screen != Screen::Charge || self.sale.is_some() {
            return Effect::Nothing;
        }
        self.on_charge(message)
    }

    fn key(&mut self, key: Key) -> Effect {
        match key {
            Key::Char(character) => self.typed(character),
            Key::Backspace => match self.screen {
                Screen::Code(_) => self.on_code(code::Message::Backspace),
                Screen::Orders(_) if self.refund_is_open() => self.on_refund(refund::Message::Backspace),
                Screen::Orders(_) => self.on_orders(orders::Message::Backspace),
                Screen::Rules(_) => self.on_rules(rules::Message::Backspace),
                Screen::Bulk(_) => self.on_bulk(bulk::Message::Backspace),
                _ => self.type_amount(charge::Message::Backspace),
            },
            Key::Delete => match self.screen {
                Screen::Code(_) => self.on_code(code::Message::Clear),
                Screen::Orders(_) if self.refund_is_open() => self.on_refund(refund::Message::Clear),
                Screen::Orders(_) => self.on_orders(orders::Message::Clear),
                Screen::Rules(_) => self.on_rules(rules::Message::Clear),
                Screen::Bulk(_) => self.on_bulk(bulk::Message::Clear),
                _ => self.type_amount(charge::Message::Clear),
            },
            Key::Up if self.is_at_rules() => self.on_rules(rules::Message::Previous),
            Key::Down if self.is_at_rules() => self.on_rules(rules::Message::Next),
            Key::Mark => self.at_orders(orders::Message::Mark),
            Key::Up => self.move_in_list(orders::Message::Previous, unresolved::Message::Previous),
            Key::Down => self.move_in_list(orders::Message::Next, unresolved::Message::Next),
            Key::Escape => self.escape(),
            Key::Function(number) => self.function(number),
        }
    }

    fn move_in_list(&mut self, orders: orders::Message, unresolved: unresolved::Message) -> Effect {
        match self.screen {
            Screen::Orders(_) => self.on_orders(orders),
            Screen::Unresolved(_) => self.on_unresolved(unresolved),
            Screen::Bulk(_) => self.on_bulk(bulk::Message::More),
            Screen::Charge | Screen::Code(_) | Screen::SameAmount(_) | Screen::Rules(_) => Effect::Nothing,
        }
    }

    /// For the orders, if they are what is in front.
    fn at_orders(&mut self, message: orders::Message) -> Effect {
        if self.help || !self.takes_lists() { Effect::Nothing } else { self.on_orders(message) }
    }

    fn function(&mut self, number: u8) -> Effect {
        match number {
            2 if self.is_at_rules() => self.on_rules(rules::Message::NewPin),
            4 if self.is_at_rules() => self.on_rules(rules::Message::Forgot),
            7 if self.is_at_rules() => self.on_rules(rules::Message::NoPin),
            1 => {
                self.help = !self.help;
                Effect::Nothing
            }
            2 | 4 | 5 if self.takes_lists() => self.at_orders(match number {
                2 => orders::Message::Mark,
                4 => orders::Message::ChooseFile,
                _ => orders::Message::OpenList,
            }),
            2 => self.type_amount(charge::Message::NextNote),
            3 => self.save_qr(),
            4 if self.sale.is_none() => self.type_amount(charge::Message::TypeCode),
            4 if self.is_at_qr() && self.screen == Screen::Charge => self.type_code(),
            5 => self.sale.as_ref().filter(|sale| sale.qr().is_some()).map_or(Effect::Nothing, |s| Effect::Renew(s.id)),
            6 => self.query(),
            7 => self.cancel(),
            8 => self.look_up(),
            11 => {
                self.full_screen = !self.full_screen;
                Effect::FullScreen(self.full_screen)
            }
            _ => Effect::Nothing,
        }
    }

    fn is_at_qr(&self) -> bool {
        self.sale.as_ref().is_some_and(sale::Sale::is_at_qr)
    }

    fn query(&mut self) -> Effect {
        match self.screen {
            Screen::Orders(_) if self.refund_is_open() => return self.on_refund(refund::Message::Query),
            Screen::Orders(_) => return self.on_orders(orders::Message::Query),
            Screen::Unresolved(_) => return self.on_unresolved(unresolved::Message::Query),
            Screen::Bulk(_) => return Effect::Nothing,
            Screen::Charge | Screen::Code(_) | Screen::SameAmount(_) | Screen::Rules(_) => {}
        }
        match &self.sale {
            Some(sale) if matches!(sale.status(), Some(status) if !status.is_final()) => Effect::Query(sale.id),
            _ => Effect::Nothing,
        }
    }

    fn cancel(&mut self) -> Effect {
        if self.refund_is_open() {
            return self.on_refund(refund::Message::Stop);
        }
        if let Screen::Bulk(_) = self.screen {
            return self.on_bulk(bulk::Message::Stop);
        }
        let Some(sale) = &self.sale else { return Effect::Nothing };
        match sale.status() {
            Some(Status::Password(waiting) | Status::Unknown(waiting, _))
                if sale.means == sale::Means::Code && self.now >= waiting.cancel_from =>
            {
                Effect::Cancel(sale.id)
            }
            _ => Effect::Nothing,
        }
    }

    /// The next step of whatever is in front.
    fn enter(&mut self) -> Effect {
        if self.help {
            self.help = false;
            return Effect::Nothing;
        }
        match self.screen {
            Screen::Code(_) => return self.on_code(code::Message::Submit),
            Screen::SameAmount(_) => return self.confirm(),
            Screen::Charge | Screen::Orders(_) | Screen::Unresolved(_) | Screen::Rules(_) | Screen::Bulk(_) => {}
        }
        let Some(status) = self.sale.as_ref().map(|sale| sale.status().cloned()) else {
            return self.on_charge(charge::Message::ShowQr);
        };
        match status {
            Some(Status::Password(_) | Status::Unknown(..) | Status::Reversing { .. }) => self.query(),
            Some(Status::Paid(_) | Status::PaidLate(_)) => self.on_sale(sale::Message::Done),
            Some(
                Status::Declined(_) | Status::Reversed | Status::Closed | Status::NotSent(_) | Status::NotRecorded,
            ) => self.on_sale(sale::Message::Again),
            None
            | Some(
                Status::Preparing { .. }
                | Status::Showing { .. }
                | Status::GivingWay { .. }
                | Status::Sending { .. }
                | Status::Closing { .. },
            ) => Effect::Nothing,
        }
    }

    /// Back one level. It never cancels money by itself.
    fn escape(&mut self) -> Effect {
        if self.help {
            self.help = false;
            return Effect::Nothing;
        }
        if self.refund_is_open() {
            return self.on_refund(refund::Message::Back);
        }
        if let Screen::Orders(_) = self.screen {
            return self.on_orders(orders::Message::Back);
        }
        if self.is_at_rules() {
            return self.on_rules(rules::Message::Back);
        }
        if let Screen::Bulk(_) = self.screen {
            return self.on_bulk(bulk::Message::Back);
        }
        if self.screen != Screen::Charge {
            self.screen = Screen::Charge;
            return Effect::Nothing;
        }
        let Some(sale) = &self.sale else { return self.on_charge(charge::Message::Clear) };
        match sale.status() {
            _ if sale.is_at_qr() => self.leave(),
            Some(
                Status::GivingWay { .. } | Status::Closing { .. } | Status::Unknown(..) | Status::Reversing { .. },
            ) => self.set_aside(),
            Some(status) if status.is_final() => self.on_sale(sale::Message::Done),
            _ => Effect::Nothing,
        }
    }

    /// A scan is always answered, and it never lands in a field.
    pub(super) fn scanned(&mut self, scanned: Scanned) -> Effect {
        if self.is_at_rules() {
            return self.leave_rules_first();
        }
        match scanned {
            Scanned::Payment(code) => self.scanned_payment(code),
            Scanned::WechatOrder(_) | Scanned::OurOrder(_) if self.is_in_doubt() => self.query(),
            Scanned::WechatOrder(_) | Scanned::OurOrder(_) => self.scanned_order(&scanned),
            other => {
                let advice = self.lang.scanned(&other);
                advice.map_or(Effect::Nothing, |advice| self.warn(advice.title, advice.what_to_do))
            }
        }
    }

    fn is_in_doubt(&self) -> bool {
        let status = self.sale.as_ref().and_then(sale::Sale::status);
        matches!(status, Some(Status::Password(_) | Status::Unknown(..) | Status::Reversing { .. }))
    }

    fn scanned_payment(&mut self, code: AuthCode) -> Effect {
        let words = self.lang.words();
        self.help = false;
        if matches!(self.screen, Screen::Orders(_) | Screen::Unresolved(_) | Screen::Bulk(_)) {
            let words = self.lang.order_words();
            return self.warn(words.is_payment_code, words.is_payment_code_do);
        }
        if matches!(self.screen, Screen::SameAmount(_)) {
            return self.warn(words.leave_first, words.leave_first_do);
        }
        if let Some(sale) = &mut self.sale {
            match sale.status().cloned() {
                _ if sale.is_at_qr() => {
                    sale.means = sale::Means::Code;
                    let id = sale.id;
                    self.screen = Screen::Charge;
                    self.answer = None;
                    return Effect::Scan(id, code);
                }
                Some(Status::PaidLate(_)) => return self.warn(words.leave_first, words.leave_first_do),
                Some(Status::Paid(_)) => self.next_sale(),
                Some(status) if status.is_final() => self.keep_amount(),
                _ => return self.warn(words.wait_for_result, words.wait_for_result_do),
            }
        }
        self.screen = Screen::Charge;
        match self.charge.entry.charge() {
            Ok(amount) => self.charge_or_ask(Charging { amount, code: Some(code) }),
            Err(_) => self.warn(words.amount_first, words.amount_first_do),
        }
    }
}
