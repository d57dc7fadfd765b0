use std::io;

use thiserror::Error;

use crate::ledger::LedgerError;
use crate::vault::VaultError;

/// Why there is no backup. Nothing was written, and what was there is as it was.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BackupError {
    /// The folder has neither settings nor a book.
    #[error("there is nothing to back up")]
    Nothing,
    /// The file is there already; a backup never overwrites.
    #[error("the file is there already")]
    Exists,
    #[error("the pass phrase is too short")]
    ShortPassphrase,
    /// The secrets were asked for, and a folder in practice has none.
    #[error("there are no secrets in practice")]
    NoSecrets,
    /// Another backup or restore works in the folder.
    #[error("another backup or restore is at work")]
    Busy,
    #[error("the backup can't be written: {kind}")]
    File { kind: io::ErrorKind },
    #[error("the data folder can't be used: {kind}")]
    Folder { kind: io::ErrorKind },
    #[error(transparent)]
    Book(#[from] LedgerError),
    #[error(transparent)]
    Vault(#[from] VaultError),
}

/// Why nothing was restored. What was there is as it was.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RestoreError {
    #[error("the backup can't be read: {kind}")]
    File { kind: io::ErrorKind },
    #[error("this file is no backup")]
    NotABackup,
    #[error("a newer program made the backup")]
    Newer,
    #[error("the pass phrase is wrong")]
    WrongPassphrase,
    /// Cut short, or changed since it was made.
    #[error("the backup is cut short or was changed")]
    Damaged,
    /// The folder has an account, a book, or practice's book where that is what would be restored.
    #[error("the folder is in use")]
    Occupied,
    /// Another backup or restore works in the folder.
    #[error("another backup or restore is at work")]
    Busy,
    #[error("the data folder can't be used: {kind}")]
    Folder { kind: io::ErrorKind },
    #[error(transparent)]
    Book(LedgerError),
    #[error(transparent)]
    Vault(#[from] VaultError),
}

impl From<LedgerError> for RestoreError {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::Newer { .. } => Self::Newer,
            other => Self::Book(other),
        }
    }
}

impl BackupError {
    pub(super) fn folder(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::WouldBlock => Self::Busy,
            kind => Self::Folder { kind },
        }
    }

    pub(super) fn file(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::AlreadyExists => Self::Exists,
            kind => Self::File { kind },
        }
    }
}

impl RestoreError {
    pub(super) fn folder(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::WouldBlock => Self::Busy,
            io::ErrorKind::AlreadyExists => Self::Occupied,
            kind => Self::Folder { kind },
        }
    }

    /// What went wrong between the file and its content.
    pub(super) fn reading(error: &io::Error) -> Self {
        match error.kind() {
            // The seal, the packing, or an end that comes too early.
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::UnexpectedEof => Self::Damaged,
            kind => Self::File { kind },
        }
    }
}
