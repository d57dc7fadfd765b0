//! What each documented `err_code` means for each call (manual, error codes of each call).

use crate::payment::{Reason, RefundFault};

/// What a code means for unifiedorder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Create {
    Refused(Reason),
    AlreadyPaid,
    Unknown,
}

/// What a code means for micropay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Charge {
    /// A confirmed failure: no money moved, this number is over.
    Refused(Reason),
    /// The number is known already, so an earlier send of it arrived.
    Earlier(Reason),
    /// The customer is at the password box.
    Waiting,
    Unknown,
}

/// What a code means for orderquery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Query {
    NotExist,
    Unknown,
}

/// What a code means for closeorder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Close {
    Closed,
    AlreadyPaid,
    TooEarly,
    Unknown,
}

/// What a code means for reverse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reverse {
    /// The customer is at the password box.
    Paying,
    /// More than seven days old.
    Expired,
    Refused(Reason),
    Unknown,
}

/// What a code means for refund.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refund {
    /// The merchant's balance is short.
    NotEnough,
    TooOften,
    Refused(RefundFault),
    Unknown,
}

/// A row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Meaning {
    pub(super) create: Create,
    pub(super) charge: Charge,
    pub(super) query: Query,
    pub(super) close: Close,
    pub(super) reverse: Reverse,
}

/// What `code` means; one that the manual doesn't list is unknown to every call.
pub(super) fn meaning(code: &str) -> Meaning {
    let row = TABLE.iter().find(|(listed, ..)| *listed == code);
    match row {
        Some(&(_, create, charge, query, close, reverse)) => Meaning { create, charge, query, close, reverse },
        None => Meaning {
            create: Create::Unknown,
            charge: Charge::Unknown,
            query: Query::Unknown,
            close: Close::Unknown,
            reverse: Reverse::Unknown,
        },
    }
}

