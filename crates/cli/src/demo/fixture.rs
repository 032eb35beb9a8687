//! The server's configuration, learned from the simulator as an operator learns it from the
//! merchant console.

use std::{net::SocketAddr, path::PathBuf};

use serde::Deserialize;
use suanpan_server::config::{
    AccountConfig, ApiKeyConfig, AppConfig, AppKind, Config, Environment, MerchantConfig,
    PublicKeyConfig, SecretSource, SimulatorConfig, WechatConfig,
};
use suanpan_simulator::Addresses;

use super::books::Remembered;

/// The demo's one tenant.
pub(crate) const ACCOUNT: &str = "demo";

/// `GET /api/fixture`, as far as it is needed.
#[derive(Deserialize)]
pub(crate) struct Fixture {
    merchants: Vec<Merchant>,
    apps: Vec<App>,
}

#[derive(Deserialize)]
struct Merchant {
    mchid: String,
    private_key_pem: String,
    certificate_pem: String,
    api_v3_key: String,
    trust_mode: String,
    public_key: Option<PublicKey>,
}

#[derive(Deserialize)]
struct PublicKey {
    id: String,
    pem: String,
}

#[derive(Deserialize)]
struct App {
    appid: String,
    app_secret: String,
    kind: AppKind,
}

impl Fixture {
    /// The mini program the sample shop sells through.
    pub(crate) fn miniprogram(&self) -> Option<&str> {
        let is_miniprogram = |app: &&App| app.kind == AppKind::Miniprogram;
        self.apps.iter().find(is_miniprogram).map(|app| app.appid.as_str())
    }

    /// A server for every merchant of the simulator, whatever way each recognises WeChat.
    pub(crate) fn server_config(
        self,
        listen: SocketAddr,
        data_dir: PathBuf,
        simulator: Addresses,
        remembered: &Remembered,
    ) -> Config {
        let protocol = format!("http://{}", simulator.protocol);
        Config {
            environment: Environment::Simulator,
            listen,
            data_dir,
            wechat: WechatConfig {
                merchant_api: Some(protocol.clone()),
                open_api: Some(protocol),
                ..WechatConfig::default()
            },
            simulator: Some(SimulatorConfig {
                management_url: Some(format!("http://{}", simulator.management)),
                loopback_webhooks: true,
            }),
            accounts: vec![AccountConfig {
                id: ACCOUNT.to_owned(),
                api_keys: vec![ApiKeyConfig {
                    label: "demo".to_owned(),
                    sha256: remembered.api_key_sha256.clone(),
                }],
                merchants: self.merchants.into_iter().map(merchant).collect(),
                apps: self.apps.into_iter().map(app).collect(),
            }],
            ..Config::default()
        }
    }
}

fn merchant(merchant: Merchant) -> MerchantConfig {
    let uses_public_key = merchant.trust_mode != "certificate";
    MerchantConfig {
        mchid: merchant.mchid,
        private_key: SecretSource::inline(merchant.private_key_pem),
        certificate: Some(SecretSource::inline(merchant.certificate_pem)),
        serial_no: None,
        api_v3_key: SecretSource::inline(merchant.api_v3_key),
        previous_api_v3_key: None,
        public_key: merchant
            .public_key
            .filter(|_| uses_public_key)
            .map(|key| PublicKeyConfig { id: key.id, pem: SecretSource::inline(key.pem) }),
    }
}

fn app(app: App) -> AppConfig {
    AppConfig { appid: app.appid, kind: app.kind, secret: SecretSource::inline(app.app_secret) }
}
