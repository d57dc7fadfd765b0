//! What the till needs of a payment provider. `wechat::Client` is one; tests have others.

use std::future::Future;
use std::pin::Pin;

use crate::money::Fen;
use crate::number::{OutRefundNo, OutTradeNo};

use super::words::{
    Answer, Call, Doubt, NotSent, Order, QueryAnswer, Receipt, RefundAnswer, RefundQueryAnswer, RefundRequest, Refunded,
};

/// A future that the till's tasks can carry.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// An answer, and what was on the wire for support.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply<A = Answer> {
    pub answer: A,
    /// The raw reply with secrets and payment codes taken out; `None` if none came.
    pub raw: Option<String>,
}

/// An order that was looked up at the gateway by one of its numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub out_trade_no: OutTradeNo,
    pub total_fee: Fen,
    pub state: QueryAnswer,
}

/// An order that was paid, as the provider reports it by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaidOrder {
    pub out_trade_no: OutTradeNo,
    pub receipt: Receipt,
}

/// What a provider reports by itself. A reason to ask, never the last word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notification {
    Paid(PaidOrder),
    /// A refund came to its end, ours or one that was made elsewhere.
    Refunded {
        out_trade_no: OutTradeNo,
        out_refund_no: OutRefundNo,
        total_fee: Fen,
        refund_fee: Fen,
        /// The provider's own word for the end (`refund_status`).
        status: String,
    },
}

/// A payment provider. Every future ends by itself, within the provider's own time limits.
pub trait Gateway: Send + Sync + 'static {
    /// Makes one call about `order`; whatever goes wrong is part of the answer.
    fn send<'a>(&'a self, order: &'a Order, call: Call) -> Pending<'a, Reply>;

    /// Looks up an order that the book may not know, by our number or the provider's.
    /// `Err` says why nothing is known; `Ok(None)` that there is no such order.
    fn look_up<'a>(&'a self, number: &'a str) -> Pending<'a, Result<Option<Found>, QueryAnswer>>;

    /// Asks for a refund. The same request may be sent any number of times; it takes effect once.
    ///
    /// This and the three below are those of a provider that makes no refunds; one that does has its own.
    fn refund<'a>(&'a self, _request: &'a RefundRequest) -> Pending<'a, Reply<RefundAnswer>> {
        let answer = RefundAnswer::NotSent(NotSent::NoCertificate);
        Box::pin(std::future::ready(Reply { answer, raw: None }))
    }

    /// Asks what became of a refund, by its number.
    fn refund_query<'a>(&'a self, _request: &'a RefundRequest) -> Pending<'a, Reply<RefundQueryAnswer>> {
        let answer = RefundQueryAnswer::NotSent(NotSent::NoCertificate);
        Box::pin(std::future::ready(Reply { answer, raw: None }))
    }

    /// All refunds of an order, whoever asked for them; none if the gateway has none. `Err` says why nothing is known.
    fn refunds_of<'a>(&'a self, _order: &'a Found) -> Pending<'a, Result<Vec<Refunded>, RefundQueryAnswer>> {
        Box::pin(std::future::ready(Ok(Vec::new())))
    }

    /// Reads what the provider reported by itself; a provider that never does understands nothing.
    fn notification(&self, _body: &[u8]) -> Result<Notification, Doubt> {
        Err(Doubt::NotUnderstood)
    }

    /// Whether there is a certificate to refund and reverse with.
    fn has_certificate(&self) -> bool {
        false
    }

    /// A sale is about to begin: what can be made ready for its first call is made ready.
    fn warm_up(&self) -> Pending<'_, ()> {
        Box::pin(std::future::ready(()))
    }
}
