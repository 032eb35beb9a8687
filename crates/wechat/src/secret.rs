//! Secrets: wiped when dropped, without `Debug`, `Display` or `Serialize`.
//!
//! ```compile_fail,E0277
//! fn log<T: std::fmt::Debug>() {}
//! log::<suanpan_wechat::secret::SessionKey>();
//! ```
//! ```compile_fail,E0277
//! fn log<T: std::fmt::Debug>() {}
//! log::<suanpan_wechat::secret::AppSecret>();
//! ```
//! ```compile_fail,E0277
//! fn log<T: std::fmt::Debug>() {}
//! log::<suanpan_wechat::secret::ApiV3Key>();
//! ```
//! ```compile_fail,E0277
//! fn show<T: std::fmt::Display>() {}
//! show::<suanpan_wechat::secret::SessionKey>();
//! ```

use std::{fmt, sync::Arc};

use aws_lc_rs::{
    aead::{AES_256_GCM, LessSafeKey, UnboundKey},
    constant_time::verify_slices_are_equal,
};
use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose::STANDARD},
};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::id::Appid;

use crate::suite::Suite;

/// A secret that has the wrong length or alphabet. Says nothing about its content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind} must be {rule}")]
pub struct InvalidSecret {
    kind: &'static str,
    rule: &'static str,
}

/// The APIv3 key: decrypts notifications and certificate downloads. Exactly 32 ASCII bytes.
///
/// The key knows which suite it is for, so that a sealed resource cannot choose its algorithm.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct ApiV3Key {
    bytes: [u8; 32],
    /// The key schedule, made once rather than for every notification. AWS-LC wipes what it frees.
    #[zeroize(skip)]
    aes: Arc<LessSafeKey>,
    #[zeroize(skip)]
    suite: Suite,
}

impl ApiV3Key {
    /// # Errors
    /// Unless `key` is exactly 32 ASCII letters or digits, as the merchant console demands.
    pub fn new(key: &str) -> Result<Self, InvalidSecret> {
        Self::of_suite(key, Suite::Rsa)
    }

    /// The key of a merchant with an SM certificate.
    ///
    /// # Errors
    /// As [`ApiV3Key::new`].
    #[cfg(feature = "sm")]
    pub fn for_sm(key: &str) -> Result<Self, InvalidSecret> {
        Self::of_suite(key, Suite::Sm)
    }

    fn of_suite(key: &str, suite: Suite) -> Result<Self, InvalidSecret> {
        let bytes = console_key("the APIv3 key", key)?;
        let aes = UnboundKey::new(&AES_256_GCM, &bytes).expect("the key has 32 bytes");
        Ok(Self { bytes, aes: Arc::new(LessSafeKey::new(aes)), suite })
    }

    /// What it opens.
    #[must_use]
    pub fn suite(&self) -> Suite {
        self.suite
    }

    #[cfg(feature = "sm")]
    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.bytes
    }

    pub(crate) fn aes(&self) -> &LessSafeKey {
        &self.aes
    }
}

/// The key of the v2 protocol (API密钥): signs in both directions and opens refund notifications.
/// Exactly 32 ASCII bytes; another key than the APIv3 key.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct ApiV2Key([u8; 32]);

impl ApiV2Key {
    /// # Errors
    /// Unless `key` is exactly 32 ASCII letters or digits, as the merchant console demands.
    pub fn new(key: &str) -> Result<Self, InvalidSecret> {
        console_key("the APIv2 key", key).map(Self)
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// `Debug` of a struct that holds secrets: its name and the members named here. A secret itself has
/// no `Debug`, so one that is forgotten here cannot be printed either.
macro_rules! debug_without_secrets {
    ($name:ident { $($shown:ident),* }) => {
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name))
                    $(.field(stringify!($shown), &self.$shown))*
                    .finish_non_exhaustive()
            }
        }
    };
}
pub(crate) use debug_without_secrets;

/// What the merchant console takes as a key.
fn console_key(kind: &'static str, key: &str) -> Result<[u8; 32], InvalidSecret> {
    let invalid = InvalidSecret { kind, rule: "exactly 32 ASCII letters or digits" };
    let bytes: [u8; 32] = key.as_bytes().try_into().map_err(|_| invalid.clone())?;
    if bytes.iter().all(u8::is_ascii_alphanumeric) { Ok(bytes) } else { Err(invalid) }
}

