use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::net::{TcpListener, TcpSocket};

use super::server::{Play, Server, http, ok};
use super::*;
use crate::payment::{Answer, ChargeAnswer, CloseAnswer, CreateAnswer, Doubt, NotSent, ReverseAnswer};
use crate::wechat::request::Merchant;
use crate::wechat::samples::{self, TRANSACTION, body, failure, order, paid, reply, without};
use crate::wechat::xml::Fields;

/// Generous, so that a slow machine doesn't fail the tests that should be answered.
const LONG: Duration = Duration::from_secs(30);

const LIMITS: Limits = Limits { connect: LONG, charge: LONG, other: LONG };

pub(super) fn config(url: &str, ca: &str) -> Config {
    let Merchant { appid, mch_id, sub, api_key, other_api_key, sign_type } = samples::merchant();
    Config {
        appid,
        mch_id,
        sub,
        api_key,
        other_api_key,
        sign_type,
        gateway: url.to_owned(),
        ca_pem: Some(ca.to_owned()),
        certificate: None,
    }
}

fn client_of(server: &Server, limits: Limits) -> Client {
    Client::with_limits(config(&server.url, &server.ca), limits).unwrap()
}

async fn start(script: impl Fn(&str) -> Play + Send + Sync + 'static) -> Server {
    Server::start("127.0.0.1", script).await
}

async fn charge(client: &Client) -> Reply {
    client.send(&order(), Call::Charge(samples::code())).await
}

/// Each call against a server that always plays the same.
async fn all_calls(client: &Client) -> Vec<Answer> {
    let mut answers = Vec::new();
    for call in [Call::Create, Call::Charge(samples::code()), Call::Query, Call::Close] {
        answers.push(client.send(&order(), call).await.answer);
    }
    answers
}

fn all_unknown(doubt: &Doubt) -> Vec<Answer> {
    vec![
        Answer::Created(CreateAnswer::Unknown(doubt.clone())),
        Answer::Charged(ChargeAnswer::Unknown(doubt.clone())),
        Answer::Queried(QueryAnswer::Unknown(doubt.clone())),
        Answer::Closed(CloseAnswer::Unknown(doubt.clone())),
    ]
}

fn all_not_sent(why: &NotSent) -> Vec<Answer> {
    vec![
        Answer::Created(CreateAnswer::NotSent(why.clone())),
        Answer::Charged(ChargeAnswer::NotSent(why.clone())),
        Answer::Queried(QueryAnswer::NotSent(why.clone())),
        Answer::Closed(CloseAnswer::NotSent(why.clone())),
    ]
}

#[tokio::test]
async fn a_payment_goes_over_one_warm_connection() {
    let server = start(|path| {
        let fields = match path {
            "/pay/unifiedorder" => reply("SUCCESS").with("code_url", "weixin://wxpay/bizpayurl?pr=abc"),
            "/pay/micropay" => paid(&order()),
            "/pay/orderquery" => paid(&order()).with("trade_state", "SUCCESS"),
            "/pay/closeorder" => reply("SUCCESS"),
            _ => return Play::Answer(http("404 Not Found", "")),
        };
        Play::Answer(ok(&body(&fields)))
    })
    .await;
    let client = client_of(&server, LIMITS);
    client.warm_up().await;
    let answers = all_calls(&client).await;
    assert_eq!(answers[0], Answer::Created(CreateAnswer::Picture("weixin://wxpay/bizpayurl?pr=abc".to_owned())));
    assert!(
        matches!(&answers[1], Answer::Charged(ChargeAnswer::Paid(receipt)) if receipt.total_fee == order().total_fee)
    );
    assert!(matches!(&answers[2], Answer::Queried(QueryAnswer::Paid(_))));
    assert_eq!(answers[3], Answer::Closed(CloseAnswer::Closed));
    let expected = [
        "HEAD / HTTP/1.1",
        "POST /pay/unifiedorder HTTP/1.1",
        "POST /pay/micropay HTTP/1.1",
        "POST /pay/orderquery HTTP/1.1",
        "POST /pay/closeorder HTTP/1.1",
    ];
    assert_eq!(server.requests(), expected);
    assert_eq!(server.accepted(), 1);
}

