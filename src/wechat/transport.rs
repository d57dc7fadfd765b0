//! One POST over TLS, bounded in time and size, and sent once.
//!
//! What matters most is told apart here: whether any byte of a request may have left this machine.

use std::error::Error as _;
use std::fmt;
use std::io;
use std::net::IpAddr;
use std::time::Duration;

use base64ct::{Base64, Encoding};
use reqwest::header::{CONTENT_TYPE, DATE};
use reqwest::{Certificate, Identity, StatusCode, Url, redirect, retry, tls};
use rustls::AlertDescription;
use rustls::pki_types::PrivateKeyDer;
use thiserror::Error;
use tokio::time::timeout;
use zeroize::Zeroizing;

use crate::payment::NotSent;

use super::route::Host;
use super::xml::MAX_BODY;

/// WeChat Pay's own host (manual, 1.1).
pub const MAIN: &str = "https://api.mch.weixin.qq.com";
/// Its second one in another city: the same calls, the same certificate.
pub const BACKUP: &str = "https://api2.mch.weixin.qq.com";

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
    #[error("the merchant certificate and its key can't be used")]
    BadCertificate,
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

/// The merchant's API certificate with its private key. Never shown, wiped when dropped.
#[derive(Clone)]
pub struct ClientCertificate(Zeroizing<String>);

impl ClientCertificate {
    /// From DER, as it is kept in a vault: PKCS#8, PKCS#1 or SEC1.
    pub fn from_der(certificate: &[u8], key: &[u8]) -> Self {
        let kind = match PrivateKeyDer::try_from(key) {
            Ok(PrivateKeyDer::Pkcs1(_)) => "RSA PRIVATE KEY",
            Ok(PrivateKeyDer::Sec1(_)) => "EC PRIVATE KEY",
            _ => "PRIVATE KEY",
        };
        Self::from_pem(&armoured("CERTIFICATE", certificate), &armoured(kind, key))
    }

    /// From PEM texts: the certificate, and its key as PKCS#8 or PKCS#1.
    pub fn from_pem(certificate: &str, key: &str) -> Self {
        Self(Zeroizing::new([certificate, key].join("\n")))
    }
}

impl fmt::Debug for ClientCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientCertificate(…)")
    }
}

/// DER as PEM.
fn armoured(kind: &str, der: &[u8]) -> Zeroizing<String> {
    let text = Zeroizing::new(Base64::encode_string(der));
    let mut pem = Zeroizing::new(String::with_capacity(text.len() + text.len() / 64 + 2 * kind.len() + 64));
    pem.push_str(&["-----BEGIN ", kind, "-----\n"].concat());
    for line in text.as_bytes().chunks(64) {
        pem.push_str(str::from_utf8(line).expect("base64 is ASCII"));
        pem.push('\n');
    }
    pem.push_str(&["-----END ", kind, "-----\n"].concat());
    pem
}

/// Connections to one gateway, which may have a second host.
///
/// The merchant's certificate has connections of its own: one that the gateway refuses in the handshake
/// must not stop the calls that need none.
#[derive(Debug, Clone)]
pub(super) struct Transport {
    http: reqwest::Client,
    certified: Option<reqwest::Client>,
    main: String,
    backup: Option<String>,
}

impl Transport {
    /// With a CA (PEM) only that one is trusted, without one the system's.
    pub(super) fn new(
        gateway: &str,
        backup: Option<&str>,
        ca_pem: Option<&str>,
        certificate: Option<&ClientCertificate>,
        connect: Duration,
    ) -> Result<Self, ConfigError> {
        let url = address(gateway)?;
        let cas = ca_pem.map(authorities).transpose()?;
        // reqwest asks rustls for the process's cryptography; that it is set already is no failure.
        let _already_set = rustls::crypto::ring::default_provider().install_default();
        let builder = || {
            let mut builder = settings(connect);
            if is_loopback(&url) {
                // Practice runs on this machine; an HTTPS_PROXY meant for the outside can't reach it. For the
                // outside such a proxy is used: some shops' networks have no other way out, and TLS goes
                // through it end to end.
                builder = builder.no_proxy();
            }
            if let Some(cas) = &cas {
                builder = builder.tls_certs_only(cas.clone());
            }
            builder
        };
        let unusable = if ca_pem.is_some() { ConfigError::BadCa } else { ConfigError::NoTls };
        let http = builder().build().map_err(|_| unusable)?;
        let certified = certificate.map(|certificate| {
            let identity = Identity::from_pem(certificate.0.as_bytes())?;
            builder().identity(identity).build()
        });
        // The same without the certificate could be built.
        let certified = certified.transpose().map_err(|_| ConfigError::BadCertificate)?;
        let plain = |url: Url| url.as_str().trim_end_matches('/').to_owned();
        let backup = backup.map(address).transpose()?.map(plain);
        Ok(Self { http, certified, main: plain(url), backup })
    }

    pub(super) fn has_certificate(&self) -> bool {
        self.certified.is_some()
    }

    fn address(&self, host: Host) -> &str {
        match host {
            Host::Main => &self.main,
            Host::Backup => self.backup.as_deref().unwrap_or(&self.main),
        }
    }

    /// Posts a document to `path` and reads the reply's body, all within `limit`.
    pub(super) async fn post(
        &self,
        host: Host,
        path: &str,
        document: String,
        limit: Duration,
    ) -> Result<Vec<u8>, Failure> {
        let (status, body) = bounded(limit, self.exchange(&self.http, host, path, document), |_| None).await?;
        if status == StatusCode::OK { Ok(body) } else { Err(Failure::Odd(body)) }
    }

