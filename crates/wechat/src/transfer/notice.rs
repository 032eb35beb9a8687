use crate::{
    Fen, Timestamp,
    id::{Mchid, Openid},
};

use super::{Failure, OutBillNo, TransferBillNo, TransferState};

/// The content of a transfer's notification (<https://pay.weixin.qq.com/doc/v3/merchant/4012712115>):
/// sent once the transfer is final.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct BillNotice {
    /// The merchant or service provider that called. Spelled `mch_id` towards merchants.
    #[serde(alias = "mch_id")]
    pub mchid: Mchid,
    /// The sub-merchant, when a service provider called.
    #[serde(default)]
    pub sub_mchid: Option<Mchid>,
    /// The merchant's number.
    pub out_bill_no: OutBillNo,
    /// WeChat's number.
    pub transfer_bill_no: TransferBillNo,
    /// `SUCCESS`, `FAIL` or `CANCELLED`.
    pub state: TransferState,
    /// How much, in fen.
    pub transfer_amount: Fen,
    /// The person.
    pub openid: Openid,
    /// Why it failed; only with `FAIL`.
    #[serde(default, deserialize_with = "crate::json::empty_as_absent")]
    pub fail_reason: Option<Failure>,
    /// When it was accepted.
    pub create_time: Timestamp,
    /// When it became final.
    pub update_time: Timestamp,
}
