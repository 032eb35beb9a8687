//! WeChat calls the merchant: queue, retry ladder, faults and answers (v3 §6, v2 §15). How a
//! notification is written is its dialect's.

mod event;
mod push;
mod sealed;
mod xml;

use suanpan_wechat::{
    Timestamp,
    id::{Mchid, OutTradeNo},
};

pub(crate) use event::Event;
pub use event::RETRY_SECONDS;
pub(crate) use xml::Letter;

use super::{
    exchange::{self, Times},
    fault::{FaultName, Subject},
    header::HeaderText,
    journal::{Direction, Message, MessageKind},
    open::Pushed,
    state::{Change, Due, Fired, Happening, HappeningKind, Work, World},
};

/// WeChat waits five seconds for an answer; one more for the report to arrive here.
const WAIT_SECONDS: i64 = 6;

/// How long the fault `notify_late` holds the first sending.
const LATE_SECONDS: i64 = 600;

/// How long the fault `notify_reordered` waits for another notification at most.
const REORDER_SECONDS: i64 = 600;

/// Identifies one sending of one notification.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(transparent)]
pub struct DeliveryId(pub u64);

/// What the shell must do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// POST this and report with [`World::notified`].
    Notify(Delivery),
}

/// One sending of one notification, ready. The method is POST.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// To be given back with the result.
    pub delivery_id: DeliveryId,
    /// Sendings of one notification must leave in the order they were made.
    pub notification_id: String,
    /// Where to.
    pub url: String,
    /// All headers but those of the connection.
    pub headers: Vec<(String, HeaderText)>,
    /// The body, byte for byte as signed.
    pub body: Vec<u8>,
}

impl Delivery {
    /// The first value of a header, whatever its case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        exchange::find(&self.headers, name)
    }
}

/// How a sending ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotifyResult {
    /// The merchant answered. v3 takes 200 and 204 for success and keeps the body for the journal;
    /// v2 wants it said in the body.
    Answered {
        /// HTTP status.
        status: u16,
        /// The beginning of the body.
        body: Vec<u8>,
    },
    /// No answer within five seconds.
    TimedOut,
    /// No connection, or it broke.
    Refused {
        /// In words, for the journal.
        reason: String,
    },
}

/// A notification until it is acknowledged or given up.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub(crate) struct Notification {
    pub(crate) id: String,
    pub(crate) mchid: Mchid,
    /// The order it is about, where it is about one.
    pub(crate) out_trade_no: Option<OutTradeNo>,
    pub(crate) url: String,
    pub(crate) event: Event,
    #[serde(default)]
    pub(crate) dialect: Dialect,
    pub(crate) created_at: Timestamp,
    /// What is encrypted in it.
    pub(crate) plaintext: String,
    /// Sealed once: a repeat sends the same bytes under a fresh signature.
    pub(crate) body: String,
    /// Sendings that count for the ladder.
    pub(crate) sent: usize,
    pub(crate) acknowledged: bool,
}

/// How a notification is written, and which answer acknowledges it.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) enum Dialect {
    /// v3's: sealed in JSON, signed in the headers.
    #[default]
    Sealed,
    /// v2's.
    Xml(Letter),
    /// The open platform's: signed in the address.
    Push(Pushed),
}

/// A sending whose end is not known yet.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub(crate) struct Attempt {
    pub(crate) notification_id: String,
    /// The journal's message.
    pub(crate) message_id: u64,
    /// Probes, duplicates and sendings by hand do not move the ladder.
    pub(crate) counts: bool,
    /// The work that gives up waiting for the report.
    pub(crate) waiting: Due,
}

/// How a sending is spoiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Spoiled {
    Not,
    BadSignature,
    Probe,
    Undecryptable,
}

impl Dialect {
    fn is_acknowledged(&self, result: &NotifyResult) -> bool {
        let NotifyResult::Answered { status, body } = result else { return false };
        match self {
            Self::Sealed => matches!(status, 200 | 204),
            Self::Xml(_) => xml::is_acknowledged(*status, body),
            Self::Push(_) => push::is_acknowledged(*status, body),
        }
    }
}

