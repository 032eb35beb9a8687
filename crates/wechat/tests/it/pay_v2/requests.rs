//! What leaves: the published requests, and what is refused before it leaves.

use suanpan_wechat::{
    Timestamp,
    advice::Advice,
    bill::Form,
    call::{ContentType, Method, Outcome, TransportFault, Unknown},
    id::{Openid, OutRefundNo, RefundId, TransactionId},
    pay::codepay::AuthCode,
    pay_v2::{
        Call, Endpoint, Keys, Merchant, Number, SignType, SubMerchant, Text,
        bill::{AccountType, BillType, FundFlow, TradeBill},
        close::Close,
        micropay::{Charge, CodeToOpenid, Reverse},
        order::{Front, Identity, IdentityDocument, Order, Payer, Prepay},
        purchase::{Detail, Extras, Goods, H5Info, Purchase, StoreInfo},
        query::Query,
        refund,
        refund_query::{RefundNumber, RefundQuery},
        request,
        xml::Fields,
    },
    secret::ApiV2Key,
    text::NotifyUrl,
    verify::verify_fields,
};

use crate::pay_v2::world::{
    BOTH, appid, fen, fields, foreign_keys, keys, mch_id, merchant, nonce, out_trade_no, purchase,
    text,
};

fn order() -> Order {
    Order {
        purchase: purchase(),
        notify_url: NotifyUrl::new("https://example.com/wxpay/pay.action").unwrap(),
        front: Front::Jsapi(Payer::Openid(Openid::new("oUpF8uMuAJO_M2pxb1Q9zNjWeS6o").unwrap())),
        identity: None,
    }
}

fn sub_merchant() -> Merchant {
    let sub = SubMerchant {
        sub_mch_id: "1900000109".parse().unwrap(),
        sub_appid: Some("wx8888888888888888".parse().unwrap()),
    };
    Merchant { sub_merchant: Some(sub), ..merchant() }
}

/// An operation that says just this.
struct Saying(Fields);

impl Endpoint for Saying {
    const NAME: &'static str = "saying";

    fn path(&self) -> &'static str {
        "/pay/saying"
    }

    fn parameters(&self) -> Fields {
        self.0.clone()
    }
}

fn sent<E: Endpoint>(operation: &E, keys: &Keys, nonce_str: &str) -> Fields {
    let request = request(operation, keys, &nonce(nonce_str));
    assert_eq!((request.method, request.content_type), (Method::Post, ContentType::Xml));
    assert_eq!(request.target, operation.path());
    Fields::read(&request.body).unwrap()
}

#[test]
fn the_classic_example_is_signed_as_published() {
    let said = fields(&[
        ("appid", "wxd930ea5d5a258f4f"),
        ("mch_id", "10000100"),
        ("device_info", "1000"),
        ("body", "test"),
        ("nonce_str", "ibuaiVcKdpRxkhJA"),
    ]);
    let key = || ApiV2Key::new("192006250b4c09247ec02edce69f6a2d").unwrap();
    let md5 = Keys::new(SignType::Md5, key());
    let hmac = Keys::new(SignType::HmacSha256, key());
    assert_eq!(md5.sign(&said), "9A0A8659F005D6984697E2CA0A9CF3B7");
    assert_eq!(
        hmac.sign(&said),
        "6A9AE1657590FD6257D693A078E1C3E4BB6BA4DC30B23E0EE2496E54170DACD6",
    );
    // What is really sent names the digest, which is then signed itself.
    let mut bare = fields(&[("body", "test"), ("device_info", "1000"), ("mch_id", "10000100")]);
    bare.insert("appid", "wxd930ea5d5a258f4f").unwrap();
    let sent = sent(&Saying(bare), &hmac, "ibuaiVcKdpRxkhJA");
    assert_eq!(sent.get("sign_type"), Some("HMAC-SHA256"));
    assert_eq!(
        sent.get("sign"),
        Some("2C9DF1156522C0B2B03B4DBF3BCA5CACB602CBD5CA0F9E112458CF3E9855303B")
    );
}

