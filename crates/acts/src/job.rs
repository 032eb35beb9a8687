//! Work that is due at some time: a row written together with the change that calls for it.

use suanpan_trade::{
    OrderId, RefundIntentId,
    id::{EndpointId, EventId},
};
use suanpan_wechat::Timestamp;

/// How long a worker owns a job, in seconds of business time.
pub const LEASE_SECONDS: i64 = 60;

/// What to do. The serialised form is stored; a variant may gain fields, never lose its meaning.
#[derive(
    Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Job {
    /// Query an order at WeChat, and close it when its time is over.
    Watch {
        /// Which.
        order_id: OrderId,
    },
    /// Send a refund and ask until it has ended.
    Refund {
        /// Of which order.
        order_id: OrderId,
        /// Which.
        refund_id: RefundIntentId,
    },
    /// Give an event to every endpoint that wants it.
    FanOut {
        /// Which.
        event_id: EventId,
    },
    /// Post an event to one endpoint.
    Deliver {
        /// Which.
        event_id: EventId,
        /// To whom.
        endpoint_id: EndpointId,
    },
}

/// Jobs of one queue wait for each other only among themselves, so a dead webhook endpoint cannot
/// delay a query at WeChat (invariant L06).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Queue {
    /// Calls to WeChat.
    WeChat,
    /// Calls to merchants' backends.
    Webhooks,
}

impl Queue {
    /// As stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Queue::WeChat => "wechat",
            Queue::Webhooks => "webhooks",
        }
    }
}

impl Job {
    /// Where it waits.
    #[must_use]
    pub const fn queue(&self) -> Queue {
        match self {
            Job::Watch { .. } | Job::Refund { .. } => Queue::WeChat,
            Job::FanOut { .. } | Job::Deliver { .. } => Queue::Webhooks,
        }
    }

    /// Unique among all jobs; scheduling the same key again moves the one job there is.
    #[must_use]
    pub fn key(&self) -> String {
        match self {
            Job::Watch { order_id } => format!("watch:{order_id}"),
            Job::Refund { refund_id, .. } => format!("refund:{refund_id}"),
            Job::FanOut { event_id } => format!("fan_out:{event_id}"),
            Job::Deliver { event_id, endpoint_id } => format!("deliver:{event_id}:{endpoint_id}"),
        }
    }
}

/// Fences a lease: only the newest token of a job can settle it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaseToken(pub u64);

/// A job somebody owns for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeasedJob {
    /// What to do.
    pub job: Job,
    /// Settles it.
    pub token: LeaseToken,
    /// How often it failed in a row.
    pub failures: u32,
    /// When it was due.
    pub due_at: Timestamp,
}
