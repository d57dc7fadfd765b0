//! Puts a till together from a data folder: settings, gateway, book.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use sha2::{Digest, Sha256};
use thiserror::Error;
use tokio::runtime::{Builder, Handle, Runtime};

use crate::lang::{BookTrouble, Lang};
use crate::ledger::{Ledger, LedgerError, Owner};
use crate::practice::{self, Phone, Practice, PracticeError};
use crate::settings::{self, Language, Problem, Settings};
use crate::till::{Parts, Shop, Till};
use crate::wechat::sign::{ApiKey, SignType};
use crate::wechat::{Client, ClientCertificate, Config, ConfigError};

use super::{Common, Customer};

/// Where the simulated WeChat Pay keeps its books and certificates, inside practice's folder.
pub(super) const GATEWAY_FOLDER: &str = "gateway";

/// Everything that a window or a command works with; dropping it ends the practice server.
#[derive(Debug)]
pub struct Session {
    till: Till,
    settings: Settings,
    problems: Vec<Problem>,
    practice: Practice,
    data_dir: PathBuf,
}

/// Why there is no till to work with. Nothing was sent.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum SessionError {
    #[error("the folder {path} can't be made: {kind}")]
    Folder { path: String, kind: std::io::ErrorKind },
    #[error(transparent)]
    Practice(#[from] PracticeError),
    #[error(transparent)]
    Gateway(#[from] ConfigError),
    #[error(transparent)]
    Book(#[from] LedgerError),
}

/// A runtime for the till's tasks; the window keeps it beside its own.
pub fn runtime() -> std::io::Result<Runtime> {
    Builder::new_multi_thread().worker_threads(2).thread_name("till").enable_all().build()
}

impl Session {
    /// Opens the data folder; within a runtime, for the till's tasks need one. Practice is all there is until a
    /// merchant account can be set up.
    pub fn open(common: &Common) -> Result<Self, SessionError> {
        let data_dir = settings::data_dir(common.data_dir.clone());
        let folder = practice_folder(common)?;
        let (settings, problems) = Settings::load(&data_dir);
        let loopback = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
        let practice = Practice::start(Some(folder.join(GATEWAY_FOLDER)), loopback)?;
        let gateway = Client::new(Config {
            appid: practice.appid().to_owned(),
            mch_id: practice.mch_id().to_owned(),
            api_key: ApiKey::new(practice.api_key()),
            sign_type: SignType::HmacSha256,
            gateway: practice.url(),
            ca_pem: Some(practice.ca_pem().to_owned()),
            certificate: Some(ClientCertificate::from_pem(practice.client_pem(), practice.client_key_pem())),
        })?;
        let ledger = Ledger::open(&folder.join("book.db"))?;
        let owner = Owner::new(&folder.join("owners"))?;
        let parts = Parts {
            gateway: Arc::new(gateway),
            ledger,
            shop: shop(&settings),
            owner,
            code_key: code_key(practice.api_key()),
        };
        let till = Till::new(parts, Handle::current());
        Ok(Self { till, settings, problems, practice, data_dir })
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

    pub fn data_dir(&self) -> &std::path::Path {
        &self.data_dir
    }

    /// The language asked for, or the settings', or the system's.
    pub fn lang(&self, common: &Common) -> Lang {
        common.lang.unwrap_or(match self.settings.language {
            Language::ZhCn => Lang::Zh,
            Language::En => Lang::En,
            Language::System => Lang::of_system(),
        })
    }

    pub fn is_practice(&self) -> bool {
        true
    }

    /// `practice` or `live`, as every result says.
    pub fn mode(&self) -> &'static str {
        "practice"
    }

    pub fn phone(&self) -> Phone {
        self.practice.phone()
    }

    pub(super) fn set_customer(&self, customer: Customer) {
        self.practice.phone().set_customer(match customer {
            Customer::Pays => practice::Customer::Pays,
            Customer::Password => practice::Customer::Password,
            Customer::Declines => practice::Customer::Declines,
            Customer::Leaves => practice::Customer::Leaves,
        });
    }
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
fn code_key(api_key: &str) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(b"guitai payment code\0");
    hash.update(api_key.as_bytes());
    hash.finalize().into()
}

impl SessionError {
    /// The sentence for a person: what is wrong and what to do.
    pub fn words(&self, lang: Lang) -> String {
        match self {
            Self::Book(error) => super::no_book(error, lang),
            Self::Folder { .. } => format!("{self}. {}", lang.no_book(BookTrouble::NotWritable)),
            Self::Practice(_) | Self::Gateway(_) => lang.no_till(self),
        }
    }
}
