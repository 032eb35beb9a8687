//! The merchant's backend hears about it: at least once, one id and one payload for ever.

use suanpan_trade::id::{EndpointId, EventId};
use suanpan_wechat::Timestamp;

use crate::{
    ActError, Clock, Guard, Job, LeasedJob, MerchantHttp, Ports, Store, Write,
    change::{AlertRow, ChangeSet, Commit, DeliveryRow, DeliveryState, Settle},
    ports::{Delivered, DeliveryOf, EndpointById, EndpointsOf, EventById, Read as _},
    webhook::WebhookMessage,
};

/// Seconds between requests: twelve requests over four days, then a person is called (threat w02).
const RETRIES: [i64; 11] =
    [5, 30, 120, 600, 1800, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 24 * 3600, 48 * 3600];

/// A longer `Retry-After` is not honoured.
const MAX_RETRY_AFTER_SECONDS: i64 = 24 * 3600;

/// Gives an event to every endpoint that wants it: one delivery and one job each.
///
/// # Errors
/// Store errors; the job is run again.
pub(crate) async fn fan_out<P: Ports>(
    ports: &P,
    leased: &LeasedJob,
    event_id: &EventId,
) -> Result<(), ActError> {
    let now = ports.clock().business_now();
    let event = ports.store().read(EventById { event_id: event_id.clone() }).await?;
    let event = event.ok_or(ActError::NotFound("event"))?;
    let endpoints = ports.store().read(EndpointsOf { account: event_id.account() }).await?;
    let wants = |endpoint: &&crate::change::EndpointRow| {
        endpoint.events.is_empty() || endpoint.events.contains(&event.event_type)
    };
    let mut writes = Vec::new();
    for endpoint in endpoints.iter().filter(wants) {
        let (event_id, endpoint_id) = (event_id.clone(), endpoint.endpoint_id.clone());
        writes.push(Write::PutDelivery(DeliveryRow {
            event_id: event_id.clone(),
            endpoint_id: endpoint_id.clone(),
            attempts: 0,
            state: DeliveryState::Pending,
            last_status: None,
        }));
        writes.push(Write::Schedule(Job::Deliver { event_id, endpoint_id }, now));
    }
    writes.push(Write::Settle(leased.job.clone(), Settle::Done));
    commit_leased(ports, "event.fan_out", leased, writes).await
}

/// Posts an event to one endpoint once, and records what came of it.
///
/// # Errors
/// Store errors; the job is run again, and the endpoint may see the same event again.
pub(crate) async fn deliver<P: Ports>(
    ports: &P,
    leased: &LeasedJob,
    event_id: &EventId,
    endpoint_id: &EndpointId,
) -> Result<(), ActError> {
    let key = DeliveryOf { event_id: event_id.clone(), endpoint_id: endpoint_id.clone() };
    let delivery = ports.store().read(key).await?.ok_or(ActError::NotFound("delivery"))?;
    let event = ports.store().read(EventById { event_id: event_id.clone() }).await?;
    let event = event.ok_or(ActError::NotFound("event"))?;
    let endpoint = ports.store().read(EndpointById { endpoint_id: endpoint_id.clone() }).await?;
    let endpoint = endpoint.ok_or(ActError::NotFound("endpoint"))?;
    let message =
        WebhookMessage::sign(&endpoint.url, &endpoint.secret, &event, ports.clock().wall_now());
    let answer = ports.merchant_http().post(&message).await;
    let now = ports.clock().business_now();
    let (delivery, settle) = judge(delivery, &answer, now);
    let mut writes = Vec::new();
    if delivery.state == DeliveryState::Dead {
        tracing::error!(event.id = %event_id, endpoint.id = %endpoint_id, "a webhook was given up");
        writes.push(Write::RecordAlert(AlertRow {
            account: event_id.account(),
            order_id: None,
            kind: "webhook_dead".to_owned(),
            detail: format!("{event_id} was not accepted by {endpoint_id}"),
            at: now,
        }));
    }
    writes.push(Write::PutDelivery(delivery));
    writes.push(Write::Settle(leased.job.clone(), settle));
    commit_leased(ports, "event.deliver", leased, writes).await
}

