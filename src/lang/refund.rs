//! What is said of refunds.

use crate::payment::refund::{RefundStatus, RefundTrouble, RefundView};
use crate::payment::{NoRefund, NotSent, RefundFault, RefundRefusal};

use super::{Advice, Lang, yuan};

impl Lang {
    /// Why nothing is refunded.
    pub fn no_refund(self, why: NoRefund) -> Advice {
        match self {
            Self::Zh => no_refund_zh(why),
            Self::En => no_refund_en(why),
        }
    }

    /// A refund's result in the terminal.
    pub fn refund_line(self, view: &RefundView) -> String {
        let Advice { title, what_happened, what_to_do } = self.refund_status(&view.status);
        let request = &view.request;
        let number = match self {
            Self::Zh => format!("退款单号 {}", request.out_refund_no),
            Self::En => format!("refund number {}", request.out_refund_no),
        };
        let line = format!("{title} {} · {number} · {what_happened} {what_to_do}", yuan(request.refund_fee));
        line.trim_end().to_owned()
    }

    /// Where a refund stands.
    pub fn refund_status(self, status: &RefundStatus) -> Advice {
        match self {
            Self::Zh => status_zh(status),
            Self::En => status_en(status),
        }
    }
}

fn no_refund_zh(why: NoRefund) -> Advice {
    match why {
        NoRefund::NoCertificate => {
            Advice::new("没有商户证书", "退款要用商户证书，没有退款。", "请店主在设置里导入证书，再退一次。")
        }
        NoRefund::NoSuchOrder => {
            Advice::new("没有这个订单", "账本和微信都查不到，或不是本商户的订单，没有退款。", "请核对单号。")
        }
        NoRefund::NotKnown => {
            Advice::new("还不能退款", "微信没有答复，不知道这笔有没有付款，没有退款。", "请稍后再试。")
        }
        NoRefund::NotPaid => Advice::new("这笔没有付款", "顾客没有付这个订单，没有可退的钱。", "请核对单号。"),
        NoRefund::OrderClosed => Advice::new("订单已关闭", "没有人付过这个订单，没有可退的钱。", "请核对单号。"),
        NoRefund::OrderReversed => Advice::new("订单已撤销", "钱已经原路退回，不能再退。", "请顾客查看微信账单。"),
        NoRefund::StillOpen => Advice::new("这笔还没有结果", "系统正在核对这笔付款，没有退款。", "等结果出来再退。"),
        NoRefund::NothingLeft => {
            Advice::new("已经全部退款", "这笔的钱都已退回或正在退回，没有再退。", "请在退款记录里查看进度。")
        }
        NoRefund::TooMuch { left } => {
            Advice::new("超过可退金额", format!("这笔最多还能退 {}，没有退款。", yuan(left)), "请改小金额再退。")
        }
        NoRefund::TooMany => {
            Advice::new("退款次数用完", "微信一个订单最多退 50 次，没有退款。", "请用现金或转账退给顾客。")
        }
        NoRefund::NotApproved { up_to } => Advice::new(
            "需要店主批准",
            format!("没有密码最多退 {}，没有退款。", yuan(up_to)),
            "请输入退款密码，或请店主来退。",
        ),
        NoRefund::AboveDayCap { left } => Advice::new(
            "超过今天的退款上限",
            format!("按店主的规定，今天最多还能退 {}，没有退款。", yuan(left)),
            "请店主调整上限，或明天再退。",
        ),
        NoRefund::TooOld => Advice::new("超过一年", "微信只退一年内的订单，没有退款。", "请用现金或转账退给顾客。"),
    }
}

