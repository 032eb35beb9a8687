//! The order: the aggregate that every money decision is made on.

use suanpan_wechat::{
    Fen, Timestamp,
    id::{Appid, Mchid, Openid, OutTradeNo, TransactionId},
    pay::{Currency, TradeType},
    text::{Attach, Description},
};

use crate::{
    AccountId, Attempt, AttemptState, MerchantOrderNo, OrderId, Purpose, Refund, RefundIntentId,
    RefundState, event::EventType, ledger::Posting,
};

/// At most this many attempts per order; the next one asks for a new order.
pub const MAX_ATTEMPTS: usize = 20;

/// WeChat refunds one payment at most this many times.
pub const MAX_REFUNDS: usize = 50;

/// What an account wants paid, and everything that decides what may happen to it next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Counts commits; 0 means never stored.
    pub version: u64,
    /// Never changes after the first commit (invariant I02).
    pub identity: Identity,
    /// What we know about the money.
    pub payment: Payment,
    /// The merchant asked to close it; from then on no new attempt starts.
    pub close_requested_at: Option<Timestamp>,
    /// Every attempt that was ever sent is known to be closed at WeChat (invariant I16).
    pub closed_at: Option<Timestamp>,
    /// Oldest first.
    pub attempts: Vec<Attempt>,
    /// Oldest first.
    pub refunds: Vec<Refund>,
}

/// The immutable part of an order.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Identity {
    /// Whose order this is.
    pub account: AccountId,
    /// Our number.
    pub order_id: OrderId,
    /// Their number.
    pub merchant_order_no: MerchantOrderNo,
    /// Who is paid.
    pub mchid: Mchid,
    /// How much, above zero.
    pub amount: Fen,
    /// In what.
    pub currency: Currency,
    /// Shown to the payer.
    pub description: Description,
    /// When set, nobody else may pay.
    pub payer: Option<OrderPayer>,
    /// Business time after which nobody can start paying.
    pub expires_at: Timestamp,
    /// What to do with money that comes after closing.
    pub late_payment: LatePayment,
    /// Returned in WeChat's notification.
    pub attach: Option<Attach>,
    /// The merchant's own JSON object, given back unread; at most 4 KiB.
    pub metadata: Option<String>,
    /// Business time.
    pub created_at: Timestamp,
}

/// A person bound to an order by the merchant's server.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct OrderPayer {
    /// The app whose openid this is.
    pub appid: Appid,
    /// The person.
    pub openid: Openid,
}

/// What happens to a payment that arrives after the order was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LatePayment {
    /// Send it back: the goods may be gone.
    #[default]
    Refund,
    /// Keep it: the order is paid after all.
    Honour,
}

/// What is known about an order's money.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "payment", rename_all = "snake_case")]
pub enum Payment {
    /// Nothing has arrived.
    Unpaid,
    /// Arrived while the order was open.
    Paid(Receipt),
    /// Arrived after the order was closed.
    PaidLate(Receipt),
}

/// The one payment an order keeps.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Receipt {
    /// Which attempt.
    pub out_trade_no: OutTradeNo,
    /// WeChat's number.
    pub transaction_id: TransactionId,
    /// Through which app.
    pub appid: Appid,
    /// How.
    pub trade_type: TradeType,
    /// What the payer paid after coupons; recorded, never compared.
    pub payer_total: Option<Fen>,
    /// When, by WeChat.
    pub paid_at: Timestamp,
}

/// The state on the wire: a pure function of the facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderState {
    /// Can be paid.
    Open,
    /// Paid, nothing refunded.
    Paid,
    /// Paid, some of it refunded.
    PartlyRefunded,
    /// Paid, all of it refunded.
    Refunded,
    /// Closed unpaid.
    Closed,
    /// Paid after closing, money on its way back.
    PaidLate,
}

impl OrderState {
    /// As on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            OrderState::Open => "open",
            OrderState::Paid => "paid",
            OrderState::PartlyRefunded => "partly_refunded",
            OrderState::Refunded => "refunded",
            OrderState::Closed => "closed",
            OrderState::PaidLate => "paid_late",
        }
    }
}

/// What must be written together, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Decision {
    /// The aggregate as it should be; its `version` is still the one it was loaded with.
    pub order: Order,
    /// What happened, in order.
    pub facts: Vec<Fact>,
}

impl Decision {
    pub(crate) fn nothing(order: &Order) -> Self {
        Self { order: order.clone(), facts: Vec::new() }
    }
}

/// One thing that happened to an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// A state changed (invariant I03: every change is a row naming its cause).
    Moved {
        /// `order`, `attempt {out_trade_no}` or `refund {refund_id}`.
        subject: String,
        /// State before.
        from: &'static str,
        /// State after.
        to: &'static str,
    },
    /// Something the merchant's backend must hear about.
    Happened {
        /// What.
        event: EventType,
        /// The refund, for `refund.*`.
        refund: Option<RefundIntentId>,
    },
    /// Money moved between two ledger accounts.
    Posted(Posting),
    /// Money must go back: the act mints numbers and stores the intent.
    RefundDue {
        /// Why.
        purpose: Purpose,
        /// From which attempt.
        out_trade_no: OutTradeNo,
        /// From which payment.
        transaction_id: TransactionId,
        /// How much.
        amount: Fen,
    },
    /// A person should look.
    Alert(Alert),
}

