//! Calls to `api.weixin.qq.com`: login, tokens, phone numbers, shipping, messages.
//!
//! The open platform is another house than WeChat Pay. Its answers are not signed and come with
//! HTTP 200 whatever happened; a member `errcode` says what (docs/protocol/open-platform.md). The
//! three outcomes are the same as for a signed [`Call`](crate::call::Call), and so is the rule that
//! unknown is not failed.
//!
//! ```text
//!  OpenCall ── request(credential) ──► OpenRequest ── sent over TLS ──► RawAnswer ── judge() ──► OpenOutcome
//! ```
//!
//! # What is proven, and how
//!
//! Four kinds of statement reach a merchant's server, and each has a type of its own, because they
//! are worth different things:
//!
//! | type | who vouches | what is covered |
//! |---|---|---|
//! | [`Verified`](crate::Verified) | WeChat Pay's private key | every byte; nobody else can make one |
//! | [`Attested`] | a secret shared with WeChat | every byte; whoever knows the secret can make one |
//! | [`Hint`](crate::push::Hint) | a secret shared with WeChat | the address only; the body is anybody's |
//! | [`OpenOutcome`] | the TLS connection | what came over that connection |
//!
//! Only the first may say that money moved. The others name people, or tell when to ask.
//!
//! # A call
//!
//! Each call says by type what lets it in: an [`AccessToken`](crate::secret::AccessToken), the
//! app's own [`AppCredentials`](crate::secret::AppCredentials), or the token of one user.
//!
//! ```
//! use suanpan_wechat::{
//!     call::RawAnswer,
//!     id::Appid,
//!     miniprogram::phone::{ByCode, PhoneCode},
//!     open_api::{ErrCode, OpenCall, OpenOutcome, judge},
//!     secret::AccessToken,
//! };
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let appid = Appid::new("wx4f4bc4dec97d474b")?;
//! let code = "e31968a7f94cc5ee25fafc2aef2773f0bb8c3937b22520eb8ee345274d00c144";
//! let code = PhoneCode::new(code).ok_or("the front end sent no code")?;
//! let call = ByCode { appid, code, openid: None };
//! let request = call.request(&AccessToken::new("85_canary")?);
//! assert_eq!(request.path(), "/wxa/business/getuserphonenumber");
//! assert!(!format!("{request:?}").contains("canary"));
//!
//! # let body = br#"{"errcode":40029,"errmsg":"invalid code hint: [5GLeM53Vf-2rQy3] rid: 652d44d0-1d0af18b-5b069232"}"#;
//! let answer = RawAnswer { status: 200, headers: Vec::new(), body: body.to_vec() };
//! match judge(&call, &answer) {
//!     OpenOutcome::Success(phone) => println!("{}", phone.pure_phone_number.expose()),
//!     OpenOutcome::Rejected(refusal) => assert_eq!(refusal.errcode, ErrCode::INVALID_CODE),
//!     OpenOutcome::Unknown(reason) => println!("ask again later: {reason}"),
//! }
//! # Ok(())
//! # }
//! ```

mod errcode;
mod request;
pub(crate) mod wire;

use std::fmt;

pub use errcode::ErrCode;
pub use request::OpenRequest;

use crate::call::{RawAnswer, TransportFault};

/// One operation of the open platform.
pub trait OpenCall: Send + Sync {
    /// What success means.
    type Answer: Send;

    /// What lets the call in.
    type Credential: Send + Sync;

    /// A name for logs and metrics: `miniprogram.phone`.
    const NAME: &'static str;

    /// The request. It contains the credential.
    fn request(&self, credential: &Self::Credential) -> OpenRequest;

    /// Reads a body without an `errcode`, or with `errcode` 0.
    ///
    /// # Errors
    /// When the body is not what the document promises.
    fn read(&self, body: &[u8]) -> Result<Self::Answer, Unreadable>;
}

/// What became of a call. Nothing in it is signed: TLS vouches for the connection, and over plain
/// HTTP (a simulator) nobody does.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum OpenOutcome<T> {
    /// WeChat did it.
    Success(T),
    /// WeChat refused; nothing happened on its side.
    Rejected(Refusal),
    /// Nobody knows.
    Unknown(OpenUnknown),
}

/// WeChat's refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The machine-readable reason.
    pub errcode: ErrCode,
    /// WeChat's sentence, at most 512 characters of it, in English or Chinese and with typing
    /// errors. Never branch on it.
    pub errmsg: String,
}

/// The longest `errmsg` that is kept, in characters.
const ERRMSG_LIMIT: usize = 512;

