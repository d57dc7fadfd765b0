//! The words of the owner's page of who may refund.

use crate::money::Fen;
use crate::settings::{BadName, Contradiction, RefundRules};

use super::{Lang, yuan};

/// The page's words in one language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleWords {
    pub title: &'static str,
    pub lead: &'static str,
    pub lead_practice: &'static str,
    pub free_below: &'static str,
    pub free_below_hint: &'static str,
    pub never_above: &'static str,
    pub day_cap: &'static str,
    pub no_limit: &'static str,
    pub approvers: &'static str,
    pub approvers_none: &'static str,
    pub approvers_some: &'static str,
    pub name_hint: &'static str,
    pub add_name: &'static str,
    pub pin: &'static str,
    pub pin_is_set: &'static str,
    pub pin_is_none: &'static str,
    pub pin_practice: &'static str,
    pub set_pin: &'static str,
    pub change_pin: &'static str,
    pub take_pin: &'static str,
    pub save: &'static str,
    pub reading: &'static str,
    pub asking: &'static str,
    pub closed: &'static str,
    pub locked: &'static str,
    pub locked_lead: &'static str,
    pub open: &'static str,
    pub forgot: &'static str,
    pub forgot_title: &'static str,
    pub forgot_lead: &'static str,
    pub new_pin: &'static str,
    pub new_pin_lead: &'static str,
    pub new_pin_again: &'static str,
    pub take_pin_title: &'static str,
    pub take_pin_lead: &'static str,
    pub saved: &'static str,
    pub api_key: &'static str,
    pub pin_set: &'static str,
    pub pin_gone: &'static str,
    pub pin_form: &'static str,
    pub pin_differs: &'static str,
    pub pin_easy: &'static str,
    pub unsaved: &'static str,
    pub key_line: &'static str,
    pub leave_first: &'static str,
    pub leave_first_do: &'static str,
}

const ZH: RuleWords = RuleWords {
    title: "谁可以退款",
    lead: "店主定的规矩，存好马上生效，别的窗口和命令也照办。",
    lead_practice: "练习模式也照这些规矩办，只是没有密码。",
    free_below: "不超过这个数，不用密码",
    free_below_hint: "不填 = 每笔都要密码",
    never_above: "单笔最多退",
    day_cap: "一天最多退",
    no_limit: "不填 = 不限",
    approvers: "批准人",
    approvers_none: "没有名字：一个人的店，退款时不问是谁。",
    approvers_some: "每笔退款选一位，记进账本和审计。点名字删除。",
    name_hint: "输入名字，按 Enter 添加",
    add_name: "添加",
    pin: "退款密码",
    pin_is_set: "已设。超过免密额的退款和打开这一页都要它。",
    pin_is_none: "没有设。退款不问密码，这一页谁都能改。",
    pin_practice: "练习模式没有钥匙串，不能设密码；正式开通后再设。",
    set_pin: "设密码",
    change_pin: "换密码",
    take_pin: "取消密码",
    save: "存好",
    reading: "正在读取…",
    asking: "请稍候…",
    closed: "现在打不开",
    locked: "请输入退款密码",
    locked_lead: "设了密码，改规矩要先输入它。",
    open: "打开",
    forgot: "忘记密码",
    forgot_title: "忘记密码：输入 APIv2 密钥",
    forgot_lead: "在微信商户平台设的 32 位密钥，只有店主知道。输对后密码取消，可以重新设。",
    new_pin: "新密码",
    new_pin_lead: "4 到 12 位数字。",
    new_pin_again: "再输一遍新密码",
    take_pin_title: "取消退款密码？",
    take_pin_lead: "取消后退款不问密码，谁都能打开这一页。",
    saved: "存好了，马上生效",
    api_key: "APIv2 密钥",
    pin_set: "密码已设好",
    pin_gone: "密码已取消",
    pin_form: "密码是 4 到 12 位数字。",
    pin_differs: "两次不一样，请重新输入新密码。",
    pin_easy: "这个密码很容易猜到。要用它就再输一遍；按 Esc 换一个。",
    unsaved: "改动还没有存：Enter 存好，再按 Esc 放弃。",
    key_line: "下一行",
    leave_first: "请先离开这一页",
    leave_first_do: "按 Esc 回到收款，再扫码或查订单。",
};

