//! The server's rows, its deaths and its lives.

use std::{
    path::Path,
    sync::{Arc, PoisonError, atomic::Ordering},
};

use suanpan_server::{Reject, StartError};

use super::Stage;
use crate::{Snapshot, books, log, secrets::Taboo, server::ServerProcess};

impl Stage {
    pub(super) fn process(&self) -> Arc<ServerProcess> {
        Arc::clone(&self.server.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Every row of every table.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        Snapshot::take(self.data.path())
    }

    /// The server's data folder.
    #[must_use]
    pub fn data_dir(&self) -> &Path {
        self.data.path()
    }

    /// Some of the notifications the server refused.
    #[must_use]
    pub fn rejects(&self) -> Vec<Reject> {
        self.process().rejects()
    }

    /// A text that must not appear in any log line from now on.
    pub fn must_not_log(&self, text: &str) {
        self.secrets.keep(text, Taboo::Logs);
    }

    /// Everything logged by this process so far.
    #[must_use]
    pub fn log(&self) -> String {
        log::text()
    }

    /// The server dies now, at whatever await its tasks stand.
    pub async fn kill_server(&self) {
        self.process().kill().await;
    }

    /// A new server on the same data, after the old one ended properly.
    pub async fn restart_server(&self) {
        self.process().stop().await;
        self.start_server(self.config()).await.expect("the server starts again");
    }

    /// Starts a dead server again; says whether it was dead by a plan of [`Breakage`](crate::Breakage).
    pub async fn revive(&self) -> bool {
        if !self.breakage.has_struck() {
            return false;
        }
        self.kill_server().await;
        self.breakage.mend();
        self.deaths.fetch_add(1, Ordering::SeqCst);
        self.start_server(self.config()).await.expect("the server starts again");
        true
    }

    /// How often the server died by a plan of [`Breakage`](crate::Breakage) and was started again.
    #[must_use]
    pub fn deaths(&self) -> usize {
        self.deaths.load(Ordering::SeqCst)
    }

    /// What must be true at every instant.
    ///
    /// # Panics
    /// When it is not.
    #[track_caller]
    pub fn assert_invariants(&self) {
        let wrong = books::always(&self.snapshot());
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    /// Starts a server with any configuration in the place of one that has ended.
    ///
    /// # Errors
    /// As [`suanpan_server::Server::start`].
    pub async fn start_server(&self, config: suanpan_server::Config) -> Result<(), StartError> {
        let (clock, breakage) = (Arc::clone(&self.clock), Arc::clone(&self.breakage));
        let server = ServerProcess::start(config, &self.listener, clock, breakage).await?;
        *self.server.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(server);
        Ok(())
    }
}
