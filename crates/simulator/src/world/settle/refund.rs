//! Refunds are accepted and settled, or given up (v3 §5.3, §8.2).

use suanpan_wechat::{
    Fen, Timestamp,
    id::{Mchid, OutRefundNo, OutTradeNo, RefundId, TransactionId},
};

use super::{MERCHANT_EXISTS, ORDER_EXISTS, day};
use crate::world::{
    cashier::{Refusal, RefusalCode},
    coupon,
    exchange::Times,
    fault::{FaultName, Subject},
    funds::{self, Business, Movement},
    method::Method,
    notify::{Event, News},
    order::{
        Api, Order, Payment, REFUND_LIMIT, REFUND_WINDOW_SECONDS, ReceiptKind, Refund,
        RefundReceiver, RefundStatus, TradeState,
    },
    state::{Change, Fired, Happening, HappeningKind, MONEY_FITS, Work, World},
    v3,
};

/// How often a stuck refund is looked at again.
const STUCK_SECONDS: i64 = 60;

/// A refund as somebody wants it: the API call or a person in the merchant platform.
pub(crate) struct RefundOrder {
    pub(crate) mchid: Mchid,
    pub(crate) out_trade_no: OutTradeNo,
    pub(crate) out_refund_no: OutRefundNo,
    pub(crate) refund: Fen,
    pub(crate) reason: Option<String>,
    pub(crate) notify_url: Option<String>,
    pub(crate) api: Api,
    pub(crate) request: Option<serde_json::Value>,
}

/// A refund made by hand in WeChat's merchant platform.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManualRefund {
    /// The merchant.
    pub mchid: Mchid,
    /// The paid order.
    pub out_trade_no: OutTradeNo,
    /// How much goes back; absent means all that is left.
    #[serde(default)]
    pub amount_fen: Option<Fen>,
    /// Shown to the user.
    #[serde(default)]
    pub reason: Option<String>,
}

/// Why a refund is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RefundRefusal {
    /// No such order, or nobody paid it.
    OrderNotPaid,
    /// More than what is left.
    OverRemaining,
    /// Fifty refunds already.
    TooMany,
    /// Paid more than a year ago.
    TooOld,
    /// Right after another part of the same order.
    TooSoon,
    /// The merchant's balance does not cover it.
    NotEnough,
}

impl World {
    /// What of an order can still be refunded.
    pub(crate) fn refundable(&self, order: &Order) -> Fen {
        let open = self.refunds_of(order).filter(|refund| refund.status != RefundStatus::Closed);
        let given = Fen::checked_sum(open.map(|refund| refund.refund)).expect(MONEY_FITS);
        order.total.checked_sub(given).unwrap_or(Fen::ZERO)
    }

    /// Every refund of an order, in the order they were accepted.
    pub(crate) fn refunds_of<'a>(&'a self, order: &'a Order) -> impl Iterator<Item = &'a Refund> {
        let refunds = self.state.refunds.get(&order.mchid);
        order.refunds.iter().filter_map(move |number| refunds?.get(number))
    }

    /// Accepts a refund: the merchant's money leaves now, the user's arrives at settlement.
    pub(crate) fn accept_refund(
        &mut self,
        wanted: RefundOrder,
        now: Times,
    ) -> Result<Refund, RefundRefusal> {
        let order = self
            .state
            .order(&wanted.mchid, &wanted.out_trade_no)
            .ok_or(RefundRefusal::OrderNotPaid)?;
        let payment = order.payment.clone().ok_or(RefundRefusal::OrderNotPaid)?;
        if wanted.refund > self.refundable(order) {
            return Err(RefundRefusal::OverRemaining);
        }
        if order.refunds.len() >= REFUND_LIMIT {
            return Err(RefundRefusal::TooMany);
        }
        if now.business.since(payment.success_time) > REFUND_WINDOW_SECONDS {
            return Err(RefundRefusal::TooOld);
        }
        // Nobody is known to be held up in the merchant platform.
        let by_hand = wanted.request.is_none();
        if !by_hand && self.follows_too_soon(order, wanted.refund, now) {
            return Err(RefundRefusal::TooSoon);
        }
        let coupon = self.coupon_part(order, &payment, wanted.refund);
        let given = coupon::without_unpaid(wanted.refund, coupon.as_ref());
        let fee_returned = self.fee_to_return(order, &payment, given);
        let paid = (order.payee(), &payment.transaction_id);
        self.check_cover(paid, given, fee_returned)?;
        let (total, sub_mchid) = (order.total, order.sub_mchid().cloned());
        let refund = Refund {
            refund_id: self.assign_refund_id(now.business),
            coupon,
            sub_mchid,
            mchid: wanted.mchid,
            out_refund_no: wanted.out_refund_no,
            out_trade_no: wanted.out_trade_no,
            transaction_id: payment.transaction_id,
            refund: wanted.refund,
            total,
            reason: wanted.reason,
            notify_url: wanted.notify_url,
            created_at: now.business,
            success_time: None,
            ended_at: None,
            status: RefundStatus::Processing,
            request: wanted.request,
            api: wanted.api,
            method: payment.method,
            receiver: RefundReceiver::Origin,
            stuck: false,
            fee_returned,
        };
        self.book_refund(&refund, now);
        self.enter_refund(&refund, now);
        Ok(refund)
    }

