//! A merchant's server closes an order.

use suanpan_trade::{AccountId, Order, OrderId};

use crate::{
    ActError, Ports,
    committing::{Change, change_order},
    ports::OrderRef,
    watch::watch,
};

/// Asks for an order to be closed, and does at once what can be done.
///
/// The answer is the order as it stands: `closed` when WeChat confirmed it for every attempt,
/// `paid` when money was faster, `open` while it is still being found out.
///
/// # Errors
/// [`ActError::NotFound`] for an order of another account.
pub async fn close<P: Ports>(
    ports: &P,
    account: &AccountId,
    order_id: &OrderId,
) -> Result<Order, ActError> {
    if order_id.account() != *account {
        return Err(ActError::NotFound("order"));
    }
    let order_ref = OrderRef::Id(order_id.clone());
    let change = Change::new("order.request_close", "merchant");
    let requested =
        change_order(ports, &order_ref, &change, |order, now| Ok(order.request_close(now))).await?;
    match watch(ports, order_id).await {
        Ok(order) => Ok(order),
        // The request is stored; the watch job finishes it.
        Err(ActError::WeChatUnknown(_) | ActError::WeChatRefused(_) | ActError::Busy) => {
            Ok(requested)
        }
        Err(error) => Err(error),
    }
}
