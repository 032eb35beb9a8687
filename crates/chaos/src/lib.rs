//! Never shipped: the acts and the simulator's world on virtual time under faults, seed by seed.
//!
//! A seed is a run: one or two servers over one model store, WeChat as the simulator's own world,
//! merchants, payers, an attacker and an operator, all on one heap of events ordered by
//! (virtual time, sequence). The acts are polled by hand, so every port call is a yield point: a
//! crash is a future that is dropped there, a frozen process one that is not polled for a while.
//! What leaves for WeChat is signed, carried over a network that loses, repeats, delays and spoils
//! it, handled by the world, and judged by the code that ships; only the signature's mathematics
//! is a keyed hash, and RSA once in two hundred seeds.
//!
//! Each run draws its faults first (swarm), rages, then calms down and must come to
//! rest. The rules of `docs/threats.toml` are checked after every step (`watcher`) and at rest
//! (`quiet`). [`Plant`]s are bugs put there on purpose: a rule that finds none of them is no rule.
//!
//! The same seed gives the same run, byte for byte; a failing one prints the command that repeats
//! it and is kept for ever in `regressions.txt`.

mod cast;
mod chance;
mod clock;
mod event;
mod forge;
mod invariant;
mod merchant;
mod people;
mod plant;
mod ports;
mod profile;
mod quiet;
mod restate;
mod run;
mod simulation;
mod store;
mod story;
mod suite;
mod tally;
mod task;
#[cfg(test)]
mod tests;
mod timeline;
mod trace;
mod watcher;
mod wechat;
mod wire;

pub use invariant::{Invariant, Violation};
pub use plant::Plant;
pub use run::{Options, Report, regressions, run};
pub use tally::Tally;
