//! Basic payment for service providers (服务商): orders of sub-merchants, under
//! `/v3/pay/partner/transactions` (<https://pay.weixin.qq.com/doc/v3/partner/4012738519> and its neighbours).
//!
//! The provider (`sp_mchid`) signs every call and opens every cashier; the sub-merchant
//! (`sub_mchid`) is paid. Everything a direct order says about [what is sold](Terms) is the same,
//! and every module here has the name of its direct sibling.
//!
//! An `out_trade_no` is unique under the provider with *all* its sub-merchants. A payer is known to
//! the provider's app or to the sub-merchant's; the cashier must be opened with the appid of the
//! app that runs, see [`jsapi::Order::appid`].

pub mod app;
pub mod close;
pub mod codepay;
pub mod h5;
pub mod jsapi;
pub mod native;
mod order;
pub mod query;
mod transaction;

pub use order::{InvalidOrder, Merchant, Payer, SettleInfo};
pub use transaction::{PaidBy, Transaction};

use super::{H5Link, NativeCode, PARTNER, Prepaid, SceneInfo, Terms, order_path, transaction_path};
