//! The replies: read, verified, bound to what was asked, and only then turned into the rules' words.
//!
//! Whatever is not a signed word of the manual about the very order is a [`Doubt`]: never a failure, for
//! the money may have moved.

use crate::money::Fen;
use crate::number::{AuthCode, OutTradeNo, TransactionId};
use crate::payment::{
    ChargeAnswer, CloseAnswer, CreateAnswer, Doubt, Found, Order, PaidOrder, QueryAnswer, Receipt, Refusal,
    ReverseAnswer,
};
use crate::timestamp::Timestamp;

mod refund;

pub(super) use refund::{Page, refund, refund_query, refunds_of};

use super::errors::{self, meaning};
use super::request::{CNY, Merchant, Number};
use super::route::Heard;
use super::sign::Verified;
use super::xml::Fields;
use super::{head, redact};

/// The most of the gateway's own words that is kept, in bytes; the manual gives them 128 characters.
const MAX_TEXT: usize = 384;

/// What of an order every reply about it must agree with.
#[derive(Debug, Clone, Copy)]
struct Bound<'a> {
    out_trade_no: &'a OutTradeNo,
    total_fee: Fen,
}

impl<'a> From<&'a Order> for Bound<'a> {
    fn from(order: &'a Order) -> Self {
        Self { out_trade_no: &order.out_trade_no, total_fee: order.total_fee }
    }
}

/// A signed reply of this merchant.
enum Signed {
    Success(Verified),
    Failure(Failure),
}

/// A signed `result_code=FAIL`.
struct Failure {
    code: String,
    text: String,
    /// `recall=Y`: reverse asks for the same call once more.
    recall: bool,
}

impl Failure {
    fn refusal(self, reason: crate::payment::Reason) -> Refusal {
        Refusal { reason, code: self.code, text: self.text }
    }

    fn doubt(self) -> Doubt {
        Doubt::Gateway { code: self.code }
    }
}

/// The answer to unifiedorder.
pub(super) fn unifiedorder(merchant: &Merchant, order: &Order, body: &[u8]) -> CreateAnswer {
    match signed(merchant, Some(order.into()), body) {
        Ok(Signed::Success(fields)) => picture(&fields).map_or_else(CreateAnswer::Unknown, CreateAnswer::Picture),
        Ok(Signed::Failure(failure)) => match meaning(&failure.code).create {
            errors::Create::Refused(reason) => CreateAnswer::Refused(failure.refusal(reason)),
            errors::Create::AlreadyPaid => CreateAnswer::AlreadyPaid,
            errors::Create::Unknown => CreateAnswer::Unknown(failure.doubt()),
        },
        Err(doubt) => CreateAnswer::Unknown(doubt),
    }
}

/// The answer to micropay. Its failures need not carry the order's number; what is there is bound.
pub(super) fn micropay(merchant: &Merchant, order: &Order, body: &[u8]) -> ChargeAnswer {
    match signed(merchant, Some(order.into()), body) {
        Ok(Signed::Success(fields)) => charged(&fields, order).map_or_else(ChargeAnswer::Unknown, ChargeAnswer::Paid),
        Ok(Signed::Failure(failure)) => match meaning(&failure.code).charge {
            errors::Charge::Refused(reason) => ChargeAnswer::Refused(failure.refusal(reason)),
            errors::Charge::Earlier(reason) => ChargeAnswer::Earlier(failure.refusal(reason)),
            errors::Charge::Waiting => ChargeAnswer::Paying,
            errors::Charge::Unknown => ChargeAnswer::Unknown(failure.doubt()),
        },
        Err(doubt) => ChargeAnswer::Unknown(doubt),
    }
}

/// The answer to orderquery about an order of ours.
pub(super) fn orderquery(merchant: &Merchant, order: &Order, body: &[u8]) -> QueryAnswer {
    match signed(merchant, Some(order.into()), body) {
        Ok(Signed::Success(fields)) => require(&fields, "out_trade_no", order.out_trade_no.as_str())
            .and_then(|()| state(&fields, order.total_fee))
            .unwrap_or_else(QueryAnswer::Unknown),
        Ok(Signed::Failure(failure)) => match meaning(&failure.code).query {
            errors::Query::NotExist => QueryAnswer::NotExist,
            errors::Query::Unknown => QueryAnswer::Unknown(failure.doubt()),
        },
        Err(doubt) => QueryAnswer::Unknown(doubt),
    }
}

/// The answer to closeorder.
pub(super) fn closeorder(merchant: &Merchant, order: &Order, body: &[u8]) -> CloseAnswer {
    match signed(merchant, Some(order.into()), body) {
        Ok(Signed::Success(_)) => CloseAnswer::Closed,
        Ok(Signed::Failure(failure)) => match meaning(&failure.code).close {
            errors::Close::Closed => CloseAnswer::Closed,
            errors::Close::AlreadyPaid => CloseAnswer::AlreadyPaid,
            errors::Close::TooEarly => CloseAnswer::TooEarly,
            errors::Close::Unknown => CloseAnswer::Unknown(failure.doubt()),
        },
        Err(doubt) => CloseAnswer::Unknown(doubt),
    }
}

