use crate::{Timestamp, pay::TradeState};

/// How often a pending order is asked for, in seconds.
const QUERY_EVERY: i64 = 5;
/// When waiting ends, in seconds after ordering.
const REVERSE_AFTER: i64 = 30;
/// WeChat wants a reversal not to race the payment it takes back, in seconds after ordering. Said
/// of API v2; **unconfirmed** for v3.
const NO_REVERSAL_BEFORE: i64 = 15;

/// What to do about a scanned code whose payment is not certain. A value without a clock: store
/// `ordered_at` and whether a reversal was decided, and any process can go on.
///
/// An order that is being taken back never counts as paid again. Its reversal may refund it, so a
/// late `SUCCESS` is money on its way back, and goods must not be handed over for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    ordered_at: Timestamp,
    reversing: bool,
}

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Ask WeChat at this time.
    Query {
        /// Not before.
        at: Timestamp,
    },
    /// Take the order back now: store that it is being reversed, send
    /// [`Reverse`](super::Reverse), query, and come back with what the query says.
    Reverse,
    /// The money has arrived, for good. Nothing is left to do.
    Paid,
    /// No money will stay: a new order under a new number is safe.
    Void,
}

impl Plan {
    /// The order was sent at `ordered_at`.
    #[must_use]
    pub const fn ordered(ordered_at: Timestamp) -> Self {
        Self { ordered_at, reversing: false }
    }

    /// The order was sent at `ordered_at`, and a reversal was decided since.
    #[must_use]
    pub const fn reversing(ordered_at: Timestamp) -> Self {
        Self { ordered_at, reversing: true }
    }

    /// Decides from WeChat's last verified word, `None` when there is none.
    #[must_use]
    pub fn next(&self, seen: Option<&TradeState>, now: Timestamp) -> Step {
        match seen {
            Some(TradeState::Revoked | TradeState::Closed) => Step::Void,
            Some(TradeState::Refund) if self.reversing => Step::Void,
            Some(state) if state.is_paid() && !self.reversing => Step::Paid,
            _ if self.reversing => Step::Reverse,
            // A bank refused, which WeChat's pages do not agree is an end. A reversal makes it one.
            Some(TradeState::PayError) => self.reverse_from(NO_REVERSAL_BEFORE, now),
            _ => self.reverse_from(REVERSE_AFTER, now),
        }
    }

    fn reverse_from(&self, seconds: i64, now: Timestamp) -> Step {
        let waited = now.since(self.ordered_at).max(0);
        if waited >= seconds {
            return Step::Reverse;
        }
        let next = (waited / QUERY_EVERY + 1) * QUERY_EVERY;
        Step::Query { at: self.ordered_at.plus(next) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const T0: Timestamp = Timestamp::from_unix(1_727_757_296);

    fn next(plan: Plan, seen: Option<TradeState>, waited: i64) -> Step {
        plan.next(seen.as_ref(), T0.plus(waited))
    }

    #[test]
    fn o17_a_pending_scan_is_asked_for_every_five_seconds_and_then_taken_back() {
        let plan = Plan::ordered(T0);
        for seen in [
            None,
            Some(TradeState::UserPaying),
            Some(TradeState::NotPay),
            Some(TradeState::Other("NEW".into())),
        ] {
            let mut waited = 0;
            let mut asked = Vec::new();
            while let Step::Query { at } = next(plan, seen.clone(), waited) {
                waited = at.since(T0);
                asked.push(waited);
            }
            assert_eq!(asked, [5, 10, 15, 20, 25, 30], "{seen:?}");
            assert_eq!(next(plan, seen, 30), Step::Reverse);
        }
    }

    #[test]
    fn o17_a_failed_scan_is_taken_back_without_racing_it() {
        let plan = Plan::ordered(T0);
        assert_eq!(next(plan, Some(TradeState::PayError), 3), Step::Query { at: T0.plus(5) });
        assert_eq!(next(plan, Some(TradeState::PayError), 15), Step::Reverse);
    }

    #[test]
    fn o17_what_is_being_taken_back_is_never_paid_again() {
        let plan = Plan::reversing(T0);
        for seen in [
            None,
            Some(TradeState::Success),
            Some(TradeState::UserPaying),
            Some(TradeState::NotPay),
        ] {
            assert_eq!(next(plan, seen.clone(), 31), Step::Reverse, "{seen:?}");
        }
        for seen in [TradeState::Revoked, TradeState::Refund, TradeState::Closed] {
            assert_eq!(next(plan, Some(seen.clone()), 31), Step::Void, "{seen:?}");
        }
    }

    #[test]
    fn an_end_is_an_end_whenever_it_is_seen() {
        let plan = Plan::ordered(T0);
        for waited in [-10, 0, 29, 3600] {
            assert_eq!(next(plan, Some(TradeState::Success), waited), Step::Paid);
            assert_eq!(next(plan, Some(TradeState::Refund), waited), Step::Paid);
            assert_eq!(next(plan, Some(TradeState::Revoked), waited), Step::Void);
        }
    }
}
