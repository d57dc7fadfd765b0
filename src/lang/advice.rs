//! One place that turns a trouble into words for a cashier: what happened, whether money moved, what to do now.

use std::borrow::Cow;

use crate::money::AmountError;
use crate::number::AuthCode;
use crate::payment::{Doubt, NotSent, Reason, Refusal};
use crate::scan::Scanned;

use super::Lang;

type Text = Cow<'static, str>;

/// A trouble in the shop's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advice {
    /// A few words: `余额不足`.
    pub title: Text,
    /// One sentence, and whether money moved.
    pub what_happened: Text,
    /// One sentence: the next step.
    pub what_to_do: Text,
}

impl Advice {
    pub(super) fn new(title: impl Into<Text>, what_happened: impl Into<Text>, what_to_do: impl Into<Text>) -> Self {
        Self { title: title.into(), what_happened: what_happened.into(), what_to_do: what_to_do.into() }
    }
}

impl Lang {
    /// A final no.
    pub fn refusal(self, refusal: &Refusal) -> Advice {
        match self {
            Self::Zh => refusal_zh(refusal.reason),
            Self::En => refusal_en(refusal.reason),
        }
    }

    /// A result that is not known: never called a failure.
    pub fn doubt(self, doubt: &Doubt) -> Advice {
        match self {
            Self::Zh => doubt_zh(doubt),
            Self::En => doubt_en(doubt),
        }
    }

    /// A request that never left this machine.
    pub fn not_sent(self, why: &NotSent) -> Advice {
        match self {
            Self::Zh => match why {
                NotSent::Offline => Advice::new(
                    "网络断开，暂不能收款",
                    "请求没有发出，没有扣款。",
                    "请检查网线或 Wi-Fi，恢复后按 Enter。",
                ),
                NotSent::Untrusted => Advice::new(
                    "连接不可信，暂不能收款",
                    "对方的证书不对，请求没有发出，没有扣款。",
                    "请检查电脑的日期时间，或是否有软件拦截网络。",
                ),
                NotSent::NoCertificate => Advice::new(
                    "缺少商户证书",
                    "这一步需要商户证书，请求没有发出。",
                    "请店主导入商户证书（apiclient_cert.p12）。",
                ),
                NotSent::CertificateRefused => Advice::new(
                    "微信不认商户证书",
                    "证书可能已过期，或不是本商户的证书，请求没有被处理。",
                    "请店主在商户平台重新下载证书并导入。",
                ),
            },
            Self::En => match why {
                NotSent::Offline => Advice::new(
                    "Offline: no payments now",
                    "Nothing was sent and no money moved.",
                    "Check the cable or the Wi-Fi, then press Enter.",
                ),
                NotSent::Untrusted => Advice::new(
                    "The connection can't be trusted",
                    "The other side's certificate is wrong. Nothing was sent and no money moved.",
                    "Check this computer's date and time, and whether software intercepts the network.",
                ),
                NotSent::NoCertificate => Advice::new(
                    "The merchant certificate is missing",
                    "This step needs the merchant certificate. Nothing was sent.",
                    "The owner imports the merchant certificate (apiclient_cert.p12).",
                ),
                NotSent::CertificateRefused => Advice::new(
                    "WeChat refuses the merchant certificate",
                    "It may have expired or be another merchant's. The request was not acted on.",
                    "The owner downloads the certificate again from the merchant platform and imports it.",
                ),
            },
        }
    }

    /// A scan that is not a payment code; `None` if it is one.
    pub fn scanned(self, scanned: &Scanned) -> Option<Advice> {
        Some(match self {
            Self::Zh => scanned_zh(scanned)?,
            Self::En => scanned_en(scanned)?,
        })
    }

    /// An amount that can't be charged.
    pub fn amount_error(self, error: AmountError) -> Advice {
        let (title, accepted) = match self {
            Self::Zh => (
                match error {
                    AmountError::Empty => "没有金额",
                    AmountError::NotANumber => "这不是金额",
                    AmountError::Negative => "金额不能是负数",
                    AmountError::TooManyDecimals => "金额最多两位小数",
                    AmountError::Zero => "金额不能是零",
                    AmountError::TooLarge => "金额超过 1,000,000.00 元",
                },
                "请输入 0.01 到 1000000.00 元的金额，例如 12.50。",
            ),
            Self::En => (
                match error {
                    AmountError::Empty => "There is no amount",
                    AmountError::NotANumber => "This is not an amount",
                    AmountError::Negative => "An amount can't be negative",
                    AmountError::TooManyDecimals => "An amount has at most two decimals",
                    AmountError::Zero => "The amount can't be zero",
                    AmountError::TooLarge => "The amount is above 1,000,000.00 yuan",
                },
                "Give an amount from 0.01 to 1000000.00 yuan, such as 12.50.",
            ),
        };
        let nothing = match self {
            Self::Zh => "没有发出任何请求，没有扣款。",
            Self::En => "Nothing was sent and no money moved.",
        };
        Advice::new(title, nothing, accepted)
    }
}

