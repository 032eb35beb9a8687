//! One function assembles the program; everything else receives what it needs.

use std::{collections::BTreeMap, net::SocketAddr, path::Path, sync::Arc, time::Duration};

use suanpan_acts::{Clock, Environment, Nonces, Queue, Store};
use suanpan_store::{OpenError, Settings, SqliteStore};
use suanpan_wechat::id::NonceStr;
use suanpan_wechat_client::Client;
use tokio::net::TcpListener;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    config::{Checked, Config, ConfigError},
    edge::{self, Edge},
    http::{self, App, Rejects},
    metrics::Metrics,
    ports::{
        FollowedClock, ServerPorts, SharedClock, SharedNonces, SystemClock, SystemNonces,
        WebhookSender, WechatAdapter,
    },
    running::Running,
    shell::Shell,
    token_key,
    worker::{Worker, keep_fresh},
};

/// How often the simulator's clock is read.
const FOLLOW_EVERY: Duration = Duration::from_millis(250);

/// How long requests under way may take after a stop was asked for.
pub(crate) const DRAIN: Duration = Duration::from_secs(20);

/// Starts servers.
#[derive(Debug)]
pub struct Server;

/// What is handed in instead of the usual.
#[derive(Default)]
pub struct Parts {
    /// Default: wall time, or the simulator's clock where the configuration names one.
    pub clock: Option<Arc<dyn Clock>>,
    /// Default: the operating system's generator.
    pub nonces: Option<Arc<dyn Nonces>>,
    /// Bound already; [`Config::listen`] is not looked at then.
    pub listener: Option<TcpListener>,
    /// Default: running.
    pub workers: Workers,
}

/// Who runs due jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Workers {
    /// Loops of the server.
    #[default]
    Running,
    /// Whoever calls [`Running::run_due`].
    ByHand,
}

/// Why a server did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The configuration is not accepted.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The store is not opened.
    #[error(transparent)]
    Store(#[from] OpenError),
    /// The address is taken, most likely.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// Which.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// The data folder cannot be used.
    #[error("the data folder cannot be used: {0}")]
    Data(std::io::Error),
    /// An HTTP client cannot be made.
    #[error("TLS cannot be set up; are the system's CA certificates installed?")]
    Http(#[from] reqwest::Error),
}

impl Server {
    /// Starts a server on its database and listens.
    ///
    /// # Errors
    /// See [`StartError`]: nothing listens then, and nothing was sent.
    pub async fn start(config: Config) -> Result<Running<SqliteStore>, StartError> {
        Self::start_with(config, Parts::default()).await
    }

    /// As [`Server::start`], with parts of the caller's choice.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub async fn start_with(
        config: Config,
        parts: Parts,
    ) -> Result<Running<SqliteStore>, StartError> {
        let settings = Settings::new(&config.data_dir, config.environment);
        Self::start_on(config, parts, || Ok(SqliteStore::open(&settings)?)).await
    }

    /// As [`Server::start_with`], on any store; it is opened after the configuration was accepted.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub async fn start_on<S: Store + 'static>(
        config: Config,
        parts: Parts,
        open: impl FnOnce() -> Result<S, StartError>,
    ) -> Result<Running<S>, StartError> {
        let listener = match parts.listener {
            Some(listener) => listener,
            None => TcpListener::bind(config.listen)
                .await
                .map_err(|source| StartError::Listen { address: config.listen, source })?,
        };
        let address = listener
            .local_addr()
            .map_err(|source| StartError::Listen { address: config.listen, source })?;
        let checked = config.check(address)?;
        let followed = match &checked.management_url {
            Some(url) if parts.clock.is_none() => Some(FollowedClock::new(url)?),
            _ => None,
        };
        if let Some(clock) = &followed {
            first_look(clock).await;
        }
        let clock = match (parts.clock, &followed) {
            (Some(clock), _) => clock,
            (None, Some(followed)) => Arc::clone(followed) as Arc<dyn Clock>,
            (None, None) => Arc::new(SystemClock),
        };
        let nonces = parts.nonces.unwrap_or_else(|| Arc::new(SystemNonces));
        let (api_keys, environment) = (checked.api_keys.clone(), config.environment);
        let store = open()?;
        let ports = ports(checked, store, clock, nonces, &config.data_dir)?;
        let metrics = Arc::new(Metrics::default());
        let app = App(Arc::new(http::Inner {
            ports: Arc::new(ports),
            shell: Shell::new(config.limits.acts),
            api_keys,
            metrics,
            rejects: Rejects::default(),
        }));
        let server = Assembled { app, listener, address, environment, followed, config };
        Ok(server.run(parts.workers))
    }
}

