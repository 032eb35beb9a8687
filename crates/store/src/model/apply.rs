//! Guards and writes, one rule each. A refusal leaves a half-changed copy that the caller drops.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    sync::Arc,
};

use suanpan_acts::change::{ChangeSet, EventRow, Guard, Write};
use suanpan_trade::{Attempt, AttemptState, Order, OrderId, Refund};
use suanpan_wechat::id::Mchid;

use super::State;
use crate::shape::is_guarded_by_its_order;

/// Why nothing is written.
pub(super) enum Refusal {
    /// Load again, decide again.
    Conflict,
    /// Something that never changes would have.
    Altered(&'static str),
}

type Applied = Result<(), Refusal>;

fn unless(conflict: bool) -> Applied {
    if conflict { Err(Refusal::Conflict) } else { Ok(()) }
}

fn insert_new<K: Ord + Clone, V: Clone>(
    table: &mut Arc<BTreeMap<K, V>>,
    key: K,
    row: V,
) -> Applied {
    match Arc::make_mut(table).entry(key) {
        Entry::Occupied(_) => Err(Refusal::Conflict),
        Entry::Vacant(slot) => {
            slot.insert(row);
            Ok(())
        }
    }
}

fn append<V: Clone>(table: &mut Arc<Vec<V>>, row: V) {
    Arc::make_mut(table).push(row);
}

impl State {
    pub(super) fn apply(&mut self, changes: ChangeSet) -> Applied {
        for guard in &changes.guards {
            self.pass(guard)?;
        }
        for write in changes.writes {
            self.write(write, &changes.guards)?;
        }
        Ok(())
    }

    fn pass(&mut self, guard: &Guard) -> Applied {
        match guard {
            Guard::OrderVersion { order_id, expected } => {
                let version = self.orders.get(order_id).map_or(0, |order| order.version);
                unless(version != *expected)?;
                if let Some(order) = Arc::make_mut(&mut self.orders).get_mut(order_id) {
                    order.version += 1;
                }
                Ok(())
            }
            Guard::Lease { job, token } => unless(!self.holds_lease(job, token)),
        }
    }

    fn write(&mut self, write: Write, guards: &[Guard]) -> Applied {
        match write {
            Write::PutOrder(order) => return self.put_order(*order),
            Write::PutAttempt(order_id, mchid, attempt) => {
                return self.put_attempt(&order_id, &mchid, *attempt);
            }
            Write::PutRefund(order_id, mchid, refund) => {
                return self.put_refund(&order_id, &mchid, *refund);
            }
            Write::RecordTransition(row) => append(&mut self.transitions, row),
            Write::RecordObservation(row) => {
                Arc::make_mut(&mut self.observations).entry(row.key.clone()).or_insert(row);
            }
            Write::RecordOrphan(row) => {
                Arc::make_mut(&mut self.orphans).entry(row.key.clone()).or_insert(row);
            }
            Write::RecordAlert(row) => append(&mut self.alerts, row),
            Write::Post(row) => append(&mut self.postings, row),
            Write::Emit(row) => return self.emit(row),
            Write::Schedule(job, due_at) => self.schedule(job, due_at),
            Write::Settle(job, settle) => {
                let saw_every_schedule = is_guarded_by_its_order(&job, guards);
                self.settle(&job, settle, saw_every_schedule);
            }
            Write::PutDelivery(row) => {
                let key = (row.event_id.clone(), row.endpoint_id.clone());
                Arc::make_mut(&mut self.deliveries).insert(key, row);
            }
            Write::Remember(row) => {
                let key = (row.account.clone(), row.route.clone(), row.key.clone());
                return insert_new(&mut self.remembered, key, row);
            }
            Write::PutSession(row) => {
                return insert_new(&mut self.sessions, row.token_hash.clone(), row);
            }
            Write::PutEndpoint(row) => {
                return insert_new(&mut self.endpoints, row.endpoint_id.clone(), row);
            }
        }
        Ok(())
    }

