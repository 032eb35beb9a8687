//! A provider orders for its sub-merchants: their money, its signature.

use suanpan_wechat::id::Openid;

use super::*;

const SUB: &str = pool::SUB_MERCHANTS[0];

fn order_body(till: &Till, out_trade_no: &str, total: i64) -> Value {
    json!({
        "sp_appid": pool::MINI_PROGRAM,
        "sp_mchid": till.mchid.as_str(),
        "sub_mchid": SUB,
        "description": "龙井茶 一杯",
        "out_trade_no": out_trade_no,
        "notify_url": "https://shop.example/notify",
        "amount": {"total": total, "currency": "CNY"},
        "payer": {"sp_openid": till.openid("amei")},
    })
}

fn place(till: &mut Till, body: &Value) -> Seen {
    till.call("POST", "/v3/pay/partner/transactions/jsapi", &body.to_string())
}

fn sell(till: &mut Till, out_trade_no: &str, total: i64) {
    let body = order_body(till, out_trade_no, total);
    let seen = place(till, &body);
    assert_eq!(seen.status, 200, "{}", seen.body);
    let prepay_id = seen.json()["prepay_id"].as_str().unwrap().to_owned();
    till.act(&prepay_id, Outcome::Success).unwrap();
}

fn query(till: &mut Till, out_trade_no: &str, sub_mchid: &str) -> Seen {
    let target = format!(
        "/v3/pay/partner/transactions/out-trade-no/{out_trade_no}?sp_mchid={}&sub_mchid={sub_mchid}",
        till.mchid
    );
    till.call("GET", &target, "")
}

fn refund(till: &mut Till, sub_mchid: Option<&str>) -> Seen {
    let mut body = json!({
        "out_trade_no": "order-0001",
        "out_refund_no": "r1",
        "notify_url": "https://shop.example/refunds",
        "amount": {"refund": 300, "total": 1000, "currency": "CNY"},
    });
    if let Some(sub_mchid) = sub_mchid {
        body["sub_mchid"] = json!(sub_mchid);
    }
    till.call("POST", "/v3/refund/domestic/refunds", &body.to_string())
}

fn available(till: &Till, mchid: &str) -> i64 {
    till.world.account(&Mchid::new(mchid).unwrap()).unwrap().available.count()
}

/// The plaintexts of everything that is sent now.
fn told(till: &mut Till) -> Vec<String> {
    till.due();
    let filter = MessageFilter { kind: Some(MessageKind::Notify), ..MessageFilter::default() };
    till.world.messages(&filter).filter_map(|message| message.decrypted.clone()).collect()
}

#[test]
fn the_money_is_the_sub_merchants_and_the_news_the_providers() {
    let mut till = Till::open();
    sell(&mut till, "order-0001", 1000);
    assert_eq!((available(&till, SUB), available(&till, pool::MERCHANTS[0])), (994, 0));
    let seen = query(&mut till, "order-0001", SUB);
    let (openid, id) =
        (till.openid("amei"), seen.json()["transaction_id"].as_str().unwrap().to_owned());
    assert_eq!(
        seen.body,
        format!(
            r#"{{"amount":{{"currency":"CNY","payer_currency":"CNY","payer_total":1000,"total":1000}},"attach":"","bank_type":"OTHERS","out_trade_no":"order-0001","payer":{{"sp_openid":"{openid}"}},"promotion_detail":[],"sp_appid":"{app}","sp_mchid":"1900000001","sub_mchid":"1900000011","success_time":"2026-03-01T12:00:00+08:00","trade_state":"SUCCESS","trade_state_desc":"支付成功","trade_type":"JSAPI","transaction_id":"{id}"}}"#,
            app = pool::MINI_PROGRAM
        )
    );
    let by_id =
        format!("/v3/pay/partner/transactions/id/{id}?sp_mchid={}&sub_mchid={SUB}", till.mchid);
    assert_eq!(till.call("GET", &by_id, "").body, seen.body);
    assert_eq!(
        told(&mut till)[0],
        format!(
            r#"{{"sp_mchid":"1900000001","sub_mchid":"1900000011","sp_appid":"{app}","out_trade_no":"order-0001","transaction_id":"{id}","trade_type":"JSAPI","trade_state":"SUCCESS","trade_state_desc":"支付成功","bank_type":"OTHERS","attach":"","success_time":"2026-03-01T12:00:00+08:00","payer":{{"sp_openid":"{openid}"}},"amount":{{"total":1000,"payer_total":1000,"currency":"CNY","payer_currency":"CNY"}}}}"#,
            app = pool::MINI_PROGRAM
        )
    );
    let receipt = till.world.wallet("amei").unwrap().messages[0].merchant_name.clone();
    assert_eq!(receipt, "算盘茶铺（分店）");
}

