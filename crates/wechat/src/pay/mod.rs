//! Basic payment (<https://pay.weixin.qq.com/doc/v3/merchant/4012791834> and its neighbours): order,
//! query, close, and the till that scans the user's code.
//!
//! | who pays on | order | answer | opened by |
//! |---|---|---|---|
//! | a page inside WeChat, a mini program | [`jsapi::Order`] | [`Prepaid`] | [`invoke::jsapi`], [`invoke::miniprogram`] |
//! | a mobile app | [`app::Order`] | [`Prepaid`] | [`invoke::app`] |
//! | a phone's browser | [`h5::Order`] | [`H5Link`] | [`invoke::h5`] |
//! | a screen with a QR code | [`native::Order`] | [`NativeCode`] | the user's camera |
//! | the merchant's scanner | [`codepay::Order`] | [`codepay::Answer`] | nobody |
//!
//! An order that only one named person may pay is [`real_name::Order`].
//! A service provider orders for its sub-merchants with the same names under [`partner`]: the JSAPI
//! order of a partner is [`partner::jsapi::Order`]. Several orders in one payment are
//! [`combine`](crate::combine).
//!
//! An order says three things: who sells ([`Merchant`]), what ([`Terms`]), and what its front end
//! needs. Its bytes are made once with `to_body`, stored, and sent with `Prepay` as often as
//! needed; WeChat compares a repeated number with what it was first used for.
//!
//! ```
//! use suanpan_wechat::{
//!     Fen,
//!     call::Call,
//!     id::{Appid, Mchid, OutTradeNo},
//!     pay::{Amount, Merchant, Terms, close::Close, native, query::ByOutTradeNo},
//!     text::{Description, NotifyUrl},
//! };
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mchid = Mchid::new("1900007291")?;
//! let out_trade_no = OutTradeNo::new("1217752501201407033233368018")?;
//! let terms = Terms::new(
//!     Description::new("Image形象店-深圳腾大-QQ公仔")?,
//!     out_trade_no.clone(),
//!     NotifyUrl::new("https://shop.example/notify")?,
//!     Amount::new(Fen::new(100)?)?,
//! );
//! let merchant = Merchant { appid: Appid::new("wxd678efh567hg6787")?, mchid: mchid.clone() };
//! let prepay = native::Prepay { body: native::Order::new(merchant, terms).to_body() };
//! assert_eq!(prepay.request().target, "/v3/pay/transactions/native");
//!
//! // What a signed answer says; `call::judge` asks for it, once it has checked the signature.
//! let code = prepay.read(200, br#"{"code_url":"weixin://wxpay/bizpayurl?pr=p4lpSuKzz"}"#)?;
//! assert_eq!(code.code_url.as_str(), "weixin://wxpay/bizpayurl?pr=p4lpSuKzz");
//!
//! // Nobody scanned it. It is closed, and only a query afterwards says that nothing was paid.
//! let close = Close { mchid: mchid.clone(), out_trade_no: out_trade_no.clone() };
//! assert!(close.request().target.ends_with("/1217752501201407033233368018/close"));
//! let query = ByOutTradeNo { mchid, out_trade_no };
//! assert!(query.request().target.ends_with("/1217752501201407033233368018?mchid=1900007291"));
//! # Ok(())
//! # }
//! ```
//!
//! [`invoke::jsapi`]: crate::invoke::jsapi
//! [`invoke::miniprogram`]: crate::invoke::miniprogram
//! [`invoke::app`]: crate::invoke::app
//! [`invoke::h5`]: crate::invoke::h5

pub mod app;
mod call;
pub mod close;
pub mod codepay;
pub mod h5;
pub mod jsapi;
pub mod native;
mod order;
pub mod partner;
mod prepaid;
mod promotion;
pub mod query;
pub mod real_name;
mod transaction;

use call::scan;
pub(crate) use call::{prepay, prepay_sealed, to_body};
pub(crate) use transaction::open_enum;

pub use order::{
    Amount, BearerOrder, Currency, Detail, EXPIRY_SECONDS, Goods, InvalidAmount, InvalidDetail,
    LimitPay, Merchant, SceneInfo, SettleInfo, StoreInfo, Terms, effective_expiry,
};
pub use prepaid::{CodeUrl, H5Link, H5Url, InvalidLink, NativeCode, Prepaid};
pub use promotion::{Promotion, PromotionGoods, PromotionScope, PromotionType};
pub use transaction::{
    Payer, TradeState, TradeType, Transaction, TransactionAmount, TransactionScene,
};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::{
    call::Malformed,
    id::{OutTradeNo, TransactionId},
    json,
};

/// Everything but RFC 3986's unreserved characters, so that no two clients can disagree.
const PATH_SEGMENT: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

pub(crate) fn segment(text: &str) -> impl std::fmt::Display + '_ {
    utf8_percent_encode(text, PATH_SEGMENT)
}

/// Reads the JSON of an answer.
pub(crate) fn read<T: serde::de::DeserializeOwned>(
    body: &[u8],
    expected: &'static str,
) -> Result<T, Malformed> {
    json::read(body).map_err(|_| Malformed { expected })
}

/// Where direct orders live.
const DIRECT: &str = "/v3/pay/transactions";
/// Where the orders of service providers live.
const PARTNER: &str = "/v3/pay/partner/transactions";

fn order_path(family: &str, out_trade_no: &OutTradeNo) -> String {
    format!("{family}/out-trade-no/{}", segment(out_trade_no.as_str()))
}

fn transaction_path(family: &str, transaction_id: &TransactionId) -> String {
    format!("{family}/id/{transaction_id}")
}
