//! Web authorisation: a page inside WeChat learns who looks at it
//! (<https://developers.weixin.qq.com/doc/service/guide/h5/auth.html>).
//!
//! ```text
//!  page ──► Authorize::url ──► WeChat ──► redirect_uri?code=…&state=… ──► Callback::read
//!                                                                             │ state is ours
//!  our session ◄── openid ◄── Granted ◄── ExchangeCode (AppCredentials) ◄─────┘
//! ```
//!
//! The tokens stay on the server; the page gets a session of our own. `state` is drawn for one
//! visit, kept with the visitor's session, and compared once: without that, an attacker makes a
//! victim's browser finish the attacker's login.
//!
//! ```
//! use suanpan_wechat::{
//!     id::Appid,
//!     official_account::oauth::{Authorize, Callback, RedirectUri, Scope, State},
//! };
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let state = State::new("9d0fb5e07a3c4b6f8b1d2e3f4a5b6c7d")?;
//! let authorize = Authorize {
//!     appid: Appid::new("wx520c15f417810387")?,
//!     redirect_uri: RedirectUri::new("https://shop.example/pay?order=7")?,
//!     scope: Scope::Base,
//!     state: state.clone(),
//!     force_popup: false,
//! };
//! assert_eq!(
//!     authorize.url(),
//!     "https://open.weixin.qq.com/connect/oauth2/authorize?appid=wx520c15f417810387\
//!      &redirect_uri=https%3A%2F%2Fshop.example%2Fpay%3Forder%3D7&response_type=code\
//!      &scope=snsapi_base&state=9d0fb5e07a3c4b6f8b1d2e3f4a5b6c7d#wechat_redirect"
//! );
//!
//! let query = "order=7&code=051v0m000ObAyK19vV1005SDWf0v0m0s&state=9d0fb5e07a3c4b6f8b1d2e3f4a5b6c7d";
//! let Callback::Granted(code) = Callback::read(query, &state)? else { panic!("granted") };
//! # let _ = code;
//! # Ok(())
//! # }
//! ```

use std::fmt;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use serde::Deserialize;

use crate::{
    id::{Appid, Openid},
    open_api::{
        InvalidField, OpenCall, OpenRequest, Unreadable, json,
        wire::{one_time_code, query_members},
    },
    pay::segment,
    secret::{AppCredentials, RefreshToken, UserToken, debug_without_secrets},
};

/// What the page wants to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The openid. The user notices nothing.
    Base,
    /// The profile as well; the user is asked. Only after a tap: WeChat answers an automatic
    /// redirect with a virtual user ([`Granted::is_snapshot_user`]).
    UserInfo,
}

impl Scope {
    /// As on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Scope::Base => "snsapi_base",
            Scope::UserInfo => "snsapi_userinfo",
        }
    }
}

/// What ties the answer to the visit that asked: 16 to 128 ASCII letters or digits that nobody can
/// guess. (WeChat would take a single one.)
#[derive(Clone)]
pub struct State(String);

impl State {
    /// # Errors
    /// When the text breaks the rule above.
    pub fn new(state: impl Into<String>) -> Result<Self, InvalidField> {
        let state = state.into();
        if (16..=128).contains(&state.len()) && state.bytes().all(|b| b.is_ascii_alphanumeric()) {
            Ok(Self(state))
        } else {
            Err(InvalidField { field: "state", rule: "16 to 128 ASCII letters or digits" })
        }
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("State(..)")
    }
}

/// Where WeChat sends the user back to: an absolute `http(s)` address without a fragment, of at
/// most 2048 visible ASCII characters. Its host must be one entered in the account's console,
/// exactly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedirectUri(String);

impl RedirectUri {
    /// # Errors
    /// When the address breaks the rule above.
    pub fn new(uri: impl Into<String>) -> Result<Self, InvalidField> {
        let uri = uri.into();
        let rest = uri.strip_prefix("https://").or_else(|| uri.strip_prefix("http://"));
        let has_host = rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with(['/', '?']));
        let plain = uri.bytes().all(|b| b.is_ascii_graphic() && b != b'#');
        if has_host && plain && uri.len() <= 2048 {
            Ok(Self(uri))
        } else {
            Err(InvalidField { field: "redirect_uri", rule: "absolute, without fragment" })
        }
    }
}

