use suanpan_wechat::Timestamp;

use crate::world::Times;

/// Where wall time comes from. Signatures are checked and made in it, so tests hand in their own.
pub trait WallClock: Send + Sync + 'static {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemWallClock;

impl WallClock for SystemWallClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one home of the system clock in the simulator"
    )]
    fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let seconds = since.map_or(0, |elapsed| elapsed.as_secs());
        Timestamp::from_unix(i64::try_from(seconds).unwrap_or(i64::MAX))
    }
}

/// Business time: wall time moved by hand, or standing still.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct VirtualClock {
    offset_seconds: i64,
    paused_at: Option<Timestamp>,
}

impl VirtualClock {
    /// Business time at a wall time.
    #[must_use]
    pub fn business(&self, wall: Timestamp) -> Timestamp {
        self.paused_at.unwrap_or_else(|| wall.plus(self.offset_seconds))
    }

    /// Both times.
    #[must_use]
    pub fn times(&self, wall: Timestamp) -> Times {
        Times { business: self.business(wall), wall }
    }

    /// Stands still at an instant of one's own choice, earlier than the machine's time or later.
    #[must_use]
    pub(crate) const fn standing_at(instant: Timestamp) -> Self {
        Self { offset_seconds: 0, paused_at: Some(instant) }
    }

    /// Whether it stands still.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.paused_at.is_some()
    }

    /// Stands still at the present business time.
    pub fn pause(&mut self, wall: Timestamp) {
        self.paused_at = Some(self.business(wall));
    }

    /// Stands still at `instant`; never goes back.
    pub(crate) fn pin(&mut self, instant: Timestamp, wall: Timestamp) {
        self.paused_at = Some(instant.max(self.business(wall)));
    }

    /// The same clock, on a machine where it is `wall`: business time goes on from `business`.
    #[must_use]
    pub(crate) fn going_on_from(self, business: Timestamp, wall: Timestamp) -> Self {
        let paused_at = self.paused_at.map(|_| business);
        Self { offset_seconds: business.since(wall), paused_at }
    }

    /// Runs on from where it stands.
    pub fn resume(&mut self, wall: Timestamp) {
        if let Some(instant) = self.paused_at.take() {
            self.offset_seconds = instant.since(wall);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn business_time_pauses_resumes_and_never_goes_back() {
        let at = Timestamp::from_unix;
        let mut clock = VirtualClock::default();
        assert_eq!(clock.business(at(100)), at(100));
        clock.pause(at(100));
        assert_eq!(clock.business(at(200)), at(100));
        clock.pin(at(5000), at(200));
        clock.pin(at(4000), at(200));
        clock.resume(at(200));
        assert_eq!(clock.business(at(201)), at(5001));
        assert!(!clock.is_paused());
    }
}
