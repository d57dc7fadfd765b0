//! The words of the rules: what is asked of a gateway, what it may answer, and why a thing is so.
//! They name no provider; `wechat` speaks them for API V2.

use serde::{Deserialize, Serialize};

use crate::money::Fen;
use crate::number::{AuthCode, OutRefundNo, OutTradeNo, RefundId, TransactionId};
use crate::timestamp::Timestamp;

/// All that makes an order's request. It is stored with the attempt, so that asking again is
/// byte-identical (manual, unifiedorder: the same number needs the same parameters).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    pub out_trade_no: OutTradeNo,
    pub total_fee: Fen,
    /// What the customer reads on the phone: "shop - category".
    pub body: String,
    /// The cashier's note; empty if there is none.
    pub attach: String,
    /// The till.
    pub device_info: String,
    pub spbill_create_ip: String,
    pub notify_url: String,
    pub created_at: Timestamp,
}

/// What the rules ask of the gateway about one order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Call {
    /// Make the order, or ask for a new picture of it (unifiedorder, NATIVE).
    Create,
    /// Charge the code on the customer's phone (micropay).
    Charge(AuthCode),
    /// Ask what became of it (orderquery).
    Query,
    /// Close an unpaid native order (closeorder).
    Close,
    /// Undo a micropay of unclear end (reverse).
    Reverse,
}

/// An answer to a [`Call`], told apart by what was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    Created(CreateAnswer),
    Charged(ChargeAnswer),
    Queried(QueryAnswer),
    Closed(CloseAnswer),
    Reversed(ReverseAnswer),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CreateAnswer {
    /// `code_url`: opaque text to be drawn as a QR code.
    Picture(String),
    /// `ORDERPAID`: somebody paid this number already.
    AlreadyPaid,
    /// A signed no.
    Refused(Refusal),
    Unknown(Doubt),
    NotSent(NotSent),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChargeAnswer {
    Paid(Receipt),
    /// `USERPAYING`: the customer is at the password box.
    Paying,
    /// A signed no, of the codes that the manual calls a confirmed failure.
    Refused(Refusal),
    /// `ORDERPAID`, `OUT_TRADE_NO_USED`, `BUYER_MISMATCH`, `INVALID_REQUEST` on our own fresh number:
    /// an earlier send of it arrived.
    Earlier(Refusal),
    Unknown(Doubt),
    NotSent(NotSent),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QueryAnswer {
    /// `SUCCESS`
    Paid(Receipt),
    /// `NOTPAY`
    Unpaid,
    /// `USERPAYING`, `ACCEPT`
    Paying,
    /// `CLOSED`
    Closed,
    /// `REVOKED`
    Revoked,
    /// `PAYERROR`
    PayError,
    /// `REFUND`: paid, and then wholly or partly turned back.
    Refunded(Receipt),
    /// `ORDERNOTEXIST`
    NotExist,
    Unknown(Doubt),
    NotSent(NotSent),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CloseAnswer {
    /// Closed now, closed before, or never there: the number is burnt.
    Closed,
    /// `ORDERPAID`
    AlreadyPaid,
    /// The gateway does not close an order in its first five minutes.
    TooEarly,
    Unknown(Doubt),
    NotSent(NotSent),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReverseAnswer {
    /// Done, `recall=N`.
    Done,
    /// `recall=Y`: the same call once more.
    Again,
    /// `USERPAYING`: not while the customer is at the password box.
    Paying,
    /// `REVERSE_EXPIRE`: more than seven days old.
    Expired,
    /// A signed no: permission, certificate, too frequent, risk control.
    Refused(Refusal),
    Unknown(Doubt),
    NotSent(NotSent),
}

/// All that makes a refund's request. It is stored before it is sent, so that every repeat is the same (manual,
/// refund: the same number with the same parameters).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundRequest {
    pub out_refund_no: OutRefundNo,
    pub out_trade_no: OutTradeNo,
    /// The order's whole amount.
    pub total_fee: Fen,
    /// What goes back of it; more than zero.
    pub refund_fee: Fen,
    /// What the customer reads on the phone; empty for none.
    pub reason: String,
}

/// The answer to a refund (manual, refund: "accepted" is not "arrived").
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefundAnswer {
    /// Taken; the money is on its way.
    Accepted(RefundId),
    /// `NOTENOUGH`: the merchant's balance is short. Not taken; the same again later.
    NotEnough,
    /// `FREQUENCY_LIMITED`, `INVALID_REQ_TOO_MUCH`: not taken; the same again in a minute.
    TooOften {
        code: String,
    },
    /// A signed no (`TRADE_OVERDUE`, `USER_ACCOUNT_ABNORMAL`, `PARAM_ERROR`, …). It speaks of this request only: an
    /// earlier send of the number may have been taken.
    Refused(RefundRefusal),
    /// `SYSTEMERROR`, `BIZERR_NEED_RETRY`, no answer, a code that we don't know: the same again.
    Unknown(Doubt),
    NotSent(NotSent),
}

/// A signed no to a refund.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundRefusal {
    pub fault: RefundFault,
    /// The gateway's own code (`err_code`), for the details one click away.
    pub code: String,
    /// The gateway's own text (`err_code_des`); wording changes, never match on it.
    pub text: String,
}

/// Why a refund was refused, in the shop's terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundFault {
    /// The payment is older than a year (`TRADE_OVERDUE`).
    TooOld,
    /// The customer's account is closed or limited (`USER_ACCOUNT_ABNORMAL`).
    AccountAbnormal,
    /// The gateway knows no such order, or no payment of it (`ORDERNOTEXIST`, `INVALID_TRANSACTIONID`).
    OrderUnknown,
    /// The merchant may not refund (`NOAUTH`).
    NoPermission,
    /// Merchant id, app id or key don't fit (`SIGNERROR`, `MCHID_NOT_EXIST`, …).
    Settings,
    /// The gateway objects to the request (`PARAM_ERROR`, `INVALID_REQUEST`, `ERROR`, …): more than is left, for
    /// instance.
    BadRequest,
}

/// Why a refund is not even asked for. No money moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoRefund {
    /// Refunds need the merchant's certificate.
    NoCertificate,
    /// Nobody knows the number, or it is another merchant's.
    NoSuchOrder,
    /// The book doesn't know it as paid, and the gateway gave no certain answer.
    NotKnown,
    NotPaid,
    /// Closed unpaid.
    OrderClosed,
    /// What was paid went back already.
    OrderReversed,
    /// What became of the order is not certain yet.
    StillOpen,
    /// All of it went back, or is about to.
    NothingLeft,
    /// More than is left of the order.
    TooMuch {
        left: Fen,
    },
    /// Fifty refunds of the order.
    TooMany,
    /// Paid more than a year ago.
    TooOld,
    /// More than was approved: another approval, a PIN for instance, may let it pass.
    NotApproved {
        up_to: Fen,
    },
    /// More than may be refunded today.
    AboveDayCap {
        left: Fen,
    },
}

