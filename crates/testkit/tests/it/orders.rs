//! Who decides what is paid, and what happens when everybody asks at once.

use serde_json::{Value, json};
use suanpan_simulator::world::Outcome;
use suanpan_testkit::{ACME, BRAVO, CERTIFICATE_MCHID, MIXED_MCHID, Moment, NewOrder, Stage};

use crate::scenes::{Sale, answers, sale, sale_of};

/// Everything a front end might add to the one call that leads to the cashier.
#[tokio::test]
async fn o01_no_member_a_front_end_sends_reaches_the_amount() {
    let stage = Stage::start().await;
    let Sale { payer, placed, .. } = sale(&stage).await;
    let before = stage.snapshot();
    for (member, value) in [
        ("amount", json!({ "total": 1 })),
        ("amount", json!(1)),
        ("total", json!(1)),
        ("total_fee", json!(1)),
        ("price", json!("0.01")),
        ("currency", json!("CNY")),
        ("description", json!("x")),
        ("out_trade_no", json!("x")),
        ("merchant_order_no", json!("x")),
        ("mchid", json!(MIXED_MCHID)),
        ("merchant", json!(MIXED_MCHID)),
        ("notify_url", json!("https://evil.example/")),
    ] {
        let mut body = json!({ "order_token": placed.order_token, "trade_type": "JSAPI" });
        body[member] = value;
        let answer = payer.pay_with(&placed, &body).await.unwrap();
        answer.is_problem(400, "invalid");
    }
    assert_eq!(stage.snapshot(), before);
    let number = stage.pay(&payer, &placed, Outcome::Cancel).await;
    let order = stage.at_wechat(CERTIFICATE_MCHID, &number).unwrap();
    assert_eq!((order.total.count(), order.description.as_str()), (1500, "茉莉奶绿"));
    stage.finish().await;
}

/// Somebody posts every success they can think of; the order is as unpaid as before.
#[tokio::test]
async fn o03_o04_no_call_a_client_can_make_marks_an_order_paid() {
    let stage = Stage::start().await;
    let Sale { merchant, payer, placed } = sale(&stage).await;
    stage.pay(&payer, &placed, Outcome::CallbackOkButUnpaid).await;
    stage.advance(3).await;
    let success = json!({
        "order_id": placed.order_id, "order_token": placed.order_token, "state": "paid",
        "trade_state": "SUCCESS", "errMsg": "requestPayment:ok", "transaction_id": "4200000000",
    });
    for prefix in ["/v1/orders", "/client/v1/orders", "/orders", ""] {
        for last in ["paid", "success", "confirm", "callback", "notify", "sync", "pay_success"] {
            let path = format!("{prefix}/{}/{last}", placed.order_id);
            let answer = merchant.post(&path, &success).await;
            assert!((400..500).contains(&answer.status), "{path}: {answer:?}");
        }
    }
    for method in [http::Method::PUT, http::Method::PATCH, http::Method::DELETE] {
        let url = format!("{}/v1/orders/{}", stage.url(), placed.order_id);
        let request = stage.http().request(method, &url).bearer_auth(&merchant.api_key);
        let request = request.header("content-type", "application/json").body(success.to_string());
        stage.http().send(request).await.is_problem(405, "method_not_allowed");
    }
    assert_eq!(payer.sees(&placed).await, "open");
    assert_eq!(merchant.state(&placed).await, "open");
    stage.finish().await;
}

/// The same number with anything changed: refused before WeChat hears of it, nothing is written.
#[tokio::test]
async fn o06_the_same_number_with_other_content_is_refused() {
    let stage = Stage::start().await;
    let expires_at = stage.clock().business().plus(3600).to_string();
    let order = NewOrder::of("T1", 1500).with("attach", "a").with("expires_at", &*expires_at);
    let Sale { merchant, payer, placed } = sale_of(&stage, ACME, order.clone()).await;
    stage.pay(&payer, &placed, Outcome::Cancel).await;
    let (before, calls) = (stage.snapshot(), stage.calls("POST", "/v3/").len());
    let later = stage.clock().business().plus(7200).to_string();
    let openid = "o1234567890123456789012345678";
    for (member, value) in [
        ("amount", json!({ "total": 1, "currency": "CNY" })),
        ("description", json!("x")),
        ("merchant", json!(MIXED_MCHID)),
        ("attach", json!("b")),
        ("attach", Value::Null),
        ("expires_at", json!(later)),
        ("late_payment", json!("honour")),
        ("metadata", json!({ "a": 1 })),
        ("payer", json!({ "appid": merchant.appid, "openid": openid })),
    ] {
        let changed = order.clone().with(member, value.clone());
        let problem = merchant.create(&changed).await.is_problem(409, "different_request");
        assert_eq!(problem["field"], "merchant_order_no", "{member} {value}");
    }
    assert_eq!(stage.snapshot(), before);
    assert_eq!(stage.calls("POST", "/v3/").len(), calls);
    let again = merchant.create(&order).await;
    assert_eq!((again.status, &again.json()["order_id"]), (200, &json!(placed.order_id)));
    stage.finish().await;
}

