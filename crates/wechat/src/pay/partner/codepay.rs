//! Code pay for service providers: `POST /v3/pay/partner/transactions/codepay`. Its words, the
//! [`Plan`](crate::pay::codepay::Plan) and the [`Terms`](crate::pay::codepay::Terms) are those of
//! [`pay::codepay`](crate::pay::codepay).

use super::{Merchant, PARTNER, SettleInfo, Transaction};
use crate::{
    call::{Call, Malformed, Request},
    id::{Appid, Mchid, OutTradeNo},
    pay::{
        codepay::{self, ScannedOrder},
        read, scan,
    },
};

/// The order as WeChat wants it; see [`pay::codepay::Order`](crate::pay::codepay::Order).
pub type Order = ScannedOrder<Merchant, SettleInfo>;

scan!("pay.partner.codepay.pay", "/v3/pay/partner/transactions/codepay", Transaction);

/// Takes an order back; see [`pay::codepay::Reverse`](crate::pay::codepay::Reverse).
pub type Reverse = codepay::Reverse<Merchant>;

impl Call for Reverse {
    type Answer = Reversed;
    const NAME: &'static str = "pay.partner.codepay.reverse";

    fn request(&self) -> Request {
        self.to(PARTNER)
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
    #[serde(default, deserialize_with = "crate::json::empty_as_absent")]
    pub sub_appid: Option<Appid>,
    /// The sub-merchant it was ordered for.
    pub sub_mchid: Mchid,
    /// The order.
    pub out_trade_no: OutTradeNo,
}
