use super::*;
use crate::Scenario;

#[tokio::test]
async fn s07_the_simulator_stays_on_loopback_unless_it_has_a_token() {
    let wall = ManualClock::at(NOON);
    let everywhere = "0.0.0.0:0".parse().unwrap();
    for exposed in [
        Config { protocol: everywhere, ..config(&wall) },
        Config { proxy: everywhere, ..config(&wall) },
        Config { management: everywhere, ..config(&wall) },
        Config { tls: everywhere, ..config(&wall) },
    ] {
        let error = Simulator::start(exposed).await.unwrap_err();
        assert!(matches!(error, StartError::Exposed { .. }), "{error}");
    }
    let guarded = Config { token: Some("a-long-token".into()), ..config(&wall) };
    let bench = Bench::with(guarded, wall).await;
    assert_eq!(bench.get("/api/fixture").await.status, 401);
    for (token, status) in [("a-long-token", 200), ("a-long-tokem", 401), ("", 401)] {
        let answer = bench
            .http
            .get(bench.manage_at("/api/fixture"))
            .header("Authorization", format!("Bearer {token}"))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), status, "{token}");
    }
}

#[tokio::test]
async fn a_token_does_not_keep_a_storys_notifications_away() {
    let wall = ManualClock::at(NOON);
    let guarded = Config { token: Some("a-long-token".into()), ..config(&wall) };
    let bench = Bench::with(guarded, wall).await;
    let story = "pause\norder tea 1.00\npay tea by=amei\nexpect tea notified=1 acknowledged=yes";
    let report = bench.running.play(&Scenario::parse(story).unwrap(), |_| {}).await;
    assert!(report.as_told, "{:?}", report.steps.last());
    let inbox = |origin: Option<&'static str>| {
        let request = bench.http.post(bench.manage_at("/api/scenarios/inbox"));
        origin.into_iter().fold(request, |request, origin| request.header("Origin", origin)).send()
    };
    assert_eq!(inbox(None).await.unwrap().status(), 204);
    assert_eq!(inbox(Some("http://evil.example")).await.unwrap().status(), 403);
    assert_eq!(bench.send("POST", "/api/scenarios/play", json!({"text": ""})).await.status, 401);
}

#[tokio::test]
async fn pages_of_other_origins_and_foreign_names_are_refused() {
    let bench = Bench::start().await;
    let with = |name: &'static str, value: String| {
        let request = bench.http.get(bench.manage_at("/api/clock")).header(name, value);
        async move { Seen::read(request.send().await.unwrap()).await }
    };
    let port = bench.running.addresses().management.port();
    for (name, value, status) in [
        ("Host", format!("localhost:{port}"), 200),
        ("Host", "evil.example".to_owned(), 403),
        ("Host", format!("wx123.localhost:{port}"), 403),
        ("Origin", format!("http://127.0.0.1:{port}"), 200),
        ("Origin", "http://127.0.0.1:1".to_owned(), 403),
        ("Origin", format!("http://wx123.localhost:{port}"), 403),
        ("Origin", "null".to_owned(), 403),
    ] {
        let seen = with(name, value.clone()).await;
        assert_eq!(seen.status, status, "{name}: {value}");
        if status != 200 {
            assert_eq!(seen.headers["content-type"], "application/problem+json");
        }
        assert!(!seen.headers.contains_key("access-control-allow-origin"));
    }
}

#[tokio::test]
async fn every_error_is_a_problem_document() {
    let bench = Bench::start().await;
    let problem = |seen: &Seen, status: u16, code: &str| {
        assert_eq!(seen.status, status, "{}", seen.body);
        assert_eq!(seen.headers["content-type"], "application/problem+json");
        let problem = seen.json();
        assert_eq!((&problem["status"], &problem["code"]), (&json!(status), &json!(code)));
        for member in ["type", "title", "detail"] {
            assert!(problem[member].is_string(), "{member}");
        }
    };
    problem(&bench.get("/api/nothing").await, 404, "NOT_FOUND");
    problem(&bench.get("/api/login").await, 405, "METHOD_NOT_ALLOWED");
    problem(&bench.get("/api/users/nobody/wallet").await, 404, "NOT_FOUND");
    problem(&bench.get("/api/messages?before=1").await, 400, "BAD_REQUEST");
    let plain = bench.http.post(bench.manage_at("/api/login")).body("{}").send().await.unwrap();
    problem(&Seen::read(plain).await, 415, "NOT_JSON");
    let huge = json!({"appid": "x".repeat(300 * 1024), "user": "bo"});
    problem(&bench.send("POST", "/api/login", huge).await, 413, "TOO_LARGE");
    let extra = json!({"appid": pool::MINI_PROGRAM, "user": "bo", "extra": 1});
    problem(&bench.send("POST", "/api/login", extra).await, 400, "BAD_REQUEST");
    let nobody = json!({"appid": pool::MINI_PROGRAM, "user": "nobody"});
    problem(&bench.send("POST", "/api/login", nobody).await, 404, "NOT_FOUND");
    let back = bench.send("POST", "/api/clock/advance", json!({"seconds": -1})).await;
    problem(&back, 400, "BAD_REQUEST");
    let pay = json!({"prepay_id": "wx0", "user": "amei"});
    problem(&bench.send("POST", "/api/pay", pay).await, 422, "INVOCATION_REFUSED");
}

#[tokio::test]
async fn a_wrong_pin_says_how_many_tries_remain() {
    let bench = Bench::start().await;
    let prepay_id = bench.order("order-0001", "http://127.0.0.1:9/notify").await;
    let typed = json!({"prepay_id": prepay_id, "user": "amei", "pin": "000000"});
    let seen = bench.send("POST", "/api/pay", typed).await;
    assert_eq!((seen.status, &seen.json()["code"]), (403, &json!("WRONG_PIN")));
    assert_eq!(seen.json()["remaining"], 4);
}
