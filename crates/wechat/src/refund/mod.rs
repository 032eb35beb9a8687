//! Refunds: create and query (<https://pay.weixin.qq.com/doc/v3/merchant/4012791862> and its neighbours).

use std::fmt;

use crate::{
    Fen, Timestamp,
    call::{Call, Malformed, Request},
    id::{Mchid, OutRefundNo, OutTradeNo, RefundId, TransactionId},
    pay::{Currency, segment},
    text::NotifyUrl,
};

/// A refund as WeChat wants it. Serialise it once, store the bytes, repeat those bytes.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Order {
    /// The payment to refund.
    pub transaction_id: TransactionId,
    /// The merchant's number for this refund, kept for its whole life.
    pub out_refund_no: OutRefundNo,
    /// Shown to the user. At most 80 bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Where the refund notification goes.
    pub notify_url: NotifyUrl,
    /// The money.
    pub amount: Amount,
}

/// The money of a refund request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Amount {
    /// What goes back, in fen, above zero.
    pub refund: Fen,
    /// What was paid originally, in fen.
    pub total: Fen,
    /// `CNY`.
    pub currency: Currency,
}

impl Order {
    /// The body to store before it is sent.
    #[must_use]
    pub fn to_body(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("a refund has string keys and no maps")
    }
}

/// Sends a refund body, new or stored. Success means *accepted*, not *refunded*.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Create {
    /// Exactly the bytes made by [`Order::to_body`] the first time.
    pub body: Vec<u8>,
}

impl Call for Create {
    type Answer = Refund;
    const NAME: &'static str = "refund.create";

    fn request(&self) -> Request {
        Request::post("/v3/refund/domestic/refunds", self.body.clone())
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
        Request::get(format!(
            "/v3/refund/domestic/refunds/{}",
            segment(self.out_refund_no.as_str())
        ))
    }

    fn read(&self, _status: u16, body: &[u8]) -> Result<Refund, Malformed> {
        read_refund(body)
    }
}

fn read_refund(body: &[u8]) -> Result<Refund, Malformed> {
    serde_json::from_slice(body).map_err(|_| Malformed { expected: "a refund" })
}

/// A refund as WeChat knows it: the answer to create and query, and the content of a notification
/// (which calls its state `refund_status`).
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct Refund {
    /// Whose refund; notifications name it, answers do not.
    #[serde(default)]
    pub mchid: Option<Mchid>,
    /// WeChat's number.
    pub refund_id: RefundId,
    /// The merchant's number.
    pub out_refund_no: OutRefundNo,
    /// The payment it belongs to.
    pub transaction_id: TransactionId,
    /// The merchant's number of that payment.
    pub out_trade_no: OutTradeNo,
    /// Where the refund stands.
    #[serde(alias = "refund_status")]
    pub status: RefundStatus,
    /// When the money arrived; only with `SUCCESS`.
    #[serde(default, deserialize_with = "crate::pay::empty_as_absent")]
    pub success_time: Option<Timestamp>,
    /// The money.
    pub amount: RefundAmount,
}

/// The money of a refund.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct RefundAmount {
    /// What was paid originally, in fen.
    pub total: Fen,
    /// What goes back, in fen.
    pub refund: Fen,
}

crate::pay::open_enum! {
    /// Where a refund stands.
    RefundStatus {
        /// Accepted, under way.
        Processing = "PROCESSING",
        /// The money is back.
        Success = "SUCCESS",
        /// Given up by WeChat; a new number may be tried.
        Closed = "CLOSED",
        /// The user's account did not take it; a person must choose another way.
        Abnormal = "ABNORMAL",
    }
}
