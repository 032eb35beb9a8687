//! Signals: the first asks, the second insists.

use tokio::signal::unix::{SignalKind, signal};

use crate::failure::Failure;

/// How shells report a program that was interrupted.
const INTERRUPTED: i32 = 130;

/// Resolves when somebody asks this process to stop; from then on a second signal ends it at once.
pub(crate) struct Stop {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

impl Stop {
    /// Starts listening, before anything that would have to be stopped.
    pub(crate) fn listen() -> Result<Self, Failure> {
        let listen =
            |kind| signal(kind).map_err(|error| Failure::of("cannot listen for signals", &error));
        Ok(Self {
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
        })
    }

    pub(crate) async fn asked(mut self) {
        self.next().await;
        eprintln!("stopping; once more to stop at once / 正在停止，再按一次立即退出");
        tokio::spawn(async move {
            self.next().await;
            std::process::exit(INTERRUPTED);
        });
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
