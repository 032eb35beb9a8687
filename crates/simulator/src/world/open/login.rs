//! Login of a mini program: the code `wx.login` gives, and the session it is exchanged for (§2).

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::json;
use suanpan_wechat::id::{Appid, Openid};

use super::{
    Call, GET,
    answer::{Answer, OpenError, done, given},
    code::{CodeError, Purpose},
    limit::Per,
    oauth::{Grantee, Scope},
};
use crate::world::{
    cashier::{Refusal, RefusalCode},
    exchange::{HttpRequest, Times},
    identity::AppKind,
    state::{State, World},
};

pub(super) const CALLS: &[Call] = &[
    Call { method: GET, path: "/sns/jscode2session", answer: World::jscode2session },
    Call { method: GET, path: "/wxa/checksession", answer: World::check_session_key },
    Call { method: GET, path: "/wxa/resetusersessionkey", answer: World::reset_session_key },
];

/// Exchanges for one person in one minute.
const LOGINS_PER_MINUTE: u32 = 100;

/// Resets of session keys by one app in one minute.
const RESETS_PER_MINUTE: u32 = 60_000;

/// The one living session key of each person in each app: Base64 of 16 bytes.
pub(crate) type SessionKeys = BTreeMap<Appid, BTreeMap<String, String>>;

impl World {
    /// What `wx.login` gives this person in a mini program, or the return from silent web
    /// authorisation in an official account, or the login of a mobile app.
    ///
    /// # Errors
    /// When app or user do not exist.
    pub fn login(&mut self, appid: &Appid, user: &str, now: Times) -> Result<String, Refusal> {
        let Some(kind) = self.state.apps.get(appid).map(|app| app.kind) else {
            return Err(Refusal::new(RefusalCode::NotFound, "没有这个appid There is no such app"));
        };
        let openid = self.person_in_app(appid, kind, user)?.clone();
        let granted = |scope| Purpose::Authorization(Grantee::person(user, openid, scope));
        let purpose = match kind {
            AppKind::MiniProgram => {
                // A login may replace the key of the session before it.
                if self.session_key(appid, user).is_none() || self.state.chance.coin() {
                    self.new_session_key(appid, user);
                }
                Purpose::Login { user: user.to_owned() }
            }
            AppKind::OfficialAccount => granted(Scope::Base),
            AppKind::App => granted(Scope::UserInfo),
        };
        let code = format!("0{}", self.state.chance.alphanumeric(31));
        self.state.open.codes.add(&code, appid, purpose, now);
        Ok(code)
    }

    /// What `wx.checkSession` finds: whether the session of the latest login still lives.
    ///
    /// # Errors
    /// When app or user do not exist.
    pub fn session_lives(&self, appid: &Appid, user: &str) -> Result<bool, Refusal> {
        self.person_in_app(appid, AppKind::MiniProgram, user)?;
        Ok(self.session_key(appid, user).is_some())
    }

    /// Ends a session, as WeChat does for people who stay away; how long is not documented.
    ///
    /// # Errors
    /// When app or user do not exist.
    pub fn expire_session(&mut self, appid: &Appid, user: &str) -> Result<(), Refusal> {
        self.person_in_app(appid, AppKind::MiniProgram, user)?;
        if let Some(keys) = self.state.open.session_keys.get_mut(appid) {
            keys.remove(user);
        }
        Ok(())
    }

    pub(super) fn session_key(&self, appid: &Appid, user: &str) -> Option<&str> {
        self.state.open.session_keys.get(appid)?.get(user).map(String::as_str)
    }

    fn new_session_key(&mut self, appid: &Appid, user: &str) -> String {
        let key = STANDARD.encode(self.state.chance.bytes::<16>());
        let keys = self.state.open.session_keys.entry(appid.clone()).or_default();
        keys.insert(user.to_owned(), key.clone());
        key
    }

