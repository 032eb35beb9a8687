#![doc = include_str!("../README.md")]

pub mod advice;
pub mod bill;
pub mod call;
mod cbc;
pub mod certificates;
pub mod combine;
mod digest;
pub mod echo;
pub mod error;
pub mod fen;
pub mod generic;
pub mod id;
pub mod invoke;
mod json;
pub mod key;
pub mod knowledge;
pub mod media;
pub mod miniprogram;
pub mod notify;
pub mod official_account;
pub mod open_api;
pub mod pay;
pub mod pay_v2;
pub mod platform;
pub mod profitsharing;
pub mod push;
pub mod refund;
pub mod seal;
pub mod secret;
pub mod sensitive;
pub mod sign;
#[cfg(feature = "sm")]
pub mod sm;
pub mod suite;
pub mod test_keys;
pub mod text;
pub mod time;
pub mod token;
pub mod transfer;
pub mod trust;
pub mod verify;

pub use fen::Fen;
pub use time::Timestamp;
pub use verify::{Verified, verify};
