//! Orders, events and keys: what a change set promises, on every engine.

use suanpan_acts::{
    ChangeSet, Guard, Store, StoreError, Write,
    change::{Commit, Settle},
    job::LeaseToken,
    ports::{EventsAfter, OrderRef, OrdersOf},
};
use suanpan_trade::{Order, OrderState, RefundState, ledger::LedgerAccount};
use suanpan_wechat::Fen;

use crate::world::{
    account, alert, at, attempt, changes, commit, endpoint_id, event, event_id, identity, load,
    mchid, move_attempt, new_order, observation, on_every_engine, order_id, out_refund_no,
    out_trade_no, pay, posting, refund, transition, unguarded, watch,
};

#[test]
fn an_aggregate_comes_back_as_it_was_written() {
    on_every_engine!(aggregates_come_back);
}

#[test]
fn a_change_set_is_written_whole_or_not_at_all() {
    on_every_engine!(all_or_nothing);
}

#[test]
fn i02_the_identity_of_an_order_never_changes() {
    on_every_engine!(identity_is_fixed);
}

#[test]
fn i04_a_payment_belongs_to_one_attempt() {
    on_every_engine!(payments_are_unique);
}

#[test]
fn an_attempt_may_be_written_again_after_its_payment() {
    on_every_engine!(paid_attempts_are_rewritten);
}

#[test]
fn i09_an_event_exists_once_for_a_subject_and_type() {
    on_every_engine!(events_are_unique);
}

#[test]
fn numbers_are_unique_where_wechat_or_the_merchant_looks() {
    on_every_engine!(numbers_are_unique);
}

#[test]
fn a_malformed_change_set_is_refused() {
    on_every_engine!(malformed);
}

#[test]
fn events_are_read_in_the_order_they_were_written() {
    on_every_engine!(events_in_order);
}

/// Goal: nothing is lost on the way to the disk and back. Method: every state of an attempt and a
/// refund, with every optional member present and absent.
async fn aggregates_come_back<S: Store>(store: &S) {
    let mut order = Order::open(identity(0, 1, 1));
    for kind in 0..15 {
        let mut next = attempt(kind);
        move_attempt(&mut next, kind, kind);
        order.attempts.push(next);
    }
    for n in 0..5 {
        order.refunds.push(refund(0, n, n));
    }
    order.refunds[1].state = RefundState::Succeeded;
    order.refunds[1].succeeded_at = Some(at(77));
    pay(&mut order, 20, 20);
    commit(store, changes(None, &order, Vec::new())).await;
    order.version = 1;
    assert_eq!(load(store, &order_id(0, 1)).await, order);
    assert_eq!(order.state(), OrderState::PartlyRefunded);

    let by = [
        OrderRef::MerchantOrderNo(account(0), order.identity.merchant_order_no.clone()),
        OrderRef::OutTradeNo(mchid(0), out_trade_no(7)),
        OrderRef::OutRefundNo(mchid(0), out_refund_no(3)),
    ];
    for order_ref in by {
        assert_eq!(store.load(&order_ref).await.unwrap().as_ref(), Some(&order), "{order_ref:?}");
    }
    for foreign in [
        OrderRef::Id(order_id(1, 1)),
        OrderRef::MerchantOrderNo(account(1), order.identity.merchant_order_no.clone()),
        OrderRef::OutTradeNo(mchid(1), out_trade_no(7)),
        OrderRef::OutRefundNo(mchid(1), out_refund_no(3)),
    ] {
        assert_eq!(store.load(&foreign).await.unwrap(), None, "{foreign:?}");
    }
    let listed = store.read(OrdersOf { account: account(0), after: None, limit: 9 }).await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!((&listed[0].identity, listed[0].state), (&order.identity, order.state()));
}

/// Goal: no part of a change set survives its conflict. Method: put the conflict at the very end.
async fn all_or_nothing<S: Store>(store: &S) {
    commit(store, unguarded(vec![Write::Emit(event(0, 1, 1, 0))])).await;
    let order = Order::open(identity(0, 1, 1));
    let id = &order.identity.order_id;
    let with = |event| {
        vec![
            Write::RecordTransition(transition(id.clone())),
            Write::Post(posting(id.clone())),
            Write::RecordObservation(observation(1, Some(id.clone()))),
            Write::RecordAlert(alert(0, Some(id.clone()))),
            Write::Schedule(watch(0, 1), at(0)),
            Write::Emit(event),
        ]
    };
    let conflict = changes(None, &order, with(event(0, 2, 1, 0)));
    assert_eq!(store.commit(conflict).await.unwrap(), Commit::Conflict);
    assert_eq!(store.load(&OrderRef::Id(id.clone())).await.unwrap(), None);
    let claimed = store.claim(suanpan_acts::Queue::WeChat, at(9), 9).await.unwrap();
    assert_eq!(claimed, []);
    commit(store, changes(None, &order, with(event(0, 2, 1, 1)))).await;
}