    /// Whether the merchant has what it gives back.
    fn check_cover(
        &self,
        (payee, transaction_id): (&Mchid, &TransactionId),
        given: Fen,
        fee_returned: Fen,
    ) -> Result<(), RefundRefusal> {
        let account = self.account(payee).expect(MERCHANT_EXISTS);
        // What is held back for sharing pays first, and alone (v3 §5.5).
        let frozen = self.frozen(payee, transaction_id);
        let unsettled = account.unsettled.get(transaction_id).copied();
        let source = if frozen == Fen::ZERO { account.available } else { frozen };
        let cover = Fen::checked_sum([source, unsettled.unwrap_or_default(), fee_returned]);
        let covered = cover.is_some_and(|cover| cover >= given);
        if covered { Ok(()) } else { Err(RefundRefusal::NotEnough) }
    }

    fn follows_too_soon(&self, order: &Order, refund: Fen, now: Times) -> bool {
        let latest = order.refunds.last().and_then(|number| self.refund(&order.mchid, number));
        let spacing = self.state.settings.refund_spacing_seconds;
        refund < order.total
            && latest.is_some_and(|latest| now.business.since(latest.created_at) < spacing)
    }

    /// Sends the money of a refund that found no home elsewhere.
    pub(crate) fn redirect_refund(
        &mut self,
        mchid: &Mchid,
        out_refund_no: &OutRefundNo,
        receiver: RefundReceiver,
        now: Times,
    ) -> Refund {
        let refund = self.refund_mut(mchid, out_refund_no);
        refund.status = RefundStatus::Processing;
        refund.ended_at = None;
        refund.receiver = receiver;
        let refund = refund.clone();
        let work =
            Work::SettleRefund { mchid: mchid.clone(), out_refund_no: out_refund_no.clone() };
        let at = now.business.plus(self.settle_seconds(&refund));
        self.state.schedule(at, work);
        self.changes.insert(Change::Order);
        refund
    }

    /// A bank takes its time.
    fn settle_seconds(&self, refund: &Refund) -> i64 {
        let settings = &self.state.settings;
        match (&refund.receiver, refund.method) {
            (RefundReceiver::Origin, Method::Card(_)) => settings.card_refund_settle_seconds,
            _ => settings.refund_settle_seconds,
        }
    }

    /// The fee shrinks with the amount it was taken of; what went back before is not given twice.
    fn fee_to_return(&self, order: &Order, payment: &Payment, refund: Fen) -> Fen {
        let open = || self.refunds_of(order).filter(|refund| refund.status != RefundStatus::Closed);
        let returned = Fen::checked_sum(open().map(|refund| refund.fee_returned));
        let returned = returned.expect(MONEY_FITS);
        let given = open().map(Refund::settlement_refund).chain([refund]);
        let given = Fen::checked_sum(given).expect(MONEY_FITS);
        let left = order.settlement_total().checked_sub(given).unwrap_or(Fen::ZERO);
        let fee_of_rest = funds::fee(left, self.fee_rate(order));
        let kept = fee_of_rest.checked_add(returned).expect(MONEY_FITS);
        payment.fee.checked_sub(kept).unwrap_or(Fen::ZERO)
    }

    fn book_refund(&mut self, refund: &Refund, now: Times) {
        let movement = refund_movement(refund, now);
        let fee = Movement { business: Business::Fee, amount: refund.fee_returned, ..movement };
        self.return_fee(fee);
        let given = refund.settlement_refund();
        self.release_unsettled(refund.payee(), &refund.transaction_id, given, now);
        if self.frozen(refund.payee(), &refund.transaction_id) > Fen::ZERO {
            let amount = given.checked_sub(refund.fee_returned).unwrap_or_default();
            let freed = Movement { business: Business::Freeze, amount, ..movement };
            self.unfreeze(freed, &refund.transaction_id)
                .expect("the caller has looked at what is frozen");
        }
        self.debit(movement).expect("the caller has checked the account");
    }

