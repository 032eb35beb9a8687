//! A bill as it streams in: unpacked, cut into lines, read into rows, and believed at the end.

use super::{
    BillError, Checked, FileHash, Form, Header, Limits, Provisional, Row, Sum,
    download::FileDigest, layout::Cutter, unpack::Unpacker,
};

/// Some tools and some of WeChat's files begin with it.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// What speaks for a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// The digest that the signed answer announced, and the summary.
    Digest(FileHash),
    /// The summary alone, for a file that is known to be WeChat's in another way: a sealed one has
    /// proven itself when it was opened. It finds a file that was cut off, not one that was forged.
    /// Bills of API v2, which nothing proves, have a [reader](crate::pay_v2::bill::Reader) and a
    /// verdict of their own.
    Summary,
}

/// Reads one bill in constant memory. Feed it the bytes of the download as they come; it gives out
/// rows that nothing proves yet, and [`Reader::finish`] says whether they may be believed.
///
/// ```
/// use suanpan_wechat::bill::{Form, Limits, Proof, Reader, TradeRow};
///
/// let file = "\u{feff}交易时间,商户号,微信订单号,商户订单号,交易状态,订单金额,手续费\r\n\
///     `2024-10-01 12:34:56,`1900007291,`4200001234202410011234567890,`20241001001,`SUCCESS,`1.00,`0.01000\r\n\
///     总交易单数,订单总金额,手续费总金额\r\n\
///     `1,`1.00,`0.01\r\n";
/// let mut reader = Reader::<TradeRow>::new(Form::Plain, Proof::Summary, Limits::default());
/// let mut held_back = Vec::new();
/// for chunk in file.as_bytes().chunks(7) {
///     reader.feed(chunk, |row| held_back.push(row))?;
/// }
/// let checked = reader.finish(|row| held_back.push(row))?;
/// let rows: Vec<TradeRow> = held_back.into_iter().map(|row| row.proven_by(&checked)).collect();
/// assert_eq!(rows[0].total.count(), 100);
/// # Ok::<(), suanpan_wechat::bill::BillError>(())
/// ```
#[derive(Debug)]
pub struct Reader<R: Row> {
    unpacker: Unpacker,
    file: File<R>,
    failed: Option<BillError>,
}

impl<R: Row> Reader<R> {
    /// A reader for one file.
    #[must_use]
    pub fn new(form: Form, proof: Proof, limits: Limits) -> Self {
        Self {
            unpacker: Unpacker::new(form, limits),
            file: File {
                digest: FileDigest::new(),
                proof,
                partial: Vec::new(),
                line_limit: limits.line_bytes,
                line: 0,
                part: Part::Header,
                rows: 0,
                sums: vec![Sum::ZERO; R::TOTALS.len()],
            },
            failed: None,
        }
    }

    /// Takes the next bytes of the download and gives out the rows they complete.
    ///
    /// # Errors
    /// When the file cannot be a bill, or costs too much. It stays refused: no later call says
    /// anything else.
    pub fn feed(
        &mut self,
        chunk: &[u8],
        mut row: impl FnMut(Provisional<R>),
    ) -> Result<(), BillError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        let file = &mut self.file;
        let fed = self.unpacker.feed(chunk, |bytes| file.feed(bytes, &mut row));
        self.failed = fed.clone().err();
        fed
    }

    /// The download is over: the last rows, and the verdict on all of them.
    ///
    /// # Errors
    /// When the file is cut off, is not the announced one, or contradicts its own summary. No row
    /// of it may be believed then (threat b01).
    pub fn finish(mut self, mut row: impl FnMut(Provisional<R>)) -> Result<Checked, BillError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        let file = &mut self.file;
        self.unpacker.finish(|bytes| file.feed(bytes, &mut row))?;
        let file_bytes = self.unpacker.file_bytes();
        self.file.finish(file_bytes, row)
    }
}

/// The unpacked file.
#[derive(Debug)]
struct File<R: Row> {
    digest: FileDigest,
    proof: Proof,
    /// The beginning of a line whose end has not come.
    partial: Vec<u8>,
    line_limit: usize,
    /// The number of the line being read, from 1.
    line: u64,
    part: Part<R>,
    rows: u64,
    /// What the rows add up to, in the order of [`Row::TOTALS`].
    sums: Vec<Sum>,
}

