//! `guitai check` proves a live till's settings without moving money, and names what is wrong with them.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use guitai::practice::{Practice, Rules, UNBOUND_APPID};
use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::Value;

use super::keyring::Keyring;
use super::shop::{Answer, Shop, loopback, run_in};

fn check(shop: &Shop, keyring: &Keyring) -> Answer {
    shop.run(Some(keyring), &["check"], "")
}

#[test]
fn right_settings_pass_and_no_money_moves() {
    let (shop, keyring) = (Shop::new(), Keyring::start());
    shop.set_up(Some(&keyring), &[], shop.key()).assert(0, "accepted");
    let checked = check(&shop, &keyring);
    checked.assert(0, "passed");
    for (item, word) in [
        ("network", "answered"),
        ("tls", "trusted"),
        ("clock", "gateway's clock"),
        ("api_key", "signature was taken"),
        ("order", "Native payments work"),
        ("notify_url", "taken"),
        ("certificate", "certificate was taken"),
        ("expiry", "holds until"),
    ] {
        checked.assert_item(item, "passed", word);
    }
    assert!(checked.lines.iter().all(|line| line["item"] != "backup"), "a gateway of one's own has no backup");
    let report = checked.result["report"].as_str().expect("a report");
    assert!(report.contains("190****001") && !report.contains(shop.gateway.mch_id()), "{report}");
    for secret in [shop.key(), shop.gateway.appid()] {
        assert!(!checked.all.contains(secret), "{}", checked.all);
    }

    // The order of one fen stands in the book, and nobody is shown it or waits for it.
    let order = &shop.gateway.trace()[0];
    assert_eq!(order.total_fee.as_i64(), 1, "{order}");
    for text in ["0.01", &order.subject[18..]] {
        shop.run(Some(&keyring), &["find", text], "").assert(1, "not_found");
    }
    let by_number = shop.run(Some(&keyring), &["find", &order.subject], "");
    assert_eq!(by_number.result["total_fee"], 1, "whoever knows its number finds it: {}", by_number.all);
    let settled = shop.run(Some(&keyring), &["settle"], "");
    settled.assert(0, "settled");
    assert_eq!((&settled.result["taken_up"], &settled.result["open"]), (&1.into(), &0.into()), "{}", settled.all);
    let refused_and_again = closes(&shop).iter().filter(|what| what.contains("INVALID_REQUEST")).count();
    assert_eq!(refused_and_again, 2, "WeChat closes nothing in the first five minutes");

    shop.gateway.set_rules(Rules { five_minutes_before_close: false, ..Rules::default() });
    check(&shop, &keyring).assert(0, "passed");
    assert!(closes(&shop).iter().any(|what| what.contains("closed by the shop")), "{:?}", closes(&shop));
    assert!(shop.run(Some(&keyring), &["settle"], "").result["open"] == 0);
}

/// What became of closing orders at the gateway.
fn closes(shop: &Shop) -> Vec<String> {
    shop.gateway
        .trace()
        .iter()
        .map(|line| line.what.to_string())
        .filter(|what| what.contains("关单") || what.contains("closed"))
        .collect()
}

#[test]
fn each_wrong_setting_is_named() {
    let (shop, keyring) = (Shop::new(), Keyring::start());
    let other = Practice::start(Some(shop.folder.path().join("other")), loopback()).expect("another gateway");
    let ca = other.ca_file().expect("a folder").display().to_string();
    let pair = format!("{}\n{}", other.client_pem(), other.client_key_pem());
    let pair = shop.file("pair.pem", pair);
    let with = |changes: &[(&str, &str)], key: &str, exit: i32, outcome: &str| {
        shop.set_up(Some(&keyring), changes, key).assert(0, "accepted");
        let checked = check(&shop, &keyring);
        checked.assert(exit, outcome);
        checked
    };

    // Nothing was proved before, so nothing else serves in the wrong key's place.
    let checked = with(&[], &"x".repeat(32), 1, "failed");
    checked.assert_item("api_key", "failed", "wrong key");
    assert!(checked.all.contains("签名错误"), "the gateway's own words: {}", checked.all);
    checked.assert_item("order", "unknown", "API key");
    checked.assert_item("certificate", "unknown", "API key");

    let checked = with(&[("--app-id", UNBOUND_APPID)], shop.key(), 1, "failed");
    checked.assert_item("api_key", "passed", "signature");
    checked.assert_item("order", "failed", "not bound to the merchant");
    assert!(checked.all.contains("APPID_MCHID_NOT_MATCH"), "{}", checked.all);

    let checked = with(&[("--certificate", &pair)], shop.key(), 1, "failed");
    checked.assert_item("certificate", "failed", "doesn't take this certificate");
    checked.assert_item("order", "passed", "Native");

    let checked = with(&[("--gateway-ca", &ca)], shop.key(), 1, "failed");
    checked.assert_item("tls", "failed", "can't be trusted");
    checked.assert_item("network", "passed", "reached");
    let checked = with(&[("--gateway-ca", "")], shop.key(), 1, "failed");
    checked.assert_item("tls", "failed", "can't be trusted");

    let nobody = TcpListener::bind(loopback()).expect("a port").local_addr().expect("an address");
    let checked = with(&[("--gateway", &format!("https://{nobody}"))], shop.key(), 3, "unknown");
    checked.assert_item("network", "unknown", "not reached");
    checked.assert_item("expiry", "passed", "holds until");
}

#[test]
fn a_till_without_a_certificate_is_told_so() {
    let (shop, keyring) = (Shop::new(), Keyring::start());
    shop.set_up(Some(&keyring), &[("--certificate", "")], shop.key()).assert(0, "accepted");
    let checked = check(&shop, &keyring);
    checked.assert(1, "failed");
    checked.assert_item("certificate", "failed", "no merchant certificate");
}