/// The address that asks the user.
#[derive(Debug, Clone)]
pub struct Authorize {
    /// A service account's; others may not.
    pub appid: Appid,
    /// Where to come back to.
    pub redirect_uri: RedirectUri,
    /// What is asked.
    pub scope: Scope,
    /// What comes back with the answer.
    pub state: State,
    /// Asks again even who has agreed before.
    pub force_popup: bool,
}

impl Authorize {
    /// The address, at WeChat itself.
    #[must_use]
    pub fn url(&self) -> String {
        format!("https://open.weixin.qq.com{}", self.target())
    }

    /// The address without its host. WeChat's client checks it letter by letter: this order, this
    /// case, this fragment, or the user sees a dead page.
    #[must_use]
    pub fn target(&self) -> String {
        format!(
            "/connect/oauth2/authorize?appid={}&redirect_uri={}&response_type=code&scope={}&state={}{}#wechat_redirect",
            self.appid,
            segment(&self.redirect_uri.0),
            self.scope.as_str(),
            self.state.0,
            if self.force_popup { "&forcePopup=true" } else { "" },
        )
    }
}

/// What the user's browser brought back.
#[derive(Debug)]
pub enum Callback {
    /// The user agreed, or was not asked.
    Granted(OauthCode),
    /// The user did not agree: there is no code.
    Refused,
}

/// The answer does not belong to the visit it claims to answer. Start over; exchange nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the state of this authorisation is not the one of this session")]
pub struct ForeignState;

impl Callback {
    /// Reads the query of the request to `redirect_uri`. `expected` was kept with the visitor's
    /// session; forget it there before reading, whatever comes of it.
    ///
    /// # Errors
    /// When `state` is missing, doubled or another one.
    pub fn read(query: &str, expected: &State) -> Result<Self, ForeignState> {
        let [state, code] = query_members(query, ["state", "code"]).ok_or(ForeignState)?;
        let state = state.ok_or(ForeignState)?;
        verify_slices_are_equal(state.as_bytes(), expected.0.as_bytes())
            .map_err(|_| ForeignState)?;
        Ok(match code.and_then(|code| OauthCode::new(&code)) {
            Some(code) => Callback::Granted(code),
            None => Callback::Refused,
        })
    }
}

one_time_code!(
    /// A web-authorisation code.
    OauthCode
);

/// `GET /sns/oauth2/access_token`: the code becomes a person. Failures mean
/// what they mean at a mini program's login:
/// [`LoginError::of`](crate::miniprogram::code2session::LoginError::of).
#[derive(Debug)]
pub struct ExchangeCode(pub OauthCode);

/// Who looks at the page, and tokens to ask more about them.
#[derive(Clone)]
pub struct Granted {
    /// The person, as this account knows them.
    pub openid: Openid,
    /// The person across apps, with [`Scope::UserInfo`] and an open-platform account.
    pub unionid: Option<String>,
    /// For [`Profile`] and [`CheckToken`].
    pub access_token: UserToken,
    /// How long it lives, in seconds; 7200.
    pub expires_in: i64,
    /// Makes the next one, for thirty days.
    pub refresh_token: RefreshToken,
    /// What the user granted.
    pub scope: String,
    /// Nobody: WeChat shows a preview of the page and makes up a user for it. Never take an order
    /// from one.
    pub is_snapshot_user: bool,
}

debug_without_secrets!(Granted { openid, unionid, expires_in, scope, is_snapshot_user });

#[derive(Deserialize)]
struct GrantedBody {
    openid: Openid,
    unionid: Option<String>,
    access_token: String,
    expires_in: i64,
    refresh_token: String,
    #[serde(default)]
    scope: String,
    #[serde(default)]
    is_snapshotuser: i64,
}

