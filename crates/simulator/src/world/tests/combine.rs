//! Several orders, one payment, one notification.

use suanpan_wechat::id::PrepayId;

use super::*;

const NUMBER: &str = "combine-0001";

fn part(mchid: &str, out_trade_no: &str, total: i64) -> Value {
    json!({
        "mchid": mchid, "attach": "附言", "out_trade_no": out_trade_no, "description": "龙井茶",
        "amount": {"total_amount": total, "currency": "CNY"},
    })
}

/// Two parts: one of the caller's own, one of the second merchant's.
fn order_body(till: &Till) -> Value {
    json!({
        "combine_appid": pool::MINI_PROGRAM,
        "combine_mchid": till.mchid.as_str(),
        "combine_out_trade_no": NUMBER,
        "notify_url": "https://shop.example/notify",
        "combine_payer_info": {"openid": till.openid("amei")},
        "sub_orders": [
            part(pool::MERCHANTS[0], "part-0001", 1000),
            part(pool::MERCHANTS[1], "part-0002", 500),
        ],
    })
}

fn place(till: &mut Till, body: &Value) -> Seen {
    till.call("POST", "/v3/combine-transactions/jsapi", &body.to_string())
}

fn prepay_id(till: &mut Till, body: &Value) -> String {
    let seen = place(till, body);
    assert_eq!(seen.status, 200, "{}", seen.body);
    seen.json()["prepay_id"].as_str().unwrap().to_owned()
}

fn query(till: &mut Till) -> Value {
    let target = format!("/v3/combine-transactions/out-trade-no/{NUMBER}");
    till.call("GET", &target, "").json()
}

fn close(till: &mut Till, parts: &Value) -> Seen {
    let body = json!({"combine_appid": pool::MINI_PROGRAM, "sub_orders": parts});
    let target = format!("/v3/combine-transactions/out-trade-no/{NUMBER}/close");
    till.call("POST", &target, &body.to_string())
}

fn available(till: &Till, mchid: &str) -> i64 {
    till.world.account(&Mchid::new(mchid).unwrap()).unwrap().available.count()
}

#[test]
fn all_parts_are_paid_at_once_and_told_once() {
    let mut till = Till::open();
    let body = order_body(&till);
    let prepay_id = prepay_id(&mut till, &body);
    let by = PayBy::Invoke(till.invoke(&prepay_id));
    assert_eq!(till.world.cashier(&by, "amei", till.times()).unwrap().amount_fen.count(), 1500);
    assert_eq!(query(&mut till)["sub_orders"][1]["trade_state"], "NOTPAY");
    till.act(&prepay_id, Outcome::Success).unwrap();
    assert_eq!(till.world.wallet("amei").unwrap().balance_fen.count(), 98_500);
    assert_eq!(
        (available(&till, pool::MERCHANTS[0]), available(&till, pool::MERCHANTS[1])),
        (994, 497)
    );
    let told = query(&mut till);
    assert_eq!(told["combine_payer_info"]["openid"], till.openid("amei"));
    let parts = told["sub_orders"].as_array().unwrap();
    assert_eq!(
        parts[1]["amount"],
        json!({"currency": "CNY", "payer_amount": 500, "payer_currency": "CNY", "total_amount": 500})
    );
    let ids: Vec<_> = parts.iter().map(|part| part["transaction_id"].as_str().unwrap()).collect();
    assert!(ids[0] != ids[1] && ids.iter().all(|id| id.starts_with("4325") && id.len() == 28));
    assert!(parts.iter().all(|part| part.get("trade_state_desc").is_none()));

    let deliveries = till.due();
    assert_eq!(deliveries.len(), 1, "one notification for all of it");
    assert!(till.accepts(&deliveries[0]), "it is the combining merchant's");
    let filter = MessageFilter { kind: Some(MessageKind::Notify), ..MessageFilter::default() };
    let plain = till.world.messages(&filter).next().unwrap().decrypted.clone().unwrap();
    let (app, amei) = (pool::MINI_PROGRAM, till.openid("amei"));
    assert_eq!(
        plain,
        format!(
            r#"{{"combine_appid":"{app}","combine_out_trade_no":"combine-0001","combine_mchid":"1900000001","scene_info":{{"device_id":""}},"sub_orders":[{{"mchid":"1900000001","trade_type":"JSAPI","trade_state":"SUCCESS","bank_type":"OTHERS","attach":"附言","amount":{{"total_amount":1000,"currency":"CNY","payer_amount":1000,"payer_currency":"CNY"}},"success_time":"2026-03-01T12:00:00+08:00","transaction_id":"{}","out_trade_no":"part-0001"}},{{"mchid":"1900000002","trade_type":"JSAPI","trade_state":"SUCCESS","bank_type":"OTHERS","attach":"附言","amount":{{"total_amount":500,"currency":"CNY","payer_amount":500,"payer_currency":"CNY"}},"success_time":"2026-03-01T12:00:00+08:00","transaction_id":"{}","out_trade_no":"part-0002"}}],"combine_payer_info":{{"openid":"{amei}"}}}}"#,
            ids[0], ids[1]
        )
    );
}

