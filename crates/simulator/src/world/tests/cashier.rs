use super::*;

fn refused(till: &Till, invoke: &Invoke, user: &str) -> String {
    till.world.cashier(&PayBy::Invoke(invoke.clone()), user, till.times()).unwrap_err().text
}

#[test]
fn the_sheet_shows_what_was_ordered() {
    let mut till = Till::open();
    let prepay_id = till.prepay_id("order-0001", 1990);
    let view =
        till.world.cashier(&PayBy::Invoke(till.invoke(&prepay_id)), "amei", till.times()).unwrap();
    assert_eq!(view.merchant_name, "算盘茶铺");
    assert_eq!(view.description, "龙井茶 一杯");
    assert_eq!(view.amount_fen.count(), 1990);
    assert_eq!(view.methods[0].balance_fen.unwrap().count(), 100_000);
    assert_eq!(view.expires_at, NOON.plus(2 * 3600), "the prepay_id ends before the order");
}

/// The texts are those of v3 §3.6, one cause at a time.
#[test]
fn every_refusal_has_the_cashiers_own_words() {
    let mut till = Till::open();
    let prepay_id = till.prepay_id("order-0001", 1990);
    let with = |till: &Till, name: &str, value: Value| {
        let mut invoke = till.invoke(&prepay_id);
        invoke.params.insert(name.into(), value);
        refused(till, &invoke, "amei")
    };
    assert_eq!(with(&till, "paySign", json!("AAAA")), "支付签名验证失败");
    assert_eq!(with(&till, "nonceStr", json!("other")), "支付签名验证失败");
    assert_eq!(with(&till, "signType", json!("MD5")), "支付签名验证失败");
    assert_eq!(with(&till, "package", json!("prepay_id=")), "调用支付JSAPI缺少参数: package");
    assert_eq!(with(&till, "package", json!("prepay_id=wx0")), "JSAPI缺少参数total_fee");
    assert_eq!(
        with(&till, "timeStamp", json!(1)),
        "parameter error: parameter.timeStamp should be String instead of Number;"
    );
    let mut invoke = till.invoke(&prepay_id);
    invoke.params.remove("nonceStr");
    assert_eq!(refused(&till, &invoke, "amei"), "调用支付JSAPI缺少参数: nonceStr");

    let mut invoke = till.invoke(&prepay_id);
    invoke.appid = Appid::new("wx0000000000000000").unwrap();
    assert_eq!(refused(&till, &invoke, "amei"), "商户传入的appid参数不正确");
    let mut invoke = till.invoke(&prepay_id);
    invoke.kind = InvokeKind::Jsapi;
    assert_eq!(refused(&till, &invoke, "amei"), "支付场景非法");
    assert_eq!(
        refused(&till, &till.invoke(&prepay_id), "bo"),
        "下单账号与支付账号不一致，请核实后再支付"
    );
    till.close("order-0001");
    assert_eq!(refused(&till, &till.invoke(&prepay_id), "amei"), "该订单已失效");
}

#[test]
fn another_key_of_the_same_merchant_may_not_open_the_cashier() {
    let mut till = Till::open();
    let prepay_id = till.prepay_id("order-0001", 1990);
    let spare = pool::keys("merchant-").nth(3).unwrap();
    let certificate = pool::api_certificate(&till.mchid, &spare);
    let mchid = till.mchid.clone();
    till.world.add_api_certificate(&mchid, certificate.clone()).unwrap();
    till.key =
        MerchantKey::from_pem(mchid, &spare.private_key_pem, &certificate.certificate_pem).unwrap();
    assert_eq!(refused(&till, &till.invoke(&prepay_id), "amei"), "支付签名验证失败");
    let fresh = till.prepay_id("order-0001", 1990);
    till.world.cashier(&PayBy::Invoke(till.invoke(&fresh)), "amei", till.times()).unwrap();
}

#[test]
fn prepay_ids_die_after_two_hours_and_a_repeat_revives_the_order() {
    let mut till = Till::open();
    let prepay_id = till.prepay_id("order-0001", 1990);
    till.wait(2 * 3600 - 1);
    till.world.cashier(&PayBy::Invoke(till.invoke(&prepay_id)), "amei", till.times()).unwrap();
    till.wait(1);
    assert_eq!(refused(&till, &till.invoke(&prepay_id), "amei"), "JSAPI缺少参数total_fee");
    let fresh = till.prepay_id("order-0001", 1990);
    assert_eq!(till.act(&fresh, Outcome::Success).unwrap().trade_state, TradeState::Success);
}

