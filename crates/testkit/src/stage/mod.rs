//! The stage itself; what is done on it stands in the files beside.

mod ending;
mod life;
mod time;
mod wechat;

use std::{
    net::TcpListener,
    sync::{Arc, Mutex, atomic::AtomicUsize},
};

use serde_json::json;
use suanpan_simulator::{
    Config as SimulatorConfig, Running as Simulator, SystemWallClock, WallClock as _,
    world::{AppKind, NewApp},
};
use suanpan_wechat::id::{Appid, Mchid};
use tempfile::TempDir;

use crate::{
    ACME, Answer, BRAVO, BRAVO_APP, Breakage, Http, Inbox, Merchant, PUBLIC_KEY_MCHID, Payer,
    Settings, Shop, StageClock, log,
    secrets::{Secrets, Taboo},
    server::ServerProcess,
    setup::{self, Account},
};

/// One payment system with everybody around it.
#[derive(Debug)]
pub struct Stage {
    clock: Arc<StageClock>,
    settings: Settings,
    simulator: Simulator,
    server: Arc<Mutex<Arc<ServerProcess>>>,
    breakage: Arc<Breakage>,
    listener: TcpListener,
    data: TempDir,
    accounts: Vec<Account>,
    http: Http,
    secrets: Arc<Secrets>,
    inboxes: [Inbox; 2],
    deaths: AtomicUsize,
    reaper: tokio::task::JoinHandle<()>,
    finished: bool,
}

impl Stage {
    /// Two accounts, three merchants, three people with money, and a webhook endpoint each.
    pub async fn start() -> Self {
        Self::with(Settings::default()).await
    }

    /// The same, with other settings.
    pub async fn with(settings: Settings) -> Self {
        log::record();
        let clock = Arc::new(match settings.real_wall {
            true => StageClock::at(SystemWallClock.now()),
            false => StageClock::default(),
        });
        let wall = Arc::clone(&clock) as Arc<dyn suanpan_simulator::WallClock>;
        let simulator = SimulatorConfig { wall, ..SimulatorConfig::for_tests() };
        let simulator = suanpan_simulator::Simulator::start(simulator).await;
        let simulator = simulator.expect("the simulator starts on free ports");
        let secrets = Arc::new(Secrets::default());
        let http = Http::new(Arc::clone(&secrets));
        let pause = format!("http://{}/api/clock/pause", simulator.addresses().management);
        assert_eq!(http.send(http.post(&pause)).await.status, 200);
        let accounts = simulator.with_world(|world, _| {
            world.add_app(bravo_app()).expect("the app is new");
            for user in world.users() {
                secrets.keep(&user.unionid, Taboo::FrontEnds);
                for openid in user.openids.values() {
                    secrets.keep(openid.as_str(), Taboo::FrontEnds);
                }
            }
            setup::accounts(world, &secrets).to_vec()
        });
        let data = temporary_folder();
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("loopback has free ports");
        listener.set_nonblocking(true).expect("a socket can be set");
        let breakage = Arc::new(Breakage::default());
        let protocol = simulator.addresses().protocol;
        let config = setup::config(&accounts, protocol, data.path(), &settings);
        let server =
            ServerProcess::start(config, &listener, Arc::clone(&clock), Arc::clone(&breakage));
        let server = Arc::new(server.await.expect("the server starts"));
        let server = Arc::new(Mutex::new(server));
        let reaper = tokio::spawn(reap(Arc::clone(&breakage), Arc::clone(&server)));
        let inboxes = [Inbox::open().await, Inbox::open().await];
        let stage = Self {
            clock,
            settings,
            simulator,
            server,
            breakage,
            listener,
            data,
            accounts,
            http,
            secrets,
            inboxes,
            deaths: AtomicUsize::new(0),
            reaper,
            finished: false,
        };
        for account in [ACME, BRAVO] {
            stage.subscribe(account).await;
        }
        stage
    }

    async fn subscribe(&self, account: &str) {
        let inbox = self.inbox_of(account);
        let wanted = json!({ "url": inbox.url(), "events": [] });
        let endpoint = self.merchant_of(account).post("/v1/webhook_endpoints", &wanted).await.ok();
        let secret = endpoint["secret"].as_str().expect("shown once, now");
        self.secrets.keep(secret, Taboo::Logs);
        inbox.trust(secret);
    }

    /// The sample shop as a customer of account [`ACME`]. Its verifier reads the machine's clock,
    /// so the stage must have been started with [`Settings::real_wall`].
    pub async fn open_shop(&self) -> Shop {
        assert!(self.settings.real_wall, "the shop checks webhooks against the machine's clock");
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await;
        let listener = listener.expect("loopback has free ports");
        let address = listener.local_addr().expect("a bound listener has an address");
        let wanted = json!({ "url": format!("http://{address}/webhooks"), "events": [] });
        let merchant = self.merchant();
        let endpoint = merchant.post("/v1/webhook_endpoints", &wanted).await.ok();
        let webhook_secret = endpoint["secret"].as_str().expect("shown once, now").to_owned();
        self.secrets.keep(&webhook_secret, Taboo::Logs);
        let config = suanpan_shop::Config {
            suanpan_url: self.url(),
            api_key: merchant.api_key,
            webhook_secret,
            books: self.data.path().join("shop.json"),
        };
        Shop::open(listener, config, self.http.as_front_end())
    }

