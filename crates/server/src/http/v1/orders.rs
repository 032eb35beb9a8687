pub(in crate::http) mod attempts;
pub(in crate::http) mod close;
pub(in crate::http) mod show;

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use serde_json::{Map, Value};
use suanpan_acts::{
    Ports as _, Store,
    create_order::{CreateOrder, create_order},
    ports::{OrderRef, OrdersOf},
};
use suanpan_trade::{AccountId, LatePayment, MerchantOrderNo, OrderId, order::OrderPayer};
use suanpan_wechat::{
    Timestamp,
    id::Mchid,
    text::{Attach, Description},
};

use super::order_body::{Amount, OrderBody, OrderHead};
use crate::http::{
    App, Problem,
    extract::{Filter, IdempotencyKey, Json, Merchant},
};

/// `POST /v1/orders`. Members this version does not know are refused: one of them might have
/// changed what is paid (threat a06).
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct CreateRequest {
    merchant_order_no: MerchantOrderNo,
    amount: Amount,
    description: Description,
    merchant: Option<Mchid>,
    payer: Option<Payer>,
    expires_at: Option<Timestamp>,
    #[serde(default)]
    late_payment: LatePayment,
    attach: Option<Attach>,
    metadata: Option<Map<String, Value>>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct Payer {
    pub(super) appid: suanpan_wechat::id::Appid,
    pub(super) openid: suanpan_wechat::id::Openid,
}

#[derive(serde::Serialize)]
struct CreateAnswer {
    order_token: String,
    #[serde(flatten)]
    order: OrderBody,
}

impl CreateRequest {
    fn parse(self, account: AccountId, idempotency_key: Option<String>) -> CreateOrder {
        CreateOrder {
            account,
            merchant_order_no: self.merchant_order_no,
            amount: self.amount.total,
            currency: self.amount.currency,
            description: self.description,
            mchid: self.merchant,
            payer: self.payer.map(|payer| OrderPayer { appid: payer.appid, openid: payer.openid }),
            expires_at: self.expires_at,
            late_payment: self.late_payment,
            attach: self.attach,
            metadata: self.metadata.map(|object| Value::Object(object).to_string()),
            idempotency_key,
        }
    }
}

/// 201 for a new order, 200 for the one an identical request made before.
#[tracing::instrument(name = "http.orders.create", skip_all)]
pub(in crate::http) async fn create<S: Store + 'static>(
    State(app): State<App<S>>,
    Merchant(account): Merchant,
    IdempotencyKey(key): IdempotencyKey,
    Json(request): Json<CreateRequest>,
) -> Result<Response, Problem> {
    let request = request.parse(account, key);
    let created = app.act(|ports| async move { create_order(&*ports, request).await }).await?;
    let status = if created.new { StatusCode::CREATED } else { StatusCode::OK };
    let order = OrderBody::of(&created.order);
    let answer = CreateAnswer { order_token: created.order_token, order };
    Ok((status, axum::Json(answer)).into_response())
}

/// `GET /v1/orders?after=&limit=&merchant_order_no=`.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct ListFilter {
    after: Option<OrderId>,
    #[serde(default = "default_limit")]
    limit: usize,
    merchant_order_no: Option<MerchantOrderNo>,
}

pub(super) const MAX_LIMIT: usize = 200;

pub(super) const fn default_limit() -> usize {
    50
}

#[derive(serde::Serialize)]
pub(in crate::http) struct ListAnswer {
    orders: Vec<OrderHead>,
    /// Give it as `after` to go on.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

#[tracing::instrument(name = "http.orders.list", skip_all)]
pub(in crate::http) async fn list<S: Store + 'static>(
    State(app): State<App<S>>,
    Merchant(account): Merchant,
    Filter(filter): Filter<ListFilter>,
) -> Result<axum::Json<ListAnswer>, Problem> {
    if !(1..=MAX_LIMIT).contains(&filter.limit) {
        return Err(Problem::invalid("limit", "must be 1 to 200"));
    }
    if let Some(number) = filter.merchant_order_no {
        let order = app.ports.store().load(&OrderRef::MerchantOrderNo(account, number)).await?;
        let orders = order.iter().map(|order| OrderHead::of(&order.identity, order.state()));
        return Ok(axum::Json(ListAnswer { orders: orders.collect(), next: None }));
    }
    // One more than asked for tells whether there is a next page.
    let question = OrdersOf { account, after: filter.after, limit: filter.limit + 1 };
    let mut found = app.ports.store().read(question).await?;
    let more = found.len() > filter.limit;
    found.truncate(filter.limit);
    let last = found.last().map(|summary| summary.identity.order_id.to_string());
    let orders = found.iter().map(|summary| OrderHead::of(&summary.identity, summary.state));
    Ok(axum::Json(ListAnswer { orders: orders.collect(), next: last.filter(|_| more) }))
}
