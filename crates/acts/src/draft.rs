//! From facts to rows: the one place where a decision becomes a change set.

use suanpan_trade::{
    Fact, Order, Purpose, Refund, RefundIntentId, RefundState,
    event::EventType,
    id::{EventId, encode},
    order::Alert,
};
use suanpan_wechat::{
    Fen, Timestamp,
    id::{OutRefundNo, OutTradeNo, TransactionId},
    refund,
};

use crate::{
    ChangeSet, Clock, Guard, Job, Nonces, Ports, Write,
    change::{AlertRow, EventRow, ObservationRow, PostingRow, TransitionRow},
    committing::{Change, watch_due},
    directory::NotifyRoute,
    payload::payload,
};

/// A change set being drawn up for one order.
pub(crate) struct Draft<'a, P> {
    ports: &'a P,
    change: &'a Change,
    now: Timestamp,
    after: Order,
    writes: Vec<Write>,
    events: Vec<(EventType, Option<RefundIntentId>)>,
}

impl<'a, P: Ports> Draft<'a, P> {
    pub(crate) fn new(ports: &'a P, after: Order, change: &'a Change) -> Self {
        let now = ports.clock().business_now();
        Self { ports, change, now, after, writes: Vec::new(), events: Vec::new() }
    }

    /// Turns one fact into rows. Events wait until the end, so that each shows the order as it
    /// will be stored.
    pub(crate) fn record(&mut self, fact: Fact) {
        let order_id = self.after.identity.order_id.clone();
        match fact {
            Fact::Moved { subject, from, to } => {
                self.writes.push(Write::RecordTransition(TransitionRow {
                    order_id,
                    subject,
                    from: from.to_owned(),
                    to: to.to_owned(),
                    cause: self.change.cause.clone(),
                    at: self.now,
                }));
            }
            Fact::Happened { event, refund } => self.events.push((event, refund)),
            Fact::Posted(posting) => {
                self.writes.push(Write::Post(PostingRow { order_id, posting, at: self.now }));
            }
            Fact::RefundDue { purpose, out_trade_no, transaction_id, amount } => {
                let refund = request_refund(
                    self.ports,
                    &self.after,
                    purpose,
                    out_trade_no,
                    transaction_id,
                    amount,
                );
                let refund_id = refund.refund_id.clone();
                self.writes.push(Write::Schedule(Job::Refund { order_id, refund_id }, self.now));
                self.after.refunds.push(refund);
            }
            Fact::Alert(alert) => {
                self.writes.push(Write::RecordAlert(alert_row(&self.after, &alert, self.now)));
            }
        }
    }

    /// The order as it will be, and everything that is written with it.
    pub(crate) fn finish(mut self, before: &Order) -> (Order, ChangeSet) {
        for (event_type, refund_id) in std::mem::take(&mut self.events) {
            let event =
                event_row(self.ports, &self.after, event_type, refund_id.as_ref(), self.now);
            self.writes
                .push(Write::Schedule(Job::FanOut { event_id: event.event_id.clone() }, self.now));
            self.writes.push(Write::Emit(event));
        }
        let order_id = self.after.identity.order_id.clone();
        if let Some(due_at) = watch_due(&self.after, self.now) {
            self.writes.push(Write::Schedule(Job::Watch { order_id: order_id.clone() }, due_at));
        }
        self.writes.extend(self.change.with.iter().cloned().map(|write| match write {
            Write::RecordObservation(row) => {
                Write::RecordObservation(ObservationRow { order_id: Some(order_id.clone()), ..row })
            }
            other => other,
        }));
        self.after.version = before.version + 1;
        let mut writes = changed_rows(before, &self.after);
        writes.append(&mut self.writes);
        let guards = vec![Guard::OrderVersion { order_id, expected: before.version }];
        (self.after, ChangeSet { name: self.change.name, guards, writes })
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
    let amount = refund::Amount::new(amount, identity.amount)
        .expect("trade gives back at least one fen and at most what was ordered");
    let payment = refund::Payment::TransactionId(transaction_id.clone());
    let directory = ports.directory();
    refund::Order {
        notify_url: Some(directory.notify_url(
            &identity.account,
            &identity.mchid,
            NotifyRoute::Refund,
        )),
        ..refund::Order::new(payment, out_refund_no.clone(), amount)
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
    // A refund that got a new number after CLOSED may be accepted or closed once more.
    let subject = refund.map_or_else(
        || order.identity.order_id.to_string(),
        |refund| format!("{}/{}", refund.refund_id, refund.out_refund_no),
    );
    EventRow {
        event_id: EventId::mint(&order.identity.account, ports.nonces().bytes()),
        subject,
        event_type,
        payload: payload(ports, order, event_type, refund, now),
        created_at: now,
    }
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
