//! Genuine statements by WeChat: compared with our rows, stored, applied once, acknowledged only then.

use serde_json::json;
use suanpan_simulator::world::{Fault, FaultName, MessageKind, Outcome};
use suanpan_testkit::{ACME, CERTIFICATE_MCHID, MIXED_MCHID, Moment, NewOrder, Stage};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::scenes::{Sale, answers, captured, paid, sale, sale_of};

/// A genuine statement about a cheap order, aimed at a dear one in every way: kept, alerted, and the
/// dear order stays unpaid.
#[tokio::test]
async fn n11_a_statement_that_differs_in_any_member_pays_nothing() {
    let stage = Stage::start().await;
    let dear = sale(&stage).await;
    let number = stage.pay(&dear.payer, &dear.placed, Outcome::Cancel).await;
    let url = stage.notify_url(ACME, CERTIFICATE_MCHID, "transaction");
    let swaps = [
        ("/appid", json!("wx0000000000000000"), 204),
        ("/amount/total", json!(1), 204),
        ("/amount/total", json!(1501), 204),
        ("/amount/currency", json!("HKD"), 204),
        ("/amount/currency", json!("cny"), 204),
        ("/mchid", json!(MIXED_MCHID), 400),
    ];
    for (alerts, (member, value, status)) in swaps.into_iter().enumerate() {
        let mut content = stage.success_of(CERTIFICATE_MCHID, &number);
        *content.pointer_mut(member).unwrap() = value;
        let notification = stage.genuine(CERTIFICATE_MCHID, "transaction", &content);
        let answer = stage.post_notification(&url, &notification).await;
        assert_eq!(answer.status, status, "{content}");
        assert_eq!(dear.merchant.state(&dear.placed).await, "open", "{content}");
        let rows = stage.snapshot();
        let expected = if status == 204 { alerts + 1 } else { alerts };
        assert_eq!(rows.find("alerts", "kind", "mismatch").count(), expected, "{content}");
        assert!(rows.rows("events").is_empty() && rows.rows("postings").is_empty());
    }
    stage.finish().await;
}

/// `payer_total` is what a coupon left over; only `total` says what was ordered.
#[tokio::test]
async fn n12_a_coupon_that_lowers_payer_total_still_pays() {
    let stage = Stage::start().await;
    let sale = sale(&stage).await;
    let number = stage.pay(&sale.payer, &sale.placed, Outcome::Cancel).await;
    let mut content = stage.success_of(CERTIFICATE_MCHID, &number);
    content["amount"]["payer_total"] = json!(1);
    let url = stage.notify_url(ACME, CERTIFICATE_MCHID, "transaction");
    let notification = stage.genuine(CERTIFICATE_MCHID, "transaction", &content);
    assert_eq!(stage.post_notification(&url, &notification).await.status, 204);
    let order = sale.merchant.show(&sale.placed).await;
    assert_eq!((&order["state"], &order["payer_total"]), (&json!("paid"), &json!(1)));
    assert_eq!(order["amount"]["total"], 1500);
    stage.finish_unsettled("WeChat's books know nothing of this payment").await;
}

/// The opposite mistake: what the payer paid equals our amount, what was ordered does not.
#[tokio::test]
async fn n12_payer_total_is_never_taken_for_total() {
    let stage = Stage::start().await;
    let sale = sale(&stage).await;
    let number = stage.pay(&sale.payer, &sale.placed, Outcome::Cancel).await;
    let mut content = stage.success_of(CERTIFICATE_MCHID, &number);
    content["amount"] = json!({ "total": 9900, "payer_total": 1500, "currency": "CNY" });
    let url = stage.notify_url(ACME, CERTIFICATE_MCHID, "transaction");
    let notification = stage.genuine(CERTIFICATE_MCHID, "transaction", &content);
    assert_eq!(stage.post_notification(&url, &notification).await.status, 204);
    assert_eq!(sale.merchant.state(&sale.placed).await, "open");
    stage.finish().await;
}

#[tokio::test]
async fn n16_sixty_four_parallel_copies_are_one_event_and_one_webhook() {
    let stage = Stage::start().await;
    stage.fault(FaultName::NotifyLost);
    let Sale { merchant, payer, placed } = sale(&stage).await;
    stage.pay(&payer, &placed, Outcome::Success).await;
    stage.simulator().run_due().await;
    let (url, genuine) = captured(&stage);
    let copies = (0..64).map(|_| stage.post_notification(&url, &genuine));
    let answers = futures_util::future::join_all(copies).await;
    assert!(answers.iter().all(|answer| answer.status == 204), "{answers:?}");
    assert_eq!(merchant.events(&placed).await, ["order.paid"]);
    stage.quiesce().await;
    assert_eq!(stage.inbox().webhooks().len(), 1);
    stage.finish().await;
}

