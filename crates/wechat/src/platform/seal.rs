use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::{
    seal::{self, Sealed},
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
    let ciphertext = seal::seal(key, nonce.0, associated_data.as_bytes(), plaintext);
    Sealed {
        algorithm: key.suite().seal_algorithm().to_owned(),
        nonce: nonce.0.iter().map(|byte| char::from(*byte)).collect(),
        associated_data: associated_data.to_owned(),
        ciphertext: STANDARD.encode(ciphertext),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        key::Certificate,
        seal::{ALGORITHM, DoesNotOpen},
    };

    /// A resource sealed by somebody else's implementation (`tests/vectors/README.md`).
    #[derive(serde::Deserialize)]
    struct Vector {
        id: String,
        nonce: String,
        associated_data: String,
        plaintext: Option<String>,
        plaintext_sha256: Option<String>,
        ciphertext: String,
    }

    fn vectors() -> Vec<Vector> {
        serde_json::from_str(include_str!("../../tests/vectors/sealed.json")).unwrap()
    }

    fn java_key() -> ApiV3Key {
        ApiV3Key::new("a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb").unwrap()
    }

    fn sealed(vector: &Vector) -> Sealed {
        Sealed {
            algorithm: ALGORITHM.to_owned(),
            nonce: vector.nonce.clone(),
            associated_data: vector.associated_data.clone(),
            ciphertext: vector.ciphertext.clone(),
        }
    }

    #[test]
    fn published_resources_open_and_seal_to_the_same_bytes() {
        for vector in vectors() {
            let plaintext = sealed(&vector).open(&java_key()).expect(&vector.id);
            if let Some(expected) = &vector.plaintext {
                assert_eq!(std::str::from_utf8(&plaintext), Ok(expected.as_str()), "{}", vector.id);
            }
            if let Some(expected) = &vector.plaintext_sha256 {
                let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &plaintext);
                assert_eq!(&hex::encode(digest), expected, "{}", vector.id);
            }
            let nonce = SealNonce(vector.nonce.as_bytes().try_into().unwrap());
            let again = seal(&java_key(), nonce, &vector.associated_data, &plaintext);
            assert_eq!(again.ciphertext, vector.ciphertext, "{}", vector.id);
        }
    }

    #[test]
    fn v18_the_certificate_inside_a_download_is_read() {
        let vector = vectors().into_iter().find(|vector| vector.id == "V18").unwrap();
        let pem = String::from_utf8(sealed(&vector).open(&java_key()).unwrap()).unwrap();
        let certificate = Certificate::from_pem(&pem).unwrap();
        assert_eq!(certificate.serial_no.as_str(), "5DEA10EF55877E3CF6C33255C2E7DEFFF7E427EC");
        assert_eq!(certificate.not_before.to_string(), "2023-09-19T23:15:58+08:00");
        assert_eq!(certificate.not_after.to_string(), "2028-09-17T23:15:58+08:00");
        certificate.public_key().unwrap();
    }

    #[test]
    fn n09_a_sealed_resource_with_any_byte_changed_does_not_open() {
        let vector = vectors().into_iter().find(|vector| vector.id == "V14").unwrap();
        let good = sealed(&vector);
        let flips = |text: &str| {
            let text = text.to_owned();
            (0..text.len()).map(move |at| {
                let mut bytes = text.clone().into_bytes();
                bytes[at] ^= 1;
                String::from_utf8(bytes).unwrap()
            })
        };
        for ciphertext in flips(&good.ciphertext) {
            assert_eq!(Sealed { ciphertext, ..good.clone() }.open(&java_key()), Err(DoesNotOpen));
        }
        for nonce in flips(&good.nonce) {
            assert_eq!(Sealed { nonce, ..good.clone() }.open(&java_key()), Err(DoesNotOpen));
        }
        for associated_data in flips(&good.associated_data) {
            let changed = Sealed { associated_data, ..good.clone() };
            assert_eq!(changed.open(&java_key()), Err(DoesNotOpen));
        }
        for algorithm in flips(&good.algorithm) {
            assert_eq!(Sealed { algorithm, ..good.clone() }.open(&java_key()), Err(DoesNotOpen));
        }
    }

    #[test]
    fn odd_nonces_and_short_ciphertexts_do_not_open() {
        let vector = vectors().into_iter().find(|vector| vector.id == "V14").unwrap();
        for nonce in ["", "short", "thirteen-bytes", "四字四字四"] {
            let odd = Sealed { nonce: nonce.to_owned(), ..sealed(&vector) };
            assert_eq!(odd.open(&java_key()), Err(DoesNotOpen), "{nonce:?}");
        }
        for ciphertext in ["", "AAAA", "not base64", "ulwSiIajGClcvcOYvOQ7+l+0PAbzzwI"] {
            let odd = Sealed { ciphertext: ciphertext.to_owned(), ..sealed(&vector) };
            assert_eq!(odd.open(&java_key()), Err(DoesNotOpen), "{ciphertext:?}");
        }
    }

    #[test]
    fn seal_nonces_are_twelve_ascii_characters() {
        let nonce = SealNonce::from_random([0, 31, 32, 255, 1, 2, 3, 4, 5, 6, 7, 8]);
        assert!(nonce.0.iter().all(u8::is_ascii_alphanumeric));
    }
}
