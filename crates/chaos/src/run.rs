//! One seed from outside.

use crate::{
    invariant::{Invariant, Violation},
    plant::Plant,
    simulation::Simulation,
    tally::Tally,
    timeline::Timeline,
};

/// How a seed is run.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// A bug to be found.
    pub plant: Option<Plant>,
    /// Keep the trace's lines.
    pub keep_trace: bool,
    /// Rules not to look at: shows that a bug is found by another one as well.
    pub silenced: Vec<Invariant>,
}

/// What became of a seed.
#[derive(Debug, Clone)]
pub struct Report {
    /// Which.
    pub seed: u64,
    /// The rules that were broken, in the order they broke; a run stops at the first step that
    /// breaks one.
    pub violations: Vec<Violation>,
    /// The same for the same seed, always.
    pub trace_hash: u64,
    /// The trace, if it was kept.
    pub trace: Vec<String>,
    /// What the run consisted of.
    pub tally: Tally,
}

/// Runs one seed.
#[must_use]
pub fn run(seed: u64, options: &Options) -> Report {
    let timeline = Timeline::new(seed, options.keep_trace, &options.silenced);
    let mut simulation = Simulation::new(seed, timeline.clone(), options.plant);
    simulation.run();
    drop(simulation);
    let violations = timeline.violations();
    let (trace, tally) = timeline.finish();
    Report { seed, violations, trace_hash: trace.hash(), trace: trace.into_lines(), tally }
}

/// Every seed that ever failed: run before any others, for ever.
#[must_use]
pub fn regressions() -> Vec<u64> {
    include_str!("../regressions.txt")
        .lines()
        .filter_map(|line| line.split('#').next()?.trim().parse().ok())
        .collect()
}
