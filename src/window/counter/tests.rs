//! The counter as a cashier, a scanner, a till and a clock would drive it.

use std::path::PathBuf;

use iced_test::simulator;

use super::*;
use crate::number::{OutTradeNo, TransactionId};
use crate::payment::{Doubt, NotSent, Notice, Reason, Receipt, Refusal, Waiting};
use crate::settings::{Field, SettingsError};
use crate::till::Update;
use crate::window::Choice;
use crate::window::key::{self, Key, Pressed};

#[path = "lists_tests.rs"]
mod lists_tests;
#[path = "look_up_tests.rs"]
mod look_up_tests;
#[path = "rules_tests.rs"]
mod rules_tests;

const CODE: &str = "134567890123456789";

struct Desk {
    counter: Counter,
    epoch: Instant,
    at: Duration,
    now: Timestamp,
}

fn fen(amount: i64) -> Fen {
    Fen::new(amount).unwrap()
}

fn code(text: &str) -> AuthCode {
    AuthCode::parse(text).unwrap()
}

fn refusal() -> Refusal {
    Refusal { reason: Reason::NotEnough, code: "NOTENOUGH".to_owned(), text: String::new() }
}

impl Desk {
    fn new() -> Self {
        Self::of(None, Wedge::<()>::GAP)
    }

    fn of(limit: Option<Fen>, scan_gap: Duration) -> Self {
        let (name, till) = (String::new(), "1".to_owned());
        let shop = Shop { name, till, quick_amounts: vec![fen(500)], limit, scan_gap, practice: true };
        let (epoch, now) = (Instant::now(), Timestamp::from_wire("20261122182405").unwrap());
        let counter = Counter::new(shop, Lang::En, Theme::Light, true, now, epoch);
        Self { counter, epoch, at: Duration::ZERO, now }
    }

    fn tell(&mut self, message: Message) -> Vec<Effect> {
        self.counter.update(message, self.now)
    }

    fn wait(&mut self, millis: u64) -> Vec<Effect> {
        self.now = self.now.plus(Duration::from_millis(millis));
        self.at += Duration::from_millis(millis);
        self.tell(Message::Tick)
    }

    /// Sends keys as iced's own simulated keyboard makes them, through the window's listener.
    fn keys(&mut self, text: &str, gap: u64) -> Vec<Effect> {
        let mut effects = Vec::new();
        for event in simulator::typewrite(text) {
            let Some(Pressed::Key(key, _)) = key::listen(event, iced::event::Status::Ignored, window_id()) else {
                continue;
            };
            self.at += Duration::from_millis(gap);
            effects.extend(self.tell(Message::Pressed(Pressed::Key(key, self.epoch + self.at))));
        }
        effects
    }

    /// At a person's pace, and not so soon after a scan that Enter would be taken for the scanner's.
    fn typing(&mut self, text: &str) -> Vec<Effect> {
        self.keys(text, 320)
    }

    /// At a scanner's pace, after the hand has moved.
    fn scan(&mut self, text: &str) -> Vec<Effect> {
        self.at += Duration::from_millis(500);
        self.keys(text, 3)
    }

    fn press(&mut self, key: Key) -> Vec<Effect> {
        self.at += Duration::from_millis(250);
        self.tell(Message::Pressed(Pressed::Key(key, self.epoch + self.at)))
    }

    /// What the shell does: begins the sale that was asked for.
    fn begin(&mut self, id: i64, effects: &[Effect]) {
        let [Effect::Charge { charging, .. }] = effects else { panic!("no sale was asked for: {effects:?}") };
        self.counter.begun(SaleId::new(id), charging);
    }

    fn hear_of(&mut self, id: i64, amount: i64, status: Status) -> Vec<Effect> {
        self.hear_with(id, amount, status, None)
    }

    fn hear_with(&mut self, id: i64, amount: i64, status: Status, notice: Option<Notice>) -> Vec<Effect> {
        let view = SaleView {
            id: SaleId::new(id),
            amount: fen(amount),
            note: String::new(),
            started_at: self.now,
            out_trade_no: OutTradeNo::parse("2026112218240501304418").unwrap(),
            status,
            notice,
        };
        self.tell(Message::Till(Update::Sale(view)))
    }

    fn by_qr(&mut self, id: i64) {
        let effects = self.typing("12.50\n");
        self.begin(id, &effects);
        let renew_at = self.now.plus(Duration::from_secs(300));
        self.hear_of(id, 1250, Status::Showing { code_url: "weixin://x".to_owned(), shown_at: self.now, renew_at });
    }

