//! What there is to tell (v3 §6.3), and how often it is told again (v3 §6.9).

/// Seconds between one sending and the next; the first follows at once (1 + 15 sendings).
pub const RETRY_SECONDS: [i64; 15] =
    [15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10_800, 10_800, 10_800, 21_600, 21_600];

/// How often a message push is sent at most; unconfirmed.
const PUSHES: usize = 3;

/// A push is sent again as soon as nobody has answered in time.
const PUSH_AGAIN_SECONDS: i64 = 5;

/// The kinds of notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) enum Event {
    TransactionSuccess,
    RefundSuccess,
    RefundAbnormal,
    RefundClosed,
    ProfitSharing,
    TransferFinished,
    AuthorizationConfirmed,
    AuthorizationClosed,
    SecurityEcho,
    /// A message push; what it is about stands in the message.
    Pushed,
}

/// What the envelope says about an event in clear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Label {
    pub(crate) event_type: &'static str,
    pub(crate) original_type: &'static str,
    pub(crate) summary: &'static str,
}

impl Event {
    pub(crate) const fn label(self) -> Label {
        let (event_type, original_type, summary) = match self {
            Self::TransactionSuccess => ("TRANSACTION.SUCCESS", "transaction", "支付成功"),
            Self::RefundSuccess => ("REFUND.SUCCESS", "refund", "退款成功"),
            Self::RefundAbnormal => ("REFUND.ABNORMAL", "refund", "退款异常"),
            Self::RefundClosed => ("REFUND.CLOSED", "refund", "退款关闭"),
            // The documents disagree about this event_type (v3 §6.3): the older one is sent, and
            // clients should look at original_type.
            Self::ProfitSharing => ("PROFITSHARING", "profitsharing", "分账"),
            Self::TransferFinished => {
                ("MCHTRANSFER.BILL.FINISHED", "mch_payment", "商家转账单据终态通知")
            }
            // The summaries of the next three are unconfirmed.
            Self::AuthorizationConfirmed => (
                "MCHTRANSFER.AUTHORIZATION.CONFIRMED",
                "mch_payment",
                "商家转账免确认收款授权生效通知",
            ),
            Self::AuthorizationClosed => (
                "MCHTRANSFER.AUTHORIZATION.CLOSED",
                "mch_payment",
                "商家转账免确认收款授权关闭通知",
            ),
            Self::SecurityEcho => ("SECURITY_ECHO.SUCCESS", "security", "回显成功"),
            // A push has no envelope, so nothing reads this.
            Self::Pushed => ("", "", ""),
        };
        Label { event_type, original_type, summary }
    }

    /// How long after sending number `sent`, the first being 1, another one follows; `None` when
    /// that was the last.
    pub(crate) fn wait_after(self, sent: usize) -> Option<i64> {
        match self {
            Self::TransactionSuccess
            | Self::RefundSuccess
            | Self::RefundAbnormal
            | Self::RefundClosed
            | Self::ProfitSharing
            | Self::SecurityEcho => RETRY_SECONDS.get(sent.checked_sub(1)?).copied(),
            Self::TransferFinished | Self::AuthorizationConfirmed | Self::AuthorizationClosed => {
                transfer_wait_after(sent)
            }
            Self::Pushed => (sent < PUSHES).then_some(PUSH_AGAIN_SECONDS),
        }
    }
}

/// Transfers are told more often: ten times every 15 s, ten times every five minutes, then every
/// half hour for a day.
const fn transfer_wait_after(sent: usize) -> Option<i64> {
    match sent {
        1..=10 => Some(15),
        11..=20 => Some(300),
        21..=64 => Some(1800),
        _ => None,
    }
}
