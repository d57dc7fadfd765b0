//! What an owner has filled in so far, and what is wrong with each field as one types.

use std::path::{Path, PathBuf};

use thiserror::Error;
use zeroize::Zeroizing;

use crate::certificate::{self, Facts, Identity, ImportError};
use crate::settings::{self, Account, Settings, SignType};
use crate::timestamp::Timestamp;

use super::file::{Brought, FileError, Part, PlainFile};
use super::paste::{self, API_KEY_LENGTH, Pasted};

/// Bytes of the shop's name and of what it sells: both together go whole into `body`, String(128) on the wire.
const LONGEST_NAME: usize = 60;

/// The fields of a set-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Field {
    ShopName,
    ShopCategory,
    TillNumber,
    MerchantId,
    AppId,
    /// The shop, where the merchant is a service provider.
    SubMerchantId,
    SubAppId,
    ApiKey,
    Certificate,
    SignType,
    Gateway,
    GatewayCa,
}

impl Field {
    pub const ALL: [Self; 12] = [
        Self::ShopName,
        Self::ShopCategory,
        Self::TillNumber,
        Self::MerchantId,
        Self::AppId,
        Self::SubMerchantId,
        Self::SubAppId,
        Self::ApiKey,
        Self::Certificate,
        Self::SignType,
        Self::Gateway,
        Self::GatewayCa,
    ];
}

/// What is wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Flaw {
    #[error("it is empty")]
    Missing,
    #[error("it has more than {most} bytes, or several lines")]
    NotOneLine { most: usize },
    #[error("it is no number from {least} to {most}")]
    NotInRange { least: u32, most: u32 },
    #[error("it has other characters than digits")]
    NotDigits,
    #[error("it has other characters than letters and digits")]
    NotLettersAndDigits,
    #[error("it has {has} characters instead of {needs}")]
    Length { has: usize, needs: usize },
    #[error("it is not of the form that it should have")]
    Form,
    #[error("{} can't be read: {kind}", path.display())]
    Unreadable { path: PathBuf, kind: std::io::ErrorKind },
    /// A `.p12` is opened by the merchant id, which is not there yet.
    #[error("the merchant id opens it")]
    NeedsMerchantId,
    #[error(transparent)]
    Certificate(#[from] ImportError),
}

/// A set-up that is being filled in. It holds secrets, so it is never shown as a whole.
#[derive(Clone)]
#[expect(missing_debug_implementations, reason = "it holds the API key and the private key")]
pub struct Draft {
    pub shop_name: String,
    pub shop_category: String,
    /// 1 to 99.
    pub till_number: String,
    pub app_id: String,
    /// Empty unless the merchant is a service provider; then the shop's.
    pub sub_merchant_id: String,
    pub sub_app_id: String,
    pub api_key: Zeroizing<String>,
    /// `HMAC-SHA256` or `MD5`.
    pub sign_type: String,
    /// Empty for WeChat Pay's own.
    pub gateway: String,
    /// A path; empty trusts the system's authorities.
    pub gateway_ca: String,
    merchant_id: String,
    brought: Vec<Brought>,
    certificate: Option<Result<Identity, Flaw>>,
    /// The account as it is now.
    before: Account,
}

impl Draft {
    /// Begins with what is set already; the secrets are not read back.
    pub fn of(settings: &Settings) -> Self {
        let account = settings.account.clone();
        let own_gateway = account.gateway == settings::GATEWAY;
        Self {
            shop_name: settings.shop_name.clone(),
            shop_category: settings.shop_category.clone(),
            till_number: settings.till_number.to_string(),
            app_id: account.app_id.clone().unwrap_or_default(),
            sub_merchant_id: account.sub_merchant_id.clone().unwrap_or_default(),
            sub_app_id: account.sub_app_id.clone().unwrap_or_default(),
            api_key: Zeroizing::default(),
            sign_type: account.sign_type.as_str().to_owned(),
            gateway: if own_gateway { String::new() } else { account.gateway.clone() },
            gateway_ca: account.gateway_ca.as_ref().map(|path| path.display().to_string()).unwrap_or_default(),
            merchant_id: account.merchant_id.clone().unwrap_or_default(),
            brought: Vec::new(),
            certificate: None,
            before: account,
        }
    }

    pub fn merchant_id(&self) -> &str {
        &self.merchant_id
    }

    /// The merchant id decides whose certificate is right, and opens a `.p12`.
    pub fn set_merchant_id(&mut self, text: &str, now: Timestamp) {
        text.clone_into(&mut self.merchant_id);
        self.certificate = self.look_at(&self.brought, now);
    }

