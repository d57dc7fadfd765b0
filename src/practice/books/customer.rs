//! The customer in the books: who pays, what they do with a QR code or a charge, and when.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::number::AuthCode;
use crate::practice::phone::{Button, Customer, PHONE_WALLET, PhoneOrder, PhoneScreen, PhoneView, ShownCode};
use crate::timestamp::Timestamp;

use super::order::{Kind, Order, Stage, State};
use super::steer::{Act, RefundEnd, Then, not_enough};
use super::unifiedorder::CODE_URL;
use super::{Books, CODE_LIFE, Code};

/// How long the customer takes to scan a QR code.
const SCANS_AFTER: Duration = Duration::from_secs(2);
/// How long the customer takes to type the password.
const TYPES_AFTER: Duration = Duration::from_secs(4);
/// A `code_url` is dead after so long, fixed (manual, unifiedorder).
const PICTURE_LIFE: Duration = Duration::from_secs(2 * 60 * 60);
/// Above so many fen the customer types the password.
const PASSWORD_ABOVE: i64 = 100_000;
/// So many payments a day need none (merchant page; the global page says 10).
const PASSWORD_FREE_A_DAY: u32 = 5;

/// Something that will happen by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Appointment {
    pub(super) at: Timestamp,
    pub(super) serial: u64,
    pub(super) due: Due,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Due {
    /// A customer of this kind scans the QR code.
    Scans(Customer),
    TypesPassword,
    /// The payment fails at the bank.
    Fails,
    /// Still unpaid 45 s after the charge.
    AutoReverse,
    /// Still unpaid after a week.
    AutoClose,
    /// The bank has spoken about the order's refund of this place.
    RefundEnds(usize, RefundEnd),
}

/// Why a phone can't pay what it scanned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ScanRefused {
    /// No such picture, an older one of its order, or older than two hours.
    #[error("this QR code is dead")]
    DeadCode,
    /// Paid, closed, or past its `time_expire`.
    #[error("this order can't be paid any more")]
    OrderEnded,
    /// Somebody else scanned it first.
    #[error("this order belongs to another customer")]
    OtherPayer,
}

/// Who pays with this code: told by its digits 3 to 8, so that a phone's codes have one payer.
pub(super) fn openid(code: &AuthCode) -> String {
    openid_of_wallet(&code.expose()[2..8])
}

fn openid_of_wallet(wallet: &str) -> String {
    let number = wallet.bytes().fold(0, |number, digit| number * 10 + u64::from(digit - b'0'));
    format!("oGuitaiTest_{:016x}", super::mix(number))
}

impl Books {
    /// Lets everything happen that is due by `now`.
    pub fn advance(&mut self, now: Timestamp) {
        while let Some(next) = self.shared.agenda.first().copied().filter(|next| next.at <= now) {
            self.revision += 1;
            self.shared.agenda.remove(&next);
            self.happen(next);
        }
    }

