//! Answers to our own calls.

use std::fmt::Debug;

use suanpan_wechat::{
    call::{Call, Outcome, RawAnswer, judge},
    error::{ErrorBody, ErrorCode},
    id::{Mchid, OutRefundNo, OutTradeNo},
    pay::{jsapi::Prepay, query::ByOutTradeNo},
    refund,
};

use crate::message::{self, Everybody, NOW, Nobody};

/// What a whole answer means to calls of different kinds.
pub(crate) fn answer(input: &[u8]) -> bool {
    let Some(answer) = message::answer(input) else { return false };
    [
        judged(&query(), &answer),
        judged(&refund_query(), &answer),
        judged(&Prepay { body: Vec::new() }, &answer),
    ]
    .contains(&true)
}

/// *Yes* and *no* are said only by who can sign; the one exception is that our own signature was
/// refused, which nobody signs.
fn judged<C: Call>(call: &C, answer: &RawAnswer) -> bool {
    match judge(call, answer, &Nobody, NOW) {
        Outcome::Success(_) => panic!("an unsigned answer was believed"),
        Outcome::Rejected(rejection) => {
            assert_eq!((rejection.status, rejection.code), (401, ErrorCode::SignError));
        }
        Outcome::Unknown(_) => {}
    }
    match judge(call, answer, &Everybody, NOW) {
        Outcome::Success(_) => {
            assert!(C::SUCCESS.contains(&answer.status), "{}", answer.status);
            true
        }
        Outcome::Rejected(rejection) => {
            assert!((400..=499).contains(&answer.status), "{}", answer.status);
            assert!(!rejection.code.is_outcome_unknown(), "{}", rejection.code);
            false
        }
        Outcome::Unknown(_) => false,
    }
}

pub(crate) fn transaction(input: &[u8]) -> bool {
    reads_whatever_the_spelling(|body| query().read(200, body).ok(), input)
}

pub(crate) fn refund(input: &[u8]) -> bool {
    reads_whatever_the_spelling(|body| refund_query().read(200, body).ok(), input)
}

/// Blanks, escapes and the order of members are the sender's taste; what was read must not change
/// with them.
pub(crate) fn reads_whatever_the_spelling<T: PartialEq + Debug>(
    read: impl Fn(&[u8]) -> Option<T>,
    input: &[u8],
) -> bool {
    let Some(value) = read(input) else { return false };
    // A number no machine can hold may stand in a member that nobody reads.
    let Ok(json) = serde_json::from_slice::<serde_json::Value>(input) else { return false };
    assert_eq!(read(json.to_string().as_bytes()), Some(value));
    true
}

/// A code keeps its meaning when it is written and read again.
pub(crate) fn error_body(input: &[u8]) -> bool {
    let Some(error) = ErrorBody::read(input) else { return false };
    let again = ErrorCode::from(error.code.as_str().to_owned());
    assert_eq!(again, error.code);
    true
}

fn query() -> ByOutTradeNo {
    ByOutTradeNo {
        mchid: Mchid::new("1900007291").expect("an mchid"),
        out_trade_no: OutTradeNo::new("1217752501201407033233368018").expect("a number"),
    }
}

fn refund_query() -> refund::Query {
    refund::Query {
        out_refund_no: OutRefundNo::new("1217752501201407033233368018").expect("a number"),
    }
}
