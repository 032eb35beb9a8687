//! The v3 dialect of a notification: a sealed resource in a JSON envelope, signed in the headers
//! (v3 §6.1, §6.2).

use suanpan_wechat::{
    Timestamp,
    id::SerialNo,
    platform::{SealNonce, seal},
    seal::Sealed,
    secret::ApiV3Key,
    verify::signed_message,
};

use super::{Notification, Spoiled, event::Label};
use crate::world::{
    exchange::Times,
    header::{HeaderText, make_probe, signature_headers},
    identity::{Merchant, TrustMode},
    state::World,
};

/// The envelope in the order captures show, which is not alphabetical.
#[derive(serde::Serialize)]
struct Envelope<'a> {
    id: &'a str,
    create_time: Timestamp,
    resource_type: &'static str,
    event_type: &'static str,
    summary: &'static str,
    resource: Resource<'a>,
}

#[derive(serde::Serialize)]
struct Resource<'a> {
    original_type: &'static str,
    algorithm: &'a str,
    ciphertext: &'a str,
    associated_data: &'a str,
    nonce: &'a str,
}

impl World {
    /// Seals the plaintext, with the merchant's key or, spoiled, with another.
    pub(super) fn envelope(
        &mut self,
        notification: &Notification,
        other_key: Option<&str>,
    ) -> String {
        let merchant = &self.state.merchants[&notification.mchid];
        let key = ApiV3Key::new(other_key.unwrap_or(&merchant.api_v3_key))
            .expect("APIv3 keys are checked when merchants are registered");
        let nonce = SealNonce::from_random(self.state.chance.bytes());
        let Label { event_type, original_type, summary } = notification.event.label();
        let Sealed { algorithm, nonce, associated_data, ciphertext } =
            seal(&key, nonce, original_type, notification.plaintext.as_bytes());
        serde_json::to_string(&Envelope {
            id: &notification.id,
            create_time: notification.created_at,
            resource_type: "encrypt-resource",
            event_type,
            summary,
            resource: Resource {
                original_type,
                algorithm: &algorithm,
                ciphertext: &ciphertext,
                associated_data: &associated_data,
                nonce: &nonce,
            },
        })
        .expect("an envelope has string keys and no maps")
    }

    /// The headers, and the text their signature covers.
    pub(super) fn sealed_headers(
        &mut self,
        notification: &Notification,
        spoiled: Spoiled,
        body: &str,
        now: Times,
    ) -> (Vec<(String, HeaderText)>, Option<String>) {
        let nonce = self.state.chance.alphanumeric(32);
        let request_id = self.state.chance.uuid();
        let coin = self.state.chance.coin();
        let merchant = &self.state.merchants[&notification.mchid];
        let signer = self.signer(notification_key(merchant, coin));
        let signed_body = if spoiled == Spoiled::BadSignature { "{}" } else { body };
        let signature = signature_headers(signer, now.wall, &nonce, signed_body.as_bytes());
        let mut headers: Vec<(String, HeaderText)> = [
            ("Content-Type", "application/json".into()),
            ("Accept", "*/*".into()),
            ("User-Agent", "Mozilla/4.0".into()),
            ("Pragma", "no-cache".into()),
            ("Request-ID", request_id.into()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into_iter()
        .chain(signature)
        .collect();
        if spoiled == Spoiled::Probe {
            make_probe(&mut headers);
        }
        let canonical = signed_message(now.wall, &nonce, body.as_bytes());
        (headers, Some(String::from_utf8_lossy(&canonical).into_owned()))
    }
}

/// Which key signs a notification. During the switch WeChat decides by a share that rises day by
/// day (v3 §1.12); here a coin decides.
fn notification_key(merchant: &Merchant, coin: bool) -> &SerialNo {
    let public = merchant.public_key.as_ref().map(|key| &key.id);
    let certificate = merchant.signing_serial_no.as_ref();
    let (preferred, other) = match merchant.trust_mode {
        TrustMode::Certificate => (certificate, public),
        TrustMode::PublicKey => (public, certificate),
        TrustMode::Both if coin => (public, certificate),
        TrustMode::Both => (certificate, public),
    };
    preferred.or(other).expect("registration gives every merchant the keys its trust mode needs")
}
