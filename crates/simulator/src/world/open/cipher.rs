//! AES-CBC as the open platform seals with it, written down a second time (§3, §12).

use aws_lc_rs::{
    cipher::{AES_128, AES_256, Algorithm, EncryptingKey, EncryptionContext, UnboundCipherKey},
    digest::{Context, SHA1_FOR_LEGACY_USE_ONLY},
};

/// Open data: AES-128, padded to the cipher's own block.
pub(super) fn seal_open_data(key: &[u8; 16], iv: [u8; 16], plaintext: &[u8]) -> Vec<u8> {
    seal(&AES_128, key, iv, plaintext, 16)
}

/// Message push: AES-256, padded to 32 bytes, the key's first half as its vector.
pub(super) fn seal_push(key: &[u8; 32], plaintext: &[u8]) -> Vec<u8> {
    let iv = *key.first_chunk().expect("32 bytes have a first half");
    seal(&AES_256, key, iv, plaintext, 32)
}

fn seal(cipher: &'static Algorithm, key: &[u8], iv: [u8; 16], plain: &[u8], block: u8) -> Vec<u8> {
    let size = usize::from(block);
    let mut buffer = plain.to_vec();
    let missing = size - plain.len() % size;
    let filler = u8::try_from(missing).expect("a block has at most 32 bytes");
    buffer.resize(plain.len() + missing, filler);
    UnboundCipherKey::new(cipher, key)
        .and_then(EncryptingKey::cbc)
        .and_then(|key| key.less_safe_encrypt(&mut buffer, EncryptionContext::Iv128(iv.into())))
        .expect("a key of the cipher's length encrypts whole blocks");
    buffer
}

/// SHA-1 over the parts, one after the other, in lower-case hex.
pub(crate) fn sha1(parts: &[&str]) -> String {
    let mut context = Context::new(&SHA1_FOR_LEGACY_USE_ONLY);
    for part in parts {
        context.update(part.as_bytes());
    }
    hex::encode(context.finish())
}
