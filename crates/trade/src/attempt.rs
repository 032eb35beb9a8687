//! One attempt: one `out_trade_no` at WeChat for one order.

use suanpan_wechat::{
    Timestamp,
    id::{Appid, Openid, OutTradeNo, PrepayId, SerialNo, TransactionId},
    pay::TradeType,
};

/// How long a `prepay_id` is used. WeChat keeps it two hours; ten minutes are left to the payer.
pub const PREPAY_SECONDS: i64 = 110 * 60;

/// How long a sender may be silent before another one may send the same body again.
pub const SENDING_SECONDS: i64 = 15;

/// One number at WeChat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Random, never reused, minted before the first send.
    pub out_trade_no: OutTradeNo,
    /// The app that opens the cashier.
    pub appid: Appid,
    /// Which front end.
    pub trade_type: TradeType,
    /// The payer, as `appid` knows them.
    pub openid: Openid,
    /// The body, byte for byte; stored before it is sent and sent verbatim ever after.
    pub body: Vec<u8>,
    /// The merchant key that ordered last; the second signature must be made with the same one.
    pub serial_no: SerialNo,
    /// Where it stands.
    pub state: AttemptState,
    /// Business time.
    pub created_at: Timestamp,
    /// How often the body left for WeChat, or might have.
    pub sends: u32,
    /// When the last sender started.
    pub sending_since: Timestamp,
    /// That sender has not reported back (it may have died).
    pub in_flight: bool,
    /// When WeChat last answered a query about it.
    pub checked_at: Option<Timestamp>,
    /// WeChat gave a signed answer to our close; the query that follows says how it ended.
    pub close_answered_at: Option<Timestamp>,
    /// A signed answer said that WeChat knows no such order, and nothing said otherwise since.
    pub absent_at: Option<Timestamp>,
    /// Since when another attempt shall take its place: close it first.
    pub retiring_since: Option<Timestamp>,
}

/// Where an attempt stands. Unknown outcomes stay where they are and are queried.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum AttemptState {
    /// Stored and sent, or about to be: WeChat may know it.
    Sending,
    /// WeChat gave a `prepay_id`.
    Prepaid {
        /// Opens the cashier.
        prepay_id: PrepayId,
        /// When it was given.
        at: Timestamp,
    },
    /// Paid.
    Success {
        /// WeChat's number.
        transaction_id: TransactionId,
    },
    /// A signed answer said so, or said that it does not exist long after it could be paid.
    Closed {
        /// When we learned it.
        at: Timestamp,
    },
    /// WeChat refused the only send; it never existed.
    Failed,
}

impl AttemptState {
    /// As in transitions and logs.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            AttemptState::Sending => "sending",
            AttemptState::Prepaid { .. } => "prepaid",
            AttemptState::Success { .. } => "success",
            AttemptState::Closed { .. } => "closed",
            AttemptState::Failed => "failed",
        }
    }
}

impl Attempt {
    /// Whether WeChat may still take money for it, as far as we know.
    #[must_use]
    pub fn is_live(&self) -> bool {
        matches!(self.state, AttemptState::Sending | AttemptState::Prepaid { .. })
    }

    /// Whether a sender may still be waiting for WeChat's answer.
    #[must_use]
    pub fn is_in_flight(&self, now: Timestamp) -> bool {
        // A clock that ran backwards must not block payers: only the near past counts.
        self.in_flight && (0..SENDING_SECONDS).contains(&now.since(self.sending_since))
    }

    /// A `prepay_id` that still opens the cashier.
    #[must_use]
    pub fn fresh_prepay_id(&self, now: Timestamp) -> Option<&PrepayId> {
        match &self.state {
            AttemptState::Prepaid { prepay_id, at } if now.since(*at) < PREPAY_SECONDS => {
                Some(prepay_id)
            }
            _ => None,
        }
    }
}
