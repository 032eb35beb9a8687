//! The merchants' backends: they verify every webhook as Standard Webhooks demands, remember every
//! id, and are unreachable, slow or unwilling as often as the profile says.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use aws_lc_rs::hmac;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;
use suanpan_acts::{
    MerchantHttp, Nonces as _,
    change::EventRow,
    ports::Delivered,
    webhook::{WebhookMessage, WebhookSecret},
};
use suanpan_store::ModelStore;
use suanpan_trade::{AccountId, event::EventType, id::EventId};
use suanpan_wechat::Timestamp;

use crate::{
    clock::SeededNonces, invariant::Invariant, plant::Plant, profile::Profile, timeline::Timeline,
};

/// Standard Webhooks: receivers refuse what is older or newer.
const TOLERANCE_SECONDS: i64 = 300;

/// What the backends know.
#[derive(Default)]
pub(crate) struct Backends {
    endpoints: BTreeMap<String, (AccountId, WebhookSecret)>,
    /// Every accepted message by its id.
    bodies: BTreeMap<String, String>,
    /// The ids seen for one thing that happened: `{type} {order or refund}`.
    ids: BTreeMap<String, BTreeSet<String>>,
}

impl Backends {
    pub(crate) fn register(&mut self, url: String, account: AccountId, secret: WebhookSecret) {
        self.endpoints.insert(url, (account, secret));
    }

    /// The webhook ids a merchant has seen for one kind of event of one subject.
    pub(crate) fn ids_of(&self, event: EventType, subject: &str) -> usize {
        self.ids.get(&format!("{} {subject}", event.as_str())).map_or(0, BTreeSet::len)
    }

    pub(crate) fn has(&self, event_id: &str) -> bool {
        self.bodies.contains_key(event_id)
    }

    /// Accepts a webhook, or says why not.
    fn accept(&mut self, message: &WebhookMessage, now: Timestamp) -> Result<(), Refused> {
        let (account, secret) =
            self.endpoints.get(&message.url).ok_or(Refused::Broken("nobody listens there"))?;
        if now.since(message.webhook_timestamp).abs() > TOLERANCE_SECONDS {
            return Err(Refused::Outdated);
        }
        if !is_signed(message, secret) {
            return Err(Refused::Broken("the signature is wrong"));
        }
        let body: Value = serde_json::from_str(&message.body)
            .map_err(|_| Refused::Broken("the body is not JSON"))?;
        let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str);
        if text("/data/account") != Some(account.as_str()) {
            return Err(Refused::Foreign);
        }
        if self.bodies.get(&message.webhook_id).is_some_and(|known| *known != message.body) {
            return Err(Refused::Altered);
        }
        let subject = text("/data/refund/out_refund_no").or(text("/data/order_id"));
        let event = text("/type").ok_or(Refused::Broken("it has no type"))?;
        let subject = subject.ok_or(Refused::Broken("it is about nothing"))?;
        let happened = format!("{event} {subject}");
        self.ids.entry(happened).or_default().insert(message.webhook_id.clone());
        self.bodies.insert(message.webhook_id.clone(), message.body.clone());
        Ok(())
    }
}

