//! One act in flight: a future, the server it runs in, and who asked for it.

use std::{future::Future, pin::Pin};

use suanpan_acts::{
    ActError, LeasedJob, Queue, StoreError, create_order::Created, pay::Payable, receive::Received,
};
use suanpan_trade::Order;

use crate::event::Caller;

/// An act that the executor polls by hand. Dropping it is a crash at its last yield point.
pub(crate) struct Task {
    pub(crate) server: usize,
    pub(crate) origin: Origin,
    pub(crate) future: Pin<Box<dyn Future<Output = Outcome> + Send>>,
}

/// Who asked, and so what happens with the outcome, or with the lack of one.
#[derive(Debug, Clone)]
pub(crate) enum Origin {
    /// A merchant's server creates an order.
    Create { story: usize, tries: u32 },
    /// It uses a number for something else.
    CreateDifferently { story: usize },
    /// A payer taps "pay".
    Pay { story: usize, user: usize, tries: u32 },
    /// A front end asks.
    Show { story: usize, tries: u32 },
    /// A merchant's server closes.
    Close,
    /// Somebody notified.
    Notification { from: Caller, says: Says },
    /// A worker claims.
    Claim { queue: Queue },
    /// A worker works.
    Work { queue: Queue },
}

/// What a notification that passed verification says, for the checks at its acknowledgement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Says {
    /// `transaction`, `refund`, or another kind.
    pub(crate) kind: String,
    /// The merchant it is about.
    pub(crate) mchid: String,
    /// `out_trade_no` or `out_refund_no`.
    pub(crate) number: String,
    /// WeChat's own number.
    pub(crate) wechat_id: Option<String>,
}

/// What an act came to.
pub(crate) enum Outcome {
    Created(Result<Created, ActError>),
    Payable(Result<Payable, ActError>),
    Order(Result<Order, ActError>),
    Received(Result<Received, ActError>),
    Claimed(Result<Vec<LeasedJob>, StoreError>),
    Worked(Result<(), ActError>),
}
