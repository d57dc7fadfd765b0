use super::*;
use crate::payment::Reason;
use crate::wechat::samples::{self, TRANSACTION, body, changed, failure, order, paid, reply, without};
use crate::wechat::sign::{SignType, sign};

fn charge(body: &str) -> ChargeAnswer {
    micropay(&samples::merchant(), &order(), body.as_bytes())
}

fn create(body: &str) -> CreateAnswer {
    unifiedorder(&samples::merchant(), &order(), body.as_bytes())
}

fn query(body: &str) -> QueryAnswer {
    orderquery(&samples::merchant(), &order(), body.as_bytes())
}

fn close(body: &str) -> CloseAnswer {
    closeorder(&samples::merchant(), &order(), body.as_bytes())
}

fn undo(body: &str) -> ReverseAnswer {
    reverse(&samples::merchant(), &order(), body.as_bytes())
}

fn paid_receipt() -> Receipt {
    Receipt {
        transaction_id: TransactionId::parse(TRANSACTION).unwrap(),
        total_fee: order().total_fee,
        cash_fee: Fen::new(1188).unwrap(),
        paid_at: Timestamp::from_wire("20261122120105").unwrap(),
        bank_type: "CMC_DEBIT".to_owned(),
    }
}

fn queried(trade_state: &str) -> Fields {
    changed(&paid(&order()), "trade_type", "NATIVE").with("trade_state", trade_state)
}

fn refusal(reason: Reason, code: &str) -> Refusal {
    Refusal { reason, code: code.to_owned(), text: "说明".to_owned() }
}

fn gateway(code: &str) -> Doubt {
    Doubt::Gateway { code: code.to_owned() }
}

/// What each call makes of a doubtful body.
fn assert_doubt(body: &str, doubt: &Doubt, what: &str) {
    assert_eq!(charge(body), ChargeAnswer::Unknown(doubt.clone()), "charge: {what}");
    assert_eq!(create(body), CreateAnswer::Unknown(doubt.clone()), "create: {what}");
    assert_eq!(query(body), QueryAnswer::Unknown(doubt.clone()), "query: {what}");
    assert_eq!(close(body), CloseAnswer::Unknown(doubt.clone()), "close: {what}");
    assert_eq!(undo(body), ReverseAnswer::Unknown(doubt.clone()), "reverse: {what}");
    let ours = order().out_trade_no;
    let found = look_up(&samples::merchant(), Number::Ours(&ours), body.as_bytes());
    if !matches!(doubt, Doubt::NotOurs { field } if field == "total_fee") {
        assert_eq!(found.as_ref(), Err(doubt), "look up: {what}");
    }
}

#[test]
fn a_charge_is_answered_in_the_words_of_the_rules() {
    assert_eq!(charge(&body(&paid(&order()))), ChargeAnswer::Paid(paid_receipt()));
    assert_eq!(charge(&body(&failure("USERPAYING"))), ChargeAnswer::Paying);
    assert_eq!(charge(&body(&failure("NOTENOUGH"))), ChargeAnswer::Refused(refusal(Reason::NotEnough, "NOTENOUGH")));
    assert_eq!(
        charge(&body(&failure("OUT_TRADE_NO_USED"))),
        ChargeAnswer::Earlier(refusal(Reason::NumberUsed, "OUT_TRADE_NO_USED"))
    );
    for code in ["SYSTEMERROR", "BANKERROR", "NEVER_HEARD_OF"] {
        assert_eq!(charge(&body(&failure(code))), ChargeAnswer::Unknown(gateway(code)));
    }
}

#[test]
fn a_creation_is_answered_in_the_words_of_the_rules() {
    let made = reply("SUCCESS")
        .with("trade_type", "NATIVE")
        .with("prepay_id", "wx201410272009395522657a690389285100")
        .with("code_url", "weixin://wxpay/bizpayurl/up?pr=NwY5Mz9&groupid=00");
    let picture = "weixin://wxpay/bizpayurl/up?pr=NwY5Mz9&groupid=00".to_owned();
    assert_eq!(create(&body(&made)), CreateAnswer::Picture(picture));
    assert_eq!(create(&body(&without(&made, "code_url"))), CreateAnswer::Unknown(Doubt::NotUnderstood));
    assert_eq!(create(&body(&changed(&made, "trade_type", "APP"))), CreateAnswer::Unknown(not_ours("trade_type")));
    assert_eq!(create(&body(&failure("ORDERPAID"))), CreateAnswer::AlreadyPaid);
    assert_eq!(create(&body(&failure("NOAUTH"))), CreateAnswer::Refused(refusal(Reason::NoPermission, "NOAUTH")));
    for code in ["SYSTEMERROR", "FREQUENCY_LIMITED"] {
        assert_eq!(create(&body(&failure(code))), CreateAnswer::Unknown(gateway(code)));
    }
}

