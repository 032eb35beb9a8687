//! The argument of the cashier on a page inside WeChat.
//!
//! The page lies under one of the merchant's registered payment directories and runs in WeChat's
//! own browser, not in a mini program's web-view. It has two ways to the same cashier, which spell
//! the same values differently.

use super::miniprogram::RequestPayment;
use crate::{
    Timestamp,
    id::{Appid, NonceStr, PrepayId},
    sign::Signer,
};

/// Exactly the object `WeixinJSBridge.invoke('getBrandWCPayRequest', …)` takes, after
/// `WeixinJSBridgeReady`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct GetBrandWcPayRequest {
    /// The order's app. A page has to say it; a mini program's runtime knows it.
    #[serde(rename = "appId")]
    pub app_id: Appid,
    /// The rest is what a mini program takes.
    #[serde(flatten)]
    pub payment: RequestPayment,
}

impl GetBrandWcPayRequest {
    /// Signs the invocation. `timestamp` is wall time.
    #[must_use]
    pub fn sign(
        signer: &dyn Signer,
        appid: &Appid,
        prepay_id: &PrepayId,
        timestamp: Timestamp,
        nonce_str: &NonceStr,
    ) -> Self {
        let payment = RequestPayment::sign(signer, appid, prepay_id, timestamp, nonce_str);
        Self { app_id: appid.clone(), payment }
    }
}

/// Exactly the object the JS-SDK's `wx.chooseWXPay` takes, callbacks aside: `timestamp` without a
/// capital S, and no appid, which comes from `wx.config`. That must be the order's app.
///
/// **Unconfirmed** in the pages of 2026, which show the bridge alone; the JS-SDK still has it, and
/// hands the same values to the bridge.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChooseWxPay {
    /// Seconds, as text.
    pub timestamp: String,
    /// At most 32 characters.
    pub nonce_str: String,
    /// `prepay_id=…`.
    pub package: String,
    /// `RSA`; of a v2 order its digest.
    pub sign_type: String,
    /// The second signature, by the key that ordered.
    pub pay_sign: String,
}

impl From<RequestPayment> for ChooseWxPay {
    fn from(payment: RequestPayment) -> Self {
        let RequestPayment { time_stamp, nonce_str, package, sign_type, pay_sign } = payment;
        Self { timestamp: time_stamp, nonce_str, package, sign_type, pay_sign }
    }
}
