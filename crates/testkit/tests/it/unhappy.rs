//! The unhappy paths that make it a payment system: cancelled, lost, twice, late.

use suanpan_simulator::world::{Fault, FaultName, Outcome};
use suanpan_testkit::{CERTIFICATE_MCHID, NewOrder, Settings, Stage};

use crate::scenes::{Sale, answers, paid, sale, sale_of};

/// The payer closes the cashier and comes back: the same number, the same prepay, one payment.
#[tokio::test]
async fn a_cancelled_payment_is_retried_with_the_same_number() {
    let stage = Stage::start().await;
    let Sale { merchant, payer, placed } = sale(&stage).await;
    let first = stage.pay(&payer, &placed, Outcome::Cancel).await;
    stage.advance(20).await;
    assert_eq!(payer.sees(&placed).await, "open");
    let second = stage.pay(&payer, &placed, Outcome::Success).await;
    assert_eq!(first, second);
    stage.quiesce().await;
    assert_eq!(merchant.state(&placed).await, "paid");
    assert_eq!(stage.calls("POST", "/v3/pay/transactions/jsapi").len(), 1);
    stage.finish().await;
}

/// Every way of not paying leaves the order open, whatever the front end was told.
#[tokio::test]
async fn o04_whatever_the_cashier_says_only_wechat_is_believed() {
    let stage = Stage::start().await;
    let Sale { merchant, payer, placed } = sale(&stage).await;
    for outcome in [
        Outcome::Cancel,
        Outcome::InsufficientBalance,
        Outcome::WrongPin,
        Outcome::CallbackOkButUnpaid,
    ] {
        let before = stage.at_wechat(CERTIFICATE_MCHID, &stage.pay(&payer, &placed, outcome).await);
        assert!(!before.unwrap().is_paid());
        stage.advance(3).await;
        assert_eq!(payer.sees(&placed).await, "open", "{outcome:?}");
        assert_eq!(merchant.state(&placed).await, "open", "{outcome:?}");
    }
    assert!(stage.inbox().webhooks().is_empty());
    // And the other way round: told "cancelled", paid all the same.
    stage.fault(FaultName::NotifyLost);
    stage.pay(&payer, &placed, Outcome::CallbackSaysCancel).await;
    // Whoever polls faster than every two seconds is shown what is known.
    assert_eq!(payer.sees(&placed).await, "open");
    stage.advance(2).await;
    assert_eq!(payer.sees(&placed).await, "paid");
    stage.finish().await;
}

/// No notification ever arrives: the server asks, and the merchant hears of it once.
#[tokio::test]
async fn a_notification_lost_for_good_is_replaced_by_our_own_query() {
    let stage = Stage::start().await;
    stage.fault(FaultName::NotifyLost);
    let Sale { merchant, payer, placed } = sale(&stage).await;
    stage.pay(&payer, &placed, Outcome::Success).await;
    stage.quiesce().await;
    assert_eq!(merchant.state(&placed).await, "open");
    stage.advance(5).await;
    assert_eq!(merchant.state(&placed).await, "paid");
    stage.advance(24 * 3600).await;
    assert_eq!(answers(&stage).iter().filter(|status| status.is_some()).count(), 0);
    assert_eq!(stage.inbox().of_type("order.paid").len(), 1);
    stage.finish().await;
}

/// The page asks before the schedule does, and need not wait for it.
#[tokio::test]
async fn the_payers_page_finds_the_payment_without_any_notification() {
    let stage = Stage::start().await;
    stage.fault(FaultName::NotifyLost);
    let Sale { payer, placed, .. } = sale(&stage).await;
    stage.pay(&payer, &placed, Outcome::Success).await;
    assert_eq!(payer.sees(&placed).await, "paid");
    stage.finish().await;
}

