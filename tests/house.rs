//! Holds the source against the plan of `ARCHITECTURE.md`: who may call whom, which outside crate lives in which room,
//! how long a file may be, and where colours and sizes may stand.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// Each room with the rooms that it may name. `main` may name all of them.
const PLAN: &[(&str, &[&str])] = &[
    ("money", &[]),
    ("number", &["timestamp"]),
    ("timestamp", &[]),
    ("qr", &[]),
    ("audit", &["money", "number", "timestamp"]),
    ("scan", &["money", "number"]),
    ("payment", &["money", "number", "timestamp"]),
    ("wechat", &["payment", "money", "number", "timestamp"]),
    ("ledger", &["audit", "money", "number", "timestamp", "scan"]),
    ("settings", &["money"]),
    ("vault", &[]),
    ("core_dump", &[]),
    ("certificate", &["timestamp"]),
    ("backup", &["till", "ledger", "settings", "vault", "timestamp"]),
    ("approval", &["audit", "ledger", "vault", "settings", "money", "timestamp"]),
    (
        "account",
        &[
            "approval",
            "audit",
            "till",
            "wechat",
            "payment",
            "settings",
            "vault",
            "certificate",
            "money",
            "number",
            "timestamp",
        ],
    ),
    (
        "lang",
        &[
            "account",
            "approval",
            "audit",
            "backup",
            "settings::{BadName, Contradiction, Problem, RefundRules, SettingsError}",
            "wechat::ConfigError",
            "practice::PracticeError",
            "money",
            "payment",
            "number",
            "scan",
            "timestamp",
            "vault",
            "certificate",
        ],
    ),
    ("notify", &["till", "wechat"]),
    ("practice", &["wechat::xml", "wechat::sign", "money", "number", "timestamp"]),
    ("till", &["payment", "wechat", "ledger", "audit", "settings", "money", "number", "scan", "timestamp"]),
    (
        "command",
        &[
            "account",
            "approval",
            "till",
            "backup",
            "notify",
            "practice",
            "payment",
            "wechat",
            "ledger",
            "audit",
            "settings",
            "vault",
            "certificate",
            "lang",
            "qr",
            "scan",
            "money",
            "number",
            "timestamp",
        ],
    ),
    (
        "window",
        &[
            "account",
            "approval",
            "backup",
            "till",
            PHONE,
            "payment",
            "settings",
            "vault",
            "lang",
            "qr",
            "scan",
            "money",
            "number",
            "timestamp",
        ],
    ),
];

/// Of practice, the window has a handle to the customer's phone and the words of its panel.
const PHONE: &str = "practice::{Phone, PhoneView, PhoneScreen, PhoneOrder, ShownCode, Button, Customer}";

/// What comes from outside, with the only rooms that may name it.
const OUTSIDE: &[(&str, &[&str])] = &[
    ("iced", &["window"]),
    ("rfd", &["window"]),
    ("rusqlite", &["ledger"]),
    ("reqwest", &["wechat", "practice"]),
    ("quick_xml", &["wechat"]),
    ("md5", &["wechat", "practice"]),
    ("hmac", &["wechat", "till", "audit"]),
    ("httpdate", &["wechat"]),
    ("hyper", &["notify", "practice"]),
    ("hyper_util", &["notify", "practice"]),
    ("rcgen", &["practice"]),
    ("rustix", &["core_dump", "till"]),
    ("keyring", &["vault"]),
    ("keyring_core", &["vault"]),
    ("p12_keystore", &["certificate", "practice"]),
    ("x509_parser", &["certificate"]),
    ("zip", &["certificate"]),
    ("aead_stream", &["backup"]),
    ("chacha20poly1305", &["backup"]),
    ("flate2", &["backup"]),
    ("tokio_rustls", &["practice"]),
    ("toml", &["settings"]),
    ("clap", &["command", "main"]),
];

/// The rules of money are pure: no clock, no disk, no network, no runtime.
const PURE: &[&str] = &["money", "number", "scan", "payment"];
const IMPURE: &[&str] =
    &["tokio::", "std::fs", "std::net", "std::thread", "SystemTime", "Instant::now", "Timestamp::now"];

const LONGEST_FILE: usize = 500;
/// Files that may be longer, and why.
const LONGER: &[(&str, usize)] = &[
    // Each is one machine with the whole of its transition table.
    ("payment/native", 580),
    ("payment/refund", 530),
];

struct Source {
    /// Below `src`, without its extension.
    path: PathBuf,
    room: String,
    /// How deep the module stands below the crate: 1 for a room's own file.
    depth: usize,
    /// The code that ships: no tests, no comments.
    code: String,
    /// Lines with comments, without tests.
    lines: usize,
}

