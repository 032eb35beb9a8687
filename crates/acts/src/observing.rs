//! One path for every verified statement, wherever it came from (threat n17).

use suanpan_trade::{Order, observe};
use suanpan_wechat::{
    Timestamp, Verified,
    call::Outcome,
    error::ErrorCode,
    id::{Mchid, OutTradeNo},
    pay::{TradeState, Transaction, query::ByOutTradeNo},
    refund::Refund,
};

use crate::{
    ActError, Clock, Ports, WeChat, Write,
    change::ObservationRow,
    committing::{Change, change_order},
    ports::OrderRef,
    token::sha256_hex,
};

/// Applies a statement about a payment to the order it names.
///
/// # Errors
/// [`ActError::NotFound`] when no order has this number.
pub(crate) async fn apply_payment<P: Ports>(
    ports: &P,
    mchid: &Mchid,
    statement: &Verified<Transaction>,
    source: &str,
) -> Result<Order, ActError> {
    let order_ref = OrderRef::OutTradeNo(mchid.clone(), statement.get().out_trade_no.clone());
    let row = payment_row(statement, mchid, source, ports.clock().business_now());
    let change = Change::new("order.observe", source);
    let is_final = !matches!(
        statement.get().trade_state,
        TradeState::NotPay | TradeState::UserPaying | TradeState::PayError
    );
    let change = if is_final { change.with(Write::RecordObservation(row)) } else { change };
    change_order(ports, &order_ref, &change, |order, now| {
        Ok(observe::payment(order, statement, now))
    })
    .await
}

/// Applies a statement about a refund to the order that has it.
///
/// # Errors
/// [`ActError::NotFound`] when no refund has this number.
pub(crate) async fn apply_refund<P: Ports>(
    ports: &P,
    mchid: &Mchid,
    statement: &Verified<Refund>,
    source: &str,
) -> Result<Order, ActError> {
    let order_ref = OrderRef::OutRefundNo(mchid.clone(), statement.get().out_refund_no.clone());
    let row = refund_row(statement, mchid, source, ports.clock().business_now());
    let change = Change::new("refund.observe", source).with(Write::RecordObservation(row));
    change_order(ports, &order_ref, &change, |order, now| {
        Ok(observe::refund(order, statement, now))
    })
    .await
}

/// Asks WeChat about one attempt and applies the answer.
///
/// # Errors
/// [`ActError::WeChatUnknown`] when there is no believable answer: nothing was changed.
pub(crate) async fn query<P: Ports>(
    ports: &P,
    mchid: &Mchid,
    out_trade_no: &OutTradeNo,
) -> Result<Order, ActError> {
    let call = ByOutTradeNo { mchid: mchid.clone(), out_trade_no: out_trade_no.clone() };
    match ports.wechat().call(mchid, &call).await {
        Outcome::Success(statement) => apply_payment(ports, mchid, &statement, "query").await,
        Outcome::Rejected(rejection) if rejection.code == ErrorCode::OrderNotExist => {
            let order_ref = OrderRef::OutTradeNo(mchid.clone(), out_trade_no.clone());
            let change = Change::new("order.observe", "query");
            change_order(ports, &order_ref, &change, |order, now| {
                Ok(observe::absent(order, out_trade_no, now))
            })
            .await
        }
        Outcome::Rejected(rejection) => Err(ActError::WeChatRefused(rejection)),
        Outcome::Unknown(unknown) => Err(ActError::WeChatUnknown(unknown)),
    }
}

pub(crate) fn payment_row(
    statement: &Verified<Transaction>,
    mchid: &Mchid,
    source: &str,
    at: Timestamp,
) -> ObservationRow {
    let said = statement.get();
    row(ObservationRow {
        key: String::new(),
        order_id: None,
        mchid: mchid.clone(),
        kind: "transaction".to_owned(),
        number: said.out_trade_no.to_string(),
        state: said.trade_state.to_string(),
        wechat_id: said.transaction_id.as_ref().map(ToString::to_string),
        amount: said.amount.as_ref().map(|amount| amount.total),
        source: source.to_owned(),
        at,
    })
}

pub(crate) fn refund_row(
    statement: &Verified<Refund>,
    mchid: &Mchid,
    source: &str,
    at: Timestamp,
) -> ObservationRow {
    let said = statement.get();
    row(ObservationRow {
        key: String::new(),
        order_id: None,
        mchid: mchid.clone(),
        kind: "refund".to_owned(),
        number: said.out_refund_no.to_string(),
        state: said.status.to_string(),
        wechat_id: Some(said.refund_id.to_string()),
        amount: Some(said.amount.refund),
        source: source.to_owned(),
        at,
    })
}

/// The key is what was said, not how it came: a notification and a query that agree are one row.
fn row(row: ObservationRow) -> ObservationRow {
    let said =
        serde_json::json!([row.mchid, row.kind, row.number, row.state, row.wechat_id, row.amount]);
    ObservationRow { key: sha256_hex(said.to_string().as_bytes()), ..row }
}
