use crate::{
    Fen, Timestamp,
    id::{Mchid, TransactionId},
};

use super::{AccountType, OrderId, OutOrderNo};

/// The content of a profit-sharing notification (docs/protocol/profit-sharing.md, "Notifications").
///
/// Sent to a merchant that **received** a part, never to the one that shared, and sealed with the
/// receiver's APIv3 key. For a return, the numbers are those of the return and the receiver is the
/// merchant that had shared.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct Notice {
    /// Who shared.
    #[serde(flatten)]
    pub payer: NoticePayer,
    /// The payment.
    pub transaction_id: TransactionId,
    /// WeChat's number of the sharing or return.
    pub order_id: OrderId,
    /// The merchant's number of the sharing or return.
    pub out_order_no: OutOrderNo,
    /// Who received what.
    pub receiver: NoticeReceiver,
    /// When.
    pub success_time: Timestamp,
}

/// Who shared: a merchant, or a service provider for a sub-merchant.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(untagged)]
pub enum NoticePayer {
    /// A service provider shared money of its sub-merchant.
    Partner {
        /// The service provider.
        sp_mchid: Mchid,
        /// The sub-merchant.
        sub_mchid: Mchid,
    },
    /// A merchant shared its own money.
    Direct {
        /// The merchant.
        mchid: Mchid,
    },
}

/// The part that was received.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct NoticeReceiver {
    /// What kind of account.
    pub r#type: AccountType,
    /// The account.
    pub account: String,
    /// How much, in fen.
    pub amount: Fen,
    /// What for.
    pub description: String,
}
