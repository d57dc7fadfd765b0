//! The iced program: a shell ([`run`]) round a counter that knows no till and no clock ([`Counter`]).

mod app;
mod counter;
mod entry;
mod frame;
mod key;
pub mod screen;
pub mod ui;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::lang::Lang;
use crate::money::Fen;
use crate::number::AuthCode;
use crate::settings::{Problem, SettingsError};
use crate::till::Till;

pub use app::run;
pub use counter::{Charging, Counter, Did, Effect, Means, Message};
pub use entry::{Entry, Figure};
pub use frame::view;
pub use key::{Key, Pressed, listen};

/// What the window needs from the program that opens it.
#[derive(Debug, Clone)]
pub struct Context {
    pub till: Till,
    /// The simulated customer, in practice.
    pub phone: Option<Arc<dyn CustomerPhone>>,
    pub lang: Lang,
    /// `None` is as the system has it.
    pub theme: Option<ui::Theme>,
    pub shop: Shop,
    pub keeper: Arc<dyn Keeper>,
    /// What in the settings could not be used.
    pub problems: Vec<Problem>,
    /// Where saved QR codes go.
    pub pictures: PathBuf,
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

/// Keeps for the next start what the cashier chose in the window.
pub trait Keeper: Send + Sync + fmt::Debug {
    fn keep(&self, choice: Choice) -> Result<(), SettingsError>;
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
