//! How often calls may be made, in business time.

use std::collections::BTreeMap;

use suanpan_wechat::Timestamp;

/// Beijing's days begin eight hours before UTC's.
const BEIJING_SECONDS: i64 = 8 * 3600;

/// What a limit counts over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Per {
    Minute,
    Day,
}

impl Per {
    /// The number of the window that `at` lies in.
    const fn window(self, at: Timestamp) -> i64 {
        match self {
            Self::Minute => at.unix().div_euclid(60),
            Self::Day => (at.unix() + BEIJING_SECONDS).div_euclid(24 * 3600),
        }
    }
}

/// Counters, each with the window it counts in.
#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize)]
pub(crate) struct Limits(BTreeMap<String, (i64, u32)>);

impl Limits {
    /// Counts one call; `false` when this window already had `most`.
    pub(crate) fn admit(&mut self, what: String, most: u32, per: Per, at: Timestamp) -> bool {
        let window = per.window(at);
        let counter = self.0.entry(what).or_insert((window, 0));
        if counter.0 != window {
            *counter = (window, 0);
        }
        let free = counter.1 < most;
        if free {
            counter.1 += 1;
        }
        free
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_ends_where_the_clock_says_so() {
        let mut limits = Limits::default();
        // 2026-03-01T23:59:30+08:00.
        let evening = Timestamp::from_unix(1_772_380_770);
        let mut ask = |per, at| limits.admit(format!("{per:?}"), 2, per, at);
        for per in [Per::Minute, Per::Day] {
            let asked = [evening, evening.plus(29), evening.plus(29), evening.plus(30)];
            assert_eq!(asked.map(|at| ask(per, at)), [true, true, false, true], "{per:?}");
        }
    }
}
