use super::*;

#[test]
fn an_order_is_placed_queried_paid_and_queried_again() {
    for hmac in [false, true] {
        let mut counter = Counter { hmac, ..Counter::open() };
        let placed =
            counter.order("order-0001", 1000, &[("attach", "tea"), ("device_info", "WEB")]);
        let placed = placed.ok();
        assert_eq!((placed.get("trade_type"), placed.get("device_info")), ("JSAPI", "WEB"));
        assert_eq!(placed.get("prepay_id").len(), 36);
        let open = counter.query("order-0001").ok();
        assert_eq!((open.get("trade_state"), open.get("attach")), ("NOTPAY", "tea"));
        assert!(!open.has("total_fee"), "nobody has paid yet");
        let paid = counter.pay(counter.invoke(placed.get("prepay_id"))).unwrap();
        assert!(paid.invocation_checked);
        let paid = paid.transaction_id.unwrap().to_string();
        for by in [("out_trade_no", "order-0001"), ("transaction_id", paid.as_str())] {
            let said = counter.say("/pay/orderquery", &[by]).ok();
            let expected = [
                ("trade_state", "SUCCESS"),
                ("transaction_id", &paid),
                ("out_trade_no", "order-0001"),
                ("total_fee", "1000"),
                ("cash_fee", "1000"),
                ("attach", "tea"),
                ("is_subscribe", "N"),
                ("time_end", "20260301120000"),
                ("openid", &counter.till.openid("amei")),
            ];
            for (name, value) in expected {
                assert_eq!(said.get(name), value, "{name}");
            }
        }
        assert_eq!(counter.till.trade_state("order-0001"), "SUCCESS", "v3 knows the same order");
    }
}

/// The document's order, strings in CDATA, integers bare.
#[test]
fn answers_are_written_as_wechat_writes_them() {
    let mut counter = Counter::open();
    let paid = counter.sell("order-0001", 1000);
    let call = counter.signed(counter.call(&[("out_trade_no", "order-0001")]));
    let response = counter.send("/pay/orderquery", written(&call));
    assert_eq!(response.header("Content-Type"), Some("text/xml; charset=utf-8"));
    let body = String::from_utf8(response.body).unwrap();
    let said = read(&body, "xml");
    let text = |name: &str| format!("<{name}><![CDATA[{}]]></{name}>", said[name]);
    let number = |name: &str| format!("<{name}>{}</{name}>", said[name]);
    let expected = [
        "<xml>".to_owned(),
        ["return_code", "return_msg", "appid", "mch_id", "nonce_str", "sign", "result_code"]
            .map(text)
            .concat(),
        ["openid", "is_subscribe", "trade_type", "trade_state", "bank_type"].map(text).concat(),
        number("total_fee") + &text("fee_type") + &number("cash_fee") + &text("cash_fee_type"),
        ["transaction_id", "out_trade_no", "time_end", "trade_state_desc"].map(text).concat(),
        "</xml>".to_owned(),
    ];
    assert_eq!(body, expected.concat());
    assert_eq!(said["transaction_id"], paid);
}

#[test]
fn every_front_end_gets_its_way_in() {
    let mut counter = Counter::open();
    let native = counter.order("order-0001", 1, &[("trade_type", "NATIVE"), ("openid", "")]).ok();
    assert!(native.get("code_url").starts_with("weixin://wxpay/bizpayurl?pr="));
    assert!(native.has("prepay_id"));
    let scene = r#"{"h5_info":{"type":"Wap","wap_url":"https://shop.example","wap_name":"tea"}}"#;
    let h5 = [("trade_type", "MWEB"), ("openid", ""), ("scene_info", scene)];
    let h5 = counter.order("order-0002", 1, &h5).ok();
    assert!(
        h5.get("mweb_url").starts_with("https://wx.tenpay.com/cgi-bin/mmpayweb-bin/checkmweb?")
    );
    let app = [("appid", pool::MOBILE_APP), ("trade_type", "APP"), ("openid", "")];
    let app = counter.order("order-0003", 1, &app).ok();
    for (by, number) in [
        (PayBy::CodeUrl(native.get("code_url").to_owned()), "order-0001"),
        (
            PayBy::H5Url { url: h5.get("mweb_url").to_owned(), page: None, user_agent: None },
            "order-0002",
        ),
    ] {
        let command = PayCommand {
            by,
            user: "bo".to_owned(),
            method: Method::Balance,
            outcome: Outcome::Success,
            pin: None,
        };
        counter.till.world.pay(&command, counter.till.times()).unwrap();
        assert_eq!(counter.query(number).ok().get("trade_state"), "SUCCESS");
    }
    let invoke = counter.invoke_app(app.get("prepay_id"), counter.till.mchid.as_str());
    assert!(counter.pay(invoke).unwrap().invocation_checked);
}

