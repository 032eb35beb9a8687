//! What nobody should send us: malformed, oversized, duplicated, unauthenticated. Every answer is a
//! problem document that says what is wrong, and not a row is different afterwards.

use http::Method;
use serde_json::{Value, json};
use suanpan_testkit::{ACME, Answer, BRAVO, CERTIFICATE_MCHID, Snapshot, Stage};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::scenes::{Sale, sale};

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Caller {
    Merchant,
    Payer,
    Anybody,
}

/// A route with a body that would be accepted.
struct Route {
    caller: Caller,
    path: String,
    body: Value,
    required: &'static [&'static str],
}

struct House {
    stage: Stage,
    sale: Sale,
    before: Snapshot,
}

impl House {
    async fn open() -> Self {
        let stage = Stage::start().await;
        let sale = sale(&stage).await;
        let before = stage.snapshot();
        Self { stage, sale, before }
    }

    fn routes(&self) -> Vec<Route> {
        let Sale { merchant, payer, placed } = &self.sale;
        let order = &placed.order_id;
        let openid = "o1234567890123456789012345678";
        vec![
            Route {
                caller: Caller::Merchant,
                path: "/v1/orders".into(),
                body: json!({
                    "merchant_order_no": "T2", "amount": { "total": 1, "currency": "CNY" },
                    "description": "茶", "merchant": CERTIFICATE_MCHID, "attach": "a",
                    "payer": { "appid": merchant.appid, "openid": openid },
                    "expires_at": self.stage.clock().business().plus(600),
                    "late_payment": "refund", "metadata": { "a": 1 },
                }),
                required: &["merchant_order_no", "amount", "description"],
            },
            Route {
                caller: Caller::Merchant,
                path: format!("/v1/orders/{order}/attempts"),
                body: json!({
                    "trade_type": "JSAPI", "appid": merchant.appid,
                    "payer": { "appid": merchant.appid, "openid": openid },
                }),
                required: &["trade_type", "appid", "payer"],
            },
            Route {
                caller: Caller::Merchant,
                path: "/v1/webhook_endpoints".into(),
                body: json!({ "url": "https://shop.example/hook", "events": ["order.paid"] }),
                required: &["url"],
            },
            Route {
                caller: Caller::Merchant,
                path: "/v1/login".into(),
                body: json!({ "appid": merchant.appid, "code": "0".repeat(32) }),
                required: &["appid", "code"],
            },
            Route {
                caller: Caller::Merchant,
                path: "/v1/sessions/introspect".into(),
                body: json!({ "session_token": payer.session_token }),
                required: &["session_token"],
            },
            Route {
                caller: Caller::Anybody,
                path: "/client/v1/login".into(),
                body: json!({ "appid": merchant.appid, "code": "0".repeat(32) }),
                required: &["appid", "code"],
            },
            Route {
                caller: Caller::Payer,
                path: format!("/client/v1/orders/{order}/pay"),
                body: json!({
                    "order_token": placed.order_token, "trade_type": "JSAPI",
                    "appid": merchant.appid,
                }),
                required: &["order_token", "trade_type"],
            },
        ]
    }

    fn key(&self, caller: Caller) -> Option<&str> {
        match caller {
            Caller::Merchant => Some(&self.sale.merchant.api_key),
            Caller::Payer => Some(&self.sale.payer.session_token),
            Caller::Anybody => None,
        }
    }

    fn request(&self, method: Method, path: &str, caller: Caller) -> reqwest::RequestBuilder {
        let request = self.stage.http().request(method, &format!("{}{path}", self.stage.url()));
        match self.key(caller) {
            Some(key) => request.bearer_auth(key),
            None => request,
        }
    }

    async fn post(&self, route: &Route, body: impl Into<reqwest::Body>) -> Answer {
        let request = self.request(Method::POST, &route.path, route.caller);
        let request = request.header("content-type", "application/json").body(body);
        self.stage.http().send(request).await
    }

