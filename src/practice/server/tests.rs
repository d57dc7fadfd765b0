//! The server by a real TLS client, and several processes' worth of servers over one folder.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use reqwest::{Certificate, Client, Identity};
use tempfile::TempDir;

use super::*;
use crate::practice::{Button, Customer, PhoneScreen};
use crate::wechat::sign::{ApiKey, SignType, sign, verify};
use crate::wechat::xml::Fields;

fn anywhere() -> SocketAddr {
    (Ipv4Addr::LOCALHOST, 0).into()
}

fn in_memory() -> Practice {
    Practice::start(None, anywhere()).unwrap()
}

fn in_folder(dir: &TempDir) -> Practice {
    Practice::start(Some(dir.path().to_owned()), anywhere()).unwrap()
}

fn builder(practice: &Practice) -> reqwest::ClientBuilder {
    // Another test may have been first; either way there is one.
    let _there = rustls::crypto::ring::default_provider().install_default();
    let ca = Certificate::from_pem(practice.ca_pem().as_bytes()).unwrap();
    Client::builder().tls_certs_only([ca]).no_proxy().timeout(Duration::from_secs(20))
}

fn client(practice: &Practice) -> Client {
    builder(practice).build().unwrap()
}

fn signed(practice: &Practice, params: &[(&str, &str)]) -> String {
    let mut fields = Fields::new()
        .with("appid", practice.appid())
        .with("mch_id", practice.mch_id())
        .with("nonce_str", "1")
        .with("sign_type", "HMAC-SHA256");
    for (name, value) in params {
        fields.push(name, *value);
    }
    let signature = sign(&fields, &ApiKey::new(practice.api_key()), SignType::HmacSha256);
    fields.with("sign", signature).to_xml()
}

async fn call(client: &Client, practice: &Practice, path: &str, params: &[(&str, &str)]) -> Fields {
    let url = format!("{}{path}", practice.url());
    let reply = client.post(url).body(signed(practice, params)).send().await.unwrap();
    assert_eq!(reply.status(), 200);
    let fields = Fields::parse(&reply.bytes().await.unwrap()).unwrap();
    verify(fields, &ApiKey::new(practice.api_key()), SignType::HmacSha256).unwrap().fields().clone()
}

fn charge<'a>(number: &'a str, code: &'a str) -> [(&'a str, &'a str); 5] {
    [
        ("body", "test"),
        ("out_trade_no", number),
        ("total_fee", "1250"),
        ("spbill_create_ip", "127.0.0.1"),
        ("auth_code", code),
    ]
}

fn order(number: &str) -> [(&str, &str); 7] {
    [
        ("body", "test"),
        ("out_trade_no", number),
        ("total_fee", "1250"),
        ("spbill_create_ip", "127.0.0.1"),
        ("notify_url", "https://till.invalid/"),
        ("trade_type", "NATIVE"),
        ("product_id", number),
    ]
}

/// Waits until the phone shows what is wanted; each step is a change that it reports.
async fn until(phone: &mut Phone, fits: impl Fn(&PhoneScreen) -> bool) {
    let waited = timeout(Duration::from_secs(20), async {
        while !fits(&phone.view().screen) {
            phone.changed().await.unwrap();
        }
    });
    waited.await.unwrap();
}

#[tokio::test]
async fn a_charge_over_tls_is_paid_and_found() {
    let practice = in_memory();
    let client = client(&practice);
    let code = practice.phone().show_code();
    let paid = call(&client, &practice, "/pay/micropay", &charge("A00001", code.expose())).await;
    assert_eq!(paid.get("result_code"), Some("SUCCESS"));
    let found = call(&client, &practice, "/pay/orderquery", &[("out_trade_no", "A00001")]).await;
    assert_eq!(found.get("transaction_id"), paid.get("transaction_id"));
    assert_eq!(practice.trace().len(), 1);
    assert!(practice.trace()[0].to_string().ends_with("¥12.50 order …0001: paid"));
}

