//! One call: what leaves, what comes back, and what it means.

use std::time::Duration;

use futures_util::future::join_all;
use suanpan_wechat::{
    call::{Call, Malformed, Outcome, RawAnswer, Request, TransportFault, Unknown},
    id::{Mchid, OutTradeNo},
    pay::{TradeState, jsapi::Prepay, query::ByOutTradeNo},
    platform::Authorization,
    trust::TrustRing,
    verify::VerifyError,
};
use suanpan_wechat_client::{Config, ConfigError, CredentialsError, MerchantCredentials};

use crate::{
    server::{Received, Reply, Server, nobody},
    world::{
        Clock, MERCHANT_SERIAL, OLD_SERIAL, PUB_KEY_ID, QUERY, UNPAID, answer, api_v3_key,
        attacker, client, config, credentials, honest, merchant_key, merchants_known_to_wechat,
        old_ring, other_merchant_key, platform, query, serial,
    },
};

/// The header as WeChat would check it, over the raw request.
fn checked(request: &Received) -> Authorization {
    let header = Authorization::read(request.header("authorization").unwrap()).unwrap();
    header
        .check(&merchants_known_to_wechat(), &request.method, &request.target, &request.body)
        .unwrap();
    header
}

#[tokio::test]
async fn a_signed_answer_is_a_success() {
    let clock = Clock::new();
    let server = Server::start(honest(platform(), String::new(), &clock)).await;
    let outcome = client(config(&server), &clock).call(&credentials(old_ring()), &query()).await;
    let Outcome::Success(transaction) = outcome else { panic!("{outcome:?}") };
    assert_eq!(transaction.get().trade_state, TradeState::NotPay);

    let [request] = &server.received()[..] else { panic!("one request") };
    assert_eq!((request.method.as_str(), request.target.as_str()), ("GET", QUERY));
    assert_eq!(request.header("accept"), Some("application/json"));
    assert_eq!(request.header("user-agent"), Some(concat!("suanpan/", env!("CARGO_PKG_VERSION"))));
    assert_eq!(request.header("content-type"), None);
    assert_eq!(request.header("wechatpay-serial"), None);
    let header = checked(request);
    assert_eq!(header.mchid.as_str(), "1900007291");
    assert_eq!(header.serial_no.as_str(), MERCHANT_SERIAL);
    assert_eq!(header.timestamp, clock.now());
}

#[tokio::test]
async fn a_stored_body_leaves_byte_for_byte() {
    let clock = Clock::new();
    let body = "{ \"description\": \"Image形象店\",\"a\":\"\\u4e2d<>&\" }\n".as_bytes().to_vec();
    let prepaid = r#"{"prepay_id":"wx201410272009395522657a690389285100"}"#;
    let server = {
        let clock = clock.clone();
        Server::start(move |_| Reply::Answer(answer(&platform(), clock.now(), 200, prepaid))).await
    };
    let prepay = Prepay { body: body.clone() };
    let outcome = client(config(&server), &clock).call(&credentials(old_ring()), &prepay).await;
    assert!(matches!(outcome, Outcome::Success(_)), "{outcome:?}");
    let [request] = &server.received()[..] else { panic!("one request") };
    assert_eq!(request.body, body);
    assert_eq!(request.header("content-type"), Some("application/json"));
    checked(request);
}

#[tokio::test]
async fn every_send_is_signed_anew() {
    let clock = Clock::new();
    let server = Server::start(honest(platform(), String::new(), &clock)).await;
    let client = client(config(&server), &clock);
    let credentials = credentials(old_ring());
    let _ = client.call(&credentials, &query()).await;
    clock.advance(10);
    let _ = client.call(&credentials, &query()).await;
    let [first, second] = &server.received()[..] else { panic!("two requests") };
    let (first, second) = (checked(first), checked(second));
    assert_eq!(second.timestamp.since(first.timestamp), 10);
    assert_ne!(first.nonce_str, second.nonce_str);
}

