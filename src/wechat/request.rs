//! The requests, as signed fields (manual: unifiedorder, micropay, orderquery, closeorder, reverse, refund,
//! refundquery).
//!
//! Everything but the random `nonce_str`, and so `sign`, is made of the stored order alone: asking again
//! is the same request to the gateway, which refuses a known number with other parameters.

use crate::number::{AuthCode, OutRefundNo, OutTradeNo, TransactionId};
use crate::payment::{Order, RefundRequest};

use super::head;
use super::sign::{self, ApiKey, SignError, SignType, Verified};
use super::xml::Fields;

pub(super) const UNIFIEDORDER: &str = "/pay/unifiedorder";
pub(super) const MICROPAY: &str = "/pay/micropay";
pub(super) const ORDERQUERY: &str = "/pay/orderquery";
pub(super) const CLOSEORDER: &str = "/pay/closeorder";
pub(super) const REVERSE: &str = "/secapi/pay/reverse";
pub(super) const REFUND: &str = "/secapi/pay/refund";
pub(super) const REFUNDQUERY: &str = "/pay/refundquery";

/// The only currency of mainland merchants.
pub(super) const CNY: &str = "CNY";

/// The fields' limits, counted here in UTF-8 bytes: the manual doesn't say what it counts, and bytes are
/// the strictest reading.
mod limit {
    pub(super) const DEVICE_INFO: usize = 32;
    pub(super) const BODY: usize = 127;
    pub(super) const ATTACH: usize = 127;
    pub(super) const SPBILL_CREATE_IP: usize = 64;
    pub(super) const NOTIFY_URL: usize = 256;
    pub(super) const REFUND_DESC: usize = 80;
}

/// Who asks, and how they sign.
#[derive(Debug, Clone)]
pub(super) struct Merchant {
    pub(super) appid: String,
    pub(super) mch_id: String,
    pub(super) sub: Option<SubMerchant>,
    /// Signs what is sent.
    pub(super) api_key: ApiKey,
    /// While the owner changes the key, the gateway may sign by this one.
    pub(super) other_api_key: Option<ApiKey>,
    pub(super) sign_type: SignType,
}

/// The shop for which a service provider asks (manual, service provider's calls).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubMerchant {
    /// `sub_mch_id`
    pub mch_id: String,
    /// `sub_appid`, where the shop has an app of its own.
    pub appid: Option<String>,
}

impl Merchant {
    /// The same merchant with its keys exchanged; `None` if there is only one.
    pub(super) fn turned(&self) -> Option<Self> {
        let api_key = self.other_api_key.clone()?;
        Some(Self { api_key, other_api_key: Some(self.api_key.clone()), ..self.clone() })
    }

    /// Checks a message's signature by either key.
    pub(super) fn verify(&self, fields: Fields) -> Result<Verified, SignError> {
        let Some(other) = &self.other_api_key else { return sign::verify(fields, &self.api_key, self.sign_type) };
        sign::verify(fields.clone(), &self.api_key, self.sign_type)
            .or_else(|_| sign::verify(fields, other, self.sign_type))
    }
}