#[test]
fn the_second_signature_must_be_made_like_the_order() {
    let mut counter = Counter::open();
    let prepay_id = counter.order("order-0001", 5, &[]).ok().get("prepay_id").to_owned();
    let refused = |counter: &mut Counter, invoke: Invoke| {
        let refusal = counter.pay(invoke).unwrap_err();
        let told = refusal.explanation.unwrap();
        let mistakes = told.mistakes.iter().map(|known| known.name.to_string());
        (refusal.text, mistakes.collect::<Vec<_>>().join(" "))
    };
    let other_digest = Counter { hmac: true, ..Counter::open() }.invoke(&prepay_id);
    let other_key = Counter { key: "0".repeat(32), ..Counter::open() }.invoke(&prepay_id);
    let v3 = counter.till.invoke(&prepay_id);
    let mut lower = counter.invoke(&prepay_id);
    let pay_sign = lower.params["paySign"].as_str().unwrap().to_lowercase();
    lower.params.insert("paySign".into(), pay_sign.into());
    for (invoke, mistakes) in [
        (other_digest, "second_sign_type_of_order v2_sign_type_other"),
        (other_key, ""),
        (v3, "second_sign_type_of_order second_rsa"),
        (lower, "v2_sign_lower_case"),
    ] {
        let said = ("支付验证签名失败".to_owned(), mistakes.to_owned());
        assert_eq!(refused(&mut counter, invoke), said);
    }
    let v3_order = counter.till.prepay_id("order-0002", 5);
    let v2_invoke = counter.invoke(&v3_order);
    let mistakes = "second_sign_type second_v2_digest".to_owned();
    assert_eq!(refused(&mut counter, v2_invoke), ("支付签名验证失败".to_owned(), mistakes));
    counter.pay(counter.invoke(&prepay_id)).unwrap();
}

#[test]
fn a_message_that_is_none_is_refused_without_a_signature() {
    let mut counter = Counter::open();
    let call = counter.signed(counter.call(&[("out_trade_no", "order-0001")]));
    let good = written(&call);
    let said = |response: HttpResponse| {
        assert_eq!(response.status, 200);
        Said(read(std::str::from_utf8(&response.body).unwrap(), "xml")).return_msg().to_owned()
    };
    let get = HttpRequest { method: "GET".into(), ..post("/pay/orderquery", good.clone()) };
    let reply = counter.till.world.handle(&get, counter.till.times());
    assert_eq!(said(reply.response), "请使用post方法");
    for (body, expected) in [
        (Vec::new(), "post数据为空"),
        (b"<xml><a>\xd6\xd0</a></xml>".to_vec(), "编码格式错误"),
        (b"{\"out_trade_no\":\"order-0001\"}".to_vec(), "XML格式错误"),
        (format!("<!DOCTYPE x>{good}").into_bytes(), "XML格式错误"),
        (good.replace("</xml>", "<sign>1</sign></xml>").into_bytes(), "XML格式错误"),
        (b"<xml><nonce_str>1</nonce_str></xml>".to_vec(), "缺少参数"),
        (b"<xml><mch_id>shop</mch_id></xml>".to_vec(), "mch_id参数格式错误"),
        (b"<xml><mch_id>1900009999</mch_id></xml>".to_vec(), "MCHID不存在"),
        (good.replace("order-0001", "order-0002").into_bytes(), "签名错误"),
        (good.replace(&call["sign"], &call["sign"].to_lowercase()).into_bytes(), "签名错误"),
        (
            good.replace(&format!("<sign><![CDATA[{}]]></sign>", call["sign"]), "").into_bytes(),
            "签名错误",
        ),
    ] {
        let text = String::from_utf8_lossy(&body).into_owned();
        assert_eq!(said(counter.send("/pay/orderquery", body)), expected, "{text}");
    }
    let named =
        counter.signed(counter.call(&[("sign_type", "md5"), ("out_trade_no", "order-0001")]));
    let refused = counter.say_exactly("/pay/orderquery", &named);
    assert_eq!(refused.return_msg(), "签名类型不支持");
    let long = "n".repeat(33);
    let refused = counter.say("/pay/orderquery", &[("nonce_str", &long)]);
    assert_eq!(refused.return_msg(), "nonce_str参数格式错误");
}

