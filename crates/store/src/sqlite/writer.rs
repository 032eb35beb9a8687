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
        queue.try_send(work(Reply { answer, to })).map_err(|refused| {
            StoreError::Unavailable(format!("{QUEUE} change sets may wait: {refused}"))
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

#[cfg(test)]
mod tests {
    use std::{
        pin::Pin,
        sync::atomic::AtomicBool,
        task::{Context, Poll, Waker},
    };

    use suanpan_acts::{Environment, Guard, Job, Write, job::LeaseToken};
    use suanpan_trade::{AccountId, OrderId};

    use super::*;
    use crate::sqlite::{Settings, SqliteStore, migrate, pragma};

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
    }

    fn poll_once<T>(future: Pin<&mut impl Future<Output = T>>) -> Poll<T> {
        future.poll(&mut Context::from_waker(Waker::noop()))
    }

    fn job(n: u8) -> Job {
        Job::Watch { order_id: OrderId::mint(&AccountId::new("acme").unwrap(), [n; 16]) }
    }

    fn changes(n: u8) -> ChangeSet {
        let writes = vec![Write::Schedule(job(n), Timestamp::from_unix(0))];
        ChangeSet { name: "test", guards: Vec::new(), writes }
    }

    fn database() -> (tempfile::TempDir, Connection) {
        let folder = tempfile::tempdir().unwrap();
        let mut connection = Connection::open(folder.path().join("suanpan.db")).unwrap();
        pragma::prepare_writer(&connection).unwrap();
        migrate::migrate(&mut connection, Environment::Simulator).unwrap();
        (folder, connection)
    }

    fn claim_all(folder: &tempfile::TempDir) -> Vec<LeasedJob> {
        let settings = Settings::new(folder.path(), Environment::Simulator);
        let store = SqliteStore::open(&settings).unwrap();
        block_on(store.writer.claim(Queue::WeChat, Timestamp::from_unix(1), 100)).unwrap()
    }

    /// Goal: after a COMMIT that failed nobody is told a lie, and nothing goes on (threat d04).
    /// Method: a commit hook makes the second COMMIT fail while others wait behind it.
    #[test]
    fn d04_a_failed_commit_is_unknown_and_stops_the_writer() {
        let (folder, mut connection) = database();
        let failing = Arc::new(AtomicBool::new(false));
        let fails = Arc::clone(&failing);
        connection.commit_hook(Some(move || fails.load(Ordering::SeqCst))).unwrap();
        let writer = Writer::start(connection).unwrap();
        assert_eq!(block_on(writer.commit(changes(1))), Ok(Commit::Done));

        failing.store(true, Ordering::SeqCst);
        let other = Connection::open(folder.path().join("suanpan.db")).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        let mut asked: Vec<_> = (2..6).map(|n| Box::pin(writer.commit(changes(n)))).collect();
        assert!(asked.iter_mut().all(|commit| poll_once(commit.as_mut()).is_pending()));
        other.execute_batch("ROLLBACK").unwrap();
        drop(other);
        let answers: Vec<_> = asked.into_iter().map(block_on).collect();
        assert!(matches!(answers[0], Err(StoreError::OutcomeUnknown(_))), "{answers:?}");
        // In the same group they share the doubt; behind it they were surely not begun.
        assert!(answers.iter().all(Result::is_err), "{answers:?}");

        failing.store(false, Ordering::SeqCst);
        assert!(writer.stopped().unwrap().contains("COMMIT failed"));
        let refused = block_on(writer.commit(changes(4)));
        assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
        let refused = block_on(writer.claim(Queue::WeChat, Timestamp::from_unix(1), 1));
        assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
        drop(writer);
        // A new start finds out what is true: here, that only the first was written.
        let jobs: Vec<_> = claim_all(&folder).into_iter().map(|leased| leased.job).collect();
        assert_eq!(jobs, [job(1)]);
    }

    /// Goal: a full disk costs the whole group nothing but an answer, and passes (threat d04).
    /// Method: forbid the database to grow, write until it would have to.
    #[test]
    fn d04_a_full_disk_is_unavailable_and_passes() {
        let (folder, connection) = database();
        connection.execute_batch("PRAGMA max_page_count = 1").unwrap();
        let writer = Writer::start(connection).unwrap();
        let (mut written, mut full) = (Vec::new(), None);
        for n in 0..=u8::MAX {
            match block_on(writer.commit(changes(n))) {
                Ok(Commit::Done) => written.push(job(n)),
                other => {
                    full = Some(other);
                    break;
                }
            }
        }
        let full = full.expect("256 jobs do not fit into the pages there are");
        assert!(
            matches!(&full, Err(StoreError::Unavailable(why)) if why.contains("full")),
            "{full:?}"
        );
        assert_eq!(writer.stopped(), None);
        // What needs no new page still works.
        let again = block_on(writer.commit(changes(0)));
        assert_eq!(again, Ok(Commit::Done));
        drop(writer);
        let jobs: Vec<_> = claim_all(&folder).into_iter().map(|leased| leased.job).collect();
        assert_eq!(jobs, written, "nothing of the refused one is there");
    }

    /// Method: a change set that the shape check would have refused makes the writer panic.
    #[test]
    fn a_writer_that_ends_leaves_its_waiters_with_the_truth() {
        let (_folder, connection) = database();
        let writer = Writer::start(connection).unwrap();
        let mut impossible = changes(1);
        impossible.guards = vec![Guard::Lease { job: job(1), token: LeaseToken(u64::MAX) }];
        let unknown = block_on(writer.commit(impossible));
        assert!(matches!(unknown, Err(StoreError::OutcomeUnknown(_))), "{unknown:?}");
        // This one may still have slipped into the queue of the dying thread.
        assert!(block_on(writer.commit(changes(2))).is_err());
        let refused = block_on(writer.commit(changes(3)));
        assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
    }
}
