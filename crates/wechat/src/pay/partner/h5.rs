//! Ordering for phones' browsers outside WeChat: `POST /v3/pay/partner/transactions/h5`.

use super::{H5Link, Merchant, SettleInfo, Terms};
use crate::pay::{h5::SceneInfo, prepay};

/// The order as WeChat wants it; see [`pay::h5::Order`](crate::pay::h5::Order).
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Order {
    /// Who sells.
    #[serde(flatten)]
    pub merchant: Merchant,
    /// What is sold.
    #[serde(flatten)]
    pub terms: Terms,
    /// Where.
    pub scene_info: SceneInfo,
    /// What happens to the money.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settle_info: Option<SettleInfo>,
}

impl Order {
    /// The members every order has.
    #[must_use]
    pub const fn new(merchant: Merchant, terms: Terms, scene_info: SceneInfo) -> Self {
        Self { merchant, terms, scene_info, settle_info: None }
    }
}

prepay!(Order => "pay.partner.h5.prepay", "/v3/pay/partner/transactions/h5", H5Link);