    fn by_code(&mut self, id: i64) {
        self.typing("12.50");
        let effects = self.scan(&format!("{CODE}\n"));
        self.begin(id, &effects);
    }

    fn receipt(&self) -> Receipt {
        Receipt {
            transaction_id: TransactionId::parse("4200001234202611221234567890").unwrap(),
            total_fee: fen(1250),
            cash_fee: fen(1250),
            paid_at: self.now,
            bank_type: "OTHERS".to_owned(),
        }
    }

    fn waiting(&self) -> Waiting {
        Waiting {
            since: self.now,
            queries: 1,
            next_query_at: None,
            cancel_from: self.now.plus(Duration::from_secs(15)),
            until: self.now.plus(Duration::from_secs(45)),
        }
    }

    fn amount(&self) -> Result<i64, AmountError> {
        self.counter.charge.entry.charge().map(Fen::as_i64)
    }

    fn answer(&self) -> Option<&str> {
        self.counter.answer.as_ref().map(|answer| answer.title.as_str())
    }
}

fn window_id() -> iced::window::Id {
    iced::window::Id::unique()
}

fn charge(amount: i64, code: Option<AuthCode>) -> Vec<Effect> {
    vec![Effect::Charge { charging: Charging { amount: fen(amount), code }, note: String::new() }]
}

#[test]
fn typing_and_enter_ask_for_a_qr() {
    let mut desk = Desk::new();
    assert_eq!(desk.typing("12+.5\n"), charge(1250, None));
}

#[test]
fn enter_without_an_amount_is_answered() {
    let mut desk = Desk::new();
    assert_eq!(desk.typing("\n"), vec![]);
    assert_eq!(desk.answer(), Some(Lang::En.words().type_amount));
}

#[test]
fn a_scan_charges_and_never_lands_in_the_amount() {
    for end in ["\n", "\t", ""] {
        let mut desk = Desk::new();
        desk.typing("12.50");
        let mut effects = desk.scan(&format!("{CODE}{end}"));
        if end.is_empty() {
            let left = desk.counter.quiet_in(desk.epoch + desk.at).expect("a silence is waited for");
            desk.at += left;
            effects.extend(desk.tell(Message::Quiet(desk.epoch + desk.at)));
        }
        assert_eq!(effects, charge(1250, Some(code(CODE))), "{end:?}");
        assert_eq!(desk.amount(), Ok(1250));
    }
}

#[test]
fn a_person_typing_the_same_digits_is_no_scanner() {
    let mut desk = Desk::new();
    assert_eq!(desk.typing("134567"), vec![]);
    assert_eq!(desk.amount(), Ok(13_456_700));
    assert_eq!(desk.counter.scanner, Link::Unseen);
}

#[test]
fn a_scan_without_an_amount_is_told_so() {
    let mut desk = Desk::new();
    assert_eq!(desk.scan(&format!("{CODE}\n")), vec![]);
    assert_eq!(desk.answer(), Some(Lang::En.words().amount_first));
    assert_eq!(desk.amount(), Err(AmountError::Empty));
}

#[test]
fn a_wrong_code_is_named_and_the_amount_stays() {
    let mut desk = Desk::new();
    desk.typing("12.50");
    for (text, title) in [
        ("284567890123456789\n", "This is an Alipay code"),
        ("13456789012345678\n", "The scan is cut short"),
        ("6901234567892\n", "This is a product's barcode"),
    ] {
        assert_eq!(desk.scan(text), vec![], "{text}");
        assert_eq!(desk.answer(), Some(title));
        assert_eq!(desk.amount(), Ok(1250));
        desk.wait(6000);
        assert_eq!(desk.answer(), None);
    }
}

#[test]
fn a_late_enter_of_the_scanner_presses_nothing() {
    let mut desk = Desk::new();
    desk.by_code(1);
    desk.hear_of(1, 1250, Status::Declined(refusal()));
    assert_eq!(desk.keys("\n", 20), vec![]);
    assert!(desk.counter.sale.is_some());
    desk.typing("\n");
    assert!(desk.counter.sale.is_none());
    assert_eq!(desk.amount(), Ok(1250));
}

#[test]
fn a_scan_while_the_qr_is_up_goes_to_the_same_sale() {
    let mut desk = Desk::new();
    desk.by_qr(1);
    assert_eq!(desk.scan(&format!("{CODE}\n")), vec![Effect::Scan(SaleId::new(1), code(CODE))]);
    assert_eq!(desk.answer(), None);
}

