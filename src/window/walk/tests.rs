//! The walk, key by key.

use crate::account::Field;
use crate::account::check::{Item as Checked, Outcome, Trouble as Wrong, Unclear, Well};
use crate::settings::Settings;
use crate::vault::Item;

use super::checks::Told;
use super::*;

const KEY: &str = "0123456789abcdef0123456789ABCDEF";

fn now() -> Timestamp {
    Timestamp::from_wire("20261122182405").unwrap()
}

fn press(walk: &mut Walk, key: Key) -> Option<Effect> {
    walk.update(Message::Pressed(key), now())
}

fn type_in(walk: &mut Walk, field: Field, text: &str) {
    let typed = setup::Message::Typed(field, setup::Typed::new(text.to_owned()));
    assert_eq!(walk.update(Message::Did(Did::Setup(typed)), now()), None);
}

fn going_live() -> Walk {
    let mut walk = Walk::welcome(Lang::Zh, Theme::Light);
    assert_eq!(press(&mut walk, Key::Char('2')), Some(Effect::FillIn(Keep::Keyring)));
    assert_eq!(walk.fill_in(Draft::of(&Settings::default()), Keep::Keyring), Some(Effect::Focus("shop-name")));
    walk
}

/// All filled in, and on its way to the keyring.
fn saving() -> Walk {
    let mut walk = going_live();
    assert_eq!(press(&mut walk, Key::Enter), Some(Effect::Focus("merchant-id")));
    type_in(&mut walk, Field::MerchantId, "1900000109");
    type_in(&mut walk, Field::AppId, "wx0123456789abcdef");
    assert_eq!(press(&mut walk, Key::Enter), Some(Effect::Focus("api-key")));
    type_in(&mut walk, Field::ApiKey, KEY);
    assert_eq!(press(&mut walk, Key::Enter), Some(Effect::Save(Keep::Keyring)));
    walk
}

/// One item is looked at, and that came of it.
fn check(walk: &mut Walk, run: u32, outcome: Outcome) {
    let report = Report {
        version: "0",
        system: String::new(),
        at: now(),
        merchant: String::new(),
        app_id: String::new(),
        sign_type: "MD5",
        gateway: String::new(),
        certificate: None,
        lines: Vec::new(),
    };
    for told in [Told::Items(vec![Checked::ApiKey]), Told::Found(Checked::ApiKey, outcome), Told::Ended(report)] {
        assert_eq!(walk.update(Message::Check(run, told), now()), None);
    }
}

fn checking() -> Walk {
    let mut walk = saving();
    walk.update(Message::Saved(Ok(Vec::new())), now());
    walk.update(Message::Opened, now());
    walk
}

fn refused(walk: &mut Walk, why: VaultError) {
    assert_eq!(walk.update(Message::Saved(Err(SaveError::Vault(why))), now()), None);
}

#[test]
fn one_key_goes_from_the_first_start_to_practice() {
    let mut walk = Walk::welcome(Lang::Zh, Theme::Light);
    assert_eq!(press(&mut walk, Key::Enter), Some(Effect::Open));
    assert!(matches!(walk.page, Page::Opening));
    assert!(walk.tick().is_some(), "something turns while it is opened");
    assert_eq!(press(&mut walk, Key::Enter), None, "it is being opened already");
}

#[test]
fn going_live_by_keys_alone() {
    let mut walk = saving();
    assert!(walk.tick().is_some());
    assert_eq!(press(&mut walk, Key::Enter), None, "once is enough");
    assert_eq!(walk.draft().unwrap().problems(), []);
    assert_eq!(walk.update(Message::Saved(Ok(Vec::new())), now()), Some(Effect::Open));
    assert!(walk.draft().is_none(), "the key stays nowhere but in the vault");
    assert!(walk.checks_first());
    assert_eq!(press(&mut walk, Key::Escape), None, "the till is not open yet");
    assert_eq!(walk.update(Message::Opened, now()), Some(Effect::Check(0)));
    assert_eq!(press(&mut walk, Key::Enter), None, "the checks are not through");
    check(&mut walk, 0, Outcome::Passed(Well::Signed));
    assert_eq!(press(&mut walk, Key::Enter), Some(Effect::Return));
}

#[test]
fn a_step_is_left_when_it_is_right() {
    let mut walk = going_live();
    type_in(&mut walk, Field::TillNumber, "100");
    assert_eq!(press(&mut walk, Key::Enter), Some(Effect::Focus("till-number")));
    type_in(&mut walk, Field::TillNumber, "2");
    assert_eq!(press(&mut walk, Key::Enter), Some(Effect::Focus("merchant-id")));
    assert_eq!(press(&mut walk, Key::Enter), Some(Effect::Focus("merchant-id")), "it is empty");
    assert_eq!(press(&mut walk, Key::Escape), Some(Effect::Focus("shop-name")));
    assert_eq!(press(&mut walk, Key::Escape), None);
    assert!(matches!(walk.page, Page::Welcome));
}