    /// `GET /sns/jscode2session`. Success has no `errcode`.
    fn jscode2session(&mut self, request: &HttpRequest, now: Times) -> Answer {
        let (appid, secret) = (given(request, "appid"), given(request, "secret"));
        let mini_program = [AppKind::MiniProgram];
        let appid = self.authenticated(appid.as_deref(), secret.as_deref(), &mini_program)?;
        if request.query("grant_type").is_some_and(|grant| grant != "authorization_code") {
            return Err(OpenError::GRANT_TYPE);
        }
        let code = given(request, "js_code").ok_or(OpenError::CODE_MISSING)?;
        let user = match self.state.open.codes.look(&code, &appid, now) {
            Ok(Purpose::Login { user }) => user.clone(),
            Ok(Purpose::PhoneNumber { .. } | Purpose::Authorization(_))
            | Err(CodeError::Unknown | CodeError::Expired) => return Err(OpenError::CODE),
            Err(CodeError::Used) => return Err(OpenError::CODE_USED),
        };
        let what = format!("login {appid} {user}");
        if !self.state.open.limits.admit(what, LOGINS_PER_MINUTE, Per::Minute, now.business) {
            return Err(OpenError::TOO_OFTEN);
        }
        if self.profile(&user).is_some_and(|profile| profile.blocked) {
            return Err(OpenError::CODE_BLOCKED);
        }
        self.state.open.codes.mark_used(&code);
        let living = self.session_key(&appid, &user).map(str::to_owned);
        let session_key = living.unwrap_or_else(|| self.new_session_key(&appid, &user));
        let mut session = json!({
            "session_key": session_key,
            "openid": self.openid_of(&appid, &user),
        });
        if let Some(unionid) = self.unionid(&appid, &user) {
            session["unionid"] = unionid.into();
        }
        Ok(session)
    }

    /// `GET /wxa/checksession`.
    fn check_session_key(&mut self, request: &HttpRequest, now: Times) -> Answer {
        self.session_holder(request, now).map(|_| done())
    }

    /// `GET /wxa/resetusersessionkey`.
    fn reset_session_key(&mut self, request: &HttpRequest, now: Times) -> Answer {
        let (appid, user) = self.session_holder(request, now)?;
        let what = format!("reset session {appid}");
        if !self.state.open.limits.admit(what, RESETS_PER_MINUTE, Per::Minute, now.business) {
            return Err(OpenError::TOO_OFTEN);
        }
        let session_key = self.new_session_key(&appid, &user);
        let mut answer = done();
        answer["openid"] = json!(self.openid_of(&appid, &user));
        answer["session_key"] = session_key.into();
        Ok(answer)
    }

    /// Whose session the caller has proven to hold: the HMAC of nothing at all, keyed with the
    /// *text* of the key.
    fn session_holder(
        &self,
        request: &HttpRequest,
        now: Times,
    ) -> Result<(Appid, String), OpenError> {
        let appid = self.app_with_token(request, AppKind::MiniProgram, now)?;
        let openid = given(request, "openid").unwrap_or_default();
        let user = self.user_named(&appid, &openid)?;
        if request.query("sig_method").as_deref() != Some("hmac_sha256") {
            return Err(OpenError::new(87008, "invalid sig_method"));
        }
        let claimed = given(request, "signature").unwrap_or_default();
        let fits =
            self.session_key(&appid, &user).is_some_and(|key| hmac_of_nothing(key, &claimed));
        if fits { Ok((appid, user)) } else { Err(OpenError::new(87009, "invalid signature")) }
    }
}

/// The bytes behind a session key's text.
pub(super) fn key_bytes(text: &str) -> Option<[u8; 16]> {
    STANDARD.decode(text).ok()?.try_into().ok()
}

fn hmac_of_nothing(key: &str, claimed: &str) -> bool {
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, key.as_bytes());
    hex::decode(claimed).is_ok_and(|tag| aws_lc_rs::hmac::verify(&key, b"", &tag).is_ok())
}

impl State {
    /// Gives every user an openid in this app.
    pub(crate) fn introduce_everybody(&mut self, appid: &Appid) {
        for person in self.users.values_mut() {
            let openid = person.user.openids.entry(appid.clone()).or_insert_with(|| {
                // 28 characters, the first an `o`.
                Openid::new(format!("o{}", self.chance.alphanumeric(27)))
                    .expect("letters and digits are an openid")
            });
            let known = (appid.clone(), person.user.name.clone());
            self.openids.entry(openid.clone()).or_insert(known);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_key_signs_nothing_as_derived() {
        let key = "o0q0otL8aEzpcZL/FT9WsQ==";
        let tag = "46e043c5525c2d817c44be603d30837a808a1d930d038f6fdc3e62a201fed128";
        assert!(hmac_of_nothing(key, tag));
        assert!(!hmac_of_nothing("o0q0otL8aEzpcZL/FT9WsA==", tag));
        assert!(!hmac_of_nothing(key, "not hex"));
    }
}
