use aws_lc_rs::aead::{Aad, Nonce};
use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::{
    seal::{ALGORITHM, Sealed, cipher},
    secret::ApiV3Key,
};

/// Twelve ASCII characters that seal one resource. The caller never uses a value twice with a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SealNonce([u8; 12]);

impl SealNonce {
    /// Makes twelve letters and digits out of twelve random bytes.
    #[must_use]
    pub fn from_random(bytes: [u8; 12]) -> Self {
        const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
        Self(bytes.map(|byte| ALPHABET[usize::from(byte % 32)]))
    }
}

/// Seals `plaintext` for the owner of `key`.
#[must_use]
pub fn seal(key: &ApiV3Key, nonce: SealNonce, associated_data: &str, plaintext: &[u8]) -> Sealed {
    let mut buffer = plaintext.to_vec();
    cipher(key)
        .seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce.0),
            Aad::from(associated_data.as_bytes()),
            &mut buffer,
        )
        .expect("a resource is far below AES-GCM's length limit");
    Sealed {
        algorithm: ALGORITHM.to_owned(),
        nonce: nonce.0.iter().map(|byte| char::from(*byte)).collect(),
        associated_data: associated_data.to_owned(),
        ciphertext: STANDARD.encode(buffer),
    }
}
