use axum::{extract::State, http::header, response::IntoResponse};
use suanpan_acts::Store;

use super::App;

/// `GET /metrics`: counters for Prometheus.
pub(crate) async fn show<S: Store + 'static>(State(app): State<App<S>>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], app.metrics.render())
}
