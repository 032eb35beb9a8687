//! RSA keys, parsed once: the merchant's private key and the public keys WeChat signs with.

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der},
    rand::SystemRandom,
    rsa::{
        KeyPair as RsaKeyPair, OAEP_SHA1_MGF1SHA1, OaepPrivateDecryptingKey,
        OaepPublicEncryptingKey, Pkcs1PrivateDecryptingKey, Pkcs1PublicEncryptingKey,
        PrivateDecryptingKey, PublicEncryptingKey,
    },
    signature::{KeyPair as _, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use x509_parser::{
    pem::Pem, prelude::FromDer, public_key::RSAPublicKey, x509::SubjectPublicKeyInfo,
};

use zeroize::Zeroizing;

use crate::{
    Timestamp,
    id::{InvalidId, Mchid, SerialNo},
    secret::SecretText,
    sensitive::{CannotSeal, NotForThisKey, Padding, SealedText},
    sign::Signer,
};

/// The scheme name of RSA signatures (PKCS#1 v1.5 over SHA-256).
pub const RSA_SCHEME: &str = "WECHATPAY2-SHA256-RSA2048";

/// What [`RSA_PKCS1_2048_8192_SHA256`] verifies.
const MODULUS_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;

/// Why a key or certificate cannot be used. The merchant's operator must replace the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// Not PEM, or PEM of something else.
    #[error("expected a PEM block labelled {expected}")]
    NotPem {
        /// The label that should stand in the BEGIN line.
        expected: &'static str,
    },
    /// The block is there but its content is not a usable RSA key.
    #[error("the {what} is not a usable RSA key of at least 2048 bits")]
    NotRsa {
        /// Which file.
        what: &'static str,
    },
    /// The certificate cannot be read.
    #[error("the certificate cannot be read")]
    BadCertificate,
    /// Private key and certificate belong to different pairs (threat k06).
    #[error("the private key does not belong to the certificate with serial number {serial_no}")]
    Mismatch {
        /// The certificate's serial number.
        serial_no: SerialNo,
    },
    /// The serial number is not one.
    #[error(transparent)]
    BadSerial(#[from] InvalidId),
}

/// A merchant's API key: private key, and the serial number of its API certificate.
///
/// Loaded as one unit, so a request cannot be signed by one key under another's name.
pub struct MerchantKey {
    mchid: Mchid,
    serial_no: SerialNo,
    key: RsaKeyPair,
    /// The same private key, as the cryptography wants it for decrypting.
    decrypting: PrivateDecryptingKey,
}

impl MerchantKey {
    /// Reads `apiclient_key.pem` and `apiclient_cert.pem` as the merchant console hands them out.
    ///
    /// # Errors
    /// When either file is unreadable or they are not a pair.
    pub fn from_pem(
        mchid: Mchid,
        private_key_pem: &str,
        certificate_pem: &str,
    ) -> Result<Self, KeyError> {
        let certificate = Certificate::from_pem(certificate_pem)?;
        let key = private_key(private_key_pem)?;
        if key.public_key().as_ref() != certificate.rsa_public_key {
            return Err(KeyError::Mismatch { serial_no: certificate.serial_no });
        }
        Self::from_pair(mchid, certificate.serial_no, key)
    }

    /// For merchants that keep only the serial number of their certificate.
    ///
    /// # Errors
    /// When the key is unreadable.
    pub fn from_private_key(
        mchid: Mchid,
        serial_no: SerialNo,
        private_key_pem: &str,
    ) -> Result<Self, KeyError> {
        Self::from_pair(mchid, serial_no, private_key(private_key_pem)?)
    }

    fn from_pair(mchid: Mchid, serial_no: SerialNo, key: RsaKeyPair) -> Result<Self, KeyError> {
        let not_rsa = || KeyError::NotRsa { what: "private key" };
        let pkcs8 = AsDer::<Pkcs8V1Der>::as_der(&key).map_err(|_| not_rsa())?;
        let decrypting = PrivateDecryptingKey::from_pkcs8(pkcs8.as_ref()).map_err(|_| not_rsa())?;
        Ok(Self { mchid, serial_no, key, decrypting })
    }

    /// Whose key this is.
    #[must_use]
    pub fn mchid(&self) -> &Mchid {
        &self.mchid
    }

    /// SHA-256 of the public key (PKCS#1 DER): tells keys apart without showing them.
    #[must_use]
    pub fn fingerprint(&self) -> [u8; 32] {
        fingerprint(self.key.public_key().as_ref())
    }

    /// Opens a sensitive member of an answer. WeChat encrypts it to the API certificate that
    /// signed the request; open it with the key of the same certificate.
    ///
    /// # Errors
    /// When it was encrypted to another key, is damaged, or is not text.
    pub fn open_sensitive(&self, sealed: &SealedText) -> Result<SecretText, NotForThisKey> {
        self.decrypt(sealed, Padding::Oaep)
    }

    /// Opens what one of the oldest interfaces encrypted with PKCS#1 v1.5. Only for members of
    /// verified answers: an attacker who may offer texts and learn which of them open can decrypt.
    ///
    /// # Errors
    /// As [`MerchantKey::open_sensitive`].
    pub fn open_sensitive_pkcs1v15(
        &self,
        sealed: &SealedText,
    ) -> Result<SecretText, NotForThisKey> {
        self.decrypt(sealed, Padding::Pkcs1v15)
    }

    fn decrypt(&self, sealed: &SealedText, padding: Padding) -> Result<SecretText, NotForThisKey> {
        let ciphertext = STANDARD.decode(sealed.as_str()).map_err(|_| NotForThisKey)?;
        let key = self.decrypting.clone();
        let mut buffer = Zeroizing::new(vec![0; key.key_size_bytes()]);
        let opened = match padding {
            Padding::Oaep => OaepPrivateDecryptingKey::new(key).and_then(|key| {
                key.decrypt(&OAEP_SHA1_MGF1SHA1, &ciphertext, &mut buffer, None).map(|text| &*text)
            }),
            Padding::Pkcs1v15 => Pkcs1PrivateDecryptingKey::new(key)
                .and_then(|key| key.decrypt(&ciphertext, &mut buffer).map(|text| &*text)),
        };
        let text = std::str::from_utf8(opened.map_err(|_| NotForThisKey)?);
        Ok(SecretText::new(text.map_err(|_| NotForThisKey)?.to_owned()))
    }
}

impl Signer for MerchantKey {
    fn serial_no(&self) -> &SerialNo {
        &self.serial_no
    }

    fn scheme(&self) -> &'static str {
        RSA_SCHEME
    }

    fn sign(&self, message: &[u8]) -> String {
        let mut signature = vec![0; self.key.public_modulus_len()];
        self.key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature).expect(
            "PKCS#1 v1.5 signing with a parsed key and a buffer of modulus length cannot fail",
        );
        STANDARD.encode(signature)
    }
}

