use suanpan_wechat::{
    id::{Openid, TransactionId},
    miniprogram::{
        shipping::{
            AreMerchantsConfirmed, Arrived, Delivery, ExpressCompany, GetOrder, GetOrderList,
            IsTradeManaged, ItemDesc, JumpPath, OrderId, OrderKey, OrderState, Parcel,
            SetMessagePath, Shipment, SplitParcels, TrackingNo, Upload,
        },
        unionid::{OfPayer, Payment},
    },
};

use super::*;

const UPLOAD: &str = "/wxa/sec/order/upload_shipping_info";
const DAY: i64 = 24 * 3600;

/// A till whose mini program is managed, and one payment that shipping has heard of.
pub(super) fn managed(total: i64) -> (Till, TransactionId) {
    let mut till = Till::open();
    till.change_console(&mini_program(), |console| console.trade_managed = true);
    let id = till.sell("order-0001", total).transaction_id.unwrap();
    till.wait(61);
    (till, id)
}

fn parcel(number: &str) -> Parcel {
    let company = ExpressCompany::new("YTO").unwrap();
    Parcel::new(TrackingNo::new(number).unwrap(), company, ItemDesc::new("龙井茶*1").unwrap(), None)
        .unwrap()
}

pub(super) fn ship(till: &mut Till, id: &TransactionId, delivery: Delivery) -> Result<(), i64> {
    let upload = Upload {
        shipment: Shipment { order_key: OrderKey::TransactionId(id.clone()), delivery },
        upload_time: till.now,
        payer: Openid::new(till.openid("amei")).unwrap(),
    };
    till.perform(pool::MINI_PROGRAM, &upload)
}

pub(super) fn express() -> Delivery {
    Delivery::Express(parcel("3262000000"))
}

fn order(till: &mut Till, id: &TransactionId) -> suanpan_wechat::miniprogram::shipping::Order {
    let wanted = GetOrder(OrderId::Wechat { transaction_id: id.clone() });
    till.perform(pool::MINI_PROGRAM, &wanted).unwrap()
}

fn state(till: &mut Till, id: &TransactionId) -> OrderState {
    order(till, id).order_state
}

/// What the merchant may spend, and what waits.
fn money(till: &Till) -> (i64, i64) {
    let account = till.world.account(&till.mchid).unwrap();
    let waiting = account.unsettled.values().map(|held| held.count()).sum();
    (account.available.count(), waiting)
}

fn confirm(till: &mut Till, id: &TransactionId, user: &str) -> ReceiptStatus {
    let wanted = ConfirmReceipt {
        appid: mini_program(),
        user: user.to_owned(),
        transaction_id: Some(id.clone()),
        merchant_id: None,
        merchant_trade_no: None,
        cancel: false,
    };
    let status = till.world.confirm_receipt(&wanted, till.times()).unwrap();
    till.world.audit().unwrap();
    status
}

#[test]
fn money_waits_until_the_person_has_the_goods() {
    let (mut till, id) = managed(1990);
    assert_eq!(money(&till), (0, 1978), "all but the fee is held");
    let before = order(&mut till, &id);
    assert_eq!(before.order_state, OrderState::Unshipped);
    assert_eq!((before.paid_amount.count(), before.description.as_str()), (1990, "龙井茶 一杯"));
    assert!(before.shipping.shipping_list.is_empty());
    assert_eq!(confirm(&mut till, &id, "amei"), ReceiptStatus::Cancel);
    ship(&mut till, &id, express()).unwrap();
    let shipped = order(&mut till, &id);
    assert_eq!(shipped.order_state, OrderState::Shipped);
    assert_eq!(shipped.shipping.finish_shipping_count, 1);
    assert_eq!(shipped.shipping.shipping_list[0].tracking_no, "3262000000");
    assert_eq!(confirm(&mut till, &id, "bo"), ReceiptStatus::Fail);
    assert_eq!(confirm(&mut till, &id, "amei"), ReceiptStatus::Success);
    assert_eq!(state(&mut till, &id), OrderState::Confirmed);
    assert_eq!(money(&till).0, 0);
    till.wait(3600);
    till.due();
    assert_eq!(state(&mut till, &id), OrderState::Settling);
    till.wait(3600);
    till.due();
    assert_eq!(state(&mut till, &id), OrderState::Complete);
    assert_eq!(money(&till), (1978, 0));
}

