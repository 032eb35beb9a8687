//! Resources sealed with the APIv3 key: AES-256-GCM (docs/protocol.md, "Sealed resources").

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::secret::ApiV3Key;

/// The algorithm name on the wire.
pub const ALGORITHM: &str = "AEAD_AES_256_GCM";

/// A sealed value as it stands in notifications and certificate downloads.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Sealed {
    /// Always [`ALGORITHM`] in the RSA suite.
    pub algorithm: String,
    /// The twelve characters whose bytes are the nonce.
    pub nonce: String,
    /// Authenticated but not encrypted; absent means empty.
    #[serde(default)]
    pub associated_data: String,
    /// Base64 of ciphertext and 16-byte tag. At most 1,048,576 characters.
    pub ciphertext: String,
}

/// A sealed value that does not open: wrong key, changed bytes, or another algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the sealed resource does not open with this APIv3 key")]
pub struct DoesNotOpen;

impl Sealed {
    /// Opens and authenticates. Opening is not proof of origin: the signature comes first
    /// (threat n08), which is why only verified messages offer their resource.
    ///
    /// # Errors
    /// When anything at all does not fit; which, is deliberately not said.
    pub(crate) fn open(&self, key: &ApiV3Key) -> Result<Vec<u8>, DoesNotOpen> {
        if self.algorithm != ALGORITHM {
            return Err(DoesNotOpen);
        }
        let nonce =
            Nonce::try_assume_unique_for_key(self.nonce.as_bytes()).map_err(|_| DoesNotOpen)?;
        let mut buffer = STANDARD.decode(&self.ciphertext).map_err(|_| DoesNotOpen)?;
        let plaintext = cipher(key)
            .open_in_place(nonce, Aad::from(self.associated_data.as_bytes()), &mut buffer)
            .map_err(|_| DoesNotOpen)?;
        let length = plaintext.len();
        buffer.truncate(length);
        Ok(buffer)
    }
}

pub(crate) fn cipher(key: &ApiV3Key) -> LessSafeKey {
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key.bytes()).expect("an APIv3 key has 32 bytes"))
}
