//! Ordering for mobile apps: `POST /v3/pay/partner/transactions/app`.

use super::{Merchant, Prepaid, SettleInfo};
use crate::pay::{BearerOrder, prepay};

/// The order as WeChat wants it; see [`pay::app::Order`](crate::pay::app::Order).
pub type Order = BearerOrder<Merchant, SettleInfo>;

prepay!("pay.partner.app.prepay", "/v3/pay/partner/transactions/app", Prepaid);
