use std::time::Duration;

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use suanpan_acts::{Ports as _, Store, ports::SessionByToken};

use super::App;

/// A store that needs longer than this is not ready.
const DEADLINE: Duration = Duration::from_secs(1);

/// Above this WeChat refuses what we sign (threat k07); the last minute is kept as a reserve.
const MAX_SKEW_SECONDS: u64 = 240;

#[derive(serde::Serialize)]
struct Readiness {
    ready: bool,
    store: bool,
    /// Our wall time minus WeChat's, once an answer was seen.
    clock_skew_seconds: Option<i64>,
}

/// `GET /readyz`: whether payments can be taken. 503 when not.
pub(crate) async fn show<S: Store + 'static>(State(app): State<App<S>>) -> Response {
    let question = SessionByToken { token_hash: String::new() };
    let store = tokio::time::timeout(DEADLINE, app.ports.store().read(question)).await;
    let store = matches!(store, Ok(Ok(_)));
    let clock_skew_seconds = app.ports.wechat.client.clock_skew_seconds();
    let in_time =
        clock_skew_seconds.is_none_or(|seconds| seconds.unsigned_abs() <= MAX_SKEW_SECONDS);
    let ready = store && in_time;
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(Readiness { ready, store, clock_skew_seconds })).into_response()
}