#[test]
fn ten_days_confirm_an_express_parcel_and_two_anything_else() {
    for (delivery, days) in
        [(express(), 10), (Delivery::Virtual(ItemDesc::new("点卡").unwrap()), 2)]
    {
        let (mut till, id) = managed(100);
        ship(&mut till, &id, delivery).unwrap();
        till.wait(days * DAY - 1);
        till.due();
        assert_eq!(state(&mut till, &id), OrderState::Shipped);
        till.wait(1);
        till.due();
        assert_eq!(state(&mut till, &id), OrderState::Confirmed);
        till.wait(2 * 3600);
        till.due();
        till.due();
        assert_eq!(money(&till), (99, 0));
    }
}

#[test]
fn nobody_watches_an_app_that_is_not_managed() {
    let mut till = Till::open();
    let id = till.sell("order-0001", 1990).transaction_id.unwrap();
    till.wait(61);
    assert_eq!(money(&till), (1978, 0));
    assert_eq!(ship(&mut till, &id, express()), Err(10_060_001));
    let asks = IsTradeManaged { appid: mini_program() };
    assert_eq!(till.perform(pool::MINI_PROGRAM, &asks), Ok(false));
    till.change_console(&mini_program(), |console| console.trade_managed = true);
    assert_eq!(till.perform(pool::MINI_PROGRAM, &asks), Ok(true));
    let others = IsTradeManaged { appid: official_account() };
    assert_eq!(till.perform(pool::MINI_PROGRAM, &others), Err(40013));
    let confirmed = AreMerchantsConfirmed { appid: mini_program() };
    assert_eq!(till.perform(pool::MINI_PROGRAM, &confirmed), Ok(true));
}

#[test]
fn shipping_hears_of_a_payment_within_a_minute() {
    let mut till = Till::open();
    till.change_console(&mini_program(), |console| console.trade_managed = true);
    let id = till.sell("order-0001", 100).transaction_id.unwrap();
    assert_eq!(ship(&mut till, &id, express()), Err(10_060_001));
    till.wait(60);
    assert_eq!(ship(&mut till, &id, express()), Ok(()));
}

#[test]
fn one_correction_is_possible_and_only_before_receipt() {
    let (mut till, id) = managed(100);
    ship(&mut till, &id, express()).unwrap();
    assert_eq!(ship(&mut till, &id, express()), Err(10_060_023), "not later than the last");
    till.wait(1);
    ship(&mut till, &id, Delivery::Express(parcel("42"))).unwrap();
    let corrected = order(&mut till, &id).shipping;
    assert_eq!((corrected.finish_shipping_count, corrected.shipping_list.len()), (2, 1));
    till.wait(1);
    assert_eq!(ship(&mut till, &id, express()), Err(10_060_003));
    confirm(&mut till, &id, "amei");
    till.wait(1);
    assert_eq!(ship(&mut till, &id, express()), Err(10_060_002));
}

#[test]
fn parts_add_up_until_the_last_one_leaves() {
    let (mut till, id) = managed(100);
    let parts = |numbers: &[&str], last| {
        let parcels = numbers.iter().map(|number| parcel(number)).collect();
        Delivery::ExpressInParts {
            parcels: SplitParcels::new(parcels).unwrap(),
            is_all_delivered: last,
        }
    };
    ship(&mut till, &id, parts(&["1", "2"], false)).unwrap();
    assert_eq!(state(&mut till, &id), OrderState::Unshipped);
    till.wait(1);
    ship(&mut till, &id, parts(&["2", "3"], true)).unwrap();
    let shipped = order(&mut till, &id);
    assert_eq!(shipped.order_state, OrderState::Shipped);
    assert_eq!(shipped.shipping.shipping_list.len(), 3);
    assert_eq!(shipped.description, "龙井茶*1;龙井茶*1;龙井茶*1");
}

#[test]
fn a_refund_comes_out_of_what_is_held() {
    let (mut till, id) = managed(1000);
    assert_eq!(money(&till), (0, 994));
    assert_eq!(till.refund("order-0001", "refund-1", 400, 1000).status, 200);
    assert_eq!(money(&till), (2, 594), "the fee's part came back");
    ship(&mut till, &id, express()).unwrap();
    till.wait(60);
    assert_eq!(till.refund("order-0001", "refund-2", 600, 1000).status, 200);
    assert_eq!(money(&till), (0, 0));
    assert_eq!(state(&mut till, &id), OrderState::Refunded);
    till.wait(1);
    assert_eq!(ship(&mut till, &id, express()), Err(10_060_004));
    till.wait(30 * DAY);
    till.due();
    assert_eq!(state(&mut till, &id), OrderState::Refunded);
}

