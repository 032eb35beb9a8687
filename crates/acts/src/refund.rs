//! Money goes back: the stored intent is sent until WeChat has an end for it.

use suanpan_trade::{Decision, Fact, Order, OrderId, Refund, RefundIntentId, RefundState};
use suanpan_wechat::{
    Timestamp,
    call::{Call, Outcome},
    refund::{Create, Query, Refund as WechatRefund},
};

use crate::{
    ActError, Clock, Ports, Store, WeChat,
    committing::{Change, change_order},
    draft::{mint_out_refund_no, refund_body},
    observing::apply_refund,
    ports::OrderRef,
};

/// How long after a refund was accepted it is asked about, in seconds: WeChat's own advice, with
/// an end that is long past its slowest bank.
const CHECKS: [i64; 12] = [5, 60, 120, 180, 240, 300, 600, 1200, 1800, 3600, 6 * 3600, 24 * 3600];

/// Between questions about a refund that has outlived the schedule.
const SLOW_CHECK_SECONDS: i64 = 24 * 3600;

/// Sends or asks once, and says when to come back; `None` when the refund has ended.
///
/// # Errors
/// [`ActError::WeChatUnknown`], [`ActError::WeChatRefused`]: nothing is assumed, the identical
/// request is repeated later. A refusal never ends a refund: money that must go back is never
/// forgotten.
pub async fn pursue<P: Ports>(
    ports: &P,
    order_id: &OrderId,
    refund_id: &RefundIntentId,
) -> Result<Option<Timestamp>, ActError> {
    let order_ref = OrderRef::Id(order_id.clone());
    let order = ports.store().load(&order_ref).await?.ok_or(ActError::NotFound("order"))?;
    let refund = order.refund(refund_id).ok_or(ActError::NotFound("refund"))?;
    let order = match refund.state {
        RefundState::Requested => {
            tell(ports, &order, &Create { body: refund.body.clone() }).await?
        }
        RefundState::Processing => {
            tell(ports, &order, &Query { out_refund_no: refund.out_refund_no.clone() }).await?
        }
        RefundState::Closed => renumber(ports, &order_ref, refund_id).await?,
        RefundState::Succeeded | RefundState::Abnormal => return Ok(None),
    };
    let refund = order.refund(refund_id).ok_or(ActError::NotFound("refund"))?;
    Ok(next_check(refund, ports.clock().business_now()))
}

async fn tell<P: Ports>(
    ports: &P,
    order: &Order,
    call: &impl Call<Answer = WechatRefund>,
) -> Result<Order, ActError> {
    let mchid = &order.identity.mchid;
    match ports.wechat().call(mchid, call).await {
        Outcome::Success(statement) => apply_refund(ports, mchid, &statement, "query").await,
        Outcome::Rejected(rejection) => Err(ActError::WeChatRefused(rejection)),
        Outcome::Unknown(unknown) => Err(ActError::WeChatUnknown(unknown)),
    }
}

/// WeChat closed the refund without paying: the same intent gets a new number (invariant I06).
async fn renumber<P: Ports>(
    ports: &P,
    order_ref: &OrderRef,
    refund_id: &RefundIntentId,
) -> Result<Order, ActError> {
    let out_refund_no = mint_out_refund_no(ports);
    let change = Change::new("refund.renumber", "clock");
    change_order(ports, order_ref, &change, |order, _| {
        let mut decision = Decision { order: order.clone(), facts: Vec::new() };
        if let Some(refund) =
            decision.order.refunds.iter_mut().find(|refund| refund.refund_id == *refund_id)
        {
            let body =
                refund_body(ports, order, &refund.transaction_id, &out_refund_no, refund.amount);
            // Alive again by somebody else's renumbering: leave theirs.
            if refund.renumber(out_refund_no.clone(), body).is_ok() {
                decision.facts.push(Fact::Moved {
                    subject: format!("refund {refund_id}"),
                    from: RefundState::Closed.as_str(),
                    to: RefundState::Requested.as_str(),
                });
            }
        }
        Ok(decision)
    })
    .await
}

fn next_check(refund: &Refund, now: Timestamp) -> Option<Timestamp> {
    match refund.state {
        RefundState::Requested | RefundState::Closed => Some(now),
        RefundState::Processing => {
            let scheduled = CHECKS.iter().map(|seconds| refund.created_at.plus(*seconds));
            Some(scheduled.into_iter().find(|at| *at > now).unwrap_or(now.plus(SLOW_CHECK_SECONDS)))
        }
        RefundState::Succeeded | RefundState::Abnormal => None,
    }
}
