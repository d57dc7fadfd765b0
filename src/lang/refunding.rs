//! The words of the refund screen.

use crate::money::Fen;

use super::{Lang, yuan};

/// The refund screen's words in one language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefundWords {
    pub refund: &'static str,
    pub paid: &'static str,
    pub refunded: &'static str,
    pub left: &'static str,
    pub how_much: &'static str,
    pub part: &'static str,
    pub reason: &'static str,
    /// What the customer reads on the phone.
    pub reasons: [&'static str; 4],
    pub next: &'static str,
    pub how_long: &'static str,
    /// The gateway gave no answer; the book knows the order as paid.
    pub unconfirmed: &'static str,
    pub asking: &'static str,
    pub writing: &'static str,
    pub back_to_orders: &'static str,
    pub stop: &'static str,
    pub refund_number: &'static str,
    pub step_queued: &'static str,
    pub step_sent: &'static str,
    pub step_taken: &'static str,
    pub step_arrived: &'static str,
    pub bounced: &'static str,
    pub pin: &'static str,
    pub approved_by: &'static str,
    pub who_first: &'static str,
    pub who_first_do: &'static str,
    pub not_approved: &'static str,
    pub key_pin: &'static str,
    pub key_approver: &'static str,
    pub key_other_approver: &'static str,
    pub key_refund: &'static str,
    pub key_reason: &'static str,
    pub key_amount: &'static str,
    pub key_ask: &'static str,
}

const ZH: RefundWords = RefundWords {
    refund: "退款",
    paid: "已付",
    refunded: "已退",
    left: "可退",
    how_much: "退多少",
    part: "部分…",
    reason: "原因",
    reasons: ["商品退回", "多收", "重复付款", "其他"],
    next: "下一步",
    how_long: "零钱通常几分钟到账，银行卡 1–3 个工作日",
    unconfirmed: "微信没有答复：按账本办，退款会排队等网络恢复。",
    asking: "正在向微信核对这笔…",
    writing: "正在记账…",
    back_to_orders: "回到订单",
    stop: "停止",
    refund_number: "退款单号",
    step_queued: "已记账，排队",
    step_sent: "发给微信",
    step_taken: "微信已受理，退款中",
    step_arrived: "已到账",
    bounced: "退款异常",
    pin: "店长密码",
    not_approved: "没有批准",
    approved_by: "批准人",
    who_first: "请先选批准人",
    who_first_do: "按数字键选，再按 Enter。",
    key_pin: "密码",
    key_approver: "选批准人",
    key_other_approver: "换批准人",
    key_refund: "退款",
    key_reason: "选原因",
    key_amount: "部分金额",
    key_ask: "马上查进度",
};

const EN: RefundWords = RefundWords {
    refund: "Refund",
    paid: "Paid",
    refunded: "Refunded",
    left: "Refundable",
    how_much: "How much",
    part: "Part…",
    reason: "Reason",
    reasons: ["Goods returned", "Overcharged", "Paid twice", "Other"],
    next: "Next",
    how_long: "Minutes to a WeChat balance, 1–3 working days to a card",
    unconfirmed: "WeChat gave no answer: by the book it is paid, and the refund waits in the queue.",
    asking: "Asking WeChat about this order…",
    writing: "Writing it down…",
    back_to_orders: "To the orders",
    stop: "Stop",
    refund_number: "Refund no.",
    step_queued: "In the book, waiting",
    step_sent: "Sent to WeChat",
    step_taken: "Taken by WeChat",
    step_arrived: "Arrived",
    bounced: "Bounced",
    pin: "Owner's PIN",
    not_approved: "Not approved",
    approved_by: "Approved by",
    who_first: "Who approves it?",
    who_first_do: "Choose by a digit, then press Enter.",
    key_pin: "PIN",
    key_approver: "Who approves",
    key_other_approver: "Somebody else",
    key_refund: "Refund",
    key_reason: "Reason",
    key_amount: "Part amount",
    key_ask: "Ask now",
};

impl Lang {
    pub const fn refund_words(self) -> &'static RefundWords {
        match self {
            Self::Zh => &ZH,
            Self::En => &EN,
        }
    }

    /// The button that refunds.
    pub fn refund_this(self, amount: Fen) -> String {
        format!("{} {}", self.refund_words().refund, yuan(amount))
    }

    /// Two sentences, one after the other.
    pub fn joined(self, first: &str, second: &str) -> String {
        let between = if self == Self::Zh { "" } else { " " };
        format!("{first}{between}{second}")
    }

    /// The chip for all that is left.
    pub fn whole(self, left: Fen) -> String {
        match self {
            Self::Zh => format!("全额 {}", yuan(left)),
            Self::En => format!("All {}", yuan(left)),
        }
    }

    /// An order of which a part went back.
    pub fn refunded_of(self, amount: Fen) -> String {
        match self {
            Self::Zh => format!("已退 {}", yuan(amount)),
            Self::En => format!("Back {}", yuan(amount)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_said_in_its_language() {
        crate::lang::tests::assert_said(&format!("{ZH:#?}"), &format!("{EN:#?}"));
        for (zh, en) in ZH.reasons.iter().zip(EN.reasons) {
            assert!(!zh.is_ascii() && en.is_ascii());
        }
    }
}
