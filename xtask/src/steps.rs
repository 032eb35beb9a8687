//! What `cargo xtask test` does, in order.
//!
//! The order saves compiling: clippy and rustdoc share what `check` makes of dependencies, all
//! later steps run what `build` made, with the same features and the same profile.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use crate::cargo::{cargo, whole_workspace};
use crate::place;
use crate::plan::Step;
use crate::work::{Failure, Outcome, Work};
use crate::{assets, conformance, fuzz, heavy, prerequisites, python, threats};

/// Every step, cheap judgements first.
pub(crate) fn all() -> Vec<Step> {
    vec![
        step(
            "prerequisites",
            "what the other steps need is installed",
            &[],
            15,
            prerequisites::ensure,
        ),
        step("format", "source is formatted", &[], 2, format),
        step("typos", "no spelling mistakes", &["prerequisites"], 5, typos),
        step("assets", "the phone's bundle builds", &["prerequisites"], 5, assets::build),
        step("clippy", "lints, warnings are errors", &[], 20, clippy),
        step("doc", "documentation builds without warnings", &[], 15, doc),
        step(
            "wechat-alone",
            "the published protocol crate stands alone, with and without the SM suite",
            &[],
            20,
            wechat_alone,
        ),
        step("build", "programs and tests compile", &[], 25, build),
        step("tests", "unit, integration and house tests", &["build"], 20, tests),
        step("doctests", "examples in the documentation", &["build"], 10, doctests),
        step("npm", "the front end's tests", &["assets"], 10, npm),
        step(
            "conformance",
            "other people's SDKs agree",
            &["prerequisites", "build"],
            20,
            conformance::run,
        ),
        step("chaos", "2,000 seeds under faults; planted faults are caught", &["build"], 15, chaos),
        step(
            "fuzz",
            "a minute over every parser and verifier; the planted mistake is found",
            &["build"],
            30,
            fuzz::minute,
        ),
        step("deny", "bans, licences and sources of dependencies", &[], 15, deny),
        step("advisories", "known vulnerabilities of dependencies", &["deny"], 5, advisories),
        step(
            "threats",
            "every test the threat list names has run",
            &["tests"],
            1,
            threats::all_named_tests_ran,
        ),
    ]
}

fn step(
    name: &'static str,
    title: &'static str,
    needs: &'static [&'static str],
    minutes: u64,
    run: fn(&mut Work) -> Result<Outcome, Failure>,
) -> Step {
    Step { name, title, needs, limit: Duration::from_secs(60 * minutes), run }
}

fn format(work: &mut Work) -> Result<Outcome, Failure> {
    passed(work.run(cargo("fmt").args(["--all", "--check", "--", "--color", "never"])))
}

fn clippy(work: &mut Work) -> Result<Outcome, Failure> {
    let mut command = cargo("clippy");
    whole_workspace(&mut command).args(["--all-targets", "--", "-D", "warnings"]);
    passed(work.run(&mut command))
}

fn doc(work: &mut Work) -> Result<Outcome, Failure> {
    let mut command = cargo("doc");
    whole_workspace(&mut command).args(["--no-deps", "--document-private-items"]);
    passed(work.run(command.env("RUSTDOCFLAGS", "-D warnings")))
}

/// Others build this crate without our workspace around it, so its features must suffice. No program
/// of ours switches `sm` on, so nothing else lints or tests it.
fn wechat_alone(work: &mut Work) -> Result<Outcome, Failure> {
    let alone = ["--locked", "--package", "suanpan-wechat", "--no-default-features"];
    work.run(cargo("check").args(alone))?;
    let lint = ["--features", "sm", "--all-targets", "--", "-D", "warnings"];
    work.run(cargo("clippy").args(alone).args(lint))?;
    work.run(cargo("test").args(alone).args(["--features", "sm"]))?;
    let hostile = ["--locked", "--package", "suanpan-fuzz", "--features", "sm"];
    work.run(cargo("clippy").args(hostile).args(["--all-targets", "--", "-D", "warnings"]))?;
    passed(work.run(cargo("test").args(hostile)))
}

