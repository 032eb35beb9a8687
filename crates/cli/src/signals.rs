//! Being told to stop: the first time politely, the second time at once.

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Ctrl-C and SIGTERM.
pub(crate) struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    /// From here on neither ends the program by itself.
    pub(crate) fn listen() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Resolves at the next one.
    pub(crate) async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }

    /// Finishes `drain`, unless somebody is in a hurry.
    pub(crate) async fn unless_again(mut self, drain: impl Future<Output = ()>) {
        tokio::select! {
            () = drain => {}
            () = self.next() => eprintln!("stopped at once"),
        }
    }
}