#[test]
fn a_wallet_that_does_not_cover_everything_pays_nothing() {
    let mut till = Till::open();
    let mut body = order_body(&till);
    body["sub_orders"][1]["amount"]["total_amount"] = json!(99_001);
    let prepay_id = prepay_id(&mut till, &body);
    let refusal = till.act(&prepay_id, Outcome::Success).unwrap_err();
    assert_eq!(refusal.code, RefusalCode::InsufficientBalance);
    assert_eq!(query(&mut till)["sub_orders"][0]["trade_state"], "NOTPAY");
    assert_eq!(till.world.wallet("amei").unwrap().balance_fen.count(), 100_000);
}

#[test]
fn basic_payment_does_not_see_parts_but_refunds_do() {
    let mut till = Till::open();
    let body = order_body(&till);
    let prepay_id = prepay_id(&mut till, &body);
    assert_eq!(till.query("part-0001").code(), "ORDER_NOT_EXIST");
    assert_eq!(till.close("part-0001").code(), "ORDER_NOT_EXIST");
    assert_eq!(till.order("part-0001", 1000).code(), "OUT_TRADE_NO_USED");
    till.act(&prepay_id, Outcome::Success).unwrap();
    assert_eq!(till.query("part-0001").code(), "ORDER_NOT_EXIST");
    assert_eq!(
        till.refund("part-0002", "r1", 1, 500).code(),
        "RESOURCE_NOT_EXISTS",
        "another's part"
    );
    assert_eq!(till.refund("part-0001", "r1", 100, 1000).status, 200);
    till.wait(10);
    till.due();
    let told = query(&mut till);
    let states: Vec<_> = told["sub_orders"]
        .as_array()
        .unwrap()
        .iter()
        .map(|part| part["trade_state"].clone())
        .collect();
    assert_eq!(states, ["REFUND", "SUCCESS"]);
}

#[test]
fn closing_names_every_part_and_nothing_else() {
    let mut till = Till::open();
    let body = order_body(&till);
    let prepay_id = prepay_id(&mut till, &body);
    let name = |index: usize| json!({"mchid": pool::MERCHANTS[index], "out_trade_no": format!("part-000{}", index + 1)});
    for wrong in [
        json!([name(0)]),
        json!([name(0), name(0)]),
        json!([name(0), name(1), name(1)]),
        json!([name(0), {"mchid": pool::MERCHANTS[0], "out_trade_no": "part-0002"}]),
    ] {
        let seen = close(&mut till, &wrong);
        assert_eq!((seen.status, seen.code()), (400, "INVALID_REQUEST".to_owned()), "{wrong}");
    }
    for _ in 0..2 {
        assert_eq!(close(&mut till, &json!([name(1), name(0)])).status, 204);
    }
    assert_eq!(query(&mut till)["sub_orders"][1]["trade_state"], "CLOSED");
    assert_eq!(till.act(&prepay_id, Outcome::Success).unwrap_err().text, "该订单已失效");
    assert_eq!(place(&mut till, &body).code(), "ORDER_CLOSED");
}

#[test]
fn a_payment_under_way_lands_in_all_parts_after_closing() {
    let mut till = Till::open();
    let body = order_body(&till);
    let prepay_id = prepay_id(&mut till, &body);
    till.act(&prepay_id, Outcome::SuccessAfterClose).unwrap();
    let parts = json!([
        {"mchid": pool::MERCHANTS[0], "out_trade_no": "part-0001"},
        {"mchid": pool::MERCHANTS[1], "out_trade_no": "part-0002"},
    ]);
    assert_eq!(close(&mut till, &parts).status, 204);
    till.wait(30);
    assert_eq!(till.due().len(), 1);
    assert_eq!(query(&mut till)["sub_orders"][1]["trade_state"], "SUCCESS");
    assert_eq!(close(&mut till, &parts).code(), "ORDERPAID");
    assert_eq!(till.world.wallet("amei").unwrap().balance_fen.count(), 98_500);
}

