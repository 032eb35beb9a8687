//! Runs steps one after another and reports: a plan, a line per step, a table at the end.

use std::fmt;
use std::time::Duration;

use crate::clock::{Stopwatch, human};
use crate::place;
use crate::work::{Failure, Outcome, Work, log_of, tail};

/// One thing that `test` does.
pub(crate) struct Step {
    /// Names the log and is what `--only` takes.
    pub(crate) name: &'static str,
    /// What it shows when it passes.
    pub(crate) title: &'static str,
    /// Steps without which this one would only repeat their failure.
    pub(crate) needs: &'static [&'static str],
    /// After this the step is stopped and counts as failed.
    pub(crate) limit: Duration,
    pub(crate) run: fn(&mut Work) -> Result<Outcome, Failure>,
}

/// What the whole run amounts to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    AllPassed,
    SomethingFailed,
}

enum Ending {
    Passed,
    Skipped(String),
    Failed(String),
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passed => write!(f, "passed"),
            Self::Skipped(reason) => write!(f, "skipped: {reason}"),
            Self::Failed(reason) => write!(f, "FAILED: {reason}"),
        }
    }
}

struct Row {
    step: &'static str,
    took: Duration,
    ending: Ending,
}

/// Runs the steps named in `only`, or all of them.
pub(crate) fn run(steps: &[Step], only: &[String]) -> Result<Verdict, Failure> {
    let chosen = choose(steps, only)?;
    println!("Plan ({} steps, logs in {}):", chosen.len(), shown_log_folder());
    for (number, step) in (1..).zip(&chosen) {
        println!("  {number:>2}. {:<14} {}", step.name, step.title);
    }
    println!();
    let watch = Stopwatch::start();
    let mut rows: Vec<Row> = Vec::new();
    for (number, step) in (1..).zip(&chosen) {
        println!("[{number:>2}/{}] {}: {}", chosen.len(), step.name, step.title);
        let row = run_one(step, &rows);
        println!("        {} ({})", row.ending, human(row.took));
        if matches!(row.ending, Ending::Failed(_)) {
            show_tail(step.name);
        }
        rows.push(row);
    }
    Ok(summarise(&rows, watch.elapsed()))
}

fn choose<'a>(steps: &'a [Step], only: &[String]) -> Result<Vec<&'a Step>, Failure> {
    if let Some(unknown) = only.iter().find(|name| steps.iter().all(|step| step.name != **name)) {
        return Err(Failure(format!(
            "there is no step `{unknown}`; `cargo xtask test --list` names them"
        )));
    }
    let wanted = |step: &&Step| only.is_empty() || only.iter().any(|name| name == step.name);
    Ok(steps.iter().filter(wanted).collect())
}

fn run_one(step: &Step, before: &[Row]) -> Row {
    let watch = Stopwatch::start();
    let ending = match missing_need(step, before) {
        Some(reason) => Ending::Skipped(reason),
        None => {
            match Work::logged(step.name, step.limit).and_then(|mut work| (step.run)(&mut work)) {
                Ok(Outcome::Passed) => Ending::Passed,
                Ok(Outcome::Skipped(reason)) => Ending::Skipped(reason),
                Err(Failure(reason)) => Ending::Failed(reason),
            }
        }
    };
    Row { step: step.name, took: watch.elapsed(), ending }
}

/// A step whose ground failed is skipped: its failure would say nothing new.
fn missing_need(step: &Step, before: &[Row]) -> Option<String> {
    before
        .iter()
        .find(|row| step.needs.contains(&row.step) && !matches!(row.ending, Ending::Passed))
        .map(|row| format!("it needs `{}`, which did not pass", row.step))
}

fn show_tail(step: &str) {
    println!("        the end of {}:", log_of(step).display());
    for line in tail(step, TAIL_LINES) {
        println!("        | {line}");
    }
}

fn summarise(rows: &[Row], total: Duration) -> Verdict {
    println!("\nSummary");
    for Row { step, took, ending } in rows {
        println!("  {step:<14} {:>12}  {ending}", human(*took));
    }
    let count = |is: fn(&Ending) -> bool| rows.iter().filter(|row| is(&row.ending)).count();
    let failed = count(|ending| matches!(ending, Ending::Failed(_)));
    println!(
        "  {} passed, {failed} failed, {} skipped in {}",
        count(|ending| matches!(ending, Ending::Passed)),
        count(|ending| matches!(ending, Ending::Skipped(_))),
        human(total),
    );
    if failed == 0 { Verdict::AllPassed } else { Verdict::SomethingFailed }
}

fn shown_log_folder() -> String {
    let folder = place::logs();
    folder.strip_prefix(place::root()).unwrap_or(&folder).display().to_string()
}

const TAIL_LINES: usize = 40;

#[cfg(test)]
mod tests {
    use super::*;

    fn step(name: &'static str, run: fn(&mut Work) -> Result<Outcome, Failure>) -> Step {
        Step { name, title: "a step", needs: &[], limit: Duration::from_secs(5), run }
    }

    #[test]
    fn a_failure_does_not_stop_independent_steps_but_skips_dependent_ones() {
        let first = step("plan-test-a", |_| Err(Failure("broken".into())));
        let dependent =
            Step { needs: &["plan-test-a"], ..step("plan-test-b", |_| panic!("its need failed")) };
        let independent = step("plan-test-c", |_| Ok(Outcome::Passed));

        let a = run_one(&first, &[]);
        assert!(matches!(a.ending, Ending::Failed(_)));
        let rows = [a];
        assert!(matches!(run_one(&dependent, &rows).ending, Ending::Skipped(_)));
        assert!(matches!(run_one(&independent, &rows).ending, Ending::Passed));
        assert_eq!(summarise(&rows, Duration::ZERO), Verdict::SomethingFailed);
    }

    #[test]
    fn an_unknown_step_is_refused() {
        let steps = [step("plan-test-d", |_| Ok(Outcome::Passed))];
        assert!(choose(&steps, &["nonsense".to_owned()]).is_err());
        assert_eq!(choose(&steps, &[]).expect("all").len(), 1);
    }
}
