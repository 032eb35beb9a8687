#![doc = include_str!("../README.md")]

pub mod model;
mod shape;

pub use model::ModelStore;

/// No answer of the store is longer than this many rows, whatever was asked for.
pub const MAX_ROWS: usize = 1000;
