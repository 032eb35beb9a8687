//! What a change set must look like before an engine sees it.
//!
//! These rules need no stored row, so every engine shares them, and a change set that breaks one is
//! a bug of ours: it is refused loudly instead of being retried as a conflict. They say above all
//! that nothing about an order is written without a guard on its version, and nothing about a
//! lease without its token: a decision made on an earlier read never writes unguarded.

use std::collections::{BTreeMap, BTreeSet};

use suanpan_acts::{
    change::{ChangeSet, Guard, Write},
    job::Job,
    ports::StoreError,
};
use suanpan_trade::{Order, OrderId, Payment};
use suanpan_wechat::{Fen, id::Mchid};

/// # Errors
/// [`StoreError::Corrupt`] naming the change set and the rule it breaks.
pub(crate) fn check(changes: &ChangeSet) -> Result<(), StoreError> {
    let refuse =
        |problem| StoreError::Corrupt(format!("refused to write {}: {problem}", changes.name));
    let mut seen = Seen::default();
    for guard in &changes.guards {
        seen.guard(guard).map_err(refuse)?;
    }
    for write in &changes.writes {
        seen.write(write).map_err(refuse)?;
        texts_can_be_stored(write).map_err(refuse)?;
    }
    if seen.new_orders.is_empty() { Ok(()) } else { Err(refuse("a new order has no row")) }
}

type Rule = Result<(), &'static str>;

fn require(holds: bool, problem: &'static str) -> Rule {
    if holds { Ok(()) } else { Err(problem) }
}

#[derive(Default)]
struct Seen<'a> {
    guarded: BTreeSet<&'a OrderId>,
    /// Guarded as not existing, and not written yet.
    new_orders: BTreeSet<&'a OrderId>,
    written: BTreeMap<&'a OrderId, &'a Mchid>,
    leased: BTreeSet<&'a Job>,
    settled: BTreeSet<&'a Job>,
}

impl<'a> Seen<'a> {
    fn guard(&mut self, guard: &'a Guard) -> Rule {
        match guard {
            Guard::OrderVersion { order_id, expected } => {
                require(*expected < MAX_COUNT, "a version is out of range")?;
                require(self.guarded.insert(order_id), "an order is guarded twice")?;
                if *expected == 0 {
                    self.new_orders.insert(order_id);
                }
                Ok(())
            }
            Guard::Lease { job, token } => {
                require(token.0 <= MAX_COUNT, "a lease token is out of range")?;
                require(self.leased.insert(job), "a lease is guarded twice")
            }
        }
    }

    fn write(&mut self, write: &'a Write) -> Rule {
        match write {
            Write::PutOrder(order) => self.put_order(order),
            Write::PutAttempt(order_id, mchid, _) => self.hangs_on_order(order_id, mchid),
            Write::PutRefund(order_id, mchid, refund) => {
                positive(refund.amount)?;
                same_account(refund.refund_id.account() == order_id.account())?;
                self.hangs_on_order(order_id, mchid)
            }
            Write::RecordTransition(row) => self.belongs_to_order(&row.order_id),
            Write::Post(row) => {
                positive(row.posting.amount)?;
                require(row.posting.debit != row.posting.credit, "a posting moves nothing")?;
                self.belongs_to_order(&row.order_id)
            }
            Write::Settle(job, _) => {
                require(self.leased.contains(job), "a job is settled without its lease")?;
                require(self.settled.insert(job), "a job is settled twice")
            }
            Write::PutDelivery(row) => {
                same_account(row.event_id.account() == row.endpoint_id.account())
            }
            Write::Remember(row) => same_account(row.account == row.order_id.account()),
            Write::RecordAlert(row) => {
                same_account(row.order_id.as_ref().is_none_or(|id| id.account() == row.account))
            }
            Write::RecordObservation(_)
            | Write::RecordOrphan(_)
            | Write::Emit(_)
            | Write::Schedule(..)
            | Write::PutSession(_)
            | Write::PutEndpoint(_) => Ok(()),
        }
    }

