use suanpan_wechat::{
    Fen, Timestamp,
    id::{Mchid, OutTradeNo, TransactionId},
};

use super::{FIRST_SHARE_SECONDS, Receiver};
use crate::world::{
    exchange::Times,
    funds::{Business, Movement},
    identity::DEFAULT_MAX_RATIO,
    notify::{Event, News},
    order::{Order, Receipt, ReceiptKind},
    state::{Change, Fired, Happening, HappeningKind, Work, World},
    v3,
};

/// How soon receivers have their money.
const SETTLE_SECONDS: i64 = 5;

/// Accepted shares of one payment.
const SHARE_LIMIT: usize = 50;

/// Names a share.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub(crate) struct ShareKey {
    pub(crate) mchid: Mchid,
    pub(crate) out_order_no: String,
}

/// One request to share.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub(crate) struct Share {
    /// Who asked for it.
    pub(crate) mchid: Mchid,
    /// Whose money it is, when a provider asked.
    #[serde(default)]
    pub(crate) sub_mchid: Option<Mchid>,
    pub(crate) out_order_no: String,
    /// WeChat's number.
    pub(crate) order_id: String,
    pub(crate) transaction_id: TransactionId,
    pub(crate) out_trade_no: OutTradeNo,
    pub(crate) lines: Vec<ShareLine>,
    /// What is left goes back to the merchant together with this one.
    pub(crate) releases: bool,
    pub(crate) finished: bool,
    /// The first request; a repeat must say the same.
    pub(crate) request: serde_json::Value,
}

impl Share {
    /// Whose money it is.
    pub(crate) fn payer(&self) -> &Mchid {
        self.sub_mchid.as_ref().unwrap_or(&self.mchid)
    }

    pub(super) fn key(&self) -> ShareKey {
        ShareKey { mchid: self.mchid.clone(), out_order_no: self.out_order_no.clone() }
    }

    /// What is on its way to receivers.
    pub(super) fn pending(&self) -> impl Iterator<Item = Fen> {
        self.lines
            .iter()
            .filter(|line| line.result == LineResult::Pending && !line.is_rest)
            .map(|line| line.amount)
    }
}

/// One receiver's part.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub(crate) struct ShareLine {
    pub(crate) receiver: Receiver,
    pub(crate) amount: Fen,
    pub(crate) description: String,
    pub(crate) detail_id: String,
    pub(crate) result: LineResult,
    /// Why it came back.
    pub(crate) fail_reason: Option<FailReason>,
    pub(crate) created_at: Timestamp,
    pub(crate) finished_at: Option<Timestamp>,
    /// The rest, released to the payer itself; its amount is known at the end.
    pub(crate) is_rest: bool,
    /// What of it was given back since.
    pub(crate) given_back: Fen,
}

/// What became of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) enum LineResult {
    Pending,
    Success,
    Closed,
}

/// Why a line was closed: those of WeChat's reasons that can happen here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) enum FailReason {
    /// The receiver is no longer one of the merchant's.
    NoRelation,
}

/// Why a share is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ShareRefusal {
    /// No such payment.
    OrderNotPaid,
    /// The order did not say that it would be shared.
    NotShared,
    /// A minute has not passed.
    TooEarly,
    /// The rest was released.
    Released,
    /// Fifty shares already.
    TooMany,
    /// A receiver was not named before.
    NoRelation,
    /// Above what receivers may have of an order.
    OverRatio,
    /// Above what is still frozen.
    NotEnough,
}

/// A share as the merchant wants it.
pub(crate) struct NewShare {
    pub(crate) key: ShareKey,
    /// Whose money it is, when a provider asks.
    pub(crate) sub_mchid: Option<Mchid>,
    pub(crate) transaction_id: TransactionId,
    /// Receiver, amount and description.
    pub(crate) lines: Vec<(Receiver, Fen, String)>,
    /// What the line of the rest says, where the rest is to be released.
    pub(crate) rest: Option<String>,
    pub(crate) request: serde_json::Value,
}

