//! Learning WeChat's keys: on first use, on rotation, and never from a stranger.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use futures_util::future::join_all;
use suanpan_wechat::{
    call::{Outcome, Unknown},
    trust::{TrustError, TrustRing},
    verify::{SignatureHeaders, VerifyError},
};
use suanpan_wechat_client::{MerchantCredentials, RefreshError};
use tokio::sync::Notify;

use crate::{
    server::{Reply, Server},
    world::{
        CERTIFICATES, Clock, NEW_SERIAL, OLD_SERIAL, QUERY, UNPAID, answer, api_v3_key, attacker,
        attackers_certificates, both_certificates, client, config, credentials, foreign_api_v3_key,
        honest, merchant_key, new_platform, old_ring, platform, query, serial, signed,
    },
};

const MISSING: &str = r#"{"code":"RESOURCE_NOT_EXISTS","message":"无可用的平台证书"}"#;
const NOTIFICATION: &[u8] = br#"{"id":"EV-1"}"#;

fn known(credentials: &MerchantCredentials) -> Vec<String> {
    credentials.verifier().serials().map(ToString::to_string).collect()
}

fn notification(signer: &suanpan_wechat::platform::PlatformKey, clock: &Clock) -> SignatureHeaders {
    let headers = signed(signer, clock.now(), NOTIFICATION);
    SignatureHeaders::read(|name| {
        headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    })
    .unwrap()
}

#[tokio::test]
async fn the_first_call_of_a_new_merchant_downloads_the_certificates_first() {
    let clock = Clock::new();
    let server = Server::start(honest(platform(), both_certificates(&api_v3_key()), &clock)).await;
    let merchant = credentials(TrustRing::default());
    let client = client(config(&server), &clock);
    let outcome = client.call(&merchant, &query()).await;
    assert!(matches!(outcome, Outcome::Success(_)), "{outcome:?}");
    let _ = client.call(&merchant, &query()).await;
    assert_eq!(server.targets(), [CERTIFICATES, QUERY, QUERY]);
    assert_eq!(known(&merchant), [NEW_SERIAL, OLD_SERIAL]);
}

#[tokio::test]
async fn k01_a_rotated_key_is_learnt_in_the_middle_of_a_call() {
    let clock = Clock::new();
    let list = both_certificates(&api_v3_key());
    let server = Server::start(honest(new_platform(), list, &clock)).await;
    let merchant = credentials(old_ring());
    let client = client(config(&server), &clock);
    let outcome = client.call(&merchant, &query()).await;
    assert!(matches!(outcome, Outcome::Success(_)), "{outcome:?}");
    // The same answer was judged again; the call was not repeated.
    assert_eq!(server.targets(), [QUERY, CERTIFICATES]);
    let _ = client.call(&merchant, &query()).await;
    assert_eq!(server.targets(), [QUERY, CERTIFICATES, QUERY]);
}

#[tokio::test]
async fn k01_k02_a_notification_under_a_new_key_is_verified_and_one_under_the_old_key_still_is() {
    let clock = Clock::new();
    let list = both_certificates(&api_v3_key());
    let server = Server::start(honest(platform(), list, &clock)).await;
    let merchant = credentials(old_ring());
    let client = client(config(&server), &clock);
    for signer in [new_platform(), platform()] {
        let headers = notification(&signer, &clock);
        let verified = client.verify_notification(&merchant, &headers, NOTIFICATION).await;
        assert_eq!(verified.map(|verified| *verified.get()), Ok(NOTIFICATION));
    }
    assert_eq!(server.targets(), [CERTIFICATES]);
}

