//! Each call's documented error codes, as its page of the manual lists them, walked from the gateway's bytes to what
//! the rules do and what the cashier reads. A code that the manual adds is added here first.

use std::time::Duration;

use crate::lang::{Advice, Lang};
use crate::number::SaleId;
use crate::payment::refund::{RefundStatus, RefundTrouble};
use crate::payment::sale::{Event, Sale, Step};
use crate::payment::{
    Answer, Call, CloseAnswer, Command, Doubt, Outcome, QueryAnswer, Reason, RefundAnswer, RefundFault,
    RefundQueryAnswer, Refusal, ReverseAnswer, Status,
};
use crate::timestamp::Timestamp;
use crate::wechat::Codec;
use crate::wechat::samples::{self, body, code, failure, order};

fn codec() -> Codec {
    Codec { merchant: samples::merchant() }
}

/// A signed failure with this code.
fn failed(err_code: &str) -> Vec<u8> {
    body(&failure(err_code)).into_bytes()
}

fn answer(call: &Call, err_code: &str) -> Answer {
    codec().read(&order(), call, Ok(failed(err_code)))
}

fn sends(steps: &[Step], call: &Call) -> bool {
    steps.iter().any(|(_, command)| *command == Command::Send(call.clone()))
}

fn now() -> Timestamp {
    order().created_at
}

/// Words in both languages, each saying what happened and what to do.
fn assert_told(advice: impl Fn(Lang) -> Advice, what: &str) {
    let [zh, en] = Lang::ALL.map(advice);
    assert_ne!(zh, en, "{what}");
    for advice in [zh, en] {
        assert!(
            !advice.title.is_empty() && !advice.what_happened.is_empty() && !advice.what_to_do.is_empty(),
            "{what}"
        );
    }
}

fn assert_doubt_told(doubt: &Doubt, err_code: &str) {
    assert_eq!(*doubt, Doubt::Gateway { code: err_code.to_owned() });
    assert_told(|lang| lang.doubt(doubt), err_code);
    for lang in Lang::ALL {
        assert!(lang.doubt(doubt).what_happened.contains(err_code), "{err_code}: the raw code is told");
    }
}

/// What the manual says of a code of micropay's page.
#[derive(Clone, Copy)]
enum Charge {
    /// "Failed": asked once, then told as final.
    Failed(Reason),
    /// Failed on a fresh number of ours: an earlier send arrived, so it is asked after.
    Earlier,
    /// "Unknown": asked after at once.
    Unknown,
    /// The customer types the password: asked after in five seconds.
    Password,
}

const MICROPAY: [(&str, Charge); 26] = [
    ("SYSTEMERROR", Charge::Unknown),
    ("BANKERROR", Charge::Unknown),
    ("USERPAYING", Charge::Password),
    ("PARAM_ERROR", Charge::Failed(Reason::BadRequest)),
    ("ORDERPAID", Charge::Earlier),
    ("NOAUTH", Charge::Failed(Reason::NoPermission)),
    ("AUTHCODEEXPIRE", Charge::Failed(Reason::CodeExpired)),
    ("NOTENOUGH", Charge::Failed(Reason::NotEnough)),
    ("NOTSUPORTCARD", Charge::Failed(Reason::CardNotSupported)),
    ("ORDERCLOSED", Charge::Failed(Reason::OrderEnded)),
    ("ORDERREVERSED", Charge::Failed(Reason::OrderEnded)),
    ("AUTH_CODE_ERROR", Charge::Failed(Reason::CodeUsed)),
    ("AUTH_CODE_INVALID", Charge::Failed(Reason::NotThisWallet)),
    ("BUYER_MISMATCH", Charge::Earlier),
    ("INVALID_REQUEST", Charge::Earlier),
    ("TRADE_ERROR", Charge::Failed(Reason::AccountAbnormal)),
    ("OUT_TRADE_NO_USED", Charge::Earlier),
    ("XML_FORMAT_ERROR", Charge::Failed(Reason::BadRequest)),
    ("REQUIRE_POST_METHOD", Charge::Failed(Reason::BadRequest)),
    ("SIGNERROR", Charge::Failed(Reason::Settings)),
    ("LACK_PARAMS", Charge::Failed(Reason::BadRequest)),
    ("NOT_UTF8", Charge::Failed(Reason::BadRequest)),
    ("APPID_NOT_EXIST", Charge::Failed(Reason::Settings)),
    ("MCHID_NOT_EXIST", Charge::Failed(Reason::Settings)),
    ("APPID_MCHID_NOT_MATCH", Charge::Failed(Reason::Settings)),
    ("A_CODE_OF_TOMORROW", Charge::Unknown),
];

