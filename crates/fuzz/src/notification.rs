//! Notifications after their signature: the envelope, and the content inside.

use suanpan_wechat::{
    notify::{Content, Statement},
    platform::{SealNonce, seal},
};

use crate::message::{api_v3_key, believed};

/// Any signed bytes.
pub(crate) fn envelope(input: &[u8]) -> bool {
    let Ok(notification) = believed(input).notification() else { return false };
    let Ok(content) = notification.open(&[api_v3_key()]) else { return false };
    drop(content.statement());
    true
}

/// Any sealed bytes: a line with the kind, and the plaintext.
pub(crate) fn content(input: &[u8]) -> bool {
    let Some(end) = input.iter().position(|byte| *byte == b'\n') else { return false };
    let Ok(kind) = std::str::from_utf8(&input[..end]) else { return false };
    let plaintext = &input[end + 1..];
    let sealed = seal(&api_v3_key(), SealNonce::from_random([7; 12]), kind, plaintext);
    let body = serde_json::json!({
        "id": "64658c06-6fd1-5472-b1de-330ff21d5427",
        "create_time": "2024-10-01T12:34:56+08:00",
        "resource_type": "encrypt-resource",
        "event_type": "TRANSACTION.SUCCESS",
        "summary": "支付成功",
        "resource": {
            "original_type": kind,
            "algorithm": sealed.algorithm,
            "nonce": sealed.nonce,
            "associated_data": sealed.associated_data,
            "ciphertext": sealed.ciphertext,
        },
    })
    .to_string();
    let notification = believed(body.as_bytes()).notification().expect("the envelope is right");
    let content = notification.open(&[api_v3_key()]).expect("sealed with this key");
    keeps_its_kind(kind, plaintext, content.get());
    let unknown = matches!(content.get(), Content::Unknown { .. });
    assert_eq!(matches!(content.statement(), Statement::Unknown { .. }), unknown);
    !unknown
}

/// Money of one kind is never read as another, and what is not understood is kept.
fn keeps_its_kind(kind: &str, plaintext: &[u8], content: &Content) {
    match content {
        Content::Transaction(_) => assert_eq!(kind, "transaction"),
        Content::Refund(_) => assert_eq!(kind, "refund"),
        Content::Unknown { original_type, json } => {
            assert_eq!(original_type, kind);
            assert_eq!(*json, String::from_utf8_lossy(plaintext));
        }
        _ => {}
    }
}
