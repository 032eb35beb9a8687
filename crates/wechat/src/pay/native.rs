//! Ordering for QR codes the user scans: `POST /v3/pay/transactions/native`.

use super::{Merchant, NativeCode, SceneInfo, SettleInfo, Terms};

/// The order as WeChat wants it (<https://pay.weixin.qq.com/doc/v3/merchant/4012791877>). WeChat learns who
/// pays from the payment.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Order {
    /// Who sells.
    #[serde(flatten)]
    pub merchant: Merchant,
    /// What is sold.
    #[serde(flatten)]
    pub terms: Terms,
    /// Where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scene_info: Option<SceneInfo>,
    /// What happens to the money.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settle_info: Option<SettleInfo>,
}

impl Order {
    /// The members every order has.
    #[must_use]
    pub const fn new(merchant: Merchant, terms: Terms) -> Self {
        Self { merchant, terms, scene_info: None, settle_info: None }
    }
}

super::prepay!(Order => "pay.native.prepay", "/v3/pay/transactions/native", NativeCode);
