//! Everything that is not secret: `settings.toml` in the data folder.
//!
//! Reading is tolerant field by field: what is missing or bad takes its default and is reported. Saving keeps what
//! this program doesn't know, and leaves a file that isn't TOML alone.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use thiserror::Error;
use toml::{Table, Value};

use crate::money::Fen;

mod field;
mod rules;

pub use field::Field;
pub use rules::{BadName, Contradiction, RefundRules};

/// The file's name in the data folder.
pub const FILE: &str = "settings.toml";
/// The file whose being there says that this folder is live, for good.
const LIVE: &str = "live";
/// WeChat Pay itself.
pub const GATEWAY: &str = "https://api.mch.weixin.qq.com";

/// What the owner has set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The first half of what customers read on their phones.
    pub shop_name: String,
    /// The second half: what is sold.
    pub shop_category: String,
    /// 1 to 99; two tills of a shop need different ones.
    pub till_number: u32,
    pub language: Language,
    pub theme: Theme,
    /// At most [`Settings::QUICK_AMOUNTS`].
    pub quick_amounts: Vec<Fen>,
    /// The most that one charge may be, if the owner wants a limit.
    pub limit: Option<Fen>,
    pub refund: RefundRules,
    /// Where WeChat may report payments; by default nowhere, and none is needed.
    pub notify_url: String,
    /// Where this till listens for such reports, behind the owner's own relay; by default it doesn't.
    pub notify_listen: Option<SocketAddr>,
    /// The average time between two keys, in milliseconds, below which they are a scanner's.
    pub scan_gap_ms: u32,
    pub account: Account,
}

/// The merchant account of a live till; its secrets are in the vault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub merchant_id: Option<String>,
    pub app_id: Option<String>,
    /// The shop that a service provider's account takes payments for; the ids above are then the provider's.
    pub sub_merchant_id: Option<String>,
    /// That shop's own app id, if it has one; means nothing without its merchant id.
    pub sub_app_id: Option<String>,
    pub sign_type: SignType,
    /// `https://` only.
    pub gateway: String,
    /// A PEM file with the only authorities to trust, for a gateway of one's own.
    pub gateway_ca: Option<PathBuf>,
    /// The serial number of the certificate in the vault, if one was given.
    pub certificate_serial: Option<String>,
}

impl Default for Account {
    fn default() -> Self {
        Self {
            merchant_id: None,
            app_id: None,
            sub_merchant_id: None,
            sub_app_id: None,
            sign_type: SignType::default(),
            gateway: GATEWAY.to_owned(),
            gateway_ca: None,
            certificate_serial: None,
        }
    }
}

/// How the merchant's messages are signed, in WeChat's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SignType {
    #[default]
    HmacSha256,
    Md5,
}

impl SignType {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::HmacSha256 => "HMAC-SHA256",
            Self::Md5 => "MD5",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::HmacSha256, Self::Md5].into_iter().find(|kind| kind.as_str() == text)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// As the system has it.
    #[default]
    System,
    ZhCn,
    En,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// As the system has it.
    #[default]
    System,
    Light,
    Dark,
}

/// What was wrong with the file; the settings hold a default in its place.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Problem {
    #[error("settings.toml can't be read: {kind}")]
    Unreadable { kind: io::ErrorKind },
    #[error("settings.toml is not TOML")]
    NotToml,
    #[error("settings.toml: {} is not as it should be", field.as_str())]
    Field { field: Field },
}

/// Why settings were not saved; the file is as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SettingsError {
    /// The file that is there can't be read as TOML: saving would destroy what the owner wrote.
    #[error("settings.toml is damaged; mend or remove it first")]
    Damaged,
    #[error("settings.toml can't be written: {kind}")]
    NotSaved { kind: io::ErrorKind },
}

