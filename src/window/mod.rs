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

use crate::lang::Lang;
use crate::money::Fen;
use crate::number::AuthCode;
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
    pub theme: ui::Theme,
    pub shop: Shop,
    /// Where saved QR codes go.
    pub pictures: PathBuf,
}

/// What the header and the quick keys say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shop {
    pub name: String,
    pub till: String,
    /// Up to six.
    pub quick_amounts: Vec<Fen>,
    pub practice: bool,
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
