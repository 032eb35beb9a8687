//! What a running simulator says about itself: the merchants and apps a server can use there.

use std::time::Duration;

use serde::de::DeserializeOwned;
use suanpan_server::config::{
    AccountConfig, AppConfig, AppKind, Config, Environment, MerchantConfig, PublicKeyConfig,
    SecretSource, SimulatorConfig, WechatConfig,
};

use crate::failure::{Failure, with_sources};

/// `GET /api/fixture`, as far as a server needs it.
#[derive(serde::Deserialize)]
pub(crate) struct Fixture {
    api_base: String,
    merchants: Vec<Merchant>,
    apps: Vec<App>,
}

#[derive(serde::Deserialize)]
struct Merchant {
    mchid: String,
    private_key_pem: Option<String>,
    certificate_pem: String,
    api_v3_key: String,
    trust_mode: TrustMode,
    public_key: Option<PublicKey>,
}

#[derive(PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
enum TrustMode {
    Certificate,
    #[serde(other)]
    WithPublicKey,
}

#[derive(serde::Deserialize)]
struct PublicKey {
    id: String,
    pem: String,
}

#[derive(serde::Deserialize)]
struct App {
    appid: String,
    app_secret: String,
    kind: AppKind,
}

/// What to do when no simulator answers.
pub(crate) const HINT: &str = "start one with `suanpan simulate`";

/// What the simulator at this management address says of itself, as far as the asker reads it.
pub(crate) async fn fetch<T: DeserializeOwned>(
    management_url: &str,
    token: Option<&str>,
    hint: &'static str,
) -> Result<T, Failure> {
    let unusable = |reason: String| Failure::Answer {
        what: format!("the simulator at {management_url}"),
        reason,
        hint,
    };
    let client = local_client().map_err(|error| unusable(error.to_string()))?;
    let mut request = client.get(format!("{management_url}/api/fixture"));
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    let answer = request.send().await;
    let answer = answer.map_err(|error| unusable(with_sources(&error.without_url())))?;
    admitted(management_url, &answer)?;
    let body = answer.bytes().await.map_err(|error| unusable(error.to_string()))?;
    serde_json::from_slice(&body).map_err(|error| unusable(error.to_string()))
}

/// A simulator that asks who is there is not one that is absent.
pub(crate) fn admitted(management: &str, answer: &reqwest::Response) -> Result<(), Failure> {
    if answer.status() == reqwest::StatusCode::UNAUTHORIZED {
        return Err(Failure::NoToken { management: management.to_owned() });
    }
    Ok(())
}

impl Fixture {
    /// One account with every merchant and app of the simulator whose private key is known.
    pub(crate) fn account(&self, id: &str) -> AccountConfig {
        let merchants = self.merchants.iter().filter_map(Merchant::config);
        let apps = self.apps.iter().map(|app| AppConfig {
            appid: app.appid.clone(),
            kind: app.kind,
            secret: SecretSource::inline(&app.app_secret),
        });
        AccountConfig {
            id: id.to_owned(),
            api_keys: Vec::new(),
            merchants: merchants.collect(),
            apps: apps.collect(),
        }
    }

    /// A server's configuration against this simulator, by its defaults.
    pub(crate) fn config(&self, management_url: &str, account: AccountConfig) -> Config {
        let api = Some(self.api_base.clone());
        Config {
            environment: Environment::Simulator,
            wechat: WechatConfig {
                merchant_api: api.clone(),
                open_api: api,
                ..WechatConfig::default()
            },
            simulator: Some(SimulatorConfig {
                management_url: Some(management_url.to_owned()),
                loopback_webhooks: true,
            }),
            accounts: vec![account],
            ..Config::default()
        }
    }
}

impl Merchant {
    fn config(&self) -> Option<MerchantConfig> {
        let public_key = self.public_key.as_ref();
        let public_key = public_key.filter(|_| self.trust_mode != TrustMode::Certificate);
        Some(MerchantConfig {
            mchid: self.mchid.clone(),
            private_key: SecretSource::inline(self.private_key_pem.as_ref()?),
            certificate: Some(SecretSource::inline(&self.certificate_pem)),
            serial_no: None,
            api_v3_key: SecretSource::inline(&self.api_v3_key),
            previous_api_v3_key: None,
            public_key: public_key.map(|key| PublicKeyConfig {
                id: key.id.clone(),
                pem: SecretSource::inline(&key.pem),
            }),
        })
    }
}

/// For talking to the other halves of this very process: plain HTTP, so no authority is trusted
/// and none need be installed.
pub(crate) fn local_client() -> reqwest::Result<reqwest::Client> {
    reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only([])
        .timeout(Duration::from_secs(10))
        .build()
}
