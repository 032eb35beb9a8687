use axum::{Json, extract::State};
use serde_json::Value;
use suanpan_acts::{Ports as _, Store, StoreError, ports::EventsAfter};
use suanpan_trade::id::EventId;

use super::orders::{MAX_LIMIT, default_limit};
use crate::http::{
    App, Problem,
    extract::{Filter, Merchant},
};

/// `GET /v1/events?after=&limit=`.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct ListFilter {
    after: Option<EventId>,
    #[serde(default = "default_limit")]
    limit: usize,
}

#[derive(serde::Serialize)]
pub(in crate::http) struct ListAnswer {
    events: Vec<EventBody>,
    /// Give it as `after` to go on.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// The webhook's id beside what the webhook carries.
#[derive(serde::Serialize)]
struct EventBody {
    id: String,
    #[serde(flatten)]
    payload: serde_json::Map<String, Value>,
}

/// What the webhooks said, in the order it was written: for backends that missed some.
#[tracing::instrument(name = "http.events.list", skip_all)]
pub(in crate::http) async fn list<S: Store + 'static>(
    State(app): State<App<S>>,
    Merchant(account): Merchant,
    Filter(filter): Filter<ListFilter>,
) -> Result<Json<ListAnswer>, Problem> {
    if !(1..=MAX_LIMIT).contains(&filter.limit) {
        return Err(Problem::invalid("limit", "must be 1 to 200"));
    }
    let question = EventsAfter { account, after: filter.after, limit: filter.limit + 1 };
    let mut found = app.ports.store().read(question).await?;
    let more = found.len() > filter.limit;
    found.truncate(filter.limit);
    let next = found.last().map(|event| event.event_id.to_string()).filter(|_| more);
    let events = found
        .into_iter()
        .map(|event| {
            let payload = serde_json::from_str(&event.payload)
                .map_err(|_| StoreError::Corrupt(format!("payload of {}", event.event_id)))?;
            Ok(EventBody { id: event.event_id.to_string(), payload })
        })
        .collect::<Result<_, StoreError>>()?;
    Ok(Json(ListAnswer { events, next }))
}