/// The answer to reverse. `recall` decides, also beside an error (manual, reverse).
pub(super) fn reverse(merchant: &Merchant, order: &Order, body: &[u8]) -> ReverseAnswer {
    match signed(merchant, Some(order.into()), body) {
        Ok(Signed::Success(fields)) => match fields.get("recall") {
            Some("N") => ReverseAnswer::Done,
            Some("Y") => ReverseAnswer::Again,
            Some(_) | None => ReverseAnswer::Unknown(Doubt::NotUnderstood),
        },
        Ok(Signed::Failure(failure)) => match meaning(&failure.code).reverse {
            errors::Reverse::Expired => ReverseAnswer::Expired,
            errors::Reverse::Paying => ReverseAnswer::Paying,
            errors::Reverse::Refused(_) | errors::Reverse::Unknown if failure.recall => ReverseAnswer::Again,
            errors::Reverse::Refused(reason) => ReverseAnswer::Refused(failure.refusal(reason)),
            errors::Reverse::Unknown => ReverseAnswer::Unknown(failure.doubt()),
        },
        Err(doubt) => ReverseAnswer::Unknown(doubt),
    }
}

/// The answer to orderquery about an order that only a number is known of; `None` if there is none.
pub(super) fn look_up(merchant: &Merchant, number: Number<'_>, body: &[u8]) -> Result<Option<Found>, Doubt> {
    match signed(merchant, None, body)? {
        Signed::Success(fields) => found(&fields, number).map(Some),
        Signed::Failure(failure) => match meaning(&failure.code).query {
            errors::Query::NotExist => Ok(None),
            errors::Query::Unknown => Err(failure.doubt()),
        },
    }
}

/// Whether the gateway took the key that signed the request. What it says unsigned may be anything, and wording
/// changes: any unsigned no counts as a refused key, which costs one more try.
pub(super) fn standing(merchant: &Merchant, body: &[u8]) -> Heard {
    let Ok(fields) = Fields::parse(body) else { return Heard::Answer };
    match fields.get("return_code") {
        Some("SUCCESS") => match merchant.verify(fields) {
            Ok(fields) if fields.get("err_code") == Some("SIGNERROR") => Heard::KeyRefused,
            Ok(_) => Heard::Signed,
            Err(_) => Heard::Answer,
        },
        Some("FAIL") => Heard::KeyRefused,
        _ => Heard::Answer,
    }
}

/// A notification that an order was paid; it is signed as a reply is, and says the same.
pub(super) fn paid_notification(merchant: &Merchant, body: &[u8]) -> Result<PaidOrder, Doubt> {
    match signed(merchant, None, body)? {
        Signed::Success(fields) => {
            let number = fields.get("out_trade_no").and_then(OutTradeNo::parse);
            let out_trade_no = number.ok_or_else(|| not_ours("out_trade_no"))?;
            let total_fee = amount(&fields, "total_fee").ok_or_else(|| not_ours("total_fee"))?;
            Ok(PaidOrder { out_trade_no, receipt: receipt(&fields, total_fee)? })
        }
        Signed::Failure(failure) => Err(failure.doubt()),
    }
}

/// Reads a reply as far as all calls share it (manual, "return results").
fn signed(merchant: &Merchant, order: Option<Bound<'_>>, body: &[u8]) -> Result<Signed, Doubt> {
    let fields = Fields::parse(body).map_err(|_| Doubt::NotUnderstood)?;
    match fields.get("return_code") {
        Some("SUCCESS") => {}
        Some("FAIL") => {
            // Some entries of the gateway spell it the second way.
            let text = fields.get("return_msg").or_else(|| fields.get("retmsg"));
            return Err(Doubt::Unsigned { text: own_words(text) });
        }
        Some(other) => return Err(Doubt::Gateway { code: own_words(Some(other)) }),
        None => return Err(Doubt::NotUnderstood),
    }
    let fields = merchant.verify(fields).map_err(|_| not_ours("sign"))?;
    bind_merchant(merchant, &fields)?;
    compare(&fields, "fee_type", CNY)?;
    if let Some(order) = order {
        compare(&fields, "out_trade_no", order.out_trade_no.as_str())?;
        if fields.get("total_fee").is_some() {
            require_amount(&fields, order.total_fee)?;
        }
    }
    match fields.get("result_code") {
        Some("SUCCESS") => Ok(Signed::Success(fields)),
        Some("FAIL") => {
            let code = fields.get("err_code").ok_or(Doubt::NotUnderstood)?;
            let text = own_words(fields.get("err_code_des"));
            let recall = fields.get("recall") == Some("Y");
            Ok(Signed::Failure(Failure { code: own_words(Some(code)), text, recall }))
        }
        _ => Err(Doubt::NotUnderstood),
    }
}

