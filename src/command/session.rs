//! Puts a till together from a data folder: settings, gateway, book.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};
use thiserror::Error;
use tokio::runtime::{Builder, Handle, Runtime};

use crate::certificate::{Identity, ImportError};
use crate::lang::{BookTrouble, Lang};
use crate::ledger::{Ledger, LedgerError, Owner};
use crate::practice::{self, Phone, Practice, PracticeError};
use crate::settings::{self, Account, Language, Problem, Settings};
use crate::till::{Parts, Shop, Till};
use crate::vault::{Item, Secret, Vault, VaultError};
use crate::wechat::sign::{ApiKey, SignType};
use crate::wechat::{Client, ClientCertificate, Config, ConfigError, SubMerchant};

use super::{Common, Customer};

/// Where the simulated WeChat Pay keeps its books and certificates, inside practice's folder.
pub(super) const GATEWAY_FOLDER: &str = "gateway";

/// Everything that a window or a command works with; dropping it ends the practice server.
#[derive(Debug)]
pub struct Session {
    till: Till,
    settings: Settings,
    problems: Vec<Problem>,
    /// The simulated gateway; a live till has none.
    practice: Option<Practice>,
    data_dir: PathBuf,
}

/// Why there is no till to work with. Nothing was sent.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum SessionError {
    #[error("the folder {path} can't be made: {kind}")]
    Folder { path: String, kind: std::io::ErrorKind },
    /// A live till makes do with no default for its account.
    #[error("{0}")]
    Settings(Problem),
    #[error("this till was never set up: guitai setup")]
    NotSetUp,
    #[error("the gateway's authority file can't be read: {kind}")]
    GatewayCa { kind: std::io::ErrorKind },
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error("the API key in the keyring is damaged: guitai setup")]
    BadKey,
    #[error(transparent)]
    Certificate(#[from] ImportError),
    #[error(transparent)]
    Practice(#[from] PracticeError),
    #[error(transparent)]
    Gateway(#[from] ConfigError),
    #[error(transparent)]
    Book(#[from] LedgerError),
}

pub(super) const PRACTICE: &str = "practice";
pub(super) const LIVE: &str = "live";

/// In which mode a command with these options works, told without opening anything.
pub(super) fn mode_of(common: &Common) -> &'static str {
    let data_dir = settings::data_dir(common.data_dir.clone());
    if !common.practice && settings::is_live(&data_dir) { LIVE } else { PRACTICE }
}

/// A runtime for the till's tasks; the window keeps it beside its own.
pub fn runtime() -> std::io::Result<Runtime> {
    Builder::new_multi_thread().worker_threads(2).thread_name("till").enable_all().build()
}

/// The language asked for, or the settings', or the system's.
pub fn lang(common: &Common, settings: &Settings) -> Lang {
    common.lang.unwrap_or(match settings.language {
        Language::ZhCn => Lang::Zh,
        Language::En => Lang::En,
        Language::System => Lang::of_system(),
    })
}

impl Session {
    /// Opens the data folder: live once a set-up was tried in it, else practice, or practice by name. Within a
    /// runtime, for the till's tasks need one.
    pub async fn open(common: &Common) -> Result<Self, SessionError> {
        let data_dir = settings::data_dir(common.data_dir.clone());
        if mode_of(common) == LIVE { Self::open_live(data_dir).await } else { Self::open_practice(common, data_dir) }
    }

    async fn open_live(data_dir: PathBuf) -> Result<Self, SessionError> {
        let (settings, problems) = Settings::load(&data_dir);
        let Live { config, api_key } = Live::of(&settings, &problems, &data_dir).await?;
        let gateway = Client::new(config)?;
        let till = put_together(gateway, &data_dir, &settings, api_key.as_slice())?;
        Ok(Self { till, settings, problems, practice: None, data_dir })
    }

    fn open_practice(common: &Common, data_dir: PathBuf) -> Result<Self, SessionError> {
        let folder = practice_folder(common)?;
        let (settings, problems) = Settings::load(&data_dir);
        let loopback = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
        let practice = Practice::start(Some(folder.join(GATEWAY_FOLDER)), loopback)?;
        let gateway = Client::new(Config {
            appid: practice.appid().to_owned(),
            mch_id: practice.mch_id().to_owned(),
            sub: None,
            api_key: ApiKey::new(practice.api_key()),
            other_api_key: None,
            sign_type: SignType::HmacSha256,
            gateway: practice.url(),
            ca_pem: Some(practice.ca_pem().to_owned()),
            certificate: Some(ClientCertificate::from_pem(practice.client_pem(), practice.client_key_pem())),
        })?;
        let till = put_together(gateway, &folder, &settings, practice.api_key())?;
        Ok(Self { till, settings, problems, practice: Some(practice), data_dir })
    }

    pub fn till(&self) -> &Till {
        &self.till
    }

    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What in the settings file could not be used, so that a default stands in its place.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    pub fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// The language asked for, or the settings', or the system's.
    pub fn lang(&self, common: &Common) -> Lang {
        lang(common, &self.settings)
    }

    pub fn is_practice(&self) -> bool {
        self.practice.is_some()
    }

    /// `practice` or `live`, as every result says.
    pub fn mode(&self) -> &'static str {
        if self.is_practice() { PRACTICE } else { LIVE }
    }

    /// The simulated customer's phone, in practice.
    pub fn phone(&self) -> Option<Phone> {
        self.practice.as_ref().map(Practice::phone)
    }

    pub(super) fn set_customer(&self, customer: Customer) {
        let Some(phone) = self.phone() else { return };
        phone.set_customer(match customer {
            Customer::Pays => practice::Customer::Pays,
            Customer::Password => practice::Customer::Password,
            Customer::Declines => practice::Customer::Declines,
            Customer::Leaves => practice::Customer::Leaves,
        });
    }
}

/// A live till's side of the wire, from settings and vault.
pub(super) struct Live {
    pub(super) config: Config,
    api_key: Secret,
}

impl Live {
    pub(super) async fn of(settings: &Settings, problems: &[Problem], data_dir: &Path) -> Result<Self, SessionError> {
        let fatal = problems.iter().find(|problem| match problem {
            Problem::Unreadable { .. } | Problem::NotToml => true,
            Problem::Field { field } => field.is_of_account(),
        });
        if let Some(problem) = fatal {
            return Err(SessionError::Settings(problem.clone()));
        }
        let account = &settings.account;
        let (Some(mch_id), Some(appid)) = (&account.merchant_id, &account.app_id) else {
            return Err(SessionError::NotSetUp);
        };
        let vault = Vault::keyring(mch_id, data_dir);
        let api_key = vault.get(Item::ApiKey).await?;
        let text = str::from_utf8(&api_key).map_err(|_| SessionError::BadKey)?;
        let certificate = if account.certificate_serial.is_some() {
            let certificate = vault.get(Item::Certificate).await?;
            let identity = Identity::from_der(certificate.to_vec(), vault.get(Item::CertificateKey).await?)?;
            Some(ClientCertificate::from_der(identity.certificate(), identity.key()))
        } else {
            None
        };
        let config = Config {
            appid: appid.clone(),
            mch_id: mch_id.clone(),
            sub: sub_merchant(account),
            api_key: ApiKey::new(text),
            other_api_key: None,
            sign_type: sign_type(account.sign_type),
            gateway: account.gateway.clone(),
            ca_pem: account.gateway_ca.as_deref().map(read_authorities).transpose()?,
            certificate,
        };
        Ok(Self { config, api_key })
    }
}

/// The shop that a service provider's account takes payments for.
pub(super) fn sub_merchant(account: &Account) -> Option<SubMerchant> {
    account.sub_merchant_id.clone().map(|mch_id| SubMerchant { mch_id, appid: account.sub_app_id.clone() })
}

pub(super) fn sign_type(kind: settings::SignType) -> SignType {
    match kind {
        settings::SignType::HmacSha256 => SignType::HmacSha256,
        settings::SignType::Md5 => SignType::Md5,
    }
}

pub(super) fn read_authorities(path: &Path) -> Result<String, SessionError> {
    std::fs::read_to_string(path).map_err(|error| SessionError::GatewayCa { kind: error.kind() })
}

fn put_together(
    gateway: Client,
    folder: &Path,
    settings: &Settings,
    api_key: impl AsRef<[u8]>,
) -> Result<Till, SessionError> {
    let parts = Parts {
        gateway: Arc::new(gateway),
        ledger: Ledger::open(&folder.join("book.db"))?,
        shop: shop(settings),
        owner: Owner::new(&folder.join("owners"))?,
        code_key: code_key(api_key.as_ref()),
    };
    Ok(Till::new(parts, Handle::current()))
}

/// The folder of practice's book and gateway, beside the live ones; made if it isn't there.
pub(super) fn practice_folder(common: &Common) -> Result<PathBuf, SessionError> {
    let folder = settings::data_dir(common.data_dir.clone()).join("practice");
    settings::make_data_dir(&folder)
        .map_err(|error| SessionError::Folder { path: folder.display().to_string(), kind: error.kind() })?;
    Ok(folder)
}

fn shop(settings: &Settings) -> Shop {
    Shop { body: settings.body(), till_number: settings.till_number, notify_url: settings.notify_url.clone() }
}

/// The key of the hash under which a payment code is remembered, derived from the merchant's own.
fn code_key(api_key: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(b"guitai payment code\0");
    hash.update(api_key);
    hash.finalize().into()
}

impl SessionError {
    /// The sentence for a person: what is wrong and what to do.
    pub fn words(&self, lang: Lang) -> String {
        match self {
            Self::Vault(error) => lang.no_till(&lang.vault_error(error)),
            Self::Certificate(error) => lang.no_till(&lang.import_error(error)),
            Self::Book(error) => super::no_book(error, lang),
            Self::Folder { .. } => format!("{self}. {}", lang.no_book(BookTrouble::NotWritable)),
            Self::Settings(_)
            | Self::NotSetUp
            | Self::GatewayCa { .. }
            | Self::BadKey
            | Self::Practice(_)
            | Self::Gateway(_) => lang.no_till(self),
        }
    }
}