/// Which order is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Number<'a> {
    Ours(&'a OutTradeNo),
    WeChats(&'a TransactionId),
}

/// unifiedorder with `trade_type=NATIVE`: an order and the QR code to pay it by.
pub(super) fn unifiedorder(merchant: &Merchant, order: &Order, nonce: String) -> Fields {
    let fields = with_order(start(merchant, nonce), order)
        .with("notify_url", text(&order.notify_url, limit::NOTIFY_URL))
        .with("trade_type", "NATIVE")
        .with("product_id", order.out_trade_no.as_str());
    signed(fields, merchant)
}

/// micropay: charges the code on the customer's phone.
pub(super) fn micropay(merchant: &Merchant, order: &Order, code: &AuthCode, nonce: String) -> Fields {
    signed(with_order(start(merchant, nonce), order).with("auth_code", code.expose()), merchant)
}

/// orderquery: what became of an order.
pub(super) fn orderquery(merchant: &Merchant, number: Number<'_>, nonce: String) -> Fields {
    let fields = match number {
        Number::Ours(number) => start(merchant, nonce).with("out_trade_no", number.as_str()),
        Number::WeChats(number) => start(merchant, nonce).with("transaction_id", number.as_str()),
    };
    signed(fields, merchant)
}

/// closeorder: no payment of this native order any more.
pub(super) fn closeorder(merchant: &Merchant, order: &Order, nonce: String) -> Fields {
    signed(start(merchant, nonce).with("out_trade_no", order.out_trade_no.as_str()), merchant)
}

/// reverse: undoes a micropay of unclear end, unpaid or paid.
pub(super) fn reverse(merchant: &Merchant, order: &Order, nonce: String) -> Fields {
    signed(start(merchant, nonce).with("out_trade_no", order.out_trade_no.as_str()), merchant)
}

/// refund: money back, under a number that takes effect once.
pub(super) fn refund(merchant: &Merchant, request: &RefundRequest, nonce: String) -> Fields {
    let fields = start(merchant, nonce)
        .with("out_trade_no", request.out_trade_no.as_str())
        .with("out_refund_no", request.out_refund_no.as_str())
        .with("total_fee", request.total_fee.as_i64().to_string())
        .with("refund_fee", request.refund_fee.as_i64().to_string())
        .with("refund_fee_type", CNY)
        .with("refund_desc", text(&request.reason, limit::REFUND_DESC));
    signed(fields, merchant)
}

/// refundquery by our refund number: what became of one refund.
pub(super) fn refundquery(merchant: &Merchant, number: &OutRefundNo, nonce: String) -> Fields {
    signed(start(merchant, nonce).with("out_refund_no", number.as_str()), merchant)
}

/// refundquery by the order: its refunds, ten a reply, from the `offset`-th on.
pub(super) fn refunds_of(merchant: &Merchant, order: &OutTradeNo, offset: usize, nonce: String) -> Fields {
    let fields = start(merchant, nonce).with("out_trade_no", order.as_str());
    let fields = if offset == 0 { fields } else { fields.with("offset", offset.to_string()) };
    signed(fields, merchant)
}

/// The fields that every request has.
fn start(merchant: &Merchant, nonce: String) -> Fields {
    let mut fields = Fields::new().with("appid", &*merchant.appid).with("mch_id", &*merchant.mch_id);
    if let Some(sub) = &merchant.sub {
        fields = fields.with("sub_mch_id", &*sub.mch_id);
        if let Some(appid) = &sub.appid {
            fields = fields.with("sub_appid", &**appid);
        }
    }
    fields.with("nonce_str", nonce).with("sign_type", merchant.sign_type.name())
}

/// The fields that make an order. `time_expire` is left out: it can't be changed when the picture is
/// renewed, and a wrong clock would make the gateway refuse the order.
fn with_order(fields: Fields, order: &Order) -> Fields {
    fields
        .with("device_info", text(&order.device_info, limit::DEVICE_INFO))
        .with("body", text(&order.body, limit::BODY))
        .with("attach", text(&order.attach, limit::ATTACH))
        .with("out_trade_no", order.out_trade_no.as_str())
        .with("fee_type", CNY)
        .with("total_fee", order.total_fee.as_i64().to_string())
        .with("spbill_create_ip", text(&order.spbill_create_ip, limit::SPBILL_CREATE_IP))
}

fn signed(fields: Fields, merchant: &Merchant) -> Fields {
    let sign = sign::sign(&fields, &merchant.api_key, merchant.sign_type);
    fields.with("sign", sign)
}

/// A text as a field takes it: characters that XML can't carry become blanks, the end is cut to `max`
/// bytes on a character's border.
fn text(text: &str, max: usize) -> String {
    let legal: String =
        text.chars().map(|c| if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') { ' ' } else { c }).collect();
    head(&legal, max).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wechat::codec::nonce;
    use crate::wechat::samples;

    fn names(fields: &Fields) -> Vec<&str> {
        fields.iter().map(|(name, _)| name).collect()
    }

    fn assert_signed(fields: &Fields, merchant: &Merchant) {
        assert!(sign::verify(fields.clone(), &merchant.api_key, merchant.sign_type).is_ok());
        assert_eq!(fields.get("sign_type"), Some(merchant.sign_type.name()));
    }

    const START: [&str; 4] = ["appid", "mch_id", "nonce_str", "sign_type"];
    const ORDER: [&str; 7] =
        ["device_info", "body", "attach", "out_trade_no", "fee_type", "total_fee", "spbill_create_ip"];

    #[test]
    fn unifiedorder_has_its_fields_and_is_signed() {
        for sign_type in [SignType::Md5, SignType::HmacSha256] {
            let merchant = Merchant { sign_type, ..samples::merchant() };
            let order = samples::order();
            let fields = unifiedorder(&merchant, &order, nonce());
            let expected = [&START[..], &ORDER, &["notify_url", "trade_type", "product_id", "sign"]].concat();
            assert_eq!(names(&fields), expected);
            assert_signed(&fields, &merchant);
            for (name, value) in [
                ("appid", "wx0000000000000001"),
                ("mch_id", "1900000001"),
                ("device_info", "till 1"),
                ("body", "小张南山店-超市"),
                ("attach", "two <bags> & a box"),
                ("out_trade_no", order.out_trade_no.as_str()),
                ("fee_type", "CNY"),
                ("total_fee", "1288"),
                ("spbill_create_ip", "127.0.0.1"),
                ("notify_url", "https://shop.example/notify"),
                ("trade_type", "NATIVE"),
                ("product_id", order.out_trade_no.as_str()),
            ] {
                assert_eq!(fields.get(name), Some(value), "{name}");
            }
        }
    }

    #[test]
    fn micropay_has_its_fields_and_is_signed() {
        let merchant = samples::merchant();
        let fields = micropay(&merchant, &samples::order(), &samples::code(), nonce());
        assert_eq!(names(&fields), [&START[..], &ORDER, &["auth_code", "sign"]].concat());
        assert_eq!(fields.get("auth_code"), Some("134567890123456789"));
        assert_signed(&fields, &merchant);
    }

    #[test]
    fn queries_closes_and_reverses_name_one_order() {
        let merchant = samples::merchant();
        let order = samples::order();
        let theirs = TransactionId::parse("4200000015201711256947025404").unwrap();
        for (fields, number) in [
            (orderquery(&merchant, Number::Ours(&order.out_trade_no), nonce()), "out_trade_no"),
            (orderquery(&merchant, Number::WeChats(&theirs), nonce()), "transaction_id"),
            (closeorder(&merchant, &order, nonce()), "out_trade_no"),
            (reverse(&merchant, &order, nonce()), "out_trade_no"),
        ] {
            assert_eq!(names(&fields), [&START[..], &[number, "sign"]].concat());
            assert_signed(&fields, &merchant);
        }
    }

    #[test]
    fn a_refund_has_its_fields_and_is_signed() {
        let merchant = samples::merchant();
        let request = samples::refund_request();
        let fields = refund(&merchant, &request, nonce());
        let own =
            ["out_trade_no", "out_refund_no", "total_fee", "refund_fee", "refund_fee_type", "refund_desc", "sign"];
        assert_eq!(names(&fields), [&START[..], &own].concat());
        assert_signed(&fields, &merchant);
        for (name, value) in [
            ("out_trade_no", request.out_trade_no.as_str()),
            ("out_refund_no", request.out_refund_no.as_str()),
            ("total_fee", "1288"),
            ("refund_fee", "288"),
            ("refund_fee_type", "CNY"),
            ("refund_desc", "商品退回"),
        ] {
            assert_eq!(fields.get(name), Some(value), "{name}");
        }
        let long = RefundRequest { reason: "退".repeat(40), ..request.clone() };
        assert_eq!(refund(&merchant, &long, nonce()).get("refund_desc"), Some(&*"退".repeat(26)), "78 of 80 bytes");
        let silent = RefundRequest { reason: String::new(), ..request };
        assert!(!refund(&merchant, &silent, nonce()).has_element("refund_desc"));
    }

    #[test]
    fn refunds_are_asked_after_by_their_number_or_their_order() {
        let merchant = samples::merchant();
        let request = samples::refund_request();
        let one = refundquery(&merchant, &request.out_refund_no, nonce());
        assert_eq!(names(&one), [&START[..], &["out_refund_no", "sign"]].concat());
        let first = refunds_of(&merchant, &request.out_trade_no, 0, nonce());
        assert_eq!(names(&first), [&START[..], &["out_trade_no", "sign"]].concat());
        let more = refunds_of(&merchant, &request.out_trade_no, 10, nonce());
        assert_eq!(names(&more), [&START[..], &["out_trade_no", "offset", "sign"]].concat());
        assert_eq!(more.get("offset"), Some("10"));
        for fields in [one, first, more] {
            assert_signed(&fields, &merchant);
        }
    }

    #[test]
    fn a_service_provider_names_the_shop_in_every_call() {
        let sub = SubMerchant { mch_id: "1900000109".to_owned(), appid: Some("wx00000000000000ff".to_owned()) };
        let merchant = Merchant { sub: Some(sub.clone()), ..samples::merchant() };
        let order = samples::order();
        for fields in [
            unifiedorder(&merchant, &order, nonce()),
            micropay(&merchant, &order, &samples::code(), nonce()),
            orderquery(&merchant, Number::Ours(&order.out_trade_no), nonce()),
            closeorder(&merchant, &order, nonce()),
            reverse(&merchant, &order, nonce()),
            refund(&merchant, &samples::refund_request(), nonce()),
            refundquery(&merchant, &samples::refund_request().out_refund_no, nonce()),
            refunds_of(&merchant, &order.out_trade_no, 10, nonce()),
        ] {
            assert_eq!(names(&fields)[..6], ["appid", "mch_id", "sub_mch_id", "sub_appid", "nonce_str", "sign_type"]);
            assert_eq!((fields.get("sub_mch_id"), fields.get("sub_appid")), (Some("1900000109"), sub.appid.as_deref()));
            assert_signed(&fields, &merchant);
        }
        let without_app = Merchant { sub: Some(SubMerchant { appid: None, ..sub }), ..samples::merchant() };
        assert!(!closeorder(&without_app, &order, nonce()).has_element("sub_appid"));
    }

    #[test]
    fn asking_again_differs_in_nonce_and_signature_only() {
        let business = |fields: Fields| -> Vec<_> {
            let kept = fields.iter().filter(|(name, _)| !matches!(*name, "nonce_str" | "sign"));
            kept.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
        };
        let merchant = samples::merchant();
        let (first, second) =
            (unifiedorder(&merchant, &samples::order(), nonce()), unifiedorder(&merchant, &samples::order(), nonce()));
        assert_ne!(first.get("nonce_str"), second.get("nonce_str"));
        assert_ne!(first.get("sign"), second.get("sign"));
        assert_eq!(first.get("nonce_str").map(str::len), Some(32));
        assert_eq!(business(first), business(second));
        let request = samples::refund_request();
        let (first, second) = (refund(&merchant, &request, nonce()), refund(&merchant, &request, nonce()));
        assert_ne!(first.get("sign"), second.get("sign"));
        assert_eq!(business(first), business(second), "a refund that is sent again is the same refund");
    }

    #[test]
    fn long_texts_are_cut_at_bytes_between_characters() {
        let order = Order {
            body: "店".repeat(60),
            attach: format!("a{}", "备".repeat(60)),
            device_info: "台".repeat(20),
            ..samples::order()
        };
        let fields = unifiedorder(&samples::merchant(), &order, nonce());
        assert_eq!(fields.get("body"), Some(&*"店".repeat(42)), "126 of 127 bytes");
        assert_eq!(fields.get("attach"), Some(&*format!("a{}", "备".repeat(42))), "127 of 127 bytes");
        assert_eq!(fields.get("device_info"), Some(&*"台".repeat(10)), "30 of 32 bytes");
    }

    #[test]
    fn any_note_makes_a_request_that_reads_back() {
        let merchant = samples::merchant();
        let order = Order { attach: "a\r\nb\u{0}c]]>d\u{ffff}e".to_owned(), ..samples::order() };
        let fields = unifiedorder(&merchant, &order, nonce());
        let read = Fields::parse(fields.to_xml().as_bytes()).unwrap();
        assert_eq!(read.get("attach"), Some("a  b c]]>d e"));
        assert_signed(&read, &merchant);
    }

    #[test]
    fn an_empty_note_is_left_out() {
        let order = Order { attach: String::new(), ..samples::order() };
        assert!(!unifiedorder(&samples::merchant(), &order, nonce()).has_element("attach"));
    }
}
