//! Transfers to people: that they confirm themselves, or permitted once for all (v3 §5.6).
//!
//! ```text
//! WAIT_USER_CONFIRM ─► TRANSFERING ─► SUCCESS
//!      │  cancelled         └───────► FAIL       the money goes back
//!      ├─► CANCELING ─► CANCELLED                the money goes back
//!      └─ 24 h without an answer ─► FAIL         OVERDUE_CLOSE
//! ```
//!
//! The money leaves the merchant's account when the bill is accepted, and is nobody's until the
//! bill has ended.

mod authorization;
mod bill;
mod page;
pub(crate) mod scene;

use std::collections::BTreeMap;

use suanpan_wechat::{Fen, id::Mchid};

use super::state::State;

pub use authorization::{
    Authorization, AuthorizationPage, AuthorizationState, CloseReason, Closed,
};
pub(crate) use authorization::{AuthorizationKey, Authorizations, NewAuthorization};
pub(crate) use bill::{BillKey, NewTransfer};
pub use bill::{FailReason, TransferBill, TransferState};
pub use page::{TransferInvocation, TransferPage};

/// Every bill of every merchant.
#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize)]
pub(crate) struct Transfers {
    pub(super) bills: BTreeMap<Mchid, BTreeMap<String, TransferBill>>,
    /// WeChat's numbers.
    pub(super) by_number: BTreeMap<String, BillKey>,
    /// What opens the page of a bill, and later its receipt.
    pub(super) by_package: BTreeMap<String, BillKey>,
}

impl Transfers {
    pub(crate) fn get(&self, mchid: &Mchid, out_bill_no: &str) -> Option<&TransferBill> {
        self.bills.get(mchid)?.get(out_bill_no)
    }

    pub(crate) fn by_number(&self, mchid: &Mchid, number: &str) -> Option<&TransferBill> {
        let key = self.by_number.get(number).filter(|key| key.mchid == *mchid)?;
        self.get(&key.mchid, &key.out_bill_no)
    }

    pub(crate) fn by_package(&self, package: &str) -> Option<&TransferBill> {
        let key = self.by_package.get(package)?;
        self.get(&key.mchid, &key.out_bill_no)
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &TransferBill> {
        self.bills.values().flat_map(BTreeMap::values)
    }

    /// What has left merchants and not arrived anywhere.
    pub(crate) fn under_way(&self) -> impl Iterator<Item = Fen> {
        self.all().filter(|bill| !bill.state.is_final()).map(|bill| bill.amount)
    }

    /// Whether everybody in a bill is somebody; for worlds out of a file.
    pub(crate) fn stand(&self, state: &State) -> bool {
        let stands = |mchid: &Mchid, number: &String, bill: &TransferBill| {
            bill.mchid == *mchid
                && bill.out_bill_no == *number
                && state.merchants.contains_key(mchid)
                && state.accounts.contains_key(bill.payer())
                && state.users.contains_key(&bill.user)
        };
        let of_merchant = |(mchid, bills): (&Mchid, &BTreeMap<String, TransferBill>)| {
            bills.iter().all(|(number, bill)| stands(mchid, number, bill))
        };
        self.bills.iter().all(of_merchant)
    }

    pub(super) fn bill_mut(&mut self, key: &BillKey) -> Option<&mut TransferBill> {
        self.bills.get_mut(&key.mchid)?.get_mut(&key.out_bill_no)
    }
}
