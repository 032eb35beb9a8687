//! Second signatures, and the QR code that names a product.

use suanpan_wechat::{
    Timestamp,
    id::{Openid, PrepayId},
    invoke::jsapi::ChooseWxPay,
    pay_v2::{
        SignType,
        invoke::{get_brand_wc_pay_request, pay_req, request_payment},
        native,
        notify::NotifyError,
        xml::Fields,
    },
    verify::{VerifyError, verify_fields},
};

use crate::pay_v2::world::{BOTH, appid, fields, foreign_keys, keys, mch_id, nonce, signed, text};

const NONCE: &str = "5K8264ILTKCH16CQ2502SI8ZNMTM67VS";

fn prepay_id() -> PrepayId {
    PrepayId::new("wx170921450623475718059438f1c2a00000").unwrap()
}

#[test]
fn pages_and_mini_programs_get_the_published_signature() {
    let at = Timestamp::from_unix(1_414_561_699);
    for (sign_type, pay_sign) in [
        (SignType::Md5, "3F938A692578A49E09E3C05209B76641"),
        (SignType::HmacSha256, "A3DE7B326A1851812912A2B818CCE11447253F75DF5AAABD3EB27F958A65FF30"),
    ] {
        let keys = keys(sign_type);
        let signed = request_payment(&keys, &appid(), &prepay_id(), at, &nonce(NONCE));
        assert_eq!(signed.pay_sign, pay_sign);
        let own = serde_json::json!({
            "timeStamp": "1414561699",
            "nonceStr": NONCE,
            "package": "prepay_id=wx170921450623475718059438f1c2a00000",
            "signType": sign_type.as_str(),
            "paySign": pay_sign,
        });
        assert_eq!(serde_json::to_value(&signed).unwrap(), own);
        let mut bridge = own.clone();
        bridge["appId"] = "wx2421b1c4370ec43b".into();
        let request = get_brand_wc_pay_request(&keys, &appid(), &prepay_id(), at, &nonce(NONCE));
        assert_eq!(serde_json::to_value(request).unwrap(), bridge);
        let mut chosen = own;
        let seconds = chosen.as_object_mut().unwrap().remove("timeStamp").unwrap();
        chosen["timestamp"] = seconds;
        assert_eq!(serde_json::to_value(ChooseWxPay::from(signed)).unwrap(), chosen);
    }
}

#[test]
fn apps_get_the_published_signature() {
    let at = Timestamp::from_unix(1_412_000_000);
    for (sign_type, sign) in [
        (SignType::Md5, "53C1B9330CAEB470178BEEEFD64FD71C"),
        (SignType::HmacSha256, "C2140A4F7DD6F7CD6C5694AB1AAAAD47C1A3406E85CD02CCF14463C6560CFB44"),
    ] {
        let keys = keys(sign_type);
        let request = pay_req(&keys, &appid(), &mch_id(), &prepay_id(), at, &nonce(NONCE));
        let expected = serde_json::json!({
            "appid": "wx2421b1c4370ec43b",
            "partnerid": "10000100",
            "prepayid": "wx170921450623475718059438f1c2a00000",
            "package": "Sign=WXPay",
            "noncestr": NONCE,
            "timestamp": "1412000000",
            "sign": sign,
        });
        assert_eq!(serde_json::to_value(request).unwrap(), expected);
    }
}

#[test]
fn a_products_code_has_the_published_signature() {
    let at = Timestamp::from_unix(1_414_488_825);
    let product = text("88888");
    let keys = keys(SignType::Md5);
    let code = native::code_url(&keys, &appid(), &mch_id(), &product, at, &nonce(NONCE));
    assert_eq!(
        code,
        "weixin://wxpay/bizpayurl?appid=wx2421b1c4370ec43b&mch_id=10000100\
         &nonce_str=5K8264ILTKCH16CQ2502SI8ZNMTM67VS&product_id=88888\
         &sign=DB3692B1845D2C9FD7377C4F070D6613&time_stamp=1414488825"
    );
}

#[test]
fn the_sandbox_key_request_has_the_published_signature() {
    let asked = fields(&[("mch_id", "10000100"), ("nonce_str", NONCE)]);
    assert_eq!(keys(SignType::Md5).sign(&asked), "0690E88363913A9591E77ED9B78FC1A9");
}

#[test]
fn a_scan_is_believed_by_its_signature_and_answered_with_one() {
    let said = [
        ("appid", "wx2421b1c4370ec43b"),
        ("openid", "o8GeHuLAsgefS_80exEr1cTqekUs"),
        ("mch_id", "10000100"),
        ("is_subscribe", "Y"),
        ("nonce_str", "gZWmwhmmvOmEqz7g"),
        ("product_id", "88888"),
    ];
    for sign_type in BOTH {
        let keys = keys(sign_type);
        let body = signed(&keys, &said);
        let forged = native::scan(&foreign_keys(sign_type), &body);
        assert_eq!(forged, Err(NotifyError::NotVerified(VerifyError::BadSignature)));
        let scan = native::scan(&keys, &body).unwrap().into_inner();
        assert_eq!(scan.openid, Openid::new("o8GeHuLAsgefS_80exEr1cTqekUs").unwrap());
        assert_eq!(scan.product_id, "88888");
        let read = |xml: String| {
            verify_fields(&keys, Fields::read(xml.as_bytes()).unwrap()).unwrap().into_inner()
        };
        let ordered = read(scan.answer(&keys, Ok(&prepay_id()), &nonce("n1")));
        assert_eq!(ordered.get("prepay_id"), Some(prepay_id().as_str()));
        assert_eq!(ordered.get("result_code"), Some("SUCCESS"));
        let sold_out = read(scan.answer(&keys, Err(&text("已售完")), &nonce("n1")));
        assert_eq!(sold_out.get("result_code"), Some("FAIL"));
        assert_eq!(sold_out.get("err_code_des"), Some("已售完"));
    }
}
