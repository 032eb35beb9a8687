//! The project's own commands.
//!
//! They are Rust so that no logic hides in shell scripts: `.ci/run` calls `cargo xtask test` and
//! nothing else, and what a person runs is exactly what the build machine runs.

mod assets;
mod cargo;
mod clock;
mod conformance;
mod demo;
mod fuzz;
mod guests;
mod heavy;
mod place;
mod plan;
mod prerequisites;
mod python;
mod steps;
mod threats;
mod work;

use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use work::{Failure, Work};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Suanpan's own commands", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Everything that must hold before a change is merged; what CI runs.
    Test(TestArgs),
    /// Build what is missing and start simulator, server, shop and phone in one process.
    Demo {
        /// Passed on to `suanpan demo`, for example `--json` or `--data DIR`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        pass: Vec<String>,
    },
    /// Bundle the phone with Node into `target/assets`.
    Assets,
    /// Let other people's SDKs live their day, and write the table of `docs/conformance.md`.
    Conformance,
    /// What takes long: mini programs that other tools build, browser tests, hours of fuzzing, many seeds.
    Soak(SoakArgs),
    /// Measure, with an optimised build.
    Bench {
        /// Passed on to the benchmark program, for example `--json`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        pass: Vec<String>,
    },
}

#[derive(Args)]
pub(crate) struct SoakArgs {
    /// How many seeds the simulation runs; 0 leaves it out.
    #[arg(long, default_value_t = 200_000)]
    seeds: u64,
    /// Minutes of fuzzing for each target; 0 leaves it out.
    #[arg(long, default_value_t = 15)]
    fuzz_minutes: u64,
    /// Leave out the examples that uni-app and Taro build.
    #[arg(long)]
    no_guests: bool,
    /// Leave out the browser tests.
    #[arg(long)]
    no_browser: bool,
    /// Fuzz only these targets (repeatable).
    #[arg(long, value_name = "TARGET")]
    target: Vec<String>,
}

#[derive(Args)]
struct TestArgs {
    /// Run only these steps (repeatable); what they build on is not run first.
    #[arg(long, value_name = "STEP")]
    only: Vec<String>,
    /// Print the steps and stop.
    #[arg(long)]
    list: bool,
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Test(args) => return test(&args),
        Command::Demo { pass } => demo::run(&pass),
        Command::Assets => assets::build(&mut Work::on_terminal()).map(drop),
        Command::Conformance => conformance::write(),
        Command::Soak(args) => heavy::soak(&args),
        Command::Bench { pass } => heavy::bench(&pass),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure(reason)) => {
            eprintln!("error: {reason}");
            ExitCode::FAILURE
        }
    }
}

fn test(args: &TestArgs) -> ExitCode {
    let steps = steps::all();
    if args.list {
        for step in &steps {
            println!("{:<14} {}", step.name, step.title);
        }
        return ExitCode::SUCCESS;
    }
    match plan::run(&steps, &args.only) {
        Ok(plan::Verdict::AllPassed) => ExitCode::SUCCESS,
        Ok(plan::Verdict::SomethingFailed) => ExitCode::FAILURE,
        Err(Failure(reason)) => {
            eprintln!("error: {reason}");
            ExitCode::FAILURE
        }
    }
}
