//! What a check of the settings says to the owner.

use std::time::Duration;

use crate::account::check::{Drift, Item, Outcome, Report, Trouble, Unclear, Warning, Well};
use crate::payment::{Reason, Refusal};

use super::Lang;

/// An outcome in an owner's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// What was found: half a line.
    pub what: String,
    /// What to do now, if anything.
    pub to_do: Option<&'static str>,
}

impl Lang {
    /// What is looked at.
    pub fn check_item(self, item: Item) -> &'static str {
        match (self, item) {
            (Self::Zh, Item::Network) => "网络",
            (Self::En, Item::Network) => "Network",
            (Self::Zh, Item::Tls) => "安全连接",
            (Self::En, Item::Tls) => "Secure connection",
            (Self::Zh, Item::Clock) => "电脑时钟",
            (Self::En, Item::Clock) => "Clock",
            (Self::Zh, Item::Backup) => "备用线路",
            (Self::En, Item::Backup) => "Backup line",
            (Self::Zh, Item::ApiKey) => "API 密钥",
            (Self::En, Item::ApiKey) => "API key",
            (Self::Zh, Item::Order) => "商户号与 AppID",
            (Self::En, Item::Order) => "Merchant and app id",
            (Self::Zh, Item::NotifyUrl) => "通知地址",
            (Self::En, Item::NotifyUrl) => "Notification address",
            (Self::Zh, Item::Certificate) => "商户证书",
            (Self::En, Item::Certificate) => "Merchant certificate",
            (Self::Zh, Item::Expiry) => "证书有效期",
            (Self::En, Item::Expiry) => "Certificate's end",
            (Self::Zh, Item::Audit) => "退款记录",
            (Self::En, Item::Audit) => "Refund audit",
        }
    }

    /// What came of an item.
    pub fn check_outcome(self, item: Item, outcome: &Outcome) -> Found {
        match outcome {
            Outcome::Passed(well) => Found { what: self.well(item, *well), to_do: None },
            Outcome::Warned(warning) => self.warning(*warning),
            Outcome::Failed(trouble) => match self {
                Self::Zh => trouble_zh(trouble),
                Self::En => trouble_en(trouble),
            },
            Outcome::Unknown(unclear) => self.unclear(unclear),
        }
    }

    /// An item that is not well, in one line.
    pub fn check_line(self, item: Item, outcome: &Outcome) -> String {
        let found = self.check_outcome(item, outcome);
        let to_do = found.to_do.map(|to_do| format!(" {to_do}")).unwrap_or_default();
        match self {
            Self::Zh => format!("{}：{}。{to_do}", self.check_item(item), found.what),
            Self::En => format!("{}: {}.{to_do}", self.check_item(item), found.what),
        }
    }

    fn well(self, item: Item, well: Well) -> String {
        match (self, well) {
            (Self::Zh, Well::Answered { took }) => format!("{} 毫秒有回应", took.as_millis()),
            (Self::En, Well::Answered { took }) => format!("answered in {} ms", took.as_millis()),
            (Self::Zh, Well::Reached) => "连得上".to_owned(),
            (Self::En, Well::Reached) => "reached".to_owned(),
            (Self::Zh, Well::Trusted) => "对方的证书可信".to_owned(),
            (Self::En, Well::Trusted) => "the other side's certificate can be trusted".to_owned(),
            (_, Well::Clock(drift)) => self.drift(drift),
            (Self::Zh, Well::Signed) => "微信接受了签名".to_owned(),
            (Self::En, Well::Signed) => "the signature was taken".to_owned(),
            (Self::Zh, Well::Made) => "已关联，Native 支付可用".to_owned(),
            (Self::En, Well::Made) => "they belong together, and Native payments work".to_owned(),
            (Self::Zh, Well::Taken) if item == Item::Certificate => "微信接受了证书".to_owned(),
            (Self::En, Well::Taken) if item == Item::Certificate => "the certificate was taken".to_owned(),
            (Self::Zh, Well::Taken) => "微信接受".to_owned(),
            (Self::En, Well::Taken) => "taken".to_owned(),
            (Self::Zh, Well::Sound { lines: 0 }) => "还没有退款".to_owned(),
            (Self::En, Well::Sound { lines: 0 }) => "no refunds yet".to_owned(),
            (Self::Zh, Well::Sound { lines }) => format!("{lines} 笔，没有人动过"),
            (Self::En, Well::Sound { lines }) => format!("{lines} refunds, and nobody touched them"),
            (Self::Zh, Well::Until { ends_at }) => format!("到 {} 为止", ends_at.date()),
            (Self::En, Well::Until { ends_at }) => format!("holds until {}", ends_at.date()),
        }
    }

    fn warning(self, warning: Warning) -> Found {
        let (what, to_do) = match (self, warning) {
            (Self::Zh, Warning::Clock(drift)) => (self.drift(drift), "请打开系统的“自动设置时间”。"),
            (Self::En, Warning::Clock(drift)) => (self.drift(drift), "Let the system set its time by itself."),
            (Self::Zh, Warning::BackupSilent) => (
                "没有回应，主线路正常".to_owned(),
                "不影响收款；如果防火墙只放行了一个域名，请加上 api2.mch.weixin.qq.com。",
            ),
            (Self::En, Warning::BackupSilent) => (
                "no answer; the main line works".to_owned(),
                "Payments work. If a firewall lets one name pass only, add api2.mch.weixin.qq.com.",
            ),
            (Self::Zh, Warning::EndsSoon { ends_at }) => {
                (format!("{} 到期", ends_at.date()), "请在商户平台更换证书，再导入新的；到期后不能撤销和退款。")
            }
            (Self::En, Warning::EndsSoon { ends_at }) => (
                format!("ends on {}", ends_at.date()),
                "Get a new one from the merchant platform and import it: without it nothing can be reversed or refunded.",
            ),
            (Self::Zh, Warning::OtherKey { lines }) => (
                format!("有 {lines} 笔是用另一把密钥记的，这里证明不了"),
                "换过电脑、恢复过备份，或者密钥只在本次使用过，就会这样；否则请到商户平台核对这些退款。",
            ),
            (Self::En, Warning::OtherKey { lines }) => (
                format!("{lines} refunds were written under another key and can't be proven here"),
                "So it is after a move, a restored backup, or a key that was held for one run; else compare these refunds \
                 with the merchant platform.",
            ),
        };
        Found { what, to_do: Some(to_do) }
    }

    fn drift(self, drift: Drift) -> String {
        // A `Date` is whole seconds.
        if drift.by < Duration::from_secs(1) {
            return match self {
                Self::Zh => "本机时间与微信相差不到 1 秒".to_owned(),
                Self::En => "within a second of the gateway's clock".to_owned(),
            };
        }
        let by = self.span(drift.by);
        match (self, drift.ahead) {
            (Self::Zh, true) => format!("本机时间比微信快 {by}"),
            (Self::Zh, false) => format!("本机时间比微信慢 {by}"),
            (Self::En, true) => format!("{by} ahead of the gateway's clock"),
            (Self::En, false) => format!("{by} behind the gateway's clock"),
        }
    }

    fn span(self, by: Duration) -> String {
        let (minutes, seconds, tenths) = (by.as_secs() / 60, by.as_secs() % 60, by.subsec_millis() / 100);
        match (self, minutes) {
            (Self::Zh, 0) => format!("{seconds}.{tenths} 秒"),
            (Self::En, 0) => format!("{seconds}.{tenths} s"),
            (Self::Zh, _) => format!("{minutes} 分 {seconds} 秒"),
            (Self::En, _) => format!("{minutes} min {seconds} s"),
        }
    }

    fn unclear(self, unclear: &Unclear) -> Found {
        let again = match self {
            Self::Zh => "请稍后再查一次。",
            Self::En => "Check again later.",
        };
        let (what, to_do) = match (self, unclear) {
            (Self::Zh, Unclear::Offline) => ("连不上", Some("请检查网线或 Wi-Fi、防火墙和网关地址，再查一次。")),
            (Self::En, Unclear::Offline) => (
                "not reached",
                Some("Check the cable or the Wi-Fi, the firewall, and the gateway's address; then check again."),
            ),
            (Self::Zh, Unclear::NoAnswer) => ("没有回应", Some(again)),
            (Self::En, Unclear::NoAnswer) => ("no answer", Some(again)),
            (Self::Zh, Unclear::NotUnderstood) => ("对方的回应看不懂", Some("请检查网关地址，再查一次。")),
            (Self::En, Unclear::NotUnderstood) => {
                ("the answer makes no sense", Some("Check the gateway's address, then check again."))
            }
            (Self::Zh, Unclear::NoDate) => ("对方没有说时间", None),
            (Self::En, Unclear::NoDate) => ("the gateway doesn't say what time it is", None),
            (Self::Zh, Unclear::Gateway { .. }) => ("微信暂时没有给出结果", Some(again)),
            (Self::En, Unclear::Gateway { .. }) => ("the gateway gave no result for now", Some(again)),
            (Self::Zh, Unclear::NotRead) => ("账本或钥匙串读不出来", Some(again)),
            (Self::En, Unclear::NotRead) => ("the book or the keyring can't be read", Some(again)),
            (_, Unclear::Needs(item)) => return self.needs(*item),
        };
        Found { what: what.to_owned(), to_do }
    }

    fn needs(self, item: Item) -> Found {
        let item = self.check_item(item);
        let what = match self {
            Self::Zh => format!("“{item}”正常后才能检查"),
            Self::En => format!("can be checked once this is well: {item}"),
        };
        Found { what, to_do: None }
    }

    /// The result of all items in one line.
    pub fn check_result(self, failed: usize, unknown: usize) -> String {
        match (self, failed, unknown) {
            (Self::Zh, 0, 0) => "检查通过，没有动一分钱。".to_owned(),
            (Self::En, 0, 0) => "All is well; no money moved.".to_owned(),
            (Self::Zh, 0, _) => format!("有 {unknown} 项没能查清，没有动一分钱；请稍后再查。"),
            (Self::En, 0, _) => format!("Not known: {unknown}. No money moved; check again later."),
            (Self::Zh, _, _) => format!("有 {failed} 项不通过，没有动一分钱。请按上面的说明处理，再查一次。"),
            (Self::En, _, _) => format!("Failed: {failed}. No money moved. Do as said above, then check again."),
        }
    }

    /// What an owner copies for support.
    pub fn check_report(self, report: &Report) -> String {
        let certificate = report.certificate.as_ref().map(|(tail, ends)| format!("…{tail} {}", ends.date()));
        let mut lines = vec![
            format!("guitai {} · {} · {}", report.version, report.system, report.at),
            format!("{} · {} · {}", report.merchant, report.app_id, report.sign_type),
            format!("{} · {}", report.gateway, certificate.unwrap_or_else(|| "-".to_owned())),
        ];
        for (item, outcome) in &report.lines {
            let raw = outcome.raw().map(|raw| format!(" [{}]", raw.trim())).unwrap_or_default();
            let what = self.check_outcome(*item, outcome).what;
            lines.push(format!("{} {} · {what}{raw}", outcome.sign(), self.check_item(*item)));
        }
        lines.join("\n")
    }
}