    /// When the next thing happens by itself.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.shared.agenda.first().map(|next| next.at).into_iter().chain(self.next_notice()).min()
    }

    pub(super) fn plan(&mut self, at: Timestamp, serial: u64, due: Due) {
        self.revision += 1;
        self.shared.agenda.insert(Appointment { at, serial, due });
    }

    fn happen(&mut self, Appointment { at, serial, due }: Appointment) {
        if let Due::RefundEnds(place, end) = due {
            return self.end_refund(serial, place, end, at);
        }
        let Some(order) = self.shared.orders.get(&serial).filter(|order| order.is_open()) else { return };
        match due {
            Due::Scans(customer) if order.stage == Stage::Untouched => self.customer_scans(serial, customer, at),
            Due::TypesPassword if order.stage == Stage::PasswordBox => {
                self.note(at, serial, "password typed");
                self.pay(serial, at);
            }
            Due::Scans(_) | Due::TypesPassword | Due::RefundEnds(..) => {}
            Due::Fails => self.fail(serial, "the payment failed", at),
            Due::AutoReverse => {
                let why = "still unpaid after 45 s: reversed by WeChat";
                self.finish(serial, State::Revoked, why, at);
            }
            Due::AutoClose => self.close(serial, "still unpaid after a week: closed by WeChat", at),
        }
    }

    /// A QR code is put before the customer.
    pub(super) fn show_to_customer(&mut self, serial: u64, now: Timestamp) {
        self.local.focus = Some(serial);
        let waiting = |next: &Appointment| next.serial == serial && matches!(next.due, Due::Scans(_));
        let untouched = self.order(serial).stage == Stage::Untouched;
        if untouched && self.local.customer != Customer::Panel && !self.shared.agenda.iter().any(waiting) {
            self.plan(now.plus(SCANS_AFTER), serial, Due::Scans(self.local.customer));
        }
    }

    fn customer_scans(&mut self, serial: u64, customer: Customer, now: Timestamp) {
        let button = match customer {
            Customer::Pays => Button::Pay,
            Customer::Password => Button::AskPassword,
            Customer::Declines => Button::NotEnough,
            Customer::Leaves => Button::Dead,
            Customer::Panel => return,
        };
        self.do_with_picture(serial, button, now);
        if button == Button::AskPassword {
            self.plan(now.plus(TYPES_AFTER), serial, Due::TypesPassword);
        }
    }

    /// A phone of the wallet `wallet` (six digits) scans a QR code: from now on nobody else can pay
    /// its order.
    pub fn scan(&mut self, code_url: &str, wallet: &str, now: Timestamp) -> Result<(), ScanRefused> {
        self.advance(now);
        let shown = |order: &&Order| match &order.kind {
            Kind::Native { picture, .. } => code_url.strip_prefix(CODE_URL) == Some(picture.as_str()),
            Kind::Micropay => false,
        };
        let serial = self.shared.orders.values().rev().find(shown).map(|order| order.serial);
        self.bind(serial.ok_or(ScanRefused::DeadCode)?, openid_of_wallet(wallet), now)
    }

    fn bind(&mut self, serial: u64, openid: String, now: Timestamp) -> Result<(), ScanRefused> {
        let order = self.order(serial);
        if !order.is_open() || order.expires_at.is_some_and(|at| at <= now) {
            return Err(ScanRefused::OrderEnded);
        }
        if matches!(order.kind, Kind::Native { made_at, .. } if made_at.plus(PICTURE_LIFE) <= now) {
            return Err(ScanRefused::DeadCode);
        }
        if order.payer.as_ref().is_some_and(|payer| *payer != openid) {
            return Err(ScanRefused::OtherPayer);
        }
        self.change(serial, |order| order.payer = Some(openid));
        Ok(())
    }

    /// What the customer does when their code is charged.
    pub(super) fn customer_meets_charge(&mut self, serial: u64, now: Timestamp) -> Act {
        self.local.focus = Some(serial);
        let password = self.needs_password(serial, now);
        let armed = if self.local.customer == Customer::Panel { self.local.armed.take() } else { None };
        let act = match (self.local.customer, armed) {
            (Customer::Pays, _) if password => Act::Ask(Then::Types(TYPES_AFTER)),
            (Customer::Panel, None | Some(Button::Pay)) if password => Act::Ask(Then::Waits),
            (Customer::Pays, _) | (Customer::Panel, None | Some(Button::Pay)) => Act::Pay,
            (Customer::Password, _) => Act::Ask(Then::Types(TYPES_AFTER)),
            (Customer::Panel, Some(Button::AskPassword | Button::WrongPassword)) => Act::Ask(Then::Waits),
            (Customer::Declines, _) | (Customer::Panel, Some(Button::NotEnough)) => Act::Fail(not_enough()),
            (Customer::Leaves, _) | (Customer::Panel, Some(Button::Cancel | Button::Dead)) => Act::Ask(Then::Leaves),
        };
        if act == Act::Pay {
            let payer = self.order(serial).payer.clone().unwrap_or_default();
            *self.shared.password_free.entry(payer).or_default() += 1;
        }
        act
    }

    fn needs_password(&mut self, serial: u64, now: Timestamp) -> bool {
        let day = now.start_of_day();
        if self.shared.day != day {
            self.shared.day = day;
            self.shared.password_free.clear();
        }
        let order = self.order(serial);
        let payer = order.payer.as_deref().unwrap_or_default();
        let free = self.shared.password_free.get(payer).copied().unwrap_or_default();
        order.total_fee.as_i64() > PASSWORD_ABOVE || free >= PASSWORD_FREE_A_DAY
    }

    /// From now on, and for a QR code that nobody has scanned yet, the customer is of this kind.
    pub fn set_customer(&mut self, customer: Customer, now: Timestamp) {
        self.advance(now);
        self.local.customer = customer;
        self.local.armed = None;
        let Some(serial) = self.local.focus.filter(|_| matches!(self.screen(now), PhoneScreen::QrCode(_))) else {
            return;
        };
        self.revision += 1;
        self.put_off(serial);
        self.show_to_customer(serial, now);
    }

    /// Nobody is about to scan the order's picture any more.
    pub(super) fn put_off(&mut self, serial: u64) {
        self.shared.agenda.retain(|next| next.serial != serial || !matches!(next.due, Due::Scans(_)));
    }

    /// From now on the phone sees this order, or none: whom [`Books::press`] and [`Books::set_customer`] are about
    /// when several customers pay at once.
    pub fn look_at(&mut self, out_trade_no: Option<&str>) {
        self.local.focus = out_trade_no.and_then(|number| self.numbers.get(number).copied());
    }

    /// The phone shows this payment code from now on.
    pub fn code_shown(&mut self, code: &AuthCode, now: Timestamp) {
        self.advance(now);
        self.remember_code(code.expose(), Code { since: now, used: false });
        self.local.code = Some(ShownCode { code: code.clone(), until: now.plus(CODE_LIFE) });
    }

    fn shown_code(&self, now: Timestamp) -> Option<ShownCode> {
        let shown = self.local.code.clone().filter(|shown| now <= shown.until)?;
        let known = self.shared.codes.get(&super::digest([("auth_code", shown.code.expose())]));
        known.filter(|code| !code.used).map(|_| shown)
    }

    /// A button of the panel: it acts on what is on the phone's screen, or is armed for the next code.
    pub fn press(&mut self, button: Button, now: Timestamp) {
        self.advance(now);
        let screen = self.screen(now);
        let Some(serial) = self.local.focus.filter(|_| !screen.is_idle()) else {
            self.local.armed = (self.local.armed != Some(button)).then_some(button);
            return;
        };
        match screen {
            PhoneScreen::QrCode(_) => self.do_with_picture(serial, button, now),
            PhoneScreen::Password(_) => self.do_at_password_box(serial, button, now),
            PhoneScreen::Idle | PhoneScreen::Left(_) | PhoneScreen::Paid(_) | PhoneScreen::Ended(_) => {}
        }
    }

    fn do_with_picture(&mut self, serial: u64, button: Button, now: Timestamp) {
        if let Err(refused) = self.bind(serial, openid_of_wallet(PHONE_WALLET), now) {
            self.note(now, serial, format!("customer scanned: {refused}"));
            return;
        }
        self.change(serial, |order| order.stage = Stage::Left);
        match button {
            Button::Pay => self.pay(serial, now),
            Button::AskPassword | Button::WrongPassword => {
                self.change(serial, |order| order.stage = Stage::PasswordBox);
                self.note(now, serial, "scanned; customer asked for the password");
            }
            Button::NotEnough => self.note(now, serial, "scanned; not enough money, cancelled"),
            Button::Cancel => self.note(now, serial, "scanned and cancelled"),
            Button::Dead => self.note(now, serial, "scanned; customer walks away"),
        }
    }

    fn do_at_password_box(&mut self, serial: u64, button: Button, now: Timestamp) {
        let left = |order: &mut Order| order.stage = Stage::Left;
        match button {
            Button::Pay => {
                self.note(now, serial, "password typed");
                self.pay(serial, now);
            }
            Button::WrongPassword => self.note(now, serial, "wrong password; still asked for it"),
            Button::NotEnough if self.order(serial).is_micropay() => self.fail(serial, "not enough money", now),
            Button::NotEnough => {
                self.change(serial, left);
                self.note(now, serial, "not enough money, cancelled");
            }
            Button::Cancel => {
                self.change(serial, left);
                self.note(now, serial, "customer cancelled at the password");
            }
            Button::Dead => {
                self.change(serial, left);
                self.note(now, serial, "the phone went dead");
            }
            Button::AskPassword => {}
        }
    }

    /// What the phone shows; [`Books::advance`] comes first.
    pub fn phone_view(&self, now: Timestamp) -> PhoneView {
        let screen = self.screen(now);
        PhoneView {
            customer: self.local.customer,
            buttons: Button::for_screen(&screen),
            armed: self.local.armed,
            code: self.shown_code(now),
            screen,
        }
    }

    fn screen(&self, now: Timestamp) -> PhoneScreen {
        let Some(order) = self.local.focus.and_then(|serial| self.shared.orders.get(&serial)) else {
            return PhoneScreen::Idle;
        };
        let seen = PhoneOrder {
            out_trade_no: order.out_trade_no.clone(),
            total_fee: order.total_fee,
            body: order.body.clone(),
        };
        match (&order.state, &order.kind, order.stage) {
            (State::NotPay | State::UserPaying, _, Stage::PasswordBox) => PhoneScreen::Password(seen),
            (State::NotPay, Kind::Native { made_at, .. }, _) if now < made_at.plus(PICTURE_LIFE) => {
                PhoneScreen::QrCode(seen)
            }
            (State::NotPay | State::UserPaying, _, _) => PhoneScreen::Left(seen),
            (State::Success(_), _, _) => PhoneScreen::Paid(seen),
            (State::Closed | State::Revoked | State::PayError, _, _) => PhoneScreen::Ended(seen),
        }
    }
}
