//! The listener over real TCP, before a till with a real book whose gateway is away.

use std::net::Ipv4Addr;
use std::sync::Arc;

use futures::StreamExt;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::runtime::Handle;

use super::*;
use crate::ledger::{Ledger, Owner};
use crate::money::Fen;
use crate::number::{OutTradeNo, SaleId};
use crate::payment::{SaleView, Status};
use crate::practice::{Customer, Practice};
use crate::till::{Parts, Shop, Update};
use crate::wechat::sign::{ApiKey, SignType, sign};
use crate::wechat::xml::Fields;
use crate::wechat::{Client, Config, seal};

const KEY: &str = "0123456789abcdef0123456789ABCDEF";
const APPID: &str = "wx0000000000000001";
const MCH_ID: &str = "1900000001";

struct Counter {
    listener: Listener,
    till: Till,
    ledger: Ledger,
    sale: SaleId,
    number: OutTradeNo,
    _folder: TempDir,
}

fn client(practice: Option<&Practice>) -> Client {
    let of = |there: fn(&Practice) -> String, else_: &str| practice.map_or_else(|| else_.to_owned(), there);
    let config = Config {
        appid: of(|practice| practice.appid().to_owned(), APPID),
        mch_id: of(|practice| practice.mch_id().to_owned(), MCH_ID),
        sub: None,
        api_key: ApiKey::new(of(|practice| practice.api_key().to_owned(), KEY)),
        other_api_key: None,
        sign_type: SignType::HmacSha256,
        gateway: of(Practice::url, "https://gateway.invalid"),
        ca_pem: practice.map(|practice| practice.ca_pem().to_owned()),
        certificate: None,
    };
    Client::new(config).unwrap()
}

fn till(gateway: Client, notify_url: String) -> (Till, Ledger, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let ledger = Ledger::open(&folder.path().join("book.db")).unwrap();
    let parts = Parts {
        gateway: Arc::new(gateway),
        ledger: ledger.clone(),
        shop: Shop { body: "b".to_owned(), till_number: 1, notify_url },
        owner: Owner::new(&folder.path().join("owners")).unwrap(),
        code_key: [7; 32],
    };
    (Till::new(parts, Handle::current()), ledger, folder)
}

/// Charges 12.88 by QR code and waits for the end.
async fn charge(till: &Till) -> SaleView {
    let mut updates = Box::pin(till.updates());
    let sale = till.charge_qr(Fen::new(1288).unwrap(), String::new());
    loop {
        if let Some(Update::Sale(view)) = updates.next().await
            && view.id == sale
            && view.status.is_final()
        {
            return view;
        }
    }
}

/// How many notifications stand in the book about a sale.
async fn reports(ledger: &Ledger, sale: SaleId) -> usize {
    let lines = ledger.journal_of(sale).await.unwrap();
    lines.iter().filter(|line| line.what == "notification").count()
}

/// A till that has one order of 12.88 in its book, and listens.
async fn counter() -> Counter {
    let (till, ledger, folder) = till(client(None), "https://shop.example/n".to_owned());
    let view = charge(&till).await;
    let listener = Listener::start((Ipv4Addr::LOCALHOST, 0).into(), till.clone()).await.unwrap();
    Counter { listener, till, ledger, sale: view.id, number: view.out_trade_no, _folder: folder }
}

impl Counter {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.listener.address()).await.unwrap()
    }

    async fn post(&self, body: &str) -> String {
        exchange(&mut self.connect().await, &post(body)).await
    }

    async fn reports(&self) -> usize {
        reports(&self.ledger, self.sale).await
    }

    fn paid(&self) -> Fields {
        Fields::new()
            .with("return_code", "SUCCESS")
            .with("appid", APPID)
            .with("mch_id", MCH_ID)
            .with("nonce_str", "5K8264ILTKCH16CQ2502SI8ZNMTM67VS")
            .with("result_code", "SUCCESS")
            .with("openid", "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o")
            .with("trade_type", "NATIVE")
            .with("bank_type", "CMC_DEBIT")
            .with("fee_type", "CNY")
            .with("total_fee", "1288")
            .with("cash_fee", "1288")
            .with("transaction_id", "4200000015202611221234567890")
            .with("out_trade_no", self.number.as_str())
            .with("time_end", "20261122120105")
    }

    fn refunded(&self) -> String {
        let inside = format!(
            "<root><out_trade_no>{}</out_trade_no><out_refund_no>r1</out_refund_no><total_fee>1288</total_fee>\
             <refund_fee>288</refund_fee><refund_status>SUCCESS</refund_status></root>",
            self.number
        );
        let outside = Fields::new().with("return_code", "SUCCESS").with("appid", APPID).with("mch_id", MCH_ID);
        outside.with("req_info", seal(&inside, &ApiKey::new(KEY))).to_xml()
    }
}

fn signed(fields: &Fields, kind: SignType) -> String {
    fields.clone().with("sign", sign(fields, &ApiKey::new(KEY), kind)).to_xml()
}

fn changed(fields: &Fields, name: &str, value: &str) -> Fields {
    fields.iter().fold(Fields::new(), |all, (n, v)| all.with(n, if n == name { value } else { v }))
}

fn post(body: &str) -> Vec<u8> {
    format!("POST /notify HTTP/1.1\r\nHost: till\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

/// Sends a request and reads the answer: its body, or what there is of it.
async fn exchange(stream: &mut TcpStream, request: &[u8]) -> String {
    // A server that has seen enough closes before all is sent.
    let _may_be_closed = stream.write_all(request).await;
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.to_lowercase().split_once("content-length: ").map(|(_, rest)| rest.to_owned());
            let length: usize = length.unwrap().lines().next().unwrap().parse().unwrap();
            if body.len() >= length {
                return body.to_owned();
            }
        }
        if !matches!(stream.read_buf(&mut bytes).await, Ok(1..)) {
            return text;
        }
    }
}

