//! Combined orders.

use serde_json::{Value, json};
use suanpan_wechat::{
    call::{Call, Method},
    combine::{
        Payer, Period, SceneInfo, ShortDeviceId, SubAmount, SubOrder, SubOrderDetail, SubOrders,
        Terms, Transaction, app, close::Close, h5, jsapi, native, query,
    },
    id::{Appid, CombineOutTradeNo, Mchid, OutTradeNo, TransactionId},
    pay::{
        LimitPay, TradeState,
        h5::{H5Info, H5Type},
        partner::SettleInfo,
    },
    text::{Attach, Description, DeviceId, GoodsTag, NotifyUrl},
};

use crate::pay::{fen, openid, sent, with};

pub(crate) fn sub_order(mchid: &str, number: &str, attach: &str, description: &str) -> SubOrder {
    SubOrder::new(
        Mchid::new(mchid).unwrap(),
        OutTradeNo::new(number).unwrap(),
        Description::new(description).unwrap(),
        Attach::new(attach).unwrap(),
        SubAmount::new(fen(10)).unwrap(),
    )
}

pub(crate) fn terms(sub_orders: Vec<SubOrder>) -> Terms {
    Terms::new(
        Appid::new("wxd678efh567hg6787").unwrap(),
        Mchid::new("1900000109").unwrap(),
        CombineOutTradeNo::new("P20150806125346").unwrap(),
        SubOrders::new(sub_orders).unwrap(),
        NotifyUrl::new("https://example.com/n").unwrap(),
    )
}

pub(crate) fn two() -> Terms {
    terms(vec![
        sub_order("1900000109", "20150806125346", "a", "d1"),
        sub_order("1900000179", "20150806124855", "b", "d2"),
    ])
}

fn two_json() -> Value {
    json!({
        "combine_appid": "wxd678efh567hg6787", "combine_mchid": "1900000109",
        "combine_out_trade_no": "P20150806125346",
        "sub_orders": [
            {
                "mchid": "1900000109", "attach": "a",
                "amount": {"total_amount": 10, "currency": "CNY"},
                "out_trade_no": "20150806125346", "description": "d1",
            },
            {
                "mchid": "1900000179", "attach": "b",
                "amount": {"total_amount": 10, "currency": "CNY"},
                "out_trade_no": "20150806124855", "description": "d2",
            },
        ],
        "notify_url": "https://example.com/n",
    })
}

#[test]
fn the_least_order_of_each_front_end_is_what_the_pages_want() {
    let to = |name: &str| format!("/v3/combine-transactions/{name}");
    let jsapi = jsapi::Order::new(two(), Payer::OfCombiner { openid: openid() }).to_body();
    let payer = json!({"combine_payer_info": {"openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"}});
    assert_eq!(
        sent(&jsapi::Prepay { body: jsapi }),
        (Method::Post, to("jsapi"), with(two_json(), payer))
    );
    let app = app::Order::new(two()).to_body();
    assert_eq!(sent(&app::Prepay { body: app }), (Method::Post, to("app"), two_json()));
    let native = native::Order::new(two()).to_body();
    assert_eq!(sent(&native::Prepay { body: native }), (Method::Post, to("native"), two_json()));
    let scene_info = h5::SceneInfo {
        device_id: Some(DeviceId::new("POS1:1").unwrap()),
        payer_client_ip: "14.17.22.32".parse().unwrap(),
        h5_info: H5Info::new(H5Type::Ios),
    };
    let h5 = h5::Order::new(two(), scene_info).to_body();
    let scene = json!({"scene_info": {
        "device_id": "POS1:1", "payer_client_ip": "14.17.22.32", "h5_info": {"type": "iOS"},
    }});
    assert_eq!(sent(&h5::Prepay { body: h5 }), (Method::Post, to("h5"), with(two_json(), scene)));
}

