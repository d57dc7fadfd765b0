//! The words of refunding a list of orders.

use crate::money::Fen;

use super::{Advice, Lang, yuan};

/// The words in one language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BulkWords {
    pub title: &'static str,

    // The list of orders, where some are marked.
    pub key_mark: &'static str,
    pub key_file: &'static str,
    pub key_list: &'static str,
    pub keys_f2: &'static str,
    pub keys_f4: &'static str,
    pub unmark: &'static str,
    pub no_mark: &'static str,
    pub no_mark_do: &'static str,
    pub drop_here: &'static str,
    pub drop_here_do: &'static str,
    pub drop_there: &'static str,
    pub drop_there_do: &'static str,

    // Before anything goes back.
    pub looking: &'static str,
    pub looking_lead: &'static str,
    pub to_refund: &'static str,
    pub each_whole: &'static str,
    pub nothing: &'static str,
    pub nothing_lead: &'static str,
    pub busy: &'static str,
    pub busy_do: &'static str,
    pub no_number: &'static str,
    pub several_numbers: &'static str,

    // While it goes on, and at its end.
    pub going_lead: &'static str,
    pub close_lead: &'static str,
    pub goes_on: &'static str,
    pub set_up_after: &'static str,
    pub short: &'static str,
    pub stopping: &'static str,
    pub stopping_lead: &'static str,
    pub stopped: &'static str,
    pub stopped_lead: &'static str,
    pub done: &'static str,
    pub done_lead: &'static str,
    pub all_arrived_lead: &'static str,
    pub done_some: &'static str,
    pub done_some_lead: &'static str,
    pub stop: &'static str,
    pub leave: &'static str,

    // How many stand how.
    pub waiting: &'static str,
    pub queued: &'static str,
    pub wait_for_balance: &'static str,
    pub taken: &'static str,
    pub arrived: &'static str,
    pub left_out: &'static str,
    pub ended_stopped: &'static str,
    pub already: &'static str,

    // What a person must see to.
    pub for_you: &'static str,
    pub none_for_you: &'static str,
    pub none_for_you_yet: &'static str,
    pub more: &'static str,
    pub bounced_do: &'static str,
}

const ZH: BulkWords = BulkWords {
    title: "批量退款",

    key_mark: "选中",
    key_file: "从文件退款",
    key_list: "批量退款",
    keys_f2: "备注；在订单页：选中，多笔一起退款",
    keys_f4: "手输付款码；在订单页：从文件退款",
    unmark: "取消选择",
    no_mark: "这笔没有可退的钱，没有选上",
    no_mark_do: "只有收到钱、还没退完的订单可以选。",
    drop_here: "松手，读入退款名单",
    drop_here_do: "文本或 CSV，一行一个订单；商户单号、微信单号都行，放在行里哪里都可以。",
    drop_there: "退款名单请拖到订单页",
    drop_there_do: "按 F8 打开订单，再把文件拖进来。",

    looking: "正在核对名单",
    looking_lead: "先查账本，账本没有的问微信。还没有退款。",
    to_refund: "可以退",
    each_whole: "每笔退回还没退的全部金额。",
    nothing: "这份名单没有可退的",
    nothing_lead: "没有退款。退过的不用再退，别的原因见右边。",
    busy: "另一份名单正在退款",
    busy_do: "等它办完，或先按 F7 停止。",
    no_number: "没有单号",
    several_numbers: "不止一个单号，不知道退哪笔",

    going_lead: "可以离开这一页去收款，退款会继续；在订单页按 F5 回来看。",
    close_lead: "关掉程序，没开始的就不退了；同一份名单可以再来一次，不会多退。",
    goes_on: "名单正在退款",
    set_up_after: "办完后再打开设置；不想等就在名单页按 F7 停止。",
    short: "商户余额不足，退款在等",
    stopping: "正在停止",
    stopping_lead: "不再开始新的；已经发给微信的，要等它答复。",
    stopped: "已停止",
    stopped_lead: "微信没受理的都没有退款。同一份名单可以再来一次，退过的不会多退。",
    done: "名单办完了",
    done_lead: "微信已受理。零钱通常几分钟到账，银行卡 1–3 个工作日。",
    all_arrived_lead: "钱都已退回顾客。",
    done_some: "办完了，有的没有退成",
    done_some_lead: "右边这些要人处理；其余的微信已受理。",
    stop: "停止",
    leave: "回到订单",

    waiting: "没开始",
    queued: "排队中",
    wait_for_balance: "等余额",
    taken: "已受理",
    arrived: "已到账",
    left_out: "要处理",
    ended_stopped: "已停止",
    already: "早已退过",

    for_you: "要人处理的",
    none_for_you: "没有要处理的",
    none_for_you_yet: "要人处理的会列在这里",
    more: "下一页",
    bounced_do: "店主在微信商户平台的退款查询里处理，改退到其他卡。",
};

