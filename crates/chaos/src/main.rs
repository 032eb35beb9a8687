//! Runs seeds on every core and says what they consisted of.

use std::{
    io::IsTerminal as _,
    process::ExitCode,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use suanpan_chaos::{Options, Plant, Report, Tally, regressions, run};

/// Runs the acts against the simulator's world on virtual time, seed by seed.
#[derive(Debug, Parser)]
#[command(name = "suanpan-chaos", version)]
struct Arguments {
    /// How many seeds to run, after those that failed once.
    #[arg(long, default_value_t = 200)]
    seeds: u64,
    /// The first of them.
    #[arg(long, default_value_t = 1)]
    start: u64,
    /// How many at a time; as many as there are cores by default.
    #[arg(long)]
    jobs: Option<usize>,
    /// A bug to plant; the run then succeeds when it is found.
    #[arg(long, value_parser = named_plant)]
    plant: Option<Plant>,
    /// Runs this one seed, and shows what happened.
    #[arg(long, value_name = "SEED")]
    replay: Option<u64>,
    /// With --replay: every line of the trace instead of the last ones.
    #[arg(long)]
    trace: bool,
    /// Runs every so-manieth seed a second time and compares the traces.
    #[arg(long, default_value_t = 20)]
    twice: u64,
}

/// Lines of a trace shown without --trace: the end is where it broke.
const LAST_LINES: usize = 60;

fn named_plant(name: &str) -> Result<Plant, String> {
    let known = || Plant::ALL.iter().map(|plant| plant.name()).collect::<Vec<_>>().join(", ");
    Plant::named(name).ok_or_else(|| format!("one of: {}", known()))
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Some(seed) = arguments.replay {
        return replay(seed, &arguments);
    }
    let mut seeds = if arguments.plant.is_none() { regressions() } else { Vec::new() };
    seeds.extend(arguments.start..arguments.start + arguments.seeds);
    let begun = now();
    let found = run_all(&seeds, &arguments);
    summarise(&found, begun.elapsed().as_millis());
    verdict(&found, &arguments)
}

/// What many seeds came to.
#[derive(Default)]
struct Found {
    runs: u64,
    tally: Tally,
    failed: Vec<Report>,
    unrepeatable: Vec<u64>,
}

fn run_all(seeds: &[u64], arguments: &Arguments) -> Found {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let bar = progress(seeds.len());
    let (next, found) = (AtomicU64::new(0), Mutex::new(Found::default()));
    let options = Options { plant: arguments.plant, ..Options::default() };
    let worker = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(seed) = usize::try_from(index).ok().and_then(|at| seeds.get(at)) else {
                return;
            };
            let report = run(*seed, &options);
            let again = (arguments.twice > 0 && index % arguments.twice == 0)
                .then(|| run(*seed, &options).trace_hash);
            let mut found = found.lock().expect("a panic in a run ends the program");
            found.runs += 1;
            found.tally.add(&report.tally);
            if again.is_some_and(|hash| hash != report.trace_hash) {
                found.unrepeatable.push(*seed);
            }
            if !report.violations.is_empty() {
                found.failed.push(report);
            }
            bar.inc(1);
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..arguments.jobs.unwrap_or(cores).max(1) {
            scope.spawn(worker);
        }
    });
    bar.finish_and_clear();
    let mut found = found.into_inner().expect("a panic in a run ends the program");
    found.failed.sort_by_key(|report| report.seed);
    found
}

fn progress(seeds: usize) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} seeds, {per_sec}, {eta} left");
    let length = u64::try_from(seeds).expect("a length fits in 64 bits");
    ProgressBar::new(length).with_style(style.expect("the template is right"))
}

fn summarise(found: &Found, took_ms: u128) {
    let tally = &found.tally;
    let per_s = u128::from(found.runs) * 1000 / took_ms.max(1);
    println!("{} seeds in {}.{} s ({per_s}/s)", found.runs, took_ms / 1000, took_ms / 100 % 10);
    println!(
        "{} steps, {} acts, {} commits and {} conflicts, {} calls, {} notifications, {} webhooks",
        tally.steps,
        tally.acts,
        tally.commits,
        tally.conflicts,
        tally.calls,
        tally.notifications,
        tally.webhooks,
    );
    println!(
        "{} orders, {} payments, {} paid late, {} paid twice, {} refunds ended, {} orphans, {} checks",
        tally.orders,
        tally.payments,
        tally.paid_late,
        tally.excess,
        tally.refunds,
        tally.orphans,
        tally.checks,
    );
    let names: Vec<_> =
        tally.faults.iter().map(|(name, count)| format!("{name} {count}")).collect();
    println!("{} faults: {}", tally.faults_injected(), names.join(", "));
}

fn verdict(found: &Found, arguments: &Arguments) -> ExitCode {
    for seed in &found.unrepeatable {
        println!("seed {seed} gave two different runs");
    }
    for report in found.failed.iter().take(10) {
        let first = &report.violations[0];
        println!("seed {}: {}: {}", report.seed, first.invariant.id(), first.detail);
        println!("  again: {}", command(report.seed, arguments.plant));
    }
    let broken = found.failed.len();
    match arguments.plant {
        Some(plant) if broken > 0 => {
            println!("{}: found by {broken} of {} seeds", plant.name(), found.runs);
            ExitCode::SUCCESS
        }
        Some(plant) => {
            println!("{}: NOT found in {} seeds", plant.name(), found.runs);
            ExitCode::FAILURE
        }
        None if broken == 0 && found.unrepeatable.is_empty() => {
            println!("every rule held");
            ExitCode::SUCCESS
        }
        None => {
            println!("{broken} seeds broke a rule");
            ExitCode::FAILURE
        }
    }
}

fn command(seed: u64, plant: Option<Plant>) -> String {
    let plant = plant.map(|plant| format!(" --plant {}", plant.name())).unwrap_or_default();
    format!("cargo run -p suanpan-chaos -- --replay {seed}{plant}")
}

fn replay(seed: u64, arguments: &Arguments) -> ExitCode {
    let options = Options { plant: arguments.plant, keep_trace: true, ..Options::default() };
    let report = run(seed, &options);
    let hidden = if arguments.trace { 0 } else { report.trace.len().saturating_sub(LAST_LINES) };
    if hidden > 0 {
        println!("… {hidden} lines before; --trace shows them");
    }
    for line in &report.trace[hidden..] {
        println!("{line}");
    }
    println!("trace {:016x}", report.trace_hash);
    for violation in &report.violations {
        println!("{}: {}", violation.invariant.id(), violation.detail);
    }
    if report.violations.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[expect(
    clippy::disallowed_methods,
    reason = "how long the runs took is about this machine, and no run sees it"
)]
fn now() -> Instant {
    Instant::now()
}
