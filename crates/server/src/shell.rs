//! Where acts are run for somebody who may go away.
//!
//! An HTTP handler is dropped when its client hangs up, at whatever await it stands; WeChat hangs
//! up after five seconds. Acts survive being dropped, but a half-done payment helps nobody, so
//! everything that may move money runs in a task of its own (threat n19). This file is the one
//! place where that happens, and where acts about one order queue up behind each other.

use std::{future::Future, hash::BuildHasher as _, sync::Arc, time::Duration};

use suanpan_trade::OrderId;
use tokio::sync::{Mutex, MutexGuard, Notify, Semaphore, SemaphorePermit};
use tokio_util::task::TaskTracker;
use tracing::Instrument as _;

/// Orders that share a stripe wait for each other needlessly; 256 make that rare.
const STRIPES: usize = 256;

/// More wait in no queue: whoever has an order's token could otherwise fill every slot with
/// requests about that one order.
const QUEUE_LIMIT: usize = 96;

/// Who an act is run for. Each has slots of its own, so that a crowd at the API cannot keep out the
/// notifications that would disperse it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lane {
    /// Merchants' backends and front ends.
    Api,
    /// WeChat.
    Notifications,
}

/// Runs acts.
#[derive(Debug)]
pub(crate) struct Shell {
    tasks: TaskTracker,
    api: Arc<Semaphore>,
    notifications: Arc<Semaphore>,
    stripes: Vec<Stripe>,
    hasher: std::hash::RandomState,
    /// Rung after every act: it may have scheduled something that is due.
    pub(crate) work_waits: Arc<Notify>,
}

#[derive(Debug)]
struct Stripe {
    turn: Mutex<()>,
    places: Semaphore,
}

/// Somebody's turn at an order; the next one's comes when it is dropped.
#[derive(Debug)]
pub(crate) struct Turn<'a> {
    _turn: MutexGuard<'a, ()>,
    _place: SemaphorePermit<'a>,
}

/// Why an act was not run, or not to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotRun {
    /// As many acts as the machine can bear are under way.
    #[error("too many acts are under way")]
    Full,
    /// It panicked: a bug.
    #[error("an act panicked")]
    Panicked,
}

impl Shell {
    pub(crate) fn new(acts_at_once: usize) -> Self {
        Self {
            tasks: TaskTracker::new(),
            api: Arc::new(Semaphore::new(acts_at_once)),
            notifications: Arc::new(Semaphore::new(acts_at_once)),
            stripes: (0..STRIPES)
                .map(|_| Stripe { turn: Mutex::new(()), places: Semaphore::new(QUEUE_LIMIT) })
                .collect(),
            hasher: std::hash::RandomState::new(),
            work_waits: Arc::new(Notify::new()),
        }
    }

    /// Runs an act to its end, whatever becomes of the caller.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        lane: Lane,
        act: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, NotRun> {
        let slots = match lane {
            Lane::Api => &self.api,
            Lane::Notifications => &self.notifications,
        };
        let Ok(slot) = Arc::clone(slots).try_acquire_owned() else {
            return Err(NotRun::Full);
        };
        let work_waits = Arc::clone(&self.work_waits);
        let task = async move {
            let outcome = act.await;
            drop(slot);
            work_waits.notify_waiters();
            outcome
        };
        self.tasks.spawn(task.in_current_span()).await.map_err(|_| NotRun::Panicked)
    }

