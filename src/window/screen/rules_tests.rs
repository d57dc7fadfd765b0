use std::time::Duration;

use super::*;
use crate::settings::SettingsError;
use crate::vault::VaultError;

fn fen(amount: i64) -> Option<Fen> {
    Fen::new(amount)
}

fn pin(text: &str) -> Pin {
    Pin::parse(text).unwrap()
}

fn page(rules: RefundRules, has_pin: bool) -> Rules {
    let mut page = Rules::default();
    assert_eq!(press(&mut page, "12\n"), Action::Leave, "nothing is changed before it is read");
    page.hear(0, Told::Read(Ok(Found { rules, may_have_pin: true, has_pin })));
    page
}

/// `\n` is Enter, `+` the next line, `<` takes back, `~` clears.
fn press(page: &mut Rules, keys: &str) -> Action {
    let mut last = Action::None;
    for key in keys.chars() {
        last = page.update(match key {
            '\n' => Message::Enter,
            '+' => Message::Next,
            '<' => Message::Backspace,
            '~' => Message::Clear,
            typed => Message::Type(typed),
        });
    }
    last
}

fn saved(action: Action) -> RefundRules {
    match action {
        Action::Wish(Wish::Save(_, rules)) => rules,
        other => panic!("nothing is saved: {other:?}"),
    }
}

#[test]
fn amounts_and_names_are_filled_in_by_keys_alone() {
    let mut page = page(RefundRules::default(), false);
    let rules = saved(press(&mut page, "20+500.5+1000+王店长\nLi\n\n"));
    let approvers = vec!["王店长".to_owned(), "Li".to_owned()];
    let expected = RefundRules { free_below: fen(2_000), never_above: fen(50_050), day_cap: fen(100_000), approvers };
    assert_eq!(rules, expected);
    assert_eq!(press(&mut page, "9\n"), Action::None, "it is being saved");
    page.hear(0, Told::Saved(rules, Ok(())));
    assert_eq!(page.said, Some(Said::Saved));
    assert_eq!(page.update(Message::Back), Action::Leave, "nothing is left to save");
}

#[test]
fn what_stands_is_kept_replaced_or_taken_away() {
    let approvers = vec!["Wang".to_owned(), "Li".to_owned()];
    let rules = RefundRules { free_below: fen(2_000), never_above: fen(50_000), day_cap: None, approvers };
    assert_eq!(saved(press(&mut page(rules.clone(), false), "\n")), rules);
    let less = saved(press(&mut page(rules.clone(), false), "30+~++<\n"));
    let expected = RefundRules { free_below: fen(3_000), approvers: vec!["Wang".to_owned()], ..RefundRules::default() };
    assert_eq!(less, expected);
    let mut clicked = page(rules, false);
    clicked.update(Message::Unname(0));
    clicked.update(Message::Unname(7));
    assert_eq!(saved(press(&mut clicked, "\n")).approvers, ["Li"]);
}

#[test]
fn what_is_no_amount_is_told_and_not_saved() {
    for (keys, why) in [
        ("0\n", AmountError::Zero),
        ("-", AmountError::Negative),
        ("1.005", AmountError::TooManyDecimals),
        ("abc", AmountError::NotANumber),
        ("10000000", AmountError::TooLarge),
    ] {
        let mut page = page(RefundRules::default(), false);
        assert_eq!(press(&mut page, keys), Action::None, "{keys}");
        assert_eq!(page.said, Some(Said::Amount(why)), "{keys}");
    }
    let mut page = page(RefundRules::default(), false);
    press(&mut page, "5+0+\n");
    assert_eq!((page.said, page.line), (Some(Said::Amount(AmountError::Zero)), 1), "the wrong one gets the keys");
}

#[test]
fn rules_that_contradict_each_other_are_told() {
    let limit = Fen::new(1_900).unwrap();
    let mut page = page(RefundRules::default(), false);
    assert_eq!(press(&mut page, "20+19\n"), Action::None);
    assert_eq!(page.said, Some(Said::Contradiction(Contradiction::FreeAboveNever { never_above: limit })));
    assert_eq!(press(&mut page, "~+19\n"), Action::None);
    assert_eq!(page.said, Some(Said::Contradiction(Contradiction::FreeAboveCap { day_cap: limit })));
    assert_eq!(saved(press(&mut page, "~20\n")).day_cap, fen(2_000), "as much as the cap is no contradiction");
}

