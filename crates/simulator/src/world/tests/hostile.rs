use proptest::prelude::*;

use super::*;

/// JSON of any shape, biased towards the members WeChat knows.
fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,40}".prop_map(Value::from),
        "[a-zA-Z0-9_|*@-]{0,70}".prop_map(Value::from),
        Just(json!("2026-03-01T12:00:00+08:00")),
        Just(json!("https://shop.example/notify")),
        Just(json!("1900000001")),
        Just(json!(pool::MINI_PROGRAM)),
    ];
    leaf.prop_recursive(4, 64, 8, |inner| {
        let name = prop::sample::select(vec![
            "appid",
            "mchid",
            "description",
            "out_trade_no",
            "time_expire",
            "attach",
            "notify_url",
            "amount",
            "total",
            "currency",
            "payer",
            "openid",
            "detail",
            "goods_detail",
            "scene_info",
            "out_refund_no",
            "refund",
            "from",
            "sp_mchid",
            "sub_mchid",
            "auth_code",
            "store_info",
            "combine_out_trade_no",
            "sub_orders",
            "sub_appid",
            "transaction_id",
            "out_order_no",
            "receivers",
            "type",
            "account",
            "relation_type",
            "unfreeze_unsplit",
            "out_bill_no",
            "transfer_scene_id",
            "transfer_amount",
            "out_authorization_no",
            "authorization_info",
            "surprise",
            "",
        ]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(name.prop_map(str::to_owned), inner, 0..12)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn target() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "/v3/pay/transactions/jsapi",
        "/v3/pay/transactions/out-trade-no/",
        "/v3/pay/transactions/id/",
        "/v3/refund/domestic/refunds",
        "/v3/refund/domestic/refunds/",
        "/v3/pay/transactions/codepay",
        "/v3/pay/partner/transactions/native",
        "/v3/pay/partner/transactions/out-trade-no/",
        "/v3/combine-transactions/app",
        "/v3/combine-transactions/out-trade-no/order-0001/close",
        "/v3/refund/domestic/refunds/1/apply-abnormal-refund",
        "/v3/combine-transactions/id/",
        "/v3/profitsharing/orders",
        "/v3/profitsharing/orders/unfreeze",
        "/v3/profitsharing/receivers/add",
        "/v3/profitsharing/return-orders",
        "/v3/profitsharing/merchant-configs/",
        "/v3/profitsharing/bills?bill_date=",
        "/v3/bill/sub-merchant-fundflowbill?sub_mchid=",
        "/v3/fund-app/mch-transfer/transfer-bills",
        "/v3/fund-app/mch-transfer/partner/transfer-bills/transfer",
        "/v3/fund-app/mch-transfer/user-confirm-authorization",
        "/v3/fund-app/mch-transfer/partner/user-confirm-authorizations/",
        "/v3/certificates",
        "/sns/jscode2session",
    ]);
    (known, "[ -~]{0,30}").prop_map(|(path, rest)| format!("{path}{rest}"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    /// Whatever a merchant signs, the world answers: 2xx, a refusal with a code, or nginx's page.
    #[test]
    fn any_signed_request_is_answered(
        target in target(),
        post in any::<bool>(),
        body in json_value(),
    ) {
        let mut till = Till::open();
        till.prepay_id("order-0001", 5);
        let method = if post { "POST" } else { "GET" };
        let seen = till.call(method, &target, &body.to_string());
        let html = seen.body.starts_with("<html>");
        let login = target.starts_with("/sns/");
        prop_assert!(
            seen.status < 300 || html || login || seen.json()["code"].is_string(),
            "{}", seen.body
        );
    }

    /// Whatever arrives unsigned is refused without a signature and without an effect.
    #[test]
    fn any_unsigned_request_changes_nothing(
        target in target(),
        authorization in "(WECHATPAY2-SHA256-RSA2048 )?[ -~]{0,120}",
        body in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let mut till = Till::open();
        let before = serde_json::to_value(&till.world.state().orders).unwrap();
        let request = HttpRequest {
            method: "POST".into(),
            target,
            headers: vec![
                ("Accept".into(), "*/*".into()),
                ("User-Agent".into(), "x".into()),
                ("Authorization".into(), authorization),
            ],
            body,
            channel: Channel::Plain,
        };
        let reply = till.world.handle(&request, Times::at(NOON));
        prop_assert!(reply.response.header("Wechatpay-Signature").is_none());
        prop_assert!(matches!(reply.response.status, 401 | 404 | 405));
        prop_assert_eq!(before, serde_json::to_value(&till.world.state().orders).unwrap());
    }
}
