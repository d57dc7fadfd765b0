//! The numbers a till handles: our order numbers, WeChat's, and the code on a customer's phone.
//! Each is its own type, so that none can stand in another's place.

use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::timestamp::Timestamp;

/// Our order number, `out_trade_no`: at most 32 characters, unique for the merchant.
///
/// The ones we make have 22 digits: Beijing time to the second (14), the till (2), a check digit, and
/// five random digits. They begin with the year, so they can't be taken for a payment code or another
/// wallet's, and digits alone scan well from a slip.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OutTradeNo(String);

impl OutTradeNo {
    pub const LENGTH: usize = 22;

    /// Makes a number; `till` is taken modulo 100 and `entropy` modulo 100,000.
    pub fn make(now: Timestamp, till: u32, entropy: u32) -> Self {
        let head = format!("{}{:02}", now.wire(), till % 100);
        let tail = format!("{:05}", entropy % 100_000);
        let check = luhn(head.bytes().chain(tail.bytes()));
        Self(format!("{head}{check}{tail}"))
    }

    /// Recognises a number that this program made: length, time and check digit agree.
    pub fn ours(text: &str) -> Option<Self> {
        if text.len() != Self::LENGTH || !text.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        Timestamp::from_wire(&text[..14])?;
        let digits = text[..16].bytes().chain(text[17..].bytes());
        (luhn(digits) == char::from(text.as_bytes()[16])).then(|| Self(text.to_owned()))
    }

    /// Takes any number that WeChat would: 6 to 32 of digits, letters, `_`, `-`, `|`, `*`, `@`.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (6..=32).contains(&text.len());
        let legal = text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-|*@".contains(&b));
        (fits && legal).then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last four characters, by which people at the counter call an order.
    pub fn tail(&self) -> &str {
        &self.0[self.0.len().saturating_sub(4)..]
    }
}

impl fmt::Display for OutTradeNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The Luhn check digit over `digits`.
fn luhn(digits: impl DoubleEndedIterator<Item = u8>) -> char {
    let sum: u32 = digits
        .rev()
        .enumerate()
        .map(|(i, byte)| {
            let digit = u32::from(byte - b'0');
            let weighted = if i % 2 == 0 { digit * 2 } else { digit };
            weighted / 10 + weighted % 10
        })
        .sum();
    char::from_digit((10 - sum % 10) % 10, 10).unwrap_or('0')
}

/// WeChat's own order number, `transaction_id`: 28 digits, beginning with `4200` (old ones with `1`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TransactionId(String);

impl TransactionId {
    /// Takes 1 to 32 digits or letters, as the field allows.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=32).contains(&text.len());
        (fits && text.bytes().all(|b| b.is_ascii_alphanumeric())).then(|| Self(text.to_owned()))
    }

    /// Whether a scanned or typed text looks like such a number: 28 digits from `4200` or `1`.
    pub fn looks_like(text: &str) -> bool {
        text.len() == 28
            && text.bytes().all(|b| b.is_ascii_digit())
            && (text.starts_with("4200") || text.starts_with('1'))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TransactionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Our refund number, `out_refund_no`: at most 64 characters, unique for the merchant. However often it is sent,
/// WeChat refunds once under it.
///
/// The ones we make have 26 digits: Beijing time to the second (14), the till (2), a check digit, and nine
/// random digits. No order number or payment code is as long.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OutRefundNo(String);

impl OutRefundNo {
    /// Makes a number; `till` is taken modulo 100 and `entropy` modulo 1,000,000,000.
    pub fn make(now: Timestamp, till: u32, entropy: u64) -> Self {
        let head = format!("{}{:02}", now.wire(), till % 100);
        let tail = format!("{:09}", entropy % 1_000_000_000);
        let check = luhn(head.bytes().chain(tail.bytes()));
        Self(format!("{head}{check}{tail}"))
    }

    /// The number under which an order is given back by the till itself. An order has only one, so that however
    /// often the till comes to it, the order goes back once.
    pub fn of_order(order: &OutTradeNo) -> Self {
        Self(format!("{order}R"))
    }

    /// Takes any number that WeChat would: 1 to 64 of digits, letters, `_`, `-`, `|`, `*`, `@`.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=64).contains(&text.len());
        let legal = text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-|*@".contains(&b));
        (fits && legal).then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for OutRefundNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// WeChat's own refund number, `refund_id`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RefundId(String);

impl RefundId {
    /// Takes 1 to 32 digits or letters, as the field allows.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=32).contains(&text.len());
        (fits && text.bytes().all(|b| b.is_ascii_alphanumeric())).then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RefundId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The code on the customer's phone, `auth_code`: 18 digits, beginning with 10 to 15.
///
/// It is as good as money for a minute, so it shows only its last four digits, is wiped when dropped,
/// and can't be serialised.
#[derive(Clone, PartialEq, Eq)]
pub struct AuthCode(Zeroizing<String>);

impl AuthCode {
    pub const LENGTH: usize = 18;

    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.len() == Self::LENGTH && text.bytes().all(|b| b.is_ascii_digit());
        let wechat = matches!(text.get(..2), Some("10" | "11" | "12" | "13" | "14" | "15"));
        (digits && wechat).then(|| Self(Zeroizing::new(text.to_owned())))
    }

    /// The whole code, for the one request that carries it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    pub fn last4(&self) -> &str {
        &self.0[Self::LENGTH - 4..]
    }
}

impl fmt::Debug for AuthCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AuthCode(…{})", self.last4())
    }
}

