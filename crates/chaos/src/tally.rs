//! What a run consisted of: a simulation that quietly did nothing would pass every check.

use std::collections::BTreeMap;

/// Counts of one run, or of many.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Events of virtual time.
    pub steps: u64,
    /// Acts started.
    pub acts: u64,
    /// Change sets applied.
    pub commits: u64,
    /// Change sets refused because a guard did not hold.
    pub conflicts: u64,
    /// Requests that left for WeChat.
    pub calls: u64,
    /// Notifications that reached one of our servers.
    pub notifications: u64,
    /// Webhooks that reached a merchant.
    pub webhooks: u64,
    /// Orders created.
    pub orders: u64,
    /// Payments that WeChat took.
    pub payments: u64,
    /// Orders that ended paid late.
    pub paid_late: u64,
    /// Second payments of one order.
    pub excess: u64,
    /// Refunds that reached their end.
    pub refunds: u64,
    /// Statements about orders that are not ours.
    pub orphans: u64,
    /// Times an order was compared with every invariant.
    pub checks: u64,
    /// Faults that struck, by name.
    pub faults: BTreeMap<&'static str, u64>,
}

impl Tally {
    pub(crate) fn fault(&mut self, name: &'static str) {
        *self.faults.entry(name).or_default() += 1;
    }

    /// All faults together.
    #[must_use]
    pub fn faults_injected(&self) -> u64 {
        self.faults.values().sum()
    }

    /// Adds another run.
    pub fn add(&mut self, other: &Tally) {
        self.steps += other.steps;
        self.acts += other.acts;
        self.commits += other.commits;
        self.conflicts += other.conflicts;
        self.calls += other.calls;
        self.notifications += other.notifications;
        self.webhooks += other.webhooks;
        self.orders += other.orders;
        self.payments += other.payments;
        self.paid_late += other.paid_late;
        self.excess += other.excess;
        self.refunds += other.refunds;
        self.orphans += other.orphans;
        self.checks += other.checks;
        for (name, count) in &other.faults {
            *self.faults.entry(name).or_default() += count;
        }
    }
}
