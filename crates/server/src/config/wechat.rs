use std::time::Duration;

use suanpan_wechat_client as client;

use super::ConfigError;

/// `[wechat]`: where WeChat is.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WechatConfig {
    /// Merchant API. Default: WeChat's own in `live`, the simulator on 127.0.0.1:9700 otherwise.
    pub merchant_api: Option<String>,
    /// Login and other calls of apps. Default as above.
    pub open_api: Option<String>,
    /// A forward proxy, `http://host:port`. Default none; `HTTP_PROXY` is not consulted.
    pub proxy: Option<String>,
    /// PEM certificates trusted beside the system's; refused in `live`.
    pub extra_root_certificates_pem: Option<String>,
    /// For one connection. Default 3000.
    pub connect_timeout_ms: u64,
    /// For one call. Default 10000.
    pub total_timeout_ms: u64,
}

impl Default for WechatConfig {
    fn default() -> Self {
        Self {
            merchant_api: None,
            open_api: None,
            proxy: None,
            extra_root_certificates_pem: None,
            connect_timeout_ms: 3_000,
            total_timeout_ms: 10_000,
        }
    }
}

/// Where `suanpan simulate` listens by default.
const SIMULATOR: &str = "http://127.0.0.1:9700";

const LIVE_MERCHANT_API: [&str; 2] =
    ["https://api.mch.weixin.qq.com", "https://api2.mch.weixin.qq.com"];
const LIVE_OPEN_API: [&str; 2] = ["https://api.weixin.qq.com", "https://api2.weixin.qq.com"];

impl WechatConfig {
    pub(crate) fn for_simulator(&self) -> Result<client::Config, ConfigError> {
        let origin = |url: &Option<String>| url.as_deref().unwrap_or(SIMULATOR).parse();
        let simulator = client::Config::single_origin(origin(&self.merchant_api)?);
        self.with_common(client::Config { open_api: origin(&self.open_api)?, ..simulator })
    }

    pub(crate) fn for_live(&self) -> Result<client::Config, ConfigError> {
        let mut config = client::Config::default();
        if let Some(url) = &self.merchant_api {
            config.merchant_api = wechats_own("wechat.merchant_api", url, &LIVE_MERCHANT_API)?;
        }
        if let Some(url) = &self.open_api {
            config.open_api = wechats_own("wechat.open_api", url, &LIVE_OPEN_API)?;
        }
        if self.extra_root_certificates_pem.is_some() {
            let reason = "only the system's authorities are trusted";
            return Err(ConfigError::not_for_live("wechat.extra_root_certificates_pem", reason));
        }
        self.with_common(config)
    }

    fn with_common(&self, config: client::Config) -> Result<client::Config, ConfigError> {
        Ok(client::Config {
            proxy: self.proxy.as_deref().map(str::parse).transpose()?,
            extra_root_certificates_pem: self.extra_root_certificates_pem.clone(),
            connect_timeout: Duration::from_millis(self.connect_timeout_ms),
            total_timeout: Duration::from_millis(self.total_timeout_ms),
            ..config
        })
    }
}

fn wechats_own(setting: &str, url: &str, allowed: &[&str]) -> Result<client::Origin, ConfigError> {
    let origin: client::Origin = url.parse()?;
    if allowed.contains(&origin.as_str()) {
        return Ok(origin);
    }
    Err(ConfigError::not_for_live(setting, format!("must be one of {}", allowed.join(", "))))
}
