use suanpan_wechat::{
    Fen, Timestamp,
    id::{Appid, Mchid},
};

use super::{
    TransferState,
    bill::{CONFIRM_SECONDS, TransferBill},
};
use crate::world::{
    cashier::{Refusal, RefusalCode},
    exchange::Times,
    state::World,
};

/// What a front end hands over: the argument of `wx.requestMerchantTransfer` (v3 §3.8).
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TransferInvocation {
    /// `mchId`.
    #[serde(rename = "mchId")]
    pub mchid: Mchid,
    /// `appId`; the runtime knows which app runs, and the page must say the same.
    #[serde(rename = "appId")]
    pub appid: Appid,
    /// `package`: the `package_info` of the bill.
    pub package: String,
}

/// The page on which a person takes money.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct TransferPage {
    /// Who pays.
    pub merchant_name: String,
    /// How much.
    pub amount_fen: Fen,
    /// What it is for.
    pub perception: String,
    /// What the merchant says about it.
    pub remark: String,
    /// The merchant's number.
    pub out_bill_no: String,
    /// Whether it asks for a standing permission too.
    pub asks_authorization: bool,
    /// Where it stands.
    pub state: TransferState,
    /// When it lapses.
    pub expires_at: Timestamp,
}

impl World {
    /// Opens the page for confirming. A page that was confirmed a moment ago opens again.
    ///
    /// # Errors
    /// When nothing waits under this `package`, or it waits for somebody else.
    pub fn transfer_page(
        &self,
        invocation: &TransferInvocation,
        user: &str,
    ) -> Result<TransferPage, Refusal> {
        let bill = self.find_transfer(invocation, user)?;
        Ok(TransferPage {
            merchant_name: self.merchant_name(bill.payer()).unwrap_or_default().to_owned(),
            amount_fen: bill.amount,
            perception: bill.perception.clone(),
            remark: bill.remark.clone(),
            out_bill_no: bill.out_bill_no.clone(),
            asks_authorization: bill.authorizes.is_some(),
            state: bill.state,
            expires_at: bill.created_at.plus(CONFIRM_SECONDS),
        })
    }

    /// The person agrees to the permission that the page asks for, if it asks for one.
    ///
    /// # Errors
    /// As [`World::transfer_page`].
    pub fn agree_along(
        &mut self,
        invocation: &TransferInvocation,
        user: &str,
        now: Times,
    ) -> Result<(), Refusal> {
        let asked = self.find_transfer(invocation, user)?.authorizes.clone();
        if let Some(key) = asked {
            self.take_effect(&key, now);
        }
        Ok(())
    }

    /// The person takes the money. Repeating it changes nothing.
    ///
    /// # Errors
    /// As [`World::transfer_page`].
    pub fn confirm_transfer(
        &mut self,
        invocation: &TransferInvocation,
        user: &str,
        now: Times,
    ) -> Result<TransferPage, Refusal> {
        let bill = self.find_transfer(invocation, user)?;
        if bill.state == TransferState::WaitUserConfirm {
            let key = bill.key();
            self.confirm_bill(&key, now);
        }
        self.transfer_page(invocation, user)
    }

    /// The words are unconfirmed.
    fn find_transfer(
        &self,
        invocation: &TransferInvocation,
        user: &str,
    ) -> Result<&TransferBill, Refusal> {
        let refused = |text| Refusal::new(RefusalCode::InvocationRefused, text);
        let bill = self
            .state
            .transfers
            .by_package(&invocation.package)
            .ok_or_else(|| refused("收款单不存在或已失效"))?;
        if bill.mchid != invocation.mchid || bill.appid != invocation.appid {
            return Err(refused("商户号或APPID与收款单不一致"));
        }
        if bill.user != user {
            return Err(refused("你不是该笔转账的收款人"));
        }
        match bill.state {
            TransferState::WaitUserConfirm | TransferState::Transfering => Ok(bill),
            _ => Err(refused("收款单不存在或已失效")),
        }
    }

    /// The latest transfers, to this person or to anybody; the latest first.
    #[must_use]
    pub fn transfers(&self, user: Option<&str>, limit: usize) -> Vec<TransferBill> {
        let bills = self.state.transfers.all();
        let mut bills: Vec<_> =
            bills.filter(|bill| user.is_none_or(|user| bill.user == user)).collect();
        bills.sort_by(|a, b| {
            (b.created_at, &b.transfer_bill_no).cmp(&(a.created_at, &a.transfer_bill_no))
        });
        bills.into_iter().take(limit).cloned().collect()
    }
}
