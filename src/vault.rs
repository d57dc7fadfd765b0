//! The merchant's secrets, in the operating system's keyring and nowhere else.
//!
//! Secret Service on Linux, Credential Manager on Windows, Keychain on macOS. Calls to a keyring block, and
//! one may wait for its owner's password or never answer: each runs beside the till's tasks, within a time.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use keyring_core::{Entry, Error as KeyringError};
use sha2::{Digest, Sha256};
use thiserror::Error;
use zeroize::Zeroizing;

/// The most bytes of one entry: Windows takes no more (`CRED_MAX_CREDENTIAL_BLOB_SIZE`), and a till that
/// moves there shall find its secrets fit.
pub const MAX_BYTES: usize = 2_560;
/// How long a keyring has to answer: its owner may have to type a password for it.
const PATIENCE: Duration = Duration::from_secs(30);
/// The name under which the keyring lists our entries.
const SERVICE: &str = "guitai";

/// A secret's bytes: never shown, wiped when dropped.
pub type Secret = Zeroizing<Vec<u8>>;

/// What is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Item {
    /// The key that requests are signed with.
    ApiKey,
    /// The other of two keys, while the owner changes from one to the next.
    OtherApiKey,
    /// The merchant's API certificate, DER.
    Certificate,
    /// Its private key, DER.
    CertificateKey,
    /// The refund PIN's hash.
    RefundPin,
    /// What the audit of refunds is chained by.
    AuditKey,
    /// The audit's last line, so that a tail that is cut off is missed.
    AuditHead,
}

impl Item {
    pub const ALL: [Self; 7] = [
        Self::ApiKey,
        Self::OtherApiKey,
        Self::Certificate,
        Self::CertificateKey,
        Self::RefundPin,
        Self::AuditKey,
        Self::AuditHead,
    ];

    /// Its part of the entry's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ApiKey => "api-key",
            Self::OtherApiKey => "other-api-key",
            Self::Certificate => "certificate",
            Self::CertificateKey => "certificate-key",
            Self::RefundPin => "refund-pin",
            Self::AuditKey => "audit-key",
            Self::AuditHead => "audit-head",
        }
    }
}

/// Why a secret can't be had or kept. What was kept before is as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum VaultError {
    #[error("this system has no keyring (Secret Service) that answers")]
    NoKeyring,
    #[error("the keyring is locked")]
    Locked,
    #[error("the keyring was not allowed to answer")]
    Denied,
    #[error("the keyring doesn't answer")]
    TimedOut,
    #[error("the keyring has no {}", .0.name())]
    Missing(Item),
    #[error("{} is too large for a keyring", .0.name())]
    TooLarge(Item),
    /// The keyring works and fails on this entry: damaged, or there twice.
    #[error("the keyring's {} is damaged", .0.name())]
    Damaged(Item),
}

/// Where one merchant's secrets for one data folder are.
#[derive(Clone)]
#[expect(missing_debug_implementations, reason = "it may hold secrets")]
pub struct Vault {
    /// Merchant and data folder, as the entries are named.
    place: String,
    held: Held,
    patience: Duration,
}

#[derive(Clone)]
enum Held {
    Keyring,
    /// In memory: gone with the process.
    ThisRun(Arc<Mutex<HashMap<Item, Secret>>>),
}

impl Vault {
    /// The keyring's entries for `mch_id` in `data_dir`, which must be there.
    pub fn keyring(mch_id: &str, data_dir: &Path) -> Self {
        Self { place: place(mch_id, data_dir), held: Held::Keyring, patience: PATIENCE }
    }

    /// Holds secrets for this run only: for a system whose keyring is missing or locked, when its owner
    /// chooses that.
    pub fn this_run() -> Self {
        Self { place: String::new(), held: Held::ThisRun(Arc::default()), patience: PATIENCE }
    }

    /// Whether its secrets are gone with the process.
    pub fn is_for_this_run(&self) -> bool {
        matches!(self.held, Held::ThisRun(_))
    }

    /// With another time for the keyring to answer in.
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Keeps a secret in place of an older one.
    pub async fn put(&self, item: Item, secret: &[u8]) -> Result<(), VaultError> {
        if secret.len() > MAX_BYTES {
            return Err(VaultError::TooLarge(item));
        }
        let secret = Secret::new(secret.to_vec());
        match &self.held {
            Held::ThisRun(held) => {
                lock(held).insert(item, secret);
                Ok(())
            }
            Held::Keyring => self.ask(item, move |entry| entry.set_secret(&secret)).await,
        }
    }

    /// Reads a secret.
    pub async fn get(&self, item: Item) -> Result<Secret, VaultError> {
        match &self.held {
            Held::ThisRun(held) => lock(held).get(&item).cloned().ok_or(VaultError::Missing(item)),
            Held::Keyring => match self.ask(item, |entry| entry.get_secret().map(Secret::new)).await {
                Err(VaultError::Missing(_)) => Err(self.missing_or_locked(item).await),
                other => other,
            },
        }
    }

