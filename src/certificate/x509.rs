//! The few fields of a certificate that a till needs.

use std::fmt::Write as _;

use x509_parser::prelude::{FromDer, X509Certificate};

use crate::timestamp::Timestamp;

use super::Facts;

/// Reads a DER certificate; `None` if it is none.
pub(super) fn facts(der: &[u8]) -> Option<Facts> {
    let (rest, certificate) = X509Certificate::from_der(der).ok()?;
    if !rest.is_empty() {
        return None;
    }
    let mch_id = certificate.subject().iter_common_name().next().and_then(|name| name.as_str().ok());
    let serial = certificate.raw_serial().iter().skip_while(|byte| **byte == 0).fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02X}").expect("a String takes all that is written");
        hex
    });
    let validity = certificate.validity();
    Some(Facts {
        mch_id: mch_id.unwrap_or_default().to_owned(),
        serial,
        begins_at: moment(validity.not_before.timestamp())?,
        ends_at: moment(validity.not_after.timestamp())?,
    })
}

fn moment(seconds: i64) -> Option<Timestamp> {
    seconds.checked_mul(1000).map(Timestamp::from_millis)
}
