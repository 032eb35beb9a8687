//! What stands inside an RSA signature.
//!
//! A refused signature still says which digest its maker meant: the public key opens it. Provers
//! of cryptography only answer yes or no, so the public operation is done here with whole numbers,
//! on public values only; nothing is believed because of it.

use aws_lc_rs::signature::{RSA_PSS_2048_8192_SHA256, UnparsedPublicKey};
use num_bigint::BigUint;
use x509_parser::{
    pem::Pem, prelude::FromDer as _, public_key::PublicKey, x509::SubjectPublicKeyInfo,
};

use super::digest::Hash;

/// The shortest run of `FF` that the padding of RFC 8017 §9.2 allows.
const SHORTEST_PADDING: usize = 8;

/// The public half of an RSA key, as numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PublicNumbers {
    modulus: BigUint,
    exponent: BigUint,
    /// Length of the modulus and of every signature, in bytes.
    pub(crate) length: usize,
    /// SubjectPublicKeyInfo.
    der: Vec<u8>,
}

/// What was found under a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Inside {
    /// A digest, with the name of its hash.
    Digest { hash: Hash, bytes: Vec<u8> },
    /// Proper padding around something that names no hash.
    Bare(Vec<u8>),
}

impl PublicNumbers {
    /// From a certificate or a public key; `None` for anything but RSA.
    pub(crate) fn from_pem(pem: &str) -> Option<Self> {
        let pem = Pem::iter_from_buffer(pem.as_bytes()).next()?.ok()?;
        if pem.label == "CERTIFICATE" {
            let certificate = pem.parse_x509().ok()?;
            return Self::from_info(certificate.public_key());
        }
        Self::from_info(&SubjectPublicKeyInfo::from_der(&pem.contents).ok()?.1)
    }

    fn from_info(info: &SubjectPublicKeyInfo<'_>) -> Option<Self> {
        let PublicKey::RSA(key) = info.parsed().ok()? else { return None };
        let modulus = BigUint::from_bytes_be(key.modulus);
        Some(Self {
            length: usize::try_from(modulus.bits().div_ceil(8)).ok()?,
            exponent: BigUint::from_bytes_be(key.exponent),
            modulus,
            der: info.raw.to_vec(),
        })
    }

    /// Opens a signature; `None` when this key did not make it.
    pub(crate) fn open(&self, signed: &[u8]) -> Option<Inside> {
        let number = BigUint::from_bytes_be(signed);
        if signed.len() != self.length || number >= self.modulus {
            return None;
        }
        let block = number.modpow(&self.exponent, &self.modulus).to_bytes_be();
        // The leading zero of the block is lost in the number.
        let padded = block.strip_prefix(&[1]).filter(|_| block.len() + 1 == self.length)?;
        let run = padded.iter().take_while(|&&byte| byte == 0xff).count();
        let content = padded[run..].strip_prefix(&[0]).filter(|_| run >= SHORTEST_PADDING)?;
        Some(match Hash::named_in(content) {
            Some((hash, bytes)) => Inside::Digest { hash, bytes },
            None => Inside::Bare(content.to_vec()),
        })
    }

    /// Whether this key signed the message with the other padding, PSS.
    pub(crate) fn signed_with_pss(&self, message: &[u8], signed: &[u8]) -> bool {
        let key = UnparsedPublicKey::new(&RSA_PSS_2048_8192_SHA256, &self.der);
        key.verify(message, signed).is_ok()
    }
}
