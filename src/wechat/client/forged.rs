//! Forged replies from a real TLS server, through the real client, till and book: none is believed, each is asked
//! after, and each sale comes to the end that is true.

use std::collections::HashSet;
use std::time::Duration;

use futures::StreamExt;
use futures::future::join_all;
use tempfile::TempDir;
use tokio::runtime::Handle;

use super::server::{Play, Server, ok};
use super::tests::{certified_with, config};
use super::*;
use crate::ledger::{Ledger, Owner};
use crate::number::AuthCode;
use crate::payment::{SaleView, Status};
use crate::till::{Parts, Shop, Till, Update};
use crate::wechat::samples::{self, body, changed, paid, reply, without};
use crate::wechat::sign::{SignType, sign};
use crate::wechat::xml::Fields;

/// The gateway's number of what the forger claims, and of what is true.
const LIE: &str = "4200000015202611220000000666";
const TRUTH: &str = "4200000015202611221234567890";

/// A reply cut short of its limit, for the drip.
const SOON: Duration = Duration::from_secs(2);
const LIMITS: Limits = Limits { connect: Duration::from_secs(30), charge: SOON, other: SOON };

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Forgery {
    NoSign,
    EmptySign,
    WrongSign,
    ChangedAmount,
    OtherAmount,
    OtherOrder,
    OtherMerchant,
    OtherCurrency,
    DuplicateField,
    Md5ForHmac,
    UnsignedFail,
    Doctype,
    EntityBomb,
    TenMegabytes,
    SlowDrip,
}

const FORGERIES: [Forgery; 15] = [
    Forgery::NoSign,
    Forgery::EmptySign,
    Forgery::WrongSign,
    Forgery::ChangedAmount,
    Forgery::OtherAmount,
    Forgery::OtherOrder,
    Forgery::OtherMerchant,
    Forgery::OtherCurrency,
    Forgery::DuplicateField,
    Forgery::Md5ForHmac,
    Forgery::UnsignedFail,
    Forgery::Doctype,
    Forgery::EntityBomb,
    Forgery::TenMegabytes,
    Forgery::SlowDrip,
];

impl Forgery {
    /// `claim`, which the merchant would believe if the gateway signed it, as the forger sends it.
    fn of(self, claim: &Fields) -> Play {
        let signed = body(claim);
        let key = samples::merchant().api_key;
        let with_sign = |sign: &str| claim.clone().with("sign", sign).to_xml();
        Play::Answer(ok(&match self {
            Self::NoSign => claim.to_xml(),
            Self::EmptySign => claim.to_xml().replace("</xml>", "<sign></sign></xml>"),
            Self::WrongSign => with_sign(&"0".repeat(64)),
            Self::ChangedAmount => signed.replace("<total_fee><![CDATA[1288]]>", "<total_fee><![CDATA[1]]>"),
            Self::OtherAmount => body(&changed(claim, "total_fee", "1")),
            Self::OtherOrder => body(&changed(claim, "out_trade_no", "2026112212000001712346")),
            Self::OtherMerchant => body(&changed(claim, "mch_id", "1900000002")),
            Self::OtherCurrency => body(&changed(claim, "fee_type", "USD")),
            Self::DuplicateField => signed.replace("<sign>", "<total_fee>1288</total_fee><sign>"),
            Self::Md5ForHmac => with_sign(&sign(claim, &key, SignType::Md5)),
            Self::UnsignedFail => changed(claim, "return_code", "FAIL").to_xml(),
            Self::Doctype => format!("<!DOCTYPE xml [<!ENTITY a \"1288\">]>{signed}"),
            Self::EntityBomb => format!(
                "<!DOCTYPE xml [<!ENTITY a \"aaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]>{}",
                signed.replace("<![CDATA[1288]]>", "&b;")
            ),
            Self::TenMegabytes => body(&claim.clone().with("attach", "x".repeat(10 << 20))),
            Self::SlowDrip => return Play::Drip(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n".to_vec()),
        }))
    }
}

/// What every call would like to hear: paid, undone, and a picture to be paid by.
fn claim(request: &Fields, transaction: &str) -> Fields {
    let mut fields = changed(&paid(&samples::order()), "transaction_id", transaction);
    fields = without(&fields, "trade_type");
    if let Some(number) = request.get("out_trade_no") {
        fields = changed(&fields, "out_trade_no", number);
    }
    fields
        .with("trade_state", "SUCCESS")
        .with("code_url", format!("weixin://wxpay/bizpayurl?pr={transaction}"))
        .with("recall", "N")
}

/// A gateway whose first reply to each call is forged, and the others true: the order was paid, or it never was.
async fn forger(forgery: Forgery, is_paid: bool) -> Server {
    let seen = Mutex::new((HashSet::new(), false));
    Server::start_reading("127.0.0.1", move |path, document| {
        let request = Fields::parse(document.as_bytes()).unwrap();
        let mut seen = seen.lock().unwrap();
        if seen.0.insert(path.to_owned()) {
            return forgery.of(&claim(&request, LIE));
        }
        let number = request.get("out_trade_no").unwrap();
        let unpaid = |state: &str| reply("SUCCESS").with("out_trade_no", number).with("trade_state", state);
        let truth = match path {
            "/secapi/pay/reverse" => {
                seen.1 = true;
                reply("SUCCESS").with("recall", "N")
            }
            "/pay/orderquery" if is_paid => claim(&request, TRUTH),
            "/pay/orderquery" if seen.1 => unpaid("REVOKED"),
            "/pay/orderquery" => unpaid("NOTPAY"),
            "/pay/unifiedorder" => claim(&request, TRUTH),
            other => panic!("{other}"),
        };
        Play::Answer(ok(&body(&truth)))
    })
    .await
}

fn till(server: &Server) -> (Till, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let client = certified_with(config(&server.url, &server.ca), LIMITS);
    let parts = Parts {
        gateway: Arc::new(client),
        ledger: Ledger::open(&folder.path().join("book.db")).unwrap(),
        shop: Shop { body: "b".to_owned(), till_number: 1, notify_url: "https://shop.example/n".to_owned() },
        owner: Owner::new(&folder.path().join("owners")).unwrap(),
        code_key: [7; 32],
    };
    (Till::new(parts, Handle::current()), folder)
}

/// How the customer is to pay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    Code,
    Picture,
}

