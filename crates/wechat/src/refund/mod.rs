//! Refunds (<https://pay.weixin.qq.com/doc/v3/merchant/4012791862> and its neighbours,
//! docs/protocol/refunds.md): ask for one, ask what became of it, lead a stuck one to an end.
//!
//! ```text
//!  Order ── to_body, stored ──► Create ──► PROCESSING ──► SUCCESS
//!                                             │  ▲   └──► CLOSED     a new number may be tried
//!                                             ▼  │
//!                                          ABNORMAL ── ApplyAbnormal: another account
//! ```
//!
//! An accepted refund is not a refund. The end is learnt by [`Query`] or notification, and until
//! then the number stays the same: it is what keeps the money from going back twice.
//!
//! ```
//! use suanpan_wechat::{
//!     Fen,
//!     call::Call,
//!     id::{OutRefundNo, TransactionId},
//!     refund::{Amount, Create, Order, Payment, Reason},
//! };
//!
//! let payment = Payment::TransactionId(TransactionId::new("4200001234202410011234567890")?);
//! let amount = Amount::new(Fen::new(30)?, Fen::new(100)?)?;
//! let mut order = Order::new(payment, OutRefundNo::new("R-20241001-1")?, amount);
//! order.reason = Some(Reason::new("商品已售完")?);
//! // Store these bytes before they are sent, and repeat them as they are.
//! let create = Create { body: order.to_body() };
//! assert_eq!(create.request().target, "/v3/refund/domestic/refunds");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod abnormal;
mod order;
mod statement;

pub use abnormal::{AbnormalOrder, ApplyAbnormal, BankCard, BankType, Payee};
pub use order::{
    Amount, FundsSource, Goods, InvalidAmount, Order, Payment, Reason, Share, ShareAccount,
};
pub use statement::{
    Channel, FundsAccount, Refund, RefundAmount, RefundPromotion, RefundPromotionGoods,
    RefundPromotionType, RefundShare, RefundStatus,
};

use crate::{
    call::{Call, Malformed, Request},
    id::{Mchid, OutRefundNo},
    pay::{read, segment},
};

/// Where refunds live.
const REFUNDS: &str = "/v3/refund/domestic/refunds";

/// Sends a refund body, new or stored. Success means *accepted*, not *refunded*.
///
/// The identical body is the same refund, and must be repeated after every doubt. Refused with
/// `NOT_ENOUGH` it is repeated too, once the merchant has money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Create {
    /// Exactly the bytes made by [`Order::to_body`] the first time.
    pub body: Vec<u8>,
}

impl Call for Create {
    type Answer = Refund;
    const NAME: &'static str = "refund.create";

    fn request(&self) -> Request {
        Request::post(REFUNDS, self.body.clone())
    }

    fn read(&self, _status: u16, body: &[u8]) -> Result<Refund, Malformed> {
        read_refund(body)
    }
}

/// Asks what became of a refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// The refund.
    pub out_refund_no: OutRefundNo,
}

impl Call for Query {
    type Answer = Refund;
    const NAME: &'static str = "refund.query";

    fn request(&self) -> Request {
        Request::get(refund_path(&self.out_refund_no))
    }

    fn read(&self, _status: u16, body: &[u8]) -> Result<Refund, Malformed> {
        read_refund(body)
    }
}

/// Asks what became of a refund that a service provider made for one of its merchants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartnerQuery {
    /// The merchant.
    pub sub_mchid: Mchid,
    /// The refund.
    pub out_refund_no: OutRefundNo,
}

impl Call for PartnerQuery {
    type Answer = Refund;
    const NAME: &'static str = "refund.partner.query";

    fn request(&self) -> Request {
        let (path, sub_mchid) = (refund_path(&self.out_refund_no), &self.sub_mchid);
        Request::get(format!("{path}?sub_mchid={sub_mchid}"))
    }

    fn read(&self, _status: u16, body: &[u8]) -> Result<Refund, Malformed> {
        read_refund(body)
    }
}

fn refund_path(out_refund_no: &OutRefundNo) -> String {
    format!("{REFUNDS}/{}", segment(out_refund_no.as_str()))
}

fn read_refund(body: &[u8]) -> Result<Refund, Malformed> {
    read(body, "a refund")
}