impl Problem {
    /// What the owner has to look at: the field's key, or the whole file.
    pub const fn place(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } | Self::NotToml => FILE,
            Self::Field { field } => field.as_str(),
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            shop_name: "小店".to_owned(),
            shop_category: "日用百货".to_owned(),
            till_number: 1,
            language: Language::default(),
            theme: Theme::default(),
            quick_amounts: [500, 800, 1000, 1500, 2000, 5000].into_iter().filter_map(Fen::new).collect(),
            limit: None,
            refund: RefundRules::default(),
            notify_url: "https://guitai.invalid/notify".to_owned(),
            notify_listen: None,
            scan_gap_ms: 35,
            account: Account::default(),
        }
    }
}

impl Settings {
    /// The most quick amounts there may be.
    pub const QUICK_AMOUNTS: usize = 12;

    /// Reads the settings in the data folder `dir`. No file is no problem: all is default.
    pub fn load(dir: &Path) -> (Self, Vec<Problem>) {
        match read(dir) {
            Ok(table) => Self::from_table(&table),
            Err(problem) => (Self::default(), vec![problem]),
        }
    }

    /// Saves the settings in the data folder `dir`, whole or not at all.
    ///
    /// Only fields that differ from the file are written, so unknown ones stay, as do bad ones that nobody changed.
    pub fn save(&self, dir: &Path) -> Result<(), SettingsError> {
        let mut table = read(dir).map_err(|problem| match problem {
            Problem::Unreadable { kind } => SettingsError::NotSaved { kind },
            Problem::NotToml | Problem::Field { .. } => SettingsError::Damaged,
        })?;
        let (on_disk, _) = Self::from_table(&table);
        for field in Field::ALL {
            let value = self.get(field);
            if value == on_disk.get(field) {
                continue;
            }
            match value {
                Some(value) => table.insert(field.as_str().to_owned(), value),
                None => table.remove(field.as_str()),
            };
        }
        write(dir, &table.to_string()).map_err(|error| SettingsError::NotSaved { kind: error.kind() })
    }

    /// Changes the settings in the data folder `dir` as they are there now: what the owner wrote since they were
    /// loaded stays.
    pub fn change(dir: &Path, change: impl FnOnce(&mut Self)) -> Result<(), SettingsError> {
        // A live folder's rules and account are not begun anew because somebody took another theme.
        if are_gone(dir) {
            return Err(SettingsError::NotSaved { kind: io::ErrorKind::NotFound });
        }
        let (mut settings, _told_when_loaded) = Self::load(dir);
        change(&mut settings);
        settings.save(dir)
    }

    /// What customers read on their phones, `body`: "shop - category".
    pub fn body(&self) -> String {
        format!("{} - {}", self.shop_name, self.shop_category)
    }

    /// The owner's limit, if `amount` is above it.
    pub fn exceeded_limit(&self, amount: Fen) -> Option<Fen> {
        self.limit.filter(|&limit| amount > limit)
    }

    /// The average time between two keys below which they are a scanner's.
    pub fn scan_gap(&self) -> Duration {
        Duration::from_millis(self.scan_gap_ms.into())
    }

    fn from_table(table: &Table) -> (Self, Vec<Problem>) {
        let mut settings = Self::default();
        let mut problems = Vec::new();
        for field in Field::ALL {
            if let Some(value) = table.get(field.as_str())
                && settings.set(field, value).is_none()
            {
                problems.push(Problem::Field { field });
            }
        }
        (settings, problems)
    }

