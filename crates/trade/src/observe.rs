//! What WeChat's signed statements do to an order. Every statement about a payment goes through
//! [`payment`], every statement about a refund through [`refund`](fn@refund), wherever it came from.

use suanpan_wechat::{
    Fen, Timestamp, Verified,
    id::OutTradeNo,
    pay::{TradeState, TradeType, Transaction},
    refund::{Refund as WechatRefund, RefundStatus},
};

use crate::{
    Attempt, AttemptState, Decision, Fact, LatePayment, Order, Payment, Purpose, RefundState,
    event::EventType,
    ledger::{LedgerAccount, Posting},
    order::{Alert, OrderState, Receipt},
};

/// How long after expiry "no such order" proves that an order can never be paid, in seconds: by
/// then even a delayed copy of our request is refused for its old signature.
pub const ABSENT_MARGIN_SECONDS: i64 = 600;

/// Applies a statement about a payment: from a notification, a query or a bill line.
///
/// `now` is business time. A statement that contradicts the order changes nothing and alerts; one
/// that says what is known already changes nothing at all.
pub fn payment(order: &Order, statement: &Verified<Transaction>, now: Timestamp) -> Decision {
    let transaction = statement.get();
    let mut decision = Decision::nothing(order);
    let Some(attempt) = decision.order.attempt_mut(&transaction.out_trade_no) else {
        decision.facts.push(mismatch(vec!["out_trade_no"]));
        return decision;
    };
    let differing = differences(order, attempt, transaction);
    // Asked and answered, whatever the answer: the schedule goes on, and the number is not absent.
    attempt.checked_at = Some(now);
    attempt.absent_at = None;
    if !differing.is_empty() {
        decision.facts.push(mismatch(differing));
        return decision;
    }
    match &transaction.trade_state {
        TradeState::Success | TradeState::Refund => return paid(order, decision, transaction, now),
        TradeState::Closed | TradeState::Revoked => {
            if attempt.is_live() {
                decision.facts.push(end(attempt, AttemptState::Closed { at: now }));
            }
        }
        TradeState::NotPay | TradeState::UserPaying | TradeState::PayError => {}
        other => {
            decision.facts.push(Fact::Alert(Alert::UnknownState { state: other.to_string() }));
        }
    }
    decision
}

/// Applies the signed answer that WeChat knows no such order.
///
/// It ends an attempt only when the order expired so long ago that no copy of our request can
/// still create it; before that it merely says that nothing is there yet.
pub fn absent(order: &Order, out_trade_no: &OutTradeNo, now: Timestamp) -> Decision {
    let mut decision = Decision::nothing(order);
    let conclusive = now >= order.identity.expires_at.plus(ABSENT_MARGIN_SECONDS);
    if let Some(attempt) = decision.order.attempt_mut(out_trade_no) {
        attempt.checked_at = Some(now);
        attempt.absent_at = Some(now);
        if conclusive && attempt.is_live() {
            let fact = end(attempt, AttemptState::Closed { at: now });
            decision.facts.push(fact);
        }
    }
    decision
}

/// Records WeChat's signed 204 to our close. It is followed by a query; only that closes.
pub fn close_answered(order: &Order, out_trade_no: &OutTradeNo, now: Timestamp) -> Decision {
    let mut decision = Decision::nothing(order);
    if let Some(attempt) = decision.order.attempt_mut(out_trade_no) {
        attempt.close_answered_at = Some(now);
        // What was asked before the close does not count, even within the same second.
        attempt.checked_at = None;
    }
    decision
}

