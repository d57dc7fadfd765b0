//! An order in the books: what was asked, where it stands, and how replies tell of it.

use serde::{Deserialize, Serialize};

use crate::money::Fen;
use crate::timestamp::Timestamp;
use crate::wechat::xml::Fields;

use super::notify::Address;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Order {
    pub(super) serial: u64,
    pub(super) out_trade_no: String,
    pub(super) total_fee: Fen,
    pub(super) body: String,
    pub(super) attach: String,
    pub(super) device_info: String,
    pub(super) created_at: Timestamp,
    /// `time_expire`: no new payment from then on.
    pub(super) expires_at: Option<Timestamp>,
    /// A digest of every parameter that makes the order, to tell a resend from a changed one.
    pub(super) terms: String,
    pub(super) kind: Kind,
    /// The `openid` of whoever scanned first; nobody else can pay.
    pub(super) payer: Option<String>,
    pub(super) state: State,
    pub(super) stage: Stage,
    /// A test's wish: queries don't find the order before then.
    pub(super) hidden_until: Option<Timestamp>,
    /// What was paid and went back whole when the shop reversed the order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) returned: Option<Payment>,
    /// How often the shop asked to reverse it.
    #[serde(default, skip_serializing_if = "never")]
    pub(super) reverses: u32,
    /// A test's wish: queries are late and end in `SYSTEMERROR`.
    pub(super) queries_fail: bool,
    /// Where a client on this machine wants to hear of the payment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) notify: Option<Address>,
    /// The oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) refunds: Vec<Refund>,
    /// How often a refund of it was asked for that could have been accepted.
    #[serde(default, skip_serializing_if = "never")]
    pub(super) refund_tries: u32,
    /// A test's wish: queries don't find its refunds before then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) refunds_hidden_until: Option<Timestamp>,
}

/// Money on its way back to the customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Refund {
    pub(super) out_refund_no: String,
    pub(super) id: String,
    pub(super) fee: Fen,
    /// What of each of the payment's coupons goes back, in their order.
    pub(super) coupon_fees: Vec<Fen>,
    /// A digest of every parameter that makes the refund, to tell a resend from a changed one.
    pub(super) terms: String,
    pub(super) asked_at: Timestamp,
    pub(super) account: String,
    /// Where a client on this machine wants to hear how it ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) notify: Option<Address>,
    pub(super) status: RefundStatus,
}

/// `refund_status` (manual, refundquery).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum RefundStatus {
    Processing,
    Success(Timestamp),
    /// The bank sent it back; the merchant has to do it by hand.
    Change,
    Closed,
}

impl Refund {
    /// Whether its money left the order.
    pub(super) fn counts(&self) -> bool {
        match self.status {
            RefundStatus::Processing | RefundStatus::Success(_) | RefundStatus::Change => true,
            RefundStatus::Closed => false,
        }
    }

    /// Whose account the money goes to.
    pub(super) fn receiver(&self) -> &'static str {
        match self.status {
            RefundStatus::Processing | RefundStatus::Success(_) => "支付用户零钱",
            RefundStatus::Change => "招商银行信用卡0403",
            RefundStatus::Closed => "商户基本账户",
        }
    }

    /// By what people call it.
    pub(super) fn tail(&self) -> &str {
        let from = self.out_refund_no.len().saturating_sub(4);
        self.out_refund_no.get(from..).unwrap_or(&self.out_refund_no)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    /// The one picture that can be scanned: the end of its `code_url`, and when it was made.
    Native {
        picture: String,
        made_at: Timestamp,
    },
    Micropay,
}

/// `trade_state` (manual, orderquery).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum State {
    NotPay,
    UserPaying,
    Success(Payment),
    Closed,
    Revoked,
    PayError,
}

