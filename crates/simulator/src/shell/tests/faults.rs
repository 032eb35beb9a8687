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
