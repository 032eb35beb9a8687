//! The model store behind a database connection that fails as databases do.

use std::sync::Arc;

use suanpan_acts::{
    ChangeSet, LeasedJob, Queue, Store, StoreError,
    change::Commit,
    ports::{OrderRef, Query, Read},
};
use suanpan_store::ModelStore;
use suanpan_trade::Order;
use suanpan_wechat::Timestamp;

use crate::{
    invariant::Invariant,
    plant::{Plant, Rewritten},
    profile::Profile,
    timeline::Timeline,
};

/// One server's way to the store. Every operation is a yield point before it takes effect; a
/// commit is another one after, because dying there is what loses answers.
pub(crate) struct FaultyStore {
    pub(crate) timeline: Timeline,
    pub(crate) model: Arc<ModelStore>,
    pub(crate) profile: Arc<Profile>,
    pub(crate) plant: Option<Plant>,
}

impl FaultyStore {
    async fn reach(&self) -> Result<(), StoreError> {
        let trouble = &self.profile.store;
        let slow = self.timeline.strikes(trouble.slow, "store slow");
        let ms = self
            .timeline
            .draw(|chance| if slow { chance.between(100, 8000) } else { chance.between(0, 3) });
        self.timeline.pause(ms).await;
        if self.timeline.strikes(trouble.unavailable, "store unavailable") {
            return Err(StoreError::Unavailable("chaos".to_owned()));
        }
        Ok(())
    }

    /// A change set in the trace: what, and how it ended.
    fn note(&self, name: &str, answer: &Result<Commit, StoreError>) {
        match answer {
            Ok(Commit::Done) => self.timeline.count(|tally| tally.commits += 1),
            Ok(Commit::Conflict) => self.timeline.count(|tally| tally.conflicts += 1),
            Err(StoreError::Corrupt(why)) if self.plant.is_none() => {
                self.timeline.violate(Invariant::I02, format!("{name}: {why}"));
            }
            Err(_) => {}
        }
        self.timeline.trace(format_args!("store: {name} {answer:?}"));
    }
}

impl Store for FaultyStore {
    async fn load(&self, order: &OrderRef) -> Result<Option<Order>, StoreError> {
        self.reach().await?;
        self.model.load(order).await
    }

    async fn commit(&self, changes: ChangeSet) -> Result<Commit, StoreError> {
        self.reach().await?;
        let name = changes.name;
        let unknown = self.timeline.strikes(self.profile.store.unknown, "commit unknown");
        if unknown && self.timeline.draw(crate::chance::Chance::coin) {
            self.timeline.trace(format_args!("store: {name} lost before it took effect"));
            return Err(StoreError::OutcomeUnknown("chaos".to_owned()));
        }
        let rewritten = match self.plant {
            Some(plant) => plant.rewrite(changes, &self.model.snapshot()),
            None => Rewritten::Applied(changes),
        };
        let answer = match rewritten {
            Rewritten::Applied(changes) => self.model.commit(changes).await,
            Rewritten::Swallowed => Ok(Commit::Done),
            Rewritten::Split(now, later) => {
                let answer = self.model.commit(now).await;
                self.timeline.pause(5).await;
                if answer == Ok(Commit::Done) {
                    let rest = self.model.commit(later).await;
                    self.note("the rest", &rest);
                }
                answer
            }
        };
        self.note(name, &answer);
        let ms = self.timeline.draw(|chance| chance.between(0, 3));
        self.timeline.pause(ms).await;
        if unknown && answer == Ok(Commit::Done) {
            return Err(StoreError::OutcomeUnknown("chaos".to_owned()));
        }
        answer
    }

    async fn claim(
        &self,
        queue: Queue,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<LeasedJob>, StoreError> {
        self.reach().await?;
        let jobs = self.model.claim(queue, now, limit).await?;
        for leased in &jobs {
            self.timeline.trace(format_args!(
                "store: {} leased with token {}",
                leased.job.key(),
                leased.token.0
            ));
        }
        Ok(jobs)
    }
}

impl<Q: Query + 'static> Read<Q> for FaultyStore
where
    ModelStore: Read<Q>,
{
    async fn read(&self, query: Q) -> Result<Q::Answer, StoreError> {
        self.reach().await?;
        self.model.read(query).await
    }
}
