//! Asking what became of an order: `GET …/out-trade-no/{out_trade_no}` and `…/id/{transaction_id}`.

use super::{DIRECT, Transaction, order_path, read, transaction_path};
use crate::{
    call::{Call, Malformed, Request},
    id::{Mchid, OutTradeNo, TransactionId},
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
    type Answer = Transaction;
    const NAME: &'static str = "pay.query";

    fn request(&self) -> Request {
        Request::get(format!("{}?mchid={}", order_path(DIRECT, &self.out_trade_no), self.mchid))
    }

    fn read(&self, _status: u16, body: &[u8]) -> Result<Transaction, Malformed> {
        read(body, "a transaction")
    }
}

/// Queries by WeChat's number, which an order has once it is paid. Sub-orders of a combined order
/// cannot be found here: WeChat answers `ORDER_NOT_EXIST`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ByTransactionId {
    /// The merchant who ordered.
    pub mchid: Mchid,
    /// The payment.
    pub transaction_id: TransactionId,
}

impl Call for ByTransactionId {
    type Answer = Transaction;
    const NAME: &'static str = "pay.query_by_id";

    fn request(&self) -> Request {
        let path = transaction_path(DIRECT, &self.transaction_id);
        Request::get(format!("{path}?mchid={}", self.mchid))
    }

    fn read(&self, _status: u16, body: &[u8]) -> Result<Transaction, Malformed> {
        read(body, "a transaction")
    }
}
