//! Orders of basic payment: what is built is what the pages show, and their answers are read.

use std::num::NonZeroU32;

use serde_json::{Value, json};
use suanpan_wechat::{
    Fen, Timestamp,
    advice::Operation,
    call::{Call, Method},
    combine,
    id::{Appid, Mchid, Openid, OutTradeNo, TransactionId},
    pay::{
        Amount, Detail, Goods, LimitPay, Merchant, Payer, SceneInfo, SettleInfo, StoreInfo, Terms,
        app,
        close::Close,
        h5, jsapi, native, query,
        real_name::{self, Identity, IdentityType},
    },
    sensitive::SensitiveText,
    text::{
        AppName, AppUrl, AreaCode, Attach, BundleId, Description, DeviceId, GoodsName, GoodsTag,
        InvoiceId, MerchantGoodsId, NotifyUrl, PackageName, StoreAddress, StoreId, StoreName,
        WechatpayGoodsId,
    },
    trust::TrustRing,
};

use crate::world::{GO_PUBLIC, now, serial};

pub(crate) fn fen(count: i64) -> Fen {
    Fen::new(count).unwrap()
}

pub(crate) fn merchant() -> Merchant {
    Merchant {
        appid: Appid::new("wxd678efh567hg6787").unwrap(),
        mchid: Mchid::new("1900007291").unwrap(),
    }
}

pub(crate) fn openid() -> Openid {
    Openid::new("oUpF8uMuAJO_M2pxb1Q9zNjWeS6o").unwrap()
}

pub(crate) fn out_trade_no() -> OutTradeNo {
    OutTradeNo::new("1217752501201407033233368018").unwrap()
}

/// The members every order has, with the values of the pages.
pub(crate) fn least() -> Terms {
    Terms::new(
        Description::new("test").unwrap(),
        out_trade_no(),
        NotifyUrl::new("https://example.com/n").unwrap(),
        Amount::new(fen(1)).unwrap(),
    )
}

/// Every member an order can have, with the values of the pages.
pub(crate) fn most() -> Terms {
    Terms {
        description: Description::new("Image形象店-深圳腾大-QQ公仔").unwrap(),
        time_expire: Some("2018-06-08T10:34:56+08:00".parse().unwrap()),
        attach: Some(Attach::new("自定义数据说明").unwrap()),
        goods_tag: Some(GoodsTag::new("WXG").unwrap()),
        limit_pay: vec![LimitPay::NoBalance, LimitPay::BalanceOnly],
        support_fapiao: true,
        detail: Some(detail()),
        ..least()
    }
}

fn detail() -> Detail {
    let goods = Goods {
        merchant_goods_id: MerchantGoodsId::new("1246464644").unwrap(),
        wechatpay_goods_id: Some(WechatpayGoodsId::new("1001").unwrap()),
        goods_name: Some(GoodsName::new("iPhoneX 256G").unwrap()),
        quantity: NonZeroU32::MIN,
        unit_price: fen(528_800),
    };
    let invoice_id = InvoiceId::new("微信123").unwrap();
    Detail::new(Some(fen(608_800)), Some(invoice_id), vec![goods]).unwrap()
}

pub(crate) fn scene() -> SceneInfo {
    SceneInfo {
        device_id: Some(DeviceId::new("013467007045764").unwrap()),
        store_info: Some(StoreInfo {
            id: StoreId::new("0001").unwrap(),
            name: Some(StoreName::new("腾讯大厦分店").unwrap()),
            area_code: Some(AreaCode::new("440305").unwrap()),
            address: Some(StoreAddress::new("广东省深圳市南山区科技中一道10000号").unwrap()),
        }),
        ..SceneInfo::new("14.23.150.211".parse().unwrap())
    }
}

pub(crate) fn h5_scene() -> h5::SceneInfo {
    let h5_info = h5::H5Info::new(h5::H5Type::Wap);
    h5::SceneInfo { place: SceneInfo::new("14.23.150.211".parse().unwrap()), h5_info }
}

