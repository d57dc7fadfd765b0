//! The client: payment's gateway, spoken as API V2.

use std::fmt;
use std::time::Duration;

use crate::number::{OutTradeNo, TransactionId};
use crate::payment::{
    Answer, Call, ChargeAnswer, CloseAnswer, CreateAnswer, Doubt, Found, Gateway, NotSent, Order, Pending, QueryAnswer,
    Reply, ReverseAnswer,
};

use super::request::{self, Merchant, Number};
use super::sign::{ApiKey, SignType};
use super::transport::{ClientCertificate, ConfigError, Failure, Limits, Transport};
use super::xml::Fields;
use super::{redact, reply};

/// A merchant account and where its gateway is.
#[derive(Debug, Clone)]
pub struct Config {
    pub appid: String,
    pub mch_id: String,
    pub api_key: ApiKey,
    pub sign_type: SignType,
    /// The gateway's address, `https://` only: `https://api.mch.weixin.qq.com`, or practice's.
    pub gateway: String,
    /// The only certificate authority to trust, PEM; `None` trusts the system's.
    pub ca_pem: Option<String>,
    /// What `/secapi/` calls are made with; without it they are not sent.
    pub certificate: Option<ClientCertificate>,
}

/// A payment gateway that speaks API V2. Clones share their connections.
#[derive(Clone)]
pub struct Client {
    merchant: Merchant,
    transport: Transport,
    limits: Limits,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("merchant", &self.merchant).field("limits", &self.limits).finish_non_exhaustive()
    }
}

impl Client {
    /// A client with the usual time limits; nothing is sent yet.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        Self::with_limits(config, Limits::default())
    }

    /// A client with time limits of its own.
    pub fn with_limits(config: Config, limits: Limits) -> Result<Self, ConfigError> {
        let Config { appid, mch_id, api_key, sign_type, gateway, ca_pem, certificate } = config;
        for (field, empty) in
            [("appid", appid.is_empty()), ("mch_id", mch_id.is_empty()), ("api_key", api_key.is_empty())]
        {
            if empty {
                return Err(ConfigError::Empty { field });
            }
        }
        let transport = Transport::new(&gateway, ca_pem.as_deref(), certificate.as_ref(), limits.connect)?;
        Ok(Self { merchant: Merchant { appid, mch_id, api_key, sign_type }, transport, limits })
    }

    /// Opens the connection that the next call will use, so that a sale needn't wait for TLS.
    ///
    /// Worth calling when a sale begins to be typed: a connection is kept for 50 s after its last use.
    pub async fn warm_up(&self) {
        self.transport.warm_up(self.limits.other).await;
    }

    async fn call(&self, order: &Order, call: Call) -> Reply {
        let merchant = &self.merchant;
        match call {
            Call::Create => {
                let request = request::unifiedorder(merchant, order);
                let received = self.post(request::UNIFIEDORDER, &request, self.limits.other).await;
                let read = |body: &[u8]| reply::unifiedorder(merchant, order, body);
                received.reply(read, CreateAnswer::Unknown, CreateAnswer::NotSent, Answer::Created)
            }
            Call::Charge(code) => {
                let request = request::micropay(merchant, order, &code);
                let received = self.post(request::MICROPAY, &request, self.limits.charge).await;
                let read = |body: &[u8]| reply::micropay(merchant, order, body);
                received.reply(read, ChargeAnswer::Unknown, ChargeAnswer::NotSent, Answer::Charged)
            }
            Call::Query => {
                let request = request::orderquery(merchant, Number::Ours(&order.out_trade_no));
                let received = self.post(request::ORDERQUERY, &request, self.limits.other).await;
                let read = |body: &[u8]| reply::orderquery(merchant, order, body);
                received.reply(read, QueryAnswer::Unknown, QueryAnswer::NotSent, Answer::Queried)
            }
            Call::Close => {
                let request = request::closeorder(merchant, order);
                let received = self.post(request::CLOSEORDER, &request, self.limits.other).await;
                let read = |body: &[u8]| reply::closeorder(merchant, order, body);
                received.reply(read, CloseAnswer::Unknown, CloseAnswer::NotSent, Answer::Closed)
            }
            Call::Reverse => {
                let request = request::reverse(merchant, order).to_xml();
                let received = self.transport.post_certified(request::REVERSE, request, self.limits.other).await;
                let read = |body: &[u8]| reply::reverse(merchant, order, body);
                Received(received).reply(read, ReverseAnswer::Unknown, ReverseAnswer::NotSent, Answer::Reversed)
            }
        }
    }

    async fn ask(&self, number: Number<'_>) -> Result<Option<Found>, QueryAnswer> {
        let request = request::orderquery(&self.merchant, number);
        match self.post(request::ORDERQUERY, &request, self.limits.other).await.0 {
            Ok(body) => reply::look_up(&self.merchant, number, &body).map_err(QueryAnswer::Unknown),
            Err(failure) => Err(failure.answer(QueryAnswer::Unknown, QueryAnswer::NotSent)),
        }
    }

    async fn post(&self, path: &str, request: &Fields, limit: Duration) -> Received {
        Received(self.transport.post(path, request.to_xml(), limit).await)
    }
}

/// What came of a request.
struct Received(Result<Vec<u8>, Failure>);

impl Received {
    /// The rules' reply: a body is read by `read`, its absence told by one of the other two.
    fn reply<A>(
        self,
        read: impl FnOnce(&[u8]) -> A,
        unknown: fn(Doubt) -> A,
        not_sent: fn(NotSent) -> A,
        answer: fn(A) -> Answer,
    ) -> Reply {
        let raw = match &self.0 {
            Ok(body) | Err(Failure::Odd(body)) => Some(redact::body(body)),
            Err(Failure::NotSent(_) | Failure::NoAnswer) => None,
        };
        let word = match self.0 {
            Ok(body) => read(&body),
            Err(failure) => failure.answer(unknown, not_sent),
        };
        Reply { answer: answer(word), raw }
    }
}

impl Failure {
    fn answer<A>(self, unknown: fn(Doubt) -> A, not_sent: fn(NotSent) -> A) -> A {
        match self {
            Self::NotSent(why) => not_sent(why),
            Self::NoAnswer => unknown(Doubt::NoAnswer),
            Self::Odd(_) => unknown(Doubt::NotUnderstood),
        }
    }
}

impl Gateway for Client {
    fn send<'a>(&'a self, order: &'a Order, call: Call) -> Pending<'a, Reply> {
        Box::pin(self.call(order, call))
    }

    fn look_up<'a>(&'a self, number: &'a str) -> Pending<'a, Result<Option<Found>, QueryAnswer>> {
        Box::pin(async move {
            if TransactionId::looks_like(number) {
                let number = TransactionId::parse(number).expect("28 digits are such a number");
                self.ask(Number::WeChats(&number)).await
            } else if let Some(number) = OutTradeNo::parse(number) {
                self.ask(Number::Ours(&number)).await
            } else {
                Ok(None) // no order can have such a number
            }
        })
    }
}

#[cfg(test)]
mod server;
#[cfg(test)]
mod tests;
