//! Background work: due things on the virtual clock, and the stored world.

use std::{sync::Arc, time::Duration};

use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{shared::Shared, store::DataFolder};

/// At least this often due work is looked for, because a clock of the tests' own may have moved.
const LOOK_SECONDS: u64 = 1;

/// Changes of a world that is quickly written are stored this long after they happened.
const STORE_AFTER: Duration = Duration::from_secs(1);

/// Does due work until told to stop.
pub(crate) async fn run_due_work(shared: Arc<Shared>, stop: CancellationToken) {
    loop {
        if shared.has_due() {
            shared.start_due().await;
        }
        let nap = Duration::from_secs(LOOK_SECONDS);
        tokio::select! {
            () = stop.cancelled() => return,
            () = shared.wake.notified() => {}
            () = tokio::time::sleep(nap) => {}
        }
    }
}

/// Storing rests so many times as long as it took: a world of a million orders takes seconds to
/// write, and shall not be written all the time.
const REST: u32 = 9;

/// Stores the world after changes, and once more when the listeners have finished: requests still
/// served during shutdown count too.
pub(crate) async fn keep_stored(
    shared: Arc<Shared>,
    folder: Arc<DataFolder>,
    stop: CancellationToken,
    listeners: TaskTracker,
) {
    let mut rest = STORE_AFTER;
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            () = shared.dirty.notified() => {}
        }
        tokio::select! {
            () = stop.cancelled() => break,
            () = tokio::time::sleep(rest) => {}
        }
        let begun = tokio::time::Instant::now();
        store(&shared, &folder).await;
        rest = STORE_AFTER.max(begun.elapsed() * REST);
    }
    listeners.wait().await;
    store(&shared, &folder).await;
}

async fn store(shared: &Arc<Shared>, folder: &Arc<DataFolder>) {
    let (shared, folder) = (Arc::clone(shared), Arc::clone(folder));
    let stored = tokio::task::spawn_blocking(move || folder.save(&shared.snapshot()));
    match stored.await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::error!(%error, "the world could not be stored"),
        Err(error) => tracing::error!(%error, "storing the world panicked"),
    }
}
