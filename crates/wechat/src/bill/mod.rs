//! Bills: what WeChat says happened on one day (docs/protocol/bills.md).
//!
//! ```text
//!  TradeBill ── judge ──► Announced ── download ──► Download ── request ──► … HTTP, unsigned …
//!                          url, digest     only to us                            │ bytes
//!                                                                                ▼
//!  rows to be believed ◄── proven_by ── Checked ◄── finish ── Reader ◄── feed ── chunks
//!                                                                │
//!                                                                └──► Provisional rows
//! ```
//!
//! The answer that announces a bill is signed like any other. The file itself is not; what proves
//! it is the announced digest of the unpacked file, known to be right only when the last byte has
//! come. A bill can have millions of lines, so rows are given out while they stream, as
//! [`Provisional`] rows: put them aside, and take them as [`Checked`] says or throw them away.
//!
//! Columns are found by name. Layouts have changed before, and differ by the age of the merchant:
//! columns that are not known are skipped, columns that are needed and missing stop the bill.
//! Money is exact: [`Fen`](crate::Fen) where a column has two decimals, [`Fee`] where it has five.
//!
//! What decides about money is typed and strict. What only describes (device, product, the
//! merchant's numbers) is text as it stands: one odd product name must not stop the
//! reconciliation of a day.

mod apply;
mod date;
mod download;
mod fund_flow;
mod layout;
mod reader;
mod record;
mod sealed;
mod trade;
mod unpack;
mod yuan;

pub use apply::{
    AccountType, BillType, EcommerceFundFlowBill, FundFlowBill, ProfitSharingBill, TradeBill,
    Unavailable,
};
pub use date::{BillDate, InvalidDate};
pub(crate) use download::FileDigest;
pub use download::{Announced, Download, DownloadUrl, FileHash, ForeignHost, Form, InvalidUrl};
pub use fund_flow::{Direction, FundFlowColumns, FundFlowRow};
pub use layout::{BadValue, Column, Header, Row, Total, Values};
pub use reader::{Proof, Reader};
pub use record::Record;
pub use sealed::{SealedBillError, SealedFile, SubMerchantFundFlowBill};
pub use trade::{Happened, RefundPart, RefundRowStatus, TradeColumns, TradeRow};
pub use unpack::Limits;
pub use yuan::{Fee, InvalidYuan, Sum};

/// A row that nothing proves yet: it may come from a file that was forged or cut off. Keep it
/// apart from what is believed until the whole file is checked.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Provisional<R>(R);

impl<R> Provisional<R> {
    /// Looks at the row, for putting it aside.
    pub fn unproven(&self) -> &R {
        &self.0
    }

    /// Believes the row, because the file it came from has been checked. `checked` must be the
    /// verdict of that file's own reader.
    pub fn proven_by(self, _checked: &Checked) -> R {
        self.0
    }

    /// For the verdicts of other modules.
    pub(crate) fn into_row(self) -> R {
        self.0
    }
}

/// The verdict on a whole bill: it is the announced one, and its summary agrees with its rows. Only
/// [`Reader::finish`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    rows: u64,
    file_bytes: u64,
    /// Of the unpacked file.
    pub(crate) file_hash: FileHash,
    totals: Vec<(&'static str, Sum)>,
}

impl Checked {
    /// How many rows the bill has.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The length of the unpacked file.
    #[must_use]
    pub fn file_bytes(&self) -> u64 {
        self.file_bytes
    }

    /// The totals that were checked: the summary's column, in its newest spelling, and its value.
    #[must_use]
    pub fn totals(&self) -> &[(&'static str, Sum)] {
        &self.totals
    }
}

/// A bill in one piece, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bill<R> {
    /// The lines, in the order of the file.
    pub rows: Vec<R>,
    /// What was checked.
    pub checked: Checked,
}

impl<R: Row> Bill<R> {
    /// Reads a bill that is in memory as a whole. For bills of some thousand lines; larger ones
    /// stream through a [`Reader`].
    ///
    /// # Errors
    /// As [`Reader::feed`] and [`Reader::finish`].
    pub fn read(file: &[u8], form: Form, proof: Proof, limits: Limits) -> Result<Self, BillError> {
        let mut rows = Vec::new();
        let mut reader = Reader::new(form, proof, limits);
        reader.feed(file, |row| rows.push(row))?;
        let checked = reader.finish(|row| rows.push(row))?;
        Ok(Self { rows: rows.into_iter().map(|row| row.proven_by(&checked)).collect(), checked })
    }
}

/// Why a file is not believed. Nothing of it may be: download it again, and show it to a person if
/// that does not help.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BillError {
    /// It should be a gzip file and is not, or a damaged one.
    #[error("the bill is not an intact gzip file")]
    NotGzip,
    /// Longer than allowed.
    #[error("the bill is longer than {limit} bytes")]
    TooLong {
        /// The limit.
        limit: u64,
    },
    /// It unpacks to far more than a bill does.
    #[error("the bill unpacks to more than {ratio} times its size")]
    Explodes {
        /// The limit.
        ratio: u64,
    },
    /// A line without end.
    #[error("line {line} of the bill is too long")]
    LineTooLong {
        /// Which line, from 1.
        line: u64,
    },
    /// Not UTF-8.
    #[error("line {line} of the bill is not UTF-8")]
    NotText {
        /// Which line, from 1.
        line: u64,
    },
    /// The first line does not name columns: an error page, perhaps.
    #[error("the file does not begin like a bill")]
    NotABill,
    /// A column that is needed is not there. WeChat has changed the layout.
    #[error("the bill has no column {column}")]
    MissingColumn {
        /// The column, in its newest spelling.
        column: &'static str,
    },
    /// A column is there twice.
    #[error("the bill has column {column} twice")]
    RepeatedColumn {
        /// The column.
        column: String,
    },
    /// A line with more or fewer values than columns.
    #[error("line {line} of the bill does not fit its columns")]
    Uneven {
        /// Which line, from 1.
        line: u64,
    },
    /// A value that is not what its column promises.
    #[error("line {line} of the bill has an unreadable {column}")]
    BadValue {
        /// Which line, from 1.
        line: u64,
        /// The column.
        column: &'static str,
    },
    /// The file ends before its summary, or has something else in its place.
    #[error("the bill has no summary: it was cut off")]
    NoSummary,
    /// Something follows the end of the bill.
    #[error("something follows the end of the bill")]
    Trailing,
    /// Not the file that was announced.
    #[error("the bill is not the announced one: its digest differs")]
    WrongDigest,
    /// The summary contradicts the rows.
    #[error("the bill says {column} is {stated}, its rows add up to {counted}")]
    WrongTotal {
        /// The summary's column.
        column: &'static str,
        /// What the summary says.
        stated: Sum,
        /// What the rows say.
        counted: Sum,
    },
    /// Neither a digest nor a known summary speaks for the rows.
    #[error("nothing speaks for the rows of the bill")]
    Unproven,
}
