//! Why a refund is not approved, and what the audit of refunds says.

use std::time::Duration;

use crate::approval::{NotApproved, NotChanged};
use crate::audit::Fault;

use super::Lang;

impl Lang {
    /// Nothing was refunded, and why.
    pub fn not_approved(self, why: &NotApproved) -> String {
        let why = self.why_not(why);
        match self {
            Self::Zh => format!("没有退款：{why}"),
            Self::En => format!("Nothing was refunded: {why}"),
        }
    }

    /// The PIN is as it was, and why.
    pub fn pin_not_set(self, why: &NotApproved) -> String {
        let why = self.why_not(why);
        match self {
            Self::Zh => format!("退款密码没有改动：{why}"),
            Self::En => format!("The PIN is as it was: {why}"),
        }
    }

    /// Who approves has to be said, and is one of these.
    pub fn name_an_approver(self, names: &[String]) -> String {
        match self {
            Self::Zh => format!("没有退款：请用 --approver 写明批准人，只能是：{}。", names.join("、")),
            Self::En => {
                format!("Nothing was refunded: say who approves it with --approver, one of: {}.", names.join(", "))
            }
        }
    }

    /// The owner's rules and the PIN are as they were, and why.
    pub fn not_changed(self, why: &NotChanged) -> String {
        let why = match (self, why) {
            (_, NotChanged::NotApproved(why)) => self.why_not(why),
            (_, NotChanged::Settings(error)) => self.settings_error(*error),
            (Self::Zh, NotChanged::IsLive) => "这台收银机已正式开通，请在正式收款的窗口里改。".to_owned(),
            (Self::En, NotChanged::IsLive) => "this till is live. Change them in its own window.".to_owned(),
            (Self::Zh, NotChanged::ThisRun) => {
                "密钥只在这次运行里，问不到退款密码。请用系统钥匙串打开，或由店主改 settings.toml。".to_owned()
            }
            (Self::En, NotChanged::ThisRun) => {
                "the keys are held for this run only, so no PIN can be asked for. Open the \
                till with the system's keyring, or the owner changes settings.toml."
                    .to_owned()
            }
            (Self::Zh, NotChanged::OtherKey) => "这不是本商户的 APIv2 密钥。".to_owned(),
            (Self::En, NotChanged::OtherKey) => "this is not the merchant's APIv2 key.".to_owned(),
        };
        match self {
            Self::Zh => format!("没有改动：{why}"),
            Self::En => format!("Nothing was changed: {why}"),
        }
    }

    fn why_not(self, why: &NotApproved) -> String {
        match self {
            Self::Zh => why_zh(why),
            Self::En => why_en(why),
        }
    }

    pub fn pin_set(self, set: bool) -> &'static str {
        match (self, set) {
            (Self::Zh, true) => "退款密码已设好，退款时要输入。",
            (Self::Zh, false) => "退款密码已取消，退款按设置里的规定办。",
            (Self::En, true) => "The PIN is set: refunds ask for it.",
            (Self::En, false) => "The PIN is gone: refunds follow the settings' rules.",
        }
    }

    pub fn no_such_pin(self) -> &'static str {
        match self {
            Self::Zh => "退款密码是 4 到 12 位数字，从标准输入逐行读入（已有密码的先输旧密码）；没有改动。",
            Self::En => {
                "A PIN is 4 to 12 digits, read line by line from standard input (the old one first, if there is one); \
                 nothing was changed."
            }
        }
    }

    pub fn no_pin_in_practice(self) -> &'static str {
        match self {
            Self::Zh => "练习模式没有退款密码；正式收款后再设。",
            Self::En => "Practice has no PIN: set one once the till is live.",
        }
    }

    /// What is wrong with the list of refunds.
    pub(super) fn fault(self, fault: &Fault) -> String {
        match (self, fault) {
            (Self::Zh, Fault::Gone { n }) => format!("第 {n} 条退款记录不见了"),
            (Self::En, Fault::Gone { n }) => format!("line {n} of the refunds is gone"),
            (Self::Zh, Fault::Altered { n }) => format!("第 {n} 条退款记录被改过"),
            (Self::En, Fault::Altered { n }) => format!("line {n} of the refunds was altered"),
            (Self::Zh, Fault::Cut { remembered, found }) => {
                format!("退款记录少了：应有 {remembered} 条，只剩 {found} 条")
            }
            (Self::En, Fault::Cut { remembered, found }) => {
                format!("refunds are missing at the end: {found} lines of {remembered}")
            }
            (Self::Zh, Fault::Unrecorded { number }) => format!("退款单 {number} 没有审批记录"),
            (Self::En, Fault::Unrecorded { number }) => format!("nobody approved refund {number}"),
            (Self::Zh, Fault::Differs { number }) => format!("退款单 {number} 与审批记录不符"),
            (Self::En, Fault::Differs { number }) => format!("refund {number} is not as it was approved"),
        }
    }
}

