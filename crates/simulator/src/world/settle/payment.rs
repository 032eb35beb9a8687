//! Payments land and orders close (v3 §8.1).

use suanpan_wechat::{
    Fen, Timestamp,
    id::{Mchid, OutTradeNo, TransactionId},
};

use super::{ORDER_EXISTS, day};
use crate::world::{
    coupon::Coupon,
    exchange::Times,
    funds::{self, Business, Movement},
    method::Payer,
    notify::{Event, News},
    order::{OrderKey, Payment, ReceiptKind, TradeState},
    state::{Change, Fired, Happening, HappeningKind, Work, World},
    v3,
};

/// How soon a payment under way lands after its order was closed.
const LANDS_AFTER_CLOSE_SECONDS: i64 = 30;

/// How soon it lands when nobody closes the order.
const LANDS_ANYWAY_SECONDS: i64 = 600;

/// What most numbers of payments begin with.
const PREFIX: &str = "4200";

/// What those of combined orders were seen to begin with.
const COMBINED_PREFIX: &str = "4325";

impl World {
    /// Money moves from the wallet or the card to the merchant, and the merchant is notified. Orders that were
    /// combined are paid together.
    ///
    /// The caller has checked that they cover it.
    pub(crate) fn complete_payment(
        &mut self,
        mchid: &Mchid,
        out_trade_no: &OutTradeNo,
        payer: &Payer,
        now: Times,
    ) {
        let together = self.together(mchid, out_trade_no);
        let orders: Vec<_> = together.iter().filter_map(|key| self.state.order_of(key)).collect();
        let coupons =
            self.coupons_for(&orders, &payer.user).into_iter().map(Option::<&Coupon>::cloned);
        for (key, coupon) in together.iter().zip(coupons.collect::<Vec<_>>()) {
            self.book_payment(key, coupon, payer, now);
        }
        if let Some(combine) = self.state.order(mchid, out_trade_no).and_then(|o| o.combine.clone())
        {
            let id = self.assign_transaction_id(PREFIX, now.business);
            self.state.combined.number(&combine, id);
        }
        self.notify_payment(mchid, out_trade_no, now);
        self.changes.insert(Change::Order);
    }

    fn book_payment(&mut self, key: &OrderKey, coupon: Option<Coupon>, payer: &Payer, now: Times) {
        let OrderKey { mchid, out_trade_no } = key;
        let order = self.state.order(mchid, out_trade_no).expect(ORDER_EXISTS);
        let prefix = if order.combine.is_some() { COMBINED_PREFIX } else { PREFIX };
        let fee_rate = self.fee_rate(order);
        let openids = &self.state.users[&payer.user].user.openids;
        let sub_appid = order.partner.as_ref().and_then(|partner| partner.sub_appid.as_ref());
        let openid = openids[&order.appid].clone();
        let sub_openid = sub_appid.map(|sub_appid| openids[sub_appid].clone());
        let transaction_id = self.assign_transaction_id(prefix, now.business);
        if let Some(coupon) = &coupon {
            self.use_coupon(&payer.user, coupon);
        }
        let order = self.state.order_mut(mchid, out_trade_no).expect(ORDER_EXISTS);
        order.trade_state = TradeState::Success;
        order.under_way = None;
        let closes_by_age = order.closes_by_age.take();
        order.payment = Some(Payment {
            transaction_id: transaction_id.clone(),
            success_time: now.business,
            user: payer.user.clone(),
            openid,
            sub_openid,
            method: payer.method,
            fee: Fen::ZERO,
            coupon,
        });
        let fee = funds::fee(order.settlement_total(), fee_rate);
        order.payment.iter_mut().for_each(|payment| payment.fee = fee);
        let order = order.clone();
        self.state.cancel(closes_by_age.as_ref());
        self.state
            .transactions
            .insert(transaction_id.clone(), (mchid.clone(), out_trade_no.clone()));
        self.take_from(payer, order.payer_total());
        let payment = Movement {
            mchid: order.payee(),
            business: Business::Payment,
            amount: order.settlement_total(),
            business_number: transaction_id.as_str(),
            voucher: out_trade_no.as_str(),
            at: now.business,
        };
        self.credit(payment);
        self.collect_fee(Movement { business: Business::Fee, amount: fee, ..payment })
            .expect("a fee is a part of what was just paid");
        self.freeze_for_sharing(mchid, out_trade_no, now);
        let paid = order.payer_total();
        let (kind, method) = (ReceiptKind::Payment, payer.method);
        let receipt = self.order_receipt(&order, kind, method, paid, now.business);
        self.state.add_receipt(&payer.user, receipt);
        self.begin_shipment(&order, now);
    }