    /// Where the server is.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.listener.local_addr().expect("it is bound"))
    }

    /// Where the simulator's management surface is.
    #[must_use]
    pub fn management(&self) -> String {
        format!("http://{}", self.simulator.addresses().management)
    }

    /// Where WeChat's own paths are.
    #[must_use]
    pub fn wechat(&self) -> String {
        format!("http://{}", self.simulator.addresses().protocol)
    }

    /// Requests of whoever likes.
    #[must_use]
    pub fn http(&self) -> &Http {
        &self.http
    }

    /// The clock.
    #[must_use]
    pub fn clock(&self) -> &StageClock {
        &self.clock
    }

    /// The store's switch.
    #[must_use]
    pub fn breakage(&self) -> &Breakage {
        &self.breakage
    }

    /// The backend of account [`ACME`].
    #[must_use]
    pub fn merchant(&self) -> Merchant {
        self.merchant_of(ACME)
    }

    /// The backend of an account.
    #[must_use]
    pub fn merchant_of(&self, account: &str) -> Merchant {
        let account = self.account(account);
        Merchant {
            account: account.config.id.clone(),
            api_key: account.api_key.clone(),
            appid: account.appid.clone(),
            server: self.url(),
            http: self.http.clone(),
        }
    }

    fn account(&self, id: &str) -> &Account {
        let found = self.accounts.iter().find(|account| account.config.id == id);
        found.expect("tests name accounts of the stage")
    }

    /// The configuration the server runs with.
    #[must_use]
    pub fn config(&self) -> suanpan_server::Config {
        let protocol = self.simulator.addresses().protocol;
        setup::config(&self.accounts, protocol, self.data.path(), &self.settings)
    }

    /// The webhooks of account [`ACME`].
    #[must_use]
    pub fn inbox(&self) -> &Inbox {
        self.inbox_of(ACME)
    }

    /// The webhooks of an account.
    #[must_use]
    pub fn inbox_of(&self, account: &str) -> &Inbox {
        &self.inboxes[usize::from(account == BRAVO)]
    }

    /// A person's `wx.login` and our login, in the mini program of account [`ACME`].
    pub async fn login(&self, user: &str) -> Payer {
        self.login_of(ACME, user).await
    }

    /// The same in the mini program of an account.
    pub async fn login_of(&self, account: &str, user: &str) -> Payer {
        let appid = &self.account(account).appid;
        let code = self.login_code(appid, user);
        let answer = self.exchange(appid, &code).await.ok();
        let token = answer["session_token"].as_str().expect("a login gives a token");
        self.payer(account, user, token)
    }

    /// A person with a session token they have already.
    #[must_use]
    pub fn payer(&self, account: &str, user: &str, session_token: &str) -> Payer {
        self.secrets.keep(session_token, Taboo::Logs);
        Payer {
            name: user.to_owned(),
            appid: self.account(account).appid.clone(),
            session_token: session_token.to_owned(),
            server: self.url(),
            http: self.http.as_front_end(),
        }
    }

    /// What `wx.login` gives.
    #[must_use]
    pub fn login_code(&self, appid: &str, user: &str) -> String {
        let appid = Appid::new(appid).expect("an appid");
        let code = self.simulator.with_world(|world, times| world.login(&appid, user, times));
        code.expect("app and user exist")
    }

    /// `POST /client/v1/login`.
    pub async fn exchange(&self, appid: &str, code: &str) -> Answer {
        let request = self.http.post(&format!("{}/client/v1/login", self.url()));
        let body = json!({ "appid": appid, "code": code }).to_string();
        let request = request.header("content-type", "application/json").body(body);
        self.http.as_front_end().send(request).await
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.reaper.abort();
        self.simulator.stop_token().cancel();
        assert!(self.finished || std::thread::panicking(), "a stage must be finished");
    }
}

/// A server that shall die cannot shut down the runtime it runs in; somebody outside does.
async fn reap(breakage: Arc<Breakage>, server: Arc<Mutex<Arc<ServerProcess>>>) {
    loop {
        breakage.strikes().await;
        let process = Arc::clone(&server.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
        process.kill().await;
    }
}

fn bravo_app() -> NewApp {
    NewApp {
        appid: Some(Appid::new(BRAVO_APP).expect("letters and digits")),
        app_secret: Some("5ua9pan5ecret0000000000000000002".to_owned()),
        kind: AppKind::MiniProgram,
        mchids: vec![Mchid::new(PUBLIC_KEY_MCHID).expect("digits")],
    }
}

/// In memory where the system has such a place: a stage dies by killing tasks, never by cutting the
/// power, and syncing to a disk is most of what a test would wait for.
fn temporary_folder() -> TempDir {
    TempDir::new_in("/dev/shm").or_else(|_| TempDir::new()).expect("a temporary folder")
}
