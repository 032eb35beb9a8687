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
        attempt.serial_no = serial_no.clone();
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

/// Records the `prepay_id` WeChat gave. An attempt that ended meanwhile stays ended.
pub fn prepaid(
    order: &Order,
    out_trade_no: &OutTradeNo,
    prepay_id: PrepayId,
    now: Timestamp,
) -> Decision {
    let mut decision = Decision::nothing(order);
    if let Some(attempt) =
        decision.order.attempt_mut(out_trade_no).filter(|attempt| attempt.is_live())
    {
        let from = attempt.state.name();
        attempt.state = AttemptState::Prepaid { prepay_id, at: now };
        attempt.in_flight = false;
        attempt.absent_at = None;
        let subject = format!("attempt {out_trade_no}");
        decision.facts.push(Fact::Moved { subject, from, to: attempt.state.name() });
    }
    decision
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
