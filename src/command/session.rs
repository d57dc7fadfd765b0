//! Puts a till together from a data folder: settings, gateway, book.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};
use thiserror::Error;
use tokio::runtime::{Builder, Handle, Runtime};

use crate::account::check::Subject;
use crate::account::{Live, LiveError};
use crate::approval::{self, Desk};
use crate::certificate;
use crate::lang::Lang;
use crate::ledger::{Ledger, LedgerError, Owner};
use crate::notify::{self, Listener, NotifyError};
use crate::practice::{self, Phone, Practice, PracticeError};
use crate::settings::{self, Field, Language, Problem, Settings};
use crate::till::{Parts, Shop, Till};
use crate::vault::Vault;
use crate::wechat::sign::{ApiKey, SignType};
use crate::wechat::{Client, ClientCertificate, Config, ConfigError};

use super::{Common, Customer};

/// Where the simulated WeChat Pay keeps its books and certificates, inside practice's folder.
pub(super) const GATEWAY_FOLDER: &str = "gateway";
/// The book, in the data folder or in practice's.
const BOOK: &str = "book.db";

/// Everything that a window or a command works with; dropping it ends the practice server.
#[expect(missing_debug_implementations, reason = "it holds the API key")]
pub struct Session {
    subject: Subject,
    settings: Settings,
    problems: Vec<Problem>,
    /// The simulated gateway; a live till has none.
    practice: Option<Practice>,
    data_dir: PathBuf,
}

