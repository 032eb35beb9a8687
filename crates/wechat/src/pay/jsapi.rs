//! Ordering for JSAPI pages and mini programs: `POST /v3/pay/transactions/jsapi`.

use super::{Merchant, Payer, Prepaid, SceneInfo, SettleInfo, Terms, prepay, to_body};

/// The order as WeChat wants it (<https://pay.weixin.qq.com/doc/v3/merchant/4012791856>).
///
/// Serialise it once, store the bytes, and repeat those bytes: WeChat compares a repeated order
/// with the first, and a changed member is refused. An order that only one named person may pay is
/// [sealed](super::real_name) instead.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Order<P = Payer> {
    /// Who sells.
    #[serde(flatten)]
    pub merchant: Merchant,
    /// What is sold.
    #[serde(flatten)]
    pub terms: Terms,
    /// Who will pay, as the order's appid knows them.
    pub payer: P,
    /// Where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scene_info: Option<SceneInfo>,
    /// What happens to the money.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settle_info: Option<SettleInfo>,
}

impl<P> Order<P> {
    /// The members every order has.
    #[must_use]
    pub const fn new(merchant: Merchant, terms: Terms, payer: P) -> Self {
        Self { merchant, terms, payer, scene_info: None, settle_info: None }
    }
}

to_body!(Order);
prepay!("pay.jsapi.prepay", "/v3/pay/transactions/jsapi", Prepaid);