#[test]
fn a_digit_while_the_qr_is_up_changes_nothing_and_says_why() {
    let mut desk = Desk::new();
    desk.by_qr(1);
    assert_eq!(desk.typing("9"), vec![]);
    assert_eq!(desk.amount(), Ok(1250));
    assert_eq!(desk.answer(), Some(Lang::En.words().cancel_first));
}

#[test]
fn escape_leaves_the_qr_and_keeps_the_amount_for_correction() {
    let mut desk = Desk::new();
    desk.by_qr(1);
    assert_eq!(desk.press(Key::Escape), vec![Effect::Leave(SaleId::new(1))]);
    assert_eq!(desk.amount(), Ok(1250));
    desk.typing("8");
    assert_eq!(desk.amount(), Ok(800));
}

#[test]
fn closing_the_window_leaves_the_qr() {
    let mut desk = Desk::new();
    assert_eq!(desk.tell(Message::CloseRequested), vec![Effect::Exit]);
    desk.by_qr(1);
    assert_eq!(desk.tell(Message::CloseRequested), vec![Effect::Leave(SaleId::new(1)), Effect::Exit]);
}

#[test]
fn keys_of_the_qr_reach_the_till() {
    let mut desk = Desk::new();
    desk.by_qr(1);
    assert_eq!(desk.press(Key::Function(5)), vec![Effect::Renew(SaleId::new(1))]);
    let saved = desk.press(Key::Function(3));
    let [Effect::SavePicture { png, name }] = &saved[..] else { panic!("{saved:?}") };
    assert_eq!(name, "2026112218240501304418.png");
    assert!(png.starts_with(b"\x89PNG"));
    desk.tell(Message::Saved(Some(PathBuf::from("/tmp/x.png"))));
    assert_eq!(desk.counter.answer().unwrap().lead, "/tmp/x.png");
    desk.tell(Message::Saved(None));
    assert_eq!(desk.answer(), Some(Lang::En.words().not_saved));
}

#[test]
fn the_green_screen_goes_by_itself_or_with_the_next_digit() {
    let mut desk = Desk::new();
    desk.by_code(1);
    let receipt = desk.receipt();
    desk.hear_of(1, 1250, Status::Paid(receipt.clone()));
    assert!(desk.counter.tick().is_some());
    desk.wait(2900);
    assert!(desk.counter.sale.is_some());
    desk.wait(200);
    assert!(desk.counter.sale.is_none());
    assert_eq!(desk.amount(), Err(AmountError::Empty));
    assert_eq!(desk.counter.tick(), None);

    desk.by_code(2);
    desk.hear_of(2, 1250, Status::Paid(receipt));
    desk.typing("7");
    assert!(desk.counter.sale.is_none());
    assert_eq!(desk.amount(), Ok(700));
}

#[test]
fn a_scan_over_an_end_does_not_dismiss_it_by_its_first_digits() {
    let mut desk = Desk::new();
    desk.by_code(1);
    desk.hear_of(1, 1250, Status::Declined(refusal()));
    let other = "111222333444555666";
    assert_eq!(desk.scan(&format!("{other}\n")), charge(1250, Some(code(other))));
}

#[test]
fn a_scan_while_the_result_is_open_is_not_used() {
    let mut desk = Desk::new();
    desk.by_code(1);
    for status in [Status::Sending { since: desk.now }, Status::Password(desk.waiting())] {
        desk.hear_of(1, 1250, status);
        assert_eq!(desk.scan("111222333444555666\n"), vec![]);
        assert_eq!(desk.answer(), Some(Lang::En.words().wait_for_result));
    }
}

#[test]
fn cancelling_waits_for_its_time() {
    let mut desk = Desk::new();
    desk.by_code(1);
    let waiting = desk.waiting();
    desk.hear_of(1, 1250, Status::Password(waiting));
    assert_eq!(desk.press(Key::Function(7)), vec![]);
    assert_eq!(desk.press(Key::Function(6)), vec![Effect::Query(SaleId::new(1))]);
    desk.wait(15_000);
    assert_eq!(desk.press(Key::Function(7)), vec![Effect::Cancel(SaleId::new(1))]);
    // Esc never cancels money, and the password is still awaited.
    assert_eq!(desk.press(Key::Escape), vec![]);
    assert!(desk.counter.sale.is_some());
}