fn scanned_zh(scanned: &Scanned) -> Option<Advice> {
    let nothing = "没有发出任何请求，没有扣款。";
    let show = "请顾客打开微信“收付款”，出示付款码。";
    Some(match scanned {
        Scanned::Payment(_) => return None,
        Scanned::Alipay => Advice::new("这是支付宝付款码", nothing, show),
        Scanned::UnionPay => Advice::new("这是云闪付付款码", nothing, show),
        Scanned::CollectCode => Advice::new("顾客打开的是收款码", nothing, "请顾客改到“付款码”那一页，再扫一次。"),
        Scanned::WechatOrder(_) | Scanned::OurOrder(_) => {
            Advice::new("这是订单号，不是付款码", nothing, "要收款，请顾客出示付款码。")
        }
        Scanned::Product => Advice::new("这是商品条码", nothing, "请输入金额，再扫顾客的付款码。"),
        Scanned::Partial { digits } => Advice::new(
            "没扫全",
            format!("只读到 {digits} 位，付款码有 {} 位。{nothing}", AuthCode::LENGTH),
            "请再扫一次。",
        ),
        Scanned::Unknown => Advice::new("认不出这个码", nothing, show),
    })
}

fn scanned_en(scanned: &Scanned) -> Option<Advice> {
    let nothing = "Nothing was sent and no money moved.";
    let show = "Ask the customer to open Money in WeChat and show the payment code.";
    Some(match scanned {
        Scanned::Payment(_) => return None,
        Scanned::Alipay => Advice::new("This is an Alipay code", nothing, show),
        Scanned::UnionPay => Advice::new("This is a UnionPay code", nothing, show),
        Scanned::CollectCode => Advice::new(
            "The customer shows a collect code",
            nothing,
            "Ask them to switch to the page with the payment code, then scan again.",
        ),
        Scanned::WechatOrder(_) | Scanned::OurOrder(_) => {
            Advice::new("This is an order number", nothing, "To charge, ask the customer for the payment code.")
        }
        Scanned::Product => {
            Advice::new("This is a product's barcode", nothing, "Type the amount, then scan the customer's code.")
        }
        Scanned::Partial { digits } => Advice::new(
            "The scan is cut short",
            format!("{digits} of {} digits arrived. {nothing}", AuthCode::LENGTH),
            "Scan once more.",
        ),
        Scanned::Unknown => Advice::new("This code is not known", nothing, show),
    })
}

fn refusal_zh(reason: Reason) -> Advice {
    let again = "请顾客刷新付款码，再扫一次。";
    match reason {
        Reason::NotEnough => {
            Advice::new("余额不足", "顾客的余额或银行卡额度不够，没有扣款。", "请顾客换一张卡，再扫一次新的付款码。")
        }
        Reason::CodeExpired => Advice::new("付款码已过期", "付款码每分钟更换，这个已经失效，没有扣款。", again),
        Reason::CodeUsed => Advice::new("付款码无效", "这个付款码用过了或不正确，没有扣款。", again),
        Reason::NotThisWallet => {
            Advice::new("不是微信付款码", "微信不认这个码，没有扣款。", "请顾客打开微信的“收付款”，再扫一次。")
        }
        Reason::CardNotSupported => {
            Advice::new("这张卡不能用", "微信不支持顾客的这张卡，没有扣款。", "请顾客换一张卡或用零钱，再扫一次。")
        }
        Reason::AccountAbnormal => {
            Advice::new("顾客账户受限", "微信不让这个账户付款，没有扣款。", "请顾客看微信提示，或换别的方式付款。")
        }
        Reason::BuyerMismatch => {
            Advice::new("付款人不一致", "这笔已由另一位顾客开始支付，没有再扣款。", "请重新收款，得到新的一笔。")
        }
        Reason::OrderPaid => {
            Advice::new("这笔已经付过", "微信说这个订单已支付，没有再扣款。", "请在最近记录里核对，不要再收。")
        }
        Reason::OrderEnded => Advice::new("这笔已结束", "订单已关闭或已撤销，没有扣款。", "请重新收款，得到新的一笔。"),
        Reason::NumberUsed => Advice::new("单号重复", "这个商户单号用过了，没有扣款。", "请重新收款，得到新的一笔。"),
        Reason::PaymentFailed => Advice::new(
            "支付没有成功",
            "银行或微信没有完成扣款，没有收到钱。",
            "请顾客换一张卡或刷新付款码，再扫一次。",
        ),
        Reason::NoPermission => Advice::new(
            "商户没有开通",
            "这个商户号没有开通此种收款，没有扣款。",
            "请店主在微信商户平台开通付款码支付或扫码支付。",
        ),
        Reason::Settings => {
            Advice::new("商户设置不对", "商户号、应用号或密钥不匹配，没有扣款。", "请店主检查设置，先不要收款。")
        }
        Reason::BadRequest => Advice::new("微信不接受这次请求", "没有扣款。", "请再试一次；仍不行请把详情告诉店主。"),
        Reason::TooOften => Advice::new("请求太频繁", "微信请稍等，没有扣款。", "等几秒，再收一次。"),
        Reason::CodeUsedHere => {
            Advice::new("一个码只能用一次", "这个付款码一分钟内刚用过，没有再发出，没有扣款。", again)
        }
    }
}