/// A charge that was answered by `err_code` a second after it was sent, and what is done then.
fn charged(err_code: &str) -> (Sale, Vec<Step>) {
    let (mut sale, _) = Sale::by_code(SaleId::new(1), String::new(), order(), code(), now());
    let answer = answer(&Call::Charge(code()), err_code);
    let steps = sale.handle(Event::Answered(order().out_trade_no, answer), now().plus(Duration::from_secs(1)));
    (sale, steps)
}

#[test]
fn each_code_of_micropay_is_final_or_asked_after_and_told() {
    for (err_code, documented) in MICROPAY {
        let (mut sale, steps) = charged(err_code);
        assert_eq!(sale.outcome(), Outcome::Open, "{err_code}: nothing is final by this reply alone");
        match documented {
            Charge::Failed(reason) => {
                assert!(sends(&steps, &Call::Query), "{err_code} is asked after once");
                let not_there = Answer::Queried(QueryAnswer::NotExist);
                sale.handle(Event::Answered(order().out_trade_no, not_there), now().plus(Duration::from_secs(2)));
                assert_eq!(sale.outcome(), Outcome::NotPaid, "{err_code}");
                let Status::Declined(refusal) = sale.view().status else { panic!("{err_code}: {:?}", sale.view()) };
                assert_eq!((refusal.reason, refusal.code.as_str(), refusal.text.as_str()), (reason, err_code, "说明"));
                assert_told(|lang| lang.refusal(&refusal), err_code);
            }
            Charge::Earlier => {
                assert!(sends(&steps, &Call::Query), "{err_code} is asked after at once");
                assert!(!sale.view().status.is_final(), "{err_code}: {:?}", sale.view());
            }
            Charge::Unknown => {
                assert!(sends(&steps, &Call::Query), "{err_code} is asked after at once");
                let Status::Unknown(_, doubt) = sale.view().status else { panic!("{err_code}: {:?}", sale.view()) };
                assert_doubt_told(&doubt, err_code);
            }
            Charge::Password => {
                assert_eq!(sale.next_wakeup(), Some(now().plus(Duration::from_secs(6))));
                assert!(matches!(sale.view().status, Status::Password(_)), "{:?}", sale.view());
            }
        }
    }
}

/// What the manual says of a code of unifiedorder's page.
#[derive(Clone, Copy)]
enum Create {
    Failed(Reason),
    /// "Ask by orderquery."
    Paid,
    /// "The same parameters again."
    Again,
}

const UNIFIEDORDER: [(&str, Create); 18] = [
    ("INVALID_REQUEST", Create::Failed(Reason::BadRequest)),
    ("NOAUTH", Create::Failed(Reason::NoPermission)),
    ("NOTENOUGH", Create::Failed(Reason::NotEnough)),
    ("ORDERPAID", Create::Paid),
    ("ORDERCLOSED", Create::Failed(Reason::OrderEnded)),
    ("SYSTEMERROR", Create::Again),
    ("APPID_NOT_EXIST", Create::Failed(Reason::Settings)),
    ("MCHID_NOT_EXIST", Create::Failed(Reason::Settings)),
    ("APPID_MCHID_NOT_MATCH", Create::Failed(Reason::Settings)),
    ("LACK_PARAMS", Create::Failed(Reason::BadRequest)),
    ("PARAM_ERROR", Create::Failed(Reason::BadRequest)),
    ("OUT_TRADE_NO_USED", Create::Failed(Reason::NumberUsed)),
    ("SIGNERROR", Create::Failed(Reason::Settings)),
    ("XML_FORMAT_ERROR", Create::Failed(Reason::BadRequest)),
    ("REQUIRE_POST_METHOD", Create::Failed(Reason::BadRequest)),
    ("POST_DATA_EMPTY", Create::Failed(Reason::BadRequest)),
    ("NOT_UTF8", Create::Failed(Reason::BadRequest)),
    ("A_CODE_OF_TOMORROW", Create::Again),
];

