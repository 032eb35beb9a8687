//! The v2 protocol: XML, signed with a key both sides share (docs/protocol/v2.md).
//!
//! Payment codes live here, and every merchant who began before v3. The order of the steps is the
//! same as in v3, and fixed by types again: bytes become [`Fields`](xml::Fields), fields become
//! [`Verified`](crate::Verified) by their `sign`, and only verified fields become an answer or a
//! payment. What WeChat does not sign, bills and refund notifications, has types of its own that
//! say so.

mod beijing;
pub mod bill;
pub mod call;
pub mod close;
pub mod invoke;
pub mod micropay;
pub mod native;
pub mod notify;
pub mod order;
pub mod paid;
pub mod plan;
pub mod purchase;
pub mod query;
pub mod refund;
pub mod refund_query;
pub(crate) mod req_info;
pub mod sign;
mod value;
pub mod xml;

pub use call::{Call, Endpoint, judge, request};
pub use paid::Paid;
pub use sign::{Keys, SignType};
pub use value::{InvalidText, Merchant, Number, SubMerchant, Text};
