//! The one writer: whatever is waiting goes into one transaction, and is answered after its sync.

use std::{
    fmt,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    thread::{self, JoinHandle},
};

use rusqlite::{Connection, ErrorCode, config::DbConfig};
use suanpan_acts::{
    change::{ChangeSet, Commit},
    job::{LeasedJob, Queue},
    ports::StoreError,
};
use suanpan_wechat::Timestamp;
use tokio::sync::{mpsc, oneshot};

use super::{
    OpenError,
    engine::{self, Failure},
};

/// Change sets and claims that may wait; more are refused at once (threat h10).
const QUEUE: usize = 4096;

/// Change sets and claims in one transaction. Past some hundred the sync is no longer what costs,
/// and a longer transaction only makes the first one wait.
const GROUP: usize = 256;

/// Takes change sets and claims until it is dropped, or until it can no longer be sure.
#[derive(Debug)]
pub(super) struct Writer {
    queue: Option<mpsc::Sender<Work>>,
    thread: Option<JoinHandle<()>>,
    shared: Arc<Shared>,
}

/// What the writer has done so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Statistics {
    /// Transactions that were committed; each is one sync of the disk.
    pub transactions: u64,
    /// Change sets and claims that were committed in them.
    pub committed: u64,
    /// Change sets that met a conflict and wrote nothing.
    pub conflicts: u64,
    /// Change sets and claims that wait now.
    pub waiting: usize,
}

#[derive(Debug, Default)]
struct Shared {
    transactions: AtomicU64,
    committed: AtomicU64,
    conflicts: AtomicU64,
    stopped: OnceLock<String>,
}

/// Marks the end of the thread, also when it panics.
struct EndOfThread(Arc<Shared>);

impl Drop for EndOfThread {
    fn drop(&mut self) {
        self.0.stopped.get_or_init(|| "the writer of the store ended".to_owned());
    }
}

/// An answer that is prepared while the transaction is open and given after it is durable.
struct Reply<T> {
    answer: Result<T, StoreError>,
    to: oneshot::Sender<Result<T, StoreError>>,
}

enum Work {
    Commit { changes: ChangeSet, span: tracing::Span, reply: Reply<Commit> },
    Claim { queue: Queue, now: Timestamp, limit: usize, reply: Reply<Vec<LeasedJob>> },
}

impl fmt::Debug for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Work(..)")
    }
}

/// A whole transaction failed.
struct GroupFailure {
    /// What everybody in it is told.
    error: StoreError,
    /// Whether the writer can no longer be sure what the database holds.
    stop: bool,
}

