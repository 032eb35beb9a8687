//! Time, which passes only here.

use suanpan_wechat::Timestamp;

use super::Stage;
use crate::database;

/// Rounds of sending and working at one instant; more means that two sides feed each other.
const MAX_ROUNDS: usize = 1000;

impl Stage {
    /// Lets time pass: whatever becomes due on either side happens at its own instant, in order.
    pub async fn advance(&self, seconds: i64) {
        let target = self.clock.business().plus(seconds);
        self.quiesce().await;
        while let Some(next) = self.next_due().filter(|next| *next <= target) {
            self.move_to(next);
            self.quiesce().await;
        }
        self.move_to(target);
        self.quiesce().await;
    }

    /// Everything due now happens, and what it makes due, until both sides are quiet. A server that
    /// died by a plan of [`Breakage`](crate::Breakage) is started again, as a supervisor would.
    pub async fn quiesce(&self) {
        for _ in 0..MAX_ROUNDS {
            self.revive().await;
            let now = self.clock.business();
            let behind = self.simulator.with_world(|_, times| now.since(times.business));
            let happened = self.simulator.advance(behind).await;
            let ran = self.process().run_due(now).await;
            if ran == 0 && happened.is_empty() && !self.breakage.has_struck() {
                return;
            }
        }
        panic!("the stage does not come to rest");
    }

    fn move_to(&self, instant: Timestamp) {
        let seconds = instant.since(self.clock.business());
        self.clock.set_business(instant);
        if !self.settings.real_wall {
            self.clock.move_wall(seconds);
        }
    }

    /// The next instant at which something happens, later than now.
    fn next_due(&self) -> Option<Timestamp> {
        let now = self.clock.business();
        let wechat = self.simulator.with_world(|world, _| world.next_due());
        let ours = database::next_due(self.data.path()).map(Timestamp::from_unix);
        [wechat, ours].into_iter().flatten().filter(|due| *due > now).min()
    }
}
