//! Due jobs are run. The shell claims and spawns; what happens to one job is decided here.

use suanpan_trade::OrderId;
use suanpan_wechat::Timestamp;

use crate::{
    ActError, ChangeSet, Clock, Guard, Job, LeasedJob, Ports, Store, Write,
    change::{Commit, Settle},
    committing::watch_due,
    deliver::{commit_leased, deliver, fan_out},
    ports::OrderRef,
    refund::pursue,
    watch::watch,
};

/// Seconds before a failed job is tried again, by the number of failures in a row.
const BACKOFF: [i64; 8] = [5, 10, 20, 40, 80, 160, 300, 600];

/// Settling races with acts that schedule the same watch earlier; they win a few times at most.
const MAX_CONFLICTS: usize = 8;

/// Does one leased job and settles it.
///
/// # Errors
/// Store errors: the lease runs out and the job is claimed again.
pub async fn work<P: Ports>(ports: &P, leased: &LeasedJob) -> Result<(), ActError> {
    let done = match &leased.job {
        Job::Watch { order_id } => match watch(ports, order_id).await {
            Ok(_) => return settle_watch(ports, leased, order_id).await,
            Err(error) => Err(error),
        },
        Job::Refund { order_id, refund_id } => pursue(ports, order_id, refund_id).await,
        Job::FanOut { event_id } => match fan_out(ports, leased, event_id).await {
            Ok(()) => return Ok(()),
            Err(error) => Err(error),
        },
        Job::Deliver { event_id, endpoint_id } => {
            match deliver(ports, leased, event_id, endpoint_id).await {
                Ok(()) => return Ok(()),
                Err(error) => Err(error),
            }
        }
    };
    let settle = match done {
        Ok(None) => Settle::Done,
        Ok(Some(due_at)) => Settle::At(due_at),
        Err(ActError::Store(error)) => return Err(error.into()),
        Err(error) => {
            let retry_at = retry_at(leased, ports.clock().business_now());
            tracing::warn!(job = %leased.job.key(), failures = leased.failures, %error, "a job failed and is tried again");
            Settle::RetryAt(retry_at)
        }
    };
    let writes = vec![Write::Settle(leased.job.clone(), settle)];
    commit_leased(ports, "job.settle", leased, writes).await
}

/// Settles a watch by the order as it is in the same transaction, so that an act which changed it
/// meanwhile cannot be overwritten with a later date.
async fn settle_watch<P: Ports>(
    ports: &P,
    leased: &LeasedJob,
    order_id: &OrderId,
) -> Result<(), ActError> {
    for _ in 0..MAX_CONFLICTS {
        let order_ref = OrderRef::Id(order_id.clone());
        let order = ports.store().load(&order_ref).await?.ok_or(ActError::NotFound("order"))?;
        let settle = match watch_due(&order, ports.clock().business_now()) {
            Some(due_at) => Settle::At(due_at),
            None => Settle::Done,
        };
        let changes = ChangeSet {
            name: "watch.settle",
            guards: vec![
                Guard::OrderVersion { order_id: order_id.clone(), expected: order.version },
                Guard::Lease { job: leased.job.clone(), token: leased.token.clone() },
            ],
            writes: vec![Write::Settle(leased.job.clone(), settle)],
        };
        if ports.store().commit(changes).await? == Commit::Done {
            return Ok(());
        }
    }
    // Either the lease is lost, and its new owner settles, or it runs out and the job comes back.
    Ok(())
}

fn retry_at(leased: &LeasedJob, now: Timestamp) -> Timestamp {
    let failures = usize::try_from(leased.failures).unwrap_or(usize::MAX).min(BACKOFF.len() - 1);
    now.plus(BACKOFF[failures])
}
