use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use suanpan_wechat::token::{Slot, SlotKey};

/// Where the processes of an app share its token: a row of a database, a key of a cache, or, for a
/// single process, [`MemoryTokenStore`].
///
/// # The contract
///
/// 1. [`load`](TokenStore::load) gives an empty slot ([`Slot::default`], version 0) for a key that
///    was never written.
/// 2. [`swap`](TokenStore::swap) writes `slot` if the stored version is `slot.version - 1`, in one
///    step that nobody can come between, and says whether it did. Of several swaps to one version
///    exactly one is [`Swap::Done`].
/// 3. After a swap every `load` that begins later, in any process, sees it or a later one. (Reading
///    from a replica breaks this.)
/// 4. All fields come back as they were written, and keys do not touch each other.
/// 5. The secret is encrypted at rest and in no log: whoever holds it is the app.
///
/// [`assert_keeps_the_contract`](super::assert_keeps_the_contract) checks 1 to 4 on a store of yours.
///
/// A row needs: appid and kind (the key), version, and, all empty at first: secret, generation,
/// `obtained_at`, `expires_at`; `leased_until`; failures, `retry_at`, `refused_at`,
/// `forced_at`.
pub trait TokenStore: Send + Sync + 'static {
    /// The slot as it is now.
    fn load(&self, key: &SlotKey) -> impl Future<Output = Result<Slot, StoreError>> + Send;

    /// Writes `slot` over the version before it.
    fn swap(
        &self,
        key: &SlotKey,
        slot: &Slot,
    ) -> impl Future<Output = Result<Swap, StoreError>> + Send;
}

/// What became of a compare-and-swap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Swap {
    /// Written.
    Done,
    /// Somebody else wrote in between: nothing was written.
    Lost,
}

/// The store could not be reached. Log its own reason where it happened; it is not carried here,
/// because reasons of databases quote rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the token store could not be reached")]
pub struct StoreError;

/// Shares among the tasks of one process, and forgets with it.
#[derive(Debug, Default)]
pub struct MemoryTokenStore(Mutex<BTreeMap<SlotKey, Slot>>);

impl TokenStore for MemoryTokenStore {
    async fn load(&self, key: &SlotKey) -> Result<Slot, StoreError> {
        // A poisoned lock still holds whole slots: they are only ever replaced.
        let slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(slots.get(key).cloned().unwrap_or_default())
    }

    async fn swap(&self, key: &SlotKey, slot: &Slot) -> Result<Swap, StoreError> {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let version = slots.get(key).map_or(0, |slot| slot.version);
        if version.checked_add(1) != Some(slot.version) {
            return Ok(Swap::Lost);
        }
        slots.insert(key.clone(), slot.clone());
        Ok(Swap::Done)
    }
}

impl<S: TokenStore> TokenStore for Arc<S> {
    async fn load(&self, key: &SlotKey) -> Result<Slot, StoreError> {
        S::load(self, key).await
    }

    async fn swap(&self, key: &SlotKey, slot: &Slot) -> Result<Swap, StoreError> {
        S::swap(self, key, slot).await
    }
}
