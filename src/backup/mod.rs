//! Backup and restore: settings and book in one file that a pass phrase opens, and the secrets only when asked for.
//!
//! There is no backup without a pass phrase: a key that lies in the lost machine's keyring opens nothing. Inside the
//! seal stand a manifest, the secrets, and then, compressed, the files:
//!
//! | folder | files |
//! |---|---|
//! | live | `settings.toml`, `book.db` |
//! | practice | `settings.toml`, `practice/book.db`, and the simulated gateway's own books |
//!
//! A book is copied while tills write in it, as it stands at one moment. A restored book may be older than the truth,
//! so everything in it that isn't final is asked at the gateway before anything is sent for it
//! ([`crate::till::mark_restored`]), and no new order number falls into the time that the book doesn't cover.

mod error;
mod place;
mod seal;
mod staging;

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::bufread::ZlibDecoder;
use flate2::write::ZlibEncoder;
use serde::{Deserialize, Serialize};

use crate::ledger::Book;
use crate::settings::{self, Settings};
use crate::timestamp::Timestamp;
use crate::vault::{Item, MAX_BYTES, Secret, Vault, VaultError};

pub use error::{BackupError, RestoreError};
pub use seal::Passphrase;

use seal::{Opener, Sealer};
use staging::Staging;

/// The book, in a live folder or in practice's.
const BOOK: &str = "book.db";
/// Practice's folder inside the data folder.
const PRACTICE: &str = "practice";
/// What a backup may hold, as paths below the data folder; `/` on every system.
const FILES: [&str; 5] =
    [settings::FILE, BOOK, "practice/book.db", "practice/gateway/books.json", "practice/gateway/certificates.json"];
/// More than this no manifest needs.
const LONGEST_MANIFEST: usize = 64 * 1024;

/// What a backup says of itself; nothing of it is secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Manifest {
    /// Milliseconds since the Unix epoch, as the book has them.
    made_at: i64,
    /// The program's version.
    made_by: String,
    live: bool,
    merchant_id: Option<String>,
    /// The names of the secrets that follow, in their order.
    secrets: Vec<String>,
    /// The files that follow, in their order.
    files: Vec<String>,
}

/// A backup that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// Whether it is a live folder's.
    pub live: bool,
    /// Whether the secrets are in it.
    pub secrets: bool,
    /// The file's size.
    pub bytes: u64,
}

/// A folder that was restored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    pub live: bool,
    /// Whether the secrets were in it; they are in the vault now.
    pub secrets: bool,
    /// When the backup was made.
    pub made_at: Timestamp,
    /// Attempts that the gateway has to be asked about.
    pub open: usize,
}

/// Backs up the folder `data_dir` into a new `file`, with the secrets of `vault` if there is one. Tills in the folder
/// work on meanwhile.
pub async fn make(
    data_dir: &Path,
    file: &Path,
    passphrase: Passphrase,
    vault: Option<&Vault>,
) -> Result<Made, BackupError> {
    if passphrase.is_short() {
        return Err(BackupError::ShortPassphrase);
    }
    let secrets = match vault {
        Some(vault) => read_secrets(vault).await?,
        None => Vec::new(),
    };
    let (data_dir, file) = (data_dir.to_owned(), file.to_owned());
    beside(move || write(&data_dir, &file, &passphrase, &secrets)).await
}

/// Restores a backup into `data_dir`, which must hold no book and no account of its own; the secrets go into the vault
/// that `vault` gives for the merchant. Whole or not at all.
pub async fn restore(
    file: &Path,
    passphrase: Passphrase,
    data_dir: &Path,
    vault: impl FnOnce(&str) -> Vault,
) -> Result<Restored, RestoreError> {
    let (file, folder) = (file.to_owned(), data_dir.to_owned());
    let unsealed = beside(move || unseal(&file, &passphrase, &folder)).await?;
    let Unsealed { manifest, secrets, staging, open } = unsealed;
    let vault = manifest.merchant_id.as_deref().filter(|_| !secrets.is_empty()).map(vault);
    let before = match &vault {
        Some(vault) => keep(vault, &secrets).await?,
        None => Vec::new(),
    };
    let restored = Restored {
        live: manifest.live,
        secrets: !secrets.is_empty(),
        made_at: Timestamp::from_millis(manifest.made_at),
        open,
    };
    let placed = beside(move || place::put(&staging, &manifest)).await;
    if let (Err(_), Some(vault)) = (&placed, &vault) {
        put_back(vault, before).await;
    }
    placed.map(|()| restored)
}

/// Blocking work, beside the caller's tasks.
async fn beside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(broken) => std::panic::resume_unwind(broken.into_panic()),
    }
}

// Making -----------------------------------------------------------------------------------------

