//! The books in a folder that several processes may share: one lock, one file, reloaded only when
//! another process changed it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use thiserror::Error;

use super::books::{Books, FORMAT, KEPT_ORDERS_IN_FOLDER, Shared};

/// Why the practice books can't be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StoreError {
    #[error("the practice folder can't be used: {path}: {kind}")]
    Io { path: PathBuf, kind: io::ErrorKind },
    #[error("the practice books are damaged: {path} (move the file away to begin anew)")]
    Damaged { path: PathBuf },
    #[error("the practice books were written by a newer version: {path}")]
    Newer { path: PathBuf },
}

impl StoreError {
    pub(super) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |error| Self::Io { path: path.to_owned(), kind: error.kind() }
    }
}

/// The books, and the folder where they lie if they lie in one.
#[derive(Debug)]
pub(super) struct Store {
    books: Books,
    folder: Option<Folder>,
}

#[derive(Debug)]
struct Folder {
    path: PathBuf,
    lock: File,
    lock_path: PathBuf,
    /// The generation that `books` holds; `None` before the first load and after a failed save.
    generation: Option<u64>,
}

impl Store {
    pub(super) fn in_memory(seed: u64) -> Self {
        Self { books: Books::new(seed), folder: None }
    }

    /// Opens the books in `dir`, or begins them there with numbers that follow from `seed`.
    pub(super) fn open(dir: &Path, seed: u64) -> Result<Self, StoreError> {
        let lock_path = dir.join("books.lock");
        let lock = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&lock_path)
            .map_err(StoreError::io(&lock_path))?;
        let folder = Folder { path: dir.join("books.json"), lock, lock_path, generation: None };
        let mut books = Books::new(seed);
        books.keep_orders(KEPT_ORDERS_IN_FOLDER);
        let mut store = Self { books, folder: Some(folder) };
        store.transact(|_| ())?;
        Ok(store)
    }

    /// Does `change` to the newest books and keeps what it changed, while no other process can.
    pub(super) fn transact<T>(&mut self, change: impl FnOnce(&mut Books) -> T) -> Result<T, StoreError> {
        let Some(folder) = &mut self.folder else {
            return Ok(change(&mut self.books));
        };
        let locked = Locked::new(&folder.lock).map_err(StoreError::io(&folder.lock_path))?;
        let stored = locked.generation().map_err(StoreError::io(&folder.lock_path))?;
        if folder.generation != Some(stored) {
            if let Some(shared) = load(&folder.path)? {
                self.books.replace(shared);
            }
            folder.generation = Some(stored);
        }
        let before = self.books.revision();
        let result = change(&mut self.books);
        if self.books.revision() != before {
            // Until the save is done, what is in memory is ahead of the folder.
            folder.generation = None;
            // The number first: if the program dies between the two, others re-read a file that
            // didn't change, which is harmless; the other way they would miss one that did.
            locked.set_generation(stored.wrapping_add(1)).map_err(StoreError::io(&folder.lock_path))?;
            save(&folder.path, self.books.shared())?;
            folder.generation = Some(stored.wrapping_add(1));
        }
        Ok(result)
    }
}

/// The lock file while it is locked; its content is the generation of the books.
struct Locked<'a>(&'a File);

impl<'a> Locked<'a> {
    fn new(file: &'a File) -> io::Result<Self> {
        file.lock()?;
        Ok(Self(file))
    }

    /// 0 in a file that was never written or was cut.
    fn generation(&self) -> io::Result<u64> {
        let mut file = self.0;
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(0))?;
        file.take(8).read_to_end(&mut bytes)?;
        Ok(<[u8; 8]>::try_from(bytes.as_slice()).map_or(0, u64::from_le_bytes))
    }

    fn set_generation(&self, generation: u64) -> io::Result<()> {
        let mut file = self.0;
        file.seek(SeekFrom::Start(0))?;
        file.write_all(&generation.to_le_bytes())
    }
}

impl Drop for Locked<'_> {
    fn drop(&mut self) {
        // It fails only on a handle that is gone, and then the system has unlocked it.
        let _unlocked = self.0.unlock();
    }
}

fn load(path: &Path) -> Result<Option<Shared>, StoreError> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(StoreError::io(path)(error)),
    };
    let damaged = |_| StoreError::Damaged { path: path.to_owned() };
    // The rest of a newer form may have another shape, so its number is read first.
    let Form { format } = serde_json::from_slice(&bytes).map_err(damaged)?;
    if format > FORMAT {
        return Err(StoreError::Newer { path: path.to_owned() });
    }
    serde_json::from_slice(&bytes).map(Some).map_err(damaged)
}

/// The part of the books that every version has.
#[derive(Deserialize)]
struct Form {
    format: u32,
}

fn save(path: &Path, shared: &Shared) -> Result<(), StoreError> {
    let bytes = serde_json::to_vec(shared).expect("the books hold nothing that JSON lacks");
    write_atomically(path, &bytes, Readers::Owner).map_err(StoreError::io(path))
}

/// Who may read a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Readers {
    Owner,
    Anyone,
}

/// Writes beside the file, then puts it in its place: a reader sees the old one or the new one.
pub(super) fn write_atomically(path: &Path, bytes: &[u8], readers: Readers) -> io::Result<()> {
    let temporary = path.with_extension("tmp");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        let mode = if readers == Readers::Owner { 0o600 } else { 0o644 };
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    }
    #[cfg(not(unix))]
    let _folder_decides = readers;
    let mut file = options.open(&temporary)?;
    file.write_all(bytes)?;
    file.sync_data()?;
    drop(file);
    fs::rename(&temporary, path)
}

#[cfg(test)]
mod tests;
