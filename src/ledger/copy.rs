//! A copy of the book, and whether a book is whole. These statements are SQLite's own, as those of `open` are.

use std::io;
use std::path::Path;
use std::time::Duration;

use rusqlite::{OptionalExtension, params};

use super::book::{Book, insert_lines};
use super::error::LedgerError;
use super::open::BUSY;
use super::rows::{Line, LineKind};
use super::sql;
use crate::timestamp::Timestamp;

/// The journal's word for it; [`sql::RESTORED_AT`] looks for it.
const RESTORED: &str = "restored";

impl Book {
    /// Copies the book as it stands now into a new file; other connections and processes write on meanwhile. The copy
    /// isn't flushed.
    pub fn copy_to(&self, path: &Path) -> Result<(), LedgerError> {
        let text = path.to_str().ok_or(LedgerError::NotOpened { kind: io::ErrorKind::InvalidFilename })?;
        self.conn.execute("VACUUM INTO $1", params![text])?;
        Ok(())
    }

    /// Writes down that the book was restored from a backup, at `at`: every refund that isn't over is looked for at the
    /// gateway before it is sent. Durable.
    pub fn was_restored(&mut self, at: Timestamp) -> Result<(), LedgerError> {
        let what = RESTORED.to_owned();
        let line = Line { at, sale: None, out_trade_no: None, kind: LineKind::State, what, detail: String::new() };
        self.write(true, |conn| {
            conn.prepare_cached(sql::LOOK_FIRST)?.execute(params![""])?;
            insert_lines(conn, &[line])
        })
    }

    /// When the book was restored from a backup, the last time if it was: it may not cover what was before that.
    pub fn restored_at(&self) -> Result<Option<Timestamp>, LedgerError> {
        let at = self.conn.prepare_cached(sql::RESTORED_AT)?.query_row([], |row| row.get(0)).optional()?;
        Ok(at.map(Timestamp::from_millis))
    }

    /// Moves what is in the write-ahead log into the book's own file, so that a copy of that file alone is whole. Where
    /// another process is in the way it is left to that one.
    pub fn checkpoint(&self) -> Result<(), LedgerError> {
        self.conn.busy_timeout(Duration::ZERO)?;
        let done = self.conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        self.conn.busy_timeout(BUSY)?;
        Ok(done?)
    }

    /// Reads the whole file; [`LedgerError::Damaged`] if it isn't in order.
    pub fn verify(&self) -> Result<(), LedgerError> {
        let found: String = self.conn.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        if found == "ok" { Ok(()) } else { Err(LedgerError::Damaged) }
    }
}
