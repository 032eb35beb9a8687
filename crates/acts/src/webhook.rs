//! Webhooks as the Standard Webhooks specification has them: three headers, HMAC-SHA256.

use aws_lc_rs::hmac;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use suanpan_wechat::Timestamp;
use subtle::ConstantTimeEq as _;

use crate::change::EventRow;

/// The secret of one endpoint: `whsec_` and the Base64 of 32 random bytes.
#[derive(Clone)]
pub struct WebhookSecret(String);

/// Rows are compared as wholes, this one in constant time like every secret (threat n06).
impl PartialEq for WebhookSecret {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }
}

impl Eq for WebhookSecret {}

impl WebhookSecret {
    /// A new secret.
    #[must_use]
    pub fn mint(random: [u8; 32]) -> Self {
        Self(format!("whsec_{}", STANDARD.encode(random)))
    }

    /// A stored secret; `None` when it is not one of at least 24 bytes.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let key = STANDARD.decode(text.strip_prefix("whsec_")?).ok()?;
        (key.len() >= 24).then(|| Self(text.to_owned()))
    }

    /// The text, for the one answer that shows it and for the store.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    fn key(&self) -> hmac::Key {
        let encoded = self.0.strip_prefix("whsec_").expect("both constructors write the prefix");
        let bytes = STANDARD.decode(encoded).expect("both constructors checked the Base64");
        hmac::Key::new(hmac::HMAC_SHA256, &bytes)
    }
}

impl std::fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WebhookSecret(..)")
    }
}

/// One request to a merchant's backend, signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookMessage {
    /// Where to.
    pub url: String,
    /// `webhook-id`: the event's id, the same on every attempt.
    pub webhook_id: String,
    /// `webhook-timestamp`: wall time of this attempt.
    pub webhook_timestamp: Timestamp,
    /// `webhook-signature`: `v1,…`.
    pub webhook_signature: String,
    /// The event's payload, byte for byte.
    pub body: String,
}

impl WebhookMessage {
    /// Signs one attempt. `now` is wall time, because receivers compare it with their own clock.
    #[must_use]
    pub fn sign(url: &str, secret: &WebhookSecret, event: &EventRow, now: Timestamp) -> Self {
        let signed = format!("{}.{}.{}", event.event_id, now.unix(), event.payload);
        let tag = hmac::sign(&secret.key(), signed.as_bytes());
        Self {
            url: url.to_owned(),
            webhook_id: event.event_id.to_string(),
            webhook_timestamp: now,
            webhook_signature: format!("v1,{}", STANDARD.encode(tag)),
            body: event.payload.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use suanpan_trade::{AccountId, event::EventType, id::EventId};

    /// Checked against the reference verifier, which reads the wall clock: so the message is signed
    /// at a fixed instant and only its bytes are compared with the verifier's own signer.
    #[test]
    fn w04_the_reference_library_signs_the_same() {
        let secret = WebhookSecret::mint([7; 32]);
        let event = EventRow {
            event_id: EventId::mint(&AccountId::new("acme").unwrap(), [1; 16]),
            subject: "s".into(),
            event_type: EventType::OrderPaid,
            payload: r#"{"type":"order.paid"}"#.into(),
            created_at: Timestamp::from_unix(0),
        };
        let message = WebhookMessage::sign(
            "https://m.example/",
            &secret,
            &event,
            Timestamp::from_unix(1_727_757_000),
        );
        let reference = standardwebhooks::Webhook::new(secret.expose()).unwrap();
        let signature =
            reference.sign(&message.webhook_id, 1_727_757_000, message.body.as_bytes()).unwrap();
        assert_eq!(message.webhook_signature, signature);
    }

    #[test]
    fn short_secrets_are_refused() {
        assert!(WebhookSecret::read("whsec_c2hvcnQ=").is_none());
        assert!(WebhookSecret::read("c2VjcmV0").is_none());
        let minted = WebhookSecret::mint([1; 32]);
        assert_eq!(WebhookSecret::read(minted.expose()), Some(minted));
    }
}