#[test]
fn a_platforms_order_has_every_documented_member() {
    let sub_order = SubOrder {
        sub_mchid: Some(Mchid::new("1900000119").unwrap()),
        sub_appid: Some(Appid::new("wxd678efh567hg6999").unwrap()),
        detail: Some(SubOrderDetail::new("买单费用").unwrap()),
        goods_tag: Some(GoodsTag::new("WXG").unwrap()),
        settle_info: Some(SettleInfo { profit_sharing: true, subsidy_amount: Some(fen(10)) }),
        ..sub_order("1900000109", "20150806125346", "深圳分店", "腾讯充值中心-QQ会员充值")
    };
    let start = "2019-12-31T15:59:59+08:00".parse().unwrap();
    let expire = "2019-12-31T16:59:59+08:00".parse().unwrap();
    let terms = Terms {
        period: Some(Period::between(start, expire).unwrap()),
        limit_pay: vec![LimitPay::NoBalance, LimitPay::NoCredit, LimitPay::NoDebit],
        ..terms(vec![sub_order])
    };
    let order = jsapi::Order {
        scene_info: Some(SceneInfo {
            device_id: Some(ShortDeviceId::new("POS1:1").unwrap()),
            payer_client_ip: "14.17.22.32".parse().unwrap(),
        }),
        ..jsapi::Order::new(terms, Payer::OfSubMerchant { sub_openid: openid() })
    };
    let (.., body) = sent(&jsapi::Prepay { body: order.to_body() });
    assert_eq!(
        body,
        json!({
            "combine_appid": "wxd678efh567hg6787", "combine_mchid": "1900000109",
            "combine_out_trade_no": "P20150806125346",
            "scene_info": {"device_id": "POS1:1", "payer_client_ip": "14.17.22.32"},
            "sub_orders": [{
                "mchid": "1900000109", "attach": "深圳分店",
                "amount": {"total_amount": 10, "currency": "CNY"},
                "out_trade_no": "20150806125346", "sub_mchid": "1900000119",
                "sub_appid": "wxd678efh567hg6999", "detail": "买单费用", "goods_tag": "WXG",
                "description": "腾讯充值中心-QQ会员充值",
                "settle_info": {"profit_sharing": true, "subsidy_amount": 10},
            }],
            "combine_payer_info": {"sub_openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"},
            "time_start": "2019-12-31T15:59:59+08:00",
            "time_expire": "2019-12-31T16:59:59+08:00",
            "notify_url": "https://example.com/n",
            "limit_pay": ["no_balance", "no_credit", "no_debit"],
        })
    );
}

#[test]
fn an_end_alone_is_a_period_too() {
    let period = Some(Period::until("2019-12-31T15:59:59+08:00".parse().unwrap()));
    let order = native::Order::new(Terms { period, ..two() });
    let (.., body) = sent(&native::Prepay { body: order.to_body() });
    assert_eq!(body, with(two_json(), json!({"time_expire": "2019-12-31T15:59:59+08:00"})));
}

/// The official sample of a notification, with the fractions its page shows.
const PAID: &str = r#"{"combine_appid":"wxd678efh567hg6787","combine_mchid":"1900000109","combine_out_trade_no":"P20150806125346","scene_info":{"device_id":"POS1:1"},"sub_orders":[{"mchid":"1900000109","trade_type":"JSAPI","trade_state":"SUCCESS","bank_type":"CMC","attach":"深圳分店","success_time":"2015-05-20T13:29:35.120+08:00","transaction_id":"1009660380201506130728806387","out_trade_no":"20150806125346","sub_mchid":"1900000119","sub_appid":"wxd678efh567hg6999","sub_openid":"oUpF8uMuAJO_M2pxb1Q9zNjWeS6p","promotion_detail":[{"coupon_id":"109519","amount":1}],"amount":{"total_amount":10,"payer_amount":9,"currency":"CNY","payer_currency":"CNY","settlement_rate":60000000}}],"combine_payer_info":{"openid":"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"}}"#;

fn by_number() -> query::ByOutTradeNo {
    let combine_out_trade_no = CombineOutTradeNo::new("P20150806125346").unwrap();
    query::ByOutTradeNo { combine_out_trade_no }
}

