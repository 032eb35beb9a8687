//! Every message that passed, both ways, with the strings that were signed.

use std::collections::{BTreeMap, VecDeque};

use suanpan_wechat::Timestamp;

use super::{deferred::Deferred, explain::Explanation, header::HeaderText};

/// Bodies are kept up to here; a longer one is cut and says so.
const BODY_LIMIT: usize = 64 * 1024;

/// Which way a message went, seen from WeChat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Towards WeChat.
    In,
    /// From WeChat.
    Out,
}

/// What a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageKind {
    /// A call to WeChat.
    Request,
    /// WeChat's answer.
    Response,
    /// WeChat calls the merchant.
    Notify,
    /// The merchant's answer to that.
    NotifyAnswer,
}

/// One message.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct Message {
    /// Rises with time.
    pub id: u64,
    /// Wall time: the time the signature speaks of.
    pub at: Timestamp,
    /// Business time.
    pub business_at: Timestamp,
    /// Which way.
    pub direction: Direction,
    /// What it is.
    pub kind: MessageKind,
    /// HTTP method of the exchange.
    pub method: String,
    /// Request target, or the address notified.
    pub url: String,
    /// HTTP status, of answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Header names as sent.
    pub headers: BTreeMap<String, HeaderText>,
    /// The body as text.
    pub body: String,
    /// The message under the signature, byte for byte.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub canonical: Option<String>,
    /// What was found out about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<String>,
    /// Why its signature was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub explanation: Option<Deferred<Explanation>>,
    /// The content of a sealed resource.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decrypted: Option<String>,
    /// The merchant concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mchid: Option<String>,
    /// The order concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub out_trade_no: Option<String>,
    /// The message this one answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answers: Option<u64>,
    /// The notification this one sends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notification_id: Option<String>,
}

impl Message {
    pub(crate) fn new(direction: Direction, kind: MessageKind, method: &str, url: &str) -> Self {
        Self {
            id: 0,
            at: Timestamp::from_unix(0),
            business_at: Timestamp::from_unix(0),
            direction,
            kind,
            method: method.to_owned(),
            url: url.to_owned(),
            status: None,
            headers: BTreeMap::new(),
            body: String::new(),
            canonical: None,
            verdict: None,
            explanation: None,
            decrypted: None,
            mchid: None,
            out_trade_no: None,
            answers: None,
            notification_id: None,
        }
    }

    pub(crate) fn with_headers<V>(mut self, headers: &[(String, V)]) -> Self
    where
        V: Clone + Into<HeaderText>,
    {
        for (name, value) in headers {
            let value = value.clone().into();
            let value = match self.headers.remove(name) {
                Some(known) => format!("{known}, {value}").into(),
                None => value,
            };
            self.headers.insert(name.clone(), value);
        }
        self
    }

    pub(crate) fn with_body(mut self, body: &[u8]) -> Self {
        self.body = text(body);
        self
    }
}

/// Bytes as text, cut at the limit.
pub(crate) fn text(bytes: &[u8]) -> String {
    if bytes.len() <= BODY_LIMIT {
        return String::from_utf8_lossy(bytes).into_owned();
    }
    let kept = String::from_utf8_lossy(&bytes[..BODY_LIMIT]);
    format!("{kept}… ({} bytes in all)", bytes.len())
}

/// Which messages are wanted.
#[derive(Debug, Clone, Default)]
pub struct MessageFilter {
    /// Only about this order.
    pub out_trade_no: Option<String>,
    /// Only of this kind.
    pub kind: Option<MessageKind>,
    /// Only with a higher id.
    pub after: Option<u64>,
}

/// A bounded ring of messages.
#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize)]
pub(crate) struct Journal {
    messages: VecDeque<Message>,
    last_id: u64,
}

impl Journal {
    pub(crate) fn record(&mut self, mut message: Message, limit: usize) -> u64 {
        self.last_id += 1;
        message.id = self.last_id;
        self.messages.push_back(message);
        let surplus = self.messages.len().saturating_sub(limit);
        self.messages.drain(..surplus);
        self.last_id
    }

    pub(crate) fn get(&self, id: u64) -> Option<&Message> {
        let at = self.messages.binary_search_by_key(&id, |message| message.id).ok()?;
        self.messages.get(at)
    }

    pub(crate) fn get_mut(&mut self, id: u64) -> Option<&mut Message> {
        let at = self.messages.binary_search_by_key(&id, |message| message.id).ok()?;
        self.messages.get_mut(at)
    }

    pub(crate) fn newest_first(&self) -> impl Iterator<Item = &Message> {
        self.messages.iter().rev()
    }

    pub(crate) fn select(&self, filter: &MessageFilter) -> impl Iterator<Item = &Message> {
        self.messages.iter().filter(move |message| {
            filter.after.is_none_or(|after| message.id > after)
                && filter.kind.is_none_or(|kind| message.kind == kind)
                && (filter.out_trade_no.is_none() || message.out_trade_no == filter.out_trade_no)
        })
    }
}
