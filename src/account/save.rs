//! Keeps a set-up: secrets in the vault, the rest in the settings; all of it or nothing.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::settings::{self, Account, Problem, Settings, SettingsError};
use crate::vault::{Item, Secret, Vault, VaultError};
use crate::wechat::sign::ApiKey;
use crate::wechat::{Client, Config, ConfigError};

use super::draft::{Draft, Field, Flaw};
use super::file::PlainFile;
use super::live::{self, LiveError};

/// Where the secrets go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    Keyring,
    /// In memory, for this run only: chosen by the owner where the keyring is missing or locked.
    ThisRun,
}

/// Why nothing was set up. What was there before is as it was, but that the folder is live now.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SaveError {
    #[error("{field:?}: {flaw}")]
    Flaw { field: Field, flaw: Flaw },
    #[error("the folder {} can't be used: {kind}", path.display())]
    Folder { path: PathBuf, kind: io::ErrorKind },
    #[error("{0}")]
    Settings(Problem),
    /// The merchant before has a refund PIN.
    #[error("a refund PIN is set for the merchant before")]
    PinStands,
    #[error(transparent)]
    NotSaved(#[from] SettingsError),
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error(transparent)]
    Gateway(#[from] ConfigError),
    #[error(transparent)]
    Account(#[from] LiveError),
}

/// A set-up that is kept.
#[expect(missing_debug_implementations, reason = "its vault may hold secrets")]
pub struct Saved {
    pub account: Account,
    /// Where its secrets are: a session is opened with it.
    pub vault: Vault,
    /// Files with secrets in the clear that may be deleted now.
    pub files: Vec<PlainFile>,
}

/// Makes the folder, if need be, and makes it live for good: who tried to go live must never be shown practice for it.
pub fn go_live(data_dir: &Path) -> Result<(), SaveError> {
    let folder = |error: io::Error| SaveError::Folder { path: data_dir.to_owned(), kind: error.kind() };
    settings::make_data_dir(data_dir).map_err(folder)?;
    settings::make_live(data_dir).map_err(folder)
}

/// Keeps a draft in the data folder, which is live from then on.
pub async fn save(draft: &Draft, data_dir: &Path, keep: Keep) -> Result<Saved, SaveError> {
    go_live(data_dir)?;
    let (mut settings, problems) = Settings::load(data_dir);
    if let Some(problem) = problems.into_iter().find(|problem| !matches!(problem, Problem::Field { .. })) {
        return Err(SaveError::Settings(problem));
    }
    if let Some((field, flaw)) = draft.problems().into_iter().next() {
        return Err(SaveError::Flaw { field, flaw });
    }
    let (Some(account), Some(till_number)) = (draft.account(), draft.till_number()) else {
        return Err(LiveError::NotSetUp.into());
    };
    check(&account, draft)?;
    draft.shop_name.trim().clone_into(&mut settings.shop_name);
    draft.shop_category.trim().clone_into(&mut settings.shop_category);
    settings.till_number = till_number;
    if keep == Keep::Keyring {
        stays_under_its_pin(&settings.account, &account, data_dir).await?;
    }
    settings.account = account.clone();
    let vault = match keep {
        Keep::Keyring => Vault::keyring(account.merchant_id.as_deref().unwrap_or_default(), data_dir),
        Keep::ThisRun => Vault::this_run(),
    };
    keep_all(&vault, draft, || settings.save(data_dir)).await?;
    Ok(Saved { account, vault, files: draft.plain_files() })
}

/// Another merchant's keys lie in another place, where no PIN is: who may not refund may not go round it that way.
async fn stays_under_its_pin(old: &Account, new: &Account, data_dir: &Path) -> Result<(), SaveError> {
    let Some(merchant) = old.merchant_id.as_deref().filter(|id| new.merchant_id.as_deref() != Some(id)) else {
        return Ok(());
    };
    match Vault::keyring(merchant, data_dir).find(Item::RefundPin).await? {
        Some(_) => Err(SaveError::PinStands),
        None => Ok(()),
    }
}

/// Whether there can be a client with these values; nothing is sent.
fn check(account: &Account, draft: &Draft) -> Result<(), SaveError> {
    Client::new(Config {
        appid: account.app_id.clone().unwrap_or_default(),
        mch_id: account.merchant_id.clone().unwrap_or_default(),
        sub: live::sub_merchant(account),
        api_key: ApiKey::new(draft.api_key.trim()),
        other_api_key: None,
        sign_type: live::sign_type(account.sign_type),
        gateway: account.gateway.clone(),
        ca_pem: account.gateway_ca.as_deref().map(live::authorities).transpose()?,
        certificate: draft.identity().map(live::client_certificate),
    })?;
    Ok(())
}

/// Secrets and settings, all or none of them.
pub(super) async fn keep_all(
    vault: &Vault,
    draft: &Draft,
    save: impl FnOnce() -> Result<(), SettingsError>,
) -> Result<(), SaveError> {
    let api_key = draft.api_key.trim().as_bytes();
    let proved = vault.proved_key().await?;
    // The key before this one serves on, until a check has proved the new one.
    let other = proved.filter(|key| key.as_slice() != api_key);
    let mut new = vec![(Item::OtherApiKey, other), (Item::ApiKey, Some(Secret::new(api_key.to_vec())))];
    if let Some(identity) = draft.identity() {
        new.push((Item::Certificate, Some(Secret::new(identity.certificate().to_vec()))));
        new.push((Item::CertificateKey, Some(Secret::new(identity.key().to_vec()))));
    }
    let mut old = Vec::new();
    let mut kept = Ok(());
    for (item, secret) in new {
        kept = async {
            let before = vault.find_in_open(item).await?;
            let changes = before != secret;
            old.push((item, before));
            if changes { put(vault, item, secret).await } else { Ok(()) }
        }
        .await
        .map_err(SaveError::from);
        if kept.is_err() {
            break;
        }
    }
    let kept = kept.and_then(|()| save().map_err(SaveError::from));
    if kept.is_err() {
        for (item, secret) in old {
            // What can't be put back was refused for the reason that is reported.
            let _ = put(vault, item, secret).await;
        }
    }
    kept
}

async fn put(vault: &Vault, item: Item, secret: Option<Secret>) -> Result<(), VaultError> {
    match secret {
        Some(secret) => vault.put(item, &secret).await,
        None => vault.remove(item).await,
    }
}