#[test]
fn what_is_seldom_changed_is_a_page_of_its_own() {
    let mut walk = going_live();
    assert_eq!(press(&mut walk, Key::Function(2)), None, "the shop has none");
    press(&mut walk, Key::Enter);
    assert_eq!(press(&mut walk, Key::Function(2)), Some(Effect::Focus("merchant-id")));
}

#[test]
fn what_is_pasted_in_the_wrong_field_goes_to_its_own() {
    let mut walk = going_live();
    press(&mut walk, Key::Enter);
    let mut paste = |field, text: &str| {
        let pasted = setup::Message::Pasted(field, setup::Typed::new(text.to_owned()));
        walk.update(Message::Did(Did::Setup(pasted)), now())
    };
    assert_eq!(paste(Field::MerchantId, KEY), None);
    assert_eq!(paste(Field::MerchantId, "wx0123456789abcdef"), None);
    assert_eq!(paste(Field::AppId, " 1900000109\n"), None);
    assert_eq!(paste(Field::AppId, "-----BEGIN CERTIFICATE-----MII"), Some(Effect::ReadClipboard));
    let draft = walk.draft().unwrap();
    assert_eq!((draft.merchant_id(), draft.app_id.as_str()), ("1900000109", "wx0123456789abcdef"));
    assert_eq!(draft.api_key.as_str(), KEY);
}

#[test]
fn a_keyring_that_takes_no_key_is_asked_again_or_left_out_for_this_run() {
    for why in [VaultError::NoKeyring, VaultError::Locked, VaultError::Denied, VaultError::TimedOut] {
        let mut walk = saving();
        refused(&mut walk, why);
        assert_eq!(press(&mut walk, Key::Enter), Some(Effect::Save(Keep::Keyring)));
        refused(&mut walk, why);
        assert_eq!(press(&mut walk, Key::Function(7)), Some(Effect::Save(Keep::ThisRun)));
        refused(&mut walk, why);
        assert_eq!(press(&mut walk, Key::Escape), Some(Effect::Focus("api-key")));
        assert_eq!(walk.draft().unwrap().api_key.as_str(), KEY, "what was typed is still there");
    }
}

#[test]
fn another_refusal_is_told_where_it_can_be_mended() {
    let mut walk = saving();
    let flaw = crate::account::Flaw::Missing;
    let why = SaveError::Flaw { field: Field::ShopName, flaw };
    assert_eq!(walk.update(Message::Saved(Err(why)), now()), Some(Effect::Focus("shop-name")));
    let mut walk = saving();
    refused(&mut walk, VaultError::TooLarge(Item::Certificate));
    assert!(matches!(walk.page, Page::Setup(_)));
}

#[test]
fn what_a_check_finds_wrong_is_mended_where_it_was_filled_in() {
    let mut walk = checking();
    check(&mut walk, 0, Outcome::Failed(Wrong::ReplyNotSigned));
    assert_eq!(press(&mut walk, Key::Enter), Some(Effect::Mend(Step::Key)));
    assert_eq!(walk.mend(Draft::of(&Settings::default()), Step::Key), Some(Effect::Focus("api-key")));
}

#[test]
fn a_check_is_run_again_and_an_earlier_run_is_not_heard() {
    let mut walk = checking();
    assert_eq!(press(&mut walk, Key::Function(6)), None, "it runs");
    check(&mut walk, 0, Outcome::Unknown(Unclear::Offline));
    assert!(matches!(press(&mut walk, Key::Function(4)), Some(Effect::Copy(_))));
    assert_eq!(press(&mut walk, Key::Enter), Some(Effect::Check(1)));
    check(&mut walk, 0, Outcome::Passed(Well::Signed));
    assert!(walk.tick().is_some(), "the second run goes on");
    check(&mut walk, 1, Outcome::Failed(Wrong::ReplyNotSigned));
    assert_eq!(press(&mut walk, Key::Escape), Some(Effect::Return), "the counter is never barred");
}

#[test]
fn plain_files_are_deleted_only_when_their_owner_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("merchant.pem");
    std::fs::write(&path, include_str!("../../../tests/scenes/merchant.pem")).unwrap();
    let mut walk = going_live();
    assert_eq!(walk.update(Message::Dropped(path.clone()), now()), None);
    let files = walk.draft().unwrap().plain_files();
    assert_eq!(files.iter().map(PlainFile::path).collect::<Vec<_>>(), [path.canonicalize().unwrap()]);
    let mut walk = saving();
    walk.update(Message::Saved(Ok(files.clone())), now());
    walk.update(Message::Opened, now());
    check(&mut walk, 0, Outcome::Passed(Well::Signed));
    assert_eq!(press(&mut walk, Key::Function(8)), Some(Effect::Forget(files)));
    assert_eq!(walk.update(Message::Forgotten(Vec::new()), now()), None);
    assert_eq!(press(&mut walk, Key::Function(8)), None);
}

