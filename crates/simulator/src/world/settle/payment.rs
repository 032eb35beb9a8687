//! Payments land and orders close (v3 §8.1).

use suanpan_wechat::{
    Timestamp,
    id::{Mchid, OutTradeNo, TransactionId},
};

use super::{ORDER_EXISTS, day};
use crate::world::{
    exchange::Times,
    funds::{self, Business, Movement},
    notify::{Event, News},
    order::{Order, Payment, ReceiptKind, TradeState},
    state::{Change, Fired, Happening, HappeningKind, Work, World},
    v3,
};

/// How soon a payment under way lands after its order was closed.
const LANDS_AFTER_CLOSE_SECONDS: i64 = 30;

/// How soon it lands when nobody closes the order.
const LANDS_ANYWAY_SECONDS: i64 = 600;

impl World {
    /// Money moves from the wallet to the merchant, and the merchant is notified.
    ///
    /// The caller has checked that the wallet covers it.
    pub(crate) fn complete_payment(
        &mut self,
        mchid: &Mchid,
        out_trade_no: &OutTradeNo,
        user: &str,
        now: Times,
    ) -> TransactionId {
        let transaction_id = self.assign_transaction_id(now.business);
        let order =
            self.state.orders.get_mut(mchid).and_then(|orders| orders.get_mut(out_trade_no));
        let order = order.expect(ORDER_EXISTS);
        let openid = self.state.users[user].user.openids[&order.appid].clone();
        let fee = funds::fee(order.total, self.state.merchants[mchid].fee_rate);
        order.trade_state = TradeState::Success;
        order.under_way = None;
        let closes_by_age = order.closes_by_age.take();
        order.payment = Some(Payment {
            transaction_id: transaction_id.clone(),
            success_time: now.business,
            user: user.to_owned(),
            openid,
            fee,
        });
        let order = order.clone();
        self.state.cancel(closes_by_age.as_ref());
        self.state
            .transactions
            .insert(transaction_id.clone(), (mchid.clone(), out_trade_no.clone()));
        self.take_from_wallet(user, order.total);
        let payment = Movement {
            mchid,
            business: Business::Payment,
            amount: order.total,
            business_number: transaction_id.as_str(),
            voucher: out_trade_no.as_str(),
            at: now.business,
        };
        self.credit(payment);
        self.collect_fee(Movement { business: Business::Fee, amount: fee, ..payment })
            .expect("a fee is a part of what was just paid");
        self.freeze_for_sharing(mchid, out_trade_no, now);
        self.give_receipt(&order, user, ReceiptKind::Payment, order.total, now.business);
        self.begin_shipment(&order, now);
        self.notify_payment(&order, now);
        self.changes.insert(Change::Order);
        transaction_id
    }

    fn notify_payment(&mut self, order: &Order, now: Times) {
        if let Some(sign_type) = order.v2 {
            return self.notify_v2_payment(order, sign_type, now);
        }
        let news = News {
            mchid: &order.mchid,
            out_trade_no: Some(&order.out_trade_no),
            url: &order.notify_url,
            event: Event::TransactionSuccess,
            plaintext: v3::pay::transaction::notification(order),
        };
        self.notify(news, now);
    }

    /// The user has paid, but the payment reaches WeChat's books later.
    pub(crate) fn start_payment(
        &mut self,
        mchid: &Mchid,
        out_trade_no: &OutTradeNo,
        user: &str,
        now: Times,
    ) {
        let order = self.state.order_mut(mchid, out_trade_no).expect(ORDER_EXISTS);
        order.under_way = Some(user.to_owned());
        let work = Work::LandPayment { mchid: mchid.clone(), out_trade_no: out_trade_no.clone() };
        self.state.schedule(now.business.plus(LANDS_ANYWAY_SECONDS), work);
        self.changes.insert(Change::Order);
    }

    /// A payment under way lands, even in a closed order. When the wallet no longer covers it, or
    /// another payment came first, it evaporates: the bank gives the money back.
    pub(crate) fn land_payment(
        &mut self,
        mchid: &Mchid,
        out_trade_no: &OutTradeNo,
        now: Times,
        fired: &mut Fired,
    ) {
        let Some(order) = self.state.order_mut(mchid, out_trade_no) else { return };
        let Some(user) = order.under_way.take() else { return };
        let total = order.total;
        let covered =
            self.state.users.get(&user).is_some_and(|person| person.user.balance >= total);
        let paid = self.state.order(mchid, out_trade_no).is_some_and(Order::is_paid);
        if covered && !paid {
            self.complete_payment(mchid, out_trade_no, &user, now);
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

    /// 28 digits: `4200`, six digits, the day, ten digits (v3 §4.5). Six of the last ten count.
    fn assign_transaction_id(&mut self, at: Timestamp) -> TransactionId {
        let sequence = self.state.next_sequence() % 1_000_000;
        let (front, middle) = (self.state.chance.digits(6), self.state.chance.digits(4));
        TransactionId::new(format!("4200{front}{}{middle}{sequence:06}", day(at)))
            .expect("28 digits are a transaction_id")
    }
}
