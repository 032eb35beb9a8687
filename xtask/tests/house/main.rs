//! The rules of the house, as tests: which crate may know which, what appears nowhere, how long
//! things may get, and whether the threat list is honest.
//!
//! Each rule is a function from text to findings, so that every rule has a test showing that it
//! finds what it forbids. They live beside the build commands and link nothing of the product, so
//! they still speak when the product does not compile.

mod boundaries;
mod dependencies;
mod documents;
mod examples;
mod shape;
mod threats;
mod tree;
mod wording;
