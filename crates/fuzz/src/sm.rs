//! The SM suite: keys, signatures, members and resources of the other cryptography.

use std::sync::LazyLock;

use serde_json::Value;
use suanpan_wechat::{
    id::{Mchid, SerialNo},
    key::MerchantKey,
    platform::{SealNonce, seal},
    secret::ApiV3Key,
    sensitive::SealedText,
    sign::Signer as _,
    suite::Suite,
    trust::TrustRing,
    verify::Verifier as _,
};

use crate::message::believed;

const PRIVATE: &str = include_str!("../../wechat/tests/vectors/sm_private.pem");
const PUBLIC: &str = include_str!("../../wechat/tests/vectors/sm_public.pem");
const VECTORS: &str = include_str!("../../wechat/tests/vectors/sm.json");

fn serial_no() -> SerialNo {
    SerialNo::new("54E7F59ED8DF4570CFB14780EA8152D45A675EE6").expect("a serial number")
}

fn merchant_key(pem: &str) -> Option<MerchantKey> {
    let mchid = Mchid::new("1900007291").expect("an mchid");
    MerchantKey::sm_from_private_key(mchid, serial_no(), pem).ok()
}

static RING: LazyLock<TrustRing> = LazyLock::new(|| {
    let mut ring = TrustRing::of(Suite::Sm);
    ring.add_public_key(serial_no(), PUBLIC).expect("a published key");
    ring
});

/// One signature has one text, in this suite too: DER leaves room for more than one.
pub(crate) fn signature_text(input: &[u8]) -> bool {
    static SIGNED: LazyLock<Vec<Value>> = LazyLock::new(|| published("signatures"));
    let Ok(text) = std::str::from_utf8(input) else { return false };
    let verifies = |vector: &&Value| {
        let message = vector["message"].as_str().expect("a text").as_bytes();
        RING.check(&serial_no(), message, text).is_ok()
    };
    let Some(vector) = SIGNED.iter().find(verifies) else { return false };
    assert_eq!(Some(text), vector["signature"].as_str(), "a second spelling");
    true
}

/// A public key that is accepted can verify, and does not believe anything.
pub(crate) fn public_key(input: &[u8]) -> bool {
    let Ok(pem) = std::str::from_utf8(input) else { return false };
    let mut ring = TrustRing::of(Suite::Sm);
    if ring.add_public_key(serial_no(), pem).is_err() {
        return false;
    }
    assert!(ring.check(&serial_no(), b"", "").is_err());
    true
}

/// A private key that is accepted signs, and only its own public half believes it.
pub(crate) fn private_key(input: &[u8]) -> bool {
    let Ok(pem) = std::str::from_utf8(input) else { return false };
    let Some(key) = merchant_key(pem) else { return false };
    let published = merchant_key(PRIVATE).expect("a published key");
    let signature = key.sign(b"message");
    let is_its_own = key.fingerprint() == published.fingerprint();
    assert_eq!(RING.check(&serial_no(), b"message", &signature).is_ok(), is_its_own);
    true
}

/// Whatever opens is a text shorter than what was sealed.
pub(crate) fn sealed_text(input: &[u8]) -> bool {
    static KEY: LazyLock<MerchantKey> =
        LazyLock::new(|| merchant_key(PRIVATE).expect("a published key"));
    let Ok(text) = std::str::from_utf8(input) else { return false };
    let Ok(opened) = KEY.open_sensitive(&SealedText::from(text.to_owned())) else { return false };
    assert!(opened.expose().len() < input.len());
    true
}

/// A resource of one suite never opens under the other's key, though both are the same characters.
pub(crate) fn notification(input: &[u8]) -> bool {
    const KEY: &str = "a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb";
    let sm = ApiV3Key::for_sm(KEY).expect("32 letters and digits");
    let rsa = ApiV3Key::new(KEY).expect("32 letters and digits");
    let sealed = seal(&sm, SealNonce::from_random([7; 12]), "transaction", input);
    let body = serde_json::json!({
        "id": "64658c06-6fd1-5472-b1de-330ff21d5427",
        "create_time": "2024-10-01T12:34:56+08:00",
        "resource_type": "encrypt-resource",
        "event_type": "TRANSACTION.SUCCESS",
        "summary": "支付成功",
        "resource": {
            "original_type": "transaction",
            "algorithm": sealed.algorithm,
            "nonce": sealed.nonce,
            "associated_data": sealed.associated_data,
            "ciphertext": sealed.ciphertext,
        },
    });
    let body = body.to_string();
    let open = |key: &ApiV3Key| {
        let notification = believed(body.as_bytes()).notification().expect("a right envelope");
        notification.open(std::slice::from_ref(key))
    };
    assert!(open(&rsa).is_err(), "opened by the other suite");
    let content = open(&sm).expect("sealed with this key");
    !matches!(content.get(), suanpan_wechat::notify::Content::Unknown { .. })
}

fn published(kind: &str) -> Vec<Value> {
    let mut all: Value = serde_json::from_str(VECTORS).expect("the vectors are JSON");
    let Value::Array(vectors) = all[kind].take() else { panic!("no {kind}") };
    vectors
}