#[tokio::test]
async fn orders_are_looked_up_by_either_number() {
    let server = start(|_| Play::Answer(ok(&body(&paid(&order()).with("trade_state", "NOTPAY"))))).await;
    let client = client_of(&server, LIMITS);
    let ours = order().out_trade_no;
    for number in [ours.as_str(), TRANSACTION] {
        let found = client.look_up(number).await.unwrap().unwrap();
        assert_eq!((found.out_trade_no, found.state), (ours.clone(), QueryAnswer::Unpaid));
    }
    assert_eq!(client.look_up("说明").await, Ok(None));
    assert_eq!(server.requests().len(), 2, "what can't be a number isn't asked for");
}

#[tokio::test]
async fn what_is_not_a_reply_is_not_understood() {
    let right = body(&paid(&order()));
    for (what, bytes) in [
        ("captive portal", ok("<html><body>Welcome, please log in</body></html>")),
        ("doctype", ok("<!DOCTYPE html><html></html>")),
        ("empty", ok("")),
        ("502", http("502 Bad Gateway", "<html>502</html>")),
        ("500 with a signed reply", http("500 Internal Server Error", &right)),
        ("429", http("429 Too Many Requests", "")),
        ("204", b"HTTP/1.1 204 No Content\r\n\r\n".to_vec()),
        ("2 MB", ok(&format!("<xml><a>{}</a></xml>", "x".repeat(2 << 20)))),
    ] {
        let server = start(move |_| Play::Answer(bytes.clone())).await;
        let client = client_of(&server, LIMITS);
        assert_eq!(all_calls(&client).await, all_unknown(&Doubt::NotUnderstood), "{what}");
        assert_eq!(server.requests().len(), 4, "{what}: each was sent once");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let right = body(&paid(&order()));
    let server = start(move |path| {
        if path == "/elsewhere" {
            return Play::Answer(ok(&right));
        }
        let redirect = "HTTP/1.1 307 Temporary Redirect\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n";
        Play::Answer(redirect.as_bytes().to_vec())
    })
    .await;
    let client = client_of(&server, LIMITS);
    assert_eq!(all_calls(&client).await, all_unknown(&Doubt::NotUnderstood));
    assert!(server.requests().iter().all(|line| line.starts_with("POST /pay/")));
}

#[tokio::test]
async fn a_connection_lost_after_sending_is_no_answer() {
    let right = ok(&body(&paid(&order())));
    for (what, bytes) in [
        ("closed at once", Vec::new()),
        ("cut in the status line", right[..12].to_vec()),
        ("cut in the head", right[..40].to_vec()),
        ("cut in the body", right[..right.len() - 1].to_vec()),
    ] {
        let server = start(move |_| Play::AnswerAndClose(bytes.clone())).await;
        let client = client_of(&server, LIMITS);
        assert_eq!(all_calls(&client).await, all_unknown(&Doubt::NoAnswer), "{what}");
        assert_eq!(server.requests().len(), 4, "{what}: each was sent once");
    }
}

#[tokio::test]
async fn a_charge_lost_on_a_reused_connection_is_not_sent_again() {
    let count = AtomicUsize::new(0);
    let server = start(move |_| match count.fetch_add(1, Ordering::SeqCst) {
        0 => Play::Answer(ok(&body(&failure("SYSTEMERROR")))),
        _ => Play::AnswerAndClose(Vec::new()),
    })
    .await;
    let client = client_of(&server, LIMITS);
    client.send(&order(), Call::Query).await;
    assert_eq!(charge(&client).await.answer, Answer::Charged(ChargeAnswer::Unknown(Doubt::NoAnswer)));
    assert_eq!(server.requests().len(), 2, "the query, the charge once");
    assert_eq!(server.accepted(), 1);
}

#[tokio::test]
async fn a_charge_after_the_server_closed_the_kept_connection_is_sent_at_most_once() {
    let server = start(|_| Play::AnswerAndClose(ok(&body(&paid(&order()))))).await;
    let client = client_of(&server, LIMITS);
    for _ in 0..5 {
        let before = server.requests().len();
        // Whether the client sees the end in time is the network's affair; that it doesn't send twice is ours.
        match charge(&client).await.answer {
            Answer::Charged(ChargeAnswer::Paid(_)) => {
                assert_eq!(server.requests().len(), before + 1);
                server.closed().await;
            }
            Answer::Charged(ChargeAnswer::Unknown(Doubt::NoAnswer)) => {
                assert_eq!(server.requests().len(), before);
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_reply_that_drips_ends_within_the_limit() {
    let soon = Duration::from_millis(300);
    for head in ["HTTP/1.1 200 OK\r\nX-Slow: ", "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"] {
        let server = start(move |_| Play::Drip(head.as_bytes().to_vec())).await;
        let client = client_of(&server, Limits { charge: soon, other: soon, ..LIMITS });
        let began = Instant::now();
        assert_eq!(all_calls(&client).await, all_unknown(&Doubt::NoAnswer));
        let took = began.elapsed();
        assert!(took >= soon && took < LONG / 2, "{took:?}");
    }
}

#[tokio::test]
async fn a_stranger_is_not_trusted_and_nothing_is_sent() {
    let server = start(|_| Play::Answer(ok(""))).await;
    let other = start(|_| Play::Answer(ok(""))).await;
    let client = Client::with_limits(config(&server.url, &other.ca), LIMITS).unwrap();
    assert_eq!(all_calls(&client).await, all_not_sent(&NotSent::Untrusted));
    assert!(server.requests().is_empty());

    let namesake = Server::start("shop.example", |_| Play::Answer(ok(""))).await;
    let client = client_of(&namesake, LIMITS);
    assert_eq!(all_calls(&client).await, all_not_sent(&NotSent::Untrusted), "a certificate for another name");

    let without_ca = Config { ca_pem: None, ..config(&server.url, "") };
    match Client::with_limits(without_ca, LIMITS) {
        Ok(client) => assert_eq!(all_calls(&client).await, all_not_sent(&NotSent::Untrusted), "the system's roots"),
        // A machine without certificate authorities trusts nobody.
        Err(error) => assert_eq!(error, ConfigError::NoTls),
    }
}

#[tokio::test]
async fn nobody_there_is_offline() {
    // Bound, so that nobody else gets the port, but not listening.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let url = format!("https://{}", socket.local_addr().unwrap());
    let ca = start(|_| Play::Answer(ok(""))).await.ca;
    let client = Client::with_limits(config(&url, &ca), LIMITS).unwrap();
    assert_eq!(all_calls(&client).await, all_not_sent(&NotSent::Offline));
    let look_up = client.look_up(TRANSACTION).await;
    assert_eq!(look_up, Err(QueryAnswer::NotSent(NotSent::Offline)));

    let unknown_host = Client::with_limits(config("https://gateway.invalid", &ca), LIMITS).unwrap();
    assert_eq!(all_calls(&unknown_host).await, all_not_sent(&NotSent::Offline));
}

#[tokio::test]
async fn a_handshake_that_hangs_is_offline_for_nothing_was_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let ca = start(|_| Play::Answer(ok(""))).await.ca;
    let client =
        Client::with_limits(config(&url, &ca), Limits { connect: Duration::from_millis(200), ..LIMITS }).unwrap();
    assert_eq!(
        charge(&client).await,
        Reply { answer: Answer::Charged(ChargeAnswer::NotSent(NotSent::Offline)), raw: None }
    );
}

#[tokio::test]
async fn plain_http_is_not_trusted() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            use tokio::io::AsyncWriteExt;
            stream.write_all(&http("400 Bad Request", "plain HTTP")).await.unwrap();
        }
    });
    let ca = start(|_| Play::Answer(ok(""))).await.ca;
    let client = Client::with_limits(config(&url, &ca), LIMITS).unwrap();
    assert_eq!(all_calls(&client).await, all_not_sent(&NotSent::Untrusted));
}