#[test]
fn each_code_of_unifiedorder_ends_or_goes_on_and_is_told() {
    for (err_code, documented) in UNIFIEDORDER {
        let (mut sale, _) = Sale::by_qr(SaleId::new(1), String::new(), order(), 2);
        let answered = Event::Answered(order().out_trade_no, answer(&Call::Create, err_code));
        let steps = sale.handle(answered, now().plus(Duration::from_secs(1)));
        match documented {
            Create::Failed(reason) => {
                let Status::Declined(refusal) = sale.view().status else { panic!("{err_code}: {:?}", sale.view()) };
                assert_eq!((refusal.reason, refusal.code.as_str()), (reason, err_code));
                assert_told(|lang| lang.refusal(&refusal), err_code);
            }
            Create::Paid => assert!(sends(&steps, &Call::Query), "{err_code}"),
            Create::Again => {
                let Status::Preparing { doubt: Some(doubt), .. } = sale.view().status else { panic!("{err_code}") };
                assert_doubt_told(&doubt, err_code);
                let steps = sale.handle(Event::Wakeup, sale.next_wakeup().expect("it is tried again"));
                assert!(sends(&steps, &Call::Create), "{err_code}: {steps:?}");
            }
        }
    }
}

#[test]
fn each_code_of_orderquery_but_one_says_nothing() {
    assert_eq!(answer(&Call::Query, "ORDERNOTEXIST"), Answer::Queried(QueryAnswer::NotExist));
    for err_code in [
        "SYSTEMERROR",
        "PARAM_ERROR",
        "SIGNERROR",
        "XML_FORMAT_ERROR",
        "POST_DATA_EMPTY",
        "NOT_UTF8",
        "REQUIRE_POST_METHOD",
        "LACK_PARAMS",
        "APPID_NOT_EXIST",
        "MCHID_NOT_EXIST",
        "APPID_MCHID_NOT_MATCH",
        "NOAUTH",
        "FREQUENCY_LIMITED",
        "INVALID_REQ_TOO_MUCH",
        "A_CODE_OF_TOMORROW",
    ] {
        let Answer::Queried(QueryAnswer::Unknown(doubt)) = answer(&Call::Query, err_code) else { panic!("{err_code}") };
        assert_doubt_told(&doubt, err_code);
    }
}

#[test]
fn each_code_of_closeorder_closes_or_is_asked_again() {
    let unknown = |code: &str| CloseAnswer::Unknown(Doubt::Gateway { code: code.to_owned() });
    for (err_code, expected) in [
        ("ORDERPAID", CloseAnswer::AlreadyPaid),
        ("ORDERCLOSED", CloseAnswer::Closed),
        ("ORDERNOTEXIST", CloseAnswer::Closed),
        // Both say that its state forbids closing: what that is, is asked.
        ("TRADE_STATE_ERROR", CloseAnswer::TooEarly),
        ("INVALID_REQUEST", CloseAnswer::TooEarly),
        ("SYSTEMERROR", unknown("SYSTEMERROR")),
        ("SIGNERROR", unknown("SIGNERROR")),
        ("REQUIRE_POST_METHOD", unknown("REQUIRE_POST_METHOD")),
        ("XML_FORMAT_ERROR", unknown("XML_FORMAT_ERROR")),
        ("A_CODE_OF_TOMORROW", unknown("A_CODE_OF_TOMORROW")),
    ] {
        assert_eq!(answer(&Call::Close, err_code), Answer::Closed(expected), "{err_code}");
    }
}

