//! A trust store for Java in its old format (JKS), which every version reads and which needs no
//! `keytool`: a list of certificates under a keyed digest.

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};

/// What Java's own store has; it protects nothing, and Java wants one to check the digest.
pub(super) const PASSWORD: &str = "changeit";

const MAGIC: u32 = 0xFEED_FEED;
const VERSION: u32 = 2;
const TRUSTED_CERTIFICATE: u32 = 2;

/// Stands between password and content in the digest, in every store ever written.
const WHITENER: &[u8] = b"Mighty Aphrodite";

/// A store of these certificates (DER).
pub(super) fn jks<'a>(certificates: impl Iterator<Item = &'a [u8]>) -> Vec<u8> {
    let certificates: Vec<_> = certificates.collect();
    let mut store = Vec::new();
    for number in [MAGIC, VERSION, count(certificates.len())] {
        store.extend(number.to_be_bytes());
    }
    for (number, certificate) in certificates.iter().enumerate() {
        store.extend(TRUSTED_CERTIFICATE.to_be_bytes());
        text(&mut store, &format!("suanpan-{number}"));
        // When it was added: of no interest to anybody.
        store.extend(0_u64.to_be_bytes());
        text(&mut store, "X.509");
        store.extend(count(certificate.len()).to_be_bytes());
        store.extend(*certificate);
    }
    let mut keyed: Vec<u8> = PASSWORD.encode_utf16().flat_map(u16::to_be_bytes).collect();
    keyed.extend(WHITENER);
    keyed.extend(&store);
    store.extend(digest(&SHA1_FOR_LEGACY_USE_ONLY, &keyed).as_ref());
    store
}

/// Java's way of writing short ASCII texts.
fn text(store: &mut Vec<u8>, text: &str) {
    let length = u16::try_from(text.len()).expect("names here are short");
    store.extend(length.to_be_bytes());
    store.extend(text.as_bytes());
}

fn count(number: usize) -> u32 {
    u32::try_from(number).expect("a machine's authorities are a few hundred KiB")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Java itself reads one in the conformance step; here the layout is taken apart by hand.
    #[test]
    fn a_store_lists_its_certificates_under_a_digest() {
        let store = jks([b"first".as_slice(), b"second"].into_iter());
        assert_eq!(store[..12], [0xFE, 0xED, 0xFE, 0xED, 0, 0, 0, 2, 0, 0, 0, 2]);
        let entry = [0, 0, 0, 2, 0, 9];
        assert_eq!(store[12..18], entry);
        assert_eq!(&store[18..27], b"suanpan-0");
        assert_eq!(store[27..35], [0; 8]);
        assert_eq!(&store[35..46], b"\0\x05X.509\0\0\0\x05");
        assert_eq!(&store[46..51], b"first");
        assert!(store[..store.len() - 20].ends_with(b"second"));
    }
}
