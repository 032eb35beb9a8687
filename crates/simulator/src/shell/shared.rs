//! What every listener of one simulator shares.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use suanpan_wechat::{
    Timestamp,
    id::{Mchid, OutTradeNo},
};
use tokio::sync::{Notify, broadcast};

use super::{
    clock::{VirtualClock, WallClock},
    notifier::Notifier,
    store::Stored,
};
use crate::{
    scenario::{Name, Recorder, Step},
    world::{
        Change, Delivery, Effect, Fired, Happening, Identities, ImportError, NotifyResult,
        RsaSuite, Times, World,
    },
};

/// How many changes a slow reader of the feed may lag behind before it must read everything anew.
const FEED_CAPACITY: usize = 256;

/// One line of the change feed: something of this kind should be read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Feed {
    /// What changed.
    pub kind: FeedKind,
}

/// What a change is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FeedKind {
    /// Orders or refunds.
    Order,
    /// The journal.
    Message,
    /// Transfers to people.
    Transfer,
    /// A wallet.
    Wallet,
    /// The clock was moved, paused or resumed.
    Clock,
    /// The list of faults.
    Fault,
    /// Merchants, apps or users.
    Identity,
    /// A mini program's files.
    MiniProgram,
}

impl From<Change> for FeedKind {
    fn from(change: Change) -> Self {
        match change {
            Change::Order => Self::Order,
            Change::Message => Self::Message,
            Change::Transfer => Self::Transfer,
            Change::Wallet => Self::Wallet,
            Change::Fault => Self::Fault,
            Change::Identity => Self::Identity,
        }
    }
}

/// How far business time shall move.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Jump {
    /// So far from where it is.
    By { seconds: i64 },
    /// Until then; not back.
    To(Timestamp),
}

/// The world and everything around it.
pub(crate) struct Shared {
    inner: Mutex<Inner>,
    wall: Arc<dyn WallClock>,
    notifier: Notifier,
    feed: broadcast::Sender<Feed>,
    /// Somebody may have made work due.
    pub(crate) wake: Notify,
    /// The world differs from the stored one.
    pub(crate) dirty: Notify,
    /// Held by whoever lets time pass, so that things happen in order.
    driver: tokio::sync::Mutex<()>,
    /// Read by every notification under way in a task of its own.
    under_way: Arc<tokio::sync::RwLock<()>>,
    /// What [`Shared::reset`] starts from.
    identities: Identities,
    /// Writes down what people do, while somebody wants it.
    recorder: Mutex<Option<Recorder>>,
}

struct Inner {
    world: World,
    clock: VirtualClock,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Shared(..)")
    }
}

impl Shared {
    pub(crate) fn new(
        world: World,
        clock: VirtualClock,
        wall: Arc<dyn WallClock>,
        notifier: Notifier,
        identities: Identities,
    ) -> Self {
        Self {
            inner: Mutex::new(Inner { world, clock }),
            wall,
            notifier,
            feed: broadcast::Sender::new(FEED_CAPACITY),
            wake: Notify::new(),
            dirty: Notify::new(),
            driver: tokio::sync::Mutex::new(()),
            under_way: Arc::default(),
            identities,
            recorder: Mutex::default(),
        }
    }

