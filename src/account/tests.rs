//! A set-up as an owner fills it in: files in any order, texts pasted anywhere, and nothing lost by a wrong one.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::*;
use crate::certificate::ImportError;
use crate::settings::{Problem, Settings, SettingsError};
use crate::timestamp::Timestamp;
use crate::vault::{Item, Vault};

const OURS: &str = "1900000001";
const KEY: &str = "0123456789abcdefghijKLMNOPQRSTUV";

fn now() -> Timestamp {
    // A minute later, so that a certificate which was made this second has begun.
    crate::till::now().plus(std::time::Duration::from_secs(60))
}

/// The certificate files of a merchant, as the platform's tool leaves them.
struct Files(TempDir);

impl Files {
    fn of(mch_id: &str) -> Self {
        let files = Self(tempfile::tempdir().unwrap());
        let subject = format!("/CN={mch_id}");
        let pair = ["-keyout", "apiclient_key.pem", "-out", "apiclient_cert.pem"];
        files.openssl(&[&["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", &subject][..], &pair].concat());
        let password = format!("pass:{mch_id}");
        let pair = ["-inkey", "apiclient_key.pem", "-in", "apiclient_cert.pem", "-out", "apiclient_cert.p12"];
        files.openssl(&[&["pkcs12", "-export", "-legacy", "-passout", &password][..], &pair].concat());
        files
    }

    fn openssl(&self, arguments: &[&str]) {
        let made = Command::new("openssl").args(arguments).current_dir(self.0.path()).output();
        let made = made.expect("openssl is there (tests/run installs it)");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    }

    fn certificate(&self) -> PathBuf {
        self.0.path().join("apiclient_cert.pem")
    }

    fn key(&self) -> PathBuf {
        self.0.path().join("apiclient_key.pem")
    }

    fn p12(&self) -> PathBuf {
        self.0.path().join("apiclient_cert.p12")
    }
}

fn empty() -> Draft {
    Draft::of(&Settings::default())
}

fn filled() -> Draft {
    let mut draft = empty();
    draft.set_merchant_id(OURS, now());
    draft.app_id = "wx0123456789abcdef".to_owned();
    draft.api_key = KEY.to_owned().into();
    draft
}

fn take(draft: &mut Draft, path: &Path) {
    draft.add_file(path, now()).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}

#[test]
fn pasted_texts_are_known_by_their_shape() {
    for (text, expected) in [
        (KEY, Pasted::ApiKey),
        ("01234567890123456789012345678901\n", Pasted::ApiKey),
        (" 1900000001 ", Pasted::MerchantId),
        ("wx0123456789abcdef", Pasted::AppId),
        ("-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----", Pasted::Pem),
        ("190000000a", Pasted::Other),
        ("0123456789abcdefghijKLMNOPQRSTU", Pasted::Other),
        ("王记便利店", Pasted::Other),
        ("", Pasted::Other),
    ] {
        assert_eq!(classify(text), expected, "{text}");
    }
}

#[test]
fn a_pasted_text_goes_where_it_belongs() {
    let files = Files::of(OURS);
    let mut draft = empty();
    let pem = fs::read_to_string(files.certificate()).unwrap() + &fs::read_to_string(files.key()).unwrap();
    for (text, field) in [
        (format!("{KEY}\n").as_str(), Some(Field::ApiKey)),
        ("wx0123456789abcdef", Some(Field::AppId)),
        (OURS, Some(Field::MerchantId)),
        (&pem, Some(Field::Certificate)),
        ("hello", None),
    ] {
        assert_eq!(draft.paste(text, now()), Ok(field));
    }
    assert_eq!(draft.problems(), []);
    assert_eq!(draft.facts().map(|facts| facts.mch_id.as_str()), Some(OURS));
    assert!(draft.plain_files().is_empty(), "a pasted text is no file to delete");
}

