//! From a decision to a change set: the one place where facts become rows.

use suanpan_trade::{
    Decision, Fact, Order, OrderState, Purpose, Refund, RefundIntentId, RefundState,
    event::EventType,
    id::{EventId, encode},
    order::Alert,
    watch::{self, Step},
};
use suanpan_wechat::{
    Fen, Timestamp,
    id::{OutRefundNo, OutTradeNo, TransactionId},
    refund,
};

use crate::{
    ActError, ChangeSet, Clock, Guard, Job, Nonces, Ports, Store, Write,
    change::{AlertRow, Commit, EventRow, ObservationRow, PostingRow, TransitionRow},
    directory::NotifyRoute,
    ports::OrderRef,
};

/// A conflict means that somebody else committed first; more than this many in a row is a crowd.
const MAX_CONFLICTS: usize = 8;

/// What a change is called, and what caused it.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    pub(crate) name: &'static str,
    /// `notification …`, `query`, `payer`, `merchant`, `clock`.
    pub(crate) cause: String,
    /// Written in the same transaction, whatever is decided.
    pub(crate) with: Vec<Write>,
}

impl Change {
    pub(crate) fn new(name: &'static str, cause: impl Into<String>) -> Self {
        Self { name, cause: cause.into(), with: Vec::new() }
    }

    pub(crate) fn with(mut self, write: Write) -> Self {
        self.with.push(write);
        self
    }
}

/// Loads an order, decides, commits; again when somebody else was faster.
///
/// `decide` is pure and may run several times. A decision that changes nothing commits nothing.
pub(crate) async fn change_order<P: Ports>(
    ports: &P,
    order_ref: &OrderRef,
    change: &Change,
    decide: impl Fn(&Order, Timestamp) -> Result<Decision, ActError> + Send + Sync,
) -> Result<Order, ActError> {
    for _ in 0..MAX_CONFLICTS {
        let order = ports.store().load(order_ref).await?.ok_or(ActError::NotFound("order"))?;
        let decision = decide(&order, ports.clock().business_now())?;
        if let Some(order) = commit_decision(ports, &order, decision, change).await? {
            return Ok(order);
        }
    }
    Err(ActError::Busy)
}

/// Commits one decision about `before`. `None` means conflict.
pub(crate) async fn commit_decision<P: Ports>(
    ports: &P,
    before: &Order,
    decision: Decision,
    change: &Change,
) -> Result<Option<Order>, ActError> {
    let now = ports.clock().business_now();
    let Decision { order: mut after, facts } = decision;
    if after == *before && facts.is_empty() && before.version > 0 {
        return Ok(Some(after));
    }
    let mut writes = Vec::new();
    let mut events = Vec::new();
    for fact in facts {
        match fact {
            Fact::Moved { subject, from, to } => {
                writes.push(Write::RecordTransition(TransitionRow {
                    order_id: after.identity.order_id.clone(),
                    subject,
                    from: from.to_owned(),
                    to: to.to_owned(),
                    cause: change.cause.clone(),
                    at: now,
                }))
            }
            Fact::Happened { event, refund } => events.push((event, refund)),
            Fact::Posted(posting) => {
                let order_id = after.identity.order_id.clone();
                writes.push(Write::Post(PostingRow { order_id, posting, at: now }));
            }
            Fact::RefundDue { purpose, out_trade_no, transaction_id, amount } => {
                let refund =
                    request_refund(ports, &after, purpose, out_trade_no, transaction_id, amount);
                let (order_id, refund_id) =
                    (after.identity.order_id.clone(), refund.refund_id.clone());
                writes.push(Write::Schedule(Job::Refund { order_id, refund_id }, now));
                after.refunds.push(refund);
            }
            Fact::Alert(alert) => writes.push(Write::RecordAlert(alert_row(&after, &alert, now))),
        }
    }
    for (event_type, refund_id) in events {
        let event = event_row(ports, &after, event_type, refund_id.as_ref(), now);
        writes.push(Write::Schedule(Job::FanOut { event_id: event.event_id.clone() }, now));
        writes.push(Write::Emit(event));
    }
    if let Some(due_at) = watch_due(&after, now) {
        let order_id = after.identity.order_id.clone();
        writes.push(Write::Schedule(Job::Watch { order_id }, due_at));
    }
    let guard =
        Guard::OrderVersion { order_id: after.identity.order_id.clone(), expected: before.version };
    after.version = before.version + 1;
    let mut all = changed_rows(before, &after);
    all.append(&mut writes);
    all.extend(change.with.iter().cloned().map(|write| match write {
        Write::RecordObservation(row) => {
            let order_id = Some(after.identity.order_id.clone());
            Write::RecordObservation(ObservationRow { order_id, ..row })
        }
        other => other,
    }));
    let changes = ChangeSet { name: change.name, guards: vec![guard], writes: all };
    match ports.store().commit(changes).await? {
        Commit::Done => Ok(Some(after)),
        Commit::Conflict => Ok(None),
    }
}