/// One sending as its dialect writes it.
struct Sending {
    url: String,
    headers: Vec<(String, HeaderText)>,
    body: String,
    /// The text under the signature, where there is one.
    canonical: Option<String>,
}

/// What is to be notified.
pub(crate) struct News<'a> {
    pub(crate) mchid: &'a Mchid,
    pub(crate) out_trade_no: Option<&'a OutTradeNo>,
    pub(crate) url: &'a str,
    pub(crate) event: Event,
    pub(crate) plaintext: String,
}

impl World {
    /// Queues a notification of v3.
    pub(crate) fn notify(&mut self, news: News<'_>, now: Times) {
        self.notify_in(Dialect::Sealed, news, now);
    }

    /// Queues a notification; it leaves with the next [`World::fire_due`].
    pub(crate) fn notify_in(&mut self, dialect: Dialect, news: News<'_>, now: Times) {
        let id = self.state.chance.uuid();
        let mut notification = Notification {
            id: id.clone(),
            mchid: news.mchid.clone(),
            out_trade_no: news.out_trade_no.cloned(),
            url: news.url.to_owned(),
            event: news.event,
            dialect,
            created_at: now.business,
            plaintext: news.plaintext,
            body: String::new(),
            sent: 0,
            acknowledged: false,
        };
        notification.body = self.written(&notification, None);
        let subject = Subject {
            path: news.url,
            mchid: Some(news.mchid.as_str()),
            out_trade_no: news.out_trade_no.map(OutTradeNo::as_str),
            ..Subject::default()
        };
        let mut wait = 0;
        if self.strikes(FaultName::NotifyLate, &subject) {
            wait = LATE_SECONDS;
        }
        let held = self.strikes(FaultName::NotifyReordered, &subject);
        if held {
            wait = REORDER_SECONDS;
        }
        self.state.notifications.insert(id.clone(), notification);
        let work = Work::Notify { notification_id: id };
        let due = self.state.schedule(now.business.plus(wait), work);
        if held {
            self.state.held.push(due);
        }
    }

    /// One rung of the ladder, with whatever faults strike it.
    pub(crate) fn send_notification(&mut self, id: &str, now: Times, fired: &mut Fired) {
        let Some(notification) = self.state.notifications.get_mut(id) else { return };
        if notification.acknowledged {
            return;
        }
        notification.sent += 1;
        let first = notification.sent == 1;
        let notification = notification.clone();
        fired.happened.push(Happening {
            at: now.business,
            kind: HappeningKind::Notified,
            mchid: notification.mchid.clone(),
            out_trade_no: notification.out_trade_no.clone(),
        });
        let subject = Subject {
            path: &notification.url,
            mchid: Some(notification.mchid.as_str()),
            out_trade_no: notification.out_trade_no.as_ref().map(OutTradeNo::as_str),
            ..Subject::default()
        };
        let has_probes = notification.dialect == Dialect::Sealed;
        if has_probes && self.strikes(FaultName::NotifyProbe, &subject) {
            let probe = self.sending(&notification, Spoiled::Probe, false, now);
            fired.effects.push(Effect::Notify(probe));
        }
        let spoiled = if self.strikes(FaultName::NotifyUndecryptable, &subject) {
            Spoiled::Undecryptable
        } else if self.strikes(FaultName::NotifyBadSignature, &subject) {
            Spoiled::BadSignature
        } else {
            Spoiled::Not
        };
        let lost = self.strikes(FaultName::NotifyLost, &subject);
        let delivery = self.sending(&notification, spoiled, true, now);
        if lost {
            let reason = "lost on purpose (fault notify_lost)".to_owned();
            self.notified(delivery.delivery_id, NotifyResult::Refused { reason }, now);
        } else {
            fired.effects.push(Effect::Notify(delivery));
        }
        if self.strikes(FaultName::NotifyDuplicate, &subject) {
            let copy = self.sending(&notification, Spoiled::Not, false, now);
            fired.effects.push(Effect::Notify(copy));
        }
        if first {
            self.release_held(&notification.mchid, id, now);
        }
    }

