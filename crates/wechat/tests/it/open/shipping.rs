//! Shipping information.

use serde_json::json;
use suanpan_wechat::{
    Timestamp,
    id::{Mchid, OutTradeNo, TransactionId},
    miniprogram::{
        link::{EnvVersion, Expiry, GenerateScheme, GenerateUrlLink, PagePath, PageQuery, Target},
        shipping::{
            AreMerchantsConfirmed, Arrived, CombinedUpload, Contact, Delivery, DeliveryMode,
            ExpressCompany, GetOrder, GetOrderList, IsTradeManaged, ItemDesc, JumpPath,
            LogisticsType, MaskedPhone, OrderId, OrderKey, OrderState, Parcel, PayTimeRange,
            SetMessagePath, Shipment, SpecialOrder, SpecialOrderType, SplitParcels, TrackingNo,
            Upload,
        },
    },
    open_api::{ErrCode, OpenOutcome},
};

use super::{answered, appid, openid, sent, succeeded};

const UPLOADED: &str = r#"{"errcode":0,"errmsg":"ok"}"#;
const NOW: Timestamp = Timestamp::from_unix(1_671_082_175);

fn by_wechat(number: &str) -> OrderKey {
    OrderKey::TransactionId(TransactionId::new(number).unwrap())
}

fn by_merchant(number: &str) -> OrderKey {
    OrderKey::OutTradeNo {
        mchid: Mchid::new("1900007291").unwrap(),
        out_trade_no: OutTradeNo::new(number).unwrap(),
    }
}

fn item(text: &str) -> ItemDesc {
    ItemDesc::new(text).unwrap()
}

fn parcel(number: &str) -> Parcel {
    let company = ExpressCompany::new("YTO").unwrap();
    Parcel::new(TrackingNo::new(number).unwrap(), company, item("咖啡豆*1"), None).unwrap()
}

fn upload(order_key: OrderKey, delivery: Delivery) -> Upload {
    let shipment = Shipment { order_key, delivery };
    Upload { shipment, upload_time: NOW, payer: openid() }
}

#[test]
fn an_upload_has_the_pages_members_and_numbers() {
    let path = "/wxa/sec/order/upload_shipping_info";
    let whole = upload(by_wechat("42000020"), Delivery::Express(parcel("3262")));
    assert_eq!(
        sent(&whole, path),
        json!({
            "order_key": {"order_number_type": 2, "transaction_id": "42000020"},
            "logistics_type": 1,
            "delivery_mode": 1,
            "shipping_list": [
                {"tracking_no": "3262", "express_company": "YTO", "item_desc": "咖啡豆*1"}
            ],
            "upload_time": "2022-12-15T13:29:35+08:00",
            "payer": {"openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"},
        })
    );
    let parts = Delivery::ExpressInParts {
        parcels: SplitParcels::new(vec![parcel("1"), parcel("2")]).unwrap(),
        is_all_delivered: false,
    };
    let body = sent(&upload(by_merchant("165444915098"), parts), path);
    assert_eq!(
        body["order_key"],
        json!({"order_number_type": 1, "mchid": "1900007291", "out_trade_no": "165444915098"})
    );
    assert_eq!((&body["delivery_mode"], &body["is_all_delivered"]), (&json!(2), &json!(false)));
    assert_eq!(body["shipping_list"].as_array().unwrap().len(), 2);
    for (delivery, logistics_type) in [
        (Delivery::SameCity(item("花")), 2),
        (Delivery::Virtual(item("花")), 3),
        (Delivery::SelfPickUp(item("花")), 4),
    ] {
        let body = sent(&upload(by_wechat("42"), delivery), path);
        assert_eq!(body["logistics_type"], logistics_type);
        assert_eq!(body["delivery_mode"], 1);
        assert_eq!(body["shipping_list"], json!([{"item_desc": "花"}]));
        assert!(body.get("is_all_delivered").is_none());
    }
    assert_eq!(answered(&whole, UPLOADED), OpenOutcome::Success(()));
}

#[test]
fn a_body_is_raw_utf_8() {
    use suanpan_wechat::open_api::OpenCall as _;
    let request =
        upload(by_wechat("42"), Delivery::Virtual(item("咖啡豆"))).request(&super::token());
    assert!(std::str::from_utf8(&request.expose().body).unwrap().contains("咖啡豆"));
}

#[test]
fn texts_keep_their_limits() {
    assert!(ItemDesc::new("字".repeat(120)).is_ok());
    for bad in ["", "a\nb", &"字".repeat(121)] {
        assert!(ItemDesc::new(bad).is_err(), "{bad}");
    }
    assert!(TrackingNo::new("x".repeat(129)).is_err());
    assert!(ExpressCompany::new("").is_err());
    for good in ["189****1234", "021-****1234", "****1234", "+86*1234"] {
        assert!(MaskedPhone::new(good).is_ok(), "{good}");
    }
    for bad in ["13580006666", "1358000****", "****123", "", "*abcd1234"] {
        assert!(MaskedPhone::new(bad).is_err(), "{bad}");
    }
    let sf = |contact| {
        let company = ExpressCompany::new("SF").unwrap();
        Parcel::new(TrackingNo::new("SF1").unwrap(), company, item("花"), contact)
    };
    assert!(sf(None).is_err());
    let phone = MaskedPhone::new("189****1234").unwrap();
    let with = sf(Some(Contact::ReceiverContact(phone))).unwrap();
    assert_eq!(
        serde_json::to_value(&with).unwrap()["contact"],
        json!({"receiver_contact": "189****1234"})
    );
    let many = |count| SplitParcels::new((0..count).map(|n| parcel(&n.to_string())).collect());
    assert!(many(0).is_err() && many(16).is_err());
    assert!(many(1).is_ok() && many(15).is_ok());
}

