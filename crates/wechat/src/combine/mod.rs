//! Combined orders (合单): several orders, paid by one person at once, all or none
//! (<https://pay.weixin.qq.com/doc/v3/merchant/4012266043> and its neighbours).
//!
//! A merchant combines 2 to 10 orders of merchants that share its appid; a provider or platform
//! combines 1 to 50 orders of its sub-merchants. The front end opens the cashier as for a single
//! order, with `combine_appid` and `combine_mchid` in the place of appid and mchid
//! ([`invoke`](crate::invoke)). There is one notification, about all sub-orders. Afterwards each is
//! a payment of its own: refunds and profit sharing go by the sub-order's `transaction_id`, and the
//! queries of [`pay`](crate::pay) do not find it.
//!
//! ```
//! use suanpan_wechat::{
//!     Fen,
//!     call::Call,
//!     combine::{self, SubAmount, SubOrder, SubOrders},
//!     id::{Appid, CombineOutTradeNo, Mchid, Openid, OutTradeNo},
//!     text::{Attach, Description, NotifyUrl},
//! };
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sub_order = |mchid: &str, number: &str| -> Result<_, Box<dyn std::error::Error>> {
//!     Ok(SubOrder::new(
//!         Mchid::new(mchid)?,
//!         OutTradeNo::new(number)?,
//!         Description::new("tea")?,
//!         Attach::new("table 7")?,
//!         SubAmount::new(Fen::new(10)?)?,
//!     ))
//! };
//! let terms = combine::Terms::new(
//!     Appid::new("wxd678efh567hg6787")?,
//!     Mchid::new("1900000109")?,
//!     CombineOutTradeNo::new("P20150806125346")?,
//!     SubOrders::new(vec![
//!         sub_order("1900000109", "20150806125346")?,
//!         sub_order("1900000179", "20150806124855")?,
//!     ])?,
//!     NotifyUrl::new("https://shop.example/notify")?,
//! );
//! let openid = Openid::new("oUpF8uMuAJO_M2pxb1Q9zNjWeS6o")?;
//! let payer = combine::Payer::OfCombiner { openid };
//! let order = combine::jsapi::Order::new(terms, payer);
//! let prepay = combine::jsapi::Prepay { body: order.to_body() };
//! assert_eq!(prepay.request().target, "/v3/combine-transactions/jsapi");
//! # Ok(())
//! # }
//! ```

pub mod app;
pub mod close;
pub mod h5;
pub mod jsapi;
pub mod native;
mod order;
pub mod query;
pub mod real_name;
mod sub_order;
mod transaction;

pub use order::{BearerOrder, InvalidPeriod, Payer, Period, SceneInfo, ShortDeviceId, Terms};
pub use sub_order::{
    InvalidSubAmount, InvalidSubOrders, SubAmount, SubOrder, SubOrderDetail, SubOrders,
};
pub use transaction::{PaidBy, SubTransaction, SubTransactionAmount, Transaction};

use crate::{id::CombineOutTradeNo, pay::segment};

fn order_path(combine_out_trade_no: &CombineOutTradeNo) -> String {
    let number = segment(combine_out_trade_no.as_str());
    format!("/v3/combine-transactions/out-trade-no/{number}")
}
