use super::*;

#[tokio::test]
async fn a_jump_is_looked_at_before_it_is_made() {
    let bench = Bench::start().await;
    bench.order("order-0001", "http://127.0.0.1:9/notify").await;
    let week = 7 * 24 * 3600;
    let closes = json!([{
        "at": "2026-03-08T12:00:00+08:00", "kind": "close_order", "unless_acknowledged": false,
        "mchid": "1900000001", "number": "order-0001",
    }]);
    let dry = bench.post("/api/clock/advance", json!({"seconds": week, "dry_run": true})).await;
    assert_eq!(dry["due"], closes);
    assert_eq!(dry["more"], false);
    assert_eq!(bench.get(&format!("/api/clock/due?within={week}")).await.json()["due"], closes);
    assert_eq!(bench.get("/api/clock/due").await.json()["due"], json!([]), "a day");
    assert_eq!(bench.get("/api/clock").await.json()["now"], "2026-03-01T12:00:00+08:00");
    let done = bench.post("/api/clock/advance", json!({"seconds": week})).await;
    assert_eq!(done["fired"][0]["kind"], "order_closed");
    assert_eq!(bench.trade_state("order-0001").await, "CLOSED");
}

/// A test on a build machine runs on another day each time.
#[tokio::test]
async fn a_world_begun_at_an_instant_is_the_same_whatever_the_day() {
    let bench = Bench::start().await;
    let fresh = json!({"seed": 7, "at": "2026-01-05T09:00:00+08:00"});
    let mut told = Vec::new();
    for _ in 0..2 {
        bench.post("/api/reset", fresh.clone()).await;
        let prepay_id = bench.order("order-0001", "http://127.0.0.1:9/notify").await;
        let paid = bench.pay(&prepay_id).await;
        let clock = bench.get("/api/clock").await.json();
        assert_eq!((&clock["now"], &clock["paused"]), (&fresh["at"], &json!(true)));
        told.push((prepay_id, paid, bench.get("/api/orders").await.body));
        bench.wall.0.fetch_add(3 * 24 * 3600, Ordering::SeqCst);
    }
    assert_eq!(told[0], told[1]);
    assert!(told[0].0.starts_with("wx05090000"), "{}", told[0].0);
    bench.post("/api/clock/resume", json!(null)).await;
    bench.wall.0.fetch_add(60, Ordering::SeqCst);
    assert_eq!(bench.get("/api/clock").await.json()["now"], "2026-01-05T09:01:00+08:00");
    for at in ["1970-01-01T08:00:00+08:00", "2126-01-05T09:00:00+08:00"] {
        let seen = bench.send("POST", "/api/reset", json!({"at": at})).await;
        assert_eq!((seen.status, &seen.json()["code"]), (400, &json!("BAD_REQUEST")), "{at}");
    }
}

#[tokio::test]
async fn the_clock_is_set_to_a_date_and_never_back() {
    let bench = Bench::start().await;
    bench.post("/api/clock/pause", json!(null)).await;
    let morning = json!({"at": "2026-03-02T10:00:00+08:00"});
    assert_eq!(bench.post("/api/clock/set", morning.clone()).await["now"], morning["at"]);
    let clock = bench.get("/api/clock").await.json();
    assert_eq!((&clock["now"], &clock["paused"]), (&morning["at"], &json!(true)));
    for (path, body) in [
        ("/api/clock/set", json!({"at": "2026-03-02T09:59:59+08:00"})),
        ("/api/clock/set", json!({"at": "2126-03-02T10:00:00+08:00"})),
        ("/api/clock/set", json!({"at": "tomorrow"})),
        ("/api/clock/advance", json!({"seconds": -1})),
    ] {
        let seen = bench.send("POST", path, body.clone()).await;
        assert_eq!((seen.status, &seen.json()["code"]), (400, &json!("BAD_REQUEST")), "{body}");
    }
    assert_eq!(bench.get("/api/clock/due?within=-1").await.status, 400);
}