fn trouble_zh(trouble: &Trouble) -> Found {
    let (what, to_do) = match trouble {
        Trouble::Untrusted => (
            "对方的证书不可信".to_owned(),
            "请检查电脑的日期时间，或是否有软件拦截网络；自己的网关要用 --gateway-ca 指定根证书。",
        ),
        Trouble::Clock(drift) => (Lang::Zh.drift(*drift), "请校准电脑时间，打开系统的“自动设置时间”，再查一次。"),
        Trouble::KeyRefused { .. } => (
            "微信没有接受签名：密钥不对，或不是这个商户的".to_owned(),
            "请在商户平台 → 账户中心 → API 安全 重新设置 APIv2 密钥，再填进来。",
        ),
        Trouble::ReplyNotSigned => {
            ("回应不是用这把密钥签名的".to_owned(), "请核对 API 密钥；如果密钥没错，可能有人在冒充微信，请先不要收款。")
        }
        Trouble::NotOurs { .. } => ("回应说的是别的商户或 AppID".to_owned(), "请核对商户号和 AppID。"),
        Trouble::Refused(refusal) => return refused_zh(refusal),
        Trouble::NoCertificate => (
            "没有商户证书".to_owned(),
            "没有证书也能收款，但不能撤销和退款。请在商户平台 → 账户中心 → API 安全 申请证书，再导入。",
        ),
        Trouble::CertificateRefused => (
            "微信不认这个证书".to_owned(),
            "它可能已作废，或不是本商户的。请在商户平台 → 账户中心 → API 安全 重新申请，再导入。",
        ),
        Trouble::OtherMerchants { found } => (format!("这是商户 {found} 的证书"), "请导入本商户的证书。"),
        Trouble::Expired { ended_at } => {
            (format!("已于 {} 过期", ended_at.date()), "请在商户平台 → 账户中心 → API 安全 申请新证书，再导入。")
        }
        Trouble::NotYet { begins_at } => (format!("从 {} 起才有效", begins_at.date()), "请检查电脑的日期。"),
        Trouble::NotRecorded => ("账本写不进磁盘，没有发出请求".to_owned(), "请检查磁盘空间和权限，再查一次。"),
        Trouble::Audit(fault) => {
            (Lang::Zh.fault(fault), "账本文件被人动过，或者是旧的备份：请留着现在的账本，到商户平台逐笔核对退款。")
        }
    };
    Found { what, to_do: Some(to_do) }
}

