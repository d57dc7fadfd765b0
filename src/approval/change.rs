//! How the owner changes the rules. Where there is a PIN it is asked for first: who may not refund may not loosen the
//! rules either.

use subtle::ConstantTimeEq;
use thiserror::Error;

use crate::settings::{self, RefundRules, Settings, SettingsError};
use crate::timestamp::Timestamp;
use crate::vault::{Item, VaultError};

use super::{Desk, NotApproved, Pin};

/// Why the rules are as they were.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NotChanged {
    #[error(transparent)]
    NotApproved(#[from] NotApproved),
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// Practice has no keyring and so no PIN to ask for: it changes nothing of a folder that is live.
    #[error("practice doesn't change the rules of a live till")]
    IsLive,
    /// The secrets are held for this run only: the keyring, and a PIN that it may hold, was passed over.
    #[error("the rules of a live till are not changed while its secrets are held for this run only")]
    ThisRun,
    /// What was typed in place of a forgotten PIN is not the merchant's API key.
    #[error("this is not the merchant's API key")]
    OtherKey,
}

impl Desk {
    /// Whether there can be a PIN: practice has no keyring to keep one in.
    pub const fn may_have_pin(&self) -> bool {
        self.vault.is_some()
    }

    /// Opens the rules to their owner. A PIN that is given counts as a try.
    pub async fn unlock(&self, pin: Option<&Pin>, now: Timestamp) -> Result<(), NotChanged> {
        match &self.vault {
            None if settings::is_live(&self.data_dir) => return Err(NotChanged::IsLive),
            Some(vault) if vault.is_for_this_run() && settings::is_live(&self.data_dir) => {
                return Err(NotChanged::ThisRun);
            }
            None | Some(_) => {}
        }
        if let Some(hash) = self.pin_hash().await? {
            self.look_at(hash, pin.ok_or(NotApproved::PinNeeded)?, now).await?;
        }
        Ok(())
    }

    /// Keeps other rules; every process goes by them from its next refund on.
    pub async fn set_rules(&self, pin: Option<&Pin>, rules: RefundRules, now: Timestamp) -> Result<(), NotChanged> {
        self.unlock(pin, now).await?;
        let data_dir = self.data_dir.clone();
        let kept = tokio::task::spawn_blocking(move || Settings::change(&data_dir, |settings| settings.refund = rules));
        Ok(kept.await.map_err(|_| NotApproved::System)??)
    }

    /// Takes a forgotten PIN away for whoever has the merchant's API key, which is worth more than the PIN: it lets
    /// refunds be made without this program. A key that is tried counts as a PIN that is.
    pub async fn forget_pin(&self, api_key: &str, now: Timestamp) -> Result<(), NotChanged> {
        let vault = self.vault.as_ref().ok_or(NotApproved::Vault(VaultError::NoKeyring))?;
        // A key that was typed into the set-up and that no check has proved is nobody's yet.
        let kept = vault.proved_key().await.map_err(NotApproved::Vault)?;
        let kept = kept.ok_or(NotApproved::Vault(VaultError::Missing(Item::ApiKey)))?;
        self.count_try(now).await?;
        let is_right: bool = kept.as_slice().ct_eq(api_key.trim().as_bytes()).into();
        if !is_right {
            return Err(NotChanged::OtherKey);
        }
        vault.remove(Item::RefundPin).await.map_err(NotApproved::Vault)?;
        self.ledger.pin_was_right().await.map_err(|_| NotApproved::Book)?;
        Ok(())
    }
}