/// Applies a statement about a refund. States only move forward: a late `PROCESSING` after
/// `SUCCESS` is old news (threat r05).
pub fn refund(order: &Order, statement: &Verified<WechatRefund>, now: Timestamp) -> Decision {
    let said = statement.get();
    let mut decision = Decision::nothing(order);
    let found =
        decision.order.refunds.iter_mut().find(|refund| refund.out_refund_no == said.out_refund_no);
    let Some(refund) = found else {
        decision.facts.push(mismatch(vec!["out_refund_no"]));
        return decision;
    };
    let differing: Vec<_> = [
        ("mchid", said.mchid.as_ref().is_none_or(|mchid| *mchid == order.identity.mchid)),
        ("transaction_id", said.transaction_id == refund.transaction_id),
        ("out_trade_no", said.out_trade_no == refund.out_trade_no),
        ("amount.refund", said.amount.refund == refund.amount),
    ]
    .into_iter()
    .filter_map(|(field, equal)| (!equal).then_some(field))
    .collect();
    if !differing.is_empty() {
        decision.facts.push(mismatch(differing));
        return decision;
    }
    let (next, event) = match said.status {
        RefundStatus::Processing => (RefundState::Processing, EventType::RefundProcessing),
        RefundStatus::Success => (RefundState::Succeeded, EventType::RefundSucceeded),
        RefundStatus::Closed => (RefundState::Closed, EventType::RefundClosed),
        RefundStatus::Abnormal => (RefundState::Abnormal, EventType::RefundAbnormal),
        ref other => {
            decision.facts.push(Fact::Alert(Alert::UnknownState { state: other.to_string() }));
            return decision;
        }
    };
    if !may_become(refund.state, next) {
        return decision;
    }
    let (from, purpose, refund_id) = (refund.state, refund.purpose, refund.refund_id.clone());
    let amount = refund.amount;
    refund.state = next;
    refund.wechat_refund_id = Some(said.refund_id.clone());
    if next == RefundState::Succeeded {
        refund.succeeded_at = Some(said.success_time.unwrap_or(now));
    }
    let facts = &mut decision.facts;
    facts.push(Fact::Moved {
        subject: format!("refund {refund_id}"),
        from: from.as_str(),
        to: next.as_str(),
    });
    facts.push(Fact::Happened { event, refund: Some(refund_id) });
    match next {
        RefundState::Succeeded => facts.push(Fact::Posted(Posting {
            debit: match purpose {
                Purpose::Merchant => LedgerAccount::Refunded,
                Purpose::LatePayment | Purpose::Excess => LedgerAccount::OwedToPayer,
            },
            credit: LedgerAccount::ReceivedAtWechat,
            amount,
        })),
        RefundState::Abnormal => facts.push(Fact::Alert(Alert::RefundAbnormal)),
        _ => {}
    }
    order_moved(order, decision)
}

fn may_become(from: RefundState, to: RefundState) -> bool {
    use RefundState::{Abnormal, Closed, Processing, Requested, Succeeded};
    match from {
        Requested => true,
        Processing => matches!(to, Succeeded | Closed | Abnormal),
        // An abnormal refund may still be led to an end by hand in WeChat's console.
        Abnormal => matches!(to, Succeeded | Closed),
        Succeeded | Closed => false,
    }
}

fn paid(
    order: &Order,
    mut decision: Decision,
    transaction: &Transaction,
    now: Timestamp,
) -> Decision {
    let Some(transaction_id) = transaction.transaction_id.clone() else {
        decision.facts.push(mismatch(vec!["transaction_id"]));
        return decision;
    };
    let another_has_it = order.attempts.iter().any(|other| {
        other.out_trade_no != transaction.out_trade_no
            && matches!(&other.state, AttemptState::Success { transaction_id: theirs } if *theirs == transaction_id)
    });
    let attempt = decision
        .order
        .attempt_mut(&transaction.out_trade_no)
        .expect("the caller found this attempt");
    match &attempt.state {
        // Known: a repeat changes nothing at all, not even the time of the last check.
        AttemptState::Success { transaction_id: known } if *known == transaction_id => {
            return Decision::nothing(order);
        }
        AttemptState::Success { .. } => {
            decision.facts.push(mismatch(vec!["transaction_id"]));
            return decision;
        }
        _ if another_has_it => {
            decision.facts.push(mismatch(vec!["transaction_id"]));
            return decision;
        }
        _ => {}
    }
    attempt.absent_at = None;
    let moved = end(attempt, AttemptState::Success { transaction_id: transaction_id.clone() });
    let receipt = Receipt {
        out_trade_no: transaction.out_trade_no.clone(),
        transaction_id,
        appid: transaction.appid.clone(),
        trade_type: transaction.trade_type.clone().unwrap_or(TradeType::Jsapi),
        payer_total: transaction.amount.as_ref().and_then(|amount| amount.payer_total),
        paid_at: transaction.success_time.unwrap_or(now),
    };
    decision.facts.push(moved);
    keep_or_return(order, decision, receipt)
}

