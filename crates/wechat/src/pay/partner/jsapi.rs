//! Ordering for JSAPI pages and mini programs: `POST /v3/pay/partner/transactions/jsapi`.

use super::{InvalidOrder, Merchant, Payer, Prepaid, SceneInfo, SettleInfo, Terms};
use crate::{
    id::Appid,
    pay::{prepay, to_body},
};

/// The order as WeChat wants it; see [`pay::jsapi::Order`](crate::pay::jsapi::Order).
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Order {
    #[serde(flatten)]
    merchant: Merchant,
    /// What is sold.
    #[serde(flatten)]
    pub terms: Terms,
    payer: Payer,
    /// Where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scene_info: Option<SceneInfo>,
    /// What happens to the money.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settle_info: Option<SettleInfo>,
}

impl Order {
    /// The members every order has.
    ///
    /// # Errors
    /// When the payer is known by a `sub_openid` and the merchant has no `sub_appid`.
    pub fn new(merchant: Merchant, terms: Terms, payer: Payer) -> Result<Self, InvalidOrder> {
        if matches!(payer, Payer::OfSubMerchant { .. }) && merchant.sub_appid().is_none() {
            return Err(InvalidOrder::UnknownPayer);
        }
        Ok(Self { merchant, terms, payer, scene_info: None, settle_info: None })
    }

    /// Who sells.
    #[must_use]
    pub const fn merchant(&self) -> &Merchant {
        &self.merchant
    }

    /// The app that knows the payer, and therefore the one to open the cashier with.
    #[must_use]
    pub fn appid(&self) -> &Appid {
        match self.payer {
            Payer::OfProvider { .. } => self.merchant.sp_appid(),
            Payer::OfSubMerchant { .. } => {
                self.merchant.sub_appid().expect("`new` refused a sub_openid without sub_appid")
            }
        }
    }
}

to_body!(Order);
prepay!("pay.partner.jsapi.prepay", "/v3/pay/partner/transactions/jsapi", Prepaid);
