//! What the command line says to a person.

use std::fmt::Display;

use crate::money::Fen;
use crate::number::OutTradeNo;
use crate::scan::Scanned;
use crate::timestamp::Timestamp;

use super::{Lang, yuan};

/// Why there is no book to take money with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BookTrouble {
    Newer,
    Damaged,
    Full,
    NotWritable,
    Busy,
    Failed,
}

impl Lang {
    /// A machine without a display: one line, and what works there.
    pub fn no_display(self) -> &'static str {
        match self {
            Self::Zh => "这台机器没有显示器，窗口打不开。可以在终端收款：guitai charge 12.50 --qr",
            Self::En => "There is no display here, so no window. Charge from the terminal: guitai charge 12.50 --qr",
        }
    }

    /// Under the QR in a terminal.
    pub fn scan_this(self, amount: Fen) -> String {
        match self {
            Self::Zh => format!("请顾客用微信扫码支付 {}", yuan(amount)),
            Self::En => format!("The customer scans this with WeChat to pay {}", yuan(amount)),
        }
    }

    pub fn practice_mode(self) -> &'static str {
        match self {
            Self::Zh => "练习模式：不会动真钱",
            Self::En => "Practice mode: no real money moves",
        }
    }

    pub fn time_left(self, seconds: u64) -> String {
        let clock = format!("{}:{:02}", seconds / 60, seconds % 60);
        match self {
            Self::Zh => format!("{clock} 后换码，仍是同一笔"),
            Self::En => format!("{clock} until a new code, same order"),
        }
    }

    pub fn paid_result(self, amount: Fen, number: &OutTradeNo, at: Timestamp) -> String {
        let (tail, clock) = (number.tail(), at.clock());
        match self {
            Self::Zh => format!("收款成功 {} · 尾号 {tail} · {clock}", yuan(amount)),
            Self::En => format!("Paid {} · tail {tail} · {clock}", yuan(amount)),
        }
    }

    pub fn reversed_line(self) -> &'static str {
        match self {
            Self::Zh => "已撤销，没有收到钱；若顾客已扣款，原路退回。可以重新收款。",
            Self::En => {
                "Reversed: nothing was taken; what the customer may have paid goes back. Charge again if you like."
            }
        }
    }

    pub fn closed_line(self) -> &'static str {
        match self {
            Self::Zh => "没有人付款，订单已关闭，没有扣款。",
            Self::En => "Nobody paid; the order is closed and no money moved.",
        }
    }

    pub fn paid_late_line(self, number: &OutTradeNo) -> String {
        match self {
            Self::Zh => format!("订单 {number} 结束后顾客付了款：请交付商品或退款。"),
            Self::En => format!("Order {number} was paid after it had ended: hand over the goods or refund it."),
        }
    }

    pub fn goes_back_line(self, number: &OutTradeNo) -> String {
        match self {
            Self::Zh => format!("订单 {number} 取消后顾客付了款，钱正在自动退回，不用再退。不要给商品。"),
            Self::En => {
                format!(
                    "Order {number} was paid after it was cancelled; the money goes back by itself. Keep the goods."
                )
            }
        }
    }

    pub fn unknown_line(self, number: &OutTradeNo) -> String {
        match self {
            Self::Zh => {
                format!("结果未知，先别再收。商品请留在柜台；稍后核对：guitai settle，再查：guitai find {number}")
            }
            Self::En => format!(
                "Not known yet: don't charge again, keep the goods. Later: guitai settle, then guitai find {number}"
            ),
        }
    }

    pub fn not_recorded_line(self) -> &'static str {
        match self {
            Self::Zh => "账本写不进磁盘，没有发出任何请求，没有扣款。请检查磁盘空间和权限。",
            Self::En => {
                "The book can't be written, so nothing was sent and no money moved. Check disk space and rights."
            }
        }
    }

    /// What a text is that should have been a payment code.
    pub fn not_a_code(self, scanned: &Scanned) -> String {
        let zh = self == Self::Zh;
        match scanned {
            Scanned::Payment(_) => String::new(),
            Scanned::Alipay if zh => "这是支付宝付款码，请顾客出示微信付款码。没有扣款。".to_owned(),
            Scanned::Alipay => "This is an Alipay code; ask for the WeChat one. No money moved.".to_owned(),
            Scanned::UnionPay if zh => "这是云闪付付款码，请顾客出示微信付款码。没有扣款。".to_owned(),
            Scanned::UnionPay => "This is a UnionPay code; ask for the WeChat one. No money moved.".to_owned(),
            Scanned::CollectCode if zh => "顾客打开的是收款码，请打开付款码。没有扣款。".to_owned(),
            Scanned::CollectCode => {
                "This is the customer's collect code; ask for the payment code. No money moved.".to_owned()
            }
            Scanned::Partial { digits } if zh => format!("没扫全：{digits} 位，应为 18 位，请再扫一次。没有扣款。"),
            Scanned::Partial { digits } => format!("{digits} of 18 digits; scan again. No money moved."),
            Scanned::WechatOrder(_) | Scanned::OurOrder(_) if zh => "这是订单号，不是付款码。没有扣款。".to_owned(),
            Scanned::WechatOrder(_) | Scanned::OurOrder(_) => {
                "This is an order number, not a payment code. No money moved.".to_owned()
            }
            Scanned::Product if zh => "这是商品条码，不是付款码。没有扣款。".to_owned(),
            Scanned::Product => "This is a product barcode, not a payment code. No money moved.".to_owned(),
            Scanned::Unknown if zh => "这不是微信付款码（18 位数字，10 到 15 开头）。没有扣款。".to_owned(),
            Scanned::Unknown => {
                "This is not a WeChat payment code (18 digits, from 10 to 15). No money moved.".to_owned()
            }
        }
    }

    pub fn nothing_to_find(self) -> &'static str {
        match self {
            Self::Zh => "请说明要查什么：单号、尾号、金额、时间或备注。",
            Self::En => "Say what to find: a number, its last digits, an amount, a time or a note.",
        }
    }

    /// What one pass over everything open has come to.
    pub fn settled(self, taken_up: usize, open: usize) -> String {
        match (self, open) {
            (Self::Zh, 0) => format!("没有待确认的订单了（这次处理了 {taken_up} 笔）。"),
            (Self::Zh, _) => format!("还有 {open} 笔没有结果，稍后再运行一次。"),
            (Self::En, 0) => format!("Nothing is open any more (sales taken up: {taken_up})."),
            (Self::En, _) => format!("Still open: {open}. Run it again later."),
        }
    }

    pub fn nothing_found(self, text: &str) -> String {
        match self {
            Self::Zh => format!("没有找到 {text}"),
            Self::En => format!("Nothing found for {text}"),
        }
    }

    /// One order that was found.
    pub fn order_line(self, amount: Fen, number: &OutTradeNo, outcome: &str, at: Option<Timestamp>) -> String {
        let outcome = match (self, outcome) {
            (Self::Zh, "paid") => "已收款",
            (Self::Zh, "not_paid") => "未收款",
            (Self::Zh, "reversed") => "已撤销",
            (Self::Zh, "closed") => "已关闭",
            (Self::Zh, "refunded") => "已退款",
            (Self::Zh, "partly_refunded") => "部分退款",
            (Self::Zh, _) => "待确认",
            (Self::En, other) => other,
        };
        let at = at.map_or_else(|| "-".to_owned(), |at| at.to_string());
        format!("{number}  {:>12}  {outcome}  {at}", yuan(amount))
    }

    pub fn gateway_silent(self) -> &'static str {
        match self {
            Self::Zh => "账本里没有这个单号，微信也没有给出确定的答复，请稍后再查。",
            Self::En => "The book lacks this number and WeChat gave no certain answer: ask again later.",
        }
    }

    pub fn picture_not_saved(self, path: &str) -> String {
        match self {
            Self::Zh => format!("二维码图片存不到 {path}"),
            Self::En => format!("The QR picture can't be saved to {path}"),
        }
    }

    /// There is no till to work with; `why` is the cause in the program's words.
    pub fn no_till(self, why: &dyn Display) -> String {
        match self {
            Self::Zh => format!("收银台打不开，没有发出任何请求，没有扣款：{why}"),
            Self::En => format!("The till can't be opened; nothing was sent and no money moved: {why}"),
        }
    }

    /// The window could not be opened, or broke down: a sale may have been under way.
    pub fn no_window(self, why: &dyn Display) -> String {
        match self {
            Self::Zh => format!("窗口出了故障：{why}。收过的款都在账本里；可以在终端查：guitai find 金额"),
            Self::En => format!("The window failed: {why}. What was charged is in the book: guitai find AMOUNT"),
        }
    }

    /// A book that no money can be taken with: nothing was sent. What it is, and what to do.
    pub fn no_book(self, trouble: BookTrouble) -> &'static str {
        let zh = self == Self::Zh;
        match trouble {
            BookTrouble::Newer if zh => "账本是更新的版本写的，没有动它。没有扣款。请装新版的柜台再开。",
            BookTrouble::Newer => {
                "A newer guitai wrote the book; it was left as it is and no money moved. Install the newer version."
            }
            BookTrouble::Damaged if zh => {
                "账本损坏，没有动它。没有扣款。请从备份恢复，或把 book.db 移到别处再开（会新建一本）。"
            }
            BookTrouble::Damaged => {
                "The book is damaged; it was left as it is and no money moved. Restore it from a copy, or move book.db \
                 away to begin a new one."
            }
            BookTrouble::Full if zh => "磁盘满了，账本写不进去。没有扣款。请腾出空间再试。",
            BookTrouble::Full => {
                "The disk is full, so the book can't be written; no money moved. Make room, then try again."
            }
            BookTrouble::NotWritable if zh => "账本所在的文件夹写不进去。没有扣款。请检查权限，或换一个 --data-dir。",
            BookTrouble::NotWritable => {
                "The book's folder can't be written; no money moved. Check its rights, or take another --data-dir."
            }
            BookTrouble::Busy if zh => "账本正被别的程序占用。没有扣款。请稍后再试。",
            BookTrouble::Busy => "Another program holds the book; no money moved. Try again in a moment.",
            BookTrouble::Failed if zh => "磁盘或账本出了故障。没有扣款。请检查磁盘，再重开柜台。",
            BookTrouble::Failed => {
                "The disk or the book failed; no money moved. Check the disk, then start guitai anew."
            }
        }
    }

    pub fn set_up(self) -> &'static str {
        match self {
            Self::Zh => "设置已保存，密钥在系统钥匙串里。现在是正式收款。",
            Self::En => "Set up; the keys are in the keyring. This till takes real money now.",
        }
    }

    /// The language of the system's locale; Chinese where there is none.
    pub fn of_system() -> Self {
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().filter_map(|name| std::env::var(name).ok());
        let locale = locale.into_iter().find(|locale| !locale.is_empty()).unwrap_or_default();
        let plain = ["", "C", "POSIX"].contains(&locale.split('.').next().unwrap_or_default());
        if plain || locale.starts_with("zh") { Self::Zh } else { Self::En }
    }
}
