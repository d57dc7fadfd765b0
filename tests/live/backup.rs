//! A live till's backup, made while it charges; what it does after that, the backup doesn't know.

use std::fs;
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use guitai::practice::{Customer, Practice};
use serde_json::Value;
use tempfile::TempDir;

use super::keyring::Keyring;

const PASSPHRASE: &str = "open, sesame\n";

struct Desk {
    folder: TempDir,
    keyring: Keyring,
}

impl Desk {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a scratch folder"), keyring: Keyring::start() }
    }

    /// A gateway whose books outlive it.
    fn gateway(&self, listen: SocketAddr) -> Practice {
        let gateway = Practice::start(Some(self.folder.path().join("gateway")), listen).expect("a gateway");
        gateway.phone().set_customer(Customer::Pays);
        gateway
    }

    fn set_up(&self, data: &str, gateway: &Practice) {
        let (url, ca) = (gateway.url(), gateway.ca_file().expect("a folder").display().to_string());
        let p12 = gateway.p12_file().expect("a folder").display().to_string();
        let account = ["--merchant-id", gateway.mch_id(), "--app-id", gateway.appid(), "--certificate", &p12];
        let set_up = [&["setup", "--api-key-stdin", "--gateway", &url, "--gateway-ca", &ca], &account[..]].concat();
        self.assert(data, &set_up, gateway.api_key(), 0, "accepted");
    }

    /// Runs the program in the data folder `data`; gives its exit code and the last line said.
    fn run(&self, data: &str, arguments: &[&str], input: &str) -> (Option<i32>, Value) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_guitai"));
        command
            .args([Path::new("--data-dir"), &self.folder.path().join(data)])
            .args(arguments)
            .arg("--json")
            .current_dir(self.folder.path())
            .env("LANG", "en_US.UTF-8")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut child = self.keyring.on_bus(&mut command).spawn().expect("the binary starts");
        // A command that doesn't read its input may have ended already.
        let _ = child.stdin.take().expect("it is piped").write_all(input.as_bytes());
        let output = child.wait_with_output().expect("it ends");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        (output.status.code(), serde_json::from_str(said.lines().last().unwrap_or_default()).unwrap_or_default())
    }

    fn assert(&self, data: &str, arguments: &[&str], input: &str, exit: i32, outcome: &str) -> Value {
        let (code, result) = self.run(data, arguments, input);
        assert_eq!((code, &result["outcome"]), (Some(exit), &outcome.into()), "{arguments:?}: {result}");
        result
    }
}

fn contains(path: &Path, needle: &[u8]) -> bool {
    fs::read(path).is_ok_and(|bytes| bytes.windows(needle.len()).any(|window| window == needle))
}

#[test]
fn a_restored_till_learns_what_the_old_one_did_after_its_backup() {
    let desk = Desk::new();
    let gateway = desk.gateway(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
    desk.set_up("old", &gateway);

    let back_up = ["backup", "till.backup", "--passphrase-stdin", "--with-secrets"];
    let charge = ["charge", "90404.05", "--code", "134567890123456789"];
    std::thread::scope(|scope| {
        // The customer types a password for seven seconds and pays: the old till shows it as paid.
        let charged = scope.spawn(|| desk.assert("old", &charge, "", 0, "paid"));
        let began = Instant::now();
        while !contains(&desk.folder.path().join("old/book.db-wal"), b"USERPAYING") {
            assert!(began.elapsed() < Duration::from_secs(60) && !charged.is_finished(), "the customer never began");
            std::thread::sleep(Duration::from_millis(20));
        }
        let made = desk.assert("old", &back_up, PASSPHRASE, 0, "accepted");
        assert_eq!((&made["mode"], &made["secrets"]), (&"live".into(), &true.into()), "{made}");
        assert!(!charged.is_finished(), "the backup was made while it was open");
    });

    let restore = ["restore", "till.backup", "--passphrase-stdin"];
    let restored = desk.assert("new", &restore, PASSPHRASE, 0, "accepted");
    assert_eq!(
        (&restored["mode"], &restored["secrets"], &restored["open"]),
        (&"live".into(), &true.into(), &1.into()),
        "{restored}"
    );
    desk.assert("new", &["find", "90404.05"], "", 0, "unknown");
    // Silence is no reason to reverse what the old till showed as paid: WeChat is asked until it answers.
    desk.assert("new", &["settle"], "", 0, "settled");
    let learnt = desk.assert("new", &["find", "90404.05"], "", 0, "paid");
    let shown = desk.assert("old", &["find", "90404.05"], "", 0, "paid");
    assert_eq!(learnt["transaction_id"], shown["transaction_id"]);
    desk.assert("new", &["charge", "3", "--code", "134567890123456790"], "", 0, "paid");

    // Without the secrets the account is there and its key isn't: that is said, and nothing is practice.
    desk.assert("old", &["backup", "keyless.backup", "--passphrase-stdin"], PASSPHRASE, 0, "accepted");
    desk.assert("keyless", &["restore", "keyless.backup", "--passphrase-stdin"], PASSPHRASE, 0, "accepted");
    let refused = desk.assert("keyless", &["charge", "3", "--code", "134567890123456791"], "", 2, "refused");
    assert!(refused["error"].as_str().is_some_and(|error| error.contains("no API key")), "{refused}");
    assert_eq!(refused["mode"], "live");
    desk.set_up("keyless", &gateway);
    desk.assert("keyless", &["charge", "3", "--code", "134567890123456791"], "", 0, "paid");
}

#[test]
fn a_restored_till_looks_for_a_refund_before_it_sends_it() {
    let desk = Desk::new();
    let gateway = desk.gateway(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
    let address: SocketAddr = gateway.url().trim_start_matches("https://").parse().expect("an address");
    desk.set_up("old", &gateway);
    let paid = desk.assert("old", &["charge", "12.50", "--code", "134567890123456789"], "", 0, "paid");
    let order = paid["out_trade_no"].as_str().expect("a number");

    // Nobody can be reached: the refund waits in the book, and in the backup.
    drop(gateway);
    let queued = desk.assert("old", &["refund", order], "", 3, "queued");
    let number = queued["out_refund_no"].as_str().expect("a number").to_owned();
    let back_up = ["backup", "till.backup", "--passphrase-stdin", "--with-secrets"];
    desk.assert("old", &back_up, PASSPHRASE, 0, "accepted");

    // The old till sends it, which the backup doesn't know.
    let gateway = desk.gateway(address);
    desk.assert("old", &["settle"], "", 0, "settled");
    let sends = || gateway.refund_sends().iter().filter(|send| send.out_refund_no == number).count();
    assert_eq!(sends(), 1, "{:?}", gateway.refund_sends());

    desk.assert("new", &["restore", "till.backup", "--passphrase-stdin"], PASSPHRASE, 0, "accepted");
    let said = gateway.trace().len();
    desk.assert("new", &["settle"], "", 0, "settled");
    assert_eq!(sends(), 1, "it was looked for: {:?}", &gateway.trace()[said..]);
    let learnt = desk.assert("new", &["find", order], "", 0, "refunded");
    assert_eq!(learnt["refunded_fee"], 1250, "{learnt}");
}
