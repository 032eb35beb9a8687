//! Somebody asks how an order stands. A front end that asks makes us ask WeChat, because its
//! cashier's word is not proof (threat o04).

use suanpan_trade::{AccountId, Order, OrderId, OrderState};

use crate::{ActError, Clock, Ports, Store, login::session, observing::query, ports::OrderRef};

/// A front end's right to see an order.
#[derive(Debug, Clone)]
pub enum Access {
    /// Somebody who was given the order's token.
    OrderToken(String),
    /// A logged-in user who is its payer.
    SessionToken(String),
}

/// WeChat is asked about one order at most once in this many seconds, however often fronts poll.
const COALESCE_SECONDS: i64 = 2;

/// An order of the caller's account, as stored.
///
/// # Errors
/// [`ActError::NotFound`] for an order of another account (threat a01).
pub async fn show<P: Ports>(
    ports: &P,
    account: &AccountId,
    order_id: &OrderId,
) -> Result<Order, ActError> {
    if order_id.account() != *account {
        return Err(ActError::NotFound("order"));
    }
    let order = ports.store().load(&OrderRef::Id(order_id.clone())).await?;
    order.ok_or(ActError::NotFound("order"))
}

/// An order for a front end; asks WeChat first when it is still unpaid and may be paid.
///
/// When WeChat cannot be asked, the order is shown as we know it.
///
/// # Errors
/// [`ActError::NotAuthorised`] without a valid token, [`ActError::NotFound`] for somebody else's
/// order.
pub async fn show_to_payer<P: Ports>(
    ports: &P,
    order_id: &OrderId,
    access: &Access,
) -> Result<Order, ActError> {
    let order_ref = OrderRef::Id(order_id.clone());
    let order = match access {
        Access::OrderToken(order_token) => {
            if !ports.token_key().opens(order_id, order_token) {
                return Err(ActError::NotAuthorised("order token"));
            }
            ports.store().load(&order_ref).await?.ok_or(ActError::NotFound("order"))?
        }
        Access::SessionToken(session_token) => {
            let session = session(ports, session_token).await?;
            let order = ports.store().load(&order_ref).await?.ok_or(ActError::NotFound("order"))?;
            let is_payer = order.identity.account == session.account
                && (order.attempts.iter().any(|attempt| {
                    attempt.appid == session.appid && attempt.openid == session.openid
                }) || order.identity.payer.as_ref().is_some_and(|payer| {
                    payer.appid == session.appid && payer.openid == session.openid
                }));
            if !is_payer {
                return Err(ActError::NotFound("order"));
            }
            order
        }
    };
    ask_if_unpaid(ports, order).await
}

async fn ask_if_unpaid<P: Ports>(ports: &P, order: Order) -> Result<Order, ActError> {
    let now = ports.clock().business_now();
    if order.state() != OrderState::Open {
        return Ok(order);
    }
    let stale = order.attempts.iter().find(|attempt| {
        let recently =
            |asked: suanpan_wechat::Timestamp| (0..COALESCE_SECONDS).contains(&now.since(asked));
        attempt.is_live() && !attempt.checked_at.is_some_and(recently)
    });
    let Some(attempt) = stale else { return Ok(order) };
    match query(ports, &order.identity.mchid, &attempt.out_trade_no).await {
        Ok(order) => Ok(order),
        Err(ActError::WeChatUnknown(_) | ActError::WeChatRefused(_) | ActError::Busy) => Ok(order),
        Err(error) => Err(error),
    }
}