fn refusal_en(reason: Reason) -> Advice {
    let again = "Ask the customer to refresh the payment code, then scan again.";
    let anew = "Charge again; it becomes a new sale.";
    match reason {
        Reason::NotEnough => Advice::new(
            "Not enough money",
            "The customer's balance or card is short. No money moved.",
            "Ask for another card, then scan the new code.",
        ),
        Reason::CodeExpired => {
            Advice::new("The code has expired", "A payment code lives about a minute. No money moved.", again)
        }
        Reason::CodeUsed => {
            Advice::new("The code is not valid", "The code was used before or is wrong. No money moved.", again)
        }
        Reason::NotThisWallet => Advice::new(
            "Not a WeChat payment code",
            "WeChat doesn't know this code. No money moved.",
            "Ask the customer to open Money in WeChat, then scan again.",
        ),
        Reason::CardNotSupported => Advice::new(
            "This card can't be used",
            "WeChat doesn't take the customer's card here. No money moved.",
            "Ask for another card or the balance, then scan again.",
        ),
        Reason::AccountAbnormal => Advice::new(
            "The customer's account is limited",
            "WeChat doesn't let this account pay. No money moved.",
            "Ask the customer to read WeChat's notice, or to pay another way.",
        ),
        Reason::BuyerMismatch => {
            Advice::new("Another person began to pay", "This order belongs to another payer. No money moved.", anew)
        }
        Reason::OrderPaid => Advice::new(
            "This order is paid already",
            "WeChat says the order has been paid. Nothing was taken again.",
            "Look at the recent sales; don't charge again.",
        ),
        Reason::OrderEnded => {
            Advice::new("This order has ended", "The order was closed or cancelled. No money moved.", anew)
        }
        Reason::NumberUsed => {
            Advice::new("The order number is taken", "This number was used before. No money moved.", anew)
        }
        Reason::PaymentFailed => Advice::new(
            "The payment did not succeed",
            "The bank or WeChat didn't complete it. Nothing was received.",
            "Ask for another card or a fresh code, then scan again.",
        ),
        Reason::NoPermission => Advice::new(
            "Not enabled for this merchant",
            "The merchant account lacks this kind of payment. No money moved.",
            "The owner enables it on WeChat's merchant site.",
        ),
        Reason::Settings => Advice::new(
            "The merchant settings are wrong",
            "Merchant id, app id or key don't fit together. No money moved.",
            "The owner checks the settings; take no payments until then.",
        ),
        Reason::BadRequest => {
            Advice::new("WeChat objects to the request", "No money moved.", "Try again, or call the owner.")
        }
        Reason::TooOften => {
            Advice::new("Too many requests", "WeChat asks to slow down. No money moved.", "Charge again in a moment.")
        }
        Reason::CodeUsedHere => Advice::new(
            "A code serves one payment",
            "This code was used here within the last minute. Nothing was sent, no money moved.",
            again,
        ),
    }
}

fn doubt_zh(doubt: &Doubt) -> Advice {
    let title = "结果未知，先别再收";
    let wait = "系统会一直查到清楚；商品请先留在柜台。";
    match doubt {
        Doubt::NoAnswer => Advice::new(title, "微信没有答复，请求可能已经到了。", wait),
        Doubt::Gateway { code } => Advice::new(title, format!("微信说它也不确定（{code}）。"), wait),
        Doubt::Unsigned { text } => Advice::new(
            title,
            format!("答复没有签名，不能当真（{text}）。"),
            "多半是密钥或设置不对：请店主检查；系统会继续查。",
        ),
        Doubt::NotUnderstood => Advice::new(title, "收到的答复看不懂，不能当真。", wait),
        Doubt::NotOurs { field } => Advice::new(title, format!("答复与这笔对不上（{field}），不能当真。"), wait),
    }
}

