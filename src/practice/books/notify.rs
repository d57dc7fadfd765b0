//! Notifications (manual, "payment result notify" and "refund result notify"): what is posted to a client on this
//! machine that named an address, and again in WeChat's rhythm until it answers.
//!
//! An address on any other machine is never written to: a till's default lies under `.invalid`, and whoever practises
//! with a real shop's address must not send it practice's payments.

use std::net::IpAddr;
use std::time::Duration;

use aes::Aes256;
use aes::cipher::{Array, BlockCipherEncrypt, KeyInit};
use base64ct::{Base64, Encoding};
use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};

use crate::practice::{API_KEY, APPID, MCH_ID};
use crate::timestamp::Timestamp;
use crate::wechat::sign::SignType;
use crate::wechat::xml::Fields;

use super::inbound::Inbound;
use super::order::{Order, Refund, RefundStatus, fen};
use super::outbound::{Envelope, Outcome};
use super::{Books, orderquery, refund};

/// Seconds from one attempt to the next; the first is made at once.
const GAPS: [u64; 15] = [
    15,
    15,
    30,
    3 * MINUTE,
    10 * MINUTE,
    20 * MINUTE,
    30 * MINUTE,
    30 * MINUTE,
    30 * MINUTE,
    HOUR,
    3 * HOUR,
    3 * HOUR,
    3 * HOUR,
    6 * HOUR,
    6 * HOUR,
];
const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;

/// Where a client wants to be told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Address {
    url: String,
    hmac: bool,
}

impl Address {
    /// The address in `notify_url`, if it is one on this machine.
    pub(super) fn of(inbound: &Inbound) -> Option<Self> {
        let url = inbound.get("notify_url").filter(|url| is_on_this_machine(url))?;
        Some(Self { url: url.to_owned(), hmac: inbound.sign_type == SignType::HmacSha256 })
    }

    fn sign_type(&self) -> SignType {
        if self.hmac { SignType::HmacSha256 } else { SignType::Md5 }
    }
}

/// Whether a URL is plain HTTP, whose host is `localhost` or a loopback address, and nothing else can be read into it.
/// No public authority signs for this machine, so there is no HTTPS that could be checked.
fn is_on_this_machine(url: &str) -> bool {
    let rest = url.strip_prefix("http://").unwrap_or_default();
    let authority = rest.split('/').next().unwrap_or_default();
    let host = match authority.strip_prefix('[') {
        Some(six) => six.split_once(']').map_or("", |(host, _)| host),
        None => authority.split(':').next().unwrap_or_default(),
    };
    // What stands before an `@` is no host.
    let plain = !authority.contains(['@', '\\']);
    plain && (host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback()))
}

/// A notification that was not answered yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Notice {
    /// The order that it is about, for the trace.
    order: u64,
    url: String,
    body: String,
    sent: usize,
    next: Timestamp,
}

/// A notification on its way to a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    pub id: u64,
    pub url: String,
    pub body: String,
}

impl Books {
    /// The order was just paid.
    pub(super) fn notify_paid(&mut self, serial: u64, now: Timestamp) {
        let order = self.order(serial);
        let (Some(address), Some(payment)) = (order.notify.clone(), order.payment()) else { return };
        let opening = Fields::new().with("device_info", order.device_info.as_str());
        let mut fields = orderquery::coupons(payment, order.tell_paid(payment, opening));
        if address.hmac {
            fields.push("sign_type", address.sign_type().name());
        }
        let nonce_str = self.nonce();
        let envelope = Envelope {
            appid: Some(APPID),
            mch_id: MCH_ID,
            key: self.keys.merchant(),
            sign_type: address.sign_type(),
            nonce_str,
        };
        let body = envelope.seal(Outcome::from(Ok(fields))).body;
        self.post(serial, address.url, String::from_utf8(body).expect("XML is text"), now);
    }

    /// The refund of this place just ended.
    pub(super) fn notify_refunded(&mut self, serial: u64, place: usize, now: Timestamp) {
        let Some(order) = self.shared.orders.get(&serial) else { return };
        let Some(refund) = order.refunds.get(place) else { return };
        let (Some(address), Some(plain)) = (refund.notify.clone(), refund_result(order, refund)) else { return };
        let fields = Fields::new()
            .with("return_code", "SUCCESS")
            .with("return_msg", "OK")
            .with("appid", APPID)
            .with("mch_id", MCH_ID)
            .with("nonce_str", self.nonce())
            .with("req_info", req_info(API_KEY, &plain));
        self.post(serial, address.url, fields.to_xml(), now);
    }

    fn post(&mut self, order: u64, url: String, body: String, now: Timestamp) {
        self.revision += 1;
        let id = self.shared.next_notice;
        self.shared.next_notice += 1;
        self.shared.notices.insert(id, Notice { order, url, body, sent: 0, next: now });
    }

    /// When the next notification is to be sent.
    pub fn next_notice(&self) -> Option<Timestamp> {
        self.shared.notices.values().map(|notice| notice.next).min()
    }

