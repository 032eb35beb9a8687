//! Orders of service providers.

use serde_json::{Value, json};
use suanpan_wechat::{
    advice::Operation,
    call::{Call, Method},
    id::{Appid, Mchid, TransactionId},
    pay::{
        TradeState, Transaction,
        partner::{
            self, InvalidOrder, Merchant, Payer, SettleInfo, app, close::Close, h5, jsapi, native,
            query,
        },
    },
};

use crate::pay::{PAID, fen, h5_scene, least, openid, out_trade_no, sent, with};

fn sp_mchid() -> Mchid {
    Mchid::new("1230000109").unwrap()
}

fn sub_mchid() -> Mchid {
    Mchid::new("1900000109").unwrap()
}

pub(crate) fn merchant() -> Merchant {
    Merchant::new(Appid::new("wx8888888888888888").unwrap(), sp_mchid(), sub_mchid()).unwrap()
}

fn least_json() -> Value {
    json!({
        "sp_appid": "wx8888888888888888", "sp_mchid": "1230000109", "sub_mchid": "1900000109",
        "description": "test", "out_trade_no": "1217752501201407033233368018",
        "notify_url": "https://example.com/n", "amount": {"total": 1, "currency": "CNY"},
    })
}

#[test]
fn the_least_order_of_each_front_end_is_what_the_pages_want() {
    let payer = Payer::OfProvider { sp_openid: openid() };
    let jsapi = jsapi::Order::new(merchant(), least(), payer).unwrap().to_body();
    let app = app::Order::new(merchant(), least()).to_body();
    let native = native::Order::new(merchant(), least()).to_body();
    let h5 = h5::Order::new(merchant(), least(), h5_scene()).to_body();
    let scene_info = json!({"payer_client_ip": "14.23.150.211", "h5_info": {"type": "Wap"}});
    let to = |name: &str| format!("/v3/pay/partner/transactions/{name}");
    assert_eq!(
        sent(&jsapi::Prepay { body: jsapi }),
        (
            Method::Post,
            to("jsapi"),
            with(least_json(), json!({"payer": {"sp_openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"}}))
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
fn a_sub_merchants_payer_is_named_with_the_sub_merchants_app() {
    let of_sub = || Payer::OfSubMerchant { sub_openid: openid() };
    let unknown = jsapi::Order::new(merchant(), least(), of_sub());
    assert_eq!(unknown, Err(InvalidOrder::UnknownPayer));
    let sub_appid = Appid::new("wxd678efh567hg6999").unwrap();
    let merchant_with_app = merchant().with_sub_appid(sub_appid.clone());
    let mut order = jsapi::Order::new(merchant_with_app, least(), of_sub()).unwrap();
    order.settle_info = Some(SettleInfo { profit_sharing: false, subsidy_amount: Some(fen(10)) });
    assert_eq!(order.appid(), &sub_appid);
    let (.., body) = sent(&jsapi::Prepay { body: order.to_body() });
    assert_eq!(
        body,
        with(
            least_json(),
            json!({
                "sub_appid": "wxd678efh567hg6999",
                "payer": {"sub_openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"},
                "settle_info": {"profit_sharing": false, "subsidy_amount": 10},
            })
        )
    );
    let of_provider = Payer::OfProvider { sp_openid: openid() };
    let order = jsapi::Order::new(merchant().with_sub_appid(sub_appid), least(), of_provider);
    assert_eq!(order.unwrap().appid().as_str(), "wx8888888888888888");
}

#[test]
fn a_provider_does_not_sell_to_itself() {
    let own = Merchant::new(Appid::new("wx8888888888888888").unwrap(), sp_mchid(), sp_mchid());
    assert_eq!(own, Err(InvalidOrder::OwnSubMerchant));
}

#[test]
fn queries_and_closes_name_both_merchants() {
    let by_number = query::ByOutTradeNo {
        sp_mchid: sp_mchid(),
        sub_mchid: sub_mchid(),
        out_trade_no: out_trade_no(),
    };
    let by_id = query::ByTransactionId {
        sp_mchid: sp_mchid(),
        sub_mchid: sub_mchid(),
        transaction_id: TransactionId::new("4200002050202311069075905809").unwrap(),
    };
    let close =
        Close { sp_mchid: sp_mchid(), sub_mchid: sub_mchid(), out_trade_no: out_trade_no() };
    let base = "/v3/pay/partner/transactions";
    let both = "sp_mchid=1230000109&sub_mchid=1900000109";
    assert_eq!(
        sent(&by_number).1,
        format!("{base}/out-trade-no/1217752501201407033233368018?{both}")
    );
    assert_eq!(
        sent(&by_id),
        (Method::Get, format!("{base}/id/4200002050202311069075905809?{both}"), Value::Null)
    );
    assert_eq!(
        sent(&close),
        (
            Method::Post,
            format!("{base}/out-trade-no/1217752501201407033233368018/close"),
            json!({"sp_mchid": "1230000109", "sub_mchid": "1900000109"})
        )
    );
    assert_eq!(close.operation(), Operation::Close);
    assert!(close.read(204, b"").is_ok() && close.read(200, b"{}").is_err());
}

fn paid() -> Value {
    let mut json: Value = serde_json::from_str(PAID).unwrap();
    let members = json.as_object_mut().unwrap();
    members.retain(|name, _| !["appid", "mchid", "payer"].contains(&name.as_str()));
    let of_partner = json!({
        "sp_appid": "wx8888888888888888", "sp_mchid": "1230000109",
        "sub_appid": "wxd678efh567hg6999", "sub_mchid": "1900000109",
        "payer": {
            "sp_openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o",
            "sub_openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6p",
        },
    });
    with(json, of_partner)
}

fn read(json: &Value) -> Option<partner::Transaction> {
    serde_json::from_value(json.clone()).ok()
}

#[test]
fn a_partners_transaction_is_read_with_all_its_parties() {
    let paid = read(&paid()).unwrap();
    assert_eq!(paid.sp_mchid, sp_mchid());
    assert_eq!(paid.sub_mchid, sub_mchid());
    assert_eq!(paid.sp_appid.as_str(), "wx8888888888888888");
    assert_eq!(paid.sub_appid.unwrap().as_str(), "wxd678efh567hg6999");
    let payer = paid.payer.unwrap();
    assert_eq!(payer.sp_openid.unwrap().as_str(), "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o");
    assert_eq!(payer.sub_openid.unwrap().as_str(), "oUpF8uMuAJO_M2pxb1Q9zNjWeS6p");
    assert_eq!((paid.trade_state, paid.amount.unwrap().total), (TradeState::Success, fen(100)));
    assert_eq!(paid.promotion_detail.len(), 1);
}

#[test]
fn without_a_sub_appid_its_words_are_absent() {
    let mut json = paid();
    json.as_object_mut().unwrap().remove("sub_appid");
    json["payer"].as_object_mut().unwrap().remove("sub_openid");
    let paid = read(&json).unwrap();
    assert_eq!((paid.sub_appid, paid.payer.unwrap().sub_openid), (None, None));
}

/// One calls itself as the other (threat n14): each is read as its own shape only.
#[test]
fn n14_direct_and_partner_transactions_are_never_mistaken() {
    assert!(serde_json::from_str::<partner::Transaction>(PAID).is_err());
    assert!(serde_json::from_value::<Transaction>(paid()).is_err());
    for needed in ["sp_mchid", "sub_mchid", "sp_appid", "out_trade_no", "trade_state"] {
        let mut json = paid();
        json.as_object_mut().unwrap().remove(needed);
        assert_eq!(read(&json), None, "{needed}");
    }
}