/// Programs and test binaries in one call: the same dependency features serve both.
fn build(work: &mut Work) -> Result<Outcome, Failure> {
    passed(work.run(whole_workspace(&mut cargo("build")).args(["--bins", "--lib", "--tests"])))
}

fn tests(work: &mut Work) -> Result<Outcome, Failure> {
    if crate::work::answer(Command::new("cargo").args(["nextest", "--version"])).is_some() {
        let mut command = cargo("nextest");
        command.arg("run");
        let ran = work.run(whole_workspace(&mut command));
        heavy::tell_what_is_left();
        return passed(ran);
    }
    work.note("cargo-nextest is not installed; `cargo test` runs the same tests, more slowly");
    let mut command = cargo("test");
    whole_workspace(&mut command).args(["--bins", "--lib", "--tests", "--no-fail-fast"]);
    passed(work.run(&mut command))
}

fn doctests(work: &mut Work) -> Result<Outcome, Failure> {
    passed(work.run(whole_workspace(&mut cargo("test")).arg("--doc")))
}

fn npm(work: &mut Work) -> Result<Outcome, Failure> {
    assets::install(work)?;
    passed(work.run(Command::new("npm").arg("test")))
}

fn chaos(work: &mut Work) -> Result<Outcome, Failure> {
    passed(work.run(Command::new(place::program("suanpan-chaos")).args(["--seeds", "2000"])))
}

fn typos(work: &mut Work) -> Result<Outcome, Failure> {
    let programs = python::environment(work, "typos", &["typos==1.52.0"])?;
    passed(work.run(Command::new(programs.join("typos")).args(["--config", "_typos.toml"])))
}

fn deny(work: &mut Work) -> Result<Outcome, Failure> {
    let program = cargo_deny(work)?;
    passed(
        work.run(Command::new(program).args(["--locked", "check", "bans", "licenses", "sources"])),
    )
}

/// The database is a git repository of its own; where it cannot be fetched nothing was checked,
/// and that is said rather than passed over.
fn advisories(work: &mut Work) -> Result<Outcome, Failure> {
    let program = cargo_deny(work)?;
    let fetched = work.status(Command::new(&program).args(["--locked", "fetch", "db"]))?;
    if !fetched.success() {
        return Ok(Outcome::Skipped("the advisory database cannot be fetched from here".into()));
    }
    passed(work.run(Command::new(program).args(["--locked", "check", "advisories"])))
}

/// An installed `cargo-deny` if there is one; otherwise it is built once into `target`, without
/// optimisation, because it runs for two seconds and compiles for a minute.
fn cargo_deny(work: &mut Work) -> Result<PathBuf, Failure> {
    let own = place::logs().join("tools");
    let built = own.join("bin").join("cargo-deny");
    if let Some(program) = crate::place::on_path("cargo-deny") {
        return Ok(program);
    }
    if !built.is_file() {
        work.run(
            cargo("install")
                .args(["cargo-deny", "--version", CARGO_DENY, "--locked", "--debug"])
                .args(["--no-default-features", "--root"])
                .arg(&own)
                .arg("--target-dir")
                .arg(own.join("build"))
                .env("CARGO_PROFILE_DEV_DEBUG", "0"),
        )?;
    }
    Ok(built)
}

fn passed(result: Result<(), Failure>) -> Result<Outcome, Failure> {
    result.map(|()| Outcome::Passed)
}

const CARGO_DENY: &str = "=0.20.2";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_have_distinct_names_and_need_only_earlier_ones() {
        let steps = all();
        for (position, step) in steps.iter().enumerate() {
            let before = &steps[..position];
            assert!(before.iter().all(|other| other.name != step.name), "{} twice", step.name);
            for need in step.needs {
                assert!(
                    before.iter().any(|other| other.name == *need),
                    "{} needs {need}",
                    step.name
                );
            }
        }
    }
}
