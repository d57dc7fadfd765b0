//! Secrets that are known here are driven through every flow, crash and error; then everything that was written and
//! said is searched for them, in every form that they may take.

use std::fs;
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use base64ct::{Base64, Encoding};
use guitai::practice::{Customer, Practice};
use serde_json::Value;
use tempfile::TempDir;

use super::hostile::Hostile;
use super::keyring::Keyring;

/// A key that only the hostile gateway's merchant has.
const HOSTILE_KEY: &str = "CanaryKeyOfTheHostileGateway0042";
/// A key that the owner changes to, and back from.
const OTHER_KEY: &str = "CanaryKeyThatIsOnlyTriedOnce0043";
const PIN: &str = "947301582640";
/// One that is typed and is wrong.
const OTHER_PIN: &str = "830174926351";
const PASSPHRASE: &str = "canary pass phrase of the backup";
/// Long enough for any of this to happen on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A secret, as the search knows it.
struct Canary {
    name: String,
    forms: Vec<(&'static str, Vec<u8>)>,
}

impl Canary {
    fn new(name: &str, secret: &[u8]) -> Self {
        let hex = secret.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
        let wide =
            |order: fn(u16) -> [u8; 2]| -> Vec<u8> { secret.iter().flat_map(|b| order(u16::from(*b))).collect() };
        let mut forms = vec![
            ("raw", secret.to_vec()),
            ("hex", hex.clone().into_bytes()),
            ("HEX", hex.to_uppercase().into_bytes()),
            ("UTF-16LE", wide(u16::to_le_bytes)),
            ("UTF-16BE", wide(u16::to_be_bytes)),
        ];
        // Base64 of something longer that the secret stands in: what doesn't depend on its neighbours.
        for (shift, name) in [(0, "base64"), (1, "base64, 1 byte in"), (2, "base64, 2 bytes in")] {
            let shifted = Base64::encode_string(&[&vec![0; shift], secret].concat());
            let inner = &shifted[if shift == 0 { 0 } else { 4 }..shifted.len() - 4];
            forms.push((name, inner.as_bytes().to_vec()));
        }
        Self { name: name.to_owned(), forms }
    }

    fn found_in(&self, bytes: &[u8]) -> Option<&'static str> {
        self.forms.iter().find(|(_, form)| contains(bytes, form)).map(|(name, _)| *name)
    }
}

fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    let first = needle[0];
    let mut at = 0;
    while let Some(next) = bytes[at..].iter().position(|byte| *byte == first) {
        at += next;
        if bytes[at..].starts_with(needle) {
            return true;
        }
        at += 1;
    }
    false
}

/// What of `canaries` is found in the files below `folder`, with the place.
fn search(folder: &Path, canaries: &[Canary]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(search(&path, canaries));
            continue;
        }
        let bytes = fs::read(&path).expect("a file");
        let name = path.file_name().unwrap_or_default().as_encoded_bytes();
        for canary in canaries {
            if let Some(form) = canary.found_in(&bytes).or_else(|| canary.found_in(name)) {
                found.push(format!("{} as {form} in {}", canary.name, path.display()));
            }
        }
    }
    found
}

/// Everything that the flows write lies below one folder; the gateway's own files and the keyring don't.
struct Scene {
    written: TempDir,
    given: TempDir,
    keyring: Keyring,
    runs: AtomicUsize,
    /// Where processes stood while they ran: arguments and environment.
    stood: Mutex<Vec<(String, Vec<u8>)>>,
}

impl Scene {
    fn new() -> Self {
        Self {
            written: tempfile::tempdir().expect("a scratch folder"),
            given: tempfile::tempdir().expect("a scratch folder"),
            keyring: Keyring::start(),
            runs: AtomicUsize::new(0),
            stood: Mutex::default(),
        }
    }

