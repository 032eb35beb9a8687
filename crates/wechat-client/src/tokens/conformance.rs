use std::sync::Arc;

use suanpan_wechat::{
    Timestamp,
    id::Appid,
    secret::SharedSecret,
    token::{Held, Kind, Slot, SlotKey},
};
use tokio::task::JoinSet;

use super::{Swap, TokenStore};

/// How many swaps race for one version.
const RACERS: u64 = 16;

/// Panics unless `store`, which must be empty, keeps the contract of [`TokenStore`]: call it from a
/// test, with a database behind it if yours has one.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// use std::sync::Arc;
/// use suanpan_wechat_client::{MemoryTokenStore, assert_keeps_the_contract};
///
/// assert_keeps_the_contract(Arc::new(MemoryTokenStore::default())).await;
/// # }
/// ```
///
/// # Panics
/// At the first sentence of the contract that does not hold.
pub async fn assert_keeps_the_contract<S: TokenStore>(store: Arc<S>) {
    let key = |appid: &str, kind| SlotKey { appid: Appid::new(appid).expect("an appid"), kind };
    let ours = key("wx520c15f417810387", Kind::Stable);
    let loaded = |key: SlotKey| {
        let store = Arc::clone(&store);
        async move { store.load(&key).await.expect("a store that can be reached") }
    };
    assert_same(&loaded(ours.clone()).await, &Slot::default(), "an unknown key is an empty slot");

    let too_new = Slot { version: 2, ..Slot::default() };
    assert_eq!(store.swap(&ours, &too_new).await, Ok(Swap::Lost), "no version is skipped");
    for version in 1..=5 {
        let slot = full(version);
        assert_eq!(store.swap(&ours, &slot).await, Ok(Swap::Done), "version {version}");
        assert_same(&loaded(ours.clone()).await, &slot, "every field comes back");
        assert_eq!(store.swap(&ours, &slot).await, Ok(Swap::Lost), "version {version} again");
        let old = Slot { version: version.saturating_sub(1), ..full(99) };
        assert_eq!(store.swap(&ours, &old).await, Ok(Swap::Lost), "an old version");
        assert_same(&loaded(ours.clone()).await, &slot, "a lost swap writes nothing");
    }
    let bare = Slot { version: 6, ..Slot::default() };
    assert_eq!(store.swap(&ours, &bare).await, Ok(Swap::Done), "fields can be emptied");
    assert_same(&loaded(ours.clone()).await, &bare, "emptied fields stay empty");

    for other in [key("wx520c15f417810388", Kind::Stable), key("wx520c15f417810387", Kind::Classic)]
    {
        assert_same(&loaded(other).await, &Slot::default(), "keys do not touch each other");
    }
    one_of_many_wins(&store, &ours, 7).await;
}

async fn one_of_many_wins<S: TokenStore>(store: &Arc<S>, key: &SlotKey, version: u64) {
    let mut race = JoinSet::new();
    for racer in 0..RACERS {
        let (store, key) = (Arc::clone(store), key.clone());
        let mut slot = full(version);
        slot.failures = u32::try_from(racer).expect("a few");
        race.spawn(async move { (racer, store.swap(&key, &slot).await) });
    }
    let finished = race.join_all().await;
    let winners: Vec<u64> = finished
        .iter()
        .filter(|(_, swap)| *swap == Ok(Swap::Done))
        .map(|(racer, _)| *racer)
        .collect();
    let [winner] = winners[..] else { panic!("one swap wins, not {winners:?}") };
    let slot = store.load(key).await.expect("a store that can be reached");
    assert_eq!(u64::from(slot.failures), winner, "what the winner wrote is there");
}

/// A slot with something in every field, different for every version.
fn full(version: u64) -> Slot {
    let at = |offset: i64| {
        Timestamp::from_unix(1_727_757_296 + offset + i64::try_from(version).expect("small"))
    };
    Slot {
        version,
        held: Some(Held {
            secret: SharedSecret::new(format!("85_{version}-{}", "_".repeat(512)))
                .expect("visible"),
            generation: version,
            obtained_at: at(0),
            expires_at: at(7200),
        }),
        leased_until: Some(at(30)),
        failures: 7,
        retry_at: Some(at(1)),
        refused_at: Some(at(2)),
        forced_at: Some(at(3)),
    }
}

fn assert_same(read: &Slot, written: &Slot, rule: &str) {
    let held = |slot: &Slot| {
        slot.held.as_ref().map(|held| (held.generation, held.obtained_at, held.expires_at))
    };
    let rest = |slot: &Slot| {
        let times = [slot.leased_until, slot.retry_at, slot.refused_at, slot.forced_at];
        (slot.version, slot.failures, times)
    };
    assert_eq!(held(read), held(written), "{rule}");
    assert_eq!(rest(read), rest(written), "{rule}");
    let secrets = (read.held.as_ref(), written.held.as_ref());
    let same = match secrets {
        (Some(read), Some(written)) => read.secret.is_same_as(&written.secret),
        (read, written) => read.is_none() && written.is_none(),
    };
    assert!(same, "{rule}: the secret");
}
