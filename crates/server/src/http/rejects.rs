//! A few of the notifications that were refused, for somebody who looks for the reason. Bounded
//! and in memory: what is not proven to come from WeChat reaches neither the log of money nor the
//! disk (invariant I13).

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use suanpan_wechat::Timestamp;

/// The newest of each kind push out the oldest.
const KEPT: usize = 64;

/// One refused notification. Nothing of its body is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    /// Wall time.
    pub at: Timestamp,
    /// `{account}/{mchid}/{kind}` as it stood in the path, cut to a bounded length.
    pub route: String,
    /// Why.
    pub reason: String,
}

#[derive(Debug, Default)]
pub(crate) struct Rejects(Mutex<VecDeque<Reject>>);

impl Rejects {
    pub(crate) fn keep(&self, reject: Reject) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() == KEPT {
            kept.pop_front();
        }
        kept.push_back(reject);
    }

    pub(crate) fn sample(&self) -> Vec<Reject> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn h10_the_sample_is_bounded_and_keeps_the_newest() {
        let rejects = Rejects::default();
        for at in 0..1000 {
            let at = Timestamp::from_unix(at);
            rejects.keep(Reject { at, route: String::new(), reason: String::new() });
        }
        let sample = rejects.sample();
        assert_eq!(sample.len(), KEPT);
        assert_eq!(sample.last().unwrap().at.unix(), 999);
    }
}