    /// Takes a certificate file: the platform's `.zip`, a `.p12`, or the PEM pair one after the other in any order.
    ///
    /// A merchant id that nobody has typed yet is read out of the certificate. A file that is refused leaves what was
    /// brought before.
    pub fn add_file(&mut self, path: &Path, now: Timestamp) -> Result<(), FileError> {
        self.bring(Brought::read(path, self.merchant_id.trim())?, now)
    }

    /// Puts a pasted text in the field that its shape belongs to, and says which; `None` if it is of no shape that is
    /// known.
    pub fn paste(&mut self, text: &str, now: Timestamp) -> Result<Option<Field>, FileError> {
        let line = text.trim();
        Ok(Some(match paste::classify(text) {
            Pasted::ApiKey => {
                self.api_key = Zeroizing::new(line.to_owned());
                Field::ApiKey
            }
            Pasted::MerchantId => {
                self.set_merchant_id(line, now);
                Field::MerchantId
            }
            Pasted::AppId => {
                line.clone_into(&mut self.app_id);
                Field::AppId
            }
            Pasted::Pem => {
                self.bring(Brought::pasted(line, self.merchant_id.trim())?, now)?;
                Field::Certificate
            }
            Pasted::Other => return Ok(None),
        }))
    }

    fn bring(&mut self, new: Brought, now: Timestamp) -> Result<(), FileError> {
        let keeps = match new.part {
            Part::Whole => None,
            Part::Certificate => Some(Part::Key),
            Part::Key => Some(Part::Certificate),
        };
        let other_half = self.brought.iter().filter(|before| Some(before.part) == keeps);
        let brought: Vec<_> = other_half.cloned().chain([new]).collect();
        let certificate = self.look_at(&brought, now);
        match &certificate {
            // The other half may come yet, as may the merchant id.
            None
            | Some(
                Ok(_) | Err(Flaw::NeedsMerchantId | Flaw::Certificate(ImportError::NoKey | ImportError::NoCertificate)),
            ) => {}
            Some(Err(Flaw::Certificate(error))) => return Err(error.clone().into()),
            Some(Err(_)) => {}
        }
        if let (Some(Ok(identity)), true) = (&certificate, self.merchant_id.trim().is_empty()) {
            self.merchant_id.clone_from(&identity.facts().mch_id);
        }
        self.brought = brought;
        self.certificate = certificate;
        Ok(())
    }

    fn look_at(&self, brought: &[Brought], now: Timestamp) -> Option<Result<Identity, Flaw>> {
        if brought.is_empty() {
            return None;
        }
        let files: Vec<&[u8]> = brought.iter().map(|file| file.bytes.as_slice()).collect();
        Some(
            match settings::merchant_id(&self.merchant_id) {
                Some(mch_id) => certificate::import(&files, &mch_id, now).map_err(Flaw::from),
                None => certificate::read(&files, "").map_err(Flaw::from).and_then(|identity| {
                    identity.facts().check_time(now)?;
                    Ok(identity)
                }),
            }
            .map_err(|flaw| match flaw {
                Flaw::Certificate(ImportError::WrongPassword) if self.flaw(Field::MerchantId).is_some() => {
                    Flaw::NeedsMerchantId
                }
                other => other,
            }),
        )
    }

    /// What the certificate says that was brought along, once it is whole and right.
    pub fn facts(&self) -> Option<&Facts> {
        self.identity().map(Identity::facts)
    }

    pub(super) fn identity(&self) -> Option<&Identity> {
        self.certificate.as_ref()?.as_ref().ok()
    }

    /// The serial number of the certificate that is kept already, and stays if no other is brought along.
    pub fn kept_certificate(&self) -> Option<&str> {
        let same = self.before.merchant_id.as_deref() == Some(self.merchant_id.trim());
        self.before.certificate_serial.as_deref().filter(|_| same)
    }

    /// The files that were taken in and hold secrets in the clear.
    pub fn plain_files(&self) -> Vec<PlainFile> {
        self.brought.iter().filter_map(|file| file.plain.clone()).collect()
    }

