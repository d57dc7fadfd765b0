//! What happens to the counter, and what it wants done.

use std::path::PathBuf;
use std::time::Instant;

use crate::number::{AuthCode, SaleId};
use crate::till::{Summary, Update};
use crate::window::Button;
use crate::window::key::Pressed;
use crate::window::screen::{charge, code, sale};

use super::Charging;

/// What happened. A view can only make [`Message::Did`]; what the till reports comes on another way.
#[derive(Debug, Clone)]
pub enum Message {
    Did(Did),
    Pressed(Pressed),
    /// Time for the scan decoder to look at the silence.
    Quiet(Instant),
    Tick,
    CloseRequested,
    /// The simulated customer holds the code under the scanner.
    PhoneShows(AuthCode),
    Till(Update),
    /// The day so far; `None` if the book can't be read.
    Summary(Option<Summary>),
    /// Where a QR code was saved; `None` if it could not be.
    Saved(Option<PathBuf>),
}

/// What the cashier did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Did {
    Charge(charge::Message),
    Code(code::Message),
    Sale(sale::Message),
    /// It is another customer: charge.
    Confirm,
    Refrain,
    Language,
    Theme,
    Help,
    Phone(Button),
    /// The simulated customer shows the payment code to the scanner.
    ShowCode,
}

/// What is to be done about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    Nothing,
    /// Begin a sale; [`super::Counter::begun`] tells its id.
    Charge {
        charging: Charging,
        note: String,
    },
    /// A code was scanned while the sale's QR was up.
    Scan(SaleId, AuthCode),
    Renew(SaleId),
    Query(SaleId),
    Cancel(SaleId),
    Leave(SaleId),
    /// Ask the till for its summary.
    LookAgain,
    SavePicture {
        png: Vec<u8>,
        name: String,
    },
    FullScreen(bool),
    /// Close the window.
    Exit,
    Press(Button),
    /// Take the code from the simulated customer's phone.
    ShowCode,
}