#[tokio::test]
async fn o08_sixty_four_parallel_creates_are_one_order() {
    let stage = Stage::start().await;
    let merchant = stage.merchant();
    let order = NewOrder::of("T1", 1500);
    let creates = (0..64).map(|_| merchant.create(&order));
    let answers = futures_util::future::join_all(creates).await;
    let made = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(made, 1);
    let first = answers[0].ok();
    for answer in &answers {
        let order = answer.ok();
        assert_eq!(order["order_id"], first["order_id"]);
        assert_eq!(order["order_token"], first["order_token"]);
    }
    assert_eq!(stage.snapshot().rows("orders").len(), 1);
    stage.finish().await;
}

#[tokio::test]
async fn o08_sixty_four_parallel_pays_are_one_prepay() {
    let stage = Stage::start().await;
    let Sale { merchant, payer, placed } = sale(&stage).await;
    let pays = (0..64).map(|_| payer.pay(&placed));
    let answered = futures_util::future::join_all(pays).await;
    let mut numbers = std::collections::BTreeSet::new();
    for answer in &answered {
        assert!([200, 409].contains(&answer.status), "{answer:?}");
        if answer.status == 200 {
            numbers.insert(answer.json()["out_trade_no"].to_string());
        }
    }
    assert_eq!(numbers.len(), 1);
    assert_eq!(stage.calls("POST", "/v3/pay/transactions/jsapi").len(), 1);
    stage.pay(&payer, &placed, Outcome::Success).await;
    stage.quiesce().await;
    assert_eq!(merchant.state(&placed).await, "paid");
    stage.finish().await;
}

/// The payer is faster than our close by a hair: WeChat answers ORDERPAID, and we ask.
#[tokio::test]
async fn o09_a_payment_between_our_query_and_our_close_is_kept() {
    let stage = Stage::start().await;
    let Sale { merchant, payer, placed } = sale(&stage).await;
    let answer = payer.pay(&placed).await.ok();
    // The first answer says NOTPAY; before it is written down, the payer pays.
    let hold = stage.breakage().hold_commits("order.observe");
    let closing = merchant.close(&placed);
    let paying = async {
        hold.entered().await;
        stage.cashier(&payer, &answer["client_params"], Outcome::Success).unwrap();
        hold.release();
        stage.breakage().mend();
    };
    let (closed, ()) = futures_util::join!(closing, paying);
    assert_eq!(closed.ok()["state"], "paid");
    let closes = stage.calls("POST", "/v3/pay/transactions/out-trade-no/");
    assert_eq!(closes.len(), 1, "WeChat was asked to close, and refused");
    stage.quiesce().await;
    assert_eq!(answers(&stage), [Some(204)]);
    assert_eq!(merchant.events(&placed).await, ["order.paid"]);
    stage.finish().await;
}

/// The payer is who logged in, or whom the merchant's server named; nobody else, and by no other way.
#[tokio::test]
async fn o13_no_front_end_chooses_an_openid() {
    let stage = Stage::start().await;
    let (amei, bo) = (stage.login("amei").await, stage.login("bo").await);
    let stranger = stage.login_of(BRAVO, "amei").await;
    let merchant = stage.merchant();
    let who = json!({ "session_token": amei.session_token });
    let openid = merchant.post("/v1/sessions/introspect", &who).await.ok()["openid"].clone();
    let payer = json!({ "appid": merchant.appid, "openid": openid });
    let order = NewOrder::of("T1", 1500).with("payer", payer.clone());
    let placed = merchant.place(&order).await;
    let before = stage.snapshot();
    for member in ["openid", "payer", "sub_openid", "user"] {
        let mut body = json!({ "order_token": placed.order_token, "trade_type": "JSAPI" });
        body[member] = openid.clone();
        bo.pay_with(&placed, &body).await.unwrap().is_problem(400, "invalid");
    }
    bo.pay(&placed).await.is_problem(403, "wrong_payer");
    stranger.pay(&placed).await.is_problem(401, "session_invalid");
    let body = json!({ "order_token": placed.order_token, "trade_type": "JSAPI" });
    let other_app = {
        let mut body = body.clone();
        body["appid"] = json!(stranger.appid);
        body
    };
    amei.pay_with(&placed, &other_app).await.unwrap().is_problem(401, "session_invalid");
    let mut nobody = amei.clone();
    for token in ["ses_acme_0", "ses_acme_", "x", placed.order_token.as_str()] {
        nobody.session_token = token.to_owned();
        nobody.pay(&placed).await.is_problem(401, "session_invalid");
    }
    let mut wrong = placed.clone();
    for token in ["", "ot_0", bo.session_token.as_str()] {
        wrong.order_token = token.to_owned();
        amei.pay(&wrong).await.is_problem(403, "order_token_invalid");
    }
    // The other account's app, named by this account's own backend.
    let path = format!("/v1/orders/{}/attempts", placed.order_id);
    let foreign = json!({ "appid": stranger.appid, "openid": openid });
    for (appid, payer) in
        [(&stranger.appid, &foreign), (&stranger.appid, &payer), (&merchant.appid, &foreign)]
    {
        let wanted = json!({ "trade_type": "JSAPI", "appid": appid, "payer": payer });
        let answer = merchant.post(&path, &wanted).await;
        assert!([400, 404].contains(&answer.status), "{answer:?}");
    }
    assert_eq!(stage.snapshot(), before);
    // A login code works once, and only in its own app.
    let code = stage.login_code(&merchant.appid, "amei");
    stage.exchange(&stranger.appid, &code).await.is_problem(400, "login_code_invalid");
    stage.exchange(&merchant.appid, &code).await.ok();
    stage.exchange(&merchant.appid, &code).await.is_problem(400, "login_code_invalid");
    assert_eq!(stage.pay(&amei, &placed, Outcome::Success).await.len(), 32);
    stage.quiesce().await;
    assert_eq!(merchant.state(&placed).await, "paid");
    stage.finish().await;
}

