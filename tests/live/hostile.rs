//! A gateway that never says anything that may be believed.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// A gateway that answers each call with what a thief would like to find again.
pub(crate) struct Hostile {
    pub(crate) url: String,
    /// PEM
    pub(crate) ca: String,
    calls: Arc<AtomicUsize>,
    _runtime: tokio::runtime::Runtime,
}

impl Hostile {
    pub(crate) fn start(echo: String) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("tokio");
        let (tls, ca) = identity();
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).expect("a port");
        let url = format!("https://{}", listener.local_addr().expect("it listens"));
        let calls = Arc::new(AtomicUsize::new(0));
        let seen = Arc::clone(&calls);
        let echo: Arc<str> = echo.into();
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (tls, seen, echo) = (tls.clone(), Arc::clone(&seen), Arc::clone(&echo));
                tokio::spawn(async move {
                    let Ok(mut stream) = tls.accept(stream).await else { return };
                    let mut request = vec![0; 16 * 1024];
                    // One call a connection; what matters is the answer.
                    let Ok(read) = stream.read(&mut request).await else { return };
                    if read == 0 {
                        return;
                    }
                    let n = seen.fetch_add(1, Ordering::SeqCst);
                    let body = forged(n, &echo);
                    let head =
                        format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len());
                    let _ = stream.write_all(&[head.as_bytes(), body.as_bytes()].concat()).await;
                    let _ = stream.shutdown().await;
                });
            }
        });
        Self { url, ca, calls, _runtime: runtime }
    }

    /// How many calls were answered.
    pub(crate) fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }
}

/// One forgery after the other: unsigned, wrongly signed, no XML at all.
fn forged(n: usize, echo: &str) -> String {
    match n % 3 {
        0 => format!("<xml><return_code>FAIL</return_code><return_msg><![CDATA[{echo}]]></return_msg></xml>"),
        1 => format!(
            "<xml><return_code>SUCCESS</return_code><result_code>FAIL</result_code><err_code>{echo}</err_code>\
             <err_code_des><![CDATA[{echo}]]></err_code_des><sign>{}</sign></xml>",
            "A".repeat(64)
        ),
        _ => format!("<html>{echo}</html>"),
    }
}

/// A server under a certificate of its own, and the authority that signed it (PEM).
pub(crate) fn identity() -> (TlsAcceptor, String) {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca = CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("an authority");
    let key = KeyPair::generate().expect("a key");
    let params = CertificateParams::new(["127.0.0.1".to_owned()]).expect("a name");
    let leaf = params.signed_by(&key, &ca).expect("a certificate");
    let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], key)
        .expect("a server");
    (TlsAcceptor::from(Arc::new(config)), ca.pem())
}
