//! `/pay/closeorder` (v2 §8).

use super::{
    answer::Answer,
    failure::Failure,
    gate::Caller,
    operation::Operation,
    table::{Field, Rule, required},
    xml::Document,
};
use crate::world::{
    exchange::Times,
    order::{TradeState, TradeType},
    state::World,
};

pub(crate) struct CloseOrder;

const TABLE: &[Field] = &[required("out_trade_no", Rule::Text(32))];

impl Operation for CloseOrder {
    fn tables(&self) -> &'static [&'static [Field]] {
        &[TABLE]
    }

    /// The document wants five minutes between ordering and closing; the live service does not
    /// insist, and neither does this unless it is told to (v2 §8). What WeChat would say is
    /// **unconfirmed**.
    fn perform(&self, world: &mut World, caller: &Caller, now: Times) -> Result<Answer, Failure> {
        let number = world.order_by_number(caller)?.ok_or(Failure::NO_ORDER)?;
        let order = world.state.order(&caller.mchid, &number).ok_or(Failure::NO_ORDER)?;
        let by_code = order.trade_type == TradeType::Micropay;
        let age = now.business.since(order.created_at);
        let too_soon = age < world.state.settings().close_wait_seconds;
        match order.trade_state {
            TradeState::Success | TradeState::Refund => Err(Failure::ORDER_PAID),
            TradeState::Closed | TradeState::Revoked => Err(Failure::ORDER_CLOSED),
            // The till undoes those with a call of its own.
            _ if by_code || too_soon => Err(Failure::TRADE_STATE),
            TradeState::NotPay | TradeState::UserPaying | TradeState::PayError => {
                world.close(&caller.mchid, &number, now);
                Ok(Answer::Members(Document::default().text("result_msg", "OK")))
            }
        }
    }
}