#[test]
fn a_repeat_says_the_same() {
    let mut till = Till::open();
    let body = order_body(&till);
    let first = prepay_id(&mut till, &body);
    assert_ne!(prepay_id(&mut till, &body), first);
    let mut shared = body.clone();
    shared["sub_orders"][0]["settle_info"] = json!({"profit_sharing": true});
    assert_eq!(place(&mut till, &shared).message(), "重复下单且结算信息不一致");
    let mut changed = body.clone();
    changed["sub_orders"][0]["amount"]["total_amount"] = json!(1);
    assert_eq!(place(&mut till, &changed).message(), "请求重入时，参数与首次请求时不一致");
    let mut other = body.clone();
    other["combine_out_trade_no"] = json!("combine-0002");
    assert_eq!(place(&mut till, &other).code(), "OUT_TRADE_NO_USED", "its parts are taken");
    till.world
        .pay(
            &PayCommand {
                by: PayBy::PrepayId(PrepayId::new(first).unwrap()),
                user: "amei".into(),
                method: Method::Balance,
                outcome: Outcome::Success,
                pin: None,
            },
            till.times(),
        )
        .unwrap();
    assert_eq!(place(&mut till, &body).code(), "ORDERPAID");
}

#[test]
fn how_many_parts_and_whose() {
    let mut till = Till::open();
    let mut refused = |change: &dyn Fn(&mut Value)| {
        let mut body = order_body(&till);
        change(&mut body);
        let seen = place(&mut till, &body);
        assert_ne!(seen.status, 200, "{body}");
        seen.code()
    };
    let many = |count: usize| -> Value {
        (0..count).map(|index| part(pool::MERCHANTS[0], &format!("part-{index:04}"), 1)).collect()
    };
    assert_eq!(refused(&|body| body["sub_orders"] = many(1)), "PARAM_ERROR");
    assert_eq!(refused(&|body| body["sub_orders"] = many(11)), "PARAM_ERROR");
    assert_eq!(
        refused(&|body| body["sub_orders"][0]["amount"]["total_amount"] = json!(1_000_000_001_i64)),
        "PARAM_ERROR"
    );
    assert_eq!(
        refused(&|body| {
            body["sub_orders"][0].as_object_mut().unwrap().remove("attach");
        }),
        "PARAM_ERROR",
        "here it is required"
    );
    assert_eq!(
        refused(&|body| body["sub_orders"][1] = body["sub_orders"][0].clone()),
        "OUT_TRADE_NO_USED"
    );
    assert_eq!(
        refused(&|body| body["sub_orders"][1]["mchid"] = json!("1900009999")),
        "MCH_NOT_EXISTS"
    );
    assert_eq!(
        refused(&|body| body["sub_orders"][1]["sub_mchid"] = json!("1900000011")),
        "PARAM_ERROR"
    );
    assert_eq!(
        refused(&|body| body["combine_mchid"] = json!(pool::MERCHANTS[1])),
        "INVALID_REQUEST"
    );
    assert_eq!(refused(&|body| body["combine_payer_info"] = json!({})), "PARAM_ERROR");
}

#[test]
fn a_provider_combines_for_its_sub_merchants() {
    let mut till = Till::open();
    let mut body = order_body(&till);
    let mut only = part(pool::MERCHANTS[0], "part-0001", 1000);
    only["sub_mchid"] = json!(pool::SUB_MERCHANTS[1]);
    body["sub_orders"] = json!([only]);
    let seen = place(&mut till, &body);
    assert_eq!((seen.status, seen.code()), (403, "NOAUTH".to_owned()), "{}", seen.body);
    body["sub_orders"][0]["sub_mchid"] = json!(pool::SUB_MERCHANTS[0]);
    let prepay_id = prepay_id(&mut till, &body);
    assert!(prepay_id.starts_with("up_wx"), "{prepay_id}");
    till.act(&prepay_id, Outcome::Success).unwrap();
    assert_eq!(available(&till, pool::SUB_MERCHANTS[0]), 994);
    assert_eq!(query(&mut till)["sub_orders"][0]["sub_mchid"], pool::SUB_MERCHANTS[0]);
}
