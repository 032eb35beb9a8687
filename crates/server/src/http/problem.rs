//! The one place where errors become HTTP: problem+json (RFC 9457) with a stable `code`, in
//! Chinese or English. What is our fault shows a fixed phrase and the request's id; the log has
//! the truth.

mod kind;
mod language;

use axum::{
    body::Body,
    extract::rejection::QueryRejection,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value, json};
use suanpan_acts::{ActError, StoreError};
use suanpan_trade::pay::PayRefusal;
use suanpan_wechat::{call::Rejection, error::ErrorCode, miniprogram::code2session::LoginError};

use self::kind::Kind;
pub(crate) use self::language::Language;
use super::door::RequestId;
use crate::shell::NotRun;

/// Why a request was not done.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Problem {
    kind: &'static Kind,
    /// What is particular about this case; the kind's own sentence when absent.
    detail: Option<String>,
    members: Map<String, Value>,
}

impl Problem {
    fn new(kind: &'static Kind) -> Self {
        Self { kind, detail: None, members: Map::new() }
    }

    fn because(self, detail: impl Into<String>) -> Self {
        Self { detail: Some(detail.into()), ..self }
    }

    fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.members.insert(name.to_owned(), value.into());
        self
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.kind.status
    }

    pub(crate) fn bad_request(detail: &str) -> Self {
        Self::new(&kind::BAD_REQUEST).because(detail)
    }

    pub(crate) fn invalid(field: &str, rule: &str) -> Self {
        Self::new(&kind::INVALID).because(format!("{field}: {rule}")).with("field", field)
    }

    /// The error's own words name member, line and column.
    pub(crate) fn unreadable(error: &serde_json::Error) -> Self {
        Self::new(&kind::INVALID).because(error.to_string())
    }

    pub(crate) fn bad_query(error: &QueryRejection) -> Self {
        Self::new(&kind::INVALID).because(error.body_text())
    }

    pub(crate) fn not_json() -> Self {
        Self::new(&kind::NOT_JSON)
    }

    pub(crate) fn too_large(limit: usize) -> Self {
        Self::new(&kind::TOO_LARGE).with("limit_bytes", limit)
    }

    pub(crate) fn too_slow() -> Self {
        Self::new(&kind::TOO_SLOW)
    }

    pub(crate) fn no_api_key() -> Self {
        Self::new(&kind::NO_API_KEY)
    }

    pub(crate) fn no_session() -> Self {
        Self::new(&kind::NO_SESSION)
    }

    pub(crate) fn no_such_path() -> Self {
        Self::new(&kind::NO_SUCH_PATH)
    }

    pub(crate) fn not_found(what: &str) -> Self {
        Self::new(&kind::NOT_FOUND).with("resource", what)
    }

    pub(crate) fn method_not_allowed() -> Self {
        Self::new(&kind::METHOD_NOT_ALLOWED)
    }

    pub(crate) fn unsupported_trade_type() -> Self {
        Self::new(&kind::UNSUPPORTED_TRADE_TYPE)
    }
}

impl From<ActError> for Problem {
    fn from(error: ActError) -> Self {
        match error {
            ActError::NotFound(what) => Self::not_found(what),
            ActError::NotAuthorised("session token") => Self::no_session(),
            ActError::NotAuthorised(_) => Self::new(&kind::WRONG_ORDER_TOKEN),
            ActError::Invalid { field, rule } => Self::invalid(field, &rule),
            ActError::DifferentRequest(what) => {
                Self::new(&kind::DIFFERENT_REQUEST).with("field", what)
            }
            ActError::Refused(refusal) => refused(refusal),
            ActError::InProgress(order_id) => {
                Self::new(&kind::IN_PROGRESS).with("order_id", order_id.as_str())
            }
            ActError::Login(error) => login(&error),
            ActError::WeChatRefused(rejection) => wechat_refused(&rejection),
            ActError::WeChatUnknown(unknown) => {
                tracing::warn!(%unknown, "WeChat's answer is not known");
                Self::new(&kind::WECHAT_UNKNOWN)
            }
            ActError::WrongRoute => Self::not_found("notification route"),
            ActError::Busy => Self::new(&kind::BUSY),
            ActError::Store(StoreError::Corrupt(what)) => internal(&format!("the store: {what}")),
            ActError::Store(error) => {
                tracing::error!(%error, "the store failed");
                Self::new(&kind::STORE_UNAVAILABLE)
            }
            other => internal(&other.to_string()),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        ActError::from(error).into()
    }
}

impl From<NotRun> for Problem {
    fn from(error: NotRun) -> Self {
        match error {
            NotRun::Full => Self::new(&kind::BUSY),
            NotRun::Panicked => internal("an act panicked"),
        }
    }
}

fn internal(truth: &str) -> Problem {
    tracing::error!("{truth}");
    Problem::new(&kind::INTERNAL)
}

fn refused(refusal: PayRefusal) -> Problem {
    Problem::new(match refusal {
        PayRefusal::Paid => &kind::ORDER_PAID,
        PayRefusal::Expired => &kind::ORDER_EXPIRED,
        PayRefusal::Closed => &kind::ORDER_CLOSED,
        PayRefusal::WrongPayer => &kind::WRONG_PAYER,
        PayRefusal::TooManyAttempts => &kind::TOO_MANY_ATTEMPTS,
    })
}

fn login(error: &LoginError) -> Problem {
    match error {
        LoginError::InvalidCode => Problem::new(&kind::LOGIN_CODE_INVALID),
        LoginError::Blocked => Problem::new(&kind::LOGIN_BLOCKED),
        LoginError::Refused { errcode } => {
            tracing::error!(errcode, "WeChat refuses the app's credentials");
            Problem::new(&kind::APP_REFUSED).with("wechat", json!({ "errcode": errcode }))
        }
        _ => Problem::new(&kind::WECHAT_UNAVAILABLE),
    }
}

fn wechat_refused(rejection: &Rejection) -> Problem {
    let ours = matches!(
        rejection.code,
        ErrorCode::SignError
            | ErrorCode::NoAuth
            | ErrorCode::AppidMchidNotMatch
            | ErrorCode::MchNotExists
    ) || rejection.status == 401;
    let kind = if ours { &kind::WECHAT_REFUSED_US } else { &kind::WECHAT_REFUSED };
    if ours {
        tracing::error!(wechat.code = %rejection.code, "WeChat does not accept our configuration");
    }
    Problem::new(kind).with(
        "wechat",
        json!({
            "code": rejection.code.as_str(),
            "message": rejection.message,
            "request_id": rejection.request_id,
        }),
    )
}

impl IntoResponse for Problem {
    /// Carries the problem to [`render`], which knows the language.
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Writes the problem a response carries, if it does, in the asker's language.
pub(crate) fn render(mut response: Response, language: Language, id: &RequestId) -> Response {
    let Some(Problem { kind, detail, members }) = response.extensions_mut().remove() else {
        return response;
    };
    let mut document = json!({
        "type": format!("urn:suanpan:problem:{}", kind.code),
        "title": kind.title(language),
        "status": kind.status.as_u16(),
        "detail": detail.unwrap_or_else(|| kind.cure(language).to_owned()),
        "code": kind.code,
        "request_id": id.0,
    });
    if let Some(document) = document.as_object_mut() {
        document.extend(members);
    }
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_LENGTH);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
    if kind.status == StatusCode::UNAUTHORIZED {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    if kind.passes {
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
    *response.body_mut() = Body::from(document.to_string());
    response
}

#[cfg(test)]
mod tests;
