//! The reference: the port on ordinary maps.
//!
//! Every rule is written once more here in the plainest way, without SQL and without an index, so
//! that it can be checked by reading. [`State`] is cheap to copy, which makes a commit atomic (it
//! works on a copy), and gives chaos a look at everything between two steps and a way back to
//! an older backup.

mod apply;
mod jobs;
mod read;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use suanpan_acts::{
    change::{
        AlertRow, ChangeSet, Commit, DeliveryRow, EndpointRow, EventRow, ObservationRow, OrphanRow,
        PostingRow, RememberedRequest, SessionRow, TransitionRow,
    },
    job::{LeasedJob, Queue},
    ports::{OrderRef, Store, StoreError},
};
use suanpan_trade::{
    AccountId, Order, OrderId,
    id::{EndpointId, EventId},
};
use suanpan_wechat::Timestamp;

pub use jobs::JobRow;

use crate::shape;

/// A store in memory that forgets everything when it is dropped.
#[derive(Debug, Default)]
pub struct ModelStore(Mutex<State>);

/// Everything a [`ModelStore`] holds.
///
/// Tables are shared between copies until one of them is written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct State {
    orders: Arc<BTreeMap<OrderId, Order>>,
    transitions: Arc<Vec<TransitionRow>>,
    observations: Arc<BTreeMap<String, ObservationRow>>,
    orphans: Arc<BTreeMap<String, OrphanRow>>,
    alerts: Arc<Vec<AlertRow>>,
    postings: Arc<Vec<PostingRow>>,
    events: Arc<Vec<EventRow>>,
    jobs: Arc<BTreeMap<String, JobRow>>,
    deliveries: Arc<BTreeMap<(EventId, EndpointId), DeliveryRow>>,
    remembered: Arc<BTreeMap<(AccountId, String, String), RememberedRequest>>,
    sessions: Arc<BTreeMap<String, SessionRow>>,
    endpoints: Arc<BTreeMap<EndpointId, EndpointRow>>,
}

impl ModelStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Everything as it is now.
    #[must_use]
    pub fn snapshot(&self) -> State {
        self.lock().clone()
    }

    /// Puts everything back to how it was then: an older backup.
    pub fn restore(&self, state: State) {
        *self.lock() = state;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere cannot leave half a commit behind: commits replace the whole state.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for ModelStore {
    async fn load(&self, order: &OrderRef) -> Result<Option<Order>, StoreError> {
        Ok(self.lock().find(order).cloned())
    }

    async fn commit(&self, changes: ChangeSet) -> Result<Commit, StoreError> {
        shape::check(&changes)?;
        let mut state = self.lock();
        let mut next = state.clone();
        let name = changes.name;
        match next.apply(changes) {
            Ok(()) => {
                *state = next;
                Ok(Commit::Done)
            }
            Err(apply::Refusal::Conflict) => Ok(Commit::Conflict),
            Err(apply::Refusal::Altered(what)) => {
                Err(StoreError::Corrupt(format!("refused to write {name}: {what}")))
            }
        }
    }

    async fn claim(
        &self,
        queue: Queue,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<LeasedJob>, StoreError> {
        Ok(self.lock().claim(queue, now, limit))
    }
}

impl State {
    /// All orders with their attempts and refunds, by order id.
    pub fn orders(&self) -> impl Iterator<Item = &Order> {
        self.orders.values()
    }

    /// One order.
    #[must_use]
    pub fn order(&self, order_id: &OrderId) -> Option<&Order> {
        self.orders.get(order_id)
    }

    /// All state changes, in the order they were committed.
    #[must_use]
    pub fn transitions(&self) -> &[TransitionRow] {
        &self.transitions
    }

    /// All observations, by key.
    pub fn observations(&self) -> impl Iterator<Item = &ObservationRow> {
        self.observations.values()
    }

    /// All orphans, by key.
    pub fn orphans(&self) -> impl Iterator<Item = &OrphanRow> {
        self.orphans.values()
    }

    /// All alerts, in the order they were committed.
    #[must_use]
    pub fn alerts(&self) -> &[AlertRow] {
        &self.alerts
    }

    /// The whole ledger, in the order it was committed.
    #[must_use]
    pub fn postings(&self) -> &[PostingRow] {
        &self.postings
    }

    /// All events, in the order they were committed.
    #[must_use]
    pub fn events(&self) -> &[EventRow] {
        &self.events
    }

    /// All jobs that will be due at some time, by key; finished ones are left out.
    pub fn jobs(&self) -> impl Iterator<Item = &JobRow> {
        self.jobs.values().filter(|job| job.due_at.is_some())
    }

    /// All deliveries, by event and endpoint.
    pub fn deliveries(&self) -> impl Iterator<Item = &DeliveryRow> {
        self.deliveries.values()
    }

    /// All idempotency keys.
    pub fn remembered(&self) -> impl Iterator<Item = &RememberedRequest> {
        self.remembered.values()
    }

    /// All logins, by the hash of their tokens.
    pub fn sessions(&self) -> impl Iterator<Item = &SessionRow> {
        self.sessions.values()
    }

    /// All webhook endpoints, by id.
    pub fn endpoints(&self) -> impl Iterator<Item = &EndpointRow> {
        self.endpoints.values()
    }
}
