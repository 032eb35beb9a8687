use std::{
    pin::Pin,
    task::{Context, Poll},
};

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use serde_json::{Value, json};
use suanpan_store::ModelStore;

use super::routes;
use crate::testing::{Bench, With as _, get, post};

fn order(number: &str) -> Value {
    json!({
        "merchant_order_no": number,
        "amount": { "total": 1990, "currency": "CNY" },
        "description": "茶",
    })
}

/// Where a notification of the bench's first account goes.
const NOTIFY: &str = "/notify/v3/acme/1900000001/transaction";

fn notification() -> Request<Body> {
    post(NOTIFY, &json!({ "id": "1" }))
        .with("wechatpay-timestamp", "1727757296")
        .with("wechatpay-nonce", "n")
        .with("wechatpay-signature", "c2lnbmF0dXJl")
        .with("wechatpay-serial", "ABCD")
}

/// The inventory is the contract: whoever adds a route changes this list and thinks about whether
/// it could say that money moved. Only notifications and WeChat's answers do.
#[test]
fn o03_no_route_marks_an_order_paid() {
    let inventory: Vec<_> =
        routes::<ModelStore>().iter().map(|route| (route.method, route.path)).collect();
    assert_eq!(
        inventory,
        [
            ("POST", "/v1/orders"),
            ("GET", "/v1/orders"),
            ("GET", "/v1/orders/{order_id}"),
            ("POST", "/v1/orders/{order_id}/attempts"),
            ("POST", "/v1/orders/{order_id}/close"),
            ("POST", "/v1/webhook_endpoints"),
            ("GET", "/v1/webhook_endpoints"),
            ("GET", "/v1/events"),
            ("POST", "/v1/login"),
            ("POST", "/v1/sessions/introspect"),
            ("POST", "/client/v1/login"),
            ("POST", "/client/v1/orders/{order_id}/pay"),
            ("GET", "/client/v1/orders/{order_id}"),
            ("POST", "/notify/v3/{account}/{mchid}/{kind}"),
            ("GET", "/healthz"),
            ("GET", "/readyz"),
            ("GET", "/metrics"),
        ]
    );
}

/// A front end that lies about success only makes us ask WeChat, and WeChat is not there.
#[tokio::test]
async fn o03_guesses_at_such_a_route_find_nothing() {
    let bench = Bench::new();
    let (_, created) = bench.post(&bench.acme_key, "/v1/orders", &order("1")).await;
    let id = created["order_id"].as_str().unwrap();
    for path in ["paid", "success", "confirm", "sync", "notify"] {
        for prefix in ["/v1/orders", "/client/v1/orders"] {
            let path = format!("{prefix}/{id}/{path}");
            let (status, _) = bench.post(&bench.acme_key, &path, &json!({})).await;
            assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
        }
    }
    let (_, shown) = bench.get(&bench.acme_key, &format!("/v1/orders/{id}")).await;
    assert_eq!(shown["state"], "open");
}

#[test]
fn a09_no_route_takes_secrets_in_its_address() {
    for route in routes::<ModelStore>() {
        for word in ["token", "secret", "code", "openid", "key"] {
            assert!(!route.path.contains(word), "{}", route.path);
        }
    }
}

/// Every route of the merchant API, with the other account's key and without any.
#[tokio::test]
async fn a01_another_accounts_order_does_not_exist() {
    let bench = Bench::new();
    let (_, created) = bench.post(&bench.acme_key, "/v1/orders", &order("1")).await;
    let id = created["order_id"].as_str().unwrap().to_owned();
    let before = bench.app.ports.store.snapshot();
    let bodies = |path: &str| match path {
        path if path.ends_with("/attempts") => json!({
            "trade_type": "JSAPI", "appid": "wxrival", "payer": {"appid": "wxrival", "openid": "o"},
        }),
        _ => json!({}),
    };
    let mut crawled = 0;
    for route in routes::<ModelStore>() {
        if !route.path.starts_with("/v1/") || !route.path.contains("{order_id}") {
            continue;
        }
        crawled += 1;
        let path = route.path.replace("{order_id}", &id);
        let (status, problem) = match route.method {
            "GET" => bench.get(&bench.rival_key, &path).await,
            _ => bench.post(&bench.rival_key, &path, &bodies(&path)).await,
        };
        assert_eq!((status, &problem["code"]), (StatusCode::NOT_FOUND, &json!("not_found")));
    }
    assert_eq!(crawled, 3);
    let (_, list) = bench.get(&bench.rival_key, "/v1/orders").await;
    assert_eq!(list["orders"], json!([]));
    let (_, list) = bench.get(&bench.rival_key, "/v1/orders?merchant_order_no=1").await;
    assert_eq!(list["orders"], json!([]));
    assert_eq!(bench.app.ports.store.snapshot(), before);
}