#[tokio::test]
async fn an_order_is_paid_by_the_panel_and_the_phone_says_so() {
    let practice = in_memory();
    let client = client(&practice);
    let mut phone = practice.phone();
    phone.set_customer(Customer::Panel);
    call(&client, &practice, "/pay/unifiedorder", &order("A00001")).await;
    until(&mut phone, |screen| matches!(screen, PhoneScreen::QrCode(_))).await;
    phone.press(Button::Pay);
    until(&mut phone, |screen| matches!(screen, PhoneScreen::Paid(_))).await;
    let found = call(&client, &practice, "/pay/orderquery", &[("out_trade_no", "A00001")]).await;
    assert_eq!(found.get("trade_state"), Some("SUCCESS"));
}

#[tokio::test]
async fn the_phone_pays_by_itself_without_being_asked() {
    let practice = in_memory();
    let mut phone = practice.phone();
    assert_eq!(phone.view().customer, Customer::Pays);
    call(&client(&practice), &practice, "/pay/unifiedorder", &order("A00001")).await;
    until(&mut phone, |screen| matches!(screen, PhoneScreen::Paid(_))).await;
}

#[tokio::test]
async fn shown_codes_differ_and_are_charged_to_one_payer() {
    let practice = in_memory();
    let phone = practice.phone();
    let client = client(&practice);
    let (first, second) = (phone.show_code(), phone.clone().show_code());
    assert_ne!(first, second);
    let mut payers = Vec::new();
    for (number, code) in [("A00001", first), ("A00002", second)] {
        let paid = call(&client, &practice, "/pay/micropay", &charge(number, code.expose())).await;
        payers.push(paid.get("openid").unwrap().to_owned());
    }
    assert_eq!(payers[0], payers[1]);
}

#[tokio::test]
async fn bad_signatures_other_methods_and_paths_are_refused() {
    let practice = in_memory();
    let client = client(&practice);
    let url = |path: &str| format!("{}{path}", practice.url());
    let body = signed(&practice, &[("out_trade_no", "A00001")]).replace("A00001", "A00002");
    let reply = client.post(url("/pay/orderquery")).body(body).send().await.unwrap();
    assert_eq!(reply.headers()[CONTENT_TYPE], "text/xml; charset=utf-8");
    assert!(reply.text().await.unwrap().contains("签名错误"));

    let reply = client.get(url("/pay/orderquery")).send().await.unwrap();
    assert!(reply.text().await.unwrap().contains("REQUIRE_POST_METHOD"));

    let reply = client.post(url("/pay/nothing")).send().await.unwrap();
    assert_eq!(reply.status(), 404);
    assert!(reply.text().await.unwrap().starts_with("<html>"));

    let reply = client.post(url("/pay/orderquery")).body(vec![b'a'; MAX_BODY + 1]).send().await.unwrap();
    assert_eq!(reply.status(), 413);
}

#[tokio::test]
async fn the_five_minutes_before_a_close_can_be_turned_off() {
    let practice = in_memory();
    let client = client(&practice);
    call(&client, &practice, "/pay/unifiedorder", &order("A00001")).await;
    let closed = call(&client, &practice, "/pay/closeorder", &[("out_trade_no", "A00001")]).await;
    assert_eq!(closed.get("err_code"), Some("INVALID_REQUEST"));
    practice.set_rules(Rules { five_minutes_before_close: false, ..Rules::default() });
    let closed = call(&client, &practice, "/pay/closeorder", &[("out_trade_no", "A00001")]).await;
    assert_eq!(closed.get("result_code"), Some("SUCCESS"));
}

#[tokio::test]
async fn the_test_header_arrives() {
    let practice = in_memory();
    let request = client(&practice)
        .post(format!("{}/pay/micropay", practice.url()))
        .header("Wechatpay-Negative-Test", "MICROPAY_USERPAYING")
        .body(signed(&practice, &charge("A00001", "134567890123456789")));
    assert!(request.send().await.unwrap().text().await.unwrap().contains("USERPAYING"));
}

#[tokio::test]
async fn a_client_without_the_authority_does_not_connect() {
    let (practice, other) = (in_memory(), in_memory());
    let stranger = client(&other).post(format!("{}/pay/orderquery", practice.url())).send().await;
    assert!(stranger.unwrap_err().is_connect());
}

