//! Keys that everybody knows, and that must therefore never guard money (threat s06).
//!
//! The simulator's key pool is public, and so are the demonstration keys in WeChat's own pages. A
//! server in live mode refuses to start with any of them, as merchant key or in its trust ring.

/// Whether a key's fingerprint ([`crate::key::RsaPublicKey::fingerprint`]) is publicly known.
#[must_use]
pub fn is_publicly_known(fingerprint: &[u8; 32]) -> bool {
    let fingerprint = hex::encode(fingerprint);
    FINGERPRINTS.lines().any(|known| known.split_whitespace().next() == Some(fingerprint.as_str()))
}

/// One per line: SHA-256 of the PKCS#1 public key in hex, then a label. Maintained by the test
/// that compares it with the simulator's pool.
const FINGERPRINTS: &str = include_str!("test_keys.txt");
