//! What comes in: a request is read, its signature checked, then its parameters, in that order.

use std::net::IpAddr;

use crate::money::Fen;
use crate::number::OutTradeNo;
use crate::practice::{API_KEY, APPID, MCH_ID, SANDBOX_KEY, UNBOUND_APPID};
use crate::timestamp::Timestamp;
use crate::wechat::sign::{ApiKey, SignType, Verified, verify};
use crate::wechat::xml::Fields;

use super::call::{COMMON, Call, Form, Parameter, Route};
use super::outbound::{Refusal, Reply};

/// One HTTP request to the simulated gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request<'a> {
    /// Whether the method is POST; every call demands it.
    pub is_post: bool,
    /// The path without a query string.
    pub path: &'a str,
    pub body: &'a [u8],
    /// The header `Wechatpay-Negative-Test`.
    pub negative_test: Option<&'a str>,
    /// Whether the merchant's client certificate was shown and accepted.
    pub has_client_certificate: bool,
}

impl<'a> Request<'a> {
    /// A plain POST, without certificate or test header.
    pub fn post(path: &'a str, body: &'a [u8]) -> Self {
        Self { is_post: true, path, body, negative_test: None, has_client_certificate: false }
    }
}

/// The gateway's keys, made once.
#[derive(Debug, Clone)]
pub(super) struct Keys {
    merchant: ApiKey,
    sandbox: ApiKey,
}

impl Default for Keys {
    fn default() -> Self {
        Self { merchant: ApiKey::new(API_KEY), sandbox: ApiKey::new(SANDBOX_KEY) }
    }
}

impl Keys {
    pub(super) fn merchant(&self) -> &ApiKey {
        &self.merchant
    }

    pub(super) fn of(&self, route: Route) -> &ApiKey {
        if route.sandbox { &self.sandbox } else { &self.merchant }
    }
}

/// A request whose signature is right. Its parameters are checked by [`Inbound::check`].
#[derive(Debug)]
pub(super) struct Inbound {
    pub(super) route: Route,
    pub(super) sign_type: SignType,
    pub(super) negative_test: Option<String>,
    fields: Verified,
}

impl Inbound {
    /// Reads the XML and checks the signature. The error is the reply, `return_code=FAIL`.
    pub(super) fn read(request: &Request<'_>, route: Route, keys: &Keys) -> Result<Self, Reply> {
        let fields = parse(request)?;
        let sign_type = match fields.get("sign_type").filter(|name| !name.is_empty()) {
            None => SignType::Md5,
            Some(name) => {
                SignType::from_name(name).ok_or_else(|| Reply::unsigned("签名类型sign_type只能是MD5或HMAC-SHA256"))?
            }
        };
        let fields = verify(fields, keys.of(route), sign_type).map_err(|_| Reply::unsigned("签名错误"))?;
        Ok(Self { route, sign_type, negative_test: request.negative_test.map(str::to_owned), fields })
    }

