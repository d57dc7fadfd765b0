//! The signature of API V2 (manual, "signature algorithm"): MD5 or HMAC-SHA256 over the sorted fields.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use md5::{Digest, Md5};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use thiserror::Error;
use zeroize::Zeroizing;

use super::xml::Fields;

/// How a merchant's messages are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SignType {
    /// What a message means that names no algorithm; some old calls know nothing else.
    Md5,
    #[default]
    HmacSha256,
}

impl SignType {
    /// As the field `sign_type` has it: `MD5`, `HMAC-SHA256`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::HmacSha256 => "HMAC-SHA256",
        }
    }

    /// Reads the field `sign_type`.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "MD5" => Some(Self::Md5),
            "HMAC-SHA256" => Some(Self::HmacSha256),
            _ => None,
        }
    }
}

/// The merchant's API key (32 characters). Never shown, wiped when dropped.
#[derive(Clone)]
pub struct ApiKey(Zeroizing<String>);

impl ApiKey {
    pub fn new(key: impl Into<String>) -> Self {
        Self(Zeroizing::new(key.into()))
    }

    pub(super) fn expose(&self) -> &[u8] {
        self.0.as_bytes()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(…)")
    }
}

/// Why a message is not from whom it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SignError {
    #[error("the message carries no signature")]
    Missing,
    #[error("the signature is wrong")]
    Wrong,
}

/// Fields whose signature was checked. Only [`verify`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified(Fields);

impl Verified {
    pub fn fields(&self) -> &Fields {
        &self.0
    }

    /// The value of a field; `None` if it is absent or empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name)
    }
}

/// The signature over all non-empty fields but `sign`, upper-case hex.
pub fn sign(fields: &Fields, key: &ApiKey, kind: SignType) -> String {
    Signature::of(fields, key, kind).as_str().to_owned()
}

/// Checks `sign` by the algorithm asked for, in constant time.
///
/// The algorithm is the caller's, never the message's, so that nobody can ask for a weaker one; and
/// nothing but the exact upper-case form passes.
pub fn verify(fields: Fields, key: &ApiKey, kind: SignType) -> Result<Verified, SignError> {
    let given = fields.get("sign").ok_or(SignError::Missing)?;
    let right = Signature::of(&fields, key, kind);
    if bool::from(right.as_str().as_bytes().ct_eq(given.as_bytes())) {
        Ok(Verified(fields))
    } else {
        Err(SignError::Wrong)
    }
}

/// A signature in hex, kept off the heap.
struct Signature {
    hex: [u8; 64],
    len: usize,
}

impl Signature {
    fn of(fields: &Fields, key: &ApiKey, kind: SignType) -> Self {
        match kind {
            SignType::Md5 => {
                let mut hash = Md5::new();
                feed(fields, key, |part| hash.update(part));
                Self::hex(&hash.finalize())
            }
            SignType::HmacSha256 => {
                let mut mac = Hmac::<Sha256>::new_from_slice(key.0.as_bytes()).expect("HMAC takes a key of any length");
                feed(fields, key, |part| mac.update(part));
                Self::hex(&mac.finalize().into_bytes())
            }
        }
    }

    fn hex(digest: &[u8]) -> Self {
        const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
        let mut hex = [0; 64];
        for (pair, byte) in hex.chunks_exact_mut(2).zip(digest) {
            pair[0] = DIGITS[usize::from(byte >> 4)];
            pair[1] = DIGITS[usize::from(byte & 15)];
        }
        Self { hex, len: digest.len() * 2 }
    }

    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.hex[..self.len]).expect("hex digits are ASCII")
    }
}

