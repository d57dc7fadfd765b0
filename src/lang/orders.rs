//! What is said about orders that were made before: looked up, not resolved, given back.

use crate::money::Fen;
use crate::payment::Status;

use super::{Advice, Lang, yuan};

/// The words of the order screens in one language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderWords {
    // Lookup.
    pub search_hint: &'static str,
    pub search_hint_short: &'static str,
    pub newest: &'static str,
    pub searching: &'static str,
    pub asking_wechat: &'static str,
    pub nothing_found: &'static str,
    pub nothing_found_do: &'static str,
    pub no_orders: &'static str,
    pub no_orders_do: &'static str,
    pub from_wechat: &'static str,
    pub earlier: &'static str,
    pub later: &'static str,
    pub state_paid: &'static str,
    pub state_not_paid: &'static str,
    pub state_reversed: &'static str,
    pub state_closed: &'static str,
    pub state_unknown: &'static str,
    pub state_partly_refunded: &'static str,
    pub state_refunded: &'static str,

    // One order.
    pub order: &'static str,
    pub made_at: &'static str,
    pub wechat_number: &'static str,
    pub copy_of_wechat: &'static str,
    pub choose_an_order: &'static str,
    pub not_a_payment: &'static str,
    pub is_unresolved: &'static str,

    // The unresolved list.
    pub unresolved: &'static str,
    pub unresolved_lead: &'static str,
    pub none_unresolved: &'static str,
    pub none_unresolved_lead: &'static str,
    pub scan_bill: &'static str,
    pub not_here: &'static str,
    pub story: &'static str,
    pub proved: &'static str,
    pub proved_do: &'static str,
    pub proves_nothing: &'static str,
    pub proves_nothing_do: &'static str,
    pub proof_unknown: &'static str,
    pub proof_unknown_do: &'static str,

    // A book that can't be written while a sale goes on.
    pub held: &'static str,
    pub held_lead: &'static str,

    // Keys and toasts.
    pub key_orders: &'static str,
    pub key_unresolved: &'static str,
    pub key_next_order: &'static str,
    pub key_clear: &'static str,
    pub keys_orders: &'static str,
    pub finish_first: &'static str,
    pub finish_first_do: &'static str,
    pub is_payment_code: &'static str,
    pub is_payment_code_do: &'static str,
}

const ZH: OrderWords = OrderWords {
    search_hint: "尾号 · 金额 · 时间 · 备注，或扫小票 / 顾客账单",
    search_hint_short: "尾号、金额、时间、备注，或扫码",
    newest: "最近的订单",
    searching: "正在查找…",
    asking_wechat: "正在查这个单号：先查账本，没有就问微信…",
    nothing_found: "没有找到",
    nothing_found_do: "可以输入单号后四位、金额（12.5）、时间（18:2）或备注；也可以扫顾客微信账单里的条码。",
    no_orders: "还没有订单",
    no_orders_do: "收过的每一笔都会在这里。",
    from_wechat: "账本里没有，由微信查得",
    earlier: "更早",
    later: "更新",
    state_paid: "已收款",
    state_not_paid: "未收款",
    state_reversed: "已撤销",
    state_closed: "已关闭",
    state_unknown: "待确认",
    state_partly_refunded: "部分退款",
    state_refunded: "已退款",

    order: "订单",
    made_at: "时间",
    wechat_number: "微信单号",
    copy_of_wechat: "来源",
    choose_an_order: "选一笔订单，这里看详情、办退款",
    not_a_payment: "这笔没有收到钱，不用退款。",
    is_unresolved: "这笔还没有结果，查清之前不能退款，也不要再收一次。",

    unresolved: "待确认",
    unresolved_lead: "系统会一直查到清楚，重开程序也不会丢。",
    none_unresolved: "没有待确认的交易",
    none_unresolved_lead: "每一笔都有了结果。",
    scan_bill: "顾客说付了款？请扫顾客微信账单里的条码（28 位交易单号），马上向微信核对。",
    not_here: "另一个窗口或命令正在查这笔。",
    story: "经过",
    proved: "对上了，就是这一笔",
    proved_do: "正在向微信核对，结果马上出来。",
    proves_nothing: "微信没有这个单号",
    proves_nothing_do: "这张账单不是付给本店的，请再看看顾客的账单。",
    proof_unknown: "微信没有给出确定的答复",
    proof_unknown_do: "结果没有改变；请稍后再扫一次。",

    held: "账本暂时写不进去，钱没有丢",
    held_lead: "正在进行的这笔会等账本能写了再出结果。请腾出磁盘空间或叫店主；先不要再收这一笔，商品请先留着。",

    key_orders: "订单 / 退款",
    key_unresolved: "待确认",
    key_next_order: "下一条",
    key_clear: "清空",
    keys_orders: "订单、退款；再按一次看待确认",
    finish_first: "请先处理完这一笔",
    finish_first_do: "之后按 F8 查订单。",
    is_payment_code: "这是付款码，没有使用",
    is_payment_code_do: "要收款，先按 Esc 回到收款，输入金额再扫。",
};

