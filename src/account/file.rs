//! The files that an owner brings along: read, told apart, and forgotten when they have served.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::certificate::{self, ImportError};

/// Why a file was not taken. What was there before is as it was.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FileError {
    #[error("{} can't be read: {kind}", path.display())]
    Unreadable { path: PathBuf, kind: io::ErrorKind },
    #[error(transparent)]
    Import(#[from] ImportError),
}

/// A certificate file that was brought along, or a pasted text.
#[derive(Clone)]
pub(super) struct Brought {
    pub(super) plain: Option<PlainFile>,
    pub(super) bytes: Zeroizing<Vec<u8>>,
    pub(super) part: Part,
}

/// What a file has of a certificate and its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// Both, or a `.p12` that can't be opened yet.
    Whole,
    Certificate,
    Key,
}

/// A file with secrets in the clear that was imported, so that it needn't lie about any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlainFile {
    path: PathBuf,
    /// Of what was imported: another file that took its place is nobody's to delete.
    digest: [u8; 32],
}

/// A plain file that could not be deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    pub path: PathBuf,
    pub kind: io::ErrorKind,
}

impl PlainFile {
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Brought {
    pub(super) fn read(path: &Path, password: &str) -> Result<Self, FileError> {
        let bytes = read(path).map_err(|error| FileError::Unreadable { path: path.to_owned(), kind: error.kind() })?;
        let digest = Sha256::digest(&*bytes).into();
        // As an absolute path: whoever deletes it may stand elsewhere by then.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        Self::new(bytes, password, Some(PlainFile { path, digest }))
    }

    pub(super) fn pasted(text: &str, password: &str) -> Result<Self, FileError> {
        Self::new(Zeroizing::new(text.as_bytes().to_vec()), password, None)
    }

    fn new(bytes: Zeroizing<Vec<u8>>, password: &str, plain: Option<PlainFile>) -> Result<Self, FileError> {
        let part = match certificate::read(&[&bytes], password) {
            Ok(_) | Err(ImportError::WrongPassword) => Part::Whole,
            Err(ImportError::NoKey) => Part::Certificate,
            Err(ImportError::NoCertificate) => Part::Key,
            Err(error) => return Err(error.into()),
        };
        Ok(Self { plain, bytes, part })
    }
}

/// Reads a file of a certificate's size; of a larger one enough to see that it is too large.
fn read(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    let most = u64::try_from(certificate::MAX_FILE).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Zeroizing::new(Vec::new());
    File::open(path)?.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Deletes files that were imported, and no other: one whose content has changed since stays. Says which are left.
pub fn forget(files: &[PlainFile]) -> Vec<Left> {
    let delete = |file: &PlainFile| {
        let bytes = read(&file.path)?;
        if Sha256::digest(&*bytes)[..] != file.digest {
            return Err(io::Error::from(io::ErrorKind::InvalidData));
        }
        fs::remove_file(&file.path)
    };
    let left = |file: &PlainFile| match delete(file) {
        Ok(()) => None,
        // Somebody was quicker.
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => Some(Left { path: file.path.clone(), kind: error.kind() }),
    };
    files.iter().filter_map(left).collect()
}
