//! What v2 notifies: payments and the ends of refunds (v2 §15.2, §16).

use super::{
    SignType, answer::parties, coupon, query, refund, refund_query::status, time, xml::Document,
};
use crate::world::{
    exchange::Times,
    notify::{Dialect, Event, Letter, News},
    order::{Order, Refund, RefundStatus},
    state::World,
};

impl World {
    /// Nobody is told of a payment by code: the till has asked and waits (v2 §13.1).
    pub(crate) fn notify_v2_payment(&mut self, order: &Order, sign_type: SignType, now: Times) {
        let Some(url) = &order.notify_url else { return };
        let payment = order.payment.as_ref().expect("only paid orders are notified");
        let members = Document::default()
            .text("return_code", "SUCCESS")
            .text("result_code", "SUCCESS")
            .text("appid", &order.appid)
            .text("mch_id", &order.mchid)
            .then(parties(order.partner.as_ref()))
            .some_text("device_info", order.device_id.as_deref())
            .text("nonce_str", self.state.chance.alphanumeric(32))
            .then(query::payer(order, payment))
            .then(query::paid(order, payment))
            .then(coupon::asked_for(order, payment));
        let news = News {
            mchid: &order.mchid,
            out_trade_no: Some(&order.out_trade_no),
            url,
            event: Event::TransactionSuccess,
            plaintext: String::new(),
        };
        self.notify_in(Dialect::Xml(Letter::Payment { sign_type, members }), news, now);
    }

    pub(crate) fn notify_v2_refund(&mut self, one: &Refund, url: &str, event: Event, now: Times) {
        let order = self.state.order(&one.mchid, &one.out_trade_no).cloned();
        let members = Document::default()
            .text("return_code", "SUCCESS")
            .some_text("appid", order.as_ref().map(|order| &order.appid))
            .text("mch_id", &one.mchid)
            .then(parties(order.as_ref().and_then(|order| order.partner.as_ref())))
            .text("nonce_str", self.state.chance.alphanumeric(32));
        let news = News {
            mchid: &one.mchid,
            out_trade_no: Some(&one.out_trade_no),
            url,
            event,
            plaintext: inside(one, order.as_ref()),
        };
        self.notify_in(Dialect::Xml(Letter::Refund { members }), news, now);
    }
}

/// Alphabetical, and all of it in CDATA, as in the published sample.
fn inside(one: &Refund, order: Option<&Order>) -> String {
    let settled = order.map_or(one.total, Order::settlement_total);
    let arrived = one.success_time.filter(|_| one.status == RefundStatus::Success);
    Document::default()
        .text("out_refund_no", &one.out_refund_no)
        .text("out_trade_no", &one.out_trade_no)
        .text("refund_account", refund::ACCOUNT)
        .text("refund_fee", one.refund.count())
        .text("refund_id", &one.refund_id)
        .text("refund_recv_accout", one.received_account())
        .text("refund_request_source", if one.is_by_hand() { "VENDOR_PLATFORM" } else { "API" })
        .text("refund_status", status(one.status))
        .text("settlement_refund_fee", one.settlement_refund().count())
        .text("settlement_total_fee", settled.count())
        .some_text("success_time", arrived.map(time::write_dashed))
        .text("total_fee", one.total.count())
        .text("transaction_id", &one.transaction_id)
        .to_xml("root")
}
