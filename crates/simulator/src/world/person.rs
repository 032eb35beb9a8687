//! A person, what can be changed about them by hand, and what the control panel shows of them.

use std::collections::VecDeque;

use suanpan_wechat::{
    Fen, Timestamp,
    id::{Mchid, OutTradeNo, PrepayId},
};

use super::{
    exchange::Times,
    identity::User,
    order::{PREPAY_ID_SECONDS, Receipt},
    register::{RegisterError, check_balance},
    state::{Change, State, World},
};

/// Receipts kept for each wallet.
const RECEIPT_LIMIT: usize = 200;

/// A user with what happened to them since.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub(crate) struct Person {
    pub(crate) user: User,
    pub(crate) receipts: VecDeque<Receipt>,
    pub(crate) wrong_pins: u8,
    /// WeChat lets this person pay nothing.
    #[serde(default)]
    pub(crate) blocked: bool,
    pub(crate) locked_until: Option<Timestamp>,
}

impl Person {
    pub(crate) fn new(user: User) -> Self {
        Self { user, receipts: VecDeque::new(), wrong_pins: 0, blocked: false, locked_until: None }
    }
}

impl State {
    pub(crate) fn add_receipt(&mut self, user: &str, receipt: Receipt) {
        let Some(person) = self.users.get_mut(user) else { return };
        if person.receipts.len() == RECEIPT_LIMIT {
            person.receipts.pop_front();
        }
        person.receipts.push_back(receipt);
    }
}

impl World {
    /// Puts money into a wallet or takes it out, so that it holds this much.
    ///
    /// # Errors
    /// When there is no such person, or the amount is larger than any wallet.
    pub fn set_balance(&mut self, user: &str, balance: Fen) -> Result<(), RegisterError> {
        check_balance(balance)?;
        let person =
            self.state.users.get_mut(user).ok_or_else(|| RegisterError::unknown("user", user))?;
        let before = std::mem::replace(&mut person.user.balance, balance);
        self.state.mint_or_burn(before, balance);
        self.changes.insert(Change::Wallet);
        Ok(())
    }

    /// Whether WeChat lets this person pay.
    ///
    /// # Errors
    /// When there is no such person.
    pub fn set_blocked(&mut self, user: &str, blocked: bool) -> Result<(), RegisterError> {
        let person =
            self.state.users.get_mut(user).ok_or_else(|| RegisterError::unknown("user", user))?;
        person.blocked = blocked;
        self.changes.insert(Change::Wallet);
        Ok(())
    }

    /// The newest `prepay_id` of an order that still opens the cashier.
    #[must_use]
    pub fn latest_prepay(
        &self,
        mchid: &Mchid,
        out_trade_no: &OutTradeNo,
        now: Times,
    ) -> Option<&PrepayId> {
        let of_the_order = self.state.prepays.values().filter(|prepay| {
            prepay.mchid == *mchid
                && prepay.out_trade_no == *out_trade_no
                && now.business.since(prepay.made_at) < PREPAY_ID_SECONDS
        });
        of_the_order.max_by_key(|prepay| prepay.made_at).map(|prepay| &prepay.prepay_id)
    }
}
