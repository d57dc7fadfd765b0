//! Takes notifications to clients on this machine.

use std::sync::mpsc;
use std::time::Duration;

use reqwest::{Client, redirect};
use tokio::sync::mpsc::UnboundedReceiver;

use crate::wechat::xml::Fields;

use super::books::Outgoing;
use super::keeper::Job;

/// So long a client may take to answer (manual, payment result notify).
const PATIENCE: Duration = Duration::from_secs(5);
/// An answer is some dozen bytes.
const MAX_ANSWER: usize = 16 * 1024;

/// Delivers until practice ends, each notification on its own.
pub(super) async fn deliver(mut notices: UnboundedReceiver<Outgoing>, jobs: mpsc::Sender<Job>) {
    // reqwest asks rustls for the process's cryptography, even for what is plain; that it is set already is no failure.
    let _already_set = rustls::crypto::ring::default_provider().install_default();
    // A proxy or a redirect would lead away from this machine.
    let client = Client::builder().no_proxy().redirect(redirect::Policy::none()).timeout(PATIENCE).build();
    while let Some(notice) = notices.recv().await {
        let (client, jobs) = (client.as_ref().ok().cloned(), jobs.clone());
        tokio::spawn(async move {
            let taken = match client {
                Some(client) => post(&client, notice.url, notice.body).await.unwrap_or(false),
                None => false,
            };
            // The books' thread ends only when practice does.
            let _ended = jobs.send(Job::NoticeAnswered(notice.id, taken));
        });
    }
}

/// Whether the client answered `return_code=SUCCESS`.
async fn post(client: &Client, url: String, body: String) -> Result<bool, reqwest::Error> {
    let mut reply = client.post(url).header("Content-Type", "text/xml; charset=utf-8").body(body).send().await?;
    if !reply.status().is_success() {
        return Ok(false);
    }
    let mut answer = Vec::new();
    while let Some(part) = reply.chunk().await? {
        answer.extend_from_slice(&part);
        if answer.len() > MAX_ANSWER {
            return Ok(false);
        }
    }
    Ok(Fields::parse(&answer).is_ok_and(|fields| fields.get("return_code") == Some("SUCCESS")))
}