/// Feeds what is signed: `name=value` sorted by the names' bytes, joined by `&`, the key last.
fn feed(fields: &Fields, key: &ApiKey, mut part: impl FnMut(&[u8])) {
    let mut signed = Vec::with_capacity(32);
    signed.extend(fields.iter().filter(|(name, _)| *name != "sign"));
    signed.sort_unstable_by_key(|(name, _)| *name);
    for (name, value) in signed {
        part(name.as_bytes());
        part(b"=");
        part(value.as_bytes());
        part(b"&");
    }
    part(b"key=");
    part(key.0.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key of the manual's example.
    const KEY: &str = "192006250b4c09247ec02edce69f6a2d";

    fn check(fields: &Fields, key: &str, kind: SignType, expected: &str) {
        let key = ApiKey::new(key);
        assert_eq!(sign(fields, &key, kind), expected);
        let signed = fields.clone().with("sign", expected);
        assert_eq!(verify(signed.clone(), &key, kind).as_ref().map(Verified::fields), Ok(&signed));
    }

    fn example() -> Fields {
        Fields::new()
            .with("device_info", "1000")
            .with("appid", "wxd930ea5d5a258f4f")
            .with("nonce_str", "ibuaiVcKdpRxkhJA")
            .with("mch_id", "10000100")
            .with("body", "test")
    }

    #[test]
    fn the_manuals_example() {
        check(&example(), KEY, SignType::Md5, "9A0A8659F005D6984697E2CA0A9CF3B7");
        check(
            &example(),
            KEY,
            SignType::HmacSha256,
            "6A9AE1657590FD6257D693A078E1C3E4BB6BA4DC30B23E0EE2496E54170DACD6",
        );
    }

    #[test]
    fn two_fields() {
        let fields = Fields::new().with("test2", "test2").with("test1", "test1");
        check(&fields, KEY, SignType::Md5, "1E3A8D73B5A4AEE787C0F68B5DAB8520");
        check(&fields, KEY, SignType::HmacSha256, "EDAC6D70D2FDF5A2382F8204FC96A1918017E46ACC5297F565ED1A7610ACF659");
    }

    #[test]
    fn values_are_signed_raw_and_empty_ones_not_at_all() {
        let body = "<xml><appid>wxd930ea5d5a258f4f</appid><attach></attach><body>测试&amp;&lt;商品&gt;</body>\
                    <mch_id>10000100</mch_id><nonce_str>ibuaiVcKdpRxkhJA</nonce_str><total_fee>1</total_fee></xml>";
        let fields = Fields::parse(body.as_bytes()).unwrap();
        check(&fields, KEY, SignType::Md5, "EBD57110616492D6B3E286A763EC4BF3");
        let fields = fields.with("sign_type", "HMAC-SHA256");
        check(&fields, KEY, SignType::HmacSha256, "4E7F298B72A610408DB10B6C9145C6D9471FCDC5F91D7F13C242826B36FDDA5E");
    }

    #[test]
    fn an_empty_field_and_a_short_key() {
        let fields = Fields::new().with("name", "yansongda").with("age", "29").with("foo", "");
        check(&fields, "yansongda", SignType::Md5, "3213848AED2C380749FD1D559555881D");
    }

    #[test]
    fn names_sort_by_bytes() {
        let mixed = Fields::new().with("b", "1").with("B", "2").with("a_1", "3").with("a", "4").with("a1", "5");
        let mut text = Vec::new();
        feed(&mixed, &ApiKey::new("k"), |part| text.extend_from_slice(part));
        assert_eq!(String::from_utf8(text).unwrap(), "B=2&a=4&a1=5&a_1=3&b=1&key=k");
    }

    #[test]
    fn forged_signatures_are_refused() {
        let key = ApiKey::new(KEY);
        let md5 = "9A0A8659F005D6984697E2CA0A9CF3B7";
        let hmac = "6A9AE1657590FD6257D693A078E1C3E4BB6BA4DC30B23E0EE2496E54170DACD6";
        let verdict = |sign: &str, kind| verify(example().with("sign", sign), &key, kind).map(|_| ());
        assert_eq!(verify(example(), &key, SignType::Md5).map(|_| ()), Err(SignError::Missing));
        assert_eq!(verdict("", SignType::Md5), Err(SignError::Missing));
        assert_eq!(verdict(md5, SignType::Md5), Ok(()));
        assert_eq!(verdict(md5, SignType::HmacSha256), Err(SignError::Wrong), "downgrade");
        assert_eq!(verdict(hmac, SignType::Md5), Err(SignError::Wrong));
        assert_eq!(verdict(&md5.to_lowercase(), SignType::Md5), Err(SignError::Wrong));
        assert_eq!(verdict(&hmac.to_lowercase(), SignType::HmacSha256), Err(SignError::Wrong));
        assert_eq!(verdict(&hmac[..32], SignType::HmacSha256), Err(SignError::Wrong));
        assert_eq!(verdict(&format!(" {hmac}"), SignType::HmacSha256), Err(SignError::Wrong));
        let changed = example().with("total_fee", "1").with("sign", hmac);
        assert_eq!(verify(changed, &key, SignType::HmacSha256), Err(SignError::Wrong));
    }

    #[test]
    fn a_message_can_not_choose_a_weaker_algorithm() {
        let key = ApiKey::new(KEY);
        let fields = example().with("sign_type", "MD5");
        let md5 = sign(&fields, &key, SignType::Md5);
        assert_eq!(verify(fields.with("sign", md5), &key, SignType::HmacSha256), Err(SignError::Wrong));
    }

    #[test]
    fn a_key_never_shows_itself() {
        assert_eq!(format!("{:?}", ApiKey::new(KEY)), "ApiKey(…)");
    }

    #[test]
    fn algorithms_know_their_names() {
        for kind in [SignType::Md5, SignType::HmacSha256] {
            assert_eq!(SignType::from_name(kind.name()), Some(kind));
        }
        assert_eq!(SignType::from_name("hmac-sha256"), None);
    }
}
