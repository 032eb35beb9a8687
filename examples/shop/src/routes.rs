use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Path, State, rejection::JsonRejection},
    routing::{get, post},
};
use http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::{
    Shop,
    books::{self, Row},
    products::{self, PRODUCTS},
    webhooks,
};

/// Ten cups at a time; whoever wants more may come twice.
const MAX_QUANTITY: i64 = 10;

pub(crate) fn router(shop: Arc<Shop>) -> Router {
    Router::new()
        .route("/api/products", get(list_products))
        .route("/api/orders", post(create_order))
        .route("/api/orders/{order_id}", get(show_order))
        .route("/webhooks", post(webhooks::receive))
        .layer(DefaultBodyLimit::max(64 * 1024))
        .with_state(shop)
}

/// An error for a program and a sentence for a person.
pub(crate) type Refusal = (StatusCode, Json<serde_json::Value>);

pub(crate) fn refusal(status: StatusCode, code: &str, detail: &str) -> Refusal {
    (status, Json(serde_json::json!({ "code": code, "detail": detail })))
}

async fn list_products() -> Json<serde_json::Value> {
    Json(serde_json::json!({ "products": PRODUCTS }))
}

/// What the front end may say: what and how many. Never how much money.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    sku: String,
    quantity: i64,
}

#[derive(Serialize)]
struct Created {
    order_id: String,
    order_token: String,
}

async fn create_order(
    State(shop): State<Arc<Shop>>,
    wish: Result<Json<Wish>, JsonRejection>,
) -> Result<Json<Created>, Refusal> {
    let Json(wish) =
        wish.map_err(|error| refusal(StatusCode::BAD_REQUEST, "invalid", &error.body_text()))?;
    let product = products::find(&wish.sku).ok_or_else(|| {
        refusal(StatusCode::NOT_FOUND, "no_such_product", "没有这款商品 / no such product")
    })?;
    let amount_fen = (1..=MAX_QUANTITY)
        .contains(&wish.quantity)
        .then(|| product.price_fen.checked_mul(wish.quantity))
        .flatten()
        .ok_or_else(|| refusal(StatusCode::BAD_REQUEST, "invalid_quantity", "1–10"))?;
    let merchant_order_no = new_order_no();
    let description = format!("{} ×{}", product.bill_name(), wish.quantity);
    let created =
        shop.suanpan.create_order(&merchant_order_no, amount_fen, &description).await.map_err(
            |error| {
                tracing::error!(%error, order.merchant_order_no = %merchant_order_no, "no order");
                refusal(
                    StatusCode::BAD_GATEWAY,
                    "payment_unavailable",
                    "暂时无法下单，请稍后再试 / please try again",
                )
            },
        )?;
    let row = Row {
        merchant_order_no,
        mchid: created.mchid,
        sku: wish.sku,
        quantity: wish.quantity,
        amount_fen,
        state: books::State::AwaitingPayment,
        handled: Vec::new(),
    };
    shop.books.insert(&created.order_id, row).map_err(|error| {
        tracing::error!(%error, "the books cannot be written");
        refusal(
            StatusCode::INTERNAL_SERVER_ERROR,
            "books",
            "暂时无法下单，请稍后再试 / please try again",
        )
    })?;
    Ok(Json(Created { order_id: created.order_id, order_token: created.order_token }))
}

/// How far an order is by our own books, which only webhooks move. The id is not guessable and
/// the answer says nothing about the customer.
async fn show_order(
    State(shop): State<Arc<Shop>>,
    Path(order_id): Path<String>,
) -> Result<Json<serde_json::Value>, Refusal> {
    let state = shop.books.state(&order_id).ok_or_else(|| {
        refusal(StatusCode::NOT_FOUND, "no_such_order", "没有这个订单 / no such order")
    })?;
    Ok(Json(serde_json::json!({ "order_id": order_id, "state": state })))
}

/// Ours to choose, unique for ever: 128 random bits.
fn new_order_no() -> String {
    let mut random = [0_u8; 16];
    #[expect(clippy::disallowed_methods, reason = "the sample's one source of randomness")]
    getrandom::fill(&mut random).expect("the operating system has random numbers");
    random.iter().fold(String::from("T"), |number, byte| format!("{number}{byte:02x}"))
}
