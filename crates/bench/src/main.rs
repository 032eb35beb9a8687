//! What our own work costs, as a ratio to the bare cryptography measured in the same run.
//!
//! Subject and floor are run in turn, round by round, and the median of each is compared, because
//! figures of different runs or machines cannot be. `--json` prints one object a line:
//! `{name, value, unit, ratio, against}`.

mod floor;
mod measure;
mod protocol;

use clap::Parser;

/// Benchmarks of the protocol crate: the prepay path and the notification path.
#[derive(Parser)]
struct Arguments {
    /// One JSON object a line instead of a table.
    #[arg(long)]
    json: bool,
    /// How many times subject and floor are measured in turn.
    #[arg(long, default_value_t = 9)]
    rounds: usize,
}

fn main() {
    let arguments = Arguments::parse();
    for figure in protocol::figures(arguments.rounds.max(1)) {
        if arguments.json {
            println!("{}", figure.to_json());
        } else {
            println!("{figure}");
        }
    }
}