#[test]
fn a_query_is_answered_in_the_words_of_the_rules() {
    for (trade_state, expected) in [
        ("SUCCESS", QueryAnswer::Paid(paid_receipt())),
        ("REFUND", QueryAnswer::Refunded(paid_receipt())),
        ("NOTPAY", QueryAnswer::Unpaid),
        ("USERPAYING", QueryAnswer::Paying),
        ("ACCEPT", QueryAnswer::Paying),
        ("CLOSED", QueryAnswer::Closed),
        ("REVOKED", QueryAnswer::Revoked),
        ("PAYERROR", QueryAnswer::PayError),
        ("SOMETHING_NEW", QueryAnswer::Unknown(gateway("SOMETHING_NEW"))),
    ] {
        assert_eq!(query(&body(&queried(trade_state))), expected);
    }
    assert_eq!(query(&body(&paid(&order()))), QueryAnswer::Unknown(Doubt::NotUnderstood), "no trade_state");
    assert_eq!(query(&body(&failure("ORDERNOTEXIST"))), QueryAnswer::NotExist);
    assert_eq!(query(&body(&failure("SYSTEMERROR"))), QueryAnswer::Unknown(gateway("SYSTEMERROR")));
}

#[test]
fn an_unpaid_order_needs_only_what_the_manual_promises() {
    let unpaid = reply("SUCCESS")
        .with("out_trade_no", order().out_trade_no.as_str())
        .with("total_fee", "1288")
        .with("trade_state", "NOTPAY")
        .with("trade_state_desc", "订单未支付");
    assert_eq!(query(&body(&unpaid)), QueryAnswer::Unpaid);
    assert_eq!(query(&body(&without(&unpaid, "total_fee"))), QueryAnswer::Unpaid);
    assert_eq!(query(&body(&without(&unpaid, "out_trade_no"))), QueryAnswer::Unknown(not_ours("out_trade_no")));
}

#[test]
fn a_close_is_answered_in_the_words_of_the_rules() {
    assert_eq!(close(&body(&reply("SUCCESS").with("result_msg", "OK"))), CloseAnswer::Closed);
    for (code, expected) in [
        ("ORDERPAID", CloseAnswer::AlreadyPaid),
        ("ORDERCLOSED", CloseAnswer::Closed),
        ("ORDERNOTEXIST", CloseAnswer::Closed),
        ("INVALID_REQUEST", CloseAnswer::TooEarly),
        ("SYSTEMERROR", CloseAnswer::Unknown(gateway("SYSTEMERROR"))),
        ("SIGNERROR", CloseAnswer::Unknown(gateway("SIGNERROR"))),
    ] {
        assert_eq!(close(&body(&failure(code))), expected, "{code}");
    }
}

#[test]
fn a_reverse_is_answered_in_the_words_of_the_rules() {
    assert_eq!(undo(&body(&reply("SUCCESS").with("recall", "N"))), ReverseAnswer::Done);
    assert_eq!(undo(&body(&reply("SUCCESS").with("recall", "Y"))), ReverseAnswer::Again);
    assert_eq!(undo(&body(&reply("SUCCESS"))), ReverseAnswer::Unknown(Doubt::NotUnderstood), "recall is required");
    for (code, expected) in [
        ("USERPAYING", ReverseAnswer::Paying),
        ("REVERSE_EXPIRE", ReverseAnswer::Expired),
        ("INVALID_REQUEST", ReverseAnswer::Refused(refusal(Reason::BadRequest, "INVALID_REQUEST"))),
        ("TRADE_ERROR", ReverseAnswer::Refused(refusal(Reason::AccountAbnormal, "TRADE_ERROR"))),
        ("SYSTEMERROR", ReverseAnswer::Unknown(gateway("SYSTEMERROR"))),
        ("NEVER_DOCUMENTED", ReverseAnswer::Unknown(gateway("NEVER_DOCUMENTED"))),
    ] {
        assert_eq!(undo(&body(&failure(code))), expected, "{code}");
    }
    let recalled = |code| undo(&body(&failure(code).with("recall", "Y")));
    assert_eq!(recalled("SYSTEMERROR"), ReverseAnswer::Again);
    assert_eq!(recalled("REVERSE_EXPIRE"), ReverseAnswer::Expired, "asking again doesn't make it younger");
}