const EN: OrderWords = OrderWords {
    search_hint: "Last digits, amount, time, note, or scan a slip or bill",
    search_hint_short: "Digits, amount, time, note, or scan",
    newest: "Latest orders",
    searching: "Looking…",
    asking_wechat: "Looking in the book, then asking WeChat…",
    nothing_found: "Nothing found",
    nothing_found_do: "Type the last four digits, an amount (12.5), a time (18:2) or a note, or scan the bar code of \
                       the customer's bill.",
    no_orders: "No orders yet",
    no_orders_do: "Every sale will be here.",
    from_wechat: "Not in the book: WeChat says so",
    earlier: "Earlier",
    later: "Later",
    state_paid: "Paid",
    state_not_paid: "Not paid",
    state_reversed: "Cancelled",
    state_closed: "Closed",
    state_unknown: "Unresolved",
    state_partly_refunded: "Part refunded",
    state_refunded: "Refunded",

    order: "Order",
    made_at: "Time",
    wechat_number: "WeChat no.",
    copy_of_wechat: "Source",
    choose_an_order: "Choose an order to see it here, or to refund it",
    not_a_payment: "Nothing was received for it, so there is nothing to refund.",
    is_unresolved: "It has no result yet: it can't be refunded until then, and don't charge it again.",

    unresolved: "Unresolved",
    unresolved_lead: "The till goes on asking until all is clear, also after a restart.",
    none_unresolved: "Nothing is unresolved",
    none_unresolved_lead: "Every sale has its result.",
    scan_bill: "The customer has paid? Scan the bar code of the WeChat bill (28 digits): WeChat is asked at once.",
    not_here: "Another window or command is asking about it.",
    story: "What happened",
    proved: "It is this sale",
    proved_do: "WeChat is being asked; the result is coming.",
    proves_nothing: "WeChat has no such number",
    proves_nothing_do: "This bill was not paid to this shop; look at the customer's bill again.",
    proof_unknown: "WeChat gave no certain answer",
    proof_unknown_do: "Nothing has changed; scan again in a moment.",

    held: "The book can't be written just now; no money is lost",
    held_lead: "The sale under way waits for it. Free some disk space or call the owner; don't charge this sale again, \
                and keep the goods.",

    key_orders: "Orders, refunds",
    key_unresolved: "Unresolved",
    key_next_order: "Next order",
    key_clear: "Clear",
    keys_orders: "Orders and refunds; once more: what is unresolved",
    finish_first: "Finish this sale first",
    finish_first_do: "Then F8 looks orders up.",
    is_payment_code: "This is a payment code; it was not used",
    is_payment_code_do: "To charge, press Esc, type the amount, then scan.",
};

impl Lang {
    pub const fn order_words(self) -> &'static OrderWords {
        match self {
            Self::Zh => &ZH,
            Self::En => &EN,
        }
    }

    /// At the start, if a crash or a power cut left something open.
    pub fn checking_last_time(self, count: usize) -> (String, &'static str) {
        match self {
            Self::Zh => (format!("正在核对上次未完成的 {count} 笔"), "可以照常收款；按 F8 两次看详情。"),
            Self::En if count == 1 => {
                ("Checking 1 sale that was left open".to_owned(), "Go on as usual; F8 twice shows it.")
            }
            Self::En => (format!("Checking {count} sales that were left open"), "Go on as usual; F8 twice shows them."),
        }
    }

    /// What a bill proved if it is not an open order's: the order that it is of.
    pub fn proves_other(self, amount: Fen, tail: &str) -> (String, &'static str) {
        let amount = yuan(amount);
        match self {
            Self::Zh => (format!("这是另一笔：{amount}，尾号 {tail}"), "它已经有结果，下面就是。"),
            Self::En => (format!("This is another order: {amount}, tail {tail}"), "It has its result; here it is."),
        }
    }

    /// The title of a search's result.
    pub fn found(self, count: usize, more: bool) -> String {
        let more = if more { "+" } else { "" };
        match self {
            Self::Zh => format!("找到 {count}{more} 笔"),
            Self::En if count == 1 && more.is_empty() => "1 order found".to_owned(),
            Self::En => format!("{count}{more} orders found"),
        }
    }

    /// What is known of an order that is neither yes nor no, and what to do with the goods. `status` is `None` where
    /// this program can't read what another version wrote.
    pub fn known(self, status: Option<&Status>) -> Advice {
        let keep = match self {
            Self::Zh => "商品先留在柜台，不要再收一次。",
            Self::En => "Keep the goods at the counter; don't charge again.",
        };
        let (title, what, to_do) = match (status, self) {
            (Some(Status::Password(_)), Self::Zh) => ("等顾客输密码", "顾客还在付款页面。", keep),
            (Some(Status::Password(_)), Self::En) => ("At password", "The customer is still paying.", keep),
            (Some(Status::Unknown(_, doubt)), _) => {
                let advice = self.doubt(doubt);
                let title = if self == Self::Zh { "结果未知" } else { "Not known" };
                return Advice::new(title, advice.what_happened, keep);
            }
            (Some(Status::Reversing { .. }), Self::Zh) => {
                ("正在撤销", "撤销还没有确定；确定后钱会退回顾客。", "商品不要交给顾客；撤销确定后可以重新收款。")
            }
            (Some(Status::Reversing { .. }), Self::En) => (
                "Cancelling",
                "The cancel is not certain yet; then the money goes back.",
                "Don't hand over the goods; charge again once it is cancelled.",
            ),
            (None, Self::Zh) => ("读不懂", "这笔是别的版本记的，这个版本读不懂。", "请用新版的柜台打开；商品先留着。"),
            (None, Self::En) => (
                "Can't be read",
                "Another version wrote this; this one can't read it.",
                "Open it with the newer version.",
            ),
            (Some(_), Self::Zh) => ("等微信答复", "请求已经发出，还没有确定的答复。", keep),
            (Some(_), Self::En) => ("Waiting for WeChat", "It was sent; there is no certain answer yet.", keep),
        };
        Advice::new(title, what, to_do)
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
