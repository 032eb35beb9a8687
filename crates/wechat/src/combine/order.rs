use std::net::IpAddr;

use super::SubOrders;
use crate::{
    Timestamp,
    id::{Appid, CombineOutTradeNo, Mchid, Openid},
    pay::{LimitPay, to_body},
    text::{NotifyUrl, wire_text},
};

/// What is sold, by whom, and until when.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Terms {
    /// The app that opens the cashier, bound to `combine_mchid` and to the mchid of every
    /// sub-order.
    pub combine_appid: Appid,
    /// Who orders and signs: a merchant, or a provider for its sub-merchants.
    pub combine_mchid: Mchid,
    /// The number of the whole, unique per mchid.
    pub combine_out_trade_no: CombineOutTradeNo,
    /// The orders.
    pub sub_orders: SubOrders,
    /// When the order begins and ends. Absent means seven days from now.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub period: Option<Period>,
    /// Where the one notification goes.
    pub notify_url: NotifyUrl,
    /// Ways to pay that are not offered.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub limit_pay: Vec<LimitPay>,
}

impl Terms {
    /// The members every combined order has.
    #[must_use]
    pub const fn new(
        combine_appid: Appid,
        combine_mchid: Mchid,
        combine_out_trade_no: CombineOutTradeNo,
        sub_orders: SubOrders,
        notify_url: NotifyUrl,
    ) -> Self {
        Self {
            combine_appid,
            combine_mchid,
            combine_out_trade_no,
            sub_orders,
            period: None,
            notify_url,
            limit_pay: Vec::new(),
        }
    }
}

/// A combined order that names nobody: WeChat learns who pays from the payment. Apps and QR codes
/// have it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct BearerOrder {
    /// What is sold.
    #[serde(flatten)]
    pub terms: Terms,
    /// Where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scene_info: Option<SceneInfo>,
}

impl BearerOrder {
    /// The members every order has.
    #[must_use]
    pub const fn new(terms: Terms) -> Self {
        Self { terms, scene_info: None }
    }
}

to_body!(BearerOrder);

/// When a combined order begins and ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Period {
    #[serde(skip_serializing_if = "Option::is_none")]
    time_start: Option<Timestamp>,
    time_expire: Timestamp,
}

/// The period is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("time_expire must lie within seven days after time_start")]
pub struct InvalidPeriod;

impl Period {
    /// From now until `time_expire`, which must lie at most seven days ahead.
    #[must_use]
    pub const fn until(time_expire: Timestamp) -> Self {
        Self { time_start: None, time_expire }
    }

    /// # Errors
    /// When the end is not after the beginning, or more than seven days after it.
    pub fn between(time_start: Timestamp, time_expire: Timestamp) -> Result<Self, InvalidPeriod> {
        if (1..=7 * 24 * 3600).contains(&time_expire.since(time_start)) {
            Ok(Self { time_start: Some(time_start), time_expire })
        } else {
            Err(InvalidPeriod)
        }
    }
}

/// Who will pay, as one of the apps knows them.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(untagged)]
pub enum Payer {
    /// The payer has the combining app's page or mini program open.
    OfCombiner {
        /// As the `combine_appid` knows them.
        openid: Openid,
    },
    /// The payer has a sub-merchant's page or mini program open.
    OfSubMerchant {
        /// As the sub-orders' `sub_appid` knows them.
        sub_openid: Openid,
    },
}

/// Where the user pays. H5 orders say more: [`h5::SceneInfo`](super::h5::SceneInfo).
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct SceneInfo {
    /// The till.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_id: Option<ShortDeviceId>,
    /// The user's own address.
    pub payer_client_ip: IpAddr,
}

wire_text!(
    /// The merchant's number of a till or a shop; half as long as in other orders.
    ShortDeviceId, "device_id", 1..=16 chars
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_run_forward_for_a_week_at_most() {
        let start = Timestamp::from_unix(1_727_757_296);
        for (seconds, fits) in
            [(-1, false), (0, false), (1, true), (604_800, true), (604_801, false)]
        {
            assert_eq!(Period::between(start, start.plus(seconds)).is_ok(), fits, "{seconds}");
        }
    }
}
