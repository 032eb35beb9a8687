//! `wx.config`: the signature that lets a page's scripts use WeChat
//! (<https://developers.weixin.qq.com/doc/service/guide/h5/jssdk.html>).
//!
//! Unrelated to the payment's own signature: this one is SHA-1 with the account's
//! [`JsapiTicket`], and is about the address of a page.
//!
//! A server that signs any address it is given is an oracle: somebody else's page would get the
//! rights of ours. [`PageUrl::new`] therefore wants the hosts that are ours.
//!
//! ```
//! use suanpan_wechat::{
//!     Timestamp,
//!     id::{Appid, NonceStr},
//!     official_account::js_sdk::{JsConfig, PageUrl},
//!     secret::JsapiTicket,
//! };
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let ticket = JsapiTicket::new(
//!     "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg",
//! )?;
//! let page = PageUrl::new("http://mp.weixin.qq.com?params=value#top", &["mp.weixin.qq.com"])?;
//! let config = JsConfig::sign(
//!     &ticket,
//!     Appid::new("wx520c15f417810387")?,
//!     &page,
//!     Timestamp::from_unix(1_414_587_457),
//!     NonceStr::new("Wm3WZYTPz0wzccnW")?,
//! );
//! assert_eq!(config.signature, "0f9de62fce790f9a083d5c99e95740ceb90c27ed");
//! # Ok(())
//! # }
//! ```

use serde::Serialize;

use crate::{
    Timestamp,
    digest::sha1,
    id::{Appid, NonceStr},
    open_api::InvalidField,
    secret::JsapiTicket,
};

/// The address of a page as its browser sees it, query included, without `#` and what follows:
/// `location.href.split('#')[0]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageUrl(String);

impl PageUrl {
    /// Cuts off the fragment. `our_hosts` are exact host names, with a port where the page has one.
    ///
    /// # Errors
    /// When the address is not `http(s)`, not of one of our hosts, has a user name in front of the
    /// host, or more than 2048 characters or ones that no browser reports.
    pub fn new(url: &str, our_hosts: &[&str]) -> Result<Self, InvalidField> {
        let page = url.split('#').next().unwrap_or_default();
        let rest = page.strip_prefix("https://").or_else(|| page.strip_prefix("http://"));
        // A backslash is a slash to a browser, and would end the host earlier than here.
        let plain = page.len() <= 2048
            && !page.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\');
        let host = rest.and_then(|rest| rest.split(['/', '?']).next()).unwrap_or_default();
        if plain && our_hosts.iter().any(|ours| ours.eq_ignore_ascii_case(host)) {
            Ok(Self(page.to_owned()))
        } else {
            Err(InvalidField { field: "url", rule: "the address of a page of ours" })
        }
    }
}

/// What `wx.config` takes, apart from `debug`, `jsApiList` and `openTagList`, which are the page's
/// own business.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct JsConfig {
    /// The account.
    pub app_id: Appid,
    /// Unix seconds; lower case here, unlike the payment's `timeStamp`.
    pub timestamp: i64,
    /// Camel case here, `noncestr` in what is signed.
    pub nonce_str: NonceStr,
    /// Lower-case hex.
    pub signature: String,
}

impl JsConfig {
    /// Signs for one page. `timestamp` and `nonce_str` need not be the payment's.
    #[must_use]
    pub fn sign(
        ticket: &JsapiTicket,
        app_id: Appid,
        page: &PageUrl,
        timestamp: Timestamp,
        nonce_str: NonceStr,
    ) -> Self {
        let timestamp = timestamp.unix();
        // Raw values: nothing here is percent-encoded.
        let signature = sha1(&[
            "jsapi_ticket=",
            ticket.expose(),
            "&noncestr=",
            nonce_str.as_str(),
            "&timestamp=",
            &timestamp.to_string(),
            "&url=",
            &page.0,
        ]);
        Self { app_id, timestamp, nonce_str, signature }
    }
}
