//! The replies about refunds.

use crate::money::Fen;
use crate::number::{AuthCode, OutRefundNo, RefundId};
use crate::payment::{
    Doubt, Found, RefundAnswer, RefundQueryAnswer, RefundReceipt, RefundRefusal, RefundRequest, Refunded,
};
use crate::timestamp::Timestamp;

use super::super::errors::{self, refund_meaning};
use super::super::request::Merchant;
use super::super::sign::Verified;
use super::{Bound, Signed, amount, not_ours, own_words, require, signed};

/// The most refunds that an order can have (manual, refund), and so the most rows of a reply.
const MAX_REFUNDS: usize = 50;

/// One reply of the list of an order's refunds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Page {
    pub(in super::super) refunds: Vec<Refunded>,
    /// How many there are on all pages, if the gateway says.
    pub(in super::super) total: Option<usize>,
}

/// The answer to refund: taken, or not. "Taken" is about this very number and amount.
pub(in super::super) fn refund(merchant: &Merchant, request: &RefundRequest, body: &[u8]) -> RefundAnswer {
    match signed(merchant, Some(bound(request)), body) {
        Ok(Signed::Success(fields)) => {
            taken(&fields, request).map_or_else(RefundAnswer::Unknown, RefundAnswer::Accepted)
        }
        Ok(Signed::Failure(failure)) => match refund_meaning(&failure.code) {
            errors::Refund::NotEnough => RefundAnswer::NotEnough,
            errors::Refund::TooOften => RefundAnswer::TooOften { code: failure.code },
            errors::Refund::Refused(fault) => {
                RefundAnswer::Refused(RefundRefusal { fault, code: failure.code, text: failure.text })
            }
            errors::Refund::Unknown => RefundAnswer::Unknown(failure.doubt()),
        },
        Err(doubt) => RefundAnswer::Unknown(doubt),
    }
}

/// The answer to refundquery about one refund of ours.
pub(in super::super) fn refund_query(merchant: &Merchant, request: &RefundRequest, body: &[u8]) -> RefundQueryAnswer {
    match signed(merchant, Some(bound(request)), body) {
        Ok(Signed::Success(fields)) => own_row(&fields, request).unwrap_or_else(RefundQueryAnswer::Unknown),
        Ok(Signed::Failure(failure)) if is_no_refund(&failure.code) => RefundQueryAnswer::NotExist,
        Ok(Signed::Failure(failure)) => RefundQueryAnswer::Unknown(failure.doubt()),
        Err(doubt) => RefundQueryAnswer::Unknown(doubt),
    }
}

/// The answer to refundquery about an order: its refunds from the `offset`-th on.
pub(in super::super) fn refunds_of(
    merchant: &Merchant,
    order: &Found,
    offset: usize,
    body: &[u8],
) -> Result<Page, Doubt> {
    let bound = Bound { out_trade_no: &order.out_trade_no, total_fee: order.total_fee };
    match signed(merchant, Some(bound), body)? {
        Signed::Success(fields) => {
            require(&fields, "out_trade_no", order.out_trade_no.as_str())?;
            let total = fields.get("total_refund_count").and_then(|count| count.parse().ok());
            Ok(Page { refunds: rows(&fields)?, total })
        }
        Signed::Failure(failure) if is_no_refund(&failure.code) => Ok(Page { refunds: Vec::new(), total: None }),
        // An offset beyond the last refund (manual, refundquery).
        Signed::Failure(failure) if offset > 0 && failure.code == "PARAM_ERROR" => {
            Ok(Page { refunds: Vec::new(), total: None })
        }
        Signed::Failure(failure) => Err(failure.doubt()),
    }
}

fn bound(request: &RefundRequest) -> Bound<'_> {
    Bound { out_trade_no: &request.out_trade_no, total_fee: request.total_fee }
}

fn is_no_refund(code: &str) -> bool {
    code == "REFUNDNOTEXIST"
}

fn taken(fields: &Verified, request: &RefundRequest) -> Result<RefundId, Doubt> {
    require(fields, "out_trade_no", request.out_trade_no.as_str())?;
    require(fields, "out_refund_no", request.out_refund_no.as_str())?;
    if amount(fields, "refund_fee") != Some(request.refund_fee) {
        return Err(not_ours("refund_fee"));
    }
    refund_id(fields, "refund_id")
}

/// The row of the very refund that was asked for.
fn own_row(fields: &Verified, request: &RefundRequest) -> Result<RefundQueryAnswer, Doubt> {
    require(fields, "out_trade_no", request.out_trade_no.as_str())?;
    let own = rows(fields)?.into_iter().find(|row| row.out_refund_no == request.out_refund_no);
    let own = own.ok_or_else(|| not_ours("out_refund_no"))?;
    if own.refund_fee == request.refund_fee { Ok(own.state) } else { Err(not_ours("refund_fee")) }
}

