//! One SQL text for every engine, and the translation of change sets and rows into it and back.
//!
//! Nothing here executes anything. A change set becomes a list of [`Step`]s, each with the number
//! of rows it must touch; a query becomes a [`Select`]; a row is read cell by cell. An engine adds
//! how parameters are written, how a unique violation is told apart, and how a claim locks.

mod cells;
mod jobs;
mod order;
mod plan;
mod queries;
mod rows;
mod value;

use std::sync::OnceLock;

pub(crate) use cells::{Cells, Row};
pub(crate) use jobs::{CLAIM, claim_values, in_order, leased};
pub(crate) use order::{ATTEMPTS_OF, REFUNDS_OF, assemble, attempt, find, order, refund};
pub(crate) use plan::plan;
pub(crate) use queries::Ask;
pub(crate) use value::Value;

/// One statement with `$n` parameters, valid for SQLite (once rewritten) and PostgreSQL.
#[derive(Debug)]
pub(crate) struct Sql {
    pub(crate) text: &'static str,
    /// The text as an engine with another parameter syntax wants it, made once.
    pub(crate) rewritten: OnceLock<String>,
}

impl Sql {
    pub(crate) const fn new(text: &'static str) -> Self {
        Self { text, rewritten: OnceLock::new() }
    }
}

/// One statement of a change set.
#[derive(Debug)]
pub(crate) struct Step<'a> {
    pub(crate) sql: &'static Sql,
    pub(crate) values: Vec<Value<'a>>,
    pub(crate) expect: Expect,
}

/// How many rows a statement must touch, and what it means when it does not. A violation of a
/// unique constraint is a conflict everywhere.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Expect {
    /// One; none means that somebody was faster.
    RowOrConflict,
    /// One, or none when it is there already.
    AtMostOne,
    /// One; none means that something fixed would have changed.
    RowOrAltered(&'static str),
    /// One; none means that something fixed would have changed when `ours` finds a row with the
    /// parameters at these places, and that somebody was faster otherwise.
    RowOrFind { ours: &'static Sql, places: &'static [usize], altered: &'static str },
}

/// One reading statement.
#[derive(Debug)]
pub(crate) struct Select<'a> {
    pub(crate) sql: &'static Sql,
    pub(crate) values: Vec<Value<'a>>,
}

/// Every statement of the adapter, for tests that look at all of them.
#[cfg(test)]
pub(crate) fn all() -> Vec<&'static Sql> {
    [order::ALL, rows::ALL, jobs::ALL, queries::ALL].concat()
}