#[tokio::test]
async fn a_reverse_is_not_sent_without_a_certificate() {
    let server = start(|_| Play::Answer(ok(""))).await;
    let reply = client_of(&server, LIMITS).send(&order(), Call::Reverse).await;
    let expected = Answer::Reversed(ReverseAnswer::NotSent(NotSent::NoCertificate));
    assert_eq!(reply, Reply { answer: expected, raw: None });
    assert_eq!(server.accepted(), 0);
}

#[tokio::test]
async fn the_raw_reply_is_kept_without_secrets() {
    let echo = paid(&order()).with("echo", "134567890123456789");
    let whole = body(&echo);
    let server = start(move |_| Play::Answer(ok(&whole))).await;
    let raw = charge(&client_of(&server, LIMITS)).await.raw.unwrap();
    assert!(raw.contains(TRANSACTION) && raw.contains(order().out_trade_no.as_str()), "{raw}");
    for secret in ["134567890123456789", "oUpF8uMuAJO", &echo_sign(&echo)] {
        assert!(!raw.contains(secret), "{raw}");
    }

    let portal = start(|_| Play::Answer(http("502 Bad Gateway", "<html>502</html>"))).await;
    assert_eq!(charge(&client_of(&portal, LIMITS)).await.raw, Some("<html>502</html>".to_owned()));
}

