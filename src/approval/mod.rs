//! Who may refund, and how much: the owner's rules, the PIN, and the audit's key.
//!
//! | rule in the settings | what it does |
//! |---|---|
//! | `refund_free_below` | up to this amount no PIN is asked for |
//! | `refund_never_above` | more than this is never refunded here, with the PIN or without |
//! | `refund_day_cap` | so much and no more goes back in a Beijing day; the book holds it |
//! | `approvers` | one of these has approved it, by name |
//!
//! Where no PIN was set nobody is asked for one, and where nobody is named nobody is asked who it is: a shop of one
//! person. The other rules hold all the same. They are read from the settings for each refund, so that a change holds
//! at once in every process.

mod change;
mod pin;

use std::path::PathBuf;
use std::time::Duration;

use thiserror::Error;

use crate::audit::{Approval, ChainKey, Fault, Head, Means, Sound};
use crate::ledger::{Ledger, LedgerError, PinTry};
use crate::money::Fen;
use crate::settings::RefundRules;
use crate::timestamp::Timestamp;
use crate::vault::{Item, Vault, VaultError};

pub use change::NotChanged;
pub use pin::Pin;

use pin::PinHash;

/// The most characters of an approver's name.
const LONGEST_NAME: usize = 40;

/// Why a refund is not approved. Nothing was queued.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NotApproved {
    #[error("more than the owner lets anybody refund ({} fen)", .limit.as_i64())]
    AboveLimit { limit: Fen },
    #[error("this refund needs the PIN")]
    PinNeeded,
    /// So many more may be wrong before a wait; 0 is a wait now.
    #[error("the PIN is wrong")]
    PinWrong { left: u32 },
    /// Too many were wrong.
    #[error("no PIN is taken for {} s", .wait.as_secs())]
    Locked { wait: Duration },
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// A try that can't be counted is none.
    #[error("the book can't count the try")]
    Book,
    #[error("the system gives no randomness")]
    System,
    /// The owner has named who approves refunds, and this is none of them.
    #[error("none of those who approve refunds")]
    NotNamed,
    /// The owner's rules can't be read: none are not taken for them.
    #[error("the owner's rules can't be read")]
    Rules,
}

/// Why the audit could not be looked through.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotAudited {
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error(transparent)]
    Book(#[from] LedgerError),
}

/// Where refunds are approved. A cheap handle.
#[derive(Clone)]
#[expect(missing_debug_implementations, reason = "its vault may hold secrets")]
pub struct Desk {
    /// Practice has none, and so no PIN.
    vault: Option<Vault>,
    ledger: Ledger,
    /// Where the settings with the owner's rules are.
    data_dir: PathBuf,
}

impl Desk {
    pub fn new(vault: Option<Vault>, ledger: Ledger, data_dir: PathBuf) -> Self {
        Self { vault, ledger, data_dir }
    }

    /// The owner's rules as they stand now.
    pub async fn rules(&self) -> Result<RefundRules, NotApproved> {
        let data_dir = self.data_dir.clone();
        let read = tokio::task::spawn_blocking(move || RefundRules::load(&data_dir));
        read.await.map_err(|_| NotApproved::System)?.map_err(|_| NotApproved::Rules)
    }

    /// Whether a refund of this amount will be asked for the PIN.
    pub async fn needs_pin(&self, amount: Fen) -> Result<bool, NotApproved> {
        let rules = self.rules().await?;
        within_limit(&rules, amount)?;
        Ok(!is_free(&rules, amount) && self.pin_hash().await?.is_some())
    }

    /// Leave to refund this amount: by the rules, or by the PIN. A try is in the book before the PIN is looked at.
    pub async fn approve(
        &self,
        amount: Fen,
        by: &str,
        pin: Option<&Pin>,
        now: Timestamp,
    ) -> Result<Approval, NotApproved> {
        self.approve_list(amount, amount, by, pin, now).await
    }

    /// Leave to refund a list of so much together, no refund of it above `largest`. The PIN is asked for once, and by
    /// the sum, so that nobody gets round it by many small refunds; what is never refunded holds for each.
    pub async fn approve_list(
        &self,
        sum: Fen,
        largest: Fen,
        by: &str,
        pin: Option<&Pin>,
        now: Timestamp,
    ) -> Result<Approval, NotApproved> {
        let rules = self.rules().await?;
        within_limit(&rules, largest)?;
        if !rules.approvers.is_empty() && !rules.approvers.iter().any(|name| name == by) {
            return Err(NotApproved::NotNamed);
        }
        let means = match self.pin_hash().await? {
            Some(hash) if !is_free(&rules, sum) => {
                self.look_at(hash, pin.ok_or(NotApproved::PinNeeded)?, now).await?;
                Means::Pin
            }
            Some(_) | None => Means::Rules,
        };
        // Lines that nobody remembered yet: the till's own, and those of a process that was killed.
        let _ = self.remember().await;
        let by = by.chars().filter(|letter| !letter.is_control()).take(LONGEST_NAME).collect();
        Ok(Approval { by, means, up_to: largest, day_cap: rules.day_cap })
    }

