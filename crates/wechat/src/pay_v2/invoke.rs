//! What a front end needs to open the cashier for a v2 order: the second signature.
//!
//! Made on the server, with the digest of the order; the objects are exactly what each front end
//! takes, callbacks aside, and their members' spelling differs between front ends on purpose of
//! WeChat's. QR codes and pages outside WeChat need none: they take `code_url` and `mweb_url`.

use crate::{
    Timestamp,
    id::{Appid, Mchid, NonceStr, PrepayId},
    invoke::miniprogram::RequestPayment,
    pay_v2::{Keys, xml::Fields},
};

/// What `WeixinJSBridge.invoke("getBrandWCPayRequest", …)` takes.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BrandPayRequest {
    /// The official account's app.
    pub app_id: String,
    /// As for a mini program.
    #[serde(flatten)]
    pub payment: RequestPayment,
}

/// What `wx.chooseWXPay` takes. It knows the app from `wx.config`, and spells `timestamp` in lower
/// case, though a capital S is signed.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChooseWxPay {
    /// Seconds, as text.
    pub timestamp: String,
    /// At most 32 characters.
    pub nonce_str: String,
    /// `prepay_id=…`.
    pub package: String,
    /// `MD5` or `HMAC-SHA256`.
    pub sign_type: String,
    /// The second signature.
    pub pay_sign: String,
}

/// What the app SDK's `PayReq` takes; all in lower case, and without the name of the digest.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct PayReq {
    /// The mobile app.
    pub appid: String,
    /// Who is paid. For a partner's order the sub-merchant; **unconfirmed**, see your contract.
    pub partnerid: String,
    /// The order's handle, bare.
    pub prepayid: String,
    /// Always `Sign=WXPay`.
    pub package: String,
    /// At most 32 characters.
    pub noncestr: String,
    /// Seconds, as text.
    pub timestamp: String,
    /// The second signature.
    pub sign: String,
}

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

impl BrandPayRequest {
    /// Signs the invocation.
    #[must_use]
    pub fn sign(
        keys: &Keys,
        appid: &Appid,
        prepay_id: &PrepayId,
        timestamp: Timestamp,
        nonce_str: &NonceStr,
    ) -> Self {
        let payment = request_payment(keys, appid, prepay_id, timestamp, nonce_str);
        Self { app_id: appid.to_string(), payment }
    }
}

impl From<RequestPayment> for ChooseWxPay {
    /// The same signature under other names.
    fn from(payment: RequestPayment) -> Self {
        Self {
            timestamp: payment.time_stamp,
            nonce_str: payment.nonce_str,
            package: payment.package,
            sign_type: payment.sign_type,
            pay_sign: payment.pay_sign,
        }
    }
}

impl PayReq {
    /// Signs the invocation.
    #[must_use]
    pub fn sign(
        keys: &Keys,
        appid: &Appid,
        partnerid: &Mchid,
        prepay_id: &PrepayId,
        timestamp: Timestamp,
        nonce_str: &NonceStr,
    ) -> Self {
        let mut fields = Fields::default();
        let package = "Sign=WXPay";
        fields.put("appid", appid);
        fields.put("partnerid", partnerid);
        fields.put("prepayid", prepay_id);
        fields.put("package", package);
        fields.put("noncestr", nonce_str);
        fields.put("timestamp", timestamp.unix());
        Self {
            appid: appid.to_string(),
            partnerid: partnerid.to_string(),
            prepayid: prepay_id.to_string(),
            package: package.to_owned(),
            noncestr: nonce_str.to_string(),
            timestamp: timestamp.unix().to_string(),
            sign: keys.sign(&fields),
        }
    }
}
