//! Planted faults: the bugs that chaos must find, each a few lines around a port.
//!
//! They live here and nowhere else; nothing that ships has a switch for any of them.

use suanpan_acts::{ChangeSet, Guard, Job, Write, change::Settle, job::LeaseToken};
use suanpan_store::model::State;
use suanpan_trade::{Order, Payment, Purpose, RefundIntentId, RefundState};
use suanpan_wechat::id::OutRefundNo;

use crate::profile::Profile;

macro_rules! plants {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// A bug to be found.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Plant { $($(#[$doc])* $variant,)* }

        impl Plant {
            /// Every one.
            pub const ALL: &'static [Plant] = &[$(Plant::$variant,)*];

            /// As on the command line.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Plant::$variant => $name,)* }
            }
        }
    };
}

plants! {
    /// The event is written by another transaction after the change (w01).
    EventOutsideTransaction = "event_outside_transaction",
    /// A timeout is taken for a refusal (rule 4).
    TimeoutAsFailure = "timeout_as_failure",
    /// WeChat hears 2xx before anything is stored (n18).
    AckBeforeCommit = "ack_before_commit",
    /// Nobody queries, and notifications are dead.
    NoPoller = "no_poller",
    /// Money for a closed order is ignored (o10).
    LatePaymentDropped = "late_payment_dropped",
    /// Nobody asks again about a closed order, and notifications are dead (o10).
    NoQueryAfterClose = "no_query_after_close",
    /// The order closes by its own clock, without asking WeChat (o10).
    LocalTimerCloses = "local_timer_closes",
    /// Every request of a webhook has its own id (w03).
    EventIdPerAttempt = "event_id_per_attempt",
    /// Every request of a webhook has its own payload (I10).
    PayloadPerAttempt = "payload_per_attempt",
    /// A payment of any amount is good (n11).
    AmountNotCompared = "amount_not_compared",
    /// Whatever opens with the APIv3 key is believed (n08).
    SignatureNotChecked = "signature_not_checked",
    /// A repeated prepay gets a new number (o05).
    NewNumberOnRetry = "new_number_on_retry",
    /// A repeated refund gets a new number (r01).
    NewRefundNumberOnRetry = "new_refund_number_on_retry",
    /// The call leaves before the row is stored (I07).
    SentBeforeCommit = "sent_before_commit",
    /// Writes do not look at the version they were decided on (r02).
    LastWriteWins = "last_write_wins",
    /// A job is settled with a lease that is somebody else's by now (d08).
    LeaseNotFenced = "lease_not_fenced",
    /// A statement about an unknown order is acknowledged and forgotten (n22).
    OrphanDropped = "orphan_dropped",
    /// A second payment is kept without a word (I04).
    ExcessPaymentDropped = "excess_payment_dropped",
    /// The ledger is written by another transaction that may never happen (I12).
    LedgerLineDropped = "ledger_line_dropped",
    /// The statement that paid an order is not stored (I01, I08).
    ObservationDropped = "observation_dropped",
    /// A state change without its row (I03).
    TransitionDropped = "transition_dropped",
    /// Every refund is booked twice, under two numbers (r02).
    RefundedTwice = "refunded_twice",
    /// A refund's number changes although WeChat did not close the old one (r01).
    RefundNumberNotKept = "refund_number_not_kept",
    /// A refund is booked and nobody is told to send it (r04).
    RefundJobDropped = "refund_job_dropped",
    /// The idempotency key is written after the effect (a04).
    KeyOutsideTransaction = "key_outside_transaction",
}

/// What becomes of a change set under a planted fault.
pub(crate) enum Rewritten {
    /// Applied now.
    Applied(ChangeSet),
    /// Applied now, and the rest by another transaction later.
    Split(ChangeSet, ChangeSet),
    /// Answered as done and never applied.
    Swallowed,
}

