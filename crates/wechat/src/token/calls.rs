use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    id::Appid,
    open_api::{OpenCall, OpenRequest, Unreadable, json},
    secret::{AccessToken, AppCredentials, JsapiTicket},
};

/// A token or ticket, and how long it lives from now, in seconds.
#[derive(Clone)]
pub struct Issued<T> {
    /// The secret.
    pub secret: T,
    /// 7200 today; whatever it says is obeyed.
    pub expires_in: i64,
}

impl<T> fmt::Debug for Issued<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issued").field("expires_in", &self.expires_in).finish_non_exhaustive()
    }
}

/// The longest life that is believed: a day. WeChat announces shorter ones if anything.
const LONGEST_LIFE: i64 = 24 * 3600;

fn issued<T>(
    secret: Result<T, crate::secret::InvalidSecret>,
    expires_in: i64,
    expected: &'static str,
) -> Result<Issued<T>, Unreadable> {
    let secret = secret.map_err(|_| Unreadable { expected })?;
    if (1..=LONGEST_LIFE).contains(&expires_in) {
        Ok(Issued { secret, expires_in })
    } else {
        Err(Unreadable { expected })
    }
}

#[derive(Deserialize)]
struct TokenBody {
    access_token: String,
    expires_in: i64,
}

fn token(body: &[u8]) -> Result<Issued<AccessToken>, Unreadable> {
    let expected = "an access_token";
    let TokenBody { access_token, expires_in } = json(body, expected)?;
    issued(AccessToken::new(access_token), expires_in, expected)
}

/// `GET /cgi-bin/token`: a new access_token; the one before it dies within five minutes
/// (<https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/mp-access-token/getAccessToken.html>).
///
/// Two thousand a day is the classic quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Classic;

impl OpenCall for Classic {
    type Answer = Issued<AccessToken>;
    type Credential = AppCredentials;
    const NAME: &'static str = "token.classic";

    fn request(&self, app: &AppCredentials) -> OpenRequest {
        let query = [
            ("grant_type", "client_credential"),
            ("appid", app.appid.as_str()),
            ("secret", app.secret.expose()),
        ];
        OpenRequest::get("/cgi-bin/token", &query)
    }

    fn read(&self, body: &[u8]) -> Result<Issued<AccessToken>, Unreadable> {
        token(body)
    }
}

/// `POST /cgi-bin/stable_token`: the same access_token for everybody who asks, until five minutes
/// before its end
/// (<https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/mp-access-token/getStableAccessToken.html>).
///
/// It and the [`Classic`] one do not touch each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stable {
    /// Kills the token at once and makes another. Twenty a day, thirty seconds apart.
    pub force_refresh: bool,
}

#[derive(Serialize)]
struct StableBody<'a> {
    grant_type: &'static str,
    appid: &'a Appid,
    secret: &'a str,
    force_refresh: bool,
}

impl OpenCall for Stable {
    type Answer = Issued<AccessToken>;
    type Credential = AppCredentials;
    const NAME: &'static str = "token.stable";

    fn request(&self, app: &AppCredentials) -> OpenRequest {
        let body = StableBody {
            grant_type: "client_credential",
            appid: &app.appid,
            secret: app.secret.expose(),
            force_refresh: self.force_refresh,
        };
        OpenRequest::post_without_token("/cgi-bin/stable_token", &body)
    }

    fn read(&self, body: &[u8]) -> Result<Issued<AccessToken>, Unreadable> {
        token(body)
    }
}

/// `GET /cgi-bin/ticket/getticket`: an official account's ticket for
/// [`JsConfig`](crate::official_account::js_sdk::JsConfig).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ticket;

#[derive(Deserialize)]
struct TicketBody {
    ticket: String,
    expires_in: i64,
}

impl OpenCall for Ticket {
    type Answer = Issued<JsapiTicket>;
    type Credential = AccessToken;
    const NAME: &'static str = "token.jsapi_ticket";

    fn request(&self, token: &AccessToken) -> OpenRequest {
        let query = [("access_token", token.expose()), ("type", "jsapi")];
        OpenRequest::get("/cgi-bin/ticket/getticket", &query)
    }

    fn read(&self, body: &[u8]) -> Result<Issued<JsapiTicket>, Unreadable> {
        let expected = "a jsapi_ticket";
        let TicketBody { ticket, expires_in } = json(body, expected)?;
        issued(JsapiTicket::new(ticket), expires_in, expected)
    }
}
