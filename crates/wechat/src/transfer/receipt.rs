//! Receipts (电子回单): a signed PDF about one transfer, made on request. Merchants only.
//!
//! Only transfers that succeeded, that named the person, and that are younger than six months have
//! one. [`Apply`], then [`Query`] every two minutes or more until it is made or cannot be.

use std::fmt;

use crate::{
    Timestamp,
    call::{Call, Malformed, Request},
    pay::{empty_as_absent, open_enum, read},
};

use super::{OutBillNo, TransferBillNo};

/// A transfer, by either of its numbers.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BillNo {
    /// The merchant's number.
    OutBillNo(OutBillNo),
    /// WeChat's number.
    TransferBillNo(TransferBillNo),
}

impl BillNo {
    fn path(&self) -> &'static str {
        match self {
            BillNo::OutBillNo(_) => "/v3/fund-app/mch-transfer/elecsign/out-bill-no",
            BillNo::TransferBillNo(_) => "/v3/fund-app/mch-transfer/elecsign/transfer-bill-no",
        }
    }
}

impl fmt::Display for BillNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BillNo::OutBillNo(number) => number.fmt(f),
            BillNo::TransferBillNo(number) => number.fmt(f),
        }
    }
}

/// Asks for a receipt to be made
/// (<https://pay.weixin.qq.com/docs/merchant/apis/mch-trans/elecsign/accept-elecsign-by-out-no.html>).
/// It is kept for 90 days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Apply {
    /// The transfer.
    pub number: BillNo,
}

impl Call for Apply {
    type Answer = Applied;
    const NAME: &'static str = "transfer.receipt.apply";

    fn request(&self) -> Request {
        let body = serde_json::to_vec(&self.number).expect("a number is one string");
        Request::post(self.number.path(), body)
    }

    fn read(&self, _status: u16, body: &[u8]) -> Result<Applied, Malformed> {
        read(body, "a receipt that was asked for")
    }
}

/// A receipt that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct Applied {
    /// Where it stands.
    pub state: ReceiptState,
    /// When it was asked for.
    pub create_time: Timestamp,
}

/// Asks whether a receipt is made
/// (<https://pay.weixin.qq.com/doc/v3/merchant/4012716455>).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// The transfer.
    pub number: BillNo,
}

impl Call for Query {
    type Answer = Receipt;
    const NAME: &'static str = "transfer.receipt.query";

    fn request(&self) -> Request {
        Request::get(format!("{}/{}", self.number.path(), self.number))
    }

    fn read(&self, _status: u16, body: &[u8]) -> Result<Receipt, Malformed> {
        read(body, "a receipt")
    }
}

/// A receipt.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct Receipt {
    /// Where it stands.
    pub state: ReceiptState,
    /// When it was asked for.
    pub create_time: Timestamp,
    /// When it last changed.
    pub update_time: Timestamp,
    /// How `hash_value` was made; once finished.
    #[serde(default, deserialize_with = "empty_as_absent")]
    pub hash_type: Option<HashType>,
    /// The digest of the file in hex; once finished. The download is not signed, so this is what
    /// proves it.
    #[serde(default)]
    pub hash_value: Option<String>,
    /// Where the file is for ten minutes; once finished. Asked for with a signed request, and only
    /// from the configured host.
    #[serde(default)]
    pub download_url: Option<String>,
    /// Why there is none, in Chinese; only with `FAILED`.
    #[serde(default)]
    pub fail_reason: Option<String>,
}

open_enum! {
    /// Where a receipt stands.
    ReceiptState {
        /// Being made.
        Generating = "GENERATING",
        /// Made.
        Finished = "FINISHED",
        /// It cannot be made; asking again does not help.
        Failed = "FAILED",
    }
}

open_enum! {
    /// How a file's digest was made.
    HashType {
        /// SHA-256.
        Sha256 = "SHA256",
        /// SM3.
        Sm3 = "SM3",
    }
}
