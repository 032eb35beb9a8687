//! Shipping of payments that several merchants share, and of a sub-merchant's own mini program.

use suanpan_wechat::{
    id::{Mchid, Openid, OutTradeNo, TransactionId},
    miniprogram::shipping::{CombinedUpload, GetOrder, OrderId, OrderKey, OrderState, Shipment},
};

use super::{shipping::express, *};

const NUMBER: &str = "combine-0001";
const PARTS: [(&str, &str); 2] =
    [(pool::MERCHANTS[0], "part-0001"), (pool::MERCHANTS[1], "part-0002")];

/// A combined payment that shipping has heard of: the numbers of its parts at WeChat.
fn paid_together(till: &mut Till) -> Vec<TransactionId> {
    till.change_console(&mini_program(), |console| console.trade_managed = true);
    let parts: Vec<_> = PARTS
        .iter()
        .map(|(mchid, out_trade_no)| {
            json!({
                "mchid": mchid, "attach": "附言", "out_trade_no": out_trade_no,
                "description": "龙井茶", "amount": {"total_amount": 1000, "currency": "CNY"},
            })
        })
        .collect();
    let body = json!({
        "combine_appid": pool::MINI_PROGRAM,
        "combine_mchid": till.mchid.as_str(),
        "combine_out_trade_no": NUMBER,
        "notify_url": "https://shop.example/notify",
        "combine_payer_info": {"openid": till.openid("amei")},
        "sub_orders": parts,
    });
    let placed = till.call("POST", "/v3/combine-transactions/jsapi", &body.to_string());
    let prepay_id = placed.json()["prepay_id"].as_str().unwrap().to_owned();
    till.act(&prepay_id, Outcome::Success).unwrap();
    till.wait(61);
    let seen = query(till);
    let ids = seen["sub_orders"].as_array().unwrap().iter().map(|part| &part["transaction_id"]);
    ids.map(|id| TransactionId::new(id.as_str().unwrap()).unwrap()).collect()
}

fn query(till: &mut Till) -> Value {
    let target = format!("/v3/combine-transactions/out-trade-no/{NUMBER}");
    till.call("GET", &target, "").json()
}

fn by_number(mchid: &str, out_trade_no: &str) -> OrderKey {
    OrderKey::OutTradeNo {
        mchid: Mchid::new(mchid).unwrap(),
        out_trade_no: OutTradeNo::new(out_trade_no).unwrap(),
    }
}

fn upload(till: &mut Till, whole: OrderKey, parts: Vec<OrderKey>) -> Result<(), i64> {
    let shipments =
        parts.into_iter().map(|order_key| Shipment { order_key, delivery: express() }).collect();
    let payer = Openid::new(till.openid("amei")).unwrap();
    let upload = CombinedUpload::new(whole, shipments, till.now, payer).unwrap();
    till.perform(pool::MINI_PROGRAM, &upload)
}

fn state(till: &mut Till, id: &TransactionId) -> OrderState {
    let wanted = GetOrder(OrderId::Wechat { transaction_id: id.clone() });
    till.perform(pool::MINI_PROGRAM, &wanted).unwrap().order_state
}

#[test]
fn a_combined_payment_is_shipped_in_one_upload() {
    let mut till = Till::open();
    let ids = paid_together(&mut till);
    let parts = PARTS.iter().map(|(mchid, number)| by_number(mchid, number)).collect();
    upload(&mut till, by_number(pool::MERCHANTS[0], NUMBER), parts).unwrap();
    assert!(ids.iter().all(|id| state(&mut till, id) == OrderState::Shipped));
}

#[test]
fn wechats_number_of_the_whole_names_it_too() {
    let mut till = Till::open();
    let ids = paid_together(&mut till);
    assert_eq!(query(&mut till).get("combine_transaction_id"), None, "unconfirmed, so not said");
    till.world.settings_mut().combine_transaction_id = true;
    let told = query(&mut till);
    let whole = told["combine_transaction_id"].as_str().unwrap();
    let target = format!("/v3/combine-transactions/id/{whole}");
    assert_eq!(till.call("GET", &target, "").json(), told);
    let of_a_part = format!("/v3/combine-transactions/id/{}", ids[0]);
    assert_eq!(till.call("GET", &of_a_part, "").code(), "ORDER_NOT_EXIST");

    let key = OrderKey::TransactionId(TransactionId::new(whole).unwrap());
    let one = vec![OrderKey::TransactionId(ids[1].clone())];
    upload(&mut till, key, one).unwrap();
    assert_eq!(state(&mut till, &ids[0]), OrderState::Unshipped);
    assert_eq!(state(&mut till, &ids[1]), OrderState::Shipped);
}

