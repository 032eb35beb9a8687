use std::fmt;

use crate::{
    Fen,
    id::{Appid, Mchid, Openid},
};

/// Declares an order as WeChat knows it, once for direct merchants and once for partners. The
/// members that say who was paid and who paid differ; all others are here.
macro_rules! transaction {
    (
        $(#[$doc:meta])*
        $name:ident {
            $($(#[$head_doc:meta])* $head:ident: $head_type:ty,)*
        }
        payer: $payer:ty
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
        pub struct $name {
            $($(#[$head_doc])* pub $head: $head_type,)*
            /// The merchant's number.
            pub out_trade_no: $crate::id::OutTradeNo,
            /// WeChat's number; once paid.
            #[serde(default, deserialize_with = "crate::json::empty_as_absent")]
            pub transaction_id: Option<$crate::id::TransactionId>,
            /// How it was paid; once paid.
            #[serde(default, deserialize_with = "crate::json::empty_as_absent")]
            pub trade_type: Option<$crate::pay::TradeType>,
            /// Where the order stands.
            pub trade_state: $crate::pay::TradeState,
            /// The same in Chinese, for people. Never branch on it.
            #[serde(default, deserialize_with = "crate::json::empty_as_absent")]
            pub trade_state_desc: Option<String>,
            /// When it was paid.
            #[serde(default, deserialize_with = "crate::json::empty_as_absent")]
            pub success_time: Option<$crate::Timestamp>,
            /// Who paid; once paid.
            #[serde(default)]
            pub payer: Option<$payer>,
            /// The money.
            #[serde(default)]
            pub amount: Option<$crate::pay::TransactionAmount>,
            /// Which bank, or `OTHERS`; once paid.
            #[serde(default)]
            pub bank_type: Option<String>,
            /// What the order carried; once paid.
            #[serde(default)]
            pub attach: Option<String>,
            /// Where it was paid.
            #[serde(default)]
            pub scene_info: Option<$crate::pay::TransactionScene>,
            /// The coupons that were used; once paid.
            #[serde(default, deserialize_with = "crate::json::null_as_empty")]
            pub promotion_detail: Vec<$crate::pay::Promotion>,
        }
    };
}
pub(super) use transaction;

transaction! {
    /// An order as WeChat knows it: the answer to a query and the content of a payment notification
    /// (docs/protocol/payments.md, "The transaction").
    ///
    /// An unpaid order has neither `transaction_id`, `payer`, `success_time` nor a currency.
    Transaction {
        /// The merchant who is paid.
        mchid: Mchid,
        /// The app that ordered.
        appid: Appid,
    }
    payer: Payer
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
    /// What the user paid in; present even on unpaid orders.
    #[serde(default)]
    pub payer_currency: Option<String>,
}

/// Where an order was paid.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct TransactionScene {
    /// The till, as the order named it.
    #[serde(default, deserialize_with = "crate::json::empty_as_absent")]
    pub device_id: Option<String>,
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
        #[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize)]
        #[serde(into = "String")]
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

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                match text {
                    $($wire => $name::$variant,)*
                    _ => $name::Other(text.to_owned()),
                }
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self::from(text.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = std::convert::Infallible;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Ok(Self::from(text))
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::json::text(deserializer)
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
    /// Where an order stands at WeChat (docs/protocol/payments.md, "The transaction").
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
        /// Payment failed (code pay; combined orders may say it too).
        PayError = "PAYERROR",
        /// Accepted, to be debited later (contract products).
        Accept = "ACCEPT",
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
        /// A till recognises the user's face.
        Facepay = "FACEPAY",
    }
}

impl TradeState {
    /// Whether money has reached the merchant at some time.
    #[must_use]
    pub fn is_paid(&self) -> bool {
        matches!(self, Self::Success | Self::Refund)
    }
}
