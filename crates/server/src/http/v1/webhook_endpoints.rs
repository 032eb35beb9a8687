use axum::{Json, extract::State, http::StatusCode};
use suanpan_acts::{
    Ports as _, Store,
    change::EndpointRow,
    endpoints::{CreateEndpoint, create_endpoint},
    ports::EndpointsOf,
};
use suanpan_trade::EventType;
use suanpan_wechat::Timestamp;

use crate::http::{
    App, Problem,
    extract::{Json as Body, Merchant},
};

/// `POST /v1/webhook_endpoints`.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct CreateRequest {
    url: String,
    /// Absent or empty means all.
    #[serde(default)]
    events: Vec<EventType>,
}

#[derive(serde::Serialize)]
pub(in crate::http) struct EndpointBody {
    id: String,
    url: String,
    events: Vec<EventType>,
    created_at: Timestamp,
    /// In the answer to its creation, and never again.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

impl EndpointBody {
    fn of(endpoint: EndpointRow) -> Self {
        Self {
            id: endpoint.endpoint_id.to_string(),
            url: endpoint.url,
            events: endpoint.events,
            created_at: endpoint.created_at,
            secret: None,
        }
    }
}

#[tracing::instrument(name = "http.webhook_endpoints.create", skip_all)]
pub(in crate::http) async fn create<S: Store + 'static>(
    State(app): State<App<S>>,
    Merchant(account): Merchant,
    Body(request): Body<CreateRequest>,
) -> Result<(StatusCode, Json<EndpointBody>), Problem> {
    let request = CreateEndpoint { account, url: request.url, events: request.events };
    let endpoint = app.act(|ports| async move { create_endpoint(&*ports, request).await }).await?;
    let secret = Some(endpoint.secret.expose().to_owned());
    Ok((StatusCode::CREATED, Json(EndpointBody { secret, ..EndpointBody::of(endpoint) })))
}

#[derive(serde::Serialize)]
pub(in crate::http) struct ListAnswer {
    webhook_endpoints: Vec<EndpointBody>,
}

#[tracing::instrument(name = "http.webhook_endpoints.list", skip_all)]
pub(in crate::http) async fn list<S: Store + 'static>(
    State(app): State<App<S>>,
    Merchant(account): Merchant,
) -> Result<Json<ListAnswer>, Problem> {
    let endpoints = app.ports.store().read(EndpointsOf { account }).await?;
    let webhook_endpoints = endpoints.into_iter().map(EndpointBody::of).collect();
    Ok(Json(ListAnswer { webhook_endpoints }))
}
