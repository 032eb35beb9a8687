//! What WeChat refuses, in WeChat's own shape; what the management surface refuses, as problem
//! documents. Nobody's money and nobody's order is different afterwards.

use http::Method;
use serde_json::{Value, json};
use suanpan_simulator::world::Outcome;
use suanpan_testkit::{Answer, CERTIFICATE_MCHID, MIXED_MCHID, PUBLIC_KEY_MCHID, Stage};
use suanpan_wechat::{
    call::Request,
    id::{Mchid, NonceStr},
    key::MerchantKey,
    sign::authorization,
};

use crate::scenes::paid;

/// A merchant's program at WeChat's door, with a paid and an unpaid order.
struct Door {
    stage: Stage,
    paid: String,
    before: String,
}

impl Door {
    async fn open() -> Self {
        let stage = Stage::start().await;
        let (sale, number) = paid(&stage).await;
        let again = sale.merchant.place(&suanpan_testkit::NewOrder::of("T2", 700)).await;
        stage.pay(&sale.payer, &again, Outcome::Cancel).await;
        let before = books(&stage);
        Self { stage, paid: number, before }
    }

    fn key(&self, mchid: &str) -> MerchantKey {
        let merchant = self.stage.at_wechat_merchant(mchid);
        let certificate = &merchant.api_certificates[0];
        let private_key = certificate.private_key_pem.as_deref().unwrap();
        let mchid = Mchid::new(mchid).unwrap();
        MerchantKey::from_pem(mchid, private_key, &certificate.certificate_pem).unwrap()
    }

    fn sign(&self, signer: &str, named: &str, request: &Request) -> String {
        let nonce = NonceStr::new("0123456789abcdef0123456789abcdef").unwrap();
        let named = Mchid::new(named).unwrap();
        authorization(&self.key(signer), &named, self.stage.clock().wall(), &nonce, request)
    }

    async fn send(&self, request: &Request, authorization: Option<&str>) -> Answer {
        let url = format!("{}{}", self.stage.wechat(), request.target);
        let http = self.stage.http().at_wechat();
        let method = Method::from_bytes(request.method.as_str().as_bytes()).unwrap();
        let mut sent = http.request(method, &url).body(request.body.clone());
        sent = sent.header("accept", "application/json").header("user-agent", "test");
        sent = sent.header("content-type", "application/json");
        if let Some(value) = authorization {
            sent = sent.header("authorization", value);
        }
        http.send(sent).await
    }

    async fn signed(&self, request: &Request) -> Answer {
        let value = self.sign(CERTIFICATE_MCHID, CERTIFICATE_MCHID, request);
        self.send(request, Some(&value)).await
    }

    fn calls(&self) -> Vec<Request> {
        let paid = &self.paid;
        vec![
            Request::post("/v3/pay/transactions/jsapi", self.prepay().to_string().into_bytes()),
            Request::get(format!(
                "/v3/pay/transactions/out-trade-no/{paid}?mchid={CERTIFICATE_MCHID}"
            )),
            Request::get(format!(
                "/v3/pay/transactions/id/4200000000000000000000000000?mchid={CERTIFICATE_MCHID}"
            )),
            Request::post(
                format!("/v3/pay/transactions/out-trade-no/{paid}/close"),
                json!({ "mchid": CERTIFICATE_MCHID }).to_string().into_bytes(),
            ),
            Request::post("/v3/refund/domestic/refunds", self.refund().to_string().into_bytes()),
            Request::get("/v3/refund/domestic/refunds/none".to_owned()),
            Request::get("/v3/certificates".to_owned()),
        ]
    }

    fn prepay(&self) -> Value {
        let order = self.stage.at_wechat(CERTIFICATE_MCHID, &self.paid).unwrap();
        json!({
            "appid": order.appid, "mchid": CERTIFICATE_MCHID, "description": "茶",
            "out_trade_no": "badinput0000000001", "notify_url": "https://pay.example.com/n",
            "time_expire": self.stage.clock().business().plus(600),
            "amount": { "total": 1, "currency": "CNY" }, "payer": { "openid": order.payer },
        })
    }

