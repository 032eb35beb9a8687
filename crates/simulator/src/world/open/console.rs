//! What an app's owner has entered in WeChat's console (§1, §6.1, §8, §10, §15).

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use suanpan_wechat::id::Appid;

use crate::world::{
    register::RegisterError,
    state::{Change, World},
};

/// One app's console. What is not entered is as in [`Console::default`].
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Console {
    /// 网页授权域名: bare host names that web authorisation may return to. How many may be entered
    /// is unconfirmed.
    pub oauth_domains: BTreeSet<String>,
    /// JS接口安全域名: bare host names whose pages may use the JS-SDK.
    pub js_domains: BTreeSet<String>,
    /// Whether the app belongs to an open-platform account; without one nobody has a `unionid`.
    pub bound_to_open_platform: bool,
    /// The AppSecret is frozen: no tokens.
    pub secret_frozen: bool,
    /// Addresses that may fetch tokens; `None` lets every address in. Here all callers are
    /// 127.0.0.1.
    pub ip_allowlist: Option<BTreeSet<String>>,
    /// Pages of the released version; `None` knows every page.
    pub pages: Option<BTreeSet<String>>,
    /// Templates of subscribe messages by their id.
    pub templates: BTreeMap<String, Template>,
    /// 发货信息管理 is on: money of a payment stays frozen until the goods have arrived.
    pub trade_managed: bool,
}

/// A template of subscribe messages.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// Its headline.
    pub title: String,
    /// Its lines: the name in `data` (`thing1`, `amount2`, …) and what people read before it.
    pub lines: BTreeMap<String, String>,
}

/// The template every app has from the start.
pub const ORDER_PAID_TEMPLATE: &str = "5ua9pan0rderPaidTemplate0000000000000000001";

/// The address of every caller: a simulator is reached on this machine.
const CALLER_ADDRESS: &str = "127.0.0.1";

static DEFAULT: LazyLock<Console> = LazyLock::new(Console::default);

impl Default for Console {
    fn default() -> Self {
        let own_names = BTreeSet::from(["127.0.0.1", "localhost"].map(str::to_owned));
        let lines = [
            ("character_string1", "订单编号"),
            ("thing2", "商品名称"),
            ("amount3", "支付金额"),
            ("time4", "支付时间"),
        ];
        let order_paid = Template {
            title: "订单支付成功通知".to_owned(),
            lines: lines.map(|(name, label)| (name.to_owned(), label.to_owned())).into(),
        };
        Self {
            oauth_domains: own_names.clone(),
            js_domains: own_names,
            bound_to_open_platform: true,
            secret_frozen: false,
            ip_allowlist: None,
            pages: None,
            templates: BTreeMap::from([(ORDER_PAID_TEMPLATE.to_owned(), order_paid)]),
            trade_managed: false,
        }
    }
}

impl Console {
    /// The address a token is refused to, if the list does not have it.
    pub(super) fn refused_address(&self) -> Option<&'static str> {
        let list = self.ip_allowlist.as_ref()?;
        (!list.contains(CALLER_ADDRESS)).then_some(CALLER_ADDRESS)
    }
}

impl World {
    /// What an app's owner has entered.
    #[must_use]
    pub fn console(&self, appid: &Appid) -> &Console {
        self.state.open.consoles.get(appid).unwrap_or(&DEFAULT)
    }

    /// Enters a console's page anew.
    ///
    /// # Errors
    /// When the app is unknown, or a domain is more than a host name.
    pub fn set_console(&mut self, appid: &Appid, console: Console) -> Result<(), RegisterError> {
        if !self.state.apps.contains_key(appid) {
            return Err(RegisterError::unknown("appid", appid));
        }
        if !console.oauth_domains.iter().chain(&console.js_domains).all(|name| is_bare_host(name)) {
            return Err(RegisterError::Invalid(
                "a domain is a bare host name: no scheme, no port, no path",
            ));
        }
        self.state.open.consoles.insert(appid.clone(), console);
        self.changes.insert(Change::Identity);
        Ok(())
    }
}

fn is_bare_host(name: &str) -> bool {
    url::Host::parse(name).is_ok_and(|host| host.to_string() == name)
}

/// The host of an address, as domains are compared: whole, without the port.
pub(super) fn host_of(address: &str) -> Option<String> {
    let url = url::Url::parse(address).ok()?;
    let is_web = matches!(url.scheme(), "http" | "https");
    url.host_str().filter(|_| is_web).map(str::to_owned)
}