    fn enter_refund(&mut self, refund: &Refund, now: Times) {
        let order = self.state.order_mut(&refund.mchid, &refund.out_trade_no).expect(ORDER_EXISTS);
        order.trade_state = TradeState::Refund;
        order.refunds.push(refund.out_refund_no.clone());
        self.state
            .refunds
            .entry(refund.mchid.clone())
            .or_default()
            .insert(refund.out_refund_no.clone(), refund.clone());
        let work = Work::SettleRefund {
            mchid: refund.mchid.clone(),
            out_refund_no: refund.out_refund_no.clone(),
        };
        let at = now.business.plus(self.settle_seconds(refund));
        self.state.schedule(at, work);
        self.changes.insert(Change::Order);
    }

    pub(crate) fn settle_refund(
        &mut self,
        mchid: &Mchid,
        out_refund_no: &OutRefundNo,
        now: Times,
        fired: &mut Fired,
    ) {
        let Some(refund) = self.refund(mchid, out_refund_no) else { return };
        if refund.status != RefundStatus::Processing {
            return;
        }
        if self.is_stuck(&refund) {
            let refund = self.refund_mut(mchid, out_refund_no);
            refund.stuck = true;
            let work =
                Work::SettleRefund { mchid: mchid.clone(), out_refund_no: out_refund_no.clone() };
            self.state.schedule(now.business.plus(STUCK_SECONDS), work);
            return;
        }
        let subject = subject(&refund);
        let abnormal = self.strikes(FaultName::RefundAbnormal, &subject);
        let kind = if abnormal {
            let refund = self.refund_mut(mchid, out_refund_no);
            refund.status = RefundStatus::Abnormal;
            refund.ended_at = Some(now.business);
            self.notify_refund(mchid, out_refund_no, Event::RefundAbnormal, now);
            HappeningKind::RefundAbnormal
        } else {
            self.pay_back(&refund, now);
            self.notify_refund(mchid, out_refund_no, Event::RefundSuccess, now);
            HappeningKind::RefundSettled
        };
        fired.happened.push(Happening {
            at: now.business,
            kind,
            mchid: mchid.clone(),
            out_trade_no: Some(refund.out_trade_no),
        });
        self.changes.insert(Change::Order);
    }

    /// A refund that is stuck stays so while any such fault is switched on, used up or not.
    fn is_stuck(&mut self, refund: &Refund) -> bool {
        if refund.stuck {
            return self.state.faults.iter().any(|fault| fault.name == FaultName::RefundStuck);
        }
        self.strikes(FaultName::RefundStuck, &subject(refund))
    }

    fn pay_back(&mut self, refund: &Refund, now: Times) {
        let stored = self.refund_mut(&refund.mchid, &refund.out_refund_no);
        stored.status = RefundStatus::Success;
        stored.success_time = Some(now.business);
        stored.ended_at = Some(now.business);
        self.return_to_campaign(refund.campaign_refund());
        let amount = refund.payer_refund();
        if refund.receiver == RefundReceiver::MerchantCard {
            return self.credit(Movement { amount, ..refund_movement(refund, now) });
        }
        let order = self.state.order(&refund.mchid, &refund.out_trade_no).expect(ORDER_EXISTS);
        let order = order.clone();
        let user = order.payment.as_ref().expect("only paid orders have refunds").user.clone();
        let method = match refund.receiver {
            RefundReceiver::Origin => refund.method,
            RefundReceiver::PayerCard { .. } | RefundReceiver::MerchantCard => Method::Balance,
        };
        let receipt = self.order_receipt(&order, ReceiptKind::Refund, method, amount, now.business);
        self.return_to(&user, method, receipt);
    }

    /// WeChat gives an open refund up: the money goes back to the merchant, and a new number may
    /// be tried.
    ///
    /// # Errors
    /// When there is no such refund or it has ended.
    pub fn close_refund(
        &mut self,
        mchid: &Mchid,
        out_refund_no: &OutRefundNo,
        now: Times,
    ) -> Result<Refund, Refusal> {
        let refund = self
            .refund(mchid, out_refund_no)
            .ok_or_else(|| Refusal::new(RefusalCode::NotFound, "退款单不存在"))?;
        if !matches!(refund.status, RefundStatus::Processing | RefundStatus::Abnormal) {
            return Err(Refusal::new(RefusalCode::NotAllowed, "退款已结束"));
        }
        let movement = refund_movement(&refund, now);
        let fee = Movement { business: Business::Fee, amount: refund.fee_returned, ..movement };
        self.credit(movement);
        self.collect_fee(fee).expect("a fee is a part of what was just given back");
        let refund = self.refund_mut(mchid, out_refund_no);
        refund.status = RefundStatus::Closed;
        refund.ended_at = Some(now.business);
        self.notify_refund(mchid, out_refund_no, Event::RefundClosed, now);
        self.changes.insert(Change::Order);
        Ok(self.refund_mut(mchid, out_refund_no).clone())
    }

