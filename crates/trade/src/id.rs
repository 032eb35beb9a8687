//! Suanpan's own identifiers. Each embeds its account, so that a token or an id alone says whose
//! rows it may touch (invariant I14) and where they live once tables are distributed by account.

use std::fmt;

/// Why a text is not the identifier it claims to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{kind} must be {rule}")]
pub struct InvalidId {
    /// The identifier's name in the API.
    pub kind: &'static str,
    /// The rule in words.
    pub rule: &'static str,
}

/// Random bits in an identifier, written with [`encode`].
pub const ID_BYTES: usize = 16;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Writes bytes in a 32-letter alphabet without look-alikes, five bits a letter, padded with zero
/// bits.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    let (mut buffer, mut bits, mut text) =
        (0_u16, 0_u8, String::with_capacity(bytes.len() * 8 / 5 + 1));
    for byte in bytes {
        buffer = (buffer << 8) | u16::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.push(char::from(ALPHABET[usize::from((buffer >> bits) & 31)]));
        }
    }
    if bits > 0 {
        text.push(char::from(ALPHABET[usize::from((buffer << (5 - bits)) & 31)]));
    }
    text
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $rule:literal, $valid:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            #[doc = concat!("Accepts ", $rule, ".")]
            ///
            /// # Errors
            /// When the text breaks that rule.
            pub fn new(text: impl Into<String>) -> Result<Self, InvalidId> {
                let text = text.into();
                let valid: fn(&str) -> bool = $valid;
                if valid(&text) { Ok(Self(text)) } else { Err(InvalidId { kind: $kind, rule: $rule }) }
            }

            /// The identifier as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;
            fn try_from(text: String) -> Result<Self, InvalidId> {
                Self::new(text)
            }
        }

        impl std::str::FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
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

text_id!(
    /// One tenant of Suanpan.
    AccountId, "account", "1 to 16 lower-case letters or digits", |text| {
        (1..=16).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    }
);
text_id!(
    /// The merchant's own number of an order; unique per account.
    MerchantOrderNo, "merchant_order_no", "1 to 64 ASCII letters, digits or any of _ - . | *", |text| {
        (1..=64).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'|' | b'*'))
    }
);
text_id!(
    /// One order: `ord_{account}_{26 letters}`.
    OrderId, "order_id", "as given when the order was created", |text| has_shape(text, "ord_")
);
text_id!(
    /// One intent to refund: `ref_{account}_{26 letters}`.
    RefundIntentId, "refund_id", "as given when the refund was created", |text| has_shape(text, "ref_")
);
text_id!(
    /// One event: `evt_{account}_{26 letters}`; also the webhook's message id.
    EventId, "event_id", "as given in the event", |text| has_shape(text, "evt_")
);
text_id!(
    /// One webhook endpoint: `wep_{account}_{26 letters}`.
    EndpointId, "endpoint_id", "as given when the endpoint was created", |text| has_shape(text, "wep_")
);

macro_rules! account_scoped {
    ($($name:ident => $prefix:literal),* $(,)?) => {
        $(impl $name {
            /// A new identifier of `account` from random bytes.
            #[must_use]
            pub fn mint(account: &AccountId, random: [u8; ID_BYTES]) -> Self {
                Self(format!(concat!($prefix, "{}_{}"), account, encode(&random)))
            }

            /// The account this belongs to.
            #[must_use]
            pub fn account(&self) -> AccountId {
                let (account, _) = split_shape(&self.0, $prefix).expect("checked by the constructor");
                AccountId(account.to_owned())
            }
        })*
    };
}

account_scoped!(OrderId => "ord_", RefundIntentId => "ref_", EventId => "evt_", EndpointId => "wep_");

fn split_shape<'a>(text: &'a str, prefix: &str) -> Option<(&'a str, &'a str)> {
    text.strip_prefix(prefix)?.split_once('_')
}

fn has_shape(text: &str, prefix: &str) -> bool {
    split_shape(text, prefix).is_some_and(|(account, random)| {
        AccountId::new(account).is_ok()
            && random.len() == (ID_BYTES * 8).div_ceil(5)
            && random.bytes().all(|b| ALPHABET.contains(&b))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_carry_their_account() {
        let account = AccountId::new("acme").unwrap();
        let id = OrderId::mint(&account, [0xff; 16]);
        assert_eq!(OrderId::new(id.as_str()).unwrap(), id);
        assert_eq!(id.account(), account);
        for bad in [
            "ord_acme_",
            "ord__0123",
            "evt_acme_zzzzzzzzzzzzzzzzzzzzzzzzzw",
            "ord_Acme_zzzzzzzzzzzzzzzzzzzzzzzzzw",
        ] {
            assert!(OrderId::new(bad).is_err(), "{bad}");
        }
    }
}