    /// A panic while the world was held is a defect; the world itself is audited, not the lock.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn wall(&self) -> Timestamp {
        self.wall.now()
    }

    /// Reads the world.
    pub(crate) fn read<R>(&self, read: impl FnOnce(&World, Times) -> R) -> R {
        let inner = self.lock();
        let times = inner.clock.times(self.wall.now());
        read(&inner.world, times)
    }

    /// Changes the world, tells the feed, and lets due work and the store know.
    pub(crate) fn change<R>(&self, change: impl FnOnce(&mut World, Times) -> R) -> R {
        let (result, changes, remarks) = {
            let mut inner = self.lock();
            let times = inner.clock.times(self.wall.now());
            let result = change(&mut inner.world, times);
            (result, inner.world.take_changes(), inner.world.take_remarks())
        };
        for remark in remarks {
            // Worked out here, while the world is free, and also when nobody reads the log: until
            // then it holds what it is made of.
            let remark: &str = &remark;
            tracing::warn!("{remark}");
        }
        for change in changes {
            self.publish(change.into());
        }
        self.wake.notify_one();
        self.dirty.notify_one();
        result
    }

    pub(crate) fn clock(&self) -> VirtualClock {
        self.lock().clock
    }

    pub(crate) fn change_clock(&self, change: impl FnOnce(&mut VirtualClock, Timestamp)) {
        let wall = self.wall.now();
        change(&mut self.lock().clock, wall);
        self.publish(FeedKind::Clock);
        self.wake.notify_one();
        self.dirty.notify_one();
    }

    pub(crate) fn publish(&self, kind: FeedKind) {
        // Nobody listening is no error.
        let _listeners = self.feed.send(Feed { kind });
    }

    pub(crate) fn feed(&self) -> broadcast::Receiver<Feed> {
        self.feed.subscribe()
    }

    /// Begins to write down what people do; what was written before is thrown away.
    pub(crate) fn start_recording(&self) {
        let recorder = self.read(|world, _| Recorder::start(world));
        *self.recorder() = Some(recorder);
    }

    /// What has been written down, while it is.
    pub(crate) fn recording(&self) -> Option<String> {
        self.recorder().as_ref().map(Recorder::text)
    }

    /// Writes nothing down any more.
    pub(crate) fn stop_recording(&self) -> Option<String> {
        self.recorder().take().map(|recorder| recorder.text())
    }

    /// Somebody has done this.
    pub(crate) fn note(&self, step: Step) {
        if let Some(recorder) = &mut *self.recorder() {
            recorder.note(step);
        }
    }

    /// Somebody has done something about an order.
    pub(crate) fn note_about(
        &self,
        order: Option<&(Mchid, OutTradeNo)>,
        step: impl FnOnce(Name) -> Step,
    ) {
        let Some(order) = order else { return };
        self.read(|world, _| {
            if let Some(recorder) = &mut *self.recorder()
                && let Some(name) = recorder.name(order, world)
            {
                recorder.note(step(name));
            }
        });
    }

    /// Taken after the world's lock where both are.
    fn recorder(&self) -> MutexGuard<'_, Option<Recorder>> {
        self.recorder.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The world and the clock, to be stored.
    pub(crate) fn snapshot(&self) -> Stored {
        let inner = self.lock();
        let business = inner.clock.business(self.wall.now());
        Stored::new(business, inner.clock, inner.world.state().clone())
    }

    /// A fresh world on the real time; or, to have the same one again whatever the date is, one
    /// whose business time stands still at an instant.
    pub(crate) async fn reset(&self, seed: u64, at: Option<Timestamp>) {
        let world = World::new(seed, self.identities.clone(), Arc::new(RsaSuite))
            .expect("these identities made a world at start");
        let clock = at.map_or_else(VirtualClock::default, VirtualClock::standing_at);
        self.replace(world, clock).await;
    }

    /// A world out of a file; business time goes on from where it was written.
    pub(crate) async fn import(&self, stored: Stored) -> Result<(), ImportError> {
        let world = World::import(stored.state, Arc::new(RsaSuite))?;
        let clock = stored.clock.going_on_from(stored.at, self.wall.now());
        self.replace(world, clock).await;
        Ok(())
    }

    /// Another world. What is under way ends first: its report would name a sending of the old one.
    async fn replace(&self, world: World, clock: VirtualClock) {
        let _driver = self.driver.lock().await;
        self.all_answered().await;
        {
            let mut inner = self.lock();
            *inner = Inner { world, clock };
        }
        for kind in [
            FeedKind::Order,
            FeedKind::Message,
            FeedKind::Wallet,
            FeedKind::Clock,
            FeedKind::Fault,
            FeedKind::Identity,
        ] {
            self.publish(kind);
        }
        self.wake.notify_one();
        self.dirty.notify_one();
    }

    /// Does what is due now, and sends what leaves; gives back when all of it, and all that was
    /// under way before, has been answered.
    pub(crate) async fn run_due(&self) -> Vec<Happening> {
        let _driver = self.driver.lock().await;
        self.all_answered().await;
        self.fire_all().await
    }

    async fn all_answered(&self) {
        drop(self.under_way.write().await);
    }

    async fn fire_all(&self) -> Vec<Happening> {
        let mut happened = Vec::new();
        loop {
            let fired = self.fire();
            if fired.happened.is_empty() && fired.effects.is_empty() {
                return happened;
            }
            happened.extend(fired.happened);
            for Effect::Notify(delivery) in fired.effects {
                self.deliver(&delivery).await;
            }
        }
    }

    /// The same without waiting for answers: each notification has its own task.
    pub(crate) async fn start_due(self: &Arc<Self>) {
        let _driver = self.driver.lock().await;
        let mut queues: Vec<(String, Vec<Delivery>)> = Vec::new();
        for Effect::Notify(delivery) in self.fire().effects {
            match queues.iter_mut().find(|(id, _)| *id == delivery.notification_id) {
                Some((_, queue)) => queue.push(delivery),
                None => queues.push((delivery.notification_id.clone(), vec![delivery])),
            }
        }
        for (_, queue) in queues {
            let shared = Arc::clone(self);
            let under_way = Arc::clone(&self.under_way).read_owned().await;
            tokio::spawn(async move {
                let _under_way = under_way;
                for delivery in queue {
                    shared.deliver(&delivery).await;
                }
            });
        }
    }

    fn fire(&self) -> Fired {
        self.change(|world, times| world.fire_due(times))
    }

    /// A question WeChat asks of a merchant's address.
    pub(crate) async fn fetch(&self, url: &str) -> NotifyResult {
        self.notifier.fetch(url).await
    }

    /// One sending beside the due ones.
    pub(crate) async fn deliver_by_hand(&self, delivery: &Delivery) {
        let _under_way = self.under_way.read().await;
        self.deliver(delivery).await;
    }

    async fn deliver(&self, delivery: &Delivery) {
        let result = self.notifier.send(delivery).await;
        self.change(|world, times| world.notified(delivery.delivery_id, result, times));
    }

    /// Lets business time pass; everything due in between happens at its own instant, in order,
    /// and every notification is answered before the next thing happens.
    pub(crate) async fn advance(&self, jump: Jump) -> (Timestamp, Vec<Happening>) {
        let _driver = self.driver.lock().await;
        self.all_answered().await;
        let now = self.read(|_, times| times.business);
        let target = match jump {
            Jump::By { seconds } => now.plus(seconds),
            Jump::To(instant) => instant.max(now),
        };
        let was_paused = self.clock().is_paused();
        let mut happened = Vec::new();
        loop {
            let next = self.read(|world, _| world.next_due());
            match next.filter(|at| *at <= target) {
                Some(at) => self.change_clock(|clock, wall| clock.pin(at, wall)),
                None => break,
            }
            happened.extend(self.fire_all().await);
        }
        self.change_clock(|clock, wall| {
            clock.pin(target, wall);
            if !was_paused {
                clock.resume(wall);
            }
        });
        (target, happened)
    }

    /// Whether something is due now; also while time stands still.
    pub(crate) fn has_due(&self) -> bool {
        self.read(|world, times| world.next_due().is_some_and(|at| at <= times.business))
    }
}