fn judge(delivery: DeliveryRow, answer: &Delivered, now: Timestamp) -> (DeliveryRow, Settle) {
    let made = usize::try_from(delivery.attempts).unwrap_or(usize::MAX);
    let attempts = delivery.attempts.saturating_add(1);
    let (last_status, retry_after_seconds) = match answer {
        Delivered::Answered { status, retry_after_seconds } => {
            (Some(*status), *retry_after_seconds)
        }
        Delivered::Unreachable | Delivered::Forbidden => (None, None),
    };
    let delivery = DeliveryRow { attempts, last_status, ..delivery };
    if last_status.is_some_and(|status| (200..300).contains(&status)) {
        return (DeliveryRow { state: DeliveryState::Delivered, ..delivery }, Settle::Done);
    }
    match RETRIES.get(made) {
        // 410 is the receiver's way to say: never again.
        Some(seconds) if last_status != Some(410) => {
            let asked = retry_after_seconds.unwrap_or(0).clamp(0, MAX_RETRY_AFTER_SECONDS);
            (delivery, Settle::RetryAt(now.plus((*seconds).max(asked))))
        }
        _ => (DeliveryRow { state: DeliveryState::Dead, ..delivery }, Settle::Done),
    }
}

/// Commits under the lease. A conflict means that the lease was lost: its new owner does the work.
pub(crate) async fn commit_leased<P: Ports>(
    ports: &P,
    name: &'static str,
    leased: &LeasedJob,
    writes: Vec<Write>,
) -> Result<(), ActError> {
    let guards = vec![Guard::Lease { job: leased.job.clone(), token: leased.token.clone() }];
    match ports.store().commit(ChangeSet { name, guards, writes }).await? {
        Commit::Done | Commit::Conflict => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use suanpan_trade::AccountId;

    fn delivery() -> DeliveryRow {
        let account = AccountId::new("acme").unwrap();
        DeliveryRow {
            event_id: EventId::mint(&account, [1; 16]),
            endpoint_id: EndpointId::mint(&account, [2; 16]),
            attempts: 0,
            state: DeliveryState::Pending,
            last_status: None,
        }
    }

    fn answered(status: u16) -> Delivered {
        Delivered::Answered { status, retry_after_seconds: None }
    }

    /// A dead endpoint is asked twelve times over four days, then given up visibly.
    #[test]
    fn w02_a_dead_endpoint_is_asked_for_days() {
        let (mut delivery, mut now) = (delivery(), Timestamp::from_unix(0));
        loop {
            let (next, settle) = judge(delivery, &Delivered::Unreachable, now);
            delivery = next;
            match settle {
                Settle::RetryAt(at) => now = at,
                Settle::Done => break,
                Settle::At(_) => panic!("a failure must be counted"),
            }
        }
        assert_eq!(delivery.state, DeliveryState::Dead);
        assert_eq!(delivery.attempts, 12);
        assert!(now.unix() >= 3 * 24 * 3600, "{now}");
    }

    #[test]
    fn only_2xx_delivers_and_410_ends() {
        let now = Timestamp::from_unix(0);
        assert_eq!(judge(delivery(), &answered(204), now).0.state, DeliveryState::Delivered);
        for status in [301, 302, 400, 404, 500] {
            assert_eq!(
                judge(delivery(), &answered(status), now).0.state,
                DeliveryState::Pending,
                "{status}"
            );
        }
        assert_eq!(judge(delivery(), &answered(410), now).0.state, DeliveryState::Dead);
    }

    #[test]
    fn retry_after_is_honoured_within_a_day() {
        let asked =
            |seconds| Delivered::Answered { status: 503, retry_after_seconds: Some(seconds) };
        let now = Timestamp::from_unix(0);
        assert_eq!(judge(delivery(), &asked(600), now).1, Settle::RetryAt(now.plus(600)));
        assert_eq!(judge(delivery(), &asked(i64::MAX), now).1, Settle::RetryAt(now.plus(86_400)));
        assert_eq!(judge(delivery(), &asked(-1), now).1, Settle::RetryAt(now.plus(5)));
    }
}
