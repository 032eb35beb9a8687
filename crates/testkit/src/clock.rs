use std::sync::atomic::{AtomicI64, Ordering};

use suanpan_wechat::Timestamp;

/// A Thursday noon in Beijing: the wall time at which every stage opens.
const OPENING: i64 = 1_790_827_200;

/// Both times of a stage. They stand still until somebody moves them.
#[derive(Debug)]
pub struct StageClock {
    business: AtomicI64,
    wall: AtomicI64,
}

impl Default for StageClock {
    fn default() -> Self {
        Self { business: AtomicI64::new(OPENING), wall: AtomicI64::new(OPENING) }
    }
}

impl StageClock {
    /// Starts at a wall time of the caller's choice.
    #[must_use]
    pub fn at(now: Timestamp) -> Self {
        Self { business: AtomicI64::new(now.unix()), wall: AtomicI64::new(now.unix()) }
    }

    /// Business time.
    #[must_use]
    pub fn business(&self) -> Timestamp {
        Timestamp::from_unix(self.business.load(Ordering::SeqCst))
    }

    /// Wall time.
    #[must_use]
    pub fn wall(&self) -> Timestamp {
        Timestamp::from_unix(self.wall.load(Ordering::SeqCst))
    }

    pub(crate) fn set_business(&self, now: Timestamp) {
        self.business.store(now.unix(), Ordering::SeqCst);
    }

    /// Moves wall time alone, backwards when negative: signatures age, orders do not.
    pub fn move_wall(&self, seconds: i64) {
        self.wall.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl suanpan_acts::Clock for StageClock {
    fn business_now(&self) -> Timestamp {
        self.business()
    }

    fn wall_now(&self) -> Timestamp {
        self.wall()
    }
}

impl suanpan_simulator::WallClock for StageClock {
    fn now(&self) -> Timestamp {
        self.wall()
    }
}
