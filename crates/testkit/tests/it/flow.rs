//! The first payment.

use serde_json::json;
use suanpan_simulator::world::{MessageKind, Outcome};
use suanpan_testkit::{
    ACME, BRAVO, CERTIFICATE_MCHID, MIXED_MCHID, NewOrder, PUBLIC_KEY_MCHID, Settings, Stage,
};

use crate::scenes::{Sale, sale, sale_of};

/// One order from the merchant's backend to the merchant's webhook, every byte over HTTP, and the
/// payer's page turning because the server says so.
#[tokio::test]
async fn a_customer_pays_and_the_merchant_knows() {
    let stage = Stage::start().await;
    let Sale { merchant, payer, placed } = sale(&stage).await;
    let out_trade_no = stage.pay(&payer, &placed, Outcome::Success).await;
    assert_eq!(merchant.state(&placed).await, "open", "the cashier's word is not proof");

    stage.quiesce().await;

    assert_eq!(payer.sees(&placed).await, "paid");
    let order = merchant.show(&placed).await;
    assert_eq!(order["state"], "paid");
    assert_eq!(order["out_trade_no"], *out_trade_no);
    assert_eq!(order["payer_total"], 1500);
    let webhooks = stage.inbox().webhooks();
    assert_eq!(webhooks.len(), 1);
    let event = webhooks[0].json();
    assert_eq!(event["type"], "order.paid");
    let expected = json!({
        "environment": "simulator", "account": ACME, "mchid": CERTIFICATE_MCHID,
        "order_id": placed.order_id, "merchant_order_no": "T1",
        "out_trade_no": out_trade_no, "transaction_id": order["transaction_id"],
        "amount": { "total": 1500, "currency": "CNY" }, "payer_total": 1500,
        "trade_type": "JSAPI", "paid_at": order["paid_at"], "state": "paid",
    });
    assert_eq!(event["data"], expected);
    let wallet = stage.simulator().with_world(|world, _| world.wallet("amei").unwrap());
    assert_eq!(wallet.balance_fen.count(), 100_000 - 1500);
    stage.finish().await;
}

/// Every message between us and WeChat carries a signature that the other side has checked.
#[tokio::test]
async fn every_message_is_signed_and_every_signature_checked() {
    let stage = Stage::start().await;
    let Sale { payer, placed, .. } = sale(&stage).await;
    stage.pay(&payer, &placed, Outcome::Success).await;
    stage.quiesce().await;
    for target in ["/v3/certificates", "/v3/pay/transactions/jsapi"] {
        let calls = stage.messages(MessageKind::Request);
        let call = calls.iter().find(|call| call.url == target).unwrap();
        assert!(call.headers["authorization"].starts_with("WECHATPAY2-SHA256-RSA2048 "));
        assert_eq!(call.verdict.as_deref(), Some("signature accepted"));
    }
    let notified = stage.messages(MessageKind::Notify);
    assert_eq!(notified.len(), 1);
    assert!(notified[0].body.contains("ciphertext"), "the content is sealed");
    assert!(!notified[0].body.contains("4200"), "the transaction_id stands nowhere in clear");
    assert_eq!(stage.messages(MessageKind::NotifyAnswer)[0].status, Some(204));
    stage.finish().await;
}

/// Certificates, public key, and both at once: three merchants, the same flow.
#[tokio::test]
async fn every_trust_mode_pays() {
    let stage = Stage::start().await;
    for (account, mchid, signed_by_public_key) in [
        (ACME, CERTIFICATE_MCHID, false),
        (BRAVO, PUBLIC_KEY_MCHID, true),
        (ACME, MIXED_MCHID, true),
    ] {
        let order = NewOrder::of(&format!("T-{mchid}"), 990).with("merchant", mchid);
        let Sale { merchant, payer, placed } = sale_of(&stage, account, order).await;
        let out_trade_no = stage.pay(&payer, &placed, Outcome::Success).await;
        stage.quiesce().await;
        assert_eq!(merchant.state(&placed).await, "paid", "{mchid}");
        assert!(stage.at_wechat(mchid, &out_trade_no).unwrap().is_paid());
        let answers = stage.messages(MessageKind::Response);
        let prepaid = answers.iter().rfind(|answer| answer.url.ends_with("/jsapi")).unwrap();
        let serial_no = &prepaid.headers["Wechatpay-Serial"];
        assert_eq!(serial_no.starts_with("PUB_KEY_ID_"), signed_by_public_key, "{serial_no}");
    }
    stage.finish().await;
}

