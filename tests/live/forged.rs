//! Forged replies, through `guitai charge`: a gateway that lies first, to the charge and to the question after it, and
//! then tells the truth. What the program says in the end is the truth.

use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use guitai::wechat::sign::{ApiKey, SignType, sign};
use guitai::wechat::xml::Fields;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio_rustls::server::TlsStream;

use super::hostile::identity;
use super::keyring::Keyring;
use super::shop::run_in;

const KEY: &str = "0123456789abcdef0123456789ABCDEF";
const MCH_ID: &str = "1900000042";
const APPID: &str = "wx0123456789abcdef";
const LIE: &str = "4200000015202611220000000666";

/// The gateway's own number of an order, made of its amount: no two orders have the same.
fn truth(fee: &str) -> String {
    format!("420000001520261122{fee:0>10}")
}

/// What the forger does to a reply that says "paid".
const FORGERIES: [&str; 13] = [
    "no sign",
    "empty sign",
    "wrong sign",
    "changed amount",
    "other order",
    "other merchant",
    "duplicate field",
    "MD5 for HMAC",
    "unsigned FAIL",
    "DOCTYPE",
    "entity bomb",
    "10 MB body",
    "slow drip",
];

fn signed(fields: &Fields, kind: SignType) -> String {
    fields.clone().with("sign", sign(fields, &ApiKey::new(KEY), kind)).to_xml()
}

fn changed(fields: &Fields, name: &str, value: &str) -> Fields {
    fields.iter().fold(Fields::new(), |all, (n, v)| all.with(n, if n == name { value } else { v }))
}

fn paid(number: &str, fee: &str, transaction: &str) -> Fields {
    Fields::new()
        .with("return_code", "SUCCESS")
        .with("appid", APPID)
        .with("mch_id", MCH_ID)
        .with("nonce_str", "5K8264ILTKCH16CQ2502SI8ZNMTM67VS")
        .with("result_code", "SUCCESS")
        .with("trade_state", "SUCCESS")
        .with("trade_type", "MICROPAY")
        .with("bank_type", "OTHERS")
        .with("total_fee", fee)
        .with("cash_fee", fee)
        .with("transaction_id", transaction)
        .with("out_trade_no", number)
        .with("time_end", "20261122120105")
}

/// The lie as it is sent; the drip never comes to its end.
fn forged(forgery: &str, claim: &Fields) -> String {
    let right = signed(claim, SignType::HmacSha256);
    match forgery {
        "no sign" => claim.to_xml(),
        "empty sign" => claim.to_xml().replace("</xml>", "<sign></sign></xml>"),
        "wrong sign" => claim.clone().with("sign", "0".repeat(64)).to_xml(),
        "changed amount" => signed(&changed(claim, "total_fee", "1"), SignType::HmacSha256),
        "other order" => signed(&changed(claim, "out_trade_no", "2026112212000001712346"), SignType::HmacSha256),
        "other merchant" => signed(&changed(claim, "mch_id", "1900000002"), SignType::HmacSha256),
        "duplicate field" => right.replace("<sign>", "<attach>a</attach><attach>a</attach><sign>"),
        "MD5 for HMAC" => signed(claim, SignType::Md5),
        "unsigned FAIL" => changed(claim, "return_code", "FAIL").to_xml(),
        "DOCTYPE" => format!("<!DOCTYPE xml>{right}"),
        "entity bomb" => {
            format!(
                "<!DOCTYPE xml [<!ENTITY a \"aa\"><!ENTITY b \"&a;&a;\">]>{}",
                right.replace("OTHERS", "]]>&b;<![CDATA[")
            )
        }
        "10 MB body" => signed(&claim.clone().with("attach", "x".repeat(10 << 20)), SignType::HmacSha256),
        "slow drip" => right,
        other => panic!("{other}"),
    }
}

/// What the gateway knows of an order.
#[derive(Clone)]
struct Order {
    forgery: &'static str,
    fee: String,
    /// Questions so far.
    asked: u32,
}

type Orders = Arc<Mutex<HashMap<String, Order>>>;

struct Forger {
    url: String,
    ca: String,
    orders: Orders,
    _runtime: Runtime,
}

impl Forger {
    fn start() -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
        let (tls, ca) = identity();
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).expect("a port");
        let url = format!("https://{}", listener.local_addr().expect("it listens"));
        let orders = Orders::default();
        let known = Arc::clone(&orders);
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (tls, known) = (tls.clone(), Arc::clone(&known));
                tokio::spawn(async move {
                    if let Ok(stream) = tls.accept(stream).await {
                        serve(stream, &known).await;
                    }
                });
            }
        });
        Self { url, ca, orders, _runtime: runtime }
    }
}