    /// Sets the PIN, or takes it away with `None`. Where there is one it must be given, and counts as a try.
    pub async fn set_pin(&self, old: Option<&Pin>, new: Option<&Pin>, now: Timestamp) -> Result<(), NotApproved> {
        let vault = self.vault.as_ref().ok_or(VaultError::NoKeyring)?;
        if let Some(hash) = self.pin_hash().await? {
            self.look_at(hash, old.ok_or(NotApproved::PinNeeded)?, now).await?;
        }
        match new {
            None => vault.remove(Item::RefundPin).await?,
            Some(pin) => {
                let mut salt = [0; pin::SALT];
                getrandom::fill(&mut salt).map_err(|_| NotApproved::System)?;
                let hash = hashed(pin.clone(), salt).await?;
                vault.put(Item::RefundPin, &hash.to_bytes()).await?;
            }
        }
        Ok(())
    }

    /// The most that one refund may be.
    pub async fn limit(&self) -> Result<Option<Fen>, NotApproved> {
        Ok(self.rules().await?.never_above)
    }

    /// Whether a PIN was set.
    pub async fn has_pin(&self) -> Result<bool, NotApproved> {
        Ok(self.pin_hash().await?.is_some())
    }

    /// Remembers the audit's last line where its key is, so that a tail that is cut off is missed. After each refund; a
    /// line that is not remembered, because the power went, is held by the next that is. What was remembered is never
    /// given up for a book that lacks it: it tells that lines were cut off, also when new ones took their numbers.
    pub async fn remember(&self) -> Result<(), NotAudited> {
        let (Some(vault), Some(head)) = (&self.vault, self.ledger.audit_head().await?) else { return Ok(()) };
        if let Some(known) = self.remembered().await? {
            let is_there = self.ledger.audit_line(known.n).await?.as_ref() == Some(&known);
            // Another process may have been as far already.
            if known.n >= head.n || !is_there {
                return Ok(());
            }
        }
        vault.put(Item::AuditHead, head.to_string().as_bytes()).await?;
        Ok(())
    }

    /// Follows the audit from end to end.
    pub async fn audit(&self) -> Result<Result<Sound, Fault>, NotAudited> {
        Ok(self.ledger.verify_audit(self.remembered().await?).await?)
    }

    async fn remembered(&self) -> Result<Option<Head>, VaultError> {
        let Some(vault) = &self.vault else { return Ok(None) };
        let Some(text) = vault.find(Item::AuditHead).await? else { return Ok(None) };
        let head = str::from_utf8(&text).ok().and_then(Head::parse);
        head.map(Some).ok_or(VaultError::Damaged(Item::AuditHead))
    }

    async fn pin_hash(&self) -> Result<Option<PinHash>, NotApproved> {
        let Some(vault) = &self.vault else { return Ok(None) };
        let Some(bytes) = vault.find(Item::RefundPin).await? else { return Ok(None) };
        Ok(Some(PinHash::from_bytes(&bytes).ok_or(VaultError::Damaged(Item::RefundPin))?))
    }

    async fn look_at(&self, hash: PinHash, pin: &Pin, now: Timestamp) -> Result<(), NotApproved> {
        let left = self.count_try(now).await?;
        if hashed(pin.clone(), hash.salt()).await?.is(&hash) {
            self.ledger.pin_was_right().await.map_err(|_| NotApproved::Book)
        } else {
            Err(NotApproved::PinWrong { left })
        }
    }

    /// How many more may be wrong, if one more may be tried at all.
    async fn count_try(&self, now: Timestamp) -> Result<u32, NotApproved> {
        match self.ledger.try_pin(now).await.map_err(|_| NotApproved::Book)? {
            PinTry::Granted { left } => Ok(left),
            PinTry::Locked { until } => Err(NotApproved::Locked { wait: until.since(now) }),
        }
    }
}

fn within_limit(rules: &RefundRules, amount: Fen) -> Result<(), NotApproved> {
    match rules.never_above.filter(|limit| amount > *limit) {
        Some(limit) => Err(NotApproved::AboveLimit { limit }),
        None => Ok(()),
    }
}

fn is_free(rules: &RefundRules, amount: Fen) -> bool {
    rules.free_below.is_some_and(|free| amount <= free)
}

/// Stretching a PIN takes a processor some hundredths of a second, away from the till's tasks.
async fn hashed(pin: Pin, salt: [u8; pin::SALT]) -> Result<PinHash, NotApproved> {
    tokio::task::spawn_blocking(move || PinHash::make(&pin, salt)).await.map_err(|_| NotApproved::System)
}

/// The audit's key from a vault that has just answered; the first time it is made.
///
/// A till takes money also when it can't be had: its refunds are then chained by no secret, and every check tells of
/// lines of another key.
pub async fn chain_key(vault: &Vault) -> ChainKey {
    kept_key(vault).await.unwrap_or_default()
}

async fn kept_key(vault: &Vault) -> Option<ChainKey> {
    if let Some(kept) = vault.find_in_open(Item::AuditKey).await.ok()? {
        return ChainKey::from_bytes(&kept);
    }
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).ok()?;
    vault.put(Item::AuditKey, &bytes).await.ok()?;
    // Another process may have made one at the same moment: the one that is kept is both's.
    ChainKey::from_bytes(&vault.get(Item::AuditKey).await.ok()?)
}

#[cfg(test)]
mod tests;