fn is_refused(outcome: Result<Commit, StoreError>, why: &str) {
    match outcome {
        Err(StoreError::Corrupt(text)) if text.contains(why) => {}
        other => panic!("{other:?} should have been refused with {why:?}"),
    }
}

async fn identity_is_fixed<S: Store>(store: &S) {
    commit(store, new_order(0, 1)).await;
    let stored = load(store, &order_id(0, 1)).await;
    let alterations: [fn(&mut Order); 5] = [
        |order| order.identity.amount = Fen::new(1).unwrap(),
        |order| order.identity.mchid = mchid(1),
        |order| order.identity.attach = None,
        |order| order.identity.expires_at = at(1),
        |order| order.identity.merchant_order_no = identity(0, 1, 9).merchant_order_no,
    ];
    for alter in alterations {
        let mut altered = stored.clone();
        alter(&mut altered);
        is_refused(store.commit(changes(Some(&stored), &altered, Vec::new())).await, "I02");
        assert_eq!(load(store, &order_id(0, 1)).await, stored);
    }
}

async fn payments_are_unique<S: Store>(store: &S) {
    let mut first = Order::open(identity(0, 1, 1));
    pay(&mut first, 1, 7);
    commit(store, changes(None, &first, Vec::new())).await;
    let mut second = Order::open(identity(1, 2, 2));
    pay(&mut second, 2, 7);
    let stolen = changes(None, &second, Vec::new());
    assert_eq!(store.commit(stolen).await.unwrap(), Commit::Conflict);
}

/// A row that meets itself is not a second one, whichever unique column is looked at first.
async fn paid_attempts_are_rewritten<S: Store>(store: &S) {
    let mut order = Order::open(identity(0, 1, 1));
    pay(&mut order, 1, 7);
    order.refunds.push(refund(0, 1, 1));
    commit(store, changes(None, &order, Vec::new())).await;
    let stored = load(store, &order_id(0, 1)).await;
    let mut after = stored.clone();
    after.attempts[0].checked_at = Some(at(50));
    after.refunds[0].state = RefundState::Processing;
    commit(store, changes(Some(&stored), &after, Vec::new())).await;
    after.version += 1;
    assert_eq!(load(store, &order_id(0, 1)).await, after);
}

async fn events_are_unique<S: Store>(store: &S) {
    commit(store, unguarded(vec![Write::Emit(event(0, 1, 1, 0))])).await;
    for (again, outcome) in [
        (event(0, 2, 1, 0), Commit::Conflict),
        (event(0, 1, 1, 1), Commit::Conflict),
        (event(0, 2, 1, 1), Commit::Done),
        (event(0, 3, 2, 0), Commit::Done),
    ] {
        assert_eq!(store.commit(unguarded(vec![Write::Emit(again)])).await.unwrap(), outcome);
    }
}

async fn numbers_are_unique<S: Store>(store: &S) {
    let mut first = Order::open(identity(0, 1, 1));
    first.attempts.push(attempt(1));
    first.refunds.push(refund(0, 1, 1));
    commit(store, changes(None, &first, Vec::new())).await;

    let same_order_no = Order::open(identity(0, 2, 1));
    let mut same_out_trade_no = Order::open(identity(0, 2, 2));
    same_out_trade_no.attempts.push(attempt(1));
    let mut same_out_refund_no = Order::open(identity(0, 2, 2));
    same_out_refund_no.refunds.push(refund(0, 2, 1));
    let mut same_refund = Order::open(identity(0, 2, 2));
    same_refund.refunds.push(refund(0, 1, 2));
    for order in [same_order_no, same_out_trade_no, same_out_refund_no, same_refund] {
        let changes = changes(None, &order, Vec::new());
        assert_eq!(store.commit(changes).await.unwrap(), Commit::Conflict);
    }
    // Another account, another merchant: the same numbers are other numbers.
    let mut elsewhere = Order::open(identity(1, 2, 1));
    elsewhere.attempts.push(attempt(1));
    elsewhere.refunds.push(refund(1, 1, 1));
    commit(store, changes(None, &elsewhere, Vec::new())).await;
}

