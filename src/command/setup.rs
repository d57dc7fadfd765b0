//! `guitai setup`: makes a folder live, with what can be checked offline.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::account::check::{Item, Outcome, judge_expiry};
use crate::account::{self, Draft, FileError, Keep, SaveError};
use crate::certificate::Facts;
use crate::lang::Lang;
use crate::settings::{self, Account, Settings};
use crate::till;

use super::output::{Exit, Output};
use super::{Common, secret};

/// `guitai setup`
#[derive(Debug, Clone, Args)]
pub struct Setup {
    /// The merchant's number.
    #[arg(long, value_name = "ID")]
    pub merchant_id: String,
    /// The app id that the merchant is bound to.
    #[arg(long, value_name = "ID")]
    pub app_id: String,
    /// The shop's number, where the merchant is a service provider.
    #[arg(long, value_name = "ID")]
    pub sub_merchant_id: Option<String>,
    /// The shop's own app id, where it has one.
    #[arg(long, value_name = "ID", requires = "sub_merchant_id")]
    pub sub_app_id: Option<String>,
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
#[derive(Debug, Clone, PartialEq, Eq, Error)]
enum SetupError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error(transparent)]
    Save(#[from] SaveError),
}

impl SetupError {
    fn words(&self, lang: Lang) -> String {
        match self {
            Self::File(error) => lang.not_set_up(&lang.file_error(error)),
            Self::Save(error) => lang.save_error(error),
        }
    }
}

pub(super) async fn run(common: &Common, setup: Setup, output: Output) -> Exit {
    match set_up(common, setup).await {
        Ok((account, certificate)) => {
            let object = json!({
                "outcome": "accepted",
                "mode": "live",
                "mch_id": account.merchant_id,
                "appid": account.app_id,
                "sign_type": account.sign_type.as_str(),
                "gateway": account.gateway,
                "certificate_serial": account.certificate_serial,
                "certificate_ends": certificate.as_ref().map(|facts| facts.ends_at.date()),
            });
            output.say(output.lang().set_up(), &object);
            let expiry = certificate.map(|facts| judge_expiry(&facts, till::now()));
            if let Some(outcome) = expiry {
                let line = output.lang().check_line(Item::Expiry, &outcome);
                if matches!(outcome, Outcome::Passed(_)) { output.person(&line) } else { Output::aside(&line) }
            }
            Exit::Done
        }
        Err(error) => output.refused(&error.words(output.lang())),
    }
}

/// The account that is kept now, and what the certificate says of itself, if one was brought along.
async fn set_up(common: &Common, setup: Setup) -> Result<(Account, Option<Facts>), SetupError> {
    let data_dir = settings::data_dir(common.data_dir.clone());
    // Before any value is looked at: who tried to go live must never be shown practice for it.
    account::go_live(&data_dir)?;
    let (settings, _told_by_save) = Settings::load(&data_dir);
    let same_merchant = settings.account.merchant_id.as_deref() == Some(setup.merchant_id.trim());
    let mut draft = Draft::of(&settings);
    // A key that is changed leaves for whom the same merchant asks.
    if let Some(shop) = setup.sub_merchant_id {
        draft.sub_merchant_id = shop;
        draft.sub_app_id = setup.sub_app_id.unwrap_or_default();
    } else if !same_merchant {
        draft.sub_merchant_id.clear();
        draft.sub_app_id.clear();
    }
    draft.app_id = setup.app_id;
    draft.api_key = api_key();
    draft.sign_type = setup.sign_type;
    draft.gateway = setup.gateway.unwrap_or_default();
    draft.gateway_ca = setup.gateway_ca.map(|path| path.display().to_string()).unwrap_or_default();
    let now = till::now();
    draft.set_merchant_id(&setup.merchant_id, now);
    for file in [&setup.certificate, &setup.certificate_key].into_iter().flatten() {
        draft.add_file(file, now)?;
    }
    let saved = account::save(&draft, &data_dir, Keep::Keyring).await?;
    Ok((saved.account, draft.facts().cloned()))
}

/// The key from standard input; nothing readable is no key.
fn api_key() -> Zeroizing<String> {
    secret::line().unwrap_or_default()
}
