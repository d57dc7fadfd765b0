//! The merchant's API certificate, from whatever file WeChat's tools made of it: the zip, the `.p12` in it
//! (its password is the merchant id), or the PEM pair. A file is known by its content, not by its name.

mod container;
mod x509;

use std::time::Duration;

use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::timestamp::Timestamp;

use container::Found;

/// The most bytes of a file that is looked at: WeChat's zip has some ten thousand.
pub const MAX_FILE: usize = 1 << 20;
/// The owner is warned this long before the certificate ends.
pub const WARN_BEFORE: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// A certificate and its private key, which belong together.
#[derive(Clone)]
#[expect(missing_debug_implementations, reason = "it holds the private key")]
pub struct Identity {
    /// DER
    certificate: Vec<u8>,
    /// DER: PKCS#8, PKCS#1 or SEC1.
    key: Zeroizing<Vec<u8>>,
    facts: Facts,
}

/// What a certificate says of itself; nothing of it is secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The merchant it was issued to (the subject's common name).
    pub mch_id: String,
    /// The serial number in hex, as the merchant platform shows it.
    pub serial: String,
    pub begins_at: Timestamp,
    pub ends_at: Timestamp,
}

/// Why a certificate was not taken. What was there before is as it was.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ImportError {
    #[error("this file is larger than any certificate")]
    TooLarge,
    #[error("this is no certificate file (.zip, .p12 or .pem)")]
    NotRecognised,
    #[error("the zip is damaged")]
    ZipDamaged,
    #[error("there is no certificate in the zip")]
    ZipWithoutCertificate,
    #[error("the merchant id doesn't open the .p12: it is another merchant's, or has another password")]
    WrongPassword,
    #[error("the .p12 is cut or damaged")]
    P12Damaged,
    #[error("the PEM file is cut or damaged")]
    PemDamaged,
    #[error("there is a private key and no certificate")]
    NoCertificate,
    #[error("there is a certificate and no private key")]
    NoKey,
    #[error("the certificate itself is damaged")]
    CertificateDamaged,
    #[error("the certificate is merchant {found}'s")]
    OtherMerchant { found: String },
    #[error("the certificate ended on {}", ended_at.date())]
    Expired { ended_at: Timestamp },
    #[error("the certificate begins on {}: is the clock right?", begins_at.date())]
    NotYet { begins_at: Timestamp },
    #[error("key and certificate don't belong together")]
    KeyMismatch,
    #[error("the private key is of no kind that can be used")]
    UnusableKey,
}

/// Reads a merchant's certificate out of one file, or of two (certificate and key), and holds it against
/// the merchant and the time.
pub fn import(files: &[&[u8]], mch_id: &str, now: Timestamp) -> Result<Identity, ImportError> {
    let identity = read(files, mch_id)?;
    identity.facts.check(mch_id, now)?;
    Ok(identity)
}

/// Reads whoever's certificate is in one file, or in two (certificate and key); `password` opens a `.p12`.
pub fn read(files: &[&[u8]], password: &str) -> Result<Identity, ImportError> {
    let mut found = Found::default();
    for file in files {
        if file.len() > MAX_FILE {
            return Err(ImportError::TooLarge);
        }
        found.add(container::open(file, password)?);
    }
    let key =
        found.key.ok_or(if found.certificates.is_empty() { ImportError::NotRecognised } else { ImportError::NoKey })?;
    if found.certificates.is_empty() {
        return Err(ImportError::NoCertificate);
    }
    pair(found.certificates, &key)
}

/// Of several certificates (a `.p12` may hold its authority's too), the key's own.
fn pair(certificates: Vec<Vec<u8>>, key: &Zeroizing<Vec<u8>>) -> Result<Identity, ImportError> {
    let mut trouble = ImportError::KeyMismatch;
    for certificate in certificates {
        match Identity::from_der(certificate, key.clone()) {
            Ok(identity) => return Ok(identity),
            Err(ImportError::KeyMismatch) => {}
            Err(other) => trouble = other,
        }
    }
    Err(trouble)
}

impl Facts {
    fn check(&self, mch_id: &str, now: Timestamp) -> Result<(), ImportError> {
        if self.mch_id != mch_id {
            return Err(ImportError::OtherMerchant { found: self.mch_id.clone() });
        }
        self.check_time(now)
    }

    /// Whether it holds at this time.
    pub fn check_time(&self, now: Timestamp) -> Result<(), ImportError> {
        if self.ends_at <= now {
            return Err(ImportError::Expired { ended_at: self.ends_at });
        }
        if now < self.begins_at {
            return Err(ImportError::NotYet { begins_at: self.begins_at });
        }
        Ok(())
    }

    /// Whether it ends so soon that its owner should get another.
    pub fn ends_soon(&self, now: Timestamp) -> bool {
        now.plus(WARN_BEFORE) >= self.ends_at
    }
}

impl Identity {
    /// From DER, as it was kept; says whether key and certificate belong together.
    pub fn from_der(certificate: Vec<u8>, key: Zeroizing<Vec<u8>>) -> Result<Self, ImportError> {
        let facts = x509::facts(&certificate).ok_or(ImportError::CertificateDamaged)?;
        let private = PrivateKeyDer::try_from(key.as_slice()).map_err(|_| ImportError::UnusableKey)?;
        let key_pair = ring::sign::any_supported_type(&private).map_err(|_| ImportError::UnusableKey)?;
        let chain = vec![CertificateDer::from(certificate.as_slice()).into_owned()];
        match CertifiedKey::new(chain, key_pair).keys_match() {
            Ok(()) => Ok(Self { certificate, key, facts }),
            Err(rustls::Error::InconsistentKeys(_)) => Err(ImportError::KeyMismatch),
            Err(_) => Err(ImportError::CertificateDamaged),
        }
    }

    /// DER
    pub fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    /// DER
    pub fn key(&self) -> &[u8] {
        &self.key
    }

    pub fn facts(&self) -> &Facts {
        &self.facts
    }
}

#[cfg(test)]
mod tests;