    /// Takes a field's value from the file; `None`, and nothing changed, if it is bad.
    fn set(&mut self, field: Field, value: &Value) -> Option<()> {
        match field {
            Field::ShopName => self.shop_name = line(value)?,
            Field::ShopCategory => self.shop_category = line(value)?,
            Field::TillNumber => self.till_number = whole(value, 1, 99)?,
            Field::Language => self.language = Language::parse(value.as_str()?)?,
            Field::Theme => self.theme = Theme::parse(value.as_str()?)?,
            Field::QuickAmounts => {
                let amounts = value.as_array()?;
                if amounts.len() > Self::QUICK_AMOUNTS {
                    return None;
                }
                self.quick_amounts = amounts.iter().map(amount).collect::<Option<_>>()?;
            }
            Field::Limit => self.limit = Some(amount(value)?),
            Field::RefundFreeBelow => self.refund.free_below = Some(amount(value)?),
            Field::RefundNeverAbove => self.refund.never_above = Some(amount(value)?),
            Field::RefundDayCap => self.refund.day_cap = Some(amount(value)?),
            Field::Approvers => self.refund.approvers = rules::approvers(value)?,
            Field::NotifyUrl => self.notify_url = url(value)?,
            Field::NotifyListen => self.notify_listen = Some(value.as_str()?.trim().parse().ok()?),
            Field::ScanGapMs => self.scan_gap_ms = whole(value, 10, 100)?,
            Field::MerchantId => self.account.merchant_id = Some(merchant_id(value.as_str()?)?),
            Field::AppId => self.account.app_id = Some(app_id(value.as_str()?)?),
            Field::SubMerchantId => self.account.sub_merchant_id = Some(merchant_id(value.as_str()?)?),
            Field::SubAppId => self.account.sub_app_id = Some(app_id(value.as_str()?)?),
            Field::SignType => self.account.sign_type = SignType::parse(value.as_str()?)?,
            Field::Gateway => self.account.gateway = url(value)?,
            Field::GatewayCa => self.account.gateway_ca = Some(PathBuf::from(line(value)?)),
            Field::CertificateSerial => self.account.certificate_serial = Some(line(value)?),
        }
        Some(())
    }

    /// A field's value as the file has it; `None` if it is not in the file.
    fn get(&self, field: Field) -> Option<Value> {
        let amount = |fen: &Fen| Value::String(fen.to_string());
        Some(match field {
            Field::ShopName => Value::String(self.shop_name.clone()),
            Field::ShopCategory => Value::String(self.shop_category.clone()),
            Field::TillNumber => Value::Integer(self.till_number.into()),
            Field::Language => Value::String(self.language.as_str().to_owned()),
            Field::Theme => Value::String(self.theme.as_str().to_owned()),
            Field::QuickAmounts => Value::Array(self.quick_amounts.iter().map(amount).collect()),
            Field::Limit => amount(self.limit.as_ref()?),
            Field::RefundFreeBelow => amount(self.refund.free_below.as_ref()?),
            Field::RefundNeverAbove => amount(self.refund.never_above.as_ref()?),
            Field::RefundDayCap => amount(self.refund.day_cap.as_ref()?),
            Field::Approvers if self.refund.approvers.is_empty() => return None,
            Field::Approvers => {
                Value::Array(self.refund.approvers.iter().map(|name| Value::String(name.clone())).collect())
            }
            Field::NotifyUrl => Value::String(self.notify_url.clone()),
            Field::NotifyListen => Value::String(self.notify_listen?.to_string()),
            Field::ScanGapMs => Value::Integer(self.scan_gap_ms.into()),
            Field::MerchantId => Value::String(self.account.merchant_id.clone()?),
            Field::AppId => Value::String(self.account.app_id.clone()?),
            Field::SubMerchantId => Value::String(self.account.sub_merchant_id.clone()?),
            Field::SubAppId => Value::String(self.account.sub_app_id.clone()?),
            Field::SignType => Value::String(self.account.sign_type.as_str().to_owned()),
            Field::Gateway => Value::String(self.account.gateway.clone()),
            Field::GatewayCa => Value::String(self.account.gateway_ca.as_ref()?.display().to_string()),
            Field::CertificateSerial => Value::String(self.account.certificate_serial.clone()?),
        })
    }
}

impl Language {
    /// The name in the file and on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::ZhCn => "zh-CN",
            Self::En => "en",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::System, Self::ZhCn, Self::En].into_iter().find(|language| language.as_str() == text)
    }
}

