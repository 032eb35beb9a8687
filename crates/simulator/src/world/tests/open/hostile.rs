use std::cell::RefCell;

use proptest::prelude::*;

use super::*;

fn target() -> impl Strategy<Value = String> {
    let path = prop::sample::select(vec![
        "/sns/jscode2session",
        "/sns/oauth2/access_token",
        "/sns/oauth2/refresh_token",
        "/sns/userinfo",
        "/sns/auth",
        "/cgi-bin/token",
        "/cgi-bin/stable_token",
        "/cgi-bin/ticket/getticket",
        "/wxa/checksession",
        "/wxa/resetusersessionkey",
        "/wxa/business/getuserphonenumber",
        "/wxa/getpaidunionid",
        "/wxa/generatescheme",
        "/wxa/generate_urllink",
        "/cgi-bin/message/subscribe/send",
        "/wxa/sec/order/upload_shipping_info",
        "/wxa/sec/order/get_order",
        "/wxa/sec/order/get_order_list",
        "/wxa/sec/order/notify_confirm_receive",
        "/wxa/sec/order/set_msg_jump_path",
        "/wxa/sec/order/is_trade_managed",
        "/wxa/sec/order/opspecialorder",
        "/connect/oauth2/authorize",
    ]);
    (path, "[ -~]{0,60}").prop_map(|(path, query)| format!("{path}?{query}"))
}

/// An upload whose members are right, or anything else of another type.
fn shipping_body() -> impl Strategy<Value = Value> {
    let odd =
        || prop_oneof![Just(json!(null)), Just(json!(7)), Just(json!("é")), Just(json!([{}]))];
    let key = prop_oneof![odd(), Just(json!({"order_number_type": 2, "transaction_id": "42"}))];
    let list = prop_oneof![
        odd(),
        Just(json!([{"tracking_no": "1", "express_company": "SF", "item_desc": "x",
            "contact": {"receiver_contact": "é*123"}}])),
    ];
    let number = || prop_oneof![odd(), (0..5_i64).prop_map(|number| json!(number))];
    (key, list, number(), number(), odd(), odd()).prop_map(|(key, list, logistics, mode, a, b)| {
        json!({
            "order_key": key,
            "shipping_list": list,
            "logistics_type": logistics,
            "delivery_mode": mode,
            "is_all_delivered": true,
            "upload_time": "2026-03-01T12:01:01+08:00",
            "payer": {"openid": "x"},
            "pay_time_range": a,
            "page_size": b.clone(),
            "transaction_id": b,
        })
    })
}

/// Whatever arrives is answered: JSON with a number, a page, or nginx's refusal.
#[test]
fn anything_is_answered() {
    let till = RefCell::new(Till::open());
    let body = prop_oneof![
        "\\PC{0,80}",
        Just(r#"{"code":"x","openid":"y"}"#.to_owned()),
        Just(r#"{"grant_type":"client_credential","appid":1}"#.to_owned()),
        shipping_body().prop_map(|body| body.to_string()),
    ];
    proptest!(|(target in target(), post in any::<bool>(), with_token in any::<bool>(), body in body)| {
        let mut till = till.borrow_mut();
        let token = till.token_of(pool::MINI_PROGRAM);
        let target = if with_token { format!("{target}&access_token={token}") } else { target };
        let response = till.ask(if post { "POST" } else { "GET" }, &target, &body);
        let is_page = response.header("Content-Type").is_some_and(|kind| kind.contains("html"));
        let json: Option<Value> = serde_json::from_slice(&response.body).ok();
        prop_assert!(is_page || json.is_some_and(|json| json["errcode"].is_i64()));
        prop_assert!(matches!(response.status, 200 | 405));
    });
}

/// Whatever address a person opens, nobody is sent to a host the console does not name.
#[test]
fn nobody_is_sent_elsewhere() {
    let till = RefCell::new(Till::open());
    proptest!(|(redirect in "(https?://)?(localhost)?[@/.:a-z]{0,12}\\PC{0,20}", state in "[a-z-]{0,4}")| {
        let address = format!(
            "https://open.weixin.qq.com/connect/oauth2/authorize?appid={}&redirect_uri={redirect}&response_type=code&scope=snsapi_base&state={state}#wechat_redirect",
            pool::OFFICIAL_ACCOUNT
        );
        let mut till = till.borrow_mut();
        let times = till.times();
        if let Ok(Authorized::Redirect(to)) = till.world.authorize(&address, "amei", None, times) {
            let url = url::Url::parse(&to).unwrap();
            prop_assert!(matches!(url.host_str(), Some("localhost" | "127.0.0.1")), "{}", to);
        }
    });
}