/// All rows of a reply, each whole; a refund that stands there twice is none.
fn rows(fields: &Verified) -> Result<Vec<Refunded>, Doubt> {
    let count = fields.get("refund_count").and_then(|count| count.parse::<usize>().ok());
    let count = count.filter(|count| *count <= MAX_REFUNDS).ok_or_else(|| not_ours("refund_count"))?;
    let mut rows: Vec<Refunded> = Vec::with_capacity(count);
    for at in 0..count {
        let row = row(fields, at)?;
        if rows.iter().any(|other| other.out_refund_no == row.out_refund_no) {
            return Err(not_ours("out_refund_no"));
        }
        rows.push(row);
    }
    Ok(rows)
}

fn row(fields: &Verified, at: usize) -> Result<Refunded, Doubt> {
    let name = |field: &str| format!("{field}_{at}");
    let number = fields.get(&name("out_refund_no")).and_then(OutRefundNo::parse);
    let id = refund_id(fields, &name("refund_id"))?;
    let state = match fields.get(&name("refund_status")) {
        Some("PROCESSING") => RefundQueryAnswer::Processing(id),
        Some("SUCCESS") => RefundQueryAnswer::Arrived(RefundReceipt {
            refund_id: id,
            account: own_words(fields.get(&name("refund_recv_accout"))),
            arrived_at: fields.get(&name("refund_success_time")).and_then(Timestamp::parse),
        }),
        Some("CHANGE") => RefundQueryAnswer::Bounced(id),
        Some("REFUNDCLOSE" | "FAIL") => RefundQueryAnswer::Closed(id),
        Some(other) => return Err(Doubt::Gateway { code: own_words(Some(other)) }),
        None => return Err(Doubt::NotUnderstood),
    };
    Ok(Refunded {
        out_refund_no: number.ok_or_else(|| not_ours("out_refund_no"))?,
        refund_fee: fee(fields, &name("refund_fee"))?,
        state,
    })
}

fn fee(fields: &Verified, name: &str) -> Result<Fen, Doubt> {
    amount(fields, name).filter(|fee| *fee > Fen::ZERO).ok_or_else(|| not_ours("refund_fee"))
}

