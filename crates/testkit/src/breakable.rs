//! The store with a switch: it can die, fail or wait at any call, as disks and processes do.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

use suanpan_acts::{
    ChangeSet, LeasedJob, Queue, Store, StoreError,
    change::Commit,
    ports::{OrderRef, Query, Read},
};
use suanpan_store::SqliteStore;
use suanpan_trade::Order;
use suanpan_wechat::Timestamp;
use tokio::sync::{Notify, Semaphore};

/// SQLite, and a plan of what shall go wrong.
#[derive(Debug)]
pub struct BreakableStore {
    inner: SqliteStore,
    breakage: Arc<Breakage>,
}

impl BreakableStore {
    pub(crate) fn new(inner: SqliteStore, breakage: Arc<Breakage>) -> Self {
        Self { inner, breakage }
    }
}

/// On which side of a call something happens. After it, its effect is durable and its answer lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Nothing was done.
    Before,
    /// Everything was done.
    After,
}

/// What shall go wrong, if anything.
#[derive(Debug, Default)]
pub struct Breakage {
    plan: Mutex<Plan>,
    writes: AtomicUsize,
    struck: Notify,
}

#[derive(Debug, Default)]
enum Plan {
    #[default]
    Nothing,
    Kill {
        write: usize,
        moment: Moment,
        struck: bool,
    },
    FailCommits {
        named: &'static str,
        moment: Moment,
        times: usize,
    },
    Hold(Hold),
}

#[derive(Debug, Clone, Copy)]
enum Call {
    Read,
    Claim,
    Commit(&'static str),
}

/// Commits that wait until they are let go.
#[derive(Debug, Clone)]
pub struct Hold {
    named: &'static str,
    entered: Arc<Notify>,
    gate: Arc<Semaphore>,
}

impl Hold {
    /// Resolves when a commit has arrived.
    pub async fn entered(&self) {
        self.entered.notified().await;
    }

    /// Lets this and every later commit through.
    pub fn release(&self) {
        self.gate.add_permits(Semaphore::MAX_PERMITS / 2);
    }
}

impl Breakage {
    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on the server dies at its `write`th write to the store, counted from zero.
    ///
    /// Claims write too. Reads are not counted: before a write everything that was sent since the
    /// one before has been answered, after it nothing has been sent yet, and in between nothing
    /// durable differs.
    pub fn kill_at(&self, write: usize, moment: Moment) {
        self.writes.store(0, Ordering::SeqCst);
        *self.plan() = Plan::Kill { write, moment, struck: false };
    }

    /// The next `times` commits of this name fail: [`Moment::Before`] with "nothing was done",
    /// [`Moment::After`] with "nobody knows". An empty name means every commit.
    pub fn fail_commits(&self, named: &'static str, moment: Moment, times: usize) {
        *self.plan() = Plan::FailCommits { named, moment, times };
    }

    /// Commits of this name wait until the hold is released.
    pub fn hold_commits(&self, named: &'static str) -> Hold {
        let hold = Hold { named, entered: Arc::default(), gate: Arc::new(Semaphore::new(0)) };
        *self.plan() = Plan::Hold(hold.clone());
        hold
    }

    /// Nothing goes wrong any more.
    pub fn mend(&self) {
        *self.plan() = Plan::Nothing;
    }

    /// Whether a plan of death was carried out.
    #[must_use]
    pub fn has_struck(&self) -> bool {
        matches!(*self.plan(), Plan::Kill { struck: true, .. })
    }

    /// Resolves each time a plan of death is carried out.
    pub(crate) async fn strikes(&self) {
        self.struck.notified().await;
    }

    async fn pass(&self, call: Call, moment: Moment) -> Result<(), StoreError> {
        enum Fate {
            Lives,
            Dies,
            Fails,
            Waits(Hold),
        }
        let at = match (call, moment) {
            (Call::Read, _) => None,
            (_, Moment::Before) => Some(self.writes.fetch_add(1, Ordering::SeqCst)),
            (_, Moment::After) => self.writes.load(Ordering::SeqCst).checked_sub(1),
        };
        let matches = |wanted: &str| match call {
            Call::Commit(name) => wanted.is_empty() || wanted == name,
            Call::Claim | Call::Read => false,
        };
        let fate = match &mut *self.plan() {
            // Once dead, every other task of that process is dead too.
            Plan::Kill { struck: true, .. } => Fate::Dies,
            Plan::Kill { write, moment: planned, struck }
                if *planned == moment && at.is_some_and(|at| *write <= at) =>
            {
                *struck = true;
                Fate::Dies
            }
            Plan::FailCommits { named, moment: planned, times }
                if *planned == moment && *times > 0 && matches(named) =>
            {
                *times -= 1;
                Fate::Fails
            }
            Plan::Hold(hold) if moment == Moment::Before && matches(hold.named) => {
                Fate::Waits(hold.clone())
            }
            _ => Fate::Lives,
        };
        match fate {
            Fate::Lives => Ok(()),
            Fate::Dies => {
                self.struck.notify_one();
                std::future::pending().await
            }
            Fate::Fails if moment == Moment::Before => {
                Err(StoreError::Unavailable("broken on purpose".to_owned()))
            }
            Fate::Fails => Err(StoreError::OutcomeUnknown("broken on purpose".to_owned())),
            Fate::Waits(hold) => {
                hold.entered.notify_one();
                let permit = hold.gate.acquire().await.expect("the gate is never closed");
                permit.forget();
                Ok(())
            }
        }
    }
}

impl Store for BreakableStore {
    async fn load(&self, order: &OrderRef) -> Result<Option<Order>, StoreError> {
        self.breakage.pass(Call::Read, Moment::Before).await?;
        let loaded = self.inner.load(order).await;
        self.breakage.pass(Call::Read, Moment::After).await?;
        loaded
    }

    async fn commit(&self, changes: ChangeSet) -> Result<Commit, StoreError> {
        let name = changes.name;
        self.breakage.pass(Call::Commit(name), Moment::Before).await?;
        let committed = self.inner.commit(changes).await;
        self.breakage.pass(Call::Commit(name), Moment::After).await?;
        committed
    }

    async fn claim(
        &self,
        queue: Queue,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<LeasedJob>, StoreError> {
        self.breakage.pass(Call::Claim, Moment::Before).await?;
        let claimed = self.inner.claim(queue, now, limit).await;
        self.breakage.pass(Call::Claim, Moment::After).await?;
        claimed
    }
}

impl<Q: Query> Read<Q> for BreakableStore
where
    SqliteStore: Read<Q>,
{
    async fn read(&self, query: Q) -> Result<Q::Answer, StoreError> {
        self.breakage.pass(Call::Read, Moment::Before).await?;
        let answer = self.inner.read(query).await;
        self.breakage.pass(Call::Read, Moment::After).await?;
        answer
    }
}
