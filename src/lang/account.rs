//! What the merchant's account says to its owner: fields and what is wrong with them, files, and what can't be opened.

use std::io;

use crate::account::{Field, FileError, Flaw, LiveError, SaveError};
use crate::practice::PracticeError;
use crate::settings::{Problem, SettingsError};
use crate::wechat::ConfigError;

use super::Lang;

impl Lang {
    /// A field's name.
    pub fn field(self, field: Field) -> &'static str {
        match (self, field) {
            (Self::Zh, Field::ShopName) => "店名",
            (Self::En, Field::ShopName) => "shop's name",
            (Self::Zh, Field::ShopCategory) => "经营内容",
            (Self::En, Field::ShopCategory) => "shop's trade",
            (Self::Zh, Field::TillNumber) => "台号",
            (Self::En, Field::TillNumber) => "till number",
            (Self::Zh, Field::MerchantId) => "商户号",
            (Self::En, Field::MerchantId) => "merchant id",
            (Self::Zh, Field::AppId) => "AppID",
            (Self::En, Field::AppId) => "app id",
            (Self::Zh, Field::SubMerchantId) => "子商户号",
            (Self::En, Field::SubMerchantId) => "sub-merchant id",
            (Self::Zh, Field::SubAppId) => "子商户 AppID",
            (Self::En, Field::SubAppId) => "sub-merchant's app id",
            (Self::Zh, Field::ApiKey) => "API 密钥",
            (Self::En, Field::ApiKey) => "API key",
            (Self::Zh, Field::Certificate) => "商户证书",
            (Self::En, Field::Certificate) => "merchant certificate",
            (Self::Zh, Field::SignType) => "签名方式",
            (Self::En, Field::SignType) => "sign type",
            (Self::Zh, Field::Gateway) => "网关地址",
            (Self::En, Field::Gateway) => "gateway's address",
            (Self::Zh, Field::GatewayCa) => "网关的根证书",
            (Self::En, Field::GatewayCa) => "gateway's certificate authority",
        }
    }

    /// Where an owner finds what belongs in a field.
    pub fn where_to_find(self, field: Field) -> &'static str {
        match (self, field) {
            (Self::Zh, Field::ShopName) => "顾客付款时在手机上看到，如“王记便利店”",
            (Self::En, Field::ShopName) => "Customers read it on their phones when they pay",
            (Self::Zh, Field::ShopCategory) => "跟在店名后面，如“日用百货”",
            (Self::En, Field::ShopCategory) => "What is sold; it follows the name on the customer's phone",
            (Self::Zh, Field::TillNumber) => "1 到 99，同一家店每台电脑用不同的台号",
            (Self::En, Field::TillNumber) => "1 to 99; each till of a shop has its own",
            (Self::Zh, Field::MerchantId) => "商户平台 → 账户中心 → 商户信息，10 位数字",
            (Self::En, Field::MerchantId) => "Merchant platform → Account → Merchant information: ten digits",
            (Self::Zh, Field::AppId) => "商户平台 → 产品中心 → AppID 账号管理，wx 开头共 18 位",
            (Self::En, Field::AppId) => "Merchant platform → Products → AppID accounts: wx and 16 characters",
            (Self::Zh, Field::SubMerchantId | Field::SubAppId) => "只有服务商要填，一般留空",
            (Self::En, Field::SubMerchantId | Field::SubAppId) => "For service providers; else empty",
            (Self::Zh, Field::ApiKey) => "商户平台 → 账户中心 → API 安全 → APIv2 密钥，32 位字母或数字",
            (Self::En, Field::ApiKey) => "Merchant platform → Account → API security → APIv2 key: 32 letters or digits",
            (Self::Zh, Field::Certificate) => "商户平台 → 账户中心 → API 安全 → 商户 API 证书，用证书工具生成的 zip",
            (Self::En, Field::Certificate) => {
                "Merchant platform → Account → API security → API certificate: the zip that the certificate tool makes"
            }
            (Self::Zh, Field::SignType) => "HMAC-SHA256 或 MD5，一般不用改",
            (Self::En, Field::SignType) => "HMAC-SHA256 or MD5; seldom changed",
            (Self::Zh, Field::Gateway) => "留空就是微信支付；别的网关以 https:// 开头",
            (Self::En, Field::Gateway) => "Empty for WeChat Pay itself; another one begins with https://",
            (Self::Zh, Field::GatewayCa) => "只给别的网关用的 PEM 文件，一般留空",
            (Self::En, Field::GatewayCa) => "A PEM file, for another gateway only",
        }
    }

    /// What is wrong with a field.
    pub fn flaw(self, field: Field, flaw: &Flaw) -> String {
        match self {
            Self::Zh => flaw_zh(field, flaw),
            Self::En => flaw_en(field, flaw),
        }
    }

    /// Why a file was not taken.
    pub fn file_error(self, error: &FileError) -> String {
        match error {
            FileError::Unreadable { path, kind } => self.unreadable(&path.display().to_string(), *kind),
            FileError::Import(error) => self.import_error(error),
        }
    }

    fn unreadable(self, path: &str, kind: io::ErrorKind) -> String {
        match self {
            Self::Zh => format!("读不了 {path}：{}", self.io(kind)),
            Self::En => format!("{path} can't be read: {}", self.io(kind)),
        }
    }

    /// Why nothing was set up, and what to do.
    pub fn save_error(self, error: &SaveError) -> String {
        match error {
            SaveError::Flaw { field: Field::Certificate, flaw } => {
                self.not_set_up(&self.flaw(Field::Certificate, flaw))
            }
            SaveError::Flaw { field, flaw } => {
                let (flaw, hint) = (self.flaw(*field, flaw), self.where_to_find(*field));
                self.not_set_up(&match self {
                    Self::Zh => format!("{flaw}（{hint}）"),
                    Self::En => format!("{flaw} ({hint})"),
                })
            }
            SaveError::Folder { path, kind } => self.not_set_up(&self.folder(&path.display().to_string(), *kind)),
            SaveError::Settings(problem) => self.not_set_up(&self.settings_problem(problem)),
            SaveError::PinStands => self.not_set_up(match self {
                Self::Zh => "原商户设了退款密码。先取消它（Ctrl 加逗号，再按 F4），再换商户。",
                Self::En => {
                    "a refund PIN is set for the merchant before. Take it away first (Ctrl and comma, then F4), then \
                     change the merchant."
                }
            }),
            SaveError::NotSaved(error) => self.not_set_up(&self.settings_error(*error)),
            SaveError::Vault(error) => self.not_set_up(&self.vault_error(error)),
            SaveError::Gateway(error) => self.not_set_up(&self.config_error(*error)),
            SaveError::Account(error) => self.not_set_up(&self.live_error(error)),
        }
    }

    /// Nothing was set up, and what was set before is as it was.
    pub fn not_set_up(self, why: &str) -> String {
        match self {
            Self::Zh => format!("没有设置成功，原来的设置没有改动：{why}"),
            Self::En => format!("Not set up; what was set before is as it was. {why}"),
        }
    }

    /// Why the live account can't be opened, and what to do.
    pub fn live_error(self, error: &LiveError) -> String {
        match error {
            LiveError::Settings(problem) => self.settings_problem(problem),
            LiveError::NotSetUp => match self {
                Self::Zh => "这台收银机还没有设置好商户，请先设置：guitai setup".to_owned(),
                Self::En => "This till was never set up with a merchant: guitai setup".to_owned(),
            },
            LiveError::GatewayCa { path, kind } => self.unreadable(&path.display().to_string(), *kind),
            LiveError::Vault(error) => self.vault_error(error),
            LiveError::BadKey => match self {
                Self::Zh => "钥匙串里的 API 密钥已损坏，请重新设置：guitai setup".to_owned(),
                Self::En => "The API key in the keyring is damaged: set up again (guitai setup)".to_owned(),
            },
            LiveError::Certificate(error) => self.import_error(error),
        }
    }

    /// What is wrong with the settings file where no default may stand in.
    pub fn settings_problem(self, problem: &Problem) -> String {
        match (self, problem) {
            (Self::Zh, Problem::Unreadable { kind }) => format!("读不了 settings.toml：{}", self.io(*kind)),
            (Self::En, Problem::Unreadable { kind }) => format!("settings.toml can't be read: {}", self.io(*kind)),
            (Self::Zh, Problem::NotToml) => {
                "settings.toml 不是正确的 TOML 文件，没有动它；请改正，或移走后重新设置。".to_owned()
            }
            (Self::En, Problem::NotToml) => {
                "settings.toml is not TOML; it was left as it is. Mend it, or move it away and set up again.".to_owned()
            }
            (Self::Zh, Problem::Field { field }) => {
                format!("settings.toml 里的 {} 不对，请改正；正式收款时不用默认值代替。", field.as_str())
            }
            (Self::En, Problem::Field { field }) => {
                format!("settings.toml: {} is not as it should be. A live till uses no default for it.", field.as_str())
            }
        }
    }

    /// Why the settings file was not written.
    pub fn settings_error(self, error: SettingsError) -> String {
        match (self, error) {
            (_, SettingsError::Damaged) => self.settings_problem(&Problem::NotToml),
            (Self::Zh, SettingsError::NotSaved { kind }) => format!("settings.toml 写不进去：{}", self.io(kind)),
            (Self::En, SettingsError::NotSaved { kind }) => {
                format!("settings.toml can't be written: {}", self.io(kind))
            }
        }
    }

    /// A folder that can't be made or written.
    pub fn folder(self, path: &str, kind: io::ErrorKind) -> String {
        match self {
            Self::Zh => format!("文件夹 {path} 用不了：{}。请检查权限，或换一个 --data-dir。", self.io(kind)),
            Self::En => {
                format!(
                    "The folder {path} can't be used: {}. Check its rights, or take another --data-dir.",
                    self.io(kind)
                )
            }
        }
    }

    /// Why there can be no client for a gateway.
    pub fn config_error(self, error: ConfigError) -> String {
        match (self, error) {
            (Self::Zh, ConfigError::Empty { field }) => format!("设置里缺少 {field}。"),
            (Self::En, ConfigError::Empty { field }) => format!("The setting {field} is empty."),
            (Self::Zh, ConfigError::NotAUrl | ConfigError::NotHttps) => {
                "网关地址不对：只接受 https:// 开头的地址。".to_owned()
            }
            (Self::En, ConfigError::NotAUrl | ConfigError::NotHttps) => {
                "A gateway's address begins with https://.".to_owned()
            }
            (Self::Zh, ConfigError::BadCa) => "网关的根证书不是 PEM 证书文件。".to_owned(),
            (Self::En, ConfigError::BadCa) => {
                "The gateway's certificate authority is not a PEM certificate.".to_owned()
            }
            (Self::Zh, ConfigError::BadCertificate) => "商户证书和私钥用不了，请重新导入。".to_owned(),
            (Self::En, ConfigError::BadCertificate) => {
                "The merchant certificate and its key can't be used: import them again.".to_owned()
            }
            (Self::Zh, ConfigError::NoTls) => {
                "这台电脑没有可信的根证书，请安装系统证书（ca-certificates）。".to_owned()
            }
            (Self::En, ConfigError::NoTls) => {
                "This computer has no trusted certificate authorities: install them (ca-certificates).".to_owned()
            }
        }
    }

    /// Why practice can't start.
    pub fn practice_error(self, error: &PracticeError) -> String {
        match (self, error) {
            (Self::Zh, PracticeError::NotLoopback(address)) => {
                format!("练习服务器只在本机上监听（127.0.0.1 或 ::1），不能用 {address}。")
            }
            (Self::En, PracticeError::NotLoopback(address)) => {
                format!("Practice listens on this machine only (127.0.0.1 or ::1), not on {address}.")
            }
            (Self::Zh, PracticeError::Listen { address, kind }) => {
                format!("练习服务器不能在 {address} 监听：{}", self.io(*kind))
            }
            (Self::En, PracticeError::Listen { address, kind }) => {
                format!("Practice can't listen on {address}: {}", self.io(*kind))
            }
            (Self::Zh, PracticeError::Certificates(kind)) => format!("练习用的证书做不出来：{}", self.io(*kind)),
            (Self::En, PracticeError::Certificates(kind)) => {
                format!("Practice can't make its certificates: {}", self.io(*kind))
            }
            (Self::Zh, PracticeError::Books(error)) => format!("练习用的账本打不开（{error}）。"),
            (Self::En, PracticeError::Books(error)) => format!("Practice's books can't be opened ({error})."),
            (Self::Zh, PracticeError::System(kind)) => format!("系统没有给练习服务器线程或随机数：{}", self.io(*kind)),
            (Self::En, PracticeError::System(kind)) => {
                format!("The system gives practice no thread or no randomness: {}", self.io(*kind))
            }
        }
    }

    /// What the operating system said of a file or a folder.
    pub fn io(self, kind: io::ErrorKind) -> String {
        if self == Self::En {
            return kind.to_string();
        }
        match kind {
            io::ErrorKind::NotFound => "找不到".to_owned(),
            io::ErrorKind::PermissionDenied => "没有权限".to_owned(),
            io::ErrorKind::AlreadyExists => "已经存在".to_owned(),
            io::ErrorKind::NotADirectory => "不是文件夹".to_owned(),
            io::ErrorKind::IsADirectory => "是文件夹，不是文件".to_owned(),
            io::ErrorKind::ReadOnlyFilesystem => "磁盘是只读的".to_owned(),
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "磁盘满了".to_owned(),
            io::ErrorKind::InvalidData => "内容不对".to_owned(),
            io::ErrorKind::AddrInUse => "地址已被占用".to_owned(),
            other => format!("系统错误（{other}）"),
        }
    }
}