impl Refusal {
    /// The request's number at WeChat, which its support asks for: three groups of eight hex
    /// digits at the end of most `errmsg`s.
    #[must_use]
    pub fn rid(&self) -> Option<&str> {
        let (_, rid) = self.errmsg.rsplit_once("rid: ")?;
        let groups = rid.split('-').filter(|group| group.len() == 8);
        let hex = rid.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
        (rid.len() == 26 && hex && groups.count() == 3).then_some(rid)
    }
}

impl fmt::Display for Refusal {
    /// Without `errmsg`, which is somebody else's text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.rid() {
            Some(rid) => write!(f, "errcode {}, rid {rid}", self.errcode),
            None => write!(f, "errcode {}", self.errcode),
        }
    }
}

/// Why the outcome is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum OpenUnknown {
    /// The connection failed or timed out; the request may or may not have arrived.
    Transport(TransportFault),
    /// WeChat is in trouble.
    Busy {
        /// HTTP status; 200 when the trouble is told by `errcode`.
        status: u16,
        /// WeChat's number where the body was readable.
        errcode: Option<ErrCode>,
    },
    /// What came is not an answer.
    Unreadable(Unreadable),
}

impl fmt::Display for OpenUnknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OpenUnknown::Transport(fault) => write!(f, "{fault}"),
            OpenUnknown::Busy { errcode: Some(errcode), .. } => write!(f, "errcode {errcode}"),
            OpenUnknown::Busy { status, errcode: None } => write!(f, "HTTP {status}"),
            OpenUnknown::Unreadable(error) => write!(f, "{error}"),
        }
    }
}

/// A body that is not what its document promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an answer of api.weixin.qq.com cannot be read as {expected}")]
pub struct Unreadable {
    /// What it should have been.
    pub expected: &'static str,
}

/// A value that WeChat would refuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{field} must be {rule}")]
pub struct InvalidField {
    /// The member's name on the wire.
    pub field: &'static str,
    /// The rule in words.
    pub rule: &'static str,
}

/// The part every answer may have. Success usually has none of it.
#[derive(serde::Deserialize)]
struct Envelope {
    errcode: Option<ErrCode>,
    errmsg: Option<String>,
}

/// Decides what an answer means. `Content-Type` is not asked: it has been `text/plain` for JSON.
pub fn judge<C: OpenCall>(call: &C, answer: &RawAnswer) -> OpenOutcome<C::Answer> {
    let envelope: Option<Envelope> = serde_json::from_slice(&answer.body).ok();
    let errcode = envelope.as_ref().and_then(|envelope| envelope.errcode);
    if answer.status != 200 || errcode.is_some_and(ErrCode::is_outcome_unknown) {
        return OpenOutcome::Unknown(OpenUnknown::Busy { status: answer.status, errcode });
    }
    match envelope {
        None => {
            let expected = "a JSON object";
            OpenOutcome::Unknown(OpenUnknown::Unreadable(Unreadable { expected }))
        }
        Some(Envelope { errcode: None | Some(ErrCode::OK), .. }) => match call.read(&answer.body) {
            Ok(answer) => OpenOutcome::Success(answer),
            Err(unreadable) => OpenOutcome::Unknown(OpenUnknown::Unreadable(unreadable)),
        },
        Some(Envelope { errcode: Some(errcode), errmsg }) => {
            let errmsg = errmsg.unwrap_or_default().chars().take(ERRMSG_LIMIT).collect();
            OpenOutcome::Rejected(Refusal { errcode, errmsg })
        }
    }
}

/// Reads a JSON body, the usual [`OpenCall::read`].
pub(crate) fn json<T: serde::de::DeserializeOwned>(
    body: &[u8],
    expected: &'static str,
) -> Result<T, Unreadable> {
    serde_json::from_slice(body).map_err(|_| Unreadable { expected })
}

/// Proof that whoever made `T` knows a secret that we share with WeChat.
///
/// Made by [`SealedPush`](crate::push::SealedPush) (Token and EncodingAESKey) and by
/// [`check_raw_data`](crate::miniprogram::open_data::check_raw_data) (the session_key). Weaker than
/// [`Verified`](crate::Verified): we, and everybody who ever saw our configuration, could have made
/// it too. It has no public constructor:
///
/// ```compile_fail,E0423
/// let forged = suanpan_wechat::open_api::Attested(b"{}");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attested<T>(T);

impl<T> Attested<T> {
    /// Looks at the attested value.
    pub fn get(&self) -> &T {
        &self.0
    }

    /// Gives up the proof and keeps the value.
    pub fn into_inner(self) -> T {
        self.0
    }

    /// For the two modules that check such a secret.
    pub(crate) fn checked(value: T) -> Self {
        Self(value)
    }
}
