use std::fmt;

use crate::{
    Fen, Timestamp,
    id::{Mchid, TransactionId},
    pay::open_enum,
};

use super::{AccountType, OrderId, OutOrderNo};

/// A sharing as WeChat knows it: the answer to creating, querying and unfreezing.
///
/// What became of it is [`Sharing::progress`]. The `state` WeChat sends is not public: its
/// `FINISHED` reads like success and is none.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct Sharing {
    /// The sub-merchant, when a service provider asked.
    #[serde(default)]
    pub sub_mchid: Option<Mchid>,
    /// The payment that is shared.
    pub transaction_id: TransactionId,
    /// The merchant's number.
    pub out_order_no: OutOrderNo,
    /// WeChat's number.
    pub order_id: OrderId,
    state: String,
    /// The parts. When the rest was unfrozen, there is one more than was asked for: the merchant
    /// itself.
    #[serde(default)]
    pub receivers: Vec<Line>,
}

/// Some lines are still under way.
const PROCESSING: &str = "PROCESSING";
/// None is: each has succeeded or failed.
const FINISHED: &str = "FINISHED";

/// What became of one part.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct Line {
    /// How much, in fen.
    pub amount: Fen,
    /// What for.
    pub description: String,
    /// What kind of account.
    pub r#type: AccountType,
    /// The account.
    pub account: String,
    /// Where this part stands.
    pub result: LineResult,
    /// Why it failed; only with `CLOSED`.
    #[serde(default, deserialize_with = "crate::json::empty_as_absent")]
    pub fail_reason: Option<LineFailure>,
    /// WeChat's number for this part.
    #[serde(default)]
    pub detail_id: Option<String>,
    /// When it was asked for.
    #[serde(default, deserialize_with = "crate::json::empty_as_absent")]
    pub create_time: Option<Timestamp>,
    /// When it ended. Before that it may be absent or hold a placeholder of 1970 (**unconfirmed**):
    /// look at `result` first.
    #[serde(default, deserialize_with = "crate::json::empty_as_absent")]
    pub finish_time: Option<Timestamp>,
}

open_enum! {
    /// Where one part stands.
    LineResult {
        /// Under way.
        Pending = "PENDING",
        /// The receiver has the money.
        Success = "SUCCESS",
        /// It failed; the money is still frozen.
        Closed = "CLOSED",
    }
}

open_enum! {
    /// Why a part failed.
    LineFailure {
        /// The receiver's account cannot receive.
        AccountAbnormal = "ACCOUNT_ABNORMAL",
        /// The receiver was removed meanwhile.
        NoRelation = "NO_RELATION",
        /// The receiver is considered risky.
        ReceiverHighRisk = "RECEIVER_HIGH_RISK",
        /// The receiver has not proved who they are.
        ReceiverRealNameNotVerified = "RECEIVER_REAL_NAME_NOT_VERIFIED",
        /// The merchant lost the right to share.
        NoAuth = "NO_AUTH",
        /// The receiver has received all a person may in a month.
        ReceiverReceiptLimit = "RECEIVER_RECEIPT_LIMIT",
        /// The merchant's account cannot pay.
        PayerAccountAbnormal = "PAYER_ACCOUNT_ABNORMAL",
        /// The description could not be used.
        InvalidRequest = "INVALID_REQUEST",
    }
}

/// What became of a sharing as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Progress<'a> {
    /// At least one part has not ended. Ask again under the same number.
    UnderWay,
    /// Every part has arrived.
    AllSucceeded,
    /// Every part has ended, and these failed. Their money stays frozen until it is shared under
    /// another number or unfrozen.
    SomeFailed(Vec<&'a Line>),
    /// WeChat speaks of a state or result this crate does not know, or named no part at all. Ask
    /// again; if it stays, a person must look.
    Unclear,
}

impl Sharing {
    /// What became of it, by the lines and not by the state alone.
    pub fn progress(&self) -> Progress<'_> {
        let any = |result: &LineResult| self.receivers.iter().any(|line| line.result == *result);
        let strange = |line: &Line| matches!(line.result, LineResult::Other(_));
        if self.state == PROCESSING || any(&LineResult::Pending) {
            return Progress::UnderWay;
        }
        if self.state != FINISHED || self.receivers.is_empty() || self.receivers.iter().any(strange)
        {
            return Progress::Unclear;
        }
        if any(&LineResult::Closed) {
            let failed = |line: &&Line| line.result == LineResult::Closed;
            return Progress::SomeFailed(self.receivers.iter().filter(failed).collect());
        }
        Progress::AllSucceeded
    }
}