pub(crate) fn sent(call: &impl Call) -> (Method, String, Value) {
    let request = call.request();
    assert_eq!(request.sealed_to, None);
    let body = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
    (request.method, request.target, body)
}

/// `base` with the members of `more`.
pub(crate) fn with(mut base: Value, more: Value) -> Value {
    let Value::Object(more) = more else { panic!("members") };
    base.as_object_mut().unwrap().extend(more);
    base
}

fn least_json() -> Value {
    json!({
        "appid": "wxd678efh567hg6787", "mchid": "1900007291", "description": "test",
        "out_trade_no": "1217752501201407033233368018", "notify_url": "https://example.com/n",
        "amount": {"total": 1, "currency": "CNY"},
    })
}

#[test]
fn the_least_order_of_each_front_end_is_what_the_pages_want() {
    let payer = || Payer { openid: openid() };
    let jsapi = jsapi::Order::new(merchant(), least(), payer()).to_body();
    let app = app::Order::new(merchant(), least()).to_body();
    let native = native::Order::new(merchant(), least()).to_body();
    let h5 = h5::Order::new(merchant(), least(), h5_scene()).to_body();
    let scene_info = json!({"payer_client_ip": "14.23.150.211", "h5_info": {"type": "Wap"}});
    let to = |name: &str| format!("/v3/pay/transactions/{name}");
    assert_eq!(
        sent(&jsapi::Prepay { body: jsapi }),
        (
            Method::Post,
            to("jsapi"),
            with(least_json(), json!({"payer": {"openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"}}))
        )
    );
    assert_eq!(sent(&app::Prepay { body: app }), (Method::Post, to("app"), least_json()));
    assert_eq!(sent(&native::Prepay { body: native }), (Method::Post, to("native"), least_json()));
    assert_eq!(
        sent(&h5::Prepay { body: h5 }),
        (Method::Post, to("h5"), with(least_json(), json!({"scene_info": scene_info})))
    );
}

#[test]
fn every_documented_member_of_an_order_is_written_as_documented() {
    let order = jsapi::Order {
        scene_info: Some(scene()),
        settle_info: Some(SettleInfo { profit_sharing: true }),
        ..jsapi::Order::new(merchant(), most(), Payer { openid: openid() })
    };
    let full = json!({
        "description": "Image形象店-深圳腾大-QQ公仔",
        "time_expire": "2018-06-08T10:34:56+08:00",
        "attach": "自定义数据说明",
        "goods_tag": "WXG",
        "limit_pay": ["no_balance", "balance_only"],
        "support_fapiao": true,
        "payer": {"openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"},
        "detail": {
            "cost_price": 608_800,
            "invoice_id": "微信123",
            "goods_detail": [{
                "merchant_goods_id": "1246464644", "wechatpay_goods_id": "1001",
                "goods_name": "iPhoneX 256G", "quantity": 1, "unit_price": 528_800,
            }],
        },
        "scene_info": {
            "payer_client_ip": "14.23.150.211", "device_id": "013467007045764",
            "store_info": {
                "id": "0001", "name": "腾讯大厦分店", "area_code": "440305",
                "address": "广东省深圳市南山区科技中一道10000号",
            },
        },
        "settle_info": {"profit_sharing": true},
    });
    let (.., body) = sent(&jsapi::Prepay { body: order.to_body() });
    assert_eq!(body, with(least_json(), full));
}