/// One thing to be paid. A sale owns its payment attempts, each with a number of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SaleId(i64);

impl SaleId {
    pub const fn new(id: i64) -> Self {
        Self(id)
    }

    pub const fn as_i64(self) -> i64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noon() -> Timestamp {
        Timestamp::from_wire("20261122120000").unwrap()
    }

    #[test]
    fn our_numbers_know_themselves() {
        for entropy in [0, 1, 99_999, 123_456_789] {
            let number = OutTradeNo::make(noon(), 1, entropy);
            assert_eq!(number.as_str().len(), OutTradeNo::LENGTH);
            assert_eq!(OutTradeNo::ours(number.as_str()), Some(number.clone()));
            assert_eq!(OutTradeNo::parse(number.as_str()), Some(number));
        }
    }

    #[test]
    fn a_wrong_digit_is_seen() {
        let number = OutTradeNo::make(noon(), 7, 54_321);
        for place in 14..OutTradeNo::LENGTH {
            let mut bytes = number.as_str().as_bytes().to_vec();
            bytes[place] = if bytes[place] == b'9' { b'0' } else { bytes[place] + 1 };
            let text = String::from_utf8(bytes).unwrap();
            assert_eq!(OutTradeNo::ours(&text), None, "{text}");
        }
    }

    #[test]
    fn our_numbers_are_not_codes() {
        let number = OutTradeNo::make(noon(), 1, 1);
        assert_eq!(AuthCode::parse(number.as_str()), None);
        assert!(!TransactionId::looks_like(number.as_str()));
        assert_eq!(OutTradeNo::ours("134567890123456789"), None);
    }

    #[test]
    fn payment_codes_have_18_digits_from_10_to_15() {
        assert!(AuthCode::parse("134567890123456789").is_some());
        for text in [
            "13456789012345678",
            "1345678901234567890",
            "284567890123456789",
            "164567890123456789",
            "13456789012345678x",
            "",
        ] {
            assert_eq!(AuthCode::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_code_never_shows_itself() {
        let code = AuthCode::parse("134567890123456789").unwrap();
        assert_eq!(format!("{code:?}"), "AuthCode(…6789)");
    }

    #[test]
    fn refund_numbers_are_no_other_numbers() {
        let number = OutRefundNo::make(noon(), 7, 12_345_678_901);
        assert_eq!(number.as_str().len(), 26);
        assert_eq!(OutRefundNo::parse(number.as_str()), Some(number.clone()));
        assert_eq!(OutTradeNo::ours(number.as_str()), None);
        assert!(!TransactionId::looks_like(number.as_str()));
        for text in ["", "has space", "x".repeat(65).as_str()] {
            assert_eq!(OutRefundNo::parse(text), None, "{text}");
            assert_eq!(RefundId::parse(text), None, "{text}");
        }
    }

    #[test]
    fn an_order_goes_back_under_one_number() {
        let order = OutTradeNo::parse(&"x".repeat(32)).unwrap();
        let number = OutRefundNo::of_order(&order);
        assert_eq!(number, OutRefundNo::of_order(&order));
        assert_eq!(OutRefundNo::parse(number.as_str()), Some(number));
    }

    #[test]
    fn order_numbers_are_as_wechat_takes_them() {
        assert!(OutTradeNo::parse("ABC_-|*@9").is_some());
        for text in ["", "12345", "has space", "１２３４５６", "x".repeat(33).as_str()] {
            assert_eq!(OutTradeNo::parse(text), None, "{text}");
        }
    }
}
