use super::*;

/// A body that a client library wrote once more after signing.
#[tokio::test]
async fn a_refused_request_is_explained_to_whoever_asks_and_in_the_journal() {
    let bench = Bench::start().await;
    let target = "/v3/pay/transactions/jsapi";
    let signed = bench.order_body("order-0001", "https://shop.example/notify");
    let document: Value = serde_json::from_str(&signed).unwrap();
    let sent = serde_json::to_string_pretty(&document).unwrap();
    let authorization = bench.authorization("POST", target, &signed);
    let base = format!("http://{}", bench.running.addresses().protocol);
    let request = bench.signed(&bench.http, &base, "POST", target, &sent).build().unwrap();
    let mut request = request;
    request.headers_mut().insert("authorization", authorization.parse().unwrap());
    assert_eq!(bench.http.execute(request).await.unwrap().status(), 401);

    let journal = bench.get("/api/messages?kind=request").await.json();
    let told = &journal["messages"][0]["explanation"];
    assert_eq!(told["mistakes"][0]["name"], "body_compact");
    assert_eq!(told["summary"]["en"], "The JSON was signed compact, but sent with blanks.");
    assert_eq!(told["first_difference"]["line"], 5);

    let question = json!({
        "method": "POST",
        "url": format!("https://api.mch.weixin.qq.com{target}"),
        "headers": {"Authorization": authorization},
        "body": sent,
        "client_string": told["signed"],
    });
    let asked = bench.post("/api/explain", question).await;
    assert_eq!(asked["signed"], told["signed"]);
    assert_eq!(asked["key"]["mchid"], pool::MERCHANTS[0]);
    assert_eq!(asked["recovered"]["algorithm"], "SHA-256");
    assert_eq!(asked["recovered"]["hex"].as_str().unwrap().len(), 64);

    let known = bench.get("/api/explain").await.json();
    assert!(known["mistakes"].as_array().unwrap().len() >= 25);
    let refused = bench.send("POST", "/api/explain", json!({"method": "GET"})).await;
    assert_eq!((refused.status, refused.json()["code"].as_str()), (400, Some("BAD_REQUEST")));
}
