use axum::{Json, extract::State, http::HeaderMap};
use suanpan_acts::{
    Store,
    show::{Access, show_to_payer},
};
use suanpan_trade::{Order, OrderId};
use suanpan_wechat::Timestamp;

use crate::http::{
    App, Problem,
    extract::{Id, bearer},
    v1::Amount,
};

/// `GET /client/v1/orders/{order_id}`: what a front end may know.
#[derive(serde::Serialize)]
pub(in crate::http) struct OrderBody {
    order_id: String,
    state: &'static str,
    amount: Amount,
    description: String,
    expires_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    paid_at: Option<Timestamp>,
}

impl OrderBody {
    fn of(order: &Order) -> Self {
        let identity = &order.identity;
        Self {
            order_id: identity.order_id.to_string(),
            state: order.state().as_str(),
            amount: Amount { total: identity.amount, currency: identity.currency },
            description: identity.description.as_str().to_owned(),
            expires_at: identity.expires_at,
            paid_at: order.receipt().map(|receipt| receipt.paid_at),
        }
    }
}

/// Asks WeChat first while the order is unpaid, so that the answer does not hang on a notification
/// that was lost.
#[tracing::instrument(name = "http.client.orders.show", skip_all)]
pub(in crate::http) async fn show<S: Store + 'static>(
    State(app): State<App<S>>,
    headers: HeaderMap,
    Id(order_id): Id<OrderId>,
) -> Result<Json<OrderBody>, Problem> {
    let access = access(&headers)?;
    let asked = order_id.clone();
    let order = app
        .act_on(&order_id, |ports| async move { show_to_payer(&*ports, &asked, &access).await })
        .await?;
    Ok(Json(OrderBody::of(&order)))
}

fn access(headers: &HeaderMap) -> Result<Access, Problem> {
    if let Some(token) = headers.get("suanpan-order-token").and_then(|value| value.to_str().ok()) {
        return Ok(Access::OrderToken(token.to_owned()));
    }
    let token = bearer(headers).ok_or_else(Problem::no_session)?;
    Ok(Access::SessionToken(token.to_owned()))
}
