//! `open.weixin.qq.com/connect/oauth2/authorize`: a page sends the person here to learn who they
//! are (§6.1).
//!
//! WeChat's client knows whose phone it is on; HTTP does not say. So the phone hands the address to
//! [`World::authorize`] together with the person, and the path itself reads the person from a
//! header that the phone's browser sets.

use suanpan_wechat::id::{Appid, Openid};

use super::{
    code::Purpose,
    console::host_of,
    oauth::{Grantee, Scope},
};
use crate::world::{
    cashier::{Refusal, RefusalCode},
    exchange::{HttpRequest, HttpResponse, Times},
    front::words_page,
    identity::AppKind,
    state::World,
};

pub(super) const PATH: &str = "/connect/oauth2/authorize";

/// What WeChat's client insists on after the query.
const FRAGMENT: &str = "wechat_redirect";

/// Names the person on whose phone the browser runs.
const USER_HEADER: &str = "Suanpan-User";

/// What the person answered on the page that asks.
const CONSENT_HEADER: &str = "Suanpan-Consent";

/// The longest `state`.
const STATE_BYTES: usize = 128;

const UNREADABLE: &str = "该链接无法访问";
const NO_SCOPE: &str = "此公众号并没有这些scope的权限，错误码10005";
const OTHER_DOMAIN: &str = "redirect_uri域名与后台配置不一致，错误码10003";

/// What the person answers when a page asks for their profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Consent {
    /// 同意.
    Allow,
    /// 拒绝: only `state` comes back.
    Deny,
    /// WeChat shows a snapshot of the page and makes somebody up.
    Snapshot,
}

/// Where a person is sent.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Authorized {
    /// Back to the page.
    Redirect(String),
    /// To the page that asks for consent.
    AskConsent {
        /// Who asks.
        appid: Appid,
    },
}

/// An authorize address that keeps the rules.
struct Wanted {
    appid: Appid,
    redirect_uri: url::Url,
    scope: Scope,
    state: Option<String>,
}

impl World {
    /// A person opens an authorize address in WeChat's browser.
    ///
    /// # Errors
    /// With the words of WeChat's client: when the address breaks a rule, down to the order of its
    /// parameters and the fragment behind them.
    pub fn authorize(
        &mut self,
        address: &str,
        user: &str,
        consent: Option<Consent>,
        now: Times,
    ) -> Result<Authorized, Refusal> {
        let (before, fragment) = address.split_once('#').ok_or_else(|| refused(UNREADABLE))?;
        if fragment != FRAGMENT {
            return Err(refused(UNREADABLE));
        }
        self.authorize_query(
            before.split_once('?').map_or("", |(_, query)| query),
            user,
            consent,
            now,
        )
    }

    /// Browsers keep the fragment to themselves, so over HTTP it cannot be checked.
    pub(super) fn authorize_page(&mut self, request: &HttpRequest, now: Times) -> HttpResponse {
        let is_wechat =
            request.header("User-Agent").is_some_and(|agent| agent.contains("MicroMessenger"));
        let user = request.header(USER_HEADER).filter(|_| is_wechat);
        let Some(user) = user else {
            // The exact words are unconfirmed.
            return words_page("请在微信客户端打开链接");
        };
        let consent = match request.header(CONSENT_HEADER) {
            Some("allow") => Some(Consent::Allow),
            Some("deny") => Some(Consent::Deny),
            Some("snapshot") => Some(Consent::Snapshot),
            Some(_) | None => None,
        };
        let query = request.target.split_once('?').map_or("", |(_, query)| query);
        match self.authorize_query(query, user, consent, now) {
            Ok(Authorized::Redirect(location)) => HttpResponse {
                status: 302,
                headers: vec![("Location".to_owned(), location.into())],
                body: Vec::new(),
            },
            Ok(Authorized::AskConsent { .. }) => words_page("申请获取并使用你的昵称、头像"),
            Err(refusal) => words_page(&refusal.text),
        }
    }