impl World {
    /// Takes the receivers' parts out of what is frozen; they arrive a little later.
    pub(crate) fn accept_share(
        &mut self,
        wanted: NewShare,
        now: Times,
    ) -> Result<Share, ShareRefusal> {
        let amounts = wanted.lines.iter().map(|(_, amount, _)| *amount);
        let sum = Fen::checked_sum(amounts).ok_or(ShareRefusal::NotEnough)?;
        let out_trade_no = self.check_share(&wanted, sum, now)?;
        let ShareKey { mchid, out_order_no } = wanted.key.clone();
        let payer = wanted.sub_mchid.as_ref().unwrap_or(&mchid).clone();
        self.take_frozen(&payer, &wanted.transaction_id, sum)
            .map_err(|_| ShareRefusal::NotEnough)?;
        let mut lines: Vec<ShareLine> = wanted
            .lines
            .into_iter()
            .map(|(receiver, amount, description)| {
                self.new_line(receiver, amount, description, now)
            })
            .collect();
        if let Some(description) = &wanted.rest {
            let amount = self.frozen(&payer, &wanted.transaction_id);
            let rest = self.new_line(Receiver::Merchant(payer), amount, description.clone(), now);
            lines.push(ShareLine { is_rest: true, ..rest });
            // Nothing more is to be shared from this moment on.
            self.state.sharings.open.remove(&wanted.transaction_id);
        }
        let share = Share {
            mchid,
            sub_mchid: wanted.sub_mchid,
            out_order_no,
            order_id: self.sharing_number("3008"),
            transaction_id: wanted.transaction_id,
            out_trade_no,
            lines,
            releases: wanted.rest.is_some(),
            finished: false,
            request: wanted.request,
        };
        self.state.sharings.enter(share.clone());
        self.state.schedule(now.business.plus(SETTLE_SECONDS), Work::SettleShare(wanted.key));
        self.changes.insert(Change::Order);
        Ok(share)
    }

    fn check_share(
        &self,
        wanted: &NewShare,
        sum: Fen,
        now: Times,
    ) -> Result<OutTradeNo, ShareRefusal> {
        let mchid = &wanted.key.mchid;
        let (_, number) = self
            .state
            .transactions
            .get(&wanted.transaction_id)
            .filter(|(of, _)| of == mchid)
            .ok_or(ShareRefusal::OrderNotPaid)?;
        let order = self.state.order(mchid, number).ok_or(ShareRefusal::OrderNotPaid)?;
        let payer = order.payee();
        let payment = order.payment.as_ref().ok_or(ShareRefusal::OrderNotPaid)?;
        if !order.shares_profit() {
            return Err(ShareRefusal::NotShared);
        }
        if now.business.since(payment.success_time) < FIRST_SHARE_SECONDS {
            return Err(ShareRefusal::TooEarly);
        }
        let sharings = &self.state.sharings;
        if !sharings.is_open(&wanted.transaction_id) {
            return Err(ShareRefusal::Released);
        }
        if sharings.of(mchid, &wanted.transaction_id).count() >= SHARE_LIMIT {
            return Err(ShareRefusal::TooMany);
        }
        if wanted.lines.iter().any(|(receiver, ..)| !sharings.knows(payer, receiver)) {
            return Err(ShareRefusal::NoRelation);
        }
        let earlier = sharings.of(mchid, &wanted.transaction_id).flat_map(|share| &share.lines);
        let earlier = earlier.filter(|line| line.result != LineResult::Closed && !line.is_rest);
        let shared = Fen::checked_sum(earlier.map(|line| line.amount).chain([sum]));
        let shared = shared.map_or(i64::MAX, Fen::count);
        if shared.saturating_mul(10_000) > order.total.count().saturating_mul(self.max_ratio(order))
        {
            return Err(ShareRefusal::OverRatio);
        }
        Ok(number.clone())
    }

    /// How much of an order all receivers together may get, in parts of ten thousand.
    fn max_ratio(&self, order: &Order) -> i64 {
        let merchant = self.state.merchants.get(&order.mchid);
        let sub = order.sub_mchid().and_then(|sub_mchid| merchant?.sub_merchants.get(sub_mchid));
        sub.map_or(DEFAULT_MAX_RATIO, |sub| sub.max_ratio).into()
    }

