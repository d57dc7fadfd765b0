//! The command line as a shop's script sees it: the real binary, its exit codes, its lines, in practice mode.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use guitai::ledger::{Book, Line, LineKind};
use serde_json::Value;
use tempfile::TempDir;

const CODE: &str = "134567890123456789";

/// A data folder of its own, and the till in it.
struct Till {
    folder: TempDir,
}

struct Answer {
    exit: i32,
    lines: Vec<String>,
    stderr: String,
    took: Duration,
}

impl Till {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a scratch folder") }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, arguments: &[&str]) -> Answer {
        let began = Instant::now();
        let output = guitai(self.folder.path()).args(arguments).output().expect("the binary starts");
        Answer::read(&output, began.elapsed())
    }

    /// Whether the gateway has answered a charge that is still open.
    fn waits_for_a_password(&self) -> bool {
        let Ok(book) = Book::open(&self.path("practice/book.db")) else { return false };
        let open = book.pending_attempts().expect("a book");
        let answered = |line: &Line| line.kind == LineKind::Answer && line.what == "charge";
        open.iter().any(|row| book.journal_of(row.sale).expect("a book").iter().any(answered))
    }
}

fn guitai(data_dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_guitai"));
    command
        .args([Path::new("--data-dir"), data_dir])
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .env_remove("WAYLAND_SOCKET")
        .env("LANG", "en_US.UTF-8")
        .stdin(Stdio::null());
    command
}

impl Answer {
    fn read(output: &Output, took: Duration) -> Self {
        let stdout = String::from_utf8(output.stdout.clone()).expect("UTF-8 on stdout");
        Self {
            exit: output.status.code().expect("ended by itself"),
            lines: stdout.lines().map(str::to_owned).collect(),
            stderr: String::from_utf8(output.stderr.clone()).expect("UTF-8 on stderr"),
            took,
        }
    }

    /// Every line as an object; a line that is none fails.
    fn objects(&self) -> Vec<Value> {
        let objects: Vec<Value> =
            self.lines.iter().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect();
        assert!(objects.iter().all(Value::is_object), "{:?}", self.lines);
        objects
    }

    /// The last line, which is the result, with its exit code and what every result says.
    fn result(&self, exit: i32, outcome: &str) -> Value {
        let result = self.objects().pop().unwrap_or_else(|| panic!("no line at all; stderr: {}", self.stderr));
        assert_eq!(result["outcome"], outcome, "{result} {}", self.stderr);
        assert_eq!(self.exit, exit, "{result} {}", self.stderr);
        result
    }
}

fn assert_order_number(value: &Value) {
    let number = value.as_str().expect("an order number");
    assert!((20..=24).contains(&number.len()) && number.starts_with("20"), "{number}");
    assert!(number.bytes().all(|byte| byte.is_ascii_digit()), "{number}");
}

/// What a phone's camera reads in a picture.
fn scanned(picture: &Path) -> String {
    let output = Command::new("zbarimg")
        .args(["--quiet", "--raw"])
        .arg(picture)
        .output()
        .expect("zbarimg is there (tests/run installs zbar-tools)");
    String::from_utf8(output.stdout).expect("UTF-8 in a QR code").trim_end().to_owned()
}

#[test]
fn a_qr_payment_is_paid_and_its_picture_is_the_code() {
    let till = Till::new();
    let picture = till.path("qr.png");
    let answer = till.run(&[
        "charge",
        "12.50",
        "--qr",
        "--qr-file",
        picture.to_str().expect("UTF-8"),
        "--customer",
        "pays",
        "--note",
        "外带",
        "--json",
    ]);
    let result = answer.result(0, "paid");
    assert_eq!(result["mode"], "practice");
    assert_eq!(result["total_fee"], 1250);
    assert_order_number(&result["out_trade_no"]);
    let transaction = result["transaction_id"].as_str().expect("WeChat's number");
    assert!(transaction.len() == 28 && transaction.starts_with("4200"), "{transaction}");

    let objects = answer.objects();
    let shown = objects.iter().find(|line| line.get("code_url").is_some()).expect("a line with the code");
    let code_url = shown["code_url"].as_str().expect("a code");
    assert!(code_url.starts_with("weixin://wxpay/"), "{code_url}");
    assert_eq!(scanned(&picture), code_url);

    for text in [result["out_trade_no"].as_str().expect("a number"), transaction, "12.50"] {
        let found = till.run(&["find", text, "--json"]).result(0, "paid");
        for name in ["out_trade_no", "transaction_id", "total_fee", "mode"] {
            assert_eq!(found[name], result[name], "{text}");
        }
        assert_eq!(found["refunded_fee"], 0);
        assert!(found["created_at"].is_string());
    }
}