fn granted(body: &[u8]) -> Result<Granted, Unreadable> {
    let expected = "a web authorisation";
    let unreadable = |_| Unreadable { expected };
    let body: GrantedBody = json(body, expected)?;
    Ok(Granted {
        openid: body.openid,
        unionid: body.unionid,
        access_token: UserToken::new(body.access_token).map_err(unreadable)?,
        expires_in: body.expires_in,
        refresh_token: RefreshToken::new(body.refresh_token).map_err(unreadable)?,
        scope: body.scope,
        is_snapshot_user: body.is_snapshotuser != 0,
    })
}

impl OpenCall for ExchangeCode {
    type Answer = Granted;
    type Credential = AppCredentials;
    const NAME: &'static str = "official_account.oauth.exchange";

    fn request(&self, app: &AppCredentials) -> OpenRequest {
        let query = [
            ("appid", app.appid.as_str()),
            ("secret", app.secret.expose()),
            ("code", &self.0.0),
            ("grant_type", "authorization_code"),
        ];
        OpenRequest::get("/sns/oauth2/access_token", &query)
    }

    fn read(&self, body: &[u8]) -> Result<Granted, Unreadable> {
        granted(body)
    }
}

/// `GET /sns/oauth2/refresh_token`: another [`UserToken`] without asking the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refresh {
    /// The account that was granted.
    pub appid: Appid,
}

impl OpenCall for Refresh {
    type Answer = Granted;
    type Credential = RefreshToken;
    const NAME: &'static str = "official_account.oauth.refresh";

    fn request(&self, token: &RefreshToken) -> OpenRequest {
        let query = [
            ("appid", self.appid.as_str()),
            ("grant_type", "refresh_token"),
            ("refresh_token", token.expose()),
        ];
        OpenRequest::get("/sns/oauth2/refresh_token", &query)
    }

    fn read(&self, body: &[u8]) -> Result<Granted, Unreadable> {
        granted(body)
    }
}

/// `GET /sns/userinfo`: the profile, with [`Scope::UserInfo`]. 48001 without it, and for previews.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Whose.
    pub openid: Openid,
}

/// A profile. WeChat leaves sex and places empty today.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct UserProfile {
    /// The person, as this account knows them.
    pub openid: Openid,
    /// The person across apps bound to one open-platform account.
    pub unionid: Option<String>,
    /// What the user calls themselves.
    pub nickname: String,
    /// 0 unknown, 1 male, 2 female.
    #[serde(default)]
    pub sex: i64,
    /// Empty today.
    #[serde(default)]
    pub province: String,
    /// Empty today.
    #[serde(default)]
    pub city: String,
    /// Empty today.
    #[serde(default)]
    pub country: String,
    /// Address of a picture.
    #[serde(default)]
    pub headimgurl: String,
    /// What China Unicom sold them.
    #[serde(default)]
    pub privilege: Vec<String>,
}

impl OpenCall for Profile {
    type Answer = UserProfile;
    type Credential = UserToken;
    const NAME: &'static str = "official_account.oauth.profile";

    fn request(&self, token: &UserToken) -> OpenRequest {
        let query =
            [("access_token", token.expose()), ("openid", self.openid.as_str()), ("lang", "zh_CN")];
        OpenRequest::get("/sns/userinfo", &query)
    }

    fn read(&self, body: &[u8]) -> Result<UserProfile, Unreadable> {
        let expected = "the profile of this user";
        let profile: UserProfile = json(body, expected)?;
        if profile.openid == self.openid { Ok(profile) } else { Err(Unreadable { expected }) }
    }
}

/// `GET /sns/auth`: whether a [`UserToken`] still works; refused with 40003 when not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckToken {
    /// Whose.
    pub openid: Openid,
}

impl OpenCall for CheckToken {
    type Answer = ();
    type Credential = UserToken;
    const NAME: &'static str = "official_account.oauth.check";

    fn request(&self, token: &UserToken) -> OpenRequest {
        let query = [("access_token", token.expose()), ("openid", self.openid.as_str())];
        OpenRequest::get("/sns/auth", &query)
    }

    fn read(&self, _body: &[u8]) -> Result<(), Unreadable> {
        Ok(())
    }
}
