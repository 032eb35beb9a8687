//! Basic payment, direct mode (<https://pay.weixin.qq.com/doc/v3/merchant/4012791834> and its neighbours).
//!
//! Today: ordering for JSAPI and mini programs, query, close. The other front ends order through
//! sibling modules of [`jsapi`]; partner and combine orders have endpoints of their own.

pub mod close;
pub mod jsapi;
pub mod query;
mod transaction;

pub(crate) use transaction::{empty_as_absent, open_enum};

pub use transaction::{Payer, TradeState, TradeType, Transaction, TransactionAmount};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::id::OutTradeNo;

/// Everything but RFC 3986's unreserved characters, so that no two clients can disagree.
const PATH_SEGMENT: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

pub(crate) fn segment(text: &str) -> impl std::fmt::Display + '_ {
    utf8_percent_encode(text, PATH_SEGMENT)
}

fn order_path(out_trade_no: &OutTradeNo) -> String {
    format!("/v3/pay/transactions/out-trade-no/{}", segment(out_trade_no.as_str()))
}
