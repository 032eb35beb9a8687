use serde::Deserialize;
use serde_json::Value;

use crate::{
    Timestamp,
    id::{Mchid, Openid, OutTradeNo, TransactionId},
    open_api::wire::{later_unix_seconds, unix_seconds},
    pay_v2::xml::Fields,
};

/// One message or event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The account's original id (`gh_…`).
    pub to_user_name: String,
    /// Who caused it, as the app knows them; for events without a person, something WeChat made up.
    pub from_user_name: Openid,
    /// When.
    pub create_time: Timestamp,
    /// The number of a message; events have none.
    pub msg_id: Option<String>,
    /// What happened.
    pub event: Event,
}

/// What happened. Of the settlement events the truth is
/// [`GetOrder`](crate::miniprogram::shipping::GetOrder): they say when to ask.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// `trade_manage_remind_access_api`: WeChat waits for shipping information.
    RemindAccessApi {
        /// A sentence for people.
        msg: String,
    },
    /// `trade_manage_remind_shipping`: a payment has waited long.
    RemindShipping(Unshipped),
    /// `trade_manage_order_settlement`: a payment was shipped, confirmed or settled.
    OrderSettlement(Settlement),
    /// Of a kind or shape this crate does not know.
    Unknown {
        /// `MsgType`.
        msg_type: String,
        /// `Event`, where it is one.
        event: Option<String>,
        /// The message as JSON, whatever form it came in.
        json: String,
    },
}

/// A payment that waits to be shipped.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Unshipped {
    /// WeChat's number.
    pub transaction_id: TransactionId,
    /// The merchant who ordered.
    pub merchant_id: Mchid,
    /// The merchant below a partner.
    #[serde(default, deserialize_with = "crate::json::empty_as_absent")]
    pub sub_merchant_id: Option<Mchid>,
    /// The merchant's number.
    pub merchant_trade_no: OutTradeNo,
    /// When it was paid.
    #[serde(deserialize_with = "unix_seconds")]
    pub pay_time: Timestamp,
    /// A sentence for people.
    #[serde(default)]
    pub msg: String,
}

/// A payment on its way to being settled.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Settlement {
    /// WeChat's number.
    pub transaction_id: TransactionId,
    /// The merchant who ordered.
    pub merchant_id: Mchid,
    /// The merchant below a partner.
    #[serde(default, deserialize_with = "crate::json::empty_as_absent")]
    pub sub_merchant_id: Option<Mchid>,
    /// The merchant's number.
    pub merchant_trade_no: OutTradeNo,
    /// When it was paid.
    #[serde(deserialize_with = "unix_seconds")]
    pub pay_time: Timestamp,
    /// When it was shipped.
    #[serde(default, deserialize_with = "later_unix_seconds")]
    pub shipped_time: Option<Timestamp>,
    /// When the money is expected.
    #[serde(default, deserialize_with = "later_unix_seconds")]
    pub estimated_settlement_time: Option<Timestamp>,
    /// Who confirmed. **Unconfirmed**: the page says 1 for WeChat and 2 for the user, merchants
    /// report the opposite. Never branch on it.
    #[serde(default, deserialize_with = "number")]
    pub confirm_receive_method: Option<i64>,
    /// When it was confirmed.
    #[serde(default, deserialize_with = "later_unix_seconds")]
    pub confirm_receive_time: Option<Timestamp>,
    /// When the money came.
    #[serde(default, deserialize_with = "later_unix_seconds")]
    pub settlement_time: Option<Timestamp>,
}

fn number<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    // Small numbers travel the same way as seconds.
    later_unix_seconds(from).map(|seconds| seconds.map(Timestamp::unix))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Head {
    to_user_name: String,
    from_user_name: Openid,
    #[serde(deserialize_with = "unix_seconds")]
    create_time: Timestamp,
    msg_type: String,
    event: Option<String>,
    msg_id: Option<Value>,
}

#[derive(Deserialize)]
struct Reminder {
    msg: String,
}

impl Message {
    /// `None` when it is neither JSON nor XML with the members every push has.
    pub(super) fn read(body: &[u8]) -> Option<Self> {
        let members = members(body)?;
        let head: Head = serde_json::from_value(members.clone()).ok()?;
        let known = match head.event.as_deref().filter(|_| head.msg_type == "event") {
            Some("trade_manage_remind_access_api") => Reminder::deserialize(&members)
                .map(|Reminder { msg }| Event::RemindAccessApi { msg }),
            Some("trade_manage_remind_shipping") => {
                Unshipped::deserialize(&members).map(Event::RemindShipping)
            }
            Some("trade_manage_order_settlement") => {
                Settlement::deserialize(&members).map(Event::OrderSettlement)
            }
            _ => Err(serde::de::Error::custom("another event")),
        };
        let Head { to_user_name, from_user_name, create_time, msg_type, event, msg_id } = head;
        let unknown = || Event::Unknown { msg_type, event, json: members.to_string() };
        Some(Self {
            to_user_name,
            from_user_name,
            create_time,
            msg_id: msg_id.map(|id| id.as_str().map_or_else(|| id.to_string(), str::to_owned)),
            event: known.unwrap_or_else(|_: serde_json::Error| unknown()),
        })
    }

    /// What a repeat of this message has in common with it, for throwing repeats away: the number
    /// of a message, person and second of an event (**unconfirmed**: how WeChat advises it).
    #[must_use]
    pub fn identity(&self) -> String {
        match (&self.msg_id, &self.event) {
            (Some(msg_id), _) => msg_id.clone(),
            (None, event) => {
                let (person, second) = (&self.from_user_name, self.create_time.unix());
                format!("{person}/{second}/{}", event.name())
            }
        }
    }
}

impl Event {
    /// The name on the wire: of the event, or of the kind of message.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Event::RemindAccessApi { .. } => "trade_manage_remind_access_api",
            Event::RemindShipping(_) => "trade_manage_remind_shipping",
            Event::OrderSettlement(_) => "trade_manage_order_settlement",
            Event::Unknown { event: Some(event), .. } => event,
            Event::Unknown { msg_type, .. } => msg_type,
        }
    }
}

/// The sealed half of a body.
pub(super) fn encrypt_member(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Envelope {
        encrypt: String,
    }
    let Envelope { encrypt } = serde_json::from_value(members(body)?).ok()?;
    Some(encrypt)
}

/// The members of a JSON or XML body.
fn members(body: &[u8]) -> Option<Value> {
    if !body.trim_ascii_start().starts_with(b"<") {
        let value: Value = serde_json::from_slice(body).ok()?;
        return value.is_object().then_some(value);
    }
    let fields = Fields::read(body).ok()?;
    Some(fields.iter().map(|(name, text)| (name.to_owned(), Value::from(text))).collect())
}
