//! Putting restored files where they belong, so that nothing that is there is lost.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use crate::settings;

use super::staging::Staging;
use super::{BOOK, Manifest, PRACTICE, RestoreError};

/// A folder that has an account or a book takes no other.
pub(super) fn refuse_occupied(data_dir: &Path) -> Result<(), RestoreError> {
    // A write-ahead log that is left would be taken for the restored book's.
    let left = ["", "-wal", "-shm", "-journal"].map(|end| data_dir.join(format!("{BOOK}{end}")));
    let taken = settings::is_live(data_dir) || left.iter().any(|path| path.exists());
    if taken { Err(RestoreError::Occupied) } else { Ok(()) }
}

/// Puts everything in place; where one thing can't be, all are taken back.
///
/// The book comes first and the mark of a live folder last: a power cut in between leaves a folder that takes no
/// money, and that a restore refuses.
pub(super) fn put(staging: &Staging, manifest: &Manifest) -> Result<(), RestoreError> {
    let (from, to) = (staging.path(), staging.data_dir());
    refuse_occupied(to)?;
    let mut moved: Vec<(PathBuf, PathBuf)> = Vec::new();
    let done = (|| {
        for name in [BOOK, PRACTICE] {
            move_new(&mut moved, from.join(name), to.join(name))?;
        }
        // Settings that are there hold no account (else the folder were taken), but somebody chose them.
        let settings = to.join(settings::FILE);
        let aside = to.join(format!("settings.before-{}.toml", crate::till::now().as_millis()));
        move_new(&mut moved, settings.clone(), aside)?;
        move_new(&mut moved, from.join(settings::FILE), settings)?;
        sync(to)?;
        if manifest.live { settings::make_live(to) } else { Ok(()) }
    })();
    done.map_err(|error| {
        for (from, to) in moved.into_iter().rev() {
            // What can't be taken back failed for the reason that is reported.
            let _ = fs::rename(to, from);
        }
        RestoreError::folder(&error)
    })
}

/// Moves what is there to where nothing is.
fn move_new(moved: &mut Vec<(PathBuf, PathBuf)>, from: PathBuf, to: PathBuf) -> io::Result<()> {
    if from.exists() {
        rename_new(&from, &to)?;
        moved.push((from, to));
    }
    Ok(())
}

/// Gives a finished file its name, unless there is one of that name.
pub(super) fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    if to.exists() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    fs::rename(from, to)?;
    match to.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => sync(folder),
        _ => sync(Path::new(".")),
    }
}

/// A name beside a file, for what isn't finished.
pub(super) fn beside(file: &Path) -> PathBuf {
    let mut name = file.file_name().map_or_else(OsString::new, OsString::from);
    name.push(format!(".{}.new", std::process::id()));
    file.with_file_name(name)
}

/// A new file, on Unix for its owner alone.
pub(super) fn create_new(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

pub(super) fn make_parent(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), settings::make_data_dir)
}

/// A name is on the disk only once its folder is.
fn sync(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}
