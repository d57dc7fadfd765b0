//! A call as the bytes of a request, and what came of it as the rules' answer: the wire without its I/O.
//!
//! The client does nothing to money that is not decided here, so that a simulation which drives this file
//! drives what the till runs.

use std::fmt::Write as _;

use crate::payment::{
    Answer, Call, ChargeAnswer, CloseAnswer, CreateAnswer, Doubt, Found, NotSent, Notification, Order, QueryAnswer,
    RefundAnswer, RefundQueryAnswer, RefundRequest, Reply, ReverseAnswer,
};

use super::request::{self, Merchant};
use super::route::Heard;
use super::sign::{ApiKey, SignType};
use super::transport::Failure;
use super::{notification, redact, reply};

/// Speaks for one merchant.
#[derive(Debug, Clone)]
pub struct Codec {
    pub(super) merchant: Merchant,
}

/// A request, ready to be posted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoded {
    pub path: &'static str,
    pub document: String,
}

impl Codec {
    pub fn new(appid: String, mch_id: String, api_key: ApiKey, sign_type: SignType) -> Self {
        Self { merchant: Merchant { appid, mch_id, sub: None, api_key, other_api_key: None, sign_type } }
    }

    /// What came of a try as far as host and key are concerned.
    pub(super) fn heard(&self, received: &Result<Vec<u8>, Failure>) -> Heard {
        match received {
            Ok(body) => reply::standing(&self.merchant, body),
            // The host took the connection; what is missing is on our side.
            Err(Failure::NotSent(NotSent::NoCertificate | NotSent::CertificateRefused)) => Heard::Answer,
            Err(Failure::NotSent(NotSent::Offline | NotSent::Untrusted) | Failure::Odd(_)) => Heard::Unwell,
            Err(Failure::NoAnswer) => Heard::Silent,
        }
    }

    /// The request of a call about `order`, with `nonce` as its random part.
    pub fn encode(&self, order: &Order, call: &Call, nonce: String) -> Encoded {
        let merchant = &self.merchant;
        let (path, fields) = match call {
            Call::Create => (request::UNIFIEDORDER, request::unifiedorder(merchant, order, nonce)),
            Call::Charge(code) => (request::MICROPAY, request::micropay(merchant, order, code, nonce)),
            Call::Query => {
                let number = request::Number::Ours(&order.out_trade_no);
                (request::ORDERQUERY, request::orderquery(merchant, number, nonce))
            }
            Call::Close => (request::CLOSEORDER, request::closeorder(merchant, order, nonce)),
            Call::Reverse => (request::REVERSE, request::reverse(merchant, order, nonce)),
        };
        Encoded { path, document: fields.to_xml() }
    }

    /// The request that looks an order up by one of its numbers.
    pub(super) fn encode_look_up(&self, number: request::Number<'_>, nonce: String) -> Encoded {
        let document = request::orderquery(&self.merchant, number, nonce).to_xml();
        Encoded { path: request::ORDERQUERY, document }
    }

    /// The answer to `call` about `order`, from the reply's body or from why there is none.
    pub fn decode(&self, order: &Order, call: &Call, received: Result<Vec<u8>, Failure>) -> Reply {
        let raw = kept(&received);
        Reply { answer: self.read(order, call, received), raw }
    }

    /// The request of a refund; the same for every repeat but for its random part.
    pub fn encode_refund(&self, request: &RefundRequest, nonce: String) -> Encoded {
        let document = request::refund(&self.merchant, request, nonce).to_xml();
        Encoded { path: request::REFUND, document }
    }

    /// What came of a refund's request.
    pub fn decode_refund(&self, request: &RefundRequest, received: Result<Vec<u8>, Failure>) -> Reply<RefundAnswer> {
        let raw = kept(&received);
        let answer = match received {
            Ok(body) => reply::refund(&self.merchant, request, &body),
            Err(failure) => failure.answer(RefundAnswer::Unknown, RefundAnswer::NotSent),
        };
        Reply { answer, raw }
    }

    /// The question after one refund.
    pub fn encode_refund_query(&self, request: &RefundRequest, nonce: String) -> Encoded {
        let document = request::refundquery(&self.merchant, &request.out_refund_no, nonce).to_xml();
        Encoded { path: request::REFUNDQUERY, document }
    }

    /// What became of one refund.
    pub fn decode_refund_query(
        &self,
        request: &RefundRequest,
        received: Result<Vec<u8>, Failure>,
    ) -> Reply<RefundQueryAnswer> {
        let raw = kept(&received);
        let answer = match received {
            Ok(body) => reply::refund_query(&self.merchant, request, &body),
            Err(failure) => failure.answer(RefundQueryAnswer::Unknown, RefundQueryAnswer::NotSent),
        };
        Reply { answer, raw }
    }

    /// The question after an order's refunds from the `offset`-th on.
    pub(super) fn encode_refunds_of(&self, order: &Found, offset: usize, nonce: String) -> Encoded {
        let document = request::refunds_of(&self.merchant, &order.out_trade_no, offset, nonce).to_xml();
        Encoded { path: request::REFUNDQUERY, document }
    }

    /// What the gateway reported by itself, verified.
    pub fn notification(&self, body: &[u8]) -> Result<Notification, Doubt> {
        notification::read(&self.merchant, body)
    }

