//! Looking after a session_key: is it still the valid one, and give me another
//! (<https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/user-login/checkSessionKey.html>).
//!
//! A user has one valid session_key per mini program. A new `wx.login` may replace it, and the old
//! one dies. Both calls prove the key by an HMAC with nothing in it; the HMAC's key is the Base64
//! *text*, not the bytes it stands for.

use aws_lc_rs::hmac;

use crate::{
    id::Openid,
    open_api::{OpenCall, OpenRequest, Unreadable, json},
    secret::{AccessToken, SessionKey, debug_without_secrets},
};

/// HMAC-SHA256 with the session_key, in lower-case hex: how WeChat lets a server show that it holds
/// the key without sending it.
#[must_use]
pub fn user_signature(session_key: &SessionKey, message: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, session_key.expose().as_bytes());
    hex::encode(hmac::sign(&key, message))
}

/// Asks whether the key is valid. Refused with
/// [`INVALID_SESSION_SIGNATURE`](crate::open_api::ErrCode::INVALID_SESSION_SIGNATURE) when it is
/// wrong or expired; which, WeChat does not say.
#[derive(Clone)]
pub struct Check {
    /// Whose key.
    pub openid: Openid,
    /// The key.
    pub session_key: SessionKey,
}

debug_without_secrets!(Check { openid });

/// Asks for a new key in place of this one, with the same end. Not for everyday use.
#[derive(Clone)]
pub struct Reset {
    /// Whose key.
    pub openid: Openid,
    /// The key until now.
    pub session_key: SessionKey,
}

debug_without_secrets!(Reset { openid });

fn request(
    path: &str,
    openid: &Openid,
    session_key: &SessionKey,
    token: &AccessToken,
) -> OpenRequest {
    let signature = user_signature(session_key, b"");
    let query = [
        ("access_token", token.expose()),
        ("openid", openid.as_str()),
        ("signature", &signature),
        ("sig_method", "hmac_sha256"),
    ];
    OpenRequest::get(path, &query)
}

impl OpenCall for Check {
    type Answer = ();
    type Credential = AccessToken;
    const NAME: &'static str = "miniprogram.session.check";

    fn request(&self, token: &AccessToken) -> OpenRequest {
        request("/wxa/checksession", &self.openid, &self.session_key, token)
    }

    fn read(&self, _body: &[u8]) -> Result<(), Unreadable> {
        Ok(())
    }
}

#[derive(serde::Deserialize)]
struct Answer {
    openid: Openid,
    session_key: String,
}

impl OpenCall for Reset {
    type Answer = SessionKey;
    type Credential = AccessToken;
    const NAME: &'static str = "miniprogram.session.reset";

    fn request(&self, token: &AccessToken) -> OpenRequest {
        request("/wxa/resetusersessionkey", &self.openid, &self.session_key, token)
    }

    fn read(&self, body: &[u8]) -> Result<SessionKey, Unreadable> {
        let expected = "a session_key of this user";
        let answer: Answer = json(body, expected)?;
        if answer.openid != self.openid {
            return Err(Unreadable { expected });
        }
        SessionKey::new(answer.session_key).map_err(|_| Unreadable { expected })
    }
}
