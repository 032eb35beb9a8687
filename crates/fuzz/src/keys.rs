//! Files with keys, certificates in answers, members encrypted to us.

use std::sync::LazyLock;

use suanpan_wechat::{
    id::{Mchid, SerialNo},
    key::{Certificate, MerchantKey, RsaPublicKey},
    sensitive::SealedText,
    sign::Signer as _,
    trust::{TrustRing, read_download},
};

use crate::message::{self, NOW, api_v3_key};

const JAVA_PRIVATE: &str = include_str!("../../wechat/tests/vectors/java_private.pem");
const JAVA_PUBLIC: &str = include_str!("../../wechat/tests/vectors/java_public.pem");

/// A public key that is accepted can verify: it has a fingerprint, and does not believe anything.
pub(crate) fn public_key(input: &[u8]) -> bool {
    let Ok(pem) = std::str::from_utf8(input) else { return false };
    let Ok(key) = RsaPublicKey::from_pem(pem) else { return false };
    assert!(!key.verifies(b"", ""));
    true
}

/// A certificate that is accepted has a serial number as WeChat writes it.
pub(crate) fn certificate(input: &[u8]) -> bool {
    let Ok(pem) = std::str::from_utf8(input) else { return false };
    let Ok(certificate) = Certificate::from_pem(pem) else { return false };
    let serial_no = certificate.serial_no.as_str();
    assert!(serial_no.bytes().all(|b| b.is_ascii_digit() || (b'A'..=b'F').contains(&b)));
    certificate.public_key().is_ok_and(|key| {
        assert!(!key.verifies(b"", ""));
        true
    })
}

/// A private key that is accepted signs, and only its own public half believes it.
pub(crate) fn private_key(input: &[u8]) -> bool {
    let Ok(pem) = std::str::from_utf8(input) else { return false };
    let mchid = Mchid::new("1900007291").expect("an mchid");
    let serial_no = SerialNo::new("1").expect("a serial number");
    let Ok(key) = MerchantKey::from_private_key(mchid, serial_no, pem) else { return false };
    let signature = key.sign(b"message");
    let published = RsaPublicKey::from_pem(JAVA_PUBLIC).expect("a published key");
    let is_its_own = published.fingerprint() == key.fingerprint();
    assert_eq!(published.verifies(b"message", &signature), is_its_own);
    true
}

/// Nothing is trusted that nobody trusted has signed.
pub(crate) fn certificate_download(input: &[u8]) -> bool {
    let Some(answer) = message::answer(input) else { return false };
    let read = read_download(&answer, &api_v3_key(), &TrustRing::default(), NOW);
    let Ok(ring) = read else { return false };
    assert_eq!(answer.status, 200);
    assert!(!ring.is_empty(), "a signature was believed without a key");
    true
}

/// Whatever opens was encrypted by somebody who wanted it so; that it fits into RSA is all that can
/// be said.
pub(crate) fn sealed_text(input: &[u8]) -> bool {
    static KEY: LazyLock<MerchantKey> = LazyLock::new(|| {
        let mchid = Mchid::new("1900007291").expect("an mchid");
        let serial_no = SerialNo::new("5F1C72E2A8931B72A2E13AF8DEE92471EB397115").expect("serial");
        MerchantKey::from_private_key(mchid, serial_no, JAVA_PRIVATE).expect("a published key")
    });
    let Ok(text) = std::str::from_utf8(input) else { return false };
    let sealed = SealedText::from(text.to_owned());
    let (oaep, pkcs1v15) = (KEY.open_sensitive(&sealed), KEY.open_sensitive_pkcs1v15(&sealed));
    assert!(oaep.as_ref().map_or(0, |text| text.expose().len()) <= 214);
    assert!(pkcs1v15.map_or(0, |text| text.expose().len()) <= 245);
    oaep.is_ok()
}
