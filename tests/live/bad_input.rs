//! Whatever is wrong with what an owner brings along has a sentence of its own, and leaves what was there as it was.

use std::fs;
use std::io::Write;
use std::process::Command;
use std::time::{Duration, SystemTime};

use rcgen::{CertificateParams, DnType, KeyPair};

use super::keyring::Keyring;
use super::shop::{Shop, run_in};

const SET_UP: [&str; 6] = ["setup", "--merchant-id", "1900000001", "--app-id", "wx0123456789abcdef", "--api-key-stdin"];
const DAY: Duration = Duration::from_secs(24 * 3600);

/// A PEM pair of `mch_id` that ended so long ago, or holds for ten days more.
fn pair(mch_id: &str, ended: Option<Duration>) -> String {
    let key = KeyPair::generate().expect("a key");
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, mch_id);
    let now = SystemTime::now();
    params.not_before = (now - 800 * DAY).into();
    params.not_after = ended.map_or(now + 10 * DAY, |ended| now - ended).into();
    let certificate = params.self_signed(&key).expect("a certificate");
    format!("{}\n{}", certificate.pem(), key.serialize_pem())
}

fn zip_of(name: &str, content: &str) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file(name, zip::write::SimpleFileOptions::default()).expect("an entry");
    zip.write_all(content.as_bytes()).expect("its content");
    zip.finish().expect("a zip").into_inner()
}

#[test]
fn each_has_its_sentence_and_leaves_what_was_there() {
    let (shop, keyring) = (Shop::new(), Keyring::start());
    shop.set_up(Some(&keyring), &[], shop.key()).assert(0, "accepted");
    let before = fs::read(shop.settings()).expect("settings");

    let p12 = fs::read(shop.gateway.p12_file().expect("a folder")).expect("a .p12");
    let whole = shop.file("whole.p12", &p12);
    let cut = shop.file("cut.p12", &p12[..p12.len() / 2]);
    let notes = shop.file("notes.txt", "hello");
    let no_certificate = shop.file("notes.zip", zip_of("readme.txt", "hello"));
    let damaged = shop.file("damaged.zip", &zip_of("a.pem", "hello")[..30]);
    let others = shop.file("others.pem", pair("1900000002", None));
    let expired = shop.file("expired.pem", pair(shop.gateway.mch_id(), Some(DAY)));
    let half = shop.file("half.pem", shop.gateway.client_pem());
    let bad = [
        ("--merchant-id", "19000", "has 10 characters, and this has 5"),
        ("--merchant-id", "nobody", "digits only"),
        ("--app-id", "0123", "app id is not right"),
        ("--sub-app-id", "wx01", "sub-merchant"),
        ("--gateway", "http://127.0.0.1", "https://"),
        ("--gateway-ca", "/nowhere.pem", "/nowhere.pem can't be read"),
        ("--gateway-ca", &notes, "certificate authority is not a PEM"),
        ("--sign-type", "SHA1", "HMAC-SHA256 or MD5"),
        ("--certificate", "/nowhere.p12", "/nowhere.p12 can't be read"),
        ("--certificate", &notes, "no certificate file"),
        ("--certificate", &cut, "cut or damaged"),
        ("--certificate", &no_certificate, "no certificate in this zip"),
        ("--certificate", &damaged, "zip is damaged"),
        ("--certificate", &others, "merchant 1900000002's certificate"),
        ("--certificate", &expired, "expired on"),
        ("--certificate", &half, "without its private key"),
    ];
    for (option, value, word) in bad {
        let refused = shop.set_up(Some(&keyring), &[(option, value)], &"x".repeat(32));
        assert_eq!(refused.exit, 2, "{option} {value}: {}", refused.all);
        assert!(refused.all.contains(word), "{option} {value}, {word}: {}", refused.all);
        assert_eq!(fs::read(shop.settings()).expect("settings"), before, "{option} {value}");
    }
    // Its password is the merchant id, so another merchant's doesn't open it.
    let other_merchant = [("--merchant-id", "1900000002"), ("--certificate", &whole)];
    shop.set_up(Some(&keyring), &other_merchant, shop.key()).assert_refused("merchant id doesn't open");
    for (key, word) in [
        ("", "API key is missing"),
        ("short", "32 characters, and this has 5"),
        (&*"x".repeat(33), "32 characters, and this has 33"),
        (&*"密".repeat(32), "letters and digits only"),
    ] {
        shop.set_up(Some(&keyring), &[], key).assert_refused(word);
    }
    assert_eq!(fs::read(shop.settings()).expect("settings"), before);
    shop.charge(Some(&keyring), "134567890123456789").assert(0, "paid");
}