/// Read before the book is copied: what the keyring remembers of the book may lag behind it, never run ahead.
async fn read_secrets(vault: &Vault) -> Result<Vec<(Item, Secret)>, VaultError> {
    // Without this one, no backup is a backup of the secrets.
    let mut secrets = vec![(Item::ApiKey, vault.get(Item::ApiKey).await?)];
    for item in Item::ALL.into_iter().filter(|item| *item != Item::ApiKey) {
        secrets.extend(vault.find(item).await?.map(|secret| (item, secret)));
    }
    Ok(secrets)
}

fn write(
    data_dir: &Path,
    file: &Path,
    passphrase: &Passphrase,
    secrets: &[(Item, Secret)],
) -> Result<Made, BackupError> {
    let live = settings::is_live(data_dir);
    let book = if live { data_dir.join(BOOK) } else { data_dir.join(PRACTICE).join(BOOK) };
    let settings = data_dir.join(settings::FILE);
    if !settings.exists() && !book.exists() {
        return Err(BackupError::Nothing);
    }
    if file.exists() {
        return Err(BackupError::Exists);
    }
    let staging = Staging::begin(data_dir).map_err(|error| BackupError::folder(&error))?;
    let manifest = gather(data_dir, live, secrets, staging.path())?;
    let unfinished = place::beside(file);
    let sealed = seal(&unfinished, passphrase, &manifest, secrets, staging.path())
        .and_then(|bytes| place::rename_new(&unfinished, file).map(|()| bytes));
    match sealed {
        Ok(bytes) => Ok(Made { live, secrets: !secrets.is_empty(), bytes }),
        Err(error) => {
            // Nothing lies about after a failure.
            let _ = std::fs::remove_file(&unfinished);
            Err(BackupError::file(&error))
        }
    }
}

/// Copies into `staging` what the folder has of [`FILES`], and says what that is.
fn gather(data_dir: &Path, live: bool, secrets: &[(Item, Secret)], staging: &Path) -> Result<Manifest, BackupError> {
    let wanted = |name: &&str| *name == settings::FILE || live != name.starts_with(PRACTICE);
    let mut files = Vec::new();
    for name in FILES.into_iter().filter(wanted) {
        let (from, to) = (inside(data_dir, name), inside(staging, name));
        if !from.exists() {
            continue;
        }
        place::make_parent(&to).map_err(|error| BackupError::folder(&error))?;
        if name.ends_with(BOOK) {
            Book::open(&from)?.copy_to(&to)?;
            Book::open(&to)?.verify()?;
        } else {
            std::fs::copy(&from, &to).map_err(|error| BackupError::folder(&error))?;
        }
        files.push(name.to_owned());
    }
    let (settings, _told_elsewhere) = Settings::load(data_dir);
    Ok(Manifest {
        made_at: crate::till::now().as_millis(),
        made_by: env!("CARGO_PKG_VERSION").to_owned(),
        live,
        merchant_id: settings.account.merchant_id,
        secrets: secrets.iter().map(|(item, _)| item.name().to_owned()).collect(),
        files,
    })
}

/// Writes the sealed file, flushed to the disk; says how large it is.
fn seal(
    path: &Path,
    passphrase: &Passphrase,
    manifest: &Manifest,
    secrets: &[(Item, Secret)],
    staging: &Path,
) -> io::Result<u64> {
    let file = place::create_new(path)?;
    let mut sealer = Sealer::new(passphrase, BufWriter::new(file))?;
    let manifest_text = serde_json::to_vec(manifest).expect("a manifest has string keys");
    write_part(&mut sealer, &manifest_text)?;
    for (_, secret) in secrets {
        write_part(&mut sealer, secret)?;
    }
    // The secrets stand before it: a compressor's memory isn't wiped.
    let mut packed = ZlibEncoder::new(sealer, Compression::default());
    for name in &manifest.files {
        let mut file = File::open(inside(staging, name))?;
        packed.write_all(&file.metadata()?.len().to_be_bytes())?;
        io::copy(&mut file, &mut packed)?;
    }
    let file = packed.finish()?.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.sync_all()?;
    Ok(file.metadata()?.len())
}

fn write_part(to: &mut impl Write, part: &[u8]) -> io::Result<()> {
    let length = u32::try_from(part.len()).map_err(io::Error::other)?;
    to.write_all(&length.to_be_bytes())?;
    to.write_all(part)
}

// Restoring --------------------------------------------------------------------------------------

/// A backup whose every byte was verified, its files in the staging folder.
struct Unsealed {
    manifest: Manifest,
    secrets: Vec<(Item, Secret)>,
    staging: Staging,
    open: usize,
}

