//! Opening the cashier: each front end gets its own object and its own signature.

use serde::Deserialize;
use serde_json::json;
use suanpan_wechat::{
    Timestamp,
    id::{Appid, Mchid, NonceStr, PrepayId},
    invoke::{
        Orderer,
        app::PayReq,
        invocation_message,
        jsapi::{ChooseWxPay, GetBrandWcPayRequest},
        miniprogram::RequestPayment,
        transfer::RequestMerchantTransfer,
    },
    key::RsaPublicKey,
    pay::{self, partner},
    sign::Signer,
    transfer::PackageInfo,
};

use crate::{
    combine::{sub_order, terms},
    world::{DEMO_PUBLIC, merchant},
};

#[derive(Deserialize)]
struct InvocationVector {
    id: String,
    fourth_line: String,
    signature: String,
}

const PREPAY_ID: &str = "wx201410272009395522657a690389285100";
const NONCE_STR: &str = "593BEC0C930BF1AFEB40B4A08C8FB242";

fn vectors() -> Vec<InvocationVector> {
    serde_json::from_str(include_str!("../vectors/invocations.json")).unwrap()
}

fn appid() -> Appid {
    Appid::new("wx2421b1c4370ec43b").unwrap()
}

fn prepay_id() -> PrepayId {
    PrepayId::new(PREPAY_ID).unwrap()
}

fn nonce_str() -> NonceStr {
    NonceStr::new(NONCE_STR).unwrap()
}

fn at() -> Timestamp {
    Timestamp::from_unix(1_554_208_460)
}

#[test]
fn o15_v8_v9_each_front_end_signs_its_own_fourth_line() {
    let demo = RsaPublicKey::from_pem(DEMO_PUBLIC).unwrap();
    let [prefixed, bare] = &vectors()[..] else { panic!("two invocation vectors") };
    for vector in [prefixed, bare] {
        let message = invocation_message(&appid(), at(), &nonce_str(), &vector.fourth_line);
        assert_eq!(merchant().sign(message.as_bytes()), vector.signature, "{}", vector.id);
        assert!(demo.verifies(message.as_bytes(), &vector.signature), "{}", vector.id);
    }

    let (appid, prepay_id, nonce_str) = (appid(), prepay_id(), nonce_str());
    let mini = RequestPayment::sign(&merchant(), &appid, &prepay_id, at(), &nonce_str);
    let mini_json = json!({
        "timeStamp": "1554208460", "nonceStr": NONCE_STR,
        "package": format!("prepay_id={PREPAY_ID}"), "signType": "RSA",
        "paySign": prefixed.signature,
    });
    assert_eq!(serde_json::to_value(&mini).unwrap(), mini_json);

    let page = GetBrandWcPayRequest::sign(&merchant(), &appid, &prepay_id, at(), &nonce_str);
    let mut page_json = mini_json.clone();
    page_json["appId"] = json!("wx2421b1c4370ec43b");
    assert_eq!(serde_json::to_value(&page).unwrap(), page_json);

    let mut sdk_json = mini_json;
    let seconds = sdk_json.as_object_mut().unwrap().remove("timeStamp").unwrap();
    sdk_json["timestamp"] = seconds;
    assert_eq!(serde_json::to_value(ChooseWxPay::from(mini)).unwrap(), sdk_json);

    let mchid = Mchid::new("1900007291").unwrap();
    let orderer = Orderer { appid: &appid, mchid: &mchid };
    let app = PayReq::sign(&merchant(), orderer, &prepay_id, at(), &nonce_str);
    let app_json = json!({
        "appid": "wx2421b1c4370ec43b", "partnerid": "1900007291", "prepayid": PREPAY_ID,
        "package": "Sign=WXPay", "noncestr": NONCE_STR, "timestamp": "1554208460",
        "sign": bare.signature,
    });
    assert_eq!(serde_json::to_value(&app).unwrap(), app_json);
}

#[test]
fn an_app_is_told_who_ordered_and_not_who_is_paid() {
    let partnerid = |orderer: Orderer<'_>| {
        let app = PayReq::sign(&merchant(), orderer, &prepay_id(), at(), &nonce_str());
        (app.appid, app.partnerid)
    };
    let told = |appid: &str, mchid: &str| (appid.to_owned(), mchid.to_owned());

    let direct = pay::Merchant { appid: appid(), mchid: Mchid::new("1900007291").unwrap() };
    assert_eq!(partnerid(Orderer::merchant(&direct)), told("wx2421b1c4370ec43b", "1900007291"));

    let of_partner: partner::Merchant = crate::partner::merchant();
    assert_eq!(partnerid(Orderer::provider(&of_partner)), told("wx8888888888888888", "1230000109"));
    assert_eq!(Orderer::provider_in_sub_app(&of_partner), None);
    let of_partner = of_partner.with_sub_appid(Appid::new("wxd678efh567hg6999").unwrap());
    assert_eq!(
        partnerid(Orderer::provider_in_sub_app(&of_partner).unwrap()),
        told("wxd678efh567hg6999", "1230000109")
    );

    let combined = terms(vec![
        sub_order("1900000199", "20150806125346", "a", "d1"),
        sub_order("1900000179", "20150806124855", "b", "d2"),
    ]);
    assert_eq!(partnerid(Orderer::combined(&combined)), told("wxd678efh567hg6787", "1900000109"));
}

#[test]
fn a_transfer_is_confirmed_with_what_wechat_gave() {
    let confirmation = RequestMerchantTransfer {
        mch_id: Mchid::new("1900007291").unwrap(),
        app_id: appid(),
        package: PackageInfo::new("affffddafdfafddffda==").unwrap(),
    };
    let object = json!({
        "mchId": "1900007291", "appId": "wx2421b1c4370ec43b", "package": "affffddafdfafddffda==",
    });
    assert_eq!(serde_json::to_value(&confirmation).unwrap(), object);
}

#[test]
fn combined_orders_have_prepay_ids_of_their_own_shape() {
    let prepay_id = PrepayId::new("up_wx201410272009395522657a690389285100").unwrap();
    let mini = RequestPayment::sign(&merchant(), &appid(), &prepay_id, at(), &nonce_str());
    assert_eq!(mini.package, "prepay_id=up_wx201410272009395522657a690389285100");
}
