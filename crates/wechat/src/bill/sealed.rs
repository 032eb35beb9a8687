//! Fund-flow bills of a service provider's merchants: files encrypted to the service provider
//! (docs/protocol/bills.md, "Sealed bills").

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};

use super::{
    AccountType, BillDate, DownloadUrl, FileHash, ForeignHost, apply::Query, download::FileDigest,
};
use crate::{
    call::{Call, Malformed, Request},
    id::Mchid,
    key::MerchantKey,
    seal::ALGORITHM,
    sensitive::SealedText,
};

/// **Unconfirmed**: no page says what is authenticated beside the file. Nothing, as far as anybody
/// has seen.
const ASSOCIATED_DATA: [u8; 0] = [];

/// What moved on an account of a service provider's merchant in one day:
/// `GET /v3/bill/sub-merchant-fundflowbill`.
///
/// The file is never asked for in gzip form: whether it would be packed before or after it is
/// encrypted is not documented.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubMerchantFundFlowBill {
    /// The merchant.
    pub sub_mchid: Mchid,
    /// The day; at most three months ago.
    pub bill_date: BillDate,
    /// Which account.
    pub account_type: AccountType,
}

impl Call for SubMerchantFundFlowBill {
    type Answer = Vec<SealedFile>;
    const NAME: &'static str = "bill.sub_merchant_fund_flow";

    fn request(&self) -> Request {
        Query::of("/v3/bill/sub-merchant-fundflowbill", self.bill_date)
            .with("sub_mchid", &self.sub_mchid)
            .with("account_type", self.account_type.as_str())
            .with("algorithm", ALGORITHM)
            .request()
    }

    /// The files in the order in which they make one bill.
    fn read(&self, _status: u16, body: &[u8]) -> Result<Vec<SealedFile>, Malformed> {
        let malformed = Malformed { expected: "the announcement of sealed bills" };
        let Answer { download_bill_count, mut download_bill_list } =
            serde_json::from_slice(body).map_err(|_| malformed)?;
        download_bill_list.sort_by_key(|entry| entry.bill_sequence);
        let in_sequence = (1..).zip(&download_bill_list).all(|(at, e)| e.bill_sequence == at);
        if !in_sequence || u64::try_from(download_bill_list.len()) != Ok(download_bill_count) {
            return Err(malformed);
        }
        let files = download_bill_list.into_iter().map(SealedFile::of).collect::<Option<_>>();
        files.ok_or(malformed)
    }
}

#[derive(serde::Deserialize)]
struct Answer {
    download_bill_count: u64,
    download_bill_list: Vec<Entry>,
}

#[derive(serde::Deserialize)]
struct Entry {
    bill_sequence: u64,
    download_url: String,
    encrypt_key: String,
    hash_type: String,
    hash_value: String,
    nonce: String,
}

/// One encrypted file of a bill.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedFile {
    download_url: DownloadUrl,
    hash: FileHash,
    encrypt_key: SealedText,
    nonce: String,
}

impl SealedFile {
    fn of(entry: Entry) -> Option<Self> {
        Some(Self {
            download_url: DownloadUrl::new(&entry.download_url).ok()?,
            hash: FileHash::read(&entry.hash_type, &entry.hash_value)?,
            encrypt_key: entry.encrypt_key.into(),
            nonce: entry.nonce,
        })
    }

    /// The request for the encrypted file. As
    /// [`Announced::download`](super::Announced::download).
    ///
    /// # Errors
    /// When the file lies at none of `ours`.
    pub fn request(&self, ours: &[&str]) -> Result<Request, ForeignHost> {
        self.download_url.request(ours)
    }

    /// Opens what came. The key and the nonce stood in a signed answer, so what opens is WeChat's
    /// file as a whole; feed the files of a bill, in their order, to one
    /// [`Reader`](super::Reader) of [`FundFlowRow`](super::FundFlowRow)s with
    /// [`Proof::Summary`](super::Proof::Summary).
    ///
    /// # Errors
    /// When anything does not fit.
    pub fn open(&self, key: &MerchantKey, mut file: Vec<u8>) -> Result<Vec<u8>, SealedBillError> {
        let text = key.open_sensitive(&self.encrypt_key).map_err(|_| SealedBillError::Key)?;
        let cipher = UnboundKey::new(&AES_256_GCM, text.expose().as_bytes())
            .map_err(|_| SealedBillError::Key)?;
        let nonce = Nonce::try_assume_unique_for_key(self.nonce.as_bytes())
            .map_err(|_| SealedBillError::File)?;
        let opened = LessSafeKey::new(cipher)
            .open_in_place(nonce, Aad::from(ASSOCIATED_DATA), &mut file)
            .map_err(|_| SealedBillError::File)?;
        // **Unconfirmed**: that the digest is of the opened file, as it is of the unpacked one
        // elsewhere.
        let mut digest = FileDigest::new();
        digest.update(opened);
        if digest.finish() != self.hash {
            return Err(SealedBillError::Digest);
        }
        let length = opened.len();
        file.truncate(length);
        Ok(file)
    }
}

impl fmt::Debug for SealedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealedFile({:?}, ..)", self.download_url)
    }
}

/// An encrypted bill that does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealedBillError {
    /// The key of the file is not for this merchant's certificate, or of the wrong length.
    #[error("the bill's key does not open with the merchant's private key")]
    Key,
    /// The file is not what was encrypted.
    #[error("the bill does not open with its key")]
    File,
    /// It opens, and is not the announced one.
    #[error("the bill is not the announced one: its digest differs")]
    Digest,
}
