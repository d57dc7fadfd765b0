//! What the cashier does, with the pointer or with the keys that stand for it.

use crate::number::SaleId;
use crate::payment::Status;
use crate::window::Choice;
use crate::window::screen::bulk::Listing;
use crate::window::screen::charge::{self, Charge};
use crate::window::screen::code::{self, Code};
use crate::window::screen::sale::{self, Means, Sale};
use crate::window::ui::Toast;

use super::{Charging, Counter, Did, Effect, Screen, TOLD_MOST};

impl Counter {
    /// What the cashier did with the pointer, or with a key that does the same.
    pub(super) fn did(&mut self, did: Did) -> Vec<Effect> {
        let effect = match did {
            Did::Charge(message) => self.on_charge(message),
            Did::Code(message) => self.on_code(message),
            Did::Sale(message) => self.on_sale(message),
            Did::Orders(message) => self.on_orders(message),
            Did::Unresolved(message) => self.on_unresolved(message),
            Did::Rules(message) => self.on_rules(message),
            Did::WhoRefunds => self.open_rules(),
            Did::Bulk(message) => self.on_bulk(message),
            Did::LookUp => self.look_up(),
            Did::Unsettled => self.unsettled(),
            Did::Confirm => self.confirm(),
            Did::Refrain => {
                self.screen = Screen::Charge;
                Effect::Nothing
            }
            Did::Language => {
                self.lang = self.lang.other();
                self.answer = None;
                Effect::Keep(Choice::Language(self.lang))
            }
            Did::Theme => {
                let chosen = self.theme().other();
                self.chosen_theme = Some(chosen);
                Effect::Keep(Choice::Theme(chosen))
            }
            Did::SetUp => self.set_up(),
            Did::Help => {
                self.help = !self.help;
                Effect::Nothing
            }
            Did::Phone(button) => {
                // With nothing on the phone's screen the button is kept for the next code.
                self.armed = Some(button).filter(|_| self.sale.as_ref().is_none_or(Sale::is_final));
                Effect::Press(button)
            }
            Did::ShowCode => Effect::ShowCode,
        };
        vec![effect]
    }

    pub(super) fn on_charge(&mut self, message: charge::Message) -> Effect {
        match self.charge.update(message) {
            charge::Action::None => {
                self.answer = None;
                Effect::Nothing
            }
            charge::Action::Refuse(error) => self.refuse(error),
            charge::Action::ChargeQr(amount) => self.charge_or_ask(Charging { amount, code: None }),
            charge::Action::TypeCode => self.type_code(),
        }
    }

    pub(super) fn type_code(&mut self) -> Effect {
        self.screen = Screen::Code(Code::default());
        self.answer = None;
        Effect::Nothing
    }

    pub(super) fn on_code(&mut self, message: code::Message) -> Effect {
        let Screen::Code(code) = &mut self.screen else { return Effect::Nothing };
        match code.update(message) {
            code::Action::None => Effect::Nothing,
            code::Action::Back => {
                self.screen = Screen::Charge;
                Effect::Nothing
            }
            code::Action::Scanned(scanned) => self.scanned(scanned),
        }
    }

    pub(super) fn on_sale(&mut self, message: sale::Message) -> Effect {
        let Some(sale) = &mut self.sale else { return Effect::Nothing };
        let id = sale.id;
        match message {
            sale::Message::Renew => Effect::Renew(id),
            sale::Message::Query => Effect::Query(id),
            sale::Message::Cancel => Effect::Cancel(id),
            sale::Message::TypeCode => self.type_code(),
            sale::Message::SaveQr => self.save_qr(),
            sale::Message::Details => {
                sale.details = !sale.details;
                Effect::Nothing
            }
            sale::Message::Leave => self.leave(),
            sale::Message::SetAside => self.set_aside(),
            sale::Message::Again => self.again(),
            sale::Message::Done => {
                self.next_sale();
                Effect::Nothing
            }
        }
    }

