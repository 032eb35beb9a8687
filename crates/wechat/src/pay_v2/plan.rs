//! What to do about a charge by payment code whose outcome nobody knows.
//!
//! Pure: time is handed in, and the only state is a [`Plan`], which the caller stores whenever it
//! changes and before acting on it. A charge that is half reversed must not be taken for a payment
//! after a crash (threat o17).
//!
//! ```text
//!            paid ─► Paid                           done ─► Ask ─► over ─► NotPaid
//!  Waiting ─ over ─► NotPaid      ┌► Reversing ── not done, unknown ─► Reverse again
//!       └─── patience is over ────┘         └──── WeChat refuses ─► Irreversible ─► Ask
//! ```
//!
//! ```
//! use suanpan_wechat::{
//!     Timestamp,
//!     pay::TradeState,
//!     pay_v2::plan::{Learnt, Pace, Plan, Step},
//! };
//!
//! let charged_at = Timestamp::from_unix(1_727_757_296);
//! let plan = Plan::new(charged_at, Pace::default());
//! // The charge was answered USERPAYING, or not at all.
//! let (plan, step) = plan.next(&Learnt::Nothing, charged_at);
//! assert_eq!(step, Step::Ask { at: charged_at.plus(5) });
//! let (_, step) = plan.next(&Learnt::State(TradeState::Success), charged_at.plus(5));
//! assert_eq!(step, Step::Paid);
//! ```

use crate::{Timestamp, pay::TradeState, pay_v2::micropay::Reversed};

/// How long to wait for a payer. WeChat's pages disagree (ten seconds up to 45, up to 30, five
/// up to 30, two for twenty); [`Pace::default`] is five seconds up to 45.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// From one question or reversal to the next.
    pub every_seconds: i64,
    /// How long after the charge the payer is waited for.
    pub patience_seconds: i64,
    /// The pages agree on this one: no reversal earlier than 15 s after the charge.
    pub reverse_after_seconds: i64,
}

impl Default for Pace {
    fn default() -> Self {
        Self { every_seconds: 5, patience_seconds: 45, reverse_after_seconds: 15 }
    }
}

/// Where a charge of unknown outcome stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// When the charge was sent.
    pub charged_at: Timestamp,
    /// What is being done about it.
    pub phase: Phase,
    /// How fast.
    pub pace: Pace,
}

/// What is being done about a charge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// The payer may still pay, and that is welcome.
    Waiting,
    /// It is being undone. A payment is not good news any more: it is what gets undone.
    Reversing,
    /// WeChat refuses to undo it, so whatever it becomes stands.
    Irreversible,
}

/// What was learnt last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Learnt {
    /// Nothing: the charge, a query or a reversal had no certain outcome.
    Nothing,
    /// A query's signed answer.
    State(TradeState),
    /// A query's signed answer: there is no such order.
    NoSuchOrder,
    /// A reversal's signed answer.
    Reversed(Reversed),
    /// A reversal's signed refusal.
    NotReversible,
}

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Query the order.
    Ask {
        /// Not earlier.
        at: Timestamp,
    },
    /// Reverse the order.
    Reverse {
        /// Not earlier.
        at: Timestamp,
    },
    /// The payer has paid.
    Paid,
    /// Nobody has paid, and nobody can any more.
    NotPaid,
}

impl Plan {
    /// For a charge that was sent at `charged_at`.
    #[must_use]
    pub const fn new(charged_at: Timestamp, pace: Pace) -> Self {
        Self { charged_at, phase: Phase::Waiting, pace }
    }

    /// The next step, and the plan to store before it is taken. `now` is when `learnt` was learnt.
    #[must_use]
    pub fn next(self, learnt: &Learnt, now: Timestamp) -> (Self, Step) {
        match (self.phase, learnt) {
            (_, Learnt::State(state)) if is_over(state) => (self, Step::NotPaid),
            (Phase::Waiting | Phase::Irreversible, Learnt::State(state)) if state.is_paid() => {
                (self, Step::Paid)
            }
            (Phase::Waiting, Learnt::State(TradeState::PayError)) => {
                self.wait(self.pace.reverse_after_seconds, now)
            }
            (Phase::Irreversible, Learnt::State(TradeState::PayError)) => (self, Step::NotPaid),
            (Phase::Waiting, _) => self.wait(self.pace.patience_seconds, now),
            (Phase::Reversing, Learnt::Reversed(Reversed { recall: false })) => {
                (self, Step::Ask { at: now })
            }
            (Phase::Reversing, Learnt::NotReversible) => {
                (Self { phase: Phase::Irreversible, ..self }, Step::Ask { at: now })
            }
            // A reversed payment may be shown as refunded.
            (Phase::Reversing, Learnt::State(TradeState::Refund)) => (self, Step::NotPaid),
            (Phase::Reversing | Phase::Irreversible, Learnt::NoSuchOrder) => (self, Step::NotPaid),
            (Phase::Reversing, _) => self.reverse(now.plus(self.pace.every_seconds)),
            (Phase::Irreversible, _) => (self, Step::Ask { at: now.plus(self.pace.every_seconds) }),
        }
    }

    /// "No such order" is waited out too: it may be said of a charge that is still on its way.
    fn wait(self, patience_seconds: i64, now: Timestamp) -> (Self, Step) {
        let at = now.plus(self.pace.every_seconds);
        if at <= self.charged_at.plus(patience_seconds) {
            (self, Step::Ask { at })
        } else {
            self.reverse(now)
        }
    }

