//! Orders, attempts, refunds and ledger: their states and the only legal moves between them.
//!
//! Everything here is a pure function of a loaded aggregate, an input and an instant. Nothing is
//! stored, sent or logged; the answer is a [`Decision`]: the aggregate as it should be, and the
//! facts that must be written with it in the same transaction.
//!
//! Three rules run through all of it. Only what WeChat signed ([`suanpan_wechat::Verified`]) says
//! whether money moved. Unknown is not failed: without a signed answer nothing moves. And there
//! is one function for each kind of statement ([`observe::payment`], [`observe::refund`]), whatever
//! way the statement came.

pub mod attempt;
pub mod event;
pub mod id;
pub mod ledger;
pub mod observe;
pub mod order;
pub mod pay;
pub mod refund;
#[cfg(test)]
mod testing;
pub mod watch;

pub use attempt::{Attempt, AttemptState};
pub use event::EventType;
pub use id::{AccountId, MerchantOrderNo, OrderId, RefundIntentId};
pub use order::{Decision, Fact, Identity, LatePayment, Order, OrderState, Payment};
pub use refund::{Purpose, Refund, RefundState};
