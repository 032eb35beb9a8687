//! The argument of `wx.requestPayment`.

use crate::{
    Timestamp,
    id::{Appid, NonceStr, PrepayId},
    invoke::invocation_message,
    sign::Signer,
};

/// Exactly the object `wx.requestPayment` takes, callbacks aside. All members are strings; the
/// appid is signed but not handed over, because the runtime knows it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestPayment {
    /// Seconds, as text.
    pub time_stamp: String,
    /// At most 32 characters.
    pub nonce_str: String,
    /// `prepay_id=…`.
    pub package: String,
    /// `RSA`; of a v2 order its digest.
    pub sign_type: String,
    /// The second signature, by the key that ordered.
    pub pay_sign: String,
}

impl RequestPayment {
    /// Signs the invocation. `timestamp` is wall time.
    #[must_use]
    pub fn sign(
        signer: &dyn Signer,
        appid: &Appid,
        prepay_id: &PrepayId,
        timestamp: Timestamp,
        nonce_str: &NonceStr,
    ) -> Self {
        let package = format!("prepay_id={prepay_id}");
        let message = invocation_message(appid, timestamp, nonce_str, &package);
        Self {
            time_stamp: timestamp.unix().to_string(),
            nonce_str: nonce_str.to_string(),
            package,
            sign_type: "RSA".to_owned(),
            pay_sign: signer.sign(message.as_bytes()),
        }
    }
}