    /// The whole contract of a refusal.
    #[track_caller]
    fn refused(&self, what: &str, answer: &Answer, status: u16, code: &str) {
        assert_eq!(answer.status, status, "{what}: {answer:?}");
        answer.is_problem(status, code);
        assert!(answer.header("request-id").is_some(), "{what}: {answer:?}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{what}: {answer:?}");
    }

    fn nothing_changed(&self) {
        assert_eq!(self.stage.snapshot(), self.before);
        assert!(self.stage.calls("POST", "/").is_empty(), "WeChat was called");
    }

    async fn close(self) {
        self.nothing_changed();
        self.stage.finish().await;
    }
}

#[tokio::test]
async fn bodies_that_are_not_what_a_route_takes_are_refused() {
    let house = House::open().await;
    for route in house.routes() {
        let valid = route.body.to_string();
        let first = route.body.as_object().unwrap().keys().next().unwrap();
        let twice = valid.replacen('{', &format!("{{\"{first}\":\"x\","), 1);
        let mut unknown = route.body.clone();
        unknown["state"] = json!("paid");
        let bodies: Vec<Vec<u8>> = vec![
            b"".to_vec(),
            b" ".to_vec(),
            b"{".to_vec(),
            b"[]".to_vec(),
            b"{}".to_vec(),
            b"null".to_vec(),
            b"0".to_vec(),
            b"\"x\"".to_vec(),
            b"NaN".to_vec(),
            [b"\xef\xbb\xbf", valid.as_bytes()].concat(),
            format!("{valid}{valid}").into_bytes(),
            format!("{valid}]").into_bytes(),
            format!("{valid}\0").into_bytes(),
            valid.replace("{\"", "{'").into_bytes(),
            format!("{}{}", "[".repeat(10_000), "]".repeat(10_000)).into_bytes(),
            twice.into_bytes(),
            unknown.to_string().into_bytes(),
            vec![0xff, 0xfe, 0x00],
        ];
        for body in bodies {
            let what =
                format!("{} {}", route.path, String::from_utf8_lossy(&body[..body.len().min(60)]));
            house.refused(&what, &house.post(&route, body).await, 400, "invalid");
        }
    }
    house.close().await;
}

/// Each member left out, and each replaced by everything it is not.
#[tokio::test]
async fn members_that_are_missing_or_of_another_kind_are_refused() {
    let house = House::open().await;
    for route in house.routes() {
        for member in route.required {
            let mut body = route.body.clone();
            body.as_object_mut().unwrap().remove(*member);
            let what = format!("{} without {member}", route.path);
            house.refused(&what, &house.post(&route, body.to_string()).await, 400, "invalid");
        }
        let members: Vec<String> = route.body.as_object().unwrap().keys().cloned().collect();
        for member in members {
            for value in ["{\"\":1}", "[[]]", "1e400", "-1", "true", "18446744073709551616"] {
                let mut body = route.body.clone();
                body[&member] = json!("PLACE");
                let body = body.to_string().replacen("\"PLACE\"", value, 1);
                let what = format!("{} {member}: {value}", route.path);
                // A metadata object may hold anything.
                if member == "metadata" && value.starts_with('{') {
                    continue;
                }
                house.refused(&what, &house.post(&route, body).await, 400, "invalid");
            }
        }
    }
    house.close().await;
}

