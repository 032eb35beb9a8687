use aes_gcm::{
    AesGcm, KeyInit as _,
    aead::{Aead as _, Payload, consts::U12},
};
use sm3::{Digest as _, Sm3};
use sm4::Sm4;
use zeroize::Zeroizing;

/// GCM does not care which block cipher it runs; the crate is named after the usual one.
type Sm4Gcm = AesGcm<Sm4, U12>;

/// Opens and authenticates `ciphertext`, the tag at its end.
pub(crate) fn open(
    api_v3_key: &[u8; 32],
    nonce: [u8; 12],
    associated_data: &[u8],
    ciphertext: &[u8],
) -> Option<Vec<u8>> {
    let payload = Payload { msg: ciphertext, aad: associated_data };
    cipher(api_v3_key).decrypt(&nonce.into(), payload).ok()
}

/// Seals `plaintext` and puts the tag at its end.
pub(crate) fn seal(
    api_v3_key: &[u8; 32],
    nonce: [u8; 12],
    associated_data: &[u8],
    plaintext: &[u8],
) -> Vec<u8> {
    let payload = Payload { msg: plaintext, aad: associated_data };
    cipher(api_v3_key)
        .encrypt(&nonce.into(), payload)
        .expect("a resource is far below GCM's length limit")
}

/// The key is the first half of the hash of the APIv3 key.
fn cipher(api_v3_key: &[u8; 32]) -> Sm4Gcm {
    let hash = Zeroizing::new(digest(api_v3_key));
    Sm4Gcm::new_from_slice(&hash[..16]).expect("SM4 has a key of 16 bytes")
}

/// SM3.
pub(crate) fn digest(bytes: &[u8]) -> [u8; 32] {
    Sm3::digest(bytes).into()
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::STANDARD};

    use super::*;

    /// Appendix A.1 of RFC 8998.
    #[test]
    fn sm4_in_gcm_is_that_of_the_standard() {
        let bytes = |hex: &str| hex::decode(hex).unwrap();
        let cipher = Sm4Gcm::new_from_slice(&bytes("0123456789abcdeffedcba9876543210")).unwrap();
        let nonce: [u8; 12] = bytes("00001234567800000000abcd").try_into().unwrap();
        let plaintext = bytes(
            "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccdddddddddddddddd\
             eeeeeeeeeeeeeeeeffffffffffffffffeeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa",
        );
        let aad = &*bytes("feedfacedeadbeeffeedfacedeadbeefabaddad2");
        let sealed = cipher.encrypt(&nonce.into(), Payload { msg: &plaintext, aad }).unwrap();
        let expected = bytes(
            "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735\
             d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d\
             83de3541e4c2b58177e065a9bf7b62ec",
        );
        assert_eq!(sealed, expected);
        let opened = cipher.decrypt(&nonce.into(), Payload { msg: &expected, aad }).unwrap();
        assert_eq!(opened, plaintext);
    }

    #[test]
    fn v17_the_published_resource_opens_and_seals_to_the_same_bytes() {
        let key = b"a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb";
        let half = hex::encode(&Sm3::digest(key)[..16]);
        assert_eq!(half, "fa2028801e86d45f5638cadafb5db2e9");
        let published = STANDARD.decode("+lcLNfkZQQx+iQm20Apa3x9Mb/5L7PgZ7w==").unwrap();
        let (nonce, aad) = (*b"uluk4a9R25RW", b"associatedData");
        assert_eq!(open(key, nonce, aad, &published).as_deref(), Some(&b"plaintext"[..]));
        assert_eq!(seal(key, nonce, aad, b"plaintext"), published);
        assert_eq!(open(key, nonce, b"", &published), None);
    }

    /// The standard's example: the hash of `abc`.
    #[test]
    fn the_key_is_half_of_a_hash_of_the_standard() {
        let hash = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0";
        assert_eq!(hex::encode(digest(b"abc")), hash);
    }
}