fn echo_sign(fields: &Fields) -> String {
    let merchant = samples::merchant();
    super::super::sign::sign(fields, &merchant.api_key, merchant.sign_type)
}

#[test]
fn settings_are_checked_before_anything_is_sent() {
    let right = Config { ca_pem: None, ..config("https://127.0.0.1:1/", "") };
    let error = |config| Client::new(config).map(|_| ()).unwrap_err();
    for (gateway, expected) in [
        ("http://api.mch.weixin.qq.com", ConfigError::NotHttps),
        ("ftp://x", ConfigError::NotHttps),
        ("api.mch.weixin.qq.com", ConfigError::NotAUrl),
        ("", ConfigError::NotAUrl),
        ("https://user:word@host", ConfigError::NotAUrl),
        ("https://host/?a=b", ConfigError::NotAUrl),
    ] {
        assert_eq!(error(Config { gateway: gateway.to_owned(), ..right.clone() }), expected, "{gateway}");
    }
    for pem in ["", "not a certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        assert_eq!(error(Config { ca_pem: Some(pem.to_owned()), ..right.clone() }), ConfigError::BadCa, "{pem}");
    }
    let no_key = Config { api_key: ApiKey::new(""), ..right.clone() };
    assert_eq!(error(no_key), ConfigError::Empty { field: "api_key" });
    assert_eq!(error(Config { appid: String::new(), ..right.clone() }), ConfigError::Empty { field: "appid" });
    assert_eq!(error(Config { mch_id: String::new(), ..right }), ConfigError::Empty { field: "mch_id" });
}

#[tokio::test]
async fn nothing_shows_the_key() {
    let server = start(|_| Play::Answer(ok(""))).await;
    let config = config(&server.url, &server.ca);
    let shown = format!("{config:?} {:?}", Client::new(config.clone()).unwrap());
    assert!(shown.contains("1900000001") && !shown.contains("0123456789abcdef"), "{shown}");
}

/// A server that signs by `key`, and objects to requests that aren't signed by it.
async fn start_with_key(key: &'static str) -> Server {
    Server::start_reading("127.0.0.1", move |_, document| {
        let merchant = Merchant { api_key: ApiKey::new(key), ..samples::merchant() };
        let request = Fields::parse(document.as_bytes()).unwrap();
        if merchant.verify(request).is_err() {
            let refused = Fields::new().with("return_code", "FAIL").with("return_msg", "签名错误");
            return Play::Answer(ok(&refused.to_xml()));
        }
        let fields = paid(&order()).with("trade_state", "SUCCESS").with("recall", "N");
        let sign = super::super::sign::sign(&fields, &merchant.api_key, merchant.sign_type);
        Play::Answer(ok(&fields.with("sign", sign).to_xml()))
    })
    .await
}

