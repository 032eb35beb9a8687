//! WeChat Pay as a program meets it, without performing any I/O.
//!
//! Bytes come in, verified values come out; a request goes in, signed bytes come out. This crate
//! reads no clock, draws no randomness and opens no socket: timestamps and nonces are arguments,
//! and whoever calls decides how bytes travel (`suanpan-wechat-client` is one such caller).
//!
//! What it refuses to do: nothing WeChat said can be decrypted or read as a business object before
//! its signature has been checked. [`Verified`] is the only way in, and only [`verify()`] makes one.
//!
//! | module | what it holds |
//! |---|---|
//! | [`id`], [`fen`], [`time`], [`secret`] | the words of the protocol as types: a value that exists is valid |
//! | [`sign`], [`key`] | the `Authorization` of a request, the merchant's key |
//! | [`mod@verify`], [`trust`] | signatures of answers and notifications, the keys we believe |
//! | [`seal`], [`notify`] | encrypted resources and the notifications that carry them |
//! | [`call`], [`error`] | one request and its three possible outcomes: success, rejected, unknown |
//! | [`pay`], [`refund`], [`certificates`] | the endpoints |
//! | [`invoke`] | what a front end needs to open the cashier |
//! | [`miniprogram`] | login |
//! | [`platform`] | what only WeChat itself does; for simulators, it cannot make a [`Verified`] |

pub mod call;
pub mod certificates;
pub mod error;
pub mod fen;
pub mod id;
pub mod invoke;
pub mod key;
pub mod miniprogram;
pub mod notify;
pub mod pay;
pub mod platform;
pub mod refund;
pub mod seal;
pub mod secret;
pub mod sign;
pub mod test_keys;
pub mod time;
pub mod trust;
pub mod verify;

pub use fen::Fen;
pub use time::Timestamp;
pub use verify::{Verified, verify};
