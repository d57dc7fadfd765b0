//! Sentences with something in them.

use std::time::Duration;

use crate::money::Fen;
use crate::payment::Receipt;

use super::{Lang, yuan};

impl Lang {
    /// `96 笔`
    pub fn sales(self, count: u32) -> String {
        match (self, count) {
            (Self::Zh, _) => format!("{count} 笔"),
            (Self::En, 1) => "1 sale".to_owned(),
            (Self::En, _) => format!("{count} sales"),
        }
    }

    /// `尾号 4417`: the four digits by which people at the counter call an order.
    pub fn tail(self, tail: &str) -> String {
        match self {
            Self::Zh => format!("尾号 {tail}"),
            Self::En => format!("tail {tail}"),
        }
    }

    /// `1 笔待确认`
    pub fn unresolved(self, count: usize) -> String {
        match self {
            Self::Zh => format!("{count} 笔待确认"),
            Self::En => format!("{count} unresolved"),
        }
    }

    /// Under the password banner.
    pub fn waited(self, waited: Duration, limit: Duration) -> String {
        let (waited, limit) = (waited.as_secs(), limit.as_secs());
        match self {
            Self::Zh => format!("已等 {waited} 秒，最多 {limit} 秒。结果未出前请不要再收一次。"),
            Self::En => format!("{waited} s of {limit} s. Don't charge again before there is a result."),
        }
    }

    /// Under the sending banner; `tenths` of a second.
    pub fn sent_for(self, since: Duration) -> String {
        let (seconds, tenths) = (since.as_secs(), since.subsec_millis() / 100);
        match self {
            Self::Zh => format!("已 {seconds}.{tenths} 秒"),
            Self::En => format!("{seconds}.{tenths} s"),
        }
    }

    /// A step that has been done: the code was scanned and the order sent.
    pub fn order_sent(self, tail: &str) -> String {
        match self {
            Self::Zh => format!("已扫码，订单 …{tail} 已发出"),
            Self::En => format!("Code scanned, order …{tail} sent"),
        }
    }

    /// How often the gateway was asked, and when it is asked again.
    pub fn queries(self, count: u32, next: Option<Duration>) -> String {
        let next = next.map(|next| next.as_secs());
        match (self, next) {
            (Self::Zh, Some(next)) if count == 0 => format!("{next} 秒后查询"),
            (Self::En, Some(next)) if count == 0 => format!("first query in {next} s"),
            (Self::Zh, Some(0) | None) => format!("第 {count} 次查询 · 正在查"),
            (Self::Zh, Some(next)) => format!("第 {count} 次查询 · {next} 秒后再查"),
            (Self::En, Some(0) | None) => format!("query {count} · asking"),
            (Self::En, Some(next)) => format!("query {count} · next in {next} s"),
        }
    }

    /// How often a reverse was tried, and when it is tried again.
    pub fn reverse_tries(self, tries: u32, next: Option<Duration>) -> String {
        let next = next.map(|next| next.as_secs());
        match (self, next) {
            (Self::Zh, Some(0) | None) => format!("第 {tries} 次 · 正在等答复"),
            (Self::Zh, Some(next)) => format!("第 {tries} 次 · {next} 秒后再试"),
            (Self::En, Some(0) | None) => format!("try {tries} · waiting"),
            (Self::En, Some(next)) => format!("try {tries} · next in {next} s"),
        }
    }

    /// The cancel button before its time.
    pub fn cancel_in(self, left: Duration) -> String {
        let left = left.as_secs() + u64::from(left.subsec_millis() > 0);
        match self {
            Self::Zh => format!("取消并退回（{left} 秒后可用）"),
            Self::En => format!("Cancel and refund (in {left} s)"),
        }
    }

    /// Under the unknown title.
    pub fn unknown_lead(self, amount: Fen, tail: &str) -> String {
        let amount = yuan(amount);
        match self {
            Self::Zh => format!("系统正在核对 {amount}（尾号 {tail}），商品请先留在柜台"),
            Self::En => format!("{amount} (tail {tail}) is being checked; keep the goods at the counter"),
        }
    }

    /// Under a paid amount: tail, time, what the customer's own money paid.
    pub fn paid_line(self, tail: &str, receipt: &Receipt) -> String {
        let at = receipt.paid_at.clock();
        let cash = yuan(receipt.cash_fee);
        let coupons = receipt.total_fee.checked_sub(receipt.cash_fee).filter(|coupons| !coupons.is_zero());
        match (self, coupons) {
            (Self::Zh, None) => format!("尾号 {tail} · {at} · 实付 {cash}"),
            (Self::Zh, Some(c)) => format!("尾号 {tail} · {at} · 实付 {cash} · 优惠 {}", yuan(c)),
            (Self::En, None) => format!("tail {tail} · {at} · paid {cash}"),
            (Self::En, Some(c)) => format!("tail {tail} · {at} · paid {cash} · coupons {}", yuan(c)),
        }
    }

    /// A sale that was set aside and has been paid since.
    pub fn kept_paid(self, amount: Fen, tail: &str) -> String {
        let amount = yuan(amount);
        match self {
            Self::Zh => format!("待确认的 {amount}（尾号 {tail}）已收款"),
            Self::En => format!("The unresolved {amount} (tail {tail}) is paid"),
        }
    }

    /// A sale that was set aside and has ended without payment.
    pub fn kept_ended(self, amount: Fen, tail: &str) -> String {
        let amount = yuan(amount);
        match self {
            Self::Zh => format!("待确认的 {amount}（尾号 {tail}）已查清：没有收到钱"),
            Self::En => format!("The unresolved {amount} (tail {tail}) is settled: nothing was received"),
        }
    }

    /// The second payment of a sale that had gone to a scanned code.
    pub fn also_paid(self, amount: Fen, tail: &str) -> String {
        let amount = yuan(amount);
        match self {
            Self::Zh => format!("尾号 {tail} 的二维码已经付款：{amount}"),
            Self::En => format!("The QR was paid: {amount} (tail {tail})"),
        }
    }

    /// `1号台`
    pub fn till(self, number: &str) -> String {
        match self {
            Self::Zh => format!("{number}号台"),
            Self::En => format!("Till {number}"),
        }
    }

    /// How many of the eighteen digits are typed.
    pub fn code_digits(self, typed: usize, all: usize) -> String {
        match self {
            Self::Zh => format!("{typed} / {all} 位"),
            Self::En => format!("{typed} of {all} digits"),
        }
    }
}