/// The same news by two notifications and a query, all at once: one event, one webhook id.
#[tokio::test]
async fn n17_the_same_news_by_every_way_at_once_is_one_event() {
    let stage = Stage::start().await;
    stage.fault(FaultName::NotifyDuplicate);
    let Sale { merchant, payer, placed } = sale(&stage).await;
    stage.pay(&payer, &placed, Outcome::Success).await;
    let asked = async {
        for _ in 0..8 {
            payer.see(&placed).await;
        }
    };
    let closed = merchant.close(&placed);
    let ((), (), closed) = futures_util::join!(stage.quiesce(), asked, closed);
    assert!(["open", "paid"].contains(&closed.ok()["state"].as_str().unwrap()));
    stage.quiesce().await;
    assert_eq!(answers(&stage), [Some(204), Some(204)]);
    assert_eq!(merchant.events(&placed).await, ["order.paid"]);
    let ids: std::collections::BTreeSet<_> =
        stage.inbox().webhooks().into_iter().map(|webhook| webhook.id).collect();
    assert_eq!(ids.len(), 1);
    stage.finish().await;
}

/// Nobody pays: asked, closed at WeChat, asked again, and only then closed here.
#[tokio::test]
async fn expiry_asks_closes_and_asks_again_before_it_closes() {
    let stage = Stage::start().await;
    let Sale { merchant, payer, placed } = sale(&stage).await;
    let out_trade_no = stage.pay(&payer, &placed, Outcome::Cancel).await;
    stage.advance(1799).await;
    assert_eq!(merchant.state(&placed).await, "open");
    let asked_before = stage.calls("GET", "/v3/pay/transactions/out-trade-no/").len();
    assert!(stage.calls("POST", "/v3/pay/transactions/out-trade-no/").is_empty());
    stage.advance(1).await;
    let order = stage.at_wechat(CERTIFICATE_MCHID, &out_trade_no).unwrap();
    assert_eq!(order.trade_state.as_str(), "CLOSED");
    assert_eq!(merchant.state(&placed).await, "closed");
    let asked = stage.calls("GET", "/v3/pay/transactions/out-trade-no/").len();
    assert_eq!(asked - asked_before, 2, "once before the close and once after it");
    assert_eq!(stage.calls("POST", "/v3/pay/transactions/out-trade-no/").len(), 1);
    payer.pay(&placed).await.is_problem(409, "order_closed");
    assert_eq!(merchant.events(&placed).await, ["order.closed"]);
    stage.finish().await;
}

/// Nobody even tried: there is nothing at WeChat to close.
#[tokio::test]
async fn an_order_nobody_tried_to_pay_closes_without_wechat() {
    let stage = Stage::start().await;
    let Sale { merchant, placed, .. } = sale(&stage).await;
    stage.advance(1800).await;
    assert_eq!(merchant.state(&placed).await, "closed");
    assert!(stage.calls("GET", "/v3/pay/").is_empty());
    stage.finish().await;
}

/// Money that was under way lands after the close, and no notification survives: it is found,
/// shown as late, and sent back.
#[tokio::test]
async fn o10_a_payment_after_the_close_is_found_and_refunded() {
    let stage = Stage::start().await;
    stage.fault(FaultName::NotifyLost);
    let Sale { merchant, payer, placed } = sale(&stage).await;
    stage.pay(&payer, &placed, Outcome::SuccessAfterClose).await;
    assert_eq!(merchant.close(&placed).await.ok()["state"], "closed");
    stage.advance(61).await;
    let order = merchant.show(&placed).await;
    assert!(["paid_late", "refunded"].contains(&order["state"].as_str().unwrap()), "{order}");
    stage.advance(3600).await;
    let order = merchant.show(&placed).await;
    assert_eq!((&order["state"], &order["refunded"]), (&"refunded".into(), &1500.into()));
    assert_eq!(order["refunds"][0]["purpose"], "late_payment");
    let events = merchant.events(&placed).await;
    assert_eq!(events[..2], ["order.closed", "order.paid_late"]);
    assert!(events.contains(&"order.refunded".to_owned()), "{events:?}");
    let wallet = stage.simulator().with_world(|world, _| world.wallet("amei").unwrap());
    assert_eq!(wallet.balance_fen.count(), 100_000);
    stage.finish().await;
}

