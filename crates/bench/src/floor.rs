//! The cryptography alone, straight from aws-lc-rs with keys parsed once: what no implementation
//! can avoid.

use std::cell::RefCell;

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    rand::SystemRandom,
    rsa::KeyPair,
    signature::{KeyPair as _, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};

/// A key pair with both halves parsed.
pub(crate) struct Bare {
    key: KeyPair,
    public: ParsedPublicKey,
    random: SystemRandom,
    buffer: RefCell<Vec<u8>>,
}

impl Bare {
    pub(crate) fn new(private_key_pem: &str) -> Self {
        let base64: String =
            private_key_pem.lines().filter(|line| !line.starts_with("-----")).collect();
        let pkcs8 = STANDARD.decode(base64).expect("the pool's keys are PEM");
        let key = KeyPair::from_pkcs8(&pkcs8).expect("the pool's keys are RSA");
        let public = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.public_key().as_ref())
            .expect("the pool's keys are RSA");
        let buffer = RefCell::new(vec![0; key.public_modulus_len()]);
        Self { key, public, random: SystemRandom::new(), buffer }
    }

    pub(crate) fn sign(&self, message: &[u8]) {
        self.key
            .sign(&RSA_PKCS1_SHA256, &self.random, message, &mut self.buffer.borrow_mut())
            .expect("a parsed key signs");
    }

    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) {
        self.public.verify_sig(message, signature).expect("the floor verifies what was signed");
    }
}

/// The APIv3 cipher.
pub(crate) struct Cipher(LessSafeKey);

impl Cipher {
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        Self(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).expect("32 bytes")))
    }

    pub(crate) fn open(&self, nonce: &str, associated_data: &str, sealed: &[u8]) {
        let nonce = Nonce::try_assume_unique_for_key(nonce.as_bytes()).expect("12 bytes");
        let mut buffer = sealed.to_vec();
        self.0
            .open_in_place(nonce, Aad::from(associated_data.as_bytes()), &mut buffer)
            .expect("the floor opens what was sealed");
    }
}
