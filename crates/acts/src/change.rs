//! A change set: data that says what must be written together, and what must still be true then.
//!
//! Being data and not a closure, it is applied once by every engine in its cheapest way, by the
//! model in chaos as well, and planted faults can rewrite it there.

use suanpan_trade::{
    AccountId, Attempt, Order, OrderId, OrderState, Refund,
    event::EventType,
    id::{EndpointId, EventId},
    ledger::Posting,
};
use suanpan_wechat::{
    Fen, Timestamp,
    id::{Appid, Mchid, Openid},
};

use crate::job::{Job, LeaseToken};

/// What must be written together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeSet {
    /// Names the act in spans and metrics: `order.create`.
    pub name: &'static str,
    /// All must hold, or nothing is written.
    pub guards: Vec<Guard>,
    /// In this order.
    pub writes: Vec<Write>,
}

/// What must still be true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Guard {
    /// The order's version; 0 means that there is no such order. Passing it sets the version to
    /// `expected + 1`.
    OrderVersion {
        /// Which order.
        order_id: OrderId,
        /// The version it was loaded with.
        expected: u64,
    },
    /// The lease is still ours (threat d08).
    Lease {
        /// Which job.
        job: Job,
        /// What the claim gave.
        token: LeaseToken,
    },
}

/// What became of a change set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Commit {
    /// Written and durable.
    Done,
    /// A guard did not hold, or a row that must be new existed: nothing was written. Load again,
    /// decide again.
    Conflict,
}

/// One row. Each variant says what an existing row means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Write {
    /// Inserts or replaces the order's own row (not its attempts and refunds). A second order
    /// with the same `merchant_order_no` is a conflict.
    PutOrder(Box<Order>),
    /// Inserts or replaces an attempt. `(mchid, out_trade_no)` in another order is a conflict, and
    /// so is a `transaction_id` that another attempt has (invariant I04).
    PutAttempt(OrderId, Mchid, Box<Attempt>),
    /// Inserts or replaces a refund. `(mchid, out_refund_no)` in another refund is a conflict.
    PutRefund(OrderId, Mchid, Box<Refund>),
    /// Appends.
    RecordTransition(TransitionRow),
    /// Inserts once by key; an existing one is left as it is.
    RecordObservation(ObservationRow),
    /// Inserts once by observation key; an existing one is left as it is.
    RecordOrphan(OrphanRow),
    /// Appends.
    RecordAlert(AlertRow),
    /// Appends.
    Post(PostingRow),
    /// Inserts; an existing one of the same subject and type is a conflict (invariant I09).
    Emit(EventRow),
    /// Makes a job due no later than `due_at`; creates it when there is none.
    Schedule(Job, Timestamp),
    /// Ends or postpones a leased job. The lease must be guarded in the same change set.
    Settle(Job, Settle),
    /// Inserts or replaces.
    PutDelivery(DeliveryRow),
    /// Inserts; an existing one with the same key is a conflict.
    Remember(RememberedRequest),
    /// Inserts; an existing one is a conflict.
    PutSession(SessionRow),
    /// Inserts; an existing one is a conflict.
    PutEndpoint(EndpointRow),
}

/// How a job goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settle {
    /// It is done and goes away.
    Done,
    /// It was useful and is due again then; its failures are forgotten.
    At(Timestamp),
    /// It failed and is tried again then; the failure is counted.
    RetryAt(Timestamp),
}

/// A state change and its cause (invariant I03).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransitionRow {
    /// Which order.
    pub order_id: OrderId,
    /// `order`, `attempt …` or `refund …`.
    pub subject: String,
    /// State before.
    pub from: String,
    /// State after.
    pub to: String,
    /// Who or what caused it: `notification …`, `query`, `payer`, `merchant`, `clock`.
    pub cause: String,
    /// Business time.
    pub at: Timestamp,
}

/// A verified statement that changed something or contradicts something (invariants I01, I08).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObservationRow {
    /// SHA-256 over what was said, hex: the same statement by two ways is one row.
    pub key: String,
    /// Whose order; `None` for an orphan.
    pub order_id: Option<OrderId>,
    /// The merchant it is about.
    pub mchid: Mchid,
    /// `transaction` or `refund`.
    pub kind: String,
    /// `out_trade_no` or `out_refund_no`.
    pub number: String,
    /// `trade_state` or `status`.
    pub state: String,
    /// WeChat's number, where it gave one.
    pub wechat_id: Option<String>,
    /// The amount it names.
    pub amount: Option<Fen>,
    /// The first way it came: `notification …`, `query`.
    pub source: String,
    /// Business time of its arrival.
    pub at: Timestamp,
}

