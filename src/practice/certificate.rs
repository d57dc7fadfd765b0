//! Practice's own certificate authority, its server's certificate, and a merchant's.
//!
//! All three are made together, and the authority's key is forgotten at once: nobody can make another
//! certificate that a client with `ca.pem` would trust.

use std::fs;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;
use std::time::Duration;

use p12_keystore::{EncryptionAlgorithm, KeyStore, KeyStoreEntry, MacAlgorithm, PrivateKey, PrivateKeyChain};
use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DnType, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, NameConstraints, SanType,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::timestamp::Timestamp;

use super::MCH_ID;
use super::store::{Readers, write_atomically};

/// Below the 825 days that some systems take.
const LIFE: Duration = Duration::from_secs(800 * 24 * 60 * 60);
/// They begin earlier than they are made, for clients whose clock is behind.
const BACKDATED: Duration = Duration::from_secs(24 * 60 * 60);
/// They are made anew when less than this is left.
const RENEW_BEFORE: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// As OpenSSL's `-legacy` has it.
const LEGACY_ITERATIONS: u32 = 2048;

/// PEM texts, and when they end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Certificates {
    made_at: Timestamp,
    pub(super) ca_pem: String,
    pub(super) server_pem: String,
    pub(super) server_key_pem: String,
    pub(super) client_pem: String,
    pub(super) client_key_pem: String,
}

impl Certificates {
    pub(super) fn generate(now: Timestamp) -> Result<Self, rcgen::Error> {
        let ca_key = KeyPair::generate()?;
        let ca_params = ca_params(now)?;
        let ca_pem = ca_params.self_signed(&ca_key)?.pem();
        let issuer = Issuer::new(ca_params, ca_key);
        let (server_key, client_key) = (KeyPair::generate()?, KeyPair::generate()?);
        Ok(Self {
            made_at: now,
            ca_pem,
            server_pem: server_params(now)?.signed_by(&server_key, &issuer)?.pem(),
            server_key_pem: server_key.serialize_pem(),
            client_pem: client_params(now)?.signed_by(&client_key, &issuer)?.pem(),
            client_key_pem: client_key.serialize_pem(),
        })
    }

    /// Those of the folder, or new ones if there are none, or they end soon, or are damaged.
    /// Only one process at a time may do this.
    pub(super) fn open(dir: &Path, now: Timestamp) -> io::Result<Self> {
        let path = dir.join("certificates.json");
        let kept = fs::read(&path).ok().and_then(|bytes| serde_json::from_slice::<Self>(&bytes).ok());
        let kept = kept.filter(|kept| kept.serves(now));
        let p12 = dir.join("apiclient_cert.p12");
        let has_p12 = kept.is_some() && p12.exists();
        let certificates = match kept {
            Some(kept) => kept,
            None => Self::generate(now).map_err(io::Error::other)?,
        };
        let json = serde_json::to_vec(&certificates).expect("texts and a number");
        for (name, bytes, readers) in [
            ("certificates.json", json.as_slice(), Readers::Owner),
            ("ca.pem", certificates.ca_pem.as_bytes(), Readers::Anyone),
            ("apiclient_cert.pem", certificates.client_pem.as_bytes(), Readers::Anyone),
            ("apiclient_key.pem", certificates.client_key_pem.as_bytes(), Readers::Owner),
        ] {
            write_if_changed(&dir.join(name), bytes, readers)?;
        }
        // Its bytes are others each time it is made, by its salt.
        if !has_p12 {
            write_atomically(&p12, &certificates.p12().map_err(io::Error::other)?, Readers::Owner)?;
        }
        Ok(certificates)
    }

    /// Certificate and key as the merchant platform hands them out: legacy 3DES, the merchant id as password.
    fn p12(&self) -> Result<Vec<u8>, p12_keystore::error::Error> {
        let certificate = CertificateDer::from_pem_slice(self.client_pem.as_bytes()).map_err(io::Error::other)?;
        let key = PrivateKeyDer::from_pem_slice(self.client_key_pem.as_bytes()).map_err(io::Error::other)?;
        let chain = PrivateKeyChain::new(
            "1",
            PrivateKey::from_der(key.secret_der())?,
            [p12_keystore::Certificate::from_der(&certificate)?],
        );
        let mut store = KeyStore::new();
        store.add_entry("Tenpay Certificate", KeyStoreEntry::PrivateKeyChain(chain));
        store
            .writer(MCH_ID)
            .encryption_algorithm(EncryptionAlgorithm::PbeWithShaAnd3KeyTripleDesCbc)
            .encryption_iterations(LEGACY_ITERATIONS)
            .mac_algorithm(MacAlgorithm::HmacSha1)
            .mac_iterations(LEGACY_ITERATIONS)
            .write()
    }

    fn serves(&self, now: Timestamp) -> bool {
        let (from, until) = (self.made_at, self.made_at.plus(LIFE));
        now.plus(BACKDATED) >= from && now.plus(RENEW_BEFORE) < until
    }
}

fn write_if_changed(path: &Path, bytes: &[u8], readers: Readers) -> io::Result<()> {
    if fs::read(path).is_ok_and(|there| there == bytes) {
        return Ok(());
    }
    write_atomically(path, bytes, readers)
}

