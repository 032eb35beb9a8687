//! The texts of the protocol, each its own type with the limit of its field.
//!
//! WeChat takes UTF-8 of up to three bytes a character and refuses the rest, emoji first of all
//! (<https://pay.weixin.qq.com/doc/v3/merchant/4012791834> and its neighbours). Control characters
//! are ours to refuse: nothing that people read in a bill needs them, and they break terminals and
//! logs. Where a page does not say whether its limit counts bytes or characters, it counts
//! characters here, so that nothing WeChat would take is refused.

/// The text cannot stand in its field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{field} must be {rule}")]
pub struct InvalidText {
    /// The field's name on the wire.
    pub field: &'static str,
    /// The rule in words.
    pub rule: &'static str,
}

/// Declares a text of one field. `bytes` or `chars` says what its limit counts.
macro_rules! wire_text {
    (@length bytes $text:expr) => { $text.len() };
    (@length chars $text:expr) => { $text.chars().count() };
    (@unit bytes) => { "bytes" };
    (@unit chars) => { "characters" };
    ($(#[$doc:meta])* $name:ident, $field:literal, $min:literal..=$max:literal $unit:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            const RULE: &str = concat!(
                $min, " to ", $max, " ", $crate::text::wire_text!(@unit $unit),
                " without emoji or control characters"
            );

            #[doc = concat!("Accepts ", $min, " to ", $max, " ", $crate::text::wire_text!(@unit $unit), ".")]
            ///
            /// # Errors
            /// When the text is shorter or longer, or has emoji or control characters.
            pub fn new(text: impl Into<String>) -> Result<Self, $crate::text::InvalidText> {
                let text = text.into();
                let length = $crate::text::wire_text!(@length $unit text);
                if ($min..=$max).contains(&length) && $crate::text::is_plain(&text) {
                    Ok(Self(text))
                } else {
                    Err($crate::text::InvalidText { field: $field, rule: Self::RULE })
                }
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::text::InvalidText;
            fn try_from(text: String) -> Result<Self, $crate::text::InvalidText> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> String {
                text.0
            }
        }
    };
}
pub(crate) use wire_text;

/// Whether a text has only characters WeChat takes and people can see.
pub(crate) fn is_plain(text: &str) -> bool {
    text.chars().all(|c| c.len_utf8() <= 3 && !c.is_control())
}

wire_text!(
    /// What an order is for, as the user's bill shows it.
    Description, "description", 1..=127 chars
);
wire_text!(
    /// The merchant's own remark, given back in notification and query once the order is paid.
    Attach, "attach", 1..=128 bytes
);
wire_text!(
    /// Which coupons an order takes part in.
    GoodsTag, "goods_tag", 1..=32 chars
);
wire_text!(
    /// The merchant's receipt number, for coupons on single goods.
    InvoiceId, "invoice_id", 1..=32 chars
);
wire_text!(
    /// The merchant's number of an article.
    MerchantGoodsId, "merchant_goods_id", 1..=32 chars
);
wire_text!(
    /// WeChat's number of an article.
    WechatpayGoodsId, "wechatpay_goods_id", 1..=32 chars
);
wire_text!(
    /// The name of an article.
    GoodsName, "goods_name", 1..=256 chars
);
wire_text!(
    /// The merchant's number of a till or a shop.
    DeviceId, "device_id", 1..=32 chars
);
wire_text!(
    /// A shop's number: the merchant's own, except in code pay, where it is WeChat's.
    StoreId, "store_info.id", 1..=32 chars
);
wire_text!(
    /// A shop's name.
    StoreName, "store_info.name", 1..=256 chars
);
wire_text!(
    /// A shop's district, by the code of the national list.
    AreaCode, "store_info.area_code", 1..=32 chars
);
wire_text!(
    /// A shop's street address.
    StoreAddress, "store_info.address", 1..=512 chars
);
wire_text!(
    /// The name of the app whose page asks for money.
    AppName, "app_name", 1..=64 chars
);
wire_text!(
    /// The address of the site that asks for money.
    AppUrl, "app_url", 1..=128 chars
);
wire_text!(
    /// The iOS bundle that asks for money.
    BundleId, "bundle_id", 1..=128 chars
);
wire_text!(
    /// The Android package that asks for money.
    PackageName, "package_name", 1..=128 chars
);

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
        assert!(Description::new("字".repeat(127)).is_ok());
        let refused = Description::new("字".repeat(128)).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "description must be 1 to 127 characters without emoji or control characters"
        );
    }

    #[test]
    fn an_attach_counts_bytes() {
        assert!(Attach::new("字".repeat(42)).is_ok());
        assert!(Attach::new("字".repeat(43)).is_err());
        assert!(Attach::new("x".repeat(128)).is_ok());
    }

    #[test]
    fn notify_urls_have_no_query() {
        assert!(NotifyUrl::new("https://shop.example/notify/v3/a").is_ok());
        for bad in ["ftp://x/", "https://", "https:///path", "https://x/?a=1", "/relative"] {
            assert!(NotifyUrl::new(bad).is_err(), "{bad}");
        }
    }
}
