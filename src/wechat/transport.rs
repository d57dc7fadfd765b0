//! One POST over TLS, bounded in time and size, and sent once.
//!
//! What matters most is told apart here: whether any byte of a request may have left this machine.

use std::error::Error as _;
use std::io;
use std::net::IpAddr;
use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use reqwest::{Certificate, StatusCode, Url, redirect, retry, tls};
use thiserror::Error;
use tokio::time::timeout;

use crate::payment::NotSent;

use super::xml::MAX_BODY;

/// How long things may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// To have a connection with TLS up; shorter than the others, so that "nothing was sent" stays certain.
    pub connect: Duration,
    /// A charge from its first byte to the reply's last: several banks may be tried meanwhile.
    pub charge: Duration,
    /// Any other call: it can be repeated, so a new try helps more than patience.
    pub other: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connect: Duration::from_secs(4), charge: Duration::from_secs(10), other: Duration::from_secs(6) }
    }
}

/// Why there can be no client: a setting is wrong, not the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ConfigError {
    #[error("the setting {field} is empty")]
    Empty { field: &'static str },
    #[error("the gateway's address is not a URL")]
    NotAUrl,
    #[error("the gateway's address doesn't begin with https://")]
    NotHttps,
    #[error("the certificate authority is not a PEM certificate")]
    BadCa,
    #[error("this system has no trusted certificate authorities, or no TLS")]
    NoTls,
}

/// Why a request has no readable reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// No byte of it left this machine.
    NotSent(NotSent),
    /// Some or all of it was sent and no whole reply came.
    NoAnswer,
    /// A reply came that can't be the gateway's: another HTTP status, or too large. What there is of it.
    Odd(Vec<u8>),
}

/// Connections to one gateway.
#[derive(Debug, Clone)]
pub(super) struct Transport {
    http: reqwest::Client,
    gateway: String,
}

impl Transport {
    /// With a CA (PEM) only that one is trusted, without one the system's.
    pub(super) fn new(gateway: &str, ca_pem: Option<&str>, connect: Duration) -> Result<Self, ConfigError> {
        let url = Url::parse(gateway).map_err(|_| ConfigError::NotAUrl)?;
        if url.scheme() != "https" {
            return Err(ConfigError::NotHttps);
        }
        if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
            return Err(ConfigError::NotAUrl);
        }
        let mut builder = settings(connect);
        if is_loopback(&url) {
            // Practice runs on this machine; an HTTPS_PROXY meant for the outside can't reach it. For the
            // outside such a proxy is used: some shops' networks have no other way out, and TLS goes
            // through it end to end.
            builder = builder.no_proxy();
        }
        if let Some(pem) = ca_pem {
            let cas = Certificate::from_pem_bundle(pem.as_bytes()).map_err(|_| ConfigError::BadCa)?;
            if cas.is_empty() {
                return Err(ConfigError::BadCa);
            }
            builder = builder.tls_certs_only(cas);
        }
        // reqwest asks rustls for the process's cryptography; that it is set already is no failure.
        let _already_set = rustls::crypto::ring::default_provider().install_default();
        let http =
            builder.build().map_err(|_| if ca_pem.is_some() { ConfigError::BadCa } else { ConfigError::NoTls })?;
        Ok(Self { http, gateway: url.as_str().trim_end_matches('/').to_owned() })
    }

    /// Posts a document to `path` and reads the reply's body, all within `limit`.
    pub(super) async fn post(&self, path: &str, document: String, limit: Duration) -> Result<Vec<u8>, Failure> {
        timeout(limit, self.exchange(path, document)).await.unwrap_or(Err(Failure::NoAnswer))
    }

    /// Opens the connection that the next call will use, so that it needn't wait for TLS.
    pub(super) async fn warm_up(&self, limit: Duration) {
        let hello = async {
            let mut response = self.http.head(format!("{}/", self.gateway)).send().await?;
            // A connection whose reply was read to its end goes back to the pool.
            while response.chunk().await?.is_some() {}
            Ok::<(), reqwest::Error>(())
        };
        // Whether it worked makes no difference to anybody: the next call finds out by itself.
        let _any = timeout(limit, hello).await;
    }

    async fn exchange(&self, path: &str, document: String) -> Result<Vec<u8>, Failure> {
        let request = self
            .http
            .post(format!("{}{path}", self.gateway))
            .header(CONTENT_TYPE, "application/xml; charset=utf-8")
            .body(document);
        let mut response = request.send().await.map_err(|error| blame(&error))?;
        let status = response.status();
        let mut body = Vec::new();
        let mut whole = true;
        while let Some(chunk) = response.chunk().await.map_err(|_| Failure::NoAnswer)? {
            if body.len() + chunk.len() > MAX_BODY {
                whole = false;
                break;
            }
            body.extend_from_slice(&chunk);
        }
        if whole && status == StatusCode::OK { Ok(body) } else { Err(Failure::Odd(body)) }
    }
}

/// HTTP/1.1 over TLS 1.2 or later, no redirects, no second sends, one connection kept warm.
///
/// A kept connection may die unseen. hyper then takes a fresh one only if it had not begun to write the
/// request (a promise of its `try_send_request`); nothing here sends a request again that it had.
fn settings(connect: Duration) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .user_agent(concat!("guitai/", env!("CARGO_PKG_VERSION")))
        .https_only(true)
        .tls_version_min(tls::Version::TLS_1_2)
        .http1_only()
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .referer(false)
        .connect_timeout(connect)
        .tcp_nodelay(true)
        // Shorter than routers forget: a charge must not go out on a connection that is long dead.
        .pool_idle_timeout(Duration::from_secs(50))
        .pool_max_idle_per_host(1)
        .tcp_keepalive(Duration::from_secs(15))
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Until the connection with its TLS is up, no byte of the request has left; from then on it may have.
fn blame(error: &reqwest::Error) -> Failure {
    if !error.is_connect() {
        Failure::NoAnswer
    } else if is_tls(error) {
        Failure::NotSent(NotSent::Untrusted)
    } else {
        Failure::NotSent(NotSent::Offline)
    }
}

/// Whether rustls refused the other side. It is wrapped in I/O errors, which hide it from `source()`.
fn is_tls(error: &reqwest::Error) -> bool {
    let mut next = error.source();
    while let Some(error) = next {
        if error.is::<rustls::Error>() {
            return true;
        }
        next = match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    false
}
