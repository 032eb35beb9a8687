//! Facts for the merchant's backend.

/// What happened, as on the wire. At most one event per subject and type (invariant I09).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
pub enum EventType {
    /// The money for an open order is there: deliver.
    #[serde(rename = "order.paid")]
    OrderPaid,
    /// The order can no longer be paid.
    #[serde(rename = "order.closed")]
    OrderClosed,
    /// Money came after closing; it goes back unless the order says otherwise.
    #[serde(rename = "order.paid_late")]
    OrderPaidLate,
    /// All of the money is back with the payer.
    #[serde(rename = "order.refunded")]
    OrderRefunded,
    /// WeChat accepted a refund.
    #[serde(rename = "refund.processing")]
    RefundProcessing,
    /// A refund's money is back with the payer.
    #[serde(rename = "refund.succeeded")]
    RefundSucceeded,
    /// WeChat gave a refund up.
    #[serde(rename = "refund.closed")]
    RefundClosed,
    /// WeChat could not return the money; a person must act.
    #[serde(rename = "refund.abnormal")]
    RefundAbnormal,
}

impl EventType {
    /// Every type there is.
    pub const ALL: [EventType; 8] = [
        EventType::OrderPaid,
        EventType::OrderClosed,
        EventType::OrderPaidLate,
        EventType::OrderRefunded,
        EventType::RefundProcessing,
        EventType::RefundSucceeded,
        EventType::RefundClosed,
        EventType::RefundAbnormal,
    ];

    /// As on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            EventType::OrderPaid => "order.paid",
            EventType::OrderClosed => "order.closed",
            EventType::OrderPaidLate => "order.paid_late",
            EventType::OrderRefunded => "order.refunded",
            EventType::RefundProcessing => "refund.processing",
            EventType::RefundSucceeded => "refund.succeeded",
            EventType::RefundClosed => "refund.closed",
            EventType::RefundAbnormal => "refund.abnormal",
        }
    }

    /// The type with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|event| event.as_str() == name)
    }
}
