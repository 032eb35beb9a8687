//! Keys, parsed once: the merchant's private key and the public keys WeChat signs with. RSA here; the
//! keys of the SM suite are in `sm`.

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

#[cfg(feature = "sm")]
use crate::sm::{Sm2PrivateKey, Sm2PublicKey};
use crate::{
    Timestamp,
    id::{InvalidId, Mchid, SerialNo},
    secret::SecretText,
    sensitive::{CannotSeal, NotForThisKey, Padding, SealedText},
    sign::Signer,
    suite::Suite,
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
    /// The block is there but its content is not a key on the curve of SM2.
    #[cfg(feature = "sm")]
    #[error("the {what} is not a usable SM2 key")]
    NotSm2 {
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
    key: PrivateKey,
}

enum PrivateKey {
    Rsa(Box<RsaPrivateKey>),
    #[cfg(feature = "sm")]
    Sm2(Box<Sm2PrivateKey>),
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
        let key = PrivateKey::Rsa(RsaPrivateKey::from_pem(private_key_pem)?.into());
        Self::from_pair(mchid, certificate, key)
    }

    /// Reads the two files of a merchant with an SM certificate.
    ///
    /// # Errors
    /// When either file is unreadable or they are not a pair.
    #[cfg(feature = "sm")]
    pub fn sm_from_pem(
        mchid: Mchid,
        private_key_pem: &str,
        certificate_pem: &str,
    ) -> Result<Self, KeyError> {
        let certificate = Certificate::from_pem(certificate_pem)?;
        let key = PrivateKey::Sm2(sm2_private_key(private_key_pem)?.into());
        Self::from_pair(mchid, certificate, key)
    }

    fn from_pair(
        mchid: Mchid,
        certificate: Certificate,
        key: PrivateKey,
    ) -> Result<Self, KeyError> {
        if certificate.key_of(key.suite())?.fingerprint() != key.fingerprint() {
            return Err(KeyError::Mismatch { serial_no: certificate.serial_no });
        }
        Ok(Self { mchid, serial_no: certificate.serial_no, key })
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
        let key = PrivateKey::Rsa(RsaPrivateKey::from_pem(private_key_pem)?.into());
        Ok(Self { mchid, serial_no, key })
    }

    /// As [`MerchantKey::from_private_key`], for a merchant with an SM certificate.
    ///
    /// # Errors
    /// When the key is unreadable.
    #[cfg(feature = "sm")]
    pub fn sm_from_private_key(
        mchid: Mchid,
        serial_no: SerialNo,
        private_key_pem: &str,
    ) -> Result<Self, KeyError> {
        let key = PrivateKey::Sm2(sm2_private_key(private_key_pem)?.into());
        Ok(Self { mchid, serial_no, key })
    }

    /// Whose key this is.
    #[must_use]
    pub fn mchid(&self) -> &Mchid {
        &self.mchid
    }

    /// The suite the merchant chose with its certificate.
    #[must_use]
    pub fn suite(&self) -> Suite {
        self.key.suite()
    }

    /// SHA-256 of the public key (PKCS#1 DER, or the point of SM2): tells keys apart without
    /// showing them.
    #[must_use]
    pub fn fingerprint(&self) -> [u8; 32] {
        self.key.fingerprint()
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
        let opened = match &self.key {
            PrivateKey::Rsa(key) => key.decrypt(&ciphertext, padding),
            #[cfg(feature = "sm")]
            PrivateKey::Sm2(key) if padding == Padding::Oaep => key.decrypt(&ciphertext),
            #[cfg(feature = "sm")]
            PrivateKey::Sm2(_) => None,
        };
        let text = String::from_utf8(opened.ok_or(NotForThisKey)?.to_vec());
        Ok(SecretText::new(text.map_err(|_| NotForThisKey)?))
    }
}

impl Signer for MerchantKey {
    fn serial_no(&self) -> &SerialNo {
        &self.serial_no
    }

    fn scheme(&self) -> &'static str {
        self.suite().scheme()
    }

    fn sign(&self, message: &[u8]) -> String {
        match &self.key {
            PrivateKey::Rsa(key) => key.sign(message),
            #[cfg(feature = "sm")]
            PrivateKey::Sm2(key) => key.sign(message),
        }
    }
}

impl PrivateKey {
    fn suite(&self) -> Suite {
        match self {
            Self::Rsa(_) => Suite::Rsa,
            #[cfg(feature = "sm")]
            Self::Sm2(_) => Suite::Sm,
        }
    }

    fn fingerprint(&self) -> [u8; 32] {
        match self {
            Self::Rsa(key) => fingerprint(key.signing.public_key().as_ref()),
            #[cfg(feature = "sm")]
            Self::Sm2(key) => fingerprint(&key.public_point()),
        }
    }
}

struct RsaPrivateKey {
    signing: RsaKeyPair,
    /// The same key, as the cryptography wants it for decrypting.
    decrypting: PrivateDecryptingKey,
}

impl RsaPrivateKey {
    fn from_pem(pem: &str) -> Result<Self, KeyError> {
        let not_rsa = || KeyError::NotRsa { what: "private key" };
        let signing = rsa_key_pair(pem)?;
        let pkcs8 = AsDer::<Pkcs8V1Der>::as_der(&signing).map_err(|_| not_rsa())?;
        let decrypting = PrivateDecryptingKey::from_pkcs8(pkcs8.as_ref()).map_err(|_| not_rsa())?;
        Ok(Self { signing, decrypting })
    }

