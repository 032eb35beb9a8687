//! How much can still be shared, and how much may be shared at most.

use crate::{
    Fen,
    call::{Call, Malformed, Request},
    id::{Mchid, TransactionId},
    pay::read,
};

/// Asks what of a payment is not shared yet
/// (<https://pay.weixin.qq.com/docs/merchant/apis/profit-sharing/transactions/query-order-amount.html>).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// The payment.
    pub transaction_id: TransactionId,
}

impl Call for Query {
    type Answer = Remaining;
    const NAME: &'static str = "profitsharing.remaining";

    fn request(&self) -> Request {
        Request::get(format!("/v3/profitsharing/transactions/{}/amounts", self.transaction_id))
    }

    fn read(&self, _status: u16, body: &[u8]) -> Result<Remaining, Malformed> {
        read(body, "an amount not shared yet")
    }
}

/// What is not shared yet.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct Remaining {
    /// The payment.
    pub transaction_id: TransactionId,
    /// In fen.
    pub unsplit_amount: Fen,
}

/// Asks a service provider's limit for one sub-merchant
/// (docs/protocol/profit-sharing.md).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryLimit {
    /// The sub-merchant.
    pub sub_mchid: Mchid,
}

impl Call for QueryLimit {
    type Answer = Limit;
    const NAME: &'static str = "profitsharing.limit";

    fn request(&self) -> Request {
        Request::get(format!("/v3/profitsharing/merchant-configs/{}", self.sub_mchid))
    }

    fn read(&self, _status: u16, body: &[u8]) -> Result<Limit, Malformed> {
        read(body, "a limit of sharing")
    }
}

/// How much of each payment may be shared.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct Limit {
    /// The sub-merchant.
    pub sub_mchid: Mchid,
    /// In ten-thousandths of the payment: 2000 is 20 %.
    pub max_ratio: u32,
}
