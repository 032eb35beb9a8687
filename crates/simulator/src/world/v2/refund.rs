//! `/secapi/pay/refund` and `/secapi/pay/refundv2` (v2 §9).

use suanpan_wechat::{
    Fen,
    id::{OutRefundNo, OutTradeNo},
};

use super::{
    answer::Answer,
    coupon,
    failure::{Failure, Fault},
    gate::Caller,
    operation::Operation,
    order::said,
    table::{self, Field, Rule, optional, required},
    xml::{Document, Fields},
};
use crate::world::{
    exchange::Times,
    frequency::Rate,
    order::{Api, Order, Refund},
    settle::{RefundOrder, RefundRefusal},
    state::World,
    v3::schema::{NOTIFY_URL, REFUND_NUMBER},
};

const CHECKED: &str = "the table demands it";

/// Where the money comes from.
pub(super) const ACCOUNT: &str = "REFUND_SOURCE_RECHARGE_FUNDS";

pub(crate) struct RefundCall;

const TABLE: &[Field] = &[
    optional("transaction_id", Rule::Text(32)),
    optional("out_trade_no", Rule::Text(32)),
    required("out_refund_no", Rule::Matching(64, |text| (REFUND_NUMBER.matches)(text))),
    required("total_fee", Rule::Integer { min: 1 }),
    required("refund_fee", Rule::Integer { min: 1 }),
    optional("refund_fee_type", Rule::OneOf(&["CNY"])),
    optional("refund_desc", Rule::Text(80)),
    optional(
        "refund_account",
        Rule::OneOf(&["REFUND_SOURCE_UNSETTLED_FUNDS", "REFUND_SOURCE_RECHARGE_FUNDS"]),
    ),
    optional("notify_url", Rule::Matching(256, |text| (NOTIFY_URL.matches)(text))),
    optional("detail", Rule::Text(6000)),
];

impl Operation for RefundCall {
    fn tables(&self) -> &'static [&'static [Field]] {
        &[TABLE]
    }

    fn rate(&self) -> Option<Rate> {
        Some(Rate::Refund)
    }

    fn perform(&self, world: &mut World, caller: &Caller, now: Times) -> Result<Answer, Failure> {
        let fields = &caller.fields;
        let (refund, total) = amounts(fields);
        if refund > total {
            return Err(Failure::Message(Fault::RefundOverTotal));
        }
        let number = world.order_to_refund_v2(caller)?;
        let refund_no = OutRefundNo::new(fields.get("out_refund_no").expect(CHECKED));
        let refund_no = refund_no.map_err(|_| Failure::malformed("out_refund_no"))?;
        let order = world.state.order(&caller.mchid, &number).expect("it was just found").clone();
        if let Some(known) = world.refund(&caller.mchid, &refund_no) {
            let same = (known.refund, known.total, &known.out_trade_no) == (refund, total, &number);
            return if same { Ok(accepted(&known, &order)) } else { Err(Failure::REFUND_MISMATCH) };
        }
        if total != order.total {
            return Err(Failure::REFUND_MISMATCH);
        }
        if world.refundable(&order) == Fen::ZERO {
            return Err(Failure::ALL_REFUNDED);
        }
        let merchant = &world.state.merchants[&caller.mchid];
        let notify_url = fields.get("notify_url").map(str::to_owned);
        let wanted = RefundOrder {
            mchid: caller.mchid.clone(),
            out_trade_no: number,
            out_refund_no: refund_no,
            refund,
            reason: fields.get("refund_desc").map(str::to_owned),
            notify_url: notify_url.or_else(|| merchant.refund_notify_url.clone()),
            api: Api::V2,
            request: Some(said(fields)),
        };
        let refund = world.accept_refund(wanted, now).map_err(refused)?;
        Ok(accepted(&refund, &order))
    }
}

fn amounts(fields: &Fields) -> (Fen, Fen) {
    let fen = |name| {
        let count = fields.get(name).and_then(table::integer).expect(CHECKED);
        Fen::new(count).expect("the table demands one fen at least")
    };
    (fen("refund_fee"), fen("total_fee"))
}

const fn refused(refusal: RefundRefusal) -> Failure {
    match refusal {
        RefundRefusal::OrderNotPaid => Failure::NO_ORDER,
        RefundRefusal::OverRemaining => Failure::OVER_REFUNDABLE,
        RefundRefusal::TooMany => Failure::TOO_MANY_REFUNDS,
        RefundRefusal::TooOld => Failure::TOO_OLD,
        RefundRefusal::TooSoon => Failure::FREQUENCY_LIMITED,
        RefundRefusal::NotEnough => Failure::NOT_ENOUGH,
    }
}

impl World {
    /// A paid order by either number; one that is not paid is said not to exist (v2 §9.4).
    fn order_to_refund_v2(&self, caller: &Caller) -> Result<OutTradeNo, Failure> {
        let found = self.order_by_either(caller)?;
        let by_id = caller.fields.get("transaction_id").is_some();
        let nothing = if by_id { Failure::UNKNOWN_TRANSACTION } else { Failure::NO_ORDER };
        let number = found.ok_or(nothing)?;
        let paid = self.state.order(&caller.mchid, &number).is_some_and(Order::is_paid);
        if paid { Ok(number) } else { Err(Failure::NO_ORDER) }
    }
}

/// The same for the first call and for every repeat: it was accepted, not that it arrived.
fn accepted(refund: &Refund, order: &Order) -> Answer {
    Answer::Members(
        Document::default()
            .text("transaction_id", &refund.transaction_id)
            .text("out_trade_no", &refund.out_trade_no)
            .text("out_refund_no", &refund.out_refund_no)
            .text("refund_id", &refund.refund_id)
            .text("refund_channel", "")
            .number("refund_fee", refund.refund.count())
            .number("total_fee", refund.total.count())
            .then(coupon::settled(order))
            .text("fee_type", "CNY")
            .number("cash_fee", order.payer_total().count())
            .number("cash_refund_fee", refund.payer_refund().count())
            .then(coupon::of_refund(refund, "")),
    )
}
