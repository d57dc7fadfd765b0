//! Each file as WeChat's tools make it, made here by openssl; and what is wrong with others.

use std::fs;
use std::io::Write;
use std::process::Command;
use std::sync::LazyLock;

use tempfile::TempDir;

use super::*;

const MCH_ID: &str = "1900000001";

/// A merchant's certificate as the platform hands it out, with 3 years before it.
struct Issued {
    dir: TempDir,
}

static OURS: LazyLock<Issued> = LazyLock::new(|| Issued::new(MCH_ID, 1_096));
static OTHERS: LazyLock<Issued> = LazyLock::new(|| Issued::new("1900000002", 1_096));

impl Issued {
    fn new(mch_id: &str, days: u32) -> Self {
        let issued = Self { dir: tempfile::tempdir().unwrap() };
        let subject = format!("/C=CN/O=WeChat merchants/OU=a shop/L=Shenzhen/CN={mch_id}");
        issued.openssl(&[
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-keyout",
            "apiclient_key.pem",
            "-out",
            "apiclient_cert.pem",
            "-subj",
            &subject,
            "-days",
            &days.to_string(),
            "-set_serial",
            "0x1A2B3C4D5E6F",
            "-addext",
            "basicConstraints=critical,CA:FALSE",
        ]);
        issued
    }

    fn openssl(&self, arguments: &[&str]) {
        let made = Command::new("openssl").args(arguments).current_dir(self.dir.path()).output();
        let made = made.expect("openssl is there (tests/run installs it)");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.dir.path().join(name)).unwrap()
    }

    fn certificate(&self) -> Vec<u8> {
        self.read("apiclient_cert.pem")
    }

    fn key(&self) -> Vec<u8> {
        self.read("apiclient_key.pem")
    }

    /// A `.p12` with these options more.
    fn p12(&self, name: &str, password: &str, options: &[&str]) -> Vec<u8> {
        let password = format!("pass:{password}");
        let usual = ["pkcs12", "-export", "-in", "apiclient_cert.pem", "-inkey", "apiclient_key.pem"];
        let rest = ["-out", name, "-passout", &password];
        self.openssl(&[&usual[..], options, &rest].concat());
        self.read(name)
    }
}

fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ::zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(*name, ::zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    // A minute later, so that a certificate which was made this second has begun.
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap() + 60_000)
}

fn take(files: &[&[u8]]) -> Result<Facts, ImportError> {
    import(files, MCH_ID, now()).map(|identity| {
        let kept = Identity::from_der(identity.certificate().to_vec(), Zeroizing::new(identity.key().to_vec()));
        assert_eq!(kept.map(|kept| kept.facts), Ok(identity.facts.clone()).map_err(|error: ImportError| error));
        identity.facts
    })
}

fn refused(files: &[&[u8]]) -> ImportError {
    take(files).unwrap_err()
}

fn assert_ours(files: &[&[u8]], what: &str) {
    let facts = take(files).unwrap_or_else(|error| panic!("{what}: {error}"));
    assert_eq!((facts.mch_id.as_str(), facts.serial.as_str()), (MCH_ID, "1A2B3C4D5E6F"), "{what}");
    let days = facts.ends_at.since(now()).as_secs() / 86_400;
    assert_eq!(days, 1_095, "{what}");
    assert!(!facts.ends_soon(now()));
}

#[test]
fn every_form_that_wechat_issues_is_read() {
    let (certificate, key) = (OURS.certificate(), OURS.key());
    assert_ours(&[&certificate, &key], "the PEM pair");
    assert_ours(&[&key, &certificate], "the PEM pair the other way round");
    assert_ours(&[&[&certificate[..], &key].concat()], "both in one PEM file");
    OURS.openssl(&["rsa", "-in", "apiclient_key.pem", "-out", "pkcs1.pem", "-traditional"]);
    assert_ours(&[&certificate, &OURS.read("pkcs1.pem")], "a key as PKCS#1");

    let rc2 = OURS.p12("legacy.p12", MCH_ID, &["-legacy"]);
    assert_ours(&[&rc2], "a legacy .p12, RC2");
    let des = ["-legacy", "-certpbe", "PBE-SHA1-3DES", "-keypbe", "PBE-SHA1-3DES", "-macalg", "sha1"];
    assert_ours(&[&OURS.p12("des.p12", MCH_ID, &des)], "a legacy .p12, 3DES");
    let modern = OURS.p12("modern.p12", MCH_ID, &[]);
    assert_ours(&[&modern], "a modern .p12");

    let notes = "证书使用说明".as_bytes();
    let pair = [("cert/apiclient_cert.pem", &certificate[..]), ("cert/apiclient_key.pem", &key), ("读我.txt", notes)];
    assert_ours(&[&zip(&pair)], "the zip with the pair");
    assert_ours(&[&zip(&[("apiclient_cert.p12", &rc2), ("读我.txt", notes)])], "the zip with a .p12");
    let whole = [pair[0], pair[1], pair[2], ("apiclient_cert.p12", &rc2)];
    assert_ours(&[&zip(&whole)], "the zip with all");
    assert_ours(&[&zip(&[pair[0], pair[1], ("apiclient_cert.p12", b"\x30cut")])], "a bad .p12 beside a good pair");
}