#[test]
fn a_name_is_short_seen_and_said_once() {
    let mut page = page(RefundRules::default(), false);
    press(&mut page, "+++Li\nLi\n");
    assert_eq!(page.said, Some(Said::Name(BadName::Twice)));
    press(&mut page, "~12345678901234567");
    assert_eq!((page.said, page.name.len()), (Some(Said::Name(BadName::TooLong)), RefundRules::LONGEST_NAME));
    press(&mut page, "~a");
    page.update(Message::Type('\u{7}'));
    assert_eq!(page.said, Some(Said::Name(BadName::Control)));
    press(&mut page, "~");
    assert_eq!(saved(press(&mut page, "Zhao+\n")).approvers, ["Li", "Zhao"], "a name that stands there is meant too");
}

#[test]
fn leaving_with_changes_is_asked_once() {
    let mut page = page(RefundRules::default(), false);
    press(&mut page, "5");
    assert_eq!(page.update(Message::Back), Action::None);
    assert_eq!(page.said, Some(Said::Unsaved));
    assert_eq!(page.update(Message::Back), Action::Leave);
}

#[test]
fn where_there_is_a_pin_it_opens_the_page_and_saves_it() {
    let rules = RefundRules { never_above: fen(50_000), ..RefundRules::default() };
    let mut page = page(rules, true);
    for closed in [Message::Line(1), Message::NewPin, Message::NoPin, Message::Unname(0)] {
        assert_eq!(page.update(closed), Action::None);
        assert!(matches!(page.stage, Stage::Locked(_)), "{closed:?}");
    }
    assert_eq!(press(&mut page, "123\n"), Action::None);
    assert_eq!(page.said, Some(Said::PinForm));
    assert!(!format!("{page:?}").contains("123"), "a PIN does not show in logs");
    let wish = press(&mut page, "4\n");
    assert_eq!(wish, Action::Wish(Wish::Unlock(pin("1234"))));
    let locked = NotChanged::NotApproved(NotApproved::Locked { wait: Duration::from_secs(60) });
    page.hear(0, Told::Unlocked(pin("1234"), Err(locked)));
    assert_eq!((&page.stage, page.said), (&Stage::Locked(Secret::default()), Some(Said::NotChanged(locked))));
    press(&mut page, "1234\n");
    page.hear(0, Told::Unlocked(pin("1234"), Ok(())));
    let Action::Wish(Wish::Save(given, _)) = press(&mut page, "+~\n") else { panic!("it is open") };
    assert_eq!(given, Some(pin("1234")));
    // Somebody has changed the PIN meanwhile: it is asked for, and what was filled in stays.
    page.hear(0, Told::Saved(RefundRules::default(), Err(NotApproved::PinWrong { left: 4 }.into())));
    assert!(matches!(page.stage, Stage::Locked(_)));
    press(&mut page, "5678\n");
    page.hear(0, Told::Unlocked(pin("5678"), Ok(())));
    assert_eq!(saved(press(&mut page, "\n")), RefundRules::default());
}

#[test]
fn a_pin_that_could_not_be_looked_at_opens_nothing() {
    let locked = NotApproved::Locked { wait: Duration::from_secs(60) };
    for why in [
        NotChanged::NotApproved(NotApproved::Vault(VaultError::TimedOut)),
        NotChanged::NotApproved(NotApproved::Book),
        NotChanged::NotApproved(NotApproved::System),
        NotChanged::NotApproved(NotApproved::Rules),
        NotChanged::NotApproved(locked),
        NotChanged::Settings(SettingsError::Damaged),
        NotChanged::IsLive,
    ] {
        let mut page = page(RefundRules::default(), true);
        press(&mut page, "1234\n");
        page.hear(0, Told::Unlocked(pin("1234"), Err(why)));
        assert_eq!((&page.stage, page.said), (&Stage::Locked(Secret::default()), Some(Said::NotChanged(why))));
        assert_eq!(press(&mut page, "5\n"), Action::None, "{why:?}: nothing is saved");
        assert_eq!(press(&mut page, "678\n"), Action::Wish(Wish::Unlock(pin("5678"))), "it is typed once more");
    }
}

