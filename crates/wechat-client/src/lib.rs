#![doc = include_str!("../README.md")]

mod client;
mod config;
mod credentials;
mod download;
mod open_api;
mod pay_v2;
mod ports;
mod refresh;
mod skew;
mod system;
mod tokens;
mod transport;

pub use client::Client;
pub use config::{Config, ConfigError, ForwardProxy, Origin};
pub use credentials::{CredentialsError, MerchantCredentials};
pub use download::DownloadError;
pub use pay_v2::{ClientCertificate, V2Merchant};
pub use ports::{Nonces, WallClock};
pub use refresh::RefreshError;
pub use suanpan_wechat::secret::AppCredentials;
pub use system::{SystemClock, SystemNonces};
pub use tokens::{
    AppTokens, MemoryTokenStore, StoreError, Swap, TokenError, TokenFlavour, TokenStore,
    assert_keeps_the_contract,
};
