//! Everything this process logs, at the finest level, kept to be searched for secrets.

use std::{
    io,
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
};

use tracing_subscriber::{filter::LevelFilter, fmt::MakeWriter, layer::SubscriberExt as _};

/// One process, one log: the subscriber is global, so what tests of one process log is shared.
static LINES: OnceLock<Mutex<Vec<u8>>> = OnceLock::new();

#[derive(Debug, Clone, Copy)]
struct Tape;

impl io::Write for Tape {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        tape().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Tape {
    type Writer = Tape;
    fn make_writer(&'a self) -> Tape {
        Tape
    }
}

fn tape() -> MutexGuard<'static, Vec<u8>> {
    LINES.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner)
}

/// Starts recording; once is enough for a process.
pub(crate) fn record() {
    let ours = tracing_subscriber::filter::Targets::new()
        .with_default(LevelFilter::INFO)
        .with_target("suanpan", LevelFilter::TRACE);
    let lines = tracing_subscriber::fmt::layer().with_writer(Tape).with_ansi(false);
    let subscriber = tracing_subscriber::registry().with(ours).with(lines);
    // Somebody else in this process may have started it.
    let _already = tracing::subscriber::set_global_default(subscriber);
}

/// What was logged so far.
pub(crate) fn text() -> String {
    String::from_utf8_lossy(&tape()).into_owned()
}
