//! Ourselves beside others: what our own work costs as a ratio to the bare cryptography measured in
//! the same run, and whether implementations that we did not write agree with us.
//!
//! Subject and floor take turns, round by round, and what is reported is the median of the ratios of
//! neighbouring rounds, because figures of different runs, machines or minutes cannot be compared.
//! Time is CPU time of the thread, so a busy machine makes a run longer and hardly less exact.
//!
//! `--json` prints one object a line: `{name, value, unit, ratio, against}`.

mod agreement;
mod floor;
mod measure;
mod peer;
mod protocol;

use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

#[derive(Parser)]
#[command(name = "suanpan-bench", about = "Ourselves beside others: cost and agreement")]
struct Arguments {
    #[command(subcommand)]
    subject: Subject,
}

#[derive(Subcommand)]
enum Subject {
    /// The two paths every payment takes through the protocol crate: prepay and notification.
    Protocol(Protocol),
    /// Exchanges with other people's SDKs over generated inputs.
    Agreement(agreement::Agreement),
}

#[derive(Args)]
struct Protocol {
    /// One JSON object a line instead of a table.
    #[arg(long)]
    json: bool,
    /// How often subject and floor take turns.
    #[arg(long, default_value_t = 61)]
    rounds: usize,
}

fn main() -> ExitCode {
    match Arguments::parse().subject {
        Subject::Protocol(arguments) => {
            protocol(&arguments);
            ExitCode::SUCCESS
        }
        Subject::Agreement(arguments) => agreement::run(&arguments),
    }
}

fn protocol(arguments: &Protocol) {
    for comparison in protocol::comparisons(arguments.rounds.max(1)) {
        for figure in comparison.figures() {
            println!("{}", if arguments.json { figure.to_json() } else { figure.to_string() });
        }
    }
}