    fn new_line(
        &mut self,
        receiver: Receiver,
        amount: Fen,
        description: String,
        now: Times,
    ) -> ShareLine {
        ShareLine {
            receiver,
            amount,
            description,
            detail_id: self.sharing_number("3601"),
            result: LineResult::Pending,
            fail_reason: None,
            created_at: now.business,
            finished_at: None,
            is_rest: false,
            given_back: Fen::ZERO,
        }
    }

    /// WeChat's numbers of this family. Their shape is unconfirmed.
    pub(super) fn sharing_number(&mut self, front: &str) -> String {
        let sequence = self.state.next_sequence() % 1_000_000;
        format!("{front}{}{sequence:06}", self.state.chance.digits(18))
    }

    /// Every line reaches its end.
    pub(crate) fn settle_share(&mut self, key: &ShareKey, now: Times, fired: &mut Fired) {
        let Some(mut share) = self.state.sharings.share(&key.mchid, &key.out_order_no).cloned()
        else {
            return;
        };
        let mut lines = std::mem::take(&mut share.lines);
        for line in &mut lines {
            if line.is_rest {
                line.amount =
                    self.release(share.payer(), &share.transaction_id, &key.out_order_no, now);
                line.result = LineResult::Success;
            } else if self.state.sharings.knows(share.payer(), &line.receiver) {
                self.give_share(&share, line, now);
                line.result = LineResult::Success;
            } else {
                self.take_back_line(&share, line, now);
                line.result = LineResult::Closed;
                line.fail_reason = Some(FailReason::NoRelation);
            }
            line.finished_at = Some(now.business);
        }
        share.lines = lines;
        share.finished = true;
        let (mchid, out_trade_no) = (share.mchid.clone(), share.out_trade_no.clone());
        self.state.sharings.enter(share);
        fired.happened.push(Happening {
            at: now.business,
            kind: HappeningKind::Shared,
            mchid,
            out_trade_no: Some(out_trade_no),
        });
        self.changes.insert(Change::Order);
    }

    /// What a receiver cannot take waits for another share, if there can be one.
    fn take_back_line(&mut self, share: &Share, line: &ShareLine, now: Times) {
        if share.releases || self.state.sharings.is_open(&share.transaction_id) {
            self.refreeze(share.payer(), &share.transaction_id, line.amount);
        } else {
            self.credit(Movement {
                mchid: share.payer(),
                business: Business::Freeze,
                amount: line.amount,
                business_number: share.transaction_id.as_str(),
                voucher: &share.out_order_no,
                at: now.business,
            });
        }
    }

    fn give_share(&mut self, share: &Share, line: &ShareLine, now: Times) {
        match &line.receiver {
            Receiver::Merchant(receiver) => {
                self.credit(Movement {
                    mchid: receiver,
                    business: Business::ProfitSharing,
                    amount: line.amount,
                    business_number: &line.detail_id,
                    voucher: &share.out_order_no,
                    at: now.business,
                });
                self.tell_receiver(receiver, v3::sharing::shared(share, line, now.business), now);
            }
            Receiver::Person { openid, .. } | Receiver::SubPerson { openid, .. } => {
                let user = self.state.openids[openid].1.clone();
                let receipt = Receipt {
                    id: self.state.next_sequence(),
                    at: now.business,
                    kind: ReceiptKind::Transfer,
                    merchant_name: self.merchant_name(share.payer()).unwrap_or_default().to_owned(),
                    amount_fen: line.amount,
                    description: line.description.clone(),
                    method: String::new(),
                };
                self.pay_into_wallet(&user, receipt);
            }
        }
    }

    /// Receivers are told where they said in their own console, with their own key (v3 §6.6).
    pub(super) fn tell_receiver(&mut self, receiver: &Mchid, plaintext: String, now: Times) {
        let merchant = self.state.merchants.get(receiver);
        let Some(url) = merchant.and_then(|known| known.sharing_notify_url.clone()) else { return };
        let event = Event::ProfitSharing;
        self.notify(News { mchid: receiver, out_trade_no: None, url: &url, event, plaintext }, now);
    }
}