    fn reverse(self, wanted: Timestamp) -> (Self, Step) {
        let at = wanted.max(self.charged_at.plus(self.pace.reverse_after_seconds));
        (Self { phase: Phase::Reversing, ..self }, Step::Reverse { at })
    }
}

/// Whether an order by payment code can never be paid again. `PAYERROR` is not such an end: a bank
/// refused, and WeChat's pages do not agree that this number is done with. Reversing costs one call
/// and makes it certain, so a failed charge is reversed as soon as that is allowed.
fn is_over(state: &TradeState) -> bool {
    matches!(state, TradeState::Revoked | TradeState::Closed)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHARGED: Timestamp = Timestamp::from_unix(1_727_757_296);

    fn waiting() -> Plan {
        Plan::new(CHARGED, Pace::default())
    }

    fn in_phase(phase: Phase) -> Plan {
        Plan { phase, ..waiting() }
    }

    #[test]
    fn o17_a_payer_is_waited_for_and_then_the_charge_is_reversed() {
        let uncertain =
            [Learnt::Nothing, Learnt::State(TradeState::UserPaying), Learnt::NoSuchOrder];
        for learnt in uncertain.into_iter().chain([Learnt::State(TradeState::NotPay)]) {
            let (mut plan, mut now, mut asked) = (waiting(), CHARGED, 0);
            let reversed_at = loop {
                let (next, step) = plan.next(&learnt, now);
                plan = next;
                match step {
                    Step::Ask { at } => (now, asked) = (at, asked + 1),
                    Step::Reverse { at } => break at,
                    end => panic!("{learnt:?} ended in {end:?}"),
                }
            };
            assert_eq!((asked, reversed_at), (9, CHARGED.plus(45)), "{learnt:?}");
            assert_eq!(plan.phase, Phase::Reversing);
        }
    }

    #[test]
    fn o17_only_a_signed_state_ends_the_wait() {
        for (state, end) in [
            (TradeState::Success, Step::Paid),
            (TradeState::Refund, Step::Paid),
            (TradeState::Closed, Step::NotPaid),
            (TradeState::Revoked, Step::NotPaid),
        ] {
            let (_, step) = waiting().next(&Learnt::State(state.clone()), CHARGED.plus(5));
            assert_eq!(step, end, "{state}");
        }
    }

    #[test]
    fn o17_a_failed_charge_is_reversed_once_that_is_allowed() {
        let failed = Learnt::State(TradeState::PayError);
        let (plan, step) = waiting().next(&failed, CHARGED.plus(3));
        assert_eq!((plan.phase, step), (Phase::Waiting, Step::Ask { at: CHARGED.plus(8) }));
        // It may still turn out well, and then it is welcome.
        assert_eq!(plan.next(&Learnt::State(TradeState::Success), CHARGED.plus(8)).1, Step::Paid);
        let (plan, step) = plan.next(&failed, CHARGED.plus(13));
        assert_eq!((plan.phase, step), (Phase::Reversing, Step::Reverse { at: CHARGED.plus(15) }));
        let step = plan.next(&failed, CHARGED.plus(20)).1;
        assert_eq!(step, Step::Reverse { at: CHARGED.plus(25) });
        // What WeChat refuses to reverse and calls failed is as certain as it will ever be.
        assert_eq!(in_phase(Phase::Irreversible).next(&failed, CHARGED.plus(60)).1, Step::NotPaid);
    }

    #[test]
    fn o17_a_reversal_goes_on_until_wechat_confirms_its_end() {
        let now = CHARGED.plus(60);
        let reversing = in_phase(Phase::Reversing);
        let again = (reversing, Step::Reverse { at: now.plus(5) });
        for unfinished in [
            Learnt::Nothing,
            Learnt::Reversed(Reversed { recall: true }),
            // Paid after all: that is what gets reversed, never a payment to keep.
            Learnt::State(TradeState::Success),
            Learnt::State(TradeState::UserPaying),
        ] {
            assert_eq!(reversing.next(&unfinished, now), again, "{unfinished:?}");
        }
        let done = Learnt::Reversed(Reversed { recall: false });
        assert_eq!(reversing.next(&done, now), (reversing, Step::Ask { at: now }));
        for over in [Learnt::State(TradeState::Revoked), Learnt::NoSuchOrder] {
            assert_eq!(reversing.next(&over, now).1, Step::NotPaid, "{over:?}");
        }
    }

    #[test]
    fn o17_what_cannot_be_reversed_stands_as_wechat_says() {
        let now = CHARGED.plus(60);
        let (plan, step) = in_phase(Phase::Reversing).next(&Learnt::NotReversible, now);
        assert_eq!((plan.phase, step), (Phase::Irreversible, Step::Ask { at: now }));
        assert_eq!(plan.next(&Learnt::State(TradeState::Success), now).1, Step::Paid);
        assert_eq!(plan.next(&Learnt::NoSuchOrder, now).1, Step::NotPaid);
        assert_eq!(plan.next(&Learnt::Nothing, now).1, Step::Ask { at: now.plus(5) });
    }

    #[test]
    fn nothing_is_reversed_in_the_first_quarter_of_a_minute() {
        let hasty = Pace { patience_seconds: 3, ..Pace::default() };
        let (_, step) = Plan::new(CHARGED, hasty).next(&Learnt::Nothing, CHARGED);
        assert_eq!(step, Step::Reverse { at: CHARGED.plus(15) });
    }
}
