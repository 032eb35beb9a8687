//! Ordering for QR codes the user scans: `POST /v3/pay/partner/transactions/native`.

use super::{Merchant, NativeCode, SettleInfo};
use crate::pay::{BearerOrder, prepay};

/// The order as WeChat wants it; see [`pay::native::Order`](crate::pay::native::Order).
pub type Order = BearerOrder<Merchant, SettleInfo>;

prepay!("pay.partner.native.prepay", "/v3/pay/partner/transactions/native", NativeCode);
