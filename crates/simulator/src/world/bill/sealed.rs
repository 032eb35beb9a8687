//! Files that only the provider who asked can read (v3 §5.4).

use base64::{Engine as _, engine::general_purpose::STANDARD};
use suanpan_wechat::{
    platform::{SealNonce, seal},
    secret::ApiV3Key,
};

use crate::world::chance::Chance;

/// What one file is encrypted with: AES-256-GCM, key and nonce as text.
///
/// **Unconfirmed**: that the key is text, that nothing is authenticated beside the file, that it is
/// packed before it is encrypted, and that its digest is of the opened and unpacked text.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub(crate) struct FileKey {
    pub(crate) key: String,
    nonce_of: [u8; 12],
}

impl FileKey {
    pub(crate) fn choose(chance: &mut Chance) -> Self {
        let nonce_of =
            std::array::from_fn(|_| u8::try_from(chance.below(256)).expect("below 256 is a byte"));
        Self { key: chance.alphanumeric(32), nonce_of }
    }

    pub(crate) fn nonce(&self) -> String {
        self.sealed(&[]).0
    }

    /// The nonce, and the encrypted file.
    pub(crate) fn sealed(&self, file: &[u8]) -> (String, Vec<u8>) {
        let key = ApiV3Key::new(&self.key).expect("32 letters and digits");
        let sealed = seal(&key, SealNonce::from_random(self.nonce_of), "", file);
        let bytes = STANDARD.decode(&sealed.ciphertext).expect("it was just encoded");
        (sealed.nonce, bytes)
    }
}
