use std::{collections::BTreeMap, net::SocketAddr, sync::Arc};

use suanpan_acts::{Ports as _, Queue, Store, StoreError};
use suanpan_store::SqliteStore;
use suanpan_wechat::Timestamp;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    http::{App, Reject},
    ports::ServerPorts,
    start::DRAIN,
    worker::Worker,
};

/// A server at work. Dropping it leaves it at work; [`Running::stop`] ends it.
pub struct Running<S> {
    pub(crate) address: SocketAddr,
    pub(crate) app: App<S>,
    pub(crate) workers: BTreeMap<Queue, Worker<ServerPorts<S>>>,
    pub(crate) stop: CancellationToken,
    pub(crate) tasks: TaskTracker,
}

impl<S: Store + 'static> Running<S> {
    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://` and the address.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The ports its acts work with: for tests, which look into the store and call acts.
    #[must_use]
    pub fn ports(&self) -> &Arc<ServerPorts<S>> {
        &self.app.ports
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> &S {
        self.app.ports.store()
    }

    /// Runs every job of every queue that is due at `now`, and those they make due, to their end;
    /// says how many there were. With [`Workers::ByHand`](crate::Workers::ByHand) nobody else does.
    ///
    /// # Errors
    /// When the store cannot be asked.
    pub async fn run_due(&self, now: Timestamp) -> Result<usize, StoreError> {
        let mut ran = 0;
        loop {
            let mut round = 0;
            for worker in self.workers.values() {
                round += worker.run_due(now).await?;
            }
            if round == 0 {
                return Ok(ran);
            }
            ran += round;
        }
    }

    /// Some of the notifications that were refused lately.
    #[must_use]
    pub fn rejects(&self) -> Vec<Reject> {
        self.app.rejects.sample()
    }

    /// Ends by itself when somebody asks the server to stop.
    #[must_use]
    pub fn stop_token(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Stops listening, finishes what is under way, and gives everything back.
    pub async fn stop(self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
        self.app.shell.drain(DRAIN).await;
        tracing::info!(address = %self.address, "the server has stopped");
    }
}

impl Running<SqliteStore> {
    /// Resolves when the store gave up for good, with the reason: the process must end then,
    /// because only opening the database anew finds out what the last commit did (threat d04).
    pub async fn store_failed(&self) -> String {
        let mut ticks = tokio::time::interval(std::time::Duration::from_secs(1));
        loop {
            ticks.tick().await;
            if let Some(reason) = self.store().stopped() {
                return reason;
            }
        }
    }
}

impl<S> std::fmt::Debug for Running<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Running({}, ..)", self.address)
    }
}