impl std::fmt::Debug for MerchantKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MerchantKey({}, {}, ..)", self.mchid, self.serial_no)
    }
}

/// A public key that signatures are checked against and sensitive members are encrypted to,
/// parsed once.
#[derive(Debug)]
pub struct RsaPublicKey {
    key: ParsedPublicKey,
    /// The same key, as the cryptography wants it for encrypting.
    encrypting: PublicEncryptingKey,
    fingerprint: [u8; 32],
}

impl RsaPublicKey {
    /// Reads a bare public key (`PUBLIC KEY`), the file `pub_key.pem` of the merchant console.
    ///
    /// # Errors
    /// When it is not PEM or not RSA.
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        let spki = pem_block(pem, "PUBLIC KEY")?;
        let (_, info) = SubjectPublicKeyInfo::from_der(&spki)
            .map_err(|_| KeyError::NotRsa { what: "public key" })?;
        Self::from_pkcs1(&info.subject_public_key.data)
    }

    fn from_pkcs1(der: &[u8]) -> Result<Self, KeyError> {
        let not_rsa = KeyError::NotRsa { what: "public key" };
        // The algorithm below checks the length only when it verifies; a key that can never verify
        // must not get in (threat n05).
        let (_, numbers) = RSAPublicKey::from_der(der).map_err(|_| not_rsa.clone())?;
        if !MODULUS_BITS.contains(&numbers.key_size()) {
            return Err(not_rsa);
        }
        let key =
            ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, der).map_err(|_| not_rsa.clone())?;
        let encrypting = encrypting_key(der).map_err(|_| not_rsa)?;
        Ok(Self { key, encrypting, fingerprint: fingerprint(der) })
    }

    /// The Base64 of `plaintext`, encrypted to this key. Randomised.
    pub(crate) fn encrypt(&self, plaintext: &[u8], padding: Padding) -> Result<String, CannotSeal> {
        if plaintext.is_empty() {
            return Err(CannotSeal::Empty);
        }
        let mut buffer = vec![0; self.encrypting.key_size_bytes()];
        let limit = buffer.len() - padding.overhead();
        if plaintext.len() > limit {
            return Err(CannotSeal::TooLong { length: plaintext.len(), limit });
        }
        let key = self.encrypting.clone();
        let encrypted = match padding {
            Padding::Oaep => OaepPublicEncryptingKey::new(key).and_then(|key| {
                key.encrypt(&OAEP_SHA1_MGF1SHA1, plaintext, &mut buffer, None).map(|_| ())
            }),
            Padding::Pkcs1v15 => Pkcs1PublicEncryptingKey::new(key)
                .and_then(|key| key.encrypt(plaintext, &mut buffer).map(|_| ())),
        };
        encrypted.expect("a parsed key encrypts what fits, into a buffer of modulus length");
        Ok(STANDARD.encode(buffer))
    }

    /// Whether `signature` (as it stands in a header) is this key's signature of `message`.
    ///
    /// Text that is not Base64, WeChat's deliberate `WECHATPAY/SIGNTEST/` probes included, is
    /// simply not a signature.
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &str) -> bool {
        STANDARD
            .decode(signature)
            .is_ok_and(|signature| self.key.verify_sig(message, &signature).is_ok())
    }

    /// SHA-256 of the public key (PKCS#1 DER).
    #[must_use]
    pub fn fingerprint(&self) -> [u8; 32] {
        self.fingerprint
    }
}

