//! Reading requests, with refusals as problem documents.

use axum::{
    extract::{FromRequest, FromRequestParts, Query, Request},
    http::request::Parts,
};
use bytes::Bytes;
use http::{StatusCode, header::CONTENT_TYPE};
use http_body_util::{BodyExt as _, Limited};
use serde::de::DeserializeOwned;

use super::problem::Problem;

/// The largest body of a management call.
const BODY_LIMIT: usize = 256 * 1024;

/// The largest world that is imported.
const FILE_LIMIT: usize = 1024 * 1024 * 1024;

/// A JSON body, declared as such.
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let body = serde_json::from_slice(&read_json(request, BODY_LIMIT).await?);
        body.map(Self).map_err(|error| Problem::bad_request(error.to_string()))
    }
}

/// A large JSON body, declared as such and unread.
pub(crate) struct JsonFile(pub(crate) Bytes);

impl<S: Sync> FromRequest<S> for JsonFile {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        read_json(request, FILE_LIMIT).await.map(Self)
    }
}

async fn read_json(request: Request, limit: usize) -> Result<Bytes, Problem> {
    let declared = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = declared.and_then(|value| value.split(';').next()).map(str::trim);
    if !essence.is_some_and(|value| value.eq_ignore_ascii_case("application/json")) {
        return Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "NOT_JSON",
            "the body must be application/json",
        ));
    }
    let body = Limited::new(request.into_body(), limit).collect().await.map_err(|_| {
        let kibibytes = limit / 1024;
        Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "TOO_LARGE",
            format!("a body has at most {kibibytes} KiB here and must arrive whole"),
        )
    })?;
    Ok(body.to_bytes())
}

/// A query string.
pub(crate) struct Params<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Query::try_from_uri(&parts.uri)
            .map(|Query(params)| Self(params))
            .map_err(|error| Problem::bad_request(error.to_string()))
    }
}