/// The one table. A code that a call's page doesn't list is unknown for that call, even if another
/// call's page calls it a failure. closeorder has no code of its own for "not within five minutes".
#[rustfmt::skip] // a table is read by its columns
const TABLE: [(&str, Create, Charge, Query, Close, Reverse); 32] = {
    use Reason::{
        AccountAbnormal, BadRequest, BuyerMismatch, CardNotSupported, CodeExpired, CodeUsed, NoPermission, NotEnough,
        NotThisWallet, NumberUsed, OrderEnded, OrderPaid, Settings, TooOften,
    };
    const fn no(reason: Reason) -> Create { Create::Refused(reason) }
    const fn fail(reason: Reason) -> Charge { Charge::Refused(reason) }
    const fn earlier(reason: Reason) -> Charge { Charge::Earlier(reason) }
    const fn stuck(reason: Reason) -> Reverse { Reverse::Refused(reason) }
    const MADE: Create = Create::Unknown;
    const SENT: Charge = Charge::Unknown;
    const ASKED: Query = Query::Unknown;
    const SHUT: Close = Close::Unknown;
    const UNDO: Reverse = Reverse::Unknown;
    [
    //  err_code                 unifiedorder          micropay                    orderquery       closeorder          reverse
        ("SYSTEMERROR",           MADE,                 SENT,                       ASKED,           SHUT,               UNDO),
        ("BANKERROR",             MADE,                 SENT,                       ASKED,           SHUT,               UNDO),
        ("FREQUENCY_LIMITED",     MADE,                 SENT,                       ASKED,           SHUT,               stuck(TooOften)),
        ("INVALID_REQ_TOO_MUCH",  MADE,                 SENT,                       ASKED,           SHUT,               stuck(TooOften)),
        ("USERPAYING",            MADE,                 Charge::Waiting,            ASKED,           SHUT,               Reverse::Paying),
        ("ORDERPAID",             Create::AlreadyPaid,  earlier(OrderPaid),         ASKED,           Close::AlreadyPaid, UNDO),
        ("OUT_TRADE_NO_USED",     no(NumberUsed),       earlier(NumberUsed),        ASKED,           SHUT,               UNDO),
        ("BUYER_MISMATCH",        MADE,                 earlier(BuyerMismatch),     ASKED,           SHUT,               UNDO),
        ("INVALID_REQUEST",       no(BadRequest),       earlier(BadRequest),        ASKED,           Close::TooEarly,    stuck(BadRequest)),
        ("TRADE_STATE_ERROR",     MADE,                 SENT,                       ASKED,           Close::TooEarly,    UNDO),
        ("ORDERNOTEXIST",         MADE,                 SENT,                       Query::NotExist, Close::Closed,      UNDO),
        ("ORDERCLOSED",           no(OrderEnded),       fail(OrderEnded),           ASKED,           Close::Closed,      UNDO),
        ("ORDERREVERSED",         MADE,                 fail(OrderEnded),           ASKED,           SHUT,               UNDO),
        ("NOTENOUGH",             no(NotEnough),        fail(NotEnough),            ASKED,           SHUT,               UNDO),
        ("AUTHCODEEXPIRE",        MADE,                 fail(CodeExpired),          ASKED,           SHUT,               UNDO),
        ("AUTH_CODE_ERROR",       MADE,                 fail(CodeUsed),             ASKED,           SHUT,               UNDO),
        ("AUTH_CODE_INVALID",     MADE,                 fail(NotThisWallet),        ASKED,           SHUT,               UNDO),
        ("NOTSUPORTCARD",         MADE,                 fail(CardNotSupported),     ASKED,           SHUT,               UNDO),
        ("TRADE_ERROR",           MADE,                 fail(AccountAbnormal),      ASKED,           SHUT,               stuck(AccountAbnormal)),
        ("NOAUTH",                no(NoPermission),     fail(NoPermission),         ASKED,           SHUT,               stuck(NoPermission)),
        ("SIGNERROR",             no(Settings),         fail(Settings),             ASKED,           SHUT,               stuck(Settings)),
        ("APPID_NOT_EXIST",       no(Settings),         fail(Settings),             ASKED,           SHUT,               stuck(Settings)),
        ("MCHID_NOT_EXIST",       no(Settings),         fail(Settings),             ASKED,           SHUT,               stuck(Settings)),
        ("APPID_MCHID_NOT_MATCH", no(Settings),         fail(Settings),             ASKED,           SHUT,               stuck(Settings)),
        ("PARAM_ERROR",           no(BadRequest),       fail(BadRequest),           ASKED,           SHUT,               stuck(BadRequest)),
        ("LACK_PARAMS",           no(BadRequest),       fail(BadRequest),           ASKED,           SHUT,               stuck(BadRequest)),
        ("XML_FORMAT_ERROR",      no(BadRequest),       fail(BadRequest),           ASKED,           SHUT,               stuck(BadRequest)),
        ("REQUIRE_POST_METHOD",   no(BadRequest),       fail(BadRequest),           ASKED,           SHUT,               stuck(BadRequest)),
        ("NOT_UTF8",              no(BadRequest),       fail(BadRequest),           ASKED,           SHUT,               stuck(BadRequest)),
        ("POST_DATA_EMPTY",       no(BadRequest),       SENT,                       ASKED,           SHUT,               stuck(BadRequest)),
        ("REVERSE_EXPIRE",        MADE,                 SENT,                       ASKED,           SHUT,               Reverse::Expired),
        ("INVALID_TRANSACTIONID", MADE,                 SENT,                       ASKED,           SHUT,               stuck(BadRequest)),
    ]
};

/// What `code` means for refund; one that its page doesn't list is unknown.
pub(super) fn refund_meaning(code: &str) -> Refund {
    REFUND.iter().find(|(listed, _)| *listed == code).map_or(Refund::Unknown, |(_, refund)| *refund)
}