#[test]
fn a_p12_may_hold_its_authority_too() {
    fs::write(OURS.dir.path().join("chain.pem"), OTHERS.certificate()).unwrap();
    let with_chain = OURS.p12("chain.p12", MCH_ID, &["-legacy", "-certfile", "chain.pem"]);
    assert_ours(&[&with_chain], "a .p12 with a chain");
}

#[test]
fn each_bad_file_has_its_own_name() {
    let (certificate, key) = (OURS.certificate(), OURS.key());
    let p12 = OURS.p12("bad.p12", MCH_ID, &["-legacy"]);
    let other_password = OURS.p12("password.p12", "1900000009", &["-legacy"]);
    assert_eq!(refused(&[&other_password]), ImportError::WrongPassword);
    assert_eq!(refused(&[&zip(&[("apiclient_cert.p12", &other_password)])]), ImportError::WrongPassword);
    for end in [1, 100, p12.len() / 2, p12.len() - 1] {
        assert_eq!(refused(&[&p12[..end]]), ImportError::P12Damaged, "cut at {end}");
    }
    assert_eq!(refused(&[&zip(&[("readme.txt", b"hello")])]), ImportError::ZipWithoutCertificate);
    assert_eq!(refused(&[&zip(&[])]), ImportError::ZipWithoutCertificate);
    let whole = zip(&[("apiclient_cert.pem", &certificate), ("apiclient_key.pem", &key)]);
    assert_eq!(refused(&[&whole[..whole.len() / 2]]), ImportError::ZipDamaged);
    assert_eq!(refused(&[b""]), ImportError::NotRecognised);
    assert_eq!(refused(&[]), ImportError::NotRecognised);
    assert_eq!(refused(&["王记便利店".as_bytes()]), ImportError::NotRecognised);
    assert_eq!(refused(&[&vec![0x30; MAX_FILE + 1]]), ImportError::TooLarge);
    assert_eq!(refused(&[&certificate]), ImportError::NoKey);
    assert_eq!(refused(&[&key]), ImportError::NoCertificate);
    assert_eq!(refused(&[&certificate[..certificate.len() / 2], &key]), ImportError::PemDamaged);
    assert_eq!(refused(&[b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n"]), ImportError::PemDamaged);
}

#[test]
fn another_merchants_certificate_is_named() {
    let found = ImportError::OtherMerchant { found: "1900000002".to_owned() };
    assert_eq!(refused(&[&OTHERS.certificate(), &OTHERS.key()]), found);
    let p12 = OTHERS.p12("others.p12", "1900000002", &["-legacy"]);
    assert_eq!(refused(&[&p12]), ImportError::WrongPassword, "its password is its own merchant's id");
}

#[test]
fn a_certificate_needs_its_own_key() {
    assert_eq!(refused(&[&OURS.certificate(), &OTHERS.key()]), ImportError::KeyMismatch);
    assert_eq!(refused(&[&zip(&[("a.pem", &OURS.certificate()), ("b.pem", &OTHERS.key())])]), ImportError::KeyMismatch);
}

#[test]
fn a_certificate_has_its_time() {
    let (certificate, key) = (OURS.certificate(), OURS.key());
    let facts = take(&[&certificate, &key]).unwrap();
    let at = |now| import(&[&certificate, &key], MCH_ID, now).map(|identity| identity.facts);
    let day = Duration::from_secs(86_400);
    assert_eq!(at(facts.ends_at), Err(ImportError::Expired { ended_at: facts.ends_at }));
    let before = Timestamp::from_millis(facts.begins_at.as_millis() - 1);
    assert_eq!(at(before), Err(ImportError::NotYet { begins_at: facts.begins_at }));
    assert_eq!(at(facts.begins_at), Ok(facts.clone()));
    let warned_from =
        Timestamp::from_millis(facts.ends_at.as_millis() - i64::try_from(WARN_BEFORE.as_millis()).unwrap());
    assert!(facts.ends_soon(warned_from) && !facts.ends_soon(Timestamp::from_millis(warned_from.as_millis() - 1)));
    assert!(at(warned_from.plus(day)).is_ok(), "ending soon is a warning");
}

#[test]
fn what_is_kept_fits_every_keyring() {
    let identity = import(&[&OURS.certificate(), &OURS.key()], MCH_ID, now()).ok().unwrap();
    assert!(identity.certificate().len() <= crate::vault::MAX_BYTES);
    assert!(identity.key().len() <= crate::vault::MAX_BYTES);
}
