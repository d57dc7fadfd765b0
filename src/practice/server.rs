//! The simulated gateway as an HTTPS server on this machine.

use std::convert::Infallible;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::service::service_fn;
use hyper::{Method, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use thiserror::Error;
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, oneshot, watch};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use super::books::{Books, Line, RefundSend, Reply, Rules};
use super::certificate::Certificates;
use super::courier;
use super::keeper::{self, Job, OwnedRequest};
use super::phone::Phone;
use super::store::{Store, StoreError};
use super::{API_KEY, APPID, MCH_ID};

/// A V2 request is some hundred bytes; `detail` may be 6,000.
const MAX_BODY: usize = 64 * 1024;
const MAX_CONNECTIONS: usize = 128;
/// For the TLS handshake, and for a body to arrive.
const SLOW: Duration = Duration::from_secs(10);
/// For the next request's head, so also how long an idle connection is kept.
const IDLE: Duration = Duration::from_secs(90);

/// Why practice can't start.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PracticeError {
    /// The practice key is no secret, so nobody else's machine may reach it.
    #[error("practice listens on this machine only (127.0.0.1 or ::1), not on {0}")]
    NotLoopback(SocketAddr),
    #[error("practice can't listen on {address}: {kind}")]
    Listen { address: SocketAddr, kind: io::ErrorKind },
    #[error("practice can't make its certificates: {0}")]
    Certificates(io::ErrorKind),
    #[error(transparent)]
    Books(#[from] StoreError),
    #[error("the system gives practice no thread or no randomness: {0}")]
    System(io::ErrorKind),
}

/// A running simulated WeChat Pay; it ends when this is dropped.
#[derive(Debug)]
pub struct Practice {
    address: SocketAddr,
    certificates: Certificates,
    dir: Option<PathBuf>,
    phone: Phone,
    jobs: mpsc::Sender<Job>,
    stop: Option<oneshot::Sender<()>>,
    threads: Vec<JoinHandle<()>>,
}

impl Practice {
    /// Starts the gateway on `listen` (port 0 takes a free one). With a folder, books and certificates
    /// persist there, and other processes that name the same folder see the same books.
    pub fn start(dir: Option<PathBuf>, listen: SocketAddr) -> Result<Self, PracticeError> {
        if !listen.ip().is_loopback() {
            return Err(PracticeError::NotLoopback(listen));
        }
        let seed = getrandom::u64().map_err(|_| PracticeError::System(io::ErrorKind::Other))?;
        let (store, certificates) = open(dir.as_deref(), seed)?;
        let acceptor = TlsAcceptor::from(Arc::new(tls(&certificates)?));
        let listener = bind(listen).map_err(|error| PracticeError::Listen { address: listen, kind: error.kind() })?;
        let address = listener.local_addr().map_err(system)?;
        let (jobs, inbox) = mpsc::channel();
        let (sender, view) = watch::channel(Books::new(0).phone_view(keeper::now()));
        let (stop, stopped) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(system)?;
        let (courier, notices) = tokio::sync::mpsc::unbounded_channel();
        let keeper = spawn("practice-books", move || keeper::keep(store, &inbox, &sender, &courier))?;
        let (requests, answers) = (jobs.clone(), jobs.clone());
        let server = spawn("practice-https", move || {
            runtime.block_on(async {
                tokio::select! {
                    () = accept(listener, acceptor, requests) => {}
                    () = courier::deliver(notices, answers) => {}
                    _ = stopped => {}
                }
            });
        })?;
        let phone = Phone::new(jobs.clone(), view, seed);
        let threads = vec![server, keeper];
        Ok(Self { address, certificates, dir, phone, jobs, stop: Some(stop), threads })
    }

    /// `https://127.0.0.1:PORT`, without a slash at the end.
    pub fn url(&self) -> String {
        format!("https://{}", self.address)
    }

    /// The authority that a client must trust, as PEM.
    pub fn ca_pem(&self) -> &str {
        &self.certificates.ca_pem
    }