#[test]
fn an_order_is_signed_as_published() {
    // The example leaves out the currency.
    let mut published = Fields::default();
    for (name, value) in
        order().parameters().unwrap().iter().filter(|(name, _)| *name != "fee_type")
    {
        published.insert(name, value).unwrap();
    }
    let prepay = Prepay { parameters: published };
    for (sign_type, sign) in [
        (SignType::Md5, "CC08F37371AC4953AFDAB92E37BFDCAF"),
        (SignType::HmacSha256, "F82960814B3D51E34A9BA9B9D4DAD1F91A83B93EBF492B7D928B8064B7322455"),
    ] {
        let sent = sent(&prepay, &keys(sign_type), "1add1a30ac87aa2db72f57a2375d8fec");
        assert_eq!(sent.get("sign"), Some(sign));
        assert_eq!(sent.get("sign_type").is_some(), sign_type == SignType::HmacSha256);
        assert!(verify_fields(&keys(sign_type), sent.clone()).is_ok());
        assert!(verify_fields(&foreign_keys(sign_type), sent).is_err());
    }
}

#[test]
fn a_stored_order_is_repeated_as_it_was() {
    let parameters = order().parameters().unwrap();
    let stored = parameters.to_xml();
    let again = Prepay { parameters: Fields::read(stored.as_bytes()).unwrap() };
    for sign_type in BOTH {
        let (first, second) = (Prepay { parameters: parameters.clone() }, &again);
        assert_eq!(
            request(&first, &keys(sign_type), &nonce("n1")),
            request(second, &keys(sign_type), &nonce("n1")),
        );
    }
}

#[test]
fn a_signed_request_that_was_stored_is_signed_anew() {
    for sign_type in BOTH {
        let fresh = Prepay { parameters: order().parameters().unwrap() };
        let signed = sent(&fresh, &foreign_keys(sign_type), "n1");
        let again = sent(&Prepay { parameters: signed }, &keys(sign_type), "n2");
        assert_eq!(again, sent(&fresh, &keys(sign_type), "n2"));
    }
}