#[test]
fn each_flaw_is_named_as_one_types() {
    let mut draft = empty();
    let missing = |field| (field, Flaw::Missing);
    assert_eq!(draft.problems(), [missing(Field::MerchantId), missing(Field::AppId), missing(Field::ApiKey)]);
    for (text, flaw) in
        [("19000", Some(Flaw::Length { has: 5, needs: 10 })), ("190000000a", Some(Flaw::NotDigits)), (OURS, None)]
    {
        draft.set_merchant_id(text, now());
        assert_eq!(draft.flaw(Field::MerchantId), flaw, "{text}");
    }
    for (text, flaw) in [
        ("wx0123", Some(Flaw::Length { has: 6, needs: 18 })),
        ("0123456789abcdefgh", Some(Flaw::Form)),
        ("wx0123456789abcdef", None),
    ] {
        text.clone_into(&mut draft.app_id);
        assert_eq!(draft.flaw(Field::AppId), flaw, "{text}");
    }
    for (text, flaw) in [
        ("short", Some(Flaw::Length { has: 5, needs: 32 })),
        (&*"密".repeat(32), Some(Flaw::NotLettersAndDigits)),
        (KEY, None),
    ] {
        draft.api_key = text.to_owned().into();
        assert_eq!(draft.flaw(Field::ApiKey), flaw, "{text}");
    }
    for (text, flaw) in [("", Some(Flaw::Missing)), ("0", Some(Flaw::NotInRange { least: 1, most: 99 })), ("7", None)] {
        text.clone_into(&mut draft.till_number);
        assert_eq!(draft.flaw(Field::TillNumber), flaw, "{text}");
    }
    for (text, flaw) in [
        (" ", Some(Flaw::Missing)),
        ("a\nb", Some(Flaw::NotOneLine { most: 60 })),
        (&*"店".repeat(21), Some(Flaw::NotOneLine { most: 60 })),
        (&*"店".repeat(20), None),
    ] {
        text.clone_into(&mut draft.shop_name);
        assert_eq!(draft.flaw(Field::ShopName), flaw, "{text}");
    }
    draft.gateway = "http://127.0.0.1".to_owned();
    draft.sign_type = "SHA1".to_owned();
    draft.gateway_ca = "/nowhere.pem".to_owned();
    let unreadable = Flaw::Unreadable { path: "/nowhere.pem".into(), kind: std::io::ErrorKind::NotFound };
    let expected = [(Field::SignType, Flaw::Form), (Field::Gateway, Flaw::Form), (Field::GatewayCa, unreadable)];
    assert_eq!(draft.problems(), expected);
}

#[test]
fn the_pair_comes_in_any_order_and_names_its_merchant() {
    let files = Files::of(OURS);
    for [first, second] in [[files.certificate(), files.key()], [files.key(), files.certificate()]] {
        let mut draft = empty();
        take(&mut draft, &first);
        let half = draft.flaw(Field::Certificate);
        assert!(
            matches!(half, Some(Flaw::Certificate(ImportError::NoKey | ImportError::NoCertificate))),
            "{half:?}: the other half may come yet"
        );
        take(&mut draft, &second);
        assert_eq!(draft.flaw(Field::Certificate), None);
        assert_eq!(draft.merchant_id(), OURS, "read out of the certificate");
        let plain: Vec<_> = draft.plain_files().iter().map(|file| file.path().to_owned()).collect();
        assert_eq!(plain.len(), 2);
    }
}

#[test]
fn a_p12_waits_for_the_merchant_id() {
    let files = Files::of(OURS);
    let mut draft = empty();
    take(&mut draft, &files.p12());
    assert_eq!(draft.flaw(Field::Certificate), Some(Flaw::NeedsMerchantId));
    draft.set_merchant_id("1900", now());
    assert_eq!(draft.flaw(Field::Certificate), Some(Flaw::NeedsMerchantId));
    draft.set_merchant_id("1900000002", now());
    assert_eq!(draft.flaw(Field::Certificate), Some(Flaw::Certificate(ImportError::WrongPassword)));
    draft.set_merchant_id(OURS, now());
    assert_eq!(draft.flaw(Field::Certificate), None);
    assert!(draft.facts().is_some());
}

#[test]
fn a_file_that_is_refused_leaves_what_was_there() {
    let (files, others) = (Files::of(OURS), Files::of("1900000002"));
    let notes = files.0.path().join("notes.txt");
    fs::write(&notes, "hello").unwrap();
    let mut draft = filled();
    take(&mut draft, &files.p12());
    let other_merchant = ImportError::OtherMerchant { found: "1900000002".to_owned() };
    let other_pair = others.0.path().join("pair.pem");
    let pair = [fs::read(others.certificate()).unwrap(), fs::read(others.key()).unwrap()].concat();
    fs::write(&other_pair, pair).unwrap();
    for (path, expected) in [
        (notes, FileError::Import(ImportError::NotRecognised)),
        (others.p12(), FileError::Import(ImportError::WrongPassword)),
        (other_pair, FileError::Import(other_merchant)),
        ("/nowhere".into(), FileError::Unreadable { path: "/nowhere".into(), kind: std::io::ErrorKind::NotFound }),
    ] {
        assert_eq!(draft.add_file(&path, now()), Err(expected));
        assert_eq!(draft.facts().map(|facts| facts.mch_id.as_str()), Some(OURS), "{}", path.display());
        assert_eq!(draft.plain_files().len(), 1);
    }
}

#[test]
fn a_whole_file_takes_the_place_of_halves() {
    let (old, new) = (Files::of(OURS), Files::of(OURS));
    let mut draft = filled();
    take(&mut draft, &old.certificate());
    take(&mut draft, &new.p12());
    assert!(draft.facts().is_some());
    assert_eq!(draft.plain_files().len(), 1);
}