    fn refund(&self) -> Value {
        json!({
            "out_trade_no": self.paid, "out_refund_no": "r1", "notify_url": "https://pay.example.com/r",
            "amount": { "refund": 1, "total": 1500, "currency": "CNY" },
        })
    }

    async fn close(self) {
        assert_eq!(books(&self.stage), self.before);
        self.stage.finish().await;
    }
}

/// Orders, refunds and wallets; the journal, which every request enters, is not money.
fn books(stage: &Stage) -> String {
    stage.simulator().with_world(|world, _| {
        let wallets: Vec<_> = world.users().map(|user| world.wallet(&user.name)).collect();
        let refunds: Vec<_> = world.refunds().collect();
        format!("{:?} {refunds:?} {wallets:?}", world.orders(usize::MAX))
    })
}

/// The shape every refusal of the v3 interface has.
#[track_caller]
fn refused(what: &str, answer: &Answer, status: u16, code: &str) {
    assert_eq!(answer.status, status, "{what}: {answer:?}");
    let body = answer.json();
    assert_eq!(body["code"], code, "{what}: {answer:?}");
    assert!(!body["message"].as_str().unwrap_or_default().is_empty(), "{what}: {answer:?}");
    assert!(answer.header("request-id").is_some(), "{what}: {answer:?}");
    let signed = answer.header("wechatpay-signature").is_some();
    assert_eq!(
        signed,
        status != 401,
        "{what}: everything is signed but the doubt about a signature"
    );
}

#[tokio::test]
async fn calls_that_are_not_signed_or_signed_by_others_are_refused() {
    let door = Door::open().await;
    for call in door.calls() {
        let good = door.sign(CERTIFICATE_MCHID, CERTIFICATE_MCHID, &call);
        let stale = good.replace("timestamp=\"1", "timestamp=\"2");
        let flipped = good.replacen("signature=\"", "signature=\"A", 1);
        let foreign = door.sign(MIXED_MCHID, CERTIFICATE_MCHID, &call);
        let other = Request { body: [call.body.clone(), vec![b' ']].concat(), ..call.clone() };
        let other = door.sign(CERTIFICATE_MCHID, CERTIFICATE_MCHID, &other);
        for value in [
            None,
            Some(""),
            Some("x"),
            Some("Bearer x"),
            Some(&*good.replace("WECHATPAY2-SHA256-RSA2048", "WECHATPAY2-SM2-WITH-SM3")),
            Some(&*good.replace("nonce_str", "nonce")),
            Some(&*good.replace(CERTIFICATE_MCHID, "1900009999")),
            Some(&*good.replace(CERTIFICATE_MCHID, PUBLIC_KEY_MCHID)),
            Some(&*stale),
            Some(&*flipped),
            Some(&*foreign),
            Some(&*other),
        ] {
            let answer = door.send(&call, value).await;
            refused(&format!("{} {value:?}", call.target), &answer, 401, "SIGN_ERROR");
        }
    }
    door.close().await;
}

