//! Addresses that open a mini program from outside WeChat: a URL Scheme for a button in a mobile
//! page, a URL Link for a text message
//! (<https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/qrcode-link/url-scheme/generateScheme.html>).
//!
//! Whoever has the address can open it, so the query names an order at most and never authorises
//! anything. A `prepay_id` made for an app or a mobile page does not become valid by arriving
//! through one of these.

use serde::{Deserialize, Serialize};

use crate::{
    Timestamp,
    open_api::{
        InvalidField, OpenCall, OpenRequest, Unreadable, json,
        wire::{has_characters, limited_text},
    },
    secret::AccessToken,
};

limited_text!(
    /// A released page of the mini program, without query; empty for the front page.
    PagePath, "path", "at most 1024 characters without ?",
    |text| has_characters(text, 0, 1024) && !text.contains('?')
);
limited_text!(
    /// What the page gets.
    PageQuery, "query", "at most 1024 ASCII characters",
    |text| text.len() <= 1024 && text.bytes().all(|b| b.is_ascii_graphic())
);

/// Where an address leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Target {
    /// Which page.
    pub path: PagePath,
    /// With what.
    pub query: PageQuery,
    /// In which edition.
    pub env_version: EnvVersion,
}

/// The editions of a mini program, in the words of these calls.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum EnvVersion {
    /// What everybody uses.
    #[default]
    Release,
    /// For testers.
    Trial,
    /// For developers.
    Develop,
}

/// When an address ends: at most 30 days ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Expiry {
    expire_type: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    expire_time: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expire_interval: Option<u8>,
}

/// Thirty days in seconds.
const LONGEST: i64 = 30 * 24 * 3600;

impl Expiry {
    /// At an instant.
    ///
    /// # Errors
    /// Unless it lies ahead of `now`, by 30 days at most.
    pub fn at(end: Timestamp, now: Timestamp) -> Result<Self, InvalidField> {
        if (1..=LONGEST).contains(&end.since(now)) {
            Ok(Self { expire_type: 0, expire_time: Some(end.unix()), expire_interval: None })
        } else {
            Err(InvalidField { field: "expire_time", rule: "ahead, by 30 days at most" })
        }
    }

    /// After some days.
    ///
    /// # Errors
    /// Unless there are 1 to 30.
    pub fn after_days(days: u8) -> Result<Self, InvalidField> {
        if (1..=30).contains(&days) {
            Ok(Self { expire_type: 1, expire_time: None, expire_interval: Some(days) })
        } else {
            Err(InvalidField { field: "expire_interval", rule: "1 to 30 days" })
        }
    }
}

/// `generatescheme`: `weixin://dl/business/?t=…`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GenerateScheme {
    /// Where to.
    pub jump_wxa: Target,
    /// Until when.
    #[serde(flatten)]
    pub expiry: Expiry,
}

#[derive(Deserialize)]
struct Scheme {
    openlink: String,
}

impl OpenCall for GenerateScheme {
    type Answer = String;
    type Credential = AccessToken;
    const NAME: &'static str = "miniprogram.link.scheme";

    fn request(&self, token: &AccessToken) -> OpenRequest {
        OpenRequest::post("/wxa/generatescheme", token, self)
    }

    fn read(&self, body: &[u8]) -> Result<String, Unreadable> {
        json(body, "a URL Scheme").map(|Scheme { openlink }| openlink)
    }
}

/// `generate_urllink`: `https://wxaurl.cn/…`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GenerateUrlLink {
    /// Where to.
    #[serde(flatten)]
    pub target: Target,
    /// Until when.
    #[serde(flatten)]
    pub expiry: Expiry,
}

#[derive(Deserialize)]
struct UrlLink {
    url_link: String,
}

impl OpenCall for GenerateUrlLink {
    type Answer = String;
    type Credential = AccessToken;
    const NAME: &'static str = "miniprogram.link.url_link";

    fn request(&self, token: &AccessToken) -> OpenRequest {
        OpenRequest::post("/wxa/generate_urllink", token, self)
    }

    fn read(&self, body: &[u8]) -> Result<String, Unreadable> {
        json(body, "a URL Link").map(|UrlLink { url_link }| url_link)
    }
}
