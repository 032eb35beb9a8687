//! The binary as a user runs it.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests are tests; clippy only knows the functions"
)]

mod explain;
mod run;
