//! A listener for what WeChat reports by itself, for shops that have a tunnel or relay of their own to this machine.
//!
//! Off by default, and never needed: the till asks by itself, a report only lets it ask sooner. It speaks HTTP without
//! TLS, for the relay in front of it has that, and what is said is proven by its own signature or cipher. hyper serves
//! it, as practice's gateway: one route wants no framework.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use thiserror::Error;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;

use crate::till::{Heard, NotTaken, Till};
use crate::wechat::{NOT_TAKEN, TAKEN};

/// A notification has some two thousand bytes.
const MAX_BODY: usize = 64 * 1024;
const MAX_CONNECTIONS: usize = 32;
/// For a head to arrive, and for a body; WeChat itself waits five seconds for the answer.
const SLOW: Duration = Duration::from_secs(5);

/// Why nothing listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NotifyError {
    #[error("nothing can listen on {address}: {kind}")]
    Listen { address: SocketAddr, kind: io::ErrorKind },
}

/// What practice posts to a listener on `address`: it speaks without TLS, and on this machine only.
pub fn practice_url(address: SocketAddr) -> String {
    format!("http://{address}/")
}

/// A listener at work; it ends when this is dropped.
#[derive(Debug)]
pub struct Listener {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Listener {
    /// Listens on `address` (port 0 takes a free one) and hands what comes to `till`. Within a runtime.
    pub async fn start(address: SocketAddr, till: Till) -> Result<Self, NotifyError> {
        let failed = |error: io::Error| NotifyError::Listen { address, kind: error.kind() };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Self { address, task: tokio::spawn(accept(listener, till)) })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        // What was half read is sent again; what was written is in the book.
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, till: Till) {
    let mut connections = JoinSet::new();
    loop {
        while connections.len() >= MAX_CONNECTIONS {
            let _ended = connections.join_next().await;
        }
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(serve(stream, till.clone()));
                }
                // The system is short of something, or the peer was gone at once: others are served.
                Err(_) => tokio::task::yield_now().await,
            },
            Some(_ended) = connections.join_next() => {}
        }
    }
}

async fn serve(stream: TcpStream, till: Till) {
    let service = service_fn(|request| answer(request, &till));
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(SLOW)
        .serve_connection(TokioIo::new(stream), service);
    // A peer that breaks off is none of the till's business; it sends again.
    let _ended = connection.await;
}

async fn answer(request: Request<Incoming>, till: &Till) -> Result<Response<Full<Bytes>>, Infallible> {
    if request.method() != Method::POST {
        return Ok(reply(StatusCode::METHOD_NOT_ALLOWED, NOT_TAKEN));
    }
    let body = timeout(SLOW, Limited::new(request.into_body(), MAX_BODY).collect()).await;
    let Ok(Ok(body)) = body else { return Ok(reply(StatusCode::BAD_REQUEST, NOT_TAKEN)) };
    Ok(match till.notified(&body.to_bytes()).await {
        // The answer goes out after the commit, and is the same for a repeat.
        Ok(Heard::New | Heard::Again) => reply(StatusCode::OK, TAKEN),
        Err(
            NotTaken::Doubtful(_)
            | NotTaken::UnknownOrder(_)
            | NotTaken::OtherAmount { .. }
            | NotTaken::DrivenElsewhere
            | NotTaken::Book(_),
        ) => reply(StatusCode::OK, NOT_TAKEN),
    })
}

fn reply(status: StatusCode, text: &'static str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from_static(text.as_bytes())));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/xml; charset=utf-8"));
    response
}

#[cfg(test)]
mod tests;