#[tokio::test]
async fn ten_thousand_repeats_change_the_book_once() {
    let counter = counter().await;
    let report = post(&signed(&counter.paid(), SignType::HmacSha256));
    let mut stream = counter.connect().await;
    // The order had ended unpaid, so the till asks about it by its own rhythm meanwhile.
    let lines = async || {
        let journal = counter.ledger.journal_of(counter.sale).await.unwrap();
        journal.iter().filter(|line| line.what != "query").count()
    };
    let before = lines().await;
    for _ in 0..10_000 {
        assert_eq!(exchange(&mut stream, &report).await, TAKEN);
    }
    assert_eq!(counter.reports().await, 1);
    assert_eq!(lines().await, before + 1);
}

#[tokio::test]
async fn a_refund_is_taken_once_too_and_beside_its_payment() {
    let counter = counter().await;
    assert_eq!(counter.post(&signed(&counter.paid(), SignType::HmacSha256)).await, TAKEN);
    for _ in 0..3 {
        assert_eq!(counter.post(&counter.refunded()).await, TAKEN);
    }
    assert_eq!(counter.reports().await, 2);
}

#[tokio::test]
async fn forged_reports_are_not_taken() {
    let counter = counter().await;
    let right = counter.paid();
    let whole = signed(&right, SignType::HmacSha256);
    for (what, forged) in [
        ("no sign", right.to_xml()),
        ("empty sign", right.to_xml().replace("</xml>", "<sign></sign></xml>")),
        ("wrong sign", right.clone().with("sign", "0".repeat(64)).to_xml()),
        ("MD5 for HMAC", signed(&right, SignType::Md5)),
        ("changed amount", whole.replace("[1288]", "[1]")),
        ("signed, another amount", signed(&changed(&right, "total_fee", "1"), SignType::HmacSha256)),
        ("signed, an unknown order", signed(&changed(&right, "out_trade_no", "20261122120000"), SignType::HmacSha256)),
        ("signed, another merchant", signed(&changed(&right, "mch_id", "1900000002"), SignType::HmacSha256)),
        ("signed, another currency", signed(&changed(&right, "fee_type", "USD"), SignType::HmacSha256)),
        ("duplicate field", whole.replace("<sign>", "<total_fee>1288</total_fee><sign>")),
        ("unsigned FAIL", changed(&right, "return_code", "FAIL").to_xml()),
        ("doctype", format!("<!DOCTYPE xml [<!ENTITY a \"1288\">]>{whole}")),
        ("empty", String::new()),
        ("not XML", "OK".to_owned()),
        ("refund sealed by another key", counter.refunded().replace("<req_info><![CDATA[", "<req_info><![CDATA[AAAA")),
        ("refund to another merchant", counter.refunded().replace(MCH_ID, "1900000002")),
    ] {
        assert_eq!(counter.post(&forged).await, NOT_TAKEN, "{what}");
    }
    assert_eq!(counter.reports().await, 0);
    assert_eq!(counter.post(&whole).await, TAKEN, "the listener is well");
}

#[tokio::test]
async fn what_is_no_report_in_form_is_not_taken() {
    let counter = counter().await;
    let get = exchange(&mut counter.connect().await, b"GET / HTTP/1.1\r\nHost: till\r\n\r\n").await;
    assert_eq!(get, NOT_TAKEN);
    let large = counter.post(&"x".repeat(10 << 20)).await;
    assert!(!large.contains("SUCCESS"), "{large}");
    assert_eq!(counter.reports().await, 0);
}

#[tokio::test]
async fn slow_senders_keep_nobody_waiting() {
    let counter = counter().await;
    let mut slow = Vec::new();
    for at in 0..MAX_CONNECTIONS - 1 {
        let mut stream = counter.connect().await;
        let half = if at % 2 == 0 {
            &b"POST / HTTP/1.1\r\nHost:"[..]
        } else {
            b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nx"
        };
        stream.write_all(half).await.unwrap();
        slow.push(stream);
    }
    assert_eq!(counter.post(&signed(&counter.paid(), SignType::HmacSha256)).await, TAKEN);
    let began = std::time::Instant::now();
    for mut stream in slow {
        let mut rest = Vec::new();
        let _may_be_reset = stream.read_to_end(&mut rest).await;
        assert!(!String::from_utf8_lossy(&rest).contains("SUCCESS"));
    }
    assert!(began.elapsed() < SLOW * 4, "each is let go by itself");
}

/// Both sides of this program; that each speaks as the manual has it is held by vectors and foreign clients elsewhere.
#[tokio::test]
async fn practice_tells_the_till() {
    let practice = Practice::start(None, (Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    practice.phone().set_customer(Customer::Pays);
    // Free a moment ago; the order must name the address before anything listens there.
    let address = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
    let (till, ledger, _folder) = till(client(Some(&practice)), practice_url(address));
    let _listener = Listener::start(address, till.clone()).await.unwrap();
    let view = charge(&till).await;
    assert!(matches!(view.status, Status::Paid(_)), "{view:?}");
    let told = async {
        while reports(&ledger, view.id).await == 0 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(Duration::from_secs(30), told).await.expect("practice reports the payment");
}

#[tokio::test]
async fn an_address_that_is_taken_is_told() {
    let counter = counter().await;
    let address = counter.listener.address();
    let error = Listener::start(address, counter.till.clone()).await.unwrap_err();
    assert_eq!(error, NotifyError::Listen { address, kind: io::ErrorKind::AddrInUse });
}
