//! Signatures as a keyed hash: the same verifying path as RSA at a hundredth of its price.

use std::{collections::BTreeMap, sync::Arc};

use aws_lc_rs::hmac;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use suanpan_simulator::world::Suite;
use suanpan_wechat::{
    id::SerialNo,
    key::{KeyError, RSA_SCHEME},
    sign::Signer,
    verify::{Verifier, VerifyError},
};

/// Signs and verifies with HMAC-SHA256 under a serial number. What stands in the place of a PEM
/// text is taken as the key, for both directions.
#[derive(Clone)]
pub(crate) struct KeyedHash {
    serial_no: SerialNo,
    key: hmac::Key,
}

impl KeyedHash {
    pub(crate) fn new(serial_no: SerialNo, key: &str) -> Self {
        Self { serial_no, key: hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes()) }
    }

    fn matches(&self, message: &[u8], signature: &str) -> bool {
        STANDARD.decode(signature).is_ok_and(|tag| hmac::verify(&self.key, message, &tag).is_ok())
    }
}

impl Signer for KeyedHash {
    fn serial_no(&self) -> &SerialNo {
        &self.serial_no
    }

    /// The name on the wire stays RSA's: it is what both sides demand.
    fn scheme(&self) -> &'static str {
        RSA_SCHEME
    }

    fn sign(&self, message: &[u8]) -> String {
        STANDARD.encode(hmac::sign(&self.key, message))
    }
}

impl Verifier for KeyedHash {
    fn check(
        &self,
        serial_no: &SerialNo,
        message: &[u8],
        signature: &str,
    ) -> Result<(), VerifyError> {
        if *serial_no != self.serial_no {
            return Err(VerifyError::UnknownSerial { serial_no: serial_no.clone() });
        }
        if self.matches(message, signature) { Ok(()) } else { Err(VerifyError::BadSignature) }
    }
}

/// The keys of WeChat that a server of ours trusts.
#[derive(Clone, Default)]
pub(crate) struct Ring(BTreeMap<SerialNo, KeyedHash>);

impl Ring {
    pub(crate) fn trust(&mut self, key: KeyedHash) {
        self.0.insert(key.serial_no.clone(), key);
    }
}

impl Verifier for Ring {
    fn check(
        &self,
        serial_no: &SerialNo,
        message: &[u8],
        signature: &str,
    ) -> Result<(), VerifyError> {
        let unknown = || VerifyError::UnknownSerial { serial_no: serial_no.clone() };
        self.0.get(serial_no).ok_or_else(unknown)?.check(serial_no, message, signature)
    }
}

/// The world's end of the same signatures.
#[derive(Debug)]
pub(crate) struct KeyedHashSuite;

impl Suite for KeyedHashSuite {
    fn platform_signer(
        &self,
        serial_no: &SerialNo,
        key: &str,
    ) -> Result<Arc<dyn Signer>, KeyError> {
        Ok(Arc::new(KeyedHash::new(serial_no.clone(), key)))
    }

    fn merchant_verifier(
        &self,
        serial_no: &SerialNo,
        key: &str,
    ) -> Result<Arc<dyn Verifier>, KeyError> {
        Ok(Arc::new(KeyedHash::new(serial_no.clone(), key)))
    }
}
