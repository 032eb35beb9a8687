use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::Arc,
};

use tokio::net::TcpListener;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    clock::{SystemWallClock, VirtualClock, WallClock},
    loops,
    notifier::Notifier,
    register::{MerchantSetup, SetupError},
    shared::{FeedKind, Jump, Shared},
    store::{DataError, DataFolder},
};
use crate::{
    MiniProgram, http,
    mini_program::MiniPrograms,
    pool, proxy,
    scenario::{Played, Report, Scenario, play},
    world::{Happening, Identities, Merchant, RsaSuite, Times, World},
};

/// How a simulator is started.
#[derive(Clone)]
pub struct Config {
    /// WeChat's paths. Default 127.0.0.1:9700; port 0 picks a free one.
    pub protocol: SocketAddr,
    /// The forward proxy. Default 127.0.0.1:9701.
    pub proxy: SocketAddr,
    /// Phone and management. Default 127.0.0.1:9702.
    pub management: SocketAddr,
    /// TLS under WeChat's names, for programs that only know a hosts file. Default 127.0.0.1:9703.
    pub tls: SocketAddr,
    /// Where the world lives between starts; `None` forgets it.
    pub data: Option<PathBuf>,
    /// Of a fresh world; `None` draws one, [`Running::seed`] tells it.
    pub seed: Option<u64>,
    /// Demanded as `Authorization: Bearer` by the management surface. Without one only loopback
    /// addresses are accepted.
    pub token: Option<String>,
    /// Wall time.
    pub wall: Arc<dyn WallClock>,
    /// Who a fresh world starts with.
    pub identities: Identities,
    /// WeChat has a bad day from the start: a mixture of faults out of the seed.
    pub nasty: bool,
    /// What is on the phone; [`Running::install`] adds more later.
    pub mini_programs: Vec<MiniProgram>,
}

impl Default for Config {
    fn default() -> Self {
        let loopback = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        Self {
            protocol: loopback(9700),
            proxy: loopback(9701),
            management: loopback(9702),
            tls: loopback(9703),
            data: None,
            seed: None,
            token: None,
            wall: Arc::new(SystemWallClock),
            identities: pool::standard(),
            nasty: false,
            mini_programs: Vec::new(),
        }
    }
}

impl Config {
    /// Free ports on loopback, nothing stored.
    #[must_use]
    pub fn on_free_ports() -> Self {
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self { protocol: any, proxy: any, management: any, tls: any, ..Self::default() }
    }

    /// The same with a fixed seed: for tests.
    #[must_use]
    pub fn for_tests() -> Self {
        Self { seed: Some(1), ..Self::on_free_ports() }
    }
}

