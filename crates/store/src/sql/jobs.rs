//! Jobs: scheduling, settling, and the one statement that every engine writes in its own way.

use suanpan_acts::{
    change::Settle,
    job::{Job, LEASE_SECONDS, LeaseToken, LeasedJob, Queue},
    ports::StoreError,
};
use suanpan_wechat::Timestamp;

use super::{
    Cells, Expect, Row, Sql, Step,
    value::{Value, values},
};

/// An update that changes nothing, and not a select, so that the row stays locked on engines with
/// several writers. A lease that ended is still good until the job is claimed again: until then
/// nobody else can have done anything, and a commit knows no time (invariant I19).
static GUARD_LEASE: Sql = Sql::new(
    "UPDATE jobs SET lease_until = lease_until \
     WHERE job_key = $1 AND token = $2 AND lease_until IS NOT NULL",
);

static SCHEDULE: Sql = Sql::new(
    "INSERT INTO jobs (job_key, queue, job, due_at, again_at, token, lease_until, failures) \
     VALUES ($1, $2, $3, $4, NULL, 0, NULL, 0) \
     ON CONFLICT (job_key) DO UPDATE SET \
     due_at = CASE WHEN jobs.due_at <= excluded.due_at THEN jobs.due_at \
     ELSE excluded.due_at END, \
     again_at = CASE WHEN jobs.lease_until IS NULL THEN NULL \
     WHEN jobs.again_at <= excluded.due_at THEN jobs.again_at \
     ELSE excluded.due_at END",
);

/// $2 is when it is due again, or nothing; $3 how the failures go on; $4 whether whoever settles
/// has seen every schedule. A schedule made during the lease is dropped only then.
static SETTLE: Sql = Sql::new(
    "UPDATE jobs SET \
     due_at = CASE WHEN CAST($4 AS BIGINT) = 1 OR again_at IS NULL THEN $2 \
     WHEN again_at <= $2 OR $2 IS NULL THEN again_at ELSE $2 END, \
     failures = CASE WHEN CAST($3 AS BIGINT) = 1 THEN failures + 1 ELSE 0 END, \
     again_at = NULL, lease_until = NULL \
     WHERE job_key = $1",
);

/// Keyset order over the due-work index: no offset that could skip a row of a shrinking set
/// (threat o11). On PostgreSQL this statement adds `FOR UPDATE SKIP LOCKED`.
///
/// A lease that ends later than one given now ($3) was given before the clock ran back.
pub(crate) static CLAIM: Sql = Sql::new(
    "UPDATE jobs SET token = token + 1, lease_until = $3, again_at = NULL \
     WHERE job_key IN (SELECT job_key FROM jobs WHERE queue = $1 AND due_at <= $2 \
     AND (lease_until IS NULL OR lease_until <= $2 OR lease_until > $3) \
     ORDER BY due_at, job_key LIMIT $4) \
     RETURNING job, token, failures, due_at",
);

#[cfg(test)]
pub(super) static ALL: &[&Sql] = &[&GUARD_LEASE, &SCHEDULE, &SETTLE, &CLAIM];

pub(super) fn guard_lease<'a>(job: &Job, token: &LeaseToken) -> Step<'a> {
    let values = values![job.key(), Value::count(token.0)];
    Step { sql: &GUARD_LEASE, values, expect: Expect::RowOrConflict }
}

pub(super) fn schedule<'a>(job: &Job, due_at: Timestamp) -> Step<'a> {
    let json = serde_json::to_string(job).expect("a job has string keys and no maps");
    let values = values![job.key(), job.queue().as_str(), json, due_at];
    Step { sql: &SCHEDULE, values, expect: Expect::RowOrConflict }
}

pub(super) fn settle<'a>(job: &Job, settle: Settle, saw_every_schedule: bool) -> Step<'a> {
    let (due_at, failed) = match settle {
        Settle::Done => (None, false),
        Settle::At(due_at) => (Some(due_at), false),
        Settle::RetryAt(due_at) => (Some(due_at), true),
    };
    let values = values![job.key(), due_at, failed, saw_every_schedule];
    Step { sql: &SETTLE, values, expect: Expect::RowOrConflict }
}

pub(crate) fn claim_values<'a>(queue: Queue, now: Timestamp, limit: usize) -> Vec<Value<'a>> {
    values![queue.as_str(), now, now.plus(LEASE_SECONDS), Value::limit(limit)]
}

/// Oldest first: `RETURNING` promises no order.
pub(crate) fn in_order(mut jobs: Vec<LeasedJob>) -> Vec<LeasedJob> {
    jobs.sort_by_cached_key(|leased| (leased.due_at, leased.job.key()));
    jobs
}

/// One row that [`CLAIM`] returns.
pub(crate) fn leased(row: &dyn Row) -> Result<LeasedJob, StoreError> {
    let cells = &mut Cells::of(row);
    let json = cells.text()?;
    Ok(LeasedJob {
        job: serde_json::from_str(&json).map_err(|error| cells.wrong(&error))?,
        token: LeaseToken(cells.count()?),
        failures: cells.count()?,
        due_at: cells.time()?,
    })
}
