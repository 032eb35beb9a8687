//! Ordering for phones' browsers outside WeChat: `POST /v3/pay/partner/transactions/h5`.

use super::{H5Link, Merchant, SettleInfo};
use crate::pay::{h5::BrowserOrder, prepay};

/// The order as WeChat wants it; see [`pay::h5::Order`](crate::pay::h5::Order).
pub type Order = BrowserOrder<Merchant, SettleInfo>;

prepay!("pay.partner.h5.prepay", "/v3/pay/partner/transactions/h5", H5Link);