fn no_refund_en(why: NoRefund) -> Advice {
    match why {
        NoRefund::NoCertificate => Advice::new(
            "No merchant certificate",
            "Refunds need the merchant's certificate. Nothing was refunded.",
            "The owner imports it in the settings; then refund again.",
        ),
        NoRefund::NoSuchOrder => Advice::new(
            "No such order",
            "Neither the book nor WeChat knows it, or it is another merchant's. Nothing was refunded.",
            "Check the number.",
        ),
        NoRefund::NotKnown => Advice::new(
            "Can't refund yet",
            "WeChat gave no answer, so whether it was paid is not known. Nothing was refunded.",
            "Try again later.",
        ),
        NoRefund::NotPaid => {
            Advice::new("Not paid", "Nobody paid this order; there is nothing to refund.", "Check the number.")
        }
        NoRefund::OrderClosed => {
            Advice::new("The order is closed", "Nobody paid it; there is nothing to refund.", "Check the number.")
        }
        NoRefund::OrderReversed => Advice::new(
            "The order was reversed",
            "The money went back already; nothing was refunded again.",
            "Ask the customer to look at the WeChat bill.",
        ),
        NoRefund::StillOpen => Advice::new(
            "No result yet",
            "This payment is still being checked. Nothing was refunded.",
            "Refund it once there is a result.",
        ),
        NoRefund::NothingLeft => Advice::new(
            "Refunded already",
            "All of it went back or is on its way; nothing was refunded again.",
            "Look at the refund's progress.",
        ),
        NoRefund::TooMuch { left } => Advice::new(
            "More than is left",
            format!("At most {} of it can go back. Nothing was refunded.", yuan(left)),
            "Refund less.",
        ),
        NoRefund::TooMany => Advice::new(
            "Refunded fifty times",
            "WeChat refunds an order fifty times at most. Nothing was refunded.",
            "Give the money back in cash or by transfer.",
        ),
        NoRefund::NotApproved { up_to } => Advice::new(
            "The owner has to approve",
            format!("At most {} goes back without it. Nothing was refunded.", yuan(up_to)),
            "Give the refund PIN, or ask the owner.",
        ),
        NoRefund::AboveDayCap { left } => Advice::new(
            "Above today's cap",
            format!("The owner lets {} more be refunded today. Nothing was refunded.", yuan(left)),
            "The owner raises the cap, or refund it tomorrow.",
        ),
        NoRefund::TooOld => Advice::new(
            "Older than a year",
            "WeChat refunds orders of the last year only. Nothing was refunded.",
            "Give the money back in cash or by transfer.",
        ),
    }
}

fn status_zh(status: &RefundStatus) -> Advice {
    let follows = "不用再操作，系统会一直跟进。";
    match status {
        RefundStatus::Queued { trouble: None, .. } => Advice::new("退款排队中", "已记账，等待发出。", follows),
        RefundStatus::Queued { trouble: Some(trouble), .. } => trouble_zh(trouble),
        RefundStatus::Sending => Advice::new("正在提交退款", "已发给微信，等待答复。", follows),
        RefundStatus::Checking { .. } => {
            Advice::new("正在核对退款", "还不知道微信有没有受理，系统正在查。", "请不要另外退钱。")
        }
        RefundStatus::Accepted(_) => Advice::new("退款已受理", "零钱通常几分钟到账，银行卡 1 到 3 个工作日。", follows),
        RefundStatus::Arrived(receipt) if receipt.account.is_empty() => Advice::new("退款已到账", "钱已退回顾客。", ""),
        RefundStatus::Arrived(receipt) => Advice::new("退款已到账", format!("钱已退回顾客：{}。", receipt.account), ""),
        RefundStatus::Bounced(_) => Advice::new(
            "退款异常，需要人工处理",
            "顾客的银行卡已作废或冻结，钱退回了商户，顾客没有收到。",
            "请店主登录微信商户平台：交易中心 → 退款查询 → 这笔退款 → 处理异常退款，改退到顾客的其他卡。",
        ),
        RefundStatus::Refused(refusal) => fault_zh(refusal),
        RefundStatus::Closed(_) => {
            Advice::new("退款已关闭", "微信关闭了这笔退款，钱没有退给顾客。", "可以重新退款，或用现金退给顾客。")
        }
        RefundStatus::Stopped => Advice::new("退款已取消", "没有退款。", "需要时请重新退款。"),
    }
}

fn trouble_zh(trouble: &RefundTrouble) -> Advice {
    let same = "系统会用同一个退款单号再发，不会多退；请不要另外退钱。";
    match trouble {
        RefundTrouble::Doubt(_) => Advice::new("退款还没有结果", "微信没有明确答复，可能已经受理。", same),
        RefundTrouble::NotEnough => Advice::new(
            "商户余额不足",
            "微信里的商户余额不够退这笔，还没有退款。",
            "请充值，或等今天收款进账；够了会自动退。",
        ),
        RefundTrouble::TooOften => Advice::new("退款太频繁", "微信请稍等，这笔还没有受理。", "一分钟后自动再发。"),
        RefundTrouble::NotSent(NotSent::Offline) => Advice::new("网络断开", "退款没有发出。", "网络恢复后自动发出。"),
        RefundTrouble::NotSent(NotSent::Untrusted) => {
            Advice::new("连不上微信", "对方身份不对，退款没有发出。", "请店主检查网络和系统时间；恢复后自动发出。")
        }
        RefundTrouble::NotSent(NotSent::NoCertificate) => {
            Advice::new("没有商户证书", "退款没有发出。", "请店主导入商户证书；之后自动发出。")
        }
        RefundTrouble::NotSent(NotSent::CertificateRefused) => {
            Advice::new("商户证书无效", "微信不认这个证书，退款没有发出。", "请店主更换商户证书；之后自动发出。")
        }
    }
}