/// The answer to a question after one refund, by our refund number (refundquery).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefundQueryAnswer {
    /// `PROCESSING`
    Processing(RefundId),
    /// `SUCCESS`: the money has arrived.
    Arrived(RefundReceipt),
    /// `CHANGE`: it came back from the customer's bank; a person has to send it from the merchant platform.
    Bounced(RefundId),
    /// `REFUNDCLOSE`, and `FAIL` of old: the refund ended without effect.
    Closed(RefundId),
    /// `REFUNDNOTEXIST`
    NotExist,
    Unknown(Doubt),
    NotSent(NotSent),
}

/// What a verified answer says of money that went back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundReceipt {
    pub refund_id: RefundId,
    /// Where it went, in the gateway's words (`refund_recv_accout`); may be empty.
    pub account: String,
    /// When it arrived (`refund_success_time`), if the gateway says.
    pub arrived_at: Option<Timestamp>,
}

/// One refund of an order, as the gateway lists them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refunded {
    pub out_refund_no: OutRefundNo,
    pub refund_fee: Fen,
    /// Never [`RefundQueryAnswer::NotExist`], `Unknown` or `NotSent`.
    pub state: RefundQueryAnswer,
}

/// What a verified answer says of a payment that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    pub transaction_id: TransactionId,
    /// The order's amount; always equal to what was asked.
    pub total_fee: Fen,
    /// What the customer's own money paid, after coupons (`cash_fee`).
    pub cash_fee: Fen,
    /// When the customer paid (`time_end`).
    pub paid_at: Timestamp,
    pub bank_type: String,
}

/// A signed, final no.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    pub reason: Reason,
    /// The gateway's own code (`err_code`), for the details one click away.
    pub code: String,
    /// The gateway's own text (`err_code_des`); wording changes, never match on it.
    pub text: String,
}

/// Why a payment was refused, in the shop's terms: whose turn it is, and what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The customer's balance or card is short (`NOTENOUGH`).
    NotEnough,
    /// The code is older than a minute (`AUTHCODEEXPIRE`).
    CodeExpired,
    /// The code was used or is not valid (`AUTH_CODE_ERROR`).
    CodeUsed,
    /// Not a code of this wallet (`AUTH_CODE_INVALID`).
    NotThisWallet,
    /// The card type is not taken (`NOTSUPORTCARD`).
    CardNotSupported,
    /// The customer's account is limited (`TRADE_ERROR`).
    AccountAbnormal,
    /// Another person began to pay this order (`BUYER_MISMATCH`).
    BuyerMismatch,
    /// The order has been paid (`ORDERPAID`).
    OrderPaid,
    /// The order has ended (`ORDERCLOSED`, `ORDERREVERSED`).
    OrderEnded,
    /// The number was used before (`OUT_TRADE_NO_USED`).
    NumberUsed,
    /// The payment itself failed, at the bank for instance (`PAYERROR`).
    PaymentFailed,
    /// The merchant lacks this product (`NOAUTH`).
    NoPermission,
    /// Merchant id, app id or key don't fit (`SIGNERROR`, `MCHID_NOT_EXIST`, …).
    Settings,
    /// The gateway objects to the request (`PARAM_ERROR`, `INVALID_REQUEST`, …).
    BadRequest,
    /// Too many calls (`FREQUENCY_LIMITED`, `INVALID_REQ_TOO_MUCH`).
    TooOften,
    /// This till refused it: the same code served a payment within the last minute.
    CodeUsedHere,
}

/// Why a result is not known. Never a failure: the money may have moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "why")]
pub enum Doubt {
    /// Time-out or a connection lost after the first byte was sent.
    NoAnswer,
    /// The gateway says that it doesn't know (`SYSTEMERROR`, `BANKERROR`), or a code we don't know.
    Gateway { code: String },
    /// An unsigned `return_code=FAIL`: most often a wrong key or setting.
    Unsigned { text: String },
    /// HTML, an HTTP error, cut or malformed XML.
    NotUnderstood,
    /// A wrong signature, or another order's or merchant's reply; the field that differs.
    NotOurs { field: String },
}

/// Why a request never left this machine. No money can have moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "why")]
pub enum NotSent {
    /// No network, no such host, connection refused.
    Offline,
    /// The other side is not who it should be (TLS).
    Untrusted,
    /// The call needs the merchant's certificate and there is none.
    NoCertificate,
    /// The gateway does not take the merchant's certificate: expired, or another merchant's.
    CertificateRefused,
}
