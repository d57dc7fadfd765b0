use std::fs;

use tempfile::TempDir;
use zeroize::Zeroizing;

use super::*;
use crate::ledger::{LedgerError, LineKind, Method, NewAttempt, NewSale, SaleKind};
use crate::money::Fen;
use crate::number::{OutTradeNo, SaleId};

const MERCHANT: &str = "1900000001";

/// A live folder with one sale in its book, and a place for backups.
struct Shop {
    folder: TempDir,
}

impl Shop {
    fn live() -> Self {
        let shop = Self { folder: tempfile::tempdir().unwrap() };
        settings::make_data_dir(&shop.data()).unwrap();
        settings::make_live(&shop.data()).unwrap();
        let mut settings = Settings { shop_name: "王记便利店".to_owned(), ..Settings::default() };
        settings.account.merchant_id = Some(MERCHANT.to_owned());
        settings.save(&shop.data()).unwrap();
        sell(&shop.data(), 1);
        shop
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("backup")
    }

    /// A folder to restore into that isn't there yet.
    fn elsewhere(&self) -> PathBuf {
        self.folder.path().join("elsewhere")
    }

    async fn back_up(&self, vault: Option<&Vault>) -> Result<Made, BackupError> {
        make(&self.data(), &self.file(), passphrase("open, sesame"), vault).await
    }

    async fn restore(&self, to: &Path, vault: &Vault) -> Result<Restored, RestoreError> {
        restore(&self.file(), passphrase("open, sesame"), to, |_| vault.clone()).await
    }

    /// Every name below the shop's folder.
    fn names(&self) -> Vec<String> {
        let mut names = Vec::new();
        let mut folders = vec![self.folder.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                names.push(path.strip_prefix(self.folder.path()).unwrap().display().to_string());
                if path.is_dir() {
                    folders.push(path);
                }
            }
        }
        names.sort();
        names
    }
}

fn passphrase(text: &str) -> Passphrase {
    Passphrase::new(Zeroizing::new(text.to_owned()))
}

/// Writes a sale down, as its attempt stands before anything is sent.
fn sell(data_dir: &Path, n: u32) {
    let at = Timestamp::from_wire("20261122120000").unwrap();
    let id = SaleId::new(i64::from(n));
    let total_fee = Fen::new(1250).unwrap();
    let sale = NewSale { id, created_at: at, amount: total_fee, note: "伞".to_owned(), till: 1, kind: SaleKind::Sale };
    let attempt = NewAttempt {
        out_trade_no: OutTradeNo::make(at, 1, n),
        sale: id,
        method: Method::Native,
        total_fee,
        created_at: at,
        state: "creating".to_owned(),
        // Rules that this program can't read, as a newer one's would be: they are kept as they are.
        rules: "{}".to_owned(),
        order: "{}".to_owned(),
        code: None,
        owner: None,
    };
    Book::open(&data_dir.join(BOOK)).unwrap().begin(Some(&sale), &attempt, &[]).unwrap();
}

fn sales(data_dir: &Path) -> Vec<i64> {
    let book = Book::open(&data_dir.join(BOOK)).unwrap();
    (1..9).filter(|n| book.sale(SaleId::new(*n)).unwrap().is_some()).collect()
}

async fn full_vault() -> Vault {
    let vault = Vault::this_run();
    for item in Item::ALL {
        vault.put(item, format!("the {}", item.name()).as_bytes()).await.unwrap();
    }
    vault
}

