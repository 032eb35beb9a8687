//! Keys that rotate, migrate, are lost or belong to somebody else.

use serde_json::Value;
use suanpan_server::config::SecretSource;
use suanpan_simulator::{
    pool,
    world::{MessageKind, Outcome, TrustMode},
};
use suanpan_testkit::{
    ACME, BRAVO, CERTIFICATE_MCHID, Forgery, MIXED_MCHID, NewOrder, PUBLIC_KEY_MCHID, Stage,
};
use suanpan_wechat::id::Mchid;

use crate::scenes::{Sale, answers, paid, sale, sale_of};

const MONTH: i64 = 30 * 24 * 3600;

/// One step of a rotation in WeChat's own house: `add`, `switch` or `retire`.
async fn rotate(stage: &Stage, mchid: &str, step: &str) {
    let url = format!("{}/api/merchants/{mchid}/rotate", stage.management());
    let http = stage.http().at_wechat();
    let request = http.post(&url).header("content-type", "application/json");
    let answer = http.send(request.body(format!("{{\"step\":\"{step}\"}}"))).await;
    assert_eq!(answer.status, 200);
}

async fn pays(stage: &Stage, account: &str, number: &str, mchid: &str) {
    let order = NewOrder::of(number, 300).with("merchant", mchid);
    let Sale { merchant, payer, placed } = sale_of(stage, account, order).await;
    stage.pay(&payer, &placed, Outcome::Success).await;
    stage.quiesce().await;
    assert_eq!(merchant.state(&placed).await, "paid", "{number}");
    assert_eq!(answers(stage).last(), Some(&Some(204)), "{number}");
}

/// Nothing was signed with the new certificate before the service fell asleep; everything is after.
#[tokio::test]
async fn k01_a_rotation_during_a_months_sleep_is_survived() {
    let stage = Stage::start().await;
    pays(&stage, ACME, "before", CERTIFICATE_MCHID).await;
    for step in ["add", "switch", "retire"] {
        rotate(&stage, CERTIFICATE_MCHID, step).await;
    }
    stage.advance(MONTH).await;
    pays(&stage, ACME, "after", CERTIFICATE_MCHID).await;
    stage.finish().await;
}

/// The certificate changes between the prepay and the notification, and again before the query.
#[tokio::test]
async fn k01_a_rotation_in_mid_traffic_loses_no_message() {
    let stage = Stage::start().await;
    let Sale { merchant, payer, placed } = sale(&stage).await;
    let answer = payer.pay(&placed).await.ok();
    stage.advance(61).await;
    for step in ["add", "switch"] {
        rotate(&stage, CERTIFICATE_MCHID, step).await;
    }
    stage.cashier(&payer, &answer["client_params"], Outcome::Success).unwrap();
    stage.quiesce().await;
    assert_eq!(answers(&stage), [Some(204)]);
    assert_eq!(merchant.state(&placed).await, "paid");
    stage.advance(61).await;
    for step in ["add", "switch", "retire"] {
        rotate(&stage, CERTIFICATE_MCHID, step).await;
    }
    pays(&stage, ACME, "T2", CERTIFICATE_MCHID).await;
    stage.finish().await;
}

/// A message that the old certificate signed arrives after WeChat has retired it.
#[tokio::test]
async fn k02_messages_of_the_old_certificate_are_believed_after_the_rotation() {
    let stage = Stage::start().await;
    let Sale { merchant, payer, placed } = sale(&stage).await;
    let number = stage.pay(&payer, &placed, Outcome::Cancel).await;
    let old = stage.at_wechat_merchant(CERTIFICATE_MCHID);
    stage.advance(61).await;
    for step in ["add", "switch", "retire"] {
        rotate(&stage, CERTIFICATE_MCHID, step).await;
    }
    pays(&stage, ACME, "T2", CERTIFICATE_MCHID).await;
    let known = stage.at_wechat_merchant(CERTIFICATE_MCHID).platform_certificates;
    assert!(known.iter().all(|kept| kept.serial_no != old.platform_certificates[0].serial_no));
    let content = stage.success_of(CERTIFICATE_MCHID, &number);
    let delayed = Forgery::genuine(&old, "transaction", &content, stage.clock().wall());
    let url = stage.notify_url(ACME, CERTIFICATE_MCHID, "transaction");
    assert_eq!(stage.post_notification(&url, &delayed).await.status, 204);
    assert_eq!(merchant.state(&placed).await, "paid");
    stage.finish_unsettled("WeChat's books know nothing of this payment").await;
}

