//! What WeChat reports by itself: that an order was paid, that a refund came to its end (manual, result notifications).
//!
//! A payment's notification is signed like a reply. A refund's has no signature at all: that its inner document could be
//! decrypted is all that speaks for it, and the cipher doesn't notice a block that was moved. So neither is more than
//! a reason to ask, which is what the till does with both.

use aes::Aes256;
use aes::cipher::{Array, BlockCipherDecrypt, KeyInit};
use base64ct::{Base64, Encoding};
use md5::{Digest, Md5};
use zeroize::Zeroizing;

use crate::money::Fen;
use crate::number::{OutRefundNo, OutTradeNo};
use crate::payment::{Doubt, Notification};

use super::redact;
use super::request::Merchant;
use super::sign::ApiKey;
use super::xml::Fields;

/// What is answered once a notification is written down (manual: within five seconds, or it comes again).
pub const TAKEN: &str =
    "<xml><return_code><![CDATA[SUCCESS]]></return_code><return_msg><![CDATA[OK]]></return_msg></xml>";
/// What is answered to everything else: WeChat sends it again later.
pub const NOT_TAKEN: &str =
    "<xml><return_code><![CDATA[FAIL]]></return_code><return_msg><![CDATA[NOT TAKEN]]></return_msg></xml>";

const BLOCK: usize = 16;

/// Reads a notification to this merchant.
pub(super) fn read(merchant: &Merchant, body: &[u8]) -> Result<Notification, Doubt> {
    let fields = Fields::parse(body).map_err(|_| Doubt::NotUnderstood)?;
    match fields.get("req_info") {
        Some(sealed) => refund(merchant, &fields, sealed),
        None => super::reply::paid_notification(merchant, body).map(Notification::Paid),
    }
}

/// A refund's end: who it is for stands outside, the rest is sealed.
fn refund(merchant: &Merchant, outside: &Fields, sealed: &str) -> Result<Notification, Doubt> {
    if outside.get("return_code") != Some("SUCCESS") {
        return Err(Doubt::NotUnderstood);
    }
    let sub = merchant.sub.as_ref().map_or(merchant.mch_id.as_str(), |sub| sub.mch_id.as_str());
    let needs_sub = merchant.sub.is_some();
    for (name, expected, needed) in
        [("appid", merchant.appid.as_str(), true), ("mch_id", &merchant.mch_id, true), ("sub_mch_id", sub, needs_sub)]
    {
        match outside.get(name) {
            Some(value) if value == expected => {}
            None if !needed => {}
            Some(_) | None => return Err(not_ours(name)),
        }
    }
    let inside = [Some(&merchant.api_key), merchant.other_api_key.as_ref()]
        .into_iter()
        .flatten()
        .find_map(|key| open(sealed, key))
        .ok_or_else(|| not_ours("req_info"))?;
    let out_trade_no =
        inside.get("out_trade_no").and_then(OutTradeNo::parse).ok_or_else(|| not_ours("out_trade_no"))?;
    let out_refund_no =
        inside.get("out_refund_no").and_then(OutRefundNo::parse).ok_or_else(|| not_ours("out_refund_no"))?;
    let status = redact::value("", inside.get("refund_status").ok_or_else(|| not_ours("refund_status"))?);
    Ok(Notification::Refunded {
        out_trade_no,
        out_refund_no,
        total_fee: fee(&inside, "total_fee")?,
        refund_fee: fee(&inside, "refund_fee")?,
        status,
    })
}

/// Opens `req_info` with the key that is made of the API key: base64, AES-256-ECB, PKCS#7, XML with the root `root`.
fn open(sealed: &str, key: &ApiKey) -> Option<Fields> {
    let mut bytes = Base64::decode_vec(&sealed.split_ascii_whitespace().collect::<String>()).ok()?;
    if bytes.is_empty() || bytes.len() % BLOCK != 0 {
        return None;
    }
    let cipher = Aes256::new_from_slice(sealing_key(key).as_bytes()).expect("an MD5 in hex has 32 bytes");
    for block in bytes.chunks_exact_mut(BLOCK) {
        let whole: &mut Array<u8, _> = block.try_into().expect("a block is 16 bytes");
        cipher.decrypt_block(whole);
    }
    Fields::parse_root(unpadded(&bytes)?, "root").ok()
}

/// The text without its padding: so many bytes of that very value.
fn unpadded(bytes: &[u8]) -> Option<&[u8]> {
    let count = usize::from(*bytes.last()?);
    let (text, padding) = bytes.split_at(bytes.len().checked_sub(count)?);
    let right = (1..=BLOCK).contains(&count) && padding.iter().all(|byte| usize::from(*byte) == count);
    right.then_some(text)
}

