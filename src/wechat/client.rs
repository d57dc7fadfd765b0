//! The client: payment's gateway, spoken as API V2.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::number::{OutTradeNo, TransactionId};
use crate::payment::{
    Call, Doubt, Found, Gateway, Notification, Order, Pending, QueryAnswer, RefundAnswer, RefundQueryAnswer,
    RefundRequest, Refunded, Reply,
};

use super::codec::{Codec, Encoded, nonce};
use super::reply::{self, Page};
use super::request::{Merchant, Number, SubMerchant};
use super::route::{Heard, Key, Repeat, Routes};
use super::sign::{ApiKey, SignType};
use super::transport::{BACKUP, ClientCertificate, ConfigError, Failure, Limits, MAIN, Transport};

/// A merchant account and where its gateway is.
#[derive(Debug, Clone)]
pub struct Config {
    pub appid: String,
    pub mch_id: String,
    /// The shop, where the account above is a service provider's.
    pub sub: Option<SubMerchant>,
    pub api_key: ApiKey,
    /// The key before or after this one, while the owner changes it: replies signed by either are taken, and calls
    /// that may be repeated are signed by the one that the gateway takes.
    pub other_api_key: Option<ApiKey>,
    pub sign_type: SignType,
    /// The gateway's address, `https://` only: [`MAIN`], or practice's. Of these only [`MAIN`] has a backup.
    pub gateway: String,
    /// The only certificate authority to trust, PEM; `None` trusts the system's.
    pub ca_pem: Option<String>,
    /// What `/secapi/` calls are made with; without it they are not sent.
    pub certificate: Option<ClientCertificate>,
}

/// How a call is posted.
#[derive(Debug, Clone, Copy)]
struct Post {
    limit: Duration,
    repeat: Repeat,
    /// With the merchant's certificate.
    certified: bool,
}

/// A payment gateway that speaks API V2. Clones share their connections.
#[derive(Clone)]
pub struct Client {
    codec: Codec,
    /// The same with the keys exchanged, while there are two.
    turned: Option<Codec>,
    routes: Arc<Mutex<Routes>>,
    pub(super) transport: Transport,
    pub(super) limits: Limits,
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
        let official = config.gateway.trim_end_matches('/') == MAIN;
        Self::build(config, limits, official.then_some(BACKUP))
    }

    fn build(config: Config, limits: Limits, backup: Option<&str>) -> Result<Self, ConfigError> {
        let Config { appid, mch_id, sub, api_key, other_api_key, sign_type, gateway, ca_pem, certificate } = config;
        let no_sub = sub.as_ref().is_some_and(|sub| sub.mch_id.is_empty());
        for (field, empty) in [
            ("appid", appid.is_empty()),
            ("mch_id", mch_id.is_empty()),
            ("sub_mch_id", no_sub),
            ("api_key", api_key.is_empty()),
        ] {
            if empty {
                return Err(ConfigError::Empty { field });
            }
        }
        let transport = Transport::new(&gateway, backup, ca_pem.as_deref(), certificate.as_ref(), limits.connect)?;
        let merchant = Merchant { appid, mch_id, sub, api_key, other_api_key, sign_type };
        let turned = merchant.turned().map(|merchant| Codec { merchant });
        let routes = Arc::new(Mutex::new(Routes::new(backup.is_some(), turned.is_some())));
        Ok(Self { codec: Codec { merchant }, turned, routes, transport, limits })
    }

    async fn call(&self, order: &Order, call: Call) -> Reply {
        let post = match call {
            Call::Charge(_) => Post { limit: self.limits.charge, repeat: Repeat::Never, certified: false },
            Call::Reverse => Post { certified: true, ..self.repeatable() },
            Call::Create | Call::Query | Call::Close => self.repeatable(),
        };
        let received = self.post(post, |codec| codec.encode(order, &call, nonce())).await;
        self.codec.decode(order, &call, received)
    }

    fn repeatable(&self) -> Post {
        Post { limit: self.limits.other, repeat: Repeat::AtOnce, certified: false }
    }

    /// Posts a call where and as [`Routes`] says; one that may be repeated perhaps more than once.
    async fn post(&self, post: Post, encode: impl Fn(&Codec) -> Encoded) -> Result<Vec<u8>, Failure> {
        let mut next = self.routes().first(post.repeat, Instant::now());
        let mut arrived = None;
        loop {
            let codec = match (next.key, &self.turned) {
                (Key::Other, Some(turned)) => turned,
                (Key::Current, _) | (Key::Other, None) => &self.codec,
            };
            let Encoded { path, document } = encode(codec);
            let received = if post.certified {
                self.transport.post_certified(next.host, path, document, post.limit).await
            } else {
                self.transport.post(next.host, path, document, post.limit).await
            };
            // "Not sent" may be said of a call only if no try of it left this machine.
            let not_sent = matches!(received, Err(Failure::NotSent(_)));
            match self.routes().heard(next, codec.heard(&received), Instant::now()) {
                Some(again) => next = again,
                None if not_sent => return arrived.unwrap_or(received),
                None => return received,
            }
            if !not_sent {
                arrived = Some(received);
            }
        }
    }

    /// What one call learnt serves the next; nothing is half done in it when a thread panics.
    fn routes(&self) -> MutexGuard<'_, Routes> {
        self.routes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn list_refunds(&self, order: &Found) -> Result<Vec<Refunded>, RefundQueryAnswer> {
        let mut refunds: Vec<Refunded> = Vec::new();
        let mut promised = None;
        for _ in 0..MAX_PAGES {
            let offset = refunds.len();
            let encode = |codec: &Codec| codec.encode_refunds_of(order, offset, nonce());
            let received = self.post(self.repeatable(), encode).await;
            let body =
                received.map_err(|failure| failure.answer(RefundQueryAnswer::Unknown, RefundQueryAnswer::NotSent))?;
            let page = reply::refunds_of(&self.codec.merchant, order, offset, &body);
            let Page { refunds: next, total } = page.map_err(RefundQueryAnswer::Unknown)?;
            let is_full = next.len() >= PAGE;
            promised = total.or(promised);
            for refund in next {
                // One that was made meanwhile moves the others along.
                if refunds.iter().all(|known| known.out_refund_no != refund.out_refund_no) {
                    refunds.push(refund);
                }
            }
            if promised.map_or(!is_full, |total| refunds.len() >= total) {
                return Ok(refunds);
            }
            if refunds.len() == offset {
                break; // promised and not shown
            }
        }
        Err(RefundQueryAnswer::Unknown(Doubt::NotUnderstood))
    }

    async fn open_connection(&self) {
        let mut next = self.routes().first(Repeat::AtOnce, Instant::now());
        loop {
            let well = self.transport.hello(next.host, self.limits.other).await.is_ok();
            let heard = if well { Heard::Answer } else { Heard::Unwell };
            match self.routes().heard(next, heard, Instant::now()) {
                Some(again) => next = again,
                None => return,
            }
        }
    }

    async fn ask(&self, number: Number<'_>) -> Result<Option<Found>, QueryAnswer> {
        match self.post(self.repeatable(), |codec| codec.encode_look_up(number, nonce())).await {
            Ok(body) => reply::look_up(&self.codec.merchant, number, &body).map_err(QueryAnswer::Unknown),
            Err(failure) => Err(failure.answer(QueryAnswer::Unknown, QueryAnswer::NotSent)),
        }
    }
}