#[test]
fn h5_orders_name_the_page_or_app_that_asks() {
    for (kind, name) in
        [(h5::H5Type::Ios, "iOS"), (h5::H5Type::Android, "Android"), (h5::H5Type::Wap, "Wap")]
    {
        let h5_info = h5::H5Info {
            app_name: Some(AppName::new("王者荣耀").unwrap()),
            app_url: Some(AppUrl::new("https://pay.qq.com").unwrap()),
            bundle_id: Some(BundleId::new("com.tencent.wzryiOS").unwrap()),
            package_name: Some(PackageName::new("com.tencent.tmgp.sgame").unwrap()),
            ..h5::H5Info::new(kind)
        };
        assert_eq!(
            serde_json::to_value(h5_info).unwrap(),
            json!({
                "type": name, "app_name": "王者荣耀", "app_url": "https://pay.qq.com",
                "bundle_id": "com.tencent.wzryiOS", "package_name": "com.tencent.tmgp.sgame",
            })
        );
    }
}

/// The published vector V2 signs exactly these bytes.
#[test]
fn v2_an_order_is_the_published_body_to_the_byte() {
    let terms = Terms {
        description: Description::new("Image形象店-深圳腾大-QQ公仔").unwrap(),
        notify_url: NotifyUrl::new("https://www.weixin.qq.com/wxpay/pay.php").unwrap(),
        amount: Amount::new(fen(100)).unwrap(),
        ..least()
    };
    let order = jsapi::Order::new(merchant(), terms, Payer { openid: openid() });
    assert_eq!(
        String::from_utf8(order.to_body()).unwrap(),
        r#"{"appid":"wxd678efh567hg6787","mchid":"1900007291","description":"Image形象店-深圳腾大-QQ公仔","out_trade_no":"1217752501201407033233368018","notify_url":"https://www.weixin.qq.com/wxpay/pay.php","amount":{"total":100,"currency":"CNY"},"payer":{"openid":"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"}}"#
    );
}

#[test]
fn answers_to_orders_are_read_as_the_pages_show_them() {
    let body = || b"{}".to_vec();
    let id = br#"{"prepay_id":"wx26112221580621e9b071c00d9e093b0000"}"#;
    let prepaid = jsapi::Prepay { body: body() }.read(200, id).unwrap();
    assert_eq!(prepaid.prepay_id.as_str(), "wx26112221580621e9b071c00d9e093b0000");
    assert_eq!(app::Prepay { body: body() }.read(200, id).unwrap(), prepaid);

    let url = "https://wx.tenpay.com/cgi-bin/mmpayweb-bin/checkmweb?prepay_id=wx2016121516420242444321ca0631331346&package=1405458241";
    let h5 = h5::Prepay { body: body() };
    let link = h5.read(200, json!({ "h5_url": url }).to_string().as_bytes()).unwrap();
    assert_eq!(link.h5_url.as_str(), url);

    let native = native::Prepay { body: body() };
    for url in [
        "weixin://wxpay/bizpayurl?pr=JyC91EIz1",
        "weixin://wxpay/bizpayurl/up?pr=NwY5Mz9&groupid=00",
        "weixin://pay.weixin.qq.com/bizpayurl/up?pr=NwY5Mz9&groupid=00",
    ] {
        let code = native.read(200, json!({ "code_url": url }).to_string().as_bytes()).unwrap();
        assert_eq!(code.code_url.as_str(), url);
    }
    for bad in ["", "javascript:alert(1)", "https://x/\r\ny?z", "https://x/?a#b", "//x/?a"] {
        let body = json!({ "h5_url": bad }).to_string();
        assert!(h5.read(200, body.as_bytes()).is_err(), "{bad:?}");
    }
    for bad in [json!({}), json!({"code_url": ""}), json!({"code_url": "a b://c"})] {
        assert!(native.read(200, bad.to_string().as_bytes()).is_err(), "{bad}");
    }
}