/// The commit fails, or nobody knows whether it did: no 2xx, and WeChat's next try repairs it.
#[tokio::test]
async fn n18_nothing_is_acknowledged_before_it_is_committed() {
    for (moment, then) in [(Moment::Before, "open"), (Moment::After, "paid")] {
        let stage = Stage::start().await;
        let Sale { merchant, payer, placed } = sale(&stage).await;
        stage.pay(&payer, &placed, Outcome::Success).await;
        stage.breakage().fail_commits("order.observe", moment, 1);
        stage.quiesce().await;
        assert_eq!(answers(&stage), [Some(503)], "{moment:?}");
        assert_eq!(merchant.state(&placed).await, then, "{moment:?}");
        stage.advance(15).await;
        assert!(answers(&stage)[1..].iter().all(|status| *status == Some(204)));
        assert_eq!(merchant.events(&placed).await, ["order.paid"]);
        stage.finish().await;
    }
}

/// WeChat hangs up in the middle of our commit: the payment is in the books all the same.
#[tokio::test]
async fn n19_a_disconnect_in_mid_handler_loses_nothing() {
    let stage = Stage::start().await;
    stage.fault(FaultName::NotifyLost);
    let Sale { merchant, payer, placed } = sale(&stage).await;
    stage.pay(&payer, &placed, Outcome::Success).await;
    stage.simulator().run_due().await;
    let (url, genuine) = captured(&stage);
    let hold = stage.breakage().hold_commits("order.observe");
    let address = url.strip_prefix("http://").unwrap().split('/').next().unwrap();
    let path = url.strip_prefix(&format!("http://{address}")).unwrap();
    let mut head = format!("POST {path} HTTP/1.1\r\nHost: {address}\r\n");
    for (name, value) in &genuine.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str(&format!("Content-Length: {}\r\n\r\n", genuine.body.len()));
    let mut wechat = tokio::net::TcpStream::connect(address).await.unwrap();
    wechat.write_all(head.as_bytes()).await.unwrap();
    wechat.write_all(&genuine.body).await.unwrap();
    hold.entered().await;
    let metrics = format!("{}/metrics", stage.url());
    let before = open_connections(&stage, &metrics).await;
    drop(wechat);
    let mut questions = 0;
    while open_connections(&stage, &metrics).await >= before {
        questions += 1;
        assert!(questions < 10_000, "the server has not noticed that WeChat hung up");
    }
    assert_eq!(merchant.state(&placed).await, "open");
    hold.release();
    stage.breakage().mend();
    // Stopping waits for acts under way.
    stage.restart_server().await;
    assert_eq!(merchant.state(&placed).await, "paid");
    stage.finish().await;
}