#[test]
fn a_sub_merchants_own_app_knows_its_own_openid() {
    let mut till = Till::open();
    let appid = Appid::new(pool::OFFICIAL_ACCOUNT).unwrap();
    let amei = till.world.users().find(|user| user.name == "amei").unwrap().openids[&appid].clone();
    let mut body = order_body(&till, "order-0001", 5);
    body["payer"] = json!({"sub_openid": amei.as_str()});
    assert_eq!(place(&mut till, &body).code(), "PARAM_ERROR", "sub_appid is missing");
    body["sub_appid"] = json!(pool::OFFICIAL_ACCOUNT);
    let seen = place(&mut till, &body);
    let prepay_id = seen.json()["prepay_id"].as_str().unwrap().to_owned();
    till.act(&prepay_id, Outcome::Success).unwrap();
    let told = query(&mut till, "order-0001", SUB).json();
    assert_eq!(told["sub_appid"], pool::OFFICIAL_ACCOUNT);
    assert_eq!(
        told["payer"],
        json!({"sp_openid": till.openid("amei"), "sub_openid": amei.as_str()})
    );
    let stranger = Openid::new(till.openid("amei")).unwrap();
    let mut body = order_body(&till, "order-0002", 5);
    body["sub_appid"] = json!(pool::OFFICIAL_ACCOUNT);
    body["payer"] = json!({"sub_openid": stranger.as_str()});
    assert_eq!(place(&mut till, &body).message(), "sub_appid和sub_openid不匹配");
}

#[test]
fn relations_apps_and_payers_are_checked() {
    let mut till = Till::open();
    let mut refused = |change: &dyn Fn(&mut Value)| {
        let mut body = order_body(&till, "order-0001", 5);
        change(&mut body);
        let seen = place(&mut till, &body);
        (seen.number(), seen.message())
    };
    let expected = |number: &str, message: &str| (number.to_owned(), message.to_owned());
    assert_eq!(
        refused(&|body| body["sub_mchid"] = body["sp_mchid"].clone()),
        expected("268443705", "子商户mchid不能与自身mchid相同")
    );
    assert_eq!(
        refused(&|body| body["sub_mchid"] = json!(pool::SUB_MERCHANTS[1])),
        expected("268443701", "受理关系不存在")
    );
    assert_eq!(
        refused(&|body| body["payer"] = json!({})),
        expected("268501013", "JSAPI支付必须传openid")
    );
    assert_eq!(
        refused(&|body| body["sub_appid"] = json!("wx0000000000000000")),
        expected("268445527", "sub_mch_id与sub_appid不匹配")
    );
    let both = |body: &mut Value| body["payer"]["sub_openid"] = body["payer"]["sp_openid"].clone();
    assert_eq!(refused(&both).1, "参数错误");
    assert_eq!(refused(&|body| body["mchid"] = json!("1900000001")).0, "270924358");
    let ended = NewSubMerchant {
        mchid: Mchid::new(SUB).unwrap(),
        name: None,
        appids: [].into(),
        active: Some(false),
        jsapi_directories: [].into(),
        max_ratio: None,
    };
    let mchid = till.mchid.clone();
    till.world.put_sub_merchant(&mchid, ended).unwrap();
    let body = order_body(&till, "order-0001", 5);
    assert_eq!(place(&mut till, &body).message(), "受理关系不可用");
}

