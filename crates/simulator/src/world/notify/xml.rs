//! The v2 dialect of a notification: XML, a payment's signed inside, a refund's only encrypted
//! (v2 §15, §16).

use aws_lc_rs::cipher::{AES_256, PaddedBlockEncryptingKey, UnboundCipherKey};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use md5::{Digest as _, Md5};

use super::Notification;
use crate::world::{
    header::HeaderText,
    state::World,
    v2::{Document, Fields, SignType, sign},
};

/// What is written, but for what the key makes of it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) enum Letter {
    /// Lacks its `sign`.
    Payment { sign_type: SignType, members: Document },
    /// Lacks its `req_info`, which is the notification's plaintext encrypted. Nobody signs it.
    Refund { members: Document },
}

impl World {
    /// The body, made with the merchant's key or, spoiled, with another.
    pub(super) fn letter(
        &self,
        notification: &Notification,
        letter: &Letter,
        other_key: Option<&str>,
    ) -> String {
        let key = other_key.unwrap_or(&self.state.merchants[&notification.mchid].api_v2_key);
        let document = match letter {
            Letter::Payment { sign_type, members } => {
                let message = sign::message(members.pairs(), key);
                members.clone().text("sign", sign::sign(*sign_type, &message, key))
            }
            Letter::Refund { members } => {
                members.clone().text("req_info", req_info(key, &notification.plaintext))
            }
        };
        document.sorted().to_xml("xml")
    }

    /// The text a payment's signature covers.
    pub(super) fn letter_message(
        &self,
        notification: &Notification,
        letter: &Letter,
    ) -> Option<String> {
        let key = &self.state.merchants[&notification.mchid].api_v2_key;
        match letter {
            Letter::Payment { members, .. } => Some(sign::message(members.pairs(), key)),
            Letter::Refund { .. } => None,
        }
    }
}

pub(super) fn headers() -> Vec<(String, HeaderText)> {
    [
        // Some SDKs take it for v2 only when it says so (v2 §15.1).
        ("Content-Type", "text/xml"),
        ("Accept", "*/*"),
        ("User-Agent", "Mozilla/4.0"),
        ("Pragma", "no-cache"),
    ]
    .map(|(name, value)| (name.to_owned(), value.into()))
    .to_vec()
}

/// An answer must say so in XML; the status alone, or v3's JSON, makes WeChat come again.
pub(super) fn is_acknowledged(status: u16, body: &[u8]) -> bool {
    let fields = std::str::from_utf8(body).ok().and_then(|text| Fields::read(text.trim()).ok());
    status == 200 && fields.is_some_and(|fields| fields.get("return_code") == Some("SUCCESS"))
}

/// AES-256-ECB; the key is the lower-case hex of the APIv2 key's MD5, as 32 bytes of text.
fn req_info(key: &str, plaintext: &str) -> String {
    let key = hex::encode(Md5::digest(key.as_bytes()));
    let key = UnboundCipherKey::new(&AES_256, key.as_bytes()).expect("an MD5 has 32 hex digits");
    let mut buffer = plaintext.as_bytes().to_vec();
    PaddedBlockEncryptingKey::ecb_pkcs7(key)
        .and_then(|key| key.encrypt(&mut buffer))
        .expect("ECB pads whatever it is given");
    STANDARD.encode(buffer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_ciphertexts_come_out() {
        let key = "6Q9VX4N3WTBM9G9XBL7H1L9PB9ANHLY8";
        assert_eq!(req_info(key, r#"{"a":3}"#), "/Pe2X0sgRcndZWNJQQmcPw==");
        // The digest of this key begins with a zero, which a number would lose.
        let key = "00000000000000000000000000000017";
        assert_eq!(req_info(key, r#"{"a":3}"#), "dG+e02+mWj87Znr0bW+tvw==");
    }

    #[test]
    fn only_a_success_in_xml_is_an_answer() {
        let success = "<xml><return_code><![CDATA[SUCCESS]]></return_code></xml>";
        let pretty = "\n<xml>\n<return_code>SUCCESS</return_code>\n<return_msg/>\n</xml>\n";
        for good in [success, pretty] {
            assert!(is_acknowledged(200, good.as_bytes()), "{good}");
        }
        assert!(!is_acknowledged(204, success.as_bytes()));
        assert!(!is_acknowledged(500, success.as_bytes()));
        for bad in [
            "",
            "SUCCESS",
            r#"{"code":"SUCCESS","message":"成功"}"#,
            "<xml><return_code>FAIL</return_code></xml>",
            "<xml><return_code>success</return_code></xml>",
        ] {
            assert!(!is_acknowledged(200, bad.as_bytes()), "{bad}");
        }
    }
}
