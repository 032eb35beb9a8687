//! The cryptography of a world, replaceable because RSA would cost `chaos` minutes.

use std::sync::Arc;

use suanpan_wechat::{
    id::SerialNo,
    key::{Certificate, KeyError, RsaPublicKey},
    platform::PlatformKey,
    sign::Signer,
    verify::{Verifier, VerifyError},
};

/// Makes signers and verifiers out of the key texts that stand in the world's state.
///
/// [`RsaSuite`] is WeChat's own. Another suite may take the texts for whatever it likes, a keyed
/// hash's key for instance; the world never looks inside them.
pub trait Suite: Send + Sync + std::fmt::Debug {
    /// WeChat's key: answers and notifications are signed with it under `serial_no`.
    ///
    /// # Errors
    /// When the text is not a key of this suite.
    fn platform_signer(
        &self,
        serial_no: &SerialNo,
        private_key_pem: &str,
    ) -> Result<Arc<dyn Signer>, KeyError>;

    /// A merchant's key: requests and cashier invocations are checked with it.
    ///
    /// # Errors
    /// When the text is not a certificate of this suite.
    fn merchant_verifier(
        &self,
        serial_no: &SerialNo,
        certificate_pem: &str,
    ) -> Result<Arc<dyn Verifier>, KeyError>;
}

/// RSA PKCS#1 v1.5 with SHA-256, `WECHATPAY2-SHA256-RSA2048`.
#[derive(Debug, Clone, Copy, Default)]
pub struct RsaSuite;

impl Suite for RsaSuite {
    fn platform_signer(
        &self,
        serial_no: &SerialNo,
        private_key_pem: &str,
    ) -> Result<Arc<dyn Signer>, KeyError> {
        Ok(Arc::new(PlatformKey::from_pem(serial_no.clone(), private_key_pem)?))
    }

    fn merchant_verifier(
        &self,
        serial_no: &SerialNo,
        certificate_pem: &str,
    ) -> Result<Arc<dyn Verifier>, KeyError> {
        let certificate = Certificate::from_pem(certificate_pem)?;
        if certificate.serial_no != *serial_no {
            return Err(KeyError::Mismatch { serial_no: certificate.serial_no });
        }
        Ok(Arc::new(MerchantVerifier {
            serial_no: serial_no.clone(),
            key: certificate.public_key()?,
        }))
    }
}

struct MerchantVerifier {
    serial_no: SerialNo,
    key: RsaPublicKey,
}

impl Verifier for MerchantVerifier {
    fn check(
        &self,
        serial_no: &SerialNo,
        message: &[u8],
        signature: &str,
    ) -> Result<(), VerifyError> {
        if *serial_no != self.serial_no {
            return Err(VerifyError::UnknownSerial { serial_no: serial_no.clone() });
        }
        if self.key.verifies(message, signature) { Ok(()) } else { Err(VerifyError::BadSignature) }
    }
}
