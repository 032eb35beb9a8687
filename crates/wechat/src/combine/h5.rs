//! Combined orders for phones' browsers outside WeChat: `POST /v3/combine-transactions/h5`.

use std::net::IpAddr;

use super::Terms;
use crate::{
    pay::{H5Link, h5::H5Info, prepay, to_body},
    text::DeviceId,
};

/// The order as WeChat wants it; see [`combine`](crate::combine). The scene is required here.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Order {
    /// What is sold.
    #[serde(flatten)]
    pub terms: Terms,
    /// Where.
    pub scene_info: SceneInfo,
}

impl Order {
    /// The members every order has.
    #[must_use]
    pub const fn new(terms: Terms, scene_info: SceneInfo) -> Self {
        Self { terms, scene_info }
    }
}

to_body!(Order);
prepay!("combine.h5.prepay", "/v3/combine-transactions/h5", H5Link);

/// Where the user pays, with the page or app that asks.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct SceneInfo {
    /// The till.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_id: Option<DeviceId>,
    /// The user's own address.
    pub payer_client_ip: IpAddr,
    /// Which page or app asks for money.
    pub h5_info: H5Info,
}
