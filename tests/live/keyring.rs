//! A real Secret Service in a bus of its own.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

const INSTALL: &str = "the packages dbus and gnome-keyring are there (tests/run installs them)";

/// A Secret Service that nobody else uses.
pub(crate) struct Keyring {
    home: TempDir,
    address: String,
    /// The bus, then the keyring.
    pub(crate) processes: Vec<Child>,
}

impl Keyring {
    pub(crate) fn start() -> Self {
        let home = tempfile::tempdir().expect("a scratch folder");
        let mut bus = Command::new("dbus-daemon")
            .args(["--session", "--nofork", "--nopidfile", "--print-address"])
            .stdout(Stdio::piped())
            .spawn()
            .expect(INSTALL);
        let mut address = String::new();
        let said = bus.stdout.take().expect("it is piped");
        BufReader::new(said).read_line(&mut address).expect("the bus says where it is");
        let mut keyring = Self { home, address: address.trim().to_owned(), processes: vec![bus] };
        let mut command = Command::new("gnome-keyring-daemon");
        command.args(["--foreground", "--unlock", "--components=secrets"]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut daemon = keyring.on_bus(&mut command).stderr(Stdio::null()).spawn().expect(INSTALL);
        daemon.stdin.take().expect("it is piped").write_all(b"test").expect("a password");
        // It says where its control socket is once it serves.
        let mut line = String::new();
        BufReader::new(daemon.stdout.take().expect("it is piped")).read_line(&mut line).expect("the keyring serves");
        keyring.processes.push(daemon);
        keyring
    }

    pub(crate) fn on_bus<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command
            .env("HOME", self.home.path())
            .env("XDG_RUNTIME_DIR", self.home.path())
            .env("XDG_DATA_HOME", self.home.path().join("share"))
            .env("DBUS_SESSION_BUS_ADDRESS", &self.address)
    }
}

impl Drop for Keyring {
    fn drop(&mut self) {
        for process in self.processes.iter_mut().rev() {
            // It may have ended by itself.
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}
