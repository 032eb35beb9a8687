//! Profit sharing: what a payment holds back goes to receivers the merchant has named (v3 §5.5).
//!
//! ```text
//! payment ─► frozen ─┬─► shares: pending ─► each receiver's account or wallet
//!                    │                └───► back to frozen, when a receiver cannot take it
//!                    └─► released: on demand, with the last share, or after 30 days
//! a share of a merchant ─► returned to the payer's available balance
//! ```
//!
//! An order that says `settle_info.profit_sharing` freezes all of its money but the fee. Released
//! once, it can never be shared again.

mod giveback;
mod order;

use std::collections::{BTreeMap, BTreeSet};

use suanpan_wechat::{
    Fen, Timestamp,
    id::{Appid, Mchid, Openid, OutTradeNo, TransactionId},
};

pub(crate) use giveback::{GiveBack, GiveBackRefusal, NewGiveBack};
pub(crate) use order::{
    FailReason, LineResult, NewShare, Share, ShareKey, ShareLine, ShareRefusal,
};

use super::{
    exchange::Times,
    funds::{Business, Movement},
    state::{Change, Fired, Happening, HappeningKind, State, Work, World},
};

/// Shares begin a minute after the payment.
pub(crate) const FIRST_SHARE_SECONDS: i64 = 60;

/// What nobody shares is released after thirty days.
const RELEASE_SECONDS: i64 = 30 * 24 * 3600;

/// Who may receive.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub(crate) enum Receiver {
    Merchant(Mchid),
    Person {
        appid: Appid,
        openid: Openid,
    },
    /// Known to the sub-merchant's own app.
    SubPerson {
        appid: Appid,
        openid: Openid,
    },
}

/// Everything about sharing.
#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize)]
pub(crate) struct Sharings {
    /// Whom each payer has named: a merchant, or a sub-merchant through its provider.
    pub(super) receivers: BTreeMap<Mchid, BTreeSet<Receiver>>,
    pub(super) shares: BTreeMap<Mchid, BTreeMap<String, Share>>,
    /// The shares of a payment, and by WeChat's number. Told from `shares` when a world is read.
    #[serde(skip)]
    by_payment: BTreeMap<TransactionId, BTreeSet<ShareKey>>,
    #[serde(skip)]
    by_order_id: BTreeMap<String, ShareKey>,
    pub(super) give_backs: BTreeMap<Mchid, BTreeMap<String, GiveBack>>,
    /// Payments whose money may still be shared, and until when.
    pub(super) open: BTreeMap<TransactionId, Timestamp>,
}

impl Sharings {
    pub(crate) fn knows(&self, mchid: &Mchid, receiver: &Receiver) -> bool {
        self.receivers.get(mchid).is_some_and(|known| known.contains(receiver))
    }

    pub(crate) fn share(&self, mchid: &Mchid, out_order_no: &str) -> Option<&Share> {
        self.shares.get(mchid)?.get(out_order_no)
    }

    /// The number a merchant gave to the share WeChat calls `order_id`.
    pub(crate) fn by_order_id(&self, mchid: &Mchid, order_id: &str) -> Option<String> {
        let key = self.by_order_id.get(order_id).filter(|key| key.mchid == *mchid)?;
        Some(key.out_order_no.clone())
    }

    pub(crate) fn give_back(&self, mchid: &Mchid, out_return_no: &str) -> Option<&GiveBack> {
        self.give_backs.get(mchid)?.get(out_return_no)
    }

    /// Every share a merchant or provider asked for.
    pub(crate) fn of_merchant(&self, mchid: &Mchid) -> impl Iterator<Item = &Share> {
        self.shares.get(mchid).into_iter().flat_map(BTreeMap::values)
    }

    /// Every return a merchant or provider asked for.
    pub(crate) fn give_backs_of(&self, mchid: &Mchid) -> impl Iterator<Item = &GiveBack> {
        self.give_backs.get(mchid).into_iter().flat_map(BTreeMap::values)
    }

    /// The shares of one payment.
    pub(crate) fn of(
        &self,
        mchid: &Mchid,
        transaction_id: &TransactionId,
    ) -> impl Iterator<Item = &Share> {
        let keys = self.by_payment.get(transaction_id).into_iter().flatten();
        let own = keys.filter(move |key| key.mchid == *mchid);
        own.filter_map(|key| self.share(&key.mchid, &key.out_order_no))
    }

    /// A share, new or moved on.
    fn enter(&mut self, share: Share) {
        self.index(&share);
        let shares = self.shares.entry(share.mchid.clone()).or_default();
        shares.insert(share.out_order_no.clone(), share);
    }