fn why_zh(why: &NotApproved) -> String {
    match why {
        NotApproved::AboveLimit { limit } => format!("店主规定单笔退款不超过 ¥{limit}。"),
        NotApproved::PinNeeded => "需要输入退款密码。".to_owned(),
        NotApproved::PinWrong { left: 0 } => "退款密码不对，请过一会儿再试。".to_owned(),
        NotApproved::PinWrong { left } => format!("退款密码不对，还可以试 {left} 次。"),
        NotApproved::Locked { wait } => format!("退款密码错了太多次，请过 {}再试。", span_zh(*wait)),
        NotApproved::Vault(error) => Lang::Zh.vault_error(error),
        NotApproved::Book => "账本写不进去，密码没有核对。请检查磁盘空间后再试。".to_owned(),
        NotApproved::System => "系统暂时给不出随机数，请稍后再试。".to_owned(),
        NotApproved::NotNamed => "请选择店主定下的批准人。".to_owned(),
        NotApproved::Rules => "店主的退款规定读不出来，请检查 settings.toml。".to_owned(),
    }
}

fn why_en(why: &NotApproved) -> String {
    match why {
        NotApproved::AboveLimit { limit } => format!("the owner lets nobody refund more than ¥{limit} at once."),
        NotApproved::PinNeeded => "this needs the PIN.".to_owned(),
        NotApproved::PinWrong { left: 0 } => "the PIN is wrong. Wait a while, then try again.".to_owned(),
        NotApproved::PinWrong { left: 1 } => "the PIN is wrong; one more try is left.".to_owned(),
        NotApproved::PinWrong { left } => format!("the PIN is wrong; {left} more tries are left."),
        NotApproved::Locked { wait } => {
            format!("the PIN was wrong too often. Try again in {}.", span_en(*wait))
        }
        NotApproved::Vault(error) => Lang::En.vault_error(error),
        NotApproved::Book => {
            "the book can't be written, so the PIN was not looked at. Check the disk, then try again.".to_owned()
        }
        NotApproved::System => "the system gives no randomness now. Try again later.".to_owned(),
        NotApproved::NotNamed => "choose one of those who approve refunds.".to_owned(),
        NotApproved::Rules => "the owner's refund rules can't be read. Check settings.toml.".to_owned(),
    }
}

/// Whole seconds up to two minutes, then whole minutes; never sooner than it is.
fn span_zh(wait: Duration) -> String {
    match ceiled(wait) {
        (seconds, None) => format!("{seconds} 秒"),
        (_, Some(minutes)) => format!("{minutes} 分钟"),
    }
}

fn span_en(wait: Duration) -> String {
    match ceiled(wait) {
        (seconds, None) => format!("{seconds} s"),
        (_, Some(minutes)) => format!("{minutes} min"),
    }
}

fn ceiled(wait: Duration) -> (u64, Option<u64>) {
    let seconds = wait.as_millis().div_ceil(1000).try_into().unwrap_or(u64::MAX);
    (seconds, (seconds > 120).then(|| seconds.div_ceil(60)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Fen;
    use crate::vault::VaultError;

    #[test]
    fn each_reason_says_that_nothing_was_refunded_and_what_to_do() {
        for why in [
            NotApproved::AboveLimit { limit: Fen::new(50_000).unwrap() },
            NotApproved::PinNeeded,
            NotApproved::NotNamed,
            NotApproved::Rules,
            NotApproved::PinWrong { left: 4 },
            NotApproved::PinWrong { left: 1 },
            NotApproved::PinWrong { left: 0 },
            NotApproved::Locked { wait: Duration::from_millis(59_001) },
            NotApproved::Locked { wait: Duration::from_secs(3_600) },
            NotApproved::Vault(VaultError::Locked),
            NotApproved::Book,
            NotApproved::System,
        ] {
            let (zh, en) = (Lang::Zh.not_approved(&why), Lang::En.not_approved(&why));
            assert!(zh.starts_with("没有退款：") && zh.ends_with('。'), "{zh}");
            assert!(en.starts_with("Nothing was refunded: ") && en.ends_with('.'), "{en}");
        }
        let locked = NotApproved::Locked { wait: Duration::from_millis(59_001) };
        assert_eq!(Lang::Zh.not_approved(&locked), "没有退款：退款密码错了太多次，请过 60 秒再试。");
        let long = NotApproved::Locked { wait: Duration::from_secs(3_600) };
        assert_eq!(
            Lang::En.pin_not_set(&long),
            "The PIN is as it was: the PIN was wrong too often. Try again in 60 min."
        );
    }
}
