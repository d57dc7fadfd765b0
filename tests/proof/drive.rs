//! A program that writes a book as a till does, and says what it was promised; and what a book must hold of that.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use guitai::ledger::{
    AttemptChange, Book, LedgerError, Line, LineKind, Method, NewAttempt, NewSale, Outcome, SaleChange, SaleKind,
};
use guitai::money::Fen;
use guitai::number::{OutTradeNo, SaleId, TransactionId};
use guitai::timestamp::Timestamp;
use tempfile::TempDir;

/// Set in the process that drives: the folder of its book.
const FOLDER: &str = "GUITAI_SHIM_DIR";
/// Where the driver writes what the book has promised, a line a promise.
pub(crate) const PROMISES: &str = "promises";

/// What the book said is written: an attempt's version and outcome.
pub(crate) type Promises = BTreeMap<u64, (i64, Outcome)>;

/// A folder whose flushes cost nothing, where there is one.
pub(crate) fn scratch() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a scratch folder")
}

/// The shim, compiled once.
fn shim() -> &'static Path {
    static SHIM: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    let (_, path) = SHIM.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let path = folder.path().join("shim.so");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/proof/shim.c");
        let compiled = Command::new("cc")
            .args(["-O1", "-Wall", "-Werror", "-shared", "-fPIC", "-o"])
            .args([&path, &source])
            .arg("-ldl")
            .status()
            .expect("cc is there (tests/run installs build-essential)");
        assert!(compiled.success(), "the shim doesn't compile");
        (folder, path)
    });
    path
}

/// This test again, in a process of its own behind the shim: there [`driven`] is true.
pub(crate) fn behind_the_shim(test: &str, folder: &Path, log: &Path, settings: &[(&str, String)]) {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.args(["--exact", test, "--nocapture"]).env("LD_PRELOAD", shim());
    command.env(FOLDER, folder).env("GUITAI_SHIM_LOG", log).envs(settings.iter().map(|(name, text)| (name, text)));
    let output = command.output().expect("this program starts");
    assert!(output.status.success(), "{settings:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Drives `sales` if this is the process that does.
pub(crate) fn driven(sales: u64) -> bool {
    let Some(folder) = std::env::var_os(FOLDER) else { return false };
    drive(Path::new(&folder), sales);
    true
}

/// Writes sales until all are done or the disk won't have them.
fn drive(folder: &Path, sales: u64) {
    let mut promises = File::create(folder.join(PROMISES)).expect("a file");
    let mut promise = |n: u64, version: i64, outcome: Outcome| {
        let line = format!("{n} {version} {}\n", outcome.as_str());
        promises.write_all(line.as_bytes()).expect("the promises are on another disk");
    };
    let mut book = None;
    for n in 0..sales {
        // As a till that is closed for the night, and one that is started anew after its disk failed.
        if n % 4 == 3 {
            book = None;
        }
        let Some(open) = open(&mut book, folder) else { continue };
        if write_sale(open, n, &mut promise).is_err() {
            book = None;
        }
    }
}

fn open<'a>(book: &'a mut Option<Book>, folder: &Path) -> Option<&'a mut Book> {
    if book.is_none() {
        *book = Book::open(&folder.join("book.db")).ok();
    }
    book.as_mut()
}

fn write_sale(book: &mut Book, n: u64, promise: &mut impl FnMut(u64, i64, Outcome)) -> Result<(), LedgerError> {
    let (sale, attempt) = begun(n);
    book.begin(Some(&sale), &attempt, &[line(n, LineKind::Intent)])?;
    promise(n, 1, Outcome::Open);
    book.note(&[line(n, LineKind::Answer)], None)?;
    let version = book.commit(&change(n, 1, Outcome::Open), Some(&sale_change(n, Outcome::Open)), &[])?;
    promise(n, version, Outcome::Open);
    let outcome = [Outcome::Paid, Outcome::NotPaid, Outcome::Paid, Outcome::Open][usize::try_from(n % 4).expect("few")];
    if outcome != Outcome::Open {
        let lines = [line(n, LineKind::Answer), line(n, LineKind::State)];
        let version = book.commit(&change(n, version, outcome), Some(&sale_change(n, outcome)), &lines)?;
        promise(n, version, outcome);
    }
    Ok(())
}

fn at(n: u64) -> Timestamp {
    Timestamp::from_millis(1_795_341_600_000).plus(Duration::from_secs(n))
}

fn number(n: u64) -> OutTradeNo {
    OutTradeNo::make(at(n), 1, 1)
}

fn sale_of(n: u64) -> SaleId {
    SaleId::new(i64::try_from(n).expect("few") + 1)
}

fn amount() -> Fen {
    Fen::new(1288).expect("an amount")
}

