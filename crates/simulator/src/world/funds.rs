//! What WeChat holds for merchants: an account each, and a line for every movement on it.
//!
//! Money enters an account by a payment and leaves it by a refund, a share or a transfer; the fee
//! stays with WeChat. What an order holds back for profit sharing is *frozen*: it belongs to the
//! merchant and cannot be spent. The lines are what a fund-flow bill lists (v3 §5.4).

use std::collections::BTreeMap;

use suanpan_wechat::{
    Fen, Timestamp,
    id::{Mchid, TransactionId},
};

use super::{
    cashier::{Refusal, RefusalCode},
    exchange::Times,
    register::LARGEST_BALANCE,
    state::{Change, MONEY_FITS, World},
};

/// WeChat takes its fee in parts of ten thousand.
const FEE_BASE: i64 = 10_000;

/// One merchant's money at WeChat.
#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize)]
pub struct Account {
    /// What may be spent.
    pub available: Fen,
    /// Held back for profit sharing, by payment.
    pub frozen: BTreeMap<TransactionId, Fen>,
    /// Held back until the goods have arrived, by payment.
    #[serde(default)]
    pub unsettled: BTreeMap<TransactionId, Fen>,
    /// Every movement on `available`, oldest first.
    pub flows: Vec<FundFlow>,
}

/// One movement on an account.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct FundFlow {
    /// WeChat's number of the movement.
    pub number: String,
    /// Business time.
    pub at: Timestamp,
    /// Why.
    pub business: Business,
    /// Into the account or out of it.
    pub direction: FlowDirection,
    /// How much.
    pub amount: Fen,
    /// What was available afterwards.
    pub balance: Fen,
    /// WeChat's number of the payment, refund, share or transfer.
    pub business_number: String,
    /// The merchant's number of the same.
    pub voucher: String,
}

/// Why money moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Business {
    /// Somebody paid.
    Payment,
    /// WeChat's fee for a payment, or its return with a refund.
    Fee,
    /// A refund left, or came back because it was given up.
    Refund,
    /// Frozen for profit sharing, or released.
    Freeze,
    /// Held back until the goods have arrived, or released.
    Shipping,
    /// A share went to a receiver or came from a payer.
    ProfitSharing,
    /// A share came back.
    ProfitSharingReturn,
    /// A transfer to a person left, or came back.
    Transfer,
    /// The merchant paid money in.
    Deposit,
}

/// Into the account or out of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FlowDirection {
    /// 收入.
    In,
    /// 支出.
    Out,
}

/// The account does not cover it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotEnough;

/// A movement to be made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Movement<'a> {
    pub(crate) mchid: &'a Mchid,
    pub(crate) business: Business,
    pub(crate) amount: Fen,
    pub(crate) business_number: &'a str,
    pub(crate) voucher: &'a str,
    pub(crate) at: Timestamp,
}

impl World {
    /// A merchant's account.
    #[must_use]
    pub fn account(&self, mchid: &Mchid) -> Option<&Account> {
        self.state.accounts.get(mchid)
    }

    /// A merchant pays money of its own into its account (充值).
    ///
    /// # Errors
    /// When there is no such merchant, or the amount is none or beyond ten billion yuan.
    pub fn deposit(&mut self, mchid: &Mchid, amount: Fen, now: Times) -> Result<&Account, Refusal> {
        let refused = |code, text: &str| Refusal::new(code, text);
        if !self.state.accounts.contains_key(mchid) {
            return Err(refused(RefusalCode::NotFound, "no such merchant"));
        }
        if amount == Fen::ZERO || amount.count() > LARGEST_BALANCE {
            return Err(refused(RefusalCode::NotAllowed, "a deposit is 1 fen to ten billion yuan"));
        }
        self.state.mint(amount);
        let number = format!("{:020}", self.state.next_sequence());
        self.credit(Movement {
            mchid,
            business: Business::Deposit,
            amount,
            business_number: &number,
            voucher: "",
            at: now.business,
        });
        self.changes.insert(Change::Wallet);
        Ok(&self.state.accounts[mchid])
    }

    /// Money arrives. Nothing is written for an amount of zero.
    pub(crate) fn credit(&mut self, movement: Movement<'_>) {
        let account = self.state.accounts.entry(movement.mchid.clone()).or_default();
        account.available = account.available.checked_add(movement.amount).expect(MONEY_FITS);
        self.write_flow(movement, FlowDirection::In);
    }

