//! A server without sockets: the whole router over the model store, with two accounts.

use std::{net::SocketAddr, sync::Arc};

use aws_lc_rs::{encoding::AsDer as _, rsa::KeySize};
use axum::{
    Router,
    body::Body,
    http::{Request, Response, StatusCode},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;
use suanpan_acts::{Clock, Environment};
use suanpan_store::ModelStore;
use suanpan_wechat::Timestamp;
use tower::ServiceExt as _;

use crate::{
    config::{
        AccountConfig, ApiKey, ApiKeyConfig, AppConfig, AppKind, Config, MerchantConfig,
        SecretSource, SimulatorConfig, WechatConfig,
    },
    http::{App, Inner, Rejects, router},
    metrics::Metrics,
    ports::SystemNonces,
    shell::Shell,
    start,
};

/// A key of the simulator's public pool.
pub(crate) const POOL_KEY: &str = include_str!("../../simulator/keys/merchant-1.pem");

/// The public half of another one.
pub(crate) const POOL_CERTIFICATE_KEY: &str = include_str!("../../simulator/keys/public-1.pem");

/// A key nobody has seen before.
pub(crate) fn fresh_private_key() -> String {
    let key = aws_lc_rs::rsa::KeyPair::generate(KeySize::Rsa2048).unwrap();
    let der: aws_lc_rs::encoding::Pkcs8V1Der<'_> = key.as_der().unwrap();
    let base64 = STANDARD.encode(der.as_ref());
    format!("-----BEGIN PRIVATE KEY-----\n{base64}\n-----END PRIVATE KEY-----\n")
}

/// Stands still at one instant.
pub(crate) struct StillClock;

impl Clock for StillClock {
    fn business_now(&self) -> Timestamp {
        Timestamp::from_unix(1_727_757_296)
    }

    fn wall_now(&self) -> Timestamp {
        self.business_now()
    }
}

pub(crate) fn merchant(mchid: &str) -> MerchantConfig {
    MerchantConfig {
        mchid: mchid.into(),
        private_key: SecretSource::inline(POOL_KEY),
        certificate: None,
        serial_no: Some("ABCD".into()),
        api_v3_key: SecretSource::inline("0123456789abcdef0123456789ABCDEF"),
        previous_api_v3_key: None,
        public_key: None,
    }
}

pub(crate) fn app(appid: &str) -> AppConfig {
    AppConfig {
        appid: appid.into(),
        kind: AppKind::Miniprogram,
        secret: SecretSource::inline("0123456789abcdef0123456789abcdef"),
    }
}

fn account(id: &str, key: &ApiKey, mchid: &str, appid: &str) -> AccountConfig {
    AccountConfig {
        id: id.into(),
        api_keys: vec![ApiKeyConfig { label: "test".into(), sha256: key.sha256.clone() }],
        merchants: vec![merchant(mchid)],
        apps: vec![app(appid)],
    }
}

/// Two tenants, and nobody at WeChat's address.
pub(crate) struct Bench {
    pub(crate) app: App<ModelStore>,
    router: Router,
    pub(crate) acme_key: String,
    pub(crate) rival_key: String,
    _data: tempfile::TempDir,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let key = |account| ApiKey::mint(Environment::Simulator, account, &SystemNonces).unwrap();
        let (acme, rival) = (key("acme"), key("rival"));
        let data = tempfile::tempdir().unwrap();
        // Port 9 discards: a call that should not be made fails at once.
        let nobody = Some("http://127.0.0.1:9".to_owned());
        let config = Config {
            wechat: WechatConfig {
                merchant_api: nobody.clone(),
                open_api: nobody,
                ..WechatConfig::default()
            },
            simulator: Some(SimulatorConfig { management_url: None, loopback_webhooks: true }),
            accounts: vec![
                account("acme", &acme, "1900000001", "wxacme"),
                account("rival", &rival, "1900000002", "wxrival"),
            ],
            ..Config::default()
        };
        let checked = config.check(SocketAddr::from(([127, 0, 0, 1], 8700))).unwrap();
        let api_keys = checked.api_keys.clone();
        let (clock, nonces) = (Arc::new(StillClock), Arc::new(SystemNonces));
        let ports = start::ports(checked, ModelStore::new(), clock, nonces, data.path()).unwrap();
        let app = App(Arc::new(Inner {
            ports: Arc::new(ports),
            shell: Shell::new(64),
            api_keys,
            metrics: Arc::new(Metrics::default()),
            rejects: Rejects::default(),
        }));
        Self {
            router: router(app.clone()),
            app,
            acme_key: acme.expose().to_owned(),
            rival_key: rival.expose().to_owned(),
            _data: data,
        }
    }

    pub(crate) fn router(&self) -> Router {
        self.router.clone()
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Response<Body> {
        self.router.clone().oneshot(request).await.unwrap()
    }

    /// Sends and reads the answer as JSON; `null` when there is none.
    pub(crate) async fn ask(&self, request: Request<Body>) -> (StatusCode, Value) {
        let answer = self.send(request).await;
        let status = answer.status();
        let body = axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
    }

    pub(crate) async fn post(&self, key: &str, path: &str, body: &Value) -> (StatusCode, Value) {
        self.ask(post(path, body).with("authorization", &format!("Bearer {key}"))).await
    }

    pub(crate) async fn get(&self, key: &str, path: &str) -> (StatusCode, Value) {
        self.ask(get(path).with("authorization", &format!("Bearer {key}"))).await
    }
}

pub(crate) fn get(path: &str) -> Request<Body> {
    Request::get(path).body(Body::empty()).unwrap()
}

pub(crate) fn post(path: &str, body: &Value) -> Request<Body> {
    Request::post(path)
        .header("content-type", "application/json")
        .body(Body::from(body.to_string()))
        .unwrap()
}

/// Adds a header to a request that exists already.
pub(crate) trait With {
    fn with(self, name: &'static str, value: &str) -> Self;
}

impl With for Request<Body> {
    fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers_mut().append(name, value.parse().unwrap());
        self
    }
}