impl Plant {
    /// The plant of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|plant| plant.name() == name)
    }

    /// Makes the run one in which this bug matters: the redundant layer that would hide it is
    /// dead, and what provokes it happens often.
    pub(crate) fn shape(self, profile: &mut Profile) {
        (profile.dead_callbacks, profile.dead_poller) = (false, false);
        match self {
            Self::NoPoller => profile.dead_callbacks = true,
            Self::AckBeforeCommit => {
                profile.dead_poller = true;
                profile.people.asks = 0;
                profile.servers_trouble.crash = 40;
                profile.store.unavailable = 100;
            }
            Self::NoQueryAfterClose => {
                profile.dead_callbacks = true;
                profile.people.lands_late = 800;
            }
            Self::LatePaymentDropped | Self::LocalTimerCloses => profile.people.lands_late = 800,
            Self::ExcessPaymentDropped => {
                profile.orders = 4;
                profile.people.second_payer = 800;
                profile.people.lands_late = 500;
                profile.people.cancels = 0;
            }
            Self::RefundedTwice | Self::RefundJobDropped | Self::RefundNumberNotKept => {
                profile.people.lands_late = 800;
            }
            Self::TimeoutAsFailure | Self::NewNumberOnRetry => profile.network.lose_answer = 300,
            Self::NewRefundNumberOnRetry => {
                profile.people.lands_late = 800;
                profile.people.merchant_closes = 700;
                profile.network.lose_answer = 300;
            }
            Self::EventIdPerAttempt | Self::PayloadPerAttempt => {
                profile.merchant.answer_lost = 300;
                profile.merchant.dead = false;
            }
            Self::AmountNotCompared => {
                profile.squatters = 600;
                profile.network.lose_request = 200;
            }
            Self::SignatureNotChecked => profile.attacks = 12,
            Self::LastWriteWins => {
                profile.servers = 2;
                profile.people.double_click = 800;
                profile.people.asks = 800;
            }
            Self::LeaseNotFenced => {
                profile.servers = 2;
                profile.servers_trouble.freeze = 60;
                profile.merchant.unreachable = 400;
                profile.merchant.dead = false;
            }
            Self::OrphanDropped => profile.strangers = 3,
            Self::KeyOutsideTransaction => profile.people.double_click = 800,
            Self::EventOutsideTransaction
            | Self::SentBeforeCommit
            | Self::LedgerLineDropped
            | Self::ObservationDropped
            | Self::TransitionDropped => {}
        }
    }

    /// Rewrites what an act wants to be written.
    pub(crate) fn rewrite(self, changes: ChangeSet, state: &State) -> Rewritten {
        match self {
            Self::EventOutsideTransaction => split(changes, |write| {
                matches!(write, Write::Emit(_) | Write::Schedule(Job::FanOut { .. }, _))
            }),
            Self::KeyOutsideTransaction if changes.name == "order.create" => {
                split(changes, |write| matches!(write, Write::Remember(_)))
            }
            Self::LatePaymentDropped if pays_late(&changes, state) => Rewritten::Swallowed,
            Self::SentBeforeCommit if changes.name == "attempt.start" => Rewritten::Swallowed,
            Self::OrphanDropped if changes.name == "orphan.keep" => Rewritten::Swallowed,
            Self::NoQueryAfterClose => Rewritten::Applied(forgets_closed_orders(changes, state)),
            Self::ExcessPaymentDropped if returns_excess(&changes) => without(changes, |write| {
                matches!(write, Write::PutRefund(..) | Write::Schedule(Job::Refund { .. }, _))
            }),
            Self::RefundJobDropped => {
                without(changes, |write| matches!(write, Write::Schedule(Job::Refund { .. }, _)))
            }
            Self::RefundNumberNotKept => Rewritten::Applied(with_other_numbers(changes)),
            Self::RefundedTwice => Rewritten::Applied(with_second_refunds(changes, state)),
            Self::LedgerLineDropped => without(changes, |write| matches!(write, Write::Post(_))),
            Self::ObservationDropped => {
                without(changes, |write| matches!(write, Write::RecordObservation(_)))
            }
            Self::TransitionDropped => {
                without(changes, |write| matches!(write, Write::RecordTransition(_)))
            }
            Self::LastWriteWins => Rewritten::Applied(with_current_versions(changes, state)),
            Self::LeaseNotFenced => Rewritten::Applied(without_lost_leases(changes, state)),
            _ => Rewritten::Applied(changes),
        }
    }
}

