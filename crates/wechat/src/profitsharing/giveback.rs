//! Returning a part: a receiver gives back what it got, usually before the buyer is refunded
//! (WeChat calls it a return, 分账回退).

use std::fmt;

use crate::{
    Fen, Timestamp,
    call::{Call, Malformed, Request},
    id::{Mchid, wire_id},
    pay::{open_enum, read, segment},
};

use super::{Description, OrderId, OutOrderNo, OutReturnNo};

/// A return as WeChat wants it (docs/protocol/profit-sharing.md).
///
/// Only merchants can give back, within 180 days, at most 50 times for one sharing. The money goes
/// to the available balance of the merchant that shared, and cannot be shared again.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Order {
    /// The sub-merchant, when a service provider asks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub_mchid: Option<Mchid>,
    /// The sharing that is partly undone.
    #[serde(flatten)]
    pub sharing: SharingNo,
    /// The merchant's number for this return, kept for its whole life.
    pub out_return_no: OutReturnNo,
    /// Who gives back.
    pub return_mchid: Mchid,
    /// How much, in fen, above zero and at most what was received.
    pub amount: Fen,
    /// What for.
    pub description: Description,
}

/// A sharing, by either of its numbers.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SharingNo {
    /// WeChat's number.
    OrderId(OrderId),
    /// The merchant's number.
    OutOrderNo(OutOrderNo),
}

/// A return of nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a return must be of more than zero fen")]
pub struct NoAmount;

/// Sends a return, new or stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Create {
    /// Exactly the bytes that [`Create::new`] made the first time.
    pub body: Vec<u8>,
}

impl Create {
    /// # Errors
    /// When nothing would be given back.
    pub fn new(order: &Order) -> Result<Self, NoAmount> {
        if order.amount == Fen::ZERO {
            return Err(NoAmount);
        }
        Ok(Self { body: serde_json::to_vec(order).expect("a return has string keys") })
    }
}

impl Call for Create {
    type Answer = Giveback;
    const NAME: &'static str = "profitsharing.giveback";

    fn request(&self) -> Request {
        Request::post("/v3/profitsharing/return-orders", self.body.clone())
    }

    fn read(&self, _status: u16, body: &[u8]) -> Result<Giveback, Malformed> {
        read(body, "a return of a shared part")
    }
}

/// Asks what became of a return (docs/protocol/profit-sharing.md).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// The sub-merchant, when a service provider asks.
    pub sub_mchid: Option<Mchid>,
    /// The sharing that is partly undone.
    pub out_order_no: OutOrderNo,
    /// The return.
    pub out_return_no: OutReturnNo,
}

impl Call for Query {
    type Answer = Giveback;
    const NAME: &'static str = "profitsharing.giveback.query";

    fn request(&self) -> Request {
        Request::get(format!(
            "/v3/profitsharing/return-orders/{}?out_order_no={}{}",
            segment(self.out_return_no.as_str()),
            segment(self.out_order_no.as_str()),
            super::sub_mchid_query(self.sub_mchid.as_ref()),
        ))
    }

    fn read(&self, _status: u16, body: &[u8]) -> Result<Giveback, Malformed> {
        read(body, "a return of a shared part")
    }
}

/// A return as WeChat knows it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct Giveback {
    /// The sub-merchant, when a service provider asked.
    #[serde(default)]
    pub sub_mchid: Option<Mchid>,
    /// WeChat's number of the sharing.
    pub order_id: OrderId,
    /// The merchant's number of the sharing.
    pub out_order_no: OutOrderNo,
    /// The merchant's number of the return.
    pub out_return_no: OutReturnNo,
    /// WeChat's number of the return.
    pub return_id: ReturnId,
    /// Who gives back.
    pub return_mchid: Mchid,
    /// How much, in fen.
    pub amount: Fen,
    /// What for.
    pub description: String,
    /// Where it stands. Usually the first answer says; what stays under way fails after five days.
    pub result: GivebackResult,
    /// Why it failed; only with `FAILED`.
    #[serde(default, deserialize_with = "crate::json::empty_as_absent")]
    pub fail_reason: Option<GivebackFailure>,
    /// When it was asked for.
    pub create_time: Timestamp,
    /// When it ended; a placeholder before that (**unconfirmed**).
    #[serde(default, deserialize_with = "crate::json::empty_as_absent")]
    pub finish_time: Option<Timestamp>,
}

wire_id!(
    /// WeChat's number for one return.
    ReturnId, "return_id", 1..=64, "1 to 64 ASCII letters or digits", |b| b.is_ascii_alphanumeric()
);

open_enum! {
    /// Where a return stands.
    GivebackResult {
        /// Under way: ask again under the same number.
        Processing = "PROCESSING",
        /// The merchant has the money.
        Success = "SUCCESS",
        /// It failed; another number may be tried.
        Failed = "FAILED",
    }
}

open_enum! {
    /// Why a return failed.
    GivebackFailure {
        /// The receiver's account cannot pay.
        AccountAbnormal = "ACCOUNT_ABNORMAL",
        /// The receiver has not enough.
        BalanceNotEnough = "BALANCE_NOT_ENOUGH",
        /// Five days went by.
        TimeOutClosed = "TIME_OUT_CLOSED",
        /// The account of the merchant that shared cannot receive.
        PayerAccountAbnormal = "PAYER_ACCOUNT_ABNORMAL",
        /// The description could not be used.
        InvalidRequest = "INVALID_REQUEST",
    }
}
