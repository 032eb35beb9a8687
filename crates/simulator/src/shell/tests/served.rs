use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::*;

#[tokio::test]
async fn an_order_is_paid_and_notified_over_real_sockets() {
    let bench = Bench::start().await;
    let mut receiver = Receiver::start(&[]).await;
    let prepay_id = bench.order("order-0001", &receiver.url).await;
    let paid = bench.pay(&prepay_id).await;
    assert_eq!(paid["trade_state"], "SUCCESS");
    assert_eq!(paid["invocation_checked"], false);
    let (headers, envelope) = receiver.next().await;
    assert_eq!(envelope["event_type"], "TRANSACTION.SUCCESS");
    assert_eq!(headers["user-agent"], "Mozilla/4.0");
    assert_eq!(headers["wechatpay-timestamp"], NOON.to_string());
    assert_eq!(bench.trade_state("order-0001").await, "SUCCESS");
    bench.running.shutdown().await;
}

/// Retries follow the ladder on the virtual clock, and `advance` gives back only when every one of
/// them has been answered.
#[tokio::test]
async fn advancing_the_clock_climbs_the_ladder() {
    let bench = Bench::start().await;
    let mut receiver = Receiver::start(&[500, 302, 204]).await;
    let prepay_id = bench.order("order-0001", &receiver.url).await;
    bench.pay(&prepay_id).await;
    bench.running.run_due().await;
    let (_, first) = receiver.next().await;
    assert!(receiver.nothing_more());

    let advanced = bench.post("/api/clock/advance", json!({"seconds": 14})).await;
    assert_eq!(advanced["fired"], json!([]));
    let advanced = bench.post("/api/clock/advance", json!({"seconds": 1})).await;
    assert_eq!(advanced["now"], "2026-03-01T12:00:15+08:00");
    assert_eq!(advanced["fired"][0]["kind"], "notified");
    assert_eq!(advanced["fired"][0]["at"], "2026-03-01T12:00:15+08:00");
    let (headers, second) = receiver.next().await;
    assert_eq!(first, second, "a repeat is the same body");
    assert_eq!(
        headers["wechatpay-timestamp"],
        NOON.to_string(),
        "signatures speak of wall time, which stood still"
    );

    let advanced = bench.post("/api/clock/advance", json!({"seconds": 86_400})).await;
    assert_eq!(advanced["fired"].as_array().unwrap().len(), 1, "204 ends the ladder");
    receiver.next().await;
    assert!(receiver.nothing_more(), "a redirect was not followed");
    assert!(receiver.answers.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_refund_is_settled_and_notified_when_its_time_comes() {
    let bench = Bench::start().await;
    let mut receiver = Receiver::start(&[]).await;
    let prepay_id = bench.order("order-0001", &receiver.url).await;
    bench.pay(&prepay_id).await;
    bench.running.run_due().await;
    receiver.next().await;
    let body = json!({
        "out_trade_no": "order-0001",
        "out_refund_no": "r1",
        "notify_url": receiver.url,
        "amount": {"refund": 1990, "total": 1990, "currency": "CNY"},
    });
    let seen = bench.call("POST", "/v3/refund/domestic/refunds", &body.to_string()).await;
    assert_eq!(seen.json()["status"], "PROCESSING");
    let happened = bench.running.advance(60).await;
    let kinds: Vec<_> = happened.iter().map(|happening| happening.kind).collect();
    use crate::world::HappeningKind::{Notified, RefundSettled};
    assert_eq!(kinds, [RefundSettled, Notified]);
    let (_, envelope) = receiver.next().await;
    assert_eq!(envelope["event_type"], "REFUND.SUCCESS");
    let wallet = bench.get("/api/users/amei/wallet").await.json();
    assert_eq!(wallet["balance_fen"], 100_000);
    assert_eq!(wallet["messages"][0]["kind"], "refund");
    assert_eq!(wallet["messages"][1]["amount_fen"], 1990);
    let refunds = bench.get("/api/refunds").await.json();
    assert_eq!(refunds["refunds"][0]["status"], "SUCCESS");
}

/// Cards are bound, offered, refused and used over the management surface.
#[tokio::test]
async fn a_card_is_bound_and_pays_what_the_wallet_cannot() {
    let bench = Bench::start().await;
    let user = json!({"name": "dora", "cards": [{"id": "ABC_DEBIT-0007", "outcome": "refused"}]});
    bench.post("/api/users", user).await;
    let prepay_id = bench.order("order-0001", "http://127.0.0.1:9/notify").await;
    let cards = json!({"cards": [{"id": "PAB_CREDIT-0001"}, {"id": "PAB_CREDIT-0002", "outcome": "limit"}]});
    let wallet = bench.send("PATCH", "/api/users/amei/wallet", cards).await.json();
    assert_eq!(wallet["cards"][0]["name"], "平安银行信用卡(0001)");
    assert_eq!(wallet["cards"][0]["outcome"], "pays");
    let by = json!({"prepay_id": prepay_id, "user": "amei"});
    let methods = bench.post("/api/cashier", by).await["methods"].clone();
    assert_eq!(
        methods[2],
        json!({"id": "PAB_CREDIT-0002", "name": "平安银行信用卡(0002)", "usable": true})
    );
    let paying = |method: &str| json!({"prepay_id": prepay_id, "user": "amei", "method": method});
    let refused = bench.send("POST", "/api/pay", paying("PAB_CREDIT-0002")).await;
    assert_eq!((refused.status, refused.json()["code"].clone()), (409, json!("CARD_LIMIT")));
    let unknown = bench.send("POST", "/api/pay", paying("shells")).await;
    assert_eq!(unknown.status, 400, "{}", unknown.body);
    let paid = bench.post("/api/pay", paying("PAB_CREDIT-0001")).await;
    assert_eq!(paid["trade_state"], "SUCCESS");
    let twice = json!({"cards": [{"id": "PAB_CREDIT-0001"}, {"id": "PAB_CREDIT-0001"}]});
    assert_eq!(bench.send("PATCH", "/api/users/amei/wallet", twice).await.status, 422);
}

/// Written by hand onto the socket, because HTTP libraries tidy targets up.
#[tokio::test]
async fn the_raw_target_is_what_the_signature_covers() {
    let bench = Bench::start().await;
    bench.order("a*b|c-1", "http://127.0.0.1:9/notify").await;
    for target in [
        "/v3/pay/transactions/out-trade-no/a%2Ab|c-1?mchid=1900000001",
        "/v3/pay/transactions/out-trade-no/a*b%7Cc%2D1?mchid=19000%300001",
    ] {
        let authorization = bench.authorization("GET", target, "");
        let request = format!(
            "GET {target} HTTP/1.1\r\nHost: api.mch.weixin.qq.com\r\nAccept: */*\r\nUser-Agent: raw\r\nAuthorization: {authorization}\r\nConnection: close\r\n\r\n"
        );
        let answer = raw(&bench, &request).await;
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        assert!(answer.contains("\"out_trade_no\":\"a*b|c-1\""));
    }
}

#[tokio::test]
async fn a_204_has_the_captured_headers() {
    let bench = Bench::start().await;
    bench.order("order-0001", "http://127.0.0.1:9/notify").await;
    let body = r#"{"mchid":"1900000001"}"#;
    let target = "/v3/pay/transactions/out-trade-no/order-0001/close";
    let authorization = bench.authorization("POST", target, body);
    let request = format!(
        "POST {target} HTTP/1.1\r\nHost: x\r\nAccept: */*\r\nUser-Agent: raw\r\nAuthorization: {authorization}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    let answer = raw(&bench, &request).await.to_ascii_lowercase();
    assert!(answer.starts_with("http/1.1 204 no content\r\n"), "{answer}");
    for line in [
        "server: nginx",
        "date: sun, 01 mar 2026 04:00:00 gmt",
        "content-type: application/json; charset=utf-8",
        "cache-control: no-cache, must-revalidate",
        "x-content-type-options: nosniff",
        "content-language: zh-cn",
        "wechatpay-signature-type: wechatpay2-sha256-rsa2048",
    ] {
        assert!(answer.contains(line), "{line} is missing in\n{answer}");
    }
    assert!(answer.ends_with("\r\n\r\n"), "no body");
}

async fn raw(bench: &Bench, request: &str) -> String {
    let address = bench.running.addresses().protocol;
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn clear_text_http2_is_spoken_too() {
    let bench = Bench::start().await;
    let http = reqwest::Client::builder().no_proxy().http2_prior_knowledge().build().unwrap();
    let base = format!("http://{}", bench.running.addresses().protocol);
    let answer = bench.signed(&http, &base, "GET", "/v3/certificates", "").send().await.unwrap();
    assert_eq!(answer.version(), http::Version::HTTP_2);
    assert_eq!(answer.status(), 200);
}

#[tokio::test]
async fn the_fixture_is_enough_to_start_with() {
    let bench = Bench::start().await;
    let fixture = bench.get("/api/fixture").await.json();
    let base = fixture["api_base"].as_str().unwrap();
    let merchant = &fixture["merchants"][0];
    let key = MerchantKey::from_pem(
        Mchid::new(merchant["mchid"].as_str().unwrap()).unwrap(),
        merchant["private_key_pem"].as_str().unwrap(),
        merchant["certificate_pem"].as_str().unwrap(),
    )
    .unwrap();
    assert_eq!(key.serial_no().as_str(), merchant["serial_no"].as_str().unwrap());
    let seen = bench.signed(&bench.http, base, "GET", "/v3/certificates", "").send().await.unwrap();
    assert_eq!(seen.status(), 200);
    let modes: Vec<_> =
        fixture["merchants"].as_array().unwrap().iter().map(|known| &known["trust_mode"]).collect();
    assert_eq!(modes, ["certificate", "public_key", "both"]);
    assert!(
        fixture["merchants"][1]["public_key"]["id"].as_str().unwrap().starts_with("PUB_KEY_ID_")
    );
    assert_eq!(fixture["apps"][0]["kind"], "miniprogram");
    assert_eq!(fixture["apps"][0]["mchids"].as_array().unwrap().len(), 3);
    let names: Vec<_> =
        fixture["users"].as_array().unwrap().iter().map(|user| &user["name"]).collect();
    assert_eq!(names, ["amei", "bo", "chen"]);
    assert!(fixture["ca_pem"].as_str().unwrap().contains("BEGIN CERTIFICATE"));
}

#[tokio::test]
async fn own_identities_can_be_registered_and_used() {
    let bench = Bench::start().await;
    let merchant = bench.post("/api/merchants", json!({"trust_mode": "public_key"})).await;
    let mchid = merchant["mchid"].as_str().unwrap();
    let app = bench.post("/api/apps", json!({"kind": "miniprogram", "mchids": [mchid]})).await;
    let appid = app["appid"].as_str().unwrap();
    let user = bench.post("/api/users", json!({"name": "dan", "balance_fen": 5})).await;
    assert!(user["openids"][appid].is_string());
    let login = bench.post("/api/login", json!({"appid": appid, "user": "dan"})).await;
    let session = bench
        .http
        .get(format!(
            "http://{}/sns/jscode2session?appid={appid}&secret={}&js_code={}&grant_type=authorization_code",
            bench.running.addresses().protocol,
            app["app_secret"].as_str().unwrap(),
            login["code"].as_str().unwrap()
        ))
        .send()
        .await
        .unwrap();
    assert_eq!(Seen::read(session).await.json()["openid"], user["openids"][appid]);
    let taken = bench.send("POST", "/api/merchants", json!({"mchid": mchid})).await;
    assert_eq!((taken.status, &taken.json()["code"]), (409, &json!("TAKEN")));
    let real = bench.send("POST", "/api/merchants", json!({"mchid": "1558950191"})).await;
    assert_eq!((real.status, &real.json()["code"]), (422, &json!("INVALID")));
}

#[tokio::test]
async fn keys_rotate_and_trust_modes_change_by_hand() {
    let bench = Bench::start().await;
    let rotate = |step: &'static str| {
        let path = format!("/api/merchants/{}/rotate", pool::MERCHANTS[0]);
        let bench = &bench;
        async move { bench.post(&path, json!({"step": step})).await }
    };
    let serial = || async {
        let seen = bench.call("GET", "/v3/certificates", "").await;
        seen.headers["wechatpay-serial"].to_str().unwrap().to_owned()
    };
    let old = serial().await;
    assert_eq!(rotate("add").await["platform_certificates"].as_array().unwrap().len(), 2);
    assert_eq!(serial().await, old);
    rotate("switch").await;
    let new = serial().await;
    assert_ne!(new, old);
    assert_eq!(rotate("retire").await["platform_certificates"].as_array().unwrap().len(), 1);
    let again = rotate("add").await;
    let serials: Vec<_> = again["platform_certificates"]
        .as_array()
        .unwrap()
        .iter()
        .map(|known| known["serial_no"].as_str().unwrap().to_owned())
        .collect();
    assert!(serials[0] == new && !serials.contains(&old), "a third certificate: {serials:?}");

    let path = format!("/api/merchants/{}/trust_mode", pool::MERCHANTS[0]);
    let merchant = bench.post(&path, json!({"trust_mode": "public_key"})).await;
    assert_eq!(serial().await, merchant["public_key"]["id"].as_str().unwrap());
}

#[tokio::test]
async fn the_change_feed_tells_what_to_read_again() {
    let bench = Bench::start().await;
    let mut feed = bench.http.get(bench.manage_at("/api/events")).send().await.unwrap();
    assert_eq!(feed.headers()["content-type"], "text/event-stream");
    bench.send("PUT", "/api/faults", json!([{"name": "slow"}])).await;
    let chunk = feed.chunk().await.unwrap().unwrap();
    let text = String::from_utf8(chunk.to_vec()).unwrap();
    assert_eq!(text, "event: change\ndata: {\"kind\":\"fault\"}\n\n");
    drop(feed);
    bench.running.shutdown().await;
}

#[tokio::test]
async fn messages_are_kept_and_notifications_sent_again() {
    let bench = Bench::start().await;
    let mut receiver = Receiver::start(&[]).await;
    let prepay_id = bench.order("order-0001", &receiver.url).await;
    bench.pay(&prepay_id).await;
    bench.running.run_due().await;
    receiver.next().await;
    let kinds = |messages: &Value| -> Vec<String> {
        let messages = messages["messages"].as_array().unwrap().iter();
        messages.map(|message| message["kind"].as_str().unwrap().to_owned()).collect()
    };
    let messages = bench.get("/api/messages?out_trade_no=order-0001").await.json();
    assert_eq!(kinds(&messages), ["request", "response", "notify", "notify_answer"]);
    let id = messages["messages"][2]["id"].as_u64().unwrap();
    bench.post("/api/notify/resend", json!({"message_id": id})).await;
    receiver.next().await;
    let after = bench.get(&format!("/api/messages?after={}", id + 1)).await.json();
    assert_eq!(kinds(&after), ["notify", "notify_answer"]);
    bench.post("/api/notify/resend", json!({"message_id": id, "verbatim": true})).await;
    receiver.next().await;
    let replayed = bench.get("/api/messages?kind=notify").await.json();
    let sendings = replayed["messages"].as_array().unwrap();
    assert_eq!(
        (&sendings[2]["headers"], &sendings[2]["body"]),
        (&sendings[0]["headers"], &sendings[0]["body"])
    );
    assert_ne!(
        sendings[1]["headers"]["Wechatpay-Nonce"],
        sendings[0]["headers"]["Wechatpay-Nonce"]
    );
    let missing = bench.send("POST", "/api/notify/resend", json!({"message_id": 1})).await;
    assert_eq!(missing.status, 404);
    assert_eq!(bench.get("/api/messages?kind=nonsense").await.status, 400);
}

#[tokio::test]
async fn resetting_gives_a_fresh_world_on_the_real_time() {
    let bench = Bench::start().await;
    bench.order("order-0001", "http://127.0.0.1:9/notify").await;
    bench.post("/api/clock/advance", json!({"seconds": 3600})).await;
    assert_eq!(bench.post("/api/reset", json!({"seed": 42})).await["seed"], 42);
    assert_eq!(bench.get("/api/orders").await.json()["orders"], json!([]));
    let clock = bench.get("/api/clock").await.json();
    assert_eq!(clock["now"], clock["wall_now"]);
    bench.order("order-0001", "http://127.0.0.1:9/notify").await;
}

#[tokio::test]
async fn time_pauses_and_resumes() {
    let bench = Bench::start().await;
    assert_eq!(bench.post("/api/clock/pause", json!({})).await["paused"], true);
    bench.wall.0.fetch_add(100, Ordering::SeqCst);
    let clock = bench.get("/api/clock").await.json();
    assert_eq!(clock["now"], "2026-03-01T12:00:00+08:00");
    assert_eq!(clock["wall_now"], "2026-03-01T12:01:40+08:00");
    bench.post("/api/clock/advance", json!({"seconds": 10})).await;
    assert_eq!(bench.get("/api/clock").await.json()["paused"], true);
    bench.post("/api/clock/resume", json!({})).await;
    bench.wall.0.fetch_add(5, Ordering::SeqCst);
    assert_eq!(bench.get("/api/clock").await.json()["now"], "2026-03-01T12:00:15+08:00");
}
