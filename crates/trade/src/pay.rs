//! What to do when a payer wants to pay: reuse, repeat, replace or start an attempt.

use suanpan_wechat::{
    Timestamp,
    id::{Appid, Openid, OutTradeNo, PrepayId, SerialNo},
    pay::TradeType,
};

use crate::{Attempt, AttemptState, Decision, Fact, Order, Payment, order::MAX_ATTEMPTS};

/// Who wants to pay, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayRequest {
    /// The app that will open the cashier.
    pub appid: Appid,
    /// Which front end.
    pub trade_type: TradeType,
    /// The payer, from a server-side login, never from the client (threat o13).
    pub openid: Openid,
    /// The merchant key in use now.
    pub serial_no: SerialNo,
}

/// The next thing to do for a payer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PayStep {
    /// Sign the invocation: WeChat's `prepay_id` is still good.
    Invoke(OutTradeNo, PrepayId),
    /// Send the stored body of this attempt (again).
    Send(OutTradeNo),
    /// Somebody is sending it right now.
    InProgress(OutTradeNo),
    /// Another payer, app or front end holds a live attempt: query and close it first.
    Retire(OutTradeNo),
    /// Mint a number and store a body.
    Start,
}

/// Why an order cannot be paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PayRefusal {
    /// It is paid.
    #[error("the order is paid")]
    Paid,
    /// Its time is over.
    #[error("the order has expired")]
    Expired,
    /// It is closed or being closed.
    #[error("the order is closed")]
    Closed,
    /// It belongs to another payer.
    #[error("the order belongs to another payer")]
    WrongPayer,
    /// Too many attempts were started.
    #[error("the order has used up its {MAX_ATTEMPTS} attempts")]
    TooManyAttempts,
}

/// Decides what to do for a payer.
///
/// # Errors
/// See [`PayRefusal`].
pub fn next(order: &Order, request: &PayRequest, now: Timestamp) -> Result<PayStep, PayRefusal> {
    if order.payment != Payment::Unpaid {
        return Err(PayRefusal::Paid);
    }
    if order.closed_at.is_some() || order.close_requested_at.is_some() {
        return Err(PayRefusal::Closed);
    }
    if order.is_closing(now) {
        return Err(PayRefusal::Expired);
    }
    let bound_to_another = order
        .identity
        .payer
        .as_ref()
        .is_some_and(|payer| payer.appid != request.appid || payer.openid != request.openid);
    if bound_to_another {
        return Err(PayRefusal::WrongPayer);
    }
    match order.attempts.iter().find(|attempt| attempt.is_live()) {
        Some(attempt) if is_same(attempt, request) => Ok(continue_with(attempt, request, now)),
        Some(attempt) => Ok(PayStep::Retire(attempt.out_trade_no.clone())),
        None if order.attempts.len() >= MAX_ATTEMPTS => Err(PayRefusal::TooManyAttempts),
        None => Ok(PayStep::Start),
    }
}

fn is_same(attempt: &Attempt, request: &PayRequest) -> bool {
    attempt.retiring_since.is_none()
        && attempt.appid == request.appid
        && attempt.trade_type == request.trade_type
        && attempt.openid == request.openid
}

fn continue_with(attempt: &Attempt, request: &PayRequest, now: Timestamp) -> PayStep {
    let out_trade_no = attempt.out_trade_no.clone();
    match attempt.fresh_prepay_id(now) {
        Some(prepay_id) if attempt.serial_no == request.serial_no => {
            PayStep::Invoke(out_trade_no, prepay_id.clone())
        }
        _ if attempt.is_in_flight(now) => PayStep::InProgress(out_trade_no),
        _ => PayStep::Send(out_trade_no),
    }
}

/// Stores a new attempt, about to be sent.
pub fn start(
    order: &Order,
    request: &PayRequest,
    out_trade_no: OutTradeNo,
    body: Vec<u8>,
    now: Timestamp,
) -> Decision {
    let mut decision = Decision::nothing(order);
    decision.facts.push(Fact::Moved {
        subject: format!("attempt {out_trade_no}"),
        from: "created",
        to: AttemptState::Sending.name(),
    });
    decision.order.attempts.push(Attempt {
        out_trade_no,
        appid: request.appid.clone(),
        trade_type: request.trade_type.clone(),
        openid: request.openid.clone(),
        body,
        serial_no: request.serial_no.clone(),
        state: AttemptState::Sending,
        created_at: now,
        sends: 1,
        sending_since: now,
        in_flight: true,
        checked_at: None,
        close_answered_at: None,
        absent_at: None,
        retiring_since: None,
    });
    decision
}

