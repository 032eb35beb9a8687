//! Notices that a mini program's files changed, so that the phone starts it anew.

use std::time::Duration;

use suanpan_phone_compiler::stamp;
use tokio_util::sync::CancellationToken;

use crate::{MiniProgram, http::Surface, shell::FeedKind};

/// Looking at names and times of a hundred files is cheap; a watcher of the operating system would
/// be a dependency on each of them.
const EVERY: Duration = Duration::from_secs(1);

/// Looks until told to stop.
pub(crate) async fn watch(surface: Surface, stop: CancellationToken) {
    let mut seen = stamps(surface.phone.programs()).await;
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
        let now = stamps(surface.phone.programs()).await;
        if now != seen {
            surface.shared.publish(FeedKind::MiniProgram);
            seen = now;
        }
    }
}

/// A folder that cannot be read has no stamp; when it can be again, that is a change.
async fn stamps(programs: Vec<MiniProgram>) -> Vec<Option<u64>> {
    let looking = tokio::task::spawn_blocking(move || {
        programs.iter().map(|program| stamp(&program.folder).ok()).collect()
    });
    looking.await.unwrap_or_default()
}