/// A refund's number at the gateway; what could be a payment code is none.
fn refund_id(fields: &Verified, name: &str) -> Result<RefundId, Doubt> {
    let text = fields.get(name).filter(|text| AuthCode::parse(text).is_none());
    text.and_then(RefundId::parse).ok_or_else(|| not_ours("refund_id"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payment::{QueryAnswer, RefundFault};
    use crate::wechat::samples::{
        self, body, changed, failure, order, refund_request, refund_row, refunded, reply, without,
    };
    use crate::wechat::sign::{SignType, sign};
    use crate::wechat::xml::Fields;

    const ID: &str = "50000404922017112502468056157";

    fn post(body: &str) -> RefundAnswer {
        refund(&samples::merchant(), &refund_request(), body.as_bytes())
    }

    fn ask(body: &str) -> RefundQueryAnswer {
        refund_query(&samples::merchant(), &refund_request(), body.as_bytes())
    }

    fn id() -> RefundId {
        RefundId::parse(ID).unwrap()
    }

    fn accepted() -> Fields {
        let request = refund_request();
        reply("SUCCESS")
            .with("transaction_id", samples::TRANSACTION)
            .with("out_trade_no", request.out_trade_no.as_str())
            .with("out_refund_no", request.out_refund_no.as_str())
            .with("refund_id", ID)
            .with("refund_fee", "288")
            .with("total_fee", "1288")
            .with("cash_fee", "1188")
            .with("cash_refund_fee", "188")
            .with("coupon_refund_fee", "100")
    }

    /// What refundquery answers about `rows`, each a number and a status.
    fn listed(rows: &[(&str, &str)]) -> Fields {
        let rows: Vec<_> = rows.iter().map(|(number, status)| refund_row(number, "288", status)).collect();
        refunded(&rows)
    }

    fn status(status: &str) -> RefundQueryAnswer {
        ask(&body(&listed(&[(refund_request().out_refund_no.as_str(), status)])))
    }

    fn gateway(code: &str) -> Doubt {
        Doubt::Gateway { code: code.to_owned() }
    }

    #[test]
    fn a_refund_is_answered_in_the_words_of_the_rules() {
        assert_eq!(post(&body(&accepted())), RefundAnswer::Accepted(id()));
        assert_eq!(post(&body(&without(&accepted(), "total_fee"))), RefundAnswer::Accepted(id()));
        assert_eq!(post(&body(&failure("NOTENOUGH"))), RefundAnswer::NotEnough);
        for code in ["FREQUENCY_LIMITED", "INVALID_REQ_TOO_MUCH"] {
            assert_eq!(post(&body(&failure(code))), RefundAnswer::TooOften { code: code.to_owned() });
        }
        for code in ["SYSTEMERROR", "BIZERR_NEED_RETRY", "NEVER_HEARD_OF"] {
            assert_eq!(post(&body(&failure(code))), RefundAnswer::Unknown(gateway(code)));
        }
        for (code, fault) in [
            ("TRADE_OVERDUE", RefundFault::TooOld),
            ("USER_ACCOUNT_ABNORMAL", RefundFault::AccountAbnormal),
            ("ORDERNOTEXIST", RefundFault::OrderUnknown),
            ("NOAUTH", RefundFault::NoPermission),
            ("SIGNERROR", RefundFault::Settings),
            ("PARAM_ERROR", RefundFault::BadRequest),
        ] {
            let refusal = RefundRefusal { fault, code: code.to_owned(), text: "说明".to_owned() };
            assert_eq!(post(&body(&failure(code))), RefundAnswer::Refused(refusal));
        }
    }

    #[test]
    fn a_refund_is_taken_only_by_its_own_number_and_amount() {
        for (name, value) in [
            ("out_refund_no", "20261122120500011123456780"),
            ("out_trade_no", "2026112212000001712346"),
            ("refund_fee", "289"),
            ("refund_fee", "-288"),
            ("total_fee", "1"),
            ("mch_id", "1900000002"),
            ("refund_id", "134567890123456789"),
            ("refund_id", "no number"),
        ] {
            let answer = post(&body(&changed(&accepted(), name, value)));
            assert_eq!(answer, RefundAnswer::Unknown(not_ours(name)), "{name} {value}");
        }
        for name in ["out_refund_no", "out_trade_no", "refund_fee", "refund_id", "appid", "mch_id"] {
            let answer = post(&body(&without(&accepted(), name)));
            assert_eq!(answer, RefundAnswer::Unknown(not_ours(name)), "without {name}");
        }
        let other = failure("TRADE_OVERDUE").with("out_trade_no", "2026112212000001712346");
        assert_eq!(post(&body(&other)), RefundAnswer::Unknown(not_ours("out_trade_no")));
    }

    #[test]
    fn a_question_after_a_refund_is_answered_in_the_words_of_the_rules() {
        assert_eq!(status("PROCESSING"), RefundQueryAnswer::Processing(id()));
        let receipt = RefundReceipt {
            refund_id: id(),
            account: "支付用户零钱".to_owned(),
            arrived_at: Timestamp::from_wire("20261122121530"),
        };
        assert_eq!(status("SUCCESS"), RefundQueryAnswer::Arrived(receipt));
        assert_eq!(status("CHANGE"), RefundQueryAnswer::Bounced(id()));
        for old_and_new in ["REFUNDCLOSE", "FAIL"] {
            assert_eq!(status(old_and_new), RefundQueryAnswer::Closed(id()));
        }
        assert_eq!(status("SOMETHING_NEW"), RefundQueryAnswer::Unknown(gateway("SOMETHING_NEW")));
        assert_eq!(ask(&body(&failure("REFUNDNOTEXIST"))), RefundQueryAnswer::NotExist);
        for code in ["SYSTEMERROR", "ORDERNOTEXIST", "PARAM_ERROR"] {
            assert_eq!(ask(&body(&failure(code))), RefundQueryAnswer::Unknown(gateway(code)), "{code}");
        }
    }

    #[test]
    fn money_that_arrived_may_lack_where_and_when() {
        let bare = listed(&[(refund_request().out_refund_no.as_str(), "SUCCESS")]);
        let bare = without(&without(&bare, "refund_recv_accout_0"), "refund_success_time_0");
        let receipt = RefundReceipt { refund_id: id(), account: String::new(), arrived_at: None };
        assert_eq!(ask(&body(&bare)), RefundQueryAnswer::Arrived(receipt));
    }

    #[test]
    fn a_refund_is_found_among_others_and_by_nothing_else() {
        let ours = refund_request().out_refund_no;
        let among = listed(&[("other1", "SUCCESS"), (ours.as_str(), "CHANGE"), ("other2", "PROCESSING")]);
        assert_eq!(ask(&body(&among)), RefundQueryAnswer::Bounced(id()));
        let alone = listed(&[(ours.as_str(), "SUCCESS")]);
        for (fields, field) in [
            (listed(&[("other1", "SUCCESS")]), "out_refund_no"),
            (listed(&[]), "refund_count"),
            (listed(&[(ours.as_str(), "SUCCESS"), (ours.as_str(), "SUCCESS")]), "out_refund_no"),
            (changed(&alone, "refund_fee_0", "1"), "refund_fee"),
            (changed(&alone, "refund_fee_0", "0"), "refund_fee"),
            (changed(&alone, "out_trade_no", "2026112212000001712346"), "out_trade_no"),
            (changed(&alone, "total_fee", "1289"), "total_fee"),
            (changed(&alone, "refund_id_0", "134567890123456789"), "refund_id"),
            (changed(&alone, "refund_count", "51"), "refund_count"),
            (changed(&alone, "refund_count", "two"), "refund_count"),
            (changed(&alone, "refund_count", "2"), "refund_id"),
            (without(&alone, "refund_count"), "refund_count"),
            (without(&alone, "out_trade_no"), "out_trade_no"),
        ] {
            assert_eq!(ask(&body(&fields)), RefundQueryAnswer::Unknown(not_ours(field)), "{field}");
        }
    }

    #[test]
    fn forged_refund_replies_are_doubted() {
        let key = samples::merchant().api_key;
        for fields in [accepted(), listed(&[(refund_request().out_refund_no.as_str(), "SUCCESS")])] {
            let right = body(&fields);
            let with_sign = |sign: &str| fields.clone().with("sign", sign).to_xml();
            let wrong_sign = not_ours("sign");
            for (what, forged, doubt) in [
                ("no sign", fields.to_xml(), &wrong_sign),
                ("empty sign", fields.to_xml().replace("</xml>", "<sign></sign></xml>"), &wrong_sign),
                ("wrong sign", with_sign(&"0".repeat(64)), &wrong_sign),
                ("MD5 for HMAC", with_sign(&sign(&fields, &key, SignType::Md5)), &wrong_sign),
                ("changed amount", right.replace("[288]", "[1]"), &wrong_sign),
                (
                    "duplicate field",
                    right.replace("<sign>", "<total_fee>1288</total_fee><sign>"),
                    &Doubt::NotUnderstood,
                ),
                ("doctype", format!("<!DOCTYPE xml [<!ENTITY a \"1\">]>{right}"), &Doubt::NotUnderstood),
                ("empty", String::new(), &Doubt::NotUnderstood),
                (
                    "unsigned FAIL",
                    changed(&fields, "return_code", "FAIL").to_xml(),
                    &Doubt::Unsigned { text: "OK".to_owned() },
                ),
            ] {
                assert_eq!(post(&forged), RefundAnswer::Unknown(doubt.clone()), "refund: {what}");
                assert_eq!(ask(&forged), RefundQueryAnswer::Unknown(doubt.clone()), "query: {what}");
                assert_eq!(page(0, &forged), Err(doubt.clone()), "list: {what}");
            }
        }
    }

    fn page(offset: usize, body: &str) -> Result<Page, Doubt> {
        let found =
            Found { out_trade_no: order().out_trade_no, total_fee: order().total_fee, state: QueryAnswer::Unpaid };
        refunds_of(&samples::merchant(), &found, offset, body.as_bytes())
    }

    #[test]
    fn an_orders_refunds_are_listed() {
        let fields = listed(&[("first", "PROCESSING"), ("second", "REFUNDCLOSE")]).with("total_refund_count", "12");
        let listed = page(0, &body(&fields)).unwrap();
        assert_eq!(listed.total, Some(12));
        let seen: Vec<_> =
            listed.refunds.iter().map(|row| (row.out_refund_no.as_str(), row.refund_fee.as_i64())).collect();
        assert_eq!(seen, [("first", 288), ("second", 288)]);
        assert_eq!(listed.refunds[1].state, RefundQueryAnswer::Closed(id()));
        let none = Page { refunds: vec![], total: None };
        assert_eq!(page(0, &body(&failure("REFUNDNOTEXIST"))), Ok(none.clone()));
        assert_eq!(page(10, &body(&failure("PARAM_ERROR"))), Ok(none), "beyond the last");
        assert_eq!(page(0, &body(&failure("PARAM_ERROR"))), Err(gateway("PARAM_ERROR")));
        let other = changed(&fields, "out_trade_no", "2026112212000001712346");
        assert_eq!(page(0, &body(&other)), Err(not_ours("out_trade_no")));
    }
}
