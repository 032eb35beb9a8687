//! What the merchant's backend reads.

use suanpan_trade::{Order, Refund, event::EventType};
use suanpan_wechat::Timestamp;

use crate::Ports;

/// The event as the merchant's backend reads it. It carries everything needed to check amount and
/// recipient without trusting anything else (threat w09).
pub(crate) fn payload<P: Ports>(
    ports: &P,
    order: &Order,
    event_type: EventType,
    refund: Option<&Refund>,
    now: Timestamp,
) -> String {
    let identity = &order.identity;
    let receipt = order.receipt();
    let refund = refund.map(|refund| {
        serde_json::json!({
            "refund_id": refund.refund_id,
            "out_refund_no": refund.out_refund_no,
            "transaction_id": refund.transaction_id,
            "purpose": refund.purpose,
            "amount": refund.amount,
            "state": refund.state,
            "succeeded_at": refund.succeeded_at,
        })
    });
    let mut data = serde_json::json!({
        "environment": ports.directory().environment,
        "account": identity.account,
        "mchid": identity.mchid,
        "order_id": identity.order_id,
        "merchant_order_no": identity.merchant_order_no,
        "out_trade_no": receipt.map(|receipt| &receipt.out_trade_no),
        "transaction_id": receipt.map(|receipt| &receipt.transaction_id),
        "amount": { "total": identity.amount, "currency": identity.currency },
        "payer_total": receipt.and_then(|receipt| receipt.payer_total),
        "trade_type": receipt.map(|receipt| &receipt.trade_type),
        "paid_at": receipt.map(|receipt| receipt.paid_at),
        "state": order.state().as_str(),
        "refund": refund,
    });
    if let Some(members) = data.as_object_mut() {
        members.retain(|_, value| !value.is_null());
    }
    serde_json::json!({ "type": event_type, "timestamp": now, "data": data }).to_string()
}