/// One payment is kept, while the order is open or by policy; every other one goes back (I04, I17).
fn keep_or_return(order: &Order, mut decision: Decision, receipt: Receipt) -> Decision {
    let amount = order.identity.amount;
    let arrives =
        |credit| Fact::Posted(Posting { debit: LedgerAccount::ReceivedAtWechat, credit, amount });
    let goes_back = |purpose| Fact::RefundDue {
        purpose,
        out_trade_no: receipt.out_trade_no.clone(),
        transaction_id: receipt.transaction_id.clone(),
        amount,
    };
    let facts = &mut decision.facts;
    match (&order.payment, order.closed_at, order.identity.late_payment) {
        (Payment::Paid(_) | Payment::PaidLate(_), ..) => {
            facts.push(arrives(LedgerAccount::OwedToPayer));
            facts.push(Fact::Alert(Alert::ExcessPayment));
            facts.push(goes_back(Purpose::Excess));
        }
        (Payment::Unpaid, None, _) => {
            facts.push(arrives(LedgerAccount::Receivable));
            facts.push(Fact::Happened { event: EventType::OrderPaid, refund: None });
            decision.order.payment = Payment::Paid(receipt);
        }
        (Payment::Unpaid, Some(_), policy) => {
            facts.push(Fact::Happened { event: EventType::OrderPaidLate, refund: None });
            match policy {
                LatePayment::Honour => facts.push(arrives(LedgerAccount::Receivable)),
                LatePayment::Refund => {
                    facts.push(arrives(LedgerAccount::OwedToPayer));
                    facts.push(goes_back(Purpose::LatePayment));
                }
            }
            decision.order.payment = Payment::PaidLate(receipt);
        }
    }
    order_moved(order, decision)
}

fn order_moved(before: &Order, mut decision: Decision) -> Decision {
    let (from, to) = (before.state(), decision.order.state());
    if from != to {
        let subject = "order".to_owned();
        decision.facts.push(Fact::Moved { subject, from: from.as_str(), to: to.as_str() });
        if to == OrderState::Refunded {
            decision.facts.push(Fact::Happened { event: EventType::OrderRefunded, refund: None });
        }
    }
    decision
}

/// The members that differ between a statement and what was ordered (invariant I01).
fn differences(order: &Order, attempt: &Attempt, transaction: &Transaction) -> Vec<&'static str> {
    let amount = transaction.amount.as_ref();
    let total_agrees = |total: Fen| total == order.identity.amount;
    [
        ("mchid", transaction.mchid == order.identity.mchid),
        ("appid", transaction.appid == attempt.appid),
        // An unpaid order may come without amount; a paid one without it proves nothing.
        (
            "amount.total",
            amount.map_or(!transaction.trade_state.is_paid(), |amount| total_agrees(amount.total)),
        ),
        (
            "amount.currency",
            amount
                .and_then(|amount| amount.currency.as_deref())
                .is_none_or(|currency| currency == "CNY"),
        ),
    ]
    .into_iter()
    .filter_map(|(field, equal)| (!equal).then_some(field))
    .collect()
}

fn end(attempt: &mut Attempt, state: AttemptState) -> Fact {
    let from = attempt.state.name();
    attempt.state = state;
    Fact::Moved {
        subject: format!("attempt {}", attempt.out_trade_no),
        from,
        to: attempt.state.name(),
    }
}

