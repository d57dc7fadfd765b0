//! The cashier and the customers.

use guitai::money::Fen;
use guitai::number::{AuthCode, OutTradeNo, SaleId};
use guitai::payment::Call;
use guitai::payment::sale::Sale;
use guitai::practice::{Button, Customer};
use guitai::till::drive::{Drive, Versions, Wish};

use super::fault::Fault;
use super::scenario::Key;
use super::world::{Happening, Known, Millis, SECOND, World};

/// The wallet of the phone that practice's buttons belong to.
const WALLET: &str = "880001";

#[derive(Debug, Clone)]
pub(crate) enum CashierAct {
    NextSale,
    Wish(SaleId, Wish),
    /// A fresh code while the QR is up.
    Scan(SaleId),
    /// The same code again.
    ScanAgain(SaleId, AuthCode),
}

#[derive(Debug, Clone)]
pub(crate) enum CustomerAct {
    /// Scans a picture; `password` if they are then asked for it.
    Scan {
        number: OutTradeNo,
        picture: String,
        password: bool,
    },
    AtPasswordBox {
        number: OutTradeNo,
        button: Button,
    },
}

impl World {
    pub(crate) fn next_sale_soon(&mut self, till: usize) {
        let start = self.tills[till].start;
        if self.tills[till].alive && self.faults && self.tills[till].sales.is_empty() {
            let after = self.dice.between(SECOND, 20 * SECOND);
            self.later(after, Happening::Cashier { till, start, act: CashierAct::NextSale });
        }
    }

    pub(crate) fn cashier(&mut self, till: usize, act: CashierAct) {
        if !self.faults {
            return;
        }
        match act {
            CashierAct::NextSale => self.next_sale(till),
            CashierAct::Wish(sale, wish) => self.wish(till, sale, wish),
            CashierAct::Scan(sale) => {
                let code = self.a_code();
                if self.strikes(Fault::DoubleScan) {
                    let start = self.tills[till].start;
                    let after = self.dice.below(2 * SECOND);
                    let act = CashierAct::ScanAgain(sale, code.clone());
                    self.later(after, Happening::Cashier { till, start, act });
                }
                self.wish(till, sale, Wish::Scan(code));
            }
            CashierAct::ScanAgain(sale, code) => self.wish(till, sale, Wish::Scan(code)),
        }
    }

    fn next_sale(&mut self, till: usize) {
        if self.tills[till].sales_left == 0 {
            return;
        }
        self.tills[till].sales_left -= 1;
        let id = SaleId::new(self.next_sale);
        self.next_sale += 1;
        let wall = guitai::timestamp::Timestamp::from_millis(self.tills[till].wall(self.now));
        let amount = self.an_amount();
        let scenario = self.script.as_ref().map(|script| script.scenario);
        let desk = self.tills[till].desk.clone();
        let order = desk.order(wall, amount, "", self.dice.u32());
        let qr = scenario.map_or_else(|| self.dice.below(2) == 0, |scenario| scenario.qr);
        self.tell(format_args!(
            "till {} sale {} of {amount} {}",
            till + 1,
            id.as_i64(),
            if qr { "by QR" } else { "by code" }
        ));
        let drive = if qr {
            let pictures = if scenario.is_some() { 2 } else { self.dice.pick(&[1, 2, 24]) };
            let (sale, steps) = Sale::by_qr(id, String::new(), order, pictures);
            Drive::new(desk, sale, Versions::new(), None, steps, wall)
        } else {
            let code = self.a_code();
            let (sale, steps) = Sale::by_code(id, String::new(), order, code.clone(), wall);
            Drive::new(desk, sale, Versions::new(), Some(code), steps, wall)
        };
        if let Some(scenario) = scenario {
            self.plan_keys(till, id, scenario.cashier);
        } else {
            self.plan_wishes(till, id, qr);
            // Another customer may be served while this sale is still being watched.
            let start = self.tills[till].start;
            let after = self.dice.between(30 * SECOND, 150 * SECOND);
            self.later(after, Happening::Cashier { till, start, act: CashierAct::NextSale });
        }
        self.begin(till, drive);
    }

    /// The cashier's keys as they are written; a till that has died meanwhile hears none.
    fn plan_keys(&mut self, till: usize, sale: SaleId, keys: &[(u64, Key)]) {
        let start = self.tills[till].start;
        for (at, key) in keys {
            let act = key.wish().map_or(CashierAct::Scan(sale), |wish| CashierAct::Wish(sale, wish));
            self.later(at * SECOND, Happening::Cashier { till, start, act });
        }
    }

    fn plan_wishes(&mut self, till: usize, sale: SaleId, qr: bool) {
        let start = self.tills[till].start;
        // Keys matter too much to be as rare as some faults are.
        let keys: &[(Fault, Option<Wish>, Millis)] = &[
            (Fault::PressF5, Some(Wish::Renew), 60 * SECOND),
            (Fault::PressF6, Some(Wish::Query), 60 * SECOND),
            (Fault::PressF7, Some(Wish::Cancel), 60 * SECOND),
            (Fault::PressEsc, Some(Wish::Leave), 120 * SECOND),
            (Fault::ScanOverQr, None, 60 * SECOND),
        ];
        for (key, wish, within) in keys {
            let chance = if qr { 350 } else { 200 };
            if !self.dice.permille(chance) {
                continue;
            }
            self.counts.fault(*key);
            let within = if self.dice.below(4) == 0 { *within * 6 } else { *within };
            let after = self.dice.below(within);
            let act = match wish {
                Some(wish) => CashierAct::Wish(sale, wish.clone()),
                None => CashierAct::Scan(sale),
            };
            self.later(after, Happening::Cashier { till, start, act });
        }
    }

