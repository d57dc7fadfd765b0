//! A shop that goes live, against a practice gateway as if it were somebody else's, through the real program.

use std::fs;
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use guitai::practice::{Customer, Practice};
use serde_json::Value;
use tempfile::TempDir;

use super::keyring::Keyring;

/// Its folder, and the gateway that it is a merchant of.
pub(crate) struct Shop {
    pub(crate) folder: TempDir,
    pub(crate) gateway: Practice,
}

/// What the program answered.
pub(crate) struct Answer {
    pub(crate) exit: i32,
    /// Every line of standard output.
    pub(crate) lines: Vec<Value>,
    /// The last of them.
    pub(crate) result: Value,
    pub(crate) all: String,
}

impl Shop {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let gateway = Practice::start(Some(folder.path().join("gateway")), loopback()).expect("a gateway");
        gateway.phone().set_customer(Customer::Pays);
        Self { folder, gateway }
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub(crate) fn settings(&self) -> PathBuf {
        self.data().join("settings.toml")
    }

    /// A file of the shop's own, with this in it.
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.folder.path().join(name);
        fs::write(&path, content).expect("a file");
        path.display().to_string()
    }

    pub(crate) fn run(&self, keyring: Option<&Keyring>, arguments: &[&str], input: &str) -> Answer {
        run_in(self.folder.path(), &self.data(), keyring, arguments, input)
    }

    /// `guitai setup` with these options in place of the right ones; an empty value leaves the option out.
    pub(crate) fn set_up(&self, keyring: Option<&Keyring>, changes: &[(&str, &str)], key: &str) -> Answer {
        let url = self.gateway.url();
        let ca = text(self.gateway.ca_file());
        let p12 = text(self.gateway.p12_file());
        let mut options = vec![
            ("--merchant-id", self.gateway.mch_id()),
            ("--app-id", self.gateway.appid()),
            ("--certificate", &p12),
            ("--gateway", &url),
            ("--gateway-ca", &ca),
        ];
        for (name, value) in changes {
            options.retain(|(option, _)| option != name);
            if !value.is_empty() {
                options.push((name, value));
            }
        }
        let mut arguments = vec!["setup", "--api-key-stdin"];
        arguments.extend(options.iter().flat_map(|(name, value)| [*name, *value]));
        self.run(keyring, &arguments, key)
    }

    pub(crate) fn key(&self) -> &'static str {
        self.gateway.api_key()
    }

    pub(crate) fn charge(&self, keyring: Option<&Keyring>, code: &str) -> Answer {
        self.run(keyring, &["charge", "12.50", "--code", code], "")
    }
}

pub(crate) fn loopback() -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, 0))
}

/// Runs the program in a data folder; without a keyring there is none that answers.
pub(crate) fn run_in(home: &Path, data: &Path, keyring: Option<&Keyring>, arguments: &[&str], input: &str) -> Answer {
    let mut command = Command::new(env!("CARGO_BIN_EXE_guitai"));
    command
        .args([Path::new("--data-dir"), data])
        .args(arguments)
        .arg("--json")
        .env("LANG", "en_US.UTF-8")
        .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
        .env("XDG_RUNTIME_DIR", home)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    if let Some(keyring) = keyring {
        keyring.on_bus(&mut command);
    }
    let mut child = command.spawn().expect("the binary starts");
    // A command that doesn't read its input may have ended already.
    let _ = child.stdin.take().expect("it is piped").write_all(input.as_bytes());
    Answer::read(&child.wait_with_output().expect("it ends"))
}

pub(crate) fn text(path: Option<PathBuf>) -> String {
    path.expect("the gateway has a folder").display().to_string()
}

impl Answer {
    fn read(output: &Output) -> Self {
        let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
        let lines: Vec<Value> = stdout.lines().map(|line| serde_json::from_str(line).unwrap_or_default()).collect();
        Self {
            exit: output.status.code().expect("ended by itself"),
            result: lines.last().cloned().unwrap_or_default(),
            lines,
            all: format!("{stdout}{}", String::from_utf8_lossy(&output.stderr)),
        }
    }

    pub(crate) fn assert(&self, exit: i32, outcome: &str) {
        assert_eq!((self.exit, &self.result["outcome"]), (exit, &outcome.into()), "{}", self.all);
    }

    pub(crate) fn assert_refused(&self, word: &str) {
        self.assert(2, "refused");
        assert!(self.result["error"].as_str().is_some_and(|error| error.contains(word)), "{word}: {}", self.all);
    }

    /// An item of a check, by its outcome and a word of what was found.
    pub(crate) fn assert_item(&self, item: &str, outcome: &str, word: &str) {
        let line =
            self.lines.iter().find(|line| line["item"] == item).unwrap_or_else(|| panic!("{item}: {}", self.all));
        assert_eq!(line["outcome"], outcome, "{item}: {}", self.all);
        assert!(line["what"].as_str().is_some_and(|what| what.contains(word)), "{item}, {word}: {}", self.all);
    }
}

/// Whether any file below `folder` has these bytes in it.
pub(crate) fn holds(folder: &Path, needle: &[u8]) -> bool {
    fs::read_dir(folder).expect("a folder").any(|entry| {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            return holds(&path, needle);
        }
        fs::read(&path).is_ok_and(|bytes| bytes.windows(needle.len()).any(|window| window == needle))
    })
}
