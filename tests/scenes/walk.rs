//! The way to an open till, page by page.

use guitai::account::{Draft, Field, Keep, SaveError};
use guitai::lang::Lang;
use guitai::settings::Settings;
use guitai::vault::VaultError;
use guitai::window::screen::setup::{self, Typed};
use guitai::window::ui::Theme;
use guitai::window::walk::{Did, Key, Message};
use guitai::window::{Told, Trouble, Walk};
use iced_test::simulator::Snapshot;

use super::{DESIGN, SMALL, at, snapshot};

pub(crate) type Scene = (&'static str, (f32, f32), fn(&mut Stage));

/// Certificates with their keys, made for these pictures: of the merchant that is set up, and of another one.
const CERTIFICATE: &str = include_str!("merchant.pem");
const ANOTHERS: &str = include_str!("other-merchant.pem");

/// Scenes whose English on dark is a picture too.
pub(crate) const IN_ENGLISH: &[&str] = &["walk-welcome", "walk-merchant", "walk-key", "walk-keyring-locked"];

/// Each page's name, the window's size, and how it comes to be from the first choice.
pub(crate) const SCENES: &[Scene] = &[
    ("walk-welcome", DESIGN, |_| ()),
    ("walk-welcome-small", SMALL, |_| ()),
    ("walk-shop", DESIGN, |stage| stage.go_live()),
    ("walk-shop-wrong", SMALL, |stage| {
        stage.go_live();
        stage.type_in(Field::ShopName, "");
        stage.type_in(Field::TillNumber, "100");
        stage.press(Key::Enter);
    }),
    ("walk-merchant-empty", DESIGN, |stage| stage.at_merchant()),
    ("walk-merchant-over", DESIGN, |stage| {
        stage.at_merchant();
        stage.tell(Message::Hovered(true));
    }),
    ("walk-merchant", DESIGN, |stage| {
        stage.at_merchant();
        stage.bring(CERTIFICATE);
        stage.type_in(Field::AppId, "wx8f2c1d7e9a0b4c63");
    }),
    ("walk-merchant-wrong", SMALL, |stage| {
        stage.at_merchant();
        stage.type_in(Field::MerchantId, "1900000109");
        stage.bring(ANOTHERS);
        stage.type_in(Field::AppId, "wx8f2c1d7e");
        stage.press(Key::Enter);
    }),
    ("walk-advanced", SMALL, |stage| {
        stage.at_merchant();
        stage.did(setup::Message::Advanced);
        stage.type_in(Field::Gateway, "http://127.0.0.1:8443");
    }),
    ("walk-key-empty", DESIGN, |stage| {
        stage.at_key();
    }),
    ("walk-key-wrong", DESIGN, |stage| {
        stage.at_key();
        stage.type_in(Field::ApiKey, "0123456789abcdef0123456789abcde");
    }),
    ("walk-key", DESIGN, |stage| {
        stage.at_key();
        stage.type_in(Field::ApiKey, "0123456789abcdef0123456789abcdef");
    }),
    ("walk-saving", DESIGN, |stage| stage.save()),
    ("walk-not-saved", SMALL, |stage| {
        stage.save();
        let kind = std::io::ErrorKind::ReadOnlyFilesystem;
        stage.tell(Message::Saved(Err(SaveError::Folder { path: "/home/wang/.local/share/guitai".into(), kind })));
    }),
    ("walk-not-kept-locked", DESIGN, |stage| {
        stage.save();
        stage.tell(Message::Saved(Err(SaveError::Vault(VaultError::Locked))));
    }),
    ("walk-this-run", DESIGN, |stage| {
        stage.tell(Message::NotOpened(Trouble::Keyring(VaultError::NoKeyring)));
        stage.fill_in(Keep::ThisRun);
    }),
    ("walk-opening", DESIGN, |stage| stage.press(Key::Enter)),
    ("walk-keyring-none", DESIGN, |stage| stage.not_opened(Trouble::Keyring(VaultError::NoKeyring))),
    ("walk-keyring-locked", DESIGN, |stage| stage.not_opened(Trouble::Keyring(VaultError::Locked))),
    ("walk-keyring-denied", SMALL, |stage| stage.not_opened(Trouble::Keyring(VaultError::Denied))),
    ("walk-keyring-timed-out", DESIGN, |stage| stage.not_opened(Trouble::Keyring(VaultError::TimedOut))),
    ("walk-not-opened", DESIGN, |stage| {
        let told = Told::new(|lang| match lang {
            Lang::Zh => "账本已损坏，请从备份恢复；坏的文件没有改动。".to_owned(),
            Lang::En => "The book is damaged: restore it from a backup; the damaged file was left alone.".to_owned(),
        });
        stage.not_opened(Trouble::Other(told));
    }),
];

/// A walk as its owner, the disk and the keyring would drive it.
pub(crate) struct Stage {
    walk: Walk,
    shop: Settings,
}

impl Stage {
    fn new(lang: Lang, theme: Theme) -> Self {
        let (name, category) = match lang {
            Lang::Zh => ("王记便利店", "日用百货"),
            Lang::En => ("Wang's Corner Shop", "Groceries"),
        };
        let shop = Settings { shop_name: name.to_owned(), shop_category: category.to_owned(), ..Settings::default() };
        Self { walk: Walk::welcome(lang, theme), shop }
    }

    fn tell(&mut self, message: Message) {
        self.walk.update(message, at("182405"));
    }

    fn press(&mut self, key: Key) {
        self.tell(Message::Pressed(key));
    }

    fn did(&mut self, message: setup::Message) {
        self.tell(Message::Did(Did::Setup(message)));
    }

    fn type_in(&mut self, field: Field, text: &str) {
        self.did(setup::Message::Typed(field, Typed::new(text.to_owned())));
    }

    fn bring(&mut self, pem: &str) {
        self.tell(Message::Clipboard(Typed::new(pem.to_owned())));
    }

    fn fill_in(&mut self, keep: Keep) {
        self.walk.fill_in(Draft::of(&self.shop), keep);
    }

    fn go_live(&mut self) {
        self.press(Key::Char('2'));
        self.fill_in(Keep::Keyring);
    }

    fn at_merchant(&mut self) {
        self.go_live();
        self.press(Key::Enter);
    }

    fn at_key(&mut self) {
        self.at_merchant();
        self.bring(CERTIFICATE);
        self.type_in(Field::AppId, "wx8f2c1d7e9a0b4c63");
        self.press(Key::Enter);
    }

    fn save(&mut self) {
        self.at_key();
        self.type_in(Field::ApiKey, "0123456789abcdef0123456789abcdef");
        self.press(Key::Enter);
    }

    fn not_opened(&mut self, trouble: Trouble) {
        self.tell(Message::NotOpened(trouble));
    }
}

pub(crate) fn draw(scene: &Scene, lang: Lang, theme: Theme) -> Snapshot {
    let (_, size, play) = scene;
    let mut stage = Stage::new(lang, theme);
    play(&mut stage);
    snapshot(stage.walk.view(), *size, theme)
}
