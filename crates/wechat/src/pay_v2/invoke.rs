//! What a front end needs to open the cashier for a v2 order: the second signature.
//!
//! Made on the server, with the digest of the order. What each front end takes is the same as in
//! v3 ([`invoke`](crate::invoke)); only the signature and the name of its digest differ. QR codes
//! and pages outside WeChat need none: they take `code_url` and `mweb_url`.

use crate::{
    Timestamp,
    id::{Appid, Mchid, NonceStr, PrepayId},
    invoke::{app::PayReq, jsapi::GetBrandWcPayRequest, miniprogram::RequestPayment},
    pay_v2::{Keys, xml::Fields},
};

/// Signs what `wx.requestPayment` of a mini program takes. `appid` is the mini program's, which
/// for a partner's order may be the sub-merchant's.
#[must_use]
pub fn request_payment(
    keys: &Keys,
    appid: &Appid,
    prepay_id: &PrepayId,
    timestamp: Timestamp,
    nonce_str: &NonceStr,
) -> RequestPayment {
    let mut payment = RequestPayment {
        time_stamp: timestamp.unix().to_string(),
        nonce_str: nonce_str.to_string(),
        package: format!("prepay_id={prepay_id}"),
        sign_type: keys.sign_type().as_str().to_owned(),
        pay_sign: String::new(),
    };
    let mut fields = Fields::default();
    fields.put("appId", appid);
    fields.put("timeStamp", &payment.time_stamp);
    fields.put("nonceStr", &payment.nonce_str);
    fields.put("package", &payment.package);
    fields.put("signType", &payment.sign_type);
    payment.pay_sign = keys.sign(&fields);
    payment
}

/// Signs what `WeixinJSBridge.invoke("getBrandWCPayRequest", …)` takes. `wx.chooseWXPay` takes
/// [`ChooseWxPay::from`](crate::invoke::jsapi::ChooseWxPay) its `payment`, the same signature.
#[must_use]
pub fn get_brand_wc_pay_request(
    keys: &Keys,
    appid: &Appid,
    prepay_id: &PrepayId,
    timestamp: Timestamp,
    nonce_str: &NonceStr,
) -> GetBrandWcPayRequest {
    let payment = request_payment(keys, appid, prepay_id, timestamp, nonce_str);
    GetBrandWcPayRequest { app_id: appid.clone(), payment }
}

/// Signs what the app SDK's `PayReq` takes, `package` included this time. `partnerid` is who is
/// paid: for a partner's order the sub-merchant; **unconfirmed**, see your contract.
#[must_use]
pub fn pay_req(
    keys: &Keys,
    appid: &Appid,
    partnerid: &Mchid,
    prepay_id: &PrepayId,
    timestamp: Timestamp,
    nonce_str: &NonceStr,
) -> PayReq {
    let mut request = PayReq {
        appid: appid.to_string(),
        partnerid: partnerid.to_string(),
        prepayid: prepay_id.to_string(),
        package: "Sign=WXPay".to_owned(),
        noncestr: nonce_str.to_string(),
        timestamp: timestamp.unix().to_string(),
        sign: String::new(),
    };
    let mut fields = Fields::default();
    fields.put("appid", &request.appid);
    fields.put("partnerid", &request.partnerid);
    fields.put("prepayid", &request.prepayid);
    fields.put("package", &request.package);
    fields.put("noncestr", &request.noncestr);
    fields.put("timestamp", &request.timestamp);
    request.sign = keys.sign(&fields);
    request
}