const OLD: &str = "0123456789abcdef0123456789ABCDEF";
const NEW: &str = "fedcba9876543210fedcba9876543210";

fn with_keys(server: &Server, current: &str, other: Option<&str>) -> Client {
    let config = Config {
        api_key: ApiKey::new(current),
        other_api_key: other.map(ApiKey::new),
        ..config(&server.url, &server.ca)
    };
    Client::with_limits(config, LIMITS).unwrap()
}

#[tokio::test]
async fn while_the_key_is_changed_either_serves() {
    for (current, other) in [(NEW, OLD), (OLD, NEW)] {
        let server = start_with_key(OLD).await;
        let client = with_keys(&server, current, Some(other));
        let answer = client.send(&order(), Call::Query).await.answer;
        assert!(matches!(answer, Answer::Queried(QueryAnswer::Paid(_))), "{answer:?}");
        let asked = server.requests().len();
        assert_eq!(asked, if current == OLD { 1 } else { 2 });
        let answer = charge(&client).await.answer;
        assert!(
            matches!(answer, Answer::Charged(ChargeAnswer::Paid(_))),
            "signed by the key that was taken: {answer:?}"
        );
        assert!(client.look_up(order().out_trade_no.as_str()).await.unwrap().is_some());
        assert_eq!(server.requests().len(), asked + 2, "one try each");
    }
}

#[tokio::test]
async fn a_refused_key_is_told_when_there_is_no_other() {
    let unsigned = Doubt::Unsigned { text: "签名错误".to_owned() };
    let server = start_with_key(OLD).await;
    let client = with_keys(&server, NEW, None);
    assert_eq!(all_calls(&client).await, all_unknown(&unsigned));
    assert_eq!(server.requests().len(), 4);

    let third = "00000000000000000000000000000000";
    let client = with_keys(&server, NEW, Some(third));
    assert_eq!(all_calls(&client).await, all_unknown(&unsigned));
    assert_eq!(server.requests().len(), 4 + 7, "the charge once, the others by both keys");
}

/// The answer to any call, with a receipt where one is due.
fn answers() -> impl Fn(&str) -> Play {
    |_| {
        let fields = paid(&order()).with("trade_state", "SUCCESS").with("code_url", "weixin://wxpay/bizpayurl?pr=abc");
        Play::Answer(ok(&body(&without(&fields, "trade_type"))))
    }
}

/// A client of two hosts, as WeChat has them.
fn client_of_two(main: &str, backup: &str, cas: &[&Server], limits: Limits) -> Client {
    let ca: String = cas.iter().map(|server| server.ca.as_str()).collect();
    Client::build(config(main, &ca), limits, Some(backup)).unwrap()
}

#[tokio::test]
async fn calls_that_may_be_repeated_go_to_the_backup_when_main_is_away() {
    let dead = TcpSocket::new_v4().unwrap();
    dead.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let dead = format!("https://{}", dead.local_addr().unwrap());
    let backup = start(answers()).await;
    let client = client_of_two(&dead, &backup.url, &[&backup], LIMITS);

    let offline = Answer::Charged(ChargeAnswer::NotSent(NotSent::Offline));
    assert_eq!(charge(&client).await.answer, offline, "a charge is sent once, to one host");
    assert_eq!(backup.accepted(), 0);

    let answer = client.send(&order(), Call::Query).await.answer;
    assert!(matches!(answer, Answer::Queried(QueryAnswer::Paid(_))), "{answer:?}");
    let answer = charge(&client).await.answer;
    assert!(matches!(answer, Answer::Charged(ChargeAnswer::Paid(_))), "now where calls are answered: {answer:?}");
    assert!(client.look_up(TRANSACTION).await.unwrap().is_some());
    assert_eq!(backup.requests().len(), 3);
}

