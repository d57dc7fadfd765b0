//! Which process drives an attempt. A lock file a process; the operating system frees the lock when the process
//! dies, however it dies.

use std::collections::HashMap;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use super::book::Book;
use super::error::LedgerError;
use super::rows::AttemptRow;

/// A living process, as the book's rows name it. Dropping it sets its attempts free for others.
#[derive(Debug)]
pub struct Owner {
    id: String,
    dir: PathBuf,
    /// Held open: the lock lasts as long as this.
    _lock: File,
}

impl Owner {
    /// Makes an owner with a random id, and its lock file in `dir`; makes the folder, but not those above it.
    pub fn new(dir: &Path) -> Result<Self, LedgerError> {
        Self::make(dir).map_err(|error| match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => LedgerError::Full,
            io::ErrorKind::ReadOnlyFilesystem => LedgerError::ReadOnly,
            kind => LedgerError::NotOpened { kind },
        })
    }

    fn make(dir: &Path) -> io::Result<Self> {
        match fs::create_dir(dir) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => sweep(dir),
        }
        let mut random = [0; 16];
        getrandom::fill(&mut random).map_err(io::Error::other)?;
        let id = format!("{:032x}", u128::from_be_bytes(random));
        // Locked before it has its name, so that nobody ever sees it unlocked while its process lives.
        let unnamed = dir.join(format!("{id}.new"));
        let lock = File::options().write(true).create_new(true).open(&unnamed)?;
        lock.lock()?;
        fs::rename(&unnamed, path(dir, &id))?;
        Ok(Self { id, dir: dir.to_owned(), _lock: lock })
    }

    pub fn id(&self) -> &str {
        &self.id
    }

    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Whether the process of that id lives. In doubt it does: taking over too late is better than twice.
    pub fn is_alive(dir: &Path, id: &str) -> bool {
        // An id comes from the book; one that is a path must not lead elsewhere.
        if !id.bytes().all(|b| b.is_ascii_hexdigit()) {
            return false;
        }
        match File::open(path(dir, id)) {
            Ok(file) => is_locked(&file),
            Err(error) => error.kind() != io::ErrorKind::NotFound,
        }
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        // Only tidiness: without the lock the file means nothing.
        let _ = fs::remove_file(path(&self.dir, &self.id));
    }
}

impl Book {
    /// The pending attempts that no living process drives; `owners` is the folder of [`Owner::new`].
    pub fn orphans(&self, owners: &Path) -> Result<Vec<AttemptRow>, LedgerError> {
        let mut alive: HashMap<String, bool> = HashMap::new();
        let mut orphans = self.pending_attempts()?;
        orphans.retain(|attempt| {
            let Some(owner) = &attempt.owner else { return true };
            !*alive.entry(owner.clone()).or_insert_with(|| Owner::is_alive(owners, owner))
        });
        Ok(orphans)
    }
}

fn path(dir: &Path, id: &str) -> PathBuf {
    dir.join(format!("{id}.lock"))
}

/// Shared, so that two who look at once don't take each other for the owner.
fn is_locked(file: &File) -> bool {
    match file.try_lock_shared() {
        Ok(()) => false,
        Err(TryLockError::WouldBlock | TryLockError::Error(_)) => true,
    }
}

/// Removes the files of the dead. A file without its final name is left: its process may just be at the lock.
fn sweep(dir: &Path) {
    let Ok(entries) = fs::read_dir(dir) else { return };
    for path in entries.flatten().map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|e| e == "lock"))
    {
        if File::open(&path).is_ok_and(|file| !is_locked(&file)) {
            let _ = fs::remove_file(path);
        }
    }
}
