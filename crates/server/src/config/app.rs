use std::path::Path;

use suanpan_acts::{App, AppKind};
use suanpan_wechat::{id::Appid, secret::AppSecret};
use suanpan_wechat_client::AppCredentials;

use super::{ConfigError, SecretSource};

/// `[[accounts.apps]]`: one mini program, official account or mobile app.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppConfig {
    /// From the app's console; belongs to one account only.
    pub appid: String,
    /// `miniprogram`, `official_account` or `app`. Default `miniprogram`.
    #[serde(default = "miniprogram")]
    pub kind: AppKind,
    /// The AppSecret, for logins.
    pub secret: SecretSource,
}

const fn miniprogram() -> AppKind {
    AppKind::Miniprogram
}

impl AppConfig {
    pub(crate) fn check(
        &self,
        setting: &str,
        folder: &Path,
    ) -> Result<(App, AppCredentials), ConfigError> {
        let appid = Appid::new(self.appid.as_str())
            .map_err(|error| ConfigError::invalid(format!("{setting}.appid"), error))?;
        let secret = AppSecret::new(self.secret.read(folder)?.expose()).map_err(|source| {
            ConfigError::Secret { setting: format!("{setting}.secret"), source }
        })?;
        let app = App { appid: appid.clone(), kind: self.kind };
        Ok((app, AppCredentials { appid, secret }))
    }
}
