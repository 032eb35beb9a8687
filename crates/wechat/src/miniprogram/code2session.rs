//! `GET /sns/jscode2session`: a login code becomes an openid
//! (<https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/user-login/code2Session.html>).
//!
//! What the openid is good for ends at our server: the front end gets a session token of our own
//! and never sends an openid (threat o13).

use crate::{
    id::{Appid, Openid},
    open_api::{
        ErrCode, OpenCall, OpenOutcome, OpenRequest, Unreadable, json, wire::one_time_code,
    },
    secret::{AppSecret, SessionKey, debug_without_secrets},
};

/// One login code to exchange. Codes live five minutes and work once.
#[derive(Debug, Clone)]
pub struct Code2Session {
    /// The mini program the code was made for.
    pub appid: Appid,
    /// What `wx.login` gave.
    pub js_code: LoginCode,
}

one_time_code!(
    /// A code of `wx.login`.
    LoginCode
);

/// Who logged in. `session_key` stays on the server.
#[derive(Clone)]
pub struct Session {
    /// The person, as this mini program knows them.
    pub openid: Openid,
    /// The person across apps bound to one open-platform account.
    pub unionid: Option<String>,
    /// Decrypts open data of this login.
    pub session_key: SessionKey,
}

debug_without_secrets!(Session { openid, unionid });

/// Why there is no session.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LoginError {
    /// The code is wrong, expired, used, or another app's: the front end logs in again.
    #[error("the login code is not valid (any more)")]
    InvalidCode,
    /// WeChat's risk control blocked this user.
    #[error("WeChat blocked this login")]
    Blocked,
    /// Our appid or AppSecret is wrong: an operator must act.
    #[error("WeChat refused our credentials: errcode {errcode}")]
    Refused {
        /// WeChat's number.
        errcode: i64,
    },
    /// Too fast, in trouble, or unreadable: try again later.
    #[error("WeChat could not be asked")]
    Unavailable,
}

impl LoginError {
    /// What a user and an operator have to do about `errcode`.
    #[must_use]
    pub fn from_errcode(errcode: ErrCode) -> Self {
        match errcode {
            // A second use is told by either of the first two.
            ErrCode::INVALID_CODE | ErrCode::CODE_USED | ErrCode::MISSING_CODE => Self::InvalidCode,
            ErrCode::OAUTH_CODE_EXPIRED => Self::InvalidCode,
            ErrCode::CODE_BLOCKED => Self::Blocked,
            // A hundred logins of one user in a minute, or the app's day is used up.
            ErrCode::MINUTE_QUOTA | ErrCode::DAILY_QUOTA => Self::Unavailable,
            errcode if errcode.is_outcome_unknown() => Self::Unavailable,
            errcode => Self::Refused { errcode: errcode.number() },
        }
    }

    /// The person, or why there is none.
    ///
    /// # Errors
    /// Every outcome but success. The code may be used up by an unknown one: the front end logs in
    /// again, which costs nothing.
    pub fn of<T>(outcome: OpenOutcome<T>) -> Result<T, Self> {
        match outcome {
            OpenOutcome::Success(answer) => Ok(answer),
            OpenOutcome::Rejected(refusal) => Err(Self::from_errcode(refusal.errcode)),
            OpenOutcome::Unknown(_) => Err(Self::Unavailable),
        }
    }
}

#[derive(serde::Deserialize)]
struct Answer {
    openid: Openid,
    unionid: Option<String>,
    session_key: String,
}

impl OpenCall for Code2Session {
    type Answer = Session;
    type Credential = AppSecret;
    const NAME: &'static str = "miniprogram.code2session";

    fn request(&self, secret: &AppSecret) -> OpenRequest {
        let query = [
            ("appid", self.appid.as_str()),
            ("secret", secret.expose()),
            ("js_code", &self.js_code.0),
            ("grant_type", "authorization_code"),
        ];
        OpenRequest::get("/sns/jscode2session", &query)
    }

    fn read(&self, body: &[u8]) -> Result<Session, Unreadable> {
        let expected = "a login session";
        let Answer { openid, unionid, session_key } = json(body, expected)?;
        let session_key = SessionKey::new(session_key).map_err(|_| Unreadable { expected })?;
        Ok(Session { openid, unionid, session_key })
    }
}