#[tokio::test]
async fn a02_every_merchant_route_demands_a_key() {
    let bench = Bench::new();
    for route in routes::<ModelStore>() {
        if !route.path.starts_with("/v1/") {
            continue;
        }
        let path = route.path.replace("{order_id}", "ord_acme_00000000000000000000000000");
        for key in ["", "Bearer ", "Bearer sk_sim_acme_wrong", "Basic YTpi", "bearer"] {
            let request = match route.method {
                "GET" => get(&path),
                _ => post(&path, &json!({})),
            };
            let (status, problem) = bench.ask(request.with("authorization", key)).await;
            assert_eq!(status, StatusCode::UNAUTHORIZED, "{path} {key:?}");
            assert_eq!(problem["code"], "api_key_invalid");
        }
    }
}

/// The amount is the merchant server's alone; nothing a front end sends may carry one.
#[tokio::test]
async fn o01_front_ends_cannot_name_an_amount_or_a_payer() {
    let bench = Bench::new();
    let (_, created) = bench.post(&bench.acme_key, "/v1/orders", &order("1")).await;
    let path = format!("/client/v1/orders/{}/pay", created["order_id"].as_str().unwrap());
    for (member, value) in [
        ("amount", json!({ "total": 1 })),
        ("total", json!(1)),
        ("openid", json!("o")),
        ("payer", json!({ "openid": "o" })),
    ] {
        let mut body = json!({ "order_token": created["order_token"], "trade_type": "JSAPI" });
        body[member] = value;
        let (status, problem) = bench.post("ses_x", &path, &body).await;
        assert_eq!((status, &problem["code"]), (StatusCode::BAD_REQUEST, &json!("invalid")));
        assert!(problem["detail"].as_str().unwrap().contains(member), "{problem}");
    }
}

#[tokio::test]
async fn a06_members_we_do_not_know_and_amounts_that_are_none_are_refused() {
    let bench = Bench::new();
    let with = |change: &dyn Fn(&mut Value)| {
        let mut body = order("1");
        change(&mut body);
        body
    };
    let bodies = [
        with(&|body| body["state"] = json!("paid")),
        with(&|body| body["account"] = json!("rival")),
        with(&|body| body["amount"]["paid"] = json!(true)),
        with(&|body| body["amount"]["total"] = json!(19.9)),
        with(&|body| body["amount"]["total"] = json!("1990")),
        with(&|body| body["amount"]["total"] = json!(-1)),
        with(&|body| body["amount"]["total"] = json!(0)),
        with(&|body| body["amount"]["total"] = json!(1e3)),
        with(&|body| body["amount"]["currency"] = json!("USD")),
        with(&|body| body["merchant_order_no"] = json!("")),
        with(&|body| body["description"] = json!("")),
        with(&|body| body["metadata"] = json!("text")),
        json!([]),
        json!(null),
    ];
    let before = bench.app.ports.store.snapshot();
    for body in bodies {
        let (status, problem) = bench.post(&bench.acme_key, "/v1/orders", &body).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{body} {problem}");
        assert_eq!(problem["code"], "invalid", "{body}");
    }
    for raw in [
        "",
        "{",
        "{\"a\":1}{",
        "\u{feff}{}",
        "{\"merchant_order_no\":\"1\",\"merchant_order_no\":\"2\"}",
    ] {
        let request = Request::post("/v1/orders").header("content-type", "application/json");
        let request = request.body(Body::from(raw)).unwrap();
        let key = format!("Bearer {}", bench.acme_key);
        let (status, _) = bench.ask(request.with("authorization", &key)).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{raw:?}");
    }
    assert_eq!(bench.app.ports.store.snapshot(), before);
}

