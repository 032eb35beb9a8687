//! Code pay for service providers: `POST /v3/pay/partner/transactions/codepay`. Its words, the
//! [`Plan`](crate::pay::codepay::Plan) and the [`Terms`] are those of [`pay::codepay`](crate::pay::codepay).

use super::{Merchant, PARTNER, SettleInfo, Transaction, order_path};
use crate::{
    call::{Call, Malformed, Request},
    id::{Appid, Mchid, OutTradeNo},
    pay::{codepay::Terms, read, scan},
};

/// The order as WeChat wants it; see [`pay::codepay::Order`](crate::pay::codepay::Order).
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Order {
    /// Who sells.
    #[serde(flatten)]
    pub merchant: Merchant,
    /// What is sold, and whose code was scanned where.
    #[serde(flatten)]
    pub terms: Terms,
    /// What happens to the money.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settle_info: Option<SettleInfo>,
}

impl Order {
    /// The members every order has.
    #[must_use]
    pub const fn new(merchant: Merchant, terms: Terms) -> Self {
        Self { merchant, terms, settle_info: None }
    }
}

scan!(Order => "pay.partner.codepay.pay", "/v3/pay/partner/transactions/codepay", Transaction);

/// Takes an order back; see [`pay::codepay::Reverse`](crate::pay::codepay::Reverse).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reverse {
    /// Who ordered. All its ids are sent: without `sp_appid` WeChat answers `SYSTEM_ERROR`, which
    /// looks like trouble and never ends.
    pub merchant: Merchant,
    /// The order.
    pub out_trade_no: OutTradeNo,
}

impl Call for Reverse {
    type Answer = Reversed;
    const NAME: &'static str = "pay.partner.codepay.reverse";

    fn request(&self) -> Request {
        let body = serde_json::to_vec(&self.merchant).expect("a merchant has string keys");
        Request::post(format!("{}/reverse", order_path(PARTNER, &self.out_trade_no)), body)
    }

    fn read(&self, _status: u16, body: &[u8]) -> Result<Reversed, Malformed> {
        read(body, "the answer to a reversal")
    }
}

/// The answer to a reversal: it was accepted. A query tells how it ended.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct Reversed {
    /// The provider's app.
    pub sp_appid: Appid,
    /// The provider, who ordered.
    pub sp_mchid: Mchid,
    /// The sub-merchant's app, if it was ordered with one.
    #[serde(default, deserialize_with = "crate::pay::empty_as_absent")]
    pub sub_appid: Option<Appid>,
    /// The sub-merchant it was ordered for.
    pub sub_mchid: Mchid,
    /// The order.
    pub out_trade_no: OutTradeNo,
}
