//! The simulated customer's phone: what it shows, and the panel's buttons.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use tokio::sync::watch;

use crate::money::Fen;
use crate::number::AuthCode;
use crate::timestamp::Timestamp;

use super::keeper::Job;

/// The six digits by which the phone's codes name their payer.
pub(super) const PHONE_WALLET: &str = "880001";

/// What the simulated customer does by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Customer {
    /// Scans a QR code after two seconds and pays; a code that is charged is paid at once.
    #[default]
    Pays,
    /// Is asked for the password, and types it after four seconds.
    Password,
    /// Has not enough money; on a QR code: cancels.
    Declines,
    /// Walks away: the charge stays `USERPAYING` until WeChat's own reverse after 45 seconds.
    Leaves,
    /// Does only what the panel's buttons say; a code is paid at once if no button is armed.
    Panel,
}

impl Customer {
    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pays => "pays",
            Self::Password => "password",
            Self::Declines => "declines",
            Self::Leaves => "leaves",
            Self::Panel => "panel",
        }
    }
}

impl fmt::Display for Customer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// There is no customer of that name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a customer is one of pays, password, declines, leaves, panel")]
pub struct NoSuchCustomer;

impl FromStr for Customer {
    type Err = NoSuchCustomer;

    fn from_str(name: &str) -> Result<Self, NoSuchCustomer> {
        let all = [Self::Pays, Self::Password, Self::Declines, Self::Leaves, Self::Panel];
        all.into_iter().find(|customer| customer.name() == name).ok_or(NoSuchCustomer)
    }
}

/// A button of the panel. It acts on what is on the phone's screen, or is armed for the next code
/// that is charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Button {
    /// Scans and pays, or types the right password and pays.
    Pay,
    /// Is asked for the password, and waits for another button.
    AskPassword,
    WrongPassword,
    NotEnough,
    Cancel,
    /// The phone goes dead.
    Dead,
}

impl Button {
    /// The buttons that make sense now.
    pub fn for_screen(screen: &PhoneScreen) -> &'static [Self] {
        use Button::{AskPassword, Cancel, Dead, NotEnough, Pay, WrongPassword};
        match screen {
            PhoneScreen::QrCode(_) => &[Pay, AskPassword, NotEnough, Cancel, Dead],
            PhoneScreen::Password(_) => &[Pay, WrongPassword, NotEnough, Cancel, Dead],
            PhoneScreen::Idle | PhoneScreen::Left(_) | PhoneScreen::Paid(_) | PhoneScreen::Ended(_) => {
                &[Pay, AskPassword, WrongPassword, NotEnough, Cancel, Dead]
            }
        }
    }
}

/// The order that the phone sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhoneOrder {
    pub out_trade_no: String,
    pub total_fee: Fen,
    /// What the customer reads: "shop - category".
    pub body: String,
}

/// What is before the customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PhoneScreen {
    Idle,
    /// A QR code that can be scanned.
    QrCode(PhoneOrder),
    /// The password box.
    Password(PhoneOrder),
    /// The customer left a charge that is still open.
    Left(PhoneOrder),
    Paid(PhoneOrder),
    /// Closed, reversed, or failed.
    Ended(PhoneOrder),
}

impl PhoneScreen {
    /// Whether a button would be armed for the next code, instead of acting now.
    pub fn is_idle(&self) -> bool {
        !matches!(self, Self::QrCode(_) | Self::Password(_))
    }
}

/// A payment code on the phone's screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownCode {
    pub code: AuthCode,
    /// The code is expired after this.
    pub until: Timestamp,
}

/// The phone as it is now; complete in itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhoneView {
    pub customer: Customer,
    pub screen: PhoneScreen,
    /// The buttons that make sense now.
    pub buttons: &'static [Button],
    /// What the customer will do with the next code that is charged.
    pub armed: Option<Button>,
    /// The payment code on the screen, while it can be charged.
    pub code: Option<ShownCode>,
}

/// A handle to the simulated customer's phone. No method waits.
#[derive(Debug, Clone)]
pub struct Phone {
    jobs: mpsc::Sender<Job>,
    view: watch::Receiver<PhoneView>,
    seed: u64,
    codes: Arc<AtomicU64>,
}

impl Phone {
    pub(super) fn new(jobs: mpsc::Sender<Job>, view: watch::Receiver<PhoneView>, seed: u64) -> Self {
        Self { jobs, view, seed, codes: Arc::default() }
    }

    /// What the phone shows.
    pub fn view(&self) -> PhoneView {
        self.view.borrow().clone()
    }

    /// Waits until the phone shows something else than when this was last called (or than when the
    /// handle was made); `None` once practice has ended.
    pub async fn changed(&mut self) -> Option<PhoneView> {
        self.view.changed().await.ok()?;
        Some(self.view.borrow_and_update().clone())
    }

    pub fn press(&self, button: Button) {
        self.tell(Job::Press(button));
    }

    /// From now on, and for a QR code that nobody has scanned yet, the customer is of this kind.
    pub fn set_customer(&self, customer: Customer) {
        self.tell(Job::SetCustomer(customer));
    }

    /// Shows a new payment code: it lives for a minute, and serves one payment.
    pub fn show_code(&self) -> AuthCode {
        let number = self.codes.fetch_add(1, Ordering::Relaxed);
        let digits = super::books::mix(self.seed.wrapping_add(number)) % 10_000_000_000;
        let code = AuthCode::parse(&format!("13{PHONE_WALLET}{digits:010}")).expect("18 digits from 13");
        self.tell(Job::CodeShown(code.clone()));
        code
    }

    fn tell(&self, job: Job) {
        // When practice has ended there is nobody to tell, and nothing that could still happen.
        let _ended = self.jobs.send(job);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn customers_have_the_names_of_the_command_line() {
        for name in ["pays", "password", "declines", "leaves", "panel"] {
            assert_eq!(name.parse::<Customer>().map(|customer| customer.to_string()), Ok(name.to_owned()));
        }
        assert_eq!("Pays".parse::<Customer>(), Err(NoSuchCustomer));
    }
}
