//! A place inside the data folder where files are gathered before they are sealed, or before they are put in
//! place; one at a time works in it.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use crate::settings;

/// The lock's file and the place's name in the data folder.
const LOCK: &str = "backup.lock";
const PLACE: &str = "backup.tmp";

pub(super) struct Staging {
    data_dir: PathBuf,
    path: PathBuf,
    /// Whether the data folder was made for this.
    made: bool,
    /// Held open: the lock lasts as long as this, and a process that is killed leaves none.
    _lock: File,
}

impl Staging {
    /// An empty place; [`io::ErrorKind::WouldBlock`] if somebody works in it.
    pub(super) fn begin(data_dir: &Path) -> io::Result<Self> {
        let made = !data_dir.exists();
        settings::make_data_dir(data_dir)?;
        let lock = File::options().write(true).create(true).truncate(false).open(data_dir.join(LOCK))?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => io::ErrorKind::WouldBlock.into(),
            TryLockError::Error(error) => error,
        })?;
        let path = data_dir.join(PLACE);
        // What a process left that was killed.
        match fs::remove_dir_all(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => settings::make_data_dir(&path)?,
        }
        Ok(Self { data_dir: data_dir.to_owned(), path, made, _lock: lock })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn data_dir(&self) -> &Path {
        &self.data_dir
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // Only tidiness: the next one begins by clearing up.
        let _ = fs::remove_dir_all(&self.path);
        let _ = fs::remove_file(self.data_dir.join(LOCK));
        if self.made {
            // Stays if anything was put into it.
            let _ = fs::remove_dir(&self.data_dir);
        }
    }
}