impl Theme {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::System, Self::Light, Self::Dark].into_iter().find(|theme| theme.as_str() == text)
    }
}

/// Where settings, books and logs live: `explicit` if given, else the user's own place for the program's data.
pub fn data_dir(explicit: Option<PathBuf>) -> PathBuf {
    explicit.unwrap_or_else(|| {
        // Local, not roaming: a book must not be copied about while it is open.
        directories::ProjectDirs::from("", "", "guitai")
            .map_or_else(|| PathBuf::from("guitai-data"), |dirs| dirs.data_local_dir().to_owned())
    })
}

/// Makes the data folder and those above it, if need be; on Unix for its owner alone.
pub fn make_data_dir(dir: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}

/// Makes a folder live, for good: from the first set-up on, nothing in it is practice unless asked for by name.
pub fn make_live(dir: &Path) -> io::Result<()> {
    let mut file = File::create(dir.join(LIVE))?;
    file.write_all(b"This folder takes real money; it never falls back to practice.\n")?;
    file.sync_all()?;
    if cfg!(unix) { File::open(dir)?.sync_all() } else { Ok(()) }
}

/// Whether a set-up was ever tried in the folder. What can't be looked at counts as live.
pub fn is_live(dir: &Path) -> bool {
    let marked = dir.join(LIVE).try_exists();
    let named = || read(dir).is_ok_and(|table| table.contains_key(Field::MerchantId.as_str()));
    marked.unwrap_or(true) || named()
}

/// Whether a live folder has lost its settings.
fn are_gone(dir: &Path) -> bool {
    dir.join(LIVE).exists() && !dir.join(FILE).exists()
}

/// A merchant's number, as far as its form tells: digits.
pub fn merchant_id(text: &str) -> Option<String> {
    let text = text.trim();
    ((8..=32).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.to_owned())
}

/// An app id: `wx` and sixteen letters or digits.
pub fn app_id(text: &str) -> Option<String> {
    let text = text.trim();
    (text.len() == 18 && text.starts_with("wx") && text.bytes().all(|b| b.is_ascii_alphanumeric()))
        .then(|| text.to_owned())
}

/// An address that a gateway may have.
pub fn gateway(text: &str) -> Option<String> {
    url(&Value::String(text.trim().trim_end_matches('/').to_owned()))
}

fn line(value: &Value) -> Option<String> {
    let text = value.as_str()?.trim();
    (!text.is_empty() && !text.chars().any(char::is_control)).then(|| text.to_owned())
}

fn whole(value: &Value, least: u32, most: u32) -> Option<u32> {
    value.as_integer().and_then(|n| u32::try_from(n).ok()).filter(|n| (least..=most).contains(n))
}

/// Decimal yuan as a text, or whole yuan as a number; TOML's decimal numbers are floating point and refused.
fn amount(value: &Value) -> Option<Fen> {
    match value {
        Value::String(text) => Fen::parse_charge(text).ok(),
        Value::Integer(yuan) => Fen::parse_charge(&yuan.to_string()).ok(),
        _ => None,
    }
}

/// Manual, unifiedorder: `notify_url` is a plain address without parameters, at most 256 characters.
fn url(value: &Value) -> Option<String> {
    let text = value.as_str()?;
    let host = text.strip_prefix("https://")?.split('/').next()?;
    let plain = text.bytes().all(|b| b.is_ascii_graphic() && !b"?#\"<>\\".contains(&b));
    (!host.is_empty() && plain && text.len() <= 256).then(|| text.to_owned())
}

fn read(dir: &Path) -> Result<Table, Problem> {
    match fs::read(dir.join(FILE)) {
        // A mark of some editors that TOML doesn't know.
        Ok(bytes) => str::from_utf8(&bytes)
            .ok()
            .and_then(|text| text.trim_start_matches('\u{feff}').parse().ok())
            .ok_or(Problem::NotToml),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Table::new()),
        Err(error) => Err(Problem::Unreadable { kind: error.kind() }),
    }
}