#[test]
fn a_wrong_member_is_named_and_a_wrong_matter_is_signed() {
    let mut counter = Counter::open();
    for (changed, return_msg) in [
        (("total_fee", "0"), "total_fee参数格式错误"),
        (("total_fee", "1.00"), "total_fee参数格式错误"),
        (("fee_type", "cny"), "fee_type参数格式错误"),
        (("trade_type", "jsapi"), "trade_type参数格式错误"),
        (("trade_type", "MICROPAY"), "trade_type参数格式错误"),
        (("notify_url", "https://shop.example/v2?a=1"), "notify_url参数格式错误"),
        (("spbill_create_ip", "localhost"), "spbill_create_ip参数格式错误"),
        (("out_trade_no", "a b c d"), "out_trade_no参数格式错误"),
        (("out_trade_no", "12345"), "out_trade_no参数格式错误"),
        (("time_expire", "2026-03-01"), "time_expire参数格式错误"),
        (("body", ""), "缺少参数"),
        (("openid", ""), "JSAPI支付必须传openid"),
    ] {
        let said = counter.order("order-0001", 1, &[changed]);
        assert_eq!(said.return_msg(), return_msg, "{changed:?}");
    }
    let h5 = counter.order("order-0001", 1, &[("trade_type", "MWEB")]);
    assert_eq!(h5.return_msg(), "缺少参数");
    for (changed, refusal) in [
        (("appid", "wx0000000000000000"), ("APPID_NOT_EXIST", "APPID不存在")),
        (("openid", "onobody"), ("PARAM_ERROR", "无效的openid")),
        (("appid", pool::OFFICIAL_ACCOUNT), ("PARAM_ERROR", "appid和openid不匹配")),
        (("sub_mch_id", "1900000109"), ("NOAUTH", "受理关系不存在")),
        (("time_expire", "20260301120030"), ("INVALID_REQUEST", "time_expire时间过短")),
    ] {
        let said = counter.order("order-0001", 1, &[changed]);
        assert_eq!(said.refusal(), refusal, "{changed:?}");
    }
    let new = NewApp { appid: None, app_secret: None, kind: AppKind::App, mchids: Vec::new() };
    let unbound = counter.till.world.add_app(new).unwrap().appid.to_string();
    let said = counter.order("order-0001", 1, &[("appid", &unbound)]);
    assert_eq!(said.refusal(), ("APPID_MCHID_NOT_MATCH", "appid和mch_id不匹配"));
    assert_eq!(counter.query("order-0001").refusal(), ("ORDERNOTEXIST", "订单不存在"));
}