#[test]
fn paid_needs_all_that_proves_it() {
    for name in ["transaction_id", "total_fee", "out_trade_no", "time_end"] {
        let body = body(&without(&paid(&order()), name));
        assert_eq!(charge(&body), ChargeAnswer::Unknown(not_ours(name)), "{name}");
    }
    for name in ["transaction_id", "total_fee", "out_trade_no"] {
        for trade_state in ["SUCCESS", "REFUND"] {
            let body = body(&without(&queried(trade_state), name));
            assert_eq!(query(&body), QueryAnswer::Unknown(not_ours(name)), "{name}");
        }
    }
    for total_fee in ["1", "1287", "-1288", "+1288", "1288.0", "12.88", "0x508", " 1288", "18446744073709552904"] {
        let changed = changed(&paid(&order()), "total_fee", total_fee);
        assert_eq!(charge(&body(&changed)), ChargeAnswer::Unknown(not_ours("total_fee")), "{total_fee}");
    }
}

#[test]
fn what_a_receipt_may_lack() {
    let bare = without(&without(&without(&paid(&order()), "cash_fee"), "fee_type"), "bank_type");
    let expected = Receipt { cash_fee: order().total_fee, bank_type: String::new(), ..paid_receipt() };
    assert_eq!(charge(&body(&bare)), ChargeAnswer::Paid(expected.clone()));
    let odd = changed(&without(&paid(&order()), "bank_type"), "cash_fee", "99999");
    assert_eq!(charge(&body(&odd)), ChargeAnswer::Paid(expected));
}

#[test]
fn signed_replies_of_others_are_not_ours() {
    for (name, value) in [
        ("appid", "wx0000000000000002"),
        ("mch_id", "1900000002"),
        ("out_trade_no", "2026112212000001712346"),
        ("total_fee", "1"),
        ("fee_type", "USD"),
    ] {
        let fields = changed(&queried("SUCCESS"), name, value);
        assert_doubt(&body(&fields), &not_ours(name), name);
    }
    for name in ["appid", "mch_id"] {
        assert_doubt(&body(&without(&queried("SUCCESS"), name)), &not_ours(name), name);
    }
    let failed = failure("NOTENOUGH").with("out_trade_no", "2026112212000001712346");
    assert_eq!(charge(&body(&failed)), ChargeAnswer::Unknown(not_ours("out_trade_no")));
}

#[test]
fn a_service_providers_reply_is_one_shops() {
    use crate::wechat::request::SubMerchant;
    let shop = SubMerchant { mch_id: "1900000109".to_owned(), appid: Some("wx00000000000000ff".to_owned()) };
    let provider = Merchant { sub: Some(shop), ..samples::merchant() };
    let charge = |fields: &Fields| micropay(&provider, &order(), body(fields).as_bytes());
    let right = paid(&order()).with("sub_mch_id", "1900000109").with("sub_appid", "wx00000000000000ff");
    assert_eq!(charge(&right), ChargeAnswer::Paid(paid_receipt()));
    assert_eq!(charge(&without(&right, "sub_appid")), ChargeAnswer::Paid(paid_receipt()));
    for (fields, field) in [
        (without(&right, "sub_mch_id"), "sub_mch_id"),
        (changed(&right, "sub_mch_id", "1900000110"), "sub_mch_id"),
        (changed(&right, "sub_appid", "wx00000000000000fe"), "sub_appid"),
        (changed(&right, "mch_id", "1900000109"), "mch_id"),
    ] {
        assert_eq!(charge(&fields), ChargeAnswer::Unknown(not_ours(field)));
    }
    let no_provider =
        |sub: &str| micropay(&samples::merchant(), &order(), body(&paid(&order()).with("sub_mch_id", sub)).as_bytes());
    assert_eq!(no_provider("1900000109"), ChargeAnswer::Unknown(not_ours("sub_mch_id")));
    assert_eq!(no_provider(&samples::merchant().mch_id), ChargeAnswer::Paid(paid_receipt()), "as the manual's samples");
    assert_eq!(no_provider(""), ChargeAnswer::Paid(paid_receipt()));
}