/// Answers one call and closes.
async fn serve(mut stream: TlsStream<TcpStream>, orders: &Orders) {
    let Some((path, document)) = read(&mut stream).await else { return };
    let Ok(request) = Fields::parse(document.as_bytes()) else { return };
    let number = request.get("out_trade_no").expect("every call here names its order").to_owned();
    let (body, drips) = reply(&path, &request, number, orders);
    let head = format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len());
    let mut sent = stream.write_all(head.as_bytes()).await;
    if drips {
        for byte in body.as_bytes() {
            tokio::time::sleep(Duration::from_millis(100)).await;
            sent = stream.write_all(&[*byte]).await;
            if sent.is_err() {
                return;
            }
        }
    } else if sent.is_ok() {
        // A client that has seen too much hangs up.
        let _may_be_gone = stream.write_all(body.as_bytes()).await;
    }
    let _may_be_gone = stream.shutdown().await;
}

fn reply(path: &str, request: &Fields, number: String, orders: &Orders) -> (String, bool) {
    let mut orders = orders.lock().expect("no test panics with it");
    if path == "/pay/micropay" {
        let fee = request.get("total_fee").expect("a charge has an amount").to_owned();
        let place = fee.parse::<usize>().expect("an amount") - 1001;
        let order = Order { forgery: FORGERIES[place], fee, asked: 0 };
        let body = forged(order.forgery, &paid(&number, &order.fee, LIE));
        let drips = order.forgery == "slow drip";
        orders.insert(number, order);
        return (body, drips);
    }
    assert_eq!(path, "/pay/orderquery");
    let order = orders.get_mut(&number).expect("it was charged");
    order.asked += 1;
    if order.asked == 1 {
        return (forged(order.forgery, &paid(&number, &order.fee, LIE)), order.forgery == "slow drip");
    }
    (signed(&paid(&number, &order.fee, &truth(&order.fee)), SignType::HmacSha256), false)
}

/// The path and the document of one request.
async fn read(stream: &mut TlsStream<TcpStream>) -> Option<(String, String)> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let path = head.split(' ').nth(1)?.to_owned();
            let length = head
                .to_lowercase()
                .split_once("content-length: ")
                .map_or(0, |(_, rest)| rest.lines().next().and_then(|length| length.parse().ok()).unwrap_or(0));
            if body.len() >= length {
                return Some((path, body.to_owned()));
            }
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}

#[test]
fn a_forged_reply_is_asked_after_and_the_truth_is_told() {
    let (home, keyring, forger) = (tempfile::tempdir().expect("a scratch folder"), Keyring::start(), Forger::start());
    let data = home.path().join("data");
    let ca = home.path().join("forger.pem");
    std::fs::write(&ca, &forger.ca).expect("a file");
    let run = |arguments: &[&str], input: &str| run_in(home.path(), &data, Some(&keyring), arguments, input);
    let ca = ca.to_str().expect("UTF-8");
    let options = ["--merchant-id", MCH_ID, "--app-id", APPID, "--gateway", &forger.url, "--gateway-ca", ca];
    run(&[&["setup", "--api-key-stdin"], &options[..]].concat(), KEY).assert(0, "accepted");

    let answers: Vec<_> = thread::scope(|scope| {
        let charges: Vec<_> = (0..FORGERIES.len())
            .map(|place| {
                let (amount, code) = (format!("10.{:02}", place + 1), format!("13456789012345{:04}", 6700 + place));
                scope.spawn(move || run(&["charge", &amount, "--code", &code], ""))
            })
            .collect();
        charges.into_iter().map(|charge| charge.join().expect("a charge ends")).collect()
    });
    let orders = forger.orders.lock().expect("no test panics with it");
    for (place, (forgery, answer)) in FORGERIES.iter().zip(&answers).enumerate() {
        let truth = truth(&(1001 + place).to_string());
        assert_eq!(answer.result["transaction_id"], truth, "{forgery}: {}", answer.all);
        answer.assert(0, "paid");
        assert_eq!(answer.result["total_fee"], 1001 + place, "{forgery}");
        assert!(!answer.all.contains(LIE), "{forgery}: {}", answer.all);
        let number = answer.result["out_trade_no"].as_str().expect("a number");
        assert!(orders[number].asked >= 2, "{forgery}: asked after, and again");
    }
}
