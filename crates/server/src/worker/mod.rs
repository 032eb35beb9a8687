//! Due jobs are claimed and run. What happens to one job is the act `work`; here is only who runs
//! it, how many at once, and when to look again.

mod trust;

use std::{sync::Arc, time::Duration};

use suanpan_acts::{Clock as _, LeasedJob, Ports, Queue, Store as _, StoreError, work::work};
use suanpan_wechat::Timestamp;
use tokio::{
    sync::{Notify, OwnedSemaphorePermit, Semaphore},
    task::JoinSet,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

pub(crate) use trust::keep_fresh;

use crate::metrics::Metrics;

/// Looked at even when nobody rang: other processes schedule work too, and time passes.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// After the store failed.
const AFTER_FAILURE: Duration = Duration::from_secs(2);

/// Claimed by one statement.
const CLAIM_LIMIT: usize = 32;

/// Repeats of [`Worker::run_due`]: a job may schedule another one that is due at once, but not for
/// ever.
const MAX_ROUNDS: usize = 1000;

/// One queue's worker.
#[derive(Debug)]
pub(crate) struct Worker<P> {
    ports: Arc<P>,
    queue: Queue,
    slots: Arc<Semaphore>,
    work_waits: Arc<Notify>,
    metrics: Arc<Metrics>,
}

impl<P: Ports + 'static> Worker<P> {
    pub(crate) fn new(
        ports: Arc<P>,
        queue: Queue,
        jobs_at_once: usize,
        work_waits: Arc<Notify>,
        metrics: Arc<Metrics>,
    ) -> Self {
        let slots = Arc::new(Semaphore::new(jobs_at_once));
        Self { ports, queue, slots, work_waits, metrics }
    }

    /// Runs everything that is due at `now`, and what becomes due by it, to its end; says how many
    /// jobs that were.
    ///
    /// # Errors
    /// When the store cannot be asked.
    pub(crate) async fn run_due(&self, now: Timestamp) -> Result<usize, StoreError> {
        let mut ran = 0;
        for _ in 0..MAX_ROUNDS {
            let jobs = self.ports.store().claim(self.queue, now, CLAIM_LIMIT).await?;
            if jobs.is_empty() {
                break;
            }
            ran += jobs.len();
            let mut running = JoinSet::new();
            for job in jobs {
                let (ports, metrics) = (Arc::clone(&self.ports), Arc::clone(&self.metrics));
                running.spawn(async move { run_one(&*ports, &metrics, &job).await });
            }
            running.join_all().await;
        }
        Ok(ran)
    }

    /// Claims and runs until `stop`; then waits for the jobs under way.
    pub(crate) async fn run(self, stop: CancellationToken) {
        let tasks = TaskTracker::new();
        while !stop.is_cancelled() {
            let Some(slots) = stop.run_until_cancelled(self.free_slots()).await else { break };
            // Listening starts before looking: what is scheduled in between rings.
            let rung = self.work_waits.notified();
            tokio::pin!(rung);
            rung.as_mut().enable();
            let now = self.ports.clock().business_now();
            let pause = match self.ports.store().claim(self.queue, now, slots.len()).await {
                Ok(jobs) if jobs.is_empty() => LOOK_AGAIN,
                Ok(jobs) => {
                    for (job, slot) in jobs.into_iter().zip(slots) {
                        self.spawn(&tasks, job, slot);
                    }
                    continue;
                }
                Err(error) => {
                    tracing::error!(queue = self.queue.as_str(), %error, "jobs cannot be claimed");
                    AFTER_FAILURE
                }
            };
            drop(slots);
            tokio::select! {
                () = rung => {}
                () = tokio::time::sleep(pause) => {}
                () = stop.cancelled() => {}
            }
        }
        tasks.close();
        tasks.wait().await;
    }

    /// All free slots, at least one: so many jobs are claimed, and no more.
    async fn free_slots(&self) -> Vec<OwnedSemaphorePermit> {
        let first = Arc::clone(&self.slots).acquire_owned().await;
        let mut slots = vec![first.expect("the semaphore is never closed")];
        while slots.len() < CLAIM_LIMIT
            && let Ok(slot) = Arc::clone(&self.slots).try_acquire_owned()
        {
            slots.push(slot);
        }
        slots
    }

    fn spawn(&self, tasks: &TaskTracker, job: LeasedJob, slot: OwnedSemaphorePermit) {
        let (ports, metrics) = (Arc::clone(&self.ports), Arc::clone(&self.metrics));
        let work_waits = Arc::clone(&self.work_waits);
        tasks.spawn(async move {
            run_one(&*ports, &metrics, &job).await;
            drop(slot);
            work_waits.notify_waiters();
        });
    }
}

#[tracing::instrument(name = "job.run", skip_all, fields(job.key = %job.job.key()))]
async fn run_one<P: Ports>(ports: &P, metrics: &Metrics, job: &LeasedJob) {
    let outcome = work(ports, job).await;
    metrics.job_ran(job.job.queue(), outcome.is_ok());
    if let Err(error) = outcome {
        // The lease runs out, and the job comes back.
        tracing::error!(%error, "a job could not be settled");
    }
}