    /// The notifications that are to be sent now. Each is planned anew before it goes out, so that no other process on
    /// the same books sends it too, and one that dies on the way comes again.
    pub fn take_notices(&mut self, now: Timestamp) -> Vec<Outgoing> {
        let due = |notice: &Notice| notice.next <= now;
        let ids: Vec<u64> = self.shared.notices.iter().filter(|(_, it)| due(it)).map(|(id, _)| *id).collect();
        let take = |id: u64| {
            self.revision += 1;
            let notice = self.shared.notices.get_mut(&id)?;
            let outgoing = Outgoing { id, url: notice.url.clone(), body: notice.body.clone() };
            match GAPS.get(notice.sent) {
                Some(gap) => notice.next = now.plus(Duration::from_secs(*gap)),
                None => drop(self.shared.notices.remove(&id)),
            }
            Some(outgoing)
        };
        ids.into_iter().filter_map(take).collect()
    }

    /// What a client answered to a notification: whether it took it.
    pub fn notice_answered(&mut self, id: u64, taken: bool, now: Timestamp) {
        let Some(notice) = self.shared.notices.get_mut(&id) else { return };
        self.revision += 1;
        notice.sent += 1;
        let (order, again) = (notice.order, notice.next.since(now).as_secs());
        if taken {
            self.shared.notices.remove(&id);
            self.note(now, order, "the client took the notification");
        } else {
            self.note(now, order, format!("the client did not take the notification; again in {again} s"));
        }
    }
}

/// The text inside `req_info`; nothing is told while a refund is on its way.
fn refund_result(order: &Order, refund: &Refund) -> Option<String> {
    let (status, at) = match refund.status {
        RefundStatus::Processing => return None,
        RefundStatus::Success(at) => ("SUCCESS", Some(at)),
        RefundStatus::Change => ("CHANGE", None),
        RefundStatus::Closed => ("REFUNDCLOSE", None),
    };
    let transaction_id = order.payment().map_or("", |payment| payment.transaction_id.as_str());
    let mut fields = Fields::new()
        .with("transaction_id", transaction_id)
        .with("out_trade_no", order.out_trade_no.as_str())
        .with("total_fee", fen(order.total_fee))
        .with("refund_id", refund.id.as_str())
        .with("out_refund_no", refund.out_refund_no.as_str())
        .with("refund_fee", fen(refund.fee))
        .with("settlement_refund_fee", fen(refund::settlement(order, refund)))
        .with("refund_status", status)
        .with("refund_recv_accout", refund.receiver())
        .with("refund_account", refund.account.as_str())
        .with("refund_request_source", "API");
    if let Some(at) = at {
        fields.push("success_time", at.to_string());
    }
    let xml = fields.to_xml();
    let inside = xml.strip_prefix("<xml>").and_then(|xml| xml.strip_suffix("</xml>")).unwrap_or_default();
    Some(format!("<root>{inside}</root>"))
}

/// AES-256-ECB with PKCS#7 padding; the key is the lower-case hex MD5 of the API key (manual, refund notify).
fn req_info(api_key: &str, plain: &str) -> String {
    const BLOCK: usize = 16;
    let mut key = [0; 32];
    for (pair, byte) in key.chunks_exact_mut(2).zip(Md5::digest(api_key)) {
        pair.copy_from_slice(format!("{byte:02x}").as_bytes());
    }
    let cipher = Aes256::new(&Array(key));
    let mut bytes = plain.as_bytes().to_vec();
    let padding = BLOCK - bytes.len() % BLOCK;
    bytes.resize(bytes.len() + padding, u8::try_from(padding).expect("at most 16"));
    for block in bytes.chunks_exact_mut(BLOCK) {
        cipher.encrypt_block(block.try_into().expect("16 bytes"));
    }
    Base64::encode_string(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn req_info_is_the_golden_vector() {
        let plain = "<root><out_refund_no>R1</out_refund_no></root>";
        let wanted = "WBzGpzQuNpcFxIlFjUUD9CdH4BF3YHmtiHaWV8j0mqDLQs/FUrjFmK+mli7+Iybd";
        assert_eq!(req_info("192006250b4c09247ec02edce69f6a2d", plain), wanted);
    }

    #[test]
    fn only_this_machine_is_told() {
        for url in ["http://127.0.0.1:8080/pay", "http://localhost/", "http://[::1]:9/x", "http://127.8.8.8"] {
            assert!(is_on_this_machine(url), "{url}");
        }
        for url in [
            "https://till.invalid/notify",
            "https://127.0.0.1/",
            "http://10.0.0.1/",
            "http://127.0.0.1.shop.cn/",
            "http://127.0.0.1@shop.cn/",
            "http://127.0.0.1\\@shop.cn/",
            "http://localhost:80@shop.cn/",
            "http://[::1@shop.cn/",
            "ftp://127.0.0.1/",
            "http://",
        ] {
            assert!(!is_on_this_machine(url), "{url}");
        }
    }
}