#[tokio::test]
async fn what_is_backed_up_is_restored_and_is_live() {
    let (shop, vault) = (Shop::live(), full_vault().await);
    // A till that holds the book open and writes on.
    let writing = Book::open(&shop.data().join(BOOK)).unwrap();
    let made = shop.back_up(Some(&vault)).await.unwrap();
    sell(&shop.data(), 2);
    drop(writing);
    assert_eq!((made.live, made.secrets, made.bytes), (true, true, fs::metadata(shop.file()).unwrap().len()));

    let empty = Vault::this_run();
    let restored = shop.restore(&shop.elsewhere(), &empty).await.unwrap();
    assert_eq!((restored.live, restored.secrets, restored.open), (true, true, 1));
    assert_eq!(sales(&shop.elsewhere()), [1], "as it stood then");
    assert_eq!(sales(&shop.data()), [1, 2]);
    assert!(settings::is_live(&shop.elsewhere()));
    let (settings, problems) = Settings::load(&shop.elsewhere());
    assert_eq!((settings.shop_name.as_str(), problems.len()), ("王记便利店", 0));
    for item in Item::ALL {
        assert_eq!(empty.get(item).await.unwrap(), vault.get(item).await.unwrap(), "{}", item.name());
    }
    assert_eq!(
        shop.names(),
        ["backup", "data", "data/book.db", "data/live", "data/settings.toml"]
            .into_iter()
            .chain(["elsewhere", "elsewhere/book.db", "elsewhere/live", "elsewhere/settings.toml"])
            .map(str::to_owned)
            .collect::<Vec<_>>(),
        "nothing lies about"
    );
}

#[tokio::test]
async fn secrets_are_in_it_only_when_asked_for_and_nothing_is_in_the_clear() {
    let (shop, vault) = (Shop::live(), full_vault().await);
    shop.back_up(None).await.unwrap();
    let restored = shop.restore(&shop.elsewhere(), &vault).await.unwrap();
    assert!(!restored.secrets);
    fs::remove_file(shop.file()).unwrap();
    shop.back_up(Some(&vault)).await.unwrap();
    let file = fs::read(shop.file()).unwrap();
    let shown = |text: &str| file.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(!["the api-key", "sesame", "SQLite", MERCHANT, "book.db", "api-key"].into_iter().any(shown));
}

#[tokio::test]
async fn a_backup_never_overwrites_and_leaves_nothing_when_it_fails() {
    let (shop, vault) = (Shop::live(), full_vault().await);
    let before = shop.names();
    let short = make(&shop.data(), &shop.file(), passphrase("1234567"), None).await;
    assert_eq!(short, Err(BackupError::ShortPassphrase));
    let nowhere = make(&shop.elsewhere(), &shop.file(), passphrase("open, sesame"), None).await;
    assert_eq!(nowhere, Err(BackupError::Nothing));
    let no_folder = shop.folder.path().join("nowhere/backup");
    let unwritable = make(&shop.data(), &no_folder, passphrase("open, sesame"), None).await;
    assert_eq!(unwritable, Err(BackupError::File { kind: io::ErrorKind::NotFound }));
    let keyless = make(&shop.data(), &shop.file(), passphrase("open, sesame"), Some(&Vault::this_run())).await;
    assert_eq!(keyless, Err(BackupError::Vault(VaultError::Missing(Item::ApiKey))));
    assert_eq!(shop.names(), before);
    fs::write(shop.file(), "mine").unwrap();
    assert_eq!(shop.back_up(Some(&vault)).await, Err(BackupError::Exists));
    assert_eq!(fs::read(shop.file()).unwrap(), b"mine");

    // A book that is damaged in its middle is not backed up as if it were one.
    fs::remove_file(shop.file()).unwrap();
    let book = shop.data().join(BOOK);
    let mut bytes = fs::read(&book).unwrap();
    let middle = bytes.len() / 2;
    bytes[4096..middle].fill(0xa5);
    fs::write(&book, bytes).unwrap();
    assert_eq!(shop.back_up(None).await, Err(BackupError::Book(LedgerError::Damaged)));
    assert!(!shop.file().exists());
}

#[tokio::test]
async fn one_at_a_time_works_in_a_folder() {
    let shop = Shop::live();
    let staging = Staging::begin(&shop.data()).unwrap();
    assert_eq!(shop.back_up(None).await, Err(BackupError::Busy));
    drop(staging);
    // What a killed process leaves is cleared away by the next.
    let left = shop.data().join("backup.tmp/left");
    fs::create_dir_all(left.parent().unwrap()).unwrap();
    fs::write(&left, "x").unwrap();
    shop.back_up(None).await.unwrap();
    assert!(!left.exists());
}