#[tokio::test]
async fn the_name_localhost_is_certified_too() {
    let practice = in_memory();
    let url = format!("https://localhost:{}/pay/nothing", practice.address.port());
    let client = builder(&practice).resolve("localhost", practice.address).build().unwrap();
    assert_eq!(client.post(url).send().await.unwrap().status(), 404);
}

#[tokio::test]
async fn the_merchants_certificate_is_accepted() {
    let practice = in_memory();
    let pem = format!("{}{}", practice.client_pem(), practice.client_key_pem());
    let identity = Identity::from_pem(pem.as_bytes()).unwrap();
    let client = builder(&practice).identity(identity).build().unwrap();
    let found = call(&client, &practice, "/pay/orderquery", &[("out_trade_no", "A00001")]).await;
    assert_eq!(found.get("err_code"), Some("ORDERNOTEXIST"));
}

#[tokio::test]
async fn another_authoritys_certificate_is_not() {
    let (practice, other) = (in_memory(), in_memory());
    let pem = format!("{}{}", other.client_pem(), other.client_key_pem());
    let identity = Identity::from_pem(pem.as_bytes()).unwrap();
    let client = builder(&practice).identity(identity).build().unwrap();
    assert!(client.post(practice.url()).send().await.is_err());
}

/// Two requests over one TLS connection, byte by byte under control.
#[test]
fn a_connection_serves_many_requests() {
    let practice = in_memory();
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(practice.ca_pem().as_bytes()).unwrap()).unwrap();
    let mut config = rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let name = "127.0.0.1".try_into().unwrap();
    let connection = rustls::ClientConnection::new(Arc::new(config), name).unwrap();
    let socket = std::net::TcpStream::connect(practice.address).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let mut stream = rustls::StreamOwned::new(connection, socket);
    for number in ["A00001", "A00002", "A00003"] {
        let body = signed(&practice, &[("out_trade_no", number)]);
        let head = format!("POST /pay/orderquery HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n", body.len());
        stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
        let mut reply = Vec::new();
        let mut chunk = [0; 4096];
        while !reply.ends_with(b"</xml>") {
            let read = stream.read(&mut chunk).unwrap();
            assert_ne!(read, 0, "the connection ended");
            reply.extend_from_slice(&chunk[..read]);
        }
        assert!(reply.starts_with(b"HTTP/1.1 200 OK"));
    }
    assert_eq!(stream.conn.alpn_protocol(), Some(&b"http/1.1"[..]));
}

#[test]
fn only_this_machine_is_listened_on() {
    let everywhere = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
    assert_eq!(Practice::start(None, everywhere).unwrap_err(), PracticeError::NotLoopback(everywhere));
}

#[test]
fn a_taken_port_is_named() {
    let first = in_memory();
    let error = Practice::start(None, first.address).unwrap_err();
    assert_eq!(error, PracticeError::Listen { address: first.address, kind: io::ErrorKind::AddrInUse });
}

#[test]
fn dropping_it_ends_it_at_once_even_with_an_open_connection() {
    let practice = in_memory();
    let address = practice.address;
    let _idle = std::net::TcpStream::connect(address).unwrap();
    let phone = practice.phone();
    let begun = Instant::now();
    drop(practice);
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    assert!(std::net::TcpStream::connect(address).is_err());
    phone.press(Button::Pay);
    assert_eq!(phone.view().screen, PhoneScreen::Idle);
}

