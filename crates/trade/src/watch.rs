//! When to ask WeChat about an order, and when to close it. A schedule, never a verdict: moving
//! the clock changes when we ask, not what is true (invariant I19).

use suanpan_wechat::{Timestamp, id::OutTradeNo};

use crate::{Attempt, AttemptState, Order, Payment, observe::ABSENT_MARGIN_SECONDS};

/// While an attempt can be paid it is queried this many seconds after it was (re)sent: the schedule
/// WeChat recommends for a lost notification.
const OPEN_CHECKS: [i64; 7] = [5, 30, 60, 180, 300, 600, 1800];

/// A closed attempt is queried again this many seconds later, because money may have been under
/// way and its notification may be lost (threat o10).
const CLOSED_CHECKS: [i64; 5] = [60, 600, 3600, 6 * 3600, 24 * 3600];

/// How long to wait at least before closing again when WeChat answered a close and its next word
/// did not end the attempt. The wait grows with the age of the trouble, since a number that
/// somebody else took at WeChat never ends at all.
const CLOSE_AGAIN_SECONDS: i64 = 60;

/// The next thing to do about an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Ask WeChat about this attempt.
    Query(OutTradeNo),
    /// Close this attempt at WeChat.
    Close(OutTradeNo),
    /// Close the order here: nothing at WeChat can be paid any more.
    CloseOrder,
    /// Nothing before this instant.
    Wait(Timestamp),
    /// Nothing ever again.
    Done,
}

enum When {
    Now(Step),
    At(Timestamp),
    Never,
}

/// Decides what is next for an order. `now` is business time.
#[must_use]
pub fn next(order: &Order, now: Timestamp) -> Step {
    let mut wake_at: Option<Timestamp> = None;
    for attempt in &order.attempts {
        match for_attempt(order, attempt, now) {
            When::Now(step) => return step,
            When::At(instant) => {
                wake_at = Some(wake_at.map_or(instant, |known| known.min(instant)))
            }
            When::Never => {}
        }
    }
    if order.close(now).is_ok() {
        return Step::CloseOrder;
    }
    if !order.is_closing(now) {
        let expires_at = order.identity.expires_at;
        wake_at = Some(wake_at.map_or(expires_at, |known| known.min(expires_at)));
    }
    wake_at.map_or(Step::Done, Step::Wait)
}

fn for_attempt(order: &Order, attempt: &Attempt, now: Timestamp) -> When {
    let query = || When::Now(Step::Query(attempt.out_trade_no.clone()));
    match (&attempt.state, ending_since(order, attempt, now)) {
        (AttemptState::Sending | AttemptState::Prepaid { .. }, None) => {
            scheduled(&OPEN_CHECKS, attempt.sending_since, attempt.checked_at, now, query)
        }
        (AttemptState::Sending | AttemptState::Prepaid { .. }, Some(since)) => {
            end(order, attempt, since, now)
        }
        (AttemptState::Closed { at }, _) => {
            let checked_at = attempt.checked_at.filter(|checked_at| checked_at > at);
            scheduled(&CLOSED_CHECKS, *at, checked_at, now, query)
        }
        (AttemptState::Success { .. } | AttemptState::Failed, _) => When::Never,
    }
}

fn scheduled(
    checks: &[i64],
    base: Timestamp,
    checked_at: Option<Timestamp>,
    now: Timestamp,
    query: impl Fn() -> When,
) -> When {
    let unchecked = |slot: &Timestamp| checked_at.is_none_or(|checked_at| *slot > checked_at);
    match checks.iter().map(|seconds| base.plus(*seconds)).find(unchecked) {
        Some(slot) if slot <= now => query(),
        Some(slot) => When::At(slot),
        None => When::Never,
    }
}

/// Query, close, query again: the order of steps that never closes a paid order and never
/// believes a close that was not confirmed.
fn end(order: &Order, attempt: &Attempt, since: Timestamp, now: Timestamp) -> When {
    let query = When::Now(Step::Query(attempt.out_trade_no.clone()));
    let close = When::Now(Step::Close(attempt.out_trade_no.clone()));
    // An instant written by a clock that ran ahead would make every answer too old, and us ask
    // without pause until that instant has come.
    let asked_since =
        |instant: Timestamp| attempt.checked_at.is_some_and(|asked| asked >= instant.min(now));
    if !asked_since(since) {
        return query;
    }
    if let Some(absent_at) = attempt.absent_at {
        let conclusive_at = order.identity.expires_at.plus(ABSENT_MARGIN_SECONDS);
        return if now < conclusive_at {
            When::At(conclusive_at)
        } else if absent_at < conclusive_at {
            query
        } else {
            When::Never
        };
    }
    match attempt.close_answered_at {
        None => close,
        Some(answered_at) if !asked_since(answered_at) => query,
        Some(_) => {
            let patience = |asked: Timestamp| (asked.since(since) / 4).max(CLOSE_AGAIN_SECONDS);
            let again_at = attempt.checked_at.map_or(now, |asked| asked.plus(patience(asked)));
            if again_at <= now { close } else { When::At(again_at) }
        }
    }
}