/// Beside it, flushed, then renamed over it: a power cut leaves the old file or the new one.
fn write(dir: &Path, text: &str) -> io::Result<()> {
    let beside = dir.join(format!("{FILE}.{}.new", std::process::id()));
    let written = (|| {
        let mut file = File::create(&beside)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&beside, dir.join(FILE))?;
        if cfg!(unix) { File::open(dir)?.sync_all() } else { Ok(()) }
    })();
    if written.is_err() {
        // Nothing lies about after a failure; if the rename was done, there is nothing to remove.
        let _ = fs::remove_file(&beside);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(text: &str) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(FILE), text).unwrap();
        dir
    }

    fn text(dir: &tempfile::TempDir) -> String {
        fs::read_to_string(dir.path().join(FILE)).unwrap()
    }

    fn fen(fen: i64) -> Fen {
        Fen::new(fen).unwrap()
    }

    fn all_set() -> Settings {
        Settings {
            shop_name: "王记便利店".to_owned(),
            shop_category: "食品".to_owned(),
            till_number: 7,
            language: Language::En,
            theme: Theme::Dark,
            quick_amounts: vec![fen(1), fen(1250)],
            limit: Some(fen(50_000)),
            refund: RefundRules {
                free_below: Some(fen(2_000)),
                never_above: Some(fen(50_000)),
                day_cap: Some(fen(100_000)),
                approvers: vec!["王店长".to_owned(), "Li".to_owned()],
            },
            notify_url: "https://shop.example/notify".to_owned(),
            notify_listen: Some("127.0.0.1:8700".parse().unwrap()),
            scan_gap_ms: 50,
            account: Account {
                merchant_id: Some("1900000001".to_owned()),
                app_id: Some("wx0123456789abcdef".to_owned()),
                sub_merchant_id: Some("1900000109".to_owned()),
                sub_app_id: Some("wx00000000000000ff".to_owned()),
                sign_type: SignType::Md5,
                gateway: "https://127.0.0.1:8443".to_owned(),
                gateway_ca: Some(PathBuf::from("/etc/ca.pem")),
                certificate_serial: Some("1A2B".to_owned()),
            },
        }
    }

    #[test]
    fn a_folder_is_live_from_the_first_try_on() {
        let dir = tempfile::tempdir().unwrap();
        assert!(!is_live(dir.path()));
        make_live(dir.path()).unwrap();
        assert!(is_live(dir.path()));
        make_live(dir.path()).unwrap();
        assert!(is_live(folder("merchant_id = 'damaged'\n").path()), "settings alone say it too");
        assert!(!is_live(folder("till_number = 2\n").path()));
    }

    #[test]
    fn an_accounts_values_have_their_forms() {
        assert_eq!(merchant_id(" 1900000001\n").as_deref(), Some("1900000001"));
        assert_eq!(app_id("wx0123456789abcdef").as_deref(), Some("wx0123456789abcdef"));
        assert_eq!(gateway("https://127.0.0.1:1/").as_deref(), Some("https://127.0.0.1:1"));
        for bad in ["", "19000", "190000000a", "１９００００００００１"] {
            assert_eq!(merchant_id(bad), None, "{bad}");
        }
        for bad in ["", "wx", "wx0123456789abcde", "xw0123456789abcdef", "wx0123456789abcd-f"] {
            assert_eq!(app_id(bad), None, "{bad}");
        }
        for bad in ["http://127.0.0.1", "127.0.0.1", "https://", "https://a?b"] {
            assert_eq!(gateway(bad), None, "{bad}");
        }
    }

    #[test]
    fn no_file_is_all_defaults() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(Settings::load(dir.path()), (Settings::default(), vec![]));
        assert_eq!(Settings::default().body(), "小店 - 日用百货");
    }

    #[test]
    fn what_is_saved_is_loaded() {
        let dir = tempfile::tempdir().unwrap();
        all_set().save(dir.path()).unwrap();
        assert_eq!(Settings::load(dir.path()), (all_set(), vec![]));
        let unlimited = Settings { limit: None, ..all_set() };
        unlimited.save(dir.path()).unwrap();
        assert_eq!(Settings::load(dir.path()), (unlimited, vec![]));
        let files: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(files, [FILE], "no temporary file is left");
    }

    #[test]
    fn defaults_are_not_written_down() {
        let dir = tempfile::tempdir().unwrap();
        Settings { till_number: 2, ..Settings::default() }.save(dir.path()).unwrap();
        assert_eq!(text(&dir), "till_number = 2\n");
    }

    #[test]
    fn a_bad_field_takes_its_default_alone() {
        for (field, bad) in [
            (Field::ShopName, "''"),
            (Field::ShopName, "3"),
            (Field::ShopName, r#""a\nb""#),
            (Field::ShopCategory, "[]"),
            (Field::TillNumber, "0"),
            (Field::TillNumber, "100"),
            (Field::TillNumber, "'1'"),
            (Field::TillNumber, "-1"),
            (Field::Language, "'fr'"),
            (Field::Theme, "true"),
            (Field::QuickAmounts, "['5', 'x']"),
            (Field::QuickAmounts, "[5.5]"),
            (Field::QuickAmounts, "['0']"),
            (Field::QuickAmounts, "'5'"),
            (Field::QuickAmounts, "[1,1,1,1,1,1,1,1,1,1,1,1,1]"),
            (Field::Limit, "12.5"),
            (Field::Limit, "'-1'"),
            (Field::Limit, "'1000000.01'"),
            (Field::Approvers, "'王店长'"),
            (Field::Approvers, "['']"),
            (Field::Approvers, "[3]"),
            (Field::Approvers, "['王店长', ' 王店长']"),
            (Field::Approvers, r#"["a\u0007b"]"#),
            (Field::Approvers, "['a','b','c','d','e','f','g','h','i','j']"),
            (Field::Approvers, "['一二三四五六七八九十一二三四五六七']"),
            (Field::NotifyUrl, "'http://shop.example/notify'"),
            (Field::NotifyUrl, "'https:///notify'"),
            (Field::NotifyListen, "8700"),
            (Field::NotifyListen, "'localhost:8700'"),
            (Field::NotifyListen, "'127.0.0.1'"),
            (Field::NotifyUrl, "'https://shop.example/notify?a=b'"),
            (Field::ScanGapMs, "9"),
            (Field::ScanGapMs, "1979-05-27"),
            (Field::SubMerchantId, "1900000109"),
            (Field::SubMerchantId, "'wx00000000000000ff'"),
            (Field::SubAppId, "'1900000109'"),
        ] {
            let (good, value) = if field == Field::Theme { ("language", "'en'") } else { ("theme", "'dark'") };
            let dir = folder(&format!("{} = {bad}\n{good} = {value}\n", field.as_str()));
            let (settings, problems) = Settings::load(dir.path());
            assert_eq!(problems, [Problem::Field { field }], "{field:?} {bad}");
            let mut expected = Settings::default();
            if field == Field::Theme {
                expected.language = Language::En;
            } else {
                expected.theme = Theme::Dark;
            }
            assert_eq!(settings, expected, "{field:?} {bad}");
        }
    }

    #[test]
    fn amounts_are_texts_or_whole_yuan() {
        let dir = folder("quick_amounts = ['12.5', 8, '１５']\nlimit = 500\n");
        let (settings, problems) = Settings::load(dir.path());
        assert_eq!((settings.quick_amounts, settings.limit), (vec![fen(1250), fen(800), fen(1500)], Some(fen(50_000))));
        assert_eq!(problems, []);
    }

    #[test]
    fn a_file_that_is_not_toml_is_reported_and_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        for bytes in [&b"shop_name = \n"[..], b"{\"json\": true}", &[0xff, 0xfe, 0], b"a = 1\na = 2\n"] {
            fs::write(dir.path().join(FILE), bytes).unwrap();
            assert_eq!(Settings::load(dir.path()), (Settings::default(), vec![Problem::NotToml]));
            assert_eq!(all_set().save(dir.path()), Err(SettingsError::Damaged));
            assert_eq!(fs::read(dir.path().join(FILE)).unwrap(), bytes);
        }
    }

    #[test]
    fn unknown_and_unchanged_bad_fields_outlive_a_save() {
        let dir = folder("later = 'kept'\ntheme = 'sepia'\ntill_number = 3\n[printer]\nwidth = 58\n");
        let (mut settings, problems) = Settings::load(dir.path());
        assert_eq!(problems, [Problem::Field { field: Field::Theme }]);
        settings.till_number = 4;
        settings.save(dir.path()).unwrap();
        let table: Table = text(&dir).parse().unwrap();
        assert_eq!(table["later"].as_str(), Some("kept"));
        assert_eq!(table["theme"].as_str(), Some("sepia"));
        assert_eq!(table["till_number"].as_integer(), Some(4));
        assert_eq!(table["printer"]["width"].as_integer(), Some(58));
    }

    #[test]
    fn a_change_touches_nothing_else() {
        let dir = folder("till_number = 3\nlanguage = 'fr'\n");
        Settings::change(dir.path(), |settings| settings.theme = Theme::Dark).unwrap();
        assert_eq!(text(&dir), "language = \"fr\"\ntheme = \"dark\"\ntill_number = 3\n");
        Settings::change(dir.path(), |settings| settings.language = Language::En).unwrap();
        assert_eq!(Settings::load(dir.path()).0.language, Language::En);
        fs::write(dir.path().join(FILE), "theme = ").unwrap();
        assert_eq!(Settings::change(dir.path(), |s| s.theme = Theme::Light), Err(SettingsError::Damaged));
        // A live folder whose file is gone doesn't become one without rules.
        fs::remove_file(dir.path().join(FILE)).unwrap();
        make_live(dir.path()).unwrap();
        let gone = SettingsError::NotSaved { kind: io::ErrorKind::NotFound };
        assert_eq!(Settings::change(dir.path(), |s| s.theme = Theme::Light), Err(gone));
        assert!(RefundRules::load(dir.path()).is_err() && !dir.path().join(FILE).exists());
    }

    #[test]
    fn a_byte_order_mark_is_no_problem() {
        let dir = folder("\u{feff}till_number = 5\n");
        assert_eq!(Settings::load(dir.path()).0.till_number, 5);
    }

    #[test]
    fn a_folder_that_cannot_be_used_is_named() {
        let dir = folder("");
        let below_a_file = dir.path().join(FILE);
        let kind = io::ErrorKind::NotADirectory;
        assert_eq!(Settings::load(&below_a_file).1, [Problem::Unreadable { kind }]);
        assert_eq!(all_set().save(&below_a_file), Err(SettingsError::NotSaved { kind }));
        let missing = dir.path().join("missing");
        assert_eq!(all_set().save(&missing), Err(SettingsError::NotSaved { kind: io::ErrorKind::NotFound }));
        assert_eq!(make_data_dir(&below_a_file.join("x")).unwrap_err().kind(), kind);
    }

    #[test]
    fn the_data_folder_is_the_one_asked_for_or_ones_own() {
        assert_eq!(data_dir(Some(PathBuf::from("/x"))), PathBuf::from("/x"));
        assert!(data_dir(None).components().any(|part| part.as_os_str().to_string_lossy().contains("guitai")));
        let dir = tempfile::tempdir().unwrap();
        let deep = dir.path().join("a/b");
        make_data_dir(&deep).unwrap();
        make_data_dir(&deep).unwrap();
        assert!(deep.is_dir());
    }
}