/// A secret that is a text, and a constructor that knows which texts.
macro_rules! secret_text {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $min:literal..=$max:literal, $rule:literal, $allowed:expr) => {
        $(#[$doc])*
        #[derive(Clone, Zeroize, ZeroizeOnDrop)]
        pub struct $name(String);

        impl $name {
            #[doc = concat!("Accepts ", $rule, ".")]
            ///
            /// # Errors
            /// When the text breaks that rule.
            pub fn new(text: impl Into<String>) -> Result<Self, InvalidSecret> {
                let secret = Self(text.into());
                let allowed: fn(u8) -> bool = $allowed;
                if ($min..=$max).contains(&secret.0.len()) && secret.0.bytes().all(allowed) {
                    Ok(secret)
                } else {
                    Err(InvalidSecret { kind: $kind, rule: $rule })
                }
            }

            /// The secret itself, for the one place it belongs in.
            #[must_use]
            pub fn expose(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidSecret;
            fn try_from(text: String) -> Result<Self, InvalidSecret> {
                Self::new(text)
            }
        }
    };
}

secret_text!(
    /// The secret of one appid. Goes to `api.weixin.qq.com` and nowhere else; WeChat issues 32 hex
    /// digits.
    AppSecret, "an AppSecret", 16..=64, "16 to 64 ASCII letters or digits", |b| b.is_ascii_alphanumeric()
);
secret_text!(
    /// Lets an app call `api.weixin.qq.com`: whoever holds it *is* the app for two hours. Real ones
    /// have about 140 characters; WeChat asks for room for 512.
    ///
    /// ```compile_fail,E0277
    /// fn answer_to_a_front_end<T: serde::Serialize>() {}
    /// answer_to_a_front_end::<suanpan_wechat::secret::AccessToken>();
    /// ```
    AccessToken, "an access_token", 1..=2048, "1 to 2048 visible ASCII characters", |b| b.is_ascii_graphic()
);
secret_text!(
    /// Signs `wx.config` for every page of an official account. Only its signatures leave the
    /// server.
    ///
    /// ```compile_fail,E0277
    /// fn answer_to_a_front_end<T: serde::Serialize>() {}
    /// answer_to_a_front_end::<suanpan_wechat::secret::JsapiTicket>();
    /// ```
    JsapiTicket, "a jsapi_ticket", 1..=2048, "1 to 2048 visible ASCII characters", |b| b.is_ascii_graphic()
);
secret_text!(
    /// An [`AccessToken`] or a [`JsapiTicket`] as the processes of one app share it. A store keeps
    /// the exposed text, encrypted at rest like every other secret.
    ///
    /// ```compile_fail,E0277
    /// fn answer_to_a_front_end<T: serde::Serialize>() {}
    /// answer_to_a_front_end::<suanpan_wechat::secret::SharedSecret>();
    /// ```
    SharedSecret, "a shared secret", 1..=2048, "1 to 2048 visible ASCII characters", |b| b.is_ascii_graphic()
);
impl SharedSecret {
    /// Compares in constant time.
    #[must_use]
    pub fn is_same_as(&self, other: &Self) -> bool {
        verify_slices_are_equal(self.0.as_bytes(), other.0.as_bytes()).is_ok()
    }
}

/// The rule is the same, so every value fits.
macro_rules! shared {
    ($name:ident) => {
        impl From<$name> for SharedSecret {
            fn from(secret: $name) -> Self {
                Self(secret.expose().to_owned())
            }
        }

        impl From<SharedSecret> for $name {
            fn from(secret: SharedSecret) -> Self {
                Self(secret.expose().to_owned())
            }
        }
    };
}

shared!(AccessToken);
shared!(JsapiTicket);

secret_text!(
    /// Reads the profile of one user who came through the web authorisation of an official account.
    /// Not the app's [`AccessToken`], though the wire calls both `access_token`.
    ///
    /// ```compile_fail,E0277
    /// fn answer_to_a_front_end<T: serde::Serialize>() {}
    /// answer_to_a_front_end::<suanpan_wechat::secret::UserToken>();
    /// ```
    UserToken, "a web-authorisation access_token", 1..=2048, "1 to 2048 visible ASCII characters", |b| b.is_ascii_graphic()
);
secret_text!(
    /// Makes new [`UserToken`]s for thirty days.
    ///
    /// ```compile_fail,E0277
    /// fn answer_to_a_front_end<T: serde::Serialize>() {}
    /// answer_to_a_front_end::<suanpan_wechat::secret::RefreshToken>();
    /// ```
    RefreshToken, "a refresh_token", 1..=2048, "1 to 2048 visible ASCII characters", |b| b.is_ascii_graphic()
);
secret_text!(
    /// The Token of the message push settings: signs the addresses WeChat calls.
    PushToken, "the Token of the message push", 3..=32, "3 to 32 ASCII letters or digits", |b| b.is_ascii_alphanumeric()
);

/// An app and its secret: lets in where there is no [`AccessToken`] yet. One value, so that a
/// secret is never sent under another app's name.
#[derive(Clone)]
pub struct AppCredentials {
    /// The app.
    pub appid: Appid,
    /// Goes to WeChat with the calls of this app, and nowhere else.
    pub secret: AppSecret,
}

debug_without_secrets!(AppCredentials { appid });

/// The EncodingAESKey of the message push settings: 43 letters or digits, which are 32 bytes.
///
/// ```compile_fail,E0277
/// fn answer_to_a_front_end<T: serde::Serialize>() {}
/// answer_to_a_front_end::<suanpan_wechat::secret::EncodingAesKey>();
/// ```
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct EncodingAesKey([u8; 32]);

/// 43 characters carry 258 bits for 256. The console does not care what the last two are, and a
/// strict decoder would refuse three keys in four.
const WITH_SPARE_BITS: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone),
);

