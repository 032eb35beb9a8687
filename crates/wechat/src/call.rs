//! One call to WeChat: the request that leaves, the answer that came, and the three outcomes.
//!
//! ```text
//!  Call ── request() ──► Request ── signed and sent ──► RawAnswer ── judge() ──► Outcome
//! ```
//!
//! **Unknown is not failed.** A timeout, a broken connection, a 5xx, a rate limit or an answer
//! whose signature does not verify says nothing about what WeChat did; only [`Outcome::Rejected`]
//! may be treated as *no*.

use std::fmt;

use crate::{
    Timestamp, Verified,
    advice::{Advice, Operation, advise},
    error::{Detail, ErrorBody, ErrorCode},
    id::{RequestId, SerialNo},
    media::Boundary,
    verify::{SignatureHeaders, Verifier, VerifyError, verify},
};

/// The HTTP methods of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Creates or changes.
    Post,
    /// Replaces.
    Put,
    /// Changes a part.
    Patch,
    /// Removes.
    Delete,
}

impl Method {
    /// As on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
        }
    }

    /// Whether this method asks and changes nothing.
    #[must_use]
    pub const fn is_question(self) -> bool {
        matches!(self, Method::Get)
    }
}

/// What leaves for WeChat, before it is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// Path and query, percent-encoded, exactly as they will stand in the request line.
    pub target: String,
    /// The body, byte for byte as it will be sent; empty for none.
    pub body: Vec<u8>,
    /// What the body is; only looked at when there is one.
    pub content_type: ContentType,
    /// The key the sensitive members of the body are encrypted to, sent as `Wechatpay-Serial`.
    pub sealed_to: Option<SerialNo>,
}

/// What a body is, and what of it the signature covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContentType {
    /// `application/json`; all of it is signed.
    Json,
    /// `multipart/form-data` with a `meta` and a `file`; only `meta` is signed, and `meta`
    /// contains the digest of the file.
    Upload {
        /// What stands between the parts.
        boundary: Boundary,
        /// The `meta` part, byte for byte as it stands in the body.
        meta: Vec<u8>,
    },
    /// `text/xml`; the signature of the v2 protocol stands inside.
    Xml,
}

impl Request {
    /// Reads `target`, which is sent and signed as it stands.
    #[must_use]
    pub fn get(target: impl Into<String>) -> Self {
        Self::new(Method::Get, target, Vec::new())
    }

    /// Sends `body` to `target`, both as they stand.
    #[must_use]
    pub fn post(target: impl Into<String>, body: Vec<u8>) -> Self {
        Self::new(Method::Post, target, body)
    }

    /// A request with a JSON body, or none.
    #[must_use]
    pub fn new(method: Method, target: impl Into<String>, body: Vec<u8>) -> Self {
        let target = target.into();
        Self { method, target, body, content_type: ContentType::Json, sealed_to: None }
    }

    /// Names the key the body's sensitive members are encrypted to.
    #[must_use]
    pub fn sealed_to(self, serial_no: Option<SerialNo>) -> Self {
        Self { sealed_to: serial_no, ..self }
    }

    /// The last line of the signed message (docs/protocol.md, "Signing a request").
    #[must_use]
    pub fn signed_body(&self) -> &[u8] {
        match &self.content_type {
            ContentType::Json | ContentType::Xml => &self.body,
            ContentType::Upload { meta, .. } => meta,
        }
    }
}

/// One operation of the v3 API.
pub trait Call: Send + Sync {
    /// What success means.
    type Answer: Send;

    /// A name for logs and metrics: `pay.jsapi.prepay`.
    const NAME: &'static str;

    /// The statuses [`Call::read`] is asked about. Any other 2xx leaves the outcome unknown.
    const SUCCESS: &'static [u16] = &[200, 204];

    /// The same call gives the same request, so that a repeat is a repeat.
    fn request(&self) -> Request;

    /// Whether WeChat recognises the identical request as the same one, so that sending it twice
    /// does nothing twice. True for every documented operation: their numbers are the merchant's.
    fn is_repeatable(&self) -> bool {
        true
    }

    /// What kind of thing this is, for [`Call::advise`]. By default what the method says.
    fn operation(&self) -> Operation {
        Operation::of(self.request().method)
    }

    /// What to do after `outcome`.
    fn advise(&self, outcome: &Outcome<Self::Answer>) -> Advice {
        advise(self.operation(), self.is_repeatable(), outcome)
    }

    /// Reads a verified answer of one of the [`Call::SUCCESS`] statuses.
    ///
    /// # Errors
    /// When the body is not what the document promises.
    fn read(&self, status: u16, body: &[u8]) -> Result<Self::Answer, Malformed>;
}

/// An answer as it came off the wire: nothing in it is believed yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawAnswer {
    /// HTTP status.
    pub status: u16,
    /// Header names in lower case, with their values.
    pub headers: Vec<(String, String)>,
    /// Decoded body (the signature covers the decoded form).
    pub body: Vec<u8>,
}

impl RawAnswer {
    /// The first value of a header, by lower-case name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// `Request-ID`, which WeChat's support asks for.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.header("request-id")
    }
}

/// A verified body that is not what its document promises. Something is wrong between WeChat's
/// version of the protocol and ours; a person should look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a verified message from WeChat cannot be read as {expected}")]
pub struct Malformed {
    /// What it should have been.
    pub expected: &'static str,
}