#[test]
fn a_number_is_one_order() {
    let mut counter = Counter::open();
    counter.order("order-0001", 5, &[]).ok();
    counter.order("order-0001", 5, &[]).ok();
    let repeated = ("INVALID_REQUEST", "201 商户订单号重复");
    assert_eq!(counter.order("order-0001", 6, &[]).refusal(), repeated);
    assert_eq!(counter.order("order-0001", 5, &[("attach", "x")]).refusal(), repeated);
    counter.till.prepay_id("order-0002", 5);
    assert_eq!(counter.order("order-0002", 5, &[]).refusal(), repeated, "v3 has that number");
    let v3 = counter.till.order("order-0001", 5);
    assert_eq!(v3.status, 400, "and the other way round");
    counter.sell("order-0003", 5);
    assert_eq!(counter.order("order-0003", 5, &[]).refusal(), ("ORDERPAID", "该订单已支付"));
}

#[test]
fn orders_are_closed_once_and_not_when_paid() {
    let mut counter = Counter::open();
    counter.order("order-0001", 5, &[]).ok();
    let close = |counter: &mut Counter, number: &str| {
        counter.say("/pay/closeorder", &[("out_trade_no", number)])
    };
    assert_eq!(close(&mut counter, "order-0001").ok().get("result_msg"), "OK");
    assert_eq!(counter.query("order-0001").ok().get("trade_state"), "CLOSED");
    assert_eq!(close(&mut counter, "order-0001").refusal(), ("ORDERCLOSED", "订单已关闭"));
    assert_eq!(counter.order("order-0001", 5, &[]).refusal(), ("ORDERCLOSED", "订单已关闭"));
    assert_eq!(close(&mut counter, "order-0009").refusal(), ("ORDERNOTEXIST", "订单不存在"));
    assert_eq!(counter.say("/pay/closeorder", &[]).return_msg(), "缺少参数");
    counter.sell("order-0002", 5);
    assert_eq!(close(&mut counter, "order-0002").refusal(), ("ORDERPAID", "该订单已支付"));
}

#[test]
fn past_its_end_an_order_is_closed() {
    let mut counter = Counter::open();
    let changed = [("time_expire", "20260301120200")];
    let prepay_id = counter.order("order-0001", 5, &changed).ok().get("prepay_id").to_owned();
    counter.till.wait(119);
    assert_eq!(counter.query("order-0001").ok().get("trade_state"), "NOTPAY");
    counter.order("order-0001", 5, &changed).ok();
    counter.till.wait(1);
    assert_eq!(counter.pay(counter.invoke(&prepay_id)).unwrap_err().text, "该订单已失效");
    assert_eq!(counter.query("order-0001").ok().get("trade_state"), "CLOSED");
}

#[test]
fn nobody_asks_about_other_peoples_orders() {
    let mut counter = Counter::open();
    let transaction_id = counter.sell("order-0001", 5);
    let mut other = Counter { till: Till::of(1, 7), ..Counter::open() };
    other.key = other.till.world.merchant(&other.till.mchid).unwrap().api_v2_key.clone();
    std::mem::swap(&mut other.till.world, &mut counter.till.world);
    for by in [("out_trade_no", "order-0001"), ("transaction_id", transaction_id.as_str())] {
        assert_eq!(other.say("/pay/orderquery", &[by]).refusal().0, "ORDERNOTEXIST");
    }
}

