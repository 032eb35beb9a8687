//! WeChat notifies. The shell has verified and opened; here it is compared and committed, and only
//! then answered.

use suanpan_trade::AccountId;
use suanpan_wechat::{
    Timestamp, Verified,
    id::Mchid,
    notify::{Content, Statement},
};

use crate::{
    ActError, ChangeSet, Clock, Ports, Store, Write,
    change::{AlertRow, Commit, ObservationRow, OrphanRow},
    directory::NotifyRoute,
    observing::{apply_payment, apply_refund, payment_row, refund_row},
    token::sha256_hex,
};

/// A verified, opened notification and the route it came by.
#[derive(Debug, Clone)]
pub struct Receive {
    /// The account of the route.
    pub account: AccountId,
    /// The merchant of the route.
    pub mchid: Mchid,
    /// Which kind the route is for.
    pub route: NotifyRoute,
    /// The notification's own id, for the record.
    pub notification_id: String,
    /// What it says.
    pub content: Verified<Content>,
}

/// What a notification did. All of these are answered 2xx: the statement is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Received {
    /// It was applied, or told us nothing new.
    Applied,
    /// It is about an order or refund we do not have (invariant I21).
    Orphan,
    /// It is of a kind we do not know, or have no use for (threat n14).
    Unknown,
}

/// Applies a notification.
///
/// # Errors
/// [`ActError::WrongRoute`] when it belongs to another merchant, account or route (answer 4xx);
/// store errors (answer 5xx, so that WeChat comes back).
pub async fn receive<P: Ports>(ports: &P, request: Receive) -> Result<Received, ActError> {
    let account = ports.directory().account(&request.account).ok_or(ActError::WrongRoute)?;
    account.merchant(Some(&request.mchid)).ok_or(ActError::WrongRoute)?;
    let source = format!("notification {}", request.notification_id);
    let now = ports.clock().business_now();
    if let Some(orphan) = unserved(&request, now) {
        commit_orphan(ports, orphan, Vec::new(), "a notification no route is for").await?;
        return Ok(Received::Unknown);
    }
    match (request.route, request.content.statement()) {
        (NotifyRoute::Transaction, Statement::Transaction(statement)) => {
            if statement.get().mchid != request.mchid {
                return Err(ActError::WrongRoute);
            }
            match apply_payment(ports, &request.mchid, &statement, &source).await {
                Err(ActError::NotFound(_)) => {
                    let row = payment_row(&statement, &request.mchid, &source, now);
                    keep_orphan(ports, &request.account, row).await
                }
                other => other.map(|_| Received::Applied),
            }
        }
        (NotifyRoute::Refund, Statement::Refund(statement)) => {
            if statement.get().mchid.as_ref() != Some(&request.mchid) {
                return Err(ActError::WrongRoute);
            }
            match apply_refund(ports, &request.mchid, &statement, &source).await {
                Err(ActError::NotFound(_)) => {
                    let row = refund_row(&statement, &request.mchid, &source, now);
                    keep_orphan(ports, &request.account, row).await
                }
                other => other.map(|_| Received::Applied),
            }
        }
        _ => Err(ActError::WrongRoute),
    }
}

/// What no route here is for, known kinds and unknown ones: kept for a person.
fn unserved(request: &Receive, at: Timestamp) -> Option<OrphanRow> {
    let (kind, json) = match request.content.get() {
        Content::Transaction(_) | Content::Refund(_) => return None,
        Content::Unknown { original_type, json } => (original_type.clone(), json.clone()),
        other => {
            let about = other.subject()?;
            let json = serde_json::json!({
                "number": about.number,
                "wechat_id": about.wechat_id,
                "said": format!("{other:?}"),
            });
            (about.kind.to_owned(), json.to_string())
        }
    };
    let key = sha256_hex(format!("{}/{kind}/{json}", request.mchid).as_bytes());
    let (account, mchid) = (request.account.clone(), request.mchid.clone());
    Some(OrphanRow { key, account, mchid, kind, json, at })
}

async fn keep_orphan<P: Ports>(
    ports: &P,
    account: &AccountId,
    observation: ObservationRow,
) -> Result<Received, ActError> {
    let json = serde_json::json!({
        "number": observation.number,
        "state": observation.state,
        "wechat_id": observation.wechat_id,
        "amount": observation.amount,
    });
    let orphan = OrphanRow {
        key: observation.key.clone(),
        account: account.clone(),
        mchid: observation.mchid.clone(),
        kind: observation.kind.clone(),
        json: json.to_string(),
        at: observation.at,
    };
    let with = vec![Write::RecordObservation(observation)];
    commit_orphan(ports, orphan, with, "WeChat speaks of something we do not have").await?;
    Ok(Received::Orphan)
}

async fn commit_orphan<P: Ports>(
    ports: &P,
    orphan: OrphanRow,
    with: Vec<Write>,
    sentence: &str,
) -> Result<(), ActError> {
    tracing::error!(mchid = %orphan.mchid, kind = %orphan.kind, "{sentence}");
    let alert = AlertRow {
        account: orphan.account.clone(),
        order_id: None,
        kind: "orphan".to_owned(),
        detail: sentence.to_owned(),
        at: orphan.at,
    };
    let mut writes = vec![Write::RecordOrphan(orphan), Write::RecordAlert(alert)];
    writes.extend(with);
    match ports
        .store()
        .commit(ChangeSet { name: "orphan.keep", guards: Vec::new(), writes })
        .await?
    {
        Commit::Done => Ok(()),
        Commit::Conflict => Err(ActError::Busy),
    }
}
