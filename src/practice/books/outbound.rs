//! What goes back: replies, signed as the request was, and the damage that a test asked for.

use std::borrow::Cow;
use std::time::Duration;

use crate::wechat::sign::{ApiKey, SignType, sign};
use crate::wechat::xml::Fields;

/// An HTTP reply of the simulated gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    pub status: u16,
    pub content_type: &'static str,
    pub body: Vec<u8>,
    /// How long the gateway takes before it sends this; `None` is at once.
    pub delay: Option<Duration>,
}

const XML: &str = "text/xml; charset=utf-8";
const HTML: &str = "text/html; charset=utf-8";

impl Reply {
    fn xml(fields: &Fields) -> Self {
        Self { status: 200, content_type: XML, body: fields.to_xml().into_bytes(), delay: None }
    }

    /// An HTML error page, as the gateway's front door answers.
    pub(crate) fn html(status: u16, title: &str) -> Self {
        let page =
            format!("<html>\r\n<head><title>{status} {title}</title></head>\r\n<body>{title}</body>\r\n</html>\r\n");
        Self { status, content_type: HTML, body: page.into_bytes(), delay: None }
    }

    /// `return_code=FAIL`: the gateway did not take the request. Never signed.
    pub(crate) fn unsigned(return_msg: &str) -> Self {
        Self::xml(&Fields::new().with("return_code", "FAIL").with("return_msg", return_msg))
    }

    /// The sandbox's key, which is not signed either.
    pub(super) fn sandbox_key(mch_id: &str, key: &str) -> Self {
        let fields = Fields::new().with("return_code", "SUCCESS").with("return_msg", "ok");
        Self::xml(&fields.with("mch_id", mch_id).with("sandbox_signkey", key))
    }
}

/// A signed no: `result_code=FAIL` with `err_code` and `err_code_des`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) code: &'static str,
    pub(super) text: Cow<'static, str>,
}

impl Refusal {
    pub(super) fn new(code: &'static str, text: impl Into<Cow<'static, str>>) -> Self {
        Self { code, text: text.into() }
    }
}

/// How a good reply is spoiled on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Damage {
    BadGateway,
    Cut,
    WrongSignature,
    NoSignature,
    LessMoney,
    OtherOrder,
}

/// What a call came to: its own fields or a refusal, and what happens to the reply.
#[derive(Debug, Clone)]
pub(super) struct Outcome {
    pub(super) answer: Result<Fields, Refusal>,
    pub(super) delay: Option<Duration>,
    pub(super) damage: Option<Damage>,
}

impl From<Result<Fields, Refusal>> for Outcome {
    fn from(answer: Result<Fields, Refusal>) -> Self {
        Self { answer, delay: None, damage: None }
    }
}

impl From<Refusal> for Outcome {
    fn from(refusal: Refusal) -> Self {
        Err(refusal).into()
    }
}

/// Who is answered, and how the reply is signed.
#[derive(Debug)]
pub(super) struct Envelope<'a> {
    pub(super) appid: Option<&'a str>,
    pub(super) mch_id: &'a str,
    pub(super) key: &'a ApiKey,
    pub(super) sign_type: SignType,
    pub(super) nonce_str: String,
}

impl Envelope<'_> {
    pub(super) fn seal(self, outcome: Outcome) -> Reply {
        let Outcome { answer, delay, damage } = outcome;
        if damage == Some(Damage::BadGateway) {
            return Reply { delay, ..Reply::html(502, "Bad Gateway") };
        }
        let mut fields = self.opening(answer.as_ref().err());
        for (name, value) in answer.iter().flat_map(Fields::iter) {
            fields.push(name, spoiled(damage, name, value));
        }
        let mut signature = sign(&fields, self.key, self.sign_type);
        if damage == Some(Damage::WrongSignature) {
            signature = signature.chars().rev().collect();
        }
        if damage != Some(Damage::NoSignature) {
            fields.push("sign", signature);
        }
        let mut reply = Reply { delay, ..Reply::xml(&fields) };
        if damage == Some(Damage::Cut) {
            reply.body.truncate(reply.body.len() / 2);
        }
        reply
    }

    fn opening(&self, refusal: Option<&Refusal>) -> Fields {
        let mut fields = Fields::new()
            .with("return_code", "SUCCESS")
            .with("return_msg", "OK")
            .with("appid", self.appid.unwrap_or_default())
            .with("mch_id", self.mch_id)
            .with("nonce_str", self.nonce_str.as_str());
        match refusal {
            None => fields.push("result_code", "SUCCESS"),
            Some(refusal) => {
                fields.push("result_code", "FAIL");
                fields.push("err_code", refusal.code);
                fields.push("err_code_des", refusal.text.as_ref());
            }
        }
        fields
    }
}

fn spoiled(damage: Option<Damage>, name: &str, value: &str) -> String {
    match (damage, name) {
        (Some(Damage::LessMoney), "total_fee" | "refund_fee") => {
            value.parse::<i64>().map_or_else(|_| value.to_owned(), |fen| (fen - 1).to_string())
        }
        (Some(Damage::OtherOrder), "out_trade_no" | "out_refund_no") => format!("{}X", &value[..value.len() - 1]),
        _ => value.to_owned(),
    }
}