#[tokio::test]
async fn a_folder_in_use_is_left_as_it_is() {
    let (shop, vault) = (Shop::live(), Vault::this_run());
    shop.back_up(Some(&full_vault().await)).await.unwrap();
    let taken = |name: &str, content: &str| {
        let folder = shop.folder.path().join(name.replace(['.', '-'], "_"));
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join(name), content).unwrap();
        folder
    };
    for folder in [
        shop.data(),
        taken("book.db", ""),
        taken("book.db-wal", ""),
        taken("live", ""),
        taken("settings.toml", "merchant_id = \"1900000009\""),
    ] {
        let before = shop.names();
        assert_eq!(shop.restore(&folder, &vault).await, Err(RestoreError::Occupied), "{}", folder.display());
        assert_eq!(shop.names(), before);
        assert_eq!(vault.find(Item::ApiKey).await, Ok(None));
    }
    // Settings that somebody only chose a language in are put aside, and practice stays.
    let folder = taken("settings.toml.chosen", "");
    fs::write(folder.join("settings.toml"), "language = \"en\"").unwrap();
    fs::create_dir(folder.join("practice")).unwrap();
    shop.restore(&folder, &vault).await.unwrap();
    let aside = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let aside: Vec<_> = aside.filter(|path| path.display().to_string().contains("before-")).collect();
    assert_eq!(aside.len(), 1);
    assert_eq!(fs::read(&aside[0]).unwrap(), b"language = \"en\"");
    assert_eq!(sales(&folder), [1]);
}

#[tokio::test]
async fn what_is_damaged_restores_nothing() {
    let (shop, vault) = (Shop::live(), Vault::this_run());
    shop.back_up(Some(&full_vault().await)).await.unwrap();
    let whole = fs::read(shop.file()).unwrap();
    let before = shop.names();
    let mut changed = whole.clone();
    let last = changed.len() - 1;
    changed[last] ^= 1;
    for (file, error) in [
        (&whole[..whole.len() - 1], RestoreError::Damaged),
        (&whole[..100], RestoreError::Damaged),
        (&changed[..], RestoreError::Damaged),
        (&b"PK\x03\x04 some zip"[..], RestoreError::NotABackup),
        (&b""[..], RestoreError::NotABackup),
    ] {
        fs::write(shop.file(), file).unwrap();
        assert_eq!(shop.restore(&shop.elsewhere(), &vault).await, Err(error));
        assert_eq!((shop.names(), vault.find(Item::ApiKey).await), (before.clone(), Ok(None)));
    }
    fs::write(shop.file(), &whole).unwrap();
    let wrong = restore(&shop.file(), passphrase("open, Sesame"), &shop.elsewhere(), |_| vault.clone()).await;
    assert_eq!(wrong, Err(RestoreError::WrongPassphrase));
    fs::remove_file(shop.file()).unwrap();
    let gone = shop.restore(&shop.elsewhere(), &vault).await;
    assert_eq!(gone, Err(RestoreError::File { kind: io::ErrorKind::NotFound }));
}

/// Seals what no version of ours would, under the right pass phrase.
fn forge(shop: &Shop, manifest: &Manifest, files: &[&[u8]], secrets: &[&[u8]]) {
    let out = File::create(shop.file()).unwrap();
    let mut sealer = Sealer::new(&passphrase("open, sesame"), out).unwrap();
    write_part(&mut sealer, &serde_json::to_vec(manifest).unwrap()).unwrap();
    for secret in secrets {
        write_part(&mut sealer, secret).unwrap();
    }
    let mut packed = ZlibEncoder::new(sealer, Compression::default());
    for file in files {
        packed.write_all(&u64::try_from(file.len()).unwrap().to_be_bytes()).unwrap();
        packed.write_all(file).unwrap();
    }
    packed.finish().unwrap().finish().unwrap();
}