/// The same with its notification, and with the policy to keep the money.
#[tokio::test]
async fn a_late_payment_is_honoured_when_the_order_says_so() {
    let stage = Stage::start().await;
    let order = NewOrder::of("T1", 700).with("late_payment", "honour");
    let Sale { merchant, payer, placed } = sale_of(&stage, "acme", order).await;
    stage.pay(&payer, &placed, Outcome::SuccessAfterClose).await;
    merchant.close(&placed).await.ok();
    stage.advance(31).await;
    assert_eq!(merchant.state(&placed).await, "paid");
    assert_eq!(merchant.events(&placed).await, ["order.closed", "order.paid_late"]);
    assert!(merchant.show(&placed).await["refunds"].as_array().unwrap().is_empty());
    stage.finish().await;
}

/// The answer to the prepay is lost: the payer is told to ask again, and the very same body leaves
/// again under the same number.
#[tokio::test]
async fn o05_a_lost_prepay_answer_repeats_the_stored_body_verbatim() {
    let stage = Stage::with(Settings::impatient()).await;
    let Sale { merchant, payer, placed } = sale(&stage).await;
    let lost = Fault::times(FaultName::TimeoutAfter, 1);
    stage.faults(&[Fault { matching: Some("/v3/pay/transactions/jsapi".into()), ..lost }]);
    payer.pay(&placed).await.is_problem(503, "wechat_unknown");
    stage.advance(3).await;
    let out_trade_no = stage.pay(&payer, &placed, Outcome::Success).await;
    let sent = stage.calls("POST", "/v3/pay/transactions/jsapi");
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0].body, sent[1].body);
    assert_ne!(sent[0].headers["authorization"], sent[1].headers["authorization"]);
    assert!(sent[0].body.contains(&out_trade_no));
    assert_eq!(stage.snapshot().rows("attempts").len(), 1);
    stage.quiesce().await;
    assert_eq!(merchant.state(&placed).await, "paid");
    stage.finish().await;
}

/// The request itself is lost, and nobody ever tries again: WeChat has no such order, which is
/// believed only long after the order's end.
#[tokio::test]
async fn a_prepay_that_never_arrived_closes_after_the_margin() {
    let stage = Stage::with(Settings::impatient()).await;
    let Sale { merchant, payer, placed } = sale(&stage).await;
    let lost = Fault::times(FaultName::TimeoutBefore, 1);
    stage.faults(&[Fault { matching: Some("/v3/pay/transactions/jsapi".into()), ..lost }]);
    payer.pay(&placed).await.is_problem(503, "wechat_unknown");
    stage.advance(1800).await;
    assert_eq!(merchant.state(&placed).await, "open");
    stage.advance(600).await;
    assert_eq!(merchant.state(&placed).await, "closed");
    stage.finish().await;
}

/// A friend opens the same order: the first attempt is closed at WeChat before a second exists.
#[tokio::test]
async fn o07_another_payer_takes_over_only_after_the_first_cashier_is_dead() {
    let stage = Stage::start().await;
    let Sale { merchant, payer, placed } = sale(&stage).await;
    let first = payer.pay(&placed).await.ok();
    let friend = stage.login("bo").await;
    let second = stage.pay(&friend, &placed, Outcome::Success).await;
    assert_ne!(first["out_trade_no"], *second);
    let refused = stage.cashier(&payer, &first["client_params"], Outcome::Success);
    assert!(refused.is_err(), "both cashiers were open: {refused:?}");
    stage.quiesce().await;
    assert_eq!(merchant.show(&placed).await["out_trade_no"], *second);
    stage.finish().await;
}

