use axum::{Json, extract::State};
use suanpan_acts::{Store, close};
use suanpan_trade::OrderId;

use crate::http::{
    App, Problem,
    extract::{Id, Merchant},
    v1::order_body::OrderBody,
};

/// `POST /v1/orders/{order_id}/close`, without a body. The answer is the order as it stands: when
/// money was faster it is `paid`, and while WeChat is being asked it is still `open`.
#[tracing::instrument(name = "http.orders.close", skip_all)]
pub(in crate::http) async fn close<S: Store + 'static>(
    State(app): State<App<S>>,
    Merchant(account): Merchant,
    Id(order_id): Id<OrderId>,
) -> Result<Json<impl serde::Serialize>, Problem> {
    let closing = order_id.clone();
    let order = app
        .act_on(&order_id, |ports| async move { close::close(&*ports, &account, &closing).await })
        .await?;
    Ok(Json(OrderBody::of(&order)))
}
