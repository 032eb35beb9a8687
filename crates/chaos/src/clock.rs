//! The clocks and the chance of one server.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use suanpan_acts::{Clock, Nonces};
use suanpan_wechat::Timestamp;

use crate::timeline::Timeline;

/// A server's two clocks, each away from true time by some seconds.
#[derive(Clone)]
pub(crate) struct ServerClock {
    timeline: Timeline,
    skew: Arc<Skew>,
}

#[derive(Default)]
struct Skew {
    business_s: AtomicI64,
    wall_s: AtomicI64,
}

impl ServerClock {
    pub(crate) fn new(timeline: Timeline) -> Self {
        Self { timeline, skew: Arc::default() }
    }

    pub(crate) fn set(&self, business_s: i64, wall_s: i64) {
        self.skew.business_s.store(business_s, Ordering::Relaxed);
        self.skew.wall_s.store(wall_s, Ordering::Relaxed);
    }

    /// The true instant, in milliseconds of the run, at which this server's business clock will
    /// show `due_at`.
    pub(crate) fn when_ms(&self, due_at: Timestamp) -> i64 {
        let beginning = crate::timeline::at(0);
        let skew = self.skew.business_s.load(Ordering::Relaxed);
        due_at.since(beginning).saturating_sub(skew).saturating_mul(1000)
    }
}

impl Clock for ServerClock {
    fn business_now(&self) -> Timestamp {
        self.timeline.now().plus(self.skew.business_s.load(Ordering::Relaxed))
    }

    fn wall_now(&self) -> Timestamp {
        self.timeline.now().plus(self.skew.wall_s.load(Ordering::Relaxed))
    }
}

/// The run's chance as the port that mints numbers.
pub(crate) struct SeededNonces(pub(crate) Timeline);

impl Nonces for SeededNonces {
    fn fill(&self, buffer: &mut [u8]) {
        self.0.draw(|chance| chance.fill(buffer));
    }
}