#[tokio::test]
async fn a_host_that_answers_nonsense_is_left_and_one_that_is_silent_next_time() {
    for play in
        [|_: &str| Play::Answer(http("502 Bad Gateway", "<html>502</html>")), |_: &str| Play::AnswerAndClose(vec![])]
    {
        let main = start(play).await;
        let backup = start(answers()).await;
        let client = client_of_two(&main.url, &backup.url, &[&main, &backup], LIMITS);
        let first = client.send(&order(), Call::Create).await.answer;
        let silent = matches!(first, Answer::Created(CreateAnswer::Unknown(Doubt::NoAnswer)));
        assert!(silent || matches!(first, Answer::Created(CreateAnswer::Picture(_))), "{first:?}");
        let second = client.send(&order(), Call::Query).await.answer;
        assert!(matches!(second, Answer::Queried(QueryAnswer::Paid(_))), "{second:?}");
        assert_eq!(main.requests().len(), 1);
    }
}

#[tokio::test]
async fn a_call_that_left_for_one_host_is_never_told_as_not_sent() {
    let main = start(|_| Play::Answer(http("502 Bad Gateway", "<html>"))).await;
    let nobody = TcpSocket::new_v4().unwrap();
    nobody.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let nobody = format!("https://{}", nobody.local_addr().unwrap());
    let client = client_of_two(&main.url, &nobody, &[&main], LIMITS);
    let reply = client.send(&order(), Call::Create).await;
    assert_eq!(reply.answer, Answer::Created(CreateAnswer::Unknown(Doubt::NotUnderstood)));
}

#[tokio::test]
async fn a_host_that_is_not_trusted_is_left() {
    let stranger = start(|_| panic!("nothing may be sent to a stranger")).await;
    let backup = start(answers()).await;
    let client = client_of_two(&stranger.url, &backup.url, &[&backup], LIMITS);
    client.warm_up().await;
    let answer = charge(&client).await.answer;
    assert!(matches!(answer, Answer::Charged(ChargeAnswer::Paid(_))), "{answer:?}");
    assert_eq!(backup.requests(), ["HEAD / HTTP/1.1", "POST /pay/micropay HTTP/1.1"]);
}

#[tokio::test]
async fn the_backup_is_left_for_main_when_it_fails() {
    let well = Arc::new(AtomicUsize::new(0));
    let away = || Play::Answer(http("503 Service Unavailable", ""));
    let main = start({
        let (well, answer) = (Arc::clone(&well), answers());
        move |path| if well.load(Ordering::SeqCst) == 0 { away() } else { answer(path) }
    })
    .await;
    let backup = start({
        let (well, answer) = (Arc::clone(&well), answers());
        move |path| if well.load(Ordering::SeqCst) == 0 { answer(path) } else { away() }
    })
    .await;
    let client = client_of_two(&main.url, &backup.url, &[&main, &backup], LIMITS);
    for _ in 0..2 {
        let answer = client.send(&order(), Call::Query).await.answer;
        assert!(matches!(answer, Answer::Queried(QueryAnswer::Paid(_))), "{answer:?}");
    }
    assert_eq!((main.requests().len(), backup.requests().len()), (1, 2));
    well.store(1, Ordering::SeqCst);
    let answer = client.send(&order(), Call::Query).await.answer;
    assert!(matches!(answer, Answer::Queried(QueryAnswer::Paid(_))), "{answer:?}");
    assert_eq!((main.requests().len(), backup.requests().len()), (2, 3));
}

