//! How far our wall clock is from WeChat's (threat k07).
//!
//! WeChat refuses requests signed more than five minutes away, and we refuse its answers; both
//! look like forgeries from the inside. So every answer is compared, believed or not: the number
//! is a hint for the operator and decides nothing.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicI64, Ordering},
};

use suanpan_wechat::{Timestamp, call::RawAnswer};

/// From here on the operator is warned.
const WARN_SECONDS: u64 = 30;

/// From here on somebody should act: at 300 s every payment stops.
const ALARM_SECONDS: u64 = 120;

/// A wrong clock is reported this often, not with every answer.
const REPORT_INTERVAL_SECONDS: i64 = 60;

/// Not observed yet; no clock is this wrong, since timestamps are clamped to four-digit years.
const UNKNOWN: i64 = i64::MIN;

#[derive(Debug)]
pub(crate) struct ClockSkew {
    seconds: AtomicI64,
    reported: Mutex<Option<Timestamp>>,
}

impl Default for ClockSkew {
    fn default() -> Self {
        Self { seconds: AtomicI64::new(UNKNOWN), reported: Mutex::new(None) }
    }
}

impl ClockSkew {
    /// Our time minus WeChat's, as last seen.
    pub(crate) fn last_seen(&self) -> Option<i64> {
        Some(self.seconds.load(Ordering::Relaxed)).filter(|seconds| *seconds != UNKNOWN)
    }

    pub(crate) fn observe(&self, answer: &RawAnswer, now: Timestamp) {
        let Some(theirs) = wechat_time(answer) else { return };
        let skew_seconds = now.since(theirs);
        self.seconds.store(skew_seconds, Ordering::Relaxed);
        if skew_seconds.unsigned_abs() > WARN_SECONDS && self.may_report(now) {
            report(skew_seconds);
        }
    }

    fn may_report(&self, now: Timestamp) -> bool {
        let mut reported = self.reported.lock().unwrap_or_else(PoisonError::into_inner);
        let recent =
            reported.is_some_and(|last| (0..REPORT_INTERVAL_SECONDS).contains(&now.since(last)));
        if !recent {
            *reported = Some(now);
        }
        !recent
    }
}

fn report(skew_seconds: i64) {
    if skew_seconds.unsigned_abs() > ALARM_SECONDS {
        tracing::error!(
            skew_seconds,
            "the wall clock is {skew_seconds} s ahead of WeChat's; at 300 s payments stop"
        );
    } else {
        tracing::warn!(skew_seconds, "the wall clock is {skew_seconds} s ahead of WeChat's");
    }
}

/// When WeChat answered. The signed time is exact; `Date` also stands on refusals of our own
/// signature, which is what a wrong clock earns us.
fn wechat_time(answer: &RawAnswer) -> Option<Timestamp> {
    let signed = answer.header("wechatpay-timestamp").and_then(|seconds| seconds.parse().ok());
    let dated = || {
        let date = jiff::fmt::rfc2822::parse(answer.header("date")?).ok()?;
        Some(date.timestamp().as_second())
    };
    signed.or_else(dated).map(Timestamp::from_unix)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(name: &str, value: &str) -> RawAnswer {
        RawAnswer {
            status: 401,
            headers: vec![(name.to_owned(), value.to_owned())],
            body: Vec::new(),
        }
    }

    #[test]
    fn k07_skew_is_seen_in_signed_time_and_in_date() {
        let now = Timestamp::from_unix(1_727_757_296);
        for (name, value) in
            [("wechatpay-timestamp", "1727757286"), ("date", "Tue, 01 Oct 2024 04:34:46 GMT")]
        {
            let skew = ClockSkew::default();
            assert_eq!(skew.last_seen(), None);
            skew.observe(&answer(name, value), now);
            assert_eq!(skew.last_seen(), Some(10), "{name}");
        }
    }

    #[test]
    fn k07_nonsense_is_not_a_time() {
        let skew = ClockSkew::default();
        for value in ["", "yesterday", "99999999999999999999"] {
            skew.observe(&answer("wechatpay-timestamp", value), Timestamp::from_unix(0));
            skew.observe(&answer("date", value), Timestamp::from_unix(0));
        }
        assert_eq!(skew.last_seen(), None);
    }

    #[test]
    fn k07_a_wrong_clock_is_reported_once_a_minute() {
        let skew = ClockSkew::default();
        let at = |seconds| skew.may_report(Timestamp::from_unix(seconds));
        assert_eq!([at(0), at(59), at(60), at(61), at(30)], [true, false, true, false, true]);
    }
}
