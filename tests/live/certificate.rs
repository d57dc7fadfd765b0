//! The merchant's certificate on the wire: a real mutual-TLS server, the practice gateway.

use std::net::{Ipv4Addr, SocketAddr};

use guitai::money::Fen;
use guitai::number::OutTradeNo;
use guitai::payment::{Answer, Call, CreateAnswer, Gateway, NotSent, Order, QueryAnswer, ReverseAnswer};
use guitai::practice::Practice;
use guitai::timestamp::Timestamp;
use guitai::wechat::sign::{ApiKey, SignType};
use guitai::wechat::{Client, ClientCertificate, Config, ConfigError};

fn practice() -> Practice {
    Practice::start(None, SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).expect("practice starts")
}

fn config(practice: &Practice, certificate: Option<ClientCertificate>) -> Config {
    Config {
        appid: practice.appid().to_owned(),
        mch_id: practice.mch_id().to_owned(),
        sub: None,
        api_key: ApiKey::new(practice.api_key()),
        other_api_key: None,
        sign_type: SignType::HmacSha256,
        gateway: practice.url(),
        ca_pem: Some(practice.ca_pem().to_owned()),
        certificate,
    }
}

fn certificate_of(practice: &Practice) -> ClientCertificate {
    ClientCertificate::from_pem(practice.client_pem(), practice.client_key_pem())
}

fn order(number: u32) -> Order {
    let created_at = Timestamp::from_wire("20261122120000").expect("a moment");
    Order {
        out_trade_no: OutTradeNo::make(created_at, 1, number),
        total_fee: Fen::new(1250).expect("an amount"),
        body: "小店 - 日用百货".to_owned(),
        attach: String::new(),
        device_info: "till-1".to_owned(),
        spbill_create_ip: "127.0.0.1".to_owned(),
        notify_url: "https://guitai.invalid/notify".to_owned(),
        created_at,
    }
}

async fn reverse(client: &Client) -> ReverseAnswer {
    match client.send(&order(1), Call::Reverse).await.answer {
        Answer::Reversed(answer) => answer,
        other => panic!("an answer to a reverse, not {other:?}"),
    }
}

/// A native order can be made, whatever is wrong with the certificate.
async fn assert_takes_orders(client: &Client) {
    let answer = client.send(&order(2), Call::Create).await.answer;
    assert!(matches!(answer, Answer::Created(CreateAnswer::Picture(_))), "{answer:?}");
}

#[tokio::test]
async fn a_reverse_goes_out_with_the_certificate() {
    let practice = practice();
    let client = Client::new(config(&practice, Some(certificate_of(&practice)))).expect("a client");
    assert_eq!(reverse(&client).await, ReverseAnswer::Done, "a number that WeChat doesn't know is a success");
    assert_takes_orders(&client).await;
    let asked = client.send(&order(2), Call::Query).await.answer;
    assert_eq!(asked, Answer::Queried(QueryAnswer::Unpaid));
}

#[tokio::test]
async fn another_authoritys_certificate_is_refused_and_stops_nothing_else() {
    let (practice, other) = (practice(), practice());
    let client = Client::new(config(&practice, Some(certificate_of(&other)))).expect("a client");
    assert_eq!(reverse(&client).await, ReverseAnswer::NotSent(NotSent::CertificateRefused));
    assert_takes_orders(&client).await;
}

#[tokio::test]
async fn without_a_certificate_no_reverse_is_sent() {
    let practice = practice();
    let client = Client::new(config(&practice, None)).expect("a client");
    assert_eq!(reverse(&client).await, ReverseAnswer::NotSent(NotSent::NoCertificate));
    assert!(practice.trace().is_empty(), "{:?}", practice.trace());
}

#[test]
fn a_certificate_needs_its_own_key() {
    let (practice, other) = (practice(), practice());
    for certificate in [
        ClientCertificate::from_pem(practice.client_pem(), other.client_key_pem()),
        ClientCertificate::from_pem(practice.client_pem(), ""),
        ClientCertificate::from_pem("", practice.client_key_pem()),
        ClientCertificate::from_pem("not", "PEM"),
    ] {
        let refused = Client::new(config(&practice, Some(certificate))).map(|_| ());
        assert_eq!(refused, Err(ConfigError::BadCertificate));
    }
    let shown = format!("{:?}", config(&practice, Some(certificate_of(&practice))));
    assert!(!shown.contains("PRIVATE KEY") && shown.contains("ClientCertificate(…)"), "{shown}");
}