#[test]
fn only_what_was_imported_is_deleted() {
    let files = Files::of(OURS);
    let mut draft = filled();
    take(&mut draft, &files.certificate());
    take(&mut draft, &files.key());
    let plain = draft.plain_files();
    fs::write(files.certificate(), "something else by now").unwrap();
    let left = forget(&plain);
    let expected = fs::canonicalize(files.certificate()).unwrap();
    assert_eq!(left, [Left { path: expected, kind: std::io::ErrorKind::InvalidData }]);
    assert!(!files.key().exists() && files.p12().exists());
    assert_eq!(forget(&plain).len(), 1, "what is gone already is no failure");
}

#[tokio::test]
async fn for_this_run_nothing_secret_outlives_the_vault() {
    let (files, dir) = (Files::of(OURS), tempfile::tempdir().unwrap());
    let mut draft = filled();
    take(&mut draft, &files.p12());
    let saved = save(&draft, dir.path(), Keep::ThisRun).await.map_err(|error| panic!("{error}")).unwrap();
    assert!(saved.vault.is_for_this_run());
    assert_eq!(saved.files, draft.plain_files());
    let (settings, problems) = Settings::load(dir.path());
    assert!(crate::settings::is_live(dir.path()) && problems.is_empty());
    let open = |held| Live::open(&settings, &problems, dir.path(), held);
    let live = open(Some(saved.vault)).await.map_err(|error| panic!("{error}")).unwrap();
    assert_eq!(live.api_key.as_slice(), KEY.as_bytes());
    assert_eq!(live.certificate.map(|facts| facts.serial), settings.account.certificate_serial);

    // The next run asks for the key again, and goes on without the certificate if that isn't brought.
    let mut again = Draft::of(&settings);
    again.api_key = KEY.to_owned().into();
    let saved = save(&again, dir.path(), Keep::ThisRun).await.map_err(|error| panic!("{error}")).unwrap();
    assert!(open(Some(saved.vault)).await.is_ok_and(|live| live.certificate.is_none()));
    assert!(Settings::load(dir.path()).0.account.certificate_serial.is_some(), "the keyring has it still");
}

#[tokio::test]
async fn nothing_changes_when_anything_fails() {
    let dir = tempfile::tempdir().unwrap();
    let vault = Vault::keyring(OURS, dir.path());
    save(&filled(), dir.path(), Keep::Keyring).await.map_err(|error| panic!("{error}")).unwrap();
    let before = fs::read(dir.path().join("settings.toml")).unwrap();

    let mut changed = filled();
    changed.api_key = "9".repeat(32).into();
    let mut flawed = changed.clone();
    flawed.app_id = "wx".to_owned();
    let flaw = Flaw::Length { has: 2, needs: 18 };
    let refused = save(&flawed, dir.path(), Keep::Keyring).await.map(|_| ());
    assert_eq!(refused, Err(SaveError::Flaw { field: Field::AppId, flaw }));
    assert_eq!(fs::read(dir.path().join("settings.toml")).unwrap(), before);
    assert_eq!(vault.get(Item::ApiKey).await.unwrap().as_slice(), KEY.as_bytes());

    // Settings that can't be written: the key in the keyring is put back.
    let full = SettingsError::NotSaved { kind: std::io::ErrorKind::StorageFull };
    let refused = save::keep_all(&vault, &changed, || Err(full)).await;
    assert_eq!(refused, Err(SaveError::NotSaved(full)));
    assert_eq!(vault.get(Item::ApiKey).await.unwrap().as_slice(), KEY.as_bytes());

    fs::write(dir.path().join("settings.toml"), "merchant_id = ").unwrap();
    let refused = save(&changed, dir.path(), Keep::Keyring).await.map(|_| ());
    assert_eq!(refused, Err(SaveError::Settings(Problem::NotToml)));
    assert_eq!(fs::read(dir.path().join("settings.toml")).unwrap(), b"merchant_id = ");
    assert_eq!(vault.get(Item::ApiKey).await.unwrap().as_slice(), KEY.as_bytes());
}

#[tokio::test]
async fn the_key_that_was_proved_last_serves_until_the_next_one_is() {
    let dir = tempfile::tempdir().unwrap();
    let vault = Vault::keyring(OURS, dir.path());
    let keys = || async {
        let find = async |item| vault.find_in_open(item).await.unwrap().map(|key| key[0]);
        (find(Item::ApiKey).await, find(Item::OtherApiKey).await)
    };
    // Each with what is kept after it: the key, and the one before. `2` and `3` are never proved.
    for (first, expected) in [
        ("1", (Some(b'1'), None)),
        ("1", (Some(b'1'), None)),
        ("2", (Some(b'2'), Some(b'1'))),
        ("3", (Some(b'3'), Some(b'1'))),
        ("1", (Some(b'1'), None)),
    ] {
        let mut draft = filled();
        draft.api_key = first.repeat(32).into();
        save(&draft, dir.path(), Keep::Keyring).await.map_err(|error| panic!("{error}")).unwrap();
        assert_eq!(keys().await, expected, "after {first}");
    }
}
