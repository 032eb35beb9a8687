//! The protocol crate against everything somebody else published, and against attackers.
//!
//! Test names carry the ID of the threat they guard against.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up stops there")]

mod advice;
mod authorization;
mod bill_layouts;
mod bills;
mod codepay;
mod combine;
mod documents;
mod echo;
mod errors;
mod examples;
mod flips;
mod generic;
mod house;
mod invoke;
mod judge;
mod keys;
mod knowledge;
mod media;
mod notify;
mod open;
mod order_properties;
mod partner;
mod pay;
mod pay_v2;
mod profitsharing;
mod refunds;
mod sealed_bills;
mod sensitive;
#[cfg(feature = "sm")]
mod sm;
mod transfer;
mod trust;
mod vectors;
mod verify;
mod world;