    /// A refund made by hand in the merchant platform. It is notified only to the address
    /// configured there.
    ///
    /// # Errors
    /// As the refund API, in words.
    pub fn refund_by_hand(&mut self, wanted: ManualRefund, now: Times) -> Result<Refund, Refusal> {
        let order = self
            .state
            .order(&wanted.mchid, &wanted.out_trade_no)
            .ok_or_else(|| Refusal::new(RefusalCode::NotFound, "订单不存在"))?;
        let refund = wanted.amount_fen.unwrap_or(self.refundable(order));
        if refund == Fen::ZERO {
            return Err(Refusal::new(RefusalCode::NotAllowed, "申请退款金额超过订单可退金额"));
        }
        let api = if order.v2.is_some() { Api::V2 } else { Api::V3 };
        let number =
            format!("manual{}{}", self.state.next_sequence(), self.state.chance.digits(10));
        let merchant = self.state.merchants.get(&wanted.mchid).expect(MERCHANT_EXISTS);
        let order = RefundOrder {
            notify_url: merchant.refund_notify_url.clone(),
            api,
            mchid: wanted.mchid,
            out_trade_no: wanted.out_trade_no,
            out_refund_no: OutRefundNo::new(number).expect("letters and digits, well below 64"),
            refund,
            reason: wanted.reason,
            request: None,
        };
        self.accept_refund(order, now).map_err(|refusal| {
            let text = match refusal {
                RefundRefusal::OrderNotPaid => "订单不存在",
                RefundRefusal::OverRemaining => "申请退款金额超过订单可退金额",
                RefundRefusal::TooMany => "订单退款次数超过上限",
                RefundRefusal::TooOld => "订单已超过可退款期限",
                RefundRefusal::TooSoon => "请求频率超过限制",
                RefundRefusal::NotEnough => "基本账户余额不足，请充值后重新发起",
            };
            Refusal::new(RefusalCode::NotAllowed, text)
        })
    }

    fn notify_refund(
        &mut self,
        mchid: &Mchid,
        out_refund_no: &OutRefundNo,
        event: Event,
        now: Times,
    ) {
        let refund = self.refund_mut(mchid, out_refund_no).clone();
        let Some(url) = &refund.notify_url else { return };
        if refund.api == Api::V2 {
            return self.notify_v2_refund(&refund, url, event, now);
        }
        let plaintext = v3::refund::notification(&refund);
        let out_trade_no = Some(&refund.out_trade_no);
        self.notify(News { mchid, out_trade_no, url, event, plaintext }, now);
    }

    pub(crate) fn refund(&self, mchid: &Mchid, out_refund_no: &OutRefundNo) -> Option<Refund> {
        self.state.refunds.get(mchid)?.get(out_refund_no).cloned()
    }

    fn refund_mut(&mut self, mchid: &Mchid, out_refund_no: &OutRefundNo) -> &mut Refund {
        self.state
            .refunds
            .get_mut(mchid)
            .and_then(|refunds| refunds.get_mut(out_refund_no))
            .expect("refunds are never removed")
    }

    /// 29 digits: `50`, eight digits, the day, eleven digits (v3 §5.3). Six of the last count.
    fn assign_refund_id(&mut self, at: Timestamp) -> RefundId {
        let sequence = self.state.next_sequence() % 1_000_000;
        let (front, middle) = (self.state.chance.digits(8), self.state.chance.digits(5));
        RefundId::new(format!("50{front}{}{middle}{sequence:06}", day(at)))
            .expect("29 digits are a refund_id")
    }
}

fn refund_movement(refund: &Refund, now: Times) -> Movement<'_> {
    Movement {
        mchid: refund.payee(),
        business: Business::Refund,
        amount: refund.settlement_refund(),
        business_number: refund.refund_id.as_str(),
        voucher: refund.out_refund_no.as_str(),
        at: now.business,
    }
}

fn subject(refund: &Refund) -> Subject<'_> {
    Subject {
        path: "/v3/refund/domestic/refunds",
        mchid: Some(refund.mchid.as_str()),
        out_trade_no: Some(refund.out_trade_no.as_str()),
        ..Subject::default()
    }
}
