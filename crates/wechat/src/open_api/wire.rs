//! Habits of the open platform's JSON: numbers that are texts elsewhere, instants as Unix seconds,
//! enums as numbers.

use percent_encoding::percent_decode_str;
use serde::{Deserialize, Deserializer};

use crate::Timestamp;

#[derive(Deserialize)]
#[serde(untagged)]
enum TextOrNumber {
    Text(String),
    Number(i64),
}

/// A text that some pages, or XML, write as a number.
pub(crate) fn text_or_number<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    Ok(match TextOrNumber::deserialize(from)? {
        TextOrNumber::Text(text) => text,
        TextOrNumber::Number(number) => number.to_string(),
    })
}

/// Unix seconds, as a number in JSON and as a text in XML.
pub(crate) fn unix_seconds<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
    let seconds = match TextOrNumber::deserialize(from)? {
        TextOrNumber::Number(seconds) => seconds,
        TextOrNumber::Text(text) => text.parse().map_err(serde::de::Error::custom)?,
    };
    Ok(Timestamp::from_unix(seconds))
}

/// Unix seconds where 0 and an empty text mean "not yet".
pub(crate) fn later_unix_seconds<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<Option<Timestamp>, D::Error> {
    let seconds = match Option::<TextOrNumber>::deserialize(from)? {
        None => 0,
        Some(TextOrNumber::Number(seconds)) => seconds,
        Some(TextOrNumber::Text(text)) if text.is_empty() => 0,
        Some(TextOrNumber::Text(text)) => text.parse().map_err(serde::de::Error::custom)?,
    };
    Ok((seconds != 0).then(|| Timestamp::from_unix(seconds)))
}

/// An enum that is a number on the wire and keeps the numbers it does not know.
macro_rules! open_number {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $wire:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(from = "i64", into = "i64")]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
            /// A number this crate does not know, kept as it came.
            Other(i64),
        }

        impl From<i64> for $name {
            fn from(number: i64) -> Self {
                match number {
                    $($wire => $name::$variant,)*
                    number => $name::Other(number),
                }
            }
        }

        impl From<$name> for i64 {
            fn from(value: $name) -> i64 {
                match value {
                    $($name::$variant => $wire,)*
                    $name::Other(number) => number,
                }
            }
        }
    };
}
pub(crate) use open_number;

/// A text with a rule.
macro_rules! limited_text {
    ($(#[$doc:meta])* $name:ident, $field:literal, $rule:literal, $allowed:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
        pub struct $name(String);

        impl $name {
            #[doc = concat!("Accepts ", $rule, ".")]
            ///
            /// # Errors
            /// When the text breaks that rule.
            pub fn new(text: impl Into<String>) -> Result<Self, $crate::open_api::InvalidField> {
                let text = text.into();
                let allowed: fn(&str) -> bool = $allowed;
                if allowed(&text) {
                    Ok(Self(text))
                } else {
                    Err($crate::open_api::InvalidField { field: $field, rule: $rule })
                }
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
    };
}
pub(crate) use limited_text;

/// A code that a front end hands over.
macro_rules! one_time_code {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        ///
        /// 1 to 128 ASCII letters, digits, `_` or `-`. `Debug` does not show it: whoever holds it can
        /// use it once, for five minutes.
        #[derive(Clone, PartialEq, Eq)]
        pub struct $name(String);

        impl $name {
            /// `None` when it cannot be such a code.
            #[must_use]
            pub fn new(code: &str) -> Option<Self> {
                let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
                ((1..=128).contains(&code.len()) && code.bytes().all(plain))
                    .then(|| Self(code.to_owned()))
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }
    };
}
pub(crate) use one_time_code;

/// Whether `text` has `min` to `max` characters and none that controls a terminal.
pub(crate) fn has_characters(text: &str, min: usize, max: usize) -> bool {
    (min..=max).contains(&text.chars().count()) && !text.chars().any(char::is_control)
}

/// Reads members of a query string, percent-decoded. `None` when one that is asked for stands there
/// twice or is no UTF-8: two readers of such a query need not agree.
pub(crate) fn query_members<const N: usize>(
    query: &str,
    names: [&str; N],
) -> Option<[Option<String>; N]> {
    let mut found = [const { None }; N];
    for pair in query.split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let Some(slot) = names.iter().position(|wanted| *wanted == name) else { continue };
        // A query of a browser writes a blank as `+`; Base64 in WeChat's own comes percent-encoded.
        let value = value.replace('+', " ");
        let value = percent_decode_str(&value).decode_utf8().ok()?.into_owned();
        if found[slot].replace(value).is_some() {
            return None;
        }
    }
    Some(found)
}