#[tokio::test]
async fn only_wechat_pays_own_address_has_a_backup() {
    let has_backup = |gateway: &str| {
        let ca = Config { ca_pem: None, ..config(gateway, "") };
        let client = Client::new(ca).unwrap();
        let routes = client.routes().clone();
        let tried = routes.first(Repeat::AtOnce, Instant::now());
        client.routes().heard(tried, Heard::Unwell, Instant::now()).is_some()
    };
    assert!(has_backup("https://api.mch.weixin.qq.com"));
    assert!(has_backup("https://api.mch.weixin.qq.com/"));
    for own in ["https://127.0.0.1:1", "https://api2.mch.weixin.qq.com", "https://api.mch.weixin.qq.com.shop.example"] {
        assert!(!has_backup(own), "{own}");
    }
    assert_eq!(MAIN, crate::settings::GATEWAY);
}

#[tokio::test]
async fn a_service_provider_names_its_shop() {
    let server = Server::start_reading("127.0.0.1", |_, document| {
        let request = Fields::parse(document.as_bytes()).unwrap();
        assert_eq!(request.get("sub_mch_id"), Some("1900000109"));
        assert_eq!(request.get("sub_appid"), Some("wx00000000000000ff"));
        Play::Answer(ok(&body(&paid(&order()).with("trade_state", "SUCCESS").with("sub_mch_id", "1900000109"))))
    })
    .await;
    let sub = SubMerchant { mch_id: "1900000109".to_owned(), appid: Some("wx00000000000000ff".to_owned()) };
    let config = Config { sub: Some(sub), ..config(&server.url, &server.ca) };
    let client = Client::with_limits(config.clone(), LIMITS).unwrap();
    let answer = charge(&client).await.answer;
    assert!(matches!(answer, Answer::Charged(ChargeAnswer::Paid(_))), "{answer:?}");
    assert!(client.look_up(TRANSACTION).await.unwrap().is_some());

    let nobody = SubMerchant { mch_id: String::new(), appid: None };
    let error = Client::new(Config { sub: Some(nobody), ..config }).map(|_| ()).unwrap_err();
    assert_eq!(error, ConfigError::Empty { field: "sub_mch_id" });
}

/// A client with a certificate that the test's server doesn't ask for.
fn certified(server: &Server) -> Client {
    certified_with(config(&server.url, &server.ca), LIMITS)
}

pub(super) fn certified_with(config: Config, limits: Limits) -> Client {
    Client::with_limits(Config { certificate: Some(certificate()), ..config }, limits).unwrap()
}

fn certificate() -> ClientCertificate {
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = rcgen::CertificateParams::default().self_signed(&key).unwrap();
    ClientCertificate::from_pem(&certificate.pem(), &key.serialize_pem())
}

/// Each request of a refund counts against the gateway's limit, so there is no second one in the same breath.
#[tokio::test]
async fn a_refund_is_one_request_and_its_repeat_finds_the_host_that_answers() {
    for play in
        [|_: &str| Play::Answer(http("502 Bad Gateway", "<html>502</html>")), |_: &str| Play::AnswerAndClose(vec![])]
    {
        let main = start(play).await;
        let backup = start(|_| Play::Answer(ok(&body(&failure("NOTENOUGH"))))).await;
        let ca = [main.ca.as_str(), backup.ca.as_str()].concat();
        let config = Config { certificate: Some(certificate()), ..config(&main.url, &ca) };
        let client = Client::build(config, LIMITS, Some(&backup.url)).unwrap();
        let request = samples::refund_request();
        let first = client.refund(&request).await.answer;
        assert!(matches!(first, RefundAnswer::Unknown(_)), "{first:?}");
        assert_eq!((main.requests().len(), backup.requests().len()), (1, 0));
        assert_eq!(client.refund(&request).await.answer, RefundAnswer::NotEnough);
        assert_eq!((main.requests().len(), backup.requests().len()), (1, 1));
    }
}