fn begun(n: u64) -> (NewSale, NewAttempt) {
    let (id, note) = (sale_of(n), "外带".to_owned());
    let sale = NewSale { id, created_at: at(n), amount: amount(), note, till: 1, kind: SaleKind::Sale };
    let attempt = NewAttempt {
        out_trade_no: number(n),
        sale: id,
        method: Method::Micropay,
        total_fee: amount(),
        created_at: at(n),
        state: "paying".to_owned(),
        rules: "{}".to_owned(),
        order: "{}".to_owned(),
        code: None,
        owner: None,
    };
    (sale, attempt)
}

fn change(n: u64, version: i64, outcome: Outcome) -> AttemptChange {
    let is_paid = outcome == Outcome::Paid;
    AttemptChange {
        out_trade_no: number(n),
        version,
        state: "waiting".to_owned(),
        outcome,
        // As long as what the rules really write.
        rules: format!("{{\"a\":\"{}\"}}", "x".repeat(400)),
        pending: outcome == Outcome::Open,
        transaction_id: is_paid.then(|| TransactionId::parse(&format!("4200{n:024}")).expect("28 digits")),
        paid_at: is_paid.then(|| at(n + 5)),
        cash_fee: is_paid.then(amount),
        at: at(n + 5),
    }
}

fn sale_change(n: u64, outcome: Outcome) -> SaleChange {
    let winner = (outcome == Outcome::Paid).then(|| number(n));
    SaleChange { id: sale_of(n), outcome, winner, at: at(n + 5), give_back: Vec::new() }
}

fn line(n: u64, kind: LineKind) -> Line {
    let detail = format!("{{\"read\":\"{}\"}}", "y".repeat(300));
    let (sale, out_trade_no) = (Some(sale_of(n)), Some(number(n)));
    Line { at: at(n), sale, out_trade_no, kind, what: "charge".to_owned(), detail }
}

/// What was promised, out of the driver's own file.
pub(crate) fn promises_in(text: &str) -> Promises {
    let whole = text.lines().filter_map(|line| {
        let mut words = line.split(' ');
        let n = words.next()?.parse().ok()?;
        Some((n, (words.next()?.parse().ok()?, Outcome::parse(words.next()?)?)))
    });
    whole.collect()
}

/// Opens the book in `folder` as a till that starts would: it is whole, holds what was promised, and takes more; or
/// what is wrong with it.
pub(crate) fn check(folder: &Path, promises: &Promises) -> Result<(), String> {
    let path = folder.join("book.db");
    let mut book = Book::open(&path).map_err(|error| format!("the book does not open: {error}"))?;
    check_promises(&book, promises).map_err(|error| format!("the book can't be read: {error}"))??;
    recover(&mut book).map_err(|error| format!("what is open can't be brought to its end: {error}"))?;
    write_sale(&mut book, 1_000_000, &mut |_, _, _| ()).map_err(|error| format!("it takes no more: {error}"))?;
    drop(book);
    let whole = rusqlite::Connection::open(&path)
        .and_then(|raw| raw.query_row("PRAGMA integrity_check", [], |row| row.get::<_, String>(0)));
    if whole.as_deref() == Ok("ok") { Ok(()) } else { Err(format!("integrity check: {whole:?}")) }
}

fn check_promises(book: &Book, promises: &Promises) -> Result<Result<(), String>, LedgerError> {
    for (n, (version, outcome)) in promises {
        let Some(row) = book.attempt(&number(*n))? else {
            return Ok(Err(format!("sale {n} was promised and is lost")));
        };
        if row.version < *version || (*outcome != Outcome::Open && row.outcome != *outcome) {
            let (has, is) = (row.version, row.outcome);
            return Ok(Err(format!("sale {n}: promised {version} {outcome:?}, the book has {has} {is:?}")));
        }
        if book.sale(sale_of(*n))?.map(|sale| sale.outcome) != Some(row.outcome) {
            return Ok(Err(format!("sale {n}: half of a commit")));
        }
    }
    let last = promises.keys().last().map_or(0, |n| n + 1);
    let mut sales = 0;
    for n in 0..=last {
        sales += usize::from(book.attempt(&number(n))?.is_some());
    }
    // One commit may have been on its way to its promise.
    Ok(if sales > promises.len() + 1 { Err("the book holds what nobody wrote".to_owned()) } else { Ok(()) })
}

fn recover(book: &mut Book) -> Result<(), LedgerError> {
    for row in book.pending_attempts()? {
        let n = u64::try_from(row.sale.as_i64() - 1).expect("one of ours");
        let ended = Outcome::NotPaid;
        book.commit(&change(n, row.version, ended), Some(&sale_change(n, ended)), &[])?;
    }
    Ok(())
}

/// The promises that stand in a folder.
pub(crate) fn promises(folder: &Path) -> Promises {
    promises_in(&fs::read_to_string(folder.join(PROMISES)).unwrap_or_default())
}
