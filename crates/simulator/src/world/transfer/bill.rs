use suanpan_wechat::{
    Fen, Timestamp,
    id::{Appid, Mchid, Openid},
};

use super::AuthorizationKey;
use crate::world::{
    exchange::Times,
    fault::{FaultName, Subject},
    funds::{Business, Movement, NotEnough},
    notify::{Event, News},
    order::{Receipt, ReceiptKind},
    settle::MERCHANT_EXISTS,
    state::{Change, Due, Fired, Happening, HappeningKind, Work, World},
    v3,
};

/// A bill nobody confirms lives for a day. The exact figure is unconfirmed.
pub(super) const CONFIRM_SECONDS: i64 = 24 * 3600;

/// How soon a confirmed transfer arrives, and a cancelled one is back.
const SETTLE_SECONDS: i64 = 1;

/// Where a transfer stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TransferState {
    /// The person must confirm.
    WaitUserConfirm,
    /// Confirmed; the result is not known yet. One R, as on the wire.
    Transfering,
    /// A cancel was accepted; the money is on its way back.
    Canceling,
    /// The money is in the wallet.
    Success,
    /// Failed; the money is back with the merchant.
    Fail,
    /// Cancelled; the money is back with the merchant.
    Cancelled,
}

impl TransferState {
    /// As on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::WaitUserConfirm => "WAIT_USER_CONFIRM",
            Self::Transfering => "TRANSFERING",
            Self::Canceling => "CANCELING",
            Self::Success => "SUCCESS",
            Self::Fail => "FAIL",
            Self::Cancelled => "CANCELLED",
        }
    }

    /// Whether it has ended.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Success | Self::Fail | Self::Cancelled)
    }
}

/// Why a transfer did not arrive: those of WeChat's many reasons that can happen here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FailReason {
    /// The merchant cancelled it.
    MchCancel,
    /// Nobody confirmed it in time.
    OverdueClose,
    /// The name given is not the person's.
    NameNotCorrect,
    /// Fault `transfer_fails`.
    TransferRisk,
}

impl FailReason {
    /// As on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MchCancel => "MCH_CANCEL",
            Self::OverdueClose => "OVERDUE_CLOSE",
            Self::NameNotCorrect => "NAME_NOT_CORRECT",
            Self::TransferRisk => "TRANSFER_RISK",
        }
    }
}

/// One transfer of one merchant to one person.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct TransferBill {
    /// Who pays, or whose provider sent it.
    pub mchid: Mchid,
    /// The sub-merchant who pays, where a provider sent it.
    #[serde(default)]
    pub sub_mchid: Option<Mchid>,
    /// Whose front end shows the page.
    pub appid: Appid,
    /// The merchant's number.
    pub out_bill_no: String,
    /// WeChat's number.
    pub transfer_bill_no: String,
    /// Who receives, as the app knows them.
    pub openid: Openid,
    /// The same person by name.
    pub user: String,
    /// How much.
    pub amount: Fen,
    /// Shown to the person.
    pub remark: String,
    /// What the person is told it is for (v3 §5.6, the scenes).
    pub perception: String,
    /// The real name the merchant wants checked.
    pub user_name: Option<String>,
    /// Where its end is notified.
    pub notify_url: Option<String>,
    /// Where it stands.
    pub state: TransferState,
    /// Why it failed, once it has.
    pub fail_reason: Option<FailReason>,
    /// Opens the page for confirming.
    pub package_info: String,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// When it became what it is.
    pub updated_at: Timestamp,
    /// When a receipt was applied for.
    pub receipt_applied_at: Option<Timestamp>,
    /// The first request; a repeat must say the same.
    pub(crate) request: serde_json::Value,
    /// The work that ends it when nobody confirms.
    pub(crate) lapses: Option<Due>,
    /// The permission that its page asks for too.
    #[serde(default)]
    pub(crate) authorizes: Option<AuthorizationKey>,
}

impl TransferBill {
    /// Whose money it is.
    #[must_use]
    pub fn payer(&self) -> &Mchid {
        self.sub_mchid.as_ref().unwrap_or(&self.mchid)
    }

    pub(crate) fn key(&self) -> BillKey {
        BillKey { mchid: self.mchid.clone(), out_bill_no: self.out_bill_no.clone() }
    }
}

