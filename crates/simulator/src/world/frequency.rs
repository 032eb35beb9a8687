//! How often a merchant may call within a second (v3 §4.8, §5.2, §5.3).
//!
//! Off unless the setting `frequency_limits` is on, because load tests are as good a use of a
//! simulator as any. Seconds are those of business time: while the clock is paused, one of them
//! lasts. The limit by the minute for orders older than a month is not simulated.

use std::collections::BTreeMap;

use suanpan_wechat::id::Mchid;

use super::{exchange::Times, state::World};

/// Calls that are counted together.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
pub(crate) enum Rate {
    /// Ordering for any front end.
    Order,
    /// Scanning payment codes.
    Scan,
    /// Asking for refunds.
    Refund,
    /// Asking for refunds in vain.
    FailedRefund,
    /// Querying refunds.
    RefundQuery,
}

impl Rate {
    const fn per_second(self) -> u32 {
        match self {
            Self::Order => 500,
            Self::Scan => 33,
            Self::Refund => 150,
            Self::FailedRefund => 6,
            Self::RefundQuery => 300,
        }
    }
}

/// What every merchant did in the latest second it did anything.
#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize)]
pub(crate) struct Frequency(BTreeMap<Mchid, BTreeMap<Rate, Second>>);

#[derive(Debug, Clone, Copy, Default, serde::Serialize, serde::Deserialize)]
struct Second {
    unix: i64,
    calls: u32,
}

impl World {
    /// Counts a call and tells whether it is within its limit.
    pub(crate) fn may_call(&mut self, rate: Rate, mchid: &Mchid, now: Times) -> bool {
        if !self.state.settings.frequency_limits {
            return true;
        }
        let failed = self.calls(Rate::FailedRefund, mchid, now);
        if rate == Rate::Refund && failed >= Rate::FailedRefund.per_second() {
            return false;
        }
        self.count_call(rate, mchid, now) <= rate.per_second()
    }

    /// Counts a call; gives back how many there were in this second.
    pub(crate) fn count_call(&mut self, rate: Rate, mchid: &Mchid, now: Times) -> u32 {
        let unix = now.business.unix();
        let of_merchant = self.state.frequency.0.entry(mchid.clone()).or_default();
        let second = of_merchant.entry(rate).or_default();
        if second.unix != unix {
            *second = Second { unix, calls: 0 };
        }
        second.calls = second.calls.saturating_add(1);
        second.calls
    }

    fn calls(&self, rate: Rate, mchid: &Mchid, now: Times) -> u32 {
        let second = self.state.frequency.0.get(mchid).and_then(|rates| rates.get(&rate));
        second.filter(|second| second.unix == now.business.unix()).map_or(0, |second| second.calls)
    }
}
