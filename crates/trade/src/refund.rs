//! One intent to send money back.

use suanpan_wechat::{
    Fen, Timestamp,
    id::{OutRefundNo, OutTradeNo, RefundId, TransactionId},
};

use crate::RefundIntentId;

/// An intent to refund. Its number at WeChat changes only after a signed `CLOSED` (invariant I06).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    /// Our number.
    pub refund_id: RefundIntentId,
    /// Why.
    pub purpose: Purpose,
    /// Which attempt was paid.
    pub out_trade_no: OutTradeNo,
    /// Which payment.
    pub transaction_id: TransactionId,
    /// How much.
    pub amount: Fen,
    /// The number at WeChat.
    pub out_refund_no: OutRefundNo,
    /// The body, byte for byte; stored before it is sent.
    pub body: Vec<u8>,
    /// Where it stands.
    pub state: RefundState,
    /// WeChat's number, once it gave one.
    pub wechat_refund_id: Option<RefundId>,
    /// Business time.
    pub created_at: Timestamp,
    /// When the money arrived, by WeChat.
    pub succeeded_at: Option<Timestamp>,
}

/// Why money goes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// The merchant asked for it.
    Merchant,
    /// It came after the order was closed.
    LatePayment,
    /// The order was paid already.
    Excess,
}

/// Where a refund stands. Only WeChat ends one (threat r04).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundState {
    /// Stored; WeChat may not know it yet.
    Requested,
    /// WeChat accepted it.
    Processing,
    /// The money is back.
    Succeeded,
    /// WeChat gave it up; a new number may follow under the same intent.
    Closed,
    /// WeChat could not return the money; a person must act.
    Abnormal,
}

impl RefundState {
    /// As on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            RefundState::Requested => "requested",
            RefundState::Processing => "processing",
            RefundState::Succeeded => "succeeded",
            RefundState::Closed => "closed",
            RefundState::Abnormal => "abnormal",
        }
    }

    /// Whether an act still has to pursue it.
    #[must_use]
    pub const fn is_under_way(self) -> bool {
        matches!(self, RefundState::Requested | RefundState::Processing)
    }
}

impl Refund {
    /// Starts again under the same intent after a signed `CLOSED`: the only way to a new number.
    ///
    /// # Errors
    /// In every other state, because the old number may still move money.
    pub fn renumber(
        &mut self,
        out_refund_no: OutRefundNo,
        body: Vec<u8>,
    ) -> Result<(), StillAlive> {
        if self.state != RefundState::Closed {
            return Err(StillAlive);
        }
        self.out_refund_no = out_refund_no;
        self.body = body;
        self.state = RefundState::Requested;
        self.wechat_refund_id = None;
        Ok(())
    }
}

/// The old refund number may still move money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the refund has not been closed by WeChat")]
pub struct StillAlive;
