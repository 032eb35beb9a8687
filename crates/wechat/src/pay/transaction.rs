use std::fmt;

use crate::{
    Fen, Timestamp,
    id::{Appid, Mchid, Openid, OutTradeNo, TransactionId},
};

/// An order as WeChat knows it: the answer to a query and the content of a payment notification
/// (docs/protocol.md, "Query and close").
///
/// An unpaid order has neither `transaction_id`, `payer`, `success_time` nor a currency.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct Transaction {
    /// The merchant who is paid.
    pub mchid: Mchid,
    /// The app that ordered.
    pub appid: Appid,
    /// The merchant's number.
    pub out_trade_no: OutTradeNo,
    /// WeChat's number; once paid.
    #[serde(default, deserialize_with = "empty_as_absent")]
    pub transaction_id: Option<TransactionId>,
    /// How it was paid; once paid.
    #[serde(default, deserialize_with = "empty_as_absent")]
    pub trade_type: Option<TradeType>,
    /// Where the order stands.
    pub trade_state: TradeState,
    /// When it was paid.
    #[serde(default, deserialize_with = "empty_as_absent")]
    pub success_time: Option<Timestamp>,
    /// Who paid; once paid.
    #[serde(default)]
    pub payer: Option<Payer>,
    /// The money.
    #[serde(default)]
    pub amount: Option<TransactionAmount>,
    /// Which bank, or `OTHERS`; once paid.
    #[serde(default)]
    pub bank_type: Option<String>,
    /// What the order carried.
    #[serde(default)]
    pub attach: Option<String>,
}

/// WeChat leaves out what an unpaid order does not have, or sends an empty text.
pub(crate) fn empty_as_absent<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: TryFrom<String, Error: fmt::Display>,
    D: serde::Deserializer<'de>,
{
    let text: Option<String> = serde::Deserialize::deserialize(deserializer)?;
    let present = text.filter(|text| !text.is_empty());
    present.map(T::try_from).transpose().map_err(serde::de::Error::custom)
}

/// The money of a transaction. What was ordered is `total`; `payer_total` may be less by coupons
/// and is recorded, never compared (threat n12).
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct TransactionAmount {
    /// The order's amount in fen.
    pub total: Fen,
    /// What the user paid in fen, after coupons; once paid.
    #[serde(default)]
    pub payer_total: Option<Fen>,
    /// Absent means `CNY`.
    #[serde(default)]
    pub currency: Option<String>,
}

/// The person who pays.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Payer {
    /// As the order's appid knows them.
    pub openid: Openid,
}

macro_rules! open_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $wire:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(from = "String", into = "String")]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
            /// A value this crate does not know, kept as it came.
            Other(String),
        }

        impl $name {
            /// As on the wire.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $($name::$variant => $wire,)*
                    $name::Other(text) => text,
                }
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                match text.as_str() {
                    $($wire => $name::$variant,)*
                    _ => $name::Other(text),
                }
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> String {
                value.as_str().to_owned()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}
pub(crate) use open_enum;

open_enum! {
    /// Where an order stands at WeChat (docs/protocol.md, "Query and close").
    TradeState {
        /// Paid.
        Success = "SUCCESS",
        /// Paid, and some or all of it refunded since.
        Refund = "REFUND",
        /// Not paid, even when `time_expire` has passed.
        NotPay = "NOTPAY",
        /// Closed; it can never be paid.
        Closed = "CLOSED",
        /// Reversed (code pay only).
        Revoked = "REVOKED",
        /// The user is entering the password (code pay only).
        UserPaying = "USERPAYING",
        /// Payment failed (code pay only).
        PayError = "PAYERROR",
    }
}

open_enum! {
    /// How the user pays.
    TradeType {
        /// A page inside WeChat, or a mini program.
        Jsapi = "JSAPI",
        /// A QR code the user scans.
        Native = "NATIVE",
        /// A mobile app.
        App = "APP",
        /// A page outside WeChat.
        Mweb = "MWEB",
        /// The merchant scans the user's code.
        Micropay = "MICROPAY",
    }
}

impl TradeState {
    /// Whether money has reached the merchant at some time.
    #[must_use]
    pub fn is_paid(&self) -> bool {
        matches!(self, Self::Success | Self::Refund)
    }
}
