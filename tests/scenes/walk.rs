//! The way to an open till, page by page.

use std::time::Duration;

use guitai::account::check::{Drift, Item, Outcome, Report, Trouble, Unclear, Warning, Well};
use guitai::account::{Draft, Field, Keep, Left, SaveError};
use guitai::backup::{RestoreError, Restored};
use guitai::lang::Lang;
use guitai::settings::Settings;
use guitai::timestamp::Timestamp;
use guitai::vault::VaultError;
use guitai::window::screen::checks::{self, Told};
use guitai::window::screen::restore;
use guitai::window::screen::setup::{self, Typed};
use guitai::window::ui::Theme;
use guitai::window::walk::{Did, Key, Message};
use guitai::window::{self, Walk};
use iced_test::simulator::Snapshot;

use super::{DESIGN, SMALL, at, snapshot};

pub(crate) type Scene = (&'static str, (f32, f32), fn(&mut Stage));

/// Certificates with their keys, made for these pictures: of the merchant that is set up, and of another one.
const CERTIFICATE: &str = include_str!("merchant.pem");
const ANOTHERS: &str = include_str!("other-merchant.pem");

/// Scenes whose English on dark is a picture too.
pub(crate) const IN_ENGLISH: &[&str] = &[
    "walk-welcome",
    "walk-merchant",
    "walk-key",
    "walk-keyring-locked",
    "walk-checks-failed",
    "walk-checks-well",
    "walk-restore-filled",
];

/// Each page's name, the window's size, and how it comes to be from the first choice.
pub(crate) const SCENES: &[Scene] = &[
    ("walk-welcome", DESIGN, |_| ()),
    ("walk-welcome-small", SMALL, |_| ()),
    ("walk-shop", DESIGN, |stage| stage.go_live()),
    ("walk-shop-from-counter", DESIGN, |stage| {
        stage.walk = Walk::opening(stage.walk.lang(), stage.walk.theme()).from_counter();
        stage.fill_in(Keep::Keyring);
    }),
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
    ("walk-checks-running", DESIGN, |stage| {
        stage.check(&[
            (Item::Network, Outcome::Passed(Well::Answered { took: Duration::from_millis(86) })),
            (Item::Tls, Outcome::Passed(Well::Trusted)),
            (Item::Clock, Outcome::Passed(Well::Clock(Drift { by: Duration::from_millis(400), ahead: true }))),
        ]);
    }),
    ("walk-checks-failed", DESIGN, |stage| {
        stage.check(&found(Outcome::Failed(Trouble::OtherMerchants { found: "1900000110".to_owned() })));
        stage.end();
    }),
    ("walk-checks-failed-small", SMALL, |stage| {
        stage.check(&found(Outcome::Failed(Trouble::CertificateRefused)));
        stage.end();
        stage.checks(checks::Message::Details);
        stage.checks(checks::Message::Copy);
    }),
    ("walk-checks-key", DESIGN, |stage| {
        stage.check(&[
            (Item::Network, Outcome::Passed(Well::Answered { took: Duration::from_millis(86) })),
            (Item::Tls, Outcome::Passed(Well::Trusted)),
            (Item::Clock, Outcome::Failed(Trouble::Clock(Drift { by: Duration::from_secs(661), ahead: true }))),
            (Item::Backup, Outcome::Passed(Well::Answered { took: Duration::from_millis(120) })),
            (Item::ApiKey, Outcome::Failed(Trouble::KeyRefused { text: "签名错误".to_owned() })),
            (Item::Order, Outcome::Unknown(Unclear::Needs(Item::ApiKey))),
            (Item::NotifyUrl, Outcome::Unknown(Unclear::Needs(Item::Order))),
            (Item::Certificate, Outcome::Unknown(Unclear::Needs(Item::ApiKey))),
            (Item::Expiry, Outcome::Passed(Well::Until { ends_at: at("182405") })),
        ]);
        stage.end();
    }),
    ("walk-checks-offline", SMALL, |stage| {
        let mut lines: Vec<_> =
            items().into_iter().map(|item| (item, Outcome::Unknown(Unclear::Needs(Item::Network)))).collect();
        lines[0].1 = Outcome::Unknown(Unclear::Offline);
        stage.check(&lines);
        stage.end();
    }),
    ("walk-checks-well", DESIGN, |stage| {
        stage.check(&found(Outcome::Passed(Well::Taken)));
        stage.end();
    }),
    ("walk-checks-ends-soon", SMALL, |stage| {
        let mut lines = found(Outcome::Passed(Well::Taken));
        lines[8].1 = Outcome::Warned(Warning::EndsSoon { ends_at: at("182405") });
        stage.check(&lines);
        stage.end();
    }),
    ("walk-checks-forgotten", DESIGN, |stage| {
        stage.check(&found(Outcome::Passed(Well::Taken)));
        stage.end();
        stage.tell(Message::Forgotten(Vec::new()));
    }),
    ("walk-checks-files-left", SMALL, |stage| {
        stage.check(&found(Outcome::Passed(Well::Taken)));
        stage.end();
        let kind = std::io::ErrorKind::PermissionDenied;
        stage.tell(Message::Forgotten(vec![Left { path: "/home/wang/Downloads/apiclient_cert.p12".into(), kind }]));
    }),
    ("walk-restore", DESIGN, |stage| stage.press(Key::Char('3'))),
    ("walk-restore-filled", DESIGN, |stage| stage.restore()),
    ("walk-restore-running", SMALL, |stage| {
        stage.restore();
        stage.press(Key::Enter);
    }),
    ("walk-restore-wrong", SMALL, |stage| {
        stage.restore();
        stage.press(Key::Enter);
        stage.tell(Message::Restored(Err(RestoreError::WrongPassphrase)));
    }),
    ("walk-restored", DESIGN, |stage| {
        stage.restore();
        stage.press(Key::Enter);
        stage.tell(Message::Restored(Ok(Restored { live: true, secrets: false, made_at: at("120000"), open: 2 })));
    }),
    ("walk-not-kept-locked", DESIGN, |stage| {
        stage.save();
        stage.tell(Message::Saved(Err(SaveError::Vault(VaultError::Locked))));
    }),
    ("walk-this-run", DESIGN, |stage| {
        stage.tell(Message::NotOpened(window::Trouble::Keyring(VaultError::NoKeyring)));
        stage.fill_in(Keep::ThisRun);
    }),
    ("walk-opening", DESIGN, |stage| stage.press(Key::Enter)),
    ("walk-keyring-none", DESIGN, |stage| stage.not_opened(window::Trouble::Keyring(VaultError::NoKeyring))),
    ("walk-keyring-locked", DESIGN, |stage| stage.not_opened(window::Trouble::Keyring(VaultError::Locked))),
    ("walk-keyring-denied", SMALL, |stage| stage.not_opened(window::Trouble::Keyring(VaultError::Denied))),
    ("walk-keyring-timed-out", DESIGN, |stage| stage.not_opened(window::Trouble::Keyring(VaultError::TimedOut))),
    ("walk-not-opened", DESIGN, |stage| {
        let told = window::Told::new(|lang| match lang {
            Lang::Zh => "账本已损坏，请从备份恢复；坏的文件没有改动。".to_owned(),
            Lang::En => "The book is damaged: restore it from a backup; the damaged file was left alone.".to_owned(),
        });
        stage.not_opened(window::Trouble::Other(told));
    }),
];

/// What a till is checked for at its set-up: the audit is looked at where it is asked for.
fn items() -> Vec<Item> {
    Item::ALL.into_iter().filter(|item| *item != Item::Audit).collect()
}

/// What nine checks found, all well but the certificate's.
fn found(certificate: Outcome) -> Vec<(Item, Outcome)> {
    let ends = Outcome::Passed(Well::Until { ends_at: Timestamp::from_wire("20311007142311").unwrap() });
    vec![
        (Item::Network, Outcome::Passed(Well::Answered { took: Duration::from_millis(86) })),
        (Item::Tls, Outcome::Passed(Well::Trusted)),
        (Item::Clock, Outcome::Passed(Well::Clock(Drift { by: Duration::from_millis(400), ahead: true }))),
        (Item::Backup, Outcome::Passed(Well::Answered { took: Duration::from_millis(120) })),
        (Item::ApiKey, Outcome::Passed(Well::Signed)),
        (Item::Order, Outcome::Passed(Well::Made)),
        (Item::NotifyUrl, Outcome::Passed(Well::Taken)),
        (Item::Certificate, certificate),
        (Item::Expiry, ends),
    ]
}

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

    /// Kept and opened; the checks have found so much.
    fn check(&mut self, lines: &[(Item, Outcome)]) {
        self.save();
        self.tell(Message::Saved(Ok(Vec::new())));
        self.tell(Message::Opened);
        self.tell(Message::Check(0, Told::Items(items())));
        for (item, outcome) in lines {
            self.tell(Message::Check(0, Told::Found(*item, outcome.clone())));
        }
    }

    fn end(&mut self) {
        let report = Report {
            version: "0.1.0",
            system: "linux x86_64".to_owned(),
            at: at("182405"),
            merchant: "190****109".to_owned(),
            app_id: "wx8f****4c63".to_owned(),
            sign_type: "HMAC-SHA256",
            gateway: "https://api.mch.weixin.qq.com".to_owned(),
            certificate: None,
            lines: Vec::new(),
        };
        self.tell(Message::Check(0, Told::Ended(report)));
    }

    fn checks(&mut self, message: checks::Message) {
        self.tell(Message::Did(Did::Checks(message)));
    }

    fn restore(&mut self) {
        self.press(Key::Char('3'));
        self.tell(Message::Dropped("/media/wang/USB/guitai-2026-11-22.backup".into()));
        let passphrase = restore::Message::Passphrase(Typed::new("correct horse battery".to_owned()));
        self.tell(Message::Did(Did::Restore(passphrase)));
    }

    fn not_opened(&mut self, trouble: window::Trouble) {
        self.tell(Message::NotOpened(trouble));
    }
}

pub(crate) fn draw(scene: &Scene, lang: Lang, theme: Theme) -> Snapshot {
    let (_, size, play) = scene;
    let mut stage = Stage::new(lang, theme);
    play(&mut stage);
    snapshot(stage.walk.view(), *size, theme)
}
