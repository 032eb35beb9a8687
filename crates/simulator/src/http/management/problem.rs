//! Errors as `application/problem+json`.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header::CONTENT_TYPE};

use crate::{
    shell::SetupError,
    world::{Deferred, Explanation, Refusal, RefusalCode, RegisterError},
};

/// One error on the management surface.
#[derive(Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: String,
    remaining: Option<u8>,
    explanation: Option<Deferred<Explanation>>,
}

#[derive(serde::Serialize)]
struct Body<'a> {
    r#type: String,
    title: &'static str,
    status: u16,
    detail: &'a str,
    code: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    remaining: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    explanation: Option<&'a Explanation>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self { status, code, detail: detail.into(), remaining: None, explanation: None }
    }

    pub(crate) fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BAD_REQUEST", detail)
    }

    pub(crate) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "NOT_FOUND", detail)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = Body {
            r#type: format!("urn:suanpan:simulator:{}", self.code.to_ascii_lowercase()),
            title: self.status.canonical_reason().unwrap_or("Error"),
            status: self.status.as_u16(),
            detail: &self.detail,
            code: self.code,
            remaining: self.remaining,
            explanation: self.explanation.as_deref(),
        };
        let mut response = (self.status, Json(body)).into_response();
        let problem = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(CONTENT_TYPE, problem);
        response
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let (status, code) = match refusal.code {
            RefusalCode::NotFound => (StatusCode::NOT_FOUND, "NOT_FOUND"),
            RefusalCode::InvocationRefused => {
                (StatusCode::UNPROCESSABLE_ENTITY, "INVOCATION_REFUSED")
            }
            RefusalCode::WrongPin => (StatusCode::FORBIDDEN, "WRONG_PIN"),
            RefusalCode::PinLocked => (StatusCode::FORBIDDEN, "PIN_LOCKED"),
            RefusalCode::InsufficientBalance => (StatusCode::CONFLICT, "INSUFFICIENT_BALANCE"),
            RefusalCode::CardRefused => (StatusCode::CONFLICT, "CARD_REFUSED"),
            RefusalCode::CardLimit => (StatusCode::CONFLICT, "CARD_LIMIT"),
            RefusalCode::NotAllowed => (StatusCode::CONFLICT, "NOT_ALLOWED"),
        };
        let Refusal { remaining, explanation, .. } = refusal;
        Self { remaining, explanation, ..Self::new(status, code, refusal.text) }
    }
}

impl From<RegisterError> for Problem {
    fn from(error: RegisterError) -> Self {
        let (status, code) = match error {
            RegisterError::Taken { .. } => (StatusCode::CONFLICT, "TAKEN"),
            RegisterError::Unknown { .. } => (StatusCode::NOT_FOUND, "NOT_FOUND"),
            RegisterError::Invalid(_) | RegisterError::Key(_) | RegisterError::ApiKey(_) => {
                (StatusCode::UNPROCESSABLE_ENTITY, "INVALID")
            }
        };
        Self::new(status, code, error.to_string())
    }
}

impl From<SetupError> for Problem {
    fn from(error: SetupError) -> Self {
        match error {
            SetupError::Register(error) => error.into(),
            SetupError::Key(error) => RegisterError::Key(error).into(),
        }
    }
}

pub(crate) async fn no_such_path() -> Problem {
    Problem::not_found("there is no such path on the management address")
}

pub(crate) async fn other_method() -> Problem {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "METHOD_NOT_ALLOWED",
        "this path knows other methods",
    )
}