#[test]
fn a_reply_signed_by_either_live_key_is_ours() {
    use crate::wechat::sign::ApiKey;
    let new = ApiKey::new("fedcba9876543210fedcba9876543210");
    let merchant = Merchant { other_api_key: Some(new.clone()), ..samples::merchant() };
    let fields = paid(&order());
    let signed_by = |key: &ApiKey| fields.clone().with("sign", sign(&fields, key, SignType::HmacSha256)).to_xml();
    for (key, expected) in [
        (&merchant.api_key, ChargeAnswer::Paid(paid_receipt())),
        (&new, ChargeAnswer::Paid(paid_receipt())),
        (&ApiKey::new("x"), ChargeAnswer::Unknown(not_ours("sign"))),
    ] {
        assert_eq!(micropay(&merchant, &order(), signed_by(key).as_bytes()), expected);
        let turned = merchant.turned().unwrap();
        assert_eq!(micropay(&turned, &order(), signed_by(key).as_bytes()), expected);
    }
    assert_eq!(
        micropay(&samples::merchant(), &order(), signed_by(&new).as_bytes()),
        ChargeAnswer::Unknown(not_ours("sign"))
    );
}

#[test]
fn a_refused_key_is_told_from_a_taken_one() {
    let merchant = samples::merchant();
    let standing = |body: &str| standing(&merchant, body.as_bytes());
    for fields in [paid(&order()), failure("NOTENOUGH"), failure("SYSTEMERROR")] {
        assert_eq!(standing(&body(&fields)), Heard::Signed);
    }
    assert_eq!(standing(&body(&failure("SIGNERROR"))), Heard::KeyRefused);
    for text in ["签名错误", "签名失败", "参数格式校验错误"] {
        let unsigned = Fields::new().with("return_code", "FAIL").with("return_msg", text).to_xml();
        assert_eq!(standing(&unsigned), Heard::KeyRefused, "{text}");
    }
    for other in ["<html></html>", "", &paid(&order()).to_xml(), "<xml><return_code>SYSTEMERROR</return_code></xml>"] {
        assert_eq!(standing(other), Heard::Answer, "{other}");
    }
}

#[test]
fn forged_replies_are_doubted() {
    let fields = queried("SUCCESS");
    let right = body(&fields);
    let key = samples::merchant().api_key;
    let with_sign = |sign: &str| fields.clone().with("sign", sign).to_xml();
    let hmac = sign(&fields, &key, SignType::HmacSha256);
    let sign_wrong = not_ours("sign");
    for (what, forged) in [
        ("no sign", fields.to_xml()),
        ("empty sign", fields.to_xml().replace("</xml>", "<sign></sign></xml>")),
        ("wrong sign", with_sign(&"0".repeat(64))),
        ("lower-case sign", with_sign(&hmac.to_lowercase())),
        ("MD5 for HMAC", with_sign(&sign(&fields, &key, SignType::Md5))),
        ("another key", with_sign(&sign(&fields, &crate::wechat::sign::ApiKey::new("x"), SignType::HmacSha256))),
        ("changed amount", right.replace("[1288]", "[1]")),
        ("changed order", right.replace(order().out_trade_no.as_str(), "2026112212000001712346")),
        ("changed merchant", right.replace("1900000001", "1900000002")),
        ("a failure made a success", body(&failure("NOTENOUGH")).replace("[FAIL]", "[SUCCESS]")),
        ("a field added", right.replace("<sign>", "<attach>x</attach><sign>")),
    ] {
        assert_doubt(&forged, &sign_wrong, what);
    }
    let doctype = format!("<!DOCTYPE xml [<!ENTITY a \"1288\">]>{right}");
    let bomb = format!(
        "<!DOCTYPE xml [<!ENTITY a \"aaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]>{}",
        right.replace("<![CDATA[1288]]>", "&b;")
    );
    for (what, forged) in [
        ("duplicate field", right.replace("<sign>", "<total_fee>1288</total_fee><sign>")),
        ("doctype", doctype),
        ("entity bomb", bomb),
        ("unknown entity", right.replace("<![CDATA[1288]]>", "&fee;")),
        ("two documents", format!("{right}{right}")),
        ("comment in the amount", right.replace("<![CDATA[1288]]>", "12<!-- -->88")),
    ] {
        assert_doubt(&forged, &Doubt::NotUnderstood, what);
    }
}

