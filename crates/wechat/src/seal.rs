//! Resources sealed with the APIv3 key: AES-256-GCM, or SM4-GCM in the SM suite (docs/protocol.md,
//! "Sealed resources").

use aws_lc_rs::aead::{Aad, Nonce};
use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::{secret::ApiV3Key, suite::Suite};

/// The algorithm name of the RSA suite on the wire.
pub const ALGORITHM: &str = "AEAD_AES_256_GCM";

/// A sealed value as it stands in notifications and certificate downloads.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Sealed {
    /// Always [`ALGORITHM`] in the RSA suite; compared with the key's suite, never followed.
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

/// The parts of a [`Sealed`], wherever they stand.
pub(crate) struct SealedParts<'a> {
    pub(crate) algorithm: &'a str,
    pub(crate) nonce: &'a str,
    pub(crate) associated_data: &'a str,
    pub(crate) ciphertext: &'a str,
}

impl Sealed {
    pub(crate) fn open(&self, key: &ApiV3Key) -> Result<Vec<u8>, DoesNotOpen> {
        let Self { algorithm, nonce, associated_data, ciphertext } = self;
        SealedParts { algorithm, nonce, associated_data, ciphertext }.open(key)
    }
}

impl SealedParts<'_> {
    /// Opens and authenticates. Opening is not proof of origin: the signature comes first
    /// (threat n08), which is why only verified messages offer their resource.
    ///
    /// # Errors
    /// When anything at all does not fit; which, is deliberately not said.
    pub(crate) fn open(&self, key: &ApiV3Key) -> Result<Vec<u8>, DoesNotOpen> {
        if self.algorithm != key.suite().seal_algorithm() {
            return Err(DoesNotOpen);
        }
        let nonce: [u8; 12] = self.nonce.as_bytes().try_into().map_err(|_| DoesNotOpen)?;
        let associated_data = self.associated_data.as_bytes();
        let ciphertext = STANDARD.decode(self.ciphertext).map_err(|_| DoesNotOpen)?;
        match key.suite() {
            Suite::Rsa => open_aes(key, nonce, associated_data, ciphertext),
            #[cfg(feature = "sm")]
            Suite::Sm => crate::sm::open(key.bytes(), nonce, associated_data, &ciphertext),
        }
        .ok_or(DoesNotOpen)
    }
}

fn open_aes(
    key: &ApiV3Key,
    nonce: [u8; 12],
    associated_data: &[u8],
    mut buffer: Vec<u8>,
) -> Option<Vec<u8>> {
    let nonce = Nonce::assume_unique_for_key(nonce);
    let plaintext = key.aes().open_in_place(nonce, Aad::from(associated_data), &mut buffer).ok()?;
    let length = plaintext.len();
    buffer.truncate(length);
    Some(buffer)
}

/// Ciphertext and tag. Whoever calls never uses a nonce twice with a key.
pub(crate) fn seal(
    key: &ApiV3Key,
    nonce: [u8; 12],
    associated_data: &[u8],
    plaintext: &[u8],
) -> Vec<u8> {
    match key.suite() {
        Suite::Rsa => {
            let mut buffer = plaintext.to_vec();
            let nonce = Nonce::assume_unique_for_key(nonce);
            key.aes()
                .seal_in_place_append_tag(nonce, Aad::from(associated_data), &mut buffer)
                .expect("a resource is far below AES-GCM's length limit");
            buffer
        }
        #[cfg(feature = "sm")]
        Suite::Sm => crate::sm::seal(key.bytes(), nonce, associated_data, plaintext),
    }
}