#[tokio::test]
async fn orders_that_are_not_orders_are_refused_in_wechats_words() {
    let door = Door::open().await;
    let post = |body: String| Request::post("/v3/pay/transactions/jsapi", body.into_bytes());
    let valid = door.prepay();
    for body in ["", "{", "[]", "null", "\"x\"", &format!("{valid}{valid}")] {
        let answer = door.signed(&post(body.to_owned())).await;
        refused(body, &answer, 400, "PARAM_ERROR");
    }
    let members: Vec<String> = valid.as_object().unwrap().keys().cloned().collect();
    for member in &members {
        for value in [json!({ "x": 1 }), json!([1]), json!(true), json!(-1), json!(1.5)] {
            let mut body = valid.clone();
            body[member] = value.clone();
            let answer = door.signed(&post(body.to_string())).await;
            assert_eq!(answer.status, 400, "{member}: {value}: {answer:?}");
            refused(member, &answer, 400, answer.json()["code"].as_str().unwrap());
        }
        if ["time_expire"].contains(&member.as_str()) {
            continue;
        }
        let mut body = valid.clone();
        body.as_object_mut().unwrap().remove(member);
        refused(member, &door.signed(&post(body.to_string())).await, 400, "PARAM_ERROR");
    }
    for (pointer, value, code) in [
        ("/amount/total", json!(0), "PARAM_ERROR"),
        ("/amount/total", json!(-1), "PARAM_ERROR"),
        ("/amount/total", json!("1"), "PARAM_ERROR"),
        ("/amount/currency", json!("USD"), "PARAM_ERROR"),
        ("/out_trade_no", json!("short"), "PARAM_ERROR"),
        ("/out_trade_no", json!("x".repeat(33)), "PARAM_ERROR"),
        ("/out_trade_no", json!("has space"), "PARAM_ERROR"),
        ("/description", json!("茶".repeat(128)), "PARAM_ERROR"),
        ("/notify_url", json!("ftp://x"), "PARAM_ERROR"),
        ("/payer/openid", json!("oNobody0000000000000000000000"), "PARAM_ERROR"),
        ("/appid", json!("wx0000000000000000"), "APPID_MCHID_NOT_MATCH"),
        ("/mchid", json!(MIXED_MCHID), "INVALID_REQUEST"),
    ] {
        let mut body = valid.clone();
        *body.pointer_mut(pointer).unwrap() = value;
        let answer = door.signed(&post(body.to_string())).await;
        refused(&format!("{pointer}: {body}"), &answer, 400, code);
    }
    let mut unknown = valid.clone();
    unknown["total_fee"] = json!(1);
    refused("unknown", &door.signed(&post(unknown.to_string())).await, 400, "PARAM_ERROR");
    door.close().await;
}

#[tokio::test]
async fn refunds_above_what_was_paid_and_orders_of_others_are_refused() {
    let door = Door::open().await;
    let post =
        |body: &Value| Request::post("/v3/refund/domestic/refunds", body.to_string().into_bytes());
    for (pointer, value, status, code) in [
        ("/amount/refund", json!(1501), 400, "INVALID_REQUEST"),
        ("/amount/refund", json!(0), 400, "PARAM_ERROR"),
        ("/amount/refund", json!(-1), 400, "PARAM_ERROR"),
        ("/amount/total", json!(1), 400, "INVALID_REQUEST"),
        ("/out_trade_no", json!("nothing00000001"), 404, "RESOURCE_NOT_EXISTS"),
        ("/out_refund_no", json!(""), 400, "PARAM_ERROR"),
    ] {
        let mut body = door.refund();
        *body.pointer_mut(pointer).unwrap() = value;
        let answer = door.signed(&post(&body)).await;
        refused(&format!("{pointer}: {body}"), &answer, status, code);
    }
    // Another merchant, with its own good signature, asks about this merchant's order.
    let paid = &door.paid;
    for (call, status, code) in [
        (
            Request::get(format!("/v3/pay/transactions/out-trade-no/{paid}?mchid={MIXED_MCHID}")),
            404,
            "ORDER_NOT_EXIST",
        ),
        (
            Request::get(format!(
                "/v3/pay/transactions/out-trade-no/{paid}?mchid={CERTIFICATE_MCHID}"
            )),
            400,
            "INVALID_REQUEST",
        ),
        (post(&door.refund()), 404, "RESOURCE_NOT_EXISTS"),
    ] {
        let value = door.sign(MIXED_MCHID, MIXED_MCHID, &call);
        refused(&call.target, &door.send(&call, Some(&value)).await, status, code);
    }
    door.close().await;
}