/// What is needed of an X.509 certificate of WeChat Pay.
#[derive(Debug)]
pub struct Certificate {
    /// Serial number as WeChat writes it: upper-case hex.
    pub serial_no: SerialNo,
    /// Start of validity.
    pub not_before: Timestamp,
    /// End of validity.
    pub not_after: Timestamp,
    rsa_public_key: Vec<u8>,
}

impl Certificate {
    /// # Errors
    /// When the text is not a PEM certificate with an RSA key.
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        let der = pem_block(pem, "CERTIFICATE")?;
        let (_, certificate) =
            x509_parser::parse_x509_certificate(&der).map_err(|_| KeyError::BadCertificate)?;
        Ok(Self {
            serial_no: SerialNo::new(hex::encode_upper(without_sign(certificate.raw_serial())))?,
            not_before: Timestamp::from_unix(certificate.validity().not_before.timestamp()),
            not_after: Timestamp::from_unix(certificate.validity().not_after.timestamp()),
            rsa_public_key: certificate.public_key().subject_public_key.data.to_vec(),
        })
    }

    /// The certificate's key.
    ///
    /// # Errors
    /// When it is not RSA.
    pub fn public_key(&self) -> Result<RsaPublicKey, KeyError> {
        RsaPublicKey::from_pkcs1(&self.rsa_public_key)
    }
}

/// DER puts a zero byte before an integer whose first bit is set; it is not part of the number.
fn without_sign(serial: &[u8]) -> &[u8] {
    match serial {
        [0, number @ ..] if !number.is_empty() => number,
        number => number,
    }
}

fn encrypting_key(pkcs1: &[u8]) -> Result<PublicEncryptingKey, aws_lc_rs::error::Unspecified> {
    let key = aws_lc_rs::rsa::PublicKey::from_der(pkcs1)?;
    let spki = AsDer::<PublicKeyX509Der>::as_der(&key)?;
    Ok(PublicEncryptingKey::from_der(spki.as_ref())?)
}

fn private_key(pem: &str) -> Result<RsaKeyPair, KeyError> {
    let not_rsa = KeyError::NotRsa { what: "private key" };
    match pem_block(pem, "PRIVATE KEY") {
        Ok(pkcs8) => RsaKeyPair::from_pkcs8(&pkcs8).map_err(|_| not_rsa),
        Err(no_pkcs8) => {
            let pkcs1 = pem_block(pem, "RSA PRIVATE KEY").map_err(|_| no_pkcs8)?;
            RsaKeyPair::from_der(&pkcs1).map_err(|_| not_rsa)
        }
    }
}

fn pem_block(pem: &str, expected: &'static str) -> Result<Vec<u8>, KeyError> {
    Pem::iter_from_buffer(pem.as_bytes())
        .filter_map(Result::ok)
        .find(|block| block.label == expected)
        .map(|block| block.contents)
        .ok_or(KeyError::NotPem { expected })
}

fn fingerprint(pkcs1: &[u8]) -> [u8; 32] {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, pkcs1);
    digest.as_ref().try_into().expect("SHA-256 has 32 bytes")
}
