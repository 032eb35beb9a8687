//! Ordering for QR codes the user scans: `POST /v3/pay/transactions/native`.

use super::{BearerOrder, Merchant, NativeCode, SettleInfo};

/// The order as WeChat wants it (<https://pay.weixin.qq.com/doc/v3/merchant/4012791877>).
pub type Order = BearerOrder<Merchant, SettleInfo>;

super::prepay!("pay.native.prepay", "/v3/pay/transactions/native", NativeCode);