    fn sign(&self, message: &[u8]) -> String {
        let mut signature = vec![0; self.signing.public_modulus_len()];
        self.signing.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature).expect(
            "PKCS#1 v1.5 signing with a parsed key and a buffer of modulus length cannot fail",
        );
        STANDARD.encode(signature)
    }

    fn decrypt(&self, ciphertext: &[u8], padding: Padding) -> Option<Zeroizing<Vec<u8>>> {
        let key = self.decrypting.clone();
        let mut buffer = Zeroizing::new(vec![0; key.key_size_bytes()]);
        let length = match padding {
            Padding::Oaep => OaepPrivateDecryptingKey::new(key).and_then(|key| {
                key.decrypt(&OAEP_SHA1_MGF1SHA1, ciphertext, &mut buffer, None)
                    .map(|text| text.len())
            }),
            Padding::Pkcs1v15 => Pkcs1PrivateDecryptingKey::new(key)
                .and_then(|key| key.decrypt(ciphertext, &mut buffer).map(|text| text.len())),
        };
        buffer.truncate(length.ok()?);
        Some(buffer)
    }
}

impl std::fmt::Debug for MerchantKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MerchantKey({}, {}, ..)", self.mchid, self.serial_no)
    }
}

/// A key of either suite.
#[derive(Debug)]
pub(crate) enum PublicKey {
    Rsa(RsaPublicKey),
    #[cfg(feature = "sm")]
    Sm2(Sm2PublicKey),
}

impl PublicKey {
    /// Reads a bare public key of one suite.
    pub(crate) fn from_pem(suite: Suite, pem: &str) -> Result<Self, KeyError> {
        match suite {
            Suite::Rsa => RsaPublicKey::from_pem(pem).map(Self::Rsa),
            #[cfg(feature = "sm")]
            Suite::Sm => Self::sm2_from_spki(&pem_block(pem, "PUBLIC KEY")?),
        }
    }

    #[cfg(feature = "sm")]
    fn sm2_from_spki(der: &[u8]) -> Result<Self, KeyError> {
        let not_sm2 = KeyError::NotSm2 { what: "public key" };
        Sm2PublicKey::from_spki(der).map(Self::Sm2).ok_or(not_sm2)
    }

    pub(crate) fn suite(&self) -> Suite {
        match self {
            Self::Rsa(_) => Suite::Rsa,
            #[cfg(feature = "sm")]
            Self::Sm2(_) => Suite::Sm,
        }
    }

    pub(crate) fn verifies(&self, message: &[u8], signature: &str) -> bool {
        match self {
            Self::Rsa(key) => key.verifies(message, signature),
            #[cfg(feature = "sm")]
            Self::Sm2(key) => key.verifies(message, signature),
        }
    }

    /// The Base64 of `plaintext`, encrypted to this key. Randomised.
    pub(crate) fn encrypt(&self, plaintext: &[u8], padding: Padding) -> Result<String, CannotSeal> {
        if plaintext.is_empty() {
            return Err(CannotSeal::Empty);
        }
        match self {
            Self::Rsa(key) => key.encrypt(plaintext, padding),
            #[cfg(feature = "sm")]
            Self::Sm2(key) if padding == Padding::Oaep => Ok(key.encrypt(plaintext)),
            #[cfg(feature = "sm")]
            Self::Sm2(_) => Err(CannotSeal::OtherSuite),
        }
    }

    pub(crate) fn fingerprint(&self) -> [u8; 32] {
        match self {
            Self::Rsa(key) => key.fingerprint(),
            #[cfg(feature = "sm")]
            Self::Sm2(key) => fingerprint(&key.point()),
        }
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
        Self::from_spki(&pem_block(pem, "PUBLIC KEY")?)
    }

    fn from_spki(spki: &[u8]) -> Result<Self, KeyError> {
        let (_, info) = SubjectPublicKeyInfo::from_der(spki)
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

    fn encrypt(&self, plaintext: &[u8], padding: Padding) -> Result<String, CannotSeal> {
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
    /// `SubjectPublicKeyInfo`: algorithm and key.
    public_key_info: Vec<u8>,
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
            public_key_info: certificate.public_key().raw.to_vec(),
        })
    }

    /// The certificate's key.
    ///
    /// # Errors
    /// When it is not RSA.
    pub fn public_key(&self) -> Result<RsaPublicKey, KeyError> {
        RsaPublicKey::from_spki(&self.public_key_info)
    }

    /// The certificate's key, which must be of `suite`.
    pub(crate) fn key_of(&self, suite: Suite) -> Result<PublicKey, KeyError> {
        match suite {
            Suite::Rsa => self.public_key().map(PublicKey::Rsa),
            #[cfg(feature = "sm")]
            Suite::Sm => PublicKey::sm2_from_spki(&self.public_key_info),
        }
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

#[cfg(feature = "sm")]
fn sm2_private_key(pem: &str) -> Result<Sm2PrivateKey, KeyError> {
    let pkcs8 = Zeroizing::new(pem_block(pem, "PRIVATE KEY")?);
    Sm2PrivateKey::from_pkcs8(&pkcs8).ok_or(KeyError::NotSm2 { what: "private key" })
}

fn rsa_key_pair(pem: &str) -> Result<RsaKeyPair, KeyError> {
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
