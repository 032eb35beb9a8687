//! Ordering for JSAPI pages and mini programs: `POST /v3/pay/transactions/jsapi`.

use crate::{
    Fen, Timestamp,
    advice::Operation,
    call::{Call, Malformed, Request},
    id::{Appid, Mchid, Openid, OutTradeNo, PrepayId},
};

/// The order as WeChat wants it (docs/protocol.md, "Prepay and the second signature").
///
/// Serialise it once, store the bytes, and repeat those bytes: WeChat compares a repeated order
/// with the first, and a changed member is refused.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Order {
    /// The app whose page opens the cashier; bound to `mchid`.
    pub appid: Appid,
    /// The merchant who is paid, and who signs.
    pub mchid: Mchid,
    /// Shown in the user's bill. See [`Description`].
    pub description: Description,
    /// Unique per mchid.
    pub out_trade_no: OutTradeNo,
    /// After this instant nobody can start or finish paying. 1 minute to 15 days ahead.
    pub time_expire: Timestamp,
    /// Given back in notification and query once paid. At most 128 bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attach: Option<String>,
    /// Where the notification goes. Absolute, without query string.
    pub notify_url: NotifyUrl,
    /// What is to be paid.
    pub amount: Amount,
    /// Who will pay.
    pub payer: super::Payer,
}

/// The amount of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Amount {
    /// In fen, above zero.
    pub total: Fen,
    /// `CNY` is the only currency of this product.
    pub currency: Currency,
}

/// The currencies of basic payment.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize,
)]
pub enum Currency {
    /// Renminbi.
    #[default]
    #[serde(rename = "CNY")]
    Cny,
}

impl Order {
    /// The body to store before it is sent.
    #[must_use]
    pub fn to_body(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("an order has string keys and no maps")
    }

    /// An order by one payer.
    #[must_use]
    pub fn payer(openid: Openid) -> super::Payer {
        super::Payer { openid }
    }
}

/// Sends an order body, new or stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prepay {
    /// Exactly the bytes made by [`Order::to_body`] the first time.
    pub body: Vec<u8>,
}

/// The answer to an order.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct Prepaid {
    /// Opens the cashier for two hours.
    pub prepay_id: PrepayId,
}

impl Call for Prepay {
    type Answer = Prepaid;
    const NAME: &'static str = "pay.jsapi.prepay";

    fn request(&self) -> Request {
        Request::post("/v3/pay/transactions/jsapi", self.body.clone())
    }

    fn operation(&self) -> Operation {
        Operation::Order
    }

    fn read(&self, _status: u16, body: &[u8]) -> Result<Prepaid, Malformed> {
        serde_json::from_slice(body).map_err(|_| Malformed { expected: "a prepay answer" })
    }
}

/// What an order is for: 1 to 127 characters without emoji (WeChat takes only UTF-8 of up to three
/// bytes a character) and without control characters.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Description(String);

/// The text cannot stand in an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{field} must be {rule}")]
pub struct InvalidText {
    field: &'static str,
    rule: &'static str,
}

impl Description {
    /// # Errors
    /// When the text breaks the rule above.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidText> {
        let text = text.into();
        let fits = (1..=127).contains(&text.chars().count());
        if fits && text.chars().all(|c| c.len_utf8() <= 3 && !c.is_control()) {
            Ok(Self(text))
        } else {
            Err(InvalidText {
                field: "description",
                rule: "1 to 127 characters without emoji or control characters",
            })
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Description {
    type Error = InvalidText;
    fn try_from(text: String) -> Result<Self, InvalidText> {
        Self::new(text)
    }
}

impl From<Description> for String {
    fn from(text: Description) -> String {
        text.0
    }
}

/// Where WeChat shall notify: an absolute `https` (or, on leased lines and against a simulator,
/// `http`) address of at most 255 bytes, without query string or fragment.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct NotifyUrl(String);

impl NotifyUrl {
    /// # Errors
    /// When the address breaks the rule above.
    pub fn new(url: impl Into<String>) -> Result<Self, InvalidText> {
        let url = url.into();
        let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
        let plain = url.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'?' | b'#'));
        if url.len() <= 255
            && plain
            && host.is_some_and(|host| !host.is_empty() && !host.starts_with('/'))
        {
            Ok(Self(url))
        } else {
            Err(InvalidText {
                field: "notify_url",
                rule: "an absolute http(s) address of at most 255 bytes without query string",
            })
        }
    }

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for NotifyUrl {
    type Error = InvalidText;
    fn try_from(text: String) -> Result<Self, InvalidText> {
        Self::new(text)
    }
}

impl From<NotifyUrl> for String {
    fn from(text: NotifyUrl) -> String {
        text.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_refuse_what_wechat_refuses() {
        assert!(Description::new("Image形象店-深圳腾大-QQ公仔").is_ok());
        for bad in ["", "咖啡☕\u{1F600}", "a\nb"] {
            assert!(Description::new(bad).is_err(), "{bad:?}");
        }
        assert!(Description::new("字".repeat(128)).is_err());
    }

    #[test]
    fn notify_urls_have_no_query() {
        assert!(NotifyUrl::new("https://shop.example/notify/v3/a").is_ok());
        for bad in ["ftp://x/", "https://", "https:///path", "https://x/?a=1", "/relative"] {
            assert!(NotifyUrl::new(bad).is_err(), "{bad}");
        }
    }
}
