//! The two suites of algorithms a merchant and WeChat can use with each other.
//!
//! A merchant chooses its suite once, with the certificate it applies for. Here it is a property of
//! keys, of the [`TrustRing`](crate::trust::TrustRing) and of the
//! [`ApiV3Key`](crate::secret::ApiV3Key), never something a message may pick: a message that names
//! another suite than its verifier's is refused (docs/protocol/sm.md).

use crate::key::RSA_SCHEME;

/// Which algorithms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Suite {
    /// RSA signatures over SHA-256, AES-256-GCM, RSA-OAEP: what nearly every merchant has.
    #[default]
    Rsa,
    /// SM2 signatures over SM3, SM4-GCM, SM2 encryption (国密).
    #[cfg(feature = "sm")]
    Sm,
}

impl Suite {
    /// The scheme on the wire, in `Authorization` and `Wechatpay-Signature-Type`.
    #[must_use]
    pub const fn scheme(self) -> &'static str {
        match self {
            Self::Rsa => RSA_SCHEME,
            #[cfg(feature = "sm")]
            Self::Sm => crate::sm::SCHEME,
        }
    }

    /// The `algorithm` of sealed resources.
    #[must_use]
    pub const fn seal_algorithm(self) -> &'static str {
        match self {
            Self::Rsa => crate::seal::ALGORITHM,
            #[cfg(feature = "sm")]
            Self::Sm => crate::sm::SEAL_ALGORITHM,
        }
    }
}