    fn an_amount(&mut self) -> Fen {
        if let Some(script) = &self.script {
            return Fen::new(script.scenario.fen).expect("an amount");
        }
        let fen = if self.strikes(Fault::SteeredAmount) {
            let rows = [
                1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 30, 31, 32, 33, 34, 35,
                36, 37, 38,
            ];
            9_040_400 + self.dice.pick(&rows)
        } else {
            i64::from(self.dice.pick(&[1, 2, 3, 800, 1250, 1288, 200_000]))
        };
        Fen::new(fen).expect("an amount")
    }

    fn a_code(&mut self) -> AuthCode {
        if let Some(code) =
            self.codes.last().cloned().filter(|_| self.faults && self.script.is_none() && self.dice.permille(40))
        {
            self.counts.fault(Fault::UsedCode);
            return code;
        }
        let text = format!("13{:06}{:010}", self.dice.below(1_000_000), self.dice.below(10_000_000_000));
        let code = AuthCode::parse(&text).expect("18 digits from 13");
        self.codes.push(code.clone());
        code
    }

    /// A till shows a picture: somebody may scan it, now or much later.
    pub(crate) fn shown(&mut self, number: &OutTradeNo, picture: &str) {
        let Some(Known { shown, .. }) = self.known.get_mut(number) else { return };
        if let Some(script) = &self.script {
            let (number, picture) = (number.clone(), picture.to_owned());
            let place = shown.len() + 1;
            let scans = script.scenario.scans.filter(|(picture, _)| *picture == place);
            let is_new = shown.insert(picture.clone());
            if let Some((_, at)) = scans.filter(|_| is_new) {
                let password = script.scenario.then.is_some();
                self.at(at * SECOND, Happening::Customer(CustomerAct::Scan { number, picture, password }));
            }
            return;
        }
        if !shown.insert(picture.to_owned()) || !self.faults || self.dice.below(3) == 0 {
            return;
        }
        let within = self.dice.pick(&[8, 40, 400]);
        let after = self.dice.between(1, within) * SECOND + self.dice.below(SECOND);
        let password = self.dice.below(3) == 0;
        let act = CustomerAct::Scan { number: number.clone(), picture: picture.to_owned(), password };
        self.later(after, Happening::Customer(act));
    }

    pub(crate) fn customer(&mut self, act: CustomerAct) {
        if !self.faults {
            return;
        }
        let now = self.gateway_now();
        match act {
            CustomerAct::Scan { number, picture, password } => {
                let scanned = self.books.scan(&picture, WALLET, now);
                self.tell(format_args!("customer scans the QR of {number}: {scanned:?}"));
                if scanned.is_err() {
                    return self.counts.fault(Fault::PaysOldPicture);
                }
                let (fault, button) =
                    if password { (Fault::PasswordOnQr, Button::AskPassword) } else { (Fault::PaysQr, Button::Pay) };
                self.counts.fault(fault);
                self.press(&number, button);
                if password {
                    let written = self.script.as_ref().and_then(|script| script.scenario.then);
                    let (after, button) = written.unwrap_or_else(|| {
                        let buttons = [Button::Pay, Button::Pay, Button::NotEnough, Button::Cancel];
                        (self.dice.between(1, 90), self.dice.pick(&buttons))
                    });
                    let after = after * SECOND;
                    self.later(after, Happening::Customer(CustomerAct::AtPasswordBox { number, button }));
                }
            }
            CustomerAct::AtPasswordBox { number, button } => self.press(&number, button),
        }
        self.post_reports();
    }

    fn press(&mut self, number: &OutTradeNo, button: Button) {
        let now = self.gateway_now();
        self.books.look_at(Some(number.as_str()));
        if !self.books.phone_view(now).screen.is_idle() {
            self.books.press(button, now);
            self.tell(format_args!("customer of {number}: {button:?}"));
        }
        self.books.look_at(None);
    }

    /// Decides what the customer does with the charge that is about to be handled.
    pub(crate) fn let_customers_meet(&mut self, number: &OutTradeNo, call: &Call) {
        let now = self.gateway_now();
        self.books.look_at(None);
        if !matches!(call, Call::Charge(_)) {
            return self.books.set_customer(Customer::Panel, now);
        }
        if let Some(scenario) = self.script.as_ref().map(|script| script.scenario) {
            self.books.set_customer(scenario.charged, now);
            if let Some((after, button)) = scenario.then.filter(|_| scenario.charged == Customer::Panel) {
                self.books.press(Button::AskPassword, now);
                let act = CustomerAct::AtPasswordBox { number: number.clone(), button };
                self.later(after * SECOND, Happening::Customer(act));
            }
            return;
        }
        let (fault, customer) = self.dice.pick(&[
            (Fault::PaysAtOnce, Customer::Pays),
            (Fault::PaysAtOnce, Customer::Pays),
            (Fault::Password, Customer::Password),
            (Fault::PasswordLate, Customer::Panel),
            (Fault::Declines, Customer::Declines),
            (Fault::Leaves, Customer::Leaves),
        ]);
        self.books.set_customer(customer, now);
        if customer == Customer::Panel {
            self.books.press(Button::AskPassword, now);
            let after = self.dice.between(5, 60) * SECOND;
            let button = self.dice.pick(&[Button::Pay, Button::Pay, Button::NotEnough, Button::Cancel, Button::Dead]);
            let act = CustomerAct::AtPasswordBox { number: number.clone(), button };
            self.later(after, Happening::Customer(act));
        }
        if self.faults {
            self.counts.fault(fault);
        }
    }
}
