//! The client: payment's gateway, spoken as API V2.

use std::fmt;

use crate::number::{OutTradeNo, TransactionId};
use crate::payment::{Call, Found, Gateway, Order, Pending, QueryAnswer, Reply};

use super::codec::{Codec, Encoded, nonce};
use super::reply;
use super::request::{self, Number};
use super::sign::{ApiKey, SignType};
use super::transport::{ClientCertificate, ConfigError, Limits, Transport};

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
    codec: Codec,
    transport: Transport,
    limits: Limits,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("codec", &self.codec).field("limits", &self.limits).finish_non_exhaustive()
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
        Ok(Self { codec: Codec::new(appid, mch_id, api_key, sign_type), transport, limits })
    }

    /// Opens the connection that the next call will use, so that a sale needn't wait for TLS.
    ///
    /// Worth calling when a sale begins to be typed: a connection is kept for 50 s after its last use.
    pub async fn warm_up(&self) {
        self.transport.warm_up(self.limits.other).await;
    }

    async fn call(&self, order: &Order, call: Call) -> Reply {
        let Encoded { path, document } = self.codec.encode(order, &call, nonce());
        let received = match call {
            Call::Charge(_) => self.transport.post(path, document, self.limits.charge).await,
            Call::Reverse => self.transport.post_certified(path, document, self.limits.other).await,
            Call::Create | Call::Query | Call::Close => self.transport.post(path, document, self.limits.other).await,
        };
        self.codec.decode(order, &call, received)
    }

    async fn ask(&self, number: Number<'_>) -> Result<Option<Found>, QueryAnswer> {
        let merchant = &self.codec.merchant;
        let request = request::orderquery(merchant, number, nonce());
        match self.transport.post(request::ORDERQUERY, request.to_xml(), self.limits.other).await {
            Ok(body) => reply::look_up(merchant, number, &body).map_err(QueryAnswer::Unknown),
            Err(failure) => Err(failure.answer(QueryAnswer::Unknown, QueryAnswer::NotSent)),
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