fn without(mut changes: ChangeSet, dropped: impl Fn(&Write) -> bool) -> Rewritten {
    changes.writes.retain(|write| !dropped(write));
    Rewritten::Applied(changes)
}

fn split(changes: ChangeSet, later: impl Fn(&Write) -> bool) -> Rewritten {
    let ChangeSet { name, guards, writes } = changes;
    let (later, now): (Vec<_>, Vec<_>) = writes.into_iter().partition(later);
    let now = ChangeSet { name, guards, writes: now };
    if later.is_empty() {
        return Rewritten::Applied(now);
    }
    Rewritten::Split(now, ChangeSet { name, guards: Vec::new(), writes: later })
}

fn written_order(changes: &ChangeSet) -> Option<&Order> {
    changes.writes.iter().find_map(|write| match write {
        Write::PutOrder(order) => Some(&**order),
        _ => None,
    })
}

fn returns_excess(changes: &ChangeSet) -> bool {
    changes.writes.iter().any(|write| {
        matches!(write, Write::PutRefund(_, _, refund) if refund.purpose == Purpose::Excess)
    })
}

fn pays_late(changes: &ChangeSet, state: &State) -> bool {
    written_order(changes).is_some_and(|order| {
        let before = state.order(&order.identity.order_id);
        matches!(order.payment, Payment::PaidLate(_))
            && before.is_some_and(|before| before.payment == Payment::Unpaid)
    })
}

fn forgets_closed_orders(mut changes: ChangeSet, state: &State) -> ChangeSet {
    let closed = written_order(&changes).is_some_and(|order| order.closed_at.is_some());
    changes
        .writes
        .retain(|write| !(closed && matches!(write, Write::Schedule(Job::Watch { .. }, _))));
    for write in &mut changes.writes {
        if let Write::Settle(Job::Watch { order_id }, settle) = write
            && state.order(order_id).is_some_and(|order| order.closed_at.is_some())
        {
            *settle = Settle::Done;
        }
    }
    changes
}

fn with_current_versions(mut changes: ChangeSet, state: &State) -> ChangeSet {
    for guard in &mut changes.guards {
        if let Guard::OrderVersion { order_id, expected } = guard
            && *expected > 0
        {
            *expected = state.order(order_id).map_or(*expected, |order| order.version);
        }
    }
    changes
}

/// Whoever lost the lease writes nevertheless; only the job itself is beyond its reach.
fn without_lost_leases(mut changes: ChangeSet, state: &State) -> ChangeSet {
    let held = |job: &Job, token: &LeaseToken| {
        let row = state.jobs().find(|row| row.job == *job);
        row.is_some_and(|row| row.token == token.0 && row.lease_until.is_some())
    };
    let mut lost = Vec::new();
    changes.guards.retain(|guard| match guard {
        Guard::Lease { job, token } if !held(job, token) => {
            lost.push(job.clone());
            false
        }
        _ => true,
    });
    changes.writes.retain(|write| !matches!(write, Write::Settle(job, _) if lost.contains(job)));
    changes
}

fn with_second_refunds(mut changes: ChangeSet, state: &State) -> ChangeSet {
    let mut second = Vec::new();
    for write in &changes.writes {
        let Write::PutRefund(order_id, mchid, refund) = write else { continue };
        let known =
            state.order(order_id).is_some_and(|order| order.refund(&refund.refund_id).is_some());
        if known || refund.state != RefundState::Requested {
            continue;
        }
        let mut other = refund.clone();
        other.out_refund_no = reversed(&refund.out_refund_no);
        other.refund_id = RefundIntentId::mint(&order_id.account(), [1; 16]);
        second.push(Write::PutRefund(order_id.clone(), mchid.clone(), other));
    }
    changes.writes.extend(second);
    changes
}

fn with_other_numbers(mut changes: ChangeSet) -> ChangeSet {
    for write in &mut changes.writes {
        if let Write::PutRefund(_, _, refund) = write
            && refund.state == RefundState::Processing
        {
            refund.out_refund_no = reversed(&refund.out_refund_no);
        }
    }
    changes
}

fn reversed(number: &OutRefundNo) -> OutRefundNo {
    let letters: String = number.as_str().chars().rev().collect();
    OutRefundNo::new(letters).expect("the same letters")
}
