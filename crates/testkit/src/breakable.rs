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
    calls: AtomicUsize,
    struck: Notify,
}

#[derive(Debug, Default)]
enum Plan {
    #[default]
    Nothing,
    Kill {
        call: usize,
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

    /// From now on the server dies at its `call`th call to the store, counted from zero.
    pub fn kill_at(&self, call: usize, moment: Moment) {
        self.calls.store(0, Ordering::SeqCst);
        *self.plan() = Plan::Kill { call, moment, struck: false };
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

    /// Calls to the store since the last plan of death was made.
    #[must_use]
    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
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

    async fn pass(&self, commit: Option<&'static str>, moment: Moment) -> Result<(), StoreError> {
        enum Fate {
            Lives,
            Dies,
            Fails,
            Waits(Hold),
        }
        let at = match moment {
            Moment::Before => self.calls.fetch_add(1, Ordering::SeqCst),
            Moment::After => self.calls.load(Ordering::SeqCst).saturating_sub(1),
        };
        let matches = |named: &str| commit.is_some_and(|name| named.is_empty() || named == name);
        let fate = match &mut *self.plan() {
            // Once dead, every other task of that process is dead too.
            Plan::Kill { struck: true, .. } => Fate::Dies,
            Plan::Kill { call, moment: planned, struck } if *call <= at && *planned == moment => {
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
        self.breakage.pass(None, Moment::Before).await?;
        let loaded = self.inner.load(order).await;
        self.breakage.pass(None, Moment::After).await?;
        loaded
    }

    async fn commit(&self, changes: ChangeSet) -> Result<Commit, StoreError> {
        let name = changes.name;
        self.breakage.pass(Some(name), Moment::Before).await?;
        let committed = self.inner.commit(changes).await;
        self.breakage.pass(Some(name), Moment::After).await?;
        committed
    }

    async fn claim(
        &self,
        queue: Queue,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<LeasedJob>, StoreError> {
        self.breakage.pass(None, Moment::Before).await?;
        let claimed = self.inner.claim(queue, now, limit).await;
        self.breakage.pass(None, Moment::After).await?;
        claimed
    }
}

impl<Q: Query> Read<Q> for BreakableStore
where
    SqliteStore: Read<Q>,
{
    async fn read(&self, query: Q) -> Result<Q::Answer, StoreError> {
        self.breakage.pass(None, Moment::Before).await?;
        let answer = self.inner.read(query).await;
        self.breakage.pass(None, Moment::After).await?;
        answer
    }
}
