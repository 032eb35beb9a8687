//! The identifiers of the protocol, spelled as on the wire, each its own type.
//!
//! A value that exists is valid: constructors check length and alphabet, so a number can be put
//! into a path, a database key or a log line without another look. Lengths and alphabets are those
//! of the order, query and refund pages of basic payment
//! (<https://pay.weixin.qq.com/doc/v3/merchant/4012791834> and its neighbours).
//!
//! ```
//! use suanpan_wechat::id::OutTradeNo;
//!
//! let number: OutTradeNo = "1217752501201407033233368018".parse()?;
//! assert_eq!(number.as_str(), "1217752501201407033233368018");
//! let refused = OutTradeNo::new("../close").unwrap_err();
//! assert_eq!(
//!     refused.to_string(),
//!     "out_trade_no must be 6 to 32 ASCII letters, digits or any of _ - | *"
//! );
//! # Ok::<(), suanpan_wechat::id::InvalidId>(())
//! ```

/// Why a text is not the identifier it claims to be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind} must be {rule}")]
pub struct InvalidId {
    /// The identifier's name on the wire.
    pub kind: &'static str,
    /// The rule in words.
    pub rule: &'static str,
}

macro_rules! wire_id {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $min:literal..=$max:literal, $rule:literal, $allowed:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            #[doc = concat!("Accepts ", $rule, ".")]
            ///
            /// # Errors
            /// When the text breaks that rule.
            pub fn new(text: impl Into<String>) -> Result<Self, $crate::id::InvalidId> {
                let text = text.into();
                let allowed: fn(u8) -> bool = $allowed;
                if ($min..=$max).contains(&text.len()) && text.bytes().all(allowed) {
                    Ok(Self(text))
                } else {
                    Err($crate::id::InvalidId { kind: $kind, rule: $rule })
                }
            }

            /// The identifier as it stands on the wire.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::id::InvalidId;
            fn try_from(text: String) -> Result<Self, $crate::id::InvalidId> {
                Self::new(text)
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::id::InvalidId;
            fn from_str(text: &str) -> Result<Self, $crate::id::InvalidId> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }
    };
}
pub(crate) use wire_id;

fn merchant_number(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'|' | b'*')
}

wire_id!(
    /// A merchant number at WeChat Pay.
    Mchid, "mchid", 1..=32, "1 to 32 digits", |b| b.is_ascii_digit()
);
wire_id!(
    /// An application: mini program, official account or mobile app.
    Appid, "appid", 1..=32, "1 to 32 ASCII letters or digits", |b| b.is_ascii_alphanumeric()
);
wire_id!(
    /// A person, as one appid knows them.
    Openid, "openid", 1..=128, "1 to 128 visible ASCII characters", |b| b.is_ascii_graphic()
);
wire_id!(
    /// The merchant's number for one attempt to pay; unique per mchid.
    OutTradeNo, "out_trade_no", 6..=32, "6 to 32 ASCII letters, digits or any of _ - | *", merchant_number
);
wire_id!(
    /// The merchant's number for one combined order; unique per mchid. The pages of 2026 want six
    /// characters or more, older ones two, and both kinds are still asked for.
    CombineOutTradeNo, "combine_out_trade_no", 2..=32, "2 to 32 ASCII letters, digits or any of _ - | *", merchant_number
);
wire_id!(
    /// WeChat's number for one payment.
    TransactionId, "transaction_id", 1..=32, "1 to 32 ASCII letters or digits", |b| b.is_ascii_alphanumeric()
);
wire_id!(
    /// The handle a front end opens the cashier with. Opaque; lives two hours.
    PrepayId, "prepay_id", 1..=64, "1 to 64 ASCII letters, digits or _", |b| b.is_ascii_alphanumeric() || b == b'_'
);
wire_id!(
    /// Which key signed: a certificate serial (40 upper-case hex digits) or `PUB_KEY_ID_…`.
    SerialNo, "serial_no", 1..=64, "1 to 64 ASCII letters, digits or _", |b| b.is_ascii_alphanumeric() || b == b'_'
);
wire_id!(
    /// The merchant's number for one refund; unique per mchid, kept for the refund's whole life.
    OutRefundNo, "out_refund_no", 1..=64, "1 to 64 ASCII letters, digits or any of _ - | * @",
    |b| merchant_number(b) || b == b'@'
);
wire_id!(
    /// WeChat's number for one refund.
    RefundId, "refund_id", 1..=32, "1 to 32 ASCII letters or digits", |b| b.is_ascii_alphanumeric()
);
wire_id!(
    /// A number used once inside a signature.
    NonceStr, "nonce_str", 1..=32, "1 to 32 ASCII letters or digits", |b| b.is_ascii_alphanumeric()
);
wire_id!(
    /// `Request-ID`: what WeChat's support asks for, and the only place where an error has a number.
    ///
    /// The header is `<identifier>-<error number>`, for example
    /// `08DAF1A7B50610FB0318FCB3C05520D5232891CE04-268892709`; number 0 is success. Notifications
    /// and old answers carry a UUID instead, which has no number.
    RequestId, "Request-ID", 1..=128, "1 to 128 visible ASCII characters", |b| b.is_ascii_graphic()
);

wire_id!(
    /// A file uploaded to WeChat.
    MediaId, "media_id", 1..=512, "1 to 512 visible ASCII characters", |b| b.is_ascii_graphic()
);

impl SerialNo {
    /// Whether this names a WeChat Pay public key rather than a platform certificate.
    #[must_use]
    pub fn is_public_key_id(&self) -> bool {
        self.0.starts_with("PUB_KEY_ID_")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_those_of_the_order_page() {
        assert!(OutTradeNo::new("12345").is_err());
        assert!(OutTradeNo::new("a*b|c-d_1").is_ok());
        assert!(OutTradeNo::new("x".repeat(33)).is_err());
        assert!(OutTradeNo::new("订单号一二三").is_err());
        assert!(OutTradeNo::new("has space").is_err());
        assert!(Mchid::new("").is_err());
        assert!(OutRefundNo::new("a@b").is_ok());
        assert!(PrepayId::new("wx/../..").is_err());
    }

    #[test]
    fn json_cannot_smuggle_an_invalid_id() {
        assert!(serde_json::from_str::<Mchid>(r#""19000x""#).is_err());
        assert_eq!(
            serde_json::from_str::<Mchid>(r#""1900007291""#).unwrap().as_str(),
            "1900007291"
        );
    }
}