fn flaw_zh(field: Field, flaw: &Flaw) -> String {
    let name = Lang::Zh.field(field);
    match flaw {
        Flaw::Missing => format!("{name}还没有填"),
        Flaw::NotOneLine { most } => format!("{name}写在一行里，最多 {} 个汉字", most / 3),
        Flaw::NotInRange { least, most } => format!("{name}是 {least} 到 {most} 的数字"),
        Flaw::NotDigits => format!("{name}只有数字，这里有别的字符"),
        Flaw::NotLettersAndDigits => format!("{name}只有字母和数字，这里有别的字符"),
        Flaw::Length { has, needs } => format!("{name}应为 {needs} 位，现在是 {has} 位"),
        Flaw::Form => format!("{name}不对"),
        Flaw::Unreadable { path, kind } => Lang::Zh.unreadable(&path.display().to_string(), *kind),
        Flaw::NeedsMerchantId => "p12 要用商户号打开，请先填商户号".to_owned(),
        Flaw::Certificate(error) => Lang::Zh.import_error(error),
    }
}

fn flaw_en(field: Field, flaw: &Flaw) -> String {
    let name = Lang::En.field(field);
    match flaw {
        Flaw::Missing => format!("The {name} is missing"),
        Flaw::NotOneLine { most } => format!("The {name} is one line of at most {most} letters"),
        Flaw::NotInRange { least, most } => format!("The {name} is a number from {least} to {most}"),
        Flaw::NotDigits => format!("The {name} has digits only, and this has other characters"),
        Flaw::NotLettersAndDigits => format!("The {name} has letters and digits only, and this has other characters"),
        Flaw::Length { has, needs } => format!("The {name} has {needs} characters, and this has {has}"),
        Flaw::Form => format!("The {name} is not right"),
        Flaw::Unreadable { path, kind } => Lang::En.unreadable(&path.display().to_string(), *kind),
        Flaw::NeedsMerchantId => "The merchant id opens a .p12: fill that in first".to_owned(),
        Flaw::Certificate(error) => Lang::En.import_error(error),
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::certificate::ImportError;
    use crate::lang::tests::{is_chinese, is_english};
    use crate::practice::PracticeError;
    use crate::settings;
    use crate::timestamp::Timestamp;
    use crate::vault::{Item, VaultError};

    fn assert_said(say: impl Fn(Lang) -> String) {
        let (zh, en) = (say(Lang::Zh), say(Lang::En));
        assert!(is_chinese(&zh), "{zh}");
        assert!(is_english(&en), "{en}");
    }

    fn flaws() -> Vec<Flaw> {
        vec![
            Flaw::Missing,
            Flaw::NotOneLine { most: 60 },
            Flaw::NotInRange { least: 1, most: 99 },
            Flaw::NotDigits,
            Flaw::NotLettersAndDigits,
            Flaw::Length { has: 31, needs: 32 },
            Flaw::Form,
            Flaw::Unreadable { path: PathBuf::from("/a"), kind: io::ErrorKind::PermissionDenied },
            Flaw::NeedsMerchantId,
            Flaw::Certificate(ImportError::NoKey),
        ]
    }

    #[test]
    fn every_field_and_flaw_is_said_in_both_languages() {
        for field in Field::ALL {
            assert_said(|lang| format!("{} {}", lang.where_to_find(field), lang.field(field)));
            for flaw in flaws() {
                assert_said(|lang| lang.flaw(field, &flaw));
                assert_said(|lang| lang.save_error(&SaveError::Flaw { field, flaw: flaw.clone() }));
                assert_said(|lang| lang.save_error(&SaveError::PinStands));
            }
        }
        let vault = [
            VaultError::NoKeyring,
            VaultError::Locked,
            VaultError::Denied,
            VaultError::TimedOut,
            VaultError::Missing(Item::ApiKey),
            VaultError::TooLarge(Item::Certificate),
            VaultError::Damaged(Item::CertificateKey),
        ];
        for error in vault {
            assert_said(|lang| lang.save_error(&SaveError::Vault(error)));
        }
    }

    #[test]
    fn every_reason_why_a_till_is_not_opened_is_said_in_both_languages() {
        let kind = io::ErrorKind::Other;
        let at = Timestamp::from_millis(0);
        for error in [
            LiveError::Settings(Problem::NotToml),
            LiveError::Settings(Problem::Unreadable { kind }),
            LiveError::Settings(Problem::Field { field: settings::Field::Limit }),
            LiveError::NotSetUp,
            LiveError::GatewayCa { path: PathBuf::from("/a"), kind },
            LiveError::Vault(VaultError::Locked),
            LiveError::BadKey,
            LiveError::Certificate(ImportError::Expired { ended_at: at }),
        ] {
            assert_said(|lang| lang.live_error(&error));
        }
        let address = std::net::SocketAddr::from(([127, 0, 0, 1], 1));
        for error in [
            PracticeError::NotLoopback(address),
            PracticeError::Listen { address, kind },
            PracticeError::Certificates(kind),
            PracticeError::System(kind),
        ] {
            assert_said(|lang| lang.practice_error(&error));
        }
        for error in [
            ConfigError::Empty { field: "appid" },
            ConfigError::NotAUrl,
            ConfigError::NotHttps,
            ConfigError::BadCa,
            ConfigError::BadCertificate,
            ConfigError::NoTls,
        ] {
            assert_said(|lang| lang.config_error(error));
        }
        assert_said(|lang| lang.settings_error(SettingsError::NotSaved { kind }));
        assert_said(|lang| lang.folder("/a", kind));
    }
}
