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
//!
//! ```
//! use suanpan_wechat::{
//!     Fen,
//!     call::Call,
//!     id::{Appid, Mchid, Openid, OutTradeNo},
//!     pay::{Amount, Terms, partner::{Merchant, Payer, jsapi}},
//!     text::{Description, NotifyUrl},
//! };
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let [provider, seller] = [Mchid::new("1230000109")?, Mchid::new("1900000109")?];
//! let merchant = Merchant::new(Appid::new("wx8888888888888888")?, provider, seller)?
//!     .with_sub_appid(Appid::new("wxd678efh567hg6999")?);
//! let terms = Terms::new(
//!     Description::new("Image形象店-深圳腾大-QQ公仔")?,
//!     OutTradeNo::new("1217752501201407033233368018")?,
//!     NotifyUrl::new("https://shop.example/notify")?,
//!     Amount::new(Fen::new(100)?)?,
//! );
//! // The page that is open belongs to the sub-merchant, so its app knows the payer.
//! let payer = Payer::OfSubMerchant { sub_openid: Openid::new("oUpF8uMuAJO_M2pxb1Q9zNjWeS6o")? };
//! let order = jsapi::Order::new(merchant, terms, payer)?;
//! assert_eq!(order.appid().as_str(), "wxd678efh567hg6999");
//! let prepay = jsapi::Prepay { body: order.to_body() };
//! assert_eq!(prepay.request().target, "/v3/pay/partner/transactions/jsapi");
//! # Ok(())
//! # }
//! ```

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
