//! What is read out of a clock, a certificate and a reply without a result.

use super::*;

fn facts(ends_at: Timestamp) -> Facts {
    let begins_at = Timestamp::from_millis(1_000);
    Facts { mch_id: "1900000001".to_owned(), serial: "1A2B".to_owned(), begins_at, ends_at }
}

#[test]
fn a_clock_is_judged_by_how_far_it_is_off() {
    let date = Timestamp::from_wire("20261122120000").unwrap();
    let off = |millis: i64| judge_clock(Drift::between(Timestamp::from_millis(date.as_millis() + 500 + millis), date));
    let drift = |seconds, ahead| Drift { by: Duration::from_secs(seconds), ahead };
    for (millis, expected) in [
        (0, Outcome::Passed(Well::Clock(drift(0, false)))),
        (59_000, Outcome::Passed(Well::Clock(drift(59, true)))),
        (-60_000, Outcome::Warned(Warning::Clock(drift(60, false)))),
        (299_000, Outcome::Warned(Warning::Clock(drift(299, true)))),
        (-300_000, Outcome::Failed(Trouble::Clock(drift(300, false)))),
        (660_000, Outcome::Failed(Trouble::Clock(drift(660, true)))),
    ] {
        assert_eq!(off(millis), expected, "{millis} ms");
    }
}

#[test]
fn a_certificate_is_warned_of_thirty_days_ahead() {
    let now = Timestamp::from_wire("20261122120000").unwrap();
    let day = Duration::from_secs(24 * 3600);
    let ends_at = now.plus(30 * day);
    assert_eq!(judge_expiry(&facts(ends_at), now), Outcome::Warned(Warning::EndsSoon { ends_at }));
    let ends_at = now.plus(31 * day);
    assert_eq!(judge_expiry(&facts(ends_at), now), Outcome::Passed(Well::Until { ends_at }));
    assert_eq!(judge_expiry(&facts(now), now), Outcome::Failed(Trouble::Expired { ended_at: now }));
    let begins_at = now.plus(day);
    let early = Facts { begins_at, ..facts(begins_at.plus(day)) };
    assert_eq!(judge_expiry(&early, now), Outcome::Failed(Trouble::NotYet { begins_at }));
}

#[test]
fn a_reply_without_a_result_speaks_for_or_against_the_key() {
    let code = |code: &str| Doubt::Gateway { code: code.to_owned() };
    let field = |field: &str| Doubt::NotOurs { field: field.to_owned() };
    let text = || "签名错误".to_owned();
    for (doubt, expected) in [
        (Doubt::NoAnswer, Outcome::Unknown(Unclear::NoAnswer)),
        (Doubt::NotUnderstood, Outcome::Unknown(Unclear::NotUnderstood)),
        (Doubt::Unsigned { text: text() }, Outcome::Failed(Trouble::KeyRefused { text: text() })),
        (field("sign"), Outcome::Failed(Trouble::ReplyNotSigned)),
        (field("mch_id"), Outcome::Failed(Trouble::NotOurs { field: "mch_id".to_owned() })),
        (code("APPID_MCHID_NOT_MATCH"), Outcome::Passed(Well::Signed)),
        (code("MCHID_NOT_EXIST"), Outcome::Failed(Trouble::KeyRefused { text: "MCHID_NOT_EXIST".to_owned() })),
        (code("SYSTEMERROR"), Outcome::Unknown(Unclear::Gateway { code: "SYSTEMERROR".to_owned() })),
    ] {
        assert_eq!(judge_key(doubt.clone()), expected, "{doubt:?}");
    }
}
