//! What of the wire may be kept for support: no signature, no person, no payment code.

use super::head;

/// The most that is kept of a raw message, in bytes.
const MAX_KEPT: usize = 4096;
const MASK: &str = "***";

/// Fields whose value is masked whole.
const MASKED: [&str; 5] = ["sign", "openid", "sub_openid", "auth_code", "req_info"];

/// A field's value as it may be shown.
pub(super) fn value(name: &str, value: &str) -> String {
    if MASKED.contains(&name) { MASK.to_owned() } else { runs(value) }
}

/// A raw message, well-formed or not, as it may be kept: masked, made printable, and only then cut.
pub(super) fn body(raw: &[u8]) -> String {
    let mut text = String::from_utf8_lossy(raw).into_owned();
    for name in MASKED {
        text = elements(&text, name);
    }
    let text = runs(&text).replace(|c: char| c.is_control() && !matches!(c, '\n' | '\t'), " ");
    head(&text, MAX_KEPT).to_owned()
}

/// Masks what stands in `<name>` elements; in one that is not closed, all that follows.
fn elements(text: &str, name: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    let open = format!("<{name}");
    let close = format!("</{name}");
    while let Some(at) = rest.find(&open) {
        let (before, tag) = rest.split_at(at + open.len());
        kept.push_str(before);
        rest = tag;
        if tag.starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')) {
            continue; // a longer name, `sign_type`
        }
        kept.push('>');
        kept.push_str(MASK);
        rest = tag.find(&close).map_or("", |end| &tag[end..]);
    }
    kept.push_str(rest);
    kept
}

/// Masks what looks like a payment code, a signature or an API key wherever it stands: 18 digits in a row, 32 or 64
/// hex digits in a row, 32 letters and digits in a row. The gateway's order numbers have 28 digits and ours 22, so these stay.
fn runs(text: &str) -> String {
    let no_codes = mask_runs(text, |b| b.is_ascii_digit(), &[18]);
    let no_signatures = mask_runs(&no_codes, |b| b.is_ascii_hexdigit(), &[32, 64]);
    mask_runs(&no_signatures, |b| b.is_ascii_alphanumeric(), &[32])
}

fn mask_runs(text: &str, belongs: fn(u8) -> bool, lengths: &[usize]) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let run = rest.bytes().take_while(|b| belongs(*b)).count();
        let gap = rest[run..].bytes().take_while(|b| !belongs(*b)).count();
        kept.push_str(if lengths.contains(&run) { MASK } else { &rest[..run] });
        kept.push_str(&rest[run..run + gap]);
        rest = &rest[run + gap..];
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked_and_numbers_stay() {
        let raw = "<xml><sign><![CDATA[6A9AE1657590FD6257D693A078E1C3E4]]></sign><sign_type>MD5</sign_type>\
                   <openid >oUpF8uMuAJO_M2pxb1Q9zNjWeS6o</openid ><auth_code>134567890123456789</auth_code>\
                   <out_trade_no>2026112212000001012345</out_trade_no>\
                   <transaction_id>4200000015201711256947025404</transaction_id></xml>";
        let expected = "<xml><sign>***</sign><sign_type>MD5</sign_type><openid>***</openid >\
                        <auth_code>***</auth_code><out_trade_no>2026112212000001012345</out_trade_no>\
                        <transaction_id>4200000015201711256947025404</transaction_id></xml>";
        assert_eq!(body(raw.as_bytes()), expected);
    }

    #[test]
    fn a_cut_body_hides_its_rest() {
        assert_eq!(body(b"<xml><a>1</a><openid><![CDATA[oUpF8uMuAJO_M2px"), "<xml><a>1</a><openid>***");
        assert_eq!(body(b"<xml><sign"), "<xml><sign>***");
    }

    #[test]
    fn codes_and_signatures_are_masked_wherever_they_stand() {
        for (raw, expected) in [
            ("code 134567890123456789 is used", "code *** is used"),
            ("134567890123456789", "***"),
            ("测试134567890123456789测试", "测试***测试"),
            ("1345678901234567890", "1345678901234567890"),
            ("sign=9A0A8659F005D6984697E2CA0A9CF3B7&x", "sign=***&x"),
            ("6A9AE1657590FD6257D693A078E1C3E4BB6BA4DC30B23E0EE2496E54170DACD6", "***"),
        ] {
            assert_eq!(body(raw.as_bytes()), expected);
        }
    }

    #[test]
    fn what_is_kept_is_short_and_printable() {
        let kept = body("测".repeat(4000).as_bytes());
        assert!(kept.len() <= MAX_KEPT && kept.len() > MAX_KEPT - 4);
        assert_eq!(body(b"a\r\n\x1b[31mb\x00\xff"), "a \n [31mb \u{fffd}");
    }

    #[test]
    fn a_field_is_masked_by_its_name_or_its_look() {
        assert_eq!(value("auth_code", "1"), "***");
        assert_eq!(value("err_code_des", "101 134567890123456789 已过期"), "101 *** 已过期");
        assert_eq!(value("total_fee", "1"), "1");
    }
}
