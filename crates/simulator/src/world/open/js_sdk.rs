//! `wx.config`: the page's signature is checked by WeChat's client (`preVerifyJSAPI`), and here it
//! also says why it refuses (§8).

use aws_lc_rs::constant_time::verify_slices_are_equal;
use suanpan_wechat::id::Appid;

use super::{cipher::sha1, console::host_of, token::TokenState};
use crate::world::{cashier::Refusal, exchange::Times, identity::AppKind, state::World};

/// What a page gives to `wx.config`, and where the page is.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JsConfig {
    /// `appId`.
    pub appid: Appid,
    /// The page's address as the browser has it.
    pub url: String,
    /// `timestamp`, in seconds.
    pub timestamp: i64,
    /// `nonceStr`.
    pub nonce_str: String,
    /// `signature`.
    pub signature: String,
}

/// What the page hears.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct JsConfigVerdict {
    /// Whether the page may use the JS-SDK.
    pub ok: bool,
    /// As `wx.error` words it.
    pub err_msg: &'static str,
    /// What went wrong, as far as it can be found out; WeChat does not tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What should have been signed, with the newest ticket.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub string1: Option<String>,
}

impl World {
    /// A page in WeChat's browser calls `wx.config`.
    ///
    /// # Errors
    /// When the app does not exist or is no official account.
    pub fn check_js_config(
        &self,
        config: &JsConfig,
        now: Times,
    ) -> Result<JsConfigVerdict, Refusal> {
        self.app_of_kind(&config.appid, AppKind::OfficialAccount)?;
        let host = host_of(&config.url);
        let is_safe =
            host.is_some_and(|host| self.console(&config.appid).js_domains.contains(&host));
        if !is_safe {
            return Ok(JsConfigVerdict {
                ok: false,
                err_msg: "config:invalid url domain",
                reason: Some("the page's host is not among the account's JS domains".to_owned()),
                string1: None,
            });
        }
        let tokens = self.state.open.tokens.get(&config.appid);
        let tickets: Vec<_> =
            tokens.map(|tokens| tokens.tickets(now.business).collect()).unwrap_or_default();
        let page = without_fragment(&config.url);
        let right = |ticket: &str| config.fits(&config.string1(ticket, page));
        if tickets.iter().any(|(ticket, state)| *state == TokenState::Alive && right(ticket)) {
            return Ok(JsConfigVerdict {
                ok: true,
                err_msg: "config:ok",
                reason: None,
                string1: None,
            });
        }
        let newest = tickets.first().map(|(ticket, _)| *ticket);
        Ok(JsConfigVerdict {
            ok: false,
            err_msg: "config:invalid signature",
            reason: Some(config.reason(&tickets)),
            string1: newest.map(|ticket| config.string1(ticket, page)),
        })
    }
}

impl JsConfig {
    fn string1(&self, ticket: &str, url: &str) -> String {
        let Self { nonce_str, timestamp, .. } = self;
        format!("jsapi_ticket={ticket}&noncestr={nonce_str}&timestamp={timestamp}&url={url}")
    }

    fn fits(&self, string1: &str) -> bool {
        verify_slices_are_equal(sha1(&[string1]).as_bytes(), self.signature.as_bytes()).is_ok()
    }

    fn reason(&self, tickets: &[(&str, TokenState)]) -> String {
        if tickets.is_empty() {
            return "this account has never fetched a jsapi_ticket".to_owned();
        }
        let page = without_fragment(&self.url);
        for (ticket, state) in tickets {
            if self.fits(&self.string1(ticket, page)) {
                return match state {
                    TokenState::Expired => "signed with a ticket that has expired",
                    TokenState::Replaced | TokenState::Alive => {
                        "signed with a ticket that a newer one has replaced"
                    }
                }
                .to_owned();
            }
            if let Some((mistake, _)) =
                self.mistakes(ticket, page).into_iter().find(|(_, string1)| self.fits(string1))
            {
                return mistake.to_owned();
            }
        }
        "no ticket of this account and no known mistake gives this signature".to_owned()
    }

    /// What pages are known to sign instead.
    fn mistakes(&self, ticket: &str, page: &str) -> Vec<(&'static str, String)> {
        let right = self.string1(ticket, page);
        let encoded: String = url::form_urlencoded::byte_serialize(page.as_bytes()).collect();
        let without_query = page.split_once('?').map_or(page, |(before, _)| before);
        let with_slash = format!("{page}/");
        let (nonce, time) = (&self.nonce_str, self.timestamp);
        vec![
            ("the fragment was signed as well", self.string1(ticket, &self.url)),
            ("the address was percent-encoded before signing", self.string1(ticket, &encoded)),
            ("the query of the address was left out", self.string1(ticket, without_query)),
            ("a slash was left out", self.string1(ticket, page.trim_end_matches('/'))),
            ("a slash was put behind the address", self.string1(ticket, &with_slash)),
            ("the scheme of the address is another one", self.string1(ticket, &other_scheme(page))),
            (
                "noncestr is written nonceStr in the signed text",
                right.replacen("noncestr", "nonceStr", 1),
            ),
            (
                "the members are not in the order of their names",
                format!("noncestr={nonce}&jsapi_ticket={ticket}&timestamp={time}&url={page}"),
            ),
            (
                "timestamp is in milliseconds in the signed text",
                right.replacen(&format!("timestamp={time}"), &format!("timestamp={time}000"), 1),
            ),
        ]
    }
}

fn without_fragment(url: &str) -> &str {
    url.split_once('#').map_or(url, |(before, _)| before)
}

fn other_scheme(page: &str) -> String {
    match page.split_once("://") {
        Some(("http", rest)) => format!("https://{rest}"),
        Some((_, rest)) => format!("http://{rest}"),
        None => page.to_owned(),
    }
}