#[test]
fn queries_and_closes_go_to_the_documented_paths() {
    let (mchid, out_trade_no) = (merchant().mchid, out_trade_no());
    let by_number =
        query::ByOutTradeNo { mchid: mchid.clone(), out_trade_no: out_trade_no.clone() };
    let transaction_id = TransactionId::new("4200002050202311069075905809").unwrap();
    let by_id = query::ByTransactionId { mchid: mchid.clone(), transaction_id };
    let close = Close { mchid, out_trade_no };
    assert_eq!(
        sent(&by_number).1,
        "/v3/pay/transactions/out-trade-no/1217752501201407033233368018?mchid=1900007291"
    );
    assert_eq!(
        sent(&by_id),
        (
            Method::Get,
            "/v3/pay/transactions/id/4200002050202311069075905809?mchid=1900007291".to_owned(),
            Value::Null
        )
    );
    assert_eq!(
        sent(&close),
        (
            Method::Post,
            "/v3/pay/transactions/out-trade-no/1217752501201407033233368018/close".to_owned(),
            json!({"mchid": "1900007291"})
        )
    );
    assert_eq!((by_id.operation(), close.operation()), (Operation::Question, Operation::Close));
}

#[test]
fn numbers_with_odd_but_legal_characters_stay_one_path_segment() {
    let out_trade_no = OutTradeNo::new("a|b*c-d_e").unwrap();
    let query = query::ByOutTradeNo { mchid: merchant().mchid, out_trade_no };
    assert_eq!(sent(&query).1, "/v3/pay/transactions/out-trade-no/a%7Cb%2Ac-d_e?mchid=1900007291");
}

/// The official sample of a query's answer, with every documented member.
#[test]
fn a_paid_order_is_read_to_its_last_coupon() {
    let query = query::ByOutTradeNo { mchid: merchant().mchid, out_trade_no: out_trade_no() };
    let paid = query.read(200, PAID.as_bytes()).unwrap();
    assert_eq!(paid.trade_state_desc.as_deref(), Some("支付成功"));
    assert_eq!(paid.bank_type.as_deref(), Some("CMC"));
    assert_eq!(paid.scene_info.unwrap().device_id.as_deref(), Some("013467007045764"));
    let amount = paid.amount.unwrap();
    assert_eq!((amount.total, amount.payer_total), (fen(100), Some(fen(90))));
    assert_eq!(amount.payer_currency.as_deref(), Some("CNY"));
    let [coupon] = &paid.promotion_detail[..] else { panic!("one coupon") };
    assert_eq!((coupon.coupon_id.as_str(), coupon.amount), ("109519", fen(10)));
    assert_eq!(coupon.scope.as_ref().unwrap().as_str(), "GLOBAL");
    assert_eq!(coupon.kind.as_ref().unwrap().as_str(), "CASH");
    assert_eq!(coupon.name.as_deref(), Some("单品惠-6"));
    assert_eq!(coupon.stock_id.as_deref(), Some("931386"));
    assert_eq!(coupon.wechatpay_contribute, Some(fen(0)));
    assert_eq!(coupon.merchant_contribute, Some(fen(0)));
    assert_eq!(coupon.other_contribute, Some(fen(10)));
    let [goods] = &coupon.goods_detail[..] else { panic!("one article") };
    assert_eq!((goods.goods_id.as_str(), goods.quantity), ("M1006", 1));
    assert_eq!((goods.unit_price, goods.discount_amount), (fen(100), fen(1)));
    assert_eq!(goods.goods_remark.as_deref(), Some("商品备注信息"));
}

pub(crate) const PAID: &str = r#"{"appid":"wxd678efh567hg6787","mchid":"1900007291","out_trade_no":"1217752501201407033233368018","transaction_id":"1217752501201407033233368018","trade_type":"JSAPI","trade_state":"SUCCESS","trade_state_desc":"支付成功","bank_type":"CMC","attach":"自定义数据","success_time":"2018-06-08T10:34:56+08:00","payer":{"openid":"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"},"amount":{"total":100,"payer_total":90,"currency":"CNY","payer_currency":"CNY"},"scene_info":{"device_id":"013467007045764"},"promotion_detail":[{"coupon_id":"109519","name":"单品惠-6","scope":"GLOBAL","type":"CASH","amount":10,"stock_id":"931386","wechatpay_contribute":0,"merchant_contribute":0,"other_contribute":10,"currency":"CNY","goods_detail":[{"goods_id":"M1006","quantity":1,"unit_price":100,"discount_amount":1,"goods_remark":"商品备注信息"}]}]}"#;