/// Goal: a bug in an act is an error that names the act, never a silent or unguarded write.
async fn malformed<S: Store>(store: &S) {
    commit(store, new_order(0, 1)).await;
    let stored = load(store, &order_id(0, 1)).await;
    let id = || order_id(0, 1);
    let put = || Write::PutOrder(Box::new(stored.clone()));
    let put_attempt = |of, attempt| Write::PutAttempt(id(), of, Box::new(attempt)) as Write;
    let guard = |expected| Guard::OrderVersion { order_id: id(), expected };
    let lease = Guard::Lease { job: watch(0, 1), token: LeaseToken(1) };
    let settle = || Write::Settle(watch(0, 1), Settle::Done);
    let mut free = refund(0, 1, 1);
    free.amount = Fen::ZERO;
    let mut circular = posting(id());
    circular.posting.debit = LedgerAccount::Receivable;
    let mut with_nul = stored.clone();
    with_nul.identity.metadata = Some("a\0b".to_owned());
    let mut no_text = attempt(1);
    no_text.body = vec![0xff];
    let cases = [
        ("unguarded", vec![], vec![put()]),
        (
            "unguarded",
            vec![Guard::OrderVersion { order_id: order_id(0, 2), expected: 1 }],
            vec![put()],
        ),
        ("written twice", vec![guard(1)], vec![put(), put()]),
        ("guarded twice", vec![guard(1), guard(1)], vec![put()]),
        ("guarded twice", vec![lease.clone(), lease.clone()], vec![settle()]),
        ("out of range", vec![guard(u64::MAX)], vec![put()]),
        (
            "new order has no row",
            vec![Guard::OrderVersion { order_id: order_id(0, 2), expected: 0 }],
            vec![],
        ),
        ("without it", vec![guard(1)], vec![put_attempt(mchid(0), attempt(1))]),
        ("another merchant", vec![guard(1)], vec![put(), put_attempt(mchid(1), attempt(1))]),
        ("not UTF-8", vec![guard(1)], vec![put(), put_attempt(mchid(0), no_text)]),
        ("NUL", vec![guard(1)], vec![Write::PutOrder(Box::new(with_nul))]),
        (
            "amount is zero",
            vec![guard(1)],
            vec![put(), Write::PutRefund(id(), mchid(0), Box::new(free))],
        ),
        ("moves nothing", vec![guard(1)], vec![Write::Post(circular)]),
        ("without a guard", vec![], vec![Write::Post(posting(id()))]),
        ("without a guard", vec![], vec![Write::RecordTransition(transition(id()))]),
        ("without its lease", vec![guard(1)], vec![settle()]),
        ("settled twice", vec![lease], vec![settle(), settle()]),
        ("I14", vec![], vec![Write::RecordAlert(alert(1, Some(id())))]),
        (
            "I14",
            vec![],
            vec![Write::PutDelivery(suanpan_acts::change::DeliveryRow {
                event_id: event_id(0, 1),
                endpoint_id: endpoint_id(1, 1),
                attempts: 0,
                state: suanpan_acts::change::DeliveryState::Pending,
                last_status: None,
            })],
        ),
    ];
    for (why, guards, writes) in cases {
        is_refused(store.commit(ChangeSet { name: "bad.act", guards, writes }).await, why);
    }
    assert_eq!(load(store, &id()).await, stored);
}

async fn events_in_order<S: Store>(store: &S) {
    // Ids and times say nothing about the order.
    for (n, subject) in [(9, 1), (3, 2), (7, 3), (1, 4)] {
        commit(store, unguarded(vec![Write::Emit(event(0, n, subject, 0))])).await;
        commit(store, unguarded(vec![Write::Emit(event(1, n, subject, 0))])).await;
    }
    let mut after = None;
    let mut seen = Vec::new();
    loop {
        let query = EventsAfter { account: account(0), after: after.clone(), limit: 3 };
        let page = store.read(query).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.event_id.clone());
        seen.extend(page.into_iter().map(|event| event.event_id));
    }
    assert_eq!(seen, [9, 3, 7, 1].map(|n| event_id(0, n)));
}