/// Where the customer is with the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Stage {
    /// Nobody has looked at it.
    Untouched,
    /// At the password box.
    PasswordBox,
    /// Gone, or refused; a QR code can be scanned again.
    Left,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Payment {
    pub(super) transaction_id: String,
    pub(super) paid_at: Timestamp,
    pub(super) coupons: Vec<Coupon>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Coupon {
    pub(super) id: String,
    pub(super) fee: Fen,
    /// `CASH`: a recharge coupon, settled to the merchant; else `NO_CASH`.
    pub(super) cash: bool,
}

impl Order {
    pub(super) fn is_micropay(&self) -> bool {
        matches!(self.kind, Kind::Micropay)
    }

    /// Whether it can still become paid.
    pub(super) fn is_open(&self) -> bool {
        matches!(self.state, State::NotPay | State::UserPaying)
    }

    /// Whether nothing can happen to it by itself any more.
    pub(super) fn is_finished(&self) -> bool {
        !self.is_open() && self.refunds.iter().all(|refund| refund.status != RefundStatus::Processing)
    }

    pub(super) fn payment(&self) -> Option<&Payment> {
        match &self.state {
            State::Success(payment) => Some(payment),
            State::NotPay | State::UserPaying | State::Closed | State::Revoked | State::PayError => None,
        }
    }

    pub(super) fn refunded(&self) -> Fen {
        sum(self.refunds.iter().filter(|refund| refund.counts()).map(|refund| &refund.fee))
    }

    /// What can still be refunded.
    pub(super) fn refundable(&self) -> Fen {
        self.total_fee.checked_sub(self.refunded()).unwrap_or_default()
    }

    /// Adds what names a paid order, and its money, in a refund's reply.
    pub(super) fn name_in(&self, mut fields: Fields) -> Fields {
        let Some(payment) = self.payment() else { return fields };
        fields.push("transaction_id", payment.transaction_id.as_str());
        fields.push("out_trade_no", self.out_trade_no.as_str());
        fields.push("total_fee", fen(self.total_fee));
        fields.push("fee_type", "CNY");
        fields.push("cash_fee", fen(self.cash_fee(payment)));
        fields
    }

    /// Adds what every paid order's reply holds (manual, micropay and orderquery).
    pub(super) fn tell_paid(&self, payment: &Payment, mut fields: Fields) -> Fields {
        let trade_type = if self.is_micropay() { "MICROPAY" } else { "NATIVE" };
        fields.push("openid", self.payer.as_deref().unwrap_or_default());
        fields.push("is_subscribe", "N");
        fields.push("trade_type", trade_type);
        fields.push("bank_type", "OTHERS");
        fields.push("fee_type", "CNY");
        fields.push("total_fee", fen(self.total_fee));
        fields.push("cash_fee", fen(self.cash_fee(payment)));
        fields.push("cash_fee_type", "CNY");
        if !payment.coupons.is_empty() {
            fields.push("coupon_fee", fen(sum(payment.coupons.iter().map(|coupon| &coupon.fee))));
            let free = sum(payment.coupons.iter().filter(|coupon| !coupon.cash).map(|coupon| &coupon.fee));
            if !free.is_zero() {
                fields.push("settlement_total_fee", fen(self.total_fee.checked_sub(free).unwrap_or_default()));
            }
        }
        fields.push("transaction_id", payment.transaction_id.as_str());
        fields.push("out_trade_no", self.out_trade_no.as_str());
        fields.push("attach", self.attach.as_str());
        fields.push("time_end", payment.paid_at.wire());
        fields
    }

    /// What the customer's own money pays, after coupons.
    fn cash_fee(&self, payment: &Payment) -> Fen {
        self.total_fee.checked_sub(sum(payment.coupons.iter().map(|coupon| &coupon.fee))).unwrap_or_default()
    }
}

/// A count that isn't stored while it is zero.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes it by reference")]
fn never(count: &u32) -> bool {
    *count == 0
}

/// Fen as the wire writes them.
pub(super) fn fen(amount: Fen) -> String {
    amount.as_i64().to_string()
}

/// Together; what no `Fen` can hold is left out.
pub(super) fn sum<'a>(fees: impl IntoIterator<Item = &'a Fen>) -> Fen {
    fees.into_iter().fold(Fen::ZERO, |sum, fee| sum.checked_add(*fee).unwrap_or(sum))
}
