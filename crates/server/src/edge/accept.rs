use std::{future::Future, sync::Arc, sync::atomic::Ordering, time::Duration};

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{net::TcpListener, sync::Semaphore};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::ServiceExt as _;

use super::stream::Watched;
use crate::metrics::Metrics;

/// After `accept` failed, most likely for want of file descriptors.
const AFTER_FAILURE: Duration = Duration::from_millis(100);

/// A request head larger than this is answered 431.
const HEAD_BUFFER: usize = 32 * 1024;

/// What the accept loop needs.
#[derive(Debug)]
pub(crate) struct Edge {
    pub(crate) router: Router,
    pub(crate) connections: usize,
    pub(crate) metrics: Arc<Metrics>,
}

/// Accepts connections until `stop`, then lets the requests under way finish, at most until
/// `drain` has passed.
pub(crate) async fn serve(
    listener: TcpListener,
    edge: Edge,
    stop: CancellationToken,
    drain: Duration,
) {
    let slots = Arc::new(Semaphore::new(edge.connections));
    let tasks = TaskTracker::new();
    loop {
        // The slot comes first: beyond the cap, connections wait in the kernel's queue.
        let accepting = async {
            let slot = Arc::clone(&slots).acquire_owned().await.expect("never closed");
            (slot, listener.accept().await)
        };
        let Some((slot, accepted)) = stop.run_until_cancelled(accepting).await else { break };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(AFTER_FAILURE).await;
                continue;
            }
        };
        // Answers are small and somebody waits for each of them.
        let _ = stream.set_nodelay(true);
        edge.metrics.connections.fetch_add(1, Ordering::Relaxed);
        let (metrics, stop) = (Arc::clone(&edge.metrics), stop.clone());
        let connection = connection(Watched::new(stream), edge.router.clone(), stop);
        tasks.spawn(async move {
            connection.await;
            metrics.connections.fetch_sub(1, Ordering::Relaxed);
            drop(slot);
        });
    }
    drop(listener);
    tasks.close();
    if tokio::time::timeout(drain, tasks.wait()).await.is_err() {
        tracing::warn!(connections = tasks.len(), "stopping with connections still open");
    }
}

/// HTTP/1.1 and nothing else: neither WeChat nor merchants need HTTP/2 here, and its resets and
/// tables are an attack surface (threat h08).
pub(crate) fn connection<S>(
    stream: Watched<S>,
    router: Router,
    stop: CancellationToken,
) -> impl Future<Output = ()> + Send
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    let framing = stream.framing();
    let service = router.map_request(move |request: http::Request<hyper::body::Incoming>| {
        let mut request = request.map(axum::body::Body::new);
        request.extensions_mut().insert(framing.clone());
        request
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        // `Watched` has the timers: this one would also end idle connections.
        .header_read_timeout(None)
        .max_buf_size(HEAD_BUFFER)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
    async move {
        tokio::pin!(connection);
        let outcome = tokio::select! {
            outcome = connection.as_mut() => outcome,
            () = stop.cancelled() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = outcome {
            tracing::debug!(%error, "a connection ended badly");
        }
    }
}

#[cfg(test)]
mod tests;