fn mismatch(fields: Vec<&'static str>) -> Fact {
    Fact::Alert(Alert::Mismatch { fields })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        RefundIntentId,
        id::AccountId,
        order::Fact,
        testing::{T0, number, order, payer, refund_statement, sent, transaction},
    };

    fn events(decision: &Decision) -> Vec<EventType> {
        decision
            .facts
            .iter()
            .filter_map(|fact| match fact {
                Fact::Happened { event, .. } => Some(*event),
                _ => None,
            })
            .collect()
    }

    fn pay(order: &Order, out_trade_no: &str) -> Decision {
        payment(order, &transaction(out_trade_no, "SUCCESS", |_| {}), T0.plus(60))
    }

    fn closed(out_trade_no: &str) -> Order {
        let order = sent(out_trade_no);
        let late = T0.plus(1800);
        let order = payment(&order, &transaction(out_trade_no, "CLOSED", |_| {}), late).order;
        order.close(late).unwrap().order
    }

    #[test]
    fn success_pays_once_and_a_repeat_changes_nothing() {
        let first = pay(&sent("number1"), "number1");
        assert_eq!(first.order.state(), OrderState::Paid);
        assert_eq!(events(&first), [EventType::OrderPaid]);
        let again = pay(&first.order, "number1");
        assert_eq!(again, Decision { order: first.order, facts: vec![] });
    }

    #[test]
    fn n11_every_compared_member_must_agree() {
        type Swap = fn(&mut serde_json::Value);
        let swaps: [(&str, Swap); 5] = [
            ("mchid", |body| body["mchid"] = "1900009999".into()),
            ("appid", |body| body["appid"] = "wx0000000000000000".into()),
            ("amount.total", |body| body["amount"]["total"] = 1.into()),
            ("amount.total", |body| body["amount"] = serde_json::Value::Null),
            ("amount.currency", |body| body["amount"]["currency"] = "HKD".into()),
        ];
        for (field, swap) in swaps {
            let order = sent("number1");
            let decision = payment(&order, &transaction("number1", "SUCCESS", swap), T0);
            assert_eq!(decision.facts, [Fact::Alert(Alert::Mismatch { fields: vec![field] })]);
            assert_eq!(decision.order.payment, Payment::Unpaid);
            assert_eq!(decision.order.attempts[0].state, order.attempts[0].state);
        }
    }

    #[test]
    fn n12_a_coupon_does_not_make_an_order_unpaid() {
        let coupon =
            transaction("number1", "SUCCESS", |body| body["amount"]["payer_total"] = 60.into());
        let decision = payment(&sent("number1"), &coupon, T0);
        assert_eq!(decision.order.state(), OrderState::Paid);
        let payer_total = decision.order.receipt().and_then(|receipt| receipt.payer_total);
        assert_eq!(payer_total, Some(Fen::new(60).unwrap()));
    }

    #[test]
    fn paid_never_reverts() {
        let paid = pay(&sent("number1"), "number1").order;
        for state in ["NOTPAY", "CLOSED", "REVOKED", "PAYERROR", "BRAND_NEW"] {
            let decision = payment(&paid, &transaction("number1", state, |_| {}), T0.plus(90));
            assert_eq!(decision.order.state(), OrderState::Paid, "{state}");
            assert_eq!(decision.order.attempts[0].state, paid.attempts[0].state, "{state}");
        }
    }

    #[test]
    fn o10_money_after_closing_is_paid_late_and_goes_back() {
        let late = pay(&closed("number1"), "number1");
        assert_eq!(late.order.state(), OrderState::PaidLate);
        assert_eq!(events(&late), [EventType::OrderPaidLate]);
        let due = late.facts.iter().any(|fact| {
            matches!(fact, Fact::RefundDue { purpose: Purpose::LatePayment, amount, .. } if amount.count() == 100)
        });
        assert!(due, "{:?}", late.facts);
    }

    #[test]
    fn money_after_closing_may_be_honoured() {
        let mut order = closed("number1");
        order.identity.late_payment = LatePayment::Honour;
        let late = pay(&order, "number1");
        assert_eq!(late.order.state(), OrderState::Paid);
        assert!(!late.facts.iter().any(|fact| matches!(fact, Fact::RefundDue { .. })));
    }

    #[test]
    fn o07_a_second_payment_is_kept_flagged_and_returned() {
        let first = sent("number1");
        let both = crate::pay::start(&first, &payer("o2"), number("number2"), vec![], T0).order;
        let paid = pay(&both, "number1").order;
        let excess = pay(&paid, "number2");
        assert_eq!(excess.order.receipt(), paid.receipt());
        assert!(excess.facts.contains(&Fact::Alert(Alert::ExcessPayment)));
        assert!(
            excess
                .facts
                .iter()
                .any(|fact| matches!(fact, Fact::RefundDue { purpose: Purpose::Excess, .. }))
        );
        assert_eq!(events(&excess), []);
    }

    #[test]
    fn one_transaction_cannot_pay_two_attempts() {
        let first = sent("number1");
        let both = crate::pay::start(&first, &payer("o2"), number("number2"), vec![], T0).order;
        let paid = pay(&both, "number1").order;
        let same =
            transaction("number2", "SUCCESS", |body| body["transaction_id"] = "4200number1".into());
        let decision = payment(&paid, &same, T0);
        assert_eq!(
            decision.facts,
            [Fact::Alert(Alert::Mismatch { fields: vec!["transaction_id"] })]
        );
    }

    #[test]
    fn absence_closes_only_long_after_expiry() {
        let order = sent("number1");
        let early = absent(
            &order,
            &number("number1"),
            order.identity.expires_at.plus(ABSENT_MARGIN_SECONDS - 1),
        );
        assert!(early.order.attempts[0].is_live());
        let late = absent(
            &order,
            &number("number1"),
            order.identity.expires_at.plus(ABSENT_MARGIN_SECONDS),
        );
        assert!(!late.order.attempts[0].is_live());
    }

    #[test]
    fn an_order_closes_only_when_every_attempt_has_ended() {
        let order = sent("number1");
        let late = order.identity.expires_at;
        assert!(order.close(late).is_err(), "the attempt may still be paid");
        assert!(self::order().close(late).is_ok(), "nothing was ever sent");
        assert!(self::order().close(late.plus(-1)).is_err(), "its time is not over");
    }

    fn refunding() -> Order {
        let mut order = pay(&closed("number1"), "number1").order;
        let receipt = order.receipt().unwrap().clone();
        order.refunds.push(crate::Refund {
            refund_id: RefundIntentId::mint(&AccountId::new("acme").unwrap(), [1; 16]),
            purpose: Purpose::LatePayment,
            out_trade_no: receipt.out_trade_no,
            transaction_id: receipt.transaction_id,
            amount: order.identity.amount,
            out_refund_no: "refund1".parse().unwrap(),
            body: vec![],
            state: RefundState::Requested,
            wechat_refund_id: None,
            created_at: T0,
            succeeded_at: None,
        });
        order
    }

    #[test]
    fn r05_refund_statements_merge_in_any_order() {
        let order = refunding();
        let statements = ["PROCESSING", "SUCCESS", "PROCESSING"];
        let mut current = order;
        let mut seen = vec![];
        for status in statements {
            let decision = refund(&current, &refund_statement(&current.refunds[0], status), T0);
            seen.extend(events(&decision));
            current = decision.order;
        }
        assert_eq!(current.refunds[0].state, RefundState::Succeeded);
        assert_eq!(current.state(), OrderState::Refunded);
        assert_eq!(
            seen,
            [EventType::RefundProcessing, EventType::RefundSucceeded, EventType::OrderRefunded]
        );
    }

    #[test]
    fn a_refund_gets_a_new_number_only_after_a_signed_closed() {
        let order = refunding();
        let mut refund_row = order.refunds[0].clone();
        for state in [
            RefundState::Requested,
            RefundState::Processing,
            RefundState::Succeeded,
            RefundState::Abnormal,
        ] {
            refund_row.state = state;
            assert!(refund_row.renumber("refund2".parse().unwrap(), vec![]).is_err(), "{state:?}");
        }
        let closed = refund(&order, &refund_statement(&order.refunds[0], "CLOSED"), T0).order;
        let mut refund_row = closed.refunds[0].clone();
        assert!(refund_row.renumber("refund2".parse().unwrap(), vec![]).is_ok());
        assert_eq!(refund_row.state, RefundState::Requested);
    }
}