#[tokio::test]
async fn paths_methods_and_sizes_wechat_does_not_have_are_refused() {
    let door = Door::open().await;
    for target in ["/", "/v3", "/v3/pay/transactions/h5x", "/v3/pay/transactions/jsapi/", "/v2/x"] {
        let answer = door.signed(&Request::get(target.to_owned())).await;
        assert_eq!(answer.status, 404, "{target}: {answer:?}");
    }
    let answer = door.signed(&Request::get("/v3/pay/transactions/jsapi".to_owned())).await;
    assert!([404, 405].contains(&answer.status), "{answer:?}");
    let large = vec![b' '; 1024 * 1024 + 1];
    let answer = door.signed(&Request::post("/v3/pay/transactions/jsapi", large)).await;
    assert_eq!(answer.status, 413);
    // A login with anything wrong is HTTP 200 with an errcode, as at WeChat.
    for query in [
        "",
        "?appid=wx0000000000000000&secret=x&js_code=x",
        "?appid=wx5ua9pan0dem00001&secret=wrong&js_code=x",
        "?appid=wx5ua9pan0dem00001",
    ] {
        let request = Request::get(format!("/sns/jscode2session{query}"));
        let answer = door.send(&request, None).await;
        assert_eq!(answer.status, 200, "{query}");
        assert!(answer.json()["errcode"].as_i64().unwrap() > 0, "{query}: {answer:?}");
    }
    door.close().await;
}

/// The surface people and tests act through: closed to other pages and to nonsense.
#[tokio::test]
async fn management_calls_that_make_no_sense_are_refused() {
    let door = Door::open().await;
    let http = door.stage.http().at_wechat();
    let base = door.stage.management();
    let post = |path: &str, body: &str| {
        let request = http.post(&format!("{base}{path}"));
        request.header("content-type", "application/json").body(body.to_owned())
    };
    for path in [
        "/api/merchants",
        "/api/apps",
        "/api/users",
        "/api/login",
        "/api/pay",
        "/api/cashier",
        "/api/refunds",
        "/api/refunds/close",
        "/api/clock/advance",
        "/api/notify/resend",
    ] {
        for body in ["", "{", "[]", "null", "{\"unknown\":1}", "\u{feff}{}"] {
            // An empty list of wishes is a wish where everything has a default.
            if path == "/api/merchants" && body == "[]" {
                continue;
            }
            let answer = http.send(post(path, body)).await;
            assert!((400..500).contains(&answer.status), "{path} {body}: {answer:?}");
            let code = answer.json()["code"].as_str().unwrap_or_default().to_owned();
            answer.is_problem(answer.status, &code);
        }
        let plain = http.post(&format!("{base}{path}")).header("content-type", "text/plain");
        http.send(plain.body("{}")).await.is_problem(415, "NOT_JSON");
        let large = format!("{{\"a\":\"{}\"}}", "x".repeat(256 * 1024));
        http.send(post(path, &large)).await.is_problem(413, "TOO_LARGE");
        for (name, value) in
            [("origin", "https://evil.example"), ("origin", "null"), ("host", "evil.example")]
        {
            let answer = http.send(post(path, "{}").header(name, value)).await;
            assert_eq!(answer.status, 403, "{path} {name}: {value}: {answer:?}");
        }
    }
    let unknown = json!({ "appid": "wx0000000000000000", "user": "amei" }).to_string();
    http.send(post("/api/login", &unknown)).await.is_problem(404, "NOT_FOUND");
    http.send(post("/api/pay", "{\"user\":\"amei\"}")).await.is_problem(400, "BAD_REQUEST");
    for seconds in ["-1", "1e99", "\"1\"", "99999999999"] {
        let body = format!("{{\"seconds\":{seconds}}}");
        http.send(post("/api/clock/advance", &body)).await.is_problem(400, "BAD_REQUEST");
    }
    let faults = http.request(Method::PUT, &format!("{base}/api/faults"));
    let faults = faults.header("content-type", "application/json");
    for body in ["[{\"name\":\"nothing\"}]", "[{\"name\":\"http_500\",\"probability\":2}]", "{}"] {
        let request = faults.try_clone().unwrap().body(body.to_owned());
        http.send(request).await.is_problem(400, "BAD_REQUEST");
    }
    http.send(http.get(&format!("{base}/api/nothing"))).await.is_problem(404, "NOT_FOUND");
    let wrong = http.request(Method::DELETE, &format!("{base}/api/clock"));
    http.send(wrong).await.is_problem(405, "METHOD_NOT_ALLOWED");
    door.close().await;
}
