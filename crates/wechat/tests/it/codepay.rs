//! Code pay: the order, its two good answers, and taking it back.

use serde_json::{Value, json};
use suanpan_wechat::{
    Timestamp,
    advice::Operation,
    call::{Call, Method, Outcome, Unknown, judge},
    id::Appid,
    pay::{
        Amount, Detail, SettleInfo, TradeState, Transaction,
        codepay::{
            Answer, AuthCode, Goods, Order, OutStoreId, Pay, Reverse, SceneInfo, StoreInfo, Terms,
            WxpayGoodsId,
        },
        partner,
    },
    text::{
        Attach, Description, DeviceId, GoodsName, GoodsTag, InvoiceId, MerchantGoodsId, StoreId,
    },
};

use crate::{
    pay::{PAID, fen, merchant, out_trade_no, sent, with},
    world::{answer, now, platform, ring},
};

const AUTH_CODE: &str = "130061098828009406";

fn least() -> Terms {
    Terms::new(
        Description::new("Image形象店-深圳腾大-QQ公仔").unwrap(),
        out_trade_no(),
        AuthCode::new(AUTH_CODE).unwrap(),
        Amount::new(fen(100)).unwrap(),
        SceneInfo::new(StoreInfo::Registered { id: StoreId::new("0001").unwrap() }),
    )
}

fn least_json() -> Value {
    json!({
        "appid": "wxd678efh567hg6787", "mchid": "1900007291",
        "description": "Image形象店-深圳腾大-QQ公仔",
        "out_trade_no": "1217752501201407033233368018",
        "payer": {"auth_code": AUTH_CODE},
        "amount": {"total": 100, "currency": "CNY"},
        "scene_info": {"store_info": {"id": "0001"}},
    })
}

#[test]
fn orders_are_written_as_documented_with_their_own_names() {
    let least_order = Pay { body: Order::new(merchant(), least()).to_body() };
    let target = "/v3/pay/transactions/codepay".to_owned();
    assert_eq!(sent(&least_order), (Method::Post, target, least_json()));

    let goods = Goods {
        merchant_goods_id: MerchantGoodsId::new("1246464644").unwrap(),
        wxpay_goods_id: Some(WxpayGoodsId::new("1001").unwrap()),
        goods_name: Some(GoodsName::new("iPhoneX 256G").unwrap()),
        quantity: std::num::NonZeroU32::MIN,
        unit_price: fen(528_800),
    };
    let invoice_id = InvoiceId::new("微信123").unwrap();
    let terms = Terms {
        attach: Some(Attach::new("自定义数据说明").unwrap()),
        goods_tag: Some(GoodsTag::new("WXG").unwrap()),
        support_fapiao: true,
        scene_info: SceneInfo {
            device_id: Some(DeviceId::new("013467007045764").unwrap()),
            device_ip: Some("128.0.0.1".parse().unwrap()),
            store_info: StoreInfo::Own { out_id: OutStoreId::new("A1111").unwrap() },
        },
        detail: Some(Detail::new(Some(fen(608_800)), Some(invoice_id), vec![goods]).unwrap()),
        ..least()
    };
    let order = Order {
        settle_info: Some(SettleInfo { profit_sharing: false }),
        ..Order::new(merchant(), terms)
    };
    let (.., body) = sent(&Pay { body: order.to_body() });
    let more = json!({
        "attach": "自定义数据说明", "goods_tag": "WXG", "support_fapiao": true,
        "scene_info": {
            "device_id": "013467007045764", "device_ip": "128.0.0.1",
            "store_info": {"out_id": "A1111"},
        },
        "detail": {
            "cost_price": 608_800, "invoice_id": "微信123",
            "goods_detail": [{
                "merchant_goods_id": "1246464644", "wxpay_goods_id": "1001",
                "goods_name": "iPhoneX 256G", "quantity": 1, "unit_price": 528_800,
            }],
        },
        "settle_info": {"profit_sharing": false},
    });
    assert_eq!(body, with(least_json(), more));
}

#[test]
fn a_partners_order_names_both_merchants() {
    let order = partner::codepay::Order::new(crate::partner::merchant(), least());
    let pay = partner::codepay::Pay { body: order.to_body() };
    let (_, target, body) = sent(&pay);
    assert_eq!(target, "/v3/pay/partner/transactions/codepay");
    assert_eq!(
        (&body["sp_mchid"], &body["sub_mchid"]),
        (&json!("1230000109"), &json!("1900000109"))
    );
    assert_eq!(body["payer"]["auth_code"], AUTH_CODE);
    assert_eq!(body.get("notify_url"), None);
}