    /// Money leaves, if there is enough.
    pub(crate) fn debit(&mut self, movement: Movement<'_>) -> Result<(), NotEnough> {
        let account = self.state.accounts.entry(movement.mchid.clone()).or_default();
        account.available = account.available.checked_sub(movement.amount).ok_or(NotEnough)?;
        self.write_flow(movement, FlowDirection::Out);
        Ok(())
    }

    /// WeChat keeps its fee of a payment.
    pub(crate) fn collect_fee(&mut self, movement: Movement<'_>) -> Result<(), NotEnough> {
        self.debit(movement)?;
        self.state.fees = self.state.fees.checked_add(movement.amount).expect(MONEY_FITS);
        Ok(())
    }

    /// WeChat gives a fee, or a part of one, back.
    pub(crate) fn return_fee(&mut self, movement: Movement<'_>) {
        self.state.fees = self.state.fees.checked_sub(movement.amount).expect("fees were taken");
        self.credit(movement);
    }

    /// Holds money of a payment back from the merchant.
    pub(crate) fn freeze(
        &mut self,
        movement: Movement<'_>,
        transaction_id: &TransactionId,
    ) -> Result<(), NotEnough> {
        self.debit(movement)?;
        self.refreeze(movement.mchid, transaction_id, movement.amount);
        Ok(())
    }

    /// Gives money of a payment that was held back to the merchant.
    pub(crate) fn unfreeze(
        &mut self,
        movement: Movement<'_>,
        transaction_id: &TransactionId,
    ) -> Result<(), NotEnough> {
        self.take_frozen(movement.mchid, transaction_id, movement.amount)?;
        self.credit(movement);
        Ok(())
    }

    /// Money of a payment that was to go to a receiver is held back again.
    pub(crate) fn refreeze(&mut self, mchid: &Mchid, transaction_id: &TransactionId, amount: Fen) {
        let account = self.state.accounts.entry(mchid.clone()).or_default();
        let frozen = account.frozen.entry(transaction_id.clone()).or_default();
        *frozen = frozen.checked_add(amount).expect(MONEY_FITS);
    }

    /// Takes money that was held back away from the merchant, for a receiver or a payer.
    pub(crate) fn take_frozen(
        &mut self,
        mchid: &Mchid,
        transaction_id: &TransactionId,
        amount: Fen,
    ) -> Result<(), NotEnough> {
        let frozen = self.state.accounts.get_mut(mchid).map(|account| &mut account.frozen);
        let held = frozen.and_then(|frozen| frozen.get_mut(transaction_id)).ok_or(NotEnough)?;
        *held = held.checked_sub(amount).ok_or(NotEnough)?;
        Ok(())
    }

    /// What is held back of a payment.
    pub(crate) fn frozen(&self, mchid: &Mchid, transaction_id: &TransactionId) -> Fen {
        let account = self.state.accounts.get(mchid);
        account.and_then(|account| account.frozen.get(transaction_id)).copied().unwrap_or_default()
    }

    fn write_flow(&mut self, movement: Movement<'_>, direction: FlowDirection) {
        let Movement { mchid, business, amount, business_number, voucher, at } = movement;
        if amount == Fen::ZERO {
            return;
        }
        let number = format!("{:020}", self.state.next_sequence());
        let account = self.state.accounts.get_mut(mchid).expect("it was just moved");
        account.flows.push(FundFlow {
            number,
            at,
            business,
            direction,
            amount,
            balance: account.available,
            business_number: business_number.to_owned(),
            voucher: voucher.to_owned(),
        });
    }
}

/// The fee for an amount, rounded half up to the fen.
pub(crate) fn fee(amount: Fen, rate_per_10_000: u16) -> Fen {
    let product = amount.count().saturating_mul(i64::from(rate_per_10_000));
    let rounded = product.saturating_add(FEE_BASE / 2) / FEE_BASE;
    Fen::new(rounded).expect("an amount and a rate are not negative")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fees_are_rounded_half_up() {
        let fee = |fen| fee(Fen::new(fen).unwrap(), 60).count();
        assert_eq!((fee(1), fee(83), fee(84), fee(1990), fee(10_000)), (0, 0, 1, 12, 60));
    }
}