/// Since when an attempt should come to an end, if at all.
fn ending_since(order: &Order, attempt: &Attempt, now: Timestamp) -> Option<Timestamp> {
    let expired_at = (now >= order.identity.expires_at).then_some(order.identity.expires_at);
    let paid_at = match &order.payment {
        Payment::Unpaid => None,
        Payment::Paid(receipt) | Payment::PaidLate(receipt) => Some(receipt.paid_at),
    };
    [attempt.retiring_since, order.close_requested_at, expired_at, paid_at]
        .into_iter()
        .flatten()
        .min()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        observe::{absent, close_answered, payment},
        testing::{T0, number, order, sent, transaction},
    };

    fn say(order: &Order, state: &str, now: Timestamp) -> Order {
        payment(order, &transaction("number1", state, |_| {}), now).order
    }

    #[test]
    fn an_open_attempt_is_queried_on_schedule() {
        let mut order = sent("number1");
        let mut asked = vec![];
        let mut now = T0;
        while now < order.identity.expires_at {
            match next(&order, now) {
                Step::Wait(until) => now = until,
                Step::Query(_) => {
                    asked.push(now.since(T0));
                    order = say(&order, "NOTPAY", now);
                }
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(asked, OPEN_CHECKS[..6]);
    }

    #[test]
    fn expiry_queries_closes_and_queries_again_within_one_second() {
        let order = sent("number1");
        let now = order.identity.expires_at;
        assert_eq!(next(&order, now), Step::Query(number("number1")));
        let order = say(&order, "NOTPAY", now);
        assert_eq!(next(&order, now), Step::Close(number("number1")));
        let order = close_answered(&order, &number("number1"), now).order;
        assert_eq!(next(&order, now), Step::Query(number("number1")));
        let order = say(&order, "CLOSED", now);
        assert_eq!(next(&order, now), Step::CloseOrder);
        let order = order.close(now).unwrap().order;
        assert_eq!(next(&order, now), Step::Wait(now.plus(60)));
    }

    #[test]
    fn a_closed_order_is_asked_about_for_a_day() {
        let order = sent("number1");
        let closed_at = order.identity.expires_at;
        let mut order = say(&order, "CLOSED", closed_at).close(closed_at).unwrap().order;
        let mut now = closed_at;
        let mut asked = 0;
        loop {
            match next(&order, now) {
                Step::Wait(until) => now = until,
                Step::Query(_) => {
                    asked += 1;
                    order = say(&order, "CLOSED", now);
                }
                Step::Done => break,
                other => panic!("{other:?}"),
            }
        }
        assert_eq!((asked, now.since(closed_at)), (CLOSED_CHECKS.len(), 24 * 3600));
    }

    #[test]
    fn absence_waits_for_the_margin() {
        let order = sent("number1");
        let expired = order.identity.expires_at;
        let order = absent(&order, &number("number1"), expired).order;
        let conclusive = expired.plus(ABSENT_MARGIN_SECONDS);
        assert_eq!(next(&order, expired), Step::Wait(conclusive));
        assert_eq!(next(&order, conclusive), Step::Query(number("number1")));
        let order = absent(&order, &number("number1"), conclusive).order;
        assert_eq!(next(&order, conclusive), Step::CloseOrder);
    }

    #[test]
    fn an_order_without_attempts_closes_on_its_own() {
        let order = order();
        assert_eq!(next(&order, T0), Step::Wait(order.identity.expires_at));
        assert_eq!(next(&order, order.identity.expires_at), Step::CloseOrder);
    }

    #[test]
    fn a_statement_that_contradicts_does_not_make_us_ask_for_ever() {
        let order = sent("number1");
        let now = T0.plus(5);
        let foreign = transaction("number1", "SUCCESS", |body| body["amount"]["total"] = 1.into());
        let order = payment(&order, &foreign, now).order;
        assert_eq!(next(&order, now), Step::Wait(T0.plus(30)));
    }

    #[test]
    fn i19_a_clock_that_ran_ahead_does_not_make_us_ask_without_pause() {
        let (number, now) = (number("number1"), T0.plus(60));
        let ahead = now.plus(86_400);
        let retired = crate::pay::retire(&sent("number1"), &number, ahead).order;
        let asked = say(&retired, "NOTPAY", now);
        assert_eq!(next(&asked, now), Step::Close(number.clone()));
        let answered = close_answered(&asked, &number, ahead).order;
        let asked = say(&answered, "NOTPAY", now);
        assert_eq!(next(&asked, now), Step::Wait(now.plus(CLOSE_AGAIN_SECONDS)));
    }

    #[test]
    fn a_number_that_somebody_else_took_is_asked_about_ever_more_rarely() {
        let foreign = transaction("number1", "SUCCESS", |body| body["amount"]["total"] = 1.into());
        // Before it was taken, WeChat said that there is no such order.
        let mut order = absent(&sent("number1"), &number("number1"), T0.plus(5)).order;
        let end = T0.plus(30 * 24 * 3600);
        let (mut now, mut calls) = (order.identity.expires_at, 0);
        while now < end {
            match next(&order, now) {
                Step::Wait(until) => now = until,
                Step::Query(_) => order = payment(&order, &foreign, now).order,
                // Refused as paid, queried, contradicted: what the watch does then.
                Step::Close(_) => order = close_answered(&order, &number("number1"), now).order,
                other => panic!("{other:?}"),
            }
            calls += 1;
        }
        assert!(calls < 200, "{calls} steps in thirty days");
    }
}
