//! The owner's page of who may refund, at the counter.

use super::*;
use crate::approval::Pin;
use crate::settings::RefundRules;
use crate::window::screen::rules::{Found, Message as OnRules, Rules, Told, Wish};

impl Desk {
    /// The page, read; with a PIN it is still closed.
    fn rules(has_pin: bool) -> Self {
        let mut desk = Self::new();
        assert_eq!(desk.tell(Message::Did(Did::WhoRefunds)), vec![Effect::Rules(1, Wish::Read)]);
        let found = Found { rules: RefundRules::default(), may_have_pin: true, has_pin };
        desk.tell(Message::Rules(1, Told::Read(Ok(found))));
        desk
    }

    fn page(&self) -> &Rules {
        match &self.counter.screen {
            Screen::Rules(page) => page,
            other => panic!("the rules are not in front: {other:?}"),
        }
    }
}

fn bill() -> &'static str {
    "4200001234202611221234567890"
}

#[test]
fn a_scan_lands_in_no_field_of_it_and_is_answered() {
    for has_pin in [false, true] {
        for line in 0..4 {
            let mut desk = Desk::rules(has_pin);
            desk.tell(Message::Did(Did::Rules(OnRules::Line(line))));
            let before = desk.page().clone();
            for scan in [CODE, "96385074", bill(), &OutTradeNo::make(desk.now, 1, 7).to_string()] {
                assert_eq!(desk.scan(&format!("{scan}\n")), vec![], "{scan}");
                assert_eq!(desk.page(), &before, "{scan}");
                assert_eq!(desk.answer(), Some("Leave this page first"), "{scan}");
            }
        }
    }
    let mut desk = Desk::rules(false);
    desk.tell(Message::Did(Did::Rules(OnRules::NewPin)));
    let before = desk.page().clone();
    desk.scan(&format!("{CODE}\n"));
    assert_eq!(desk.page(), &before);
}

#[test]
fn it_is_filled_in_by_keys_and_left_by_escape() {
    let mut desk = Desk::rules(false);
    desk.typing("20");
    desk.press(Key::Down);
    let effects = desk.typing("500\n");
    let [Effect::Rules(1, Wish::Save(None, rules))] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!((rules.free_below, rules.never_above), (Some(fen(2_000)), Some(fen(50_000))));
    desk.tell(Message::Rules(1, Told::Saved(rules.clone(), Ok(()))));
    desk.press(Key::Escape);
    assert_eq!(desk.counter.screen, Screen::Charge);
    assert_eq!(desk.counter.tick(), None);
}

#[test]
fn a_name_comes_from_an_input_method_too() {
    let mut desk = Desk::rules(false);
    desk.press(Key::Up);
    desk.at += Duration::from_millis(300);
    desk.tell(Message::Pressed(Pressed::Committed("王店长".to_owned(), desk.epoch + desk.at)));
    let effects = desk.typing("\n\n");
    assert!(
        matches!(&effects[..], [Effect::Rules(1, Wish::Save(_, rules))] if rules.approvers == ["王店长"]),
        "{effects:?}"
    );
}

#[test]
fn it_locks_itself_when_its_owner_has_gone() {
    let mut desk = Desk::rules(true);
    desk.typing("480215\n");
    desk.tell(Message::Rules(1, Told::Unlocked(Pin::parse("480215").unwrap(), Ok(()))));
    let open = desk.page().clone();
    assert!(desk.counter.tick().is_some());
    desk.wait(119_000);
    assert_eq!(desk.page(), &open);
    desk.wait(2_000);
    assert_ne!(desk.page(), &open);
    assert_eq!(desk.typing("5\n"), vec![], "one digit is no PIN");
}

#[test]
fn an_answer_to_the_page_before_opens_no_other() {
    let pin = || Pin::parse("480215").unwrap();
    let mut desk = Desk::rules(true);
    assert_eq!(desk.typing("480215\n"), vec![Effect::Rules(1, Wish::Unlock(pin()))]);
    // The keyring hangs, and its owner goes away.
    desk.press(Key::Escape);
    assert_eq!(desk.counter.screen, Screen::Charge);
    assert_eq!(desk.tell(Message::Did(Did::WhoRefunds)), vec![Effect::Rules(2, Wish::Read)]);
    let found = Found { rules: RefundRules::default(), may_have_pin: true, has_pin: true };
    desk.tell(Message::Rules(2, Told::Read(Ok(found.clone()))));
    let locked = desk.page().clone();
    desk.tell(Message::Rules(1, Told::Unlocked(pin(), Ok(()))));
    assert_eq!(desk.page(), &locked, "somebody else is before it now");
    desk.tell(Message::Rules(1, Told::Read(Ok(Found { has_pin: false, ..found }))));
    desk.tell(Message::Rules(1, Told::PinSet(None, Ok(()))));
    desk.tell(Message::Rules(1, Told::Forgotten(Ok(()))));
    assert_eq!(desk.page(), &locked);
    assert_eq!(desk.typing("480215\n"), vec![Effect::Rules(2, Wish::Unlock(pin()))]);
    desk.tell(Message::Rules(2, Told::Unlocked(pin(), Ok(()))));
    assert!(matches!(&desk.typing("\n")[..], [Effect::Rules(2, Wish::Save(Some(_), _))]));
}

#[test]
fn a_sale_that_goes_on_comes_first_and_other_pages_wait() {
    let mut desk = Desk::new();
    desk.by_qr(1);
    assert_eq!(desk.tell(Message::Did(Did::WhoRefunds)), vec![]);
    assert_eq!(desk.counter.screen, Screen::Charge);
    let mut desk = Desk::rules(false);
    assert_eq!(desk.press(Key::Function(8)), vec![]);
    assert!(matches!(desk.counter.screen, Screen::Rules(_)), "what was changed would be lost");
}
