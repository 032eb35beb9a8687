use std::path::PathBuf;

use suanpan_wechat::{key::KeyError, secret::InvalidSecret};
use suanpan_wechat_client::CredentialsError;

/// Why a configuration is not used. Each message names the setting and what to do about it, and
/// none of them repeats a secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file is not there or not readable.
    #[error("{path} cannot be read")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file is not TOML, or has a member this version does not know.
    #[error("{path}: {message}")]
    Syntax {
        /// Which file.
        path: PathBuf,
        /// Line, column and what is wrong; values are left out.
        message: String,
    },
    /// Others on this machine can read a secret.
    #[error("{path} holds a secret and may be read by others: run `chmod 600` on it")]
    OpenToOthers {
        /// Which file.
        path: PathBuf,
    },
    /// An environment variable that holds a secret is not set.
    #[error("the environment variable {name} is not set")]
    NoVariable {
        /// Its name.
        name: String,
    },
    /// A setting is wrong.
    #[error("{setting}: {rule}")]
    Invalid {
        /// Where, as in the file: `accounts[0].merchants[1].mchid`.
        setting: String,
        /// What it should be.
        rule: String,
    },
    /// A setting is fine in the simulator and refused where real money is.
    #[error("{setting}: {reason} (environment `live`)")]
    NotForLive {
        /// Where.
        setting: String,
        /// Why.
        reason: String,
    },
    /// A key cannot be used.
    #[error("{setting}: {source}")]
    Key {
        /// Where.
        setting: String,
        /// Why.
        source: KeyError,
    },
    /// A secret has the wrong shape.
    #[error("{setting}: {source}")]
    Secret {
        /// Where.
        setting: String,
        /// Why.
        source: InvalidSecret,
    },
    /// The parts of a merchant do not fit together.
    #[error("{setting}: {source}")]
    Credentials {
        /// Where.
        setting: String,
        /// Why.
        source: CredentialsError,
    },
    /// The client for WeChat cannot be built.
    #[error("wechat: {0}")]
    Wechat(#[from] suanpan_wechat_client::ConfigError),
}

impl ConfigError {
    pub(crate) fn invalid(setting: impl Into<String>, rule: impl std::fmt::Display) -> Self {
        Self::Invalid { setting: setting.into(), rule: rule.to_string() }
    }

    pub(crate) fn not_for_live(setting: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::NotForLive { setting: setting.into(), reason: reason.into() }
    }
}
