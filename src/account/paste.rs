//! What a pasted text is, by its shape: an owner copies long secrets from the merchant platform, and shall not have to
//! look for their fields.

use crate::settings;

/// What a pasted text is taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pasted {
    /// 32 letters or digits.
    ApiKey,
    /// Ten digits, give or take: WeChat's merchant ids have had 8 to 12.
    MerchantId,
    /// `wx` and sixteen letters or digits.
    AppId,
    /// A certificate, a private key, or both.
    Pem,
    /// Something else: it stays in the field that it was pasted in.
    Other,
}

/// Tells by its shape what a text is.
pub fn classify(text: &str) -> Pasted {
    let text = text.trim();
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    if text.contains("-----BEGIN ") {
        Pasted::Pem
    } else if is_api_key(text) {
        Pasted::ApiKey
    } else if settings::app_id(text).is_some() {
        Pasted::AppId
    } else if digits && (8..=12).contains(&text.len()) {
        Pasted::MerchantId
    } else {
        Pasted::Other
    }
}

/// The form of an APIv2 key, as the merchant platform demands it.
pub(super) fn is_api_key(text: &str) -> bool {
    text.len() == API_KEY_LENGTH && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

pub(super) const API_KEY_LENGTH: usize = 32;