/// In the middle of the move some notifications are signed by a certificate and some by the public
/// key: both are believed, by serial number.
#[tokio::test]
async fn k03_both_kinds_of_signature_are_believed_during_the_move() {
    let stage = Stage::start().await;
    for number in 0..12 {
        pays(&stage, ACME, &format!("T{number}"), MIXED_MCHID).await;
    }
    let sent = stage.messages(MessageKind::Notify);
    let by_public_key = sent
        .iter()
        .filter(|message| message.headers["Wechatpay-Serial"].starts_with("PUB_KEY_ID_"))
        .count();
    assert!((1..12).contains(&by_public_key), "{by_public_key} of 12");
    stage.finish().await;
}

/// The whole move: certificates, then both, then the public key alone, without a lost payment.
#[tokio::test]
async fn k03_a_merchant_moves_from_certificates_to_the_public_key() {
    let stage = Stage::start().await;
    let mchid = Mchid::new(MIXED_MCHID).unwrap();
    let set = |mode| {
        let set = stage.simulator().with_world(|world, _| world.set_trust_mode(&mchid, mode));
        set.unwrap();
    };
    set(TrustMode::Certificate);
    pays(&stage, ACME, "certificate", MIXED_MCHID).await;
    set(TrustMode::Both);
    pays(&stage, ACME, "both", MIXED_MCHID).await;
    set(TrustMode::PublicKey);
    pays(&stage, ACME, "public-key", MIXED_MCHID).await;
    stage.finish().await;
}

/// Somebody in the middle who answers with certificates of their own making does not know the APIv3
/// key, so their certificates do not open, and nothing they say is believed.
#[tokio::test]
async fn k04_a_first_download_without_the_apiv3_key_is_refused() {
    let stage = Stage::start().await;
    let mut config = stage.config();
    config.accounts[0].merchants[0].api_v3_key =
        SecretSource::inline("aKeyThatTheImpostorDoesNotHave00");
    stage.kill_server().await;
    stage.start_server(config).await.unwrap();
    let Sale { merchant, payer, placed } = sale(&stage).await;
    payer.pay(&placed).await.is_problem(503, "wechat_unknown");
    assert!(!stage.calls("GET", "/v3/certificates").is_empty(), "it was offered certificates");
    let number = stage.snapshot().rows("attempts")[0].text("out_trade_no").to_owned();
    // The impostor's notification, signed with the key in the certificate they offered.
    let content = stage.success_of(CERTIFICATE_MCHID, &number);
    let forged = stage.genuine(CERTIFICATE_MCHID, "transaction", &content);
    let url = stage.notify_url(ACME, CERTIFICATE_MCHID, "transaction");
    assert_eq!(stage.post_notification(&url, &forged).await.status, 401);
    assert_eq!(merchant.state(&placed).await, "open");
    // The real WeChat is back: everything goes on where it was.
    stage.restart_server().await;
    stage.advance(20).await;
    let paid = stage.pay(&payer, &placed, Outcome::Success).await;
    assert_eq!(paid, number);
    stage.quiesce().await;
    assert_eq!(merchant.state(&placed).await, "paid");
    stage.finish().await;
}

/// The APIv3 key was changed in one place and not in the other: a 5xx, so that WeChat comes back,
/// and nothing is lost once a person has put both keys in.
#[tokio::test]
async fn k05_a_changed_apiv3_key_is_a_server_error_until_both_are_configured() {
    let stage = Stage::start().await;
    let order = NewOrder::of("T1", 300);
    let Sale { merchant, payer, placed } = sale_of(&stage, BRAVO, order).await;
    let answer = payer.pay(&placed).await.ok();
    let real = stage.at_wechat_merchant(PUBLIC_KEY_MCHID).api_v3_key;
    let mut config = stage.config();
    let other = SecretSource::inline("aNewKeyThatIsNotKnownOverThere01");
    config.accounts[1].merchants[0].api_v3_key = other;
    stage.kill_server().await;
    stage.start_server(config.clone()).await.unwrap();
    stage.cashier(&payer, &answer["client_params"], Outcome::Success).unwrap();
    stage.quiesce().await;
    assert_eq!(answers(&stage), [Some(500)]);
    assert_eq!(merchant.state(&placed).await, "open");
    config.accounts[1].merchants[0].previous_api_v3_key = Some(SecretSource::inline(real));
    stage.kill_server().await;
    stage.start_server(config).await.unwrap();
    stage.advance(15).await;
    assert_eq!(answers(&stage).last(), Some(&Some(204)));
    assert_eq!(merchant.events(&placed).await, ["order.paid"]);
    stage.finish().await;
}