#[test]
fn every_front_end_orders_in_its_own_way() {
    let wap = H5Info::Wap { wap_url: text("https://pay.qq.com"), wap_name: text("腾讯充值") };
    let trade_type = |front: Front| {
        let order = Order { front, ..order() };
        let parameters = order.parameters().unwrap();
        (parameters.get("trade_type").unwrap().to_owned(), parameters)
    };
    let (jsapi, parameters) = trade_type(order().front);
    assert_eq!((jsapi.as_str(), parameters.get("openid").is_some()), ("JSAPI", true));
    let (native, parameters) = trade_type(Front::Native { product_id: Some(text("88888")) });
    assert_eq!((native.as_str(), parameters.get("product_id")), ("NATIVE", Some("88888")));
    let (app, parameters) = trade_type(Front::App);
    assert_eq!((app.as_str(), parameters.get("openid")), ("APP", None));
    let (mweb, parameters) = trade_type(Front::Mweb(wap));
    assert_eq!(mweb, "MWEB");
    assert_eq!(
        parameters.get("scene_info"),
        Some(r#"{"h5_info":{"type":"Wap","wap_url":"https://pay.qq.com","wap_name":"腾讯充值"}}"#)
    );
    let ios =
        H5Info::Ios { app_name: text("王者荣耀"), bundle_id: text("com.tencent.wzryIOS") };
    assert_eq!(
        trade_type(Front::Mweb(ios)).1.get("scene_info"),
        Some(
            r#"{"h5_info":{"type":"IOS","app_name":"王者荣耀","bundle_id":"com.tencent.wzryIOS"}}"#
        )
    );
}

#[test]
fn an_order_with_everything_says_everything() {
    let goods = Goods {
        goods_id: text("iphone6s_16G"),
        wxpay_goods_id: Some(text("1001")),
        goods_name: Some(text("iPhone6s 16G")),
        quantity: 1.try_into().unwrap(),
        price: fen(528_800),
    };
    let extras = Extras {
        device_info: Some(text("WEB")),
        detail: Some(Detail {
            cost_price: Some(fen(608_800)),
            receipt_id: Some(text("wx123")),
            goods_detail: vec![goods],
        }),
        attach: Some(text("附加<数据>&")),
        time_start: Some("2009-12-25T09:10:10+08:00".parse().unwrap()),
        time_expire: Some("2009-12-27T09:10:10+08:00".parse().unwrap()),
        goods_tag: Some(text("WXG")),
        no_credit: true,
        receipt: true,
        profit_sharing: true,
        store_info: Some(StoreInfo {
            id: text("SZTX001"),
            name: Some(text("腾大餐厅")),
            area_code: Some(text("440305")),
            address: Some(text("科技园中一路腾讯大厦")),
        }),
    };
    let order = Order {
        purchase: Purchase { merchant: sub_merchant(), extras, ..purchase() },
        front: Front::Jsapi(Payer::SubOpenid(Openid::new("o-sub").unwrap())),
        identity: Some(Identity {
            user_type: IdentityDocument::IdCard,
            user_creid: text("canary"),
            user_truename: text("canary"),
        }),
        ..order()
    };
    assert!(!format!("{order:?}").contains("canary"), "identities are not shown");
    let expected = fields(&[
        ("appid", "wx2421b1c4370ec43b"),
        ("mch_id", "10000100"),
        ("sub_appid", "wx8888888888888888"),
        ("sub_mch_id", "1900000109"),
        ("device_info", "WEB"),
        ("version", "1.0"),
        ("body", "测试商品-QQ公仔"),
        (
            "detail",
            r#"{"cost_price":608800,"receipt_id":"wx123","goods_detail":[{"goods_id":"iphone6s_16G","wxpay_goods_id":"1001","goods_name":"iPhone6s 16G","quantity":1,"price":528800}]}"#,
        ),
        ("attach", "附加<数据>&"),
        ("out_trade_no", "1415659990"),
        ("fee_type", "CNY"),
        ("total_fee", "1"),
        ("spbill_create_ip", "14.23.150.211"),
        ("time_start", "20091225091010"),
        ("time_expire", "20091227091010"),
        ("goods_tag", "WXG"),
        ("notify_url", "https://example.com/wxpay/pay.action"),
        ("trade_type", "JSAPI"),
        ("limit_pay", "no_credit"),
        ("sub_openid", "o-sub"),
        ("receipt", "Y"),
        ("profit_sharing", "Y"),
        (
            "scene_info",
            r#"{"store_info":{"id":"SZTX001","name":"腾大餐厅","area_code":"440305","address":"科技园中一路腾讯大厦"}}"#,
        ),
        ("user_type", "IDCARD"),
        ("user_creid", "canary"),
        ("user_truename", "canary"),
    ]);
    let parameters = order.parameters().unwrap();
    assert_eq!(parameters.iter().collect::<Vec<_>>(), expected.iter().collect::<Vec<_>>());
}

#[test]
fn orders_that_wechat_would_refuse_are_not_made() {
    let broken = |field: &str, order: Order| {
        assert_eq!(order.parameters().unwrap_err().field, field);
    };
    let with = |extras: Extras| Order { purchase: Purchase { extras, ..purchase() }, ..order() };
    let at = |seconds| Some(Timestamp::from_unix(seconds));
    let free = Purchase { total_fee: fen(0), ..purchase() };
    broken("total_fee", Order { purchase: free, ..order() });
    broken("time_expire", with(Extras { time_start: at(9), time_expire: at(9), ..<_>::default() }));
    let nothing = Detail { cost_price: None, receipt_id: None, goods_detail: Vec::new() };
    broken("detail", with(Extras { detail: Some(nothing), ..<_>::default() }));
    let goods = Goods {
        goods_id: text(&"g".repeat(32)),
        wxpay_goods_id: None,
        goods_name: Some(text(&"名".repeat(256))),
        quantity: 1.try_into().unwrap(),
        price: fen(1),
    };
    let much = Detail { cost_price: None, receipt_id: None, goods_detail: vec![goods; 18] };
    broken("detail", with(Extras { detail: Some(much), ..<_>::default() }));
    let long = H5Info::Wap { wap_url: text(&"u".repeat(128)), wap_name: text(&"n".repeat(64)) };
    let shop = StoreInfo {
        id: text("1"),
        name: Some(text(&"n".repeat(64))),
        area_code: None,
        address: None,
    };
    let scene = with(Extras { store_info: Some(shop), ..<_>::default() });
    broken("scene_info", Order { front: Front::Mweb(long), ..scene });
    let sub_openid = Payer::SubOpenid(Openid::new("o-sub").unwrap());
    broken("sub_openid", Order { front: Front::Jsapi(sub_openid), ..order() });
    assert!(Text::<127>::new("名".repeat(128)).is_err());
}

fn refund_order() -> refund::Order {
    refund::Order {
        merchant: merchant(),
        number: Number::TransactionId(TransactionId::new("1008450740201411110005820873").unwrap()),
        out_refund_no: OutRefundNo::new("1415701182").unwrap(),
        total_fee: fen(100),
        refund_fee: fen(30),
        refund_desc: Some(text("商品已售完")),
        refund_account: Some(refund::RefundAccount::Unsettled),
        notify_url: Some(NotifyUrl::new("https://example.com/wxpay/refund.action").unwrap()),
        goods_detail: Vec::new(),
    }
}

#[test]
fn refunds_stay_within_what_was_paid() {
    let too_much = refund::Order { refund_fee: fen(101), ..refund_order() };
    assert_eq!(too_much.parameters().unwrap_err().field, "refund_fee");
    let nothing = refund::Order { refund_fee: fen(0), ..refund_order() };
    assert_eq!(nothing.parameters().unwrap_err().field, "refund_fee");
    assert!(refund::Order { refund_fee: fen(100), ..refund_order() }.parameters().is_ok());
}

#[test]
fn refunds_that_name_goods_go_elsewhere() {
    let plain = refund::Create { parameters: refund_order().parameters().unwrap() };
    assert_eq!(plain.path(), "/secapi/pay/refund");
    let goods = refund::ReturnedGoods {
        goods_id: text("a_goods1"),
        wxpay_goods_id: None,
        goods_name: None,
        refund_amount: fen(30),
        refund_quantity: 1.try_into().unwrap(),
        price: fen(30),
    };
    let detailed = refund::Order { goods_detail: vec![goods], ..refund_order() };
    let create = refund::Create { parameters: detailed.parameters().unwrap() };
    assert_eq!(create.path(), "/secapi/pay/refundv2");
    assert_eq!(
        create.parameters.get("detail"),
        Some(
            r#"{"goods_detail":[{"goods_id":"a_goods1","refund_amount":30,"refund_quantity":1,"price":30}]}"#
        )
    );
}

/// Says what a documented request says, besides who asks.
fn says<E: Endpoint>(operation: &E, path: &str, expected: &[(&str, &str)]) {
    assert_eq!(operation.path(), path);
    let said = operation.parameters();
    let own = said.iter().filter(|(name, _)| !["appid", "mch_id"].contains(name));
    assert_eq!(own.collect::<Vec<_>>(), expected, "{path}");
}

#[test]
fn the_other_operations_say_what_is_documented() {
    let merchant = || Merchant::direct(appid(), mch_id());
    let number = || Number::OutTradeNo(out_trade_no("1217752501201407033233368018"));
    let ours = ("out_trade_no", "1217752501201407033233368018");
    let query = Query { merchant: merchant(), number: number(), with_promotions: false };
    says(&query, "/pay/orderquery", &[ours]);
    let query = Query { with_promotions: true, ..query };
    says(&query, "/pay/orderquery", &[ours, ("version", "1.0")]);
    let close =
        Close { merchant: merchant(), out_trade_no: out_trade_no("1217752501201407033233368018") };
    says(&close, "/pay/closeorder", &[ours]);
    says(&Reverse { merchant: merchant(), number: number() }, "/secapi/pay/reverse", &[ours]);
    let ask = |number, offset| RefundQuery { merchant: merchant(), number, offset };
    let refund_id = RefundNumber::RefundId(RefundId::new("50000408942018111907145868882").unwrap());
    says(
        &ask(refund_id, None),
        "/pay/refundquery",
        &[("refund_id", "50000408942018111907145868882")],
    );
    let all = RefundNumber::OutTradeNo(out_trade_no("1217752501201407033233368018"));
    says(&ask(all, Some(10)), "/pay/refundquery", &[("offset", "10"), ours]);
    let auth_code = || AuthCode::new("120061098828009406").unwrap();
    let charge = Charge::new(&purchase(), &auth_code()).unwrap();
    assert_eq!(charge.parameters().get("auth_code"), Some("120061098828009406"));
    assert_eq!(charge.parameters().get("trade_type"), None);
    let owner = CodeToOpenid { merchant: merchant(), auth_code: auth_code() };
    says(&owner, "/tools/authcodetoopenid", &[("auth_code", "120061098828009406")]);
    let bill_date = "2014-11-10".parse().unwrap();
    let bill =
        TradeBill { merchant: merchant(), bill_date, bill_type: BillType::All, form: Form::Gzip };
    let said = [("bill_date", "20141110"), ("bill_type", "ALL"), ("tar_type", "GZIP")];
    says(&bill, "/pay/downloadbill", &said);
    let flow = FundFlow {
        merchant: merchant(),
        bill_date,
        account_type: AccountType::Basic,
        form: Form::Plain,
    };
    let said = [("account_type", "Basic"), ("bill_date", "20141110")];
    says(&flow, "/pay/downloadfundflow", &said);
    // This one takes one digest only, whatever the merchant chose.
    let sent = sent(&flow, &keys(SignType::Md5), "n1");
    assert_eq!(sent.get("sign_type"), Some("HMAC-SHA256"));
    assert_eq!(sent.get("sign").map(str::len), Some(64));
}

#[test]
fn what_needs_a_certificate_is_what_wechat_lists() {
    const {
        assert!(refund::Create::NEEDS_CERTIFICATE);
        assert!(Reverse::NEEDS_CERTIFICATE);
        assert!(FundFlow::NEEDS_CERTIFICATE);
        assert!(!Prepay::NEEDS_CERTIFICATE && !Query::NEEDS_CERTIFICATE);
        assert!(!Close::NEEDS_CERTIFICATE && !RefundQuery::NEEDS_CERTIFICATE);
        assert!(!Charge::NEEDS_CERTIFICATE && !TradeBill::NEEDS_CERTIFICATE);
        assert!(!CodeToOpenid::NEEDS_CERTIFICATE);
    }
}

#[test]
fn o17_a_charge_that_may_have_arrived_is_asked_about_and_never_repeated() {
    let auth_code = AuthCode::new("120061098828009406").unwrap();
    let charge = Charge::new(&purchase(), &auth_code).unwrap();
    let timeout = Outcome::Unknown(Unknown::Transport(TransportFault::Timeout));
    assert!(!charge.is_repeatable());
    assert!(matches!(charge.advise(&timeout), Advice::Query { .. }));
    let refund = refund::Create { parameters: refund_order().parameters().unwrap() };
    let timeout = Outcome::Unknown(Unknown::Transport(TransportFault::Timeout));
    assert!(refund.is_repeatable());
    assert!(matches!(refund.advise(&timeout), Advice::Repeat { .. }));
}