#[test]
fn a_backup_is_restored_by_keys_alone() {
    let mut walk = Walk::welcome(Lang::Zh, Theme::Light);
    assert_eq!(press(&mut walk, Key::Char('3')), Some(Effect::Focus("backup-file")));
    assert_eq!(press(&mut walk, Key::Enter), Some(Effect::Focus("backup-file")), "it is wanted");
    assert_eq!(walk.update(Message::Dropped("/usb/till".into()), now()), Some(Effect::Focus("passphrase")));
    assert_eq!(press(&mut walk, Key::Enter), Some(Effect::Focus("passphrase")));
    let typed = restore::Message::Passphrase(setup::Typed::new("correct horse".to_owned()));
    walk.update(Message::Did(Did::Restore(typed)), now());
    assert_eq!(press(&mut walk, Key::Enter), Some(Effect::Restore));
    assert_eq!(walk.backup().unwrap().0, PathBuf::from("/usb/till"));
    assert_eq!(press(&mut walk, Key::Escape), None, "it is under way");
    let wrong = Message::Restored(Err(RestoreError::WrongPassphrase));
    assert_eq!(walk.update(wrong, now()), Some(Effect::Focus("passphrase")));
    assert_eq!(press(&mut walk, Key::Enter), Some(Effect::Focus("passphrase")), "it is typed anew");
    let typed = restore::Message::Passphrase(setup::Typed::new("correct horse".to_owned()));
    walk.update(Message::Did(Did::Restore(typed)), now());
    press(&mut walk, Key::Enter);
    let done = Restored { live: true, secrets: true, made_at: now(), open: 0 };
    assert_eq!(walk.update(Message::Restored(Ok(done)), now()), None);
    assert_eq!(press(&mut walk, Key::Enter), Some(Effect::Open));
}

#[test]
fn a_till_that_did_not_open_is_tried_again() {
    let mut walk = Walk::opening(Lang::Zh, Theme::Light);
    walk.update(Message::NotOpened(Trouble::Keyring(VaultError::Locked)), now());
    assert_eq!(walk.tick(), None);
    assert_eq!(press(&mut walk, Key::Enter), Some(Effect::Open));
}

#[test]
fn a_live_tills_key_can_be_held_for_this_run_and_a_damaged_one_set_up_again() {
    let mut walk = Walk::opening(Lang::Zh, Theme::Light);
    walk.update(Message::NotOpened(Trouble::Keyring(VaultError::NoKeyring)), now());
    assert_eq!(press(&mut walk, Key::Function(7)), Some(Effect::FillIn(Keep::ThisRun)));
    assert_eq!(walk.fill_in(Draft::of(&Settings::default()), Keep::ThisRun), Some(Effect::Focus("api-key")));
    walk.update(Message::NotOpened(Trouble::Keyring(VaultError::Missing(Item::ApiKey))), now());
    assert_eq!(press(&mut walk, Key::Function(7)), None);
    assert_eq!(press(&mut walk, Key::Function(2)), Some(Effect::FillIn(Keep::Keyring)));
}

#[test]
fn from_the_counter_the_way_leads_back_to_it() {
    let mut walk = Walk::opening(Lang::Zh, Theme::Light).from_counter();
    walk.fill_in(Draft::of(&Settings::default()), Keep::Keyring);
    assert_eq!(press(&mut walk, Key::Escape), Some(Effect::Return));
}

#[test]
fn language_and_theme_are_kept_for_the_next_start() {
    let mut walk = Walk::welcome(Lang::Zh, Theme::Light);
    let did = |did| Message::Did(did);
    assert_eq!(walk.update(did(Did::Language), now()), Some(Effect::Keep(Choice::Language(Lang::En))));
    assert_eq!(walk.update(did(Did::Theme), now()), Some(Effect::Keep(Choice::Theme(Theme::Dark))));
    assert_eq!((walk.lang(), walk.theme()), (Lang::En, Theme::Dark));
}

#[test]
fn every_change_is_drawn_whole_and_a_turn_is_not() {
    let mut walk = Walk::opening(Lang::Zh, Theme::Light);
    walk.update(Message::Tick, now());
    assert_eq!(walk.scenes(), 0);
    walk.update(Message::Did(Did::Theme), now());
    assert_eq!(walk.scenes(), 1);
}

#[test]
fn a_typed_secret_is_never_shown() {
    let typed = setup::Message::Typed(Field::ApiKey, setup::Typed::new(KEY.to_owned()));
    assert!(!format!("{:?}", Message::Did(Did::Setup(typed))).contains(KEY));
}

#[test]
fn who_may_refund_is_a_key_away_from_the_counter_and_from_nowhere_else() {
    let mut walk = going_live();
    assert_eq!(press(&mut walk, Key::Function(4)), None, "no till is open");
    let mut walk = Walk::opening(Lang::Zh, Theme::Light).from_counter();
    walk.fill_in(Draft::of(&Settings::default()), Keep::Keyring);
    assert_eq!(press(&mut walk, Key::Function(4)), Some(Effect::Rules));
    press(&mut walk, Key::Enter);
    assert_eq!(press(&mut walk, Key::Function(4)), None, "the first step has it");
}
