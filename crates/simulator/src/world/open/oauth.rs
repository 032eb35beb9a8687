//! Web authorisation: the code a page returns with becomes a person's token (§6).

use std::collections::BTreeMap;

use serde_json::{Value, json};
use suanpan_wechat::{
    Timestamp,
    id::{Appid, Openid},
};

use super::{
    Call, GET,
    answer::{Answer, OpenError, done, given},
    code::{CodeError, Purpose, SWEEP},
    limit::Per,
};
use crate::world::{
    exchange::{HttpRequest, Times},
    identity::AppKind,
    state::World,
};

pub(super) const CALLS: &[Call] = &[
    Call { method: GET, path: "/sns/oauth2/access_token", answer: World::exchange_authorization },
    Call { method: GET, path: "/sns/oauth2/refresh_token", answer: World::refresh_authorization },
    Call { method: GET, path: "/sns/userinfo", answer: World::user_info },
    Call { method: GET, path: "/sns/auth", answer: World::authorization_lives },
];

/// A person's token.
const ACCESS_SECONDS: i64 = 7200;

/// What renews it.
const REFRESH_SECONDS: i64 = 30 * 24 * 3600;

/// Exchanges by one app in one minute.
const EXCHANGES_PER_MINUTE: u32 = 50_000;

/// What a page may learn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Scope {
    /// The openid, without asking.
    #[serde(rename = "snsapi_base")]
    Base,
    /// Nickname and picture, with consent.
    #[serde(rename = "snsapi_userinfo")]
    UserInfo,
}

/// Who has let a page know who they are.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Grantee {
    /// `None` on a snapshot page: nobody is behind its openid.
    user: Option<String>,
    openid: Openid,
    scope: Scope,
}

impl Grantee {
    pub(super) fn person(user: &str, openid: Openid, scope: Scope) -> Self {
        Self { user: Some(user.to_owned()), openid, scope }
    }

    pub(super) fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    pub(super) const fn nobody(openid: Openid) -> Self {
        Self { user: None, openid, scope: Scope::UserInfo }
    }
}

#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
struct Grant {
    appid: Appid,
    grantee: Grantee,
    access_token: String,
    access_expires_at: Timestamp,
    refresh_expires_at: Timestamp,
}

/// Every authorisation by its refresh token.
#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize)]
pub(crate) struct Grants {
    grants: BTreeMap<String, Grant>,
    /// Access tokens, old ones included, and the refresh token each belongs to.
    access_tokens: BTreeMap<String, String>,
}

impl Grants {
    /// Forgets what has been over for as long as it lived.
    fn forget_old(&mut self, at: Timestamp) {
        if self.grants.len().is_multiple_of(SWEEP) {
            self.grants.retain(|_, grant| at.since(grant.refresh_expires_at) < REFRESH_SECONDS);
            self.access_tokens.retain(|_, refresh_token| self.grants.contains_key(refresh_token));
        }
    }
}

impl World {
    /// `GET /sns/oauth2/access_token`.
    fn exchange_authorization(&mut self, request: &HttpRequest, now: Times) -> Answer {
        let (appid, secret) = (given(request, "appid"), given(request, "secret"));
        let kinds = [AppKind::OfficialAccount, AppKind::App];
        let appid = self.authenticated(appid.as_deref(), secret.as_deref(), &kinds)?;
        if request.query("grant_type").as_deref() != Some("authorization_code") {
            return Err(OpenError::GRANT_TYPE);
        }
        let code = given(request, "code").ok_or(OpenError::CODE_MISSING)?;
        let what = format!("authorisation {appid}");
        if !self.state.open.limits.admit(what, EXCHANGES_PER_MINUTE, Per::Minute, now.business) {
            return Err(OpenError::TOO_OFTEN);
        }
        let grantee = match self.state.open.codes.look(&code, &appid, now) {
            Ok(Purpose::Authorization(grantee)) => grantee.clone(),
            Ok(Purpose::Login { .. } | Purpose::PhoneNumber { .. }) | Err(CodeError::Unknown) => {
                return Err(OpenError::CODE);
            }
            Err(CodeError::Expired) => return Err(OpenError::new(42003, "oauth code expired")),
            Err(CodeError::Used) => return Err(OpenError::CODE_USED),
        };
        let profile = grantee.user().and_then(|user| self.profile(user));
        if profile.is_some_and(|profile| profile.blocked) {
            return Err(OpenError::CODE_BLOCKED);
        }
        self.state.open.codes.mark_used(&code);
        let refresh_token = self.person_token();
        let grant = Grant {
            appid,
            grantee,
            access_token: self.person_token(),
            access_expires_at: now.business.plus(ACCESS_SECONDS),
            refresh_expires_at: now.business.plus(REFRESH_SECONDS),
        };
        let answer = self.granted(&refresh_token, &grant, true);
        let grants = &mut self.state.open.grants;
        grants.forget_old(now.business);
        grants.access_tokens.insert(grant.access_token.clone(), refresh_token.clone());
        grants.grants.insert(refresh_token, grant);
        Ok(answer)
    }

