//! `GET /sns/jscode2session`: a login code becomes an openid.
//!
//! This endpoint of `api.weixin.qq.com` is not signed; TLS and the AppSecret are all there is. It
//! answers HTTP 200 for success and failure alike.

use std::fmt;

use crate::{
    id::{Appid, Openid},
    pay::segment,
    secret::{AppSecret, SessionKey},
};

/// One login code to exchange. Codes live five minutes and work once.
#[derive(Debug, Clone)]
pub struct Code2Session {
    /// The mini program the code was made for.
    pub appid: Appid,
    /// What `wx.login` gave.
    pub js_code: LoginCode,
}

/// A code of `wx.login`: 1 to 128 ASCII letters, digits, `_` or `-`.
///
/// Whoever holds it can log in as that user for five minutes, so `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct LoginCode(String);

impl fmt::Debug for LoginCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LoginCode(..)")
    }
}

impl LoginCode {
    /// `None` when it cannot be a login code.
    #[must_use]
    pub fn new(code: &str) -> Option<Self> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
        ((1..=128).contains(&code.len()) && code.bytes().all(plain)).then(|| Self(code.to_owned()))
    }
}

/// Who logged in. `session_key` stays on the server.
#[derive(Debug, Clone)]
pub struct Session {
    /// The person, as this mini program knows them.
    pub openid: Openid,
    /// The person across apps bound to one open-platform account.
    pub unionid: Option<String>,
    /// Decrypts open data of this login.
    pub session_key: SessionKey,
}

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

#[derive(serde::Deserialize)]
struct Answer {
    errcode: Option<i64>,
    openid: Option<Openid>,
    unionid: Option<String>,
    session_key: Option<String>,
}

impl Code2Session {
    /// Path and query. It contains the AppSecret: never log it.
    #[must_use]
    pub fn target(&self, secret: &AppSecret) -> String {
        format!(
            "/sns/jscode2session?appid={}&secret={}&js_code={}&grant_type=authorization_code",
            self.appid,
            segment(secret.expose()),
            segment(&self.js_code.0),
        )
    }

    /// Reads the answer. Success is an openid and no errcode (or errcode 0).
    ///
    /// # Errors
    /// See [`LoginError`].
    pub fn read(status: u16, body: &[u8]) -> Result<Session, LoginError> {
        if status != 200 {
            return Err(LoginError::Unavailable);
        }
        let answer: Answer = serde_json::from_slice(body).map_err(|_| LoginError::Unavailable)?;
        match (answer.errcode.unwrap_or(0), answer.openid, answer.session_key) {
            (0, Some(openid), Some(session_key)) => Ok(Session {
                openid,
                unionid: answer.unionid,
                session_key: SessionKey::new(session_key),
            }),
            (40029 | 40163 | 41008, ..) => Err(LoginError::InvalidCode),
            (40226, ..) => Err(LoginError::Blocked),
            (0 | -1 | 45011, ..) => Err(LoginError::Unavailable),
            (errcode, ..) => Err(LoginError::Refused { errcode }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn success_has_no_errcode() {
        let body = br#"{"session_key":"o0q0otL8aEzpcZL/FT9WsQ==","openid":"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"}"#;
        let session = Code2Session::read(200, body).unwrap();
        assert_eq!(session.openid.as_str(), "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o");
    }

    #[test]
    fn failures_say_whose_fault_it_is() {
        let of = |errcode: i64| {
            let body =
                format!(r#"{{"errcode":{errcode},"errmsg":"x, rid: 652d44d0-1d0af18b-5b069232"}}"#);
            Code2Session::read(200, body.as_bytes()).unwrap_err()
        };
        assert_eq!(of(40029), LoginError::InvalidCode);
        assert_eq!(of(40163), LoginError::InvalidCode);
        assert_eq!(of(40226), LoginError::Blocked);
        assert_eq!(of(-1), LoginError::Unavailable);
        assert_eq!(of(40125), LoginError::Refused { errcode: 40125 });
        assert_eq!(Code2Session::read(502, b"").unwrap_err(), LoginError::Unavailable);
        assert_eq!(Code2Session::read(200, b"<html>").unwrap_err(), LoginError::Unavailable);
    }
}