    fn index(&mut self, share: &Share) {
        let key = share.key();
        self.by_order_id.insert(share.order_id.clone(), key.clone());
        self.by_payment.entry(share.transaction_id.clone()).or_default().insert(key);
    }

    /// Finds again what is not stored.
    pub(crate) fn complete(&mut self) {
        let shares: Vec<_> = self.shares.values().flat_map(BTreeMap::values).cloned().collect();
        for share in &shares {
            self.index(share);
        }
    }

    /// Whether money of this payment may still be shared.
    pub(crate) fn is_open(&self, transaction_id: &TransactionId) -> bool {
        self.open.contains_key(transaction_id)
    }

    /// Whether everybody in a share is somebody; for worlds out of a file.
    pub(crate) fn stand(&self, state: &State) -> bool {
        let known = |receiver: &Receiver| match receiver {
            Receiver::Merchant(mchid) => state.accounts.contains_key(mchid),
            Receiver::Person { openid, .. } | Receiver::SubPerson { openid, .. } => {
                state.openids.contains_key(openid)
            }
        };
        self.shares.iter().all(|(mchid, shares)| {
            let mut shares = shares.iter();
            state.merchants.contains_key(mchid)
                && shares.all(|(number, share)| {
                    share.mchid == *mchid
                        && share.out_order_no == *number
                        && state.accounts.contains_key(share.payer())
                        && share.lines.iter().all(|line| known(&line.receiver))
                })
        })
    }

    /// What has left payments and not arrived at receivers.
    pub(crate) fn under_way(&self) -> impl Iterator<Item = Fen> {
        self.shares.values().flat_map(BTreeMap::values).flat_map(Share::pending)
    }
}

impl World {
    /// A receiver the payer's money may go to from now on; naming one twice changes nothing.
    pub(crate) fn add_receiver(&mut self, payer: &Mchid, receiver: Receiver) {
        self.state.sharings.receivers.entry(payer.clone()).or_default().insert(receiver);
    }

    pub(crate) fn delete_receiver(&mut self, payer: &Mchid, receiver: &Receiver) -> bool {
        let known = self.state.sharings.receivers.get_mut(payer);
        known.is_some_and(|known| known.remove(receiver))
    }

    /// A payment that shall be shared freezes what is left of it after the fee.
    pub(crate) fn freeze_for_sharing(
        &mut self,
        mchid: &Mchid,
        out_trade_no: &OutTradeNo,
        now: Times,
    ) {
        let Some(order) = self.state.order(mchid, out_trade_no) else { return };
        let Some(payment) = order.payment.clone().filter(|_| order.shares_profit()) else { return };
        let amount = order.settlement_total().checked_sub(payment.fee).unwrap_or_default();
        let payee = order.payee().clone();
        let movement = Movement {
            mchid: &payee,
            business: Business::Freeze,
            amount,
            business_number: payment.transaction_id.as_str(),
            voucher: out_trade_no.as_str(),
            at: now.business,
        };
        self.freeze(movement, &payment.transaction_id).expect("it was credited just now");
        let until = now.business.plus(RELEASE_SECONDS);
        self.state.sharings.open.insert(payment.transaction_id.clone(), until);
        let work = Work::ReleaseShared { mchid: payee, transaction_id: payment.transaction_id };
        self.state.schedule(until, work);
    }

    /// All that is still frozen becomes the merchant's to spend, for good. The amount.
    pub(super) fn release(
        &mut self,
        mchid: &Mchid,
        transaction_id: &TransactionId,
        voucher: &str,
        now: Times,
    ) -> Fen {
        self.state.sharings.open.remove(transaction_id);
        let amount = self.frozen(mchid, transaction_id);
        let movement = Movement {
            mchid,
            business: Business::Freeze,
            amount,
            business_number: transaction_id.as_str(),
            voucher,
            at: now.business,
        };
        self.unfreeze(movement, transaction_id).expect("no more than what is frozen");
        self.changes.insert(Change::Order);
        amount
    }

    /// Thirty days have passed.
    pub(crate) fn release_by_age(
        &mut self,
        mchid: &Mchid,
        transaction_id: &TransactionId,
        now: Times,
        fired: &mut Fired,
    ) {
        if !self.state.sharings.is_open(transaction_id) {
            return;
        }
        self.release(mchid, transaction_id, "", now);
        let order = self.state.transactions.get(transaction_id);
        fired.happened.push(Happening {
            at: now.business,
            kind: HappeningKind::SharingReleased,
            mchid: mchid.clone(),
            out_trade_no: order.map(|(_, number)| number.clone()),
        });
    }
}
