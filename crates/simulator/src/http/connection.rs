//! Accepting and serving connections with bounds on all of it.

use std::{error::Error, future::Future, net::SocketAddr, sync::Arc, time::Duration};

use hyper::{Request, Response, body::Incoming, service::Service};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Connections served at a time on one listener.
const CONNECTIONS: usize = 1024;

/// How long a client may take over its request's headers, idle time between requests included;
/// longer than clients keep unused connections.
const HEADERS: Duration = Duration::from_secs(120);

/// How long connections may finish after shutdown was asked for.
const DRAIN: Duration = Duration::from_secs(2);

/// How long to rest after the machine refused a connection (no descriptors, for instance).
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Where a connection comes from, for logs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Origin {
    pub(crate) peer: SocketAddr,
}

/// Accepts until told to stop, then lets open connections finish for a moment.
pub(crate) async fn accept_all<F, R>(listener: TcpListener, stop: CancellationToken, serve: F)
where
    F: Fn(TcpStream, SocketAddr, CancellationToken) -> R,
    R: Future<Output = ()> + Send + 'static,
{
    let slots = Arc::new(Semaphore::new(CONNECTIONS));
    let tasks = TaskTracker::new();
    loop {
        let slot = tokio::select! {
            () = stop.cancelled() => break,
            slot = Arc::clone(&slots).acquire_owned() => slot.expect("the semaphore is never closed"),
        };
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                // Answers are small and latency matters; failing to say so does no harm.
                let _refused = stream.set_nodelay(true);
                let connection = serve(stream, peer, stop.clone());
                tasks.spawn(async move {
                    connection.await;
                    drop(slot);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    tasks.close();
    if tokio::time::timeout(DRAIN, tasks.wait()).await.is_err() {
        tracing::debug!(open = tasks.len(), "connections left open at shutdown");
    }
}

/// Serves one connection, HTTP/1.1 or HTTP/2 as the client likes, upgrades included.
pub(crate) async fn serve_connection<I, S, B>(
    stream: I,
    service: S,
    origin: Origin,
    stop: CancellationToken,
) where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    S: Service<Request<Incoming>, Response = Response<B>> + Send + 'static,
    S::Future: Send + 'static,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    B: hyper::body::Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let mut builder = auto::Builder::new(TokioExecutor::new());
    // WeChat's names are written `Wechatpay-Serial`, and some programs read them with their case.
    builder.http1().title_case_headers(true).timer(TokioTimer::new()).header_read_timeout(HEADERS);
    builder.http2().timer(TokioTimer::new());
    let connection = builder.serve_connection_with_upgrades(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            match tokio::time::timeout(DRAIN, connection).await {
                Ok(ended) => ended,
                Err(_still_open) => return,
            }
        }
    };
    if let Err(error) = ended {
        tracing::debug!(peer = %origin.peer, %error, "a connection broke");
    }
}
