use super::*;

/// Spoils one member of a good order.
type Change<'a> = &'a dyn Fn(&mut Value);

#[test]
fn an_order_is_made_paid_and_queried_in_the_captured_shapes() {
    let mut till = Till::open();
    let mut body = till.order_body("order-0001", 1990);
    body["attach"] = json!("桌号 7");
    let seen = till.call("POST", "/v3/pay/transactions/jsapi", &body.to_string());
    assert_eq!(seen.status, 200);
    assert!(till.believes(&seen.reply.response));
    let prepay_id = seen.json()["prepay_id"].as_str().unwrap().to_owned();
    assert_eq!(seen.body, format!(r#"{{"prepay_id":"{prepay_id}"}}"#));
    assert_eq!(prepay_id.len(), 36);
    assert!(prepay_id.starts_with("wx01120000"), "{prepay_id}");

    let unpaid = till.query("order-0001");
    assert_eq!(
        unpaid.body,
        format!(
            r#"{{"amount":{{"payer_currency":"CNY","total":1990}},"appid":"{}","mchid":"1900000001","out_trade_no":"order-0001","promotion_detail":[],"scene_info":{{"device_id":""}},"trade_state":"NOTPAY","trade_state_desc":"订单未支付"}}"#,
            pool::MINI_PROGRAM
        )
    );

    let paid = till.act(&prepay_id, Outcome::Success).unwrap();
    let transaction_id = paid.transaction_id.unwrap().to_string();
    assert_eq!(transaction_id.len(), 28);
    let seen = till.query("order-0001");
    assert_eq!(
        seen.body,
        format!(
            r#"{{"amount":{{"currency":"CNY","payer_currency":"CNY","payer_total":1990,"total":1990}},"appid":"{}","attach":"桌号 7","bank_type":"OTHERS","mchid":"1900000001","out_trade_no":"order-0001","payer":{{"openid":"{}"}},"promotion_detail":[],"success_time":"2026-03-01T12:00:00+08:00","trade_state":"SUCCESS","trade_state_desc":"支付成功","trade_type":"JSAPI","transaction_id":"{transaction_id}"}}"#,
            pool::MINI_PROGRAM,
            till.openid("amei")
        )
    );
    let target = format!("/v3/pay/transactions/id/{transaction_id}?mchid=1900000001");
    assert_eq!(till.call("GET", &target, "").body, seen.body);
}

#[test]
fn schema_errors_speak_wechats_words_and_come_first() {
    let mut till = Till::open();
    let try_with = |till: &mut Till, change: Change<'_>| {
        let mut body = till.order_body("order-0001", 1990);
        change(&mut body);
        let seen = till.call("POST", "/v3/pay/transactions/jsapi", &body.to_string());
        assert!(till.believes(&seen.reply.response), "refusals are signed");
        (seen.status, seen.code(), seen.message(), seen.number())
    };
    let refused = |message: &str, number: &str| {
        (400, "PARAM_ERROR".to_owned(), message.to_owned(), number.to_owned())
    };
    let cases: [(Change<'_>, &str); 8] = [
        (
            &|body| body["out_trade_no"] = json!("1"),
            "输入源“/body/out_trade_no”映射到值字段“商户订单号”字符串规则校验失败，字节数 1，小于最小值 6",
        ),
        (
            &|body| body["out_trade_no"] = json!("x".repeat(36)),
            "输入源“/body/out_trade_no”映射到值字段“商户订单号”字符串规则校验失败，字节数 36，大于最大值 32",
        ),
        (
            &|body| body["description"] = json!(""),
            "输入源“/body/description”映射到值字段“商品描述”字符串规则校验失败，字符数 0，小于最小值 1",
        ),
        (
            &|body| {
                body.as_object_mut().unwrap().remove("appid");
            },
            "输入源“/body/appid”映射到字段“公众号ID”必填性规则校验失败，此字段为必填项",
        ),
        (
            &|body| body["mchid"] = json!("0900"),
            r"输入源“/body/mchid”映射到值字段“直连商户号”字符串规则校验失败，字符串必须匹配正则表达式“^[1-9]\d*$”",
        ),
        (
            &|body| body["attach"] = Value::Null,
            "无法将 JSON 输入源“/body/attach”映射到目标字段“附加数据”中，此字段需要一个 string 类型的 Json 值",
        ),
        (
            &|body| body["amount"]["total"] = json!("1990"),
            "无法将 JSON 输入源“/body/amount/total”映射到目标字段“总金额”中，此字段需要一个 int 类型的 Json 值",
        ),
        (
            &|body| body["description"] = json!("咖啡\u{1F600}"),
            "输入源“/body/description”映射到值字段“商品描述”字符串规则校验失败，含有超过3字节的UTF-8字符",
        ),
    ];
    for (change, message) in cases {
        assert_eq!(try_with(&mut till, change), refused(message, "268435461"));
    }
    assert_eq!(
        try_with(&mut till, &|body| body["surprise"] = json!(1)),
        refused("参数中含有非法的额外参数", "270924358")
    );
    for bad in [json!(0), json!(-1), json!(1.5), json!(1e30)] {
        let (status, code, ..) = try_with(&mut till, &|body| body["amount"]["total"] = bad.clone());
        assert_eq!((status, code.as_str()), (400, "PARAM_ERROR"), "{bad}");
    }
    for bad in ["ftp://x/", "/relative", "https://x/?a=1", "https://x/#f"] {
        let (_, code, ..) = try_with(&mut till, &|body| body["notify_url"] = json!(bad));
        assert_eq!(code, "PARAM_ERROR", "{bad}");
    }
    let seen = till.call("POST", "/v3/pay/transactions/jsapi", "{");
    assert_eq!((seen.status, seen.code()), (400, "PARAM_ERROR".to_owned()));
}

#[test]
fn the_captured_detail_stands_between_code_and_message() {
    let mut till = Till::open();
    let seen = till.order("1", 1);
    assert_eq!(
        seen.body,
        r#"{"code":"PARAM_ERROR","detail":{"location":"body","value":1},"message":"输入源“/body/out_trade_no”映射到值字段“商户订单号”字符串规则校验失败，字节数 1，小于最小值 6"}"#
    );
}

#[test]
fn business_rules_name_the_culprit() {
    let mut till = Till::open();
    let mut with = |change: Change<'_>| {
        let mut body = till.order_body("order-0001", 1990);
        change(&mut body);
        let seen = till.call("POST", "/v3/pay/transactions/jsapi", &body.to_string());
        (seen.status, seen.code(), seen.message())
    };
    assert_eq!(
        with(&|body| body["appid"] = json!("wx0000000000000000")),
        (400, "APPID_MCHID_NOT_MATCH".into(), "appid和mch_id不匹配，请检查后再试".into())
    );
    assert_eq!(
        with(&|body| body["payer"]["openid"] = json!("oNobody")),
        (400, "PARAM_ERROR".into(), "无效的openid".into())
    );
    assert_eq!(
        with(&|body| body["mchid"] = json!("1900000002")),
        (400, "INVALID_REQUEST".into(), "http header中的mchid与post payload中的mchid不匹配".into())
    );
    let app = till.world.add_app(NewApp {
        appid: None,
        app_secret: None,
        kind: AppKind::MiniProgram,
        mchids: vec![],
    });
    let elsewhere = till.world.users().next().unwrap().openids[&app.unwrap().appid].to_string();
    let mut body = till.order_body("order-0001", 1990);
    body["payer"]["openid"] = json!(elsewhere);
    let seen = till.call("POST", "/v3/pay/transactions/jsapi", &body.to_string());
    assert_eq!(seen.message(), "appid与openid不匹配");
}

#[test]
fn a_repeat_is_the_same_order_and_a_change_is_refused() {
    let mut till = Till::open();
    let first = till.prepay_id("order-0001", 1990);
    till.wait(30);
    let second = till.prepay_id("order-0001", 1990);
    assert_ne!(first, second, "a repeat gets a fresh prepay_id");
    let changed = till.order("order-0001", 1991);
    assert_eq!(
        (changed.status, changed.code(), changed.message(), changed.number()),
        (
            400,
            "INVALID_REQUEST".into(),
            "请求重入时，参数与首次请求时不一致".into(),
            "268498688".into()
        )
    );
    let mut spelled_out = till.order_body("order-0001", 1990);
    spelled_out["amount"].as_object_mut().unwrap().remove("currency");
    let seen = till.call("POST", "/v3/pay/transactions/jsapi", &spelled_out.to_string());
    assert_eq!(seen.status, 200, "the currency's default is the same order");

    till.act(&second, Outcome::Success).unwrap();
    let paid = till.order("order-0001", 1990);
    assert_eq!(
        (paid.status, paid.code(), paid.message()),
        (400, "ORDERPAID".into(), "该订单已支付".into())
    );

    till.prepay_id("order-0002", 1);
    assert_eq!(till.close("order-0002").status, 204);
    let closed = till.order("order-0002", 1);
    assert_eq!(
        (closed.status, closed.code(), closed.number()),
        (400, "ORDER_CLOSED".into(), "268447914".into())
    );
}

#[test]
fn closing_is_repeatable_and_never_undoes_a_payment() {
    let mut till = Till::open();
    till.prepay_id("order-0001", 1990);
    for _ in 0..2 {
        let seen = till.close("order-0001");
        assert_eq!((seen.status, seen.body.as_str()), (204, ""));
        assert!(till.believes(&seen.reply.response), "204 is signed over nothing");
        let content_type = seen.reply.response.header("Content-Type");
        assert_eq!(content_type, Some("application/json; charset=utf-8"));
    }
    assert_eq!(till.trade_state("order-0001"), "CLOSED");
    till.sell("order-0002", 1);
    let seen = till.close("order-0002");
    assert_eq!((seen.status, seen.code()), (400, "ORDERPAID".into()));
    assert_eq!(till.trade_state("order-0002"), "SUCCESS");
    let unknown = till.query("order-9999");
    assert_eq!(
        (unknown.status, unknown.code(), unknown.message()),
        (404, "ORDER_NOT_EXIST".into(), "订单不存在".into())
    );
}

#[test]
fn unpaid_orders_close_by_themselves_after_seven_days() {
    let mut till = Till::open();
    till.prepay_id("order-0001", 1990);
    till.wait(7 * 24 * 3600 - 1);
    till.due();
    assert_eq!(till.trade_state("order-0001"), "NOTPAY");
    till.wait(1);
    till.due();
    assert_eq!(till.trade_state("order-0001"), "CLOSED");
}

#[test]
fn queries_want_the_mchid_exactly_once() {
    let mut till = Till::open();
    till.prepay_id("order-0001", 1990);
    let path = "/v3/pay/transactions/out-trade-no/order-0001";
    let seen = till.call("GET", path, "");
    assert_eq!(
        seen.message(),
        "输入源“/query/mchid”映射到字段“直连商户号”必填性规则校验失败，此字段为必填项"
    );
    let seen = till.call("GET", &format!("{path}?mchid=1900000002"), "");
    assert_eq!(seen.message(), "http header中的mchid与post payload中的mchid不匹配");
    let seen = till.call("GET", &format!("{path}?mchid=1900000001&out_trade_no=order-0001"), "");
    assert_eq!(
        seen.message(),
        "无法将输入源“/query/out_trade_no”映射到目标字段“商户订单号”中，此字段并非多重字段但被输入源“/uri_template/out_trade_no”映射过了。"
    );
}

#[test]
fn numbers_with_odd_characters_are_found_however_they_are_encoded() {
    let mut till = Till::open();
    till.prepay_id("a*b|c-1", 1);
    for written in ["a*b%7Cc-1", "a%2Ab%7Cc-1", "a*b|c-1"] {
        assert_eq!(till.query(written).status, 200, "{written}");
    }
}

#[test]
fn another_merchants_order_does_not_exist() {
    let mut till = Till::open();
    till.prepay_id("order-0001", 1990);
    let mut other = Till::of(2, 7);
    other.world = till.world;
    assert_eq!(other.query("order-0001").status, 404);
    other.prepay_id("order-0001", 5);
}
