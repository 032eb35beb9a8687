//! Asking what became of a sub-merchant's order: `GET …/out-trade-no/{out_trade_no}` and
//! `…/id/{transaction_id}`, both with `?sp_mchid=&sub_mchid=`.

use super::{PARTNER, Transaction, order_path, transaction_path};
use crate::{
    call::{Call, Malformed, Request},
    id::{Mchid, OutTradeNo, TransactionId},
    pay::read,
};

/// Queries by the provider's own number, the only one an unpaid order has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ByOutTradeNo {
    /// The provider who ordered.
    pub sp_mchid: Mchid,
    /// The sub-merchant it ordered for.
    pub sub_mchid: Mchid,
    /// The order.
    pub out_trade_no: OutTradeNo,
}

impl Call for ByOutTradeNo {
    type Answer = Transaction;
    const NAME: &'static str = "pay.partner.query";

    fn request(&self) -> Request {
        let path = order_path(PARTNER, &self.out_trade_no);
        Request::get(format!("{path}?sp_mchid={}&sub_mchid={}", self.sp_mchid, self.sub_mchid))
    }

    fn read(&self, _status: u16, body: &[u8]) -> Result<Transaction, Malformed> {
        read(body, "a partner's transaction")
    }
}

/// Queries by WeChat's number, which an order has once it is paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ByTransactionId {
    /// The provider who ordered.
    pub sp_mchid: Mchid,
    /// The sub-merchant it ordered for.
    pub sub_mchid: Mchid,
    /// The payment.
    pub transaction_id: TransactionId,
}

impl Call for ByTransactionId {
    type Answer = Transaction;
    const NAME: &'static str = "pay.partner.query_by_id";

    fn request(&self) -> Request {
        let path = transaction_path(PARTNER, &self.transaction_id);
        Request::get(format!("{path}?sp_mchid={}&sub_mchid={}", self.sp_mchid, self.sub_mchid))
    }

    fn read(&self, _status: u16, body: &[u8]) -> Result<Transaction, Malformed> {
        read(body, "a partner's transaction")
    }
}