#[tokio::test]
async fn n23_ten_thousand_unknown_serials_cause_one_download_a_minute_and_disturb_nobody() {
    let clock = Clock::new();
    let list = both_certificates(&api_v3_key());
    let server = Server::start(honest(platform(), list, &clock)).await;
    let merchant = credentials(old_ring());
    let client = client(config(&server), &clock);
    let mut forged = notification(&attacker(), &clock);
    let genuine = notification(&platform(), &clock);
    for round in 0..2 {
        for number in 0..5000 {
            forged.serial_no = serial(&format!("{round:020}{number:020}"));
            let refused = client.verify_notification(&merchant, &forged, NOTIFICATION).await;
            assert!(matches!(refused, Err(VerifyError::UnknownSerial { .. })));
            if number % 500 == 0 {
                assert!(
                    client.verify_notification(&merchant, &genuine, NOTIFICATION).await.is_ok()
                );
            }
        }
        assert_eq!(server.count(CERTIFICATES), round + 1);
        clock.advance(60);
    }
    assert_eq!(known(&merchant), [NEW_SERIAL, OLD_SERIAL]);
}

#[tokio::test]
async fn n23_a_crowd_with_one_new_serial_shares_one_download() {
    let clock = Clock::new();
    let list = both_certificates(&api_v3_key());
    let server = Server::start(honest(platform(), list, &clock)).await;
    let merchant = credentials(old_ring());
    let client = client(config(&server), &clock);
    let headers = notification(&new_platform(), &clock);
    let crowd = (0..64).map(|_| client.verify_notification(&merchant, &headers, NOTIFICATION));
    assert!(join_all(crowd).await.iter().all(Result::is_ok));
    assert_eq!(server.count(CERTIFICATES), 1);
}

#[tokio::test]
async fn n23_a_genuine_message_does_not_wait_for_a_download_under_way() {
    let clock = Clock::new();
    let server = Server::start(|_| Reply::Hang).await;
    let merchant = credentials(old_ring());
    let client = client(config(&server), &clock);
    let unknown = notification(&new_platform(), &clock);
    let genuine = notification(&platform(), &clock);
    let waiting = client.verify_notification(&merchant, &unknown, NOTIFICATION);
    let passing = async {
        while server.received().is_empty() {
            tokio::task::yield_now().await;
        }
        client.verify_notification(&merchant, &genuine, NOTIFICATION).await
    };
    tokio::select! {
        biased;
        _ = waiting => panic!("the download cannot have ended"),
        verdict = passing => assert!(verdict.is_ok()),
    }
}

#[tokio::test]
async fn k01_a_download_outlives_the_notification_that_caused_it() {
    let clock = Clock::new();
    let told = Arc::new(Notify::new());
    let server = {
        let (clock, told) = (clock.clone(), Arc::clone(&told));
        let list = both_certificates(&api_v3_key());
        Server::start(move |_| {
            let answer = answer(&platform(), clock.now(), 200, &list);
            Reply::When(Arc::clone(&told), answer)
        })
        .await
    };
    let merchant = credentials(old_ring());
    let client = client(config(&server), &clock);
    let headers = notification(&new_platform(), &clock);
    let asked = async {
        while server.received().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        biased;
        _ = client.verify_notification(&merchant, &headers, NOTIFICATION) => panic!("not yet told"),
        () = asked => (),
    }
    // The notification is gone; the next one waits for the same download and needs no other.
    told.notify_one();
    let verified = client.verify_notification(&merchant, &headers, NOTIFICATION).await;
    assert_eq!(verified.map(|verified| *verified.get()), Ok(NOTIFICATION));
    assert_eq!(server.count(CERTIFICATES), 1);
}

/// A man in the middle answers every call, with keys of his own making.
async fn man_in_the_middle(list: String) -> (Unknown, Vec<String>) {
    let clock = Clock::new();
    let server = Server::start(honest(attacker(), list, &clock)).await;
    let merchant = credentials(TrustRing::default());
    let outcome = client(config(&server), &clock).call(&merchant, &query()).await;
    let Outcome::Unknown(reason) = outcome else { panic!("{outcome:?}") };
    (reason, known(&merchant))
}

#[tokio::test]
async fn k04_certificates_of_somebody_without_the_api_v3_key_are_refused() {
    let (reason, known) = man_in_the_middle(attackers_certificates(&foreign_api_v3_key())).await;
    assert!(matches!(reason, Unknown::NotVerified(VerifyError::UnknownSerial { .. })));
    assert!(known.is_empty());
}

