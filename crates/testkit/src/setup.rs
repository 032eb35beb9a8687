//! Who is on the stage: two accounts, and between them a merchant in each trust mode.

use std::{path::Path, time::Duration};

use suanpan_acts::{AppKind, Environment};
use suanpan_server::{
    Config, SystemNonces,
    config::{
        AccountConfig, ApiKey, ApiKeyConfig, AppConfig, MerchantConfig, PublicKeyConfig,
        SecretSource, SimulatorConfig, WechatConfig,
    },
};
use suanpan_simulator::{
    pool,
    world::{Merchant, TrustMode, World},
};
use suanpan_wechat::id::Mchid;

use crate::secrets::{Secrets, Taboo};

/// The account most tests use. It has the certificate-mode and the mixed merchant.
pub const ACME: &str = "acme";

/// The other account. It has the public-key-mode merchant.
pub const BRAVO: &str = "bravo";

/// Trusts platform certificates, which it downloads.
pub const CERTIFICATE_MCHID: &str = pool::MERCHANTS[0];

/// Trusts the WeChat Pay public key and nothing else.
pub const PUBLIC_KEY_MCHID: &str = pool::MERCHANTS[1];

/// In the middle of the move from certificates to the public key.
pub const MIXED_MCHID: &str = pool::MERCHANTS[2];

/// The mini program of the account [`BRAVO`].
pub const BRAVO_APP: &str = "wx5ua9panbrav00001";

/// What a stage does differently when asked.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How long the server waits for WeChat. Tests in which WeChat stays silent make it short.
    pub wechat_timeout: Duration,
    /// Start at the machine's time and never move wall time, because something on this stage reads
    /// the machine's clock. Business time moves as always.
    pub real_wall: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { wechat_timeout: Duration::from_secs(20), real_wall: false }
    }
}

impl Settings {
    /// WeChat's silence is noticed after a second.
    #[must_use]
    pub fn impatient() -> Self {
        Self { wechat_timeout: Duration::from_secs(1), ..Self::default() }
    }
}

/// One account with the keys of its backend.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) config: AccountConfig,
    pub(crate) api_key: String,
    pub(crate) appid: String,
}

/// The configuration of both accounts, made of what the simulator says about itself.
pub(crate) fn accounts(world: &World, secrets: &Secrets) -> [Account; 2] {
    let acme = [CERTIFICATE_MCHID, MIXED_MCHID];
    [
        account(ACME, &acme, pool::MINI_PROGRAM, world, secrets),
        account(BRAVO, &[PUBLIC_KEY_MCHID], BRAVO_APP, world, secrets),
    ]
}

fn account(id: &str, mchids: &[&str], appid: &str, world: &World, secrets: &Secrets) -> Account {
    let api_key = ApiKey::mint(Environment::Simulator, id, &SystemNonces).expect("a good name");
    secrets.keep(api_key.expose(), Taboo::Everywhere);
    let app = world.apps().find(|app| app.appid.as_str() == appid).expect("the app was added");
    secrets.keep(&app.app_secret, Taboo::Everywhere);
    let known = |mchid: &&str| {
        let mchid = Mchid::new(*mchid).expect("the pool's numbers are mchids");
        merchant(world.merchant(&mchid).expect("a merchant of the standard world"), secrets)
    };
    Account {
        config: AccountConfig {
            id: id.to_owned(),
            api_keys: vec![ApiKeyConfig { label: "tests".into(), sha256: api_key.sha256.clone() }],
            merchants: mchids.iter().map(known).collect(),
            apps: vec![AppConfig {
                appid: appid.to_owned(),
                kind: AppKind::Miniprogram,
                secret: SecretSource::inline(app.app_secret.as_str()),
            }],
        },
        api_key: api_key.expose().to_owned(),
        appid: appid.to_owned(),
    }
}

fn merchant(merchant: &Merchant, secrets: &Secrets) -> MerchantConfig {
    let certificate = &merchant.api_certificates[0];
    let private_key = certificate.private_key_pem.as_deref().expect("the pool has its keys");
    secrets.keep(&merchant.api_v3_key, Taboo::Everywhere);
    for line in private_key.lines().filter(|line| !line.starts_with("-----")).take(3) {
        secrets.keep(line, Taboo::Everywhere);
    }
    let public_key = (merchant.trust_mode != TrustMode::Certificate).then(|| {
        let key = merchant.public_key.as_ref().expect("these modes have a public key");
        PublicKeyConfig {
            id: key.id.to_string(),
            pem: SecretSource::inline(key.public_key_pem.as_str()),
        }
    });
    MerchantConfig {
        mchid: merchant.mchid.to_string(),
        private_key: SecretSource::inline(private_key),
        certificate: Some(SecretSource::inline(certificate.certificate_pem.as_str())),
        serial_no: None,
        api_v3_key: SecretSource::inline(merchant.api_v3_key.as_str()),
        previous_api_v3_key: None,
        public_key,
    }
}

pub(crate) fn config(
    accounts: &[Account],
    protocol: std::net::SocketAddr,
    data_dir: &Path,
    settings: &Settings,
) -> Config {
    let total_timeout_ms = u64::try_from(settings.wechat_timeout.as_millis()).unwrap_or(u64::MAX);
    Config {
        data_dir: data_dir.to_owned(),
        wechat: WechatConfig {
            merchant_api: Some(format!("http://{protocol}")),
            open_api: Some(format!("http://{protocol}")),
            connect_timeout_ms: total_timeout_ms.min(3_000),
            total_timeout_ms,
            ..WechatConfig::default()
        },
        simulator: Some(SimulatorConfig { management_url: None, loopback_webhooks: true }),
        accounts: accounts.iter().map(|account| account.config.clone()).collect(),
        ..Config::default()
    }
}
