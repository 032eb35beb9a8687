//! What an operator decides. One struct per section; unknown keys are refused; everything is
//! checked once, at start, before anything listens.
//!
//! The defaults are those of a server beside `suanpan simulate`. Environment `live` has none of
//! the simulator's conveniences, and refuses them by name (threat s06).

mod account;
mod api_keys;
mod app;
mod check;
mod error;
mod limits;
mod live;
mod merchant;
mod secret;
mod simulator;
mod template;
mod wechat;

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};

pub use account::{AccountConfig, ApiKeyConfig};
pub(crate) use api_keys::ApiKeys;
pub use api_keys::{ApiKey, InvalidApiKey};
pub use app::AppConfig;
pub(crate) use check::Checked;
pub use error::ConfigError;
pub use limits::LimitsConfig;
pub use merchant::{MerchantConfig, PublicKeyConfig};
pub use secret::{SecretSource, SecretText};
pub use simulator::SimulatorConfig;
pub use suanpan_acts::{AppKind, Environment};
pub use template::LIVE_TEMPLATE;
pub use wechat::WechatConfig;

/// Where `suanpan serve` listens by default.
pub const DEFAULT_LISTEN: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8700);

/// Everything a server is told.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Where the money is: `live` or `simulator`. Default `simulator`. A database belongs to one
    /// of them for ever.
    pub environment: Environment,
    /// Default 127.0.0.1:8700. TLS is ended by a proxy before it.
    pub listen: SocketAddr,
    /// Where WeChat reaches us, without path. Default in `simulator`: the address listened on.
    pub public_url: Option<String>,
    /// Database and keys. Default `./data`.
    pub data_dir: PathBuf,
    /// Where WeChat is.
    pub wechat: WechatConfig,
    /// Conveniences of environment `simulator`.
    pub simulator: Option<SimulatorConfig>,
    /// Bounds.
    pub limits: LimitsConfig,
    /// Tenants.
    pub accounts: Vec<AccountConfig>,
    /// Relative secret files start here: the folder of the configuration file.
    #[serde(skip)]
    pub folder: PathBuf,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            environment: Environment::Simulator,
            listen: DEFAULT_LISTEN,
            public_url: None,
            data_dir: PathBuf::from("./data"),
            wechat: WechatConfig::default(),
            simulator: None,
            limits: LimitsConfig::default(),
            accounts: Vec::new(),
            folder: PathBuf::new(),
        }
    }
}

impl Config {
    /// Reads a TOML file.
    ///
    /// # Errors
    /// When it cannot be read, or says something this version does not know.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
        let mut config = Self::parse(path, &text)?;
        config.folder = path.parent().map(Path::to_owned).unwrap_or_default();
        Ok(config)
    }

    fn parse(path: &Path, text: &str) -> Result<Self, ConfigError> {
        toml::from_str(text).map_err(|error: toml::de::Error| {
            // `Display` of this error quotes the line, and the line may hold a secret.
            let line = error.span().map_or(0, |span| {
                text.as_bytes()[..span.start].iter().filter(|byte| **byte == b'\n').count() + 1
            });
            let message = format!("line {line}: {}", without_value(error.message()));
            ConfigError::Syntax { path: path.to_owned(), message }
        })
    }
}

/// Leaves out the value that an error quotes: somebody may have written a secret where its place
/// belongs.
fn without_value(message: &str) -> String {
    let quotes = ["invalid type", "invalid value", "unknown variant"];
    match message.split_once(", expected ") {
        Some((said, expected)) if quotes.iter().any(|start| said.starts_with(start)) => {
            format!("a wrong value, expected {expected}")
        }
        _ => message.to_owned(),
    }
}

#[cfg(test)]
mod tests;