    /// One notification, however many orders were paid with it.
    fn notify_payment(&mut self, mchid: &Mchid, out_trade_no: &OutTradeNo, now: Times) {
        let order = self.state.order(mchid, out_trade_no).expect(ORDER_EXISTS).clone();
        if let Some(sign_type) = order.v2 {
            return self.notify_v2_payment(&order, sign_type, now);
        }
        let (url, plaintext) = match &order.combine {
            Some(key) => {
                let combined = self.combined(key);
                (combined.notify_url.clone(), v3::combine::notification(self, combined))
            }
            None => match &order.notify_url {
                Some(url) => (url.clone(), v3::pay::transaction::notification(&order)),
                None => return,
            },
        };
        let news = News {
            mchid: order.ordered_by(),
            out_trade_no: Some(out_trade_no),
            url: &url,
            event: Event::TransactionSuccess,
            plaintext,
        };
        self.notify(news, now);
    }

    /// The user has paid, but the payment reaches WeChat's books later.
    pub(crate) fn start_payment(
        &mut self,
        mchid: &Mchid,
        out_trade_no: &OutTradeNo,
        payer: &Payer,
        now: Times,
    ) {
        for key in self.together(mchid, out_trade_no) {
            let order = self.state.order_mut(&key.mchid, &key.out_trade_no).expect(ORDER_EXISTS);
            order.under_way = Some(payer.clone());
        }
        let work = Work::LandPayment { mchid: mchid.clone(), out_trade_no: out_trade_no.clone() };
        self.state.schedule(now.business.plus(LANDS_ANYWAY_SECONDS), work);
        self.changes.insert(Change::Order);
    }

    /// A payment under way lands, even in a closed order. When wallet or card no longer cover it, or
    /// another payment came first, it evaporates: the bank gives the money back.
    pub(crate) fn land_payment(
        &mut self,
        mchid: &Mchid,
        out_trade_no: &OutTradeNo,
        now: Times,
        fired: &mut Fired,
    ) {
        let together = self.together(mchid, out_trade_no);
        let mut payer = None;
        for key in &together {
            let order = self.state.order_mut(&key.mchid, &key.out_trade_no).expect(ORDER_EXISTS);
            payer = order.under_way.take().or(payer);
        }
        let Some(payer) = payer else { return };
        let orders: Vec<_> = together.iter().filter_map(|key| self.state.order_of(key)).collect();
        let paid = orders.iter().any(|order| order.is_paid());
        let covered = self.check_funds(&payer, &orders).is_ok();
        if covered && !paid {
            self.complete_payment(mchid, out_trade_no, &payer, now);
            fired.happened.push(Happening {
                at: now.business,
                kind: HappeningKind::PaymentLanded,
                mchid: mchid.clone(),
                out_trade_no: Some(out_trade_no.clone()),
            });
        }
    }

    /// Closes an unpaid order for good.
    pub(crate) fn close(&mut self, mchid: &Mchid, out_trade_no: &OutTradeNo, now: Times) {
        let order = self.state.order_mut(mchid, out_trade_no).expect(ORDER_EXISTS);
        order.trade_state = TradeState::Closed;
        let closes_by_age = order.closes_by_age.take();
        let payment_under_way = order.under_way.is_some();
        self.state.cancel(closes_by_age.as_ref());
        if payment_under_way {
            let work =
                Work::LandPayment { mchid: mchid.clone(), out_trade_no: out_trade_no.clone() };
            self.state.schedule(now.business.plus(LANDS_AFTER_CLOSE_SECONDS), work);
        }
        self.changes.insert(Change::Order);
    }

    pub(crate) fn close_by_age(
        &mut self,
        mchid: &Mchid,
        out_trade_no: &OutTradeNo,
        now: Times,
        fired: &mut Fired,
    ) {
        let unpaid = self
            .state
            .order(mchid, out_trade_no)
            .is_some_and(|order| order.trade_state == TradeState::NotPay);
        if unpaid {
            self.close(mchid, out_trade_no, now);
            fired.happened.push(Happening {
                at: now.business,
                kind: HappeningKind::OrderClosed,
                mchid: mchid.clone(),
                out_trade_no: Some(out_trade_no.clone()),
            });
        }
    }

    /// 28 digits: a prefix, six digits, the day, ten digits (v3 §4.5). Six of the last ten count.
    fn assign_transaction_id(&mut self, prefix: &str, at: Timestamp) -> TransactionId {
        let sequence = self.state.next_sequence() % 1_000_000;
        let (front, middle) = (self.state.chance.digits(6), self.state.chance.digits(4));
        TransactionId::new(format!("{prefix}{front}{}{middle}{sequence:06}", day(at)))
            .expect("28 digits are a transaction_id")
    }
}
