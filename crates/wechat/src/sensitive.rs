//! Sensitive members: names and account numbers that travel encrypted inside a JSON body
//! (docs/protocol/sensitive.md, <https://pay.weixin.qq.com/doc/v3/merchant/4013053257>).
//!
//! ```text
//!  to WeChat   plaintext ── EncryptionKey of the TrustRing ──► SensitiveText ──► JSON member
//!  to us       JSON member ──► SealedText ── MerchantKey::open_sensitive ──► SecretText
//! ```
//!
//! A request that carries a [`SensitiveText`] must name the key it was encrypted to in its
//! `Wechatpay-Serial` header, once for all members. [`common_serial_no`] finds that name, and
//! refuses members that were encrypted to different keys.
//!
//! Encryption is randomised: the same name gives another text each time. A request that may have
//! to be repeated is therefore built once and kept **as bytes, together with the serial number**;
//! building it anew makes WeChat compare two different requests under one number.
//!
//! ```
//! use suanpan_wechat::{Timestamp, id::SerialNo, sensitive::SensitiveText, trust::TrustRing};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let pub_key_pem = include_str!("../tests/vectors/go_public.pem");
//! let mut ring = TrustRing::default();
//! ring.add_public_key(SerialNo::new("PUB_KEY_ID_0114232134912410000000000000")?, pub_key_pem)?;
//!
//! let now = Timestamp::from_unix(1_727_757_296);
//! let key = ring.encryption_key(now).ok_or("no key of WeChat yet: download certificates first")?;
//! let name = SensitiveText::seal(&key, "张三")?;
//! assert_eq!(name.serial_no(), key.serial_no());
//! assert!(!serde_json::to_string(&name)?.contains("张三"));
//! # Ok(())
//! # }
//! ```

use std::{fmt, sync::Arc};

use crate::{call::Request, id::SerialNo, key::PublicKey};

/// A key of WeChat that sensitive members may be encrypted to at this moment.
///
/// Comes from [`TrustRing::encryption_key`](crate::trust::TrustRing::encryption_key), which never
/// gives one that has expired. Take a new one for each request rather than keeping it.
#[derive(Debug, Clone)]
pub struct EncryptionKey {
    serial_no: SerialNo,
    key: Arc<PublicKey>,
}

impl EncryptionKey {
    pub(crate) fn new(serial_no: SerialNo, key: Arc<PublicKey>) -> Self {
        Self { serial_no, key }
    }

    /// What WeChat calls this key.
    #[must_use]
    pub fn serial_no(&self) -> &SerialNo {
        &self.serial_no
    }
}

/// A sensitive member of a request, encrypted when it was made. Serialises to its Base64 text.
#[derive(Clone, PartialEq, Eq, serde::Serialize)]
#[serde(into = "String")]
pub struct SensitiveText {
    ciphertext: String,
    serial_no: SerialNo,
}

impl SensitiveText {
    /// Encrypts `plaintext` with RSA-OAEP (SHA-1, MGF1 with SHA-1, no label), or with SM2 where
    /// that is the key's suite.
    ///
    /// # Errors
    /// When there is nothing to encrypt, or more than fits: 214 bytes for a key of 2048 bits.
    pub fn seal(key: &EncryptionKey, plaintext: &str) -> Result<Self, CannotSeal> {
        Self::encrypted(key, plaintext, Padding::Oaep)
    }

    /// Encrypts as a few of the oldest interfaces demand, with PKCS#1 v1.5. Nothing in this crate
    /// needs it; use it only where the page of an interface names this padding.
    ///
    /// # Errors
    /// As [`SensitiveText::seal`], with 245 bytes.
    pub fn seal_pkcs1v15(key: &EncryptionKey, plaintext: &str) -> Result<Self, CannotSeal> {
        Self::encrypted(key, plaintext, Padding::Pkcs1v15)
    }

    fn encrypted(
        key: &EncryptionKey,
        plaintext: &str,
        padding: Padding,
    ) -> Result<Self, CannotSeal> {
        let ciphertext = key.key.encrypt(plaintext.as_bytes(), padding)?;
        Ok(Self { ciphertext, serial_no: key.serial_no.clone() })
    }

    /// The key it was encrypted to.
    #[must_use]
    pub fn serial_no(&self) -> &SerialNo {
        &self.serial_no
    }
}