/// Names a bill.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub(crate) struct BillKey {
    pub(crate) mchid: Mchid,
    pub(crate) out_bill_no: String,
}

/// A transfer as the merchant wants it; every rule about its form has been checked.
pub(crate) struct NewTransfer {
    pub(crate) key: BillKey,
    pub(crate) sub_mchid: Option<Mchid>,
    pub(crate) appid: Appid,
    pub(crate) openid: Openid,
    pub(crate) user: String,
    pub(crate) amount: Fen,
    pub(crate) remark: String,
    pub(crate) perception: String,
    pub(crate) user_name: Option<String>,
    pub(crate) notify_url: Option<String>,
    /// Whether the person must confirm.
    pub(crate) needs_page: bool,
    /// The permission that the page asks for too.
    pub(crate) authorizes: Option<AuthorizationKey>,
    pub(crate) request: serde_json::Value,
}

impl World {
    /// Takes the money out of the payer's account and waits for the person, if it must.
    pub(crate) fn accept_transfer(
        &mut self,
        wanted: NewTransfer,
        now: Times,
    ) -> Result<TransferBill, NotEnough> {
        let payer = wanted.sub_mchid.as_ref().unwrap_or(&wanted.key.mchid);
        let available = self.account(payer).expect(MERCHANT_EXISTS).available;
        if available < wanted.amount {
            return Err(NotEnough);
        }
        let sequence = self.state.next_sequence() % 1_000_000;
        let transfer_bill_no = format!("133{}{sequence:06}", self.state.chance.digits(31));
        let package_info = format!("{}==", self.state.chance.alphanumeric(62));
        let key = wanted.key.clone();
        let (state, lapses) = if wanted.needs_page {
            let at = now.business.plus(CONFIRM_SECONDS);
            let lapses = self.state.schedule(at, Work::LapseTransfer(key));
            (TransferState::WaitUserConfirm, Some(lapses))
        } else {
            let at = now.business.plus(SETTLE_SECONDS);
            self.state.schedule(at, Work::SettleTransfer(key));
            (TransferState::Transfering, None)
        };
        let bill = TransferBill {
            mchid: wanted.key.mchid.clone(),
            sub_mchid: wanted.sub_mchid,
            appid: wanted.appid,
            out_bill_no: wanted.key.out_bill_no.clone(),
            transfer_bill_no,
            openid: wanted.openid,
            user: wanted.user,
            amount: wanted.amount,
            remark: wanted.remark,
            perception: wanted.perception,
            user_name: wanted.user_name,
            notify_url: wanted.notify_url,
            state,
            fail_reason: None,
            package_info,
            created_at: now.business,
            updated_at: now.business,
            receipt_applied_at: None,
            request: wanted.request,
            lapses,
            authorizes: wanted.authorizes,
        };
        self.debit(movement(&bill, now)).expect("the account was looked at just now");
        let transfers = &mut self.state.transfers;
        transfers.by_number.insert(bill.transfer_bill_no.clone(), wanted.key.clone());
        transfers.by_package.insert(bill.package_info.clone(), wanted.key.clone());
        transfers
            .bills
            .entry(wanted.key.mchid)
            .or_default()
            .insert(wanted.key.out_bill_no, bill.clone());
        self.changes.insert(Change::Transfer);
        Ok(bill)
    }

    /// When the bill's receipt was applied for; applying again changes nothing.
    pub(crate) fn note_receipt(&mut self, key: &BillKey, at: Timestamp) -> Timestamp {
        let bill = self.state.transfers.bill_mut(key).expect("the caller has looked at it");
        *bill.receipt_applied_at.get_or_insert(at)
    }

    /// The person has said yes.
    pub(super) fn confirm_bill(&mut self, key: &BillKey, now: Times) {
        self.move_on(key, TransferState::Transfering, now);
    }

    /// The merchant takes an offer back. `None` when the bill has ended or was confirmed.
    pub(crate) fn cancel_transfer(&mut self, key: &BillKey, now: Times) -> Option<TransferBill> {
        let state = self.state.transfers.get(&key.mchid, &key.out_bill_no)?.state;
        match state {
            TransferState::WaitUserConfirm => {
                self.move_on(key, TransferState::Canceling, now);
            }
            TransferState::Canceling | TransferState::Cancelled => {}
            TransferState::Transfering | TransferState::Success | TransferState::Fail => {
                return None;
            }
        }
        self.state.transfers.get(&key.mchid, &key.out_bill_no).cloned()
    }

