//! Where a phone's browser goes to pay.
//!
//! The browser must come from a page on one of the merchant's registered H5 domains, with a
//! `Referer`; a page opened inside WeChat or embedded in an app is refused. Nothing is reported
//! back: when the user returns, ask the server.

use crate::pay::{H5Url, segment};

/// Where the browser comes back to: an absolute http(s) address on one of the merchant's registered
/// H5 domains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedirectUrl(String);

/// The address is not one to come back to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("redirect_url must be an absolute http(s) address without spaces or control characters")]
pub struct InvalidRedirectUrl;

impl RedirectUrl {
    /// # Errors
    /// When the address breaks the rule above.
    pub fn new(url: impl Into<String>) -> Result<Self, InvalidRedirectUrl> {
        let url = url.into();
        let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
        let has_host = rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'));
        if has_host && url.bytes().all(|b| b.is_ascii_graphic()) {
            Ok(Self(url))
        } else {
            Err(InvalidRedirectUrl)
        }
    }
}

/// The address that opens the cashier. WeChat's own part stays as it came, since a changed one
/// fails; without `redirect_url` the user comes back to the page that sent them.
#[must_use]
pub fn location(h5_url: &H5Url, redirect_url: Option<&RedirectUrl>) -> String {
    match redirect_url {
        None => h5_url.as_str().to_owned(),
        Some(RedirectUrl(back)) => format!("{}&redirect_url={}", h5_url.as_str(), segment(back)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CASHIER: &str = "https://wx.tenpay.com/cgi-bin/mmpayweb-bin/checkmweb?prepay_id=wx20161110163838f231619da20804912345&package=1037687096";

    #[test]
    fn wechats_link_is_only_ever_added_to() {
        let h5_url = H5Url::new(CASHIER).unwrap();
        assert_eq!(location(&h5_url, None), CASHIER);
        let back =
            RedirectUrl::new("https://www.wechatpay.com.cn/done?order=1&b=a%20b#top").unwrap();
        assert_eq!(
            location(&h5_url, Some(&back)),
            format!(
                "{CASHIER}&redirect_url=https%3A%2F%2Fwww.wechatpay.com.cn%2Fdone%3Forder%3D1%26b%3Da%2520b%23top"
            )
        );
    }

    #[test]
    fn only_addresses_are_come_back_to() {
        for bad in [
            "",
            "/done",
            "//evil.example/",
            "javascript:alert(1)",
            "https://",
            "https:///x",
            "https://a b/",
            "https://a/\r\nx",
        ] {
            assert_eq!(RedirectUrl::new(bad), Err(InvalidRedirectUrl), "{bad:?}");
        }
    }
}
