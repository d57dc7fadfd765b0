//! What a request's amount or test header forces; the table is in the module `practice`.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::money::Fen;

use super::inbound::Inbound;
use super::outbound::{Damage, Refusal};

/// How late a reply is that the till shall not wait for.
pub(super) const LATE: Duration = Duration::from_secs(15);
/// How long a forced password takes.
pub(super) const FORCED_PASSWORD: Duration = Duration::from_secs(7);
/// How long the password of row 40 takes, which the gateway doesn't cut short.
pub(super) const SLOW_PASSWORD: Duration = Duration::from_secs(55);
/// How long queries don't find an order of row 37.
pub(super) const HIDDEN: Duration = Duration::from_secs(10);

/// What happens to a charge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Act {
    /// Paid at once.
    Pay,
    /// `USERPAYING`, and how it goes on.
    Ask(Then),
    /// A no that ends the order: `PAYERROR`.
    Fail(Refusal),
    /// An answer that tells nothing, and what the books hold.
    Unclear(&'static str, Truth),
}

/// How a wait for the password goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Then {
    /// Typed after so long.
    Types(Duration),
    /// The payment fails after so long.
    Fails(Duration),
    /// Waits for the panel.
    Waits,
    /// Never typed.
    Leaves,
}

/// What the books hold behind an unclear answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Truth {
    Unpaid,
    Paid,
    PayError,
}

/// What a request's amount or header asks for, instead of a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Forced {
    /// A signed no; the books stay as they are.
    Refuse(Refusal),
    Act(Act),
}

/// All that steers one charge.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Steering {
    pub(super) forced: Option<Forced>,
    pub(super) delay: Option<Duration>,
    pub(super) damage: Option<Damage>,
    pub(super) hidden: bool,
    pub(super) queries_fail: bool,
}

impl Steering {
    /// The header speaks first, then the amount.
    pub(super) fn of(inbound: &Inbound) -> Self {
        let by_header = inbound.negative_test.as_deref().and_then(Self::by_header);
        by_header.unwrap_or_else(|| Self::by_row(row(inbound.total_fee())))
    }

    fn by_header(value: &str) -> Option<Self> {
        let late = |act| Self { forced: Some(Forced::Act(act)), delay: Some(LATE), ..Self::default() };
        Some(match value {
            "MICROPAY_USERPAYING" => act(Act::Ask(Then::Types(FORCED_PASSWORD))),
            "MICROPAY_TIMEOUT" => late(Act::Pay),
            "MICROPAY_PAYERROR" => late(Act::Unclear("SYSTEMERROR", Truth::PayError)),
            "MICROPAY_PAY_QUERY_TIMEOUT" => Self { queries_fail: true, ..late(Act::Pay) },
            _ => return None,
        })
    }

    fn by_row(row: Option<i64>) -> Self {
        let Some(row) = row else { return Self::default() };
        if let Some(damage) = damage(row) {
            return Self { damage: Some(damage), ..act(Act::Pay) };
        }
        match row {
            1 => act(Act::Unclear("SYSTEMERROR", Truth::Unpaid)),
            2 => act(Act::Unclear("SYSTEMERROR", Truth::Paid)),
            3 => act(Act::Unclear("BANKERROR", Truth::PayError)),
            4 => act(Act::Unclear("BANKERROR", Truth::Paid)),
            5 => act(Act::Ask(Then::Types(FORCED_PASSWORD))),
            6 => act(Act::Ask(Then::Leaves)),
            7 => act(Act::Ask(Then::Fails(FORCED_PASSWORD))),
            11 => act(Act::Fail(not_enough())),
            12 => act(Act::Fail(Refusal::new("NOTSUPORTCARD", "不支持该卡，请换卡支付"))),
            13 => act(Act::Fail(Refusal::new("TRADE_ERROR", "用户账户异常，请换其他方式支付"))),
            20 => act(Act::Unclear("ORDERPAID", Truth::Paid)),
            23 => act(Act::Unclear("NEVER_DOCUMENTED", Truth::Paid)),
            30 => Self { delay: Some(LATE), ..act(Act::Pay) },
            39 => act(Act::Ask(Then::Leaves)),
            40 => act(Act::Ask(Then::Types(SLOW_PASSWORD))),
            41 => act(Act::Unclear("SYSTEMERROR", Truth::Paid)),
            37 => Self { hidden: true, ..act(Act::Unclear("SYSTEMERROR", Truth::Paid)) },
            _ => Self { forced: refusal(row).map(Forced::Refuse), ..Self::default() },
        }
    }
}

fn act(act: Act) -> Steering {
    Steering { forced: Some(Forced::Act(act)), ..Steering::default() }
}

/// The last two digits of an amount of 90,404.NN yuan.
pub(super) fn row(fee: Fen) -> Option<i64> {
    (fee.yuan() == 90_404).then(|| fee.cents())
}

/// Whether an order of this amount can be closed at once.
pub(super) fn closes_at_once(fee: Fen) -> bool {
    row(fee) == Some(38)
}

