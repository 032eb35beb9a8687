//! The SM suite (国密): SM2, SM3 and SM4 in the place of RSA, SHA-256 and AES (feature `sm`,
//! docs/protocol/sm.md).
//!
//! A merchant has this suite when it applied for an SM certificate. Nothing else changes: the
//! signed messages, headers and bodies are the same, and so are the types of this crate.
//!
//! | | RSA suite | SM suite |
//! |---|---|---|
//! | merchant's key | [`MerchantKey::from_pem`] | [`MerchantKey::sm_from_pem`] |
//! | keys of WeChat | `TrustRing::default()` | [`TrustRing::of`]`(Suite::Sm)` |
//! | APIv3 key | [`ApiV3Key::new`] | [`ApiV3Key::for_sm`] |
//!
//! Signing is deterministic (RFC 6979 with SM3), so a signer needs no randomness here either.
//! Encrypting a sensitive member does, and takes it from aws-lc-rs, as RSA-OAEP does.
//!
//! The algorithms come from RustCrypto, because aws-lc-rs has none of them. Those crates work in
//! constant time by design, but nobody has audited them, which is why this is not a default feature.
//!
//! ```
//! use suanpan_wechat::{id::{Mchid, SerialNo}, key::MerchantKey, sign::Signer, suite::Suite};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let private_key_pem = include_str!("../../tests/vectors/sm_private.pem");
//! let key = MerchantKey::sm_from_private_key(
//!     Mchid::new("1900007291")?,
//!     SerialNo::new("54E7F59ED8DF4570CFB14780EA8152D45A675EE6")?,
//!     private_key_pem,
//! )?;
//! assert_eq!(key.scheme(), Suite::Sm.scheme());
//! # Ok(())
//! # }
//! ```
//!
//! [`MerchantKey::from_pem`]: crate::key::MerchantKey::from_pem
//! [`MerchantKey::sm_from_pem`]: crate::key::MerchantKey::sm_from_pem
//! [`TrustRing::of`]: crate::trust::TrustRing::of
//! [`ApiV3Key::new`]: crate::secret::ApiV3Key::new
//! [`ApiV3Key::for_sm`]: crate::secret::ApiV3Key::for_sm

mod keys;
mod seal;

pub(crate) use keys::{Sm2PrivateKey, Sm2PublicKey};
pub(crate) use seal::{digest, open, seal};

/// The scheme name of SM2 signatures over SM3.
pub const SCHEME: &str = "WECHATPAY2-SM2-WITH-SM3";

/// The algorithm name of resources sealed with SM4.
pub const SEAL_ALGORITHM: &str = "AEAD_SM4_GCM";
