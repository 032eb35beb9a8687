//! One token for everybody: who asks WeChat, who waits, and what a refusal costs.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

use suanpan_wechat::{
    call::RawAnswer,
    id::Appid,
    miniprogram::shipping::IsTradeManaged,
    open_api::{ErrCode, OpenOutcome, OpenUnknown},
    token::{Slot, SlotKey},
};
use suanpan_wechat_client::{
    AppTokens, MemoryTokenStore, StoreError, Swap, TokenError, TokenFlavour, TokenStore,
    assert_keeps_the_contract,
};
use tokio::sync::Notify;

use crate::{
    login::app,
    observation::Log,
    server::{Received, Reply, Server},
    world::{Clock, client, config},
};

const STABLE: &str = "/cgi-bin/stable_token";
const CLASSIC: &str = "/cgi-bin/token";
const TICKET: &str = "/cgi-bin/ticket/getticket";
const MANAGED: &str = "/wxa/sec/order/is_trade_managed";

fn answer(body: impl Into<String>) -> Reply {
    Reply::Answer(RawAnswer { status: 200, headers: Vec::new(), body: body.into().into_bytes() })
}

fn refusal(errcode: i64) -> Reply {
    answer(format!(r#"{{"errcode":{errcode},"errmsg":"x rid: 652d44d0-1d0af18b-5b069232"}}"#))
}

fn issue(token: &str) -> Reply {
    answer(format!(r#"{{"access_token":"{token}","expires_in":7200}}"#))
}

/// WeChat as far as tokens go. Classic calls issue `85_canary-1`, `85_canary-2`, … and only the
/// newest is good; stable ones repeat the newest unless forced.
#[derive(Default)]
struct Tokens {
    issued: usize,
    /// From now on the newest is refused too.
    refuses_all: bool,
}

impl Tokens {
    fn newest(&self) -> String {
        format!("85_canary-{}", self.issued)
    }

    fn reply(&mut self, request: &Received) -> Reply {
        let path = request.target.split('?').next().unwrap();
        let forced = String::from_utf8_lossy(&request.body).contains("\"force_refresh\":true");
        match path {
            CLASSIC => self.issued += 1,
            STABLE if forced || self.issued == 0 => self.issued += 1,
            STABLE => {}
            _ if self.refuses_all => return refusal(40001),
            _ if !request.target.contains(&format!("access_token={}", self.newest())) => {
                return refusal(42001);
            }
            TICKET => {
                return answer(
                    r#"{"errcode":0,"errmsg":"ok","ticket":"canary-ticket","expires_in":7200}"#,
                );
            }
            _ => return answer(r#"{"errcode":0,"errmsg":"ok","is_trade_managed":true}"#),
        }
        issue(&self.newest())
    }
}

/// A WeChat, its state, and a clock.
struct Stage {
    wechat: Arc<Mutex<Tokens>>,
    server: Server,
    clock: Clock,
}

impl Stage {
    async fn open() -> Self {
        let wechat = Arc::new(Mutex::new(Tokens::default()));
        let state = Arc::clone(&wechat);
        let server = Server::start(move |request| state.lock().unwrap().reply(request)).await;
        Self { wechat, server, clock: Clock::new() }
    }

    /// One process of the app.
    fn process<S: TokenStore>(&self, flavour: TokenFlavour, store: S) -> AppTokens<S> {
        AppTokens::new(client(config(&self.server), &self.clock), app(), flavour, store)
    }

    fn asked(&self, path: &str) -> usize {
        let begins = |target: &&String| target.split('?').next() == Some(path);
        self.server.targets().iter().filter(begins).count()
    }
}

fn managed() -> IsTradeManaged {
    IsTradeManaged { appid: Appid::new("wxd678efh567hg6787").unwrap() }
}

#[tokio::test]
async fn fifty_who_want_a_token_cause_one_question() {
    let stage = Stage::open().await;
    let tokens = stage.process(TokenFlavour::Stable, MemoryTokenStore::default());
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let tokens = tokens.clone();
        tasks.spawn(async move { tokens.access_token().await.unwrap().expose().to_owned() });
    }
    assert!(tasks.join_all().await.iter().all(|token| token == "85_canary-1"));
    assert_eq!(stage.server.targets(), [STABLE]);
}

#[tokio::test]
async fn processes_that_share_a_store_cause_one_question() {
    let stage = Stage::open().await;
    let store = Arc::new(MemoryTokenStore::default());
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let process = stage.process(TokenFlavour::Classic, Arc::clone(&store));
        tasks.spawn(async move { process.access_token().await.unwrap().expose().to_owned() });
    }
    assert!(tasks.join_all().await.iter().all(|token| token == "85_canary-1"));
    assert_eq!(stage.asked(CLASSIC), 1);
}

#[tokio::test]
async fn a_token_is_renewed_before_its_end_and_not_before() {
    let stage = Stage::open().await;
    let tokens = stage.process(TokenFlavour::Classic, MemoryTokenStore::default());
    for (at, expected) in [(0, 1), (3600, 1), (6599, 1), (6901, 2), (6902, 2), (13_900, 3)] {
        let passed = at - stage.clock.now().since(Clock::new().now());
        stage.clock.advance(passed);
        let token = tokens.access_token().await.unwrap();
        assert_eq!(token.expose(), format!("85_canary-{expected}"), "after {at} s");
    }
}

#[tokio::test]
async fn a_refused_token_is_renewed_and_the_call_repeated_once() {
    let stage = Stage::open().await;
    let tokens = stage.process(TokenFlavour::Classic, MemoryTokenStore::default());
    assert_eq!(tokens.call(&managed()).await, Ok(OpenOutcome::Success(true)));
    // Somebody who does not share our store.
    stage.wechat.lock().unwrap().issued += 1;
    assert_eq!(tokens.call(&managed()).await, Ok(OpenOutcome::Success(true)));
    assert_eq!((stage.asked(CLASSIC), stage.asked(MANAGED)), (2, 3));
}

#[tokio::test]
async fn who_was_refused_takes_what_another_process_has_fetched() {
    let stage = Stage::open().await;
    let store = Arc::new(MemoryTokenStore::default());
    let ours = stage.process(TokenFlavour::Classic, Arc::clone(&store));
    let theirs = stage.process(TokenFlavour::Classic, store);
    assert_eq!(ours.call(&managed()).await, Ok(OpenOutcome::Success(true)));
    assert_eq!(theirs.call(&managed()).await, Ok(OpenOutcome::Success(true)));
    stage.wechat.lock().unwrap().issued += 1;
    assert_eq!(theirs.call(&managed()).await, Ok(OpenOutcome::Success(true)));
    assert_eq!(stage.asked(CLASSIC), 2);
    assert_eq!(ours.call(&managed()).await, Ok(OpenOutcome::Success(true)));
    assert_eq!(stage.asked(CLASSIC), 2, "ours only looked into the store");
}

#[tokio::test]
async fn a_wechat_that_refuses_every_token_is_not_asked_in_a_circle() {
    let stage = Stage::open().await;
    let tokens = stage.process(TokenFlavour::Classic, MemoryTokenStore::default());
    stage.wechat.lock().unwrap().refuses_all = true;
    for _ in 0..10 {
        let outcome = tokens.call(&managed()).await;
        let Ok(OpenOutcome::Rejected(refusal)) = outcome else { panic!("{outcome:?}") };
        assert_eq!(refusal.errcode, ErrCode::INVALID_CREDENTIAL);
    }
    assert_eq!(stage.asked(CLASSIC), 2, "the first, and one renewal");
    stage.clock.advance(61);
    let _ = tokens.call(&managed()).await;
    assert_eq!(stage.asked(CLASSIC), 3);
}

#[tokio::test]
async fn a_stable_token_that_comes_back_refused_is_replaced_by_force_once() {
    let stage = Stage::open().await;
    let tokens = stage.process(TokenFlavour::Stable, MemoryTokenStore::default());
    let first = tokens.access_token().await.unwrap();
    assert_eq!(first.expose(), "85_canary-1");
    stage.wechat.lock().unwrap().refuses_all = true;
    let _ = tokens.call(&managed()).await;
    let forced = |stage: &Stage| {
        let bodies = stage.server.received();
        let is_forced =
            |r: &&Received| String::from_utf8_lossy(&r.body).contains("\"force_refresh\":true");
        bodies.iter().filter(is_forced).count()
    };
    assert_eq!(forced(&stage), 1);
    stage.clock.advance(61);
    let _ = tokens.call(&managed()).await;
    assert_eq!(forced(&stage), 1, "twenty a day");
    stage.clock.advance(4320);
    let _ = tokens.call(&managed()).await;
    assert_eq!(forced(&stage), 2);
}

#[tokio::test]
async fn a_call_that_needs_no_new_token_is_never_repeated() {
    for errcode in [-1, 40003, 45009, 48001, 10_060_001] {
        let server = Server::start(move |request| {
            if request.target == STABLE { issue("85_canary") } else { refusal(errcode) }
        })
        .await;
        let client = client(config(&server), &Clock::new());
        let store = MemoryTokenStore::default();
        let tokens = AppTokens::new(client, app(), TokenFlavour::Stable, store);
        let outcome = tokens.call(&managed()).await.unwrap();
        assert_eq!(matches!(outcome, OpenOutcome::Unknown(_)), errcode == -1, "{outcome:?}");
        assert_eq!(server.targets().len(), 2, "{errcode}");
    }
}

#[tokio::test]
async fn failures_are_told_and_everybody_pauses() {
    let server = Server::start(|_| refusal(40164)).await;
    let clock = Clock::new();
    let client = client(config(&server), &clock);
    let tokens = AppTokens::new(client, app(), TokenFlavour::Stable, MemoryTokenStore::default());
    let refused = tokens.access_token().await.err().unwrap();
    let TokenError::Refused(refusal) = &refused else { panic!("{refused:?}") };
    assert_eq!(refusal.errcode, ErrCode::IP_NOT_ALLOWED);
    let until = clock.now().plus(1);
    assert_eq!(tokens.access_token().await.err().unwrap(), TokenError::NotYet { until });
    assert_eq!(tokens.call(&managed()).await.unwrap_err(), TokenError::NotYet { until });
    assert_eq!(server.targets().len(), 1);
    clock.advance(1);
    assert!(matches!(tokens.access_token().await, Err(TokenError::Refused(_))));
    assert_eq!(server.targets().len(), 2);
}

#[tokio::test]
async fn a_renewal_that_fails_leaves_the_token_that_works() {
    let broken = Arc::new(AtomicBool::new(false));
    let is_broken = Arc::clone(&broken);
    let server = Server::start(move |_| {
        if is_broken.load(Ordering::SeqCst) { Reply::Break } else { issue("85_canary") }
    })
    .await;
    let clock = Clock::new();
    let client = client(config(&server), &clock);
    let tokens = AppTokens::new(client, app(), TokenFlavour::Stable, MemoryTokenStore::default());
    tokens.access_token().await.unwrap();
    broken.store(true, Ordering::SeqCst);
    clock.advance(7150);
    assert_eq!(tokens.access_token().await.unwrap().expose(), "85_canary");
    clock.advance(50);
    let error = tokens.access_token().await.err().unwrap();
    assert!(matches!(error, TokenError::Unknown(OpenUnknown::Transport(_))), "{error:?}");
}

#[tokio::test]
async fn a_question_outlives_who_asked_it() {
    let told = Arc::new(Notify::new());
    let when = Arc::clone(&told);
    let server = Server::start(move |_| {
        let Reply::Answer(answer) = issue("85_canary-1") else { unreachable!() };
        Reply::When(Arc::clone(&when), answer)
    })
    .await;
    let client = client(config(&server), &Clock::new());
    let tokens = AppTokens::new(client, app(), TokenFlavour::Stable, MemoryTokenStore::default());
    let asking = tokio::spawn({
        let tokens = tokens.clone();
        async move { tokens.access_token().await }
    });
    while server.received().is_empty() {
        tokio::task::yield_now().await;
    }
    asking.abort();
    told.notify_one();
    assert_eq!(tokens.access_token().await.unwrap().expose(), "85_canary-1");
    assert_eq!(server.targets(), [STABLE]);
}

#[tokio::test]
async fn a_ticket_is_fetched_with_the_token_and_kept() {
    let stage = Stage::open().await;
    let tokens = stage.process(TokenFlavour::Classic, MemoryTokenStore::default());
    for _ in 0..3 {
        assert_eq!(tokens.jsapi_ticket().await.unwrap().expose(), "canary-ticket");
    }
    assert_eq!((stage.asked(CLASSIC), stage.asked(TICKET)), (1, 1));
    // The token that fetched the next one had died meanwhile.
    stage.wechat.lock().unwrap().issued += 1;
    stage.clock.advance(6902);
    assert_eq!(tokens.jsapi_ticket().await.unwrap().expose(), "canary-ticket");
    assert_eq!(stage.asked(TICKET), 2);
}

/// A store that can be away.
#[derive(Default)]
struct Shaky {
    store: MemoryTokenStore,
    away: AtomicBool,
}

impl TokenStore for Shaky {
    async fn load(&self, key: &SlotKey) -> Result<Slot, StoreError> {
        if self.away.load(Ordering::SeqCst) { Err(StoreError) } else { self.store.load(key).await }
    }

    async fn swap(&self, key: &SlotKey, slot: &Slot) -> Result<Swap, StoreError> {
        if self.away.load(Ordering::SeqCst) {
            return Err(StoreError);
        }
        self.store.swap(key, slot).await
    }
}

#[tokio::test]
async fn a_store_that_is_away_takes_no_working_token_with_it() {
    let stage = Stage::open().await;
    let store = Arc::new(Shaky::default());
    store.away.store(true, Ordering::SeqCst);
    let tokens = stage.process(TokenFlavour::Stable, Arc::clone(&store));
    assert_eq!(tokens.access_token().await.err().unwrap(), TokenError::Store(StoreError));
    assert!(stage.server.targets().is_empty(), "nobody asks without a lease");
    store.away.store(false, Ordering::SeqCst);
    tokens.access_token().await.unwrap();
    store.away.store(true, Ordering::SeqCst);
    stage.clock.advance(7199);
    assert_eq!(tokens.access_token().await.unwrap().expose(), "85_canary-1");
    stage.clock.advance(1);
    assert_eq!(tokens.access_token().await.err().unwrap(), TokenError::Store(StoreError));
}

/// A store of somebody who forgot to compare.
#[derive(Default)]
struct LastWriterWins(MemoryTokenStore);

impl TokenStore for LastWriterWins {
    async fn load(&self, key: &SlotKey) -> Result<Slot, StoreError> {
        self.0.load(key).await
    }

    async fn swap(&self, key: &SlotKey, slot: &Slot) -> Result<Swap, StoreError> {
        self.0.swap(key, slot).await.map(|_| Swap::Done)
    }
}

/// A store of somebody who forgot a column.
#[derive(Default)]
struct Forgetful(MemoryTokenStore);

impl TokenStore for Forgetful {
    async fn load(&self, key: &SlotKey) -> Result<Slot, StoreError> {
        self.0.load(key).await
    }

    async fn swap(&self, key: &SlotKey, slot: &Slot) -> Result<Swap, StoreError> {
        self.0.swap(key, &Slot { forced_at: None, ..slot.clone() }).await
    }
}

#[tokio::test]
async fn the_contract_of_stores_is_kept_by_ours_and_by_no_careless_one() {
    assert_keeps_the_contract(Arc::new(MemoryTokenStore::default())).await;
    let careless = tokio::spawn(assert_keeps_the_contract(Arc::new(LastWriterWins::default())));
    assert!(careless.await.unwrap_err().is_panic());
    let forgetful = tokio::spawn(assert_keeps_the_contract(Arc::new(Forgetful::default())));
    assert!(forgetful.await.unwrap_err().is_panic());
}

/// Every path that has a token in its hands, with the log at its most talkative.
#[tokio::test]
async fn s02_neither_logs_nor_errors_contain_tokens() {
    let log = Log::catch();
    let mut shown = Vec::new();
    let stage = Stage::open().await;
    for flavour in [TokenFlavour::Classic, TokenFlavour::Stable] {
        let tokens = stage.process(flavour, Arc::new(MemoryTokenStore::default()));
        shown.push(format!("{tokens:?} {:?}", tokens.access_token().await.map(drop)));
        shown.push(format!(
            "{:?} {:?}",
            tokens.call(&managed()).await,
            tokens.jsapi_ticket().await.map(drop)
        ));
        stage.wechat.lock().unwrap().refuses_all = true;
        shown.push(format!("{:?}", tokens.call(&managed()).await));
        stage.wechat.lock().unwrap().refuses_all = false;
    }
    for broken in [|| Reply::Break, || Reply::Hang] {
        let server =
            Server::start(move |r| if r.target == STABLE { issue("85_canary") } else { broken() })
                .await;
        let client = client(config(&server), &Clock::new());
        let store = MemoryTokenStore::default();
        let tokens = AppTokens::new(client, app(), TokenFlavour::Stable, store);
        shown.push(format!(
            "{:?} {:?}",
            tokens.call(&managed()).await,
            tokens.jsapi_ticket().await.map(drop)
        ));
    }
    let text = log.text();
    assert!(text.contains("token.stable"), "the log was caught");
    let everything = format!("{text}\n{}", shown.join("\n"));
    for secret in ["canary", "0123456789abcdef0123456789abcdef", "access_token=", "secret="] {
        let line = everything.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "{secret}");
    }
}