#[test]
fn the_qr_in_the_terminal_is_read_by_a_camera() {
    let till = Till::new();
    let picture = till.path("qr.png");
    let answer =
        till.run(&["charge", "0.01", "--qr", "--qr-file", picture.to_str().expect("UTF-8"), "--customer", "pays"]);
    assert_eq!(answer.exit, 0, "{:?} {}", answer.lines, answer.stderr);

    let drawn = till.path("terminal.pgm");
    fs::write(&drawn, photograph(&answer.lines)).expect("a picture");
    let code_url = scanned(&picture);
    assert!(code_url.starts_with("weixin://wxpay/"), "{code_url}");
    assert_eq!(scanned(&drawn), code_url);
}

/// A picture of the terminal: the half blocks of a drawing as light and dark squares.
///
/// Escape sequences that set black on white turn the sense round; without any, a block is light on a dark terminal.
fn photograph(lines: &[String]) -> String {
    const SCALE: usize = 6;
    let mut rows: Vec<Vec<bool>> = Vec::new();
    let mut blocks_are_dark = false;
    for line in lines {
        blocks_are_dark |= ["\x1b[30;47m", "\x1b[47;30m", "\x1b[30;107m", "\x1b[107;30m", "\x1b[38;5;"]
            .iter()
            .any(|colours| line.contains(colours));
        let cells = without_escapes(line);
        if cells.chars().count() < 20 || !cells.chars().all(|c| "█▀▄ ".contains(c)) {
            continue;
        }
        for halves in ["█▀", "█▄"] {
            rows.push(cells.chars().map(|c| halves.contains(c) != blocks_are_dark).collect());
        }
    }
    assert!(rows.len() > 30, "no code was drawn: {lines:?}");
    let width = rows.iter().map(Vec::len).max().expect("rows") + 8;
    let height = rows.len() + 8;
    // Four modules of the colour round the code stand for the terminal's own.
    let ground = rows[0][0];
    let mut picture = format!("P2\n{} {}\n255\n", width * SCALE, height * SCALE);
    for y in 0..height * SCALE {
        for x in 0..width * SCALE {
            let cell = (y / SCALE).checked_sub(4).and_then(|row| rows.get(row));
            let light = cell.and_then(|row| (x / SCALE).checked_sub(4).and_then(|at| row.get(at))).unwrap_or(&ground);
            picture.push_str(if *light { "255 " } else { "0 " });
        }
        writeln!(picture).expect("a String takes every write");
    }
    picture
}

fn without_escapes(line: &str) -> String {
    let mut plain = String::new();
    let mut rest = line;
    while let Some(at) = rest.find('\x1b') {
        plain.push_str(&rest[..at]);
        let end = rest[at..].find(|c: char| c.is_ascii_alphabetic()).map_or(rest.len(), |end| at + end + 1);
        rest = &rest[end..];
    }
    plain.push_str(rest);
    plain
}

#[test]
fn a_scanned_code_with_a_password_is_paid() {
    let till = Till::new();
    let answer = till.run(&["charge", "12.50", "--code", CODE, "--customer", "password", "--json"]);
    let result = answer.result(0, "paid");
    assert_eq!((&result["mode"], &result["total_fee"]), (&"practice".into(), &1250.into()));
    assert!(result["transaction_id"].is_string());
    assert!(answer.took < Duration::from_secs(45), "{:?}", answer.took);
    assert_secret(&till, CODE);

    // A code serves one payment: the same again, at once.
    let again = till.run(&["charge", "12.50", "--code", CODE, "--json"]);
    let result = again.result(1, "not_paid");
    assert_eq!(result["mode"], "practice");
    assert!(again.took < Duration::from_secs(10));
}