#[test]
fn the_buyer_is_told_and_can_be_reminded_once() {
    let (mut till, id) = managed(100);
    let path = SetMessagePath { path: JumpPath::new("pages/order/detail?from=wx").unwrap() };
    assert_eq!(till.perform(pool::MINI_PROGRAM, &path), Ok(()));
    let arrived = |till: &Till| Arrived {
        order: OrderId::Wechat { transaction_id: id.clone() },
        received_time: till.now,
    };
    assert_eq!(till.perform(pool::MINI_PROGRAM, &arrived(&till)), Err(10_060_028));
    ship(&mut till, &id, express()).unwrap();
    let early = Arrived { received_time: till.now.plus(-1), ..arrived(&till) };
    assert_eq!(till.perform(pool::MINI_PROGRAM, &early), Err(10_060_029));
    till.wait(DAY);
    assert_eq!(till.perform(pool::MINI_PROGRAM, &arrived(&till)), Ok(()));
    assert_eq!(till.perform(pool::MINI_PROGRAM, &arrived(&till)), Err(10_060_030));
    let inbox = till.world.inbox("amei").unwrap();
    let titles: Vec<_> = inbox.iter().map(|message| message.title.as_str()).collect();
    assert_eq!(titles, ["快递已签收，请确认收货", "商家已发货"]);
    let page = format!(
        "pages/order/detail?from=wx&transaction_id={id}&merchant_id={}&merchant_trade_no=order-0001",
        till.mchid
    );
    assert_eq!(inbox[0].page, Some(page));
    assert!(till.world.inbox("bo").unwrap().is_empty());
    assert!(till.world.inbox("nobody").is_none());
}

#[test]
fn lists_go_on_where_they_stopped() {
    let (mut till, first) = managed(100);
    for number in 2..=5 {
        till.sell(&format!("order-000{number}"), 100);
        till.wait(61);
    }
    ship(&mut till, &first, express()).unwrap();
    let wanted = GetOrderList { page_size: Some(2), ..GetOrderList::default() };
    let mut seen = Vec::new();
    let mut last_index = None;
    loop {
        let page = GetOrderList { last_index: last_index.take(), ..wanted.clone() };
        let page = till.perform(pool::MINI_PROGRAM, &page).unwrap();
        seen.extend(page.order_list.iter().map(|order| order.merchant_trade_no.to_string()));
        if !page.has_more {
            break;
        }
        last_index = Some(page.last_index);
    }
    assert_eq!(seen, ["order-0001", "order-0002", "order-0003", "order-0004", "order-0005"]);
    let shipped = GetOrderList { order_state: Some(OrderState::Shipped), ..wanted.clone() };
    assert_eq!(till.perform(pool::MINI_PROGRAM, &shipped).unwrap().order_list.len(), 1);
    let others = Openid::new(till.openid("bo")).unwrap();
    let others = GetOrderList { openid: Some(others), ..wanted.clone() };
    assert!(till.perform(pool::MINI_PROGRAM, &others).unwrap().order_list.is_empty());
    let lost = GetOrderList { last_index: Some("nowhere".to_owned()), ..wanted };
    assert_eq!(till.perform(pool::MINI_PROGRAM, &lost).unwrap_err(), 10_060_011);
}

