//! What only WeChat itself does: checks merchants, signs answers, seals resources.
//!
//! For simulators and tests. Nothing here can make a [`crate::Verified`], so even a program that
//! links this module believes nothing it did not verify. The server may not import it (checked by
//! the house tests).

mod authorization;
mod refund_notification;
mod seal;

pub use authorization::{Authorization, AuthorizationError};
pub use refund_notification::seal_req_info;
pub use seal::{SealNonce, seal};

use crate::{
    Timestamp,
    id::{Mchid, SerialNo},
    key::{Certificate, KeyError, MerchantKey},
    secret::SecretText,
    sensitive::{EncryptionKey, NotForThisKey, SealedText},
    sign::Signer,
    suite::Suite,
    verify::signed_message,
};

/// The key WeChat signs with: the same mathematics as a merchant's, under a platform serial.
pub struct PlatformKey(MerchantKey);

impl PlatformKey {
    /// A key pair whose public half is known to merchants as `serial_no` (a platform
    /// certificate's serial or `PUB_KEY_ID_…`).
    ///
    /// # Errors
    /// When the key is unreadable.
    pub fn from_pem(serial_no: SerialNo, private_key_pem: &str) -> Result<Self, KeyError> {
        MerchantKey::from_private_key(nobody(), serial_no, private_key_pem).map(Self)
    }

    /// As [`PlatformKey::from_pem`], for merchants with an SM certificate.
    ///
    /// # Errors
    /// When the key is unreadable.
    #[cfg(feature = "sm")]
    pub fn sm_from_pem(serial_no: SerialNo, private_key_pem: &str) -> Result<Self, KeyError> {
        MerchantKey::sm_from_private_key(nobody(), serial_no, private_key_pem).map(Self)
    }

    /// SHA-256 of the public key (PKCS#1 DER).
    #[must_use]
    pub fn fingerprint(&self) -> [u8; 32] {
        self.0.fingerprint()
    }

    /// Opens a sensitive member of a merchant's request.
    ///
    /// # Errors
    /// When it was encrypted to another key, is damaged, or is not text.
    pub fn open_sensitive(&self, sealed: &SealedText) -> Result<SecretText, NotForThisKey> {
        self.0.open_sensitive(sealed)
    }
}

/// The key that sensitive members of an answer are encrypted to: the merchant's API certificate,
/// which is of the merchant's suite.
///
/// # Errors
/// When the certificate is unreadable, or of another suite.
pub fn merchant_encryption_key(
    suite: Suite,
    certificate_pem: &str,
) -> Result<EncryptionKey, KeyError> {
    let certificate = Certificate::from_pem(certificate_pem)?;
    let key = certificate.key_of(suite)?;
    Ok(EncryptionKey::new(certificate.serial_no, key.into()))
}

/// WeChat has no merchant number of its own.
fn nobody() -> Mchid {
    Mchid::new("0").expect("a digit is an mchid")
}

impl Signer for PlatformKey {
    fn serial_no(&self) -> &SerialNo {
        self.0.serial_no()
    }

    fn scheme(&self) -> &'static str {
        self.0.scheme()
    }

    fn sign(&self, message: &[u8]) -> String {
        self.0.sign(message)
    }
}

/// The signature headers for one answer or notification.
#[must_use]
pub fn signature_headers(
    signer: &dyn Signer,
    timestamp: Timestamp,
    nonce: &str,
    body: &[u8],
) -> [(&'static str, String); 5] {
    [
        ("Wechatpay-Timestamp", timestamp.unix().to_string()),
        ("Wechatpay-Nonce", nonce.to_owned()),
        ("Wechatpay-Signature", signer.sign(&signed_message(timestamp, nonce, body))),
        ("Wechatpay-Serial", signer.serial_no().to_string()),
        ("Wechatpay-Signature-Type", signer.scheme().to_owned()),
    ]
}