#[tokio::test]
async fn a_refund_and_its_question_go_out_and_come_back() {
    let request = samples::refund_request();
    let server = Server::start_reading("127.0.0.1", |path, document| {
        let asked = Fields::parse(document.as_bytes()).unwrap();
        let number = asked.get("out_refund_no").unwrap();
        Play::Answer(ok(&body(&match path {
            "/secapi/pay/refund" => ["out_trade_no", "out_refund_no", "total_fee", "refund_fee"]
                .iter()
                .fold(reply("SUCCESS").with("refund_id", "5000"), |fields, name| {
                    fields.with(name, asked.get(name).unwrap())
                }),
            "/pay/refundquery" => samples::refunded(&[samples::refund_row(number, "288", "PROCESSING")]),
            other => panic!("{other}"),
        })))
    })
    .await;
    let client = certified(&server);
    assert!(client.has_certificate());
    let taken = client.refund(&request).await;
    assert!(matches!(taken.answer, RefundAnswer::Accepted(_)), "{taken:?}");
    assert!(taken.raw.is_some_and(|raw| raw.contains(request.out_refund_no.as_str())));
    let asked = client.refund_query(&request).await;
    assert!(matches!(asked.answer, RefundQueryAnswer::Processing(_)), "{asked:?}");

    let bare = client_of(&server, LIMITS);
    assert!(!bare.has_certificate());
    let refused = Reply { answer: RefundAnswer::NotSent(NotSent::NoCertificate), raw: None };
    assert_eq!(bare.refund(&request).await, refused);
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn a_refund_without_an_answer_is_unknown() {
    for (play, doubt) in [
        (Play::AnswerAndClose(vec![]), Doubt::NoAnswer),
        (Play::Answer(ok("<html></html>")), Doubt::NotUnderstood),
        (Play::Answer(http("502 Bad Gateway", "")), Doubt::NotUnderstood),
    ] {
        let play = Mutex::new(Some(play));
        let server = start(move |_| play.lock().unwrap().take().expect("it is sent once")).await;
        let reply = certified(&server).refund(&samples::refund_request()).await;
        assert_eq!(reply.answer, RefundAnswer::Unknown(doubt));
    }
}

/// A gateway that has refunded the order so often, ten a page; it may keep the number of all to itself.
async fn start_with_refunds(count: usize, tells_total: bool) -> Server {
    Server::start_reading("127.0.0.1", move |_, document| {
        let asked = Fields::parse(document.as_bytes()).unwrap();
        let offset: usize = asked.get("offset").map_or(0, |offset| offset.parse().unwrap());
        let rows: Vec<_> =
            (offset..count.min(offset + 10)).map(|at| samples::refund_row(&format!("r{at}"), "1", "SUCCESS")).collect();
        let fields = match (rows.is_empty(), offset) {
            (true, 0) => failure("REFUNDNOTEXIST"),
            (true, _) => failure("PARAM_ERROR"),
            (false, _) => samples::refunded(&rows),
        };
        let total = if tells_total && !rows.is_empty() { count.to_string() } else { String::new() };
        Play::Answer(ok(&body(&fields.with("total_refund_count", total))))
    })
    .await
}

#[tokio::test]
async fn all_pages_of_an_orders_refunds_are_read() {
    let order = Found { out_trade_no: order().out_trade_no, total_fee: order().total_fee, state: QueryAnswer::Unpaid };
    for (count, tells_total, requests) in [
        (0, true, 1),
        (1, true, 1),
        (10, true, 1),
        (10, false, 2),
        (11, true, 2),
        (15, false, 2),
        (50, true, 5),
        (50, false, 6),
    ] {
        let server = start_with_refunds(count, tells_total).await;
        let refunds = client_of(&server, LIMITS).refunds_of(&order).await.unwrap();
        assert_eq!(refunds.len(), count);
        assert_eq!(server.requests().len(), requests, "{count} refunds");
    }
    let deaf = start(|_| {
        let rows: Vec<_> = (0..10).map(|at| samples::refund_row(&format!("r{at}"), "1", "SUCCESS")).collect();
        Play::Answer(ok(&body(&samples::refunded(&rows).with("total_refund_count", "15"))))
    })
    .await;
    let partial = client_of(&deaf, LIMITS).refunds_of(&order).await;
    assert_eq!(partial, Err(RefundQueryAnswer::Unknown(Doubt::NotUnderstood)), "five are kept back");
}