/// A payment code is a bearer token: nothing that the till writes holds it in full.
fn assert_secret(till: &Till, secret: &str) {
    let mut folders = vec![till.folder.path().to_owned()];
    let mut read = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("the data folder") {
            let path = entry.expect("an entry").path();
            // The simulated WeChat Pay keeps the books of the other side.
            if path.is_dir() && path.file_name().is_none_or(|name| name != "gateway") {
                folders.push(path);
            } else if path.is_file() {
                let bytes = fs::read(&path).expect("a file");
                read += bytes.len();
                let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
                assert!(!found, "{} holds the code", path.display());
            }
        }
    }
    assert!(read > 4096, "the book wasn't found");
}

#[test]
fn a_customer_without_money_is_a_final_no() {
    let till = Till::new();
    let result = till
        .run(&["charge", "8", "--code", "134567890123456780", "--customer", "declines", "--json"])
        .result(1, "not_paid");
    assert_eq!((&result["mode"], &result["total_fee"]), (&"practice".into(), &800.into()));
    assert_eq!(result["err_code"], "NOTENOUGH");
    assert!(result["transaction_id"].is_null());
    let found = till.run(&["find", result["out_trade_no"].as_str().expect("a number"), "--json"]);
    found.result(0, "not_paid");
}

#[test]
fn a_customer_who_walks_away_leaves_no_money_behind() {
    let till = Till::new();
    let answer = till.run(&["charge", "6.60", "--code", "134567890123456781", "--customer", "leaves", "--json"]);
    let result = answer.result(1, "reversed");
    assert_eq!((&result["mode"], &result["total_fee"]), (&"practice".into(), &660.into()));
    assert!(answer.took > Duration::from_secs(40) && answer.took < Duration::from_secs(90), "{:?}", answer.took);
    till.run(&["find", result["out_trade_no"].as_str().expect("a number"), "--json"]).result(0, "reversed");
}

/// What the gateway answers badly while it has the money: the answer is never believed, the query is.
#[test]
fn a_bad_answer_is_unknown_until_the_gateway_says_what_is_true() {
    const FAULTS: &[(&str, &str)] = &[
        ("90404.02", "SYSTEMERROR"),
        ("90404.04", "BANKERROR"),
        ("90404.20", "ORDERPAID"),
        ("90404.23", "a code that no manual knows"),
        ("90404.30", "success, but later than the till waits"),
        ("90404.31", "an HTML page with status 502"),
        ("90404.32", "XML cut in the middle"),
        ("90404.33", "a wrong signature"),
        ("90404.34", "no signature"),
        ("90404.35", "another amount"),
        ("90404.36", "another order's number"),
        ("90404.37", "SYSTEMERROR, and for a while no such order"),
    ];
    let running: Vec<_> = FAULTS
        .iter()
        .map(|(amount, fault)| {
            let till = Till::new();
            let child = guitai(till.folder.path())
                .args(["charge", amount, "--code", CODE, "--json"])
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .expect("the binary starts");
            (till, child, amount, fault)
        })
        .collect();
    for (till, child, amount, fault) in running {
        let output = child.wait_with_output().expect("it ends");
        let result = Answer::read(&output, Duration::ZERO).objects().pop().expect("a result");
        assert_eq!((&result["outcome"], output.status.code()), (&"paid".into(), Some(0)), "{fault}: {result}");
        assert_eq!(result["total_fee"].to_string(), amount.replace('.', ""), "{fault}");
        till.run(&["find", result["out_trade_no"].as_str().expect("a number"), "--json"]).result(0, "paid");
    }
}

