//! `guitai setup`: makes a folder live, with what can be checked offline.

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::certificate::{self, Identity, ImportError};
use crate::lang::{Lang, SetupValue};
use crate::settings::{self, Account, Problem, Settings, SettingsError, SignType};
use crate::till;
use crate::vault::{Item, Vault, VaultError};
use crate::wechat::sign::ApiKey;
use crate::wechat::{Client, ClientCertificate, Config, ConfigError};

use super::Common;
use super::output::{Exit, Output};
use super::session::{self, SessionError};

/// `guitai setup`
#[derive(Debug, Clone, Args)]
pub struct Setup {
    /// The merchant's number.
    #[arg(long, value_name = "ID")]
    pub merchant_id: String,
    /// The app id that the merchant is bound to.
    #[arg(long, value_name = "ID")]
    pub app_id: String,
    /// Read the API key (APIv2) from standard input, where no list of processes shows it.
    #[arg(long, required = true)]
    pub api_key_stdin: bool,
    /// The merchant's API certificate: the platform's .zip, .p12, or .pem.
    #[arg(long, value_name = "FILE")]
    pub certificate: Option<PathBuf>,
    /// Its private key, where the certificate is a .pem without it.
    #[arg(long, value_name = "FILE", requires = "certificate")]
    pub certificate_key: Option<PathBuf>,
    /// Another gateway than WeChat Pay's own.
    #[arg(long, value_name = "URL")]
    pub gateway: Option<String>,
    /// The only authorities to trust for that gateway.
    #[arg(long, value_name = "FILE.pem")]
    pub gateway_ca: Option<PathBuf>,
    /// HMAC-SHA256 or MD5.
    #[arg(long, value_name = "KIND", default_value = "HMAC-SHA256")]
    pub sign_type: String,
}