    /// Lets go of notifications that waited for another one to overtake them.
    fn release_held(&mut self, mchid: &Mchid, overtaken_by: &str, now: Times) {
        for due in std::mem::take(&mut self.state.held) {
            let Work::Notify { notification_id } = &due.work else { continue };
            if notification_id == overtaken_by || !self.state.due.contains(&due) {
                continue;
            }
            let held = self.state.notifications.get(notification_id);
            if held.is_some_and(|held| held.mchid == *mchid) {
                self.state.due.remove(&due);
                // A second later: two sendings within one second may arrive in any order.
                self.state.schedule(now.business.plus(1), due.work);
            } else {
                self.state.held.push(due);
            }
        }
    }

    /// The body, made with the merchant's key or, spoiled, with another; empty where every sending
    /// is written anew.
    fn written(&mut self, notification: &Notification, other_key: Option<&str>) -> String {
        match &notification.dialect {
            Dialect::Sealed => self.envelope(notification, other_key),
            Dialect::Xml(letter) => self.letter(notification, letter, other_key),
            Dialect::Push(_) => String::new(),
        }
    }

    /// Signs one sending now. Every sending of v3 has a fresh timestamp, nonce and signature (v3
    /// §6.1), every push a fresh address; in v2 the signature is a part of the body, and the same
    /// each time.
    fn sending(
        &mut self,
        notification: &Notification,
        spoiled: Spoiled,
        counts: bool,
        now: Times,
    ) -> Delivery {
        let is_xml = matches!(notification.dialect, Dialect::Xml(_));
        let spoils_body =
            spoiled == Spoiled::Undecryptable || spoiled == Spoiled::BadSignature && is_xml;
        let body = if spoils_body {
            let other = self.state.chance.alphanumeric(32);
            self.written(notification, Some(&other))
        } else {
            notification.body.clone()
        };
        let url = notification.url.clone();
        let Sending { url, headers, body, canonical } = match &notification.dialect {
            Dialect::Sealed => {
                let (headers, canonical) = self.sealed_headers(notification, spoiled, &body, now);
                Sending { url, headers, body, canonical }
            }
            Dialect::Xml(letter) => {
                let canonical = self.letter_message(notification, letter);
                Sending { url, headers: xml::headers(), body, canonical }
            }
            Dialect::Push(pushed) => self.push_sending(notification, pushed, spoiled, now),
        };
        let mut message = Message::new(Direction::Out, MessageKind::Notify, "POST", &url)
            .with_headers(&headers)
            .with_body(body.as_bytes());
        message.canonical = canonical;
        message.decrypted =
            Some(notification.plaintext.clone()).filter(|plaintext| !plaintext.is_empty());
        message.mchid = Some(notification.mchid.to_string());
        message.out_trade_no = notification.out_trade_no.as_ref().map(ToString::to_string);
        message.notification_id = Some(notification.id.clone());
        message.verdict = match spoiled {
            Spoiled::Not => None,
            Spoiled::BadSignature if is_xml => Some("made with another key on purpose".to_owned()),
            Spoiled::BadSignature => Some("signed over other bytes on purpose".to_owned()),
            Spoiled::Probe => Some("probe: not a signature at all, on purpose".to_owned()),
            Spoiled::Undecryptable => Some("sealed with another key on purpose".to_owned()),
        };
        self.dispatch(&notification.id, url, message, headers, body.into_bytes(), counts, now)
    }

    /// Records a sending and waits for its answer.
    #[expect(clippy::too_many_arguments, reason = "one call, one request: every part of it")]
    fn dispatch(
        &mut self,
        notification_id: &str,
        url: String,
        message: Message,
        headers: Vec<(String, HeaderText)>,
        body: Vec<u8>,
        counts: bool,
        now: Times,
    ) -> Delivery {
        let message_id = self.record(message, now);
        let delivery_id = DeliveryId(self.state.next_sequence());
        let waiting = self
            .state
            .schedule(now.business.plus(WAIT_SECONDS), Work::GiveUpWaiting { delivery_id });
        let notification_id = notification_id.to_owned();
        let attempt =
            Attempt { notification_id: notification_id.clone(), message_id, counts, waiting };
        self.state.attempts.insert(delivery_id, attempt);
        Delivery { delivery_id, notification_id, url, headers, body }
    }

