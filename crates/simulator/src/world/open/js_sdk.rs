//! `wx.config`: the page's signature is checked by WeChat's client (`preVerifyJSAPI`), and here it
//! also says why it refuses (§8).

use aws_lc_rs::constant_time::verify_slices_are_equal;
use serde_json::{Map, Value};
use suanpan_wechat::id::Appid;

use super::{cipher::sha1, console::host_of, token::TokenState};
use crate::world::{
    cashier::Refusal,
    exchange::Times,
    explain::{Explanation, foreign_page},
    identity::AppKind,
    state::World,
};

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
    /// What went wrong, in a sentence; WeChat does not tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The same at length, and what should have been signed, with the newest ticket.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explanation: Option<Box<Explanation>>,
}

impl JsConfigVerdict {
    fn refused(err_msg: &'static str, explanation: Explanation) -> Self {
        let reason = explanation.summary.en.clone().into_owned();
        Self { ok: false, err_msg, reason: Some(reason), explanation: Some(Box::new(explanation)) }
    }
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
            return Ok(JsConfigVerdict::refused("config:invalid url domain", foreign_page()));
        }
        let tokens = self.state.open.tokens.get(&config.appid);
        let mut tickets = tokens.into_iter().flat_map(|tokens| tokens.tickets(now.business));
        if tickets.any(|(ticket, state)| state == TokenState::Alive && config.fits(ticket)) {
            return Ok(JsConfigVerdict {
                ok: true,
                err_msg: "config:ok",
                reason: None,
                explanation: None,
            });
        }
        let explanation = self.explain_page(config, now);
        Ok(JsConfigVerdict::refused("config:invalid signature", explanation))
    }
}

impl JsConfig {
    /// The string under the signature begins with the ticket; its address ends before the `#`.
    fn fits(&self, ticket: &str) -> bool {
        let Self { nonce_str, timestamp, url, .. } = self;
        let page = url.split_once('#').map_or(url.as_str(), |(before, _)| before);
        let string1 =
            format!("jsapi_ticket={ticket}&noncestr={nonce_str}&timestamp={timestamp}&url={page}");
        verify_slices_are_equal(sha1(&[&string1]).as_bytes(), self.signature.as_bytes()).is_ok()
    }

    /// As the page wrote it.
    pub(crate) fn as_given(&self) -> Map<String, Value> {
        let members = [
            ("appId", Value::from(self.appid.as_str())),
            ("nonceStr", Value::from(self.nonce_str.as_str())),
            ("signature", Value::from(self.signature.as_str())),
            ("timestamp", Value::from(self.timestamp)),
        ];
        members.map(|(name, value)| (name.to_owned(), value)).into_iter().collect()
    }
}