#[test]
fn a_paid_order_is_read_with_all_its_sub_orders() {
    let paid = by_number().read(200, PAID.as_bytes()).unwrap();
    assert_eq!(paid.combine_mchid.as_str(), "1900000109");
    assert_eq!(paid.combine_out_trade_no.as_str(), "P20150806125346");
    assert_eq!(paid.combine_transaction_id, None);
    assert_eq!(paid.scene_info.unwrap().device_id.as_deref(), Some("POS1:1"));
    assert_eq!(paid.combine_payer_info.unwrap().openid, Some(openid()));
    let [sub_order] = &paid.sub_orders[..] else { panic!("one sub-order") };
    assert_eq!(sub_order.trade_state, TradeState::Success);
    assert_eq!(sub_order.success_time.unwrap().to_string(), "2015-05-20T13:29:35+08:00");
    assert_eq!(sub_order.sub_mchid.as_ref().unwrap().as_str(), "1900000119");
    assert_eq!(sub_order.sub_appid.as_ref().unwrap().as_str(), "wxd678efh567hg6999");
    assert_eq!(sub_order.sub_openid.as_ref().unwrap().as_str(), "oUpF8uMuAJO_M2pxb1Q9zNjWeS6p");
    assert_eq!(sub_order.transaction_id.as_ref().unwrap().as_str(), "1009660380201506130728806387");
    assert_eq!(sub_order.promotion_detail[0].amount, fen(1));
    let amount = sub_order.amount.as_ref().unwrap();
    assert_eq!((amount.total_amount, amount.payer_amount), (fen(10), Some(fen(9))));
}

/// Nothing about an empty list would be unpaid (threat n15).
#[test]
fn n15_a_combined_order_without_orders_is_refused() {
    let mut json: Value = serde_json::from_str(PAID).unwrap();
    for none in [json!([]), Value::Null, json!({})] {
        json["sub_orders"] = none.clone();
        assert!(by_number().read(200, json.to_string().as_bytes()).is_err(), "{none}");
    }
    json.as_object_mut().unwrap().remove("sub_orders");
    assert!(by_number().read(200, json.to_string().as_bytes()).is_err());
}

#[test]
fn n14_a_combined_order_is_never_a_single_one() {
    assert!(serde_json::from_str::<suanpan_wechat::pay::Transaction>(PAID).is_err());
    assert!(serde_json::from_str::<Transaction>(crate::pay::PAID).is_err());
}

#[test]
fn queries_have_no_query_string() {
    let base = "/v3/combine-transactions";
    assert_eq!(
        sent(&by_number()),
        (Method::Get, format!("{base}/out-trade-no/P20150806125346"), Value::Null)
    );
    let combine_transaction_id = TransactionId::new("4325000000").unwrap();
    let by_id = query::ByTransactionId { combine_transaction_id };
    assert_eq!(sent(&by_id), (Method::Get, format!("{base}/id/4325000000"), Value::Null));
}

#[test]
fn a_close_lists_exactly_what_was_ordered_or_found() {
    let target = "/v3/combine-transactions/out-trade-no/P20150806125346/close".to_owned();
    let ordered = Close::ordered(&two());
    let listed = json!({
        "combine_appid": "wxd678efh567hg6787",
        "sub_orders": [
            {"mchid": "1900000109", "out_trade_no": "20150806125346"},
            {"mchid": "1900000179", "out_trade_no": "20150806124855"},
        ],
    });
    assert_eq!(sent(&ordered), (Method::Post, target.clone(), listed));
    assert!(ordered.read(204, b"").is_ok() && ordered.read(200, b"{}").is_err());

    let found = Close::queried(&by_number().read(200, PAID.as_bytes()).unwrap());
    let listed = json!({
        "combine_appid": "wxd678efh567hg6787",
        "sub_orders": [{
            "mchid": "1900000109", "out_trade_no": "20150806125346", "sub_mchid": "1900000119",
            "sub_appid": "wxd678efh567hg6999",
        }],
    });
    assert_eq!(sent(&found), (Method::Post, target, listed));
}