#[test]
fn coupons_of_a_new_kind_are_data_and_missing_ones_are_none() {
    let query = query::ByOutTradeNo { mchid: merchant().mchid, out_trade_no: out_trade_no() };
    let mut json: Value = serde_json::from_str(PAID).unwrap();
    json["promotion_detail"][0]["type"] = json!("COUPON");
    json["promotion_detail"][0]["scope"] = json!("");
    let paid = query.read(200, json.to_string().as_bytes()).unwrap();
    assert_eq!(paid.promotion_detail[0].kind.as_ref().unwrap().as_str(), "COUPON");
    assert_eq!(paid.promotion_detail[0].scope, None);
    for none in [json!([]), Value::Null] {
        json["promotion_detail"] = none;
        let paid = query.read(200, json.to_string().as_bytes()).unwrap();
        assert!(paid.promotion_detail.is_empty());
    }
}

#[test]
fn o02_money_in_a_coupon_is_whole_or_refused() {
    let query = query::ByOutTradeNo { mchid: merchant().mchid, out_trade_no: out_trade_no() };
    let mut json: Value = serde_json::from_str(PAID).unwrap();
    for odd in [json!(0.1), json!(-1), json!("10"), Value::Null] {
        json["promotion_detail"][0]["amount"] = odd.clone();
        assert!(query.read(200, json.to_string().as_bytes()).is_err(), "{odd}");
    }
}

#[test]
fn a_real_name_order_names_the_key_its_payer_is_sealed_to() {
    let key = |serial_no: &str| {
        let mut ring = TrustRing::default();
        ring.add_public_key(serial(serial_no), GO_PUBLIC).unwrap();
        ring.encryption_key(now()).unwrap()
    };
    let (ours, other) = (key("PUB_KEY_ID_1"), key("PUB_KEY_ID_2"));
    let seal = |key, text| SensitiveText::seal(key, text).unwrap();
    let number = "11010519491231002X";
    let mixed = Identity::new(IdentityType::IdCard, seal(&ours, "张三"), seal(&other, number));
    assert!(mixed.is_err());

    let identity =
        Identity::new(IdentityType::IdCard, seal(&ours, "张三"), seal(&ours, number)).unwrap();
    let payer = real_name::Payer { openid: openid(), identity: identity.clone() };
    let body = real_name::Order::new(merchant(), least(), payer).seal();
    let request = real_name::Prepay { body }.request();
    assert_eq!(request.sealed_to, Some(serial("PUB_KEY_ID_1")));
    assert_eq!(request.target, "/v3/pay/transactions/jsapi");
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    let papers = body["payer"]["identity"].as_object().unwrap();
    assert_eq!(papers.len(), 3);
    assert!(papers["name"].is_string() && papers["number"].is_string());
    assert_eq!(papers["type"], "IDCARD");
    assert!(!body.to_string().contains("张三") && !body.to_string().contains(number));

    let payer = combine::Payer::OfCombiner { openid: openid() };
    let payer = combine::real_name::Payer { payer, identity };
    let body = combine::real_name::Order::new(crate::combine::two(), payer).seal();
    let request = combine::real_name::Prepay { body }.request();
    assert_eq!(request.sealed_to, Some(serial("PUB_KEY_ID_1")));
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    let payer = &body["combine_payer_info"];
    assert_eq!(payer["openid"], openid().as_str());
    assert_eq!(&payer["identity"], &Value::Object(papers.clone()));
}

#[test]
fn expiry_is_written_in_beijing_time() {
    let terms = Terms { time_expire: Some(Timestamp::from_unix(0)), ..least() };
    let (.., body) =
        sent(&native::Prepay { body: native::Order::new(merchant(), terms).to_body() });
    assert_eq!(body["time_expire"], "1970-01-01T08:00:00+08:00");
}
