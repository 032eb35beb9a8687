//! From what was written to what the program uses: everything is checked here, once.

use std::{collections::BTreeMap, net::SocketAddr};

use suanpan_acts::{Account, Directory, Environment};
use suanpan_trade::AccountId;
use suanpan_wechat::{
    id::{Appid, Mchid},
    text::NotifyUrl,
};
use suanpan_wechat_client::{self as client, AppCredentials, MerchantCredentials};
use url::{Host, Url};

use super::{ApiKeys, Config, ConfigError, live};

/// A configuration that can be run.
#[derive(Debug)]
pub(crate) struct Checked {
    pub(crate) directory: Directory,
    pub(crate) merchants: BTreeMap<Mchid, MerchantCredentials>,
    pub(crate) apps: BTreeMap<Appid, AppCredentials>,
    pub(crate) api_keys: ApiKeys,
    pub(crate) client: client::Config,
    pub(crate) loopback_webhooks: bool,
    pub(crate) management_url: Option<Url>,
}

impl Config {
    /// Checks everything; `address` is the one really listened on.
    pub(crate) fn check(&self, address: SocketAddr) -> Result<Checked, ConfigError> {
        let mut checked = Checked {
            directory: Directory {
                environment: self.environment,
                public_url: self.public_url(address)?,
                accounts: BTreeMap::new(),
            },
            merchants: BTreeMap::new(),
            apps: BTreeMap::new(),
            api_keys: ApiKeys::new(self.environment),
            client: match self.environment {
                Environment::Live => self.wechat.for_live()?,
                Environment::Simulator => self.wechat.for_simulator()?,
            },
            loopback_webhooks: false,
            management_url: None,
        };
        self.check_simulator(&mut checked)?;
        self.check_limits()?;
        for at in 0..self.accounts.len() {
            self.check_account(at, &mut checked)?;
        }
        if self.environment == Environment::Live {
            live::check(self, &checked)?;
        }
        Ok(checked)
    }

    fn public_url(&self, address: SocketAddr) -> Result<String, ConfigError> {
        let invalid = |rule: &str| ConfigError::invalid("public_url", rule);
        let text = match (&self.public_url, self.environment) {
            (Some(url), _) => url.clone(),
            (None, Environment::Simulator) => format!("http://{address}"),
            (None, Environment::Live) => {
                return Err(invalid("say where WeChat reaches this server"));
            }
        };
        let url: Url =
            text.parse().map_err(|_| invalid("an address such as https://pay.my.shop"))?;
        let bare = matches!(url.path(), "" | "/")
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        if !bare || !matches!(url.scheme(), "http" | "https") {
            return Err(invalid("http(s)://host[:port] and nothing else"));
        }
        // The limit of a notify_url is WeChat's; account and merchant take at most 80 bytes of it.
        let longest = format!("{text}/notify/v3/{}/{}/transaction", "a".repeat(16), "1".repeat(32));
        NotifyUrl::new(longest).map_err(|error| ConfigError::invalid("public_url", error))?;
        let text = text.trim_end_matches('/').to_owned();
        if self.environment == Environment::Live {
            live::check_public_url(&url)?;
        }
        Ok(text)
    }

    fn check_simulator(&self, checked: &mut Checked) -> Result<(), ConfigError> {
        let Some(simulator) = &self.simulator else { return Ok(()) };
        if self.environment == Environment::Live {
            let reason = "the simulator's clock and its loopback exceptions have no place here";
            return Err(ConfigError::not_for_live("simulator", reason));
        }
        checked.loopback_webhooks = simulator.loopback_webhooks;
        checked.management_url = match &simulator.management_url {
            None => None,
            Some(text) => {
                let url = text.parse::<Url>().ok().filter(is_loopback);
                let rule = "http://127.0.0.1:port: the simulator runs on this machine";
                Some(url.ok_or_else(|| ConfigError::invalid("simulator.management_url", rule))?)
            }
        };
        Ok(())
    }

    fn check_limits(&self) -> Result<(), ConfigError> {
        let limits = [
            ("limits.connections", self.limits.connections),
            ("limits.acts", self.limits.acts),
            ("limits.jobs", self.limits.jobs),
        ];
        match limits.into_iter().find(|(_, value)| !(1..=65_536).contains(value)) {
            Some((setting, _)) => Err(ConfigError::invalid(setting, "1 to 65536")),
            None => Ok(()),
        }
    }

    fn check_account(&self, at: usize, checked: &mut Checked) -> Result<(), ConfigError> {
        let (config, setting) = (&self.accounts[at], format!("accounts[{at}]"));
        let id = AccountId::new(config.id.as_str())
            .map_err(|error| ConfigError::invalid(format!("{setting}.id"), error))?;
        let mut account = Account { id: id.clone(), merchants: Vec::new(), apps: Vec::new() };
        for (at, merchant) in config.merchants.iter().enumerate() {
            let setting = format!("{setting}.merchants[{at}]");
            let credentials = merchant.check(&setting, &self.folder)?;
            if self.environment == Environment::Live {
                merchant.check_live(&setting, &credentials)?;
            }
            let mchid = credentials.mchid().clone();
            account.merchants.push(mchid.clone());
            // Numbers at WeChat are unique per merchant: two accounts cannot share one.
            if checked.merchants.insert(mchid, credentials).is_some() {
                let rule = "belongs to one account, once";
                return Err(ConfigError::invalid(format!("{setting}.mchid"), rule));
            }
        }
        for (at, app) in config.apps.iter().enumerate() {
            let setting = format!("{setting}.apps[{at}]");
            let (app, credentials) = app.check(&setting, &self.folder)?;
            // A login names nothing but the app: it must lead to one account.
            if checked.apps.insert(app.appid.clone(), credentials).is_some() {
                let rule = "belongs to one account, once";
                return Err(ConfigError::invalid(format!("{setting}.appid"), rule));
            }
            account.apps.push(app);
        }
        checked.api_keys.add(&setting, &id, config)?;
        if checked.directory.accounts.insert(id, account).is_some() {
            return Err(ConfigError::invalid(format!("{setting}.id"), "is used once"));
        }
        Ok(())
    }
}

pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}