#[test]
fn an_open_sale_set_aside_is_asked_about_once_and_told_when_it_ends() {
    let mut desk = Desk::new();
    desk.by_code(1);
    desk.hear_of(1, 1250, Status::Unknown(desk.waiting(), Doubt::NoAnswer));
    assert_eq!(desk.press(Key::Escape), vec![Effect::LookAgain]);
    assert!(desk.counter.sale.is_none());

    assert_eq!(desk.typing("12.50\n"), vec![]);
    assert!(matches!(desk.counter.screen, Screen::SameAmount(_)));
    assert_eq!(desk.press(Key::Escape), vec![]);
    assert_eq!(desk.counter.screen, Screen::Charge);
    assert_eq!(desk.typing("\n\n"), charge(1250, None));

    let receipt = desk.receipt();
    desk.hear_of(1, 1250, Status::Paid(receipt));
    assert_eq!(desk.answer(), Some("The unresolved ¥12.50 (tail 4418) is paid"));
    desk.counter.screen = Screen::Charge;
    assert_eq!(desk.typing("\n"), charge(1250, None));
}

#[test]
fn what_the_till_says_of_another_sale_leaves_this_one_alone() {
    let mut desk = Desk::new();
    desk.by_qr(2);
    let before = desk.counter.sale.clone();
    desk.hear_of(1, 1250, Status::Sending { since: desk.now });
    desk.hear_of(1, 1250, Status::Declined(refusal()));
    assert_eq!(desk.counter.sale, before);
    assert_eq!(desk.answer(), None);
}

#[test]
fn an_end_that_was_seen_is_not_told_twice() {
    let mut desk = Desk::new();
    desk.by_code(1);
    let paid = Status::Paid(desk.receipt());
    desk.hear_of(1, 1250, paid.clone());
    desk.typing("\n");
    desk.hear_of(1, 1250, paid);
    assert_eq!((desk.answer(), &desk.counter.sale), (None, &None));
}

#[test]
fn a_late_payment_comes_before_the_cashier_as_soon_as_the_counter_is_free() {
    let mut desk = Desk::new();
    desk.by_qr(2);
    let late = Status::PaidLate(desk.receipt());
    desk.hear_of(1, 800, late);
    assert_eq!(desk.counter.sale.as_ref().map(|sale| sale.id), Some(SaleId::new(2)));
    let paid = Status::Paid(desk.receipt());
    desk.hear_of(2, 1250, paid);
    desk.typing("\n");
    assert_eq!(desk.counter.sale.as_ref().map(|sale| sale.id), Some(SaleId::new(1)));
    // It stays until it is read: neither a digit nor a scan takes it away.
    desk.typing("5");
    desk.scan(&format!("{CODE}\n"));
    assert_eq!(desk.answer(), Some(Lang::En.words().leave_first));
    desk.wait(10_000);
    assert!(desk.counter.sale.is_some());
    desk.typing("\n");
    assert!(desk.counter.sale.is_none());
}

#[test]
fn a_payment_too_many_stays_until_it_is_read_also_after_the_green_screen_is_gone() {
    let mut desk = Desk::new();
    desk.by_code(1);
    let paid = Status::Paid(desk.receipt());
    desk.hear_of(1, 1250, paid.clone());
    desk.wait(4000);
    assert!(desk.counter.sale.is_none());
    let qr = OutTradeNo::parse("2026112218240501304417").unwrap();
    let twice = Notice::AlsoPaid { out_trade_no: qr.clone(), receipt: desk.receipt() };
    desk.hear_with(1, 1250, paid.clone(), Some(twice.clone()));
    desk.wait(60_000);
    let shown = desk.counter.sale.as_ref().and_then(|sale| sale.view.as_ref()).unwrap();
    assert_eq!((&shown.out_trade_no, shown.notice.as_ref()), (&qr, Some(&twice)));
    // The till may say it again: that takes nothing away, and once read it is read.
    desk.hear_with(1, 1250, paid.clone(), Some(twice.clone()));
    assert!(desk.counter.sale.is_some());
    desk.typing("\n");
    desk.hear_with(1, 1250, paid, Some(twice));
    assert!(desk.counter.sale.is_none());
}