    fn authorize_query(
        &mut self,
        query: &str,
        user: &str,
        consent: Option<Consent>,
        now: Times,
    ) -> Result<Authorized, Refusal> {
        let Wanted { appid, redirect_uri, scope, state } = self.wanted(query)?;
        let openid = self.person_in_app(&appid, AppKind::OfficialAccount, user)?.clone();
        let person = Grantee::person(user, openid, scope);
        let grantee = match (scope, consent) {
            (Scope::Base, _) | (Scope::UserInfo, Some(Consent::Allow)) => Some(person),
            (Scope::UserInfo, Some(Consent::Snapshot)) => {
                let openid = format!("o{}", self.state.chance.alphanumeric(27));
                Some(Grantee::nobody(Openid::new(openid).expect("letters and digits")))
            }
            (Scope::UserInfo, Some(Consent::Deny)) => None,
            (Scope::UserInfo, None) => return Ok(Authorized::AskConsent { appid }),
        };
        let mut back = redirect_uri;
        if let Some(grantee) = grantee {
            let code = format!("0{}", self.state.chance.alphanumeric(31));
            self.state.open.codes.add(&code, &appid, Purpose::Authorization(grantee), now);
            append(&mut back, "code", &code);
        }
        append(&mut back, "state", state.as_deref().unwrap_or_default());
        Ok(Authorized::Redirect(back.into()))
    }

    /// Checks an address as WeChat's client does: names, their order and case, then the console.
    fn wanted(&self, query: &str) -> Result<Wanted, Refusal> {
        let unreadable = || refused(UNREADABLE);
        let pairs: Vec<_> = url::form_urlencoded::parse(query.as_bytes()).collect();
        let mut pairs =
            pairs.iter().map(|(name, value)| (name.as_ref(), value.as_ref())).peekable();
        let mut next = |wanted: &str| {
            let (_, value) = pairs.next_if(|(name, _)| *name == wanted)?;
            Some(value.to_owned())
        };
        let appid = next("appid").ok_or_else(unreadable)?;
        let redirect_uri = next("redirect_uri").ok_or_else(unreadable)?;
        if next("response_type").as_deref() != Some("code") {
            return Err(unreadable());
        }
        let scope = next("scope").ok_or_else(unreadable)?;
        let state = next("state");
        for optional in ["forcePopup", "component_appid", "connect_redirect"] {
            next(optional);
        }
        let plain = |b: u8| b.is_ascii_alphanumeric();
        let state_fits = state
            .as_ref()
            .is_none_or(|state| state.len() <= STATE_BYTES && state.bytes().all(plain));
        if pairs.next().is_some() || !state_fits {
            return Err(unreadable());
        }
        let app = Appid::new(appid).ok().and_then(|appid| self.state.apps.get(&appid));
        let app = app.ok_or_else(unreadable)?;
        let scope = match scope.as_str() {
            "snsapi_base" => Some(Scope::Base),
            "snsapi_userinfo" => Some(Scope::UserInfo),
            _ => None,
        };
        let scope = scope.filter(|_| app.kind == AppKind::OfficialAccount);
        let scope = scope.ok_or_else(|| refused(NO_SCOPE))?;
        let host = host_of(&redirect_uri).ok_or_else(|| refused(OTHER_DOMAIN))?;
        if !self.console(&app.appid).oauth_domains.contains(&host) {
            return Err(refused(OTHER_DOMAIN));
        }
        let redirect_uri = url::Url::parse(&redirect_uri).map_err(|_| unreadable())?;
        Ok(Wanted { appid: app.appid.clone(), redirect_uri, scope, state })
    }
}

/// Behind the query that is there, before the fragment.
fn append(address: &mut url::Url, name: &str, value: &str) {
    let query = match address.query() {
        Some(query) if !query.is_empty() => format!("{query}&{name}={value}"),
        Some(_) | None => format!("{name}={value}"),
    };
    address.set_query(Some(&query));
}

fn refused(text: &str) -> Refusal {
    Refusal::new(RefusalCode::NotAllowed, text)
}
