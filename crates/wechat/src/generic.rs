//! Any other operation of the v3 API: signed, verified and judged like the typed ones.
//!
//! WeChat Pay has some hundred operations this crate gives no types to (coupons, complaints,
//! onboarding of merchants, …). A [`Generic`] call reaches them with nothing lost but the types:
//! the answer is the verified JSON, as bytes. What the types would have guarded is then the
//! caller's to get right: limits of fields, one number for one intention, what may be repeated.
//!
//! ```
//! use suanpan_wechat::{
//!     call::{Call, Method},
//!     generic::{Generic, Repeat},
//! };
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let list = Generic::get("/v3/merchant-service/complaints-v2")?
//!     .query("begin_date", "2024-10-01")
//!     .query("end_date", "2024-10-31");
//! assert_eq!(
//!     list.request().target,
//!     "/v3/merchant-service/complaints-v2?begin_date=2024-10-01&end_date=2024-10-31",
//! );
//!
//! let reply = serde_json::json!({"complainted_mchid": "1900007291", "response_content": "已退款"});
//! let reply = Generic::new(
//!     Method::Post,
//!     "/v3/merchant-service/complaints-v2/200201820200101080076610000/response",
//!     Repeat::Never,
//! )?
//! .json(&reply)?;
//! assert!(!reply.is_repeatable());
//! # Ok(())
//! # }
//! ```

use crate::{
    call::{Call, Malformed, Method, Request},
    id::SerialNo,
    pay::segment,
};

/// Whether sending the same request twice does nothing twice.
///
/// WeChat's operations that move money are repeatable by their numbers; others are not always, and
/// only their page says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// The same request is the same intention: it may be sent again after a broken connection.
    Allowed,
    /// Sent again only if it certainly did not arrive.
    Never,
}

/// One call of any operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generic {
    request: Request,
    repeat: Repeat,
}

impl Generic {
    /// Calls `method` on `path`, without query and body yet.
    ///
    /// `path` is sent and signed as it stands: encode what you put into it with
    /// [`Generic::path_segment`].
    ///
    /// # Errors
    /// When the path is not one of the v3 API, or has what a path cannot have.
    pub fn new(
        method: Method,
        path: impl Into<String>,
        repeat: Repeat,
    ) -> Result<Self, InvalidPath> {
        let path = path.into();
        let sendable = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'?' | b'#' | b'\\');
        if !path.starts_with("/v3/") || !path.bytes().all(sendable) || leaves_itself(&path) {
            return Err(InvalidPath);
        }
        Ok(Self { request: Request::new(method, path, Vec::new()), repeat })
    }

    /// Asks `path`; questions may always be repeated.
    ///
    /// # Errors
    /// As [`Generic::new`].
    pub fn get(path: impl Into<String>) -> Result<Self, InvalidPath> {
        Self::new(Method::Get, path, Repeat::Allowed)
    }

    /// `text` as a part of a path, encoded.
    #[must_use]
    pub fn path_segment(text: &str) -> String {
        segment(text).to_string()
    }

    /// Adds a query parameter, encoding name and value.
    #[must_use]
    pub fn query(mut self, name: &str, value: &str) -> Self {
        let separator = if self.request.target.contains('?') { '&' } else { '?' };
        self.request.target.push(separator);
        self.request.target.push_str(&Self::path_segment(name));
        self.request.target.push('=');
        self.request.target.push_str(&Self::path_segment(value));
        self
    }

    /// Sets the body to the JSON of `message`. To store it before it is sent, serialise it
    /// yourself and give the bytes to [`Generic::body`].
    ///
    /// # Errors
    /// When `message` is not serialisable as JSON.
    pub fn json(self, message: &impl serde::Serialize) -> Result<Self, serde_json::Error> {
        Ok(self.body(serde_json::to_vec(message)?))
    }

    /// Sets the body, JSON byte for byte.
    #[must_use]
    pub fn body(mut self, json: Vec<u8>) -> Self {
        self.request.body = json;
        self
    }

    /// Names the key the body's sensitive members are encrypted to
    /// ([`crate::sensitive::common_serial_no`]).
    #[must_use]
    pub fn sealed_to(mut self, serial_no: Option<SerialNo>) -> Self {
        self.request.sealed_to = serial_no;
        self
    }
}

/// The path cannot be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a path must begin with /v3/ and be encoded, without query, fragment and dot segments")]
pub struct InvalidPath;

/// HTTP libraries resolve dot segments, so the path that is sent would not be the one signed.
fn leaves_itself(path: &str) -> bool {
    path.split('/').any(|part| {
        let plain = part.to_ascii_lowercase().replace("%2e", ".");
        matches!(plain.as_str(), "." | "..")
    })
}

impl Call for Generic {
    type Answer = Answer;
    const NAME: &'static str = "generic";

    fn request(&self) -> Request {
        self.request.clone()
    }

    fn is_repeatable(&self) -> bool {
        self.repeat == Repeat::Allowed
    }

    fn read(&self, status: u16, body: &[u8]) -> Result<Answer, Malformed> {
        let malformed = Malformed { expected: "JSON" };
        if !body.is_empty() {
            serde_json::from_slice::<serde::de::IgnoredAny>(body).map_err(|_| malformed)?;
        }
        Ok(Answer { status, json: body.to_vec() })
    }
}

/// What WeChat answered, verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status: 200 with a body or 204 without one. A 202 says that WeChat is still at work,
    /// and therefore leaves the outcome unknown.
    pub status: u16,
    /// The JSON as it was signed; empty for none.
    pub json: Vec<u8>,
}

impl Answer {
    /// Reads the JSON as `T`.
    ///
    /// # Errors
    /// When it is not one.
    pub fn parse<'a, T: serde::Deserialize<'a>>(&'a self) -> Result<T, serde_json::Error> {
        serde_json::from_slice(&self.json)
    }
}
