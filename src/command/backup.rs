//! `guitai backup` and `guitai restore`.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use crate::backup::{self, BackupError, Passphrase, RestoreError};
use crate::settings::{self, Settings};
use crate::vault::Vault;

use super::output::{Exit, Output};
use super::session::{LIVE, PRACTICE};
use super::{Common, secret};

/// `guitai backup`
#[derive(Debug, Clone, Args)]
pub struct Backup {
    /// Where to; a file that is there is never overwritten.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Read the pass phrase from standard input, where no list of processes shows it.
    #[arg(long, required = true)]
    pub passphrase_stdin: bool,
    /// API key, certificate, private key and refund PIN too.
    #[arg(long)]
    pub with_secrets: bool,
}

/// `guitai restore`
#[derive(Debug, Clone, Args)]
pub struct Restore {
    /// A backup.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Read the pass phrase from standard input, where no list of processes shows it.
    #[arg(long, required = true)]
    pub passphrase_stdin: bool,
}

pub(super) async fn back_up(common: &Common, backup: Backup, output: Output) -> Exit {
    let data_dir = settings::data_dir(common.data_dir.clone());
    let (settings, _told_by_the_till) = Settings::load(&data_dir);
    let lang = super::session::lang(common, &settings);
    let output = output.in_language(lang);
    let made = async {
        // What can't be read is no pass phrase that could be typed again.
        let passphrase = secret::line().map_err(|_| BackupError::ShortPassphrase)?;
        let vault = backup.with_secrets.then(|| vault(&settings, &data_dir)).transpose()?;
        backup::make(&data_dir, &backup.file, Passphrase::new(passphrase), vault.as_ref()).await
    };
    let file = backup.file.display().to_string();
    match made.await {
        Ok(made) => {
            let object = json!({
                "outcome": "accepted",
                "mode": mode(made.live),
                "file": file,
                "bytes": made.bytes,
                "secrets": made.secrets,
            });
            output.say(&lang.backed_up(&file, made.live, made.secrets), &object);
            Exit::Done
        }
        Err(error) => output.refused(&lang.backup_error(&error)),
    }
}

/// Where a live folder's secrets are.
fn vault(settings: &Settings, data_dir: &Path) -> Result<Vault, BackupError> {
    let merchant = settings.account.merchant_id.as_deref().filter(|_| settings::is_live(data_dir));
    merchant.map(|merchant| Vault::keyring(merchant, data_dir)).ok_or(BackupError::NoSecrets)
}

pub(super) async fn restore(common: &Common, restore: Restore, output: Output) -> Exit {
    let data_dir = settings::data_dir(common.data_dir.clone());
    let lang = output.lang();
    let restored = async {
        let passphrase = secret::line().map_err(|_| RestoreError::WrongPassphrase)?;
        let vault = |merchant: &str| Vault::keyring(merchant, &data_dir);
        backup::restore(&restore.file, Passphrase::new(passphrase), &data_dir, vault).await
    };
    match restored.await {
        Ok(restored) => {
            let object = json!({
                "outcome": "accepted",
                "mode": mode(restored.live),
                "made_at": restored.made_at.to_string(),
                "secrets": restored.secrets,
                "open": restored.open,
            });
            output.say(&lang.restored(restored.made_at, restored.live, restored.secrets, restored.open), &object);
            Exit::Done
        }
        Err(error) => output.refused(&lang.restore_error(&error)),
    }
}

fn mode(live: bool) -> &'static str {
    if live { LIVE } else { PRACTICE }
}