    /// Waits until nobody else in this process works on the order; `None` when that takes longer
    /// than `patience`, or when too many wait already. Correctness does not hang on it (versions do that): it makes 64 clicks one
    /// request to WeChat.
    pub(crate) async fn queue_for(
        &self,
        order_id: &OrderId,
        patience: Duration,
    ) -> Option<Turn<'_>> {
        let stripes = u64::try_from(STRIPES).expect("256 fits");
        let stripe = usize::try_from(self.hasher.hash_one(order_id) % stripes).expect("below 256");
        let stripe = &self.stripes[stripe];
        let _place = stripe.places.try_acquire().ok()?;
        let _turn = tokio::time::timeout(patience, stripe.turn.lock()).await.ok()?;
        Some(Turn { _turn, _place })
    }

    /// Waits until every act under way has ended, at most until the deadline.
    pub(crate) async fn drain(&self, deadline: Duration) {
        self.tasks.close();
        if tokio::time::timeout(deadline, self.tasks.wait()).await.is_err() {
            tracing::warn!(acts = self.tasks.len(), "stopping before every act has ended");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use suanpan_trade::AccountId;

    #[tokio::test]
    async fn n19_an_act_ends_although_its_caller_left() {
        let shell = Arc::new(Shell::new(1));
        let (enter, entered) = tokio::sync::oneshot::channel();
        let (leave, left) = tokio::sync::oneshot::channel::<()>();
        let done = Arc::new(AtomicUsize::new(0));
        let (running, marked) = (Arc::clone(&shell), Arc::clone(&done));
        let caller = tokio::spawn(async move {
            let act = async move {
                enter.send(()).unwrap();
                left.await.unwrap();
                marked.fetch_add(1, Ordering::SeqCst);
            };
            running.run(Lane::Api, act).await
        });
        entered.await.unwrap();
        caller.abort();
        assert!(caller.await.unwrap_err().is_cancelled());
        leave.send(()).unwrap();
        shell.drain(Duration::from_secs(5)).await;
        assert_eq!(done.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn h10_more_acts_than_allowed_are_refused() {
        let shell = Arc::new(Shell::new(1));
        let (leave, left) = tokio::sync::oneshot::channel::<()>();
        let (enter, entered) = tokio::sync::oneshot::channel();
        let running = Arc::clone(&shell);
        let first = tokio::spawn(async move {
            let act = async move {
                enter.send(()).unwrap();
                left.await.unwrap();
            };
            running.run(Lane::Api, act).await
        });
        entered.await.unwrap();
        assert_eq!(shell.run(Lane::Api, async {}).await, Err(NotRun::Full));
        // WeChat is let in all the same.
        assert_eq!(shell.run(Lane::Notifications, async { 7 }).await, Ok(7));
        leave.send(()).unwrap();
        assert_eq!(first.await.unwrap(), Ok(()));
        assert_eq!(shell.run(Lane::Api, async { 7 }).await, Ok(7));
    }

    #[tokio::test(start_paused = true)]
    async fn acts_about_one_order_queue_with_patience() {
        let shell = Shell::new(1);
        let order_id = OrderId::mint(&AccountId::new("acme").unwrap(), [1; 16]);
        let held = shell.queue_for(&order_id, Duration::ZERO).await;
        assert!(held.is_some());
        assert!(shell.queue_for(&order_id, Duration::from_secs(2)).await.is_none());
        drop(held);
        assert!(shell.queue_for(&order_id, Duration::from_secs(2)).await.is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn h10_the_queue_for_one_order_is_bounded() {
        let shell = Shell::new(1);
        let order_id = OrderId::mint(&AccountId::new("acme").unwrap(), [1; 16]);
        let held = shell.queue_for(&order_id, Duration::ZERO).await;
        let waiting = (1..QUEUE_LIMIT).map(|_| shell.queue_for(&order_id, Duration::from_secs(2)));
        let waiting = futures_util::future::join_all(waiting);
        let refused_at_once = async {
            let began = tokio::time::Instant::now();
            assert!(shell.queue_for(&order_id, Duration::from_secs(2)).await.is_none());
            began.elapsed()
        };
        let (waited, refused_after) = tokio::join!(waiting, refused_at_once);
        assert_eq!(refused_after, Duration::ZERO);
        assert!(waited.iter().all(Option::is_none));
        drop(held);
        assert!(shell.queue_for(&order_id, Duration::ZERO).await.is_some());
    }
}
