//! From requests to values. What cannot be right ends here, as a problem.

use axum::{
    extract::{FromRequest, FromRequestParts, Path, Query, Request},
    http::{HeaderMap, header, request::Parts},
};
use serde::de::DeserializeOwned;
use suanpan_acts::Store;
use suanpan_trade::AccountId;

use super::{App, Problem, body::collect};

/// The largest body of the merchant and client API.
const BODY_LIMIT: usize = 256 * 1024;

/// The merchant's backend, proven by its API key.
#[derive(Debug, Clone)]
pub(crate) struct Merchant(pub(crate) AccountId);

impl<S: Store + 'static> FromRequestParts<App<S>> for Merchant {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App<S>) -> Result<Self, Problem> {
        let key = bearer(&parts.headers).ok_or_else(Problem::no_api_key)?;
        let account = app.api_keys.account_of(key).ok_or_else(Problem::no_api_key)?;
        Ok(Self(account.clone()))
    }
}

/// A front end, by the session token it shows. Whether it is one, the act finds out.
#[derive(Clone)]
pub(crate) struct SessionToken(pub(crate) String);

impl<S: Store + 'static> FromRequestParts<App<S>> for SessionToken {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App<S>) -> Result<Self, Problem> {
        let token = bearer(&parts.headers).ok_or_else(Problem::no_session)?;
        Ok(Self(token.to_owned()))
    }
}

/// The credential of `Authorization: Bearer …`.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, credential) =
        headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    (scheme.eq_ignore_ascii_case("bearer") && !credential.is_empty()).then_some(credential.trim())
}

/// A JSON body of at most 256 KiB.
#[derive(Debug)]
pub(crate) struct Json<T>(pub(crate) T);

impl<S: Store + 'static, T: DeserializeOwned> FromRequest<App<S>> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &App<S>) -> Result<Self, Problem> {
        if !is_plain_json(request.headers()) {
            return Err(Problem::not_json());
        }
        let body = collect(request.into_body(), BODY_LIMIT).await?;
        serde_json::from_slice(&body).map(Self).map_err(|error| Problem::unreadable(&error))
    }
}

/// JSON, and not compressed or otherwise wrapped.
pub(crate) fn is_plain_json(headers: &HeaderMap) -> bool {
    let media_type = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next());
    media_type.is_some_and(|media_type| media_type.trim().eq_ignore_ascii_case("application/json"))
        && !headers.contains_key(header::CONTENT_ENCODING)
}

/// An identifier in the path. One that is malformed names nothing: 404, like a strange one.
#[derive(Debug, Clone)]
pub(crate) struct Id<T>(pub(crate) T);

impl<S: Store + 'static, T> FromRequestParts<App<S>> for Id<T>
where
    T: DeserializeOwned + Send,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App<S>) -> Result<Self, Problem> {
        let path = Path::<T>::from_request_parts(parts, app).await;
        path.map(|Path(id)| Self(id)).map_err(|_| Problem::not_found("resource"))
    }
}

/// Query parameters; unknown ones are refused, because a filter that is not applied shows what
/// was not asked for.
#[derive(Debug, Clone)]
pub(crate) struct Filter<T>(pub(crate) T);

impl<S: Store + 'static, T> FromRequestParts<App<S>> for Filter<T>
where
    T: DeserializeOwned + Send,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App<S>) -> Result<Self, Problem> {
        let query = Query::<T>::from_request_parts(parts, app).await;
        query.map(|Query(filter)| Self(filter)).map_err(|error| Problem::bad_query(&error))
    }
}

/// `Idempotency-Key`: 1 to 255 visible characters.
#[derive(Debug, Clone)]
pub(crate) struct IdempotencyKey(pub(crate) Option<String>);

impl<S: Store + 'static> FromRequestParts<App<S>> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App<S>) -> Result<Self, Problem> {
        let Some(value) = parts.headers.get("idempotency-key") else { return Ok(Self(None)) };
        let key = value.to_str().ok().filter(|key| {
            (1..=255).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic())
        });
        let key = key.ok_or_else(|| {
            Problem::invalid("Idempotency-Key", "must be 1 to 255 visible ASCII characters")
        })?;
        Ok(Self(Some(key.to_owned())))
    }
}
