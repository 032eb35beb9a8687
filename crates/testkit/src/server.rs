//! The server in a runtime of its own, so that it can die.

use std::{
    net::TcpListener,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use suanpan_server::{Config, Parts, Running, Server, StartError, SystemNonces, Workers};
use suanpan_store::{Settings as StoreSettings, SqliteStore};
use suanpan_wechat::Timestamp;
use tokio::runtime::Runtime;

use crate::{BreakableStore, Breakage, StageClock};

/// Longer than any task runs without reaching an await.
const DYING: Duration = Duration::from_secs(20);

/// One life of a server.
#[derive(Debug)]
pub(crate) struct ServerProcess {
    running: Mutex<Option<Arc<Running<BreakableStore>>>>,
    handle: tokio::runtime::Handle,
    /// Whoever kills or stops it holds this, so that the next one waits for the end.
    runtime: tokio::sync::Mutex<Option<Runtime>>,
}

impl ServerProcess {
    /// `listener` stays open in the caller's hands: no other program can take the port while the
    /// server is dead.
    pub(crate) async fn start(
        config: Config,
        listener: &TcpListener,
        clock: Arc<StageClock>,
        breakage: Arc<Breakage>,
    ) -> Result<Self, StartError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime can be built");
        let handle = runtime.handle().clone();
        let listener = listener.try_clone().expect("a listener can be shared");
        let settings = StoreSettings::new(&config.data_dir, config.environment);
        let start = async move {
            let listener = tokio::net::TcpListener::from_std(listener);
            let parts = Parts {
                clock: Some(clock),
                nonces: Some(Arc::new(SystemNonces)),
                listener: Some(listener.expect("the listener does not block")),
                workers: Workers::ByHand,
            };
            let open = || Ok(BreakableStore::new(SqliteStore::open(&settings)?, breakage));
            Server::start_on(config, parts, open).await
        };
        let started = handle.spawn(start).await.expect("starting does not panic");
        let runtime = tokio::sync::Mutex::new(Some(runtime));
        match started {
            Ok(running) => {
                Ok(Self { running: Mutex::new(Some(Arc::new(running))), handle, runtime })
            }
            Err(error) => {
                let runtime = runtime.into_inner().expect("nobody has taken it");
                runtime.shutdown_background();
                Err(error)
            }
        }
    }

    fn running(&self) -> Option<Arc<Running<BreakableStore>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Some of the notifications that were refused lately.
    pub(crate) fn rejects(&self) -> Vec<suanpan_server::Reject> {
        self.running().map(|running| running.rejects()).unwrap_or_default()
    }

    /// Runs due jobs on the server's own runtime. A server that dies meanwhile ran none.
    pub(crate) async fn run_due(&self, now: Timestamp) -> usize {
        let Some(running) = self.running() else { return 0 };
        let due = async move { running.run_due(now).await };
        match self.handle.spawn(due).await {
            Ok(ran) => ran.unwrap_or_else(|error| panic!("the store cannot be asked: {error}")),
            Err(died) if died.is_cancelled() => 0,
            Err(panicked) => std::panic::resume_unwind(panicked.into_panic()),
        }
    }

    /// Every task ends at its next await, whatever it was doing. Gives back when none is left.
    pub(crate) async fn kill(&self) {
        let mut runtime = self.runtime.lock().await;
        self.running.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(runtime) = runtime.take() {
            let died = tokio::task::spawn_blocking(move || runtime.shutdown_timeout(DYING));
            died.await.expect("a runtime ends");
        }
    }

    /// Ends as an operator would end it.
    pub(crate) async fn stop(&self) {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(running) = running {
            let running = Arc::try_unwrap(running).expect("nothing runs while it is stopped");
            self.handle.spawn(running.stop()).await.expect("stopping does not panic");
        }
        self.kill().await;
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        // A runtime may not be dropped where others wait; a failed test ends here.
        if let Some(runtime) = self.runtime.get_mut().take() {
            runtime.shutdown_background();
        }
    }
}
