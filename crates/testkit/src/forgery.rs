//! Notifications made by hand: with WeChat's own keys where a test needs a genuine statement the
//! simulator would not make, and without them where it needs a forgery.

use serde_json::{Value, json};
use suanpan_simulator::world::Merchant;
use suanpan_wechat::{
    Timestamp,
    id::SerialNo,
    platform::{PlatformKey, SealNonce, seal, signature_headers},
    secret::ApiV3Key,
};

/// A notification, ready to be posted, every part of it open to change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forgery {
    /// Header names and values.
    pub headers: Vec<(String, String)>,
    /// The body as signed.
    pub body: Vec<u8>,
}

impl Forgery {
    /// What WeChat itself would send to this merchant: sealed with the merchant's APIv3 key, signed
    /// with the key that signs for it now.
    #[must_use]
    pub fn genuine(
        merchant: &Merchant,
        original_type: &str,
        content: &Value,
        now: Timestamp,
    ) -> Self {
        let body = envelope(&merchant.api_v3_key, original_type, content);
        Self::signed(&signing_key(merchant), &body, now)
    }

    /// A body signed by any key.
    #[must_use]
    pub fn signed(
        (serial_no, private_key_pem): &(SerialNo, String),
        body: &[u8],
        now: Timestamp,
    ) -> Self {
        let key = PlatformKey::from_pem(serial_no.clone(), private_key_pem);
        let key = key.expect("keys of the world are readable");
        let nonce = "aZ3kQ9xT5mW8cR2vB7nL4jH6gF1dS0pY";
        let signature = signature_headers(&key, now, nonce, body);
        let headers =
            [("Content-Type", "application/json".to_owned())].into_iter().chain(signature);
        let headers = headers.map(|(name, value)| (name.to_owned(), value)).collect();
        Self { headers, body: body.to_vec() }
    }

    /// With another value in a header; `None` removes it.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: Option<&str>) -> Self {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self.headers.extend(value.map(|value| (name.to_owned(), value.to_owned())));
        self
    }

    /// A header's value.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str()).expect("the header is there")
    }
}

/// Serial number and private key of what signs for a merchant now.
#[must_use]
pub(crate) fn signing_key(merchant: &Merchant) -> (SerialNo, String) {
    let certificate = merchant.platform_certificates.iter().find_map(|certificate| {
        (Some(&certificate.serial_no) == merchant.signing_serial_no.as_ref())
            .then(|| (certificate.serial_no.clone(), certificate.private_key_pem.clone()))
    });
    let public = || {
        let key = merchant.public_key.as_ref().expect("a merchant without certificates has a key");
        (key.id.clone(), key.private_key_pem.clone())
    };
    certificate.unwrap_or_else(public)
}

/// An envelope around sealed content.
#[must_use]
pub(crate) fn envelope(api_v3_key: &str, original_type: &str, content: &Value) -> Vec<u8> {
    let key = ApiV3Key::new(api_v3_key).expect("an APIv3 key");
    let nonce = SealNonce::from_random(*b"twelve bytes");
    let sealed = seal(&key, nonce, original_type, content.to_string().as_bytes());
    json!({
        "id": "5b1d3f2e-0000-4000-8000-000000000001",
        "create_time": "2026-10-01T12:00:00+08:00",
        "resource_type": "encrypt-resource",
        "event_type": "TRANSACTION.SUCCESS",
        "summary": "支付成功",
        "resource": {
            "original_type": original_type,
            "algorithm": sealed.algorithm,
            "ciphertext": sealed.ciphertext,
            "associated_data": sealed.associated_data,
            "nonce": sealed.nonce,
        },
    })
    .to_string()
    .into_bytes()
}