fn fault_zh(refusal: &RefundRefusal) -> Advice {
    let by_hand = "请用现金或转账退给顾客。";
    match refusal.fault {
        RefundFault::TooOld => Advice::new("超过一年，不能退款", "微信只退一年内的订单，没有退款。", by_hand),
        RefundFault::AccountAbnormal => Advice::new("顾客账户异常", "顾客的微信账户已注销或受限，没有退款。", by_hand),
        RefundFault::OrderUnknown => {
            Advice::new("微信查不到这笔付款", "微信没有这笔订单或付款，没有退款。", "请到微信商户平台核对单号。")
        }
        RefundFault::NoPermission => {
            Advice::new("没有退款权限", "这个商户号不能退款，没有退款。", "请店主在微信商户平台开通退款权限。")
        }
        RefundFault::Settings => {
            Advice::new("商户设置不对", "商户号、应用号或密钥不匹配，没有退款。", "请店主检查设置，再重新退款。")
        }
        RefundFault::BadRequest => Advice::new(
            "微信不接受这笔退款",
            format!("没有退款（{}）。", refusal.code),
            "多半是这笔已在别处退过：请到微信商户平台核对。",
        ),
    }
}

fn status_en(status: &RefundStatus) -> Advice {
    let follows = "Nothing to do; the till follows it.";
    match status {
        RefundStatus::Queued { trouble: None, .. } => {
            Advice::new("Refund queued", "It is in the book and waits for its turn.", follows)
        }
        RefundStatus::Queued { trouble: Some(trouble), .. } => trouble_en(trouble),
        RefundStatus::Sending => Advice::new("Refund on its way", "It was sent to WeChat.", follows),
        RefundStatus::Checking { .. } => Advice::new(
            "Checking the refund",
            "Whether WeChat took it is not known yet; the till asks.",
            "Don't give the money back another way.",
        ),
        RefundStatus::Accepted(_) => Advice::new(
            "Refund accepted",
            "Minutes to a WeChat balance, one to three working days to a bank card.",
            follows,
        ),
        RefundStatus::Arrived(receipt) if receipt.account.is_empty() => {
            Advice::new("Refunded", "The money is back with the customer.", "")
        }
        RefundStatus::Arrived(receipt) => {
            Advice::new("Refunded", format!("The money is back with the customer: {}.", receipt.account), "")
        }
        RefundStatus::Bounced(_) => Advice::new(
            "The refund bounced",
            "The customer's card is void or frozen: the money came back to the merchant, not to the customer.",
            "The owner opens the WeChat merchant platform: Transactions → Refunds → this refund → handle the abnormal \
             refund, and sends it to another card.",
        ),
        RefundStatus::Refused(refusal) => fault_en(refusal),
        RefundStatus::Closed(_) => Advice::new(
            "The refund was closed",
            "WeChat ended it; the money did not go back.",
            "Refund again, or pay back in cash.",
        ),
        RefundStatus::Stopped => Advice::new("Refund stopped", "Nothing was refunded.", "Refund again if need be."),
    }
}

fn trouble_en(trouble: &RefundTrouble) -> Advice {
    let same = "The till sends it again under the same number, so it can't go back twice. Don't pay back another way.";
    match trouble {
        RefundTrouble::Doubt(_) => {
            Advice::new("No result yet", "WeChat gave no clear answer; it may have taken the refund.", same)
        }
        RefundTrouble::NotEnough => Advice::new(
            "The merchant's balance is short",
            "The balance at WeChat doesn't cover this refund; nothing went back yet.",
            "Top up, or wait for today's takings; it goes out by itself then.",
        ),
        RefundTrouble::TooOften => Advice::new(
            "Too many refunds",
            "WeChat asks to slow down; it was not taken yet.",
            "It goes out again in a minute.",
        ),
        RefundTrouble::NotSent(NotSent::Offline) => {
            Advice::new("Offline", "The refund was not sent.", "It goes out once the network is back.")
        }
        RefundTrouble::NotSent(NotSent::Untrusted) => Advice::new(
            "Not WeChat on the other side",
            "The connection can't be trusted; the refund was not sent.",
            "The owner checks the network and the clock; it goes out by itself then.",
        ),
        RefundTrouble::NotSent(NotSent::NoCertificate) => Advice::new(
            "No merchant certificate",
            "The refund was not sent.",
            "The owner imports the certificate; it goes out by itself then.",
        ),
        RefundTrouble::NotSent(NotSent::CertificateRefused) => Advice::new(
            "The merchant certificate is refused",
            "WeChat doesn't take the certificate; the refund was not sent.",
            "The owner replaces it; the refund goes out by itself then.",
        ),
    }
}

