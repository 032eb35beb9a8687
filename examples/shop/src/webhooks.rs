//! Believing a payment: check the signature over the raw body, drop what was handled, compare with
//! our own row, and only then move our books.

use std::sync::Arc;

use axum::{body::Bytes, extract::State};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;

use crate::{
    Shop,
    books::{self, Row},
    routes::{Refusal, refusal},
};

/// The part of an event this shop needs; new members may appear at any time.
#[derive(Deserialize)]
struct Event {
    #[serde(rename = "type")]
    event_type: String,
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    order_id: String,
    merchant_order_no: String,
    mchid: String,
    amount: Amount,
}

#[derive(Deserialize)]
struct Amount {
    total: i64,
    currency: String,
}

/// Answers 2xx only when the event is in our books, so that Suanpan sends it again otherwise.
pub(crate) async fn receive(
    State(shop): State<Arc<Shop>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, Refusal> {
    shop.webhook.verify(&body, &headers).map_err(|_| {
        refusal(StatusCode::UNAUTHORIZED, "signature", "the signature does not match")
    })?;
    let event: Event = serde_json::from_slice(&body)
        .map_err(|_| refusal(StatusCode::BAD_REQUEST, "event", "not an event"))?;
    let webhook_id = headers.get("webhook-id").and_then(|id| id.to_str().ok()).unwrap_or_default();
    let handled = shop.books.change(&event.data.order_id, |row| handle(row, webhook_id, &event));
    match handled {
        Ok(Some(Ok(()))) => Ok(StatusCode::NO_CONTENT),
        Ok(Some(Err(field))) => {
            tracing::error!(field, order.id = %event.data.order_id, "an event contradicts our books");
            Err(refusal(StatusCode::CONFLICT, "mismatch", field))
        }
        // Perhaps the event overtook our own row: a later delivery finds it.
        Ok(None) => Err(refusal(StatusCode::NOT_FOUND, "no_such_order", "not ours (yet)")),
        Err(error) => {
            tracing::error!(%error, "the books cannot be written");
            Err(refusal(StatusCode::INTERNAL_SERVER_ERROR, "books", "try again"))
        }
    }
}

fn handle(row: &mut Row, webhook_id: &str, event: &Event) -> Result<(), &'static str> {
    if row.handled.iter().any(|handled| handled == webhook_id) {
        return Ok(());
    }
    if event.data.merchant_order_no != row.merchant_order_no {
        return Err("merchant_order_no");
    }
    // Signed events of another merchant's order are as genuine as ours.
    if event.data.mchid != row.mchid {
        return Err("mchid");
    }
    if event.data.amount.total != row.amount_fen || event.data.amount.currency != "CNY" {
        return Err("amount");
    }
    row.state = match (event.event_type.as_str(), row.state) {
        // Here a real shop ships, once, in the same transaction as this row.
        ("order.paid", books::State::AwaitingPayment) => books::State::Paid,
        ("order.closed", books::State::AwaitingPayment) => books::State::Closed,
        ("order.paid_late", books::State::AwaitingPayment | books::State::Closed) => {
            books::State::Refunding
        }
        ("order.refunded", _) => books::State::Refunded,
        // Events of later versions, and events that come after what they preceded.
        (_, state) => state,
    };
    row.handled.push(webhook_id.to_owned());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> Row {
        Row {
            merchant_order_no: "T1".into(),
            mchid: "1900000001".into(),
            sku: "sample".into(),
            quantity: 1,
            amount_fen: 1,
            state: books::State::AwaitingPayment,
            handled: vec![],
        }
    }

    fn event(event_type: &str, total: i64) -> Event {
        let amount = Amount { total, currency: "CNY".into() };
        let (merchant_order_no, mchid) = ("T1".into(), "1900000001".into());
        let data = Data { order_id: "o".into(), merchant_order_no, mchid, amount };
        Event { event_type: event_type.into(), data }
    }

    #[test]
    fn the_same_webhook_twice_moves_the_books_once() {
        let mut row = row();
        assert_eq!(handle(&mut row, "evt_1", &event("order.paid", 1)), Ok(()));
        assert_eq!(row.state, books::State::Paid);
        row.state = books::State::AwaitingPayment;
        assert_eq!(handle(&mut row, "evt_1", &event("order.paid", 1)), Ok(()));
        assert_eq!(row.state, books::State::AwaitingPayment);
    }

    #[test]
    fn another_amount_is_not_our_order() {
        let mut row = row();
        assert_eq!(handle(&mut row, "evt_1", &event("order.paid", 100)), Err("amount"));
        assert_eq!(row.state, books::State::AwaitingPayment);
    }

    #[test]
    fn another_merchants_payment_is_not_ours() {
        let mut row = row();
        let mut event = event("order.paid", 1);
        event.data.mchid = "1900000002".into();
        assert_eq!(handle(&mut row, "evt_1", &event), Err("mchid"));
        assert_eq!(row.state, books::State::AwaitingPayment);
    }

    #[test]
    fn a_paid_order_is_not_closed_by_an_old_event() {
        let mut row = row();
        handle(&mut row, "evt_1", &event("order.paid", 1)).unwrap();
        handle(&mut row, "evt_2", &event("order.closed", 1)).unwrap();
        assert_eq!(row.state, books::State::Paid);
    }
}