/// Records that the stored body is about to be sent again.
///
/// With another key the `prepay_id` of the old one is forgotten: the cashier wants the second
/// signature from the key that ordered (threat k06), and only the answer tells the new one's.
pub fn resend(
    order: &Order,
    out_trade_no: &OutTradeNo,
    serial_no: &SerialNo,
    now: Timestamp,
) -> Decision {
    let mut decision = Decision::nothing(order);
    if let Some(attempt) = decision.order.attempt_mut(out_trade_no) {
        attempt.sends = attempt.sends.saturating_add(1);
        attempt.sending_since = now;
        attempt.in_flight = true;
        if attempt.serial_no != *serial_no {
            attempt.serial_no = serial_no.clone();
            if let AttemptState::Prepaid { .. } = attempt.state {
                decision.facts.push(moved(attempt, AttemptState::Sending));
            }
        }
    }
    decision
}

/// Records that another attempt shall take this one's place.
pub fn retire(order: &Order, out_trade_no: &OutTradeNo, now: Timestamp) -> Decision {
    let mut decision = Decision::nothing(order);
    if let Some(attempt) = decision.order.attempt_mut(out_trade_no) {
        attempt.retiring_since.get_or_insert(now);
    }
    decision
}

/// Records the `prepay_id` WeChat gave to a request signed with the key `serial_no`. An attempt
/// that ended meanwhile stays ended, and one that was sent again with another key waits for that
/// key's answer.
pub fn prepaid(
    order: &Order,
    out_trade_no: &OutTradeNo,
    prepay_id: PrepayId,
    serial_no: &SerialNo,
    now: Timestamp,
) -> Decision {
    let mut decision = Decision::nothing(order);
    if let Some(attempt) = decision
        .order
        .attempt_mut(out_trade_no)
        .filter(|attempt| attempt.is_live() && attempt.serial_no == *serial_no)
    {
        attempt.in_flight = false;
        attempt.absent_at = None;
        decision.facts.push(moved(attempt, AttemptState::Prepaid { prepay_id, at: now }));
    }
    decision
}

fn moved(attempt: &mut Attempt, to: AttemptState) -> Fact {
    let from = attempt.state.name();
    attempt.state = to;
    let subject = format!("attempt {}", attempt.out_trade_no);
    Fact::Moved { subject, from, to: attempt.state.name() }
}

/// Records that a sender got no believable answer: the next one need not wait for it. `sends` is
/// the count it sent with, so that it cannot speak for a later sender.
pub fn unanswered(order: &Order, out_trade_no: &OutTradeNo, sends: u32) -> Decision {
    let mut decision = Decision::nothing(order);
    if let Some(attempt) = decision.order.attempt_mut(out_trade_no) {
        attempt.in_flight &= attempt.sends != sends;
    }
    decision
}

