//! What to do after a call, said once for every program: repeat, query, take a new number, or stop
//! and tell somebody (docs/protocol/errors.md, "What to do next").
//!
//! [`advise`] is a pure table over the kind of [`Operation`] and the [`Outcome`]; every
//! [`Call`](crate::call::Call) offers it as [`advise`](crate::call::Call::advise). The one rule
//! behind the table: **a new number is taken only after WeChat's signed refusal of the old one**,
//! because an order or a transfer whose fate is unknown may still be carried out.
//!
//! ```
//! use suanpan_wechat::{
//!     advice::Advice,
//!     call::{Call, Outcome, TransportFault, Unknown},
//!     pay::jsapi::Prepay,
//! };
//!
//! let prepay = Prepay { body: b"{}".to_vec() };
//! let no_answer = Outcome::Unknown(Unknown::Transport(TransportFault::Timeout));
//! assert!(matches!(prepay.advise(&no_answer), Advice::Repeat { .. }));
//! ```
//!
//! It knows one outcome at a time. Counting tries and giving up after some is the caller's, and so
//! is what an answer says: a refund that is *found* `CLOSED` needs a new number too.

use crate::{
    call::{Method, Outcome, Rejection, TransportFault, Unknown},
    error::ErrorCode,
    knowledge::Party,
};

/// What kind of thing a call does, as far as that decides what may follow it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Operation {
    /// Asks and changes nothing: queries, bills, certificates.
    Question,
    /// Creates an order that a user then pays; the identical request is the same order.
    Order,
    /// Takes money with a code the user shows. The code works once, so the request cannot be
    /// repeated; what became of it is asked until it is known.
    CodePay,
    /// Closes an unpaid order, again and again if need be.
    Close,
    /// Sends money to a person. The documents ask to query after every doubt.
    Transfer,
    /// Any other change, recognised by its number when repeated: refunds, profit sharing.
    Change,
}

impl Operation {
    /// What a method says about an operation nobody told more about.
    #[must_use]
    pub const fn of(method: Method) -> Self {
        if method.is_question() { Self::Question } else { Self::Change }
    }
}

/// What to do next. Waits are the least; whoever tries often waits longer each time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
#[must_use]
pub enum Advice {
    /// Nothing: the answer is known, be it "done" or, for a question, "there is no such thing".
    Settled,
    /// Send the identical request again: same number, same bytes, fresh signature.
    Repeat {
        /// How long to wait first.
        after_seconds: u32,
    },
    /// Ask what became of it before anything else is sent. If the query knows nothing of it, the
    /// identical request may be sent again.
    Query {
        /// How long to wait first.
        after_seconds: u32,
    },
    /// Continue under a new number.
    NewNumber {
        /// What is known about the number given up.
        old: OldNumber,
    },
    /// Stop, because no repetition helps before somebody has acted.
    Stop {
        /// Who must act.
        tell: Party,
        /// What may be done once they have.
        then: Then,
    },
}

/// What is known about a number that is given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OldNumber {
    /// WeChat signed that nobody can pay it any more.
    Ended,
    /// Some order holds it. Query it, and close it if it is ours and unpaid, or the user can pay
    /// twice.
    MayBeOpen,
}

/// What may be done once somebody has acted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// Send the identical request again; the number stays good.
    Repeat,
    /// Query first: something may have happened.
    Query,
    /// Correct the request and keep the number. Where the number was sent before, correct means *as
    /// it was sent the first time*.
    Correct,
    /// Nothing: this will never succeed. Give the money back another way, or cancel.
    GiveUp,
}

/// The advice for one outcome. `is_repeatable` as [`crate::call::Call::is_repeatable`].
pub fn advise<T>(operation: Operation, is_repeatable: bool, outcome: &Outcome<T>) -> Advice {
    match outcome {
        Outcome::Success(_) => Advice::Settled,
        Outcome::Rejected(rejection) => after_rejection(operation, rejection),
        Outcome::Unknown(unknown) => after_doubt(operation, is_repeatable, unknown),
    }
}

/// Nothing in here may lead to [`Advice::NewNumber`].
fn after_doubt(operation: Operation, is_repeatable: bool, unknown: &Unknown) -> Advice {
    let must_ask = match operation {
        Operation::Question => false,
        Operation::CodePay | Operation::Transfer => true,
        _ => !is_repeatable,
    };
    let again = |after_seconds| {
        if must_ask { Advice::Query { after_seconds } } else { Advice::Repeat { after_seconds } }
    };
    match unknown {
        Unknown::Transport(TransportFault::Connect) => Advice::Repeat { after_seconds: SOON },
        Unknown::Transport(TransportFault::Unsendable) => stop(Party::Code, Then::Correct),
        Unknown::Busy { status: 429, .. } => again(AFTER_HASTE),
        Unknown::Busy { status: 501, .. } => stop(Party::Code, Then::Query),
        // Under 500 the code is signed; above, it could be anybody's and decides nothing.
        Unknown::Busy { status, code: Some(code) } if *status < 500 => match code {
            ErrorCode::FrequencyLimited => again(AFTER_HASTE),
            ErrorCode::NotEnough if operation != Operation::CodePay => {
                stop(Party::Console, Then::Repeat)
            }
            _ => again(A_MOMENT),
        },
        Unknown::Transport(TransportFault::NoClientCertificate) => {
            stop(Party::Console, Then::Repeat)
        }
        // v2 says so of requests it cannot take, today or tomorrow.
        Unknown::Malformed(_) | Unknown::Unsigned { .. } => {
            stop(Party::Code, if must_ask { Then::Query } else { Then::Repeat })
        }
        _ => again(A_MOMENT),
    }
}

fn after_rejection(operation: Operation, rejection: &Rejection) -> Advice {
    use ErrorCode as Code;
    use Operation::{Close, CodePay, Order, Question};
    match (&rejection.code, operation) {
        (Code::OrderClosed | Code::OrderReversed, Order | CodePay) => {
            Advice::NewNumber { old: OldNumber::Ended }
        }
        (Code::OutTradeNoUsed, Order | CodePay) => Advice::NewNumber { old: OldNumber::MayBeOpen },
        (
            Code::OrderNotExist
            | Code::ResourceNotExists
            | Code::NotFound
            | Code::NoStatementExist
            | Code::OrderClosed
            | Code::OrderReversed,
            Question,
        ) => Advice::Settled,
        // Reports disagree about what closing an unknown number answers; the query does not.
        (Code::OrderNotExist | Code::ResourceNotExists | Code::OrderClosed, Close)
        | (Code::OrderPaid | Code::AlreadyExists, _)
        | (Code::TradeError, Order | CodePay | Close) => Advice::Query { after_seconds: SOON },
        (Code::StatementCreating, _) => Advice::Repeat { after_seconds: UNTIL_A_BILL },
        (Code::SignError, _) => stop(Party::Code, Then::Repeat),
        (Code::NoAuth | Code::AppidMchidNotMatch | Code::RuleLimit, _) => {
            stop(Party::Console, Then::Repeat)
        }
        (Code::AccountError | Code::UserAccountAbnormal, _) => stop(Party::User, Then::GiveUp),
        _ => stop(Party::Code, Then::Correct),
    }
}

const fn stop(tell: Party, then: Then) -> Advice {
    Advice::Stop { tell, then }
}

// Our choice; the documents give seconds for code pay alone (every 5 s).
const SOON: u32 = 1;
const A_MOMENT: u32 = 5;
const AFTER_HASTE: u32 = 10;
const UNTIL_A_BILL: u32 = 600;
