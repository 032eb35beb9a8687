//! Headers, signatures and what they are about.

use std::sync::LazyLock;

use serde_json::Value;
use suanpan_wechat::{
    id::SerialNo,
    key::RsaPublicKey,
    platform::Authorization,
    trust::TrustRing,
    verify,
    verify::{SignatureHeaders, signed_message},
};

use crate::message::answer;

const GO_PUBLIC: &str = include_str!("../../wechat/tests/vectors/go_public.pem");
const MESSAGES: &str = include_str!("../../wechat/tests/vectors/messages.json");
const BARE: &str = include_str!("../../wechat/tests/vectors/rsa.json");

/// Headers that are accepted go into the signed message byte for byte, as three lines and no more.
pub(crate) fn headers(input: &[u8]) -> bool {
    let Some(answer) = answer(input) else { return false };
    let Ok(headers) = SignatureHeaders::read(|name| answer.header(name)) else { return false };
    let received = |name| answer.header(name).expect("accepted headers are all there");
    let expected =
        format!("{}\n{}\n\n", received("wechatpay-timestamp"), received("wechatpay-nonce"));
    let message = signed_message(headers.timestamp, &headers.nonce, b"");
    assert_eq!(message, expected.as_bytes());
    assert_eq!(message.iter().filter(|byte| **byte == b'\n').count(), 3);
    true
}

/// Nothing is believed but what the holder of the key did sign: the published messages.
pub(crate) fn message(input: &[u8]) -> bool {
    static RING: LazyLock<TrustRing> = LazyLock::new(|| {
        let mut ring = TrustRing::default();
        ring.add_public_key(SerialNo::new("D7CE59D1F522D701").expect("a serial"), GO_PUBLIC)
            .expect("a published key");
        ring
    });
    static SIGNED: LazyLock<Vec<Value>> = LazyLock::new(|| published(MESSAGES, "go"));
    let Some(answer) = answer(input) else { return false };
    let Ok(headers) = SignatureHeaders::read(|name| answer.header(name)) else { return false };
    if verify(&*RING, &headers, &answer.body, headers.timestamp).is_err() {
        return false;
    }
    let is_this = |vector: &&Value| {
        vector["timestamp"].as_i64() == Some(headers.timestamp.unix())
            && vector["nonce"].as_str() == Some(&headers.nonce)
            && vector["body"].as_str().map(str::as_bytes) == Some(&answer.body)
    };
    assert!(SIGNED.iter().any(|vector| is_this(&vector)), "a forgery was believed");
    true
}

/// One signature has one text: a second spelling would make two messages out of one.
pub(crate) fn text(input: &[u8]) -> bool {
    static KEY: LazyLock<RsaPublicKey> =
        LazyLock::new(|| RsaPublicKey::from_pem(GO_PUBLIC).expect("a published key"));
    static SIGNED: LazyLock<Vec<Value>> = LazyLock::new(|| published(BARE, "go"));
    let Ok(text) = std::str::from_utf8(input) else { return false };
    let verifies = |vector: &&Value| {
        KEY.verifies(vector["message"].as_str().expect("a text").as_bytes(), text)
    };
    let Some(vector) = SIGNED.iter().find(verifies) else { return false };
    assert_eq!(Some(text), vector["signature"].as_str(), "a second spelling");
    true
}

fn published(vectors: &str, key: &str) -> Vec<Value> {
    let all: Vec<Value> = serde_json::from_str(vectors).expect("the vectors are JSON");
    let found: Vec<Value> = all.into_iter().filter(|vector| vector["key"] == key).collect();
    assert!(!found.is_empty(), "nothing was signed by {key}");
    found
}

/// What the simulator reads out of a merchant's header means the same when it is written again.
pub(crate) fn authorization(input: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(input) else { return false };
    let Ok(read) = Authorization::read(text) else { return false };
    let written = format!(
        "{} mchid=\"{}\",nonce_str=\"{}\",signature=\"{}\",timestamp=\"{}\",serial_no=\"{}\"",
        read.scheme,
        read.mchid,
        read.nonce_str,
        read.signature,
        read.timestamp.unix(),
        read.serial_no
    );
    assert_eq!(Authorization::read(&written).as_ref(), Ok(&read));
    true
}