const EN: RuleWords = RuleWords {
    title: "Who may refund",
    lead: "The owner's rules. Saved, they hold at once, in every window and command.",
    lead_practice: "Practice keeps these rules too, but has no PIN.",
    free_below: "No PIN up to",
    free_below_hint: "empty = always the PIN",
    never_above: "Never more at once than",
    day_cap: "Never more in a day than",
    no_limit: "empty = no limit",
    approvers: "Who approves",
    approvers_none: "Nobody named: a shop of one, and no refund asks who it is.",
    approvers_some: "Each refund names one of them, in book and audit. Press a name to remove it.",
    name_hint: "Type a name, Enter adds it",
    add_name: "Add",
    pin: "Refund PIN",
    pin_is_set: "Set. Refunds above the free amount ask for it, and so does this page.",
    pin_is_none: "None. Refunds ask for no PIN, and anybody can change this page.",
    pin_practice: "Practice has no keyring, so no PIN. Set one once the till is live.",
    set_pin: "Set a PIN",
    change_pin: "Change it",
    take_pin: "Take it away",
    save: "Save",
    reading: "Reading…",
    asking: "One moment…",
    closed: "It can't be opened now",
    locked: "The refund PIN, please",
    locked_lead: "There is a PIN: it opens the rules.",
    open: "Open",
    forgot: "PIN forgotten",
    forgot_title: "PIN forgotten: type the APIv2 key",
    forgot_lead: "The 32 characters set on the WeChat merchant platform; the owner has them. They take the PIN away, and you \
                  can set another.",
    new_pin: "New PIN",
    new_pin_lead: "4 to 12 digits.",
    new_pin_again: "The new PIN once more",
    take_pin_title: "Take the PIN away?",
    take_pin_lead: "Refunds then ask for no PIN, and anybody can open this page.",
    saved: "Saved, and in force",
    api_key: "APIv2 key",
    pin_set: "The PIN is set",
    pin_gone: "The PIN is gone",
    pin_form: "A PIN is 4 to 12 digits.",
    pin_differs: "The two differ. Type the new PIN again.",
    pin_easy: "This PIN is easy to guess. Type it once more to use it, or press Esc for another.",
    unsaved: "Not saved yet: Enter saves, Esc once more gives the changes up.",
    key_line: "Next line",
    leave_first: "Leave this page first",
    leave_first_do: "Esc goes back to charging; then scan or look orders up.",
};

impl Lang {
    pub const fn rule_words(self) -> &'static RuleWords {
        match self {
            Self::Zh => &ZH,
            Self::En => &EN,
        }
    }

    /// Why somebody can't be named so.
    pub fn bad_name(self, why: BadName) -> String {
        let (longest, most) = (RefundRules::LONGEST_NAME, RefundRules::MOST_APPROVERS);
        match (self, why) {
            (Self::Zh, BadName::Empty) => "名字是空的。".to_owned(),
            (Self::En, BadName::Empty) => "The name is empty.".to_owned(),
            (Self::Zh, BadName::TooLong) => format!("名字最多 {longest} 个字。"),
            (Self::En, BadName::TooLong) => format!("A name has at most {longest} characters."),
            (Self::Zh, BadName::Control) => "名字里不能有看不见的字符。".to_owned(),
            (Self::En, BadName::Control) => "A name has no invisible characters.".to_owned(),
            (Self::Zh, BadName::Twice) => "这个名字已经有了。".to_owned(),
            (Self::En, BadName::Twice) => "Somebody is called so already.".to_owned(),
            (Self::Zh, BadName::TooMany) => format!("批准人最多 {most} 位，请先删一位。"),
            (Self::En, BadName::TooMany) => format!("There are {most} at most. Remove one first."),
        }
    }

    /// Why two rules can't be kept together.
    pub fn contradiction(self, why: Contradiction) -> String {
        let above = |limit: Fen| match self {
            Self::Zh => format!("免密额比上限 {} 还大，永远用不上。请改一个。", yuan(limit)),
            Self::En => format!("What needs no PIN is more than the limit of {}. Change one of them.", yuan(limit)),
        };
        match why {
            Contradiction::FreeAboveNever { never_above } => above(never_above),
            Contradiction::FreeAboveCap { day_cap } => above(day_cap),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_said_in_its_language() {
        crate::lang::tests::assert_said(&format!("{ZH:#?}"), &format!("{EN:#?}"));
    }
}