/// A verified statement about something we do not know (invariant I21).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrphanRow {
    /// The observation's key.
    pub key: String,
    /// On whose route it came.
    pub account: AccountId,
    /// For which merchant.
    pub mchid: Mchid,
    /// What kind.
    pub kind: String,
    /// What it said, as JSON.
    pub json: String,
    /// Business time.
    pub at: Timestamp,
}

/// Something a person should look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertRow {
    /// Whose.
    pub account: AccountId,
    /// Which order, where there is one.
    pub order_id: Option<OrderId>,
    /// What kind: `mismatch`, `orphan`, `excess_payment`, `refund_abnormal`, `webhook_dead`, …
    pub kind: String,
    /// In words, without personal data.
    pub detail: String,
    /// Business time.
    pub at: Timestamp,
}

/// One movement of money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostingRow {
    /// Which order.
    pub order_id: OrderId,
    /// From where to where, and how much.
    pub posting: Posting,
    /// Business time.
    pub at: Timestamp,
}

/// A fact for the merchant's backend. Id and payload never change (invariant I10).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRow {
    /// Also the webhook's message id.
    pub event_id: EventId,
    /// What it is about: `{order_id}`, or `{refund_id}/{out_refund_no}`.
    pub subject: String,
    /// What happened.
    pub event_type: EventType,
    /// The JSON text, byte for byte as it is delivered.
    pub payload: String,
    /// Business time.
    pub created_at: Timestamp,
}

/// How far one event is on its way to one endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryRow {
    /// Which event.
    pub event_id: EventId,
    /// To whom.
    pub endpoint_id: EndpointId,
    /// Requests made.
    pub attempts: u32,
    /// Where it stands.
    pub state: DeliveryState,
    /// What the endpoint answered last.
    pub last_status: Option<u16>,
}

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryState {
    /// Under way.
    Pending,
    /// Answered 2xx.
    Delivered,
    /// Given up; a person was alerted and may replay it.
    Dead,
}

impl DeliveryState {
    /// As stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            DeliveryState::Pending => "pending",
            DeliveryState::Delivered => "delivered",
            DeliveryState::Dead => "dead",
        }
    }
}

/// What an idempotency key was used for (invariant I11).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RememberedRequest {
    /// Whose key.
    pub account: AccountId,
    /// On which route.
    pub route: String,
    /// The key.
    pub key: String,
    /// SHA-256 of the request, hex.
    pub digest: String,
    /// What it made.
    pub order_id: OrderId,
    /// Business time.
    pub at: Timestamp,
}

/// A login.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionRow {
    /// SHA-256 of the token, hex; the token itself is never stored.
    pub token_hash: String,
    /// Whose user.
    pub account: AccountId,
    /// Through which app.
    pub appid: Appid,
    /// The person, as the app knows them.
    pub openid: Openid,
    /// The person across apps.
    pub unionid: Option<String>,
    /// Business time.
    pub created_at: Timestamp,
    /// Business time.
    pub expires_at: Timestamp,
}

impl std::fmt::Debug for SessionRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Who logged in stays out of logs (invariant I20).
        write!(f, "SessionRow({}, {}, ..)", self.account, self.appid)
    }
}

/// Where an account's events go.
#[derive(Clone, PartialEq, Eq)]
pub struct EndpointRow {
    /// Our number.
    pub endpoint_id: EndpointId,
    /// The address.
    pub url: String,
    /// Which events; empty means all.
    pub events: Vec<EventType>,
    /// Signs the webhooks.
    pub secret: crate::webhook::WebhookSecret,
    /// Business time.
    pub created_at: Timestamp,
}

impl std::fmt::Debug for EndpointRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "EndpointRow({}, ..)", self.endpoint_id)
    }
}

/// One line of an order list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderSummary {
    /// The immutable part.
    pub identity: suanpan_trade::Identity,
    /// Where it stands.
    pub state: OrderState,
}