#[tokio::test]
async fn k03_public_key_mode_asks_for_its_key() {
    let clock = Clock::new();
    let server = Server::start(honest(platform(), String::new(), &clock)).await;
    let mut ring = old_ring();
    let pem = include_str!("../../../wechat/tests/vectors/java_public.pem");
    ring.add_public_key(serial(PUB_KEY_ID), pem).unwrap();
    let id = Some(serial(PUB_KEY_ID));
    let merchant = MerchantCredentials::new(merchant_key(), vec![api_v3_key()], ring, id).unwrap();
    // WeChat may still answer with the certificate: both are believed.
    let outcome = client(config(&server), &clock).call(&merchant, &query()).await;
    assert!(matches!(outcome, Outcome::Success(_)), "{outcome:?}");
    assert_eq!(server.received()[0].header("wechatpay-serial"), Some(PUB_KEY_ID));
}

#[test]
fn credentials_that_cannot_work_are_refused() {
    let nothing = MerchantCredentials::new(merchant_key(), vec![], old_ring(), None);
    assert_eq!(nothing.unwrap_err(), CredentialsError::NoApiV3Key);
    let id = serial(PUB_KEY_ID);
    let named = MerchantCredentials::new(
        merchant_key(),
        vec![api_v3_key()],
        TrustRing::default(),
        Some(id.clone()),
    );
    assert_eq!(named.unwrap_err(), CredentialsError::UnknownPublicKey { id });
}

#[test]
fn timeouts_that_cannot_work_are_refused() {
    for (connect, total) in [(0, 10), (11, 10), (0, 0)] {
        let config = Config {
            connect_timeout: Duration::from_secs(connect),
            total_timeout: Duration::from_secs(total),
            ..Config::default()
        };
        let refused = suanpan_wechat_client::Client::new(
            config,
            suanpan_wechat_client::SystemClock,
            suanpan_wechat_client::SystemNonces,
        );
        assert!(matches!(refused, Err(ConfigError::Timeouts)), "{connect} {total}");
    }
}

async fn outcome_of(reply: impl Fn(&Clock) -> Reply + Send + Sync + 'static) -> Unknown {
    let clock = Clock::new();
    let server = {
        let clock = clock.clone();
        Server::start(move |_| reply(&clock)).await
    };
    let outcome = client(config(&server), &clock).call(&credentials(old_ring()), &query()).await;
    let Outcome::Unknown(reason) = outcome else { panic!("{outcome:?}") };
    reason
}

#[tokio::test]
async fn no_answer_in_time_is_unknown() {
    assert_eq!(outcome_of(|_| Reply::Hang).await, Unknown::Transport(TransportFault::Timeout));
}

#[tokio::test]
async fn a_broken_connection_is_unknown() {
    assert_eq!(outcome_of(|_| Reply::Break).await, Unknown::Transport(TransportFault::Broken));
}

#[tokio::test]
async fn no_connection_is_unknown_and_says_that_nothing_arrived() {
    let clock = Clock::new();
    let config = Config::single_origin(nobody().await);
    let outcome = client(config, &clock).call(&credentials(old_ring()), &query()).await;
    assert_eq!(outcome, Outcome::Unknown(Unknown::Transport(TransportFault::Connect)));
}

#[tokio::test]
async fn trouble_at_wechat_is_unknown() {
    for status in [500, 502, 503, 429] {
        let reason =
            outcome_of(move |clock| Reply::Answer(answer(&platform(), clock.now(), status, "")))
                .await;
        assert_eq!(reason, Unknown::Busy { status, code: None });
    }
}

#[tokio::test]
async fn a_forged_answer_is_unknown() {
    let reason =
        outcome_of(|clock| Reply::Answer(answer(&attacker(), clock.now(), 200, UNPAID))).await;
    assert_eq!(reason, Unknown::NotVerified(VerifyError::BadSignature));
}

#[tokio::test]
async fn an_answer_changed_on_the_way_is_unknown() {
    let reason = outcome_of(|clock| {
        let honest = answer(&platform(), clock.now(), 200, UNPAID);
        let body = UNPAID.replace("NOTPAY", "SUCCESS").into_bytes();
        Reply::Answer(RawAnswer { body, ..honest })
    })
    .await;
    assert_eq!(reason, Unknown::NotVerified(VerifyError::BadSignature));
}

