//! Receipts (电子回单): a signed PDF about one transfer, made on request. Merchants only.
//!
//! Only transfers that succeeded, that named the person, and that are younger than six months have
//! one. [`Apply`], then [`Query`] every two minutes or more until it is made or cannot be. The file
//! itself is not signed: [`ReceiptFile`] says where it may be asked for and what it must be.

use std::fmt;

use aws_lc_rs::{
    constant_time::verify_slices_are_equal,
    digest::{SHA256, digest},
};

use crate::{
    Timestamp,
    bill::{DownloadUrl, ForeignHost},
    call::{Call, Malformed, Request},
    pay::{open_enum, read},
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
        let answer: Answer = read(body, "a receipt")?;
        let file = match (answer.hash_type, answer.hash_value, answer.download_url) {
            (Some(hash_type), Some(hash_value), Some(download_url)) => {
                Some(ReceiptFile { download_url, hash_type, hash_value })
            }
            _ if answer.state == ReceiptState::Finished => {
                return Err(Malformed { expected: "a finished receipt" });
            }
            _ => None,
        };
        let Answer { state, create_time, update_time, fail_reason, .. } = answer;
        Ok(Receipt { state, create_time, update_time, file, fail_reason })
    }
}

#[derive(serde::Deserialize)]
struct Answer {
    state: ReceiptState,
    create_time: Timestamp,
    update_time: Timestamp,
    #[serde(default, deserialize_with = "crate::json::empty_as_absent")]
    hash_type: Option<HashType>,
    #[serde(default, deserialize_with = "crate::json::empty_as_absent")]
    hash_value: Option<String>,
    #[serde(default, deserialize_with = "crate::json::empty_as_absent")]
    download_url: Option<DownloadUrl>,
    #[serde(default)]
    fail_reason: Option<String>,
}

/// A receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Where it stands.
    pub state: ReceiptState,
    /// When it was asked for.
    pub create_time: Timestamp,
    /// When it last changed.
    pub update_time: Timestamp,
    /// The file; once finished.
    pub file: Option<ReceiptFile>,
    /// Why there is none, in Chinese; only with `FAILED`.
    pub fail_reason: Option<String>,
}

/// The PDF of a receipt: where it lies for ten minutes, and how it is recognised.
///
/// ```
/// use suanpan_wechat::{
///     bill::DownloadUrl,
///     transfer::receipt::{HashType, ReceiptFile},
/// };
///
/// let at = "https://api.mch.weixin.qq.com/v3/transferbilldownload/elecvoucherfile?token=t";
/// let file = ReceiptFile {
///     download_url: DownloadUrl::new(at)?,
///     hash_type: HashType::Sha256,
///     hash_value: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".into(),
/// };
/// assert!(file.request(&["https://evil.example"]).is_err());
/// let request = file.request(&["https://api.mch.weixin.qq.com"])?;
/// assert_eq!(request.target, "/v3/transferbilldownload/elecvoucherfile?token=t");
/// // Signed and sent like any other request; what comes back is not signed.
/// file.check(b"test")?;
/// assert!(file.check(b"tes").is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptFile {
    /// Where it lies.
    pub download_url: DownloadUrl,
    /// How `hash_value` was made.
    pub hash_type: HashType,
    /// The digest of the file in hex.
    pub hash_value: String,
}

impl ReceiptFile {
    /// The request for the file. `ours` are the origins requests of this merchant go to, such as
    /// `https://api.mch.weixin.qq.com`.
    ///
    /// # Errors
    /// When the file lies elsewhere. The request carries a signature of the merchant and the token
    /// of the file, and neither is for anybody else.
    pub fn request(&self, ours: &[&str]) -> Result<Request, ForeignHost> {
        self.download_url.request(ours)
    }

    /// Believes the file that came, because its digest stood in a signed answer.
    ///
    /// # Errors
    /// When it is another file, or when its digest is of a kind that cannot be made here.
    pub fn check(&self, file: &[u8]) -> Result<(), WrongFile> {
        let counted = self.hash_type.digest(file).ok_or(WrongFile::UnknownHash)?;
        let announced = hex::decode(&self.hash_value).map_err(|_| WrongFile::Digest)?;
        verify_slices_are_equal(&counted, &announced).map_err(|_| WrongFile::Digest)
    }
}

/// Why a file is not believed to be a receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WrongFile {
    /// Not the file that was announced.
    #[error("the file is not the announced receipt: its digest differs")]
    Digest,
    /// Announced with a digest this build cannot make; SM3 needs the feature `sm`.
    #[error("the digest of the receipt is of an unknown kind")]
    UnknownHash,
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

impl HashType {
    fn digest(&self, file: &[u8]) -> Option<Vec<u8>> {
        match self {
            HashType::Sha256 => Some(digest(&SHA256, file).as_ref().to_vec()),
            #[cfg(feature = "sm")]
            HashType::Sm3 => Some(crate::sm::digest(file).to_vec()),
            #[cfg(not(feature = "sm"))]
            HashType::Sm3 => None,
            HashType::Other(_) => None,
        }
    }
}
