//! What a barcode scanner typed: [`Wedge`] tells a scan from a person at the keys,
//! [`classify`] says what was scanned.

mod wedge;

pub use wedge::{Step, Wedge};

use crate::money::plain_digit;
use crate::number::{AuthCode, OutTradeNo, TransactionId};

/// What a scanned, typed or pasted text is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scanned {
    /// The payment code on a customer's phone: charge it.
    Payment(AuthCode),
    /// An Alipay payment code.
    Alipay,
    /// A UnionPay (Cloud QuickPass) payment code.
    UnionPay,
    /// The customer opened the page that collects money, not the one that pays.
    CollectCode,
    /// WeChat's number of an order, as the customer's bill shows it.
    WechatOrder(TransactionId),
    /// A number that a till of ours made, as slips show it.
    OurOrder(OutTradeNo),
    /// The barcode of goods (EAN-8, UPC-A, EAN-13).
    Product,
    /// The beginning of a payment code: `digits` of the 18 arrived.
    Partial { digits: usize },
    /// None of these.
    Unknown,
}

/// Says what a text is; the longest pattern that fits wins. White space, scanner prefixes and full-width
/// digits don't matter.
pub fn classify(text: &str) -> Scanned {
    let text = normalise(text);
    if is_link(&text) {
        return Scanned::CollectCode;
    }
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Scanned::Unknown;
    }
    if TransactionId::looks_like(&text)
        && let Some(number) = TransactionId::parse(&text)
    {
        return Scanned::WechatOrder(number);
    }
    if let Some(number) = OutTradeNo::ours(&text) {
        return Scanned::OurOrder(number);
    }
    if let Some(code) = AuthCode::parse(&text) {
        return Scanned::Payment(code);
    }
    // Two digits are all ASCII here, so the slice is on a character border.
    let head = text.get(..2).unwrap_or_default();
    let wechat = matches!(head, "10" | "11" | "12" | "13" | "14" | "15");
    match text.len() {
        16..=24 if matches!(head, "25" | "26" | "27" | "28" | "29" | "30") => Scanned::Alipay,
        19 if head == "62" => Scanned::UnionPay,
        // A cut payment code can have the length of a product's; only a product's check digit then fits.
        8 | 12 | 13 if !wechat || checks_as_product(&text) => Scanned::Product,
        digits if wechat && digits < AuthCode::LENGTH => Scanned::Partial { digits },
        _ => Scanned::Unknown,
    }
}

/// Full-width characters made plain; white space, control characters (CR, LF, STX, ETX) and the AIM prefix that
/// some scanners put in front (`]Q1`, `]C1`) taken out.
pub fn normalise(text: &str) -> String {
    let plain: String = text.chars().map(plain_digit).filter(|c| !c.is_whitespace() && !c.is_control()).collect();
    let mut chars = plain.chars();
    let aim = chars.next() == Some(']')
        && chars.next().is_some_and(|c| c.is_ascii_alphabetic())
        && chars.next().is_some_and(|c| c.is_ascii_alphanumeric());
    if aim { chars.as_str().to_owned() } else { plain }
}

fn is_link(text: &str) -> bool {
    let scheme = text.split_once("://").map_or("", |(scheme, _)| scheme);
    ["https", "http", "wxp", "weixin"].iter().any(|known| scheme.eq_ignore_ascii_case(known))
}

/// The GS1 check digit: weights 3 and 1 from the right.
fn checks_as_product(digits: &str) -> bool {
    let sum: u32 =
        digits.bytes().rev().enumerate().map(|(i, b)| u32::from(b - b'0') * if i % 2 == 0 { 1 } else { 3 }).sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timestamp::Timestamp;

    fn payment(text: &str) -> Scanned {
        Scanned::Payment(AuthCode::parse(text).unwrap())
    }

    #[test]
    fn each_pattern_is_told_apart() {
        let ours = OutTradeNo::make(Timestamp::from_wire("20261122182207").unwrap(), 1, 4417);
        let theirs = "4200001234202611221234567890";
        let old = "1000001234202611221234567890";
        for (text, expected) in [
            ("134567890123456789", payment("134567890123456789")),
            ("100000000000000000", payment("100000000000000000")),
            ("158888888888888888", payment("158888888888888888")),
            ("284567890123456789", Scanned::Alipay),
            ("2512345678901234", Scanned::Alipay),
            ("301234567890123456789012", Scanned::Alipay),
            ("6212345678901234567", Scanned::UnionPay),
            (theirs, Scanned::WechatOrder(TransactionId::parse(theirs).unwrap())),
            (old, Scanned::WechatOrder(TransactionId::parse(old).unwrap())),
            (ours.as_str(), Scanned::OurOrder(ours.clone())),
            ("6901234567892", Scanned::Product),
            ("96385074", Scanned::Product),
            ("012345678905", Scanned::Product),
            ("13456789012345678", Scanned::Partial { digits: 17 }),
            ("13", Scanned::Partial { digits: 2 }),
            ("https://qr.example/abc", Scanned::CollectCode),
            ("WXP://f2f0abc", Scanned::CollectCode),
            ("weixin://wxpay/bizpayurl?pr=x", Scanned::CollectCode),
            ("", Scanned::Unknown),
            ("hello", Scanned::Unknown),
            ("99999", Scanned::Unknown),
            ("1345678901234567890", Scanned::Unknown),
            ("164567890123456789", Scanned::Unknown),
            ("13456789012345678x", Scanned::Unknown),
        ] {
            assert_eq!(classify(text), expected, "{text}");
        }
    }

    #[test]
    fn a_cut_code_of_a_products_length_is_still_a_cut_code() {
        assert_eq!(classify("1345678901234"), Scanned::Partial { digits: 13 });
        assert_eq!(classify("1345678901235"), Scanned::Product);
        assert_eq!(classify("13456789"), Scanned::Partial { digits: 8 });
    }

    #[test]
    fn what_scanners_and_input_methods_add_is_taken_off() {
        for text in [
            "134567890123456789\r\n",
            " 1345 6789 0123 4567 89 ",
            "１３４５６７８９０１２３４５６７８９",
            "]Q1134567890123456789",
            "]C1134567890123456789\t",
            "\u{2}134567890123456789\u{3}",
        ] {
            assert_eq!(classify(text), payment("134567890123456789"), "{text:?}");
        }
        assert_eq!(classify("]Q1"), Scanned::Unknown);
        assert_eq!(normalise("１２。５"), "12.5");
    }
}