fn sources() -> Vec<Source> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&src, &mut files);
    assert!(files.len() > 10, "the sources weren't found at {}", src.display());
    let tests: Vec<_> = files.iter().flat_map(|(path, text)| test_files(path, text)).collect();
    files.retain(|(path, _)| !tests.iter().any(|test| path.starts_with(test)));
    files
        .into_iter()
        .map(|(path, text)| {
            let inside = path.strip_prefix(&src).expect("below src").with_extension("");
            let mut parts: Vec<_> = inside.iter().filter_map(|part| part.to_str()).collect();
            if parts.last() == Some(&"mod") {
                parts.pop();
            }
            let (room, depth) = (parts[0].to_owned(), parts.len());
            Source { room, depth, code: shipped(&text), lines: body(&text).lines().count(), path: inside }
        })
        .collect()
}

fn collect(folder: &Path, files: &mut Vec<(PathBuf, String)>) {
    for entry in fs::read_dir(folder).expect("a folder of src") {
        let path = entry.expect("an entry of src").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).expect("a source file");
            files.push((path, text));
        }
    }
}

/// The files and folders that a file declares as modules of its tests alone.
fn test_files(path: &Path, text: &str) -> Vec<PathBuf> {
    let folder = path.parent().expect("a file lies in a folder");
    let stem = path.file_stem().and_then(|stem| stem.to_str()).expect("a UTF-8 name");
    let children = if matches!(stem, "mod" | "lib" | "main") { folder.to_owned() } else { folder.join(stem) };
    let mut found = Vec::new();
    for (at, mark) in text.match_indices("#[cfg(test)]\n") {
        let mut lines = text[at + mark.len()..].lines();
        let mut line = lines.next().unwrap_or_default();
        if let Some(name) = line.strip_prefix("#[path = \"").and_then(|rest| rest.strip_suffix("\"]")) {
            found.push(folder.join(name));
            line = "";
        }
        let declared = line.trim_start_matches("pub(crate) ").trim_start_matches("pub(super) ");
        if let Some(name) = declared.strip_prefix("mod ").and_then(|rest| rest.strip_suffix(';')) {
            found.extend([children.join(format!("{name}.rs")), children.join(name)]);
        }
    }
    found
}

/// The text without the tests written in it, which stand last.
fn body(text: &str) -> &str {
    let end = text.find("#[cfg(test)]\nmod tests {").unwrap_or(text.len());
    text[..end].trim_end()
}

/// The code that ships: no tests, no comments.
fn shipped(text: &str) -> String {
    let mut code = String::new();
    for line in body(text).lines() {
        if !line.trim_start().starts_with("//") {
            code.push_str(line);
        }
        code.push('\n');
    }
    code
}

fn ident_len(text: &str) -> usize {
    text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len())
}

/// Every path that follows `root` (as `crate::`), groups unfolded: `crate::{a::B, c}` gives `a::B` and `c`.
fn paths_after(code: &str, root: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices(root) {
        let before = code[..at].chars().next_back();
        if !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
            unfold("", &code[at + root.len()..], &mut found);
        }
    }
    found
}

/// Reads one path or group at the start of `rest`; gives how many bytes it took.
fn unfold(prefix: &str, rest: &str, found: &mut Vec<String>) -> usize {
    let rest_trimmed = rest.trim_start();
    let skipped = rest.len() - rest_trimmed.len();
    if let Some(group) = rest_trimmed.strip_prefix('{') {
        let mut at = 0;
        loop {
            let tail = &group[at..];
            let next = tail.trim_start();
            at += tail.len() - next.len();
            match next.chars().next() {
                Some(',') => at += 1,
                Some('}') | None => return skipped + 1 + at + 1,
                Some(_) => at += unfold(prefix, next, found).max(1),
            }
        }
    }
    let length = ident_len(rest_trimmed);
    let path = if prefix.is_empty() {
        rest_trimmed[..length].to_owned()
    } else {
        format!("{prefix}::{}", &rest_trimmed[..length])
    };
    let mut taken = skipped + length;
    match rest[taken..].strip_prefix("::") {
        Some(deeper) if deeper.starts_with('{') || deeper.starts_with(|c: char| c.is_alphabetic() || c == '_') => {
            taken += 2 + unfold(&path, deeper, found);
        }
        _ => {
            found.push(path);
            // `crate::a as b`
            if let Some(renamed) = rest[taken..].strip_prefix(" as ") {
                taken += 4 + ident_len(renamed);
            }
        }
    }
    taken
}

fn is_allowed(path: &str, allowed: &[&str]) -> bool {
    allowed
        .iter()
        .flat_map(|entry| entries(entry))
        .any(|room| path.strip_prefix(room.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with("::")))
}

/// An entry of the plan, its group unfolded.
fn entries(entry: &str) -> Vec<String> {
    let mut found = Vec::new();
    unfold("", entry, &mut found);
    found
}