impl From<SensitiveText> for String {
    fn from(text: SensitiveText) -> String {
        text.ciphertext
    }
}

impl fmt::Debug for SensitiveText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SensitiveText(to {}, ..)", self.serial_no)
    }
}

/// The one key that all of `members` are encrypted to, for
/// [`Request::sealed_to`](crate::call::Request::sealed_to); `None` when there are no members.
///
/// # Errors
/// When two members name different keys. WeChat could decrypt only some of them, so such a request
/// must not be built: seal all members of a request with one [`EncryptionKey`].
pub fn common_serial_no<'a>(
    members: impl IntoIterator<Item = &'a SensitiveText>,
) -> Result<Option<SerialNo>, MixedKeys> {
    let mut serials = members.into_iter().map(SensitiveText::serial_no);
    let Some(first) = serials.next() else { return Ok(None) };
    match serials.find(|other| *other != first) {
        None => Ok(Some(first.clone())),
        Some(other) => Err(MixedKeys { first: first.clone(), other: other.clone() }),
    }
}

/// A JSON body that may hold sensitive members, and the key they are encrypted to: what is stored
/// before a request is sent, and sent again as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedBody {
    /// The body, byte for byte.
    pub json: Vec<u8>,
    /// The key its sensitive members are encrypted to; `None` when it has none.
    pub sealed_to: Option<SerialNo>,
}

impl SealedBody {
    /// Serialises `message`, whose sensitive members are `members`.
    pub(crate) fn new<'a>(
        message: &impl serde::Serialize,
        members: impl IntoIterator<Item = &'a SensitiveText>,
    ) -> Result<Self, MixedKeys> {
        let sealed_to = common_serial_no(members)?;
        let json = serde_json::to_vec(message).expect("messages of WeChat have string keys");
        Ok(Self { json, sealed_to })
    }

    /// The same for a message that can have only one sensitive member.
    pub(crate) fn with_one(
        message: &impl serde::Serialize,
        member: Option<&SensitiveText>,
    ) -> Self {
        Self::new(message, member).expect("one member is encrypted to one key")
    }

    pub(crate) fn post(&self, target: impl Into<String>) -> Request {
        Request::post(target, self.json.clone()).sealed_to(self.sealed_to.clone())
    }
}

/// A sensitive member of an answer, encrypted to the merchant's API certificate. Opened by
/// [`MerchantKey::open_sensitive`](crate::key::MerchantKey::open_sensitive).
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct SealedText(pub(crate) String);

impl SealedText {
    /// The Base64 text as it stood in the answer.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for SealedText {
    fn from(ciphertext: String) -> Self {
        Self(ciphertext)
    }
}

impl fmt::Debug for SealedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealedText(..)")
    }
}

/// The two paddings of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Padding {
    /// RSA-OAEP with SHA-1.
    Oaep,
    /// RSAES-PKCS1-v1_5.
    Pkcs1v15,
}

impl Padding {
    /// Bytes of the modulus that the padding takes.
    pub(crate) const fn overhead(self) -> usize {
        match self {
            Padding::Oaep => 2 * 20 + 2,
            Padding::Pkcs1v15 => 11,
        }
    }
}

/// The plaintext of a sensitive member cannot be encrypted. Says nothing about its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CannotSeal {
    /// An absent member is left out, not sent empty.
    #[error("a sensitive member must not be empty")]
    Empty,
    /// RSA encrypts no more than fits into its modulus.
    #[error("a sensitive member of {length} bytes is longer than the {limit} this key can encrypt")]
    TooLong {
        /// Bytes offered, in UTF-8.
        length: usize,
        /// Bytes that fit.
        limit: usize,
    },
    /// PKCS#1 v1.5 was asked of a key that is not RSA.
    #[cfg(feature = "sm")]
    #[error("the key is not RSA and knows no PKCS#1 v1.5")]
    OtherSuite,
}

/// Sensitive members of one request are encrypted to different keys.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("sensitive members of one request are encrypted to different keys: {first} and {other}")]
pub struct MixedKeys {
    /// The key of the first member.
    pub first: SerialNo,
    /// Another one.
    pub other: SerialNo,
}

/// A sensitive member of an answer that does not open with this merchant's key: it is for another
/// API certificate, or damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the sensitive member does not open with this merchant's private key")]
pub struct NotForThisKey;
