use axum::{Json, extract::State};
use suanpan_acts::{Store, show};
use suanpan_trade::OrderId;

use crate::http::{
    App, Problem,
    extract::{Id, Merchant},
    v1::order_body::OrderBody,
};

/// `GET /v1/orders/{order_id}`: as stored, without asking WeChat.
#[tracing::instrument(name = "http.orders.show", skip_all)]
pub(in crate::http) async fn show<S: Store + 'static>(
    State(app): State<App<S>>,
    Merchant(account): Merchant,
    Id(order_id): Id<OrderId>,
) -> Result<Json<impl serde::Serialize>, Problem> {
    let order = show::show(&*app.ports, &account, &order_id).await?;
    Ok(Json(OrderBody::of(&order)))
}
