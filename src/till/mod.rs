//! The driver: runs the rules against a gateway, the book and a clock.
//! SKELETON of what the window and the commands may use; the driver itself is being written.

use futures::Stream;

use crate::money::Fen;
use crate::number::{AuthCode, SaleId};
use crate::payment::SaleView;
use crate::timestamp::Timestamp;

/// A cheap handle; clones speak to the same till. All calls return at once and none is undone by
/// dropping anything.
#[derive(Debug, Clone)]
pub struct Till(());

/// What happened; complete in itself, so that missing one and seeing the next loses nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Update {
    Sale(SaleView),
}

/// One line of the recent strip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recent {
    pub id: SaleId,
    pub at: Timestamp,
    pub amount: Fen,
    /// The order number's last four.
    pub tail: String,
    pub mark: Mark,
}

/// How a line of the recent strip ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    Paid,
    NotPaid,
    Reversed,
    Open,
}

/// The day so far and what is still open.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Summary {
    pub paid_today: Fen,
    pub sales_today: u32,
    pub open: u32,
    pub open_amount: Fen,
    /// The last three sales that ended, newest first.
    pub recent: Vec<Recent>,
}

impl Till {
    pub fn now(&self) -> Timestamp {
        todo!()
    }
    /// Makes a QR order; progress comes through [`Till::updates`] under the id returned.
    pub fn charge_qr(&self, _amount: Fen, _note: String) -> SaleId {
        todo!()
    }
    /// Charges a scanned code.
    pub fn charge_code(&self, _amount: Fen, _note: String, _code: AuthCode) -> SaleId {
        todo!()
    }
    /// A code was scanned while the sale's QR is up: closes the QR order, then charges the code.
    pub fn scan(&self, _sale: SaleId, _code: AuthCode) {
        todo!()
    }
    /// F5: a new picture of the same order.
    pub fn renew(&self, _sale: SaleId) {
        todo!()
    }
    /// F6: ask the gateway now.
    pub fn query(&self, _sale: SaleId) {
        todo!()
    }
    /// F7, from 15 s on: cancel a scanned payment and give the money back.
    pub fn cancel(&self, _sale: SaleId) {
        todo!()
    }
    /// Esc, new amount: the cashier leaves a sale whose QR is up; its order is closed.
    pub fn leave(&self, _sale: SaleId) {
        todo!()
    }
    /// Every update from now on.
    pub fn updates(&self) -> impl Stream<Item = Update> + Send + 'static {
        futures::stream::pending()
    }
    pub async fn summary(&self) -> Summary {
        todo!()
    }
}
