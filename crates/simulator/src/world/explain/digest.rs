//! Hashes, and what clients do to a string instead of hashing it once.

use aws_lc_rs::digest;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use md5::{Digest as _, Md5};

use super::{
    mistake::{Mistake, mistakes},
    recover::Inside,
    search::Fold,
};

mistakes! {
    MD5 = "hash_md5", "用 MD5 而不是 SHA-256 做的签名", "MD5 was used in place of SHA-256";
    SHA1 = "hash_sha1", "用 SHA-1 而不是 SHA-256 做的签名（SHA1withRSA）",
        "SHA-1 was used in place of SHA-256 (SHA1withRSA)";
    SHA224 = "hash_sha224", "用 SHA-224 而不是 SHA-256 做的签名", "SHA-224 was used in place of SHA-256";
    SHA384 = "hash_sha384", "用 SHA-384 而不是 SHA-256 做的签名", "SHA-384 was used in place of SHA-256";
    SHA512 = "hash_sha512", "用 SHA-512 而不是 SHA-256 做的签名（SHA512withRSA）",
        "SHA-512 was used in place of SHA-256 (SHA512withRSA)";
    NO_HASH = "hash_none", "没有做哈希，直接对字符串做了 RSA 私钥运算",
        "the string itself was put under the private key, without a hash";
    NO_NAME = "hash_unnamed", "对 SHA-256 的结果直接做了 RSA 私钥运算，缺少标明哈希算法的 DigestInfo",
        "the bare SHA-256 was put under the private key, without the DigestInfo that names the hash";
    OF_HEX = "hash_of_hex", "先算出十六进制的 SHA-256，再对这串十六进制文本签名（哈希了两次）",
        "the hex text of the SHA-256 was signed, so it was hashed twice";
    OF_UPPER_HEX = "hash_of_upper_hex", "对大写十六进制的 SHA-256 文本签名（哈希了两次）",
        "the upper-case hex text of the SHA-256 was signed, so it was hashed twice";
    OF_BASE64 = "hash_of_base64", "对 Base64 编码后的 SHA-256 签名（哈希了两次）",
        "the Base64 text of the SHA-256 was signed, so it was hashed twice";
    TWICE = "hash_twice", "先算 SHA-256，再交给会自己做哈希的签名函数（哈希了两次）",
        "the SHA-256 was given to a function that hashes by itself, so it was hashed twice";
    OF_MD5_HEX = "hash_of_md5_hex", "对字符串的 MD5 十六进制文本签名", "the hex text of the string's MD5 was signed";
    OF_ENCODED = "string_base64", "对 Base64 编码后的待签名串签名", "the Base64 text of the string was signed";
    PSS = "padding_pss", "填充方式用了 PSS，应为 PKCS#1 v1.5", "the padding is PSS, not PKCS#1 v1.5";
}

/// The hashes a signature may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hash {
    Md5,
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
}

/// The object identifiers, as they stand in a DigestInfo (RFC 8017 §9.2, note 1).
const NAMES: [(Hash, &[u8]); 6] = [
    (Hash::Md5, &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x05]),
    (Hash::Sha1, &[0x2b, 0x0e, 0x03, 0x02, 0x1a]),
    (Hash::Sha224, &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x04]),
    (Hash::Sha256, &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01]),
    (Hash::Sha384, &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02]),
    (Hash::Sha512, &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03]),
];

impl Hash {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Sha1 => "SHA-1",
            Self::Sha224 => "SHA-224",
            Self::Sha256 => "SHA-256",
            Self::Sha384 => "SHA-384",
            Self::Sha512 => "SHA-512",
        }
    }

    pub(crate) fn of(self, message: &[u8]) -> Vec<u8> {
        let algorithm = match self {
            Self::Md5 => return Md5::digest(message).to_vec(),
            Self::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha224 => &digest::SHA224,
            Self::Sha256 => &digest::SHA256,
            Self::Sha384 => &digest::SHA384,
            Self::Sha512 => &digest::SHA512,
        };
        digest::digest(algorithm, message).as_ref().to_vec()
    }

    /// Reads a DigestInfo; some libraries leave out the empty parameters.
    pub(crate) fn named_in(content: &[u8]) -> Option<(Self, Vec<u8>)> {
        NAMES.iter().find_map(|(hash, oid)| {
            let length = hash.of(b"").len();
            [&[5_u8, 0][..], &[]].iter().find_map(|parameters| {
                let mut algorithm = vec![6, short(oid.len())];
                algorithm.extend_from_slice(oid);
                algorithm.extend_from_slice(parameters);
                let mut head = vec![0x30, short(algorithm.len() + 4 + length)];
                head.extend([0x30, short(algorithm.len())]);
                head.extend(algorithm);
                head.extend([4, short(length)]);
                let bytes = content.strip_prefix(head.as_slice())?;
                (bytes.len() == length).then(|| (*hash, bytes.to_vec()))
            })
        })
    }

    /// What is wrong about using this hash.
    const fn mistake(self) -> Option<Mistake> {
        match self {
            Self::Md5 => Some(MD5),
            Self::Sha1 => Some(SHA1),
            Self::Sha224 => Some(SHA224),
            Self::Sha256 => None,
            Self::Sha384 => Some(SHA384),
            Self::Sha512 => Some(SHA512),
        }
    }
}

/// The short form of a DER length.
fn short(length: usize) -> u8 {
    u8::try_from(length).expect("a DigestInfo has less than 128 bytes")
}

impl Inside {
    /// How a string fits to what was found, with the mistakes in that.
    pub(crate) fn fits(&self, message: &[u8]) -> Option<Vec<Mistake>> {
        match self {
            Self::Digest { hash, bytes } => {
                (hash.of(message) == *bytes).then(|| hash.mistake().into_iter().collect())
            }
            Self::Bare(bytes) if bytes == message => Some(vec![NO_HASH]),
            Self::Bare(bytes) => (Hash::Sha256.of(message) == *bytes).then(|| vec![NO_NAME]),
        }
    }

    /// What is wrong already, whatever was signed.
    pub(crate) const fn mistake(&self) -> Option<Mistake> {
        match self {
            Self::Digest { hash, .. } => hash.mistake(),
            Self::Bare(_) => None,
        }
    }

    pub(crate) fn shown(&self) -> super::Recovered {
        let (algorithm, bytes) = match self {
            Self::Digest { hash, bytes } => (hash.name(), bytes),
            Self::Bare(bytes) => ("none", bytes),
        };
        super::Recovered { algorithm: algorithm.into(), hex: hex::encode(bytes) }
    }
}

/// The padding's own mistake, for signatures that cannot be opened but checked.
pub(crate) const OTHER_PADDING: Mistake = PSS;

/// What clients hash before the library hashes.
pub(crate) fn folds() -> Vec<(Mistake, Fold)> {
    fn sha256(message: &[u8]) -> Vec<u8> {
        Hash::Sha256.of(message)
    }
    vec![
        (OF_HEX, |message| hex::encode(sha256(message)).into_bytes()),
        (TWICE, sha256),
        (OF_BASE64, |message| STANDARD.encode(sha256(message)).into_bytes()),
        (OF_UPPER_HEX, |message| hex::encode_upper(sha256(message)).into_bytes()),
        (OF_MD5_HEX, |message| hex::encode(Hash::Md5.of(message)).into_bytes()),
        (OF_ENCODED, |message| STANDARD.encode(message).into_bytes()),
    ]
}