/// Why a simulator does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// Anybody who can reach the simulator can use it, so it stays on loopback without a token.
    #[error(
        "{address} can be reached from outside; give it a token (--token) or use a loopback address"
    )]
    Exposed {
        /// The address.
        address: SocketAddr,
    },
    /// The address is taken or not ours.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// The data folder.
    #[error(transparent)]
    Data(#[from] DataError),
    /// A key of the stored or configured identities.
    #[error("a key of the world cannot be read")]
    Key(#[from] suanpan_wechat::key::KeyError),
    /// The local CA could not be made or read.
    #[error("the local certificate authority cannot be used")]
    Authority(#[from] proxy::AuthorityError),
    /// The HTTP client could not be made.
    #[error("an HTTP client cannot be made")]
    Client(#[from] reqwest::Error),
}

/// Where a simulator listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Addresses {
    /// WeChat's paths, plain HTTP.
    pub protocol: SocketAddr,
    /// The forward proxy.
    pub proxy: SocketAddr,
    /// Phone and management.
    pub management: SocketAddr,
    /// TLS under WeChat's names.
    pub tls: SocketAddr,
}

/// WeChat on this machine.
#[derive(Debug)]
pub struct Simulator;

impl Simulator {
    /// Opens the listeners and gives the world back running.
    ///
    /// # Errors
    /// See [`StartError`].
    pub async fn start(config: Config) -> Result<Running, StartError> {
        for address in [config.protocol, config.proxy, config.management, config.tls] {
            if config.token.is_none() && !address.ip().is_loopback() {
                return Err(StartError::Exposed { address });
            }
        }
        let folder = config.data.as_deref().map(DataFolder::open).transpose()?.map(Arc::new);
        let shared = Arc::new(open_world(&config, folder.as_deref())?);
        // TLS clients compare with the machine's clock, whatever clock the world was given.
        let authority = proxy::Authority::open(folder.as_deref(), SystemWallClock.now())?;
        let [protocol, proxy_listener, management, tls_listener] = [
            listen(config.protocol).await?,
            listen(config.proxy).await?,
            listen(config.management).await?,
            listen(config.tls).await?,
        ];
        let addresses = Addresses {
            protocol: address(&protocol, config.protocol),
            proxy: address(&proxy_listener, config.proxy),
            management: address(&management, config.management),
            tls: address(&tls_listener, config.tls),
        };
        let stop = CancellationToken::new();
        let tasks = TaskTracker::new();
        let programs = MiniPrograms::new(config.mini_programs);
        let surface = http::Surface {
            shared: Arc::clone(&shared),
            addresses,
            ca_pem: authority.certificate_pem().to_owned(),
            token: config.token.map(Arc::from),
            #[cfg(feature = "phone")]
            phone: crate::phone::Phone::new(programs.clone(), addresses.management.port())?,
        };
        #[cfg(feature = "phone")]
        tasks.spawn(crate::phone::watch(surface.clone(), stop.clone()));
        tasks.spawn(http::serve_protocol(protocol, Arc::clone(&shared), stop.clone()));
        let tls = authority.tls();
        tasks.spawn(proxy::serve(proxy_listener, tls.clone(), Arc::clone(&shared), stop.clone()));
        tasks.spawn(proxy::serve_tls(tls_listener, tls, Arc::clone(&shared), stop.clone()));
        tasks.spawn(http::serve_management(management, surface, stop.clone()));
        tasks.spawn(loops::run_due_work(Arc::clone(&shared), stop.clone()));
        tasks.close();
        let keeper = TaskTracker::new();
        if let Some(folder) = folder {
            let listeners = tasks.clone();
            keeper.spawn(loops::keep_stored(Arc::clone(&shared), folder, stop.clone(), listeners));
        }
        keeper.close();
        Ok(Running { addresses, shared, programs, stop, tasks, keeper })
    }
}

fn open_world(config: &Config, folder: Option<&DataFolder>) -> Result<Shared, StartError> {
    let stored = folder.map(DataFolder::load).transpose()?.flatten();
    let suite = Arc::new(RsaSuite);
    let (mut world, clock) = match stored {
        Some(stored) => (World::restore(stored.state, suite)?, stored.clock),
        None => {
            let seed = config.seed.unwrap_or_else(fresh_seed);
            (World::new(seed, config.identities.clone(), suite)?, VirtualClock::default())
        }
    };
    if config.nasty {
        world.be_nasty();
    }
    let notifier = Notifier::new()?;
    Ok(Shared::new(world, clock, Arc::clone(&config.wall), notifier, config.identities.clone()))
}

async fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(|source| StartError::Listen { address, source })
}

fn address(listener: &TcpListener, asked: SocketAddr) -> SocketAddr {
    listener.local_addr().unwrap_or(asked)
}

/// Two worlds of one day must not assign the same transaction ids, so seeds differ by default.
#[expect(clippy::disallowed_methods, reason = "the one home of randomness in the simulator")]
pub(crate) fn fresh_seed() -> u64 {
    let mut seed = [0; 4];
    getrandom::fill(&mut seed).expect("the operating system has random numbers");
    u64::from(u32::from_le_bytes(seed))
}

/// A running simulator. Dropping it does not stop it; [`Running::shutdown`] does.
#[derive(Debug)]
pub struct Running {
    addresses: Addresses,
    shared: Arc<Shared>,
    programs: MiniPrograms,
    stop: CancellationToken,
    tasks: TaskTracker,
    /// Stores the world, and once more when the other tasks have ended.
    keeper: TaskTracker,
}

impl Running {
    /// Where it listens.
    #[must_use]
    pub fn addresses(&self) -> Addresses {
        self.addresses
    }

    /// What the world's randomness comes from.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.shared.read(|world, _| world.seed())
    }

    /// What a person should read when it starts: that this is no WeChat, and where it is.
    #[must_use]
    pub fn banner(&self) -> String {
        let Addresses { protocol, proxy, management, tls } = self.addresses;
        format!(
            "SIMULATED WeChat (模拟): no money moves here, and every key is public.\n\
             protocol    http://{protocol}\n\
             proxy       http://{proxy}\n\
             management  http://{management}\n\
             tls         https://{tls}\n\
             seed        {seed}",
            seed = self.seed(),
        )
    }

    /// Acts on the world directly; notifications leave as usual.
    pub fn with_world<R>(&self, act: impl FnOnce(&mut World, Times) -> R) -> R {
        self.shared.change(act)
    }

    /// Registers a merchant with keys of the pool.
    ///
    /// # Errors
    /// In words, when the number is taken or a key does not fit.
    pub fn register_merchant(&self, setup: MerchantSetup) -> Result<Merchant, String> {
        self.shared.register_merchant(setup).map_err(|error: SetupError| error.to_string())
    }

    /// Puts a mini program on the phone, in the place of an older one of the same appid. Without feature
    /// `phone` nothing runs it.
    pub fn install(&self, program: MiniProgram) {
        self.programs.install(program);
        self.shared.publish(FeedKind::MiniProgram);
    }

    /// Does everything that is due and waits until every notification is answered: how tests with
    /// a clock of their own let the world move.
    pub async fn run_due(&self) -> Vec<Happening> {
        self.shared.run_due().await
    }

    /// Lets business time pass, as `POST /api/clock/advance`.
    pub async fn advance(&self, seconds: i64) -> Vec<Happening> {
        self.shared.advance(Jump::By { seconds }).await.1
    }

    /// Plays a story; `see` is told of every step when it is over.
    pub async fn play(&self, scenario: &Scenario, see: impl FnMut(&Played)) -> Report {
        play(&self.shared, scenario, &http::inbox(self.addresses), see).await
    }

    /// Cancelled when the simulator is told to stop; cancelling it is the same as
    /// [`Running::shutdown`] without waiting.
    #[must_use]
    pub fn stop_token(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Stops listening, stores the world, and gives back when all is quiet.
    pub async fn shutdown(self) {
        self.stop.cancel();
        self.tasks.wait().await;
        self.keeper.wait().await;
    }
}
