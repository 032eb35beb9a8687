//! What our own work costs, as a ratio to the bare cryptography measured in the same run.
//!
//! Subject and floor take turns, round by round, and what is reported is the median of the ratios of
//! neighbouring rounds, because figures of different runs, machines or minutes cannot be compared.
//! Time is CPU time of the thread, so a busy machine makes a run longer and hardly less exact.
//!
//! `--json` prints one object a line: `{name, value, unit, ratio, against}`.

mod floor;
mod measure;
mod protocol;

use clap::{Args, Parser, Subcommand};

#[derive(Parser)]
#[command(name = "suanpan-bench", about = "What our own work costs beside its cryptography")]
struct Arguments {
    #[command(subcommand)]
    subject: Subject,
}

#[derive(Subcommand)]
enum Subject {
    /// The two paths every payment takes through the protocol crate: prepay and notification.
    Protocol(Protocol),
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

fn main() {
    let Arguments { subject: Subject::Protocol(Protocol { json, rounds }) } = Arguments::parse();
    for comparison in protocol::comparisons(rounds.max(1)) {
        for figure in comparison.figures() {
            println!("{}", if json { figure.to_json() } else { figure.to_string() });
        }
    }
}
