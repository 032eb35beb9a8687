//! An order as its merchant reads it.

use serde_json::{Map, Value};
use suanpan_trade::{
    Identity, LatePayment, Order, OrderState, Purpose, Refund, RefundState, order::OrderPayer,
};
use suanpan_wechat::{
    Fen, Timestamp,
    pay::{Currency, TradeType},
    text::Attach,
};

/// Money, in fen.
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Amount {
    pub(crate) total: Fen,
    #[serde(default)]
    pub(crate) currency: Currency,
}

/// Every member of an order; absent ones are left out.
#[derive(serde::Serialize)]
pub(super) struct OrderBody {
    #[serde(flatten)]
    head: OrderHead,
    #[serde(skip_serializing_if = "Option::is_none")]
    out_trade_no: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    transaction_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trade_type: Option<TradeType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payer_total: Option<Fen>,
    #[serde(skip_serializing_if = "Option::is_none")]
    paid_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    closed_at: Option<Timestamp>,
    refunded: Fen,
    pending_refund: Fen,
    refunds: Vec<RefundBody>,
}

/// What a list shows of an order.
#[derive(serde::Serialize)]
pub(super) struct OrderHead {
    order_id: String,
    merchant_order_no: String,
    state: &'static str,
    mchid: String,
    amount: Amount,
    description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    payer: Option<OrderPayer>,
    expires_at: Timestamp,
    late_payment: LatePayment,
    #[serde(skip_serializing_if = "Option::is_none")]
    attach: Option<Attach>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<Map<String, Value>>,
    created_at: Timestamp,
}

#[derive(serde::Serialize)]
struct RefundBody {
    refund_id: String,
    purpose: Purpose,
    state: RefundState,
    amount: Fen,
    out_refund_no: String,
    out_trade_no: String,
    created_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    succeeded_at: Option<Timestamp>,
}

impl OrderBody {
    pub(super) fn of(order: &Order) -> Self {
        let receipt = order.receipt();
        Self {
            head: OrderHead::of(&order.identity, order.state()),
            out_trade_no: receipt.map(|receipt| receipt.out_trade_no.to_string()),
            transaction_id: receipt.map(|receipt| receipt.transaction_id.to_string()),
            trade_type: receipt.map(|receipt| receipt.trade_type.clone()),
            payer_total: receipt.and_then(|receipt| receipt.payer_total),
            paid_at: receipt.map(|receipt| receipt.paid_at),
            closed_at: order.closed_at,
            refunded: order.refunded(),
            pending_refund: order.pending_refund(),
            refunds: order.refunds.iter().map(RefundBody::of).collect(),
        }
    }
}

impl OrderHead {
    pub(super) fn of(identity: &Identity, state: OrderState) -> Self {
        Self {
            order_id: identity.order_id.to_string(),
            merchant_order_no: identity.merchant_order_no.to_string(),
            state: state.as_str(),
            mchid: identity.mchid.to_string(),
            amount: Amount { total: identity.amount, currency: identity.currency },
            description: identity.description.as_str().to_owned(),
            payer: identity.payer.clone(),
            expires_at: identity.expires_at,
            late_payment: identity.late_payment,
            attach: identity.attach.clone(),
            metadata: identity.metadata.as_deref().and_then(|text| serde_json::from_str(text).ok()),
            created_at: identity.created_at,
        }
    }
}

impl RefundBody {
    fn of(refund: &Refund) -> Self {
        Self {
            refund_id: refund.refund_id.to_string(),
            purpose: refund.purpose,
            state: refund.state,
            amount: refund.amount,
            out_refund_no: refund.out_refund_no.to_string(),
            out_trade_no: refund.out_trade_no.to_string(),
            created_at: refund.created_at,
            succeeded_at: refund.succeeded_at,
        }
    }
}