#[tokio::test]
async fn the_same_request_gives_the_same_order() {
    let bench = Bench::new();
    let key = format!("Bearer {}", bench.acme_key);
    let create = |number: &str, idempotency_key: &str| {
        post("/v1/orders", &order(number))
            .with("authorization", &key)
            .with("idempotency-key", idempotency_key)
    };
    let (status, first) = bench.ask(create("1", "k1")).await;
    assert_eq!(status, StatusCode::CREATED);
    let (status, second) = bench.ask(create("1", "k1")).await;
    assert_eq!((status, &second), (StatusCode::OK, &first));
    let (status, problem) = bench.ask(create("2", "k1")).await;
    assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("different_request")));
    for bad in ["", " ", "a b", &"k".repeat(256)] {
        let (status, _) = bench.ask(create("3", bad)).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{bad:?}");
    }
}

#[tokio::test]
async fn lists_are_read_page_by_page() {
    let bench = Bench::new();
    for number in 0..5 {
        let (status, _) =
            bench.post(&bench.acme_key, "/v1/orders", &order(&number.to_string())).await;
        assert_eq!(status, StatusCode::CREATED);
    }
    let (mut seen, mut path) = (Vec::new(), "/v1/orders?limit=2".to_owned());
    loop {
        let (_, page) = bench.get(&bench.acme_key, &path).await;
        let orders = page["orders"].as_array().unwrap();
        assert!(orders.len() <= 2);
        seen.extend(orders.iter().map(|order| order["merchant_order_no"].clone()));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/v1/orders?limit=2&after={next}");
    }
    seen.sort_by_key(ToString::to_string);
    assert_eq!(seen, ["0", "1", "2", "3", "4"]);
    for bad in ["limit=0", "limit=201", "limit=-1", "after=x", "state=paid", "limit=1&limit=2"] {
        let (status, _) = bench.get(&bench.acme_key, &format!("/v1/orders?{bad}")).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{bad}");
    }
}

#[tokio::test]
async fn h06_paths_are_matched_exactly() {
    let bench = Bench::new();
    for path in [
        "/v1/orders/",
        "//v1/orders",
        "/v1//orders",
        "/v1/./orders",
        "/v1/../v1/orders",
        "/V1/orders",
        "/v1/Orders",
        "/v1/%6frders",
        "/v1%2forders",
        "/v1/orders%00",
        "/v1/orders;a=b",
        "/notify/v3/acme/1900000001/transaction/",
        "/notify/v3/acme//transaction",
        "/healthz/",
    ] {
        let (status, problem) = bench.get(&bench.acme_key, path).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(problem["code"], "no_such_path", "{path}");
    }
    let (status, problem) = bench.ask(post("/healthz", &json!({}))).await;
    assert_eq!(
        (status, &problem["code"]),
        (StatusCode::METHOD_NOT_ALLOWED, &json!("method_not_allowed"))
    );
}

/// A body that nobody may touch.
struct Untouchable(u64);

impl hyper::body::Body for Untouchable {
    type Data = bytes::Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<hyper::body::Frame<Self::Data>, Self::Error>>> {
        panic!("a body that announces too much is refused before it is read");
    }

    fn size_hint(&self) -> hyper::body::SizeHint {
        hyper::body::SizeHint::with_exact(self.0)
    }
}

#[tokio::test]
async fn h02_bodies_that_announce_too_much_are_refused_unread() {
    let bench = Bench::new();
    let key = format!("Bearer {}", bench.acme_key);
    for (request, limit) in [
        (post("/v1/orders", &json!({})).with("authorization", &key), 256 * 1024),
        (post("/client/v1/login", &json!({})), 256 * 1024),
        (notification(), 64 * 1024),
    ] {
        let (parts, _) = request.into_parts();
        let request = Request::from_parts(parts, Body::new(Untouchable(limit + 1)));
        assert_eq!(bench.send(request).await.status(), StatusCode::PAYLOAD_TOO_LARGE);
    }
}

