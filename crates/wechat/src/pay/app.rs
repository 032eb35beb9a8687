//! Ordering for mobile apps: `POST /v3/pay/transactions/app`.

use super::{BearerOrder, Merchant, Prepaid, SettleInfo};

/// The order as WeChat wants it (<https://pay.weixin.qq.com/doc/v3/merchant/4013070347>).
pub type Order = BearerOrder<Merchant, SettleInfo>;

super::prepay!("pay.app.prepay", "/v3/pay/transactions/app", Prepaid);