/// Records that WeChat refused the body. Only the refusal of the *only* send proves that the
/// order does not exist; after an earlier send with unknown outcome the query decides.
pub fn refused(order: &Order, out_trade_no: &OutTradeNo) -> Decision {
    let mut decision = Decision::nothing(order);
    let sent_once =
        |attempt: &&mut Attempt| attempt.sends == 1 && attempt.state == AttemptState::Sending;
    if let Some(attempt) = decision.order.attempt_mut(out_trade_no).filter(sent_once) {
        attempt.state = AttemptState::Failed;
        attempt.in_flight = false;
        decision.facts.push(Fact::Moved {
            subject: format!("attempt {out_trade_no}"),
            from: AttemptState::Sending.name(),
            to: AttemptState::Failed.name(),
        });
    }
    decision
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{T0, number, order, payer, sent, transaction};

    fn prepaid_at(now: Timestamp) -> Order {
        given(&sent("number1"), "wx1", &payer("o1").serial_no, now).order
    }

    fn given(order: &Order, prepay_id: &str, serial_no: &SerialNo, now: Timestamp) -> Decision {
        prepaid(order, &number("number1"), PrepayId::new(prepay_id).unwrap(), serial_no, now)
    }

    #[test]
    fn the_same_payer_gets_the_same_number() {
        let order = prepaid_at(T0);
        let step = next(&order, &payer("o1"), T0.plus(60)).unwrap();
        assert_eq!(step, PayStep::Invoke(number("number1"), PrepayId::new("wx1").unwrap()));
    }

    #[test]
    fn o05_a_lost_answer_sends_the_stored_body_again() {
        let order = sent("number1");
        assert_eq!(
            next(&order, &payer("o1"), T0.plus(1)),
            Ok(PayStep::InProgress(number("number1")))
        );
        let order = unanswered(&order, &number("number1"), 1).order;
        assert_eq!(next(&order, &payer("o1"), T0.plus(1)), Ok(PayStep::Send(number("number1"))));
        let again = resend(&order, &number("number1"), &payer("o1").serial_no, T0.plus(1)).order;
        assert_eq!(again.attempts[0].body, order.attempts[0].body);
        assert_eq!(again.attempts.len(), 1);
    }

    #[test]
    fn a_dead_sender_blocks_nobody_for_long_and_a_clock_running_back_not_at_all() {
        let order = sent("number1");
        assert_eq!(next(&order, &payer("o1"), T0.plus(15)), Ok(PayStep::Send(number("number1"))));
        assert_eq!(
            next(&order, &payer("o1"), T0.plus(-86_400)),
            Ok(PayStep::Send(number("number1")))
        );
    }

    #[test]
    fn an_old_prepay_id_and_a_new_key_ask_again_with_the_same_body() {
        let mut long = prepaid_at(T0);
        long.identity.expires_at = T0.plus(86_400);
        let stale = T0.plus(crate::attempt::PREPAY_SECONDS);
        assert_eq!(next(&long, &payer("o1"), stale), Ok(PayStep::Send(number("number1"))));
        let mut rotated = payer("o1");
        rotated.serial_no = SerialNo::new("CD34").unwrap();
        assert_eq!(
            next(&prepaid_at(T0), &rotated, T0.plus(60)),
            Ok(PayStep::Send(number("number1")))
        );
    }

    #[test]
    fn k06_a_prepay_id_is_used_only_with_the_key_that_ordered() {
        let mut rotated = payer("o1");
        rotated.serial_no = SerialNo::new("CD34").unwrap();
        let number = number("number1");
        let again = resend(&prepaid_at(T0), &number, &rotated.serial_no, T0.plus(60)).order;
        // The old key's `prepay_id` is gone, and a late answer to the old key does not bring it back.
        let lost = unanswered(&again, &number, 2).order;
        assert_eq!(next(&lost, &rotated, T0.plus(61)), Ok(PayStep::Send(number.clone())));
        let late = given(&lost, "wx1", &payer("o1").serial_no, T0.plus(62));
        assert_eq!(late, Decision::nothing(&lost));
        let answered = given(&lost, "wx2", &rotated.serial_no, T0.plus(63)).order;
        let invoke = PayStep::Invoke(number, PrepayId::new("wx2").unwrap());
        assert_eq!(next(&answered, &rotated, T0.plus(64)), Ok(invoke));
    }

    #[test]
    fn another_payer_replaces_the_attempt_only_after_it_is_closed() {
        let order = prepaid_at(T0);
        assert_eq!(next(&order, &payer("o2"), T0), Ok(PayStep::Retire(number("number1"))));
        let retired = retire(&order, &number("number1"), T0).order;
        assert_eq!(next(&retired, &payer("o2"), T0), Ok(PayStep::Retire(number("number1"))));
        let closed =
            crate::observe::payment(&retired, &transaction("number1", "CLOSED", |_| {}), T0);
        assert_eq!(next(&closed.order, &payer("o2"), T0), Ok(PayStep::Start));
    }

    #[test]
    fn an_order_bound_to_a_payer_serves_only_that_payer() {
        let mut order = order();
        let bound = payer("o1");
        order.identity.payer = Some(crate::order::OrderPayer {
            appid: bound.appid.clone(),
            openid: bound.openid.clone(),
        });
        assert_eq!(next(&order, &payer("o2"), T0), Err(PayRefusal::WrongPayer));
        assert_eq!(next(&order, &bound, T0), Ok(PayStep::Start));
    }

    #[test]
    fn only_the_refusal_of_the_only_send_ends_an_attempt() {
        let once = sent("number1");
        assert_eq!(
            refused(&once, &number("number1")).order.attempts[0].state,
            AttemptState::Failed
        );
        let twice = resend(&once, &number("number1"), &payer("o1").serial_no, T0.plus(20)).order;
        assert!(refused(&twice, &number("number1")).order.attempts[0].is_live());
    }

    #[test]
    fn nothing_starts_on_an_order_that_is_over() {
        let order = order();
        assert_eq!(next(&order, &payer("o1"), T0.plus(1800)), Err(PayRefusal::Expired));
        let closing = order.request_close(T0).order;
        assert_eq!(next(&closing, &payer("o1"), T0), Err(PayRefusal::Closed));
        let paid = crate::observe::payment(
            &prepaid_at(T0),
            &transaction("number1", "SUCCESS", |_| {}),
            T0,
        );
        assert_eq!(next(&paid.order, &payer("o1"), T0), Err(PayRefusal::Paid));
    }
}