    fn start(&self, data: &str, arguments: &[&str], input: &str) -> Child {
        let run = self.runs.fetch_add(1, Ordering::SeqCst);
        let said = |name: &str| {
            fs::File::create(self.written.path().join(format!("{run:02}.{name}"))).expect("a file for what is said")
        };
        // Where a core dump is allowed, it would lie in the folder that is searched.
        let mut command = Command::new("sh");
        command
            .args(["-c", "ulimit -c unlimited 2>/dev/null; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_guitai")])
            .args([Path::new("--data-dir"), &self.written.path().join(data)])
            .args(arguments)
            .current_dir(self.written.path())
            .env("LANG", "en_US.UTF-8")
            .env("RUST_LOG", "trace")
            .env("RUST_BACKTRACE", "full")
            .stdin(Stdio::piped())
            .stdout(said("stdout"))
            .stderr(said("stderr"));
        let mut child = self.keyring.on_bus(&mut command).spawn().expect("the binary starts");
        // A command that doesn't read its input may have ended already.
        let _ = child.stdin.take().expect("it is piped").write_all(input.as_bytes());
        child
    }

    /// Runs to the end and gives the exit code.
    fn run(&self, data: &str, arguments: &[&str], input: &str) -> Option<i32> {
        let mut child = self.start(data, arguments, input);
        while child.try_wait().expect("a process").is_none() {
            self.look_at(&child);
            std::thread::sleep(Duration::from_millis(20));
        }
        child.wait().expect("it ends").code()
    }

    /// What the last run said, its last line.
    fn last_said(&self) -> Value {
        let run = self.runs.load(Ordering::SeqCst) - 1;
        let said = fs::read_to_string(self.written.path().join(format!("{run:02}.stdout"))).expect("it said something");
        serde_json::from_str(said.lines().last().unwrap_or_default()).expect("a line of JSON")
    }

    /// What anybody on the machine sees of a process.
    fn look_at(&self, child: &Child) {
        for name in ["cmdline", "environ"] {
            // The process may be gone, or be somebody else's to look at.
            if let Ok(bytes) = fs::read(format!("/proc/{}/{name}", child.id())) {
                self.stood.lock().expect("nobody panicked").push((name.to_owned(), bytes));
            }
        }
    }

    /// Breaks a process down as a fault in it would, once `ready` says so.
    fn break_down(&self, mut child: Child, ready: impl Fn() -> bool) {
        let began = Instant::now();
        while !ready() {
            assert!(child.try_wait().expect("a process").is_none(), "it ended before it could be broken");
            assert!(began.elapsed() < PATIENCE, "nothing happened");
            std::thread::sleep(Duration::from_millis(20));
        }
        self.look_at(&child);
        let limits = fs::read_to_string(format!("/proc/{}/limits", child.id())).expect("it runs");
        let core: Vec<_> = limits.lines().filter(|line| line.starts_with("Max core file size")).collect();
        assert!(core[0].split_whitespace().filter(|word| *word == "0").count() == 2, "{core:?}");
        let killed = Command::new("kill").args(["-ABRT", &child.id().to_string()]).status().expect("kill is there");
        assert!(killed.success());
        let status = child.wait().expect("it ends");
        assert!(status.signal().is_some() && !status.core_dumped(), "{status:?} left a core dump");
    }

    fn file(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.given.path().join(name);
        fs::write(&path, bytes).expect("a file");
        path.display().to_string()
    }

    fn set_up(&self, data: &str, options: &[&str], key: &str) -> Option<i32> {
        self.run(data, &[&["setup", "--api-key-stdin", "--json"], options].concat(), key)
    }
}

fn text(path: Option<PathBuf>) -> String {
    path.expect("the gateway has a folder").display().to_string()
}

/// The part of the private key that is nowhere else.
fn private_part(pem: &str) -> Vec<u8> {
    let base64: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    // Behind what every key of its kind begins with.
    Base64::decode_vec(&base64).expect("PEM is base64")[38..66].to_vec()
}

fn code(n: usize) -> String {
    format!("1345678901234{n:05}")
}

