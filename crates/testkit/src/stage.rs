use std::{
    net::TcpListener,
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use serde_json::{Value, json};
use suanpan_server::{Reject, StartError};
use suanpan_simulator::{
    Config as SimulatorConfig, Running as Simulator, SystemWallClock, WallClock as _,
    world::{
        AppKind, Fault, FaultName, Invoke, InvokeKind, Merchant as WorldMerchant, Message,
        MessageFilter, MessageKind, NewApp, Order as WorldOrder, Outcome, Paid, PayBy, PayCommand,
        Refusal,
    },
};
use suanpan_wechat::{
    Timestamp,
    id::{Appid, Mchid, OutTradeNo},
};
use tempfile::TempDir;

use crate::{
    ACME, Answer, BRAVO, BRAVO_APP, Breakage, Forgery, Http, Inbox, Merchant, PUBLIC_KEY_MCHID,
    Payer, Placed, Settings, Shop, Snapshot, StageClock, books, database, log,
    secrets::{Secrets, Taboo},
    server::ServerProcess,
    setup::{self, Account},
};

/// Rounds of sending and working at one instant; more means that two sides feed each other.
const MAX_ROUNDS: usize = 1000;

/// Long enough for every schedule there is: webhooks are tried for four days.
const SETTLED_AFTER_SECONDS: i64 = 10 * 24 * 3600;

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

    // Who is there.

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

    // WeChat's side.

    /// The simulator itself.
    #[must_use]
    pub fn simulator(&self) -> &Simulator {
        &self.simulator
    }

    /// `wx.requestPayment`, and what the person does in the cashier.
    ///
    /// # Errors
    /// When the cashier does not open, or WeChat refuses.
    pub fn cashier(
        &self,
        payer: &Payer,
        params: &Value,
        outcome: Outcome,
    ) -> Result<Paid, Refusal> {
        let params = params.as_object().cloned().expect("an object");
        let appid = Appid::new(payer.appid.as_str()).expect("an appid");
        let invoke = Invoke { kind: InvokeKind::MiniProgram, appid, params };
        let user = payer.name.clone();
        let command = PayCommand { by: PayBy::Invoke(invoke), user, outcome, pin: None };
        self.simulator.with_world(|world, times| world.pay(&command, times))
    }

    /// Asks our server for the cashier's parameters and does `outcome` there; gives back the
    /// `out_trade_no`. Nothing is notified yet: that happens when time moves.
    pub async fn pay(&self, payer: &Payer, placed: &Placed, outcome: Outcome) -> String {
        let answer = payer.pay(placed).await.ok();
        self.cashier(payer, &answer["client_params"], outcome).expect("the cashier opens");
        answer["out_trade_no"].as_str().expect("its number at WeChat").to_owned()
    }

    /// Switches faults on, and all others off.
    pub fn faults(&self, faults: &[Fault]) {
        self.simulator.with_world(|world, _| world.set_faults(faults.to_vec()));
    }

    /// One fault that always strikes.
    pub fn fault(&self, name: FaultName) {
        self.faults(&[Fault::always(name)]);
    }

    /// What WeChat knows about an order.
    #[must_use]
    pub fn at_wechat(&self, mchid: &str, out_trade_no: &str) -> Option<WorldOrder> {
        let mchid = Mchid::new(mchid).expect("an mchid");
        let out_trade_no = OutTradeNo::new(out_trade_no).expect("an out_trade_no");
        self.simulator.with_world(|world, _| world.order(&mchid, &out_trade_no).cloned())
    }

    /// A merchant as WeChat knows it, keys included.
    #[must_use]
    pub fn at_wechat_merchant(&self, mchid: &str) -> WorldMerchant {
        let mchid = Mchid::new(mchid).expect("an mchid");
        let found = self.simulator.with_world(|world, _| world.merchant(&mchid).cloned());
        found.expect("a merchant of the stage")
    }

    /// Messages to and from WeChat, oldest first.
    #[must_use]
    pub fn messages(&self, kind: MessageKind) -> Vec<Message> {
        let filter = MessageFilter { kind: Some(kind), ..MessageFilter::default() };
        self.simulator.with_world(|world, _| world.messages(&filter).cloned().collect())
    }

    /// Requests to WeChat whose target begins so.
    #[must_use]
    pub fn calls(&self, method: &str, target: &str) -> Vec<Message> {
        let all = self.messages(MessageKind::Request);
        all.into_iter().filter(|m| m.method == method && m.url.starts_with(target)).collect()
    }

    /// What a paid order of ours looks like in a notification.
    #[must_use]
    pub fn success_of(&self, mchid: &str, out_trade_no: &str) -> Value {
        let order = self.at_wechat(mchid, out_trade_no).expect("WeChat knows the order");
        let total = order.total;
        json!({
            "mchid": mchid, "appid": order.appid, "out_trade_no": out_trade_no,
            "transaction_id": transaction_id(out_trade_no),
            "trade_type": "JSAPI", "trade_state": "SUCCESS", "trade_state_desc": "支付成功",
            "bank_type": "OTHERS", "attach": "", "success_time": self.clock.business(),
            "payer": { "openid": order.openid },
            "amount": { "total": total, "payer_total": total, "currency": "CNY", "payer_currency": "CNY" },
        })
    }

    /// A statement that WeChat itself signed and sealed for this merchant, now.
    #[must_use]
    pub fn genuine(&self, mchid: &str, original_type: &str, content: &Value) -> Forgery {
        let merchant = self.at_wechat_merchant(mchid);
        Forgery::genuine(&merchant, original_type, content, self.clock.wall())
    }

    /// The address of a notification.
    #[must_use]
    pub fn notify_url(&self, account: &str, mchid: &str, kind: &str) -> String {
        format!("{}/notify/v3/{account}/{mchid}/{kind}", self.url())
    }

    /// Posts a notification made by hand to any address.
    pub async fn post_notification(&self, url: &str, notification: &Forgery) -> Answer {
        let mut request = self.http.post(url).body(notification.body.clone());
        for (name, value) in &notification.headers {
            request = request.header(name, value);
        }
        self.http.send(request).await
    }

    // Time.

    /// Lets time pass: whatever becomes due on either side happens at its own instant, in order.
    pub async fn advance(&self, seconds: i64) {
        let target = self.clock.business().plus(seconds);
        self.quiesce().await;
        while let Some(next) = self.next_due().filter(|next| *next <= target) {
            self.move_to(next);
            self.quiesce().await;
        }
        self.move_to(target);
        self.quiesce().await;
    }

    /// Everything due now happens, and what it makes due, until both sides are quiet. A server that
    /// died by a plan of [`Breakage`] is started again, as a supervisor would.
    pub async fn quiesce(&self) {
        for _ in 0..MAX_ROUNDS {
            self.revive().await;
            let now = self.clock.business();
            let behind = self.simulator.with_world(|_, times| now.since(times.business));
            let happened = self.simulator.advance(behind).await;
            let ran = self.process().run_due(now).await;
            if ran == 0 && happened.is_empty() && !self.breakage.has_struck() {
                return;
            }
        }
        panic!("the stage does not come to rest");
    }

    fn move_to(&self, instant: Timestamp) {
        let seconds = instant.since(self.clock.business());
        self.clock.set_business(instant);
        if !self.settings.real_wall {
            self.clock.move_wall(seconds);
        }
    }

    /// The next instant at which something happens, later than now.
    fn next_due(&self) -> Option<Timestamp> {
        let now = self.clock.business();
        let wechat = self.simulator.with_world(|world, _| world.next_due());
        let ours = database::next_due(self.data.path()).map(Timestamp::from_unix);
        [wechat, ours].into_iter().flatten().filter(|due| *due > now).min()
    }

    // Our side.

    fn process(&self) -> Arc<ServerProcess> {
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

    /// Starts a dead server again; says whether it was dead by a plan of [`Breakage`].
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

    /// How often the server died by a plan of [`Breakage`] and was started again.
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

    // The end.

    /// Lets everything settle and compares the books of both sides.
    ///
    /// # Panics
    /// When a job is left over, the books differ, or a secret leaked.
    pub async fn finish(mut self) {
        self.faults(&[]);
        self.breakage.mend();
        self.advance(SETTLED_AFTER_SECONDS).await;
        let mut wrong = books::settled(&self.snapshot());
        wrong.extend(self.simulator.with_world(|world, _| books::agree(&self.snapshot(), world)));
        self.end(wrong).await;
    }

    /// Ends a test that leaves something on purpose which cannot settle: a statement WeChat never
    /// made, or an endpoint that never answers. What must hold at every instant is checked.
    ///
    /// # Panics
    /// When it does not, or a secret leaked.
    pub async fn finish_unsettled(mut self, reason: &str) {
        assert!(!reason.is_empty(), "say what cannot settle");
        self.end(Vec::new()).await;
    }

    async fn end(&mut self, mut wrong: Vec<String>) {
        self.finished = true;
        wrong.extend(books::always(&self.snapshot()));
        wrong.extend(self.simulator.with_world(|world, _| {
            let audit = world.audit().err().map(|error| format!("WeChat's own books: {error}"));
            audit
                .into_iter()
                .chain(books::acknowledged(&self.snapshot(), world))
                .collect::<Vec<_>>()
        }));
        wrong.extend(self.inboxes.iter().flat_map(Inbox::complaints));
        wrong.extend(self.leaks());
        self.reaper.abort();
        self.process().kill().await;
        self.simulator.stop_token().cancel();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    fn leaks(&self) -> Vec<String> {
        for answer in self.messages(MessageKind::Response) {
            let body: Option<Value> = serde_json::from_str(&answer.body).ok();
            if let Some(key) = body.as_ref().and_then(|body| body["session_key"].as_str()) {
                self.secrets.keep(key, Taboo::Everywhere);
            }
        }
        let mut leaks = self.http.leaks();
        let log = log::text();
        leaks.extend(self.secrets.leaked(&log, Taboo::Logs).map(|secret| {
            let line = log.lines().find(|line| line.contains(&secret)).unwrap_or_default();
            format!("logged {secret}: {line}")
        }));
        for webhook in self.inboxes.iter().flat_map(Inbox::webhooks) {
            let leak = self.secrets.leaked(&webhook.body, Taboo::FrontEnds);
            leaks.extend(leak.map(|secret| format!("{secret} in a webhook: {}", webhook.body)));
        }
        leaks
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
        let process = Arc::clone(&server.lock().unwrap_or_else(PoisonError::into_inner));
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

/// 28 digits of WeChat's shape, the same for the same order and for no other.
fn transaction_id(out_trade_no: &str) -> String {
    let hash = out_trade_no.bytes().fold(7_u64, |hash, byte| {
        hash.wrapping_mul(1_000_003).wrapping_add(u64::from(byte)) % 1_000_000_000_000
    });
    format!("420000202610{hash:0>16}")
}

/// In memory where the system has such a place: a stage dies by killing tasks, never by cutting the
/// power, and syncing to a disk is most of what a test would wait for.
fn temporary_folder() -> TempDir {
    TempDir::new_in("/dev/shm").or_else(|_| TempDir::new()).expect("a temporary folder")
}