/// Why there is no till to work with. Nothing was sent.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SessionError {
    #[error("the folder {path} can't be made: {kind}")]
    Folder { path: String, kind: io::ErrorKind },
    #[error(transparent)]
    Account(#[from] LiveError),
    #[error(transparent)]
    Practice(#[from] PracticeError),
    #[error(transparent)]
    Gateway(#[from] ConfigError),
    #[error(transparent)]
    Book(#[from] LedgerError),
}

/// The mode, and the folder of practice's book and gateway within the data folder.
pub(super) const PRACTICE: &str = "practice";
pub(super) const LIVE: &str = "live";

/// In which mode a command with these options works, told without opening anything.
pub(super) fn mode_of(common: &Common) -> &'static str {
    let data_dir = settings::data_dir(common.data_dir.clone());
    if !common.practice && settings::is_live(&data_dir) { LIVE } else { PRACTICE }
}

/// A runtime for the till's tasks; the window keeps it beside its own.
pub fn runtime() -> io::Result<Runtime> {
    Builder::new_multi_thread().worker_threads(2).thread_name("till").enable_all().build()
}

/// Whether nobody has set anything in a data folder, nor practised in it.
pub fn is_unused(data_dir: &Path) -> bool {
    let is_there = |name: &str| data_dir.join(name).try_exists().unwrap_or(true);
    !is_there(settings::FILE) && !is_there(PRACTICE)
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
        Self::open_with(common, None).await
    }

    /// As [`Session::open`], with the secrets that somebody chose to hold for this run only.
    pub async fn open_with(common: &Common, held: Option<Vault>) -> Result<Self, SessionError> {
        let data_dir = settings::data_dir(common.data_dir.clone());
        if mode_of(common) == LIVE {
            Self::open_live(data_dir, held).await
        } else {
            Self::open_practice(common, data_dir)
        }
    }

    async fn open_live(data_dir: PathBuf, held: Option<Vault>) -> Result<Self, SessionError> {
        let (settings, problems) = Settings::load(&data_dir);
        let live = Live::open(&settings, &problems, &data_dir, held).await?;
        let gateway = Client::new(live.config.clone())?;
        let ledger = Ledger::open(&data_dir.join(BOOK))?;
        // Calls are done in the order they are made: no refund is written before it.
        drop(ledger.seal_with(approval::chain_key(&live.vault).await));
        let desk = Desk::new(Some(live.vault.clone()), ledger.clone(), data_dir.clone());
        let till = put_together(gateway, ledger, &data_dir, shop(&settings), live.api_key.as_slice())?;
        let (config, certificate, vault) = (live.config, live.certificate, Some(live.vault));
        let subject = Subject { till, config, certificate, vault, desk };
        Ok(Self { subject, settings, problems, practice: None, data_dir })
    }

    fn open_practice(common: &Common, data_dir: PathBuf) -> Result<Self, SessionError> {
        let folder = practice_folder(common)?;
        let (settings, problems) = Settings::load(&data_dir);
        let loopback = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
        let practice = Practice::start(Some(folder.join(GATEWAY_FOLDER)), loopback)?;
        let config = Config {
            appid: practice.appid().to_owned(),
            mch_id: practice.mch_id().to_owned(),
            sub: None,
            api_key: ApiKey::new(practice.api_key()),
            other_api_key: None,
            sign_type: SignType::HmacSha256,
            gateway: practice.url(),
            ca_pem: Some(practice.ca_pem().to_owned()),
            certificate: Some(ClientCertificate::from_pem(practice.client_pem(), practice.client_key_pem())),
        };
        let mut shop = shop(&settings);
        if let Some(address) = settings.notify_listen.filter(|address| address.ip().is_loopback()) {
            shop.notify_url = notify::practice_url(address);
        }
        let ledger = Ledger::open(&folder.join(BOOK))?;
        let desk = Desk::new(None, ledger.clone(), data_dir.clone());
        let till = put_together(Client::new(config.clone())?, ledger, &folder, shop, practice.api_key())?;
        let pair = [practice.client_pem().as_bytes(), practice.client_key_pem().as_bytes()];
        let identity = certificate::read(&pair, "").map_err(LiveError::from)?;
        let subject = Subject { till, config, certificate: Some(identity.facts().clone()), vault: None, desk };
        Ok(Self { subject, settings, problems, practice: Some(practice), data_dir })
    }

    /// Listens for what WeChat reports by itself, where the owner wants that. An address that is taken is most often
    /// another till's of this folder, which then listens for both.
    pub async fn listen(&self) -> Result<Option<Listener>, Problem> {
        let Some(address) = self.settings.notify_listen else { return Ok(None) };
        match Listener::start(address, self.till().clone()).await {
            Ok(listener) => Ok(Some(listener)),
            Err(NotifyError::Listen { kind: io::ErrorKind::AddrInUse, .. }) => Ok(None),
            Err(NotifyError::Listen { .. }) => Err(Problem::Field { field: Field::NotifyListen }),
        }
    }

    pub fn till(&self) -> &Till {
        &self.subject.till
    }

    /// Where refunds are approved.
    pub fn desk(&self) -> &Desk {
        &self.subject.desk
    }

    /// What a check of the settings looks at.
    pub fn subject(&self) -> &Subject {
        &self.subject
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

fn put_together(
    gateway: Client,
    ledger: Ledger,
    folder: &Path,
    shop: Shop,
    api_key: impl AsRef<[u8]>,
) -> Result<Till, SessionError> {
    let parts = Parts {
        gateway: Arc::new(gateway),
        ledger,
        shop,
        owner: Owner::new(&folder.join("owners"))?,
        code_key: code_key(api_key.as_ref()),
    };
    Ok(Till::new(parts, Handle::current()))
}

/// The folder of practice's book and gateway, beside the live ones; made if it isn't there.
pub(super) fn practice_folder(common: &Common) -> Result<PathBuf, SessionError> {
    let folder = settings::data_dir(common.data_dir.clone()).join(PRACTICE);
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
            Self::Book(error) => super::no_book(error, lang),
            Self::Folder { path, kind } => lang.no_till(&lang.folder(path, *kind)),
            Self::Account(error) => lang.no_till(&lang.live_error(error)),
            Self::Practice(error) => lang.no_till(&lang.practice_error(error)),
            Self::Gateway(error) => lang.no_till(&lang.config_error(*error)),
        }
    }
}