fn trouble_en(trouble: &Trouble) -> Found {
    let (what, to_do) = match trouble {
        Trouble::Untrusted => (
            "the other side's certificate can't be trusted".to_owned(),
            "Check this computer's date, and whether software intercepts the network; a gateway of one's own needs --gateway-ca.",
        ),
        Trouble::Clock(drift) => {
            (Lang::En.drift(*drift), "Set this computer's time, or let the system set it by itself; then check again.")
        }
        Trouble::KeyRefused { .. } => (
            "the signature was refused: a wrong key, or another merchant's".to_owned(),
            "Set the APIv2 key anew at the merchant platform → Account → API security, and give it here.",
        ),
        Trouble::ReplyNotSigned => (
            "the reply was not signed with this key".to_owned(),
            "Compare the API key. If it is right, somebody may pose as the gateway: take no payments.",
        ),
        Trouble::NotOurs { .. } => {
            ("the reply speaks of another merchant or app".to_owned(), "Compare the merchant id and the app id.")
        }
        Trouble::Refused(refusal) => return refused_en(refusal),
        Trouble::NoCertificate => (
            "there is no merchant certificate".to_owned(),
            "Payments work without it, reverses and refunds don't: get it from the merchant platform → Account → API security, and import it.",
        ),
        Trouble::CertificateRefused => (
            "the gateway doesn't take this certificate".to_owned(),
            "It may be revoked or another merchant's: get it again from the merchant platform → Account → API security.",
        ),
        Trouble::OtherMerchants { found } => {
            (format!("this is merchant {found}'s certificate"), "Import this merchant's certificate.")
        }
        Trouble::Expired { ended_at } => (
            format!("expired on {}", ended_at.date()),
            "Get a new certificate from the merchant platform → Account → API security, and import it.",
        ),
        Trouble::NotYet { begins_at } => (format!("begins on {}", begins_at.date()), "Check this computer's date."),
        Trouble::NotRecorded => (
            "the book can't be written, so nothing was sent".to_owned(),
            "Check disk space and rights, then check again.",
        ),
        Trouble::Audit(fault) => (
            Lang::En.fault(fault),
            "Somebody changed the book's file, or it is an old backup: keep it as it is, and compare each refund with the \
             merchant platform.",
        ),
    };
    Found { what, to_do: Some(to_do) }
}