/// Everything a shop does against an honest gateway.
fn drive_honest(scene: &Scene, gateway: &Practice) {
    let (url, ca, p12) = (gateway.url(), text(gateway.ca_file()), text(gateway.p12_file()));
    let account =
        ["--merchant-id", gateway.mch_id(), "--app-id", gateway.appid(), "--gateway", &url, "--gateway-ca", &ca];
    let with = |more: &[&'static str], p12: &str| -> Vec<String> {
        let all = account.iter().chain(more).map(|option| (*option).to_owned());
        all.chain(["--certificate".to_owned(), p12.to_owned()]).collect()
    };
    let set_up = |options: &[String], key: &str| {
        let options: Vec<&str> = options.iter().map(String::as_str).collect();
        scene.set_up("data", &options, key)
    };
    let key = gateway.api_key();
    // Refused: a key that is cut, a certificate that is none.
    assert_eq!(set_up(&with(&[], &p12), &key[..31]), Some(2));
    assert_eq!(set_up(&with(&[], &ca), key), Some(2));
    assert_eq!(set_up(&with(&[], &p12), OTHER_KEY), Some(0));
    assert_eq!(set_up(&with(&[], &p12), key), Some(0));
    assert_eq!(scene.run("data", &["check"], ""), Some(0));

    let charge = |amount: &str, n: usize| scene.run("data", &["charge", amount, "--code", &code(n), "--json"], "");
    assert_eq!(charge("12.50", 0), Some(0));
    let order = scene.last_said()["out_trade_no"].as_str().expect("a number").to_owned();
    let part = ["refund", &order, "--amount", "2.50", "--reason", "damaged", "--pin-stdin", "--json"];
    assert_eq!(scene.run("data", &["pin"], PIN), Some(0));
    assert_eq!(scene.run("data", &part, OTHER_PIN), Some(2), "the wrong PIN");
    assert_eq!(scene.run("data", &part, PIN), Some(0));
    let rest = scene.run("data", &["refund", &order, "--pin-stdin"], PIN);
    assert_eq!(rest, Some(3), "a minute lies between two refunds of an order");
    assert_eq!(scene.run("data", &["charge", "12.50", "--code", &code(1)], ""), Some(0), "in words too");
    assert_eq!(charge("90404.11", 2), Some(1), "declined");
    assert_eq!(charge("90404.02", 3), Some(0), "SYSTEMERROR, and paid");
    assert_eq!(charge("90404.31", 4), Some(0), "a page of HTML, and paid");
    assert_eq!(charge("12.5.0", 5), Some(2), "no amount");
    assert_eq!(scene.run("data", &["charge", "8", "--qr", "--json"], ""), Some(0));
    assert_eq!(scene.run("data", &["find", &code(0)], ""), Some(1), "a code is not a number to find");
    assert_eq!(scene.run("data", &["find", "12.50", "--json"], ""), Some(0));

    gateway.phone().set_customer(Customer::Leaves);
    let log = scene.written.path().join("data/book.db-wal");
    let crashed = scene.start("data", &["charge", "90404.06", "--code", &code(6), "--json"], "");
    scene.break_down(crashed, || fs::read(&log).is_ok_and(|bytes| contains(&bytes, b"USERPAYING")));
    gateway.phone().set_customer(Customer::Pays);

    let input = format!("{PASSPHRASE}\n");
    let back_up = ["backup", "till.backup", "--passphrase-stdin", "--with-secrets"];
    assert_eq!(scene.run("data", &back_up, &input), Some(0));
    assert_eq!(scene.run("restored", &["restore", "till.backup", "--passphrase-stdin"], "wrong pass phrase"), Some(2));
    assert_eq!(scene.run("restored", &["restore", "till.backup", "--passphrase-stdin"], &input), Some(0));
    let restored = scene.run("restored", &["charge", "12.50", "--code", &code(7)], "");
    assert_eq!(restored, Some(0), "its keys are in the keyring");
    assert_eq!(scene.run("restored", &["check"], ""), Some(0), "the audit is whole, by the key that came with it");
}

