//! A gateway for the tests: real TCP and TLS, HTTP by hand, so that it can misbehave at any byte.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// What the server does once it has read a request.
pub(super) enum Play {
    /// Answers and keeps the connection.
    Answer(Vec<u8>),
    /// Answers and closes the connection.
    AnswerAndClose(Vec<u8>),
    /// Writes this, then goes on with a byte now and then for as long as the client stays.
    Drip(Vec<u8>),
}

/// What is played to a path and a document.
type Script = Box<dyn Fn(&str, &str) -> Play + Send + Sync>;

pub(super) struct Server {
    pub(super) url: String,
    /// PEM
    pub(super) ca: String,
    shared: Arc<Shared>,
}

struct Shared {
    script: Script,
    accepted: AtomicUsize,
    requests: Mutex<Vec<String>>,
    closed: Notify,
}

/// A reply with status 200.
pub(super) fn ok(body: &str) -> Vec<u8> {
    http("200 OK", body)
}

pub(super) fn http(status: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n\r\n{body}", body.len())
        .into_bytes()
}

impl Server {
    /// Serves `script` on a free port of this machine, under a certificate for `name`.
    pub(super) async fn start(name: &str, script: impl Fn(&str) -> Play + Send + Sync + 'static) -> Self {
        Self::start_reading(name, move |path, _| script(path)).await
    }

    /// The same with a script that reads what was posted.
    pub(super) async fn start_reading(name: &str, script: impl Fn(&str, &str) -> Play + Send + Sync + 'static) -> Self {
        let (tls, ca) = identity(name);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://{}", listener.local_addr().unwrap());
        let shared = Arc::new(Shared {
            script: Box::new(script),
            accepted: AtomicUsize::new(0),
            requests: Mutex::default(),
            closed: Notify::new(),
        });
        let server = Self { url, ca, shared: Arc::clone(&shared) };
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                shared.accepted.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(serve(stream, tls.clone(), Arc::clone(&shared)));
            }
        });
        server
    }

    /// How many TCP connections were made.
    pub(super) fn accepted(&self) -> usize {
        self.shared.accepted.load(Ordering::SeqCst)
    }

    /// The request lines seen, whole requests only.
    pub(super) fn requests(&self) -> Vec<String> {
        self.shared.requests.lock().unwrap().clone()
    }

    /// Waits until a connection was closed by the server.
    pub(super) async fn closed(&self) {
        self.shared.closed.notified().await;
    }
}

fn identity(name: &str) -> (TlsAcceptor, String) {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new([name.to_owned()]).unwrap().signed_by(&key, &ca).unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], key)
        .unwrap();
    (TlsAcceptor::from(Arc::new(config)), ca.pem())
}

async fn serve(stream: TcpStream, tls: TlsAcceptor, shared: Arc<Shared>) {
    let Ok(mut stream) = tls.accept(stream).await else { return };
    while let Some((line, document)) = read_request(&mut stream).await {
        shared.requests.lock().unwrap().push(line.clone());
        let path = line.split(' ').nth(1).unwrap_or_default();
        match (shared.script)(path, &document) {
            Play::Answer(bytes) => {
                if stream.write_all(&bytes).await.is_err() {
                    break;
                }
            }
            Play::AnswerAndClose(bytes) => {
                let _client_may_be_gone = stream.write_all(&bytes).await;
                break;
            }
            Play::Drip(bytes) => {
                let mut next = stream.write_all(&bytes).await;
                let mut beat = tokio::time::interval(Duration::from_millis(20));
                while next.is_ok() {
                    beat.tick().await;
                    next = stream.write_all(b"x").await;
                }
                break;
            }
        }
    }
    let _client_may_be_gone = stream.shutdown().await;
    drop(stream);
    shared.closed.notify_one();
}

/// Reads one request whole and gives its first line and its body; `None` when the client is gone.
async fn read_request(stream: &mut TlsStream<TcpStream>) -> Option<(String, String)> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .to_lowercase()
                .split_once("content-length: ")
                .map_or(0, |(_, rest)| rest.lines().next().and_then(|length| length.parse().ok()).unwrap_or(0));
            if body.len() >= length {
                return head.lines().next().map(|line| (line.to_owned(), body.to_owned()));
            }
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}