#[test]
fn a_combined_payment_ships_order_by_order() {
    let shipment = |number| Shipment {
        order_key: by_wechat(number),
        delivery: Delivery::Virtual(item("花")),
    };
    let combined = |orders| CombinedUpload::new(by_wechat("1"), orders, NOW, openid());
    let upload = combined(vec![shipment("2"), shipment("3")]).unwrap();
    let body = sent(&upload, "/wxa/sec/order/upload_combined_shipping_info");
    assert_eq!(body["order_key"]["transaction_id"], "1");
    assert_eq!(body["sub_orders"][1]["order_key"]["transaction_id"], "3");
    assert_eq!(body["sub_orders"][1]["logistics_type"], 3);
    assert_eq!(body["payer"]["openid"], "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o");
    assert_eq!(answered(&upload, UPLOADED), OpenOutcome::Success(()));

    assert!(combined(Vec::new()).is_err());
    assert!(combined(vec![shipment("2"), shipment("2")]).is_err(), "10060013");
    let other = Shipment { order_key: by_merchant("165444915098"), ..shipment("2") };
    assert!(combined(vec![other]).is_err(), "268485253");
}

#[test]
fn refusals_of_shipping_have_names() {
    let call = upload(by_wechat("42"), Delivery::Virtual(item("花")));
    for (errcode, errmsg, name) in [
        (10_060_001, "支付单不存在", ErrCode::SHIPPING_PAYMENT_UNKNOWN),
        (10_060_002, "支付单已完成发货，无法继续发货", ErrCode::SHIPPING_COMPLETE),
        (10_060_003, "支付单已使用重新发货机会", ErrCode::SHIPPING_CORRECTION_USED),
        (10_060_031, "该笔支付单不属于 openid 所指定的用户", ErrCode::SHIPPING_OTHER_PAYER),
    ] {
        let body = format!(
            r#"{{"errcode":{errcode},"errmsg":"{errmsg}, hint: [x] rid: {}"}}"#,
            super::RID
        );
        let OpenOutcome::Rejected(refusal) = answered(&call, &body) else { panic!("{errmsg}") };
        assert_eq!(refusal.errcode, name);
        assert_eq!(refusal.rid(), Some(super::RID));
    }
}

#[test]
fn an_order_is_read_before_and_after_shipping() {
    let id = OrderId::Merchant {
        merchant_id: Mchid::new("1900007291").unwrap(),
        sub_merchant_id: None,
        merchant_trade_no: OutTradeNo::new("165444915098").unwrap(),
    };
    let get = GetOrder(id.clone());
    assert_eq!(
        sent(&get, "/wxa/sec/order/get_order"),
        json!({"merchant_id": "1900007291", "merchant_trade_no": "165444915098"})
    );
    let body = |state: i64, shipping: &str| {
        format!(
            r#"{{"errcode":0,"errmsg":"ok","order":{{"transaction_id":"42000020502023","merchant_trade_no":"165444915098","merchant_id":"1900007291","sub_merchant_id":"","description":"咖啡豆*1","paid_amount":1990,"openid":"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o","trade_create_time":1671082100,"pay_time":1671082110,"order_state":{state},"in_complaint":false,"shipping":{shipping}}}}}"#
        )
    };
    let unshipped = succeeded(&get, &body(1, "{}"));
    assert_eq!(unshipped.order_state, OrderState::Unshipped);
    assert_eq!(unshipped.paid_amount.count(), 1990);
    assert_eq!(unshipped.sub_merchant_id, None);
    assert_eq!(unshipped.shipping.shipping_list, []);
    let shipped = succeeded(
        &get,
        &body(
            2,
            r#"{"delivery_mode":1,"logistics_type":1,"finish_shipping":true,"goods_desc":"咖啡豆*1","finish_shipping_count":1,"shipping_list":[{"tracking_no":"3262","express_company":"YTO","goods_desc":"咖啡豆*1","upload_time":1671082175,"contact":{"consignor_contact":"189****1234"}}]}"#,
        ),
    );
    assert_eq!(shipped.shipping.delivery_mode, Some(DeliveryMode::Unified));
    assert_eq!(shipped.shipping.logistics_type, Some(LogisticsType::Express));
    assert_eq!(shipped.shipping.shipping_list[0].upload_time, Some(NOW));
    assert!(shipped.shipping.finish_shipping);
    // The state that came late, and one that has not come yet.
    assert_eq!(succeeded(&get, &body(6, "{}")).order_state, OrderState::Settling);
    assert_eq!(succeeded(&get, &body(77, "{}")).order_state, OrderState::Other(77));
    assert!(matches!(
        answered(&get, &body(1, "{}").replace("1990", "19.90")),
        OpenOutcome::Unknown(_)
    ));
}

