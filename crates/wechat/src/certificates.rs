//! Platform certificates: `GET /v3/certificates` (docs/protocol.md, "Which keys").
//!
//! The answer is read by [`crate::trust::read_download`], because it must be believed by its
//! content and its signature together.

use crate::{
    call::{Call, Malformed, Request},
    id::SerialNo,
    seal::Sealed,
    suite::Suite,
};

/// Asks for the platform certificates of the calling merchant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Download {
    /// Which certificates: those of the merchant's own suite.
    pub suite: Suite,
}

impl Call for Download {
    type Answer = CertificateList;
    const NAME: &'static str = "certificates.download";

    fn request(&self) -> Request {
        Request::get(match self.suite {
            Suite::Rsa => "/v3/certificates",
            #[cfg(feature = "sm")]
            Suite::Sm => "/v3/certificates?algorithm_type=SM2",
        })
    }

    fn read(&self, _status: u16, body: &[u8]) -> Result<CertificateList, Malformed> {
        serde_json::from_slice(body).map_err(|_| Malformed { expected: "a certificate list" })
    }
}

/// The sealed certificates.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct CertificateList {
    /// All certificates that are or will soon be in use; several during a rotation.
    pub data: Vec<SealedCertificate>,
}

/// One certificate, sealed with the APIv3 key.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct SealedCertificate {
    /// Serial number of the certificate inside.
    pub serial_no: SerialNo,
    /// The PEM text, sealed.
    pub encrypt_certificate: Sealed,
}