fn refused_zh(refusal: &Refusal) -> Found {
    let (what, to_do) = match refusal.reason {
        Reason::NoPermission => ("商户没有开通这项支付", "请在商户平台 → 产品中心 开通 Native 支付，再查一次。"),
        Reason::Settings => {
            ("AppID 不对，或没有和商户号绑定", "请在商户平台 → 产品中心 → AppID 账号管理 核对并绑定，再查一次。")
        }
        Reason::TooOften => ("请求太频繁", "请过一分钟再查。"),
        Reason::BadRequest => ("微信不接受这样的请求", "请核对通知地址（notify_url）和服务商的设置，再查一次。"),
        Reason::AccountAbnormal => ("商户账户受限", "请登录商户平台看通知，或联系微信支付客服。"),
        Reason::NotEnough
        | Reason::CodeExpired
        | Reason::CodeUsed
        | Reason::NotThisWallet
        | Reason::CardNotSupported
        | Reason::BuyerMismatch
        | Reason::OrderPaid
        | Reason::OrderEnded
        | Reason::NumberUsed
        | Reason::PaymentFailed
        | Reason::CodeUsedHere => ("微信拒绝了", "请再查一次；还是这样，就把检查结果复制给客服。"),
    };
    Found { what: what.to_owned(), to_do: Some(to_do) }
}