async fn open_connections(stage: &Stage, metrics: &str) -> usize {
    let metrics = stage.http().send(stage.http().get(metrics)).await.body;
    let line = metrics.lines().find(|line| line.starts_with("suanpan_connections ")).unwrap();
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

/// Money for an order that is not in our books (a restored backup, another environment): kept and
/// alerted before it is acknowledged, and WeChat is not made to come back.
#[tokio::test]
async fn n22_a_payment_of_an_unknown_order_is_kept_and_alerted() {
    let stage = Stage::start().await;
    let (_, number) = paid(&stage).await;
    let (url, _) = captured(&stage);
    let mut content = stage.success_of(CERTIFICATE_MCHID, &number);
    content["out_trade_no"] = json!("restored0000000000000000000001");
    content["transaction_id"] = json!("4200000000202610010000000099");
    let before = stage.snapshot();
    for _ in 0..2 {
        let notification = stage.genuine(CERTIFICATE_MCHID, "transaction", &content);
        assert_eq!(stage.post_notification(&url, &notification).await.status, 204);
    }
    let rows = stage.snapshot();
    let orphans = rows.rows("orphans");
    assert_eq!(orphans.len(), 1);
    assert!(orphans[0].text("json").contains("4200000000202610010000000099"));
    assert!(rows.find("alerts", "kind", "orphan").count() >= 1);
    assert_eq!(rows.rows("orders"), before.rows("orders"));
    assert_eq!(rows.rows("events"), before.rows("events"));
    stage.finish().await;
}

/// The database stalls: the answer is a 5xx within three seconds, and the payment is not lost.
#[tokio::test]
async fn l05_a_stalled_database_is_answered_with_an_error_in_time() {
    let stage = Stage::start().await;
    let Sale { merchant, payer, placed } = sale(&stage).await;
    stage.pay(&payer, &placed, Outcome::Success).await;
    let hold = stage.breakage().hold_commits("order.observe");
    // WeChat waits five seconds and writes down what it got; a timeout would show as no status.
    stage.simulator().run_due().await;
    assert_eq!(answers(&stage), [Some(503)]);
    hold.release();
    stage.breakage().mend();
    stage.advance(15).await;
    assert_eq!(merchant.state(&placed).await, "paid");
    assert_eq!(merchant.events(&placed).await, ["order.paid"]);
    stage.finish().await;
}

/// Probe signatures on the answers to each of our own calls: unknown, never an error to the merchant,
/// and in the end everybody's books agree.
#[tokio::test]
async fn n21_a_probe_on_any_answer_means_unknown_and_converges() {
    for (name, count) in [
        (FaultName::ProbeSignature, 2),
        (FaultName::BadSignature, 2),
        (FaultName::UnknownSerial, 2),
    ] {
        for target in [
            "/v3/certificates",
            "/v3/pay/transactions/jsapi",
            "/v3/pay/transactions/out-trade-no/",
            "/close",
            "/v3/refund/domestic/refunds",
        ] {
            let stage = Stage::start().await;
            let fault = Fault { matching: Some(target.to_owned()), ..Fault::times(name, count) };
            stage.faults(&[fault, Fault::always(FaultName::NotifyLost)]);
            let Sale { merchant, payer, placed } = sale(&stage).await;
            // As a front end does: again while the answer says that it may help.
            let mut tries = 0;
            let params = loop {
                tries += 1;
                assert!(tries < 20, "{name:?} on {target} never ends");
                let answer = payer.pay(&placed).await;
                if answer.status == 200 {
                    break answer.json()["client_params"].clone();
                }
                assert_eq!(answer.status, 503, "{name:?} on {target}: {answer:?}");
                assert_eq!(answer.header("retry-after"), Some("1"));
                stage.advance(6).await;
            };
            stage.cashier(&payer, &params, Outcome::SuccessAfterClose).unwrap();
            assert_eq!(merchant.close(&placed).await.status, 200, "{name:?} on {target}");
            stage.advance(24 * 3600).await;
            let state = merchant.state(&placed).await;
            assert_eq!(state, "refunded", "{name:?} on {target}");
            let used = stage.simulator().with_world(|world, _| world.faults()[0].count);
            assert_eq!(used, Some(0), "{name:?} never struck on {target}");
            assert_eq!(stage.snapshot().rows("attempts").len(), 1);
            stage.finish().await;
        }
    }
}

/// Every other way for an answer to be worthless, on every call.
#[tokio::test]
async fn errors_and_cut_answers_on_any_call_mean_unknown_and_converge() {
    for name in [FaultName::Http429, FaultName::Http500, FaultName::Truncated] {
        let stage = Stage::start().await;
        let Sale { merchant, payer, placed } = sale_of(&stage, ACME, NewOrder::of("T1", 2)).await;
        stage.faults(&[Fault::times(name, 12), Fault::times(FaultName::NotifyLost, 3)]);
        let mut tries = 0;
        let params = loop {
            tries += 1;
            assert!(tries < 40, "{name:?} never ends");
            let answer = payer.pay(&placed).await;
            if answer.status == 200 {
                break answer.json()["client_params"].clone();
            }
            assert_eq!(answer.status, 503, "{name:?}: {answer:?}");
            stage.advance(6).await;
        };
        stage.cashier(&payer, &params, Outcome::Success).unwrap();
        stage.advance(3600).await;
        assert_eq!(merchant.state(&placed).await, "paid", "{name:?}");
        stage.finish().await;
    }
}

/// Late, reordered, duplicated, spoiled, unopenable: the ladder gets every one of them there.
#[tokio::test]
async fn notifications_under_every_fault_arrive_in_the_end() {
    for name in [
        FaultName::NotifyLost,
        FaultName::NotifyDuplicate,
        FaultName::NotifyLate,
        FaultName::NotifyReordered,
        FaultName::NotifyBadSignature,
        FaultName::NotifyUndecryptable,
        FaultName::NotifyProbe,
    ] {
        let stage = Stage::start().await;
        stage.faults(&[Fault::times(name, 2)]);
        let Sale { merchant, payer, placed } = sale(&stage).await;
        stage.pay(&payer, &placed, Outcome::Success).await;
        stage.advance(3600).await;
        assert_eq!(merchant.events(&placed).await, ["order.paid"], "{name:?}");
        let acknowledged = answers(&stage).into_iter().filter(|status| *status == Some(204));
        assert!(acknowledged.count() >= 1, "{name:?}");
        assert!(!stage.messages(MessageKind::Notify).is_empty());
        stage.finish().await;
    }
}

/// Half a request and then silence costs nothing but its connection.
#[tokio::test]
async fn a_notification_cut_off_in_its_body_changes_nothing() {
    let stage = Stage::start().await;
    let (_, _) = paid(&stage).await;
    let (url, genuine) = captured(&stage);
    let before = stage.snapshot();
    let address = url.strip_prefix("http://").unwrap().split('/').next().unwrap();
    let path = url.strip_prefix(&format!("http://{address}")).unwrap();
    let mut head = format!("POST {path} HTTP/1.1\r\nHost: {address}\r\n");
    for (name, value) in &genuine.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str(&format!("Content-Length: {}\r\n\r\n", genuine.body.len()));
    let mut wechat = tokio::net::TcpStream::connect(address).await.unwrap();
    wechat.write_all(head.as_bytes()).await.unwrap();
    wechat.write_all(&genuine.body[..genuine.body.len() / 2]).await.unwrap();
    wechat.shutdown().await.unwrap();
    let mut answer = String::new();
    wechat.read_to_string(&mut answer).await.unwrap();
    assert!(!answer.starts_with("HTTP/1.1 2"), "{answer}");
    assert_eq!(stage.snapshot(), before);
    stage.finish().await;
}