/// A chunked body announces nothing: it is read up to the limit and no further.
#[tokio::test]
async fn h02_bodies_that_announce_nothing_are_cut() {
    let bench = Bench::new();
    let (parts, _) = notification().into_parts();
    let chunks = (0..1000).map(|_| Ok::<_, std::io::Error>(bytes::Bytes::from(vec![b' '; 1024])));
    let body = Body::from_stream(futures_util::stream::iter(chunks));
    let answer = bench.send(Request::from_parts(parts, body)).await;
    assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn h04_repeated_headers_are_refused() {
    let bench = Bench::new();
    for name in [
        "host",
        "authorization",
        "content-type",
        "idempotency-key",
        "wechatpay-timestamp",
        "wechatpay-nonce",
        "wechatpay-signature",
        "wechatpay-serial",
        "wechatpay-signature-type",
        "wechatpay-anything",
        "suanpan-order-token",
    ] {
        let request = notification();
        let missing = 2 - request.headers().get_all(name).iter().count();
        let request = (0..missing).fold(request, |request, _| request.with(name, "1"));
        let (status, problem) = bench.ask(request).await;
        assert_eq!((status, &problem["code"]), (StatusCode::BAD_REQUEST, &json!("bad_request")));
    }
}

/// Forged and malformed notifications: refused in WeChat's own words, counted, sampled, and not a
/// row is different afterwards.
#[tokio::test]
async fn n01_notifications_without_proof_change_nothing() {
    let bench = Bench::new();
    bench.post(&bench.acme_key, "/v1/orders", &order("1")).await;
    let before = bench.app.ports.store.snapshot();
    let without = |name: &str| {
        let mut request = notification();
        request.headers_mut().remove(name);
        request
    };
    let mut refused = vec![
        (notification(), 401),
        (without("wechatpay-timestamp"), 401),
        (without("wechatpay-nonce"), 401),
        (without("wechatpay-signature"), 401),
        (without("wechatpay-serial"), 401),
        (without("content-type"), 415),
        (notification().with("content-encoding", "gzip"), 415),
    ];
    for (name, value, status) in [
        ("wechatpay-timestamp", "1727756000", 401),
        ("wechatpay-timestamp", "1727758000", 401),
        ("wechatpay-signature", "WECHATPAY/SIGNTEST/xxxx", 401),
        ("content-type", "application/xml", 415),
        ("content-type", "text/plain", 415),
    ] {
        refused.push((without(name).with(name, value), status));
    }
    for path in [
        "/notify/v3/acme/1900000002/transaction",
        "/notify/v3/rival/1900000001/transaction",
        "/notify/v3/nobody/1900000001/transaction",
        "/notify/v3/acme/1900000001/other",
    ] {
        let mut request = notification();
        *request.uri_mut() = path.parse().unwrap();
        refused.push((request, 404));
    }
    let count = refused.len();
    for (request, expected) in refused {
        let shown = format!("{request:?}");
        let (status, body) = bench.ask(request).await;
        assert_eq!(status.as_u16(), expected, "{shown}");
        assert_eq!(body, json!({ "code": "FAIL", "message": "失败" }));
    }
    assert_eq!(bench.app.ports.store.snapshot(), before);
    assert_eq!(bench.app.rejects.sample().len(), count);
    let metrics = bench.app.metrics.render();
    assert!(metrics.contains(&format!("{{verdict=\"refused\"}} {count}\n")), "{metrics}");
}

#[tokio::test]
async fn o13_pay_needs_a_session_and_the_orders_own_token() {
    let bench = Bench::new();
    let (_, created) = bench.post(&bench.acme_key, "/v1/orders", &order("1")).await;
    let (_, other) = bench.post(&bench.acme_key, "/v1/orders", &order("2")).await;
    let id = created["order_id"].as_str().unwrap();
    let path = format!("/client/v1/orders/{id}/pay");
    let body = |token: &Value| json!({ "order_token": token, "trade_type": "JSAPI" });
    let (status, problem) = bench.ask(post(&path, &body(&created["order_token"]))).await;
    assert_eq!((status, &problem["code"]), (StatusCode::UNAUTHORIZED, &json!("session_invalid")));
    let (status, problem) = bench.post("ses_acme_x", &path, &body(&created["order_token"])).await;
    assert_eq!((status, &problem["code"]), (StatusCode::UNAUTHORIZED, &json!("session_invalid")));
    let (status, problem) = bench.post("ses_acme_x", &path, &body(&other["order_token"])).await;
    assert_eq!((status, &problem["code"]), (StatusCode::FORBIDDEN, &json!("order_token_invalid")));
    for trade_type in ["NATIVE", "h5", "app", "micropay", ""] {
        let body = json!({ "order_token": created["order_token"], "trade_type": trade_type });
        let (_, problem) = bench.post("ses_acme_x", &path, &body).await;
        assert_eq!(problem["code"], "unsupported_trade_type", "{trade_type}");
    }
}

#[tokio::test]
async fn an_order_is_shown_to_whoever_has_its_token() {
    let bench = Bench::new();
    let (_, created) = bench.post(&bench.acme_key, "/v1/orders", &order("1")).await;
    let (_, other) = bench.post(&bench.acme_key, "/v1/orders", &order("2")).await;
    let path = format!("/client/v1/orders/{}", created["order_id"].as_str().unwrap());
    let with = |token: &Value| get(&path).with("suanpan-order-token", token.as_str().unwrap());
    let (status, shown) = bench.ask(with(&created["order_token"])).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(shown["state"], "open");
    assert_eq!(shown["amount"], json!({ "total": 1990, "currency": "CNY" }));
    assert_eq!(bench.ask(with(&other["order_token"])).await.0, StatusCode::FORBIDDEN);
    assert_eq!(bench.ask(get(&path)).await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn webhook_endpoints_show_their_secret_once() {
    let bench = Bench::new();
    let body = json!({ "url": "http://127.0.0.1:9/hook", "events": ["order.paid"] });
    let (status, created) = bench.post(&bench.acme_key, "/v1/webhook_endpoints", &body).await;
    assert_eq!(status, StatusCode::CREATED);
    assert!(created["secret"].as_str().unwrap().starts_with("whsec_"));
    let (_, list) = bench.get(&bench.acme_key, "/v1/webhook_endpoints").await;
    assert_eq!(list["webhook_endpoints"][0]["id"], created["id"]);
    assert_eq!(list["webhook_endpoints"][0].get("secret"), None);
    let (_, list) = bench.get(&bench.rival_key, "/v1/webhook_endpoints").await;
    assert_eq!(list["webhook_endpoints"], json!([]));
    for bad in [
        json!({ "url": "http://shop.example/hook" }),
        json!({ "url": "ftp://shop.example/hook" }),
        json!({ "url": "https://u:p@shop.example/hook" }),
        json!({ "url": "https://shop.example/hook", "events": ["order.stolen"] }),
        json!({ "url": "https://shop.example/hook", "secret": "whsec_mine" }),
    ] {
        let (status, _) = bench.post(&bench.acme_key, "/v1/webhook_endpoints", &bad).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{bad}");
    }
}

#[tokio::test]
async fn another_accounts_app_logs_nobody_in() {
    let bench = Bench::new();
    let body = json!({ "appid": "wxrival", "code": "c" });
    let (status, _) = bench.post(&bench.acme_key, "/v1/login", &body).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let body = json!({ "session_token": "ses_acme_x" });
    let (status, _) = bench.post(&bench.acme_key, "/v1/sessions/introspect", &body).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn answers_are_private_and_have_an_id() {
    let bench = Bench::new();
    let request = get("/v1/orders").with("accept-language", "zh-CN");
    let answer = bench.send(request).await;
    assert_eq!(answer.headers()["cache-control"], "no-store");
    assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
    assert_eq!(answer.headers()["content-language"], "zh-CN");
    assert_eq!(answer.headers()["request-id"].len(), 24);
    assert_eq!(
        bench.ask(get("/readyz")).await,
        (StatusCode::OK, json!({"ready": true, "store": true, "clock_skew_seconds": null}))
    );
}
