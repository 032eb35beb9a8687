//! Giving the merchant what was not shared: `POST /v3/profitsharing/orders/unfreeze`.

use crate::{
    call::{Call, Malformed, Request},
    id::{Mchid, TransactionId},
    pay::read,
};

use super::{Description, OutOrderNo, Sharing};

/// Unfreezes the rest of a payment (<https://pay.weixin.qq.com/doc/v3/merchant/4012526374>).
/// Nothing more can be shared afterwards; what was shared can still be given back.
///
/// Asked about with [`super::Query`] under the same number.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Create {
    /// The sub-merchant, when a service provider asks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub_mchid: Option<Mchid>,
    /// The payment whose rest is wanted.
    pub transaction_id: TransactionId,
    /// **A number no sharing has had.** Under a sharing's number WeChat answers as if it had
    /// unfrozen, and has not.
    pub out_order_no: OutOrderNo,
    /// What for.
    pub description: Description,
}

impl Call for Create {
    type Answer = Sharing;
    const NAME: &'static str = "profitsharing.unfreeze";

    fn request(&self) -> Request {
        let body = serde_json::to_vec(self).expect("an unfreezing has string keys");
        Request::post("/v3/profitsharing/orders/unfreeze", body)
    }

    fn read(&self, _status: u16, body: &[u8]) -> Result<Sharing, Malformed> {
        read(body, "a sharing")
    }
}
