//! What happens to the counter, and what it wants done.

use std::path::PathBuf;
use std::time::Instant;

use crate::approval::NotApproved;
use crate::number::{AuthCode, OutRefundNo, OutTradeNo, SaleId, TransactionId};
use crate::payment::refund::RefundView;
use crate::settings::SettingsError;
use crate::till::{
    BulkId, FindError, NoList, Numbers, OrderPage, Proof, RefundRefused, Refundable, StoryLine, Summary, Update,
};
use crate::window::key::Pressed;
use crate::window::screen::refund::{NotMade, Wish};
use crate::window::screen::{bulk, charge, code, orders, rules, sale, unresolved};
use crate::window::ui::Theme;
use crate::window::{Button, Choice};

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
    /// What a search of the orders found.
    Found(orders::Question, Result<OrderPage, FindError>),
    /// What there is to refund of an order.
    Refundable(OutTradeNo, Result<Refundable, RefundRefused>),
    /// Who may approve refunds.
    Approvers(Vec<String>),
    /// What came of a wish of the owner's page, at that opening of it.
    Rules(u32, rules::Told),
    /// Whether a refund of an order was written down.
    Queued(OutTradeNo, Result<RefundView, NotMade>),
    /// The till has begun to look a list up; `None` if another goes on.
    ListBegun(Option<BulkId>, Numbers),
    /// Whether the owner lets a list be refunded.
    ListApproved(BulkId, Result<(), NotApproved>),
    /// What a file has.
    ListRead(Result<Numbers, NoList>),
    /// Files are held over the window, or no more.
    Hovered(bool),
    /// A file was dropped on the window, or chosen in the system's dialog.
    Dropped(PathBuf),
    Paste,
    Pasted(String),
    /// What the number on a customer's bill proves.
    Proved(TransactionId, Result<Proof, FindError>),
    /// A sale's journal; `None` if the book can't be read.
    Story(SaleId, Option<Vec<StoryLine>>),
    /// The theme that the system prefers.
    SystemTheme(Theme),
    /// Whether a choice was kept.
    Kept(Result<(), SettingsError>),
    /// Where a QR code was saved; `None` if it could not be.
    Saved(Option<PathBuf>),
}

/// What the cashier did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Did {
    Charge(charge::Message),
    Code(code::Message),
    Sale(sale::Message),
    Orders(orders::Message),
    Unresolved(unresolved::Message),
    Rules(rules::Message),
    Bulk(bulk::Message),
    /// F8: look orders up; once more: what is not resolved.
    LookUp,
    /// The badge of what is not resolved.
    Unsettled,
    /// It is another customer: charge.
    Confirm,
    Refrain,
    Language,
    Theme,
    /// Go live, or change what is set for the till.
    SetUp,
    /// The owner's page of who may refund.
    WhoRefunds,
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
    /// Ask the till for orders.
    Find(orders::Question),
    /// Ask what there is to refund of an order.
    Refundable(OutTradeNo),
    /// Ask who may approve refunds.
    Approvers,
    /// What the owner's page wants, at that opening of it.
    Rules(u32, rules::Wish),
    /// Refund an order.
    Refund(Wish),
    /// Begin to look up a list of orders.
    BeginList(Numbers),
    /// Refund the list that was looked up.
    RefundList(bulk::Wish),
    StopList(BulkId),
    /// Show the system's dialog for a file.
    ChooseList,
    ReadList(PathBuf),
    /// Read the clipboard.
    Paste,
    QueryRefund(OutRefundNo),
    StopRefund(OutRefundNo),
    /// Ask whose order the number on the customer's bill is.
    Prove(TransactionId),
    /// Read a sale's journal.
    Story(SaleId),
    SavePicture {
        png: Vec<u8>,
        name: String,
    },
    FullScreen(bool),
    Keep(Choice),
    /// Put what is set for the till in front.
    SetUp,
    /// Close the window.
    Exit,
    Press(Button),
    /// Take the code from the simulated customer's phone.
    ShowCode,
}