const EN: BulkWords = BulkWords {
    title: "Refund a list",

    key_mark: "Mark",
    key_file: "From a file",
    key_list: "The list",
    keys_f2: "Note; at the orders: mark, to refund several",
    keys_f4: "Type the code; at the orders: refund from a file",
    unmark: "Unmark all",
    no_mark: "Nothing of it can be refunded; it was not marked",
    no_mark_do: "Mark orders that were paid and not refunded whole.",
    drop_here: "Let go to read the list",
    drop_here_do: "Text or CSV, one order a line; our number or WeChat's, anywhere in the line.",
    drop_there: "Drop a list of refunds on the orders",
    drop_there_do: "F8 opens them; then drop the file again.",

    looking: "Looking the orders up",
    looking_lead: "In the book, and at WeChat what the book lacks. Nothing is refunded yet.",
    to_refund: "Refundable",
    each_whole: "All that is left of each order goes back.",
    nothing: "Nothing in this list can be refunded",
    nothing_lead: "Nothing was refunded. Those refunded before are left alone; other reasons are at the right.",
    busy: "Another list is being refunded",
    busy_do: "Wait for its end, or stop it with F7.",
    no_number: "No order number",
    several_numbers: "Several order numbers",

    going_lead: "Leave this page and charge as usual, it goes on; F5 at the orders comes back here.",
    close_lead: "Closing the program leaves undone what is not begun; the same list again refunds nothing twice.",
    goes_on: "A list is being refunded",
    set_up_after: "The set-up opens when it is done; F7 on its page stops it.",
    short: "The balance is short",
    stopping: "Stopping",
    stopping_lead: "Nothing more is begun; what WeChat was sent has to be waited for.",
    stopped: "Stopped",
    stopped_lead: "What WeChat had not taken was not refunded. The same list can be done again; nothing goes back twice.",
    done: "The list is done",
    done_lead: "WeChat has taken it: minutes to a balance, 1–3 working days to a card.",
    all_arrived_lead: "All the money is back with the customers.",
    done_some: "Done, but not all of it",
    done_some_lead: "Those at the right need you; WeChat has taken the others.",
    stop: "Stop",
    leave: "Orders",

    waiting: "Not begun",
    queued: "Queued",
    wait_for_balance: "Balance short",
    taken: "Taken",
    arrived: "Arrived",
    left_out: "Need you",
    ended_stopped: "Stopped",
    already: "Back before",

    for_you: "For you to see to",
    none_for_you: "Nothing needs you",
    none_for_you_yet: "What needs you will be here",
    more: "More",
    bounced_do: "The owner sends it again from the merchant platform.",
};

/// Why a text is no list of orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoListWhy {
    TooLarge { megabytes: usize },
    TooMany { most: usize },
    Empty,
    Unreadable,
}

