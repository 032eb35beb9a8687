//! A merchant's server says where its events go.

use suanpan_trade::{AccountId, event::EventType, id::EndpointId};

use crate::{
    ActError, ChangeSet, Clock, Environment, Nonces, Ports, Store, Write,
    change::{Commit, EndpointRow},
    ports::{EndpointsOf, Read as _},
    webhook::WebhookSecret,
};

/// At most this many endpoints per account.
pub const MAX_ENDPOINTS: usize = 16;

/// What to create.
#[derive(Debug, Clone)]
pub struct CreateEndpoint {
    /// Whose.
    pub account: AccountId,
    /// The address: `https`, or plain `http` to a loopback address in environment `simulator`.
    pub url: String,
    /// Which events; empty means all.
    pub events: Vec<EventType>,
}

/// Creates an endpoint and its secret, which is shown only now.
///
/// # Errors
/// When the address may not be called, or the account has too many endpoints.
pub async fn create_endpoint<P: Ports>(
    ports: &P,
    request: CreateEndpoint,
) -> Result<EndpointRow, ActError> {
    let account = request.account;
    ports.directory().account(&account).ok_or(ActError::NotFound("account"))?;
    check_url(ports.directory().environment, &request.url)?;
    let existing = ports.store().read(EndpointsOf { account: account.clone() }).await?;
    if existing.len() >= MAX_ENDPOINTS {
        let rule = format!("an account has at most {MAX_ENDPOINTS} endpoints");
        return Err(ActError::Invalid { field: "url", rule });
    }
    let endpoint = EndpointRow {
        endpoint_id: EndpointId::mint(&account, ports.nonces().bytes()),
        url: request.url,
        events: request.events,
        secret: WebhookSecret::mint(ports.nonces().bytes()),
        created_at: ports.clock().business_now(),
    };
    let writes = vec![Write::PutEndpoint(endpoint.clone())];
    let changes = ChangeSet { name: "endpoint.create", guards: Vec::new(), writes };
    match ports.store().commit(changes).await? {
        Commit::Done => Ok(endpoint),
        Commit::Conflict => Err(ActError::Busy),
    }
}

/// What can be known without resolving the name; the connector checks the address it dials.
fn check_url(environment: Environment, url: &str) -> Result<(), ActError> {
    let invalid = |rule: &str| Err(ActError::Invalid { field: "url", rule: rule.to_owned() });
    let plain = url.len() <= 512 && url.bytes().all(|b| b.is_ascii_graphic());
    if !plain || url.contains('@') || url.contains('#') {
        return invalid("an absolute address of at most 512 bytes, without user name or fragment");
    }
    let loopback = ["http://127.0.0.1:", "http://127.0.0.1/", "http://localhost:", "http://[::1]:"];
    match environment {
        _ if url.starts_with("https://") => Ok(()),
        Environment::Simulator if loopback.iter().any(|start| url.starts_with(start)) => Ok(()),
        Environment::Simulator => invalid("an https address, or http on a loopback address"),
        Environment::Live => invalid("an https address"),
    }
}
