//! The rules that hold once everything has come to rest.

use suanpan_acts::{Job, Queue, change::DeliveryState};
use suanpan_simulator::world::RefundStatus;
use suanpan_store::model::State;
use suanpan_trade::{AttemptState, Order, OrderState, Payment, RefundState, event::EventType};

use crate::{
    invariant::Invariant::{E01, E02, E03, I04, L01, L02, L03, L04},
    simulation::Simulation,
};

impl Simulation {
    /// Looks at everything for the last time.
    pub(crate) fn watch_quiet(&mut self) {
        let state = self.model.snapshot();
        self.nothing_is_left(&state);
        for order in state.orders() {
            self.order_agrees(order);
            self.count_order(order);
        }
        self.refunds_agree(&state);
        self.merchants_know(&state);
    }

    fn count_order(&self, order: &Order) {
        self.timeline.count(|tally| {
            tally.paid_late += u64::from(matches!(order.payment, Payment::PaidLate(_)));
            let is_paid = |state: &AttemptState| matches!(state, AttemptState::Success { .. });
            let paid = order.attempts.iter().filter(|attempt| is_paid(&attempt.state)).count();
            tally.excess += u64::from(paid > 1);
            let done = |state: RefundState| !state.is_under_way();
            let refunds = order.refunds.iter().filter(|refund| done(refund.state)).count();
            tally.refunds += u64::try_from(refunds).expect("a handful");
        });
    }

    /// L04: nothing stays due, leased or in flight. Whoever never works leaves the work lying.
    fn nothing_is_left(&self, state: &State) {
        for row in state.jobs() {
            let nobody_works = row.job.queue() == Queue::WeChat && self.is_poller_dead();
            if !nobody_works && !self.is_squatted(state, &row.job) {
                self.timeline.violate(L04, format!("{row:?} is never done"));
            }
        }
        if self.is_poller_dead() {
            return;
        }
        for order in state.orders() {
            if order.state() == OrderState::Open && !self.has_squatter(order) {
                let detail = format!("{} is still open: {order:?}", order.identity.order_id);
                self.timeline.violate(L04, detail);
            }
        }
    }

    /// An order one of whose numbers somebody else took: its job asks for ever, and a person was
    /// alerted.
    fn is_squatted(&self, state: &State, job: &Job) -> bool {
        let Job::Watch { order_id } = job else { return false };
        state.order(order_id).is_some_and(|order| self.has_squatter(order))
    }

    fn has_squatter(&self, order: &Order) -> bool {
        order.attempts.iter().any(|attempt| {
            let books = self.world.order(&order.identity.mchid, &attempt.out_trade_no);
            books.is_some_and(|books| books.total != order.identity.amount)
        })
    }

    /// L01, E01 and I04: for every number of ours, both sets of books say the same.
    fn order_agrees(&self, order: &Order) {
        for attempt in &order.attempts {
            let books = self.world.order(&order.identity.mchid, &attempt.out_trade_no);
            let books = books.filter(|books| books.total == order.identity.amount);
            let theirs = books.and_then(|books| books.payment.as_ref());
            match (&attempt.state, theirs) {
                (AttemptState::Success { transaction_id }, theirs) => {
                    if theirs.map(|paid| &paid.transaction_id) != Some(transaction_id) {
                        let detail = format!("{transaction_id} is paid here, there {theirs:?}");
                        self.timeline.violate(E01, detail);
                    }
                }
                (state, Some(paid)) => {
                    let number = &attempt.out_trade_no;
                    let detail = format!("WeChat says {paid:?}; here {number} is {state:?}");
                    self.timeline.violate(L01, detail);
                }
                (_, None) => {}
            }
        }
        let paid = order
            .attempts
            .iter()
            .filter(|attempt| matches!(attempt.state, AttemptState::Success { .. }));
        if (paid.count() > 0) != (order.payment != Payment::Unpaid) {
            let id = &order.identity.order_id;
            self.timeline.violate(I04, format!("{id} has payments and keeps none"));
        }
    }

    /// L03 and E02.
    fn refunds_agree(&self, state: &State) {
        for order in state.orders() {
            for refund in &order.refunds {
                let theirs = self.world.refunds().find(|theirs| {
                    theirs.mchid == order.identity.mchid
                        && theirs.out_refund_no == refund.out_refund_no
                });
                let status = theirs.map(|theirs| theirs.status);
                let succeeded = refund.state == RefundState::Succeeded;
                let agrees = succeeded == (status == Some(RefundStatus::Success))
                    && theirs.is_none_or(|theirs| theirs.refund == refund.amount);
                // Without a poller refunds are neither sent nor asked about.
                if self.is_poller_dead() {
                    if succeeded && !agrees {
                        self.timeline.violate(E02, format!("{refund:?}, at WeChat {status:?}"));
                    }
                    continue;
                }
                if refund.state.is_under_way() || refund.state == RefundState::Closed {
                    self.timeline.violate(L03, format!("{refund:?}, at WeChat {status:?}"));
                } else if !agrees {
                    self.timeline.violate(E02, format!("{refund:?}, at WeChat {status:?}"));
                }
                if refund.state == RefundState::Abnormal && !is_alerted(state, order) {
                    self.timeline.violate(L03, format!("{refund:?} without an alert"));
                }
            }
        }
        for theirs in self.world.refunds() {
            let open = theirs.status != RefundStatus::Closed;
            let known = state.orders().flat_map(|order| &order.refunds).any(|refund| {
                refund.out_refund_no == theirs.out_refund_no && refund.amount == theirs.refund
            });
            if open && !known {
                self.timeline
                    .violate(E02, format!("WeChat refunds what we do not know: {theirs:?}"));
            }
        }
    }

    /// L02 and E03: every event arrived, or was given up where everybody can see it.
    fn merchants_know(&self, state: &State) {
        let backends = self.backends.lock().expect("a run is one thread");
        for event in state.events() {
            let of_it = state.deliveries().filter(|row| row.event_id == event.event_id);
            let mut count = 0;
            for delivery in of_it {
                count += 1;
                let arrived = backends.has(event.event_id.as_str());
                let given_up = delivery.state == DeliveryState::Dead
                    && state.alerts().iter().any(|alert| {
                        alert.kind == "webhook_dead"
                            && alert.detail.contains(event.event_id.as_str())
                    });
                let delivered = delivery.state == DeliveryState::Delivered && arrived;
                if !(delivered || given_up) {
                    self.timeline.violate(L02, format!("{event:?}: {delivery:?}"));
                }
            }
            if count != 1 {
                self.timeline.violate(L02, format!("{event:?} has {count} deliveries"));
            }
        }
        for order in state.orders() {
            let Payment::Paid(_) = &order.payment else { continue };
            let subject = order.identity.order_id.as_str();
            let ids = backends.ids_of(EventType::OrderPaid, subject);
            let given_up = state.deliveries().any(|row| {
                row.state == DeliveryState::Dead
                    && state.events().iter().any(|event| {
                        event.event_id == row.event_id
                            && event.subject == subject
                            && event.event_type == EventType::OrderPaid
                    })
            });
            if ids != 1 && !(ids == 0 && given_up) {
                self.timeline.violate(E03, format!("merchants saw {ids} ids of {subject} paid"));
            }
        }
    }
}

fn is_alerted(state: &State, order: &Order) -> bool {
    let id = Some(&order.identity.order_id);
    state.alerts().iter().any(|row| row.order_id.as_ref() == id && row.kind == "refund_abnormal")
}