#[test]
fn bad_amounts_are_refused_before_anything_is_written() {
    let till = Till::new();
    for amount in [
        "0",
        "0.00",
        "-1",
        "-0.01",
        "1.234",
        "abc",
        "",
        " ",
        "1e3",
        "12,50",
        "1.2.3",
        "1000000.01",
        "99999999999999999999",
        "NaN",
        "¥",
    ] {
        for how in [&["--code", CODE][..], &["--qr"]] {
            let answer = till.run(&[&["charge", amount, "--json"], how].concat());
            let result = answer.result(2, "refused");
            assert!(result["error"].as_str().is_some_and(|text| !text.is_empty()), "{amount}: {result}");
        }
    }
    till.run(&["find", "12.50", "--json"]).result(1, "not_found");
    let spoken = till.run(&["charge", "1.234", "--qr"]);
    assert_eq!((spoken.exit, spoken.lines.len()), (2, 0));
    assert!(!spoken.stderr.is_empty());
}

#[test]
fn nothing_above_the_owners_limit_is_sent() {
    let till = Till::new();
    fs::write(till.path("settings.toml"), "limit = '12.49'\n").unwrap();
    let refused = till.run(&["charge", "12.50", "--code", "134567890123456789", "--json"]).result(2, "refused");
    assert!(refused["error"].as_str().unwrap().contains("¥12.49"), "{refused}");
    assert_eq!(refused["mode"], "practice");
    till.run(&["find", "12.50", "--json"]).result(1, "not_found");
    till.run(&["charge", "12.49", "--code", "134567890123456789", "--json"]).result(0, "paid");
}

#[test]
fn a_command_speaks_the_settings_language_and_names_settings_it_cannot_use() {
    let till = Till::new();
    let settings = "language = 'zh-CN'\ntheme = 'sepia'\n";
    fs::write(till.path("settings.toml"), settings).expect("the settings");
    let asked = till.run(&["find", "12.50"]);
    assert_eq!((asked.exit, asked.lines.as_slice()), (1, ["没有找到 12.50".to_owned()].as_slice()));
    assert!(asked.stderr.contains("theme") && !asked.stderr.contains("language"), "{}", asked.stderr);
    let json = till.run(&["find", "12.50", "--json", "--lang", "en"]);
    assert!(json.stderr.contains("Some settings can't be used"), "{}", json.stderr);
    json.result(1, "not_found");
    fs::write(till.path("settings.toml"), "theme = ").expect("the settings");
    assert!(till.run(&["find", "12.50"]).stderr.contains("settings.toml"));
    assert_eq!(fs::read_to_string(till.path("settings.toml")).expect("still there"), "theme = ");
}

#[test]
fn what_to_find_must_be_said() {
    let till = Till::new();
    till.run(&["find", " ", "--json"]).result(2, "refused");
}

#[test]
fn full_width_digits_are_digits() {
    let till = Till::new();
    let code = "134567890123456782";
    let result = till.run(&["charge", "１２．５０", "--code", code, "--json"]).result(0, "paid");
    assert_eq!(result["total_fee"], 1250);
}

#[test]
fn what_is_no_wechat_code_is_named_and_not_sent() {
    let till = Till::new();
    for (code, words) in [
        ("13456789012345678", "17"),
        ("281234567890123456", "Alipay"),
        ("6212345678901234567", "UnionPay"),
        ("6901234567892", ""),
        ("1345678901234567890", ""),
        ("hello", ""),
        ("", ""),
    ] {
        let answer = till.run(&["--lang", "en", "charge", "12.50", "--code", code, "--json"]);
        let result = answer.result(2, "refused");
        let text = result["error"].as_str().expect("a sentence");
        assert!(!text.is_empty() && text.contains(words), "{code}: {text}");
    }
    till.run(&["find", "12.50", "--json"]).result(1, "not_found");
}

#[test]
fn bad_usage_is_a_refusal_in_json_too() {
    let till = Till::new();
    for arguments in [
        &["charge", "12.50", "--qr", "--bogus", "--json"][..],
        &["charge", "12.50", "--json"],
        &["charge", "--qr", "--json"],
        &["charge", "12.50", "--qr", "--code", CODE, "--json"],
        &["charge", "12.50", "--qr", "--customer", "nobody", "--json"],
        &["--json", "--bogus"],
        &["bogus", "--json"],
        &["find", "--json"],
        &["practice", "--listen", "nowhere", "--json"],
        &["--lang", "fr", "find", "1", "--json"],
    ] {
        let answer = till.run(arguments);
        let result = answer.result(2, "refused");
        assert!(result["error"].is_string(), "{arguments:?}: {result}");
        assert_eq!(answer.stderr, "", "{arguments:?}");
    }
    let spoken = till.run(&["charge", "12.50", "--qr", "--bogus"]);
    assert_eq!((spoken.exit, spoken.lines.len()), (2, 0));
    assert!(spoken.stderr.contains("--bogus"));
}