#[tokio::test]
async fn two_on_one_folder_see_one_book() {
    let dir = tempfile::tempdir().unwrap();
    let (one, two) = (in_folder(&dir), in_folder(&dir));
    assert_eq!(one.ca_pem(), two.ca_pem(), "one authority");
    one.phone().set_customer(Customer::Panel);
    let (to_one, to_two) = (client(&one), client(&two));
    call(&to_one, &one, "/pay/unifiedorder", &order("A00001")).await;
    let found = call(&to_two, &two, "/pay/orderquery", &[("out_trade_no", "A00001")]).await;
    assert_eq!(found.get("trade_state"), Some("NOTPAY"));

    one.phone().press(Button::Pay);
    until(&mut one.phone(), |screen| matches!(screen, PhoneScreen::Paid(_))).await;
    let found = call(&to_two, &two, "/pay/orderquery", &[("out_trade_no", "A00001")]).await;
    assert_eq!(found.get("trade_state"), Some("SUCCESS"));

    // A code that one showed is used up by two, for both.
    let code = one.phone().show_code();
    let shown = timeout(Duration::from_secs(20), async {
        let mut phone = one.phone();
        while phone.view().code.is_none() {
            phone.changed().await.unwrap();
        }
    });
    shown.await.unwrap();
    let paid = call(&to_two, &two, "/pay/micropay", &charge("A00002", code.expose())).await;
    assert_eq!(paid.get("result_code"), Some("SUCCESS"));
    let again = call(&to_one, &one, "/pay/micropay", &charge("A00003", code.expose())).await;
    assert_eq!(again.get("err_code"), Some("AUTH_CODE_ERROR"));
}

#[tokio::test]
async fn each_process_has_its_own_customer() {
    let dir = tempfile::tempdir().unwrap();
    let (one, two) = (in_folder(&dir), in_folder(&dir));
    one.phone().set_customer(Customer::Declines);
    let refused = call(&client(&one), &one, "/pay/micropay", &charge("A00001", "134567890123456789")).await;
    assert_eq!(refused.get("err_code"), Some("NOTENOUGH"));
    let paid = call(&client(&two), &two, "/pay/micropay", &charge("A00002", "135567890123456789")).await;
    assert_eq!(paid.get("result_code"), Some("SUCCESS"));
}

#[tokio::test]
async fn many_requests_from_two_servers_lose_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let servers = [in_folder(&dir), in_folder(&dir)];
    let numbers: Vec<String> = (0..40).map(|n| format!("A{n:05}")).collect();
    let codes: Vec<String> = (0..40).map(|n| format!("13{n:06}0123456789")).collect();
    let clients = servers.each_ref().map(client);
    let charges = numbers.iter().zip(&codes).enumerate().map(|(n, (number, code))| {
        let (server, client) = (&servers[n % 2], &clients[n % 2]);
        async move { call(client, server, "/pay/micropay", &charge(number, code)).await }
    });
    for reply in futures::future::join_all(charges).await {
        assert_eq!(reply.get("result_code"), Some("SUCCESS"));
    }
    for (n, number) in numbers.iter().enumerate() {
        let (server, client) = (&servers[(n + 1) % 2], &clients[(n + 1) % 2]);
        let found = call(client, server, "/pay/orderquery", &[("out_trade_no", number)]).await;
        assert_eq!(found.get("trade_state"), Some("SUCCESS"), "{number}");
    }
}

#[tokio::test]
async fn books_and_certificates_outlive_the_server() {
    let dir = tempfile::tempdir().unwrap();
    let first = in_folder(&dir);
    let ca = first.ca_pem().to_owned();
    let paid = call(&client(&first), &first, "/pay/micropay", &charge("A00001", "134567890123456789")).await;
    drop(first);

    let second = in_folder(&dir);
    assert_eq!(second.ca_pem(), ca);
    assert_eq!(std::fs::read_to_string(second.ca_file().unwrap()).unwrap(), ca);
    let (certificate, key) = second.client_files().unwrap();
    assert_eq!(std::fs::read_to_string(certificate).unwrap(), second.client_pem());
    assert_eq!(std::fs::read_to_string(key).unwrap(), second.client_key_pem());
    let found = call(&client(&second), &second, "/pay/orderquery", &[("out_trade_no", "A00001")]).await;
    assert_eq!(found.get("transaction_id"), paid.get("transaction_id"));
}

#[test]
fn damaged_books_are_not_overwritten() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("books.json");
    std::fs::write(&path, b"{\"format\":").unwrap();
    let error = Practice::start(Some(dir.path().to_owned()), anywhere()).unwrap_err();
    assert_eq!(error, PracticeError::Books(StoreError::Damaged { path: path.clone() }));
    assert_eq!(std::fs::read(&path).unwrap(), b"{\"format\":");
}

