use std::path::Path;

use super::*;
use crate::{Report, Scenario};

async fn play(bench: &Bench, text: &str) -> Report {
    bench.running.play(&Scenario::parse(text).unwrap(), |_| {}).await
}

/// The committed examples come true, and the same story is told twice.
#[tokio::test]
async fn every_example_comes_true() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/scenarios");
    let files: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    assert!(files.len() >= 5);
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let bench = Bench::start().await;
        let report = play(&bench, &text).await;
        assert!(report.as_told, "{}: {:#?}", file.display(), report.steps.last());
        bench.running.with_world(|world, _| world.audit()).unwrap();
        bench.wall.0.store(NOON, Ordering::SeqCst);
        assert_eq!(play(&bench, &text).await, report, "{}", file.display());
    }
}

#[tokio::test]
async fn a_story_stops_where_it_is_not_as_told() {
    let bench = Bench::start().await;
    for (story, line, said) in [
        (
            "order tea 1.00\nexpect tea state=SUCCESS notified=2\ncalm",
            2,
            "it is NOTPAY, 0 notifications have left",
        ),
        ("pay tea by=amei", 1, "the story has not come to an order tea yet"),
        ("order tea 1.00\n\npay tea by=bo", 3, "refused: 下单账号与支付账号不一致，请核实后再支付"),
        ("order tea 1.00\npay tea refused=wrong_pin", 2, "it was not refused: SUCCESS"),
        ("order tea 1.00\norder tea 1.00", 2, "there is an order tea already"),
        (
            "order tea 1.00 merchant=1900009999",
            1,
            "there is no merchant 1900009999 whose private key the simulator has",
        ),
        (
            "until 2020-01-01T00:00:00+08:00",
            1,
            "it is 2026-03-01T12:00:00+08:00 already, and time never goes back",
        ),
        ("order tea 1.00\nrefund tea", 2, "订单不存在"),
    ] {
        let report = play(&bench, story).await;
        let last = report.steps.last().unwrap();
        assert_eq!((report.as_told, last.line, last.said.as_str()), (false, line, said), "{story}");
    }
}

#[tokio::test]
async fn a_story_waits_for_the_merchants_own_program() {
    let bench = Bench::start().await;
    bench.order("earlier-0001", "http://127.0.0.1:9/notify").await;
    let story =
        Scenario::parse("await tea merchant=1900000001\npay tea by=amei\nexpect tea state=SUCCESS")
            .unwrap();
    let (report, _) = tokio::join!(
        bench.running.play(&story, |_| {}),
        bench.order("order-0001", "http://127.0.0.1:9/notify"),
    );
    assert!(report.as_told, "{report:?}");
    assert_eq!(report.steps[0].said, "order-0001 of 1900000001");
    assert_eq!(bench.trade_state("earlier-0001").await, "NOTPAY");
}

/// What people do over the management surface, written down and played to another world.
#[tokio::test]
async fn a_session_is_recorded_and_played_again() {
    let session = async |bench: &Bench| {
        let prepay_id = bench.order("order-0001", "http://127.0.0.1:9/notify").await;
        bench.order("order-0002", "http://127.0.0.1:9/notify").await;
        bench.post("/api/clock/pause", json!(null)).await;
        bench.send("PUT", "/api/faults", json!([{"name": "notify_lost", "count": 1}])).await;
        let wrong = json!({"prepay_id": prepay_id, "user": "amei", "pin": "000000"});
        assert_eq!(bench.send("POST", "/api/pay", wrong).await.status, 403);
        bench.pay(&prepay_id).await;
        bench.post("/api/clock/advance", json!({"seconds": 60})).await;
        bench
            .post(
                "/api/refunds",
                json!({"mchid": "1900000001", "out_trade_no": "order-0001", "amount_fen": 500}),
            )
            .await;
        bench.send("DELETE", "/api/faults", json!(null)).await;
    };
    let bench = Bench::start().await;
    bench.order("earlier-0001", "http://127.0.0.1:9/notify").await;
    assert_eq!(
        bench.get("/api/scenarios/record").await.json(),
        json!({"recording": false, "text": ""})
    );
    bench.post("/api/scenarios/record", json!(null)).await;
    session(&bench).await;
    let recorded = bench.get("/api/scenarios/record").await.json();
    let text = recorded["text"].as_str().unwrap();
    assert_eq!(
        text,
        "pause\ncalm\nfault notify_lost count=1\nawait order-1\n\
         pay order-1 by=amei pin=000000 refused=wrong_pin\npay order-1 by=amei\nadvance 1m\n\
         refund order-1 amount=5.00\ncalm\n"
    );
    let stopped = bench.send("DELETE", "/api/scenarios/record", json!(null)).await.json();
    assert_eq!(stopped, json!({"recording": false, "text": text}));
    bench.post("/api/clock/resume", json!(null)).await;
    assert_eq!(bench.get("/api/scenarios/record").await.json()["text"], "");

    let other = Bench::start().await;
    let merchant = async {
        // The story begins with a pause; only orders after its beginning are its own.
        while other.get("/api/clock").await.json()["paused"] == false {}
        other.order("order-0001", "http://127.0.0.1:9/notify").await
    };
    let (played, _) =
        tokio::join!(other.post("/api/scenarios/play", json!({"text": text})), merchant);
    assert_eq!(played["as_told"], true, "{played}");
    assert_eq!(other.trade_state("order-0001").await, "REFUND");
}

#[tokio::test]
async fn a_story_that_cannot_be_read_is_refused_with_its_place() {
    let bench = Bench::start().await;
    let seen = bench.send("POST", "/api/scenarios/play", json!({"text": "calm\npay"})).await;
    let (status, problem) = (seen.status, seen.json());
    assert_eq!((status, &problem["code"]), (422, &json!("SCENARIO")));
    assert!(problem["detail"].as_str().unwrap().starts_with("line 2, column 4: pay needs"));
}