/// Why nothing was set up. What was there before is as it was, but that the folder is live now.
#[derive(Debug, Clone, PartialEq, Error)]
enum SetupError {
    #[error("a bad value")]
    Value(SetupValue),
    #[error("{path} can't be read: {kind}")]
    File { path: String, kind: std::io::ErrorKind },
    #[error(transparent)]
    Certificate(#[from] ImportError),
    #[error(transparent)]
    Gateway(#[from] ConfigError),
    #[error(transparent)]
    Session(#[from] SessionError),
    #[error("{0}")]
    Settings(Problem),
    #[error(transparent)]
    NotSaved(#[from] SettingsError),
    #[error(transparent)]
    Vault(#[from] VaultError),
}

impl SetupError {
    fn words(&self, lang: Lang) -> String {
        match self {
            Self::Value(value) => lang.bad_setup_value(*value).to_owned(),
            Self::Certificate(error) => lang.import_error(error),
            Self::Vault(error) => lang.vault_error(error),
            Self::Session(error) => error.words(lang),
            Self::File { .. } | Self::Gateway(_) | Self::Settings(_) | Self::NotSaved(_) => lang.not_set_up(self),
        }
    }
}

pub(super) async fn run(common: &Common, setup: Setup, output: Output) -> Exit {
    match set_up(common, setup).await {
        Ok(account) => {
            let object = json!({
                "outcome": "accepted",
                "mode": "live",
                "mch_id": account.merchant_id,
                "appid": account.app_id,
                "sign_type": account.sign_type.as_str(),
                "gateway": account.gateway,
                "certificate_serial": account.certificate_serial,
            });
            output.say(output.lang().set_up(), &object);
            Exit::Done
        }
        Err(error) => output.refused(&error.words(output.lang())),
    }
}

async fn set_up(common: &Common, setup: Setup) -> Result<Account, SetupError> {
    let data_dir = settings::data_dir(common.data_dir.clone());
    let folder =
        |error: std::io::Error| SessionError::Folder { path: data_dir.display().to_string(), kind: error.kind() };
    settings::make_data_dir(&data_dir).map_err(folder)?;
    // Before any value is looked at: who tried to go live must never be shown practice for it.
    settings::make_live(&data_dir).map_err(folder)?;
    let (mut settings, problems) = Settings::load(&data_dir);
    if let Some(problem) = problems.into_iter().find(|problem| !matches!(problem, Problem::Field { .. })) {
        return Err(SetupError::Settings(problem));
    }
    let api_key = api_key()?;
    let (account, identity) = read(&setup, &settings.account)?;
    check(&account, &api_key, identity.as_ref())?;
    settings.account = account.clone();
    let mch_id = account.merchant_id.as_deref().unwrap_or_default();
    let vault = Vault::keyring(mch_id, &data_dir);
    keep(&vault, &api_key, identity.as_ref(), || settings.save(&data_dir)).await?;
    Ok(account)
}

/// The key from standard input: one line of 32 letters or digits.
fn api_key() -> Result<Zeroizing<String>, SetupError> {
    const LONGEST: u64 = 1_024;
    let bad = SetupError::Value(SetupValue::ApiKey);
    let mut text = Zeroizing::new(String::with_capacity(usize::try_from(LONGEST).unwrap_or_default()));
    std::io::stdin().lock().take(LONGEST).read_to_string(&mut text).map_err(|_| bad.clone())?;
    let key = text.trim();
    if key.len() == 32 && key.bytes().all(|b| b.is_ascii_alphanumeric()) {
        Ok(Zeroizing::new(key.to_owned()))
    } else {
        Err(bad)
    }
}

fn read(setup: &Setup, before: &Account) -> Result<(Account, Option<Identity>), SetupError> {
    let bad = SetupError::Value;
    let merchant_id = settings::merchant_id(&setup.merchant_id).ok_or(bad(SetupValue::MerchantId))?;
    let app_id = settings::app_id(&setup.app_id).ok_or(bad(SetupValue::AppId))?;
    let sign_type = SignType::parse(&setup.sign_type).ok_or(bad(SetupValue::SignType))?;
    let gateway = match &setup.gateway {
        Some(text) => settings::gateway(text).ok_or(bad(SetupValue::Gateway))?,
        None => settings::GATEWAY.to_owned(),
    };
    let files = [&setup.certificate, &setup.certificate_key].into_iter().flatten();
    let files = files.map(|path| file(path)).collect::<Result<Vec<_>, _>>()?;
    let identity = if files.is_empty() {
        None
    } else {
        let files: Vec<&[u8]> = files.iter().map(|file| file.as_slice()).collect();
        Some(certificate::import(&files, &merchant_id, till::now())?)
    };
    // A key that is changed leaves the same merchant's certificate, and for whom it asks, where they are.
    let is_same = before.merchant_id.as_ref() == Some(&merchant_id);
    let same = if is_same { before.clone() } else { Account::default() };
    let kept = same.certificate_serial;
    let account = Account {
        merchant_id: Some(merchant_id),
        app_id: Some(app_id),
        sub_merchant_id: same.sub_merchant_id,
        sub_app_id: same.sub_app_id,
        sign_type,
        gateway,
        gateway_ca: setup.gateway_ca.as_deref().map(absolute).transpose()?,
        certificate_serial: identity.as_ref().map(|identity| identity.facts().serial.clone()).or(kept),
    };
    Ok((account, identity))
}

fn file(path: &Path) -> Result<Zeroizing<Vec<u8>>, SetupError> {
    let most = u64::try_from(certificate::MAX_FILE).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Zeroizing::new(Vec::new());
    let read = std::fs::File::open(path).and_then(|file| file.take(most).read_to_end(&mut bytes));
    read.map_err(|error| unreadable(path, &error))?;
    Ok(bytes)
}

fn absolute(path: &Path) -> Result<PathBuf, SetupError> {
    std::fs::canonicalize(path).map_err(|error| unreadable(path, &error))
}

fn unreadable(path: &Path, error: &std::io::Error) -> SetupError {
    SetupError::File { path: path.display().to_string(), kind: error.kind() }
}

/// Whether there can be a client with these values; nothing is sent.
fn check(account: &Account, api_key: &str, identity: Option<&Identity>) -> Result<(), SetupError> {
    let ca_pem = account.gateway_ca.as_deref().map(session::read_authorities).transpose()?;
    Client::new(Config {
        appid: account.app_id.clone().unwrap_or_default(),
        mch_id: account.merchant_id.clone().unwrap_or_default(),
        sub: session::sub_merchant(account),
        api_key: ApiKey::new(api_key),
        other_api_key: None,
        sign_type: session::sign_type(account.sign_type),
        gateway: account.gateway.clone(),
        ca_pem,
        certificate: identity.map(|identity| ClientCertificate::from_der(identity.certificate(), identity.key())),
    })?;
    Ok(())
}

/// Secrets and settings, all or none of them.
async fn keep(
    vault: &Vault,
    api_key: &str,
    identity: Option<&Identity>,
    save: impl FnOnce() -> Result<(), SettingsError>,
) -> Result<(), SetupError> {
    let mut new = vec![(Item::ApiKey, api_key.as_bytes())];
    if let Some(identity) = identity {
        new.push((Item::Certificate, identity.certificate()));
        new.push((Item::CertificateKey, identity.key()));
    }
    let mut old = Vec::new();
    let mut kept = Ok(());
    for (item, secret) in new {
        kept = async {
            old.push((item, vault.find(item).await?));
            Ok(vault.put(item, secret).await?)
        }
        .await;
        if kept.is_err() {
            break;
        }
    }
    let kept = kept.and_then(|()| save().map_err(SetupError::from));
    if kept.is_err() {
        for (item, secret) in old {
            // What can't be put back was refused for the reason that is reported.
            let _ = match secret {
                Some(secret) => vault.put(item, &secret).await,
                None => vault.remove(item).await,
            };
        }
    }
    kept
}
