//! Load, decide, commit: the loop every change of an order goes through.

use suanpan_trade::{
    Decision, Order, OrderState,
    watch::{self, Step},
};
use suanpan_wechat::Timestamp;

use crate::{ActError, Clock, Ports, Store, Write, change::Commit, draft::Draft, ports::OrderRef};

/// A conflict means that somebody else committed first; more than this many in a row is a crowd.
const MAX_CONFLICTS: usize = 8;

/// What a change is called, and what caused it.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    pub(crate) name: &'static str,
    /// `notification …`, `query`, `payer`, `merchant`, `clock`.
    pub(crate) cause: String,
    /// Written in the same transaction, whatever is decided.
    pub(crate) with: Vec<Write>,
}

impl Change {
    pub(crate) fn new(name: &'static str, cause: impl Into<String>) -> Self {
        Self { name, cause: cause.into(), with: Vec::new() }
    }

    pub(crate) fn with(mut self, write: Write) -> Self {
        self.with.push(write);
        self
    }
}

/// Loads an order, decides, commits; again when somebody else was faster.
///
/// `decide` is pure and may run several times. A decision that changes nothing commits nothing.
pub(crate) async fn change_order<P: Ports>(
    ports: &P,
    order_ref: &OrderRef,
    change: &Change,
    decide: impl Fn(&Order, Timestamp) -> Result<Decision, ActError> + Send + Sync,
) -> Result<Order, ActError> {
    for _ in 0..MAX_CONFLICTS {
        let order = ports.store().load(order_ref).await?.ok_or(ActError::NotFound("order"))?;
        let decision = decide(&order, ports.clock().business_now())?;
        if let Some(order) = commit_decision(ports, &order, decision, change).await? {
            return Ok(order);
        }
    }
    Err(ActError::Busy)
}

/// Commits one decision about `before`. `None` means conflict.
pub(crate) async fn commit_decision<P: Ports>(
    ports: &P,
    before: &Order,
    decision: Decision,
    change: &Change,
) -> Result<Option<Order>, ActError> {
    let Decision { order, facts } = decision;
    if order == *before && facts.is_empty() && before.version > 0 {
        return Ok(Some(order));
    }
    let mut draft = Draft::new(ports, order, change);
    for fact in facts {
        draft.record(fact);
    }
    let (after, changes) = draft.finish(before);
    match ports.store().commit(changes).await? {
        Commit::Done => Ok(Some(after)),
        Commit::Conflict => Ok(None),
    }
}

/// When the watch of an order is next due, if ever.
pub(crate) fn watch_due(order: &Order, now: Timestamp) -> Option<Timestamp> {
    match watch::next(order, now) {
        Step::Done => None,
        Step::Wait(due_at) => Some(due_at),
        Step::Query(_) | Step::Close(_) | Step::CloseOrder => Some(now),
    }
}

/// An order about to be stored for the first time.
pub(crate) async fn commit_new_order<P: Ports>(
    ports: &P,
    order: Order,
    change: &Change,
) -> Result<Option<Order>, ActError> {
    debug_assert_eq!(order.state(), OrderState::Open, "orders are born open");
    let decision = Decision { order: order.clone(), facts: Vec::new() };
    commit_decision(ports, &order, decision, change).await
}