/// What became of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Outcome<T> {
    /// WeChat did it, and signed that it did.
    Success(Verified<T>),
    /// WeChat refused; nothing happened on its side.
    Rejected(Rejection),
    /// Nobody knows. Repeat the identical request, or query.
    Unknown(Unknown),
}

/// WeChat's refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// HTTP status, 4xx.
    pub status: u16,
    /// The machine-readable reason.
    pub code: ErrorCode,
    /// WeChat's sentence for people, in Chinese. Never branch on it.
    pub message: String,
    /// Where a parameter is wrong; business refusals have none. May quote personal data.
    pub detail: Option<Box<Detail>>,
    /// For WeChat's support; its error number tells apart what shares a code.
    pub request_id: Option<RequestId>,
}

/// Why the outcome is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unknown {
    /// The connection failed or timed out; the request may or may not have arrived.
    Transport(TransportFault),
    /// WeChat answered that it is in trouble or still busy with this very request.
    Busy {
        /// HTTP status.
        status: u16,
        /// WeChat's code where the body was readable.
        code: Option<ErrorCode>,
    },
    /// The answer is not proven to come from WeChat.
    NotVerified(VerifyError),
    /// The answer came from WeChat and cannot be read.
    Malformed(Malformed),
    /// WeChat v2 did not take the request (`return_code` is `FAIL`). It never signs that, so
    /// anybody on the way could have said it.
    Unsigned {
        /// Its sentence for people. Never branch on it.
        message: String,
    },
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unknown::Transport(fault) => write!(f, "{fault}"),
            Unknown::Busy { status, code: Some(code) } => write!(f, "HTTP {status} {code}"),
            Unknown::Busy { status, code: None } => write!(f, "HTTP {status}"),
            Unknown::NotVerified(error) => write!(f, "answer not verified: {error}"),
            Unknown::Malformed(error) => write!(f, "{error}"),
            Unknown::Unsigned { message } => {
                write!(f, "not taken, says an unsigned answer: {message}")
            }
        }
    }
}

/// How the transport failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TransportFault {
    /// No connection was made: the request certainly did not arrive.
    #[error("no connection to WeChat could be made")]
    Connect,
    /// No answer in time.
    #[error("WeChat did not answer in time")]
    Timeout,
    /// The connection broke after the request had left.
    #[error("the connection to WeChat broke")]
    Broken,
    /// The target does not travel unchanged, or the keys are another merchant's than the one the
    /// call names, so nothing was sent: a bug in the call.
    #[error("the request cannot be sent as it would be signed")]
    Unsendable,
    /// The call needs the merchant's client certificate, and there is none: nothing was sent.
    #[error("this call needs the merchant's client certificate")]
    NoClientCertificate,
    /// The answer was larger than anything WeChat sends; the rest was not read.
    #[error("the answer is too large to come from WeChat")]
    TooLarge,
}

/// Decides what an answer means. `now` is wall time.
///
/// WeChat signs every answer to a request whose own signature it accepted, refusals included, so a
/// refusal is believed only with its signature. The one exception is 401 `SIGN_ERROR`, which is
/// about our signature and therefore never signed; no other word of a 401 is believed.
pub fn judge<C: Call>(
    call: &C,
    answer: &RawAnswer,
    verifier: &dyn Verifier,
    now: Timestamp,
) -> Outcome<C::Answer> {
    let error = (answer.status >= 300).then(|| ErrorBody::read(&answer.body)).flatten();
    let refuses_us = error.as_ref().is_some_and(|error| matches!(error.code, ErrorCode::SignError));
    if answer.status == 401 && refuses_us {
        return Outcome::Rejected(rejection(answer, error));
    }
    if !matches!(answer.status, 200..=499) || answer.status == 429 {
        return Outcome::Unknown(Unknown::Busy {
            status: answer.status,
            code: error.map(|error| error.code),
        });
    }
    let verified = SignatureHeaders::read(|name| answer.header(name))
        .and_then(|headers| verify(verifier, &headers, &answer.body, now));
    let body = match verified {
        Ok(body) => body,
        Err(error) => return Outcome::Unknown(Unknown::NotVerified(error)),
    };
    match answer.status {
        status if C::SUCCESS.contains(&status) => {
            match body.read(|body| call.read(answer.status, body)) {
                Ok(answer) => Outcome::Success(answer),
                Err(malformed) => Outcome::Unknown(Unknown::Malformed(malformed)),
            }
        }
        400..=499 if error.as_ref().is_some_and(|error| error.code.is_outcome_unknown()) => {
            Outcome::Unknown(Unknown::Busy {
                status: answer.status,
                code: error.map(|error| error.code),
            })
        }
        400..=499 => Outcome::Rejected(rejection(answer, error)),
        _ => Outcome::Unknown(Unknown::Busy {
            status: answer.status,
            code: error.map(|error| error.code),
        }),
    }
}

fn rejection(answer: &RawAnswer, error: Option<ErrorBody>) -> Rejection {
    let ErrorBody { code, message, detail } = error.unwrap_or(ErrorBody {
        code: ErrorCode::Other(String::new()),
        message: String::new(),
        detail: None,
    });
    let request_id = answer.request_id().and_then(|id| id.parse().ok());
    Rejection { status: answer.status, code, message, detail: detail.map(Box::new), request_id }
}
