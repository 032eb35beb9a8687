//! Bills and receipts: files that are large, not signed, and believed by their digest.

use suanpan_wechat::{
    bill::{
        Announced, BillError, Checked, ForeignHost, Limits, Provisional, Row, SealedBillError,
        SealedFile,
    },
    call::{Request, TransportFault},
    error::{ErrorBody, ErrorCode},
    pay_v2::bill::StatementError,
    transfer::receipt::{ReceiptFile, WrongFile},
};
use tokio::time::Instant;
use tracing::{Instrument as _, Span, field};

use crate::{client::Client, credentials::MerchantCredentials, transport::Pieces};

/// What is read of an answer that is no file.
const ERROR_LIMIT: usize = 64 * 1024;

/// Why a file was not downloaded. Rows that were given out before are worth nothing. Apply for the
/// file again: an address dies after minutes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DownloadError {
    /// The file lies at an address this client does not talk to. Nothing was sent.
    #[error(transparent)]
    ForeignHost(#[from] ForeignHost),
    /// The connection failed, or stood still for too long.
    #[error(transparent)]
    Transport(#[from] TransportFault),
    /// Something else than a file came. Not signed, so it proves nothing.
    #[error("WeChat answered HTTP {status} instead of a file")]
    NoFile {
        /// HTTP status.
        status: u16,
        /// WeChat's code where the body was readable.
        code: Option<ErrorCode>,
    },
    /// What came is not the bill that was announced, or none at all.
    #[error(transparent)]
    Bill(#[from] BillError),
    /// API v2 gives no bill, or one that contradicts itself.
    #[error(transparent)]
    Statement(#[from] StatementError),
    /// A file that is held in memory as a whole is longer than was allowed.
    #[error("the file is longer than {limit} bytes")]
    TooLong {
        /// The limit.
        limit: usize,
    },
    /// An encrypted file does not open.
    #[error(transparent)]
    Sealed(#[from] SealedBillError),
    /// What came is not the receipt that was announced.
    #[error(transparent)]
    Receipt(#[from] WrongFile),
}

impl Client {
    /// Downloads an announced bill in constant memory and gives out its rows while they come.
    ///
    /// The rows are [`Provisional`] until this returns [`Checked`]: put them aside, and keep none
    /// if it returns an error. The whole may take as long as it takes; it ends when nothing comes
    /// for [`Config::idle_timeout`](crate::Config::idle_timeout).
    ///
    /// As for every question the backup host is asked when the first gave no answer. Once a file
    /// has begun to come it is not begun again.
    ///
    /// # Errors
    /// See [`DownloadError`].
    pub async fn download_bill<R: Row>(
        &self,
        credentials: &MerchantCredentials,
        bill: &Announced,
        limits: Limits,
        mut row: impl FnMut(Provisional<R>) + Send,
    ) -> Result<Checked, DownloadError> {
        let download = bill.download(&self.merchant_origins())?;
        let mut reader = download.reader(limits);
        self.fetch_file(
            credentials,
            &download.request(),
            |piece| Ok(reader.feed(piece, &mut row)?),
        )
        .await?;
        Ok(reader.finish(row)?)
    }

    /// Downloads one encrypted file and opens it. It can only be opened as a whole, so it is held
    /// in memory: `limit` is its largest length in bytes.
    ///
    /// # Errors
    /// See [`DownloadError`].
    pub async fn download_sealed_bill(
        &self,
        credentials: &MerchantCredentials,
        bill: &SealedFile,
        limit: usize,
    ) -> Result<Vec<u8>, DownloadError> {
        let request = bill.request(&self.merchant_origins())?;
        let file = self.fetch_whole(credentials, &request, limit).await?;
        Ok(bill.open(credentials.key(), file)?)
    }

    /// Downloads the PDF of a receipt, of at most `limit` bytes, and checks its digest.
    ///
    /// # Errors
    /// See [`DownloadError`].
    pub async fn download_receipt(
        &self,
        credentials: &MerchantCredentials,
        receipt: &ReceiptFile,
        limit: usize,
    ) -> Result<Vec<u8>, DownloadError> {
        let request = receipt.request(&self.merchant_origins())?;
        let file = self.fetch_whole(credentials, &request, limit).await?;
        receipt.check(&file)?;
        Ok(file)
    }

    async fn fetch_whole(
        &self,
        credentials: &MerchantCredentials,
        request: &Request,
        limit: usize,
    ) -> Result<Vec<u8>, DownloadError> {
        let mut file = Vec::new();
        self.fetch_file(credentials, request, |piece| {
            if file.len() + piece.len() > limit {
                return Err(DownloadError::TooLong { limit });
            }
            file.extend_from_slice(piece);
            Ok(())
        })
        .await?;
        Ok(file)
    }

    async fn fetch_file(
        &self,
        credentials: &MerchantCredentials,
        request: &Request,
        mut piece: impl FnMut(&[u8]) -> Result<(), DownloadError> + Send,
    ) -> Result<(), DownloadError> {
        async {
            let started = Instant::now();
            let mut pieces = self.stream(credentials, request).await?;
            begin(&mut pieces).await?;
            while let Some(bytes) = pieces.next().await? {
                piece(&bytes)?;
            }
            end(started);
            Ok(())
        }
        .instrument(span())
        .await
    }
}

/// What observers see of a download.
pub(crate) fn span() -> Span {
    tracing::info_span!(
        "wechat.download",
        status = field::Empty,
        request_id = field::Empty,
        duration_ms = field::Empty,
    )
}

/// Tells observers that an answer has begun; one that is no file ends here.
pub(crate) async fn begin(pieces: &mut Pieces<'_>) -> Result<(), DownloadError> {
    Span::current().record("status", pieces.status());
    Span::current().record("request_id", pieces.request_id());
    if pieces.status() == 200 {
        return Ok(());
    }
    let mut body = Vec::new();
    while let Some(more) = pieces.next().await? {
        body.extend_from_slice(&more);
        if body.len() > ERROR_LIMIT {
            break;
        }
    }
    let code = ErrorBody::read(&body).map(|error| error.code);
    Err(DownloadError::NoFile { status: pieces.status(), code })
}

/// Tells observers that all of it has come.
pub(crate) fn end(started: Instant) {
    let duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    Span::current().record("duration_ms", duration_ms);
    tracing::debug!("the file has come");
}