#[test]
fn a_qr_paid_while_the_charge_goes_on_is_no_payment_too_many_yet() {
    let mut desk = Desk::new();
    desk.by_code(1);
    let qr = OutTradeNo::parse("2026112218240501304417").unwrap();
    let notice = Notice::AlsoPaid { out_trade_no: qr, receipt: desk.receipt() };
    let password = Status::Password(desk.waiting());
    desk.hear_with(1, 1250, password, Some(notice));
    assert_eq!(desk.answer(), Some("The QR was paid: ¥12.50 (tail 4417)"));
    let paid = Status::Paid(desk.receipt());
    desk.hear_of(1, 1250, paid);
    desk.wait(60_000);
    assert!(desk.counter.sale.is_none());
}

#[test]
fn offline_keeps_the_amount_and_enter_tries_again() {
    let mut desk = Desk::new();
    desk.by_qr(1);
    desk.hear_of(1, 1250, Status::NotSent(NotSent::Offline));
    assert_eq!(desk.counter.link, Link::Bad);
    assert_eq!(desk.typing("\n"), charge(1250, None));

    let mut desk = Desk::new();
    desk.by_code(1);
    desk.hear_of(1, 1250, Status::NotSent(NotSent::Offline));
    assert_eq!(desk.typing("\n"), vec![]);
    assert_eq!((desk.amount(), desk.answer()), (Ok(1250), Some(Lang::En.words().scan_code_again)));
}

#[test]
fn a_code_is_typed_by_hand_and_checked_like_a_scan() {
    let mut desk = Desk::new();
    assert_eq!(desk.press(Key::Function(4)), vec![]);
    assert_eq!(desk.answer(), Some(Lang::En.words().type_amount));
    desk.typing("12.50");
    desk.press(Key::Function(4));
    desk.typing("1234\n");
    assert_eq!(desk.answer(), Some("The scan is cut short"));
    desk.press(Key::Delete);
    assert_eq!(desk.typing(&format!("{CODE}\n")), charge(1250, Some(code(CODE))));

    let mut desk = Desk::new();
    desk.by_qr(1);
    desk.press(Key::Function(4));
    assert_eq!(desk.typing(&format!("{CODE}\n")), vec![Effect::Scan(SaleId::new(1), code(CODE))]);
    assert_eq!(desk.counter.screen, Screen::Charge);
}

#[test]
fn nothing_above_the_owners_limit_is_charged_by_any_way() {
    let mut desk = Desk::of(Some(fen(1000)), Wedge::<()>::GAP);
    let above = Some("Above the owner's limit for one payment");
    desk.typing("10.01");
    assert_eq!(desk.typing("\n"), vec![]);
    assert_eq!(desk.answer(), above);
    assert_eq!(desk.scan(&format!("{CODE}\n")), vec![]);
    assert_eq!(desk.answer(), above);
    desk.press(Key::Function(4));
    assert_eq!(desk.typing(&format!("{CODE}\n")), vec![]);
    assert_eq!(desk.answer(), above);
    desk.press(Key::Escape);
    desk.press(Key::Delete);
    assert_eq!(desk.typing("10\n"), charge(1000, None));
}

#[test]
fn a_slow_scanner_is_one_if_the_owner_says_so() {
    let mut usual = Desk::new();
    usual.typing("12.50");
    usual.at += Duration::from_millis(500);
    assert_ne!(usual.keys(&format!("{CODE}\n"), 60), charge(1250, Some(code(CODE))));
    let mut slow = Desk::of(None, Duration::from_millis(80));
    slow.typing("12.50");
    slow.at += Duration::from_millis(500);
    assert_eq!(slow.keys(&format!("{CODE}\n"), 60), charge(1250, Some(code(CODE))));
}

#[test]
fn a_sale_that_ends_closes_the_code_entry() {
    let mut desk = Desk::new();
    desk.by_qr(1);
    desk.press(Key::Function(4));
    desk.typing("1345");
    let paid = Status::Paid(desk.receipt());
    desk.hear_of(1, 1250, paid);
    assert_eq!(desk.counter.screen, Screen::Charge);
}

#[test]
fn what_must_be_told_beside_the_status_is_told_once() {
    let mut desk = Desk::new();
    desk.by_qr(1);
    let showing = desk.counter.sale.as_ref().and_then(Sale::status).cloned().unwrap();
    desk.hear_with(1, 1250, showing.clone(), Some(Notice::ScanNotTaken));
    assert_eq!(desk.answer(), Some(Lang::En.words().scan_not_taken));
    desk.wait(6000);
    desk.hear_with(1, 1250, showing, Some(Notice::ScanNotTaken));
    assert_eq!(desk.answer(), None);
}