#[test]
fn a_new_key_is_proved_alone_while_the_old_one_serves() {
    let (shop, keyring) = (Shop::new(), Keyring::start());
    shop.set_up(Some(&keyring), &[], shop.key()).assert(0, "accepted");
    check(&shop, &keyring).assert(0, "passed");
    // The owner has typed a new key that WeChat doesn't have yet.
    shop.set_up(Some(&keyring), &[], &"x".repeat(32)).assert(0, "accepted");
    let checked = check(&shop, &keyring);
    checked.assert(1, "failed");
    checked.assert_item("api_key", "failed", "wrong key");
    shop.run(Some(&keyring), &["charge", "3", "--qr"], "").assert(0, "paid");
    shop.set_up(Some(&keyring), &[], shop.key()).assert(0, "accepted");
    check(&shop, &keyring).assert(0, "passed");
}

#[test]
fn a_clock_eleven_minutes_off_is_named_with_the_difference() {
    let (shop, keyring) = (Shop::new(), Keyring::start());
    let (address, ca) = serve_with_clock(Duration::from_secs(11 * 60));
    let ca = shop.file("clock.pem", ca);
    let gateway = format!("https://{address}");
    let changes = [("--gateway", gateway.as_str()), ("--gateway-ca", &ca)];
    shop.set_up(Some(&keyring), &changes, shop.key()).assert(0, "accepted");
    let checked = check(&shop, &keyring);
    checked.assert(1, "failed");
    // A second may end between the two clocks.
    checked.assert_item(
        "clock",
        "failed",
        if checked.all.contains("11 min 0 s") { "11 min 0 s behind" } else { "10 min 59 s behind" },
    );
    checked.assert_item("network", "passed", "answered");
}

/// A TLS server that answers everything with 502 and a clock that is ahead by so much; its address and authority. It
/// ends with the test's process.
fn serve_with_clock(ahead: Duration) -> (String, String) {
    let key = KeyPair::generate().expect("a key");
    let params = CertificateParams::new(["127.0.0.1".to_owned()]).expect("a name");
    let certificate = params.self_signed(&key).expect("a certificate");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let private = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|config| config.with_no_client_auth().with_single_cert(vec![certificate.der().clone()], private))
        .expect("a server");
    let listener = TcpListener::bind(loopback()).expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let config = Arc::new(config);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let config = Arc::clone(&config);
            std::thread::spawn(move || {
                let connection = ServerConnection::new(config).expect("a connection");
                answer_all(&mut StreamOwned::new(connection, stream), ahead);
            });
        }
    });
    (address, certificate.pem())
}

fn answer_all(stream: &mut (impl Read + Write), ahead: Duration) {
    let mut request = Vec::new();
    let mut byte = [0; 1];
    while stream.read(&mut byte).is_ok_and(|read| read == 1) {
        request.push(byte[0]);
        if request.ends_with(b"\r\n\r\n") {
            let date = httpdate::fmt_http_date(SystemTime::now() + ahead);
            let head =
                format!("HTTP/1.1 502 Bad Gateway\r\nDate: {date}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            // Whoever asked may have gone.
            let _ = stream.write_all(head.as_bytes());
            return;
        }
    }
}

#[test]
fn practice_is_checked_in_its_own_gateway() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let checked = run_in(folder.path(), &folder.path().join("data"), None, &["check"], "");
    checked.assert(0, "passed");
    assert_eq!(checked.result["mode"], "practice");
}

/// `guitai practice` as a process of its own, as anybody's gateway.
struct Foreign {
    process: Child,
    says: Value,
}

impl Foreign {
    fn start(folder: &std::path::Path) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_guitai"))
            .args(["practice", "--close-at-once", "--data-dir"])
            .arg(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary starts");
        let mut line = String::new();
        BufReader::new(process.stdout.take().expect("it is piped")).read_line(&mut line).expect("it says where it is");
        Self { process, says: serde_json::from_str(&line).expect("an object") }
    }

    fn says(&self, name: &str) -> &str {
        self.says[name].as_str().unwrap_or_else(|| panic!("{name}: {}", self.says))
    }
}

impl Drop for Foreign {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn a_gateway_other_than_the_built_in_one_is_set_up_checked_and_charged_at() {
    let (home, keyring) = (tempfile::tempdir().expect("a scratch folder"), Keyring::start());
    let foreign = Foreign::start(&home.path().join("foreign"));
    let data = home.path().join("data");
    let run = |arguments: &[&str], input: &str| run_in(home.path(), &data, Some(&keyring), arguments, input);
    let options = [
        ("--merchant-id", "mch_id"),
        ("--app-id", "appid"),
        ("--certificate", "cert_file"),
        ("--certificate-key", "key_file"),
        ("--gateway", "url"),
        ("--gateway-ca", "ca_file"),
    ];
    let mut arguments = vec!["setup", "--api-key-stdin"];
    arguments.extend(options.iter().flat_map(|(option, name)| [*option, foreign.says(name)]));
    let set_up = run(&arguments, foreign.says("api_key"));
    set_up.assert(0, "accepted");
    assert_eq!(set_up.result["gateway"], foreign.says("url"));
    run(&["check"], "").assert(0, "passed");
    let by_code = run(&["charge", "12.50", "--code", "134567890123456789"], "");
    by_code.assert(0, "paid");
    let by_qr = run(&["charge", "3", "--qr"], "");
    by_qr.assert(0, "paid");
    for paid in [&by_code, &by_qr] {
        assert_eq!(paid.result["mode"], "live");
        let number = paid.result["out_trade_no"].as_str().expect("a number");
        assert!(super::shop::holds(&home.path().join("foreign"), number.as_bytes()), "the foreign gateway has it");
    }
}