#[test]
fn without_a_display_the_bare_program_says_what_to_do_in_one_line() {
    let till = Till::new();
    let answer = till.run(&[]);
    assert_eq!(answer.exit, 2, "{:?} {}", answer.lines, answer.stderr);
    let said: Vec<_> = answer.lines.iter().map(String::as_str).chain(answer.stderr.lines()).collect();
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].contains("charge 12.50 --qr"), "{said:?}");
}

#[test]
fn it_tells_its_version_and_its_commands() {
    let till = Till::new();
    let version = till.run(&["--version"]);
    assert_eq!((version.exit, version.lines), (0, vec![format!("guitai {}", env!("CARGO_PKG_VERSION"))]));
    let help = till.run(&["--help"]);
    assert_eq!(help.exit, 0);
    for command in ["charge", "find", "practice"] {
        assert!(help.lines.iter().any(|line| line.trim_start().starts_with(command)), "{command}");
    }
}

#[test]
fn two_tills_share_one_book() {
    let till = Till::new();
    let running: Vec<_> = ["134567890123456783", "134567890123456784"]
        .into_iter()
        .map(|code| {
            guitai(till.folder.path())
                .args(["charge", "3.21", "--code", code, "--json"])
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .expect("the binary starts")
        })
        .collect();
    let mut numbers: Vec<_> = running
        .into_iter()
        .map(|child| {
            let output = child.wait_with_output().expect("it ends");
            Answer::read(&output, Duration::ZERO).result(0, "paid")["out_trade_no"].clone()
        })
        .collect();
    numbers.sort_by_key(ToString::to_string);
    numbers.dedup();
    assert_eq!(numbers.len(), 2, "one number for two payments");
    let found = till.run(&["find", "3.21", "--json"]);
    assert_eq!(found.objects().len(), 2, "{:?}", found.lines);
}

#[test]
fn a_data_folder_that_cannot_be_written_takes_no_money() {
    let till = Till::new();
    let file = till.path("a-file");
    fs::write(&file, "not a folder").expect("a file");
    let output = guitai(&file).args(["charge", "12.50", "--code", CODE, "--json"]).output().expect("the binary starts");
    Answer::read(&output, Duration::ZERO).result(2, "refused");
    assert_eq!(fs::read(&file).expect("still there"), b"not a folder");
}

#[test]
fn a_damaged_book_takes_no_money_and_is_left_as_it_is() {
    let till = Till::new();
    till.run(&["charge", "1", "--code", "134567890123456785", "--json"]).result(0, "paid");
    let book = till.path("practice").join("book.db");
    let damaged = vec![0x5a; 8192];
    for side in ["book.db-wal", "book.db-shm"] {
        let _absent = fs::remove_file(till.path("practice").join(side));
    }
    fs::write(&book, &damaged).expect("the book");
    let refused = till.run(&["charge", "1", "--code", "134567890123456786", "--json"]).result(2, "refused");
    assert!(refused["error"].as_str().is_some_and(|error| error.contains("Restore it from a copy")), "{refused}");
    let chinese = till.run(&["find", "1.00", "--lang", "zh-CN"]);
    assert_eq!(chinese.exit, 2);
    assert!(chinese.stderr.contains("账本损坏"), "{}", chinese.stderr);
    assert_eq!(fs::read(&book).expect("still there"), damaged);
}

