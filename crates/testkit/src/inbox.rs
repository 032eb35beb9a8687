//! A merchant's backend that takes webhooks: checks each signature with the reference library, keeps
//! everything, and answers as it is told.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    response::{IntoResponse as _, Response},
    routing::post,
};
use http::{HeaderMap, StatusCode, header::LOCATION};
use serde_json::Value;

/// One webhook as it arrived, its signature checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// `webhook-id`.
    pub id: String,
    /// `webhook-timestamp`.
    pub timestamp: i64,
    /// The body, byte for byte.
    pub body: String,
}

impl Webhook {
    /// The event's type.
    #[must_use]
    pub fn event_type(&self) -> String {
        self.json()["type"].as_str().expect("an event has a type").to_owned()
    }

    /// The body as JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("a webhook's body is JSON")
    }
}

/// What the backend answers next.
#[derive(Debug, Clone)]
enum Reaction {
    Status(u16),
    Redirect(String),
}

#[derive(Debug, Default)]
struct Kept {
    secret: Option<String>,
    webhooks: Vec<Webhook>,
    reactions: VecDeque<Reaction>,
    complaints: Vec<String>,
}

/// A backend of one account.
#[derive(Debug, Clone)]
pub struct Inbox {
    address: SocketAddr,
    kept: Arc<Mutex<Kept>>,
}

impl Inbox {
    pub(crate) async fn open() -> Self {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await;
        let listener = listener.expect("loopback has free ports");
        let address = listener.local_addr().expect("a bound listener has an address");
        let inbox = Self { address, kept: Arc::default() };
        let router = Router::new().route("/", post(receive)).with_state(inbox.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        inbox
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where it listens.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    pub(crate) fn trust(&self, secret: &str) {
        self.kept().secret = Some(secret.to_owned());
    }

    /// Every webhook that arrived, oldest first, whatever was answered.
    #[must_use]
    pub fn webhooks(&self) -> Vec<Webhook> {
        self.kept().webhooks.clone()
    }

    /// The webhooks of one type.
    #[must_use]
    pub fn of_type(&self, event_type: &str) -> Vec<Webhook> {
        self.webhooks().into_iter().filter(|webhook| webhook.event_type() == event_type).collect()
    }

    /// Answers the next webhooks with these statuses, then 204 again.
    pub fn answer_next(&self, statuses: &[u16]) {
        self.kept().reactions.extend(statuses.iter().map(|status| Reaction::Status(*status)));
    }

    /// Answers the next webhook with a redirect.
    pub fn redirect_next(&self, location: &str) {
        self.kept().reactions.push_back(Reaction::Redirect(location.to_owned()));
    }

    /// What was wrong with webhooks.
    pub(crate) fn complaints(&self) -> Vec<String> {
        self.kept().complaints.clone()
    }
}

async fn receive(State(inbox): State<Inbox>, headers: HeaderMap, body: Bytes) -> Response {
    let mut kept = inbox.kept();
    match read(kept.secret.as_deref(), &headers, &body) {
        Ok(webhook) => kept.webhooks.push(webhook),
        Err(complaint) => kept.complaints.push(complaint.to_owned()),
    }
    match kept.reactions.pop_front() {
        None => StatusCode::NO_CONTENT.into_response(),
        Some(Reaction::Status(status)) => {
            StatusCode::from_u16(status).expect("tests name real statuses").into_response()
        }
        Some(Reaction::Redirect(location)) => {
            (StatusCode::TEMPORARY_REDIRECT, [(LOCATION, location)]).into_response()
        }
    }
}

fn read(secret: Option<&str>, headers: &HeaderMap, body: &[u8]) -> Result<Webhook, &'static str> {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let id = header("webhook-id").ok_or("no webhook-id")?;
    let timestamp = header("webhook-timestamp").and_then(|text| text.parse().ok());
    let timestamp = timestamp.ok_or("no webhook-timestamp")?;
    let signature = header("webhook-signature").ok_or("no webhook-signature")?;
    // The reference verifier compares with the machine's clock, which a stage does not follow; its
    // signer does not.
    let reference = standardwebhooks::Webhook::new(secret.ok_or("no endpoint yet")?);
    let expected = reference.ok().and_then(|webhook| webhook.sign(id, timestamp, body).ok());
    if expected.as_deref() != Some(signature) {
        return Err("the signature does not match");
    }
    let body = std::str::from_utf8(body).map_err(|_| "not text")?;
    Ok(Webhook { id: id.to_owned(), timestamp, body: body.to_owned() })
}
