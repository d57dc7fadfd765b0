//! Setting up and charging live, against the practice gateway as if it were somebody else's, with a real
//! Secret Service in a bus of its own, and with none.

use std::fs;

use super::keyring::Keyring;
use super::shop::{Shop, holds};

#[test]
fn a_shop_goes_live_and_its_keys_are_in_the_keyring_alone() {
    let (shop, keyring) = (Shop::new(), Keyring::start());
    let set_up = shop.set_up(Some(&keyring), &[], &format!("{}\n", shop.key()));
    set_up.assert(0, "accepted");
    assert_eq!(set_up.result["mode"], "live");
    assert!(set_up.result["certificate_serial"].as_str().is_some_and(|serial| !serial.is_empty()), "{}", set_up.all);

    let paid = shop.charge(Some(&keyring), "134567890123456789");
    paid.assert(0, "paid");
    assert_eq!(paid.result["mode"], "live");
    let found = shop.run(Some(&keyring), &["find", "12.50"], "");
    assert_eq!((found.result["mode"].as_str(), found.exit), (Some("live"), 0), "{}", found.all);
    let practice = shop.run(Some(&keyring), &["--practice", "find", "12.50"], "");
    practice.assert(1, "not_found");

    let pem = shop.gateway.client_key_pem();
    let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    // Past what every key of its kind begins with.
    for secret in [shop.key(), &body[60..100]] {
        assert!(!holds(&shop.data(), secret.as_bytes()), "a secret lies in the data folder");
        for answer in [&set_up, &paid, &found] {
            assert!(!answer.all.contains(secret), "{}", answer.all);
        }
    }

    // A changed key leaves the certificate; a refused set-up leaves the key.
    shop.set_up(Some(&keyring), &[("--merchant-id", "nobody")], shop.key()).assert_refused("merchant id");
    shop.set_up(Some(&keyring), &[("--certificate", "/nowhere.p12")], shop.key()).assert_refused("/nowhere.p12");
    shop.charge(Some(&keyring), "134567890123456790").assert(0, "paid");

    fs::write(shop.data().join("settings.toml"), "merchant_id = \n").expect("it is there");
    shop.charge(Some(&keyring), "134567890123456791").assert_refused("settings.toml");
    shop.set_up(Some(&keyring), &[], shop.key()).assert_refused("settings.toml");
    fs::remove_file(shop.data().join("settings.toml")).expect("it is there");
    shop.charge(Some(&keyring), "134567890123456791").assert_refused("never set up");
}

#[test]
fn without_a_keyring_nothing_is_kept_and_nothing_is_practice() {
    let shop = Shop::new();
    shop.charge(None, "134567890123456789").assert(0, "paid");
    let refused = shop.set_up(None, &[], shop.key());
    refused.assert_refused("no keyring");
    assert!(!holds(&shop.data(), shop.key().as_bytes()), "no silent fallback to a file");
    shop.charge(None, "134567890123456790").assert_refused("never set up");
    let practice = shop.run(None, &["--practice", "charge", "1", "--code", "134567890123456790"], "");
    practice.assert(0, "paid");
    assert_eq!(practice.result["mode"], "practice");
}

#[test]
fn each_bad_value_is_named_and_makes_the_folder_live() {
    let shop = Shop::new();
    let other = tempfile::tempdir().expect("a scratch folder");
    let notes = other.path().join("notes.txt");
    fs::write(&notes, "hello").expect("a file");
    let cut = other.path().join("cut.p12");
    let whole = fs::read(shop.gateway.p12_file().expect("a folder")).expect("a .p12");
    fs::write(&cut, &whole[..whole.len() / 2]).expect("a file");
    let (notes, cut) = (notes.display().to_string(), cut.display().to_string());
    for (option, value, word) in [
        ("--merchant-id", "19000", "merchant id"),
        ("--app-id", "0123", "app id"),
        ("--gateway", "http://127.0.0.1", "https://"),
        ("--gateway-ca", "/nowhere.pem", "/nowhere.pem"),
        ("--gateway-ca", &notes, "certificate authority"),
        ("--sign-type", "SHA1", "HMAC-SHA256 or MD5"),
        ("--certificate", &notes, "no certificate file"),
        ("--certificate", &cut, "cut or damaged"),
        ("--merchant-id", "1900000002", "merchant id doesn't open"),
    ] {
        shop.set_up(None, &[(option, value)], shop.key()).assert_refused(word);
    }
    for key in ["", "short", &"密".repeat(32), &"x".repeat(33)] {
        shop.set_up(None, &[], key).assert_refused("32 letters or digits");
    }
    shop.charge(None, "134567890123456789").assert_refused("never set up");
}