enum Refused {
    /// Our clock is wrong; theirs is not.
    Outdated,
    /// It must never have been sent.
    Broken(&'static str),
    /// It belongs to another account.
    Foreign,
    /// The id was used for other bytes.
    Altered,
}

fn is_signed(message: &WebhookMessage, secret: &WebhookSecret) -> bool {
    let encoded = secret.expose().strip_prefix("whsec_").unwrap_or_default();
    let Ok(key) = STANDARD.decode(encoded) else { return false };
    let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
    let signed =
        format!("{}.{}.{}", message.webhook_id, message.webhook_timestamp.unix(), message.body);
    let tag =
        message.webhook_signature.strip_prefix("v1,").and_then(|tag| STANDARD.decode(tag).ok());
    tag.is_some_and(|tag| hmac::verify(&key, signed.as_bytes(), &tag).is_ok())
}

/// One server's way to the backends.
pub(crate) struct MerchantPort {
    pub(crate) timeline: Timeline,
    pub(crate) profile: Arc<Profile>,
    pub(crate) backends: Arc<Mutex<Backends>>,
    /// Looked at only to see whether what leaves is an event that was committed.
    pub(crate) model: Arc<ModelStore>,
    pub(crate) plant: Option<Plant>,
}

impl MerchantHttp for MerchantPort {
    async fn post(&self, message: &WebhookMessage) -> Delivered {
        let message = self.spoiled(message);
        self.check_committed(&message);
        let ms = self.timeline.draw(|chance| chance.between(2, 80));
        self.timeline.pause(ms).await;
        let trouble = &self.profile.merchant;
        if trouble.dead || self.timeline.strikes(trouble.unreachable, "merchant unreachable") {
            return Delivered::Unreachable;
        }
        if let Some(status) = self.unwilling() {
            return Delivered::Answered { status, retry_after_seconds: self.retry_after() };
        }
        let status = self.arrive(&message);
        self.timeline.pause(5).await;
        if self.timeline.strikes(trouble.answer_lost, "merchant's answer lost") {
            return Delivered::Unreachable;
        }
        Delivered::Answered { status, retry_after_seconds: None }
    }
}

impl MerchantPort {
    fn backends(&self) -> MutexGuard<'_, Backends> {
        self.backends.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn unwilling(&self) -> Option<u16> {
        let trouble = &self.profile.merchant;
        if self.timeline.strikes(trouble.gone, "merchant gone") {
            return Some(410);
        }
        let refuses = self.timeline.strikes(trouble.refuses, "merchant refuses");
        refuses.then(|| self.timeline.draw(|chance| chance.pick(&[301, 400, 429, 500, 503])))
    }

    fn retry_after(&self) -> Option<i64> {
        self.timeline.draw(|chance| chance.pick(&[None, Some(1), Some(600), Some(10_000_000)]))
    }

    fn arrive(&self, message: &WebhookMessage) -> u16 {
        self.timeline.count(|tally| tally.webhooks += 1);
        let accepted = self.backends().accept(message, self.timeline.now());
        let broken = |invariant, why: &str| {
            self.timeline.violate(invariant, format!("webhook {}: {why}", message.webhook_id));
        };
        match accepted {
            Ok(()) => {
                self.timeline.trace(format_args!("merchant: accepts {}", message.webhook_id));
                return 200;
            }
            Err(Refused::Outdated) => {}
            Err(Refused::Broken(why)) => broken(Invariant::I10, why),
            Err(Refused::Foreign) => broken(Invariant::I14, "it reached another account"),
            Err(Refused::Altered) => broken(Invariant::I10, "its bytes changed"),
        }
        400
    }

    /// Invariant I10: what leaves is a committed event with its own id and bytes.
    fn check_committed(&self, message: &WebhookMessage) {
        let state = self.model.snapshot();
        let event =
            state.events().iter().find(|event| event.event_id.as_str() == message.webhook_id);
        if event.is_none_or(|event| event.payload != message.body) {
            let detail = format!("webhook {} is no stored event", message.webhook_id);
            self.timeline.violate(Invariant::I10, detail);
        }
    }

    fn spoiled(&self, message: &WebhookMessage) -> WebhookMessage {
        let mut event = EventRow {
            event_id: EventId::new(message.webhook_id.as_str()).expect("acts send event ids"),
            subject: String::new(),
            event_type: EventType::OrderPaid,
            payload: message.body.clone(),
            created_at: message.webhook_timestamp,
        };
        match self.plant {
            Some(Plant::EventIdPerAttempt) => {
                let random = SeededNonces(self.timeline.clone()).bytes();
                event.event_id = EventId::mint(&event.event_id.account(), random);
            }
            Some(Plant::PayloadPerAttempt) => {
                event.payload =
                    message.body.replace("\"timestamp\"", "\"sent_at\":1,\"timestamp\"");
            }
            _ => return message.clone(),
        }
        let secret = self.backends().endpoints.get(&message.url).map(|(_, secret)| secret.clone());
        match secret {
            Some(secret) => {
                WebhookMessage::sign(&message.url, &secret, &event, message.webhook_timestamp)
            }
            None => message.clone(),
        }
    }
}