#[tokio::test]
async fn what_this_program_does_not_know_is_named_newer_and_leads_nowhere() {
    let (shop, vault) = (Shop::live(), Vault::this_run());
    let manifest = |file: &str, secret: &str| Manifest {
        made_at: 0,
        made_by: "9.0.0".to_owned(),
        live: true,
        merchant_id: Some(MERCHANT.to_owned()),
        secrets: vec![secret.to_owned()].into_iter().filter(|name| !name.is_empty()).collect(),
        files: vec![file.to_owned()],
    };
    let before = shop.names();
    for (file, secret, content, error) in [
        ("../../etc/passwd", "", &b"x"[..], RestoreError::Newer),
        ("/etc/passwd", "", b"x", RestoreError::Newer),
        (BOOK, "the-owner's-name", b"x", RestoreError::Newer),
        (BOOK, "", b"no book at all, but long enough to be one", RestoreError::Book(LedgerError::Damaged)),
    ] {
        let secrets: &[&[u8]] = if secret.is_empty() { &[] } else { &[b"x"] };
        forge(&shop, &manifest(file, secret), &[content], secrets);
        assert_eq!(shop.restore(&shop.elsewhere(), &vault).await, Err(error), "{file}");
        fs::remove_file(shop.file()).unwrap();
        assert_eq!(shop.names(), before);
    }
}

#[tokio::test]
async fn secrets_are_all_kept_or_none() {
    let vault = Vault::this_run();
    vault.put(Item::ApiKey, b"an older one").await.unwrap();
    let too_large = Secret::new(vec![0; MAX_BYTES + 1]);
    let secrets = [(Item::ApiKey, Secret::new(b"new".to_vec())), (Item::Certificate, too_large)];
    assert_eq!(keep(&vault, &secrets).await, Err(VaultError::TooLarge(Item::Certificate)));
    assert_eq!(vault.get(Item::ApiKey).await.unwrap().as_slice(), b"an older one");
    assert_eq!(vault.find(Item::Certificate).await, Ok(None));
}

#[cfg(unix)]
#[tokio::test]
async fn files_are_all_in_place_or_none() {
    let (shop, vault) = (Shop::live(), Vault::this_run());
    vault.put(Item::ApiKey, b"an older one").await.unwrap();
    shop.back_up(Some(&full_vault().await)).await.unwrap();
    // The last step, the mark of a live folder, can't be written.
    fs::create_dir(shop.elsewhere()).unwrap();
    fs::write(shop.elsewhere().join("settings.toml"), "language = \"en\"").unwrap();
    std::os::unix::fs::symlink("/nowhere/live", shop.elsewhere().join("live")).unwrap();
    let before = shop.names();
    let restored = shop.restore(&shop.elsewhere(), &vault).await;
    assert_eq!(restored, Err(RestoreError::Folder { kind: io::ErrorKind::NotFound }));
    assert_eq!(shop.names(), before);
    assert_eq!(fs::read(shop.elsewhere().join("settings.toml")).unwrap(), b"language = \"en\"");
    assert_eq!(vault.get(Item::ApiKey).await.unwrap().as_slice(), b"an older one");
    assert_eq!(vault.find(Item::Certificate).await, Ok(None));
}

#[test]
fn a_restored_book_says_so_in_its_journal() {
    let shop = Shop::live();
    let mut book = Book::open(&shop.data().join(BOOK)).unwrap();
    // A clock that runs behind the backup's doesn't count.
    let made_at = Timestamp::from_wire("20991231235959").unwrap();
    assert_eq!(crate::till::mark_restored(&mut book, made_at), Ok(1));
    assert_eq!(book.restored_at(), Ok(Some(made_at)));
    let lines = book.journal_of(SaleId::new(1)).unwrap();
    assert!(lines.iter().all(|line| line.kind != LineKind::State), "rules that can't be read are left as they are");
}
