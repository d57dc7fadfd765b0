use std::io;

use thiserror::Error;

/// Why the book could not do what was asked. Nothing was written, unless a variant says otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LedgerError {
    /// The book was written by a newer program.
    #[error("the book has version {found}, this program knows up to {known}")]
    Newer { found: i64, known: i64 },
    /// The file is not a book, or no longer one.
    #[error("the book is damaged")]
    Damaged,
    /// The disk is full.
    #[error("the disk is full")]
    Full,
    /// The file or its folder can't be written.
    #[error("the book is read-only")]
    ReadOnly,
    /// The file can't be opened: folder missing, no permission.
    #[error("the book can't be opened: {kind}")]
    NotOpened { kind: io::ErrorKind },
    /// Another process has held the book for longer than the time limit.
    #[error("the book is busy")]
    Busy,
    /// The disk failed. The book takes no more writes until it is opened anew, because after a failed
    /// flush nobody knows what is on the disk.
    #[error("the disk failed (SQLite's code {code})")]
    Disk { code: i32 },
    /// SQLite itself failed: no memory, for instance.
    #[error("the database engine failed (SQLite's code {code})")]
    Engine { code: i32 },
    /// This order number is in the book already: make another.
    #[error("the order number is taken")]
    NumberTaken,
    /// This sale id is in the book already: make another.
    #[error("the sale id is taken")]
    SaleTaken,
    /// The payment code served another attempt a moment ago.
    #[error("the payment code was used before")]
    CodeUsed,
    /// There is no such attempt or sale.
    #[error("there is no such order in the book")]
    NotFound,
    /// Somebody else changed the attempt meanwhile; it has this version now.
    #[error("the order was changed by another (version {version})")]
    Stale { version: i64 },
    /// The change would undo what is final: paid stays paid, a transaction id stays.
    #[error("a final result can't be taken back")]
    Backward,
    /// The change breaks another rule of the book: paid without a transaction id, an amount of zero, a transaction
    /// id that another order has.
    #[error("the book's own rules forbid the change")]
    Forbidden,
    /// The book's thread has ended.
    #[error("the book is closed")]
    Closed,
}

impl From<rusqlite::Error> for LedgerError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        let rusqlite::Error::SqliteFailure(failure, _) = error else {
            // What is left are rows that don't read as what they should be.
            return Self::Damaged;
        };
        match failure.code {
            ErrorCode::DiskFull => Self::Full,
            ErrorCode::ReadOnly => Self::ReadOnly,
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::FileLockingProtocolFailed => Self::Busy,
            ErrorCode::CannotOpen => Self::NotOpened { kind: io::ErrorKind::NotFound },
            ErrorCode::PermissionDenied | ErrorCode::AuthorizationForStatementDenied => {
                Self::NotOpened { kind: io::ErrorKind::PermissionDenied }
            }
            ErrorCode::ConstraintViolation => Self::Forbidden,
            ErrorCode::SystemIoFailure => Self::Disk { code: failure.extended_code },
            // SQLite's plain "error" is a table or column that a book of this version has.
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase | ErrorCode::TypeMismatch | ErrorCode::Unknown => {
                Self::Damaged
            }
            _ => Self::Engine { code: failure.extended_code },
        }
    }
}