/// A body that is right, changed in one place, and the number WeChat answers.
#[test]
fn every_mistake_of_an_upload_has_its_number() {
    let (mut till, id) = managed(100);
    let right = json!({
        "order_key": {"order_number_type": 2, "transaction_id": id},
        "logistics_type": 1,
        "delivery_mode": 1,
        "shipping_list": [
            {"tracking_no": "326", "express_company": "STO", "item_desc": "龙井茶*1"}
        ],
        "upload_time": "2026-03-01T12:01:01.120+08:00",
        "payer": {"openid": till.openid("amei")},
    });
    let one = right["shipping_list"][0].clone();
    let long = "x".repeat(129);
    let sf = json!([{"tracking_no": "1", "express_company": "SF", "item_desc": "茶"}]);
    let bare = json!([{"tracking_no": "1", "express_company": "SF", "item_desc": "茶",
        "contact": {"receiver_contact": "18912341234"}}]);
    let split = json!({"delivery_mode": 2});
    let cases: Vec<(Value, i64)> = vec![
        (json!({"order_key": null}), 268_485_194),
        (json!({"order_key": {"order_number_type": 3}}), 268_485_194),
        (json!({"order_key": {"order_number_type": 2}}), 268_485_195),
        (json!({"order_key": {"order_number_type": 1, "out_trade_no": "x"}}), 268_485_196),
        (json!({"order_key": {"order_number_type": 1, "mchid": "1900000001"}}), 268_485_197),
        (json!({"order_key": {"order_number_type": 2, "transaction_id": "x"}}), 10_060_001),
        (json!({"logistics_type": 5}), 10_060_005),
        (json!({"delivery_mode": "UNIFIED_DELIVERY"}), 47001),
        (json!({"delivery_mode": 3}), 268_485_224),
        (json!({"delivery_mode": 2, "logistics_type": 4}), 10_060_006),
        (split, 10_060_007),
        (json!({"shipping_list": {}}), 47001),
        (json!({"shipping_list": [one.clone(), one.clone()]}), 268_485_228),
        (
            json!({"delivery_mode": 2, "is_all_delivered": true, "shipping_list": vec![one; 16]}),
            10_060_024,
        ),
        (json!({"shipping_list": [{"item_desc": "茶"}]}), 268_485_226),
        (json!({"shipping_list": [{"tracking_no": "1", "item_desc": "茶"}]}), 268_485_227),
        (json!({"shipping_list": [{"tracking_no": long, "express_company": "STO"}]}), 10_060_026),
        (json!({"shipping_list": [{"tracking_no": "1", "express_company": long}]}), 10_060_025),
        (json!({"shipping_list": [{"tracking_no": "1", "express_company": "STO"}]}), 10_060_008),
        (
            json!({"logistics_type": 3, "shipping_list": [{"item_desc": "茶".repeat(121)}]}),
            10_060_009,
        ),
        (json!({"shipping_list": sf}), 10_060_014),
        (json!({"shipping_list": bare}), 10_060_014),
        (json!({"upload_time": "2026-03-01 12:00:00"}), 268_485_216),
        (json!({"payer": {}}), 10_060_014),
        (json!({"payer": {"openid": till.openid("bo")}}), 10_060_031),
    ];
    let token = till.token_of(pool::MINI_PROGRAM);
    let target = format!("{UPLOAD}?access_token={token}");
    for (change, errcode) in cases {
        let mut body = right.clone();
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let answer = till.post(&target, &body);
        assert_eq!(answer["errcode"], errcode, "{change} gives {answer}");
    }
    assert_eq!(till.post(&target, &right), json!({"errcode": 0, "errmsg": "ok"}));
}

#[test]
fn who_has_just_paid_can_be_told_across_apps() {
    let mut till = Till::open();
    let id = till.sell("order-0001", 100).transaction_id.unwrap();
    let openid = Openid::new(till.openid("amei")).unwrap();
    let ask = OfPayer { openid: openid.clone(), payment: Payment::TransactionId(id.clone()) };
    assert!(till.perform(pool::MINI_PROGRAM, &ask).is_ok());
    let others = OfPayer { openid: Openid::new(till.openid("bo")).unwrap(), ..ask.clone() };
    assert_eq!(till.perform(pool::MINI_PROGRAM, &others).unwrap_err(), 89300);
    till.wait(300);
    assert_eq!(till.perform(pool::MINI_PROGRAM, &ask).unwrap_err(), 89300);
    till.change_console(&mini_program(), |console| console.bound_to_open_platform = false);
    assert_eq!(till.perform(pool::MINI_PROGRAM, &ask).unwrap_err(), 89002);
}

#[test]
fn a_presale_ships_late_and_a_test_is_given_back() {
    let (mut till, id) = managed(100);
    let token = till.token_of(pool::MINI_PROGRAM);
    let target = format!("/wxa/sec/order/opspecialorder?access_token={token}");
    let paid = till.now.plus(-61).unix();
    let presale = |days: i64| json!({"order_id": id, "type": 1, "delay_to": paid + days * DAY});
    for (body, errcode) in [
        (json!({"order_id": id, "type": 3}), 268_546_000),
        (presale(14), 268_546_001),
        (presale(331), 268_546_001),
        (json!({"order_id": "x", "type": 2}), 268_546_002),
        (presale(15), 0),
        (json!({"order_id": id, "type": 2}), 0),
        (json!({"order_id": id, "type": 2}), 268_546_002),
    ] {
        assert_eq!(till.post(&target, &body)["errcode"], errcode, "{body}");
    }
    assert_eq!(state(&mut till, &id), OrderState::Refunded);
}