/// What a client is told, over a listener that answers each time what it is given; ends after the last answer.
fn told(answers: &'static [&'static str]) -> (String, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind(anywhere()).unwrap();
    let url = format!("http://{}/told", listener.local_addr().unwrap());
    let listening = thread::spawn(move || {
        let one = |answer: &&str| {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = Vec::new();
            while !request.ends_with(b"</xml>") {
                let mut part = [0; 4096];
                let read = stream.read(&mut part).unwrap();
                assert!(read > 0, "a whole document comes");
                request.extend_from_slice(&part[..read]);
            }
            let head = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length:";
            write!(stream, "{head} {}\r\n\r\n{answer}", answer.len()).unwrap();
            String::from_utf8(request).unwrap()
        };
        answers.iter().map(one).collect()
    });
    (url, listening)
}

#[tokio::test]
async fn a_client_that_listens_is_told_of_a_payment() {
    let practice = in_memory();
    let (url, listening) = told(&["<xml><return_code>SUCCESS</return_code></xml>"]);
    let mut params = order("A00001");
    params[4] = ("notify_url", &url);
    let mut lines = practice.follow();
    call(&client(&practice), &practice, "/pay/unifiedorder", &params).await;
    let waited = timeout(Duration::from_secs(20), async {
        while let Some(line) = lines.recv().await {
            if line.what.ends_with("the client took the notification") {
                return;
            }
        }
    });
    waited.await.unwrap();
    let request = listening.join().unwrap().remove(0);
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /told HTTP/1.1"), "{head}");
    let fields = Fields::parse(body.as_bytes()).unwrap();
    let told = verify(fields, &ApiKey::new(practice.api_key()), SignType::HmacSha256).unwrap();
    assert_eq!(told.get("out_trade_no"), Some("A00001"));
}

#[tokio::test]
async fn a_client_that_says_no_is_told_again() {
    let practice = in_memory();
    let (url, listening) = told(&["<xml><return_code>FAIL</return_code></xml>"]);
    let mut params = order("A00001");
    params[4] = ("notify_url", &url);
    let mut lines = practice.follow();
    call(&client(&practice), &practice, "/pay/unifiedorder", &params).await;
    let waited = timeout(Duration::from_secs(20), async {
        while let Some(line) = lines.recv().await {
            if line.what.contains("did not take the notification; again in 1") {
                return;
            }
        }
    });
    waited.await.unwrap();
    listening.join().unwrap();
}

#[tokio::test]
async fn a_refund_over_tls_comes_back_and_its_sends_are_logged() {
    let practice = in_memory();
    let identity = format!("{}{}", practice.client_pem(), practice.client_key_pem());
    let client = builder(&practice).identity(Identity::from_pem(identity.as_bytes()).unwrap()).build().unwrap();
    practice.set_rules(Rules { refund_takes: Duration::from_millis(50), ..Rules::default() });
    let mut lines = practice.follow();
    let code = practice.phone().show_code();
    call(&client, &practice, "/pay/micropay", &charge("A00001", code.expose())).await;
    let params = [("out_trade_no", "A00001"), ("out_refund_no", "R1"), ("total_fee", "1250"), ("refund_fee", "50")];
    for _ in 0..2 {
        let refunded = call(&client, &practice, "/secapi/pay/refund", &params).await;
        assert_eq!(refunded.get("refund_fee"), Some("50"));
    }
    let waited = timeout(Duration::from_secs(20), async {
        while let Some(line) = lines.recv().await {
            if line.what.ends_with("is back with the customer") {
                return;
            }
        }
    });
    waited.await.unwrap();
    let found = call(&client, &practice, "/pay/refundquery", &[("out_refund_no", "R1")]).await;
    assert_eq!(found.get("refund_status_0"), Some("SUCCESS"));
    let sends = practice.refund_sends();
    assert_eq!(
        sends.iter().map(|send| (send.answer, send.took_effect)).collect::<Vec<_>>(),
        [("SUCCESS", true), ("SUCCESS", false)]
    );
}