    /// The answer alone, without what is kept of the reply for support.
    pub fn read(&self, order: &Order, call: &Call, received: Result<Vec<u8>, Failure>) -> Answer {
        let merchant = &self.merchant;
        match call {
            Call::Create => Answer::Created(match received {
                Ok(body) => reply::unifiedorder(merchant, order, &body),
                Err(failure) => failure.answer(CreateAnswer::Unknown, CreateAnswer::NotSent),
            }),
            Call::Charge(_) => Answer::Charged(match received {
                Ok(body) => reply::micropay(merchant, order, &body),
                Err(failure) => failure.answer(ChargeAnswer::Unknown, ChargeAnswer::NotSent),
            }),
            Call::Query => Answer::Queried(match received {
                Ok(body) => reply::orderquery(merchant, order, &body),
                Err(failure) => failure.answer(QueryAnswer::Unknown, QueryAnswer::NotSent),
            }),
            Call::Close => Answer::Closed(match received {
                Ok(body) => reply::closeorder(merchant, order, &body),
                Err(failure) => failure.answer(CloseAnswer::Unknown, CloseAnswer::NotSent),
            }),
            Call::Reverse => Answer::Reversed(match received {
                Ok(body) => reply::reverse(merchant, order, &body),
                Err(failure) => failure.answer(ReverseAnswer::Unknown, ReverseAnswer::NotSent),
            }),
        }
    }
}

/// What of a reply is kept for support.
fn kept(received: &Result<Vec<u8>, Failure>) -> Option<String> {
    match received {
        Ok(body) | Err(Failure::Odd(body)) => Some(redact::body(body)),
        Err(Failure::NotSent(_) | Failure::NoAnswer) => None,
    }
}

impl Failure {
    /// This failure in the words of the call's answer.
    pub(super) fn answer<A>(self, unknown: fn(Doubt) -> A, not_sent: fn(NotSent) -> A) -> A {
        match self {
            Self::NotSent(why) => not_sent(why),
            Self::NoAnswer => unknown(Doubt::NoAnswer),
            Self::Odd(_) => unknown(Doubt::NotUnderstood),
        }
    }
}

/// 32 random characters.
pub(super) fn nonce() -> String {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("the system gives random bytes");
    bytes.iter().fold(String::with_capacity(32), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("a String takes all that is written");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number::AuthCode;
    use crate::wechat::samples::{self, body, changed, code, failure, order, paid, refund_request, reply, without};
    use crate::wechat::xml::Fields;

    /// A text with a payment code in it, as a gateway might tell what it was asked.
    fn telling(code: &AuthCode) -> String {
        format!("每个二维码{}仅限一次", code.expose())
    }

    /// Replies with a payment code in every field that is read as a text, and in some that are not.
    fn replies_that_tell(code: &AuthCode) -> Vec<Vec<u8>> {
        let unsigned = |name| Fields::new().with("return_code", "FAIL").with(name, telling(code)).to_xml();
        let paid = paid(&order()).with("trade_state", "SUCCESS").with("code_url", "weixin://wxpay/x");
        let refunds =
            samples::refunded(&[samples::refund_row(refund_request().out_refund_no.as_str(), "288", "SUCCESS")]);
        let mut signed = vec![
            changed(&failure("NOTENOUGH"), "err_code_des", &telling(code)),
            changed(&failure("SYSTEMERROR"), "err_code_des", code.expose()),
            changed(&failure(""), "err_code_des", "x").with("err_code", code.expose()),
            changed(&paid, "trade_state", &telling(code)),
            changed(&paid, "bank_type", &telling(code)),
            changed(&paid, "transaction_id", code.expose()),
            paid.clone().with("attach", telling(code)).with("device_info", code.expose()),
            changed(&reply("SUCCESS"), "return_code", &telling(code)),
            changed(&refunds, "refund_recv_accout_0", &telling(code)),
            changed(&refunds, "refund_status_0", code.expose()),
            changed(&refunds, "refund_id_0", code.expose()),
            without(&refunds, "refund_count").with("auth_code", code.expose()),
            reply("SUCCESS").with("recall", code.expose()),
        ];
        for reason in ["NOTENOUGH", "OUT_TRADE_NO_USED", "TRADE_ERROR", "TRADE_OVERDUE"] {
            signed.push(changed(&failure(reason), "err_code_des", &telling(code)));
        }
        let mut replies: Vec<_> = signed.iter().map(body).collect();
        replies.extend([unsigned("return_msg"), unsigned("retmsg")]);
        replies.push(format!("<html>{}</html>", telling(code)));
        replies.into_iter().map(String::into_bytes).collect()
    }

    #[test]
    fn no_text_of_the_gateway_tells_a_payment_code() {
        let codec = Codec { merchant: samples::merchant() };
        let code = code();
        let calls = [Call::Create, Call::Charge(code.clone()), Call::Query, Call::Close, Call::Reverse];
        let mut masked = 0;
        for reply in replies_that_tell(&code) {
            let as_sent = String::from_utf8_lossy(&reply).into_owned();
            let mut shown = Vec::new();
            for call in &calls {
                shown.push(format!("{:?}", codec.decode(&order(), call, Ok(reply.clone()))));
                shown.push(format!("{:?}", codec.decode(&order(), call, Err(Failure::Odd(reply.clone())))));
            }
            shown.push(format!("{:?}", codec.decode_refund(&refund_request(), Ok(reply.clone()))));
            shown.push(format!("{:?}", codec.decode_refund_query(&refund_request(), Ok(reply.clone()))));
            for shown in shown {
                assert!(!shown.contains(code.expose()), "{shown}\nfrom {as_sent}");
                masked += shown.matches("***").count();
            }
        }
        assert!(masked > 100, "what came was kept, masked: {masked}");
    }
}