    /// What is wrong with a field now.
    pub fn flaw(&self, field: Field) -> Option<Flaw> {
        match field {
            Field::ShopName => name(&self.shop_name),
            Field::ShopCategory => name(&self.shop_category),
            Field::TillNumber => match self.till_number() {
                Some(_) => None,
                None if self.till_number.trim().is_empty() => Some(Flaw::Missing),
                None => Some(Flaw::NotInRange { least: 1, most: 99 }),
            },
            Field::MerchantId => merchant_id(&self.merchant_id),
            Field::AppId => app_id(&self.app_id),
            Field::SubMerchantId => self.sub_flaw(merchant_id(&self.sub_merchant_id)),
            Field::SubAppId => app_id(&self.sub_app_id).filter(|flaw| *flaw != Flaw::Missing),
            Field::ApiKey => api_key(&self.api_key),
            Field::Certificate => self.certificate.as_ref()?.as_ref().err().cloned(),
            Field::SignType => SignType::parse(&self.sign_type).is_none().then_some(Flaw::Form),
            Field::Gateway => self.gateway().is_none().then_some(Flaw::Form),
            Field::GatewayCa => self.gateway_ca().err(),
        }
    }

    /// Every field with something wrong, in the order of the form; nothing can be saved while there is one.
    pub fn problems(&self) -> Vec<(Field, Flaw)> {
        Field::ALL.into_iter().filter_map(|field| Some((field, self.flaw(field)?))).collect()
    }

    /// A shop's app id without the shop is a flaw; neither is none.
    fn sub_flaw(&self, flaw: Option<Flaw>) -> Option<Flaw> {
        flaw.filter(|flaw| *flaw != Flaw::Missing || !self.sub_app_id.trim().is_empty())
    }

    pub(super) fn till_number(&self) -> Option<u32> {
        self.till_number.trim().parse().ok().filter(|number| (1..=99).contains(number))
    }

    fn gateway(&self) -> Option<String> {
        match self.gateway.trim() {
            "" => Some(settings::GATEWAY.to_owned()),
            text => settings::gateway(text),
        }
    }

    fn gateway_ca(&self) -> Result<Option<PathBuf>, Flaw> {
        match self.gateway_ca.trim() {
            "" => Ok(None),
            path => match std::fs::canonicalize(path) {
                Ok(path) => Ok(Some(path)),
                Err(error) => Err(Flaw::Unreadable { path: PathBuf::from(path), kind: error.kind() }),
            },
        }
    }

    /// The account as it is to be; `None` while a field of it has a flaw.
    pub(super) fn account(&self) -> Option<Account> {
        let serial = self.facts().map(|facts| facts.serial.clone());
        Some(Account {
            merchant_id: Some(settings::merchant_id(&self.merchant_id)?),
            app_id: Some(settings::app_id(&self.app_id)?),
            sub_merchant_id: settings::merchant_id(&self.sub_merchant_id),
            sub_app_id: settings::app_id(&self.sub_app_id),
            sign_type: SignType::parse(&self.sign_type)?,
            gateway: self.gateway()?,
            gateway_ca: self.gateway_ca().ok()?,
            certificate_serial: serial.or_else(|| self.kept_certificate().map(str::to_owned)),
        })
    }
}

fn name(text: &str) -> Option<Flaw> {
    let text = text.trim();
    if text.is_empty() {
        return Some(Flaw::Missing);
    }
    let fits = text.len() <= LONGEST_NAME && !text.chars().any(char::is_control);
    (!fits).then_some(Flaw::NotOneLine { most: LONGEST_NAME })
}

fn merchant_id(text: &str) -> Option<Flaw> {
    /// What the ids have that WeChat gives out now; older ones have 8.
    const USUAL: usize = 10;
    let text = text.trim();
    if settings::merchant_id(text).is_some() {
        None
    } else if text.is_empty() {
        Some(Flaw::Missing)
    } else if text.bytes().all(|b| b.is_ascii_digit()) {
        Some(Flaw::Length { has: text.len(), needs: USUAL })
    } else {
        Some(Flaw::NotDigits)
    }
}

fn app_id(text: &str) -> Option<Flaw> {
    const LENGTH: usize = 18;
    let text = text.trim();
    if settings::app_id(text).is_some() {
        None
    } else if text.is_empty() {
        Some(Flaw::Missing)
    } else if text.starts_with("wx") && text.bytes().all(|b| b.is_ascii_alphanumeric()) {
        Some(Flaw::Length { has: text.len(), needs: LENGTH })
    } else {
        Some(Flaw::Form)
    }
}

fn api_key(text: &str) -> Option<Flaw> {
    let text = text.trim();
    if text.is_empty() {
        Some(Flaw::Missing)
    } else if !text.bytes().all(|b| b.is_ascii_alphanumeric()) {
        Some(Flaw::NotLettersAndDigits)
    } else {
        let has = text.len();
        (has != API_KEY_LENGTH).then_some(Flaw::Length { has, needs: API_KEY_LENGTH })
    }
}
