//! Jobs: when they are due, who owns them, and how they go on.

use std::sync::Arc;

use suanpan_acts::{
    change::Settle,
    job::{Job, LEASE_SECONDS, LeaseToken, LeasedJob, Queue},
};
use suanpan_wechat::Timestamp;

use super::State;
use crate::MAX_ROWS;

/// A job, waiting, leased or finished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobRow {
    /// What to do.
    pub job: Job,
    /// When it is due; `None` once it is finished. A finished job keeps its row, because its token
    /// must go on counting: a worker that froze before must never find its old token valid again.
    pub due_at: Option<Timestamp>,
    /// The earliest schedule made while it was leased.
    pub again_at: Option<Timestamp>,
    /// Counts claims.
    pub token: u64,
    /// Whether somebody owns it, and until when.
    pub lease_until: Option<Timestamp>,
    /// How often it failed in a row.
    pub failures: u32,
}

impl State {
    pub(super) fn schedule(&mut self, job: Job, due_at: Timestamp) {
        let row = Arc::make_mut(&mut self.jobs).entry(job.key()).or_insert(JobRow {
            job,
            due_at: None,
            again_at: None,
            token: 0,
            lease_until: None,
            failures: 0,
        });
        row.due_at = earlier(row.due_at, Some(due_at));
        if row.lease_until.is_some() {
            row.again_at = earlier(row.again_at, Some(due_at));
        }
    }

    /// A schedule made while the job was leased is dropped only by somebody who has seen it.
    pub(super) fn settle(&mut self, job: &Job, settle: Settle, saw_every_schedule: bool) {
        let row = Arc::make_mut(&mut self.jobs)
            .get_mut(&job.key())
            .expect("its lease was guarded in the same change set");
        let again_at = row.again_at.take().filter(|_| !saw_every_schedule);
        let (due_at, failures) = match settle {
            Settle::Done => (None, 0),
            Settle::At(due_at) => (Some(due_at), 0),
            Settle::RetryAt(due_at) => (Some(due_at), row.failures.saturating_add(1)),
        };
        row.due_at = earlier(due_at, again_at);
        row.failures = failures;
        row.lease_until = None;
    }

    /// A lease that ended is still good for a commit until the job is claimed again: until then
    /// nobody else can have done anything, and a commit knows no time (invariant I19).
    pub(super) fn holds_lease(&self, job: &Job, token: &LeaseToken) -> bool {
        let row = self.jobs.get(&job.key());
        row.is_some_and(|row| row.lease_until.is_some() && row.token == token.0)
    }

    pub(super) fn claim(&mut self, queue: Queue, now: Timestamp, limit: usize) -> Vec<LeasedJob> {
        let lease_until = now.plus(LEASE_SECONDS);
        // A lease that ends later than one given now was given before the clock ran back.
        let is_leased = |until: Timestamp| until > now && until <= lease_until;
        let mut due: Vec<(Timestamp, &mut JobRow)> = Arc::make_mut(&mut self.jobs)
            .values_mut()
            .filter(|row| row.job.queue() == queue && !row.lease_until.is_some_and(is_leased))
            .filter_map(|row| Some((row.due_at.filter(|due_at| *due_at <= now)?, row)))
            .collect();
        due.sort_by_key(|(due_at, row)| (*due_at, row.job.key()));
        due.truncate(limit.min(MAX_ROWS));
        due.into_iter()
            .map(|(due_at, row)| {
                row.token += 1;
                row.lease_until = Some(lease_until);
                row.again_at = None;
                LeasedJob {
                    job: row.job.clone(),
                    token: LeaseToken(row.token),
                    failures: row.failures,
                    due_at,
                }
            })
            .collect()
    }
}

fn earlier(a: Option<Timestamp>, b: Option<Timestamp>) -> Option<Timestamp> {
    a.into_iter().chain(b).min()
}