#[test]
fn settle_finishes_what_a_killed_process_left() {
    let till = Till::new();
    let charge = ["charge", "12.50", "--code", CODE, "--customer", "password", "--json"];
    let mut killed = guitai(till.folder.path()).args(charge).stdout(Stdio::null()).spawn().expect("the binary starts");
    let deadline = Instant::now() + Duration::from_secs(30);
    // Only once the gateway has answered is it sure that the charge has reached it.
    while !till.waits_for_a_password() {
        assert!(Instant::now() < deadline, "the charge never came to the gateway");
    }
    killed.kill().expect("it is running");
    killed.wait().expect("it ends");
    till.run(&["find", "12.50", "--json"]).result(0, "unknown");
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let settled = till.run(&["settle", "--json"]);
        if settled.exit == 0 {
            assert_eq!(settled.result(0, "settled")["mode"], "practice");
            break;
        }
        settled.result(3, "unknown");
        assert!(Instant::now() < deadline, "nobody settled it");
    }
    till.run(&["find", "12.50", "--json"]).result(0, "paid");
}

#[test]
fn an_address_that_nobody_can_listen_on_is_named_and_takes_no_payment_down() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let taken = taken.local_addr().expect("it is bound").to_string();
    for (address, named) in [("192.0.2.1:8700", true), (&*taken, false)] {
        let till = Till::new();
        fs::write(till.path("settings.toml"), format!("notify_listen = '{address}'\n")).expect("a folder to write in");
        let answer = till.run(&["charge", "1", "--code", CODE, "--json"]);
        answer.result(0, "paid");
        assert_eq!(answer.stderr.contains("notify_listen"), named, "{address}: {}", answer.stderr);
    }
}

#[test]
fn every_clock_setting_writes_beijing_time_on_the_wire() {
    let till = Till::new();
    for (zone, code) in [("America/New_York", 1), ("Pacific/Kiritimati", 2), ("Asia/Kolkata", 3), ("nonsense", 4)] {
        let code = format!("1345678901234{code:05}");
        let began = guitai::till::now();
        let output = guitai(till.folder.path())
            .args(["charge", "12.50", "--code", &code, "--json"])
            .env("TZ", zone)
            .output()
            .expect("the binary starts");
        let paid = Answer::read(&output, Duration::ZERO).result(0, "paid");
        let span = began.wire()..=guitai::till::now().wire();
        // The gateway says when it was paid, and our number when it was made: both in Beijing time.
        let number = paid["out_trade_no"].as_str().expect("a number").to_owned();
        assert!(span.contains(&number[..14].to_owned()), "{zone}: {number} in {span:?}");
        let time_end = paid["time_end"].as_str().expect("a time").to_owned();
        assert!(span.contains(&time_end), "{zone}: {time_end} in {span:?}");
    }
}

// Refunds ----------------------------------------------------------------------------------------

/// Charges an amount and returns the order's number.
fn paid_order(till: &Till, amount: &str) -> String {
    let paid = till.run(&["charge", amount, "--code", CODE, "--json"]).result(0, "paid");
    paid["out_trade_no"].as_str().expect("a number").to_owned()
}

#[test]
fn a_refund_in_parts_is_accepted_found_and_never_above_what_is_left() {
    let till = Till::new();
    let number = paid_order(&till, "12.50");
    let part = till.run(&["refund", &number, "--amount", "2.50", "--reason", "多收", "--json"]).result(0, "accepted");
    assert_eq!((part["refund_fee"].as_i64(), part["mode"].as_str()), (Some(250), Some("practice")));
    assert!(part["out_refund_no"].as_str().is_some_and(|number| number.len() == 26), "{part}");
    let found = till.run(&["find", &number, "--json"]).objects().remove(0);
    assert_eq!((found["outcome"].as_str(), found["refunded_fee"].as_i64()), (Some("partly_refunded"), Some(250)));
    // Another refund of one order waits for its minute.
    let rest = till.run(&["refund", &number, "--json"]);
    assert_eq!(rest.result(3, "queued")["refund_fee"], 1000);
    assert!(rest.took < Duration::from_secs(12), "{:?}", rest.took);
    till.run(&["refund", &number, "--json"]).result(2, "refused");
}