#[test]
fn settings_that_a_live_till_needs_are_never_guessed() {
    let (shop, keyring) = (Shop::new(), Keyring::start());
    shop.set_up(Some(&keyring), &[], shop.key()).assert(0, "accepted");
    let good = fs::read_to_string(shop.settings()).expect("settings");
    for (line, word) in
        [("limit = 12.5", "limit"), ("sign_type = 'SHA1'", "sign_type"), ("not TOML", "settings.toml is not TOML")]
    {
        let kept = good.lines().filter(|kept| line.split(' ').next() != kept.split(' ').next());
        let text = kept.chain([line]).collect::<Vec<_>>().join("\n");
        fs::write(shop.settings(), &text).expect("it is there");
        shop.charge(Some(&keyring), "134567890123456789").assert_refused(word);
        shop.run(Some(&keyring), &["check"], "").assert_refused(word);
        assert_eq!(fs::read_to_string(shop.settings()).expect("settings"), text, "left alone");
    }
    shop.set_up(Some(&keyring), &[], shop.key()).assert_refused("settings.toml is not TOML");
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let (shop, keyring) = (Shop::new(), Keyring::start());
    let file = shop.file("a file", "in the folder's place");
    let below = std::path::Path::new(&file).join("data");
    for arguments in [&SET_UP[..], &["check"], &["charge", "1", "--code", "134567890123456789"]] {
        let refused = run_in(shop.folder.path(), &below, Some(&keyring), arguments, shop.key());
        refused.assert_refused("not a directory");
    }
    // A file system on which even root writes nothing.
    let read_only = run_in(shop.folder.path(), std::path::Path::new("/sys/fs"), None, &SET_UP, shop.key());
    read_only.assert_refused("The folder /sys/fs can't be used");

    // Settings that can't take the place of the old ones: the keyring is as it was.
    shop.set_up(Some(&keyring), &[], shop.key()).assert(0, "accepted");
    let good = fs::read(shop.settings()).expect("settings");
    fs::remove_file(shop.settings()).expect("it is there");
    fs::create_dir(shop.settings()).expect("a folder in its place");
    shop.set_up(Some(&keyring), &[], &"x".repeat(32)).assert_refused("settings.toml can't be read");
    fs::remove_dir(shop.settings()).expect("it is empty");
    fs::write(shop.settings(), good).expect("settings");
    shop.run(Some(&keyring), &["check"], "").assert(0, "passed");
}

/// From now on it takes questions and answers none, as one does whose window waits for a password behind others.
fn fall_silent(keyring: &Keyring) {
    let daemon = keyring.processes.last().expect("it runs").id().to_string();
    let stopped = Command::new("kill").args(["-STOP", &daemon]).status().expect("kill is there");
    assert!(stopped.success());
}

#[test]
fn a_keyring_that_never_answers_is_given_up() {
    let (shop, keyring) = (Shop::new(), Keyring::start());
    shop.set_up(Some(&keyring), &[], shop.key()).assert(0, "accepted");
    let before = fs::read(shop.settings()).expect("settings");
    fall_silent(&keyring);
    std::thread::scope(|scope| {
        let charge = scope.spawn(|| shop.charge(Some(&keyring), "134567890123456789"));
        let set_up = scope.spawn(|| shop.set_up(Some(&keyring), &[("--sign-type", "MD5")], &"x".repeat(32)));
        for answer in [charge, set_up] {
            answer.join().expect("it ends").assert_refused("keyring doesn't answer");
        }
    });
    assert_eq!(fs::read(shop.settings()).expect("settings"), before);
}

/// Locks it, as a screen saver may; nobody is there to be asked for its password.
fn lock(keyring: &Keyring) {
    let call = ["--session", "--print-reply", "--dest=org.freedesktop.secrets", "/org/freedesktop/secrets"];
    let what = ["org.freedesktop.Secret.Service.Lock", "array:objpath:/org/freedesktop/secrets/collection/login"];
    let mut send = Command::new("dbus-send");
    let locked = keyring.on_bus(send.args(call).args(what)).output().expect("dbus-send is there");
    assert!(locked.status.success(), "{}", String::from_utf8_lossy(&locked.stderr));
}

#[test]
fn a_locked_keyring_is_named_and_takes_nothing() {
    let (shop, keyring) = (Shop::new(), Keyring::start());
    shop.set_up(Some(&keyring), &[], shop.key()).assert(0, "accepted");
    let before = fs::read(shop.settings()).expect("settings");
    lock(&keyring);
    shop.charge(Some(&keyring), "134567890123456789").assert_refused("keyring is locked");
    shop.run(Some(&keyring), &["check"], "").assert_refused("keyring is locked");
    shop.set_up(Some(&keyring), &[("--sign-type", "MD5")], &"x".repeat(32)).assert_refused("keyring is locked");
    assert_eq!(fs::read(shop.settings()).expect("settings"), before);
}

#[test]
fn a_certificate_that_ends_soon_is_warned_of() {
    let (shop, keyring) = (Shop::new(), Keyring::start());
    let soon = shop.file("soon.pem", pair(shop.gateway.mch_id(), None));
    let set_up = shop.set_up(Some(&keyring), &[("--certificate", &soon)], shop.key());
    set_up.assert(0, "accepted");
    assert!(set_up.result["certificate_ends"].is_string(), "{}", set_up.all);
    assert!(set_up.all.contains("Certificate's end: ends on"), "{}", set_up.all);
    let checked = shop.run(Some(&keyring), &["check"], "");
    checked.assert_item("expiry", "warned", "ends on");
    let charged = shop.charge(Some(&keyring), "134567890123456789");
    charged.assert(0, "paid");
    assert!(charged.all.contains("Certificate's end: ends on"), "told beside every command: {}", charged.all);
    // Nobody whom the gateway knows has signed it.
    checked.assert_item("certificate", "failed", "doesn't take this certificate");
}