fn unseal(file: &Path, passphrase: &Passphrase, data_dir: &Path) -> Result<Unsealed, RestoreError> {
    place::refuse_occupied(data_dir)?;
    let from = File::open(file).map_err(|error| RestoreError::File { kind: error.kind() })?;
    let mut opener = Opener::new(passphrase, BufReader::new(from))?;
    let reading = |error: io::Error| RestoreError::reading(&error);
    let text = read_part(&mut opener, LONGEST_MANIFEST).map_err(reading)?;
    let manifest: Manifest = serde_json::from_slice(&text).map_err(|_| RestoreError::Newer)?;
    let mut secrets = Vec::new();
    for name in &manifest.secrets {
        let item = Item::ALL.into_iter().find(|item| item.name() == name).ok_or(RestoreError::Newer)?;
        secrets.push((item, read_part(&mut opener, MAX_BYTES).map_err(reading)?));
    }
    let staging = Staging::begin(data_dir).map_err(|error| RestoreError::folder(&error))?;
    unpack(opener, &manifest, staging.path())?;
    let open = mark_books(&manifest, staging.path())?;
    Ok(Unsealed { manifest, secrets, staging, open })
}

/// Puts the files into `staging`, flushed; reads on to the seal's end, without which nothing is verified.
fn unpack(opener: Opener<BufReader<File>>, manifest: &Manifest, staging: &Path) -> Result<(), RestoreError> {
    let reading = |error: io::Error| RestoreError::reading(&error);
    let mut packed = ZlibDecoder::new(BufReader::new(opener));
    for name in &manifest.files {
        // A name that this program doesn't know may lead anywhere.
        let name = FILES.into_iter().find(|known| known == name).ok_or(RestoreError::Newer)?;
        let path = inside(staging, name);
        let mut length = [0; 8];
        packed.read_exact(&mut length).map_err(reading)?;
        let length = u64::from_be_bytes(length);
        let mut file = place::make_parent(&path)
            .and_then(|()| place::create_new(&path))
            .map_err(|error| RestoreError::folder(&error))?;
        copy_exactly(&mut packed, &mut file, length)?;
        file.sync_all().map_err(|error| RestoreError::folder(&error))?;
    }
    let rest = io::copy(&mut packed, &mut io::sink()).map_err(reading)?;
    let after = io::copy(&mut packed.into_inner(), &mut io::sink()).map_err(reading)?;
    if rest + after > 0 { Err(RestoreError::Damaged) } else { Ok(()) }
}

fn copy_exactly(from: &mut impl Read, to: &mut File, length: u64) -> Result<(), RestoreError> {
    let mut piece = vec![0; 64 * 1024];
    let mut left = length;
    while left > 0 {
        let most = piece.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let read = from.read(&mut piece[..most]).map_err(|error| RestoreError::reading(&error))?;
        if read == 0 {
            return Err(RestoreError::Damaged);
        }
        to.write_all(&piece[..read]).map_err(|error| RestoreError::folder(&error))?;
        left -= u64::try_from(read).unwrap_or(left);
    }
    Ok(())
}

fn read_part(from: &mut impl Read, longest: usize) -> io::Result<Secret> {
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
    if length > longest {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut part = Secret::new(vec![0; length]);
    from.read_exact(&mut part)?;
    Ok(part)
}

/// Marks each book as restored and closes it; says how many attempts the gateway has to be asked about.
fn mark_books(manifest: &Manifest, staging: &Path) -> Result<usize, RestoreError> {
    let mut open = 0;
    for name in manifest.files.iter().filter(|name| name.ends_with(BOOK)) {
        let mut book = Book::open(&inside(staging, name))?;
        book.verify()?;
        open += crate::till::mark_restored(&mut book, Timestamp::from_millis(manifest.made_at))?;
    }
    Ok(open)
}

/// Keeps all or none; gives what was there before.
async fn keep(vault: &Vault, secrets: &[(Item, Secret)]) -> Result<Vec<(Item, Option<Secret>)>, VaultError> {
    let mut before = Vec::new();
    for (item, secret) in secrets {
        let kept = async {
            before.push((*item, vault.find(*item).await?));
            vault.put(*item, secret).await
        };
        if let Err(error) = kept.await {
            put_back(vault, before).await;
            return Err(error);
        }
    }
    Ok(before)
}

async fn put_back(vault: &Vault, before: Vec<(Item, Option<Secret>)>) {
    for (item, secret) in before {
        // What can't be put back was refused for the reason that is reported.
        let _ = match secret {
            Some(secret) => vault.put(item, &secret).await,
            None => vault.remove(item).await,
        };
    }
}

/// A name of [`FILES`] below a folder.
fn inside(folder: &Path, name: &str) -> PathBuf {
    name.split('/').fold(folder.to_owned(), |path, part| path.join(part))
}

#[cfg(test)]
mod tests;
