//! Where WeChat is and how long we wait.

use std::{fmt, str::FromStr, time::Duration};

use reqwest::Url;

/// Everything a [`Client`](crate::Client) can be told. There is no setting that weakens TLS
/// (threat k10): `https` origins are always verified, and [`Config::extra_root_certificates_pem`]
/// only adds an authority.
#[derive(Debug, Clone)]
pub struct Config {
    /// Merchant API. Default `https://api.mch.weixin.qq.com`.
    pub merchant_api: Origin,
    /// Asked once more when the first could not be reached. Default
    /// `https://api2.mch.weixin.qq.com`.
    pub merchant_api_backup: Option<Origin>,
    /// Login and other calls of apps. Default `https://api.weixin.qq.com`.
    pub open_api: Origin,
    /// For one TCP and TLS connection. Default 3 s.
    pub connect_timeout: Duration,
    /// For one call from first byte to last, failover included; a certificate refresh on the way
    /// has its own. Default 10 s.
    pub total_timeout: Duration,
    /// The longest silence while a bill is downloaded. A large one takes long as a whole, so only
    /// standing still ends it. Default 15 s.
    pub idle_timeout: Duration,
    /// A forward proxy for every request. Default none; `HTTP_PROXY` and its relatives are never
    /// consulted.
    pub proxy: Option<ForwardProxy>,
    /// PEM certificates trusted beside the system's, for proxies that end TLS.
    pub extra_root_certificates_pem: Option<String>,
}

impl Default for Config {
    fn default() -> Self {
        let wechat = |url: &str| url.parse().expect("WeChat's own addresses are origins");
        Self {
            merchant_api: wechat("https://api.mch.weixin.qq.com"),
            merchant_api_backup: Some(wechat("https://api2.mch.weixin.qq.com")),
            open_api: wechat("https://api.weixin.qq.com"),
            connect_timeout: Duration::from_secs(3),
            total_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(15),
            proxy: None,
            extra_root_certificates_pem: None,
        }
    }
}

impl Config {
    /// Everything at one address, without a backup: how a simulator is reached.
    #[must_use]
    pub fn single_origin(origin: Origin) -> Self {
        Self {
            merchant_api: origin.clone(),
            merchant_api_backup: None,
            open_api: origin,
            ..Self::default()
        }
    }

    /// Whether any request of this client can travel over TLS.
    pub(crate) fn speaks_tls(&self) -> bool {
        let proxied = self.proxy.as_ref().is_some_and(|proxy| proxy.0.scheme() == "https");
        proxied
            || [Some(&self.merchant_api), self.merchant_api_backup.as_ref(), Some(&self.open_api)]
                .into_iter()
                .flatten()
                .any(Origin::is_tls)
    }
}

/// Why a client cannot be built. The operator corrects the setting.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// Not `http(s)://host[:port]`.
    #[error("{text:?} is not an origin such as https://api.mch.weixin.qq.com")]
    Origin {
        /// What was given.
        text: String,
    },
    /// Not `http(s)://[user:password@]host:port`. The text is not repeated: it may contain a
    /// password.
    #[error("the proxy must be written http://host:port")]
    Proxy,
    /// A timeout of zero, or connecting may take longer than everything.
    #[error(
        "timeouts must be above zero, and connect_timeout at most total_timeout and idle_timeout"
    )]
    Timeouts,
    /// The extra root certificates are unreadable.
    #[error("the extra root certificates are not PEM certificates")]
    RootCertificates,
    /// The client certificate of a merchant is unreadable, or the private key is another one's.
    #[error("the client certificate and its private key are not a pair in PEM")]
    ClientCertificate,
    /// The machine has no root certificates, or they are unreadable.
    #[error("TLS cannot be set up; are the system's CA certificates installed?")]
    Tls(#[source] reqwest::Error),
}

/// Scheme, host and port. The request target is appended byte for byte, because it is signed; an
/// origin with a path of its own would break every signature.
#[derive(Clone, PartialEq, Eq)]
pub struct Origin(String);

impl Origin {
    /// Whether requests to it are encrypted. Plain HTTP is for simulators on this machine: a live
    /// configuration must ask.
    #[must_use]
    pub fn is_tls(&self) -> bool {
        self.0.starts_with("https://")
    }

    /// `https://api.mch.weixin.qq.com`, without a slash at the end.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address of a target, or `None` when it would not leave exactly as it was signed.
    pub(crate) fn join(&self, target: &str) -> Option<Url> {
        let url: Url = format!("{}{target}", self.0).parse().ok()?;
        let (path, query) = target.split_once('?').map_or((target, None), |(p, q)| (p, Some(q)));
        (url.path() == path && url.query() == query && url.fragment().is_none()).then_some(url)
    }
}

impl FromStr for Origin {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, ConfigError> {
        let error = || ConfigError::Origin { text: text.to_owned() };
        let url: Url = text.parse().map_err(|_| error())?;
        let bare = matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        if bare { Ok(Self(url.as_str().trim_end_matches('/').to_owned())) } else { Err(error()) }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Origin({})", self.0)
    }
}

/// A forward proxy, with the name and password it may want.
#[derive(Clone, PartialEq, Eq)]
pub struct ForwardProxy(pub(crate) Url);

impl FromStr for ForwardProxy {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, ConfigError> {
        let url: Url = text.parse().map_err(|_| ConfigError::Proxy)?;
        let usable = matches!(url.scheme(), "http" | "https") && url.has_host();
        if usable { Ok(Self(url)) } else { Err(ConfigError::Proxy) }
    }
}

impl fmt::Debug for ForwardProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ForwardProxy({}, ..)", self.0.host_str().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_have_no_path_of_their_own() {
        for good in ["https://api.mch.weixin.qq.com", "http://127.0.0.1:9700/"] {
            let origin: Origin = good.parse().unwrap();
            assert_eq!(origin.as_str(), good.trim_end_matches('/'));
        }
        for bad in
            ["", "api.mch.weixin.qq.com", "ftp://x", "https://x/y", "https://x/?a", "http://u:p@x"]
        {
            assert!(bad.parse::<Origin>().is_err(), "{bad}");
        }
    }

    #[test]
    fn targets_leave_exactly_as_signed_or_not_at_all() {
        let origin: Origin = "http://127.0.0.1:9700".parse().unwrap();
        let exact = "/v3/pay/transactions/out-trade-no/a%2Ab%7Cc?mchid=1900007291";
        assert_eq!(
            origin.join(exact).unwrap().as_str(),
            "http://127.0.0.1:9700/v3/pay/transactions/out-trade-no/a%2Ab%7Cc?mchid=1900007291"
        );
        for normalised in ["/a/../b", "/a b", "/ü", "/a?b#c", ".evil.example/", "@evil.example/"] {
            assert!(origin.join(normalised).is_none(), "{normalised}");
        }
    }

    #[test]
    fn s02_a_proxy_password_is_not_shown() {
        let proxy: ForwardProxy = "http://me:canary@proxy.example:3128".parse().unwrap();
        assert!(!format!("{proxy:?}").contains("canary"));
        let error = "socks5://me:canary@proxy".parse::<ForwardProxy>().unwrap_err();
        assert!(!format!("{error} {error:?}").contains("canary"));
    }
}