pub(crate) fn ports<S: Store>(
    checked: Checked,
    store: S,
    clock: Arc<dyn Clock>,
    nonces: Arc<dyn Nonces>,
    data_dir: &Path,
) -> Result<ServerPorts<S>, StartError> {
    std::fs::create_dir_all(data_dir).map_err(StartError::Data)?;
    let token_key = token_key::load_or_create(data_dir, &*nonces).map_err(StartError::Data)?;
    let (wall, chance) = (Arc::clone(&clock), Arc::clone(&nonces));
    let nonce_str = move || {
        let mut bytes = [0; 16];
        chance.fill(&mut bytes);
        NonceStr::new(hex::encode_upper(bytes)).expect("32 hex digits are a nonce_str")
    };
    let client = Client::new(checked.client, move || wall.wall_now(), nonce_str)
        .map_err(ConfigError::from)?;
    Ok(ServerPorts {
        store,
        wechat: WechatAdapter { client, merchants: checked.merchants, apps: checked.apps },
        merchant_http: WebhookSender::new(checked.loopback_webhooks)?,
        clock: SharedClock(clock),
        nonces: SharedNonces(nonces),
        directory: checked.directory,
        token_key,
    })
}

/// Everything is there, nothing runs yet.
struct Assembled<S> {
    app: App<S>,
    listener: TcpListener,
    address: SocketAddr,
    environment: Environment,
    followed: Option<Arc<FollowedClock>>,
    config: Config,
}

impl<S: Store + 'static> Assembled<S> {
    fn run(self, workers: Workers) -> Running<S> {
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        let by_queue: BTreeMap<Queue, Worker<ServerPorts<S>>> = [Queue::WeChat, Queue::Webhooks]
            .map(|queue| (queue, self.worker(queue)))
            .into_iter()
            .collect();
        if workers == Workers::Running {
            for queue in by_queue.keys() {
                tasks.spawn(self.worker(*queue).run(stop.clone()));
            }
            tasks.spawn(keep_fresh(Arc::clone(&self.app.ports), stop.clone()));
        }
        if let Some(clock) = self.followed {
            tasks.spawn(follow(clock, self.app.clone(), stop.clone()));
        }
        let edge = Edge {
            router: http::router(self.app.clone()),
            connections: self.config.limits.connections,
            metrics: Arc::clone(&self.app.metrics),
        };
        let serving = edge::serve(self.listener, edge, stop.clone(), DRAIN);
        tasks.spawn(serving);
        tracing::info!(
            address = %self.address,
            environment = self.environment.as_str(),
            "the server listens"
        );
        Running { address: self.address, app: self.app, workers: by_queue, stop, tasks }
    }

    fn worker(&self, queue: Queue) -> Worker<ServerPorts<S>> {
        Worker::new(
            Arc::clone(&self.app.ports),
            queue,
            self.config.limits.jobs,
            Arc::clone(&self.app.shell.work_waits),
            Arc::clone(&self.app.metrics),
        )
    }
}

async fn first_look(clock: &FollowedClock) {
    if let Err(error) = clock.follow().await {
        tracing::warn!(%error, "business time starts as wall time");
    }
}

/// Follows the simulator's clock, and wakes the workers when it was moved.
async fn follow<S: Store + 'static>(
    clock: Arc<FollowedClock>,
    app: App<S>,
    stop: CancellationToken,
) {
    let mut lost = false;
    while stop.run_until_cancelled(tokio::time::sleep(FOLLOW_EVERY)).await.is_some() {
        match clock.follow().await {
            Ok(moved) => {
                lost = false;
                if moved {
                    app.shell.work_waits.notify_waiters();
                }
            }
            // Said once: a simulator that is stopped would fill the log.
            Err(error) if !lost => {
                lost = true;
                tracing::warn!(%error, "business time keeps its last distance from wall time");
            }
            Err(_) => {}
        }
    }
}

#[cfg(test)]
mod tests;
