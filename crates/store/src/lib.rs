#![doc = include_str!("../README.md")]

pub mod model;
mod shape;
#[cfg(feature = "sqlite")]
mod sql;
#[cfg(feature = "sqlite")]
mod sqlite;

pub use model::ModelStore;
#[cfg(feature = "sqlite")]
pub use sqlite::{OpenError, Settings, SqliteStore, Statistics};

/// No answer of the store is longer than this many rows, whatever was asked for.
pub const MAX_ROWS: usize = 1000;