    /// Where [`Practice::ca_pem`] lies, if there is a folder.
    pub fn ca_file(&self) -> Option<PathBuf> {
        self.file("ca.pem")
    }

    /// The merchant's client certificate, as PEM.
    pub fn client_pem(&self) -> &str {
        &self.certificates.client_pem
    }

    /// The key of [`Practice::client_pem`], PKCS#8 as PEM.
    pub fn client_key_pem(&self) -> &str {
        &self.certificates.client_key_pem
    }

    /// Where certificate and key lie (`apiclient_cert.pem`, `apiclient_key.pem`), if there is a folder.
    pub fn client_files(&self) -> Option<(PathBuf, PathBuf)> {
        Some((self.file("apiclient_cert.pem")?, self.file("apiclient_key.pem")?))
    }

    /// Both as the merchant platform's `.p12` (its password is the merchant id), if there is a folder.
    pub fn p12_file(&self) -> Option<PathBuf> {
        self.file("apiclient_cert.p12")
    }

    fn file(&self, name: &str) -> Option<PathBuf> {
        self.dir.as_ref().map(|dir| dir.join(name))
    }

    pub fn mch_id(&self) -> &'static str {
        MCH_ID
    }

    pub fn appid(&self) -> &'static str {
        APPID
    }

    pub fn api_key(&self) -> &'static str {
        API_KEY
    }

    /// The simulated customer's phone.
    pub fn phone(&self) -> Phone {
        self.phone.clone()
    }

    /// Turns rules of this process's gateway on or off.
    pub fn set_rules(&self, rules: Rules) {
        // The books' thread ends only when this does.
        let _ended = self.jobs.send(Job::SetRules(rules));
    }

    /// What happens from now on at this process's server, line by line; ends when practice does.
    pub fn follow(&self) -> tokio::sync::mpsc::UnboundedReceiver<Line> {
        let (follower, lines) = tokio::sync::mpsc::unbounded_channel();
        // When practice has ended the sender is dropped here, and the reader sees the end.
        let _ended = self.jobs.send(Job::Follow(follower));
        lines
    }

    /// What happened, the oldest first; waits for its turn at the books.
    pub fn trace(&self) -> Vec<Line> {
        let (sender, lines) = mpsc::channel();
        match self.jobs.send(Job::Trace(sender)) {
            Ok(()) => lines.recv().unwrap_or_default(),
            Err(_) => Vec::new(),
        }
    }

    /// The refund requests that reached this process's server, the oldest first: a till's rate is measured here.
    pub fn refund_sends(&self) -> Vec<RefundSend> {
        let (sender, sends) = mpsc::channel();
        match self.jobs.send(Job::RefundSends(sender)) {
            Ok(()) => sends.recv().unwrap_or_default(),
            Err(_) => Vec::new(),
        }
    }
}