    /// A sale that goes on is finished first, and so is a list: a set-up may open another till, with a counter that
    /// knows of neither.
    fn set_up(&mut self) -> Effect {
        if self.sale.as_ref().is_some_and(|sale| !sale.is_final()) {
            let words = self.lang.words();
            return self.warn(words.leave_first, words.set_up_after);
        }
        if self.list.as_ref().is_some_and(Listing::is_under_way) {
            let words = self.lang.bulk_words();
            return self.warn(words.goes_on, words.set_up_after);
        }
        Effect::SetUp
    }

    fn dismiss(&mut self) {
        if let Some(sale) = self.sale.take()
            && sale.is_final()
        {
            self.remember_told(sale.id);
        }
    }

    pub(super) fn remember_told(&mut self, id: SaleId) {
        self.told.push_back(id);
        if self.told.len() > TOLD_MOST {
            self.told.pop_front();
        }
    }

    /// The amount is cleared for the next customer.
    pub(super) fn next_sale(&mut self) {
        self.dismiss();
        self.charge = Charge::default();
        self.screen = Screen::Charge;
    }

    /// The amount stays; the next digit begins a new one.
    pub(super) fn keep_amount(&mut self) {
        self.dismiss();
        self.charge.entry.keep();
        self.screen = Screen::Charge;
    }

    pub(super) fn leave(&mut self) -> Effect {
        let Some(id) = self.sale.as_ref().filter(|sale| sale.is_at_qr()).map(|sale| sale.id) else {
            return Effect::Nothing;
        };
        self.keep_amount();
        Effect::Leave(id)
    }

    pub(super) fn set_aside(&mut self) -> Effect {
        if let Some(sale) = self.sale.take()
            && let Some(view) = sale.view
        {
            self.kept.push(view);
        }
        self.next_sale();
        Effect::LookAgain
    }

    /// Once more after an end without payment. A code serves one payment, so after a scan the next step is
    /// another scan.
    fn again(&mut self) -> Effect {
        let Some(sale) = self.sale.as_ref().filter(|sale| sale.is_final()) else { return Effect::Nothing };
        let (means, amount) = (sale.means, sale.amount);
        let retry = means == Means::Qr && matches!(sale.status(), Some(Status::NotSent(_) | Status::NotRecorded));
        self.keep_amount();
        if retry {
            return self.charge_or_ask(Charging { amount, code: None });
        }
        if means == Means::Code {
            let words = self.lang.words();
            self.say(Toast::Note, words.scan_code_again, words.scan_code_again_do);
        }
        Effect::Nothing
    }

    pub(super) fn save_qr(&mut self) -> Effect {
        /// Pixels a module: sharp on a printed page.
        const SCALE: u32 = 12;
        let Some((qr, view)) = self.sale.as_ref().and_then(|sale| Some((sale.qr()?, sale.view.as_ref()?))) else {
            return Effect::Nothing;
        };
        Effect::SavePicture { png: qr.to_png(SCALE), name: format!("{}.png", view.out_trade_no) }
    }

    /// Holds the owner's limit, and the rule against charging one customer twice: a sale of the same amount
    /// that is not resolved is asked about, once.
    pub(super) fn charge_or_ask(&mut self, charging: Charging) -> Effect {
        if let Some(limit) = self.shop.limit.filter(|&limit| charging.amount > limit) {
            let advice = self.lang.over_limit(limit);
            return self.warn(advice.title, advice.what_to_do);
        }
        if self.open_of(charging.amount).next().is_some() {
            self.screen = Screen::SameAmount(charging);
            self.answer = None;
            return Effect::Nothing;
        }
        self.charge_now(charging)
    }

    pub(super) fn confirm(&mut self) -> Effect {
        match std::mem::replace(&mut self.screen, Screen::Charge) {
            Screen::SameAmount(charging) => self.charge_now(charging),
            other => {
                self.screen = other;
                Effect::Nothing
            }
        }
    }

    fn charge_now(&self, charging: Charging) -> Effect {
        Effect::Charge { charging, note: self.charge.note(self.lang.words()) }
    }
}
