//! Where money moves: payments land, refunds are accepted and settled, orders close.

mod payment;
mod refund;

use suanpan_wechat::{Fen, Timestamp, id::Mchid};

pub use refund::ManualRefund;
pub(crate) use refund::{RefundOrder, RefundRefusal};

use super::{
    method::Method,
    order::{Order, Receipt, ReceiptKind},
    state::{Change, MONEY_FITS, World},
};

pub(crate) const ORDER_EXISTS: &str = "orders are never removed";
pub(crate) const USER_EXISTS: &str = "users are never removed";
pub(crate) const MERCHANT_EXISTS: &str = "merchants are never removed";

impl World {
    /// Somebody is given what stands on the receipt.
    pub(crate) fn pay_into_wallet(&mut self, user: &str, receipt: Receipt) {
        let person = self.state.users.get_mut(user).expect(USER_EXISTS);
        let balance = person.user.balance.checked_add(receipt.amount_fen);
        person.user.balance = balance.expect(MONEY_FITS);
        self.state.add_receipt(user, receipt);
        self.changes.insert(Change::Wallet);
    }

    /// What the payer reads: the sub-merchant's name rather than the provider's.
    pub(crate) fn payee_name(&self, order: &Order) -> &str {
        let merchant = &self.state.merchants[&order.mchid];
        let sub = order.sub_mchid().and_then(|sub_mchid| merchant.sub_merchants.get(sub_mchid));
        sub.map_or(&merchant.name, |sub| &sub.name)
    }

    /// The name of a merchant or a sub-merchant.
    pub(crate) fn merchant_name(&self, mchid: &Mchid) -> Option<&str> {
        let merchants = &self.state.merchants;
        let sub = || merchants.values().find_map(|merchant| merchant.sub_merchants.get(mchid));
        let own = merchants.get(mchid).map(|merchant| merchant.name.as_str());
        own.or_else(|| sub().map(|sub| sub.name.as_str()))
    }

    /// WeChat's fee in parts of ten thousand; the payee's own in partner mode.
    fn fee_rate(&self, order: &Order) -> u16 {
        let merchant = &self.state.merchants[&order.mchid];
        let sub = order.sub_mchid().and_then(|sub_mchid| merchant.sub_merchants.get(sub_mchid));
        sub.map_or(merchant.fee_rate, |sub| sub.fee_rate)
    }

    fn order_receipt(
        &mut self,
        order: &Order,
        kind: ReceiptKind,
        method: Method,
        amount_fen: Fen,
        at: Timestamp,
    ) -> Receipt {
        Receipt {
            id: self.state.next_sequence(),
            at,
            kind,
            merchant_name: self.payee_name(order).to_owned(),
            amount_fen,
            description: order.description.clone(),
            method: method.label(),
        }
    }
}

/// `yyyyMMdd` in Beijing.
fn day(at: Timestamp) -> String {
    at.to_string().chars().take(10).filter(|c| *c != '-').collect()
}