impl Lang {
    pub const fn bulk_words(self) -> &'static BulkWords {
        match self {
            Self::Zh => &ZH,
            Self::En => &EN,
        }
    }

    /// So many orders.
    pub fn orders(self, count: usize) -> String {
        match self {
            Self::Zh => format!("{count} 笔"),
            Self::En if count == 1 => "1 order".to_owned(),
            Self::En => format!("{count} orders"),
        }
    }

    /// What is marked in the list of orders.
    pub fn marked(self, count: usize, sum: Fen) -> String {
        match self {
            Self::Zh => format!("已选 {count} 笔 · {}", yuan(sum)),
            Self::En => format!("{count} marked · {}", yuan(sum)),
        }
    }

    /// The button that begins with them.
    pub fn refund_marked(self, count: usize) -> String {
        match self {
            Self::Zh => format!("退款这 {count} 笔"),
            Self::En if count == 1 => "Refund this one".to_owned(),
            Self::En => format!("Refund these {count}"),
        }
    }

    /// The button that refunds the list.
    pub fn refund_list(self, count: usize, sum: Fen) -> String {
        match self {
            Self::Zh => format!("退款 {count} 笔 {}", yuan(sum)),
            Self::En => format!("Refund {count}: {}", yuan(sum)),
        }
    }

    /// So many of the list's refunds are taken.
    pub fn refunding(self, done: usize, all: usize) -> String {
        match self {
            Self::Zh => format!("正在退款 {done} / {all}"),
            Self::En => format!("Refunding {done} of {all}"),
        }
    }

    /// How many the gateway has taken.
    pub fn taken_so_far(self, count: usize) -> String {
        match self {
            Self::Zh => format!("微信已受理 {count} 笔"),
            Self::En => format!("WeChat has taken {count}"),
        }
    }

    /// Why one refund is not made.
    pub fn above_limit(self, limit: Fen) -> String {
        match self {
            Self::Zh => format!("超过店主规定的单笔上限 {}", yuan(limit)),
            Self::En => format!("Above the owner's limit of {}", yuan(limit)),
        }
    }

    /// The link to the list, with how far it is.
    pub fn list_link(self, done: usize, all: usize) -> String {
        match self {
            Self::Zh => format!("批量退款 {done}/{all}"),
            Self::En => format!("List {done}/{all}"),
        }
    }

    /// A line of a file.
    pub fn line(self, line: usize) -> String {
        match self {
            Self::Zh => format!("第 {line} 行"),
            Self::En => format!("Line {line}"),
        }
    }

    /// Orders that a list names more than once.
    pub fn named_again(self, count: usize) -> String {
        match self {
            Self::Zh => format!("有 {count} 行重复，只退一次。"),
            Self::En if count == 1 => "One line repeats an order, which is refunded once.".to_owned(),
            Self::En => format!("{count} lines repeat an order, which is refunded once."),
        }
    }

    /// Which of the lines are shown.
    pub fn shown_of(self, first: usize, last: usize, all: usize) -> String {
        match self {
            Self::Zh => format!("第 {first}–{last} 条，共 {all} 条"),
            Self::En => format!("{first}–{last} of {all}"),
        }
    }

    /// Nothing was looked up or refunded, and why.
    pub fn no_list(self, why: NoListWhy) -> Advice {
        match (self, why) {
            (Self::Zh, NoListWhy::TooLarge { megabytes }) => {
                Advice::new("文件太大", format!("名单不能超过 {megabytes} MB，没有读入。"), "请分成几份。")
            }
            (Self::En, NoListWhy::TooLarge { megabytes }) => Advice::new(
                "The file is too large",
                format!("A list has {megabytes} MB at most; nothing was read."),
                "Split it.",
            ),
            (Self::Zh, NoListWhy::TooMany { most }) => {
                Advice::new("名单太长", format!("一份名单最多 {most} 行订单，没有读入。"), "请分成几份。")
            }
            (Self::En, NoListWhy::TooMany { most }) => Advice::new(
                "The list is too long",
                format!("A list has {most} orders at most; nothing was read."),
                "Split it.",
            ),
            (Self::Zh, NoListWhy::Empty) => Advice::new(
                "里面没有订单号",
                "一行也没有找到，没有退款。",
                "一行一个商户单号（22 位）或微信单号（28 位）。",
            ),
            (Self::En, NoListWhy::Empty) => Advice::new(
                "No order number in it",
                "Not one line has any; nothing was refunded.",
                "One a line: ours has 22 digits, WeChat's 28.",
            ),
            (Self::Zh, NoListWhy::Unreadable) => {
                Advice::new("这个文件读不了", "没有读入，没有退款。", "请另存为文本或 CSV 再拖进来。")
            }
            (Self::En, NoListWhy::Unreadable) => Advice::new(
                "The file can't be read",
                "Nothing was read or refunded.",
                "Save it as text or CSV and drop it again.",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_said_in_its_language() {
        crate::lang::tests::assert_said(&format!("{ZH:#?}"), &format!("{EN:#?}"));
        for why in [
            NoListWhy::TooLarge { megabytes: 8 },
            NoListWhy::TooMany { most: 10_000 },
            NoListWhy::Empty,
            NoListWhy::Unreadable,
        ] {
            let said = Lang::ALL.map(|lang| format!("{:?}", lang.no_list(why)));
            assert!(said[0].contains('，') && said[1].is_ascii(), "{said:?}");
        }
    }
}
