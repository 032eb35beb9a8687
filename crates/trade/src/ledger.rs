//! Double entry: every posting names the account debited and the account credited, so debits equal
//! credits at every commit by construction (invariant I12).

use suanpan_wechat::Fen;

/// Where money is, from the merchant's point of view.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum LedgerAccount {
    /// What payers owe for orders.
    Receivable,
    /// What lies in the merchant's account at WeChat.
    ReceivedAtWechat,
    /// What was given back of kept payments.
    Refunded,
    /// What must go back: late and excess payments.
    OwedToPayer,
}

impl LedgerAccount {
    /// As stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            LedgerAccount::Receivable => "receivable",
            LedgerAccount::ReceivedAtWechat => "received_at_wechat",
            LedgerAccount::Refunded => "refunded",
            LedgerAccount::OwedToPayer => "owed_to_payer",
        }
    }
}

/// One movement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Posting {
    /// Grows on its debit side.
    pub debit: LedgerAccount,
    /// Grows on its credit side.
    pub credit: LedgerAccount,
    /// How much.
    pub amount: Fen,
}
