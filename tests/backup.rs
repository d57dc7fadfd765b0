//! Backup and restore through the program itself, in practice.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

const PASSPHRASE: &str = "open, sesame";

struct Desk {
    folder: TempDir,
}

struct Answer {
    exit: i32,
    result: Value,
    all: String,
}

impl Desk {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a scratch folder") }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn start(&self, data: &str, arguments: &[&str]) -> Child {
        Command::new(env!("CARGO_BIN_EXE_guitai"))
            .args([Path::new("--data-dir"), &self.path(data)])
            .args(arguments)
            .arg("--json")
            .current_dir(self.folder.path())
            .env("LANG", "en_US.UTF-8")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts")
    }

    fn run(&self, data: &str, arguments: &[&str], input: &str) -> Answer {
        let mut child = self.start(data, arguments);
        // A command that doesn't read its input may have ended already.
        let _ = child.stdin.take().expect("it is piped").write_all(input.as_bytes());
        Answer::read(&child.wait_with_output().expect("it ends"))
    }

    fn back_up(&self, data: &str, file: &str) -> Answer {
        self.run(data, &["backup", file, "--passphrase-stdin"], &format!("{PASSPHRASE}\n"))
    }

    fn restore(&self, file: &str, data: &str) -> Answer {
        self.run(data, &["restore", file, "--passphrase-stdin"], &format!("{PASSPHRASE}\n"))
    }
}

impl Answer {
    fn read(output: &Output) -> Self {
        let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
        let last = stdout.lines().last().unwrap_or_default();
        Self {
            exit: output.status.code().expect("ended by itself"),
            result: serde_json::from_str(last).unwrap_or_default(),
            all: format!("{stdout}{}", String::from_utf8_lossy(&output.stderr)),
        }
    }

    fn assert(&self, exit: i32, outcome: &str) {
        assert_eq!((self.exit, &self.result["outcome"]), (exit, &outcome.into()), "{}", self.all);
    }

    fn assert_refused(&self, word: &str) {
        self.assert(2, "refused");
        assert!(self.result["error"].as_str().is_some_and(|error| error.contains(word)), "{word}: {}", self.all);
    }
}

#[test]
fn a_till_goes_on_from_its_backup_and_asks_about_what_was_open() {
    let desk = Desk::new();
    desk.run("old", &["charge", "12.50", "--code", "134567890123456789"], "").assert(0, "paid");
    // A charge that nobody has answered when its process is killed, and the backup is made.
    let mut killed = desk.start("old", &["charge", "90404.05", "--code", "134567890123456790"]);
    let book = desk.path("old/practice/gateway/books.json");
    while !fs::read_to_string(&book).is_ok_and(|books| books.contains("9040405")) {
        assert!(killed.try_wait().expect("a process").is_none(), "it waits for the customer");
        std::thread::yield_now();
    }
    killed.kill().expect("it runs");
    killed.wait().expect("it ends");
    let made = desk.back_up("old", "till.backup");
    made.assert(0, "accepted");
    assert_eq!((&made.result["mode"], &made.result["secrets"]), (&"practice".into(), &false.into()), "{}", made.all);
    // The old till brings it to its end, which the backup doesn't know.
    desk.run("old", &["settle"], "").assert(0, "settled");

    let restored = desk.restore("till.backup", "new");
    restored.assert(0, "accepted");
    assert_eq!(restored.result["open"], 1, "{}", restored.all);
    desk.run("new", &["find", "12.50"], "").assert(0, "paid");
    desk.run("new", &["find", "90404.05"], "").assert(0, "unknown");
    desk.run("new", &["settle"], "").assert(0, "settled");
    let found = desk.run("new", &["find", "90404.05"], "");
    assert_ne!(found.result["outcome"], "unknown", "{}", found.all);
    desk.run("new", &["charge", "3", "--code", "134567890123456791"], "").assert(0, "paid");
}

#[test]
fn after_a_command_the_book_is_whole_without_its_log() {
    let desk = Desk::new();
    desk.run("old", &["charge", "12.50", "--code", "134567890123456789"], "").assert(0, "paid");
    let old = desk.path("old/practice");
    let log = fs::metadata(old.join("book.db-wal")).map_or(0, |log| log.len());
    assert_eq!(log, 0, "all is in the book's own file");
    fs::create_dir_all(desk.path("copy/practice")).expect("a folder");
    fs::copy(old.join("book.db"), desk.path("copy/practice/book.db")).expect("a copy");
    desk.run("copy", &["find", "12.50"], "").assert(0, "paid");
}

#[test]
fn each_refusal_is_named_and_changes_nothing() {
    let desk = Desk::new();
    desk.back_up("nowhere", "x").assert_refused("nothing to back up");
    assert!(!desk.path("nowhere").exists());
    desk.run("old", &["charge", "1", "--code", "134567890123456789"], "").assert(0, "paid");
    desk.run("old", &["backup", "x", "--passphrase-stdin"], "short\n").assert_refused("at least 8 characters");
    desk.run("old", &["backup", "x", "--passphrase-stdin"], "").assert_refused("at least 8 characters");
    desk.run("old", &["backup", "x", "--passphrase-stdin", "--with-secrets"], PASSPHRASE).assert_refused("no keys");
    desk.run("old", &["backup", "x"], PASSPHRASE).assert_refused("--passphrase-stdin");
    desk.back_up("old", "gone/x").assert_refused("can't be written");
    desk.back_up("old", "till.backup").assert(0, "accepted");
    desk.back_up("old", "till.backup").assert_refused("there already");

    desk.restore("gone", "new").assert_refused("can't be read");
    desk.restore("till.backup", "old").assert_refused("has a book");
    desk.run("new", &["restore", "till.backup", "--passphrase-stdin"], "another one")
        .assert_refused("pass phrase is wrong");
    fs::write(desk.path("notes"), "hello").expect("a file");
    desk.restore("notes", "new").assert_refused("no backup of guitai");
    let whole = fs::read(desk.path("till.backup")).expect("the backup");
    fs::write(desk.path("cut"), &whole[..whole.len() - 7]).expect("a file");
    desk.restore("cut", "new").assert_refused("cut short or was changed");
    let mut newer = whole;
    newer[13] += 1;
    fs::write(desk.path("newer"), newer).expect("a file");
    desk.restore("newer", "new").assert_refused("newer guitai");
    assert!(!desk.path("new").exists(), "nothing is left of what was refused");
}
