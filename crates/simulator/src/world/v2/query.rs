//! `/pay/orderquery`, and what WeChat says of a payment wherever it says it (v2 §7, §15.2).

use suanpan_wechat::id::OutTradeNo;

use super::{
    answer::Answer,
    coupon,
    failure::Failure,
    gate::Caller,
    operation::Operation,
    table::{Field, Rule, optional},
    time,
    xml::Document,
};
use crate::world::{
    exchange::Times,
    order::{Order, Payment, TradeState},
    state::World,
};

pub(crate) struct OrderQuery;

const TABLE: &[Field] = &[
    optional("transaction_id", Rule::Text(32)),
    optional("out_trade_no", Rule::Text(32)),
    optional("version", Rule::Text(32)),
];

impl Operation for OrderQuery {
    fn tables(&self) -> &'static [&'static [Field]] {
        &[TABLE]
    }

    fn perform(&self, world: &mut World, caller: &Caller, now: Times) -> Result<Answer, Failure> {
        let number = world.order_by_either(caller)?.ok_or(Failure::NO_ORDER)?;
        world.close_expired(caller, &number, now);
        let order = world.state.order(&caller.mchid, &number).ok_or(Failure::NO_ORDER)?;
        let detail = match &order.payment {
            Some(payment) if caller.fields.get("version").is_some() => {
                coupon::promotion_detail(payment)
            }
            Some(_) | None => Document::default(),
        };
        Ok(Answer::Members(statement(order).then(detail)))
    }
}

impl World {
    /// Past its end an order of v2 is closed, and a query is where that shows (v2 §22).
    fn close_expired(&mut self, caller: &Caller, number: &OutTradeNo, now: Times) {
        let over = self.state.order(&caller.mchid, number).is_some_and(|order| {
            order.v2.is_some()
                && order.trade_state == TradeState::NotPay
                && order.under_way.is_none()
                && now.business >= order.expires_at()
        });
        if over {
            self.close(&caller.mchid, number, now);
        }
    }
}

fn statement(order: &Order) -> Document {
    let state = order.trade_state;
    let described = |said: Document| said.text("trade_state_desc", state.description());
    match &order.payment {
        Some(payment) => {
            let said = payer(order, payment).text("trade_state", state.as_str());
            described(said.then(paid(order, payment)))
        }
        None => described(
            Document::default()
                .text("out_trade_no", &order.out_trade_no)
                .some_text("attach", order.attach.as_deref())
                .text("trade_state", state.as_str()),
        ),
    }
}

/// Who paid, and how. Nobody learns any more whether they follow the account (v2 §7).
pub(super) fn payer(order: &Order, payment: &Payment) -> Document {
    Document::default()
        .text("openid", &payment.openid)
        .text("is_subscribe", "N")
        .then(sub_payer(payment))
        .text("trade_type", order.trade_type.as_str())
}

/// Who they are to the sub-merchant's own app, where the order named one (v2 §19).
fn sub_payer(payment: &Payment) -> Document {
    let Some(sub_openid) = &payment.sub_openid else { return Document::default() };
    Document::default().text("sub_openid", sub_openid).text("sub_is_subscribe", "N")
}

/// What was paid.
pub(super) fn paid(order: &Order, payment: &Payment) -> Document {
    Document::default()
        .text("bank_type", payment.method.bank_type())
        .number("total_fee", order.total.count())
        .then(coupon::settled(order))
        .text("fee_type", "CNY")
        .number("cash_fee", order.payer_total().count())
        .text("cash_fee_type", "CNY")
        .then(coupon::of_payment(payment))
        .text("transaction_id", &payment.transaction_id)
        .text("out_trade_no", &order.out_trade_no)
        .some_text("attach", order.attach.as_deref())
        .text("time_end", time::write(payment.success_time))
}
