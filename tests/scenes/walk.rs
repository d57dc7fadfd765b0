//! The way to an open till, page by page.

use guitai::lang::Lang;
use guitai::vault::VaultError;
use guitai::window::ui::Theme;
use guitai::window::walk::{Message, Page};
use guitai::window::{Told, Trouble, Walk};
use iced_test::simulator::Snapshot;

use super::{DESIGN, SMALL, snapshot};

pub(crate) type Scene = (&'static str, (f32, f32), fn(&mut Walk));

/// Scenes whose English on dark is a picture too.
pub(crate) const IN_ENGLISH: &[&str] = &["walk-keyring-locked"];

/// Each page's name, the window's size, and how it comes to be from a till that is being opened.
pub(crate) const SCENES: &[Scene] = &[
    ("walk-opening", DESIGN, |_| ()),
    ("walk-keyring-none", DESIGN, |walk| not_opened(walk, Trouble::Keyring(VaultError::NoKeyring))),
    ("walk-keyring-locked", DESIGN, |walk| not_opened(walk, Trouble::Keyring(VaultError::Locked))),
    ("walk-keyring-denied", SMALL, |walk| not_opened(walk, Trouble::Keyring(VaultError::Denied))),
    ("walk-keyring-timed-out", DESIGN, |walk| not_opened(walk, Trouble::Keyring(VaultError::TimedOut))),
    ("walk-not-opened", DESIGN, |walk| {
        let told = Told::new(|lang| match lang {
            Lang::Zh => "账本已损坏，请从备份恢复；坏的文件没有改动。".to_owned(),
            Lang::En => "The book is damaged: restore it from a backup; the damaged file was left alone.".to_owned(),
        });
        not_opened(walk, Trouble::Other(told));
    }),
];

fn not_opened(walk: &mut Walk, trouble: Trouble) {
    walk.update(Message::NotOpened(trouble));
}

pub(crate) fn draw(scene: &Scene, lang: Lang, theme: Theme) -> Snapshot {
    let (_, size, play) = scene;
    let mut walk = Walk::new(Page::Opening, lang, theme);
    play(&mut walk);
    snapshot(walk.view(), *size, theme)
}