impl Writer {
    pub(super) fn start(connection: Connection) -> Result<Self, OpenError> {
        let (queue, mut work) = mpsc::channel(QUEUE);
        let shared = Arc::new(Shared::default());
        let end = EndOfThread(Arc::clone(&shared));
        let thread = thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || write(&connection, &mut work, &end.0))
            .map_err(OpenError::Thread)?;
        Ok(Self { queue: Some(queue), thread: Some(thread), shared })
    }

    pub(super) async fn commit(&self, changes: ChangeSet) -> Result<Commit, StoreError> {
        let span = tracing::debug_span!(
            "db.commit",
            otel.name = format_args!("db.{}", changes.name),
            db.writes = changes.writes.len(),
        );
        self.ask(|reply| Work::Commit { changes, span, reply }).await
    }

    pub(super) async fn claim(
        &self,
        queue: Queue,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<LeasedJob>, StoreError> {
        self.ask(|reply| Work::Claim { queue, now, limit, reply }).await
    }

    async fn ask<T>(&self, work: impl FnOnce(Reply<T>) -> Work) -> Result<T, StoreError> {
        self.still_running()?;
        let (to, answered) = oneshot::channel();
        let answer = Err(StoreError::Unavailable("the store did not come to it".to_owned()));
        let queue = self.queue.as_ref().expect("the queue is taken only while dropping");
        queue.try_send(work(Reply { answer, to })).map_err(|_| {
            StoreError::Unavailable(format!("more than {QUEUE} change sets are waiting"))
        })?;
        let lost = |_| StoreError::OutcomeUnknown("the writer ended without an answer".to_owned());
        answered.await.map_err(lost)?
    }

    /// Once the outcome of a commit is open, readings could show what is not true after a restart.
    pub(super) fn still_running(&self) -> Result<(), StoreError> {
        self.stopped().map_or(Ok(()), |reason| Err(StoreError::Unavailable(reason)))
    }

    pub(super) fn stopped(&self) -> Option<String> {
        self.shared.stopped.get().cloned()
    }

    pub(super) fn statistics(&self) -> Statistics {
        let waiting =
            self.queue.as_ref().map_or(0, |queue| queue.max_capacity() - queue.capacity());
        Statistics {
            transactions: self.shared.transactions.load(Ordering::Relaxed),
            committed: self.shared.committed.load(Ordering::Relaxed),
            conflicts: self.shared.conflicts.load(Ordering::Relaxed),
            waiting,
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue.take();
        if let Some(thread) = self.thread.take() {
            // A writer that panicked has left its waiters with "unknown", which is true.
            thread.join().ok();
        }
    }
}

fn write(connection: &Connection, queue: &mut mpsc::Receiver<Work>, shared: &Shared) {
    while let Some(first) = queue.blocking_recv() {
        let mut group = vec![first];
        while group.len() < GROUP
            && let Ok(next) = queue.try_recv()
        {
            group.push(next);
        }
        if let Err(failure) = commit_group(connection, &mut group) {
            if failure.stop {
                stop(connection, shared, &failure.error);
            }
            group.iter_mut().for_each(|work| work.fail(&failure.error));
        } else {
            shared.transactions.fetch_add(1, Ordering::Relaxed);
            group.iter().for_each(|work| work.count(shared));
        }
        group.into_iter().for_each(Work::answer);
        if shared.stopped.get().is_some() {
            break;
        }
    }
    queue.close();
    while let Ok(mut work) = queue.try_recv() {
        work.fail(&StoreError::Unavailable("the store has stopped".to_owned()));
        work.answer();
    }
}

/// Applies everything in one transaction. It is IMMEDIATE, so that a lock is never upgraded half
/// way, where waiting for it can only fail (threat d03).
fn commit_group(connection: &Connection, group: &mut [Work]) -> Result<(), GroupFailure> {
    connection.execute_batch("BEGIN IMMEDIATE").map_err(|error| not_committed(&error))?;
    if let Err(error) = group.iter_mut().try_for_each(|work| work.apply(connection)) {
        let failure = not_committed(&error);
        // SQLite has rolled back by itself after some errors.
        let rolled_back =
            connection.is_autocommit() || connection.execute_batch("ROLLBACK").is_ok();
        return Err(GroupFailure { stop: failure.stop || !rolled_back, ..failure });
    }
    // A sync that failed may have written all, some or nothing, and a second one would report
    // success whatever happened: nobody may go on from here (threat d04).
    connection.execute_batch("COMMIT").map_err(|error| GroupFailure {
        error: StoreError::OutcomeUnknown(format!("COMMIT failed: {error}")),
        stop: true,
    })
}

/// An error before COMMIT: nothing was written, that much is sure.
fn not_committed(error: &rusqlite::Error) -> GroupFailure {
    let may_pass = matches!(
        error.sqlite_error_code(),
        Some(
            ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
                | ErrorCode::DiskFull
                | ErrorCode::OutOfMemory
                | ErrorCode::OperationInterrupted
        )
    );
    let error = StoreError::Unavailable(format!("nothing was written: {error}"));
    GroupFailure { error, stop: !may_pass }
}

/// Before anybody is answered: whoever asks next must already be refused.
fn stop(connection: &Connection, shared: &Shared, error: &StoreError) {
    tracing::error!(%error, "the store stops for good; the server must be started again");
    shared.stopped.get_or_init(|| format!("the store stopped: {error}"));
    // What the log holds is left to the next start, which reads it as after a power failure. If
    // this cannot be set, closing does what it always does, and that is safe as well.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).ok();
}

impl Work {
    /// Prepares the answer; an error is one of the whole transaction.
    fn apply(&mut self, connection: &Connection) -> Result<(), rusqlite::Error> {
        match self {
            Work::Commit { changes, span, reply } => {
                let applied = span.in_scope(|| engine::apply(connection, changes));
                reply.answer = match applied {
                    Ok(()) => Ok(Commit::Done),
                    Err(Failure::Conflict) => Ok(Commit::Conflict),
                    Err(Failure::Refused(error)) => Err(error),
                    Err(Failure::Broken(error)) => return Err(error),
                };
            }
            Work::Claim { queue, now, limit, reply } => {
                reply.answer = match engine::claim(connection, *queue, *now, *limit) {
                    Ok(jobs) => Ok(jobs),
                    Err(Failure::Conflict) => Ok(Vec::new()),
                    Err(Failure::Refused(error)) => Err(error),
                    Err(Failure::Broken(error)) => return Err(error),
                };
            }
        }
        Ok(())
    }

    fn fail(&mut self, error: &StoreError) {
        match self {
            Work::Commit { reply, .. } => reply.answer = Err(error.clone()),
            Work::Claim { reply, .. } => reply.answer = Err(error.clone()),
        }
    }

    fn count(&self, shared: &Shared) {
        let conflict =
            matches!(self, Work::Commit { reply: Reply { answer: Ok(Commit::Conflict), .. }, .. });
        let counter = if conflict { &shared.conflicts } else { &shared.committed };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    fn answer(self) {
        match self {
            Work::Commit { reply, .. } => reply.send(),
            Work::Claim { reply, .. } => reply.send(),
        }
    }
}

impl<T> Reply<T> {
    fn send(self) {
        // Whoever asked may have gone: what was committed stays committed.
        self.to.send(self.answer).ok();
    }
}