/// What the next line is.
#[derive(Debug)]
enum Part<R: Row> {
    Header,
    Rows { columns: R::Columns, cutter: Cutter },
    Summary { cutter: Cutter, header: Header },
    End { stated: Vec<Option<Sum>> },
}

impl<R: Row> File<R> {
    fn feed(
        &mut self,
        mut bytes: &[u8],
        row: &mut impl FnMut(Provisional<R>),
    ) -> Result<(), BillError> {
        self.digest.update(bytes);
        while let Some(end) = memchr::memchr(b'\n', bytes) {
            let (line, rest) = (&bytes[..end], &bytes[end + 1..]);
            if self.partial.is_empty() {
                self.line(line, row)?;
            } else {
                let mut whole = std::mem::take(&mut self.partial);
                whole.extend_from_slice(line);
                self.line(&whole, row)?;
                whole.clear();
                self.partial = whole;
            }
            bytes = rest;
        }
        if self.partial.len() + bytes.len() > self.line_limit {
            return Err(BillError::LineTooLong { line: self.line + 1 });
        }
        self.partial.extend_from_slice(bytes);
        Ok(())
    }

    fn line(&mut self, line: &[u8], row: &mut impl FnMut(Provisional<R>)) -> Result<(), BillError> {
        self.line += 1;
        let number = self.line;
        if line.len() > self.line_limit {
            return Err(BillError::LineTooLong { line: number });
        }
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let line = std::str::from_utf8(line).map_err(|_| BillError::NotText { line: number })?;
        match &mut self.part {
            Part::Header => {
                let header = Header::read(line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line))?;
                let columns = R::columns(&header)?;
                self.part = Part::Rows { columns, cutter: Cutter::new(&header, R::FREE_TEXT) };
            }
            Part::Rows { columns, cutter } if line.starts_with('`') => {
                let values = cutter.cut(line).map_err(|_| BillError::Uneven { line: number })?;
                let read = R::read(columns, &values)
                    .map_err(|bad| BillError::BadValue { line: number, column: bad.column })?;
                for (sum, total) in self.sums.iter_mut().zip(R::TOTALS) {
                    *sum += (total.of)(&read);
                }
                self.rows += 1;
                row(Provisional(read));
            }
            Part::Rows { .. } => {
                let header = Header::read(line).map_err(|_| BillError::NoSummary)?;
                if let Some(count) = R::TOTALS.first()
                    && header.optional(count.names).is_none()
                {
                    return Err(BillError::NoSummary);
                }
                self.part = Part::Summary { cutter: Cutter::new(&header, &[]), header };
            }
            Part::Summary { cutter, header } => {
                let values = cutter.cut(line).map_err(|_| BillError::Uneven { line: number })?;
                let stated = |total: &super::Total<R>| match header.optional(total.names) {
                    Some(column) => values.read(column, str::parse).map(Some),
                    None => Ok(None),
                };
                let stated = R::TOTALS.iter().map(stated).collect::<Result<_, _>>();
                let stated = stated
                    .map_err(|bad| BillError::BadValue { line: number, column: bad.column })?;
                self.part = Part::End { stated };
            }
            Part::End { .. } if line.is_empty() => {}
            Part::End { .. } => return Err(BillError::Trailing),
        }
        Ok(())
    }

    fn finish(
        mut self,
        file_bytes: u64,
        mut row: impl FnMut(Provisional<R>),
    ) -> Result<Checked, BillError> {
        let last = std::mem::take(&mut self.partial);
        if !last.is_empty() {
            self.line(&last, &mut row)?;
        }
        let file_hash = self.digest.finish();
        if let Proof::Digest(announced) = self.proof
            && announced != file_hash
        {
            return Err(BillError::WrongDigest);
        }
        let Part::End { stated } = self.part else { return Err(BillError::NoSummary) };
        let mut totals = Vec::new();
        for ((total, stated), counted) in R::TOTALS.iter().zip(stated).zip(self.sums) {
            let column = total.names.first().copied().unwrap_or("");
            match stated {
                Some(stated) if stated == counted => totals.push((column, stated)),
                Some(stated) => return Err(BillError::WrongTotal { column, stated, counted }),
                None => {}
            }
        }
        if totals.is_empty() && self.proof == Proof::Summary {
            return Err(BillError::Unproven);
        }
        Ok(Checked { rows: self.rows, file_bytes, file_hash, totals })
    }
}
