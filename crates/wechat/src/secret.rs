//! Secrets: wiped when dropped, without `Debug`, `Display` or `Serialize` of their content.

use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

/// A secret that has the wrong length or alphabet. Says nothing about its content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind} must be {rule}")]
pub struct InvalidSecret {
    kind: &'static str,
    rule: &'static str,
}

/// The APIv3 key: decrypts notifications and certificate downloads. Exactly 32 ASCII bytes.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct ApiV3Key([u8; 32]);

impl ApiV3Key {
    /// # Errors
    /// Unless `key` is exactly 32 ASCII letters or digits, as the merchant console demands.
    pub fn new(key: &str) -> Result<Self, InvalidSecret> {
        let invalid =
            InvalidSecret { kind: "the APIv3 key", rule: "exactly 32 ASCII letters or digits" };
        let bytes: [u8; 32] = key.as_bytes().try_into().map_err(|_| invalid.clone())?;
        if bytes.iter().all(u8::is_ascii_alphanumeric) { Ok(Self(bytes)) } else { Err(invalid) }
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for ApiV3Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiV3Key(..)")
    }
}

/// The secret of one appid. Goes to `api.weixin.qq.com` and nowhere else.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct AppSecret(String);

impl AppSecret {
    /// # Errors
    /// Unless `secret` is 16 to 64 ASCII letters or digits (WeChat issues 32 hex digits).
    pub fn new(secret: impl Into<String>) -> Result<Self, InvalidSecret> {
        let secret = secret.into();
        if (16..=64).contains(&secret.len()) && secret.bytes().all(|b| b.is_ascii_alphanumeric()) {
            Ok(Self(secret))
        } else {
            Err(InvalidSecret { kind: "an AppSecret", rule: "16 to 64 ASCII letters or digits" })
        }
    }

    /// The secret itself, for the one query string it belongs in.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for AppSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AppSecret(..)")
    }
}

/// The key of one login at WeChat (`session_key`): decrypts open data of that login.
///
/// It must never leave the server (threat o14), so it cannot be serialised:
///
/// ```compile_fail,E0277
/// fn assert_serialisable<T: serde::Serialize>() {}
/// assert_serialisable::<suanpan_wechat::secret::SessionKey>();
/// ```
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct SessionKey(String);

impl SessionKey {
    pub(crate) fn new(key: String) -> Self {
        Self(key)
    }

    /// The Base64 text WeChat sent, for decrypting open data on the server.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionKey(..)")
    }
}

/// A name or an account number that WeChat sent encrypted, opened
/// ([`MerchantKey::open_sensitive`](crate::key::MerchantKey::open_sensitive)).
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct SecretText(String);

impl SecretText {
    pub(crate) fn new(text: String) -> Self {
        Self(text)
    }

    /// The text itself. Keep it out of logs.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretText(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n05_api_v3_keys_of_any_other_length_are_refused() {
        for length in (0..=64).filter(|length| *length != 32) {
            assert!(ApiV3Key::new(&"k".repeat(length)).is_err(), "{length} bytes must be refused");
        }
        assert!(ApiV3Key::new(&"k".repeat(32)).is_ok());
        assert!(ApiV3Key::new(&" ".repeat(32)).is_err());
    }

    #[test]
    fn s02_debug_shows_no_secret() {
        let canary = "canary0canary0canary0canary0cana";
        for shown in [
            format!("{:?}", ApiV3Key::new(canary).unwrap()),
            format!("{:?}", AppSecret::new(canary).unwrap()),
            format!("{:?}", SessionKey::new(canary.into())),
            format!("{:?}", SecretText::new(canary.into())),
            format!("{:?}", ApiV3Key::new(&canary[1..]).unwrap_err()),
        ] {
            assert!(!shown.contains("canary"), "{shown}");
        }
    }
}
