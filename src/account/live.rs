//! A live till's side of the wire, put together from settings and vault.

use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::certificate::{Facts, Identity, ImportError};
use crate::settings::{self, Account, Problem, Settings};
use crate::vault::{Item, Secret, Vault, VaultError};
use crate::wechat::sign::{ApiKey, SignType};
use crate::wechat::{ClientCertificate, Config, SubMerchant};

/// Why no money can be taken with what is kept. Nothing was sent.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LiveError {
    /// A live till makes do with no default for its account, nor for what its owner allows.
    #[error("{0}")]
    Settings(Problem),
    #[error("this till was never set up: guitai setup")]
    NotSetUp,
    #[error("the gateway's authority file {} can't be read: {kind}", path.display())]
    GatewayCa { path: PathBuf, kind: std::io::ErrorKind },
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error("the API key in the keyring is damaged: guitai setup")]
    BadKey,
    #[error(transparent)]
    Certificate(#[from] ImportError),
}

/// What a live till charges with. It holds secrets, so it is never shown as a whole.
#[derive(Clone)]
#[expect(missing_debug_implementations, reason = "it holds the API key")]
pub struct Live {
    pub config: Config,
    /// The key by which this till's own secrets are derived.
    pub api_key: Secret,
    pub certificate: Option<Facts>,
    pub vault: Vault,
}

impl Live {
    /// Opens the account of `settings`: its secrets are in the keyring, or in a vault that holds them for this run.
    pub async fn open(
        settings: &Settings,
        problems: &[Problem],
        data_dir: &Path,
        held: Option<Vault>,
    ) -> Result<Self, LiveError> {
        let fatal = problems.iter().find(|problem| match problem {
            Problem::Unreadable { .. } | Problem::NotToml => true,
            Problem::Field { field } => field.has_no_safe_default(),
        });
        if let Some(problem) = fatal {
            return Err(LiveError::Settings(problem.clone()));
        }
        let account = &settings.account;
        let (Some(mch_id), Some(appid)) = (&account.merchant_id, &account.app_id) else {
            return Err(LiveError::NotSetUp);
        };
        let vault = held.unwrap_or_else(|| Vault::keyring(mch_id, data_dir));
        let api_key = vault.get(Item::ApiKey).await?;
        let text = str::from_utf8(&api_key).map_err(|_| LiveError::BadKey)?;
        let other = vault.find_in_open(Item::OtherApiKey).await?;
        let other_api_key = other.as_deref().and_then(|key| str::from_utf8(key).ok()).map(ApiKey::new);
        let identity = identity(&vault, account).await?;
        let config = Config {
            appid: appid.clone(),
            mch_id: mch_id.clone(),
            sub: sub_merchant(account),
            api_key: ApiKey::new(text),
            other_api_key,
            sign_type: sign_type(account.sign_type),
            gateway: account.gateway.clone(),
            ca_pem: account.gateway_ca.as_deref().map(authorities).transpose()?,
            certificate: identity.as_ref().map(client_certificate),
        };
        let certificate = identity.map(|identity| identity.facts().clone());
        Ok(Self { config, api_key, certificate, vault })
    }
}

/// The certificate that the settings say was given. For this run alone it may be missing: what was given before lies in
/// the keyring that doesn't answer.
async fn identity(vault: &Vault, account: &Account) -> Result<Option<Identity>, LiveError> {
    if account.certificate_serial.is_none() {
        return Ok(None);
    }
    let certificate = match vault.get(Item::Certificate).await {
        Err(VaultError::Missing(_)) if vault.is_for_this_run() => return Ok(None),
        other => other?,
    };
    Ok(Some(Identity::from_der(certificate.to_vec(), vault.get(Item::CertificateKey).await?)?))
}

/// The shop that a service provider's account takes payments for.
pub(super) fn sub_merchant(account: &Account) -> Option<SubMerchant> {
    account.sub_merchant_id.clone().map(|mch_id| SubMerchant { mch_id, appid: account.sub_app_id.clone() })
}

pub(super) fn client_certificate(identity: &Identity) -> ClientCertificate {
    ClientCertificate::from_der(identity.certificate(), identity.key())
}

pub(super) fn sign_type(kind: settings::SignType) -> SignType {
    match kind {
        settings::SignType::HmacSha256 => SignType::HmacSha256,
        settings::SignType::Md5 => SignType::Md5,
    }
}

pub(super) fn authorities(path: &Path) -> Result<String, LiveError> {
    std::fs::read_to_string(path).map_err(|error| LiveError::GatewayCa { path: path.to_owned(), kind: error.kind() })
}
