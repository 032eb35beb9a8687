use std::fmt;

use crate::{
    bill::{
        self, BillError, Checked, FileDigest, FileHash, Form, Limits, Proof, Provisional, Row, Sum,
    },
    pay_v2::xml::{DOCUMENT_LIMIT, Fields, XmlError},
};

/// A gzip file begins with it.
const GZIP: &[u8] = b"\x1f\x8b";
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// What is kept of a sentence nobody signed; the documents give it 128 characters.
const MESSAGE_LIMIT: usize = 128;

/// Reads the answer to a [`Statement`](super::Statement) in constant memory: a bill, or the XML
/// that stands in its place. Gives out rows that nothing speaks for yet; [`Reader::finish`] says
/// whether the bill agrees with itself.
///
/// Whether the bill is packed is seen in its first bytes, whatever was asked for.
#[derive(Debug)]
pub struct Reader<R: Row> {
    limits: Limits,
    announced: Option<FileHash>,
    travelled: FileDigest,
    answer: Answer<R>,
}

#[derive(Debug)]
enum Answer<R: Row> {
    /// Too few bytes to see what it is.
    Beginning(Vec<u8>),
    /// Markup, without a byte order mark.
    Refusal(Vec<u8>),
    File(Box<bill::Reader<R>>),
}

impl<R: Row> Reader<R> {
    /// A reader for one answer. `digest` is the value of its `Digest` header, if it has one: fund
    /// flows do.
    ///
    /// # Errors
    /// When the status is not 200, which is neither a bill nor a refusal, or when the header states
    /// a SHA-1 that is none.
    pub fn new(status: u16, digest: Option<&str>, limits: Limits) -> Result<Self, StatementError> {
        if status != 200 {
            return Err(StatementError::Busy { status });
        }
        let announced = digest.and_then(stated_sha1).map(|hash| {
            FileHash::read("SHA1", hash).ok_or(StatementError::Bill(BillError::WrongDigest))
        });
        Ok(Self {
            limits,
            announced: announced.transpose()?,
            travelled: FileDigest::new(),
            answer: Answer::Beginning(Vec::new()),
        })
    }

    /// Takes the next bytes of the answer and gives out the rows they complete.
    ///
    /// # Errors
    /// When they cannot be a bill or a refusal, or cost too much. They stay refused.
    pub fn feed(
        &mut self,
        chunk: &[u8],
        row: impl FnMut(Provisional<R>),
    ) -> Result<(), StatementError> {
        self.travelled.update(chunk);
        match &mut self.answer {
            Answer::Beginning(bytes) => {
                bytes.extend_from_slice(chunk);
                if bytes.len() <= BYTE_ORDER_MARK.len() {
                    return Ok(());
                }
                self.tell_apart(row)
            }
            Answer::Refusal(document) => grow(document, chunk),
            Answer::File(reader) => Ok(reader.feed(chunk, row)?),
        }
    }

    /// The answer is over: the last rows, and the verdict on all of them.
    ///
    /// # Errors
    /// When WeChat refuses the bill, when it is cut off, or contradicts its summary or the digest in
    /// the answer's header. No row of it may be used then.
    pub fn finish(
        mut self,
        mut row: impl FnMut(Provisional<R>),
    ) -> Result<Consistent, StatementError> {
        self.tell_apart(&mut row)?;
        let reader = match self.answer {
            Answer::File(reader) => reader,
            Answer::Refusal(document) | Answer::Beginning(document) => {
                let fields = Fields::read(&document).map_err(StatementError::Markup)?;
                return Err(StatementError::Refused(Refusal::read(&fields)));
            }
        };
        let checked = reader.finish(row)?;
        // Whether the digest is of the packed file or of what is in it is unconfirmed. It finds
        // damage and no forgery, so either may fit.
        if let Some(announced) = self.announced
            && announced != checked.file_hash
            && announced != self.travelled.finish()
        {
            return Err(BillError::WrongDigest.into());
        }
        Ok(Consistent { checked, has_digest: self.announced.is_some() })
    }

    /// Decides what the answer is, unless that is done. Refusals are markup even when a gzip file
    /// was asked for; a bill never begins with `<`.
    fn tell_apart(&mut self, row: impl FnMut(Provisional<R>)) -> Result<(), StatementError> {
        let Answer::Beginning(bytes) = &mut self.answer else { return Ok(()) };
        let bytes = std::mem::take(bytes);
        let text = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&bytes);
        if text.starts_with(b"<") {
            let mut document = Vec::new();
            let grown = grow(&mut document, text);
            self.answer = Answer::Refusal(document);
            return grown;
        }
        let form = if bytes.starts_with(GZIP) { Form::Gzip } else { Form::Plain };
        let mut reader = Box::new(bill::Reader::new(form, Proof::Summary, self.limits));
        let fed = reader.feed(&bytes, row);
        self.answer = Answer::File(reader);
        Ok(fed?)
    }
}

