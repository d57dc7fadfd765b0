//! A copy of the book, and whether a book is whole. These statements are SQLite's own, as those of `open` are.

use std::io;
use std::path::Path;

use rusqlite::params;

use super::book::Book;
use super::error::LedgerError;

impl Book {
    /// Copies the book as it stands now into a new file; other connections and processes write on meanwhile. The copy
    /// isn't flushed.
    pub fn copy_to(&self, path: &Path) -> Result<(), LedgerError> {
        let text = path.to_str().ok_or(LedgerError::NotOpened { kind: io::ErrorKind::InvalidFilename })?;
        self.conn.execute("VACUUM INTO $1", params![text])?;
        Ok(())
    }

    /// Reads the whole file; [`LedgerError::Damaged`] if it isn't in order.
    pub fn verify(&self) -> Result<(), LedgerError> {
        let found: String = self.conn.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        if found == "ok" { Ok(()) } else { Err(LedgerError::Damaged) }
    }
}