#[test]
fn a_number_is_one_sub_merchants_and_one_modes() {
    let mut till = Till::open();
    let other = NewSubMerchant {
        mchid: Mchid::new("1900000099").unwrap(),
        name: None,
        appids: [].into(),
        active: None,
        jsapi_directories: [].into(),
        max_ratio: None,
    };
    let mchid = till.mchid.clone();
    till.world.put_sub_merchant(&mchid, other).unwrap();
    let mut body = order_body(&till, "order-0001", 5);
    assert_eq!(place(&mut till, &body).status, 200);
    body["sub_mchid"] = json!("1900000099");
    let seen = place(&mut till, &body);
    assert_eq!(
        (seen.number().as_str(), seen.message().as_str()),
        ("268447845", "商户号或子商户号与订单号不匹配")
    );
    assert_eq!(query(&mut till, "order-0001", "1900000099").number(), "268447845");
    assert_eq!(till.query("order-0001").code(), "ORDER_NOT_EXIST", "direct mode does not see it");
    assert_eq!(till.order("order-0001", 5).code(), "OUT_TRADE_NO_USED");
    let close = "/v3/pay/partner/transactions/out-trade-no/order-0001/close";
    let mut named = |sub_mchid: &str| {
        let body = json!({"sp_mchid": till.mchid.as_str(), "sub_mchid": sub_mchid});
        till.call("POST", close, &body.to_string()).status
    };
    assert_eq!((named("1900000099"), named(SUB), named(SUB)), (400, 204, 204));
    assert_eq!(query(&mut till, "order-0001", SUB).json()["trade_state"], "CLOSED");
}

#[test]
fn refunds_name_the_sub_merchant_and_take_its_money() {
    let mut till = Till::open();
    sell(&mut till, "order-0001", 1000);
    assert_eq!(refund(&mut till, None).number(), "268443704");
    assert_eq!(refund(&mut till, Some("1900000099")).number(), "268447845");
    let seen = refund(&mut till, Some(SUB));
    assert_eq!(seen.status, 200, "{}", seen.body);
    assert_eq!(available(&till, SUB), 994 - 300 + 2);
    let target = "/v3/refund/domestic/refunds/r1";
    assert_eq!(till.call("GET", target, "").number(), "268443704");
    till.wait(10);
    let news = told(&mut till);
    let news: Value = serde_json::from_str(news.last().unwrap()).unwrap();
    assert_eq!((&news["sp_mchid"], &news["sub_mchid"]), (&json!("1900000001"), &json!(SUB)));
    assert!(news.get("mchid").is_none());
    let seen = till.call("GET", &format!("{target}?sub_mchid={SUB}"), "");
    assert_eq!(seen.json()["status"], "SUCCESS");
}

#[test]
fn what_a_sub_merchant_shares_is_frozen_in_its_own_account() {
    let mut till = Till::open();
    let mut body = order_body(&till, "order-0001", 1000);
    body["settle_info"] = json!({"profit_sharing": true});
    let prepay_id = place(&mut till, &body).json()["prepay_id"].as_str().unwrap().to_owned();
    till.act(&prepay_id, Outcome::Success).unwrap();
    assert_eq!(available(&till, SUB), 0);
    till.wait(30 * 24 * 3600);
    till.due();
    assert_eq!(available(&till, SUB), 994);
}

#[test]
fn a_provider_scans_and_reverses_for_a_sub_merchant() {
    let mut till = Till::open();
    let auth_code = till.world.payment_code("bo", till.times()).unwrap().auth_code;
    let body = json!({
        "sp_appid": pool::MINI_PROGRAM, "sp_mchid": till.mchid.as_str(), "sub_mchid": SUB,
        "description": "茶", "out_trade_no": "order-0001", "payer": {"auth_code": auth_code},
        "amount": {"total": 100}, "scene_info": {"store_info": {"id": "1"}},
    });
    let seen = till.call("POST", "/v3/pay/partner/transactions/codepay", &body.to_string());
    assert_eq!(seen.json()["trade_type"], "MICROPAY", "{}", seen.body);
    let target = "/v3/pay/partner/transactions/out-trade-no/order-0001/reverse";
    let mut body = json!({"sp_mchid": till.mchid.as_str(), "sub_mchid": SUB});
    let seen = till.call("POST", target, &body.to_string());
    assert_eq!((seen.status, seen.code()), (500, "SYSTEM_ERROR".to_owned()), "the known trap");
    body["sp_appid"] = json!(pool::MINI_PROGRAM);
    let seen = till.call("POST", target, &body.to_string());
    assert_eq!(seen.status, 200, "{}", seen.body);
    assert_eq!(query(&mut till, "order-0001", SUB).json()["trade_state"], "REVOKED");
}
