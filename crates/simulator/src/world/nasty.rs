//! A bad day at WeChat, drawn from the world's seed.
//!
//! Everything here is something a right program survives by itself: every answer can be asked for
//! again, every notification comes again, and in the end the books agree. What needs a person (a
//! refund that ends `ABNORMAL`, a bill that differs from the books) is left to be switched on by
//! name.

use super::{
    fault::{Fault, FaultName, Probability},
    state::World,
};

/// How often each strikes at the mildest, in a million.
const MIXTURE: [(FaultName, u32); 21] = [
    (FaultName::Http429, 10_000),
    (FaultName::Http500, 10_000),
    (FaultName::Http502, 5_000),
    (FaultName::ExtraMember, 100_000),
    (FaultName::TimeoutBefore, 2_000),
    (FaultName::TimeoutAfter, 2_000),
    (FaultName::Slow, 2_000),
    (FaultName::BadSignature, 5_000),
    (FaultName::UnknownSerial, 5_000),
    (FaultName::ProbeSignature, 10_000),
    (FaultName::Truncated, 5_000),
    (FaultName::ConnectionDropped, 10_000),
    (FaultName::HostUnreachable, 2_000),
    (FaultName::NewEnumValue, 5_000),
    (FaultName::NotifyLost, 50_000),
    (FaultName::NotifyDuplicate, 100_000),
    (FaultName::NotifyLate, 30_000),
    (FaultName::NotifyReordered, 50_000),
    (FaultName::NotifyBadSignature, 20_000),
    (FaultName::NotifyProbe, 50_000),
    (FaultName::LatePayment, 20_000),
];

/// The worst day is so many times worse than the mildest.
const WORST: u32 = 3;

impl World {
    /// Replaces all faults by a mixture; how bad each is today, the seed decides.
    pub fn be_nasty(&mut self) {
        let faults = MIXTURE.map(|(name, mildest)| Fault {
            probability: Probability::millionths(mildest * (1 + self.state.chance.below(WORST))),
            ..Fault::always(name)
        });
        self.set_faults(faults.into());
    }
}
