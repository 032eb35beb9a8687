//! Who is who: accounts, their merchants and apps. Immutable while the server runs, and handed to
//! every act, so there is no ambient tenant (threat o16).

use std::collections::BTreeMap;

use suanpan_trade::AccountId;
use suanpan_wechat::{
    id::{Appid, Mchid},
    text::NotifyUrl,
};

/// Where the money is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Environment {
    /// Real.
    Live,
    /// In the simulator.
    Simulator,
}

impl Environment {
    /// As on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Environment::Live => "live",
            Environment::Simulator => "simulator",
        }
    }
}

/// All accounts of one server, all in one environment.
#[derive(Debug, Clone)]
pub struct Directory {
    /// Part of every event.
    pub environment: Environment,
    /// Where WeChat reaches us: `https://pay.example.com`, without trailing slash.
    pub public_url: String,
    /// By id.
    pub accounts: BTreeMap<AccountId, Account>,
}

/// One tenant.
#[derive(Debug, Clone)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// Its merchants; the first is used when an order names none.
    pub merchants: Vec<Mchid>,
    /// Its apps.
    pub apps: Vec<App>,
}

/// One app.
#[derive(Debug, Clone)]
pub struct App {
    /// Its id.
    pub appid: Appid,
    /// What it is.
    pub kind: AppKind,
}

/// What an app is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AppKind {
    /// A mini program.
    Miniprogram,
    /// An official account.
    OfficialAccount,
    /// A mobile app.
    App,
}

/// Which of our two routes a notification is sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotifyRoute {
    /// Payments.
    Transaction,
    /// Refunds.
    Refund,
}

impl NotifyRoute {
    /// The last segment of the path.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            NotifyRoute::Transaction => "transaction",
            NotifyRoute::Refund => "refund",
        }
    }
}

impl Directory {
    /// One account.
    #[must_use]
    pub fn account(&self, id: &AccountId) -> Option<&Account> {
        self.accounts.get(id)
    }

    /// The account that has this app, for logins, which name nothing else.
    #[must_use]
    pub fn account_of_app(&self, appid: &Appid) -> Option<&Account> {
        self.accounts.values().find(|account| account.app(appid).is_some())
    }

    /// Where WeChat shall send notifications about one merchant.
    #[must_use]
    pub fn notify_url(&self, account: &AccountId, mchid: &Mchid, route: NotifyRoute) -> NotifyUrl {
        let path = route.as_str();
        NotifyUrl::new(format!("{}/notify/v3/{account}/{mchid}/{path}", self.public_url))
            .expect("the public URL was checked when the configuration was read")
    }
}

impl Account {
    /// One app.
    #[must_use]
    pub fn app(&self, appid: &Appid) -> Option<&App> {
        self.apps.iter().find(|app| app.appid == *appid)
    }

    /// The merchant an order names, or the first.
    #[must_use]
    pub fn merchant(&self, named: Option<&Mchid>) -> Option<&Mchid> {
        match named {
            Some(named) => self.merchants.iter().find(|mchid| *mchid == named),
            None => self.merchants.first(),
        }
    }
}