/// Texts at and beyond their limits, and with characters no database and no signature likes.
#[tokio::test]
async fn texts_outside_their_rules_are_refused() {
    let house = House::open().await;
    let routes = house.routes();
    let create = &routes[0];
    for (pointer, value) in [
        ("/merchant_order_no", json!("")),
        ("/merchant_order_no", json!("x".repeat(65))),
        ("/merchant_order_no", json!("a b")),
        ("/merchant_order_no", json!("订单")),
        ("/merchant_order_no", json!("a\u{0}")),
        ("/amount/total", json!(0)),
        ("/amount/total", json!(-1)),
        ("/amount/total", json!(0.01)),
        ("/amount/total", json!("100")),
        ("/amount/total", json!(1e2)),
        ("/amount/currency", json!("USD")),
        ("/description", json!("")),
        ("/description", json!("茶".repeat(200))),
        ("/attach", json!("x".repeat(129))),
        ("/metadata", json!({ "a": "x".repeat(4096) })),
        ("/expires_at", json!("tomorrow")),
        ("/expires_at", json!("2026-13-01T00:00:00+08:00")),
        ("/expires_at", json!(house.stage.clock().business())),
        ("/expires_at", json!(house.stage.clock().business().plus(16 * 24 * 3600))),
        ("/late_payment", json!("keep")),
        ("/payer/openid", json!("")),
        ("/payer/openid", json!("o".repeat(200))),
        ("/payer/appid", json!("wx0000000000000000")),
    ] {
        let mut body = create.body.clone();
        *body.pointer_mut(pointer).unwrap() = value;
        let what = format!("{pointer}: {body}");
        house.refused(&what, &house.post(create, body.to_string()).await, 400, "invalid");
    }
    let endpoint = &routes[2];
    for url in [
        "",
        "x",
        "ftp://shop.example/",
        "http://shop.example/",
        "https://a:b@shop.example/",
        "https://shop.example/#x",
        "javascript:alert(1)",
        "http://127.0.0.1.evil.example/",
        "http://10.0.0.1/",
        "http://[::ffff:10.0.0.1]/",
    ] {
        let body = json!({ "url": url }).to_string();
        house.refused(url, &house.post(endpoint, body).await, 400, "invalid");
    }
    house.close().await;
}

#[tokio::test]
async fn content_that_is_not_plain_json_is_refused() {
    let house = House::open().await;
    for route in house.routes() {
        for (name, value) in [
            ("content-type", "text/plain"),
            ("content-type", "application/x-www-form-urlencoded"),
            ("content-type", "application/xml"),
            ("content-type", "application/json-seq"),
            ("content-encoding", "gzip"),
            ("content-encoding", "identity"),
        ] {
            let request = house.request(Method::POST, &route.path, route.caller);
            let request = match name {
                "content-type" => request.header(name, value),
                _ => request.header("content-type", "application/json").header(name, value),
            };
            let answer = house.stage.http().send(request.body(route.body.to_string())).await;
            house.refused(&format!("{} {value}", route.path), &answer, 415, "not_json");
        }
        let request = house.request(Method::POST, &route.path, route.caller);
        let answer = house.stage.http().send(request.body(route.body.to_string())).await;
        house.refused(&route.path, &answer, 415, "not_json");
    }
    house.close().await;
}