fn params(names: Vec<SanType>, common_name: &str, now: Timestamp) -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::new(Vec::<String>::new())?;
    params.subject_alt_names = names;
    params.distinguished_name.remove(DnType::CommonName);
    params.distinguished_name.push(DnType::OrganizationName, "guitai practice");
    params.distinguished_name.push(DnType::CommonName, common_name);
    let at = OffsetDateTime::from_unix_timestamp(now.as_millis() / 1000).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    params.not_before = at - BACKDATED;
    params.not_after = at + LIFE;
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}

/// The authority is good for this machine's own names only.
fn ca_params(now: Timestamp) -> Result<CertificateParams, rcgen::Error> {
    let mut params = params(Vec::new(), "guitai practice, simulated WeChat Pay", now)?;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let loopback = |address: IpAddr, bits| GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(address, bits));
    params.name_constraints = Some(NameConstraints {
        permitted_subtrees: vec![
            GeneralSubtree::DnsName("localhost".to_owned()),
            loopback(Ipv4Addr::new(127, 0, 0, 0).into(), 8),
            loopback(Ipv6Addr::LOCALHOST.into(), 128),
        ],
        excluded_subtrees: Vec::new(),
    });
    Ok(params)
}

fn server_params(now: Timestamp) -> Result<CertificateParams, rcgen::Error> {
    let names = vec![
        SanType::DnsName("localhost".try_into()?),
        SanType::IpAddress(Ipv4Addr::LOCALHOST.into()),
        SanType::IpAddress(Ipv6Addr::LOCALHOST.into()),
    ];
    let mut params = params(names, "guitai practice server", now)?;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    Ok(params)
}

/// What the merchant platform calls the API certificate.
fn client_params(now: Timestamp) -> Result<CertificateParams, rcgen::Error> {
    let mut params = params(Vec::new(), MCH_ID, now)?;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    Ok(params)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noon() -> Timestamp {
        Timestamp::from_wire("20261122120000").unwrap()
    }

    fn days(days: u64) -> Duration {
        Duration::from_secs(days * 24 * 60 * 60)
    }

    #[test]
    fn they_are_kept_until_a_month_before_their_end() {
        let dir = tempfile::tempdir().unwrap();
        let first = Certificates::open(dir.path(), noon()).unwrap();
        assert_eq!(Certificates::open(dir.path(), noon().plus(days(769))).unwrap(), first);
        let second = Certificates::open(dir.path(), noon().plus(days(770))).unwrap();
        assert_ne!(second.ca_pem, first.ca_pem);
        assert_eq!(fs::read_to_string(dir.path().join("ca.pem")).unwrap(), second.ca_pem);
        assert_eq!(fs::read_to_string(dir.path().join("apiclient_key.pem")).unwrap(), second.client_key_pem);
    }

    #[test]
    fn those_from_the_future_are_made_anew() {
        let dir = tempfile::tempdir().unwrap();
        let first = Certificates::open(dir.path(), noon().plus(days(2))).unwrap();
        assert_ne!(Certificates::open(dir.path(), noon()).unwrap(), first);
    }

    #[test]
    fn damaged_ones_are_made_anew_and_lost_files_are_put_back() {
        let dir = tempfile::tempdir().unwrap();
        let first = Certificates::open(dir.path(), noon()).unwrap();
        fs::remove_file(dir.path().join("ca.pem")).unwrap();
        assert_eq!(Certificates::open(dir.path(), noon()).unwrap(), first);
        assert_eq!(fs::read_to_string(dir.path().join("ca.pem")).unwrap(), first.ca_pem);
        fs::write(dir.path().join("certificates.json"), b"{").unwrap();
        assert_ne!(Certificates::open(dir.path(), noon()).unwrap(), first);
    }

    #[test]
    fn openssl_opens_the_p12_with_the_merchant_id() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("apiclient_cert.p12");
        let first = Certificates::open(dir.path(), noon()).unwrap();
        let made = fs::read(&file).unwrap();
        Certificates::open(dir.path(), noon()).unwrap();
        assert_eq!(fs::read(&file).unwrap(), made, "it is kept");
        let opened = std::process::Command::new("openssl")
            .args(["pkcs12", "-legacy", "-nodes", "-passin", &format!("pass:{MCH_ID}"), "-in"])
            .arg(&file)
            .output()
            .expect("openssl is there (tests/run installs it)");
        assert!(opened.status.success(), "{}", String::from_utf8_lossy(&opened.stderr));
        let pem = String::from_utf8(opened.stdout).unwrap();
        let certificate = CertificateDer::from_pem_slice(pem.as_bytes()).unwrap();
        assert_eq!(certificate, CertificateDer::from_pem_slice(first.client_pem.as_bytes()).unwrap());
        assert!(pem.contains("PRIVATE KEY"));
    }

    #[cfg(unix)]
    #[test]
    fn keys_are_the_owners_alone() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        Certificates::open(dir.path(), noon()).unwrap();
        for name in ["certificates.json", "apiclient_key.pem", "apiclient_cert.p12"] {
            let mode = fs::metadata(dir.path().join(name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0, "{name}");
        }
    }
}