#[tokio::test]
async fn n21_a_probe_signature_is_unknown() {
    let reason = outcome_of(|clock| {
        let mut probe = answer(&platform(), clock.now(), 200, UNPAID);
        for (name, value) in &mut probe.headers {
            if name == "wechatpay-signature" {
                *value = format!("WECHATPAY/SIGNTEST/{value}");
            }
        }
        Reply::Answer(probe)
    })
    .await;
    assert_eq!(reason, Unknown::NotVerified(VerifyError::BadSignature));
}

#[tokio::test]
async fn an_endless_answer_is_not_read() {
    let reason = outcome_of(|clock| {
        let body = "x".repeat(2 * 1024 * 1024 + 1);
        Reply::Answer(answer(&platform(), clock.now(), 200, &body))
    })
    .await;
    assert_eq!(reason, Unknown::Transport(TransportFault::TooLarge));
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let clock = Clock::new();
    let elsewhere = Server::start(honest(platform(), String::new(), &clock)).await;
    let location = format!("{}{QUERY}", elsewhere.origin());
    let reason = outcome_of(move |_| {
        Reply::Answer(RawAnswer {
            status: 307,
            headers: vec![("location".to_owned(), location.clone())],
            body: Vec::new(),
        })
    })
    .await;
    assert!(matches!(reason, Unknown::NotVerified(VerifyError::MissingHeader { .. })));
    assert!(elsewhere.received().is_empty());
}

/// Many calls of two merchants at once: none is ever made with the other's key or number.
#[tokio::test]
async fn o16_concurrent_merchants_never_mix() {
    let clock = Clock::new();
    let server = Server::start(honest(platform(), String::new(), &clock)).await;
    let client = client(config(&server), &clock);
    let other =
        MerchantCredentials::new(other_merchant_key(), vec![api_v3_key()], old_ring(), None)
            .unwrap();
    let merchants = [credentials(old_ring()), other];
    let calls = (0..64_usize).map(|at| {
        // A fixed scatter: neither alternating nor in blocks.
        let merchant = &merchants[(at * at + at / 3) % 2];
        let query = ByOutTradeNo {
            mchid: merchant.mchid().clone(),
            out_trade_no: OutTradeNo::new(format!("order-{at:06}")).unwrap(),
        };
        let client = client.clone();
        async move { client.call(merchant, &query).await }
    });
    for outcome in join_all(calls).await {
        assert!(matches!(outcome, Outcome::Success(_)), "{outcome:?}");
    }
    let received = server.received();
    assert_eq!(received.len(), 64);
    let mut seen = std::collections::BTreeSet::new();
    for request in &received {
        let header = checked(request);
        let (_, mchid) = request.target.split_once("?mchid=").unwrap();
        assert_eq!(header.mchid, Mchid::new(mchid).unwrap());
        let expected = if mchid == "1900007291" { MERCHANT_SERIAL } else { "AA" };
        assert_eq!(header.serial_no.as_str(), expected);
        seen.insert(mchid.to_owned());
    }
    assert_eq!(seen.len(), 2);
    assert!(merchants[0].verifier().serials().any(|known| known.as_str() == OLD_SERIAL));
}

/// A call from elsewhere whose target a URL parser would rewrite: what was signed could not leave.
struct Crooked;

impl Call for Crooked {
    type Answer = ();
    const NAME: &'static str = "crooked";

    fn request(&self) -> Request {
        Request::get("/v3/pay/../certificates".to_owned())
    }

    fn read(&self, _status: u16, _body: &[u8]) -> Result<(), Malformed> {
        Ok(())
    }
}

#[tokio::test]
async fn a_target_that_would_be_rewritten_is_not_sent() {
    let clock = Clock::new();
    let server = Server::start(honest(platform(), String::new(), &clock)).await;
    let outcome = client(config(&server), &clock).call(&credentials(old_ring()), &Crooked).await;
    assert_eq!(outcome, Outcome::Unknown(Unknown::Transport(TransportFault::Unsendable)));
    assert!(server.received().is_empty());
}
