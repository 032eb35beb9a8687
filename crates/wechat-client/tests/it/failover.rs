//! The backup host: asked once, only when the first gave no answer at all.

use suanpan_wechat::{
    call::{Outcome, TransportFault, Unknown},
    pay::jsapi::Prepay,
    platform::Authorization,
};
use suanpan_wechat_client::{Config, Origin};

use crate::{
    server::{Reply, Server, nobody},
    world::{Clock, answer, client, config, credentials, honest, old_ring, platform, query},
};

fn with_backup(first: Origin, backup: &Server) -> Config {
    Config { merchant_api: first, merchant_api_backup: Some(backup.origin()), ..config(backup) }
}

#[tokio::test]
async fn a_host_that_cannot_be_reached_is_replaced_by_the_backup() {
    let clock = Clock::new();
    let backup = Server::start(honest(platform(), String::new(), &clock)).await;
    let config = with_backup(nobody().await, &backup);
    let outcome = client(config, &clock).call(&credentials(old_ring()), &query()).await;
    assert!(matches!(outcome, Outcome::Success(_)), "{outcome:?}");
}

#[tokio::test]
async fn o05_a_repeat_at_the_backup_carries_the_same_bytes_under_a_fresh_authorization() {
    let clock = Clock::new();
    let first = Server::start(|_| Reply::Break).await;
    let prepaid = r#"{"prepay_id":"wx201410272009395522657a690389285100"}"#;
    let backup = {
        let clock = clock.clone();
        Server::start(move |_| Reply::Answer(answer(&platform(), clock.now(), 200, prepaid))).await
    };
    let prepay = Prepay { body: br#"{"out_trade_no":"1217752501201407033233368018"}"#.to_vec() };
    let config = with_backup(first.origin(), &backup);
    let outcome = client(config, &clock).call(&credentials(old_ring()), &prepay).await;
    assert!(matches!(outcome, Outcome::Success(_)), "{outcome:?}");
    let (sent, repeated) = (&first.received()[0], &backup.received()[0]);
    assert_eq!((&sent.method, &sent.target), (&repeated.method, &repeated.target));
    assert_eq!((&sent.body, &repeated.body), (&prepay.body, &prepay.body));
    let nonce = |header: Option<&str>| Authorization::read(header.unwrap()).unwrap().nonce_str;
    assert_ne!(nonce(sent.header("authorization")), nonce(repeated.header("authorization")));
}

#[tokio::test]
async fn whoever_answered_is_believed_and_nobody_else_asked() {
    let clock = Clock::new();
    for status in [400, 429, 500, 503] {
        let first = {
            let clock = clock.clone();
            Server::start(move |_| Reply::Answer(answer(&platform(), clock.now(), status, "{}")))
                .await
        };
        let backup = Server::start(honest(platform(), String::new(), &clock)).await;
        let config = with_backup(first.origin(), &backup);
        let outcome = client(config, &clock).call(&credentials(old_ring()), &query()).await;
        assert!(!matches!(outcome, Outcome::Success(_)), "{status}");
        assert_eq!((first.received().len(), backup.received().len()), (1, 0), "{status}");
    }
}

#[tokio::test]
async fn after_a_timeout_nobody_waits_again() {
    let clock = Clock::new();
    let first = Server::start(|_| Reply::Hang).await;
    let backup = Server::start(honest(platform(), String::new(), &clock)).await;
    let config = with_backup(first.origin(), &backup);
    let outcome = client(config, &clock).call(&credentials(old_ring()), &query()).await;
    assert_eq!(outcome, Outcome::Unknown(Unknown::Transport(TransportFault::Timeout)));
    assert!(backup.received().is_empty());
}

#[tokio::test]
async fn there_is_one_failover_and_no_second() {
    let clock = Clock::new();
    let first = Server::start(|_| Reply::Break).await;
    let backup = Server::start(|_| Reply::Break).await;
    let config = with_backup(first.origin(), &backup);
    let outcome = client(config, &clock).call(&credentials(old_ring()), &query()).await;
    assert_eq!(outcome, Outcome::Unknown(Unknown::Transport(TransportFault::Broken)));
    assert_eq!((first.received().len(), backup.received().len()), (1, 1));
}

/// "Certainly did not arrive" may only be said when neither send arrived.
#[tokio::test]
async fn a_request_that_may_have_arrived_is_never_called_unsent() {
    let clock = Clock::new();
    let first = Server::start(|_| Reply::Break).await;
    let config = Config {
        merchant_api: first.origin(),
        merchant_api_backup: Some(nobody().await),
        ..config(&first)
    };
    let outcome = client(config, &clock).call(&credentials(old_ring()), &query()).await;
    assert_eq!(outcome, Outcome::Unknown(Unknown::Transport(TransportFault::Broken)));
}

#[tokio::test]
async fn o05_a_refusal_after_a_broken_send_does_not_say_that_nothing_happened() {
    let clock = Clock::new();
    let first = Server::start(|_| Reply::Break).await;
    let refusing = |clock: &Clock| {
        let clock = clock.clone();
        let refusal = r#"{"code":"PARAM_ERROR","message":"no"}"#;
        Server::start(move |_| Reply::Answer(answer(&platform(), clock.now(), 400, refusal)))
    };
    let prepay = Prepay { body: br#"{"out_trade_no":"1217752501201407033233368018"}"#.to_vec() };
    let backup = refusing(&clock).await;
    let broken = client(with_backup(first.origin(), &backup), &clock);
    let outcome = broken.call(&credentials(old_ring()), &prepay).await;
    assert_eq!(outcome, Outcome::Unknown(Unknown::Transport(TransportFault::Broken)));
    // A question changes nothing, and a request that never left cannot have arrived.
    let asked = broken.call(&credentials(old_ring()), &query()).await;
    assert!(matches!(asked, Outcome::Rejected(_)), "{asked:?}");
    let unreached = client(with_backup(nobody().await, &backup), &clock);
    let outcome = unreached.call(&credentials(old_ring()), &prepay).await;
    assert!(matches!(outcome, Outcome::Rejected(_)), "{outcome:?}");
}