fn report(title: &str, findings: &[String]) {
    let mut text = String::new();
    for finding in findings {
        writeln!(text, "  {finding}").expect("a String takes every write");
    }
    assert!(findings.is_empty(), "{title}:\n{text}");
}

#[test]
fn a_room_names_only_the_rooms_below_it() {
    let mut findings = Vec::new();
    for source in sources() {
        if source.room == "main" || source.room == "lib" {
            continue;
        }
        let Some((_, allowed)) = PLAN.iter().find(|(room, _)| *room == source.room) else {
            findings.push(format!("{} is in no room of the plan", source.path.display()));
            continue;
        };
        let mut named = paths_after(&source.code, "crate::");
        let up = "super::".repeat(source.depth);
        named.extend(paths_after(&source.code, &up));
        for path in named {
            if !is_allowed(&path, &[source.room.as_str()]) && !is_allowed(&path, allowed) {
                findings.push(format!("{}: {} may not name {path}", source.path.display(), source.room));
            }
        }
    }
    report("rooms that reach where the plan doesn't let them", &findings);
}

#[test]
fn an_outside_crate_stays_in_its_room() {
    let mut findings = Vec::new();
    for source in sources() {
        for (name, rooms) in OUTSIDE {
            let named = !paths_after(&source.code, &format!("{name}::")).is_empty()
                || source.code.contains(&format!("use {name};"));
            if named && !rooms.contains(&source.room.as_str()) {
                findings.push(format!("{}: {name} belongs to {rooms:?}", source.path.display()));
            }
        }
        if PURE.contains(&source.room.as_str()) {
            for word in IMPURE {
                if source.code.contains(word) {
                    findings.push(format!("{}: `{word}` in a pure room", source.path.display()));
                }
            }
        }
    }
    report("outside crates in the wrong room", &findings);
}

#[test]
fn certificates_are_always_checked_and_nothing_speaks_plain_http() {
    let words = ["danger_accept_invalid", "tls_danger", ".dangerous()", "http://", "danger::"];
    // They read what a client sends as its notify_url, and V2 lets that be plain: practice answers it on this machine.
    // The listener's address is practice's to call.
    let reads_an_address = ["practice/books/inbound", "practice/books/notify", "notify/mod"].map(Path::new);
    let mut findings = Vec::new();
    for source in sources() {
        for word in words {
            if source.code.contains(word) && !(word == "http://" && reads_an_address.contains(&source.path.as_path())) {
                findings.push(format!("{}: `{word}`", source.path.display()));
            }
        }
    }
    report("words that may not be in the tree", &findings);
}

#[test]
fn a_file_stays_readable() {
    let mut findings = Vec::new();
    for source in sources() {
        let longer = LONGER.iter().find(|(path, _)| source.path == Path::new(path));
        if source.lines > longer.map_or(LONGEST_FILE, |(_, lines)| *lines) {
            findings.push(format!("{}: {} lines without its tests", source.path.display(), source.lines));
        }
    }
    report("files that want to be two", &findings);
}

#[test]
fn only_the_design_system_knows_colours_and_sizes() {
    let mut findings = Vec::new();
    for source in sources() {
        let in_view = source.room == "window" && !source.path.components().any(|part| part.as_os_str() == "ui");
        if !in_view {
            continue;
        }
        for word in ["Color::", "color!(", "Font::with_name", "Font {"] {
            if source.code.contains(word) {
                findings.push(format!("{}: `{word}`", source.path.display()));
            }
        }
        for call in [".size(", ".spacing(", ".padding("] {
            for (at, _) in source.code.match_indices(call) {
                let argument = &source.code[at + call.len()..];
                if argument.trim_start_matches([' ', '[']).starts_with(|c: char| c.is_ascii_digit()) {
                    findings.push(format!(
                        "{}: `{call}{}`",
                        source.path.display(),
                        &argument[..argument.len().min(12)]
                    ));
                }
            }
        }
    }
    report("looks that belong in window/ui", &findings);
}

#[test]
fn the_reader_of_paths_reads_every_form() {
    let code = "use crate::{money::{Fen, self}, scan, wechat::xml as x};\nlet a = crate::till::Till::new(crate::a);\nmycrate::no";
    assert_eq!(
        paths_after(code, "crate::"),
        ["money::Fen", "money::self", "scan", "wechat::xml", "till::Till::new", "a"]
    );
    assert!(is_allowed("wechat::xml::Document", &["wechat::xml"]));
    assert!(!is_allowed("wechat::client", &["wechat::xml"]));
    assert!(!is_allowed("tiller", &["till"]));
    assert!(!shipped("a\n// crate::b\n#[cfg(test)]\nmod tests {\ncrate::c").contains("crate"));
}
