//! What an owner copies for support: all that was seen, and nothing that is anybody else's.

use crate::certificate::Facts;
use crate::timestamp::Timestamp;

use super::{Item, Outcome, Subject};

/// A check as support reads it. Numbers that name the merchant are masked, and secrets are not in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    pub version: &'static str,
    pub system: String,
    pub at: Timestamp,
    /// `190****001`
    pub merchant: String,
    /// `wx01****cdef`
    pub app_id: String,
    pub sign_type: &'static str,
    pub gateway: String,
    /// The certificate's last four, and when it ends.
    pub certificate: Option<(String, Timestamp)>,
    pub lines: Vec<(Item, Outcome)>,
}

impl Report {
    pub fn of(subject: &Subject, lines: Vec<(Item, Outcome)>, at: Timestamp) -> Self {
        let config = &subject.config;
        let certificate = |facts: &Facts| {
            let tail = facts.serial.len().saturating_sub(4);
            (facts.serial.get(tail..).unwrap_or_default().to_owned(), facts.ends_at)
        };
        Self {
            version: env!("CARGO_PKG_VERSION"),
            system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            at,
            merchant: masked(&config.mch_id, 3),
            app_id: masked(&config.appid, 4),
            sign_type: config.sign_type.name(),
            gateway: config.gateway.clone(),
            certificate: subject.certificate.as_ref().map(certificate),
            lines,
        }
    }
}

/// The first and the last few characters.
fn masked(text: &str, ends: usize) -> String {
    match (text.get(..ends), text.get(text.len().saturating_sub(ends)..)) {
        (Some(head), Some(tail)) if text.len() > 2 * ends => format!("{head}****{tail}"),
        _ => "****".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_show_their_ends_alone() {
        assert_eq!(masked("1900000001", 3), "190****001");
        assert_eq!(masked("wx0123456789abcdef", 4), "wx01****cdef");
        assert_eq!(masked("190000", 3), "****");
        assert_eq!(masked("", 3), "****");
    }
}