#[test]
fn time_expire_stops_paying_without_closing_and_is_kept_within_bounds() {
    let mut till = Till::open();
    for (number, asked, granted) in [("order-0001", 10, 60), ("order-0002", 300, 300)] {
        let mut body = till.order_body(number, 1);
        body["time_expire"] = json!(till.now.plus(asked).to_string());
        let seen = till.call("POST", "/v3/pay/transactions/jsapi", &body.to_string());
        let prepay_id = seen.json()["prepay_id"].as_str().unwrap().to_owned();
        let start = till.now;
        till.wait(granted - 1);
        till.world.cashier(&PayBy::Invoke(till.invoke(&prepay_id)), "amei", till.times()).unwrap();
        till.wait(1);
        assert_eq!(refused(&till, &till.invoke(&prepay_id), "amei"), "该订单已失效");
        assert_eq!(till.trade_state(number), "NOTPAY");
        till.now = start;
    }
    let mut body = till.order_body("order-0003", 1);
    body["time_expire"] = json!(till.now.plus(60 * 86_400).to_string());
    till.call("POST", "/v3/pay/transactions/jsapi", &body.to_string());
    let number = suanpan_wechat::id::OutTradeNo::new("order-0003").unwrap();
    let order = till.world.order(&till.mchid, &number).unwrap();
    assert_eq!(order.expires_at(), NOON.plus(15 * 86_400));
}

#[test]
fn outcomes_separate_what_happened_from_what_the_front_end_hears() {
    let mut till = Till::open();
    let cases = [
        (Outcome::Cancel, TradeState::NotPay, "requestPayment:fail cancel"),
        (Outcome::InsufficientBalance, TradeState::NotPay, "requestPayment:fail cancel"),
        (Outcome::CallbackOkButUnpaid, TradeState::NotPay, "requestPayment:ok"),
        (Outcome::CallbackSaysCancel, TradeState::Success, "requestPayment:fail cancel"),
        (Outcome::Success, TradeState::Success, "requestPayment:ok"),
    ];
    for (index, (outcome, state, err_msg)) in cases.into_iter().enumerate() {
        let prepay_id = till.prepay_id(&format!("order-{index:04}"), 5);
        let paid = till.act(&prepay_id, outcome).unwrap();
        assert_eq!((paid.trade_state, paid.err_msg), (state, err_msg), "{outcome:?}");
        assert_eq!(paid.transaction_id.is_some(), state == TradeState::Success);
        assert!(paid.invocation_checked);
    }
    assert_eq!(till.world.wallet("amei").unwrap().balance_fen.count(), 100_000 - 10);
}

#[test]
fn a_short_wallet_and_a_paid_order_refuse() {
    let mut till = Till::open();
    let prepay_id = till.prepay_id("order-0001", 100_001);
    let refusal = till.act(&prepay_id, Outcome::Success).unwrap_err();
    assert_eq!(refusal.code, RefusalCode::InsufficientBalance);
    let prepay_id = till.prepay_id("order-0002", 100_000);
    till.act(&prepay_id, Outcome::Success).unwrap();
    assert_eq!(till.act(&prepay_id, Outcome::Success).unwrap_err().text, "该订单已支付");
}

#[test]
fn five_wrong_pins_lock_the_wallet_for_three_hours() {
    let mut till = Till::open();
    let prepay_id = till.prepay_id("order-0001", 5);
    let typed = |till: &mut Till, pin: &str| {
        let command = PayCommand {
            by: PayBy::Invoke(till.invoke(&prepay_id)),
            user: "amei".into(),
            method: Method::Balance,
            outcome: Outcome::Success,
            pin: Some(pin.into()),
        };
        till.world.pay(&command, till.times())
    };
    for remaining in (1..=4).rev() {
        let refusal = typed(&mut till, "000000").unwrap_err();
        assert_eq!((refusal.code, refusal.remaining), (RefusalCode::WrongPin, Some(remaining)));
    }
    assert_eq!(typed(&mut till, "000000").unwrap_err().code, RefusalCode::PinLocked);
    assert_eq!(typed(&mut till, DEFAULT_PIN).unwrap_err().code, RefusalCode::PinLocked);
    till.wait(3 * 3600);
    let fresh = till.prepay_id("order-0001", 5);
    let command = PayCommand {
        by: PayBy::PrepayId(suanpan_wechat::id::PrepayId::new(fresh).unwrap()),
        user: "amei".into(),
        method: Method::Balance,
        outcome: Outcome::Success,
        pin: Some(DEFAULT_PIN.into()),
    };
    let paid = till.world.pay(&command, till.times()).unwrap();
    assert!(!paid.invocation_checked);
    assert_eq!(paid.trade_state, TradeState::Success);
}