fn fault_en(refusal: &RefundRefusal) -> Advice {
    let by_hand = "Give the money back in cash or by transfer.";
    match refusal.fault {
        RefundFault::TooOld => Advice::new(
            "Older than a year",
            "WeChat refunds orders of the last year only. Nothing was refunded.",
            by_hand,
        ),
        RefundFault::AccountAbnormal => Advice::new(
            "The customer's account is closed",
            "The customer's WeChat account is closed or limited. Nothing was refunded.",
            by_hand,
        ),
        RefundFault::OrderUnknown => Advice::new(
            "WeChat knows no such payment",
            "There is no such order, or nobody paid it. Nothing was refunded.",
            "Check the number on the WeChat merchant platform.",
        ),
        RefundFault::NoPermission => Advice::new(
            "Refunds are not enabled",
            "This merchant may not refund. Nothing was refunded.",
            "The owner enables refunds on the WeChat merchant platform.",
        ),
        RefundFault::Settings => Advice::new(
            "The merchant settings are wrong",
            "Merchant id, app id or key don't fit together. Nothing was refunded.",
            "The owner checks the settings; then refund again.",
        ),
        RefundFault::BadRequest => Advice::new(
            "WeChat objects to this refund",
            format!("Nothing was refunded ({}).", refusal.code),
            "Most often it was refunded elsewhere: look at the WeChat merchant platform.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Fen;
    use crate::number::RefundId;
    use crate::payment::{Doubt, RefundReceipt};

    fn everything(lang: Lang) -> [Vec<Advice>; 2] {
        let id = || RefundId::parse("5000").unwrap();
        let receipt = |account: &str| RefundReceipt { refund_id: id(), account: account.to_owned(), arrived_at: None };
        let queued = |trouble| RefundStatus::Queued { trouble, next_at: None };
        let refused =
            |fault| RefundStatus::Refused(RefundRefusal { fault, code: "ERROR".to_owned(), text: String::new() });
        let unsent = |why| queued(Some(RefundTrouble::NotSent(why)));
        let statuses = [
            queued(None),
            queued(Some(RefundTrouble::Doubt(Doubt::NoAnswer))),
            queued(Some(RefundTrouble::NotEnough)),
            queued(Some(RefundTrouble::TooOften)),
            unsent(NotSent::Offline),
            unsent(NotSent::Untrusted),
            unsent(NotSent::NoCertificate),
            unsent(NotSent::CertificateRefused),
            RefundStatus::Sending,
            RefundStatus::Checking { trouble: None },
            RefundStatus::Accepted(id()),
            RefundStatus::Arrived(receipt("")),
            RefundStatus::Arrived(receipt("支付用户零钱")),
            RefundStatus::Bounced(id()),
            RefundStatus::Closed(id()),
            RefundStatus::Stopped,
            refused(RefundFault::TooOld),
            refused(RefundFault::AccountAbnormal),
            refused(RefundFault::OrderUnknown),
            refused(RefundFault::NoPermission),
            refused(RefundFault::Settings),
            refused(RefundFault::BadRequest),
        ];
        let refusals = [
            NoRefund::NoCertificate,
            NoRefund::NoSuchOrder,
            NoRefund::NotKnown,
            NoRefund::NotPaid,
            NoRefund::OrderClosed,
            NoRefund::OrderReversed,
            NoRefund::StillOpen,
            NoRefund::NothingLeft,
            NoRefund::TooMuch { left: Fen::new(250).unwrap() },
            NoRefund::TooMany,
            NoRefund::TooOld,
            NoRefund::NotApproved { up_to: Fen::ZERO },
            NoRefund::AboveDayCap { left: Fen::ZERO },
        ];
        let refusals = refusals.into_iter().map(|why| lang.no_refund(why));
        [statuses.iter().map(|status| lang.refund_status(status)).collect(), refusals.collect()]
    }

    #[test]
    fn each_says_its_own_and_each_language_its_own_words() {
        for (lang, advice) in Lang::ALL.into_iter().flat_map(|lang| everything(lang).map(|advice| (lang, advice))) {
            let said: Vec<String> = advice.iter().map(|advice| format!("{advice:?}")).collect();
            for (place, words) in said.iter().enumerate() {
                assert!(!said[..place].contains(words), "said twice: {words}");
                let is_chinese = words.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
                // The account is the gateway's own word, in Chinese.
                assert!(words.contains("零钱") || is_chinese == (lang == Lang::Zh), "{words}");
            }
        }
    }
}