    /// Reports how a sending ended. Reports about sendings already given up are ignored.
    pub fn notified(&mut self, delivery_id: DeliveryId, result: NotifyResult, now: Times) {
        let Some(attempt) = self.state.attempts.remove(&delivery_id) else { return };
        self.state.due.remove(&attempt.waiting);
        let dialect = self.state.notifications.get(&attempt.notification_id);
        let acknowledged = dialect.is_some_and(|known| known.dialect.is_acknowledged(&result));
        self.record_answer(&attempt, &result, acknowledged, now);
        if !attempt.counts {
            return;
        }
        let Some(notification) = self.state.notifications.get_mut(&attempt.notification_id) else {
            return;
        };
        notification.acknowledged = acknowledged;
        match notification.event.wait_after(notification.sent) {
            Some(wait) if !acknowledged => {
                let work = Work::Notify { notification_id: attempt.notification_id };
                self.state.schedule(now.business.plus(wait), work);
            }
            Some(_) | None => self.state.finish_notification(attempt.notification_id),
        }
    }

    fn record_answer(
        &mut self,
        attempt: &Attempt,
        result: &NotifyResult,
        acknowledged: bool,
        now: Times,
    ) {
        let Some(sent) = self.state.journal.get(attempt.message_id).cloned() else { return };
        let mut message = Message::new(Direction::In, MessageKind::NotifyAnswer, "POST", &sent.url);
        message.answers = Some(attempt.message_id);
        message.mchid = sent.mchid;
        message.out_trade_no = sent.out_trade_no;
        message.notification_id = sent.notification_id;
        message.verdict = Some(match result {
            NotifyResult::Answered { status, body } => {
                message.status = Some(*status);
                message = message.with_body(body);
                match acknowledged {
                    true => "acknowledged".to_owned(),
                    false => format!("HTTP {status}: not acknowledged"),
                }
            }
            NotifyResult::TimedOut => "no answer within 5 s".to_owned(),
            NotifyResult::Refused { reason } => reason.clone(),
        });
        self.record(message, now);
    }

    pub(crate) fn give_up_waiting(&mut self, delivery_id: DeliveryId, now: Times) {
        self.notified(delivery_id, NotifyResult::TimedOut, now);
    }

    /// Sends the notification of a journal message once more, freshly signed, beside its ladder.
    /// `None` when the message is gone or is not a notification.
    pub fn resend(&mut self, message_id: u64, now: Times) -> Option<Effect> {
        let id = self.state.journal.get(message_id)?.notification_id.clone()?;
        let notification = self.state.notifications.get(&id)?.clone();
        self.changes.insert(Change::Message);
        Some(Effect::Notify(self.sending(&notification, Spoiled::Not, false, now)))
    }

    /// Sends the bytes of a journal message once more as they were, old timestamp and signature
    /// included: what somebody who listened on the line could do. `None` as in [`World::resend`].
    pub fn replay(&mut self, message_id: u64, now: Times) -> Option<Effect> {
        let sent = self.state.journal.get(message_id)?.clone();
        if sent.kind != MessageKind::Notify || sent.direction != Direction::Out {
            return None;
        }
        let notification_id = sent.notification_id.clone()?;
        self.changes.insert(Change::Message);
        let headers = sent.headers.clone().into_iter().collect();
        let (url, body) = (sent.url.clone(), sent.body.clone().into_bytes());
        let message = Message { verdict: Some("a replay, byte for byte".to_owned()), ..sent };
        Some(Effect::Notify(self.dispatch(
            &notification_id,
            url,
            message,
            headers,
            body,
            false,
            now,
        )))
    }
}
