//! Opening the file: what SQLite alone has, and the migrations. Nothing that is there is ever overwritten.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;
use std::thread;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, TransactionBehavior, params};

use super::error::LedgerError;
use super::sql;

/// How long another process may hold the book before ours gives up.
pub(super) const BUSY: Duration = Duration::from_secs(5);
/// Between two tries where SQLite doesn't wait by itself.
const RETRY: Duration = Duration::from_millis(20);

/// Each with the version that it makes.
const MIGRATIONS: [(i64, &str); 3] = [
    (1, include_str!("migrations/0001.sql")),
    (2, include_str!("migrations/0002.sql")),
    (3, include_str!("migrations/0003.sql")),
];

/// The newest version that this program knows.
pub(super) const KNOWN: i64 = MIGRATIONS[MIGRATIONS.len() - 1].0;

pub(super) fn open(path: &Path) -> Result<Connection, LedgerError> {
    create(path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut conn = Connection::open_with_flags(path, flags).map_err(|error| told_apart(error, path))?;
    conn.busy_timeout(BUSY)?;
    // Room for all statements at once; each is compiled only the first time.
    conn.set_prepared_statement_cache_capacity(128);
    // Before anything is written: a newer book is left as it is.
    let found = version(&conn).map_err(|error| at_path(error, path))?;
    refuse_newer(found)?;
    if conn.is_readonly("main")? {
        return Err(LedgerError::ReadOnly);
    }
    patiently(|| configure(&conn)).map_err(|error| at_path(error, path))?;
    patiently(|| migrate(&mut conn))?;
    Ok(conn)
}

/// Makes the file, for its owner's eyes only, if it isn't there.
///
/// A file that is there isn't touched: closing it again would drop the locks that another connection of this
/// process holds on it (POSIX).
fn create(path: &Path) -> Result<(), LedgerError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path).and_then(|_| sync_folder(path)) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => LedgerError::Full,
            io::ErrorKind::ReadOnlyFilesystem => LedgerError::ReadOnly,
            kind => LedgerError::NotOpened { kind },
        }),
    }
}

/// A new file's name is on the disk only once its folder is.
fn sync_folder(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) if cfg!(unix) && !folder.as_os_str().is_empty() => File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}

/// SQLite says only "can't open"; the file system knows why.
fn at_path(error: LedgerError, path: &Path) -> LedgerError {
    match error {
        LedgerError::NotOpened { .. } => LedgerError::NotOpened {
            kind: match std::fs::metadata(path) {
                Ok(metadata) if metadata.is_dir() => io::ErrorKind::IsADirectory,
                Ok(_) => io::ErrorKind::PermissionDenied,
                Err(error) => error.kind(),
            },
        },
        other => other,
    }
}

fn told_apart(error: rusqlite::Error, path: &Path) -> LedgerError {
    at_path(error.into(), path)
}

fn refuse_newer(found: i64) -> Result<(), LedgerError> {
    if found > KNOWN { Err(LedgerError::Newer { found, known: KNOWN }) } else { Ok(()) }
}

/// 0 for a new file.
fn version(conn: &Connection) -> Result<i64, LedgerError> {
    let things: i64 = conn.query_row("SELECT COUNT(*) FROM sqlite_master", [], |row| row.get(0))?;
    if things == 0 {
        return Ok(0);
    }
    // A database without our table is another program's: not a book.
    Ok(conn.query_row(sql::VERSION, [], |row| row.get(0))?)
}

fn configure(conn: &Connection) -> Result<(), LedgerError> {
    let mode: String = conn.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    if !mode.eq_ignore_ascii_case("wal") {
        // SQLite stays in the old mode where shared memory can't be had, on a network drive for instance.
        return Err(LedgerError::NotOpened { kind: io::ErrorKind::Unsupported });
    }
    conn.pragma_update(None, "synchronous", "FULL")?;
    // On macOS fsync alone leaves the data in the drive's cache; elsewhere these two do nothing.
    conn.pragma_update(None, "fullfsync", true)?;
    conn.pragma_update(None, "checkpoint_fullfsync", true)?;
    conn.pragma_update(None, "foreign_keys", true)?;
    conn.pragma_update(None, "cell_size_check", true)?;
    conn.pragma_update(None, "trusted_schema", false)?;
    Ok(())
}

fn migrate(conn: &mut Connection) -> Result<(), LedgerError> {
    if version(conn)? == KNOWN {
        return Ok(());
    }
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Again, now that nobody else can migrate.
    let found = version(&tx)?;
    refuse_newer(found)?;
    for (number, migration) in MIGRATIONS.into_iter().filter(|(number, _)| *number > found) {
        tx.execute_batch(migration)?;
        tx.execute(sql::INSERT_VERSION, params![number])?;
    }
    tx.commit()?;
    Ok(())
}

/// Switching a file to WAL doesn't wait for others as statements do, so it is tried again for as long.
fn patiently(mut work: impl FnMut() -> Result<(), LedgerError>) -> Result<(), LedgerError> {
    let mut waited = Duration::ZERO;
    loop {
        match work() {
            Err(LedgerError::Busy) if waited < BUSY => {
                thread::sleep(RETRY);
                waited += RETRY;
            }
            done => return done,
        }
    }
}