/// What a person should look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Alert {
    /// A verified statement contradicts the order (threat n11).
    Mismatch {
        /// Which members differ.
        fields: Vec<&'static str>,
    },
    /// A second payment arrived for one order; it is being refunded (invariant I04).
    ExcessPayment,
    /// WeChat names a state this version does not know.
    UnknownState {
        /// As on the wire.
        state: String,
    },
    /// WeChat could not return the money; a person must choose another way.
    RefundAbnormal,
}

impl Order {
    /// A new order, not yet stored.
    #[must_use]
    pub fn open(identity: Identity) -> Self {
        Self {
            version: 0,
            identity,
            payment: Payment::Unpaid,
            close_requested_at: None,
            closed_at: None,
            attempts: Vec::new(),
            refunds: Vec::new(),
        }
    }

    /// The state on the wire.
    #[must_use]
    pub fn state(&self) -> OrderState {
        match (&self.payment, self.closed_at) {
            (Payment::Unpaid, None) => OrderState::Open,
            (Payment::Unpaid, Some(_)) => OrderState::Closed,
            (Payment::Paid(_), _) => self.refund_progress(OrderState::Paid),
            (Payment::PaidLate(_), _) => self.refund_progress(match self.identity.late_payment {
                LatePayment::Refund => OrderState::PaidLate,
                LatePayment::Honour => OrderState::Paid,
            }),
        }
    }

    fn refund_progress(&self, unrefunded: OrderState) -> OrderState {
        match self.refunded() {
            Fen::ZERO => unrefunded,
            refunded if refunded < self.identity.amount => OrderState::PartlyRefunded,
            _ => OrderState::Refunded,
        }
    }

    /// The kept payment.
    #[must_use]
    pub fn receipt(&self) -> Option<&Receipt> {
        match &self.payment {
            Payment::Unpaid => None,
            Payment::Paid(receipt) | Payment::PaidLate(receipt) => Some(receipt),
        }
    }

    /// What came back of the kept payment.
    #[must_use]
    pub fn refunded(&self) -> Fen {
        self.sum_refunds(|refund| refund.state == RefundState::Succeeded)
    }

    /// What may still come back of the kept payment: everything not proven failed.
    #[must_use]
    pub fn pending_refund(&self) -> Fen {
        self.sum_refunds(|refund| {
            matches!(
                refund.state,
                RefundState::Requested | RefundState::Processing | RefundState::Abnormal
            )
        })
    }

    fn sum_refunds(&self, counts: impl Fn(&Refund) -> bool) -> Fen {
        let of_kept = self.refunds.iter().filter(|refund| refund.purpose != Purpose::Excess);
        Fen::checked_sum(of_kept.filter(|refund| counts(refund)).map(|refund| refund.amount))
            .expect("refunds of one order never exceed its amount (invariant I05)")
    }

    /// Whether nothing new may start: expired, paid, closed, or on its way there.
    #[must_use]
    pub fn is_closing(&self, now: Timestamp) -> bool {
        now >= self.identity.expires_at
            || self.close_requested_at.is_some()
            || self.closed_at.is_some()
            || self.payment != Payment::Unpaid
    }

    /// The attempt with this number.
    #[must_use]
    pub fn attempt(&self, out_trade_no: &OutTradeNo) -> Option<&Attempt> {
        self.attempts.iter().find(|attempt| attempt.out_trade_no == *out_trade_no)
    }

    pub(crate) fn attempt_mut(&mut self, out_trade_no: &OutTradeNo) -> Option<&mut Attempt> {
        self.attempts.iter_mut().find(|attempt| attempt.out_trade_no == *out_trade_no)
    }

    /// The refund with this id.
    #[must_use]
    pub fn refund(&self, refund_id: &RefundIntentId) -> Option<&Refund> {
        self.refunds.iter().find(|refund| refund.refund_id == *refund_id)
    }

    /// The merchant asks to close: no new attempt starts, the watch does the rest.
    pub fn request_close(&self, now: Timestamp) -> Decision {
        let mut decision = Decision::nothing(self);
        if !self.is_closing(now) {
            decision.order.close_requested_at = Some(now);
        }
        decision
    }

    /// Closes the order once nothing at WeChat can be paid any more.
    ///
    /// # Errors
    /// [`NotYet`] while an attempt might still be paid, or when the order is not closing at all.
    pub fn close(&self, now: Timestamp) -> Result<Decision, NotYet> {
        let ended = |attempt: &Attempt| {
            matches!(attempt.state, AttemptState::Closed { .. } | AttemptState::Failed)
        };
        let unpaid = self.payment == Payment::Unpaid && self.closed_at.is_none();
        if !unpaid || !self.is_closing(now) || !self.attempts.iter().all(ended) {
            return Err(NotYet);
        }
        let mut decision = Decision::nothing(self);
        decision.order.closed_at = Some(now);
        decision.facts = vec![
            Fact::Moved {
                subject: "order".to_owned(),
                from: OrderState::Open.as_str(),
                to: OrderState::Closed.as_str(),
            },
            Fact::Happened { event: EventType::OrderClosed, refund: None },
        ];
        Ok(decision)
    }
}

/// The order cannot be closed (yet).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an attempt of this order may still be paid")]
pub struct NotYet;