/// When the watch of an order is next due, if ever.
pub(crate) fn watch_due(order: &Order, now: Timestamp) -> Option<Timestamp> {
    match watch::next(order, now) {
        Step::Done => None,
        Step::Wait(due_at) => Some(due_at),
        Step::Query(_) | Step::Close(_) | Step::CloseOrder => Some(now),
    }
}

/// The rows that differ. Attempts and refunds are never deleted.
fn changed_rows(before: &Order, after: &Order) -> Vec<Write> {
    let (order_id, mchid) = (&after.identity.order_id, &after.identity.mchid);
    let attempts = after
        .attempts
        .iter()
        .filter(|attempt| before.attempt(&attempt.out_trade_no) != Some(attempt))
        .map(|attempt| {
            Write::PutAttempt(order_id.clone(), mchid.clone(), Box::new(attempt.clone()))
        });
    let refunds =
        after.refunds.iter().filter(|refund| before.refund(&refund.refund_id) != Some(refund)).map(
            |refund| Write::PutRefund(order_id.clone(), mchid.clone(), Box::new(refund.clone())),
        );
    std::iter::once(Write::PutOrder(Box::new(after.clone())))
        .chain(attempts)
        .chain(refunds)
        .collect()
}

/// A refund intent with its number and its body, stored before anything is sent (I06, I07).
fn request_refund<P: Ports>(
    ports: &P,
    order: &Order,
    purpose: Purpose,
    out_trade_no: OutTradeNo,
    transaction_id: TransactionId,
    amount: Fen,
) -> Refund {
    let out_refund_no = mint_out_refund_no(ports);
    Refund {
        refund_id: RefundIntentId::mint(&order.identity.account, ports.nonces().bytes()),
        purpose,
        body: refund_body(ports, order, &transaction_id, &out_refund_no, amount),
        out_trade_no,
        transaction_id,
        amount,
        out_refund_no,
        state: RefundState::Requested,
        wechat_refund_id: None,
        created_at: ports.clock().business_now(),
        succeeded_at: None,
    }
}

pub(crate) fn mint_out_refund_no<P: Ports>(ports: &P) -> OutRefundNo {
    OutRefundNo::new(encode(&ports.nonces().bytes::<20>()))
        .expect("32 letters and digits are a refund number")
}

pub(crate) fn refund_body<P: Ports>(
    ports: &P,
    order: &Order,
    transaction_id: &TransactionId,
    out_refund_no: &OutRefundNo,
    amount: Fen,
) -> Vec<u8> {
    let identity = &order.identity;
    refund::Order {
        transaction_id: transaction_id.clone(),
        out_refund_no: out_refund_no.clone(),
        reason: None,
        notify_url: ports.directory().notify_url(
            &identity.account,
            &identity.mchid,
            NotifyRoute::Refund,
        ),
        amount: refund::Amount {
            refund: amount,
            total: identity.amount,
            currency: identity.currency,
        },
    }
    .to_body()
}

fn event_row<P: Ports>(
    ports: &P,
    order: &Order,
    event_type: EventType,
    refund_id: Option<&RefundIntentId>,
    now: Timestamp,
) -> EventRow {
    let refund = refund_id.and_then(|refund_id| order.refund(refund_id));
    let subject =
        refund_id.map_or_else(|| order.identity.order_id.to_string(), ToString::to_string);
    EventRow {
        event_id: EventId::mint(&order.identity.account, ports.nonces().bytes()),
        subject,
        event_type,
        payload: payload(ports, order, event_type, refund, now),
        created_at: now,
    }
}

/// The event as the merchant's backend reads it. It carries everything needed to check amount and
/// recipient without trusting anything else (threat w09).
fn payload<P: Ports>(
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

fn alert_row(order: &Order, alert: &Alert, now: Timestamp) -> AlertRow {
    let (kind, detail) = match alert {
        Alert::Mismatch { fields } => {
            ("mismatch", format!("WeChat names other values for {}", fields.join(", ")))
        }
        Alert::ExcessPayment => {
            ("excess_payment", "a second payment arrived and is being refunded".to_owned())
        }
        Alert::UnknownState { state } => {
            ("unknown_state", format!("WeChat names the unknown state {state:?}"))
        }
        Alert::RefundAbnormal => {
            ("refund_abnormal", "WeChat could not return the money".to_owned())
        }
    };
    tracing::warn!(order.id = %order.identity.order_id, alert = kind, "{detail}");
    AlertRow {
        account: order.identity.account.clone(),
        order_id: Some(order.identity.order_id.clone()),
        kind: kind.to_owned(),
        detail,
        at: now,
    }
}

/// An order about to be stored for the first time.
pub(crate) async fn commit_new_order<P: Ports>(
    ports: &P,
    order: Order,
    change: &Change,
) -> Result<Option<Order>, ActError> {
    debug_assert_eq!(order.state(), OrderState::Open, "orders are born open");
    let decision = Decision { order: order.clone(), facts: Vec::new() };
    commit_decision(ports, &order, decision, change).await
}
