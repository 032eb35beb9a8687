use super::*;

async fn put(bench: &Bench, file: String) -> Seen {
    let request = bench
        .http
        .put(bench.manage_at("/api/state"))
        .header("Content-Type", "application/json")
        .body(file);
    Seen::read(request.send().await.unwrap()).await
}

#[tokio::test]
async fn a_world_moves_to_another_simulator_with_its_clock() {
    let bench = Bench::start().await;
    let prepay_id = bench.order("order-0001", "http://127.0.0.1:9/notify").await;
    bench.pay(&prepay_id).await;
    bench.post("/api/clock/advance", json!({"seconds": 7200})).await;
    bench.send("PUT", "/api/faults", json!([{"name": "slow", "match": "/refund"}])).await;
    let exported = bench.get("/api/state").await;
    assert_eq!(
        exported.headers["content-disposition"],
        "attachment; filename=\"suanpan-world-1.json\""
    );

    // A machine a month later: nothing has become due on the way.
    let wall = ManualClock::at(NOON + 30 * 24 * 3600);
    let other = Bench::with(Config { seed: Some(77), ..config(&wall) }, wall).await;
    let seen = put(&other, exported.body).await;
    assert_eq!(seen.json(), json!({"seed": 1, "now": "2026-03-01T14:00:00+08:00"}));
    assert_eq!(other.trade_state("order-0001").await, "SUCCESS");
    for path in ["/api/faults", "/api/orders", "/api/users/amei/wallet"] {
        assert_eq!(other.get(path).await.json(), bench.get(path).await.json(), "{path}");
    }
    // It runs on from there.
    other.wall.0.fetch_add(60, Ordering::SeqCst);
    assert_eq!(other.get("/api/clock").await.json()["now"], "2026-03-01T14:01:00+08:00");
}

#[tokio::test]
async fn foreign_newer_and_broken_worlds_are_refused_and_leave_this_one_alone() {
    let bench = Bench::start().await;
    bench.order("order-0001", "http://127.0.0.1:9/notify").await;
    let exported = bench.get("/api/state").await;
    let with = |name: &str, value: Value| {
        let mut file = exported.json();
        file[name] = value;
        file.to_string()
    };
    let cut = exported.body[..exported.body.len() / 2].to_owned();
    for (file, code) in [
        ("{}".to_owned(), "FOREIGN_STATE"),
        (with("format", json!("stripe")), "FOREIGN_STATE"),
        (with("version", json!(99)), "OTHER_VERSION"),
        (with("state", json!({"seed": 3})), "BROKEN_STATE"),
        (cut, "BROKEN_STATE"),
    ] {
        let seen = put(&bench, file).await;
        assert_eq!((seen.status, &seen.json()["code"]), (422, &json!(code)));
    }
    let mut robbed = exported.json();
    robbed["state"]["minted"] = json!(0);
    let seen = put(&bench, robbed.to_string()).await;
    assert_eq!((seen.status, &seen.json()["code"]), (422, &json!("IMPOSSIBLE_STATE")));
    assert_eq!(bench.trade_state("order-0001").await, "NOTPAY");
}
