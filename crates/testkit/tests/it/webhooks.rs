//! The merchant's backend hears of everything, at least once, under one id.

use suanpan_simulator::world::Outcome;
use suanpan_testkit::{ACME, BRAVO, Inbox, Moment, NewOrder, Stage};

use crate::scenes::{Sale, paid, sale, sale_of};

/// The process dies after the payment was committed and before anybody was told.
#[tokio::test]
async fn w01_an_event_survives_a_crash_between_commit_and_dispatch() {
    let stage = Stage::start().await;
    let Sale { merchant, payer, placed } = sale(&stage).await;
    stage.pay(&payer, &placed, Outcome::Success).await;
    stage.simulator().run_due().await;
    assert_eq!(merchant.events(&placed).await, ["order.paid"]);
    assert!(stage.inbox().webhooks().is_empty(), "nothing was dispatched yet");
    stage.kill_server().await;
    stage.start_server(stage.config()).await.unwrap();
    stage.quiesce().await;
    assert_eq!(stage.inbox().of_type("order.paid").len(), 1);
    stage.finish().await;
}

/// It arrived, and our note of that was lost: the same event again, byte for byte.
#[tokio::test]
async fn w03_a_delivery_whose_mark_was_lost_repeats_the_same_event() {
    for moment in [Moment::Before, Moment::After] {
        let stage = Stage::start().await;
        stage.breakage().fail_commits("event.deliver", moment, 1);
        let (_, _) = paid(&stage).await;
        assert_eq!(stage.inbox().webhooks().len(), 1);
        stage.advance(120).await;
        let arrived = stage.inbox().webhooks();
        let expected = if moment == Moment::Before { 2 } else { 1 };
        assert_eq!(arrived.len(), expected, "{moment:?}");
        assert!(arrived.iter().all(|webhook| webhook.id == arrived[0].id));
        assert!(arrived.iter().all(|webhook| webhook.body == arrived[0].body));
        stage.finish().await;
    }
}

/// An endpoint that fails for days hears of the event in the end; later attempts are signed anew.
#[tokio::test]
async fn w02_a_failing_endpoint_is_tried_again_under_one_id() {
    let stage = Stage::start().await;
    stage.inbox().answer_next(&[500, 503, 404, 400, 301, 429, 500, 500]);
    let (_, _) = paid(&stage).await;
    stage.advance(2 * 24 * 3600).await;
    let arrived = stage.inbox().webhooks();
    assert_eq!(arrived.len(), 9);
    assert!(
        arrived
            .iter()
            .all(|webhook| (&webhook.id, &webhook.body) == (&arrived[0].id, &arrived[0].body))
    );
    let signed_at: Vec<_> = arrived.iter().map(|webhook| webhook.timestamp).collect();
    assert!(signed_at.is_sorted() && signed_at[0] < signed_at[8], "{signed_at:?}");
    stage.finish().await;
}

/// A dead endpoint is given up visibly, and its account's other rows go on.
#[tokio::test]
async fn l02_a_dead_endpoint_is_given_up_with_an_alert() {
    let stage = Stage::start().await;
    stage.inbox().answer_next(&[500; 12]);
    let (_, _) = paid(&stage).await;
    stage.advance(6 * 24 * 3600).await;
    assert_eq!(stage.inbox().webhooks().len(), 12);
    let rows = stage.snapshot();
    assert_eq!(rows.find("alerts", "kind", "webhook_dead").count(), 1);
    assert_eq!(rows.find("deliveries", "state", "dead").count(), 1);
    stage.finish_unsettled("the endpoint never answers").await;
}

/// A redirect would hand the payload to an address nobody configured.
#[tokio::test]
async fn w07_a_redirect_is_a_failure_and_is_not_followed() {
    let stage = Stage::start().await;
    let elsewhere: &Inbox = stage.inbox_of(BRAVO);
    stage.inbox().redirect_next(&elsewhere.url());
    let (_, _) = paid(&stage).await;
    assert_eq!(stage.inbox().webhooks().len(), 1);
    assert_eq!(stage.snapshot().find("deliveries", "last_status", "307").count(), 1);
    stage.advance(5).await;
    assert_eq!(stage.inbox().webhooks().len(), 2, "tried again where it belongs");
    // The other inbox would have complained about a signature that is not its own.
    assert!(elsewhere.webhooks().is_empty());
    stage.finish().await;
}

/// What a merchant needs in order not to be fooled stands in every event.
#[tokio::test]
async fn w09_an_event_names_everything_a_merchant_must_compare() {
    let stage = Stage::start().await;
    let Sale { merchant, payer, placed } = sale(&stage).await;
    stage.pay(&payer, &placed, Outcome::SuccessAfterClose).await;
    merchant.close(&placed).await.ok();
    stage.advance(3600).await;
    let webhooks = stage.inbox().webhooks();
    assert!(webhooks.len() >= 4, "{webhooks:?}");
    for webhook in webhooks {
        let event = webhook.json();
        for member in ["environment", "account", "mchid", "order_id", "merchant_order_no", "state"]
        {
            assert!(event["data"][member].is_string(), "{member} is missing: {event}");
        }
        assert_eq!(event["data"]["amount"]["total"], 1500);
        assert_eq!(event["data"]["amount"]["currency"], "CNY");
        if event["type"].as_str().unwrap().starts_with("refund.") {
            assert_eq!(event["data"]["refund"]["amount"], 1500, "{event}");
        }
    }
    stage.finish().await;
}

/// One of an account's endpoints is dead for days: the other one, and the other account, hear of
/// everything at once.
#[tokio::test]
async fn l06_a_dead_endpoint_delays_nobody_else() {
    let stage = Stage::start().await;
    let deaf = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let dead = format!("http://{}/", deaf.local_addr().unwrap());
    drop(deaf);
    let wanted = serde_json::json!({ "url": dead, "events": [] });
    stage.merchant().post("/v1/webhook_endpoints", &wanted).await.ok();
    for number in 1..=5 {
        for account in [ACME, BRAVO] {
            let order = NewOrder::of(&format!("T{number}"), 100);
            let Sale { payer, placed, .. } = sale_of(&stage, account, order).await;
            stage.pay(&payer, &placed, Outcome::Success).await;
        }
        stage.quiesce().await;
        for account in [ACME, BRAVO] {
            assert_eq!(stage.inbox_of(account).webhooks().len(), number, "{account}");
        }
        stage.advance(3600).await;
    }
    assert_eq!(stage.snapshot().find("deliveries", "state", "pending").count(), 5);
    stage.finish_unsettled("the endpoint never answers").await;
}
