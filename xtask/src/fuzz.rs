//! Coverage-guided fuzzing of every parser and verifier: a minute of it in `test`, hours in `soak`.
//!
//! libFuzzer runs on stable Rust: instrumenting for coverage is a flag of LLVM, and only the
//! sanitizers would want a nightly. Without `unsafe` of our own they would have little to find.

use std::fs;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::cargo::cargo;
use crate::clock::human;
use crate::place;
use crate::work::{Attempt, Failure, Outcome, Work, answer};

/// What `test` spends on all targets together.
const TEST_BUDGET: Duration = Duration::from_secs(60);

/// A search shorter than this would not get past the corpus.
const SHORTEST: Duration = Duration::from_secs(2);

/// The planted mistake needs some ten thousand inputs; this many without it means a blind search.
const CONTROL_RUNS: &str = "-runs=5000000";

/// The `fuzz` step.
pub(crate) fn minute(work: &mut Work) -> Result<Outcome, Failure> {
    let fuzzer = Fuzzer::build(work)?;
    fuzzer.finds_the_planted_mistake(work)?;
    let targets = targets()?;
    let number = u32::try_from(targets.len()).expect("a handful of targets");
    let each = (TEST_BUDGET / number).max(SHORTEST);
    for target in &targets {
        fuzzer.search(work, target, each, 1)?;
    }
    Ok(Outcome::Passed)
}

/// The searches of `soak`: every target, or the named ones, for so long.
pub(crate) fn hours(work: &mut Work, each: Duration, only: &[String]) -> Result<(), Failure> {
    let fuzzer = Fuzzer::build(work)?;
    fuzzer.finds_the_planted_mistake(work)?;
    let targets = targets()?;
    if let Some(unknown) = only.iter().find(|name| !targets.contains(name)) {
        return Err(Failure(format!("no target `{unknown}`; there are {}", targets.join(", "))));
    }
    let chosen: Vec<&String> =
        targets.iter().filter(|name| only.is_empty() || only.contains(name)).collect();
    let bar = progress(chosen.len(), each);
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    for target in chosen {
        bar.set_message(target.clone());
        fuzzer.search(work, target, each, cores)?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(())
}

fn progress(targets: usize, each: Duration) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style =
        ProgressStyle::with_template("{bar:40} {pos}/{len} targets, now {msg} for {prefix}");
    let length = u64::try_from(targets).expect("a length fits in 64 bits");
    ProgressBar::new(length)
        .with_style(style.expect("the template is right"))
        .with_prefix(human(each))
}

/// The folders of the corpus: an ordinary test holds them equal to the list of targets.
fn targets() -> Result<Vec<String>, Failure> {
    let entries = fs::read_dir(corpus()).attempt("read the corpus")?;
    let mut names = entries
        .map(|entry| Ok(entry.attempt("read the corpus")?.file_name().to_string_lossy().into()))
        .collect::<Result<Vec<String>, Failure>>()?;
    names.sort();
    Ok(names)
}

fn corpus() -> PathBuf {
    place::root().join("crates/fuzz/corpus")
}

/// The instrumented program.
struct Fuzzer {
    program: PathBuf,
    /// Inputs found here, which are nobody's but this machine's.
    found: PathBuf,
}

impl Fuzzer {
    /// With a folder of its own: the flags reach every dependency, and must not cost the other
    /// steps theirs.
    fn build(work: &mut Work) -> Result<Self, Failure> {
        let folder = place::target().join("fuzz");
        let host = host()?;
        work.run(
            cargo("build")
                .args(["--locked", "--package", "suanpan-fuzz", "--bin", "suanpan-fuzz"])
                .args(["--features", "engine,sm", "--profile", "fuzz", "--target", &host])
                .arg("--target-dir")
                .arg(&folder)
                .env("RUSTFLAGS", COVERAGE.join(" ")),
        )?;
        let program = folder.join(&host).join("fuzz").join("suanpan-fuzz");
        Ok(Self { program, found: folder.join("found") })
    }

    /// The control: if the search cannot find what was put there to be found, its silence about
    /// the rest means nothing.
    fn finds_the_planted_mistake(&self, work: &mut Work) -> Result<(), Failure> {
        let finding = self.found.join("planted-");
        drop(fs::remove_dir_all(self.found.join("planted")));
        let mut command = self.command("planted", &finding)?;
        let status = work.status(command.arg(CONTROL_RUNS))?;
        if status.success() {
            return Err(Failure("the planted mistake was not found: the search is blind".into()));
        }
        work.note("the planted mistake was found, as it must be");
        Ok(())
    }

    /// Searches one target from its corpus on, and leaves a finding where the failure names it.
    /// With several processes libFuzzer forks, and merges what they find.
    fn search(
        &self,
        work: &mut Work,
        target: &str,
        time: Duration,
        processes: usize,
    ) -> Result<(), Failure> {
        let finding = self.found.join(format!("{target}-"));
        let mut command = self.command(target, &finding)?;
        command.arg(corpus().join(target)).arg(format!("-max_total_time={}", time.as_secs()));
        if processes > 1 {
            command.arg(format!("-fork={processes}"));
        }
        if work.status(&mut command)?.success() {
            return Ok(());
        }
        Err(Failure(format!(
            "{target} broke; the input is {}*: put it into crates/fuzz/corpus/{target} and run \
             `cargo nextest run -p suanpan-fuzz`",
            finding.display()
        )))
    }

    /// New inputs go into the first folder named, so the committed corpus comes second.
    fn command(&self, target: &str, finding: &Path) -> Result<Command, Failure> {
        let fresh = self.found.join(target);
        fs::create_dir_all(&fresh).attempt("make a folder for what is found")?;
        let mut command = Command::new(&self.program);
        command
            .arg(format!("--target={target}"))
            .args(["-print_final_stats=1", "-timeout=10", "-rss_limit_mb=2048", "-max_len=8192"])
            .arg(format!("-artifact_prefix={}", finding.display()))
            .arg(fresh);
        Ok(command)
    }
}

/// Cargo keeps flags for the target away from build scripts only when it is told a target.
fn host() -> Result<String, Failure> {
    answer(Command::new("rustc").arg("-vV"))
        .and_then(|text| {
            text.lines().find_map(|line| line.strip_prefix("host: ").map(str::to_owned))
        })
        .ok_or_else(|| Failure("`rustc -vV` names no host".into()))
}

/// What `cargo fuzz` passes too, without its sanitizers.
const COVERAGE: [&str; 5] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
];