#[test]
fn each_bad_refund_has_its_own_sentence_and_nothing_is_sent() {
    let till = Till::new();
    let number = paid_order(&till, "12.50");
    let refused = |arguments: &[&str]| {
        let answer = till.run(&[&["refund"], arguments, &["--json"]].concat());
        answer.result(2, "refused")["error"].as_str().expect("a sentence").to_owned()
    };
    let mut said = vec![
        refused(&[&number, "--amount", "0"]),
        refused(&[&number, "--amount", "-1"]),
        refused(&[&number, "--amount", "1.234"]),
        refused(&[&number, "--amount", "all"]),
        refused(&[&number, "--amount", "12.51"]),
        refused(&["2026112218220701404417"]),
    ];
    till.run(&["refund", &number, "--json"]).result(0, "accepted");
    said.push(refused(&[&number]));
    for (place, sentence) in said.iter().enumerate() {
        assert!(!said[..place].contains(sentence), "said twice: {sentence}");
    }
    let found = till.run(&["find", &number, "--json"]).objects().remove(0);
    assert_eq!((found["outcome"].as_str(), found["refunded_fee"].as_i64()), (Some("refunded"), Some(1250)));
}

#[test]
fn a_gateway_that_says_systemerror_though_it_refunded_is_asked_again_under_the_same_number() {
    let till = Till::new();
    let number = paid_order(&till, "90404.52");
    let accepted = till.run(&["refund", &number, "--json"]).result(0, "accepted");
    assert_eq!(accepted["refund_fee"], 9_040_452);
    let found = till.run(&["find", &number, "--json"]).objects().remove(0);
    assert_eq!((found["outcome"].as_str(), found["refunded_fee"].as_i64()), (Some("refunded"), Some(9_040_452)));
}

#[test]
fn a_refund_that_the_gateway_refuses_says_what_to_do_by_hand() {
    for (amount, code) in [("90404.54", "TRADE_OVERDUE"), ("90404.55", "USER_ACCOUNT_ABNORMAL")] {
        let till = Till::new();
        let number = paid_order(&till, amount);
        let refused = till.run(&["refund", &number, "--json"]).result(1, "refused");
        assert_eq!(refused["err_code"], code);
        let found = till.run(&["find", &number, "--json"]).objects().remove(0);
        assert_eq!((found["outcome"].as_str(), found["refunded_fee"].as_i64()), (Some("paid"), Some(0)));
    }
}

/// The money of this order is settled already, so that its refund waits for takings that may come tomorrow.
#[test]
fn settle_tries_a_refund_that_waits_for_a_balance_once_and_ends() {
    let till = Till::new();
    let number = paid_order(&till, "90404.50");
    till.run(&["refund", &number, "--json"]).result(3, "queued");
    for _ in 0..2 {
        let settled = till.run(&["settle", "--json"]);
        let told = settled.result(3, "unknown");
        assert_eq!((&told["taken_up"], &told["open"], &told["refunds_waiting"]), (&1.into(), &1.into(), &1.into()));
        assert!(settled.took < Duration::from_secs(30), "its minute has no use: {:?}", settled.took);
    }
    till.run(&["charge", "90405.00", "--code", "134567890123456785", "--json"]).result(0, "paid");
    let settled = till.run(&["settle", "--json"]).result(0, "settled");
    assert_eq!((&settled["refunds_waiting"], &settled["refunds_accepted"]), (&0.into(), &1.into()));
}

#[test]
fn of_two_who_refund_the_same_order_at_once_one_is_told() {
    let till = Till::new();
    let number = paid_order(&till, "12.50");
    let begin = || {
        let mut command = guitai(till.folder.path());
        command.args(["refund", &number, "--json"]).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().expect("the binary starts")
    };
    let both = [begin(), begin()];
    let both = both.map(|child| Answer::read(&child.wait_with_output().expect("its end"), Duration::ZERO));
    let mut exits = both.each_ref().map(|answer| answer.exit);
    exits.sort_unstable();
    assert_eq!(exits[1], 2, "one is told: {:?}", both.map(|answer| answer.lines));
    assert!([0, 3].contains(&exits[0]), "one wins: {exits:?}");
    let found = till.run(&["find", &number, "--json"]).objects().remove(0);
    assert_eq!(found["refunded_fee"], 1250);
}
