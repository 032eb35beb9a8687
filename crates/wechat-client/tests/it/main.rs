//! The client against a small WeChat on a loopback socket, honest and otherwise.
//!
//! Test names carry the ID of the threat they guard against.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up stops there")]

mod bills;
mod call;
mod failover;
mod login;
mod observation;
mod pay_v2;
mod server;
mod tls;
mod tokens;
mod trust;
mod world;
