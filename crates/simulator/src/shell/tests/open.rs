use super::*;

fn push(url: &str) -> Value {
    json!({
        "url": url,
        "token": "pamtest",
        "encoding_aes_key": "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
        "mode": "secure",
        "format": "json",
    })
}

#[tokio::test]
async fn a_push_address_is_believed_once_it_gives_the_echo() {
    let bench = Bench::start().await;
    let path = format!("/api/apps/{}/push", pool::MINI_PROGRAM);
    let silent = Receiver::start(&[500]).await;
    let refused = bench.send("PUT", &path, push(&silent.url)).await;
    assert_eq!((refused.status, &refused.json()["code"]), (422, &json!("NO_ECHO")));
    assert_eq!(bench.get(&path).await.json(), json!({"push": null}));
    let mut receiver = Receiver::start(&[]).await;
    let entered = bench.send("PUT", &path, push(&receiver.url)).await;
    assert_eq!((entered.status, entered.json()), (200, json!({"push": push(&receiver.url)})));
    receiver.came.recv().await.unwrap();

    let console = format!("/api/apps/{}/console", pool::MINI_PROGRAM);
    bench.post(&console, json!({"trade_managed": true})).await;
    let prepay_id = bench.order("order-0001", &receiver.url).await;
    let transaction_id = bench.pay(&prepay_id).await["transaction_id"].clone();
    bench.running.advance(61).await;
    while receiver.came.try_recv().is_ok() {}
    upload(&bench, &transaction_id).await;
    bench.running.run_due().await;
    let (_, body) = receiver.next().await;
    assert!(body["Encrypt"].is_string(), "{body}");
    let messages = bench.get("/api/users/amei/messages").await.json();
    assert_eq!(messages["messages"][0]["title"], "商家已发货");
    let receipt = json!({
        "appid": pool::MINI_PROGRAM,
        "user": "amei",
        "transaction_id": transaction_id,
    });
    let confirmed = bench.post("/api/guest/confirm_receipt", receipt).await;
    assert_eq!(confirmed, json!({"status": "success"}));
    assert_eq!(bench.send("DELETE", &path, json!(null)).await.json(), json!({"push": null}));
}

/// As the mini program's server does it.
async fn upload(bench: &Bench, transaction_id: &Value) {
    let base = format!("http://{}", bench.running.addresses().protocol);
    let credentials = json!({
        "grant_type": "client_credential",
        "appid": pool::MINI_PROGRAM,
        "secret": "5ua9pan5ecret0000000000000000001",
    });
    let ask = async |path: String, body: Value| {
        let request = bench.http.post(format!("{base}{path}")).body(body.to_string());
        Seen::read(request.send().await.unwrap()).await.json()
    };
    let token = ask("/cgi-bin/stable_token".to_owned(), credentials).await;
    let openid =
        bench.get("/api/fixture").await.json()["users"][0]["openids"][pool::MINI_PROGRAM].clone();
    let body = json!({
        "order_key": {"order_number_type": 2, "transaction_id": transaction_id},
        "logistics_type": 3,
        "delivery_mode": 1,
        "shipping_list": [{"item_desc": "点卡*1"}],
        "upload_time": "2026-03-01T12:10:00+08:00",
        "payer": {"openid": openid},
    });
    let token = token["access_token"].as_str().unwrap();
    let path = format!("/wxa/sec/order/upload_shipping_info?access_token={token}");
    assert_eq!(ask(path, body).await, json!({"errcode": 0, "errmsg": "ok"}));
}

#[tokio::test]
async fn the_persons_side_is_reachable() {
    let bench = Bench::start().await;
    let console = format!("/api/apps/{}/console", pool::OFFICIAL_ACCOUNT);
    let before = bench.get(&console).await.json();
    assert_eq!(before["js_domains"], json!(["127.0.0.1", "localhost"]));
    let changed = bench.post(&console, json!({"oauth_domains": ["shop.example"]})).await;
    assert_eq!(changed["oauth_domains"], json!(["shop.example"]));
    assert_eq!(changed["js_domains"], before["js_domains"]);
    for (change, status) in
        [(json!({"surprise": 1}), 400), (json!({"js_domains": ["https://shop.example"]}), 422)]
    {
        assert_eq!(bench.send("POST", &console, change).await.status, status);
    }
    assert_eq!(bench.get("/api/apps/wx0000000000000000/console").await.status, 404);

    let url = format!(
        "https://open.weixin.qq.com/connect/oauth2/authorize?appid={}&redirect_uri=https%3A%2F%2Fshop.example%2Fpay&response_type=code&scope=snsapi_userinfo&state=x#wechat_redirect",
        pool::OFFICIAL_ACCOUNT
    );
    let asked = bench.post("/api/guest/authorize", json!({"url": url, "user": "bo"})).await;
    assert_eq!(asked, json!({"ask_consent": {"appid": pool::OFFICIAL_ACCOUNT}}));
    let body = json!({"url": url, "user": "bo", "consent": "deny"});
    let denied = bench.post("/api/guest/authorize", body).await;
    assert_eq!(denied, json!({"redirect": "https://shop.example/pay?state=x"}));

    let profile = bench.post("/api/users/bo/profile", json!({"blocked": true})).await;
    assert_eq!((&profile["blocked"], &profile["nickname"]), (&json!(true), &json!("bo")));
    let visitor = json!({"appid": pool::MINI_PROGRAM, "user": "bo"});
    let pressed = bench.post("/api/guest/phone_number", visitor.clone()).await;
    assert_eq!(pressed["errMsg"], "getPhoneNumber:ok");
    assert_eq!(bench.post("/api/guest/check_session", visitor.clone()).await, json!({"ok": false}));
    bench.post("/api/login", visitor.clone()).await;
    assert_eq!(bench.post("/api/guest/check_session", visitor.clone()).await, json!({"ok": true}));
    let profile = bench.post("/api/guest/user_profile", visitor).await;
    assert_eq!(profile["userInfo"]["nickName"], "微信用户");
}
