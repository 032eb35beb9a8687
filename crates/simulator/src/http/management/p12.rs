//! `apiclient_cert.p12`, as the merchant platform hands it out (v2 §4).

use base64::{Engine as _, engine::general_purpose::STANDARD};
use p12_keystore::{
    Certificate, EncryptionAlgorithm, KeyStore, KeyStoreEntry, MacAlgorithm, PrivateKey,
    PrivateKeyChain,
};

use crate::world::Merchant;

/// The name real files give their one entry.
const ALIAS: &str = "Tenpay Certificate";

/// The key in it is public; hashing its password often would only cost time.
const ITERATIONS: u32 = 1;

/// A merchant's first API certificate with its key, in Base64. The password is the mchid; the
/// ciphers are of the last century like those of real files, because that is what every reader can
/// read. `None` when the merchant keeps its key.
pub(crate) fn of(merchant: &Merchant) -> Option<String> {
    let own = merchant.api_certificates.first()?;
    let key = PrivateKey::from_der(&der(own.private_key_pem.as_deref()?)?).ok()?;
    let certificate = Certificate::from_der(&der(&own.certificate_pem)?).ok()?;
    let mut store = KeyStore::new();
    let chain = PrivateKeyChain::new([1].as_slice(), key, [certificate]);
    store.add_entry(ALIAS, KeyStoreEntry::PrivateKeyChain(chain));
    let file = store
        .writer(merchant.mchid.as_str())
        .encryption_algorithm(EncryptionAlgorithm::PbeWithShaAnd3KeyTripleDesCbc)
        .encryption_iterations(ITERATIONS)
        .mac_algorithm(MacAlgorithm::HmacSha1)
        .mac_iterations(ITERATIONS)
        .write()
        .ok()?;
    Some(STANDARD.encode(file))
}

fn der(pem: &str) -> Option<Vec<u8>> {
    let (_, block) = x509_parser::pem::parse_x509_pem(pem.as_bytes()).ok()?;
    Some(block.contents)
}

#[cfg(test)]
mod tests {
    use p12_keystore::Pkcs12Archive;

    use super::*;
    use crate::pool;

    #[test]
    fn the_file_opens_with_the_mchid_and_holds_the_pair() {
        let merchant = pool::standard().merchants.remove(0);
        let file = STANDARD.decode(of(&merchant).unwrap()).unwrap();
        assert!(Pkcs12Archive::from_pkcs12(&file, "1900000009").is_err());
        let archive = Pkcs12Archive::from_pkcs12(&file, merchant.mchid.as_str()).unwrap();
        let own = &merchant.api_certificates[0];
        assert_eq!(archive.certs[0].cert.as_der(), der(&own.certificate_pem).unwrap());
        let key = der(own.private_key_pem.as_deref().unwrap()).unwrap();
        assert_eq!(archive.keys[0].key.as_der(), key);
    }

    #[test]
    fn a_key_that_stays_with_the_merchant_is_in_no_file() {
        let mut merchant = pool::standard().merchants.remove(0);
        merchant.api_certificates[0].private_key_pem = None;
        assert_eq!(of(&merchant), None);
    }
}