    fn put_order(&mut self, order: &'a Order) -> Rule {
        let identity = &order.identity;
        positive(identity.amount)?;
        same_account(identity.account == identity.order_id.account())?;
        require(self.guarded.contains(&identity.order_id), "an order is written unguarded")?;
        self.new_orders.remove(&identity.order_id);
        let first = self.written.insert(&identity.order_id, &identity.mchid).is_none();
        require(first, "an order is written twice")
    }

    /// The stored state of an order follows from its refunds, so they are written with it.
    fn hangs_on_order(&self, order_id: &OrderId, mchid: &Mchid) -> Rule {
        let owner = self.written.get(order_id).ok_or("an order's part is written without it")?;
        require(*owner == mchid, "an order's part names another merchant")
    }

    fn belongs_to_order(&self, order_id: &OrderId) -> Rule {
        let exists = self.guarded.contains(order_id) && !self.new_orders.contains(order_id);
        require(exists, "a row of an order is written without a guard on it, or before it")
    }
}

/// Engines count in signed 64-bit integers.
const MAX_COUNT: u64 = i64::MAX.unsigned_abs();

fn positive(amount: Fen) -> Rule {
    require(amount > Fen::ZERO, "an amount is zero")
}

fn same_account(same: bool) -> Rule {
    require(same, "two accounts meet in one row (invariant I14)")
}

/// PostgreSQL stores no NUL, and a column of text holds no bytes that are not text.
fn texts_can_be_stored(write: &Write) -> Rule {
    let mut texts: Vec<Option<&str>> = Vec::new();
    match write {
        Write::PutOrder(order) => {
            let identity = &order.identity;
            texts.push(identity.metadata.as_deref());
            if let Payment::Paid(receipt) | Payment::PaidLate(receipt) = &order.payment {
                texts.push(Some(receipt.trade_type.as_str()));
            }
        }
        Write::PutAttempt(_, _, attempt) => {
            texts.extend([Some(attempt.trade_type.as_str()), Some(text(&attempt.body)?)]);
        }
        Write::PutRefund(_, _, refund) => texts.push(Some(text(&refund.body)?)),
        Write::RecordTransition(row) => {
            texts.extend(
                [&row.subject, &row.from, &row.to, &row.cause].map(|text| Some(text.as_str())),
            );
        }
        Write::RecordObservation(row) => {
            let own = [&row.key, &row.kind, &row.number, &row.state, &row.source];
            texts.extend(own.map(|text| Some(text.as_str())));
            texts.push(row.wechat_id.as_deref());
        }
        Write::RecordOrphan(row) => {
            texts.extend([&row.key, &row.kind, &row.json].map(|text| Some(text.as_str())));
        }
        Write::RecordAlert(row) => texts.extend([Some(row.kind.as_str()), Some(&row.detail)]),
        Write::Emit(row) => texts.extend([Some(row.subject.as_str()), Some(&row.payload)]),
        Write::Remember(row) => {
            texts.extend([&row.route, &row.key, &row.digest].map(|text| Some(text.as_str())));
        }
        Write::PutSession(row) => {
            texts.extend([Some(row.token_hash.as_str()), row.unionid.as_deref()]);
        }
        Write::PutEndpoint(row) => texts.push(Some(&row.url)),
        Write::Post(_) | Write::Schedule(..) | Write::Settle(..) | Write::PutDelivery(_) => {}
    }
    let storable = |text: &str| !text.contains('\0');
    require(texts.into_iter().flatten().all(storable), "a text contains NUL")
}

fn text(body: &[u8]) -> Result<&str, &'static str> {
    std::str::from_utf8(body).map_err(|_| "a body is not UTF-8")
}

/// Whether whoever settles has seen every schedule of this job: the job is about an order, and
/// schedules of such jobs commit together with a new version of it.
pub(crate) fn is_guarded_by_its_order(job: &Job, guards: &[Guard]) -> bool {
    let (Job::Watch { order_id } | Job::Refund { order_id, .. }) = job else { return false };
    guards.iter().any(|guard| {
        matches!(guard, Guard::OrderVersion { order_id: guarded, .. } if guarded == order_id)
    })
}