/// How many refunds of an order a reply has at most (manual, refundquery).
const PAGE: usize = 10;
/// The most replies that an order's fifty refunds can fill, the last of them empty.
const MAX_PAGES: usize = 6;

impl Gateway for Client {
    /// Opens the connection that the next call will use, so that a sale needn't wait for TLS; at the backup if the
    /// main host is away, so that a charge, which is sent once, finds the one that answers. It is kept for 50 s
    /// after its last use.
    fn warm_up(&self) -> Pending<'_, ()> {
        Box::pin(self.open_connection())
    }

    fn send<'a>(&'a self, order: &'a Order, call: Call) -> Pending<'a, Reply> {
        Box::pin(self.call(order, call))
    }

    fn refund<'a>(&'a self, request: &'a RefundRequest) -> Pending<'a, Reply<RefundAnswer>> {
        Box::pin(async move {
            // One request a call: whoever gave the turn counts it.
            let post = Post { limit: self.limits.other, repeat: Repeat::Later, certified: true };
            let received = self.post(post, |codec| codec.encode_refund(request, nonce())).await;
            self.codec.decode_refund(request, received)
        })
    }

    fn refund_query<'a>(&'a self, request: &'a RefundRequest) -> Pending<'a, Reply<RefundQueryAnswer>> {
        Box::pin(async move {
            let received = self.post(self.repeatable(), |codec| codec.encode_refund_query(request, nonce())).await;
            self.codec.decode_refund_query(request, received)
        })
    }

    fn refunds_of<'a>(&'a self, order: &'a Found) -> Pending<'a, Result<Vec<Refunded>, RefundQueryAnswer>> {
        Box::pin(self.list_refunds(order))
    }

    fn notification(&self, body: &[u8]) -> Result<Notification, Doubt> {
        self.codec.notification(body)
    }

    fn has_certificate(&self) -> bool {
        self.transport.has_certificate()
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
mod forged;
#[cfg(test)]
mod server;
#[cfg(test)]
mod tests;