impl Drop for Practice {
    fn drop(&mut self) {
        // Either side may have ended already; then there is nothing to tell it.
        let _ended = self.stop.take().map(|stop| stop.send(()));
        let _ended = self.jobs.send(Job::Stop);
        for thread in self.threads.drain(..) {
            let _panicked = thread.join();
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "`map_err` passes it by value")]
fn system(error: io::Error) -> PracticeError {
    PracticeError::System(error.kind())
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, PracticeError> {
    thread::Builder::new().name(name.to_owned()).spawn(work).map_err(system)
}

fn bind(listen: SocketAddr) -> io::Result<TcpListener> {
    let listener = TcpListener::bind(listen)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

fn open(dir: Option<&Path>, seed: u64) -> Result<(Store, Certificates), PracticeError> {
    let now = keeper::now();
    let Some(dir) = dir else {
        let certificates =
            Certificates::generate(now).map_err(|_| PracticeError::Certificates(io::ErrorKind::Other))?;
        return Ok((Store::in_memory(seed), certificates));
    };
    std::fs::create_dir_all(dir).map_err(StoreError::io(dir))?;
    let mut store = Store::open(dir, seed)?;
    // Under the books' lock, so that two processes that start at once make one set.
    let certificates = store.transact(|_| Certificates::open(dir, now))?;
    Ok((store, certificates.map_err(|error| PracticeError::Certificates(error.kind()))?))
}

/// TLS 1.2 and 1.3, `http/1.1`; a client certificate of our own authority is taken, not demanded.
fn tls(certificates: &Certificates) -> Result<ServerConfig, PracticeError> {
    let damaged = PracticeError::Certificates(io::ErrorKind::InvalidData);
    let certificate = |pem: &str| CertificateDer::from_pem_slice(pem.as_bytes()).map_err(|_| damaged.clone());
    let mut roots = RootCertStore::empty();
    roots.add(certificate(&certificates.ca_pem)?).map_err(|_| damaged.clone())?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let clients = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
        .allow_unauthenticated()
        .build()
        .map_err(|_| damaged.clone())?;
    let key = PrivateKeyDer::from_pem_slice(certificates.server_key_pem.as_bytes()).map_err(|_| damaged.clone())?;
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|_| damaged.clone())?
        .with_client_cert_verifier(clients)
        .with_single_cert(vec![certificate(&certificates.server_pem)?], key)
        .map_err(|_| damaged.clone())?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

async fn accept(listener: TcpListener, acceptor: TlsAcceptor, jobs: mpsc::Sender<Job>) {
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
    let seats = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    loop {
        let seat = Arc::clone(&seats).acquire_owned().await.expect("the semaphore is never closed");
        let Ok((stream, _)) = listener.accept().await else {
            // Out of file handles, for instance: others must end before it can get better.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let (acceptor, jobs) = (acceptor.clone(), jobs.clone());
        tokio::spawn(async move {
            // However a connection ends, it ends for itself alone.
            let _ended = serve(stream, acceptor, jobs).await;
            drop(seat);
        });
    }
}

async fn serve(stream: TcpStream, acceptor: TlsAcceptor, jobs: mpsc::Sender<Job>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let stream = timeout(SLOW, acceptor.accept(stream)).await??;
    let has_client_certificate = stream.get_ref().1.peer_certificates().is_some();
    let service = service_fn(|request| answer(request, has_client_certificate, jobs.clone()));
    hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(IDLE)
        .serve_connection(TokioIo::new(stream), service)
        .await
        .map_err(io::Error::other)
}

async fn answer(
    request: hyper::Request<Incoming>,
    has_client_certificate: bool,
    jobs: mpsc::Sender<Job>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let header = request.headers().get("Wechatpay-Negative-Test");
    let negative_test = header.and_then(|value| value.to_str().ok()).map(str::to_owned);
    let is_post = request.method() == Method::POST;
    let path = request.uri().path().to_owned();
    let body = match timeout(SLOW, Limited::new(request.into_body(), MAX_BODY).collect()).await {
        Ok(Ok(body)) => body.to_bytes().to_vec(),
        Ok(Err(_)) => return Ok(response(Reply::html(413, "Request Entity Too Large"))),
        Err(_) => return Ok(response(Reply::html(408, "Request Time-out"))),
    };
    let request = OwnedRequest { is_post, path, body, negative_test, has_client_certificate };
    let (sender, reply) = oneshot::channel();
    let sent = jobs.send(Job::Handle(request, sender)).is_ok();
    let reply = match reply.await {
        Ok(reply) if sent => reply,
        _ => Reply::html(500, "Internal Server Error"),
    };
    if let Some(delay) = reply.delay {
        tokio::time::sleep(delay).await;
    }
    Ok(response(reply))
}

fn response(reply: Reply) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(reply.body)));
    *response.status_mut() = StatusCode::from_u16(reply.status).expect("the books use standard status codes");
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(reply.content_type));
    response
}

#[cfg(test)]
mod tests;