#[test]
fn a_page_that_nobody_touches_asks_for_the_pin_again() {
    let mut page = page(RefundRules::default(), true);
    press(&mut page, "1234\n");
    page.hear(0, Told::Unlocked(pin("1234"), Ok(())));
    press(&mut page, "5");
    page.lock();
    assert_eq!((&page.stage, &page.pin), (&Stage::Locked(Secret::default()), &None));
    press(&mut page, "1234\n");
    page.hear(0, Told::Unlocked(pin("1234"), Ok(())));
    assert_eq!(saved(press(&mut page, "\n")).free_below, fen(500), "what was filled in stays");
    let mut open = self::page(RefundRules::default(), false);
    open.lock();
    assert_eq!(open.stage, Stage::Form, "without a PIN there is none to ask for");
}

#[test]
fn settings_that_cannot_be_written_lose_nothing() {
    let mut page = page(RefundRules::default(), false);
    let rules = saved(press(&mut page, "5\n"));
    let why = NotChanged::Settings(SettingsError::NotSaved { kind: std::io::ErrorKind::PermissionDenied });
    page.hear(0, Told::Saved(rules.clone(), Err(why)));
    assert_eq!((&page.stage, page.said), (&Stage::Form, Some(Said::NotChanged(why))));
    assert_eq!(saved(press(&mut page, "\n")), rules);
}

#[test]
fn a_pin_is_typed_twice_and_an_easy_one_is_told() {
    let mut page = page(RefundRules::default(), false);
    page.update(Message::NewPin);
    press(&mut page, "480215\n480216\n");
    assert_eq!(page.said, Some(Said::PinDiffers));
    press(&mut page, "1234\n");
    assert_eq!(page.said, Some(Said::PinEasy), "and it is the owner's choice");
    assert_eq!(press(&mut page, "1234\n"), Action::Wish(Wish::SetPin(None, Some(pin("1234")))));
    page.hear(0, Told::PinSet(Some(pin("1234")), Ok(())));
    assert_eq!((page.has_pin, page.said), (true, Some(Said::PinIs(true))));
    page.update(Message::NewPin);
    let change = press(&mut page, "480215\n480215\n");
    assert_eq!(change, Action::Wish(Wish::SetPin(Some(pin("1234")), Some(pin("480215")))), "by the old one");
    page.hear(0, Told::PinSet(Some(pin("480215")), Ok(())));
    page.update(Message::NoPin);
    assert_eq!(page.update(Message::Back), Action::None, "it is asked whether");
    page.update(Message::NoPin);
    assert_eq!(press(&mut page, "\n"), Action::Wish(Wish::SetPin(Some(pin("480215")), None)));
    page.hear(0, Told::PinSet(None, Ok(())));
    assert!(!page.has_pin);
}

#[test]
fn a_forgotten_pin_goes_with_the_merchants_key() {
    let mut page = page(RefundRules::default(), true);
    page.update(Message::Forgot);
    assert_eq!(press(&mut page, "0123456789abcdef\n"), Action::None, "a key has 32 characters");
    let Action::Wish(Wish::Forget(key)) = press(&mut page, "0123456789abcdef\n") else { panic!("it is whole") };
    assert_eq!(key.text(), "0123456789abcdef0123456789abcdef");
    page.hear(0, Told::Forgotten(Err(NotChanged::OtherKey)));
    assert_eq!(
        (&page.stage, page.said),
        (&Stage::Forgotten(Secret::default()), Some(Said::NotChanged(NotChanged::OtherKey)))
    );
    page.update(Message::Back);
    assert!(matches!(page.stage, Stage::Locked(_)));
    page.update(Message::Forgot);
    press(&mut page, "0123456789abcdef0123456789abcdef\n");
    page.hear(0, Told::Forgotten(Ok(())));
    assert_eq!((&page.stage, page.has_pin), (&Stage::Form, false));
}

#[test]
fn practice_has_rules_and_no_pin() {
    let mut page = Rules::default();
    page.hear(0, Told::Read(Ok(Found { rules: RefundRules::default(), may_have_pin: false, has_pin: false })));
    for message in [Message::NewPin, Message::NoPin, Message::Forgot] {
        page.update(message);
        assert_eq!(page.stage, Stage::Form);
    }
    assert_eq!(saved(press(&mut page, "5\n")).free_below, fen(500));
    let mut live = Rules::default();
    live.hear(0, Told::Read(Err(NotChanged::IsLive)));
    assert_eq!(press(&mut live, "5"), Action::None);
    assert_eq!(live.update(Message::Back), Action::Leave);
}
