//! What every request passes, first in and last out: malformed HTTP is turned away, a request gets
//! its id and its span, a problem its language.

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, HeaderValue, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use suanpan_acts::{Nonces as _, Ports as _, Store};
use tokio::time::Instant;
use tracing::Instrument as _;

use super::{App, Problem, problem};
use crate::edge::Framing;

/// A request's name in our log and in what we answer.
#[derive(Debug, Clone)]
pub(crate) struct RequestId(pub(crate) String);

pub(crate) async fn door<S: Store + 'static>(
    State(app): State<App<S>>,
    mut request: Request,
    next: Next,
) -> Response {
    let started = Instant::now();
    let request_id = RequestId(hex::encode(app.ports.nonces().bytes::<12>()));
    let path = request.extensions().get::<MatchedPath>();
    let span = tracing::info_span!(
        "http.request",
        http.method = %request.method(),
        // The pattern, never the path: it names no order and no account.
        http.route = path.map_or("-", MatchedPath::as_str),
        http.request_id = request_id.0,
    );
    let framing = request.extensions().get::<Framing>().cloned().unwrap_or_default();
    let language = problem::Language::preferred(request.headers());
    request.extensions_mut().insert(request_id.clone());
    let answer = async {
        match refusal(&framing, &request) {
            Some(problem) => problem.into_response(),
            None => next.run(request).await,
        }
    };
    let mut answer = problem::render(answer.instrument(span.clone()).await, language, &request_id);
    let headers = answer.headers_mut();
    if let Ok(id) = HeaderValue::from_str(&request_id.0) {
        headers.insert("request-id", id);
    }
    // Answers carry tokens and orders: nobody stores or sniffs them.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
    if framing.is_last_request() {
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    let status = answer.status().as_u16();
    app.metrics.answered(status);
    let duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    span.in_scope(|| tracing::debug!(http.status = status, duration_ms, "answered"));
    answer
}

fn refusal(framing: &Framing, request: &Request) -> Option<Problem> {
    if framing.is_contradiction() {
        return Some(Problem::bad_request("the framing of the request contradicts itself"));
    }
    if has_doubles(request.headers()) {
        return Some(Problem::bad_request("a header that must be single is repeated"));
    }
    // Our paths need no escapes; what has them is one path to us and another to a proxy (h06).
    let path = request.uri().path();
    (path.contains('%') || path.contains("//") || !path.starts_with('/'))
        .then(Problem::no_such_path)
}

/// Headers that decide who is asked, what is believed or how the rest is read (threat h04).
fn has_doubles(headers: &HeaderMap) -> bool {
    let must_be_single = |name: &str| {
        name.starts_with("wechatpay-")
            || matches!(
                name,
                "host"
                    | "authorization"
                    | "content-type"
                    | "content-encoding"
                    | "idempotency-key"
                    | "suanpan-order-token"
            )
    };
    headers
        .keys()
        .filter(|name| must_be_single(name.as_str()))
        .any(|name| headers.get_all(name).iter().nth(1).is_some())
}