/// A gateway that throws back whatever a thief may have learnt elsewhere.
fn drive_hostile(scene: &Scene) {
    let echo = format!("{HOSTILE_KEY} {} {PASSPHRASE_HINT}", code(8));
    let hostile = Hostile::start(echo);
    let ca = scene.file("hostile.pem", hostile.ca.as_bytes());
    let options = [
        ["--merchant-id", "1900000042"],
        ["--app-id", "wx0123456789abcdef"],
        ["--gateway", &hostile.url],
        ["--gateway-ca", &ca],
    ];
    assert_eq!(scene.set_up("hostile", &options.concat(), HOSTILE_KEY), Some(0));
    let charge = scene.start("hostile", &["charge", "12.50", "--code", &code(8), "--json"], "");
    // Each kind of forgery was answered, written down and told before it breaks down.
    scene.break_down(charge, || hostile.calls() >= 5);
}

/// Something harmless beside the secrets, which shows that the echo was kept.
const PASSPHRASE_HINT: &str = "an echo from the hostile gateway";

#[test]
fn no_secret_is_found_in_anything_that_was_written_or_said() {
    let scene = Scene::new();
    let loopback = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let gateway = Practice::start(Some(scene.given.path().join("gateway")), loopback).expect("a gateway");
    gateway.phone().set_customer(Customer::Pays);
    drive_honest(&scene, &gateway);
    drive_hostile(&scene);

    let mut canaries = vec![
        Canary::new("the API key", gateway.api_key().as_bytes()),
        Canary::new("the hostile merchant's API key", HOSTILE_KEY.as_bytes()),
        Canary::new("the other API key", OTHER_KEY.as_bytes()),
        Canary::new("the PIN", PIN.as_bytes()),
        Canary::new("a wrong PIN", OTHER_PIN.as_bytes()),
        Canary::new("the pass phrase", PASSPHRASE.as_bytes()),
        Canary::new("the certificate's private key", &private_part(gateway.client_key_pem())),
    ];
    // A payment code is an argument by design: it is worth nothing a minute later.
    let stood = scene.stood.lock().expect("nobody panicked");
    assert!(stood.iter().any(|(name, bytes)| name == "cmdline" && contains(bytes, b"charge")), "nobody was looked at");
    for (name, bytes) in stood.iter() {
        for canary in &canaries {
            assert_eq!(canary.found_in(bytes), None, "{} in a process's {name}", canary.name);
        }
    }
    canaries.extend((0..9).map(|n| Canary::new(&format!("payment code {n}"), code(n).as_bytes())));

    let written = scene.written.path();
    assert_eq!(search(written, &canaries), Vec::<String>::new());
    // The search finds what is there: each canary in each form, and what the hostile gateway said beside them.
    let echo = Canary::new("the echo", PASSPHRASE_HINT.as_bytes());
    assert!(!search(&written.join("hostile"), &[echo]).is_empty(), "the forged replies were kept");
    for canary in &canaries {
        for (form, bytes) in &canary.forms {
            let planted = written.join("data/planted");
            fs::write(&planted, [b"\0before ", bytes.as_slice(), b" after"].concat()).expect("a file");
            assert_eq!(search(written, std::slice::from_ref(canary)).len(), 1, "{} as {form}", canary.name);
            fs::remove_file(planted).expect("a file");
        }
    }
}

#[test]
fn a_gateway_that_is_never_to_be_believed_leaves_a_charge_unknown_after_ninety_seconds() {
    let scene = Scene::new();
    let hostile = Hostile::start(String::new());
    let ca = scene.file("hostile.pem", hostile.ca.as_bytes());
    let gateway = ["--gateway", &hostile.url, "--gateway-ca", &ca];
    let account = ["--merchant-id", "1900000042", "--app-id", "wx0123456789abcdef"];
    assert_eq!(scene.set_up("data", &[gateway, account].concat(), HOSTILE_KEY), Some(0));
    let began = Instant::now();
    let exit = scene.run("data", &["charge", "12.50", "--code", &code(1), "--json"], "");
    assert_eq!(exit, Some(3));
    assert!((85..100).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
    assert_eq!(scene.run("data", &["find", "12.50", "--json"], ""), Some(0));
    assert_eq!(scene.last_said()["outcome"], "unknown");
}
