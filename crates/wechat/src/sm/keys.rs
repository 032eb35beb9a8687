use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use sm2::{
    PublicKey, SecretKey,
    dsa::{
        Signature, SigningKey, VerifyingKey,
        signature::{Signer as _, Verifier as _},
    },
    elliptic_curve::rand_core::{TryCryptoRng, TryRng},
    pkcs8::{DecodePrivateKey as _, DecodePublicKey as _},
    pke::{DecryptingKey, EncryptingKey},
};
use zeroize::Zeroizing;

/// The identity that SM2 mixes into every signature; WeChat uses the standard's own example.
const USER_ID: &str = "1234567812345678";

/// The merchant's half of a pair.
pub(crate) struct Sm2PrivateKey {
    signing: SigningKey,
    decrypting: DecryptingKey,
}

impl Sm2PrivateKey {
    /// Reads a PKCS#8 structure that names the curve of SM2.
    pub(crate) fn from_pkcs8(der: &[u8]) -> Option<Self> {
        let key = SecretKey::from_pkcs8_der(der).ok()?;
        Some(Self {
            signing: SigningKey::new(USER_ID, &key).ok()?,
            decrypting: DecryptingKey::new(key),
        })
    }

    /// The uncompressed point of the public half.
    pub(crate) fn public_point(&self) -> Box<[u8]> {
        self.signing.verifying_key().to_sec1_bytes()
    }

    /// Base64 of the DER of `r` and `s`.
    pub(crate) fn sign(&self, message: &[u8]) -> String {
        let signature = self
            .signing
            .try_sign(message)
            .expect("signing fails only when a 256-bit hash sum happens to be zero");
        STANDARD.encode(signature.to_der().as_bytes())
    }

    /// Opens the ASN.1 form (point, SM3 hash, ciphertext) of SM2 encryption.
    pub(crate) fn decrypt(&self, ciphertext: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        self.decrypting.decrypt_der(ciphertext).ok().map(Zeroizing::new)
    }
}

/// WeChat's or a merchant's public half.
#[derive(Debug)]
pub(crate) struct Sm2PublicKey {
    verifying: VerifyingKey,
    encrypting: EncryptingKey,
}

impl Sm2PublicKey {
    /// Reads a `SubjectPublicKeyInfo` that names the curve of SM2; the point must lie on it.
    pub(crate) fn from_spki(der: &[u8]) -> Option<Self> {
        let key = PublicKey::from_public_key_der(der).ok()?;
        Some(Self {
            verifying: VerifyingKey::new(USER_ID, key).ok()?,
            encrypting: EncryptingKey::new(key),
        })
    }

    /// The uncompressed point.
    pub(crate) fn point(&self) -> Box<[u8]> {
        self.verifying.to_sec1_bytes()
    }

    /// Whether `signature` (DER in Base64) is this key's signature of `message`.
    pub(crate) fn verifies(&self, message: &[u8], signature: &str) -> bool {
        STANDARD
            .decode(signature)
            .ok()
            .and_then(|der| Signature::from_der(&der).ok())
            .is_some_and(|signature| self.verifying.verify(message, &signature).is_ok())
    }

    /// Base64 of the ASN.1 form of SM2 encryption. Randomised; `plaintext` is not empty.
    pub(crate) fn encrypt(&self, plaintext: &[u8]) -> String {
        let ciphertext = self
            .encrypting
            .encrypt_der(&mut Chance(SystemRandom::new()), plaintext)
            .expect("a point on the curve encrypts anything, given randomness");
        STANDARD.encode(ciphertext)
    }
}

/// The randomness inside aws-lc-rs, which RSA-OAEP takes by itself, for an encryption that asks.
struct Chance(SystemRandom);

impl TryRng for Chance {
    type Error = aws_lc_rs::error::Unspecified;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_ne_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_ne_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        self.0.fill(bytes)
    }
}

impl TryCryptoRng for Chance {}
