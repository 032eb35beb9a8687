//! The integration tests: one binary, one module for each subject. Every test puts a whole payment
//! system on a [`suanpan_testkit::Stage`]; names carry the row of `docs/threats.toml` they prove.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests are tests; clippy only knows the functions"
)]

mod bad_input;
mod crashes;
mod flow;
mod forged;
mod keys;
mod observations;
mod orders;
mod scenes;
mod secrecy;
mod tenants;
mod unhappy;
mod webhooks;
mod wechat_bad_input;