/// Whose reply it is. Under a service provider's key come the replies of all its shops.
fn bind_merchant(merchant: &Merchant, fields: &Verified) -> Result<(), Doubt> {
    require(fields, "appid", &merchant.appid)?;
    require(fields, "mch_id", &merchant.mch_id)?;
    match &merchant.sub {
        // The manual's samples for a merchant of its own repeat its number here.
        None => compare(fields, "sub_mch_id", &merchant.mch_id),
        Some(sub) => {
            require(fields, "sub_mch_id", &sub.mch_id)?;
            sub.appid.as_ref().map_or(Ok(()), |appid| compare(fields, "sub_appid", appid))
        }
    }
}

fn picture(fields: &Verified) -> Result<String, Doubt> {
    compare(fields, "trade_type", "NATIVE")?;
    fields.get("code_url").map(str::to_owned).ok_or(Doubt::NotUnderstood)
}

fn charged(fields: &Verified, order: &Order) -> Result<Receipt, Doubt> {
    compare(fields, "trade_type", "MICROPAY")?;
    require(fields, "out_trade_no", order.out_trade_no.as_str())?;
    receipt(fields, order.total_fee)
}

fn found(fields: &Verified, number: Number<'_>) -> Result<Found, Doubt> {
    match number {
        Number::Ours(number) => require(fields, "out_trade_no", number.as_str())?,
        Number::WeChats(number) => require(fields, "transaction_id", number.as_str())?,
    }
    let out_trade_no =
        fields.get("out_trade_no").and_then(OutTradeNo::parse).ok_or_else(|| not_ours("out_trade_no"))?;
    let total_fee = amount(fields, "total_fee").ok_or_else(|| not_ours("total_fee"))?;
    Ok(Found { out_trade_no, total_fee, state: state(fields, total_fee)? })
}

/// `trade_state` (manual, orderquery). Only SUCCESS and REFUND promise the fields of a payment.
fn state(fields: &Verified, total_fee: Fen) -> Result<QueryAnswer, Doubt> {
    match fields.get("trade_state") {
        Some("SUCCESS") => receipt(fields, total_fee).map(QueryAnswer::Paid),
        Some("REFUND") => receipt(fields, total_fee).map(QueryAnswer::Refunded),
        Some("NOTPAY") => Ok(QueryAnswer::Unpaid),
        Some("USERPAYING" | "ACCEPT") => Ok(QueryAnswer::Paying),
        Some("CLOSED") => Ok(QueryAnswer::Closed),
        Some("REVOKED") => Ok(QueryAnswer::Revoked),
        Some("PAYERROR") => Ok(QueryAnswer::PayError),
        Some(other) => Err(Doubt::Gateway { code: own_words(Some(other)) }),
        None => Err(Doubt::NotUnderstood),
    }
}

fn receipt(fields: &Verified, total_fee: Fen) -> Result<Receipt, Doubt> {
    require_amount(fields, total_fee)?;
    let transaction_id =
        fields.get("transaction_id").and_then(transaction_id).ok_or_else(|| not_ours("transaction_id"))?;
    let paid_at = fields.get("time_end").and_then(Timestamp::from_wire).ok_or_else(|| not_ours("time_end"))?;
    // Only some replies to orderquery lack it; a payment without coupons is paid in cash whole.
    let cash_fee = amount(fields, "cash_fee").filter(|cash| *cash <= total_fee).unwrap_or(total_fee);
    let bank_type = own_words(fields.get("bank_type"));
    Ok(Receipt { transaction_id, total_fee, cash_fee, paid_at, bank_type })
}

/// WeChat's number of an order; what could be a payment code is none, for the number is shown and kept.
fn transaction_id(text: &str) -> Option<TransactionId> {
    if AuthCode::parse(text).is_some() { None } else { TransactionId::parse(text) }
}

/// The field must be there and have this value.
fn require(fields: &Verified, name: &str, expected: &str) -> Result<(), Doubt> {
    if fields.get(name) == Some(expected) { Ok(()) } else { Err(not_ours(name)) }
}

/// If the field is there, it must have this value.
fn compare(fields: &Verified, name: &str, expected: &str) -> Result<(), Doubt> {
    if fields.get(name).is_none_or(|value| value == expected) { Ok(()) } else { Err(not_ours(name)) }
}

fn require_amount(fields: &Verified, expected: Fen) -> Result<(), Doubt> {
    if amount(fields, "total_fee") == Some(expected) { Ok(()) } else { Err(not_ours("total_fee")) }
}

/// An amount in whole fen: digits and nothing else.
fn amount(fields: &Verified, name: &str) -> Option<Fen> {
    let digits = fields.get(name).filter(|text| text.bytes().all(|b| b.is_ascii_digit()))?;
    digits.parse().ok().and_then(Fen::new)
}

fn not_ours(field: &str) -> Doubt {
    Doubt::NotOurs { field: field.to_owned() }
}

/// The gateway's own words as they may be kept and shown: on one line, without codes, not long.
fn own_words(text: Option<&str>) -> String {
    let line = text.unwrap_or_default().replace(char::is_control, " ");
    head(&redact::value("", &line), MAX_TEXT).to_owned()
}

#[cfg(test)]
mod tests;
