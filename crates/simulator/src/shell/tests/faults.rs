use super::*;

#[tokio::test]
async fn faults_are_set_read_and_cleared() {
    let bench = Bench::start().await;
    let set = json!([{"name": "http_429", "match": "/jsapi", "probability": 0.5, "count": 2}]);
    let seen = bench.send("PUT", "/api/faults", set.clone()).await;
    assert_eq!(seen.json(), set);
    assert_eq!(bench.get("/api/faults").await.json(), set);
    assert_eq!(bench.send("PUT", "/api/faults", json!([{"name": "nonsense"}])).await.status, 400);
    assert_eq!(bench.send("DELETE", "/api/faults", json!(null)).await.status, 204);
    assert_eq!(bench.get("/api/faults").await.json(), json!([]));
}

#[tokio::test]
async fn every_fault_is_known_with_its_place_and_a_bad_day_is_one_call() {
    let bench = Bench::start().await;
    let known = bench.get("/api/faults/known").await.json();
    let names: Vec<_> = known.as_array().unwrap().iter().map(|known| &known["name"]).collect();
    let design = [
        "http_429",
        "http_500",
        "timeout_before",
        "timeout_after",
        "slow",
        "bad_signature",
        "unknown_serial",
        "probe_signature",
        "truncated",
        "notify_lost",
        "notify_duplicate",
        "notify_late",
        "notify_reordered",
        "notify_bad_signature",
        "notify_undecryptable",
        "refund_stuck",
        "refund_abnormal",
        "bill_late",
        "bill_mismatch",
    ];
    for name in design {
        assert!(names.contains(&&json!(name)), "{name}");
    }
    assert!(known.as_array().unwrap().contains(&json!({"name": "slow", "place": "answer"})));
    let nasty = bench.post("/api/faults/nasty", json!(null)).await;
    assert!(nasty.as_array().unwrap().len() > 15);
    assert_eq!(bench.get("/api/faults").await.json(), nasty);
}

#[tokio::test]
async fn a_dropped_connection_has_no_answer_at_all() {
    let bench = Bench::start().await;
    bench.send("PUT", "/api/faults", json!([{"name": "connection_dropped", "count": 1}])).await;
    let base = format!("http://{}", bench.running.addresses().protocol);
    let request = bench.signed(&bench.http, &base, "GET", "/v3/certificates", "");
    assert!(request.send().await.unwrap_err().is_request());
    assert_eq!(bench.call("GET", "/v3/certificates", "").await.status, 200);
}

#[tokio::test]
async fn a_host_that_cannot_be_found_is_the_proxys_502_and_no_handshake() {
    let bench = Bench::start().await;
    let ca_pem = bench.ca_pem().await;
    let fault = json!([{"name": "host_unreachable", "match": "api.mch.weixin.qq.com"}]);
    bench.send("PUT", "/api/faults", fault).await;
    let proxied = bench.through_proxy(&ca_pem).build().unwrap();
    let get = |client: &reqwest::Client, base: &str| {
        bench.signed(client, base, "GET", "/v3/certificates", "").send()
    };
    assert!(get(&proxied, "https://api.mch.weixin.qq.com").await.unwrap_err().is_connect());
    assert_eq!(get(&proxied, "https://api2.mch.weixin.qq.com").await.unwrap().status(), 200);
    let (direct, base) = bench.through_hosts_file(&ca_pem);
    let direct = direct.build().unwrap();
    assert!(get(&direct, &base).await.unwrap_err().is_connect());
    bench.send("DELETE", "/api/faults", json!(null)).await;
    assert_eq!(get(&direct, &base).await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_truncated_answer_breaks_in_the_middle() {
    let bench = Bench::start().await;
    bench.send("PUT", "/api/faults", json!([{"name": "truncated", "count": 1}])).await;
    let body = bench.order_body("order-0001", "http://127.0.0.1:9/notify");
    let base = format!("http://{}", bench.running.addresses().protocol);
    let target = "/v3/pay/transactions/jsapi";
    let answer = bench.signed(&bench.http, &base, "POST", target, &body).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(answer.bytes().await.is_err());
    assert_eq!(bench.trade_state("order-0001").await, "NOTPAY", "the work was done");
}

#[tokio::test]
async fn a_lost_answer_leaves_the_client_waiting() {
    let bench = Bench::start().await;
    let impatient = reqwest::Client::builder()
        .no_proxy()
        .timeout(std::time::Duration::from_millis(300))
        .build()
        .unwrap();
    let base = format!("http://{}", bench.running.addresses().protocol);
    for (name, done) in [("timeout_before", 404), ("timeout_after", 200)] {
        bench.send("PUT", "/api/faults", json!([{"name": name, "count": 1}])).await;
        let number = format!("order-{name}");
        let body = bench.order_body(&number, "http://127.0.0.1:9/notify");
        let target = "/v3/pay/transactions/jsapi";
        let lost = bench.signed(&impatient, &base, "POST", target, &body).send().await;
        assert!(lost.unwrap_err().is_timeout());
        let target = format!("/v3/pay/transactions/out-trade-no/{number}?mchid=1900000001");
        assert_eq!(bench.call("GET", &target, "").await.status, done, "{name}");
    }
}

#[tokio::test]
async fn too_large_a_body_is_nginxs_business() {
    let bench = Bench::start().await;
    let seen = bench.call("POST", "/v3/pay/transactions/jsapi", &"x".repeat(1_100_000)).await;
    assert_eq!(seen.status, 413);
    assert!(!seen.headers.contains_key("wechatpay-signature"));
}