    /// As [`Transport::post`], with the merchant's certificate.
    pub(super) async fn post_certified(
        &self,
        host: Host,
        path: &str,
        document: String,
        limit: Duration,
    ) -> Result<Vec<u8>, Failure> {
        let refused = Failure::NotSent(NotSent::CertificateRefused);
        let Some(http) = &self.certified else { return Err(Failure::NotSent(NotSent::NoCertificate)) };
        let is_refusal = |error: &reqwest::Error| refuses_certificate(error).then(|| refused.clone());
        match bounded(limit, self.exchange(http, host, path, document), is_refusal).await? {
            (StatusCode::OK, body) => Ok(body),
            // How the gateway's front door answers a certificate that it does not take (manual 1.1).
            (StatusCode::BAD_REQUEST, _) => Err(refused),
            (_, body) => Err(Failure::Odd(body)),
        }
    }

    /// Whether there is a second host.
    pub(super) fn has_backup(&self) -> bool {
        self.backup.is_some()
    }

    /// Asks nothing of a host and reads when it says that it is (`Date`, if it says); opens the connection that the next
    /// call will use, so that it needn't wait for TLS.
    pub(super) async fn hello(&self, host: Host, limit: Duration) -> Result<Option<String>, Failure> {
        let hello = async {
            let mut response = self.http.head(format!("{}/", self.address(host))).send().await?;
            let date = response.headers().get(DATE).and_then(|date| date.to_str().ok()).map(str::to_owned);
            // A connection whose reply was read to its end goes back to the pool.
            while response.chunk().await?.is_some() {}
            Ok::<_, reqwest::Error>(date)
        };
        match timeout(limit, hello).await {
            Ok(Ok(date)) => Ok(date),
            Ok(Err(error)) => Err(blame(&error)),
            Err(_) => Err(Failure::NoAnswer),
        }
    }

    async fn exchange(
        &self,
        http: &reqwest::Client,
        host: Host,
        path: &str,
        document: String,
    ) -> Result<(StatusCode, Vec<u8>), Broken> {
        let request = http
            .post(format!("{}{path}", self.address(host)))
            .header(CONTENT_TYPE, "application/xml; charset=utf-8")
            .body(document);
        let mut response = request.send().await?;
        let status = response.status();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if body.len() + chunk.len() > MAX_BODY {
                return Err(Broken::TooLarge(body));
            }
            body.extend_from_slice(&chunk);
        }
        Ok((status, body))
    }
}

/// Why an exchange came to nothing.
enum Broken {
    Http(reqwest::Error),
    TooLarge(Vec<u8>),
}

impl From<reqwest::Error> for Broken {
    fn from(error: reqwest::Error) -> Self {
        Self::Http(error)
    }
}

/// Waits for an exchange at most `limit`; `special` may know better what an error means.
async fn bounded(
    limit: Duration,
    exchange: impl Future<Output = Result<(StatusCode, Vec<u8>), Broken>>,
    special: impl Fn(&reqwest::Error) -> Option<Failure>,
) -> Result<(StatusCode, Vec<u8>), Failure> {
    match timeout(limit, exchange).await {
        Ok(Ok(reply)) => Ok(reply),
        Ok(Err(Broken::TooLarge(body))) => Err(Failure::Odd(body)),
        Ok(Err(Broken::Http(error))) => Err(special(&error).unwrap_or_else(|| blame(&error))),
        Err(_) => Err(Failure::NoAnswer),
    }
}

/// A host's address: https, and nothing in it but the host and perhaps a path.
fn address(text: &str) -> Result<Url, ConfigError> {
    let url = Url::parse(text).map_err(|_| ConfigError::NotAUrl)?;
    if url.scheme() != "https" {
        return Err(ConfigError::NotHttps);
    }
    if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
        return Err(ConfigError::NotAUrl);
    }
    Ok(url)
}

fn authorities(pem: &str) -> Result<Vec<Certificate>, ConfigError> {
    let cas = Certificate::from_pem_bundle(pem.as_bytes()).map_err(|_| ConfigError::BadCa)?;
    if cas.is_empty() { Err(ConfigError::BadCa) } else { Ok(cas) }
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
    } else if tls_error(error).is_some() {
        Failure::NotSent(NotSent::Untrusted)
    } else {
        Failure::NotSent(NotSent::Offline)
    }
}

/// Whether the server does not take the certificate that it was shown. In TLS 1.3 its no comes after the
/// first bytes of the request were sent, of which it has read none.
fn refuses_certificate(error: &reqwest::Error) -> bool {
    matches!(tls_error(error), Some(rustls::Error::AlertReceived(alert)) if is_about_certificate(*alert))
}

/// The alerts by which a server refuses a client's certificate (RFC 8446, 6.2).
fn is_about_certificate(alert: AlertDescription) -> bool {
    use AlertDescription as Alert;
    matches!(
        alert,
        Alert::BadCertificate
            | Alert::UnsupportedCertificate
            | Alert::CertificateRevoked
            | Alert::CertificateExpired
            | Alert::CertificateUnknown
            | Alert::CertificateRequired
            | Alert::UnknownCA
            | Alert::DecryptError
            | Alert::HandshakeFailure
            | Alert::AccessDenied
    )
}

/// What rustls said. It is wrapped in I/O errors, which hide it from `source()`.
fn tls_error(error: &reqwest::Error) -> Option<&rustls::Error> {
    let mut next = error.source();
    while let Some(error) = next {
        if let Some(error) = error.downcast_ref() {
            return Some(error);
        }
        next = match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    None
}