/// refund has a page of its own, and hardly a code in common with a payment.
const REFUND: [(&str, Refund); 20] = [
    ("SYSTEMERROR", Refund::Unknown),
    ("BIZERR_NEED_RETRY", Refund::Unknown),
    ("NOTENOUGH", Refund::NotEnough),
    ("FREQUENCY_LIMITED", Refund::TooOften),
    ("INVALID_REQ_TOO_MUCH", Refund::TooOften),
    ("TRADE_OVERDUE", Refund::Refused(RefundFault::TooOld)),
    ("USER_ACCOUNT_ABNORMAL", Refund::Refused(RefundFault::AccountAbnormal)),
    ("ORDERNOTEXIST", Refund::Refused(RefundFault::OrderUnknown)),
    ("INVALID_TRANSACTIONID", Refund::Refused(RefundFault::OrderUnknown)),
    ("NOAUTH", Refund::Refused(RefundFault::NoPermission)),
    ("SIGNERROR", Refund::Refused(RefundFault::Settings)),
    ("APPID_NOT_EXIST", Refund::Refused(RefundFault::Settings)),
    ("MCHID_NOT_EXIST", Refund::Refused(RefundFault::Settings)),
    ("APPID_MCHID_NOT_MATCH", Refund::Refused(RefundFault::Settings)),
    ("ERROR", Refund::Refused(RefundFault::BadRequest)),
    ("PARAM_ERROR", Refund::Refused(RefundFault::BadRequest)),
    ("INVALID_REQUEST", Refund::Refused(RefundFault::BadRequest)),
    ("LACK_PARAMS", Refund::Refused(RefundFault::BadRequest)),
    ("XML_FORMAT_ERROR", Refund::Refused(RefundFault::BadRequest)),
    ("REQUIRE_POST_METHOD", Refund::Refused(RefundFault::BadRequest)),
];

#[cfg(test)]
mod documented;
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_listed_once() {
        for (at, (code, ..)) in TABLE.iter().enumerate() {
            assert!(TABLE[at + 1..].iter().all(|(other, ..)| other != code), "{code}");
        }
    }

    #[test]
    fn an_unlisted_code_is_unknown_everywhere() {
        for code in ["", "systemerror", "SOMETHING_NEW", "NOTSUPPORTCARD"] {
            let meaning = meaning(code);
            assert_eq!(meaning.create, Create::Unknown);
            assert_eq!(meaning.charge, Charge::Unknown);
            assert_eq!(meaning.query, Query::Unknown);
            assert_eq!(meaning.close, Close::Unknown);
            assert_eq!(meaning.reverse, Reverse::Unknown);
        }
    }

    #[test]
    fn micropay_fails_only_by_the_codes_the_manual_confirms() {
        let unsure = [
            "SYSTEMERROR",
            "BANKERROR",
            "FREQUENCY_LIMITED",
            "INVALID_REQ_TOO_MUCH",
            "ORDERNOTEXIST",
            "POST_DATA_EMPTY",
        ];
        for code in unsure {
            assert_eq!(meaning(code).charge, Charge::Unknown, "{code}");
        }
        for code in ["ORDERPAID", "OUT_TRADE_NO_USED", "BUYER_MISMATCH", "INVALID_REQUEST"] {
            assert!(matches!(meaning(code).charge, Charge::Earlier(_)), "{code}");
        }
        assert_eq!(meaning("USERPAYING").charge, Charge::Waiting);
        assert_eq!(meaning("AUTH_CODE_INVALID").charge, Charge::Refused(Reason::NotThisWallet));
        assert_eq!(meaning("NOTENOUGH").charge, Charge::Refused(Reason::NotEnough));
    }

    #[test]
    fn a_close_that_can_not_be_is_told_from_one_that_was() {
        assert_eq!(meaning("ORDERPAID").close, Close::AlreadyPaid);
        assert_eq!(meaning("INVALID_REQUEST").close, Close::TooEarly);
        for code in ["ORDERCLOSED", "ORDERNOTEXIST"] {
            assert_eq!(meaning(code).close, Close::Closed, "{code}");
        }
        assert_eq!(meaning("SYSTEMERROR").close, Close::Unknown);
    }

    #[test]
    fn a_reverse_is_over_only_by_the_word_for_it() {
        assert_eq!(meaning("REVERSE_EXPIRE").reverse, Reverse::Expired);
        assert_eq!(meaning("USERPAYING").reverse, Reverse::Paying);
        assert_eq!(meaning("INVALID_REQUEST").reverse, Reverse::Refused(Reason::BadRequest));
        assert_eq!(meaning("FREQUENCY_LIMITED").reverse, Reverse::Refused(Reason::TooOften));
        for code in ["SYSTEMERROR", "ORDERREVERSED", "ORDERNOTEXIST", "ORDERPAID"] {
            assert_eq!(meaning(code).reverse, Reverse::Unknown, "{code}");
        }
    }
}