/// Our clock is wrong by ten minutes, by a day, either way: everything is refused, nothing is
/// believed, nothing is lost, and `readyz` says what is wrong.
#[tokio::test]
async fn k07_a_wrong_clock_stops_payments_and_loses_none() {
    let stage = Stage::start().await;
    let (_, _) = paid(&stage).await;
    let order = NewOrder::of("T2", 300);
    let Sale { merchant, payer, placed } = sale_of(&stage, ACME, order).await;
    stage.pay(&payer, &placed, Outcome::Success).await;
    for wrong in [600, -600, 86_400, -86_400] {
        let sent = stage.messages(MessageKind::Notify).len();
        stage.simulator().run_due().await;
        let url = stage.notify_url(ACME, CERTIFICATE_MCHID, "transaction");
        let number = stage
            .snapshot()
            .rows("attempts")
            .iter()
            .map(|row| row.text("out_trade_no").to_owned())
            .find(|number| stage.at_wechat(CERTIFICATE_MCHID, number).is_some())
            .unwrap();
        let content: Value = stage.success_of(CERTIFICATE_MCHID, &number);
        let genuine = stage.genuine(CERTIFICATE_MCHID, "transaction", &content);
        stage.clock().move_wall(wrong);
        let answer = stage.post_notification(&url, &genuine).await;
        assert_eq!(answer.status, 401, "{wrong}");
        stage.clock().move_wall(-wrong);
        assert!(stage.messages(MessageKind::Notify).len() >= sent);
    }
    stage.advance(30).await;
    assert_eq!(merchant.state(&placed).await, "paid");
    stage.finish().await;
}

/// The merchant's own key is replaced between the order and the second signature: the order is sent
/// again under the new key, because the cashier wants both by the same one.
#[tokio::test]
async fn k06_a_merchant_key_replaced_between_prepay_and_cashier_still_pays() {
    let stage = Stage::start().await;
    let Sale { merchant, payer, placed } = sale(&stage).await;
    let old = payer.pay(&placed).await.ok();
    let mchid = Mchid::new(CERTIFICATE_MCHID).unwrap();
    let key = pool::keys("merchant-").nth(3).unwrap();
    let certificate = pool::api_certificate(&mchid, &key);
    let added = certificate.clone();
    stage.simulator().with_world(|world, _| world.add_api_certificate(&mchid, added).unwrap());
    let mut config = stage.config();
    let ours = &mut config.accounts[0].merchants[0];
    ours.private_key = SecretSource::inline(key.private_key_pem);
    ours.certificate = Some(SecretSource::inline(certificate.certificate_pem));
    stage.kill_server().await;
    stage.start_server(config).await.unwrap();
    let new = payer.pay(&placed).await.ok();
    assert_eq!(old["out_trade_no"], new["out_trade_no"]);
    let prepays = stage.calls("POST", "/v3/pay/transactions/jsapi");
    assert_eq!(prepays.len(), 2);
    assert_eq!(prepays[0].body, prepays[1].body);
    assert!(prepays[1].headers["authorization"].contains(certificate.serial_no.as_str()));
    // The new signature does not open what the old key ordered.
    let mut mixed = new["client_params"].clone();
    mixed["package"] = old["client_params"]["package"].clone();
    assert!(stage.cashier(&payer, &mixed, Outcome::Success).is_err());
    stage.cashier(&payer, &new["client_params"], Outcome::Success).unwrap();
    stage.quiesce().await;
    assert_eq!(merchant.state(&placed).await, "paid");
    stage.finish().await;
}
