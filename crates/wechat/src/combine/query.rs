//! Asking what became of a combined order: `GET /v3/combine-transactions/…`.

use super::{Transaction, order_path};
use crate::{
    call::{Call, Malformed, Request},
    id::{CombineOutTradeNo, TransactionId},
    pay::read,
};

/// Queries by the merchant's own number. Whose it is follows from who signs: the path has no mchid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ByOutTradeNo {
    /// The order.
    pub combine_out_trade_no: CombineOutTradeNo,
}

impl Call for ByOutTradeNo {
    type Answer = Transaction;
    const NAME: &'static str = "combine.query";

    fn request(&self) -> Request {
        Request::get(order_path(&self.combine_out_trade_no))
    }

    fn read(&self, _status: u16, body: &[u8]) -> Result<Transaction, Malformed> {
        read(body, "a combined transaction")
    }
}

/// Queries by WeChat's number of the whole. **Unconfirmed**: only the community's description has
/// this endpoint, and only it has the number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ByTransactionId {
    /// The payment.
    pub combine_transaction_id: TransactionId,
}

impl Call for ByTransactionId {
    type Answer = Transaction;
    const NAME: &'static str = "combine.query_by_id";

    fn request(&self) -> Request {
        Request::get(format!("/v3/combine-transactions/id/{}", self.combine_transaction_id))
    }

    fn read(&self, _status: u16, body: &[u8]) -> Result<Transaction, Malformed> {
        read(body, "a combined transaction")
    }
}