/// The MD5 of the API key, in lower-case hex, as text.
fn sealing_key(key: &ApiKey) -> Zeroizing<String> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digest = Md5::digest(key.expose());
    let digits = digest.iter().flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
    Zeroizing::new(digits.map(char::from).collect())
}

fn fee(fields: &Fields, name: &str) -> Result<Fen, Doubt> {
    let digits = fields.get(name).filter(|text| text.bytes().all(|b| b.is_ascii_digit()));
    let fee = digits.and_then(|digits| digits.parse().ok()).and_then(Fen::new).filter(|fee| *fee > Fen::ZERO);
    fee.ok_or_else(|| not_ours(name))
}

fn not_ours(field: &str) -> Doubt {
    Doubt::NotOurs { field: field.to_owned() }
}

/// `plain` as `req_info` carries it.
#[cfg(test)]
pub(crate) fn seal(plain: &str, key: &ApiKey) -> String {
    use aes::cipher::BlockCipherEncrypt;
    let padding = BLOCK - plain.len() % BLOCK;
    let mut bytes = plain.as_bytes().to_vec();
    bytes.extend(vec![u8::try_from(padding).unwrap(); padding]);
    let cipher = Aes256::new_from_slice(sealing_key(key).as_bytes()).unwrap();
    for block in bytes.chunks_exact_mut(BLOCK) {
        cipher.encrypt_block(block.try_into().unwrap());
    }
    Base64::encode_string(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payment::PaidOrder;
    use crate::wechat::request::SubMerchant;
    use crate::wechat::samples::{self, body, changed, order, paid, reply, without};
    use crate::wechat::sign::{SignType, sign};

    fn heard(body: &str) -> Result<Notification, Doubt> {
        read(&samples::merchant(), body.as_bytes())
    }

    fn refunded() -> Fields {
        let request = samples::refund_request();
        Fields::new()
            .with("transaction_id", samples::TRANSACTION)
            .with("out_trade_no", request.out_trade_no.as_str())
            .with("refund_id", "50000404922017112502468056157")
            .with("out_refund_no", request.out_refund_no.as_str())
            .with("total_fee", "1288")
            .with("refund_fee", "288")
            .with("settlement_refund_fee", "288")
            .with("refund_status", "SUCCESS")
            .with("success_time", "2026-11-22 12:15:30")
            .with("refund_recv_accout", "支付用户零钱")
            .with("refund_request_source", "API")
    }

    fn root(fields: &Fields) -> String {
        fields.to_xml().replace("<xml>", "<root>").replace("</xml>", "</root>")
    }

    /// A refund's notification around a sealed text.
    fn around(sealed: &str) -> Fields {
        without(&reply("x"), "result_code").with("req_info", sealed)
    }

    fn notified(fields: &Fields) -> String {
        around(&seal(&root(fields), &samples::merchant().api_key)).to_xml()
    }

    #[test]
    fn a_payment_that_is_reported_is_read_when_it_is_signed_and_ours() {
        let Ok(Notification::Paid(PaidOrder { out_trade_no, receipt })) = heard(&body(&paid(&order()))) else {
            panic!("a report")
        };
        assert_eq!((out_trade_no, receipt.total_fee), (order().out_trade_no, order().total_fee));
        let fields = paid(&order());
        let key = samples::merchant().api_key;
        for (what, forged) in [
            ("no sign", fields.to_xml()),
            ("MD5 for HMAC", fields.clone().with("sign", sign(&fields, &key, SignType::Md5)).to_xml()),
            ("changed amount", body(&fields).replace("[1288]", "[1]")),
        ] {
            assert_eq!(heard(&forged), Err(not_ours("sign")), "{what}");
        }
        for name in ["mch_id", "appid"] {
            assert_eq!(heard(&body(&changed(&fields, name, "1900000002"))), Err(not_ours(name)));
        }
        for name in ["out_trade_no", "total_fee", "transaction_id", "time_end"] {
            assert_eq!(heard(&body(&without(&fields, name))), Err(not_ours(name)));
        }
        assert!(heard(&body(&samples::failure("SYSTEMERROR"))).is_err());
        assert_eq!(heard("<xml><return_code>FAIL</return_code></xml>"), Err(Doubt::Unsigned { text: String::new() }));
        assert_eq!(heard("OK"), Err(Doubt::NotUnderstood));
    }

    #[test]
    fn a_refund_that_is_reported_is_opened_with_the_api_key() {
        let request = samples::refund_request();
        let expected = Notification::Refunded {
            out_trade_no: request.out_trade_no,
            out_refund_no: request.out_refund_no,
            total_fee: request.total_fee,
            refund_fee: request.refund_fee,
            status: "SUCCESS".to_owned(),
        };
        assert_eq!(heard(&notified(&refunded())), Ok(expected.clone()));

        let new = ApiKey::new("fedcba9876543210fedcba9876543210");
        let by_new = around(&seal(&root(&refunded()), &new)).to_xml();
        assert_eq!(heard(&by_new), Err(not_ours("req_info")));
        let merchant = Merchant { other_api_key: Some(new), ..samples::merchant() };
        assert_eq!(read(&merchant, by_new.as_bytes()), Ok(expected.clone()), "sent around the change of the key");
        let broken =
            notified(&refunded()).replace("<req_info><![CDATA[", "<req_info><![CDATA[\n").replace("==]]", "==\n]]");
        assert_eq!(heard(&broken), Ok(expected), "base64 in lines");
    }

    /// By OpenSSL 3: `openssl enc -aes-256-ecb -K $(printf %s "$(printf %s KEY | md5sum | cut -d' ' -f1)" | xxd -p -c 64)`.
    #[test]
    fn what_another_program_sealed_is_opened() {
        let key = ApiKey::new("leadingzero000000000000000000099");
        assert!(sealing_key(&key).starts_with("00"), "a leading zero stays");
        let sealed = "cdfrqvtfd4GUsPbUR13v8leDxFwnuiWku4C2TDfLxfTZeXmKL09rAXrv2v0ahSkKMGKhbCv41VgrP/zT3JnR6+z+1r8ISwjytC2H9EJQrKDfZot4Y1nn8vnRYpfmPAIis59lEDurCi7vAdzqmrjRlTh13fpc+MriKOm0Zgn+7yo=";
        assert_eq!(open(sealed, &key).unwrap().get("refund_status"), Some("SUCCESS"));
    }

    #[test]
    fn a_refund_report_that_is_not_ours_is_refused() {
        let right = notified(&refunded());
        let outside = Fields::parse(right.as_bytes()).unwrap();
        for (name, value) in [("appid", "wx0000000000000002"), ("mch_id", "1900000002")] {
            assert_eq!(heard(&changed(&outside, name, value).to_xml()), Err(not_ours(name)));
            assert_eq!(heard(&without(&outside, name).to_xml()), Err(not_ours(name)));
        }
        assert_eq!(heard(&outside.clone().with("sub_mch_id", "1900000109").to_xml()), Err(not_ours("sub_mch_id")));
        assert_eq!(heard(&changed(&outside, "return_code", "FAIL").to_xml()), Err(Doubt::NotUnderstood));

        let sub = SubMerchant { mch_id: "1900000109".to_owned(), appid: None };
        let provider = Merchant { sub: Some(sub), ..samples::merchant() };
        assert_eq!(read(&provider, right.as_bytes()), Err(not_ours("sub_mch_id")));
        let named = outside.with("sub_mch_id", "1900000109").to_xml();
        assert!(read(&provider, named.as_bytes()).is_ok());
    }

    #[test]
    fn what_is_sealed_must_be_whole() {
        for name in ["out_trade_no", "out_refund_no", "total_fee", "refund_fee", "refund_status"] {
            assert_eq!(heard(&notified(&without(&refunded(), name))), Err(not_ours(name)));
        }
        for (name, value) in [("refund_fee", "0"), ("refund_fee", "-1"), ("total_fee", "12.88"), ("out_trade_no", "1")]
        {
            assert_eq!(heard(&notified(&changed(&refunded(), name, value))), Err(not_ours(name)), "{value}");
        }
        let key = samples::merchant().api_key;
        let sealed = seal(&root(&refunded()), &key);
        for broken in ["", "====", "QUJD", &sealed[..64], &sealed[4..], &seal("no XML", &key), &seal("", &key)] {
            assert!(heard(&around(broken).to_xml()).is_err(), "{broken}");
        }
        let bomb = "<!DOCTYPE root [<!ENTITY a \"1\">]><root><out_trade_no>&a;</out_trade_no></root>";
        assert_eq!(heard(&around(&seal(bomb, &key)).to_xml()), Err(not_ours("req_info")));
    }

    #[test]
    fn padding_is_checked() {
        for bytes in [&b""[..], b"\x00", b"ab\x03", b"a\x03\x02\x03", &[17; 17], b"\x02"] {
            assert_eq!(unpadded(bytes), None, "{bytes:?}");
        }
        assert_eq!(unpadded(b"a\x01"), Some(&b"a"[..]));
        assert_eq!(unpadded(&[16; 16]), Some(&b""[..]));
    }
}