#[test]
fn text_of_an_input_method_is_read_like_keys() {
    let mut desk = Desk::new();
    let at = desk.epoch + Duration::from_secs(1);
    desk.tell(Message::Pressed(Pressed::Committed("１".to_owned(), at)));
    desk.tell(Message::Pressed(Pressed::Committed("２".to_owned(), at + Duration::from_millis(300))));
    desk.tell(Message::Pressed(Pressed::Committed("。".to_owned(), at + Duration::from_millis(600))));
    desk.tell(Message::Pressed(Pressed::Committed("５".to_owned(), at + Duration::from_millis(900))));
    assert_eq!(desk.amount(), Ok(1250));
    let whole = Pressed::Committed(CODE.to_owned(), at + Duration::from_secs(3));
    assert_eq!(desk.tell(Message::Pressed(whole)), charge(1250, Some(code(CODE))));
}

#[test]
fn the_customers_phone_is_a_scanner_too() {
    let mut desk = Desk::new();
    desk.typing("12.50");
    assert_eq!(desk.tell(Message::Did(Did::ShowCode)), vec![Effect::ShowCode]);
    assert_eq!(desk.tell(Message::PhoneShows(code(CODE))), charge(1250, Some(code(CODE))));
}

#[test]
fn a_button_on_an_idle_phone_is_kept_for_the_next_code() {
    let mut desk = Desk::new();
    let press = Message::Did(Did::Phone(Button::NotEnough));
    assert_eq!(desk.tell(press.clone()), vec![Effect::Press(Button::NotEnough)]);
    assert_eq!(desk.counter.armed, Some(Button::NotEnough));
    desk.by_code(1);
    assert_eq!(desk.counter.armed, None);
    desk.hear_of(1, 1250, Status::Sending { since: desk.now });
    desk.tell(press);
    assert_eq!(desk.counter.armed, None);
}

#[test]
fn nothing_ticks_while_nothing_counts() {
    let mut desk = Desk::new();
    assert_eq!(desk.counter.tick(), None);
    desk.typing("12.50");
    assert_eq!(desk.counter.tick(), None);
    desk.by_qr(1);
    assert!(desk.counter.tick().is_some());
    desk.hear_of(1, 1250, Status::Closed);
    assert_eq!(desk.counter.tick(), None);
}

#[test]
fn language_and_theme_are_kept_and_a_failure_is_told() {
    let mut desk = Desk::new();
    assert_eq!(desk.tell(Message::Did(Did::Theme)), vec![Effect::Keep(Choice::Theme(Theme::Dark))]);
    assert_eq!(desk.tell(Message::Did(Did::Language)), vec![Effect::Keep(Choice::Language(Lang::Zh))]);
    desk.tell(Message::Kept(Ok(())));
    assert_eq!(desk.answer(), None);
    desk.tell(Message::Kept(Err(SettingsError::Damaged)));
    assert_eq!(desk.answer(), Some(Lang::Zh.words().settings_not_saved));
    assert_eq!((desk.counter.theme(), desk.counter.lang()), (Theme::Dark, Lang::Zh));
}

#[test]
fn the_systems_theme_is_followed_until_one_is_chosen() {
    let mut desk = Desk::new();
    desk.tell(Message::SystemTheme(Theme::Dark));
    assert_eq!(desk.counter.theme(), Theme::Dark);
    desk.tell(Message::Did(Did::Theme));
    desk.tell(Message::SystemTheme(Theme::Dark));
    assert_eq!(desk.counter.theme(), Theme::Light);
}

#[test]
fn settings_that_cannot_be_used_are_named_at_the_start() {
    let mut desk = Desk::new();
    desk.counter.tell_problems(&[]);
    assert_eq!(desk.answer(), None);
    desk.counter.tell_problems(&[Problem::NotToml, Problem::Field { field: Field::Limit }]);
    desk.wait(30_000);
    let lead = desk.counter.answer.as_ref().map(|answer| answer.lead.clone()).unwrap();
    assert!(lead.contains("settings.toml, limit"), "{lead}");
    desk.wait(31_000);
    assert_eq!(desk.answer(), None);
}

#[test]
fn a_book_that_cannot_be_read_is_told() {
    let mut desk = Desk::new();
    desk.tell(Message::Summary(None));
    assert_eq!(desk.answer(), Some(Lang::En.words().book_unreadable));
}
