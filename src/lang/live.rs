//! What going live says to a person: keyring and certificate.

use crate::certificate::ImportError;
use crate::vault::{Item, VaultError};

use super::Lang;

impl Lang {
    /// Why the keyring gives or takes no secret, and what to do.
    pub fn vault_error(self, error: &VaultError) -> String {
        match self {
            Self::Zh => match error {
                VaultError::NoKeyring => {
                    "这台电脑没有可用的系统钥匙串（Secret Service）。密钥不会写进文件；请安装并登录钥匙串（如 gnome-keyring）后再试，或打开窗口，选择密钥只在这次运行中使用。".to_owned()
                }
                VaultError::Locked => "系统钥匙串是锁着的，请解锁后再试。".to_owned(),
                VaultError::Denied => "系统钥匙串是锁着的，或没有允许访问：请解锁或允许后再试。".to_owned(),
                VaultError::TimedOut => "系统钥匙串没有回应，请检查是否有等待输入密码的窗口，然后再试。".to_owned(),
                VaultError::Missing(item) => format!("钥匙串里没有{}，请重新设置：guitai setup", item_zh(*item)),
                VaultError::TooLarge(item) => format!("{}太大，钥匙串放不下。", item_zh(*item)),
                VaultError::Damaged(item) => format!("钥匙串里的{}已损坏，请重新设置：guitai setup", item_zh(*item)),
            },
            Self::En => match error {
                VaultError::NoKeyring => "This computer has no keyring (Secret Service) that answers. Keys are never \
                    written to a file: install a keyring such as gnome-keyring, log in to it, and try again; or open the window and choose to hold \
                    the key for this run only."
                    .to_owned(),
                VaultError::Locked => "The keyring is locked: unlock it and try again.".to_owned(),
                VaultError::Denied => "The keyring is locked, or was not allowed to answer: unlock or allow it, then try again.".to_owned(),
                VaultError::TimedOut => {
                    "The keyring doesn't answer: look for a window that waits for its password, and try again.".to_owned()
                }
                VaultError::Missing(item) => {
                    format!("The keyring has no {}: set up again (guitai setup).", item_en(*item))
                }
                VaultError::TooLarge(item) => format!("The {} is too large for a keyring.", item_en(*item)),
                VaultError::Damaged(item) => {
                    format!("The keyring's {} is damaged: set up again (guitai setup).", item_en(*item))
                }
            },
        }
    }

    /// Why a certificate file was not taken, and what to do.
    pub fn import_error(self, error: &ImportError) -> String {
        match self {
            Self::Zh => import_zh(error),
            Self::En => import_en(error),
        }
    }
}

fn item_zh(item: Item) -> &'static str {
    match item {
        Item::ApiKey | Item::OtherApiKey => "API 密钥",
        Item::Certificate => "商户证书",
        Item::CertificateKey => "商户证书私钥",
        Item::AuditKey | Item::AuditHead => "退款记录的校验密钥",
        Item::RefundPin => "退款密码",
    }
}

fn item_en(item: Item) -> &'static str {
    match item {
        Item::ApiKey | Item::OtherApiKey => "API key",
        Item::Certificate => "merchant certificate",
        Item::CertificateKey => "certificate's private key",
        Item::AuditKey | Item::AuditHead => "key of the refund audit",
        Item::RefundPin => "refund PIN",
    }
}

fn import_zh(error: &ImportError) -> String {
    match error {
        ImportError::TooLarge => "文件太大，不是商户证书。".to_owned(),
        ImportError::NotRecognised => {
            "这不是证书文件；请选择证书工具生成的 zip，或 apiclient_cert.p12，或 PEM 证书和私钥。".to_owned()
        }
        ImportError::ZipDamaged => "压缩包已损坏，请重新下载。".to_owned(),
        ImportError::ZipWithoutCertificate => "压缩包里没有证书，请选择证书工具生成的 zip。".to_owned(),
        ImportError::WrongPassword => "商户号打不开这个 p12：它可能是别的商户的，或者密码被改过。".to_owned(),
        ImportError::P12Damaged => "p12 文件不完整或已损坏，请重新下载。".to_owned(),
        ImportError::PemDamaged => "PEM 文件不完整或已损坏，请重新下载。".to_owned(),
        ImportError::NoCertificate => "只有私钥，没有证书；请同时选择 apiclient_cert.pem。".to_owned(),
        ImportError::NoKey => "只有证书，没有私钥；请同时选择 apiclient_key.pem。".to_owned(),
        ImportError::CertificateDamaged => "证书已损坏，请重新下载。".to_owned(),
        ImportError::OtherMerchant { found } => format!("这是商户 {found} 的证书，不是本商户的。"),
        ImportError::Expired { ended_at } => {
            format!("证书已于 {} 过期，请在商户平台申请新的。", ended_at.date())
        }
        ImportError::NotYet { begins_at } => {
            format!("证书从 {} 起才有效，请检查电脑的日期。", begins_at.date())
        }
        ImportError::KeyMismatch => "证书和私钥不是一对，请选择同一次下载的文件。".to_owned(),
        ImportError::UnusableKey => "这种私钥不能用，请在商户平台重新申请证书。".to_owned(),
    }
}

fn import_en(error: &ImportError) -> String {
    match error {
        ImportError::TooLarge => "This file is too large to be a merchant certificate.".to_owned(),
        ImportError::NotRecognised => "This is no certificate file: take the certificate tool's zip, \
            apiclient_cert.p12, or the PEM certificate with its key."
            .to_owned(),
        ImportError::ZipDamaged => "The zip is damaged: download it again.".to_owned(),
        ImportError::ZipWithoutCertificate => {
            "There is no certificate in this zip: take the one that the certificate tool made.".to_owned()
        }
        ImportError::WrongPassword => {
            "The merchant id doesn't open this .p12: it is another merchant's, or its password was changed.".to_owned()
        }
        ImportError::P12Damaged => "The .p12 is cut or damaged: download it again.".to_owned(),
        ImportError::PemDamaged => "The PEM file is cut or damaged: download it again.".to_owned(),
        ImportError::NoCertificate => "A private key without its certificate: add apiclient_cert.pem.".to_owned(),
        ImportError::NoKey => "A certificate without its private key: add apiclient_key.pem.".to_owned(),
        ImportError::CertificateDamaged => "The certificate is damaged: download it again.".to_owned(),
        ImportError::OtherMerchant { found } => format!("This is merchant {found}'s certificate, not this merchant's."),
        ImportError::Expired { ended_at } => {
            format!("The certificate expired on {}: get a new one from the merchant platform.", ended_at.date())
        }
        ImportError::NotYet { begins_at } => {
            format!("The certificate begins on {}: check this computer's date.", begins_at.date())
        }
        ImportError::KeyMismatch => {
            "Certificate and key don't belong together: take both from the same download.".to_owned()
        }
        ImportError::UnusableKey => {
            "This kind of private key can't be used: get a new certificate from the merchant platform.".to_owned()
        }
    }
}