#[test]
fn s02_the_scanned_code_is_not_printed() {
    let order = Order::new(merchant(), least());
    let pay = Pay { body: order.to_body() };
    let of_partner = partner::codepay::Order::new(crate::partner::merchant(), least());
    let pay_of_partner = partner::codepay::Pay { body: of_partner.to_body() };
    let printed = format!("{order:?} {pay:?} {of_partner:?} {pay_of_partner:?}");
    assert!(!printed.contains(AUTH_CODE), "{printed}");
    // The first digits, as the list of bytes a derived `Debug` would print.
    assert!(!printed.contains("49, 51, 48, 48, 54"), "{printed}");
}

fn judged(status: u16, body: &str) -> Outcome<Answer<Transaction>> {
    let pay = Pay { body: Order::new(merchant(), least()).to_body() };
    judge(&pay, &answer(&platform(), status, body), &ring(), now())
}

#[test]
fn a_signed_200_with_a_paid_transaction_is_paid() {
    let Outcome::Success(paid) = judged(200, PAID) else { panic!("paid") };
    let Answer::Paid(transaction) = paid.into_inner() else { panic!("paid") };
    assert_eq!(transaction.trade_state, TradeState::Success);
}

#[test]
fn a_202_means_that_the_user_is_paying() {
    for body in [
        PAID.replace("SUCCESS", "USERPAYING").as_str(),
        r#"{"code":"USERPAYING","message":"需要用户输入支付密码"}"#,
        r#"{"code":"USER_PAYING","message":"需要用户输入支付密码"}"#,
    ] {
        let Outcome::Success(pending) = judged(202, body) else { panic!("{body}") };
        assert_eq!(pending.into_inner(), Answer::Pending(TradeState::UserPaying), "{body}");
    }
    for body in ["", "{}", r#"{"code":"SYSTEM_ERROR","message":""}"#] {
        assert!(matches!(judged(202, body), Outcome::Unknown(Unknown::Malformed(_))), "{body}");
    }
}

#[test]
fn a_200_that_is_not_paid_is_pending() {
    for state in ["USERPAYING", "NOTPAY", "PAYERROR", "BRAND_NEW"] {
        let Outcome::Success(pending) = judged(200, &PAID.replace("SUCCESS", state)) else {
            panic!("{state}")
        };
        let expected = Answer::Pending(TradeState::from(state.to_owned()));
        assert_eq!(pending.into_inner(), expected);
    }
    let Outcome::Unknown(Unknown::Malformed(_)) = judged(200, r#"{"code":"USERPAYING"}"#) else {
        panic!("an error is no transaction")
    };
}

#[test]
fn a_used_code_is_never_sent_twice() {
    let pay = Pay { body: Vec::new() };
    assert_eq!((pay.is_repeatable(), pay.operation()), (false, Operation::CodePay));
    let pay = partner::codepay::Pay { body: Vec::new() };
    assert_eq!((pay.is_repeatable(), pay.operation()), (false, Operation::CodePay));
}

#[test]
fn o17_a_reversal_is_the_same_request_each_time() {
    let reverse = Reverse { merchant: merchant(), out_trade_no: out_trade_no() };
    assert!(reverse.is_repeatable());
    assert_eq!(reverse.request(), reverse.request());
    let path = "out-trade-no/1217752501201407033233368018/reverse";
    assert_eq!(
        sent(&reverse),
        (
            Method::Post,
            format!("/v3/pay/transactions/{path}"),
            json!({"appid": "wxd678efh567hg6787", "mchid": "1900007291"})
        )
    );
    let said = r#"{"appid":"wxd678efh567hg6787","mchid":"1900007291","out_trade_no":"1217752501201407033233368018"}"#;
    assert_eq!(reverse.read(200, said.as_bytes()).unwrap().out_trade_no, out_trade_no());
    assert!(reverse.read(200, b"{}").is_err());

    let merchant = crate::partner::merchant().with_sub_appid(Appid::new("wx2").unwrap());
    let reverse = partner::codepay::Reverse { merchant, out_trade_no: out_trade_no() };
    let (_, target, body) = sent(&reverse);
    assert_eq!(target, format!("/v3/pay/partner/transactions/{path}"));
    let parties = json!({
        "sp_appid": "wx8888888888888888", "sp_mchid": "1230000109", "sub_appid": "wx2",
        "sub_mchid": "1900000109",
    });
    assert_eq!(body, parties);
    let said = with(parties, json!({"out_trade_no": "1217752501201407033233368018"})).to_string();
    let reversed = reverse.read(200, said.as_bytes()).unwrap();
    assert_eq!(
        (reversed.out_trade_no, reversed.sub_mchid.as_str()),
        (out_trade_no(), "1900000109")
    );
}

#[test]
fn the_plan_is_made_from_what_was_stored() {
    use suanpan_wechat::pay::codepay::{Plan, Step};
    let ordered_at = Timestamp::from_unix(1_727_757_296);
    let asked = Plan::ordered(ordered_at).next(None, ordered_at);
    assert_eq!(asked, Step::Query { at: ordered_at.plus(5) });
    assert_eq!(Plan::reversing(ordered_at).next(None, ordered_at), Step::Reverse);
}
