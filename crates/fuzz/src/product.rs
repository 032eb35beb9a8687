//! Answers about the other products: combined and partners' orders, profit sharing, transfers.

use std::fmt::Debug;

use serde::de::DeserializeOwned;
use serde_json::Value;
use suanpan_wechat::{
    call::Call,
    combine,
    pay::partner,
    profitsharing::{self, Progress, giveback, receiver, remaining},
    transfer::{self, Next, TransferState, authorization, receipt},
};

use crate::answer::reads_whatever_the_spelling;

/// A close lists exactly what was found, or WeChat refuses it.
pub(crate) fn combined(input: &[u8]) -> bool {
    let Some(found) = parsed::<combine::Transaction>(input) else { return false };
    let close = combine::close::Close::queried(&found).request();
    let close: Value = serde_json::from_slice(&close.body).expect("our own body");
    let closed = close["sub_orders"].as_array().expect("a list");
    assert!(!closed.is_empty(), "a combined order without orders was read");
    let numbers = |name: &str| closed.iter().map(|order| order[name].clone()).collect::<Vec<_>>();
    let expected: Vec<Value> =
        found.sub_orders.iter().map(|order| order.out_trade_no.as_str().into()).collect();
    assert_eq!(numbers("out_trade_no"), expected);
    true
}

pub(crate) fn partners(input: &[u8]) -> bool {
    parsed::<partner::Transaction>(input).is_some()
}

/// Money has gone to everybody only when every line says so (threat o18).
pub(crate) fn profit_sharing(input: &[u8]) -> bool {
    let sharing = parsed::<profitsharing::Sharing>(input);
    if let Some(sharing) = &sharing {
        let succeeded = |line: &profitsharing::Line| {
            line.result == profitsharing::LineResult::Success && !sharing.receivers.is_empty()
        };
        if sharing.progress() == Progress::AllSucceeded {
            assert!(sharing.receivers.iter().all(succeeded));
        }
    }
    [
        sharing.is_some(),
        parsed::<giveback::Giveback>(input).is_some(),
        parsed::<remaining::Remaining>(input).is_some(),
        parsed::<remaining::Limit>(input).is_some(),
        parsed::<receiver::Added>(input).is_some(),
        parsed::<receiver::Deleted>(input).is_some(),
    ]
    .contains(&true)
}

/// Only `SUCCESS` is paid, and only a final state frees the number.
pub(crate) fn transfer(input: &[u8]) -> bool {
    let bill = parsed::<transfer::Bill>(input);
    if let Some(bill) = &bill {
        assert_eq!(bill.next() == Next::Paid, bill.state == TransferState::Success);
        assert_eq!(bill.next() == Next::Query, !bill.state.is_final());
    }
    let created = parsed::<transfer::Created>(input);
    if let Some(created) = &created {
        let is_paid = created.state == Some(TransferState::Success);
        assert_eq!(created.next() == Next::Paid, is_paid);
    }
    [
        bill.is_some(),
        created.is_some(),
        parsed::<transfer::Cancellation>(input).is_some(),
        parsed::<receipt::Applied>(input).is_some(),
        reads_whatever_the_spelling(|body| receipt_query().read(200, body).ok(), input),
        parsed::<authorization::Requested>(input).is_some(),
        parsed::<authorization::Authorization>(input).is_some(),
    ]
    .contains(&true)
}

fn receipt_query() -> receipt::Query {
    let number = transfer::OutBillNo::new("plfk2020042013").expect("a number");
    receipt::Query { number: receipt::BillNo::OutBillNo(number) }
}

/// Most answers of these products are read as one struct, without a reader of their own.
fn parsed<T: DeserializeOwned + PartialEq + Debug>(input: &[u8]) -> Option<T> {
    let read = |body: &[u8]| serde_json::from_slice::<T>(body).ok();
    reads_whatever_the_spelling(read, input).then(|| read(input)).flatten()
}