#[test]
fn each_code_of_reverse_ends_it_slows_it_or_is_asked_again() {
    let refused = |reason, err_code: &str| {
        ReverseAnswer::Refused(Refusal { reason, code: err_code.to_owned(), text: "说明".to_owned() })
    };
    let unknown = |code: &str| ReverseAnswer::Unknown(Doubt::Gateway { code: code.to_owned() });
    for (err_code, expected) in [
        ("SYSTEMERROR", unknown("SYSTEMERROR")),
        ("USERPAYING", ReverseAnswer::Paying),
        ("INVALID_TRANSACTIONID", refused(Reason::BadRequest, "INVALID_TRANSACTIONID")),
        ("PARAM_ERROR", refused(Reason::BadRequest, "PARAM_ERROR")),
        ("REVERSE_EXPIRE", ReverseAnswer::Expired),
        ("INVALID_REQUEST", refused(Reason::BadRequest, "INVALID_REQUEST")),
        ("TRADE_ERROR", refused(Reason::AccountAbnormal, "TRADE_ERROR")),
        ("REQUIRE_POST_METHOD", refused(Reason::BadRequest, "REQUIRE_POST_METHOD")),
        ("SIGNERROR", refused(Reason::Settings, "SIGNERROR")),
        ("A_CODE_OF_TOMORROW", unknown("A_CODE_OF_TOMORROW")),
    ] {
        assert_eq!(answer(&Call::Reverse, err_code), Answer::Reversed(expected), "{err_code}");
    }
}

#[test]
fn each_code_of_refund_ends_it_or_says_when_the_same_goes_out_again() {
    let refund = |err_code| codec().decode_refund(&samples::refund_request(), Ok(failed(err_code))).answer;
    for (err_code, fault) in [
        ("TRADE_OVERDUE", RefundFault::TooOld),
        ("ERROR", RefundFault::BadRequest),
        ("USER_ACCOUNT_ABNORMAL", RefundFault::AccountAbnormal),
        ("INVALID_TRANSACTIONID", RefundFault::OrderUnknown),
        ("PARAM_ERROR", RefundFault::BadRequest),
        ("ORDERNOTEXIST", RefundFault::OrderUnknown),
        ("INVALID_REQUEST", RefundFault::BadRequest),
        ("APPID_NOT_EXIST", RefundFault::Settings),
        ("MCHID_NOT_EXIST", RefundFault::Settings),
        ("APPID_MCHID_NOT_MATCH", RefundFault::Settings),
        ("REQUIRE_POST_METHOD", RefundFault::BadRequest),
        ("SIGNERROR", RefundFault::Settings),
        ("XML_FORMAT_ERROR", RefundFault::BadRequest),
        ("NOAUTH", RefundFault::NoPermission),
    ] {
        let RefundAnswer::Refused(refusal) = refund(err_code) else { panic!("{err_code}: {:?}", refund(err_code)) };
        assert_eq!((refusal.fault, refusal.code.as_str()), (fault, err_code));
        let ended = RefundStatus::Refused(refusal);
        assert_told(|lang| lang.refund_status(&ended), err_code);
    }
    for trouble in [RefundTrouble::NotEnough, RefundTrouble::TooOften] {
        let waits = RefundStatus::Queued { trouble: Some(trouble), next_at: None };
        assert_told(|lang| lang.refund_status(&waits), "it waits, and says why");
    }
    assert_eq!(refund("NOTENOUGH"), RefundAnswer::NotEnough);
    for err_code in ["INVALID_REQ_TOO_MUCH", "FREQUENCY_LIMITED"] {
        assert_eq!(refund(err_code), RefundAnswer::TooOften { code: err_code.to_owned() });
    }
    for err_code in ["SYSTEMERROR", "BIZERR_NEED_RETRY", "A_CODE_OF_TOMORROW"] {
        let RefundAnswer::Unknown(doubt) = refund(err_code) else { panic!("{err_code}") };
        assert_doubt_told(&doubt, err_code);
    }
}

#[test]
fn each_code_of_refundquery_but_one_says_nothing() {
    let asked = |err_code| codec().decode_refund_query(&samples::refund_request(), Ok(failed(err_code))).answer;
    assert_eq!(asked("REFUNDNOTEXIST"), RefundQueryAnswer::NotExist);
    for err_code in [
        "SYSTEMERROR",
        "INVALID_TRANSACTIONID",
        "PARAM_ERROR",
        "APPID_NOT_EXIST",
        "MCHID_NOT_EXIST",
        "REQUIRE_POST_METHOD",
        "SIGNERROR",
        "XML_FORMAT_ERROR",
        "INVALID_REQUEST",
        "A_CODE_OF_TOMORROW",
    ] {
        let RefundQueryAnswer::Unknown(doubt) = asked(err_code) else { panic!("{err_code}") };
        assert_doubt_told(&doubt, err_code);
    }
}