/// The order's page belongs to its payer and to whoever holds its token.
#[tokio::test]
async fn o13_an_orders_page_is_shown_to_its_payer_only() {
    let stage = Stage::start().await;
    let Sale { payer, placed, .. } = sale(&stage).await;
    stage.pay(&payer, &placed, Outcome::Cancel).await;
    assert_eq!(payer.sees(&placed).await, "open");
    let bo = stage.login("bo").await;
    bo.see(&placed).await.is_problem(404, "not_found");
    let url = format!("{}/client/v1/orders/{}", stage.url(), placed.order_id);
    let page = |token: &str| stage.http().get(&url).header("suanpan-order-token", token);
    let front_end = stage.http().as_front_end();
    assert_eq!(front_end.send(page(&placed.order_token)).await.ok()["state"], "open");
    front_end.send(page("ot_wrong")).await.is_problem(403, "order_token_invalid");
    front_end.send(stage.http().get(&url)).await.is_problem(401, "session_invalid");
    stage.finish().await;
}

/// Sessions end, in business time.
#[tokio::test]
async fn a_session_ends_after_its_day() {
    let stage = Stage::start().await;
    let expires_at = stage.clock().business().plus(3 * 24 * 3600).to_string();
    let order = NewOrder::of("T1", 100).with("expires_at", expires_at);
    let Sale { payer, placed, .. } = sale_of(&stage, ACME, order).await;
    stage.advance(24 * 3600 - 1).await;
    payer.pay(&placed).await.ok();
    stage.advance(1).await;
    payer.pay(&placed).await.is_problem(401, "session_invalid");
    stage.finish().await;
}

/// The effect is in the books and the answer is lost: the same key finds the same order, and with
/// other content it is refused, because key and order were written together.
#[tokio::test]
async fn a04_an_idempotency_key_is_committed_with_its_effect() {
    for moment in [Moment::Before, Moment::After] {
        let stage = Stage::start().await;
        let merchant = stage.merchant();
        let create = async |number: &str, total: i64| {
            let body = json!({
                "merchant_order_no": number, "amount": { "total": total }, "description": "茶",
            });
            let request = stage.http().post(&format!("{}/v1/orders", stage.url()));
            let request = request.bearer_auth(&merchant.api_key).header("idempotency-key", "k1");
            let request = request.header("content-type", "application/json");
            stage.http().send(request.body(body.to_string())).await
        };
        stage.breakage().fail_commits("order.create", moment, 1);
        create("T1", 100).await.is_problem(503, "store_unavailable");
        stage.kill_server().await;
        stage.start_server(stage.config()).await.unwrap();
        let expected = if moment == Moment::Before { (201, 0) } else { (200, 1) };
        assert_eq!(stage.snapshot().rows("remembered").len(), expected.1, "{moment:?}");
        assert_eq!(stage.snapshot().rows("orders").len(), expected.1, "{moment:?}");
        let first = create("T1", 100).await;
        assert_eq!(first.status, expected.0, "{moment:?}");
        assert_eq!(create("T1", 100).await.json(), first.json());
        for (number, total) in [("T1", 101), ("T2", 100)] {
            create(number, total).await.is_problem(409, "different_request");
        }
        assert_eq!(stage.snapshot().rows("orders").len(), 1, "{moment:?}");
        stage.finish().await;
    }
}
