//! How often a merchant may call within a second (v3 §1.11, §4.8, §5.2, §5.3, §5.5, §5.6).
//!
//! Off unless the setting `frequency_limits` is on, because load tests are as good a use of a
//! simulator as any. A second ends when business time or the caller's own clock moves on, so a paused
//! world does not refuse for ever. Not simulated: the limit by the minute for orders older than a
//! month, and the one for each receiver of shares.

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
    /// Asking for platform certificates.
    Certificates,
    /// Sharing, releasing what is left.
    Share,
    /// Querying shares.
    ShareQuery,
    /// Giving shares back.
    ShareReturn,
    /// Sending transfers.
    Transfer,
    /// Querying transfers.
    TransferQuery,
    /// Taking transfers back.
    TransferCancel,
}

impl Rate {
    const fn per_second(self) -> u32 {
        match self {
            Self::Order | Self::ShareQuery => 500,
            Self::Scan => 33,
            Self::Refund => 150,
            Self::FailedRefund => 6,
            Self::RefundQuery | Self::Share => 300,
            Self::Certificates => 1000,
            Self::ShareReturn | Self::Transfer | Self::TransferQuery | Self::TransferCancel => 100,
        }
    }
}

/// What every merchant did in the latest second it did anything.
#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize)]
pub(crate) struct Frequency(BTreeMap<Mchid, BTreeMap<Rate, Second>>);

#[derive(Debug, Clone, Copy, Default, serde::Serialize, serde::Deserialize)]
struct Second {
    /// Of business time.
    unix: i64,
    /// Of the caller's clock.
    #[serde(default)]
    wall: i64,
    calls: u32,
}

impl Second {
    fn is_now(self, now: Times) -> bool {
        self.unix == now.business.unix() && self.wall == now.wall.unix()
    }
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
        let of_merchant = self.state.frequency.0.entry(mchid.clone()).or_default();
        let second = of_merchant.entry(rate).or_default();
        if !second.is_now(now) {
            *second = Second { unix: now.business.unix(), wall: now.wall.unix(), calls: 0 };
        }
        second.calls = second.calls.saturating_add(1);
        second.calls
    }

    fn calls(&self, rate: Rate, mchid: &Mchid, now: Times) -> u32 {
        let second = self.state.frequency.0.get(mchid).and_then(|rates| rates.get(&rate));
        second.filter(|second| second.is_now(now)).map_or(0, |second| second.calls)
    }
}
