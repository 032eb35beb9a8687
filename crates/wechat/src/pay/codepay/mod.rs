//! Code pay (付款码): the merchant scans the code in the user's WeChat,
//! `POST /v3/pay/transactions/codepay`.
//!
//! There is no cashier, no notification and no `time_expire`; the answer is the result, or says
//! that the user has to type a password. What to do then is a [`Plan`]: ask every five seconds, and
//! after thirty take the order back with [`Reverse`]. Such orders cannot be closed.
//!
//! ```
//! use suanpan_wechat::{Timestamp, pay::{TradeState, codepay::{Plan, Step}}};
//!
//! let ordered_at = Timestamp::from_unix(1_727_757_296);
//! let plan = Plan::ordered(ordered_at);
//! let typing = Some(&TradeState::UserPaying);
//! assert_eq!(plan.next(typing, ordered_at.plus(1)), Step::Query { at: ordered_at.plus(5) });
//! assert_eq!(plan.next(typing, ordered_at.plus(30)), Step::Reverse);
//! assert_eq!(plan.next(Some(&TradeState::Success), ordered_at.plus(7)), Step::Paid);
//! ```
//!
//! WeChat's own sources disagree whether code pay exists in API v3 at all: the pages of 2025 and
//! the community's libraries have it, the official material of 2026 sends merchants to API v2
//! (**unconfirmed**; docs/protocol/payments.md, "Code pay").

mod answer;
mod order;
mod plan;

pub use answer::{Answer, Reversed};
pub use order::{
    AuthCode, Goods, InvalidAuthCode, OutStoreId, Payer, SceneInfo, StoreInfo, Terms, WxpayGoodsId,
};
pub use plan::{Plan, Step};

use super::{DIRECT, Merchant, SettleInfo, Transaction, order_path, read, scan, to_body};
use crate::{
    call::{Call, Malformed, Request},
    id::OutTradeNo,
};

/// The order as WeChat wants it.
pub type Order = ScannedOrder<Merchant, SettleInfo>;

/// An order of whoever was scanned; `M` and `S` are a merchant's own words or a
/// [partner](super::partner::codepay)'s. It carries the user's [`AuthCode`], so its bytes are worth
/// money for a minute and are never printed.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ScannedOrder<M, S> {
    /// Who sells.
    #[serde(flatten)]
    pub merchant: M,
    /// What is sold, and whose code was scanned where.
    #[serde(flatten)]
    pub terms: Terms,
    /// What happens to the money.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settle_info: Option<S>,
}

impl<M, S> ScannedOrder<M, S> {
    /// The members every order has.
    #[must_use]
    pub const fn new(merchant: M, terms: Terms) -> Self {
        Self { merchant, terms, settle_info: None }
    }
}

to_body!(ScannedOrder<M, S>);
scan!("pay.codepay.pay", "/v3/pay/transactions/codepay", Transaction);

/// Takes an order back: unpaid it ends as `REVOKED`, paid it is refunded in full. May be repeated,
/// and must be, until an answer arrives; then a query confirms it (threat o17).
///
/// Only for code pay, within seven days, and not in the first fifteen seconds after ordering.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reverse<M = Merchant> {
    /// Who ordered. All ids are sent: without a partner's `sp_appid` WeChat answers `SYSTEM_ERROR`,
    /// which looks like trouble and never ends.
    pub merchant: M,
    /// The order.
    pub out_trade_no: OutTradeNo,
}

impl<M: serde::Serialize> Reverse<M> {
    pub(super) fn to(&self, family: &str) -> Request {
        let body = serde_json::to_vec(&self.merchant).expect("a merchant has string keys");
        Request::post(format!("{}/reverse", order_path(family, &self.out_trade_no)), body)
    }
}

impl Call for Reverse {
    type Answer = Reversed;
    const NAME: &'static str = "pay.codepay.reverse";

    fn request(&self) -> Request {
        self.to(DIRECT)
    }

    fn read(&self, _status: u16, body: &[u8]) -> Result<Reversed, Malformed> {
        read(body, "the answer to a reversal")
    }
}
