//! An order is queried at WeChat, and closed when its time is over.

use suanpan_trade::{
    Order, OrderId, observe,
    watch::{self, Step},
};
use suanpan_wechat::{call::Outcome, error::ErrorCode, id::OutTradeNo, pay::close::Close};

use crate::{
    ActError, Clock, Ports, Store, WeChat,
    committing::{Change, change_order},
    observing::query,
    ports::OrderRef,
};

/// Query, close, query and close here, for each of the few attempts that can be live at once.
const MAX_STEPS: usize = 16;

/// Does everything that is due for an order, until it has to wait.
///
/// # Errors
/// [`ActError::WeChatUnknown`] and the like when WeChat could not be asked: nothing was assumed,
/// and the watch goes on later.
pub async fn watch<P: Ports>(ports: &P, order_id: &OrderId) -> Result<Order, ActError> {
    let order_ref = OrderRef::Id(order_id.clone());
    let mut order = ports.store().load(&order_ref).await?.ok_or(ActError::NotFound("order"))?;
    for _ in 0..MAX_STEPS {
        match watch::next(&order, ports.clock().business_now()) {
            Step::Wait(_) | Step::Done => return Ok(order),
            step => order = take(ports, &order, step).await?,
        }
    }
    Err(ActError::Busy)
}

/// Brings one attempt to an end, so that another can take its place.
///
/// # Errors
/// [`ActError::InProgress`] when it may still be paid.
pub(crate) async fn settle_attempt<P: Ports>(
    ports: &P,
    order_ref: &OrderRef,
    out_trade_no: &OutTradeNo,
) -> Result<(), ActError> {
    for _ in 0..MAX_STEPS {
        let order = ports.store().load(order_ref).await?.ok_or(ActError::NotFound("order"))?;
        if !order.attempt(out_trade_no).is_some_and(suanpan_trade::Attempt::is_live) {
            return Ok(());
        }
        match watch::next(&order, ports.clock().business_now()) {
            Step::Wait(_) | Step::Done => {
                return Err(ActError::InProgress(order.identity.order_id.clone()));
            }
            step => take(ports, &order, step).await?,
        };
    }
    Err(ActError::Busy)
}

async fn take<P: Ports>(ports: &P, order: &Order, step: Step) -> Result<Order, ActError> {
    let mchid = &order.identity.mchid;
    let order_ref = OrderRef::Id(order.identity.order_id.clone());
    match step {
        Step::Query(out_trade_no) => query(ports, mchid, &out_trade_no).await,
        Step::Close(out_trade_no) => {
            let call = Close { mchid: mchid.clone(), out_trade_no: out_trade_no.clone() };
            match ports.wechat().call(mchid, &call).await {
                Outcome::Success(_) => record_close_answer(ports, &order_ref, &out_trade_no).await,
                // Paid, closed already, or never there: the query tells which (threat o09).
                Outcome::Rejected(rejection)
                    if matches!(
                        rejection.code,
                        ErrorCode::OrderPaid | ErrorCode::OrderClosed | ErrorCode::OrderNotExist
                    ) =>
                {
                    let order = query(ports, mchid, &out_trade_no).await?;
                    if order.attempt(&out_trade_no).is_some_and(suanpan_trade::Attempt::is_live) {
                        // The two answers do not fit together, or not our order: a person was
                        // alerted. Closing at once again would hammer WeChat for ever.
                        return record_close_answer(ports, &order_ref, &out_trade_no).await;
                    }
                    Ok(order)
                }
                Outcome::Rejected(rejection) => Err(ActError::WeChatRefused(rejection)),
                Outcome::Unknown(unknown) => Err(ActError::WeChatUnknown(unknown)),
            }
        }
        Step::CloseOrder => {
            let change = Change::new("order.close", "clock");
            change_order(ports, &order_ref, &change, |order, now| {
                // Somebody else may have closed it, or money may have come: then there is nothing to do.
                Ok(order.close(now).unwrap_or_else(|_| suanpan_trade::Decision {
                    order: order.clone(),
                    facts: Vec::new(),
                }))
            })
            .await
        }
        Step::Wait(_) | Step::Done => Ok(order.clone()),
    }
}

async fn record_close_answer<P: Ports>(
    ports: &P,
    order_ref: &OrderRef,
    out_trade_no: &OutTradeNo,
) -> Result<Order, ActError> {
    let change = Change::new("attempt.close", "clock");
    change_order(ports, order_ref, &change, |order, now| {
        Ok(observe::close_answered(order, out_trade_no, now))
    })
    .await
}
