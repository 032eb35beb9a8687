//! The store seen through its port: what every engine must do alike, and what only SQLite can get
//! wrong. Nothing sleeps; time is an argument.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up stops there")]

mod conformance;
mod dump;
mod jobs;
mod orders;
mod sqlite;
mod world;