fn refused_en(refusal: &Refusal) -> Found {
    let (what, to_do) = match refusal.reason {
        Reason::NoPermission => (
            "the merchant may not take this kind of payment",
            "Apply for Native payments at the merchant platform → Products, then check again.",
        ),
        Reason::Settings => (
            "the app id is wrong, or not bound to the merchant",
            "Compare and bind it at the merchant platform → Products → AppID accounts, then check again.",
        ),
        Reason::TooOften => ("too many requests", "Check again in a minute."),
        Reason::BadRequest => (
            "the gateway objects to the request",
            "Compare the notification address (notify_url) and a service provider's settings, then check again.",
        ),
        Reason::AccountAbnormal => {
            ("the merchant's account is limited", "Look for notices at the merchant platform, or call WeChat Pay.")
        }
        Reason::NotEnough
        | Reason::CodeExpired
        | Reason::CodeUsed
        | Reason::NotThisWallet
        | Reason::CardNotSupported
        | Reason::BuyerMismatch
        | Reason::OrderPaid
        | Reason::OrderEnded
        | Reason::NumberUsed
        | Reason::PaymentFailed
        | Reason::CodeUsedHere => ("the gateway refused", "Check again; if it stays so, copy the result for support."),
    };
    Found { what: what.to_owned(), to_do: Some(to_do) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::tests::{is_chinese, is_english};
    use crate::timestamp::Timestamp;

    fn outcomes() -> Vec<Outcome> {
        let at = Timestamp::from_millis(0);
        let drift = Drift { by: Duration::from_secs(661), ahead: false };
        let near = Drift { by: Duration::from_millis(100), ahead: true };
        let text = String::new();
        let well = [
            Well::Answered { took: Duration::from_millis(5) },
            Well::Reached,
            Well::Trusted,
            Well::Clock(near),
            Well::Signed,
            Well::Made,
            Well::Taken,
            Well::Until { ends_at: at },
        ];
        let warnings = [Warning::Clock(drift), Warning::BackupSilent, Warning::EndsSoon { ends_at: at }];
        let troubles = [
            Trouble::Untrusted,
            Trouble::Clock(drift),
            Trouble::KeyRefused { text: text.clone() },
            Trouble::ReplyNotSigned,
            Trouble::NotOurs { field: text.clone() },
            Trouble::NoCertificate,
            Trouble::CertificateRefused,
            Trouble::OtherMerchants { found: "1900000002".to_owned() },
            Trouble::Expired { ended_at: at },
            Trouble::NotYet { begins_at: at },
            Trouble::NotRecorded,
        ];
        let reasons = [Reason::NoPermission, Reason::Settings, Reason::TooOften, Reason::BadRequest];
        let reasons = reasons.into_iter().chain([Reason::AccountAbnormal, Reason::NumberUsed]);
        let refused =
            reasons.map(|reason| Trouble::Refused(Refusal { reason, code: text.clone(), text: text.clone() }));
        let unclear = [
            Unclear::Offline,
            Unclear::NoAnswer,
            Unclear::NotUnderstood,
            Unclear::NoDate,
            Unclear::Gateway { code: text.clone() },
            Unclear::Needs(Item::Order),
        ];
        let well = well.into_iter().map(Outcome::Passed).chain(warnings.into_iter().map(Outcome::Warned));
        let troubles = troubles.into_iter().chain(refused).map(Outcome::Failed);
        well.chain(troubles).chain(unclear.into_iter().map(Outcome::Unknown)).collect()
    }

    #[test]
    fn every_outcome_is_said_in_both_languages() {
        for item in Item::ALL {
            assert!(is_chinese(Lang::Zh.check_item(item)) && is_english(Lang::En.check_item(item)), "{item:?}");
            for outcome in outcomes() {
                let (zh, en) = (Lang::Zh.check_outcome(item, &outcome), Lang::En.check_outcome(item, &outcome));
                assert!(is_chinese(&zh.what), "{}", zh.what);
                assert!(is_english(&en.what), "{}", en.what);
                assert_eq!(zh.to_do.is_some(), en.to_do.is_some(), "{outcome:?}");
                assert!(zh.to_do.is_none_or(is_chinese) && en.to_do.is_none_or(is_english), "{outcome:?}");
                let to_do_is_said = matches!(outcome, Outcome::Warned(_) | Outcome::Failed(_));
                assert!(!to_do_is_said || zh.to_do.is_some(), "{outcome:?} says what to do");
            }
        }
    }

    #[test]
    fn a_difference_is_said_to_the_second() {
        let off = |seconds, ahead| Drift { by: Duration::from_millis(seconds), ahead };
        for (drift, zh, en) in [
            (off(400, true), "本机时间与微信相差不到 1 秒", "within a second of the gateway's clock"),
            (off(2_300, true), "本机时间比微信快 2.3 秒", "2.3 s ahead of the gateway's clock"),
            (off(660_000, false), "本机时间比微信慢 11 分 0 秒", "11 min 0 s behind the gateway's clock"),
        ] {
            assert_eq!((Lang::Zh.drift(drift), Lang::En.drift(drift)), (zh.to_owned(), en.to_owned()));
        }
    }
}
