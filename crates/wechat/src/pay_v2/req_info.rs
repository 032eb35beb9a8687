//! The inside of a refund's notification: AES-256-ECB with PKCS#7, under the lower-case hex of the
//! MD5 of the merchant's key, taken as 32 bytes of text (docs/protocol/v2.md, "Refunds").
//!
//! The mode proves nothing: equal blocks look equal, and blocks can be swapped and replayed.

use aws_lc_rs::cipher::{
    AES_256, DecryptionContext, PaddedBlockDecryptingKey, PaddedBlockEncryptingKey,
    UnboundCipherKey,
};
use md5::{Digest as _, Md5};
use zeroize::Zeroizing;

use crate::secret::ApiV2Key;

/// `None` when the padding does not fit; that is all there is to see.
pub(crate) fn open(key: &ApiV2Key, ciphertext: &[u8]) -> Option<Vec<u8>> {
    open_with(&derived(key), ciphertext)
}

/// What WeChat does. Without randomness: equal insides give equal texts.
pub(crate) fn seal(key: &ApiV2Key, inside: &[u8]) -> Vec<u8> {
    seal_with(&derived(key), inside)
}

/// As text it begins with as many zeros as the digest does, which a number would lose.
fn derived(key: &ApiV2Key) -> Zeroizing<[u8; 32]> {
    let digest = Zeroizing::new(<[u8; 16]>::from(Md5::digest(key.bytes())));
    let mut text = Zeroizing::new([0; 32]);
    hex::encode_to_slice(*digest, &mut *text).expect("16 bytes are 32 digits");
    text
}

fn open_with(key: &[u8; 32], ciphertext: &[u8]) -> Option<Vec<u8>> {
    let key = UnboundCipherKey::new(&AES_256, key).ok()?;
    let key = PaddedBlockDecryptingKey::ecb_pkcs7(key).ok()?;
    let mut buffer = ciphertext.to_vec();
    let length = key.decrypt(&mut buffer, DecryptionContext::None).ok()?.len();
    buffer.truncate(length);
    Some(buffer)
}

fn seal_with(key: &[u8; 32], inside: &[u8]) -> Vec<u8> {
    let key = UnboundCipherKey::new(&AES_256, key).expect("AES-256 has a key of 32 bytes");
    let key = PaddedBlockEncryptingKey::ecb_pkcs7(key).expect("AES-256 has this mode");
    let mut buffer = inside.to_vec();
    key.encrypt(&mut buffer).expect("any length can be padded");
    buffer
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::STANDARD};

    use super::*;

    fn key(text: &str) -> ApiV2Key {
        ApiV2Key::new(text).unwrap()
    }

    #[test]
    fn published_ciphertexts_open_and_seal_to_the_same_bytes() {
        let inside = br#"{"a":3}"#;
        for (text, published) in [
            ("6Q9VX4N3WTBM9G9XBL7H1L9PB9ANHLY8", "/Pe2X0sgRcndZWNJQQmcPw=="),
            // The digest of this key begins with a zero.
            ("00000000000000000000000000000017", "dG+e02+mWj87Znr0bW+tvw=="),
        ] {
            let ciphertext = STANDARD.decode(published).unwrap();
            assert_eq!(open(&key(text), &ciphertext).as_deref(), Some(&inside[..]), "{text}");
            assert_eq!(seal(&key(text), inside), ciphertext, "{text}");
        }
        let bare = b"01234567890abcdefedcba9876543210";
        let ciphertext = STANDARD.decode("l/aL5GyVfl/tw3Lww6GvCQ==").unwrap();
        assert_eq!(open_with(bare, &ciphertext).as_deref(), Some(&b"SKIT is great!"[..]));
        assert_eq!(seal_with(bare, b"SKIT is great!"), ciphertext);
    }

    #[test]
    fn whatever_does_not_open_is_nothing() {
        for odd in [0, 1, 15, 16, 17] {
            let key = key("6Q9VX4N3WTBM9G9XBL7H1L9PB9ANHLY8");
            assert_eq!(open(&key, &vec![0; odd]), None, "{odd} bytes");
        }
    }

    proptest::proptest! {
        #[test]
        fn what_was_sealed_opens(inside: Vec<u8>) {
            let key = key("6Q9VX4N3WTBM9G9XBL7H1L9PB9ANHLY8");
            proptest::prop_assert_eq!(open(&key, &seal(&key, &inside)), Some(inside));
        }
    }
}
