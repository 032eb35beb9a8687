//! What must be true of the rows: always, once everything is quiet, and beside WeChat's own books.

use std::collections::BTreeMap;

use serde_json::Value;
use suanpan_simulator::world::{MessageFilter, MessageKind, World};

use crate::{Row, Snapshot};

/// Which orders count as paid, by the column that holds what is known about the money.
fn is_paid(order: &Row) -> bool {
    order.text("payment") != "unpaid"
}

/// At every instant.
pub(crate) fn always(rows: &Snapshot) -> Vec<String> {
    let mut wrong = Vec::new();
    for order in rows.rows("orders") {
        wrong.extend(paid_by_a_statement(rows, order));
        wrong.extend(ledger_agrees(rows, order));
        wrong.extend(events_agree(rows, order));
    }
    wrong
}

/// I01: paid only on a stored statement that agrees.
fn paid_by_a_statement(rows: &Snapshot, order: &Row) -> Option<String> {
    let number = order.get("paid_out_trade_no")?;
    let agrees = |seen: &Row| {
        seen.text("kind") == "transaction"
            && matches!(seen.text("state"), "SUCCESS" | "REFUND")
            && seen.get("mchid") == order.get("mchid")
            && seen.get("amount") == order.get("amount")
            && seen.get("wechat_id") == order.get("paid_transaction_id")
            && seen.get("order_id") == order.get("order_id")
    };
    let proven = rows.find("observations", "number", number).any(agrees);
    (!proven).then(|| format!("I01: no statement proves {order:?}"))
}

/// I12: what the ledger says WeChat holds for an order is what came minus what went back.
fn ledger_agrees(rows: &Snapshot, order: &Row) -> Option<String> {
    let order_id = order.text("order_id");
    let mut balances: BTreeMap<&str, i64> = BTreeMap::new();
    for posting in rows.find("postings", "order_id", order_id) {
        *balances.entry(posting.text("debit")).or_default() += posting.number("amount");
        *balances.entry(posting.text("credit")).or_default() -= posting.number("amount");
    }
    let came: i64 = rows
        .find("attempts", "order_id", order_id)
        .filter(|attempt| attempt.text("state") == "success")
        .map(|_| order.number("amount"))
        .sum();
    let went: i64 = rows
        .find("refunds", "order_id", order_id)
        .filter(|refund| refund.text("state") == "succeeded")
        .map(|refund| refund.number("amount"))
        .sum();
    let held = balances.get("received_at_wechat").copied().unwrap_or_default();
    let total: i64 = balances.values().sum();
    (held != came - went || total != 0)
        .then(|| format!("I12: {order_id} came {came}, went {went}, ledger {balances:?}"))
}

/// I09: an order that is paid or closed says so in exactly one event.
fn events_agree(rows: &Snapshot, order: &Row) -> Option<String> {
    let order_id = order.text("order_id");
    let count = |event_type: &str| {
        rows.find("events", "subject", order_id)
            .filter(|event| event.text("event_type") == event_type)
            .count()
    };
    let expected = [
        ("order.paid", usize::from(order.text("payment") == "paid")),
        ("order.paid_late", usize::from(order.text("payment") == "paid_late")),
        ("order.closed", usize::from(order.get("closed_at").is_some())),
        ("order.refunded", usize::from(order.text("state") == "refunded")),
    ];
    let differs = expected.into_iter().find(|(event, wanted)| count(event) != *wanted);
    differs.map(|(event, wanted)| format!("I09: {wanted} × {event} expected of {order:?}"))
}

/// When everything is quiet.
pub(crate) fn settled(rows: &Snapshot) -> Vec<String> {
    let jobs = rows.rows("jobs").iter().filter(|job| job.get("due_at").is_some());
    let left = jobs.map(|job| format!("L04: a job is left over: {job:?}"));
    let delivered = |row: &&Row| row.text("state") != "delivered";
    let undelivered = rows.rows("deliveries").iter().filter(delivered);
    let undelivered = undelivered.map(|row| format!("L02: not delivered: {row:?}"));
    let fanned_out = |event: &&Row| {
        let endpoints = rows.find("endpoints", "account", event.text("account")).count();
        rows.find("deliveries", "event_id", event.text("event_id")).count() != endpoints
    };
    let forgotten = rows.rows("events").iter().filter(fanned_out);
    let forgotten = forgotten.map(|event| format!("L02: not given to everybody: {event:?}"));
    let running = |refund: &&Row| matches!(refund.text("state"), "requested" | "processing");
    let refunds = rows.rows("refunds").iter().filter(running);
    let refunds = refunds.map(|refund| format!("L03: a refund has no end: {refund:?}"));
    left.chain(undelivered).chain(forgotten).chain(refunds).collect()
}

/// E01 and E02: the payments and refunds of both books are the same, to the fen.
pub(crate) fn agree(rows: &Snapshot, world: &World) -> Vec<String> {
    let mut wrong = Vec::new();
    for attempt in rows.rows("attempts") {
        let number = attempt.text("out_trade_no");
        let theirs = world.orders(usize::MAX).into_iter().find(|order| {
            order.out_trade_no.as_str() == number && order.mchid.as_str() == attempt.text("mchid")
        });
        let ours = (attempt.text("state") == "success").then(|| attempt.get("transaction_id"));
        let theirs = theirs.and_then(|order| order.transaction_id);
        if ours.flatten() != theirs.as_ref().map(suanpan_wechat::id::TransactionId::as_str) {
            wrong.push(format!("E01: WeChat says {theirs:?}, we say {attempt:?}"));
        }
    }
    for refund in rows.rows("refunds") {
        let theirs = world
            .refunds()
            .find(|theirs| theirs.out_refund_no.as_str() == refund.text("out_refund_no"));
        let status = theirs.map(|theirs| theirs.status.as_str());
        let amount = theirs.map(|theirs| theirs.refund.count());
        let ours = match refund.text("state") {
            "succeeded" => "SUCCESS",
            "abnormal" => "ABNORMAL",
            other => other,
        };
        if status != Some(ours) || amount != Some(refund.number("amount")) {
            wrong.push(format!("E02: WeChat says {status:?} {amount:?}, we say {refund:?}"));
        }
    }
    for order in rows.rows("orders").iter().filter(|order| !is_paid(order)) {
        let closed = order.get("closed_at").is_some();
        if !closed {
            wrong.push(format!("neither paid nor closed in the end: {order:?}"));
        }
    }
    wrong
}

/// I08: every notification we acknowledged is stored.
pub(crate) fn acknowledged(rows: &Snapshot, world: &World) -> Vec<String> {
    let of_kind = |kind| MessageFilter { kind: Some(kind), ..MessageFilter::default() };
    let answers = of_kind(MessageKind::NotifyAnswer);
    let accepted = world.messages(&answers).filter(|m| m.status.is_some_and(|s| s < 300));
    let sent = of_kind(MessageKind::Notify);
    let mut wrong = Vec::new();
    for answer in accepted {
        let message = world.messages(&sent).find(|m| Some(m.id) == answer.answers);
        let Some(content) = message.and_then(|message| message.decrypted.as_deref()) else {
            continue;
        };
        let content: Value = serde_json::from_str(content).expect("WeChat seals JSON");
        let number = content["out_refund_no"].as_str().or(content["out_trade_no"].as_str());
        let number = number.expect("a notification names what it is about");
        if rows.find("observations", "number", number).next().is_none() {
            wrong.push(format!("I08: acknowledged and not stored: {content}"));
        }
    }
    wrong
}