#[test]
fn a_payment_under_way_lands_in_a_closed_order() {
    let mut till = Till::open();
    let prepay_id = till.prepay_id("order-0001", 5);
    let paid = till.act(&prepay_id, Outcome::SuccessAfterClose).unwrap();
    assert_eq!((paid.trade_state, paid.err_msg), (TradeState::NotPay, "requestPayment:ok"));
    assert!(till.act(&prepay_id, Outcome::Success).is_err(), "one payment at a time");
    assert_eq!(till.close("order-0001").status, 204);
    till.wait(29);
    assert!(till.due().is_empty());
    assert_eq!(till.trade_state("order-0001"), "CLOSED");
    till.wait(1);
    assert_eq!(till.due().len(), 1, "the late payment is notified");
    assert_eq!(till.trade_state("order-0001"), "SUCCESS");
    till.wait(600);
    till.due();
    assert_eq!(till.world.wallet("amei").unwrap().balance_fen.count(), 100_000 - 5, "paid once");
}

#[test]
fn a_page_lies_in_a_directory_and_in_wechat() {
    let mut till = Till::open();
    let mut body = till.order_body("order-0001", 5);
    let appid = Appid::new(pool::OFFICIAL_ACCOUNT).unwrap();
    let amei = till.world.users().find(|user| user.name == "amei").unwrap().openids[&appid].clone();
    body["appid"] = json!(appid.as_str());
    body["payer"]["openid"] = json!(amei.as_str());
    let seen = till.call("POST", "/v3/pay/transactions/jsapi", &body.to_string());
    let package = format!("prepay_id={}", seen.json()["prepay_id"].as_str().unwrap());
    let message = format!("{appid}\n{}\nNONCE\n{package}\n", till.now.unix());
    let params = json!({
        "timeStamp": till.now.unix().to_string(), "nonceStr": "NONCE", "package": package,
        "signType": "RSA", "paySign": till.key.sign(message.as_bytes()),
    });
    let params = params.as_object().unwrap().clone();
    let mut invoke = Invoke::new(InvokeKind::Jsapi, appid, params);
    let directory = "https://shop.example/pay/".to_owned();
    till.world.state.merchants.get_mut(&till.mchid).unwrap().jsapi_directories = [directory].into();
    let on = |till: &Till, invoke: &Invoke| {
        let opened = till.world.cashier(&PayBy::Invoke(invoke.clone()), "amei", till.times());
        opened.map_or_else(|refusal| refusal.text, |_| "open".to_owned())
    };
    assert_eq!(on(&till, &invoke), "open", "no page was named");
    for (page, said) in [
        ("https://shop.example/pay/cart?id=1", "open"),
        ("https://shop.example:8443/pay/cart", "open"),
        ("https://shop.example/payment", "当前页面的URL未注册"),
        ("http://shop.example/pay/cart", "当前页面的URL未注册"),
        ("https://shop.example.evil/pay/", "当前页面的URL未注册"),
        ("", "当前页面的URL未注册"),
    ] {
        invoke.page = Some(page.to_owned());
        assert_eq!(on(&till, &invoke), said, "{page}");
    }
    invoke.page = None;
    invoke.user_agent = Some("Mozilla/5.0 Safari/604.1".to_owned());
    assert_eq!(on(&till, &invoke), "该商户暂不支持通过外部拉起微信完成支付");
    invoke.user_agent = Some("Mozilla/5.0 MicroMessenger/8.0".to_owned());
    assert_eq!(on(&till, &invoke), "open");
}