    fn put_order(&mut self, order: Order) -> Applied {
        if let Some(stored) = Arc::make_mut(&mut self.orders).get_mut(&order.identity.order_id) {
            if stored.identity != order.identity {
                return Err(Refusal::Altered("the identity of an order never changes (I02)"));
            }
            stored.payment = order.payment;
            stored.close_requested_at = order.close_requested_at;
            stored.closed_at = order.closed_at;
            return Ok(());
        }
        let number = |order: &Order| {
            (order.identity.account.clone(), order.identity.merchant_order_no.clone())
        };
        unless(self.orders().any(|other| number(other) == number(&order)))?;
        let order_id = order.identity.order_id.clone();
        let fresh = Order { version: 1, attempts: Vec::new(), refunds: Vec::new(), ..order };
        insert_new(&mut self.orders, order_id, fresh)
    }

    fn put_attempt(&mut self, order_id: &OrderId, mchid: &Mchid, attempt: Attempt) -> Applied {
        let transaction_id = |attempt: &Attempt| match &attempt.state {
            AttemptState::Success { transaction_id } => Some(transaction_id.clone()),
            _ => None,
        };
        let is_taken = self.orders().any(|order| {
            order.attempts.iter().any(|other| {
                let same_number =
                    order.identity.mchid == *mchid && other.out_trade_no == attempt.out_trade_no;
                let same_payment = transaction_id(other).is_some()
                    && transaction_id(other) == transaction_id(&attempt);
                if same_number { order.identity.order_id != *order_id } else { same_payment }
            })
        });
        unless(is_taken)?;
        let attempts = &mut self.order_mut(order_id).attempts;
        match attempts.iter_mut().find(|other| other.out_trade_no == attempt.out_trade_no) {
            None => attempts.push(attempt),
            Some(stored) => {
                let same = stored.appid == attempt.appid
                    && stored.trade_type == attempt.trade_type
                    && stored.openid == attempt.openid
                    && stored.body == attempt.body
                    && stored.created_at == attempt.created_at;
                if !same {
                    return Err(Refusal::Altered("what an attempt ordered never changes (o05)"));
                }
                *stored = attempt;
            }
        }
        Ok(())
    }

    fn put_refund(&mut self, order_id: &OrderId, mchid: &Mchid, refund: Refund) -> Applied {
        let refunds =
            || self.orders().flat_map(|order| order.refunds.iter().map(move |it| (order, it)));
        let known = refunds().find(|(_, other)| other.refund_id == refund.refund_id);
        if let Some((order, stored)) = known {
            unless(order.identity.order_id != *order_id)?;
            let same = stored.purpose == refund.purpose
                && stored.out_trade_no == refund.out_trade_no
                && stored.transaction_id == refund.transaction_id
                && stored.amount == refund.amount
                && stored.created_at == refund.created_at;
            if !same {
                return Err(Refusal::Altered("what a refund returns never changes (I06)"));
            }
        }
        let is_taken = refunds().any(|(order, other)| {
            other.refund_id != refund.refund_id
                && order.identity.mchid == *mchid
                && other.out_refund_no == refund.out_refund_no
        });
        unless(is_taken)?;
        let refunds = &mut self.order_mut(order_id).refunds;
        match refunds.iter_mut().find(|other| other.refund_id == refund.refund_id) {
            None => refunds.push(refund),
            Some(stored) => *stored = refund,
        }
        Ok(())
    }

    fn order_mut(&mut self, order_id: &OrderId) -> &mut Order {
        Arc::make_mut(&mut self.orders)
            .get_mut(order_id)
            .expect("its own row was written before, in the same change set")
    }

    fn emit(&mut self, event: EventRow) -> Applied {
        let is_taken = self.events.iter().any(|other| {
            other.event_id == event.event_id
                || (&other.subject, other.event_type) == (&event.subject, event.event_type)
        });
        unless(is_taken)?;
        append(&mut self.events, event);
        Ok(())
    }
}
