//! What is in a file: a zip, a `.p12`, or PEM.

use std::io::{Cursor, Read};

use p12_keystore::Pkcs12Archive;
use p12_keystore::error::Error as P12Error;
use rustls::pki_types::pem::{self, SectionKind};
use zeroize::Zeroizing;
use zip::ZipArchive;

use super::{ImportError, MAX_FILE};

/// Files in WeChat's zip are four; a zip with more than this is no such zip.
const MAX_ENTRIES: usize = 64;

/// Certificates and a key, DER.
#[derive(Default)]
pub(super) struct Found {
    pub(super) certificates: Vec<Vec<u8>>,
    pub(super) key: Option<Zeroizing<Vec<u8>>>,
}

impl Found {
    pub(super) fn add(&mut self, other: Self) {
        for certificate in other.certificates {
            if !self.certificates.contains(&certificate) {
                self.certificates.push(certificate);
            }
        }
        if self.key.is_none() {
            self.key = other.key;
        }
    }

    fn is_whole(&self) -> bool {
        self.key.is_some() && !self.certificates.is_empty()
    }

    fn is_empty(&self) -> bool {
        self.key.is_none() && self.certificates.is_empty()
    }
}

/// Takes a file for what its first bytes say that it is.
pub(super) fn open(file: &[u8], password: &str) -> Result<Found, ImportError> {
    if file.starts_with(b"PK\x03\x04") || file.starts_with(b"PK\x05\x06") {
        open_zip(file, password)
    } else if is_pem(file) {
        open_pem(file)
    } else if file.first() == Some(&0x30) {
        open_p12(file, password)
    } else {
        Err(ImportError::NotRecognised)
    }
}

fn is_pem(file: &[u8]) -> bool {
    file.windows(11).any(|window| window == b"-----BEGIN ")
}

/// Everything in it that is PEM or a `.p12`; the PEM pair is enough by itself.
fn open_zip(file: &[u8], password: &str) -> Result<Found, ImportError> {
    let mut zip = ZipArchive::new(Cursor::new(file)).map_err(|_| ImportError::ZipDamaged)?;
    if zip.len() > MAX_ENTRIES {
        return Err(ImportError::ZipWithoutCertificate);
    }
    let mut found = Found::default();
    let mut trouble = None;
    for index in 0..zip.len() {
        let entry = zip.by_index(index).map_err(|_| ImportError::ZipDamaged)?;
        let mut bytes = Zeroizing::new(Vec::new());
        let limit = u64::try_from(MAX_FILE).unwrap_or(u64::MAX);
        entry.take(limit).read_to_end(&mut bytes).map_err(|_| ImportError::ZipDamaged)?;
        let opened = if is_pem(&bytes) {
            open_pem(&bytes)
        } else if bytes.first() == Some(&0x30) {
            open_p12(&bytes, password)
        } else {
            continue; // the instructions that come with it
        };
        match opened {
            Ok(more) => found.add(more),
            Err(error) => trouble = Some(error),
        }
    }
    match trouble {
        Some(trouble) if !found.is_whole() => Err(trouble),
        _ if found.is_empty() => Err(ImportError::ZipWithoutCertificate),
        _ => Ok(found),
    }
}

fn open_p12(file: &[u8], password: &str) -> Result<Found, ImportError> {
    let archive = Pkcs12Archive::from_pkcs12(file, password).map_err(|error| match error {
        P12Error::MacError(_) => ImportError::WrongPassword,
        _ => ImportError::P12Damaged,
    })?;
    Ok(Found {
        certificates: archive.certs.iter().map(|bag| bag.cert.as_der().to_vec()).collect(),
        key: archive.keys.first().map(|bag| Zeroizing::new(bag.key.as_der().to_vec())),
    })
}

fn open_pem(file: &[u8]) -> Result<Found, ImportError> {
    let mut found = Found::default();
    let mut rest = Cursor::new(file);
    while let Some((kind, der)) = pem::from_buf(&mut rest).map_err(|_| ImportError::PemDamaged)? {
        match kind {
            SectionKind::Certificate => found.certificates.push(der),
            SectionKind::PrivateKey | SectionKind::RsaPrivateKey | SectionKind::EcPrivateKey => {
                found.key.get_or_insert_with(|| Zeroizing::new(der));
            }
            _ => {}
        }
    }
    if found.is_empty() { Err(ImportError::PemDamaged) } else { Ok(found) }
}