#[tokio::test]
async fn k04_genuine_certificates_under_a_foreign_signature_are_refused() {
    let (reason, known) = man_in_the_middle(both_certificates(&api_v3_key())).await;
    assert!(matches!(reason, Unknown::NotVerified(VerifyError::UnknownSerial { .. })));
    assert!(known.is_empty());
}

#[tokio::test]
async fn k04_a_refused_download_leaves_the_ring_as_it_was() {
    let clock = Clock::new();
    let list = attackers_certificates(&foreign_api_v3_key());
    let server = Server::start(honest(attacker(), list, &clock)).await;
    let merchant = credentials(old_ring());
    let refused = client(config(&server), &clock).refresh(&merchant).await;
    assert_eq!(refused, Err(RefreshError::NotTrusted(TrustError::Sealed)));
    assert_eq!(known(&merchant), [OLD_SERIAL]);
}

#[tokio::test]
async fn k05_certificates_sealed_with_the_key_before_are_read() {
    let clock = Clock::new();
    let list = both_certificates(&foreign_api_v3_key());
    let server = Server::start(honest(platform(), list, &clock)).await;
    let keys = vec![api_v3_key(), foreign_api_v3_key()];
    let merchant =
        MerchantCredentials::new(merchant_key(), keys, TrustRing::default(), None).unwrap();
    assert_eq!(client(config(&server), &clock).refresh(&merchant).await, Ok(()));
    assert_eq!(known(&merchant), [NEW_SERIAL, OLD_SERIAL]);
}

#[tokio::test]
async fn k03_a_merchant_without_certificates_keeps_its_public_key() {
    let clock = Clock::new();
    let server = {
        let clock = clock.clone();
        Server::start(move |_| Reply::Answer(answer(&platform(), clock.now(), 404, MISSING))).await
    };
    let merchant = credentials(old_ring());
    let refused = client(config(&server), &clock).refresh(&merchant).await;
    assert_eq!(refused, Err(RefreshError::NotTrusted(TrustError::Status(404))));
    assert_eq!(known(&merchant), [OLD_SERIAL]);
}

#[tokio::test]
async fn a_first_download_that_failed_is_tried_again_within_seconds() {
    let clock = Clock::new();
    let working = Arc::new(AtomicBool::new(false));
    let server = {
        let (clock, working) = (clock.clone(), Arc::clone(&working));
        let list = both_certificates(&api_v3_key());
        Server::start(move |request| {
            let (status, body) = match (request.target.as_str(), working.load(Ordering::SeqCst)) {
                (CERTIFICATES, true) => (200, list.as_str()),
                (CERTIFICATES, false) => (500, ""),
                _ => (200, UNPAID),
            };
            Reply::Answer(answer(&platform(), clock.now(), status, body))
        })
        .await
    };
    let merchant = credentials(TrustRing::default());
    let client = client(config(&server), &clock);
    let outcome = client.call(&merchant, &query()).await;
    assert!(matches!(outcome, Outcome::Unknown(Unknown::NotVerified(_))), "{outcome:?}");
    assert_eq!(server.count(CERTIFICATES), 1, "once for the whole call");
    working.store(true, Ordering::SeqCst);
    clock.advance(5);
    let outcome = client.call(&merchant, &query()).await;
    assert!(matches!(outcome, Outcome::Success(_)), "{outcome:?}");
}

#[tokio::test]
async fn the_regular_refresh_asks_wechat_only_when_due() {
    let clock = Clock::new();
    let asked = Arc::new(AtomicUsize::new(0));
    let server = {
        let (clock, asked) = (clock.clone(), Arc::clone(&asked));
        let list = both_certificates(&api_v3_key());
        Server::start(move |_| {
            asked.fetch_add(1, Ordering::SeqCst);
            Reply::Answer(answer(&platform(), clock.now(), 200, &list))
        })
        .await
    };
    let merchant = credentials(TrustRing::default());
    let client = client(config(&server), &clock);
    for (seconds, did) in [(0, true), (0, false), (6 * 3600 - 1, false), (1, true)] {
        clock.advance(seconds);
        assert_eq!(client.refresh_when_due(&merchant).await, Ok(did));
    }
    assert_eq!(asked.load(Ordering::SeqCst), 2);
}