fn doubt_en(doubt: &Doubt) -> Advice {
    let title = "Unknown: don't charge again";
    let wait = "The till goes on asking until it is clear; keep the goods at the counter.";
    match doubt {
        Doubt::NoAnswer => Advice::new(title, "WeChat has not answered; the request may have arrived.", wait),
        Doubt::Gateway { code } => Advice::new(title, format!("WeChat itself is not sure ({code})."), wait),
        Doubt::Unsigned { text } => Advice::new(
            title,
            format!("The answer is not signed and can't be trusted ({text})."),
            "Most often the key or the settings are wrong: call the owner. The till goes on asking.",
        ),
        Doubt::NotUnderstood => Advice::new(title, "The answer makes no sense and can't be trusted.", wait),
        Doubt::NotOurs { field } => {
            Advice::new(title, format!("The answer doesn't belong to this sale ({field})."), wait)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REASONS: [Reason; 16] = [
        Reason::NotEnough,
        Reason::CodeExpired,
        Reason::CodeUsed,
        Reason::NotThisWallet,
        Reason::CardNotSupported,
        Reason::AccountAbnormal,
        Reason::BuyerMismatch,
        Reason::OrderPaid,
        Reason::OrderEnded,
        Reason::NumberUsed,
        Reason::PaymentFailed,
        Reason::NoPermission,
        Reason::Settings,
        Reason::BadRequest,
        Reason::TooOften,
        Reason::CodeUsedHere,
    ];

    fn refusal(reason: Reason) -> Refusal {
        Refusal { reason, code: "CODE".to_owned(), text: "text".to_owned() }
    }

    #[test]
    fn each_reason_has_words_of_its_own() {
        for lang in Lang::ALL {
            let mut titles: Vec<Text> = REASONS.iter().map(|&reason| lang.refusal(&refusal(reason)).title).collect();
            titles.sort();
            titles.dedup();
            assert_eq!(titles.len(), REASONS.len(), "{lang:?}");
        }
    }

    #[test]
    fn a_no_says_whether_money_moved_and_what_to_do() {
        for reason in REASONS {
            let zh = Lang::Zh.refusal(&refusal(reason));
            assert!(zh.what_happened.contains("没有"), "{reason:?}");
            let en = Lang::En.refusal(&refusal(reason));
            assert!(
                ["No money moved", "Nothing was received", "Nothing was taken", "no money moved"]
                    .iter()
                    .any(|words| en.what_happened.contains(words)),
                "{reason:?}"
            );
            assert!(!zh.what_to_do.is_empty() && !en.what_to_do.is_empty());
        }
    }

    #[test]
    fn doubt_is_never_called_a_failure() {
        for doubt in [
            Doubt::NoAnswer,
            Doubt::Gateway { code: "SYSTEMERROR".to_owned() },
            Doubt::Unsigned { text: "签名错误".to_owned() },
            Doubt::NotUnderstood,
            Doubt::NotOurs { field: "total_fee".to_owned() },
        ] {
            let zh = format!("{:?}", Lang::Zh.doubt(&doubt));
            assert!(!zh.contains("失败"), "{zh}");
            let en = format!("{:?}", Lang::En.doubt(&doubt)).to_lowercase();
            assert!(!en.contains("fail"), "{en}");
        }
    }

    #[test]
    fn a_wrong_code_is_named() {
        let code = AuthCode::parse("134567890123456789").unwrap();
        for lang in Lang::ALL {
            assert_eq!(lang.scanned(&Scanned::Payment(code.clone())), None);
            let cut = lang.scanned(&Scanned::Partial { digits: 17 }).unwrap();
            assert!(cut.what_happened.contains("17") && cut.what_happened.contains("18"));
        }
        assert_eq!(Lang::En.scanned(&Scanned::Alipay).unwrap().title, "This is an Alipay code");
        assert_eq!(Lang::Zh.scanned(&Scanned::Product).unwrap().title, "这是商品条码");
    }

    #[test]
    fn a_bad_amount_is_told_what_is_accepted() {
        for lang in Lang::ALL {
            for error in [AmountError::Empty, AmountError::Zero, AmountError::TooLarge, AmountError::TooManyDecimals] {
                assert!(lang.amount_error(error).what_to_do.contains("12.50"));
            }
        }
    }
}
