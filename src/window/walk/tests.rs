//! The walk, key by key.

use std::time::Instant;

use crate::vault::VaultError;

use super::*;

fn press(walk: &mut Walk, key: Key) -> Vec<Effect> {
    walk.update(Message::Pressed(Pressed::Key(key, Instant::now())))
}

#[test]
fn a_till_that_did_not_open_is_tried_again() {
    let mut walk = Walk::new(Page::Opening, Lang::Zh, Theme::Light);
    assert!(walk.tick().is_some(), "something turns while it is opened");
    assert_eq!(press(&mut walk, Key::Char('\n')), [], "it is being opened already");
    walk.update(Message::NotOpened(Trouble::Keyring(VaultError::Locked)));
    assert_eq!(walk.page, Page::Trouble(Trouble::Keyring(VaultError::Locked)));
    assert_eq!(walk.tick(), None);
    assert_eq!(press(&mut walk, Key::Char('\n')), [Effect::Open]);
    assert_eq!(walk.page, Page::Opening);
}

#[test]
fn language_and_theme_are_kept_for_the_next_start() {
    let mut walk = Walk::new(Page::Opening, Lang::Zh, Theme::Light);
    assert_eq!(walk.update(Message::Did(Did::Language)), [Effect::Keep(Choice::Language(Lang::En))]);
    assert_eq!(walk.update(Message::Did(Did::Theme)), [Effect::Keep(Choice::Theme(Theme::Dark))]);
    assert_eq!((walk.lang(), walk.theme()), (Lang::En, Theme::Dark));
}

#[test]
fn every_change_is_drawn_whole_and_a_turn_is_not() {
    let mut walk = Walk::new(Page::Opening, Lang::Zh, Theme::Light);
    walk.update(Message::Tick);
    assert_eq!(walk.scenes(), 0);
    walk.update(Message::Did(Did::Theme));
    assert_eq!(walk.scenes(), 1);
}
