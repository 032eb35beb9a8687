#![doc = include_str!("../README.md")]

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