#[test]
fn one_wrong_part_and_nothing_of_it_is_taken() {
    let mut till = Till::open();
    let ids = paid_together(&mut till);
    let alone = till.sell("order-0001", 100).transaction_id.unwrap();
    till.wait(61);
    let whole = by_number(pool::MERCHANTS[0], NUMBER);
    let first = by_number(PARTS[0].0, PARTS[0].1);
    let stranger = by_number(pool::MERCHANTS[0], "order-0001");
    assert_eq!(upload(&mut till, whole, vec![first.clone(), stranger]), Err(10_060_001));
    let nobody = by_number(pool::MERCHANTS[0], "combine-0002");
    assert_eq!(upload(&mut till, nobody, vec![first]), Err(10_060_001));

    // What no careful client sends.
    let token = till.token_of(pool::MINI_PROGRAM);
    let target = format!("/wxa/sec/order/upload_combined_shipping_info?access_token={token}");
    let part = |key: Value| {
        let parcel = json!({"item_desc": "茶"});
        json!({"order_key": key, "logistics_type": 4, "delivery_mode": 1, "shipping_list": [parcel]})
    };
    let own = json!({"order_number_type": 1, "mchid": PARTS[0].0, "out_trade_no": PARTS[0].1});
    let id = json!({"order_number_type": 2, "transaction_id": ids[1]});
    let mut body = json!({
        "order_key": {"order_number_type": 1, "mchid": PARTS[0].0, "out_trade_no": NUMBER},
        "sub_orders": [part(own.clone()), part(own)],
        "upload_time": till.now.to_string(),
        "payer": {"openid": till.openid("amei")},
    });
    refused(&till.post(&target, &body), 10_060_013, "子单单号重复");
    body["sub_orders"][1] = part(id);
    refused(&till.post(&target, &body), 268_485_253, "主单的订单单号类型与子单的单号类型不一致");
    body["sub_orders"] = json!([]);
    refused(&till.post(&target, &body), 10_060_014, "参数错误");
    body["sub_orders"] = json!({});
    assert_eq!(till.post(&target, &body)["errcode"], 47001);
    let all = ids.iter().chain([&alone]);
    assert!(all.into_iter().all(|id| state(&mut till, id) == OrderState::Unshipped));
}

#[test]
fn a_sub_merchant_ships_with_the_app_its_customer_paid_in() {
    let mut till = Till::open();
    till.change_console(&mini_program(), |console| console.trade_managed = true);
    let openid = till.openid("amei");
    let body = json!({
        "sp_appid": pool::OFFICIAL_ACCOUNT,
        "sp_mchid": till.mchid.as_str(),
        "sub_appid": pool::MINI_PROGRAM,
        "sub_mchid": pool::SUB_MERCHANTS[0],
        "description": "龙井茶 一杯",
        "out_trade_no": "order-0001",
        "notify_url": "https://shop.example/notify",
        "amount": {"total": 1000},
        "payer": {"sub_openid": openid},
    });
    let placed = till.call("POST", "/v3/pay/partner/transactions/jsapi", &body.to_string());
    let prepay_id = placed.json()["prepay_id"].as_str().unwrap().to_owned();
    let id = till.act(&prepay_id, Outcome::Success).unwrap().transaction_id.unwrap();
    till.wait(61);
    let wanted = GetOrder(OrderId::Wechat { transaction_id: id.clone() });
    let known = till.perform(pool::MINI_PROGRAM, &wanted).unwrap();
    assert_eq!(known.openid.as_str(), openid, "as its own app knows the payer");
    super::shipping::ship(&mut till, &id, express()).unwrap();
    assert_eq!(state(&mut till, &id), OrderState::Shipped);
}