/// Both were paid all the same, because money was under way: one is kept, the other goes back.
#[tokio::test]
async fn o07_two_payments_of_one_order_keep_one_and_return_one() {
    let stage = Stage::start().await;
    let Sale { merchant, payer, placed } = sale(&stage).await;
    let first = stage.pay(&payer, &placed, Outcome::SuccessAfterClose).await;
    let friend = stage.login("bo").await;
    let second = stage.pay(&friend, &placed, Outcome::Success).await;
    stage.advance(3600).await;
    let order = merchant.show(&placed).await;
    assert_eq!((&order["state"], &order["out_trade_no"]), (&"paid".into(), &(*second).into()));
    let refund = &order["refunds"][0];
    assert_eq!((&refund["purpose"], &refund["state"]), (&"excess".into(), &"succeeded".into()));
    assert_eq!(refund["out_trade_no"], *first);
    let alerts = stage.snapshot();
    assert_eq!(alerts.find("alerts", "kind", "excess_payment").count(), 1);
    stage.finish().await;
}

/// A prepay_id lives two hours, an order may live longer: then the same body is sent again.
#[tokio::test]
async fn o15_an_old_prepay_id_is_renewed_under_the_same_number() {
    let stage = Stage::start().await;
    let expires_at = stage.clock().business().plus(6 * 3600).to_string();
    let order = NewOrder::of("T1", 700).with("expires_at", expires_at);
    let Sale { merchant, payer, placed } = sale_of(&stage, "acme", order).await;
    let old = payer.pay(&placed).await.ok();
    stage.advance(2 * 3600 + 60).await;
    assert!(stage.cashier(&payer, &old["client_params"], Outcome::Success).is_err());
    let renewed = stage.pay(&payer, &placed, Outcome::Success).await;
    assert_eq!(old["out_trade_no"], *renewed);
    stage.quiesce().await;
    assert_eq!(merchant.state(&placed).await, "paid");
    stage.finish().await;
}

/// A refund that is stuck for hours is asked about until it has ended.
#[tokio::test]
async fn l03_a_stuck_refund_is_pursued_to_its_end() {
    let stage = Stage::start().await;
    let Sale { merchant, payer, placed } = sale(&stage).await;
    stage.fault(FaultName::RefundStuck);
    stage.pay(&payer, &placed, Outcome::SuccessAfterClose).await;
    merchant.close(&placed).await.ok();
    stage.advance(6 * 3600).await;
    assert_eq!(merchant.state(&placed).await, "paid_late");
    assert_eq!(merchant.show(&placed).await["pending_refund"], 1500);
    stage.faults(&[]);
    stage.advance(24 * 3600).await;
    assert_eq!(merchant.state(&placed).await, "refunded");
    stage.finish().await;
}

/// Money that WeChat cannot return is a person's business: an event and an alert.
#[tokio::test]
async fn r10_an_abnormal_refund_is_told_and_alerted() {
    let stage = Stage::start().await;
    let Sale { merchant, payer, placed } = sale(&stage).await;
    stage.fault(FaultName::RefundAbnormal);
    stage.pay(&payer, &placed, Outcome::SuccessAfterClose).await;
    merchant.close(&placed).await.ok();
    stage.advance(3600).await;
    assert_eq!(merchant.state(&placed).await, "paid_late");
    assert!(merchant.events(&placed).await.contains(&"refund.abnormal".to_owned()));
    assert_eq!(stage.snapshot().find("alerts", "kind", "refund_abnormal").count(), 1);
    stage.finish().await;
}

/// A paid order hears nothing new from a thousand days of notifications.
#[tokio::test]
async fn a_paid_order_cannot_be_closed() {
    let stage = Stage::start().await;
    let (Sale { merchant, payer, placed }, _) = paid(&stage).await;
    assert_eq!(merchant.close(&placed).await.ok()["state"], "paid");
    payer.pay(&placed).await.is_problem(409, "order_paid");
    stage.advance(2 * 3600).await;
    assert_eq!(merchant.state(&placed).await, "paid");
    stage.finish().await;
}
