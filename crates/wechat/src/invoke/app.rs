//! What a mobile app puts into the OpenSDK's `PayReq`.

use super::{Orderer, invocation_message};
use crate::{
    Timestamp,
    id::{NonceStr, PrepayId},
    sign::Signer,
};

/// The members of `PayReq`, under the lower-case names WeChat's own server libraries give them.
/// The app copies them into the request's properties: `package` is called `packageValue` on Android
/// and HarmonyOS, and `timestamp` is a number on iOS.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct PayReq {
    /// The order's app.
    pub appid: String,
    /// Who ordered: of a direct merchant the mchid, of a provider `sp_mchid`, of a combined order
    /// `combine_mchid`.
    pub partnerid: String,
    /// The bare id.
    pub prepayid: String,
    /// `Sign=WXPay`, for everybody. Only v2 signs it.
    pub package: String,
    /// At most 32 characters.
    pub noncestr: String,
    /// Seconds, as text.
    pub timestamp: String,
    /// The second signature, by the key that ordered.
    pub sign: String,
}

impl PayReq {
    /// Signs the invocation. `timestamp` is wall time.
    #[must_use]
    pub fn sign(
        signer: &dyn Signer,
        orderer: Orderer<'_>,
        prepay_id: &PrepayId,
        timestamp: Timestamp,
        nonce_str: &NonceStr,
    ) -> Self {
        let message = invocation_message(orderer.appid, timestamp, nonce_str, prepay_id.as_str());
        Self {
            appid: orderer.appid.to_string(),
            partnerid: orderer.mchid.to_string(),
            prepayid: prepay_id.to_string(),
            package: "Sign=WXPay".to_owned(),
            noncestr: nonce_str.to_string(),
            timestamp: timestamp.unix().to_string(),
            sign: signer.sign(message.as_bytes()),
        }
    }
}