    fn granted(&self, refresh_token: &str, grant: &Grant, is_first: bool) -> Value {
        let Grantee { user, openid, scope } = &grant.grantee;
        let mut answer = json!({
            "access_token": grant.access_token,
            "expires_in": ACCESS_SECONDS,
            "refresh_token": refresh_token,
            "openid": openid,
            "scope": scope,
        });
        match user {
            None => answer["is_snapshotuser"] = 1.into(),
            Some(user) if is_first && *scope == Scope::UserInfo => {
                if let Some(unionid) = self.unionid(&grant.appid, user) {
                    answer["unionid"] = unionid.into();
                }
            }
            Some(_) => {}
        }
        answer
    }

    /// `GET /sns/oauth2/refresh_token`: a new access token; the refresh token stays.
    fn refresh_authorization(&mut self, request: &HttpRequest, now: Times) -> Answer {
        let appid = given(request, "appid").ok_or(OpenError::APPID_MISSING)?;
        if request.query("grant_type").as_deref() != Some("refresh_token") {
            return Err(OpenError::GRANT_TYPE);
        }
        let invalid = OpenError::new(40030, "invalid refresh_token");
        let refresh_token = given(request, "refresh_token").ok_or(invalid.clone())?;
        let fresh = self.person_token();
        let grants = &mut self.state.open.grants;
        let grant = grants.grants.get_mut(&refresh_token).ok_or(invalid.clone())?;
        if grant.appid.as_str() != appid {
            return Err(invalid);
        }
        if now.business >= grant.refresh_expires_at {
            return Err(OpenError::new(42002, "refresh_token expired"));
        }
        grant.access_token.clone_from(&fresh);
        grant.access_expires_at = now.business.plus(ACCESS_SECONDS);
        let grant = grant.clone();
        grants.access_tokens.insert(fresh, refresh_token.clone());
        Ok(self.granted(&refresh_token, &grant, false))
    }

    /// `GET /sns/userinfo`. Sex and region have been empty since 2021.
    fn user_info(&mut self, request: &HttpRequest, now: Times) -> Answer {
        let grant = self.person_grant(request, now)?;
        let Grantee { user, openid, scope } = &grant.grantee;
        let user = user.as_deref().filter(|_| *scope == Scope::UserInfo);
        let user = user.ok_or(OpenError::UNAUTHORIZED)?;
        let profile = self.profile(user).ok_or(OpenError::OPENID)?;
        let mut answer = json!({
            "openid": openid,
            "nickname": profile.nickname,
            "sex": 0,
            "language": "",
            "city": "",
            "province": "",
            "country": "",
            "headimgurl": format!("https://thirdwx.qlogo.cn/mmopen/vi_32/{user}/132"),
            "privilege": [],
        });
        if let Some(unionid) = self.unionid(&grant.appid, user) {
            answer["unionid"] = unionid.into();
        }
        Ok(answer)
    }

    /// `GET /sns/auth`.
    fn authorization_lives(&mut self, request: &HttpRequest, now: Times) -> Answer {
        self.person_grant(request, now).map(|_| done())
    }

    /// The authorisation behind a person's token and openid.
    fn person_grant(&self, request: &HttpRequest, now: Times) -> Result<&Grant, OpenError> {
        let token = given(request, "access_token").ok_or(OpenError::TOKEN_MISSING)?;
        let grants = &self.state.open.grants;
        let refresh_token = grants.access_tokens.get(&token);
        let grant = refresh_token.and_then(|refresh_token| grants.grants.get(refresh_token));
        let grant = grant.ok_or(OpenError::INVALID_CREDENTIAL)?;
        if now.business >= grant.access_expires_at || grant.access_token != token {
            return Err(OpenError::TOKEN_EXPIRED);
        }
        let openid = given(request, "openid");
        if openid.as_deref() != Some(grant.grantee.openid.as_str()) {
            return Err(OpenError::OPENID);
        }
        Ok(grant)
    }

    fn person_token(&mut self) -> String {
        format!("{}_{}", self.state.chance.below(90) + 10, self.state.chance.url_safe(107))
    }
}
