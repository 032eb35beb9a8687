//! Two accounts on one server, and nothing between them.

use serde_json::json;
use suanpan_simulator::world::Outcome;
use suanpan_testkit::{ACME, BRAVO, NewOrder, PUBLIC_KEY_MCHID, Stage};

use crate::scenes::{Sale, paid, sale_of};

/// Every route that names something, with the other account's key: as if it did not exist, in the
/// very words used for what does not exist.
#[tokio::test]
async fn a01_another_accounts_things_do_not_exist() {
    let stage = Stage::start().await;
    let (Sale { payer, placed, .. }, _) = paid(&stage).await;
    let bravo = stage.merchant_of(BRAVO);
    let own = bravo.place(&NewOrder::of("T1", 1500)).await;
    assert_ne!(own.order_id, placed.order_id, "the same merchant_order_no is another order there");
    let absent = format!("ord_acme_{}", "0".repeat(26));
    let before = stage.snapshot();
    let openid = json!({ "appid": bravo.appid, "openid": "o1234567890123456789012345678" });
    let attempt = json!({ "trade_type": "JSAPI", "appid": bravo.appid, "payer": openid });
    for order_id in [&placed.order_id, &absent] {
        let shown = bravo.get(&format!("/v1/orders/{order_id}")).await;
        let closed = bravo.post(&format!("/v1/orders/{order_id}/close"), &json!({})).await;
        let tried = bravo.post(&format!("/v1/orders/{order_id}/attempts"), &attempt).await;
        for answer in [shown, closed, tried] {
            let problem = answer.is_problem(404, "not_found");
            assert!(!problem.to_string().contains(order_id.as_str()), "{problem}");
        }
    }
    let session = json!({ "session_token": payer.session_token });
    bravo.post("/v1/sessions/introspect", &session).await.is_problem(404, "not_found");
    let code = stage.login_code(&payer.appid, "bo");
    let login = json!({ "appid": payer.appid, "code": code });
    bravo.post("/v1/login", &login).await.is_problem(404, "not_found");
    assert_eq!(stage.snapshot(), before);
    // Lists: nothing of the other, whatever the cursor names.
    let listed = bravo.get(&format!("/v1/orders?after={}", placed.order_id)).await;
    assert!(!listed.body.contains("acme"), "{listed:?}");
    let event_id = stage.inbox().webhooks()[0].id.clone();
    for path in [
        "/v1/events",
        &format!("/v1/events?after={event_id}"),
        "/v1/orders",
        "/v1/webhook_endpoints",
    ] {
        let listed = bravo.get(path).await;
        assert_eq!(listed.status, 200, "{path}");
        assert!(!listed.body.contains("acme"), "{path}: {listed:?}");
    }
    stage.finish().await;
}

/// Keys and numbers are each account's own, so the same ones mean different things.
#[tokio::test]
async fn a05_idempotency_keys_are_each_accounts_own() {
    let stage = Stage::start().await;
    let order = |total: i64| json!({ "merchant_order_no": "T1", "amount": { "total": total }, "description": "茶" });
    let mut answers = Vec::new();
    for (account, total) in [(ACME, 100), (BRAVO, 200), (ACME, 100), (BRAVO, 200)] {
        let merchant = stage.merchant_of(account);
        let request = stage.http().post(&format!("{}/v1/orders", stage.url()));
        let request = request.bearer_auth(&merchant.api_key).header("idempotency-key", "one-key");
        let request = request.header("content-type", "application/json");
        answers.push(stage.http().send(request.body(order(total).to_string())).await);
    }
    let statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses, [201, 201, 200, 200]);
    assert_eq!(answers[0].json(), answers[2].json());
    assert_eq!(answers[1].json(), answers[3].json());
    assert_ne!(answers[0].json()["order_id"], answers[1].json()["order_id"]);
    assert_eq!(answers[1].json()["amount"]["total"], 200);
    stage.finish().await;
}

/// An account cannot be paid into another's merchant, nor through another's app.
#[tokio::test]
async fn i14_an_account_uses_its_own_merchants_and_apps_only() {
    let stage = Stage::start().await;
    let acme = stage.merchant();
    let before = stage.snapshot();
    let foreign = NewOrder::of("T1", 100).with("merchant", PUBLIC_KEY_MCHID);
    acme.create(&foreign).await.is_problem(404, "not_found");
    let payer =
        json!({ "appid": stage.merchant_of(BRAVO).appid, "openid": "o12345678901234567890" });
    let foreign = NewOrder::of("T2", 100).with("payer", payer);
    acme.create(&foreign).await.is_problem(400, "invalid");
    assert_eq!(stage.snapshot(), before);
    stage.finish().await;
}

/// Webhooks go to the account they belong to and to nobody else.
#[tokio::test]
async fn i14_events_reach_their_own_account_only() {
    let stage = Stage::start().await;
    for account in [ACME, BRAVO] {
        let Sale { payer, placed, .. } = sale_of(&stage, account, NewOrder::of("T1", 50)).await;
        stage.pay(&payer, &placed, Outcome::Success).await;
    }
    stage.quiesce().await;
    for account in [ACME, BRAVO] {
        let webhooks = stage.inbox_of(account).webhooks();
        assert_eq!(webhooks.len(), 1);
        assert_eq!(webhooks[0].json()["data"]["account"], account);
    }
    stage.finish().await;
}

/// Both accounts at once, at random moments of each other: everybody is paid into their own pocket.
#[tokio::test]
async fn o16_concurrent_accounts_never_mix() {
    let stage = Stage::start().await;
    let mut sales = Vec::new();
    for number in 0..8 {
        let account = if number % 2 == 0 { ACME } else { BRAVO };
        let order = NewOrder::of(&format!("T{number}"), 100 + number);
        sales.push(sale_of(&stage, account, order).await);
    }
    let payments = sales.iter().map(|sale| stage.pay(&sale.payer, &sale.placed, Outcome::Success));
    let numbers = futures_util::future::join_all(payments).await;
    stage.quiesce().await;
    for (sale, number) in sales.iter().zip(numbers) {
        let order = sale.merchant.show(&sale.placed).await;
        assert_eq!(order["state"], "paid");
        let mchid = order["mchid"].as_str().unwrap();
        assert_eq!(mchid == PUBLIC_KEY_MCHID, sale.merchant.account == BRAVO);
        let at_wechat = stage.at_wechat(mchid, &number).unwrap();
        assert_eq!(json!(at_wechat.total), order["amount"]["total"]);
    }
    stage.finish().await;
}
