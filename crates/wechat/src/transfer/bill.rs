use std::fmt;

use crate::{
    Fen, Timestamp,
    call::{Call, Malformed, Method, Request},
    id::{Appid, Mchid, Openid},
    pay::{open_enum, read},
    sensitive::SealedText,
};

use super::{Caller, Failure, OutBillNo, TransferBillNo};

open_enum! {
    /// Where a transfer stands.
    TransferState {
        /// Accepted. The same request may be repeated.
        Accepted = "ACCEPTED",
        /// The merchant's money is being reserved. Staying here means there is not enough.
        Processing = "PROCESSING",
        /// The person must confirm; the page can be opened.
        WaitUserConfirm = "WAIT_USER_CONFIRM",
        /// Confirmed, and not known yet how it ends; the page may be opened again. WeChat spells
        /// it with one R.
        Transfering = "TRANSFERING",
        /// The person has the money.
        Success = "SUCCESS",
        /// It failed; the money is back.
        Fail = "FAIL",
        /// The merchant's cancelling was accepted; the money is on its way back.
        Canceling = "CANCELING",
        /// Cancelled; the money is back.
        Cancelled = "CANCELLED",
    }
}

impl TransferState {
    /// Whether the state can never change again.
    #[must_use]
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Success | Self::Fail | Self::Cancelled)
    }
}

/// A transfer as WeChat knows it: the answer to both queries, and to a transfer that needed no
/// confirmation (docs/protocol/transfers.md, "States").
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct Bill {
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
    /// The app under which the person is named; queries always say it.
    #[serde(default, deserialize_with = "crate::json::empty_as_absent")]
    pub appid: Option<Appid>,
    /// Where it stands.
    pub state: TransferState,
    /// How much, in fen.
    pub transfer_amount: Fen,
    /// What the person sees.
    pub transfer_remark: String,
    /// Why it failed; only with `FAIL`.
    #[serde(default, deserialize_with = "crate::json::empty_as_absent")]
    pub fail_reason: Option<Failure>,
    /// The person.
    #[serde(default, deserialize_with = "crate::json::empty_as_absent")]
    pub openid: Option<Openid>,
    /// The person's name, if it was given; encrypted to the caller.
    #[serde(default)]
    pub user_name: Option<SealedText>,
    /// When it was accepted.
    pub create_time: Timestamp,
    /// When it last changed; queries always say it.
    #[serde(default, deserialize_with = "crate::json::empty_as_absent")]
    pub update_time: Option<Timestamp>,
}

/// Asks what became of a transfer (<https://pay.weixin.qq.com/doc/v3/partner/4015469131> for
/// service providers). WeChat answers for 30 days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryByOutBillNo {
    /// The sub-merchant, when a service provider calls.
    pub sub_mchid: Option<Mchid>,
    /// The transfer.
    pub out_bill_no: OutBillNo,
}

impl Call for QueryByOutBillNo {
    type Answer = Bill;
    const NAME: &'static str = "transfer.query";

    fn request(&self) -> Request {
        let query = self.sub_mchid.as_ref().map(|sub_mchid| format!("?sub_mchid={sub_mchid}"));
        Request::get(format!(
            "{}/out-bill-no/{}{}",
            Caller::of(self.sub_mchid.as_ref()).path(),
            self.out_bill_no,
            query.unwrap_or_default(),
        ))
    }

    fn read(&self, _status: u16, body: &[u8]) -> Result<Bill, Malformed> {
        read(body, "a transfer")
    }
}

/// Asks what became of a transfer, by WeChat's number. Merchants only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryByTransferBillNo {
    /// The transfer.
    pub transfer_bill_no: TransferBillNo,
}

impl Call for QueryByTransferBillNo {
    type Answer = Bill;
    const NAME: &'static str = "transfer.query_by_transfer_bill_no";

    fn request(&self) -> Request {
        let family = Caller::Merchant.path();
        Request::get(format!("{family}/transfer-bill-no/{}", self.transfer_bill_no))
    }

    fn read(&self, _status: u16, body: &[u8]) -> Result<Bill, Malformed> {
        read(body, "a transfer")
    }
}

/// Cancels a transfer that is not final (<https://pay.weixin.qq.com/doc/v3/merchant/4012716458>).
/// Success means *accepted*: it may still end as paid, so query until it is final.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cancel {
    /// The sub-merchant, when a service provider calls.
    pub sub_mchid: Option<Mchid>,
    /// The transfer.
    pub out_bill_no: OutBillNo,
}

impl Call for Cancel {
    type Answer = Cancellation;
    const NAME: &'static str = "transfer.cancel";

    fn request(&self) -> Request {
        let family = Caller::of(self.sub_mchid.as_ref()).path();
        let target = format!("{family}/out-bill-no/{}/cancel", self.out_bill_no);
        let body = self.sub_mchid.as_ref().map(|sub| format!(r#"{{"sub_mchid":"{sub}"}}"#));
        Request::new(Method::Post, target, body.unwrap_or_default().into_bytes())
    }

    fn read(&self, _status: u16, body: &[u8]) -> Result<Cancellation, Malformed> {
        read(body, "a cancelled transfer")
    }
}

/// A cancelling that was accepted.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct Cancellation {
    /// The sub-merchant, when a service provider called.
    #[serde(default)]
    pub sub_mchid: Option<Mchid>,
    /// The merchant's number.
    pub out_bill_no: OutBillNo,
    /// WeChat's number.
    pub transfer_bill_no: TransferBillNo,
    /// `CANCELING` or `CANCELLED`.
    pub state: TransferState,
    /// When it last changed.
    pub update_time: Timestamp,
}