impl EncodingAesKey {
    /// # Errors
    /// Unless `key` is exactly 43 ASCII letters or digits, as the console demands.
    pub fn new(key: &str) -> Result<Self, InvalidSecret> {
        let invalid = InvalidSecret {
            kind: "the EncodingAESKey",
            rule: "exactly 43 ASCII letters or digits",
        };
        let mut bytes = [0; 32];
        let plain = key.len() == 43 && key.bytes().all(|b| b.is_ascii_alphanumeric());
        match WITH_SPARE_BITS.decode_slice(key, &mut bytes) {
            Ok(32) if plain => Ok(Self(bytes)),
            _ => Err(invalid),
        }
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
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
    /// From wherever the server kept it, encrypted at rest.
    ///
    /// # Errors
    /// Unless `key` is the Base64 of 16 bytes.
    pub fn new(key: impl Into<String>) -> Result<Self, InvalidSecret> {
        let key = Self(key.into());
        if key.bytes().is_some() {
            Ok(key)
        } else {
            Err(InvalidSecret { kind: "a session_key", rule: "the Base64 of 16 bytes" })
        }
    }

    /// The Base64 text as WeChat sent it, which is also what signatures are made with.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What the text stands for: the AES key. `None` in no key that exists.
    pub(crate) fn bytes(&self) -> Option<Zeroizing<[u8; 16]>> {
        let mut bytes = Zeroizing::new([0; 16]);
        let length = STANDARD.decode_slice(&self.0, &mut *bytes).ok()?;
        (length == bytes.len()).then_some(bytes)
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

/// A person's data rather than a key: structs that hold it may be printed, and show that it is there.
impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretText(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n05_api_keys_of_any_other_length_are_refused() {
        for length in (0..=64).filter(|length| *length != 32) {
            let key = "k".repeat(length);
            assert!(ApiV3Key::new(&key).is_err(), "{length} bytes must be refused");
            assert!(ApiV2Key::new(&key).is_err(), "{length} bytes must be refused");
        }
        assert!(ApiV3Key::new(&"k".repeat(32)).is_ok());
        assert!(ApiV2Key::new(&"k".repeat(32)).is_ok());
        assert!(ApiV3Key::new(&" ".repeat(32)).is_err());
        assert!(ApiV2Key::new(&" ".repeat(32)).is_err());
    }

    #[test]
    fn session_keys_and_aes_keys_have_their_exact_length() {
        for bad in
            ["", "o0q0otL8aEzpcZL/FT9WsQ", "o0q0otL8aEzpcZL/FT9WsQo=", "o0q0otL8aEzpcZL/FT9W"]
        {
            assert!(SessionKey::new(bad).is_err(), "{bad:?}");
        }
        assert!(SessionKey::new("o0q0otL8aEzpcZL/FT9WsQ==").is_ok());
        let key = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";
        assert!(EncodingAesKey::new(key).is_ok());
        for bad in ["", &key[1..], &format!("{key}="), &key.replace('a', "/")] {
            assert!(EncodingAesKey::new(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn s02_debug_shows_no_secret() {
        let canary = "canary0canary0canary0canary0cana";
        let secret = AppSecret::new(canary).unwrap();
        let appid = Appid::new("wx0000000000000001").unwrap();
        for shown in [
            format!("{:?}", AppCredentials { appid, secret }),
            format!("{:?}", SecretText::new(canary.into())),
            format!("{:?}", PushToken::new("canary canary").err()),
            format!("{:?}", SessionKey::new(canary).err()),
            format!("{:?}", ApiV3Key::new(&canary[1..]).err()),
        ] {
            assert!(!shown.contains("canary"), "{shown}");
        }
    }
}
