use proptest::prelude::*;

use super::*;

/// Members WeChat knows, with values it may or may not.
fn members() -> impl Strategy<Value = BTreeMap<String, String>> {
    let name = prop::sample::select(vec![
        "body",
        "detail",
        "attach",
        "out_trade_no",
        "total_fee",
        "fee_type",
        "spbill_create_ip",
        "time_expire",
        "scene_info",
        "notify_url",
        "trade_type",
        "openid",
        "transaction_id",
        "out_refund_no",
        "refund_fee",
        "refund_id",
        "offset",
        "bill_date",
        "bill_type",
        "tar_type",
        "account_type",
        "auth_code",
        "interface_url",
        "long_url",
        "device_info",
        "sub_mch_id",
        "surprise",
    ]);
    let value = prop_oneof![
        "[ -~]{0,40}",
        "\\PC{0,20}",
        any::<i64>().prop_map(|number| number.to_string()),
        Just("order-0001".to_owned()),
        Just("1".to_owned()),
        Just("5".to_owned()),
        Just("JSAPI".to_owned()),
        Just("MWEB".to_owned()),
        Just("20260301".to_owned()),
        Just("20260301130000".to_owned()),
        Just("https://shop.example/v2".to_owned()),
        Just("203.0.113.9".to_owned()),
    ];
    // The reader of these tests knows no escapes, and no section may hold its own end.
    let value = value.prop_map(|text| text.replace(']', ")"));
    prop::collection::btree_map(name.prop_map(str::to_owned), value, 0..16)
}

fn target() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "/pay/unifiedorder",
        "/pay/orderquery",
        "/pay/closeorder",
        "/secapi/pay/refund",
        "/pay/refundquery",
        "/pay/refundqueryv2",
        "/pay/downloadbill",
        "/pay/downloadfundflow",
        "/pay/micropay",
        "/secapi/pay/reverse",
        "/tools/authcodetoopenid",
        "/payitil/report",
        "/tools/shorturl",
    ])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Whatever a merchant signs is answered with status 200, and what claims success is signed.
    #[test]
    fn any_signed_call_is_answered(target in target(), more in members(), hmac in any::<bool>()) {
        let mut counter = Counter { hmac, ..Counter::open() };
        counter.order("order-0001", 5, &[]);
        let mut call = counter.call(&[]);
        call.extend(more);
        let call = counter.signed(call);
        let response = counter.send(target, written(&call));
        prop_assert_eq!(response.status, 200);
        let body = String::from_utf8_lossy(&response.body).into_owned();
        prop_assert!(body.starts_with("<xml><return_code>"), "{}", body);
        if body.contains("<sign>") {
            counter.assert_believes(&Said(read(&body, "xml")));
        }
    }

    /// Whatever bytes arrive, nothing happens and nobody signs.
    #[test]
    fn any_other_bytes_change_nothing(
        target in target(),
        body in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..200),
            "<xml>(<[a-z_]{1,9}>(<!\\[CDATA\\[)?[ -~]{0,20}(\\]\\]>)?</[a-z_]{1,9}>){0,5}(</xml>)?"
                .prop_map(String::into_bytes),
        ],
    ) {
        let mut counter = Counter::open();
        counter.order("order-0001", 5, &[]);
        let before = serde_json::to_value(&counter.till.world.state().orders).unwrap();
        let response = counter.send(target, body);
        prop_assert_eq!(response.status, 200);
        let body = String::from_utf8(response.body).unwrap();
        prop_assert!(body.contains("FAIL") && !body.contains("<sign>"), "{}", body);
        prop_assert_eq!(before, serde_json::to_value(&counter.till.world.state().orders).unwrap());
    }
}
