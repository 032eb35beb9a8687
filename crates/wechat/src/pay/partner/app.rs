//! Ordering for mobile apps: `POST /v3/pay/partner/transactions/app`.

use super::{Merchant, Prepaid, SceneInfo, SettleInfo, Terms};
use crate::pay::prepay;

/// The order as WeChat wants it; see [`pay::app::Order`](crate::pay::app::Order).
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

prepay!(Order => "pay.partner.app.prepay", "/v3/pay/partner/transactions/app", Prepaid);