/// One byte more than is taken, announced and unannounced; a notification may have a quarter of it.
#[tokio::test]
async fn h02_bodies_above_the_limit_are_refused_on_every_route() {
    let house = House::open().await;
    for route in house.routes() {
        let key = house.key(route.caller).unwrap_or_default();
        let head = format!(
            "POST {} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\n\
             Content-Type: application/json\r\n",
            route.path
        );
        // Announced: the answer comes before a byte of the body has left.
        let announced = format!("{head}Content-Length: {}\r\n\r\n", 256 * 1024 + 1);
        let answer = said_to(&house.stage, announced.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 413 "), "{}: {answer}", route.path);
        assert!(answer.contains("\"limit_bytes\":262144"), "{}: {answer}", route.path);
        // Not announced: it is read up to the limit and no further.
        let chunk = format!("{:x}\r\n{}\r\n", 64 * 1024, " ".repeat(64 * 1024));
        let endless = format!("{head}Transfer-Encoding: chunked\r\n\r\n{}", chunk.repeat(5));
        let answer = said_to(&house.stage, endless.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 413 "), "{}: {answer}", route.path);
    }
    let url = house.stage.notify_url(ACME, CERTIFICATE_MCHID, "transaction");
    let genuine = house.stage.genuine(CERTIFICATE_MCHID, "transaction", &json!({}));
    for (size, status) in [(64 * 1024 + 1, 413), (64 * 1024, 401), (2 * 1024 * 1024, 413)] {
        let path = url.strip_prefix(&house.stage.url()).unwrap();
        let mut request = format!("POST {path} HTTP/1.1\r\nHost: localhost\r\n");
        for (name, value) in &genuine.headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        request.push_str(&format!("Connection: close\r\nContent-Length: {size}\r\n\r\n"));
        if status == 401 {
            request.push_str(&" ".repeat(size));
        }
        let answer = said_to(&house.stage, request.as_bytes()).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{size}: {answer}");
    }
    house.close().await;
}

/// What the server says to bytes; a connection closed early has said something too.
async fn said_to(stage: &Stage, bytes: &[u8]) -> String {
    let address = stage.url().replace("http://", "");
    let mut server = tokio::net::TcpStream::connect(address).await.unwrap();
    // The server may have heard enough.
    let _cut = server.write_all(bytes).await;
    let mut answer = Vec::new();
    let mut piece = [0; 4096];
    while let Ok(read @ 1..) = server.read(&mut piece).await {
        answer.extend_from_slice(&piece[..read]);
    }
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn a02_routes_without_the_right_credential_are_refused() {
    let house = House::open().await;
    let order = &house.sale.placed.order_id;
    let (merchant, payer) = (&house.sale.merchant, &house.sale.payer);
    let other = house.stage.merchant_of(BRAVO).api_key;
    let wrong = [
        None,
        Some(String::new()),
        Some("Bearer".to_owned()),
        Some("Bearer ".to_owned()),
        Some("Bearer x".to_owned()),
        Some(format!("Basic {}", merchant.api_key)),
        Some(merchant.api_key.clone()),
        Some(format!("Bearer {}", &merchant.api_key[..merchant.api_key.len() - 1])),
        Some(format!("Bearer {}x", merchant.api_key)),
        Some(format!("Bearer {}", merchant.api_key.to_uppercase())),
        Some(format!("Bearer {}", payer.session_token)),
        Some(format!("Bearer {}", house.sale.placed.order_token)),
    ];
    let mut calls: Vec<(Method, String, Value)> = house
        .routes()
        .into_iter()
        .filter(|route| route.caller == Caller::Merchant)
        .map(|route| (Method::POST, route.path, route.body))
        .collect();
    calls.push((Method::POST, format!("/v1/orders/{order}/close"), json!({})));
    for path in
        ["/v1/orders", "/v1/events", "/v1/webhook_endpoints", &format!("/v1/orders/{order}")]
    {
        calls.push((Method::GET, path.to_owned(), json!({})));
    }
    for (method, path, body) in &calls {
        for value in &wrong {
            let mut request = house.request(method.clone(), path, Caller::Anybody);
            if let Some(value) = value {
                request = request.header("authorization", value);
            }
            if *method == Method::POST {
                let json = request.header("content-type", "application/json");
                request = json.body(body.to_string());
            }
            let answer = house.stage.http().send(request).await;
            house.refused(&format!("{path} {value:?}"), &answer, 401, "api_key_invalid");
            assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
        }
    }
    // A payer's route is not opened by anybody's API key.
    let pay = house.routes().pop().unwrap();
    for key in [&merchant.api_key, &other] {
        let request = house.request(Method::POST, &pay.path, Caller::Anybody).bearer_auth(key);
        let request = request.header("content-type", "application/json").body(pay.body.to_string());
        let answer = house.stage.http().send(request).await;
        house.refused(&pay.path, &answer, 401, "session_invalid");
    }
    house.close().await;
}

#[tokio::test]
async fn other_methods_and_other_paths_are_refused() {
    let house = House::open().await;
    for route in house.routes() {
        for method in [Method::PUT, Method::PATCH, Method::DELETE] {
            let answer =
                house.stage.http().send(house.request(method, &route.path, route.caller)).await;
            house.refused(&route.path, &answer, 405, "method_not_allowed");
        }
        for path in [
            format!("{}/", route.path),
            format!("/{}", route.path),
            route.path.to_uppercase(),
            route.path.replace("/v1", "/v2"),
            format!("{}%00", route.path),
        ] {
            let route = Route { path, body: route.body.clone(), ..route };
            let answer = house.post(&route, route.body.to_string()).await;
            house.refused(&route.path, &answer, 404, "no_such_path");
        }
    }
    for (account, mchid, kind) in [
        ("nobody", CERTIFICATE_MCHID, "transaction"),
        (ACME, "1900009999", "transaction"),
        (BRAVO, CERTIFICATE_MCHID, "transaction"),
        (ACME, CERTIFICATE_MCHID, "payment"),
        (ACME, CERTIFICATE_MCHID, "TRANSACTION"),
    ] {
        let url = house.stage.notify_url(account, mchid, kind);
        let genuine = house.stage.genuine(CERTIFICATE_MCHID, "transaction", &json!({}));
        let answer = house.stage.post_notification(&url, &genuine).await;
        assert_eq!(answer.status, 404, "{url}");
    }
    house.close().await;
}

#[tokio::test]
async fn h04_repeated_headers_are_refused_on_every_route() {
    let house = House::open().await;
    for route in house.routes() {
        for name in ["authorization", "content-type", "idempotency-key", "suanpan-order-token"] {
            let request = house.request(Method::POST, &route.path, route.caller);
            let request = request.header("content-type", "application/json");
            let request = request.header(name, "Bearer x").header(name, "Bearer y");
            let answer = house.stage.http().send(request.body(route.body.to_string())).await;
            house.refused(&format!("{} {name}", route.path), &answer, 400, "bad_request");
        }
    }
    let url = house.stage.notify_url(ACME, CERTIFICATE_MCHID, "transaction");
    let genuine = house.stage.genuine(CERTIFICATE_MCHID, "transaction", &json!({}));
    for name in
        ["Wechatpay-Timestamp", "Wechatpay-Nonce", "Wechatpay-Signature", "Wechatpay-Serial"]
    {
        let mut twice = genuine.clone();
        twice.headers.push((name.to_owned(), genuine.header(name).to_owned()));
        assert_eq!(house.stage.post_notification(&url, &twice).await.status, 400, "{name}");
    }
    house.close().await;
}

#[tokio::test]
async fn questions_that_make_no_sense_are_refused() {
    let house = House::open().await;
    for path in [
        "/v1/orders?limit=0",
        "/v1/orders?limit=-1",
        "/v1/orders?limit=201",
        "/v1/orders?limit=x",
        "/v1/orders?limit=1&limit=2",
        "/v1/orders?after=x",
        "/v1/orders?unknown=1",
        "/v1/orders?merchant_order_no=",
        "/v1/events?limit=0",
        "/v1/events?after=ord_acme_00000000000000000000000000",
        "/v1/events?unknown=1",
    ] {
        let request = house.request(Method::GET, path, Caller::Merchant);
        house.refused(path, &house.stage.http().send(request).await, 400, "invalid");
    }
    for order_id in [
        "x",
        "ord_acme_",
        "ord_acme_00000000000000000000000000",
        "ord_nobody_00000000000000000000000000",
        "evt_acme_00000000000000000000000000",
        "ord_acme_0000000000000000000000000O",
    ] {
        let path = format!("/v1/orders/{order_id}");
        let request = house.request(Method::GET, &path, Caller::Merchant);
        house.refused(order_id, &house.stage.http().send(request).await, 404, "not_found");
    }
    house.close().await;
}

/// The same refusal in the language of whoever asks.
#[tokio::test]
async fn problems_speak_chinese_and_english() {
    let house = House::open().await;
    for (accepted, language) in
        [("zh-CN,zh;q=0.9,en;q=0.8", "zh-CN"), ("en", "en"), ("fr", "en"), ("", "en")]
    {
        let request = house.request(Method::GET, "/v1/orders", Caller::Anybody);
        let answer = house.stage.http().send(request.header("accept-language", accepted)).await;
        house.refused(accepted, &answer, 401, "api_key_invalid");
        assert_eq!(answer.header("content-language"), Some(language), "{accepted}");
        let title = answer.json()["title"].as_str().unwrap().to_owned();
        assert_eq!(title.is_ascii(), language == "en", "{title}");
    }
    house.close().await;
}