#[test]
fn md5_is_taken_only_where_it_was_asked() {
    let merchant = Merchant { sign_type: SignType::Md5, ..samples::merchant() };
    let fields = paid(&order());
    let md5 = fields.clone().with("sign", sign(&fields, &merchant.api_key, SignType::Md5)).to_xml();
    assert_eq!(micropay(&merchant, &order(), md5.as_bytes()), ChargeAnswer::Paid(paid_receipt()));
    let hmac = body(&fields);
    assert_eq!(micropay(&merchant, &order(), hmac.as_bytes()), ChargeAnswer::Unknown(not_ours("sign")));
}

#[test]
fn an_unsigned_no_is_doubted() {
    let unsigned = Doubt::Unsigned { text: "签名错误".to_owned() };
    assert_doubt(
        "<xml><return_code><![CDATA[FAIL]]></return_code><return_msg><![CDATA[签名错误]]></return_msg></xml>",
        &unsigned,
        "unsigned FAIL",
    );
    let silent = Doubt::Unsigned { text: String::new() };
    assert_doubt("<xml><return_code>FAIL</return_code></xml>", &silent, "no words");
    let other = Doubt::Unsigned { text: "参数".to_owned() };
    assert_doubt("<xml>\r\n<return_code>FAIL</return_code>\r\n<retmsg>参数</retmsg></xml>", &other, "retmsg");
    let dressed = changed(&failure("NOTENOUGH"), "return_code", "FAIL");
    assert_doubt(&dressed.to_xml(), &Doubt::Unsigned { text: "OK".to_owned() }, "an unsigned business failure");
    assert_doubt("<xml><return_code>SYSTEMERROR</return_code></xml>", &gateway("SYSTEMERROR"), "other return_code");
}

#[test]
fn what_is_no_reply_is_not_understood() {
    for body in [
        "",
        "OK",
        "<html><body>502 Bad Gateway</body></html>",
        "<!DOCTYPE html><html></html>",
        "<xml></xml>",
        "<xml><return_code>SUCCESS</return_code>",
        "{\"return_code\":\"SUCCESS\"}",
    ] {
        assert_doubt(body, &Doubt::NotUnderstood, body);
    }
    for fields in [reply("MAYBE"), without(&reply("SUCCESS"), "result_code"), reply("FAIL")] {
        assert_doubt(&body(&fields), &Doubt::NotUnderstood, "result_code");
    }
}

#[test]
fn a_reply_cut_anywhere_is_not_understood() {
    let whole = body(&paid(&order()));
    for at in 0..whole.len() {
        let answer = micropay(&samples::merchant(), &order(), &whole.as_bytes()[..at]);
        assert_eq!(answer, ChargeAnswer::Unknown(Doubt::NotUnderstood), "cut at {at}");
    }
}

#[test]
fn a_changed_byte_never_pays_otherwise() {
    let whole = body(&paid(&order()));
    for at in 0..whole.len() {
        let mut bytes = whole.clone().into_bytes();
        bytes[at] ^= 1;
        match micropay(&samples::merchant(), &order(), &bytes) {
            ChargeAnswer::Unknown(_) => {}
            answer => panic!("{answer:?} with byte {at} changed: {}", String::from_utf8_lossy(&bytes)),
        }
    }
}

#[test]
fn an_order_is_found_by_either_number() {
    let ours = order().out_trade_no;
    let theirs = TransactionId::parse(TRANSACTION).unwrap();
    let merchant = samples::merchant();
    let paid = body(&queried("SUCCESS"));
    let expected =
        Found { out_trade_no: ours.clone(), total_fee: order().total_fee, state: QueryAnswer::Paid(paid_receipt()) };
    for number in [Number::Ours(&ours), Number::WeChats(&theirs)] {
        assert_eq!(look_up(&merchant, number, paid.as_bytes()), Ok(Some(expected.clone())));
        assert_eq!(look_up(&merchant, number, body(&failure("ORDERNOTEXIST")).as_bytes()), Ok(None));
    }
    let other = TransactionId::parse("4200000015202611229999999999").unwrap();
    let answer = look_up(&merchant, Number::WeChats(&other), paid.as_bytes());
    assert_eq!(answer, Err(not_ours("transaction_id")));
}

#[test]
fn the_gateways_words_are_kept_without_codes() {
    let words = "101 每个二维码134567890123456789仅限使用一次\r\n，请刷新再试";
    let fields = changed(&failure("AUTH_CODE_ERROR"), "err_code_des", words);
    let ChargeAnswer::Refused(refusal) = charge(&body(&fields)) else { panic!("a confirmed failure") };
    assert_eq!(refusal.text, "101 每个二维码***仅限使用一次  ，请刷新再试");
}