#[test]
fn faults_strike_v2_as_they_do_v3() {
    let mut counter = Counter::open();
    counter.order("order-0001", 5, &[]).ok();
    let set = |counter: &mut Counter, name| {
        counter.till.world.set_faults(vec![Fault::times(name, 1)]);
    };
    set(&mut counter, FaultName::Http429);
    assert_eq!(counter.query("order-0001").refusal(), ("FREQUENCY_LIMITED", "频率限制"));
    set(&mut counter, FaultName::Http500);
    assert_eq!(counter.query("order-0001").refusal(), ("SYSTEMERROR", "System Error"));
    set(&mut counter, FaultName::ExtraMember);
    assert!(counter.query("order-0001").ok().has("zz_new_member"));
    set(&mut counter, FaultName::NewEnumValue);
    let said = counter.query("order-0001").ok();
    assert!(!["NOTPAY", "SUCCESS", ""].contains(&said.get("trade_state")), "{said:?}");
    let call = counter.signed(counter.call(&[("out_trade_no", "order-0001")]));
    set(&mut counter, FaultName::BadSignature);
    let body = counter.send("/pay/orderquery", written(&call)).body;
    let said = read(std::str::from_utf8(&body).unwrap(), "xml");
    assert_ne!(said["sign"], digest(&said, &counter.key, false));
    set(&mut counter, FaultName::Http502);
    assert_eq!(counter.send("/pay/orderquery", written(&call)).status, 502);
    for (name, manner) in [
        (FaultName::TimeoutBefore, Manner::Never),
        (FaultName::TimeoutAfter, Manner::Never),
        (FaultName::ConnectionDropped, Manner::Dropped),
        (FaultName::Slow, Manner::Slow { seconds: 3 }),
    ] {
        set(&mut counter, name);
        let request = post("/pay/orderquery", written(&call));
        let reply = counter.till.world.handle(&request, counter.till.times());
        assert_eq!(reply.manner, manner, "{name:?}");
    }
}

/// The text under a signature stands in the journal, for requests and for answers.
#[test]
fn the_journal_shows_what_was_digested() {
    let mut counter = Counter::open();
    counter.order("order-0001", 5, &[]).ok();
    let filter = MessageFilter { out_trade_no: Some("order-0001".into()), ..Default::default() };
    let journal: Vec<_> = counter.till.world.messages(&filter).cloned().collect();
    assert_eq!(journal.len(), 2);
    for message in &journal {
        let canonical = message.canonical.as_deref().unwrap();
        let sign = read(&message.body, "xml")["sign"].clone();
        assert_eq!(hex::encode_upper(Md5::digest(canonical)), sign);
        assert_eq!(message.mchid.as_deref(), Some(counter.till.mchid.as_str()));
    }
    assert_eq!(journal[0].verdict.as_deref(), Some("signature accepted"));
}

#[test]
fn an_order_waits_before_it_is_closed_where_the_world_insists() {
    let mut counter = Counter::open();
    counter.till.world.settings_mut().close_wait_seconds = 300;
    counter.order("order-0001", 5, &[]).ok();
    let order = [("out_trade_no", "order-0001")];
    let too_soon = ("TRADE_STATE_ERROR", "订单状态错误");
    counter.till.wait(299);
    assert_eq!(counter.say("/pay/closeorder", &order).refusal(), too_soon);
    counter.till.wait(1);
    counter.say("/pay/closeorder", &order).ok();
}

#[test]
fn calls_are_rationed_where_the_world_insists() {
    let mut counter = Counter::open();
    let refund = [
        ("out_trade_no", "order-0001"),
        ("out_refund_no", "r1"),
        ("refund_fee", "1"),
        ("total_fee", "1"),
    ];
    let scan = [
        ("body", "茶"),
        ("out_trade_no", "order-0001"),
        ("total_fee", "1"),
        ("spbill_create_ip", "203.0.113.9"),
        ("auth_code", "120061098828009406"),
    ];
    let limited = ("FREQUENCY_LIMITED", "频率限制");
    for insists in [false, true] {
        counter.till.world.settings_mut().frequency_limits = insists;
        // Each round in a second of its own.
        counter.till.wait(1);
        for (target, call, most) in
            [("/secapi/pay/refund", &refund[..], 6), ("/pay/micropay", &scan[..], 33)]
        {
            for _ in 0..most {
                assert_ne!(counter.say(target, call).refusal(), limited, "{target}");
            }
            let one_more = counter.say(target, call);
            assert_eq!(one_more.refusal() == limited, insists, "{target}");
        }
    }
    counter.till.wait(1);
    assert_ne!(counter.say("/secapi/pay/refund", &refund).refusal(), limited);
}