    /// Reads a secret that may rightly not be there.
    pub async fn find(&self, item: Item) -> Result<Option<Secret>, VaultError> {
        match self.get(item).await {
            Ok(secret) => Ok(Some(secret)),
            Err(VaultError::Missing(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// As [`Vault::find`], from a keyring that has just answered: it isn't asked twice whether it is locked.
    pub async fn find_in_open(&self, item: Item) -> Result<Option<Secret>, VaultError> {
        let found = match &self.held {
            Held::ThisRun(_) => self.get(item).await,
            Held::Keyring => self.ask(item, |entry| entry.get_secret().map(Secret::new)).await,
        };
        match found {
            Ok(secret) => Ok(Some(secret)),
            Err(VaultError::Missing(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The API key that a check has proved last: of two it is the older one, and one alone is taken for it.
    pub async fn proved_key(&self) -> Result<Option<Secret>, VaultError> {
        // Also tells whether the keyring is locked.
        let current = self.find(Item::ApiKey).await?;
        Ok(self.find_in_open(Item::OtherApiKey).await?.or(current))
    }

    /// Forgets a secret; that it wasn't there is no failure.
    pub async fn remove(&self, item: Item) -> Result<(), VaultError> {
        match &self.held {
            Held::ThisRun(held) => {
                lock(held).remove(&item);
                Ok(())
            }
            Held::Keyring => match self.ask(item, Entry::delete_credential).await {
                Err(VaultError::Missing(_)) => Ok(()),
                other => other,
            },
        }
    }

    /// A locked Secret Service says of every entry that it isn't there; only writing tells.
    async fn missing_or_locked(&self, item: Item) -> VaultError {
        let probe = format!("{}/probe", self.place);
        let written = self.run(item, probe, |entry| {
            entry.set_secret(b"guitai")?;
            entry.delete_credential()
        });
        written.await.err().unwrap_or(VaultError::Missing(item))
    }

    async fn ask<T: Send + 'static>(
        &self,
        item: Item,
        work: impl FnOnce(&Entry) -> keyring_core::Result<T> + Send + 'static,
    ) -> Result<T, VaultError> {
        self.run(item, format!("{}/{}", self.place, item.name()), work).await
    }

    async fn run<T: Send + 'static>(
        &self,
        item: Item,
        name: String,
        work: impl FnOnce(&Entry) -> keyring_core::Result<T> + Send + 'static,
    ) -> Result<T, VaultError> {
        let work = tokio::task::spawn_blocking(move || {
            open_keyring()?;
            Entry::new(SERVICE, &name).and_then(|entry| work(&entry)).map_err(|error| blame(&error, item))
        });
        match tokio::time::timeout(self.patience, work).await {
            Ok(Ok(result)) => result,
            // The keyring's own code broke down.
            Ok(Err(_panicked)) => Err(VaultError::NoKeyring),
            Err(_) => Err(VaultError::TimedOut),
        }
    }
}

/// The system's keyring is looked for once in a process.
#[cfg(not(test))]
fn open_keyring() -> Result<(), VaultError> {
    match keyring::Entry::store_status() {
        Ok(()) => Ok(()),
        Err(KeyringError::NoStorageAccess(_)) => Err(VaultError::Locked),
        Err(_) => Err(VaultError::NoKeyring),
    }
}

/// The tests put keyring's own mock in the system's place.
#[cfg(test)]
fn open_keyring() -> Result<(), VaultError> {
    tests::open_mock()
}

fn blame(error: &KeyringError, item: Item) -> VaultError {
    match error {
        KeyringError::NoEntry => VaultError::Missing(item),
        KeyringError::TooLong(..) => VaultError::TooLarge(item),
        KeyringError::NoStorageAccess(why) => {
            // The Secret Service's words: `Locked`; `NoResult` where nobody could be asked to unlock it;
            // `Prompt` where its owner was asked and said no.
            let why = format!("{why:?}");
            if why.contains("Locked") || why.contains("NoResult") { VaultError::Locked } else { VaultError::Denied }
        }
        KeyringError::BadEncoding(_)
        | KeyringError::BadDataFormat(..)
        | KeyringError::BadStoreFormat(_)
        | KeyringError::Ambiguous(_) => VaultError::Damaged(item),
        _ => VaultError::NoKeyring,
    }
}

fn lock(held: &Mutex<HashMap<Item, Secret>>) -> std::sync::MutexGuard<'_, HashMap<Item, Secret>> {
    // The map is whole between any two statements.
    held.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The merchant, and the folder by a digest: a path may be longer than a keyring's names.
fn place(mch_id: &str, data_dir: &Path) -> String {
    // The same folder by whatever path it is named.
    let folder = std::fs::canonicalize(data_dir).unwrap_or_else(|_| data_dir.to_owned());
    let digest = Sha256::digest(folder.as_os_str().as_encoded_bytes());
    digest.iter().take(8).fold(format!("{mch_id}/"), |mut name, byte| {
        write!(name, "{byte:02x}").expect("a String takes all that is written");
        name
    })
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use keyring_core::mock;

    use super::*;

    static MOCK: LazyLock<()> =
        LazyLock::new(|| keyring_core::set_default_store(mock::Store::new().expect("a mock keyring")));

    #[expect(clippy::unnecessary_wraps, reason = "the system's keyring may be missing")]
    pub(super) fn open_mock() -> Result<(), VaultError> {
        LazyLock::force(&MOCK);
        Ok(())
    }

    fn vault(name: &str) -> Vault {
        Vault::keyring("1900000001", Path::new(name))
    }

    /// Lets the next call about `item` fail.
    fn fail(vault: &Vault, item: Item, error: KeyringError) {
        open_mock().unwrap();
        let entry = Entry::new(SERVICE, &format!("{}/{}", vault.place, item.name())).unwrap();
        entry.as_any().downcast_ref::<mock::Cred>().unwrap().set_error(error);
    }

    #[tokio::test]
    async fn what_is_put_is_got_until_it_is_removed() {
        for vault in [vault("/a"), Vault::this_run()] {
            assert_eq!(vault.get(Item::ApiKey).await, Err(VaultError::Missing(Item::ApiKey)));
            vault.put(Item::ApiKey, b"first").await.unwrap();
            vault.put(Item::OtherApiKey, &[0, 255, 10]).await.unwrap();
            vault.put(Item::ApiKey, b"second").await.unwrap();
            assert_eq!(vault.get(Item::ApiKey).await.unwrap().as_slice(), b"second");
            assert_eq!(vault.find(Item::OtherApiKey).await.unwrap().unwrap().as_slice(), [0, 255, 10]);
            vault.remove(Item::ApiKey).await.unwrap();
            vault.remove(Item::ApiKey).await.unwrap();
            assert_eq!(vault.find(Item::ApiKey).await, Ok(None));
        }
    }

    #[tokio::test]
    async fn merchants_and_folders_have_their_own() {
        let (here, there) = (vault("/b"), vault("/c"));
        let other = Vault::keyring("1900000002", Path::new("/b"));
        here.put(Item::ApiKey, b"here").await.unwrap();
        assert_eq!(there.find(Item::ApiKey).await, Ok(None));
        assert_eq!(other.find(Item::ApiKey).await, Ok(None));
    }

    #[tokio::test]
    async fn a_blob_is_as_large_as_every_system_takes() {
        for vault in [vault("/d"), Vault::this_run()] {
            vault.put(Item::Certificate, &[7; MAX_BYTES]).await.unwrap();
            let too_large = vault.put(Item::Certificate, &[8; MAX_BYTES + 1]).await;
            assert_eq!(too_large, Err(VaultError::TooLarge(Item::Certificate)));
            assert_eq!(vault.get(Item::Certificate).await.unwrap().as_slice(), [7; MAX_BYTES]);
        }
    }

    #[tokio::test]
    async fn each_trouble_is_named() {
        let vault = vault("/e");
        let because = |text: &str| Box::<dyn std::error::Error + Send + Sync>::from(text);
        for (error, expected) in [
            (KeyringError::NoStorageAccess(because("Locked")), VaultError::Locked),
            (KeyringError::NoStorageAccess(because("NoResult")), VaultError::Locked),
            (KeyringError::NoStorageAccess(because("Prompt")), VaultError::Denied),
            (KeyringError::PlatformFailure(because("no bus")), VaultError::NoKeyring),
            (KeyringError::NoDefaultStore, VaultError::NoKeyring),
            (KeyringError::Ambiguous(Vec::new()), VaultError::Damaged(Item::ApiKey)),
            (KeyringError::TooLong("secret".to_owned(), 2560), VaultError::TooLarge(Item::ApiKey)),
        ] {
            fail(&vault, Item::ApiKey, error);
            assert_eq!(vault.put(Item::ApiKey, b"key").await, Err(expected));
            assert_eq!(vault.find(Item::ApiKey).await, Ok(None), "a failed write leaves what was there");
        }
    }

    #[tokio::test]
    async fn a_keyring_that_never_answers_is_given_up() {
        let vault = vault("/f").with_patience(Duration::from_millis(20));
        let (let_go, held) = std::sync::mpsc::channel::<()>();
        let asked = vault.ask(Item::ApiKey, move |_| {
            let _ = held.recv();
            Ok(())
        });
        assert_eq!(asked.await, Err(VaultError::TimedOut));
        drop(let_go);
    }

    #[test]
    fn names_hold_the_merchant_and_stay_short() {
        let long = format!("/{}", "x".repeat(4_000));
        let name = place("1900000001", Path::new(&long));
        assert!(name.starts_with("1900000001/") && name.len() == 27, "{name}");
        let names: std::collections::HashSet<_> = Item::ALL.into_iter().map(Item::name).collect();
        assert_eq!(names.len(), Item::ALL.len());
    }
}
