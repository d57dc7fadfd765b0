//! The iced program: a shell ([`run`]) round a counter that knows no till and no clock ([`Counter`]), and round the
//! walk that leads to an open till ([`Walk`]).

mod app;
mod ask;
mod counter;
mod entry;
mod frame;
mod key;
pub mod screen;
pub mod ui;
pub mod walk;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use futures::stream::BoxStream;

use screen::checks;

use crate::account::check::Outcome;
use crate::account::{Draft, Keep, PlainFile, SaveError};
use crate::approval;
use crate::backup::{Passphrase, RestoreError, Restored};
use crate::lang::Lang;
use crate::money::Fen;
use crate::number::AuthCode;
use crate::settings::{Problem, SettingsError};
use crate::till::Till;
use crate::vault::VaultError;

pub use app::run;
pub use counter::{Charging, Counter, Did, Effect, Means, Message};
pub use entry::{Entry, Figure};
pub use frame::view;
pub use key::{Key, Pressed, listen};
pub use walk::Walk;

/// What the window needs from the program that opens it.
#[derive(Debug, Clone)]
pub struct Context {
    pub house: Arc<dyn House>,
    pub lang: Lang,
    /// `None` is as the system has it.
    pub theme: Option<ui::Theme>,
    pub start: Start,
}

/// What is in front of whoever opens the window.
#[derive(Debug, Clone)]
pub enum Start {
    /// Nobody has chosen yet between practice and going live.
    Choose,
    /// A till that may have to wait for its keyring.
    Open,
    At(Box<Desk>),
}

/// A till that is open, with what the counter goes by.
#[derive(Debug, Clone)]
pub struct Desk {
    pub till: Till,
    /// The simulated customer, in practice.
    pub phone: Option<Arc<dyn CustomerPhone>>,
    pub shop: Shop,
    pub approvals: Approvals,
    /// What in the settings could not be used.
    pub problems: Vec<Problem>,
    /// That the merchant's certificate ends soon, or has.
    pub expiry: Option<Outcome>,
    /// Where saved QR codes go.
    pub pictures: PathBuf,
}

/// Where refunds are approved.
#[derive(Clone)]
pub struct Approvals(pub Arc<approval::Desk>);

impl fmt::Debug for Approvals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Approvals").finish_non_exhaustive()
    }
}

/// What the program does for the window, off the window's own thread where it takes time.
pub trait House: Send + Sync + fmt::Debug {
    /// Keeps for the next start what was chosen in the window.
    fn keep(&self, choice: Choice) -> Result<(), SettingsError>;

    /// Opens the data folder's till, in place of the one that is open. If it can't, that one goes on.
    fn open(self: Arc<Self>) -> BoxFuture<'static, Result<Desk, Trouble>>;

    /// The account as it is set now, to be filled in.
    fn draft(&self) -> Draft;

    /// Checks the account of the till that is open, without moving money.
    fn check(&self) -> BoxStream<'static, checks::Told>;

    /// Restores a backup into the data folder, which nobody has used yet.
    fn restore(
        self: Arc<Self>,
        file: PathBuf,
        passphrase: Passphrase,
    ) -> BoxFuture<'static, Result<Restored, RestoreError>>;

    /// Keeps what was filled in; the till that is opened next goes by it. Says which plain files have served.
    fn save(self: Arc<Self>, draft: Draft, keep: Keep) -> BoxFuture<'static, Result<Vec<PlainFile>, SaveError>>;
}

/// Why there is no till to work with; nothing was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// The secrets can't be had.
    Keyring(VaultError),
    /// Settings, certificate, book or gateway.
    Other(Told),
}

/// A sentence in both languages, for its reader may change between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told([String; 2]);

impl Told {
    pub fn new(words: impl Fn(Lang) -> String) -> Self {
        Self(Lang::ALL.map(words))
    }

    pub fn words(&self, lang: Lang) -> &str {
        let [zh, en] = &self.0;
        match lang {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }
}

/// The owner's settings, as far as the counter goes by them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shop {
    pub name: String,
    pub till: String,
    pub quick_amounts: Vec<Fen>,
    /// The most that one payment may be.
    pub limit: Option<Fen>,
    /// The average time between two keys below which they are a scanner's.
    pub scan_gap: Duration,
    pub practice: bool,
}

/// What the cashier chooses in the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    Language(Lang),
    Theme(ui::Theme),
}

/// A button on the simulated customer's phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Button {
    /// Scans the QR on the till and pays, or confirms what is asked.
    ScanAndPay,
    PasswordThenPay,
    WrongPassword,
    NotEnough,
    Cancel,
    GoesDead,
}

/// The customer's phone in practice.
pub trait CustomerPhone: Send + Sync + fmt::Debug {
    fn press(&self, button: Button);

    /// A fresh payment code, as the phone would show it.
    fn show_code(&self) -> AuthCode;
}