/// Charges against a forger to the end; the cashier cancels as soon as the till lets them.
async fn end(forgery: Forgery, by: By, is_paid: bool) -> SaleView {
    let server = forger(forgery, is_paid).await;
    let (till, _folder) = till(&server);
    let mut updates = Box::pin(till.updates());
    let amount = samples::order().total_fee;
    let sale = match by {
        By::Code => till.charge_code(amount, String::new(), AuthCode::parse("134567890123456789").unwrap()),
        By::Picture => till.charge_qr(amount, String::new()),
    };
    let mut again = tokio::time::interval(Duration::from_millis(500));
    let view = loop {
        tokio::select! {
            update = updates.next() => {
                let Some(Update::Sale(view)) = update else { continue };
                let shown = format!("{view:?}");
                assert!(!shown.contains(LIE), "{forgery:?} {by:?}: {shown}");
                if view.id == sale && view.status.is_final() {
                    break view;
                }
            }
            _ = again.tick(), if !is_paid => till.cancel(sale),
        }
    };
    let asked = server.requests().iter().filter(|line| line.contains("/pay/orderquery")).count();
    assert!(asked >= 2, "{forgery:?} {by:?}: a doubtful reply is asked after, and a doubtful answer again");
    view
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forged_reply_to_a_paid_order_is_asked_after_until_the_truth_is_known() {
    let cases: Vec<_> =
        FORGERIES.into_iter().flat_map(|forgery| [(forgery, By::Code), (forgery, By::Picture)]).collect();
    for cases in cases.chunks(10) {
        let ends = join_all(cases.iter().map(|(forgery, by)| end(*forgery, *by, true))).await;
        for (case, view) in cases.iter().zip(ends) {
            let Status::Paid(receipt) = &view.status else { panic!("{case:?}: {view:?}") };
            assert_eq!(receipt.transaction_id.as_str(), TRUTH, "{case:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forged_reply_to_an_unpaid_order_ends_undone() {
    let ends = join_all(FORGERIES.map(|forgery| end(forgery, By::Code, false))).await;
    for (forgery, view) in FORGERIES.iter().zip(ends) {
        assert_eq!(view.status, Status::Reversed, "{forgery:?}: {view:?}");
    }
}
