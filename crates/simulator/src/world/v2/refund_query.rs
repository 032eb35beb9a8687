//! `/pay/refundquery` and `/pay/refundqueryv2` (v2 §10).

use suanpan_wechat::id::{OutRefundNo, RefundId};

use super::{
    answer::Answer,
    coupon,
    failure::Failure,
    gate::Caller,
    operation::Operation,
    table::{self, Field, Rule, optional},
    time,
    xml::Document,
};
use crate::world::{
    exchange::Times,
    frequency::Rate,
    order::{Order, Refund, RefundStatus},
    state::World,
};

/// One answer carries so many refunds; `offset` asks for the rest.
const PAGE: usize = 10;

/// Whether one refund is asked for, in members without a number, or as many as there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RefundQuery {
    Many,
    One,
}

const MANY: &[Field] = &[
    optional("refund_id", Rule::Text(32)),
    optional("out_refund_no", Rule::Text(64)),
    optional("transaction_id", Rule::Text(32)),
    optional("out_trade_no", Rule::Text(32)),
    optional("offset", Rule::Integer { min: 0 }),
];

const ONE: &[Field] =
    &[optional("refund_id", Rule::Text(32)), optional("out_refund_no", Rule::Text(64))];

impl Operation for RefundQuery {
    fn tables(&self) -> &'static [&'static [Field]] {
        match self {
            Self::Many => &[MANY],
            Self::One => &[ONE],
        }
    }

    fn rate(&self) -> Option<Rate> {
        Some(Rate::RefundQuery)
    }

    fn perform(&self, world: &mut World, caller: &Caller, _now: Times) -> Result<Answer, Failure> {
        let by_refund = world.refund_asked_for(caller);
        let found = match (by_refund, self) {
            (Some(found), _) => found.into_iter().collect(),
            (None, Self::One) => return Err(Failure::missing("out_refund_no")),
            (None, Self::Many) => world.refunds_of_order(caller)?,
        };
        let first = found.first().ok_or(Failure::NO_REFUND)?;
        let order = world.state.order(&caller.mchid, &first.out_trade_no);
        let order = order.expect("refunds have orders, and orders are never removed");
        if *self == Self::One {
            return Ok(Answer::Members(frame(order).then(refund(first, ""))));
        }
        let offset = caller.fields.get("offset").and_then(table::integer);
        let skipped = offset.and_then(|offset| usize::try_from(offset).ok()).unwrap_or_default();
        let page: Vec<&Refund> = found.iter().skip(skipped).take(PAGE).collect();
        if page.is_empty() {
            return Err(Failure::NO_REFUND);
        }
        let mut said = frame(order);
        if offset.is_some() {
            said = said.number("total_refund_count", found.len());
        }
        said = said.number("refund_count", page.len());
        for (index, one) in page.into_iter().enumerate() {
            said = said.then(refund(one, &format!("_{index}")));
        }
        Ok(Answer::Members(said))
    }
}

impl World {
    /// By number of the refund, WeChat's own first; the outer `None` when neither is given.
    fn refund_asked_for(&self, caller: &Caller) -> Option<Option<Refund>> {
        let fields = &caller.fields;
        if let Some(id) = fields.get("refund_id") {
            let id = RefundId::new(id).ok();
            let refunds = self.state.refunds.get(&caller.mchid);
            let mut all = refunds.into_iter().flat_map(|refunds| refunds.values());
            let found = all.find(|refund| Some(&refund.refund_id) == id.as_ref());
            return Some(found.filter(|refund| caller.may_see_refund(refund)).cloned());
        }
        let number = OutRefundNo::new(fields.get("out_refund_no")?).ok();
        let found = number.and_then(|number| self.refund(&caller.mchid, &number));
        Some(found.filter(|refund| caller.may_see_refund(refund)))
    }

    /// Every refund of an order, oldest first.
    fn refunds_of_order(&self, caller: &Caller) -> Result<Vec<Refund>, Failure> {
        let by_id = caller.fields.get("transaction_id").is_some();
        let nothing = if by_id { Failure::UNKNOWN_TRANSACTION } else { Failure::NO_REFUND };
        let number = self.order_by_either(caller)?.ok_or(nothing)?;
        let order = self.state.order(&caller.mchid, &number).ok_or(Failure::NO_REFUND)?;
        Ok(order.refunds.iter().filter_map(|no| self.refund(&caller.mchid, no)).collect())
    }
}

fn frame(order: &Order) -> Document {
    let transaction_id = order.payment.as_ref().map(|payment| &payment.transaction_id);
    Document::default()
        .some_text("transaction_id", transaction_id)
        .text("out_trade_no", &order.out_trade_no)
        .number("total_fee", order.total.count())
        .then(coupon::settled(order))
        .text("fee_type", "CNY")
        .number("cash_fee", order.payer_total().count())
}

/// One refund; `suffix` is its number among several.
fn refund(refund: &Refund, suffix: &str) -> Document {
    let name = |name: &str| format!("{name}{suffix}");
    let said = Document::default()
        .text(name("out_refund_no"), &refund.out_refund_no)
        .text(name("refund_id"), &refund.refund_id)
        .text(name("refund_channel"), "ORIGINAL")
        .number(name("refund_fee"), refund.refund.count())
        .then(coupon::of_refund(refund, suffix))
        .text(name("refund_status"), status(refund.status))
        .text(name("refund_account"), super::refund::ACCOUNT)
        // The wire's own spelling.
        .text(name("refund_recv_accout"), refund.received_account());
    match refund.success_time.filter(|_| refund.status == RefundStatus::Success) {
        Some(at) => said.text(name("refund_success_time"), time::write_dashed(at)),
        None => said,
    }
}

/// As v2 calls it.
pub(super) const fn status(status: RefundStatus) -> &'static str {
    match status {
        RefundStatus::Processing => "PROCESSING",
        RefundStatus::Success => "SUCCESS",
        RefundStatus::Abnormal => "CHANGE",
        RefundStatus::Closed => "REFUNDCLOSE",
    }
}