#[test]
fn orders_come_in_pages() {
    let list = GetOrderList {
        pay_time_range: PayTimeRange::new(NOW, NOW.plus(60)),
        order_state: Some(OrderState::Unshipped),
        page_size: Some(50),
        ..GetOrderList::default()
    };
    assert_eq!(
        sent(&list, "/wxa/sec/order/get_order_list"),
        json!({"pay_time_range": {"begin_time": 1_671_082_175, "end_time": 1_671_082_235}, "order_state": 1, "page_size": 50})
    );
    assert_eq!(PayTimeRange::new(NOW, NOW.plus(-1)), None);
    let page = succeeded(
        &list,
        r#"{"errcode":0,"errmsg":"ok","last_index":"98","has_more":true,"order_list":[]}"#,
    );
    assert_eq!((page.last_index.as_str(), page.has_more, page.order_list.len()), ("98", true, 0));
}

#[test]
fn the_other_calls_have_the_pages_bodies() {
    let order = OrderId::Wechat { transaction_id: TransactionId::new("42000020502023").unwrap() };
    let arrived = Arrived { order, received_time: NOW };
    assert_eq!(
        sent(&arrived, "/wxa/sec/order/notify_confirm_receive"),
        json!({"transaction_id": "42000020502023", "received_time": 1_671_082_175})
    );
    let path = SetMessagePath { path: JumpPath::new("pages/order/detail").unwrap() };
    assert_eq!(
        sent(&path, "/wxa/sec/order/set_msg_jump_path"),
        json!({"path": "pages/order/detail"})
    );
    let managed = IsTradeManaged { appid: appid() };
    assert_eq!(
        sent(&managed, "/wxa/sec/order/is_trade_managed"),
        json!({"appid": "wx4f4bc4dec97d474b"})
    );
    assert!(succeeded(&managed, r#"{"errcode":0,"errmsg":"ok","is_trade_managed":true}"#));
    let confirmed = AreMerchantsConfirmed { appid: appid() };
    let path = "/wxa/sec/order/is_trade_management_confirmation_completed";
    assert_eq!(sent(&confirmed, path), json!({"appid": "wx4f4bc4dec97d474b"}));
    assert!(!succeeded(&confirmed, r#"{"errcode":0,"errmsg":"ok","completed":false}"#));

    let presale = |days: i64| {
        let delay_to = NOW.plus(days * 86_400);
        SpecialOrder::new("165444915098", NOW, SpecialOrderType::Presale { delay_to })
    };
    assert!(presale(14).is_err() && presale(331).is_err());
    assert_eq!(
        sent(&presale(15).unwrap(), "/wxa/sec/order/opspecialorder"),
        json!({"order_id": "165444915098", "type": 1, "delay_to": 1_672_378_175})
    );
    let test = SpecialOrder::new("165444915098", NOW, SpecialOrderType::Test).unwrap();
    assert_eq!(
        sent(&test, "/wxa/sec/order/opspecialorder"),
        json!({"order_id": "165444915098", "type": 2})
    );
}

#[test]
fn addresses_into_the_mini_program_end_within_thirty_days() {
    let target = Target {
        path: PagePath::new("pages/pay/index").unwrap(),
        query: PageQuery::new("order=7").unwrap(),
        env_version: EnvVersion::Release,
    };
    let scheme =
        GenerateScheme { jump_wxa: target.clone(), expiry: Expiry::at(NOW.plus(60), NOW).unwrap() };
    assert_eq!(
        sent(&scheme, "/wxa/generatescheme"),
        json!({"jump_wxa": {"path": "pages/pay/index", "query": "order=7", "env_version": "release"}, "expire_type": 0, "expire_time": 1_671_082_235})
    );
    let link = succeeded(
        &scheme,
        r#"{"errcode":0,"errmsg":"ok","openlink":"weixin://dl/business/?t=XTSkBZlzqmn"}"#,
    );
    assert_eq!(link, "weixin://dl/business/?t=XTSkBZlzqmn");
    let link = GenerateUrlLink { target, expiry: Expiry::after_days(30).unwrap() };
    assert_eq!(
        sent(&link, "/wxa/generate_urllink"),
        json!({"path": "pages/pay/index", "query": "order=7", "env_version": "release", "expire_type": 1, "expire_interval": 30})
    );
    assert_eq!(
        succeeded(&link, r#"{"errcode":0,"errmsg":"ok","url_link":"https://wxaurl.cn/abc"}"#),
        "https://wxaurl.cn/abc"
    );
    assert!(Expiry::after_days(0).is_err() && Expiry::after_days(31).is_err());
    assert!(Expiry::at(NOW, NOW).is_err() && Expiry::at(NOW.plus(31 * 86_400), NOW).is_err());
}