/// What an order's amount asks of its reverse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reversal {
    Plain,
    /// The first reverse is answered with `recall=Y`, and nothing is done.
    Recall,
    /// No reverse, and none by the gateway itself, while the customer is at the password box.
    AfterPassword,
    /// The first reverse is done and answered with `SYSTEMERROR`.
    DoneUnsaid,
}

/// How a refund ends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum RefundEnd {
    #[default]
    Success,
    Change,
    Closed,
    /// It is `PROCESSING` for good.
    Never,
}

/// What an order's amount asks of its refunds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Refunding {
    /// Every refund is refused so.
    pub(super) refusal: Option<Refusal>,
    /// The first request is answered so; and whether the refund is made all the same.
    pub(super) first: Option<(Refusal, bool)>,
    /// The order's own money is settled: refunds come out of what is taken after it.
    pub(super) after_takings: bool,
    pub(super) end: RefundEnd,
    /// Queries don't find the refunds at first.
    pub(super) hidden: bool,
    pub(super) delay: Option<Duration>,
    pub(super) damage: Option<Damage>,
}

impl Refunding {
    pub(super) fn of(total_fee: Fen) -> Self {
        let row = row(total_fee).unwrap_or_default();
        let first = |code, text, done| Self { first: Some((Refusal::new(code, text), done)), ..Self::default() };
        let refused = |code, text| Self { refusal: Some(Refusal::new(code, text)), ..Self::default() };
        let ends = |end| Self { end, ..Self::default() };
        match row {
            50 => Self { after_takings: true, ..Self::default() },
            51 => first("SYSTEMERROR", "接口返回错误，请用原退款单号重试", false),
            52 => first("SYSTEMERROR", "接口返回错误，请用原退款单号重试", true),
            53 => first("BIZERR_NEED_RETRY", "退款业务流程错误，需要商户触发重试来解决", false),
            54 => refused("TRADE_OVERDUE", "订单已经超过退款期限"),
            55 => refused("USER_ACCOUNT_ABNORMAL", "退款请求失败，用户帐号注销"),
            56 => refused("ERROR", "业务错误"),
            57 => first("FREQUENCY_LIMITED", "频率限制，请降低频率后再试", false),
            58 => first("INVALID_REQ_TOO_MUCH", "无效请求过多，请1分钟后再重试", false),
            59 => ends(RefundEnd::Change),
            60 => ends(RefundEnd::Closed),
            61 => ends(RefundEnd::Never),
            62 => {
                Self { hidden: true, ..first("SYSTEMERROR", "接口返回错误，请用原退款单号重试", true) }
            }
            63 => Self { hidden: true, ..Self::default() },
            64 => first("NEVER_DOCUMENTED", "没有文档的错误", true),
            70 => Self { delay: Some(LATE), ..Self::default() },
            71..=76 => Self { damage: damage(row - 40), ..Self::default() },
            _ => Self::default(),
        }
    }

    /// What a query says while the refunds are hidden: `SYSTEMERROR` for row 63, else `REFUNDNOTEXIST`.
    pub(super) fn hides_as(total_fee: Fen) -> &'static str {
        if row(total_fee) == Some(63) { "SYSTEMERROR" } else { "REFUNDNOTEXIST" }
    }
}

impl Reversal {
    pub(super) fn of(total_fee: Fen) -> Self {
        match row(total_fee) {
            Some(39) => Self::Recall,
            Some(40) => Self::AfterPassword,
            Some(41) => Self::DoneUnsaid,
            Some(_) | None => Self::Plain,
        }
    }
}

pub(super) fn damage(row: i64) -> Option<Damage> {
    Some(match row {
        31 => Damage::BadGateway,
        32 => Damage::Cut,
        33 => Damage::WrongSignature,
        34 => Damage::NoSignature,
        35 => Damage::LessMoney,
        36 => Damage::OtherOrder,
        _ => return None,
    })
}

fn refusal(row: i64) -> Option<Refusal> {
    let (code, text) = match row {
        8 => ("AUTHCODEEXPIRE", "二维码已过期，请用户在微信上刷新后再试"),
        9 => ("AUTH_CODE_ERROR", "授权码参数错误，每个二维码仅限使用一次，请刷新再试"),
        10 => ("AUTH_CODE_INVALID", "请扫描微信支付被扫条码/二维码"),
        14 => ("NOAUTH", "商户无权限"),
        15 => ("BUYER_MISMATCH", "支付帐号错误，暂不支持同一笔订单更换支付方"),
        16 => ("INVALID_REQUEST", "无效请求"),
        17 => ("ORDERCLOSED", "订单已关闭"),
        18 => ("ORDERREVERSED", "订单已撤销"),
        19 => ("OUT_TRADE_NO_USED", "商户订单号重复"),
        21 => ("PARAM_ERROR", "参数错误"),
        22 => ("FREQUENCY_LIMITED", "频率限制，请降低频率后再试"),
        _ => return None,
    };
    Some(Refusal::new(code, text))
}

/// The refusals that make sense before an order is made (unifiedorder).
pub(super) fn order_refusal(row: i64) -> Option<Refusal> {
    matches!(row, 14 | 22).then(|| refusal(row)).flatten()
}

pub(super) fn not_enough() -> Refusal {
    Refusal::new("NOTENOUGH", "余额不足，请用户换卡支付")
}
