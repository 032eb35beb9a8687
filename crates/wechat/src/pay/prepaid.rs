//! What WeChat answers to an order, by the front end that goes on from there.

use crate::id::PrepayId;

/// The answer to JSAPI and App orders.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct Prepaid {
    /// Opens the cashier for two hours, whatever `time_expire` says.
    pub prepay_id: PrepayId,
}

/// The answer to H5 orders.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct H5Link {
    /// Opens the cashier in a phone's browser for five minutes, for one WeChat user.
    pub h5_url: H5Url,
}

/// The answer to Native orders.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct NativeCode {
    /// What the QR code says, for two hours. Ordering again makes a new one, and ends this one.
    pub code_url: CodeUrl,
}

/// An address WeChat answered is not one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{field} must be {rule}")]
pub struct InvalidLink {
    field: &'static str,
    rule: &'static str,
}

/// A link to the H5 cashier. Opaque; [`invoke::h5`](crate::invoke::h5) says how it is opened.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(try_from = "String")]
pub struct H5Url(String);

impl H5Url {
    /// Accepts what can stand in a `Location` header: an http(s) address with a query and without
    /// a fragment. WeChat documents 256 characters; it is not refused for keeping less than its
    /// word, up to 2048.
    ///
    /// # Errors
    /// When the text breaks that rule.
    pub fn new(url: impl Into<String>) -> Result<Self, InvalidLink> {
        let url = url.into();
        let is_web = url.starts_with("https://") || url.starts_with("http://");
        if is_web && is_address(&url) && url.contains('?') && !url.contains('#') {
            Ok(Self(url))
        } else {
            Err(InvalidLink { field: "h5_url", rule: "an http(s) address with a query" })
        }
    }

    /// The link as WeChat made it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for H5Url {
    type Error = InvalidLink;
    fn try_from(url: String) -> Result<Self, InvalidLink> {
        Self::new(url)
    }
}

/// The content of a Native order's QR code: its text, byte for byte, in any QR library. Opaque:
/// both `weixin://wxpay/bizpayurl` and `weixin://pay.weixin.qq.com/bizpayurl` are in use.
///
/// It must be scanned by a camera. WeChat refuses codes that are long-pressed or taken from the
/// album, and one order is for the first account that scans it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(try_from = "String")]
pub struct CodeUrl(String);

impl CodeUrl {
    /// Accepts an address of any scheme. WeChat documents 64 characters; up to 2048 are taken.
    ///
    /// # Errors
    /// When the text is no address.
    pub fn new(url: impl Into<String>) -> Result<Self, InvalidLink> {
        let url = url.into();
        if is_address(&url) && url.contains("://") {
            Ok(Self(url))
        } else {
            Err(InvalidLink { field: "code_url", rule: "an address" })
        }
    }

    /// What the QR code says.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for CodeUrl {
    type Error = InvalidLink;
    fn try_from(url: String) -> Result<Self, InvalidLink> {
        Self::new(url)
    }
}

fn is_address(url: &str) -> bool {
    url.len() <= 2048 && url.bytes().all(|b| b.is_ascii_graphic())
}