/// The sample shop: its own price, its own books, moved by a signed webhook and nothing else.
#[tokio::test]
async fn the_sample_shop_sells_a_cup_of_tea() {
    let stage = Stage::with(Settings { real_wall: true, ..Settings::default() }).await;
    let shop = stage.open_shop().await;
    let products = shop.get("/api/products").await.ok();
    let tea = &products["products"][0];
    assert_eq!((&tea["sku"], &tea["price_fen"]), (&json!("longjing"), &json!(1800)));
    let placed = shop.order("longjing").await;
    assert_eq!(shop.state(&placed).await, "awaiting_payment");
    let payer = stage.login("bo").await;
    let answer = payer.pay(&placed).await.ok();
    let number = answer["out_trade_no"].as_str().unwrap();
    assert_eq!(stage.at_wechat(CERTIFICATE_MCHID, number).unwrap().total.count(), 1800);
    stage.cashier(&payer, &answer["client_params"], Outcome::Success).unwrap();
    assert_eq!(shop.state(&placed).await, "awaiting_payment");
    stage.quiesce().await;
    assert_eq!(shop.state(&placed).await, "paid");
    let forged = shop.post("/webhooks", &stage.inbox().webhooks()[0].json()).await;
    assert_eq!(forged.status, 401, "an event without its signature");
    stage.finish().await;
}

/// A merchant with a login of its own names the payer itself.
#[tokio::test]
async fn a_merchant_with_its_own_login_pays_without_a_session() {
    let stage = Stage::start().await;
    let Sale { merchant, payer, placed } = sale(&stage).await;
    let who = json!({ "session_token": payer.session_token });
    let person = merchant.post("/v1/sessions/introspect", &who).await.ok();
    assert!(person["user_id"].as_str().unwrap().starts_with("usr_acme_"));
    let wanted = json!({
        "trade_type": "JSAPI", "appid": merchant.appid,
        "payer": { "appid": merchant.appid, "openid": person["openid"] },
    });
    let path = format!("/v1/orders/{}/attempts", placed.order_id);
    let attempt = merchant.post(&path, &wanted).await.ok();
    stage.cashier(&payer, &attempt["client_params"], Outcome::Success).unwrap();
    stage.quiesce().await;
    assert_eq!(merchant.state(&placed).await, "paid");
    stage.finish().await;
}

/// Stopping and starting changes nothing: the same order, the same token, the same session.
#[tokio::test]
async fn a_restart_between_any_two_clicks_is_not_noticed() {
    let stage = Stage::start().await;
    let Sale { merchant, payer, placed } = sale(&stage).await;
    stage.restart_server().await;
    let answer = payer.pay(&placed).await.ok();
    stage.restart_server().await;
    let again = payer.pay(&placed).await.ok();
    assert_eq!(answer["out_trade_no"], again["out_trade_no"]);
    assert_eq!(answer["client_params"]["package"], again["client_params"]["package"]);
    stage.cashier(&payer, &answer["client_params"], Outcome::Success).unwrap();
    stage.restart_server().await;
    stage.quiesce().await;
    stage.restart_server().await;
    assert_eq!(merchant.state(&placed).await, "paid");
    assert_eq!(stage.calls("POST", "/v3/pay/transactions/jsapi").len(), 1);
    stage.finish().await;
}
