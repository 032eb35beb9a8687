//! Asking what became of an order: `GET …/out-trade-no/{out_trade_no}?mchid=`.

use crate::{
    call::{Call, Malformed, Request},
    id::{Mchid, OutTradeNo},
};

/// Queries by the merchant's own number, the only one an unpaid order has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ByOutTradeNo {
    /// The merchant who ordered.
    pub mchid: Mchid,
    /// The order.
    pub out_trade_no: OutTradeNo,
}

impl Call for ByOutTradeNo {
    type Answer = super::Transaction;
    const NAME: &'static str = "pay.query";

    fn request(&self) -> Request {
        Request::get(format!("{}?mchid={}", super::order_path(&self.out_trade_no), self.mchid))
    }

    fn read(&self, _status: u16, body: &[u8]) -> Result<super::Transaction, Malformed> {
        serde_json::from_slice(body).map_err(|_| Malformed { expected: "a transaction" })
    }
}
