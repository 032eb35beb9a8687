use axum::{Json, extract::State};
use suanpan_acts::{
    Store,
    pay::{PayAsUser, pay_as_user},
};
use suanpan_trade::OrderId;
use suanpan_wechat::id::Appid;

use crate::http::{
    App, Problem,
    extract::{Id, Json as Body, SessionToken},
    v1::orders::attempts::{PayAnswer, TradeType},
};

/// `POST /client/v1/orders/{order_id}/pay`. There is no member for an amount and none for a payer:
/// the one is the order's, the other the session's (threats o01, o13).
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct PayRequest {
    order_token: String,
    appid: Option<Appid>,
    trade_type: TradeType,
}

#[tracing::instrument(name = "http.client.orders.pay", skip_all)]
pub(in crate::http) async fn pay<S: Store + 'static>(
    State(app): State<App<S>>,
    SessionToken(session_token): SessionToken,
    Id(order_id): Id<OrderId>,
    Body(request): Body<PayRequest>,
) -> Result<Json<PayAnswer>, Problem> {
    request.trade_type.supported()?;
    let asked = PayAsUser {
        order_id: order_id.clone(),
        order_token: request.order_token,
        session_token,
        appid: request.appid,
    };
    let payable =
        app.act_on(&order_id, |ports| async move { pay_as_user(&*ports, &asked).await }).await?;
    Ok(Json(PayAnswer::of(payable)))
}