    /// The parameter's value, if it is there and not empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.fields.get(name).filter(|value| !value.is_empty())
    }

    /// As [`Inbound::get`], with an absent parameter as empty text.
    pub(super) fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default()
    }

    /// Whether the element is there and has no text.
    pub(super) fn is_empty_element(&self, name: &str) -> bool {
        self.fields.fields().has_element(name) && self.get(name).is_none()
    }

    /// The moment in a time parameter; [`Inbound::check`] has seen that it is one.
    pub(super) fn time(&self, name: &str) -> Option<Timestamp> {
        self.get(name).and_then(Timestamp::from_wire)
    }

    /// `total_fee`, once [`Inbound::check`] has seen that it is one; else zero.
    pub(super) fn total_fee(&self) -> Fen {
        self.get("total_fee").and_then(fee).unwrap_or_default()
    }

    /// As [`Inbound::total_fee`], for `refund_fee`.
    pub(super) fn refund_fee(&self) -> Fen {
        self.get("refund_fee").and_then(fee).unwrap_or_default()
    }

    /// Everything that makes the order or the refund: all parameters but those that change from send to send.
    pub(super) fn terms(&self) -> impl Iterator<Item = (&str, &str)> {
        let changing = ["nonce_str", "sign", "sign_type"];
        self.fields.fields().iter().filter(move |(name, value)| !value.is_empty() && !changing.contains(name))
    }

    /// Checks who asks and every parameter that the call knows.
    pub(super) fn check(&self) -> Result<(), Refusal> {
        for parameter in COMMON.iter().chain(self.route.call.parameters()) {
            self.check_parameter(parameter)?;
        }
        if let Some(name) = self.route.call.foreign().filter(|name| self.get(name).is_some()) {
            return Err(Refusal::new("PARAM_ERROR", format!("不识别的参数{name}")));
        }
        self.check_merchant()
    }

    fn check_merchant(&self) -> Result<(), Refusal> {
        if self.get("mch_id") != Some(MCH_ID) {
            return Err(Refusal::new("MCHID_NOT_EXIST", "商户号mch_id不存在"));
        }
        // The sandbox takes any app id.
        if self.route.sandbox || self.route.call == Call::GetSignKey {
            return Ok(());
        }
        match self.get("appid") {
            Some(APPID) => Ok(()),
            Some(UNBOUND_APPID) => Err(Refusal::new("APPID_MCHID_NOT_MATCH", "appid和mch_id不匹配")),
            _ => Err(Refusal::new("APPID_NOT_EXIST", "appid不存在")),
        }
    }

    fn check_parameter(&self, parameter: &Parameter) -> Result<(), Refusal> {
        let name = parameter.name;
        let Some(value) = self.get(name) else {
            return if parameter.required {
                Err(Refusal::new("LACK_PARAMS", format!("缺少参数{name}")))
            } else {
                Ok(())
            };
        };
        if value.len() > parameter.max {
            let text = format!("参数{name}长度为{}字节，最多{}字节", value.len(), parameter.max);
            return Err(Refusal::new("PARAM_ERROR", text));
        }
        if fits(parameter.form, value) {
            Ok(())
        } else {
            Err(Refusal::new("PARAM_ERROR", format!("参数{name}的值不正确")))
        }
    }
}

fn parse(request: &Request<'_>) -> Result<Fields, Reply> {
    if !request.is_post {
        return Err(Reply::unsigned("REQUIRE_POST_METHOD: 请使用post方法"));
    }
    if request.body.is_empty() {
        return Err(Reply::unsigned("POST_DATA_EMPTY: post数据为空"));
    }
    if std::str::from_utf8(request.body).is_err() {
        return Err(Reply::unsigned("NOT_UTF8: 编码格式错误，请使用UTF-8"));
    }
    Fields::parse(request.body).map_err(|_| Reply::unsigned("XML_FORMAT_ERROR: XML格式错误"))
}

/// Whole fen, more than zero, digits only (manual, common rules: 0 is `PARAM_ERROR`).
fn fee(text: &str) -> Option<Fen> {
    let plain = text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0');
    let fen = text.parse::<i32>().ok().filter(|fen| plain && *fen > 0)?;
    Fen::new(i64::from(fen))
}

fn fits(form: Form, value: &str) -> bool {
    match form {
        Form::Text => true,
        Form::Fee => fee(value).is_some(),
        Form::OrderNumber => OutTradeNo::parse(value).is_some(),
        Form::RefundNumber => value.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-|*@".contains(&b)),
        Form::Count => value.bytes().all(|b| b.is_ascii_digit()),
        Form::Time => Timestamp::from_wire(value).is_some(),
        Form::Ip => value.parse::<IpAddr>().is_ok(),
        Form::Url => (value.starts_with("https://") || value.starts_with("http://")) && !value.contains('?'),
        Form::OneOf(values) => values.contains(&value),
    }
}