    fn move_on(&mut self, key: &BillKey, state: TransferState, now: Times) {
        let Some(bill) = self.state.transfers.bill_mut(key) else { return };
        bill.state = state;
        bill.updated_at = now.business;
        let lapses = bill.lapses.take();
        self.state.cancel(lapses.as_ref());
        let work = Work::SettleTransfer(key.clone());
        self.state.schedule(now.business.plus(SETTLE_SECONDS), work);
        self.changes.insert(Change::Transfer);
    }

    /// What was confirmed arrives or fails; what was cancelled is back.
    pub(crate) fn settle_transfer(&mut self, key: &BillKey, now: Times, fired: &mut Fired) {
        let Some(bill) = self.state.transfers.bill_mut(key).cloned() else { return };
        let end = match bill.state {
            TransferState::Canceling => (TransferState::Cancelled, Some(FailReason::MchCancel)),
            TransferState::Transfering => match self.obstacle(&bill) {
                Some(reason) => (TransferState::Fail, Some(reason)),
                None => (TransferState::Success, None),
            },
            _ => return,
        };
        self.end_transfer(key, end, now, fired);
    }

    /// Nobody has confirmed in time.
    pub(crate) fn lapse_transfer(&mut self, key: &BillKey, now: Times, fired: &mut Fired) {
        let state = self.state.transfers.bill_mut(key).map(|bill| bill.state);
        if state == Some(TransferState::WaitUserConfirm) {
            let end = (TransferState::Fail, Some(FailReason::OverdueClose));
            self.end_transfer(key, end, now, fired);
        }
    }

    fn obstacle(&mut self, bill: &TransferBill) -> Option<FailReason> {
        let subject = Subject {
            path: "/v3/fund-app/mch-transfer/transfer-bills",
            mchid: Some(bill.mchid.as_str()),
            out_trade_no: Some(&bill.out_bill_no),
            ..Subject::default()
        };
        if self.strikes(FaultName::TransferFails, &subject) {
            return Some(FailReason::TransferRisk);
        }
        let real_name = self.state.users[&bill.user].user.real_name.as_ref();
        let named = bill.user_name.as_ref().zip(real_name);
        named.is_some_and(|(given, real)| given != real).then_some(FailReason::NameNotCorrect)
    }

    fn end_transfer(
        &mut self,
        key: &BillKey,
        (state, fail_reason): (TransferState, Option<FailReason>),
        now: Times,
        fired: &mut Fired,
    ) {
        let Some(bill) = self.state.transfers.bill_mut(key) else { return };
        bill.state = state;
        bill.fail_reason = fail_reason;
        bill.updated_at = now.business;
        bill.lapses = None;
        let bill = bill.clone();
        if state == TransferState::Success {
            self.give_transfer(&bill, now);
        } else {
            self.credit(movement(&bill, now));
        }
        if let Some(url) = &bill.notify_url {
            let news = News {
                mchid: &bill.mchid,
                out_trade_no: None,
                url,
                event: Event::TransferFinished,
                plaintext: v3::transfer::notification(&bill),
            };
            self.notify(news, now);
        }
        fired.happened.push(Happening {
            at: now.business,
            kind: HappeningKind::TransferEnded,
            mchid: bill.mchid,
            out_trade_no: None,
        });
        self.changes.insert(Change::Transfer);
    }

    fn give_transfer(&mut self, bill: &TransferBill, now: Times) {
        let receipt = Receipt {
            id: self.state.next_sequence(),
            at: now.business,
            kind: ReceiptKind::Transfer,
            merchant_name: self.merchant_name(bill.payer()).unwrap_or_default().to_owned(),
            amount_fen: bill.amount,
            description: bill.remark.clone(),
            method: String::new(),
        };
        self.pay_into_wallet(&bill.user, receipt);
    }
}

fn movement(bill: &TransferBill, now: Times) -> Movement<'_> {
    Movement {
        mchid: bill.payer(),
        business: Business::Transfer,
        amount: bill.amount,
        business_number: &bill.transfer_bill_no,
        voucher: &bill.out_bill_no,
        at: now.business,
    }
}
