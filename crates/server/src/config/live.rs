//! What environment `live` refuses. Whatever is comfortable against a simulator is a hole where
//! money is (threats s06, c02).

use url::Url;

use super::{Checked, Config, ConfigError, check::is_loopback};

/// Values that stand in our own template or in WeChat's pages. Somebody who starts with one of
/// them has not finished configuring.
const EXAMPLE_MCHIDS: [&str; 7] = [
    "1900000001",
    "1900000002",
    "1900000003",
    "1900000109",
    "1230000109",
    "1900007291",
    "1900009191",
];
const EXAMPLE_APPIDS: [&str; 4] =
    ["wx0000000000000001", "wxd678efh567hg6787", "wx8888888888888888", "wxd930ea5d5a258f4f"];
const EXAMPLE_KEY_DIGEST: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// RFC 2606 and RFC 6761: names that belong to nobody.
const NOBODYS_NAMES: [&str; 7] =
    ["example", "example.com", "example.net", "example.org", "test", "invalid", "localhost"];

pub(super) fn check_public_url(url: &Url) -> Result<(), ConfigError> {
    let refuse = |reason: &str| Err(ConfigError::not_for_live("public_url", reason));
    if url.scheme() != "https" {
        return refuse("WeChat notifies over https only");
    }
    if is_loopback(url) {
        return refuse("WeChat cannot reach a loopback address");
    }
    let host = url.host_str().unwrap_or_default().trim_end_matches('.');
    let is_nobodys =
        |name: &str| host == name || host.strip_suffix(name).is_some_and(|h| h.ends_with('.'));
    if NOBODYS_NAMES.into_iter().any(is_nobodys) {
        return refuse("is an example");
    }
    Ok(())
}

pub(super) fn check(config: &Config, checked: &Checked) -> Result<(), ConfigError> {
    if checked.directory.accounts.is_empty() {
        return Err(ConfigError::not_for_live("accounts", "there is none"));
    }
    let example = |setting: String| ConfigError::not_for_live(setting, "is an example");
    for (at, account) in config.accounts.iter().enumerate() {
        let setting = format!("accounts[{at}]");
        if let Some(merchant) =
            account.merchants.iter().find(|merchant| EXAMPLE_MCHIDS.contains(&&*merchant.mchid))
        {
            return Err(example(format!("{setting}: mchid {}", merchant.mchid)));
        }
        if let Some(app) = account.apps.iter().find(|app| EXAMPLE_APPIDS.contains(&&*app.appid)) {
            return Err(example(format!("{setting}: appid {}", app.appid)));
        }
        if account.apps.iter().any(|app| app.secret.is_inline()) {
            let reason = "secrets stand in files or variables";
            return Err(ConfigError::not_for_live(format!("{setting}.apps"), reason));
        }
        if account.api_keys.iter().any(|key| key.sha256 == EXAMPLE_KEY_DIGEST) {
            return Err(example(format!("{setting}.api_keys")));
        }
    }
    Ok(())
}
