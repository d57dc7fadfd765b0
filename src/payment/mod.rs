//! The rules of money, pure: no clock, no disk, no network. Time is an argument.

pub mod gateway;
mod status;
mod words;

pub use gateway::{Found, Gateway, Pending, Reply};
pub use status::{Notice, SaleView, Status, Waiting};
pub use words::{
    Answer, Call, ChargeAnswer, CloseAnswer, CreateAnswer, Doubt, NotSent, Order, QueryAnswer, Reason, Receipt,
    Refusal, ReverseAnswer,
};