/// A document that has grown too long stays too long.
fn grow(document: &mut Vec<u8>, chunk: &[u8]) -> Result<(), StatementError> {
    if document.len() <= DOCUMENT_LIMIT {
        document.extend_from_slice(chunk);
    }
    if document.len() > DOCUMENT_LIMIT {
        return Err(StatementError::Markup(XmlError::TooLarge));
    }
    Ok(())
}

/// The header is `Digest: SHA=` with hex, where RFC 3230 wants Base64; other digests in it are not
/// looked at.
fn stated_sha1(digest: &str) -> Option<&str> {
    digest.split(',').find_map(|stated| {
        let (algorithm, hash) = stated.trim().split_once('=')?;
        algorithm.eq_ignore_ascii_case("SHA").then_some(hash)
    })
}

/// The verdict on a bill that nobody signed: its rows add up to its summary, and the digest in the
/// answer's header fits, where there is one. It was not cut off or damaged on the way; whether
/// WeChat wrote it, only TLS says. Only [`Reader::finish`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consistent {
    /// Not given out: it would make the rows as good as those of a bill announced by a signed
    /// answer.
    checked: Checked,
    has_digest: bool,
}

impl Consistent {
    /// How many rows the bill has.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.checked.rows()
    }

    /// The length of the unpacked file.
    #[must_use]
    pub fn file_bytes(&self) -> u64 {
        self.checked.file_bytes()
    }

    /// The totals that were checked; at least one.
    #[must_use]
    pub fn totals(&self) -> &[(&'static str, Sum)] {
        self.checked.totals()
    }

    /// Whether there was a digest to compare with. Trade bills have none.
    #[must_use]
    pub fn has_digest(&self) -> bool {
        self.has_digest
    }
}

impl<R> Provisional<R> {
    /// Takes the row, because the file it came from agrees with itself; nobody signed it. `verdict`
    /// must be that of the file's own reader.
    pub fn consistent_by(self, _verdict: &Consistent) -> R {
        self.into_row()
    }
}

/// Why there is no bill, in the words of WeChat. Nobody signed them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What kind.
    pub reason: Reason,
    /// WeChat's code, where it has one: the two endpoints use different ones.
    pub code: Option<String>,
    /// The first 128 characters of WeChat's sentence, for people.
    pub message: String,
}

/// Kinds of refusal that a program can do something about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Nothing happened on that day, or nothing is kept of it any more.
    NoBill,
    /// Not ready yet: ask later.
    NotYet,
    /// Anything else: a person should look.
    Other,
}

impl Refusal {
    /// Trade bills say it in `return_msg` and `error_code`, fund flows in `err_code`. Of the numeric
    /// codes only 20002 is certain; the others are **unconfirmed** and left to people.
    fn read(fields: &Fields) -> Self {
        let code = fields.text("err_code").or_else(|| fields.text("error_code"));
        let said = fields.get("err_code_des").or_else(|| fields.get("return_msg"));
        let said = said.unwrap_or_default();
        let reason = match (code.as_deref(), said.to_ascii_lowercase().as_str()) {
            (Some("NO_BILL_EXIST" | "20002"), _) | (_, "no bill exist") => Reason::NoBill,
            (Some("BILL_CREATING"), _) | (_, "bill creating") => Reason::NotYet,
            _ => Reason::Other,
        };
        Self { reason, code, message: said.chars().take(MESSAGE_LIMIT).collect() }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.code {
            Some(code) => write!(f, "{} ({code})", self.message),
            None => f.write_str(&self.message),
        }
    }
}

/// Why an answer gives no rows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StatementError {
    /// WeChat says there is none. Unsigned: that nothing happened on a day has to agree with the
    /// books.
    #[error("WeChat gives no bill: {0}")]
    Refused(Refusal),
    /// Neither a bill nor a refusal: ask again.
    #[error("WeChat answered HTTP {status} instead of a bill")]
    Busy {
        /// HTTP status.
        status: u16,
    },
    /// Markup, but no refusal: the page of a proxy, perhaps.
    #[error("instead of a bill came markup that is no refusal: {0}")]
    Markup(XmlError),
    /// It cannot be believed.
    #[error(transparent)]
    Bill(#[from] BillError),
}
