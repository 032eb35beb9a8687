//! From a change set to the statements that apply it: guards first, then the writes in their order.

use suanpan_acts::change::{ChangeSet, Guard, Write};
use suanpan_trade::OrderId;

use super::{
    Expect, Step, jobs, order, rows,
    value::{Value, values},
};
use crate::shape::is_guarded_by_its_order;

/// The change set must have passed [`crate::shape::check`].
pub(crate) fn plan(changes: &ChangeSet) -> Vec<Step<'_>> {
    let guards = changes.guards.iter().filter_map(guard);
    guards.chain(changes.writes.iter().map(|row| write(row, &changes.guards))).collect()
}

/// That there is no such order yet needs no statement: inserting it says so.
fn guard(guard: &Guard) -> Option<Step<'_>> {
    match guard {
        Guard::OrderVersion { expected: 0, .. } => None,
        Guard::OrderVersion { order_id, expected } => {
            let values = values![order_id.account(), order_id, Value::count(*expected)];
            Some(Step { sql: &order::GUARD_ORDER, values, expect: Expect::RowOrConflict })
        }
        Guard::Lease { job, token } => Some(jobs::guard_lease(job, token)),
    }
}

fn write<'a>(write: &'a Write, guards: &[Guard]) -> Step<'a> {
    match write {
        Write::PutOrder(order) => order::put_order(order, is_new(&order.identity.order_id, guards)),
        Write::PutAttempt(order_id, mchid, attempt) => order::put_attempt(order_id, mchid, attempt),
        Write::PutRefund(order_id, mchid, refund) => order::put_refund(order_id, mchid, refund),
        Write::RecordTransition(row) => rows::record_transition(row),
        Write::RecordObservation(row) => rows::record_observation(row),
        Write::RecordOrphan(row) => rows::record_orphan(row),
        Write::RecordAlert(row) => rows::record_alert(row),
        Write::Post(row) => rows::post(row),
        Write::Emit(row) => rows::emit(row),
        Write::Schedule(job, due_at) => jobs::schedule(job, *due_at),
        Write::Settle(job, settle) => {
            jobs::settle(job, *settle, is_guarded_by_its_order(job, guards))
        }
        Write::PutDelivery(row) => rows::put_delivery(row),
        Write::Remember(row) => rows::remember(row),
        Write::PutSession(row) => rows::put_session(row),
        Write::PutEndpoint(row) => rows::put_endpoint(row),
    }
}

fn is_new(order_id: &OrderId, guards: &[Guard]) -> bool {
    guards.iter().any(|guard| {
        matches!(guard, Guard::OrderVersion { order_id: new, expected: 0 } if new == order_id)
    })
}
